"""CUPED in the engine: a measure from before the experiment taken out, from sums over customers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from tools.cause.assignment import Assignment
from tools.outcome import Outcome, asked_outcome
from tools.result import Unit
from tools.stats.contrasts import Contrast, linear_contrast
from warehouse.engine import quoted
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

FEWEST = 20
WORTH_ADJUSTING = 0.1
_EARLIER = "npsight_earlier"
_PRODUCTS = ("y_y", "x_x", "x_y", "y_n", "x_n", "n_n", "x_m", "m_m")


@dataclass(frozen=True)
class ArmSums:
    """Sums over the customers of a variant: y the outcome, x the centred measure from before, of n and m answers."""

    n: float
    m: float
    y: float
    x: float
    customers: float
    products: dict[str, float]
    """Σ over customers of the product of two of their sums."""

    def adjusted(self, theta: float) -> tuple[float, float]:
        """Mean of y − theta x (x is 0 where it is missing) and its variance, clustered by customer."""
        p, mean = self.products, (self.y - theta * self.x) / self.n
        squares = p["y_y"] - 2 * theta * p["x_y"] + theta**2 * p["x_x"]
        crossed = p["y_n"] - theta * p["x_n"]
        return mean, self._variance(squares, crossed, p["n_n"], mean, self.n)

    def before(self) -> tuple[float, float]:
        """Mean of the measure itself, among those who have it, and its variance."""
        p, mean = self.products, self.x / self.m
        return mean, self._variance(p["x_x"], p["x_m"], p["m_m"], mean, self.m)

    def _variance(self, squares: float, crossed: float, sizes: float, mean: float, n: float) -> float:
        left = max(0.0, squares - 2 * mean * crossed + mean**2 * sizes)
        return self.customers / max(self.customers - 1, 1) * left / n**2


@dataclass(frozen=True)
class Before:
    """The variants with a measure from before."""

    name: str
    unit: Unit
    theta: float
    arms: dict[str, ArmSums]
    sql: list[str]

    def contrast(self, arm: str, control: str) -> Contrast:
        """The adjusted difference."""
        return self._difference(arm, control, [self.arms[side].adjusted(self.theta) for side in (arm, control)])

    def earlier(self, arm: str, control: str) -> Contrast:
        """The difference that there was before; variants hold different customers, so their means are independent."""
        return self._difference(arm, control, [self.arms[side].before() for side in (arm, control)])

    def _difference(self, arm: str, control: str, parts: list[tuple[float, float]]) -> Contrast:
        customers = min(self.arms[side].customers for side in (arm, control))
        spread = np.diag([variance for _mean, variance in parts])
        return linear_contrast([mean for mean, _variance in parts], spread, [1, -1], max(1.0, customers - 1))


def measure_before(
    warehouse: Warehouse, who: Assignment, measure: Outcome, name: str | None
) -> tuple[Before | None, list[str]]:
    """The measure named, or for NPS since a start the customer's earlier answers; with what is to be said of it."""
    if name is not None:
        before, join = asked_outcome(warehouse, name), ""
        if {*before.columns} & {*measure.columns, *who.axis.columns}:
            raise NpsError(f"The measure from before, {name!r}, is the outcome or the assignment itself; name another.")
    elif measure.is_nps and who.start is not None and warehouse.catalog.repeated_customers:
        before, join = _earlier_answers(who.start, measure)
    else:
        return None, []
    relation = warehouse.relation([*who.rows.columns, *before.columns, *measure.columns])
    if who.by_customer:
        if not warehouse.catalog.tables["customers"].columns.keys() >= {*before.columns}:
            return None, [f"{before.name!r} is not known of all customers, so it was not taken out (CUPED)."]
        relation = "customers"
    source = f"FROM {relation}{join}{who.rows.sql(f'({measure.sql}) IS NOT NULL')}"
    pairs = f"SELECT ({measure.sql}) AS y, ({before.sql}) AS x {source}"
    slope = warehouse.run(f"SELECT covar_samp(y, x), var_samp(x), avg(x), count(x), count(*) FROM ({pairs}) AS pairs")
    together, spread, mean, having, rows = slope.rows[0]
    if not spread or having < FEWEST or having < WORTH_ADJUSTING * rows:
        return None, [f"Too few have {before.name!r}, or it does not vary, so that nothing could be taken out (CUPED)."]
    sums = warehouse.run(_sums(who, measure, before, float(mean), source))
    arms = {str(row[0]): _arm([float(value or 0) for value in row[1:]]) for row in sums.rows}
    if any(arms[arm].m < 1 or arms[arm].n < 1 for arm in who.arms if arm in arms):
        return None, [f"Not every variant has {before.name!r}, so that nothing could be taken out (CUPED)."]
    notes = [
        f"The adjusted version (CUPED) takes out {before.name!r}; it must not have been touched by the experiment, "
        "which npsight cannot know.",
    ]
    if having < rows:
        notes.append(f"{having:,} of {rows:,} answers have it; the others stay as they are.")
    return Before(before.name, before.unit, together / spread, arms, [slope.sql, sums.sql]), notes


def _earlier_answers(start: dt.date, measure: Outcome) -> tuple[Outcome, str]:
    """The mean NPS class of the customer's answers from before the start, in points, and the join that brings it."""
    earlier = (
        f"SELECT customer_id AS {_EARLIER}_customer, avg({measure.sql}) AS {_EARLIER} FROM responses "
        f"WHERE responded_at < TIMESTAMP '{start} 00:00:00' AND customer_id IS NOT NULL GROUP BY customer_id"
    )
    join = f" LEFT JOIN ({earlier}) AS {_EARLIER} ON {_EARLIER}_customer = customer_id"
    return Outcome("answers before the start", _EARLIER, "points", ("customer_id",)), join


def _sums(who: Assignment, measure: Outcome, before: Outcome, mean: float, source: str) -> str:
    """Sums of products over customers in each variant; answers without a customer stand each for itself."""
    centred = f"({before.sql}) - CAST({quoted(repr(mean))} AS DOUBLE)"
    rows = f"SELECT {who.axis.sql} AS arm, customer_id AS customer, ({measure.sql}) AS y, {centred} AS x {source}"
    own = (
        "SELECT arm, customer, count(*) AS n, count(x) AS m, sum(y) AS y, coalesce(sum(x), 0) AS x, "
        "sum(y * y) AS yy, coalesce(sum(x * x), 0) AS xx, coalesce(sum(x * y), 0) AS xy "
        f"FROM ({rows}) AS answers GROUP BY arm, customer"
    )
    alone = {"y_y": "yy", "x_x": "xx", "x_y": "xy", "y_n": "y", "x_n": "x", "n_n": "n", "x_m": "x", "m_m": "m"}
    products = ", ".join(
        f"sum(CASE WHEN customer IS NULL THEN {alone[name]} ELSE {name.replace('_', ' * ')} END) AS {name}"
        for name in _PRODUCTS
    )
    customers = "sum(CASE WHEN customer IS NULL THEN n ELSE 1 END) AS customers"
    totals = f"sum(n) AS n, sum(m) AS m, sum(y) AS y, sum(x) AS x, {customers}, {products}"
    return f"WITH own AS ({own}) SELECT arm, {totals} FROM own GROUP BY arm ORDER BY arm"


def _arm(sums: list[float]) -> ArmSums:
    n, m, y, x, customers, *products = sums
    return ArmSums(n, m, y, x, customers, dict(zip(_PRODUCTS, products, strict=True)))
