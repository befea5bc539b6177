"""Which columns are further answers or results rather than attributes: holding those fixed would hide an effect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tools.explain.traits import is_rating
from tools.outcome import Outcome
from tools.scope import MISSING, Scope
from warehouse.catalog import Dimension
from warehouse.engine import identifier, quoted
from warehouse.workspace import Warehouse

TWIN = 0.5
"""A column of the survey that explains more of the outcome's variance is taken for the same thing once more."""
OPINION_TWIN = 0.3
"""The same for the NPS, whatever table the column is in: no attribute tells single opinions apart so well."""
SAMPLE = 200_000
STATES = {"true", "false", "yes", "no", "y", "n", "ja", "nein", "t", "f", "0", "1"}
RATING, STATE = "ratings or other answers of the same survey", "yes/no states"
NUMBER, FOLLOWS = "numbers", "following the outcome"


@dataclass(frozen=True)
class Apart:
    """Columns that are left out, each with its reason."""

    reasons: dict[str, str] = field(default_factory=dict)
    sql: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        """`ratings …: ease, speed; yes/no states: renewed`."""
        kinds: dict[str, list[str]] = {}
        for name, kind in self.reasons.items():
            kinds.setdefault(kind, []).append(name)
        return "; ".join(f"{kind}: {_some(names)}" for kind, names in kinds.items())


def survey_answers(
    warehouse: Warehouse, dimensions: Sequence[str], numbers: Sequence[str], rows: Scope, outcome: Outcome
) -> Apart:
    """Of these columns, those that look like answers or results: by their look, or because they follow the outcome."""
    catalog = warehouse.catalog
    reasons = {name: RATING for name in numbers if _is_rating_number(warehouse, name)}
    for name in dimensions:
        kind = looks_like(name, catalog.dimensions[name])
        if kind:
            reasons[name] = kind
    asked = [
        name
        for name in [*dimensions, *numbers]
        if name not in reasons and (outcome.is_nps or _table(warehouse, name) == "responses")
    ]
    if not asked:
        return Apart(reasons)
    found = warehouse.run(_sql(warehouse, asked, [name in numbers for name in asked], rows, outcome))
    limit = OPINION_TWIN if outcome.is_nps else TWIN
    reasons |= {str(name): FOLLOWS for name, *sums in found.rows if _explained(sums) > limit}
    order = [name for name in [*dimensions, *numbers] if name in reasons]
    return Apart({name: reasons[name] for name in order}, [found.sql])


def looks_like(name: str, dimension: Dimension) -> str | None:
    """The reason for which a dimension of the survey is no attribute by its look; None where nothing is against it."""
    if dimension.table != "responses":
        return None
    if {value.strip().lower() for value in dimension.values} <= STATES:
        return STATE
    return RATING if is_rating(name, dimension) else None


def only_numbers(dimension: Dimension) -> bool:
    """True when every value is a number."""
    return all(re.fullmatch(r"[-+]?\d+([.,]\d+)?", value.strip()) for value in dimension.values)


def _is_rating_number(warehouse: Warehouse, name: str) -> bool:
    """Another opinion of the same answer is no cause of it, and may be an effect of the treatment itself."""
    measure = warehouse.catalog.measures[name]
    return measure.table == "responses" and measure.low in (0, 1) and measure.high in range(3, 11)


def _table(warehouse: Warehouse, name: str) -> str:
    catalog = warehouse.catalog
    return catalog.measures[name].table if name in catalog.measures else catalog.dimensions[name].table


def _sql(warehouse: Warehouse, names: Sequence[str], number: Sequence[bool], rows: Scope, outcome: Outcome) -> str:
    """A row a column: the variance of the outcome, the part that the column explains, answers and groups.

    Of large surveys about `SAMPLE` answers are looked at, drawn by the hash of their id.
    """
    y, size = f"({outcome.sql})", warehouse.catalog.tables["responses"].rows
    relation = warehouse.relation([*rows.columns, *outcome.columns, *names, "response_id"])
    drawn = [f"hash(response_id) % {-(-size // SAMPLE)} = 0"] if size > SAMPLE else []
    columns = ", ".join(
        f"{_value(name, own)} AS x{at}" for at, (name, own) in enumerate(zip(names, number, strict=True))
    )
    answers = f"SELECT {y} AS y, {columns} FROM {relation}{rows.sql(f'{y} IS NOT NULL', *drawn)}"
    parts = [_spread(name, f"x{at}", own) for at, (name, own) in enumerate(zip(names, number, strict=True))]
    return f"WITH answers AS MATERIALIZED ({answers}) {' UNION ALL '.join(parts)}"


def _value(name: str, number: bool) -> str:
    column = identifier(name)
    return f"CAST({column} AS DOUBLE)" if number else f"coalesce(CAST({column} AS VARCHAR), {quoted(MISSING)})"


def _spread(name: str, x: str, number: bool) -> str:
    if number:
        return (
            f"SELECT {quoted(name)} AS name, var_pop(y) AS spread, power(corr(y, {x}), 2) * var_pop(y) AS part, "
            f"count(*) AS n, 2 AS groups FROM answers WHERE {x} IS NOT NULL"
        )
    whole = "power(sum(n * mean) / sum(n), 2)"
    own = f"SELECT count(*) AS n, avg(y) AS mean, avg(y * y) AS square FROM answers GROUP BY {x}"
    return (
        f"SELECT {quoted(name)} AS name, sum(n * square) / sum(n) - {whole} AS spread, "
        f"sum(n * mean * mean) / sum(n) - {whole} AS part, sum(n) AS n, count(*) AS groups FROM ({own}) AS own"
    )


def _explained(sums: Sequence[Any]) -> float:
    """Adjusted R²: many values explain much by chance alone."""
    spread, part, answers, groups = (float(value or 0) for value in sums)
    if spread <= 0 or answers <= groups or part != part:
        return 0.0
    return 1 - (1 - part / spread) * (answers - 1) / (answers - groups)


def _some(names: list[str]) -> str:
    return ", ".join(names[:6]) + (f" and {len(names) - 6} more" if len(names) > 6 else "")
