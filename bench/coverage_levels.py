"""NPS and shares: their intervals, differences of two, several at once."""

from __future__ import annotations

import numpy as np

from bench.coverage_setting import Repeat, Rng, Seen, Setting
from bench.coverage_worlds import (
    UNHAPPY,
    USUAL,
    IntArray,
    Shares,
    alike,
    answers,
    called,
    cell_moments,
    classes,
    counts_of,
    draw_counts,
    effect_of,
    nps_of,
    seen,
)
from tools.comments.shares import difference_of_shares
from tools.stats.benchmark import nps_against_figure, published_figure
from tools.stats.clusters import clustered_covariance
from tools.stats.contrasts import linear_contrast
from tools.stats.proportions import newcombe_difference, wilson_interval
from tools.stats.score import homogeneity, linear_trend, nps_difference, nps_interval

LEVELS, DIFFERENCES, SEVERAL = "NPS interval", "Difference of two NPS", "Several NPS at once"
SHARES_OF = "Shares of comments"
WORLDS: dict[str, Shares] = {
    "usual: 50 % promoters, 30 % passives, 20 % detractors": USUAL,
    "unhappy: 35 %, 30 %, 35 %": UNHAPPY,
    "almost all promoters: 96 %, 3 %, 1 %": (0.96, 0.03, 0.01),
    "almost all detractors: 1 %, 3 %, 96 %": (0.01, 0.03, 0.96),
    "nearly all passives: 5 %, 90 %, 5 %": (0.05, 0.9, 0.05),
    "polarised: 50 %, 0 %, 50 %": (0.5, 0.0, 0.5),
}
SIZES = (5, 10, 20, 50, 100, 500, 1_000, 5_000)


def settings() -> list[Setting]:
    """All of this part."""
    return [*_levels(), *_clustered(), *_differences(), *_figures(), *_several(), *_shares()]


def _levels() -> list[Setting]:
    def once(n: int, shares: Shares) -> Repeat:
        return lambda rng: {"": seen(nps_of(shares), nps_interval(draw_counts(rng, n, shares)))}

    return [
        Setting(LEVELS, "nps_interval", world, n, "answers", once(n, shares), times=10)
        for world, shares in WORLDS.items()
        for n in SIZES
    ]


def _clustered() -> list[Setting]:
    def once(customers: int, least: int, more: float, correlation: float) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            who = answers(rng, customers, more, least)
            x = classes(alike(rng, who, customers, correlation), USUAL)
            found = nps_interval(counts_of(x), design_effect=effect_of(x, who))
            mean, covariance, _n = cell_moments(x, np.zeros(len(x), dtype=np.int64), who)
            told = {"with design_effect": seen(nps_of(USUAL), found)}
            if np.isfinite(covariance).all():
                contrast = linear_contrast(mean, covariance, [1.0])
                told["with clustered_mean_covariance"] = seen(nps_of(USUAL), contrast)
            return told

        return repeat

    worlds = {
        "3 answers a customer, correlation 0.4": (1, 2.0, 0.4),
        "10 answers a customer, correlation 0.4": (10, 0.0, 0.4),
        "3 answers a customer, correlation 0.8": (1, 2.0, 0.8),
    }
    return [
        Setting(LEVELS, "nps_interval, clustered", world, customers, "customers", once(customers, *how), times=4)
        for world, how in worlds.items()
        for customers in (10, 20, 50, 100, 500, 2_000)
    ]


def _differences() -> list[Setting]:
    def once(sizes: tuple[int, int], after: Shares, before: Shares) -> Repeat:
        truth = round(nps_of(after) - nps_of(before), 9)

        def repeat(rng: Rng) -> dict[str, Seen]:
            found = nps_difference(draw_counts(rng, sizes[0], after), draw_counts(rng, sizes[1], before))
            return {"": seen(truth, found, found.p_value)}

        return repeat

    pairs: dict[str, tuple[Shares, Shares]] = {
        "no difference, usual shares": (USUAL, USUAL),
        "no difference, almost all promoters": ((0.96, 0.03, 0.01), (0.96, 0.03, 0.01)),
        "no difference, polarised": ((0.5, 0.0, 0.5), (0.5, 0.0, 0.5)),
        "no difference, usual against polarised": ((0.5, 0.3, 0.2), (0.65, 0.0, 0.35)),
        "30 points lower": (UNHAPPY, USUAL),
    }
    alone = [
        Setting(DIFFERENCES, "nps_difference", world, n, "answers a side", once((n, n), *shares), times=10)
        for world, shares in pairs.items()
        for n in (5, 10, 20, 50, 200, 1_000)
    ]
    beside = [
        Setting(
            DIFFERENCES, "nps_difference", f"{world}, against 100 times as many", n, "answers of the smaller side",
            once((n, 100 * n), *pairs[world]), times=10,
        )
        for world in ("no difference, usual shares", "30 points lower")
        for n in (5, 10, 20, 50, 200)
    ]  # fmt: skip
    return [*alone, *beside, *_shared_customers()]


