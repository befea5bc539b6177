"""Who could have answered: the customers of the customers table, or the survey's own rows without a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from tools.cells import grouped_by
from tools.scope import MISSING, Axis, Scope, Where, axes, beside_calendar, scope
from tools.stats.clusters import design_effect
from tools.stats.counts import Counts
from tools.stats.weighting import UnitSums
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError, NpsError
from warehouse.scores import BLANK
from warehouse.workspace import Warehouse

Kind = Literal["customers", "invitations"]
INVITED_FROM = 0.25
"""From this share of rows without a score on, the survey file is read as a list of invitations."""
KNOWN_FROM = 0.9
"""Share of the unanswered rows in which a dimension must be filled, or it is known only of those who answered."""
EXPECTED = 5.0
"""Answers expected of a category from which on it is no accident that there are none (e^-5 is below 1 %)."""
MAX_VALUES = 60
MAX_CELLS = 100_000
OTHER = "(others together)"
_SUMS = ("units", "n", "s", "ss", "sn", "nn", "yy", "ys", "promoters", "detractors")


@dataclass
class Base:
    """Units that could have answered; `units` is a relation of them with k0, k1, … and n, s, p, d of their answers."""

    kind: Kind
    axes: list[Axis]
    rows: Scope
    units: str
    size: int = 0
    answered: int = 0
    answers: int = 0
    scored: int = 0
    """Scored answers of the filter and period, in the base or not."""
    counts: Counts = field(default_factory=lambda: Counts(0, 0, 0))
    effect: float = 1.0
    """Design effect of the plain NPS."""
    rate_effect: float = 1.0
    """Design effect of the response rate."""
    margins: list[dict[str, tuple[int, int]]] = field(default_factory=list)
    """For each axis {value: (units, of which answered)}."""
    sql: list[str] = field(default_factory=list)
    counted: int = 1
    """Which of the statements made the counts."""
    notes: list[str] = field(default_factory=list)

    @property
    def telling(self) -> list[int]:
        """Positions of the dimensions that have two values in the base, and not too many."""
        return [at for at, margin in enumerate(self.margins) if 1 < len(margin) <= MAX_VALUES]

    def unheard(self) -> dict[int, list[str]]:
        """Categories of which nobody answered though several would have at everybody's rate: {axis: values}."""
        rate = self.answered / self.size if self.size else 0.0
        found: dict[int, list[str]] = {}
        for at in self.telling:
            for value, (size, answered) in sorted(self.margins[at].items()):
                if not answered and size * rate >= EXPECTED:
                    found.setdefault(at, []).append(value)
        return found

    @property
    def repeated(self) -> bool:
        """True when a unit holds several answers."""
        return self.answers > self.answered


def find_base(warehouse: Warehouse, by: list[str], where: Where, period: str | None, wanted: Kind | None) -> Base:
    """The base by rule (see docs/methods.md), counted along each of its dimensions."""
    kind = wanted or _by_rule(warehouse)
    make = _customers if kind == "customers" else _invitations
    base = make(warehouse, by, where, period)
    if base.rows.period is not None:
        beside_calendar(base.rows, base.axes)
    _count(warehouse, base)
    if kind == "invitations":
        _clusters(warehouse, base)
    return base


def _by_rule(warehouse: Warehouse) -> Kind:
    rows, without, blank = _unanswered(warehouse)
    if rows == without:
        raise MissingDataError("There are no scored answers in this data, so nobody can be said to have answered.")
    if blank >= INVITED_FROM * rows:
        return "invitations"
    if _linked(warehouse):
        return "customers"
    few = f"{without:,} of {rows:,} rows without a score are too few to be the invitations that were not answered"
    raise MissingDataError(
        f"Response bias needs to know who could have answered, and {few if without else 'this data does not tell'}: "
        "load a customers file with the survey's customer_id, or a survey file that also lists the invited "
        f"without a score{' (if this one does, say base = invitations)' if without else ''}."
    )


def _unanswered(warehouse: Warehouse) -> tuple[int, int, int]:
    """Rows, rows without a score, and how many of the latter were simply blank."""
    counted = warehouse.run("SELECT count(*), count(*) - count(score) FROM responses").rows[0]
    blank = sum(reason.rows for reason in warehouse.quality.unscored if reason.reason == BLANK)
    return int(counted[0]), int(counted[1]), blank


def _linked(warehouse: Warehouse) -> bool:
    tables = warehouse.catalog.tables
    return "customers" in tables and _column(warehouse, "responses", "customer_id") is not None


def _column(warehouse: Warehouse, table: Literal["responses", "customers"], role: str) -> str | None:
    columns = warehouse.catalog.tables[table].columns.items()
    return next((name for name, column in columns if column.role == role), None)


