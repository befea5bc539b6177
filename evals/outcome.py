"""What a run of the suites found: each case with its answers and the reasons for its failures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from agent.answer import Answer
from agent.judging import Judgement
from evals.cases import Language, Suite
from evals.codes import Code, Failure
from tools.result import Cell, Model
from warehouse.errors import NpsError

RESULTS = "results.json"


class TurnOutcome(Model):
    """One question and what became of it."""

    question: str
    expected: str
    """What a right answer is, in words."""
    gold: list[dict[str, Cell]] = Field(default_factory=list)
    answer: Answer | None = None
    """None where there is none: the analyst failed."""
    failures: list[Failure] = Field(default_factory=list)
    judgement: Judgement | None = None
    """What a model that judges prose said; apart from the verdict."""
    record: str | None = None
    """The run record, relative to the folder of the results."""


class CaseOutcome(Model):
    """A case, asked once."""

    id: str
    suite: Suite
    family: str
    world: str
    language: Language = "en"
    repeat: int = 1
    verdict: Literal["passed", "failed", "not judged"]
    why: str = ""
    """Why it was not judged."""
    codes: list[Code] = Field(default_factory=list)
    """Why it failed: the codes of its failures, each once."""
    turns: list[TurnOutcome] = Field(default_factory=list)
    """Empty in a baseline."""

    @property
    def failures(self) -> list[Failure]:
        """Of all turns."""
        return [failure for turn in self.turns for failure in turn.failures]


class EvalRun(Model):
    """All cases of a run."""

    format: Literal[1] = 1
    at: str
    version: str
    analyst: str
    """Who answered: builtin, openai:NAME, cassettes:NAME …"""
    seed: int
    repeats: int = 1
    seconds: float = 0.0
    money: float | None = None
    notes: list[str] = Field(default_factory=list)
    cases: list[CaseOutcome] = Field(default_factory=list)

    @property
    def judged(self) -> list[CaseOutcome]:
        """The cases with a verdict."""
        return [case for case in self.cases if case.verdict != "not judged"]


def read_results(place: Path) -> EvalRun:
    """The results in a folder or a file.

    Raises NpsError where there are none, or an older npsight wrote them.
    """
    path = place / RESULTS if place.is_dir() else place
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
        return EvalRun.model_validate(data)
    except OSError as error:
        raise NpsError(f"There are no results in {place}: {(error.strerror or 'unreadable').lower()}.") from None
    except (ValueError, ValidationError):
        raise NpsError(f"{path} holds no results of this version of npsight; run `npsight eval` again.") from None
