"""nps: every figure against plain counting by hand, whatever the split, the filter, the period and the grain."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.measure.score import NpsResult
from tools.registry import run_tool
from tools.stats.counts import Counts
from tools.stats.score import nps_interval
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]

# Thirty answers that tell the loader what the columns are; the drawn ones come on top.
PLAIN: list[Row] = [
    {
        "customer_id": f"c{i}",
        "nps_score": (0, 7, 10, 9, 6)[i % 5],
        "responded_at": f"2025-0{1 + i % 3}-{1 + i:02d}",
        "plan": "AB"[i % 2],
        "tier": i % 3,
    }
    for i in range(28)
]
DRAWN = st.lists(
    st.fixed_dictionaries(
        {
            "customer_id": st.sampled_from(["c1", "c2", "c3", "x", None]),
            "nps_score": st.sampled_from([None, 0, 6, 7, 8, 9, 10]),
            "responded_at": st.sampled_from([None, "2025-01-31", "2025-02-01", "2025-03-31"]),
            "plan": st.sampled_from([None, "A", "B"]),
            "tier": st.sampled_from([None, 0, 1, 2]),
        }
    ),
    max_size=25,
)


def monthly(row: Row) -> Row:
    return row | {"period": row["responded_at"] and row["responded_at"][:7]}


def figures(result: NpsResult) -> dict[tuple[str, ...], tuple[Any, ...]]:
    names = [*result.by]
    return {
        tuple(cell.where[name] for name in names): (cell.promoters, cell.passives, cell.detractors, cell.n)
        for cell in result.cells
    }


@settings(max_examples=6, deadline=None)
@given(drawn=DRAWN, seed=st.integers(0, 9), grained=st.booleans())
@example(drawn=[], seed=1, grained=True)
def test_every_cell_is_what_counting_by_hand_gives_in_whatever_order_the_rows_stand(
    load: Load, by_hand: Any, drawn: list[Row], seed: int, grained: bool
) -> None:
    rows = [{"response_id": f"id{i}", **row} for i, row in enumerate([*PLAIN, *drawn])]
    arguments = {"by": ["plan", "tier"]} | ({"grain": "month"} if grained else {})
    result = run_tool(load(rows, base=1), "nps", arguments)
    assert isinstance(result, NpsResult)
    shuffled = random.Random(seed).sample(rows, len(rows))
    assert run_tool(load(shuffled, base=1), "nps", arguments).facts == result.facts

    names = ("plan", "tier", "period") if grained else ("plan", "tier")
    cells = {key: own for key, own in by_hand.split(map(monthly, rows), *names).items() if sum(by_hand.counts(own))}
    assert {tuple(cell.where.values()) for cell in result.cells} == set(cells)
    for cell in [*result.cells, result.total]:
        own = cells[tuple(cell.where.values())] if cell.where else rows
        assert (cell.promoters, cell.passives, cell.detractors) == by_hand.counts(own)
        assert cell.n == sum(by_hand.counts(own))
        assert cell.nps == pytest.approx(by_hand.nps(own), abs=1e-9)
        assert (cell.low, cell.high) == pytest.approx(by_hand.interval(own), abs=1e-9)
    for figure in ("n", "promoters", "passives", "detractors"):
        assert sum(getattr(cell, figure) for cell in result.cells) == getattr(result.total, figure)


@pytest.fixture(scope="module")
def rows(answers: Any) -> list[Row]:
    """Whole-number, yes-and-no and dated columns beside the plan; some answers know no plan or have no score."""
    made = [
        *answers(20, 5, 5, plan="Starter", store=101, vip=True, created_at="2024-11-05"),
        *answers(6, 9, 15, plan="Growth", store=102, vip=False, created_at="2024-12-31"),
        *answers(8, 1, 0, plan=None, store=102, vip=None, created_at=None),
    ]
    for i, row in enumerate(made):
        row["responded_at"] = f"2025-0{1 + i % 4}-{1 + i % 28:02d}"
    blank = {"customer_id": "none", "nps_score": None, "plan": "Starter", "store": 101, "vip": True}
    return [*made, *({**blank, "responded_at": "2025-02-02", "created_at": f"2024-11-0{i}"} for i in range(1, 5))]


@pytest.fixture(scope="module")
def survey(load: Load, rows: list[Row]) -> Warehouse:
    return load(rows)


def nps(warehouse: Warehouse, **arguments: Any) -> NpsResult:
    result = run_tool(warehouse, "nps", arguments)
    assert isinstance(result, NpsResult)
    return result


def test_where_nobody_answers_twice_the_interval_is_that_of_independent_answers(survey: Warehouse) -> None:
    result = nps(survey, by=["plan"])
    assert not survey.catalog.repeated_customers
    for cell in [*result.cells, result.total]:
        plain = nps_interval(Counts(cell.promoters or 0, cell.passives or 0, cell.detractors or 0))
        assert (cell.nps, cell.low, cell.high) == (plain.estimate, plain.low, plain.high)
    assert figures(result) == {("Starter",): (20, 5, 5, 30), ("Growth",): (6, 9, 15, 30), ("(missing)",): (8, 1, 0, 9)}


def test_repeated_answers_widen_each_interval_as_a_clustered_variance_does(load: Load, by_hand: Any) -> None:
    draw = random.Random(5)
    rows = []
    for customer in range(60):
        mood = draw.choice([2, 8, 10])
        for _ in range(draw.randint(1, 6)):
            score = mood if draw.random() < 0.8 else draw.choice([2, 8, 10])
            rows.append({"customer_id": f"c{customer}", "nps_score": score, "plan": draw.choice("AB")})
    rows += [{"customer_id": None, "nps_score": draw.choice([2, 8, 10]), "plan": "A"} for _ in range(20)]
    result = nps(load(rows), by=["plan"])
    assert by_hand.design_effect(rows) > 1.5
    for cell in [*result.cells, result.total]:
        own = by_hand.where(rows, **cell.where)
        assert (cell.low, cell.high) == pytest.approx(by_hand.interval(own), abs=1e-9)
        assert cell.low is not None and cell.high is not None
        independent = by_hand.interval(own, 1.0)
        assert cell.high - cell.low > 1.1 * (independent[1] - independent[0])
    effect = f"{by_hand.design_effect(rows):.2f}"
    assert any("answered more than once" in caveat and effect in caveat for caveat in result.caveats)


@pytest.mark.parametrize(
    ("where", "kept"),
    [
        ({"plan": "Starter"}, {"plan": ["Starter"]}),
        ({"PLAN": "sTARTER"}, {"plan": ["Starter"]}),
        ({"plan": ["starter", "GROWTH"]}, {"plan": ["Starter", "Growth"]}),
        ({"plan": None}, {"plan": [None]}),
        ({"plan": ["Growth", None]}, {"plan": ["Growth", None]}),
        ({"store": 101}, {"store": [101]}),
        ({"store": 102.0}, {"store": [102]}),
        ({"store": ["101", 102]}, {"store": [101, 102]}),
        ({"vip": True}, {"vip": [True]}),
        ({"vip": False}, {"vip": [False]}),
        ({"vip": [True, None]}, {"vip": [True, None]}),
        ({"plan": "Growth", "store": 102}, {"plan": ["Growth"], "store": [102]}),
        ({"created_at:month": "2024-11"}, {"created_at": [f"2024-11-0{day}" for day in range(1, 6)]}),
    ],
)
def test_a_filter_keeps_the_answers_that_it_names(
    survey: Warehouse, rows: list[Row], by_hand: Any, where: dict[str, Any], kept: dict[str, list[Any]]
) -> None:
    own = [row for row in rows if all(row[name] in values for name, values in kept.items())]
    assert (total := nps(survey, where=where).total).n == sum(by_hand.counts(own))
    assert (total.promoters, total.passives, total.detractors) == by_hand.counts(own)


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2025-02", "2025-02-01", "2025-02-28"),
        ("2025-Q1", "2025-01-01", "2025-03-31"),
        ("2025", "2025-01-01", "2025-12-31"),
        ("2025-01-10..2025-03-05", "2025-01-10", "2025-03-05"),
        ("2025-02..", "2025-02-01", "9999"),
        ("..2025-02-14", "0", "2025-02-14"),
        ("last 10 days", "2025-04-19", "2025-04-28"),
    ],
)
def test_a_period_holds_both_its_ends(
    survey: Warehouse, rows: list[Row], by_hand: Any, period: str, first: str, last: str
) -> None:
    assert max(row["responded_at"] for row in rows) == "2025-04-28"
    own = [row for row in rows if first <= row["responded_at"] <= last]
    total = nps(survey, period=period).total
    assert (total.promoters, total.passives, total.detractors) == by_hand.counts(own)
    by_day = nps(survey, period=period, grain="year")
    assert by_day.total.n == total.n


def test_an_answer_late_on_the_last_day_is_inside_and_one_at_midnight_is_not(load: Load, answers: Any) -> None:
    late = [row | {"responded_at": "2025-01-31 23:59:59"} for row in answers(6, 0, 0)]
    next_day = [row | {"responded_at": "2025-02-01 00:00:00"} for row in answers(0, 0, 7)]
    assert nps(load([*late, *next_day]), period="2025-01").total.n == 6


def test_a_date_of_the_customer_splits_by_its_own_months(survey: Warehouse) -> None:
    assert figures(nps(survey, by=["created_at:month"])) == {
        ("2024-11",): (20, 5, 5, 30),
        ("2024-12",): (6, 9, 15, 30),
        ("(missing)",): (8, 1, 0, 9),
    }
    assert figures(nps(survey, by=["created_at:quarter", "plan"]))["2024-Q4", "Growth"] == (6, 9, 15, 30)


def test_a_dimension_named_twice_splits_once(survey: Warehouse) -> None:
    twice, once = (nps(survey, by=by) for by in (["plan", "PLAN"], ["plan"]))
    assert twice == once


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"by": ["plam"]}, "no dimension 'plam'; the nearest: plan"),
        ({"by": ["created_at"]}, "created_at:month"),
        ({"by": ["creatd_at:month"]}, "no date column 'creatd_at'; the nearest: created_at"),
        ({"where": {"plan": "Startr"}}, "no value of plan 'Startr'; the nearest: Starter"),
        ({"where": {"store": 103}}, "no value of store '103'"),
        ({"where": {"plan": []}}, "'plan' names no value"),
        ({"period": "lately"}, "'lately' is not a period; write a day"),
        ({"period": "2025-02-30"}, "not in the calendar"),
        ({"period": "2025-03..2025-01"}, "ends before it begins"),
        ({"grain": "fortnight"}, "'day', 'week', 'month', 'quarter' or 'year'"),
        ({"groupby": ["plan"]}, "no parameter 'groupby'; it has: by, where, period, grain, detail"),
        ({"by": "plan"}, 'cannot use by = "plan"'),
        ({"by": ["plan", "store", "vip", "created_at:month"], "grain": "month"}, "split by 4 at most"),
    ],
)
def test_a_mistake_is_told_in_one_sentence_with_what_there_is(
    survey: Warehouse, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(NpsError) as error:
        run_tool(survey, "nps", arguments)
    assert told in str(error.value)
    assert str(error.value).endswith(".") and "\n" not in str(error.value)


def test_a_column_of_many_numbers_is_no_dimension(load: Load, answers: Any) -> None:
    rows = [row | {"monthly_fee": 10 + i * 7, "plan": "AB"[i % 2]} for i, row in enumerate(answers(20, 10, 10))]
    warehouse = load(rows)
    with pytest.raises(NpsError, match=r"'monthly_fee' is a number with many values.*run_sql") as error:
        nps(warehouse, by=["monthly_fee"])
    assert not isinstance(error.value, UnknownNameError)


def test_four_axes_are_allowed(survey: Warehouse) -> None:
    result = nps(survey, by=["plan", "store", "vip"], grain="year")
    assert figures(result)["Starter", "101", "True", "2025"] == (20, 5, 5, 30)


def test_a_period_without_answers_says_which_span_the_data_has(survey: Warehouse) -> None:
    with pytest.raises(MissingDataError, match=r"2019.*runs from 2025-01-01 to 2025-04-28"):
        nps(survey, period="2019")
    with pytest.raises(MissingDataError, match=r"runs from 2025-01-01 to 2025-04-28"):
        nps(survey, period="2030-Q1", by=["plan"], grain="month")


def test_a_file_without_dates_has_levels_but_no_periods(load: Load, answers: Any) -> None:
    warehouse = load([*answers(10, 5, 5, plan="A"), *answers(2, 5, 5, plan="B")])
    assert nps(warehouse, by=["plan"]).total.n == 32
    for arguments in ({"grain": "month"}, {"period": "2025"}, {"period": "last 90 days"}):
        with pytest.raises(MissingDataError, match="this data has none; name the column with --date"):
            nps(warehouse, **arguments)


def test_a_dimension_called_period_stands_for_itself_or_not_at_all(load: Load, answers: Any) -> None:
    rows = [
        row | {"period": ("trial", "paid")[i % 2], "responded_at": f"2025-0{1 + i % 3}-07"}
        for i, row in enumerate(answers(20, 20, 20))
    ]
    warehouse = load(rows)
    assert {cell.where["period"]: cell.n for cell in nps(warehouse, by=["period"]).cells} == {"trial": 30, "paid": 30}
    assert nps(warehouse, where={"period": "paid"}).total.where == {"period": "paid"}
    calls: list[tuple[str, dict[str, Any]]] = [
        ("nps", {"by": ["period"], "grain": "month"}),
        ("nps", {"by": ["period"], "period": "2025-01"}),
        ("nps", {"where": {"period": "paid"}, "grain": "month"}),
        ("nps", {"where": {"period": "paid"}, "period": "2025-01"}),
        ("trend", {"where": {"period": "paid"}, "grain": "month"}),
        ("compare", {"where": {"period": "paid"}, "before": "2025-01", "after": "2025-02"}),
        ("find_outliers", {"by": ["period"], "period": "2025"}),
    ]
    for name, arguments in calls:
        with pytest.raises(NpsError, match="'period' cannot stand beside calendar periods"):
            run_tool(warehouse, name, arguments)


def test_unscored_answers_count_nowhere_and_are_told(survey: Warehouse) -> None:
    result = nps(survey)
    assert result.total.n == 69
    assert any(caveat.startswith("4 of 73 responses carry no usable score") for caveat in result.caveats)


def test_a_value_without_any_score_changes_nothing_but_the_unscored(load: Load, answers: Any) -> None:
    unscored = [row | {"nps_score": None} for row in answers(7, 0, 0, plan="C")]
    warehouse = load([*answers(10, 5, 5, plan="A"), *answers(2, 5, 5, plan="B"), *unscored])
    whole, split = nps(warehouse), nps(warehouse, by=["plan"])
    assert split.total == whole.total
    assert split.facts[0].name == "nps"
    assert [c for c in split.caveats if "usable score" in c] == [c for c in whole.caveats if "usable score" in c]
    assert {cell.where["plan"] for cell in split.cells} == {"A", "B"}


def test_shares_and_counts_come_with_wilsons_interval(survey: Warehouse, fact: Any) -> None:
    result = nps(survey, by=["plan"], detail=True)
    share = fact(result, "detractor_share", plan="Starter")
    p, n, z = 5 / 30, 30, 1.959963984540054
    centre, margin = p + z * z / 2 / n, z * math.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
    assert (share.value, share.n) == (pytest.approx(p), 30)
    assert (share.low, share.high) == pytest.approx(
        ((centre - margin) / (1 + z * z / n), (centre + margin) / (1 + z * z / n))
    )
    assert [fact(result, name, plan="Starter").value for name in ("promoters", "passives", "detractors")] == [20, 5, 5]
    assert fact(result, "scored_responses", plan="Starter").value == 30
    assert fact(result, "responses", plan="Starter").value == 34
    shares = [fact(result, f"{name}_share", plan="Growth").value for name in ("promoter", "passive", "detractor")]
    assert sum(shares) == pytest.approx(1)


def test_a_month_that_the_data_or_the_question_covers_in_part_is_marked(survey: Warehouse) -> None:
    assert [cell.where["period"] for cell in nps(survey, grain="month").cells if not cell.complete] == []
    cut = nps(survey, grain="month", period="2025-01-10..2025-03-20")
    assert [cell.where["period"] for cell in cut.cells if not cell.complete] == ["2025-01", "2025-03"]
    quarters = nps(survey, grain="quarter")
    assert [cell.where["period"] for cell in quarters.cells if not cell.complete] == ["2025-Q2"]
    assert "2025-Q2 is not complete in the data." in quarters.caveats


@pytest.fixture(scope="module")
def ranked(load: Load, answers: Any) -> NpsResult:
    rows = [
        *answers(30, 20, 50, plan="Low"),
        *answers(50, 25, 25, plan="Middle"),
        *answers(49, 25, 26, plan="Next"),
        *answers(60, 30, 10, plan="High"),
        *answers(0, 0, 12, plan="Few"),
        *answers(0, 0, 40, plan=None),
    ]
    return nps(load(rows), by=["plan"])


def test_small_and_missing_cells_are_shown_but_never_named_an_end(ranked: NpsResult) -> None:
    assert ranked.ranking is not None
    assert ranked.ranking.order == ["Low", "Next", "Middle", "High"]
    assert {cell.where["plan"] for cell in ranked.cells} == {"Low", "Next", "Middle", "High", "Few", "(missing)"}
    assert any("Too few answers to be ranked (under 20): Few" in caveat for caveat in ranked.caveats)


def test_an_end_differs_from_the_rest_and_its_neighbour_by_what_counting_says(
    ranked: NpsResult, by_id: Any, by_hand: Any, answers: Any
) -> None:
    assert ranked.ranking is not None
    end = ranked.ranking.highest
    rest = answers(30 + 50 + 49, 20 + 25 + 25, 50 + 25 + 26 + 12 + 40)
    expected = by_hand.difference(answers(60, 30, 10), rest)
    assert (by_id(ranked, end.rest).value, by_id(ranked, end.rest).low) == pytest.approx(
        (expected.estimate, expected.low)
    )
    gap = by_hand.difference(answers(60, 30, 10), answers(50, 25, 25))
    assert (end.value, end.next_value, end.differs) == ("High", "Middle", True)
    assert by_id(ranked, end.next).value == pytest.approx(gap.estimate)
    assert end.clear_of_next == (gap.p_value < 0.05)


def test_the_test_of_all_levels_rests_on_the_ranked_answers(ranked: NpsResult, by_id: Any) -> None:
    assert ranked.ranking is not None and ranked.ranking.differ
    assert by_id(ranked, ranked.ranking.test).n == 400


def test_in_pure_noise_an_end_is_hardly_ever_said_to_differ(noisy: Warehouse) -> None:
    found = [nps(noisy, by=["industry"], where={"world": f"w{i}"}).ranking for i in range(40)]
    # At a family-wise 5 %, 6 or more of 40 would come up once in 70 runs.
    assert sum(r is not None and (r.lowest.differs or r.highest.differs) for r in found) <= 5
    assert sum(r is not None and r.differ for r in found) <= 5
