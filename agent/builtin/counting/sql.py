"""The SELECT that counts customers, orders or events, or adds up amounts; each cell rests on the minimum base."""

from __future__ import annotations

from agent.builtin.counting.kinds import Records, column_of, refuse_missing
from agent.builtin.frame import Frame, Refusal
from warehouse.catalog import Catalog
from warehouse.engine import identifier, quoted
from warehouse.periods import bucket_sql, parse_period


def records_sql(frame: Frame, catalog: Catalog) -> str:
    """The SELECT for a frame of records; Refusal where a table or column is missing."""
    records: Records = frame.records
    refuse_missing(records, catalog, dated=bool(frame.period or frame.grain))
    joined = {name: wanted for name, wanted in frame.where.items() if name in catalog.times}
    limits = {name: wanted for name, wanted in frame.where.items() if name not in joined}
    keys = {name: _column(records, name, catalog) for name in [*frame.by, *frame.where]}
    date = f"t.{identifier(_date(records, catalog))}" if records.date_role else ""
    shown = [f"{keys[name]} AS {identifier(name)}" for name in frame.by]
    shown += [f"{bucket_sql(date, frame.grain)} AS period"] if frame.grain else []
    conditions = [f"{keys[name]} IN ({', '.join(map(quoted, wanted))})" for name, wanted in limits.items()]
    conditions += [part for name, wanted in joined.items() for part in _within(keys[name], wanted[0], catalog)]
    conditions += _dated(frame, date, catalog)
    if records.event:
        conditions.append(_event(records.event))
    source = _source(records, joined=bool(keys))
    if records.kind == "buyers":
        return _buyers(records, shown, source, conditions, frame, catalog)
    figures, people = _figures(records, catalog)
    return _select([*shown, *figures], source, conditions, people, len(shown), catalog, _order(frame, figures[0]))


def _column(records: Records, name: str, catalog: Catalog) -> str:
    """A dimension as a column of the customers; what is known of answers alone says nothing of other rows."""
    dimension = catalog.dimensions.get(name) or catalog.times[name.split(":")[0]]
    if ":" in name:
        raise Refusal("declined", f"I cannot split the {records.name} by {name}; ask for them by month or quarter.")
    plain = name.removesuffix(" (customers)")
    known = catalog.tables["customers"].columns if "customers" in catalog.tables else {}
    if dimension.table != "customers" or plain not in known:
        other = [each for each, d in catalog.dimensions.items() if d.table == "customers" and each in known]
        told = f" Known of customers: {', '.join(other[:8])}." if other else ""
        raise Refusal("declined", f"{name} is known of answers, not of {records.table}.{told}")
    alias = "t" if records.table == "customers" else "c"
    return f"{alias}.{identifier(plain)}"


def _date(records: Records, catalog: Catalog) -> str:
    return column_of(catalog, records.table, records.date_role or "time") or str(records.date_role)


def _dated(frame: Frame, date: str, catalog: Catalog) -> list[str]:
    conditions = [f"{date} IS NOT NULL"] if frame.records.kind in ("joined", "left") or frame.grain else []
    if not frame.period:
        return conditions
    if not date:
        raise Refusal("declined", f"I cannot limit the {frame.records.name} to {frame.period}.")
    return conditions + _within(date, frame.period, catalog)


def _within(date: str, label: str, catalog: Catalog) -> list[str]:
    if catalog.as_of is None:
        raise Refusal("declined", "The answers carry no dates, so I cannot tell which stretch of time is meant.")
    conditions, period = [], parse_period(label, as_of=catalog.as_of)
    if period.start:
        conditions.append(f"{date} >= TIMESTAMP '{period.start} 00:00:00'")
    if period.end:
        conditions.append(f"{date} < TIMESTAMP '{period.end} 00:00:00' + INTERVAL 1 DAY")
    return conditions


