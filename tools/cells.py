"""Counts for each cell, aggregated in the engine, with what repeated answers do to their variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tools.scope import MISSING, Axis, Scope
from tools.stats.clusters import design_effect
from tools.stats.counts import Counts
from tools.stats.score import Interval, nps_interval
from warehouse.engine import identifier
from warehouse.periods import MONTHS_IN, Grain, bucket_sql
from warehouse.sample import LARGE_ROWS, SAMPLE, is_large, sample_condition, sampled_share
from warehouse.workspace import Warehouse

EXACT_ROWS = LARGE_ROWS
"""Above, the design effect comes from a sample of the customers, whole ones."""
ENOUGH_ANSWERS = 10_000
"""Sampled answers that a filter has to leave; with fewer the design effect is computed from all answers."""
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
    customers: int = 0
    """Customers that the design effect was computed from; 0 where nobody answered twice."""

    @property
    def n(self) -> int:
        """Scored responses."""
        return int(self.counts.n)

    @property
    def one_customer(self) -> bool:
        """True where several answers come from one and the same customer: they count as one."""
        return self.customers == 1 and self.n > 1

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
    """Promoters, passives and detractors of every cell, and of all cells together.

    The counts are always exact. Where customers answered repeatedly each cell carries its design effect, which in
    a large survey is estimated from a sample of customers.
    """
    axes = list(axes)
    columns = [*scope.columns, *(column for axis in axes for column in axis.columns)]
    relation = warehouse.relation(columns)
    rows = warehouse.catalog.tables["responses"].rows
    if not warehouse.catalog.repeated_customers:
        return _plain(warehouse, axes, scope, relation)
    if not is_large(rows):
        return _clustered(warehouse, axes, scope, relation)
    plain = _plain(warehouse, axes, scope, relation)
    if plain.total.n < ENOUGH_ANSWERS * sampled_share(rows):
        return _clustered(warehouse, axes, scope, relation)
    return _with_effects(plain, _clustered(warehouse, axes, scope, customer_sample(warehouse, columns)))


def _plain(warehouse: Warehouse, axes: list[Axis], scope: Scope, relation: str) -> Cells:
    """Grouped by score first: one count instead of four, and labels are made for groups, not for answers."""
    scale = warehouse.catalog.scale
    keys = group_keys(axes)
    scores = (
        f"SELECT {named_keys(keys)}score, count(*) AS answers FROM {relation}{scope.sql()}{grouped_by(len(keys) + 1)}"
    )
    sql = (
        f"SELECT {labelled_keys(keys)}sum(answers) AS responses, "
        "sum(CASE WHEN score IS NOT NULL THEN answers ELSE 0 END) AS n, "
        f"sum(CASE WHEN score >= {scale.promoter_from} THEN answers ELSE 0 END) AS promoters, "
        f"sum(CASE WHEN score <= {scale.detractor_to} THEN answers ELSE 0 END) AS detractors "
        f"FROM ({scores}) AS scores{grouped_by(len(keys))}"
    )
    rows = warehouse.run(sql)
    cells = [_plain_cell(row, len(axes)) for row in rows.rows]
    return Cells(axes, _sorted(cells), _sum(cells), [rows.sql])


def _plain_cell(row: Sequence[Any], at: int) -> Cell:
    responses, n, promoters, detractors = (int(value or 0) for value in row[at:])
    return Cell(tuple(row[:at]), Counts(promoters, n - promoters - detractors, detractors), responses)


def _sum(cells: Sequence[Cell]) -> Cell:
    counts = sum((cell.counts for cell in cells), Counts(0, 0, 0))
    return Cell((), counts, sum(cell.rows for cell in cells))


def _sorted(cells: list[Cell]) -> list[Cell]:
    """By value, with the missing ones last."""
    return sorted(cells, key=lambda cell: [(value == MISSING, value) for value in cell.key])


# Answers without a customer come as one group, and count as so many customers with one answer each.
_SUMS = (
    "sum(responses) AS responses, sum(n) AS n, sum(p) AS promoters, sum(d) AS detractors, "
    "sum(CASE WHEN customer IS NULL THEN n WHEN n > 0 THEN 1 ELSE 0 END) AS customers, "
    "sum(CASE WHEN customer IS NULL THEN p + d ELSE (p - d) * (p - d) END) AS ss, "
    "sum(CASE WHEN customer IS NULL THEN p - d ELSE (p - d) * n END) AS sn, "
    "sum(CASE WHEN customer IS NULL THEN n ELSE n * n END) AS nn"
)
_SUMMED = "sum(responses), sum(n), sum(promoters), sum(detractors), sum(customers), sum(ss), sum(sn), sum(nn)"


def _clustered(warehouse: Warehouse, axes: list[Axis], scope: Scope, relation: str) -> Cells:
    """Counted by customer: within each cell, and for the total over all cells."""
    scale = warehouse.catalog.scale
    keys = group_keys(axes)
    per_customer = (
        f"SELECT {named_keys(keys)}customer_id AS customer, count(*) AS responses, count(score) AS n, "
        f"count(CASE WHEN score >= {scale.promoter_from} THEN 1 END) AS p, "
        f"count(CASE WHEN score <= {scale.detractor_to} THEN 1 END) AS d "
        f"FROM {relation}{scope.sql()}{grouped_by(len(keys) + 1)}"
    )
    sql = f"WITH per_customer AS ({per_customer}) SELECT TRUE AS whole, {_SUMS} FROM per_customer"
    if axes:
        sql = (
            f"WITH per_customer AS MATERIALIZED ({per_customer}), "
            "whole AS (SELECT customer, sum(responses) AS responses, sum(n) AS n, sum(p) AS p, sum(d) AS d "
            "FROM per_customer GROUP BY customer), "
            f"cells AS (SELECT {key_names(keys)}{_SUMS} FROM per_customer{grouped_by(len(keys))}) "
            f"SELECT {labelled_keys(keys)}FALSE AS whole, {_SUMMED} FROM cells{grouped_by(len(keys))} "
            f"UNION ALL SELECT {'NULL, ' * len(keys)}TRUE, {_SUMS} FROM whole"
        )
    rows, at = warehouse.run(sql), len(axes)
    total = next(_clustered_cell((), row[at + 1 :]) for row in rows.rows if row[at])
    cells = [_clustered_cell(row[:at], row[at + 1 :]) for row in rows.rows if not row[at]]
    return Cells(axes, _sorted(cells) if axes else [total], total, [rows.sql])


def _clustered_cell(key: Sequence[Any], sums: Sequence[Any]) -> Cell:
    responses, n, promoters, detractors, customers, ss, sn, nn = (int(value or 0) for value in sums)
    counts = Counts(promoters, n - promoters - detractors, detractors)
    deff = design_effect(ss, sn, nn, counts, customers) if n else 1.0
    if customers == 1:
        deff = float(n)  # one customer says nothing about the spread between customers
    return Cell(tuple(key), counts, responses, deff, customers)


def customer_sample(warehouse: Warehouse, columns: Sequence[str]) -> str:
    """A relation with all answers of one customer in `sampled_share`: score, customer_id and `columns`.

    It was kept at load time; where it lacks a column the same customers are looked for again. Sums over it are to be
    multiplied by the share when they stand for the whole survey.
    """
    found = f"SELECT column_name FROM duckdb_columns() WHERE database_name = 'ws' AND table_name = '{SAMPLE}'"
    kept = {row[0] for row in warehouse.run(found).rows}
    if kept and kept.issuperset(columns):
        return f"ws.main.{SAMPLE}"
    condition = sample_condition(warehouse.catalog.tables["responses"].rows)
    return f"(SELECT * FROM {warehouse.relation(columns)} WHERE {condition}) AS sampled"


def _with_effects(plain: Cells, sample: Cells) -> Cells:
    """Exact counts with the sample's design effects; cells with few sampled customers take the pooled one."""
    effects = {cell.key: cell for cell in sample.cells if cell.customers >= ENOUGH_CUSTOMERS}
    pooled = Cell((), plain.total.counts, 0, _pooled(sample.cells))
    cells = [_with_effect(cell, effects.get(cell.key, pooled)) for cell in plain.cells]
    total = _with_effect(plain.total, sample.total)
    return Cells(plain.axes, cells if plain.axes else [total], total, [*plain.sql, *sample.sql], True)


