"""Do two or more coders agree: kappa, AC1, alpha, and precision and recall of a machine against a person.

Own code, because the extra that brings the comments does not bring statsmodels, which has Cohen's and Fleiss' kappa
only; the tests compare with it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.contrasts import t_quantile
from tools.stats.krippendorff import Alpha, krippendorff_alpha
from tools.stats.proportions import ProportionInterval, wilson_interval
from tools.stats.tails import critical_value, two_sided_p

__all__ = [
    "Alpha",
    "FleissKappa",
    "Kappa",
    "Retrieval",
    "cohen_kappa",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "precision_recall",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kappa:
    """A chance-corrected agreement: 1 is perfect, 0 what chance gives, below 0 worse than chance."""

    estimate: float
    low: float
    high: float
    standard_error: float
    z: float | None
    """The estimate divided by its standard error where there is no agreement but by chance; None where that is 0."""
    p_value: float | None
    """Two-sided, of that hypothesis."""
    observed: float
    """Share of agreement that was seen (weighted, where weights were asked for)."""
    expected: float
    """Share of agreement that chance would give."""
    n: float
    """Subjects."""


@dataclass(frozen=True, slots=True)
class FleissKappa:
    """Agreement of many raters, over all categories and in each of them."""

    estimate: float
    low: float
    high: float
    standard_error: float
    z: float
    p_value: float
    observed: float
    expected: float
    n: int
    categories: tuple[float | None, ...]
    """Kappa of each category against all others; None for one that was never or always used."""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """A machine's label held against a person's: how many of its hits are right, how many it found."""

    precision: ProportionInterval | None
    """None where the machine never gave the label."""
    recall: ProportionInterval | None
    """None where the person never gave it."""
    f1: ProportionInterval
    n: float
    """Subjects with the label from either."""


def cohen_kappa(
    table: ArrayLike,
    *,
    weights: Literal["none", "linear", "quadratic"] = "none",
    confidence: float = 0.95,
) -> Kappa:
    """Cohen's kappa of two raters, plain or weighted, with the large-sample standard errors.

        kappa = (Po - Pe) / (1 - Pe),   Po = sum w_ij p_ij,   Pe = sum w_ij p_i. p_.j

    with w_ij = 1 for i = j and else 0 ("none"), 1 - |i - j|/(k - 1) ("linear"), 1 - (i - j)^2/(k - 1)^2 ("quadratic").
    With a_i = sum_j w_ij p_.j and b_j = sum_i w_ij p_i.,

        SE^2   = (sum p_ij (w_ij - (a_i + b_j)(1 - kappa))^2 - (kappa - Pe (1 - kappa))^2) / (n (1 - Pe)^2)
        SE0^2  = (sum p_i. p_.j (w_ij - (a_i + b_j))^2 - Pe^2) / (n (1 - Pe)^2)

    The interval is kappa -+ z SE, held to -1 and 1; z and p use SE0. Where the two agree on every subject SE is 0 and
    the interval has no width, which says nothing of how sure it is.

    Args:
        table: k × k counts, the first rater's category in the row, the second's in the column, in one order.

    ValueError: fewer than two categories, not square, negative or no counts, or both raters used one and the same
    category only (chance agreement is then certain and kappa has no value).

    Reference: Cohen (1960; 1968); Fleiss, Cohen & Everitt (1969), Psychological Bulletin 72, 323-327.

    >>> k = cohen_kappa([[0, 4, 1], [0, 8, 0], [0, 1, 5]])
    >>> round(k.estimate, 4), round(k.standard_error, 4), round(k.low, 4), round(k.high, 4), round(k.z, 4)
    (0.4842, 0.138, 0.2137, 0.7547, 3.2626)

    The two agree moderately and surely more than by chance.
    """
    p, n = _shares(table)
    if p.ndim != 2 or p.shape[0] != p.shape[1] or len(p) < 2:
        raise ValueError(f"A kappa needs a square table of two or more categories, not one of shape {p.shape}.")
    w = _agreement_weights(len(p), weights)
    rows, columns = p.sum(axis=1), p.sum(axis=0)
    chance = np.outer(rows, columns)
    observed, expected = float((w * p).sum()), float((w * chance).sum())
    if 1 - expected < 1e-12:
        raise ValueError("Both raters used one category only; chance agreement is certain and kappa has no value.")
    kappa = (observed - expected) / (1 - expected)
    margins = (w @ columns)[:, None] + (rows @ w)[None, :]
    scale = n * (1 - expected) ** 2
    spread = float((p * (w - margins * (1 - kappa)) ** 2).sum()) - (kappa - expected * (1 - kappa)) ** 2
    error = math.sqrt(max(spread, 0.0) / scale)
    null = math.sqrt(max(float((chance * (w - margins) ** 2).sum()) - expected**2, 0.0) / scale)
    margin = critical_value(confidence) * error
    z = kappa / null if null > 1e-12 else None
    low, high = max(kappa - margin, -1.0), min(kappa + margin, 1.0)
    return Kappa(kappa, low, high, error, z, None if z is None else two_sided_p(z), observed, expected, n)


def fleiss_kappa(counts: ArrayLike, *, confidence: float = 0.95) -> FleissKappa:
    """Fleiss' kappa of m ratings a subject, over all categories and for each.

    With n_ij raters who put subject i of N into category j and p_j the categories' shares,

        Po = mean of (sum_j n_ij^2 - m) / (m (m - 1)),   Pe = sum p_j^2,   kappa = (Po - Pe) / (1 - Pe)
        kappa_j = 1 - sum_i n_ij (m - n_ij) / (N m (m - 1) p_j (1 - p_j)).

    z and p test chance agreement with SE0^2 = 2 / (N m (m - 1)) * ((sum p_j q_j)^2 - sum p_j q_j (q_j - p_j)) /
    (sum p_j q_j)^2, q_j = 1 - p_j. The interval is Gwet's, for subjects drawn from a population, with t on N - 1
    degrees of freedom, held to -1 and 1:

        SE^2 = sum (kappa_i - kappa)^2 / (N (N - 1)),   Pe_i = sum_j p_j n_ij / m,
        kappa_i = (Po_i - Pe)/(1 - Pe) - 2 (1 - kappa) (Pe_i - Pe)/(1 - Pe).

    Args:
        counts: subjects × categories; every row sums to the same m of at least 2.

    ValueError: other tables, fewer than two subjects, or one category only.

    Reference: Fleiss (1971), Psychological Bulletin 76, 378-382; Fleiss, Nee & Landis (1979), Psychological
    Bulletin 86, 974-977; Gwet (2021), Handbook of Inter-Rater Reliability, 5th ed.

    Fourteen raters, ten subjects, five categories:
    >>> k = fleiss_kappa([[0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
    ...                   [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7]])
    >>> round(k.observed, 3), round(k.expected, 3), round(k.estimate, 3)
    (0.378, 0.213, 0.21)

    A fifth of what agreement beyond chance could be.
    """
    found = _ratings(counts)
    m = found.sum(axis=1)
    if not np.all(m == m[0]):
        raise ValueError("Fleiss' kappa needs the same number of ratings for every subject; use krippendorff_alpha.")
    subjects, raters = len(found), float(m[0])
    p = found.sum(axis=0) / found.sum()
    expected = float(p @ p)
    if 1 - expected < 1e-12:
        raise ValueError("All ratings are of one category; chance agreement is certain and kappa has no value.")
    own = (np.square(found).sum(axis=1) - raters) / (raters * (raters - 1))
    observed = float(own.mean())
    kappa = (observed - expected) / (1 - expected)
    error = _subject_error(own, found @ p / raters, kappa, expected)
    spread = p * (1 - p)
    total = float(spread.sum())
    null = math.sqrt(
        2 / (subjects * raters * (raters - 1)) * (total**2 - float((spread * (1 - 2 * p)).sum())) / total**2
    )
    apart = (found * (raters - found)).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        each = 1 - apart / (subjects * raters * (raters - 1) * spread)
    categories = tuple(float(k) if v > 1e-12 else None for k, v in zip(each, spread, strict=True))
    margin, z = t_quantile(confidence, subjects - 1) * error, kappa / null
    low, high = max(kappa - margin, -1.0), min(kappa + margin, 1.0)
    return FleissKappa(kappa, low, high, error, z, two_sided_p(z), observed, expected, subjects, categories)


def gwet_ac1(counts: ArrayLike, *, confidence: float = 0.95) -> Kappa:
    """Gwet's AC1: agreement of two or more raters that does not collapse where one category prevails.

    As `fleiss_kappa`, but over q categories

        p_j = mean of n_ij / m_i,   Pe = sum p_j (1 - p_j) / (q - 1),   Pe_i = sum_j (1 - p_j) n_ij / m_i / (q - 1),

    and subjects may have different numbers m_i of ratings; one with a single rating counts for p_j only. Standard error
    and interval (t, N - 1 degrees of freedom, held to -1 and 1) are Gwet's as there; z is the estimate divided by that
    standard error and p is t's.

    Args:
        counts: subjects × categories, also those categories that could have been used and were not.

    ValueError: fewer than two subjects with two ratings, or fewer than two categories.

    Reference: Gwet (2008), British Journal of Mathematical and Statistical Psychology 61, 29-48.

    Two raters of 125 patients, both of whom hardly ever see the trait:
    >>> a = gwet_ac1([[2, 0]] * 118 + [[1, 1]] * 7)
    >>> round(a.observed, 3), round(a.estimate, 3)
    (0.944, 0.941)

    Cohen's kappa of the same ratings is slightly below 0.
    """
    found = _ratings(counts)
    m = found.sum(axis=1)
    share = found / m[:, None]
    p = share.mean(axis=0)
    q = len(p)
    expected = float((p * (1 - p)).sum()) / (q - 1)
    rated = m >= 2
    if rated.sum() < 2:
        raise ValueError("AC1 needs two subjects or more with two ratings each.")
    own = np.zeros(len(found))
    own[rated] = (found[rated] * (found[rated] - 1)).sum(axis=1) / (m[rated] * (m[rated] - 1))
    observed = float(own[rated].mean())
    kappa = (observed - expected) / (1 - expected)
    scaled = np.where(rated, own * len(found) / rated.sum(), 0.0)
    centre = np.where(rated, expected * len(found) / rated.sum(), 0.0)
    error = _subject_error(scaled, share @ (1 - p) / (q - 1), kappa, expected, centre)
    margin = t_quantile(confidence, len(found) - 1) * error
    z = kappa / error if error > 1e-12 else None
    low, high = max(kappa - margin, -1.0), min(kappa + margin, 1.0)
    return Kappa(
        kappa, low, high, error, z, None if z is None else _t_tails(z, len(found) - 1), observed, expected, len(found)
    )


def precision_recall(hits: float, false_alarms: float, misses: float, *, confidence: float = 0.95) -> Retrieval:
    """Precision, recall and F1 of a label, each with an interval.

        precision = hits/(hits + false_alarms),   recall = hits/(hits + misses),
        F1 = 2 hits/(2 hits + false_alarms + misses)

    Precision and recall have Wilson's interval. F1 = 2 F*/(1 + F*) rises with F* = hits/(hits + false_alarms + misses),
    which is a share, so its interval is Wilson's for F*, carried over.

    ValueError: a negative count, or all three 0.

    Reference: van Rijsbergen (1979), chapter 7; Hand, Christen & Kirielle (2021), Machine Learning 110, 451-456 (F*).

    >>> r = precision_recall(40, 10, 20)
    >>> round(r.precision.estimate, 2), round(r.recall.estimate, 3), round(r.f1.estimate, 3)
    (0.8, 0.667, 0.727)

    Four of five hits are right; a third of what was there was missed.
    """
    counts = (hits, false_alarms, misses)
    if not all(math.isfinite(count) and count >= 0 for count in counts) or not any(counts):
        raise ValueError(f"Precision and recall need counts of 0 or more, at least one above 0, not {counts}.")
    star = wilson_interval(hits, sum(counts), confidence=confidence)
    f1 = ProportionInterval(_f1(star.estimate), _f1(star.low), _f1(star.high), star.n)
    given, wanted = hits + false_alarms, hits + misses
    precision = wilson_interval(hits, given, confidence=confidence) if given else None
    recall = wilson_interval(hits, wanted, confidence=confidence) if wanted else None
    return Retrieval(precision, recall, f1, sum(counts))


def _t_tails(t: float, df: int) -> float:
    from scipy.special import stdtr

    return float(2 * stdtr(df, -abs(t)))


def _f1(star: float) -> float:
    return 2 * star / (1 + star)


def _shares(table: ArrayLike) -> tuple[FloatArray, float]:
    counts = np.asarray(table, float)
    total = float(counts.sum())
    if not np.all(np.isfinite(counts)) or np.any(counts < 0) or total <= 0:
        raise ValueError("The table must hold counts of 0 or more, at least one above 0.")
    return counts / total, total


def _agreement_weights(k: int, weights: str) -> FloatArray:
    if weights not in ("none", "linear", "quadratic"):
        raise ValueError(f"weights is {weights!r}; it is none, linear or quadratic.")
    apart = np.abs(np.subtract.outer(np.arange(k, dtype=float), np.arange(k, dtype=float))) / (k - 1)
    if weights == "none":
        return np.eye(k)
    given: FloatArray = 1 - apart ** (2 if weights == "quadratic" else 1)
    return given


def _ratings(counts: ArrayLike) -> FloatArray:
    found = np.asarray(counts, float)
    if found.ndim != 2 or len(found) < 2 or found.shape[1] < 2:
        raise ValueError(f"Ratings are subjects × categories, two or more of each, not of shape {found.shape}.")
    if not np.all(np.isfinite(found)) or np.any(found < 0) or np.any(found.sum(axis=1) < 1):
        raise ValueError("Every subject needs a count of 0 or more in each category and at least one rating.")
    if np.all(found.sum(axis=1) < 2):
        raise ValueError("Agreement needs two ratings of a subject or more.")
    return found


def _subject_error(
    own: FloatArray, chance: FloatArray, kappa: float, expected: float, centre: float | FloatArray | None = None
) -> float:
    """Gwet's standard error from each subject's part in the estimate."""
    n = len(own)
    parts = (own - (expected if centre is None else centre)) / (1 - expected)
    parts = parts - 2 * (1 - kappa) * (chance - expected) / (1 - expected)
    return math.sqrt(float(np.square(parts - kappa).sum()) / (n * (n - 1)))
