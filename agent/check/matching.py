"""Which facts a figure may be: the same number at the precision shown, in the same unit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agent.check.evidence import Evidence, Known, is_test
from agent.check.figures import Figure, Number

_SHARES = ("share", "share difference")
_COUNTS = ("responses", "customers", "rows", "cells")


def scaled(value: float, unit: str) -> float:
    """A value as it is written: shares in per cent."""
    return 100 * value if unit in _SHARES else value


def same(number: Number, value: float, *, size: bool = False) -> bool:
    """Whether a written number is `value` at the precision shown; `size`: its sign is told in words."""
    if number.places < 0:
        return number.value - number.under - 1e-9 <= value <= number.value + number.over + 1e-9
    if (number.sign == "-" and value > 0) or (number.sign == "+" and value < 0):
        return False
    if not number.sign and value < 0 and not size and round(value, number.places):
        return False
    step = number.round_to or 10.0**-number.places
    written, true = abs(number.value), abs(value)
    if abs(written - true) <= step / 2 * (1 + 1e-9) + 1e-9:
        return True
    shown = round(true, 1)
    return (
        number.places == 0 and not number.round_to and abs(written - shown) <= 0.5 + 1e-9 and abs(true - shown) <= 0.05
    )


def unit_fits(figure: Figure, unit: str) -> bool:
    """Whether a fact's unit may be written with the figure's."""
    if figure.unit == "percent":
        return unit in ("share", "number")
    if figure.unit == "pp":
        return unit in ("share difference", "number")
    if figure.unit == "points":
        return unit in ("points", "share difference", "number", "score")
    return unit not in _SHARES


def candidates(figure: Figure, evidence: Evidence) -> list[Known]:
    """The facts that have the figure's number."""
    if figure.fact is not None:
        known = evidence.by_id.get(figure.fact)
        return [known] if known else []
    key = (figure.role, figure.numbers, figure.unit, figure.below)
    if key not in evidence.candidates:
        tests = {"value": _values, "n": _bases, "p": _chances, "half": _halves}
        evidence.candidates[key] = list(tests.get(figure.role, _intervals)(figure, evidence.known))
    return list(evidence.candidates[key])


def of_value(figure: Figure, evidence: Evidence) -> list[Known]:
    """The facts that have the figure's number, and not only as an end of their interval."""
    found = candidates(figure, evidence)
    if figure.role != "value" or figure.fact is not None:
        return found
    return [known for known in found if not only_end(figure, known)] or found


def only_end(figure: Figure, known: Known) -> bool:
    """Whether the number is an end of the fact's interval and not its value."""
    value = known.number
    return value is None or not same(figure.numbers[0], scaled(value, known.fact.unit), size=is_test(known.fact))


def _values(figure: Figure, known: Iterable[Known]) -> Iterator[Known]:
    number = figure.numbers[0]
    for item in known:
        value, unit = item.number, item.fact.unit
        if value is None or unit == "date":
            continue
        size = is_test(item.fact) or unit == "share difference" or _changes(item.fact.name)
        if unit_fits(figure, unit):
            if same(number, scaled(value, unit), size=size) or (
                unit == "number" and figure.unit in ("percent", "pp") and same(number, 100 * value, size=size)
            ):
                yield item
        elif unit in _SHARES and figure.unit == "plain" and number.places >= 2 and same(number, value, size=size):
            yield item
        if number.places >= 0 and _ends(figure, item):
            yield item


def _changes(name: str) -> bool:
    return bool(re.search(r"difference|change|effect|detectable|step|drift|smallest", name))


def _ends(figure: Figure, item: Known) -> bool:
    """An end of the interval, told alone."""
    low, high, unit = item.fact.low, item.fact.high, item.fact.unit
    if low is None or high is None:
        return False
    sized = is_test(item.fact) and low * high > 0  # "may be as small as 0.8 points"
    fits = unit_fits(figure, unit) or (figure.unit == "plain" and unit in _SHARES and figure.numbers[0].places > 0)
    return fits and any(same(figure.numbers[0], scaled(end, unit), size=sized) for end in (low, high))


def _bases(figure: Figure, known: Iterable[Known]) -> Iterator[Known]:
    number = figure.numbers[0]
    for item in known:
        value = item.number
        if (item.fact.n is not None and same(number, item.fact.n)) or (
            value is not None and item.fact.unit in (*_COUNTS, "number") and same(number, value)
        ):
            yield item


def _chances(figure: Figure, known: Iterable[Known]) -> Iterator[Known]:
    number = figure.numbers[0]
    for item in known:
        value = item.number
        if value is None or item.fact.unit != "p-value":
            continue
        if (figure.below and value < number.value and number.value in (0.05, 0.01, 0.001)) or same(number, value):
            yield item


def _halves(figure: Figure, known: Iterable[Known]) -> Iterator[Known]:
    number = figure.numbers[0]
    for item in known:
        low, high, value = item.fact.low, item.fact.high, item.number
        if low is None or high is None or value is None:
            continue
        sizes = ((high - low) / 2, high - value, value - low)
        if any(same(number, scaled(size, item.fact.unit)) for size in sizes):
            yield item
    yield from _values(
        figure,
        (
            item
            for item in known
            if "margin" in item.fact.name or (item.fact.unit == "points" and item.fact.low is None)
        ),
    )


def _intervals(figure: Figure, known: Iterable[Known]) -> Iterator[Known]:
    low, high = figure.numbers
    if low.sign and not high.sign and low.value > high.value:
        return
    for item in known:
        ends, unit = (item.fact.low, item.fact.high), item.fact.unit
        if (
            ends[0] is None
            or ends[1] is None
            or (figure.unit in ("percent", "pp") and unit not in (*_SHARES, "number"))
        ):
            continue
        if unit in _SHARES and figure.unit == "points":
            continue
        first, last = scaled(ends[0], unit), scaled(ends[1], unit)
        plain = same(low, first) and same(high, last)
        sizes = first < 0 and last < 0 and is_test(item.fact) and not low.sign and not high.sign
        if plain or (sizes and (_turned(low, high, last, first) or _turned(low, high, first, last))):
            yield item


def _turned(low: Number, high: Number, first: float, last: float) -> bool:
    """ "between 12.5 and 16.7 points lower" of [-16.7, -12.5]."""
    return same(low, first, size=True) and same(high, last, size=True)
