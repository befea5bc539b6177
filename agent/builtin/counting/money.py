"""Orders and money: how many, how much in all, how much each, how much per customer."""

from __future__ import annotations

import re

from agent.builtin.counting.kinds import Records
from agent.builtin.counting.patterns import FEW, HOW_MANY, MEAN, ORDER, ORDERS, PEOPLE, WORTH, Found, Question, compiled

_SPEND = r"(?:spend|spending|amount spent)"
_SPENT = r"(?:spend|spends|spent|pay|pays|paid)(?: (?:with|on) us)?"
_PER_PERSON = rf"(?:per|for each|for every|by each|of each|each) (?:{PEOPLE}|head|capita)"
_PLACED = r"(?:placed?|places|makes?|made|has|have|had|received?)"
_ADD_UP = (
    r"(?:what (?:do|did) they (?:add|sum) up to|(?:and )?(?:their|the) (?:total|sum|combined value|total value|value)"
    r"|(?:and )?how much (?:are|were) they worth|what (?:are|were) they worth)"
)


def per_customer(question: Question) -> Found:
    """Orders or money per customer: "orders per customer", "how many orders does a customer place on average"."""
    number = rf"(?:(?:number|count) of )?(?:{ORDERS}|{ORDER} (?:count|frequency))"
    span = question.find(rf"(?:(?:{MEAN}|typical) )?{number} {_PER_PERSON}")
    if span:
        return Records("orders_each"), [span]
    money = rf"(?:(?:{ORDER} )?{WORTH}|revenue|sales|turnover|{_SPEND})"
    span = question.find(rf"(?:{MEAN} )?{money} {_PER_PERSON}")
    if span:
        return Records("spend_each"), [span]
    return _on_average(question) if question.reading.has("average") else None


def _on_average(question: Question) -> Found:
    how = question.find(rf"how many {ORDERS} (?:do|does|did|has|have)") or question.find(rf"{MEAN} (?:number|count) of {ORDERS}")
    grain = any(m.time is not None and m.time.kind == "grain" for m in question.reading.mentions)
    if how and not grain:
        placed = question.find(_PLACED, how[1])
        return Records("orders_each"), [how, *([placed] if placed else [])]
    much, spent = question.find(r"how much (?:do|does|did|has|have)"), question.find(_SPENT)
    if not (much and spent) or grain:
        return None
    order = question.find(rf"(?:per|for an|on an|on each|on every|in an|with each|an) {ORDER}")
    return Records("order_mean" if order else "spend_each"), [much, spent, *([order] if order else [])]


def of_money(question: Question) -> Found:
    """The mean or the sum of what orders cost."""
    return _mean(question) or (None if question.reading.has("average") else _sum(question))


def _mean(question: Question) -> Found:
    worth = rf"(?:{ORDER}s? {WORTH}|{WORTH} (?:of|per|for) (?:an? |the |our |their |all |each )?{ORDER}s?{_as_in_the_file(question)})"
    found = compiled(rf"(?P<mean>{MEAN} ){FEW}(?P<worth>{worth})").search(question.text)
    if found:
        return Records("order_mean"), [found.span("mean"), found.span("worth")]
    span = question.first_of(
        rf"{worth} on average", rf"how (?:big|large|high|much|expensive) is (?:an|the|our) {MEAN} {ORDER}", "aov",
        rf"{MEAN} (?:{_SPEND}|revenue) (?:per|on an|for an) {ORDER}", rf"{MEAN} {ORDER}s?(?! (?:of|count|frequency|rate))",
    )  # fmt: skip
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
    ours = r"(?: (?:did we|do we|have we|we)(?: have)? (?:makes?|made|earn|earned|get|got|have|had|take|took|generated?|booked?|see))?"
    span = question.first_of(
        rf"(?:(?:total|overall|combined|whole) )?(?:{ORDER} (?:value|volume|amount|total|sum)s?|(?:value|sum|amount|worth) of (?:all |our |the )*{ORDERS})",
        rf"(?:total )?(?:revenues?|turnover|takings|sales(?: volume| revenue)?){ours}",
        rf"total {_SPEND}",
    )  # fmt: skip
    if span:
        return Records("revenue"), [span]
    if not question.has_table("orders"):
        return None
    found = compiled(rf"how much (?:money )?(?:did|do|have|has|was|were|is) {FEW}(?P<verb>{_SPENT})").search(question.text)
    if found:
        return Records("revenue"), [found.span("verb")]
    span = question.find(rf"{_SPEND}")
    return (Records("revenue"), [span]) if span and question.text[span[1] :].strip(" ?.").startswith(("by ", "per ", "in ")) else None


def of_orders(question: Question) -> Found:
    """The number of orders, and what they add up to."""
    text = question.text
    lead = compiled(rf"{HOW_MANY} {FEW}(?P<orders>{ORDERS})").search(text)
    people = compiled(rf"{HOW_MANY} {FEW}{PEOPLE}").search(text)
    if lead and not (people and people.end() < lead.end()):
        return Records("orders"), [lead.span("orders"), *_verbs(question, lead.end())]
    shown = r"(?:(?:show|give|list|plot|chart|display)(?: me| us)? )?(?:(?:our|the|total|all) )*"
    plain = compiled(rf"{shown}(?P<orders>{ORDERS}|{ORDER} (?:counts?|volumes?))").match(text)
    if plain and question.has_table("orders") and (question.reading.of("when") or question.reading.has("split")):
        return Records("orders"), [plain.span("orders")]
    return None


def _verbs(question: Question, start: int) -> list[tuple[int, int]]:
    """ "Orders … were placed", "… and what did they add up to"."""
    spans = [question.find(_PLACED, start), question.find(_ADD_UP, start)]
    return [span for span in spans if span]
