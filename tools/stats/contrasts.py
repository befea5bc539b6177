"""Means of cells with clustered covariance, and linear contrasts of them.

A cell is a set of answers; an answer belongs to a customer, who may answer in several cells. Everything that is a
weighted sum of cell means (a difference, a difference of differences, a step of an event study) follows from the
means and their covariance.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.tails import ChiSquareTest, chi_square_test, critical_value, two_sided_p

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """A weighted sum of means with its interval, in the unit of the means."""

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    df: float | None = None
    """Degrees of freedom of the t distribution; None for the normal."""


def clustered_mean_covariance(
    values: ArrayLike, cells: ArrayLike, clusters: ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means of cells, their covariance clustered by customer, and the cells' numbers of answers.

    With e_ca = Σ over customer c's answers in cell a of (y − ȳ_a), cov(ȳ_a, ȳ_b) = √(f_a f_b) Σ_c e_ca e_cb/(n_a n_b),
    f_a = G_a/(G_a − 1) for G_a customers in the cell. With one answer a customer this is s²/n on the diagonal
    and 0 beside it.

    Args:
        values: the answers' outcomes, any unit.
        cells: the cell of each answer, whole numbers 0 … k − 1, each of which occurs.
        clusters: the customer of each answer, whole numbers.

    Raises ValueError for arrays of different lengths, a missing value, or an empty cell. A cell of one customer has
    variance infinity: nothing can be said of it.

    Liang & Zeger (1986), Biometrika 73, 13-22 (CR1).

    >>> mean, cov, n = clustered_mean_covariance([1, 3, 2, 6], [0, 0, 1, 1], [1, 2, 3, 4])
    >>> mean.tolist(), cov.diagonal().round(6).tolist(), n.tolist()
    ([2.0, 4.0], [1.0, 4.0], [2.0, 2.0])
    """
    y, cell, cluster = np.asarray(values, float), np.asarray(cells, int), np.asarray(clusters)
    if not len(y) == len(cell) == len(cluster) or not len(y):
        raise ValueError("values, cells and clusters must be of one length above 0.")
    if not np.all(np.isfinite(y)):
        raise ValueError("values holds a missing or infinite outcome.")
    n = np.bincount(cell).astype(float)
    if np.any(n == 0):
        raise ValueError(f"cell {int(np.argmin(n))} holds no answer.")
    mean = np.bincount(cell, weights=y) / n
    _unique, who = np.unique(cluster, return_inverse=True)
    pairs, at = np.unique(np.stack([who, cell]), axis=1, return_inverse=True)
    error = np.zeros((int(who.max()) + 1, len(n)))
    error[pairs[0], pairs[1]] = np.bincount(at.ravel(), weights=y - mean[cell])
    groups = np.bincount(pairs[1], minlength=len(n)).astype(float)
    return mean, _scaled(error.T @ error, n, groups), n


def _scaled(products: FloatArray, n: FloatArray, groups: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = np.sqrt(np.where(groups > 1, groups / (groups - 1), np.inf))
        scaled: FloatArray = products * np.outer(factor / n, factor / n)
    lonely = groups <= 1
    scaled[lonely, :] = scaled[:, lonely] = 0.0
    scaled[lonely, lonely] = np.inf
    return scaled


def covariance_from_sums(
    n: ArrayLike, totals: ArrayLike, groups: ArrayLike, ss: ArrayLike, sn: ArrayLike, nn: ArrayLike
) -> FloatArray:
    """The covariance of `clustered_mean_covariance` from sums that a database can make.

    s_ca and n_ca are a customer's total and number of answers in a cell; entry (a, b) of the three k × k matrices is
    Σ_c s_ca s_cb, Σ_c s_ca n_cb and Σ_c n_ca n_cb.

    Args:
        n, totals, groups: answers, Σ y and customers of each cell, length k.
        ss, sn, nn: the matrices.

    Raises ValueError for an empty cell.

    >>> covariance_from_sums([2], [4], [2], [[10]], [[4]], [[2]]).round(9).tolist()
    [[1.0]]
    """
    n, totals, groups = np.asarray(n, float), np.asarray(totals, float), np.asarray(groups, float)
    if np.any(n <= 0):
        raise ValueError("every cell needs an answer.")
    mean = totals / n
    ss, sn, nn = np.asarray(ss, float), np.asarray(sn, float), np.asarray(nn, float)
    products = ss - sn * mean[None, :] - sn.T * mean[:, None] + nn * np.outer(mean, mean)
    return _scaled(products, n, groups)


def linear_contrast(
    means: ArrayLike, covariance: ArrayLike, weights: ArrayLike, df: float | None = None, confidence: float = 0.95
) -> Contrast:
    """Σ w m with SE √(w' C w); t with `df` degrees of freedom where given, else normal.

    Raises ValueError for shapes that do not fit and for a cell with weight whose mean or variance is unknown.

    >>> c = linear_contrast([10.0, 4.0], [[4.0, 0.0], [0.0, 5.0]], [1, -1])
    >>> round(c.estimate, 3), round(c.standard_error, 3), round(c.low, 2), round(c.high, 2), round(c.p_value, 4)
    (6.0, 3.0, 0.12, 11.88, 0.0455)
    """
    m, c, w = np.asarray(means, float), np.asarray(covariance, float), np.asarray(weights, float)
    if m.shape != w.shape or c.shape != (len(m), len(m)):
        raise ValueError("means and weights must be of one length k and covariance k × k.")
    used = w != 0
    if not np.all(np.isfinite(c[np.ix_(used, used)])):
        raise ValueError("a cell with weight rests on one customer: its variance is unknown.")
    if not np.all(np.isfinite(m[used])):
        raise ValueError("a mean with weight is missing.")
    estimate = float(m[used] @ w[used])
    error = math.sqrt(max(0.0, float(w[used] @ c[np.ix_(used, used)] @ w[used])))
    margin = (critical_value(confidence) if df is None else t_quantile(confidence, df)) * error
    p_value = _p(estimate, error, df)
    return Contrast(estimate, error, estimate - margin, estimate + margin, p_value, df)


def _p(estimate: float, error: float, df: float | None) -> float:
    if error == 0:
        return 1.0 if estimate == 0 else 0.0
    if df is None:
        return two_sided_p(estimate / error)
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(estimate / error)))


