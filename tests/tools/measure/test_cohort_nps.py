"""NPS by cohort and age, once more in plain Python from the rows."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from tools.measure.cohort_contrasts import independent, slope, standardised
from tools.measure.cohort_nps import CohortNpsResult, cohort_nps
from tools.result import Fact
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
DAY = dt.timedelta(days=1)
LAST = dt.date(2025, 6, 30)
QUARTER = 91.3125


def world(rng: random.Random, by_cohort: float = 0.0, by_age: float = 0.0) -> tuple[list[Row], list[Row]]:
    """Answers of customers who joined from 2023-07 to 2024-12; scores move with the cohort's and the age's number."""
    customers, rows = [], []
    for i in range(700):
        joined = dt.date(2023, 7, 1) + rng.randrange(549) * DAY
        customers.append({"customer_id": f"c{i}", "joined_at": joined, "plan": rng.choice("AB")})
        mood = rng.gauss(0, 1)
        for _ in range(rng.choice((0, 1, 2, 3))):
            day = joined + (rng.randrange(700) - 20) * DAY
            if dt.date(2023, 9, 1) <= day <= LAST:
                number = (joined.year - 2023) * 4 + (joined.month - 1) // 3 - 2
                age = max((day - joined).days, 0) // 91
                score = round(7.4 + mood + rng.gauss(0, 1.5) + by_cohort * number + by_age * age)
                rows.append({"customer_id": f"c{i}", "responded_at": day, "nps_score": min(max(score, 0), 10)})
    rows.append({"customer_id": "c0", "responded_at": LAST, "nps_score": 9})
    return customers, rows


@pytest.fixture(scope="module")
def rows() -> tuple[list[Row], list[Row]]:
    return world(random.Random(3), by_cohort=-0.35)


@pytest.fixture(scope="module")
def warehouse(rows: tuple[list[Row], list[Row]], load: Callable[..., Warehouse]) -> Warehouse:
    return load(rows[1], customers=rows[0])


def facts(result: CohortNpsResult) -> dict[str, Fact]:
    return {fact.id: fact for fact in result.facts}


def placed(rows: tuple[list[Row], list[Row]]) -> dict[tuple[str, int], list[Row]]:
    """Answers from joining on by quarter of joining and whole quarters since."""
    joined = {c["customer_id"]: c["joined_at"] for c in rows[0]}
    found: dict[tuple[str, int], list[Row]] = defaultdict(list)
    for row in rows[1]:
        start = joined[row["customer_id"]]
        days = (row["responded_at"] - start).days
        if days >= 0:
            found[f"{start.year}-Q{(start.month - 1) // 3 + 1}", int(days / QUARTER)].append(row)
    return found


def x(row: Row) -> int:
    score = int(row["nps_score"])
    return 100 * (int(score > 8) - int(score < 7))


def test_each_cell_is_the_nps_of_its_answers(
    warehouse: Warehouse, rows: tuple[list[Row], list[Row]], by_hand: Any
) -> None:
    result = cohort_nps(warehouse)
    cells = placed(rows)
    assert {(c.cohort, c.age) for c in result.cells} == set(cells)
    for item in result.cells:
        own = cells[item.cohort, item.age]
        if len(own) < 5:
            assert item.cell.nps is item.cell.n is None
            continue
        assert item.cell.n == len(own)
        assert item.cell.nps == pytest.approx(by_hand.nps(own))
        assert (item.cell.low, item.cell.high) == pytest.approx(by_hand.interval(own))
    assert (result.column, result.cohort_grain, result.age_name) == ("joined_at", "quarter", "age_quarters")


def test_margins_hold_the_shown_cells_only(warehouse: Warehouse, rows: tuple[list[Row], list[Row]]) -> None:
    result = cohort_nps(warehouse)
    shown = [(c.cohort, c.age, c.cell.n or 0) for c in result.cells if c.cell.n is not None]
    assert len(shown) < len(result.cells)
    for cell in result.cohorts:
        assert cell.n == sum(n for cohort, _age, n in shown if cohort == cell.where["cohort"])
    for cell in result.ages:
        assert cell.n == sum(n for _cohort, age, n in shown if str(age) == cell.where["age_quarters"])
    assert result.total.n == sum(n for _c, _a, n in shown)
    assert {fact.name for fact in result.facts if fact.id == result.total.fact} == {"nps_of_shown_cells"}
    own = [x(r) for key, group in placed(rows).items() if len(group) >= 5 for r in group]
    assert result.total.nps == pytest.approx(sum(own) / len(own))


def test_answers_from_before_joining_are_left_out_and_counted(
    warehouse: Warehouse, rows: tuple[list[Row], list[Row]]
) -> None:
    joined = {c["customer_id"]: c["joined_at"] for c in rows[0]}
    early = sum(row["responded_at"] < joined[row["customer_id"]] for row in rows[1])
    result = cohort_nps(warehouse)
    assert early > 0
    assert facts(result)[result.before_joining].value == early
    assert any(note.startswith(f"{early} answers from before") for note in result.caveats)


def test_cells_at_the_edge_of_the_data_are_incomplete(warehouse: Warehouse) -> None:
    complete = {(c.cohort, c.age): c.complete for c in cohort_nps(warehouse).cells}
    assert complete["2024-Q1", 2]  # 31 March + 9 months = 31 December 2024
    assert not complete["2024-Q1", 5]  # those who joined in March would be that old on 30 September 2025 only
    assert not complete["2023-Q3", 0]  # answers begin in September


def judged(rows: tuple[list[Row], list[Row]]) -> dict[tuple[str, int], list[Row]]:
    return {key: own for key, own in placed(rows).items() if len(own) >= 20}


def test_a_cohort_is_compared_with_all_answers_at_the_same_ages(
    warehouse: Warehouse, rows: tuple[list[Row], list[Row]]
) -> None:
    """Each answer less the mean of all answers at its age, averaged over the cohort's answers."""
    result = cohort_nps(warehouse)
    cells = judged(rows)
    at_age: dict[int, list[int]] = defaultdict(list)
    for (_cohort, age), own in cells.items():
        at_age[age] += [x(row) for row in own]
    assert len(result.cohort_effects) > 3
    for effect in result.cohort_effects:
        off = [
            x(row) - sum(at_age[age]) / len(at_age[age])
            for (cohort, age), own in cells.items()
            if cohort == effect.name
            for row in own
        ]
        fact = facts(result)[effect.difference]
        assert fact.n == len(off)
        assert fact.value == pytest.approx(sum(off) / len(off))


