"""From what a model did to an answer: its text, its facts, its way, or why there is none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from agent.answer import Answer, Path, Status, ToolCall, Usage
from agent.facts import Run
from agent.job import Job
from agent.limits import Meter
from agent.loop import Worked
from agent.privacy import as_data
from agent.steps import AnswerCheck
from agent.toolbox import ASK, DECLINE
from agent.verdicts import verdicts
from prompts import render
from prompts.numbers import DASH, format_value, interval
from tools.result import Fact, Result
from tools.shown import where_text

_NUMBERS = re.compile(r"[\d.,]+")
_HOW = frozenset(["detail", "limit", "top", "depth", "grain"])
"""Arguments that change how much is told, not what of."""
_FINDINGS, _PARTIAL, _CELL = 8, 8, 80
_IDS = re.compile(r"\bF\d+\b")


def make_answer(job: Job, worked: Worked) -> Answer:
    """The answer of a model that came to an end."""
    status, text, options = _outcome(worked.run, worked.check)
    shown = status == "answered"
    return _filled(job, worked.run, status, text, worked.check.used if shown else None).model_copy(
        update={"options": options}
    )


def same_work(planner: Run, model: Run) -> bool:
    """Whether the planner's answer is about what the model looked at: then it may stand in for it.

    The planner's reading of a hard question may be another one; a model's tools tell how the model read it.
    """
    done = [call for call in model.calls if call.error is None and call.name not in (ASK, DECLINE)]
    first = next((call for call in planner.calls if call.error is None), None)
    return not done or first is None or any(_about(call) == _about(first) for call in done)


def _about(call: ToolCall) -> tuple[str, dict[str, Any]]:
    """The tool with what it is about: its group of answers, its periods, its outcome, its split."""
    given = {name: value for name, value in call.arguments.items() if name not in _HOW}
    return call.name, {name: value for name, value in given.items() if value not in (None, [], {}, "", False)}


def passing_answer(job: Job, worked: Worked) -> Answer | None:
    """The model's draft without the sentences that did not pass; None where too little is left."""
    found = worked.check.what_passes()
    if found is None:
        return None
    checked, gone = found
    what = "A sentence" if gone == 1 else f"{gone} sentences"
    note = f"{what} of the model's draft did not pass the check of claims and {'is' if gone == 1 else 'are'} left out."
    answer = _filled(job, worked.run, "answered", checked.text, checked.used)
    return answer.model_copy(update={"caveats": [note, *answer.caveats]})


def partial_answer(job: Job, worked: Worked, why: str, *, limit: bool = True) -> Answer:
    """What the tools found, without anybody's words about it: the work was ended, or no draft passed the check."""
    results = worked.run.results[::-1]  # what was asked for last answers, what came before led to it
    facts = {fact.id: fact for result in results for fact in result.facts if fact.value is not None}
    if not facts:
        return Answer(status="failed", text=f"{why} Nothing had been computed by then.", question=job.question)
    found = [line for result in results for line in verdicts(result) if not line.startswith("Verdicts:")]
    named = {name for line in found[:_FINDINGS] for name in _IDS.findall(line)}
    plain = [fact for fact in facts.values() if fact.unit != "text" and fact.id not in named]
    variables = {
        "why": why,
        "limit": limit,
        "findings": [_IDS.sub(lambda match: _figure(facts.get(match.group())), line) for line in found[:_FINDINGS]],
        "facts": [_line(fact) for fact in plain[:_PARTIAL]],
        "more": max(0, len(plain) - _PARTIAL),
    }
    answer = _filled(job, worked.run, "answered", render("partial.md.j2", variables), [])
    left_out = f"{why} The figures found by then are told, but not put together." if limit else None
    return answer.model_copy(update={"left_out": left_out})


def _figure(fact: Fact | None) -> str:
    if fact is None:
        return DASH
    told = format_value(fact.value, fact.unit)
    return f"{told} {interval(fact.low, fact.high, fact.unit)}" if fact.low is not None else told


def _line(fact: Fact) -> dict[str, str]:
    return {
        "name": fact.name.replace("_", " "),
        "where": as_data(where_text(fact.where), _CELL) if fact.where else "",
        "value": format_value(fact.value, fact.unit),
        "interval": interval(fact.low, fact.high, fact.unit) if fact.low is not None else "",
        "n": format_value(fact.n, "responses") if fact.n is not None else "",
    }


def usage_of(meter: Meter) -> Usage:
    """What the model calls cost."""
    return Usage(
        model_calls=meter.model_calls,
        prompt_tokens=meter.prompt_tokens,
        completion_tokens=meter.completion_tokens,
        cached_tokens=meter.cached_tokens,
        estimated=meter.estimated,
        money=meter.money,
    )


def _filled(job: Job, run: Run, status: Status, text: str, used: Sequence[str] | None) -> Answer:
    results = run.results if status == "answered" else []
    told = [
        result for result in results if job.local or any(fact.id in (used or ()) for fact in result.facts)
    ] or results
    return Answer(
        status=status,
        text=text,
        question=job.question,
        facts=[*_recalled(run, used or []), *(fact for result in results for fact in result.facts)],
        tables=[result.table for result in told if result.table is not None],
        charts=[result.chart for result in told if result.chart is not None],
        sql=[statement for result in results for statement in result.sql],
        caveats=_caveats(told),
        tools=[call for call in run.calls if call.name not in (ASK, DECLINE)],
        path=_path(run) if status == "answered" else "none",
    )


def _recalled(run: Run, used: Sequence[str]) -> list[Fact]:
    """Facts of earlier turns that the text refers to."""
    return [fact for fact in run.earlier if fact.id in used]


def _caveats(results: list[Result]) -> list[str]:
    """Each kind of caveat once: several calls of one question say the same with other counts."""
    said: list[str] = []
    for result in results:
        kinds = {_NUMBERS.sub("#", caveat) for caveat in said}
        said += [caveat for caveat in result.caveats if _NUMBERS.sub("#", caveat) not in kinds]
    return list(dict.fromkeys(said))


def _outcome(run: Run, check: AnswerCheck) -> tuple[Status, str, list[str]]:
    if check.reasons:
        # What was refused stands in the run record: unchecked words and figures are not for the reader.
        return "failed", "The draft did not pass the check of its claims.", []
    for call in run.calls:
        if call.name == ASK:
            options = call.arguments["options"]
            return "clarify", _with_options(call.arguments["question"], options), options
        if call.name == DECLINE:
            nearest = call.arguments["nearest"]
            return "declined", _with_options(call.arguments["reason"], nearest, "You could ask:"), nearest
    if check.text is not None:
        return "answered", check.text, []
    return "failed", "No answer came.", []


def _with_options(text: str, options: list[str], lead: str = "You can choose:") -> str:
    return "\n".join([text, "", lead, *(f"- {option}" for option in options)]) if options else text


def _path(run: Run) -> Path:
    used = {call.name for call in run.calls if call.error is None}
    if not used:
        return "none"
    return "sql" if "run_sql" in used else "governed"
