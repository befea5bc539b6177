"""A vendor of software for dentists: four waves of a survey in one workbook, and the practices that signed up and quit.

The last wave went to far more receptionists, who are hard to please; within each role nothing moved since the spring.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

from evals.worlds.drawing import write_csv, write_workbook
from evals.worlds.drawn import day_between, misspelt, repeat_some, score_for
from evals.worlds.world import Made, Truths, World

WAVES = {
    "Spring 2024": (dt.date(2024, 3, 4), dt.date(2024, 3, 29)),
    "Autumn 2024": (dt.date(2024, 9, 2), dt.date(2024, 9, 27)),
    "Spring 2025": (dt.date(2025, 3, 3), dt.date(2025, 3, 28)),
    "Autumn 2025": (dt.date(2025, 9, 1), dt.date(2025, 9, 26)),
}
LAST = dt.date(2025, 9, 26)
PRACTICES, A_WAVE = 1_500, 900
PACKAGES = {"Starter": -8.0, "Clinic": 4.0, "Group": 22.0}
LEAVING = {"Starter": 0.026, "Clinic": 0.013, "Group": 0.005}
"""Share of those still here who cancel in a month."""
COUNTRIES = ["Ireland", "Netherlands", "Sweden"]
HOSTING = ["cloud", "own server"]
ROLES = {"dentist": 10.0, "hygienist": 12.0, "receptionist": -28.0, "practice manager": 6.0}
ROLE_SHARES = [0.4, 0.24, 0.16, 0.2]
ROLE_SHARES_AT_LAST = [0.2, 0.12, 0.58, 0.1]
VERSION_NINE = -22.0
"""What version 9 costs; half of those asked in 2025 have it, whoever they are."""
SUPPORT, IMAGING = 17.0, 6.0
"""Points of NPS for each star of the support, and of the imaging; the invoices do not matter."""
SAID = {
    "support": (
        "The helpline never calls back.",
        "Waited two days for the helpline.",
        "Helpline did not know the answer.",
    ),
    "crashes": (
        "It crashes during X-rays.",
        "Crashed twice with a patient in the chair.",
        "Keeps crashing since the update.",
    ),
    "price": ("Far too expensive for a small practice.", "The price goes up each year.", "Overpriced add-ons."),
    "praise": ("Charting is a joy.", "Easy to learn for new staff.", "Saves us an hour a day."),
}
ENDS = (
    "",
    "",
    " We are a small team.",
    " Our hygienist agrees.",
    " Otherwise nothing to add.",
    " Regards from the front desk.",
)
PRACTICE = ("practice_id", "package", "country", "hosting", "chairs", "signed_up", "cancelled_on")
ANSWER = ("practice_id", "day", "wave", "respondent", "version", "support", "imaging", "invoicing", "score", "theme")
Practice = tuple[str, str, str, str, int, dt.date, dt.date | None]


def _practice(draw: np.random.Generator, at: int) -> Practice:
    package = str(draw.choice(list(PACKAGES), p=[0.45, 0.37, 0.18]))
    signed = day_between(draw, dt.date(2021, 1, 4), dt.date(2024, 1, 31))
    left = signed + dt.timedelta(days=1 + int(draw.exponential(30.4375 / LEAVING[package])))
    country, hosting = str(draw.choice(COUNTRIES, p=[0.3, 0.45, 0.25])), str(draw.choice(HOSTING, p=[0.65, 0.35]))
    chairs = int(draw.integers(1, 4) if package == "Starter" else draw.integers(3, 13))
    return f"TB-{at + 501:04d}", package, country, hosting, chairs, signed, left if left <= LAST else None


def _theme(draw: np.random.Generator, score: int, version: str) -> str | None:
    if draw.random() > 0.45:
        return None
    if score >= 8:
        return "praise"
    shares = [0.25, 0.6, 0.15] if version == "9" else [0.55, 0.15, 0.3]
    return str(draw.choice(["support", "crashes", "price"], p=shares))


def _answer(draw: np.random.Generator, practice: Practice, wave: str, day: dt.date) -> tuple[Any, ...]:
    shares = ROLE_SHARES_AT_LAST if wave == "Autumn 2025" else ROLE_SHARES
    role = str(draw.choice(list(ROLES), p=shares))
    version = "9" if day.year == 2025 and draw.random() < 0.5 else "8"
    support, imaging, invoicing = (int(draw.choice([1, 2, 3, 4, 5], p=[0.06, 0.14, 0.3, 0.32, 0.18])) for _ in range(3))
    points = 20 + PACKAGES[practice[1]] + ROLES[role] + (VERSION_NINE if version == "9" else 0.0)
    score = score_for(draw, float(np.clip(points + SUPPORT * (support - 3.4) + IMAGING * (imaging - 3.4), -70, 70)))
    theme = _theme(draw, score, version)
    return practice[0], day, wave, role, f"v{version}", support, imaging, invoicing, score, theme, *practice[1:]


def _answers(draw: np.random.Generator, practices: list[Practice]) -> list[tuple[Any, ...]]:
    told = []
    for wave, (first, last) in WAVES.items():
        here = [practice for practice in practices if (practice[6] or LAST) > last or practice[6] is None]
        days = [first, *sorted(day_between(draw, first, last) for _ in range(A_WAVE - 2)), last]
        told += [_answer(draw, here[int(draw.integers(len(here)))], wave, day) for day in days]
    return told


def _sheet(draw: np.random.Generator, answers: list[tuple[Any, ...]]) -> list[Any]:
    """The workbook's rows: some left the question out, some scores are 99, some roles are typed in haste."""
    rows: list[Any] = []
    for at, (who, day, wave, role, version, *stars, score, theme) in enumerate(row[:10] for row in answers):
        said = f"{draw.choice(SAID[theme])}{draw.choice(ENDS)}" if theme else None
        row = (who, day, wave, misspelt(draw, role), version, *stars)
        rows.append((at + 1, *row, score, said))
        if draw.random() < 0.02:
            rows.append((90_000 + at, *row, 99 if draw.random() < 0.3 else None, None))
    return repeat_some(draw, rows, 16)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 32])
    practices = [_practice(draw, at) for at in range(PRACTICES)]
    answers = _answers(draw, practices)
    header = (
        "Response ID",
        "Practice ID",
        "Completed",
        "Wave",
        "Respondent role",
        "Software version",
        "Support rating (1-5)",
        "Imaging rating (1-5)",
        "Invoicing rating (1-5)",
        "How likely are you to recommend ToothBase to a colleague?",
        "Comment",
    )
    files = [
        write_workbook(folder / "ToothBase pulse.xlsx", {"All waves": (header, _sheet(draw, answers))}),
        write_csv(folder / "practices.csv", ("Practice ID", *PRACTICE[1:]), practices, ";"),
    ]
    tables = {
        "answers": Truths((*ANSWER, *PRACTICE[1:]), answers),
        "practices": Truths(PRACTICE, practices),
    }
    truth = {"version_nine": VERSION_NINE, "roles": ROLES, "within_roles_2025": 0.0, "drivers": {"support": SUPPORT}}
    return Made(files, tables, truth=truth)


WORLD = World(
    "toothbase",
    "Software for dentists: version 9 is liked less, and the last wave asked mostly receptionists, who never liked it.",
    _write,
)
