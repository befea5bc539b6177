"""describe_data and data_quality: what there is and what became of every row, counted again by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tools.data.describe import DataResult, QualityResult
from tools.registry import run_tool
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]


def described(warehouse: Warehouse) -> DataResult:
    result = run_tool(warehouse, "describe_data")
    assert isinstance(result, DataResult)
    return result


@pytest.fixture(scope="module")
def rows(answers: Any) -> list[Row]:
    """Sixty answers of fifty customers, three of them without a usable score."""
    made = [*answers(25, 10, 12, plan="Starter"), *answers(1, 1, 1, plan="Growth")]
    made += [row | {"plan": "Growth"} for row in made[:7]]
    made += [
        row | {"nps_score": score}
        for row, score in zip(answers(3, 0, 0, plan="Growth"), (None, 11, "so-so"), strict=True)
    ]
    return [row | {"responded_at": f"2025-0{1 + i % 3}-{1 + i % 28:02d}"} for i, row in enumerate(made)]


@pytest.fixture(scope="module")
def survey(load: Load, rows: list[Row]) -> Warehouse:
    event = BusinessEvent.model_validate({"date": "2025-02-01"})
    customers = [
        {"customer_id": row["customer_id"], "joined_at": "2024-05-06", "tier": "AB"[i % 2]}
        for i, row in enumerate(rows[:50])
    ]
    return load(rows, customers=customers, options=LoadOptions(events={"price_rise": event}))


def test_responses_scores_customers_and_the_span_are_counted(survey: Warehouse, rows: list[Row], fact: Any) -> None:
    result = described(survey)
    assert (fact(result, "responses").value, fact(result, "scored_responses").value) == (60, 57)
    assert fact(result, "customers_who_answered").value == len({row["customer_id"] for row in rows[:57]}) == 50
    days = sorted(row["responded_at"] for row in rows)
    assert (fact(result, "first_answer").value, fact(result, "last_answer").value) == (days[0], days[-1])
    assert (result.first, result.as_of) == (days[0], days[-1])
    assert fact(result, "customers_rows", table="customers").value == 50
    assert result.tables == {"responses": 60, "customers": 50}


def test_dimensions_carry_their_values_and_events_their_day(survey: Warehouse) -> None:
    result = described(survey)
    dimensions = {item.name: (item.table, item.values) for item in result.dimensions}
    assert dimensions["plan"] == ("responses", ["Starter", "Growth"])
    assert dimensions["tier"] == ("customers", ["A", "B"])
    assert result.events == {"price_rise": "2025-02-01"}
    assert {"responded_at", "joined_at"} == set(result.times)
    assert result.table is not None and ["plan", 2, "Starter, Growth"] in result.table.rows


def test_a_long_list_of_values_is_cut_and_says_how_many_are_left(load: Load, answers: Any) -> None:
    rows = [row | {"store": f"Store {i % 20}"} for i, row in enumerate(answers(40, 40, 20))]
    (store,) = [item for item in described(load(rows)).dimensions if item.name == "store"]
    assert (len(store.values), store.more_values) == (12, 8)


def test_the_number_of_distinct_customers_comes_from_its_own_statement(survey: Warehouse, fact: Any) -> None:
    result = described(survey)
    customers = fact(result, "customers_who_answered")
    assert survey.run(result.sql[int(customers.source.split("#")[1]) - 1]).rows == [(50,)]


def test_data_without_dates_says_so(load: Load, answers: Any) -> None:
    result = described(load([*answers(9, 9, 9, plan="A"), *answers(9, 9, 9, plan="B")]))
    assert (result.as_of, result.first, result.times) == (None, None, [])
    assert result.caveats == ["The answers carry no dates, so nothing can be said over time."]


def test_every_row_is_accounted_for(load: Load, rows: list[Row], fact: Any) -> None:
    numbered = [{"response_id": f"id{i}", **row} for i, row in enumerate(rows)]
    result = run_tool(load([*numbered, *numbered[:4]]), "data_quality")
    assert isinstance(result, QualityResult)
    assert [fact(result, name).value for name in ("rows_read", "rows_kept", "scored_responses")] == [64, 60, 57]
    reasons: dict[str, dict[str, Any]] = {"rows_dropped": {}, "rows_without_score": {}}
    for item in result.facts:
        reasons.get(item.name, {})[item.where.get("reason", "")] = item.value
    dropped, unscored = reasons["rows_dropped"], reasons["rows_without_score"]
    assert dropped == {"exact duplicate row": 4}
    assert set(unscored.values()) == {1} and len(unscored) == 3
    assert (60 + sum(dropped.values()), 57 + sum(unscored.values())) == (64, 60)


def test_clean_data_has_nothing_dropped(load: Load, answers: Any) -> None:
    result = run_tool(load([*answers(9, 9, 9, plan="A"), *answers(9, 9, 9, plan="B")]), "data_quality")
    assert isinstance(result, QualityResult)
    assert {fact.name for fact in result.facts} == {"rows_read", "rows_kept", "scored_responses"}
    assert all(fact.value == 54 for fact in result.facts)
    assert result.table is not None and [row[1] for row in result.table.rows] == ["read", "kept", "scored"]


def test_the_demos_blemishes_are_found(pricing: Warehouse) -> None:
    result = run_tool(pricing, "data_quality")
    assert isinstance(result, QualityResult)
    figures = [(fact.name, fact.value, fact.where) for fact in result.facts]
    for table in result.report.tables:
        read = next(v for n, v, w in figures if n == "rows_read" and w.get("table", "responses") == table.table)
        kept = next(v for n, v, w in figures if n == "rows_kept" and w.get("table", "responses") == table.table)
        dropped = [v for n, v, w in figures if n == "rows_dropped" and w["table"] == table.table]
        assert isinstance(read, int) and isinstance(kept, int)
        assert read == kept + sum(value for value in dropped if isinstance(value, int))
