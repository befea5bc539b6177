"""A broken sample ratio: an experiment that should be half and half and is not."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Planted, blemished, numbered, planted_rows, scattered, truths, write_text
from evals.worlds.world import Made, World

ARMS = {"old": (1560, 20.0), "new": (1040, 33.0)}


def _shop(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 2])
    cells = [
        Planted({"variant": arm}, n, nps, dt.date(2025, 9, 1), dt.date(2025, 9, 28)) for arm, (n, nps) in ARMS.items()
    ]
    rows = planted_rows(draw, cells, "asked_at", "score")
    scattered(draw, rows, "browser", {"Chrome": 5, "Safari": 3, "Firefox": 1})
    numbered(rows, "visitor_id", "U")
    path = write_text(folder / "checkout_test.csv", blemished(draw, rows, "score", "visitor_id"))
    truth = {"planned_share": 0.5, "lost": "a third of the visitors with the new checkout are missing"}
    return Made([path], {"answers": truths(rows)}, truth=truth)


WORLD = World(
    "checkout-ratio",
    "A shop tests a checkout half and half; a third of the new arm is lost, and the rest is happier.",
    _shop,
)
