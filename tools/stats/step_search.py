"""The search behind `tools.stats.change_points`: candidate stretches, their gains, and simulated series searched alike.

Everything happens in whitened coordinates: with L L' = V the series L⁻¹ y has unit noise, the stretches so far span a
space, and a candidate is the unit vector u that its indicator adds to it; u'L⁻¹y squared is what it takes off the
residual sum of squares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
Span = tuple[int, int]
Gained = tuple[FloatArray, FloatArray]
"""A statistic as it was seen and as it was simulated."""
CHUNK = 512
"""Candidates that are simulated at a time."""
DATE_DRAWS = 500
LINE_DRAWS = 1_000
LONG = 60
MOST_BREAKS = 4
"""Breaks of the steps that a line is compared with."""
FAR = 40.0
"""Squared distance at which a date is out of the question without a simulation."""


@dataclass(frozen=True)
class Gains:
    """What the best step and the best inner stretch take off the residual sum of squares `rss`."""

    step: FloatArray
    stretch: FloatArray
    rss: FloatArray

    @property
    def best(self) -> FloatArray:
        """The better of both."""
        return np.maximum(self.step, self.stretch)


@dataclass(frozen=True)
class Stage:
    """One stage of the search: the best further stretch and how surprising it is."""

    span: Span
    segment: Span
    """The stretch so far in which it lies."""
    p_value: float
    critical: float
    """Of |estimate| / (s SE), for an interval that allows for the whole search."""
    step_critical: float
    best_step: int
    covariance: FloatArray
    between: float
    """t², the variance between periods beyond sampling."""


class Design:
    """The stretches between `edges` and the candidates `spans`, whitened."""

    def __init__(self, v: FloatArray, edges: Sequence[int], spans: Sequence[Span]) -> None:
        k = len(v)
        self.root = np.linalg.cholesky(v)
        base = np.zeros((k, len(edges) - 1))
        for at in range(len(edges) - 1):
            base[edges[at] : edges[at + 1], at] = 1
        self.base = np.linalg.qr(np.linalg.solve(self.root, base))[0]
        columns = np.zeros((k, len(spans)))
        for at, (start, end) in enumerate(spans):
            columns[start:end, at] = 1
        self.candidates = self.unit(columns)

    def unit(self, columns: FloatArray) -> FloatArray:
        """What whitened columns add to the base, at length 1."""
        white = np.linalg.solve(self.root, columns)
        white -= self.base @ (self.base.T @ white)
        found: FloatArray = white / np.linalg.norm(white, axis=0)
        return found

    def residual(self, y: FloatArray) -> FloatArray:
        """The whitened series beside its fit by the base."""
        return self.left_over(np.linalg.solve(self.root, y))

    def left_over(self, white: FloatArray) -> FloatArray:
        """Whitened series (rows, or one) without what the base explains."""
        found: FloatArray = white - (white @ self.base) @ self.base.T
        return found

    def gains(self, white: FloatArray, steps: NDArray[np.bool_]) -> Gains:
        """Of whitened left-over series, a row each; `steps` marks the candidates that are single steps."""
        best = np.zeros((2, len(white)))
        for start in range(0, self.candidates.shape[1], CHUNK):
            part = slice(start, start + CHUNK)
            squares = (white @ self.candidates[:, part]) ** 2
            for family, mask in enumerate((steps[part], ~steps[part])):
                if np.any(mask):
                    np.maximum(best[family], squares[:, mask].max(axis=1), out=best[family])
        return Gains(best[0], best[1], (white**2).sum(axis=1))


class Search:
    """A series with the simulated noise that all its stages share."""

    def __init__(
        self,
        y: FloatArray,
        covariance: FloatArray,
        times: FloatArray,
        *,
        minimum: int,
        draws: int,
        seed: int,
        known: bool = True,
    ) -> None:
        self.y, self.covariance, self.times, self.minimum, self.known = y, covariance, times, minimum, known
        self.noise = np.random.default_rng(seed).standard_normal((draws, len(y)))

    def spans(self, edges: Sequence[int], blocked: Sequence[Span] = ()) -> list[Span]:
        """Candidates within the stretches so far: from a date to the stretch's end, or between two dates."""
        found = []
        for start, end in pairwise(edges):
            if (start, end) in blocked:
                continue
            firsts = range(start + self.minimum, end - self.minimum + 1)
            found += [(s, end) for s in firsts]
            found += [(s, t) for s in firsts for t in range(s + self.minimum, end - self.minimum + 1)]
        return found

    def stage(self, edges: Sequence[int], level: float, blocked: Sequence[Span] = ()) -> Stage | None:
        """The best further stretch; None where no stretch is long enough to be cut."""
        spans = self.spans(edges, blocked)
        if not spans or len(self.y) - len(edges) < 2:
            return None
        steps = np.array([end in edges for _start, end in spans])
        between = self._between(edges, spans, steps)
        v = self.covariance + between * np.eye(len(self.y))
        design = Design(v, edges, spans)
        own = (design.residual(self.y) @ design.candidates) ** 2
        seen = design.gains(design.residual(self.y)[None, :], steps)
        null = design.gains(design.left_over(self.noise), steps)
        families = [(seen.step, null.step), (seen.stretch, null.stretch)]
        if len(edges) == 2:
            line = self._line(design, (edges[0], edges[-1]))
            families.append(
                ((design.residual(self.y)[None, :] @ line) ** 2, (design.left_over(self.noise) @ line) ** 2)
            )
        chance, family, levels = self._judge(seen.rss, null.rss, families, level)
        chosen = int(np.argmax(np.where(steps == (family == 0), own, -1.0)))
        df = len(self.y) - len(edges)
        ratios = [np.sqrt(df * gain / _rest(null.rss, gain)) for gain in (null.step, null.stretch)]
        criticals = [float(np.quantile(ratio, 1 - levels)) for ratio in ratios]
        span = spans[chosen]
        segment = next(s for s in pairwise(edges) if s[0] <= span[0] < s[1])
        best_step = spans[int(np.argmax(np.where(steps, own, -1.0)))][0]
        return Stage(span, segment, chance, criticals[family], criticals[0], best_step, v, between)

    def _between(self, edges: Sequence[int], spans: Sequence[Span], steps: NDArray[np.bool_]) -> float:
        """t² at which the best fit leaves what simulations leave; 0 where it leaves less without any."""
        if not self.known:
            return 0.0
        single = [span for span, step in zip(spans, steps, strict=True) if step] if len(spans) > CHUNK else list(spans)
        flags = np.array([end in edges for _start, end in single])

        def left(between: float) -> float:
            design = Design(self.covariance + between * np.eye(len(self.y)), edges, single)
            found = design.gains(design.residual(self.y)[None, :], flags)
            return float((found.rss - found.best)[0])

        design = Design(self.covariance, edges, single)
        null = design.gains(design.left_over(self.noise), flags)
        target = float(np.mean(null.rss - null.best))
        if left(0.0) <= target:
            return 0.0
        low, high = 0.0, float(np.var(self.y)) * 4
        for _ in range(20):
            middle = (low + high) / 2
            low, high = (middle, high) if left(middle) > target else (low, middle)
        return high

    def _judge(
        self, rss: FloatArray, drawn_rss: FloatArray, families: Sequence[Gained], level: float
    ) -> tuple[float, int, float]:
        """p-value calibrated over the families, the one of steps and stretches that is taken, the level of each."""
        free = [(own / _rest(rss, own), drawn / _rest(drawn_rss, drawn)) for own, drawn in families]
        chance, each, chances = _smallest(free, level)
        if self.known:
            chance = max(chance, _smallest(families, level)[0])
        return chance, 0 if chances[0] <= max(chances[1], each) else 1, each

    def _line(self, design: Design, segment: Span) -> FloatArray:
        """The straight line within a stretch as a candidate."""
        start, end = segment
        column = np.zeros((len(self.y), 1))
        column[start:end, 0] = self.times[start:end] - self.times[start:end].mean()
        return design.unit(column)[:, 0]

    def against_line(self, stage: Stage, edges: Sequence[int]) -> tuple[float, bool]:
        """p-value that a straight line in the stage's stretch is so much worse, and whether it is the better fit.

        The line is compared with the best one, two … breaks, calibrated over all: a staircase is nearer to a line than
        to one step. Fits here are weighted by variances alone, of the series and the simulated ones alike.
        """
        start, end = stage.segment
        design = Design(stage.covariance, edges, [])
        line = self._line(design, stage.segment)
        white = design.residual(self.y)
        slope = float(line @ white)
        spread = np.sqrt((float(white @ white) - slope**2) / max(len(self.y) - len(edges), 1))
        draws = self.noise[: LINE_DRAWS if end - start <= LONG else LINE_DRAWS // 4]
        drawn = (spread * design.left_over(draws) + slope * line) @ design.root.T
        weights = 1 / np.diag(stage.covariance)[start:end]
        seen, null = (
            self._line_ratios(series[:, start:end], weights, self.times[start:end])
            for series in ((design.root @ white)[None, :], drawn)
        )
        return _smallest(list(zip(seen, null, strict=True)), 0.05)[0], bool(seen[0][0] <= 1)

    def _line_ratios(self, series: FloatArray, weights: FloatArray, times: FloatArray) -> list[FloatArray]:
        """RSS of the line over that of the best one, two … breaks, for each series."""
        centred = times - np.average(times, weights=weights)
        level = series - (series @ weights / weights.sum())[:, None]
        slopes = level @ (weights * centred) / float(weights @ centred**2)
        of_line = ((level - slopes[:, None] * centred) ** 2) @ weights
        costs = _stretch_costs(series, weights, self.minimum)
        most = min(MOST_BREAKS, series.shape[1] // self.minimum - 1)
        best, ratios = costs[:, 0, :], []
        for _ in range(most):
            further = np.full_like(best, np.inf)
            for last in range(1, best.shape[1]):
                further[:, last] = (best[:, :last] + costs[:, 1 : last + 1, last]).min(axis=1)
            best = further
            ratios.append(of_line / np.maximum(best[:, -1], 1e-12 * np.maximum(of_line, 1e-300)))
        return ratios

    def rest(self, v: FloatArray, edges: Sequence[int]) -> float:
        """Residual sum of squares of the stretches between `edges`."""
        white = Design(v, edges, []).residual(self.y)
        return float(white @ white)

    def refined(self, v: FloatArray, edges: Sequence[int]) -> list[int]:
        """Each date moved in turn to where it fits best between its neighbours, until none moves."""
        now = list(edges)
        for _ in range(10):
            before = list(now)
            for at in range(1, len(now) - 1):
                places = range(now[at - 1] + self.minimum, now[at + 1] - self.minimum + 1)
                tries = [[*now[:at], place, *now[at + 1 :]] for place in places]
                now = min(tries, key=lambda edges: self.rest(v, edges), default=now)
            if now == before:
                break
        return now

    def dates(self, v: FloatArray, edges: Sequence[int], at: int) -> Span:
        """Ends of the set of dates that a likelihood-ratio test does not reject at 95 %, the other dates held."""
        others = [*edges[:at], *edges[at + 1 :]]
        low, high = edges[at - 1], edges[at + 1]
        spans = [(place, high) for place in range(low + self.minimum, high - self.minimum + 1)]
        design = Design(v, others, spans)
        scores = design.residual(self.y) @ design.candidates
        distance = (scores**2).max() - scores**2
        noise = design.left_over(self.noise[:DATE_DRAWS])
        kept = [edges[at]]
        for place, (start, _end) in enumerate(spans):
            if start == edges[at] or distance[place] > FAR:
                continue
            drawn = (noise + scores[place] * design.candidates[:, place]) @ design.candidates
            simulated = (drawn**2).max(axis=1) - drawn[:, place] ** 2
            if distance[place] <= np.quantile(simulated, 0.95):
                kept.append(start)
        return min(kept), max(kept)


def _stretch_costs(series: FloatArray, weights: FloatArray, minimum: int) -> FloatArray:
    """Weighted residual sum of squares of each stretch first … last (both included); infinite where it is too short."""
    count = series.shape[1]
    padded = np.pad(weights[None, :] * series, ((0, 0), (1, 0))).cumsum(axis=1)
    squares = np.pad(weights[None, :] * series**2, ((0, 0), (1, 0))).cumsum(axis=1)
    mass = np.pad(weights, (1, 0)).cumsum()
    costs = np.full((len(series), count, count), np.inf)
    for first in range(count):
        last = np.arange(first + minimum - 1, count)
        total = padded[:, last + 1] - padded[:, [first]]
        own = squares[:, last + 1] - squares[:, [first]] - total**2 / (mass[last + 1] - mass[first])
        costs[:, first, last] = np.maximum(own, 0.0)
    return costs


def _rest(rss: FloatArray, gain: FloatArray) -> FloatArray:
    """What a gain leaves, never quite nothing."""
    found: FloatArray = np.maximum(rss - gain, 1e-12 * np.maximum(rss, 1e-300))
    return found


def _smallest(families: Sequence[tuple[FloatArray, FloatArray]], level: float) -> tuple[float, float, list[float]]:
    """The smallest p-value of several families calibrated over all of them, the level that each gets, and each p."""
    own = [float(_upper(seen, drawn)[0]) for seen, drawn in families]
    smallest = np.min([_upper(drawn, drawn) for _seen, drawn in families], axis=0)
    chance = (1 + int(np.sum(smallest <= min(own)))) / (len(smallest) + 1)
    return chance, float(np.quantile(smallest, level)), own


def _upper(values: FloatArray, drawn: FloatArray) -> FloatArray:
    """(1 + number of draws at least as large) / (draws + 1)."""
    ordered = np.sort(drawn)
    found: FloatArray = (1 + len(ordered) - np.searchsorted(ordered, values, side="left")) / (len(ordered) + 1)
    return found
