"""Which conditions over people's rows are allowed, and which of them could single somebody out.

Import it inside functions only: it loads sqlglot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot import exp

from warehouse.errors import SqlRefusedError
from warehouse.guard.expressions import read_value
from warehouse.guard.parser import written
from warehouse.guard.people import COMPARED, TESTS, TOOLS, Predicate, Rank, Scope, Value, bare, conjuncts

EQUAL = (exp.EQ, exp.NullSafeEQ)
RANGES = (exp.GT, exp.GTE, exp.LT, exp.LTE)
COMPARISONS = (*EQUAL, exp.NEQ, exp.NullSafeNEQ, *RANGES)
PATTERNS = (exp.Like, exp.ILike, exp.SimilarTo, exp.RegexpLike, exp.Glob)
DAY = re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[ T](?:00:00(?::00(?:\.0+)?)?|23:59(?::59(?:\.9+)?)?))?")
DAY_UNITS = frozenset(("DAY", "WEEK", "MONTH", "QUARTER", "YEAR"))
MIXED = "joins conditions of which one can single somebody out by OR or NOT; join conditions by AND"


def read_conditions(node: exp.Expr, scope: Scope) -> list[Predicate]:
    """The conditions that AND joins, each with its rank; refused where one may not stand."""
    return [_predicate(part, scope) for part in conjuncts(node)]


def _predicate(node: exp.Expr, scope: Scope) -> Predicate:
    node = bare(node)
    if isinstance(node, (exp.Or, exp.And)):
        return _compound(node, [_predicate(part, scope) for part in _parts(node)])
    if isinstance(node, exp.Not):
        return _negated(node, _predicate(node.this, scope))
    if isinstance(node, (exp.Boolean, exp.Null)):
        return Predicate(node, "plain")
    if isinstance(node, exp.Column):
        return _flag(node, scope)
    rank, values = _ranked(node, scope)
    if any(value.hidden for value in values) and rank not in ("answer", "said"):
        rank = "single"
    return Predicate(node, rank, frozenset().union(*(value.reads for value in values)))


def _parts(node: exp.Expr) -> list[exp.Expr]:
    node = bare(node)
    if isinstance(node, (exp.Or, exp.And)):
        return [part for side in (node.left, node.right) for part in _parts(side)]
    return [node]


def _compound(node: exp.Expr, parts: list[Predicate]) -> Predicate:
    columns = frozenset().union(*(part.columns for part in parts))
    ranks = {part.rank for part in parts}
    if "single" in ranks and len(columns) > 1:
        raise SqlRefusedError(f"{written(node)} {MIXED}.")
    same = len(columns) <= 1 or ranks == {"answer"}  # of several columns only score and class are alike
    return Predicate(node, ranks.pop() if same and len(ranks) == 1 else "single", columns)


def _negated(node: exp.Expr, inner: Predicate) -> Predicate:
    about_null = isinstance(inner.node, exp.Is) and isinstance(inner.node.expression, exp.Null)
    kept = about_null or inner.rank in ("answer", "said") or not inner.columns
    return Predicate(node, inner.rank if kept else "single", inner.columns)


def _flag(node: exp.Column, scope: Scope) -> Predicate:
    """A column that is true or false."""
    value = scope.column(node)
    if value.kind not in ("dimension", "label", "condition"):
        raise SqlRefusedError(f"{node.name!r} is no condition; compare it with a value.")
    return Predicate(node, "plain" if value.kind == "dimension" else "single", value.columns)


def _ranked(node: exp.Expr, scope: Scope) -> tuple[Rank, list[Value]]:
    if isinstance(node, COMPARISONS):
        return _compared(node, scope)
    if isinstance(node, exp.Is):
        return _is(node, scope)
    if isinstance(node, exp.In):
        return _in(node, scope)
    if isinstance(node, exp.Between):
        value = read_value(node.this, scope)
        ends = [node.args["low"], node.args["high"]]
        _require_constants(node, ends, scope)
        return _against(node, value, ends, equal=False), [value]
    if isinstance(node, PATTERNS):
        return _pattern(node, [node.this, node.expression], scope)
    if isinstance(node, exp.Anonymous) and node.name.lower() in TESTS:
        return _pattern(node, list(node.expressions), scope)
    raise SqlRefusedError(f"{written(node)} may not stand as a condition over people; {TOOLS}.")


def _compared(node: exp.Binary, scope: Scope) -> tuple[Rank, list[Value]]:
    left, right = read_value(node.left, scope), read_value(node.right, scope)
    if left.kind == right.kind == "constant":
        return "plain", []
    if right.kind == "constant" or left.kind == "constant":
        value, against = (left, node.right) if right.kind == "constant" else (right, node.left)
        rank = _against(node, value, [against], equal=isinstance(node, EQUAL))
        return ("single" if isinstance(node, (exp.NEQ, exp.NullSafeNEQ)) and rank == "plain" else rank), [value]
    if left.kind not in COMPARED or right.kind not in COMPARED:
        raise SqlRefusedError(f"{written(node)} compares what tells people apart; join tables by customer_id only.")
    return "single", [left, right]


def _is(node: exp.Is, scope: Scope) -> tuple[Rank, list[Value]]:
    value = read_value(node.this, scope)
    if not isinstance(node.expression, exp.Null):
        inner = value.conditions[0].rank if value.kind == "condition" and len(value.conditions) == 1 else "single"
        return (inner if inner in ("answer", "said") else "single"), [value]
    if value.kind in ("class", "text"):
        return ("answer" if value.kind == "class" else "said"), [value]
    is_plain = value.kind in ("score", "dimension", "time") and not value.changed
    return ("plain" if is_plain else "single"), [value]


def _in(node: exp.In, scope: Scope) -> tuple[Rank, list[Value]]:
    if node.args.get("query") or isinstance(node.this.unnest(), exp.Tuple):
        raise SqlRefusedError("IN with a subquery or a tuple is not allowed over people; join a table of customers.")
    value = read_value(node.this, scope)
    _require_constants(node, node.expressions, scope)
    return _against(node, value, node.expressions, equal=True), [value]


def _require_constants(node: exp.Expr, items: Iterable[exp.Expr], scope: Scope) -> None:
    if any(read_value(item, scope).kind != "constant" for item in items):
        raise SqlRefusedError(f"{written(node)} needs values written out.")


def _against(node: exp.Expr, value: Value, constants: list[exp.Expr], *, equal: bool) -> Rank:
    """The rank of a comparison with written values."""
    if value.kind in ("person", "id"):
        raise SqlRefusedError(f"{written(node)} picks single rows by their id; choose people by dimensions and dates.")
    if value.kind == "text":
        if any(constant.unnest().name for constant in constants):
            raise SqlRefusedError(
                f"{written(node)} reads a free text; it may be counted, tested for NULL or '' and measured by length()."
            )
        return "said"
    if value.kind in ("class", "score"):
        return "answer"
    if value.kind == "dimension":
        return "plain" if equal and not value.changed else "single"
    if value.kind == "time":
        whole_days = value.stepped or (
            not (equal or value.changed) and all(_is_day(constant) for constant in constants)
        )
        return "plain" if whole_days else "single"
    return "single"


def _is_day(constant: exp.Expr) -> bool:
    """Whether a moment is a whole day, and so no way to tell people apart."""
    return all(_is_whole(node) for node in constant.walk())


def _is_whole(node: exp.Expr) -> bool:
    if isinstance(node, exp.Interval):
        return str(node.args.get("unit") or "").upper().rstrip("S") in DAY_UNITS
    if isinstance(node, exp.Subquery):
        return False  # the first or last moment is somebody's
    if not isinstance(node, exp.Literal) or not node.is_string or isinstance(node.parent, exp.Interval):
        return True
    return bool(DAY.fullmatch(node.name)) or node.name.upper().rstrip("S") in DAY_UNITS


def _pattern(node: exp.Expr, operands: list[exp.Expr], scope: Scope) -> tuple[Rank, list[Value]]:
    values = [read_value(operand, scope) for operand in operands]
    if any(value.kind == "text" for value in values):
        raise SqlRefusedError(f"{written(node)} searches free text; use themes or quotes for what people said.")
    if any(value.kind not in ("dimension", "class", "label", "constant") for value in values):
        raise SqlRefusedError(f"{written(node)} searches in something that is no dimension; {TOOLS}.")
    return "single", values
