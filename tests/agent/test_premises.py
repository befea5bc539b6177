"""What a question claims is put to the data and said first; it is never taken over."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest

from agent.ask import ask
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.premise import understand_claim
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

BORNE_OUT = re.compile(r"^(?:\W*Yes\b|The comments fit that)")
NOT_BORNE_OUT = re.compile(r"^(?:No\b|The data does not bear that out|The comments do not bear|Not in the first place)")
OPEN = re.compile(r"^(?:That cannot be (?:proven|confirmed)|Not for certain|It did not clearly|That is not certain)")


def claimed(question: str, warehouse: Warehouse) -> Frame:
    return understand_claim(question, warehouse.catalog, build_lexicon(warehouse.catalog))


def answer_to(question: str, warehouse: Warehouse) -> str:
    answer = ask(question, warehouse, record=False)
    assert answer.status == "answered", answer.text
    return answer.text


# NPS by plan: Starter +20, Growth +15, Scale Up +53; all answers +29.3; April -40 after +70 in March.
@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("why is Growth the best plan?", NOT_BORNE_OUT),
        ("Growth is our best plan, right?", NOT_BORNE_OUT),
        ("everybody knows that Scale Up is our best plan", BORNE_OUT),
        ("Growth is our worst plan, isn't it?", OPEN),
        ("confirm that NPS is above 70", NOT_BORNE_OUT),
        ("please confirm that our NPS is above 10", BORNE_OUT),
        ("NPS is above 29, right?", OPEN),
        ("NPS of 90 in March 2025, correct?", NOT_BORNE_OUT),
        ("is it true that Growth loves us more than Scale Up?", NOT_BORNE_OUT),
        ("Scale Up is happier than Growth, isn't it?", BORNE_OUT),
        ("I bet that NPS rose in April 2025", NOT_BORNE_OUT),
        ("NPS fell in April 2025, didn't it?", BORNE_OUT),
        ("NPS fell in Q2 2025, didn't it?", OPEN),
        ("prove that the price rise did no harm", NOT_BORNE_OUT),  # the North fell from +55 to +20
        ("why did NPS rise in April 2025?", NOT_BORNE_OUT),
    ],
)
def test_a_claim_is_held_against_the_data_in_the_first_words(
    question: str, said: re.Pattern[str], warehouse: Warehouse
) -> None:
    assert said.search(answer_to(question, warehouse))


def test_the_place_that_is_claimed_is_answered_with_who_really_holds_it(warehouse: Warehouse) -> None:
    lead = answer_to("why is Growth the best plan?", warehouse).split("\n")[0]
    assert "**Scale Up** has the highest NPS" in lead
    assert "Growth stands at **+15.0**" in lead


def test_the_claimed_number_is_told_as_the_users_and_not_as_ours(warehouse: Warehouse) -> None:
    lead = answer_to("confirm that NPS is above 70", warehouse).split("\n")[0]
    assert "70" not in lead
    assert "+29.3" in lead
    assert "the figure that you name" in lead


def test_no_harm_is_told_by_whom_the_event_touched(warehouse: Warehouse) -> None:
    south = answer_to("prove that the price rise did no harm in the South", warehouse)
    assert south.startswith("The figures below show no harm; they went up.")  # 0.0 before, 55 - 32 of 100 after
    assert "some groups clearly fell" in answer_to("prove that the price rise did no harm", warehouse)


@pytest.mark.parametrize(
    "question",
    [
        "it's obviously the weather, isn't it?",
        "The problem is clearly the plan, right?",
        "prove that the moon landing did no harm",
        "confirm that Platinum is our best plan",
        "confirm that we are great",
    ],
)
def test_a_claim_that_is_not_understood_is_asked_back_or_declined(question: str, warehouse: Warehouse) -> None:
    with pytest.raises(Refusal):
        claimed(question, warehouse)


@pytest.mark.parametrize(
    "question",
    ["What is our NPS?", "Is Starter better than Growth?", "Did NPS fall in April 2025?", "Is our NPS above 40?"],
)
def test_a_plain_question_claims_nothing(question: str, warehouse: Warehouse) -> None:
    frame = claimed(question, warehouse)
    assert (frame.claim, frame.confirm) == (None, False)


@pytest.mark.parametrize("question", ["NPS in 2025, right?", "5% of customers are detractors, right?"])
def test_a_year_or_a_share_is_no_claimed_nps(question: str, warehouse: Warehouse) -> None:
    try:
        frame = claimed(question, warehouse)
    except Refusal:
        return
    assert frame.tool != "benchmark"


@pytest.fixture(scope="module")
def commented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Detractors write about the price four times as often as about the support; promoters about ease of use."""
    written = [
        *[("2", f"Far too expensive, the price went up again, case {i}") for i in range(80)],
        *[("3", f"Support took days to answer my ticket number {i}") for i in range(20)],
        *[("10", f"So easy to use, setting it up took {i} minutes") for i in range(80)],
        *[("9", "") for _ in range(20)],
    ]
    folder = tmp_path_factory.mktemp("commented")
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "answered_on", "plan", "nps_score", "comment"])
        plans = ("Basic", "Pro")
        writer.writerows(
            [f"r{i}", f"2025-0{1 + i % 6}-1{i % 9}", plans[i % 2], score, text]
            for i, (score, text) in enumerate(written)
        )
    make_workspace([folder / "answers.csv"], folder / "workspace", LoadOptions())
    with Warehouse(folder / "workspace") as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("why are detractors unhappy about price", BORNE_OUT),
        ("it's obviously the price, isn't it?", BORNE_OUT),
        ("it's clearly the support, isn't it?", NOT_BORNE_OUT),
        ("why are detractors unhappy about the website", NOT_BORNE_OUT),
    ],
)
def test_a_favourite_theory_is_held_against_what_detractors_write(
    question: str, said: re.Pattern[str], commented: Warehouse
) -> None:
    text = answer_to(question, commented)
    assert said.search(text)
    assert "would say more; ask" in text
