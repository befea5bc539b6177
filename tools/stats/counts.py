"""How many promoters, passives and detractors: what every NPS statistic is computed from."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from tools.stats.tails import check_design_effect

PSEUDO_PROMOTERS, PSEUDO_PASSIVES, PSEUDO_DETRACTORS = 0.75, 1.5, 0.75


@dataclass(frozen=True, slots=True)
class Counts:
    """Promoters, passives and detractors of one cell.

    The counts need not be whole: weighted answers and answers divided by a design effect are counts too.
    With shares p, q, d of the n answers and x = +1, 0, -1 for promoter, passive, detractor,

        NPS      = mean(x) = p - d                   (`nps` gives it in points, times 100)
        variance = p + d - (p - d)^2                 (`variance`: of one answer, unit scale, divisor n)

    Edge cases: with no answers `nps` and `variance` are None; when everybody is in one class the variance is 0.
    Negative, infinite and missing counts are refused with a ValueError.

    Reference: Rocks (2016), The American Statistician 70(4), 365-372.

    >>> cell = Counts(promoters=3, passives=2, detractors=1)
    >>> cell.n, round(cell.nps, 1), round(cell.variance, 4)
    (6.0, 33.3, 0.5556)

    Half of the six are promoters and a sixth are detractors, hence an NPS of 33 points.
    """

    promoters: float
    passives: float
    detractors: float

    def __post_init__(self) -> None:
        for name in ("promoters", "passives", "detractors"):
            value = float(getattr(self, name))
            if not (math.isfinite(value) and value >= 0):
                raise ValueError(f"The number of {name} must be 0 or more, not {value}.")
            object.__setattr__(self, name, value)

    @property
    def n(self) -> float:
        """Number of scored answers."""
        return self.promoters + self.passives + self.detractors

    @property
    def nps(self) -> float | None:
        """Net Promoter Score in points, -100 to 100; None without answers."""
        return 100 * (self.promoters - self.detractors) / self.n if self.n else None

    @property
    def variance(self) -> float | None:
        """Variance of one answer's x, unit scale (0 to 1), divisor n; None without answers."""
        if not self.n:
            return None
        p, q, d = self.promoters / self.n, self.passives / self.n, self.detractors / self.n
        return (p + d) * q + 4 * p * d  # equals p + d - (p - d)^2 and cannot round below zero

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.promoters + other.promoters,
            self.passives + other.passives,
            self.detractors + other.detractors,
        )

    def adjusted(self, *, design_effect: float = 1.0) -> Counts:
        """Effective counts (divided by `design_effect`) plus 3/4 promoter, 3/2 passive, 3/4 detractor."""
        deff = check_design_effect(design_effect)
        return Counts(
            self.promoters / deff + PSEUDO_PROMOTERS,
            self.passives / deff + PSEUDO_PASSIVES,
            self.detractors / deff + PSEUDO_DETRACTORS,
        )


def count_scores(
    scores: Iterable[float],
    *,
    detractor_to: float = 6,
    promoter_from: float = 9,
    low: float = 0,
    high: float = 10,
) -> Counts:
    """Classes of raw scores: detractors up to `detractor_to`, promoters from `promoter_from`, else passives.

    Edge cases: no scores give empty counts; a score that is missing (NaN) or outside `low` to `high` is
    refused with a ValueError, because dropping it silently would change the base.

    >>> count_scores([0, 7, 7, 9, 9, 9])
    Counts(promoters=3.0, passives=2.0, detractors=1.0)
    """
    if not low <= detractor_to < promoter_from <= high:
        raise ValueError(
            f"The classes need low <= detractor_to < promoter_from <= high, "
            f"not {low}, {detractor_to}, {promoter_from}, {high}."
        )
    promoters = passives = detractors = 0
    for score in scores:
        if not low <= score <= high:  # also true of NaN
            raise ValueError(f"{score} is not a score from {low} to {high}; leave it out before counting.")
        if score >= promoter_from:
            promoters += 1
        elif score <= detractor_to:
            detractors += 1
        else:
            passives += 1
    return Counts(promoters, passives, detractors)


def observed_points(counts: Counts, what: str = "These counts") -> float:
    """NPS in points, or ValueError without answers."""
    if counts.nps is None:
        raise ValueError(f"{what} hold no answers, so there is no NPS; give at least one answer.")
    return counts.nps


def observed(counts: Counts, what: str = "These counts") -> tuple[float, float]:
    """NPS and the variance of one answer, both on the unit scale, or ValueError without answers."""
    return observed_points(counts, what) / 100, counts.variance or 0.0
