"""How people write in a hurry: short forms, hedges, other words for people, and whose figure a benchmark is."""

from __future__ import annotations

import re

from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import tokens

_PEOPLE = frozenset(
    [
        "leads",
        "prospects",
        "trialists",
        "payers",
        "signups",
        "joiners",
        "adopters",
        "households",
        *("companies", "firms", "businesses", "organisations", "organizations"),
        "folk",
        "folks",
        "buyers",
        "evaluators",
        "testers",
        "trials",
        "logos",
        "teams",
        "crowd",
        "lot",
        "bunch",
    ]
)
"""Other words for customers. They say nothing new beside a value that says which ones ("partner leads"), but
something of their own elsewhere ("NPS of payers", where some pay and some do not)."""
_ONE_WORD = frozenset(["sign ups", "sign-ups", *_PEOPLE])
_OF_WHICH = r"(?:who|that|which|on|in|from|of|with|without|via|by)"
_HEDGE = re.compile(
    r"(?<!what )(?<!which )(?<!this )(?<!that )(?<!same )(?<!each )(?<!every )(?<!any )(?<!some )(?<!the )(?<!one )"
    r"(?<!what's the )\b(?:kind|sort) of\b(?!\s+(?:customers?|users?|people|clients?|accounts?|compan))",
    re.IGNORECASE,
)
_TELLS = (
    r"(?:quot(?:es?|ed|ing)|says?|said|reports?|reported|publish(?:es|ed)?|claims?|claimed|cit(?:es?|ed)|states?"
    r"|stated|shows?|showed|gives?|gave|mentions?|mentioned|lists?|listed|puts? out|put out)"
)
_SAYS = r"(?:quotes|says|said|reports|reported|publishes|published|claims|claimed|cites|states|stated)"
_NUMBER = r"[-+−]?\d+(?:\.\d+)?|(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-\w+)?"
_SOURCE = (
    re.compile(rf"\b(?:{_NUMBER})\s*,?\s+((?:that|which|as)\s+(?:\w+\s+){{1,3}}?{_TELLS})\b", re.IGNORECASE),
    re.compile(rf"\b(?:{_NUMBER})\s*,?\s+((?:according to|{_TELLS} by)\s+(?:the\s+)?[A-Z]\w+(?:\s+[A-Z]\w+)?)\b"),
    re.compile(rf"\b([A-Z]\w+\s+{_SAYS})\s+(?:an? |the )?(?:nps |score |average )?(?:of |is )?(?:{_NUMBER})\b"),
)


def drop_hedges(reading: Reading) -> None:
    """ "It kind of dropped": says nothing; "what kind of customers" asks something."""
    for found in _HEDGE.finditer(reading.question):
        inside = _inside(reading, found.span())
        if all({m.first, m.last} <= inside for m in reading.mentions if inside & set(range(m.first, m.last + 1))):
            reading.forget(inside)
    words = tokens(reading.question)
    for at, word in enumerate(words):
        if reading.question[max(word.start - 2, 0) : word.end].lower() in ("i.e", "e.g"):
            reading.forget({at} & set(reading.unknown_at))


def drop_people(reading: Reading) -> None:
    """ "Partner leads", "trialists who did not convert": beside a value, a word for people says nothing new."""
    words = tokens(reading.question)
    values = [m for m in reading.mentions if m.kind == "value"]
    for mention in [m for m in reading.mentions if m.text.lower() in _ONE_WORD and not m.entries]:
        if any(value.last == mention.first - 1 for value in values):
            reading.forget(set(range(mention.first, mention.last + 1)))
    for at in list(reading.unknown_at):
        if words[at].text not in _PEOPLE:
            continue
        before = any(value.last == at - 1 for value in values)
        joined = at + 1 < len(words) and re.fullmatch(_OF_WHICH, words[at + 1].text) is not None
        if before or (joined and any(0 < value.first - at <= 4 for value in values)):
            reading.forget({at})


def take_source(reading: Reading) -> None:
    """ "The 30 that Gartner quotes": whose figure it is, where these words mean nothing of the data."""
    for pattern in _SOURCE:
        found = pattern.search(reading.question)
        if found is None:
            continue
        inside = _inside(reading, found.span(1))
        touched = [m for m in reading.mentions if inside & set(range(m.first, m.last + 1))]
        told = any(m.entries or m.time or m.number is not None or "metric" in m.signs for m in touched)
        if inside & set(reading.unknown_at) and not told:
            reading.forget(inside)
            reading.add(Mention(min(inside), max(inside), found[1], signs=("ask_benchmark",)))
            return


def _inside(reading: Reading, span: tuple[int, int]) -> set[int]:
    words = tokens(reading.question)
    return {at for at, word in enumerate(words) if span[0] <= word.start and word.end <= span[1]}
