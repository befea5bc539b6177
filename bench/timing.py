"""Whole processes, timed from outside: wall clock, processor time, peak memory."""

from __future__ import annotations

import contextlib
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NPSIGHT = [sys.executable, "-m", "apps.cli"]


@dataclass(frozen=True)
class Run:
    """What one process took."""

    seconds: float
    cpu: float
    peak_mb: float
    output: str


def run(command: Sequence[str]) -> Run:
    """Run a command from the repository's root; a failure ends the benchmark with what it said."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    output = process.stdout.read() if process.stdout else ""
    _pid, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    # ru_maxrss counts kilobytes on Linux, bytes on macOS.
    peak = used.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
    return Run(seconds, used.ru_utime + used.ru_stime, peak, output)


def in_turn(repeats: int, **commands: Sequence[str]) -> dict[str, list[Run]]:
    """A B A B …, so that whatever else the machine does falls on all of them; one unmeasured round comes first."""
    runs: dict[str, list[Run]] = {name: [] for name in commands}
    for at in range(repeats + 1):
        for name, command in commands.items():
            done = run(command)
            if at:
                runs[name].append(done)
    return runs


def median(runs: Sequence[Run], of: Callable[[Run], float]) -> float:
    """The median of a figure."""
    return statistics.median(of(item) for item in runs)


@contextlib.contextmanager
def folder_of(chosen: Path | None) -> Iterator[Path]:
    """The folder that the user chose, kept; else a temporary one."""
    if chosen is not None:
        chosen.mkdir(parents=True, exist_ok=True)
        yield chosen.resolve()
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


def make_file(file: Path, rows: int, *options: str) -> None:
    """The answers, made in a process of their own: a child's peak memory starts from its parent's."""
    if not file.exists():
        maker = str(ROOT / "bench" / "make_responses.py")
        run([sys.executable, maker, "--rows", str(rows), "--out", str(file), *options])


def show(rows: Sequence[Sequence[str]]) -> None:
    """An aligned table: the first row is the head, the first column text, the others numbers."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for at, row in enumerate(rows):
        cells = [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        print("  ".join(cells).rstrip())
        if at == 0:
            print("  ".join("-" * width for width in widths))
