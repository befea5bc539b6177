"""Which columns can be drivers: what kind each is, how it is coded, and which are left out with a reason."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from tools.explain.ordered import Coding, ordered_codes, plain_words
from tools.result import Model
from tools.scope import Scope
from warehouse.catalog import Catalog, Dimension, Measure
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError, UnknownNameError
from warehouse.roles import words_of
from warehouse.workspace import Warehouse

Kind = Literal["rating", "measure", "two values", "category"]
MAX_VALUES = 12
MAX_CANDIDATES = 60
_ORDER: dict[Kind, int] = {"rating": 0, "measure": 1, "two values": 2, "category": 3}
_SAME_QUESTION = re.compile(
    r"\bnps\b|net promoter|\brecommend|promoter|detractor|\bltr\b|weiterempf|empfehl|recomend|recommand"
)
_AFTERWARDS = re.compile(r"\bchurn|\bcancell?ed|\bcancell?ation|\bterminat|\battrition|kündig|gekündigt")
_AFTER_VALUES = frozenset({"churned", "cancelled", "canceled", "terminated", "gekündigt"})
_CLASS_VALUES = frozenset({"promoter", "promoters", "detractor", "detractors"})
_CODES = re.compile(
    r"\b(?:id|code|zip|postal|postcode|plz|region|store|branch|site|team|group|cluster|segment|cohort|wave|version"
    r"|year|quarter|month|week|day|type|class|category)\b"
)
_COUNTS = re.compile(
    r"\b(?:number|count|num|qty|quantity|visits|orders|sessions|messages|tickets|referrals|children|age|tenure|months"
    r"|years|days|users|seats|items|size|calls|logins)\b"
)
_RATED = re.compile(r"\brat(?:ed|ing|ings)\b|satisf|\bquality\b|\bease\b|\bstars?\b|\bcsat\b|\bces\b|bewertung|zufried")
_YES = frozenset({"yes", "true", "1", "y", "t", "ja", "oui", "si", "sí"})


class LeftOut(Model):
    """A column that is no driver here."""

    column: str
    reason: str = Field(description="Why, as a clause.")


@dataclass(frozen=True)
class Candidate:
    """A column that may be a driver."""

    name: str
    kind: Kind
    sql: str
    """A number for each answer, for a category its text; NULL where there is none."""
    low: float | None = None
    """Ends of a rating's scale."""
    high: float | None = None
    coding: str | None = None
    """How its texts were numbered."""
    named: bool = False


def follows_from_the_opinion(name: str) -> bool:
    """True where the name says that the column repeats the score's question or came after the answer."""
    words = words_of(name)
    return bool(_SAME_QUESTION.search(words) or _AFTERWARDS.search(words))


def known_afterwards(name: str, values: Iterable[str]) -> bool:
    """True where a column's name or values say that it repeats the score or followed from the opinion."""
    held = {plain_words(value) for value in values}
    return follows_from_the_opinion(name) or bool(held & (_CLASS_VALUES | _AFTER_VALUES))


def find_candidates(warehouse: Warehouse, names: Sequence[str], rows: Scope) -> tuple[list[Candidate], list[LeftOut]]:
    """The columns named, or all that can be drivers: ratings first, then numbers, then small dimensions."""
    catalog = warehouse.catalog
    left_out: list[LeftOut] = []
    chosen = [_known(catalog, name) for name in names] or _all(catalog, rows)
    found: list[Candidate] = []
    for name in dict.fromkeys(chosen):
        reason = _reason(catalog, name, rows, bool(names))
        if reason:
            left_out.append(LeftOut(column=name, reason=reason))
        else:
            found.append(_candidate(catalog, name, bool(names)))
    found.sort(key=lambda item: _ORDER[item.kind])
    left_out += [
        LeftOut(column=item.name, reason=f"more than {MAX_CANDIDATES} columns could be drivers; name it to have it in")
        for item in found[MAX_CANDIDATES:]
    ]
    return found[:MAX_CANDIDATES], left_out


def need_candidates(found: Sequence[Candidate], left_out: Sequence[LeftOut]) -> None:
    """Refuse a question without a driver, saying what kind of column is needed."""
    if found:
        return
    why = "; ".join(f"{item.column}: {item.reason}" for item in left_out[:4])
    told = f" ({why})" if why else ""
    raise MissingDataError(
        f"There is no column that could be a driver{told}; load ratings of parts of the experience (1-5, or agree to "
        "disagree), numbers such as usage, or attributes with few values."
    )


def _known(catalog: Catalog, name: str) -> str:
    every = [*catalog.dimensions, *catalog.measures]
    if name in every:
        return name
    for known in every:
        words = [*_synonyms(catalog, known), known]
        if name.lower() in (word.lower() for word in words):
            return known
    raise UnknownNameError("driver", name, every)


