"""Intervals of driver weights, by resampling customers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.drivers import johnson_batch, shapley_batch
from tools.stats.tails import critical_value

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Method = Literal["shapley", "johnson"]
MAX_GROUPS = 1_000
"""Customers are dealt into at most so many groups, which are then drawn."""
_FAR = 60.0
"""A noncentral chi-square above this is normal on the scale of roots."""


@dataclass(frozen=True)
class Resampled:
    """Weights of the drivers in the answers and in each resample of customers."""

    weights: FloatArray
    """Length k: share of the outcome's variance."""
    draws: FloatArray
    """b × k."""


@dataclass(frozen=True)
class Spread:
    """A weight with what resampling says of it."""

    estimate: float
    bias: float
    """Mean of the resamples minus the estimate."""
    variance: float
    low: float
    high: float


def resample_weights(
    outcome: ArrayLike,
    columns: ArrayLike,
    clusters: ArrayLike,
    *,
    blocks: Sequence[Sequence[int]] | None = None,
    method: Method = "shapley",
    repeats: int = 500,
    seed: int = 0,
) -> Resampled:
    """Weights of drivers with a cluster bootstrap: customers are drawn with replacement, with all their answers.

    Where there are more than 1 000 customers they are dealt at random into 1 000 groups and groups are drawn, which
    keeps mean and variance of the resamples and makes the effort independent of the number of answers. A column that is
    constant in a resample weighs nothing in it.

    Args:
        outcome: n numbers.
        columns: n × p.
        clusters: the customer of each answer, length n; any labels.
        blocks: column numbers of each driver; left out, each column is a driver.

    Raises ValueError for arrays that do not fit, missing values, a constant outcome or column, fewer than two customers
    and fewer than two repeats.

    Efron & Tibshirani (1993), An Introduction to the Bootstrap, chapter 8; Davison & Hinkley (1997), section 3.8.

    >>> y, x = [1, 2, 3, 4, 5, 6.5], [[1, 0], [2, 1], [3, 0], [4, 1], [5, 0], [6, 2]]
    >>> found = resample_weights(y, x, range(6), repeats=50)
    >>> found.weights.round(3).tolist(), found.draws.shape
    ([0.82, 0.17], (50, 2))
    """
    y, x, who = np.asarray(outcome, float), np.asarray(columns, float), np.asarray(clusters)
    if x.ndim != 2 or y.shape != (len(x),) or who.shape != y.shape:
        raise ValueError("outcome and clusters must be of length n and columns n × p.")
    both = np.column_stack([np.ones(len(y)), x, y])
    if not np.all(np.isfinite(both)):
        raise ValueError("outcome or columns hold a missing or infinite value.")
    spread = both[:, 1:].std(axis=0)
    if len(y) < 2 or np.any(spread <= 1e-12 * np.maximum(1.0, np.abs(both[:, 1:]).max(axis=0))):
        raise ValueError("the outcome or a column is constant.")
    both[:, 1:] = (both[:, 1:] - both[:, 1:].mean(axis=0)) / spread
    chosen = [[at] for at in range(x.shape[1])] if blocks is None else [list(block) for block in blocks]
    weigh: Callable[[FloatArray, Sequence[Sequence[int]]], FloatArray] = (
        shapley_batch if method == "shapley" else johnson_batch
    )
    rng = np.random.default_rng(seed)
    products = _products(both, _groups(who, rng))
    size = len(products)
    if size < 2 or repeats < 2:
        raise ValueError(f"{size} customers and {repeats} repeats: two of each are the least.")
    times = rng.multinomial(size, np.full(size, 1 / size), size=repeats).astype(float)
    drawn = np.tensordot(times, products, axes=1)
    weights = weigh(_correlations(products.sum(axis=0)[None]), chosen)[0]
    return Resampled(weights, weigh(_correlations(drawn), chosen))


