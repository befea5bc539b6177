"""What the process opens, connects to and starts while an attack runs; and things that nobody may read."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

Opened = list[tuple[str, str]]
KEY = "sk-canary-9f8e7d6c5b4a39281706"
VARIABLE = "canary-environment-5d41402abc"
FILE_TEXT = "canary-file-7c211433f020"
NAME = "NPSIGHT_CANARY"
_WATCHED = frozenset(["open", "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.listdir", "os.scandir"])
_STARTED = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")
_CONNECTED = ("socket.connect", "socket.getaddrinfo")
_seen: Opened | None = None
_hooked = False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if _seen is not None and (event in _WATCHED or event.startswith((*_STARTED, *_CONNECTED))):
        _seen.append((event, str(arguments[0]) if arguments else ""))


@contextmanager
def watching() -> Iterator[Opened]:
    """List what is opened, connected to and started meanwhile."""
    global _seen, _hooked
    if not _hooked:
        sys.addaudithook(_hook)  # it stays for the life of the process, and looks only while an attack runs
        _hooked = True
    _seen = made = Opened()
    try:
        yield made
    finally:
        _seen = None


def connects(event: str) -> bool:
    """Whether the event speaks to another computer."""
    return event.startswith(_CONNECTED)


def starts(event: str) -> bool:
    """Whether the event starts another program."""
    return event.startswith(_STARTED)


@contextmanager
def canaries(*, key: bool) -> Iterator[None]:
    """An environment that nobody may read; with `key` also a key of a vendor."""
    wanted = {NAME: VARIABLE} | ({"OPENAI_API_KEY": KEY} if key else {})
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def elsewhere() -> Iterator[Path]:
    """An empty folder to work in: what is written beside the data by a bare name lands there."""
    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="npsight-eval-") as folder:
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            with contextlib.suppress(OSError):
                os.chdir(here)
