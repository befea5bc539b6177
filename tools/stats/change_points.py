"""When did a level change: breaks in a series of period means, with the search for their dates paid for.

The model: y = level of its stretch + noise, noise ~ s² (C + t² I). C is the sampling covariance of the means (known), t²
a variance between periods beyond sampling (the ordinary wobble, estimated), s² a scale. Breaks are looked for one stage
after another: a step, or a stretch that leaves its neighbours on both sides (so that a dip and its recovery are found
together). Each stage is judged against simulated series in which nothing more happens, searched in the same way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from tools.stats.step_search import (
    FloatArray,
    Noise,
    Stage,
    against_line,
    date_set,
    exact_tail,
    refined,
    residual_sum,
    search_stage,
)
from tools.stats.tails import critical_value, power_value

__all__ = ["Break", "ChangePoints", "SupF", "change_points", "sup_f"]

FEWEST = 6
MOST = 150
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

    `possible` is the best single step where the form is unclear. `p_value` is that of any change of level, `line_p`
    that a straight line would be so much worse than steps. `smallest_step` in the middle of the series would be found 4
    times in 5.
    """

    form: Form
    breaks: tuple[Break, ...]
    possible: Break | None
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
    floor((1 - trim) k). The p-value comes from `draws` simulated normal series without a break, searched alike: exact for
    independent normal values with variances known up to a common factor, also unequal ones and short series, but
    never below 1/(draws + 1). Fewer than 6 values, no admissible split, a variance not above 0: ValueError.

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
    noise = Noise(k, draws, seed)
    gain, rest, null = exact_tail(y, covariance, [(s, k) for s in splits], noise)
    f = [(k - 2) * g / max(r, 1e-300) for g, r in zip(gain, rest, strict=True)]
    best = int(np.argmax(f))
    p_value = (1 + int(np.sum((k - 2) * null >= f[best]))) / (draws + 1)
    return SupF(f[best], splits[best], p_value, tuple(splits), tuple(f))


