"""Customers who joined, left, ordered or are there, and how often something was logged."""

from __future__ import annotations

import re
from typing import cast

from agent.builtin.counting.kinds import Kind, Records
from agent.builtin.counting.often import often_bought
from agent.builtin.counting.patterns import (
    HOW_MANY,
    MOST,
    ORDER,
    ORDERS,
    PEOPLE,
    SHARE_OF,
    Found,
    Question,
    Span,
    compiled,
    end_of,
)
from agent.builtin.frame import Refusal
from agent.builtin.numberwords import in_digits
from agent.builtin.vocabulary import tokens

_AUX = r"(?:(?:have|has|had|did|do) )?"
_THEIR = r"(?: (?:their|his|her|the) (?:subscriptions?|contracts?|plans?|accounts?|memberships?|service))?"
_NOT_LEAVING = (
    r"(?! +(?:an?|any|no|some|their|feedback|comments?|reviews?|ratings?|answers?|scores?|over|out"
    r"|the (?:score|survey|comment))\b)"
)
_LEFT = (
    rf"{_AUX}(?:churn(?:ed)?|quit|cancel(?:l?ed)?|terminated?|walked away|defected|dropped out"
    rf"|(?:left|leave){_NOT_LEAVING})(?: us(?! +an?\b))?{_THEIR}",
    r"(?:(?:did|have|do) we(?: have)? (?:lose|lost)|we(?: have)? lost)",
    r"(?:(?:were|was) )?lost",
)
_LEFT_NOUN = (
    rf"(?:cancell?ations|churners|leavers|departures|customer losses|(?:lost|churned|cancelled|departed) {PEOPLE})"
)
_JOINED = (
    rf"{_AUX}(?:join(?:ed)?(?: us)?|sign(?:ed)?[ -]up(?: with us| for us)?|registered|onboarded"
    rf"|came (?:on board|aboard)|started with us|bec(?:a|o)me (?:an? )?(?:new )?{PEOPLE})",
    r"(?:did|have|do) we(?: have)? (?:gain|gained|acquire|acquired|win|won|add|added|onboard|onboarded|sign(?:ed)? up)",
)
_JOINED_NOUN = rf"(?:sign[ -]?ups|registrations|new (?:joiners|sign[ -]?ups|{PEOPLE})|joiners|newcomers)"
_BUY = (
    rf"{_AUX}(?:ever )?(?:placed?|made?|make|had|have|with|gave) "
    rf"(?:(?:an?|any|at least one|one or more|some) {ORDER}s?|{ORDERS})(?: with us)?",
    rf"{_AUX}(?:ever )?(?:ordered|bought|purchased|shopped)(?: (?:from|with) us| anything| something)?",
    r"did (?:order|buy|purchase|shop)",
)
_RATE = r"(?:churn|attrition|cancell?ation|customer loss)(?: rates?)?"
_HERE = (
    r"(?:(?:do|have) we (?:still )?(?:have )?left|(?:are|is) (?:still )?left)",
    r"(?:(?:are|is) )?still (?:here|with us|around|customers|members|subscribed|subscribers)",
    r"(?:do )?we (?:still|currently|now) have",
    rf"(?:active|current|remaining) {PEOPLE}",
)
_USING = re.compile(r"\b(?:buy\w*|order\w*|purchas\w*|log\w*|using|after)\b")
_RELATIVE = re.compile(r"\b(?:who|that|which)(?: have| had| has| first| only)? *$")
_AGAIN = re.compile(
    r"\b(?:again|re-?order\w*|repurchas\w*|come back|came back|another|second|still|never|not)\b|n['’]t\b"
)
_AGED = re.compile(
    r"\b(?:after|within|in) (?:the |their )?(?:first )?(?:\d+|an?|one) *(?:day|week|month|quarter|year)s?\b(?! *\d)"
    r"|\b(?:first|\d+)[- ](?:day|week|month|quarter|year)\b"
)
_STRICT = r"(?:logged|recorded|filed|opened|raised|registered|reported)"
_LOGGED = (
    r"(?:(?:were|was|are|have been|got|did we|do we|have we)(?: there)? )?(?:logged?|recorded?|filed|opened|raised"
    r"|registered|reported|occurred|happened|received?|seen?|get|got|had|have|there)"
)
_ASKED = {"left": "customers left", "joined": "customers joined", "buyers": "customers ordered"}


def of_people(question: Question) -> Found:
    """Customers who joined, left or ordered, where their number is asked for."""
    aged = _AGED.search(in_digits(question.reading.question.lower()))
    if question.reading.has("average", "promoter", "detractor", "passive") or aged:
        return None
    found = often_bought(question) or _left_share(question) or _still_here(question) or _ranked(question)
    return found or _counted(question)


def _still_here(question: Question) -> Found:
    here = question.first_of(*_HERE) if question.counts and not _USING.search(question.text) else None
    return (Records("remaining"), [here]) if here else None


