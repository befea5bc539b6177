"""Follow-ups that lift a filter, go back, point at a place in a list, or ask for nothing; and two questions at once."""

from __future__ import annotations

from typing import Any

import pytest

from agent.answer import Answer
from agent.ask import ask
from agent.builtin.compound import parts
from agent.conversation import Conversation
from warehouse.workspace import Warehouse


def told(own: Warehouse, *questions: str) -> Answer:
    """The answer to the last question of a conversation."""
    with Conversation(own.folder) as conversation:
        return [ask(question, own, conversation=conversation, record=False) for question in questions][-1]


def where_of(answer: Answer) -> dict[str, Any]:
    return next((call.arguments.get("where", {}) for call in answer.tools), {})


@pytest.mark.parametrize(
    ("questions", "where"),
    [
        (["NPS for Starter in the North", "for all regions"], {"plan": "Starter"}),
        (["NPS for Starter in the North", "without the region filter"], {"plan": "Starter"}),
        (["NPS for Starter in the North", "and for all plans?"], {"region": "North"}),
        (["NPS for Starter in the North", "now for all customers"], {}),
        (["NPS for Starter in the North", "back to the overall figure"], {}),
        (["NPS for Starter", "and for Growth?", "back to Starter"], {"plan": "Starter"}),
        (["Rank the plans by NPS", "tell me more about the second one"], {"plan": "Starter"}),
        (["Which plan has the lowest NPS?", "the third one"], {"plan": "Scale Up"}),
        (["NPS for Starter", "thanks!", "and for Growth?"], {"plan": "Growth"}),
        (["NPS for Starter", "you are quick", "and for Growth?"], {"plan": "Growth"}),
        (["NPS for Starter", "sorry, Growth"], {"plan": "Growth"}),
        (["NPS for Starter", "olny in the North"], {"plan": "Starter", "region": "North"}),
    ],
)
def test_a_filter_is_lifted_changed_or_kept(own: Warehouse, questions: list[str], where: dict[str, Any]) -> None:
    answer = told(own, *questions)
    assert answer.status == "answered", answer.text
    assert where_of(answer) == where


def test_the_same_as_a_table_is_the_same(own: Warehouse) -> None:
    first, again = told(own, "NPS by plan"), told(own, "NPS by plan", "as a table, please")
    assert [call.arguments for call in first.tools] == [call.arguments for call in again.tools]


@pytest.mark.parametrize(
    ("questions", "group", "against"),
    [
        (["Which plan has the lowest NPS?", "and the highest?", "compare those two"], "Scale Up", "Growth"),
        (["Compare Starter with Growth", "and Growth with Scale Up?"], "Growth", "Scale Up"),
    ],
)
def test_two_that_were_told_are_compared(own: Warehouse, questions: list[str], group: str, against: str) -> None:
    call = told(own, *questions).tools[0]
    assert call.name == "compare"
    assert {call.arguments["group"]["plan"], call.arguments["against"]["plan"]} == {group, against}


def test_why_after_two_periods_asks_for_what_lies_between_them(own: Warehouse) -> None:
    call = told(own, "NPS in Q1 2025", "and in Q2?", "why?").tools[0]
    assert (call.name, call.arguments["before"], call.arguments["after"]) == ("decompose_change", "2025-Q1", "2025-Q2")


def test_since_then_begins_after_the_period_that_was_told(own: Warehouse) -> None:
    answer = told(own, "What was our NPS before the price rise?", "and since then?")
    assert answer.tools[0].arguments["period"].startswith(("2025-04", "2025-Q2"))


@pytest.mark.parametrize("question", ["thanks!", "ok, nice", "Hi there!"])
def test_a_word_of_thanks_is_no_question(own: Warehouse, question: str) -> None:
    assert told(own, "NPS for Starter", question).status == "clarify"


@pytest.mark.parametrize("last", ["for all versions", "back to the roots", "the ninth one", "compare those two"])
def test_what_cannot_be_meant_is_never_answered(own: Warehouse, last: str) -> None:
    assert told(own, "NPS for Starter", last).status in ("clarify", "declined")


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What is our NPS and which plan is lowest?", 2),
        ("NPS of Growth, and how many answers come from the North?", 2),
        ("For Starter, tell me the NPS and the average score", 2),
        ("Which plan is best and which is worst?", 1),
        ("Compare Starter and Growth", 1),
        ("NPS by plan and region", 1),
        ("NPS of Growth and the number of answers behind it", 1),
        ("How many are promoters and how many detractors?", 1),
        ("NPS fell in March. Why?", 1),
    ],
)
def test_a_sentence_is_taken_apart_only_where_each_part_asks(question: str, expected: int) -> None:
    assert len(parts(question)) == expected


def test_each_part_keeps_its_own_group(own: Warehouse) -> None:
    answer = told(own, "NPS of Growth, and how many answers come from the North?")
    assert [call.arguments.get("where") for call in answer.tools] == [{"plan": "Growth"}, {"region": "North"}]


def test_a_part_without_a_group_is_about_that_of_the_other_and_says_so(own: Warehouse) -> None:
    answer = told(own, "For Starter, tell me the NPS and the average score")
    assert "read as" in answer.text
    assert "'Starter'" in next(call.arguments["sql"] for call in answer.tools if call.name == "run_sql")


def test_our_nps_stays_that_of_all(own: Warehouse) -> None:
    answer = told(own, "What is our overall NPS and how many answers come from the North?")
    assert where_of(answer) == {}


def test_where_one_part_is_not_understood_neither_is_answered(own: Warehouse) -> None:
    answer = told(own, "What is our NPS and how many unicorns are there?")
    assert answer.status == "clarify"
    assert answer.options[0] == "What is our NPS"
