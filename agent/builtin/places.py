"""Dimensions and values of a question: what it splits by, what it filters to, which groups it compares."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from agent.builtin.frame import Refusal, Values
from agent.builtin.lexicon import Entry, is_flag
from agent.builtin.reading import Mention, Reading
from warehouse.catalog import Catalog

_NEAR = 2
"""How many tokens may stand between a dimension and the value that belongs to it ("plan is Starter")."""


@dataclass
class Places:
    """Where in the data a question looks."""

    by: list[str] = field(default_factory=list)
    where: Values = field(default_factory=dict)
    group: Values = field(default_factory=dict)
    against: Values = field(default_factory=dict)
    measure: str | None = None
    measures: list[str] = field(default_factory=list)
    """All the numbers that are named, the first of which is `measure`."""
    outcome: str | None = None
    """A yes/no column named by what it counts: conversion."""
    event: str | None = None
    known: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    """Columns that can be averaged."""
    negated: bool = False
    """True when a value is left out."""


@dataclass
class _Value:
    dimension: str
    value: str
    mention: Mention
    negated: bool


def find_places(reading: Reading, catalog: Catalog) -> Places:
    """Resolve dimensions and values; Refusal when a name could be several things."""
    places = Places(known=list(catalog.dimensions), numbers=list(catalog.measures))
    events = reading.of("event")
    if events:
        places.event = events[0].entries[0].name
    measures = reading.of("measure")
    places.measures = _unique([m.entries[0].name for m in measures])
    places.measure = places.measures[0] if measures else None
    dimensions = reading.of("dimension")
    for mention in reading.of("outcome"):
        if any("split" in m.signs and m.last == mention.first - 1 for m in reading.mentions):
            dimensions = [*dimensions, Mention(mention.first, mention.last, mention.text, entries=_as_split(mention))]
        else:
            places.outcome = mention.entries[0].name
    columns = [m for m in reading.of("value") if _means_column(m, reading)]
    dimensions = [*dimensions, *columns]
    flags = [m for m in dimensions if _is_flag_value(m, reading)]
    named = [m for m in reading.of("value") if m not in columns]
    values = [_choose(m, reading, dimensions) for m in [*named, *flags]]
    values.sort(key=lambda value: value.mention.first)
    values += _numeric_values(reading, dimensions, catalog)
    dimensions = _averaged(reading, catalog, dimensions, places)
    absorbed = [m for m in dimensions if m in flags or _belongs_to_value(m, values, reading)]
    _refuse_passing_words([m for m in dimensions if m not in absorbed], reading, catalog)
    asked = [m for m in dimensions if m not in absorbed]
    places.by = _unique([name for m in asked for name in (_several(m, reading) or [_dimension(m, values)])])
    places.by += [f"{m.entries[0].name}:month" for m in reading.of("date")]
    _assign(reading, catalog, values, places)
    places.negated = any(value.negated for value in values)
    for name in {value.dimension for value in values if value.negated}:
        if any(not value.negated for value in values if value.dimension == name):
            raise Refusal(
                "declined", f"I cannot take some values of {name} and leave out others at once; name one kind."
            )
    return places


def _as_split(mention: Mention) -> list[Entry]:
    return [Entry("dimension", entry.name) for entry in mention.entries]


def _averaged(reading: Reading, catalog: Catalog, dimensions: list[Mention], places: Places) -> list[Mention]:
    """The dimensions without the one (of numbers) that the question wants the average of."""
    if not reading.has("average") or places.measure:
        return dimensions
    for mention in dimensions:
        cued = any("split" in m.signs and m.last == mention.first - 1 for m in reading.mentions)
        if not cued and mention.entries[0].name in catalog.measures:
            places.measure = mention.entries[0].name
            places.measures = [places.measure]
            return [other for other in dimensions if other is not mention]
    return dimensions


def _refuse_passing_words(dimensions: list[Mention], reading: Reading, catalog: Catalog) -> None:
    """ "the score of the trainings" does not ask for a split by CompleteTraining: a part of a name needs a cue."""
    cues: tuple[str, ...] = (
        "split",
        "each",
        "rank",
        "worst",
        "best",
        "compare",
        "higher",
        "lower",
        "outliers",
        "whom",
        "why",
    )
    cues += ("ask_drivers", "ask_matched", "alike", "impact")
    for mention in dimensions:
        which = any("which" in m.signs and m.last == mention.first - 1 for m in reading.mentions)
        if mention.entries[0].strength < 3 and not which and not reading.has(*cues):
            raise Refusal("clarify", f"What does {mention.text!r} mean in this data?", list(catalog.dimensions)[:12])


def _unique(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _is_flag_value(mention: Mention, reading: Reading) -> bool:
    """ "admins" stands for is_admin = 1, unless the question splits by it."""
    if not any(entry.kind == "value" for entry in mention.entries):
        return False
    before = [m for m in reading.mentions if m.last == mention.first - 1]
    if any(sign in ("split", "each") for m in before for sign in m.signs):
        return False
    return not _means_column(mention, reading)


def _means_column(mention: Mention, reading: Reading) -> bool:
    """ "The York branch", "all branches", where branch is a contact channel too: the column, not that channel."""
    columns = {entry.name for entry in mention.entries if entry.kind == "dimension"}
    values = [entry for entry in mention.entries if entry.kind == "value"]
    if not columns - {entry.name for entry in values} or not values:
        return False
    near = [m for m in reading.mentions if -_NEAR <= m.first - mention.last <= _NEAR and m is not mention]
    if any(entry.kind == "dimension" and entry.name == values[0].name for m in near for entry in m.entries):
        return False  # "the branch channel"
    beside = any(entry.kind == "value" and entry.name in columns for m in near for entry in m.entries)
    told = mention.text.lower()
    plural = told.endswith("s") and not (values[0].value or "").lower().endswith("s")
    cued = {"which", "worst", "best", "rank", "compare", "split", "each"}
    return beside or plural or any(cued & set(m.signs) and m.last in _just_before(mention, reading) for m in near)


def _just_before(mention: Mention, reading: Reading) -> set[int]:
    """The place right before it, or one further where a word that says nothing stands between: "by bank branch"."""
    between = any(m.first <= mention.first - 1 <= m.last for m in reading.mentions)
    return {mention.first - 1} if between else {mention.first - 1, mention.first - 2}


def _choose(mention: Mention, reading: Reading, dimensions: list[Mention]) -> _Value:
    entries = [entry for entry in mention.entries if entry.kind == "value"]
    names = {entry.name for entry in entries}
    if len(names) > 1:
        named = {entry.name for m in dimensions for entry in m.entries if entry.kind == "dimension"} & names
        if len(named) == 1:
            entries = [entry for entry in entries if entry.name in named]
        else:
            raise Refusal(
                "clarify",
                f"{mention.text!r} is a value of {' and of '.join(sorted(names))}. Which one do you mean?",
                [f"{mention.text} as {name}" for name in sorted(names)],
            )
    values = {entry.value for entry in entries}
    if len(values) > 1:
        options = sorted(str(value) for value in values)
        raise Refusal("clarify", f"{mention.text!r} fits {' and '.join(options)}. Which one do you mean?", options)
    entry = entries[0]
    return _Value(entry.name, entry.value or "", mention, _negated(mention, reading))


def _negated(mention: Mention, reading: Reading) -> bool:
    before = [m for m in reading.mentions if mention.first - _NEAR <= m.last < mention.first]
    return mention.left_out or any("not" in m.signs and not m.left_out for m in before)


def _numeric_values(reading: Reading, dimensions: list[Mention], catalog: Catalog) -> list[_Value]:
    """ "teacher rating 5": a number right after a dimension that has it as a value."""
    found = []
    for number in list(reading.of("number")):
        before = [m for m in dimensions if number.first - _NEAR <= m.last < number.first]
        if not before:
            continue
        entry = before[-1].entries[0]
        called = [v for v in catalog.dimensions[entry.name].values if _is_number(v, number.text)]
        if len(called) == 1:
            found.append(_Value(entry.name, called[0], number, _negated(before[-1], reading)))
            reading.mentions.remove(number)
    return found


def _is_number(value: str, number: str) -> bool:
    """Whether a value is that number: 9, and v9 for "version 9"."""
    return re.fullmatch(rf"(?:v|ver|version|release)?[ .]?{re.escape(number)}", value, re.IGNORECASE) is not None


def _belongs_to_value(mention: Mention, values: list[_Value], reading: Reading) -> bool:
    """ "the Hull branch", "plan Starter": the dimension only says what the value is."""
    cue = [m for m in reading.mentions if m.last == mention.first - 1]
    if any(sign in ("split", "each", "which") for m in cue for sign in m.signs):
        return False
    names = {entry.name for entry in mention.entries}
    left_out = any("not" in m.signs and m.left_out and m.first == mention.last + 1 for m in reading.mentions)
    return any(
        value.dimension in names
        and (
            (left_out and value.negated)
            or 0 < mention.first - value.mention.last <= _NEAR
            or 0 < value.mention.first - mention.last <= _NEAR
            or any(m.signs and "rest" in m.signs and m.last < mention.first for m in reading.mentions)
        )
        for value in values
    )


def _several(mention: Mention, reading: Reading) -> list[str]:
    """ "The importance of each rating" means all of them; elsewhere one is asked for."""
    plural = mention.text.lower().endswith("s") or any(
        {"each", "which"} & set(m.signs) and m.last == mention.first - 1 for m in reading.mentions
    )
    names = _unique([entry.name for entry in mention.entries if entry.kind == "dimension"])
    return names if len(names) > 1 and plural and reading.has("ask_drivers") else []


def _dimension(mention: Mention, values: list[_Value]) -> str:
    names = _unique([entry.name for entry in mention.entries if entry.kind == "dimension"])
    if len(names) == 1:
        return names[0]
    taken = {value.dimension for value in values}
    left = [name for name in names if name not in taken]
    if len(left) == 1:
        return left[0]
    raise Refusal(
        "clarify", f"{mention.text!r} could be {' or '.join(names)}. Which one do you mean?", [f"by {n}" for n in names]
    )


def _assign(reading: Reading, catalog: Catalog, values: list[_Value], places: Places) -> None:
    """Compared values become groups, the others filters."""
    compared = _compared(reading, catalog, values, places)
    for value in values:
        if value in compared:
            continue
        known = places.where.get(value.dimension, [])
        if value.negated:
            left = known or list(catalog.dimensions[value.dimension].values)
            places.where[value.dimension] = [other for other in left if other != value.value]
            _say_blanks(reading, catalog, value.dimension)
        else:
            places.where[value.dimension] = _unique([*known, value.value])
    together = reading.has("together")
    for dimension, wanted in places.where.items():
        shown_apart = len(wanted) > 1 and not together and dimension not in places.by and not places.group
        if shown_apart and not any(v.negated for v in values if v.dimension == dimension):
            places.by.append(dimension)


def _say_blanks(reading: Reading, catalog: Catalog, name: str) -> None:
    """Answers of which nothing is known are none of the others either."""
    if catalog.tables["responses"].rows > sum(catalog.dimensions[name].values.values()):
        note = f"answers without a known {name} are left out as well"
        reading.mended += [] if note in reading.mended else [note]


def _called_an_end(reading: Reading, values: list[_Value], places: Places) -> bool:
    """ "Why is Domestic our weakest lane?" is a claim about Domestic, to be held against the other lanes."""
    named = {entry.name for m in reading.of("dimension") for entry in m.entries}
    grain = any(m.time is not None and m.time.kind == "grain" for m in reading.mentions)
    ends = reading.has("worst", "best") and not grain and not reading.has("rank")
    if not ends or len(values) != 1 or values[0].negated or places.by not in ([], [values[0].dimension]):
        return False
    before = any(m.first > values[0].mention.last for m in reading.mentions if {"worst", "best"} & set(m.signs))
    return values[0].dimension in named and before


def _compared(reading: Reading, catalog: Catalog, values: list[_Value], places: Places) -> list[_Value]:
    """The one or two values that stand against each other, or against the rest."""
    if _called_an_end(reading, values, places):
        places.group, places.by = {values[0].dimension: [values[0].value]}, []
        return values
    cue = reading.has("compare", "higher", "lower") and not reading.has("worst", "best")
    if not cue or not values:
        return []
    dimensions = _unique([value.dimension for value in values])
    same = [[value for value in values if value.dimension == name] for name in dimensions]
    pairs = [group for group in same if len({value.value for value in group if not value.negated}) == 2]
    if len(pairs) == 1 and not (places.by and places.by != [pairs[0][0].dimension]):
        first, second = _distinct(pairs[0])
        places.group = {first.dimension: [first.value]}
        places.against = {second.dimension: [second.value]}
        places.by = [name for name in places.by if name != first.dimension]
        return pairs[0]
    if any(len(group) > 2 for group in same) or pairs:
        return []
    flag = len(values) == 1 and is_flag(catalog.dimensions[values[0].dimension])
    against_rest = reading.has("rest") or flag or not any(m.time for m in reading.mentions)
    if against_rest and not places.by and len(values) == 1 and not values[0].negated:
        places.group = {values[0].dimension: [values[0].value]}
        return values
    if reading.has("rest") and values:
        places.group = {values[0].dimension: [values[0].value]}
        places.by = [name for name in places.by if name != values[0].dimension]
        return [values[0]]
    return []


def _distinct(pair: list[_Value]) -> tuple[_Value, _Value]:
    first = pair[0]
    return first, next(value for value in pair if value.value != first.value)


__all__ = ["Entry", "Places", "find_places", "is_flag"]
