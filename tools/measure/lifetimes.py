"""Whom retention follows, from which day on and until when, as SQL over customers, orders, events and answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

from tools.scope import MISSING, Axis, Scope, Where, axis, scope
from tools.scope import PERIOD as PERIOD_NAME
from warehouse.catalog import Role, TableName
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.periods import Period, parse_period
from warehouse.workspace import Warehouse

Source = Literal["orders", "events", "churn"]
Origin = Literal["joining date", "first order", "first event", "first answer"]
NPS_CLASS = "nps_class"
CLASSES = ("promoter", "passive", "detractor")
MAX_SPLIT = 2
_SUFFIX = " (customers)"
_ACTIVITY: dict[str, tuple[TableName, Role]] = {"orders": ("orders", "ordered_at"), "events": ("events", "occurred_at")}
_STRAY = 0.01
"""Activity outside the long run of months that is less than this share of all is taken for wrong dates."""
_SURELY_UNRECORDED = 5.0
"""Leavings that the rate seen later would have brought before the first recorded one; by chance none: 0.7 %."""


@dataclass
class Queries:
    """Runs statements and remembers them."""

    warehouse: Warehouse
    sql: list[str] = field(default_factory=list)

    def rows(self, sql: str, limit: int | None = None) -> list[tuple[Any, ...]]:
        """All rows of a SELECT."""
        self.sql.append(sql)
        found = self.warehouse.run(sql, rows=limit)
        if found.truncated:
            raise NpsError("That is too fine a split of customers by time; choose a coarser grain or fewer groups.")
        return found.rows


@dataclass(frozen=True)
class Window:
    """The days on which what is counted was recorded, both ends included."""

    start: dt.date
    end: dt.date
    notes: tuple[str, ...] = ()


@dataclass
class Members:
    """The customers that are followed, as a SELECT of customer_id, zero, g0, g1, … and, for churn, gone."""

    source: Source
    origin: Origin
    sql: str
    split: list[Axis]
    where: dict[str, str]
    window: Window
    activity: str = ""
    """For orders and events: FROM … WHERE of what counts as activity, as `a`."""
    day: str = ""
    """Its date column."""
    notes: list[str] = field(default_factory=list)

    @property
    def groups(self) -> list[str]:
        """The names of the group columns."""
        return [f"g{at}" for at in range(len(self.split))]


def role_column(warehouse: Warehouse, table: TableName, role: Role) -> bool:
    """True when the table has the role's column, which then has the role's name."""
    held = warehouse.catalog.tables.get(table)
    return held is not None and any(column.role == role for column in held.columns.values())


def find_source(warehouse: Warehouse, source: str, event: str | None, by_answer: bool) -> Source:
    """What retention is counted from; MissingDataError names what each way would need."""
    joined = by_answer or role_column(warehouse, "customers", "joined_at")
    churn = joined and role_column(warehouse, "customers", "churned_at")
    usable: dict[Source, bool] = {
        "churn": churn,
        "orders": role_column(warehouse, "orders", "ordered_at"),
        "events": role_column(warehouse, "events", "occurred_at"),
    }
    if event is not None and source not in ("auto", "events"):
        raise NpsError(f"event={event!r} belongs to source='events', not to {source!r}; leave one of them out.")
    if source == "auto":
        for name in ("events",) if event is not None else tuple(usable):
            if usable[name]:
                return name
    elif usable[source]:  # type: ignore[index]
        return source  # type: ignore[return-value]
    there = ", ".join(name for name, found in usable.items() if found)
    asked = "Retention" if source == "auto" else f"Retention from {source}"
    has = f"this data allows source={there}" if there else "this data has none of these"
    raise MissingDataError(
        f"{asked} needs a customers file with the dates of joining and leaving (churn), or dated orders, or dated "
        f"events, by customer; a tenure in months is not a date, and {has}."
    )


def members_of(
    queries: Queries, source: str, by: list[str], where: Where, period: str | None, event: str | None
) -> Members:
    """The customers that are followed for this question."""
    warehouse = queries.warehouse
    if len(by) > MAX_SPLIT:
        raise NpsError(f"A split by {len(by)} things leaves too few customers a curve; split by {MAX_SPLIT} at most.")
    split = list({found.name: found for found in (_axis(warehouse, name) for name in by)}.values())
    rows = _filter(warehouse, where)
    columns = [*rows.columns, *(column for item in split for column in item.columns)]
    by_answer = any(customer_column(warehouse, name) is None for name in columns)
    found = find_source(warehouse, source, event, by_answer)
    window = churn_window(queries, by_answer) if found == "churn" else activity_window(queries, found)
    members = Members(found, "joining date", "", split, dict(rows.where), window)
    if found != "churn":
        _add_activity(queries, members, event)
    if by_answer:
        _from_answers(queries, members, rows, columns, period)
    elif role_column(warehouse, "customers", "joined_at"):
        _from_joining(queries, members, rows, columns, period)
    else:
        _from_first_activity(warehouse, members, rows, columns, period)
    return members


def customer_column(warehouse: Warehouse, shown: str) -> str | None:
    """The column's name in the customers table; None for what belongs to an answer (channel, class, tenure)."""
    customers = warehouse.catalog.tables.get("customers")
    if customers is None or shown in warehouse.catalog.tables["responses"].columns:
        return None
    name = shown.removesuffix(_SUFFIX)
    return name if name in customers.columns else None


