"""Other ways to say what the planner knows: read first, before the words are accounted for one by one."""

from __future__ import annotations

import re

from agent.builtin.reading import Reading
from agent.builtin.wordings.afterwards import take_afterwards
from agent.builtin.wordings.blame import take_blame
from agent.builtin.wordings.choosing import take_choice
from agent.builtin.wordings.emphasis import drop_degrees, take_emphasis
from agent.builtin.wordings.having import take_without
from agent.builtin.wordings.likings import take_likings
from agent.builtin.wordings.moving import take_moves
from agent.builtin.wordings.signs import inside, put
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


_DOWN_TO = re.compile(
    r"\b(?:difference|gap|lead|distance|advantage)s?\b.*?\b(?P<to>(?:(?:just|only|merely|simply|all"
    r"|mostly) )?(?:down to|due to|because"
    r" of|explained by|a matter of|owing to|caused by|to do with))(?= )",
    re.IGNORECASE,
)
_APART = re.compile(
    r"(?<=how far )(?:apart|away)\b|(?<=how big a )(?:lead|edge)\b|(?<=how large a )(?:lead|edge)\b", re.IGNORECASE
)
_GIVING = re.compile(
    r"\b(?P<verb>giving|offering|moving|switching|putting|upgrading|getting|providing|selling) (?:everybody"
    r"|everyone|every|all)\b",
    re.IGNORECASE,
)
_NO_CHANGE = re.compile(
    r"^[^?]*\b(?:did|has|have|does|is)(?P<not> not|n['’]t) (?:really |clearly )?(?:mov|chang|fall|ris|drop|shift"
    r"|differ)\w*\b"
    r"[^?]*[.;!]\s",
    re.IGNORECASE,
)


def take_wordings(reading: Reading, catalog: Catalog) -> None:
    """Read turns of phrase as the signs and values that they stand for."""
    take_likings(reading, comments=_has_comments(catalog))
    take_without(reading, catalog)
    take_blame(reading)
    take_emphasis(reading)
    take_moves(reading)
    take_choice(reading, catalog)
    drop_degrees(reading)
    take_afterwards(reading, catalog)
    _even_split(reading)
    _down_to(reading)
    for found in _GIVING.finditer(reading.question):
        reading.forget(inside(reading, found.span("verb")) & set(reading.unknown_at))
    stated = _NO_CHANGE.search(reading.question)
    if stated is not None:  # a statement before the question; what it denies is looked at all the same
        reading.mentions = [
            m for m in reading.mentions if m.first not in inside(reading, stated.span("not")) or m.entries
        ]
    for pattern in (_APART, _SIZE, _GAP):
        for found in pattern.finditer(reading.question):
            put(reading, found.span(), "compare")


def _has_comments(catalog: Catalog) -> bool:
    return any(column.role == "comment" for table in catalog.tables.values() for column in table.columns.values())


def _down_to(reading: Reading) -> None:
    """ "Is the gap between A and B down to the plan?": the two among those of the same plan."""
    found = _DOWN_TO.search(reading.question)
    if found is not None and len(reading.of("value")) == 2 and reading.of("dimension"):
        put(reading, found.span("to"), "alike")


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