def _with_effect(cell: Cell, sampled: Cell) -> Cell:
    return replace(cell, design_effect=sampled.design_effect, customers=sampled.customers)


def _pooled(cells: Sequence[Cell]) -> float:
    """Of cells that have a design effect of their own; that of one customer's answers is made up."""
    known = [cell for cell in cells if not cell.one_customer]
    weight = sum(cell.n for cell in known)
    return max(1.0, sum(cell.design_effect * cell.n for cell in known) / weight) if weight else 1.0


@dataclass(frozen=True)
class GroupKey:
    """What answers are grouped by: something cheap that tells the axis's label afterwards."""

    sql: str
    label: str
    """The label in terms of the key's name (k0, k1, …)."""


def group_keys(axes: Sequence[Axis], letter: str = "k") -> list[GroupKey]:
    """One for each axis; their columns are called k0, k1, …"""
    return [_key(axis, f"{letter}{at}") for at, axis in enumerate(axes)]


def key_names(keys: Sequence[GroupKey]) -> str:
    return "".join(f"k{at}, " for at in range(len(keys)))


def named_keys(keys: Sequence[GroupKey]) -> str:
    """The keys as the first columns of a SELECT."""
    return "".join(f"{key.sql} AS k{at}, " for at, key in enumerate(keys))


