"""An effect on one segment only after a dated event; the others are not touched."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Planted, blemished, numbered, planted_rows, scattered, truths, write_text
from evals.worlds.world import Made, World
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

RELAUNCH = dt.date(2025, 6, 10)
TILLS = dt.date(2025, 4, 14)
ONE_DAY = dt.timedelta(days=1)
DEVICES = {"Android": (38.0, 12.0), "iOS": (42.0, 42.0)}
STORES = {
    "Bristol": (34.0, 0.0),
    "Bath": (30.0, 30.0),
    "Exeter": (26.0, 26.0),
    "Truro": (36.0, 36.0),
    "Poole": (31.0, 31.0),
}


def _bank(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 12])
    cells = [
        Planted({"device": device}, n, nps, start, end)
        for device, levels in DEVICES.items()
        for n, nps, start, end in (
            (1000, levels[0], dt.date(2025, 1, 1), RELAUNCH - ONE_DAY),
            (950, levels[1], RELAUNCH, dt.date(2025, 11, 15)),
        )
    ]
    rows = planted_rows(draw, cells, "answered_at", "score")
    scattered(draw, rows, "country", {"Germany": 4, "Austria": 2, "Belgium": 3})
    scattered(draw, rows, "age_group", {"18-34": 4, "35-54": 4, "55+": 3})
    numbered(rows, "response_id", "R")
    path = write_text(folder / "app_feedback.csv", blemished(draw, rows, "score", "response_id"))
    event = BusinessEvent(
        date=RELAUNCH, synonyms=["app relaunch", "relaunch", "new app"], affects={"device": ["Android"]}
    )
    options = LoadOptions(events={"app_relaunch": event})
    truth = {"relaunch": {"effect": -26.0, "of": "Android"}, "ios": 0.0}
    return Made([path], {"answers": truths(rows)}, options, truth)


def _stores(folder: Path, seed: int) -> Made:
    """All stores got the new tills, so there is nobody to hold them against; one store fell."""
    draw = np.random.default_rng([seed, 9])
    cells = [
        Planted({"store": store}, n, nps, start, end)
        for store, levels in STORES.items()
        for n, nps, start, end in (
            (330, levels[0], dt.date(2024, 12, 1), TILLS - ONE_DAY),
            (360, levels[1], TILLS, dt.date(2025, 8, 31)),
        )
    ]
    rows = planted_rows(draw, cells, "purchase_date", "nps")
    scattered(draw, rows, "basket", {"under 20": 5, "20 to 60": 4, "over 60": 2})
    numbered(rows, "receipt", "T")
    path = write_text(folder / "till_survey.csv", rows)
    event = BusinessEvent(date=TILLS, synonyms=["new tills", "self-service tills"], affects={"store": list(STORES)})
    options = LoadOptions(events={"new_tills": event})
    return Made([path], {"answers": truths(rows)}, options, {"bristol": {"change": -34.0}, "others": 0.0})


WORLDS = [
    World("bankapp-segment", "A bank relaunches its app: Android users turn away, iOS users do not.", _bank),
    World(
        "stores-segment", "Five stores get new tills on one day; Bristol alone falls, and nobody knows why.", _stores
    ),
]