def _ranked(question: Question) -> Found:
    """ "Which plan lost the most subscribers"."""
    verb = r"(?P<verb>lost|lose|loses|gained|gains|won|(?:have|has|had|saw|sees))"
    what = rf"(?P<what>{PEOPLE}|{_LEFT_NOUN}|{_JOINED_NOUN})"
    found = compiled(rf"{verb} (?P<end>{MOST}) {what}").search(question.text)
    if found is None or not question.reading.has("which"):
        return None
    lost = found["verb"].startswith("lo") or re.fullmatch(_LEFT_NOUN, found["what"])
    won = found["verb"] in ("gained", "gains", "won") or re.fullmatch(_JOINED_NOUN, found["what"])
    kind: Kind = "left" if lost else "joined" if won else "customers"
    return Records(kind, end=end_of(found["end"])), [found.span()]


def _left_share(question: Question) -> Found:
    """The share who left in a stretch of time; without one, or for those who joined in it, retention tells it."""
    dated = any(m.time is not None and m.time.period is not None for m in question.reading.mentions)
    if not dated or question.first_of(*_JOINED, _JOINED_NOUN):
        return None
    left = question.first_of(*_LEFT) if question.reading.has("share") else None
    span = question.find(_RATE) if not question.counts else None
    span = span if span and (question.text[span[0] : span[1]].rstrip("s").endswith("rate") or not left) else left
    return (Records("left_share"), [span]) if span and not question.by_calendar else None


def _counted(question: Question) -> Found:
    found = _said(question)
    shown = question.counts or question.reading.of("when") or question.reading.has("split", "each")
    if not found or question.reading.has("share") or not shown:
        return None
    if len(found) > 1:
        asked = [f"How many {_ASKED[kind]}?" for kind, _span in found]
        raise Refusal("clarify", "That counts several things at once. Which one first?", asked)
    kind, span = found[0]
    return Records(kind), [span]


def _said(question: Question) -> list[tuple[Kind, Span]]:
    """What is said of the customers; nouns count by themselves, verbs after "how many"."""
    counts, text = question.counts, question.text
    left = question.first_of(_LEFT_NOUN, *(_LEFT if counts else ()))
    joined = question.first_of(_JOINED_NOUN, *(_JOINED if counts else ()))
    buying = counts and question.has_table("orders") and not _AGAIN.search(text)
    bought = (
        question.first_of(*_BUY, r"(?:buyers|purchasers)(?=\s*(?:in|during|since|by|per)?\s\s)") if buying else None
    )
    pairs = (("left", left), ("joined", joined), ("buyers", bought))
    found = [(cast(Kind, kind), span) for kind, span in pairs if span]
    asked = [(kind, span) for kind, span in found if not _RELATIVE.search(text[: span[0]])]
    return asked if len(found) > 1 and asked else found


def of_events(question: Question) -> Found:
    """How often something was logged: "how many complaints were logged in May"."""
    named = r"(?:(?:different|of our|of the|the) )*(?P<event>[a-z][\w-]*(?: [a-z][\w-]*)??)"
    found = compiled(rf"{HOW_MANY} {named} {_LOGGED}").search(question.text)
    if found is None or not question.has_table("events"):
        return None
    start, end = found.span("event")
    words = {at for at, word in enumerate(tokens(question.text)) if start <= word.start < end}
    known = compiled(_STRICT).search(found[0]) is None and not words <= set(question.reading.unknown_at)
    if known or re.fullmatch(rf"(?:\w+ )?(?:{PEOPLE}|{ORDERS})", found["event"]):
        return None
    return Records("events", event=found["event"]), [(start, found.end())]


def of_conversion(question: Question) -> Found:
    """ "Conversion rate by plan": the share of all customers whose yes/no column says yes."""
    reading = question.reading
    outcomes = {m.entries[0].name: m for m in reading.of("outcome") if m.text.lower().endswith("rate")}
    signs = {sign for m in reading.mentions for sign in m.signs}
    plain = signs <= {"which", "split", "each", "whole", "segment", "metric", "share"} and not reading.of("when")
    if len(outcomes) != 1 or not plain or reading.of("value"):
        return None
    name, mention = next(iter(outcomes.items()))
    words = tokens(reading.question)
    return Records("customers", share=True, flag=name), [(words[mention.first].start, words[mention.last].end)]


def of_customers(question: Question) -> Found:
    """How many customers there are: nothing else may be asked of them."""
    reading = question.reading
    counted = question.leads_to(PEOPLE)
    told = counted or compiled(rf"{SHARE_OF}(?P<noun>{PEOPLE})").search(question.text)
    signs = {sign for m in reading.mentions for sign in m.signs}
    others = {m.kind for m in reading.mentions} & {"number", "when", "event", "measure", "unsupported"}
    if told is None or others or not question.has_table("customers"):
        return None
    if not signs <= {"count", "which", "split", "each", "whole", "segment", "compare", "metric", "share", "not"}:
        return None
    return Records("customers", share=counted is None), [told.span("noun")]
