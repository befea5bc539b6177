"""Intervals of driver weights, by resampling customers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.drivers import cross_products, johnson_batch, shapley_batch
from tools.stats.tails import check_choice, critical_value, two_sided_p

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
class Interval:
    """An estimate with its interval."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class DriverIntervals:
    """Weights, R² and shares with their intervals, in the order of the drivers."""

    r_squared: Interval
    weights: tuple[Interval, ...]
    shares: tuple[Interval, ...] | None
    """Of R²; None where R² itself cannot be told from 0."""


@dataclass(frozen=True)
class WeightDifference:
    """Difference of two weights with its interval and two-sided p-value."""

    estimate: float
    low: float
    high: float
    p_value: float


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

    >>> y, x = [0, 0, 1, 1, 2, 2], [[0, 1], [0, 2], [1, 1], [1, 2], [2, 1], [2, 2]]
    >>> found = resample_weights(y, x, range(6), repeats=50)
    >>> found.weights.round(6).tolist(), found.draws.shape
    ([1.0, 0.0], (50, 2))
    """
    check_choice("method", method, ("shapley", "johnson"))
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
        own: IntArray = np.asarray(number, np.int64)
        return own
    dealt: IntArray = np.asarray(rng.permutation(customers) % MAX_GROUPS, np.int64)
    found: IntArray = dealt[number]
    return found


def _products(both: FloatArray, group: IntArray) -> FloatArray:
    """Sums of cross products of each group."""
    order = np.argsort(group, kind="stable")
    edges = np.flatnonzero(np.diff(group[order])) + 1
    return np.stack([cross_products(part, part) for part in np.split(both[order], edges)])


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


def weight_interval(
    estimate: float, draws: ArrayLike, *, extra_variance: float = 0.0, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of a share of variance (a weight, R²) from its resamples, also where the truth is 0.

    Such an estimate w is never negative and too large on average, so that percentiles of resamples never reach down to
    0, and bias-corrected ones hardly do. On Fisher's scale g = artanh(√w)², g is taken for c times a noncentral
    chi-square with ν degrees of freedom and noncentrality λ, whose bias is c ν and variance c² (2ν + 4λ). The resamples
    give the bias (their mean minus g) and, at λ = g/c, the variance, hence

        c = variance/(2 bias + 4 g),   ν = bias/c,

    and the interval is c times that of λ: the λ at which g/c is just not too large, and not too small (from g/c = 60 on
    by the normal on the scale of roots, (√(g/c) ∓ z)² − (ν − 1)/2). Its lower end is 0 exactly when a weight of 0 could
    give such an estimate. The upper end is at least that of the percentile interval. Contains the estimate, within 0-1.

    Args:
        estimate: w, 0 to 1.
        draws: the weight in each resample.
        extra_variance: added to the resamples' variance of g: what imputed values add.

    Raises ValueError for an estimate outside 0-1, fewer than two draws, a negative extra variance.

    Coverage: docs/methods.md. npsight's own; the moments are those of Patnaik (1949), Biometrika 36,
    202-232.

    >>> rng = np.random.default_rng(1)
    >>> draws = (0.2 + 0.07 * rng.standard_normal(4000)) ** 2  # a correlation of 0.2 seen in about 200 answers
    >>> low, high = weight_interval(0.2**2, draws)
    >>> 0.05**2 < low < 0.06**2, 0.33**2 < high < 0.35**2
    (True, True)

    Squares of the ends of Fisher's interval for the correlation, 0.06 to 0.33, or a little beyond.
    """
    each = np.asarray(draws, float)
    if not 0 <= estimate <= 1 + 1e-9 or each.ndim != 1 or len(each) < 2 or extra_variance < 0:
        raise ValueError(f"a weight of {estimate} with {each.size} draws has no interval.")
    z = critical_value(confidence)
    g, spread = float(_fisher(np.array(estimate))), _fisher(each)
    within = float(spread.var(ddof=1))
    low, high = _noncentral_interval(g, float(spread.mean()) - g, within + extra_variance, z)
    if within > 0:
        top = g + (float(np.quantile(spread, (1 + confidence) / 2)) - g) * math.sqrt(1 + extra_variance / within)
        high = max(high, top)
    return min(_unfisher(low), estimate), max(_unfisher(high), estimate)


