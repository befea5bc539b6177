"""What is said to have moved, and what to lie above or below others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from evals.scoring.claims.said import Direction, Reading, Said, inside, without_names
from evals.scoring.claims.subjects import Name, Place, Subject, held_against, mentions, nearby, subject_at
from evals.scoring.claims.words import Words

Hit = tuple[re.Match[str], str, Direction | None]
_MOVES: list[tuple[str, str, Direction | None]] = [
    ("pushed_down", "change", "down"),
    ("pushed_up", "change", "up"),
    ("lowest", "difference", "down"),
    ("highest", "difference", "up"),
    ("down", "change", "down"),
    ("up", "change", "up"),
    ("lower", "difference", "down"),
    ("higher", "difference", "up"),
    ("moved", "change", None),
    ("differ", "difference", None),
]
_OPPOSITE: dict[Direction, Direction] = {"up": "down", "down": "up"}
_AIM = re.compile(
    r"(?<!seems )(?<!appears )(?<!began )(?<!starts )(?<!started )(?<!continues )(?<!continued )\bto $", re.IGNORECASE
)
"""To improve something is an aim; that it began to improve is a claim."""
_PERCENT = re.compile(
    r"\s*(?:by |from |to |um |von |auf |un |del? )?(?:about |etwa )?[\d.,]+ ?(?:%|per ?cent|Prozent|por ciento)",
    re.IGNORECASE,
)
"""NPS moves by points; what moves by per cent is something else."""
_OR = re.compile(r"\W*(?:(?:or|nor|oder|noch|o|ni)\W+)(?:\w+\W+)?")
_OF = re.compile(r"\s*(?:in|of|der|des|en|de)\s+(?:the |our )?")
_NEAR = 14
_PUSHED_NEAR = 30


def hits(text: str, words: Words) -> list[Hit]:
    """Wordings of a direction, in order; where two overlap the first in the list of kinds counts."""
    found: list[Hit] = []
    for name, kind, direction in _MOVES:
        for match in words.all(name, text):
            if (name.startswith("pushed") and not pushes(words, text, match)) or _AIM.search(text, 0, match.start()):
                continue
            if not inside(match, [hit[0].span() for hit in found]):
                found.append((match, kind, direction))
    return sorted(found, key=lambda hit: hit[0].start())


def pushes(words: Words, text: str, match: re.Match[str]) -> bool:
    """True where what is pushed is the NPS: "raised NPS", not "raised prices"."""
    target = words.find("target", text, match.end())
    return target is not None and target.start() - match.end() <= _PUSHED_NEAR


def end_with_names(reading: Reading, end: int, until: int) -> int:
    """Where a wording ends; segments named right after it belong to it and not to the next one."""
    near = nearby(reading.text[end:until])
    return end + max((mention.end for mention in mentions(near, reading.names)), default=0)


def moves(reading: Reading, before: Subject | None) -> Iterator[Said]:
    """The changes and differences of a clause. `before`: what was spoken of so far in the sentence."""
    doubted = reading.spans("unclear", "steady")
    found = [hit for hit in hits(reading.text, reading.words) if not inside(hit[0], doubted)]
    yes = bool(reading.words.find("affirmed", reading.sentence)) and reading.at[1] == 0
    edge, denied = 0, False
    for index, (match, kind, direction) in enumerate(found):
        until = found[index + 1][0].start() if index + 1 < len(found) else len(reading.text)
        ahead, behind = reading.text[edge : match.start()], reading.text[match.end() : until]
        if _of_something_else(reading, ahead, behind):
            edge = match.end()
            continue
        beside = held_against(reading.text[match.start() : until], reading.names, reading.words)
        place = Place(reading.text, match.start(), match.end(), edge, until)
        before = subject_at(place, reading.names - beside, reading.words, before, reading.usual)
        asserted = reading.asserted(edge, match.start(), until) and not (denied and _OR.fullmatch(ahead))
        denied = not asserted
        sure = (yes and index == 0) or bool(reading.words.find("clearly", f"{ahead[-25:]}{match[0]}"))
        base = replace(reading.claim(kind, before, direction), asserted=asserted, sure=sure)
        yield from _with_others(reading, base, beside, reading.text[: match.start()], behind)
        edge = end_with_names(reading, match.end(), until)


def _of_something_else(reading: Reading, ahead: str, behind: str) -> bool:
    """True for shares, prices and the like: it is not the NPS that moved."""
    if _PERCENT.match(behind):
        return True
    ahead = without_names(ahead, reading.names)
    match = max(reading.words.all("other_measure", ahead), key=lambda one: one.start(), default=None)
    if (
        match is not None
        and not reading.words.find("target", ahead, match.end())
        and not _are_people(reading, ahead, match)
    ):
        return "·" not in ahead[match.end() :].partition(",")[2]
    after = reading.words.find("other_measure", behind)
    return bool(_OF.match(behind)) and after is not None and after.start() < _NEAR


def _are_people(reading: Reading, ahead: str, match: re.Match[str]) -> bool:
    """ "Power users" are a segment, not a number of users."""
    return bool(reading.words.find("people", match[0])) and ahead[: match.start()].rstrip().endswith("·")


def _with_others(reading: Reading, base: Said, beside: frozenset[Name], ahead: str, behind: str) -> Iterator[Said]:
    """The claim, and what it says besides: of the one that it is held against, and of those who moved most."""
    yield base
    words = reading.words
    if base.kind == "difference" and base.direction:
        timed = words.find("time", behind) or words.find("time_ahead", ahead)
        if timed or (base.sure and not beside and not words.find("than", behind)):
            yield replace(base, kind="change")
        if beside:
            yield replace(base, direction=_OPPOSITE[base.direction], subject=Subject(beside), converse=True)
    most = words.find("especially", behind)
    named = frozenset(one.name for one in mentions(behind[most.end() :], reading.names)) if most else frozenset()
    if base.kind == "change" and named and base.subject.names != named:
        yield replace(base, subject=Subject(named))
