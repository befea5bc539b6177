"""find_outliers: what was planted is found and decided, what chance makes is not, and every cut tried is paid for."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from tools.explain.outliers import Outlier, OutliersResult
from tools.registry import run_tool
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
DIMENSIONS = ("plan", "country", "channel")


def find(warehouse: Warehouse, **arguments: Any) -> OutliersResult:
    result = run_tool(warehouse, "find_outliers", arguments)
    assert isinstance(result, OutliersResult)
    return result


def cells(result: OutliersResult) -> list[dict[str, str]]:
    return [item.where for item in (*result.below, *result.above)]


def company(seed: int, unhappy: Callable[[Row], bool], size: int = 900) -> list[Row]:
    """Answers like anybody's, but for those who are unhappy."""
    draw = random.Random(seed)
    rows = []
    for i in range(size):
        row: Row = {"customer_id": f"c{i}", "responded_at": f"2025-0{1 + i % 6}-05"}
        row |= {name: f"{name[:2]}{draw.randrange(4)}" for name in DIMENSIONS}
        likely = [0, 3, 5, 6, 6, 7, 9] if unhappy(row) else [3, 7, 8, 8, 9, 9, 10]
        rows.append(row | {"nps_score": draw.choice(likely)})
    return rows


@pytest.fixture(scope="module")
def planted() -> list[Row]:
    return company(1, lambda row: row["country"] == "co2")


@pytest.fixture(scope="module")
def survey(load: Load, planted: list[Row]) -> Warehouse:
    return load(planted)


def test_a_planted_outlier_is_found_decided_and_compared_with_all_others(
    survey: Warehouse, planted: list[Row], by_hand: Any, by_id: Any
) -> None:
    result = find(survey)
    (worst, *_others) = result.below
    assert (worst.where, worst.decided, worst.own) == ({"country": "co2"}, True, True)
    own = by_hand.where(planted, country="co2")
    rest = [row for row in planted if row["country"] != "co2"]
    level, difference = by_id(result, worst.nps), by_id(result, worst.difference)
    assert (level.value, level.n) == (pytest.approx(by_hand.nps(own)), len(own))
    assert (level.low, level.high) == pytest.approx(by_hand.interval(own))
    expected = by_hand.difference(own, rest)
    assert (difference.value, difference.low, difference.high) == pytest.approx(
        (expected.estimate, expected.low, expected.high)
    )
    assert difference.where == {"country": "co2", "against": "rest"}


def test_a_pair_that_only_repeats_its_parent_is_not_listed(survey: Warehouse) -> None:
    # All sixteen pairs within co2 are as unhappy as co2 is, and against all others would be decided one by one.
    assert {"country": "co2"} in cells(find(survey))
    assert [where for where in cells(find(survey)) if len(where) == 2] == []


def test_a_planted_pair_is_listed_as_a_pair(load: Load) -> None:
    rows = company(3, lambda row: (row["plan"], row["channel"]) == ("pl1", "ch0"), size=1600)
    pair = {"plan": "pl1", "channel": "ch0"}
    result = find(load(rows))
    assert result.below[0].where == pair
    assert result.below[0].decided and result.below[0].own
    assert pair not in cells(find(load(rows), depth=1))


def test_a_pair_that_is_less_far_off_than_its_parent_is_not_listed(load: Load, answers: Any) -> None:
    """Its answers stand out from all others only because their country's do."""
    rows = [
        *answers(0, 0, 200, country="Low", plan="A"),
        *answers(80, 20, 200, country="Low", plan="B"),
        *answers(500, 100, 0, country="High", plan="A"),
        *answers(500, 100, 20, country="High", plan="B"),
    ]
    listed = cells(find(load(rows)))
    assert {"country": "Low"} in listed
    assert {"country": "Low", "plan": "B"} not in listed


def test_an_outlier_above_is_found_too_and_the_surest_comes_first(load: Load) -> None:
    draw = random.Random(4)
    rows = [
        row | ({"nps_score": draw.choice([9, 10, 10, 8])} if row["plan"] == "pl3" else {})
        for row in company(4, lambda row: row["country"] == "co0")
    ]
    result = find(load(rows), depth=1)
    assert (result.below[0].where, result.above[0].where) == ({"country": "co0"}, {"plan": "pl3"})
    for side in (result.below, result.above):
        assert [item.p_holm for item in side] == sorted(item.p_holm for item in side)


def test_the_number_of_cuts_is_stated_and_is_that_of_the_testable_cells(
    survey: Warehouse, planted: list[Row], by_id: Any, by_hand: Any
) -> None:
    groups = [(name,) for name in DIMENSIONS] + list(combinations(DIMENSIONS, 2))
    sizes = [len(own) for names in groups for own in by_hand.split(planted, *names).values()]
    testable = sum(20 <= size <= len(planted) - 20 for size in sizes)
    result = find(survey)
    tried = by_id(result, result.cuts_tried)
    assert (tried.value, tried.unit, tried.n) == (testable, "cells", len(planted))
    assert any(caveat.startswith(f"{testable} cells with at least 20 answers were tested") for caveat in result.caveats)
    assert by_id(find(survey, depth=1), "F1").value == 12
    assert by_id(find(survey, by=["plan", "PLAN", "country"]), "F1").value == 24


