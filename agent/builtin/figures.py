"""Numbers that a question brings along: a benchmark's figure, a margin, a difference to be detected."""

from __future__ import annotations

import re
from typing import Any

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
    rf"(?:detect|see|find|spot|show|prove|difference|change|drop|rise|improvement|shift|effect|fall|move)\D{{0,30}}?({_NUMBER}){_POINTS}"
    rf"|({_NUMBER})\s*-?(?:nps[- ]?)?(?:points?|pts?)",
    re.IGNORECASE,
)
_POWER = re.compile(rf"({_NUMBER})\s*%\s*power|power\s*(?:of\s*)?({_NUMBER})\s*(%)?", re.IGNORECASE)
_RATE = re.compile(
    rf"({_NUMBER})\s*(?:%|per ?cent)\s*(?:of (?:them|customers|people) )?(?:response|answer|reply|respond|return)"
    rf"|(?:response|answer|return) rate (?:of |is )?({_NUMBER})\s*(?:%|per ?cent)?",
    re.IGNORECASE,
)
_HAVE = re.compile(rf"(?:with|have|from|only|got)\s+(?:only\s+)?({_NUMBER})\s*{_ANSWERS}", re.IGNORECASE)


def benchmark_figures(text: str) -> dict[str, Any]:
    """The figure to compare with, and the base that it rests on."""
    found: dict[str, Any] = {}
    base = _BASE.search(text)
    if base:
        found["n"] = int(_number(base[1] or base[2]))
        text = text[: base.start()] + " " + text[base.end() :]
    figure = _FIGURE.search(text)
    if figure:
        found["figure"] = _number(figure[1])
    return found


def planning_figures(text: str) -> dict[str, Any]:
    """What a survey is planned for: difference, margin, answers at hand, power, response rate."""
    found: dict[str, Any] = {}
    for name, pattern in (("response_rate", _RATE), ("power", _POWER), ("margin", _MARGIN), ("n", _HAVE)):
        match = pattern.search(text)
        if match:
            found[name] = _number(next(part for part in match.groups() if part))
            text = text[: match.start()] + " " + text[match.end() :]
    match = _DIFFERENCE.search(text)
    if match:
        found["difference"] = _number(next(part for part in match.groups() if part))
    for name in ("power", "response_rate"):
        if found.get(name, 0) > 1:
            found[name] /= 100
    if "n" in found:
        found["n"] = int(found["n"])
    return found


def _number(text: str) -> float:
    return float(text.replace(",", "").replace("−", "-").replace(" ", "").replace("+", ""))
