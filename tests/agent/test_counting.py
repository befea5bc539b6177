"""Counts of customers, orders and events, and sums and means of money: told from their own tables, or refused."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.answer import Answer
from agent.ask import ask
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

PLANS = ("Basic", "Plus")
START = dt.date(2024, 1, 10)


class Shop:
    """120 customers, of whom every third leaves, with orders and a log."""

    def __init__(self) -> None:
        self.customers = [self._customer(number) for number in range(120)]
        self.orders = [
            (f"o{number}-{nth}", f"c{number}", START + dt.timedelta(days=30 * nth + number), 10.0 + nth + number % 7)
            for number in range(120)
            for nth in range(1 + number % 5)
            if number % 10
        ]
        self.log = [
            (f"c{number}", START + dt.timedelta(days=number), "complaint" if number % 2 else "log_in")
            for number in range(120)
        ]
        self.answers = [
            (f"c{number}", START + dt.timedelta(days=150 + number), ("9", "3", "7", "")[number % 4])
            for number in range(120)
        ]

    def _customer(self, number: int) -> tuple[str, str, dt.date, dt.date | None]:
        joined = START + dt.timedelta(days=number)
        left = joined + dt.timedelta(days=60 + number) if number % 3 == 0 else None
        return f"c{number}", PLANS[number % 2], joined, left

    def plan_of(self, customer: str) -> str:
        return PLANS[int(customer[1:]) % 2]


SHOP = Shop()
HEADERS = {
    "survey.csv": ["customer_id", "answered_at", "score"],
    "customers.csv": ["customer_id", "plan", "joined_at", "churned_at"],
    "orders.csv": ["order_id", "customer_id", "ordered_at", "amount"],
    "events.csv": ["customer_id", "occurred_at", "event"],
}


def written(folder: Path, names: list[str]) -> Path:
    """A workspace of some of the shop's files."""
    tables = dict(zip(HEADERS, (SHOP.answers, SHOP.customers, SHOP.orders, SHOP.log), strict=True))
    for name in names:
        with (folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file)
            writer.writerow(HEADERS[name])
            writer.writerows(tables[name])
    make_workspace([folder / name for name in names], folder / "w", LoadOptions())
    return folder / "w"


@pytest.fixture(scope="module")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All files."""
    return written(tmp_path_factory.mktemp("shop"), list(HEADERS))


@pytest.fixture
def shop(shop_folder: Path) -> Iterator[Warehouse]:
    """All files, opened."""
    with Warehouse(shop_folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def bare_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The answers alone."""
    return written(tmp_path_factory.mktemp("bare"), ["survey.csv"])


def lead(answer: Answer) -> float:
    """The first figure in bold."""
    assert answer.status == "answered", answer.text
    return float(answer.text.split("**")[1].rstrip("%").replace(",", ""))


def within(day: dt.date | None, first: str, last: str) -> bool:
    return day is not None and dt.date.fromisoformat(first) <= day <= dt.date.fromisoformat(last)


def left(first: str, last: str, plan: str | None = None) -> int:
    return sum(within(gone, first, last) for _c, own, _j, gone in SHOP.customers if plan in (None, own))


def amounts(first: str = "2024-01-01", last: str = "2024-12-31", plan: str | None = None) -> list[float]:
    rows = [row for row in SHOP.orders if within(row[2], first, last)]
    return [row[3] for row in rows if plan in (None, SHOP.plan_of(row[1]))]


