"""How small a difference could show, and how many answers it takes.

Variances are those of one answer on the unit scale (`Counts.variance`: 0 when all agree, 1 when half are
promoters and half detractors, 0.5 to 0.75 in most surveys); margins and differences are in NPS points.
"""

from __future__ import annotations

import math

from tools.stats.counts import PSEUDO_DETRACTORS, PSEUDO_PASSIVES, PSEUDO_PROMOTERS
from tools.stats.tails import check_design_effect, critical_value, power_value

PSEUDO_ANSWERS = PSEUDO_PROMOTERS + PSEUDO_PASSIVES + PSEUDO_DETRACTORS


def smallest_detectable(standard_error: float, *, power: float = 0.8, confidence: float = 0.95) -> float:
    """The smallest true difference that a test at this standard error shows with probability `power`.

    (z_c + z_power) SE, in the unit of `standard_error`. It says what could have been seen, not what was: do not
    compute it from a difference that was found. A negative standard error: ValueError.

    Reference: Bloom (1995), Minimum detectable effects, Evaluation Review 19, 547-556.

    >>> round(smallest_detectable(3.5), 1)
    9.8

    With a standard error of 3.5 points, a true difference of 9.8 points shows 4 times in 5.
    """
    if not (math.isfinite(standard_error) and standard_error >= 0):
        raise ValueError(f"A standard error must be 0 or more, not {standard_error}.")
    return (critical_value(confidence) + power_value(power)) * standard_error


def sample_size_for_margin(
    variance: float, margin_points: float, *, confidence: float = 0.95, design_effect: float = 1.0
) -> int:
    """Answers needed for an NPS interval of +- `margin_points`.

    n = deff (V z^2 / m^2 - 3), rounded up, at least 1, with m = margin_points/100; the 3 are the pseudo-answers of
    `nps_interval`. With V = 1 it is enough whatever the answers. A variance outside 0 to 1 or a margin
    that is not positive: ValueError.

    Reference: Lewis & Sauro (2021), Sample size estimation for NPS confidence intervals, MeasuringU.

    >>> sample_size_for_margin(0.6, 5)
    919

    About nine hundred answers make an NPS good to 5 points.
    """
    return _answers(_unit_variance(variance), margin_points, critical_value(confidence), design_effect)


def sample_size_for_difference(
    variance: float,
    difference_points: float,
    *,
    other_variance: float | None = None,
    power: float = 0.8,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> int:
    """Answers needed in each of two equal groups to show a true difference of `difference_points`.

    n = deff ((V1 + V2) (z_c + z_power)^2 / d^2 - 3), rounded up, at least 1, with d = difference_points/100; the
    second variance is taken to be the first where it is not given. Variances outside 0 to 1 or a
    difference that is not positive: ValueError.

    Reference: Lewis & Sauro (2021), Sample sizes for comparing Net Promoter Scores, MeasuringU.

    >>> sample_size_for_difference(0.6, 10)
    939

    Seeing a 10-point difference 4 times in 5 takes more than nine hundred answers on each side.
    """
    second = variance if other_variance is None else other_variance
    z = critical_value(confidence) + power_value(power)
    return _answers(_unit_variance(variance) + _unit_variance(second), difference_points, z, design_effect)


def _answers(variance: float, points: float, z: float, design_effect: float) -> int:
    if not points > 0:
        raise ValueError(f"The margin or difference must be above 0 points, not {points}.")
    effective = variance * (100 * z / points) ** 2 - PSEUDO_ANSWERS
    return max(1, math.ceil(check_design_effect(design_effect) * effective - 1e-9))


def _unit_variance(variance: float) -> float:
    if not 0 <= variance <= 1:
        raise ValueError(f"The variance of one answer lies between 0 and 1 on the unit scale, not {variance}.")
    return variance
