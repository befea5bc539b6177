"""Answers clustered by customer: variance, covariance and design effects from sums that a query can make.

Customers who answer more than once are not so many independent answers. With x = +1, 0, -1 for promoter,
passive, detractor, and for each customer g of a cell s_g = the sum of x and n_g = the number of answers, all that is
needed are the sums over customers of s^2, s n and n^2: one GROUP BY customer inside a GROUP BY cell. Where that
is too slow the clusters may be groups of customers (a hash of the customer modulo some hundreds): the
formulas hold for any independent clusters and lose only degrees of freedom.

An answer without a customer is a cluster of its own. All variances are on the unit scale.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from tools.stats.counts import Counts, observed


def clustered_variance(sum_s2: float, sum_sn: float, sum_n2: float, counts: Counts, clusters: int) -> float | None:
    """Variance of a cell's NPS estimate with its answers clustered by customer, unit scale.

    The NPS is the ratio R = sum s / sum n of two sums over G independent customers, hence

        var = G/(G - 1) * (sum s^2 - 2 R sum s n + R^2 sum n^2) / N^2,   R = NPS/100 and N = n of `counts`,

    which is the ratio estimator's variance without finite population correction and, at the same time, the
    cluster-robust (CR1) variance of a regression on a constant. When each customer answers once it equals
    V/(N - 1). None when G < 2: one customer says nothing about the spread between customers. No answers, more
    customers than answers, or sums that no answers can have: ValueError.

    Reference: Cochran (1977), Sampling Techniques, 3rd ed., section 3.12; Liang & Zeger (1986), Biometrika 73.

    Cochran's 30 households with 104 people, of whom 30 saw a doctor last year (x = 1, else 0):
    >>> v = clustered_variance(86, 113, 404, Counts(30, 74, 0), clusters=30)
    >>> round(v, 4)
    0.0052

    People of one household see doctors together: 104 people taken as independent would have given 0.0020.
    """
    ratio, _ = observed(counts)
    _check_sums(sum_s2, sum_sn, sum_n2, counts, clusters)
    if clusters < 2:
        return None
    squares = sum_s2 - 2 * ratio * sum_sn + ratio**2 * sum_n2
    return clusters / (clusters - 1) * max(squares, 0.0) / counts.n**2


def design_effect(sum_s2: float, sum_sn: float, sum_n2: float, counts: Counts, clusters: int) -> float:
    """How many times the variance of a cell's NPS exceeds that of as many independent answers, at least 1.

    `clustered_variance` divided by V/(N - 1), its value for as many customers who answer once each, so that it
    is exactly 1 where nobody answers twice. Values below 1 are raised to 1: customers who contradict themselves
    more than strangers do are hardly ever the truth and mostly the noise of few repeated answers, and an interval
    must not shrink for it. 1 also where the ratio is undefined: fewer than two customers, or everybody in
    one class (the pseudo-answers of `nps_interval` then carry the width). No answers: ValueError.

    Reference: Kish (1965), Survey Sampling, section 8.2.

    >>> round(design_effect(86, 113, 404, Counts(30, 74, 0), clusters=30), 1)
    2.6

    The 104 people are worth 40 independent ones.
    """
    clustered = clustered_variance(sum_s2, sum_sn, sum_n2, counts, clusters)
    _, variance = observed(counts)
    if clustered is None or variance <= 0 or counts.n <= 1:
        return 1.0
    return max(1.0, clustered * (counts.n - 1) / variance)


def pooled_design_effect(cells: Iterable[tuple[float | None, float, float]]) -> float:
    """One design effect for several cells, each given as (clustered variance, plain variance V/(N - 1), weight).

    sum w (clustered/plain) / sum w, at least 1: small cells estimate their own design effect badly and are better
    served by the common one. The weight is usually the cell's number of answers. Cells without a clustered
    variance or with a plain variance of 0 say nothing and are left out; 1 when none is left.
    A negative weight: ValueError.

    >>> round(pooled_design_effect([(0.0012, 0.0010, 600), (0.0030, 0.0020, 300), (None, 0.1, 5)]), 2)
    1.3

    Clustering costs this survey about a quarter of its answers.
    """
    total = weights = 0.0
    for clustered, plain, weight in cells:
        if not (math.isfinite(weight) and weight >= 0):
            raise ValueError(f"The weight of a cell must be 0 or more, not {weight}.")
        if clustered is not None and plain > 0:
            total += weight * clustered / plain
            weights += weight
    return max(1.0, total / weights) if weights > 0 else 1.0


def clustered_covariance(
    sum_s1s2: float,
    sum_s1n2: float,
    sum_n1s2: float,
    sum_n1n2: float,
    counts_1: Counts,
    counts_2: Counts,
    *,
    clusters: int | None = None,
) -> float:
    """Covariance of the NPS estimates of two groups that share customers, unit scale.

    With s1, n1 a customer's sums in the first group, s2, n2 in the second, summed over the customers of both,

        cov = G/(G - 1) * (sum s1 s2 - R2 sum s1 n2 - R1 sum n1 s2 + R1 R2 sum n1 n2) / (N1 N2),

    with G = `clusters`, the customers of either group; left out, the factor is 1 (no matter above some hundreds).
    It belongs in `nps_difference(covariance=...)`. No shared customers: all sums and the covariance are 0. The
    same group twice gives `clustered_variance`. A group without answers, or G < 2: ValueError.

    Reference: Cochran (1977), chapter 6 (comparison of two ratios); Liang & Zeger (1986), Biometrika 73.

    >>> before, after = Counts(60, 30, 10), Counts(50, 30, 20)
    >>> cov = clustered_covariance(30, 24, 40, 80, after, before)
    >>> round(cov, 4)
    0.0018

    80 customers answered in both periods, mostly alike, so the difference is surer than two separate surveys.
    """
    ratio_1, _ = observed(counts_1, "The first group's counts")
    ratio_2, _ = observed(counts_2, "The second group's counts")
    if clusters is not None and clusters < 2:
        raise ValueError(f"A covariance between customers needs two or more of them, not {clusters}.")
    factor = 1.0 if clusters is None else clusters / (clusters - 1)
    products = sum_s1s2 - ratio_2 * sum_s1n2 - ratio_1 * sum_n1s2 + ratio_1 * ratio_2 * sum_n1n2
    return factor * products / (counts_1.n * counts_2.n)


def _check_sums(sum_s2: float, sum_sn: float, sum_n2: float, counts: Counts, clusters: int) -> None:
    slack = 1e-6 * max(counts.n, 1.0) ** 2
    if not 1 <= clusters <= counts.n + slack:
        raise ValueError(f"{counts.n:g} answers cannot come from {clusters} customers.")
    if not (-slack <= sum_s2 <= sum_n2 + slack and abs(sum_sn) <= sum_n2 + slack):
        raise ValueError(
            f"No answers have the sums s^2 = {sum_s2}, s n = {sum_sn}, n^2 = {sum_n2}; "
            "s lies between -n and n for each customer."
        )
    if not counts.n**2 / clusters - slack <= sum_n2 <= counts.n**2 + slack:
        raise ValueError(f"The sum of n^2 cannot be {sum_n2} for {counts.n:g} answers of {clusters} customers.")
