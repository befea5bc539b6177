"""The wordings of claims, by language, and where they occur in a text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_PATH = Path(__file__).parent / "words.yaml"
_WHOLE_PATTERNS = frozenset({"opener", "points_back", "split"})
"""These begin or end with something that is no word."""
_TELLING = {
    "de": r"\b(?:der|die|das|und|ist|nicht|sich|mit|von|auf|bei|ein|eine|einen|für|hat|sind|dass|zu|im|den|dem|um)\b",
    "es": r"\b(?:el|la|los|las|de|que|es|se|con|por|una|un|para|del|ha|en|y|al|son|más|lo|su)\b",
    "en": r"\b(?:the|of|and|is|not|no|with|by|in|to|that|for|was|this|it|on|has|are|from|than|as|be)\b",
}


@dataclass(frozen=True)
class Words:
    """The patterns of one language."""

    patterns: dict[str, re.Pattern[str]]

    def find(self, kind: str, text: str, start: int = 0, end: int | None = None) -> re.Match[str] | None:
        """The first place where a wording of this kind stands."""
        pattern = self.patterns.get(kind)
        return pattern.search(text, start, len(text) if end is None else end) if pattern else None

    def all(self, kind: str, text: str) -> Iterator[re.Match[str]]:
        """All such places."""
        pattern = self.patterns.get(kind)
        return pattern.finditer(text) if pattern else iter(())


def words_of(text: str) -> Words:
    """The patterns for the language that the text is written in; English where that cannot be told."""
    counts = {language: len(re.findall(pattern, text.lower())) for language, pattern in _TELLING.items()}
    best = max(counts, key=lambda language: (counts[language], language == "en"))
    return _words(best)


@cache
def _words(language: str) -> Words:
    listed: dict[str, Any] = _read()[language]
    return Words({kind: _compiled(kind, given) for kind, given in listed.items()})


@cache
def _read() -> dict[str, Any]:
    data: dict[str, Any] = yaml.safe_load(_PATH.read_text(encoding="utf-8"))
    return data


@cache
def other_names() -> dict[str, list[str]]:
    """How else some values are said: German for Germany."""
    return {str(name).lower(): list(others) for name, others in _read().get("other_names", {}).items()}


@cache
def common_names() -> frozenset[str]:
    """Words that are a segment's name only beside the name of its column."""
    return frozenset(str(_read()["common_names"]).split())


def _compiled(kind: str, given: str | list[str]) -> re.Pattern[str]:
    joined = "|".join([given] if isinstance(given, str) else given)
    if kind in _WHOLE_PATTERNS:
        return re.compile(joined, re.IGNORECASE)
    return re.compile(rf"(?<!\w)(?:{joined})(?!\w)", re.IGNORECASE)
