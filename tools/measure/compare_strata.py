"""Both sides of a comparison counted by every other dimension, in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.cells import group_keys
from tools.explain.driver_columns import known_afterwards
from tools.explain.traits import is_rating, traits
from tools.outcome import Outcome
from tools.result import Unit
from tools.scope import Axis, Scope, axes
from tools.stats.tails import critical_value
from warehouse.workspace import Warehouse

MOST_VALUES, MOST_DIMENSIONS = 60, 40
FEW = 10
"""Answers below which the variance of a number is taken from the whole side."""
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Crude:
    """The difference that is looked into: the first side minus the second."""

    estimate: float
    clear: bool
    design_effect: float
    where: dict[str, str]
    """The cell of its fact."""
    name: str
    """Of its fact."""
    unit: Unit


@dataclass(frozen=True)
class Strata:
    """The answers of both sides by the values of one dimension; row 0 is the first side."""

    name: str
    values: list[str]
    n: FloatArray
    """2 × k answers that have the outcome."""
    total: FloatArray
    square: FloatArray

    def pooled(self, base: int, other: str) -> Strata:
        """Values that one side has, but too seldom, together."""
        small = (self.n.min(axis=0) < base) & (self.n.min(axis=0) > 0)
        if not np.any(small):
            return self
        together = [part[:, small].sum(axis=1, keepdims=True) for part in (self.n, self.total, self.square)]
        kept = [np.hstack([part[:, ~small], one]) for part, one in zip(self._parts(), together, strict=True)]
        values = [value for value, gone in zip(self.values, small, strict=True) if not gone]
        return Strata(self.name, [*values, other], *kept)

    def _parts(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        return self.n, self.total, self.square

    def repeats_outcome(self, base: int) -> bool:
        """Whether every stratum has one outcome alone: the dimension follows from it, as "paid plan" from "paid"."""
        n, total, square = (part.sum(axis=0) for part in self._parts())
        held = n >= base
        spread = square[held] / n[held] - (total[held] / n[held]) ** 2
        return bool(held.sum() > 1 and np.all(spread <= 1e-9 * (1 + square[held] / n[held])))

    def moments(self, outcome: Outcome, design_effect: float) -> tuple[FloatArray, FloatArray]:
        """Means and the variance of one answer, which pseudo-answers keep above 0 for NPS and shares."""
        base = np.maximum(self.n, 1e-9)
        mean, spread, size = self.total / base, self.square / base, base / design_effect
        if outcome.is_nps:
            filled, shrunk = (size * spread + 1.5e4) / (size + 3), size * mean / (size + 3)
            return mean, filled - shrunk**2
        if outcome.unit == "share":
            z2 = critical_value(0.95) ** 2
            share = (size * mean + z2 / 2) / (size + z2)
            return mean, share * (1 - share)
        own = np.maximum(spread - mean**2, 0) * base / np.maximum(base - 1, 1)
        whole = (own * base).sum(axis=1, keepdims=True) / base.sum(axis=1, keepdims=True)
        return mean, np.where(self.n < FEW, np.broadcast_to(whole, own.shape), own)


def other_dimensions(warehouse: Warehouse, first: Scope, second: Scope, outcome: Outcome) -> list[str]:
    """Dimensions in which the sides may differ by themselves: no ratings, nothing that followed from the answer.

    The outcome is none either: in strata of what is compared nothing is left to compare.
    """
    fixed = {*first.where, *second.where, *first.columns, *second.columns, *outcome.columns}
    known = warehouse.catalog.dimensions
    usable = [name for name in traits(warehouse.catalog, MOST_VALUES) if name not in fixed]
    found = [
        name for name in usable if not is_rating(name, known[name]) and not known_afterwards(name, known[name].values)
    ]
    return found[:MOST_DIMENSIONS]


def count_strata(
    warehouse: Warehouse, names: Sequence[str], first: Scope, second: Scope, outcome: Outcome, sql: list[str]
) -> list[Strata]:
    """One for each dimension; the statement is added to `sql`."""
    if not names:
        return []
    cut = axes(warehouse, list(names))
    found = warehouse.run(_sql(warehouse, cut, first, second, outcome), rows=4 * MOST_VALUES * len(cut) + 1_000)
    sql.append(found.sql)
    cells: list[dict[str, FloatArray]] = [{} for _axis in cut]
    for at, side, value, *sums in found.rows:
        cell = cells[int(at)].setdefault(str(value), np.zeros((3, 2)))
        cell[:, int(side)] += [float(one or 0) for one in sums]
    return [_strata(axis.name, held) for axis, held in zip(cut, cells, strict=True) if held]


def _strata(name: str, held: dict[str, FloatArray]) -> Strata:
    values = sorted(held)
    n, total, square = np.stack([held[value] for value in values], axis=2)
    return Strata(name, values, n, total, square)


def _sql(warehouse: Warehouse, cut: Sequence[Axis], first: Scope, second: Scope, outcome: Outcome) -> str:
    columns = [*first.columns, *second.columns, *outcome.columns, *(column for axis in cut for column in axis.columns)]
    relation = warehouse.relation(columns)
    one, two = (" AND ".join(side.conditions) or "TRUE" for side in (first, second))
    keys = group_keys(cut)
    named = "".join(f", {key.sql} AS k{at}" for at, key in enumerate(keys))
    sides = (
        f"SELECT CASE WHEN {one} THEN 0 ELSE 1 END AS side, {outcome.sql} AS x{named} FROM {relation} "
        f"WHERE ({outcome.sql}) IS NOT NULL AND (({one}) OR ({two}))"
    )
    sets = ", ".join(f"(side, k{at})" for at in range(len(keys)))
    which = " ".join(f"WHEN GROUPING(k{at}) = 0 THEN {at}" for at in range(len(keys)))
    label = " ".join(f"WHEN {at} THEN {key.label}" for at, key in enumerate(keys))
    sums = (
        f"SELECT side, CASE {which} END AS dimension, {', '.join(f'k{at}' for at in range(len(keys)))}, "
        f"count(*) AS n, sum(x) AS s, sum(x * x) AS q FROM ({sides}) AS sides GROUP BY GROUPING SETS ({sets})"
    )
    return f"SELECT dimension, side, CASE dimension {label} END AS value, n, s, q FROM ({sums}) AS sums"
