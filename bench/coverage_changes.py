"""What changed, and by what: decompositions, differences in differences, effects that reach customers in turn."""

from __future__ import annotations

import numpy as np

from bench.coverage_setting import Repeat, Rng, Seen, Setting
from bench.coverage_worlds import (
    USUAL,
    FloatArray,
    IntArray,
    Shares,
    alike,
    answers,
    called,
    cell_moments,
    classes_by,
    of_mean,
    seen,
)
from tools.stats.contrasts import linear_contrast
from tools.stats.counts import Counts
from tools.stats.decomposition import Effect, kitagawa
from tools.stats.did import difference_in_differences
from tools.stats.did_composition import adjusted_did
from tools.stats.event_study import event_study, pre_trend_test
from tools.stats.multifactor import multifactor_effects
from tools.stats.staggered import group_time_att, group_time_att_from_means

SPLIT, DID, STAGGERED = "Decomposition of a change", "Difference in differences", "Exposure in turn"


def settings() -> list[Setting]:
    """All of this part."""
    return [*_kitagawa(), *_multifactor(), *_did(), *_adjusted(), *_event_study(), *_staggered()]


def _effect(truth: float, found: Effect) -> Seen:
    alarm = float(found.p_value is not None and found.p_value < 0.05)
    return Seen(truth, found.low, found.high, alarm)


def _kitagawa() -> list[Setting]:
    segments = ("Starter", "Growth", "Scale")

    def once(n: int, share: FloatArray, mean: FloatArray) -> Repeat:
        mix = 100 * float((share[1] - share[0]) @ mean.mean(axis=0))
        within = 100 * float(share.mean(axis=0) @ (mean[1] - mean[0]))

        def repeat(rng: Rng) -> dict[str, Seen]:
            periods = []
            for t in (0, 1):
                sizes = rng.multinomial(n, share[t])
                drawn = [rng.multinomial(size, of_mean(m)) for size, m in zip(sizes, mean[t], strict=True)]
                periods.append({s: Counts(*map(int, row)) for s, row in zip(segments, drawn, strict=True)})
            found = kitagawa(*periods)
            if found.entering.p_value is not None or found.leaving.p_value is not None:
                return {}  # a segment without answers: another question
            total = {"mix": (mix, found.mix), "within": (within, found.within), "total": (mix + within, found.total)}
            return {name: _effect(round(truth, 9), effect) for name, (truth, effect) in total.items()}

        return repeat

    even, moved = np.full((2, 3), 1 / 3), np.array([[0.2, 0.3, 0.5], [0.5, 0.3, 0.2]])
    happy, fell = np.array([[-0.1, 0.3, 0.5]] * 2), np.array([[-0.1, 0.3, 0.5], [-0.2, 0.1, 0.4]])
    worlds = {
        "3 segments, nothing changed": (even, happy),
        "3 segments, nothing changed, all alike": (even, np.full((2, 3), 0.3)),
        "3 segments, mix changed": (moved, happy),
        "3 segments, mix and answers changed": (moved, fell),
    }
    return [
        Setting(SPLIT, "kitagawa", world, n, "answers a period", once(n, *how), times=4)
        for world, how in worlds.items()
        for n in (50, 100, 300, 1_000, 5_000)
    ]


def _multifactor() -> list[Setting]:
    """Plan × country; NPS adds up over both, so that the parts are known."""
    plans, countries = np.array([-0.2, 0.0, 0.3]), np.array([0.0, 0.2])
    cells = [(f"p{i}", f"c{j}") for i in range(3) for j in range(2)]
    mean = (0.1 + plans[:, None] + countries[None, :]).ravel()

    def once(customers: int, more: float, moved: bool) -> Repeat:
        base = np.full(6, 1 / 6)
        rate = np.array([[1.0] * 6, [1.6, 1.6, 1.0, 1.0, 0.5, 0.5] if moved else [1.0] * 6]) * more
        share = base * rate
        share /= share.sum(axis=1, keepdims=True)
        shift = share[1] - share[0]
        drop = -0.1 if moved else 0.0
        truths = {
            "mix": float(shift @ (mean + drop / 2)),
            "within": drop,
            "part of the plan": float(shift.reshape(3, 2).sum(axis=1) @ plans),
            "part of the country": float(shift.reshape(3, 2).sum(axis=0) @ countries),
        }

        def repeat(rng: Rng) -> dict[str, Seen]:
            cell = rng.integers(0, 6, customers)
            n = np.zeros((customers, 2, 6))
            s = np.zeros_like(n)
            squares = np.zeros((2, 6))
            times = [rng.poisson(rate[t][cell]) for t in (0, 1)]
            who = np.concatenate([np.repeat(np.arange(customers), k) for k in times])
            latent = alike(rng, who, customers)
            period = np.repeat([0, 1], [int(k.sum()) for k in times])
            shares = [of_mean(m + drop * t) for t in (0, 1) for m in mean]
            x = classes_by(latent, cell[who] + 6 * period, shares)
            np.add.at(n, (who, period, cell[who]), 1)
            np.add.at(s, (who, period, cell[who]), x)
            np.add.at(squares, (period, cell[who]), np.abs(x))
            if np.any(n.sum(axis=0) == 0):
                return {}
            found = multifactor_effects(n, s, squares, cells, seed=int(rng.integers(1 << 30)))
            parts = [part for part in found.parts if part is not None]
            effects = [found.mix, found.within, *parts]
            return {
                name: _effect(round(100 * truth, 9), effect)
                for (name, truth), effect in zip(truths.items(), effects, strict=True)
            }

        return repeat

    worlds = {
        "plan × country, nothing changed, customers answer in both periods": (1.0, False),
        "plan × country, plans and answers changed, customers answer in both periods": (1.0, True),
    }
    return [
        Setting(SPLIT, "multifactor_effects", world, n, "customers", once(n, *how))
        for world, how in worlds.items()
        for n in (60, 150, 400, 1_000)
    ]


