"""What is known of a time expression while its question is being read."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from agent.builtin.timewords.plainwords import PlainWords
from warehouse.errors import NpsError
from warehouse.periods import Period, Unit, parse_period

Kind = Literal["period", "grain", "versus_previous", "versus_year_ago", "ambiguous", "outside"]
Events = Mapping[str, tuple[date, Sequence[str]]]

_LABELS = {
    "year": "{0}",
    "half": "{0}-H{1}",
    "quarter": "{0}-Q{1}",
    "month": "{0}-{1:02d}",
    "week": "{0}-W{1:02d}",
    "day": "{0}-{1:02d}-{2:02d}",
}


def parsed(text: str, as_of: date) -> Period | None:
    """The period of the argument convention; None where there is no such one."""
    try:
        return parse_period(text, as_of=as_of)
    except NpsError:
        return None


@dataclass
class Atom:
    """A time expression without the words around it; offsets count in the plain text."""

    start: int
    end: int
    unit: Unit | None = None
    kind: Kind | Literal["ignored"] = "period"
    period: Period | None = None
    year: int | None = None
    number: int = 0
    day: int = 0
    word: str = ""
    """What a relative one was called: this, last, previous, ago, …"""
    count: int = 1
    event: str | None = None
    alternatives: tuple[str, ...] = ()
    two_digits: bool = False
    """ "Mar 25" was taken for the year 2025, and may yet be a day."""
    year_guessed: bool = False

    def in_year(self, year: int) -> Period | None:
        """The named month, quarter or day in that year; None where the calendar has none."""
        label = _LABELS[self.unit or "year"].format(year, self.number, self.day)
        return parsed(label, date.max)


@dataclass
class Scan:
    """The question in plain words, the limits of the data, and the atoms found so far."""

    plain: PlainWords
    as_of: date | None
    first: date | None
    atoms: list[Atom] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The plain text."""
        return self.plain.text

    def knows(self, year: int) -> bool:
        """Whether the data may hold that year."""
        if self.as_of is None:
            return 2000 <= year <= 2050
        return (self.first or self.as_of).year <= year <= self.as_of.year

    def free(self, start: int, end: int) -> bool:
        """Whether no atom stands there yet."""
        return not any(atom.start < end and start < atom.end for atom in self.atoms)

    def named_after(self, end: int) -> bool:
        """Whether an atom follows at once, an article between them allowed."""
        texts = [self.text[end : atom.start] for atom in self.atoms if atom.start >= end]
        return any(re.fullmatch(r"(?: (?:the|our|my|that|this|of|in))* ?", text) for text in texts)
