"""Difference in differences with two groups and two periods: from rows, from paired units, from four means.

Everywhere: effect = (treated after − treated before) − (control after − control before), in the unit of y. It is the
effect on the treated if both groups would otherwise have changed by the same amount.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.contrasts import t_quantile
from tools.stats.tails import check_choice, critical_value, two_sided_p

FloatArray = NDArray[np.float64]
Errors = Literal["classical", "HC1", "CR1"]
SIGNS = np.array([1.0, -1.0, -1.0, 1.0])
"""Of the cells treated after, treated before, control after, control before."""


@dataclass(frozen=True, slots=True)
class DifferenceInDifferences:
    """The effect with its error, in the unit of y; cells stand as treated after, before, control after, before."""

    estimate: float
    standard_error: float | None
    low: float | None
    high: float | None
    t: float | None
    p_value: float | None
    df: float | None
    """Degrees of freedom of t; None for the normal."""
    means: tuple[float, float, float, float]
    n: tuple[int, int, int, int] | None
    clusters: int | None


def difference_in_differences(
    y: ArrayLike,
    treated: ArrayLike,
    post: ArrayLike,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
    errors: Errors | None = None,
) -> DifferenceInDifferences:
    """The 2 × 2 difference in differences from rows; the coefficient of treated·post in y ~ treated·post.

    With e the residual from its cell's mean, n rows and four cells of n_c rows:

        classical  s² Σ 1/n_c with s² = Σ e²/(n − 4), t with n − 4 degrees of freedom
        HC1        n/(n − 4) Σ_c Σ e²/n_c², t with n − 4
        CR1        G/(G − 1) (n − 1)/(n − 4) Σ_g (Σ_{i in g} ± e_i/n_c)², t with G − 1, G clusters

    as regression programs have them (Stata's `regress`, `vce(robust)`, `vce(cluster)`). A cluster may hold rows of
    several cells: with the same units before and after, clustering by unit accounts for the pairing.

    Args:
        y, treated, post: of one length; `treated` and `post` are 0/1 or booleans.
        clusters: a label for each row.
        errors: left out, CR1 with clusters and classical without.

    Raises ValueError for arrays of different lengths, missing values, values other than 0/1, an empty cell, four rows
    or fewer, fewer than two clusters, or CR1 without clusters (and the others with them).

    Card & Krueger (1994), AER 84, 772-793; Wooldridge (2020), Introductory Econometrics, 13.2; Liang & Zeger (1986).

    >>> y = [9, 11, 4, 6, 10, 12, 9, 11]
    >>> d = difference_in_differences(y, [1, 1, 1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0, 1, 1])
    >>> d.estimate, d.standard_error, d.means
    (-4.0, 2.0, (5.0, 10.0, 10.0, 11.0))
    """
    values, cell = _rows(y, treated, post)
    label = None if clusters is None else _one_column(clusters, len(values))
    errors = errors or ("classical" if label is None else "CR1")
    check_choice("errors", errors, ("classical", "HC1", "CR1"))
    if (errors == "CR1") != (label is not None):
        raise ValueError("CR1 needs clusters, classical and HC1 take none.")
    n = np.bincount(cell, minlength=4)
    if np.any(n == 0) or len(values) <= 4:
        raise ValueError(f"each of the four cells needs a row, and all of them more than four; they hold {n.tolist()}.")
    means = np.bincount(cell, weights=values, minlength=4) / n
    residual = values - means[cell]
    rows, variance, df, groups = len(values), 0.0, float(len(values) - 4), None
    if errors == "classical":
        variance = float(residual @ residual) / (rows - 4) * float((1 / n).sum())
    else:
        influence: FloatArray = SIGNS[cell] * residual / n[cell]
        factor = rows / (rows - 4)
        if label is not None:
            _names, at = np.unique(label, return_inverse=True)
            influence = np.bincount(at, weights=influence).astype(float)
            groups = len(influence)
            if groups < 2:
                raise ValueError("clustered errors need two clusters or more.")
            factor, df = groups / (groups - 1) * (rows - 1) / (rows - 4), float(groups - 1)
        variance = factor * float(influence @ influence)
    return _result(means, math.sqrt(variance), df, confidence, n, groups)


def panel_difference_in_differences(
    before: ArrayLike, after: ArrayLike, treated: ArrayLike, confidence: float = 0.95, equal_variances: bool = False
) -> DifferenceInDifferences:
    """The same with every unit seen in both periods: the difference of the two groups' mean changes.

    With Δ = after − before of a unit, effect = mean Δ of the treated − mean Δ of the controls. SE = √(s₁²/n₁ + s₀²/n₀)
    with Welch-Satterthwaite degrees of freedom or, with `equal_variances`, the pooled t test (n₁ + n₀ − 2).

    Args:
        before, after: the units' outcomes, in the same order.
        treated: 0/1 for each unit.

    Raises ValueError for arrays of different lengths, missing values, or fewer than two units in a group.

    Card & Krueger (1994), Table 3; Welch (1947), Biometrika 34, 28-35.

    >>> d = panel_difference_in_differences([10, 12, 10, 12], [14, 18, 11, 13], [1, 1, 0, 0])
    >>> d.estimate, d.standard_error, d.n
    (4.0, 1.0, (2, 2, 2, 2))
    """
    first, second = np.asarray(before, float), np.asarray(after, float)
    group = _binary(treated, "treated")
    if not len(first) == len(second) == len(group):
        raise ValueError("before, after and treated must be of one length.")
    change = second - first
    if not np.all(np.isfinite(change)):
        raise ValueError("before or after holds a missing or infinite outcome; leave such units out.")
    sides = [change[group == 1], change[group == 0]]
    sizes = [len(side) for side in sides]
    if min(sizes) < 2:
        raise ValueError(f"each group needs two units; they hold {sizes}.")
    spread = [float(side.var(ddof=1)) for side in sides]
    if equal_variances:
        df = float(sum(sizes) - 2)
        pooled = sum(s * (n - 1) for s, n in zip(spread, sizes, strict=True)) / df
        error = math.sqrt(pooled * sum(1 / n for n in sizes))
    else:
        parts = [s / n for s, n in zip(spread, sizes, strict=True)]
        error, df = math.sqrt(sum(parts)), welch_df(parts, sizes)
    means = [float(x[group == g].mean()) for g in (1, 0) for x in (second, first)]
    n = np.array([sizes[0], sizes[0], sizes[1], sizes[1]])
    return _result(np.array(means), error, df, confidence, n, sum(sizes))


def did_from_means(
    treated_before: float,
    treated_after: float,
    control_before: float,
    control_after: float,
    standard_errors: Sequence[float] | None = None,
    confidence: float = 0.95,
) -> DifferenceInDifferences:
    """The same from four printed means; with their four standard errors, of independent samples, SE = √Σ se².

    Args:
        standard_errors: of the four means in the order of the arguments; left out, the result has no error.

    Raises ValueError for missing means, and for other than four standard errors above or equal to 0.

    Card & Krueger (1994), Table 3, row 1 to 3: employment in New Jersey and Pennsylvania before and after the rise.

    >>> d = did_from_means(20.44, 21.03, 23.33, 21.17, [0.51, 0.52, 1.35, 0.94])
    >>> round(d.estimate, 2), round(d.standard_error, 2)
    (2.75, 1.8)

    Most of these restaurants were asked in both waves, so that the samples are not independent: see
    `panel_difference_in_differences`, which gives 1.34.
    """
    means = np.array([treated_after, treated_before, control_after, control_before], float)
    if not np.all(np.isfinite(means)):
        raise ValueError("all four means are needed.")
    if standard_errors is None:
        estimate = float(SIGNS @ means)
        return DifferenceInDifferences(estimate, None, None, None, None, None, None, _four(means), None, None)
    errors = np.asarray(standard_errors, float)
    if errors.shape != (4,) or not np.all(errors >= 0) or not np.all(np.isfinite(errors)):
        raise ValueError(f"four standard errors of 0 or more are needed, not {list(standard_errors)}.")
    return _result(means, math.sqrt(float(errors @ errors)), None, confidence, None, None)


def welch_df(variances: ArrayLike, sizes: ArrayLike) -> float:
    """Degrees of freedom of a sum of independent means: (Σ v)²/Σ (v²/(n − 1)), v the variance of each mean.

    Args:
        variances: of the means (s²/n), times their squared weights where they have weights other than ±1.
        sizes: observations behind each.

    At least 1. Where all variances are 0: Σ (n − 1). Raises ValueError for a size below 2 or a variance
    that is negative or missing.

    Satterthwaite (1946), Biometrics Bulletin 2, 110-114.

    >>> welch_df([1.0, 1.0], [11, 11])
    20.0
    """
    v, n = np.asarray(variances, float), np.asarray(sizes, float)
    if np.any(n < 2) or not np.all(v >= 0) or not np.all(np.isfinite(v)):
        raise ValueError("each mean needs two observations or more and a variance of 0 or more.")
    below = float((v**2 / (n - 1)).sum())
    return max(1.0, float(v.sum()) ** 2 / below) if below > 0 else float((n - 1).sum())


def _result(
    means: FloatArray,
    error: float,
    df: float | None,
    confidence: float,
    n: NDArray[np.int64] | None,
    clusters: int | None,
) -> DifferenceInDifferences:
    estimate = float(SIGNS @ means)
    margin = (critical_value(confidence) if df is None else t_quantile(confidence, df)) * error
    t = estimate / error if error > 0 else None
    return DifferenceInDifferences(
        estimate,
        error,
        estimate - margin,
        estimate + margin,
        t,
        _p(estimate, t, df),
        df,
        _four(means),
        None if n is None else (int(n[0]), int(n[1]), int(n[2]), int(n[3])),
        clusters,
    )


def _p(estimate: float, t: float | None, df: float | None) -> float:
    if t is None:
        return 1.0 if estimate == 0 else 0.0
    if df is None:
        return two_sided_p(t)
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def _four(means: FloatArray) -> tuple[float, float, float, float]:
    return float(means[0]), float(means[1]), float(means[2]), float(means[3])


def _rows(y: ArrayLike, treated: ArrayLike, post: ArrayLike) -> tuple[FloatArray, NDArray[np.int64]]:
    """Outcomes and cells, 0 to 3 in the order of SIGNS."""
    values, group, time = np.asarray(y, float), _binary(treated, "treated"), _binary(post, "post")
    if values.ndim != 1 or not len(values) == len(group) == len(time):
        raise ValueError("y, treated and post must be of one length.")
    if not np.all(np.isfinite(values)):
        raise ValueError("y holds a missing or infinite outcome; leave such rows out.")
    return values, 2 * (1 - group) + (1 - time)


def _binary(values: ArrayLike, name: str) -> NDArray[np.int64]:
    found = np.asarray(values, float)
    if found.ndim != 1 or not np.all((found == 0) | (found == 1)):
        raise ValueError(f"{name} must be a list of 0 and 1.")
    return found.astype(np.int64)


def _one_column(labels: ArrayLike, rows: int) -> NDArray[np.generic]:
    found = np.asarray(labels)
    if found.shape != (rows,):
        raise ValueError("clusters must be as long as y.")
    return found
