"""What goes with the score: weights of drivers, odds ratios, marks held equal, correlations."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np

from bench.coverage_setting import Repeat, Rng, Seen, Setting
from bench.coverage_worlds import USUAL, FloatArray, IntArray, alike, answers, classes, cuts_of, seen
from tools.stats.correlation import correlation
from tools.stats.driver_intervals import Interval, Method, driver_intervals, resample_weights
from tools.stats.drivers import johnson_weights, shapley_r2
from tools.stats.indicators import adjusted_differences
from tools.stats.ordinal import nps_effect, odds_ratio, ordinal_logit

WEIGHTS, MODELS = "Driver weights", "Models of the score"


def settings() -> list[Setting]:
    """All of this part."""
    return [*_weights(), *_models(), *_marks(), *_correlations()]


def attenuation() -> float:
    """Correlation of a normal satisfaction with its three classes (in the usual shares)."""
    top, bottom = cuts_of(USUAL)
    normal = NormalDist()
    spread = USUAL[0] + USUAL[2] - (USUAL[0] - USUAL[2]) ** 2
    return (normal.pdf(top) + normal.pdf(bottom)) / math.sqrt(spread)


def _weights() -> list[Setting]:
    """Five items that correlate; two of them, or all, carry nothing."""

    def once(n: int, slopes: FloatArray, common: float, more: float, method: Method) -> Repeat:
        k = len(slopes)
        between = np.full((k, k), common) + (1 - common) * np.eye(k)
        root = np.linalg.cholesky(between)
        spread = math.sqrt(float(slopes @ between @ slopes) + 1)
        with_outcome = attenuation() * (between @ slopes) / spread
        exact = (shapley_r2 if method == "shapley" else johnson_weights)(between, with_outcome)
        whole = exact.r_squared

        def repeat(rng: Rng) -> dict[str, Seen]:
            who = answers(rng, round(n / (1 + more)), more)
            own = rng.standard_normal((int(who.max()) + 1, k))[who] if more else 0.0
            fresh = rng.standard_normal((len(who), k))
            x = (math.sqrt(0.5) * (own + fresh) if more else fresh) @ root.T
            noise = alike(rng, who, int(who.max()) + 1) if more else rng.standard_normal(len(who))
            y = classes((x @ slopes + noise) / spread, USUAL)
            sample = resample_weights(y, x, who, method=method, repeats=500, seed=int(rng.integers(1 << 30)))
            found = driver_intervals([sample])
            names = {0: "the strongest driver", 2: "a weak driver", k - 1: "a driver without a slope"}
            told = {
                name: _weight(exact.weights[at], found.weights[at]) for at, name in names.items() if whole or at == 0
            }
            told["R²"] = _weight(whole, found.r_squared)
            if found.shares is not None and whole:
                share = exact.shares[0]
                told["share of the strongest, where told"] = seen(share or 0.0, found.shares[0])
            return told

        return repeat

    two, none = np.array([0.8, 0.5, 0.25, 0.0, 0.0]), np.zeros(5)
    worlds: dict[str, tuple[FloatArray, float, float]] = {
        "5 items, correlation 0.5": (two, 0.5, 0.0),
        "5 items, uncorrelated": (two, 0.0, 0.0),
        "5 items, nothing matters": (none, 0.5, 0.0),
        "5 items, correlation 0.5, 3 answers a customer": (two, 0.5, 2.0),
    }
    methods: tuple[Method, ...] = ("shapley", "johnson")
    return [
        Setting(WEIGHTS, f"driver_intervals, {method}", world, n, "answers", once(n, *how, method), unit="share")
        for world, how in worlds.items()
        for method in methods
        if method == "shapley" or (how[1] > 0 and how[2] == 0)
        for n in (200, 500, 2_000)
    ]


def _weight(truth: float, found: Interval) -> Seen:
    """A weight of 0 is taken for something where its interval leaves 0 out."""
    return Seen(round(truth, 9), found.low, found.high, float(found.low > 0))


def _models() -> list[Setting]:
    """A proportional-odds model with two items; its coefficients are known, and so is what a step does to NPS."""

    def once(n: int, slope: float) -> Repeat:
        beta, cuts = np.array([slope, 0.4]), np.array([-1.3, 0.1])
        truth = _points(beta, cuts)

        def repeat(rng: Rng) -> dict[str, Seen]:
            x = rng.integers(-1, 2, (n, 2)).astype(float)
            latent = x @ beta + rng.logistic(size=n)
            y = np.where(latent > cuts[1], 1.0, np.where(latent > cuts[0], 0.0, -1.0))
            fit = ordinal_logit(y, x)
            ratio, effect = odds_ratio(fit, 0), nps_effect(fit, x, 0)
            held = Seen(slope, math.log(ratio.low), math.log(ratio.high), float(ratio.p_value < 0.05))
            return {"logarithm of the odds ratio": held, "points of NPS for a step": seen(truth, effect)}

        return repeat

    return [
        Setting(MODELS, "ordinal_logit", world, n, "answers", once(n, slope), unit="")
        for world, slope in (("an item without effect", 0.0), ("an item of odds ratio 1.8", math.log(1.8)))
        for n in (50, 100, 500, 2_000)
    ]


def _points(beta: FloatArray, cuts: FloatArray) -> float:
    """The mean over all x of the change in NPS from half a step below to half a step above in the first item."""
    half = np.array([0.5, 0.0])
    levels = np.array([[a, b] for a in (-1, 0, 1) for b in (-1, 0, 1)], float)

    def nps(x: FloatArray) -> FloatArray:
        above = 1 / (1 + np.exp(cuts[None, :] - (x @ beta)[:, None]))
        found: FloatArray = 100 * (above[:, 1] - (1 - above[:, 0]))
        return found

    return round(float((nps(levels + half) - nps(levels - half)).mean()), 9)


def _marks() -> list[Setting]:
    """Themes that come together, one of which lowers the score."""

    def once(customers: int, more: float) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            who = answers(rng, customers, more)
            price = rng.random(len(who)) < 0.2
            support = rng.random(len(who)) < np.where(price, 0.5, 0.15)
            latent = alike(rng, who, customers)
            x: IntArray = np.where(price, classes(latent, (0.3, 0.3, 0.4)), classes(latent, USUAL))
            found = adjusted_differences(100.0 * x, np.column_stack([price, support]), who)
            names = {"a theme 40 points lower": -40.0, "a theme that comes with it": 0.0}
            return {
                name: seen(truth, contrast, contrast.p_value)
                for (name, truth), contrast in zip(names.items(), found, strict=True)
                if contrast is not None
            }

        return repeat

    worlds = {"two themes, one comment each": 0.0, "two themes, 3 comments a customer": 2.0}
    return [
        Setting(MODELS, "adjusted_differences", world, n, "customers", once(n, more), times=4)
        for world, more in worlds.items()
        for n in (30, 60, 200, 1_000)
    ]


def _correlations() -> list[Setting]:
    def once(n: int, rho: float, more: float) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            who = answers(rng, round(n / (1 + more)), more)
            customers = int(who.max()) + 1
            x, e = (alike(rng, who, customers) if more else rng.standard_normal(len(who)) for _ in range(2))
            y = rho * x + math.sqrt(1 - rho**2) * e
            found = correlation(x, y, clusters=who)
            return {"": Seen(rho, found.low, found.high)}

        return repeat

    return [
        Setting(MODELS, "correlation", world, n, "answers", once(n, rho, more), times=5, unit="")
        for world, rho, more in (
            ("r = 0", 0.0, 0.0),
            ("r = 0.6", 0.6, 0.0),
            ("r = 0.6, 3 answers a customer", 0.6, 2.0),
        )
        for n in (20, 50, 200, 1_000)
    ]
