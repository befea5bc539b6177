"""Nearest neighbours: for each treated the control most like it, and the mean difference with its standard error."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.propensity import BoolArray, FloatArray, as_arms
from tools.stats.tails import critical_value, two_sided_p

IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class Matching:
    """Who was matched with whom. Treated `treated[i]` has the controls `controls[start[i]:stop[i]]`, which share it."""

    treated: IntArray
    """Positions of the matched treated."""
    controls: IntArray
    """Positions of controls, in an order of their own."""
    start: IntArray
    stop: IntArray
    unmatched: IntArray
    """Positions of the treated without a control within the caliper."""
    weights: FloatArray
    """One for each row: 1 for a matched treated, for a control how many treated it stands for; 0 for the rest."""
    squares: FloatArray
    """One for each row: Σ (1/number of controls that share a treated)², for the variance."""
    caliper: float | None
    """The largest distance allowed, in the unit of the distance."""


@dataclass(frozen=True)
class MatchedDifference:
    """Mean difference between treated and their matches, in the outcome's unit."""

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    pairs: int
    """Treated that were matched."""
    controls: int
    """Controls that were used."""


def nearest_neighbours(
    distance: ArrayLike,
    treated: ArrayLike,
    *,
    caliper: float | None = None,
    replacement: bool = True,
    tolerance: float = 1e-5,
) -> Matching:
    """For each treated row the control nearest in `distance` (a propensity score, or better its logit).

    With `replacement` a control may serve several treated, and controls equally near share the treated equally; nothing
    then depends on the order of rows. Equally near is a squared distance, in standard deviations of all rows (n − 1),
    within `tolerance` of the smallest one; its value is the default of `Match` in R's Matching. Without replacement the
    treated choose one after the other, the largest `distance` first, each the nearest control that is left.

    Args:
        caliper: largest distance allowed, in standard deviations √((s₁² + s₀²)/2) of `distance`; 0.2 of the logit is
            usual. None: no limit.

    Raises ValueError for shapes that do not fit, missing distances, an empty group or a negative caliper.

    Abadie & Imbens (2006), Econometrica 74, 235-267; Austin (2011), Pharmaceutical Statistics 10, 150-161.

    >>> m = nearest_neighbours([0.50, 0.80, 0.52, 0.52, 0.60], [1, 1, 0, 0, 0])
    >>> m.weights.tolist()
    [1.0, 1.0, 0.5, 0.5, 1.0]
    """
    d, t = np.asarray(distance, float), as_arms(treated)
    if d.shape != t.shape or not np.all(np.isfinite(d)):
        raise ValueError("distance must be one number for each value of treated.")
    limit = None if caliper is None else _caliper(d, t, caliper)
    if replacement:
        return _shared(d, t, limit, tolerance)
    return _one_to_one(d, t, limit)


def matched_difference(
    y: ArrayLike, treated: ArrayLike, matching: Matching, *, confidence: float = 0.95
) -> MatchedDifference:
    """Mean of y of the matched treated minus their controls, with Abadie and Imbens's standard error.

    With Ŷᵢ the mean of the controls that share treated i, Kⱼ how many treated control j stands for, K'ⱼ the sum of
    squared shares, N matched treated,

        τ = Σ (Yᵢ − Ŷᵢ)/N,   V = [Σ (Yᵢ − Ŷᵢ − τ)² + Σ (Kⱼ² − K'ⱼ) σ²]/N²,

    σ² = Σᵢ mean over its controls of (Yᵢ − Yⱼ − τ)² / 2N (equal variances; `Match` of R's Matching with its defaults).
    Without replacement the second sum is 0 and the standard error is that of pairs. The score counts as known; the
    bootstrap would not be valid here (Abadie & Imbens 2008). No matched treated, or a missing outcome: ValueError.

    Abadie & Imbens (2006), Econometrica 74, 235-267; Abadie et al. (2004), Stata Journal 4, 290-311.

    >>> m = nearest_neighbours([1.0, 2.0, 3.0, 1.1, 2.1, 3.1], [1, 1, 1, 0, 0, 0], replacement=False)
    >>> d = matched_difference([5.0, 7.0, 9.0, 4.0, 4.0, 7.0], [1, 1, 1, 0, 0, 0], m)
    >>> d.estimate, round(d.standard_error, 4), d.pairs
    (2.0, 0.4714, 3)
    """
    values, t = np.asarray(y, float), as_arms(treated)
    if values.shape != t.shape or not np.all(np.isfinite(values)):
        raise ValueError("y must be one number for each value of treated, none missing.")
    n = len(matching.treated)
    if not n:
        raise ValueError("No treated row was matched.")
    own, theirs = values[matching.treated], shared_means(values, matching)
    estimate = float((own - theirs).mean())
    squares = shared_means(values**2, matching)
    pair_variance = float(((own - estimate) ** 2 - 2 * (own - estimate) * theirs + squares).mean()) / 2
    k = np.where(t, 0.0, matching.weights)
    spread = float(np.sum((own - theirs - estimate) ** 2) + np.sum(k**2 - matching.squares) * pair_variance)
    error = math.sqrt(max(spread, 0.0)) / n
    margin = critical_value(confidence) * error
    p_value = two_sided_p(estimate / error) if error > 0 else float(estimate == 0)
    used = int(np.count_nonzero(k))
    return MatchedDifference(estimate, error, estimate - margin, estimate + margin, p_value, n, used)


