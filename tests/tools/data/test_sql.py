"""run_sql: one SELECT over known names, its values printable, its time limited, and nobody's address in it."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.data.sql import SqlResult
from tools.registry import run_tool
from warehouse.errors import NpsError, QueryLimitError, SqlRefusedError, UnknownNameError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]


def sql(warehouse: Warehouse, text: str, **arguments: Any) -> SqlResult:
    result = run_tool(warehouse, "run_sql", {"sql": text, **arguments})
    assert isinstance(result, SqlResult)
    return result


@pytest.fixture(scope="module")
def rows(answers: Any) -> list[Row]:
    draw = random.Random(2)
    made = [*answers(40, 30, 30, plan="Starter"), *answers(60, 30, 25, plan="Growth")]
    for i, row in enumerate(made):
        row |= {"customer_id": f"c{i % 80}", "e_mail": f"ann.{i % 80}@example.org"}
        row |= {"monthly_fee": draw.randrange(10, 900) / 4, "responded_at": f"2025-0{1 + i % 6}-11"}
    return made


@pytest.fixture(scope="module")
def survey(load: Load, rows: list[Row]) -> Warehouse:
    customers = [
        {"customer_id": f"c{i}", "e_mail": f"ann.{i}@example.org", "full_name": f"Ann Example{i}", "tier": "AB"[i % 2]}
        for i in range(80)
    ]
    return load(rows, customers=customers)


def test_an_average_is_that_of_the_rows(survey: Warehouse, rows: list[Row], fact: Any) -> None:
    result = sql(survey, "SELECT plan, avg(monthly_fee) AS fee, count(*) AS n FROM cohorts GROUP BY plan ORDER BY plan")
    assert result.columns == ["plan", "fee", "n"]
    for plan, own in (("Growth", rows[100:]), ("Starter", rows[:100])):
        assert fact(result, "fee", plan=plan).value == pytest.approx(sum(row["monthly_fee"] for row in own) / len(own))
        assert fact(result, "n", plan=plan).value == len(own)
    assert result.table is not None and result.table.rows == result.rows
    assert [column.unit for column in result.table.columns] == ["text", "number", "number"]
    assert any("not from a governed metric" in caveat for caveat in result.caveats)


def test_rows_past_the_limit_are_cut_and_that_is_said(survey: Warehouse) -> None:
    text = "SELECT response_id, score FROM responses ORDER BY response_id"
    cut, whole = sql(survey, text, limit=7), sql(survey, "SELECT plan, score FROM responses LIMIT 200")
    assert (len(cut.rows), cut.truncated) == (7, True)
    assert "Only the first 7 rows are shown." in cut.caveats
    assert (len(whole.rows), whole.truncated) == (200, False)
    assert len(sql(survey, text).rows) == 200 and sql(survey, text).truncated
    with pytest.raises(NpsError, match="less than or equal to 200"):
        sql(survey, text, limit=201)


def test_an_empty_result_is_no_failure(survey: Warehouse) -> None:
    result = sql(survey, "SELECT plan, score FROM responses WHERE score > 10")
    assert (result.rows, result.facts, result.truncated) == ([], [], False)


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        ("'nan'::DOUBLE", None),
        ("'-inf'::DOUBLE", None),
        ("'inf'::FLOAT", None),
        ("NULL", None),
        ("1.25::DECIMAL(6,2)", 1.25),
        ("12345678901234567890::HUGEINT", 12345678901234567890),
        ("TRUE", True),
        ("DATE '2025-03-01'", "2025-03-01"),
        ("TIMESTAMP '2025-03-01 00:00:00'", "2025-03-01"),
        ("TIMESTAMP '2025-03-01 10:30:00'", "2025-03-01 10:30:00"),
        ("INTERVAL 3 DAY", "3 days, 0:00:00"),
        ("[1.5, 2.25]", "[1.5, 2.25]"),
        ("['a', NULL]", '["a", null]'),
        ("[DATE '2025-03-01']", '["2025-03-01"]'),
        ("['nan'::DOUBLE, 1::DOUBLE]", "[null, 1.0]"),
        ("[[1, 2], [3]]", "[[1, 2], [3]]"),
        ("'Ünïcode – “quoted”'", "Ünïcode – “quoted”"),
    ],
)
def test_every_kind_of_value_is_printable(survey: Warehouse, expression: str, shown: object) -> None:
    result = sql(survey, f"SELECT {expression} AS v FROM responses LIMIT 1")
    assert result.rows == [[shown]]
    assert type(result.rows[0][0]) is type(shown)
    again = SqlResult.model_validate_json(result.model_dump_json())
    assert again.rows == result.rows
    json.loads(result.model_dump_json(), parse_constant=pytest.fail)


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("SELECT plan FROM responses WHERE plan = 'Startr'", UnknownNameError, "the nearest: Starter"),
        ("SELECT count(*) AS n FROM cohorts WHERE plan IN ('Growth', 'starter')", UnknownNameError, "Starter"),
        ("SELECT plam FROM responses", NpsError, "plan"),
        ("SELECT plan FROM respondents", NpsError, "responses"),
        ("DELETE FROM responses", SqlRefusedError, "SELECT"),
        ("DROP TABLE responses", SqlRefusedError, "SELECT"),
        ("SELECT 1 AS a; SELECT 2 AS b", SqlRefusedError, "one"),
        ("PRAGMA database_list", SqlRefusedError, "SELECT"),
        ("COPY responses TO 'stolen.csv'", SqlRefusedError, "SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", SqlRefusedError, "read_csv"),
        ("SELECT * FROM duckdb_settings()", SqlRefusedError, "duckdb_settings"),
        ("SELECT report FROM npsight_quality", NpsError, "npsight_quality"),
        ("SELEC plan FROM responses", SqlRefusedError, "SELECT"),
        ("", SqlRefusedError, "SELECT"),
        ("SELECT plan + 1 AS p FROM responses", SqlRefusedError, "could not run"),
    ],
)
def test_what_is_not_one_sound_select_is_refused(
    survey: Warehouse, text: str, error: type[NpsError], told: str
) -> None:
    with pytest.raises(error) as raised:
        run_tool(survey, "run_sql", {"sql": text})
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    "text",
    [
        "SELECT e_mail FROM responses",
        "SELECT E_MAIL FROM cohorts",
        'SELECT "e_mail (customers)" FROM cohorts',
        "SELECT full_name FROM customers",
        "SELECT upper(c.full_name) AS x FROM customers AS c",
        "SELECT max(e_mail) AS x FROM responses",
        "SELECT plan FROM responses UNION ALL SELECT full_name FROM customers",
        "SELECT count(*) AS n FROM responses WHERE e_mail LIKE 'ann.1%'",
        "SELECT plan FROM responses ORDER BY e_mail",
        "SELECT x FROM (SELECT full_name AS x FROM customers) AS t",
        "SELECT count(*) AS n FROM responses JOIN customers USING (customer_id, e_mail)",
        "SELECT c FROM customers AS c",
        "SELECT COLUMNS('mail') FROM responses",
    ],
)
def test_a_personal_column_cannot_be_named_in_any_way(survey: Warehouse, text: str) -> None:
    with pytest.raises(NpsError):
        run_tool(survey, "run_sql", {"sql": text})


@pytest.mark.parametrize("table", ["responses", "customers", "cohorts"])
def test_a_star_leaves_personal_columns_out(survey: Warehouse, table: str, whole: Any) -> None:
    result = sql(survey, f"SELECT * FROM {table}")
    assert not {"e_mail", "e_mail (customers)", "full_name"} & set(result.columns)
    assert "@example.org" not in whole(result) and "Ann Example" not in whole(result)


def test_addresses_that_tell_customers_apart_are_counted_but_never_listed(load: Load, answers: Any, whole: Any) -> None:
    rows = [
        {"e_mail": f"bob.{i % 30}@example.org", "nps_score": row["nps_score"], "plan": "AB"[i % 2]}
        for i, row in enumerate(answers(40, 25, 25))
    ]
    warehouse = load(rows)
    assert warehouse.catalog.tables["responses"].columns["customer_id"].personal
    for text in (
        "SELECT customer_id, count(*) AS n FROM responses GROUP BY customer_id",
        "SELECT * FROM cohorts",
        "SELECT customer_id FROM main.responses",
        "WITH x AS (SELECT customer_id AS who FROM responses) SELECT who FROM x",
        "SELECT list(customer_id) AS everybody FROM Responses",
        "(SELECT customer_id FROM responses) UNION (SELECT customer_id FROM cohorts)",
        "SELECT plan FROM responses WHERE customer_id = 'bob.1@example.org'",
    ):
        result = sql(warehouse, text)
        assert "@" not in whole(result)
        assert len(warehouse.run(result.sql[0]).rows) >= len(result.rows)
    counted = sql(warehouse, "SELECT count(DISTINCT customer_id) AS customers FROM responses")
    assert counted.rows == [[30]]
    joined = sql(warehouse, "SELECT count(*) AS n FROM responses AS a JOIN responses AS b USING (customer_id)")
    assert joined.rows == [[30 * 3 * 3]]
    nobody = sql(warehouse, "SELECT count(*) AS n FROM responses WHERE customer_id = 'bob.1@example.org'")
    assert nobody.rows == [[0]]


def test_a_query_without_end_is_stopped(survey: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NPSIGHT_QUERY_SECONDS", "0.3")
    tables = ", ".join(f"responses AS {name}" for name in "abcdef")
    product = " * ".join(f"{name}.monthly_fee" for name in "abcdef")
    endless = f"SELECT count(*) AS n FROM {tables} WHERE {product} > 1e9"
    with Warehouse(survey.folder) as limited:
        with pytest.raises(QueryLimitError, match=r"stopped after 0\.3 seconds.*NPSIGHT_QUERY_SECONDS"):
            sql(limited, endless)
        assert sql(limited, "SELECT count(*) AS n FROM responses").rows == [[215]]
