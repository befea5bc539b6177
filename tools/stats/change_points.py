"""When did a level change: breaks in a series of period means, with the search for their dates paid for.

The model: y = level of its stretch + noise, noise ~ s² (C + t² I). C is the sampling covariance of the means (known),
t² a variance between periods beyond sampling (the ordinary wobble, estimated), s² a scale. Breaks are looked for one
stage after another: a step, or a stretch that leaves its neighbours on both sides (so that a dip and its recovery are
found together). Each stage is judged against simulated series in which nothing more happens, searched in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tools.stats.contrasts import Contrast, linear_contrast
from tools.stats.step_search import Design, FloatArray, Search, Stage
from tools.stats.tails import critical_value, power_value

__all__ = ["Break", "ChangePoints", "SupF", "change_points", "sup_f"]

FEWEST = 6
MOST = 160
Form = Literal["steps", "line", "unclear", "none"]


@dataclass(frozen=True, slots=True)
class Break:
    """A step; `position` counts the periods before it, so that it is the index of the first period after.

    `before` and `after` are the levels of the two adjoining stretches with their 95 % intervals; the interval of
    `difference` allows for the search. `earliest` and `latest` are the ends of the date's confidence set.
    """

    position: int
    earliest: int
    latest: int
    before: float
    before_low: float
    before_high: float
    after: float
    after_low: float
    after_high: float
    difference: float
    low: float
    high: float
    standard_error: float
    p_value: float


@dataclass(frozen=True, slots=True)
class ChangePoints:
    """What was found: `form` says whether steps, a line, either of them ("unclear"), or nothing.

    `possible` is the best single step where the form is unclear; `undated` holds (start, end) of stretches beside the
    breaks that changed further, by a line as well as by a step. `p_value` is that of any change of level, `line_p`
    that a straight line would be so much worse than steps. `smallest_step` in the middle of the series would be found 4
    times in 5.
    """

    form: Form
    breaks: tuple[Break, ...]
    possible: Break | None
    undated: tuple[tuple[int, int], ...]
    p_value: float
    line_p: float | None
    between_variance: float
    dispersion: float
    slope: float
    slope_low: float
    slope_high: float
    slope_p: float
    smallest_step: float


@dataclass(frozen=True, slots=True)
class SupF:
    """Chow's F at every admissible split and its maximum; `position` counts the values before the split."""

    statistic: float
    position: int
    p_value: float
    positions: tuple[int, ...]
    f: tuple[float, ...]


def sup_f(
    values: ArrayLike,
    variances: ArrayLike | None = None,
    *,
    trim: float = 0.15,
    draws: int = 10_000,
    seed: int = 0,
) -> SupF:
    """Andrews' test for one change of level at an unknown date: the largest of Chow's F statistics.

    F_s = (RSS_0 - RSS_s) / (RSS_s / (k - 2)), weighted by 1/variances; splits s from max(2, floor(trim k)) to
    floor((1 - trim) k). The p-value comes from `draws` simulated normal series without a break, searched alike: exact
    for independent normal values with variances known up to a common factor, also unequal ones and short series,
    but never below 1/(draws + 1). Fewer than 6 values, no admissible split, a variance not above 0: ValueError.

    Reference: Andrews (1993), Econometrica 61, 821-856; R package strucchange, `Fstats`.

    >>> t = sup_f([3, 5, 4, 4, 9, 8, 9, 10], trim=0.25)
    >>> round(t.statistic, 1), t.position
    (75.0, 4)

    By hand: the halves' means are 4 and 9, RSS falls from 54 to 4, so F = 50 / (4/6); no split fits better.
    """
    y, covariance = _checked(values, variances)
    k = len(y)
    if not 0 <= trim < 0.5:
        raise ValueError(f"trim must lie between 0 and 0.5, not {trim}.")
    first, last = max(2, math.floor(trim * k)), math.floor((1 - trim) * k)
    splits = [s for s in range(first, last + 1) if 1 <= s <= k - 1]
    if not splits:
        raise ValueError(f"trim {trim} leaves no split of {k} values.")
    if np.ptp(y) <= 1e-12 * float(np.max(np.abs(y))):
        raise ValueError("All values are equal: there is nothing to split.")
    search = Search(y, covariance, np.arange(k, dtype=float), minimum=1, draws=draws, seed=seed)
    design = Design(covariance, [0, k], [(split, k) for split in splits])
    white = design.residual(y)
    gain = (white @ design.candidates) ** 2
    f = [(k - 2) * own / max(float(white @ white) - own, 1e-300) for own in gain.tolist()]
    best = int(np.argmax(f))
    null = design.gains(design.left_over(search.noise), np.ones(len(splits), dtype=bool))
    drawn = (k - 2) * null.step / (null.rss - null.step)
    p_value = (1 + int(np.sum(drawn >= f[best]))) / (draws + 1)
    return SupF(f[best], splits[best], p_value, tuple(splits), tuple(f))


