"""decompose_change: parts that add up exactly, equal Kitagawa's by hand, and are called clear only when they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tools.explain.decompose import DecomposeResult, DimensionEffects
from tools.registry import run_tool
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
Counts = tuple[int, int, int]
PERIODS = {"before": "2025-01", "after": "2025-02"}


def decompose(warehouse: Warehouse, **arguments: Any) -> DecomposeResult:
    result = run_tool(warehouse, "decompose_change", PERIODS | arguments)
    assert isinstance(result, DecomposeResult)
    return result


@pytest.fixture(scope="module")
def change(answers: Any) -> Callable[..., list[Row]]:
    """change({"A": (before, after)}, "plan"): a segment's counts in January and February."""

    def change(segments: Mapping[str, tuple[Counts, Counts]], name: str = "plan", **values: Any) -> list[Row]:
        return [
            row | values
            for segment, periods in segments.items()
            for counts, day in zip(periods, ("2025-01-10", "2025-02-10"), strict=True)
            for row in answers(*counts, **{name: segment, "responded_at": day})
        ]

    return change


@pytest.fixture(scope="module")
def effects(by_id: Any) -> Callable[[DecomposeResult, DimensionEffects], dict[str, float]]:
    """The parts of a cut by name; a part that is not there is 0."""

    def effects(result: DecomposeResult, cut: DimensionEffects) -> dict[str, float]:
        ids = {"mix": cut.mix, "within": cut.within, "entering": cut.entering, "leaving": cut.leaving}
        return {name: by_id(result, key).value if key else 0.0 for name, key in ids.items()}

    return effects


def kitagawa(before: Mapping[str, Counts], after: Mapping[str, Counts]) -> dict[str, float]:
    """The four parts in points, from their definitions."""

    def n(cells: Mapping[str, Counts]) -> dict[str, int]:
        return {name: sum(cell) for name, cell in cells.items() if sum(cell)}

    def rate(cells: Mapping[str, Counts], names: list[str]) -> float:
        return 100 * sum(cells[k][0] - cells[k][2] for k in names) / sum(sum(cells[k]) for k in names)

    n_0, n_1 = n(before), n(after)
    common = sorted(n_0.keys() & n_1.keys())
    w_0, w_1 = ({k: m[k] / sum(m[j] for j in common) for k in common} for m in (n_0, n_1))
    r_0, r_1 = ({k: rate(cells, [k]) for k in common} for cells in (before, after))
    return {
        "mix": sum((w_1[k] - w_0[k]) * (r_0[k] + r_1[k]) / 2 for k in common),
        "within": sum((w_0[k] + w_1[k]) / 2 * (r_1[k] - r_0[k]) for k in common),
        "entering": rate(after, list(n_1)) - rate(after, common),
        "leaving": rate(before, common) - rate(before, list(n_0)),
    }


CELL = st.tuples(*[st.integers(0, 12)] * 3)
SEGMENTS = st.dictionaries(st.sampled_from("ABCDE"), st.tuples(CELL, CELL), min_size=2, max_size=5)


@settings(max_examples=10, deadline=None)
@given(plans=SEGMENTS, base=st.sampled_from([1, 5]))
@example(plans={"A": ((0, 0, 0), (0, 0, 0)), "C": ((0, 0, 0), (0, 0, 11))}, base=5)
@example(plans={"A": ((9, 0, 0), (0, 0, 9)), "B": ((0, 0, 9), (0, 0, 0)), "C": ((0, 0, 0), (3, 3, 3))}, base=1)
@example(plans={"A": ((9, 0, 0), (0, 0, 9)), "B": ((2, 0, 0), (0, 9, 0)), "C": ((7, 0, 7), (3, 3, 3))}, base=5)
def test_the_parts_add_up_to_the_change_whatever_the_cut(
    load: Load, change: Any, effects: Any, by_id: Any, by_hand: Any, plans: dict[str, tuple[Counts, Counts]], base: int
) -> None:
    always = {"A": ((3, 2, 2), (2, 2, 4)), "B": ((5, 1, 1), (5, 2, 2))}
    rows = [*change(plans), *change(always)]
    rows = [row | {"region": ("North", "South", None)[i % 7 % 3]} for i, row in enumerate(rows)]
    warehouse = load(rows, base=base)
    january, february = ([row for row in rows if row["responded_at"][6] == month] for month in "12")
    level = by_hand.nps(february) - by_hand.nps(january)
    for arguments in ({}, {"by": ["plan"]}, {"by": ["region", "plan"]}):
        result = decompose(warehouse, **arguments)
        assert by_id(result, result.change).value == pytest.approx(level, abs=1e-9)
        assert result.after.nps - result.before.nps == pytest.approx(level, abs=1e-9)  # type: ignore[operator]
        for cut in result.dimensions:
            parts = effects(result, cut)
            assert sum(parts.values()) == pytest.approx(level, abs=1e-9)
            if base == 1:
                names = cut.dimension.split(" × ")
                cells = [
                    {k: by_hand.counts(v) for k, v in by_hand.split(m, *names).items()} for m in (january, february)
                ]
                assert parts == pytest.approx(kitagawa(*cells), abs=1e-9)


