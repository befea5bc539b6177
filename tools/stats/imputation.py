"""Missing ratings: multiple imputation by chained regressions, and Rubin's rules to pool what is computed from it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.contrasts import t_quantile
from tools.stats.drivers import cross_products
from tools.stats.tails import critical_value, two_sided_p

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]
_RIDGE = 1e-5
_LARGE_DF = 1e6


@dataclass(frozen=True)
class Pooled:
    """An estimate from m completed data sets, with its interval and test of 0."""

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    df: float
    """Degrees of freedom of t; infinity where the estimates agree."""
    within: float
    """Mean of the variances."""
    between: float
    """Variance of the estimates, divisor m − 1."""
    fraction_missing: float
    """Share of the information that is missing, 0 to 1."""


def rubin_pool(
    estimates: Sequence[float],
    variances: Sequence[float],
    *,
    confidence: float = 0.95,
    df_complete: float | None = None,
) -> Pooled:
    """Rubin's rules: one estimate and one variance from m imputations.

        Q̄ = mean(Q_i),   T = Ū + (1 + 1/m) B,   r = (1 + 1/m) B/Ū,
        ν = (m − 1)(1 + 1/r)²,   interval Q̄ ∓ t_ν √T,   γ = (r + 2/(ν + 3))/(r + 1),

    Ū the mean variance, B the variance of the estimates. With `df_complete` (degrees of freedom that the complete data
    would have), ν becomes ν ν'/(ν + ν') with ν' = (ν_c + 1)/(ν_c + 3) ν_c Ū/T. B = 0: ν infinite (or ν'), γ = 0.
    Variances of 0 throughout: ν = m − 1, γ = 1.

    Raises ValueError for fewer than two estimates, lists of different lengths, a negative variance, missing values, a
    `df_complete` not above 0, and where nothing varies at all.

    Rubin (1987), Multiple Imputation for Nonresponse in Surveys, 3.1; Barnard & Rubin (1999), Biometrika 86, 948-955.

    >>> pooled = rubin_pool([1.0, 2.0, 3.0], [1.0, 1.0, 1.0])
    >>> round(pooled.standard_error**2, 4), round(pooled.df, 3), round(pooled.fraction_missing, 4)
    (2.3333, 6.125, 0.6654)

    By hand: T = 1 + (4/3)·1, r = 4/3, ν = 2 (1 + 3/4)² = 6.125.
    """
    q, u = np.asarray(estimates, float), np.asarray(variances, float)
    m = len(q)
    if q.shape != u.shape or m < 2 or not np.all(np.isfinite(q)) or not np.all(np.isfinite(u)) or np.any(u < 0):
        raise ValueError("two estimates or more are needed, each with its variance of 0 or more.")
    if df_complete is not None and not df_complete > 0:
        raise ValueError(f"df_complete must be above 0, not {df_complete}; leave it out where it is unknown.")
    estimate, within, between = float(q.mean()), float(u.mean()), float(q.var(ddof=1))
    added = (1 + 1 / m) * between
    total = within + added
    if total <= 0:
        raise ValueError("nothing varies: there is no variance to pool.")
    df = math.inf if added == 0 else (m - 1) * (1 + within / added) ** 2
    if df_complete is not None and math.isfinite(df_complete):
        observed = (df_complete + 1) / (df_complete + 3) * df_complete * within / total
        df = observed if math.isinf(df) else df * observed / (df + observed) if df + observed > 0 else 1.0
    rise = math.inf if within == 0 else added / within
    missing = 1.0 if math.isinf(rise) else (rise + (0.0 if math.isinf(df) else 2 / (df + 3))) / (rise + 1)
    error = math.sqrt(total)
    margin = _quantile(confidence, df) * error
    return Pooled(
        estimate=estimate,
        standard_error=error,
        low=estimate - margin,
        high=estimate + margin,
        p_value=_p(estimate / error, df),
        df=df,
        within=within,
        between=between,
        fraction_missing=missing if added > 0 else 0.0,
    )


def _quantile(confidence: float, df: float) -> float:
    return critical_value(confidence) if df > _LARGE_DF else t_quantile(confidence, max(df, 1.0))


def _p(t: float, df: float) -> float:
    if df > _LARGE_DF:
        return two_sided_p(t)
    from scipy.special import stdtr

    return float(2 * stdtr(max(df, 1.0), -abs(t)))


def impute_normal(values: ArrayLike, *, imputations: int = 20, sweeps: int = 5, seed: int = 0) -> list[FloatArray]:
    """Complete copies of a table with missing values (NaN), by chained Bayesian linear regressions.

    Each column with gaps is regressed on all others (outcome included) in those rows where it was observed; σ² and the
    coefficients are drawn from their posterior (σ² = RSS/χ²_{n−k}, b ~ N(b̂, σ² (X'X)⁻¹)), and the gaps are filled with
    X b + σ ε. `sweeps` rounds over the columns make one copy, each copy from a start and draws of its own. With all
    columns so treated this draws from the multivariate normal. Imputed ratings are not rounded, which would bias their
    means and correlations. Supposes that whether a value is missing depends on observed columns only (MAR).

    Own code: scikit-learn's IterativeImputer shrinks (BayesianRidge) and refits from scratch, statsmodels' MICE
    needs pandas and formulas; here an update costs two products of the rows with a gap.

    Args:
        values: n × q, NaN where missing; the outcome should be one of the columns.

    Raises ValueError for a column with fewer than q + 2 observed values, infinite values, or no imputations or sweeps.

    van Buuren (2018), Flexible Imputation of Missing Data, 2nd ed., algorithms 3.1 and 4.3 (mice, `norm`).

    >>> table = [[1.0, 2.1], [2.0, 3.9], [3.0, 6.2], [4.0, 7.8], [5.0, float("nan")], [6.0, 12.1]]
    >>> copies = impute_normal(table, imputations=50)
    >>> 9.5 < float(np.mean([copy[4, 1] for copy in copies])) < 10.5
    True
    """
    table = np.asarray(values, float)
    if table.ndim != 2 or not table.size or imputations < 1 or sweeps < 1 or np.any(np.isinf(table)):
        raise ValueError("values must be n × q and finite, imputations and sweeps 1 or more.")
    missing = np.isnan(table)
    seen = (~missing).sum(axis=0)
    if np.any(seen < table.shape[1] + 2):
        raise ValueError(f"column {int(np.argmin(seen))} has too few observed values to impute from.")
    if not missing.any():
        return [table.copy() for _copy in range(imputations)]
    mean, scale = np.nanmean(table, axis=0), np.nanstd(table, axis=0)
    scale = np.where(scale > 0, scale, 1.0)
    z = (table - mean) / scale
    rng = np.random.default_rng(seed)
    order = np.argsort(missing.sum(axis=0), kind="stable")
    gaps = [(int(column), np.flatnonzero(missing[:, column])) for column in order if missing[:, column].any()]
    return [_one(z, gaps, sweeps, rng) * scale + mean for _copy in range(imputations)]


def _one(z: FloatArray, gaps: list[tuple[int, IntArray]], sweeps: int, rng: np.random.Generator) -> FloatArray:
    """A completed copy; a column of ones stands last while it is made."""
    filled = np.column_stack([z, np.ones(len(z))])
    for column, gap in gaps:
        seen = np.delete(z[:, column], gap)
        filled[gap, column] = rng.choice(seen, size=len(gap))
    for _sweep in range(sweeps):
        gram = cross_products(filled, filled)
        for column, gap in gaps:
            _redraw(filled, gram, column, gap, rng)
    return filled[:, :-1]


def _redraw(filled: FloatArray, gram: FloatArray, column: int, gap: IntArray, rng: np.random.Generator) -> None:
    """One column's gaps once more, given what the others hold now; `gram` is kept up with them."""
    others = np.delete(np.arange(filled.shape[1]), column)
    beside = filled[gap]
    seen = gram - cross_products(beside, beside)
    products = seen[np.ix_(others, others)]
    products[np.diag_indices_from(products)] *= 1 + _RIDGE
    root = np.linalg.inv(np.linalg.cholesky(products))
    best = root.T @ (root @ seen[others, column])
    free = max(len(filled) - len(gap) - len(others), 1)
    rest = max(float(seen[column, column] - best @ seen[others, column]), 0.0)
    sigma = math.sqrt(rest / rng.chisquare(free))
    drawn = best + sigma * root.T @ rng.standard_normal(len(others))
    beside[:, column] = beside[:, others] @ drawn + sigma * rng.standard_normal(len(gap))
    filled[gap, column] = beside[:, column]
    gram[:] = seen + cross_products(beside, beside)
