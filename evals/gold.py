"""The right figures of a case, from the world's own truth: no tool of npsight has a hand in them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from evals.cases import Gold, Measure
from evals.worlds import GOLD, TRUTH
from tools.result import Cell
from warehouse.errors import NpsError, SqlRefusedError
from warehouse.workspace import Warehouse

_NPS = re.compile(r"\bnps\(\s*([\w.\"]+)\s*\)", re.IGNORECASE)
_WRITTEN = r"(100.0 * (count(*) FILTER (WHERE \1 >= 9) - count(*) FILTER (WHERE \1 <= 6)) / nullif(count(\1), 0))"


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
    sql = _NPS.sub(_WRITTEN, gold.sql or "")
    try:
        names, rows = _on_truth(sql, folder / GOLD) if (folder / GOLD).is_file() else _on_tables(sql, folder)
    except (duckdb.Error, SqlRefusedError) as error:
        raise NpsError(f"The gold SQL fails: {str(error).splitlines()[0]}") from None
    return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]


def _on_truth(sql: str, path: Path) -> tuple[list[str], Sequence[Sequence[Any]]]:
    with duckdb.connect(path, read_only=True, config={"enable_external_access": "false"}) as connection:
        found = connection.execute(sql)
        return [str(column[0]) for column in found.description or []], found.fetchall()


def _on_tables(sql: str, folder: Path) -> tuple[list[str], Sequence[Sequence[Any]]]:
    with Warehouse(folder) as warehouse:
        found = warehouse.run(sql)
        return found.columns, found.rows


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
