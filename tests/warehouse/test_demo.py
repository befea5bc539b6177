"""The pricing demo: what was planted can be found again, by plain SQL and numpy over the files."""

from __future__ import annotations

import csv
import json
import os
import re
import subprocess
import sys
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from warehouse.catalog import BusinessEvent
from warehouse.demo import DEMOS, DemoFiles, write_demo
from warehouse.errors import UnknownNameError

PLANS, BILLINGS = ("Starter", "Growth", "Scale"), ("monthly", "annual")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoFiles:
    return write_demo("pricing", tmp_path_factory.mktemp("pricing"))


@pytest.fixture(scope="module")
def truth(demo: DemoFiles) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(demo.truth.read_text(encoding="utf-8"))
    return loaded


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def connect(demo: DemoFiles) -> duckdb.DuckDBPyConnection:
    """Tables as text, and `answers`: the survey cleaned by hand and joined with the customers."""
    connection = duckdb.connect()
    for name, path in demo.tables.items():
        connection.execute(
            f"CREATE TABLE {name} AS FROM read_csv('{path}', all_varchar=true, header=true, quote='\"', escape='\"')"
        )
    connection.execute("""
        CREATE TABLE answers AS
        SELECT DISTINCT ON (s.response_id) s.response_id, s.customer_id, responded_at::TIMESTAMP AS moment, channel,
               regexp_extract(score, '^\\d+')::INT AS score, comment, c.billing, c.country, c.industry, c.company_size,
               upper(trim(plan))[1] || lower(trim(plan))[2:] AS plan,
               CASE WHEN responded_at >= '2025-07-01' THEN 1 WHEN responded_at >= '2025-01-01' THEN 0 END AS period,
               churned_at::DATE AS churned_at
        FROM survey s JOIN customers c USING (customer_id)
        WHERE regexp_matches(score, '^(\\d|10)( - .*)?$')""")
    connection.execute(
        "ALTER TABLE answers ADD COLUMN x INT; "
        "UPDATE answers SET x = CASE WHEN score >= 9 THEN 100 WHEN score <= 6 THEN -100 ELSE 0 END"
    )
    return connection


@pytest.fixture(scope="module")
def sql(demo: DemoFiles) -> duckdb.DuckDBPyConnection:
    return connect(demo)


def change(sql: duckdb.DuckDBPyConnection, where: str) -> tuple[float, float]:
    """NPS after minus before, and its standard error clustered by customer."""
    base = f"(SELECT customer_id, period, x FROM answers WHERE period IS NOT NULL AND ({where}))"
    old, new = sql.sql(f"SELECT avg(x) FILTER (period = 0), avg(x) FILTER (period = 1) FROM {base}").fetchall()[0]
    error = sql.sql(f"""
        WITH n AS (SELECT count(*) FILTER (period = 0) AS n0, count(*) FILTER (period = 1) AS n1 FROM {base}),
             pull AS (SELECT sum(CASE period WHEN 1 THEN (x - {new}) / n1 ELSE -(x - {old}) / n0 END) AS d
                      FROM {base}, n GROUP BY customer_id)
        SELECT sqrt(sum(d * d)) FROM pull""").fetchall()[0][0]
    return new - old, error


def test_an_unknown_demo_is_refused_with_the_names_of_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match=r"no demo 'moon'.*pricing"):
        write_demo("moon", tmp_path)


def test_every_demo_is_registered_under_its_name_with_a_one_line_story() -> None:
    for name, demo in DEMOS.items():
        assert demo.name == name
        assert demo.story and "\n" not in demo.story


def test_the_same_seed_gives_the_same_bytes_in_another_process_without_pandas(demo: DemoFiles, tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from warehouse.demo import write_demo\n"
        f"write_demo('pricing', pathlib.Path({str(tmp_path)!r}))\n"
        "assert not {'pandas', 'scipy', 'pyarrow', 'duckdb'} & set(sys.modules)"
    )
    root = Path(__file__).parents[2]
    environment = os.environ | {"PYTHONHASHSEED": "3", "PYTHONPATH": str(root)}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)
    for path in (*demo.tables.values(), demo.truth):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes(), path.name


def test_another_seed_gives_other_answers(demo: DemoFiles, tmp_path: Path) -> None:
    other = write_demo("pricing", tmp_path / "new folder", seed=8)
    assert other.tables["survey"].read_bytes() != demo.tables["survey"].read_bytes()


def test_writing_takes_less_than_three_seconds(tmp_path: Path) -> None:
    begin = time.perf_counter()
    write_demo("pricing", tmp_path)
    assert time.perf_counter() - begin < 3


