"""An energy supplier's survey as a Parquet file: names in camelCase, flags of every kind, two time stamps."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds import drawing
from evals.worlds.drawing import effect, pick, planted
from evals.worlds.world import Made, World

FIRST, LAST = dt.date(2023, 10, 1), dt.date(2025, 8, 31)
FALL, SINCE = -44, dt.date(2025, 4, 1)
REASONS = {"No contact": 46, "Billing": 24, "Meter reading": 12, "Move": 10, "Outage": 8}
HEADER = (
    "surveyId",
    "contractId",
    "sentAt",
    "answeredAt",
    "likelihoodToRecommend",
    "tariffName",
    "region",
    "isSmartMeter",
    "hasApp",
    "paysByDirectDebit",
    "householdSize",
    "annualKwh",
    "tenureMonths",
    "contactReason",
    "verbatim",
)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    truth = _answers(draw, 5_400)
    given = truth.pop("given")
    written, truth["score"] = drawing.spoilt(draw, given, {"": 90, "-1": 14})
    answered = drawing.moments(draw, truth["answered_on"], 8, 21)
    waited = draw.integers(60, 5 * 24 * 60, len(given))
    cells = (
        [f"C{number:07d}" for number in draw.integers(1, 4_700, len(given))],
        [at - dt.timedelta(minutes=int(some)) for at, some in zip(answered, waited, strict=True)],
        answered,
        [int(text) if text else None for text in written],
        *(truth[name] for name in truth if name not in ("answered_on", "score")),
        drawing.comments(draw, given, 0.3),
    )
    rows = [(500_000 + at, *row) for at, row in enumerate(zip(*cells, strict=True))]
    path = drawing.write_parquet(folder / "energy_nps.parquet", HEADER, drawing.repeated(draw, rows, 20))
    return Made(
        files=[path],
        tables={"answers": drawing.truths(truth)},
        truth={"flex": {"since": SINCE, "points": FALL}, "repeated_rows": 20, "without_score": 104},
    )


def _answers(draw: np.random.Generator, n: int) -> drawing.Columns:
    """The columns stand in the order of the file."""
    calendar = drawing.dates(draw, n, FIRST, LAST)
    tariff = pick(draw, n, {"Fix 12": 30, "Fix 24": 27, "Flex": 25, "Green+": 18})
    region = pick(draw, n, {"North": 26, "East": 24, "South": 28, "West": 22})
    metered = pick(draw, n, {True: 42, False: 58})
    app = [bool(place < (0.6 if smart else 0.38)) for place, smart in zip(draw.random(n), metered, strict=True)]
    debit = pick(draw, n, {1: 73, 0: 27})
    people = pick(draw, n, {1: 28, 2: 33, 3: 17, 4: 15, 5: 7})
    reason = pick(draw, n, REASONS)
    targets = 16 + effect(tariff, {"Fix 24": 5, "Green+": 17, "Flex": -2}) + effect(region, {"West": -15, "South": 4})
    targets += planted(13, metered) + planted(7, app) + effect(debit, {1: 5})
    targets += effect(reason, {"Outage": -42, "Billing": -14, "Move": -6})
    targets += planted(FALL, (it == "Flex" and day >= SINCE for it, day in zip(tariff, calendar, strict=True)))
    use = 900 + 820 * np.array(people) + effect(region, {"North": 300}) + draw.normal(0, 420, n)
    return {
        "answered_on": calendar,
        "tariff": tariff,
        "region": region,
        "smart_meter": metered,
        "app": app,
        "direct_debit": debit,
        "household_size": people,
        "annual_kwh": [max(400, round(float(kwh))) for kwh in use],
        "tenure_months": [min(240, round(float(months))) for months in draw.gamma(1.6, 26, n)],
        "contact_reason": reason,
        "given": drawing.scores(draw, targets, 0.26),
    }


WORLD = World("energy", "An energy supplier whose Flex tariff falls from April 2025 on; nothing else moves.", _write)
