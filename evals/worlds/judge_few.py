"""Too few answers: what looks like a difference is nine people against twelve."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Planted, numbered, planted_rows, scattered, truths, write_text
from evals.worlds.world import Made, World

OFFICES = {"Zurich": (12, 42.0), "Vienna": (9, -11.0), "Munich": (34, 27.0), "Basel": (27, 25.0), "Oslo": (3, -34.0)}


def _consulting(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 2])
    cells = [
        Planted({"office": name}, n, nps, dt.date(2025, 3, 1), dt.date(2025, 9, 30))
        for name, (n, nps) in OFFICES.items()
    ]
    rows = planted_rows(draw, cells, "project_end", "score")
    scattered(draw, rows, "practice", {"Strategy": 1, "Tax": 1})
    numbered(rows, "project", "J")
    return Made(
        [write_text(folder / "client_feedback.csv", rows)], {"answers": truths(rows)}, truth={"office_effect": 0.0}
    )


WORLD = World(
    "consulting-few",
    "A consultancy with 85 answers: the gap between two offices is nine clients against twelve.",
    _consulting,
)
