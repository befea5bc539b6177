"""Customers by how often they ordered: "ordered at least three times", "with two or more orders"."""

from __future__ import annotations

from agent.builtin.counting.kinds import Records
from agent.builtin.counting.patterns import ORDER, ORDERS, PEOPLE, Found, Question, compiled
from agent.builtin.numberwords import in_digits

_HOLD = (
    r"(?:(?:have|has|had|did|do) )?(?:placed?|made?|make|had|have|has|with|ordered|bought|purchased|shopped|order|buy)"
    r"(?: (?:from|with) us)?"
)
_TIMES = rf"(?: (?:times|{ORDERS}|{ORDER}))"
_OFTEN = (
    rf"{_HOLD} (?:(?P<least>at least|a minimum of|no fewer than|no less than|not less than|minimum)"
    r"|(?P<over>more than|over)|(?P<exact>exactly|only|just)|(?P<most>at most|no more than|a maximum of|up to)"
    rf"|(?P<under>fewer than|less than|under)) (?P<n>(?:\d+|one){_TIMES}|once|twice)",
    rf"{_HOLD} (?P<n>\d+|one|once|twice){_TIMES}? or (?:(?P<least>more)|(?P<most>less|fewer)){_TIMES}?",
    rf"{_HOLD} (?P<n>\d+)\+{_TIMES}",
    rf"{_HOLD} (?P<n>twice)",
    rf"(?P<n>repeat) {PEOPLE}",
    rf"(?P<exact>(?P<n>one)[ -]time) {PEOPLE}",
)


def often_bought(question: Question) -> Found:
    """Their number, or their share of those who ordered."""
    text = in_digits(question.text)
    if not (question.counts or question.reading.has("share")) or not question.has_table("orders"):
        return None
    for pattern in _OFTEN:
        found = compiled(pattern).search(text)
        if found:
            least, most = _bounds(found.groupdict())
            return Records("buyers", least=least, most=most, share=not question.counts), [found.span()]
    return None


def _bounds(told: dict[str, str | None]) -> tuple[int, int | None]:
    """From how many orders on, and up to how many."""
    first = (told["n"] or "").split()[0]
    number = {"once": 1, "one": 1, "twice": 2, "repeat": 2}.get(first) or int(first)
    if told.get("over"):
        return number + 1, None
    if told.get("under"):
        return 1, number - 1
    if told.get("exact"):
        return number, number
    return (1, number) if told.get("most") else (number, None)
