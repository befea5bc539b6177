""" "The week of 10 March 2025": from Monday to Sunday; "the week beginning 5 May 2025": seven days from there on."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.builtin.timewords import TimeMention

_LEAD = re.compile(
    r"\b(?:(?:in|during|for|from|of|within) )?(?:the |that )?(?:(?:calendar |whole |full )?week)"
    r"(?: (?:of|around|with|containing|from|beginning(?: on)?|starting(?: on)?|that (?:began|started)(?: on)?))?\s*$",
    re.IGNORECASE,
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_BEGINS = re.compile(r"(?:beginning|starting|from)\b", re.IGNORECASE)
_OWN = re.compile(r"(?:of|from|in|on)\s", re.IGNORECASE)


def weeks_of(question: str, times: Sequence[TimeMention]) -> list[TimeMention]:
    """The mentions, with a day of which the week is meant read as that week."""
    return [_week(question, time) for time in times]


def _week(question: str, time: TimeMention) -> TimeMention:
    found = _DAY.match(time.period or "")
    text = question[time.start :]
    begins = _BEGINS.match(text) is not None and time.role in ("from", "after")
    alone = found is not None and found[0] == time.period
    if found is None or time.kind not in ("period", "outside") or time.event or not (alone or begins):
        return time
    lead = _LEAD.search(question[: time.start])
    if lead is None or not (begins or re.search(r"week\s+\S+\s*$", lead[0]) or _OWN.match(text)):
        return time
    day = dt.date.fromisoformat(found[0])
    first = day if begins else day - dt.timedelta(days=day.weekday())
    week = f"{first}..{first + dt.timedelta(days=6)}"
    said = question[lead.start() : time.end]
    return dataclasses.replace(time, start=lead.start(), role="", period=week, read_as=f"{said}, read as {week}")
