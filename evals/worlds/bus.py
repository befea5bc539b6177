"""A city's buses: one tab-separated file, lines written as they come, and reasons in the riders' words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

from evals.worlds.bus_phrases import PHRASES
from evals.worlds.drawing import write_csv
from evals.worlds.drawn import day_between, misspelt, repeat_some, score_for
from evals.worlds.world import Made, Truths, World
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 6, 30)
TIMETABLE = dt.date(2025, 2, 10)
ANSWERS = 4_000
LINES = {"Line 4": 10.0, "Line 7": 4.0, "Line 12": -6.0, "Line 31": -18.0, "Airport Express": 22.0}
LINE_SHARES = [0.26, 0.26, 0.2, 0.18, 0.1]
RIDERS = {"commuter": -6.0, "student": 2.0, "senior": 14.0, "visitor": 8.0}
RIDER_SHARES = [0.48, 0.22, 0.2, 0.1]
TICKETS = ["single", "day pass", "monthly pass"]
TIMES = {"morning peak": -8.0, "midday": 4.0, "evening peak": -6.0, "late": 0.0}
TIMETABLE_LOSS = -32.0
"""The new timetable halved the buses of Line 7."""
THEMES = ("delays", "drivers", "fares", "crowding", "cleanliness")
ABOUT = {
    "detractor": [0.44, 0.12, 0.2, 0.18, 0.06],
    "passive": [0.24, 0.2, 0.2, 0.2, 0.16],
    "promoter": [0.1, 0.5, 0.08, 0.06, 0.26],
}
"""What each class writes about, when it writes."""
WRITES = {"detractor": 0.7, "passive": 0.35, "promoter": 0.45}
COLUMNS = ("line", "rider", "ticket", "time_of_day", "day", "score", "theme")


def _class(score: int) -> str:
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def _answer(draw: np.random.Generator, day: dt.date) -> tuple[Any, ...]:
    line, rider = str(draw.choice(list(LINES), p=LINE_SHARES)), str(draw.choice(list(RIDERS), p=RIDER_SHARES))
    time = str(draw.choice(list(TIMES), p=[0.3, 0.3, 0.28, 0.12]))
    points = 6 + LINES[line] + RIDERS[rider] + TIMES[time]
    points += TIMETABLE_LOSS if line == "Line 7" and day >= TIMETABLE else 0.0
    score = score_for(draw, points)
    writes = draw.random() < WRITES[_class(score)]
    theme = str(draw.choice(THEMES, p=ABOUT[_class(score)])) if writes else None
    return line, rider, str(draw.choice(TICKETS, p=[0.4, 0.2, 0.4])), time, day, score, theme


def _comment(draw: np.random.Generator, theme: str | None, score: int) -> str:
    """A sentence about the theme in a mood that fits the score; in lower case now and then."""
    if theme is None:
        return ""
    kind, unkind = PHRASES[theme]
    text = str(draw.choice(kind if score >= 8 else unkind))
    return text.lower() if draw.random() < 0.3 else text


def _row(draw: np.random.Generator, at: int, answer: tuple[Any, ...]) -> tuple[Any, ...]:
    line, rider, ticket, time, day, score, theme = answer
    written = "10 - certainly" if score == 10 and draw.random() < 0.05 else score
    return f"TB{at + 1:05d}", misspelt(draw, line, 0.1), rider, ticket, time, day, written, _comment(draw, theme, score)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    days = [*sorted(day_between(draw, FIRST, LAST) for _ in range(ANSWERS - 1)), LAST]
    answers = [_answer(draw, day) for day in days]
    rows: list[Any] = [_row(draw, at, answer) for at, answer in enumerate(answers)]
    rows += [(f"TX{at:05d}", *row[1:6], "", "") for at, row in enumerate(rows[::60])]
    rows += [(f"TY{at:05d}", *row[1:6], "12", "") for at, row in enumerate(rows[:3_000:200])]
    header = (
        "id",
        "Line",
        "Rider type",
        "Ticket",
        "Time of day",
        "Trip date",
        "Score (0-10)",
        "Main reason for your score",
    )
    path = write_csv(folder / "onboard_survey.tsv", header, repeat_some(draw, rows, 30), "\t")
    event = BusinessEvent(date=TIMETABLE, synonyms=["timetable change", "new timetable"], affects={"Line": ["Line 7"]})
    truth = {"timetable": {"date": str(TIMETABLE), "effect_on_line_7": TIMETABLE_LOSS}, "themes": ABOUT}
    return Made([path], {"answers": Truths(COLUMNS, answers)}, LoadOptions(events={"timetable_change": event}), truth)


WORLD = World("bus", "A city asks its riders: Line 31 is liked least, and the new timetable hurt Line 7 alone.", _write)
