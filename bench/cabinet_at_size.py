"""Every tool on a company of a million customers and five million answers, against the same computation in pandas.

    .venv/bin/python bench/cabinet_at_size.py [--folder DIR] [--repeats 3] [--tool NAME …]

Both sides are whole processes that run in turn: `npsight tool NAME` on the loaded workspace, and `pandas_ways.py NAME`
on Parquet files of the same answers. Figures of both are compared; one that differs ends the run. Prints Markdown.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from timing import NPSIGHT, ROOT, Run, folder_of, in_turn, median, run

sys.path.insert(0, str(ROOT))

from tools.registry import TOOLS

ARGUMENTS: dict[str, dict[str, Any]] = {
    "describe_data": {},
    "data_quality": {},
    "run_sql": {"sql": "SELECT plan, avg(score) AS mean_score FROM cohorts GROUP BY plan ORDER BY plan"},
    "nps": {"by": ["plan", "country"], "grain": "month"},
    "compare": {"before": "2025-01-01..2025-06-30", "after": "2025-07-01..2025-12-31"},
    "trend": {"grain": "month"},
    "nps_distribution": {"by": ["plan"]},
    "response_bias": {},
    "benchmark": {"figure": 32, "n": 500},
    "cohort_nps": {"cohort": "joined_at:quarter"},
    "retention": {"by": ["nps_class"]},
    "decompose_change": {"before": "2025-Q2", "after": "2025-Q4", "by": ["plan", "country", "channel"]},
    "find_outliers": {},
    "find_change_points": {},
    "seasonality": {},
    "key_drivers": {},
    "priorities": {},
    "impact": {"event_date": "2024-07-01", "exposed": {"billing": "monthly"}, "by": ["plan"]},
    "matched_effect": {"treatment": {"onboarding": "guided"}},
    "experiment": {"variant": "variant", "start": "2024-07-01"},
    "sample_size": {"difference": 3},
    "themes": {"limit": 30},
    "theme_impact": {},
    "sentiment": {"by": ["plan"]},
    "quotes": {"nps_class": "detractor"},
}
TABLES = ("survey", "customers", "orders")
SECONDS, MEGABYTES, TIMES = 10.0, 2_000.0, 2.0
ROUNDING = 1e-9
NEAR = 0.1
"""Of the interval's width: another estimator of the same quantity."""
FAR = 4.0
"""Standard errors: an estimate from other rows of the same company."""
WIDTHS = 0.15
"""By how much the interval's width may differ: large surveys take design effects from a sample of customers."""


@dataclass(frozen=True)
class Checked:
    """A figure of both sides."""

    name: str
    tool: float | str
    pandas: float | str
    widths: float | None
    """The tool's interval as a multiple of that in pandas."""


def prepare(folder: Path, customers: int, rows: int) -> tuple[Path, Run | None]:
    """The company as CSV, as Parquet and loaded; the load's run when it was done now."""
    if not (folder / "survey.csv").exists():
        maker = [sys.executable, str(ROOT / "bench" / "make_company.py"), "--folder", str(folder)]
        run([*maker, "--customers", str(customers), "--rows", str(rows)])
    for name in TABLES:
        if not (folder / f"{name}.parquet").exists():
            write_parquet(folder / f"{name}.csv", folder / f"{name}.parquet")
    workspace = folder / "workspace"
    loaded = None
    if not (workspace / "npsight.duckdb").exists():
        files = [str(folder / f"{name}.csv") for name in TABLES]
        loaded = run([*NPSIGHT, "load", *files, "--workspace", str(workspace)])
    return workspace, loaded


def write_parquet(source: Path, out: Path) -> None:
    """Dates as timestamps: pandas reads dates as Python objects, which would be unfair to it."""
    with duckdb.connect() as connection:
        columns = connection.execute(f"DESCRIBE SELECT * FROM read_csv('{source}')").fetchall()
        chosen = ", ".join(f"CAST({c} AS TIMESTAMP) AS {c}" if kind == "DATE" else c for c, kind, *_more in columns)
        connection.execute(f"COPY (SELECT {chosen} FROM read_csv('{source}')) TO '{out}' (FORMAT parquet)")


def find_fact(facts: list[dict[str, Any]], name: str, where: dict[str, str]) -> dict[str, Any]:
    """The fact of that name whose cell says the least beyond `where`."""
    found = [fact for fact in facts if fact["name"] == name and where.items() <= fact["where"].items()]
    if not found:
        sys.exit(f"npsight has no fact {name} for {where}")
    return min(found, key=lambda fact: len(fact["where"]))


def check(tool: str, answer: dict[str, Any], figures: list[dict[str, Any]]) -> list[Checked]:
    """Every figure of the way in pandas beside the tool's; one that differs ends the run."""
    checked = []
    for figure in figures:
        fact = find_fact(answer["facts"], figure["name"], figure["where"])
        one, other, widths = fact["value"], figure["value"], None
        if not alike(fact, figure):
            sys.exit(f"{tool}: {figure['name']} {figure['where']} is {one} in npsight and {other} in pandas")
        if figure["width"] and fact["low"] is not None:
            widths = (fact["high"] - fact["low"]) / figure["width"]
            if figure["how"] == "exact" and abs(widths - 1) > WIDTHS:
                sys.exit(f"{tool}: the interval of {figure['name']} {figure['where']} is {widths:.2f} times pandas'")
        checked.append(Checked(figure["name"], one, other, widths))
    return checked


