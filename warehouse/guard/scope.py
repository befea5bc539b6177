"""What a SELECT can see: sources, outputs and scopes of `warehouse.guard.names`, and readings of tree nodes.

Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlglot import exp
from sqlglot.dialects.duckdb import DuckDB

from warehouse.errors import SqlRefusedError, UnknownNameError
from warehouse.guard.functions import AGGREGATES

SMALL_LIMIT = 1_000
QUERIES = (exp.Select, exp.SetOperation, exp.Subquery)
STRINGS = (exp.RawString, exp.ByteString)


class Origin(NamedTuple):
    """The table's column that an output column plainly repeats."""

    table: str
    column: str


class Output(NamedTuple):
    """A column of a table or query; the name is empty where DuckDB would invent one."""

    name: str
    origin: Origin | None


class StarColumn(NamedTuple):
    """One column that `*` stands for."""

    written: exp.Expr
    origin: Origin | None


@dataclass(frozen=True)
class Source:
    """Something in FROM."""

    name: str
    outputs: list[Output]
    many: bool
    """As many rows as the data; two of these need a join condition."""
    hides: bool = False
    """A table with personal columns, which `*` must not reach."""
    trimmed: bool = False
    """A query whose own `*` left personal columns out."""

    def get(self, column: str) -> Output | None:
        return next((output for output in self.outputs if output.name.lower() == column), None)


@dataclass
class Derived:
    """What a query gives to the query round it."""

    outputs: list[Output]
    many: bool = True
    trimmed: bool = False
    """A `*` in it was written out without the personal columns."""


@dataclass
class Scope:
    """The names that an expression of one SELECT can see."""

    outer: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    visible: list[Source] = field(default_factory=list)
    """Without the right sides of semi and anti joins."""
    aliases: dict[str, Origin | None] = field(default_factory=dict)
    using: set[str] = field(default_factory=set)
    links: list[set[int]] = field(default_factory=list)
    """Positions of sources that a condition connects."""
    correlated: bool = False
    trimmed: bool = False


Ctes = dict[str, Derived]


def clauses(node: exp.Expr, keys: Iterable[str]) -> Iterator[exp.Expr]:
    for key in keys:
        value = node.args.get(key)
        yield from value if isinstance(value, list) else [value] if value else ()


def is_excluded(name: exp.Identifier) -> bool:
    """Whether it stands in `* EXCLUDE (…)`, which names a column to leave it out."""
    node = name.parent
    return isinstance(node, exp.Column) and node.arg_key == "except_"


def as_star(node: exp.Expr) -> exp.Star | None:
    if isinstance(node, exp.Star):
        return node
    return node.this if isinstance(node, exp.Column) and isinstance(node.this, exp.Star) else None


def star_sources(item: exp.Expr, scope: Scope) -> list[Source]:
    table = item.text("table").lower()
    return [source for source in scope.visible if not table or source.name == table]


def star_columns(item: exp.Expr, star: exp.Star, scope: Scope, personal: Collection[str]) -> list[StarColumn]:
    """The columns that `*` stands for, as they could be written out."""
    dropped = {column.name.lower() for column in star.args.get("except_") or ()}
    replaced = {alias.alias.lower(): alias for alias in star.args.get("replace") or ()}
    renamed = {alias.this.name.lower(): alias.args["alias"] for alias in star.args.get("rename") or ()}
    sources = star_sources(item, scope)
    if not sources:
        raise UnknownNameError("table in FROM", item.text("table") or "*", source_names(scope))
    hides = any(source.hides for source in sources)
    known = [output.name for source in sources for output in source.outputs]
    for name in {*dropped, *replaced, *renamed}.difference(map(str.lower, known), personal if hides else ()):
        raise UnknownNameError("column under *", name, known)
    merged: set[str] = set()
    found: list[StarColumn] = []
    for source in sources:
        for output in source.outputs:
            key = output.name.lower()
            once = key in scope.using and isinstance(item, exp.Star)
            if key in dropped or (once and key in merged):
                continue
            merged.add(key)
            column = written_column(output.name, "" if once or len(scope.visible) == 1 else source.name)
            written = exp.alias_(column, renamed[key].copy()) if key in renamed else column
            plain = StarColumn(written, output.origin)
            found.append(StarColumn(replaced[key].copy(), None) if key in replaced else plain)
    if not found or (hides and not all(output_name(column.written) for column in found)):
        raise SqlRefusedError("* has columns without a name here; list the columns instead.")
    return found