def _event(words: str) -> str:
    """The event's name as people write it: "complaints" for complaint, "log-ins" for login."""
    bare = "".join(letter for letter in words.lower() if letter.isalnum())
    names = dict.fromkeys([bare, bare.removesuffix("s"), bare.removesuffix("es"), f"{bare[:-3]}y" if bare.endswith("ies") else bare])
    return f"regexp_replace(lower(t.event), '[^a-z0-9]', '', 'g') IN ({', '.join(map(quoted, names))})"


def _source(records: Records, *, joined: bool) -> str:
    if records.table == "customers" or not joined:
        return f"{records.table} t"
    return f"{records.table} t JOIN customers c ON t.customer_id = c.customer_id"


def _figures(records: Records, catalog: Catalog) -> tuple[list[str], str]:
    """The figures, the first of which is asked for, and how many people stand behind them."""
    people = "count(DISTINCT t.customer_id)"
    amount = column_of(catalog, "orders", "amount")
    paid = f"t.{identifier(amount)}" if amount else ""
    match records.kind:
        case "customers" | "joined" | "left":
            return ["count(*) AS customers"], "count(*)"
        case "orders":
            return ["count(*) AS orders", *([f"sum({paid}) AS total"] if paid else []), f"{people} AS customers"], people
        case "revenue":
            return [f"sum({paid}) AS total", f"count({paid}) AS orders", f"{people} AS customers"], people
        case "order_mean":
            return [f"avg({paid}) AS mean", f"count({paid}) AS orders", f"{people} AS customers"], people
        case "orders_each":
            return [f"count(*) / {people} AS mean", "count(*) AS orders", f"{people} AS customers"], people
        case "spend_each":
            return [f"sum({paid}) / {people} AS mean", f"sum({paid}) AS total", f"{people} AS customers"], people
        case "events":
            return ["count(*) AS events", f"{people} AS customers"], people
        case _:
            return [f"{people} AS customers", "count(*) AS events"], people


def _buyers(
    records: Records, shown: list[str], source: str, conditions: list[str], frame: Frame, catalog: Catalog
) -> str:
    """Customers by how often they ordered in the stretch of time (in each, where there are several)."""
    names = [identifier(name) for name in frame.by] + (["period"] if frame.grain else [])
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    each = f"SELECT {', '.join(['t.customer_id', *shown, 'count(*) AS orders'])} FROM {source}{where} GROUP BY ALL"
    bounds = [f"orders >= {records.least or 1}"] + ([f"orders <= {records.most}"] if records.most else [])
    hit = " AND ".join(bounds)
    figures = [f"count(CASE WHEN {hit} THEN 1 END) AS customers", "count(*) AS n"]
    figures += [f"{records.least} AS orders_from"] if records.least else []
    figures += [f"{records.most} AS orders_to"] if records.most else []
    if records.share:
        figures.append(f"round(100.0 * count(CASE WHEN {hit} THEN 1 END) / count(*), 1) AS percent")
    people = "count(*)" if records.share else f"count(CASE WHEN {hit} THEN 1 END)"
    return _select([*names, *figures], f"({each}) AS b", [], people, len(names), catalog, _order(frame, figures[-1 if records.share else 0]))


def _order(frame: Frame, figure: str) -> str:
    """The order that was asked for: by the figure, else by the places."""
    if frame.end is None:
        return ""
    return f"{figure.rsplit(' AS ', 1)[1]} {'DESC' if frame.end == 'highest' else 'ASC'}"


def _select(
    columns: list[str], source: str, conditions: list[str], people: str, width: int, catalog: Catalog, order: str
) -> str:
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    places = ", ".join(str(at + 1) for at in range(width))
    grouped = f" GROUP BY {places}" if width else ""
    ordered = f" ORDER BY {order or places}" if width else ""
    told = f" HAVING {people} >= {catalog.minimum_base.cell}"
    return f"SELECT {', '.join(columns)} FROM {source}{where}{grouped}{told}{ordered}"
