"""The right figures of a case, from the world's own truth: no tool of npsight has a hand in them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from evals.cases import Gold, Measure
from evals.worlds import GOLD, TRUTH
from tools.result import Cell
from warehouse.errors import NpsError

_NPS = (
    "CREATE OR REPLACE TEMP MACRO nps(score) AS "
    "100.0 * (count(*) FILTER (score >= 9) - count(*) FILTER (score <= 6)) / nullif(count(score), 0)"
)


@dataclass(frozen=True)
class GoldRows:
    """The rows that a right answer shows."""

    rows: list[dict[str, Cell]]
    key: list[str]
    values: Mapping[str, Measure]
    tolerance: float = 0.0


def gold_rows(gold: Gold, folder: Path) -> GoldRows:
    """The gold of a case about the workspace in `folder`.

    SQL runs on `gold.duckdb` where the folder has one, else on the workspace's own tables.
    Raises NpsError where it does not give the columns that the case names.
    """
    rows = gold.rows if gold.rows is not None else _looked_up(gold, folder) if gold.truth else _queried(gold, folder)
    wanted = [*gold.key, *gold.values]
    for row in rows:
        missing = [name for name in wanted if name not in row]
        if missing:
            raise NpsError(f"The gold has no column {missing[0]!r}; it gives {', '.join(row)}.")
    return GoldRows([{name: row[name] for name in wanted} for row in rows], gold.key, gold.values, gold.tolerance)


def _queried(gold: Gold, folder: Path) -> list[dict[str, Cell]]:
    path = folder / GOLD if (folder / GOLD).is_file() else folder / "npsight.duckdb"
    with duckdb.connect(path, read_only=True) as connection:
        connection.execute(_NPS)
        try:
            found = connection.execute(gold.sql or "")
            names = [str(column[0]) for column in found.description or []]
            return [dict(zip(names, map(_plain, row), strict=True)) for row in found.fetchall()]
        except duckdb.Error as error:
            raise NpsError(f"The gold SQL fails: {str(error).splitlines()[0]}") from None


def _looked_up(gold: Gold, folder: Path) -> list[dict[str, Cell]]:
    value: Any = json.loads((folder / TRUTH).read_text(encoding="utf-8"))
    for part in (gold.truth or "").split("."):
        try:
            value = value[int(part)] if isinstance(value, list) else value[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise NpsError(f"The world's truth has no {gold.truth!r}.") from None
    if isinstance(value, list):
        return [dict(row) for row in value]
    return [dict(value)] if isinstance(value, dict) else [{next(iter(gold.values)): value}]


def _plain(value: Any) -> Cell:
    if isinstance(value, dt.date | dt.datetime):
        return value.isoformat()[:10]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return float(value)
