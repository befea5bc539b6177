"""Randomised experiments: was the split as planned, how large is the difference, does a measure from before help."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tools.stats.contrasts import clustered_mean_covariance, t_quantile
from tools.stats.propensity import BoolArray, FloatArray, as_arms
from tools.stats.tails import check_choice, chi_square_test

RATIO_ALARM = 0.01
SMALLEST_EXPECTED = 5.0


@dataclass(frozen=True)
class SampleRatio:
    """Observed against planned group sizes."""

    expected: tuple[float, ...]
    p_value: float
    chi2: float | None
    """None where the exact test was used."""
    df: int
    exact: bool
    mismatch: bool
    """p below `alarm`: the groups do not have the planned sizes."""
    alarm: float


@dataclass(frozen=True)
class MeanDifference:
    """A difference of two means, treated minus control, in the outcome's unit."""

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    df: float
    treated_mean: float
    control_mean: float


@dataclass(frozen=True)
class Cuped:
    """A difference with a measure from before the experiment taken out, beside the plain one."""

    adjusted: MeanDifference
    plain: MeanDifference
    theta: float
    """Slope that is taken out: y − theta (pre − mean of pre)."""
    correlation: float
    """Of the outcome with the measure from before."""
    variance_reduction: float
    """1 − var(adjusted)/var(plain); 0.36 saves 36 % of the answers; negative where it did harm."""


def sample_ratio_test(
    counts: Sequence[int],
    shares: Sequence[float] | None = None,
    *,
    alarm: float = RATIO_ALARM,
    method: Literal["auto", "chi2", "exact"] = "auto",
) -> SampleRatio:
    """Test that group sizes follow the planned shares (sample ratio mismatch).

    χ² = Σ (n − e)²/e with k − 1 degrees of freedom. With two groups and an expected size below 5, or when asked for,
    the exact binomial test (sum of the probabilities not above that of what was seen). `alarm` 0.01 cries wolf in 1
    of 100 sound experiments and was chosen to notice mismatches of the size of Cookie Cats; big platforms that test
    all day take 0.001 or 0.0005.

    Args:
        counts: people assigned to each group, whole numbers.
        shares: planned shares in any unit above 0 (they are divided by their sum); equal when left out.

    Raises ValueError for fewer than two groups, nobody in any, shares that do not fit, or "exact" with three groups.

    Fabijan et al. (2019), Diagnosing sample ratio mismatch, KDD 2019; Kohavi, Tang & Xu (2020), chapter 21.

    Cookie Cats, planned half and half:
    >>> ratio = sample_ratio_test([44_700, 45_489])
    >>> round(ratio.chi2, 4), round(ratio.p_value, 4), ratio.mismatch
    (6.9024, 0.0086, True)

    So uneven a split comes about by chance once in 116 experiments: look for the reason before reading the result.
    """
    check_choice("method", method, ("auto", "chi2", "exact"))
    n = np.asarray(counts, float)
    if n.ndim != 1 or len(n) < 2 or not np.all(n >= 0) or np.any(n != np.round(n)) or not 0 < n.sum() < math.inf:
        raise ValueError("counts must be whole numbers for two or more groups, not all 0.")
    planned = np.ones(len(n)) if shares is None else np.asarray(shares, float)
    if planned.shape != n.shape or not np.all(np.isfinite(planned)) or np.any(planned <= 0):
        raise ValueError("shares must be one number above 0 for each group.")
    planned = planned / planned.sum()
    expected = planned * n.sum()
    if method == "exact" and len(n) > 2:
        raise ValueError("The exact test is for two groups.")
    exact = method == "exact" or (method == "auto" and len(n) == 2 and float(expected.min()) < SMALLEST_EXPECTED)
    told = tuple(float(value) for value in expected)
    if exact:
        from scipy.stats import binomtest

        p_value = float(binomtest(int(n[0]), int(n.sum()), float(planned[0])).pvalue)
        return SampleRatio(told, p_value, None, 1, True, p_value < alarm, alarm)
    test = chi_square_test(float(((n - expected) ** 2 / expected).sum()), len(n) - 1)
    return SampleRatio(told, test.p_value, test.chi2, test.df, False, test.p_value < alarm, alarm)


def welch_test(treated: ArrayLike, control: ArrayLike, *, confidence: float = 0.95) -> MeanDifference:
    """Difference of two means with Welch's t test: SE² = s₁²/n₁ + s₀²/n₀, df by Satterthwaite.

    Each of `treated` and `control` holds the outcomes of one group, independent of each other.

    Raises ValueError for groups of fewer than two or missing outcomes. Where nobody differs in either group the
    standard error is 0, p is 1 for equal means and 0 else.

    Welch (1947), Biometrika 34, 28-35.

    Student's sleep data (extra hours; R's ?t.test prints t = −1.8608, df = 17.776, p = 0.07939):
    >>> one = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    >>> two = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    >>> d = welch_test(one, two)
    >>> round(d.estimate, 2), round(d.low, 4), round(d.high, 4), round(d.df, 3), round(d.p_value, 5)
    (-1.58, -3.3655, 0.2055, 17.776, 0.07939)
    """
    one, other = np.asarray(treated, float), np.asarray(control, float)
    for group in (one, other):
        if group.ndim != 1 or len(group) < 2 or not np.all(np.isfinite(group)):
            raise ValueError("Each group needs two or more outcomes, none missing.")
    parts = [float(group.var(ddof=1)) / len(group) for group in (one, other)]
    variance = sum(parts)
    below = sum(part**2 / (len(group) - 1) for part, group in zip(parts, (one, other), strict=True))
    df = variance**2 / below if below > 0 else float(len(one) + len(other) - 2)
    return _difference(float(one.mean()), float(other.mean()), math.sqrt(variance), df, confidence)


