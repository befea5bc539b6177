"""Times that point at what was told before: "in that month", "the same months of 2024", "back then"."""

from __future__ import annotations

import datetime as dt
import re

from agent.builtin.conversation.talk import Talk
from agent.builtin.frame import Frame, Refusal
from warehouse.catalog import Catalog
from warehouse.periods import Period, Unit, bucket, holding, parse_period, previous, shift, shift_months, span

_UNITS = r"(?:day|week|month|quarter|year)"
_STRETCH = r"(?:period|time ?frame|time ?span|time|stretch|window|half(?:[- ]year)?)"
_NOT_HERE = (
    r"(?!\s+(?:of (?:day|the day|year|the year|week|the week)\b|(?:as(?! a whole\b| well\b| before\b| above\b| "
    r"last time\b)"
    r"|that|they|we|he|she|when|in which|passes|passed)\b))"
)
"""What follows a point in time that is explained by the question itself, or names a column: "time of day"."""
_ANY = r"(?:(?:in|during|for|over|of|within|at|on|across)\s+)?"
_YEAR = r"(?P<year>(?:of|in|from|for|during)\s+(?:the year\s+)?(?P<which>(?:19|20)\d\d)\b)"
_BEFORE = (
    r"(?P<last>(?:of\s+|in\s+|from\s+)?(?:last year|the year before(?: that)?|the (?:previous|prior) year"
    r"|a year (?:earlier|before|ago)|one year (?:earlier|before|ago)))\b"
)
_AS_BEFORE = r"(?:\s+(?:as (?:before|above|last time)|again))?"
_SAME = rf"{_ANY}(?:exactly )?the (?:very )?same (?:(?:\w+ )?(?P<unit>{_UNITS})s?|(?P<any>{_STRETCH})s?)(?! time\b)"
_SHIFTED = re.compile(rf"\b{_SAME}[,\s]+(?:but\s+)?(?:{_YEAR}|{_BEFORE})", re.IGNORECASE)
_POINTED = re.compile(
    rf"\b{_ANY}(?:(?:that|those|the said) (?:same )?(?:(?P<unit>{_UNITS})|(?P<any>{_STRETCH}|(?:{_UNITS})s))"
    rf"|(?:the (?:very )?|this )?same (?:(?P<unit2>{_UNITS})|(?P<any2>{_STRETCH}|(?:{_UNITS})s))"
    rf"|this (?P<any3>period|time ?frame|time ?span|stretch|window))\b{_AS_BEFORE}{_NOT_HERE}",
    re.IGNORECASE,
)
_THEN = re.compile(
    r"\b(?:back then|at (?:that|the) time|in those days)\b(?! of\b)|(?<=\w "
    r")then(?=\s*\?*$)",
    re.IGNORECASE,
)
_LEAVES_OPEN = re.compile(r"\bthat time\b\s+(?:we|they|when|i)\b", re.IGNORECASE)
_SIMULTANEOUS = re.compile(r"\bat the same time\b|\ball (?:that|the|this) time\b", re.IGNORECASE)
_NEXT_TO = re.compile(
    r"\b(?:before|after|until|till|since|from|up to|than|compared? (?:to|with)|versus|vs\.?|against)\s+$", re.IGNORECASE
)


def with_times(question: str, talk: Talk) -> str:
    """The question with the times that it points at written out; Refusal where there is none to point at."""
    if _SIMULTANEOUS.search(question) or _LEAVES_OPEN.search(question):
        return question
    for pattern, made in ((_SHIFTED, _year_of), (_POINTED, _of_unit)):
        found = pattern.search(question)
        if found is not None and not _is_named(found, talk):
            return _put(question, found, made(found, _told(talk, found)))
    found = _THEN.search(question)
    if found is None or (found[0].lower() == "then" and not _asks_then(question)):
        return question
    return _put(question, found, _told(talk, found))


def _put(question: str, found: re.Match[str], period: Period) -> str:
    before = question[: found.start()]
    return f"{before}{'' if _NEXT_TO.search(before) else 'in '}{period.label}{question[found.end() :]}"


def _asks_then(question: str) -> bool:
    """ "What was it then?" asks about that time; "and for Growth then?" does not."""
    return re.search(r"\b(?:was|were|did|had)\b", question, re.IGNORECASE) is not None


def _is_named(found: re.Match[str], talk: Talk) -> bool:
    """Whether the data has a column or value of that name."""
    groups = found.groupdict()
    word = (groups.get("unit") or groups.get("unit2") or groups.get("any") or groups.get("any2") or "").lower()
    return any(entry.kind == "dimension" and entry.strength == 3 for entry in talk.lexicon.strongest((word,)))


def _told(talk: Talk, found: re.Match[str]) -> Period:
    """The stretch of time that was told last."""
    frame = talk.frame
    label = _label(frame) if frame is not None else None
    if label is None or talk.catalog.as_of is None:
        raise _which(found, talk.catalog)
    period = parse_period(label, as_of=talk.catalog.as_of)
    if period.start is None or period.end is None:
        raise _which(found, talk.catalog)
    return period


def _label(frame: Frame) -> str | None:
    return frame.period or frame.after


def _which(found: re.Match[str], catalog: Catalog) -> Refusal:
    """Asked back, with the last few stretches of the unit that was named."""
    unit = (found.groupdict().get("unit") or found.groupdict().get("unit2") or "").lower()
    asked = unit or "period"
    text = f"Which {asked} do you mean by {found[0].strip()!r}? Name a month, a quarter or a year."
    return Refusal("clarify", text, recent(catalog, unit))


def recent(catalog: Catalog, unit: str = "") -> list[str]:
    """The newest stretches of time of the data, as choices."""
    if catalog.as_of is None:
        return []
    if unit not in ("day", "week", "month", "quarter", "year"):
        return ["last month", "last quarter", "last 30 days", "all answers"]
    period = holding(catalog.as_of, unit)  # type: ignore[arg-type]
    dates = catalog.times.get("responded_at")
    first = dates.first if dates is not None else None
    told: list[str] = []
    while len(told) < 4 and period.end is not None and (first is None or period.end >= first):
        told.append(period.label)
        period = previous(period)
    return told


def _of_unit(found: re.Match[str], told: Period) -> Period:
    """ "That month" is the month that was told; "that year" the year that holds it."""
    unit = (found.groupdict().get("unit") or found.groupdict().get("unit2") or "").lower()
    if not unit:
        return told
    start, end = told.closed()
    wider = holding(start, unit)  # type: ignore[arg-type]
    if wider.closed()[0] <= start and end <= wider.closed()[1]:
        return wider
    raise Refusal("clarify", f"Which {unit} of {told.label} do you mean?", _within(start, end, unit))  # type: ignore[arg-type]


def _within(start: dt.date, end: dt.date, unit: Unit) -> list[str]:
    labels: list[str] = []
    day = start
    while day <= end and len(labels) < 12:
        labels.append(bucket(day, unit))
        day = shift(holding(day, unit).closed()[1], 1, "day")
    return labels


def _year_of(found: re.Match[str], told: Period) -> Period:
    """The same days of another year."""
    start, end = told.closed()
    year = int(found["which"]) if found["year"] else start.year - 1
    months = 12 * (year - start.year)
    after = shift_months(shift(end, 1, "day"), months)
    return span(shift_months(start, months), shift(after, -1, "day"))
