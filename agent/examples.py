"""Approved examples: questions with the tool calls that answered them, kept in the workspace by its user.

Nothing is learned without approval; the nearest few are shown to a model beside the data card.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.answer import Answer, ToolCall
from agent.privacy import masked
from warehouse.errors import NpsError

FILE = "examples.yaml"
SHOWN, NEAR = 3, 55.0
_HEAD = "# Questions with the tool calls that answered them, approved by `npsight runs approve ID`. Edit it freely.\n"


class Example(BaseModel):
    """A question and the calls that were right for it."""

    model_config = ConfigDict(extra="forbid")
    question: str
    calls: list[ToolCall]
    run: str | None = None

    @property
    def told(self) -> str:
        """The calls on one line."""
        return "; ".join(f"{call.name}({_arguments(call.arguments)})" for call in self.calls)


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")
    examples: list[Example] = Field(default_factory=list)


def _arguments(arguments: dict[str, Any]) -> str:
    given = {name: value for name, value in arguments.items() if value not in (None, [], {}, False, "")}
    return ", ".join(f"{name}={json.dumps(value, ensure_ascii=False)}" for name, value in given.items())


def read_examples(folder: Path) -> list[Example]:
    """The approved examples of a workspace; NpsError where the file was edited into something else."""
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        told = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        return _File.model_validate(told).examples
    except (OSError, ValueError, yaml.YAMLError, ValidationError) as error:
        what = str(error).splitlines()[0]
        raise NpsError(f"{path} cannot be read as approved examples ({what}); mend it or remove it.") from None


def approve(folder: Path, answer: Answer) -> Example:
    """Keep the calls of an answered question; a question that was approved before is replaced.

    Raises NpsError for an answer without tool calls.
    """
    calls = [call for call in answer.tools if call.error is None]
    if answer.status != "answered" or not calls:
        raise NpsError(f"The run {answer.run} has no answer from tools, so there is nothing to learn from it.")
    example = Example(question=masked(answer.question), calls=calls, run=answer.run)
    rest = [known for known in read_examples(folder) if known.question != example.question]
    told = {"examples": [one.model_dump(mode="json", exclude_none=True) for one in [*rest, example]]}
    partial = folder / f".{FILE}.part"
    partial.write_text(_HEAD + yaml.safe_dump(told, sort_keys=False, allow_unicode=True), encoding="utf-8")
    partial.replace(folder / FILE)
    return example


def nearest(question: str, examples: list[Example]) -> list[Example]:
    """The approved examples most like the question, the likest first; none where none is like it."""
    if not examples:
        return []
    from rapidfuzz import fuzz, process, utils

    found = process.extract(
        question,
        [example.question for example in examples],
        scorer=fuzz.token_sort_ratio,
        processor=utils.default_process,
        limit=SHOWN,
        score_cutoff=NEAR,
    )
    return [examples[at] for _text, _score, at in found]