def _customers(warehouse: Warehouse, by: list[str], where: Where, period: str | None) -> Base:
    """All customers of the period, each with the sum of the answers given in it."""
    if not _linked(warehouse):
        raise MissingDataError(
            "There is no customers table that the answers can be matched with; load a customers file with customer_id."
        )
    shown = _customer_columns(warehouse)
    split = axes(warehouse, by) if by else _customer_axes(warehouse, shown)
    filtered, timed = scope(warehouse, where), scope(warehouse, {}, period)
    unknown = [c for c in [*filtered.columns, *(c for axis in split for c in axis.columns)] if c not in shown]
    if unknown:
        raise NpsError(
            f"{unknown[0]!r} is known only of those who answered, not of the customer base; choose among "
            f"{', '.join(shown) or 'no column: the customers table has none to split by'}."
        )
    dated, notes = _membership(warehouse, timed)
    columns = "".join(f", c.{identifier(own)} AS {identifier(name)}" for name, own in shown.items())
    everybody = f"SELECT c.customer_id AS _npsight_customer{columns} FROM customers c{_where(dated)}"
    keys = "".join(f", {axis.sql} AS k{at}" for at, axis in enumerate(split))
    members = f"SELECT _npsight_customer AS customer{keys} FROM ({everybody}) AS everybody{filtered.sql()}"
    x, scored = _x(warehouse), timed.sql("score IS NOT NULL", "customer_id IS NOT NULL")
    answers = (
        f"SELECT CAST(customer_id AS VARCHAR) AS customer, count(*) AS n, sum({x}) AS s, "
        f"count(CASE WHEN {x} > 0 THEN 1 END) AS p, count(CASE WHEN {x} < 0 THEN 1 END) AS d "
        f"FROM responses{scored} GROUP BY 1"
    )
    keys = "".join(f"m.k{at}, " for at in range(len(split)))
    sums = ", ".join(f"coalesce(a.{name}, 0) AS {name}" for name in "nspd")
    units = f"SELECT {keys}{sums} FROM ({members}) AS m LEFT JOIN ({answers}) AS a ON a.customer = m.customer"
    whole = scope(warehouse, where, period)
    base = Base("customers", split, whole, units, notes=notes)
    relation = warehouse.relation(whole.columns)
    scores = warehouse.run(f"SELECT count(*) FROM {relation}{whole.sql('score IS NOT NULL')}")
    base.sql.append(scores.sql)
    base.scored = int(scores.rows[0][0])
    return base


def _customer_columns(warehouse: Warehouse) -> dict[str, str]:
    """The customers table's dimensions and dates as the cohorts call them → their own names."""
    catalog = warehouse.catalog
    known = {name for name, dimension in catalog.dimensions.items() if dimension.table == "customers"}
    known |= {name for name, time in catalog.times.items() if time.table == "customers"}
    shown = {}
    for name in catalog.tables["customers"].columns:
        seen_as = next((text for text in (name, f"{name} (customers)") if text in known), None)
        if seen_as is not None:
            shown[seen_as] = name
    return shown


def _customer_axes(warehouse: Warehouse, shown: dict[str, str]) -> list[Axis]:
    """Also those with one value among the answers: the others may have kept silent."""
    dimensions = warehouse.catalog.dimensions
    return axes(warehouse, [n for n in shown if n in dimensions and len(dimensions[n].values) <= MAX_VALUES])


def _membership(warehouse: Warehouse, timed: Scope) -> tuple[list[str], list[str]]:
    """Who was a customer in the period, as far as dates tell."""
    span = warehouse.catalog.times.get("responded_at")
    start = timed.period.start if timed.period and timed.period.start else span.first if span else None
    end = timed.period.end if timed.period and timed.period.end else span.last if span else None
    joined, churned = (_column(warehouse, "customers", role) for role in ("joined_at", "churned_at"))
    conditions, words = [], []
    if joined and end:
        held = f"c.{identifier(joined)}"
        conditions.append(f"({held} IS NULL OR CAST({held} AS DATE) <= DATE '{end}')")
        words.append(f"had joined by {end} ({joined})")
    if churned and start:
        held = f"c.{identifier(churned)}"
        conditions.append(f"({held} IS NULL OR CAST({held} AS DATE) >= DATE '{start}')")
        words.append(f"had not left before {start} ({churned})")
    if words:
        return conditions, [
            f"The base is the customers who {' and '.join(words)}; a missing date counts as being in it."
        ]
    return [], ["The base is every row of the customers table: no date says who had joined or left."]


