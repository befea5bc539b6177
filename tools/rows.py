"""A bounded sample of responses in Python, always the same one, for methods that need single rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.scope import Scope
from warehouse.workspace import Warehouse

MAX_ROWS = 100_000


@dataclass(frozen=True)
class SampledRows:
    """Columns of equal length; `of` rows fit the scope, and all of them are here unless `sampled`."""

    columns: dict[str, NDArray[np.object_]]
    of: int
    sql: list[str]

    @property
    def n(self) -> int:
        """Rows that are here."""
        return len(next(iter(self.columns.values()), ()))

    @property
    def sampled(self) -> bool:
        """True when not all rows are here."""
        return self.n < self.of

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as numbers, NaN where there is none."""
        return np.array([np.nan if value is None else float(value) for value in self.columns[name]], dtype=float)

    def caveat(self) -> list[str]:
        """What is said of a sample."""
        if not self.sampled:
            return []
        return [f"Computed from a fixed random sample of {self.n:,} of {self.of:,} rows."]


def fetch_rows(
    warehouse: Warehouse,
    expressions: Mapping[str, str],
    columns: list[str],
    scope: Scope,
    *,
    conditions: tuple[str, ...] = (),
    limit: int = MAX_ROWS,
) -> SampledRows:
    """At most about `limit` of the responses that fit, drawn by the hash of their id; ordered by it.

    Args:
        expressions: name → SQL of each column.
        columns: the cohort columns that the expressions read.
        conditions: further conditions, over and above the scope's.
    """
    relation = warehouse.relation([*columns, *scope.columns])
    where = scope.sql(*conditions)
    count = warehouse.run(f"SELECT count(*) FROM {relation}{where}")
    of = int(count.rows[0][0])
    every = -(-of // limit) if of > limit else 1
    drawn = scope.sql(*conditions, f"hash(response_id) % {every} = 0") if every > 1 else where
    names = ", ".join(f'{sql} AS "{name}"' for name, sql in expressions.items())
    found = warehouse.run(
        f"SELECT {names} FROM {relation}{drawn} ORDER BY hash(response_id), response_id", rows=2 * limit
    )
    arrays = {}
    for at, name in enumerate(expressions):
        column = np.empty(len(found.rows), dtype=object)
        column[:] = [row[at] for row in found.rows]
        arrays[name] = column
    return SampledRows(arrays, of, [count.sql, found.sql])
