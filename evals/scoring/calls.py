"""Whether the right tool was called, with the right arguments, and nothing needlessly."""

from __future__ import annotations

from typing import Any

from agent.answer import Answer, ToolCall
from evals.cases import Call, Turn
from evals.codes import Failure


def wrong_calls(turn: Turn, answer: Answer) -> list[Failure]:
    """Failures of the tool calls; none where the case says nothing about them."""
    if turn.tools is None:
        return []
    made = [call for call in answer.tools if call.error is None]
    found: list[Failure] = []
    if not any(_fits(wanted, call) for wanted in turn.tools.any_of for call in made):
        wanted_calls = " or ".join(f"{call.tool}({call.arguments})" for call in turn.tools.any_of)
        calls = ", ".join(f"{call.name}({_said(call.arguments)})" for call in made) or "nothing"
        found.append(Failure(code="wrong call", detail=f"It should call {wanted_calls} and called {calls}."))
    if turn.tools.most is not None and len(answer.tools) > turn.tools.most:
        detail = f"{turn.tools.most} calls are enough and {len(answer.tools)} were made."
        found.append(Failure(code="needless call", detail=detail))
    return found


def _fits(wanted: Call, made: ToolCall) -> bool:
    return wanted.tool == made.name and all(
        _same(value, made.arguments.get(name)) for name, value in wanted.arguments.items()
    )


def _same(wanted: Any, given: Any) -> bool:
    if isinstance(wanted, dict):
        given = given or {}
        return (
            isinstance(given, dict) and set(wanted) == set(given) and all(_same(v, given[k]) for k, v in wanted.items())
        )
    if isinstance(wanted, list) or isinstance(given, list):
        one, other = (
            value if isinstance(value, list) else [value] if value is not None else [] for value in (wanted, given)
        )
        return sorted(map(str, one)) == sorted(map(str, other))
    if isinstance(wanted, int | float) and isinstance(given, int | float):
        return float(wanted) == float(given)
    return (wanted in (None, "", False) and given in (None, "", False)) or str(wanted) == str(given)


def _said(arguments: dict[str, Any]) -> str:
    return ", ".join(f"{name}={value!r}" for name, value in arguments.items() if value not in (None, "", [], {}, False))
