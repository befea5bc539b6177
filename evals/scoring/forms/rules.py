"""The rules of the forms, read from forms.yaml."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import Field

from evals.scoring.forms.text import Tongue
from tools.result import Model

FILE = Path(__file__).parent / "forms.yaml"
Check = Literal[
    "finding first",
    "headings",
    "intervals",
    "jargon",
    "statistics explained",
    "numbers",
    "directions",
    "causes",
    "attributes",
    "quotations",
    "evidence",
]


class Section(Model):
    """A section that a form has."""

    name: str
    titles: list[str] = Field(default_factory=list)
    """Patterns of the titles it may have; none: it is what stands before the first section."""
    optional: bool = False
    """A section that is not optional may be left out only with a line that says why."""
    holds: list[str] = Field(default_factory=list)
    """What it must hold: names of `holds`."""
    items: int = 0
    """How many points it has at least."""
    most_items: int = 99
    each: list[str] = Field(default_factory=list)
    """What each of its points must hold."""
    words: int = 4
    """The fewest words that are not an empty section."""
    plans: bool = False
    """It speaks of what should be done: durations are no figures, and what is hoped for is no finding."""
    reasons: bool = False
    """It gives reasons for a choice of method; "because" is no claim about an outcome."""
    anywhere: bool = False
    """Its place among the others does not matter."""


class Form(Model):
    """A kind of text."""

    most_words: int
    least_words: int = 1
    short: int = 0
    """Up to so many words a text needs no headings."""
    reading: dict[Tongue, float] = Field(default_factory=dict)
    """The hardest it may be: a Flesch-Kincaid grade in English, Amstad's ease in German."""
    ids: bool = False
    """Whether ids of facts may stand in it, as evidence."""
    own_names: bool = True
    """Whether column names of the data may stand as they are written there."""
    repeats: bool = False
    """Whether the sections come once for each segment."""
    ordered: bool = True
    checks: list[Check] = Field(default_factory=list)
    sections: list[Section] = Field(default_factory=list)

    @property
    def titles(self) -> list[str]:
        """The titles of all sections."""
        return [title for section in self.sections for title in section.titles]


class Attribute(Model):
    """Something about a person that must not be made up."""

    words: list[str]
    """Patterns that tell of it."""
    backed_by: list[str]
    """A dimension or a value of the data that holds one of these backs it."""


class Rules(Model):
    """All of forms.yaml."""

    forms: dict[str, Form]
    holds: dict[str, list[str]]
    """What a section may have to hold: a name, and patterns of which one must be found."""
    slots: list[str]
    blanks: list[str]
    preambles: list[str]
    jargon: list[str]
    left_out: list[str]
    no_action: list[str]
    attributes: dict[str, Attribute]
    first_names: list[str]
    words: dict[str, list[str]]
    """Words that claims are read from."""

    def words_of(self, name: str, *, closed: bool = True) -> re.Pattern[str]:
        """A list of words as one pattern; `closed` says whether each ends at the end of a word."""
        return re.compile(rf"\b(?:{'|'.join(self.words[name])})" + (r"\b" if closed else ""), re.I)


@cache
def rules() -> Rules:
    """The rules that come with npsight."""
    return Rules.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))
