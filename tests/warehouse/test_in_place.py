"""A large Parquet file is read in place: the answers are those that a copy would give."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

import warehouse.load
from tools.registry import run_tool
from warehouse.files import read_file
from warehouse.workspace import Warehouse, make_workspace

ANSWERS = """
    SELECT CASE WHEN i % 7 > 0 THEN 'r' || i END AS response_id,
        CASE WHEN i % 13 = 0 THEN '' WHEN i % 5 = 0 THEN ' C' || (i % 300) || chr(160) ELSE 'C' || (i % 300) END
            AS customer_id,
        TIMESTAMPTZ '2025-01-01 00:00:00+00' + to_hours(CAST(i AS INTEGER)) AS responded_at,
        CASE WHEN i % 17 > 0 THEN i * 7 % 11 END AS score, ['A', 'B', 'a'][1 + i % 3] AS plan, i % 4 AS stars
    FROM range(4000) t(i)
"""


@pytest.fixture
def in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warehouse.load, "read_file", partial(read_file, in_place_rows=1_000))


def write(path: Path, sql: str = ANSWERS) -> Path:
    path.parent.mkdir(exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone='UTC'")
        connection.execute(f"CREATE TABLE answers AS {sql}")
        connection.table("answers").write_parquet(str(path))
    return path


CALLS: list[tuple[str, dict[str, Any]]] = [
    ("nps", {}),
    ("nps", {"by": ["plan"], "grain": "month"}),
    ("nps", {"by": ["plan"], "where": {"plan": "B"}, "period": "2025-02"}),
    ("trend", {"grain": "week"}),
    ("compare", {"before": "2025-01", "after": "2025-03"}),
]


def told(workspace: Path) -> list[list[tuple[Any, ...]]]:
    with Warehouse(workspace) as opened:
        results = [run_tool(opened, name, arguments) for name, arguments in CALLS]
    return [[(f.name, f.where, f.value, f.n, f.low, f.high) for f in result.facts] for result in results]


def test_answers_are_those_of_a_copied_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "survey.parquet")
    make_workspace([file], tmp_path / "copied")
    monkeypatch.setattr(warehouse.load, "read_file", partial(read_file, in_place_rows=1_000))
    make_workspace([file], tmp_path / "in_place")
    with Warehouse(tmp_path / "in_place") as opened, Warehouse(tmp_path / "copied") as copied:
        assert opened.catalog.tables["responses"].path == str(file)
        assert opened.catalog.repeated_customers
        ids = "SELECT count(*), count(DISTINCT customer_id), count(customer_id), count(response_id) FROM responses"
        assert opened.run(ids).rows == copied.run(ids).rows == [(4_000, 300, 4_000 - 308, 4_000)]
    assert told(tmp_path / "in_place") == told(tmp_path / "copied")


@pytest.mark.usefixtures("in_place")
@pytest.mark.parametrize(
    "name", ["data[1].parquet", "what?.parquet", "a*b.parquet", "it's.parquet", "plan=Gold/s.parquet"]
)
def test_a_file_of_any_name_is_itself_and_nothing_else(tmp_path: Path, name: str) -> None:
    file = write(tmp_path / name)
    write(tmp_path / "data1.parquet", "SELECT 0 AS score")
    make_workspace([file], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as opened:
        assert opened.run("SELECT count(*) FROM responses WHERE plan = 'B'").rows == [(1_333,)]
        with pytest.raises(duckdb.Error):
            opened.run(f"SELECT * FROM read_parquet('{tmp_path / 'data1.parquet'}')")


@pytest.mark.usefixtures("in_place")
def test_scores_off_the_scale_are_not_scores(tmp_path: Path) -> None:
    file = write(
        tmp_path / "s.parquet", "SELECT 'r' || i AS response_id, i % 14 - 1 AS nps_score FROM range(1400) t(i)"
    )
    report = make_workspace([file], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as opened:
        assert opened.run("SELECT min(score), max(score), count(score) FROM responses").rows == [(0, 10, 1_100)]
    assert report.scored == 1_100


@pytest.mark.usefixtures("in_place")
def test_two_large_files_are_one_survey(tmp_path: Path) -> None:
    files = [
        write(
            tmp_path / f"{name}.parquet",
            f"SELECT '{name}' || i AS response_id, i % 11 AS nps_score FROM range(2200) t(i)",
        )
        for name in "ab"
    ]
    report = make_workspace(files, tmp_path / "ws")
    assert report.scored == 4_400
