"""Which answers the rows of a free SELECT tell of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from agent.ledger_cells import CLASS, Told
from tools.result import Result
from warehouse.catalog import Catalog
from warehouse.errors import NpsError

if TYPE_CHECKING:
    from sqlglot import exp

    from warehouse.workspace import Warehouse

ANSWERS = ("responses", "cohorts")
_ABOUT_THE_ANSWER = frozenset(["score", CLASS, "comment"])
MAX_GROUPS = 300
UNREADABLE = (
    "What this SELECT tells of scores cannot be held against what was told before; write it as one SELECT over cohorts "
    "with WHERE and GROUP BY, its groups among the columns, or ask a metric tool."
)


def read_sql(warehouse: Warehouse, arguments: Mapping[str, Any], result: Result) -> list[Told]:
    """One cell for each row, and one for each condition inside an aggregate; none where no answers are read.

    Raises NpsError for a statement about scores that cannot be read.
    """
    import sqlglot
    from sqlglot import exp

    tree = sqlglot.parse_one(str(arguments.get("sql", "")), dialect="duckdb")
    if not any(table.name.lower() in ANSWERS for table in tree.find_all(exp.Table)):
        return []
    select = _plain(tree)
    rows = _groups(warehouse.catalog, select, result) if select is not None else None
    if select is not None and rows is not None:
        return _cells(select, list(zip(rows, getattr(result, "rows", []), strict=False)))
    inner = _aggregated(tree)
    if inner is None and _tells_scores(tree):
        raise NpsError(UNREADABLE)
    return [cell for part in inner or () for cell in _cells(part, [(group, []) for group in _all(warehouse, part)])]


def _cells(select: exp.Select, groups: Sequence[tuple[dict[str, list[str]], Sequence[object]]]) -> list[Told]:
    """The cells of these groups with their rows; a condition is told of where its figure was."""
    where = select.args.get("where")
    whole = [_text(where.this)] if where is not None else []
    inside = _conditions(select)
    cells = []
    for group, row in groups:
        cells.append(Told(values=group, conditions=whole))
        told = [text for text, at in inside if at is None or at >= len(row) or row[at] is not None]
        cells += [Told(values=group, conditions=[*whole, text]) for text in dict.fromkeys(told)]
    return cells


def _aggregated(tree: exp.Expr) -> list[exp.Select] | None:
    """The parts of a longer statement that read answers, where each of them aggregates by itself."""
    from sqlglot import exp

    parts = []
    for table in tree.find_all(exp.Table):
        if table.name.lower() not in ANSWERS:
            continue
        select = table.find_ancestor(exp.Select)
        part = _plain(select.copy()) if select is not None else None
        if part is None or not (part.args.get("group") or all(_aggregates(item) for item in part.expressions)):
            return None
        parts.append(part)
    return parts


def _all(warehouse: Warehouse, select: exp.Select) -> list[dict[str, list[str]]]:
    """All groups that a part makes; those that are too small are left out by SQL's own base."""
    keys = _keys(select)
    if not keys:
        return [{}]
    where = select.args.get("where")
    listed = ", ".join(f"CAST({_text(key)} AS VARCHAR) AS k{at}" for at, key in enumerate(keys))
    condition = f" WHERE {_text(where.this)}" if where is not None else ""
    found = warehouse.run(f"SELECT DISTINCT {listed} FROM cohorts{condition}", rows=MAX_GROUPS)
    names = [_name(warehouse.catalog, key) for key in keys]
    return [{name: _labels(label) for name, label in zip(names, row, strict=True)} for row in found.rows]


def _tells_scores(tree: exp.Expr) -> bool:
    from sqlglot import exp

    return any(column.name.lower() in ("score", CLASS) for column in tree.find_all(exp.Column)) or any(
        isinstance(star, exp.Star) and not isinstance(star.parent, (exp.Count, exp.Anonymous))
        for star in tree.find_all(exp.Star)
    )


def _plain(tree: exp.Expr) -> exp.Select | None:
    """A SELECT over one table of answers, without a query inside; a filter in brackets in FROM is drawn out."""
    from sqlglot import exp

    if not isinstance(tree, exp.Select) or any(tree.args.get(part) for part in ("with_", "joins", "qualify")):
        return None
    if _totals_beside_parts(tree):
        return None
    source = tree.args.get("from_")
    table = source.this if source is not None else None
    if isinstance(table, exp.Subquery):
        inner = _plain(table.this)
        drawn = {"from_", "where", "expressions"}
        if inner is None or {key for key, value in inner.args.items() if value} - drawn:
            return None
        if not all(isinstance(item, exp.Column | exp.Star) for item in inner.expressions):
            return None
        tree = tree.copy()
        tree.set("from_", inner.args["from_"].copy())
        if inner.args.get("where"):
            tree = tree.where(inner.args["where"].this.copy())
        table = tree.args["from_"].this
    inside = [node for node in tree.find_all(exp.Select, exp.Subquery, exp.Window) if node is not tree]
    return tree if isinstance(table, exp.Table) and table.name.lower() in ANSWERS and not inside else None