def test_p_values_carry_the_price_of_the_search(load: Load, answers: Any, by_hand: Any) -> None:
    rows = [*answers(30, 20, 50, plan="A"), *answers(45, 25, 30, plan="B"), *answers(60, 20, 20, plan="C")]
    result = find(load(rows), depth=1)
    raw = {}
    for plan in "ABC":
        own, rest = by_hand.where(rows, plan=plan), [row for row in rows if row["plan"] != plan]
        mean, everybody = by_hand.nps(own) / 100, by_hand.nps(rows) / 100
        spread = 235 / 300 - everybody**2  # 135 promoters and 100 detractors
        drawn = math.sqrt(spread / 100 * 200 / 299)
        chance = math.erfc(abs(mean - everybody) / drawn / math.sqrt(2))
        raw[plan] = max(by_hand.difference(own, rest).p_value, chance)
    order = sorted(raw, key=lambda plan: raw[plan])
    found = {item.where["plan"]: item for item in (*result.below, *result.above)}
    running = 0.0
    for at, plan in enumerate(order):
        running = max(running, min(1.0, raw[plan] * (3 - at)))
        if plan in found:
            assert found[plan].p_holm == pytest.approx(running)
            assert found[plan].decided == (running < 0.05)
            least = min(raw[other] * 3 / (1 + order.index(other)) for other in order[at:])
            assert found[plan].q_value == pytest.approx(min(1.0, least))
    assert set(found) == {plan for plan in order if raw[plan] < 0.01}


def test_in_pure_noise_nothing_is_decided_but_for_one_company_in_twenty(noisy: Warehouse) -> None:
    decided = 0
    for i in range(40):
        result = find(noisy, where={"world": f"w{i}"})
        decided += any(item.decided for item in (*result.below, *result.above))
    # 6 or more of 40 would come up once in 70 runs of a search that is held to 5 %.
    assert decided <= 5


def test_few_answers_are_enough_for_a_level_but_not_for_an_outlier(load: Load, answers: Any) -> None:
    rows = [*answers(60, 30, 10, plan="A"), *answers(60, 30, 10, plan="B"), *answers(0, 0, 19, plan="C")]
    assert {"plan": "C"} not in cells(find(load(rows)))
    rows += answers(0, 0, 1, plan="C")
    assert {"plan": "C"} in cells(find(load(rows)))


def test_the_minimum_base_of_a_cell_holds_where_it_is_the_larger_one(load: Load, answers: Any, by_id: Any) -> None:
    rows = [*answers(90, 30, 10, plan="A"), *answers(90, 30, 10, plan="B"), *answers(0, 0, 30, plan="C")]
    assert {"plan": "C"} in cells(find(load(rows)))
    stricter = find(load(rows, base=40))
    assert all("C" not in where.values() for where in cells(stricter))
    assert by_id(stricter, stricter.cuts_tried).value == 2
    assert {"plan": "C"} not in cells(find(load(rows, ranking=40)))


def test_missing_values_are_no_segment(load: Load, answers: Any) -> None:
    rows = [*answers(60, 30, 10, plan="A"), *answers(60, 30, 10, plan="B"), *answers(0, 0, 60, plan=None)]
    assert all("(missing)" not in where.values() for where in cells(find(load(rows))))


def test_a_filter_and_a_period_limit_who_is_looked_at(
    survey: Warehouse, planted: list[Row], by_hand: Any, by_id: Any
) -> None:
    result = find(survey, where={"country": "co2"}, period="2025-Q1")
    own = [row for row in by_hand.where(planted, country="co2") if row["responded_at"] < "2025-04"]
    assert by_id(result, result.cuts_tried).n == len(own)
    assert result.dimensions == ["plan", "channel"]
    assert all({"country", "period"} < set(where) for where in cells(result))


def test_repeated_answers_are_not_evidence_twice(load: Load, answers: Any) -> None:
    def worst(result: OutliersResult) -> list[Outlier]:
        return [item for item in result.below if item.where == {"plan": "A"}]

    once = [*answers(8, 8, 14, plan="A"), *answers(14, 8, 8, plan="B"), *answers(40, 30, 30, plan="C")]
    plain, tenfold = find(load(once), depth=1), find(load(once * 10), depth=1)
    assert worst(plain) == worst(tenfold) == []
    assert any("answered more than once" in caveat for caveat in tenfold.caveats)


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"by": ["plam"]}, UnknownNameError, "the nearest: plan"),
        ({"depth": 3}, NpsError, "less than or equal to 2"),
        ({"where": {"country": "co9"}}, UnknownNameError, "no value of country 'co9'"),
        ({"period": "2020"}, MissingDataError, "runs from 2025-01-05 to 2025-06-05"),
        ({"by": ["plan"], "where": {"plan": "pl1"}}, MissingDataError, "nothing to compare"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    survey: Warehouse, arguments: dict[str, Any], error: type[NpsError], told: str
) -> None:
    with pytest.raises(error) as raised:
        run_tool(survey, "find_outliers", arguments)
    assert told in str(raised.value) and str(raised.value).endswith(".")


def test_without_dimensions_there_is_nothing_to_look_at(load: Load, answers: Any) -> None:
    with pytest.raises(MissingDataError, match="no dimension to look for outliers in"):
        find(load([row | {"responded_at": "2025-01-05"} for row in answers(20, 20, 20)]))


def test_each_level_names_the_statement_that_counted_it(survey: Warehouse, by_id: Any) -> None:
    result = find(survey)
    assert result.below or result.above
    for item in (*result.below, *result.above):
        level = by_id(result, item.nps)
        rows = survey.run(result.sql[int(level.source.removeprefix("find_outliers#")) - 1]).rows
        assert any(set(item.where.values()) <= set(row) and level.n in row for row in rows)
