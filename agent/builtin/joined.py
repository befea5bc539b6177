"""Those who joined in a stretch of time: "subscribers who signed up in 2024", "the May cohort", "Q2 sign-ups"."""

from __future__ import annotations

import re
from typing import Literal

from agent.builtin.frame import Frame, Refusal, Values
from agent.builtin.places import Places
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import tokens
from agent.builtin.when import When
from tools.registry import arguments_model
from warehouse.catalog import Catalog
from warehouse.periods import parse_period, span

NAMES = r"creat|sign|join|regist|onboard|start"
"""How a date of joining is called in the data."""
_VERB = (
    r"(?:join(?:ed|ing)?|sign(?:ed|ing)[- ]?up|sign[- ]?ups?|regist(?:ered|ering|rations?)|subscribed|enrol+ed"
    r"|onboarded"
    r"|(?:became|become|becoming) (?:a |an )?(?:customers?|members?|users?|clients?)|started(?: with us)?"
    r"|opened (?:an|their) accounts?|created (?:an|their) accounts?|came (?:on board|to us))"
)
_WHO = r"(?:(?:who|that|which|those|and)\s+)*(?:(?:have|had|has|first|only|newly)\s+)*"
_BEFORE = re.compile(
    rf"(?:^|\s){_WHO}{_VERB}(?: us| up)?"
    r"(?:\s+(?:in|during|within|since|from|between|on|of|the|after|before|until|as of))*\s*$",
    re.IGNORECASE,
)
_AFTER = re.compile(r"\W*(?:sign[- ]?ups?|joiners?|cohort|vintage|intake|new customers|newcomers)\b", re.IGNORECASE)
_OPENS = re.compile(r"(?:between|from)\b", re.IGNORECASE)
_COUNTED = re.compile(
    rf"\W*(?:how many|(?:the )?(?:number|count) of)\s+(?:(?!who\b|that\b|which\b|those\b)\w+\s+){{0,3}}?{_VERB}",
    re.IGNORECASE,
)
""" "How many customers signed up in May" counts them, it does not limit another figure to them."""
_COHORT_OF = re.compile(r"(?:^|\s)(?:the |a )?(?:cohort|vintage|intake) (?:of|from)(?: the)?\s*$", re.IGNORECASE)


def joining_dates(catalog: Catalog) -> list[str]:
    """The date of joining; in an export of answers alone, the one date besides the answer's own that is called so."""
    times, tables = catalog.times, catalog.tables
    roles = {
        name: tables[time.table].columns[name].role
        for name, time in times.items()
        if time.table in tables and name in tables[time.table].columns
    }
    known = [name for name, role in roles.items() if role == "joined_at"]
    called = [name for name, role in roles.items() if role == "time" and re.search(NAMES, name, re.IGNORECASE)]
    return known or (called if len(called) == 1 else [])


def take_joining(reading: Reading, catalog: Catalog) -> Values:
    """The filter on the date of joining, its words taken out of the reading; empty where the question has none.

    Two such stretches are two cohorts to compare, and are left to the cohorts.
    """
    dates = joining_dates(catalog)
    found = [stretch for mention in reading.of("when") if (stretch := _stretch(reading, mention, catalog)) is not None]
    if not dates or len(found) != 1 or _COUNTED.match(reading.question):
        return {}
    start, end, period = found[0]
    words = tokens(reading.question)
    reading.forget({at for at, word in enumerate(words) if start <= word.start and word.end <= end})
    return {dates[0]: [period]}


def _stretch(reading: Reading, mention: Mention, catalog: Catalog) -> tuple[int, int, str] | None:
    """Where the words about joining stand with their time, and the period; None where it is of something else."""
    time, question = mention.time, reading.question
    if time is None or time.period is None or time.kind in ("grain", "ambiguous"):
        return None
    up = 3 if question[time.start :].lower().startswith("up ") else 0  # "signed up in 2024" may be read as "up in 2024"
    said, said_on = question[: time.start + up], question[time.start + up :]
    before = _BEFORE.search(said) or _COHORT_OF.search(said)
    if before is None:
        after = _AFTER.match(question[time.end :])
        return (time.start, time.end + after.end(), time.period) if after is not None else None
    opens = re.search(r"\b(?:between|from)\s*$", said, re.IGNORECASE) or _OPENS.match(said_on)
    until = _until(reading, mention) if opens else None
    if until is None or until.time is None or until.time.period is None or catalog.as_of is None:
        return before.start(), time.end, time.period
    first, last = (parse_period(text, as_of=catalog.as_of) for text in (time.period, until.time.period))
    return before.start(), until.time.end, span(first.start, last.end).label


def _until(reading: Reading, mention: Mention) -> Mention | None:
    """The other end of "between A and B"."""
    for other in reading.of("when"):
        if mention.time is None or other.time is None or other.time.start <= mention.time.start:
            continue
        between = reading.question[mention.time.end : other.time.start]
        return other if re.fullmatch(r"\s*(?:and|to|until|till|-|–)?\s*", between, re.IGNORECASE) else None
    return None


def against_others(reading: Reading, places: Places, when: When, joined: Values) -> Frame | None:
    """ "Are learners who signed up in May less happy than the others?": those who joined then against all others."""
    timed = when.period or when.before or when.grain or when.event
    if not joined or timed or places.by or places.against or places.negated or places.event or places.measures:
        return None
    if re.match(r"\W*(?:which|what|who|when|where|how)\b", reading.question, re.IGNORECASE):
        return None
    if not reading.has("higher", "lower", "compare") or reading.has("count", "share", "average", "why"):
        return None
    places.where, places.group = {**places.where, **places.group}, dict(joined)
    side: Literal["higher", "lower"] | None = (
        "lower" if reading.has("lower") else "higher" if reading.has("higher") else None
    )
    return Frame("compare_groups", where=dict(places.where), group=dict(joined), premise=side)


def limited_to(frame: Frame, joined: Values) -> Frame:
    """The frame with that filter; Refusal where what it asks for cannot be limited so."""
    if not joined or frame.group == joined:
        return frame
    known = frame.op != "tool" or "where" in arguments_model(frame.tool or "").model_fields
    if frame.op in ("columns", "span", "rows", "quality", "value_share") or not known:
        raise Refusal("declined", "I cannot limit this to those who joined in a stretch of time; ask about NPS.")
    if frame.tool == "retention" and frame.period is None and frame.arguments.get("by") != ["nps_class"]:
        frame.period = next(iter(joined.values()))[0]  # its periods are those of joining
        return frame
    frame.where = {**frame.where, **joined}
    return frame
