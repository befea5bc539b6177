"""priorities: what costs most and falls comes first, nothing is claimed for nothing, effort is never invented."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.explain.priorities import PrioritiesResult, Priority
from tools.registry import run_tool
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
EARLY, LATE = "2025-02-10", "2025-05-10"
"""A day in each of two quarters; the other dates of a survey make them complete."""


def look(warehouse: Warehouse, **arguments: Any) -> PrioritiesResult:
    result = run_tool(warehouse, "priorities", arguments)
    assert isinstance(result, PrioritiesResult)
    return result


def told(result: PrioritiesResult) -> list[str]:
    return [item.segment for item in result.priorities]


def of(result: PrioritiesResult, segment: str) -> Priority:
    return next(item for item in result.priorities if item.segment == segment)


@pytest.fixture(scope="module")
def quarters(answers: Any) -> Callable[..., list[Row]]:
    """quarters({"A": ((p, q, d), (p, q, d))}): a value's answers in the first and in the second quarter of 2025."""

    def quarters(cells: dict[str, tuple[tuple[int, int, int], ...]], name: str = "plan", **also: Any) -> list[Row]:
        rows: list[Row] = []
        for value, periods in cells.items():
            for day, counts in zip((EARLY, LATE), periods, strict=True):
                rows += answers(*counts, **{name: value}, responded_at=day, **also)
        for row, day in zip((rows[0], rows[-1]), ("2025-01-01", "2025-06-30"), strict=True):
            row["responded_at"] = day
        return rows

    return quarters


GOOD = ((150, 60, 40), (150, 60, 40))
LOW = ((60, 60, 130), (60, 60, 130))
FALLING = ((95, 60, 95), (25, 60, 165))
RISING = ((25, 60, 165), (95, 60, 95))


@pytest.fixture(scope="module")
def one_low(load: Load, quarters: Any) -> tuple[Warehouse, list[Row]]:
    rows = quarters({"A": GOOD, "B": LOW, "C": GOOD, "D": GOOD})
    return load(rows), rows


def test_the_cost_is_share_times_gap_and_what_the_whole_would_gain(
    one_low: tuple[Warehouse, list[Row]], by_hand: Any, by_id: Any
) -> None:
    warehouse, rows = one_low
    result = look(warehouse)
    (item,) = result.priorities
    own, rest = by_hand.where(rows, plan="B"), [row for row in rows if row["plan"] != "B"]
    cost, gap, share = (by_id(result, key) for key in (item.cost, item.difference, item.share))
    # A quarter of the answers stands at -28, the others at +44.
    assert (by_hand.nps(own), by_hand.nps(rest)) == pytest.approx((-28, 44))
    assert (cost.value, gap.value, share.value) == pytest.approx((18, -72, 0.25))
    assert cost.value == pytest.approx(by_hand.nps(rest) - by_hand.nps(rows))
    assert cost.low < 18 < cost.high and cost.n == 2000
    assert (item.rank, item.impact, item.urgency, item.effort) == (1, "clear and large", "no clear change", "not known")
    assert cost.where == {"plan": "B", "period": "2025-H1", "against": "rest"}


def test_a_falling_segment_goes_before_one_that_is_merely_low_and_that_before_one_that_rises(
    load: Load, quarters: Any, by_id: Any
) -> None:
    result = look(load(quarters({"A": GOOD, "Falling": FALLING, "Low": LOW, "Rising": RISING, "E": GOOD, "F": GOOD})))
    assert [(item.segment, item.urgency, item.rank) for item in result.priorities] == [
        ("plan Falling", "worsening", 1),
        ("plan Low", "no clear change", 2),
        ("plan Rising", "improving", 3),
    ]
    change = by_id(result, of(result, "plan Falling").change)
    assert change.value == pytest.approx((25 - 165) / 2.5 - 0)
    assert change.where == {"plan": "Falling", "period": "2025-Q2", "against": "2025-Q1"}
    assert (result.before, result.after) == ("2025-Q1", "2025-Q2")


def test_equal_costs_share_a_rank_and_are_said_not_to_be_told_apart(load: Load, quarters: Any) -> None:
    slightly = ((58, 60, 132), (58, 60, 132))
    result = look(load(quarters({"A": GOOD, "B": LOW, "C": slightly, "D": GOOD, "E": GOOD})))
    assert [(item.segment, item.rank, item.tied) for item in result.priorities] == [
        ("plan C", 1, False),
        ("plan B", 1, True),
    ]
    assert "cannot be told apart" in result.verdict


