"""What an expression over people's rows is: its kind, and the conditions hidden in it.

The second check (`warehouse.guard.aggregate`) allows few expressions: those of which it knows what they are. Import
it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from sqlglot import exp

from warehouse.errors import SqlRefusedError
from warehouse.guard.functions import AGGREGATES
from warehouse.guard.parser import written
from warehouse.guard.scope import written_column

Kind = Literal[
    "person", "id", "text", "dimension", "class", "score", "time", "number", "label", "constant", "condition"
]
Kinds = Mapping[str, Mapping[str, Kind]]
"""The kind of each column of each table; `label` is text that a query made."""
Rank = Literal["plain", "answer", "said", "single"]
"""A condition on dimensions and days; on score and class; on whether there is a comment; on anything else."""

TOOLS = "ask a metric tool (nps, compare, key_drivers) instead"
NUMBERS = ("number", "score", "constant")
TEXTS = ("dimension", "class", "label", "constant")
COMPARED = ("number", "score", "time", *TEXTS)
TESTS = frozenset(("contains", "starts_with", "ends_with", "prefix", "suffix", "regexp_matches", "regexp_full_match"))


@dataclass(frozen=True)
class Predicate:
    """One condition."""

    node: exp.Expr
    rank: Rank
    columns: frozenset[str] = frozenset()

    @property
    def text(self) -> str:
        """As SQL, in brackets."""
        return f"({written(self.node)})"


@dataclass(frozen=True)
class Value:
    """What an expression is; for a column of a query also what the query round it must know."""

    kind: Kind
    stepped: bool = False
    """It jumps somewhere, and so counts who is beyond that place."""
    counted: bool = False
    """Its numbers are written in the SQL: a sum of it is a count."""
    changed: bool = False
    """Not the plain column."""
    whole: bool = False
    """A number of rows, which is as coarse as a score."""
    columns: frozenset[str] = frozenset()
    """What its value comes from, conditions aside."""
    answers: bool = True
    """Rests on nothing but scores, classes and whether there is a comment."""
    conditions: tuple[Predicate, ...] = ()
    hidden: frozenset[str] = frozenset()
    """Columns made beside it that hold the conditions it was computed with."""
    steps: int = 0
    """Multiplications and divisions on the way."""

    @property
    def reads(self) -> frozenset[str]:
        """All columns, those in its conditions too."""
        return self.columns.union(*(predicate.columns for predicate in self.conditions))


CONSTANT = Value("constant", counted=True)


@dataclass
class Source:
    """A relation of people's rows in FROM."""

    name: str
    columns: dict[str, Value]

    def person(self) -> str | None:
        """Its column that tells who it is."""
        return next((name for name, value in self.columns.items() if value.kind == "person"), None)


@dataclass
class Scope:
    """The sources that an expression sees; `figure` reads an aggregate where one may stand."""

    sources: list[Source]
    figure: Callable[[exp.Expr], Value] | None = None
    moments: Kinds = field(default_factory=dict)
    """The tables, for `(SELECT max(responded_at) FROM responses)`."""

    def find(self, column: exp.Column) -> tuple[Source, str, Value] | None:
        table, name = column.text("table").lower(), column.name.lower()
        found = [s for s in self.sources if name in s.columns and table in ("", s.name)]
        if len(found) > 1 and any(source.columns[name].kind != "person" for source in found):
            raise SqlRefusedError(f"{column.name!r} is in more than one table; write {found[0].name}.{column.name}.")
        return (found[0], name, found[0].columns[name]) if found else None

    def kind(self, column: str) -> Kind:
        """Of a column as it is written in a Value."""
        return next(s.columns[n].kind for s in self.sources for n in s.columns if f"{s.name}.{n}" == column)

    def text(self, source: Source, name: str) -> str:
        """The column as SQL."""
        return written(written_column(name, source.name if len(self.sources) > 1 else ""))

    def texts(self, columns: Iterable[str]) -> list[str]:
        """Columns as they are written in a Value, as SQL."""
        wanted = set(columns)
        return sorted(self.text(s, name) for s in self.sources for name in s.columns if f"{s.name}.{name}" in wanted)

    def column(self, node: exp.Column) -> Value:
        found = self.find(node)
        if found is None:
            raise SqlRefusedError(f"{node.name!r} is not a column of this FROM; {TOOLS}.")
        source, name, value = found
        hidden = frozenset(self.text(source, column) for column in value.hidden)
        return replace(value, columns=frozenset((f"{source.name}.{name}",)), hidden=hidden)


def is_aggregate(node: exp.Expr) -> bool:
    """Whether it stands for many rows; a window's function does not."""
    if isinstance(node, exp.Filter):
        return not isinstance(node.parent, exp.Window) and is_aggregate(node.this)
    if isinstance(node, exp.WithinGroup):
        return True
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in AGGREGATES:
        return False
    parent = node.parent
    while isinstance(parent, (exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)):
        parent = parent.parent
    return not (isinstance(parent, exp.Window) and parent.find(exp.Anonymous) is node)


def bare(node: exp.Expr) -> exp.Expr:
    """Without the brackets round it; a subquery keeps its own."""
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """The parts of an AND."""
    node = bare(node)
    if isinstance(node, exp.And):
        return [part for side in (node.left, node.right) for part in conjuncts(side)]
    return [node]


def number(node: exp.Expr) -> float | None:
    """A number written in the SQL."""
    node = node.unnest()
    if isinstance(node, exp.Neg):
        inner = number(node.this)
        return None if inner is None else -inner
    if isinstance(node, exp.Literal) and not node.is_string:
        try:
            return float(node.name.replace("_", ""))
        except ValueError:
            return None
    return None