def _shared_customers() -> list[Setting]:
    """Everybody answered in both periods, or half of them did, some several times."""

    def once(customers: int, kept: float, more: float, after: Shares) -> Repeat:
        truth = round(nps_of(after) - nps_of(USUAL), 9)

        def repeat(rng: Rng) -> dict[str, Seen]:
            who = [np.flatnonzero(rng.random(customers) < kept) for _ in range(2)]
            who = [np.repeat(part, 1 + rng.poisson(more, len(part))) for part in who]
            both = np.concatenate(who)
            latent = alike(rng, both, customers, 0.5)
            first = len(who[0])
            x = [classes(latent[:first], USUAL), classes(latent[first:], after)]
            found = nps_difference(
                counts_of(x[1]),
                counts_of(x[0]),
                design_effects=(effect_of(x[1], who[1]), effect_of(x[0], who[0])),
                covariance=_covariance(x, who, customers),
            )
            return {"": seen(truth, found, found.p_value)}

        return repeat

    worlds: dict[str, tuple[float, float, Shares]] = {
        "no difference, everybody answers once in both": (1.0, 0.0, USUAL),
        "no difference, half answer in each, 2 answers each": (0.5, 1.0, USUAL),
        "30 points lower, everybody answers once in both": (1.0, 0.0, UNHAPPY),
    }
    return [
        Setting(
            DIFFERENCES, "nps_difference, shared customers", world, customers, "customers", once(customers, *how),
            times=4,
        )
        for world, how in worlds.items()
        for customers in (10, 20, 50, 200, 1_000)
    ]  # fmt: skip


def _covariance(x: list[IntArray], who: list[IntArray], customers: int) -> float:
    sums = [(np.bincount(w, weights=v, minlength=customers), np.bincount(w, minlength=customers).astype(float))
            for v, w in zip(x, who, strict=True)]  # fmt: skip
    (s0, n0), (s1, n1) = sums
    return clustered_covariance(
        float(s1 @ s0), float(s1 @ n0), float(n1 @ s0), float(n1 @ n0), counts_of(x[1]), counts_of(x[0]),
        clusters=int(((n0 + n1) > 0).sum()),
    )  # fmt: skip


def _figures() -> list[Setting]:
    """One's own NPS against a figure that somebody published."""

    def once(n: int, theirs: int | None) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            own = draw_counts(rng, n, USUAL)
            value = nps_of(USUAL)
            if theirs is not None:
                value = draw_counts(rng, theirs, USUAL).nps or 0.0
            found = nps_against_figure(own, published_figure(value, n=theirs))
            return {"": seen(0.0, found, found.p_value)}

        return repeat

    worlds = {"an exact figure, no difference": None, "a figure of 500 answers, no difference": 500}
    return [
        Setting(DIFFERENCES, "nps_against_figure", world, n, "answers", once(n, theirs), times=10)
        for world, theirs in worlds.items()
        for n in (10, 20, 50, 200, 1_000)
    ]


def _several() -> list[Setting]:
    def same(n: int, groups: int) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            found = homogeneity([draw_counts(rng, n, USUAL) for _ in range(groups)])
            return {"": called(0.0, found.p_value)}

        return repeat

    def line(n: int, slope: float) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            months = range(12)
            shares = [(0.5 + slope * m / 200, 0.3, 0.2 - slope * m / 200) for m in months]
            found = linear_trend([draw_counts(rng, n, item) for item in shares], times=list(months))
            told = {"slope": seen(slope, found, found.p_value)}
            if found.lack_of_fit is not None:
                told["lack of fit"] = called(0.0, found.lack_of_fit.p_value)
            return told

        return repeat

    tests = [
        Setting(SEVERAL, "homogeneity", f"{groups} groups alike", n, "answers a group", same(n, groups), times=4)
        for groups in (3, 12)
        for n in (5, 10, 20, 100, 1_000)
    ]
    lines = [
        Setting(SEVERAL, "linear_trend", world, n, "answers a month", line(n, slope), times=4)
        for world, slope in (("12 months without a trend", 0.0), ("12 months, 1 point lower each", -1.0))
        for n in (5, 10, 20, 100, 1_000)
    ]
    return [*tests, *lines]


def _shares() -> list[Setting]:
    def level(n: int, share: float) -> Repeat:
        return lambda rng: {"": seen(share, wilson_interval(int(rng.binomial(n, share)), n))}

    def difference(n: int, one: float, other: float) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            x, y = int(rng.binomial(n, one)), int(rng.binomial(n, other))
            told = {"interval": seen(one - other, newcombe_difference(x, n, y, n))}
            told["test"] = called(one - other, difference_of_shares(x, n, y, n)[1])
            return told

        return repeat

    levels = [
        Setting(SHARES_OF, "wilson_interval", f"a theme of {share:.0%}", n, "comments", level(n, share), 10, "share")
        for share in (0.05, 0.3)
        for n in (10, 20, 50, 200, 1_000)
    ]
    differences = [
        Setting(SHARES_OF, "difference_of_shares", world, n, "comments a side", difference(n, *two), 2, "share")
        for world, two in (
            ("5 % on both sides", (0.05, 0.05)),
            ("30 % on both sides", (0.3, 0.3)),
            ("30 % against 20 %", (0.3, 0.2)),
        )
        for n in (10, 20, 50, 200, 1_000)
    ]
    return [*levels, *differences, *_clustered_shares()]


def _clustered_shares() -> list[Setting]:
    """Two periods of comments by customers who keep to their themes."""

    def once(customers: int) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            sides = []
            for _ in range(2):
                who = answers(rng, customers, 2.0)
                hit = (alike(rng, who, customers, 0.6) > 0.5244).astype(np.int64)  # 30 %
                sides.append((hit, who))
            effect = max(effect_of(*side) for side in sides)
            (x, _), (y, _) = sides
            found, p_value = difference_of_shares(float(x.sum()), len(x), float(y.sum()), len(y), effect)
            return {"interval": seen(0.0, found), "test": called(0.0, p_value)}

        return repeat

    world = "30 % on both sides, 3 comments a customer"
    return [
        Setting(SHARES_OF, "difference_of_shares, clustered", world, n, "customers a side", once(n), 2, "share")
        for n in (10, 20, 50, 200)
    ]
