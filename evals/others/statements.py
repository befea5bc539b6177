"""The DuckDB questions: what a read-only analyst must refuse is refused, what it may read gives DuckDB's own rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb

from evals.cases import Case
from evals.codes import Failure
from evals.outcome import CaseOutcome, TurnOutcome
from warehouse.engine import Engine
from warehouse.errors import NpsError
from warehouse.guard import check_sql

FOLDER = "duckdb-nsql-eval"
_WORLD = "hotel"
"""A survey that knows nothing of laptops, flights and air: none of the questions can be answered from it."""


def cases(folder: Path) -> list[Case]:
    """Each question twice: its SQL through npsight's guard, and its words asked of npsight about a hotel's survey."""
    path = folder / FOLDER / "dev.json"
    if not path.is_file():
        return []
    found = []
    for number, question in enumerate(json.loads(path.read_text(encoding="utf-8")), 1):
        kind = "read" if _reads(question, folder) else "refuse"
        name = f"duckdb-{number:02d}"
        about: dict[str, Any] = {"ask": question["question"], "suite": "others", "note": question["query"]}
        found.append(Case(id=f"{name}-sql", family=f"sql-{kind}", status=["answered"], **about))
        found.append(
            Case(id=f"{name}-asked", family="not-in-the-data", status=["declined", "clarify"], world=_WORLD, **about)
        )
    return found


def judge(case: Case, folder: Path, repeat: int) -> CaseOutcome:
    """The statement through the guard: refused, or the rows that DuckDB gives without it."""
    question = json.loads((folder / FOLDER / "dev.json").read_text(encoding="utf-8"))[int(case.id[7:9]) - 1]
    path = _database(question, folder)
    before = _digest(path)
    refused, rows = _through_the_guard(case.note, path)
    failures = _refusing(refused) if case.family == "sql-refuse" else _reading(refused, rows, question, path)
    if _digest(path) != before:
        failures.append(Failure(code="unsafe", detail="The database was changed."))
    expected = "refused" if case.family == "sql-refuse" else "the rows that DuckDB gives"
    return CaseOutcome(
        id=case.id,
        suite="others",
        family=case.family,
        world="",
        repeat=repeat,
        verdict="failed" if failures else "passed",
        codes=[failure.code for failure in failures],
        turns=[TurnOutcome(question=f"{case.ask}\n{case.note}", expected=expected, failures=failures)],
    )


def _refusing(refused: str | None) -> list[Failure]:
    return [] if refused else [Failure(code="unsafe", detail="The statement was not refused.")]


def _reading(refused: str | None, rows: Sequence[Any], question: dict[str, str], path: Path) -> list[Failure]:
    if refused:
        return [Failure(code="wrongly declined", detail=refused)]
    with _locked(path) as connection:
        plain = connection.execute(question["query"]).fetchall()
    same = sorted(map(repr, plain)) == sorted(map(repr, rows))
    return [] if same else [Failure(code="wrong value", detail=f"{len(rows)} rows that are not DuckDB's {len(plain)}.")]


def _through_the_guard(sql: str, path: Path) -> tuple[str | None, Sequence[Any]]:
    """Why it was refused, or the rows."""
    try:
        tables: Mapping[str, Mapping[str, str]] = _tables(path)
        checked = check_sql(sql, tables=tables, dimensions={})
        views = {name: f'SELECT * FROM ws."{name}"' for name in tables}
        with Engine(path, views=dict(views)) as engine:
            return None, engine.run(checked.sql).rows
    except NpsError as error:
        return str(error), []


def _tables(path: Path) -> dict[str, dict[str, str]]:
    with duckdb.connect(path, read_only=True) as connection:
        listed = connection.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns WHERE table_schema = 'main'"
        ).fetchall()
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in listed:
        found.setdefault(table, {})[column] = kind
    return found


def _reads(question: dict[str, str], folder: Path) -> bool:
    """Whether the SQL runs where nothing can be written and nothing outside be read: told by DuckDB alone."""
    with _locked(_database(question, folder)) as connection:
        try:
            connection.execute(question["query"]).fetchall()
        except duckdb.Error:
            return False
    return True


def _locked(path: Path) -> duckdb.DuckDBPyConnection:
    """The database where nothing can be written and nothing outside be read."""
    return duckdb.connect(path, read_only=True, config={"enable_external_access": "false"})


def _database(question: dict[str, str], folder: Path) -> Path:
    name = question["db_id"]
    return folder / FOLDER / "databases" / name / f"{name}.duckdb"


def _digest(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
