"""What an expression over people's rows is; refused where that is not known.

Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlglot import exp

from warehouse.errors import SqlRefusedError
from warehouse.guard.functions import words
from warehouse.guard.parser import written
from warehouse.guard.people import (
    CONSTANT,
    NUMBERS,
    TESTS,
    TEXTS,
    TOOLS,
    Kind,
    Predicate,
    Scope,
    Value,
    bare,
    is_aggregate,
    number,
)

LARGEST = 10_000.0
STEPS = frozenset(("floor", "ceil", "ceiling", "round", "round_even", "trunc"))
WORDS = words(
    "lower upper lcase ucase trim ltrim rtrim left right substring substr concat concat_ws replace split_part"
)
DAY_PARTS = words(
    """year years month months quarter quarters week weeks weekofyear day days dayofmonth dayofweek isodow weekday dow
    doy dayofyear dayname monthname yearweek isoyear last_day decade century"""
)
LONG_STEPS = frozenset(("year", "month", "quarter", "week", "day", "hour", "minute", "second"))
CONSTANT_CALLS = frozenset(("date_trunc", "datetrunc", "make_date", "last_day", "to_days", "to_weeks", "to_months"))
DAY_FORMAT = re.compile(r"(?:%-?[YyGmBbdjWVUuwAa]|[^%])*")
NUMBER_TYPES = frozenset(("DOUBLE", "FLOAT", "INT", "BIGINT", "SMALLINT", "TINYINT", "DECIMAL", "UINT", "HUGEINT"))


def read_value(node: exp.Expr, scope: Scope) -> Value:
    """What the expression is; refused where that is not known."""
    from warehouse.guard.conditions import read_conditions

    node = bare(node)
    if isinstance(node, exp.Column):
        return scope.column(node)
    if isinstance(node, (exp.Literal, exp.Null, exp.Boolean, exp.Interval)) or number(node) is not None:
        return CONSTANT
    if is_aggregate(node) and scope.figure is not None:
        return scope.figure(node)
    if isinstance(node, exp.Subquery):
        return _moment(node, scope)
    for types, read in _READERS:
        if isinstance(node, types):
            return read(node, scope)
    if isinstance(node, exp.Anonymous):
        return _call(node, scope)
    return _joined("condition", [], conditions=tuple(read_conditions(node, scope)))


def _joined(kind: Kind, parts: list[Value], **changes: object) -> Value:
    """A value made of `parts`."""
    found = Value(
        kind,
        stepped=any(part.stepped for part in parts),
        whole=False,
        counted=all(part.counted for part in parts),
        changed=True,
        columns=frozenset().union(*(part.columns for part in parts)),
        answers=all(part.answers for part in parts),
        conditions=tuple(predicate for part in parts for predicate in part.conditions),
        hidden=frozenset().union(*(part.hidden for part in parts)),
        steps=sum(part.steps for part in parts),
    )
    return replace(found, **changes)  # type: ignore[arg-type]


def _arithmetic(node: exp.Binary, scope: Scope) -> Value:
    left, right = read_value(node.left, scope), read_value(node.right, scope)
    if left.kind == right.kind == "constant":
        return CONSTANT
    if isinstance(node, (exp.Add, exp.Sub)) and left.kind == "time" and right.kind == "constant":
        return replace(left, changed=True)
    _require_numbers(node, left, right)
    scaled = isinstance(node, (exp.Mul, exp.Div))
    for side, value in ((node.left, left), (node.right, right)):
        if value.kind == "constant" and not _is_modest(side):
            raise SqlRefusedError(
                f"{written(side)} is too large or small to compute with here; keep to 0.0001 to 10,000."
            )
    by_column = right.kind != "constant" and (left.kind != "constant" or isinstance(node, exp.Div))
    if scaled and by_column and not (isinstance(node, exp.Div) and _is_count(node.right)):
        raise SqlRefusedError(
            f"{written(node)} can single somebody out; multiply and divide columns by plain numbers only."
        )
    kind: Kind = "score" if {left.kind, right.kind} <= {"score", "constant"} else "number"
    step = isinstance(node, (exp.IntDiv, exp.Mod))
    whole = _joined(kind, [left, right])
    return replace(whole, stepped=whole.stepped or step, steps=whole.steps + scaled)


def _is_count(node: exp.Expr) -> bool:
    """A number of rows, which is at least 1 where it is not 0."""
    node = node.unnest()
    if isinstance(node, exp.Anonymous) and node.name.lower() == "nullif":
        node = node.expressions[0].unnest()
    call = node.this if isinstance(node, exp.Filter) else node
    return isinstance(call, exp.Anonymous) and call.name.lower() == "count"


def _is_modest(node: exp.Expr) -> bool:
    value = number(node)
    return value is not None and (value == 0 or 1 / LARGEST <= abs(value) <= LARGEST)


def _require_numbers(node: exp.Expr, *values: Value) -> None:
    if any(value.kind not in NUMBERS for value in values):
        raise SqlRefusedError(f"{written(node)} computes with something that is no number; {TOOLS}.")


def _negative(node: exp.Expr, scope: Scope) -> Value:
    value = read_value(node.this, scope)
    _require_numbers(node, value)
    return replace(value, changed=True)


def _cast(node: exp.Expr, scope: Scope) -> Value:
    value, to = read_value(node.this, scope), node.args["to"].this.name
    if value.kind == "constant":
        return CONSTANT
    if value.kind == "condition":
        return replace(value, kind="number", counted=True)
    if value.kind == "time":
        return replace(value, changed=True, stepped=value.stepped or to == "DATE")
    if value.kind in ("number", "score") and to in NUMBER_TYPES:
        return replace(value, changed=True, stepped=value.stepped or to != "DOUBLE")
    if to in ("TEXT", "VARCHAR"):
        return replace(value, changed=True)
    if value.kind in ("dimension", "label") and to in NUMBER_TYPES:
        if not isinstance(node, exp.TryCast):
            raise SqlRefusedError(f"{written(node)} fails on a value that is no number; write TRY_CAST.")
        return replace(value, kind="number", changed=True)
    raise SqlRefusedError(f"{written(node)} is not allowed over people; {TOOLS}.")


def _case(node: exp.Expr, scope: Scope) -> Value:
    from warehouse.guard.conditions import read_conditions

    tests: list[exp.Expr] = []
    results: list[exp.Expr] = []
    for branch in node.args["ifs"] if isinstance(node, exp.Case) else [node]:
        test = exp.EQ(this=node.this.copy(), expression=branch.this.copy()) if _is_switch(node) else branch.this
        tests.append(test)
        results.append(branch.args.get("true") or exp.null())
    other = node.args.get("default") or node.args.get("false")
    if other is not None:
        results.append(other)
    values = [read_value(result, scope) for result in results]
    return _chosen(results, values, tuple(p for test in tests for p in read_conditions(test, scope)))


def _is_null(node: exp.Expr) -> bool:
    return isinstance(bare(node), exp.Null)


def _is_switch(node: exp.Expr) -> bool:
    return isinstance(node, exp.Case) and node.this is not None


def _chosen(results: list[exp.Expr], values: list[Value], conditions: tuple[Predicate, ...]) -> Value:
    """One of several values, by conditions."""
    kinds = {value.kind for value in values} - {"constant"}
    texts = any(isinstance(result.unnest(), exp.Literal) and result.unnest().is_string for result in results)
    if not kinds:
        by_answers = all(test.rank == "answer" for test in conditions)
        kind: Kind = "number" if not texts else "class" if by_answers else "label"
    elif kinds <= {"number", "score"}:
        kind = "score" if kinds == {"score"} else "number"
    elif kinds <= set(TEXTS):
        kind = "label"
    elif len(kinds) == 1:
        kind = kinds.pop()
        if kind == "person" and any(
            v.kind == "constant" and not _is_null(r) for r, v in zip(results, values, strict=True)
        ):
            raise SqlRefusedError("An id may not be replaced by another value.")
    else:
        raise SqlRefusedError(f"A CASE gives values of different kinds ({', '.join(sorted(kinds))}); give one kind.")
    counted = all(value.counted for value in values) and kind not in ("label", "class")
    found = _joined(kind, values, counted=counted)
    return replace(
        found,
        conditions=(*conditions, *found.conditions),
        answers=found.answers and all(predicate.rank != "single" for predicate in conditions),
    )


def _extract(node: exp.Expr, scope: Scope) -> Value:
    return _part(node.this.name.lower(), read_value(node.expression, scope), node)


def _part(unit: str, value: Value, node: exp.Expr) -> Value:
    if value.kind == "constant":
        return CONSTANT
    if value.kind != "time":
        raise SqlRefusedError(f"{written(node)} needs a date; {TOOLS}.")
    return replace(value, kind="time" if unit in DAY_PARTS else "label", stepped=True, changed=True)


def _text(node: exp.Expr, scope: Scope) -> Value:
    values = [read_value(side, scope) for side in node.iter_expressions()]
    return _words(node, values)


def _words(node: exp.Expr, values: list[Value]) -> Value:
    if all(value.kind == "constant" for value in values):
        return CONSTANT
    kinds = {value.kind for value in values} - {"constant"}
    if kinds <= {"text"}:
        return _joined("text", values, counted=False)  # of use only in a test against ''
    if not kinds <= {*TEXTS, "time", "score"} or any(v.kind == "time" and not v.stepped for v in values):
        raise SqlRefusedError(f"{written(node)} would take a person's text or value apart; {TOOLS}.")
    return _joined("label" if kinds != {"dimension"} else "dimension", values, counted=False)


def _moment(node: exp.Subquery, scope: Scope) -> Value:
    """`(SELECT max(responded_at) FROM responses)`: the span of the dates is known anyway."""
    select = node.this
    plain = isinstance(select, exp.Select) and {k for k, v in select.args.items() if v} == {"expressions", "from_"}
    item = select.expressions[0].unalias().unnest() if plain and len(select.expressions) == 1 else None
    table = select.args["from_"].this if plain else None
    if isinstance(item, exp.Anonymous) and item.name.lower() in ("min", "max") and isinstance(table, exp.Table):
        kinds = scope.moments.get(table.name.lower(), {})
        column = item.expressions[0] if len(item.expressions) == 1 else None
        if isinstance(column, exp.Column) and kinds.get(column.name.lower()) == "time":
            return CONSTANT
    raise SqlRefusedError(
        "A subquery inside an aggregate SELECT is not allowed (but (SELECT max(responded_at) FROM responses)); "
        "join a table of one row a customer, or send two calls."
    )


def _call(node: exp.Anonymous, scope: Scope) -> Value:
    name = node.name.lower()
    if is_aggregate(node):
        raise SqlRefusedError(f"{name}() may not stand here; aggregate once per SELECT, over a table of customers.")
    if name in ("coalesce", "ifnull"):
        values = [read_value(item, scope) for item in node.expressions]
        return _chosen(list(node.expressions), values, ())
    if name in ("date_diff", "datediff", "date_sub", "datesub"):
        return _difference(node, scope)
    if name in ("date_trunc", "datetrunc", "date_part", "datepart"):
        return _part(node.expressions[0].name.lower(), read_value(node.expressions[1], scope), node)
    values = [read_value(item, scope) for item in node.expressions]
    return _plain_call(node, name, values, scope)


def _plain_call(node: exp.Anonymous, name: str, values: list[Value], scope: Scope) -> Value:
    from warehouse.guard.conditions import read_conditions

    moved = [value for value in values if value.kind != "constant"]
    if not moved and name in (CONSTANT_CALLS | STEPS | WORDS):
        return CONSTANT
    if name == "nullif" and len(values) == 2 and number(node.expressions[1]) == 0:
        return replace(values[0], changed=True)
    if name == "nullif" and len(values) == 2 and values[1].kind == "constant":
        same = exp.EQ(this=node.expressions[0].copy(), expression=node.expressions[1].copy())
        tests = (*values[0].conditions, *read_conditions(same, scope))
        return replace(_joined(values[0].kind, values), conditions=tests)
    if name in TESTS:
        return _joined("condition", [], conditions=tuple(read_conditions(node, scope)))
    if name in ("length", "len", "strlen", "char_length") and len(values) == 1 and values[0].kind in (*TEXTS, "text"):
        return replace(values[0], kind="number", changed=True, answers=False)
    if name in STEPS and moved and values[0].kind in NUMBERS and len(moved) == 1:
        return replace(values[0], stepped=True, changed=True)
    if name in DAY_PARTS and len(values) == 1:
        return _part(name, values[0], node)
    if name == "strftime" and len(moved) == 1 and moved[0].kind == "time":
        pattern = next((item.name for item in node.expressions if isinstance(item, exp.Literal)), "%H")
        return replace(moved[0], kind="time" if DAY_FORMAT.fullmatch(pattern) else "label", stepped=True, changed=True)
    if name == "time_bucket" and len(moved) == 1 and moved[0].kind == "time":
        return replace(moved[0], stepped=True, changed=True)
    if name in WORDS:
        return _words(node, values)
    raise SqlRefusedError(f"{name}() is not allowed over people's rows; {TOOLS}.")


def _difference(node: exp.Anonymous, scope: Scope) -> Value:
    unit, *times = node.expressions
    values = [read_value(time, scope) for time in times]
    if unit.name.lower().rstrip("s") not in LONG_STEPS or any(v.kind not in ("time", "constant") for v in values):
        raise SqlRefusedError(f"{written(node)} needs two dates and a unit from second to year.")
    return _joined("number", values, counted=False, stepped=False)


_Reader = Callable[[Any, Scope], Value]
_READERS: list[tuple[tuple[type[exp.Expr], ...], _Reader]] = [
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod), _arithmetic),
    ((exp.Neg,), _negative),
    ((exp.Cast, exp.TryCast), _cast),
    ((exp.Case, exp.If), _case),
    ((exp.Extract,), _extract),
    ((exp.DPipe, exp.Trim, exp.Substring), _text),
]
