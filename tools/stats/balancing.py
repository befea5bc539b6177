"""Entropy balancing: weights that make the controls' means equal to a target, as near to equal weights as can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.propensity import independent_columns

FloatArray = NDArray[np.float64]
ROUNDING = 1e-13


class InfeasibleTargetError(ValueError):
    """No weights have the wanted means; `columns` are those that stayed furthest off."""

    def __init__(self, columns: tuple[int, ...]) -> None:
        self.columns = columns
        super().__init__(
            f"No weights of these rows have the wanted means: the target lies outside of what the rows span "
            f"(furthest off: columns {', '.join(str(column) for column in columns)})."
        )


@dataclass(frozen=True)
class BalancingWeights:
    """Weights that sum to 1, with the multipliers they come from."""

    weights: FloatArray
    multipliers: FloatArray
    """w is proportional to base · exp(x'multipliers); 0 for a column that is a sum of others."""
    iterations: int
    largest_imbalance: float
    """Largest |weighted mean − target| in standard deviations of the column."""
    divergence: float
    """Kullback-Leibler distance Σ w log(w/q) from the base weights; 0: unchanged."""


def entropy_balance(
    x_control: ArrayLike,
    target_moments: ArrayLike,
    base_weights: ArrayLike | None = None,
    *,
    tolerance: float = 1e-8,
    max_iterations: int = 200,
) -> BalancingWeights:
    """Weights w of the controls with Σ w x = target that minimise Σ w log(w/q), Σ w = 1 (Hainmueller).

    Solved in the convex dual, min over l of log Σ q exp(l'(x − target)), by Newton's method with halved steps. For
    second moments pass squares as further columns. That the target cannot be reached is proved, not guessed, where it
    is strictly out of reach: a dual value below log(min q) cannot occur otherwise.

    Args:
        x_control: n × k numbers.
        target_moments: k wanted means, usually those of the treated.
        base_weights: q, above 0; equal when left out.
        tolerance: largest imbalance that passes, in standard deviations of the column.

    Raises InfeasibleTargetError (a ValueError) where no weights reach the target or the search does not settle, and
    ValueError for shapes that do not fit, missing values or base weights that are not above 0. A target on the edge
    of the controls' range (0 of a category that some controls have) is met in the limit: such controls get weights
    near 0.

    Hainmueller (2012), Political Analysis 20, 25-46.

    Means 0, 1, 2 with target 1.5: w ∝ exp(l x), and w₂ − w₀ = 0.5 has the solution exp(l) = (1 + √13)/2
    >>> b = entropy_balance([[0], [1], [2]], [1.5])
    >>> b.weights.round(4).tolist(), round(float(np.exp(b.multipliers[0])), 4), round((1 + 13**0.5) / 2, 4)
    ([0.1162, 0.2676, 0.6162], 2.3028, 2.3028)
    """
    x, target, q = _checked(x_control, target_moments, base_weights)
    scale = x.std(axis=0)
    scale = np.where(scale > 1e-12 * np.maximum(np.abs(x).max(axis=0), 1e-300), scale, 1.0)
    away = (x - target) / scale
    flat = np.ptp(x, axis=0) == 0
    if np.any(flat & (np.abs(away[0]) > tolerance)):
        raise InfeasibleTargetError(tuple(np.flatnonzero(flat & (np.abs(away[0]) > tolerance)).tolist()))
    kept = independent_columns(away)
    used = away[:, kept]
    multipliers = np.zeros(len(kept))
    floor = float(np.log(q.min())) - 1e-9
    for iteration in range(max_iterations + 1):
        value, weights = _dual(used, q, multipliers)
        off = weights @ away
        worst = float(np.max(np.abs(off), initial=0.0))
        if worst <= tolerance:
            found = np.zeros(x.shape[1])
            found[kept] = multipliers / scale[kept]
            return BalancingWeights(weights, found, iteration, worst, max(0.0, -value))
        if value < floor or iteration == max_iterations:
            break
        step = _step(used, q, multipliers, weights, value)
        if step is None:
            break
        multipliers = multipliers + step
    order = np.argsort(-np.abs(off), kind="stable")
    raise InfeasibleTargetError(tuple(int(i) for i in order[:3] if abs(off[i]) > max(tolerance, 0.5 * worst)))


def _dual(away: FloatArray, q: FloatArray, multipliers: FloatArray) -> tuple[float, FloatArray]:
    exponent = np.log(q) + away @ multipliers
    top = float(exponent.max())
    weights = np.exp(exponent - top)
    total = float(weights.sum())
    return top + float(np.log(total)), weights / total


def _step(
    away: FloatArray, q: FloatArray, multipliers: FloatArray, weights: FloatArray, value: float
) -> FloatArray | None:
    """Newton's step, halved until the dual falls; None when it cannot fall any more."""
    gradient = weights @ away
    curvature = away.T @ (away * weights[:, None]) - np.outer(gradient, gradient)
    direction: FloatArray = -np.asarray(np.linalg.lstsq(curvature, gradient, rcond=1e-14)[0], float)
    slope = float(gradient @ direction)
    if not slope < 0:
        direction, slope = -gradient, -float(gradient @ gradient)
    size = 1.0
    while size > 1e-10:
        if _dual(away, q, multipliers + size * direction)[0] <= value + 1e-4 * size * slope + ROUNDING:
            step: FloatArray = size * direction
            return step
        size /= 2
    return None


def _checked(
    x_control: ArrayLike, target_moments: ArrayLike, base_weights: ArrayLike | None
) -> tuple[FloatArray, FloatArray, FloatArray]:
    x, target = np.asarray(x_control, float), np.asarray(target_moments, float)
    x = x[:, None] if x.ndim == 1 else x
    if x.ndim != 2 or not len(x) or target.shape != (x.shape[1],):
        raise ValueError("x_control must be n × k and target_moments of length k.")
    if not (np.all(np.isfinite(x)) and np.all(np.isfinite(target))):
        raise ValueError("x_control or target_moments holds a missing or infinite value.")
    q = np.ones(len(x)) if base_weights is None else np.asarray(base_weights, float)
    if q.shape != (len(x),) or not np.all(np.isfinite(q)) or np.any(q <= 0):
        raise ValueError("base_weights must be one number above 0 for each row.")
    return x, target, q / q.sum()
