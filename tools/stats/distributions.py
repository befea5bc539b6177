"""The shape of answers on a scale: contrasts of shares, the median, and whether groups share one distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.contrasts import Contrast
from tools.stats.tails import ChiSquareTest, check_design_effect, chi_square_test, critical_value, two_sided_p

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Median:
    """The median of answers on a scale with its interval."""

    estimate: float
    low: float
    high: float


def share_contrast(
    counts: Sequence[float], weights: Sequence[float], *, design_effect: float = 1.0, confidence: float = 0.95
) -> Contrast:
    """A weighted sum of the shares of k classes of the same answers, sum c_k p_k, with Wald interval and test.

        var = deff (sum c_k^2 p_k - (sum c_k p_k)^2) / n

    c = (1, -1, 0, ...) is the difference of two shares, averages of shares have fractions. Where the variance is 0
    the p-value is 1 for an estimate of 0 and else 0. Rough below about 30 answers. No answers, negative
    counts, lengths that differ: ValueError.

    Reference: Agresti (2002), Categorical Data Analysis, 2nd ed., 14.1 (multinomial covariance).

    >>> c = share_contrast([30, 50, 20], [1, 0, -1])
    >>> round(c.estimate, 3), round(c.standard_error, 4), round(c.p_value, 3)
    (0.1, 0.07, 0.153)
    """
    x, c = np.asarray(counts, float), np.asarray(weights, float)
    n = _size(x)
    if x.shape != c.shape or not np.all(np.isfinite(c)):
        raise ValueError(f"There are {x.size} classes but {c.size} weights; give one for each, none missing.")
    estimate = float(c @ x) / n
    variance = max(float(c * c @ x) / n - estimate**2, 0.0) / n * check_design_effect(design_effect)
    error = math.sqrt(variance)
    margin = critical_value(confidence) * error
    p_value = two_sided_p(estimate / error) if error > 0 else float(estimate == 0)
    return Contrast(estimate, error, estimate - margin, estimate + margin, p_value)


def score_median(
    counts: Sequence[float], scores: Sequence[float], *, design_effect: float = 1.0, confidence: float = 0.95
) -> Median:
    """The median of scores given as counts, with Woodruff's interval.

    With an even number of answers it is the mean of the middle two. Interval: the scores at which the cumulative
    share first reaches 1/2 -+ z sqrt(deff/(4 n)) (the smallest and the largest score where that leaves 0 to 1). On a
    scale of whole numbers it often has width 0: the median is then sure. No answers, negative counts, scores
    that do not rise, lengths that differ: ValueError.

    Reference: Woodruff (1952), JASA 47, 635-646.

    >>> score_median([10, 20, 30, 40], [7, 8, 9, 10])
    Median(estimate=9.0, low=9.0, high=9.0)
    """
    x, s = np.asarray(counts, float), np.asarray(scores, float)
    n = _size(x)
    if x.shape != s.shape or not np.all(np.isfinite(s)) or np.any(np.diff(s) <= 0):
        raise ValueError("Scores must rise and have one count each.")
    held = np.cumsum(x) / n
    margin = critical_value(confidence) * math.sqrt(check_design_effect(design_effect) / (4 * n))
    used = s[x > 0]

    def reached(share: float) -> float:
        return float(s[min(int(np.searchsorted(held, share - 1e-12)), len(s) - 1)])

    middle = reached(0.5)
    exactly = np.flatnonzero(np.abs(held - 0.5) < 1e-12)
    if len(exactly):
        middle = (middle + float(used[used > middle][0])) / 2
    low = reached(0.5 - margin) if margin < 0.5 else float(used[0])
    high = reached(0.5 + margin) if margin < 0.5 else float(used[-1])
    return Median(middle, min(max(low, float(used[0])), middle), max(high, middle))


def same_distribution(table: ArrayLike, *, design_effect: float = 1.0, smallest_expected: float = 5.0) -> ChiSquareTest:
    """Pearson's chi-square that the groups (rows) answer the ordered classes (columns) in the same shares.

    Neighbouring columns are put together, from the left, until every expected count reaches `smallest_expected`;
    chi2 is divided by the design effect (Rao & Scott's first order). df = (rows - 1)(columns left - 1). Where one
    column is left there is nothing to tell apart: chi2 = 0, df = 0, p = 1. Fewer than two rows, an empty row,
    negative counts: ValueError.

    Reference: Pearson (1900); Rao & Scott (1981), JASA 76, 221-230; Cochran (1954), Biometrics 10, on small counts.

    >>> t = same_distribution([[30, 50, 20], [20, 45, 35]])
    >>> round(t.chi2, 3), t.df, round(t.p_value, 4)
    (6.354, 2, 0.0417)
    """
    x = np.asarray(table, float)
    if x.ndim != 2 or len(x) < 2 or np.any(x < 0) or not np.all(np.isfinite(x)) or np.any(x.sum(axis=1) <= 0):
        raise ValueError("Comparing distributions needs two or more groups, each with answers.")
    shares = x.sum(axis=1) / x.sum()
    columns: list[FloatArray] = []
    waiting = np.zeros(len(x))
    for column in x.T:
        waiting = waiting + column
        if float(waiting.sum()) * float(shares.min()) >= smallest_expected:
            columns.append(waiting)
            waiting = np.zeros(len(x))
    if columns:
        columns[-1] = columns[-1] + waiting
    if len(columns) < 2:
        return ChiSquareTest(0.0, 0, 1.0)
    pooled = np.array(columns).T
    expected = np.outer(shares, pooled.sum(axis=0))
    chi2 = float(np.sum((pooled - expected) ** 2 / expected)) / check_design_effect(design_effect)
    return chi_square_test(chi2, (len(x) - 1) * (len(columns) - 1))


def row_mean_test(table: ArrayLike, scores: ArrayLike, *, design_effect: float = 1.0) -> ChiSquareTest:
    """The row mean scores test that all groups (rows) have one mean score: Mantel's extension for ordered columns.

    Q = (n - 1) sum n_g (m_g - m)^2 / sum (s - m)^2 / deff on g - 1 degrees of freedom, m_g the groups' mean scores and
    the last sum over all answers. Its mean under random allotment of the answers to the groups is exactly g - 1, so
    that it keeps its level in small groups. When all answers have one score: chi2 = 0, p = 1. Fewer than two rows,
    an empty row, scores that do not fit the columns: ValueError.

    Reference: Mantel (1963), JASA 58, 690-700; Agresti (2002), 7.5.2 (the generalised CMH statistic).

    >>> t = row_mean_test([[30, 50, 20], [20, 45, 35]], [-1, 0, 1])
    >>> round(t.chi2, 3), t.df, round(t.p_value, 4)
    (5.93, 1, 0.0149)
    """
    x, s = np.asarray(table, float), np.asarray(scores, float)
    whole = np.all(np.isfinite(x)) and np.all(np.isfinite(s))
    if x.ndim != 2 or len(x) < 2 or s.shape != x.shape[1:] or not whole or np.any(x.sum(axis=1) <= 0) or np.any(x < 0):
        raise ValueError("Comparing mean scores needs two or more groups with answers, and one score a column.")
    sizes, n = x.sum(axis=1), float(x.sum())
    mean = float(x.sum(axis=0) @ s) / n
    spread = float(x.sum(axis=0) @ (s - mean) ** 2)
    if spread <= 0 or n <= 1:
        return ChiSquareTest(0.0, len(x) - 1, 1.0)
    between = float(sizes @ (x @ s / sizes - mean) ** 2)
    return chi_square_test((n - 1) * between / spread / check_design_effect(design_effect), len(x) - 1)


def _size(counts: FloatArray) -> float:
    if not counts.size or not np.all(np.isfinite(counts)) or np.any(counts < 0) or counts.sum() <= 0:
        raise ValueError("Counts must be numbers of 0 or more, at least one of them above 0.")
    return float(counts.sum())