def share_interval(
    weight: float, total: float, draws: ArrayLike, *, extra_variance: float = 0.0, confidence: float = 0.95
) -> tuple[float, float]:
    """Interval of a driver's share of R², weight/total, from resamples of both.

    Where R² is small all weights are too large by chance and shares are drawn towards each other; so the share is
    corrected for the bias of both, s = (w − bias_w)/(R² − bias_R), its variance is that of w − s R² over
    (R² − bias_R)², and the interval is made as in `weight_interval` (without Fisher's scale), for 1 − s where s is
    above a half. It reaches at least as far towards a half as the percentile interval.

    Args:
        weight, total: w and R².
        draws: b × 2, w and R² in each resample.
        extra_variance: added to the variance of the share: what imputed values add.

    Raises ValueError for a total of 0 or less, a weight outside 0-total, fewer than two draws. Only to be used where R²
    itself is clearly above 0.

    npsight's own; coverage in docs/methods.md.

    >>> rng = np.random.default_rng(1)
    >>> part = 0.1 + 0.02 * rng.standard_normal(2000)
    >>> low, high = share_interval(0.1, 0.4, np.column_stack([part, 0.3 + part]))
    >>> 0.15 < low < 0.20, 0.30 < high < 0.35
    (True, True)
    """
    both = np.asarray(draws, float)
    if both.ndim != 2 or both.shape[1] != 2 or len(both) < 2 or total <= 0 or not 0 <= weight <= total * (1 + 1e-9):
        raise ValueError("a share needs a weight within a total above 0, and draws of both.")
    bias_w, bias_r = (both.mean(axis=0) - (weight, total)).tolist()
    spread = np.cov(both.T)
    corrected = max(total - bias_r, 0.1 * total)
    share = min(max((weight - bias_w) / corrected, 0.0), 1.0)
    variance = max(float(spread[0, 0] - 2 * share * spread[0, 1] + share**2 * spread[1, 1]), 0.0) / corrected**2
    variance += extra_variance
    seen = min(max((weight - share * bias_r) / corrected, 0.0), 1.0)
    some = both[both[:, 1] > 0]  # a resample that explains nothing has no shares
    seen_in = some[:, 0] / some[:, 1] if len(some) else np.array([0.0, 1.0])
    low_seen, high_seen = np.quantile(seen_in, [(1 - confidence) / 2, (1 + confidence) / 2]).tolist()
    z, own = critical_value(confidence), weight / total
    bias = (bias_w - share * bias_r) / corrected  # seen − share, also where the share was cut off at 0 or 1
    if seen <= 0.5:
        low, high = _noncentral_interval(seen, bias, variance, z)
        return min(low, own), min(max(high, high_seen, own), 1.0)
    low, high = _noncentral_interval(1 - seen, -bias, variance, z)
    return max(min(1 - high, low_seen, own), 0.0), max(1 - low, own)


def driver_intervals(samples: Sequence[Resampled], *, confidence: float = 0.95) -> DriverIntervals:
    """Intervals of all weights, of R² and of the shares of it, from one set of resamples or one for each imputation.

    Several imputations are pooled by Rubin's rules on Fisher's scale: the estimate is the mean, and (1 + 1/m) times the
    variance between imputations is added to that within. Shares are those of the mean weights, and are told where the
    interval of R² excludes 0.

    Raises ValueError without samples, or for samples of different drivers.

    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=(300, 2))
    >>> found = driver_intervals([resample_weights(x[:, 0] + rng.normal(size=300), x, range(300))])
    >>> found.weights[0].low > 0.3, found.weights[1].low
    (True, 0.0)
    """
    sizes = {len(sample.weights) for sample in samples}
    if len(sizes) != 1:
        raise ValueError("samples of the same drivers are needed, one or more.")
    (k,) = sizes
    weights = tuple(_pooled([(s.weights[at], s.draws[:, at]) for s in samples], confidence) for at in range(k))
    whole = _pooled([(s.weights.sum(), s.draws.sum(axis=1)) for s in samples], confidence)
    if whole.low <= 0:
        return DriverIntervals(whole, weights, None)
    mean = np.mean([s.weights for s in samples], axis=0)
    draws = np.concatenate([s.draws - s.weights + mean for s in samples])
    draws = np.maximum(draws, 0.0)
    total, totals = float(mean.sum()), draws.sum(axis=1)
    shares = []
    for at in range(k):
        extra = _between(np.array([s.weights[at] / s.weights.sum() for s in samples]))
        both = np.column_stack([draws[:, at], totals])
        ends = share_interval(float(mean[at]), total, both, extra_variance=extra, confidence=confidence)
        shares.append(Interval(float(mean[at]) / total, *ends))
    return DriverIntervals(whole, weights, tuple(shares))


