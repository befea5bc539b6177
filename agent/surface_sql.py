"""What a model may call the columns of its own SQL: names and labels stand in tables, where nobody checks them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlglot import exp

_LONGEST, _WORDS = 40, 4
_CLAIM = re.compile(
    r"nps(?!_?class)|promoter_score|because|caus|due_?to|led_?to|drove|fell|rose|drop|declin|increas|decreas|improv|"
    r"worse|better|effect|impact|significan",
    re.IGNORECASE,
)


def sql_faults(sql: str) -> list[str]:
    """Columns that say more than was computed, and constants that look like figures; [] where it cannot be read."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.errors import SqlglotError

    try:
        tree = sqlglot.parse_one(sql, dialect="duckdb")
    except (SqlglotError, RecursionError):  # the guard refuses it with a reason of its own
        return []
    found = [
        fault for select in tree.find_all(exp.Select) for item in select.expressions for fault in _faults(item, sql)
    ]
    return list(dict.fromkeys(found))


def _faults(item: exp.Expr, sql: str) -> Iterator[str]:
    from sqlglot import exp

    name = item.alias if isinstance(item, exp.Alias) else ""
    if name and (len(name) > _LONGEST or not re.fullmatch(r"[^\W\d][\w ]*", name) or not _digits_known(name, sql)):
        yield f"The column {name[:_LONGEST]!r} needs a plain name: a few words without figures."
    if name and _CLAIM.search(name):
        yield f"The column {name[:_LONGEST]!r} claims something; name what is computed (NPS comes from the tool nps)."
    if isinstance(item.parent, exp.Select) and item.find(exp.Column, exp.Star, exp.Count) is None:
        yield f"{item.sql(dialect='duckdb')[:_LONGEST]!r} is a constant and no figure of the data; leave it out."
    for text in item.find_all(exp.Literal):
        told = text.is_string and not isinstance(
            text.parent, exp.Predicate | exp.In | exp.Between | exp.Cast | exp.Interval
        )
        if told and (len(text.name.split()) > _WORDS or len(text.name) > _LONGEST or _CLAIM.search(text.name)):
            yield f"The label {text.name[:_LONGEST]!r} claims something; a label names a group in a few words."


def _digits_known(name: str, sql: str) -> bool:
    """Digits in a name stand elsewhere in the statement too: share_9_10 of score >= 9."""
    rest = sql.replace(name, " ")
    return all(digits in rest or digits in ("1", "2", "10", "100") for digits in re.findall(r"\d+", name))