def output_name(item: exp.Expr) -> str:
    plain = item.unnest()
    return item.alias if isinstance(item, exp.Alias) else plain.name if isinstance(plain, exp.Column) else ""


def literal_text(node: exp.Expr) -> str:
    """The text of a string literal, else nothing; an empty text is a test for blanks, not a guessed value."""
    node = node.unnest()
    is_text = isinstance(node, STRINGS) or (isinstance(node, exp.Literal) and node.is_string)
    return node.name if is_text else ""


def written_column(name: str, table: str) -> exp.Column:
    return exp.column(written_name(name), table=written_name(table) if table else None)


def written_name(name: str) -> exp.Identifier:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.upper() not in DuckDB.Tokenizer.KEYWORDS
    return exp.to_identifier(name, quoted=not plain)


def source_names(scope: Scope | None) -> list[str]:
    names: list[str] = []
    while scope is not None:
        names += [source.name for source in scope.visible if source.name]
        scope = scope.outer
    return names


def with_columns(derived: Derived, alias: exp.TableAlias | None) -> Derived:
    columns = [column.name for column in alias.columns] if alias else []
    if not columns:
        return derived
    if derived.trimmed or len(columns) > len(derived.outputs):
        raise SqlRefusedError(
            f"The column list of {alias and alias.name} does not fit; name the columns in its SELECT."
        )
    outputs = [Output(name, output.origin) for name, output in zip(columns, derived.outputs, strict=False)]
    return Derived(outputs + derived.outputs[len(columns) :], derived.many)


def with_numbers(outputs: list[Output]) -> list[Output]:
    """As DuckDB names the repeated columns of a subquery: a, a_1, a_2."""
    seen: dict[str, int] = {}
    numbered: list[Output] = []
    for output in outputs:
        key = output.name.lower()
        again = seen[key] = seen.get(key, -1) + 1
        numbered.append(output._replace(name=f"{output.name}_{again}") if again and key else output)
    return numbered


def merged_by_name(left: list[Output], right: list[Output]) -> list[Output]:
    others = {output.name.lower(): output for output in right}
    known = {output.name.lower() for output in left}
    merged = [common(output, others.get(output.name.lower(), output)) for output in left]
    return merged + [output for output in right if output.name.lower() not in known]


def common(left: Output, right: Output) -> Output:
    """The column of a set operation; it repeats a table's column if both of its sides do."""
    same = left.origin and right.origin and left.origin.column.lower() == right.origin.column.lower()
    return Output(left.name, left.origin if same else None)


def is_small(node: exp.Select) -> bool:
    """Whether its rows are groups, one total, or cut to a few."""
    limit = node.args.get("limit")
    if isinstance(limit, exp.Limit) and limit.expression.is_int and not limit.args.get("limit_options"):
        return int(limit.expression.name) <= SMALL_LIMIT
    if node.args.get("group") or node.args.get("distinct"):
        return True
    calls = [call for item in node.expressions for call in item.find_all(exp.Anonymous)]
    return any(call.name.lower() in AGGREGATES and is_total(call, node) for call in calls)


def is_total(call: exp.Expr, select: exp.Select) -> bool:
    parent = call.parent
    while parent is not None and parent is not select:
        if isinstance(parent, (exp.Window, *QUERIES)):
            return False
        parent = parent.parent
    return True
