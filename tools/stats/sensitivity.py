"""How strong something unmeasured would have to be to explain an association away."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

NORMAL_TO_RISK_RATIO = 0.91
LIMIT_TO_RISK_RATIO = 1.78
LARGEST_DIFFERENCE = 100.0


@dataclass(frozen=True)
class EValue:
    """E-values on the risk ratio scale, 1 or more."""

    estimate: float
    """For the estimate."""
    limit: float | None
    """For the end of the interval nearer to 1; 1 when the interval holds 1; None without an interval."""
    risk_ratio: float
    """The (approximate) risk ratio that they belong to."""


def e_value(risk_ratio: float, low: float | None = None, high: float | None = None) -> EValue:
    """The smallest risk ratio that an unmeasured confounder needs with both treatment and outcome to explain all.

    E = RR + √(RR (RR − 1)) for RR ≥ 1; below 1 the reciprocal is taken first. The limit is computed from the end of
    the interval nearer to 1, and is 1 when the interval holds 1: then nothing is needed.

    Raises ValueError for ratios that are not above 0, one end without the other, or an interval without the estimate.

    VanderWeele & Ding (2017), Annals of Internal Medicine 167, 268-274.

    Formula feeding and deaths from respiratory infection, RR 3.9 (1.8 to 8.7):
    >>> e = e_value(3.9, 1.8, 8.7)
    >>> round(e.estimate, 2), round(e.limit, 2)
    (7.26, 3.0)

    A confounder associated 7.3-fold with both could explain the estimate away; one of 3.0-fold the interval.
    """
    if (low is None) != (high is None):
        raise ValueError("Give both ends of the interval, or none.")
    for value in (risk_ratio, low, high):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ValueError(f"A risk ratio must be above 0, not {value}.")
    if low is None or high is None:
        return EValue(_one(risk_ratio), None, risk_ratio)
    if not low <= risk_ratio <= high:
        raise ValueError(f"The interval {low} to {high} does not hold the estimate {risk_ratio}.")
    limit = 1.0 if low <= 1 <= high else _one(low if low > 1 else high)
    return EValue(_one(risk_ratio), limit, risk_ratio)


def e_value_for_difference(d: float, standard_error: float | None = None) -> EValue:
    """E-value of a standardised difference of means, d = difference / standard deviation of the outcome.

    RR ≈ exp(0.91 d), with the interval exp(0.91 d ∓ 1.78 SE of d): the effect of a difference of normal means on being
    above the median or so. An approximation, good enough for "how strong"; not a risk ratio to be reported as such.

    Raises ValueError for a negative standard error, and for either beyond 100 standard deviations.

    Chinn (2000), Statistics in Medicine 19, 3127-3131; VanderWeele & Ding (2017), table 2.

    >>> e = e_value_for_difference(0.5, 0.1)
    >>> round(e.risk_ratio, 3), round(e.estimate, 2), round(e.limit, 2)
    (1.576, 2.53, 1.97)
    """
    if not abs(d) <= LARGEST_DIFFERENCE:
        raise ValueError(f"A difference of {d} standard deviations is none; it must lie within -100 and 100.")
    ratio = math.exp(NORMAL_TO_RISK_RATIO * d)
    if standard_error is None:
        return e_value(ratio)
    if not 0 <= standard_error <= LARGEST_DIFFERENCE:
        raise ValueError(f"A standard error must lie between 0 and 100 standard deviations, not {standard_error}.")
    reach = math.exp(LIMIT_TO_RISK_RATIO * standard_error)
    return e_value(ratio, ratio / reach, ratio * reach)


def rosenbaum_bound(differences: ArrayLike, gamma: float) -> float:
    """Largest one-sided p-value of the signed-rank test on pairs when matched people may differ `gamma`-fold in odds.

    With gamma = 1 assignment within pairs was random (Wilcoxon's test, normal approximation without continuity
    correction). Differences are treated minus control; the alternative is that they are above 0. All
    |differences| are ranked, tied ones averaged; pairs without a difference keep their (lowest) ranks and count neither
    way, as in Rosenbaum's tables and unlike Wilcoxon's test in most programs, which leave them out before ranking. With
    λ = Γ/(1 + Γ) and the ranks q of the pairs that differ, z = (T − λ Σ q)/√(λ (1 − λ) Σ q²).

    Raises ValueError for a gamma below 1 or infinite, missing differences, or where all are 0.

    Rosenbaum (2002), Observational Studies, 2nd ed., sections 3.3 and 4.3.

    >>> round(rosenbaum_bound([1, 2, 3, 4, 5, 6], 1.0), 4)
    0.0139
    >>> round(rosenbaum_bound([1, 2, 3, 4, 5, 6], 2.0), 4)
    0.0598
    """
    d = np.asarray(differences, float)
    if not np.all(np.isfinite(d)):
        raise ValueError("differences holds a missing value.")
    if not 1 <= gamma <= 1e9:
        raise ValueError(f"gamma must be 1 or more (to a thousand million), not {gamma}.")
    if not np.any(d):
        raise ValueError("No pair differs.")
    _sizes, place, counts = np.unique(np.abs(d), return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks = np.where(d != 0, (ends - (counts - 1) / 2)[place], 0.0)
    share = gamma / (1 + gamma)
    spread = math.sqrt(share * (1 - share) * float((ranks**2).sum()))
    z = (float(ranks[d > 0].sum()) - share * float(ranks.sum())) / spread
    return math.erfc(z / math.sqrt(2)) / 2


def _one(ratio: float) -> float:
    above = max(ratio, 1 / ratio)
    return above + math.sqrt(above) * math.sqrt(above - 1)
