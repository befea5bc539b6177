"""The words that ask for records: "customers who left", "orders per customer", "how much did they spend".

What was read so takes the place of its words in the reading; everything else in the question (filters, splits, time)
is read as always, and what is then left over refuses the question.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable

from agent.builtin.counting.kinds import Records
from agent.builtin.counting.money import of_money, of_orders, per_customer
from agent.builtin.counting.patterns import HOW_MANY, INCOME, ORDERS, PEOPLE, Found, Question, compiled
from agent.builtin.counting.people import of_conversion, of_customers, of_events, of_people
from agent.builtin.frame import Frame, Refusal
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import tokens
from warehouse.catalog import Catalog
from warehouse.periods import parse_period

SIGN = "records"
_ABOUT_ANSWERS = re.compile(
    r"\b(?:nps|net promoter|scor(?:e|es|ed|ing)|rat(?:e us|ing|ings|ed)|recommend\w*|satisf\w+|happy|happi\w+|unhapp\w+"
    r"|loyal\w*|answer(?:s|ed|ing)?|respon\w+|repl(?:y|ies|ied)|survey\w*|comment\w*|feedback|sentiment|why"
    r"|effects?|impact\w*|caus\w+|median|forecast\w*|predict\w*"
    r"|(?:bad|good|weak|poor|odd|strange)\W+(?:\w+\W+)?(?:cohorts?|vintages?|intakes?))\b",
    re.IGNORECASE,
)
_AHEAD = re.compile(
    r"\b(?:(?:will|would|could|should|might)(?! (?:you|i|like|be good|be nice|love))|going to|about to|likely|expect\w*"
    r"|next|must|(?:do|does|did|would) (?:we|i|you|it) need|needed)\b"
)
"""What has not happened is not counted."""
_COUNTS_NOBODY = frozenset(
    ["impact", "matched_effect", "find_change_points", "seasonality", "key_drivers", "priorities", "cohort_nps"]
)
"""Tools that tell of no number of people."""
_MOODS = re.compile(
    rf"\b(happy|happiest|unhappy|satisfied|dissatisfied|unsatisfied|loyal|angry|delighted) (?:{PEOPLE}|ones)\b"
    rf"|{PEOPLE} (?:are|were) (?:really |very )?(happy|unhappy|satisfied|dissatisfied|loyal|angry)\b",
    re.IGNORECASE,
)
_UNITS = rf"(?:{ORDERS}|jobs|projects|deliveries|shipments|bookings|trips|rides|stays|visits|claims|cases|tickets)"
_RATED = r"(?:(?:were|was|got|have been|are) (?:rated|scored|reviewed|surveyed)|got an? (?:score|rating|answer))"
_FINDERS: tuple[Callable[[Question], Found], ...] = (
    per_customer,
    of_money,
    of_orders,
    of_people,
    of_events,
    of_customers,
    of_conversion,
)


def take_records(reading: Reading, catalog: Catalog) -> Records | None:
    """What the question counts or adds up besides answers, its words taken out of the reading; None for others."""
    text = _blanked(reading)
    if any(not str(m.unsupported).startswith("money") for m in reading.of("unsupported")) or _AHEAD.search(text):
        return None
    _refuse_growth(reading.question.lower())
    if _ABOUT_ANSWERS.search(text):
        _refuse_split_by_number(text)
        return None
    question = Question(text, reading, catalog)
    for find in _FINDERS:
        found = find(question)
        if found is not None:
            records, spans = found
            _before_the_answers(reading, catalog)
            return _taken(reading, records, spans)
    _refuse_orders(question)
    return None


def drop_rated_units(reading: Reading, catalog: Catalog) -> None:
    """ "How many orders were rated": where each answer is about an order, its answers are counted."""
    found = compiled(rf"{HOW_MANY} (?P<unit>{_UNITS}) .*{_RATED}").search(reading.question.lower())
    if found and "orders" not in catalog.tables:
        at = next(at for at, word in enumerate(tokens(reading.question)) if word.start == found.start("unit"))
        reading.forget({at} & set(reading.unknown_at))


def _refuse_growth(text: str) -> None:
    """ "Revenue growth": not the figure itself, and no customers of a plan of that name."""
    moved = r"(?:growth|increase|decrease|decline|development|trend)"
    if compiled(rf"(?:{INCOME}|{ORDERS}|order|sign[ -]?ups?|customer|subscriber|user) {moved}(?: rate)?").search(text):
        raise Refusal("declined", "I tell no rates of growth; ask for the figures by month, quarter or year.")


def refuse_uncounted(question: str, frame: Frame) -> None:
    """ "How many customers upgraded" is never answered by what an upgrade did to NPS, "how many happy ones" by all."""
    mood = _MOODS.search(question)
    if mood and frame.op in ("count", "customers") and not frame.classes:
        options = ["How many promoters are there?", "How many detractors are there?"]
        raise Refusal("clarify", f"Whom do you call {(mood[1] or mood[2]).lower()}?", options)
    asked = re.match(
        rf"\W*{HOW_MANY.replace(' ', ' +')} +(?:of +)?(?:our +|the +|all +)*(?:{PEOPLE}|{ORDERS})\b", question.lower()
    )
    if asked and frame.op == "tool" and frame.tool in _COUNTS_NOBODY:
        raise Refusal(
            "declined", "I do not know what is to be counted here; I can count answers, and those who joined or left."
        )


def _refuse_orders(question: Question) -> None:
    """ "Are the orders of A bigger than those of B?": nothing about NPS, where there is a table of orders."""
    signs = {sign for m in question.reading.mentions for sign in m.signs}
    if question.has_table("orders") and question.find(ORDERS) and not any(sign.startswith("ask_") for sign in signs):
        options = ["How many orders are there?", "What is the average order value?", "How many orders per customer?"]
        raise Refusal("clarify", "What of the orders? I count them, add them up and average what they cost.", options)


def _refuse_split_by_number(text: str) -> None:
    """ "NPS by number of orders": there is no such split, and the count is not what is asked for."""
    number = r"(?:number of|how many|count of)"
    if compiled(rf"(?:by|per|with|against|vs|versus) (?:the |their )?{number} {ORDERS}").search(text):
        raise Refusal("declined", "I cannot split answers by a number of orders; only by a dimension or over time.")


def _blanked(reading: Reading) -> str:
    """The question in lower case without its time words and the names of the data, each letter in its place.

    Where answers have an order value of their own, that one is meant and not what orders cost.
    """
    text, words = reading.question.lower(), tokens(reading.question)
    spans = [(m.time.start, m.time.end) for m in reading.mentions if m.time is not None]
    named = [m for m in reading.mentions if m.kind in ("value", "dimension", "measure", "outcome")]
    spans += [(words[m.first].start, words[m.last].end) for m in named]
    for start, end in spans:
        up = (
            3
            if re.match(r"up\b", text[start:end], re.IGNORECASE) and re.search(r"sign\w*[ -]$", text[:start], re.I)
            else 0
        )
        text = text[: start + up] + " " * (end - start - up) + text[end:]
    return text


def _taken(reading: Reading, records: Records, spans: list[tuple[int, int]]) -> Records:
    """The records, with one sign in the place of their words."""
    words = list(enumerate(tokens(reading.question)))
    stretches = [{at for at, word in words if start <= word.start and word.end <= end} for start, end in spans]
    stretches = [inside for inside in stretches if inside]
    for inside in stretches:
        reading.forget(_apart_from_times(reading, inside))
        text = " ".join(word.text for at, word in words if at in inside)
        reading.add(Mention(min(inside), max(inside), text, signs=(SIGN,)))
    return records


def _before_the_answers(reading: Reading, catalog: Catalog) -> None:
    """Customers joined and ordered before the first answer came in: such a stretch of time is not outside the data."""
    for mention in reading.of("when"):
        time = mention.time
        if time is None or time.kind != "outside" or time.period is None or catalog.as_of is None:
            continue
        period = parse_period(time.period, as_of=catalog.as_of)
        if period.end is not None and period.end <= catalog.as_of:
            mention.time = dataclasses.replace(time, kind="period", read_as=time.read_as.split(", which lies")[0])


def _apart_from_times(reading: Reading, inside: set[int]) -> set[int]:
    """ "Signed up in 2024", where "up in 2024" was read as the time: that stays."""
    return inside - {at for m in reading.mentions if m.time is not None for at in range(m.first, m.last + 1)}
