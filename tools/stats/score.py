"""Net Promoter Score: its interval, the difference of two, the sameness of several and their trend.

All four rest on the adjusted variance of Rocks (2016): three pseudo-answers (3/4 promoter, 3/2 passive, 3/4
detractor) are added to each cell, so that a cell in which everybody agrees still has a width. Where answers
are clustered the counts are divided by the design effect first (`tools.stats.clusters`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tools.stats.counts import Counts, count_scores, observed, observed_points
from tools.stats.tails import (
    ChiSquareTest,
    check_design_effect,
    chi_square_test,
    critical_value,
    power_value,
    two_sided_p,
)

__all__ = [
    "Counts",
    "Difference",
    "Interval",
    "Trend",
    "count_scores",
    "homogeneity",
    "linear_trend",
    "nps_difference",
    "nps_interval",
    "standard_error",
]

LARGEST_CORRELATION = 0.99


@dataclass(frozen=True, slots=True)
class Interval:
    """An NPS with its interval, in points; `n_effective` is `n` divided by the design effect."""

    estimate: float
    low: float
    high: float
    standard_error: float
    n: float
    n_effective: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two NPS with its interval and test, in points (`z` and `p_value` have no unit)."""

    estimate: float
    low: float
    high: float
    standard_error: float
    z: float
    p_value: float
    smallest_detectable: float


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through several NPS, in points per unit of time; `intercept` is its value at time 0."""

    slope: float
    low: float
    high: float
    standard_error: float
    z: float
    p_value: float
    intercept: float
    lack_of_fit: ChiSquareTest | None


def standard_error(counts: Counts, *, design_effect: float = 1.0) -> float:
    """Wald standard error of the NPS on the unit scale, sqrt(deff * (p + d - (p - d)^2) / n).

    It is 0 when everybody is in one class, which is why no interval here is built on it. No answers: ValueError.

    Reference: Rocks (2016), The American Statistician 70(4); R package NPS, `nps_se`.

    >>> round(standard_error(Counts(3, 2, 1)), 3)
    0.304
    """
    _, variance = observed(counts)
    return math.sqrt(check_design_effect(design_effect) * variance / counts.n)


def nps_interval(counts: Counts, *, confidence: float = 0.95, design_effect: float = 1.0) -> Interval:
    """NPS with its adjusted Wald interval, in points.

    Estimated: the NPS of the population that the answers are a random sample of. Promoters and detractors
    are divided by the design effect, 3/4 is added to each and 3 to n; with p~, d~ and n~ so adjusted

        R~ = p~ - d~,   SE = sqrt((p~ + d~ - R~^2) / n~),   interval = 100 * (R~ -+ z SE).

    `estimate` stays the observed, unadjusted NPS; `standard_error` is 100 SE. The bounds are clipped to -100
    and 100 and, where the adjusted centre lies so far inside that the observed NPS would fall out (one or two
    answers, everybody in one class), moved out to it. No answers: ValueError.

    Coverage, by enumeration of all samples at 95 %: between 92 and 98.5 % from n = 10 upward for usual class
    shares; higher when nearly all are passives (the pseudo-answers then are most of the spread).

    Reference: Rocks (2016), The American Statistician 70(4), 365-372; Lewis & Sauro (2020), Confidence
    intervals for Net Promoter Scores, MeasuringU.

    >>> i = nps_interval(Counts(promoters=15, passives=13, detractors=8))
    >>> round(i.estimate, 1), round(i.low, 1), round(i.high, 1)
    (19.4, -6.3, 42.2)

    36 answers place this NPS anywhere from slightly below zero to above 40: too few to call it positive.
    """
    z = critical_value(confidence)
    estimate = observed_points(counts)
    centre, variance = _adjusted_mean(counts, design_effect)
    margin = z * math.sqrt(variance)
    return Interval(
        estimate=estimate,
        low=min(100 * max(centre - margin, -1.0), estimate),
        high=max(100 * min(centre + margin, 1.0), estimate),
        standard_error=100 * math.sqrt(variance),
        n=counts.n,
        n_effective=counts.n / design_effect,
    )


def nps_difference(
    after: Counts,
    before: Counts,
    *,
    confidence: float = 0.95,
    design_effects: tuple[float, float] = (1.0, 1.0),
    covariance: float = 0.0,
) -> Difference:
    """Difference of two NPS, `after` minus `before`, with its adjusted Wald interval and test.

    Estimated: the difference of the two populations' NPS, in points. Both cells are adjusted as in
    `nps_interval` (`design_effects` in the order after, before), then

        D~ = R~1 - R~0,   SE = sqrt(v~1/n~1 + v~0/n~0 - 2 cov~),   z = D~/SE,   interval = 100 * (D~ -+ z_c SE).

    `covariance` is that of the two observed NPS on the unit scale (`clusters.clustered_covariance`), for
    customers who answered in both; it is shrunk as the two estimates are, and held to a correlation of +-0.99 so
    that SE cannot vanish. `smallest_detectable` = (z_c + z_0.8) * 100 SE, at most 200: the smallest true
    difference that this much data would show in 4 of 5 repetitions.

    Because small cells are pulled further towards 0 than large ones, D~ can be larger than the observed
    difference or have the other sign (1 promoter against 10 000 promoters gives -75). D~ is therefore never taken
    beyond the observed difference and is 0 where the signs disagree. So with two cells of promoters only the
    difference is 0, z = 0, p = 1, and the interval still has the width that the two bases allow.

    The interval is clipped to -200 and 200 and contains the estimate; it excludes 0 exactly when
    p < 1 - `confidence`. Swapping the groups negates estimate, bounds and z. No answers: ValueError.

    Reference: Lewis & Sauro (2021), How to statistically compare two Net Promoter Scores, MeasuringU; Rocks
    (2016). The cap is npsight's own; the usual cases are unchanged by it.

    >>> d = nps_difference(Counts(520, 260, 220), Counts(560, 280, 160))
    >>> round(d.estimate, 1), round(d.low, 1), round(d.high, 1), round(d.p_value, 4)
    (-10.0, -16.8, -3.2, 0.0041)

    The NPS fell by 10 points, surely by 3 or more; a fall of less than
    >>> round(d.smallest_detectable, 1)
    9.7

    points would often have gone unnoticed with a thousand answers on either side.
    """
    z_critical = critical_value(confidence)
    difference = observed_points(after, "The counts after") - observed_points(before, "The counts before")
    mean_1, variance_1 = _adjusted_mean(after, design_effects[0])
    mean_0, variance_0 = _adjusted_mean(before, design_effects[1])
    shrunk = covariance * _shrinkage(after, design_effects[0]) * _shrinkage(before, design_effects[1])
    if not math.isfinite(shrunk):
        raise ValueError(f"The covariance of the two NPS must be a number, not {covariance}.")
    bound = LARGEST_CORRELATION * math.sqrt(variance_1 * variance_0)
    se = math.sqrt(variance_1 + variance_0 - 2 * min(max(shrunk, -bound), bound))
    centre = _no_further(mean_1 - mean_0, difference / 100)
    return Difference(
        estimate=difference,
        low=min(100 * max(centre - z_critical * se, -2.0), difference),
        high=max(100 * min(centre + z_critical * se, 2.0), difference),
        standard_error=100 * se,
        z=centre / se,
        p_value=two_sided_p(centre / se),
        smallest_detectable=min(100 * (z_critical + power_value(0.8)) * se, 200.0),
    )


def homogeneity(groups: Sequence[Counts], *, design_effects: Sequence[float] | None = None) -> ChiSquareTest:
    """Wald test that all groups share one NPS.

    Hypothesis: the k populations have the same NPS, whatever it is and however the classes are made up. With
    R_k the observed NPS and u_k = deff_k^2 v~_k n~_k / n_k^2 its variance (v~_k, n~_k adjusted as in
    `nps_interval`; written back to the scale of the unshrunken R_k, so that for two groups of one size the
    statistic equals the square of `nps_difference`'s z), chi2 = sum w_k (R_k - R)^2 with w_k = 1/u_k and
    R = sum w_k R_k / sum w_k, on k - 1 degrees of freedom.

    The test keeps its level from about 10 answers a group (simulated: at most 6 % at 5 %) and is conservative when
    nearly everybody is in one class. Fewer than two groups, or a group without answers: ValueError.

    Reference: Grizzle, Starmer & Koch (1969), Biometrics 25, 489-504, for the mean score of +1, 0, -1.

    >>> t = homogeneity([Counts(50, 30, 20), Counts(48, 30, 22), Counts(30, 30, 40)])
    >>> round(t.chi2, 2), t.df, round(t.p_value, 5)
    (14.25, 2, 0.00081)

    One NPS for all three groups is not credible: the third stands apart.
    """
    if len(groups) < 2:
        raise ValueError(f"Comparing groups needs two or more, not {len(groups)}.")
    nps, weights = _nps_and_weights(groups, design_effects)
    pooled = float(np.average(nps, weights=weights))
    return chi_square_test(float(np.sum(weights * (nps - pooled) ** 2)), len(groups) - 1)


def linear_trend(
    groups: Sequence[Counts],
    times: Sequence[float],
    *,
    design_effects: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> Trend:
    """Straight line of the NPS over time by weighted least squares, in points per unit of `times`.

    With R_k, w_k as in `homogeneity` and t. = sum w t / sum w,

        slope = sum w (t - t.) R / sum w (t - t.)^2,   SE = 1 / sqrt(sum w (t - t.)^2),   z = slope / SE.

    `lack_of_fit` tests that the NPS lie on one line: sum w (R - line)^2 on k - 2 degrees of freedom, None for two
    groups. Where its p-value is small the line is a poor summary and its interval too narrow: say what
    happened when instead. Fewer than two groups, one time only, a group without answers: ValueError.

    Reference: Grizzle, Starmer & Koch (1969), Biometrics 25, 489-504; weighted least squares with known
    variances.

    >>> months = [Counts(500, 300, 200), Counts(480, 300, 220), Counts(460, 300, 240), Counts(440, 300, 260)]
    >>> t = linear_trend(months, times=[0, 1, 2, 3])
    >>> round(t.slope, 1), round(t.low, 1), round(t.high, 1), round(t.lack_of_fit.p_value, 3)
    (-4.0, -6.2, -1.8, 1.0)

    The NPS falls by about 4 points a month, and nothing speaks against a straight line.
    """
    if len(groups) != len(times) or len(groups) < 2:
        raise ValueError(f"A trend needs two or more groups, each with its time, not {len(groups)} and {len(times)}.")
    time = np.asarray(times, dtype=float)
    if not np.all(np.isfinite(time)) or np.ptp(time) == 0:
        raise ValueError("A trend needs two or more different times, all of them numbers.")
    z_critical = critical_value(confidence)
    nps, weights = _nps_and_weights(groups, design_effects)
    centre = float(np.average(time, weights=weights))
    spread = float(np.sum(weights * (time - centre) ** 2))
    slope = float(np.sum(weights * (time - centre) * nps)) / spread
    se = 1 / math.sqrt(spread)
    level = float(np.average(nps, weights=weights))
    residual = float(np.sum(weights * (nps - level - slope * (time - centre)) ** 2))
    return Trend(
        slope=100 * slope,
        low=100 * (slope - z_critical * se),
        high=100 * (slope + z_critical * se),
        standard_error=100 * se,
        z=slope / se,
        p_value=two_sided_p(slope / se),
        intercept=100 * (level - slope * centre),
        lack_of_fit=chi_square_test(residual, len(groups) - 2) if len(groups) > 2 else None,
    )


def _adjusted_mean(counts: Counts, design_effect: float) -> tuple[float, float]:
    """Adjusted NPS and its variance, unit scale."""
    cell = counts.adjusted(design_effect=design_effect)
    nps, variance = observed(cell)
    return nps, variance / cell.n


def _shrinkage(counts: Counts, design_effect: float) -> float:
    """Factor by which the adjustment pulls an NPS towards 0."""
    return counts.n / design_effect / counts.adjusted(design_effect=design_effect).n


def _no_further(value: float, limit: float) -> float:
    """`value` held between 0 and `limit`, which may be negative."""
    return min(max(value, min(limit, 0.0)), max(limit, 0.0))


def _nps_and_weights(groups: Sequence[Counts], design_effects: Sequence[float] | None) -> tuple[np.ndarray, np.ndarray]:
    """Observed NPS of each group, unit scale, and the inverse of its adjusted variance."""
    effects = [1.0] * len(groups) if design_effects is None else list(design_effects)
    if len(effects) != len(groups):
        raise ValueError(f"There are {len(groups)} groups but {len(effects)} design effects; give one for each.")
    nps, weights = [], []
    for place, (counts, effect) in enumerate(zip(groups, effects, strict=True), start=1):
        nps.append(observed(counts, f"The counts of group {place}")[0])
        _, variance = _adjusted_mean(counts, effect)
        weights.append(_shrinkage(counts, effect) ** 2 / variance)
    return np.array(nps), np.array(weights)
