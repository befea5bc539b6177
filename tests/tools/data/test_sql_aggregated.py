"""run_sql for a chat model that may not read rows, the planner's own SQL through it, and redacted comments."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from agent.builtin.frame import Frame
from agent.builtin.plan import plan
from tools.data.sql import SqlResult, column_kinds, run_sql_aggregated
from tools.registry import run_tool
from warehouse.errors import MissingDataError, NpsError, SqlRefusedError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]


@pytest.fixture(scope="module")
def rows(answers: Any) -> list[Row]:
    draw = random.Random(4)
    made = [*answers(40, 30, 30, plan="Starter"), *answers(60, 30, 25, plan="Growth"), *answers(2, 1, 1, plan="Rare")]
    for i, row in enumerate(made):
        row |= {"customer_id": f"c{i % 150}", "monthly_fee": draw.randrange(10, 900) / 4}
        row |= {
            "responded_at": f"2025-0{1 + i % 6}-11",
            "comment": "" if i % 3 else f"Too slow {i} times, ring me on +49 170 1234567",
        }
    return made


@pytest.fixture(scope="module")
def survey(load: Load, rows: list[Row]) -> Warehouse:
    return load(rows)


def test_cells_below_the_base_are_left_out_and_that_is_said(survey: Warehouse, rows: list[Row]) -> None:
    result = run_sql_aggregated(survey, sql="SELECT plan, count(*) AS n FROM responses GROUP BY plan ORDER BY plan")
    assert result.rows == [["Growth", 115], ["Starter", 100]]
    assert any("fewer than 5 people" in caveat for caveat in result.caveats)
    assert {row["plan"] for row in rows} == {"Growth", "Starter", "Rare"}


def anonymous(rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name != "customer_id"} for row in rows]


def test_nobody_and_too_few_and_all_but_a_few_are_told_in_the_same_words(survey: Warehouse, rows: list[Row]) -> None:
    said = set()
    lowest = min(row["monthly_fee"] for row in rows)
    for condition in ("plan = 'Rare'", "monthly_fee > 100000", f"monthly_fee > {lowest}"):
        with pytest.raises(MissingDataError) as raised:
            run_sql_aggregated(survey, sql=f"SELECT avg(score) AS s FROM responses WHERE {condition}")
        said.add(str(raised.value))
    assert len(said) == 1


def test_one_person_who_answered_often_is_one_person(load: Load, answers: Any) -> None:
    often = [row | {"customer_id": "c1", "team": "North"} for row in answers(5, 4, 3)]
    others = [row | {"customer_id": f"d{i}", "team": "South"} for i, row in enumerate(answers(5, 4, 3))]
    warehouse = load([*often, *others])
    found = run_sql_aggregated(warehouse, sql="SELECT team, count(*) AS n FROM responses GROUP BY team")
    assert found.rows == [["South", 12]]


def test_without_customer_ids_each_answer_counts_as_a_person(load: Load, answers: Any) -> None:
    warehouse = load(anonymous([*answers(5, 4, 3, team="North"), *answers(2, 1, 1, team="South")]))
    found = run_sql_aggregated(warehouse, sql="SELECT team, count(*) AS n FROM responses GROUP BY team")
    assert found.rows == [["North", 12]]
    assert "count(*) >= 5" in found.sql[0]


def test_the_base_is_that_of_the_catalog(load: Load, rows: list[Row]) -> None:
    warehouse = load(rows)
    warehouse.catalog.minimum_base.cell = 110
    found = run_sql_aggregated(warehouse, sql="SELECT plan, count(*) AS n FROM responses GROUP BY plan")
    assert found.rows == [["Growth", 115]]


def test_errors_of_the_engine_quote_nothing_of_the_data(survey: Warehouse) -> None:
    with pytest.raises(SqlRefusedError, match="a value in the data does not fit") as raised:
        run_sql_aggregated(survey, sql="SELECT count(*) AS n FROM responses WHERE plan = 5")
    assert not [word for word in ("Starter", "Growth", "Rare") if word in str(raised.value)]


def test_only_tables_that_tell_customers_apart_have_a_person(survey: Warehouse, load: Load, answers: Any) -> None:
    assert column_kinds(survey)["responses"]["customer_id"] == "person"
    assert "person" not in column_kinds(load(anonymous(answers(5, 4, 3))))["responses"].values()
    assert (
        column_kinds(survey)["responses"] | {"comment": "text", "score": "score"} == column_kinds(survey)["responses"]
    )


def test_comments_come_back_redacted_to_people_and_everything_else_as_it_is(survey: Warehouse) -> None:
    text = "SELECT comment, customer_id, plan, responded_at, list(comment) OVER () AS l FROM responses LIMIT 1"
    result = run_tool(survey, "run_sql", {"sql": text})
    assert isinstance(result, SqlResult)
    whole = result.model_dump_json()
    assert "1234567" not in whole and "[phone]" in whole
    assert result.rows[0][1:4] == ["c0", "Starter", "2025-01-11"]


# The planner's own SQL

FRAMES: dict[str, Frame] = {
    "average": Frame(op="average"),
    "average of a number by plan": Frame(op="average", measure="monthly_fee", by=["plan"]),
    "average by month": Frame(op="average", grain="month"),
    "average by quarter of a plan": Frame(op="average", grain="quarter", where={"plan": ["Starter"]}),
    "customers by plan": Frame(op="customers", by=["plan"]),
    "customers in a period": Frame(op="customers", period="2025-Q1"),
    "commented": Frame(op="commented"),
    "commented promoters": Frame(op="commented", classes=["promoter"]),
    "single scores": Frame(op="scores", scores=[0, 1, 3]),
    "single scores in a period": Frame(op="scores", scores=[10], period="2025-03"),
    "share of a value": Frame(op="value_share", where={"plan": ["Starter", "Rare"]}),
}


def planned(frame: Frame, warehouse: Warehouse) -> str:
    (call,) = plan(frame, warehouse.catalog)
    return str(call.arguments["sql"])


@pytest.mark.parametrize("name", FRAMES)
def test_the_planners_sql_passes_and_keeps_its_numbers(survey: Warehouse, name: str) -> None:
    text = planned(FRAMES[name], survey)
    plain = run_tool(survey, "run_sql", {"sql": text})
    assert isinstance(plain, SqlResult)
    safe = run_sql_aggregated(survey, sql=text)
    assert safe.rows and safe.columns == plain.columns
    assert safe.rows == [row for row in plain.rows if row[0] != "Rare"]


@pytest.mark.parametrize(
    "frame",
    [
        Frame(op="average", where={"plan": ["Rare"]}),
        Frame(op="customers", where={"plan": ["Rare"]}),
        Frame(op="commented", where={"plan": ["Rare"]}),
        Frame(op="scores", scores=[0], where={"plan": ["Rare"]}),
        Frame(op="value_share", where={"plan": ["Rare"]}),
    ],
    ids=lambda frame: frame.op,
)
def test_the_planners_sql_tells_nothing_of_a_few_people(survey: Warehouse, frame: Frame) -> None:
    with pytest.raises(NpsError, match="fewer than 5 people"):
        run_sql_aggregated(survey, sql=planned(frame, survey))
