"""A chat model that says what a script tells it: the double for every test of the agent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import Runnable
from pydantic import Field

from agent.speaking import Speaking

Reply = AIMessage | str | dict[str, Any] | Callable[[list[BaseMessage]], "Reply"]


def call(tool: str, /, **arguments: Any) -> dict[str, Any]:
    """A scripted tool call."""
    return {"name": tool, "args": arguments}


class ScriptedChatModel(Speaking):
    """Plays its replies one after the other; what it was sent stands in `requests`.

    A reply is final text, an AIMessage, one `call(...)` (or a list of them under {"calls": [...]}), or a function
    of the messages that gives one of these.
    """

    replies: list[Any]
    requests: list[list[BaseMessage]] = Field(default_factory=list)
    offered: list[str] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, tools: Sequence[Any], **_: Any) -> Runnable[Any, Any]:
        """Remember which tools were offered."""
        self.offered = [tool["function"]["name"] if isinstance(tool, dict) else tool.name for tool in tools]
        return self

    def reply(self, messages: list[BaseMessage]) -> AIMessage:
        """The next reply of the script."""
        self.requests.append(list(messages))
        at = len(self.requests) - 1
        if at >= len(self.replies):
            raise AssertionError(f"The script has {len(self.replies)} replies and a further one was asked for.")
        return _message(self.replies[at], messages, at)


def _message(reply: Any, messages: list[BaseMessage], at: int) -> AIMessage:
    if callable(reply):
        return _message(reply(messages), messages, at)
    if isinstance(reply, AIMessage):
        return reply
    if isinstance(reply, str):
        return AIMessage(content=reply)
    calls = reply.get("calls", [reply])
    return AIMessage(
        content="", tool_calls=[{**item, "id": f"call_{at}_{i}", "type": "tool_call"} for i, item in enumerate(calls)]
    )
