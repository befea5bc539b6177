"""Difference in differences when those who answer change: do they, and what is left when that is held fixed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.did import SIGNS
from tools.stats.tails import ChiSquareTest, chi_square_test, critical_value, two_sided_p

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class CompositionShift:
    """Shares of each category in the four cells, and by how much they moved more among the treated."""

    categories: tuple[object, ...]
    shares: FloatArray
    """categories × cells: treated after, treated before, control after, control before."""
    differences: tuple[float, ...]
    """The difference in differences of each share."""
    standard_errors: tuple[float, ...]
    test: ChiSquareTest
    """That all of them are 0."""


@dataclass(frozen=True, slots=True)
class AdjustedDifference:
    """The effect with everybody made like the treated after, and what that took away from the plain one."""

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    plain: float
    """The unadjusted difference in differences of the same rows."""
    part: float
    """plain − estimate: the part that comes from a changing mix of those who answer."""
    part_error: float
    part_low: float
    part_high: float
    part_p: float
    n: int
    clusters: int


def composition_shift(
    categories: ArrayLike, treated: ArrayLike, post: ArrayLike, clusters: ArrayLike | None = None
) -> CompositionShift:
    """Difference in differences of the shares of a category, with Wald's test that none moved.

    d_k = (share of k among the treated after − before) − (the same among the controls). Its influence is
    ±(1[k] − share)/n_cell, summed by cluster, covariance G/(G − 1) Σ ψψ'. The test's degrees of
    freedom are the covariance's rank, usually categories − 1.

    Args:
        categories: a label for each row.
        treated, post: 0/1.
        clusters: left out, every row.

    Raises ValueError for arrays of different lengths, an empty cell, or fewer than two clusters. One category: chi² 0,
    p 1.

    >>> labels, group = list("aabbaabb" * 5 + "aaabaabb" * 5), [1, 1, 1, 1, 0, 0, 0, 0] * 10
    >>> found = composition_shift(labels, group, [0] * 40 + [1] * 40)
    >>> found.differences, found.test.df
    ((0.25, -0.25), 1)
    """
    cell, label, n = _cells(treated, post, clusters, len(np.asarray(categories)))
    names, at = np.unique(np.asarray(categories), return_inverse=True)
    one = np.eye(len(names))[at]
    shares = np.array([one[cell == c].mean(axis=0) for c in range(4)])
    influence = (SIGNS[cell] / n[cell])[:, None] * (one - shares[cell])
    spread = _crossed(influence, label)
    d = SIGNS @ shares
    rank = int(np.linalg.matrix_rank(spread, hermitian=True, tol=1e-12))
    chi2 = float(d @ np.linalg.pinv(spread, rcond=1e-9, hermitian=True) @ d) if rank else 0.0
    test = chi_square_test(chi2, rank) if rank else ChiSquareTest(0.0, 0, 1.0)
    errors = tuple(float(e) for e in np.sqrt(np.maximum(np.diag(spread), 0)))
    return CompositionShift(tuple(names.tolist()), shares.T, tuple(float(x) for x in d), errors, test)


def adjusted_did(
    y: ArrayLike,
    treated: ArrayLike,
    post: ArrayLike,
    features: ArrayLike,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> AdjustedDifference:
    """Difference in differences with the features of those who answer held at those of the treated after.

    μ_c(x) is the least squares line of y on the features in cell c. With x̄ the mean features of the treated after,

        effect = ȳ_treated,after − μ_treated,before(x̄) − (μ_control,after(x̄) − μ_control,before(x̄)),

    the outcome-regression estimate of the effect on the treated under changing composition: groups may differ in their
    features, and the mix of each may change, as long as within equal features both would have changed alike. With
    dummies of one dimension it is the difference in differences within each of its values, averaged over the treated
    after. Errors: influences of the mean and of the three regressions summed by cluster, G/(G − 1), residuals of a cell
    times √(n_c/(n_c − rank)). Normal intervals.

    Args:
        y, treated, post: of one length; 0/1.
        features: rows × features, without a constant; must not be results of the treatment.
        clusters: left out, every row.

    Raises ValueError for arrays of different lengths, missing values, an empty cell, a cell with no more rows than
    features, fewer than two clusters, or features of the treated after that another cell does not have.

    Sant'Anna & Xu (2023), Difference-in-differences with compositional changes, arXiv 2304.13925; Heckman, Ichimura &
    Todd (1997), RES 64, 605-654.

    The treated lose 2 within each kind; that the mix went from two to one to one to two takes another 1:

    >>> kinds = [0, 0, 1] * 4 + [0, 1, 1] * 4 + [0, 0, 1] * 8
    >>> group, time = [1] * 24 + [0] * 24, [0] * 12 + [1] * 12 + [0] * 12 + [1] * 12
    >>> y = [9 - 3 * kind - 2 * g * t for kind, g, t in zip(kinds, group, time)]
    >>> found = adjusted_did(y, group, time, [[kind] for kind in kinds])
    >>> round(found.plain, 6), round(found.estimate, 6), round(found.part, 6)
    (-3.0, -2.0, -1.0)
    """
    values, x = np.asarray(y, float), np.asarray(features, float)
    cell, label, n = _cells(treated, post, clusters, len(values))
    if x.ndim != 2 or len(x) != len(values) or not np.all(np.isfinite(x)) or not np.all(np.isfinite(values)):
        raise ValueError("features must be rows × features, and neither they nor y may miss values.")
    x = np.hstack([np.ones((len(x), 1)), x])
    means = np.array([values[cell == c].mean() for c in range(4)])
    plain_influence = SIGNS[cell] * (values - means[cell]) / n[cell]
    there = x[cell == 0].mean(axis=0)
    estimate, influence = float(means[0]), np.zeros(len(values))
    slope = np.zeros(x.shape[1])
    for c in (1, 2, 3):
        rows = cell == c
        beta, share = _line(x[rows], values[rows], there)
        estimate += float(SIGNS[c]) * float(there @ beta)
        influence[rows] = SIGNS[c] * share
        slope += SIGNS[c] * beta
    own = values[cell == 0] + x[cell == 0] @ slope
    influence[cell == 0] = (own - own.mean()) / n[0]
    plain = float(SIGNS @ means)
    spread = _crossed(np.column_stack([influence, plain_influence - influence]), label)
    error, part_error = (math.sqrt(max(0.0, float(v))) for v in np.diag(spread))
    part, z = plain - estimate, critical_value(confidence)
    return AdjustedDifference(
        estimate,
        error,
        estimate - z * error,
        estimate + z * error,
        _p(estimate, error),
        plain,
        part,
        part_error,
        part - z * part_error,
        part + z * part_error,
        _p(part, part_error),
        len(values),
        int(label.max()) + 1,
    )


def _line(x: FloatArray, y: FloatArray, there: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Least squares, and each row's influence on the value at `there`."""
    inverse = np.linalg.pinv(x.T @ x, rcond=1e-10, hermitian=True)
    rank = int(np.linalg.matrix_rank(x))
    if len(x) <= rank:
        raise ValueError(f"a cell of {len(x)} rows is too small for {rank} features.")
    if not np.allclose(inverse @ (x.T @ x) @ there, there, atol=1e-6):
        raise ValueError("the treated after have features that another cell does not have: there is no overlap.")
    beta = inverse @ (x.T @ y)
    residual = (y - x @ beta) * math.sqrt(len(x) / (len(x) - rank))
    return beta, (x @ (inverse @ there)) * residual


def _p(estimate: float, error: float) -> float:
    if error == 0:
        return 1.0 if abs(estimate) < 1e-12 else 0.0
    return two_sided_p(estimate / error)


def _cells(
    treated: ArrayLike, post: ArrayLike, clusters: ArrayLike | None, rows: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Cells in the order of SIGNS, clusters numbered from 0, and the cells' sizes."""
    group, time = np.asarray(treated, int), np.asarray(post, int)
    label = np.arange(rows) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
    if not len(group) == len(time) == len(label) == rows or not set(np.unique([group, time])) <= {0, 1}:
        raise ValueError("all arrays must be of one length, treated and post 0 or 1.")
    cell = 2 * (1 - group) + (1 - time)
    n = np.bincount(cell, minlength=4)
    if np.any(n == 0) or len(np.unique(label)) < 2:
        raise ValueError("each of the four cells needs a row, and there must be two clusters or more.")
    return cell, label, n


def _crossed(influence: FloatArray, label: NDArray[np.int64]) -> FloatArray:
    groups = int(label.max()) + 1
    summed = np.zeros((groups, influence.shape[1]))
    np.add.at(summed, label, influence)
    crossed: FloatArray = groups / (groups - 1) * summed.T @ summed
    return crossed
