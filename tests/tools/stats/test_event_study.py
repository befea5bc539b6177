"""Event studies: coefficients of a regression, the power of pre-trend tests, and bounds that cover the truth."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.stats.event_study import (
    detectable_slope,
    event_study,
    event_study_from_means,
    pre_trend_test,
    relative_magnitudes,
)
from tools.stats.tails import chi_square_test, two_sided_p

Array = NDArray[np.float64]


def panel(seed: int) -> tuple[Array, Array, Array, Array]:
    draw = np.random.default_rng(seed)
    unit, period = np.repeat(np.arange(60), 5), np.tile(np.arange(1, 6), 60)
    treated = (unit < 25).astype(float)
    y = draw.normal(size=60)[unit] * 3 + period + treated * (period >= 4) * 2 + draw.normal(size=300)
    kept = draw.random(300) < 0.9
    return y[kept], treated[kept], period[kept].astype(float), unit[kept].astype(float)


def test_effects_and_errors_are_those_of_the_saturated_regression() -> None:
    api = pytest.importorskip("statsmodels.api")
    y, treated, period, unit = panel(1)
    periods = [1, 2, 4, 5]
    x = [np.ones(len(y)), treated, *(period == t for t in periods), *(treated * (period == t) for t in periods)]
    for cluster in (True, False):
        how = {"cov_type": "cluster", "cov_kwds": {"groups": unit}} if cluster else {"cov_type": "HC1"}
        fit = api.OLS(y, np.column_stack(x).astype(float)).fit(**how)
        found = event_study(y, treated, period, reference=3, clusters=unit if cluster else None)
        told = [e for t, e in zip(found.periods, found.effects, strict=True) if t != 3]
        assert [e.estimate for e in told] == pytest.approx(fit.params[-4:])
        assert [e.standard_error for e in told] == pytest.approx(fit.bse[-4:])
        kept = [0, 1, 3, 4]
        assert found.covariance[np.ix_(kept, kept)] == pytest.approx(fit.cov_params()[-4:, -4:])
        assert (found.effects[2].estimate, found.effects[2].standard_error) == (0.0, 0.0)


def test_the_joint_test_does_not_depend_on_the_reference() -> None:
    y, treated, period, unit = panel(2)
    chi2 = []
    for reference in (1, 2, 3):
        found = event_study(y, treated, period, reference, unit)
        at = [i for i, t in enumerate(found.periods) if t <= 3 and t != reference]
        effects = [found.effects[i].estimate for i in at]
        times = [found.periods[i] - reference for i in at]
        chi2.append(pre_trend_test(effects, found.covariance[np.ix_(at, at)], times).joint.chi2)
    assert chi2 == pytest.approx([chi2[0]] * 3)


def test_the_straight_drift_is_generalised_least_squares() -> None:
    b, c, t = np.array([3.0, 1.0, 2.0]), np.array([[4, 1, 1], [1, 2, 0.5], [1, 0.5, 1]]), np.array([-3.0, -2.0, -1.0])
    weight = np.linalg.inv(c)
    slope, error = t @ weight @ b / (t @ weight @ t), (t @ weight @ t) ** -0.5
    found = pre_trend_test(b, c, t)
    assert (found.slope, found.slope_error) == pytest.approx((slope, error))
    assert found.slope_p == pytest.approx(two_sided_p(slope / error))
    assert found.joint.p_value == pytest.approx(chi_square_test(b @ weight @ b, 3).p_value)


@pytest.mark.parametrize("power", [0.5, 0.8])
def test_a_drift_of_the_detectable_size_is_found_as_often_as_it_says(power: float) -> None:
    draw = np.random.default_rng(3)
    t = np.array([-4.0, -3.0, -2.0, -1.0])
    c = np.eye(4) + 1.0  # what a reference period shared by all does
    root, inverse, error = np.linalg.cholesky(c), np.linalg.inv(c), np.sqrt(2)
    rejects = {
        "joint": lambda b: np.einsum("ij,jk,ik->i", b, inverse, b) > 9.487729,  # chi-square, 4 df, 5 %
        "line": lambda b: np.abs(b @ inverse @ t) / (t @ inverse @ t) ** 0.5 > 1.959964,
        "individual": lambda b: np.any(np.abs(b) / error > 1.959964, axis=1),
    }
    for name, rejected in rejects.items():
        slope = detectable_slope(c, t, power=power, test=name)  # type: ignore[arg-type]
        b = slope * t + draw.standard_normal((40_000, 4)) @ root.T
        # 40,000 draws are good to 0.0025; the other tail of `line` and the multivariate normal to less than 0.003.
        assert rejected(b).mean() == pytest.approx(power, abs=0.01), name
    assert pre_trend_test(b[0], c, t, power=power).detectable_slope == detectable_slope(c, t, power=power)


def test_one_period_before_makes_all_tests_the_same() -> None:
    # (1.959964 + 0.841621) standard errors of 3.
    for name in ("joint", "line", "individual"):
        assert detectable_slope([[9.0]], [-1], test=name) == pytest.approx(3 * 2.801585, rel=2e-4)  # type: ignore[arg-type]


def test_allowed_drift_by_hand() -> None:
    # Steps before: 1 -> -2 (-3), -2 -> 0 (+2); the largest is 3 a period. After: at 1 and 2, so 1.5 on average.
    found = relative_magnitudes([1, -2, 10, 12], np.eye(4) * 1e-12, [-2, -1, 1, 2])
    assert (found.estimate, found.largest) == (11, 3)
    assert (found.set_low, found.set_high) == pytest.approx((11 - 4.5, 11 + 4.5))
    assert (found.low, found.high) == pytest.approx((6.5, 15.5), abs=1e-4)
    assert found.breakdown == pytest.approx(11 / 4.5, abs=1e-4)
    # Half the weight on each is the default; all of it on the first period reaches one step only.
    first = relative_magnitudes([1, -2, 10, 12], np.eye(4) * 1e-12, [-2, -1, 1, 2], weights=[1, 0])
    assert (first.set_low, first.set_high) == pytest.approx((7, 13))
    # A gap of two periods between the first two makes the step -3 over two: 1.5 a period, less than the 2 after it.
    assert relative_magnitudes([1, -2, 10], np.eye(3), [-3, -1, 1]).largest == 2


def test_no_drift_allowed_is_the_ordinary_interval() -> None:
    c = np.diag([1.0, 4.0])
    found = relative_magnitudes([0.5, 6.0], c, [-1, 1], ratio=0)
    assert (found.low, found.high) == pytest.approx((6 - 1.959964 * 2, 6 + 1.959964 * 2))
    assert relative_magnitudes([0.5, 1.0], c, [-1, 1]).breakdown == 0


def test_the_interval_covers_the_truth_at_the_edge_of_what_is_allowed() -> None:
    draw = np.random.default_rng(4)
    times, c = np.array([-3.0, -2.0, -1.0, 1.0, 2.0]), np.eye(5) + 1.0
    steps = np.array([1.0, -2.0, 0.5])  # before; the largest is 2 a period, downwards
    delta = np.array([-(1 - 2 + 0.5), -(-2 + 0.5), -0.5, -2.0, -4.0])
    assert np.abs(steps).max() == 2
    truth = 5.0  # in both periods after
    b = delta + np.array([0, 0, 0, truth, truth]) + draw.standard_normal((600, 5)) @ np.linalg.cholesky(c).T
    covered = [(f := relative_magnitudes(one, c, times)).low <= truth <= f.high for one in b]
    assert np.mean(covered) >= 0.95
    narrow = [(f := relative_magnitudes(one, c, times, ratio=0)).low <= truth <= f.high for one in b]
    assert np.mean(narrow) < 0.7


def test_what_cannot_be_estimated_is_refused() -> None:
    with pytest.raises(ValueError, match="reference 9"):
        event_study([1, 2, 3, 4], [1, 1, 0, 0], [1, 2, 1, 2], 9)
    with pytest.raises(ValueError, match="a row in every period"):
        event_study([1, 2, 3, 4, 5], [1, 1, 0, 0, 1], [1, 2, 1, 1, 1], 1)
    with pytest.raises(ValueError, match="2T rows"):
        event_study_from_means([1, 2], [1, 2], np.eye(3), 0)
    with pytest.raises(ValueError, match="before the reference"):
        pre_trend_test([], np.zeros((0, 0)), [])
    with pytest.raises(ValueError, match="all 0"):
        pre_trend_test([1.0], [[0.0]], [-1])
    with pytest.raises(ValueError, match="power"):
        detectable_slope([[1.0]], [-1], power=0.2)
    with pytest.raises(ValueError, match="before and one after"):
        relative_magnitudes([1.0], [[1.0]], [1])
    with pytest.raises(ValueError, match="weights"):
        relative_magnitudes([1.0, 2.0], np.eye(2), [-1, 1], weights=[0.5])