def test_effort_decides_between_equals_and_is_never_guessed(load: Load, quarters: Any) -> None:
    warehouse = load(quarters({"A": GOOD, "B": LOW, "C": LOW, "D": LOW, "E": GOOD, "F": GOOD, "G": GOOD}))
    unknown = look(warehouse)
    assert {item.effort for item in unknown.priorities} == {"not known"} and not unknown.effort_given
    assert any("taken as equal" in text for text in unknown.assumed)
    given = look(warehouse, effort={"plan=D": "low", "plan = b": "high"})
    assert [(item.segment, item.effort) for item in given.priorities] == [
        ("plan D", "low"),
        ("plan C", "not known"),
        ("plan B", "high"),
    ]
    assert [item.rank for item in given.priorities] == [1, 2, 3]


def test_an_effort_for_what_is_not_there_is_refused_or_said(one_low: tuple[Warehouse, list[Row]]) -> None:
    warehouse, _rows = one_low
    with pytest.raises(UnknownNameError, match="Z"):
        look(warehouse, effort={"plan=Z": "low"})
    with pytest.raises(NpsError, match="plan=Starter or"):
        look(warehouse, effort={"B": "low"})
    with pytest.raises(NpsError, match="effort"):
        look(warehouse, effort={"plan=B": "tiny"})
    assert any("plan C" in text and "not used" in text for text in look(warehouse, effort={"plan=C": "low"}).caveats)


def grid(answers: Any, cells: dict[tuple[str, str], tuple[int, int, int]]) -> list[Row]:
    return [row for (plan, bill), counts in cells.items() for row in answers(*counts, plan=plan, billing=bill)]


FINE, POOR = (120, 50, 30), (30, 50, 120)


def test_a_pair_that_carries_the_finding_is_listed_and_its_parents_named_around_it(load: Load, answers: Any) -> None:
    cells = {(plan, bill): FINE for plan in "ABC" for bill in ("monthly", "annual")} | {("A", "monthly"): POOR}
    result = look(load(grid(answers, cells)))
    assert told(result) == ["plan A, billing monthly"]
    assert {(item.segment, item.relation) for item in result.priorities[0].covered} == {
        ("plan A", "around"),
        ("billing monthly", "around"),
    }


def test_a_value_that_is_low_throughout_is_listed_and_a_worse_pair_named_inside_it(load: Load, answers: Any) -> None:
    cells = {(plan, bill): FINE for plan in "ABC" for bill in ("monthly", "annual")}
    cells |= {("A", "monthly"): (10, 20, 170), ("A", "annual"): (50, 60, 90)}
    result = look(load(grid(answers, cells)))
    assert told(result)[0] == "plan A"
    assert ("plan A, billing monthly", "inside") in {(c.segment, c.relation) for c in result.priorities[0].covered}
    assert "plan A, billing monthly" not in told(result)


def test_a_dimension_that_only_repeats_another_is_named_beside_it(load: Load, answers: Any) -> None:
    """Nearly all small companies have plan A, and those who do not are as happy as the others."""
    rows = [
        *answers(60, 60, 160, plan="A", size="small"),
        *answers(4, 4, 12, plan="A", size="large"),
        *answers(30, 12, 8, plan="B", size="small"),
        *answers(300, 120, 80, plan="B", size="large"),
    ]
    result = look(load(rows))
    assert told(result) == ["plan A"]
    assert ("size small", "overlapping") in {(c.segment, c.relation) for c in result.priorities[0].covered}


def test_two_findings_that_stand_apart_are_both_listed(load: Load, answers: Any) -> None:
    cells = {(plan, bill): FINE for plan in "ABCD" for bill in ("monthly", "annual", "prepaid", "free")}
    for plan, bill in cells:
        low = (plan == "A") + (bill == "free")
        cells[plan, bill] = ((120, 50, 30), (60, 50, 90), (20, 40, 140))[low]
    assert set(told(look(load(grid(answers, cells))))) == {"plan A", "billing free"}


