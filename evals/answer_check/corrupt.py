"""Spoiling a correct answer in the ways in which chat models err.

An operator is a pure function of an answer and a random source and gives changed drafts, each truly wrong: what can
be verified from the facts is verified, so that a changed figure is no other fact of the run, a swapped segment has
other figures, a claimed difference is not a tested one. Which of its changes are kept is drawn from a seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agent.check.filling import shown
from prompts.numbers import format_value
from tools.result import Fact
from warehouse.catalog import Catalog

REF = re.compile(r"\{\{ (F\d+)(?:\.(\w+))? \}\}")
SENTENCE = re.compile(r"(?:[^.!?\n]|[.!?](?!\s|$))+[.!?]?")
NUMBER = re.compile(r"(?<![\w.,/-])[+-]?\d{1,3}(?:,\d{3})+(?![\w,])|(?<![\w.,/-])[+-]?\d+\.\d+(?![\w])")
CAUSAL = frozenset(["impact", "experiment", "matched_effect"])


@dataclass(frozen=True)
class Ref:
    """A place where a draft refers to a fact, or holds a figure as plain text (then `fact` is None)."""

    start: int
    end: int
    told: str
    fact: Fact | None = None
    part: str = ""


@dataclass(frozen=True)
class Case:
    """A correct answer with all that its operators need to know."""

    id: str
    draft: str
    question: str
    facts: Mapping[str, Fact]
    tools: Sequence[str]
    catalog: Catalog
    elsewhere: Sequence[Fact] = ()
    """Facts about another survey."""

    def refs(self) -> list[Ref]:
        """Where the draft refers to facts, in order."""
        found = []
        for match in REF.finditer(self.draft):
            fact = self.facts[match[1]]
            told = shown(fact, match[2] or "value")
            found.append(Ref(match.start(), match.end(), told, fact, match[2] or ""))
        return found

    def bare(self) -> list[Ref]:
        """Figures written as plain numbers: with a decimal point or thousands separators."""
        spans = [(ref.start, ref.end) for ref in self.refs()]
        return [
            Ref(match.start(), match.end(), match[0])
            for match in NUMBER.finditer(self.draft)
            if not any(start <= match.start() < end for start, end in spans)
        ]

    def sentences(self) -> list[tuple[int, int]]:
        """Spans of the sentences and lines of the draft."""
        return [match.span() for match in SENTENCE.finditer(self.draft) if match[0].strip()]

    def sentence_of(self, place: int) -> tuple[int, int]:
        """The span of the sentence around a place."""
        return next((span for span in self.sentences() if span[0] <= place < span[1]), (0, len(self.draft)))

    def refs_in(self, span: tuple[int, int]) -> list[Ref]:
        """References within a span."""
        return [ref for ref in self.refs() if span[0] <= ref.start < span[1]]

    def figures(self) -> set[str]:
        """Every figure of the run as it may be told, with and without sign and unit."""
        told: set[str] = set()
        for fact in self.facts.values():
            values = (fact.value, fact.low, fact.high) if isinstance(fact.value, int | float) else ()
            told |= {plain(format_value(value, fact.unit)) for value in values if value is not None}
            told |= {plain(format_value(fact.n, "responses"))} if fact.n is not None else set()
        return told

    def is_new(self, figure: str) -> bool:
        """Whether a figure is nothing that the run or the question says."""
        return plain(figure) not in self.figures() and plain(figure) not in self.question


@dataclass(frozen=True)
class Corruption:
    """A spoilt draft."""

    operator: str
    draft: str
    changed: str
    """What was put in the place of what."""


Change = tuple[str, str]
"""A changed draft, and what was changed in it."""
Operator = Callable[[Case, random.Random], Iterator[Change]]


def plain(figure: str) -> str:
    """A figure without sign, unit and separators."""
    return re.sub(r"[^\d.]", "", figure)


def put(draft: str, start: int, end: int, new: str) -> Change:
    """The draft with another text in a place."""
    return draft[:start] + new + draft[end:], f"{draft[start:end]} → {new}"


def append(draft: str, sentence: str) -> Change:
    """The draft with a sentence more, on the line of its last sentence of prose where there is one."""
    lines = draft.rstrip().split("\n")
    apart = lines[-1].startswith(("|", "-", "*", ">")) or sentence.startswith(">")
    lines[-1] += f"\n\n{sentence}" if apart else f" {sentence}"
    return "\n".join(lines), f"+ {sentence}"


def insert_before_stop(draft: str, span: tuple[int, int], words: str) -> Change:
    """The draft with words more at the end of a sentence."""
    end = span[1] - 1 if draft[span[1] - 1] in ".!?" else span[1]
    return draft[:end] + words + draft[end:], f"…{draft[max(span[0], end - 40) : end]} + {words}"


def excludes_zero(fact: Fact) -> bool:
    """Whether the interval of a difference lies on one side of zero."""
    return fact.low is not None and fact.high is not None and (fact.low > 0 or fact.high < 0)


def operators() -> dict[str, Operator]:
    """All operators by name."""
    from evals.answer_check import wrong_claims, wrong_figures, wrong_places

    return {**wrong_figures.OPERATORS, **wrong_places.OPERATORS, **wrong_claims.OPERATORS}


def corrupt(case: Case, *, seed: int = 7, only: str | None = None, most: int = 2) -> list[Corruption]:
    """At most `most` corruptions by each operator, drawn from the seed."""
    made: list[Corruption] = []
    for name, operator in operators().items():
        if only is not None and name != only:
            continue
        draw = random.Random(f"{seed}:{case.id}:{name}")
        changes = {draft: changed for draft, changed in operator(case, draw) if draft != case.draft}
        kept = draw.sample(list(changes), min(most, len(changes)))
        made += [Corruption(name, draft, changes[draft]) for draft in kept]
    return made
