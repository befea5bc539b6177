"""Do several estimates agree?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tools.stats.tails import ChiSquareTest, chi_square_test


def cochran_q(estimates: Sequence[float], standard_errors: Sequence[float]) -> ChiSquareTest:
    """Cochran's Q: test that independent estimates (say, changes of several segments) share one value.

    Q = sum w_k (y_k - y.)^2 with w_k = 1/se_k^2 and y. = sum w_k y_k / sum w_k, on k - 1 degrees of freedom.
    Estimates and standard errors in one unit. Fewer than two estimates, or a standard error that is not
    positive: ValueError.

    Reference: Cochran (1954), The combination of estimates from different experiments, Biometrics 10, 101-129.

    >>> test = cochran_q([-20.0, -18.0, 1.0], [4.0, 5.0, 3.0])
    >>> test.df, round(test.chi2, 1), round(test.p_value, 5)
    (2, 21.9, 2e-05)

    Two segments fell by some twenty points and the third did not: that is no accident of sampling.
    """
    y, se = np.asarray(estimates, dtype=float), np.asarray(standard_errors, dtype=float)
    if len(y) < 2 or len(y) != len(se):
        raise ValueError(f"Comparing estimates needs two or more, each with its error, not {len(y)} and {len(se)}.")
    if not np.all(np.isfinite(y)) or not np.all((se > 0) & np.isfinite(se)):
        raise ValueError("Every estimate must be a number and every standard error positive and finite.")
    weights = 1 / se**2
    centre = float(np.average(y, weights=weights))
    return chi_square_test(float(np.sum(weights * (y - centre) ** 2)), len(y) - 1)
