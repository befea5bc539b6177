"""The HTML report of a run: one self-contained page to click through, question by question."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import jinja2

from agent.answer import Answer
from evals.judged import SCORES
from evals.outcome import CaseOutcome, EvalRun, TurnOutcome
from evals.summary import summarise
from prompts.numbers import format_value, interval
from tools.result import Cell, Table
from tools.shown import where_text

PAGE = "report.html"
_TEMPLATE = Path(__file__).parent / "page.html.j2"
_FACTS, _ROWS = 40, 40


def write_page(run: EvalRun, folder: Path) -> Path:
    """Write the report beside the results. Every text of data or models is escaped; the page loads nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / PAGE
    path.write_text(_template().render(_variables(run)), encoding="utf-8")
    return path


@cache
def _template() -> jinja2.Template:
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8"))


def _variables(run: EvalRun) -> dict[str, Any]:
    order = {"failed": 0, "passed": 1, "not judged": 2}
    cases = sorted(run.cases, key=lambda case: order[case.verdict])
    return {
        "run": run,
        "summary": summarise(run),
        "cases": [_case(case) for case in cases],
        "codes": sorted({code for case in run.cases for code in case.codes}),
        "scores": SCORES,
        "families": sorted({case.family for case in run.cases}),
    }


def _case(case: CaseOutcome) -> dict[str, Any]:
    asked = " ".join(turn.question for turn in case.turns)
    return {
        "outcome": case,
        "title": case.turns[0].question if case.turns else case.why,
        "find": f"{case.id} {case.family} {asked}".casefold(),
        "turns": [_turn(turn) for turn in case.turns],
    }


def _turn(turn: TurnOutcome) -> dict[str, Any]:
    answer = turn.answer
    facts = answer.facts if answer is not None else []
    return {
        "outcome": turn,
        "gold": _rows(turn.gold),
        "facts": [
            {
                "id": fact.id,
                "name": fact.name.replace("_", " "),
                "where": where_text(fact.where) if fact.where else "",
                "value": format_value(fact.value, fact.unit) if fact.value is not None else fact.reason or "no value",
                "interval": interval(fact.low, fact.high, fact.unit) if fact.low is not None else "",
                "n": format_value(fact.n, "responses") if fact.n is not None else "",
            }
            for fact in facts[:_FACTS]
        ],
        "more_facts": max(0, len(facts) - _FACTS),
        "tables": [_table(table) for table in answer.tables] if answer is not None else [],
        "calls": [_call(answer, at) for at in range(len(answer.tools))] if answer is not None else [],
    }


def _call(answer: Answer, at: int) -> dict[str, str]:
    call = answer.tools[at]
    told = ", ".join(f"{name}={value!r}" for name, value in call.arguments.items() if value not in (None, "", [], {}))
    return {"told": f"{call.name}({told})", "error": call.error or ""}


def _rows(gold: list[dict[str, Cell]]) -> dict[str, Any]:
    names = list(gold[0]) if gold else []
    shown = [[_cell(row[name]) for name in names] for row in gold[:_ROWS]]
    return {"names": names, "rows": shown, "more": max(0, len(gold) - _ROWS)}


def _table(table: Table) -> dict[str, Any]:
    rows = [
        [format_value(cell, column.unit) for cell, column in zip(row, table.columns, strict=True)]
        for row in table.rows[:_ROWS]
    ]
    names = [column.name for column in table.columns]
    return {"title": table.title, "names": names, "rows": rows, "more": max(0, len(table.rows) - _ROWS)}


def _cell(value: Cell) -> str:
    if value is None:
        return "NULL"
    return f"{value:.4g}" if isinstance(value, float) else str(value)
