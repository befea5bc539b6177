"""NPS by two dimensions and months over millions of answers, against the plain group-by written by hand.

    .venv/bin/python bench/nps_at_size.py [--rows 20000000] [--folder DIR]

Both sides are whole processes: Python starts, DuckDB is imported, the Parquet file is read, the cells are printed as
JSON. npsight also computes intervals that are clustered by customer. The cells of both sides are compared.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from timing import NPSIGHT, Run, folder_of, in_turn, make_file, median, run, show

ARGUMENTS = {"by": ["plan", "country"], "grain": "month"}
OTHERS: dict[str, dict[str, object]] = {
    "trend": {"grain": "month"},
    "compare": {"before": "2024-01..2024-06", "after": "2024-07..2024-12"},
    "decompose_change": {"before": "2024-Q1", "after": "2024-Q4", "by": ["plan"]},
    "find_outliers": {"period": "2024"},
}
BY_HAND = """
import sys, json, duckdb
rows = duckdb.connect().execute(
    "SELECT plan, country, {month}, count(*), count(score), count(*) FILTER (score >= 9), "
    "count(*) FILTER (score <= 6) FROM read_parquet(?) GROUP BY ALL", [sys.argv[1]]).fetchall()
print(json.dumps([[plan, country, str(month)[:7], *counts] for plan, country, month, *counts in rows]))
"""


def by_hand(month: str, file: Path) -> list[str]:
    """The query as one would write it."""
    return [sys.executable, "-c", BY_HAND.format(month=month), str(file)]


def same_cells(hand: Run, tool: Run) -> int:
    """How many cells there are, which both sides have with the same counts."""
    expected = {(plan, country, month): (n, p, d) for plan, country, month, _rows, n, p, d in json.loads(hand.output)}
    found = {
        (cell["where"]["plan"], cell["where"]["country"], cell["where"]["period"]): (
            cell["n"],
            cell["promoters"],
            cell["detractors"],
        )
        for cell in json.loads(tool.output)["cells"]
    }
    if found != expected:
        sys.exit("the cells of npsight are not those of the query written by hand")
    return len(found)


def measure(folder: Path, rows: int, repeats: int) -> None:
    """Make, load, ask; print one table."""
    file, workspace = folder / f"responses_{rows}.parquet", folder / f"workspace_{rows}"
    make_file(file, rows)
    loaded = run([*NPSIGHT, "load", str(file), "--workspace", str(workspace)])
    ask = [*NPSIGHT, "tool"]
    where = ["--workspace", str(workspace), "--json"]
    runs = in_turn(
        repeats,
        hand=by_hand("date_trunc('month', responded_at)", file),
        npsight=[*ask, "nps", json.dumps(ARGUMENTS), *where],
        strftime=by_hand("strftime(responded_at, '%Y-%m')", file),
    )
    cells = same_cells(runs["hand"][0], runs["npsight"][0])
    others = {name: [run([*ask, name, json.dumps(told), *where])] for name, told in OTHERS.items()}
    base = runs["hand"]
    table = [["", "seconds", "best", "CPU s", "peak MB", "x hand", "x best", "x CPU"]]
    table += [
        row("by hand, months by date_trunc", base, base),
        row("by hand, months by strftime", runs["strftime"], base),
        row("npsight tool nps, with intervals", runs["npsight"], base),
        row("npsight load, once", [loaded], base),
        *(row(f"npsight tool {name}", taken, base) for name, taken in others.items()),
    ]
    print(f"{rows:,} answers, {file.stat().st_size / 1e6:,.0f} MB Parquet, {cells:,} cells; medians of {repeats}")
    show(table)


def row(name: str, runs: list[Run], base: list[Run]) -> list[str]:
    """One line of the table: medians, the best wall clock, and both as multiples of the query written by hand."""
    figures = [median(runs, lambda item: item.seconds), min(item.seconds for item in runs)]
    figures.append(median(runs, lambda item: item.cpu))
    bases = [median(base, lambda item: item.seconds), min(item.seconds for item in base)]
    bases.append(median(base, lambda item: item.cpu))
    ratios = [f"{figure / one:.2f}" for figure, one in zip(figures, bases, strict=True)]
    peak = max(item.peak_mb for item in runs)
    return [name, *(f"{figure:.2f}" for figure in figures), f"{peak:,.0f}", *ratios]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=20_000_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again; else a temporary folder")
    told = parser.parse_args()
    with folder_of(told.folder) as folder:
        measure(folder, told.rows, told.repeats)


if __name__ == "__main__":
    main()
