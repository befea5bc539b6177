"""Baselines: how each case fared when somebody last looked and was content; committed, a line a case."""

from __future__ import annotations

from pathlib import Path

from evals.compare import Comparison, compare
from evals.outcome import EvalRun, read_results

FOLDER = Path(__file__).parent / "baselines"


def baseline_path(analyst: str, folder: Path = FOLDER) -> Path:
    """Where the baseline of an analyst stands."""
    return folder / f"{''.join(sign if sign.isalnum() else '-' for sign in analyst)}.json"


def write_baseline(run: EvalRun, path: Path) -> None:
    """Write the verdicts of a run down, over those of the same cases that stand there already."""
    kept = read_results(path).cases if path.is_file() else []
    new = {(case.id, case.repeat) for case in run.cases}
    suites = {case.suite for case in run.cases}
    whole = {case.suite for case in kept} <= suites
    cases = [case.model_copy(update={"turns": []}) for case in run.cases]
    if not whole:
        cases += [case for case in kept if (case.id, case.repeat) not in new]
    cases.sort(key=lambda case: (case.suite, case.id, case.repeat))
    head = run.model_copy(update={"cases": [], "seconds": 0.0, "money": None, "notes": []})
    lines = ",\n  ".join(case.model_dump_json(exclude_defaults=True) for case in cases)
    text = head.model_dump_json(exclude_none=True).removesuffix('"cases":[]}')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'{text}"cases":[\n  {lines}\n]}}\n', encoding="utf-8")


def against_baseline(run: EvalRun, path: Path) -> Comparison:
    """The run against the baseline: for the built-in planner every lost question is a regression."""
    return compare(read_results(path), run, strict=True)
