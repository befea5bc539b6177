"""The second check, for SQL of a chat model that may see aggregates only: nobody's row, and no cell of a few people.

A statement reads people's rows in one SELECT with aggregates. What that SELECT is made of is rewritten so that each
of its cells and figures rests on the minimum base of different people, and so do those whom its conditions leave
out; what stands round it sees those cells only. Below it may stand tables of rows or of one row a customer, which
nobody sees. Everything else is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from warehouse.errors import SqlRefusedError
from warehouse.guard import CheckedSql

if TYPE_CHECKING:
    from sqlglot import exp

    from warehouse.guard.people import Kinds, Predicate, Scope, Source, Value

ROWS = "This shows rows of single people; aggregate them, as in SELECT plan, avg(score) FROM cohorts GROUP BY plan."
HIDDEN = "npsight_"
MAX_MADE = 60_000


@dataclass(frozen=True)
class AggregatedSql(CheckedSql):
    """A statement that tells aggregates only."""

    is_total: bool = False
    """Its people are one cell, so that nothing is left where that is too small."""


def aggregated(checked: CheckedSql, *, base: int, kinds: Kinds) -> AggregatedSql:
    """The statement with the minimum base in it, or an error that says why it cannot be made safe.

    `kinds` holds the kind of each column of each table: person (who it is, where the table tells), id, text (free),
    dimension, class, score, time or number. `base` is the smallest number of different people in a cell.
    """
    from warehouse.guard.functions import check_as_duckdb_reads_it
    from warehouse.guard.names import NameCheck
    from warehouse.guard.parser import parse, written

    tree = parse(checked.sql)
    _refuse_own_names(tree)
    paths = NameCheck({}, {}, ()).column_paths(tree)
    statement = Statement(kinds, base)
    if statement.query(tree, {}) is not None:
        raise SqlRefusedError(ROWS)
    text = written(tree)
    if len(text) > MAX_MADE:
        raise SqlRefusedError("There are too many conditions in one SELECT; send several calls with fewer each.")
    tables = {*(name.lower() for name in kinds), *statement.parts}
    check_as_duckdb_reads_it(text, tables=tables, columns=paths | statement.paths)
    return AggregatedSql(text, checked.tables, checked.columns, statement.is_total)


def _refuse_own_names(tree: exp.Expr) -> None:
    from sqlglot import exp

    for name in tree.find_all(exp.Identifier):
        if name.name.lower().startswith(HIDDEN):
            raise SqlRefusedError(
                f"{name.name!r} begins with {HIDDEN}, which is kept for columns made here; rename it."
            )


@dataclass
class Rows:
    """A relation that still holds single people's rows, and the columns that its rows must meet."""

    columns: dict[str, Value]
    required: list[str] = field(default_factory=list)


Parts = dict[str, "Rows | None"]
"""The parts of WITH; None where it holds cells only."""


