"""Whether a reply of a model is whole and can be used; clients let broken ones pass as answers."""

from __future__ import annotations

import json
import re
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall, message_chunk_to_message
from langchain_core.messages.ai import add_ai_message_chunks

from agent.trouble import Trouble

MOST_CHARACTERS = 40_000
"""Of one reply, its tool calls counted in; an answer has two thousand."""
MOST_CALLS = 16
"""Tool calls in one reply."""
_LENGTH = frozenset(["length", "max_tokens", "max_output_tokens", "model_length", "max_token"])
_FILTER = frozenset(["content_filter", "safety", "recitation", "refusal", "blocklist", "prohibited_content", "spii"])
_ENDS = ("finish_reason", "stop_reason", "done_reason", "stopReason", "finishReason", "status")
_TELL_THEIR_END = frozenset(["openai", "anthropic", "google_genai", "mistralai", "groq", "ollama", "deepseek", "xai"])
"""Providers whose streams end with a reason: one without has died half-way."""
_CALL_AS_TEXT = re.compile(
    r"<tool_call>|<\|tool|\[TOOL_CALLS\]|<function[=_]|\A\W*(?:json)?\s*\{\s*\"(?:name|tool|function)\"\s*:", re.I
)


def whole(pieces: list[BaseMessage]) -> tuple[AIMessage, list[str]]:
    """The pieces of a stream as one message, and the arguments of its tool calls as they were written."""
    chunks = [piece for piece in pieces if isinstance(piece, AIMessageChunk)]
    if not chunks:  # a model that cannot stream gives its message in one piece
        message = next((piece for piece in reversed(pieces) if isinstance(piece, AIMessage)), AIMessage(""))
        return message, []
    joined = add_ai_message_chunks(*chunks) if len(chunks) > 1 else chunks[0]
    made = message_chunk_to_message(joined)
    assert isinstance(made, AIMessage)
    return made, [chunk["args"] or "" for chunk in joined.tool_call_chunks]


def size_of(message: BaseMessage) -> int:
    """The characters of a message: its text and its tool calls."""
    if isinstance(message, AIMessageChunk):
        return len(message.text) + sum(len(chunk["args"] or "") for chunk in message.tool_call_chunks)
    calls = [*message.tool_calls, *message.invalid_tool_calls] if isinstance(message, AIMessage) else []
    return len(message.text) + sum(len(str(call["args"])) + len(call["name"] or "") for call in calls)


def mended(message: AIMessage) -> AIMessage:
    """The reply without what does no harm: thoughts before the text, ids that are missing or used twice, equal calls.

    The id of the message is taken off: where a server uses one twice, the second reply would replace the first.
    """
    content = message.content
    if isinstance(content, str) and "</think>" in content:
        content = content.rpartition("</think>")[2].strip()
    calls: list[ToolCall] = []
    for call in message.tool_calls:
        if not any(call["name"] == other["name"] and call["args"] == other["args"] for other in calls):
            calls.append(call)
    if not _ids_are_unique(calls):
        calls = [{**call, "id": f"{call['id'] or 'call'}_{i}"} for i, call in enumerate(calls, 1)]
    return message.model_copy(update={"content": content, "tool_calls": calls, "id": None})


def _ids_are_unique(calls: list[ToolCall]) -> bool:
    ids = [call["id"] for call in calls]
    return all(ids) and len(set(ids)) == len(ids)


def trouble_in(message: AIMessage, *, size: int, written: list[str], streamed: bool) -> Trouble | None:
    """What is wrong with a reply of so many characters; `written` are the arguments of its calls as they came."""
    ends = _ends(message)
    if ends & _FILTER or message.additional_kwargs.get("refusal"):
        return Trouble("refused", "The model's server withheld the reply (content filter).")
    if size > MOST_CHARACTERS:
        return _mistake(f"it was longer than {MOST_CHARACTERS:,} characters")
    if len(message.tool_calls) + len(message.invalid_tool_calls) > MOST_CALLS:
        return _mistake(f"it held more than {MOST_CALLS} tool calls at once")
    if ends & _LENGTH:
        return _mistake("it was cut off at the length limit; write less")
    if streamed and not ends and message.response_metadata.get("model_provider") in _TELL_THEIR_END:
        return Trouble("reply", "The model's reply broke off half-way.", again=True)
    return _trouble_in_calls(message, written) or _trouble_in_text(message)


def _trouble_in_calls(message: AIMessage, written: list[str]) -> Trouble | None:
    for call in message.invalid_tool_calls:
        return _mistake(f"the arguments of the tool call {_name(call)} were not one JSON object")
    if not all(_is_object(text) for text in written):
        # Clients complete arguments that break off: {"a": 1, "b": becomes {"a": 1}.
        return _mistake("the arguments of a tool call were not one whole JSON object")
    if not all(call["name"].strip() for call in message.tool_calls):
        return _mistake("a tool call named no tool")
    return None


def _trouble_in_text(message: AIMessage) -> Trouble | None:
    if message.tool_calls:
        return None
    if not message.text.strip():
        return _mistake("it was empty; call a tool or write the answer")
    if _CALL_AS_TEXT.search(message.text):
        return _mistake("it held a tool call as text; call the tool itself")
    return None


def _mistake(what: str) -> Trouble:
    return Trouble("reply", f"The model's reply could not be used: {_for_people(what)}.", mistake=what)


def _for_people(what: str) -> str:
    """Without the name that the model wrote and without what only the model can do about it."""
    return re.sub(r" '[^']*'", "", what.partition(";")[0])


def _ends(message: AIMessage) -> set[str]:
    """Why the reply ended, in the words of whichever provider."""
    data = message.response_metadata
    details: Any = data.get("incomplete_details")
    reasons = [data.get(name) for name in _ENDS]
    reasons.append(details.get("reason") if isinstance(details, dict) else None)
    return {str(reason).lower() for reason in reasons if reason}


def _name(call: Any) -> str:
    name = call.get("name") or ""
    return repr(name) if re.fullmatch(r"[\w.-]{1,64}", name) else "'?'"


def _is_object(text: str) -> bool:
    if not text.strip():
        return True  # a call without arguments
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
