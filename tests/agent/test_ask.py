"""What a user gets back for a question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.answer import Answer
from agent.ask import ask
from agent.scripted import ScriptedChatModel, call
from tools.result import Fact
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse


def fact(answer: Answer, name: str) -> Fact:
    """The first fact of a name."""
    return next(item for item in answer.facts if item.name == name)


def nps_of(answer: Answer, where: dict[str, str]) -> float:
    """The NPS of exactly one cell."""
    value = next(item.value for item in answer.facts if item.name == "nps" and item.where == where)
    assert isinstance(value, float)
    return value


def test_the_overall_nps_is_the_one_counted_by_hand(warehouse: Warehouse) -> None:
    answer = ask("What is our NPS?", warehouse)
    promoters, detractors, n = 170, 82, 300
    assert answer.status == "answered"
    assert fact(answer, "nps").value == pytest.approx(100 * (promoters - detractors) / n)
    assert fact(answer, "nps").n == n
    assert "+29.3" in answer.text
    assert "n = 300" in answer.text


def test_an_answer_carries_interval_sql_tools_and_a_run_record(warehouse: Warehouse) -> None:
    answer = ask("What is our NPS?", warehouse)
    top = fact(answer, "nps")
    assert top.low is not None
    assert top.high is not None
    assert top.low < top.value < top.high  # type: ignore[operator]
    assert answer.sql
    assert answer.tools[0].name == "nps"
    assert answer.path == "governed"
    record = json.loads((warehouse.folder / "runs" / f"{answer.run}.json").read_text(encoding="utf-8"))
    assert Answer.model_validate(record["answer"]).text == answer.text


def test_a_governed_question_takes_two_model_calls(warehouse: Warehouse) -> None:
    assert ask("NPS by plan", warehouse).usage.model_calls == 2


def test_the_same_question_gives_the_same_answer(warehouse: Warehouse) -> None:
    first, second = (ask("Where are we weak?", warehouse, record=False) for _ in range(2))
    assert first.text == second.text
    assert first.facts == second.facts


@pytest.mark.parametrize(
    ("question", "where", "counts"),
    [
        ("NPS for Starter", {"plan": "Starter"}, (50, 30, 100)),
        ("nps of growth customers in the north", {"plan": "Growth", "region": "North"}, (40, 5, 50)),
        ("What was NPS in March 2025?", {"period": "2025-03"}, (40, 5, 50)),
        ("NPS last quarter", {"period": "2025-Q2"}, (80, 47, 150)),
        ("how do scale up customers rate us", {"plan": "Scale Up"}, (70, 17, 100)),
        ("NPS since May", {"period": "2025-05-01..2025-06-30"}, (70, 17, 100)),
    ],
)
def test_filters_and_periods_are_applied(
    warehouse: Warehouse, question: str, where: dict[str, str], counts: tuple[int, int, int]
) -> None:
    answer = ask(question, warehouse, record=False)
    promoters, detractors, n = counts
    assert nps_of(answer, where) == pytest.approx(100 * (promoters - detractors) / n)


def test_a_ranking_names_the_lowest_and_says_whether_it_differs(warehouse: Warehouse) -> None:
    answer = ask("Which region has the lowest NPS?", warehouse, record=False)
    assert answer.text.startswith("**South**")
    assert "differ" in answer.text


def test_a_comparison_tests_the_difference(warehouse: Warehouse) -> None:
    answer = ask("Is Growth better than Starter?", warehouse, record=False)
    assert fact(answer, "nps_difference").value == pytest.approx(15 - 20)
    assert "not clearly different" in answer.text


def test_a_false_premise_is_contradicted(warehouse: Warehouse) -> None:
    answer = ask("Why did NPS fall from April 2025 to June 2025?", warehouse, record=False)
    assert answer.text.startswith("No, the opposite")
    assert "rose by 126.0 points" in answer.text
    assert "not comparable in plan" in answer.text


def test_an_event_is_compared_before_and_after_without_claiming_a_cause(warehouse: Warehouse) -> None:
    answer = ask("Did the price rise hurt NPS, and whom?", warehouse, record=False)
    effects = {f.name: f.value for f in answer.facts if f.where.get("dimension") == "region" and f.unit == "points"}
    total = fact(answer, "nps_difference").value
    assert isinstance(total, float)
    assert effects["mix_effect"] + effects["within_effect"] == pytest.approx(total)  # type: ignore[operator]
    assert "not that the price rise was the cause" in answer.text


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("NPS by eye colour", "eye colour"),
        ("What will our NPS be next quarter?", "forecast"),
        ("How do we compare with the industry average?", "other companies"),
        ("NPS of the Tokyo plan", "Tokyo"),
        ("What was NPS in 1999?", "1999"),
        ("'; DROP TABLE responses; --", "SQL"),
        ("Wie hoch ist unser NPS?", "English only"),
        ("who won the world cup", "won world cup"),
        ("NPS for customers with more than 100 seats", "seats"),
    ],
)
def test_what_is_not_understood_is_named_and_not_answered(warehouse: Warehouse, question: str, named: str) -> None:
    answer = ask(question, warehouse, record=False)
    assert answer.status in ("declined", "clarify")
    assert named in answer.text
    assert not answer.facts
    assert answer.path == "none"


def test_a_question_without_its_second_half_is_asked_back(warehouse: Warehouse) -> None:
    answer = ask("Why did NPS fall?", warehouse, record=False)
    assert answer.status == "clarify"
    assert answer.options


def test_an_empty_question_is_the_callers_mistake(warehouse: Warehouse) -> None:
    with pytest.raises(NpsError, match="empty"):
        ask("  ", warehouse)


def test_a_scripted_model_answers_with_facts(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(
        replies=[call("nps", where={"plan": "Starter"}), "Starter has {{ F1 }} (n = {{ F1.n }})."]
    )
    answer = ask("NPS of Starter?", warehouse, model=model, record=False)
    assert answer.text == "Starter has +20.0 (n = 100)."
    assert answer.model == "scripted"


def test_an_invented_number_goes_back_once_and_is_then_replaced_by_the_template(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps"), "NPS is 71.", "NPS is 72."])
    answer = ask("What is our NPS?", warehouse, model=model, record=False)
    assert "refused" in model.requests[2][-1].text
    assert "'71'" in model.requests[2][-1].text
    assert "7" not in answer.text.split("(")[0]
    assert "+29.3" in answer.text
    assert any("template answer" in caveat for caveat in answer.caveats)


def test_a_draft_may_be_repaired(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps"), "NPS is 71.", "NPS is {{ F1 }}."])
    assert ask("What is our NPS?", warehouse, model=model, record=False).text == "NPS is +29.3."


def test_a_mistake_in_a_call_comes_back_to_the_model_as_the_users_sentence(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps", by=["plam"]), call("nps", by=["plan"]), "All: {{ F1 }}."])
    answer = ask("NPS by plan", warehouse, model=model, record=False)
    assert "There is no dimension 'plam'; the nearest: plan" in model.requests[1][-1].text
    assert answer.text == "All: +29.3."


def test_a_model_that_never_stops_is_stopped(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps")] * 50)
    answer = ask("What is our NPS?", warehouse, model=model, record=False)
    assert len(model.requests) <= 8
    assert answer.status in ("answered", "failed")


def test_a_conversation_model_can_ask_back_and_decline(warehouse: Warehouse) -> None:
    asking = ScriptedChatModel(replies=[call("ask_user", question="Which plan?", options=["Starter", "Growth"])])
    answer = ask("NPS of the plan", warehouse, model=asking, record=False)
    assert (answer.status, answer.options) == ("clarify", ["Starter", "Growth"])
    declining = ScriptedChatModel(replies=[call("cannot_answer", reason="There are no amounts.")])
    assert ask("Revenue?", warehouse, model=declining, record=False).status == "declined"


def test_questions_leave_the_workspace_files_alone(warehouse: Warehouse, workspace: Path) -> None:
    before = {path.name: path.read_bytes() for path in workspace.iterdir() if path.is_file()}
    ask("NPS by plan", warehouse, record=False)
    assert {path.name: path.read_bytes() for path in workspace.iterdir() if path.is_file()} == before


def test_bytes_that_are_no_text_are_refused(warehouse: Warehouse) -> None:
    with pytest.raises(NpsError, match="UTF-8"):
        ask("NPS in \udcff", warehouse)