class Statement:
    """Walks the queries of one statement from the inside out; None stands for a query that holds cells only."""

    def __init__(self, kinds: Kinds, base: int) -> None:
        from warehouse.guard.people import Value

        self._kinds = {table.lower(): dict(columns) for table, columns in kinds.items()}
        self._base = base
        self._aggregated = False
        self.is_total = False
        self._made = 0
        self.parts: set[str] = set()
        self.paths: set[tuple[str, ...]] = set()
        """The columns that may be written, in parts."""
        answers = ("score", "class", "text")
        self._tables = {
            table: {name.lower(): Value(kind, answers=kind in answers) for name, kind in columns.items()}
            for table, columns in self._kinds.items()
        }

    def hidden_name(self) -> str:
        """A new name for a column that holds a condition."""
        self._made += 1
        return f"{HIDDEN}{self._made}"

    def query(self, node: exp.Expr, parts: Parts) -> Rows | None:
        from sqlglot import exp

        if isinstance(node, exp.Subquery):
            found = self.query(node.this, parts)
            if found is not None and any(node.args.get(key) for key in ("limit", "offset")):
                raise SqlRefusedError("LIMIT inside a query would pick single rows; leave it out.")
            return found
        parts = self._with(node, parts)
        if isinstance(node, exp.SetOperation):
            if any(self.query(side, parts) is not None for side in (node.this, node.expression)):
                raise SqlRefusedError("UNION, EXCEPT and INTERSECT of people's rows are not allowed; aggregate first.")
            return None
        if not isinstance(node, exp.Select):
            raise SqlRefusedError(ROWS)
        return self._select(node, parts)

    def _with(self, node: exp.Expr, parts: Parts) -> Parts:
        clause = node.args.get("with_")
        for part in clause.expressions if clause else ():
            found = self.query(part.this, parts)
            if found is not None and part.args["alias"].columns:
                raise SqlRefusedError(f"Name the columns of {part.alias} in its SELECT, not behind its name.")
            parts = {**parts, part.alias.lower(): found}
            self.parts.add(part.alias.lower())
        return parts

    def _select(self, node: exp.Select, parts: Parts) -> Rows | None:
        from warehouse.guard.people import is_aggregate
        from warehouse.guard.tables import PeopleTable

        sources, required = self._from(node, parts)
        if not sources:
            self._inner_queries(node, parts)
            return None
        items = [*node.expressions, *([node.args["having"]] if node.args.get("having") else [])]
        has_figure = any(is_aggregate(part) for item in items for part in item.walk())
        table = PeopleTable(node, self.scope(sources), required, self)
        if table.is_of_customers() or not (has_figure or node.args.get("group") or node.args.get("distinct")):
            return table.read()
        self._cells(node, sources, required)
        return None

    def scope(self, sources: list[Source]) -> Scope:
        from warehouse.guard.people import Scope

        for source in sources:
            self.paths.update(path for name in source.columns for path in ((name,), (source.name, name)))
        return Scope(sources, moments=self._kinds)

    def _cells(self, node: exp.Select, sources: list[Source], required: list[Predicate]) -> None:
        from warehouse.guard.cells import Cells
        from warehouse.guard.figures import People
        from warehouse.guard.parser import written
        from warehouse.guard.scope import written_column

        if self._aggregated:
            raise SqlRefusedError(
                "Two SELECTs over people in one statement could be subtracted from each other; send two calls, "
                "or use sum(count(*)) OVER () for a total."
            )
        self._aggregated = True
        self.is_total = not node.args.get("group") and not node.args.get("distinct")
        person = sources[0].person()
        column = written_column(person, sources[0].name if len(sources) > 1 else "") if person else None
        people = People(written(column) if column is not None else "", self._base)
        Cells(node, self.scope(sources), people, required).rewrite()

    def _inner_queries(self, node: exp.Select, parts: Parts) -> None:
        """Queries in the expressions of a SELECT that itself sees cells only."""
        from warehouse.guard.scope import QUERIES

        waiting = [value for key, value in node.args.items() if key not in ("with_", "from_")]
        while waiting:
            item = waiting.pop()
            if isinstance(item, list):
                waiting.extend(item)
            elif isinstance(item, QUERIES):
                if self.query(item, parts) is not None:
                    raise SqlRefusedError(ROWS)
            elif item is not None and hasattr(item, "iter_expressions"):
                waiting.extend(item.iter_expressions())

    # FROM

    def _from(self, node: exp.Select, parts: Parts) -> tuple[list[Source], list[Predicate]]:
        """The sources with people's rows; empty where there are cells only."""
        from warehouse.guard.joins import check_joins

        start = node.args.get("from_")
        nodes = [start.this, *(join.this for join in node.args.get("joins") or ())] if start else []
        found = [(item, self._source(item, parts)) for item in nodes]
        if not any(rows is not None for _, rows in found):
            return [], []
        if any(rows is None for _, rows in found):
            raise SqlRefusedError(
                "People's rows may be joined with people's rows only, by customer_id; join nothing else to them."
            )
        return check_joins(node, [(item, rows) for item, rows in found if rows is not None], self.scope)

    def _source(self, node: exp.Expr, parts: Parts) -> Rows | None:
        from sqlglot import exp

        if isinstance(node, exp.Table) and isinstance(node.this, exp.Identifier):
            name = node.name.lower()
            return parts[name] if name in parts else Rows(dict(self._tables[name]))
        if isinstance(node, exp.Lateral):
            raise SqlRefusedError("LATERAL is not allowed; join a table of one row a customer.")
        if isinstance(node, exp.Subquery):
            found = self.query(node, parts)
            alias = node.args.get("alias")
            if found is not None and alias is not None and alias.columns:
                raise SqlRefusedError(f"Name the columns of {node.alias} in its SELECT, not behind its name.")
            return found
        self._inner_queries(exp.Select(expressions=[node]), parts)
        return None
