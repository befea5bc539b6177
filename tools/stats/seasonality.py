"""Does a level follow the calendar: effects of months, quarters or weekdays net of the trend, and do years agree."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.contrasts import Contrast, linear_contrast
from tools.stats.multiplicity import holm
from tools.stats.tails import ChiSquareTest, chi_square_test

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SeasonEffect:
    """How far a season lies from the mean of all seasons, net of the trend, with its interval."""

    season: int
    estimate: float
    low: float
    high: float
    standard_error: float
    p_value: float
    p_holm: float


@dataclass(frozen=True, slots=True)
class Seasonality:
    """Effects that sum to 0, and the joint test that all are 0 (F on `df` and `df_rest`).

    `alike` tests that the same pattern holds in every cycle (None where its scale is unknown); `agreement` is the mean
    correlation of the patterns of two cycles, None with fewer than two complete ones. `adjusted` holds each period's
    mean without its season's effect.
    """

    effects: tuple[SeasonEffect, ...]
    f: float
    df: int
    df_rest: int
    p_value: float
    alike: ChiSquareTest | None
    agreement: float | None
    adjusted: tuple[Contrast, ...]
    between_variance: float
    dispersion: float


def seasonal_effects(
    means: ArrayLike,
    covariance: ArrayLike | None,
    seasons: Sequence[int],
    cycles: Sequence[int],
    *,
    times: ArrayLike | None = None,
    confidence: float = 0.95,
) -> Seasonality:
    """Effects of the seasons on a series of period means, net of its trend.

    y = trend + effect of the season + noise, noise ~ s² (C + t² I), by generalised least squares, effects summing to 0
    over the seasons (each season counts alike, whatever its answers).

    Args:
        means: k period means, in order of time.
        covariance: k × k, or k variances; None where the scale is unknown (ordinary least squares).
        seasons: the season of each period, whole numbers 0 … S - 1.
        cycles: the cycle of each period (its year; for weekdays a block of weeks), whole numbers.
        times: when each period was, for cycles that are years: the trend is a straight line, bent in the middle of each
            cycle but the first and the last. Left out, the trend is a level for each cycle, for cycles within which the
            seasons are spread evenly (weekdays in whole weeks).

    t² is what makes the residual sum of squares equal its degrees of freedom, at least 0 (Paule & Mandel); s² the
    residual variance in units of C + t² I, at least 1 where C is given. Where t² is above 0, errors are the larger of
    these and those from the upper quartile of t² scaled to the residuals, so that unequal periods keep the level. The
    joint test is Wald's / (S - 1) on F(S - 1, k - parameters), each season's test is on Student's t with Holm's
    adjustment over the seasons. `alike` is the residual chi-square under C alone: a small p-value says that the cycles
    differ by more than sampling.

    Fewer than two cycles, a season that is seen only once, no degree of freedom left, a missing value, a covariance
    that is none: ValueError.

    Reference: Lovell (1963), JASA 58, 993-1010 (seasonal adjustment by regression); Paule & Mandel (1982), J. Res.
    NBS 87, 377-385; Holm (1979).

    >>> found = seasonal_effects([10, 14, 12, 16, 11, 15, 13, 17], [1] * 8, [0, 1, 0, 1] * 2, [0, 0, 1, 1, 2, 2, 3, 3])
    >>> [(e.season, round(e.estimate, 1)) for e in found.effects], found.df, found.df_rest
    ([(0, -2.0), (1, 2.0)], 1, 3)

    In each of four cycles the second season lies 4 points above the first: 2 points either side of their mean.
    """
    y, c, known = _series(means, covariance)
    season, cycle = _whole(seasons, len(y), "seasons"), _whole(cycles, len(y), "cycles")
    _refuse_short(season, cycle)
    trend = _levels(cycle) if times is None else _bent_line(_times(times, len(y)), cycle)
    count = int(season.max()) + 1
    design = np.column_stack([trend, _coded(season, count)])
    df_rest = len(y) - design.shape[1]
    if df_rest < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        raise ValueError("The periods do not tell the seasons from the trend; give more of them.")
    between = _between(y, c, design, df_rest) if known else 0.0
    v = c + between * np.eye(len(y))
    rows, rss = _fit(y, v, design)
    dispersion = max(rss / df_rest, 1.0) if known else max(rss / df_rest, 1e-12)
    spreads = [v * dispersion]
    if between > 0:
        spreads.append(_other_spread(y, c, design, df_rest))
    coded = rows[trend.shape[1] :]
    effect_rows = np.vstack([coded, -coded.sum(axis=0)])
    f = min(_wald(y, spread, coded) for spread in spreads) / (count - 1)
    adjusted = np.eye(len(y)) - effect_rows[season]
    return Seasonality(
        effects=_effects(y, spreads, effect_rows, df_rest, confidence),
        f=f,
        df=count - 1,
        df_rest=df_rest,
        p_value=_f_tail(f, count - 1, df_rest),
        alike=chi_square_test(_fit(y, c, design)[1], df_rest) if known else None,
        agreement=_agreement(y - trend @ rows[: trend.shape[1]] @ y, season, cycle),
        adjusted=tuple(_widest(y, spreads, row, df_rest, confidence) for row in adjusted),
        between_variance=between,
        dispersion=dispersion,
    )


def _widest(y: FloatArray, spreads: Sequence[FloatArray], row: FloatArray, df: int, confidence: float) -> Contrast:
    return max((linear_contrast(y, v, row, df, confidence) for v in spreads), key=lambda found: found.standard_error)


def _effects(
    y: FloatArray, spreads: Sequence[FloatArray], rows: FloatArray, df: int, confidence: float
) -> tuple[SeasonEffect, ...]:
    found = [_widest(y, spreads, row, df, confidence) for row in rows]
    adjusted = holm([effect.p_value for effect in found])
    return tuple(
        SeasonEffect(at, e.estimate, e.low, e.high, e.standard_error, e.p_value, p_holm)
        for at, (e, p_holm) in enumerate(zip(found, adjusted, strict=True))
    )


def _other_spread(y: FloatArray, c: FloatArray, design: FloatArray, df: int) -> FloatArray:
    """C + t² I at the upper quartile of t², scaled to the residuals: t² from few periods is often too small."""
    from scipy.special import chdtri

    v = c + _between(y, c, design, float(chdtri(df, 0.75))) * np.eye(len(y))
    found: FloatArray = v * _fit(y, v, design)[1] / df
    return found


def _fit(y: FloatArray, v: FloatArray, design: FloatArray) -> tuple[FloatArray, float]:
    """Rows that make the coefficients from y, and the residual sum of squares in units of V."""
    rows = np.linalg.solve(design.T @ np.linalg.solve(v, design), np.linalg.solve(v, design).T)
    residual = y - design @ (rows @ y)
    return rows, float(residual @ np.linalg.solve(v, residual))


def _wald(y: FloatArray, spread: FloatArray, rows: FloatArray) -> float:
    values = rows @ y
    return float(values @ np.linalg.solve(rows @ spread @ rows.T, values))


def _f_tail(f: float, df: int, df_rest: int) -> float:
    from scipy.special import fdtrc

    return float(fdtrc(df, df_rest, max(f, 0.0)))


def _between(y: FloatArray, c: FloatArray, design: FloatArray, target: float) -> float:
    """t² at which the residual sum of squares is `target`."""
    unit = np.eye(len(y))
    if _fit(y, c, design)[1] <= target:
        return 0.0
    low, high = 0.0, 4 * float(np.var(y)) + float(np.max(np.diag(c)))
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if _fit(y, c + middle * unit, design)[1] > target else (low, middle)
    return high


def _coded(season: NDArray[np.int64], count: int) -> FloatArray:
    """Columns of effects that sum to 0: the last season is minus all others."""
    columns = np.zeros((len(season), count - 1))
    for at in range(count - 1):
        columns[season == at, at] = 1
    columns[season == count - 1] = -1
    return columns


def _levels(cycle: NDArray[np.int64]) -> FloatArray:
    return np.array([cycle == value for value in np.unique(cycle)], dtype=float).T


def _bent_line(times: FloatArray, cycle: NDArray[np.int64]) -> FloatArray:
    """A constant, a line, and a bend in the middle of each inner cycle."""
    bends = [np.mean([times[cycle == value].min(), times[cycle == value].max()]) for value in np.unique(cycle)[1:-1]]
    columns = [np.ones(len(times)), times - times.mean(), *(np.maximum(times - bend, 0) for bend in bends)]
    return np.column_stack(columns)


def _agreement(net: FloatArray, season: NDArray[np.int64], cycle: NDArray[np.int64]) -> float | None:
    """Mean correlation between the patterns of two complete cycles."""
    count = int(season.max()) + 1
    patterns = []
    for value in np.unique(cycle):
        own = cycle == value
        if sorted(season[own].tolist()) == list(range(count)):
            pattern = net[own][np.argsort(season[own])]
            patterns.append(pattern - pattern.mean())
    norms = [math.sqrt(float(pattern @ pattern)) for pattern in patterns]
    if len(patterns) < 2 or count < 3 or min(norms) == 0:
        return None
    pairs = combinations(range(len(patterns)), 2)
    return float(np.mean([patterns[a] @ patterns[b] / (norms[a] * norms[b]) for a, b in pairs]))


def _series(means: ArrayLike, covariance: ArrayLike | None) -> tuple[FloatArray, FloatArray, bool]:
    y = np.asarray(means, dtype=float)
    if y.ndim != 1 or not np.all(np.isfinite(y)):
        raise ValueError("means must be numbers, one for each period.")
    if covariance is None:
        return y, np.eye(len(y)), False
    c = np.asarray(covariance, dtype=float)
    c = np.diag(c) if c.ndim == 1 else c
    if c.shape != (len(y), len(y)) or not np.all(np.isfinite(c)):
        raise ValueError(f"The covariance must be {len(y)} variances or a {len(y)} × {len(y)} matrix of numbers.")
    if np.linalg.eigvalsh((c + c.T) / 2)[0] <= 0:
        raise ValueError("The covariance is not positive definite: a variance of 0 would make its period certain.")
    return y, (c + c.T) / 2, True


def _whole(values: Sequence[int], k: int, name: str) -> NDArray[np.int64]:
    found = np.asarray(values)
    if found.shape != (k,) or not np.issubdtype(found.dtype, np.integer) or np.any(found < 0):
        raise ValueError(f"{name} must be {k} whole numbers from 0.")
    return found.astype(np.int64)


def _times(values: ArrayLike, k: int) -> FloatArray:
    found = np.asarray(values, dtype=float)
    if found.shape != (k,) or not np.all(np.isfinite(found)) or np.any(np.diff(found) <= 0):
        raise ValueError(f"times must be {k} rising numbers.")
    return found


def _refuse_short(season: NDArray[np.int64], cycle: NDArray[np.int64]) -> None:
    seen = np.bincount(season)
    if len(seen) < 2 or np.any(seen < 2):
        once = int(np.argmin(seen))
        raise ValueError(f"Season {once} is seen {seen[once]} times; each of two or more seasons must be seen twice.")
    if len(np.unique(cycle)) < 2:
        raise ValueError("One cycle does not tell a season from what happened once; give two or more.")
