"""What an answer may say: the gold, its facts and its tables, and whether a shown figure is one of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from agent.answer import Answer
from evals.cases import Measure
from evals.gold import GoldRows
from evals.scoring.values.bind import HERE, Value
from evals.scoring.values.names import ASIDE, PERIOD, Directory, folded, same
from evals.scoring.values.periods import Span
from evals.scoring.values.reading import Figure
from tools.result import Fact

Kind = Literal["points", "share", "count", "number", "p"]
Part = Literal["value", "end", "n"]

_DIFFERENCE = re.compile(
    r"diff|change|effect|impact|delta|gap|drop|fell|fall|rise|rose|gain|loss|lift|distance|slope|trend|against|"
    r"margin|detectable|per_month|shift",
    re.IGNORECASE,
)
_DOWN = re.compile(
    r"\b(?:fell|fall\w*|drop\w*|declin\w*|decreas\w*|lower\w*|below|down|less|fewer|worse\w*|lost|loss|lose\w*|"
    r"behind|under|slip\w*|shrank|cost|"
    r"sank\w*|gesunken|gefallen|fiel\w*|niedriger|tiefer|unter|weniger|schlechter|rückgang|zurück|verlor\w*|"
    r"cay\w*|baj\w*|menos|"
    r"inferior\w*|por debajo|descen\w*|disminu\w*|peor|perd\w*|caída|hurt|pulls?|drag\w*|against|minus|negativ\w*)\b",
    re.IGNORECASE,
)
_UP = re.compile(
    r"\b(?:rose|rise\w*|rising|gain\w*|increas\w*|higher|above|up|more|better|ahead|grew|grow\w*|climb\w*|"
    r"improv\w*|stieg\w*|gestiegen|höher|über|"
    r"mehr|besser|anstieg|gewann\w*|gewonnen|sub\w*|aument\w*|más|mejor\w*|superior\w*|por encima|lift\w*|added|"
    r"adds)\b",
    re.IGNORECASE,
)
_EITHER = re.compile(
    r"\b(?:apart|difference|gap|distance|between|unterschied|abstand|auseinander|differenz|diferencia|distancia|"
    r"change\w*|moved|veränder\w*|cambi\w*|"
    r"than|als|que|detectable|shown|swing|within|range|size)\b",
    re.IGNORECASE,
)
_SHARE = re.compile(r"%|percent|per cent|share|anteil|prozent|porcentaje|proporci|por ciento", re.IGNORECASE)
_UNITS: Mapping[str, Kind] = {
    "points": "points", "share": "share", "share difference": "share", "responses": "count", "customers": "count",
    "rows": "count", "cells": "count", "p-value": "p", "score": "number", "number": "number",
}  # fmt: skip
_MEASURES: Mapping[Measure, Kind] = {
    "points": "points", "share": "share", "count": "count", "score": "number", "amount": "number", "days": "number",
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A figure that an answer may show."""

    value: float
    kind: Kind
    where: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)
    name: str = ""
    part: Part = "value"
    source: Literal["gold", "fact", "table"] = "fact"
    difference: bool = False
    tolerance: float = 0.0


def known_figures(gold: GoldRows | None, answer: Answer, book: Directory) -> list[Known]:
    """All of them."""
    return [*_of_gold(gold, book), *_of_facts(answer.facts, book), *_of_tables(answer, book)]


def _of_gold(gold: GoldRows | None, book: Directory) -> Iterator[Known]:
    for row in gold.rows if gold else []:
        key = book.key_of(row, gold) if gold else {}
        where = {column: (value,) for column, value in key.items() if value is not None}
        for name, measure in gold.values.items() if gold else []:
            value = row[name]
            if isinstance(value, int | float) and not isinstance(value, bool) and measure in _MEASURES and gold:
                yield Known(
                    float(value),
                    _MEASURES[measure],
                    where,
                    name,
                    source="gold",
                    difference=is_difference(name),
                    tolerance=gold.tolerance,
                )


def is_difference(name: str) -> bool:
    """The name of a figure says that it is a difference, a change or an effect, not a level."""
    return bool(_DIFFERENCE.search(name))


