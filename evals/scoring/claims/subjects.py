"""Of what a clause speaks: segments that it names, the whole, or what was spoken of before."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from agent.answer import Answer
from evals.cases import Claim, Turn
from evals.scoring.claims.words import Words, common_names, other_names

Name = tuple[str, str]
"""A column and one of its values."""
_NO_SEGMENTS = frozenset(
    ("period", "against", "control", "before", "after", "time", "reference", "event_date", "customers", "dimension")
) | frozenset(("theme", "reason", "table", "date", "grain", "method", "test"))
_PERIOD = re.compile(r"\d{4}(?:-(?:\d\d|[QH]\d|W\d\d))?(?:-\d\d)?(?:\.\..*)?")
_ALL = re.compile(r"\b(?:all|all of|alle|allen|todos|todas)\s*$", re.IGNORECASE)
_YES, _NO = frozenset({"yes", "true", "1"}), frozenset({"no", "false", "0"})
_NEAR = 60
"""How far behind a wording the segment may be named that it is said of."""


@dataclass(frozen=True)
class Subject:
    """What something is said of."""

    names: frozenset[Name] = frozenset()
    whole: bool = False
    every: bool = False
    """Of every segment, or of none."""
    own: bool = True
    """False where it was taken over from before."""


@dataclass(frozen=True)
class Mention:
    """A segment named in a text."""

    name: Name
    start: int
    end: int


def names_of(turn: Turn, answer: Answer) -> frozenset[Name]:
    """The segments that the answer may speak of: those of its facts and of the case's claims."""
    found = {name for claim in (*turn.must, *turn.never) for name in _claimed(claim)}
    wheres: list[Mapping[str, str]] = [fact.where for fact in answer.facts]
    found |= {
        (key, value)
        for where in wheres
        for key, value in where.items()
        if key not in _NO_SEGMENTS and _is_segment(value)
    }
    return frozenset(found | {name for where in wheres for name in _control(where)})


def _control(where: Mapping[str, str]) -> list[Name]:
    """Those that a group is held against: "billing annual"."""
    told = where.get("control", "")
    names = [(key, told[len(key) + 1 :]) for key in where if told.lower().startswith(f"{key} ".lower())]
    return [(key, value) for key, value in names if _is_segment(value)]


def _claimed(claim: Claim) -> list[Name]:
    return list(claim.of.items()) if isinstance(claim.of, dict) else []


def _is_segment(value: str) -> bool:
    return (
        bool(value.strip())
        and not value.lower().startswith("not ")
        and len(value) <= 60
        and not _PERIOD.fullmatch(value)
    )


def mentions(text: str, names: Iterable[Name]) -> list[Mention]:
    """Where the text names a segment; the longest name where several fit."""
    found = [
        Mention(name, m.start(), m.end())
        for name in names
        for m in _pattern(name).finditer(text)
        if not _is_opposite(text[: m.start()], name[0])
    ]
    found.sort(key=lambda mention: (mention.start, mention.start - mention.end))
    kept: list[Mention] = []
    for mention in found:
        if not kept or mention.start >= kept[-1].end or (mention.start, mention.end) == (kept[-1].start, kept[-1].end):
            kept.append(mention)
    return kept


def _is_opposite(lead: str, column: str) -> bool:
    """ "Queue not chat" is all but chat."""
    return lead.endswith("not ") and bool(re.search(rf"{_spelled(column)}\W{{1,3}}not $", lead, re.IGNORECASE))


@cache
def _pattern(name: Name) -> re.Pattern[str]:
    column, value = name
    if value.lower() in _YES | _NO:
        return re.compile(rf"(?<!\w)(?:{_yes_or_no(column, value)})(?!\w)", re.IGNORECASE)
    said = "|".join(_spelled(other) for other in [value, *other_names().get(value.lower(), [])])
    if value.lower() in common_names() or len(value) < 2 or value.replace(".", "").isdigit():
        said = rf"{_spelled(column)}\W{{0,3}}(?:is |of |= ?)?(?:{said})"
    return re.compile(rf"(?<!\w)(?:{said})(?:'?s|')?(?!\w)", re.IGNORECASE)


def _yes_or_no(column: str, value: str) -> str:
    """ "with a coach", "without a loyalty card", "coach yes"."""
    what = _spelled(column)
    lead = (
        r"with|have|has|had|got|using|use|took|on"
        if value.lower() in _YES
        else r"without|no|have no|has no|not using|not on"
    )
    return rf"{what}\W{{0,3}}(?:is |= ?)?{re.escape(value)}|(?:{lead}) (?:an? |the |their |one |any )?{what}s?"


