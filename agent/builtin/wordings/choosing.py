"""Choices: "Velo or Rapid, which one would you take?", "who should we go with?", "the better courier".

Two values of one column that are joined by "or", where one of them is asked for, stand against each other; a choice
among all values of a column asks for the best of them.
"""

from __future__ import annotations

import itertools
import re

from agent.builtin.lexicon import Entry
from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import tokens
from agent.builtin.wordings.signs import inside, put
from warehouse.catalog import Catalog

_TAKE = re.compile(
    r"\b(?P<who>which|who|whom|what)(?P<one> one| of (?:them|the two|these|those)| of the (?:two|three))?"
    r"(?P<noun>(?: \w+)?) "
    r"(?P<take>(?:should|would|shall|do|can|could|must|ought) (?:we|i|you|one) (?:(?:better|rather|to) )?"
    r"(?:take|pick|choose|go (?:with|for)|recommend|prefer|hire|use|trust|sign(?: with)?|book|keep|favou?r|bet on"
    r"|rely on|stick (?:to|with)))\b",
    re.IGNORECASE,
)
_BETTER = re.compile(
    r"\bthe (?:(?:clearly|much|far|really) )?(?P<way>better|happier|stronger|nicer|worse|weaker|unhappier|poorer)\b"
    r"|\b(?:our|the|a|my) (?:(?:real|main|big|biggest) )?(?P<bad>problem|trouble|sorrow)\b",
    re.IGNORECASE,
)
_PREFER = re.compile(
    r"\b(?:that |do |does )?(?:people|customers|they|guests|users|clients|passengers|members"
    r"|patients) (?:really |actually )?"
    r"(?:prefer|like (?:more|better|best|most))\b",
    re.IGNORECASE,
)
_ASKS_ONE = re.compile(r"\b(?:which|who|whom|where|what|whose)\b", re.IGNORECASE)
_CLEFT = re.compile(r"\b(?:is|was) (?:it|that) $", re.IGNORECASE)
_BARE_END = re.compile(r"[:;,–-]\s*\W*$")


def take_choice(reading: Reading, catalog: Catalog) -> None:
    """Read a choice as a comparison of two values, or as the best of a column."""
    _old_and_new(reading, catalog)
    pair = _joined_by_or(reading)
    if pair is not None and _ASKS_ONE.search(reading.question):
        _drop_rated(reading)
    chosen = False
    for found in _TAKE.finditer(reading.question):
        if pair is not None:
            chosen = put(reading, found.span("take")) or chosen
        elif reading.of("dimension") or reading.of("value"):
            put(reading, found.span("take"), "best")
    if pair is not None:
        for found in _PREFER.finditer(reading.question):
            chosen = put(reading, found.span()) or chosen
    _better(reading)
    if pair is None or reading.has(
        "compare", "higher", "lower", "rank", "best", "worst", "moved", "fell", "rose", "impact"
    ):
        return
    if chosen or _stands_apart(reading, pair):
        at = pair[1].first - 1
        reading.add(Mention(at, at, "or", signs=("compare",)))


def _old_and_new(reading: Reading, catalog: Catalog) -> None:
    """ "Better than the old one", where old is a value of the column whose other value is named."""
    named = {entry.name for m in reading.of("value") for entry in m.entries}
    for mention in [m for m in reading.of("sign") if set(m.signs) == {"ask_cohorts"}]:
        found = re.fullmatch(r"than (?:the )?(?P<value>\w+)(?: ones?)?", mention.text, re.IGNORECASE)
        held = [n for n in named if found and found["value"].lower() in map(str.lower, catalog.dimensions[n].values)]
        if found is not None and len(held) == 1:
            value = next(v for v in catalog.dimensions[held[0]].values if v.lower() == found["value"].lower())
            reading.forget(set(range(mention.first, mention.last + 1)))
            reading.add(Mention(mention.first, mention.first, "than", signs=("compare",)))
            reading.add(Mention(mention.first + 1, mention.last, value, entries=[Entry("value", held[0], value)]))


def _drop_rated(reading: Reading) -> None:
    """ "For rural parcels": what is rated, where nothing asks to split by the column of that name."""
    words = tokens(reading.question)
    for mention in reading.of("dimension"):
        before = words[mention.first - 1].text if mention.first else ""
        held = any(m.last == mention.first - 1 for m in reading.of("value"))
        plural = mention.first == mention.last and mention.text.lower().endswith("s")
        if plural and (held or before in ("for", "with", "of")) and not reading.has("split", "each", "rank"):
            reading.forget({mention.first})
            reading.mended.append(f'"{mention.text}" read as what is rated')


def _joined_by_or(reading: Reading) -> tuple[Mention, Mention] | None:
    """The only two values of a column, with "or" between them."""
    words = tokens(reading.question)
    values = [m for m in reading.of("value") if len({e.name for e in m.entries}) == 1]
    for one, other in itertools.pairwise(values):
        same = [m for m in values if m.entries[0].name == one.entries[0].name]
        between = [word.text for word in words[one.last + 1 : other.first]]
        if between and between[-1] == "or" and len(between) <= 2 and same == [one, other]:
            return one, other
    return None


def _stands_apart(reading: Reading, pair: tuple[Mention, Mention]) -> bool:
    """ "Who is it - Velo or Rapid?", "Velo or Rapid, which is it?"; not "what is the NPS for Velo or Rapid"."""
    words = tokens(reading.question)
    before = reading.question[: words[pair[0].first].start]
    after = reading.question[words[pair[1].last].end :]
    apart = not before.strip() or _BARE_END.search(before) is not None or _CLEFT.search(before) is not None
    at_end = pair[1].last == len(words) - 1
    return apart and (at_end or _ASKS_ONE.search(after) is not None)


def _better(reading: Reading) -> None:
    """ "Velo is the better courier": a claim about its place among the couriers."""
    for found in _BETTER.finditer(reading.question):
        end = max(inside(reading, found.span()), default=-1)
        column = [m for m in reading.of("dimension") if m.first == end + 1]
        if column and len(reading.of("value")) == 1 and not reading.has("compare"):
            low = found["bad"] is not None or found["way"].lower() in ("worse", "weaker", "unhappier", "poorer")
            put(reading, found.span(), "worst" if low else "best")
