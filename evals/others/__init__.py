"""The suite `others`: other people's questions, read where they lie and never kept here.

NPSIGHT_DATA names the folder that holds `duckdb-nsql-eval` (75 questions with DuckDB SQL, by Numbers Station) and
`prepbench-nps` (a task of cleaning a survey, by the PrepBench authors). Each is there or not; one of them is enough.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from evals.cases import Case
from evals.others import cleaning, statements
from evals.outcome import CaseOutcome
from warehouse.errors import NpsError

VARIABLE = "NPSIGHT_DATA"


def cases() -> list[Case]:
    """The cases of what lies there.

    Raises NpsError where NPSIGHT_DATA names no folder with any of it.
    """
    folder = _folder()
    found = [*statements.cases(folder), *cleaning.cases(folder)]
    if not found:
        raise NpsError(
            f"The suite others reads {statements.FOLDER} and {cleaning.FOLDER}; set {VARIABLE} to the folder of both."
        )
    return found


def judge(asked: Sequence[Case], repeat: int) -> list[CaseOutcome]:
    """The outcomes of the cases that no world holds."""
    folder = _folder()
    return [
        (cleaning if case.family.startswith("cleaning") else statements).judge(case, folder, repeat) for case in asked
    ]


def _folder() -> Path:
    return Path(os.environ.get(VARIABLE, "").strip() or "/nonexistent")