def _synonyms(catalog: Catalog, name: str) -> list[str]:
    holder: Dimension | Measure | None = catalog.dimensions.get(name) or catalog.measures.get(name)
    return holder.synonyms if holder else []


def _all(catalog: Catalog, rows: Scope) -> list[str]:
    """Everything that answers can be split by or averaged over, each column once."""
    names = dict.fromkeys([*catalog.dimensions, *catalog.measures])
    if "tenure" in catalog.dimensions and "tenure_days" in catalog.measures:
        names.pop("tenure")  # its bands
    return [name for name in names if name not in rows.where]


def _reason(catalog: Catalog, name: str, rows: Scope, named: bool) -> str | None:
    """Why a column is no driver, as far as its name and values tell."""
    values = {plain_words(value) for value in catalog.dimensions[name].values} if name in catalog.dimensions else set()
    words = words_of(name)
    if values & _CLASS_VALUES or (_SAME_QUESTION.search(words) and not named):
        return "it asks what the score asks, under another name"
    if not named and (_AFTERWARDS.search(words) or values & _AFTER_VALUES):
        return "it is known only after the answer, so it follows from the opinion rather than shaping it"
    if name in rows.where:
        return "the filter holds it to one value"
    if name not in catalog.dimensions:
        return None
    if len(values) < 2:
        return "it has only one value"
    if len(values) > MAX_VALUES and _number_values(catalog.dimensions[name]) is None:
        return f"it has more than {MAX_VALUES} values; compare them with `nps` by {name}"
    return None


def _candidate(catalog: Catalog, name: str, named: bool) -> Candidate:
    column = identifier(name)
    if name not in catalog.dimensions:
        ends = _rated(name, catalog.measures[name])
        return _number(name, ends, named)
    dimension = catalog.dimensions[name]
    numbers = _number_values(dimension)
    if len(dimension.values) == 2:
        return _two_values(name, dimension, named)
    if numbers and not _CODES.search(words_of(name)):
        return _number(name, _scale(name, numbers), named)
    coding = ordered_codes(dimension.values) if numbers is None else None
    if coding is not None:
        return Candidate(name, "rating", _case(column, coding), coding.low, coding.high, coding.text, named)
    return Candidate(name, "category", f"CAST({column} AS VARCHAR)", named=named)


def _number(name: str, ends: tuple[float, float] | None, named: bool) -> Candidate:
    low, high = ends or (None, None)
    sql = f"TRY_CAST({identifier(name)} AS DOUBLE)"
    return Candidate(name, "rating" if ends else "measure", sql, low, high, named=named)


def _two_values(name: str, dimension: Dimension, named: bool) -> Candidate:
    """1 for yes, else for the rarer value."""
    rarer = min(dimension.values, key=lambda value: (dimension.values[value], value))
    one = next((value for value in dimension.values if value.strip().lower() in _YES), rarer)
    other = next(value for value in dimension.values if value != one)
    held = f"CAST({identifier(name)} AS VARCHAR)"
    sql = f"CASE WHEN {held} = {quoted(one)} THEN 1 WHEN {held} IS NOT NULL THEN 0 END"
    return Candidate(name, "two values", sql, 0, 1, f"{one} against {other}", named)


def _case(column: str, coding: Coding) -> str:
    steps = " ".join(f"WHEN {quoted(value)} THEN {code}" for value, code in coding.codes.items())
    return f"CASE CAST({column} AS VARCHAR) {steps} END"


def _number_values(dimension: Dimension) -> list[float] | None:
    """The values as numbers, three of them or more; None where they are none."""
    try:
        found = sorted(float(value) for value in dimension.values)
    except ValueError:
        return None
    return found if len(found) >= 3 and all(math.isfinite(number) for number in found) else None


def _rated(name: str, measure: Measure) -> tuple[float, float] | None:
    """The ends of the scale of a number with many values that its name calls a rating."""
    low, high = measure.low, measure.high
    if low is None or high is None or low < 0 or high > 100 or not _RATED.search(words_of(name)):
        return None
    return (1.0 if low >= 1 and high <= 10 else 0.0), next(end for end in (5.0, 7.0, 10.0, 100.0) if high <= end)


def _scale(name: str, numbers: list[float]) -> tuple[float, float] | None:
    """The ends of the scale of which these are the ratings; none for counts and other numbers."""
    low, high = numbers[0], numbers[-1]
    whole = all(number == int(number) for number in numbers)
    if not whole or low < 0 or high > 10 or _COUNTS.search(words_of(name)) or len(numbers) < 0.6 * (high - low + 1):
        return None
    bottom = 0.0 if low == 0 else 1.0
    top = next(end for end in (3.0, 4.0, 5.0, 7.0, 10.0) if high <= end)
    return bottom, top