def test_segments_parts_add_up_to_the_cuts_and_their_shares_to_one(load: Load, change: Any, by_id: Any) -> None:
    plans = {
        "A": ((50, 20, 30), (20, 20, 60)),
        "B": ((30, 30, 30), (60, 30, 30)),
        "Old": ((10, 10, 40), (0, 0, 0)),
        "New": ((0, 0, 0), (30, 5, 5)),
    }
    result = decompose(load(change(plans)), by=["plan"])
    (cut,) = result.dimensions
    assert {s.segment: s.kind for s in cut.segments} == {
        "A": "common",
        "B": "common",
        "Old": "leaving",
        "New": "entering",
    }
    for part in ("mix", "within"):
        parts = [by_id(result, getattr(s, part)).value for s in cut.segments if getattr(s, part)]
        assert sum(parts) == pytest.approx(by_id(result, getattr(cut, part)).value, abs=1e-9)
    for at, (time, everybody) in enumerate((("before", 250), ("after", 260))):
        shares = {s.segment: by_id(result, getattr(s, f"share_{time}")) for s in cut.segments}
        assert {k: fact.value for k, fact in shares.items()} == pytest.approx(
            {k: sum(counts[at]) / everybody for k, counts in plans.items()}
        )
        assert sum(fact.value for fact in shares.values()) == pytest.approx(1)
        assert {fact.n for fact in shares.values()} == {everybody}
    new = next(s for s in cut.segments if s.segment == "New")
    assert (new.nps_before, new.change, new.mix, new.within) == (None, None, None, None)
    assert by_id(result, new.nps_after).value == pytest.approx(100 * 25 / 40)


def test_each_segments_own_change_is_tested_as_compare_does(
    load: Load, change: Any, by_id: Any, by_hand: Any, answers: Any
) -> None:
    plans = {"A": ((50, 20, 30), (20, 20, 60)), "B": ((30, 30, 30), (35, 30, 30))}
    warehouse = load(change(plans))
    result = decompose(warehouse, by=["plan"])
    for segment in result.dimensions[0].segments:
        before, after = plans[segment.segment]
        expected, found = by_hand.difference(answers(*after), answers(*before)), by_id(result, segment.change)
        assert (found.value, found.low, found.high) == pytest.approx((expected.estimate, expected.low, expected.high))
        assert by_id(result, segment.nps_before).value == by_hand.nps(answers(*before))
        assert by_id(result, segment.nps_after).value == pytest.approx(by_hand.nps(answers(*after)))
    assert {s.segment: s.verdict for s in result.dimensions[0].segments} == {"A": "lower", "B": "no clear difference"}


def test_whether_segments_changed_alike_is_cochrans_q(load: Load, change: Any, by_id: Any) -> None:
    plans = {"A": ((12, 8, 10), (6, 8, 16)), "B": ((13, 9, 8), (17, 5, 8)), "C": ((20, 20, 10), (19, 21, 11))}

    def variance(counts: Counts) -> float:
        """Of the observed NPS: that of the one with three pseudo-answers, blown up by as much as they shrink it."""
        promoters, passives, detractors = counts
        n = promoters + passives + detractors
        mean = (promoters - detractors) / (n + 3)
        return ((promoters + detractors + 1.5) / (n + 3) - mean**2) / (n + 3) * ((n + 3) / n) ** 2

    moves = [
        (after[0] - after[2]) / sum(after) - (before[0] - before[2]) / sum(before) for before, after in plans.values()
    ]
    weights = [1 / (variance(before) + variance(after)) for before, after in plans.values()]
    centre = sum(w * move for w, move in zip(weights, moves, strict=True)) / sum(weights)
    q = sum(w * (move - centre) ** 2 for w, move in zip(weights, moves, strict=True))
    result = decompose(load(change(plans)), by=["plan"])
    found = by_id(result, result.dimensions[0].differ_p).value
    assert found == pytest.approx(math.exp(-q / 2), rel=1e-9)  # chi-square with 2 degrees of freedom
    assert 0.01 < found < 0.5


