"""The answers by which of the told cells they are in, and whether a few of them can be singled out.

Answers that are in the same told cells cannot be told apart: they are one class. What follows from sums over cells is
their span. A vector of that span that is nothing outside a few small classes is a figure of those few people.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from agent.ledger_cells import CLASS, Told
from tools.cells import group_keys, grouped_by, labelled_keys, named_keys
from tools.scope import MISSING, Axis, axis
from warehouse.engine import quoted
from warehouse.sample import is_large
from warehouse.workspace import Warehouse

MAX_CELLS = 400
MAX_CLASSES = 5_000
MAX_JOINT = 200_000
"""Joint cells of a large survey; with more the cheaper rule is used."""
MAX_SETS = 40_000
_ZERO = 1e-9
_FEW_CUTS = 8
_BITS = 60

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Classes:
    """Classes of answers."""

    member: Floats
    """A row for each told cell, a column for each class: 1 where the class is in the cell."""
    sizes: NDArray[np.int64]
    """Scored answers."""
    labels: list[dict[str, str]]
    """What all answers of a class share."""

    @property
    def bases(self) -> list[int]:
        """Answers in each told cell."""
        return [int(n) for n in self.member @ self.sizes]

    def some(self, chosen: Sequence[int]) -> Classes:
        """These classes alone."""
        return Classes(self.member[:, list(chosen)], self.sizes[list(chosen)], [self.labels[at] for at in chosen])


class Calendar:
    """What answers are grouped by so that the told periods can be told apart: stretches, months or days."""

    def __init__(self, cuts: list[dt.date]) -> None:
        """`cuts`: days on which a told period begins, or the day after it ended."""
        self.cuts = cuts
        self.few = len(cuts) <= _FEW_CUTS
        self.months = not self.few and all(day.day == 1 for day in cuts)

    @property
    def sql(self) -> str:
        """The column `cut`; an answer without a date has none, or -1."""
        if not self.cuts:
            return "0"
        if self.few:
            steps = " ".join(f"WHEN responded_at < DATE '{day}' THEN {at}" for at, day in enumerate(self.cuts))
            return f"CASE WHEN responded_at IS NULL THEN -1 {steps} ELSE {len(self.cuts)} END"
        if self.months:
            return "EXTRACT(year FROM responded_at) * 12 + EXTRACT(month FROM responded_at)"
        return "CAST(responded_at AS DATE)"

    def within(self, first: dt.date | None, last: dt.date | None) -> str:
        """A told period as a condition on the column."""
        if not self.few and not self.months:
            return f"cut BETWEEN DATE '{first or dt.date.min}' AND DATE '{last or dt.date.max}'"
        if self.months:
            return f"cut BETWEEN {_month(first) if first else 0} AND {_month(last) if last else 12 * 9999}"
        start = self.cuts.index(first) + 1 if first else 0
        end = self.cuts.index(last + dt.timedelta(days=1)) if last and last < dt.date.max else len(self.cuts)
        return f"cut BETWEEN {start} AND {end}"

    def parts(self, span: int) -> int:
        """How many there are at most in so many days."""
        return len(self.cuts) + 1 if self.few else span // 28 + 2 if self.months else span + 2


def _month(day: dt.date) -> int:
    return day.year * 12 + day.month


def find_classes(warehouse: Warehouse, cells: Sequence[Told]) -> Classes | None:
    """The classes that the cells make; None where there are too many to look at."""
    named = _axes(warehouse, cells)
    cuts = _cuts(cells)
    if len(cells) > MAX_CELLS or _too_many(warehouse, named, Calendar(cuts)):
        return None
    sql = _sql(warehouse, cells, named, cuts)
    found = warehouse.run(sql, rows=MAX_CLASSES + 1)
    if len(found.rows) > MAX_CLASSES:
        return None
    words = -(-len(cells) // _BITS)
    rows = [row for row in found.rows if any(row[:words]) and row[words]]
    signs = np.array([row[:words] for row in rows], dtype=np.int64).reshape(len(rows), words)
    bits = (signs[:, :, None] >> np.arange(_BITS)) & 1
    member = bits.reshape(len(rows), words * _BITS)[:, : len(cells)].T.astype(float)
    ends = [row[words + 1 :] for row in rows]
    labels = [{name: end[2 * at] for at, name in enumerate(named) if end[2 * at] == end[2 * at + 1]} for end in ends]
    return Classes(member, np.array([int(row[words]) for row in rows], dtype=np.int64), labels)


def _axes(warehouse: Warehouse, cells: Sequence[Told]) -> dict[str, Axis]:
    names = sorted({name for cell in cells for name in (*cell.values, *cell.excluded)})
    return {name: _axis(warehouse, name) for name in names}


def _axis(warehouse: Warehouse, name: str) -> Axis:
    if name == CLASS:
        return Axis(CLASS, f"coalesce({CLASS}, '{MISSING}')", (CLASS,))
    if name.startswith("="):  # an expression of free SQL
        return Axis(name, f"coalesce(CAST({name[1:]} AS VARCHAR), '{MISSING}')", ())
    return axis(warehouse, name)


def _cuts(cells: Sequence[Told]) -> list[dt.date]:
    """Days on which a told period begins, or the day after it ended."""
    starts = {cell.days[0] for cell in cells if cell.days and cell.days[0]}
    ends = {cell.days[1] for cell in cells if cell.days and cell.days[1]}
    return sorted(starts | {day + dt.timedelta(days=1) for day in ends if day < dt.date.max})


def _too_many(warehouse: Warehouse, named: dict[str, Axis], calendar: Calendar) -> bool:
    """A small survey has few joint cells however many there could be."""
    if not is_large(warehouse.catalog.tables["responses"].rows):
        return False
    dimensions = warehouse.catalog.dimensions
    sizes = [len(dimensions[name].values) + 1 if name in dimensions else 40 for name in named]
    days = warehouse.catalog.times.get("responded_at")
    span = (days.last - days.first).days if days and days.first and days.last else 0
    return math.prod(sizes) * calendar.parts(span) > MAX_JOINT


def _sql(warehouse: Warehouse, cells: Sequence[Told], named: dict[str, Axis], cuts: list[dt.date]) -> str:
    """One SELECT: joint cells first, then the cells that each of them is in, as a row of signs."""
    conditions = sorted({text for cell in cells for text in cell.conditions})
    free = bool(conditions) or any(name.startswith("=") for name in named)
    keys = group_keys(list(named.values()))
    columns = [column for item in named.values() for column in item.columns] + (["responded_at"] if cuts else [])
    free_tests = "".join(f"coalesce(({text}), FALSE) AS c{at}, " for at, text in enumerate(conditions))
    relation = "cohorts" if free else warehouse.relation(columns)
    calendar = Calendar(cuts)
    grouped = grouped_by(len(keys) + len(conditions) + 1)
    counted = f"{named_keys(keys)}{free_tests}{calendar.sql} AS cut, count(score) AS n"
    joint = f"SELECT {counted} FROM {relation} WHERE score IS NOT NULL{grouped}"
    carried = "".join(f"c{at}, " for at in range(len(conditions)))
    labelled = f"SELECT {labelled_keys(keys)}{carried}cut, n FROM ({joint}) AS joint"
    names = {name: f"a{at}" for at, name in enumerate(named)} | {text: f"c{at}" for at, text in enumerate(conditions)}
    tests = [
        f"CASE WHEN {_holds(cell, names, calendar)} THEN {1 << at % _BITS} ELSE 0 END" for at, cell in enumerate(cells)
    ]
    words = [" + ".join(tests[at : at + _BITS]) for at in range(0, len(tests), _BITS)]
    signs = ", ".join(f"CAST({word} AS BIGINT) AS s{at}" for at, word in enumerate(words))
    ends = "".join(f", min(a{at}), max(a{at})" for at in range(len(keys)))
    return f"SELECT {signs}, sum(n){ends} FROM ({labelled}) AS labelled{grouped_by(len(words))}"


def _holds(cell: Told, names: dict[str, str], calendar: Calendar) -> str:
    tests = [_one_of(names[name], values) for name, values in cell.values.items()]
    if cell.excluded:
        inside = " AND ".join(_one_of(names[name], values) for name, values in cell.excluded.items())
        tests.append(f"NOT ({inside})")
    tests += [calendar.within(*cell.days)] if cell.days else []
    tests += [names[text] for text in cell.conditions]
    return " AND ".join(tests) or "TRUE"


def _one_of(column: str, values: Sequence[str]) -> str:
    return f"{column} IN ({', '.join(quoted(value) for value in values)})"


def singled_out(classes: Classes, base: int) -> list[int] | None:
    """Classes of together fewer than `base` answers of which a figure follows from the cells; None: there are none."""
    small = np.flatnonzero(classes.sizes < base)
    if not len(small):
        return None
    large = classes.member[:, classes.sizes >= base]
    free = _null_rows(large)
    only = free @ classes.member[:, small]
    span = _basis(only)
    if not len(span):
        return None
    part = span.T @ span
    rest = np.eye(len(small)) - part
    found = _fewest(part, rest, classes.sizes[small], base)
    return [int(small[at]) for at in found] if found is not None else None


def independent(classes: Classes) -> list[int]:
    """Cells from which all others follow: the first ones that are no sums or differences of those before."""
    span: Floats = np.zeros((0, classes.member.shape[1]))
    found = []
    for at, row in enumerate(classes.member):
        left = row - (row @ span.T) @ span
        left -= (left @ span.T) @ span
        size = float(np.linalg.norm(left))
        if size > 1e-6 * max(1.0, float(np.linalg.norm(row))):
            span = np.vstack([span, left / size])
            found.append(at)
    return found


def _null_rows(large: Floats) -> Floats:
    """Combinations of cells in which every large class cancels out."""
    count = len(large)
    if not large.shape[1]:
        return np.eye(count)
    sizes, vectors = np.linalg.eigh(large @ large.T)
    free: Floats = vectors[:, sizes < _ZERO * max(1.0, sizes[-1])].T
    clean: Floats = free[np.abs(free @ large).max(axis=1, initial=0.0) < 1e-6]
    return clean


def _basis(rows: Floats) -> Floats:
    """Orthonormal rows that span the same space."""
    if not rows.size or np.abs(rows).max() < 1e-7:
        return np.zeros((0, rows.shape[1] if rows.ndim == 2 else 0))
    _left, sizes, vectors = np.linalg.svd(rows, full_matrices=False)
    spanning: Floats = vectors[sizes > 1e-7]
    return spanning


def _fewest(part: Floats, rest: Floats, sizes: NDArray[np.int64], base: int) -> tuple[int, ...] | None:
    """The first set of classes, of together fewer than `base` answers, on which a known vector alone stands.

    `part` projects onto what is known of the small classes, `rest` onto what is not: a set holds a known vector when
    `rest` restricted to it is singular. One class of such a set carries at least its share of the vector.
    """
    involved = [int(at) for at in np.flatnonzero(np.diag(part) > _ZERO)]
    looked = 0
    for count in range(1, base):
        order = [at for at in involved if sizes[at] <= base - count]
        if math.comb(len(order), count) + looked > MAX_SETS:
            return None
        sets = [
            chosen
            for chosen in combinations(order, count)
            if sizes[list(chosen)].sum() < base and max(part[at, at] for at in chosen) > 1 / count - 1e-6
        ]
        looked += math.comb(len(order), count)
        if not sets:
            continue
        index = np.array(sets)
        least = np.linalg.eigvalsh(rest[index[:, :, None], index[:, None, :]])[:, 0]
        singular = np.flatnonzero(least < 1e-7)
        if len(singular):
            return sets[int(singular[0])]
    return None
