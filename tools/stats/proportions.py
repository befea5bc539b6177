"""Shares of answers: intervals for one, for a difference, for all classes at once; tests of several.

Shares lie between 0 and 1. Counts need not be whole, so clustered answers may be divided by their design effect.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.stats.tails import ChiSquareTest, chi_square_test, critical_value


@dataclass(frozen=True, slots=True)
class ProportionInterval:
    """A share of `n` answers with its interval."""

    estimate: float
    low: float
    high: float
    n: float


@dataclass(frozen=True, slots=True)
class ProportionDifference:
    """A difference of two shares, -1 to 1, with its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class ProportionTrend:
    """Change of a share per unit of score, with the chi-square test (one degree of freedom) that it is 0."""

    slope: float
    chi2: float
    df: int
    p_value: float


def wilson_interval(x: float, n: float, *, confidence: float = 0.95) -> ProportionInterval:
    """Wilson's score interval for a share: all pi that the score test of x/n does not reject.

        low, high = (x + z^2/2 -+ z sqrt(x (n - x)/n + z^2/4)) / (n + z^2)

    It is never empty and never leaves 0 to 1, also for x = 0 and x = n. n = 0 or x outside 0 to n: ValueError.

    Reference: Wilson (1927), JASA 22, 209-212; Newcombe (1998), Statistics in Medicine 17, 857-872, method 3.

    >>> i = wilson_interval(81, 263)
    >>> round(i.estimate, 3), round(i.low, 4), round(i.high, 4)
    (0.308, 0.2553, 0.3662)

    Somewhere between a quarter and a little over a third of the population are promoters.
    """
    share = _share(x, n)
    return _wilson(share, n, critical_value(confidence))


def adjusted_wald_proportion(x: float, n: float, *, confidence: float = 0.95) -> ProportionInterval:
    """Agresti and Coull's interval for a share: Wald's, after adding z^2/2 successes and z^2/2 failures.

        n~ = n + z^2,   p~ = (x + z^2/2) / n~,   low, high = p~ -+ z sqrt(p~ (1 - p~) / n~)

    `estimate` is x/n; the bounds are clipped to 0 and 1. n = 0 or x outside 0 to n: ValueError.

    Reference: Agresti & Coull (1998), The American Statistician 52, 119-126.

    >>> i = adjusted_wald_proportion(4, 5)
    >>> round(i.low, 2), round(i.high, 2)
    (0.36, 0.98)

    Four of five says little: the share may be anything from a third upward.
    """
    share, z = _share(x, n), critical_value(confidence)
    size = n + z * z
    centre = (x + z * z / 2) / size
    margin = z * math.sqrt(centre * (1 - centre) / size)
    return ProportionInterval(share, max(centre - margin, 0.0), min(centre + margin, 1.0), n)


def newcombe_difference(
    x1: float, n1: float, x2: float, n2: float, *, confidence: float = 0.95
) -> ProportionDifference:
    """Difference of two independent shares, x1/n1 - x2/n2, with Newcombe's hybrid score interval.

    With l, u the Wilson bounds of each share and D = p1 - p2,

        low = D - sqrt((p1 - l1)^2 + (u2 - p2)^2),   high = D + sqrt((u1 - p1)^2 + (p2 - l2)^2).

    It contains D, stays within -1 to 1 and is never of width 0. An empty group or x outside 0 to n: ValueError.

    Reference: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10.

    >>> d = newcombe_difference(56, 70, 48, 80)
    >>> round(d.estimate, 2), round(d.low, 4), round(d.high, 4)
    (0.2, 0.0524, 0.3339)

    The first share is the larger one, by 5 to 33 percentage points.
    """
    first = wilson_interval(x1, n1, confidence=confidence)
    second = wilson_interval(x2, n2, confidence=confidence)
    difference = first.estimate - second.estimate
    low = difference - math.hypot(first.estimate - first.low, second.high - second.estimate)
    high = difference + math.hypot(first.high - first.estimate, second.estimate - second.low)
    return ProportionDifference(difference, max(low, -1.0), min(high, 1.0))


def goodman_intervals(counts: Sequence[float], *, alpha: float = 0.05) -> tuple[ProportionInterval, ...]:
    """Simultaneous intervals for the shares of k classes: all k hold at once with probability 1 - `alpha`.

    Each is a Wilson interval at level 1 - alpha/k: with A the (1 - alpha/k) quantile of chi-square on one degree
    of freedom, (A + 2 x -+ sqrt(A (A + 4 x (n - x)/n))) / (2 (n + A)). Empty classes keep an interval from 0.
    No answers at all, or a negative count: ValueError. The intervals come in the order of the counts.

    Reference: Goodman (1965), Technometrics 7, 247-254.

    >>> [(round(i.low, 2), round(i.high, 2)) for i in goodman_intervals([50, 30, 20])]
    [(0.38, 0.62), (0.2, 0.42), (0.12, 0.31)]

    Promoters are ahead of detractors, even when all three shares are looked at together.
    """
    if not 0.0 < alpha < 1.0:
        raise ValueError(f"alpha must lie between 0 and 1, not {alpha}; write 0.05 for 95 % intervals.")
    if len(counts) == 0:
        raise ValueError("Intervals for the shares of classes need the count of at least one class.")
    total = math.fsum(counts)
    z = critical_value(1 - alpha / len(counts))
    return tuple(_wilson(_share(x, total), total, z) for x in counts)


