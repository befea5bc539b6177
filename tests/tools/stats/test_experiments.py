"""Sample ratio, differences of means and CUPED against published values, scipy and plain formulas."""

from __future__ import annotations

import csv
import math
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.experiments import cuped, mean_difference, sample_ratio_test, welch_test

LALONDE = (
    "LaLonde (1986), Dehejia & Wahba (1999): experimental sample, ATT 1794.342; Welch SE 671.0 in a public manifest"
)
COOKIE_CATS = "Cookie Cats gate experiment: 44,700 players at gate 30, 45,489 at gate 40, planned half and half"


def test_the_lalonde_experiment_has_the_published_effect_and_standard_error() -> None:
    folder = os.environ.get("NPSIGHT_DATA")
    if not folder:
        pytest.skip("NPSIGHT_DATA does not name the folder with the reference data")
    with (Path(folder) / "reference" / "nsw_dw_experimental.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    arms = [[float(row["re78"]) for row in rows if float(row["treat"]) == arm] for arm in (1, 0)]
    found = welch_test(*arms)
    assert (len(arms[0]), len(arms[1])) == (185, 260)
    assert found.treated_mean == pytest.approx(6349.144, abs=0.001), LALONDE
    assert found.control_mean == pytest.approx(4554.801, abs=0.001)
    assert found.estimate == pytest.approx(1794.342, abs=0.001)
    assert found.standard_error == pytest.approx(671.0, abs=0.05)


def test_the_mismatch_of_cookie_cats_is_noticed() -> None:
    """COOKIE_CATS: χ² = 789²/90189, p = 0.0086."""
    found = sample_ratio_test([44_700, 45_489])
    assert found.chi2 == pytest.approx(789**2 / 90_189), COOKIE_CATS
    assert found.p_value == pytest.approx(0.0086, abs=0.00005)
    assert found.mismatch
    assert not sample_ratio_test([44_700, 45_489], alarm=0.001).mismatch


def test_the_plan_may_be_uneven_and_in_any_unit() -> None:
    from scipy.stats import chisquare

    counts, shares = [480, 320, 190], [50, 30, 20]
    expected = chisquare(counts, [990 * share / 100 for share in shares])
    found = sample_ratio_test(counts, shares)
    assert (found.chi2, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert sample_ratio_test(counts, [5, 3, 2]) == found
    assert found.df == 2


def test_small_groups_get_the_exact_test() -> None:
    """By hand: 7 or more of 8 heads, or tails, has probability 2 (8 + 1)/256."""
    found = sample_ratio_test([7, 1])
    assert found.exact
    assert found.p_value == pytest.approx(18 / 256)
    assert sample_ratio_test([7, 1], method="chi2").chi2 == pytest.approx(4.5)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([5], None), ([0, 0], None), ([5, -1], None), ([5, 2.5], None), ([5, 5], [1, 0]), ([5, 5], [1])],
)
def test_impossible_counts_and_shares_are_refused(counts: list[int], shares: list[float] | None) -> None:
    with pytest.raises(ValueError):
        sample_ratio_test(counts, shares)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.5, 0.999))
def test_welch_is_scipys(seed: int, confidence: float) -> None:
    from scipy.stats import ttest_ind

    rng = np.random.default_rng(seed)
    one, other = rng.normal(1, 2, 3 + seed % 20), rng.normal(0, 1, 5)
    expected = ttest_ind(one, other, equal_var=False)
    found = welch_test(one, other, confidence=confidence)
    ends = expected.confidence_interval(confidence)
    assert (found.p_value, found.df) == pytest.approx((expected.pvalue, expected.df))
    assert (found.low, found.high) == pytest.approx((ends.low, ends.high))


def test_one_row_a_customer_makes_the_clustered_difference_welchs() -> None:
    rng = np.random.default_rng(1)
    y, t = rng.normal(size=30), np.arange(30) % 3 == 0
    found, expected = mean_difference(y, t), welch_test(y[t], y[~t])
    for name in ("estimate", "standard_error", "low", "high", "p_value", "df"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name))


def test_clusters_give_the_robust_variance_of_statsmodels() -> None:
    """Each arm's CR1 variance is that of a regression on a constant, up to statsmodels' (n − 1)/(n − k) = 1."""
    sm = pytest.importorskip("statsmodels.api")
    rng = np.random.default_rng(2)
    customers = rng.integers(0, 25, 120)
    t = customers % 2 == 0
    y = rng.normal(size=120) + customers / 10
    variance = 0.0
    for arm in (t, ~t):
        fit = sm.OLS(y[arm], np.ones(arm.sum())).fit(cov_type="cluster", cov_kwds={"groups": customers[arm]})
        variance += float(fit.bse[0]) ** 2
    assert mean_difference(y, t, customers).standard_error == pytest.approx(math.sqrt(variance), rel=1e-9)


def test_customers_in_both_arms_move_both_means() -> None:
    """Every customer once in each arm with the same outcome: nothing is left to chance."""
    y = np.array([1.0, 5, 9, 1, 5, 9])
    found = mean_difference(y, [1, 1, 1, 0, 0, 0], [1, 2, 3, 1, 2, 3])
    assert found.estimate == 0
    assert found.standard_error == pytest.approx(0, abs=1e-7)


def test_cuped_takes_out_the_slope_and_saves_one_minus_rho_squared() -> None:
    rng = np.random.default_rng(3)
    pre, t = rng.normal(size=4000), rng.random(4000) < 0.5
    y = 2 * pre + 0.5 * t + rng.normal(size=4000)
    found = cuped(y, pre, t)
    slope = np.polyfit(pre, y, 1)[0]
    assert found.theta == pytest.approx(slope)
    assert found.correlation == pytest.approx(np.corrcoef(pre, y)[0, 1])
    assert found.variance_reduction == pytest.approx(found.correlation**2, abs=0.01)
    adjusted = y - slope * (pre - pre.mean())
    assert found.adjusted.estimate == pytest.approx(adjusted[t].mean() - adjusted[~t].mean())
    assert found.plain == mean_difference(y, t)


def test_cuped_holds_the_truth_about_95_times_in_100() -> None:
    """300 experiments, clustered in pairs; 95 % is 285, and 274 to 295 is within chance."""
    hits = 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        customers = np.arange(120) // 2
        person, arm = rng.normal(size=60), rng.random(60) < 0.5
        y = person[customers] + 0.4 * arm[customers] + rng.normal(size=120)
        pre = person[customers] + rng.normal(size=120)
        found = cuped(y, pre, arm[customers], customers).adjusted
        hits += found.low <= 0.4 <= found.high
    assert 274 <= hits <= 295


def test_what_carries_no_information_is_refused() -> None:
    with pytest.raises(ValueError, match="same for everybody"):
        cuped([1, 2, 3, 4], [5, 5, 5, 5], [0, 0, 1, 1])
    with pytest.raises(ValueError, match="missing"):
        cuped([1, 2, 3, math.nan], [1, 2, 3, 4], [0, 0, 1, 1])
    with pytest.raises(ValueError, match="two or more"):
        mean_difference([1, 2, 3], [1, 0, 0])
    with pytest.raises(ValueError):
        welch_test([1], [1, 2])