def _axis(warehouse: Warehouse, name: str) -> Axis:
    if name.lower().replace(" ", "_") == NPS_CLASS:
        return Axis(NPS_CLASS, f"coalesce(nps_class, '{MISSING}')", (NPS_CLASS,))
    return axis(warehouse, name)


def _filter(warehouse: Warehouse, where: Where) -> Scope:
    rows = scope(warehouse, {name: value for name, value in where.items() if name != NPS_CLASS})
    if NPS_CLASS in where:
        wanted = where[NPS_CLASS]
        values = [str(value).lower().rstrip("s") for value in (wanted if isinstance(wanted, list) else [wanted])]
        for value in values:
            if value not in CLASSES:
                raise UnknownNameError("value of nps_class", value, CLASSES)
        rows.conditions.append(f"{NPS_CLASS} IN ({', '.join(quoted(value) for value in values)})")
        rows.columns.append(NPS_CLASS)
        rows.where[NPS_CLASS] = " or ".join(values)
    return rows


def activity_window(queries: Queries, source: Source) -> Window:
    """First and last day of the orders or events; a few that lie far off are taken for wrong dates and left out."""
    table, day = _ACTIVITY[source]
    month = f"EXTRACT(year FROM {day}) * 12 + EXTRACT(month FROM {day}) - 1"
    found = queries.rows(
        f"SELECT {month} AS month, count(*), min(CAST({day} AS DATE)), max(CAST({day} AS DATE)) "
        f"FROM {table} WHERE {day} IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    if not found:
        raise MissingDataError(f"No row of the {table} file has a date; retention from {source} needs them.")
    runs: list[list[tuple[Any, ...]]] = [[found[0]]]
    for before, row in zip(found, found[1:], strict=False):
        if row[0] != before[0] + 1:
            runs.append([])
        runs[-1].append(row)
    longest = max(runs, key=lambda run: sum(row[1] for row in run))
    stray = sum(row[1] for row in found) - sum(row[1] for row in longest)
    if stray == 0 or stray >= _STRAY * sum(row[1] for row in found):
        return Window(found[0][2], found[-1][3])
    start, end = longest[0][2], longest[-1][3]
    note = f"{stray:,} {table} dated apart from all others (outside {start} to {end}) are taken for wrong dates."
    return Window(start, end, (note,))


def churn_window(queries: Queries, by_answer: bool) -> Window:
    """From the day on which leaving began to be recorded to the as-of date.

    Customers files often hold only those who were still here at some day: nobody in them left before it. Followed
    from joining, such customers would seem to stay for years; so they come under observation on that day only.
    """
    catalog = queries.warehouse.catalog
    since = "joined_at" if role_column(queries.warehouse, "customers", "joined_at") else None
    last = f"CAST(max({since or 'churned_at'}) AS DATE)"
    first, newest = queries.rows(f"SELECT CAST(min(churned_at) AS DATE), {last} FROM customers")[0]
    end = catalog.as_of or newest
    if first is None or first > end:
        raise MissingDataError(f"No customer in the customers file left by {end}; there is no leaving to look at.")
    notes = _after_the_end(queries, end)
    oldest = dt.date(1, 1, 1)
    if since is None:
        return Window(first if by_answer else oldest, end, notes)
    answered = catalog.times["responded_at"].first if "responded_at" in catalog.times else None
    for start in (answered, first):
        if start is not None and start <= first and _unrecorded(queries, since, start, end, first):
            continue
        if start is not None and start == answered and start <= first:
            return Window(_earliest(queries, since, answered, end), end, notes)
    return Window(first if _unrecorded(queries, since, oldest, end, first) else oldest, end, notes)