def shared_means(y: ArrayLike, matching: Matching) -> FloatArray:
    """For each matched treated the mean of y of the controls that share it.

    >>> m = nearest_neighbours([0.5, 0.52, 0.48], [1, 0, 0])
    >>> shared_means([9.0, 2.0, 4.0], m).tolist()
    [3.0]
    """
    sums = np.concatenate([[0.0], np.cumsum(np.asarray(y, float)[matching.controls])])
    means: FloatArray = (sums[matching.stop] - sums[matching.start]) / (matching.stop - matching.start)
    return means


def _caliper(d: FloatArray, t: BoolArray, caliper: float) -> float:
    if not caliper >= 0:
        raise ValueError(f"A caliper must be 0 or more, not {caliper}.")
    variances = [float(group.var(ddof=1)) if len(group) > 1 else 0.0 for group in (d[t], d[~t])]
    return caliper * math.sqrt(sum(variances) / 2)


def _shared(d: FloatArray, t: BoolArray, limit: float | None, tolerance: float) -> Matching:
    controls = np.flatnonzero(~t)[np.argsort(d[~t], kind="stable")]
    sorted_d = d[controls]
    everybody = np.flatnonzero(t)
    at = np.searchsorted(sorted_d, d[everybody])
    left = np.where(at > 0, np.abs(d[everybody] - sorted_d[np.maximum(at - 1, 0)]), np.inf)
    right = np.where(at < len(sorted_d), np.abs(sorted_d[np.minimum(at, len(sorted_d) - 1)] - d[everybody]), np.inf)
    nearest = np.minimum(left, right)
    inside = np.ones(len(everybody), bool) if limit is None else nearest <= limit
    mine = everybody[inside]
    reach = np.sqrt(nearest[inside] ** 2 + tolerance * float(d.var(ddof=1))) * (1 + 1e-12)
    start = np.searchsorted(sorted_d, d[mine] - reach, side="left")
    stop = np.searchsorted(sorted_d, d[mine] + reach, side="right")
    return _matching(t, mine, controls, start, stop, everybody[~inside], limit)


def _one_to_one(d: FloatArray, t: BoolArray, limit: float | None) -> Matching:
    controls = np.flatnonzero(~t)[np.argsort(d[~t], kind="stable")]
    sorted_d = d[controls].tolist()
    free_above = list(range(len(sorted_d) + 1))  # the next free control at p or above; the last stands for none
    free_below = list(range(len(sorted_d) + 1))  # the next free control at p - 1 or below; 0 stands for none
    pairs, unmatched = [], []
    everybody = np.flatnonzero(t)
    places = np.searchsorted(d[controls], d)
    for i in everybody[np.argsort(-d[everybody], kind="stable")].tolist():
        above, below = _root(free_above, int(places[i])), _root(free_below, int(places[i])) - 1
        free = [p for p in (above, below) if 0 <= p < len(sorted_d)]
        best = min(free, key=lambda p: abs(sorted_d[p] - d[i]), default=None)
        if best is None or (limit is not None and abs(sorted_d[best] - d[i]) > limit):
            unmatched.append(i)
            continue
        pairs.append((i, int(controls[best])))
        free_above[best], free_below[best + 1] = best + 1, best
    mine, chosen = (np.array([pair[side] for pair in pairs], dtype=np.int64) for side in (0, 1))
    one = np.arange(len(pairs), dtype=np.int64)
    return _matching(t, mine, chosen, one, one + 1, np.array(sorted(unmatched), dtype=np.int64), limit)


def _root(parents: list[int], at: int) -> int:
    """Where the chain of used places ends, shortened on the way."""
    while parents[at] != at:
        parents[at] = parents[parents[at]]
        at = parents[at]
    return at


def _matching(
    t: BoolArray,
    mine: IntArray,
    controls: IntArray,
    start: IntArray,
    stop: IntArray,
    unmatched: IntArray,
    limit: float | None,
) -> Matching:
    share = 1 / np.maximum(stop - start, 1)
    weights, squares = np.zeros(len(t)), np.zeros(len(t))
    for target, part in ((weights, share), (squares, share**2)):
        change = np.bincount(start, part, len(controls) + 1) - np.bincount(stop, part, len(controls) + 1)
        total = np.cumsum(change)[: len(controls)]
        target[controls] = np.where(total > 1e-12, total, 0.0)
    weights[mine] = 1.0
    return Matching(mine, controls, start, stop, unmatched, weights, squares, limit)
