"""What goes with an outcome, and how much: the explained variance R² divided among correlated drivers.

Everything here starts from correlations, so that one pass over the answers is enough. A driver is one column, or a
block of columns that belong together (the dummies of a category).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
MAX_EXACT = 20
"""Drivers up to which all 2^k subsets are gone through."""
_SINGULAR = 1e-9
_SLICE = 128
_BATCH = 4_000_000
"""Numbers that are held at once while subsets are gone through."""


@dataclass(frozen=True)
class Importance:
    """R² and its parts, in the order of the drivers; the parts add up to R²."""

    r_squared: float
    weights: tuple[float, ...]
    """Share of the outcome's variance, 0 to 1."""
    shares: tuple[float | None, ...]
    """Share of R², 0 to 1; None where R² is 0."""


@dataclass(frozen=True)
class Halo:
    """How much a set of items moves as one."""

    mean_correlation: float
    """Average of the correlations between items."""
    first_component: float
    """Share of the items' variance on the first principal component, 1/k to 1."""


def shapley_r2(
    correlations: ArrayLike, outcome_correlations: ArrayLike, blocks: Sequence[Sequence[int]] | None = None
) -> Importance:
    """R² divided by the average gain over all orders in which drivers can enter (LMG, Shapley value).

    With R²(S) that of the regression on the drivers in S and k drivers in all, driver j receives

        φ_j = Σ_{S without j} |S|! (k − |S| − 1)!/k! · (R²(S ∪ j) − R²(S)),   Σ φ_j = R².

    Exact: all subsets are gone through. No weight is negative. A column that is a sum of columns already in S adds
    nothing; two identical drivers share what they have evenly. The weights of blocks do not depend on how a category is
    coded.

    Args:
        correlations: p × p between the columns.
        outcome_correlations: of each column with the outcome, length p.
        blocks: column numbers of each driver; left out, each column is a driver.

    Raises ValueError for shapes that do not fit, entries outside −1 to 1, a matrix that no data can have, blocks that
    do not hold each column once, and more than 20 drivers (use `johnson_weights`).

    Lindeman, Merenda & Gold (1980), Introduction to Bivariate and Multivariate Analysis; Grömping (2006), Journal of
    Statistical Software 17(1) (R package relaimpo, `lmg`).

    >>> found = shapley_r2([[1, 0.5], [0.5, 1]], [0.6, 0.4])
    >>> round(found.r_squared, 7), [round(w, 7) for w in found.weights]
    (0.3733333, [0.2866667, 0.0866667])

    Of the 37 % that the two drivers explain together, the first carries 29 and the second 9.
    """
    whole = _joined(correlations, outcome_correlations)
    columns = _checked_blocks(blocks, len(whole) - 1)
    return _importance(shapley_batch(whole[None], columns)[0])


def johnson_weights(
    correlations: ArrayLike, outcome_correlations: ArrayLike, blocks: Sequence[Sequence[int]] | None = None
) -> Importance:
    """Johnson's relative weights: R² divided by way of the nearest uncorrelated columns.

    With R = Q D Q' the columns' correlations, Λ = Q D^½ Q' (the correlations of the columns with the orthonormal
    columns nearest to them) and β = Λ⁻¹ r the outcome's regression on those, column j receives

        ε_j = Σ_k Λ_jk² β_k²,   Σ ε_j = R².

    Close to `shapley_r2` (equal for two drivers) at the cost of one decomposition, whatever the number of drivers. A
    block's weight is the sum of its columns' weights, which, unlike Shapley's, depends a little on how a category is
    coded. Eigenvalues below 1e−9 are taken for 0.

    Args and errors as for `shapley_r2`, without its limit of drivers.

    Johnson (2000), Multivariate Behavioral Research 35, 1-19; Tonidandel & LeBreton (2015), Journal of Business and
    Psychology 30, 207-216.

    >>> found = johnson_weights([[1, 0.5], [0.5, 1]], [0.6, 0.4])
    >>> [round(w, 7) for w in found.weights], [round(100 * s, 1) for s in found.shares if s is not None]
    ([0.2866667, 0.0866667], [76.8, 23.2])
    """
    whole = _joined(correlations, outcome_correlations)
    columns = _checked_blocks(blocks, len(whole) - 1)
    return _importance(johnson_batch(whole[None], columns)[0])


