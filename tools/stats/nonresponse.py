"""Who answered: response rates of groups, and how far those who did not answer could move the NPS."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tools.stats.counts import Counts, observed_points
from tools.stats.proportions import equal_proportions, newcombe_difference
from tools.stats.tails import check_design_effect

SMALLEST_EXPECTED = 5


@dataclass(frozen=True, slots=True)
class NonresponseBounds:
    """The NPS of all who were asked, in points, if those who did not answer were all of one class."""

    all_detractors: float
    all_passives: float
    all_promoters: float


@dataclass(frozen=True, slots=True)
class RateComparison:
    """A group's share against that of everybody else; `difference` is group minus rest."""

    rate: float
    rest: float
    difference: float
    low: float
    high: float
    p_value: float


def nonresponse_bounds(counts: Counts, nonresponses: float) -> NonresponseBounds:
    """The NPS of all, had those who did not answer been all detractors, all passives or all promoters.

        100 (P - D + x U)/(n + U),   x = -1, 0, +1,   U = `nonresponses`

    The first and the last are the worst and the best case that no assumption can rule out; they carry no
    sampling error of their own. No answers, or a negative U: ValueError.

    Reference: Manski (1989), Journal of Human Resources 24, 343-360; Cochran (1977), Sampling Techniques, 13.2.

    >>> nonresponse_bounds(Counts(promoters=50, passives=30, detractors=20), 100)
    NonresponseBounds(all_detractors=-35.0, all_passives=15.0, all_promoters=65.0)

    With half of the customers silent an NPS of 30 says little without an assumption about them.
    """
    observed_points(counts)
    if not (math.isfinite(nonresponses) and nonresponses >= 0):
        raise ValueError(f"The number of those who did not answer must be 0 or more, not {nonresponses}.")
    net, total = counts.promoters - counts.detractors, counts.n + nonresponses
    low, middle, high = (100 * (net + x * nonresponses) / total for x in (-1, 0, 1))
    return NonresponseBounds(low, middle, high)


def rate_against_rest(
    x: float, n: float, total_x: float, total_n: float, *, design_effect: float = 1.0, confidence: float = 0.95
) -> RateComparison:
    """The share x/n of a group against (total_x - x)/(total_n - n), that of everybody else.

    Interval: Newcombe's hybrid score interval of the difference. p-value: Pearson's chi-square without continuity
    correction, Fisher's exact test where an expected count is below 5. With a design effect all counts are divided
    by it first (rounded to whole ones for Fisher's test). An empty group or rest, x outside 0 to n: ValueError.

    Reference: Newcombe (1998), Statistics in Medicine 17, 873-890, method 10; Fisher (1935).

    >>> c = rate_against_rest(56, 70, 104, 150)
    >>> round(c.difference, 2), round(c.low, 4), round(c.high, 4), round(c.p_value, 4)
    (0.2, 0.0524, 0.3339, 0.008)

    This group answers more often than the others.
    """
    effect = check_design_effect(design_effect)
    cells = [x / effect, n / effect, (total_x - x) / effect, (total_n - n) / effect]
    difference = newcombe_difference(*cells, confidence=confidence)
    share = total_x / total_n
    expected = min(cells[1], cells[3]) * min(share, 1 - share)
    p_value = _fisher(cells) if expected < SMALLEST_EXPECTED else _chi_square(cells)
    return RateComparison(
        x / n, (total_x - x) / (total_n - n), difference.estimate, difference.low, difference.high, p_value
    )


def _chi_square(cells: list[float]) -> float:
    return equal_proportions([cells[0], cells[2]], [cells[1], cells[3]]).p_value


def _fisher(cells: list[float]) -> float:
    import numpy as np
    from scipy.stats import fisher_exact

    x, n, other_x, other_n = (round(cell) for cell in cells)
    return min(1.0, float(fisher_exact(np.array([[x, n - x], [other_x, other_n - other_x]])).pvalue))