def _invitations(warehouse: Warehouse, by: list[str], where: Where, period: str | None) -> Base:
    """Every row of the survey file; a row without a score is an invitation without an answer."""
    rows, without, blank = _unanswered(warehouse)
    if without in (0, rows):
        every = "Every row of the survey has a score" if not without else "No row of the survey has a score"
        raise MissingDataError(f"{every}, so it cannot be a list of invitations, some answered and some not.")
    whole = scope(warehouse, where, period)
    if period is not None:
        _need_dated_invitations(warehouse, where, period)
    split = axes(warehouse, by) if by else _invitation_axes(warehouse)
    x = _x(warehouse)
    keys = "".join(f"{axis.sql} AS k{at}, " for at, axis in enumerate(split))
    figures = ", ".join(
        f"{value} AS {name}"
        for name, value in (
            ("n", "CASE WHEN score IS NOT NULL THEN 1 ELSE 0 END"),
            ("s", x),
            ("p", f"CASE WHEN {x} > 0 THEN 1 ELSE 0 END"),
            ("d", f"CASE WHEN {x} < 0 THEN 1 ELSE 0 END"),
        )
    )
    relation = warehouse.relation([*whole.columns, *(column for axis in split for column in axis.columns)])
    units = f"SELECT {keys}{figures} FROM {relation}{whole.sql()}"
    notes = ["Each row of the survey counts as an invitation, and a row without a score as one that was not answered."]
    if without < INVITED_FROM * rows:
        notes.append(
            "Few rows are without a score: in most surveys these are people who left that question out, and whoever "
            "never opened the survey is not in the file at all."
        )
    if blank < without:
        notes.append(f"{without - blank:,} rows without a score held something else that is none, such as -1 or 11.")
    return Base("invitations", split, whole, units, notes=notes)


def _need_dated_invitations(warehouse: Warehouse, where: Where, period: str) -> None:
    everything = scope(warehouse, where)
    relation = warehouse.relation(everything.columns)
    dated = warehouse.run(
        f"SELECT count(*), count(responded_at) FROM {relation}{everything.sql('score IS NULL')}"
    ).rows[0]
    if int(dated[1]) < KNOWN_FROM * int(dated[0]):
        raise MissingDataError(
            f"The rows without a score carry no date, so that nobody can say who was invited in {period}; "
            "leave the period out."
        )


def _invitation_axes(warehouse: Warehouse) -> list[Axis]:
    """Dimensions that are filled for those who did not answer as well."""
    dimensions = warehouse.catalog.dimensions
    names = [name for name, dimension in dimensions.items() if len(dimension.values) <= MAX_VALUES]
    found = axes(warehouse, names)
    filled = ", ".join(f"avg(CASE WHEN {axis.sql} <> {quoted(MISSING)} THEN 1.0 ELSE 0.0 END)" for axis in found)
    relation = warehouse.relation([column for axis in found for column in axis.columns])
    shares = warehouse.run(f"SELECT {filled} FROM {relation} WHERE score IS NULL").rows[0] if found else ()
    return [axis for axis, share in zip(found, shares, strict=True) if float(share or 0) >= KNOWN_FROM]


def _clusters(warehouse: Warehouse, base: Base) -> None:
    """What several invitations of one customer do to the variances; rows without a customer stand for themselves."""
    if _column(warehouse, "responses", "customer_id") is None:
        return
    per = f"SELECT count(*) AS k, count(score) AS a, sum({_x(warehouse)}) AS s FROM "
    relation = warehouse.relation(base.rows.columns)
    known = f"{per}{relation}{base.rows.sql('customer_id IS NOT NULL')} GROUP BY customer_id"
    alone = f"{per}{relation}{base.rows.sql('customer_id IS NULL')} GROUP BY response_id"
    sums = ", ".join(f"sum({one} * {other})" for one, other in ("aa", "ak", "kk", "ss", "sa"))
    people = "count(*), count(CASE WHEN a > 0 THEN 1 END)"
    found = warehouse.run(f"SELECT {people}, {sums} FROM ({known} UNION ALL {alone}) AS people")
    base.sql.append(found.sql)
    asked, answering, aa, ak, kk, ss, sa = (int(value or 0) for value in found.rows[0])
    if base.answered:
        rate = Counts(base.answered, base.size - base.answered, 0)
        base.rate_effect = design_effect(aa, ak, kk, rate, asked)
        base.effect = design_effect(ss, sa, aa, base.counts, answering)


