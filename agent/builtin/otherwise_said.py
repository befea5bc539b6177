"""Other ways to say what the planner knows: read first, before the words are accounted for one by one."""

from __future__ import annotations

import re

from agent.builtin.afterwards import take_afterwards
from agent.builtin.blame import take_blame
from agent.builtin.having import take_without
from agent.builtin.moving import take_moves
from agent.builtin.reading import Reading
from agent.builtin.signs import inside, put
from warehouse.catalog import Catalog

_ARM = re.compile(r"variant|version|\barm\b|experiment|treatment|test.?group|bucket|\bab\b", re.IGNORECASE)
_EVEN = re.compile(
    r"\bhalf (?:and|to|/|-)? ?half\b|\b(?:50|fifty)[ /:%-]*(?:to |and |vs\.? )?(?:50|fifty)(?:[ -]split|%)?(?!\w)"
    r"|\b(?:in(?:to)? )?two halves\b"
    r"|\b(?:evenly|equally|fairly|properly|correctly|unevenly) (?:split|divided|distributed|assigned|sized|large|big)\b"
    r"|\b(?:split|divided|assigned|distributed) (?:evenly|equally|fairly|half and half|unevenly)\b"
    r"|\b(?:even|equal|fair|uneven|unequal)(?: (?:split|shares|sizes|numbers|halves))?(?=\W*$| (?:between|among"
    r"|in|of|across)\b)"
    r"|\b(?:the same|equal) (?:size|number of (?:people|customers|answers|users))\b|\b(?:as|equally) (?:large|big"
    r"|many)\b",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\bhow (?:large|big|great|wide|strong|pronounced|substantial|far apart) (?:is|was|are|were|is still|would be)?"
    r"(?= ?(?:the |this |that |our )?(?:\w+ )?(?:gap|difference|distance|lead|advantage|divide|disadvantage|edge)s?\b)",
    re.IGNORECASE,
)
_GAP = re.compile(
    r"\b(?:distance|lead|advantage|divide|disadvantage|edge)s?\b(?= (?:of|between|that|over)\b)", re.IGNORECASE
)


def take_wordings(reading: Reading, catalog: Catalog) -> None:
    """Read turns of phrase as the signs and values that they stand for."""
    take_without(reading, catalog)
    take_blame(reading)
    take_moves(reading)
    take_afterwards(reading, catalog)
    _even_split(reading)
    for pattern in (_SIZE, _GAP):
        for found in pattern.finditer(reading.question):
            put(reading, found.span(), "compare")


def _even_split(reading: Reading) -> None:
    """ "Was the split between the variants half and half?": a question of how an experiment was split."""
    arms = any(_ARM.search(entry.name) for m in reading.mentions for entry in m.entries)
    if not (arms or reading.has("ask_experiment")):
        return
    found = _EVEN.search(reading.question)
    if found is None:
        return
    within = inside(reading, found.span())
    reading.mentions = [m for m in reading.mentions if m.number is None or not within & {m.first}]
    put(reading, found.span(), "ask_experiment")