def test_the_change_itself_is_that_of_compare(load: Load, change: Any, by_id: Any) -> None:
    plans = {"A": ((50, 20, 30), (20, 20, 60)), "B": ((30, 30, 30), (35, 30, 30))}
    rows = change(plans)
    rows += [row | {"responded_at": "2025-02-11"} for row in rows[:40]]  # customers who answered in both months
    warehouse = load(rows)
    result, compared = decompose(warehouse), run_tool(warehouse, "compare", PERIODS)
    for name in ("difference", "p_value", "smallest_detectable"):
        own = getattr(result, "change" if name == "difference" else name)
        one, other = by_id(result, own), by_id(compared, getattr(compared, name))
        assert (one.value, one.low, one.high, one.n) == (other.value, other.low, other.high, other.n)
    assert result.verdict == compared.verdict  # type: ignore[attr-defined]
    assert any("answered on both sides" in caveat for caveat in result.caveats)


def test_a_change_of_mix_alone_is_told_as_mix(load: Load, change: Any, effects: Any) -> None:
    plans = {"Happy": ((240, 40, 20), (120, 20, 10)), "Sad": ((20, 40, 90), (40, 80, 180))}
    result = decompose(load(change(plans)))
    (cut,) = result.dimensions
    parts = effects(result, cut)
    assert parts["within"] == pytest.approx(0, abs=1e-9)
    assert parts["mix"] == pytest.approx(result.after.nps - result.before.nps)  # type: ignore[operator]
    assert (cut.mix_clear, cut.within_clear, cut.segments_differ) == (True, False, False)
    assert all(segment.verdict == "no clear difference" for segment in cut.segments)


def test_a_planted_paradox_raises_the_alarm(load: Load, change: Any, effects: Any) -> None:
    plans = {"Starter": ((150, 200, 150), (350, 400, 250)), "Growth": ((675, 300, 25), (360, 135, 5))}
    result = decompose(load(change(plans)))
    (cut,) = result.dimensions
    assert (result.verdict, cut.simpson) == ("lower", True)
    assert effects(result, cut)["within"] > 0 > effects(result, cut)["mix"]
    fallen = {"Starter": ((150, 200, 150), (300, 350, 350)), "Growth": ((675, 300, 25), (340, 135, 25))}
    assert not decompose(load(change(fallen))).dimensions[0].simpson


def test_where_nothing_happens_nothing_is_called_clear(noisy: Warehouse) -> None:
    found = {"mix": 0, "within": 0, "differ": 0, "segment": 0, "total": 0}
    for i in range(40):
        result = decompose(noisy, where={"world": f"w{i}"})
        found["total"] += result.verdict != "no clear difference"
        found["mix"] += any(cut.mix_clear for cut in result.dimensions)
        found["within"] += any(cut.within_clear for cut in result.dimensions)
        found["differ"] += any(cut.segments_differ for cut in result.dimensions)
        moved = [s for cut in result.dimensions for s in cut.segments if s.verdict != "no clear difference"]
        found["segment"] += bool(moved)
        assert not any(cut.simpson for cut in result.dimensions)
        assert any(caveat.startswith("4 cuts were looked at") for caveat in result.caveats)
    # Each is held to 5 %: 6 or more of 40 would come up once in 70 runs.
    assert max(found.values()) <= 5, found


def test_looking_at_every_dimension_is_paid_for(noisy: Warehouse, by_id: Any) -> None:
    alone = {}
    for name in ("plan", "country", "channel", "industry"):
        result = decompose(noisy, where={"world": "w3"}, by=[name])
        alone[name] = by_id(result, result.dimensions[0].differ_p).value
        assert not any("looked at" in caveat for caveat in result.caveats)
    together = decompose(noisy, where={"world": "w3"})
    adjusted = {cut.dimension: by_id(together, cut.differ_p).value for cut in together.dimensions}
    order = sorted(alone, key=lambda name: alone[name])
    holm: dict[str, float] = {}
    for at, name in enumerate(order):
        holm[name] = min(1.0, max([alone[name] * (4 - at), *holm.values()]))
    assert adjusted == pytest.approx(holm)