def test_a_segment_that_falls_from_above_is_listed_last_and_costs_nothing_now(
    load: Load, quarters: Any, by_id: Any
) -> None:
    top = ((240, 10, 0), (170, 50, 30))
    flat = ((130, 60, 60), (130, 60, 60))
    result = look(load(quarters({"Top": top, "B": flat, "C": flat, "Low": LOW})))
    assert told(result) == ["plan Low", "plan Top"]
    last = of(result, "plan Top")
    assert (last.impact, last.urgency) == ("none now", "worsening")
    assert by_id(result, last.cost).value < 0


def test_where_everybody_falls_alike_no_segment_is_named_for_it(load: Load, quarters: Any) -> None:
    fall = ((150, 60, 40), (100, 60, 90))
    result = look(load(quarters(dict.fromkeys("ABCD", fall))))
    assert (told(result), result.verdict, result.whole_verdict) == ([], "nothing stands out", "lower")


def test_nothing_planted_nothing_claimed(noisy: Warehouse) -> None:
    """Twenty companies in which nothing depends on anything: one false alarm is expected, four come once in 60."""
    claimed = [
        look(noisy, where={"world": f"w{world}"}, by=["plan", "country", "channel", "industry"]).priorities
        for world in range(20)
    ]
    assert sum(bool(listed) for listed in claimed) <= 3
    one = look(noisy, where={"world": "w0"}, by=["plan"])
    assert one.verdict == "nothing stands out" and one.table is None and one.chart is None


def test_a_low_segment_that_does_not_change_is_hardly_ever_called_worsening(load: Load) -> None:
    """Thirty companies with one low plan: 5 % false alarms are one or two, six would come once in 300 times."""
    draw = random.Random(11)
    rows: list[Row] = []
    for world in range(30):
        for i in range(420):
            plan = f"p{i % 3}"
            likely = [0, 3, 6, 6, 7, 9] if plan == "p0" else [6, 7, 8, 9, 9, 10]
            day = f"2025-0{1 + i % 6}-{1 + i % 28:02d}"
            rows.append({"world": f"w{world}", "plan": plan, "nps_score": draw.choice(likely), "responded_at": day})
    warehouse = load(rows)
    moved = 0
    for world in range(30):
        result = look(warehouse, where={"world": f"w{world}"}, by=["plan"])
        assert told(result)[:1] == ["plan p0"]
        moved += any(item.urgency in ("worsening", "improving") for item in result.priorities)
    assert moved <= 5


def test_without_dates_urgency_is_not_known_and_that_is_said(load: Load, answers: Any, by_id: Any) -> None:
    result = look(
        load([*answers(60, 20, 20, plan="A"), *answers(20, 20, 60, plan="B"), *answers(60, 20, 20, plan="C")])
    )
    (item,) = result.priorities
    assert (item.urgency, item.change, result.after, result.before) == ("not known", None, None, None)
    assert any("no dates" in text for text in result.assumed)
    assert by_id(result, item.cost).value == pytest.approx((40 + 40) / 3)


@pytest.mark.parametrize("counts", [(100, 0, 0), (0, 100, 0), (0, 0, 100)])
def test_one_class_only_gives_nothing_to_look_at(load: Load, answers: Any, counts: tuple[int, int, int]) -> None:
    result = look(load([*answers(*counts, plan="A"), *answers(*counts, plan="B")]))
    assert result.verdict == "nothing stands out"


def test_a_segment_in_which_everybody_is_a_detractor_keeps_an_interval(load: Load, quarters: Any, by_id: Any) -> None:
    result = look(load(quarters({"A": GOOD, "B": ((0, 0, 60), (0, 0, 60)), "C": GOOD})))
    cost = by_id(result, of(result, "plan B").cost)
    assert cost.low < cost.value < cost.high
    assert of(result, "plan B").urgency == "no clear change"


def test_too_few_answers_are_refused(load: Load, answers: Any) -> None:
    with pytest.raises(MissingDataError, match="20 scored answers"):
        look(load([*answers(5, 2, 3, plan="A"), *answers(2, 2, 6, plan="B")]))
    with pytest.raises(MissingDataError, match="no dimension"):
        look(load([*answers(50, 20, 30)]))