def alike(fact: dict[str, Any], figure: dict[str, Any]) -> bool:
    """Equal, near, or within sampling noise, as the figure asks for."""
    one, other = fact["value"], figure["value"]
    if isinstance(one, str) or isinstance(other, str) or one is None:
        return bool(one == other)
    if figure["how"] == "exact":
        return math.isclose(one, other, rel_tol=ROUNDING, abs_tol=ROUNDING)
    width = figure["width"] or abs(other) * NEAR
    if figure["how"] == "near":
        return bool(abs(one - other) <= NEAR * width)
    own = fact["high"] - fact["low"] if fact["low"] is not None else width
    return bool(abs(one - other) <= FAR * math.hypot(own, width) / (2 * 1.96))


def sampled(answer: dict[str, Any]) -> str:
    """What the tool says of a sample."""
    said = " ".join(answer["caveats"])
    rows = "fixed random sample" in said
    customers = "from a sample of customers" in said
    return "rows" if rows else "errors" if customers else ""


HEAD = (
    "tool",
    *("s", "CPU s", "MB", "pandas s", "CPU s", "MB"),
    *("time", "CPU time", "sampled", "checked", "intervals"),
)


def row(name: str, runs: dict[str, list[Run]], answer: dict[str, Any], checked: list[Checked]) -> list[str]:
    """One line: medians of both sides and what they were held against."""
    own, other = runs["npsight"], runs["pandas"]
    seconds = [median(side, lambda item: item.seconds) for side in (own, other)]
    cpu = [median(side, lambda item: item.cpu) for side in (own, other)]
    peaks = [max(item.peak_mb for item in side) for side in (own, other)]
    first = next((item for item in checked if item.widths is not None), checked[0])
    widths = [item.widths for item in checked if item.widths is not None]
    return [
        f"`{name}`",
        *(f"{seconds[0]:.1f}", f"{cpu[0]:.1f}", f"{peaks[0]:,.0f}"),
        *(f"{seconds[1]:.1f}", f"{cpu[1]:.1f}", f"{peaks[1]:,.0f}"),
        *(f"{seconds[0] / seconds[1]:.2f}", f"{cpu[0] / cpu[1]:.2f}"),
        sampled(answer),
        f"{first.name} {shown(first.tool)} / {shown(first.pandas)}",
        f"{min(widths):.2f} to {max(widths):.2f}" if widths else "",
    ]


def shown(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def over(name: str, runs: dict[str, list[Run]]) -> list[str]:
    """What the tool's limits do not allow."""
    own, other = runs["npsight"], runs["pandas"]
    found = []
    seconds, peak = median(own, lambda item: item.seconds), max(item.peak_mb for item in own)
    ratio = median(own, lambda item: item.cpu) / median(other, lambda item: item.cpu)
    if seconds > SECONDS:
        found.append(f"{name} took {seconds:.1f} s (limit {SECONDS:.0f})")
    if peak > MEGABYTES:
        found.append(f"{name} took {peak:,.0f} MB (limit {MEGABYTES:,.0f})")
    if ratio > TIMES:
        found.append(f"{name} took {ratio:.1f} times pandas' processor time (limit {TIMES:.0f})")
    return found


def measure(folder: Path, names: list[str], told: argparse.Namespace) -> None:
    """Make, load, ask each tool; print one table and what is over the limits."""
    workspace, loaded = prepare(folder, told.customers, told.rows)
    if loaded is not None:
        print(f"npsight load: {loaded.seconds:.0f} s, processor {loaded.cpu:.0f} s, {loaded.peak_mb:,.0f} MB\n")
    print(f"Medians of {told.repeats}; load of the machine at the start {os.getloadavg()[0]:.1f}\n")
    print("| " + " | ".join(HEAD) + " |")
    print("|---|" + "--:|" * 8 + "---|---|---|")
    missed: list[str] = []
    for name in names:
        tool = [*NPSIGHT, "tool", name, json.dumps(ARGUMENTS[name]), "--workspace", str(workspace), "--json"]
        pandas = [sys.executable, str(ROOT / "bench" / "pandas_ways.py"), name, str(folder)]
        runs = in_turn(told.repeats, npsight=tool, pandas=pandas)
        answer = json.loads(runs["npsight"][0].output)
        checked = check(name, answer, json.loads(runs["pandas"][0].output))
        print("| " + " | ".join(row(name, runs, answer, checked)) + " |", flush=True)
        missed += over(name, runs)
    print(f"\nLoad of the machine at the end {os.getloadavg()[0]:.1f}")
    print("\n".join(missed) or "Nothing is over its limit.")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--tool", action="append", choices=sorted(ARGUMENTS), help="only this one; may be repeated")
    parser.add_argument("--folder", type=Path, help="keep the data here and use it again; else a temporary folder")
    told = parser.parse_args()
    unknown = set(TOOLS).symmetric_difference(ARGUMENTS)
    if unknown:
        sys.exit(f"ARGUMENTS and the registry differ in {', '.join(sorted(unknown))}")
    with folder_of(told.folder) as folder:
        measure(folder, told.tool or list(TOOLS), told)


if __name__ == "__main__":
    main()
