"""Checking an answer before it is shown: every number in its text is a fact of the run, at the precision shown."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from prompts.numbers import format_value
from tools.result import Fact

_NUMBER = re.compile(r"(?<![\w.])[-+−]?\d[\d,]*(?:\.\d+)?(?:[eE]-?\d+)?(?:\s?%)?")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_CONSTANTS = ("95%", "95 %", "5%", "5 %")


@dataclass(frozen=True)
class Refused:
    """A number that nobody computed."""

    number: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.number!r} in {self.sentence!r} is no fact of this run"


def check_numbers(text: str, facts: Iterable[Fact], known: Iterable[str]) -> list[Refused]:
    """The numbers of `text` that no fact backs.

    `known` are texts that may hold digits of their own: names, values, periods, the question's dates.
    """
    shown = _shown(facts)
    names = list(known)
    years = {year for name in names for year in _YEAR.findall(name)}
    rest = _without(text, [*names, *years, *_CONSTANTS])
    refused = []
    for match in _NUMBER.finditer(rest):
        number = match.group().strip().rstrip(",").rstrip(".")
        if not any(form in shown for form in _forms(number)):
            refused.append(Refused(number, _sentence(rest, match.start())))
    return refused


def without_quotations(text: str, quotations: Iterable[str]) -> str:
    """The text without what customers said, where it stands in quotation marks and word for word."""
    for said in sorted(quotations, key=len, reverse=True):
        for opening, closing in ("“”", '""', "„“"):
            text = text.replace(f"{opening}{said}{closing}", "“…”")
    return text


def _shown(facts: Iterable[Fact]) -> set[str]:
    """Every way in which the facts may be written."""
    shown: set[str] = set()
    for fact in facts:
        for value in (fact.value, fact.low, fact.high):
            if isinstance(value, bool) or not isinstance(value, int | float):
                continue
            shown |= _written(float(value), fact.unit)
        if fact.n is not None:
            shown |= {str(fact.n), f"{fact.n:,}"}
    return shown


def _written(value: float, unit: str) -> set[str]:
    """A value at each precision that people use, with and without sign."""
    figure = format_value(value, unit)
    forms = {figure, figure.lstrip("+-< ")}
    scaled = 100 * value if unit in ("share", "share difference") else value
    tail = "%" if unit == "share" else ""
    for places in (0, 1, 2, 3) if unit == "p-value" else (0, 1, 2):
        if unit == "p-value" and places < 2:
            continue
        rounded = round(scaled, places) + 0.0
        for text in (f"{rounded:.{places}f}", f"{rounded:,.{places}f}", f"{rounded:+.{places}f}"):
            forms |= {text + tail, text.lstrip("+-") + tail}
    return forms


def _forms(number: str) -> set[str]:
    plain = number.replace("−", "-").replace(" ", "")
    return {plain, plain.lstrip("+")}


def _without(text: str, known: Iterable[str]) -> str:
    """The text with every known name blanked out, the longest first."""
    names = sorted({name for name in known if any(c.isdigit() for c in name)}, key=len, reverse=True)
    for name in names:
        text = re.sub(rf"(?<![\w.,+-]){re.escape(name)}(?![\w%]|[.,]\d|-\w)", lambda m: "·" * len(m.group()), text)
    return text


def _sentence(text: str, at: int) -> str:
    start = max(text.rfind(". ", 0, at), text.rfind("\n", 0, at)) + 1
    ends = [end for end in (text.find(". ", at), text.find("\n", at)) if end >= 0]
    return text[start : min(ends) + 1 if ends else len(text)].strip()[:160]