def test_answers_that_customers_repeat_do_not_make_a_cost_surer(load: Load, quarters: Any, by_id: Any) -> None:
    rows = quarters({"A": GOOD, "B": LOW, "C": GOOD})
    again = [row | {"responded_at": row["responded_at"][:-2] + "20"} for row in rows]
    once, twice = look(load(rows), period="2025"), look(load([*rows, *again]), period="2025")
    widths = []
    for result in (once, twice):
        cost = by_id(result, of(result, "plan B").cost)
        widths.append(cost.high - cost.low)
    assert widths[1] == pytest.approx(widths[0], rel=0.02)
    changes = [by_id(result, of(result, "plan B").change) for result in (once, twice)]
    assert changes[1].high - changes[1].low == pytest.approx(changes[0].high - changes[0].low, rel=0.03)


def test_a_period_is_compared_with_the_one_before_it_or_with_the_one_named(
    one_low: tuple[Warehouse, list[Row]],
) -> None:
    warehouse, _rows = one_low
    result = look(warehouse, period="2025-Q2")
    assert (result.before, result.after) == ("2025-Q1", "2025-Q2")
    assert result.priorities[0].where == {"plan": "B", "period": "2025-Q2"}
    result = look(warehouse, period="2025-05..2025-06", before="2025-01..2025-02")
    assert (result.before, result.after) == ("2025-01-01..2025-02-28", "2025-05-01..2025-06-30")
    assert look(warehouse, period="2025-Q1").after == "2025-02-15..2025-03-31"
    with pytest.raises(NpsError, match="give period too"):
        look(warehouse, before="2025-Q1")
    with pytest.raises(NpsError, match="must end before"):
        look(warehouse, period="2025-Q2", before="2025-04")


def test_few_answers_in_the_quarters_make_halves_of_the_span(load: Load, answers: Any) -> None:
    rows = []
    for day in ("2024-01-01", "2024-09-10", "2025-02-10", "2025-06-30"):
        rows += answers(30, 10, 10, plan="A", responded_at=day) + answers(10, 10, 30, plan="B", responded_at=day)
    result = look(load(rows))
    assert (result.before, result.after) == ("2024-01-01..2024-09-29", "2024-09-30..2025-06-30")
    assert "period" not in result.priorities[0].where


def test_only_the_dimensions_asked_for_are_searched_within_the_filter(load: Load, answers: Any) -> None:
    cells = {(plan, bill): FINE for plan in "ABC" for bill in ("monthly", "annual")} | {("A", "monthly"): POOR}
    warehouse = load(grid(answers, cells))
    assert told(look(warehouse, by=["billing"])) == ["billing monthly"]
    inside = look(warehouse, where={"plan": "A"})
    assert told(inside) == ["billing monthly"] and inside.priorities[0].where == {"plan": "A", "billing": "monthly"}


def test_the_list_is_cut_at_top_and_the_rest_counted(load: Load, quarters: Any) -> None:
    warehouse = load(quarters({"A": GOOD, "B": LOW, "C": LOW, "D": LOW, "E": GOOD, "F": GOOD, "G": GOOD}))
    result = look(warehouse, top=1)
    assert (len(result.priorities), result.left_out) == (1, 2)
    with pytest.raises(NpsError, match="top"):
        look(warehouse, top=0)


def test_small_cells_are_not_given_away_by_what_is_listed(load: Load, answers: Any, given_away: Any) -> None:
    rows = [
        *answers(30, 20, 150, plan="A"),
        *answers(20, 20, 160, plan="B"),
        *answers(180, 20, 100, plan="C"),
        *answers(3, 0, 0, plan="D"),
    ]
    result = look(load(rows))
    listed = [item.where for item in result.priorities]
    assert given_away(rows, [{}, *listed], [{"plan": "D"}]) == []
    assert all(fact.n is None or fact.n >= 20 for fact in result.facts)


def test_an_experiment_says_what_it_would_show(one_low: tuple[Warehouse, list[Row]], by_id: Any) -> None:
    warehouse, _rows = one_low
    result = look(warehouse)
    (item,) = result.priorities
    # 500 answers, 250 in either arm, with three pseudo-answers each; V of (120.75, 121.5, 260.75)/503.
    variance = (120.75 + 260.75) / 503 - ((120.75 - 260.75) / 503) ** 2
    expected = (1.959964 + 0.841621) * 100 * (2 * variance / 253) ** 0.5
    assert by_id(result, item.experiment).value == pytest.approx(expected, rel=1e-4)
    assert item.experiment_shows_gap
