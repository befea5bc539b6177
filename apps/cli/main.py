"""The entry point `npsight`; everything is imported inside it, so that Ctrl-C is quiet from the start."""

from __future__ import annotations

import os
import signal
import sys
import threading
from contextlib import suppress
from pathlib import Path
from types import FrameType

INTERRUPTED = 130
_LISTENER = "npsight-model"
"""The name of the threads that wait for a model's reply (agent.calling)."""
_interrupts: list[int] = []


def interrupted() -> bool:
    """True once the user pressed Ctrl-C: whatever fails after that is no failure."""
    return bool(_interrupts)


def _on_interrupt(number: int, _frame: FrameType | None) -> None:
    _interrupts.append(number)
    raise KeyboardInterrupt


def main() -> None:
    """Run the command line; Ctrl-C ends it with 130 and not a word."""
    try:
        signal.signal(signal.SIGINT, _on_interrupt)
        if sys.stdout is None:  # started with stdout closed: what is printed goes nowhere
            sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        from apps.cli.commands import app

        app()
    except KeyboardInterrupt:
        _leave(INTERRUPTED)
    except SystemExit as ended:
        _leave(ended.code)


def _leave(code: str | int | None) -> None:
    """End with this code; at once where a thread still listens to a model that nobody waits for any more.

    The interpreter's own end would stop such a thread in the middle, and libraries complain of what it holds.
    """
    if isinstance(code, int) and any(thread.name == _LISTENER for thread in threading.enumerate()):
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)
    sys.exit(code)