def test_the_files_are_those_of_a_user(demo: DemoFiles) -> None:
    headers = {
        "survey": "response_id,customer_id,responded_at,score,comment,channel",
        "customers": "customer_id,email,plan,billing,country,industry,company_size,joined_at,churned_at,monthly_fee",
        "orders": "order_id,customer_id,ordered_at,amount",
        "events": "customer_id,occurred_at,event",
    }
    assert {name: path.name for name, path in demo.tables.items()} == {name: f"{name}.csv" for name in headers}
    for name, header in headers.items():
        assert demo.tables[name].open(encoding="utf-8").readline().strip() == header


def test_the_price_rise_is_an_event_that_the_catalog_takes(demo: DemoFiles) -> None:
    rise = BusinessEvent.model_validate(demo.business_events["price_rise"])
    assert str(rise.date) == "2025-07-01"
    assert rise.affects == {"billing": ["monthly"]}
    assert {"price increase", "price hike", "pricing change", "new prices"} <= set(rise.synonyms)


@pytest.mark.parametrize("seed", [7, 1, 20])
def test_cleaning_leaves_thirty_thousand_answers_by_nine_thousand_customers_over_eighteen_months(
    seed: int, tmp_path: Path
) -> None:
    demo = write_demo("pricing", tmp_path, seed=seed)
    sql = connect(demo)
    counted = sql.sql(
        "SELECT count(*), count(DISTINCT customer_id), min(moment)::DATE::TEXT, max(moment)::DATE::TEXT FROM answers"
    ).fetchall()
    assert counted == [(30_000, 9_000, "2024-07-01", "2025-12-31")]
    assert str(demo.as_of) == "2025-12-31"
    newest = (
        "SELECT greatest((SELECT max(ordered_at[:10]) FROM orders), (SELECT max(occurred_at[:10]) FROM events), "
        "max(responded_at[:10]), (SELECT max(churned_at) FROM customers)) FROM survey"
    )
    assert sql.sql(newest).fetchall() == [("2025-12-31",)]
    assert sql.sql("SELECT count(*) < 80000 FROM orders").fetchall() == [(True,)]
    assert sql.sql("SELECT count(*) < 60000 FROM events").fetchall() == [(True,)]


def test_the_blemishes_in_the_files_are_those_in_the_truth(demo: DemoFiles, truth: dict[str, Any]) -> None:
    survey = rows_of(demo.tables["survey"])
    told = truth["blemishes"]
    unlike = Counter(tuple(row.values()) for row in survey)
    distinct = [dict(zip(survey[0], row, strict=True)) for row in unlike]
    scores = Counter(row["score"] for row in survey)
    assert len(survey) == told["survey_rows"]
    assert sum(unlike.values()) - len(unlike) == told["exact_duplicate_rows"] == 60
    assert len({row["response_id"] for row in distinct}) == len(distinct)
    odd = {score: n for score, n in scores.items() if not re.fullmatch(r"\d|10", score)}
    assert odd == {"" if k == "blank" else k: n for k, n in told["invalid_scores"].items()} | told["labelled_scores"]
    assert set(odd) == {"", "-1", "11", "n/a", "10 - Extremely likely", "0 - Not at all likely"}
    spellings = Counter(row["plan"] for row in rows_of(demo.tables["customers"]))
    assert {plan: n for plan, n in spellings.items() if plan not in PLANS} == told["plan_spellings"]
    assert {plan.strip().capitalize() for plan in told["plan_spellings"]} == set(PLANS)
    assert 0.008 < (sum(odd.values()) + 60) / len(survey) < 0.012


def test_the_truth_states_the_nps_that_sql_counts(sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]) -> None:
    for period, name in enumerate(("before", "after")):
        n, promoters, detractors = sql.sql(
            "SELECT count(*), count_if(score >= 9), count_if(score <= 6) FROM answers "
            f"WHERE moment::DATE BETWEEN '{truth['periods'][name][:10]}' AND '{truth['periods'][name][12:]}' "
            f"AND period = {period}"
        ).fetchall()[0]
        told = truth["sample"][name]
        assert (told["n"], told["promoters"], told["detractors"]) == (n, promoters, detractors)
        assert told["nps"] == pytest.approx(100 * (promoters - detractors) / n)


