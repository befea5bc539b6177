"""Who stays, who was drawn, who agrees: survival, experiments, raters."""

from __future__ import annotations

import math

import numpy as np

from bench.coverage_setting import Repeat, Rng, Seen, Setting
from bench.coverage_worlds import USUAL, FloatArray, IntArray, alike, answers, called, classes, seen
from tools.measure.retention_counts import Point
from tools.measure.retention_groups import _pair
from tools.stats.agreement import cohen_kappa, fleiss_kappa, gwet_ac1, krippendorff_alpha, precision_recall
from tools.stats.experiments import cuped, mean_difference, sample_ratio_test
from tools.stats.proportions import wilson_interval
from tools.stats.survival import SurvivalCurve, kaplan_meier, logrank_test, restricted_mean

STAYING, EXPERIMENTS, RATERS = "Retention", "Experiments", "Agreement of raters"
RATE, LIMIT = 0.02, 30
"""Part of the customers who leave each day, and the day that is asked about."""


def settings() -> list[Setting]:
    """All of this part."""
    return [*_curves(), *_logranks(), *_experiments(), *_splits(), *_raters(), *_labels()]


def _stays(rng: Rng, n: int, until: int, rate: float = RATE) -> tuple[FloatArray, IntArray]:
    """Days until leaving or until the data end, which customers reach at ages evenly spread up to `until`."""
    leaving = np.ceil(rng.exponential(1 / rate, n))
    end = rng.integers(until // 4, until + 1, n)
    return np.minimum(leaving, end), (leaving <= end).astype(np.int64)


def _at(curve: SurvivalCurve, day: float) -> Point:
    place = int(np.searchsorted(curve.times, day, side="right")) - 1
    n = int(curve.n)
    if place < 0:
        found = wilson_interval(n, n)
        return Point(int(day), n, 1.0, found.low, found.high, 0.0)
    values = (curve.survival, curve.low, curve.high, curve.standard_error)
    return Point(int(day), n, *(float(value[place]) for value in values))


def _curves() -> list[Setting]:
    def once(n: int, until: int) -> Repeat:
        share = math.exp(-RATE * LIMIT)
        mean = sum(math.exp(-RATE * day) for day in range(LIMIT))

        def repeat(rng: Rng) -> dict[str, Seen]:
            times, events = _stays(rng, n, until)
            curve = kaplan_meier(times, events)
            told = {"kept after 30 days": seen(share, _at(curve, LIMIT)) if curve.last >= LIMIT else None}
            late = math.log(2) / RATE
            if until > late and curve.median is not None:
                low = curve.median_low if curve.median_low is not None else 0.0
                high = curve.median_high if curve.median_high is not None else math.inf
                told["median"] = Seen(math.ceil(late), low, min(high, float(until)))
            if curve.last >= LIMIT:
                told["days of the first 30"] = seen(mean, restricted_mean(curve, LIMIT))
            return {name: item for name, item in told.items() if item is not None}

        return repeat

    def pair(n: int, rates: tuple[float, float]) -> Repeat:
        truth = round(math.exp(-rates[0] * LIMIT) - math.exp(-rates[1] * LIMIT), 9)

        def repeat(rng: Rng) -> dict[str, Seen]:
            points = [_at(kaplan_meier(*_stays(rng, n, 90, rate)), LIMIT) for rate in rates]
            _estimate, low, high, p_value = _pair(points[0], points[1], True)
            return {"": Seen(truth, low, high, float(p_value < 0.05))}

        return repeat

    alone = [
        Setting(STAYING, "kaplan_meier", world, n, "customers", once(n, until), times=4, unit="share or days")
        for world, until in (("45 % leave in 30 days, few censored", 120), ("half of them censored", 40))
        for n in (10, 20, 50, 100, 500)
    ]
    beside = [
        Setting(
            STAYING, "retention, pair of groups", world, n, "customers a group", pair(n, rates), times=4, unit="share"
        )
        for world, rates in (("alike", (0.02, 0.02)), ("leaving twice as fast", (0.02, 0.04)))
        for n in (10, 20, 50, 100, 500)
    ]
    return [*alone, *beside]


def _logranks() -> list[Setting]:
    def once(sizes: tuple[int, ...], until: int) -> Repeat:
        names = np.repeat(np.arange(len(sizes)), sizes).tolist()

        def repeat(rng: Rng) -> dict[str, Seen]:
            found = logrank_test(*_stays(rng, sum(sizes), until), names)
            return {"": called(0.0, found.p_value)}

        return repeat

    worlds: dict[str, tuple[int, ...]] = {
        "2 groups alike": (1, 1),
        "5 groups alike": (1, 1, 1, 1, 1),
        "2 groups alike, one 10 times as large": (1, 10),
    }
    return [
        Setting(
            STAYING, "logrank_test", world, n, "customers in the smallest", once(tuple(n * s for s in parts), 90), 4
        )
        for world, parts in worlds.items()
        for n in (10, 20, 50, 200)
    ]


def _experiments() -> list[Setting]:
    """Customers are dealt into two arms; what they did before goes with what they do after."""

    def once(customers: int, more: float, spend: bool, share: float) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            who = answers(rng, customers, more)
            arm = (rng.random(customers) < share)[who]
            before = rng.standard_normal(customers)[who]
            latent = 0.6 * before + 0.8 * alike(rng, who, customers)
            y = np.exp(latent) if spend else 100.0 * classes(latent, USUAL)
            found = cuped(y, np.exp(before) if spend else before, arm, who)
            plain = mean_difference(y, arm, who)
            return {"mean_difference": seen(0.0, plain, plain.p_value), "cuped": seen(0.0, found.adjusted)}

        return repeat

    worlds: dict[str, tuple[float, bool, float]] = {
        "NPS, half and half": (0.0, False, 0.5),
        "NPS, half and half, 3 answers a customer": (2.0, False, 0.5),
        "spend (log-normal), half and half": (0.0, True, 0.5),
        "spend (log-normal), one in ten treated": (0.0, True, 0.1),
    }
    return [
        Setting(EXPERIMENTS, "two arms", f"{world}, no effect", n, "customers", once(n, *how), times=4)
        for world, how in worlds.items()
        for n in (20, 50, 200, 1_000)
    ]


def _splits() -> list[Setting]:
    def once(n: int, shares: tuple[float, ...]) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            found = sample_ratio_test([int(k) for k in rng.multinomial(n, shares)], shares)
            return {"": Seen(0.0, alarm=float(found.mismatch))}

        return repeat

    worlds = {"half and half, as planned": (0.5, 0.5), "10 % and 90 %, as planned": (0.1, 0.9)}
    return [
        Setting(EXPERIMENTS, "sample_ratio_test at 1 %", world, n, "people", once(n, shares), times=20, level=0.01)
        for world, shares in worlds.items()
        for n in (20, 100, 1_000, 100_000)
    ]


def _raters() -> list[Setting]:
    """Raters agree on a part of the subjects without fail and guess at the others."""

    def two(n: int, kappa: float, shares: FloatArray) -> Repeat:
        joint = kappa * np.diag(shares) + (1 - kappa) * np.outer(shares, shares)
        k = len(shares)

        def repeat(rng: Rng) -> dict[str, Seen]:
            table = rng.multinomial(n, joint.ravel()).reshape(k, k)
            found = cohen_kappa(table)
            return {"": Seen(kappa, found.low, found.high, float(found.p_value is not None and found.p_value < 0.05))}

        return repeat

    def three(n: int, kappa: float, shares: FloatArray) -> Repeat:
        k = len(shares)
        seen_alike = kappa + (1 - kappa) * float(shares @ shares)
        guess = float((shares * (1 - shares)).sum()) / (k - 1)
        ac1 = (seen_alike - guess) / (1 - guess)

        def repeat(rng: Rng) -> dict[str, Seen]:
            guesses = rng.choice(k, (n, 3), p=shares)
            agreed = rng.random(n) < kappa
            rated = np.where(agreed[:, None], guesses[:, :1], guesses)
            counts = (rated[:, :, None] == np.arange(k)).sum(axis=1)
            alpha = krippendorff_alpha(rated.T.tolist(), resamples=500, seed=int(rng.integers(1 << 30)))
            told = {"fleiss_kappa": seen(kappa, fleiss_kappa(counts)), "gwet_ac1": seen(ac1, gwet_ac1(counts))}
            if alpha.low is not None and alpha.high is not None:
                told["krippendorff_alpha"] = Seen(kappa, alpha.low, alpha.high)
            return told

        return repeat

    even, rare = np.full(3, 1 / 3), np.array([0.9, 0.1])
    pairs = [
        Setting(RATERS, "cohen_kappa", world, n, "subjects", two(n, kappa, shares), times=10, unit="")
        for world, kappa, shares in (
            ("kappa 0.6, three even categories", 0.6, even),
            ("kappa 0.6, 90 % in one of two", 0.6, rare),
            ("kappa 0, three even categories", 0.0, even),
        )
        for n in (20, 50, 100, 200, 1_000)
    ]
    more = [
        Setting(RATERS, "three raters", world, n, "subjects", three(n, 0.6, shares), unit="")
        for world, shares in (
            ("kappa 0.6, three even categories", even),
            ("kappa 0.6, 90 % in one of two", rare),
        )
        for n in (20, 50, 200, 1_000)
    ]
    return [*pairs, *more]


def _labels() -> list[Setting]:
    def once(n: int) -> Repeat:
        parts = np.array([0.6, 0.15, 0.25])
        truth = 1.2 / (1.2 + 0.15 + 0.25)

        def repeat(rng: Rng) -> dict[str, Seen]:
            found = precision_recall(*(int(k) for k in rng.multinomial(n, parts)))
            told = {"F1": seen(truth, found.f1)}
            if found.precision is not None:
                told["precision"] = seen(0.8, found.precision)
            return told

        return repeat

    return [
        Setting(RATERS, "precision_recall", "precision 0.8, recall 0.71", n, "labels", once(n), times=10, unit="share")
        for n in (10, 20, 50, 200)
    ]
