"""Orders and money: how many, how much in all, how much each, how much per customer."""

from __future__ import annotations

import re

from agent.builtin.counting.kinds import Kind, Records
from agent.builtin.counting.patterns import (
    FEW,
    HOW_MANY,
    INCOME,
    MEAN,
    MOST,
    ORDER,
    ORDERS,
    PEOPLE,
    SHARE_OF,
    WORTH,
    Found,
    Question,
    Span,
    compiled,
    end_of,
)

_SPEND = r"(?:spend|spending|amount spent)"
_SPENT = r"(?:spend|spends|spent|pay|pays|paid)(?: (?:with|on) us)?"
_PER_PERSON = rf"(?:per|for each|for every|by each|of each|each) (?:{PEOPLE}|head|capita)"
_PLACED = r"(?:placed?|places|makes?|made|has|have|had|received?)"
_ADD_UP = (
    r"(?:what (?:do|did) they (?:add|sum) up to|(?:and )?(?:their|the) (?:total|sum|combined value|total value|value)"
    r"|(?:and )?how much (?:are|were) they worth|what (?:are|were) they worth)"
)
_BRINGS = (
    r"(?:brings?(?: in)?|generates?|makes?|earns?|produces?|yields?|has|had|gives?|gets?|brought(?: in)?|made|earned)"
)
_WE_MADE = (
    r"(?: (?:did we|do we|have we|we)(?: have)? (?:makes?|made|earn|earned|get|got|have|had|take|took|generated?"
    r"|booked?|see))?"
)


def per_customer(question: Question) -> Found:
    """Orders or money per customer: "orders per customer", "how many orders does a customer place on average"."""
    single = r"(?P<who>(?:the |an |our )?(?:average|typical)"
    found = compiled(
        rf"(?P<much>how much(?: money)?) (?:do|does|did|has|have) {single} {PEOPLE}) .*?(?P<verb>{_SPENT})"
    ).search(question.text)
    if found:
        return Records("spend_each"), [found.span("much"), found.span("who"), found.span("verb")]
    number = rf"(?:(?:number|count) of )?(?:{ORDERS}|{ORDER} (?:count|frequency))"
    span = question.find(rf"(?:(?:{MEAN}|typical) )?{number} {_PER_PERSON}")
    if span:
        return Records("orders_each"), [span]
    money = rf"(?:(?:{ORDER} )?{WORTH}|{INCOME}|{_SPEND})"
    span = question.find(rf"(?:{MEAN} )?{money} {_PER_PERSON}")
    if span:
        return Records("spend_each"), [span]
    return _on_average(question) if question.reading.has("average") and not question.by_calendar else None


def _on_average(question: Question) -> Found:
    how = question.first_of(rf"how many {ORDERS} (?:do|does|did|has|have)", rf"{MEAN} (?:number|count) of {ORDERS}")
    if how:
        placed = question.find(_PLACED, how[1])
        return Records("orders_each"), [how, *([placed] if placed else [])]
    much, spent = question.find(r"how much (?:do|does|did|has|have)"), question.find(_SPENT)
    if not (much and spent):
        return None
    order = question.find(rf"(?:per|for an|on an|on each|on every|in an|with each|an) {ORDER}")
    return Records("order_mean" if order else "spend_each"), [much, spent, *([order] if order else [])]


def of_money(question: Question) -> Found:
    """The mean or the sum of what orders cost."""
    if question.find(rf"{SHARE_OF}(?:{ORDERS}|{INCOME})"):
        return None
    return _mean(question) or (None if question.reading.has("average") else _sum(question))


