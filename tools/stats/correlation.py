"""How far two numbers of the same answers go together on a straight line."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.tails import critical_value

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Correlation:
    """Pearson's r with its interval."""

    estimate: float
    """-1 to 1."""
    low: float
    high: float
    n: int
    design_effect: float
    """How many times repeated answers widen the variance, at least 1."""


def correlation(
    x: ArrayLike, y: ArrayLike, *, clusters: ArrayLike | None = None, confidence: float = 0.95
) -> Correlation:
    """Pearson's product-moment correlation with Fisher's interval.

        r = Σ (x − x̄)(y − ȳ) / √(Σ (x − x̄)² Σ (y − ȳ)²),    tanh(atanh r ∓ z √(deff/(n − 3)))

    With `clusters` (the customer of each answer) deff is the variance of Σ h_i clustered by customer, divided by the
    same with every answer its own cluster, at least 1; h = uv − r (u² + v²)/2 is the influence of an answer on r, u and
    v its standardised values. Without them deff is 1. Below four answers the interval is -1 to 1; at r = ±1 it is r.

    Raises ValueError for arrays of different lengths, fewer than two answers, a missing value, or a constant column.

    Fisher (1921), Metron 1, 3-32; Devlin, Gnanadesikan & Kettenring (1975), Biometrika 62, 531-545 (influence).

    >>> found = correlation([1, 2, 3, 4, 5], [2, 1, 4, 3, 5])
    >>> round(found.estimate, 6), round(found.low, 3), round(found.high, 3)
    (0.8, -0.28, 0.986)

    Five answers leave even a strong correlation in doubt: r = 0.8 is compatible with none at all.
    """
    a, b = np.asarray(x, float), np.asarray(y, float)
    if a.ndim != 1 or a.shape != b.shape or len(a) < 2:
        raise ValueError("x and y must be rows of one length, two or more.")
    if not (np.all(np.isfinite(a)) and np.all(np.isfinite(b))):
        raise ValueError("x or y holds a missing or infinite value.")
    if not (np.ptp(a) > 0 and np.ptp(b) > 0):
        raise ValueError("A constant has no correlation with anything.")
    u, v = (a - a.mean()) / a.std(), (b - b.mean()) / b.std()
    r = float(np.clip(np.mean(u * v), -1.0, 1.0))
    effect = 1.0 if clusters is None else _design_effect(u * v - r * (u * u + v * v) / 2, np.asarray(clusters))
    n = len(a)
    if n < 4:
        return Correlation(r, -1.0, 1.0, n, effect)
    if abs(r) > 1 - 1e-12:
        return Correlation(r, r, r, n, effect)
    margin = critical_value(confidence) * math.sqrt(effect / (n - 3))
    centre = math.atanh(r)
    return Correlation(r, math.tanh(centre - margin), math.tanh(centre + margin), n, effect)


def _design_effect(influence: FloatArray, clusters: NDArray[np.generic]) -> float:
    if clusters.shape != influence.shape:
        raise ValueError("clusters must be as long as x and y.")
    _unique, who = np.unique(clusters, return_inverse=True)
    sums = np.bincount(who, weights=influence)
    plain, groups = float(influence @ influence), len(sums)
    if groups < 2 or plain <= 0:
        return 1.0
    return max(1.0, float(sums @ sums) * groups / (groups - 1) / (plain * len(influence) / (len(influence) - 1)))
