"""What a question asks for and the data has not is named, with what can be asked instead; single scores are counted."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.ask import ask
from agent.conversation import Conversation
from warehouse.workspace import Warehouse, make_workspace

BRANCHES = ("Bonn 1", "Bonn 2", "Köln")
REASONS = ("check-up", "walk-in")


@pytest.fixture(scope="module")
def garage_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """120 answers of three branches, with two ratings; every tenth gives a 10, every fifth a 7."""
    folder = tmp_path_factory.mktemp("garage")
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["answer_id", "answered_on", "branch", "reason", "nps", "staff_rating", "price_rating"])
        for n in range(120):
            score = 10 if n % 10 == 0 else 7 if n % 5 == 1 else (9, 3, 6)[n % 3]
            row = [f"a{n}", f"2025-{1 + n % 6:02d}-{1 + n % 28:02d}", BRANCHES[n % 3], REASONS[n // 3 % 2], score]
            writer.writerow([*row, 1 + n % 5, 1 + n * 7 % 5])
    make_workspace([folder / "answers.csv"], folder / "w")
    return folder / "w"


@pytest.fixture
def garage(garage_folder: Path) -> Iterator[Warehouse]:
    with Warehouse(garage_folder) as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What is our CSAT?", "CSAT"),
        ("customer satisfaction score by branch", "CSAT"),
        ("and our customer effort score, how high is that?", "CES"),
        ("What is NPS by RFM segment?", "orders"),
        ("How much revenue comes from detractors?", "revenue"),
        ("What is the average order value of promoters?", "no orders"),
        ("NPS of our biggest spenders", "spenders"),
    ],
)
def test_what_is_not_there_is_named_with_a_way_on(question: str, named: str, garage: Warehouse) -> None:
    answer = ask(question, garage, record=False)
    assert answer.status == "declined"
    assert named in answer.text
    assert answer.options


@pytest.mark.parametrize(
    ("question", "why"),
    [
        ("What was NPS on 30 February 2025?", "28 days"),
        ("NPS on 31 June 2025", "30 days"),
        ("NPS on the 31st of April", "30 days"),
        ("NPS on 2025-02-30", "28 days"),
        ("NPS in 2025-13", "12 months"),
        ("NPS in Q5 2025", "4 quarters"),
    ],
)
def test_a_day_that_no_calendar_has_is_no_date(question: str, why: str, garage: Warehouse) -> None:
    answer = ask(question, garage, record=False)
    assert answer.status == "declined"
    assert why in answer.text


@pytest.mark.parametrize("question", ["NPS on 28 February 2025", "NPS from 1 to 30 April 2025", "NPS in Q2 2025"])
def test_days_of_the_calendar_are_read(question: str, garage: Warehouse) -> None:
    assert "is not a date" not in ask(question, garage, record=False).text


@pytest.mark.parametrize(
    ("question", "options"),
    [
        ("NPS in Bonn", ["Bonn 1", "Bonn 2"]),
        ("nps by rating", ["NPS by staff_rating", "NPS by price_rating"]),
        ("How has our NPS been recently?", ["last month", "last quarter"]),
        ("NPS lately", ["last month"]),
    ],
)
def test_what_may_be_one_of_several_is_asked_back(question: str, options: list[str], garage: Warehouse) -> None:
    answer = ask(question, garage, record=False)
    assert answer.status == "clarify", answer.text
    assert set(options) <= set(answer.options)


@pytest.mark.parametrize("question", ["NPS for check-ups", "What's the NPS of walk-ins?"])
def test_the_plural_of_a_hyphenated_value_is_that_value(question: str, garage: Warehouse) -> None:
    answer = ask(question, garage, record=False)
    assert answer.status == "answered", answer.text
    assert "n = 60" in answer.text


@pytest.mark.parametrize(
    ("question", "count"),
    [
        ("How many 10s did we get?", 12),
        ("What share of the answers is a 10?", 12),
        ("What portion of answers are tens?", 12),
        ("What share of the answers are 7s and 10s?", 36),
        ("how many sevens and tens are there", 36),
    ],
)
def test_single_scores_are_counted(question: str, count: int, garage: Warehouse) -> None:
    answer = ask(question, garage, record=False)
    assert answer.status == "answered", answer.text
    assert f"**{count}** of 120" in answer.text


@pytest.mark.parametrize("question", ["What share of answers are 3 years old?", "tens of thousands of answers?"])
def test_a_number_that_is_no_score_is_not_counted_as_one(question: str, garage: Warehouse) -> None:
    assert "gave that score" not in ask(question, garage, record=False).text


def test_a_satisfaction_score_is_said_to_be_read_as_nps(garage: Warehouse) -> None:
    answer = ask("What is our satisfaction score?", garage, record=False)
    assert "read as NPS" in answer.text


@pytest.mark.parametrize("said", ["the price one", "price", "the second one", "NPS by price_rating"])
def test_a_choice_may_be_picked_by_a_word_or_its_place(said: str, garage: Warehouse, tmp_path: Path) -> None:
    with Conversation(tmp_path) as conversation:
        ask("nps by rating", garage, conversation=conversation, record=False)
        answer = ask(said, garage, conversation=conversation, record=False)
    assert answer.status == "answered", answer.text
    assert answer.tools[0].arguments["by"] == ["price_rating"]