def _count(warehouse: Warehouse, base: Base) -> None:
    """The whole, and each dimension by itself."""
    both = "count(*), count(CASE WHEN n > 0 THEN 1 END)"
    sums = "sum(n), sum(s), sum(p), sum(d), sum(s * s), sum(s * n), sum(n * n)"
    parts = [f"SELECT -1 AS axis, NULL AS value, {both}, {sums} FROM units"]
    empty = ", ".join(["0"] * 7)
    parts += [f"SELECT {at}, k{at}, {both}, {empty} FROM units GROUP BY k{at}" for at in range(len(base.axes))]
    sql = f"WITH units AS MATERIALIZED ({base.units}) {' UNION ALL '.join(parts)}"
    found = warehouse.run(sql, rows=MAX_CELLS)
    base.sql.append(found.sql)
    base.counted = len(base.sql)
    base.margins = [{} for _axis in base.axes]
    for axis, value, *figures in found.rows:
        size, answered, n, _s, p, d, ss, sn, nn = (int(figure or 0) for figure in figures)
        if axis >= 0:
            base.margins[axis][value] = (size, answered)
            continue
        base.size, base.answered, base.answers, base.counts = size, answered, n, Counts(p, n - p - d, d)
        if base.kind == "customers" and n:
            base.effect = design_effect(ss, sn, nn, base.counts, answered)
            if base.scored > n:
                base.notes.append(
                    f"{base.scored - n:,} scored answers of people who are not in that base are left out, "
                    "so its NPS can differ from the one of all answers."
                )


def cell_sums(
    warehouse: Warehouse, base: Base, kept: dict[int, set[str]]
) -> tuple[list[list[str]], NDArray[Any], UnitSums]:
    """Cells of the dimensions in `kept` (position → values with a name of their own; others are pooled).

    Returns the categories of each cell by dimension, the units of each cell, and the sums over those that answered.
    """
    keys: list[str] = []
    for at, values in kept.items():
        listed = ", ".join(quoted(value) for value in sorted(values))
        keys.append(f"CASE WHEN k{at} IN ({listed}) THEN k{at} ELSE '{OTHER}' END AS c{len(keys)}, ")
    y = "s * 1.0 / n"
    sums = (
        "count(CASE WHEN n > 0 THEN 1 END), sum(n), sum(s), sum(s * s), sum(s * n), sum(n * n), "
        f"sum(CASE WHEN n > 0 THEN {y} * {y} END), sum(CASE WHEN n > 0 THEN {y} * s END), "
        "sum(CASE WHEN n > 0 THEN p * 1.0 / n END), sum(CASE WHEN n > 0 THEN d * 1.0 / n END)"
    )
    names = "".join(f"c{at}, " for at in range(len(keys)))
    inner = f"SELECT {''.join(keys)}n, s, p, d FROM ({base.units})"
    sql = f"SELECT {names}count(*), {sums} FROM ({inner}) AS units{grouped_by(len(keys))}"
    found = warehouse.run(sql, rows=MAX_CELLS)
    if found.truncated:
        raise NpsError(f"These dimensions make more than {MAX_CELLS:,} cells together; name fewer with by.")
    base.sql.append(found.sql)
    width = len(keys)
    rows = sorted(found.rows, key=lambda row: tuple(map(str, row[:width])))
    figures = np.array([[float(value or 0) for value in row[width:]] for row in rows])
    categories = [[row[at] for row in rows] for at in range(width)]
    return categories, figures[:, 0], UnitSums(**{name: figures[:, 1 + at] for at, name in enumerate(_SUMS)})


def count_unheard(warehouse: Warehouse, base: Base, unheard: dict[int, list[str]]) -> int:
    """Units that are in one or more of these categories."""
    parts = (f"k{at} IN ({', '.join(quoted(value) for value in values)})" for at, values in unheard.items())
    found = warehouse.run(f"SELECT count(*) FROM ({base.units}) AS units WHERE {' OR '.join(parts)}")
    base.sql.append(found.sql)
    return int(found.rows[0][0])


def pooled(margin: dict[str, tuple[int, int]], smallest: int, which: int) -> set[str]:
    """Values that reach `smallest` units (which = 0) or answers (1); the others make up one that reaches it too."""
    order: Sequence[str] = sorted(margin, key=lambda value: (margin[value][which], value))
    small = [value for value in order if margin[value][which] < smallest]
    rest = [value for value in order if value not in small]
    while small and rest and (len(small) < 2 or sum(margin[value][which] for value in small) < smallest):
        small.append(rest.pop(0))
    return set(rest)


def _where(conditions: list[str]) -> str:
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""


def _x(warehouse: Warehouse) -> str:
    scale = warehouse.catalog.scale
    return f"CASE WHEN score >= {scale.promoter_from} THEN 1 WHEN score <= {scale.detractor_to} THEN -1 ELSE 0 END"
