"""The planner's own words (`vocabulary.yaml`), split into tokens and reduced to their stems."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

_TOKEN = re.compile(r"[^\W_]+\+?|%")
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_CLIPPED = frozenset(["s", "m", "t", "d", "re", "ve", "ll"])
_SMALL_PLURALS = frozenset(["ups", "ins", "ons", "offs", "outs"])
"""The last part of check-ups, walk-ins, add-ons, kick-offs and carry-outs."""
_APOSTROPHES = frozenset(["'", "\u2019"])
"""What's, don't, we've: the clipped verb says nothing."""

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Token:
    """A word of the question and where it stands."""

    text: str
    start: int
    end: int

    @property
    def stem(self) -> str:
        """The word without its plural ending."""
        return stem(self.text)


@dataclass(frozen=True)
class Vocabulary:
    """The static words, as phrases of stems."""

    signs: dict[Phrase, tuple[str, ...]]
    unsupported: dict[Phrase, str]
    glue: frozenset[str]
    synonyms: tuple[frozenset[Phrase], ...]
    countries: dict[Phrase, tuple[Phrase, ...]]
    words: frozenset[str]
    """Every single word in it, for mending slips of the pen."""
    beside: dict[str, frozenset[str]]
    """Further glue, where the sign was given."""
    fillers: frozenset[str]
    """All words without a meaning of their own: no slip of the pen is meant to be one."""
    compared: frozenset[str]
    """Words that compare where a sign of the cabinet was given: "churn more", "leave faster"."""


def tokens(text: str) -> list[Token]:
    """The words of `text` in lower case; hyphens and apostrophes separate."""
    found = (Token(m.group().lower(), m.start(), m.end()) for m in _TOKEN.finditer(text))
    return [word for word in found if not (word.text in _CLIPPED and text[word.start - 1 : word.start] in _APOSTROPHES)]


def stem(word: str) -> str:
    """A plural's singular, near enough for matching: branches → branch, categories → category.

    >>> [stem(w) for w in ("branches", "categories", "plans", "business", "devices", "65+")]
    ['branch', 'category', 'plan', 'business', 'device', '65+']
    """
    if word in _SMALL_PLURALS:
        return word[:-1]
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


def phrase(text: str) -> Phrase:
    """The stems of a text."""
    return tuple(token.stem for token in tokens(text))


def _words(file: str) -> Any:
    return yaml.load((Path(__file__).parent / file).read_text(encoding="utf-8"), Loader=_Loader)


@functools.cache
def vocabulary() -> Vocabulary:
    """The words of `vocabulary.yaml` and `cabinet.yaml`."""
    data, cabinet = _words("vocabulary.yaml"), _words("cabinet.yaml")
    signs: dict[Phrase, tuple[str, ...]] = {}
    for sign, listed in [*data["signs"].items(), *cabinet["signs"].items()]:
        for text in listed:
            signs[phrase(text)] = (*signs.get(phrase(text), ()), sign)
    unsupported = {phrase(text): why for why, listed in data["unsupported"].items() for text in listed}
    glue = frozenset(stem(word) for word in data["glue"]) | frozenset(data["glue"])
    beside: dict[str, frozenset[str]] = {}
    for group, listed in cabinet["beside"].items():
        for sign in group.split():
            beside[sign] = beside.get(sign, frozenset()) | frozenset(map(stem, listed)) | frozenset(listed)
    synonyms = tuple(frozenset(phrase(text) for text in group) for group in data["synonyms"])
    countries = {phrase(name): tuple(phrase(text) for text in listed) for name, listed in data["countries"].items()}
    words = {word for key in (*signs, *unsupported) for word in key} | glue
    words |= {word for group in synonyms for key in group for word in key}
    compared = frozenset(cabinet["compared"])
    fillers = glue.union(*beside.values(), compared)
    words |= fillers
    return Vocabulary(signs, unsupported, glue, synonyms, countries, frozenset(words), beside, fillers, compared)
