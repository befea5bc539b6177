"""Krippendorff's alpha: agreement of any number of raters, with gaps, on any level of measurement."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tools.stats.tails import critical_value

FloatArray = NDArray[np.float64]
Level = Literal["nominal", "ordinal", "interval", "ratio"]


@dataclass(frozen=True, slots=True)
class Alpha:
    """Krippendorff's alpha; the interval is that of a bootstrap over units, None where it was not asked for."""

    estimate: float
    low: float | None
    high: float | None
    observed: float
    """Mean disagreement within units."""
    expected: float
    """Mean disagreement of any two values."""
    units: int
    """Units with two values or more."""
    values: int
    """Values in them."""


def krippendorff_alpha(
    ratings: Sequence[Sequence[Hashable | None]],
    *,
    level: Level = "nominal",
    confidence: float = 0.95,
    resamples: int = 1000,
    seed: int = 0,
) -> Alpha:
    """Krippendorff's alpha for any number of raters, gaps allowed, on four levels of measurement.

        alpha = 1 - Do/De,   Do = sum o_ck d2_ck / n,   De = sum n_c n_k d2_ck / (n (n - 1))

    with o_ck the coincidences, each unit with m_u >= 2 values adding 1/(m_u - 1) for every ordered pair of its values,
    n_c their margins, n their sum, and d2 = 1[c != k] (nominal), (sum of n_g from c to k - (n_c + n_k)/2)^2 (ordinal),
    (c - k)^2 (interval), ((c - k)/(c + k))^2 (ratio). Units with one value or none do not count.

    The interval is the percentile one over `resamples` samples of whole units, drawn with `seed`; `resamples=0` leaves
    it out. (Krippendorff's own algorithm draws pairs of values; the point estimate is the same.)

    Args:
        ratings: raters × units; None or NaN where a rater gave none. Numbers, except on the nominal level.

    ValueError: rows of unequal length, no unit with two values, all values the same (alpha has no value).

    Reference: Krippendorff (2004), Content Analysis, 2nd ed., chapter 11; (2011), Computing Krippendorff's
    alpha-reliability.

    >>> a = [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None]
    >>> b = [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3]
    >>> c = [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None]
    >>> d = [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None]
    >>> [round(krippendorff_alpha([a, b, c, d], level=x, resamples=0).estimate, 3)
    ...  for x in ("nominal", "ordinal", "interval", "ratio")]
    [0.743, 0.815, 0.849, 0.797]

    Fair agreement; below the .800 that is customary for conclusions.
    """
    values, units = _units(ratings, level)
    coincidences = np.array([(np.outer(u, u) - np.diag(u)) / (u.sum() - 1) for u in units])
    total = coincidences.sum(axis=0)
    observed, expected = _disagreements(total, values, level)
    if expected <= 0:
        raise ValueError("All values are the same; nothing tells agreement from habit and alpha has no value.")
    low, high = _bootstrap(coincidences, values, level, confidence, resamples, seed)
    count = int(units.sum())
    return Alpha(1 - observed / expected, low, high, observed, expected, len(units), count)


def _units(ratings: Sequence[Sequence[Hashable | None]], level: Level) -> tuple[list[Hashable], FloatArray]:
    """The values in order, and each unit's counts of them, for units with two values or more."""
    if level not in ("nominal", "ordinal", "interval", "ratio"):
        raise ValueError(f"level is {level!r}; it is nominal, ordinal, interval or ratio.")
    if len({len(row) for row in ratings}) != 1:
        raise ValueError("Every rater's row needs the same number of units, None where there is no value.")
    columns = [[v for v in column if v is not None and v == v] for column in zip(*ratings, strict=True)]
    columns = [column for column in columns if len(column) >= 2]
    if not columns:
        raise ValueError("No unit has two values; there is nothing to agree on.")
    seen = {v for column in columns for v in column}
    values: list[Hashable] = sorted(seen, key=(lambda v: (str(type(v)), str(v))) if level == "nominal" else _number)
    place = {v: i for i, v in enumerate(values)}
    counts = np.zeros((len(columns), len(values)))
    for at, column in enumerate(columns):
        for v in column:
            counts[at, place[v]] += 1
    return values, counts


def _number(value: Hashable) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        raise ValueError(f"{value!r} is not a number; only the nominal level takes other values.")
    if not math.isfinite(value):
        raise ValueError(f"{value!r} is no value on a scale of numbers.")
    return float(value)


def _disagreements(coincidences: FloatArray, values: list[Hashable], level: Level) -> tuple[float, float]:
    margins = coincidences.sum(axis=0)
    n = float(margins.sum())
    apart = _distances(margins, values, level)
    observed = float((coincidences * apart).sum()) / n
    return observed, float((np.outer(margins, margins) * apart).sum()) / (n * (n - 1))


def _distances(margins: FloatArray, values: list[Hashable], level: Level) -> FloatArray:
    if level == "nominal":
        return 1 - np.eye(len(values))
    if level == "ordinal":
        middle = np.cumsum(margins) - margins / 2
        ranks: FloatArray = np.subtract.outer(middle, middle) ** 2
        return ranks
    numbers = np.array([_number(v) for v in values])
    apart: FloatArray = np.subtract.outer(numbers, numbers)
    if level == "interval":
        return apart**2
    if np.any(numbers < 0):
        raise ValueError("The ratio level takes values of 0 or more.")
    sums = np.add.outer(numbers, numbers)
    return np.where(sums > 0, apart / np.where(sums > 0, sums, 1.0), 0.0) ** 2


def _bootstrap(
    coincidences: FloatArray, values: list[Hashable], level: Level, confidence: float, resamples: int, seed: int
) -> tuple[float | None, float | None]:
    critical_value(confidence)  # refuses what is no confidence
    if not resamples or len(coincidences) < 2:
        return None, None
    n = len(coincidences)
    draws = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    pairs = (_disagreements(np.tensordot(draw, coincidences, 1), values, level) for draw in draws)
    alphas = [1 - observed / expected for observed, expected in pairs if expected > 0]
    if len(alphas) < resamples / 2:
        return None, None
    low, high = np.quantile(alphas, [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)