def change_points(
    means: ArrayLike,
    covariance: ArrayLike | None = None,
    *,
    times: ArrayLike | None = None,
    weights: ArrayLike | None = None,
    level: float = 0.05,
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
        minimum: fewest periods of a stretch.

    A stage adds to the stretches so far the step, or the stretch inside one of them, that lowers the residual sum of
    squares most (z² = that gain under V = C + t² I). Two p-values from `draws` simulated series, of which the larger
    counts: of z² (the step exceeds sampling error), and of F = z²/(RSS/df), which is free of the scale (the step exceeds
    the wobble between periods, whatever it is). t² is set so that the residual sum of squares of the best fit is what
    simulations without wobble have (Paule & Mandel's idea with the search counted). Steps and inner stretches are
    two families; the smaller p is calibrated over both. Looking goes on while p < `level`, which holds
    the probability of any false break to it.

    A stage must also beat a straight line in its stretch: RSS of the line over RSS of the steps, against simulations
    from the fitted line (Cox's comparison of separate families), at `level`. Where it does not at the first stage,
    no date is claimed: form is "line" where the line fits better, else "unclear" with `possible`.

    difference -+ c s sqrt(w'Vw) with c the simulated critical value of the whole search, so it excludes 0 whenever the
    break is significant. [earliest, latest] spans the dates that a likelihood-ratio test does not reject at 95 %,
    simulated for each date with the other breaks held. p-values are never below 1/(draws + 1). Fewer than 6 or more
    than 150 periods, a covariance that is no covariance, a missing value: ValueError.

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
    if minimum < 1 or not 0 < level < 1:
        raise ValueError(f"minimum {minimum} must be at least 1 and level {level} between 0 and 1.")
    t = np.arange(k, dtype=float) if times is None else _vector(times, k, "times")
    if np.any(np.diff(t) <= 0):
        raise ValueError("times must rise.")
    n = None if weights is None else _vector(weights, k, "weights")
    if n is not None and np.any(n <= 0):
        raise ValueError("every weight must be above 0.")
    noise = Noise(k, draws, seed)
    known = covariance is not None
    edges, chances, criticals, first, line_p, form = [0, k], dict[int, float](), dict[int, float](), None, None, "none"
    blocked: set[int] = set()
    while True:
        stage = search_stage(y, c, edges, blocked, minimum, noise, level, known)
        first = first or stage
        if stage is None or stage.p_value >= level:
            break
        chance, better = against_line(y, stage, edges, t, noise)
        line_p = chance if line_p is None else line_p
        if chance >= level:
            if len(edges) == 2:
                form = "line" if better else "unclear"
                break
            blocked.add(stage.segment[0])
            continue
        form = "steps"
        new = [edge for edge in stage.span if edge not in edges]
        chances |= dict.fromkeys(new, stage.p_value)
        criticals |= dict.fromkeys(new, stage.critical)
        edges = sorted([*edges, *new])
    assert first is not None
    final = stage or first
    return _result(y, final, first, edges, chances, criticals, t, n, noise, minimum, known, form, line_p)  # type: ignore[arg-type]


def _result(
    y: FloatArray,
    final: Stage,
    first: Stage,
    edges: list[int],
    chances: dict[int, float],
    criticals: dict[int, float],
    times: FloatArray,
    weights: FloatArray | None,
    noise: Noise,
    minimum: int,
    known: bool,
    form: Form,
    line_p: float | None,
) -> ChangePoints:
    v, k = final.covariance, len(y)
    moved = refined(y, v, edges, minimum)
    dispersion = _dispersion(residual_sum(y, v, moved), k - len(moved) + 1, known)
    breaks = [
        _break(y, v, moved, at, weights, noise, minimum, dispersion, criticals[old], chances[old])
        for at, old in zip(range(1, len(moved) - 1), edges[1:-1], strict=True)
    ]
    possible = None
    if form == "unclear":
        alone = [0, first.best_step, k]
        spread = _dispersion(residual_sum(y, v, alone), k - 2, known)
        possible = _break(y, v, alone, 1, weights, noise, minimum, spread, first.critical, first.p_value)
    slope, error, chance, margin = _slope(y, v, times, known)
    middle = _contrast([0, k // 2, k], 1, v, weights)
    smallest = (first.step_critical + power_value(0.8)) * math.sqrt(max(dispersion, 0.0) * float(middle @ v @ middle))
    return ChangePoints(
        form=form,
        breaks=tuple(breaks),
        possible=possible,
        p_value=first.p_value,
        line_p=line_p,
        between_variance=final.between,
        dispersion=dispersion,
        slope=slope,
        slope_low=slope - margin * error,
        slope_high=slope + margin * error,
        slope_p=chance,
        smallest_step=smallest,
    )


def _dispersion(rss: float, df: int, known: bool) -> float:
    """Residual variance in units of V; where V is known it is never taken below 1."""
    found = rss / df if df > 0 else 0.0
    return max(found, 1.0) if known else found


def _stretch_weights(v: FloatArray, start: int, end: int, weights: FloatArray | None) -> FloatArray:
    """Weights of a stretch's level, 0 outside of it."""
    found = np.zeros(len(v))
    inside = slice(start, end)
    own = np.linalg.solve(v[inside, inside], np.ones(end - start)) if weights is None else weights[inside]
    found[inside] = own / own.sum()
    return found


def _contrast(edges: Sequence[int], at: int, v: FloatArray, weights: FloatArray | None) -> FloatArray:
    after = _stretch_weights(v, edges[at], edges[at + 1], weights)
    return after - _stretch_weights(v, edges[at - 1], edges[at], weights)


def _break(
    y: FloatArray,
    v: FloatArray,
    edges: Sequence[int],
    at: int,
    weights: FloatArray | None,
    noise: Noise,
    minimum: int,
    dispersion: float,
    critical: float,
    chance: float,
) -> Break:
    levels = []
    for place in (at - 1, at):
        own = _stretch_weights(v, edges[place], edges[place + 1], weights)
        margin = critical_value(0.95) * math.sqrt(dispersion * float(own @ v @ own))
        levels.append((float(own @ y), margin))
    (before, before_margin), (after, after_margin) = levels
    contrast = _contrast(edges, at, v, weights)
    error = math.sqrt(dispersion * float(contrast @ v @ contrast))
    earliest, latest = date_set(y, v * dispersion, edges, at, minimum, noise)
    return Break(
        position=edges[at],
        earliest=earliest,
        latest=latest,
        before=before,
        before_low=before - before_margin,
        before_high=before + before_margin,
        after=after,
        after_low=after - after_margin,
        after_high=after + after_margin,
        difference=after - before,
        low=after - before - critical * error,
        high=after - before + critical * error,
        standard_error=error,
        p_value=chance,
    )


def _slope(y: FloatArray, v: FloatArray, times: FloatArray, known: bool) -> tuple[float, float, float, float]:
    """Slope of the straight line by generalised least squares, its standard error, p and t quantile."""
    from tools.stats.contrasts import t_quantile, two_sided_t

    design = np.column_stack([np.ones(len(y)), times - times.mean()])
    inverse = np.linalg.inv(design.T @ np.linalg.solve(v, design))
    fit = inverse @ design.T @ np.linalg.solve(v, y)
    residual = y - design @ fit
    df = len(y) - 2
    error = math.sqrt(_dispersion(float(residual @ np.linalg.solve(v, residual)), df, known) * inverse[1, 1])
    chance = two_sided_t(float(fit[1]) / error, df) if error else float(fit[1] == 0)
    return float(fit[1]), error, chance, t_quantile(0.95, df)


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
