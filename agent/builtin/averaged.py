"""What is averaged: a number of the data that is named, or the score, and never one in the place of another."""

from __future__ import annotations

import re

from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import Entry
from agent.builtin.places import Places
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import phrase, stem, tokens
from agent.builtin.when import When
from warehouse.catalog import Catalog
from warehouse.roles import words_of

_SCORE = re.compile(r"\b(?:scor\w*|rat(?:e|es|ed|ing|ings)|nps|recommend\w*|satisf\w*|grades?|marks?)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:average|mean|avg\.?)\s+(?:\w+\s+){0,2}?(?:totals?|values?|amounts?|prices?|sizes?|numbers?|orders?|projects?"
    r"|stays?|bookings?|trips?|rides?|claims?|cases?|visits?|jobs?|polic(?:y|ies)|purchases?|transactions?|times?|ages?"
    r"|lengths?|durations?|levels?|points?)\b",
    re.IGNORECASE,
)
_SCALE = re.compile(r"\(?\s*(?:on a (?:scale|range) (?:of|from) )?0\s*(?:-|–|to)\s*10(?: scale)?\s*\)?", re.IGNORECASE)
_UNITS = ("minute", "hour", "day", "week", "month", "year", "second", "min", "km", "mile")
_LENGTH = re.compile(
    r"\bhow (?:many (?P<unit>minutes|hours|days|weeks|months|years|seconds|km|miles)|long)\b", re.IGNORECASE
)
_MORE = frozenset(["more", "fewer", "less", "higher", "lower", "larger", "smaller"])


def drop_scale(reading: Reading) -> None:
    """ "The mean score (0-10)": the scale's ends beside an average say which score is meant."""
    found = _SCALE.search(reading.question)
    numbers = [m for m in reading.of("number") if m.number in (0, 10)]
    if found and reading.has("average") and len(numbers) == 2 and _SCORE.search(reading.question):
        reading.forget({m.first for m in numbers})


def drop_more(reading: Reading, classes: list[str]) -> None:
    """ "Do promoters have more orders so far than detractors": the two means, side by side."""
    for mention in reading.of("measure") if len(classes) > 1 else []:
        at = mention.first - 1
        words = [w for w, place in zip(reading.unknown, reading.unknown_at, strict=True) if place == at]
        if words and words[0].lower() in _MORE:
            reading.forget({at})
            reading.add(Mention(at, at, words[0], signs=("compare",)))


def take_length(reading: Reading, catalog: Catalog) -> None:
    """ "How many minutes do patients wait on average": the number of the data that is counted in that unit."""
    found = _LENGTH.search(reading.question)
    if found is None or not reading.has("average") or reading.of("measure"):
        return
    unit = stem((found["unit"] or "").lower())
    every = tokens(reading.question)
    unit = unit or next((word.stem for word in every if word.stem in _UNITS), "")  # "how long … (minutes)"
    held = {at for mention in reading.mentions for at in range(mention.first, mention.last + 1)}
    fitting = [
        (name, word.text, at)
        for name in catalog.measures
        for at, word in enumerate(every)
        if at not in held and not found.start() <= word.start < found.end() and _is_of(name, word.text, unit)
    ]
    if len({name for name, _word, _at in fitting}) == 1:
        name, word, at = fitting[0]
        spare = {i for i, w in enumerate(every) if w.stem == unit and i in reading.unknown_at}
        reading.forget(
            {i for i, w in enumerate(every) if found.start() <= w.start and w.end <= found.end()} | {at} | spare
        )
        reading.add(Mention(at, at, word, entries=[Entry("measure", name)]))


def _is_of(name: str, word: str, unit: str) -> bool:
    """Whether waiting_minutes is meant by "wait" and "minutes"."""
    words = phrase(words_of(name))
    units = [each for each in words if each in _UNITS]
    told = unit in units if unit else bool(units)
    return told and len(word) >= 4 and any(each[:4] == word[:4] for each in words if each not in units)


def averaged(reading: Reading, when: When, places: Places, classes: list[str]) -> Frame:
    """The frame of an average; Refusal where the words say another number than the data has."""
    if places.measure is None:
        _refuse_other_number(reading, places)
    frame = Frame("average", by=list(places.by), grain=when.grain, measure=places.measure)
    frame.where, frame.period = places.where, when.period
    if places.measure and classes:
        frame.by.append("nps_class")
        frame.classes = classes
    return frame


def _refuse_other_number(reading: Reading, places: Places) -> None:
    found = _OTHER.search(reading.question)
    if found and not _SCORE.search(reading.question):
        raise Refusal(
            "clarify",
            f"I do not find a number {found[0]!r} in this data. The average of what?",
            ["the 0-10 score", *places.numbers[:8]],
        )
