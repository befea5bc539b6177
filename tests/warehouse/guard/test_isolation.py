"""No single customer's score, spend, comment or address comes through SQL that must aggregate."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from evals.safety.attacks import HERE
from tools.data.sql import SqlResult, run_sql_aggregated
from warehouse.errors import NpsError

SECRETS = ("Zanzibarium", "Quillfeather", "victim.canary", "Canary Quix", "Canary", "91377", "8813.5")
ATTEMPTS: dict[str, list[str]] = yaml.safe_load((HERE / "sql" / "isolation.yaml").read_text("utf-8"))
ALL = [(kind, sql) for kind, statements in ATTEMPTS.items() for sql in statements]


def told(world: Any, sql: str) -> SqlResult | str:
    try:
        return run_sql_aggregated(world.warehouse, sql=sql)
    except NpsError as error:
        return str(error)


def loot(found: SqlResult | str) -> list[object]:
    if isinstance(found, str) or "loot" not in found.columns:
        return []
    return [value for value in (row[found.columns.index("loot")] for row in found.rows) if value is not None]


@pytest.mark.parametrize(("kind", "sql"), ALL)
def test_an_attempt_to_single_somebody_out_tells_nothing_or_is_refused_in_a_sentence(
    world: Any, kind: str, sql: str
) -> None:
    found = told(world, sql)
    assert loot(found) == [], kind
    text = found if isinstance(found, str) else f"{found.rows}{found.facts}{found.caveats}"
    assert not [secret for secret in SECRETS if secret in text and secret not in sql]
    assert not isinstance(found, str) or (found.endswith(".") and "\n" not in found and len(found) < 400)


def test_there_are_at_least_a_hundred_attempts() -> None:
    assert len({sql for _, sql in ALL}) >= 100


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT country, avg(score) AS s, count(*) AS n FROM cohorts GROUP BY country",
        "SELECT country, sum(score) AS s, sum(count(*)) OVER () AS n FROM cohorts GROUP BY country",
        "SELECT country, sum(score) AS s FROM cohorts GROUP BY ROLLUP (country)",
        "SELECT country, sum(score) AS s FROM cohorts GROUP BY GROUPING SETS ((country), ())",
        "SELECT country, plan, sum(score) AS s FROM cohorts GROUP BY CUBE (country, plan)",
        "SELECT age > 90 AS old, sum(score) AS s FROM cohorts GROUP BY old",
        "SELECT CASE WHEN amount > 90000 THEN 'whale' ELSE 'other' END AS k, avg(amount) AS a FROM orders GROUP BY k",
    ],
)
def test_a_small_cell_is_left_out_and_no_total_beside_gives_it_away(world: Any, sql: str) -> None:
    found = run_sql_aggregated(world.warehouse, sql=sql)
    small = {"Iceland", "Legacy", "whale", True}
    assert found.rows
    assert not [row for row in found.rows if small & {cell for cell in row if isinstance(cell, str | bool)}]
    totals = [row for row in found.rows if row[0] is None]
    assert all(value is None for row in totals for value in row[1:])
    assert any("fewer than 5 people" in caveat for caveat in found.caveats)


def test_the_condition_stands_in_the_sql_that_was_run(world: Any) -> None:
    found = run_sql_aggregated(world.warehouse, sql="SELECT plan, avg(score) AS s FROM cohorts GROUP BY plan")
    assert "HAVING count(DISTINCT customer_id) >= 5" in found.sql[0]
    again = world.warehouse.run(found.sql[0]).rows
    assert sorted(again) == [(row[0], pytest.approx(row[1])) for row in sorted(found.rows, key=str)]
    assert "Legacy" not in {row[0] for row in found.rows}
