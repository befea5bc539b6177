"""The planner that needs no model, as a chat model: it emits tool calls and writes the answer from their results."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from agent.answer import Audience
from agent.builtin.conversation.followup import in_conversation
from agent.builtin.conversation.talk import Turn
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import Lexicon, build_lexicon
from agent.builtin.plan import Call, plan
from agent.builtin.understand import suggestions
from agent.builtin.writing import write
from agent.history import turns
from agent.speaking import Speaking
from tools.result import Result
from warehouse.catalog import Catalog

_WAYS_OUT = ("ask_user", "cannot_answer")


class BuiltinModel(Speaking):
    """Reads a question with the catalog alone; the same question always gives the same calls and the same text."""

    catalog: Catalog
    audience: Audience | None = None

    @cached_property
    def _lexicon(self) -> Lexicon:
        return build_lexicon(self.catalog)

    @property
    def _llm_type(self) -> str:
        return "npsight-builtin"

    def reply(self, messages: list[BaseMessage]) -> AIMessage:
        """Tool calls for a new question; the written answer once their results are there."""
        conversation = turns(messages)
        try:
            frame = in_conversation([_turn(each) for each in conversation], self.catalog, self._lexicon)
            results = [message for message in conversation[-1] if isinstance(message, ToolMessage)]
            return self._written(frame, results) if results else _calls(self._planned(frame))
        except Refusal as refusal:
            return _refuse(refusal)

    def _planned(self, frame: Frame) -> list[list[Call]]:
        """The calls of each question of the sentence."""
        return [plan(each, self.catalog) for each in (frame, *frame.also)]

    def _written(self, frame: Frame, messages: list[ToolMessage]) -> AIMessage:
        """The answers of all questions of the sentence, one below the other."""
        texts, left = [], list(messages)
        for each, calls in zip((frame, *frame.also), self._planned(frame), strict=True):
            own, left = left[: len(calls)], left[len(calls) :]
            texts.append(self._text(each, own))
        return AIMessage(content="\n\n".join(texts))

    def _text(self, frame: Frame, messages: list[ToolMessage]) -> str:
        results = [m.artifact for m in messages if isinstance(m.artifact, Result)]
        if messages[0].status == "error" or not results:  # the first call answers, the others add to it
            raise Refusal("declined", messages[0].text, suggestions(self.catalog))
        return write(frame, results, self.catalog, self.audience)


def _calls(planned: Sequence[Sequence[Call]]) -> AIMessage:
    calls = [call for each in planned for call in each]
    return AIMessage(
        content="",
        tool_calls=[
            {"name": call.tool, "args": call.arguments, "id": f"call_{i}", "type": "tool_call"}
            for i, call in enumerate(calls, 1)
        ],
    )


def _turn(messages: Sequence[BaseMessage]) -> Turn:
    """A question with what its tools gave; without artifacts (an older record) the words alone."""
    tools = [message for message in messages if isinstance(message, ToolMessage)]
    results = [message.artifact for message in tools if isinstance(message.artifact, Result)]
    refused = any(message.name in _WAYS_OUT for message in tools)
    return Turn(messages[0].text, results, answered=not refused)


def _refuse(refusal: Refusal) -> AIMessage:
    if refusal.kind == "clarify":
        call = {"name": "ask_user", "args": {"question": refusal.text, "options": refusal.options}}
    else:
        call = {"name": "cannot_answer", "args": {"reason": refusal.text, "nearest": refusal.options}}
    return AIMessage(content="", tool_calls=[{**call, "id": "way_out", "type": "tool_call"}])
