"""compare: the difference, its error and its verdict against plain Python; what may not be compared is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.measure.compare import CompareResult
from tools.registry import run_tool
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]


def compare(warehouse: Warehouse, **arguments: Any) -> CompareResult:
    result = run_tool(warehouse, "compare", arguments)
    assert isinstance(result, CompareResult)
    return result


@pytest.fixture(scope="module")
def check(by_hand: Any, by_id: Any) -> Callable[[CompareResult, list[Row], list[Row]], None]:
    """Every figure of a comparison against plain Python on the rows of both sides."""

    def check(result: CompareResult, first: list[Row], second: list[Row]) -> None:
        for cell, own in ((result.first, first), (result.second, second)):
            assert (cell.promoters, cell.passives, cell.detractors) == by_hand.counts(own)
            assert (cell.low, cell.high) == pytest.approx(by_hand.interval(own), abs=1e-9)
        expected, difference = by_hand.difference(first, second), by_id(result, result.difference)
        figures = (expected.estimate, expected.low, expected.high)
        assert (difference.value, difference.low, difference.high) == pytest.approx(figures, abs=1e-9)
        assert difference.n == result.first.n + result.second.n  # type: ignore[operator]
        p_value = by_id(result, result.p_value).value
        assert p_value == pytest.approx(expected.p_value, abs=1e-12)
        smallest = by_id(result, result.smallest_detectable).value
        assert smallest == pytest.approx(expected.smallest_detectable, abs=1e-9)
        clear = "higher" if expected.estimate > 0 else "lower"
        assert result.verdict == (clear if expected.p_value < 0.05 else "no clear difference")
        assert (difference.low > 0 or difference.high < 0) == (p_value < 0.05)

    return check


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Ninety customers of three plans, most of whom answered in both halves of the year, mostly alike."""
    draw = random.Random(11)
    made = []
    for customer in range(90):
        mood, plan = draw.choice([3, 8, 9, 10]), ("Starter", "Growth", "Scale")[customer % 3]
        for month in draw.sample(range(1, 13), draw.randint(1, 5)):
            score = mood if draw.random() < 0.85 else draw.choice([0, 7, 10])
            row = {"customer_id": f"c{customer}", "nps_score": score, "responded_at": f"2025-{month:02d}-11"}
            made.append(row | {"plan": plan, "region": draw.choice(["North", "South"])})
    made += [row | {"customer_id": None} for row in made[:30]]
    return made


@pytest.fixture(scope="module")
def survey(load: Load, rows: list[Row]) -> Warehouse:
    return load(rows)


HALVES: dict[str, str] = {"before": "2025-H1", "after": "2025-H2"}


def half(rows: list[Row], last: bool) -> list[Row]:
    return [row for row in rows if (row["responded_at"] >= "2025-07") == last]


def test_two_groups(survey: Warehouse, rows: list[Row], by_hand: Any, check: Any) -> None:
    result = compare(survey, group={"plan": "starter"}, against={"plan": ["Growth", "Scale"]})
    starter = by_hand.where(rows, plan="Starter")
    check(result, starter, [row for row in rows if row not in starter])
    assert result.kind == "groups"
    assert (result.first.where, result.second.where) == ({"plan": "Starter"}, {"plan": "Growth or Scale"})


def test_a_group_against_everybody_else_within_a_filter_and_a_period(
    survey: Warehouse, rows: list[Row], by_hand: Any, check: Any
) -> None:
    result = compare(survey, group={"plan": "Scale"}, where={"region": "North"}, period="2025-H2")
    own = half(by_hand.where(rows, region="North"), last=True)
    check(result, by_hand.where(own, plan="Scale"), [row for row in own if row["plan"] != "Scale"])
    assert result.second.where == {"region": "North", "period": "2025-H2", "plan": "not Scale"}


def test_everybody_else_includes_those_whose_value_is_missing(
    load: Load, answers: Any, by_hand: Any, check: Any
) -> None:
    own, rest = answers(8, 2, 2, plan="A"), [*answers(4, 5, 9, plan="B"), *answers(2, 3, 9, plan=None)]
    check(compare(load([*own, *rest]), group={"plan": "A"}), own, rest)
    result = compare(load([*own, *rest]), group={"plan": ["A", None]})
    check(result, [*own, *by_hand.where(rest, plan=None)], by_hand.where(rest, plan="B"))


def test_not_a_group_of_two_conditions_is_all_who_lack_either(
    survey: Warehouse, rows: list[Row], by_hand: Any, check: Any
) -> None:
    own = by_hand.where(rows, plan="Scale", region="North")
    result = compare(survey, group={"plan": "Scale", "region": "North"})
    check(result, own, [row for row in rows if row not in own])


def test_customers_of_both_periods_make_the_difference_surer(
    survey: Warehouse, rows: list[Row], by_hand: Any, by_id: Any, check: Any
) -> None:
    result = compare(survey, **HALVES)
    before, after = half(rows, last=False), half(rows, last=True)
    check(result, after, before)
    strangers = [row | {"customer_id": row["customer_id"] and "x" + row["customer_id"]} for row in before]
    difference = by_id(result, result.difference)
    apart = by_hand.difference(after, strangers)
    assert difference.high - difference.low < 0.9 * (apart.high - apart.low)
    shared = {r["customer_id"] for r in before if r["customer_id"]} & {r["customer_id"] for r in after}
    assert any(caveat.startswith(f"{len(shared)} customers answered on both sides") for caveat in result.caveats)


