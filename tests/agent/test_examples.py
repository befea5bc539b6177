"""What is learned: approved examples only, and the nearest of them are shown to a model."""

from __future__ import annotations

import pytest

from agent.answer import ToolCall
from agent.ask import ask
from agent.examples import FILE, Example, approve, nearest, read_examples
from agent.scripted import ScriptedChatModel, call
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse


def first_request(warehouse: Warehouse, question: str) -> str:
    model = ScriptedChatModel(replies=[call("cannot_answer", reason="Not here.")])
    ask(question, warehouse, model=model, record=False)
    return "\n".join(message.text for message in model.requests[0])


def test_nothing_is_learned_without_approval(own: Warehouse) -> None:
    ask("NPS by plan in the North", own)
    assert read_examples(own.folder) == []
    assert "Approved examples" not in first_request(own, "NPS by plan in the South")


def test_an_approved_question_is_shown_with_its_calls_to_a_question_like_it_only(own: Warehouse) -> None:
    approve(own.folder, ask("NPS by plan in the North", own))
    near = first_request(own, "NPS by plan in the South?")
    assert 'NPS by plan in the North → nps(by=("plan"), where=("region": "North"))' in near
    assert "Approved examples" not in first_request(own, "What do people complain about?")


def test_the_nearest_come_first_and_at_most_three() -> None:
    asked = ["NPS by plan", "NPS by plan in 2025", "NPS by region", "themes of detractors", "NPS of plan Starter"]
    examples = [Example(question=question, calls=[ToolCall(name="nps", arguments={})]) for question in asked]
    found = [example.question for example in nearest("NPS by plan in 2025?", examples)]
    assert found[0] == "NPS by plan in 2025"
    assert len(found) <= 3
    assert "themes of detractors" not in found


def test_a_question_approved_again_is_replaced(own: Warehouse) -> None:
    for _ in range(2):
        approve(own.folder, ask("NPS by plan", own))
    assert [example.question for example in read_examples(own.folder)] == ["NPS by plan"]


def test_a_declined_question_teaches_nothing(own: Warehouse) -> None:
    with pytest.raises(NpsError, match="nothing to learn"):
        approve(own.folder, ask("NPS by eye colour", own))


def test_a_file_edited_into_something_else_is_told(own: Warehouse) -> None:
    (own.folder / FILE).write_text("examples: 3", encoding="utf-8")
    with pytest.raises(NpsError, match="mend it or remove it"):
        ask("NPS by plan", own, model=ScriptedChatModel(replies=[]))
