"""Follow-ups are read in the light of the conversation; complete questions forget it; what is unclear is asked back."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.ask import ask
from agent.builtin.conversation.followup import in_conversation
from agent.builtin.conversation.talk import Turn
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.plan import plan
from agent.conversation import Conversation
from tools.registry import run_tool
from tools.result import Result
from warehouse.catalog import Catalog
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse


def turns_of(warehouse: Warehouse, questions: Sequence[str]) -> list[Turn]:
    """The questions with what their tools gave, the last one without."""
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
    return [*turns, Turn(questions[-1])]


def results_of(warehouse: Warehouse, frame: Frame) -> list[Result]:
    """What the frame's calls give, as far as this small survey has answers for them."""
    found = []
    for call in plan(frame, warehouse.catalog):
        with contextlib.suppress(MissingDataError):
            found.append(run_tool(warehouse, call.tool, call.arguments))
    return found


def last_frame(warehouse: Warehouse, *questions: str) -> Frame:
    return in_conversation(turns_of(warehouse, questions), warehouse.catalog, build_lexicon(warehouse.catalog))


def refusal(warehouse: Warehouse, *questions: str) -> Refusal:
    with pytest.raises(Refusal) as refused:
        last_frame(warehouse, *questions)
    return refused.value


STARTER, GROWTH = {"plan": ["Starter"]}, {"plan": ["Growth"]}


@pytest.mark.parametrize(
    ("questions", "expected"),
    [
        (["What is our NPS?", "and for Growth?"], {"op": "level", "where": GROWTH}),
        (["NPS for Starter in Q1 2025", "what about Growth?"], {"where": GROWTH, "period": "2025-Q1"}),
        (["NPS for Starter", "and in the North?"], {"where": {**STARTER, "region": ["North"]}}),
        (["NPS for Starter", "only the last quarter"], {"where": STARTER, "period": "2025-Q2"}),
        (["NPS for Starter in Q2 2025", "and in Q1?"], {"where": STARTER, "period": "2025-Q1"}),
        (["NPS in Q2 2025", "and before that?"], {"op": "level", "period": "2025-Q1"}),
        (["NPS in March 2025", "the month before"], {"period": "2025-02"}),
        (["NPS in March 2025", "and the following month?"], {"period": "2025-04"}),
        (["NPS by plan", "by region instead"], {"op": "split", "by": ["region"]}),
        (["NPS for Starter", "split that by region"], {"op": "split", "by": ["region"], "where": STARTER}),
        (["NPS for Starter", "per month"], {"op": "trend", "grain": "month", "where": STARTER}),
        (["NPS by plan", "and for Growth?"], {"op": "level", "where": GROWTH, "by": []}),
        (["What is our NPS?", "without Starter"], {"where": {"plan": ["Growth", "Scale Up"]}}),
        (["Which plan has the lowest NPS?", "and the best?"], {"op": "rank", "end": "highest"}),
        (["NPS by plan", "and the worst?"], {"op": "rank", "end": "lowest", "by": ["plan"]}),
        (["Is Starter better than Growth?", "the other way round"], {"group": GROWTH, "against": STARTER}),
        (["NPS for Starter", "compared with Growth?"], {"op": "compare_groups", "group": STARTER, "against": GROWTH}),
        (["NPS for Starter", "and against the rest?"], {"op": "compare_groups", "group": STARTER, "against": {}}),
        (["NPS for Starter", "how do they compare with Growth?"], {"group": STARTER, "against": GROWTH}),
        (["How many detractors are there?", "and promoters?"], {"op": "count", "classes": ["promoter"]}),
        (["share of promoters", "by plan"], {"op": "share", "by": ["plan"], "classes": ["promoter"]}),
        (["NPS for Starter", "for all customers"], {"op": "level", "where": {}}),
        (["NPS for Starter in Q1 2025", "over all time"], {"where": STARTER, "period": None}),
        (["Did NPS fall in Q2 2025?", "why?"], {"op": "why", "before": "2025-Q1", "after": "2025-Q2"}),
        (["Did NPS fall in Q2 2025?", "who is behind it?"], {"op": "why", "after": "2025-Q2"}),
        (["Did NPS fall in Q2 2025?", "and for Growth?"], {"op": "compare_periods", "where": GROWTH}),
        (["NPS for Starter", "why is it so low?"], {"op": "compare_groups", "group": STARTER, "premise": "lower"}),
        (["What is our NPS?", "why?"], {"op": "tool", "tool": "key_drivers"}),
        (["Is Starter better than Growth?", "is that significant?"], {"op": "compare_groups", "sure": True}),
        (["NPS for Starter", "no, I meant Growth"], {"op": "level", "where": GROWTH}),
        (["NPS in Q1 2025", "not Q1, Q2"], {"period": "2025-Q2"}),
        (["How has NPS developed over time?", "and for Growth?"], {"op": "trend", "where": GROWTH}),
        (["Why did NPS fall?", "from 2025-Q1 to 2025-Q2"], {"op": "why", "before": "2025-Q1", "after": "2025-Q2"}),
        (["Why did NPS fall in Q2 2025?", "from March to April 2025"], {"before": "2025-03", "after": "2025-04"}),
        (["How many detractors are there?", "and how many in the North?"], {"classes": ["detractor"]}),
        (["NPS for Starter", "since when?"], {"tool": "find_change_points", "where": STARTER}),
        (["NPS for Premium", "I meant Growth"], {"op": "level", "where": GROWTH}),
        (["What is our NPS?", "Growth vs Starter"], {"op": "compare_groups", "group": GROWTH, "against": STARTER}),
    ],
    ids=lambda value: " / ".join(value) if isinstance(value, list) else "",
)
def test_a_follow_up_changes_what_it_names_and_keeps_the_rest(
    questions: list[str], expected: dict[str, Any], warehouse: Warehouse
) -> None:
    frame = last_frame(warehouse, *questions)
    assert {name: getattr(frame, name) for name in expected} == expected
    assert frame.read_as[0].startswith("read as: ")


