"""Contrasts of shares, medians and tests of whole distributions, against scipy, numpy and hand calculation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.distributions import row_mean_test, same_distribution, score_median, share_contrast


def test_a_difference_of_two_shares_has_the_multinomial_variance() -> None:
    """30 against 20 of 100: var = (0.3 + 0.2 - 0.1^2)/100."""
    found = share_contrast([30, 50, 20], [1, 0, -1])
    error = math.sqrt(0.49 / 100)
    assert (found.estimate, found.standard_error) == pytest.approx((0.1, error))
    assert found.p_value == pytest.approx(math.erfc(0.1 / error / math.sqrt(2)))
    assert (found.low, found.high) == pytest.approx((0.1 - 1.959964 * error, 0.1 + 1.959964 * error), abs=1e-6)
    assert share_contrast([30, 50, 20], [1, 0, -1], design_effect=4).standard_error == pytest.approx(2 * error)


def test_contrasts_of_what_nobody_gave_are_no_news() -> None:
    assert share_contrast([0, 10, 0], [1, 0, -1]).p_value == 1.0
    assert share_contrast([0, 0, 10], [-0.5, -0.5, 0.5]).p_value == 0.0
    for counts, weights in (([1, 2], [1]), ([0, 0], [1, -1]), ([-1, 2], [1, -1])):
        with pytest.raises(ValueError, match=r"one for each|0 or more"):
            share_contrast(counts, weights)


@given(st.lists(st.integers(0, 12), min_size=11, max_size=11).filter(any))
def test_the_median_is_that_of_the_single_scores(counts: list[int]) -> None:
    found = score_median(counts, range(11))
    assert found.estimate == np.median(np.repeat(np.arange(11), counts))
    assert found.low <= found.estimate <= found.high


def test_woodruffs_interval_by_hand() -> None:
    """n = 100: 1/2 -+ 0.098; the cumulative shares .1, .3, .45, .7, 1 reach .402 at 8 and .598 at 9."""
    found = score_median([10, 20, 15, 25, 30], [6, 7, 8, 9, 10])
    assert (found.estimate, found.low, found.high) == (9, 8, 9)
    wider = score_median([10, 20, 15, 25, 30], [6, 7, 8, 9, 10], design_effect=6)
    assert (wider.low, wider.high) == (7, 10)
    assert score_median([1, 1], [0, 10]).estimate == 5
    with pytest.raises(ValueError, match="rise"):
        score_median([1, 1], [3, 3])


def test_distributions_are_compared_as_scipy_compares_them() -> None:
    from scipy.stats import chi2_contingency

    table = [[30, 50, 20], [20, 45, 35], [25, 40, 30]]
    expected = chi2_contingency(table, correction=False)
    found = same_distribution(table)
    assert (found.chi2, found.df, found.p_value) == pytest.approx((expected.statistic, 4, expected.pvalue))
    assert same_distribution(table, design_effect=2).chi2 == pytest.approx(expected.statistic / 2)


def test_rare_scores_are_put_together_with_their_neighbours() -> None:
    """Expected counts of 1 and 2 join the third column; the last, too small, joins the one before it."""
    found = same_distribution([[1, 2, 30, 40, 1], [1, 2, 35, 35, 1]])
    joined = same_distribution([[33, 41], [38, 36]])
    assert (found.chi2, found.df) == pytest.approx((joined.chi2, 1))
    nothing = same_distribution([[2, 1], [1, 2]])
    assert (nothing.chi2, nothing.df, nothing.p_value) == (0.0, 0, 1.0)


def test_two_groups_have_the_correlation_of_score_and_group() -> None:
    """Q = (n - 1) r^2 for two groups (Mantel's linear association)."""
    table, scores = np.array([[5, 9, 3, 8], [2, 4, 12, 9]]), np.array([0, 1, 2, 3])
    x = np.concatenate([np.repeat(scores, row) for row in table])
    group = np.repeat([0, 1], table.sum(axis=1))
    found = row_mean_test(table, scores)
    assert found.chi2 == pytest.approx((len(x) - 1) * np.corrcoef(x, group)[0, 1] ** 2)
    assert found.df == 1
    assert row_mean_test([[0, 3], [0, 9]], [1, 2]).p_value == 1.0


def test_the_row_mean_test_keeps_its_level_in_small_groups() -> None:
    """Ten groups of 20 from one distribution, 600 times: 5 % give or take three standard errors."""
    draw = np.random.default_rng(4)
    shares = [0.2, 0.1, 0.1, 0.2, 0.4]
    rejected = sum(row_mean_test(draw.multinomial(20, shares, 10), range(5)).p_value < 0.05 for _ in range(600))
    assert 14 <= rejected <= 46