def mean_difference(
    y: ArrayLike, treated: ArrayLike, clusters: ArrayLike | None = None, *, confidence: float = 0.95
) -> MeanDifference:
    """Difference of the means of two arms, answers clustered by customer.

    Variances as in `clustered_mean_covariance`; Student's t with Satterthwaite's df over the arms' numbers of
    customers. With one answer a customer this is `welch_test`. Customers in both arms move both means.

    Raises ValueError for arrays that do not fit, missing outcomes, or an arm of one customer.

    Liang & Zeger (1986), Biometrika 73, 13-22.

    >>> d = mean_difference([1, 2, 3, 4, 6, 8], [0, 0, 0, 1, 1, 1])
    >>> d.estimate, round(d.standard_error, 4), round(d.df, 3)
    (4.0, 1.291, 2.941)
    """
    values, t = np.asarray(y, float), as_arms(treated)
    labels = np.arange(len(t)) if clusters is None else np.asarray(clusters)
    means, covariance, _n = clustered_mean_covariance(values, t.astype(int), labels)
    groups = [len(np.unique(labels[arm])) for arm in (~t, t)]
    if min(groups) < 2:
        raise ValueError("Each arm needs two or more customers.")
    variance = float(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    below = sum(float(covariance[i, i]) ** 2 / (groups[i] - 1) for i in (0, 1))
    df = float(covariance[0, 0] + covariance[1, 1]) ** 2 / below if below > 0 else float(sum(groups) - 2)
    return _difference(float(means[1]), float(means[0]), math.sqrt(max(variance, 0.0)), df, confidence)


def cuped(
    y: ArrayLike,
    pre: ArrayLike,
    treated: ArrayLike,
    clusters: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
) -> Cuped:
    """Difference of means with a measure from before the experiment taken out (controlled experiment, CUPED).

    theta = cov(y, pre)/var(pre) over all rows of both arms; the adjusted outcome is y − theta (pre − mean of pre),
    whose difference is `mean_difference`'s. In a randomised experiment it estimates the same effect with 1 − ρ² of
    the variance; `pre` must not have been touched by the treatment. With clusters the gain can differ from ρ², and be
    a loss.

    Raises ValueError for arrays that do not fit, missing values, or a `pre` that does not vary.

    Deng, Xu, Kohavi & Walker (2013), WSDM, 123-132.

    >>> c = cuped([2, 4, 6, 5, 7, 9], [1, 2, 3, 1, 2, 3], [0, 0, 0, 1, 1, 1])
    >>> c.theta, c.plain.estimate, c.adjusted.estimate, round(c.variance_reduction, 3)
    (2.0, 3.0, 3.0, 1.0)
    """
    values, before = np.asarray(y, float), np.asarray(pre, float)
    t: BoolArray = as_arms(treated)
    if values.shape != t.shape or before.shape != t.shape:
        raise ValueError("y, pre and treated must be of one length.")
    if not (np.all(np.isfinite(values)) and np.all(np.isfinite(before))):
        raise ValueError("y or pre holds a missing value.")
    centred: FloatArray = before - before.mean()
    spread = float(centred @ centred)
    if spread <= 1e-12 * float(before @ before):
        raise ValueError("pre is the same for everybody; nothing can be taken out.")
    moved = values - values.mean()
    theta = float(centred @ moved) / spread
    total = float(moved @ moved)
    plain = mean_difference(values, t, clusters, confidence=confidence)
    adjusted = mean_difference(values - theta * centred, t, clusters, confidence=confidence)
    before_after = plain.standard_error**2
    reduction = 1 - adjusted.standard_error**2 / before_after if before_after > 0 else 0.0
    correlation = theta * math.sqrt(spread / total) if total > 0 else 0.0
    return Cuped(adjusted, plain, theta, correlation, reduction)


def _difference(one: float, other: float, error: float, df: float, confidence: float) -> MeanDifference:
    estimate, df = one - other, max(df, 1.0)
    margin = t_quantile(confidence, df) * error
    if error > 0:
        from scipy.special import stdtr

        p_value = float(2 * stdtr(df, -abs(estimate / error)))
    else:
        p_value = float(estimate == 0)
    return MeanDifference(estimate, error, estimate - margin, estimate + margin, p_value, df, one, other)
