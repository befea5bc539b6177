"""The frame of a question for records, and the signs that it makes use of."""

from __future__ import annotations

import dataclasses
import re
from typing import Literal

from agent.builtin.cabinet.asked import Asked
from agent.builtin.counting.kinds import MEANS, Records
from agent.builtin.counting.sql import known_of_customers
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import yes_value

_HIGH = re.compile(r"(?:the )?(?:most|highest|top|biggest|largest|best|maximum)")
_LOW = re.compile(r"(?:the )?(?:least|lowest|fewest|smallest|minimum)")


def records_frame(asked: Asked) -> Frame | None:
    """The frame where records are asked for."""
    records: Records | None = asked.records
    if records is None:
        return None
    places = asked.places
    named = {*places.by, *places.where, *places.group, *([records.flag] if records.flag else [])}
    if records.kind == "customers" and not all(known_of_customers(name, asked.catalog) for name in named):
        return None  # of those who answered, as far as that can be told
    if records.flag:
        yes = yes_value(asked.catalog.dimensions[records.flag])
        places.where = {**places.where, records.flag: [yes]} if yes else places.where
    _set_apart(asked)
    frame = Frame("records", by=places.by, where=places.where, period=asked.when.period, grain=asked.when.grain)
    frame.records, frame.end = records, records.end or _end(asked)
    if frame.end and not (frame.by or frame.grain):
        options = list(places.known[:10])
        raise Refusal("clarify", "The most or the fewest by what? Name a dimension or a calendar period.", options)
    return _each_period(frame, asked)


def _each_period(frame: Frame, asked: Asked) -> Frame:
    """ "Orders in Q3 and Q4": both, one after the other."""
    when = asked.when
    if when.before is None or when.after is None:
        return frame
    earlier, later = when.before, when.after
    when.before = when.after = None
    return dataclasses.replace(frame, period=earlier, also=[dataclasses.replace(frame, period=later)])


def _set_apart(asked: Asked) -> None:
    """Compared groups as a split."""
    places = asked.places
    if places.group and not places.against:
        raise Refusal("declined", "I can count and add up for named groups side by side, not against everybody else.")
    by, where = list(places.by), dict(places.where)
    for values in (places.group, places.against):
        for name, wanted in values.items():
            by.append(name)
            where[name] = list(dict.fromkeys([*where.get(name, []), *wanted]))
    places.by, places.where, places.group, places.against = list(dict.fromkeys(by)), where, {}, {}


def _end(asked: Asked) -> Literal["lowest", "highest"] | None:
    """Which end of the order is asked for."""
    ends = [m.text.lower() for m in asked.reading.of("sign") if {"most", "best", "worst"} & set(m.signs)]
    if any(_HIGH.fullmatch(text) for text in ends):
        return "highest"
    return "lowest" if any(_LOW.fullmatch(text) for text in ends) else None


def used_signs(frame: Frame) -> frozenset[str]:
    """The signs that went into the frame."""
    records: Records = frame.records
    used = {"records", "count", "segment", "compare", "rank"}
    used |= {"most", "best", "worst"} if frame.end else set()
    used |= {"average"} if records.kind in MEANS else set()
    used |= {"share"} if records.share or records.kind == "left_share" else set()
    return frozenset(used)