def _cells(rng: Rng, customers: int, treated: float, more: float) -> tuple[IntArray, IntArray, IntArray]:
    """Customer, group and period of every answer: a customer answers in either period, both, or neither."""
    exposed = np.arange(customers) < round(treated * customers)
    times = rng.poisson(more, (2, customers))
    who = np.concatenate([np.repeat(np.arange(customers), k) for k in times])
    post = np.repeat([0, 1], times.sum(axis=1))
    return who, exposed[who].astype(np.int64), post


def _did() -> list[Setting]:
    def once(customers: int, treated: float, effect: float) -> Repeat:
        shares = [of_mean(m / 100) for m in (10 + effect, 20.0, 30.0, 40.0)]

        def repeat(rng: Rng) -> dict[str, Seen]:
            who, group, post = _cells(rng, customers, treated, 1.5)
            cell = 2 * (1 - group) + (1 - post)
            x = classes_by(alike(rng, who, customers), cell, shares)
            rows = difference_in_differences(100.0 * x, group, post, who)
            if rows.low is None or rows.high is None or rows.p_value is None:
                return {}
            told = {"CR1, t": Seen(effect, rows.low, rows.high, float(rows.p_value < 0.05))}
            mean, covariance, _n = cell_moments(x, cell, who)
            found = linear_contrast(mean, covariance, [1, -1, -1, 1])
            told["as measure_impact"] = seen(effect, found, found.p_value)
            return told

        return repeat

    halves = [
        Setting(DID, "difference_in_differences", world, n, "customers", once(n, 0.5, effect), times=4)
        for world, effect in (("half exposed, no effect", 0.0), ("half exposed, 15 points lower", -15.0))
        for n in (10, 20, 50, 200, 1_000)
    ]
    few = [
        Setting(DID, "difference_in_differences", "5 % exposed, no effect", n, "customers", once(n, 0.05, 0.0), times=4)
        for n in (100, 200, 500, 2_000)
    ]
    return [*halves, *few, *_cells_apart()]


def _cells_apart() -> list[Setting]:
    """Four cells of customers who answer once, the contrast as `measure_impact` makes it."""

    def once(n: int, effect: float) -> Repeat:
        shares = [of_mean(m / 100) for m in (10 + effect, 20.0, 30.0, 40.0)]
        cell = np.repeat(np.arange(4), n)

        def repeat(rng: Rng) -> dict[str, Seen]:
            x = classes_by(rng.standard_normal(4 * n), cell, shares)
            mean, covariance, _n = cell_moments(x, cell, np.arange(4 * n))
            found = linear_contrast(mean, covariance, [1, -1, -1, 1])
            return {"as measure_impact": seen(effect, found, found.p_value)}

        return repeat

    world = "everybody answers once, no effect"
    return [
        Setting(DID, "contrast of cells", world, n, "answers a cell", once(n, 0.0), times=4)
        for n in (5, 10, 20, 50, 200, 1_000)
    ]