def _groups(who: NDArray[np.generic], rng: np.random.Generator) -> IntArray:
    _labels, number = np.unique(who, return_inverse=True)
    customers = int(number.max()) + 1
    if customers <= MAX_GROUPS:
        return number.astype(np.int64)
    dealt = rng.permutation(customers) % MAX_GROUPS
    return dealt[number].astype(np.int64)


def _products(both: FloatArray, group: IntArray) -> FloatArray:
    """Sums of cross products of each group."""
    order = np.argsort(group, kind="stable")
    edges = np.flatnonzero(np.diff(group[order])) + 1
    return np.stack([part.T @ part for part in np.split(both[order], edges)])


def _correlations(products: FloatArray) -> FloatArray:
    """From cross products with a column of ones in front; 0 where a column does not vary."""
    n = products[:, :1, :1]
    mean = products[:, :1, 1:] / n
    covariance = products[:, 1:, 1:] / n - mean * mean.transpose(0, 2, 1)
    variance = np.einsum("bii->bi", covariance)
    scale = np.where(variance > 1e-9, 1 / np.sqrt(np.where(variance > 1e-9, variance, 1.0)), 0.0)
    found: FloatArray = covariance * scale[:, :, None] * scale[:, None, :]
    diagonal = np.arange(found.shape[1])
    found[:, diagonal, diagonal] = 1.0
    return found


def weight_interval(estimate: float, bias: float, variance: float, *, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a quantity that is a mean of squares (a weight, R²), also where the truth is 0.

    Such an estimate w is never negative and too large on average, so that percentiles of resamples never reach down to
    0. w is taken for c times a noncentral chi-square with ν degrees of freedom, whose bias is c ν and variance
    c² (2ν + 4λ). Resampling gives the bias and, at λ = w/c, the variance, hence

        c = variance/(2 bias + 4 w),   ν = bias/c,

    and the interval is c times that of λ, found by inverting the distribution function at w/c (from w/c = 60 on: the
    normal on the scale of roots, (√(w/c) ∓ z)² − (ν − 1)/2). Its lower end is 0 exactly when a weight of 0 could give
    such an estimate. It is widened to contain the estimate and clipped to 0-1.

    Args:
        estimate: w, 0 to 1.
        bias: mean of the resamples minus w.
        variance: of the resamples.

    Raises ValueError for an estimate outside 0-1, a negative variance, a confidence outside 0-1.

    Coverage at 95 %: docs/methods/explain_drivers.md. Own construction, after Patnaik (1949), Biometrika 36, 202-232.

    >>> low, high = weight_interval(0.04, 0.0049, 0.0008)
    >>> round(low, 3), round(high, 3)
    (0.004, 0.107)
    """
    if not 0 <= estimate <= 1 + 1e-9 or variance < 0:
        raise ValueError(f"a weight of {estimate} with variance {variance} cannot be.")
    z = critical_value(confidence)
    level = 2 * bias + 4 * estimate
    if variance == 0 or level <= 0:
        return estimate, estimate
    c = variance / level
    size, nu = estimate / c, bias / c
    low, high = _noncentral(size, nu, z) if size < _FAR else _far(size, nu, z)
    return min(max(c * low, 0.0), estimate), max(min(c * high, 1.0), estimate)


def _far(size: float, nu: float, z: float) -> tuple[float, float]:
    root, shift = math.sqrt(size), (nu - 1) / 2
    return (root - z) ** 2 - shift, (root + z) ** 2 - shift


def _noncentral(size: float, nu: float, z: float) -> tuple[float, float]:
    from scipy.special import chndtr, chndtrinc, ndtr

    tail, df = float(ndtr(-z)), max(nu, 0.25)
    low = 0.0 if chndtr(size, df, 0.0) <= 1 - tail else float(chndtrinc(size, df, 1 - tail))
    high = 0.0 if chndtr(size, df, 0.0) <= tail else float(chndtrinc(size, df, tail))
    return low, high