def buyers(least: int, most: int = 99) -> int:
    customers = [row[1] for row in SHOP.orders]
    return sum(least <= customers.count(name) <= most for name in set(customers))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How many customers left in April 2024?", left("2024-04-01", "2024-04-30")),
        ("How many customers did we lose in Q2 2024?", left("2024-04-01", "2024-06-30")),
        ("How many Basic customers cancelled in 2024?", left("2024-01-01", "2024-12-31", "Basic")),
        ("number of cancellations between April and May 2024", left("2024-04-01", "2024-05-31")),
        ("How many customers joined in February 2024?", 29),
        ("how many people signed up in February 2024", 29),
        ("number of new customers in February 2024", 29),
        ("How many customers do we have?", 120),
        ("How many customers are on the Plus plan?", 60),
        ("How many customers are left?", 80),
        ("How many active customers do we have?", 80),
        ("How many orders were placed in March 2024?", len(amounts("2024-03-01", "2024-03-31"))),
        ("number of orders by Plus customers", len(amounts(plan="Plus"))),
        ("How much revenue did we make in March 2024?", sum(amounts("2024-03-01", "2024-03-31"))),
        ("How much did Basic customers spend?", sum(amounts(plan="Basic"))),
        ("total order value", sum(amounts())),
        ("What is the average order value?", sum(amounts()) / len(amounts())),
        ("mean amount per order for Plus", sum(amounts(plan="Plus")) / len(amounts(plan="Plus"))),
        ("How big is our average order?", sum(amounts()) / len(amounts())),
        ("How many orders does a customer place on average?", len(amounts()) / buyers(1)),
        ("orders per customer", len(amounts()) / buyers(1)),
        ("average spend per customer", sum(amounts()) / buyers(1)),
        ("How many customers ordered at least three times?", buyers(3)),
        ("How many customers placed more than three orders?", buyers(4)),
        ("how many shoppers bought twice or more", buyers(2)),
        ("How many customers have exactly two orders?", buyers(2, 2)),
        ("How many customers placed an order?", buyers(1)),
        ("How many complaints were logged?", 60),
        (
            "number of log-ins recorded in February 2024",
            sum(within(d, "2024-02-01", "2024-02-29") for _c, d, e in SHOP.log if e == "log_in"),
        ),
    ],
)
def test_what_is_counted_comes_from_its_own_table(shop: Warehouse, question: str, expected: float) -> None:
    answer = ask(question, shop, record=False)
    assert lead(answer) == pytest.approx(expected, abs=0.006)
    assert [call.name for call in answer.tools] == ["run_sql"]


def test_shares_are_of_those_who_were_there_or_ordered(shop: Warehouse) -> None:
    there = [gone for _c, _p, joined, gone in SHOP.customers if joined < dt.date(2024, 4, 1)]
    there = [gone for gone in there if gone is None or gone >= dt.date(2024, 4, 1)]
    lost = sum(within(gone, "2024-04-01", "2024-06-30") for gone in there)
    for question in ("churn rate in Q2 2024", "What share of customers cancelled in Q2 2024?"):
        assert lead(ask(question, shop, record=False)) == pytest.approx(100 * lost / len(there), abs=0.006)
    often = ask("What share of customers ordered at least twice?", shop, record=False)
    assert lead(often) == pytest.approx(100 * buyers(2) / buyers(1), abs=0.006)
    plus = ask("What share of orders came from Plus customers?", shop, record=False)
    assert lead(plus) == pytest.approx(100 * len(amounts(plan="Plus")) / len(amounts()), abs=0.006)


def test_a_split_names_each_group_with_its_base(shop: Warehouse) -> None:
    text = ask("average order amount by plan", shop, record=False).text
    for plan in PLANS:
        paid = amounts(plan=plan)
        assert f"{plan}: {sum(paid) / len(paid):.2f} (n = {len(paid)} orders" in text
    months = ask("sign-ups by month in 2024", shop, record=False).text
    assert "2024-02: 29" in months
    ranked = ask("Which plan has the most orders?", shop, record=False).text
    assert ranked.startswith(f"**{max(PLANS, key=lambda plan: len(amounts(plan=plan)))}**")
    tied = ask("Which plan lost the most customers in 2024?", shop, record=False).text
    assert "**Basic** and **Plus** come first" in tied or "**Plus** and **Basic** come first" in tied


