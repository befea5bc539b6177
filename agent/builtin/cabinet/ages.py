"""The age that a question about staying talks about: "after 3 months", "12-month retention", "in their first year"."""

from __future__ import annotations

import re
from typing import Any, cast

from agent.builtin.cabinet.asked import Asked
from agent.builtin.figures import left_numbers
from agent.builtin.frame import Refusal
from agent.builtin.numberwords import in_digits
from warehouse.periods import Grain

_UNIT = r"(?P<unit>day|week|month|quarter|year)"
_MEASURED = r"(?:retention|retained|churn\w*|survival|attrition|cancel\w*|repeat|repurchase|reorder|renewal|loyalty)"
_WHOSE = r"(?:customer |user |subscriber |client |member )?"
_START = r"(?:join\w*|sign(?:ing|ed)?[- ]?up|becoming|registration|registering|(?:their|the|an?) first|onboarding)"
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth")
_NTH = rf"(?P<nth>{'|'.join(_ORDINALS)})"
_AGES = (
    r"\b(?:after|within|for|in|at) (?:only |just |at least |the |their |that |those )*(?:first )?"
    rf"(?P<n>\d+) +{_UNIT}s?\b",
    rf"\b(?:after|within|for|in|at|by|until) (?:the |their )?{_UNIT} (?P<n>\d+)\b",
    rf"\b{_UNIT}[- ](?P<n>\d+)[- ]{_WHOSE}{_MEASURED}",
    rf"\b(?P<n>\d+)(?:[- ]| +){_UNIT}s?[- ]{_WHOSE}{_MEASURED}",
    rf"\b(?P<n>\d+) +{_UNIT}s? (?:later|in\b(?! +(?:an?|the)\b)|(?:after|from|following|since|of|past) +{_START})",
    rf"\b(?:in|within|during|through|over|after) (?:the |their |its )?first {_UNIT}\b(?! +(?:of \d|half))",
    rf"\bfirst[- ]{_UNIT} {_WHOSE}{_MEASURED}",
    rf"\b{_NTH} (?:calendar )?{_UNIT} (?:after|following|from|of)\b",
    rf"\b(?:in|the) (?:the )?(?:calendar |very )?(?:next |following )?{_UNIT} (?:right |just |immediately |directly )?"
    rf"(?:after|following) {_START}",
)
_BY_THEN = re.compile(r"\b(?:within|in (?:the|their) first|by|until|during)\b", re.IGNORECASE)
MAX_DAYS = 60


def age_of(asked: Asked) -> tuple[dict[str, Any], list[int]]:
    """The age with its unit, and where the numbers stand that told it; empty where none is named."""
    found = _found(asked.reading.question)
    if found is None:
        return {}, []
    told = found.groupdict()
    unit, number = cast(Grain, told["unit"].lower()), int(told.get("n") or 1)
    number = _ORDINALS.index(told["nth"].lower()) + 1 if told.get("nth") else number
    if asked.when.grain not in (None, unit):
        raise Refusal("declined", f"I cannot follow customers by {asked.when.grain} and tell of an age in {unit}s.")
    if unit == "day" and number > MAX_DAYS:
        unit, number = _in_months(number)
    _no_period(asked, found)
    asked.when.grain = None
    return {"at": number, "grain": unit}, left_numbers(asked.reading, _blank(asked.reading.question, found))


def names_age(asked: Asked) -> bool:
    """Whether the question names an age."""
    return _found(asked.reading.question) is not None


def _found(question: str) -> re.Match[str] | None:
    text = re.sub(r"\bhalf a year\b", "6 months   ", in_digits(question), flags=re.IGNORECASE)
    text = re.sub(r"\bone\b(?= (?:day|week|month|quarter|year)|-)", "1  ", text, flags=re.IGNORECASE)
    text = re.sub(r"\ban?(?= (?:week|month|quarter|year)\b)", lambda m: "1".ljust(len(m[0])), text, flags=re.IGNORECASE)
    return next((m for pattern in _AGES if (m := re.search(pattern, text, re.IGNORECASE))), None)


def _in_months(days: int) -> tuple[Grain, int]:
    """Ages of many days are told in months, where they are whole ones: 90, 180 and 365 days."""
    whole = {90: 3, 120: 4, 180: 6, 270: 9, 360: 12, 365: 12, 730: 24}.get(days)
    if whole is None:
        raise Refusal("clarify", f"I tell ages of up to {MAX_DAYS} days; ask for an age in weeks, months or years.", [])
    return "month", whole


def _no_period(asked: Asked, found: re.Match[str]) -> None:
    """What was read as a stretch of the calendar is the age."""
    for mention in asked.reading.of("when"):
        time = mention.time
        if time is not None and time.start < found.end() and found.start() < time.end and time.kind != "grain":
            asked.when.period = None
            asked.when.read_as.clear()


def _blank(text: str, found: re.Match[str]) -> str:
    return text[: found.start()] + " " * (found.end() - found.start()) + text[found.end() :]


def refuse_by_then(asked: Asked, source: str | None, age: dict[str, Any]) -> None:
    """Refusal for "bought again within 3 months": activity is told for a month of age, not up to it."""
    if age.get("at") and source in ("orders", "events") and _BY_THEN.search(_found_text(asked)):
        unit = age["grain"]
        raise Refusal(
            "declined",
            f"I tell who was active in one {unit} after the start, not who had been by then.",
            [f"What share is active in {unit} {number}?" for number in range(1, min(int(age["at"]), 3) + 1)],
        )


def _found_text(asked: Asked) -> str:
    found = _found(asked.reading.question)
    return found[0] if found else ""
