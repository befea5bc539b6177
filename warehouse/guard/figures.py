"""The aggregates of a SELECT over people, and what each of them rests on.

Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlglot import exp

from warehouse.errors import SqlRefusedError
from warehouse.guard.conditions import read_conditions
from warehouse.guard.expressions import read_value
from warehouse.guard.parser import parse_whole, written
from warehouse.guard.people import TOOLS, Predicate, Rank, Scope, Value, number

COUNTS = frozenset(("count", "count_if", "countif", "approx_count_distinct", "regr_count"))
MEANS = frozenset(("sum", "avg", "mean", "favg", "fsum", "kahan_sum", "sumkahan"))
SPREADS = frozenset(("stddev", "stddev_samp", "stddev_pop", "var_samp", "var_pop", "variance", "sem"))
MIDDLES = frozenset(("median", "quantile_cont"))
PAIRS = frozenset(("corr", "covar_pop", "covar_samp", "regr_slope", "regr_intercept", "regr_r2", "regr_count"))
FIGURES = COUNTS | MEANS | SPREADS | MIDDLES | PAIRS
MAX_PATTERNS = 32
OF_SCORES: frozenset[Rank] = frozenset(("answer",))
OF_COUNTS: frozenset[Rank] = frozenset(("answer", "said"))


@dataclass(frozen=True)
class Figure:
    """One aggregate."""

    node: exp.Expr
    """It with its FILTER."""
    call: exp.Anonymous
    filter: tuple[Predicate, ...]
    atoms: frozenset[str]
    """The conditions that could single somebody out, which it was computed with."""
    about: frozenset[Rank]
    """Conditions that tell nothing more of it: score and class of counts and scores, comments of counts."""
    present: str = ""
    """What must be known of as many people as the base."""
    may_be_nobody: bool = False
    gives: tuple[str, ...] = ()
    """For each of its columns what is true of the rows that add something, with or without its conditions."""
    weighed: bool = False
    """A sum or mean, to which zeros add nothing."""
    side: float = 1.0
    """The smaller share of the values on one side of it."""


def read_figure(node: exp.Expr, scope: Scope) -> Figure:
    """The aggregate as one of those that say nothing of a single person; refused otherwise."""
    node = _without_order(node)
    call = node.this if isinstance(node, exp.Filter) else node
    name = call.name.lower()
    if name not in FIGURES or not isinstance(call, exp.Anonymous):
        raise SqlRefusedError(_why_not(name, call))
    tests = read_conditions(node.expression.this, scope) if isinstance(node, exp.Filter) else []
    if name in ("count_if", "countif"):
        tests += read_conditions(call.expressions[0], scope)
        node, call = _as_count(node, tests)
    return _count(node, call, tests, scope) if name in COUNTS - PAIRS else _of_values(node, call, tests, scope)


def _without_order(node: exp.Expr) -> exp.Expr:
    """`percentile_cont(p) WITHIN GROUP (ORDER BY x)` as `quantile_cont(x, p)`."""
    for found in [node, node.this]:
        if isinstance(found, exp.WithinGroup):
            call, order = found.this, found.expression.expressions[0]
            if call.name.lower() != "percentile_cont" or order.args.get("desc"):
                raise SqlRefusedError(f"{written(found)} is not allowed over people; write quantile_cont(x, 0.5).")
            plain = exp.Anonymous(this="quantile_cont", expressions=[order.this.copy(), call.expressions[0].copy()])
            found.replace(plain)
            return plain if found is node else node
    return node


def _why_not(name: str, call: exp.Expr) -> str:
    if name in ("min", "max", "any_value", "first", "last", "arg_max", "arg_min", "mode", "list", "string_agg"):
        return f"{written(call)} would show one person's value; use avg, median or quantile_cont(x, 0.1), or {TOOLS}."
    return f"{name}() is not allowed over people; use count, sum, avg, stddev, median or corr, or {TOOLS}."


def _as_count(node: exp.Expr, tests: Sequence[Predicate]) -> tuple[exp.Expr, exp.Anonymous]:
    count = exp.Anonymous(this="count", expressions=[exp.Star()])
    made = exp.Filter(this=count, expression=exp.Where(this=both(test.node for test in tests)))
    node.replace(made)
    return made, count


def _count(node: exp.Expr, call: exp.Anonymous, tests: Sequence[Predicate], scope: Scope) -> Figure:
    items = arguments(call)
    values = [read_value(item, scope) for item in items if not isinstance(item, exp.Star)]
    conditions = [*tests, *(p for value in values for p in value.conditions)]
    atoms = frozenset(test.text for test in conditions if test.rank not in OF_COUNTS)
    hidden = frozenset(name for value in values for name in value.hidden)
    free = all(value.kind in ("score", "class", "text", "person", "constant") or value.counted for value in values)
    present = "" if free else " AND ".join(f"({written(item)}) IS NOT NULL" for item in items)
    return Figure(node, call, tuple(tests), atoms | hidden, OF_COUNTS, present, may_be_nobody=True)


def _of_values(node: exp.Expr, call: exp.Anonymous, tests: Sequence[Predicate], scope: Scope) -> Figure:
    name = call.name.lower()
    items = list(call.expressions)
    side = _side(name, items)
    items = items[:1] if name in MIDDLES else items
    if any(isinstance(item, (exp.Distinct, exp.Order)) for item in items) or len(items) != 1 + (name in PAIRS):
        raise SqlRefusedError(f"{written(call)} is not allowed over people; give {name}() plain numbers.")
    values = [_linear(item, scope) for item in items]
    counted = all(value.counted for value in values)
    of_scores = all(value.kind == "score" and value.answers for value in values)
    about: frozenset[Rank] = OF_COUNTS if counted else OF_SCORES if of_scores else frozenset()
    conditions = [*tests, *(p for value in values for p in value.conditions)]
    atoms = {test.text for test in conditions if test.rank not in about}
    atoms.update(name for value in values for name in value.hidden)
    columns = sorted(frozenset().union(*(value.columns for value in values)))
    if not counted and len(columns) > 1:
        atoms.add(f"({' AND '.join(f'{column} IS NOT NULL' for column in scope.texts(columns))})")
    present = " AND ".join(f"({written(item)}) IS NOT NULL" for item in items)
    adding = () if counted else gives(columns, scope, weighed=name in MEANS)
    below = sorted(frozenset().union(*(value.hidden for value in values)))
    adding += (f"({' OR '.join(below)})",) if below else ()
    return Figure(
        node,
        call,
        tuple(tests),
        frozenset(atoms),
        about,
        "" if counted and name not in PAIRS else present,
        gives=adding,
        weighed=any("<> 0" in text for text in adding),
        side=side,
    )


def gives(columns: Sequence[str], scope: Scope, *, weighed: bool) -> tuple[str, ...]:
    """Rows with something to average; of a sum those that are not 0."""
    texts = []
    for column in columns:
        is_summed = weighed and scope.kind(column) == "number"
        texts += [f"{text} {'<> 0' if is_summed else 'IS NOT NULL'}" for text in scope.texts([column])]
    return tuple(texts)


def arguments(call: exp.Expr) -> list[exp.Expr]:
    """What it is called with, also behind DISTINCT."""
    return [part for i in call.expressions for part in (i.expressions if isinstance(i, exp.Distinct) else [i])]


def _linear(item: exp.Expr, scope: Scope) -> Value:
    value = read_value(item, scope)
    if value.kind == "condition":
        raise SqlRefusedError(f"{written(item)} is no number; write count(*) FILTER (WHERE {written(item)}).")
    if value.kind not in ("number", "score", "constant"):
        raise SqlRefusedError(f"{written(item)} is no number that can be averaged or added up; {TOOLS}.")
    if (value.stepped and not value.counted) or value.steps > 2:
        raise SqlRefusedError(
            f"{written(item)} is rounded or computed in too many steps before it is aggregated; aggregate first."
        )
    return value


def _side(name: str, items: Sequence[exp.Expr]) -> float:
    """The share of values below or above, whichever is smaller."""
    if name not in MIDDLES:
        return 1.0
    share = 0.5 if name == "median" else number(items[1]) if len(items) == 2 else None
    if share is None or not 0.05 <= share <= 0.95 or (name == "median" and len(items) != 1):
        raise SqlRefusedError(f"{name}() needs one share from 0.05 to 0.95; the ends are single people's values.")
    return min(share, 1 - share)


# What is asked of the people behind a figure


@dataclass(frozen=True)
class People:
    """How people are counted in a SELECT."""

    person: str
    """The column that tells who it is, as SQL; empty where each row is a person."""
    base: int

    def enough(self, *conditions: str, times: float = 1.0) -> str:
        """At least the base, among the rows that meet the conditions."""
        return f"{self._counted(conditions)} >= {math.ceil(self.base * times)}"

    def nobody_or_enough(self, *conditions: str, times: float = 1.0) -> str:
        """None, or at least the base; rows without a person count as somebody."""
        if not self.person:
            return f"{self._counted(conditions)} NOT BETWEEN 1 AND {math.ceil(self.base * times) - 1}"
        return f"(count(*){_filter(conditions)} = 0 OR {self.enough(*conditions, times=times)})"

    def _counted(self, conditions: Iterable[str]) -> str:
        return f"count({f'DISTINCT {self.person}' if self.person else '*'}){_filter(conditions)}"


def _filter(conditions: Iterable[str]) -> str:
    text = " AND ".join(condition for condition in conditions if condition)
    return f" FILTER (WHERE {text})" if text else ""


def patterns(atoms: Iterable[str], *, grouped: bool = True) -> list[str]:
    """The finest classes into which the conditions cut the rows of a cell; in the first all of them hold.

    With `grouped`, conditions that exclude each other are not asked for together.
    """
    found: list[list[str]] = []
    for group in _groups(sorted(atoms)) if grouped else [[text] for text in atoms]:
        if len(group) == 1:
            found.append([group[0], f"{group[0]} IS NOT TRUE"])
        else:
            found.append([*group, " AND ".join(f"{text} IS NOT TRUE" for text in group)])
    if math.prod(len(options) for options in found) > MAX_PATTERNS:
        raise SqlRefusedError(
            "There are too many different conditions in one SELECT; GROUP BY them, or send two calls."
        )
    return [" AND ".join(choice) for choice in itertools.product(*found)]


def _groups(atoms: Sequence[str]) -> list[list[str]]:
    """Conditions that exclude each other (other values of one column) stand together."""
    by_column: dict[str, list[tuple[str, set[str]]]] = {}
    for text in atoms:
        column, values = _values(fragment(text))
        by_column.setdefault(column or text, []).append((text, values))
    groups: list[list[str]] = []
    for members in by_column.values():
        sets = [values for _, values in members]
        disjoint = all(a.isdisjoint(b) for a, b in itertools.combinations(sets, 2))
        texts = [text for text, _ in members]
        groups += [texts] if disjoint else [[text] for text in texts]
    return groups


def _values(node: exp.Expr) -> tuple[str, set[str]]:
    """The column and the values to which a condition compares it; empty for other conditions."""
    node = node.unnest()
    items = [node.expression] if isinstance(node, exp.EQ) else node.expressions if isinstance(node, exp.In) else []
    literals = [item.unnest() for item in items]
    if literals and isinstance(node.this, exp.Column) and all(isinstance(i, exp.Literal) for i in literals):
        return written(node.this), {item.name for item in literals}
    return "", set()


def fragment(text: str) -> exp.Expr:
    """The expression that `text` is."""
    made: exp.Expr = parse_whole(f"SELECT {text}").expressions[0]
    return made.pop()


def as_it_stands(text: str) -> exp.Expr:
    """SQL made here, put into a tree unread."""
    return exp.Var(this=text)


def both(conditions: Iterable[exp.Expr]) -> exp.Expr:
    """All of them together."""
    return fragment(" AND ".join(f"({written(condition)})" for condition in conditions))
