"""One survey's NPS against a figure that somebody else published."""

from __future__ import annotations

import math
from dataclasses import dataclass

from tools.stats.counts import Counts, observed_points
from tools.stats.power import PSEUDO_ANSWERS
from tools.stats.score import Difference, nps_interval
from tools.stats.tails import check_design_effect, critical_value, power_value, two_sided_p


@dataclass(frozen=True, slots=True)
class Figure:
    """A published NPS in points; `standard_error` is 0 where it is taken as exact."""

    value: float
    standard_error: float = 0.0
    low: float | None = None
    high: float | None = None


def published_figure(
    value: float,
    *,
    n: float | None = None,
    low: float | None = None,
    high: float | None = None,
    confidence: float = 0.95,
) -> Figure:
    """A published NPS with the standard error that follows from its interval or, failing that, from its n.

    From an interval: (high - low)/(2 z) at the interval's own `confidence`. From n alone: that of `nps_interval` for
    n (1 + R)/2 promoters and n (1 - R)/2 detractors, R = value/100, the largest that n answers with this NPS can have
    (no passives), because the class shares were not published; `low` and `high` are then the interval's. From neither:
    0, the figure is taken as exact. The interval goes before n.

    A value outside -100 to 100, an interval with one end only or that does not hold the value, n below 1: ValueError.

    Reference: Rocks (2016), The American Statistician 70(4), for the variance and the three pseudo-answers.

    >>> round(published_figure(32, n=500).standard_error, 2)
    4.22
    >>> round(published_figure(32, low=28, high=36).standard_error, 2)
    2.04
    """
    if not (math.isfinite(value) and -100 <= value <= 100):
        raise ValueError(f"An NPS lies between -100 and 100 points, not {value}.")
    if (low is None) != (high is None):
        raise ValueError("An interval needs both ends, low and high.")
    if low is not None and high is not None:
        if not -100 <= low <= value <= high <= 100 or low == high:
            raise ValueError(f"The interval from {low} to {high} does not fit the figure {value}.")
        return Figure(value, (high - low) / (2 * critical_value(confidence)), low, high)
    if n is None:
        return Figure(value)
    if not (math.isfinite(n) and n >= 1):
        raise ValueError(f"The figure's number of answers must be 1 or more, not {n}.")
    share = (1 + value / 100) / 2
    widest = nps_interval(Counts(n * share, 0, n * (1 - share)), confidence=confidence)
    return Figure(value, widest.standard_error, widest.low, widest.high)


def nps_against_figure(
    counts: Counts, figure: Figure, *, confidence: float = 0.95, design_effect: float = 1.0
) -> Difference:
    """An NPS minus a published figure, with its interval and test, in points.

    With R~ and SE of `nps_interval` (adjusted), D~ = 100 R~ - figure, SE_D = sqrt(SE^2 + SE_figure^2),

        z = D~/SE_D,   interval = D~ -+ z_c SE_D.

    The estimate is the observed NPS minus the figure; D~ is never taken beyond it and is 0 where the signs disagree,
    as in `nps_difference`. `smallest_detectable` = (z_c + z_0.8) SE_D. The interval contains the estimate and is
    clipped to -200 and 200. No answers: ValueError.

    Reference: Lewis & Sauro (2021), MeasuringU, test of one NPS against a benchmark; Rocks (2016).

    >>> d = nps_against_figure(Counts(520, 260, 220), Figure(36))
    >>> round(d.estimate, 1), round(d.low, 1), round(d.high, 1), round(d.p_value, 3)
    (-6.0, -11.0, -1.0, 0.018)
    """
    z_critical = critical_value(confidence)
    if not (math.isfinite(figure.value) and 0 <= figure.standard_error < math.inf):
        raise ValueError(f"A figure needs a value and a standard error of 0 or more, not {figure}.")
    estimate = observed_points(counts) - figure.value
    own = nps_interval(counts, confidence=confidence, design_effect=design_effect)
    adjusted = counts.adjusted(design_effect=design_effect)
    shrunk = 100 * (adjusted.promoters - adjusted.detractors) / adjusted.n - figure.value
    centre = min(max(shrunk, min(estimate, 0.0)), max(estimate, 0.0))
    se = math.hypot(own.standard_error, figure.standard_error)
    return Difference(
        estimate=estimate,
        low=min(max(centre - z_critical * se, -200.0), estimate),
        high=max(min(centre + z_critical * se, 200.0), estimate),
        standard_error=se,
        z=centre / se,
        p_value=two_sided_p(centre / se),
        smallest_detectable=min((z_critical + power_value(0.8)) * se, 200.0),
    )


def answers_for_figure(
    variance: float,
    difference_points: float,
    *,
    figure_standard_error: float = 0.0,
    power: float = 0.8,
    confidence: float = 0.95,
    design_effect: float = 1.0,
) -> int | None:
    """Answers of one's own that show a true difference from a figure with probability `power`.

    n = deff (V 100^2/(d^2/(z_c + z_power)^2 - SE^2) - 3), rounded up, at least 1; d and SE (of the figure) in points, V
    the variance of one answer on the unit scale. None where no number is enough, because the figure itself is too
    unsure. A variance outside 0 to 1, a difference that is not positive, a negative standard error: ValueError.

    Reference: Lewis & Sauro (2021), Sample sizes for comparing Net Promoter Scores, MeasuringU.

    >>> answers_for_figure(0.6, 5)
    1881
    >>> answers_for_figure(0.6, 5, figure_standard_error=2) is None
    True
    """
    if not 0 <= variance <= 1 or not difference_points > 0 or not figure_standard_error >= 0:
        raise ValueError(
            f"A variance of 0 to 1, a difference above 0 and a standard error of 0 or more are needed, not {variance}, "
            f"{difference_points}, {figure_standard_error}."
        )
    z = critical_value(confidence) + power_value(power)
    room = (difference_points / z) ** 2 - figure_standard_error**2
    if room <= 0:
        return None
    effective = 10_000 * variance / room - PSEUDO_ANSWERS
    return max(1, math.ceil(check_design_effect(design_effect) * effective - 1e-9))
