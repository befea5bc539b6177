"""Cells under the minimum base: nothing of them is shown, and nothing that is shown gives them away."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any

import pytest

from tools.disclosure import OTHER
from tools.explain.decompose import DecomposeResult
from tools.explain.outliers import OutliersResult
from tools.measure.compare import CompareResult
from tools.measure.score import NpsResult
from tools.measure.trend import TrendResult
from tools.registry import run_tool
from tools.result import Result
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
SMALL = {"plan": "Tiny"}


@pytest.fixture(scope="module")
def rows(answers: Any) -> list[Row]:
    """Two large plans and one with 1 promoter and 2 detractors; the 3 are nobody else's figure."""
    return [
        *answers(61, 23, 37, plan="Starter", region="North"),
        *answers(22, 25, 44, plan="Starter", region="South"),
        *answers(31, 27, 9, plan="Growth", region="South"),
        *answers(1, 0, 2, plan="Tiny", region="South"),
    ]


@pytest.fixture(scope="module")
def survey(load: Load, rows: list[Row]) -> Warehouse:
    return load(rows)


def everything(result: Result) -> Iterator[dict[str, Any]]:
    """All that is told of cells: facts, rows of the table, points of the chart, cells of the result."""
    told = result.model_dump(mode="json", exclude={"sql"})
    waiting: list[Any] = [told]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
        waiting.extend(item.values() if isinstance(item, dict) else item if isinstance(item, list) else ())


def figures_of(result: Result, value: str) -> list[Any]:
    """Numbers that stand beside a value of a dimension, wherever in the result; the sql is not told."""
    numbers: list[Any] = []
    for item in everything(result):
        if value in item.values() or value in (item.get("where") or {}).values():
            numbers += [v for v in item.values() if isinstance(v, int | float) and not isinstance(v, bool)]
    for row in result.table.rows if result.table else []:
        if value in row:
            numbers += [v for v in row if isinstance(v, int | float)]
    return numbers


@pytest.mark.parametrize("arguments", [{}, {"detail": True}, {"grain": "year"}])
def test_a_small_cell_of_a_split_is_named_and_has_no_figure(
    load: Load, rows: list[Row], arguments: dict[str, Any]
) -> None:
    result = run_tool(
        load([row | {"responded_at": "2025-03-03"} for row in rows]), "nps", {"by": ["plan"], **arguments}
    )
    assert isinstance(result, NpsResult)
    (cell,) = [cell for cell in result.cells if cell.where["plan"] == "Tiny"]
    assert {cell.n, cell.nps, cell.low, cell.high, cell.promoters, cell.passives, cell.detractors} == {None}
    (fact,) = [fact for fact in result.facts if fact.where.get("plan") == "Tiny"]
    assert (fact.value, fact.n, fact.low, fact.high) == (None, None, None, None)
    assert fact.reason == "fewer than 5 scored answers"
    assert figures_of(result, "Tiny") == []
    assert "Tiny" in str(result.table) and "Tiny" not in str(result.chart)
    assert result.ranking is None or "Tiny" not in result.ranking.model_dump_json()
    named = [caveat for caveat in result.caveats if "Tiny" in caveat]
    assert len(named) == 1 and set(re.findall(r"\d+", named[0])) <= {"5", "2025"}


def test_totals_and_rests_are_those_of_the_shown_cells(
    survey: Warehouse, rows: list[Row], by_hand: Any, by_id: Any
) -> None:
    result = run_tool(survey, "nps", {"by": ["plan"], "detail": True})
    assert isinstance(result, NpsResult) and result.ranking is not None
    shown = [row for row in rows if row["plan"] != "Tiny"]
    assert by_id(result, result.total.fact).name == "nps_of_shown_cells"
    assert (result.total.n, result.total.nps) == (len(shown), by_hand.nps(shown))
    assert result.total.n == sum(cell.n or 0 for cell in result.cells)
    sides = [by_hand.where(rows, plan=plan) for plan in ("Starter", "Growth")]
    assert by_id(result, result.ranking.lowest.rest).value == pytest.approx(by_hand.difference(*sides).estimate)
    assert by_id(result, result.ranking.test).n == len(shown)


