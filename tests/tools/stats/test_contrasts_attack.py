"""Joint tests of few customers a cell: Hotelling's correction against scipy, Welch and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from tools.stats.contrasts import hotelling_df, joint_test


def test_hotellings_test_of_one_sample_is_that_of_the_textbook() -> None:
    """T² = n x̄'S⁻¹x̄, (n − p)/(p(n − 1)) T² ~ F(p, n − p) (Mardia, Kent & Bibby 1979, 3.5)."""
    x = np.random.default_rng(1).normal(0.4, 1, (15, 3))
    spread = np.cov(x.T) / 15
    t2 = float(x.mean(axis=0) @ np.linalg.solve(spread, x.mean(axis=0)))
    found = joint_test(x.mean(axis=0), spread, list(np.eye(3)), denominator_df=14)
    assert found.chi2 == pytest.approx(t2)
    assert found.p_value == pytest.approx(stats.f.sf(12 / (3 * 14) * t2, 3, 12))


def test_one_contrast_of_two_cells_is_welchs_test() -> None:
    draw = np.random.default_rng(2)
    a, b = draw.normal(0, 1, 9), draw.normal(1, 3, 14)
    means, covariance = [a.mean(), b.mean()], np.diag([a.var(ddof=1) / 9, b.var(ddof=1) / 14])
    df = hotelling_df(covariance, [[1, -1]], [9, 14])
    welch = stats.ttest_ind(a, b, equal_var=False)
    assert df == pytest.approx(welch.df)
    assert joint_test(means, covariance, [[1, -1]], denominator_df=df).p_value == pytest.approx(welch.pvalue)


def test_many_small_cells_hold_the_level() -> None:
    draw, k, customers = np.random.default_rng(3), 25, 15
    contrasts = list(np.eye(k)[1:] - np.eye(k)[0])
    plain = corrected = 0
    for _ in range(1000):
        x = draw.normal(size=(k, customers))
        mean, covariance = x.mean(axis=1), np.diag(x.var(axis=1, ddof=1) / customers)
        df = hotelling_df(covariance, contrasts, [customers] * k)
        plain += joint_test(mean, covariance, contrasts).p_value < 0.05
        corrected += joint_test(mean, covariance, contrasts, denominator_df=df).p_value < 0.05
    assert plain > 110
    assert 30 < corrected < 85


def test_too_few_customers_reject_nothing_and_bad_sizes_are_refused() -> None:
    assert joint_test([9.0, 9.0], np.eye(2), list(np.eye(2)), denominator_df=1).p_value == 1
    with pytest.raises(ValueError, match="denominator_df"):
        joint_test([1.0], [[1.0]], [[1]], denominator_df=0)
    with pytest.raises(ValueError, match="one customer"):
        hotelling_df(np.eye(2), [[1, -1]], [1, 5])
    with pytest.raises(ValueError, match="no contrast varies"):
        hotelling_df(np.zeros((2, 2)), [[1, -1]], [5, 5])
