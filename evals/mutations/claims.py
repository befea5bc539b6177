"""Known-good judged answers: written by hand as a careful analyst would, with what they must and must not claim.

The scorer was mended with all of them in sight, so its rates here say that it does what it is meant to, not how it
does on words that nobody has seen. At first sight 42 of the first 56 answers and 12 of the 20 in fresh.yaml passed;
892 of 1,022 spoilt ones were caught (some of the others were not wrong: the study was mended too).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from agent.answer import Answer
from evals.cases import Case, Claim, Language, Turn, built_in
from evals.codes import Failure
from evals.run import Setting, run_cases
from evals.scoring.claims import wrong_claims
from evals.scoring.claims.subjects import names_of
from tools.result import Fact, Model

FOLDER = Path(__file__).parent / "good_claims"
BY_CASE = Path(__file__).parent / "claims_by_case.yaml"
SENTENCES = Path(__file__).parent / "claims_sentences.yaml"


class Known(Model):
    """An answer that is right."""

    id: str
    ask: str
    text: str
    must: list[Claim] = Field(default_factory=list)
    never: list[Claim] = Field(default_factory=list)
    names: dict[str, list[str]] = Field(default_factory=dict)
    """The segments of the world that it is about: columns and their values."""
    language: Language = "en"
    caveats: list[str] = Field(default_factory=list)
    facts: list[Fact] = Field(default_factory=list)
    """Of an answer that was really given."""

    @property
    def turn(self) -> Turn:
        """The question with what its answer is held against."""
        return Turn(ask=self.ask, must=self.must, never=self.never)

    def answer(self, text: str | None = None) -> Answer:
        """The answer, or another text in its place."""
        said = self.text if text is None else text
        written = [_named(column, value) for column, values in self.names.items() for value in values]
        facts = self.facts or written
        return Answer(status="answered", text=said, question=self.ask, facts=facts, caveats=self.caveats)

    def failures(self, text: str | None = None) -> list[Failure]:
        """What the scorer finds wrong with the answer, or with another text in its place."""
        return wrong_claims(self.turn, self.answer(text))


def _named(column: str, value: str) -> Fact:
    """A fact that makes the segment known; its value plays no part."""
    return Fact(id=f"{column}-{value}", name="nps", value=0.0, unit="points", where={column: value}, source="written")


@dataclass(frozen=True)
class Sentences:
    """Sentences that are judged alone."""

    wrong: dict[str, list[str]]
    """By the claim that they make: kind, direction, segment."""
    harmless: list[str]
    at_first: dict[str, int]
    """What the scorer made of them before anything was changed for them."""

    def caught(self) -> list[tuple[str, str, bool]]:
        """Each claim with its sentence, and whether it was read."""
        return [
            (key, sentence, bool(_alone(sentence, [_claim(key)])))
            for key, those in self.wrong.items()
            for sentence in those
        ]

    def passed(self) -> list[tuple[str, bool]]:
        """Each harmless sentence, and whether nothing was read into it."""
        claims = [_claim(key) for key in self.wrong]
        return [(sentence, not _alone(sentence, claims)) for sentence in self.harmless]


def lone_sentences() -> dict[str, Sentences]:
    """The sets of sentences, by name."""
    listed = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    return {name: Sentences(given["wrong"], given["harmless"], given["at_first"]) for name, given in listed.items()}


def _claim(key: str) -> Claim:
    kind, direction, plan = (*key.split(), None, None)[:3]
    return Claim.model_validate({"claim": kind, "direction": direction, "of": {"plan": plan} if plan else None})


def _alone(sentence: str, claims: list[Claim]) -> list[Failure]:
    names = {"plan": ["Starter", "Pro"], "country": ["Germany", "France"]}
    return Known(id="alone", ask="What about our NPS?", text=sentence, never=claims, names=names).failures()


@cache
def known() -> tuple[Known, ...]:
    """All of them."""
    return tuple(answer for path in sorted(FOLDER.glob("*.yaml")) for answer in _read(path))


def _read(path: Path) -> list[Known]:
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Known.model_validate({"names": listed["names"], **answer}) for answer in listed["answers"]]


def from_planner(cases: Sequence[Case]) -> list[Known]:
    """The built-in planner's answers to the cases, those whose claims are right. A world takes a second or two."""
    given = run_cases([case for case in cases if not case.then and case.must], Setting(processes=1)).cases
    by_id = {case.id: case for case in cases}
    answers = [(by_id[outcome.id], outcome.turns[0].answer) for outcome in given if outcome.turns]
    found = [_given(case, answer) for case, answer in answers if answer is not None and answer.status == "answered"]
    return [known for known in found if not known.failures()]


def _given(case: Case, answer: Answer) -> Known:
    segments = sorted(names_of(case, answer))
    return Known(
        id=case.id,
        ask=case.ask,
        text=answer.text,
        must=case.must,
        never=case.never,
        names={column: [value for name, value in segments if name == column] for column, _ in segments},
        caveats=answer.caveats,
        facts=answer.facts,
    )


@cache
def by_case() -> tuple[tuple[Known, str], ...]:
    """For the cases of suite judgement: a careful answer, and a careless one."""
    cases = {case.id: case for case in built_in(("judgement",))}
    listed: dict[str, dict[str, str]] = yaml.safe_load(BY_CASE.read_text(encoding="utf-8"))
    there = [(cases[name], texts) for name, texts in listed.items() if name in cases]
    return tuple((_written(case, texts["good"], cases.values()), texts["bad"]) for case, texts in there)


def _written(case: Case, text: str, cases: Iterable[Case]) -> Known:
    names: dict[str, list[str]] = {}
    for other in cases:
        for claim in (*other.must, *other.never) if other.world == case.world else ():
            for column, value in claim.of.items() if isinstance(claim.of, dict) else ():
                names.setdefault(column, []).append(value)
    return Known(id=case.id, ask=case.ask, text=text, must=case.must, never=case.never, names=names)