def _of_facts(facts: Iterable[Fact], book: Directory) -> Iterator[Known]:
    for fact in facts:
        where = _where(fact.where, book)
        kind = _UNITS.get(fact.unit)
        if fact.n is not None:
            yield Known(float(fact.n), "count", where, fact.name, "n")
        if kind is None or not isinstance(fact.value, int | float):
            continue
        apart = is_difference(fact.name) or fact.unit == "share difference"
        for sign, about in [(1, where), *((-1, one) for one in _from_the_other_side(fact, book) if apart)]:
            yield Known(sign * float(fact.value), kind, about, fact.name, difference=apart)
            for end in (fact.low, fact.high):
                if end is not None:
                    yield Known(sign * end, kind, about, fact.name, "end", difference=apart)


def _from_the_other_side(fact: Fact, book: Directory) -> list[dict[str, tuple[Value, ...]]]:
    """What is 5 points lower than X is what X is 5 points higher than."""
    return [
        {one.column: (one.value,)}
        for one in book.mentions(fact.where.get("against", ""))
        if one.column in fact.where and one.column != PERIOD
    ]


def _where(told: Mapping[str, str], book: Directory) -> dict[str, tuple[Value, ...]]:
    made: dict[str, tuple[Value, ...]] = {}
    for column, value in told.items():
        mentions = book.mentions(value)
        if column not in ASIDE and column not in (PERIOD, "test"):
            whole = folded(value).strip()
            made[column] = tuple(dict.fromkeys([whole, *whole.split(" or ")]))
        for one in mentions:
            counts = PERIOD in (one.column, column) or column in ASIDE or one.value == folded(value).strip()
            if counts and one.value not in made.get(one.column, ()):
                made[one.column] = (*made.get(one.column, ()), one.value)
    return _with_aliases(made, book)


def _with_aliases(where: dict[str, tuple[Value, ...]], book: Directory) -> dict[str, tuple[Value, ...]]:
    """The gold's own name of a column, and what "not A" is in a column of two values, count as well."""
    made = dict(where)
    for column, values in where.items():
        meant = [
            book.names.opposite[value][1] for value in values if isinstance(value, str) and value in book.names.opposite
        ]
        made[column] = (*made[column], *meant)
        if column in book.names.alias:
            known = book.names.alias[column]
            made[known] = (*made.get(known, ()), *made[column])
    return made


def _of_tables(answer: Answer, book: Directory) -> Iterator[Known]:
    for table in answer.tables:
        title = {one.column: (one.value,) for one in book.mentions(table.title)} if len(table.rows) == 1 else {}
        for row in table.rows:
            where: dict[str, tuple[Value, ...]] = dict(title)
            for column, cell in zip(table.columns, row, strict=True):
                if column.unit == "text" and isinstance(cell, str):
                    for one in book.in_cell(column.name, cell):
                        where[one.column] = (one.value,)
            for column, cell in zip(table.columns, row, strict=True):
                kind = _UNITS.get(column.unit)
                if kind and isinstance(cell, int | float) and not isinstance(cell, bool):
                    part: Part = "end" if re.search(r"low|high", column.name) else "value"
                    yield Known(float(cell), kind, where, column.name, part, "table", is_difference(column.name))


def fits(figure: Figure, known: Known, around: str, *, strict: bool = False, whole: bool = False) -> bool:
    """The figure is the known one at the rounding that is shown.

    `strict`: with a decimal, where the known figure has any; `whole`: whole points and percent are enough all the same.
    """
    if not _kinds_fit(figure, known, around) or (
        figure.role == "main" and known.part == "end" and not _tells_end(around)
    ):
        return False
    return any(
        _reading_fits(figure, value, places, known, around, strict and not whole) for value, places in figure.readings
    )