def t_quantile(confidence: float, df: float) -> float:
    """Two-sided quantile of Student's t; ValueError for df below 1 or a confidence outside 0-1.

    >>> round(t_quantile(0.95, 10), 4)
    2.2281
    """
    if not df >= 1 or not 0 < confidence < 1:
        raise ValueError(f"df {df} must be at least 1 and confidence {confidence} between 0 and 1.")
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + confidence / 2))


def joint_test(
    means: ArrayLike, covariance: ArrayLike, contrasts: Sequence[ArrayLike], denominator_df: float | None = None
) -> ChiSquareTest:
    """Wald's test that all contrasts are 0: χ² = d' (K C K')⁺ d, df q = rank of K C K'.

    With `denominator_df` ν the covariance counts as estimated with ν degrees of freedom (Hotelling's T²): p is that
    of F = (ν − q + 1)/(ν q) χ² with q and ν − q + 1 degrees of freedom. It is 1 where ν − q + 1 is not above 0:
    so few customers cannot reject so many contrasts.

    Args:
        contrasts: rows of K, each of length k.
        denominator_df: for example customers less one, or `hotelling_df`; None for the chi-square of large samples.

    Raises ValueError without contrasts, where none varies, and for a denominator_df that is not above 0.

    >>> joint_test([3.0, 1.0], [[1.0, 0.0], [0.0, 1.0]], [[1, 0], [0, 1]]).chi2
    10.0
    >>> round(joint_test([3.0, 1.0], [[1.0, 0.0], [0.0, 1.0]], [[1, 0], [0, 1]], denominator_df=11).p_value, 4)
    0.0394
    """
    k, m, c = _checked(means, covariance, contrasts)
    spread = k @ c @ k.T
    rank = int(np.linalg.matrix_rank(spread, hermitian=True))
    if rank == 0:
        raise ValueError("no contrast varies.")
    d = k @ m
    found = chi_square_test(float(d @ np.linalg.pinv(spread, hermitian=True) @ d), rank)
    return found if denominator_df is None else ChiSquareTest(found.chi2, rank, _hotelling_p(found, denominator_df))


def hotelling_df(covariance: ArrayLike, contrasts: Sequence[ArrayLike], clusters: ArrayLike) -> float:
    """Degrees of freedom of an estimated covariance of contrasts, for `joint_test(denominator_df=...)`.

    ν = q (q + 1) / (2 Σ_a h_a²/(G_a − 1)) with h_a = C_aa k_a' (K C K')⁺ k_a, cell a's share in the spread of the q
    contrasts (the h_a add up to q where cells share no customers): the approximate Hotelling T² of Zhang, in which
    the variance of each cell is estimated from its G_a customers. One contrast of two cells: Welch-Satterthwaite.

    Args:
        contrasts: rows of K, each of length k.
        clusters: customers of each cell, length k.

    Raises ValueError for a cell with weight of fewer than two customers, and as `joint_test`.

    Zhang (2012), Journal of Statistical Planning and Inference 142; Pustejovsky & Tipton (2018), JBES 36.

    >>> round(hotelling_df([[4.0, 0.0], [0.0, 1.0]], [[1, -1]], [11, 21]), 3)
    15.152
    """
    every = np.asarray(clusters, float)
    k, _m, c = _checked(np.zeros(len(every)), covariance, contrasts)
    groups = every[np.any(np.asarray(contrasts, float) != 0, axis=0)]
    if np.any(groups < 2):
        raise ValueError("a cell with weight rests on one customer: its variance is unknown.")
    spread = k @ c @ k.T
    rank = int(np.linalg.matrix_rank(spread, hermitian=True))
    if rank == 0:
        raise ValueError("no contrast varies.")
    shares = np.diag(c) * np.einsum("ia,ij,ja->a", k, np.linalg.pinv(spread, hermitian=True), k)
    return float(rank * (rank + 1) / (2 * np.sum(shares**2 / (groups - 1))))


def _checked(
    means: ArrayLike, covariance: ArrayLike, contrasts: Sequence[ArrayLike]
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Contrasts, means and covariance of the cells that have a weight."""
    k = np.asarray(contrasts, float)
    if k.ndim != 2 or not len(k):
        raise ValueError("contrasts needs at least one row.")
    m, c = np.asarray(means, float), np.asarray(covariance, float)
    used = np.any(k != 0, axis=0)
    k, m, c = k[:, used], m[used], c[np.ix_(used, used)]
    if not np.all(np.isfinite(c)):
        raise ValueError("a cell with weight rests on one customer: its variance is unknown.")
    if not np.all(np.isfinite(m)):
        raise ValueError("a mean with weight is missing.")
    return k, m, c


def _hotelling_p(found: ChiSquareTest, df: float) -> float:
    if not df > 0:
        raise ValueError(f"denominator_df {df} must be above 0.")
    left = df - found.df + 1
    if left <= 0:
        return 1.0
    from scipy.special import fdtrc

    return float(fdtrc(found.df, left, left / (df * found.df) * found.chi2))
