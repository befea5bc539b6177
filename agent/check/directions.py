"""Directions: "rose", "lower", "ahead of", "flat" need a tested difference of that cell, decided that way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from agent.check.causewords import DENIED
from agent.check.directionwords import (
    CLEAR,
    DOWN,
    EQUAL,
    FLAT,
    IDIOM_AFTER,
    IDIOM_BEFORE,
    NO_CLEAR,
    PARTICLE_UP,
    UNSEEN,
    UP,
    UPDOWN,
)
from agent.check.evidence import Known
from agent.check.figures import Figure
from agent.check.reading import Line, Reading
from agent.check.said import clause_before, doubted, hedged, negated, no_clear, undotted

Claim = Literal["up", "down", "flat", "equal", "unclear", "clear"]


@dataclass(frozen=True)
class Word:
    """A word of direction in the text."""

    start: int
    end: int
    text: str
    claim: Claim
    weak: bool = False
    """The rest of the sentence takes it back; only its figure can contradict it."""


def directions(line: Line, reading: Reading) -> Iterator[Word]:
    """The directions that a line claims."""
    start = line.sentence.start
    said = undotted(_without_names(line, reading))
    if said.rstrip().endswith("?") or (said.rstrip().endswith(":") and not line.figures and not line.strong()):
        return  # a question, or what introduces a list
    taken: list[tuple[int, int]] = []
    for pattern, claim in ((UNSEEN, "unclear"), (NO_CLEAR, "unclear"), (EQUAL, "equal"), (CLEAR, "clear")):
        for match in pattern.finditer(said):
            if _inside(match.start(), taken) or _is_doubted(said, match, claim):
                continue
            taken.append(match.span())
            yield Word(start + match.start(), start + match.end(), match.group(), claim)  # type: ignore[arg-type]
    for pattern, way in ((FLAT, "flat"), (UP, "up"), (DOWN, "down"), (UPDOWN, "")):
        for match in pattern.finditer(said):
            if _inside(match.start(), taken) or _is_idiom(said, match):
                continue
            if way == "flat":
                taken.append(match.span())
            word = _word(said, match, way, start)
            if word is not None:
                yield word


def _is_doubted(said: str, match: re.Match[str], claim: str) -> bool:
    """ "whether they differ", "which of them differs clearly", "is not clear"."""
    before = clause_before(said, match.start())
    if claim == "equal" and _of_things(said, match):
        return True
    if claim == "unclear":
        return bool(re.search(r"\b(?:what|why|how)\b", before, re.IGNORECASE))
    if claim == "clear" and re.match(r"\W*whether\b", before, re.IGNORECASE) and re.match(r"is|are|was", match.group()):
        return False
    if hedged(said, match.start(), match.end()) or doubted(said, match.end()):
        return True
    if re.search(r"\b(?:which (?:of|one)|who|what|where|how|only)\b", before, re.IGNORECASE):
        return True
    return claim == "clear" and bool(DENIED.search(before.rpartition(",")[2]))


_THINGS = re.compile(
    r"\b(?:prices?|fees?|costs?|terms|conditions|offers?|products?|teams?|questions?|surveys?|scales?|methods?|names?|definitions?)"
    r"(?: \w+)?\s+$",
    re.IGNORECASE,
)
_SAME_THING = re.compile(
    r"\s+(?:students|customers|people|users|respondents|answers|persons?|accounts|method|question|survey|"
    r"figures?|numbers?|bases?|intervals?)\b|"
    r",? [-+\u2212]?(?P<one>\d[\d\u00b7%]*) and [-+\u2212]?(?P=one)(?![\d\u00b7])",
    re.IGNORECASE,
)


def _of_things(said: str, match: re.Match[str]) -> bool:
    """ "whose price stayed the same", "the same students", "the shares are the same, 19.2% and 19.2%"."""
    if _THINGS.search(said[: match.start()]) or re.search(
        r"\b(?:probably|possibly|perhaps|likely)\b", match.group() + said[: match.start()][-20:]
    ):
        return True
    return bool(_SAME_THING.match(said[match.end() :])) and not re.search(
        r"no (?:change|difference)", match.group(), re.IGNORECASE
    )


def _inside(at: int, taken: list[tuple[int, int]]) -> bool:
    return any(a <= at < b for a, b in taken)


def _word(said: str, match: re.Match[str], way: str, start: int) -> Word | None:
    if hedged(said, match.start(), match.end()) or no_clear(said, match.start(), match.end()):
        return None
    if re.search(r"\bnot an? (?:\w+ )?$", said[: match.start()], re.IGNORECASE):
        return None  # "a sudden drop, not a slow slide"
    if re.search(r"\bno (?:\w+ ){1,4}(?:of|for|to) an? (?:\w+ )?$", said[: match.start()], re.IGNORECASE):
        return None  # "no starting date of a decline"
    claim = way or ("up" if (match["way"] or match["way2"]).lower() == "up" else "down")
    if negated(said, match.start()):
        claim = {"up": "down", "down": "up", "flat": "moved"}[claim]
        if claim == "moved":
            return None
    weak = doubted(said, match.end())
    return Word(start + match.start(), start + match.end(), match.group().strip(), claim, weak)  # type: ignore[arg-type]


_GERUND = re.compile(
    r"(?:\b(?:is|are|was|were|been|be|and|kept|keeps?|still|has|have|by)|^\W*|,|:) (?:\w+ly )?$|^\W*$", re.IGNORECASE
)
_ADJUSTED = re.compile(
    r"\b(?:adjust\w*|held (?:equal|constant)|holding|once|taken into account|like (?:with|for) like|comparable)\b",
    re.IGNORECASE,
)


def _is_figurative(said: str, match: re.Match[str]) -> bool:
    """ "improving it pays off", "the gap shrinks to x once plan is held equal", "constant dollars"."""
    word = match.group().lower()
    before, after = said[max(0, match.start() - 40) : match.start()], said[match.end() : match.end() + 30]
    if word.endswith("ing") and re.match(r"\s+(?:it|them|this|that|these|those|the|our|your|its)\b", after):
        return not _GERUND.search(before)
    if re.match(r"shr|narrow|drop|fall|fell|goes|com|declin|reduc|grow|grew|ris|rose|increas", word) and re.match(
        r"\s+to\b", after
    ):
        return bool(_ADJUSTED.search(said))
    if word in ("constant", "flat", "steady", "stable"):
        return bool(re.match(r"\s+(?:dollars?|euros?|prices?|currency|terms|money|pounds?|fee|rate)\b", after))
    return False


def _is_idiom(said: str, match: re.Match[str]) -> bool:
    word = match.group().lower()
    if _is_figurative(said, match):
        return True
    before, after = said[max(0, match.start() - 24) : match.start()], said[match.end() : match.end() + 30]
    if word in ("up", "down") and PARTICLE_UP.search(before):
        return True
    if word == "dropped" and (
        re.search(r"\b(?:was|were|been|be|is|are|nothing|rows?)\s+$", before, re.IGNORECASE)
        or re.match(r"\s*:", after)
        or re.search(r"\brows?\b|duplicate", said)
    ):
        return True
    if word in (
        "above",
        "below",
        "behind",
        "ahead of",
        "higher",
        "lower",
        "better",
        "worse",
        "more often",
        "more positive",
        "less positive",
    ):
        if IDIOM_AFTER.match(after) or (IDIOM_BEFORE.search(before) and not word.startswith(("more", "less"))):
            return not re.search(r"\b(?:is|are|was|were|and|points?)\s+$", before) or bool(IDIOM_AFTER.match(after))
        if word == "more positive" and re.match(r" than negative", after):
            return True
        if word in ("above", "below") and re.match(r"\s*(?:[.,;:)]|$)", after):
            return not re.search(
                r"\b(?:far|well|points?|clearly|somewhat|slightly|much|still|just|even|lies?|is|are)\s+$|^\W*$",
                before,
                re.IGNORECASE,
            )
        if (
            word in ("behind", "above", "below")
            and re.search(r"\b(?:lies?|stand|stands|left|reasons?|what is|what's)\s*$", before)
            and not re.match(r"\s*(?:all|the rest|the other|the average)", after)
        ):
            return word == "behind"
    return _is_fixed(word, before, after)


_OF_MONEY = re.compile(
    r"\b(?:price|fee|cost|rent|bill|tariff|premium|charge|wage)s?(?: (?:\w+ly|has|have|had|then|also))? $",
    re.IGNORECASE,
)


def _is_fixed(word: str, before: str, after: str) -> bool:
    """Fixed phrases with words of direction: "falls short", "the price rise", "with an unchanged mix"."""
    if _OF_MONEY.search(before) and re.match(r"r[oi]s|increas|climb|fell|fall|drop|jump|grew|went|up|down", word):
        return True  # what rose is the price
    if word.startswith(
        ("fall", "drop", "rise", "gain", "lead", "trail", "beat", "lag", "recover", "slide", "grow", "loses", "lost")
    ):
        return bool(
            re.match(
                r"\s*(?:into|in(?:to)? (?:the )?(?:interval|range|class)|under the heading|within|"
                r"(?:\w+ )?short|on \d|on (?:the )?\x00|"
                r"short|back on|out of|in line|apart|-?off|from the (?:list|file|count))\b",
                after,
            )
            or (
                re.search(r"\b(?:price|pay|wage|fee|cost|also|they|answers|scores?|each) $", before.lower())
                and word in ("rise", "rises", "falls", "fall", "gain")
            )
        )
    if word in ("unchanged", "constant", "stable", "steady", "flat") and re.search(
        r"\b(?:with|at|under|assuming|given|a|an|had) (?:an? |the )?(?:\w+ )?$", before, re.IGNORECASE
    ):
        return bool(re.match(r"\s+(?:mix|share|composition|base|total|line|number|sum)", after)) or word == "constant"
    if word == "constant" and re.search(r"\b(?:h[eo]lds?|holding|kept|keep)\b.{0,30}$", before, re.IGNORECASE):
        return True
    return word == "steadily" or (
        word in ("steady", "constant", "stable", "flat")
        and bool(re.match(r"\s+(?:drift|state|stream|fee|rate|over time as|line|effect|hazard)", after))
    )


_AT_THE = r"\b(?:since|after|before|without|following|until|prior to|by the time of) (?:the|this|that) "
"""Words behind which the noun of an event is the event: "since the rise"."""


def _without_names(line: Line, reading: Reading) -> str:
    """The sentence without its names and without what events are called."""
    said = line.said
    low = said.lower()
    for name in sorted(reading.names.events, key=len, reverse=True):
        at = low.find(name)
        while at >= 0:
            said = said[:at] + "\x00" * len(name) + said[at + len(name) :]
            low = said.lower()
            at = low.find(name)
    for head in reading.names.heads:
        for match in re.finditer(rf"{_AT_THE}({re.escape(head)})\b", low):
            said = said[: match.start(1)] + "\x00" * len(head) + said[match.end(1) :]
    for mention in line.mentions:
        if mention.strong:
            a, b = mention.start - line.sentence.start, mention.end - line.sentence.start
            said = said[:a] + "\x00" * (b - a) + said[b:]
    return said


def sign_turned(known: Known, figure: Figure, line: Line) -> bool:
    """Whether a difference is told of the other side, so that its sign would have to turn."""
    against = known.cell.get("against")
    if known.tested is None or against is None:
        return False
    named = [{value for _axis, value in m.options} for m in line.mentions if m.end <= figure.start]
    first = next((at for at, values in enumerate(named) if against in values), None)
    if any(against in {v for _a, v in m.options} and m.start in line.compared for m in line.mentions):
        return False  # "apart from A: B by x" is of B
    own = {value for axis, value in known.cell.items() if axis not in ("against", "period")}
    mine = next((at for at, values in enumerate(named) if values & own - {against}), None)
    return first is not None and mine is not None and first < mine