def _tells_end(around: str) -> bool:
    """The words just before or after the figure speak of a limit."""
    before, _, after = around.partition(HERE)
    near = re.split(r"[()\[\];,]|\. ", before)[-1] + " " + (re.split(r"[()\[\];,.]", after)[0] if after else "")
    return bool(
        re.search(
            r"interval|intervall|confid|konf|confi|\bci\b|\bki\b|\bic\b|low|high|bound|limit|grenze|límite|"
            r"at least|at most|up to|as much|as little|"
            r"mindestens|höchstens|bis zu|al menos|hasta|between|zwischen|entre|could|könnte|podría|range|reach|±",
            near,
            re.IGNORECASE,
        )
    )


def _kinds_fit(figure: Figure, known: Known, around: str) -> bool:
    kind = known.kind
    if figure.role == "p":
        return kind == "p"
    if figure.role == "n" or figure.unit == "count":
        return kind in ("count", "number")
    if figure.unit == "percent":
        return kind == "share" or (kind == "number" and bool(_SHARE.search(known.name)))
    if figure.unit == "points":
        return kind in ("points", "number")
    if kind == "share" and abs(figure.value) > 1:
        return not figure.signed and bool(_SHARE.search(around))
    return True


def _reading_fits(figure: Figure, value: float, places: int, known: Known, around: str, strict: bool) -> bool:
    target, slack = known.value, known.tolerance
    if known.kind == "share" and (figure.unit == "percent" or abs(value) > 1):
        if figure.unit != "percent" and places == 0:
            return False
        target, slack = 100 * target, 100 * slack
    elif known.kind == "share":
        places -= 2 if strict else 0
    if known.kind in ("count",) and not slack:
        return places == 0 and value == target
    exact = abs(value - target) < 1e-9 or (
        places == 0 and abs(abs(value) - abs(target)) < 1e-9 and float(target).is_integer()
    )
    if places <= 0 and not exact and (strict or not _may_be_whole(figure, known)):
        return False
    half = 0.5 * 10.0 ** -(
        max(places, 0)
        if known.kind != "share" or figure.unit == "percent" or abs(value) > 1
        else places + (2 if strict else 0)
    )
    if abs(value - target) <= half + slack + 1e-6:
        return not (known.difference and not figure.signed and value > 0 and _is_contradicted(target, around))
    return (
        not figure.signed
        and known.difference
        and abs(value - abs(target)) <= half + slack + 1e-6
        and _direction_fits(target, around)
    )


def _may_be_whole(figure: Figure, known: Known) -> bool:
    if figure.unit in ("points", "percent") or figure.signed or figure.role == "interval":
        return True
    return known.kind in ("points", "number") and figure.role in ("main", "difference")


def _direction_fits(target: float, around: str) -> bool:
    """A difference without a sign needs a word that says which way, or that it is only a distance."""
    before, _, after = around.partition(HERE)
    way = _DOWN if target < 0 else _UP
    if _is_contradicted(target, around):
        return False
    return bool(
        way.search(before[-60:]) or way.search(after[:35]) or _EITHER.search(before[-25:]) or _EITHER.search(after[:20])
    )


def _is_contradicted(target: float, around: str) -> bool:
    """The words just after say that it goes the other way: "5 points lower" of what is 5 points higher."""
    before, _, after = around.partition(HERE)
    way, other = (_DOWN, _UP) if target < 0 else (_UP, _DOWN)
    return bool(other.search(after[:16])) and not way.search(before[-60:] + after[:35])


def agrees(bound: Mapping[str, tuple[Value, ...]], known: Known, columns: Iterable[str] | None = None) -> bool:
    """Nothing that the figure is told of speaks against the known one."""
    return all(
        any(_meets(one, other) for one in values for other in known.where[column])
        for column, values in bound.items()
        if column in known.where and (columns is None or column in columns)
    )


def _meets(one: Value, other: Value) -> bool:
    if isinstance(one, Span) and isinstance(other, Span):
        return one.meets(other)
    return one == other


def exactly(bound: Mapping[str, tuple[Value, ...]], known: Known) -> bool:
    """The known figure is of all that the figure is told of; columns may have other names."""
    about = [other for values in known.where.values() for other in values]
    return all(any(same(one, other) for one in values for other in about) for values in bound.values())