def test_counts_of_one_cohort_that_left(shop: Warehouse) -> None:
    answer = ask("How many customers who joined in February 2024 have left?", shop, record=False)
    gone = [g for _c, _p, joined, g in SHOP.customers if within(joined, "2024-02-01", "2024-02-29") and g]
    assert lead(answer) == len(gone)


def test_two_counts_in_one_question_are_both_told(shop: Warehouse) -> None:
    text = ask("How many orders were placed in March 2024, and what did they add up to?", shop, record=False).text
    paid = amounts("2024-03-01", "2024-03-31")
    assert f"**{len(paid)}** orders" in text
    assert f"{sum(paid):,.0f}" in text


@pytest.mark.parametrize(
    "question",
    [
        "How many customers will cancel?",
        "How many customers left because of the price?",
        "How many detractors left in 2024?",
        "How many customers left a comment?",
        "How many customers ordered in eye colour blue?",
        "average number of orders per month",
        "revenue growth in 2024",
        "NPS by number of orders",
        "median order value",
        "What is our profit?",
        "average stay by plan",
        "How many customers upgraded in 2024?",
        "How many customers never ordered?",
    ],
)
def test_what_is_not_counted_is_refused(shop: Warehouse, question: str) -> None:
    assert ask(question, shop, record=False).status in ("declined", "clarify")


@pytest.mark.parametrize(
    ("question", "table"),
    [
        ("How many orders were placed in May 2024?", "no table of orders"),
        ("average order value", "no table of orders"),
        ("How many customers cancelled in 2024?", "no table of customers"),
        ("How many people signed up in 2024?", "no table of customers"),
    ],
)
def test_a_missing_table_is_named(bare_folder: Path, question: str, table: str) -> None:
    with Warehouse(bare_folder) as bare:
        answer = ask(question, bare, record=False)
    assert answer.status == "declined"
    assert table in answer.text


@pytest.mark.parametrize(
    "question",
    ["What is our NPS?", "NPS of Plus customers in June 2024", "How many answers came in?", "NPS in order of plan"],
)
def test_questions_about_answers_stay_questions_about_answers(shop: Warehouse, question: str) -> None:
    answer = ask(question, shop, record=False)
    assert all(call.name != "run_sql" for call in answer.tools)


def test_means_by_class_stand_at_the_time_of_the_answer(shop: Warehouse) -> None:
    answer = ask("average orders so far of promoters and detractors", shop, record=False)
    assert answer.status == "answered"
    assert "promoter: " in answer.text
    assert "detractor: " in answer.text
    assert "passive" not in answer.text


@pytest.mark.parametrize(
    ("question", "leaving"),
    [
        ("What share of customers cancel within three months of joining?", True),
        ("3-month churn rate", True),
        ("What share of customers is still here 3 months after joining?", False),
        ("3-month retention", False),
        ("retention after 90 days", False),
    ],
)
def test_an_age_is_told_with_the_side_that_was_asked_for(shop: Warehouse, question: str, leaving: bool) -> None:
    answer = ask(question, shop, record=False)
    gone = sum(g is not None and (g - joined).days <= 91 for _c, _p, joined, g in SHOP.customers) / 120
    assert "3 months after joining" in answer.text
    assert lead(answer) == pytest.approx(100 * (gone if leaving else 1 - gone), abs=1.5)
    assert ("have left; " in answer.text) == leaving


def test_bought_again_within_months_is_not_told_by_one_month(shop: Warehouse) -> None:
    assert ask("What share buys again within 3 months?", shop, record=False).status == "declined"


def test_the_quality_that_was_asked_for_comes_first(shop: Warehouse) -> None:
    unscored = sum(score == "" for _c, _d, score in SHOP.answers)
    assert lead(ask("How many records have no valid score?", shop, record=False)) == unscored
    assert lead(ask("How many responses could not be matched to a customer?", shop, record=False)) == 0
