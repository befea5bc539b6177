"""How long npsight takes on a small file, process start included, and what it imports for it.

    .venv/bin/python bench/start_up.py [--rows 2000] [--folder DIR]

The data is given with --data, so that the first run loads the file and the others find it loaded.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path

from timing import NPSIGHT, ROOT, Run, folder_of, in_turn, make_file, median, run, show

LIMITS = {"tool": 0.8, "ask": 2.5}
"""Seconds for the whole process, on a machine with two free cores."""
LEFT_OUT = ("langchain", "langgraph", "openai", "pandas", "pyarrow", "sqlglot", "scipy")
"""What `npsight tool nps` has no need of."""


def imported(command: list[str]) -> set[str]:
    """The top-level packages that a command imports."""
    process = subprocess.run(
        [command[0], "-X", "importtime", *command[1:]], cwd=ROOT, capture_output=True, text=True, check=True
    )
    lines = [line for line in process.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def measure(folder: Path, rows: int, repeats: int) -> None:
    """Time the commands; print one table."""
    os.environ["NPSIGHT_CACHE"] = str(folder / f"cache_{time.time_ns()}")
    file = folder / f"small_{rows}.csv"
    make_file(file, rows, "--customers", str(max(1, rows // 2)), "--comments")
    tool = [*NPSIGHT, "tool", "nps", '{"by": ["plan"]}', "--data", str(file), "--json"]
    ask = [*NPSIGHT, "ask", "What is our NPS by plan?", "--data", str(file), "--json", "--model", "builtin"]
    first = run(tool)
    runs = in_turn(
        repeats,
        base=[sys.executable, "-c", "import duckdb, pydantic, numpy"],
        tool=tool,
        version=[*NPSIGHT, "--version"],
        ask=ask,
    )
    base = runs["base"]
    table = [["", "seconds", "CPU s", "peak MB", "x imports", "limit"]]
    table += [
        row("import duckdb, pydantic, numpy", base, base, ""),
        row("npsight --version", runs["version"], base, ""),
        row("npsight tool nps, file not yet seen", [first], base, ""),
        row("npsight tool nps", runs["tool"], base, f"{LIMITS['tool']:.1f}"),
        row("npsight ask, built-in planner", runs["ask"], base, f"{LIMITS['ask']:.1f}"),
    ]
    print(f"{rows:,} answers in a CSV file; medians of {repeats} whole processes")
    show(table)
    needless = sorted(imported(tool).intersection(LEFT_OUT))
    print(f"\nOf what `npsight tool nps` has no need of it imports: {', '.join(needless) or 'nothing'}.")


def row(name: str, runs: list[Run], base: list[Run], limit: str) -> list[str]:
    """One line of the table."""
    seconds, cpu = median(runs, lambda item: item.seconds), median(runs, lambda item: item.cpu)
    ratio, peak = seconds / median(base, lambda item: item.seconds), max(item.peak_mb for item in runs)
    return [name, f"{seconds:.2f}", f"{cpu:.2f}", f"{peak:,.0f}", f"{ratio:.2f}", limit]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=2_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep the file here; else a temporary folder")
    told = parser.parse_args()
    with folder_of(told.folder) as folder:
        measure(folder, told.rows, told.repeats)


if __name__ == "__main__":
    main()
