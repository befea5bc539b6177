"""Claims in German, Spanish and French; what is written in another language cannot be read here."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from typing import Literal

from agent.check.directions import Claim, Word
from agent.check.names import lower
from agent.check.reading import Line
from agent.check.said import clause_after, clause_before, undotted
from agent.check.superlatives import Best
from agent.check.words import words

LANGUAGES = ("german", "spanish", "french")
GLOSSED = ("german", "spanish", "french")
"""What is read by way of its English words; see gloss."""
Kind = Literal["up", "down", "flat", "cause", "high", "low", "not"]
_LEAST = 5
"""Words of a language that a text must hold to be taken for it."""


@functools.cache
def _pattern(language: str, kind: str) -> re.Pattern[str]:
    forms = [re.escape(word).replace(r"\-", r"[\s-]").replace(r"\*", r"\w*") for word in words(f"{language}_{kind}")]
    return re.compile(rf"(?<!\w)(?:{'|'.join(sorted(forms, key=len, reverse=True))})(?!\w)", re.IGNORECASE)


def language_of(text: str) -> str:
    """The language of a text by its commonest words: one of those that are read, "other", or "" for too little."""
    found = re.findall(r"[^\W\d_]+", lower(text))
    letters = [sign for word in found for sign in word]
    if letters and sum(ord(sign) > 0x24F for sign in letters) > len(letters) / 3:
        return "other"
    held = {name: sum(word in words(f"{name}_common") for word in found) for name in ("english", *LANGUAGES, "other")}
    best = max(held, key=lambda name: held[name])
    if held[best] < _LEAST or (
        best == "other" and held["other"] <= 1.3 * max(held[name] for name in held if name != best)
    ):
        return "english" if held["english"] or len(found) < 12 else ""
    return best


def unread(text: str) -> str | None:
    """Why a text cannot be checked for the language that it is written in."""
    if language_of(text) == "other":
        return "the check cannot read this language; write in English (or German, Spanish, French)"
    return None


def foreign(line: Line) -> list[str]:
    """The languages whose words of claims a line may hold."""
    said = lower(line.said)
    found = re.findall(r"[^\W\d_]+", said)
    english = sum(word in words("english_common") for word in found)
    return [
        name
        for name in LANGUAGES
        if sum(word in words(f"{name}_common") for word in found) >= max(2, english + (english > 2))
        or re.search(r"[äöüßáéíóúñàèêçô]", said)
    ]


def foreign_words(line: Line) -> Iterator[Word]:
    """Directions that a line claims in another language."""
    claims: tuple[Claim, ...] = ("up", "down", "flat")
    said = undotted(line.said)
    for language in foreign(line) if not said.rstrip().endswith("?") else []:
        for claim in claims:
            for match in _pattern(language, claim).finditer(said):
                if not _denied(language, said, match):
                    start = line.sentence.start
                    yield Word(start + match.start(), start + match.end(), match.group(), claim)


def foreign_best(line: Line) -> Iterator[Best]:
    """Superlatives that a line claims in another language."""
    said = undotted(line.said)
    for language in foreign(line) if not said.rstrip().endswith("?") else []:
        for kind, sign in (("high", 1), ("low", -1)):
            for match in _pattern(language, kind).finditer(said):
                if not _denied(language, said, match):
                    start = line.sentence.start
                    yield Best(start + match.start(), start + match.end(), match.group(), sign)


def foreign_causes(line: Line) -> Iterator[tuple[int, int, str]]:
    """Words of cause in another language: (start, end, what stands around them)."""
    said = undotted(line.said)
    for language in foreign(line) if not said.rstrip().endswith("?") else []:
        for match in _pattern(language, "cause").finditer(said):
            if not _denied(language, said, match):
                yield match.start(), match.end(), lower(said)


def _denied(language: str, said: str, match: re.Match[str]) -> bool:
    around = clause_before(said, match.start())[-60:] + " " + clause_after(said, match.end())[:40]
    return bool(_pattern(language, "not").search(around))