def change_points(
    means: ArrayLike,
    covariance: ArrayLike | None = None,
    *,
    times: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.05,
    line_level: float = 0.05,
    minimum: int = 2,
    draws: int = 2_000,
    seed: int = 0,
) -> ChangePoints:
    """Dates at which the level of a series changed, how sure each is, and whether a straight line does as well.

    Args:
        means: k period means, in order of time.
        covariance: k × k, or the k variances; None where even the scale is unknown.
        times: when the periods were, for the line; 0, 1, 2, … when left out.
        weights: answers of each period: levels are then weighted by them, so that a stretch's level is the mean of
            its answers; by generalised least squares when left out.
        level: how often a break may be found where there is none; also of the intervals of differences.
        line_level: how often steps may be told where there is a straight line.
        minimum: fewest periods of a stretch.

    A stage adds to the stretches so far the step, or the stretch inside one of them, that lowers the residual sum of
    squares most (z² = that gain under V = C + t² I). Two p-values from `draws` simulated series, of which the larger
    counts: of z² (the step exceeds sampling error), and of F = z²/(RSS/df), which is free of the scale (the step
    exceeds the wobble between periods, whatever it is). t² is set so that the best fit leaves the residual sum of
    squares that simulations without wobble leave (Paule & Mandel's idea with the search counted). Steps and inner
    stretches are two families; the smaller p is calibrated over both. Looking goes on while p < `level`, which holds
    the probability of any false break to it.

    The first stage looks for a straight line as well, calibrated likewise. A stage must also beat a straight line in
    its stretch, by one to four breaks: RSS of the line over RSS of the steps, against simulations from the fitted
    line (Cox's comparison of separate families), at `line_level`. Where it does not at the first stage, no date is
    claimed: form is "line" where the line fits better, else "unclear" with `possible`.

    difference -+ c s sqrt(w'Vw) with c the simulated critical value of the whole search, so it excludes 0 where the
    break is significant. [earliest, latest] spans the dates that a likelihood-ratio test does not reject at 95 %,
    simulated for each date with the other breaks held, and the periods next to them that lie clear of their own level
    towards the other one (a change in the middle of a period, or one that sinks in). p-values are never below
    1/(draws + 1). Fewer than 6 or more than 160 periods, a covariance that is none, a missing value: ValueError.

    Reference: Bai & Perron (1998), Econometrica 66, 47-78 (one more break); Olshen et al. (2004), Biostatistics 5,
    557-572 (inner stretches); Andrews (1993); Worsley (1986), Biometrika 73, 91-104 (date); Cox (1961); Paule &
    Mandel (1982).

    >>> found = change_points([40, 42, 39, 41, 40, 42, 30, 31, 29, 30, 32, 30], [4] * 12)
    >>> found.form, [(b.position, round(b.before, 1), round(b.after, 1)) for b in found.breaks]
    ('steps', [(6, 40.7, 30.3)])
    >>> change_points([40, 38, 36, 34, 33, 31, 29, 27, 25, 24, 22, 20], [4] * 12).form
    'line'

    Half a year at 41 and half a year at 30 is a step; a slide of two points a month is not.
    """
    y, c = _checked(means, covariance)
    k = len(y)
    if minimum < 1 or not (0 < level < 1 and 0 < line_level < 1):
        raise ValueError(f"minimum {minimum} must be at least 1, levels {level} and {line_level} between 0 and 1.")
    t = np.arange(k, dtype=float) if times is None else _vector(times, k, "times")
    if np.any(np.diff(t) <= 0):
        raise ValueError("times must rise.")
    n = None if weights is None else _vector(weights, k, "weights")
    if n is not None and np.any(n <= 0):
        raise ValueError("every weight must be above 0.")
    known = covariance is not None
    search = Search(y, c, t, minimum=minimum, draws=draws, seed=seed, known=known)
    found = _look(search, level, line_level)
    return _result(search, found, n)


