"""A run's record as lines: its answer, then every request to a model with its exact text, the reply, the tool calls."""

from __future__ import annotations

import json
from typing import Any

from apps.cli.page import Page, clean, wrap
from apps.cli.rows import local_time
from apps.cli.steps import told_call

_BEFORE = "    "


def sent_of(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The model calls of a record; the first records knew none."""
    sent = record.get("sent", [])
    return sent if isinstance(sent, list) else []


def record_lines(record: dict[str, Any], page: Page) -> list[str]:
    """The whole record for people."""
    lines = [*_head(record, page), *_answer(record, page)]
    before: dict[str, Any] = {}
    for number, call in enumerate(sent_of(record), start=1):
        lines += ["", *_request(number, call, before, page)]
        before = call.get("request") or {}
    return [*lines, *_tools(record, page)]


def _head(record: dict[str, Any], page: Page) -> list[str]:
    """Which run this is; its question."""
    answer = record.get("answer") or {}
    question = str(record.get("question") or answer.get("question") or "")
    parts = [f"run {record.get('run')}", local_time(str(record.get("at", "")))]
    parts += [f"{name} {record[name]}" for name in ("audience", "conversation") if record.get(name)]
    catalog = record.get("catalog")
    parts.append(f"data {catalog.get('name') if isinstance(catalog, dict) else catalog}")
    told = " · ".join(part for part in parts if part)
    lines = [page.bold(line) for line in wrap(question, page.width, first="> ", rest="  ")]
    return [*(page.dim(line) for line in wrap(told, page.width)), *lines, ""]


def _answer(record: dict[str, Any], page: Page) -> list[str]:
    from agent.runs import answer_of
    from apps.cli.show import answer_lines

    answer = answer_of(record)
    if answer is None:
        return [page.bold("Unfinished: the run was cut off before its answer.")]
    return answer_lines(answer, page)


def _request(number: int, call: dict[str, Any], before: dict[str, Any], page: Page) -> list[str]:
    """One request: what is new in it against the one before, and what came of it."""
    request = call.get("request") or {}
    size = sum(len(text) for text in call.get("bytes") or [])
    told = f" ({size:,} characters sent; --request {number} prints them)" if size else ""
    lines = [page.bold(f"Request {number}{told}")]
    known = before.get("messages") or []
    messages = request.get("messages") or []
    same = _common(known, messages)
    if same:
        lines.append(page.dim(f"  {same} {'message' if same == 1 else 'messages'} as in the request before"))
    for message in messages[same:]:
        lines += _message(message, page)
    lines += _tool_texts(request, before, page)
    if request.get("settings"):
        lines += _block("settings", json.dumps(request["settings"], ensure_ascii=False), page)
    return [*lines, *_reply(number, call, page)]


def _common(known: list[Any], messages: list[Any]) -> int:
    same = 0
    for old, new in zip(known, messages, strict=False):
        if old != new:
            break
        same += 1
    return same


def _message(message: dict[str, Any], page: Page) -> list[str]:
    """A message of the chat format: who speaks, the text, the calls."""
    name = f" named {message['name']}" if message.get("name") else ""
    lines = _block(f"{message.get('role', 'message')}{name}", _text(message.get("content")), page)
    for call in message.get("tool_calls") or []:
        function = call.get("function") or {}
        lines.append(f"{_BEFORE}calls {clean(str(function.get('name')))}({clean(str(function.get('arguments')))})")
    return lines


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return json.dumps(content, ensure_ascii=False) if content else ""


def _tool_texts(request: dict[str, Any], before: dict[str, Any], page: Page) -> list[str]:
    tools = request.get("tools") or []
    known = before.get("tools") or []
    if tools and tools == known:
        return [page.dim(f"  {len(tools)} tools as in the request before")]
    fresh = [tool for tool in tools if tool not in known]
    return _block("tools", "\n".join(json.dumps(tool, ensure_ascii=False) for tool in fresh), page) if fresh else []


def _reply(number: int, call: dict[str, Any], page: Page) -> list[str]:
    """What came back: text, calls, or an error."""
    lines = [page.bold(f"Reply {number}")]
    data = (call.get("reply") or {}).get("data") or {}
    text = _text(data.get("content"))
    lines += [f"{_BEFORE}{line}" for line in clean(text).split("\n")] if text else []
    for wanted in [*(data.get("tool_calls") or []), *(data.get("invalid_tool_calls") or [])]:
        arguments = wanted.get("args")
        told = arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        lines.append(f"{_BEFORE}calls {clean(str(wanted.get('name')))}({clean(told)})")
    if call.get("error"):
        lines += wrap(f"error: {call['error']}", page.width, first=_BEFORE, rest=_BEFORE)
    elif not call.get("reply"):
        lines.append(f"{_BEFORE}none came")
    return lines


def _block(name: str, text: str, page: Page) -> list[str]:
    """A text exactly as it was sent, but for signs that act on a terminal."""
    lines = clean(text).split("\n") if text else []
    return [page.bold(f"  {name}") + page.dim(f" · {len(text):,} characters"), *(f"{_BEFORE}{line}" for line in lines)]


def _tools(record: dict[str, Any], page: Page) -> list[str]:
    calls = record.get("tools") or []
    lines = ["", page.bold("Tool calls")] if calls else []
    for call in calls:
        arguments = call.get("arguments") or {}
        facts = len((call.get("result") or {}).get("facts") or [])
        came = call.get("error") or f"{facts} facts"
        told = f"{told_call(str(call.get('name')), arguments)} … {came}"
        lines += wrap(told, page.width, first="  ", rest="    ")
        lines.append(page.dim(f"{_BEFORE}{clean(json.dumps(arguments, ensure_ascii=False))}"))
    return lines
