"""What goes with each of several marks that may come together, such as themes of one comment.

Own code, because the extra that brings the comments does not bring statsmodels; the tests compare with it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.contrasts import Contrast, linear_contrast

FloatArray = NDArray[np.float64]


def adjusted_differences(
    outcome: ArrayLike, marks: ArrayLike, clusters: ArrayLike | None = None, *, confidence: float = 0.95
) -> tuple[Contrast | None, ...]:
    """Differences of the mean outcome between answers with and without each mark, the other marks held equal.

    Least squares of the outcome on a constant and k marks of 0 and 1: each coefficient is the difference that goes with
    a mark between answers that are alike in all others (the marks' effects taken to add up). With X the design, e the
    residuals, G clusters, n answers, r columns,

        V = f (X'X)^-1 (sum_g X_g' e_g e_g' X_g) (X'X)^-1,   f = G/(G - 1) * (n - 1)/(n - r),

    and intervals from Student's t on G - 1 degrees of freedom. Without clusters every answer is one (HC1).

    Args:
        outcome: length n, any unit.
        marks: n × k of 0 and 1.
        clusters: the customer of each answer, None for all different.

    None stands in the place of a mark whose difference the data cannot tell: nobody or everybody has it, or it cannot
    be kept apart from others (two marks that always come together, marks of which each answer has exactly one). r is
    the rank of X.
    ValueError: lengths that differ, a missing value, n not above r, fewer than two clusters.

    Reference: Liang & Zeger (1986), Biometrika 73, 13-22; Cameron & Miller (2015), Journal of Human Resources 50.

    A mark that lowers by 4 and one that raises by 2, no noise:
    >>> found = adjusted_differences([10, 6, 12, 8, 10, 6], [[0, 0], [1, 0], [0, 1], [1, 1], [0, 0], [1, 0]])
    >>> [round(mark.estimate, 6) for mark in found if mark]
    [-4.0, 2.0]
    """
    y, m = np.asarray(outcome, float), np.asarray(marks, float)
    who = np.arange(len(y)) if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1].ravel()
    if m.ndim != 2 or not len(y) == len(m) == len(who):
        raise ValueError("outcome, marks and clusters must have one length, marks as rows of 0 and 1.")
    if not (np.all(np.isfinite(y)) and np.all((m == 0) | (m == 1))):
        raise ValueError("The outcome may not be missing and marks must be 0 or 1.")
    design = np.column_stack([np.ones(len(y)), m])
    inverse, told = _inverse(design)
    n, r = len(y), int(np.linalg.matrix_rank(inverse, hermitian=True))
    groups = int(who.max()) + 1 if len(who) else 0
    if n <= r or groups < 2:
        raise ValueError(f"{n} answers of {groups} customers are too few for {r} coefficients.")
    fit = inverse @ (design.T @ y)
    scores = np.zeros((groups, design.shape[1]))
    np.add.at(scores, who, design * (y - design @ fit)[:, None])
    factor = groups / (groups - 1) * (n - 1) / (n - r)
    covariance = factor * inverse @ (scores.T @ scores) @ inverse
    unit = np.eye(len(fit))
    return tuple(
        linear_contrast(fit, covariance, unit[at], df=groups - 1, confidence=confidence) if told[at] else None
        for at in range(1, len(fit))
    )


def _inverse(design: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Inverse of X'X, a generalised one where columns depend on others, and which coefficients are told all the same.

    A coefficient is told when no combination of columns that is 0 everywhere holds it.
    """
    sizes, vectors = np.linalg.eigh(design.T @ design)
    free = sizes <= 1e-9 * max(float(sizes[-1]), 1.0)
    told = np.all(np.abs(vectors[:, free]) < 1e-6, axis=1)
    kept = vectors[:, ~free]
    inverse: FloatArray = (kept / sizes[~free]) @ kept.T
    return inverse, told
