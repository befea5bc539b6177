"""Counts for each cell, aggregated in the engine, with what repeated answers do to their variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.scope import MISSING, Axis, Scope
from tools.stats.clusters import design_effect
from tools.stats.counts import Counts
from tools.stats.score import Interval, nps_interval
from warehouse.workspace import Warehouse

EXACT_ROWS = 2_000_000
"""Above, the design effect comes from a hash sample of the customers: the exact two-level group-by costs 14 times
the plain one at 20 million rows."""
SAMPLE_ROWS = 1_000_000
ENOUGH_CUSTOMERS = 200
"""Sampled customers that a cell needs for a design effect of its own; below, the pooled one is used."""


@dataclass(frozen=True)
class Cell:
    """One cell: its values along the axes, its counts, and its design effect."""

    key: tuple[str, ...]
    counts: Counts
    rows: int
    """Responses, scored or not."""
    design_effect: float = 1.0

    @property
    def n(self) -> int:
        """Scored responses."""
        return int(self.counts.n)

    @property
    def interval(self) -> Interval:
        """NPS with its 95 % interval."""
        return nps_interval(self.counts, design_effect=self.design_effect)


@dataclass
class Cells:
    """All cells of one question."""

    axes: list[Axis]
    cells: list[Cell]
    total: Cell
    sql: list[str] = field(default_factory=list)
    sampled: bool = False

    def where(self, cell: Cell, scope: Scope) -> dict[str, str]:
        """The cell as facts show it: the filter and its own values."""
        return {**scope.where, **{axis.name: value for axis, value in zip(self.axes, cell.key, strict=True)}}


def count_cells(warehouse: Warehouse, axes: Sequence[Axis], scope: Scope) -> Cells:
    """Promoters, passives and detractors of every cell, and of all cells together."""
    relation = _relation(warehouse, axes, scope)
    repeated = warehouse.catalog.repeated_customers
    large = warehouse.catalog.tables["responses"].rows > EXACT_ROWS
    if repeated and not large:
        return _exact(warehouse, list(axes), scope, relation)
    plain = _plain(warehouse, list(axes), scope, relation)
    return _sampled(warehouse, plain, scope, relation) if repeated else plain


def _relation(warehouse: Warehouse, axes: Sequence[Axis], scope: Scope) -> str:
    return warehouse.relation([*scope.columns, *(column for axis in axes for column in axis.columns)])


def _named(axes: Sequence[Axis]) -> str:
    return "".join(f"{axis.sql} AS a{i}, " for i, axis in enumerate(axes))


def _keys(axes: Sequence[Axis]) -> str:
    return "".join(f"a{i}, " for i in range(len(axes)))


def _grouping(axes: Sequence[Axis]) -> str:
    return f" GROUP BY {', '.join(f'a{i}' for i in range(len(axes)))}" if axes else ""


def _plain(warehouse: Warehouse, axes: list[Axis], scope: Scope, relation: str) -> Cells:
    scale = warehouse.catalog.scale
    grouping = f" GROUP BY {', '.join(str(i + 1) for i in range(len(axes)))}" if axes else ""
    sql = (
        f"SELECT {_named(axes)}count(*) AS responses, count(score) AS n, "
        f"count(CASE WHEN score >= {scale.promoter_from} THEN 1 END) AS promoters, "
        f"count(CASE WHEN score <= {scale.detractor_to} THEN 1 END) AS detractors "
        f"FROM {relation}{scope.sql()}{grouping}"
    )
    rows = warehouse.run(sql)
    cells = [_plain_cell(row, len(axes)) for row in rows.rows]
    return Cells(axes, _sorted(cells), _sum(cells), [rows.sql])


def _plain_cell(row: Sequence[Any], at: int) -> Cell:
    responses, n, promoters, detractors = row[at : at + 4]
    return Cell(tuple(row[:at]), Counts(promoters, n - promoters - detractors, detractors), responses)


def _sum(cells: Sequence[Cell]) -> Cell:
    counts = sum((cell.counts for cell in cells), Counts(0, 0, 0))
    return Cell((), counts, sum(cell.rows for cell in cells))


def _sorted(cells: list[Cell]) -> list[Cell]:
    """By value, with the missing ones last."""
    return sorted(cells, key=lambda cell: [(value == MISSING, value) for value in cell.key])


def _per_customer(warehouse: Warehouse, axes: Sequence[Axis], scope: Scope, relation: str, *more: str) -> str:
    """One row for each customer in each cell: s = promoters minus detractors, n = scored answers."""
    scale = warehouse.catalog.scale
    promoter = f"count(CASE WHEN score >= {scale.promoter_from} THEN 1 END)"
    detractor = f"count(CASE WHEN score <= {scale.detractor_to} THEN 1 END)"
    customer = "coalesce(CAST(customer_id AS VARCHAR), response_id)"
    if any("hash" in condition for condition in more):
        customer = "customer_id"
    return (
        f"SELECT {_named(axes)}{customer} AS customer, count(*) AS responses, count(score) AS n, "
        f"{promoter} AS p, {detractor} AS d, {promoter} - {detractor} AS s "
        f"FROM {relation}{scope.sql(*more)} GROUP BY {_keys(axes)}customer"
    )


_SUMS = (
    "sum(responses) AS responses, sum(n) AS n, sum(p) AS promoters, sum(d) AS detractors, "
    "count(CASE WHEN n > 0 THEN 1 END) AS customers, sum(s * s) AS ss, sum(s * n) AS sn, sum(n * n) AS nn"
)


def _exact(warehouse: Warehouse, axes: list[Axis], scope: Scope, relation: str) -> Cells:
    per = _per_customer(warehouse, axes, scope, relation)
    sql = f"WITH per_customer AS ({per}) SELECT {_keys(axes)}{_SUMS} FROM per_customer{_grouping(axes)}"
    rows = warehouse.run(sql)
    cells = [_clustered_cell(row, len(axes)) for row in rows.rows]
    statements = [rows.sql]
    if axes:
        total, statement = _clustered_total(warehouse, scope, relation)
        statements.append(statement)
    else:
        total = cells[0]
    return Cells(axes, _sorted(cells) if axes else [total], total, statements)


def _clustered_total(warehouse: Warehouse, scope: Scope, relation: str, *more: str) -> tuple[Cell, str]:
    per = _per_customer(warehouse, [], scope, relation, *more)
    rows = warehouse.run(f"WITH per_customer AS ({per}) SELECT {_SUMS} FROM per_customer")
    return _clustered_cell(rows.rows[0], 0), rows.sql


def _clustered_cell(row: Sequence[Any], at: int) -> Cell:
    responses, n, promoters, detractors, customers, ss, sn, nn = (int(value or 0) for value in row[at : at + 8])
    counts = Counts(promoters, n - promoters - detractors, detractors)
    deff = design_effect(ss, sn, nn, counts, customers) if n else 1.0
    return Cell(tuple(row[:at]), counts, responses, deff)


def _sampled(warehouse: Warehouse, plain: Cells, scope: Scope, relation: str) -> Cells:
    """Exact counts; design effects from one customer in k, chosen by hash."""
    every = max(1, warehouse.catalog.tables["responses"].rows // SAMPLE_ROWS)
    condition = f"hash(customer_id) % {every} = 0"
    per = _per_customer(warehouse, plain.axes, scope, relation, condition)
    keys = _keys(plain.axes)
    sql = (
        f"WITH per_customer AS MATERIALIZED ({per}), "
        "whole AS (SELECT customer, sum(responses) AS responses, sum(n) AS n, sum(p) AS p, sum(d) AS d, sum(s) AS s "
        "FROM per_customer GROUP BY customer) "
        f"SELECT FALSE AS whole, {keys}{_SUMS} FROM per_customer{_grouping(plain.axes)} "
        f"UNION ALL SELECT TRUE, {'NULL, ' * len(plain.axes)}{_SUMS} FROM whole"
    )
    rows = warehouse.run(sql)
    width = len(plain.axes)
    effects: dict[tuple[str, ...], tuple[float, int, float]] = {}
    whole = 1.0
    for row in rows.rows:
        cell, customers = _clustered_cell(row[1:], width), int(row[1 + width + 4] or 0)
        if row[0]:
            whole = cell.design_effect
        else:
            effects[cell.key] = (cell.design_effect, customers, cell.counts.n)
    pooled = _pooled([effect for effect in effects.values() if effect[2] > 0])
    cells = [
        Cell(cell.key, cell.counts, cell.rows, _own_or_pooled(effects.get(cell.key), pooled)) for cell in plain.cells
    ]
    total = Cell((), plain.total.counts, plain.total.rows, whole)
    return Cells(plain.axes, cells if plain.axes else [total], total, [*plain.sql, rows.sql], True)


def _pooled(effects: Sequence[tuple[float, int, float]]) -> float:
    weight = sum(n for _deff, _customers, n in effects)
    return max(1.0, sum(deff * n for deff, _customers, n in effects) / weight) if weight else 1.0


def _own_or_pooled(effect: tuple[float, int, float] | None, pooled: float) -> float:
    return effect[0] if effect is not None and effect[1] >= ENOUGH_CUSTOMERS else pooled
