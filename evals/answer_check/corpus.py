"""The answers: read from `answers/`, `blind/` and `fresh/`, with the facts of their calls computed anew.

`told.json` beside them holds, for each answer, the facts that it refers to as they were told when it was written. Where
a tool numbers its facts otherwise since, references follow the fact; where it tells another figure, the answer is
stale: it may no longer be true and is set aside until somebody has read it again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from agent.answer import ToolCall
from agent.check import Ground
from agent.facts import Run
from evals.answer_check.corrupt import REF, Case
from evals.answer_check.surveys import make_survey
from prompts.numbers import format_value, interval
from tools.registry import run_tool
from tools.result import Fact, Result
from warehouse.catalog_file import FILE_NAME, read_catalog
from warehouse.workspace import Warehouse

HERE = Path(__file__).parent
CORPORA = {
    "answers": ("answers",),
    "blind": ("blind",),
    "fresh": ("fresh",),
    "all": ("answers", "blind", "fresh"),
}
"""`blind` and `fresh` were written without sight of the check; nothing in it was tuned on them at first.

`fresh` also holds wrong drafts written by hand."""
TOLD = "told.json"


@dataclass(frozen=True)
class Written:
    """An answer as it was written down: correct, or wrong in one sentence."""

    id: str
    dataset: str
    question: str
    calls: list[dict[str, Any]]
    draft: str
    notes: str = ""
    wrong: str = ""
    """The sentence of the draft that is wrong; empty in a correct answer."""


@dataclass(frozen=True)
class Subject:
    """An answer with what it rests on."""

    case: Case
    ground: Ground
    dataset: str
    wrong: str = ""
    """The sentence that is wrong, where the draft is."""


def written(only: Iterable[str] = (), corpus: str = "answers") -> list[Written]:
    """The answers of a corpus, or those about some surveys."""
    files = [file for folder in CORPORA[corpus] for file in sorted((HERE / folder).glob("*.yaml"))]
    found = [Written(**entry) for file in files for entry in yaml.safe_load(file.read_text(encoding="utf-8"))]
    wanted = set(only)
    return [answer for answer in found if not wanted or answer.dataset in wanted]


def prepare(answers: Sequence[Written], folder: Path) -> tuple[list[Subject], list[str]]:
    """The answers with their facts, and the ids of those that are stale; surveys are made in `folder`."""
    told = _told()
    runs = dict(_runs(answers, folder))
    subjects, stale = [], []
    for answer in answers:
        run = runs[answer.id]
        moved = moved_ids(told.get(answer.id, {}), run)
        if moved is None:
            stale.append(answer.id)
            continue
        draft, wrong = (REF.sub(partial(_renamed, moved), text.strip()) for text in (answer.draft, answer.wrong))
        others = [runs[one.id] for one in answers if one.dataset != answer.dataset]
        elsewhere = [fact for other in others for fact in other.facts.values() if fact.name == "nps"]
        subjects.append(replace(_subject(answer, draft, run, folder, elsewhere), wrong=wrong))
    return subjects, stale


def _subject(answer: Written, draft: str, run: Run, folder: Path, elsewhere: Sequence[Fact]) -> Subject:
    catalog = read_catalog(folder / answer.dataset / FILE_NAME)
    tools = [call["tool"] for call in answer.calls]
    case = Case(answer.id, draft, answer.question, run.facts, tools, catalog, elsewhere)
    ground = Ground(results=run.results, calls=run.calls, catalog=catalog, question=answer.question)
    return Subject(case, ground, answer.dataset)


def _runs(answers: Sequence[Written], folder: Path) -> Iterator[tuple[str, Run]]:
    """The run behind each answer; a call that several answers make is made once."""
    for name in sorted({answer.dataset for answer in answers}):
        results: dict[str, Result] = {}
        with Warehouse(make_survey(name, folder / name)) as warehouse:
            for answer in (one for one in answers if one.dataset == name):
                run = Run()
                for call in answer.calls:
                    key = json.dumps(call, sort_keys=True, default=str)
                    results[key] = results.get(key) or run_tool(warehouse, call["tool"], call["arguments"])
                    run.adopt(results[key])
                    run.calls.append(ToolCall(name=call["tool"], arguments=call["arguments"]))
                yield answer.id, run


def fact_lines(run: Run) -> dict[str, str]:
    """Fact id → what the fact says, in the digits of an answer."""
    return {name: _line(fact) for name, fact in run.facts.items()}


def _line(fact: Fact) -> str:
    cell = ", ".join(f"{name}={value}" for name, value in fact.where.items())
    ends = f" {interval(fact.low, fact.high, fact.unit)}" if fact.low is not None else ""
    return f"{fact.name} ({cell}) = {format_value(fact.value, fact.unit)}{ends}, n={fact.n}"


def moved_ids(told: Mapping[str, str], run: Run) -> dict[str, str] | None:
    """Id as written → id now; None when a fact is told otherwise now."""
    now = fact_lines(run)
    where = {line: name for name, line in now.items()}
    moved = {name: name if now.get(name) == line else where.get(line) for name, line in told.items()}
    return None if None in moved.values() else {name: str(new) for name, new in moved.items()}


def _renamed(moved: Mapping[str, str], match: Any) -> str:
    part = f".{match[2]}" if match[2] else ""
    return f"{{{{ {moved.get(match[1], match[1])}{part} }}}}"


def pin(corpus: str, folder: Path) -> None:
    """Write down how the facts that the answers refer to are told now; for whoever has read the answers again."""
    for name in CORPORA[corpus]:
        answers = written(corpus=name)
        runs = dict(_runs(answers, folder))
        pins = {answer.id: _told_now(answer, runs[answer.id]) for answer in answers}
        text = json.dumps(pins, indent=1, ensure_ascii=False, sort_keys=True)
        (HERE / name / TOLD).write_text(text + "\n", encoding="utf-8")


def _told_now(answer: Written, run: Run) -> dict[str, str]:
    lines = fact_lines(run)
    return {name: lines[name] for name, _ in dict.fromkeys(REF.findall(answer.draft))}


def _told() -> dict[str, dict[str, str]]:
    """Answer id → fact id → what the fact said when the answer was read last; of all corpora, ids are unique."""
    found: dict[str, dict[str, str]] = {}
    for name in CORPORA["all"]:
        file = HERE / name / TOLD
        found |= json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    return found
