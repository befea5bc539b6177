"""Answers made comparable: raking, and groups made alike by weights or matching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from bench.coverage_setting import Repeat, Rng, Seen, Setting
from bench.coverage_worlds import FloatArray, IntArray, alike, answers, classes_by, of_mean, seen
from tools.stats.adjusted_effects import (
    AdjustedEffect,
    balanced_effect,
    matched_effect_on,
    propensity_weighted_effect,
)
from tools.stats.balancing import entropy_balance
from tools.stats.matching import matched_difference, nearest_neighbours
from tools.stats.propensity import propensity_scores
from tools.stats.weighting import rake_weights, trim_weights, weighted_nps

RAKING, MATCHING = "Weighting to the base", "Effects with groups made alike"


def settings() -> list[Setting]:
    """All of this part."""
    return [*_raking(), *_matching()]


def _raking() -> list[Setting]:
    """Plans and regions answer at different rates and differ in NPS; the base's margins are known."""
    plans, regions = np.array([0.5, 0.3, 0.2]), np.array([0.4, 0.3, 0.2, 0.1])
    base = np.outer(plans, regions)
    mean = np.array([-0.1, 0.3, 0.5])[:, None] + np.array([0.1, 0.0, -0.1, -0.2])[None, :]
    rate = np.outer([0.5, 1.0, 2.0], [1.0, 0.7, 1.3, 0.6])
    drawn = (base * rate / (base * rate).sum()).ravel()
    truth = 100 * float((base * mean).sum())
    shares = [of_mean(float(m)) for m in mean.ravel()]
    margins = [dict(enumerate(plans.tolist())), dict(enumerate(regions.tolist()))]

    def once(customers: int, more: float, cap: float | None) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            cell = rng.choice(12, customers, p=drawn)
            who = answers(rng, customers, more)
            x = classes_by(alike(rng, who, customers), cell[who], shares)
            columns = [(cell[who] // 4).tolist(), (cell[who] % 4).tolist()]
            raked = rake_weights(columns, margins).factors
            weights = raked if cap is None else trim_weights(raked, cap).weights
            found = weighted_nps(x, weights, categories=columns, clusters=who.tolist())
            return {"": seen(truth, found)}

        return repeat

    worlds: dict[str, tuple[float, float | None]] = {
        "two margins, one answer each": (0.0, None),
        "two margins, 3 answers a customer": (2.0, None),
        "two margins, weights cut at 5 times their mean": (0.0, 5.0),
    }
    return [
        Setting(RAKING, "weighted_nps", world, n, "customers", once(n, *how), times=3)
        for world, how in worlds.items()
        for n in (50, 100, 200, 500, 2_000)
    ]


@dataclass(frozen=True)
class Confounded:
    """Customers of whom the longer and larger are treated more often, and are happier anyway."""

    effect: float
    """On the NPS of those treated, in points, where it is the same for all."""
    varying: float = 0.0
    """How much more the effect is for a step of the first covariate."""

    def draw(self, rng: Rng, customers: int, more: float) -> tuple[IntArray, FloatArray, IntArray, IntArray]:
        """The customer, covariates, arm and x of each answer."""
        who = answers(rng, customers, more)
        size, tenure = rng.integers(0, 3, customers), rng.integers(0, 5, customers)
        region = rng.integers(0, 2, customers)
        logit = -1.0 + 0.4 * (size - 1) + 0.25 * (tenure - 2) + 0.5 * region
        treated = (rng.random(customers) < 1 / (1 + np.exp(-logit))).astype(np.int64)
        cell = ((size * 5 + tenure) * 2 + region) * 2 + treated
        x = classes_by(alike(rng, who, customers), cell[who], [of_mean(float(m)) for m in self.means()])
        covariates = np.column_stack([size == 1, size == 2, tenure, region]).astype(float)
        return who, covariates[who], treated[who], x

    def means(self) -> FloatArray:
        """NPS (unit scale) by size, tenure, region, arm."""
        size, tenure, region, arm = np.indices((3, 5, 2, 2))
        effect = self.effect / 100 + self.varying / 100 * (size - 1)
        found: FloatArray = (0.05 + 0.12 * (size - 1) + 0.08 * (tenure - 2) - 0.1 * region + effect * arm).ravel()
        return found

    def truth(self) -> float:
        """The mean effect on the treated, in points."""
        size, tenure, region = np.indices((3, 5, 2))
        chance = 1 / (1 + np.exp(1.0 - 0.4 * (size - 1) - 0.25 * (tenure - 2) - 0.5 * region))
        return float((chance * (self.effect + self.varying * (size - 1))).sum() / chance.sum())


def _matching() -> list[Setting]:
    def once(customers: int, more: float, world: Confounded) -> Repeat:
        truth = world.truth() if world.varying else world.effect

        def repeat(rng: Rng) -> dict[str, Seen]:
            who, x, treated, classes = world.draw(rng, customers, more)
            y, t = 100.0 * classes, treated == 1
            model = propensity_scores(x, t)
            if model.separated:
                return {}
            found: dict[str, AdjustedEffect] = {
                "propensity_weighted_effect": propensity_weighted_effect(y, t, x, model, clusters=who),
                "matched_effect_on": matched_effect_on(y, model.linear, t, clusters=who),
            }
            told = {name: seen(truth, effect, effect.p_value) for name, effect in found.items()}
            weights = np.ones(len(t))
            try:
                weights[~t] = entropy_balance(x[~t], x[t].mean(axis=0)).weights
                effect = balanced_effect(y, t, x, weights, clusters=who)
                told["balanced_effect"] = seen(truth, effect, effect.p_value)
            except ValueError:  # these controls cannot be made alike; the tool leaves the method out
                pass
            if not more:
                pairs = matched_difference(y, t, nearest_neighbours(model.linear, t, caliper=0.2))
                told["matched_difference"] = seen(truth, pairs, pairs.p_value)
            return told

        return repeat

    worlds = {
        "no effect": (0.0, Confounded(0.0)),
        "15 points lower": (0.0, Confounded(-15.0)),
        "15 points lower on average, varying": (0.0, Confounded(-15.0, -15.0)),
        "no effect, 3 answers a customer": (2.0, Confounded(0.0)),
    }
    return [
        Setting(MATCHING, "effect on the treated", world, n, "customers", once(n, *how), times=3)
        for world, how in worlds.items()
        for n in (50, 100, 200, 500, 2_000)
    ]
