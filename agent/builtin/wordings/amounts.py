"""How much something moved or differs: "by how much", "how many points". Every change and gap is told with its size."""

from __future__ import annotations

import re

from agent.builtin.reading import Reading
from agent.builtin.vocabulary import tokens

_MOVING = (
    r"(?:mov\w+|chang\w+|fall\w*|fell|drop\w*|r[io]se\w*|rising|gain\w*|los[et]\w*|declin\w+|improv\w+|increas\w+"
    r"|decreas\w+|differ\w*|higher|lower|better|worse|gap|apart|ahead|behind|above|below|down|up|climb\w*|slip\w*"
    r"|sl[iu]d\w*|gr[eo]w\w*|dip\w*|happier|unhappier|shift\w*|worsen\w*|recover\w*|cost\w*|hurt\w*)"
)
_AMOUNT = re.compile(
    rf"\b(?:by\s+)?how\s+(?:much|many\s+(?:nps\s+)?points|far|large|big|wide|great|strong(?:ly)?)\b(?=.*\b{_MOVING}\b)",
    re.IGNORECASE,
)
_COUNTED = re.compile(
    r"\bhow much (?:revenue|money|turnover|income|sales|did (?:we|they|customers) (?:sell|earn|make|take|spend)|of)\b",
    re.IGNORECASE,
)


def drop_amounts(reading: Reading) -> None:
    """Let the words that ask for the size be neither understood nor unknown; what moves or differs is left."""
    found = _AMOUNT.search(reading.question)
    if found is None or _COUNTED.search(reading.question):
        return
    if not reading.has("moved", "fell", "rose", "trend", "higher", "lower", "compare", "impact"):
        return
    words = tokens(reading.question)
    reading.forget({at for at, word in enumerate(words) if found.start() <= word.start and word.end <= found.end()})
