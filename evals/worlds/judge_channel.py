"""A change of survey channel moves the score; within a channel nothing moves, or nothing can be told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd

from evals.worlds.judge_draw import Planted, blemished, numbered, planted_rows, scattered, truths, write_text
from evals.worlds.world import Made, World

CHANNELS = {"email": 38.0, "in-app": 4.0}
MODES = {"phone": 41.0, "sms": 15.0}


def _streaming(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 11])
    before = (dt.date(2025, 1, 1), dt.date(2025, 4, 30), {"email": 1150, "in-app": 160})
    after = (dt.date(2025, 5, 1), dt.date(2025, 8, 31), {"email": 210, "in-app": 1240})
    cells = [
        Planted({"asked_via": name}, counts[name], nps, start, end)
        for start, end, counts in (before, after)
        for name, nps in CHANNELS.items()
    ]
    rows = planted_rows(draw, cells, "responded", "score")
    scattered(draw, rows, "plan", {"Solo": 4, "Duo": 2, "Family": 3})
    scattered(draw, rows, "screen", {"tv": 4, "phone": 3, "laptop": 2})
    numbered(rows, "id", "N")
    path = write_text(folder / "viewers.csv", blemished(draw, rows, "score", "id"))
    return Made([path], {"answers": truths(rows)}, truth={"channel": CHANNELS, "within": 0.0})


def _airline(folder: Path, seed: int) -> Made:
    """Everybody was rung up until June and texted from July on: nobody can tell the channel from the time."""
    draw = np.random.default_rng([seed, 4])
    cells = [
        Planted({"survey_mode": "phone"}, 900, MODES["phone"], dt.date(2025, 1, 1), dt.date(2025, 6, 30)),
        Planted({"survey_mode": "sms"}, 1000, MODES["sms"], dt.date(2025, 7, 1), dt.date(2025, 12, 31)),
    ]
    rows = planted_rows(draw, cells, "flight_date", "score")
    scattered(draw, rows, "cabin", {"Economy": 6, "Business": 2})
    scattered(draw, rows, "route", {"Domestic": 3, "Europe": 4, "Long haul": 2})
    numbered(rows, "booking", "B")
    path = folder / "flights.parquet"
    frame = pd.DataFrame(rows)
    frame["flight_date"] = pd.to_datetime(frame["flight_date"])
    frame.to_parquet(path, index=False)
    return Made([path], {"answers": truths(rows)}, truth={"mode": MODES})


WORLDS = [
    World(
        "streaming-channel",
        "A streaming service asks in the app instead of by email: scores fall, no channel's do.",
        _streaming,
    ),
    World(
        "airline-channel",
        "An airline texts instead of ringing up from July: scores fall, and nobody can say why.",
        _airline,
    ),
]
