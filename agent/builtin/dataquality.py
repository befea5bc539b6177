"""Which side of the data's quality is asked for first: rows without a score, or answers that belong to no customer."""

from __future__ import annotations

import re
from typing import Literal

from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import tokens

Focus = Literal["", "unscored", "unmatched"]
_PEOPLE = r"(?:customers?|accounts?|clients?|users?|members?|subscribers?)"
_LIST = r"(?:file|list|table|data|records?|master data)"
_UNMATCHED = re.compile(
    rf"\b(?:(?:could|can|did|do|does|were|was|are|is)(?: not|n['’]t) (?:be )?(?:match\w*|link\w*|join\w*|assigned)"
    rf"|cannot be (?:match\w*|link\w*|join\w*|assigned)|unmatched|unlinked|orphan(?:ed)?)"
    rf"(?: (?:to|with|by|in) (?:an? |any |the |our )?{_PEOPLE}(?: {_LIST})?)?"
    rf"|\b(?:without|(?:have|has|with) no) (?:an? |any )?(?:(?:matching|known|valid) {_PEOPLE}(?: {_LIST})?"
    rf"|{_PEOPLE} (?:{_LIST}|match))|\b(?:missing from|not in|absent from) the {_PEOPLE} {_LIST}",
    re.IGNORECASE,
)
_UNSCORED = re.compile(
    r"\b(?:no|without an?|without|missing|blank|empty|invalid|unusable)(?: valid| usable| real| proper)? "
    r"(?:scores?|ratings?|nps)\b|\bunscored\b|\bnot scored\b",
    re.IGNORECASE,
)


def take_quality(reading: Reading) -> Focus:
    """The side that is asked for; words about unmatched answers become the sign of the data's quality."""
    found = _UNMATCHED.search(reading.question)
    if found:
        words = enumerate(tokens(reading.question))
        inside = {at for at, word in words if found.start() <= word.start and word.end <= found.end()}
        reading.forget(inside)
        reading.add(Mention(min(inside), max(inside), found[0], signs=("quality",)))
        return "unmatched"
    return "unscored" if reading.has("quality") and _UNSCORED.search(reading.question) else ""
