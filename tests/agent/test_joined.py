"""Those who joined in a stretch of time: as a filter of every figure, and never in the place of the answer's date."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from agent.ask import ask
from tools.registry import run_tool
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse, make_workspace

# joining month → plan → (promoters, passives, detractors); all answer in July and August 2025
JOINED = {
    "2025-04": {"Basic": (30, 10, 10), "Team": (20, 10, 20)},
    "2025-05": {"Basic": (10, 10, 30), "Team": (40, 5, 5)},
    "2025-06": {"Basic": (25, 15, 10), "Team": (5, 5, 40)},
}


@pytest.fixture(scope="module")
def trials(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    folder = tmp_path_factory.mktemp("joined")
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "customer_id", "answered_on", "joined_at", "plan", "nps_score"])
        number = 0
        for month, plans in JOINED.items():
            for plan, counts in plans.items():
                for score, count in zip((10, 8, 2), counts, strict=True):
                    for at in range(count):
                        day, answered = f"{month}-{1 + at % 28:02d}", f"2025-0{7 + number % 2}-{1 + at % 28:02d}"
                        writer.writerow([f"r{number}", f"c{number}", answered, day, plan, score])
                        number += 1
    make_workspace([folder / "answers.csv"], folder / "ws")
    with Warehouse(folder / "ws") as opened:
        yield opened


@pytest.mark.parametrize(
    ("question", "value", "n"),
    [
        ("NPS of those who signed up in May 2025", 15.0, 100),
        ("What is the NPS of users who joined in 2025-05?", 15.0, 100),
        ("NPS of Team customers that joined between 2025-05-01 and 2025-05-31", 70.0, 50),
        ("NPS of customers who registered from April to May 2025", 17.5, 200),
        ("How does the May 2025 cohort score?", 15.0, 100),
        ("NPS of the June 2025 sign-ups on Basic", 30.0, 50),
        ("NPS in July 2025 of those who joined in April 2025", None, 50),
    ],
)
def test_a_stretch_of_joining_is_a_filter(trials: Warehouse, question: str, value: float | None, n: int) -> None:
    answer = ask(question, trials, record=False)
    assert answer.status == "answered", answer.text
    fact = next(fact for fact in answer.facts if fact.name == "nps")
    assert fact.n == n
    assert any(name.startswith("joined") for name in fact.where)
    if value is not None:
        assert fact.value == pytest.approx(value)


@pytest.mark.parametrize("question", ["NPS in July 2025", "NPS of customers in July 2025"])
def test_without_words_of_joining_a_month_is_that_of_the_answer(trials: Warehouse, question: str) -> None:
    fact = next(fact for fact in ask(question, trials, record=False).facts if fact.name == "nps")
    assert list(fact.where) == ["period"]


@pytest.mark.parametrize(
    ("wanted", "n"),
    [("2025-05", 100), (["2025-04", "2025-06"], 200), ("2025-05-01..2025-05-07", None), ("2025-Q2", 300)],
)
def test_tools_take_a_period_for_any_date(trials: Warehouse, wanted: object, n: int | None) -> None:
    found = run_tool(trials, "nps", {"where": {"joined_at": wanted}}).facts[0]
    counted = trials.run("SELECT count(*) FROM cohorts WHERE joined_at BETWEEN '2025-05-01' AND '2025-05-07'").rows[0][
        0
    ]
    assert found.n == (counted if n is None else n)


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ({"responded_at": "2025-07"}, "period"),
        ({"joined_at": "last week or so"}, "period"),
        ({"joined_at": []}, "value"),
    ],
)
def test_what_is_no_period_is_refused(trials: Warehouse, where: dict[str, object], said: str) -> None:
    with pytest.raises(NpsError, match=said):
        run_tool(trials, "nps", {"where": where})


@pytest.mark.parametrize(
    ("question", "difference"),
    [
        ("Are customers who signed up in May 2025 happier than the others?", 15.0 - 0.0),
        ("Did people who joined from 2025-05-01 to 2025-05-31 rate us higher than everybody else?", 15.0 - 0.0),
        ("Those who registered in June 2025 love us less than all the others, right?", -20.0 - 17.5),
        ("Are Team customers who signed up in June 2025 less happy than the other Team customers?", -70.0 - 35.0),
    ],
)
def test_those_who_joined_then_stand_against_all_others(trials: Warehouse, question: str, difference: float) -> None:
    answer = ask(question, trials, record=False)
    assert answer.status == "answered", answer.text
    assert [call.name for call in answer.tools] == ["compare"]
    assert next(fact for fact in answer.facts if fact.name == "nps_difference").value == pytest.approx(difference)


@pytest.mark.parametrize(
    "question",
    [
        "NPS of those who signed up from 2025-05-05 to 2025-05-11",
        "NPS of those who signed up between 2025-05-05 and 2025-05-11",
        "NPS of those who joined in the week of 7 May 2025",
        "NPS of those who joined in the week beginning 5 May 2025",
    ],
)
def test_both_ends_of_a_stretch_are_of_joining(trials: Warehouse, question: str) -> None:
    answer = ask(question, trials, record=False)
    assert answer.status == "answered", answer.text
    fact = next(fact for fact in answer.facts if fact.name == "nps")
    assert (fact.n, "period" in fact.where) == (35, False)  # 20 of Basic and 15 of Team answered, 5 on each day
