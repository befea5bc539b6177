"""A gap in like strata is another one than the gap as it is: a sentence says which of them it speaks of."""

from __future__ import annotations

import re

from agent.check.evidence import Known
from agent.check.reading import Line, Reading

ALIKE = "_in_like_strata"
BY_MIX = "_from_mix"
_MIX = re.compile(r"\b(?:mix|composition|make-?up)\b", re.IGNORECASE)
_APART = re.compile(r";|\b(?:while|whereas|but|although|though|yet|however|even if)\b", re.IGNORECASE)
_LIKE = re.compile(
    r"\b(?:within|same|like|alike|comparable|held|hold\w*|adjust\w*|standardi\w*|mix|composition|strat\w+|control\w*)\b",
    re.IGNORECASE,
)
_SAME = r"\b(?:within|in|for|at|of) (?:the |an? )?(?:same|like|equal|each|every|any) {}"


def other_strata(known: Known, at: int, line: Line, reading: Reading) -> str | None:
    """Why a test is not of what the line speaks of at `at`; None where it is, or no gap in like strata was told."""
    names = {other.cell.get("dimension", "") for other in reading.evidence.known if other.fact.name.endswith(ALIKE)}
    if not names - {""}:
        return None
    own = known.cell.get("dimension", "")
    if known.fact.name.endswith(BY_MIX):
        return None if _MIX.search(line.said) else f"that is what the different mix of {own} makes of the gap; say so"
    if known.fact.name.endswith(ALIKE):
        near = [line, *reading.over(line)[:1], *reading.before(line)[:2]]
        said = any(_LIKE.search(one.said) or _names(own, one.said) for one in near)
        return None if said else f"that is the gap within the same {own}; say so"
    if known.tool == "compare" and "against" in known.cell and any(_within(name, _clause(at, line)) for name in names):
        return f"that is the gap as it is, not the one within the same {' or '.join(sorted(names))}"
    return None


def _clause(at: int, line: Line) -> str:
    """The part of the line around a place, up to what sets another part against it."""
    place = at - line.sentence.start
    before = [found.end() for found in _APART.finditer(line.said) if found.end() <= place]
    after = [found.start() for found in _APART.finditer(line.said) if found.start() >= place]
    return line.said[max(before, default=0) : min(after, default=len(line.said))]


def _names(dimension: str, said: str) -> bool:
    return bool(dimension) and _words(dimension) in said.lower().replace("_", " ")


def _within(dimension: str, said: str) -> bool:
    pattern = _SAME.format(re.escape(_words(dimension)).replace("\\ ", "[ _]"))
    return re.search(pattern, said.lower()) is not None


def _words(dimension: str) -> str:
    return dimension.lower().replace("_", " ").strip()
