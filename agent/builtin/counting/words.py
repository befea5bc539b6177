"""The words that ask for records: "customers who left", "orders per customer", "how much did they spend".

What was read so takes the place of its words in the reading; everything else in the question (filters, splits, time)
is read as always, and what is then left over refuses the question.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agent.builtin.counting.kinds import Records
from agent.builtin.counting.money import of_money, of_orders, per_customer
from agent.builtin.counting.patterns import Found, Question
from agent.builtin.counting.people import of_events, of_people
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import tokens
from warehouse.catalog import Catalog

SIGN = "records"
_ABOUT_ANSWERS = re.compile(
    r"\b(?:nps|net promoter|scor(?:e|es|ed|ing)|rat(?:e us|ing|ings|ed)|recommend\w*|satisf\w+|happy|happi\w+|unhapp\w+"
    r"|loyal\w*|answer(?:s|ed|ing)?|respon\w+|repl(?:y|ies|ied)|survey\w*|comment\w*|feedback|sentiment|why"
    r"|effects?|impact\w*|caus\w+|median|forecast\w*|predict\w*)\b",
    re.IGNORECASE,
)
_FINDERS: tuple[Callable[[Question], Found], ...] = (per_customer, of_money, of_orders, of_people, of_events)


def take_records(reading: Reading, catalog: Catalog) -> Records | None:
    """What the question counts or adds up besides answers, its words taken out of the reading; None for others."""
    text = _blanked(reading)
    if _ABOUT_ANSWERS.search(text):
        return None
    question = Question(text, reading, catalog)
    for find in _FINDERS:
        found = find(question)
        if found is not None:
            records, spans = found
            return _taken(reading, records, spans)
    return None


def _blanked(reading: Reading) -> str:
    """The question in lower case and without its time words, each letter in its place."""
    text = reading.question
    for mention in reading.of("when"):
        if mention.time is not None:
            text = text[: mention.time.start] + " " * (mention.time.end - mention.time.start) + text[mention.time.end :]
    return text.lower()


def _taken(reading: Reading, records: Records, spans: list[tuple[int, int]]) -> Records | None:
    """The records, where none of their words is a name of the data: answers may have an order value of their own."""
    words = list(enumerate(tokens(reading.question)))
    stretches = [{at for at, word in words if start <= word.start and word.end <= end} for start, end in spans]
    stretches = [inside for inside in stretches if inside]
    held = {at for inside in stretches for at in inside}
    if any(m.entries and held & set(range(m.first, m.last + 1)) for m in reading.mentions):
        return None
    for inside in stretches:
        reading.forget(inside)
        text = " ".join(word.text for at, word in words if at in inside)
        reading.add(Mention(min(inside), max(inside), text, signs=(SIGN,)))
    return records