@pytest.mark.parametrize(
    "question",
    ["What is our NPS?", "NPS by region", "How many detractors are there?", "Which region has the lowest NPS?"],
)
def test_a_complete_question_forgets_the_filters_before_it(question: str, warehouse: Warehouse) -> None:
    alone = last_frame(warehouse, question)
    assert last_frame(warehouse, "NPS for Starter in Q1 2025", question) == alone
    assert (alone.where, alone.period) == ({}, None)


def test_they_are_the_segment_that_the_last_answer_ended_on(warehouse: Warehouse) -> None:
    # Of 100 answers each: Starter 50 - 30, Growth 50 - 35, Scale Up 70 - 17.
    assert last_frame(warehouse, "Which plan has the lowest NPS?", "how many of them are there?").where == GROWTH
    frame = last_frame(warehouse, "Which plan has the lowest NPS?", "how has it developed over time?")
    assert (frame.op, frame.where) == ("trend", GROWTH)


def test_a_pronoun_with_its_own_noun_in_the_question_points_nowhere_back(warehouse: Warehouse) -> None:
    assert last_frame(warehouse, "NPS for Starter", "Is NPS rising or is it falling?").where == {}


def test_after_an_answer_of_another_model_the_words_alone_are_read(warehouse: Warehouse) -> None:
    lexicon = build_lexicon(warehouse.catalog)
    understood = [Turn("NPS for Starter"), Turn("and for Growth?")]
    assert in_conversation(understood, warehouse.catalog, lexicon).where == GROWTH
    ranked = [Turn("Which plan has the lowest NPS?"), Turn("how many of them are there?")]
    with pytest.raises(Refusal, match="Which plan do you mean"):
        in_conversation(ranked, warehouse.catalog, lexicon)
    lost = [Turn("NPS for Starter"), Turn("Give me a bird's eye view of our standing"), Turn("and for Growth?")]
    with pytest.raises(Refusal, match="nothing before this"):
        in_conversation(lost, warehouse.catalog, lexicon)


@pytest.mark.parametrize(
    "questions",
    [
        ["and for Growth?"],
        ["why?"],
        ["what about the North?"],
        ["by region instead"],
        ["is that significant?"],
        ["NPS for Starter", "start over", "and for Growth?"],
        ["NPS for Starter", "and before that?"],
        ["NPS for Starter", "and the worst?"],
        ["NPS for Starter", "without Starter"],
        ["NPS for Starter", "the same for detractors"],
        ["NPS for Starter", "and for Platinum?"],
        ["NPS for Starter", "no, I meant North"],
        ["NPS by plan", "split that by region"],
        ["How has NPS developed over time?", "by plan"],
        ["Is Starter better than Growth?", "and Scale Up?"],
        ["How many rows were read?", "only Starter"],
        ["Did the price rise hurt us?", "and in Q1?"],
        ["What drives NPS?", "by region"],
        ["NPS by plan", "how many of them are there?"],
        ["NPS in March 2025", "the quarter before"],
        ["What is our NPS?", "and how many in the North?"],
    ],
    ids=" / ".join,
)
def test_what_could_be_read_in_two_ways_is_asked_back(questions: list[str], warehouse: Warehouse) -> None:
    refused = refusal(warehouse, *questions)
    assert refused.kind == "clarify"
    assert refused.text


