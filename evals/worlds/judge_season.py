"""A seasonal dip: each January, three years running, whatever else happens."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Planted, blemished, numbered, planted_rows, scattered, truths, write_text
from evals.worlds.world import Made, World, days
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

LEVEL, DIP = 33.0, -9.0
POLICY = dt.date(2025, 1, 7)


def _garden(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 7])
    calendar = days(dt.date(2022, 6, 1), dt.date(2025, 5, 31))
    months = sorted({(day.year, day.month) for day in calendar})
    cells = []
    for year, month in months:
        span = [day for day in calendar if (day.year, day.month) == (year, month)]
        cells.append(Planted({}, 125, DIP if month == 1 else LEVEL, span[0], span[-1]))
    rows = planted_rows(draw, cells, "ordered_on", "score")
    scattered(draw, rows, "department", {"Plants": 4, "Tools": 3, "Furniture": 2})
    numbered(rows, "response_id", "G")
    path = write_text(folder / "garden_survey.csv", blemished(draw, rows, "score", "response_id"))
    event = BusinessEvent(date=POLICY, synonyms=["returns policy", "new returns policy"])
    truth = {"january": DIP, "other_months": LEVEL, "returns_policy": {"effect": 0.0}}
    return Made([path], {"answers": truths(rows)}, LoadOptions(events={"returns_policy": event}), truth)


WORLD = World(
    "garden-season", "A garden shop: NPS dips each January; in 2025 a returns policy came a week into it.", _garden
)
