"""What a change is said to come from: who answered, the segments themselves, a cause; and what is warned of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from evals.scoring.claims.moves import hits, pushes
from evals.scoring.claims.said import Direction, Reading, Said, inside
from evals.scoring.claims.subjects import Subject, mentions, nearby, spoken_of
from evals.scoring.claims.words import Words

_SMALL = 0.25
"""A part of a change below this share of both parts is no claim that the change comes from it."""
_SMALL_WORDS = re.compile(
    r"\W*(?:(?:by|of|to|the|our|its|der|die|den|das|de|el|la|los|plan|segment|customers|in)\W+)*", re.IGNORECASE
)
_NOT_CLEAR = re.compile(r"not (?:clear|significant)|unclear|nicht (?:klar|deutlich)|no (?:es )?clar", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![\w.])[-−–+]?(\d+(?:[.,]\d+)?)(?! ?%)")
_PUSHED: dict[str, Direction] = {"pushed_down": "down", "pushed_up": "up"}
_REACH = 45
Parts = dict[str, list[re.Match[str]]]


def reasons(reading: Reading) -> Iterator[Said]:
    """The parts and causes that the clause names."""
    parts: Parts = {kind: list(reading.words.all(kind, reading.text)) for kind in ("mix", "within")}
    yield from _parts(reading, parts)
    yield from _causes(reading, parts)


def of_sentence(reading: Reading) -> Iterator[Said]:
    """What a sentence as a whole says: that a cause cannot be told, that the data is not to be relied on."""
    named = Subject(frozenset(mention.name for mention in mentions(reading.text, reading.names)))
    if reading.words.find("no_cause", reading.text):
        yield reading.claim("no_cause", named)
    narrow = bool(reading.words.find("warning", reading.text))
    if (narrow or reading.words.find("warning_wide", reading.text)) and not _all_is_well(reading):
        yield replace(reading.claim("warning", named), sure=narrow)


def _parts(reading: Reading, parts: Parts) -> Iterator[Said]:
    words, text = reading.words, reading.text
    named = Subject(spoken_of(reading.sentence, reading.names, words))
    link = bool(words.find("link", reading.sentence) or words.find("link", reading.previous))
    for kind, other in (("mix", "within"), ("within", "mix")):
        for match in parts[kind]:
            comma = max(text.rfind(",", 0, match.start()), text.rfind(":", 0, match.start()), 0)
            asserted = reading.asserted(comma, match.start(), match.end() + _REACH)
            asserted = asserted and not words.find("whether", text, 0, match.start())
            asserted = asserted and not _denied_after(reading, match) and not _is_small(text, match, parts[other])
            yield replace(reading.claim(kind, named), asserted=asserted, linked=link or kind == "within")


def _denied_after(reading: Reading, match: re.Match[str]) -> bool:
    """True for "within the plans nothing moved", and where the brackets after it say "not clear"."""
    rather = reading.words.find("rather", reading.text, match.end())
    rest = nearby(reading.text[match.end() : rather.start() if rather else len(reading.text)])
    if any(reading.words.find(kind, rest) for kind in ("negated", "unclear", "steady")):
        return True
    brackets = re.match(r"[^,()]*\(([^)]*)\)", reading.text[match.end() :])
    return bool(brackets and _NOT_CLEAR.search(brackets[1]))


def _is_small(text: str, match: re.Match[str], others: list[re.Match[str]]) -> bool:
    """True where the text gives both parts and this one is by far the smaller."""
    mine = _amount(text, match)
    theirs = [amount for other in others if (amount := _amount(text, other)) is not None]
    return mine is not None and bool(theirs) and mine < _SMALL * (mine + max(theirs))


def _amount(text: str, match: re.Match[str]) -> float | None:
    numbers = _NUMBER.findall(text[max(0, match.start() - _REACH) : match.start()])
    return float(numbers[-1].replace(",", ".")) if numbers else None


def _causes(reading: Reading, parts: Parts) -> Iterator[Said]:
    words, text = reading.words, reading.text
    left_open = reading.spans("no_cause", "unclear")
    names = spoken_of(text, reading.names, words) or spoken_of(reading.sentence, reading.names, words)
    named = Subject(names)
    ways = {way for _, _, way in hits(reading.sentence, words) if way}
    way = ways.pop() if len(ways) == 1 else None
    for match in words.all("cause", text):
        if not inside(match, left_open) and _is_cause(reading, match, parts):
            only = words.find("only_if", text, match.start())
            asserted = not only and reading.asserted(0, match.start(), len(text))
            yield _with_scope(reading, replace(reading.claim("cause", named, way), asserted=asserted), match)
    for match in words.all("counterfactual", text):
        if not inside(match, left_open):
            yield reading.claim("cause", named, way)
    for kind, push in _PUSHED.items():
        for match in words.all(kind, text):
            pushed = pushes(words, text, match) and re.search(r"\w{2,}", text[: match.start()])
            if pushed and not inside(match, left_open):
                asserted = reading.asserted(0, match.start(), len(text))
                yield _with_scope(reading, replace(reading.claim("cause", named, push), asserted=asserted), match)


def _with_scope(reading: Reading, said: Said, match: re.Match[str]) -> Said:
    """What "it" or "this" caused stands in the sentence before."""
    if reading.words.find("anew", reading.text[: match.start()]):
        return replace(said, scope=f"{reading.previous} {reading.sentence}")
    return said


def _is_cause(reading: Reading, match: re.Match[str], parts: Parts) -> bool:
    """True where something about the NPS is said to come from something that is no mix and no segment."""
    words, text = reading.words, reading.text
    ahead, near = text[: match.start()], text[match.end() : match.end() + 60].split(",")[0]
    about = words.find("plain_cause", match[0]) or words.find("effect", text)
    if words.find("not_effect", ahead) or not about:
        return False
    if any(match.end() <= one.start() <= match.end() + _REACH for those in parts.values() for one in those):
        return False
    if any(_SMALL_WORDS.fullmatch(near[: mention.start]) for mention in mentions(near, reading.names)):
        return False
    by_segment = any(len(ahead) - mention.end <= 2 for mention in mentions(ahead, reading.names))
    return not (by_segment and words.find("of_segment", match[0]))


def _all_is_well(reading: Reading) -> bool:
    """True for what says that there is nothing to warn of."""
    return any(
        not _turned(reading.words, reading.text, match) for match in reading.words.all("warning_off", reading.text)
    )


def _turned(words: Words, text: str, match: re.Match[str]) -> bool:
    inner = match[0].split(" ", 1)
    lead = text[max(0, match.start() - 12) : match.start()]
    return bool(words.find("negated", lead) or (len(inner) > 1 and words.find("negated", inner[1])))
