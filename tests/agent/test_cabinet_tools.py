"""What a chat model is offered: the common tools at first, any other once it was found."""

from __future__ import annotations

from agent.ask import ask
from agent.cabinet import CORE, FIND, ranked
from agent.scripted import ScriptedChatModel, call
from tools.registry import TOOLS
from warehouse.workspace import Warehouse


def test_a_model_is_offered_the_core_and_the_way_to_the_rest(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps"), "NPS is {{ F1 }}."])
    assert ask("What is our NPS?", warehouse, model=model, record=False).status == "answered"
    assert set(model.offered) == {*CORE, FIND, "ask_user", "cannot_answer"}
    assert set(TOOLS) > CORE


def test_a_tool_that_was_found_can_be_called_next(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(
        replies=[
            call(FIND, query="how many answers are needed for a margin"),
            call("sample_size", margin=5),
            "The table says how many answers are needed.",
        ]
    )
    answer = ask("How many answers do I need for ±5?", warehouse, model=model, record=False)
    assert answer.status == "answered"
    assert [item.name for item in answer.tools] == ["sample_size"]
    assert "sample_size" in model.offered and "retention" not in model.offered


def test_words_lead_to_the_tool_that_does_it() -> None:
    for query, tool in (
        ("A/B test readout", "experiment"),
        ("who did not answer, response rate", "response_bias"),
        ("customers who stay, churn", "retention"),
        ("what drives the score", "key_drivers"),
        ("quotations in customers' own words", "quotes"),
        ("seasonal pattern", "seasonality"),
        ("compare with an industry figure", "benchmark"),
    ):
        assert tool in [found.name for found in ranked(query)[:5]], query
