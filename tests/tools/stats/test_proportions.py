from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.proportions import (
    adjusted_wald_proportion,
    equal_proportions,
    goodman_intervals,
    newcombe_difference,
    trend_in_proportions,
    wilson_interval,
)
from tools.stats.tails import critical_value


@st.composite
def shares(draw: st.DrawFn) -> tuple[int, int]:
    n = draw(st.integers(1, 500))
    return draw(st.integers(0, n)), n


@given(shares(), st.floats(0.5, 0.999))
def test_wilsons_bounds_are_where_the_score_test_stops_rejecting(share: tuple[int, int], confidence: float) -> None:
    x, n = share
    interval = wilson_interval(x, n, confidence=confidence)
    assert 0 <= interval.low <= interval.estimate <= interval.high <= 1
    for bound in {interval.low, interval.high} - {0.0, 1.0}:
        z = (x / n - bound) / math.sqrt(bound * (1 - bound) / n)
        assert abs(z) == pytest.approx(critical_value(confidence), rel=1e-6)


@given(shares())
def test_both_intervals_share_their_centre(share: tuple[int, int]) -> None:
    """Agresti & Coull (1998): their centre is Wilson's; only clipping moves it."""
    wilson, wald = wilson_interval(*share), adjusted_wald_proportion(*share)
    assert wald.low <= wilson.low + 1e-12
    assert wilson.high <= wald.high + 1e-12
    if wald.low > 0 and wald.high < 1:
        assert wald.low + wald.high == pytest.approx(wilson.low + wilson.high)


@given(shares(), shares())
def test_swapping_two_shares_negates_their_difference(a: tuple[int, int], b: tuple[int, int]) -> None:
    forth, back = newcombe_difference(*a, *b), newcombe_difference(*b, *a)
    assert (back.estimate, back.low, back.high) == pytest.approx((-forth.estimate, -forth.high, -forth.low))
    assert -1 <= forth.low <= forth.estimate <= forth.high <= 1
    assert forth.low < forth.high


@given(st.lists(st.integers(0, 200), min_size=2, max_size=7).filter(any))
def test_simultaneous_intervals_are_wider_than_single_ones(counts: list[int]) -> None:
    total = sum(counts)
    for count, interval in zip(counts, goodman_intervals(counts), strict=True):
        single = wilson_interval(count, total)
        assert interval.low <= single.low <= interval.estimate <= single.high <= interval.high
        assert interval.estimate == count / total


@given(st.lists(shares(), min_size=2, max_size=6))
def test_equal_proportions_is_pearsons_statistic(groups: list[tuple[int, int]]) -> None:
    x, n = [g[0] for g in groups], [g[1] for g in groups]
    test = equal_proportions(x, n)
    pooled = sum(x) / sum(n)
    if 0 < pooled < 1:
        expected = sum(
            (a - b * pooled) ** 2 / (b * pooled) + (a - b * pooled) ** 2 / (b * (1 - pooled)) for a, b in groups
        )
        assert test.chi2 == pytest.approx(expected, abs=1e-9)
    else:
        assert (test.chi2, test.p_value) == (0, 1)
    assert test.df == len(groups) - 1


@given(shares(), shares())
def test_for_two_groups_trend_and_equality_are_the_same_test(a: tuple[int, int], b: tuple[int, int]) -> None:
    x, n = [a[0], b[0]], [a[1], b[1]]
    assert trend_in_proportions(x, n).chi2 == pytest.approx(equal_proportions(x, n).chi2, abs=1e-9)
    assert trend_in_proportions(x, n).slope == pytest.approx(b[0] / b[1] - a[0] / a[1], abs=1e-12)


def test_a_share_that_never_varies_has_no_trend() -> None:
    trend = trend_in_proportions([5, 7, 9], [5, 7, 9])
    assert (trend.slope, trend.chi2, trend.p_value) == (0, 0, 1)


def test_a_trend_and_its_mirror_have_opposite_slopes() -> None:
    forth = trend_in_proportions([10, 20, 30], [100, 100, 100])
    back = trend_in_proportions([30, 20, 10], [100, 100, 100])
    assert forth.slope == pytest.approx(0.1)
    assert (back.slope, back.chi2) == pytest.approx((-forth.slope, forth.chi2))


@pytest.mark.parametrize(("x", "n"), [(1, 0), (-1, 5), (6, 5), (math.nan, 5), (1, math.nan), (1, math.inf)])
def test_impossible_shares_are_refused(x: float, n: float) -> None:
    for interval in (wilson_interval, adjusted_wald_proportion):
        with pytest.raises(ValueError, match="A share needs 0 <= x <= n"):
            interval(x, n)
    with pytest.raises(ValueError, match="A share needs 0 <= x <= n"):
        newcombe_difference(1, 2, x, n)
    with pytest.raises(ValueError, match="A share needs 0 <= x <= n"):
        equal_proportions([1, x], [2, n])


def test_impossible_comparisons_of_shares_are_refused() -> None:
    with pytest.raises(ValueError, match="at least one class"):
        goodman_intervals([])
    with pytest.raises(ValueError, match="n above 0"):
        goodman_intervals([0, 0, 0])
    with pytest.raises(ValueError, match="0 <= x"):
        goodman_intervals([3, -1, 2])
    with pytest.raises(ValueError, match="alpha must lie between 0 and 1"):
        goodman_intervals([1, 2], alpha=5)
    with pytest.raises(ValueError, match="two or more groups, not 1 counts and 1 bases"):
        equal_proportions([1], [2])
    with pytest.raises(ValueError, match="not 2 counts and 1 bases"):
        equal_proportions([1, 1], [2])
    for scores in ([2, 2], [1], [1, math.nan]):
        with pytest.raises(ValueError, match="one score for each group"):
            trend_in_proportions([1, 1], [2, 2], scores=scores)
