"""Whom retention follows, from which day on and until when, as SQL over customers, orders, events and answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Literal

from tools.measure.recorded import ACTIVITY, Queries, Source, Window, activity_window, churn_window, role_column
from tools.scope import MISSING, Axis, Scope, Where, axis, scope
from tools.scope import PERIOD as PERIOD_NAME
from warehouse.catalog import Role
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.periods import Period, parse_period
from warehouse.workspace import Warehouse

Origin = Literal["joining date", "first order", "first event", "first answer"]
NPS_CLASS = "nps_class"
CLASSES = ("promoter", "passive", "detractor")
MAX_SPLIT = 2
_SUFFIX = " (customers)"


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
    window = churn_window(queries) if found == "churn" else activity_window(queries, found)
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


def _add_activity(queries: Queries, members: Members, event: str | None) -> None:
    table, members.day = ACTIVITY[members.source]
    after = members.window.end + dt.timedelta(days=1)
    members.activity = (
        f"FROM {table} a WHERE a.{members.day} >= TIMESTAMP '{members.window.start} 00:00:00' "
        f"AND a.{members.day} < TIMESTAMP '{after} 00:00:00'"
    )
    if event is None:
        return
    if not role_column(queries.warehouse, "events", "event"):
        raise MissingDataError(f"The events file has no column that names the event, so {event!r} cannot be counted.")
    known = [str(row[0]) for row in queries.rows("SELECT DISTINCT event FROM events WHERE event IS NOT NULL", 1000)]
    held = next((name for name in known if name.lower() == event.lower()), None)
    if held is None:
        raise UnknownNameError("event", event, sorted(known))
    members.activity += f" AND a.event = {quoted(held)}"
    members.where["event"] = held


def _selected(members: Members) -> str:
    return "".join(f", {item.sql} AS g{at}" for at, item in enumerate(members.split))


def _customers(warehouse: Warehouse, columns: list[str]) -> str:
    """The customers table with its columns named as in `cohorts`."""
    names = {shown: customer_column(warehouse, shown) or shown for shown in columns}
    dates: tuple[Role, ...] = ("joined_at", "churned_at")
    for fixed in dates:
        if role_column(warehouse, "customers", fixed):
            names.setdefault(fixed, fixed)
    listed = "".join(f", {identifier(own)} AS {identifier(shown)}" for shown, own in names.items())
    return f"(SELECT customer_id{listed} FROM customers) AS c"


def _from_joining(queries: Queries, members: Members, rows: Scope, columns: list[str], period: str | None) -> None:
    start, end = members.window.start, members.window.end
    _limit(queries.warehouse, members, rows, "joined_at", period)
    source = _customers(queries.warehouse, columns)
    gone = "gone < CAST(zero AS DATE)" if members.source == "churn" else "FALSE"
    also = ", churned_at AS gone" if members.source == "churn" else ""
    every = f"SELECT customer_id, joined_at AS zero{also}{_selected(members)} FROM {source}{rows.sql()}"
    early = f"zero < TIMESTAMP '{start} 00:00:00'" if members.source != "churn" else "FALSE"
    after = f"zero >= TIMESTAMP '{end + dt.timedelta(days=1)} 00:00:00'"
    counts = queries.rows(
        f"SELECT count(*), count(CASE WHEN zero IS NULL THEN 1 END), count(CASE WHEN {early} THEN 1 END), "
        f"count(CASE WHEN {gone} THEN 1 END) FROM ({every}) AS m"
    )[0]
    total, undated, before, backwards = (int(value) for value in counts)
    if not total:
        raise MissingDataError(f"No customer fits {_about(members)}; ask about a larger group or period.")
    members.sql = (
        f"SELECT * FROM ({every}) AS m WHERE zero IS NOT NULL AND NOT ({early}) AND NOT ({after}) "
        f"AND ({gone}) IS NOT TRUE"
    )
    if undated:
        members.notes.append(f"{undated:,} customers without a date of joining are left out.")
    if before:
        what = members.source
        members.notes.append(
            f"{before:,} customers who joined before {start}, when the {what} begin, are left out: their first "
            "periods were not seen."
        )
    if backwards:
        members.notes.append(f"{backwards:,} customers whose leaving is dated before their joining are left out.")


def _from_answers(queries: Queries, members: Members, rows: Scope, columns: list[str], period: str | None) -> None:
    """Time zero is the first answer that fits: what a customer said later is not known when the clock starts."""
    warehouse = queries.warehouse
    members.origin = "first answer"
    if "customer_id" not in warehouse.catalog.tables["responses"].columns or warehouse.catalog.as_of is None:
        raise MissingDataError(
            "Retention after an answer needs the customer and the date of each answer, and this survey lacks one of "
            "them; name them with --customer COLUMN and --date COLUMN when loading."
        )
    if NPS_CLASS in columns and not warehouse.quality.scored:
        raise MissingDataError("Retention by class of answer needs scored answers and this survey has none.")
    _limit(warehouse, members, rows, "responded_at", period)
    conditions = ["customer_id IS NOT NULL", "responded_at IS NOT NULL"]
    if NPS_CLASS in columns:
        conditions.append("score IS NOT NULL")
    relation = warehouse.relation(columns)
    names = "".join(f", g{at}" for at in range(len(members.split)))
    firsts = "".join(f", min(g{at}) AS g{at}" for at in range(len(members.split)))
    base = (
        f"SELECT CAST(customer_id AS VARCHAR) AS customer_id, responded_at{_selected(members)} "
        f"FROM {relation}{rows.sql(*conditions)}"
    )
    every = (
        f"SELECT b.customer_id, f.zero{firsts.replace('min(g', 'min(b.g')} FROM base b "
        "JOIN (SELECT customer_id, min(responded_at) AS zero FROM base GROUP BY 1) f "
        "ON b.customer_id = f.customer_id AND b.responded_at = f.zero GROUP BY 1, 2"
    )
    every = f"WITH base AS ({base}) {every}"
    end = members.window.end
    until = f"zero < TIMESTAMP '{end + dt.timedelta(days=1)} 00:00:00'"
    if members.source == "churn":
        members.sql = (
            f"SELECT m.customer_id, m.zero, c.churned_at AS gone{names.replace(', g', ', m.g')} FROM ({every}) m "
            f"JOIN customers c ON m.customer_id = c.customer_id WHERE {until} "
            "AND (c.churned_at <= m.zero) IS NOT TRUE"
        )
        kept = f"FROM ({every}) m LEFT JOIN customers c ON m.customer_id = c.customer_id"
        unknown, gone = queries.rows(
            f"SELECT count(CASE WHEN c.customer_id IS NULL THEN 1 END), "
            f"count(CASE WHEN c.churned_at <= m.zero THEN 1 END) {kept}"
        )[0]
        if unknown:
            members.notes.append(f"{unknown:,} customers who answered are not in the customers file and are left out.")
        if gone:
            members.notes.append(f"{gone:,} customers who answered when they had left already are left out.")
        return
    early = f"zero < TIMESTAMP '{members.window.start} 00:00:00'"
    first = warehouse.catalog.times["responded_at"].first
    before = 0
    if first is None or first < members.window.start:
        before = queries.rows(f"SELECT count(CASE WHEN {early} THEN 1 END) FROM ({every}) AS m")[0][0]
    if before:
        members.notes.append(
            f"{before:,} customers who answered before {members.window.start}, when the {members.source} begin, are "
            "left out."
        )
    members.sql = f"SELECT * FROM ({every}) AS m WHERE {until} AND NOT ({early})"


def _from_first_activity(
    warehouse: Warehouse, members: Members, rows: Scope, columns: list[str], period: str | None
) -> None:
    members.origin = "first order" if members.source == "orders" else "first event"
    first = f"SELECT a.customer_id, min(a.{members.day}) AS zero {members.activity} GROUP BY 1"
    limits = Scope()
    _limit(warehouse, members, limits, "zero", period)
    if columns:
        source = f"({first}) f JOIN {_customers(warehouse, columns)} ON f.customer_id = c.customer_id"
        members.sql = f"SELECT f.customer_id, zero{_selected(members)} FROM {source}{rows.sql(*limits.conditions)}"
    else:
        members.sql = f"SELECT customer_id, zero FROM ({first}) f{limits.sql()}"
    start = members.window.start
    members.notes.append(
        f"Customers count from their first {members.origin.split()[1]} in the file: those who had one before {start} "
        "look new in the first cohorts."
    )


def _limit(warehouse: Warehouse, members: Members, rows: Scope, column: str, period: str | None) -> None:
    """Keep the customers whose time zero lies in the period."""
    if period is None:
        return
    if PERIOD_NAME in members.where or PERIOD_NAME in [item.name for item in members.split]:
        raise NpsError(
            f"The dimension {PERIOD_NAME!r} cannot stand beside a calendar period, which has that name in every "
            "result; rename the column in the file and load it again."
        )
    asked: Period = parse_period(period, as_of=warehouse.catalog.as_of or members.window.end)
    if asked.start is not None:
        rows.conditions.append(f"{column} >= TIMESTAMP '{asked.start} 00:00:00'")
    if asked.end is not None:
        rows.conditions.append(f"{column} < TIMESTAMP '{asked.end + dt.timedelta(days=1)} 00:00:00'")
    members.where[PERIOD_NAME] = asked.label


def _about(members: Members) -> str:
    return ", ".join(f"{name} {value}" for name, value in members.where.items()) or "this data"
