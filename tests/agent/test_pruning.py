"""A draft that did not pass twice, and a planner that reads the question differently: what of it passed is shown."""

from __future__ import annotations

from agent.ask import ask
from agent.scripted import ScriptedChatModel, call
from warehouse.workspace import Warehouse

GROUPS = call("compare", group={"plan": "Growth", "region": "North"}, against={"plan": "Starter"})
QUESTION = "Please look at how those up north on Growth feel, set against Starter, will you?"
LEAD = "Growth customers in the North stand at {{ F1 }} (n = {{ F1.n }})."


def answered(warehouse: Warehouse, *drafts: str) -> tuple[str, list[str]]:
    model = ScriptedChatModel(replies=[GROUPS, *drafts])
    answer = ask(QUESTION, warehouse, model=model, record=False)
    assert answer.status == "answered"
    return answer.text, answer.caveats


def test_only_the_sentences_that_did_not_pass_are_left_out(warehouse: Warehouse) -> None:
    draft = f"{LEAD} That is 93 points more than last year. It will rise soon because of our new hats."
    text, caveats = answered(warehouse, draft, draft)
    assert text == "Growth customers in the North stand at +70.0 (n = 50)."
    assert "left out" in caveats[0]


def test_a_heading_and_a_lead_in_go_with_what_they_introduced(warehouse: Warehouse) -> None:
    draft = f"{LEAD}\n\n## Why\n\nThe reasons:\n- Prices rose by 93 points.\n- It is 71."
    assert answered(warehouse, draft, draft)[0] == "Growth customers in the North stand at +70.0 (n = 50)."


def test_a_table_goes_whole_when_a_row_does_not_pass(warehouse: Warehouse) -> None:
    table = "| group | NPS |\n|---|---|\n| Growth, North | {{ F1 }} |\n| Starter | 71 |"
    text, _caveats = answered(warehouse, *[f"{LEAD}\n\n{table}"] * 2)
    assert "|" not in text and "+70.0" in text


def test_where_nothing_with_a_figure_is_left_the_tools_findings_stand_in(warehouse: Warehouse) -> None:
    text, _caveats = answered(warehouse, "NPS is 71. Have a nice day.", "NPS is 72. Have a nice day.")
    assert "is 71" not in text and "is 72" not in text and "nice day" not in text
    assert "+70.0" in text
    assert "in their own words" in text


def test_the_planners_answer_stands_in_where_it_looked_at_the_same(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps"), "NPS is 71.", "NPS is 72."])
    answer = ask("What is our NPS?", warehouse, model=model, record=False)
    assert "template answer" in answer.caveats[0]


def test_another_reading_of_the_planner_does_not_stand_in(warehouse: Warehouse) -> None:
    replies = [
        call("nps", where={"plan": "Growth"}),
        "Growth is at {{ F1 }}. It is 71.",
        "Growth is at {{ F1 }}. It is 72.",
    ]
    answer = ask("What is our NPS?", warehouse, model=ScriptedChatModel(replies=replies), record=False)
    assert answer.text == "Growth is at +15.0."