def variance_inflation(correlations: ArrayLike) -> tuple[float, ...]:
    """How many times correlation with the other columns inflates the variance of each coefficient: diag(R⁻¹).

    VIF_j = 1/(1 − R²_j), R²_j that of column j on all others; 1 where it is correlated with none, infinity where it is
    a sum of others. A single column: 1. Above 5 coefficients are called unstable, above 10 not to be read alone.

    Raises ValueError as `shapley_r2` does.

    Marquardt (1970), Technometrics 12, 591-612.

    >>> [round(v, 4) for v in variance_inflation([[1, 0.8], [0.8, 1]])]
    [2.7778, 2.7778]
    """
    matrix = _checked(correlations)
    found = []
    for at in range(len(matrix)):
        others = [i for i in range(len(matrix)) if i != at]
        beside = matrix[at, others]
        explained = float(beside @ np.linalg.pinv(matrix[np.ix_(others, others)], rcond=1e-10, hermitian=True) @ beside)
        left = 1 - explained
        found.append(1 / left if left > _SINGULAR else math.inf)
    return tuple(found)


def halo_index(correlations: ArrayLike) -> Halo:
    """Whether the items are rated as one: average correlation and the first principal component's share.

    With k items the share is the largest eigenvalue of R over k; it is 1/k where items are unrelated and
    (1 + (k − 1) r)/k where all correlate r. Above about 0.6 with an average correlation above 0.5, one general
    impression is most of what the items measure, and their separate weights say little.

    Raises ValueError for fewer than two items, and as `shapley_r2` does.

    Thorndike (1920), Journal of Applied Psychology 4, 25-29; Cooper (1981), Psychological Bulletin 90, 218-244.

    >>> halo = halo_index([[1, 0.5, 0.5], [0.5, 1, 0.5], [0.5, 0.5, 1]])
    >>> halo.mean_correlation, round(halo.first_component, 4)
    (0.5, 0.6667)
    """
    matrix = _checked(correlations)
    k = len(matrix)
    if k < 2:
        raise ValueError("a halo needs two items or more.")
    mean = float((matrix.sum() - k) / (k * (k - 1)))
    return Halo(mean, float(np.linalg.eigvalsh(matrix)[-1] / k))


def cross_products(left: ArrayLike, right: ArrayLike) -> FloatArray:
    """left' right for tall arrays of n rows, summed slice by slice.

    Slices of 128 rows stay below the size at which BLAS starts threads: on a busy machine their waiting for each other
    makes the same sum up to 40 times slower.

    Raises ValueError for arrays of different lengths.

    >>> cross_products([[1.0, 2.0], [3.0, 4.0]], [[1.0], [1.0]]).tolist()
    [[4.0], [6.0]]
    """
    a, b = np.asarray(left, float), np.asarray(right, float)
    if a.ndim != 2 or b.ndim != 2 or len(a) != len(b):
        raise ValueError("both arrays must be of n rows.")
    whole = len(a) // _SLICE * _SLICE
    slices = a[:whole].reshape(-1, _SLICE, a.shape[1]).transpose(0, 2, 1) @ b[:whole].reshape(-1, _SLICE, b.shape[1])
    found: FloatArray = slices.sum(axis=0) + a[whole:].T @ b[whole:]
    return found


