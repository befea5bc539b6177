"""Finding the words and phrases of themes in texts: each distinct word is looked at once, each text in one pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.comments.stems import fold, stem, words

_PART = re.compile(r"(?:[^\W_]|['*])+")
_SOLID = 3
"""Letters that a word with a * needs."""
_STARS = 2
_LONGEST = 60
"""Letters of a word that patterns are tried on; no language has longer ones that mean something."""
MOST_WORDS = 6


@dataclass(frozen=True)
class Part:
    """One word of a term: a stem in a language, or a pattern with *."""

    language: str
    text: str

    @property
    def is_pattern(self) -> bool:
        """True where the word holds a *."""
        return "*" in self.text


@dataclass(frozen=True)
class Term:
    """A word or a phrase."""

    parts: tuple[Part, ...]

    @classmethod
    def parse(cls, entry: str, language: str) -> Term:
        """The term that a codebook's entry stands for; ValueError for one that would match nothing, or everything."""
        found = [part.replace("'", "") for part in _PART.findall(fold(entry))]
        if not 1 <= len(found) <= MOST_WORDS:
            raise ValueError(f"{entry!r} must be a word, or a phrase of at most {MOST_WORDS} words")
        for part in found:
            if "*" in part and (len(part.replace("*", "")) < _SOLID or part.count("*") > _STARS):
                raise ValueError(
                    f"{entry!r} needs at least {_SOLID} letters beside the *, of which it may hold {_STARS}"
                )
        return cls(tuple(Part("*" if "*" in part else language, _key(part, language)) for part in found))


def _key(part: str, language: str) -> str:
    return part if "*" in part else stem(part, language)


Rules = tuple[Sequence[Term], Sequence[Term]]
"""Of a theme: terms that tell it, and terms whose words do not count."""


@dataclass(frozen=True)
class _Phrase:
    parts: tuple[int, ...]
    bit: int
    excludes: bool


@dataclass(frozen=True)
class _Word:
    """What is known of a distinct word."""

    mask: int
    """The themes that it tells by itself, as bits."""
    atoms: frozenset[int]
    starts: tuple[_Phrase, ...]


class _Matcher:
    def __init__(self, themes: Sequence[Rules]) -> None:
        self.atoms: dict[Part, int] = {}
        self.alone: dict[int, int] = {}
        self.phrases: dict[int, list[_Phrase]] = {}
        for at, (terms, excluded) in enumerate(themes):
            for term in terms:
                self._add(term, 1 << at, excludes=False)
            for term in excluded:
                self._add(term, 1 << at, excludes=True)
        self.languages = sorted({part.language for part in self.atoms if not part.is_pattern})
        patterns = [part for part in self.atoms if part.is_pattern]
        self.patterns = [(re.compile(_regex(part.text)), self.atoms[part]) for part in patterns]
        self.any_pattern = re.compile("|".join(_regex(part.text) for part in patterns) or r"(?!)")
        self.known: dict[str, _Word] = {}

    def _add(self, term: Term, bit: int, *, excludes: bool) -> None:
        found = tuple(self.atoms.setdefault(part, len(self.atoms)) for part in term.parts)
        if len(found) == 1 and not excludes:
            self.alone[found[0]] = self.alone.get(found[0], 0) | bit
        else:
            self.phrases.setdefault(found[0], []).append(_Phrase(found, bit, excludes))

    def word(self, token: str) -> _Word:
        """The word, looked at when it is met first."""
        atoms = {self.atoms.get(Part(language, stem(token, language))) for language in self.languages}
        if len(token) <= _LONGEST and self.any_pattern.fullmatch(token):
            atoms |= {atom for pattern, atom in self.patterns if pattern.fullmatch(token)}
        found = frozenset(atom for atom in atoms if atom is not None)
        mask = 0
        for atom in found:
            mask |= self.alone.get(atom, 0)
        starts = tuple(phrase for atom in sorted(found) for phrase in self.phrases.get(atom, ()))
        self.known[token] = _Word(mask, found, starts)
        return self.known[token]

    def themes(self, text: str) -> int:
        """The themes of a text, as bits."""
        known = self.known
        found = [known.get(token) or self.word(token) for token in words(text)]
        mask, phrases = 0, False
        for word in found:
            mask |= word.mask
            phrases = phrases or bool(word.starts)
        return self._with_phrases(found, mask) if phrases else mask

    def _with_phrases(self, found: list[_Word], mask: int) -> int:
        hits = list(_hits(found))
        struck = [0] * len(found)
        for at, phrase in hits:
            if phrase.excludes:
                for place in range(at, at + len(phrase.parts)):
                    struck[place] |= phrase.bit
        if any(struck):
            mask = 0
            for word, out in zip(found, struck, strict=True):
                mask |= word.mask & ~out
        for at, phrase in hits:
            if not phrase.excludes and not any(out & phrase.bit for out in struck[at : at + len(phrase.parts)]):
                mask |= phrase.bit
        return mask


def _hits(found: list[_Word]) -> Iterator[tuple[int, _Phrase]]:
    for at, word in enumerate(found):
        for phrase in word.starts:
            rest = found[at + 1 : at + len(phrase.parts)]
            if len(rest) == len(phrase.parts) - 1 and all(
                atom in after.atoms for atom, after in zip(phrase.parts[1:], rest, strict=True)
            ):
                yield at, phrase


def _regex(pattern: str) -> str:
    return r"[^\W_]*".join(re.escape(piece) for piece in pattern.split("*"))


def code(texts: Sequence[str], themes: Sequence[Rules]) -> NDArray[np.bool_]:
    """Texts × themes, True where a term of the theme stands in the text outside of what is excluded."""
    matcher = _Matcher(themes)
    found = np.zeros((len(texts), len(themes)), dtype=bool)
    for at, text in enumerate(texts):
        mask = matcher.themes(text) if text else 0
        while mask:
            lowest = mask & -mask
            found[at, lowest.bit_length() - 1] = True
            mask ^= lowest
    return found