def labelled_keys(keys: Sequence[GroupKey], letter: str = "a") -> str:
    """The keys' labels as columns a0, a1, …"""
    return "".join(f"{key.label} AS {letter}{at}, " for at, key in enumerate(keys))


def grouped_by(columns: int) -> str:
    """GROUP BY the first columns."""
    return f" GROUP BY {', '.join(str(at + 1) for at in range(columns))}" if columns else ""


def _key(axis: Axis, name: str) -> GroupKey:
    """A column for its text, a number for a calendar period's label; any other axis is its own key."""
    if len(axis.columns) == 1:
        column = identifier(axis.columns[0])
        if axis.sql == _or_missing(f"CAST({column} AS VARCHAR)"):
            return GroupKey(column, _or_missing(f"CAST({name} AS VARCHAR)"))
        for grain in _GRAINS:
            if axis.sql in (_or_missing(bucket_sql(date, grain)) for date in (axis.columns[0], column)):
                return _period_key(column, grain, name)
    return GroupKey(axis.sql, name)


_GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


def _period_key(column: str, grain: Grain, name: str) -> GroupKey:
    """STRFTIME for every answer would take longer than the counting."""
    if grain == "day":
        return GroupKey(f"CAST({column} AS DATE)", _or_missing(bucket_sql(name, grain)))
    if grain == "week":
        return GroupKey(f"DATE_TRUNC('week', CAST({column} AS DATE))", _or_missing(bucket_sql(name, grain)))
    months = MONTHS_IN[grain]
    month = f"(EXTRACT(year FROM {column}) * 12 + EXTRACT(month FROM {column}) - 1)"
    first = f"make_date({name} * {months} // 12, {name} * {months} % 12 + 1, 1)"
    return GroupKey(month if months == 1 else f"{month} // {months}", _or_missing(bucket_sql(first, grain)))


def _or_missing(label: str) -> str:
    return f"coalesce({label}, '{MISSING}')"
