"""Looking for something: segments that stand out, dates of a change, seasons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from types import SimpleNamespace
from typing import cast

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
    counts_of,
    effect_of,
    of_mean,
    seen,
)
from tools.cells import Cell, Cells
from tools.explain.outliers import Judged, Search, judge, own_findings
from tools.scope import Axis
from tools.stats.change_points import ChangePoints, change_points
from tools.stats.seasonality import seasonal_effects

SCAN, BREAKS, SEASONS = "Search for segments", "Change points", "Seasonality"
SIZES = {"plan": 3, "country": 5, "channel": 4, "industry": 6}
BASE = 20
"""The catalog's minimum base for rankings."""
WEEKS = 24


def settings() -> list[Setting]:
    """All of this part."""
    return [*_scan(), *_breaks(), *_seasons()]


def _scan() -> list[Setting]:
    """Four dimensions and all their pairs, 137 cells, judged as `find_outliers` does."""

    def once(n: int, odd: float, again: float) -> Repeat:
        def repeat(rng: Rng) -> dict[str, Seen]:
            who = answers(rng, round(n / (1 + again)), again)
            values = {name: rng.integers(0, size, who.max() + 1)[who] for name, size in SIZES.items()}
            latent = alike(rng, who, int(who.max()) + 1) if again else rng.standard_normal(len(who))
            cell = ((values["plan"] == 0) & (odd != 0)).astype(np.int64)
            x = classes_by(latent, cell, [USUAL, of_mean(0.3 + odd)])
            whole, singles, pairs = _tables(x, values, who if again else None)
            return _rates(judge(whole, [*singles.values(), *pairs], BASE), singles, odd != 0)

        return repeat

    worlds = {
        "nothing differs": (0.0, 0.0),
        "nothing differs, 3 answers a customer": (0.0, 2.0),
        "one plan of three 20 points lower": (-0.2, 0.0),
    }
    return [
        Setting(SCAN, "find_outliers' rule", world, n, "answers", once(n, *how))
        for world, how in worlds.items()
        for n in (200, 500, 2_000, 10_000)
    ]


def _tables(
    x: IntArray, values: dict[str, IntArray], who: IntArray | None
) -> tuple[Cells, dict[str, Cells], list[Cells]]:
    axes = {name: Axis(name, name, (name,)) for name in values}

    def cells(names: Sequence[str]) -> Cells:
        code = np.zeros(len(x), dtype=np.int64)
        for name in names:
            code = code * SIZES[name] + values[name]
        found = []
        for place in np.unique(code):
            own = code == place
            key = tuple(str(values[name][own][0]) for name in names)
            effect = 1.0 if who is None else effect_of(x[own], who[own])
            found.append(Cell(key, counts_of(x[own]), int(own.sum()), effect))
        total = Cell((), counts_of(x), len(x), 1.0 if who is None else effect_of(x, who))
        return Cells([axes[name] for name in names], found, total)

    return cells([]), {name: cells([name]) for name in values}, [cells(pair) for pair in combinations(values, 2)]


def _rates(judged: list[Judged], singles: dict[str, Cells], odd: bool) -> dict[str, Seen]:
    """Cells that do not involve the odd plan are like their rest; with it only plan 0 and what is in it is news."""
    null = [item for item in judged if not (odd and "plan" in item.values)]
    screened = [item for item in judged if item.q_value < 0.05]
    false = [item for item in screened if item in null]
    told = {
        "decided, any false (Holm)": Seen(0.0, alarm=float(any(item.p_holm < 0.05 for item in null))),
        "screened, share false (Benjamini-Hochberg)": Seen(0.0, alarm=len(false) / max(len(screened), 1)),
    }
    tested = sum(len(item.values) == 2 for item in judged)
    own = own_findings(cast(Search, SimpleNamespace(singles=singles, tested_pairs=tested)), screened)
    pairs = [item for item in own if len(item.values) == 2]
    told["any pair told as news of its own"] = Seen(0.0, alarm=float(bool(pairs)))
    if odd:
        found = any(item.values == {"plan": "0"} and item.p_holm < 0.05 for item in judged)
        told["the odd plan decided"] = Seen(-20.0, alarm=float(found))
    return told


def _series(rng: Rng, sizes: IntArray, shares: list[Shares], wobble: float) -> tuple[FloatArray, FloatArray]:
    """Period means in points and their covariance as the tools have them; `wobble` in points between periods."""
    shift = rng.normal(0, wobble / 100, len(sizes)) if wobble else np.zeros(len(sizes))
    period = np.repeat(np.arange(len(sizes)), sizes)
    drawn = [of_mean(s[0] - s[2] + m) for s, m in zip(shares, shift, strict=True)]
    x = classes_by(rng.standard_normal(len(period)), period, drawn)
    mean, covariance, _n = cell_moments(x, period, np.arange(len(x)))
    return mean, covariance


