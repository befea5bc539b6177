"""One claim as it was read, the sentence that is being read, and whether something in it is asserted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from evals.scoring.claims.subjects import Name, Subject, column_before, mentions
from evals.scoring.claims.words import Words

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class Said:
    """One claim, as it was read."""

    kind: str
    direction: Direction | None
    subject: Subject
    sentence: str
    scope: str
    """The text in which the words of a claim are looked for."""
    at: tuple[int, int]
    """Number of the sentence and of the clause."""
    asserted: bool = True
    sure: bool = False
    """Said to be clear, so that a doubt elsewhere does not take it back."""
    converse: bool = False
    """True for what is said of the one that something is held against."""
    by_number: bool = False
    """A doubt that only a p-value tells."""
    linked: bool = True
    """False for a mix that is only described, not said to be what a change comes from."""


@dataclass(frozen=True)
class Reading:
    """The clause that is being read, with what stands around it."""

    text: str
    at: tuple[int, int]
    sentence: str
    previous: str
    names: frozenset[Name]
    usual: Subject
    words: Words

    def spans(self, *kinds: str) -> list[tuple[int, int]]:
        """Where wordings of these kinds stand."""
        return [match.span() for kind in kinds for match in self.words.all(kind, self.text)]

    def asserted(self, edge: int, start: int, until: int) -> bool:
        """True unless what begins at `start` is denied, doubted, supposed or reported by the words after `edge`."""
        ahead = without_names(self.text[edge:start], self.names)
        if any(self.words.find(kind, ahead) for kind in ("negated", "hedged", "on_paper", "whether")):
            return False
        if edge > 0 and self.words.find("whether", self.text[:edge]) and "," not in self.text[:start]:
            return False
        behind = self.text[start:until]
        return not self.words.find("open_after", behind) and not self.words.find("on_paper", behind)

    def claim(self, kind: str, subject: Subject, direction: Direction | None = None) -> Said:
        """A claim made here."""
        return Said(kind, direction, subject, self.sentence, self.sentence, self.at)


def inside(match: re.Match[str], spans: list[tuple[int, int]]) -> bool:
    """True where the match overlaps one of the spans."""
    return any(match.start() < end and start < match.end() for start, end in spans)


def blanked(words: Words, kind: str, text: str) -> str:
    """The text with wordings of this kind made one meaningless word of the same length."""
    for match in words.all(kind, text):
        text = text[: match.start()] + "x" * len(match[0]) + text[match.end() :]
    return text


def without_names(text: str, names: frozenset[Name]) -> str:
    """The text with dots for the names of segments and their columns: "without a coach" denies nothing."""
    for mention in mentions(text, names):
        start = mention.start - len(column_before(text, mention))
        text = text[:start] + "·" * (mention.end - start) + text[mention.end :]
    return text
