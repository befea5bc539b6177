"""Columns that are known only after the answer: a renewal, a cancellation and its reason follow from an opinion.

"Does the renewal status drive NPS?" and "is cancelling the reason for the low NPS?" are answered by what does go with
NPS, and by why that column is set aside.
"""

from __future__ import annotations

import re

from agent.builtin.lexicon import Entry
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import phrase, tokens
from agent.builtin.wordings.signs import put
from tools.explain.driver_columns import known_afterwards
from warehouse.catalog import Catalog
from warehouse.roles import words_of

_STEM = 6
REASON = re.compile(
    r"\b(?:the |a |one |our )?(?:main |real |biggest |chief )?(?:reasons?|causes?|explanations?) (?:for|of|behind) "
    r"(?:the |our |such a |this )?(?:low|bad|poor|weak|high|good|strong|disappointing) (?:nps|scores?|results?"
    r"|ratings?)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(r"\W*(?:so |and )?(?:is|are|was|were|could|might|can|may)\b", re.IGNORECASE)
""" "Is X the reason …": the reasons for low scores are a matter of what people write."""


def is_afterwards(catalog: Catalog, name: str) -> bool:
    """True where a column of the data is known only after the answer."""
    dimension = catalog.dimensions.get(name)
    return known_afterwards(name, dimension.values if dimension is not None else ())


def take_afterwards(reading: Reading, catalog: Catalog) -> None:
    """ "Cancelling the reason for the low NPS": the column that such a word belongs to, as something that drives."""
    found = REASON.search(reading.question)
    if found is not None and _ASKED.match(reading.question):
        put(reading, found.span(), "ask_drivers")
    if not reading.has("ask_drivers"):
        return
    words = tokens(reading.question)
    for mention in reading.of("sign"):
        name = _column_of(words[mention.first].stem, catalog) if mention.first == mention.last else None
        if name is not None and set(mention.signs) <= {"ask_retention", "records"}:
            mention.signs, mention.entries = (), [Entry("dimension", name)]
    for at in list(reading.unknown_at):
        name = _column_of(words[at].stem, catalog)
        if name is not None:
            text = words[at].text
            reading.forget({at})
            reading.add(Mention(at, at, text, entries=[Entry("dimension", name)]))


def _column_of(word: str, catalog: Catalog) -> str | None:
    """The column that is known afterwards and has a word of the same stem: cancelling, cancellation_reason."""
    if len(word) < _STEM:
        return None
    for name, dimension in catalog.dimensions.items():
        parts = [*phrase(words_of(name)), *(part for value in dimension.values for part in phrase(value))]
        if is_afterwards(catalog, name) and any(part[:_STEM] == word[:_STEM] for part in parts):
            return name
    return None
