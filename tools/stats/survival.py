"""How long customers stay when some are still here: Kaplan-Meier, its restricted mean, and log-rank tests.

A customer is followed from time 0 until an event (left) or until the data end (censored: still here then). Everything
follows from two counts for each time, at risk just before it and with the event at it, which a database can make.
Statsmodels and scipy want one row a customer (a million of them) and know neither counts nor late entry in a test;
hence the short code here, which the tests compare with statsmodels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.proportions import wilson_interval
from tools.stats.tails import chi_square_test, critical_value

FloatArray = NDArray[np.float64]
ConfType = Literal["log-log", "log", "plain"]
Weighting = Literal["logrank", "wilcoxon", "tarone-ware", "peto"]
_EQUAL = 1e-9


@dataclass(frozen=True, slots=True)
class SurvivalCurve:
    """An estimated survival curve; the arrays have one entry for each step time, in order."""

    times: FloatArray
    at_risk: FloatArray
    """Under observation just before the step."""
    events: FloatArray
    survival: FloatArray
    """Just after the step."""
    variance: FloatArray
    """Greenwood's, of `survival`."""
    standard_error: FloatArray
    low: FloatArray
    high: FloatArray
    median: float | None
    """None where the curve does not come down to one half."""
    median_low: float | None
    median_high: float | None
    n: float
    """Customers (their weights); from counts, those at risk at the first step."""
    last: float
    """The longest time observed."""
    confidence: float
    conf_type: ConfType

    def at(self, time: float) -> float:
        """S(time): the share still here after `time`; 1 before the first step."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        return float(self.survival[place]) if place >= 0 else 1.0


@dataclass(frozen=True, slots=True)
class RestrictedMean:
    """Mean time until the event within the first `limit`, in the unit of the times."""

    estimate: float
    standard_error: float
    low: float
    high: float
    limit: float


@dataclass(frozen=True, slots=True)
class LogrankTest:
    """A test that k groups have one survival curve; `observed` and `expected` are unweighted counts by group."""

    chi2: float
    df: int
    p_value: float
    groups: tuple[object, ...]
    observed: tuple[float, ...]
    expected: tuple[float, ...]


def kaplan_meier(
    times: ArrayLike,
    events: ArrayLike,
    confidence: float = 0.95,
    weights: ArrayLike | None = None,
    conf_type: ConfType = "log-log",
    entry: ArrayLike | None = None,
) -> SurvivalCurve:
    """Kaplan-Meier estimate of the share still here after each time, with Greenwood's variance.

    With d events among n at risk at each time t,

        S(t) = prod (1 - d/n),   var S(t) = S(t)^2 sum d / (n (n - d)),   both over the event times up to t.

    A customer censored at t is at risk at t. Steps are the times at which somebody has the event. Intervals are
    pointwise: `log-log` (of log(-log S); the default, stays within 0 to 1), `log` (R's default) or `plain`
    (S -+ z SE, clipped to 0 and 1).

    Args:
        times: time until the event or until the customer was last seen, at least 0, any unit.
        events: 1 where the time ends with the event, 0 where it is censored.
        weights: copies of each row (frequency weights); weighted counts stand in all formulas.
        entry: time at which each customer came under observation (late entry, left truncation): at risk at t when
            entry < t <= time. Without it everybody is at risk from the start.

    The median is the time at which the curve falls below one half; where it runs level at exactly one half, the
    middle of that stretch (as in R and SAS). Its interval holds the times at which the two bounds of S do so; an end
    that is not reached is None. Where S is 0 the variance is 0 and the interval reaches from 0 to the upper bound
    before it or Wilson's for 0 of n, whichever is lower. Without any event there is no step: empty arrays.

    No rows, lengths that differ, a time that is negative or missing, an event other than 0 and 1, a negative weight
    or an entry that is not before its time: ValueError.

    References: Kaplan & Meier (1958), JASA 53, 457-481; Kalbfleisch & Prentice (2002), 16-18 (log-log); Brookmeyer &
    Crowley (1982), Biometrics 38, 29-41 (median); Klein & Moeschberger (2003), 4.6 (late entry).

    >>> curve = kaplan_meier([6, 6, 6, 6, 7, 9, 10, 10], [1, 1, 1, 0, 1, 0, 1, 0])
    >>> curve.times.tolist(), curve.at_risk.tolist(), curve.survival.tolist()
    ([6.0, 7.0, 10.0], [8.0, 4.0, 2.0], [0.625, 0.46875, 0.234375])
    >>> curve.median
    7.0

    Half of them had left after 7 weeks.
    """
    time, event, weight, start = _checked(times, events, weights, entry)
    steps = np.unique(time[event])
    at_risk = _at_risk(time, weight, start, steps)
    happened = _totals(time[event], weight[event], steps)
    return _curve(steps, at_risk, happened, float(weight.sum()), float(time.max()), confidence, conf_type)


def survival_from_counts(
    at_risk: ArrayLike,
    events: ArrayLike,
    times: ArrayLike | None = None,
    confidence: float = 0.95,
    conf_type: ConfType = "log-log",
    last: float | None = None,
) -> SurvivalCurve:
    """The curve of `kaplan_meier` from counts: so many at risk just before each time, so many events at it.

    Steps without an event are kept; before the first event the interval of S = 1 is Wilson's for n of n.

    Args:
        at_risk: customers under observation just before each time, above 0.
        events: how many of them had the event at it, 0 to `at_risk`.
        times: increasing; 1, 2, … when left out.
        last: the longest time observed; the last of `times` when left out.

    No counts, lengths that differ, more events than customers, times that do not increase: ValueError.

    >>> curve = survival_from_counts([21, 17, 15, 12, 11, 7, 6], [3, 1, 1, 1, 1, 1, 1], [6, 7, 10, 13, 16, 22, 23])
    >>> curve.survival.round(3).tolist()
    [0.857, 0.807, 0.753, 0.69, 0.627, 0.538, 0.448]
    >>> curve.median
    23.0
    """
    n, d = np.asarray(at_risk, float), np.asarray(events, float)
    steps = np.arange(1.0, len(n) + 1) if times is None else np.asarray(times, float)
    if n.ndim != 1 or not len(n) or not n.shape == d.shape == steps.shape:
        raise ValueError("at_risk, events and times must be lists of one length above 0.")
    if not (np.all(np.isfinite(n)) and np.all(n > 0) and np.all(d >= 0) and np.all(d <= n)):
        raise ValueError("Every time needs at_risk above 0 and events between 0 and at_risk.")
    if not np.all(np.isfinite(steps)) or np.any(np.diff(steps) <= 0):
        raise ValueError("times must increase.")
    longest = float(steps[-1]) if last is None else last
    if not steps[-1] <= longest < math.inf:
        raise ValueError(f"last is {last}, before the last of times, {steps[-1]:g}.")
    return _curve(steps, n, d, float(n[0]), longest, confidence, conf_type)


def restricted_mean(curve: SurvivalCurve, limit: float, confidence: float = 0.95) -> RestrictedMean:
    """Mean time until the event, counted up to `limit` (restricted mean survival time, RMST).

    The area under the curve from 0 to the limit; with A_i the area from step i to the limit,

        var = sum A_i^2 d_i / (n_i (n_i - d_i)),   over the steps before the limit.

    It exists where the median is not reached, and needs no proportional hazards when two groups are compared. The
    interval is estimate -+ z SE, clipped to 0 and the limit. A limit that is not above 0, or past the longest
    observed time of a curve that has not come down to 0: ValueError.

    Reference: Royston & Parmar (2013), BMC Medical Research Methodology 13, 152; Klein & Moeschberger (2003), 4.5.

    >>> mean = restricted_mean(survival_from_counts([4, 3, 2, 1], [1, 1, 1, 1]), limit=3)
    >>> mean.estimate, round(mean.standard_error, 4)
    (2.25, 0.4146)

    Of three weeks these customers stayed 2.25 on average.
    """
    z = critical_value(confidence)
    reached_0 = bool(len(curve.survival)) and curve.survival[-1] <= _EQUAL
    if not 0 < limit < math.inf or (limit > curve.last and not reached_0):
        raise ValueError(f"limit must lie above 0 and not past the longest observed time {curve.last:g}, not {limit}.")
    used = curve.times < limit
    edges = np.concatenate([[0.0], curve.times[used], [limit]])
    heights = np.concatenate([[1.0], curve.survival[used]])
    areas = np.diff(edges) * heights
    after = np.cumsum(areas[::-1])[::-1][1:]
    n, d = curve.at_risk[used], curve.events[used]
    terms = np.divide(after**2 * d, n * (n - d), out=np.zeros_like(n), where=n > d)
    estimate, error, limit = float(areas.sum()), math.sqrt(float(terms.sum())), float(limit)
    return RestrictedMean(estimate, error, max(estimate - z * error, 0.0), min(estimate + z * error, limit), limit)


def logrank_test(
    times: ArrayLike,
    events: ArrayLike,
    groups: Sequence[object] | NDArray[np.generic],
    weighting: Weighting = "logrank",
    weights: ArrayLike | None = None,
    entry: ArrayLike | None = None,
) -> LogrankTest:
    """Test that k groups of customers have one survival curve.

    At each event time group g is expected to have d n_g/n of the d events. With w the weight of the time and
    z_g = sum w (d_g - d n_g/n),

        V_gh = sum w^2 d (n - d)/(n - 1) n_g/n (1[g = h] - n_h/n),   chi2 = z' V^- z,   df = k - 1.

    w = 1 (`logrank`: best where the groups' rates of leaving stay in proportion), n (`wilcoxon`, Gehan and Breslow:
    early times count more), sqrt(n) (`tarone-ware`), or prod (1 - d/(n + 1)) up to and with the time (`peto`, Peto
    and Peto's estimate of survival: early times count more, but censoring does not change the weights).

    Args:
        times, events, weights, entry: as in `kaplan_meier`.
        groups: the group of each customer; `groups` of the result holds them in sorted order.

    Fewer than two groups or no event: ValueError. When no time tells groups apart (each has one of them at risk)
    chi2 = 0 and p = 1.

    References: Mantel (1966), Cancer Chemotherapy Reports 50, 163-170; Gehan (1965), Biometrika 52, 203-223; Tarone &
    Ware (1977), Biometrika 64, 156-160; Peto & Peto (1972), JRSS A 135, 185-207; Klein & Moeschberger (2003), 7.3.

    >>> test = logrank_test([1, 2, 3, 4, 2, 4, 6, 8], [1, 1, 1, 1, 1, 1, 0, 0], ["a"] * 4 + ["b"] * 4)
    >>> test.observed, [round(e, 3) for e in test.expected], test.df
    ((4.0, 2.0), [2.257, 3.743], 1)
    >>> round(test.chi2, 3), round(test.p_value, 3)
    (2.646, 0.104)

    Group a left sooner in these data, but eight customers do not decide it.
    """
    time, event, weight, start = _checked(times, events, weights, entry)
    if len(groups) != len(time):
        raise ValueError(f"groups has {len(groups)} entries and times {len(time)}.")
    labels = [item.item() if isinstance(item, np.generic) else item for item in groups]
    names = sorted(set(labels), key=lambda name: (str(type(name)), name))
    steps = np.unique(time[event])
    at_risk, happened = [], []
    for name in names:
        own = np.array([label == name for label in labels])
        hit = own & event
        at_risk.append(_at_risk(time[own], weight[own], None if start is None else start[own], steps))
        happened.append(_totals(time[hit], weight[hit], steps))
    test = logrank_from_counts(np.array(at_risk), np.array(happened), weighting)
    return LogrankTest(test.chi2, test.df, test.p_value, tuple(names), test.observed, test.expected)


def logrank_from_counts(at_risk: ArrayLike, events: ArrayLike, weighting: Weighting = "logrank") -> LogrankTest:
    """`logrank_test` from counts.

    Args:
        at_risk: k × T, of each group just before each of T times, in order of time.
        events: k × T, how many of them had the event at it.

    Fewer than two groups, no event, more events than customers: ValueError.

    >>> at_risk = [[4, 3, 2, 1], [4, 4, 3, 3]]
    >>> round(logrank_from_counts(at_risk, [[1, 1, 1, 1], [0, 1, 0, 1]]).chi2, 3)
    2.646
    """
    n_g, d_g = np.asarray(at_risk, float), np.asarray(events, float)
    if n_g.ndim != 2 or n_g.shape != d_g.shape or len(n_g) < 2:
        raise ValueError("Comparing survival needs at_risk and events of two or more groups, k × T each.")
    if not (np.all(np.isfinite(n_g)) and np.all(d_g >= 0) and np.all(d_g <= n_g)):
        raise ValueError("events must lie between 0 and at_risk.")
    if d_g.sum() <= 0:
        raise ValueError("Nobody had the event; there is nothing to compare.")
    n_g, d_g = n_g[:, n_g.sum(axis=0) > 0], d_g[:, n_g.sum(axis=0) > 0]
    n, d = n_g.sum(axis=0), d_g.sum(axis=0)
    expected, w = d * n_g / n, _weights(weighting, n, d)
    z = ((d_g - expected) * w).sum(axis=1)
    hyper = np.divide(d * (n - d), n - 1, out=np.zeros_like(n), where=n > 1)
    share = n_g / n
    spread = np.diag((w**2 * hyper * share).sum(axis=1)) - (w**2 * hyper * share) @ share.T
    chi2 = float(z @ np.linalg.pinv(spread, rcond=1e-10, hermitian=True) @ z)
    test = chi_square_test(chi2, len(n_g) - 1)
    sums = (tuple(float(value) for value in part.sum(axis=1)) for part in (d_g, expected))
    return LogrankTest(test.chi2, test.df, test.p_value, tuple(range(len(n_g))), *sums)


def _weights(weighting: Weighting, n: FloatArray, d: FloatArray) -> FloatArray:
    if weighting == "logrank":
        return np.ones_like(n)
    if weighting == "wilcoxon":
        return n
    if weighting == "tarone-ware":
        return np.sqrt(n)
    if weighting == "peto":
        return np.cumprod(1 - d / (n + 1)).astype(np.float64)
    raise ValueError(f"weighting is {weighting!r}; it must be logrank, wilcoxon, tarone-ware or peto.")


def _curve(
    times: FloatArray,
    at_risk: FloatArray,
    events: FloatArray,
    n: float,
    last: float,
    confidence: float,
    conf_type: ConfType,
) -> SurvivalCurve:
    survival: FloatArray = np.cumprod(1 - events / at_risk).astype(np.float64)
    survival[survival < 1e-15] = 0.0
    left = np.where(at_risk - events > _EQUAL * at_risk, at_risk - events, 0.0)
    terms = np.divide(events, at_risk * left, out=np.zeros_like(left), where=left > 0)
    greenwood: FloatArray = np.cumsum(terms).astype(np.float64)
    variance = survival**2 * greenwood
    low, high = _bounds(survival, greenwood, at_risk, confidence, conf_type)
    median, earliest, latest = (_half(times, curve, last) for curve in (survival, low, high))
    error = np.sqrt(variance)
    arrays = (times, at_risk, events, survival, variance, error, low, high)
    return SurvivalCurve(*arrays, median, earliest, latest, n, last, confidence, conf_type)


def _bounds(
    survival: FloatArray, greenwood: FloatArray, at_risk: FloatArray, confidence: float, conf_type: ConfType
) -> tuple[FloatArray, FloatArray]:
    z, root = critical_value(confidence), np.sqrt(greenwood)
    inside = (survival > 0) & (greenwood > 0)
    s = np.where(inside, survival, 0.5)  # any value; the others are filled in below
    if conf_type == "log-log":
        stretch = np.exp(z * root / -np.log(s))
        low, high = s**stretch, s ** (1 / stretch)
    elif conf_type == "log":
        low, high = s * np.exp(-z * root), s * np.exp(z * root)
    elif conf_type == "plain":
        low, high = s - z * s * root, s + z * s * root
    else:
        raise ValueError(f"conf_type is {conf_type!r}; it must be log-log, log or plain.")
    low, high = np.clip(low, 0.0, 1.0).astype(np.float64), np.clip(high, 0.0, 1.0).astype(np.float64)
    for at in np.flatnonzero(~inside):
        nobody_left = survival[at] > 0
        wilson = wilson_interval(at_risk[at] if nobody_left else 0, at_risk[at], confidence=confidence)
        before = high[at - 1] if at else 1.0
        low[at], high[at] = (wilson.low, 1.0) if nobody_left else (0.0, min(before, wilson.high))
    return low, high


def _half(times: FloatArray, curve: FloatArray, last: float) -> float | None:
    """Where a falling curve goes below one half; the middle of a stretch at exactly one half."""
    reached = np.flatnonzero(curve <= 0.5 + _EQUAL)
    if not len(reached):
        return None
    first = reached[0]
    if curve[first] < 0.5 - _EQUAL:
        return float(times[first])
    below = np.flatnonzero(curve < 0.5 - _EQUAL)
    return float((times[first] + (times[below[0]] if len(below) else last)) / 2)


def _at_risk(time: FloatArray, weight: FloatArray, start: FloatArray | None, steps: FloatArray) -> FloatArray:
    """Weight of those with start < step <= time."""
    entered = np.full(len(steps), weight.sum()) if start is None else _weight_before(start, weight, steps)
    return entered - _weight_before(time, weight, steps)


def _weight_before(time: FloatArray, weight: FloatArray, steps: FloatArray) -> FloatArray:
    order = np.argsort(time, kind="stable")
    sums = np.concatenate([[0.0], np.cumsum(weight[order])])
    before: FloatArray = sums[np.searchsorted(time[order], steps, side="left")]
    return before


def _totals(time: FloatArray, weight: FloatArray, steps: FloatArray) -> FloatArray:
    return np.bincount(np.searchsorted(steps, time), weights=weight, minlength=len(steps)).astype(float)


def _checked(
    times: ArrayLike, events: ArrayLike, weights: ArrayLike | None, entry: ArrayLike | None
) -> tuple[FloatArray, NDArray[np.bool_], FloatArray, FloatArray | None]:
    time, event = np.asarray(times, float), np.asarray(events, float)
    weight = np.ones_like(time) if weights is None else np.asarray(weights, float)
    start = None if entry is None else np.asarray(entry, float)
    if time.ndim != 1 or not len(time):
        raise ValueError("times must be a list of at least one time.")
    if not time.shape == event.shape == weight.shape or (start is not None and start.shape != time.shape):
        raise ValueError("times, events, weights and entry must be of one length.")
    if not (np.all(np.isfinite(time)) and np.all(time >= 0)):
        raise ValueError("A time is negative or missing.")
    if not np.all(np.isin(event, (0.0, 1.0))):
        raise ValueError("events may hold 0 (censored) and 1 (the event) only.")
    if not (np.all(np.isfinite(weight)) and np.all(weight >= 0) and weight.sum() > 0):
        raise ValueError("weights must be numbers of 0 or more, and not all of them 0.")
    if start is not None and not np.all(start < time):
        raise ValueError("Each entry must lie before its time.")
    used = weight > 0
    return time[used], event[used] == 1, weight[used], None if start is None else start[used]
