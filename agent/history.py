"""The turns of a conversation as messages: what is kept of one, and what a model is shown of earlier ones."""

from __future__ import annotations

from collections.abc import Sequence

import pydantic
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolMessage

from agent.facts import Run
from tools.registry import TOOLS, result_model
from tools.result import Fact, Result
from warehouse.errors import UnknownNameError

TURNS_SHOWN = 6
LEFT_OUT = "(figures of an earlier turn, left out here; call the tool again for them)"


def is_question(message: BaseMessage) -> bool:
    """True for what the user said; the machine's own remarks in the user's role carry a name."""
    return isinstance(message, HumanMessage) and not message.name


def turns(messages: Sequence[BaseMessage]) -> list[list[BaseMessage]]:
    """The messages by turn; each begins with a question."""
    found: list[list[BaseMessage]] = []
    for message in messages:
        if is_question(message):
            found.append([message])
        elif found:
            found[-1].append(message)
    return found


def finished(question: str, messages: Sequence[BaseMessage], text: str) -> list[BaseMessage]:
    """A turn as it is kept: the question, the tools with their results, the answer as it was shown.

    Drafts that did not pass and what was said about them are left out, and so are calls without a result.
    """
    answered = {message.tool_call_id for message in messages if isinstance(message, ToolMessage)}
    kept: list[BaseMessage] = [HumanMessage(question)]
    for message in messages:
        if isinstance(message, ToolMessage):
            kept.append(message)
        elif isinstance(message, AIMessage) and message.tool_calls:
            calls = [call for call in message.tool_calls if call["id"] in answered]
            if calls:
                kept.append(AIMessage(content="", tool_calls=calls))
    return [*kept, AIMessage(content=text)]


def made(run: Run) -> list[BaseMessage]:
    """The calls of a run that was cut off, with their results: its figures were told, and count later."""
    calls = [call for call in run.calls if call.error is None and call.name in TOOLS]
    kept: list[BaseMessage] = []
    for at, (call, result) in enumerate(zip(calls, run.results, strict=False), 1):
        kept.append(AIMessage("", tool_calls=[{"name": call.name, "args": call.arguments, "id": f"cut_{at}"}]))
        kept.append(ToolMessage(LEFT_OUT, name=call.name, tool_call_id=f"cut_{at}", artifact=result))
    return kept


def shown_to_model(messages: Sequence[BaseMessage]) -> list[BaseMessage]:
    """Earlier turns for a vendor's model: the last one whole, of those before it the words without the figures."""
    earlier = turns(messages)[-TURNS_SHOWN:]
    return [
        message.model_copy(update={"content": LEFT_OUT, "artifact": None})
        if isinstance(message, ToolMessage) and isinstance(message.artifact, Result) and at < len(earlier) - 1
        else message
        for at, turn in enumerate(earlier)
        for message in turn
    ]


def facts_of(messages: Sequence[BaseMessage]) -> list[Fact]:
    """The facts of earlier turns, oldest first; a fact whose id was given again later is the later one."""
    found: dict[str, Fact] = {}
    for message in messages:
        if isinstance(message, ToolMessage) and isinstance(message.artifact, Result):
            found |= {fact.id: fact for fact in message.artifact.facts}
    return list(found.values())


def restored(message: BaseMessage) -> BaseMessage:
    """A tool's result as what it was; in a file it stands as plain fields."""
    if not isinstance(message, ToolMessage) or not isinstance(message.artifact, dict):
        return message
    try:
        result: Result | None = result_model(message.name or "").model_validate(message.artifact)
    except (pydantic.ValidationError, UnknownNameError):  # written by another version of npsight
        result = None
    return message.model_copy(update={"artifact": result})