def _mean(question: Question) -> Found:
    worth = (
        rf"(?:{ORDER}s? {WORTH}|{WORTH} (?:of|per|for) (?:an? |the |our |their |all |each )?{ORDER}s?"
        rf"{_as_in_the_file(question)})"
    )
    found = compiled(rf"(?P<mean>{MEAN} ){FEW}(?P<worth>{worth})").search(question.text)
    if found:
        return Records("order_mean"), [found.span("mean"), found.span("worth")]
    span = question.first_of(
        rf"{worth} on average",
        rf"how (?:big|large|high|much|expensive) is (?:an|the|our) {MEAN} {ORDER}",
        "aov",
        rf"{MEAN} (?:{_SPEND}|revenue) (?:per|on an|for an) {ORDER}",
        rf"{MEAN} {ORDER}s?(?! +(?:of|count|frequency|rate))",
    )
    if span:
        return Records("order_mean"), [span]
    span = question.find(_SPEND) if question.reading.has("average") and question.has_table("orders") else None
    so_far = span and question.text[span[1] :].startswith(" so far")
    return (Records("spend_each"), [span]) if span and not so_far else None


def _as_in_the_file(question: Question) -> str:
    """The amount as the file calls it: order_total."""
    orders = question.catalog.tables.get("orders")
    names = [c.source for c in orders.columns.values() if c.role == "amount"] if orders else []
    return "".join("|" + re.escape(re.sub(r"[\W_]+", " ", name).strip().lower()).replace("\\ ", " ") for name in names)


def _sum(question: Question) -> Found:
    most = compiled(rf"{_BRINGS} (?:us )?(?P<end>the (?:most|least|highest|lowest)) (?:{INCOME}|money)").search(
        question.text
    )
    if most and question.reading.has("which"):
        return Records("revenue", end=end_of(most["end"])), [most.span()]
    span = question.first_of(
        rf"(?:(?:total|overall|combined|whole) )?{ORDER} (?:value|volume|amount|total|sum)s?",
        rf"(?:(?:total|overall|combined|whole) )?(?:value|sum|amount|worth) of (?:all |our |the )*{ORDERS}",
        rf"(?:total )?{INCOME}(?: volume| revenue)?{_WE_MADE}",
        rf"total {_SPEND}",
        r"(?:how much(?: money)?|what) (?:did|do|have|has) we (?:take in|taken in|earn|earned|bring in|turn over)",
    )
    if span:
        return Records("revenue"), [span]
    if not question.has_table("orders"):
        return None
    much = r"(?P<much>how much(?: money)?) (?:did|do|have|has|was|were|is)"
    found = compiled(rf"{much} {FEW}(?P<verb>{_SPENT})").search(question.text)
    if found:
        return Records("revenue"), [found.span("much"), found.span("verb")]
    span = question.find(rf"{_SPEND}(?= +(?:by|per|in))")
    return (Records("revenue"), [span]) if span else None


def of_orders(question: Question) -> Found:
    """The number of orders, what they add up to, and what part of them is of a group."""
    text = question.text
    ranked = compiled(rf"{MOST} (?P<orders>{ORDERS})").search(text)
    if ranked and question.reading.has("which") and question.has_table("orders"):
        return Records("orders", end=end_of(ranked[0])), [ranked.span()]
    shared = compiled(rf"{SHARE_OF}(?P<what>{ORDERS}|{INCOME})").search(text)
    if shared:
        kind: Kind = "orders" if re.fullmatch(ORDERS, shared["what"]) else "revenue"
        return Records(kind, share=True), [shared.span("what"), *_verbs(question, shared.end())]
    lead = question.leads_to(ORDERS)
    people = compiled(rf"{HOW_MANY} {FEW}{PEOPLE}").search(text)
    if lead and not (people and people.end() < lead.end()):
        return Records("orders"), [lead.span("noun"), *_verbs(question, lead.end())]
    shown = r"\W*(?:(?:show|give|list|plot|chart|display)(?: me| us)? )?(?:(?:our|the|total|all) )*"
    plain = re.match(f"{shown}(?P<orders>{ORDERS}|{ORDER} (?:counts?|volumes?))(?!\\w)", text)
    if plain and question.has_table("orders") and (question.reading.of("when") or question.reading.has("split")):
        return Records("orders"), [plain.span("orders")]
    return None


def _verbs(question: Question, start: int) -> list[Span]:
    """ "Orders … were placed", "… and what did they add up to"."""
    spans = [question.find(_PLACED, start), question.find(_ADD_UP, start)]
    return [span for span in spans if span]