def equal_proportions(x: Sequence[float], n: Sequence[float]) -> ChiSquareTest:
    """Pearson's chi-square test that k independent groups share one proportion (R's `prop.test`, uncorrected).

        chi2 = sum n_k (x_k/n_k - p)^2 / (p (1 - p)),   p = sum x / sum n,   df = k - 1

    No continuity correction, also for two groups, where chi2 is the square of the pooled z. When all or none
    are successes there is nothing to tell the groups apart: chi2 = 0, p = 1. Fewer than two groups, an
    empty group or x outside 0 to n: ValueError.

    Reference: Fleiss (1981), Statistical Methods for Rates and Proportions, 138-143.

    >>> t = equal_proportions([83, 90, 129, 70], [86, 93, 136, 82])
    >>> round(t.chi2, 1), t.df, round(t.p_value, 4)
    (12.6, 3, 0.0056)

    The four groups do not share one proportion.
    """
    shares, sizes = _shares(x, n)
    pooled = float(np.average(shares, weights=sizes))
    spread = float(np.sum(sizes * (shares - pooled) ** 2))
    variance = pooled * (1 - pooled)
    return chi_square_test(spread / variance if variance > 0 else 0.0, len(sizes) - 1)


def trend_in_proportions(
    x: Sequence[float], n: Sequence[float], scores: Sequence[float] | None = None
) -> ProportionTrend:
    """Cochran-Armitage test for a linear trend of the share over ordered groups (R's `prop.trend.test`).

    With p the pooled share and s. = sum n s / sum n,

        slope = sum n (s - s.) (x/n) / sum n (s - s.)^2,   chi2 = slope^2 sum n (s - s.)^2 / (p (1 - p)),   df = 1.

    `scores` default to 1, 2, ... k. When all or none are successes: slope 0, chi2 0, p = 1. Fewer than two groups,
    equal scores, an empty group: ValueError.

    Reference: Armitage (1955), Biometrics 11, 375-386; Fleiss (1981), 143-146.

    >>> t = trend_in_proportions([83, 90, 129, 70], [86, 93, 136, 82])
    >>> round(t.slope, 3), round(t.chi2, 4), round(t.p_value, 4)
    (-0.033, 8.2249, 0.0041)

    The share falls from group to group, by about 3 percentage points a step.
    """
    shares, sizes = _shares(x, n)
    score = np.arange(1, len(sizes) + 1, dtype=float) if scores is None else np.asarray(scores, dtype=float)
    if score.shape != sizes.shape or not np.all(np.isfinite(score)) or np.ptp(score) == 0:
        raise ValueError("A trend needs one score for each group, and not all of them the same.")
    offset = score - np.average(score, weights=sizes)
    spread = float(np.sum(sizes * offset**2))
    slope = float(np.sum(sizes * offset * shares)) / spread
    pooled = float(np.average(shares, weights=sizes))
    variance = pooled * (1 - pooled)
    if variance <= 0:
        return ProportionTrend(slope=0.0, chi2=0.0, df=1, p_value=1.0)
    test = chi_square_test(slope**2 * spread / variance, 1)
    return ProportionTrend(slope, test.chi2, test.df, test.p_value)


def _wilson(share: float, n: float, z: float) -> ProportionInterval:
    size = n + z * z
    centre = (share * n + z * z / 2) / size
    margin = z * math.sqrt(share * (1 - share) * n + z * z / 4) / size
    return ProportionInterval(share, max(min(centre - margin, share), 0.0), min(max(centre + margin, share), 1.0), n)


def _share(x: float, n: float) -> float:
    if not (math.isfinite(n) and n > 0 and 0 <= x <= n):
        raise ValueError(f"A share needs 0 <= x <= n and n above 0, not x = {x} and n = {n}.")
    return x / n


def _shares(x: Sequence[float], n: Sequence[float]) -> tuple[np.ndarray, np.ndarray]:
    if len(x) != len(n) or len(x) < 2:
        raise ValueError(f"Comparing shares needs two or more groups, not {len(x)} counts and {len(n)} bases.")
    return np.array([_share(a, b) for a, b in zip(x, n, strict=True)]), np.asarray(n, dtype=float)