def _breaks() -> list[Setting]:
    def once(sizes: IntArray, mean: FloatArray, wobble: float, at: int, size: float) -> Repeat:
        shares = [of_mean(float(m)) for m in mean]

        def repeat(rng: Rng) -> dict[str, Seen]:
            y, covariance = _series(rng, sizes, shares, wobble)
            found = change_points(y, covariance, weights=sizes, seed=int(rng.integers(1 << 30)))
            return _breaks_seen(found, at, size)

        return repeat

    k = WEEKS
    time = np.arange(k)
    equal, unequal = np.full(k, 100), np.where(time % 3 == 0, 400, np.where(time % 3 == 1, 100, 25))
    few = np.full(k, 25)
    flat, half = np.full(k, 0.3), np.where(time < k // 2, 0.3, 0.15)
    early = np.where(time < 5, 0.3, 0.1)
    dip = np.where((time >= 10) & (time < 16), 0.1, 0.3)
    worlds: dict[str, tuple[IntArray, FloatArray, float, int, float]] = {
        "no change, 100 answers a period": (equal, flat, 0.0, 0, 0.0),
        "no change, 25 answers a period": (few, flat, 0.0, 0, 0.0),
        "no change, 25 to 400 answers a period": (unequal, flat, 0.0, 0, 0.0),
        "no change, periods wobble by 6 points": (equal, flat, 6.0, 0, 0.0),
        "no change, 25 to 400 answers, wobble of 6 points": (unequal, flat, 6.0, 0, 0.0),
        "straight line, 20 points in all": (equal, 0.3 - 0.2 * time / (k - 1), 0.0, 0, 0.0),
        "15 points lower from the middle": (equal, half, 0.0, k // 2, -15.0),
        "15 points lower from the middle, 25 to 400 answers": (unequal, half, 0.0, k // 2, -15.0),
        "20 points lower from the sixth period": (equal, early, 0.0, 5, -20.0),
        "a dip of 20 points for six periods": (equal, dip, 0.0, 10, -20.0),
    }
    return [
        Setting(BREAKS, "change_points", f"{k} periods, {world}", k, "periods", once(*how))
        for world, how in worlds.items()
    ]


def _breaks_seen(found: ChangePoints, at: int, size: float) -> dict[str, Seen]:
    if not size:
        return {"any break dated": Seen(0.0, alarm=float(bool(found.breaks)))}
    near = [item for item in found.breaks if abs(item.position - at) <= 3 and item.difference * size > 0]
    told = {
        "any change of level": called(size, found.p_value),
        "the break dated, within 3 periods": Seen(size, alarm=float(bool(near))),
        "more breaks than there are": Seen(0.0, alarm=float(len(found.breaks) > _true_breaks(at))),
    }
    if near:
        item = min(near, key=lambda one: abs(one.position - at))
        told["its date, where found"] = Seen(at, item.earliest, item.latest)
        told["its size, where found"] = Seen(size, item.low, item.high)
    return told


def _true_breaks(at: int) -> int:
    return 2 if at == 10 else 1


def _seasons() -> list[Setting]:
    """Months of several years; with a season, January lies 12 points below and July 12 above."""

    def once(years: int, sizes: tuple[int, int], wobble: float, season: float) -> Repeat:
        k = 12 * years
        month, year = np.arange(k) % 12, np.arange(k) // 12
        n = np.where(month % 2 == 0, *sizes)
        pattern = season * ((month == 6).astype(float) - (month == 0))
        shares = [of_mean(0.3 - 0.002 * t + float(p) / 100) for t, p in enumerate(pattern)]

        def repeat(rng: Rng) -> dict[str, Seen]:
            y, covariance = _series(rng, n, shares, wobble)
            found = seasonal_effects(y, covariance, month.tolist(), year.tolist(), times=np.arange(k))
            january = found.effects[0]
            told = {
                "any season (F)": called(season, found.p_value),
                "any single season (Holm)": Seen(season, alarm=float(min(e.p_holm for e in found.effects) < 0.05)),
                "effect of January": seen(-season, january, january.p_value),
            }
            if found.alike is not None:
                told["years differ"] = called(wobble, found.alike.p_value)
            return told

        return repeat

    worlds: dict[str, tuple[tuple[int, int], float, float]] = {
        "no season, 100 answers a month": ((100, 100), 0.0, 0.0),
        "no season, 40 and 400 answers a month": ((40, 400), 0.0, 0.0),
        "no season, 40 and 400 answers, months wobble by 6 points": ((40, 400), 6.0, 0.0),
        "January and July 12 points off, 100 answers a month": ((100, 100), 0.0, 12.0),
    }
    return [
        Setting(SEASONS, "seasonal_effects", world, years, "years", once(years, *how))
        for world, how in worlds.items()
        for years in (2, 3, 5)
    ]
