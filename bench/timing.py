"""Whole processes, timed from outside: wall clock, processor time, peak memory."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
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


def show(rows: Sequence[Sequence[str]]) -> None:
    """An aligned table: the first row is the head, the first column text, the others numbers."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    for at, row in enumerate(rows):
        print(
            "  ".join(
                cell.rjust(width) if i else cell.ljust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            ).rstrip()
        )
        if at == 0:
            print("  ".join("-" * width for width in widths))
