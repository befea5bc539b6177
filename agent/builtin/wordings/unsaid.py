"""What a question leaves unsaid because it has just been said: "those who converted and those who did not"."""

from __future__ import annotations

import re

from agent.builtin.lexicon import Entry
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import tokens
from warehouse.catalog import Catalog

_DID_NOT = re.compile(
    r"\b(?:did|do|does|have|has|had|are|is|were|was)(?:\s+not|n['’]t)"
    r"(?=\s*(?:$|[?.,;:)!])|\s+(?:and|by|in|per|for|during|since|on|differ|compare)\b)",
    re.IGNORECASE,
)


def take_unsaid(reading: Reading, catalog: Catalog) -> None:
    """ "Who did not" stands for the other one of two values, where one of them was named before it."""
    words = tokens(reading.question)
    for found in _DID_NOT.finditer(reading.question):
        inside = {at for at, word in enumerate(words) if found.start() <= word.start and word.end <= found.end()}
        before = [m for m in reading.mentions if m.entries and m.last < min(inside, default=0)]
        verb = words[min(inside)].text if inside else ""
        same = [m for m in before if m.first and words[m.first - 1].text == verb] or before
        other = _other_of_two(same[-1], catalog) if same else None
        if other is None or not inside & (set(reading.unknown_at) | {m.first for m in reading.of("sign")}):
            continue
        reading.forget(inside)
        reading.add(Mention(min(inside), max(inside), found[0], entries=[other]))


def _other_of_two(mention: Mention, catalog: Catalog) -> Entry | None:
    entry = next((entry for entry in mention.entries if entry.kind == "value"), None)
    values = list(catalog.dimensions[entry.name].values) if entry is not None else []
    if entry is None or len(values) != 2:
        return None
    return Entry("value", entry.name, next(value for value in values if value != entry.value))
