"""Who was assigned to which variant of an experiment, and how many of them answered."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from tools.cause.impact_design import find_event, refuse_empty_period
from tools.moments import Moments, adjusted_shares, cell_moments
from tools.outcome import Outcome
from tools.scope import MISSING, Axis, Scope, Where, axis, find_dimension, limit, need_dates, period_of, scope
from warehouse.engine import identifier
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

MAX_VARIANTS = 12
_UNITS = "count(DISTINCT customer_id) + count(CASE WHEN customer_id IS NULL THEN 1 END)"
_CONTROL = re.compile(r"(?i)\b(control|controls|baseline|holdout|placebo|old|current|none|off|false|no|a|0)\b|control")


@dataclass(frozen=True)
class Assignment:
    """The variants of an experiment and the rows they are compared on."""

    axis: Axis
    control: str
    chosen: bool
    """True when npsight chose the control."""
    arms: list[str]
    """The control first."""
    assigned: dict[str, int]
    """Customers (or answers, where there are no customers) of each variant, as they were assigned."""
    answered: dict[str, int]
    """Those with the outcome within the rows."""
    from_customers: bool
    """True when the assignment was counted among all customers, not only among those who answered."""
    by_customer: bool
    """True when the outcome is known of every customer, so that it is counted once a customer, answer or not."""
    crossed: int
    """Customers seen in more than one variant; they are left out."""
    rows: Scope
    """Rows with the outcome's stretch of time."""
    start: dt.date | None
    sql: list[str] = field(default_factory=list)


def find_assignment(
    warehouse: Warehouse,
    variant: str,
    control: str | None,
    outcome: Outcome,
    start: str | None,
    where: Where,
    period: str | None,
) -> Assignment:
    """Read the arguments and count; whatever is no experiment is refused."""
    name, dimension = find_dimension(warehouse, variant)
    if name in outcome.columns:
        raise NpsError(f"The outcome {outcome.name!r} is the assignment itself; name another outcome.")
    on = axis(warehouse, name)
    rows, began = _rows(warehouse, where, period, start)
    everybody = scope(warehouse, where)
    for part in (rows, everybody):
        part.columns.extend(on.columns)
        part.conditions.append(f"{on.sql} <> '{MISSING}'")
    sql: list[str] = []
    crossed = 0
    if dimension.table == "responses":
        crossed = _leave_out_crossed(warehouse, name, (rows, everybody), sql)
    from_customers = dimension.table == "customers" and _known_of_customers(warehouse, everybody, name)
    assigned = _assigned(warehouse, on, everybody, from_customers, sql)
    if crossed > sum(assigned.values()):
        raise NpsError(
            f"Most customers appear with several values of {name!r}, so it is no assignment to variants; name the "
            "column that says who was assigned to what."
        )
    arms = _arms(assigned, name, where, warehouse.catalog.minimum_base.cell)
    chosen = control is None
    first = _guess(arms) if control is None else _named(control, arms, name)
    by_customer = from_customers and rows.period is None and _known_of_customers(warehouse, rows, *outcome.columns)
    answered = _answered(warehouse, on, rows, outcome, by_customer, sql)
    order = [first, *(arm for arm in arms if arm != first)]
    return Assignment(
        on, first, chosen, order, assigned, answered, from_customers, by_customer, crossed, rows, began, sql
    )


def _rows(warehouse: Warehouse, where: Where, period: str | None, start: str | None) -> tuple[Scope, dt.date | None]:
    if period is not None:
        refuse_empty_period(warehouse, period)
    if start is None:
        return scope(warehouse, where, period), None
    began = find_event(warehouse, start, None).date
    last = need_dates(warehouse, f"An experiment since {start}")
    if began > last:
        raise NpsError(f"The experiment's start {began} lies after the last answer ({last}); there is no result yet.")
    rows = scope(warehouse, where)
    chosen = period_of(warehouse, period or f"{began}..{last}")
    if chosen.start is None or chosen.start < began:
        raise NpsError(f"The period {period!r} begins before the experiment's start {began}; give a later period.")
    limit(rows, chosen)
    return rows, began


def _known_of_customers(warehouse: Warehouse, rows: Scope, *names: str) -> bool:
    """Whether filter and columns can be read from the customers table, under the same names."""
    customers = warehouse.catalog.tables.get("customers")
    if customers is None:
        return False
    own = set(customers.columns) - set(warehouse.catalog.tables["responses"].columns)
    return own.issuperset([*rows.columns, *names])


