"""The SELECT that counts customers, orders or events, or adds up amounts; each cell rests on the minimum base."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.builtin.counting.kinds import Records, column_of, refuse_missing
from agent.builtin.frame import Frame, Refusal
from warehouse.catalog import Catalog
from warehouse.engine import identifier, quoted
from warehouse.periods import bucket_sql, parse_period


@dataclass
class _Select:
    """The parts of a SELECT."""

    source: str
    shown: list[str] = field(default_factory=list)
    conditions: list[str] = field(default_factory=list)
    figures: list[str] = field(default_factory=list)
    people: str = "count(*)"
    """How many people stand behind a row."""


def records_sql(frame: Frame, catalog: Catalog) -> str:
    """The SELECT for a frame of records; Refusal where a table or column is missing."""
    records: Records = frame.records
    refuse_missing(records, catalog, dated=bool(frame.period or frame.grain))
    keys = {name: _column(records, name, catalog) for name in [*frame.by, *frame.where]}
    date = f"t.{identifier(column_of(catalog, records.table, records.date_role) or '')}" if records.date_role else ""
    joined = {name: wanted for name, wanted in frame.where.items() if name in catalog.times}
    limits = [f"{keys[name]} IN ({_listed(wanted)})" for name, wanted in frame.where.items() if name not in joined]
    limits += [part for name, wanted in joined.items() for part in _within(keys[name], wanted[0], catalog)]
    select = _Select(_source(records, joined=bool(keys)))
    select.shown = [f"{keys[name]} AS {identifier(name)}" for name in frame.by]
    select.shown += [f"{bucket_sql(date, frame.grain)} AS period"] if frame.grain else []
    select.conditions = _events(records) + _dated(frame, date, catalog)
    if records.share and records.kind != "buyers":
        _share(select, records, limits, catalog)
        return _text(select, frame, catalog)
    select.conditions = limits + select.conditions
    if records.kind == "left_share":
        _left_share(select, frame, catalog)
    elif records.kind == "buyers":
        select = _buyers(select, frame)
    else:
        _figures(select, records, catalog)
    return _text(select, frame, catalog)


def _listed(values: list[str]) -> str:
    return ", ".join(map(quoted, values))


def _column(records: Records, name: str, catalog: Catalog) -> str:
    """A dimension as a column of the customers; what is known of answers alone says nothing of other rows."""
    if ":" in name:
        raise Refusal("declined", f"I cannot split the {records.name} by {name}; ask for them by month or quarter.")
    if not known_of_customers(name, catalog):
        other = [each for each in catalog.dimensions if known_of_customers(each, catalog)]
        told = f" Known of customers: {', '.join(other[:8])}." if other else ""
        raise Refusal("declined", f"{name} is known of answers, not of {records.table}.{told}")
    alias = "t" if records.table == "customers" else "c"
    return f"{alias}.{identifier(name.removesuffix(' (customers)'))}"


def known_of_customers(name: str, catalog: Catalog) -> bool:
    """Whether the customers' own table has this dimension or date."""
    known = catalog.tables["customers"].columns if "customers" in catalog.tables else {}
    column = catalog.dimensions.get(name) or catalog.times.get(name)
    return column is not None and column.table == "customers" and name.removesuffix(" (customers)") in known


def _dated(frame: Frame, date: str, catalog: Catalog) -> list[str]:
    """The period as a condition on the date of what is counted."""
    if frame.records.kind == "left_share":
        return []
    conditions = [f"{date} IS NOT NULL"] if frame.records.kind in ("joined", "left") or frame.grain else []
    if not frame.period:
        return conditions
    if not date:
        raise Refusal("declined", f"I cannot limit the {frame.records.name} to {frame.period}.")
    return conditions + _within(date, frame.period, catalog)


def _within(date: str, label: str, catalog: Catalog) -> list[str]:
    first, after = _ends(date, label, catalog)
    return [part for part in (first, after) if part]


def _ends(date: str, label: str, catalog: Catalog) -> tuple[str, str]:
    """From the first day on, and before the end of the last one; empty where the period is open."""
    if catalog.as_of is None:
        raise Refusal("declined", "The answers carry no dates, so I cannot tell which stretch of time is meant.")
    period = parse_period(label, as_of=catalog.as_of)
    first = f"{date} >= TIMESTAMP '{period.start} 00:00:00'" if period.start else ""
    return first, f"{date} < TIMESTAMP '{period.end} 00:00:00' + INTERVAL 1 DAY" if period.end else ""


def _events(records: Records) -> list[str]:
    """The event's name as people write it: "complaints" for complaint, "log-ins" for login or log_in."""
    if not records.event:
        return []
    words = records.event.lower().replace("-", " ").split()
    ends = [words[-1], words[-1].removesuffix("s"), words[-1].removesuffix("es")]
    ends += [f"{words[-1][:-3]}y"] if words[-1].endswith("ies") else []
    names = [joint.join([*words[:-1], end]) for end in ends for joint in ("", " ", "_", "-")]
    return [f"lower(t.event) IN ({_listed(list(dict.fromkeys(names)))})"]