@pytest.mark.parametrize(
    ("by", "columns", "where"),
    [
        ("plan", "plan", "true"),
        ("plan, billing", "plan, billing", "true"),
        ("plan, among monthly", "plan", "billing = 'monthly'"),
        ("plan, among annual", "plan", "billing = 'annual'"),
    ],
)
def test_the_truth_splits_the_change_into_mix_and_within_as_sql_does(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any], by: str, columns: str, where: str
) -> None:
    mix, within = sql.sql(f"""
        WITH cell AS (SELECT {columns}, count(*) FILTER (period = 0) AS n0, count(*) FILTER (period = 1) AS n1,
                             avg(x) FILTER (period = 0) AS r0, avg(x) FILTER (period = 1) AS r1
                      FROM answers WHERE {where} GROUP BY ALL),
             share AS (SELECT n0 / sum(n0) OVER () AS w0, n1 / sum(n1) OVER () AS w1, r0, r1 FROM cell)
        SELECT sum((w1 - w0) * (r0 + r1) / 2), sum((w0 + w1) / 2 * (r1 - r0)) FROM share""").fetchall()[0]
    told = truth["decomposition"][by]
    assert told["mix"] == pytest.approx(mix)
    assert told["within"] == pytest.approx(within)
    assert told["change"] == pytest.approx(change(sql, where)[0])
    assert sum(cell["mix"] + cell["within"] for cell in told["cells"]) == pytest.approx(told["change"])


def test_the_overall_nps_starts_near_twenty_five(sql: duckdb.DuckDBPyConnection) -> None:
    first_quarter = sql.sql("SELECT avg(x) FROM answers WHERE moment < '2024-10-01'").fetchall()[0][0]
    assert 21 < first_quarter < 29


@pytest.mark.parametrize(
    ("plan", "effect"), [("Starter", -22), ("Growth", -14), ("Scale", -5)], ids=["Starter", "Growth", "Scale"]
)
def test_monthly_customers_fall_as_planted(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any], plan: str, effect: int
) -> None:
    found, error = change(sql, f"plan = '{plan}' AND billing = 'monthly'")
    (told,) = (c for c in truth["expected"]["plan, billing"] if (c["plan"], c["billing"]) == (plan, "monthly"))
    assert told["change"] == pytest.approx(effect, abs=1)
    assert abs(found - told["change"]) < 3 * error
    assert abs(told["before"] - told["planted_before"]) < 1


def test_annual_customers_do_not_change_within_any_plan(sql: duckdb.DuckDBPyConnection) -> None:
    for plan in PLANS:
        found, error = change(sql, f"plan = '{plan}' AND billing = 'annual'")
        assert abs(found) < 2.5 * error, plan


def test_the_effect_on_the_monthly_is_found_by_difference_in_differences_within_plans(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    hit = dict(
        sql.sql("SELECT plan, count(*) FROM answers WHERE period = 1 AND billing = 'monthly' GROUP BY 1").fetchall()
    )
    total, variance = 0.0, 0.0
    for plan in PLANS:
        cells = [change(sql, f"plan = '{plan}' AND billing = '{billing}'") for billing in BILLINGS]
        weight = hit[plan] / sum(hit.values())
        total += weight * (cells[0][0] - cells[1][0])
        variance += weight**2 * (cells[0][1] ** 2 + cells[1][1] ** 2)
    told = truth["price_rise"]
    assert told["sample_difference_in_differences_within_plans"] == pytest.approx(total)
    assert abs(total - told["expected_effect_on_monthly_after"]) < 3 * variance**0.5


def test_the_fall_ramps_up_over_six_weeks(sql: duckdb.DuckDBPyConnection) -> None:
    levels = sql.sql("""
        SELECT avg(x) FILTER (moment >= '2025-04-01' AND moment < '2025-07-01'),
               avg(x) FILTER (moment >= '2025-07-01' AND moment < '2025-07-22'), avg(x) FILTER (moment >= '2025-08-12')
        FROM answers WHERE billing = 'monthly' AND plan = 'Starter'""").fetchall()[0]
    assert levels[0] > levels[1] > levels[2] + 5


def test_the_low_plan_grows_and_drags_the_nps_by_a_few_points(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    shares = sql.sql(
        "SELECT avg((plan = 'Starter')::INT) FROM answers GROUP BY date_trunc('quarter', moment) "
        "ORDER BY date_trunc('quarter', moment)"
    ).fetchall()
    assert all(later > earlier for (earlier,), (later,) in pairwise(shares))
    assert len(truth["starter_share_by_month"]) == 18
    assert -7 < truth["decomposition"]["plan"]["mix"] < -2
    assert truth["decomposition"]["plan"]["within"] < -6


@pytest.mark.parametrize("dimension", ["industry", "company_size", "channel"])
def test_dimensions_without_effect_show_none_beyond_noise(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any], dimension: str
) -> None:
    """Answers less the mean of their plan, billing and month; 3.5 clustered errors allow for 13 looks."""
    assert dimension in truth["dimensions_without_effect"]
    cells = sql.sql(f"""
        WITH rest AS (SELECT customer_id, {dimension} AS cell,
                             x - avg(x) OVER (PARTITION BY plan, billing, date_trunc('month', moment)) AS r
                      FROM answers),
             customer AS (SELECT cell, customer_id, sum(r) AS s FROM rest GROUP BY ALL)
        SELECT cell, sum(s), sqrt(sum(s * s)) FROM customer GROUP BY cell""").fetchall()
    assert all(abs(total) < 3.5 * error for _, total, error in cells)


def test_one_country_is_better_by_about_six_points(sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]) -> None:
    best = truth["country"]["better"]
    found = sql.sql(f"""
        WITH rest AS (SELECT country, x - avg(x) OVER (PARTITION BY plan, billing, date_trunc('month', moment)) AS r
                      FROM answers)
        SELECT avg(r) FILTER (country = '{best}') - avg(r) FILTER (country <> '{best}') FROM rest""").fetchall()[0][0]
    assert truth["country"]["points"] == pytest.approx(6, abs=0.5)
    assert found == pytest.approx(truth["country"]["points"], abs=5)  # about 3 clustered standard errors


