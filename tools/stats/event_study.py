"""Event studies: the effect in each period against a reference period, and what the periods before it can tell.

δ_t is how far the two groups would have moved apart since the reference period without the event. Before the event the
estimates are estimates of δ alone; after it, of effect plus δ.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.contrasts import Contrast, joint_test, linear_contrast
from tools.stats.tails import ChiSquareTest, check_choice, critical_value, power_value, two_sided_p

FloatArray = NDArray[np.float64]
MAX_RATIO = 100.0
"""Largest M that `relative_magnitudes` looks for."""


@dataclass(frozen=True)
class EventStudy:
    """An effect for each period, the reference's being 0 with no error."""

    periods: tuple[float, ...]
    reference: float
    effects: tuple[Contrast, ...]
    covariance: FloatArray
    """Of the effects, periods × periods."""
    n: tuple[int, ...]
    """Rows in each period."""


@dataclass(frozen=True, slots=True)
class PreTrend:
    """Tests that the two groups moved alike before the event."""

    joint: ChiSquareTest
    """That all pre-period effects are 0."""
    slope: float
    """The straight line through the reference that fits them best, in y's unit for each unit of time."""
    slope_error: float
    slope_p: float
    detectable_slope: float
    """The smallest slope that the joint test finds with the power asked for."""


@dataclass(frozen=True, slots=True)
class RelativeMagnitudes:
    """The average effect when the groups may drift apart `ratio` times as fast as they did before the event."""

    estimate: float
    """The average effect if they do not drift."""
    ratio: float
    largest: float
    """The largest change of a pre-period effect for each unit of time, as estimated."""
    set_low: float
    set_high: float
    """The effects that such a drift allows, were the estimates exact."""
    low: float
    high: float
    """The robust interval: the same with sampling error."""
    breakdown: float
    """The largest ratio at which the robust interval leaves 0 out: 0 where none does, 100 where all looked at do."""


