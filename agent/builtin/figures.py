"""Numbers that a question brings along: a benchmark's figure, a margin, a difference to be detected."""

from __future__ import annotations

import re
from typing import Any

from agent.builtin.numberwords import in_digits
from agent.builtin.reading import Reading
from agent.builtin.vocabulary import tokens

_ANSWERS = r"(?:answers|responses|respondents|replies|people|customers|surveys|interviews)"
_NUMBER = r"\d[\d,]*(?:\.\d+)?"
_FIGURE = re.compile(rf"(?<![\w.,])([-+−]?\s?{_NUMBER})(?![\w%]|[.,]\d)(?!\s*{_ANSWERS})")
_BASE = re.compile(rf"\bn\s*=\s*({_NUMBER})|({_NUMBER})\s*{_ANSWERS}", re.IGNORECASE)
_POINTS = r"\s*(?:nps[- ]?)?(?:points?|pts?)?"
_MARGIN = re.compile(
    r"(?:margin(?: of error)?(?: of)?|plus[- ](?:or[- ])?minus|±|\+/-|\+-|within|precise to|accurate to)"
    rf"\s*(?:a |the )?({_NUMBER})",
    re.IGNORECASE,
)
_DIFFERENCE = re.compile(
    rf"(?:detect|see|find|spot|show|prove|difference|change|drop|rise|improvement|shift|effect|fall"
    rf"|move)\D{{0,30}}?({_NUMBER}){_POINTS}"
    rf"|({_NUMBER})\s*-?(?:nps[- ]?)?(?:points?|pts?)",
    re.IGNORECASE,
)
_POWER = re.compile(rf"({_NUMBER})\s*%\s*power|power\s*(?:of\s*)?({_NUMBER})\s*(%)?", re.IGNORECASE)
_RATE = re.compile(
    rf"({_NUMBER})\s*(?:%|per ?cent)\s*(?:of (?:them|customers|people|those|invitees) )?(?:response|answer|reply"
    rf"|respond|return|take part|fill)"
    rf"|(?:response|answer|return) rate (?:of |is )?({_NUMBER})\s*(?:%|per ?cent)?",
    re.IGNORECASE,
)
_HAVE = re.compile(
    rf"(?:with|have|from|only|got|get|are|is|for|about|around|roughly|collect\w*|having|of)\s+(?:only\s+|just\s+"
    rf"|about\s+|around\s+)?"
    rf"({_NUMBER})\s*(?:more\s+)?{_ANSWERS}|sample (?:size )?(?:of )?({_NUMBER})",
    re.IGNORECASE,
)
_SURE = re.compile(
    r"(?:(?:at|with) )?\b95\s*(?:%|per ?cent)\s*(?:confiden\w*|sure|certain\w*|interval|level)", re.IGNORECASE
)
"""The one level that npsight works with."""
_GROUPS = re.compile(r"(?<![\d.,])(\d{1,2})\s*(?:groups|variants|arms|versions|segments)\b", re.IGNORECASE)


def benchmark_figures(text: str) -> tuple[dict[str, Any], str]:
    """The figure to compare with, the base that it rests on, and the text without them."""
    text = in_digits(text)
    found: dict[str, Any] = {}
    base = _BASE.search(text)
    if base:
        found["n"] = int(_number(base[1] or base[2]))
        text = _without(text, base)
    figure = _FIGURE.search(text)
    if figure:
        found["figure"] = _number(figure[1])
        text = _without(text, figure)
    return found, text


def planning_figures(text: str) -> tuple[dict[str, Any], str]:
    """What a survey is planned for: difference, margin, answers at hand, power, response rate; and the text left."""
    text = in_digits(text)
    found: dict[str, Any] = {}
    sure = _SURE.search(text)
    text = _without(text, sure) if sure else text
    patterns = (("response_rate", _RATE), ("power", _POWER), ("margin", _MARGIN), ("groups", _GROUPS), ("n", _HAVE))
    for name, pattern in patterns:
        match = pattern.search(text)
        if match:
            found[name] = _number(next(part for part in match.groups() if part))
            text = _without(text, match)
    match = _DIFFERENCE.search(text)
    if match:
        found["difference"] = _number(next(part for part in match.groups() if part))
        text = _without(text, match)
    for name in ("power", "response_rate"):
        if found.get(name, 0) > 1:
            found[name] /= 100
    for name in ("n", "groups"):
        if name in found:
            found[name] = int(found[name])
    return found, text


def left_numbers(reading: Reading, left: str) -> list[int]:
    """The positions of the question's numbers that are no longer in the text that is left: those that were used."""
    words = tokens(reading.question)
    numbers = reading.of("number")
    return [m.first for m in numbers if not left[words[m.first].start : words[m.last].end].strip()]


def _without(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + " " * (match.end() - match.start()) + text[match.end() :]


def _number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").replace(" ", "").replace("+", ""))
