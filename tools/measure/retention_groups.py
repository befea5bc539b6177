"""Do groups of customers stay differently: log-rank for leaving, age by age for activity, and pairs of groups."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from tools.measure.retention_counts import Curve, Point
from tools.result import FactSheet
from tools.scope import MISSING
from tools.stats.multiplicity import holm
from tools.stats.proportions import equal_proportions, newcombe_difference
from tools.stats.survival import LogrankTest, logrank_from_counts
from tools.stats.tails import ChiSquareTest, critical_value, two_sided_p

MAX_PAIR_GROUPS = 6
"""Groups of which all pairs are compared; with more only the test of all together is made."""


@dataclass(frozen=True)
class PairTest:
    """Retention of `first` minus that of `second` at one age."""

    first: Curve
    second: Curve
    n: int
    estimate: float
    low: float
    high: float
    p_value: float
    p_holm: float


def comparable(groups: Sequence[Curve], base: int, age: int | None = None) -> list[Curve]:
    """Groups with a value and enough customers, altogether or seen at the age."""
    named = [group for group in groups if MISSING not in group.key]
    if age is None:
        return [group for group in named if group.customers >= base]
    return [group for group in named if (point := group.at(age)) is not None and point.n >= base]


def leaving_test(groups: Sequence[Curve]) -> LogrankTest | None:
    """Log-rank over all days; None where fewer than two groups or nobody left."""
    counted = [group for group in groups if group.at_risk is not None and group.leaving is not None]
    if len(counted) < 2:
        return None
    at_risk = np.array([group.at_risk for group in counted])
    leaving = np.array([group.leaving for group in counted])
    days = leaving.sum(axis=0) > 0
    if not np.any(days):
        return None
    return logrank_from_counts(at_risk[:, days], leaving[:, days])


def age_tests(groups: Sequence[Curve], ages: Sequence[int], base: int) -> list[tuple[int, int, ChiSquareTest, float]]:
    """For each age at which two groups have enough customers: age, customers, test and p after Holm's adjustment."""
    found = []
    for age in ages:
        points = [point for group in comparable(groups, base, age) if (point := group.at(age)) is not None]
        if len(points) >= 2:
            shares, sizes = [point.share * point.n for point in points], [float(point.n) for point in points]
            found.append((age, sum(point.n for point in points), equal_proportions(shares, sizes)))
    adjusted = holm([test.p_value for _age, _n, test in found])
    return [(age, n, test, p) for (age, n, test), p in zip(found, adjusted, strict=True)]


def pair_tests(groups: Sequence[Curve], age: int, base: int, churn: bool) -> list[PairTest]:
    """All pairs at one age, adjusted for their number; none where there are too many groups."""
    able = comparable(groups, base, age)
    if not 2 <= len(able) <= MAX_PAIR_GROUPS:
        return []
    pairs = list(combinations(able, 2))
    tests = [_pair(_point(one, age), _point(other, age), churn) for one, other in pairs]
    adjusted = holm([test[3] for test in tests])
    return [
        PairTest(one, other, _point(one, age).n + _point(other, age).n, *test, p)
        for (one, other), test, p in zip(pairs, tests, adjusted, strict=True)
    ]


def _point(group: Curve, age: int) -> Point:
    return next(point for point in group.points if point.age == age)


def _pair(one: Point, other: Point, churn: bool) -> tuple[float, float, float, float]:
    """Estimate, low, high, p; of two Kaplan-Meier shares by Greenwood, of two counted shares by Newcombe."""
    if not churn:
        x, y = one.share * one.n, other.share * other.n
        interval = newcombe_difference(x, one.n, y, other.n)
        p_value = equal_proportions([x, y], [float(one.n), float(other.n)]).p_value
        return interval.estimate, interval.low, interval.high, p_value
    difference = one.share - other.share
    error = math.hypot(_error(one), _error(other))
    margin = critical_value(0.95) * error
    p_value = two_sided_p(difference / error)
    return difference, max(difference - margin, -1.0), min(difference + margin, 1.0), p_value


def _error(point: Point) -> float:
    """Greenwood's, or what Wilson's interval allows where everybody is still here or nobody is."""
    return point.error or (point.high - point.low) / (2 * critical_value(0.95))


def add_left(sheet: FactSheet, told: Sequence[tuple[Curve, dict[str, str]]], age: int, age_name: str) -> None:
    """The share who left by an age: what is missing to all of them, with the interval turned round."""
    for curve, where in told:
        point = curve.at(age)
        if point is not None:
            low, high = 1 - point.high, 1 - point.low
            cell = {**where, age_name: str(age)}
            sheet.add("left", 1 - point.share, "share", n=point.n, low=low, high=high, where=cell)
