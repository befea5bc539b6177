"""What SQL from outside may run: one SELECT over known tables, columns, values and functions.

sqlglot's tree (`parser`) may hold only the shapes listed here; the text made from it must mean to DuckDB
what the original means (`reading`); every name must resolve (`names`); and DuckDB's own parse of the final
text may hold only those names and allowed functions (`functions`). What runs is the text of the checked tree.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from warehouse.errors import SqlRefusedError

if TYPE_CHECKING:
    from sqlglot import exp

MAX_DEPTH = 100
MAX_SELECTS = 40

ANY = frozenset(("*",))


def _args(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The parts of a tree that may stand, with those of their arguments that may be filled; a function is Anonymous
# here, since its name is checked on DuckDB's reading.
SHAPES: dict[str, frozenset[str]] = {
    "Select": _args("with_ expressions distinct from_ joins where group having qualify windows order limit offset"),
    "Union": _args("with_ this expression distinct by_name order limit offset"),
    "Except": _args("with_ this expression distinct by_name order limit offset"),
    "Intersect": _args("with_ this expression distinct by_name order limit offset"),
    "Subquery": _args("this alias order limit offset"),
    "With": _args("expressions"),
    "CTE": _args("this alias materialized"),
    "From": _args("this"),
    "Table": _args("this alias db catalog"),
    "TableAlias": _args("this columns"),
    "Join": _args("this on side kind using method"),
    "Lateral": _args("this alias"),
    "Unnest": _args("expressions alias"),
    "Values": _args("expressions alias"),
    "Star": _args("except_ replace rename"),
    "Column": _args("this table db"),
    "Limit": _args("this expression limit_options"),
    "LimitOptions": _args("percent rows"),
    "Offset": _args("this expression"),
    "Group": _args("expressions grouping_sets cube rollup all"),
    "Ordered": _args("this desc nulls_first"),
    "Order": _args("this expressions"),
    "In": _args("this expressions query"),
    "Interval": _args("this unit fraction_in_string"),
    "Cast": _args("this to"),
    "TryCast": _args("this to safe requires_string"),
    "Bracket": _args("this expressions offset safe"),
    "Array": _args("expressions bracket_notation value_constructor"),
    "Window": _args("this partition_by order spec alias over"),
}
SHAPES.update(
    dict.fromkeys(
        _args(
            """Abs Add Alias All And Any Anonymous Between BitwiseAnd BitwiseOr Boolean ByteString Case Cube DPipe
            DataType DataTypeParam Distinct Div EQ Escape Exists Extract Filter GT GTE Glob GroupingSets Having ILike
            Identifier If IgnoreNulls IntDiv Is LT LTE Like Literal Mod Mul NEQ Neg Not Null NullSafeEQ NullSafeNEQ
            Or Paren Pow Qualify RawString RegexpLike RespectNulls Rollup SimilarTo Slice StartsWith StrPosition Sub
            Substring Trim Tuple Var Where WindowSpec WithinGroup"""
        ),
        ANY,
    )
)
JOINS = {
    *itertools.product(("", "ASOF"), ("", "INNER", "OUTER"), ("", "LEFT", "RIGHT", "FULL")),
    *itertools.product(("",), ("CROSS", "SEMI", "ANTI"), ("",)),
}
ADVICE = {
    "Columns": "name the columns instead of COLUMNS(…)",
    "Describe": "the schema is known without DESCRIBE",
    "CurrentDate": "count from the newest date in the data, as in (SELECT max(responded_at) FROM responses)",
    "Dot": "write f(x) instead of x.f(), and alias.column for a column",
    "Into": "SELECT INTO writes a table",
    "JSONExtract": "take text apart with regexp_extract",
    "Join": "write the joins without brackets round them",
    "Lambda": "write a CASE instead of a lambda",
    "Lock": "leave FOR UPDATE out",
    "Parameter": "write the value itself",
    "Pivot": "write sum(x) FILTER (WHERE …) instead of PIVOT",
    "Placeholder": "write the value itself",
    "PositionalColumn": "name the column instead of its position",
    "TableSample": "a sample would give another answer on each run",
}
ADVICE |= {"Comprehension": ADVICE["Lambda"], "JSONExtractScalar": ADVICE["JSONExtract"]}
ADVICE |= dict.fromkeys(("CurrentTime", "CurrentTimestamp", "Localtime", "Localtimestamp"), ADVICE["CurrentDate"])


@dataclass(frozen=True)
class CheckedSql:
    """A statement that may run, and what it reads."""

    sql: str
    tables: list[str]
    columns: list[str]
    """Each as `table.column`, star expansions included."""


def check_sql(
    sql: str,
    *,
    tables: Mapping[str, Mapping[str, str]],
    dimensions: Mapping[str, Collection[str]],
    personal: Collection[str] = (),
) -> CheckedSql:
    """The statement as it may run, or an error that says why not.

    `tables` lists every column of every table as {table: {column: type}}; `dimensions` holds the allowed
    values of each dimension (none: any value goes); a `personal` column may not be named anywhere, and `*`
    over a table that has one is written out without it.
    """
    from warehouse.guard.functions import check_as_duckdb_reads_it
    from warehouse.guard.names import NameCheck
    from warehouse.guard.parser import parse, written
    from warehouse.guard.reading import check_same_reading

    tree = parse(sql)
    _check_shape(tree)
    check_same_reading(sql, written(tree))
    names = NameCheck(tables, dimensions, personal)
    names.check(tree)
    text = written(tree)
    check_as_duckdb_reads_it(text, tables=names.table_names, columns=names.column_paths(tree))
    return CheckedSql(text, sorted(names.tables_used), sorted(names.columns_used))


def _check_shape(tree: exp.Expr) -> None:
    from sqlglot import exp

    if not isinstance(tree, (exp.Select, exp.SetOperation, exp.Subquery)):
        raise SqlRefusedError(f"{tree.key.upper()} is not allowed; send one SELECT.")
    waiting: list[tuple[exp.Expr, int]] = [(tree, 1)]
    selects = 0
    while waiting:
        node, depth = waiting.pop()
        _check_node(node)
        selects += isinstance(node, exp.Select)
        if depth > MAX_DEPTH or selects > MAX_SELECTS:
            raise SqlRefusedError(
                f"The SQL is too large: {MAX_SELECTS} SELECTs and a depth of {MAX_DEPTH} are the most "
                "(a long OR chain is shorter as IN)."
            )
        waiting.extend((child, depth + 1) for child in node.iter_expressions())


def _check_node(node: exp.Expr) -> None:
    from sqlglot import exp

    kind = type(node).__name__
    if kind == "Anonymous" and node.name.lower() == "columns":
        kind = "Columns"
    allowed = SHAPES.get(kind)
    if allowed is None:
        raise SqlRefusedError(f"{_spelled(kind)} is not allowed in SQL here; {_advice(kind)}.")
    if isinstance(node, exp.With) and node.args.get("recursive"):
        raise SqlRefusedError("WITH RECURSIVE is not allowed; use a plain WITH or generate_series.")
    if isinstance(node, exp.Join) and (node.method, node.kind, node.side) not in JOINS:
        words = " ".join(filter(None, (node.method, node.side, node.kind)))
        raise SqlRefusedError(f"{words} JOIN is not allowed; write JOIN … USING (column) or ON.")
    filled = [arg for arg, value in node.args.items() if value and not (allowed is ANY or arg in allowed)]
    if filled:
        inner = node.args[filled[0]]
        part = inner[0] if isinstance(inner, list) else inner
        name = type(part).__name__ if isinstance(part, exp.Expr) else filled[0].strip("_")
        raise SqlRefusedError(f"{_spelled(name)} in {_spelled(kind)} is not allowed in SQL here; {_advice(name)}.")


def _advice(kind: str) -> str:
    return ADVICE.get(kind, "write a plain SELECT")


def _spelled(kind: str) -> str:
    """A node's name as SQL words: TableSample is TABLE SAMPLE."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=JSON)|_", " ", kind).upper()
