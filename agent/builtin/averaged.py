"""What is averaged: a number of the data that is named, or the score; never the score in the place of another number."""

from __future__ import annotations

import re

from agent.builtin.frame import Frame, Refusal
from agent.builtin.places import Places
from agent.builtin.reading import Mention, Reading
from agent.builtin.when import When

_SCORE = re.compile(r"\b(?:scor\w*|rat(?:e|es|ed|ing|ings)|nps|recommend\w*|satisf\w*|grades?|marks?)\b", re.IGNORECASE)
_OTHER = re.compile(
    r"\b(?:average|mean|avg\.?)\s+(?:\w+\s+){0,2}?(?:totals?|values?|amounts?|prices?|sizes?|numbers?|orders?|projects?"
    r"|stays?|bookings?|trips?|rides?|claims?|cases?|visits?|jobs?|polic(?:y|ies)|purchases?|transactions?|times?|ages?"
    r"|lengths?|durations?|levels?|points?)\b",
    re.IGNORECASE,
)
_SCALE = re.compile(r"\(?\s*(?:on a (?:scale|range) (?:of|from) )?0\s*(?:-|–|to)\s*10(?: scale)?\s*\)?", re.IGNORECASE)
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
