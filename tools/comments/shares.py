"""Shares of comments compared: chi-square where it holds, Fisher's exact test where expected counts are too small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.stats.proportions import ProportionDifference, equal_proportions, newcombe_difference

SMALLEST_EXPECTED = 5
_RESAMPLES = 9_999


def difference_of_shares(
    x1: float, n1: float, x2: float, n2: float, design_effect: float = 1.0
) -> tuple[ProportionDifference, float]:
    """Newcombe's interval and the p-value of one share minus another, both counts divided by the design effect."""
    counts = [value / design_effect for value in (x1, n1, x2, n2)]
    return newcombe_difference(*counts), same_shares([x1, x2], [n1, n2], design_effect)


def same_shares(x: Sequence[float], n: Sequence[float], design_effect: float = 1.0) -> float:
    """p-value that all groups have one share (Rao & Scott's first correction for clusters).

    Chi-square; Fisher's exact test, or for three groups and more its permutation form with a fixed seed, where an
    expected count is below 5.
    """
    hits, sizes = [value / design_effect for value in x], [value / design_effect for value in n]
    pooled = sum(hits) / sum(sizes)
    if min(size * share for size in sizes for share in (pooled, 1 - pooled)) >= SMALLEST_EXPECTED or pooled in (0, 1):
        return equal_proportions(hits, sizes).p_value
    table = [[round(hit), max(round(size) - round(hit), 0)] for hit, size in zip(hits, sizes, strict=True)]
    return _exact(table)


def _exact(table: list[list[int]]) -> float:
    if not all(sum(column) for column in zip(*table, strict=True)) or not all(sum(row) for row in table):
        return 1.0
    from scipy.stats import MonteCarloMethod, fisher_exact

    counts = np.array(table)
    if len(table) == 2:
        return float(fisher_exact(counts).pvalue)
    method = MonteCarloMethod(n_resamples=_RESAMPLES, rng=np.random.default_rng(0))
    return float(fisher_exact(counts, method=method).pvalue)
