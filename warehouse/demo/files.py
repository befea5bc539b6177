"""What a demo is, and the plain files that it leaves behind."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.demo.latent import IntArray

DateArray = NDArray[np.datetime64]


@dataclass(frozen=True)
class DemoFiles:
    """The files of a written demo."""

    name: str
    story: str
    folder: Path
    tables: dict[str, Path]
    """The CSV files that a user would load: survey, customers, orders, events."""
    truth: Path
    """What was planted, for those who judge; no tool reads it."""
    as_of: dt.date
    """The newest day in the data."""
    business_events: dict[str, dict[str, Any]]
    """Dated events of the business, in the form of the catalog's `events`."""


@dataclass(frozen=True)
class Demo:
    """A made-up company with known truths in its data."""

    name: str
    story: str
    write: Callable[[Path, int], DemoFiles]
    """Writes the files into a folder, from a seed."""
    question: str
    """What to ask of it first."""
    by: str
    """A dimension to split by first."""


def write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path


def moments(days: DateArray, seconds: IntArray) -> list[str]:
    """Days and seconds after midnight as `2025-03-01 09:30:00`."""
    at = days.astype("M8[s]") + seconds.astype("m8[s]")
    return [text.replace("T", " ") for text in np.datetime_as_string(at, unit="s").tolist()]


def write_truth(path: Path, truth: dict[str, Any]) -> Path:
    path.write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path