def _source(records: Records, *, joined: bool) -> str:
    if records.table == "customers" or not joined:
        return f"{records.table} t"
    return f"{records.table} t JOIN customers c ON t.customer_id = c.customer_id"


def _amount(catalog: Catalog) -> str:
    name = column_of(catalog, "orders", "amount")
    return f"t.{identifier(name)}" if name else ""


def _figures(select: _Select, records: Records, catalog: Catalog) -> None:
    """The figures, the first of which is asked for."""
    people, paid = "count(DISTINCT t.customer_id)", _amount(catalog)
    select.people = people
    customers = f"{people} AS customers"
    match records.kind:
        case "customers" | "joined" | "left" | "remaining":
            select.figures, select.people = ["count(*) AS customers"], "count(*)"
            select.conditions += ["t.churned_at IS NULL"] if records.kind == "remaining" else []
        case "orders":
            select.figures = ["count(*) AS orders", *([f"sum({paid}) AS total"] if paid else []), customers]
        case "revenue":
            select.figures = [f"sum({paid}) AS total", f"count({paid}) AS orders", customers]
        case "order_mean":
            select.figures = [f"avg({paid}) AS mean", f"count({paid}) AS orders", customers]
        case "orders_each":
            select.figures = [f"count(*) / {people} AS mean", "count(*) AS orders", customers]
        case "spend_each":
            select.figures = [f"sum({paid}) / {people} AS mean", f"sum({paid}) AS total", customers]
        case _:
            select.figures = ["count(*) AS events", customers]


def _share(select: _Select, records: Records, limits: list[str], catalog: Catalog) -> None:
    """What part of all those the filter holds: "the share of orders from Germany"."""
    if not limits:
        raise Refusal("declined", f"Name a group of customers for its share of the {records.name}.")
    inside = " AND ".join(limits)
    people = "count(*)" if records.table == "customers" else "count(DISTINCT t.customer_id)"
    select.people = people.replace("t.customer_id", f"CASE WHEN {inside} THEN t.customer_id END")
    select.people = f"count(CASE WHEN {inside} THEN 1 END)" if records.table == "customers" else select.people
    hit, whole = (
        (f"sum(CASE WHEN {inside} THEN {_amount(catalog)} END)", f"sum({_amount(catalog)})")
        if records.kind == "revenue"
        else (f"count(CASE WHEN {inside} THEN 1 END)", "count(*)")
    )
    select.figures = [f"100.0 * {hit} / {whole} AS percent", f"{hit} AS hits", f"{whole} AS n"]


def _left_share(select: _Select, frame: Frame, catalog: Catalog) -> None:
    """Of those who were customers when the period began, how many left in it."""
    if not frame.period or frame.grain:
        raise Refusal(
            "clarify", "In which stretch of time? I tell the share who left of those who were there before.", []
        )
    first, after = _ends("t.churned_at", frame.period, catalog)
    if not first:
        raise Refusal("declined", f"{frame.period} has no beginning, so nobody was a customer before it.")
    select.conditions += [first.replace("churned_at >=", "joined_at <"), f"({first} OR t.churned_at IS NULL)"]
    hit = f"count(CASE WHEN {' AND '.join(part for part in (first, after) if part)} THEN 1 END)"
    select.figures = [f"100.0 * {hit} / count(*) AS percent", f"{hit} AS hits", "count(*) AS n"]


def _buyers(select: _Select, frame: Frame) -> _Select:
    """Customers by how often they ordered in the stretch of time (in each, where there are several)."""
    records: Records = frame.records
    names = [identifier(name) for name in frame.by] + (["period"] if frame.grain else [])
    where = f" WHERE {' AND '.join(select.conditions)}" if select.conditions else ""
    keys = ", ".join(str(at + 1) for at in range(len(names) + 1))
    columns = ", ".join(["t.customer_id", *select.shown, "count(*) AS orders"])
    hit = f"orders >= {records.least or 1}" + (f" AND orders <= {records.most}" if records.most else "")
    count = f"count(CASE WHEN {hit} THEN 1 END)"
    found = _Select(f"(SELECT {columns} FROM {select.source}{where} GROUP BY {keys}) AS b", shown=names)
    if records.share:
        found.figures = [f"100.0 * {count} / count(*) AS percent", f"{count} AS hits", "count(*) AS n"]
    else:
        found.figures, found.people = [f"{count} AS customers", "count(*) AS n"], count
    found.figures += [f"{records.least} AS orders_from"] if records.least else []
    found.figures += [f"{records.most} AS orders_to"] if records.most else []
    return found


def _text(select: _Select, frame: Frame, catalog: Catalog) -> str:
    where = f" WHERE {' AND '.join(select.conditions)}" if select.conditions else ""
    places = ", ".join(str(at + 1) for at in range(len(select.shown)))
    figure = select.figures[0].rsplit(" AS ", 1)[1]
    order = f"{figure} {'DESC' if frame.end == 'highest' else 'ASC'}" if frame.end else places
    grouped, ordered = (f" GROUP BY {places}", f" ORDER BY {order}") if places else ("", "")
    told = f" HAVING {select.people} >= {catalog.minimum_base.cell}"
    return f"SELECT {', '.join([*select.shown, *select.figures])} FROM {select.source}{where}{grouped}{told}{ordered}"
