"""All tools: their examples run, their results are JSON, and what they claim can be traced and run again."""

from __future__ import annotations

import json
import math
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tools.registry import TOOLS, Tool, arguments_model, find_tool, run_tool
from tools.result import Result
from warehouse.errors import NpsError, UnknownNameError
from warehouse.workspace import Warehouse

CALLS: list[tuple[str, dict[str, Any]]] = [
    *((name, tool.example) for name, tool in TOOLS.items()),
    ("nps", {}),
    ("nps", {"by": ["plan", "country"], "grain": "quarter", "detail": True}),
    ("nps", {"by": ["joined_at:year"], "where": {"billing": ["monthly", None]}}),
    ("compare", {"group": {"plan": "Starter"}, "period": "2025"}),
    ("compare", {"group": {"plan": "Starter"}, "against": {"plan": "Growth"}}),
    ("trend", {}),
    ("trend", {"grain": "week", "period": "last 90 days"}),
    ("decompose_change", {"before": "2025-Q2", "after": "2025-Q4"}),
    (
        "decompose_change",
        {"before": "2025-H1", "after": "2025-H2", "by": ["plan", "billing"], "where": {"country": "Germany"}},
    ),
    ("find_outliers", {"depth": 1}),
    ("run_sql", {"sql": "SELECT * FROM cohorts", "limit": 3}),
    ("run_sql", {"sql": "SELECT stddev(amount) AS sd FROM orders WHERE amount < -1"}),
]
calls = pytest.mark.parametrize(("name", "arguments"), CALLS, ids=[f"{name}-{i}" for i, (name, _) in enumerate(CALLS)])


@pytest.fixture(scope="module")
def results(pricing: Warehouse) -> dict[str, Result]:
    return {json.dumps(call): run_tool(pricing, *call) for call in CALLS}


def leaves(value: Any) -> Iterator[Any]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    if children is None:
        yield value
    for child in children or ():
        yield from leaves(child)


@calls
def test_a_result_comes_back_from_json_as_it_went(
    results: dict[str, Result], name: str, arguments: dict[str, Any]
) -> None:
    result = results[json.dumps((name, arguments))]
    text = result.model_dump_json()
    again = type(result).model_validate_json(text)
    assert again.model_dump_json() == text
    assert again.facts == result.facts and again.table == result.table and again.chart == result.chart
    assert json.loads(text, parse_constant=pytest.fail) == result.model_dump(mode="json")
    assert all(math.isfinite(leaf) for leaf in leaves(result.model_dump()) if isinstance(leaf, float))


@calls
def test_facts_have_ids_of_their_own_and_come_from_a_statement_that_was_run(
    results: dict[str, Result], name: str, arguments: dict[str, Any]
) -> None:
    result = results[json.dumps((name, arguments))]
    ids = [fact.id for fact in result.facts]
    assert len(set(ids)) == len(ids)
    for fact in result.facts:
        tool, statement = fact.source.split("#")
        assert tool == name and 1 <= int(statement) <= len(result.sql)
        assert (fact.value is None) == (fact.reason is not None)
        if fact.low is not None and fact.high is not None:
            assert fact.low <= float(fact.value or 0.0) <= fact.high


@calls
def test_the_statements_run_as_they_stand(
    pricing: Warehouse, results: dict[str, Result], name: str, arguments: dict[str, Any]
) -> None:
    result = results[json.dumps((name, arguments))]
    assert result.sql
    for statement in result.sql:
        assert pricing.run(statement).sql == statement


@calls
def test_the_same_question_gets_the_same_answer(
    pricing: Warehouse, results: dict[str, Result], name: str, arguments: dict[str, Any]
) -> None:
    assert run_tool(pricing, name, arguments).facts == results[json.dumps((name, arguments))].facts


@calls
def test_ids_that_a_result_refers_to_are_those_of_its_facts(
    results: dict[str, Result], name: str, arguments: dict[str, Any]
) -> None:
    result = results[json.dumps((name, arguments))]
    referred = {
        leaf for leaf in leaves(result.model_dump()) if isinstance(leaf, str) and leaf[:1] == "F" and leaf[1:].isdigit()
    }
    assert referred <= {fact.id for fact in result.facts} or name == "run_sql"


def test_figures_of_a_table_are_figures_of_facts(results: dict[str, Result]) -> None:
    for (name, _arguments), result in zip(CALLS, results.values(), strict=True):
        if name in ("describe_data", "data_quality") or result.table is None:
            continue
        known = {v for fact in result.facts for v in (fact.value, fact.low, fact.high, fact.n)}
        points = [i for i, column in enumerate(result.table.columns) if column.unit == "points"]
        assert {row[i] for row in result.table.rows for i in points} <= known | {None}, name


def test_tools_may_be_called_from_several_threads_at_once(pricing: Warehouse, results: dict[str, Result]) -> None:
    answers: dict[str, Result] = {}

    def ask(call: tuple[str, dict[str, Any]]) -> None:
        answers[json.dumps(call)] = run_tool(pricing, *call)

    threads = [threading.Thread(target=ask, args=(call,)) for call in CALLS[:8]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {key: result.facts for key, result in answers.items()} == {key: results[key].facts for key in answers}
    assert len(answers) == 8


def test_an_unknown_tool_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"no tool 'find_outlier'; the nearest: find_outliers"):
        find_tool("find_outlier")


@pytest.mark.parametrize("tool", TOOLS.values(), ids=TOOLS)
def test_a_tool_has_a_description_and_refuses_what_it_does_not_know(pricing: Warehouse, tool: Tool) -> None:
    assert tool.description.split("\n")[0].endswith((".", ":")) or len(tool.description) > 40
    assert arguments_model(tool.name).model_json_schema()["additionalProperties"] is False
    with pytest.raises(NpsError, match=rf"The tool {tool.name} has no parameter 'nonsense'; it has: "):
        run_tool(pricing, tool.name, {**tool.example, "nonsense": 1})
