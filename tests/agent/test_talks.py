"""Conversations as people have them (`talks.yaml`): what is kept, lifted, replaced, set aside or asked back."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
import yaml

from agent.answer import Answer
from agent.ask import ask
from agent.builtin.conversation.followup import in_conversation
from agent.builtin.conversation.talk import Turn
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.plan import plan
from agent.conversation import Conversation
from tools.registry import run_tool
from tools.result import Result
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

TALKS: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "talks.yaml").read_text(encoding="utf-8"))


def last_frame(warehouse: Warehouse, questions: list[str]) -> Frame:
    """How the last turn is read after the others were answered."""
    catalog, lexicon = warehouse.catalog, build_lexicon(warehouse.catalog)
    turns: list[Turn] = []
    for question in questions[:-1]:
        turn = Turn(question)
        try:
            frame = in_conversation([*turns, turn], catalog, lexicon)
            turn.results = results_of(warehouse, frame)
        except Refusal:
            turn.answered = False
        turns.append(turn)
    return in_conversation([*turns, Turn(questions[-1])], catalog, lexicon)


def results_of(warehouse: Warehouse, frame: Frame) -> list[Result]:
    """What the frame's calls give, as far as this small survey has answers for them."""
    found = []
    for call in plan(frame, warehouse.catalog):
        with contextlib.suppress(MissingDataError):
            found.append(run_tool(warehouse, call.tool, call.arguments))
    return found


def told(own: Warehouse, *questions: str) -> Answer:
    """The answer to the last question of a conversation."""
    with Conversation(own.folder) as conversation:
        return [ask(question, own, conversation=conversation, record=False) for question in questions][-1]


@pytest.mark.parametrize("case", TALKS["read"], ids=lambda case: " / ".join(case["say"]))
def test_a_turn_is_read_in_its_conversation(case: dict[str, Any], warehouse: Warehouse) -> None:
    frame = last_frame(warehouse, case["say"])
    assert {name: getattr(frame, name) for name in case["frame"]} == case["frame"]


@pytest.mark.parametrize("questions", TALKS["refused"], ids=" / ".join)
def test_what_leans_on_nothing_or_narrows_by_an_unknown_name_is_not_answered(
    questions: list[str], warehouse: Warehouse
) -> None:
    with pytest.raises(Refusal):
        last_frame(warehouse, questions)


def test_that_month_is_the_month_that_was_told(own: Warehouse) -> None:
    answer = told(own, "NPS in March 2025", "and in April 2025", "How many detractors were there in that month?")
    assert answer.status == "answered", answer.text
    assert "30" in answer.text  # of the 50 answers of April
    assert "2025-04" in answer.text


@pytest.mark.parametrize("question", ["What was the NPS in that month?", "What was NPS back then?", "NPS lately"])
def test_a_time_that_nothing_tells_is_asked_back_with_choices(question: str, own: Warehouse) -> None:
    answer = told(own, question)
    assert answer.status == "clarify"
    assert answer.options


def test_a_choice_completes_the_question_that_was_asked_back(own: Warehouse) -> None:
    answer = told(own, "How has our NPS been recently?", "last month")
    assert answer.status == "answered", answer.text
    assert "2025-06" in answer.text


def test_a_statement_that_is_set_aside_is_named(own: Warehouse) -> None:
    answer = told(own, "My train leaves soon. What is the NPS for Starter?")
    assert answer.status == "answered", answer.text
    assert "My train leaves soon" in answer.text


def test_small_talk_is_set_aside_without_a_word(own: Warehouse) -> None:
    plain = told(own, "What is our NPS?")
    assert told(own, "Sorry to bother you, could you tell me our NPS please? Thanks a lot!").text == plain.text


@pytest.mark.parametrize("remark", ["that's lower than I hoped", "thanks, that helps a lot!", "let me think..."])
def test_a_remark_leaves_the_conversation_where_it_stood(remark: str, own: Warehouse) -> None:
    answer = told(own, "NPS for Starter in Q1 2025", remark, "and Growth?")
    assert answer.status == "answered", answer.text
    assert "+70.0" in answer.text  # 40 promoters and 5 detractors among 50 answers


def test_whether_a_figure_is_high_is_asked_back(own: Warehouse) -> None:
    answer = told(own, "NPS for Starter", "is that a lot?")
    assert answer.status == "clarify"
    assert "compared with the rest" in answer.options