def _spelled(value: str) -> str:
    parts = [re.escape(part) for part in re.split(r"[\s_-]+", value.strip()) if part]
    return r"[\s_-]?".join(parts)


@dataclass(frozen=True)
class Place:
    """A wording in a clause, with the text that may name what it is said of."""

    text: str
    start: int
    end: int
    since: int
    """Where the text before it begins to count."""
    until: int
    """Where the text after it ceases to count."""


def subject_at(place: Place, names: frozenset[Name], words: Words, before: Subject | None, usual: Subject) -> Subject:
    """What the wording is said of. `before`: the subject of what was said before; `usual`: that of the question."""
    ahead, behind = place.text[place.since : place.start], place.text[place.end : place.until]
    named = spoken_of(ahead, names, words)
    if named:
        return Subject(named)
    if _every_ahead(place.text[place.since : place.end], words):
        return Subject(every=True)
    after = _placed_after(behind, names, words)
    if after:
        return Subject(after)
    if _every_after(nearby(behind), words):
        return Subject(every=True)
    if words.find("overall", ahead) or words.find("overall", behind.split(",")[0]):
        return Subject(whole=True)
    if before is not None and (
        words.find("anew", ahead) or not re.search(r"\w{3,}", ahead) or not words.find("whole", ahead)
    ):
        return Subject(before.names, before.whole, before.every, own=False)
    return Subject(usual.names, usual.whole, own=bool(words.find("whole", ahead)))


def spoken_of(text: str, names: frozenset[Name], words: Words) -> frozenset[Name]:
    """The segments named in the text, without those that others are held against."""
    return frozenset(mention.name for mention in mentions(text, names) if not _is_reference(text, mention, words))


def _is_reference(text: str, mention: Mention, words: Words) -> bool:
    """True after "than", "compared with" and the like: it is what the subject is held against."""
    lead = _lead(text, mention)
    return any(match.end() >= len(lead) for match in words.all("reference", lead))


def _lead(text: str, mention: Mention) -> str:
    """What stands before a segment, without the name of its column: "than that of site Hillcrest"."""
    lead = text[max(0, mention.start - 60) : mention.start].rstrip()
    return lead.removesuffix(column_before(text, mention).rstrip()).rstrip()


def column_before(text: str, mention: Mention) -> str:
    """The name of the column where it stands right before its value, with the space between them."""
    lead = text[max(0, mention.start - 60) : mention.start]
    match = re.search(rf"(?<!\w){_spelled(mention.name[0])}s?\s*$", lead, re.IGNORECASE)
    return match[0] if match else ""


def _placed_after(text: str, names: frozenset[Name], words: Words) -> frozenset[Name]:
    """Segments named right after: "fell in Starter", "lowest for Pro"."""
    near = nearby(text)
    sits = words.find("sits", near)
    return frozenset(
        mention.name
        for mention in mentions(near, names)
        if not _is_reference(near, mention, words)
        and (mention.start <= 2 or _led_in(_lead(near, mention), words) or (sits and sits.end() <= mention.start))
    )


def _every_after(near: str, words: Words) -> bool:
    """ "fell in every plan", but not "differs from all others"."""
    match = words.find("every", near)
    return match is not None and _led_in(near[: match.start()].rstrip(), words)


def _every_ahead(text: str, words: Words) -> bool:
    """ "Every plan fell", but not "it differs from all others: lower"."""
    kinds = ("reference", "beside", "away")
    for match in words.all("every", text):
        lead = _ALL.sub("", text[: match.start()]).rstrip()
        if not any(one.end() >= len(lead) for kind in kinds for one in words.all(kind, lead)):
            return True
    return False


def nearby(text: str) -> str:
    """What belongs to the wording before the text: up to a comma, a bracket or an "and"."""
    return re.split(r"[,(:]|\band\b|\bund\b|\by\b", text)[0][:_NEAR]


def _led_in(lead: str, words: Words) -> bool:
    return any(match.end() >= len(lead.rstrip()) for match in words.all("at", lead))


def held_against(text: str, names: frozenset[Name], words: Words) -> frozenset[Name]:
    """Segments after "than", or right after "below" and the like, with which the text begins."""
    found: set[Name] = set()
    right_after = words.find("beside", text)
    for mention in mentions(text, names):
        lead = _lead(text, mention)
        if right_after and right_after.start() == 0 and mention.start - right_after.end() <= 1:
            found.add(mention.name)
        if any(match.end() >= len(lead) for match in words.all("than", lead)):
            found.add(mention.name)
    return frozenset(found)