@pytest.mark.parametrize(
    "questions",
    [
        ["and for Growth?"],
        ["NPS by plan", "split that by region"],
        ["How has NPS developed over time?", "by plan"],
        ["Is Starter better than Growth?", "and Scale Up?"],
        ["NPS for Starter", "and the worst?"],
        ["NPS by plan", "how many of them are there?"],
    ],
    ids=" / ".join,
)
def test_each_option_that_is_offered_is_understood_when_it_is_chosen(
    questions: list[str], warehouse: Warehouse
) -> None:
    options = refusal(warehouse, *questions).options
    assert options
    for option in options:
        assert plan(last_frame(warehouse, *questions, option), warehouse.catalog)


def test_a_choice_completes_the_question_that_was_asked_back(warehouse: Warehouse) -> None:
    frame = last_frame(warehouse, "NPS by plan", "how many of them are there?", "Growth")
    assert (frame.op, frame.where) == ("count", GROWTH)


def test_a_new_question_after_one_that_was_asked_back_stands_alone(warehouse: Warehouse) -> None:
    frame = last_frame(warehouse, "Why did NPS fall?", "What is our NPS?")
    assert (frame.op, frame.read_as) == ("level", [])


def test_start_over_with_a_question_answers_that_question(warehouse: Warehouse) -> None:
    frame = last_frame(warehouse, "NPS for Starter", "forget that. NPS by region")
    assert (frame.op, frame.where, frame.by) == ("split", {}, ["region"])


def test_a_chain_of_six_turns(warehouse: Warehouse) -> None:
    chain = ["What is our NPS?", "and for Starter?", "only Q1 2025", "and Growth?", "by month", "overall"]
    wheres = [last_frame(warehouse, *chain[: n + 1]).where for n in range(6)]
    assert wheres == [{}, STARTER, STARTER, GROWTH, GROWTH, {}]
    last = last_frame(warehouse, *chain)
    assert (last.op, last.grain, last.period) == ("trend", "month", "2025-Q1")


def test_the_answer_says_in_one_line_how_the_follow_up_was_read(workspace: Path, tmp_path: Path) -> None:
    with Warehouse(workspace) as warehouse, Conversation(tmp_path) as conversation:
        ask("NPS for Starter in Q1 2025", warehouse, conversation=conversation, record=False)
        answer = ask("and for Growth?", warehouse, conversation=conversation, record=False)
    assert answer.status == "answered", answer.text
    assert "+70.0" in answer.text  # 40 promoters and 5 detractors among 50 answers, all of them in March
    assert answer.text.endswith("(read as: NPS for plan Growth in 2025-Q1.)")


def test_a_conversation_read_again_from_its_file_is_understood_alike(workspace: Path, tmp_path: Path) -> None:
    with Warehouse(workspace) as warehouse:
        with Conversation(tmp_path) as conversation:
            ask("Which plan has the lowest NPS?", warehouse, conversation=conversation, record=False)
            name = conversation.id
        with Conversation(tmp_path, name) as conversation:
            answer = ask("how many of them are there?", warehouse, conversation=conversation, record=False)
    assert answer.status == "answered", answer.text
    assert "**100** responses for plan Growth" in answer.text


PIECES = [
    "What is our NPS?", "NPS by plan", "and for Growth?", "why?", "only the last quarter", "by region instead",
    "the same for detractors", "who is behind it?", "and the worst?", "the other way round", "and before that?",
    "is that significant?", "show me what they say", "no, I meant Starter", "start over", "per month",
    "How has NPS developed over time?", "Is Starter better than Growth?", "Where are we weak?", "compared with Growth?",
    "how do they compare with Starter?", "Did the price rise hurt us?", "for all customers", "Growth", "last quarter",
]  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(st.tuples(st.sampled_from(PIECES), st.booleans()), min_size=1, max_size=6))
def test_any_conversation_ends_in_a_plan_or_a_question_back(
    said: list[tuple[str, bool]], warehouse_catalog: Catalog
) -> None:
    turns = [Turn(question, (), answered) for question, answered in said]
    try:
        frame = in_conversation(turns, warehouse_catalog, build_lexicon(warehouse_catalog))
        assert plan(frame, warehouse_catalog)
    except Refusal as refused:
        assert refused.kind in ("clarify", "declined")
        assert refused.text
