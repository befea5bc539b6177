"""Non-response bias: those who answer are not those who are customers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Rows, dealt_scores, scattered, truths, write_text
from evals.worlds.world import Made, World

TARIFFS = {"Fixed": (1800, 0.45, 45.0), "Variable": (3000, 0.12, -15.0), "Prepay": (1200, 0.08, -40.0)}
"""Customers, share that answers, NPS."""


def _energy(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 2])
    customers: Rows = []
    answers: Rows = []
    for tariff, (size, rate, nps) in TARIFFS.items():
        scores = dealt_scores(draw, round(size * rate), nps)
        for at in range(size):
            ident = f"{tariff[0]}{at:05d}"
            customers.append({"customer_id": ident, "tariff": tariff})
            if at < len(scores):
                day = dt.date(2025, 4, 1) + dt.timedelta(days=int(draw.integers(91)))
                answers.append({"customer_id": ident, "answered_on": day, "score": scores[at]})
    scattered(draw, customers, "region", {"Valley": 3, "Upland": 2, "Harbour": 2})
    draw.shuffle(customers)
    answers.sort(key=lambda row: (row["answered_on"], row["customer_id"]))
    files = [write_text(folder / "survey.csv", answers), write_text(folder / "customers.csv", customers)]
    by_id = {row["customer_id"]: row for row in customers}
    known = [{**by_id[row["customer_id"]], **row} for row in answers]
    base = sum(size * nps for size, _, nps in TARIFFS.values()) / sum(size for size, *_ in TARIFFS.values())
    return Made(files, {"answers": truths(known), "customers": truths(customers)}, truth={"base": {"nps": base}})


WORLD = World(
    "energy-response",
    "An energy firm: customers on fixed tariffs are happy and answer, the others mostly do not.",
    _energy,
)
