"""What surveys that are drawn row by row share: a score around a wanted NPS, a day, an odd spelling, a row twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np

PASSIVES = 0.28


def score_for(draw: np.random.Generator, points: float) -> int:
    """A score of somebody from a group whose NPS is `points`."""
    chance = draw.random()
    promoters = (1 - PASSIVES + points / 100) / 2
    if chance < promoters:
        return int(draw.choice([9, 10]))
    if chance < promoters + PASSIVES:
        return int(draw.choice([7, 8]))
    return int(draw.choice(7, p=[0.06, 0.04, 0.08, 0.12, 0.15, 0.25, 0.30]))


def day_between(draw: np.random.Generator, first: dt.date, last: dt.date) -> dt.date:
    """Any day from the first to the last."""
    return first + dt.timedelta(days=int(draw.integers(0, (last - first).days + 1)))


def misspelt(draw: np.random.Generator, text: str, share: float = 0.04) -> str:
    """Now and then the text as a hurried hand types it: in other capitals, or with a blank too many."""
    if draw.random() >= share:
        return text
    return str(draw.choice([text.lower(), text.upper(), f"{text} ", f" {text}"]))


def repeat_some(draw: np.random.Generator, rows: list[Sequence[Any]], count: int) -> list[Sequence[Any]]:
    """The rows with `count` of them twice, as when an export was pasted in again."""
    twice = set(draw.choice(len(rows), count, replace=False).tolist())
    return [row for at, row in enumerate(rows) for _ in range(2 if at in twice else 1)]
