"""What a world is: the files that a user would have, and the truth that the analyst never sees."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from warehouse.options import LoadOptions

Row = Sequence[Any]


@dataclass(frozen=True)
class Truths:
    """A table of the truth: what happened, before anything spoilt the files."""

    columns: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Made:
    """A world that was written into a folder."""

    files: list[Path]
    """What npsight loads, with all its blemishes."""
    tables: Mapping[str, Truths]
    """Name → table, for gold SQL: the answers that count, clean, under the names that the questions' authors use."""
    options: LoadOptions = field(default_factory=LoadOptions)
    truth: Mapping[str, Any] = field(default_factory=dict)
    """What was planted (effects, rates), for gold that no sample holds exactly."""


@dataclass(frozen=True)
class World:
    """A made-up survey, drawn from a seed."""

    name: str
    story: str
    """One sentence: who asks whom, and what is true in it."""
    write: Callable[[Path, int], Made]
    """Writes the files into a folder; the same seed gives the same bytes."""


def days(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every day from the first to the last."""
    return [first + dt.timedelta(days=at) for at in range((last - first).days + 1)]
