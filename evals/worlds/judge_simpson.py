"""Simpson's paradox: one group lies below in every segment and above in total."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Planted, numbered, planted_rows, scattered, truths, write_text
from evals.worlds.world import Made, World

COURIERS = {
    "Velo": {"Centre": (1500, 48.0), "Suburb": (420, 18.0), "Rural": (130, -34.0)},
    "Rapid": {"Centre": (260, 64.0), "Suburb": (560, 34.0), "Rural": (1180, -18.0)},
}
SITES = {
    "Riverside": {"routine": (1250, 44.0), "complex": (300, 0.0), "emergency": (160, -38.0)},
    "Hillcrest": {"routine": (240, 62.0), "complex": (620, 18.0), "emergency": (900, -20.0)},
}


def _courier(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 10])
    span = (dt.date(2025, 2, 1), dt.date(2025, 8, 31))
    cells = [
        Planted({"courier": courier, "zone": zone}, n, nps, *span)
        for courier, zones in COURIERS.items()
        for zone, (n, nps) in zones.items()
    ]
    rows = planted_rows(draw, cells, "delivered_on", "score")
    scattered(draw, rows, "parcel", {"small": 5, "medium": 3, "large": 2})
    numbered(rows, "parcel_id", "P")
    path = write_text(folder / "deliveries.csv", rows, delimiter=";", days_as="%d.%m.%Y")
    return Made([path], {"answers": truths(rows)}, truth={"same_zone": {"gap": 16.0}})


def _hospital(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 6])
    span = (dt.date(2024, 10, 1), dt.date(2025, 9, 30))
    cells = [
        Planted({"site": site, "case_type": case}, n, nps, *span)
        for site, cases in SITES.items()
        for case, (n, nps) in cases.items()
    ]
    rows = planted_rows(draw, cells, "discharged", "likelihood_to_recommend")
    scattered(draw, rows, "ward_floor", {"ground": 1, "first": 1, "second": 1})
    numbered(rows, "visit_id", "V")
    path = folder / "patients.json"
    path.write_text(json.dumps(rows, default=str, indent=0), encoding="utf-8")
    return Made([path], {"answers": truths(rows)}, truth={"same_case": {"gap": 18.0}})


WORLDS = [
    World(
        "courier-simpson",
        "Two couriers: Rapid is better in every zone, but carries most of the rural parcels.",
        _courier,
    ),
    World(
        "hospital-simpson", "Two sites: Hillcrest is better for every kind of case, but takes the hard ones.", _hospital
    ),
]
