"""In which order: "from best to worst", "descending", "the second best", "the three that like us least"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from agent.builtin.frame import Frame, Refusal
from agent.builtin.reading import Reading
from agent.builtin.vocabulary import tokens

_LOW = r"(?:worst|lowest|weakest|poorest|unhappiest|least happy|bottom|low|bad)"
_HIGH = r"(?:best|highest|strongest|happiest|most happy|top|high|good)"
_DOWNWARDS = re.compile(
    rf"\b(?:from\s+)?(?:the\s+)?{_HIGH}\s+(?:to|down to|through)\s+(?:the\s+)?{_LOW}\b"
    rf"|\b{_HIGH}\s+(?:one\s+|ones\s+)?first\b|\bdescending\b",
    re.IGNORECASE,
)
_UPWARDS = re.compile(
    rf"\b(?:from\s+)?(?:the\s+)?{_LOW}\s+(?:to|up to|through)\s+(?:the\s+)?{_HIGH}\b"
    rf"|\b{_LOW}\s+(?:one\s+|ones\s+)?first\b|\bascending\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    rf"\b(?P<place>second|third|fourth|fifth|2nd|3rd|4th|5th)[\s-]+(?:most\s+)?(?:{_LOW}|{_HIGH})\b", re.IGNORECASE
)
_PLACES = {"second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5}


@dataclass(frozen=True)
class Order:
    """The order that a question names."""

    end: Literal["lowest", "highest"] | None = None
    """Which comes first in the list that is wanted; None where no list is."""
    place: int | None = None
    """The place in the order that is asked for."""


def take_order(reading: Reading) -> Order:
    """The order that the question names; the word for a place is taken out of the reading."""
    question = reading.question
    end: Literal["lowest", "highest"] | None = None
    if _DOWNWARDS.search(question):
        end = "highest"
    elif _UPWARDS.search(question):
        end = "lowest"
    found = _PLACE.search(question)
    if found is None:
        return Order(end)
    start, stop = found.span("place")
    words = tokens(question)
    reading.forget({at for at, word in enumerate(words) if start <= word.start and word.end <= stop})
    return Order(end, _PLACES[found["place"].lower()])


def in_order(frame: Frame, order: Order) -> Frame:
    """The frame in that order; Refusal where it has none."""
    if order.place is not None:
        if frame.op != "rank" or frame.top is not None:
            raise Refusal("declined", "I can tell a place in an order only of the values of one dimension or period.")
        frame.top = frame.place = order.place
    if order.end is not None and frame.op in ("rank", "split") and (frame.by or frame.grain):
        frame.op, frame.end, frame.listed = "rank", order.end, True
    return frame
