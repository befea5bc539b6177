"""How DuckDB itself reads a statement: its parse tree, without running or binding anything."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from warehouse.errors import SqlRefusedError

if TYPE_CHECKING:
    import duckdb

Node = dict[str, Any]
Token = tuple[object, ...]

# Two spellings of one thing, which sqlglot may exchange.
SAME_FUNCTION = {"^": "pow", "**": "pow", "power": "pow", "@": "abs", "^@": "starts_with", "position": "strpos"}
SAME_TYPE = {
    alias: kind
    for kind, aliases in {
        "varchar": "text string char bpchar",
        "tinyint": "int1",
        "smallint": "int2 short",
        "integer": "int int4 signed",
        "bigint": "int8 long",
        "float": "float4 real",
        "double": "float8",
        "decimal": "numeric",
        "boolean": "bool logical",
        "timestamp": "datetime",
        "hugeint": "int128",
        "uhugeint": "uint128",
    }.items()
    for alias in aliases.split()
} | {"timestamp with time zone": "timestamptz"}
NEGATED = {
    "COMPARE_NOT_IN": "COMPARE_IN",
    "OPERATOR_IS_NOT_NULL": "OPERATOR_IS_NULL",
    "COMPARE_DISTINCT_FROM": "COMPARE_NOT_DISTINCT_FROM",
}
INTERVAL = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*([a-z]+?)s?\s*", re.IGNORECASE)


def read(text: str) -> Node:
    """DuckDB's tree of the one SELECT in `text`."""
    import duckdb

    try:
        row = _parser().cursor().execute("SELECT json_serialize_sql(?::VARCHAR)", [text]).fetchone()
        parsed: Node = json.loads(row[0]) if row else {}
    except (duckdb.Error, RecursionError, ValueError) as error:
        raise SqlRefusedError("DuckDB cannot read the SQL; write one plain SELECT.") from error
    if parsed.get("error", True):
        said = " ".join(str(parsed.get("error_message", "no reason given")).split())
        raise SqlRefusedError(f"DuckDB cannot read the SQL ({said}); write one plain SELECT.")
    if len(parsed["statements"]) != 1:
        raise SqlRefusedError(f"There are {len(parsed['statements'])} statements; send exactly one SELECT.")
    statement: Node = parsed["statements"][0]
    return statement


def nodes(root: Node) -> Iterator[Node]:
    """Every object of the tree."""
    waiting: list[Any] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def check_same_reading(original: str, rewritten: str) -> None:
    """Refuse where DuckDB reads another query in the text that was made from sqlglot's tree."""
    first, second = list(_tokens(read(original))), list(_tokens(read(rewritten)))
    if first == second:
        return
    pairs = zip([*first, ("the end",)], [*second, ("the end",)], strict=False)
    ours = next((str(token[-1]) for token, other in pairs if token != other), "the end")
    raise SqlRefusedError(f"The SQL can be read in two ways, from {ours!r} on; write that part more plainly.")


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    import duckdb

    closed: dict[str, str | bool | int | float | list[str]] = {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "threads": 1,
    }
    return duckdb.connect(":memory:", config=closed)


def _tokens(root: Node) -> Iterator[Token]:
    """The tree as a sequence that does not depend on spelling or place."""
    waiting: list[Any] = [root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(reversed(item))
        elif isinstance(item, dict):
            whole = _interval(item) or _type(item)
            if whole:
                yield whole
                continue
            yield from _token(item)
            waiting.extend(reversed(item.values()))


def _token(node: Node) -> Iterator[Token]:
    kind = node.get("class") or node.get("type")
    detail = node.get("type")
    if node.get("class") and node.get("alias"):
        yield ("alias", str(node["alias"]).lower())
    if kind in ("FUNCTION", "WINDOW"):
        name = str(node["function_name"]).lower()
        if name == "date_part":
            _lower(node["arguments"][0])  # DuckDB reads the part in EXTRACT(year FROM x) as YEAR, but dow as dow
        flags = (node.get(key) for key in ("distinct", "ignore_nulls", "start", "end", "exclude_clause"))
        yield (kind, *flags, len(node["arguments"]), SAME_FUNCTION.get(name, name))
    elif kind == "CONSTANT":
        yield (kind, (node.get("literal") or {}).get("kind") == "STRING", _constant(node))
    elif kind == "COLUMN_REF":
        yield (kind, ".".join(node["column_names"]).lower())
    elif kind in ("OPERATOR", "COMPARISON"):
        yield from [("OPERATOR_NOT",), (NEGATED[detail],)] if detail in NEGATED else [(detail,)]
    elif kind == "CAST":
        yield (kind, bool(node.get("try_cast")))
    elif kind == "BASE_TABLE":
        yield (kind, ".".join(node["qualified_name"]["path"]).lower())
    elif kind is not None:
        keys = ("subquery_type", "join_type", "ref_type", "limit_type", "setop_type", "setop_all", "group_sets")
        nulls_first = node.get("null_order") == "NULLS FIRST"  # last is the default, in both directions
        yield (*(str(node.get(key)) for key in keys), nulls_first, detail)


def _constant(node: Node) -> str:
    literal = node.get("literal") or {}
    text = str(literal.get("text", literal.get("kind")))
    if literal.get("kind") in ("STRING", "BOOLEAN", "NULL_LITERAL", None):
        return text
    return format(Decimal(text.replace("_", "")).normalize(), "f")


def _lower(argument: Node) -> None:
    literal = argument["expression"].get("literal") or {}
    literal["text"] = str(literal.get("text")).lower()


def _type(node: Node) -> Token | None:
    """A type that is not a list; VARCHAR(n) is VARCHAR to DuckDB."""
    name = str(node.get("type_name", "")).lower()
    name = SAME_TYPE.get(name, name)
    if node.get("class") != "TYPE" or name == "list":
        return None
    sizes = [str((child.get("literal") or {}).get("text")) for child in node.get("children") or ()]
    if name == "decimal":
        sizes = sizes or ["18", "3"]
    return ("type", name) if name == "varchar" else ("type", *sizes, name)


def _interval(node: Node) -> Token | None:
    """An interval of a written number, in either of the two ways in which DuckDB reads it."""
    if node.get("class") == "CAST" and str(node["type_expr"].get("type_name", "")).lower() == "interval":
        match = INTERVAL.fullmatch(str((node["child"].get("literal") or {}).get("text", "")))
        return ("interval", match[1], match[2].lower()) if match else None
    name = str(node.get("function_name", "")).lower()
    if node.get("class") == "FUNCTION" and name.startswith("to_") and len(node["arguments"]) == 1:
        inside = bare(node["arguments"][0]["expression"])
        return ("interval", _constant(inside), name[3:].rstrip("s")) if inside["class"] == "CONSTANT" else None
    return None


def bare(node: Node) -> Node:
    """What stands inside the casts and roundings that DuckDB puts round an interval's number."""
    while node.get("class") == "CAST" or str(node.get("function_name", "")).lower() == "trunc":
        node = node["child"] if node["class"] == "CAST" else node["arguments"][0]["expression"]
    return node