def weight_difference(
    samples: Sequence[Resampled], first: int, second: int, *, confidence: float = 0.95
) -> WeightDifference:
    """Can two drivers' weights be told apart? Difference ∓ z SE, SE from the resamples, which hold both.

    Several imputations are pooled by Rubin's rules. Conservative where both weights are near 0.

    Raises ValueError without samples and for drivers that are not there.

    >>> rng = np.random.default_rng(3)
    >>> x = rng.normal(size=(300, 2))
    >>> found = weight_difference([resample_weights(x[:, 0] + rng.normal(size=300), x, range(300))], 0, 1)
    >>> found.p_value < 0.001
    True
    """
    if not samples or not all(0 <= at < len(sample.weights) for sample in samples for at in (first, second)):
        raise ValueError("a difference needs samples, and two drivers that are in them.")
    found = np.array([sample.weights[first] - sample.weights[second] for sample in samples])
    within = float(np.mean([(s.draws[:, first] - s.draws[:, second]).var(ddof=1) for s in samples]))
    error = math.sqrt(within + _between(found))
    estimate, margin = float(found.mean()), critical_value(confidence) * error
    p_value = two_sided_p(estimate / error) if error > 0 else (1.0 if estimate == 0 else 0.0)
    return WeightDifference(estimate, estimate - margin, estimate + margin, p_value)


def _pooled(parts: Sequence[tuple[float, FloatArray]], confidence: float) -> Interval:
    values = _fisher(np.array([max(value, 0.0) for value, _draws in parts]))
    centre = float(values.mean())
    moved = [_fisher(draws) - value + centre for value, (_estimate, draws) in zip(values, parts, strict=True)]
    draws = _unfisher_all(np.maximum(np.concatenate(moved), 0.0))
    estimate = _unfisher(centre)
    return Interval(estimate, *weight_interval(estimate, draws, extra_variance=_between(values), confidence=confidence))


def _between(values: FloatArray) -> float:
    """What Rubin's rules add to the variance within."""
    m = len(values)
    return (1 + 1 / m) * float(values.var(ddof=1)) if m > 1 else 0.0


def _fisher(weight: FloatArray) -> FloatArray:
    found: FloatArray = np.arctanh(np.sqrt(np.clip(weight, 0.0, 1 - 1e-9))) ** 2
    return found


def _unfisher(value: float) -> float:
    return math.tanh(math.sqrt(max(value, 0.0))) ** 2


def _unfisher_all(values: FloatArray) -> FloatArray:
    found: FloatArray = np.tanh(np.sqrt(values)) ** 2
    return found


def _noncentral_interval(estimate: float, bias: float, variance: float, z: float) -> tuple[float, float]:
    level = 2 * bias + 4 * estimate
    if variance <= 0 or level <= 0:
        return estimate, estimate
    c = variance / level
    size, nu = estimate / c, bias / c
    low, high = _noncentral(size, nu, z) if size < _FAR else _far(size, nu, z)
    return max(c * low, 0.0), max(c * high, estimate)


def _far(size: float, nu: float, z: float) -> tuple[float, float]:
    root, shift = math.sqrt(size), (nu - 1) / 2
    return (root - z) ** 2 - shift, (root + z) ** 2 - shift


def _noncentral(size: float, nu: float, z: float) -> tuple[float, float]:
    from scipy.special import chndtr, chndtrinc, ndtr

    tail, df = float(ndtr(-z)), max(nu, 0.25)
    central = float(chndtr(size, df, 0.0))
    low = 0.0 if central <= 1 - tail else float(chndtrinc(size, df, 1 - tail))
    high = 0.0 if central <= tail else float(chndtrinc(size, df, tail))
    return low, high
