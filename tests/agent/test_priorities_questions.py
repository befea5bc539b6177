"""Questions for the order of things reach `priorities`, others do not, and the answer says what it assumed."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import Any

import pytest

from agent.ask import ask
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.plan import plan
from agent.builtin.understand import understand
from agent.builtin.writing import write
from tools.explain.priorities import priorities
from warehouse.catalog import Catalog
from warehouse.workspace import Warehouse, make_workspace


def call_of(question: str, catalog: Catalog) -> tuple[str, dict[str, Any]]:
    (call, *_more) = plan(understand(question, catalog, build_lexicon(catalog)), catalog)
    return call.tool, call.arguments


@pytest.mark.parametrize(
    ("question", "arguments"),
    [
        ("What should we look at first?", {}),
        ("where should we start?", {}),
        ("Where to begin?", {}),
        ("what should we fix first?", {}),
        ("what should we tackle first", {}),
        ("what matters most?", {}),
        ("what are our priorities?", {}),
        ("What should we prioritise?", {}),
        ("top 3 problems", {"top": 3}),
        ("what are our top three problems?", {"top": 3}),
        ("Give me the 5 biggest problems", {"top": 5}),
        ("biggest lever", {}),
        ("What is our biggest lever in the North?", {"where": {"region": "North"}}),
        ("what would lift NPS most?", {}),
        ("what would lift our NPS the most", {}),
        ("where do we lose most points?", {}),
        ("where are we losing points?", {}),
        ("what is most urgent?", {}),
        ("what needs attention first?", {}),
        ("What would move the needle?", {}),
        ("What should we look at first for Starter?", {"where": {"plan": "Starter"}}),
        ("what should we fix first in Q1?", {"period": "2025-Q1"}),
        ("where should we start by region?", {"by": ["region"]}),
        ("what should we fix first except Starter?", {"where": {"plan": ["Growth", "Scale Up"]}}),
        ("what is most urgent, Q2 against Q1?", {"period": "2025-Q2", "before": "2025-Q1"}),
        ("top 5 priorities for Growth by region", {"where": {"plan": "Growth"}, "by": ["region"], "top": 5}),
    ],
)
def test_what_to_look_at_first(question: str, arguments: dict[str, Any], warehouse_catalog: Catalog) -> None:
    assert call_of(question, warehouse_catalog) == ("priorities", arguments)


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("What matters most to customers?", "key_drivers"),
        ("What drives NPS?", "key_drivers"),
        ("What should we improve first?", "key_drivers"),
        ("Where are we weak?", "find_outliers"),
        ("which segments stand out", "find_outliers"),
        ("What was NPS in the first quarter?", "nps"),
    ],
)
def test_what_asks_for_something_else_keeps_its_tool(question: str, tool: str, warehouse_catalog: Catalog) -> None:
    assert call_of(question, warehouse_catalog)[0] == tool


@pytest.mark.parametrize(
    "question",
    [
        "What should we fix first for Premium?",
        "what should we fix first by month?",
        "how many people should we look at first?",
        "should we start a survey?",
        "top 40 problems",
    ],
)
def test_what_is_not_understood_is_declined(question: str, warehouse_catalog: Catalog) -> None:
    with pytest.raises(Refusal):
        understand(question, warehouse_catalog, build_lexicon(warehouse_catalog))


CELLS = {"Starter": ((95, 60, 95), (25, 60, 165)), "Growth": ((150, 60, 40),) * 2, "Scale": ((150, 60, 40),) * 2}


@pytest.fixture(scope="module")
def falling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Starter falls from 0 to -56 while the others stay at +44."""
    folder = tmp_path_factory.mktemp("falling")
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "answered_on", "plan", "nps_score"])
        number = 0
        for plan_name, quarters in CELLS.items():
            for quarter, counts in enumerate(quarters):
                for score, count in zip((9, 7, 3), counts, strict=True):
                    for i in range(count):
                        number += 1
                        day = f"2025-0{1 + 3 * quarter + i % 3}-{1 + i % 30 if i % 3 != 1 else 1 + i % 28:02d}"
                        writer.writerow([f"r{number}", day, plan_name, score])
    make_workspace([folder / "answers.csv"], folder / "ws")
    with Warehouse(folder / "ws") as opened:
        yield opened


def test_the_answer_leads_with_what_to_look_at_and_says_what_it_assumed(falling: Warehouse) -> None:
    answer = ask("What should we look at first?", falling, record=False)
    assert answer.status == "answered" and [call.name for call in answer.tools] == ["priorities"]
    first, *_rest = answer.text.replace("**", "").split("\n")
    # A third of the answers stands at -28, the others at +44.
    assert first.startswith("Look first at plan Starter: it costs the overall NPS 24.0 points (95% interval [+")
    assert first.endswith("and it is getting worse.")
    assert "fell by 56.0 points from 2025-Q1 to 2025-Q2" in answer.text
    for words in ("effort not known", "What was assumed", "not a forecast", "experiment"):
        assert words in answer.text


def test_nothing_to_look_at_is_an_answer(falling: Warehouse) -> None:
    answer = ask("What should we look at first, except Starter?", falling, record=False)
    assert answer.status == "answered" and answer.text.startswith("Nothing stands out")


def test_a_short_version_is_there_for_executives(falling: Warehouse) -> None:
    result, frame = priorities(falling), Frame("tool", tool="priorities")
    long, short = (write(frame, [result], falling.catalog, audience) for audience in (None, "executive"))
    assert len(short) < len(long) and short.split("\n")[0] == long.split("\n")[0]
    assert "not a forecast" in short and "What was assumed" not in short
