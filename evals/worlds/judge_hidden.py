"""A flat whole that hides opposite moves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Planted, blemished, numbered, planted_rows, scattered, truths, write_text
from evals.worlds.world import Made, World
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

REFORM = dt.date(2025, 9, 1)
ROLES = {"Teacher": (6.0, 34.0), "Parent": (40.0, 12.0), "Pupil": (22.0, 22.0)}


def _school(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 9])
    spans = ((dt.date(2025, 3, 1), dt.date(2025, 8, 31)), (REFORM, dt.date(2026, 2, 28)))
    cells = [
        Planted({"role": role}, 420, levels[at], *span)
        for role, levels in ROLES.items()
        for at, span in enumerate(spans)
    ]
    rows = planted_rows(draw, cells, "asked_on", "rating")
    scattered(draw, rows, "campus", {"Elm Road": 3, "Lake Street": 2})
    numbered(rows, "form", "F")
    path = write_text(folder / "school_pulse.csv", blemished(draw, rows, "rating", "form"))
    event = BusinessEvent(date=REFORM, synonyms=["timetable reform", "new timetable"])
    truth = {"whole": 0.0, "teacher": 28.0, "parent": -28.0, "pupil": 0.0}
    return Made([path], {"answers": truths(rows)}, LoadOptions(events={"timetable_reform": event}), truth)


WORLD = World(
    "school-hidden",
    "A school changes its timetable: teachers are happier, parents are not, the whole is flat.",
    _school,
)