def event_study(
    y: ArrayLike,
    treated: ArrayLike,
    period: ArrayLike,
    reference: float,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> EventStudy:
    """Effects by period from rows: the coefficients of treated × period in y ~ treated × period.

    effect_t = (ȳ_1t − ȳ_0t) − (ȳ_1r − ȳ_0r), r the reference. Errors are CR1 over the clusters, or HC1 where every row
    is a cluster: with influences e/n_cell summed by cluster, factor G/(G − 1) (n − 1)/(n − 2T), G clusters, T periods.
    The intervals are normal and hold for each period by itself.

    Args:
        y, treated, period: of one length; `treated` 0/1, `period` numbers.
        reference: one of the periods, usually the last before the event.

    Raises ValueError for arrays of different lengths, missing values, an unknown reference, a period that one group
    lacks, fewer than two periods or clusters, or no more rows than cells.

    Jacobson, LaLonde & Sullivan (1993), AER 83, 685-709; Freyaldenhoven, Hansen & Shapiro (2019), AER 109.

    >>> y = [5, 7, 5, 7, 1, 3, 4, 6, 4, 6, 4, 6]
    >>> s = event_study(y, [1] * 6 + [0] * 6, [1, 1, 2, 2, 3, 3] * 2, reference=2)
    >>> [effect.estimate for effect in s.effects]
    [0.0, 0.0, -4.0]
    """
    values, group, time = np.asarray(y, float), np.asarray(treated, float), np.asarray(period, float)
    label = np.arange(len(values)) if clusters is None else np.asarray(clusters)
    if not len(values) == len(group) == len(time) == len(label):
        raise ValueError("y, treated, period and clusters must be of one length.")
    if not (np.all(np.isfinite(values)) and np.all(np.isfinite(time)) and np.all((group == 0) | (group == 1))):
        raise ValueError("y and period must hold no missing values, and treated only 0 and 1.")
    periods, at = np.unique(time, return_inverse=True)
    count = len(periods)
    if reference not in periods or count < 2:
        raise ValueError(f"the reference {reference} must be one of at least two periods.")
    cell = np.where(group == 1, at, count + at)
    n = np.bincount(cell, minlength=2 * count)
    _names, who = np.unique(label, return_inverse=True)
    groups, rows = int(who.max()) + 1, len(values)
    if np.any(n == 0) or rows <= 2 * count or groups < 2:
        raise ValueError("each group needs a row in every period, and there must be more rows than cells.")
    means = np.bincount(cell, weights=values) / n
    influence = np.zeros((groups, 2 * count))
    np.add.at(influence, (who, cell), (values - means[cell]) / n[cell])
    covariance = groups / (groups - 1) * (rows - 1) / (rows - 2 * count) * influence.T @ influence
    rows_of = _rows(count, int(np.flatnonzero(periods == reference)[0]))
    effects = tuple(linear_contrast(means, covariance, row, confidence=confidence) for row in rows_of)
    sizes = tuple(int(n[t] + n[count + t]) for t in range(count))
    spread: FloatArray = rows_of @ covariance @ rows_of.T
    return EventStudy(tuple(map(float, periods)), float(reference), effects, spread, sizes)


def event_study_from_means(
    treated: ArrayLike, control: ArrayLike, covariance: ArrayLike, reference: int
) -> tuple[FloatArray, FloatArray]:
    """Effects by period from the cells' means, and their covariance; the reference's effect is 0.

    Args:
        treated, control: means of the T periods.
        covariance: 2T × 2T, of the treated means followed by the control means.
        reference: place of the reference period, 0 … T − 1.

    Raises ValueError for shapes that do not fit and an unknown place.

    >>> effects, cov = event_study_from_means([1, 2, 5], [1, 1, 1], np.eye(6), reference=1)
    >>> effects.tolist(), cov.diagonal().tolist(), float(cov[0, 2])
    ([-1.0, 0.0, 3.0], [4.0, 0.0, 4.0], 2.0)
    """
    one, zero, c = np.asarray(treated, float), np.asarray(control, float), np.asarray(covariance, float)
    count = len(one)
    if one.shape != zero.shape or c.shape != (2 * count, 2 * count) or not 0 <= reference < count:
        raise ValueError("treated and control need T means each, covariance 2T rows, reference a place of theirs.")
    rows = _rows(count, reference)
    return rows @ np.concatenate([one, zero]), rows @ c @ rows.T


def _rows(count: int, reference: int) -> FloatArray:
    since = np.eye(count) - np.eye(count)[reference]
    rows: FloatArray = np.hstack([since, -since])
    return rows


def pre_trend_test(
    effects: ArrayLike, covariance: ArrayLike, times: ArrayLike, confidence: float = 0.95, power: float = 0.8
) -> PreTrend:
    """Did the two groups move alike before the event, and what would the test have found?

    `joint` is Wald's test that all pre-period effects are 0, b' C⁺ b. `slope` is the generalised least squares line
    through the reference, t'C⁺b/(t'C⁺t), with SE (t'C⁺t)^−½ and a normal p-value. `detectable_slope` is the smallest γ
    for which δ_t = γ t makes the joint test reject at 1 − `confidence` with probability `power`: γ = √(λ/t'C⁺t), λ the
    noncentrality at which chi-square with that df exceeds its critical value so often. That nothing was found says
    little where γ is large beside the effect.

    Args:
        effects: of the periods before the event, without the reference.
        covariance: theirs.
        times: when they were, counted from the reference (below 0).

    Raises ValueError for shapes that do not fit, no pre-period, or times that are 0.

    Roth (2022), Pretest with caution, AER: Insights 4, 305-322.

    >>> p = pre_trend_test([-2.0, -1.0], [[1.0, 0.5], [0.5, 1.0]], [-2, -1])
    >>> round(p.joint.chi2, 6), p.joint.df, p.slope, round(p.detectable_slope, 2)
    (4.0, 2, 1.0, 1.55)

    A drift of 1 a period is what is seen; one of less than 1.55 would have been missed one time in five or more.
    """
    b, c, t = np.asarray(effects, float), np.asarray(covariance, float), np.asarray(times, float)
    _check_pre(c, t)
    if b.shape != t.shape:
        raise ValueError("effects and times must be of one length.")
    joint = joint_test(b, c, list(np.eye(len(b))))
    inverse = np.linalg.pinv(c, hermitian=True)
    information = float(t @ inverse @ t)
    slope, error = float(t @ inverse @ b) / information, 1 / math.sqrt(information)
    found = detectable_slope(c, t, confidence, power)
    return PreTrend(joint, slope, error, two_sided_p(slope / error), found)


def detectable_slope(
    covariance: ArrayLike,
    times: ArrayLike,
    confidence: float = 0.95,
    power: float = 0.8,
    test: Literal["joint", "line", "individual"] = "joint",
) -> float:
    """The smallest straight drift, for each unit of time, that a test of the pre-periods finds with this power.

    test: `joint`, Wald's test of all pre-period effects together; `line`, the test of the straight line itself,
    (z_c + z_power) (t'C⁺t)^−½ (the other tail, below 0.1 % from a power of one half, is left out); `individual`, any
    pre-period effect significant by itself (|b_t|/SE_t > z_c), the habit that Roth examines and the R package
    pretrends computes, from the multivariate normal.

    Args:
        covariance: of the effects of the periods before the event, without the reference.
        times: when they were, counted from the reference.

    Raises ValueError for shapes that do not fit, times of 0, or a power outside 0.5 to 1.

    Roth (2022).

    >>> round(detectable_slope([[1.0]], [-1], test="line"), 4), round(detectable_slope([[1.0]], [-1]), 4)
    (2.8016, 2.8016)
    """
    check_choice("test", test, ("joint", "line", "individual"))
    c, t = np.asarray(covariance, float), np.asarray(times, float)
    _check_pre(c, t)
    inverse = np.linalg.pinv(c, hermitian=True)
    information = float(t @ inverse @ t)
    z = critical_value(confidence)
    if test == "line":
        return (z + power_value(power)) / math.sqrt(information)
    power_value(power)
    if test == "joint":
        from scipy.special import chdtri, chndtrinc

        df = int(np.linalg.matrix_rank(c, hermitian=True))
        return math.sqrt(float(chndtrinc(chdtri(df, 1 - confidence), df, 1 - power)) / information)
    return _individual(c, t, z, power)


def _individual(c: FloatArray, t: FloatArray, z: float, power: float) -> float:
    from scipy.optimize import brentq
    from scipy.stats import multivariate_normal

    scale = np.sqrt(np.diag(c))

    def found(slope: float) -> float:
        normal = multivariate_normal(np.zeros(len(t)), c / np.outer(scale, scale), allow_singular=True, seed=1)
        shift = slope * t / scale
        return 1 - float(normal.cdf(z - shift, lower_limit=-z - shift))

    top = (z + power_value(power)) * float((scale / np.abs(t)).min())  # one effect alone is found so often by then
    return float(brentq(lambda slope: found(slope) - power, 0.0, 1.001 * top, xtol=1e-6 * top))


def relative_magnitudes(
    effects: ArrayLike,
    covariance: ArrayLike,
    times: ArrayLike,
    weights: ArrayLike | None = None,
    ratio: float = 1.0,
    confidence: float = 0.95,
) -> RelativeMagnitudes:
    """How far the average effect may lie from its estimate if the groups also drifted apart after the event.

    Allowed is any δ whose change for each unit of time is, after the event, at most `ratio` (M) times the largest
    before it: |δ_{t+1} − δ_t| ≤ M max_s |δ_{s+1} − δ_s|, so that |δ_t| ≤ M t max_s for a period at time t. The average
    effect θ = Σ w_t τ_t then lies within Σ w_t b_t ∓ M K v, v the largest change and K = Σ w_t t.

    The interval is the union, over every step s before the event and either direction of it, of
    [b − M K v_s − z SE(b − M K v_s), b + M K v_s + z SE(b + M K v_s)], which covers θ with at least `confidence`
    because it does for the step that truly was the largest. It is simpler and wider than the conditional intervals
    of the R package HonestDiD for the same set; M = 0 gives the ordinary interval.

    Args:
        effects: of all periods but the reference, before and after.
        covariance: theirs.
        times: counted from the reference: below 0 before it, above 0 after; steps of unequal length count by time.
        weights: of the periods after, in their order, 0 or more with sum 1; equal where left out.
        ratio: M.

    Raises ValueError for shapes that do not fit, no period before or after the reference, or weights or a ratio that
    cannot be.

    Rambachan & Roth (2023), A more credible approach to parallel trends, RES 90, 2555-2591, section 2.4.1.

    >>> r = relative_magnitudes([1.0, -9.0, -9.0], np.diag([1e-6] * 3), [-1, 1, 2])
    >>> r.estimate, r.largest, r.set_low, r.set_high, round(r.breakdown, 1)
    (-9.0, 1.0, -10.5, -7.5, 6.0)

    One point of drift before, over one and a half periods on average, moves the effect by 1.5; to explain it away
    the groups would have to drift six times as fast as they did.
    """
    b, c, t = np.asarray(effects, float), np.asarray(covariance, float), np.asarray(times, float)
    after = t > 0
    if b.shape != t.shape or c.shape != (len(b), len(b)) or len(set(t.tolist())) < len(t):
        raise ValueError("effects and times must be of one length, covariance square, and no two times equal.")
    if not (np.all(np.isfinite(b)) and np.all(np.isfinite(c))):
        raise ValueError("effects or covariance holds a missing or infinite value.")
    if not np.any(after) or not np.any(t < 0) or np.any(t == 0):
        raise ValueError("there must be a period before and one after the reference, whose own time is 0.")
    w = np.full(int(after.sum()), 1 / after.sum()) if weights is None else np.asarray(weights, float)
    if w.shape != (int(after.sum()),) or np.any(w < 0) or abs(w.sum() - 1) > 1e-9 or not 0 <= ratio < math.inf:
        raise ValueError("weights must be 0 or more with sum 1, one for each period after, and ratio 0 or more.")
    target = np.zeros(len(b))
    target[after] = w
    steps = _steps(t)
    reach = float(w @ t[after])
    z = critical_value(confidence)

    def interval(m: float) -> tuple[float, float]:
        ends = [_ends(b, c, target, m * reach * sign * step, z) for step in steps for sign in (1, -1)]
        return min(low for low, _high in ends), max(high for _low, high in ends)

    largest = max(abs(float(step @ b)) for step in steps)
    estimate, spread = float(target @ b), ratio * reach * largest
    low, high = interval(ratio)
    breakdown = _breakdown(interval)
    return RelativeMagnitudes(estimate, ratio, largest, estimate - spread, estimate + spread, low, high, breakdown)


def _steps(t: FloatArray) -> list[FloatArray]:
    """Weights that give the change for each unit of time between neighbouring periods up to the reference."""
    order = [int(i) for i in np.argsort(t) if t[i] < 0]
    at = np.vstack([np.eye(len(t))[order], np.zeros(len(t))])  # the last row stands for the reference, always 0
    gaps = np.diff([*t[order], 0.0])
    return list(np.diff(at, axis=0) / gaps[:, None])


def _ends(b: FloatArray, c: FloatArray, target: FloatArray, drift: FloatArray, z: float) -> tuple[float, float]:
    below, above = target - drift, target + drift
    errors = [math.sqrt(max(0.0, float(row @ c @ row))) for row in (below, above)]
    return float(below @ b) - z * errors[0], float(above @ b) + z * errors[1]


def _breakdown(interval: Callable[[float], tuple[float, float]]) -> float:
    """The interval only grows with M: halve between where it leaves 0 out and where it does not."""

    def leaves_out(m: float) -> bool:
        low, high = interval(m)
        return low > 0 or high < 0

    if not leaves_out(0.0):
        return 0.0
    if leaves_out(MAX_RATIO):
        return MAX_RATIO
    inside, outside = 0.0, MAX_RATIO
    while outside - inside > 1e-6 * max(1.0, inside):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if leaves_out(middle) else (inside, middle)
    return inside


def _check_pre(covariance: FloatArray, times: FloatArray) -> None:
    if not len(times) or covariance.shape != (len(times), len(times)) or np.any(times == 0):
        raise ValueError("there must be a period before the reference, with times other than 0 and its covariance.")
    if not np.all(np.isfinite(covariance)) or not np.any(covariance):
        raise ValueError("the covariance of the pre-period effects is unknown or all 0.")
