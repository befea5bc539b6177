"""Customers who joined, left or ordered, and how often something was logged."""

from __future__ import annotations

import re
from typing import cast

from agent.builtin.counting.kinds import Kind, Records
from agent.builtin.counting.patterns import FEW, HOW_MANY, ORDER, ORDERS, PEOPLE, Found, Question, Span, compiled
from agent.builtin.frame import Refusal
from agent.builtin.numberwords import in_digits
from agent.builtin.vocabulary import tokens

_AUX = r"(?:(?:have|has|had|did|do) )?"
_THEIR = r"(?: (?:their|his|her|the) (?:subscriptions?|contracts?|plans?|accounts?|memberships?|service))?"
_NOT_LEAVING = (
    r"(?! (?:an?|any|no|some|their|feedback|comments?|reviews?|ratings?|answers?|scores?|over|out|the (?:score|survey|comment))\b)"
)
_LEFT = (
    rf"{_AUX}(?:churn(?:ed)?|quit|cancel(?:l?ed)?|terminated?|walked away|defected|dropped out|(?:left|leave){_NOT_LEAVING})"
    rf"(?: us(?! an?\b))?{_THEIR}",
    r"(?:(?:did|have|do) we(?: have)? (?:lose|lost)|we(?: have)? lost)",
    r"(?:(?:were|was) )?lost",
)
_STILL_HERE = re.compile(r"\b(?:are|is|still|be|were)\s+left\b")
_RELATIVE = re.compile(r"\b(?:who|that|which)(?: have| had| has| first| only)? *$")
_LEFT_NOUN = rf"(?:cancell?ations|churners|leavers|departures|customer losses|(?:lost|churned|cancelled|departed) {PEOPLE})"
_JOINED = (
    rf"{_AUX}(?:join(?:ed)?(?: us)?|sign(?:ed)?[ -]up(?: with us| for us)?|registered|onboarded|came (?:on board|aboard)|started with us"
    rf"|bec(?:a|o)me (?:an? )?(?:new )?{PEOPLE})",
    r"(?:did|have|do) we(?: have)? (?:gain|gained|acquire|acquired|win|won|add|added|onboard|onboarded|sign up|signed up)",
)
_JOINED_NOUN = rf"(?:sign[ -]?ups|registrations|new (?:joiners|sign[ -]?ups|{PEOPLE})|joiners|newcomers)"
_BUY = (
    rf"{_AUX}(?:ever )?(?:placed?|made?|make|had|have|with|gave) (?:(?:an?|any|at least one|one or more|some) {ORDER}s?|{ORDERS})(?: with us)?",
    rf"{_AUX}(?:ever )?(?:ordered|bought|purchased|shopped)(?: (?:from|with) us| anything| something)?",
    r"did (?:order|buy|purchase|shop)",
)  # fmt: skip
_HOLD = rf"{_AUX}(?:placed?|made?|make|had|have|has|with|ordered|bought|purchased|shopped|order|buy)(?: (?:from|with) us)?"
_TIMES = rf"(?: (?:times|{ORDERS}|{ORDER}))"
_OFTEN = (
    rf"{_HOLD} (?:(?P<least>at least|a minimum of|no fewer than|no less than|not less than|minimum)"
    rf"|(?P<over>more than|over)|(?P<exact>exactly|only|just)|(?P<most>at most|no more than|a maximum of|up to)"
    rf"|(?P<under>fewer than|less than|under)) (?P<n>(?:\d+|one){_TIMES}|once|twice)",
    rf"{_HOLD} (?P<n>\d+|one|once|twice){_TIMES}? or (?:(?P<least>more)|(?P<most>less|fewer)){_TIMES}?",
    rf"{_HOLD} (?P<n>\d+)\+{_TIMES}",
    rf"{_HOLD} (?P<n>twice)",
    rf"(?P<n>repeat) {PEOPLE}",
)
_AGAIN = re.compile(r"\b(?:again|re-?order\w*|repurchas\w*|come back|came back|another|second|still|never|not)\b|n['’]t\b")
_AGED = re.compile(
    r"\b(?:after|within|in) (?:the |their )?(?:first )?(?:\d+|an?|one) *(?:day|week|month|quarter|year)s?\b(?! *\d)"
    r"|\b(?:first|\d+)[- ](?:day|week|month|quarter|year)\b"
)
_LOGGED = r"(?:(?:were|was|are|have been|got|did we|do we|have we)(?: there)? )?(?:logged?|recorded?|filed|opened|raised|registered|reported|occurred|happened|received?|seen?|get|got|had|have|there)"
_STRICT = r"(?:logged|recorded|filed|opened|raised|registered|reported)"


_ASKED = {"left": "customers left", "joined": "customers joined", "buyers": "customers ordered"}


def of_people(question: Question) -> Found:
    """Customers who joined, left or ordered, where their number is asked for."""
    reading = question.reading
    aged = _AGED.search(in_digits(reading.question.lower()))
    if reading.has("average", "promoter", "detractor", "passive") or aged:
        return None
    often = _often(question)
    if often is not None:
        return often
    found = _found(question)
    shown = question.counts or reading.of("when") or reading.has("split", "each", "most")
    if not found or reading.has("share") or not shown:
        return None
    if len(found) > 1:
        raise Refusal("clarify", "That counts several things at once. Which one first?", [f"How many {_ASKED[kind]}?" for kind, _span in found])
    kind, span = found[0]
    return Records(kind), [span]


def _found(question: Question) -> list[tuple[Kind, Span]]:
    """What is said of the customers; nouns count by themselves, verbs after "how many"."""
    counts, text = question.counts, question.text
    left = question.first_of(_LEFT_NOUN, *(_LEFT if counts and not _STILL_HERE.search(text) else ()))
    joined = question.first_of(_JOINED_NOUN, *(_JOINED if counts else ()))
    buying = counts and question.has_table("orders") and not _AGAIN.search(text)
    bought = question.first_of(*_BUY) if buying else None
    pairs = (("left", left), ("joined", joined), ("buyers", bought))
    found = [(cast(Kind, kind), span) for kind, span in pairs if span]
    asked = [(kind, span) for kind, span in found if not _RELATIVE.search(text[: span[0]])]
    return asked if len(found) > 1 else found


def _often(question: Question) -> Found:
    """Customers by how often they ordered: "ordered at least three times", "with two or more orders"."""
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


def of_events(question: Question) -> Found:
    """How often something was logged: "how many complaints were logged in May"."""
    found = compiled(rf"{HOW_MANY} (?:(?:different|of our|of the|the) )*(?P<event>[a-z][\w-]*(?: [a-z][\w-]*)?) {_LOGGED}").search(question.text)
    if found is None or not question.has_table("events"):
        return None
    event = found["event"]
    words = {at for at, word in enumerate(tokens(question.text)) if found.start("event") <= word.start < found.end("event")}
    logged = compiled(_STRICT).search(found[0]) is not None
    if re.fullmatch(rf"(?:\w+ )?(?:{PEOPLE}|{ORDERS})", event) or not (logged or words <= set(question.reading.unknown_at)):
        return None
    return Records("events", event=event), [(found.start("event"), found.end())]
