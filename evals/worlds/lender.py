"""A bank's tracker as a Parquet file: refusals are coded -1 and 99, and the newest month is not over."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds import drawing
from evals.worlds.drawing import effect, pick, planted
from evals.worlds.world import Made, World

FIRST, LAST = dt.date(2023, 7, 1), dt.date(2025, 5, 17)
FALL, SINCE = -52, dt.date(2024, 10, 1)
BRANCHES = {
    "Leeds": (22, 2),
    "York": (14, 9),
    "Hull": (12, -14),
    "Bradford": (14, -3),
    "Sheffield": (18, 1),
    "Doncaster": (8, 5),
    "Wakefield": (7, -8),
    "Halifax": (5, 20),
}
PRODUCTS = {
    "Current Account": (40, 18),
    "Mortgage": (20, 24),
    "Savings": (18, 26),
    "Credit Card": (16, 4),
    "Premier": (6, 46),
}
"""Name → how many of a hundred, and what it adds to the NPS."""
AGES = {"18-24": 9, "25-34": 18, "35-44": 20, "45-54": 20, "55-64": 17, "65+": 16}
UNUSABLE = {"": 140, "-1": 60, "11": 6, "99": 50}
HEADER = (
    "resp_uid",
    "interview_date",
    "branch",
    "product_line",
    "segment_cd",
    "age_band",
    "contact_channel",
    "ltr_score",
    "verbatim",
)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    truth = _answers(draw, 5_600)
    given = truth.pop("given")
    written, truth["score"] = drawing.spoilt(draw, given, UNUSABLE)
    cells = (
        truth["interview_date"],
        truth["branch"],
        drawing.odd_spellings(draw, truth["product_line"], 0.02),
        truth["segment"],
        truth["age_band"],
        truth["contact_channel"],
        [int(text) if text else None for text in written],
        drawing.comments(draw, given, 0.35),
    )
    rows = [(str(4_000_000_000_000_000_000 + at * 13), *row) for at, row in enumerate(zip(*cells, strict=True))]
    path = drawing.write_parquet(folder / "ltr_tracker.parquet", HEADER, drawing.repeated(draw, rows, 18))
    return Made(
        files=[path],
        tables={"answers": drawing.truths(truth)},
        truth={"mortgage": {"since": SINCE, "points": FALL}, "repeated_rows": 18, "impossible_scores": 116},
    )


def _answers(draw: np.random.Generator, n: int) -> drawing.Columns:
    """Premier is a product and also a class of customers: the word alone says neither."""
    calendar = drawing.dates(draw, n, FIRST, LAST)
    branch = pick(draw, n, {name: share for name, (share, _) in BRANCHES.items()})
    product = pick(draw, n, {name: share for name, (share, _) in PRODUCTS.items()})
    segment = pick(draw, n, {"Mass": 68, "Affluent": 24, "Premier": 8})
    targets = effect(branch, {name: points for name, (_, points) in BRANCHES.items()})
    targets += effect(product, {name: points for name, (_, points) in PRODUCTS.items()})
    targets += effect(segment, {"Premier": 6})
    targets += planted(FALL, (it == "Mortgage" and day >= SINCE for it, day in zip(product, calendar, strict=True)))
    return {
        "interview_date": calendar,
        "branch": branch,
        "product_line": product,
        "segment": segment,
        "age_band": pick(draw, n, AGES),
        "contact_channel": pick(draw, n, {"App": 50, "Phone": 20, "In person": 30}),
        "given": drawing.scores(draw, targets),
    }


WORLD = World("lender", "A bank whose mortgage customers are lost from October 2024 on, and nobody else.", _write)
