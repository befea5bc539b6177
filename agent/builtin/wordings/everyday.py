"""Everyday words (`everyday.yaml`): other words for values, slips in small words, and words that say nothing new."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from agent.builtin.vocabulary import Phrase, phrase, stem, vocabulary

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True)
class Everyday:
    """The sections of `everyday.yaml`."""

    values: tuple[frozenset[Phrase], ...]
    values_in: tuple[tuple[Phrase, frozenset[Phrase]], ...]
    """The kind of column a group belongs to, and the group."""
    people: frozenset[Phrase]
    business: frozenset[Phrase]
    relations: frozenset[str]
    dealings: frozenset[str]
    billing: frozenset[str]
    wishes: frozenset[str]
    slips: dict[str, str]
    """Slip of the pen → the small word that was meant."""
    abbreviations: dict[str, str]
    ordinary: frozenset[str]


@functools.cache
def everyday() -> Everyday:
    """The everyday words, read once."""
    data = yaml.load((Path(__file__).parent / "everyday.yaml").read_text(encoding="utf-8"), Loader=_Loader)
    inside = [(phrase(kind), _phrases(group)) for kind, groups in data["values_in"].items() for group in groups]
    return Everyday(
        values=tuple(_phrases(group) for group in data["values"]),
        values_in=tuple(inside),
        people=_phrases(data["people"]),
        business=frozenset(tuple(text.split()) for text in data["business"]),
        relations=frozenset(data["relations"]),
        dealings=frozenset(data["dealings"]),
        billing=frozenset(data["billing"]),
        wishes=frozenset(data["wishes"]),
        slips={slip: word for word, slips in data["slips"].items() for slip in slips},
        abbreviations=data["abbreviations"],
        ordinary=frozenset(data["ordinary"]),
    )


def _phrases(texts: Iterable[str]) -> frozenset[Phrase]:
    return frozenset(phrase(text) for text in texts)


def same_kind(column: Phrase, kind: Phrase) -> bool:
    """Whether a column of this name is one of a kind: platform is a device, survey channel a channel."""
    if column == kind or column[-1:] == kind:
        return True
    return any(kind in group and column in group for group in vocabulary().synonyms)


def other_words(values: Iterable[tuple[str, str]], columns: dict[str, Phrase]) -> list[tuple[Phrase, str, str]]:
    """Further phrases for (column, value), from the groups that hold exactly one value of the data."""
    known = [(phrase(value), name, value) for name, value in values]
    found = []
    for group in everyday().values:
        found += _fitting(group, known)
    for kind, group in everyday().values_in:
        found += _fitting(group, [entry for entry in known if same_kind(columns[entry[1]], kind)])
    return found


def _fitting(group: frozenset[Phrase], known: list[tuple[Phrase, str, str]]) -> list[tuple[Phrase, str, str]]:
    held = [(name, value) for key, name, value in known if key in group]
    if len(held) != 1:
        return []
    name, value = held[0]
    return [(key, name, value) for key in sorted(group - {phrase(value)})]


def is_ordinary(word: str) -> bool:
    """True for a word that is itself one, and so no slip of the pen."""
    return word in everyday().ordinary or stem(word) in everyday().ordinary
