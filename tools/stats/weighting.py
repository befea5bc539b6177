"""Weighted answers: trimming, what weights cost, and the weighted NPS with its interval.

Raking and post-stratification live in `tools.stats.raking`, response rates and bounds in `tools.stats.nonresponse`;
their functions can be imported from here too.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.counts import Counts
from tools.stats.nonresponse import NonresponseBounds, nonresponse_bounds, rate_against_rest
from tools.stats.proportions import ProportionInterval, wilson_interval
from tools.stats.raking import Labels, Raked, poststratify, rake, rake_weights
from tools.stats.score import nps_interval
from tools.stats.tails import check_choice

__all__ = [
    "NonresponseBounds",
    "Raked",
    "Trimmed",
    "UnitSums",
    "WeightedNps",
    "Weighting",
    "kish_design_effect",
    "kish_effective_n",
    "nonresponse_bounds",
    "poststratify",
    "rake",
    "rake_weights",
    "rate_against_rest",
    "trim_weights",
    "weighted_nps",
    "weighted_proportion",
    "weighting_effect",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
SMALLEST_EFFECT = 0.25
"""Margins that explain the answers narrow an interval, but never below half its width without them."""
LEAST_FREE = 0.05
"""1 minus the leverage of an answer that is alone in its category."""


@dataclass(frozen=True)
class Trimmed:
    """Weights of which none exceeds `cap`; their sum is that of the weights before."""

    weights: FloatArray
    cap: float
    trimmed: int
    """Units whose weight was above the cap."""


@dataclass(frozen=True, slots=True)
class WeightedNps:
    """A weighted NPS with its interval, in points; `n_effective` is n divided by the design effect."""

    estimate: float
    low: float
    high: float
    standard_error: float
    n: float
    n_effective: float
    design_effect: float


@dataclass(frozen=True)
class UnitSums:
    """Sums over the units (customers) of each cell, one array entry a cell; x is +1, 0 or -1.

    A unit has n answers whose x sum to s, of which `promoters` and `detractors` are the *shares* summed over units;
    y = s/n is its mean. `ss` = sum of s s, `sn` of s n, `nn` of n n, `yy` of y y, `ys` of y s, `yn` of y n (= `s`).
    """

    units: FloatArray
    n: FloatArray
    s: FloatArray
    ss: FloatArray
    sn: FloatArray
    nn: FloatArray
    yy: FloatArray
    ys: FloatArray
    promoters: FloatArray
    detractors: FloatArray


@dataclass(frozen=True)
class Weighting:
    """A weighted NPS beside the plain one over the same answers, and their difference; unit scale."""

    weighted: float
    plain: float
    difference: float
    variance: float
    """Of `weighted`, linearised, with the residuals on the raking margins."""
    difference_variance: float
    interval: WeightedNps


def trim_weights(
    weights: ArrayLike,
    limit: float,
    *,
    relative_to: Literal["mean", "median", "absolute"] = "mean",
    counts: ArrayLike | None = None,
) -> Trimmed:
    """Cap weights at `limit` times their mean (or median, or at `limit` itself) and spread the excess.

    What is cut off is given to the units below the cap in proportion to their weights; where that lifts some above
    the cap they are cut in turn, until none exceeds it. The sum stays; a weight of 0 stays 0. Margins that the
    weights were raked to are afterwards met only roughly, which is the price: less variance, a little bias.

    Args:
        counts: how many units carry each weight (1 each where left out).

    A cap that cannot keep the sum (below the mean of the positive weights), negative or missing weights, sum 0:
    ValueError. The median is the lower one of the two middle weights.

    Reference: Potter (1990), Proc. ASA Survey Research Methods, 225-230; Valliant, Dever & Kreuter (2018), Practical
    Tools for Designing and Weighting Survey Samples, 14.4.

    >>> trim_weights([1, 1, 1, 9], 2).weights.tolist()
    [2.0, 2.0, 2.0, 6.0]

    The mean is 3, so 6 is the most; the 3 that were cut off went to the other three alike.
    """
    check_choice("relative_to", relative_to, ("mean", "median", "absolute"))
    w, m = _weights(weights, counts)
    scale = {"mean": float(w @ m / m.sum()), "median": _median(w, m), "absolute": 1.0}[relative_to]
    cap = limit * scale
    if not (math.isfinite(cap) and cap > 0) or cap * float(m[w > 0].sum()) < float(w @ m) * (1 - 1e-12):
        raise ValueError(f"A cap of {cap:g} cannot keep the sum of the weights, {float(w @ m):g}; choose a higher one.")
    trimmed = int(m[w > cap * (1 + 1e-12)].sum())
    total, result = float(w @ m), w.copy()
    capped = np.zeros(len(w), dtype=bool)
    while np.any(over := (result > cap * (1 + 1e-12)) & ~capped):
        capped |= over
        rest = ~capped & (w > 0)
        left = max(total - cap * float(m[capped].sum()), 0.0)
        result = np.where(capped, cap, w * (left / float(w[rest] @ m[rest])) if np.any(rest) else 0.0)
    return Trimmed(result, cap, trimmed)


def kish_effective_n(weights: ArrayLike, *, counts: ArrayLike | None = None) -> float:
    """How many equally weighted answers a weighted sample is worth, (sum w)^2 / sum w^2.

    n for equal weights, less otherwise; at least 1. It holds for an outcome unrelated to the weights.

    Args:
        counts: how many units carry each weight (1 each where left out).

    Negative or missing weights, sum 0: ValueError.

    Reference: Kish (1965), Survey Sampling, 11.7; Kish (1992), Journal of Official Statistics 8, 183-200.

    >>> kish_effective_n([1, 1, 2])
    2.6666666666666665
    """
    w, m = _weights(weights, counts)
    return float((w @ m) ** 2 / ((w * w) @ m))


def kish_design_effect(weights: ArrayLike, *, counts: ArrayLike | None = None) -> float:
    """How many times unequal weights widen the variance, n sum w^2 / (sum w)^2 = 1 + (sd/mean)^2 of the weights.

    At least 1 (sd with divisor n); n is the number of units, those of weight 0 included. Otherwise as
    `kish_effective_n`, which is n divided by it.

    Reference: Kish (1965), 11.7.

    >>> kish_design_effect([1, 1, 2])
    1.125
    """
    _w, m = _weights(weights, counts)
    return float(m.sum()) / kish_effective_n(weights, counts=counts)


def weighted_proportion(x: ArrayLike, weights: ArrayLike, *, confidence: float = 0.95) -> ProportionInterval:
    """Share of successes among weighted answers with Wilson's interval on Kish's effective n.

    p_w = sum w x / sum w, x being 0 or 1; `n` is the effective n. Wilson's interval never leaves 0 to 1 and has a
    width at 0 and 1 too. x other than 0 and 1, lengths that differ, negative weights, sum 0: ValueError.

    Reference: Kish (1965); Wilson (1927); Korn & Graubard (1998), Survey Methodology 24, 193-201, for the idea.

    >>> p = weighted_proportion([1, 0, 1], [1, 1, 2])
    >>> round(p.estimate, 2), round(p.low, 3), round(p.high, 3)
    (0.75, 0.239, 0.966)
    """
    values, (w, _m) = np.asarray(x, dtype=float), _weights(weights, None)
    if values.shape != w.shape or not np.all(np.isin(values, (0.0, 1.0))):
        raise ValueError("A weighted share needs one x of 0 or 1 for each weight.")
    size = kish_effective_n(w)
    return wilson_interval(min(float(values @ w / w.sum()), 1.0) * size, size, confidence=confidence)


def weighted_nps(
    x: ArrayLike,
    weights: ArrayLike,
    *,
    categories: Sequence[Labels] | None = None,
    clusters: Labels | None = None,
    confidence: float = 0.95,
) -> WeightedNps:
    """Weighted NPS, 100 sum w x / sum w, with a linearised, clustered interval in points.

    Estimated: the NPS of the population whose composition the weights reproduce. Without `categories` the weights are
    taken as fixed; with e = x - R_w and G clusters c,

        var = G/(G - 1) sum_c (sum_{i in c} w_i e_i)^2 / (sum w)^2.

    Weights that were raked depend on who happened to answer: give the raking `categories`. Then e are the residuals of
    the weighted regression of x on their dummies, each divided by 1 - h_c, h_c being the cluster's leverage in it, and
    (G - 1)/G takes the place of G/(G - 1): the jackknifed variance of the calibration (GREG) estimator that raking is
    asymptotically equal to (Deville & Saerndal). Simulated coverage at 95 %: 94 to 96.5 % from about 100 answers upward
    and some six answers in the smallest category. The population margins are taken as known, clusters as independent
    given the categories, and no finite population correction is made. A category with a single answer adds nothing to
    the variance: collapse it.

    `standard_error` is 100 sqrt(var). The interval is that of `nps_interval` for the weighted class shares of n answers
    with the design effect var (n - 1)/V_w, V_w = p_w + d_w - R_w^2, held to at least 1/4; where V_w or var is 0
    (everybody of one class) Kish's takes its place.

    Args:
        x: +1, 0, -1 for promoter, passive, detractor, one for each answer.
        weights: 0 or more. Several answers of a customer share the customer's weight or have it each, as meant.
        categories: the raking variables' categories of every answer.
        clusters: the customer of each answer; each answer on its own where left out.

    No more clusters than the dummies' rank, x other than the three, lengths that differ, negative weights, sum 0:
    ValueError.

    Reference: Deville & Saerndal (1992), JASA 87, 376-382; Deville, Saerndal & Sautory (1993), JASA 88, 1013-1020;
    MacKinnon & White (1985), Journal of Econometrics 29, 305-325, for 1 - h; Rocks (2016) for the interval.

    >>> i = weighted_nps([1, 1, 0, -1], [1, 1, 1, 3])
    >>> round(i.estimate, 1), round(i.standard_error, 1), round(i.n_effective, 2)
    (-16.7, 57.7, 3.22)
    """
    values, (w, _m) = np.asarray(x, dtype=float), _weights(weights, None)
    if values.shape != w.shape or not np.all(np.isin(values, (-1.0, 0.0, 1.0))):
        raise ValueError("A weighted NPS needs one x of +1, 0 or -1 for each weight.")
    variables = [np.zeros(len(w), dtype=np.int64)] if not categories else [_codes(column) for column in categories]
    group = np.arange(len(w)) if clusters is None else _codes(clusters)
    if any(column.shape != w.shape for column in [*variables, group]):
        raise ValueError("Categories and clusters need one entry for each answer.")
    fit = _regression(variables, w, values)
    free = 1 - np.bincount(group, weights=fit.leverage) if categories else np.ones(int(group.max()) + 1)
    sums = np.bincount(group, weights=w * (values - fit.values)) / np.maximum(free, LEAST_FREE)
    variance = float(sums @ sums) / float(w.sum()) ** 2 * _correction(len(sums), fit.rank, bool(categories))
    shares = [float(w[values == value].sum() / w.sum()) for value in (1.0, -1.0)]
    return _interval(shares[0], shares[1], len(w), variance, kish_design_effect(w), confidence)


def weighting_effect(
    sums: UnitSums,
    weights: ArrayLike,
    *,
    categories: Sequence[Labels] = (),
    design_effect: float = 1.0,
    confidence: float = 0.95,
) -> Weighting:
    """Weighted NPS of units and the plain NPS of their answers, from sums that a database can make.

    A unit (customer) of cell c has the weight w_c and its answers share it, so that R_w = sum w y / sum w over units,
    while the plain NPS R = sum s / sum n counts every answer once. With u = w e/(1 - h) / sum w (e and h as in
    `weighted_nps` with these `categories` of the cells) and v = (s - R n)/sum n, the variances of R_w and of R_w - R
    are f sum u^2 and f sum (u - v)^2 over the G units, f = (G - 1)/G with categories (h = 0 and f = G/(G - 1)
    without): the same answers stand on both sides.

    Args:
        sums: see `UnitSums`; cells without units are allowed.
        weights: the weight of one unit of each cell.
        design_effect: multiplies the variances where units are alike beyond this (several rows of one customer).

    The variances are on the unit scale, `interval` in points with n = units. Errors as in `weighted_nps`.

    Reference: as `weighted_nps`.

    >>> one = {"n": 2, "s": 2, "ss": 2, "sn": 2, "nn": 2, "yy": 2, "ys": 2, "promoters": 2, "detractors": 0}
    >>> two = {"n": 2, "s": 0, "ss": 2, "sn": 0, "nn": 2, "yy": 2, "ys": 2, "promoters": 1, "detractors": 1}
    >>> cells = UnitSums(np.array([2.0, 2.0]), **{key: np.array([one[key], two[key]], float) for key in one})
    >>> e = weighting_effect(cells, [1.0, 3.0])
    >>> round(e.weighted, 3), round(e.plain, 3), round(e.difference, 3)
    (0.25, 0.5, -0.25)
    """
    w, m = np.asarray(weights, dtype=float), sums.units
    _weights(w, m)
    variables = [_codes(column) for column in categories] or [np.zeros(len(w), dtype=np.int64)]
    total, answers = float(w @ m), float(sums.n.sum())
    y = sums.promoters - sums.detractors
    units = int(m.sum())
    fit = _regression(variables, w * m, np.divide(y, m, out=np.zeros_like(m), where=m > 0))
    each = np.divide(fit.leverage, m, out=np.zeros_like(m), where=m > 0) if categories else np.zeros_like(m)
    a, f = w / np.maximum(1 - each, LEAST_FREE) / total, fit.values
    weighted, plain = float(w @ y) / total, float(sums.s.sum()) / answers
    uu = float(a**2 @ (sums.yy - 2 * f * y + m * f**2))
    vv = float(np.sum(sums.ss - 2 * plain * sums.sn + plain**2 * sums.nn)) / answers**2
    uv = float(a @ (sums.ys - plain * sums.s - f * (sums.s - plain * sums.n))) / answers
    factor = design_effect * _correction(units, fit.rank, bool(categories))
    variance, difference_variance = factor * max(uu, 0.0), factor * max(uu + vv - 2 * uv, 0.0)
    promoters, detractors = float(w @ sums.promoters) / total, float(w @ sums.detractors) / total
    kish = design_effect * kish_design_effect(w, counts=m)
    interval = _interval(promoters, detractors, units, variance, kish, confidence)
    return Weighting(weighted, plain, weighted - plain, variance, difference_variance, interval)


def _interval(
    promoters: float, detractors: float, n: int, variance: float, kish: float, confidence: float
) -> WeightedNps:
    spread = max(promoters + detractors - (promoters - detractors) ** 2, 0.0)
    known = variance > 0 and spread > 1e-12
    effect = max(variance * (n - 1) / spread, SMALLEST_EFFECT) if known else max(kish, 1.0)
    passives = max(1 - promoters - detractors, 0.0)
    found = nps_interval(
        Counts(promoters * n, passives * n, detractors * n), confidence=confidence, design_effect=effect
    )
    error = 100 * math.sqrt(variance)
    return WeightedNps(found.estimate, found.low, found.high, error, n, n / effect, effect)


@dataclass(frozen=True)
class _Fit:
    values: FloatArray
    leverage: FloatArray
    rank: int


def _regression(variables: Sequence[IntArray], weights: FloatArray, values: FloatArray) -> _Fit:
    """The weighted regression on the dummies of all variables.

    Only the normal equations are made, from two-way sums: the dummies of 100 000 rows would not fit.
    """
    sizes = [int(column.max()) + 1 for column in variables]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    normal, right = np.zeros((starts[-1], starts[-1])), np.zeros(starts[-1])
    places = [starts[i] + column for i, column in enumerate(variables)]
    for i, one in enumerate(variables):
        right[starts[i] : starts[i + 1]] = np.bincount(one, weights=weights * values, minlength=sizes[i])
        for j, other in enumerate(variables):
            both = np.bincount(one * sizes[j] + other, weights=weights, minlength=sizes[i] * sizes[j])
            normal[starts[i] : starts[i + 1], starts[j] : starts[j + 1]] = both.reshape(sizes[i], sizes[j])
    scale = 1 / np.sqrt(np.where(np.diag(normal) > 0, np.diag(normal), 1.0))
    scaled = normal * np.outer(scale, scale)
    inverse = np.outer(scale, scale) * np.linalg.pinv(scaled, rcond=1e-10, hermitian=True)
    rank = int(np.linalg.matrix_rank(scaled, tol=1e-10 * len(scaled), hermitian=True))
    slopes, fitted, leverage = inverse @ right, np.zeros(len(values)), np.zeros(len(values))
    for one in places:
        fitted += slopes[one]
        for other in places:
            leverage += inverse[one, other]
    return _Fit(fitted, weights * leverage, rank)


def _correction(clusters: int, rank: int, jackknifed: bool) -> float:
    if clusters <= rank:
        raise ValueError(f"{clusters} independent answers are too few for {rank} raking margins; collapse categories.")
    return (clusters - 1) / clusters if jackknifed else clusters / (clusters - 1)


def _codes(labels: Labels) -> IntArray:
    place: dict[Any, int] = {}
    return np.array([place.setdefault(label, len(place)) for label in labels], dtype=np.int64)


def _weights(weights: ArrayLike, counts: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    w = np.asarray(weights, dtype=float)
    m = np.ones_like(w) if counts is None else np.asarray(counts, dtype=float)
    if w.ndim != 1 or m.shape != w.shape:
        raise ValueError("Weights (and their counts) must be lists of one length.")
    if not np.all(np.isfinite(w)) or np.any(w < 0) or not np.all(np.isfinite(m)) or np.any(m < 0) or w @ m <= 0:
        raise ValueError("Weights must be numbers of 0 or more with a sum above 0.")
    return w, m


def _median(weights: FloatArray, counts: FloatArray) -> float:
    order = np.argsort(weights, kind="stable")
    held = np.cumsum(counts[order])
    return float(weights[order][np.searchsorted(held, held[-1] / 2)])