def test_no_number_of_a_result_speaks_of_the_small_cell(survey: Warehouse, rows: list[Row], whole: Any) -> None:
    """The total of all answers, the small cell's own counts and its NPS stand nowhere."""
    text = whole(run_tool(survey, "nps", {"by": ["plan"], "detail": True}))
    numbers = {float(number) for number in re.findall(r"(?<![\w.\"])-?\d+(?:\.\d+)?(?![\w.])", text)}
    assert not numbers & {float(len(rows)), 3.0, 2.0, 100 * (1 - 2) / 3}


def test_the_minimum_base_of_the_catalog_decides(load: Load, rows: list[Row]) -> None:
    def hidden(base: int) -> set[str]:
        result = run_tool(load(rows, base=base), "nps", {"by": ["plan", "region"]})
        assert isinstance(result, NpsResult)
        return {" ".join(cell.where.values()) for cell in result.cells if cell.n is None}

    assert hidden(1) == hidden(3) == set()
    assert hidden(4) == {"Tiny South"}
    assert hidden(92) == {"Tiny South", "Growth South", "Starter South"}
    with pytest.raises(MissingDataError, match="fewer than 200 scored answers for this data in every cell"):
        hidden(200)


def test_a_small_whole_is_refused_without_its_number(survey: Warehouse) -> None:
    for arguments in ({"where": SMALL}, {"where": SMALL, "by": ["region"]}):
        with pytest.raises(MissingDataError) as error:
            run_tool(survey, "nps", arguments)
        assert re.findall(r"\d+", str(error.value)) == ["5"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_cells_a_split_gives_no_small_one_away(
    load: Load, by_hand: Any, given_away: Any, seed: int
) -> None:
    draw = random.Random(seed)
    rows: list[Row] = [
        {
            "customer_id": f"c{i}",
            "nps_score": draw.randrange(11),
            "plan": draw.choice("AAABBC"),
            "tier": draw.choice("112345"),
        }
        for i in range(90)
    ]
    result = run_tool(load(rows), "nps", {"by": ["plan", "tier"]})
    assert isinstance(result, NpsResult)
    small = [{"plan": p, "tier": t} for (p, t), own in by_hand.split(rows, "plan", "tier").items() if len(own) < 5]
    shown = [cell.where for cell in result.cells if cell.n is not None]
    assert small and result.total.n == sum(len(by_hand.where(rows, **where)) for where in shown)
    assert given_away(rows, [shown, *shown], small) == []
    assert given_away(rows, [{}, *shown], [small]) == [small]  # what the true total would give away


def test_a_small_group_is_refused_on_either_side_of_a_comparison(survey: Warehouse) -> None:
    everybody_but_tiny = {"plan": ["Starter", "Growth"]}
    for arguments in (
        {"group": SMALL},
        {"group": everybody_but_tiny},
        {"group": {"plan": "Growth"}, "against": SMALL},
        {"group": SMALL, "against": {"plan": "Growth"}},
        {"group": {"plan": "Growth"}, "where": {"plan": ["Growth", "Tiny"]}},
    ):
        with pytest.raises(MissingDataError) as error:
            run_tool(survey, "compare", arguments)
        assert re.findall(r"\d+", str(error.value)) == ["5", "5"]


def test_the_size_of_an_overlap_is_told_only_where_it_is_large(survey: Warehouse) -> None:
    with pytest.raises(NpsError, match=r"^Some answers belong to both sides") as error:
        run_tool(survey, "compare", {"group": {"plan": ["Growth", "Tiny"]}, "against": {"plan": ["Tiny", "Starter"]}})
    assert not re.findall(r"\d", str(error.value))


def test_everybody_else_tells_only_the_two_sides(survey: Warehouse, rows: list[Row]) -> None:
    result = run_tool(survey, "compare", {"group": {"plan": "Growth"}})
    assert isinstance(result, CompareResult)
    sizes = {67, len(rows) - 67}
    assert (result.first.n, result.second.n) == (67, len(rows) - 67)
    assert {fact.n for fact in result.facts} <= sizes | {sum(sizes)}


def test_a_small_month_is_marked_and_takes_no_part(load: Load, answers: Any, by_id: Any) -> None:
    months = {
        "01": (30, 10, 20),
        "02": (30, 11, 22),
        "03": (1, 0, 2),
        "04": (24, 10, 20),
        "05": (25, 12, 29),
        "06": (0, 2, 0),
    }
    rows = [
        row | {"responded_at": f"2025-{month}-{day}"}
        for month, counts in months.items()
        for row, day in zip(answers(*counts), 50 * ["01", "28"], strict=False)
    ]
    result = run_tool(load(rows), "trend", {"grain": "month", "period": "2025-01..2025-06"})
    assert isinstance(result, TrendResult)
    assert [cell.n for cell in result.cells] == [60, 63, None, 54, 66, None]
    assert figures_of(result, "2025-03") == figures_of(result, "2025-06") == []
    assert by_id(result, result.slope).n == 60 + 63 + 54 + 66
    assert (result.latest, result.previous) == ("2025-05", "2025-04")
    assert "2025-03" not in str(result.chart)
    assert any("Left out for fewer than 5 scored answers: 2025-03, 2025-06." in caveat for caveat in result.caveats)


@pytest.fixture(scope="module")
def change(answers: Any) -> Callable[[dict[tuple[str, ...], tuple[Any, Any]]], list[Row]]:
    """change({("A", "X"): (before, after)}): counts of plan × country × region in January and February."""

    def change(cells: dict[tuple[str, ...], tuple[Any, Any]]) -> list[Row]:
        return [
            row
            for key, periods in cells.items()
            for day, counts in zip(("2025-01-10", "2025-02-10"), periods, strict=True)
            for row in answers(*counts, **dict(zip(("plan", "country", "region"), key, strict=False)), responded_at=day)
        ]

    return change


def decompose(warehouse: Warehouse, **arguments: Any) -> DecomposeResult:
    result = run_tool(warehouse, "decompose_change", {"before": "2025-01", "after": "2025-02", **arguments})
    assert isinstance(result, DecomposeResult)
    return result


def told_cells(result: DecomposeResult) -> dict[str, list[str]]:
    return {cut.dimension: [s.segment for s in cut.segments] for cut in result.dimensions if cut.told}


def test_small_segments_of_a_change_are_pooled(load: Load, change: Any, by_id: Any, whole: Any) -> None:
    big, other, small = ((60, 20, 20), (40, 20, 40)), ((30, 10, 10), (30, 10, 12)), ((1, 0, 2), (9, 9, 9))
    rows = change({("A",): big, ("B",): other, ("Tiny",): small, ("Gone",): ((2, 0, 0), (0, 0, 0))})
    result = decompose(load(rows), by=["plan"])
    assert {name: set(segments) for name, segments in told_cells(result).items()} == {"plan": {"A", "B", OTHER}}
    pooled = next(s for s in result.dimensions[0].segments if s.segment == OTHER)
    assert by_id(result, pooled.nps_before).n >= 5 and by_id(result, pooled.nps_after).n >= 5
    text = whole(result)
    assert "Tiny" not in text and "Gone" not in text
    assert all(fact.n is None or fact.n >= 5 for fact in result.facts)


def test_one_small_segment_takes_the_smallest_other_along(load: Load, change: Any) -> None:
    rows = change(
        {("A",): ((60, 20, 20), (40, 20, 40)), ("B",): ((30, 10, 10), (30, 10, 12)), ("T",): ((1, 0, 2), (0, 0, 3))}
    )
    result = decompose(load(rows), by=["plan"])
    assert sorted(told_cells(result)["plan"]) == sorted(["A", OTHER])
    alone = decompose(load(change({("A",): ((60, 20, 20), (40, 20, 40)), ("T",): ((1, 0, 2), (0, 0, 3))})), by=["plan"])
    assert alone.dimensions == []


def test_a_joint_cut_does_not_tell_what_its_dimensions_keep(load: Load, change: Any) -> None:
    cells = {
        ("A", "X"): ((120, 0, 20), (20, 0, 120)),
        ("A", "Y"): ((60, 0, 60), (60, 0, 60)),
        ("B", "X"): ((100, 0, 100), (100, 0, 100)),
        ("A", "Z"): ((60, 0, 60), (60, 0, 60)),
        ("B", "Z"): ((60, 0, 60), (80, 0, 60)),
    }
    small = {("B", "Y"): ((2, 0, 1), (1, 0, 2))}
    joint = "plan × country"
    assert any({*cut.split(" × ")} == {*joint.split(" × ")} for cut in told_cells(decompose(load(change(cells)))))
    result = decompose(load(change(cells | small)))
    assert set(told_cells(result)) == {"plan", "country"}
    assert all(len(cut.dimension.split(" × ")) == 1 for cut in result.dimensions)


def test_a_nested_dimension_does_not_tell_a_small_segment_of_the_finer_one(
    load: Load, change: Any, given_away: Any
) -> None:
    """The region less its large countries would be the small country."""
    cells = {
        ("A", "Germany", "Centre"): ((60, 20, 20), (20, 20, 60)),
        ("A", "Austria", "Centre"): ((1, 0, 2), (2, 0, 1)),
        ("A", "France", "West"): ((30, 10, 10), (30, 12, 11)),
        ("B", "France", "West"): ((30, 10, 10), (33, 12, 11)),
        ("B", "Spain", "West"): ((25, 15, 11), (31, 12, 11)),
    }
    rows = change(cells)
    result = decompose(load(rows))
    told: list[Any] = [{}]
    for name, segments in told_cells(result).items():
        listed = [{name: segment} for segment in segments if segment != OTHER]
        told += listed
    for day in ("2025-01-10", "2025-02-10"):
        half = [row for row in rows if row["responded_at"] == day]
        assert given_away(half, told, [{"country": "Austria"}]) == []
    assert given_away(rows, [{"region": "Centre"}, {"country": "Germany"}], [{"country": "Austria"}])


def test_cuts_without_small_segments_are_all_told(load: Load, change: Any) -> None:
    cells = {(p, c): ((20, 10, 10), (20, 10, 12)) for p in "AB" for c in ("X", "Y")}
    assert set(told_cells(decompose(load(change(cells))))) == {"plan", "country"}


def find(warehouse: Warehouse, **arguments: Any) -> list[dict[str, str]]:
    result = run_tool(warehouse, "find_outliers", arguments)
    assert isinstance(result, OutliersResult)
    assert all(fact.n is None or fact.n >= 20 for fact in result.facts)
    return [item.where for item in (*result.below, *result.above)]


def small_cells(
    rows: list[Row], by_hand: Any, names: tuple[str, ...], depth: int, base: int = 5
) -> list[dict[str, str]]:
    found = []
    for some in [(name,) for name in names] + (list(combinations(names, 2)) if depth == 2 else []):
        cells = by_hand.split(rows, *some)
        found += [dict(zip(some, key, strict=True)) for key, own in cells.items() if len(own) < base]
    return found


@pytest.mark.parametrize("depth", [1, 2])
def test_outliers_that_leave_a_small_cell_over_are_not_all_listed(
    load: Load, answers: Any, by_hand: Any, given_away: Any, depth: int
) -> None:
    rows = [
        *answers(150, 0, 50, plan="A", country="X"),
        *answers(50, 0, 150, plan="B", country="X"),
        *answers(30, 0, 0, plan="A", country="Y"),
        *answers(3, 0, 0, plan="C", country="X"),
        *answers(1, 0, 0, plan="C", country="Y"),
    ]
    listed = find(load(rows), depth=depth)
    hidden = small_cells(rows, by_hand, ("plan", "country"), depth)
    assert {"plan": "B"} in listed
    assert given_away(rows, [{}, *listed], hidden) == []
    assert {"plan": "C"} in given_away(rows, [{}, {"plan": "A"}, {"plan": "B"}], hidden)
    result = run_tool(load(rows), "find_outliers", {"depth": depth})
    (withheld,) = [caveat for caveat in result.caveats if caveat.startswith("Not listed")]
    assert "plan A" in withheld and re.findall(r"\d+", withheld) == ["5"]


def test_a_value_and_its_pairs_do_not_tell_the_small_pair_between_them(
    load: Load, answers: Any, by_hand: Any, given_away: Any
) -> None:
    rows = [
        *answers(0, 0, 97, plan="A", country="X"),
        *answers(3, 0, 0, plan="A", country="Y"),
        *answers(90, 20, 40, plan="B", country="X"),
        *answers(130, 20, 50, plan="B", country="Y"),
    ]
    listed = find(load(rows))
    assert {"plan": "A"} in listed or {"plan": "A", "country": "X"} in listed
    hidden = [{"plan": "A", "country": "Y"}]
    assert small_cells(rows, by_hand, ("plan", "country"), 2) == hidden
    assert given_away(rows, [{}, *listed], hidden) == []
    assert given_away(rows, [{"plan": "A"}, {"plan": "A", "country": "X"}], hidden) == hidden


def test_a_nested_dimension_does_not_tell_a_small_value(
    load: Load, answers: Any, by_hand: Any, given_away: Any
) -> None:
    rows = [
        *answers(20, 20, 160, country="Germany", region="Centre"),
        *answers(1, 0, 2, country="Austria", region="Centre"),
        *answers(130, 30, 40, country="France", region="West"),
        *answers(130, 30, 40, country="Spain", region="West"),
    ]
    for depth in (1, 2):
        listed = find(load(rows), depth=depth)
        assert {"country": "Germany"} in listed or {"region": "Centre"} in listed
        assert given_away(rows, [{}, *listed], small_cells(rows, by_hand, ("country", "region"), depth)) == []


@pytest.mark.parametrize("seed", range(6))
def test_whatever_stands_out_no_small_cell_is_given_away(load: Load, by_hand: Any, given_away: Any, seed: int) -> None:
    draw = random.Random(seed)
    rows: list[Row] = []
    for i in range(700):
        row: Row = {"plan": draw.choice("AAAAABBBBC"), "country": draw.choice("XXXXXYYYYYYYYZ" if i > 9 else "W")}
        row["channel"] = draw.choice("mno") if row["plan"] != "C" else draw.choice("mmmmmmmmmmmmn")
        mood = (row["plan"] == "A") + 2 * (row["country"] == "X") - (row["channel"] == "m")
        score = draw.choice([0, 3, 6]) if draw.random() < 0.2 + 0.2 * mood else draw.choice([7, 8, 9, 10])
        rows.append({"customer_id": f"c{i}", "nps_score": score, **row})
    names = ("plan", "country", "channel")
    listed = find(load(rows, base=18))
    assert len(listed) > 3
    for some in combinations(names, 2):
        own = [where for where in listed if set(where) <= set(some)]
        small = small_cells(rows, by_hand, some, 2, base=18)
        assert small and given_away(rows, [{}, *own], small) == []


def test_where_every_cell_is_large_nothing_is_withheld(load: Load, answers: Any) -> None:
    rows = [*answers(20, 20, 60, plan="A"), *answers(60, 20, 20, plan="B"), *answers(40, 20, 40, plan="C")]
    result = run_tool(load(rows), "find_outliers", {})
    assert not any(caveat.startswith("Not listed") for caveat in result.caveats)
    assert {"plan": "A"} in find(load(rows)) and {"plan": "B"} in find(load(rows))
