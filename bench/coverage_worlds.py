"""Made-up surveys of which everything is known: class shares, alike customers, periods."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bench.coverage_setting import Rng, Seen
from tools.moments import _adjusted
from tools.stats.clusters import design_effect
from tools.stats.contrasts import clustered_mean_covariance
from tools.stats.counts import Counts

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Shares = tuple[float, float, float]
"""Of promoters, passives, detractors."""
USUAL: Shares = (0.5, 0.3, 0.2)
UNHAPPY: Shares = (0.35, 0.3, 0.35)
ALIKE = 0.4
"""Correlation between the latent satisfaction of two answers of one customer."""


class Interval(Protocol):
    """What most functions return."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


def nps_of(shares: Shares) -> float:
    """In points."""
    return 100 * (shares[0] - shares[2])


def of_mean(mean: float, passives: float = 0.3) -> Shares:
    """Class shares with a given NPS (unit scale)."""
    return (1 - passives + mean) / 2, passives, (1 - passives - mean) / 2


def seen(truth: float, found: Interval, p_value: float | None = None, level: float = 0.05) -> Seen:
    """An interval, and its test where there is one."""
    alarm = math.nan if p_value is None else float(p_value < level)
    return Seen(truth, found.low, found.high, alarm)


def called(truth: float, p_value: float, level: float = 0.05) -> Seen:
    """A test without an interval."""
    return Seen(truth, alarm=float(p_value < level))


def draw_counts(rng: Rng, n: int, shares: Shares) -> Counts:
    """Independent answers."""
    p, q, d = rng.multinomial(n, shares)
    return Counts(int(p), int(q), int(d))


def counts_of(x: NDArray[Any]) -> Counts:
    """Of +1, 0, -1."""
    return Counts(int((x > 0).sum()), int((x == 0).sum()), int((x < 0).sum()))


def cuts_of(shares: Shares) -> tuple[float, float]:
    """Normal quantiles above which an answer is a promoter's, and below which a detractor's."""
    normal = NormalDist()
    held = [min(max(value, 1e-12), 1 - 1e-12) for value in (1 - shares[0], shares[2])]
    return normal.inv_cdf(held[0]), normal.inv_cdf(held[1])


def classes(latent: FloatArray, shares: Shares) -> IntArray:
    """+1, 0, -1 from a standard normal latent satisfaction, in the shares."""
    top, bottom = cuts_of(shares)
    return (latent > top).astype(np.int64) - (latent < bottom)


def classes_by(latent: FloatArray, cell: IntArray, shares: list[Shares]) -> IntArray:
    """The same with the shares of each answer's cell."""
    top, bottom = np.array([cuts_of(item) for item in shares]).T
    found: IntArray = (latent > top[cell]).astype(np.int64) - (latent < bottom[cell])
    return found


def alike(rng: Rng, who: IntArray, customers: int, correlation: float = ALIKE) -> FloatArray:
    """Standard normal satisfaction of answers, correlated within customers."""
    own = rng.standard_normal(customers)[who]
    noise = rng.standard_normal(len(who))
    return math.sqrt(correlation) * own + math.sqrt(1 - correlation) * noise


def answers(rng: Rng, customers: int, more: float, least: int = 1) -> IntArray:
    """The customer of each answer; everyone answers `least` times and Poisson(`more`) times beyond that."""
    return np.repeat(np.arange(customers), least + rng.poisson(more, customers))


def customer_sums(x: IntArray, who: IntArray) -> tuple[FloatArray, FloatArray]:
    """Sum of x and number of answers of each customer who answered."""
    n = np.bincount(who).astype(np.float64)
    s = np.bincount(who, weights=x).astype(np.float64)
    return s[n > 0], n[n > 0]


def effect_of(x: IntArray, who: IntArray) -> float:
    """The design effect as the tools compute it."""
    s, n = customer_sums(x, who)
    return design_effect(float(s @ s), float(s @ n), float(n @ n), counts_of(x), len(n))


def cell_moments(x: IntArray, cell: IntArray, who: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Means in points, their covariance and n as `tools.moments` has them for NPS."""
    points = 100.0 * x
    mean, covariance, n = clustered_mean_covariance(points, cell, who)
    totals, squares = (np.bincount(cell, weights=values).astype(np.float64) for values in (points, points**2))
    return mean, _adjusted(covariance, n, totals, squares), n