def test_slopes_are_those_of_a_regression_with_the_other_one_held_fixed(
    warehouse: Warehouse, rows: tuple[list[Row], list[Row]]
) -> None:
    """Least squares over single answers: the cohort's number and a constant for each age; and the reverse."""
    result = cohort_nps(warehouse)
    answers = [
        (int(cohort[:4]) * 4 + int(cohort[-1]), age, x(row))
        for (cohort, age), own in judged(rows).items()
        for row in own
    ]
    y = np.array([value for _c, _a, value in answers], float)
    for at, name in ((0, result.cohort_slope), (1, result.age_slope)):
        moving = np.array([answer[at] for answer in answers], float)
        fixed = [answer[1 - at] for answer in answers]
        dummies = [[float(value == level) for level in sorted(set(fixed))] for value in fixed]
        fit = np.linalg.lstsq(np.column_stack([moving, dummies]), y, rcond=None)[0]
        assert facts(result)[name or ""].value == pytest.approx(fit[0])


def test_a_planted_difference_between_cohorts_is_found(warehouse: Warehouse) -> None:
    result = cohort_nps(warehouse)
    assert result.cohorts_differ
    assert result.cohort_direction == "falling"
    assert result.cohort_straight


def test_a_planted_difference_between_ages_is_found_and_no_other(load: Callable[..., Warehouse]) -> None:
    customers, answers = world(random.Random(8), by_age=0.4)
    result = cohort_nps(load(answers, customers=customers))
    assert (result.ages_differ, result.age_direction) == (True, "rising")
    assert (result.cohorts_differ, result.cohort_direction) == (False, "no clear trend")


