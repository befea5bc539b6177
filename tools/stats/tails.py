"""Quantiles, tail probabilities and the argument checks that all tests and intervals share."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True, slots=True)
class ChiSquareTest:
    """A chi-square statistic with its degrees of freedom and upper-tail probability."""

    chi2: float
    df: int
    p_value: float


def critical_value(confidence: float) -> float:
    """Two-sided standard normal quantile, z with P(|Z| <= z) = `confidence`.

    >>> round(critical_value(0.95), 4)
    1.96
    """
    if not 0.0 < confidence < 1.0:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}; write 0.95 for 95 %.")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def power_value(power: float) -> float:
    """One-sided standard normal quantile of the power, z with P(Z <= z) = `power`, for 0.5 <= power < 1.

    >>> round(power_value(0.8), 4)
    0.8416
    """
    if not 0.5 <= power < 1.0:
        raise ValueError(f"power must lie between 0.5 and 1, not {power}; write 0.8 for 4 times in 5.")
    return NormalDist().inv_cdf(power)


def two_sided_p(z: float) -> float:
    """P(|Z| >= |z|) for a standard normal Z, exact far into the tail (0.0 beyond |z| = 38).

    >>> round(two_sided_p(-1.959964), 6)
    0.05
    """
    return math.erfc(abs(z) / math.sqrt(2))


def chi_square_test(chi2: float, df: int) -> ChiSquareTest:
    """The statistic with P(X >= chi2) for X chi-square with `df` degrees of freedom.

    >>> round(chi_square_test(3.841459, 1).p_value, 6)
    0.05
    """
    chi2 = max(chi2, 0.0)
    return ChiSquareTest(chi2, df, min(1.0, _upper_tail(chi2, df)))


def _upper_tail(chi2: float, df: int) -> float:
    """The finite sums for whole degrees of freedom (Abramowitz & Stegun 26.4.4 and 26.4.5).

    All terms are positive, so nothing cancels. They save a fifth of a second that importing scipy.special takes
    on every start.
    """
    half = chi2 / 2
    if half == 0:
        return 1.0
    start, tail = (1.0, 0.0) if df % 2 == 0 else (0.5, two_sided_p(math.sqrt(chi2)))
    terms = (
        math.exp(power * math.log(half) - half - math.lgamma(power + 1))
        for power in (start - 1 + i if df % 2 == 0 else start + i for i in range(df // 2))
    )
    return tail + math.fsum(terms)


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """ValueError for a word that is none of the choices: a misspelt one must not be taken for another.

    >>> check_choice("kind", "paired", ("paired", "one-sample"))
    """
    if value not in choices:
        raise ValueError(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")


def check_design_effect(design_effect: float) -> float:
    """The design effect itself, or ValueError where it is not a positive number."""
    if not (math.isfinite(design_effect) and design_effect > 0):
        raise ValueError(f"A design effect must be a positive number, not {design_effect}.")
    return design_effect