def _adjusted() -> list[Setting]:
    """Three kinds of customers whose mix changes among the exposed; within each the effect is the same."""
    kinds = np.array([-0.2, 0.1, 0.3])
    mix = np.array([[0.6, 0.2, 0.2], [0.3, 0.3, 0.4], [0.3, 0.4, 0.3], [0.3, 0.4, 0.3]])

    def once(n: int, effect: float) -> Repeat:
        moved = np.array([effect / 100 - 0.1, 0.0, -0.1, 0.0])
        shares = [of_mean(float(k + m)) for m in moved for k in kinds]

        def repeat(rng: Rng) -> dict[str, Seen]:
            customers = 2 * n
            exposed = np.arange(customers) % 2
            times = rng.poisson(1.0, (2, customers))
            who = np.concatenate([np.repeat(np.arange(customers), k) for k in times])
            post = np.repeat([0, 1], times.sum(axis=1))
            group = exposed[who]
            cell = 2 * (1 - group) + (1 - post)
            kind = (rng.random(len(who))[:, None] > mix.cumsum(axis=1)[cell]).sum(axis=1).clip(0, 2)
            x = classes_by(alike(rng, who, customers), 3 * cell + kind, shares)
            features = np.eye(3)[kind][:, 1:]
            found = adjusted_did(100.0 * x, group, post, features, who)
            return {"": seen(effect, found, found.p_value)}

        return repeat

    return [
        Setting(DID, "adjusted_did", world, n, "answers a cell", once(n, effect), times=3)
        for world, effect in (("mix of the exposed changes, no effect", 0.0), ("and 15 points lower", -15.0))
        for n in (20, 50, 200, 1_000)
    ]


def _event_study() -> list[Setting]:
    def once(customers: int) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            who = answers(rng, customers, 5.0)
            group, period = who % 2, rng.integers(0, 6, len(who))
            x = classes_by(alike(rng, who, customers), np.zeros(len(who), dtype=np.int64), [USUAL])
            found = event_study(100.0 * x, group, period, 3, clusters=who)
            last = found.effects[-1]
            before = slice(0, 3)
            effects = [effect.estimate for effect in found.effects[before]]
            test = pre_trend_test(effects, found.covariance[before, before], [-3, -2, -1])
            return {
                "effect in the last period": seen(0.0, last, last.p_value),
                "pre_trend_test, joint": called(0.0, test.joint.p_value),
                "pre_trend_test, slope": called(0.0, test.slope_p),
            }

        return repeat

    world = "6 periods, 6 answers a customer, no effect"
    return [Setting(DID, "event_study", world, n, "customers", once(n), times=3) for n in (20, 50, 200, 1_000)]


def _staggered() -> list[Setting]:
    """Two exposed groups and one never exposed over five periods; effects differ and grow."""
    starts, chances = np.array([3.0, 4.0, np.inf]), np.array([0.25, 0.25, 0.5])
    times = np.arange(1, 6)

    def effects(size: float) -> FloatArray:
        since = times[None, :] - starts[:, None] + 1
        found: FloatArray = size * np.array([1.0, 0.6, 0.0])[:, None] * np.clip(since, 0, 3)
        found[2] = 0.0
        return found

    def truths(size: float) -> dict[str, float]:
        tau, post = effects(size), times[None, :] >= starts[:, None]
        own = [float(tau[g][post[g]].mean()) for g in (0, 1)]
        return {
            "group_overall": 100 * float(np.mean(own)),
            "first period of exposure": 100 * float(np.mean([tau[0, 2], tau[1, 3]])),
        }

    def shares_of(size: float) -> list[Shares]:
        level = np.array([0.1, 0.2, 0.3])[:, None] + 0.03 * times[None, :] + effects(size)
        return [of_mean(float(value)) for value in level.ravel()]

    def once(units: int, size: float, panel: bool) -> Repeat:
        shares, truth = shares_of(size), truths(size)

        def repeat(rng: Rng) -> dict[str, Seen]:
            group = rng.choice(3, units, p=chances)
            if panel:
                who, at = np.repeat(np.arange(units), 5), np.tile(np.arange(5), units)
            else:
                who = answers(rng, units, 2.0)
                at = rng.integers(0, 5, len(who))
            x = 100.0 * classes_by(alike(rng, who, units), 5 * group[who] + at, shares)
            start = starts[group[who]]
            if panel:
                found = group_time_att(x, times[at], start, units=who)
            else:
                mean, covariance, n = cell_moments((x / 100).astype(np.int64), 5 * group[who] + at, who)
                cells = (mean.reshape(3, 5), n.reshape(3, 5), covariance)
                found = group_time_att_from_means(times, starts, *cells, units=units)
            told = {"group_overall": found.group_overall, "first period of exposure": found.dynamic[0.0]}
            result = {name: seen(round(truth[name], 9), effect, effect.p_value) for name, effect in told.items()}
            if found.pre_trend is not None:
                result["pre_trend"] = called(0.0, found.pre_trend.p_value)
            return result

        return repeat

    worlds = {
        ("group_time_att", "panel of 5 periods, no effect"): (0.0, True),
        ("group_time_att", "panel of 5 periods, growing effects"): (-0.1, True),
        ("group_time_att_from_means", "3 answers a customer, no effect"): (0.0, False),
        ("group_time_att_from_means", "3 answers a customer, growing effects"): (-0.1, False),
    }
    return [
        Setting(STAGGERED, method, world, n, "customers", once(n, *how), times=3)
        for (method, world), how in worlds.items()
        for n in (30, 60, 150, 600)
    ]
