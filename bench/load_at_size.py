"""What it costs to load a large CSV file, which is copied, checked for repeats and described.

    .venv/bin/python bench/load_at_size.py [--rows 5000000] [--folder DIR]

The file has eight columns, one of them comments. After the load one question is asked, and asked again.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from timing import NPSIGHT, Run, folder_of, make_file, run, show

READ = """
import sys, duckdb
duckdb.connect().execute("CREATE TABLE t AS FROM read_csv(?, all_varchar=true)", [sys.argv[1]])
"""


def measure(folder: Path, rows: int) -> None:
    """Make, load, ask; print one table."""
    file, workspace = folder / f"responses_{rows}.csv", folder / f"workspace_csv_{rows}"
    make_file(file, rows, "--comments")
    shutil.rmtree(workspace, ignore_errors=True)
    read = run([sys.executable, "-c", READ, str(file)])
    load = run([*NPSIGHT, "load", str(file), "--workspace", str(workspace)])
    ask = [*NPSIGHT, "tool", "nps", '{"by": ["plan", "country"], "grain": "month"}', "--workspace", str(workspace)]
    first, second = run([*ask, "--json"]), run([*ask, "--json"])
    print(f"{rows:,} answers in a CSV file of {file.stat().st_size / 1e6:,.0f} MB")
    table = [["", "seconds", "CPU s", "peak MB", "x read (CPU)"]]
    named = {
        "DuckDB reads the file as text": read,
        "npsight load": load,
        "npsight tool nps": first,
        "npsight tool nps again": second,
    }
    table += [row(name, done, read) for name, done in named.items()]
    show(table)


def row(name: str, done: Run, base: Run) -> list[str]:
    """One line of the table."""
    return [name, f"{done.seconds:.2f}", f"{done.cpu:.2f}", f"{done.peak_mb:,.0f}", f"{done.cpu / base.cpu:.2f}"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again; else a temporary folder")
    told = parser.parse_args()
    with folder_of(told.folder) as folder:
        measure(folder, told.rows)


if __name__ == "__main__":
    main()
