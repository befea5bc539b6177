"""The tool calls of a model: counted, told when they repeat, named when there is no such tool."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from langchain.agents.middleware import AgentMiddleware
from langchain.agents.middleware.types import ToolCallRequest
from langchain_core.messages import ToolMessage

from agent.limits import LimitReached, Meter
from tools.result import Result
from warehouse.errors import UnknownNameError

MOST_REPEATS = 2
"""The same call is run once and answered from memory once; the next one ends the work."""
_SHOWN = 12


class ToolCalls(AgentMiddleware[Any, Any]):
    """Stops a model that goes in circles: by a word to it first, by LimitReached when it does not listen."""

    def __init__(self, meter: Meter, names: Iterable[str], *, free: Iterable[str] = ()) -> None:
        """`names` are all tools; those in `free` end the work by themselves and are not counted."""
        super().__init__()
        self.meter, self.names, self.free = meter, sorted(names), frozenset(free)
        self._made: dict[str, tuple[int, str]] = {}
        self._full: int | None = None
        """The model call in which the last tool call was spent."""

    def wrap_tool_call(self, request: ToolCallRequest, handler: Callable[[ToolCallRequest], Any]) -> Any:
        """The result of a tool, or a word to the model in its place."""
        call = request.tool_call
        if call["name"] in self.free:
            return handler(request)
        said = self._when_full() or self._when_repeated(call["name"], call["args"])
        if said is not None:
            return _word(said, request)
        if request.tool is None:
            answer: Any = _word(str(UnknownNameError("tool", call["name"], self.names)), request)
        else:
            answer = handler(request)
        if isinstance(answer, ToolMessage):
            self._made[_key(call["name"], call["args"])] = (1, _summary(answer))
        return answer

    def _when_full(self) -> str | None:
        """A word to the model when its tool calls are spent; LimitReached when it was told in an earlier call."""
        try:
            self.meter.before_tool()
        except LimitReached as reached:
            if reached.limit != "tool_calls" or self._full not in (None, self.meter.model_calls):
                raise
            if self._full is None:
                self._full = self.meter.model_calls
                self.meter.notes.append(f"{reached} The answer leaves out what the model would still have looked at.")
            return f"{reached} Write the answer from the facts you have and say what it leaves out."
        return None

    def _when_repeated(self, name: str, arguments: Any) -> str | None:
        key = _key(name, arguments)
        times, summary = self._made.get(key, (0, "it failed"))
        self._made[key] = (times + 1, summary)
        if times >= MOST_REPEATS:
            raise LimitReached("repeats", times + 1, MOST_REPEATS)
        return f"You have this already: {summary}. Use it, or ask for something else." if times else None


def _word(text: str, request: ToolCallRequest) -> ToolMessage:
    call = request.tool_call
    return ToolMessage(text, name=call["name"], tool_call_id=call["id"], status="error")


def _key(name: str, arguments: Any) -> str:
    given = {key: value for key, value in arguments.items() if value is not None}
    return f"{name} {json.dumps(given, sort_keys=True, default=str)}"


def _summary(answer: ToolMessage) -> str:
    if isinstance(answer.artifact, Result):
        ids = [fact.id for fact in answer.artifact.facts]
        more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
        return f"{', '.join(ids[:_SHOWN])}{more}" if ids else "it gave no facts"
    text = " ".join(answer.text.split())[:300].rstrip(".")
    return f"it was refused ({text})" if answer.status == "error" else text