def test_a_mix_effect_found_by_looking_everywhere_must_be_surer(load: Load, change: Any) -> None:
    rows = change({"A": ((90, 0, 10), (70, 0, 8)), "B": ((10, 0, 90), (12, 0, 110))})
    alone = decompose(load(rows))
    rows = [
        row | {"region": "NSEW"[i % 4], "team": "xyz"[i % 3], "source": "uvw"[i // 3 % 3]} for i, row in enumerate(rows)
    ]
    among_four = decompose(load(rows))
    assert [cut.mix_clear for cut in alone.dimensions] == [True]
    assert [cut.mix_clear for cut in among_four.dimensions] == [False] * 4


def test_the_dimension_along_which_something_happened_comes_first(load: Load, change: Any) -> None:
    rows = change(
        {"A": ((60, 20, 20), (20, 20, 60)), "B": ((60, 20, 20), (61, 20, 19)), "C": ((50, 20, 30), (50, 20, 30))}
    )
    rows = [row | {"region": "NSEW"[i % 4], "channel": "xyz"[i % 3]} for i, row in enumerate(rows)]
    result = decompose(load(rows))
    assert result.dimensions[0].dimension == "plan"
    assert [cut.segments_differ for cut in result.dimensions] == [True, False, False]
    first = result.dimensions[0].segments[0]
    assert (first.segment, first.verdict) == ("A", "lower")


def test_a_certain_finding_is_not_taken_for_none(load: Load, change: Any, by_id: Any) -> None:
    up, down = ((0, 0, 400), (400, 0, 0)), ((400, 0, 0), (0, 0, 400))
    rows = [
        *change({"A": down, "B": up}, region="North"),
        *change({"A": down, "B": ((300, 0, 100), (400, 0, 0))}, region="South"),
    ]
    result = decompose(load(rows))
    joint = next(cut for cut in result.dimensions if " × " in cut.dimension)
    assert by_id(result, joint.differ_p).value < 1e-100
    assert joint.segments_differ


def test_dimensions_taken_together_are_one_cut(load: Load, change: Any) -> None:
    rows = [
        *change({"A": ((9, 9, 9), (9, 9, 1))}, region="North"),
        *change({"A": ((9, 9, 9), (1, 9, 9))}, region="South"),
    ]
    rows += change({"B": ((9, 9, 9), (5, 5, 5))}, region="South")
    result = decompose(load(rows), by=["plan", "region"])
    (cut,) = result.dimensions
    assert cut.dimension == "plan × region"
    assert {s.segment for s in cut.segments} == {"A × North", "A × South", "B × South"}
    assert [d.dimension for d in decompose(load(rows), by=["plan", "PLAN"]).dimensions] == ["plan"]


def test_without_a_segment_in_both_periods_the_change_stands_alone(load: Load, change: Any) -> None:
    result = decompose(load(change({"Old": ((5, 5, 20), (0, 0, 0)), "New": ((0, 0, 0), (20, 5, 5))})))
    assert (result.dimensions, result.table, result.verdict) == ([], None, "higher")
    assert any("not comparable in plan (only Old before and New after)" in caveat for caveat in result.caveats)


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"by": ["plam"]}, UnknownNameError, "the nearest: plan"),
        ({"before": "2024-12"}, MissingDataError, "no scored answers for 2024-12"),
        ({"after": "2025-01-05..2025-02-10"}, NpsError, "belong to both sides"),
        ({"after": "soon"}, NpsError, "'soon' is not a period"),
        ({"period": "2025"}, NpsError, "no parameter 'period'; it has: before, after, by, where"),
    ],
)
def test_a_mistake_is_told_in_one_sentence(
    load: Load, change: Any, arguments: dict[str, Any], error: type[NpsError], told: str
) -> None:
    warehouse = load(change({"A": ((9, 9, 9), (9, 9, 1)), "B": ((9, 9, 9), (9, 9, 1))}))
    with pytest.raises(error) as raised:
        run_tool(warehouse, "decompose_change", PERIODS | arguments)
    assert told in str(raised.value) and str(raised.value).endswith(".")


def test_both_periods_are_needed(load: Load, change: Any) -> None:
    with pytest.raises(NpsError, match="needs the parameter 'after'"):
        run_tool(load(change({"A": ((9, 9, 9), (9, 9, 1))})), "decompose_change", {"before": "2025-01"})


def test_levels_name_the_statements_that_counted_them(pricing: Warehouse, by_id: Any) -> None:
    result = run_tool(pricing, "decompose_change", {"before": "2025-Q2", "after": "2025-Q4", "by": ["plan"]})
    assert isinstance(result, DecomposeResult)
    for cell in (result.before, result.after):
        rows = pricing.run(result.sql[int(by_id(result, cell.fact).source.split("#")[1]) - 1]).records()
        assert [row["n"] for row in rows] == [cell.n]
    for segment in result.dimensions[0].segments:
        for key in (segment.nps_before, segment.nps_after):
            fact = by_id(result, key)
            counted = pricing.run(result.sql[int(fact.source.split("#")[1]) - 1]).rows
            assert any(row[0] == segment.segment and fact.n in row for row in counted)
