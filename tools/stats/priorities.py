"""What a segment costs the whole: how many points the NPS would gain if the segment stood where all others stand.

It is arithmetic on the answers at hand (share times gap), an upper mark and no forecast. Shares are 0 to 1, costs and
standard errors are in NPS points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tools.stats.counts import Counts, observed
from tools.stats.score import nps_difference
from tools.stats.tails import check_design_effect, critical_value, power_value


@dataclass(frozen=True)
class SegmentCost:
    """Points that the whole would gain if a segment stood where the rest stands."""

    estimate: float
    """Positive where the segment lies below the rest."""
    low: float
    high: float
    standard_error: float
    share: float
    """The segment's part of the answers."""
    n: float
    """Answers of the segment and the rest together."""


def segment_cost(segment: Counts, rest: Counts, *, design_effect: float = 1.0, confidence: float = 0.95) -> SegmentCost:
    """What a segment costs the NPS of the whole, with its interval.

    With N answers, w = n_s/N the segment's share, R_s and R_r the NPS of segment and rest on the unit scale,

        cost = 100 w (R_r - R_s) = 100 (R_r - R),   R the NPS of the whole.

    The share is estimated as the two NPS are. With the adjusted cells of `nps_interval` (`design_effect` in both) and
    D~ the difference of the two as in `nps_difference`,

        SE^2 = w^2 (v~_s/n~_s + v~_r/n~_r) + deff D~^2 w (1 - w)/N,   interval = 100 (w D~ -+ z SE),

    held within +-200 w points and widened to contain the estimate. `design_effect` is that of the cost itself
    (`cost_design_effect`). Costs of segments that overlap do not add up. A side without answers: ValueError.

    Delta method, the share and the two NPS being uncorrelated: Agresti (2002), Categorical Data Analysis, 2nd ed.,
    section 14.1.

    A quarter of 1,000 answers stands at -20, the others at +40:
    >>> cost = segment_cost(Counts(75, 50, 125), Counts(450, 150, 150))
    >>> round(cost.estimate, 1), round(cost.low, 1), round(cost.high, 1), cost.share
    (15.0, 11.5, 18.3, 0.25)

    The whole stands at +25 and would stand at +40 if the quarter were like the others.
    """
    check_design_effect(design_effect)
    below, _ = observed(rest, "The rest's counts")
    own, _ = observed(segment, "The segment's counts")
    n = segment.n + rest.n
    share = segment.n / n
    gap = nps_difference(rest, segment, design_effects=(design_effect, design_effect))
    centre, error = gap.z * gap.standard_error, gap.standard_error
    drawn = design_effect * share * (1 - share) / n
    spread = math.sqrt((share * error) ** 2 + centre**2 * drawn)
    estimate, margin = 100 * share * (below - own), critical_value(confidence) * spread
    bound = 200 * share
    return SegmentCost(
        estimate=estimate,
        low=min(max(share * centre - margin, -bound), estimate),
        high=max(min(share * centre + margin, bound), estimate),
        standard_error=spread,
        share=share,
        n=n,
    )


def cost_design_effect(sums: ArrayLike, segment: Counts, rest: Counts, clusters: int) -> tuple[float, float]:
    """How many times the variances of a cost and of a share exceed those of as many independent answers, at least 1.

    A customer c has (s, m) the sum of x and the number of answers inside the segment, (t, k) those outside. The cost's
    influence of the customer is

        z_c = -(s - R m) + (t - R_r k)/(1 - w) - (t - R k),

    that of the share m - w (m + k); the variance of either is G/(G - 1) sum z_c^2/N^2, and its design effect that
    divided by the value for N customers who answer once each, exactly 1 where nobody answers twice. With one
    customer both are N: that customer's answers count as one.

    Args:
        sums: 4 x 4, the sums over customers of the products of (s, m, t, k).
        clusters: the customers G; an answer without a customer is a cluster of its own.

    No answers on a side, fewer than one cluster or more clusters than answers: ValueError.

    Cochran (1977), Sampling Techniques, 3rd ed., section 3.12; Liang & Zeger (1986), Biometrika 73, 13-22 (CR1).

    Two customers inside who always answer the same twice, and six outside who answer once:
    >>> inside, outside = [(-2, 2, 0, 0), (2, 2, 0, 0)], [(0, 0, x, 1) for x in (1, 1, 1, 0, 0, -1)]
    >>> every = np.array([*inside, *outside])
    >>> cost, share = cost_design_effect(every.T @ every, Counts(2, 0, 2), Counts(3, 2, 1), clusters=8)
    >>> round(cost, 2), round(share, 2)
    (1.77, 1.65)
    """
    level, _ = observed(rest, "The rest's counts")
    own, _ = observed(segment, "The segment's counts")
    n = segment.n + rest.n
    if not 1 <= clusters <= n * (1 + 1e-9):
        raise ValueError(f"{n:g} answers cannot come from {clusters} customers.")
    if clusters == 1:
        return n, n
    share = segment.n / n
    whole = share * own + (1 - share) * level
    products = np.asarray(sums, dtype=float)
    cost = np.array([-1.0, whole, 1 / (1 - share) - 1, whole - level / (1 - share)])
    part = np.array([0.0, 1 - share, 0.0, -share])
    factor = clusters / (clusters - 1) / n**2
    simple = _simple_variance(segment, rest, share, level - own)
    return tuple(
        max(1.0, factor * float(weights @ products @ weights) * (n - 1) / variance) if variance > 0 else 1.0
        for weights, variance in ((cost, simple), (part, share * (1 - share)))
    )  # type: ignore[return-value]


def _simple_variance(segment: Counts, rest: Counts, share: float, gap: float) -> float:
    """Variance of one answer's influence on the cost."""
    within = share * float(segment.variance or 0.0) + share**2 / (1 - share) * float(rest.variance or 0.0)
    return within + gap**2 * share * (1 - share)


def smallest_cost(
    variance: float,
    share: float,
    n: float,
    *,
    tests: int = 1,
    power: float = 0.8,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> float:
    """The smallest cost, in points, that a search of `tests` segments finds with probability `power`.

    100 (z_{c/tests} + z_power) sqrt(deff V w/((1 - w) N)) for a segment of share w among N answers of variance V (unit
    scale), at the confidence 1 - (1 - c)/tests of Bonferroni's first step; at most 200 w. A variance outside 0 to
    1, a share outside 0 to 1, n or tests below 1: ValueError.

    Bloom (1995), Minimum detectable effects, Evaluation Review 19, 547-556.

    >>> round(smallest_cost(0.6, 0.25, 10_000), 1), round(smallest_cost(0.6, 0.25, 10_000, tests=100), 1)
    (1.3, 1.9)
    """
    check_design_effect(design_effect)
    if not 0 <= variance <= 1 or not 0 < share < 1 or n < 1 or tests < 1:
        raise ValueError(f"variance {variance} and share {share} lie between 0 and 1, n {n} and tests {tests} above 0.")
    z = critical_value(1 - (1 - confidence) / tests) + power_value(power)
    return min(100 * z * math.sqrt(design_effect * variance * share / ((1 - share) * n)), 200 * share)