def test_it_is_said_that_cohort_age_and_time_cannot_be_told_apart(warehouse: Warehouse) -> None:
    caveats = " ".join(cohort_nps(warehouse).caveats)
    assert "no data tell them apart" in caveats
    assert "customers who stayed" in caveats


def test_cohorts_ages_filters_and_periods_can_be_chosen(
    warehouse: Warehouse, rows: tuple[list[Row], list[Row]]
) -> None:
    result = cohort_nps(warehouse, cohort="joined_at:year", grain="year", where={"plan": "A"}, period="2024")
    plans = {c["customer_id"]: c for c in rows[0]}
    expected: dict[tuple[str, int], int] = defaultdict(int)
    for row in rows[1]:
        customer = plans[row["customer_id"]]
        days = (row["responded_at"] - customer["joined_at"]).days
        if customer["plan"] == "A" and row["responded_at"].year == 2024 and days >= 0:
            expected[str(customer["joined_at"].year), int(days / 365.25)] += 1
    assert {(c.cohort, c.age): c.cell.n for c in result.cells} == expected
    assert all(c.cell.where["period"] == "2024" and c.cell.where["plan"] == "A" for c in result.cells)


def test_without_a_joining_date_it_says_what_is_needed(
    rows: tuple[list[Row], list[Row]], load: Callable[..., Warehouse]
) -> None:
    signed = {c["customer_id"]: c["joined_at"] for c in rows[0]}
    with pytest.raises(MissingDataError, match="date on which each customer joined"):
        cohort_nps(load(rows[1]))
    beside = load([{**row, "first_seen": signed[row["customer_id"]]} for row in rows[1]])
    with pytest.raises(UnknownNameError, match="date column"):
        cohort_nps(beside, cohort="joined:quarter")
    named = cohort_nps(beside, cohort="first_seen")
    assert {(c.cohort, c.age) for c in named.cells} == set(placed(rows))


def test_too_fine_a_triangle_is_refused(load: Callable[..., Warehouse]) -> None:
    rng = random.Random(1)
    customers = [
        {"customer_id": f"c{i}", "joined_at": dt.date(2015, 1, 1) + rng.randrange(2500) * DAY} for i in range(1500)
    ]
    answers = [
        {"customer_id": c["customer_id"], "responded_at": LAST - rng.randrange(900) * DAY, "nps_score": 9}
        for c in customers
    ]
    with pytest.raises(NpsError, match="choose coarser ones"):
        cohort_nps(load(answers, customers=customers), cohort="joined_at:month", grain="month")


def test_contrasts_add_up_to_nothing_and_slopes_to_one() -> None:
    n = np.array([4.0, 6.0, 5.0, 5.0, 10.0])
    cohorts, ages = [0, 0, 1, 1, 2], [0, 1, 0, 1, 0]
    found = standardised(n, cohorts, ages)
    sizes = {0: 10, 1: 10, 2: 10}
    assert sum(sizes[key] * weights for key, weights in found.items()) == pytest.approx(0)
    for weights in found.values():
        assert weights.sum() == pytest.approx(0)
    assert len(independent(list(found.values()))) == 2
    line = slope(n, cohorts, ages)
    assert line is not None and float(line @ np.array(cohorts)) == pytest.approx(1)


def test_rows_that_share_no_column_have_no_contrast() -> None:
    assert standardised(np.array([5.0, 5.0]), [0, 1], [0, 1]) == {}
    assert slope(np.array([5.0, 5.0]), [0, 1], [0, 1]) is None


def check_facts(result: CohortNpsResult, names: Sequence[str]) -> None:
    for fact in result.facts:
        assert int(fact.source.split("#")[1]) <= len(result.sql)
        if fact.name in names and fact.value is not None:
            assert fact.n and fact.low is not None and fact.high is not None


def test_every_figure_has_its_base_and_statement(warehouse: Warehouse, pricing: Warehouse) -> None:
    for opened in (warehouse, pricing):
        check_facts(cohort_nps(opened), ("nps", "nps_of_shown_cells", "nps_difference"))
