"""A group of dentists: one file, two columns called region, no July, no patients, no comments, a rare treatment."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.world import Made, Row, Truths, World, days

PRACTICES = {"Ashford": "North", "Bray": "South", "Cobham": "Coast"}
TREATMENTS = {"check-up": 0.62, "filling": 0.45, "crown": 0.25}
COLUMNS = (
    "visited_on",
    "recommend",
    "practice",
    "practice_region",
    "home_region",
    "treatment",
    "insurance",
    "waiting_minutes",
)
RARE = ("implant", 3)
"""Its name, and how many answers it has: too few to be shown."""
ANSWERS = 1_300


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    calendar = days(dt.date(2025, 3, 3), dt.date(2025, 10, 17))
    open_days = [day for day in calendar if day.month != 7 and day.weekday() < 5]
    rows: list[Row] = []
    for at in range(ANSWERS):
        practice = str(draw.choice(list(PRACTICES), p=[0.45, 0.35, 0.2]))
        treatment = (
            RARE[0]
            if at % 400 == 200 and at // 400 < RARE[1]
            else str(draw.choice(list(TREATMENTS), p=[0.5, 0.3, 0.2]))
        )
        happy = draw.random() < TREATMENTS.get(treatment, 0.5)
        home = PRACTICES[practice] if draw.random() < 0.7 else str(draw.choice(list(PRACTICES.values())))
        recommend = int(draw.choice([9, 10] if happy else [0, 3, 5, 6, 7, 7, 8, 8]))
        wait = int(np.clip(draw.normal(14 if happy else 24, 7), 0, 70))
        insurance = str(draw.choice(["public", "private"], p=[0.7, 0.3]))
        day = open_days[at * len(open_days) // ANSWERS]
        rows.append((day, recommend, practice, PRACTICES[practice], home, treatment, insurance, wait))
    path = folder / "feedback.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["form_no", *COLUMNS])
        for at, row in enumerate(rows):
            writer.writerow([f"f{at + 1}", *row])
            if at % 100 == 50:
                writer.writerow([f"b{at + 1}", row[0], "", *row[2:-1], ""])
    return Made(
        files=[path],
        tables={"visits": Truths(COLUMNS, rows)},
        truth={"rare": RARE[0], "empty_month": "2025-07", "lowest": "crown"},
    )


WORLD = World("dental", "Dentists ask after each visit; crowns disappoint, nobody was asked in July.", _write)
