"""The steps of an answer on the terminal while it is made, and Ctrl-C that ends them."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

from apps.cli.page import Page, cut, one_line, page, print_lines, wrap

if TYPE_CHECKING:
    from agent.events import Event
    from warehouse.workspace import Warehouse

_BUILTIN = "builtin"
_PATIENCE = 2
"""Seconds after which a step says how long it takes already."""
_TALLEST = 3
_WAYS_OUT = ("ask_user", "cannot_answer")
"""Tools whose call is the answer."""


class Steps:
    """Watches an answer being made: the step that runs on one line of stderr, what it came to on lines that stay.

    Nothing is written where stderr is no terminal. The checked text goes to stdout as it comes, when that is a
    terminal and `text` is wanted; `shown` tells whether it did.
    """

    def __init__(self, *, text: bool = True) -> None:
        self.live = sys.stderr.isatty() and os.environ.get("TERM") != "dumb"
        self._sheet = page()
        self._text = _TextFlow(self._sheet) if text and self._sheet.terminal else None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._status, self._since, self._call = "", 0.0, ""

    def __enter__(self) -> Steps:
        if self.live:
            with self._lock:
                self._rewrite("starting…")
            threading.Thread(target=self._tick, name="npsight-steps", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        with self._lock:
            self._rewrite("")

    @property
    def shown(self) -> bool:
        """Whether the text of the answer stands on the terminal already."""
        return self._text is not None and self._text.shown

    def tell(self, event: Event) -> None:
        """Take one step in."""
        with self._lock:
            if event.kind == "text" and self._text is not None:
                self._rewrite("")
                self._text.add(event.text)
            elif event.kind == "answer":
                self._rewrite("")
                if self._text is not None:
                    self._text.end((event.answer or {}).get("options", []))
            elif event.kind == "tool":
                self._call = told_call(event.name, event.arguments or {})
                self._rewrite(f"{self._call}…")
            elif status := running(event):
                self._rewrite(status)
            elif what := stays(event, self._call):
                self._keep(what)

    def _keep(self, what: str) -> None:
        if self.live:
            self._rewrite("")
            lines = wrap(what, self._sheet.width, rest="  ")
            told = [*lines[:_TALLEST], *(["  …"] if len(lines) > _TALLEST else [])]
            sys.stderr.write("".join(f"{self._dim(line)}\n" for line in told))
            sys.stderr.flush()

    def _rewrite(self, status: str) -> None:
        """Write over the line of the running step; an empty one is taken away."""
        if not self.live or not (status or self._status):
            return
        if status != self._status:
            self._status, self._since = status, time.monotonic()
        taken = int(time.monotonic() - self._since)
        told = f"{status} {taken} s" if status and taken >= _PATIENCE else status
        sys.stderr.write("\r\x1b[2K" + self._dim(cut(one_line(told), self._sheet.width - 1)))
        sys.stderr.flush()

    def _dim(self, text: str) -> str:
        return f"\x1b[2m{text}\x1b[0m" if text and not os.environ.get("NO_COLOR") else text

    def _tick(self) -> None:
        while not self._over.wait(1.0):
            with self._lock:
                if self._status and not self._over.is_set():
                    self._rewrite(self._status)


class _TextFlow:
    """Markdown that comes in pieces, written paragraph by paragraph.

    The last paragraph waits for the end: choices in it are numbered when it is known that they are choices.
    """

    def __init__(self, sheet: Page) -> None:
        self._sheet, self._held = sheet, ""
        self.shown = False

    def add(self, piece: str) -> None:
        *whole, self._held = (self._held + piece).split("\n\n")
        for paragraph in whole:
            self._write(paragraph)

    def end(self, options: Sequence[str]) -> None:
        self._write(with_numbers(self._held, options))
        self._held = ""

    def _write(self, paragraph: str) -> None:
        from apps.cli.show import markdown_lines

        if paragraph.strip():
            print_lines([*([""] if self.shown else []), *markdown_lines(paragraph, self._sheet)])
            sys.stdout.flush()
            self.shown = True


def with_numbers(text: str, options: Sequence[str]) -> str:
    """The text with the choices in it numbered, so that one can be chosen by its number."""
    lines, waiting = text.split("\n"), list(options)
    for at, line in enumerate(lines):
        if waiting and line == f"- {waiting[0]}":
            lines[at] = f"{len(options) - len(waiting) + 1}. {waiting.pop(0)}"
    return "\n".join(lines)


def running(event: Event) -> str:
    """The step that has begun; empty for an event that ends one."""
    if event.kind == "model" and event.name == _BUILTIN:
        return "reading the question…" if event.call <= 1 else "writing the answer…"
    if event.kind == "model":
        return f"asking {event.name}…" if event.call <= 1 else f"asking {event.name}, call {event.call}…"
    if event.kind == "writing":
        return f"the model writes… {event.characters:,} characters"
    return ""


def stays(event: Event, call: str = "") -> str:
    """What is worth keeping of a step; `call` is the tool call that it ends."""
    if event.kind == "found":
        facts = f"{event.facts} facts, " if event.facts else ""
        came = event.error or f"{facts}{event.seconds:.1f} s"
        return f"{call or told_call(event.name, {})} … {came}" if event.error or event.name not in _WAYS_OUT else ""
    if event.kind == "retry":
        return f"{f'retrying in {event.wait:.2g} s' if event.wait else 'asking again'}: {event.why}"
    if event.kind == "refused":
        return f"draft refused: {event.why}"
    if event.kind == "instead":
        return f"the built-in planner answers instead: {event.why}"
    return event.why if event.kind == "limit" else ""


def told_call(name: str, arguments: dict[str, Any]) -> str:
    """A tool call in a few words: nps by plan, of Starter, 2025-Q1."""
    by = ", ".join(_words(arguments.get("by")))
    of = ", ".join(word for value in _group(arguments.get("where")) for word in _words(value))
    times = [word for key in ("period", "before", "after") for word in _words(arguments.get(key))]
    told = name.replace("_", " ") + (f" by {by}" if by else "")
    return ", ".join([told, *([f"of {of}"] if of else []), *times])


def _group(value: Any) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []


def _words(value: Any) -> list[str]:
    if isinstance(value, list):
        return [word for item in value for word in _words(item)]
    return [str(value)] if isinstance(value, str | int | float) else []


@contextmanager
def ctrl_c_stops(warehouse: Warehouse, *, then: Callable[[], None] | None = None) -> Iterator[None]:
    """Within it, Ctrl-C also ends the queries that run, for the threads that run them are waited for.

    Afterwards what Ctrl-C did before happens, or `then` instead.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGINT)

    def stop(number: int, frame: FrameType | None) -> None:
        warehouse.engine.interrupt()
        if then is not None:
            then()
        elif callable(before):
            before(number, frame)

    signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