@dataclass
class _Found:
    """Where the search stands."""

    edges: list[int]
    stages: dict[int, Stage]
    """The stage that found each edge."""
    first: Stage
    last: Stage
    undated: list[tuple[int, int]]
    form: Form = "none"
    line_p: float | None = None


def _look(search: Search, level: float, line_level: float) -> _Found:
    k = len(search.y)
    stage = search.stage([0, k], level)
    if stage is None:
        raise ValueError(f"{k} periods cannot be cut into stretches of {search.minimum}; choose a smaller minimum.")
    found = _Found([0, k], {}, stage, stage, [])
    while stage is not None and stage.p_value < level:
        chance, line_better = search.against_line(stage, found.edges)
        found.line_p = chance if found.line_p is None else found.line_p
        if chance < line_level:
            new = [edge for edge in stage.span if edge not in found.edges]
            found.form, found.edges = "steps", sorted([*found.edges, *new])
            found.stages |= dict.fromkeys(new, stage)
        elif len(found.edges) == 2:
            found.form = "line" if line_better else "unclear"
            break
        else:
            found.undated.append(stage.segment)
        stage = search.stage(found.edges, level, found.undated)
        found.last = stage or found.last
    return found


def _result(search: Search, found: _Found, weights: FloatArray | None) -> ChangePoints:
    v, k, first = found.last.covariance, len(search.y), found.first
    edges = search.refined(v, found.edges)
    dispersion = _dispersion(search, v, edges)
    breaks = tuple(
        _break(search, v, edges, at, weights, dispersion, found.stages[found.edges[at]])
        for at in range(1, len(edges) - 1)
    )
    possible = None
    if found.form == "unclear":
        alone = [0, first.best_step, k]
        possible = _break(search, v, alone, 1, weights, _dispersion(search, v, alone), first)
    line = _line(search)
    middle = _contrast([0, k // 2, k], 1, v, weights)
    smallest = (first.step_critical + power_value(0.8)) * math.sqrt(dispersion * float(middle @ v @ middle))
    return ChangePoints(
        form=found.form,
        breaks=breaks,
        possible=possible,
        undated=tuple(found.undated),
        p_value=first.p_value,
        line_p=found.line_p,
        between_variance=found.last.between,
        dispersion=dispersion,
        slope=line.estimate,
        slope_low=line.low,
        slope_high=line.high,
        slope_p=line.p_value,
        smallest_step=smallest,
    )


def _dispersion(search: Search, v: FloatArray, edges: Sequence[int]) -> float:
    """Residual variance in units of V; where sampling errors are known it is never taken below 1."""
    df = len(v) - len(edges) + 1
    found = search.rest(v, edges) / df if df > 0 else 0.0
    return max(found, 1.0) if search.known else found


def _level_weights(v: FloatArray, start: int, end: int, weights: FloatArray | None) -> FloatArray:
    """Weights of a stretch's level, 0 outside of it."""
    found = np.zeros(len(v))
    inside = slice(start, end)
    own = np.linalg.solve(v[inside, inside], np.ones(end - start)) if weights is None else weights[inside]
    found[inside] = own / own.sum()
    return found


def _contrast(edges: Sequence[int], at: int, v: FloatArray, weights: FloatArray | None) -> FloatArray:
    after = _level_weights(v, edges[at], edges[at + 1], weights)
    return after - _level_weights(v, edges[at - 1], edges[at], weights)


def _break(
    search: Search,
    v: FloatArray,
    edges: Sequence[int],
    at: int,
    weights: FloatArray | None,
    dispersion: float,
    stage: Stage,
) -> Break:
    spread = v * dispersion
    before, after = (
        linear_contrast(search.y, spread, _level_weights(v, edges[place], edges[place + 1], weights))
        for place in (at - 1, at)
    )
    step = linear_contrast(search.y, spread, _contrast(edges, at, v, weights))
    earliest, latest = _with_transition(search, spread, edges, at, (before.estimate, after.estimate))
    return Break(
        position=edges[at],
        earliest=earliest,
        latest=latest,
        before=before.estimate,
        before_low=before.low,
        before_high=before.high,
        after=after.estimate,
        after_low=after.low,
        after_high=after.high,
        difference=step.estimate,
        low=step.estimate - stage.critical * step.standard_error,
        high=step.estimate + stage.critical * step.standard_error,
        standard_error=step.standard_error,
        p_value=stage.p_value,
    )


def _with_transition(
    search: Search, spread: FloatArray, edges: Sequence[int], at: int, levels: tuple[float, float]
) -> tuple[int, int]:
    """The date's confidence set, widened by periods at its ends that lie between the levels, clear of their own."""
    earliest, latest = search.dates(spread, edges, at)
    (before, after), z = levels, critical_value(0.95)
    way = 1.0 if after > before else -1.0
    y, errors = search.y, np.sqrt(np.diag(spread))
    while earliest - 1 > edges[at - 1] and way * (y[earliest - 1] - before) > z * errors[earliest - 1]:
        earliest -= 1
    while latest + 1 < edges[at + 1] and way * (after - y[latest]) > z * errors[latest]:
        latest += 1
    return earliest, latest


def _line(search: Search) -> Contrast:
    """Slope of the straight line by generalised least squares, on Student's t with k - 2 degrees of freedom."""
    v = search.covariance
    design = np.column_stack([np.ones(len(v)), search.times - search.times.mean()])
    rows = np.linalg.solve(design.T @ np.linalg.solve(v, design), np.linalg.solve(v, design).T)
    residual = search.y - design @ (rows @ search.y)
    df = len(v) - 2
    dispersion = float(residual @ np.linalg.solve(v, residual)) / df
    dispersion = max(dispersion, 1.0) if search.known else dispersion
    return linear_contrast(search.y, v * dispersion, rows[1], df=df)


def _checked(means: ArrayLike, covariance: ArrayLike | None) -> tuple[FloatArray, FloatArray]:
    y = np.asarray(means, dtype=float)
    if y.ndim != 1 or not FEWEST <= len(y) <= MOST:
        raise ValueError(f"A search for breaks needs {FEWEST} to {MOST} periods, not {y.size}.")
    if not np.all(np.isfinite(y)):
        raise ValueError("Every period needs its mean; leave out periods without one.")
    if covariance is None:
        return y, np.eye(len(y))
    c = np.asarray(covariance, dtype=float)
    c = np.diag(c) if c.ndim == 1 else c
    if c.shape != (len(y), len(y)) or not np.all(np.isfinite(c)):
        raise ValueError(f"The covariance must be {len(y)} variances or a {len(y)} × {len(y)} matrix of numbers.")
    if np.any(np.diag(c) <= 0) or np.linalg.eigvalsh((c + c.T) / 2)[0] <= 0:
        raise ValueError("The covariance is not positive definite: a variance of 0 would make its period certain.")
    return y, (c + c.T) / 2


def _vector(values: ArrayLike, k: int, name: str) -> FloatArray:
    found = np.asarray(values, dtype=float)
    if found.shape != (k,) or not np.all(np.isfinite(found)):
        raise ValueError(f"{name} must be {k} numbers.")
    return found