def _totals_beside_parts(select: exp.Select) -> bool:
    """Whether groups of several sizes come together (ROLLUP, CUBE, GROUPING SETS): no row's group stands in it then."""
    from sqlglot import exp

    grouping = select.args.get("group")
    inside = grouping.find_all(exp.Rollup, exp.Cube, exp.GroupingSets, exp.Anonymous) if grouping is not None else ()
    return any(not isinstance(node, exp.Anonymous) or node.name.upper() in ("ROLLUP", "CUBE") for node in inside)


def _groups(catalog: Catalog, select: exp.Select, result: Result) -> list[dict[str, list[str]]] | None:
    """The values that each row's group has; None where a group does not stand among the columns."""
    from sqlglot import exp

    items, keys = list(select.expressions), _keys(select)
    rows = getattr(result, "rows", [])
    if not keys:
        return [{} for _row in rows]
    columns = [next((at for at, item in enumerate(items) if _text(item.unalias()) == _text(key)), None) for key in keys]
    shapes = (select.args["group"].args.get(name) for name in ("rollup", "cube", "grouping_sets"))
    if None in columns or any(shapes) or any(isinstance(item, exp.Star) for item in items):
        return None
    told = [(_name(catalog, key), at) for key, at in zip(keys, columns, strict=True) if at is not None]
    return [{name: _labels(row[at]) for name, at in told} for row in rows]


def _keys(select: exp.Select) -> list[exp.Expr]:
    """The expressions that it groups by."""
    group, items = select.args.get("group"), list(select.expressions)
    if group is None:
        return []
    if group.args.get("all"):
        return [item.unalias() for item in items if not _aggregates(item)]
    return [_meant(key, items) for key in group.expressions]


def _meant(key: exp.Expr, items: list[exp.Expr]) -> exp.Expr:
    """What GROUP BY 1, or by an alias, stands for."""
    from sqlglot import exp

    if isinstance(key, exp.Literal) and key.name.isdigit() and 1 <= int(key.name) <= len(items):
        return items[int(key.name) - 1].unalias()
    return next((i.unalias() for i in items if isinstance(i, exp.Alias) and i.alias == key.name and key.name), key)


def _aggregates(item: exp.Expr) -> bool:
    from sqlglot import exp

    return item.find(exp.AggFunc) is not None or any(isinstance(node, exp.Anonymous) for node in item.walk())


def _name(catalog: Catalog, key: exp.Expr) -> str:
    from sqlglot import exp

    known = {name.lower(): name for name in (*catalog.dimensions, CLASS)}
    if isinstance(key, exp.Column) and key.name.lower() in known:
        return known[key.name.lower()]
    return f"={_text(key)}"


def _labels(value: object) -> list[str]:
    """How DuckDB may write the value as text."""
    if value is None:
        return ["(missing)"]
    if isinstance(value, bool):
        return [str(value).lower()]
    text = str(value)
    return [text, f"{text} 00:00:00"] if len(text) == 10 and text[4] == "-" else [text]


def _conditions(select: exp.Select) -> list[tuple[str, int | None]]:
    """Conditions inside aggregates that say who counts, not what was answered, and the column that they make."""
    from sqlglot import exp

    found = []
    kinds = (exp.Predicate, exp.And, exp.Or, exp.Not, exp.Is)
    beside = [item for item in (select.args.get("having"), select.args.get("order")) if item is not None]
    for at, item in [*enumerate(select.expressions), *((None, item) for item in beside)]:
        for node in item.find_all(*kinds):
            columns = {column.name.lower() for column in node.find_all(exp.Column)}
            aggregated = node.find(exp.AggFunc) is not None
            if not aggregated and columns - _ABOUT_THE_ANSWER and not isinstance(node.parent, kinds):
                found.append((_text(node), at))
    return found


def _text(node: exp.Expr) -> str:
    """As SQL over cohorts, without the table's alias."""
    from sqlglot import exp

    copy = node.copy()
    for column in copy.find_all(exp.Column):
        column.set("table", None)
    return copy.sql(dialect="duckdb")
