"""The frame of a question for records, and the signs that it makes use of."""

from __future__ import annotations

from typing import Literal

from agent.builtin.cabinet.asked import Asked
from agent.builtin.counting.kinds import MEANS, Records
from agent.builtin.frame import Frame, Refusal

_HIGH = frozenset("most the-most highest the-highest top biggest largest best the-best maximum most-often".split())
_LOW = frozenset("least lowest fewest smallest minimum".split())


def records_frame(asked: Asked) -> Frame | None:
    """The frame where records are asked for."""
    records: Records | None = asked.records
    if records is None:
        return None
    places = asked.places
    by, where = list(places.by), dict(places.where)
    if places.group and not places.against:
        raise Refusal("declined", "I can count and add up for named groups side by side, not against everybody else.")
    for values in (places.group, places.against):
        for name, wanted in values.items():
            by.append(name)
            where[name] = list(dict.fromkeys([*where.get(name, []), *wanted]))
    places.by, places.where, places.group, places.against = list(dict.fromkeys(by)), where, {}, {}
    frame = Frame("records", by=places.by, where=where, period=asked.when.period, grain=asked.when.grain)
    frame.records, frame.end = records, _end(asked)
    if frame.end and not (frame.by or frame.grain):
        raise Refusal("clarify", "The most or the fewest by what? Name a dimension or a calendar period.", list(places.known[:10]))
    if records.least is None and records.kind == "buyers":
        frame.read_as = []
    return frame


def _end(asked: Asked) -> Literal["lowest", "highest"] | None:
    """Which end of the order is asked for."""
    said = {m.text.lower().replace(" ", "-") for m in asked.reading.of("sign") if {"most", "best", "worst"} & set(m.signs)}
    if said & _HIGH:
        return "highest"
    return "lowest" if said & _LOW else None


def used_signs(frame: Frame) -> frozenset[str]:
    """The signs that went into the frame."""
    records: Records = frame.records
    used = {"records", "count", "segment", "compare", "rank"}
    used |= {"most", "best", "worst"} if frame.end else set()
    used |= {"average"} if records.kind in MEANS else set()
    used |= {"share"} if records.share else set()
    return frozenset(used)
