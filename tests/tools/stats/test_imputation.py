"""Missing ratings: Rubin's rules by hand, and imputations that give what maximum likelihood gives."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tools.stats.imputation import impute_normal, rubin_pool


def test_rubins_rules_as_by_hand() -> None:
    # Ū = 2, B = 0.5, T = 2 + 1.2·0.5 = 2.6, r = 0.3, ν = 4 (1 + 1/0.3)² = 75.11, γ = (0.3 + 2/78.11)/1.3.
    mean = 10.0
    spread = math.sqrt(0.5 * 4 / 10)
    pooled = rubin_pool([mean + spread * step for step in (-2, -1, 0, 1, 2)], [2.0] * 5)
    assert pooled.estimate == pytest.approx(10) and pooled.standard_error == pytest.approx(math.sqrt(2.6))
    assert (pooled.within, pooled.between) == pytest.approx((2, 0.5))
    assert pooled.df == pytest.approx(4 * (1 + 1 / 0.3) ** 2)
    assert pooled.fraction_missing == pytest.approx((0.3 + 2 / (pooled.df + 3)) / 1.3)


def test_the_degrees_of_freedom_of_barnard_and_rubin_stay_below_those_of_complete_data() -> None:
    # ν_obs = (21/23)·20·(Ū/T) with Ū/T = 1/1.15; ν = 1/(1/ν_m + 1/ν_obs).
    pooled = rubin_pool([0.0, 1.0], [5.0, 5.0], df_complete=20)
    total = 5 + 1.5 * 0.5
    old, observed = (1 + 5 / 0.75) ** 2, 21 / 23 * 20 * 5 / total
    assert pooled.df == pytest.approx(old * observed / (old + observed)) and pooled.df < 20


def test_imputations_that_agree_lose_nothing() -> None:
    pooled = rubin_pool([3.0, 3.0, 3.0], [4.0, 4.0, 4.0])
    assert (pooled.standard_error, pooled.fraction_missing, pooled.df) == (2.0, 0.0, math.inf)
    assert (pooled.low, pooled.high) == pytest.approx((3 - 1.959963984540054 * 2, 3 + 1.959963984540054 * 2))
    assert rubin_pool([1.0, 2.0], [0.0, 0.0]).fraction_missing == 1.0


@pytest.mark.parametrize(
    ("estimates", "variances"),
    [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([1.0, 2.0], [1.0, -1.0]), ([1.0, float("nan")], [1.0, 1.0])],
)
def test_what_cannot_be_pooled_is_refused(estimates: list[float], variances: list[float]) -> None:
    with pytest.raises(ValueError, match="two estimates"):
        rubin_pool(estimates, variances)


def test_nothing_that_varies_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing varies"):
        rubin_pool([1.0, 1.0], [0.0, 0.0])


def test_a_monotone_gap_is_filled_as_by_maximum_likelihood() -> None:
    # Anderson (1957): with y missing by x, the mean of y is that of the regression line at the mean of all x.
    rng = np.random.default_rng(1)
    x = rng.normal(size=400)
    y = 1 + 0.8 * x + 0.6 * rng.normal(size=400)
    y[x > 0.5] = np.nan
    there = ~np.isnan(y)
    slope, level = np.polyfit(x[there], y[there], 1)
    copies = impute_normal(np.column_stack([x, y]), imputations=300)
    means = [copy[:, 1].mean() for copy in copies]
    assert np.mean(means) == pytest.approx(level + slope * x.mean(), abs=0.01)
    assert abs(np.nanmean(y) - np.mean(means)) > 0.2  # the complete answers alone are far off
    slopes = [np.polyfit(copy[:, 0], copy[:, 1], 1)[0] for copy in copies]
    assert np.mean(slopes) == pytest.approx(slope, abs=0.01)


def test_intervals_from_imputed_data_cover() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for seed in range(200):
        x = rng.normal(size=120)
        y = x + rng.normal(size=120)
        table = np.column_stack([np.where(rng.random(120) < 1 / (1 + np.exp(-y)) * 0.6, np.nan, x), y])
        estimates, variances = [], []
        for copy in impute_normal(table, imputations=8, seed=seed):
            slope, level = np.polyfit(copy[:, 0], copy[:, 1], 1)
            rest = copy[:, 1] - level - slope * copy[:, 0]
            estimates.append(float(slope))
            variances.append(float(rest @ rest / 118 / np.sum((copy[:, 0] - copy[:, 0].mean()) ** 2)))
        pooled = rubin_pool(estimates, variances, df_complete=118)
        covered += pooled.low <= 1 <= pooled.high
    assert 0.90 <= covered / 200 <= 0.995  # 95 % with three standard errors of 200 surveys


def test_observed_values_stay_and_only_gaps_differ() -> None:
    rng = np.random.default_rng(3)
    table = rng.normal(size=(60, 4)) + rng.normal(size=(60, 1))
    gaps = rng.random(table.shape) < 0.2
    table[gaps] = np.nan
    one, two = impute_normal(table, imputations=2)
    for copy in (one, two):
        assert not np.isnan(copy).any() and copy[~gaps] == pytest.approx(table[~gaps])
    assert not np.allclose(one[gaps], two[gaps])
    again = impute_normal(table, imputations=2)
    assert np.array_equal(one, again[0])


def test_a_table_without_gaps_comes_back() -> None:
    table = np.arange(20.0).reshape(10, 2)
    assert all(np.array_equal(copy, table) for copy in impute_normal(table, imputations=3))


def test_too_little_to_impute_from_is_refused() -> None:
    table = np.ones((10, 2))
    table[3:, 1] = np.nan
    with pytest.raises(ValueError, match="column 1 has too few"):
        impute_normal(table)
    with pytest.raises(ValueError, match="finite"):
        impute_normal([[1.0, math.inf]])
