"""Do 95 % intervals hold the truth 95 times in 100, and do tests cry wolf 5 times in 100? Simulated, with known truths.

    .venv/bin/python bench/coverage.py [--repeats 1000] [--only NAME] [--seed 1] [--jobs 2] [--out bench]

Writes coverage.json (every figure) and coverage.md (the table). With --only, the settings whose text holds NAME are
run and take the place of the old ones in both files. The functions are those that the tools call.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bench import (
    coverage_changes,
    coverage_drivers,
    coverage_levels,
    coverage_people,
    coverage_search,
    coverage_weights,
)
from bench.coverage_setting import Row, Setting, add_holds_from, measure
from bench.coverage_table import render
from tools.explain.driver_model import one_thread

FOLDER = Path(__file__).resolve().parent
PARTS = (coverage_levels, coverage_changes, coverage_search, coverage_weights, coverage_drivers, coverage_people)


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    repeats: int
    seed: int
    only: str
    jobs: int
    out: Path


def all_settings() -> list[Setting]:
    """Every setting of the study, in the order of the table."""
    found = [setting for part in PARTS for setting in part.settings()]
    order = list(dict.fromkeys(setting.part for setting in found))
    return sorted(found, key=lambda setting: order.index(setting.part))


def chosen(only: str) -> list[Setting]:
    """The settings whose text holds `only`, all where it is empty."""
    return [setting for setting in all_settings() if only.lower() in setting.key.lower()]


def measure_one(key: str, repeats: int, seed: int) -> list[Row]:
    """One setting by its key: settings hold functions, which do not travel between processes."""
    with one_thread():
        return measure(_by_key()[key], repeats, seed)


def _by_key() -> dict[str, Setting]:
    if not _KNOWN:
        _KNOWN.update({setting.key: setting for setting in all_settings()})
    return _KNOWN


_KNOWN: dict[str, Setting] = {}


def run(options: Options, settings: Sequence[Setting]) -> list[Row]:
    """All rows of the settings, in their order."""
    rows: list[Row] = []
    for at, (setting, found) in enumerate(zip(settings, _measured(options, settings), strict=True), start=1):
        rows += found
        if options.repeats >= 100:
            print(f"{at:4}/{len(settings)}  {setting.key}", flush=True)
    return rows


def _measured(options: Options, settings: Sequence[Setting]) -> Iterator[list[Row]]:
    work = partial(measure_one, repeats=options.repeats, seed=options.seed)
    keys = [setting.key for setting in settings]
    if options.jobs == 1:
        yield from map(work, keys)
        return
    with ProcessPoolExecutor(options.jobs) as pool:
        yield from pool.map(work, keys)


def read(file: Path) -> list[Row]:
    """The rows of an earlier run; none where there is no file."""
    if not file.exists():
        return []
    return [Row(**row) for row in json.loads(file.read_text(encoding="utf-8"))["rows"]]


def merged(old: Sequence[Row], new: Sequence[Row], settings: Sequence[Setting]) -> list[Row]:
    """Old rows where their setting was not run again, in the order of the study."""
    again = {_place(item) for item in settings}
    kept = [row for row in old if _place(row) not in again]
    order = {_place(setting): at for at, setting in enumerate(all_settings())}
    return sorted((row for row in [*kept, *new] if _place(row) in order), key=lambda row: order[_place(row)])


def _place(item: Setting | Row) -> tuple[str, str, str, int, str]:
    return item.part, item.method, item.world, item.n, item.of


def write(rows: list[Row], options: Options) -> None:
    """Both files."""
    add_holds_from(rows)
    about = {"repeats": options.repeats, "seed": options.seed}
    lines = ",\n".join(json.dumps(row.as_dict(), ensure_ascii=False) for row in rows)
    text = f'{{"about": {json.dumps(about)},\n"rows": [\n{lines}\n]}}\n'
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "coverage.json").write_text(text, encoding="utf-8")
    (options.out / "coverage.md").write_text(render(read(options.out / "coverage.json"), about), encoding="utf-8")


def parse(arguments: Sequence[str]) -> Options:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=1_000, help="of each setting; fast functions get more")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="part of a setting's text, e.g. kitagawa")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=FOLDER)
    found = parser.parse_args(arguments)
    return Options(found.repeats, found.seed, found.only, found.jobs, found.out)


def main(arguments: Sequence[str]) -> None:
    """Run, merge, write."""
    options = parse(arguments)
    settings = chosen(options.only)
    if not settings:
        sys.exit(f"No setting holds {options.only!r} in its text.")
    started = time.perf_counter()
    rows = run(options, settings)
    old = read(options.out / "coverage.json") if options.only else []
    write(merged(old, rows, settings), options)
    print(f"{len(rows)} rows in {time.perf_counter() - started:.0f} s: {options.out / 'coverage.md'}")


if __name__ == "__main__":
    main(sys.argv[1:])
