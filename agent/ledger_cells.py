"""Which answers a fact tells of, read from its cell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import Field

from tools.result import Fact, Model, Result
from tools.scope import MISSING, PERIOD, dated_sql
from warehouse.catalog import Catalog
from warehouse.errors import NpsError
from warehouse.periods import parse_period

CLASS = "nps_class"
_FIGURES = frozenset(["points", "share", "share difference", "score", "responses", "customers", "number"])
_BESIDE = {
    *("against", "test", "limits", "score", "of", "dimension", "method", "covariate", "driver", "step", "reference"),
    *("control", "before", "event_date", "placebo_date", "source", "compared", "groups", "with"),
}
"""Parts of a cell that say what was computed, not of whom."""
_LEVELS = {"nps_level": "nps", "nps_of_shown_cells": "nps"}
"""Other names of one figure."""
_NO_LEVEL = re.compile(r"_per_(?:day|week|month|quarter|year)$|^smallest_|detectable|^spread_|_step$|_trend$")
"""Slopes, steps and what could have been found: no sums over the answers of their cell."""
_TIME_SPLIT = re.compile(r"(.+):(?:day|week|month|quarter|year)")
Days = tuple[dt.date | None, dt.date | None]


class Told(Model):
    """Answers of which figures were told: those that all of this holds for."""

    values: dict[str, list[str]] = Field(default_factory=dict)
    """Dimensions (or nps_class, or `expression` of SQL) with the values that count."""
    excluded: dict[str, list[str]] = Field(default_factory=dict)
    """All answers but those that have these values in all of these dimensions."""
    days: Days | None = None
    """First and last day; None leaves an end open."""
    conditions: list[str] = Field(default_factory=list)
    """Conditions of free SQL."""
    bases: list[int] = Field(default_factory=list)
    """The n that were told for it; empty where none was."""

    @property
    def key(self) -> str:
        """The same for the same answers."""
        plain = {name: sorted(values) for name, values in sorted(self.values.items())}
        but = {name: sorted(values) for name, values in sorted(self.excluded.items())}
        return f"{plain}|{but}|{self.days}|{sorted(self.conditions)}"

    def within(self, other: Told) -> bool:
        """True when everything that holds for `other` surely holds for this too."""
        if not all(set(self.values.get(name, ["*"])) <= {*values} for name, values in other.values.items()):
            return False
        if not set(other.conditions) <= set(self.conditions) or other.excluded not in ({}, self.excluded):
            return False
        if other.days is None:
            return True
        return self.days is not None and _inside(self.days, other.days)


def _inside(days: Days, wide: Days) -> bool:
    starts = wide[0] is None or (days[0] is not None and days[0] >= wide[0])
    return starts and (wide[1] is None or (days[1] is not None and days[1] <= wide[1]))


class Loose(Model):
    """A figure of which only the base is known to be its own: about a theme, customers, an age."""

    name: str
    """The figure with what else its cell says."""
    cell: Told
    n: int


def read_result(catalog: Catalog, arguments: Mapping[str, Any], result: Result) -> Iterator[tuple[str, Told, bool]]:
    """For every fact with a base: its name, the answers of its cell, and whether the cell says nothing else."""
    for fact, cell, rest in read_facts(catalog, arguments, result):
        yield f"{_LEVELS.get(fact.name, fact.name)}{sorted(rest.items()) if rest else ''}", cell, not rest


def read_facts(
    catalog: Catalog, arguments: Mapping[str, Any], result: Result
) -> Iterator[tuple[Fact, Told, dict[str, str]]]:
    """Every fact with a base, the answers of its cell, and what else the cell says."""
    for fact in result.facts:
        if fact.value is None or not fact.n or fact.unit not in _FIGURES or _NO_LEVEL.search(fact.name):
            continue
        cell, rest = read_cell(catalog, arguments, fact)
        if rest is not None:
            cell.bases = [fact.n]
            yield fact, cell, rest


def read_cell(catalog: Catalog, arguments: Mapping[str, Any], fact: Fact) -> tuple[Told, dict[str, str] | None]:
    """The answers that a cell holds, and what of it cannot be read; None where that is a pooled rest."""
    cell, rest = Told(), dict[str, str]()
    for name, text in fact.where.items():
        known = _values_of(catalog, name)
        if known is not None:
            values, negated = read_values(text, known)
            if values is None:
                return cell, None
            (cell.excluded if negated else cell.values)[name] = values
        elif name == PERIOD or (name == "time" and text in ("before", "after")):
            days = _days(catalog, text if name == PERIOD else arguments.get(text))
            if days is None:
                rest[name] = text
            else:
                cell.days = days
        elif (joined := _dated(catalog, name, text)) is not None:
            cell.conditions.append(joined)
        elif name not in _BESIDE:
            rest[name] = text
    return cell, rest


def _dated(catalog: Catalog, name: str, text: str) -> str | None:
    """The condition on another date than the answer's; None where the name is of none, or the text no period."""
    if name not in catalog.times or name in catalog.dimensions or catalog.as_of is None:
        return None
    try:
        periods = [None if part == MISSING else parse_period(part, as_of=catalog.as_of) for part in text.split(" or ")]
    except NpsError:
        return None
    return f"({' OR '.join(dated_sql(name, period) for period in periods)})"


def _values_of(catalog: Catalog, name: str) -> Iterable[str] | None:
    """The values of a dimension; an empty list for a calendar split, whose labels are not listed."""
    if name in catalog.dimensions:
        return [*catalog.dimensions[name].values, MISSING]
    if name == CLASS:
        return ["promoter", "passive", "detractor"]
    split = _TIME_SPLIT.fullmatch(name)
    return [] if split and split[1] in catalog.times else None


def read_values(text: str, known: Iterable[str]) -> tuple[list[str] | None, bool]:
    """`A or B` as its values and whether it says `not`; None where it names no known value."""
    listed = set(known)
    if not listed:
        return [text], False
    for told, negated in ((text, False), (text.removeprefix("not "), text.startswith("not "))):
        if told in listed:
            return [told], negated
        values = _parted(told.split(" or "), listed)
        if values:
            return values, negated
    return None, False


def _parted(words: list[str], known: set[str]) -> list[str] | None:
    """The words joined again where a value holds an `or` of its own."""
    if not words:
        return []
    for size in range(1, len(words) + 1):
        value = " or ".join(words[:size])
        rest = _parted(words[size:], known) if value in known else None
        if rest is not None:
            return [value, *rest]
    return None


def _days(catalog: Catalog, text: object) -> Days | None:
    if catalog.as_of is None or not isinstance(text, str):
        return None
    try:
        period = parse_period(text, as_of=catalog.as_of)
    except NpsError:
        return None
    return period.start, period.end
