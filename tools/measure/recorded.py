"""On which days what retention counts was recorded: orders, events, and customers' leaving."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

from warehouse.catalog import Role, TableName
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Source = Literal["orders", "events", "churn"]
ACTIVITY: dict[str, tuple[TableName, Role]] = {"orders": ("orders", "ordered_at"), "events": ("events", "occurred_at")}
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


def role_column(warehouse: Warehouse, table: TableName, role: Role) -> bool:
    """True when the table has the role's column, which then has the role's name."""
    held = warehouse.catalog.tables.get(table)
    return held is not None and any(column.role == role for column in held.columns.values())


def activity_window(queries: Queries, source: Source) -> Window:
    """First and last day of the orders or events; a few that lie far off are taken for wrong dates and left out."""
    table, day = ACTIVITY[source]
    month = f"EXTRACT(year FROM {day}) * 12 + EXTRACT(month FROM {day}) - 1"
    found = queries.rows(
        f"SELECT {month} AS month, count(*), min(CAST({day} AS DATE)), max(CAST({day} AS DATE)) "
        f"FROM {table} WHERE {day} IS NOT NULL GROUP BY 1 ORDER BY 1"
    )
    if not found:
        raise MissingDataError(f"No row of the {table} file has a date; retention from {source} needs them.")
    runs: list[list[tuple[Any, ...]]] = [[found[0]]]
    for before, row in pairwise(found):
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


def churn_window(queries: Queries) -> Window:
    """From the day on which leaving began to be recorded to the as-of date.

    Customers files often hold only those who were still here at some day: nobody in them left before it. Followed
    from joining, such customers would seem to stay for years; so they come under observation on that day only.
    """
    catalog = queries.warehouse.catalog
    joined = role_column(queries.warehouse, "customers", "joined_at")
    valid = "churned_at >= CAST(joined_at AS DATE)" if joined else "churned_at IS NOT NULL"
    newest = f"CAST(max({'joined_at' if joined else 'churned_at'}) AS DATE)"
    shortest = f"min(CASE WHEN {valid} THEN date_diff('day', joined_at, churned_at) END)" if joined else "0"
    first, last, shortest_stay = queries.rows(
        f"SELECT CAST(min(CASE WHEN {valid} THEN churned_at END) AS DATE), {newest}, {shortest} FROM customers"
    )[0]
    end = catalog.as_of or last
    if first is None or first > end:
        raise MissingDataError(f"No customer in the customers file left by {end}; there is no leaving to look at.")
    answered = catalog.times["responded_at"].first if "responded_at" in catalog.times else None
    start = _record_start(queries, first, min(answered or first, first), end, int(shortest_stay)) if joined else first
    return Window(start, end, _after_the_end(queries, end, joined))


def _record_start(queries: Queries, first: dt.date, answered: dt.date, end: dt.date, shortest: int) -> dt.date:
    """The earliest day from which on nobody's leaving was missed, as far as the rate of leaving tells.

    Nobody is expected to leave within the shortest stay that the data know.
    """
    oldest = dt.date(1, 1, 1)
    left = f"coalesce(churned_at, DATE '{end}')"

    def days(since: dt.date, until: dt.date) -> str:
        from_ = f"greatest(DATE '{since}', CAST(joined_at AS DATE) + {shortest})"
        upto = f"least(DATE '{until}', CAST({left} AS DATE))"
        return f"sum(greatest(0, date_diff('day', {from_}, {upto})))"

    sums = ", ".join((days(oldest, first), days(answered, first), days(first, end)))
    events = f"count(CASE WHEN churned_at < DATE '{end + dt.timedelta(days=1)}' THEN 1 END)"
    row = queries.rows(f"SELECT {sums}, {events} FROM customers WHERE joined_at IS NOT NULL")[0]
    all_before, since_answers, after, leavings = (float(value or 0) for value in row)
    rate = leavings / after if after else 0.0
    if all_before * rate < _SURELY_UNRECORDED:
        return oldest
    return answered if since_answers * rate < _SURELY_UNRECORDED else first


def _after_the_end(queries: Queries, end: dt.date, joined: bool) -> tuple[str, ...]:
    later = f"TIMESTAMP '{end + dt.timedelta(days=1)} 00:00:00'"
    joined_later = f"count(CASE WHEN joined_at >= {later} THEN 1 END)" if joined else "0"
    sql = f"SELECT count(CASE WHEN churned_at >= {later} THEN 1 END), {joined_later} FROM customers"
    left, came = queries.rows(sql)[0]
    notes = []
    if left:
        notes.append(f"{left:,} customers with a leaving date after {end} count as still here on that day.")
    if came:
        notes.append(
            f"{came:,} customers who joined after {end}, the as-of date, are left out; if the customers file was drawn "
            "later, write that day as as_of in npsight.yaml."
        )
    return tuple(notes)
