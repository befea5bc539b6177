"""Seasons: the regression it is, calibration by simulation, agreement of years, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.seasonality import seasonal_effects

MONTHS = [at % 12 for at in range(36)]
YEARS = [at // 12 for at in range(36)]


def test_without_a_known_scale_it_is_the_regression_on_dummies() -> None:
    api = pytest.importorskip("statsmodels.api", reason="compares with statsmodels")
    rng = np.random.default_rng(6)
    y = 0.4 * np.arange(24) + np.tile(rng.normal(size=12), 2) + rng.normal(size=24)
    season = np.array(MONTHS[:24])
    dummies = np.array([(season == at).astype(float) - (season == 11) for at in range(11)]).T
    fit = api.OLS(y, np.column_stack([np.ones(24), np.arange(24), dummies])).fit()
    joint = fit.f_test(np.eye(13)[2:])
    found = seasonal_effects(y, None, MONTHS[:24], YEARS[:24], times=np.arange(24))
    assert (found.f, found.p_value, found.df, found.df_rest) == pytest.approx(
        (float(joint.fvalue), float(joint.pvalue), 11, 11)
    )
    for at in range(11):
        effect = found.effects[at]
        assert (effect.estimate, effect.standard_error, effect.p_value) == pytest.approx(
            (fit.params[2 + at], fit.bse[2 + at], fit.pvalues[2 + at])
        )
        assert (effect.low, effect.high) == pytest.approx(tuple(fit.conf_int()[2 + at]))
    assert found.alike is None


def test_with_known_variances_that_fit_it_is_the_weighted_regression() -> None:
    api = pytest.importorskip("statsmodels.api", reason="compares with statsmodels")
    rng = np.random.default_rng(12)
    v = np.linspace(1, 5, 36)
    y = rng.normal(size=36) * np.sqrt(v) * 0.5  # less scatter than sampling: no variance between periods
    season = np.array(MONTHS)
    dummies = np.array([(season == at).astype(float) - (season == 11) for at in range(11)]).T
    levels = np.array([np.array(YEARS) == year for year in range(3)], dtype=float).T
    fit = api.WLS(y, np.column_stack([levels, dummies]), weights=1 / v).fit(cov_type="fixed scale")
    found = seasonal_effects(y, v, MONTHS, YEARS)
    assert (found.between_variance, found.dispersion) == (0, 1)
    for at in range(11):
        assert (found.effects[at].estimate, found.effects[at].standard_error) == pytest.approx(
            (fit.params[3 + at], fit.bse[3 + at])
        )
    residual = y - fit.fittedvalues
    assert found.alike is not None and found.alike.chi2 == pytest.approx(float(np.sum(residual**2 / v)))


def test_effects_sum_to_nothing_and_ignore_the_trend() -> None:
    pattern = np.array([-6.0, 1, 2, 0, 1, -1, 3, -2, 4, -1, -4, 3])
    y = 10 + 1.5 * np.arange(24) + np.tile(pattern, 2)
    found = seasonal_effects(y, np.full(24, 0.01), MONTHS[:24], YEARS[:24], times=np.arange(24))
    assert [effect.estimate for effect in found.effects] == pytest.approx(pattern.tolist())
    assert sum(effect.estimate for effect in found.effects) == pytest.approx(0)
    assert [contrast.estimate for contrast in found.adjusted] == pytest.approx((10 + 1.5 * np.arange(24)).tolist())
    assert found.agreement == pytest.approx(1)
    assert found.p_value < 1e-6


def test_a_trend_that_turns_is_no_season() -> None:
    y = np.concatenate([np.arange(18.0), 18 - np.arange(18.0)])
    found = seasonal_effects(y, np.ones(36), MONTHS, YEARS, times=np.arange(36))
    assert max(abs(effect.estimate) for effect in found.effects) < 0.6
    assert found.p_value > 0.5


@pytest.mark.parametrize(("wobble", "uneven"), [(0.0, False), (1.0, False), (1.0, True), (2.0, False)])
def test_where_there_is_no_season_none_is_found(wobble: float, uneven: bool) -> None:
    rng = np.random.default_rng(5)
    v = np.where(np.arange(24) < 12, 6.0, 1.0) if uneven else np.ones(24)
    joint = single = 0
    for _ in range(200):
        y = 0.3 * np.arange(24) + rng.normal(size=24) * np.sqrt(v + wobble**2)
        found = seasonal_effects(y, v, MONTHS[:24], YEARS[:24], times=np.arange(24))
        joint += found.p_value < 0.05
        single += any(effect.p_holm < 0.05 for effect in found.effects)
    assert max(joint, single) <= 19  # 10 expected at most; 20 would come up once in 300 runs


def test_years_that_disagree_are_told() -> None:
    pattern = np.array([-9.0, 9] * 6)
    y = np.concatenate([pattern, -pattern])
    found = seasonal_effects(y, np.ones(24), MONTHS[:24], YEARS[:24], times=np.arange(24))
    assert found.agreement is not None and found.agreement < -0.9
    assert found.alike is not None and found.alike.p_value < 1e-6
    assert found.p_value > 0.05


def test_levels_of_the_cycles_do_for_weekdays() -> None:
    days, blocks = [at % 7 for at in range(28)], [at // 7 for at in range(28)]
    y = np.repeat([0.0, 5, -3, 8], 7) + np.tile([2.0, 0, 0, 0, 0, -1, -1], 4)
    found = seasonal_effects(y, np.full(28, 0.2), days, blocks)
    assert [effect.estimate for effect in found.effects] == pytest.approx([2, 0, 0, 0, 0, -1, -1])
    assert found.df_rest == 28 - 4 - 6


@settings(max_examples=20, deadline=None)
@given(shift=st.floats(-40, 40), factor=st.floats(0.1, 10))
def test_units_do_not_matter(shift: float, factor: float) -> None:
    rng = np.random.default_rng(2)
    y, v = rng.normal(size=24), np.linspace(0.2, 1, 24)
    plain = seasonal_effects(y, v, MONTHS[:24], YEARS[:24])
    moved = seasonal_effects(shift + factor * y, factor**2 * v, MONTHS[:24], YEARS[:24])
    assert moved.p_value == pytest.approx(plain.p_value, rel=1e-6)
    for one, other in zip(plain.effects, moved.effects, strict=True):
        assert other.estimate == pytest.approx(factor * one.estimate, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"cycles": [0] * 24}, "two or more"),
        ({"seasons": list(range(24))}, "seen twice"),
        ({"covariance": [0.0] * 24}, "positive definite"),
        ({"covariance": [1.0] * 3}, "24 variances"),
        ({"means": [float("nan")] * 24}, "must be numbers"),
        ({"times": [1.0] * 24}, "rising"),
        ({"seasons": [-1] * 24}, "whole numbers"),
        ({"cycles": [0.5] * 24}, "whole numbers"),
    ],
)
def test_impossible_input_is_refused(change: dict[str, Any], told: str) -> None:
    usual: dict[str, Any] = {
        "means": np.arange(24.0),
        "covariance": np.ones(24),
        "seasons": MONTHS[:24],
        "cycles": YEARS[:24],
    }
    with pytest.raises(ValueError, match=told):
        seasonal_effects(**(usual | change))


def test_too_few_periods_for_the_trend_are_refused() -> None:
    with pytest.raises(ValueError, match="give more"):
        seasonal_effects([1, 2, 3, 4], [1] * 4, [0, 1, 0, 1], [0, 1, 2, 3])
