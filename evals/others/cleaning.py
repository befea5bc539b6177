"""The PrepBench survey: what npsight makes of its files, against the cleaned answers that the task gives as gold."""

from __future__ import annotations

import csv
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evals.cases import Case
from evals.codes import Failure
from evals.outcome import CaseOutcome, TurnOutcome
from warehouse.errors import NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

FOLDER = "prepbench-nps"
_TASK, _GOLD = Path(FOLDER) / "case_050", Path(FOLDER) / "gold_case_050"
_SCORE = "Would you recommend C&BS Co to your friends and family?"
_ASKED = {
    "cleaning-task": "Load the survey, its questions and the earlier answers together: first and latest answers.",
    "cleaning-classes": "Load the cleaned answers and tell promoters, passives and detractors apart.",
    "cleaning-first": "NPS of the first and of the latest answers, from the cleaned file.",
}


def cases(folder: Path) -> list[Case]:
    """The task itself, and two readings of its cleaned answers."""
    if not (folder / _TASK).is_dir():
        return []
    return [
        Case(id=name.replace("cleaning", "prepbench"), family=name, ask=ask, suite="others")
        for name, ask in _ASKED.items()
    ]


def judge(case: Case, folder: Path, repeat: int) -> CaseOutcome:
    """Row by row against the gold."""
    with tempfile.TemporaryDirectory(prefix="npsight-others-") as scratch:
        try:
            failures = _CHECKS[case.family](folder, Path(scratch))
        except NpsError as error:
            failures = [Failure(code="wrongly declined", detail=str(error))]
    return CaseOutcome(
        id=case.id,
        suite="others",
        family=case.family,
        world="",
        repeat=repeat,
        verdict="failed" if failures else "passed",
        codes=list(dict.fromkeys(failure.code for failure in failures)),
        turns=[TurnOutcome(question=case.ask, expected="the rows of the gold file", failures=failures)],
    )


def _task(folder: Path, scratch: Path) -> list[Failure]:
    """Who answered where and when with which score, out of the three raw files."""
    files = sorted((folder / _TASK / "inputs").glob("*.csv"))
    make_workspace(files, scratch, LoadOptions())
    found = _answers(scratch, ["Country", "Store"])
    wanted = Counter((row["Country"], row["Store"], _day(row), int(row[_SCORE])) for row in _gold(folder))
    got = Counter((row["Country"], row["Store"], str(row["responded_at"])[:10], row["score"]) for row in found)
    missing, extra = wanted - got, got - wanted
    failures = [Failure(code="missing row", detail=f"{row} is missing.") for row in missing]
    return [*failures, *(Failure(code="wrong value", detail=f"{row} is not in the gold.") for row in extra)]


def _classes(folder: Path, scratch: Path) -> list[Failure]:
    make_workspace([_gold_file(folder)], scratch, LoadOptions())
    found = Counter(row["nps_class"] for row in _answers(scratch, []))
    wanted = Counter(
        kind.lower() for row in _gold(folder) for kind in ("Promoter", "Passive", "Detractor") if row[kind]
    )
    return [] if found == wanted else [Failure(code="wrong value", detail=f"{dict(found)} and not {dict(wanted)}.")]


def _first(folder: Path, scratch: Path) -> list[Failure]:
    from tools.registry import run_tool

    make_workspace([_gold_file(folder)], scratch, LoadOptions())
    column = "Result (First / Latest)"
    with Warehouse(scratch) as warehouse:
        name = next(name for name in warehouse.catalog.dimensions if name.startswith("Result"))
        facts = run_tool(warehouse, "nps", {"by": [name]}).facts
    told = {fact.where[name]: fact.value for fact in facts if fact.name == "nps" and name in fact.where}
    failures = []
    for kind in ("First", "Latest"):
        rows = [row for row in _gold(folder) if row[column] == kind]
        value = 100 * sum(bool(row["Promoter"]) - bool(row["Detractor"]) for row in rows) / len(rows)
        got = told.get(kind)
        if not isinstance(got, int | float) or abs(got - value) > 0.05:
            failures.append(Failure(code="wrong value", detail=f"{kind}: {got} and not {value:.1f}."))
    return failures


def _answers(folder: Path, names: list[str]) -> list[dict[str, Any]]:
    with Warehouse(folder) as warehouse:
        columns = ["score", "nps_class", "responded_at", *names]
        known = set(warehouse.run("SELECT * FROM cohorts LIMIT 0").columns)
        chosen = ", ".join(f'"{name}"' for name in columns if name in known)
        return warehouse.run(f"SELECT {chosen} FROM cohorts WHERE score IS NOT NULL").records()


def _day(row: Mapping[str, str]) -> str:
    day, month, year = row["Completion Date (Date Time stamp)"][:10].split("/")
    return f"{year}-{month}-{day}"


def _gold_file(folder: Path) -> Path:
    return folder / _GOLD / "output_01.csv"


def _gold(folder: Path) -> list[dict[str, str]]:
    with _gold_file(folder).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


_CHECKS = {"cleaning-task": _task, "cleaning-classes": _classes, "cleaning-first": _first}
