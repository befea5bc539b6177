"""Changes, differences and experiments in the words that people use, and where these words mean something else."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest

from agent.ask import ask
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.plan import plan
from agent.builtin.premise import understand_claim
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

# quarter → plan → (promoters, passives, detractors) of 40: Basic falls from +25.0 to -50.0, Team stays at +62.5.
# Of the Team answers three in four have the desk pass, of the Basic ones half: as a whole the pass stands 18.8 points
# higher (+43.8 against +25.0), and within each plan it makes no difference.
SCORED = {
    "2025-02": {"Basic": (20, 10, 10), "Team": (30, 5, 5)},
    "2025-05": {"Basic": (5, 10, 25), "Team": (30, 5, 5)},
}
EVENTS = {"new_lockers": BusinessEvent(date=dt.date(2025, 4, 1), synonyms=["new lockers"])}
TIMES = {("Basic", "yes"): 1, ("Basic", "no"): 1, ("Team", "yes"): 3, ("Team", "no"): 1}


@pytest.fixture(scope="module")
def desks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("desks")
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "answered_on", "plan", "desk_pass", "layout_variant", "renewal_status", "nps"])
        rows = [
            (month, name, owned, score)
            for month, plans in SCORED.items()
            for name, counts in plans.items()
            for owned in ("yes", "no")
            for _ in range(TIMES[name, owned])
            for count, score in zip(counts, (10, 8, 2), strict=True)
            for score in [score] * count
        ]
        for i, (month, name, owned, score) in enumerate(rows):
            renewed = "renewed" if score > 6 else "cancelled"
            writer.writerow([f"r{i}", f"{month}-{1 + i % 27:02}", name, owned, "ab"[i % 2], renewed, score])
        writer.writerow(["last", "2025-06-30", "Team", "yes", "a", "renewed", 8])
    make_workspace([folder / "answers.csv"], folder / "workspace", LoadOptions(events=EVENTS))
    with Warehouse(folder / "workspace") as opened:
        yield opened


def understood(question: str, warehouse: Warehouse) -> Frame:
    return understand_claim(question, warehouse.catalog, build_lexicon(warehouse.catalog))


def called(question: str, warehouse: Warehouse) -> tuple[str, dict[str, Any]]:
    first = plan(understood(question, warehouse), warehouse.catalog)[0]
    return first.tool, first.arguments


def answer_to(question: str, warehouse: Warehouse) -> str:
    answer = ask(question, warehouse, record=False)
    assert answer.status == "answered", answer.text
    return answer.text


BOTH = {"before": "2025-Q1", "after": "2025-Q2"}
PASS = {"group": {"desk_pass": "yes"}, "against": {"desk_pass": "no"}}
ALIKE = {"treatment": {"desk_pass": "yes"}, "control": {"desk_pass": "no"}}


@pytest.mark.parametrize(
    ("question", "tool", "arguments"),
    [
        ("Did people become less happy in 2025-Q2?", "compare", BOTH),
        ("Have members got unhappier in Q2 2025?", "compare", BOTH),
        ("Did Basic customers turn away from us in 2025-Q2?", "compare", BOTH | {"where": {"plan": "Basic"}}),
        ("Did we do worse in Q2 2025?", "compare", BOTH),
        ("Is NPS worse since 2025-04-01?", "compare", {"before": "2025-Q1"}),
        ("NPS went up from 2025-Q1 to 2025-Q2. Which plan improved?", "decompose_change", BOTH | {"by": ["plan"]}),
        ("NPS is lower in the second half of 2025 than in the half year before. Did we get worse?", "", {}),
        ("Which plan is to blame for the fall from 2025-Q1 to 2025-Q2?", "decompose_change", BOTH | {"by": ["plan"]}),
        ("Is Basic to blame for the fall from 2025-Q1 to 2025-Q2?", "decompose_change", BOTH | {"by": ["plan"]}),
        (
            "How much of the fall from 2025-Q1 to 2025-Q2 comes from a changed mix of plans?",
            "decompose_change",
            BOTH | {"by": ["plan"]},
        ),
        (
            "What share of the fall from 2025-Q1 to 2025-Q2 is due to Basic?",
            "decompose_change",
            BOTH | {"by": ["plan"]},
        ),
        ("Did anything change for anybody after the new lockers?", "decompose_change", {}),
        ("NPS is the same as before the new lockers. Is there anything behind it?", "decompose_change", {}),
        ("Is Basic worse since the new lockers?", "decompose_change", {"where": {"plan": "Basic"}}),
        ("NPS fell from 2025-Q1 to 2025-Q2. Was it the new lockers?", "decompose_change", BOTH),
        ("Which plan does worse?", "nps", {"by": ["plan"]}),
        ("How large is the gap between Basic and Team?", "compare", {"group": {"plan": "Basic"}}),
        (
            "By how many points does Team beat Basic?",
            "compare",
            {"group": {"plan": "Team"}, "against": {"plan": "Basic"}},
        ),
        ("Are customers with the desk pass happier than customers without?", "compare", PASS),
        ("Are people who have the desk pass happier than those who do not?", "compare", PASS),
        ("Is NPS higher with the desk pass than without in Team?", "compare", PASS | {"where": {"plan": "Team"}}),
        ("NPS with and without the desk pass", "nps", {"by": ["desk_pass"]}),
        (
            "Compare customers without the desk pass with those with it",
            "compare",
            {"group": {"desk_pass": "no"}, "against": {"desk_pass": "yes"}},
        ),
        (
            "Is the gap between customers with and without the desk pass real for comparable orders?",
            "matched_effect",
            ALIKE,
        ),
        ("Did the desk pass raise NPS?", "matched_effect", ALIKE),
        ("How many points does the desk pass bring?", "matched_effect", ALIKE),
        ("Would NPS rise if every customer had the desk pass?", "matched_effect", ALIKE),
        ("Should we give everybody the desk pass?", "matched_effect", ALIKE),
        ("Was the split between the variants half and half?", "experiment", {"variant": "layout_variant"}),
        ("How far apart are Basic and Team?", "compare", {"group": {"plan": "Basic"}, "against": {"plan": "Team"}}),
        (
            "Is the gap between with and without the desk pass down to the plan?",
            "matched_effect",
            {"covariates": ["plan"]},
        ),
        ("Could we lift NPS by giving everyone the desk pass?", "matched_effect", ALIKE),
        ("Did the average score drop in 2025-Q2?", "compare", BOTH | {"outcome": "score"}),
        ("NPS did not move after the new lockers. Did anyone change?", "decompose_change", {}),
        ("Was the experiment split 50:50?", "experiment", {"variant": "layout_variant"}),
        ("What difference can 400 answers in each group show?", "sample_size", {"n": 400}),
        (
            "Is the average score of Basic lower than that of Team?",
            "compare",
            {"outcome": "score", "group": {"plan": "Basic"}, "against": {"plan": "Team"}},
        ),
    ],
)
def test_other_words_ask_the_same(question: str, tool: str, arguments: dict[str, Any], desks: Warehouse) -> None:
    if not tool:  # the second half of 2025 is not in the data
        with pytest.raises(Refusal):
            understood(question, desks)
        return
    used, given = called(question, desks)
    assert used == tool
    assert {name: given.get(name) for name in arguments} == arguments


@pytest.mark.parametrize(
    ("question", "tool", "arguments"),
    [
        ("Are Basic customers less happy than Team customers?", "compare", {"group": {"plan": "Basic"}}),
        ("How many answers came from Basic?", "nps", {"where": {"plan": "Basic"}}),
        ("I would like to know if NPS fell from 2025-Q1 to 2025-Q2", "compare", BOTH),
        ("What would NPS be without Basic?", "nps", {"where": {"plan": "Team"}}),
        ("What is NPS without the desk pass?", "nps", {"where": {"desk_pass": "no"}}),
        ("How much did NPS fall from 2025-Q1 to 2025-Q2?", "compare", BOTH),
    ],
)
def test_the_same_words_elsewhere_keep_their_meaning(
    question: str, tool: str, arguments: dict[str, Any], desks: Warehouse
) -> None:
    used, given = called(question, desks)
    assert used == tool
    assert {name: given.get(name) for name in arguments} == arguments


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Would NPS rise if we had more desks?", "What would be cannot be told"),
        ("What would happen to NPS if Basic customers paid half?", "What would be cannot be told"),
        ("Are we better?", "than what"),
        ("Are Basic customers as happy as before?", "Before what"),
        ("Is NPS of customers who like blue higher?", "blue"),
        ("What was NPS before and after the change?", "new lockers"),
        ("Is the split of promoters and detractors half and half?", "half"),
        ("Which plans are below 20?", "20"),
    ],
)
def test_what_they_leave_open_is_asked_back_or_declined(question: str, said: str, desks: Warehouse) -> None:
    with pytest.raises(Refusal) as refused:
        understood(question, desks)
    assert said in f"{refused.value.text} {' '.join(refused.value.options)}"


def test_who_moved_as_was_asked_comes_first(desks: Warehouse) -> None:
    fell = answer_to("Which plan got worse from 2025-Q1 to 2025-Q2?", desks)
    assert fell.startswith("**Basic** fell by 75.0 points")
    rose = answer_to("Which plan improved from 2025-Q1 to 2025-Q2?", desks)
    assert rose.startswith("No plan clearly rose by itself.")
    every = answer_to("Did NPS fall in every plan from 2025-Q1 to 2025-Q2?", desks)
    assert every.startswith("Not everywhere: **Basic** fell by 75.0 points")
    assert "Of Team it cannot be said." in every


def test_the_part_that_is_asked_for_comes_first(desks: Warehouse) -> None:
    text = answer_to("How much of the fall from 2025-Q1 to 2025-Q2 comes from a changed mix of plans?", desks)
    assert text.startswith("Of the change of -25.")
    assert "come from a changed mix of plan" in text.split("\n")[0]


def test_the_two_periods_of_the_question_win_over_an_event(desks: Warehouse) -> None:
    text = answer_to("NPS fell from 2025-02 to 2025-05. Was it the new lockers?", desks)
    assert "from 2025-02 to 2025-05" in text
    assert "not that the new lockers was the cause" in text
    assert "2025-04-01" in text


def test_a_what_if_is_told_to_be_one(desks: Warehouse) -> None:
    text = answer_to("Would NPS rise if every customer had the desk pass?", desks)
    assert text.startswith("What would be cannot be told from answers.")
    assert "shows no clear effect" in text
    assert not re.search(r"a month|trend", text)


def test_an_upgrade_is_no_experiment_unless_the_question_says_so(desks: Warehouse) -> None:
    text = answer_to("Did the desk pass raise NPS?", desks)
    assert "Among customers alike in what is known" in text
    assert "nobody drew lots for desk_pass" in text
    assert called("Did the desk pass experiment raise NPS?", desks)[0] == "experiment"


def test_what_is_known_only_afterwards_is_set_aside_and_said(desks: Warehouse) -> None:
    for question in ("Does the renewal status drive NPS?", "Is cancelling the reason for the low NPS?"):
        text = answer_to(question, desks)
        assert text.startswith("renewal_status is left out: it is known only after the answer")
        assert "**renewal_status**" not in text


def test_whether_one_column_drives_nps_is_answered_first(desks: Warehouse) -> None:
    assert answer_to("Does the plan drive NPS?", desks).startswith("plan does go with NPS")
    assert answer_to("Does the desk pass drive NPS?", desks).startswith("desk_pass does not clearly go with NPS")


def test_which_is_higher_takes_nothing_for_granted(desks: Warehouse) -> None:
    text = answer_to("Basic or Team: which has the higher NPS?", desks)
    assert not text.startswith("No")
    assert "**plan Basic** is" in text