def shapley_batch(matrices: FloatArray, blocks: Sequence[Sequence[int]]) -> FloatArray:
    """`shapley_r2` for a stack of matrices, the outcome last in each: (m, p + 1, p + 1) → (m, drivers).

    Subsets are built one driver at a time, each step a sweep of what is left, so that a subset costs about a dozen
    multiplications.

    >>> shapley_batch(np.array([[[1, 0.5, 0.6], [0.5, 1, 0.4], [0.6, 0.4, 1]]]), [[0], [1]]).round(4).tolist()
    [[0.2867, 0.0867]]
    """
    k = len(blocks)
    if k > MAX_EXACT:
        raise ValueError(f"{k} drivers have too many subsets; up to {MAX_EXACT} can be gone through.")
    wide_first = sorted(range(k), key=lambda driver: -len(blocks[driver]))
    ordered = [blocks[driver] for driver in wide_first]
    size = _largest_level([len(block) for block in ordered])
    step = max(1, _BATCH // size)
    parts = [_shapley(matrices[at : at + step], ordered) for at in range(0, len(matrices), step)]
    found = np.empty((len(matrices), k))
    found[:, wide_first] = np.concatenate(parts)
    return found


def johnson_batch(matrices: FloatArray, blocks: Sequence[Sequence[int]]) -> FloatArray:
    """`johnson_weights` for a stack of matrices, the outcome last in each: (m, p + 1, p + 1) → (m, drivers).

    >>> johnson_batch(np.array([[[1, 0.5, 0.6], [0.5, 1, 0.4], [0.6, 0.4, 1]]]), [[0], [1]]).round(4).tolist()
    [[0.2867, 0.0867]]
    """
    values, vectors = np.linalg.eigh(matrices[:, :-1, :-1])
    kept = values > _SINGULAR
    root = np.sqrt(np.where(kept, values, 0.0))
    inverse = np.where(kept, 1 / np.where(kept, root, 1.0), 0.0)
    across = (vectors * root[:, None, :]) @ vectors.transpose(0, 2, 1)
    beta = (vectors * inverse[:, None, :]) @ (vectors.transpose(0, 2, 1) @ matrices[:, :-1, -1:])
    each = (across**2 @ beta**2)[:, :, 0]
    return np.stack([each[:, list(block)].sum(axis=1) for block in blocks], axis=1)


def _shapley(matrices: FloatArray, blocks: Sequence[Sequence[int]]) -> FloatArray:
    fits = _subset_fits(matrices, blocks)
    k = len(blocks)
    masks = np.arange(2**k)
    sizes = np.array([mask.bit_count() for mask in range(2**k)])
    chance = np.array([math.factorial(s) * math.factorial(k - s - 1) / math.factorial(k) for s in range(k)])
    found = np.empty((len(matrices), k))
    for driver in range(k):
        without = masks[(masks >> driver) & 1 == 0]
        found[:, driver] = (fits[:, without | (1 << driver)] - fits[:, without]) @ chance[sizes[without]]
    return np.maximum(found, 0.0)


def _subset_fits(matrices: FloatArray, blocks: Sequence[Sequence[int]]) -> FloatArray:
    """R² of every subset, by the bits of its number: (m, 2^k)."""
    order = [column for block in blocks for column in block] + [matrices.shape[1] - 1]
    left = matrices[:, order][:, :, order][:, None]
    for block in blocks:
        width = len(block)
        left = np.concatenate([left[:, :, width:, width:], _swept(left, width)], axis=1)
    fits: FloatArray = 1 - left[:, :, 0, 0]
    return fits


def _swept(left: FloatArray, width: int) -> FloatArray:
    """What remains of the other columns when the first `width` are held fixed."""
    for _column in range(width):
        pivot = left[:, :, 0, 0]
        usable = pivot > _SINGULAR
        scale = np.where(usable, 1 / np.where(usable, pivot, 1.0), 0.0)
        beside = left[:, :, 1:, 0]
        left = left[:, :, 1:, 1:] - scale[:, :, None, None] * beside[:, :, :, None] * beside[:, :, None, :]
    return left


def _largest_level(widths: Sequence[int]) -> int:
    """Numbers that a matrix's largest level holds."""
    sizes, left = [], sum(widths) + 1
    for level, width in enumerate(widths):
        sizes.append(2**level * left**2)
        left -= width
    return int(max([*sizes, 2 ** len(widths)]))


def _importance(weights: FloatArray) -> Importance:
    total = float(weights.sum())
    shares = tuple(float(w) / total if total > 0 else None for w in weights)
    return Importance(total, tuple(float(w) for w in weights), shares)


def _joined(correlations: ArrayLike, outcome_correlations: ArrayLike) -> FloatArray:
    matrix, outcome = np.asarray(correlations, float), np.asarray(outcome_correlations, float)
    if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or outcome.shape != (len(matrix),):
        raise ValueError("correlations must be p × p and outcome_correlations of length p.")
    return _checked(np.block([[matrix, outcome[:, None]], [outcome[None, :], np.ones((1, 1))]]))


def _checked(correlations: ArrayLike) -> FloatArray:
    matrix = np.asarray(correlations, float)
    if matrix.ndim != 2 or not len(matrix) or matrix.shape[0] != matrix.shape[1]:
        raise ValueError("correlations must be p × p with p of 1 or more.")
    if not np.all(np.isfinite(matrix)) or np.any(np.abs(matrix) > 1 + 1e-9):
        raise ValueError("a correlation must be a number from -1 to 1.")
    if not np.allclose(matrix, matrix.T, atol=1e-9) or not np.allclose(np.diag(matrix), 1, atol=1e-9):
        raise ValueError("correlations must be symmetric with ones on the diagonal.")
    if np.linalg.eigvalsh(matrix)[0] < -1e-7:
        raise ValueError("no data can have these correlations: the matrix has a negative eigenvalue.")
    return matrix


def _checked_blocks(blocks: Sequence[Sequence[int]] | None, columns: int) -> list[list[int]]:
    found = [[column] for column in range(columns)] if blocks is None else [list(block) for block in blocks]
    if sorted(column for block in found for column in block) != list(range(columns)) or not all(found):
        raise ValueError(f"blocks must hold each of the columns 0 to {columns - 1} once, and none may be empty.")
    return found