def test_periods_within_a_group(survey: Warehouse, rows: list[Row], by_hand: Any, check: Any) -> None:
    own = by_hand.where(rows, plan="Growth", region="South")
    for arguments in (
        {"group": {"plan": "Growth"}, "where": {"region": "South"}},
        {"where": {"plan": "Growth", "region": "South"}},
    ):
        result = compare(survey, **HALVES, **arguments)
        check(result, half(own, last=True), half(own, last=False))
        assert result.kind == "periods"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (
            {"group": {"plan": "Starter"}, "against": {"plan": "Scale"}},
            {"group": {"plan": "Scale"}, "against": {"plan": "Starter"}},
        ),
        (HALVES, {"before": "2025-H2", "after": "2025-H1"}),
    ],
)
def test_swapping_the_sides_negates_the_difference(
    survey: Warehouse, by_id: Any, one: dict[str, Any], other: dict[str, Any]
) -> None:
    first, second = compare(survey, **one), compare(survey, **other)
    there, back = by_id(first, first.difference), by_id(second, second.difference)
    assert (back.value, back.low, back.high) == pytest.approx((-there.value, -there.high, -there.low), abs=1e-9)
    for name in ("p_value", "smallest_detectable"):
        assert by_id(first, getattr(first, name)).value == pytest.approx(by_id(second, getattr(second, name)).value)
    assert {first.verdict, second.verdict} in ({"no clear difference"}, {"higher", "lower"})
    assert (first.first.n, first.second.n) == (second.second.n, second.first.n)


COUNTS = st.tuples(*[st.integers(0, 30)] * 3).filter(lambda counts: sum(counts) >= 5)


@settings(max_examples=8, deadline=None)
@given(one=COUNTS, other=COUNTS)
@example(one=(30, 0, 0), other=(5, 0, 0))
@example(one=(0, 5, 0), other=(0, 0, 5))
def test_p_value_interval_and_verdict_never_contradict_each_other(
    load: Load, answers: Any, check: Any, one: tuple[int, int, int], other: tuple[int, int, int]
) -> None:
    first, second = answers(*one, side="one"), answers(*other, side="other")
    bystanders = answers(5, 5, 5, side="third")
    check(
        compare(load([*first, *second, *bystanders]), group={"side": "one"}, against={"side": "other"}), first, second
    )


def test_a_difference_that_is_not_clear_says_what_could_have_been_seen(load: Load, answers: Any, by_id: Any) -> None:
    rows = [*answers(40, 30, 30, plan="A"), *answers(38, 30, 32, plan="B")]
    result = compare(load(rows), group={"plan": "A"}, against={"plan": "B"})
    assert result.verdict == "no clear difference"
    smallest = by_id(result, result.smallest_detectable)
    assert (smallest.name, smallest.unit, smallest.n) == ("smallest_detectable_difference", "points", 200)
    assert smallest.value > abs(by_id(result, result.difference).value)


def test_overlapping_sides_are_refused(survey: Warehouse, rows: list[Row], by_hand: Any) -> None:
    both = len(by_hand.where(rows, plan="Scale", region="North"))
    with pytest.raises(NpsError, match=f"{both} answers belong to both sides"):
        compare(survey, group={"plan": "Scale"}, against={"region": "North"})
    with pytest.raises(NpsError, match="belong to both sides"):
        compare(survey, before="2025-01..2025-07", after="2025-07..2025-12")
    with pytest.raises(NpsError, match="belong to both sides"):
        compare(survey, group={"plan": "Scale"}, against={"plan": "scale"})


def test_the_filter_holds_for_both_sides_also_on_the_groups_own_dimension(
    survey: Warehouse, rows: list[Row], by_hand: Any, check: Any
) -> None:
    two = {"plan": ["Starter", "Growth"]}
    result = compare(survey, where=two, group={"plan": "Starter"})
    check(result, by_hand.where(rows, plan="Starter"), by_hand.where(rows, plan="Growth"))
    with pytest.raises(MissingDataError, match="no scored answers for plan Scale"):
        compare(survey, where=two, group={"plan": "Scale"})


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({}, "needs a group"),
        ({"before": "2025-H1"}, "needs both before and after"),
        ({**HALVES, "against": {"plan": "Scale"}}, "not both"),
        ({**HALVES, "period": "2025-03"}, "not both"),
        ({"group": {"plan": "Scall"}}, "the nearest: Scale"),
        ({"group": {"plan": "Scale"}, "against": {"regoin": "North"}}, "the nearest: region"),
        ({"group": {"plan": "Scale"}, "period": "2031"}, "no scored answers for plan Scale, 2031"),
        ({"before": "2025-H1", "after": "2025-H9"}, "'2025-H9' is not a period"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_sentence(
    survey: Warehouse, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(NpsError) as error:
        run_tool(survey, "compare", arguments)
    assert told in str(error.value) and str(error.value).endswith(".")


def test_what_is_said_of_the_data_holds_for_both_sides(load: Load, answers: Any) -> None:
    clean, patchy = answers(10, 10, 10, plan="A"), answers(10, 10, 10, plan="B")
    blank = [row | {"nps_score": None} for row in answers(4, 0, 0, plan="B")]
    again = [row | {"nps_score": 10} for row in patchy[:10]]
    result = compare(load([*clean, *patchy, *blank, *again]), group={"plan": "A"}, against={"plan": "B"})
    assert any(caveat.startswith("4 of 74 responses carry no usable score") for caveat in result.caveats)
    assert any("answered more than once" in caveat for caveat in result.caveats)


def test_each_level_names_the_statement_that_counted_it(survey: Warehouse, by_id: Any) -> None:
    result = compare(survey, **HALVES)
    for cell in (result.first, result.second):
        statement = int(by_id(result, cell.fact).source.removeprefix("compare#"))
        (counted,) = survey.run(result.sql[statement - 1]).records()
        assert counted["n"] == cell.n