def test_answers_of_one_customer_correlate_as_planted(sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]) -> None:
    """One-way analysis of variance of the scores less their cell's mean, n0 for unequal group sizes."""
    size, total, square = (
        np.array(column, dtype=float)
        for column in zip(
            *sql.sql("""
                WITH rest AS (SELECT customer_id, score - avg(score) OVER
                                  (PARTITION BY plan, billing, date_trunc('month', moment)) AS r FROM answers)
                SELECT count(*), sum(r), sum(r * r) FROM rest GROUP BY customer_id""").fetchall(),
            strict=True,
        )
    )
    n, groups = size.sum(), len(size)
    between = (total**2 / size).sum() - total.sum() ** 2 / n
    within = (square - total**2 / size).sum() / (n - groups)
    n0 = (n - (size**2).sum() / n) / (groups - 1)
    component = (between / (groups - 1) - within) / n0
    icc = component / (component + within)
    assert truth["repeated_answers"]["icc_score"] == pytest.approx(0.30, abs=0.02)
    assert icc == pytest.approx(truth["repeated_answers"]["icc_score"], abs=0.03)


def test_detractors_leave_likelier_and_only_after_their_last_answer(
    sql: duckdb.DuckDBPyConnection, truth: dict[str, Any]
) -> None:
    told = truth["churn"]
    last = (
        "SELECT max_by(x, moment) AS x, max(moment)::DATE AS day, any_value(churned_at) AS gone "
        "FROM answers GROUP BY customer_id"
    )
    assert sql.sql(f"SELECT count_if(gone <= day) FROM ({last})").fetchall() == [(0,)]
    shares = dict(
        sql.sql(
            f"SELECT x, avg((gone IS NOT NULL)::INT) FROM ({last}) "
            f"WHERE day <= '{told['whole_for_last_answers_until']}' GROUP BY x"
        ).fetchall()
    )
    for x, name in ((-100, "detractor"), (0, "passive"), (100, "promoter")):
        assert shares[x] == pytest.approx(told["share_by_class_of_last_answer"][name], abs=0.06)


def test_invoices_follow_the_price_and_stop_when_the_customer_leaves(
    sql: duckdb.DuckDBPyConnection,
) -> None:
    after_leaving = "SELECT count(*) FROM orders JOIN customers USING (customer_id) WHERE ordered_at > churned_at"
    too_soon = "SELECT count(*) FROM orders JOIN customers USING (customer_id) WHERE ordered_at < joined_at"
    assert sql.sql(after_leaving).fetchall() == sql.sql(too_soon).fetchall() == [(0,)]
    rises = dict(
        sql.sql("""
            WITH fee AS (SELECT billing, customer_id, avg(amount::DOUBLE) FILTER (ordered_at >= '2025-07-01')
                                / avg(amount::DOUBLE) FILTER (ordered_at < '2025-07-01') - 1 AS rise
                         FROM orders JOIN customers USING (customer_id) GROUP BY ALL)
            SELECT billing, avg(rise) FROM fee WHERE rise IS NOT NULL GROUP BY billing""").fetchall()
    )
    assert rises["monthly"] == pytest.approx(0.15, abs=0.001)
    assert rises["annual"] == 0


def test_upgrades_come_before_the_first_answer_so_that_the_plan_holds_for_all_of_them(
    sql: duckdb.DuckDBPyConnection,
) -> None:
    first = "SELECT customer_id, min(moment)::DATE AS day FROM answers GROUP BY 1"
    late = sql.sql(
        f"SELECT count(*), count_if(occurred_at::DATE >= day) FROM events JOIN ({first}) USING (customer_id) "
        "WHERE event = 'upgrade'"
    ).fetchall()[0]
    assert late[0] > 100
    assert late[1] == 0
