"""A streaming service: who signed up and cancelled, in Parquet, and answers as lines of JSON."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from evals.worlds.drawn import day_between, score_for
from evals.worlds.world import Made, Truths, World

OPENED, LAST_SIGN_UP, LAST = dt.date(2023, 1, 1), dt.date(2024, 3, 31), dt.date(2025, 6, 30)
SUBSCRIBERS = 3_000
PLANS = {"Ads": -8.0, "Standard": 20.0, "Family": 38.0}
LEAVING = {"Ads": 0.075, "Standard": 0.04, "Family": 0.018}
"""Share of those still here who cancel in a month; detractors half as much again."""
DEVICES = ["TV", "phone", "laptop", "console"]
COUNTRIES = {"Ireland": 6.0, "Portugal": 0.0, "Poland": -6.0}
GENRES = {"drama": 8.0, "sport": -14.0, "kids": 4.0, "documentary": 0.0}
MONTH = 30.4375
WHO = ("subscriber_id", "plan", "device", "country", "signed_up", "cancelled_on")
Subscriber = tuple[str, str, str, str, dt.date, dt.date | None]


def _subscriber(draw: np.random.Generator, at: int) -> tuple[Subscriber, float]:
    """Somebody, and the NPS of the likes of them before what they watch counts."""
    plan = str(draw.choice(list(PLANS), p=[0.4, 0.4, 0.2]))
    country = str(draw.choice(list(COUNTRIES), p=[0.3, 0.3, 0.4]))
    joined = day_between(draw, OPENED, LAST_SIGN_UP)
    warmth = float(draw.normal(0, 12))
    hazard = LEAVING[plan] * (1.5 if warmth < -6 else 1.0)
    left = joined + dt.timedelta(days=1 + int(draw.exponential(MONTH / hazard)))
    who = (f"L{at + 1:05d}", plan, str(draw.choice(DEVICES)), country, joined, left if left <= LAST else None)
    return who, PLANS[plan] + COUNTRIES[country] + warmth


def _answers(draw: np.random.Generator, who: Subscriber, points: float) -> list[tuple[Any, ...]]:
    """One or two answers while they were here; the odd one answers on the very first day."""
    told = []
    for _ in range(int(draw.choice([0, 1, 2], p=[0.2, 0.5, 0.3]))):
        genre = str(draw.choice(list(GENRES)))
        day = day_between(draw, who[4], (who[5] or LAST) - dt.timedelta(days=1 if who[5] else 0))
        told.append((who[0], day, score_for(draw, points + GENRES[genre]), genre))
    return told


def _lines(draw: np.random.Generator, answers: list[tuple[Any, ...]]) -> list[str]:
    """One JSON object a line; some did not rate, and a genre may be missing in the file though it is known."""
    lines = []
    for at, (who, day, score, genre) in enumerate(answers):
        moment = dt.datetime.combine(day, dt.time(int(draw.integers(8, 23)), int(draw.integers(60))))
        told = {
            "id": f"a{at:05d}",
            "subscriber": who,
            "answered_at": moment.isoformat(),
            "recommend": score,
            "watched": genre,
        }
        lines.append(json.dumps(told))
        if draw.random() < 0.03:
            lines.append(json.dumps(told | {"id": f"b{at:05d}", "recommend": None}))
    twice = draw.choice(len(lines), 20, replace=False).tolist()
    return lines + [lines[at] for at in twice]


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    drawn = [_subscriber(draw, at) for at in range(SUBSCRIBERS)]
    people = [who for who, _ in drawn]
    answers = sorted((told for who, points in drawn for told in _answers(draw, who, points)), key=lambda told: told[1])
    lines = _lines(draw, answers)
    survey, list_of_people = folder / "feedback.jsonl", folder / "subscribers.parquet"
    survey.write_text("\n".join(lines) + "\n", encoding="utf-8")
    frame = pd.DataFrame(people, columns=list(WHO))
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        connection.execute(f"COPY (SELECT * FROM frame) TO '{list_of_people}' (FORMAT parquet)")
    by_id = {who[0]: who for who in people}
    rows = [(*told, *by_id[told[0]][1:]) for told in answers]
    tables = {
        "answers": Truths(("subscriber_id", "day", "score", "watched", *WHO[1:]), rows),
        "subscribers": Truths(WHO, people),
    }
    return Made([survey, list_of_people], tables, truth={"leaving_a_month": LEAVING})


WORLD = World("stream", "A streaming service: the cheap plan with ads is liked least and cancelled soonest.", _write)
