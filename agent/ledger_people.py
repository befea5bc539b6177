"""Whom the figures of a free SELECT on orders, events or customers rest on, as a SELECT of their ids.

The metric tools and SELECTs over answers are held by their cells (`ledger_cells`); these have no answers to count, so
their customers are compared as sets: no two that were told may differ by fewer people than the minimum base.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import duckdb

from tools.result import Result
from warehouse.engine import quoted
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from sqlglot import exp

    from warehouse.workspace import Warehouse

PEOPLE = "customer_id"
MAX_ROWS, MAX_SETS = 12, 40
_DROPPED = ("group", "having", "order", "limit", "offset", "qualify", "distinct", "windows")


def people_of(arguments: Mapping[str, Any], result: Result) -> list[str]:
    """The customers of all told rows together, and of each of a few rows; none for SQL over one table of answers."""
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(str(arguments.get("sql", "")), dialect="duckdb")
    tables = {table.name.lower() for table in tree.find_all(exp.Table)}
    if not isinstance(tree, exp.Select) or (tables <= {"responses", "cohorts"} and not tree.args.get("joins")):
        return []
    return list(dict.fromkeys(_sets(tree, getattr(result, "rows", []))))


def refuse_close_sets(warehouse: Warehouse, new: Sequence[str], told: Sequence[str]) -> None:
    """Raise NpsError where a new set and one that was told differ by a few people."""
    base = warehouse.catalog.minimum_base.cell
    for one in new:
        for other in told[-MAX_SETS:]:
            if one == other:
                continue
            if any(0 < _fewer(warehouse, *pair) < base for pair in ((one, other), (other, one))):
                raise NpsError(
                    f"This and what was told before would give away a figure of fewer than {base} customers; ask for "
                    "the same customers as before, or for groups that differ by more."
                )


def _fewer(warehouse: Warehouse, first: str, second: str) -> int:
    try:
        found = warehouse.run(f"SELECT count(*) AS n FROM (({first}) EXCEPT ({second}))").rows
    except duckdb.Error:  # a shape that cannot be read this way tells nothing about its people
        return 0
    return int(found[0][0])


def _sets(tree: exp.Select, rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """The statement with its customers in the place of its figures: for all told rows, then for single ones."""
    from sqlglot import exp

    group = tree.args.get("group")
    keys = list(group.expressions) if group is not None else []
    items = [item.unalias() for item in tree.expressions]
    columns = [next((at for at, item in enumerate(items) if item == _meant(key, items)), None) for key in keys]
    base = tree.copy()
    for part in _DROPPED:
        base.set(part, None)
    first = next((table for table in base.find_all(exp.Table) if table.find_ancestor(exp.Select) is base), None)
    column = exp.column(PEOPLE, table=first.alias_or_name if first is not None and base.args.get("joins") else None)
    base.set("expressions", [column])
    base.set("distinct", exp.Distinct())
    known = [(items[at], at) for at in columns if at is not None]
    if keys and len(known) == len(keys):
        cells = [_conditions(known, row) for row in rows]
        if cells:
            yield base.where(f"({' OR '.join(cells)})", dialect="duckdb").sql(dialect="duckdb")
        for cell in cells[:MAX_ROWS]:
            yield base.where(cell, dialect="duckdb").sql(dialect="duckdb")
    else:
        yield base.sql(dialect="duckdb")


def _meant(key: exp.Expr, items: Sequence[exp.Expr]) -> exp.Expr:
    """What GROUP BY 1 stands for."""
    from sqlglot import exp

    if isinstance(key, exp.Literal) and key.is_int and 0 < int(key.this) <= len(items):
        return items[int(key.this) - 1]
    return key


def _conditions(known: Sequence[tuple[exp.Expr, int]], row: Sequence[object]) -> str:
    parts = [
        f"CAST({item.sql(dialect='duckdb')} AS VARCHAR) = {quoted(str(row[at]))}"
        if row[at] is not None
        else f"{item.sql(dialect='duckdb')} IS NULL"
        for item, at in known
    ]
    return f"({' AND '.join(parts)})"
