"""A leaking feature: what became of the contract follows from the score, and looks like its driver."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Rows, blemished, numbered, scattered, truths, write_text
from evals.worlds.world import Made, World

REASONS = ["too expensive", "missing features", "switched supplier"]
RENEWS = {"promoter": 0.95, "passive": 0.72, "detractor": 0.22}


def _class(score: int) -> str:
    return "promoter" if score >= 9 else "passive" if score >= 7 else "detractor"


def _accounting(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 12])
    n = 1_500
    support, ease, looks = (draw.choice([1, 2, 3, 4, 5], n, p=[0.08, 0.15, 0.27, 0.3, 0.2]) for _ in range(3))
    liking = 7.2 + 1.15 * (support - 3.4) + 0.4 * (ease - 3.4) + draw.normal(0, 1.6, n)
    scores = np.clip(np.rint(liking), 0, 10).astype(int).tolist()
    offsets = np.sort(draw.integers(180, size=n)).tolist()
    rows: Rows = []
    for at, score in enumerate(scores):
        renews = draw.random() < RENEWS[_class(score)]
        rows.append(
            {
                "surveyed": dt.date(2025, 1, 15) + dt.timedelta(days=offsets[at]),
                "score": score,
                "support_rating": int(support[at]),
                "ease_rating": int(ease[at]),
                "design_rating": int(looks[at]),
                "renewal_status": "renewed" if renews else "cancelled",
                "cancellation_reason": "" if renews else str(draw.choice(REASONS)),
            }
        )
    scattered(draw, rows, "industry", {"Retail": 3, "Crafts": 3, "Health": 2})
    numbered(rows, "account", "C")
    path = write_text(folder / "accounts.csv", blemished(draw, rows, "score", "account"))
    truth = {"drivers": {"support_rating": 1.15, "ease_rating": 0.4, "design_rating": 0.0}, "renews": RENEWS}
    return Made([path], {"answers": truths(rows)}, truth=truth)


WORLD = World(
    "accounting-leak",
    "Accounting software: support moves the score; who is unhappy cancels, not the other way round.",
    _accounting,
)
