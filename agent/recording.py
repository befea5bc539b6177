"""The record of a run: what was sent to a model, what came back, which tools ran, written down as it happens.

While a run lasts its record is `runs/ID.open.jsonl`, a line a step, so that nothing sent goes unrecorded even when the
process is killed; at the end it becomes `runs/ID.json`, whole or not at all.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from langchain_core.messages import BaseMessage, convert_to_openai_messages, message_to_dict
from langchain_core.utils.function_calling import convert_to_openai_tool

from agent.privacy import scrubbed
from agent.runs import OPEN

if TYPE_CHECKING:
    from agent.answer import Answer
    from tools.result import Result


class Journal:
    """The parts of one run's record; with a folder they are also written to it."""

    def __init__(self, head: dict[str, Any], folder: Path | None = None) -> None:
        self.head = head
        self.sent: list[dict[str, Any]] = []
        """Each model call: `request`, `bytes` (as they went over the wire, where that is known), `reply`, `error`."""
        self.tools: list[dict[str, Any]] = []
        """Each tool call: `name`, `arguments`, `result` or `error`."""
        self.refused: list[list[str]] = []
        """Why each draft that did not pass was refused."""
        self._folder = folder
        self._wired: list[str] = []
        self._lock = threading.Lock()

    @property
    def run(self) -> str:
        """The run's id."""
        return str(self.head["run"])

    def wire(self, body: bytes) -> None:
        """What a vendor's client is about to send, byte by byte."""
        with self._lock:
            self._wired.append(body.decode("utf-8", "replace"))
        self._note({"bytes": self._wired[-1]})

    def ask(self, request: dict[str, Any]) -> None:
        """A model is about to be asked."""
        with self._lock:
            self._wired.clear()
            self.sent.append({"request": request, "bytes": [], "reply": None, "error": None})
        self._note({"request": request})

    def reply(self, message: BaseMessage | None, error: str | None = None) -> None:
        """What came back of the last request."""
        told = message_to_dict(message) if message is not None else None
        with self._lock:
            self.sent[-1] |= {"bytes": list(self._wired), "reply": told, "error": error}
        self._note({"reply": told, "error": error})

    def tool(self, name: str, arguments: dict[str, Any], result: Result | None, error: str | None = None) -> None:
        """A tool's result before it was numbered."""
        told = result.model_dump(mode="json") if result is not None else None
        with self._lock:
            self.tools.append({"name": name, "arguments": arguments, "result": told, "error": error})

    def finish(self, answer: Answer) -> None:
        """Write the record whole; OSError when it cannot be."""
        if self._folder is None:
            return
        record = {
            **self.head,
            "sent": self.sent,
            "tools": self.tools,
            "refused": self.refused,
            "answer": answer.model_dump(mode="json"),
        }
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = self._folder / f".{self.run}.part"
        try:
            _write(partial, scrubbed(json.dumps(record, ensure_ascii=False, indent=1)))
            partial.replace(self._folder / f"{self.run}.json")
        except OSError:
            partial.unlink(missing_ok=True)
            raise
        (self._folder / f"{self.run}{OPEN}").unlink(missing_ok=True)

    def _note(self, line: dict[str, Any]) -> None:
        """A step on disk before it is taken. A disk that is full must not cost the answer: `finish` says so."""
        if self._folder is None:
            return
        path = self._folder / f"{self.run}{OPEN}"
        lines = [line] if path.exists() else [self.head, line]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            _write(path, "".join(scrubbed(json.dumps(one, ensure_ascii=False)) + "\n" for one in lines), append=True)
        except OSError:
            return


def _write(path: Path, text: str, *, append: bool = False) -> None:
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8", errors="replace") as file:
        file.write(text)


def as_sent(messages: Sequence[BaseMessage], tools: Sequence[Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """A request in one form for every vendor: messages in the chat format with who spoke, tools, settings."""
    told = convert_to_openai_messages(list(messages))
    return {
        "messages": told if isinstance(told, list) else [told],
        "tools": [convert_to_openai_tool(tool) for tool in tools],
        "settings": dict(settings),
    }
