"""Known-good judged answers: written by hand as a careful analyst would, with what they must and must not claim."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import Field

from agent.answer import Answer
from evals.cases import Claim, Language, Turn
from evals.codes import Failure
from evals.scoring.claims import wrong_claims
from tools.result import Fact, Model

FOLDER = Path(__file__).parent / "good_claims"


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

    @property
    def turn(self) -> Turn:
        """The question with what its answer is held against."""
        return Turn(ask=self.ask, must=self.must, never=self.never)

    def answer(self, text: str | None = None) -> Answer:
        """The answer, or another text in its place."""
        said = self.text if text is None else text
        facts = [_named(column, value) for column, values in self.names.items() for value in values]
        return Answer(status="answered", text=said, question=self.ask, facts=facts, caveats=self.caveats)

    def failures(self, text: str | None = None) -> list[Failure]:
        """What the scorer finds wrong with the answer, or with another text in its place."""
        return wrong_claims(self.turn, self.answer(text))


def _named(column: str, value: str) -> Fact:
    """A fact that makes the segment known; its value plays no part."""
    return Fact(id=f"{column}-{value}", name="nps", value=0.0, unit="points", where={column: value}, source="written")


@cache
def known() -> tuple[Known, ...]:
    """All of them."""
    return tuple(answer for path in sorted(FOLDER.glob("*.yaml")) for answer in _read(path))


def _read(path: Path) -> list[Known]:
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [Known.model_validate({"names": listed["names"], **answer}) for answer in listed["answers"]]
