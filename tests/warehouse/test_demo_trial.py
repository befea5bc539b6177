"""The trial demo: what was planted can be found again, by plain SQL over the files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from warehouse.demo import DemoFiles, write_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo("trial", tmp_path_factory.mktemp("trial"))


@pytest.fixture(scope="module")
def truth(demo: DemoFiles) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(demo.truth.read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def sql(demo: DemoFiles) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for name, path in demo.tables.items():
        connection.execute(f"CREATE TABLE {name} AS FROM read_csv('{path}', all_varchar=true, header=true)")
    connection.execute("""
        CREATE TABLE trials AS SELECT c.*, CAST(nullif(score, '') AS INT) AS score, comment,
            CASE WHEN CAST(nullif(score, '') AS INT) >= 9 THEN 100 WHEN CAST(nullif(score, '') AS INT) <= 6 THEN -100
                 WHEN nullif(score, '') IS NOT NULL THEN 0 END AS x
        FROM survey s JOIN customers c USING (customer_id)""")
    return connection


def one(sql: duckdb.DuckDBPyConnection, query: str) -> Any:
    (row,) = sql.sql(query).fetchall()
    return row[0] if len(row) == 1 else row


def test_the_same_seed_gives_the_same_bytes_and_another_seed_does_not(demo: DemoFiles, tmp_path: Path) -> None:
    again, other = write_demo("trial", tmp_path / "a"), write_demo("trial", tmp_path / "b", seed=8)
    for name, path in demo.tables.items():
        assert again.tables[name].read_bytes() == path.read_bytes()
        assert other.tables[name].read_bytes() != path.read_bytes()


def test_all_trials_began_in_one_quarter_and_everybody_was_asked(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    assert one(sql, "SELECT min(joined_at) >= '2025-04-01' AND max(joined_at) <= '2025-06-30' FROM trials")
    assert one(sql, "SELECT count(*), count(score) FROM trials") == (truth["trials"], truth["answered"])
    late = "SELECT count(*) FROM survey WHERE responded_at < trial_ended_at AND score <> ''"
    assert one(sql, late) == 0


def test_one_week_of_one_plan_broke(sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]) -> None:
    week = "plan = 'Team' AND joined_at BETWEEN '2025-05-12' AND '2025-05-18'"
    assert one(sql, f"SELECT avg(x) FROM trials WHERE {week}") < -20
    assert one(sql, f"SELECT avg(x) FROM trials WHERE plan = 'Team' AND NOT ({week})") > 20
    assert (
        one(sql, "SELECT avg(x) FROM trials WHERE plan <> 'Team' AND joined_at BETWEEN '2025-05-12' AND '2025-05-18'")
        > 20
    )
    assert one(sql, f"SELECT count(score) FROM trials WHERE {week}") == truth["broken_week"]["answers"]["n"]
    says = "avg(CASE WHEN comment ILIKE '%import%' THEN 1.0 ELSE 0 END)"
    assert one(sql, f"SELECT {says} FROM trials WHERE {week} AND comment <> ''") > 0.5
    assert one(sql, f"SELECT {says} FROM trials WHERE NOT ({week}) AND comment <> ''") == 0


def test_the_answers_look_better_than_the_trials_were(truth: dict[str, Any]) -> None:
    told = truth["non_response"]
    assert told["who_answered"]["nps"] > told["all_trials"]["nps"] + 10
    assert told["answered_by_class"]["detractor"] < told["answered_by_class"]["promoter"]


def test_the_checklist_helps_to_convert_and_not_the_score(sql: duckdb.DuckDBPyConnection) -> None:
    paid = dict(
        sql.sql(
            "SELECT checklist, avg(CASE converted WHEN 'yes' THEN 1.0 ELSE 0 END) FROM trials GROUP BY 1"
        ).fetchall()
    )
    assert paid["shown"] > paid["not shown"] + 0.03
    level = dict(sql.sql("SELECT checklist, avg(x) FROM trials GROUP BY 1").fetchall())
    assert abs(level["shown"] - level["not shown"]) < 8
    counts = dict(sql.sql("SELECT checklist, count(*) FROM trials GROUP BY 1").fetchall())
    assert counts["shown"] == counts["not shown"]


def test_only_the_converted_have_a_day_of_conversion_within_the_trial(sql: duckdb.DuckDBPyConnection) -> None:
    assert one(sql, "SELECT count(*) FROM trials WHERE (converted = 'yes') <> (coalesce(converted_at, '') <> '')") == 0
    days = "date_diff('day', joined_at::DATE, nullif(converted_at, '')::DATE)"
    assert one(sql, f"SELECT min({days}), max({days}) FROM trials") == (3, 14)
