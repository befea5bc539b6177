"""Two yes/no questions in several strata: the common odds ratio, and whether there is any association within strata."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tools.stats.propensity import FloatArray
from tools.stats.tails import ChiSquareTest, chi_square_test, critical_value


@dataclass(frozen=True)
class CommonOddsRatio:
    """An odds ratio that all strata share, with its interval."""

    estimate: float
    low: float
    high: float
    standard_error_log: float
    """Of its logarithm."""


def mantel_haenszel(tables: ArrayLike, *, confidence: float = 0.95) -> CommonOddsRatio:
    """The Mantel-Haenszel common odds ratio, with the interval of Robins, Breslow and Greenland.

    Each stratum is [[a, b], [c, d]], rows the groups, columns yes and no, n its sum. OR = Σ(ad/n)/Σ(bc/n) = ΣR/ΣS; with
    P = (a + d)/n, Q = (b + c)/n, var(log OR) = ΣPR/2(ΣR)² + Σ(PS + QR)/(2 ΣR ΣS) + ΣQS/2(ΣS)².

    Own code, because statsmodels is optional and this is three sums; tests compare with it.

    Raises ValueError for tables that are not 2 × 2 counts, an empty stratum, or where the ratio is 0 or infinite.

    Mantel & Haenszel (1959), JNCI 22, 719-748; Robins, Breslow & Greenland (1986), Biometrics 42, 311-323.

    Admission to two departments of Berkeley, [[men admitted, rejected], [women admitted, rejected]] in each:
    >>> o = mantel_haenszel([[[120, 205], [202, 391]], [[138, 279], [131, 244]]])
    >>> round(o.estimate, 3), round((120 * 391 / 918 + 138 * 244 / 792) / (205 * 202 / 918 + 279 * 131 / 792), 3)
    (1.026, 1.026)
    """
    t = _tables(tables)
    a, b, c, d = t[:, 0, 0], t[:, 0, 1], t[:, 1, 0], t[:, 1, 1]
    n = t.sum(axis=(1, 2))
    r, s, p, q = a * d / n, b * c / n, (a + d) / n, (b + c) / n
    if r.sum() == 0 or s.sum() == 0:
        raise ValueError("The common odds ratio is 0 or infinite: some kind of answer is missing in a group.")
    variance = (
        (p * r).sum() / (2 * r.sum() ** 2)
        + (p * s + q * r).sum() / (2 * r.sum() * s.sum())
        + (q * s).sum() / (2 * s.sum() ** 2)
    )
    ratio, error = float(r.sum() / s.sum()), math.sqrt(float(variance))
    reach = math.exp(critical_value(confidence) * error)
    return CommonOddsRatio(ratio, ratio / reach, ratio * reach, error)


def cmh_test(tables: ArrayLike, *, correction: bool = True) -> ChiSquareTest:
    """Cochran-Mantel-Haenszel test that there is no association within any stratum, 1 degree of freedom.

    χ² = (|Σ(a − E a)| − ½)²/Σ var(a), E a = row · column / n, var(a) = r₁ r₀ c₁ c₀/(n²(n − 1)). The ½ (not more than
    the difference itself) is left out with correction=False. Strata of one answer say nothing and are left out.

    Raises ValueError for tables that are not 2 × 2 counts, an empty stratum, or where no stratum varies.

    Mantel & Haenszel (1959); R's `mantelhaen.test`.

    Admission of men and women to the six departments of Berkeley (R prints 1.4269, p = 0.2323):
    >>> men = [[512, 313], [353, 207], [120, 205], [138, 279], [53, 138], [22, 351]]
    >>> women = [[89, 19], [17, 8], [202, 391], [131, 244], [94, 299], [24, 317]]
    >>> test = cmh_test([[one, two] for one, two in zip(men, women)])
    >>> round(test.chi2, 4), round(test.p_value, 4)
    (1.4269, 0.2323)
    """
    t = _tables(tables)
    n = t.sum(axis=(1, 2))
    t, n = t[n > 1], n[n > 1]
    rows, columns = t.sum(axis=2), t.sum(axis=1)
    expected = rows[:, 0] * columns[:, 0] / n
    variance = rows.prod(axis=1) * columns.prod(axis=1) / (n**2 * (n - 1))
    total = float(variance.sum()) if len(n) else 0.0
    if total <= 0:
        raise ValueError("No stratum has both groups and both kinds of answer.")
    away = abs(float((t[:, 0, 0] - expected).sum()))
    away -= min(0.5, away) if correction else 0.0
    return chi_square_test(away**2 / total, 1)


def _tables(tables: ArrayLike) -> FloatArray:
    t = np.asarray(tables, float)
    if t.ndim == 2:
        t = t[None]
    if t.ndim != 3 or t.shape[1:] != (2, 2) or not np.all(np.isfinite(t)) or np.any(t < 0):
        raise ValueError("tables must be k × 2 × 2 counts of 0 or more.")
    if np.any(t.sum(axis=(1, 2)) == 0):
        raise ValueError("A stratum is empty; leave it out.")
    return t
