"""The redesign demo: power users up, casual users down, the whole flat; found again by plain SQL over the files."""

from __future__ import annotations

import json
from typing import Any

import duckdb
import numpy as np
import pytest

from warehouse.demo import DemoFiles, write_demo


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo("redesign", tmp_path_factory.mktemp("redesign"))


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
        CREATE TABLE answers AS SELECT s.*, c.* EXCLUDE (customer_id),
            CASE WHEN score::INT >= 9 THEN 100 WHEN score::INT <= 6 THEN -100 ELSE 0 END AS x,
            coalesce(redesigned_at, '') <> '' AND responded_at::DATE >= nullif(redesigned_at, '')::DATE AS new_design
        FROM survey s JOIN customers c USING (customer_id)""")
    return connection


def level(sql: duckdb.DuckDBPyConnection, where: str) -> float:
    (found,) = sql.sql(f"SELECT avg(x) FROM answers WHERE {where}").fetchall()[0]
    return float(found)


def test_power_users_gain_casual_users_lose_and_the_whole_is_flat(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    planted = truth["redesign"]["planted_effect"]
    for user in ("power", "casual"):
        moved = level(sql, f"user_type = '{user}' AND new_design") - level(
            sql, f"user_type = '{user}' AND NOT new_design"
        )
        assert moved == pytest.approx(planted[user], abs=4.5)  # about two standard errors
    before, after = (level(sql, f"responded_at {sign} '2025-03-10'") for sign in ("<", ">="))
    assert abs(after - before) < 2.5


def test_the_planted_effects_cancel_over_all_answers(truth: dict[str, Any]) -> None:
    assert abs(truth["redesign"]["expected_effect_on_all_with_the_new_design"]) < 0.5


def test_those_with_the_old_design_do_not_move(sql: duckdb.DuckDBPyConnection) -> None:
    for user in ("power", "casual"):
        kept = f"rollout = 'old design' AND user_type = '{user}'"
        moved = level(sql, f"{kept} AND responded_at >= '2025-03-10'") - level(
            sql, f"{kept} AND responded_at < '2025-03-10'"
        )
        assert abs(moved) < 9  # about two standard errors


def test_customers_of_a_wave_share_its_day(sql: duckdb.DuckDBPyConnection) -> None:
    days = dict(
        sql.sql("SELECT rollout, string_agg(DISTINCT coalesce(redesigned_at, '')) FROM customers GROUP BY 1").fetchall()
    )
    assert days == {"first wave": "2025-03-10", "second wave": "2025-06-02", "old design": ""}


def test_ratings_matter_in_the_planted_order_and_some_are_missing(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    names = [f"{name}_rating" for name in truth["drivers"]["weights_planted"]]
    rows = sql.sql(f"SELECT score, {', '.join(names)} FROM answers").fetchall()
    table = np.array([[float(value) if value else np.nan for value in row] for row in rows])
    missing = np.isnan(table[:, 1:]).mean(axis=0)
    assert np.all(abs(missing - truth["drivers"]["missing_share"]) < 0.01)
    whole = table[~np.isnan(table).any(axis=1)]
    x = (whole[:, 1:] - whole[:, 1:].mean(0)) / whole[:, 1:].std(0)
    slopes = np.linalg.lstsq(np.column_stack([np.ones(len(x)), x]), whole[:, 0], rcond=None)[0][1:]
    assert slopes[0] > slopes[1] > slopes[2] > 0.1
    assert abs(slopes[3]) < 0.06


def test_casual_users_cannot_find_things_in_the_new_design(sql: duckdb.DuckDBPyConnection) -> None:
    about = " OR ".join(f"comment ILIKE '%{word}%'" for word in ("new design", "navigation", "layout", "find"))

    def share(where: str) -> float:
        says = f"avg(CASE WHEN {about} THEN 1.0 ELSE 0 END)"
        query = f"SELECT {says} FROM answers WHERE comment <> '' AND score::INT <= 6 AND {where}"
        return float(sql.sql(query).fetchall()[0][0])

    assert share("user_type = 'casual' AND new_design") > 0.3
    assert share("NOT new_design") < 0.05
