"""nps_distribution: every score counted by hand, shapes that are there and shapes that are not, groups side by side."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tools.measure.distribution import DistributionResult, nps_distribution
from warehouse.catalog import Scale
from warehouse.errors import MissingDataError, NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
Z = 1.959963984540054
Z_SIMULTANEOUS = 2.838
"""The normal quantile of 1 - 0.05/22, two-sided 5 % shared by eleven scores."""
USUAL = {0: 4, 1: 2, 2: 3, 3: 5, 4: 6, 5: 9, 6: 14, 7: 30, 8: 45, 9: 42, 10: 40}
CAMPS = {0: 60, 1: 30, 2: 30, 3: 8, 4: 8, 5: 8, 6: 8, 7: 10, 8: 12, 9: 50, 10: 90}


def rows_of(counts: dict[int, int], **more: Any) -> list[Row]:
    return [{"nps_score": score, **more} for score, count in counts.items() for _ in range(count)]


def value(result: DistributionResult, key: str | None) -> Any:
    return next(fact for fact in result.facts if fact.id == key)


def kinds(result: DistributionResult) -> set[tuple[str, int | None]]:
    return {(note.kind, note.score) for note in result.shapes}


def test_every_score_has_its_count_and_an_interval_that_holds_with_all_others(load: Load, fact: Any) -> None:
    result = nps_distribution(load(rows_of(USUAL)))
    assert {item.score: item.count for item in result.scores} == USUAL
    assert sum(value(result, item.share).value for item in result.scores) == pytest.approx(1)
    eight, n, z2 = fact(result, "score_share", score="8"), 200, Z_SIMULTANEOUS**2
    centre, margin = (45 + z2 / 2) / (n + z2), math.sqrt(z2) * math.sqrt(45 * 155 / n + z2 / 4) / (n + z2)
    assert (eight.value, eight.low, eight.high) == pytest.approx((45 / 200, centre - margin, centre + margin), abs=1e-4)
    assert [item.nps_class for item in result.scores] == ["detractor"] * 7 + ["passive"] * 2 + ["promoter"] * 2
    assert result.total.nps == pytest.approx(100 * (82 - 43) / 200)


def test_mean_median_and_deviation_are_those_of_the_single_scores(load: Load) -> None:
    scores = np.repeat(list(USUAL), list(USUAL.values()))
    result = nps_distribution(load(rows_of(USUAL)))
    mean, deviation = value(result, result.mean), value(result, result.deviation)
    assert (mean.value, deviation.value) == pytest.approx((scores.mean(), scores.std(ddof=1)))
    error = scores.std(ddof=1) / math.sqrt(200)
    assert (mean.low, mean.high) == pytest.approx((scores.mean() - Z * error, scores.mean() + Z * error))
    assert value(result, result.median).value == np.median(scores) == 8


def test_a_usual_survey_has_no_shape_to_speak_of(load: Load) -> None:
    assert nps_distribution(load(rows_of(USUAL))).shapes == []


def test_two_camps_are_seen_and_chance_is_not(load: Load, fact: Any) -> None:
    result = nps_distribution(load(rows_of(CAMPS)))
    assert ("two humps", None) in kinds(result)
    assert fact(result, "share_of_scores", score="0 to 2").value == pytest.approx(120 / 314)
    assert fact(result, "share_of_scores", score="9 to 10").value == pytest.approx(140 / 314)
    assert fact(result, "two_humps_p").value < 0.001
    few = {score: round(count / 20) for score, count in CAMPS.items()}
    assert nps_distribution(load(rows_of(few))).shapes == []
    draw = np.random.default_rng(1)
    flat = [nps_distribution(load(rows_of(Counter(draw.integers(0, 11, 200).tolist())))) for _ in range(4)]
    assert all(("two humps", None) not in kinds(one) for one in flat)


def test_heaps_on_the_middle_and_the_ends_are_seen(load: Load, fact: Any) -> None:
    heaped = USUAL | {5: 60, 0: 30}
    result = nps_distribution(load(rows_of(heaped)))
    assert {("heaped", 5), ("heaped", 0)} <= kinds(result)
    assert fact(result, "share_of_heaped_score", score="5").value == pytest.approx(60 / sum(heaped.values()))
    assert fact(result, "share_of_score_beside", score="4").value == pytest.approx(6 / sum(heaped.values()))
    assert fact(result, "heaped_p", score="5").value < 0.001


def test_a_peak_in_the_middle_is_no_heap(load: Load) -> None:
    peak = {score: round(600 * math.exp(-((score - 5) ** 2) / 8)) for score in range(11)}
    assert nps_distribution(load(rows_of(peak))).shapes == []
    five = LoadOptions(scale=Scale(low=1, high=5, detractor_to=3, promoter_from=5))
    assert nps_distribution(load(rows_of({1: 9, 2: 20, 3: 200, 4: 60, 5: 50}), options=five)).shapes == []


def test_a_ceiling_is_more_than_half_on_the_top_score(load: Load) -> None:
    assert ("ceiling", 10) in kinds(nps_distribution(load(rows_of(USUAL | {10: 300}))))
    assert ("floor", 0) in kinds(nps_distribution(load(rows_of(USUAL | {0: 400}))))
    assert ("ceiling", 10) not in kinds(nps_distribution(load(rows_of(USUAL | {10: 165}))))


def test_the_class_limits_moved_by_one_are_counted_anew(load: Load) -> None:
    result = nps_distribution(load(rows_of(USUAL)))
    found = {
        item.move: (value(result, item.nps).value, value(result, item.share_moved).value) for item in result.boundaries
    }
    assert found == {
        "detractors to 5": pytest.approx((100 * (82 - 29) / 200, 14 / 200)),
        "detractors to 7": pytest.approx((100 * (82 - 73) / 200, 30 / 200)),
        "promoters from 8": pytest.approx((100 * (127 - 43) / 200, 45 / 200)),
        "promoters from 10": pytest.approx((100 * (40 - 43) / 200, 42 / 200)),
    }
    assert [value(result, key).value for key in result.at_limits] == pytest.approx([14 / 200, 42 / 200])


def test_repeated_answers_widen_shares_and_mean(load: Load, fact: Any) -> None:
    """Every customer gives the same score twice: as sure as half the answers."""
    once = [row | {"customer_id": f"c{i}"} for i, row in enumerate(rows_of(USUAL))]
    double = nps_distribution(load([*once, *once]))
    single = nps_distribution(load(once))
    for name, where in (("score_share", {"score": "8"}), ("mean_score", {})):
        wide, narrow = fact(double, name, **where), fact(single, name, **where)
        assert wide.value == pytest.approx(narrow.value) and wide.n == 2 * narrow.n
        assert wide.high - wide.low == pytest.approx(narrow.high - narrow.low, rel=0.01)


def test_answers_without_a_customer_stand_for_themselves(load: Load, fact: Any) -> None:
    known = [row | {"customer_id": f"c{i // 2}"} for i, row in enumerate(rows_of({10: 60, 0: 60}))]
    result = nps_distribution(load([*known, *rows_of({10: 100, 0: 100}, customer_id=None)]))
    share = fact(result, "score_share", score="10")
    effect = (60 * 4 + 200) / 320
    z2, n = Z_SIMULTANEOUS**2, 320 / effect
    margin = math.sqrt(z2) * math.sqrt(n / 4 + z2 / 4) / (n + z2)
    assert (share.low, share.high) == pytest.approx((0.5 - margin, 0.5 + margin), abs=2e-3)


def test_groups_stand_side_by_side_and_are_tested(load: Load, fact: Any) -> None:
    rows = [*rows_of(USUAL, plan="A"), *rows_of(CAMPS, plan="B")]
    result = nps_distribution(load(rows), by=["plan"])
    assert [group.cell.where["plan"] for group in result.groups] == ["A", "B"]
    assert fact(result, "score_share", plan="B", score="0").value == pytest.approx(60 / 314)
    assert fact(result, "mean_score", plan="A").value == pytest.approx(
        np.repeat(list(USUAL), list(USUAL.values())).mean()
    )
    assert result.means_differ and result.shapes_differ
    whole = {score: USUAL[score] + CAMPS[score] for score in USUAL}
    assert {item.score: item.count for item in result.scores} == whole
    alike = nps_distribution(load([*rows_of(USUAL, plan="A"), *rows_of(USUAL, plan="B")]), by=["plan"])
    assert not alike.means_differ and not alike.shapes_differ
    assert value(alike, alike.means_p).value == pytest.approx(1) and value(
        alike, alike.shapes_p
    ).value == pytest.approx(1)


def test_one_mean_and_two_shapes_are_told_apart(load: Load) -> None:
    rows = [*rows_of({4: 50, 5: 60, 6: 50}, plan="A"), *rows_of({0: 75, 5: 10, 10: 75}, plan="B")]
    result = nps_distribution(load(rows), by=["plan"])
    assert result.shapes_differ and not result.means_differ


def test_small_groups_are_kept_out_of_every_sum(load: Load) -> None:
    rows = [*rows_of(USUAL, plan="A"), *rows_of(USUAL, plan="B"), *rows_of({10: 3}, plan="Secret")]
    result = nps_distribution(load(rows), by=["plan"])
    assert sum(item.count for item in result.scores) == 400
    assert value(result, result.mean).n == 400
    mean = value(result, result.mean)
    assert mean.value == pytest.approx(np.repeat(list(USUAL), list(USUAL.values())).mean())
    (hidden,) = [fact for fact in result.facts if fact.where.get("plan") == "Secret"]
    assert hidden.value is None and hidden.n is None
    assert [group.cell.where["plan"] for group in result.groups] == ["A", "B"]


def test_only_the_largest_groups_are_listed(load: Load) -> None:
    rows = [row for at in range(11) for row in rows_of({10: 20 + at, 0: 5}, plan=f"p{at:02}")]
    result = nps_distribution(load(rows), by=["plan"])
    assert [group.cell.where["plan"] for group in result.groups] == [f"p{at:02}" for at in range(3, 11)]
    assert any("8 largest of 11 groups" in caveat for caveat in result.caveats)
    assert sum(item.count for item in result.scores) == len(rows)


def test_another_scale_has_its_own_scores_and_limits(load: Load) -> None:
    scale = Scale(low=1, high=5, detractor_to=3, promoter_from=5)
    result = nps_distribution(load(rows_of({1: 9, 2: 9, 3: 20, 4: 60, 5: 50}), options=LoadOptions(scale=scale)))
    assert [item.score for item in result.scores] == [1, 2, 3, 4, 5]
    assert {item.move for item in result.boundaries} == {"detractors to 2", "detractors to 4", "promoters from 4"}


def test_what_cannot_be_said_is_refused(load: Load, pricing: Warehouse) -> None:
    with pytest.raises(NpsError, match="one dimension, not 2"):
        nps_distribution(pricing, by=["plan", "country"])
    with pytest.raises(MissingDataError, match="no scored answers"):
        nps_distribution(pricing, period="2030")
    with pytest.raises(MissingDataError, match="fewer than 5"):
        nps_distribution(load(rows_of({10: 3})))
    everybody = nps_distribution(load(rows_of({10: 50})))
    mean = value(everybody, everybody.mean)
    assert (mean.value, mean.low, mean.high) == (10, None, None)
    assert kinds(everybody) == {("ceiling", 10), ("heaped", 10)}


def test_the_demo_gives_facts_of_its_own_statements(pricing: Warehouse) -> None:
    result = nps_distribution(pricing, by=["plan"], period="2025-Q4")
    for item in result.facts:
        assert 1 <= int(item.source.partition("#")[2]) <= len(result.sql)
        assert item.value is None or not isinstance(item.value, float) or math.isfinite(item.value)
    assert result.chart is not None and len(result.chart["data"]["values"]) == 33
    assert result.table is not None and len(result.table.rows) == 3
