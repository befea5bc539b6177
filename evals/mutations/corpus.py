"""The known-good answers: those of the built-in planner that pass, and answers written by hand in `good/`.

The figures of a written answer are filled in from the gold when the study runs ({Leeds}, {+Leeds}, {:n}); those around
them (ends of intervals, answers behind a figure) from the facts of the built-in planner. So they stay right when a
world changes, and nothing in them comes from npsight but what is no gold anyway.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from agent.answer import Answer
from agent.ask import ask
from evals.cases import Case, Measure, built_in
from evals.gold import GoldRows, gold_rows
from evals.worlds import make_world
from tools.result import Cell, Fact
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

HERE = Path(__file__).parent
FILES = ("english.yaml", "german.yaml", "spanish.yaml")
_PLACE = re.compile(r"\{(\+?)([^{}:]*)(?::([a-z_]+))?\}")
_AROUND = {"low": "low", "high": "high", "scored": "n"}


Text = tuple[str, str, str]
"""Case, language and words."""


@dataclass(frozen=True)
class Subject:
    """A good answer to a case."""

    id: str
    case: Case
    gold: GoldRows
    answer: Answer
    written: bool = False
    language: str = "en"


class StaleError(Exception):
    """A written answer speaks of a row or a fact that is not there any more."""


def subjects(worlds: Sequence[str] | None = None) -> tuple[list[Subject], list[str]]:
    """All good answers about these worlds (all of them without any), and the ids of written ones that are stale."""
    texts = list(written())
    cases = [case for case in built_in(["answers"]) if case.gold is not None and "answered" in case.status]
    found: list[Subject] = []
    stale: list[str] = []
    for world in dict.fromkeys(case.world for case in cases):
        if worlds is None or world in worlds:
            of_world = _of_world(world, [case for case in cases if case.world == world], texts)
            found += of_world[0]
            stale += of_world[1]
    return found, stale


def written() -> Iterator[Text]:
    """Case, language and text of the answers written by hand."""
    for name in FILES:
        for entry in yaml.safe_load((HERE / "good" / name).read_text(encoding="utf-8")):
            yield entry["case"], entry.get("language", "en"), entry["text"].strip()


def _of_world(world: str, cases: list[Case], texts: list[Text]) -> tuple[list[Subject], list[str]]:
    folder = make_world(world)
    found: list[Subject] = []
    stale: list[str] = []
    with Warehouse(folder) as warehouse:
        for case in cases:
            try:
                gold = gold_rows(case.gold, folder) if case.gold is not None else None
            except NpsError:
                gold = None
            if gold is None:
                stale.append(case.id)
                continue
            answer = ask(case.ask, warehouse, record=False)
            if answer.status == "answered":
                found.append(Subject(case.id, case, gold, answer))
            mine = [one for one in texts if one[0] == case.id]
            made, old = told_by_hand(case, gold, answer, mine)
            found += made
            stale += old
    return found, stale


def told_by_hand(case: Case, gold: GoldRows, answer: Answer, texts: Sequence[Text]) -> tuple[list[Subject], list[str]]:
    """The written answers to a case, with the facts of `answer`, and the ids of those that are stale."""
    found: list[Subject] = []
    stale: list[str] = []
    for at, (_, language, text) in enumerate(texts, start=1):
        name = f"{case.id}/{language}{at}"
        try:
            told = fill(text, gold, answer.facts, language)
        except StaleError:
            stale.append(name)
            continue
        alone = answer.model_copy(update={"status": "answered", "text": told, "tables": [], "charts": []})
        found.append(Subject(name, case, gold, alone, written=True, language=language))
    return found, stale


def fill(text: str, gold: GoldRows, facts: Sequence[Fact], language: str) -> str:
    """The text with its figures.

    Raises StaleError where it speaks of a row or a fact that is not there.
    """
    return _PLACE.sub(lambda match: _told(match.group(1), match.group(2), match.group(3), gold, facts, language), text)


def _told(sign: str, key: str, name: str | None, gold: GoldRows, facts: Sequence[Fact], language: str) -> str:
    if name in _AROUND:
        return _of_fact(sign, key, _AROUND[name], facts, language)
    for row in gold.rows:
        if not key or key in [str(row[column]) for column in gold.key]:
            measure = name or next(iter(gold.values))
            value = row.get(measure)
            if isinstance(value, int | float):
                return spell(value, gold.values[measure], language, plus=bool(sign))
    raise StaleError(key)


def _of_fact(sign: str, key: str, part: str, facts: Sequence[Fact], language: str) -> str:
    named = [fact for fact in facts if fact.name == "nps" and (not key or key in fact.where.values())]
    value = getattr(named[0], part) if named else None
    if value is None:
        raise StaleError(key)
    return spell(value, "count" if part == "n" else "points", language, plus=bool(sign))


def spell(
    value: float, measure: Measure, language: str = "en", *, plus: bool = False, places: int | None = None
) -> str:
    """A figure as people write it in a language."""
    if measure == "count":
        return f"{round(value):,}" if language == "en" else f"{round(value):,}".replace(",", ".")
    size = 100 * value if measure == "share" else value
    digits = f"{size:{'+' if plus else ''},.{places if places is not None else 1}f}"
    if measure == "share":
        digits += "%" if language == "en" else " %"
    return digits if language == "en" else digits.translate(str.maketrans(",.", ".,"))


def cell(value: Cell) -> float | None:
    """The cell as a number."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