def _assigned(warehouse: Warehouse, on: Axis, rows: Scope, from_customers: bool, sql: list[str]) -> dict[str, int]:
    counted, relation = "count(*)", "customers"
    if not from_customers:
        counted, relation = _UNITS, warehouse.relation([*rows.columns, "customer_id"])
    return _counted(warehouse, on, counted, f"{relation}{rows.sql()}", sql)


def _answered(
    warehouse: Warehouse, on: Axis, rows: Scope, outcome: Outcome, by_customer: bool, sql: list[str]
) -> dict[str, int]:
    relation = warehouse.relation([*rows.columns, *outcome.columns, "customer_id"])
    held = rows.sql(f"({outcome.sql}) IS NOT NULL")
    if by_customer:
        return _counted(warehouse, on, "count(*)", f"customers{held}", sql)
    return _counted(warehouse, on, _UNITS, f"{relation}{held}", sql)


def outcome_moments(warehouse: Warehouse, who: Assignment, outcome: Outcome) -> Moments:
    """Mean and variance of the outcome in each variant: of customers where it is known of all, else of answers."""
    if not who.by_customer:
        return cell_moments(warehouse, [who.axis], who.rows, outcome)
    y = f"({outcome.sql})"
    found = warehouse.run(
        f"SELECT {who.axis.sql} AS arm, count(*) AS n, avg({y}) AS mean, var_samp({y}) AS variance "
        f"FROM customers{who.rows.sql(f'{y} IS NOT NULL')} GROUP BY 1 ORDER BY 1"
    )
    keys: list[tuple[str, ...]] = [(str(row[0]),) for row in found.rows]
    n, mean = (np.array([float(row[at]) for row in found.rows]) for at in (1, 2))
    covariance = np.diag(np.array([float("inf") if row[3] is None else float(row[3]) for row in found.rows]) / n)
    if outcome.unit == "share":
        covariance = adjusted_shares(covariance, n, mean * n)
    return Moments([who.axis], keys, n, n, mean, covariance, outcome, [found.sql])


def _counted(warehouse: Warehouse, on: Axis, counted: str, rows: str, sql: list[str]) -> dict[str, int]:
    found = warehouse.run(f"SELECT {on.sql} AS arm, {counted} AS units FROM {rows} GROUP BY 1 ORDER BY 1")
    sql.append(found.sql)
    return {str(arm): int(units) for arm, units in found.rows}


def _leave_out_crossed(warehouse: Warehouse, name: str, parts: Sequence[Scope], sql: list[str]) -> int:
    """Customers whose answers carry different variants belong to no arm."""
    column = identifier(name)
    twice = (
        f"SELECT customer_id FROM responses WHERE {column} IS NOT NULL AND customer_id IS NOT NULL "
        f"GROUP BY customer_id HAVING min({column}) <> max({column})"
    )
    found = warehouse.run(f"SELECT count(*) FROM ({twice}) AS crossed")
    crossed = int(found.rows[0][0])
    if crossed:
        sql.append(found.sql)
        for part in parts:
            part.columns.append("customer_id")
            part.conditions.append(f"(customer_id IS NULL OR customer_id NOT IN ({twice}))")
    return crossed


def _arms(assigned: dict[str, int], name: str, where: Where, base: int) -> list[str]:
    arms = list(assigned)
    if len(arms) < 2:
        within = " with this filter" if where else ""
        held = f"only {arms[0]!r}" if arms else "no value"
        raise MissingDataError(f"An experiment has two or more variants and {name!r} holds {held}{within}.")
    if len(arms) > MAX_VARIANTS:
        raise NpsError(
            f"{name!r} has {len(arms)} values; an experiment has at most {MAX_VARIANTS} variants here. Filter to those "
            "compared, with where."
        )
    small = [arm for arm, units in assigned.items() if units < base]
    if small:
        raise NpsError(
            f"Fewer than {base} customers were assigned to {', '.join(small)}; filter to the other values of {name!r} "
            "with where."
        )
    return arms


def _named(control: str, arms: list[str], name: str) -> str:
    for arm in arms:
        if arm.casefold() == control.strip().casefold():
            return arm
    raise NpsError(f"The control {control!r} is no variant of {name!r}; there are: {', '.join(arms)}.")


def _guess(arms: list[str]) -> str:
    """The one that is called like a control, else the first."""
    likely = [arm for arm in arms if _CONTROL.search(arm.replace("_", " "))]
    return likely[0] if len(likely) == 1 else arms[0]
