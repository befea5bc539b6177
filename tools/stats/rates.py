"""Rates of success over questions that come in families: intervals, repeats, and two runs over the same questions."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np

from tools.stats.proportions import ProportionInterval, wilson_interval


def clustered_rate(
    values: Sequence[float], clusters: Sequence[Hashable], *, confidence: float = 0.95
) -> ProportionInterval:
    """A rate of success with Wilson's interval, its units clustered.

    `values` are the units' own rates, 0 to 1 (1 for passed, 0 for failed, 0.5 for one of two repeats); `clusters`
    says to which cluster each belongs. With n units in m clusters, r the mean and s_g, n_g the sum and the number in
    cluster g,

        var  = m/(m - 1) * sum (s_g - r n_g)^2 / n^2,    deff = max(1, var (n - 1)/(r (1 - r)))
        n*   = n/deff * (t_{n-1}/t_{m-1})^2,             never more than n,

    and the interval is Wilson's for r n* of n*. `n` of the result is n*. One cluster, or a rate of 0 or 1, tells
    nothing about the spread between clusters: n* is then n. No values, a value outside 0 to 1, unequal lengths:
    ValueError.

    Reference: Korn & Graubard (1998), Survey Methodology 24, 193-201; Dean & Pagano (2015), Journal of Survey
    Statistics and Methodology 3, 484-503.

    Twenty questions in four families, of which one family fails as a whole:
    >>> found = clustered_rate([1.0] * 15 + [0.0] * 5, [at // 5 for at in range(20)])
    >>> round(found.estimate, 2), round(found.low, 2), round(found.high, 2), round(found.n, 1)
    (0.75, 0.15, 0.98, 1.4)

    Where each family passes or fails as one, twenty questions are worth hardly more than one; taken as independent
    they would have given 0.53 to 0.89.
    """
    from scipy.stats import t

    data, labels = np.asarray(values, float), list(clusters)
    if len(data) != len(labels):
        raise ValueError(f"There are {len(data)} values and {len(labels)} clusters; each value belongs to one.")
    if not len(data) or not np.all((data >= 0) & (data <= 1)):
        raise ValueError("A rate needs at least one value, each from 0 to 1.")
    n, rate = len(data), float(data.mean())
    sums: dict[Hashable, float] = {}
    for value, label in zip(data, labels, strict=True):
        sums[label] = sums.get(label, 0.0) + float(value) - rate
    m = len(sums)
    if m < 2 or not 0 < rate < 1:
        return wilson_interval(rate * n, n, confidence=confidence)
    variance = m / (m - 1) * sum(s * s for s in sums.values()) / n**2
    deff = max(1.0, variance * (n - 1) / (rate * (1 - rate)))
    tail = (1 + confidence) / 2
    worth = n / deff * float(t.ppf(tail, n - 1) / t.ppf(tail, m - 1)) ** 2
    worth = min(float(n), worth)
    return wilson_interval(rate * worth, worth, confidence=confidence)


def pass_power(successes: int, trials: int, k: int) -> float:
    """pass^k of one question: the chance that k attempts drawn from its trials all succeed, C(c, k)/C(n, k).

    Its mean over questions estimates how often k attempts in a row succeed; k = 1 gives the share of successes.
    k below 1 or above the trials, successes outside 0 to the trials: ValueError.

    Reference: Yao, Shinn, Razavi & Narasimhan (2024), tau-bench, section 4 (unbiased estimator of pass^k).

    >>> pass_power(3, 4, 1), pass_power(3, 4, 2), pass_power(3, 4, 4)
    (0.75, 0.5, 0.0)
    """
    if not 1 <= k <= trials or not 0 <= successes <= trials:
        raise ValueError(f"pass^{k} of {successes} successes in {trials} trials cannot be computed.")
    return math.comb(successes, k) / math.comb(trials, k)


def paired_loss(before: Sequence[float], after: Sequence[float], *, draws: int = 20_000, seed: int = 7) -> float:
    """One-sided p-value that `after` is no worse than `before`, over the same questions: a sign-flip test.

    Under the null each question's difference is as likely up as down. With questions that pass or fail this is the
    exact test of McNemar; with rates over repeats the differences keep their size. All 2^k signs of the k questions
    that differ are tried for k up to 14, else `draws` are drawn. No difference at all: 1. Unequal lengths: ValueError.

    Reference: Fisher (1935), The Design of Experiments, section 21; McNemar (1947), Psychometrika 12, 153-157.

    Five questions passed before and fail now, none the other way round:
    >>> paired_loss([1.0] * 9, [0.0] * 5 + [1.0] * 4)
    0.03125
    """
    if len(before) != len(after):
        raise ValueError(f"There are {len(before)} questions before and {len(after)} after; they must be the same.")
    difference = np.asarray(after, float) - np.asarray(before, float)
    changed = difference[difference != 0]
    if not len(changed):
        return 1.0
    k, observed = len(changed), float(changed.sum())
    if k <= 14:
        signs = 1 - 2 * ((np.arange(2**k)[:, None] >> np.arange(k)) & 1)
    else:
        signs = np.random.default_rng(seed).choice([-1, 1], (draws, k))
    sums = signs @ np.abs(changed)
    extreme = int((sums <= observed + 1e-9).sum())
    return extreme / 2**k if k <= 14 else (extreme + 1) / (draws + 1)
