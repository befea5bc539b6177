"""A hotel group: three seasons of answers in one tidy file; the same for everybody who needs a quick world."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.world import Made, Truths, World, days

PROPERTIES = {"Harbour View": 0.55, "Old Mill": 0.45, "Airport Inn": 0.25}
COLUMNS = ("property", "guest_type", "stayed_on", "score")


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    calendar = days(dt.date(2025, 1, 1), dt.date(2025, 9, 30))
    rows = []
    for at in range(1_500):
        place = str(draw.choice(list(PROPERTIES)))
        happy = draw.random() < PROPERTIES[place]
        score = int(draw.choice([9, 10] if happy else [2, 5, 6, 7, 8]))
        rows.append(
            (place, str(draw.choice(["couple", "family", "business"])), calendar[at * len(calendar) // 1_500], score)
        )
    path = folder / "guests.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["stay_id", *COLUMNS])
        writer.writerows([f"s{at + 1}", *row] for at, row in enumerate(rows))
    return Made(files=[path], tables={"answers": Truths(COLUMNS, rows)}, truth={"better": "Harbour View"})


WORLD = World("hotel", "A hotel group asks its guests; Harbour View is liked most, the Airport Inn least.", _write)
