"""The event study of an impact: effects by period, whether the groups moved alike before, and how much that says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tools.cause.impact_blocks import DAYS, Blocks
from tools.cause.impact_design import AFTER, BEFORE, CONTROL, EARLIER, EXPOSED, Design
from tools.cause.impact_effect import LEVEL, add_estimate, add_p, contrast_of, place_of, unit_of_difference
from tools.moments import Moments, cell_moments
from tools.outcome import Outcome
from tools.result import FactSheet, Model
from tools.stats.contrasts import Contrast, linear_contrast
from tools.stats.event_study import detectable_slope, event_study_from_means, pre_trend_test, relative_magnitudes
from tools.stats.multiplicity import holm
from warehouse.periods import Grain, span
from warehouse.workspace import Warehouse

FloatArray = NDArray[np.float64]
_TESTS: tuple[Literal["joint", "line"], ...] = ("joint", "line")
_TOGETHER: dict[Grain, int] = {"day": 7, "week": 4, "month": 3, "quarter": 1, "year": 1}
"""Periods that are taken together where the largest step between neighbours matters."""
Parallel = Literal["no sign against", "moved apart", "cannot be tested"]


class PeriodEffect(Model):
    """How far the groups were apart in a period, against the last period before the event."""

    period: str
    when: Literal["before", "reference", "after"]
    effect: str | None = Field(description="Id of the fact; None for the reference.")


class PreTrend(Model):
    """Whether both groups moved alike before the event; ids of facts, None where it could not be tested."""

    finding: Parallel
    joint_p: str | None = Field(None, description="p-value that all periods before show the same gap.")
    line_p: str | None = Field(None, description="p-value that the gap had no straight drift.")
    drift: str | None = Field(None, description="The straight drift of the gap before the event, for one period.")
    detectable_drift: str | None = Field(
        None, description="The smallest steady drift for one period that these tests find four times in five."
    )
    drift_would_make: str | None = Field(
        None, description="What a drift of that size would by itself add to the difference in differences."
    )
    placebo: str | None = Field(None, description="The effect of an event in the middle of the window before.")
    placebo_p: str | None = None
    placebo_date: str | None = None
    allowing_for_drift: str | None = Field(
        None,
        description="The average effect after the event; its interval allows the groups to drift apart as fast as the "
        "largest step between neighbouring quarters (for weeks: four weeks; for days: weeks) before it, relative "
        "magnitudes with M = 1.",
    )


@dataclass
class Study:
    """Effects by period with their covariance; periods as times since the reference."""

    times: FloatArray
    effects: FloatArray
    covariance: FloatArray
    n: FloatArray
    """Exposed answers in each period."""
    inside: NDArray[np.bool_]
    """Periods in the windows that are compared."""


class Trends:
    """The event study of two groups, from one look at the data."""

    def __init__(self, warehouse: Warehouse, design: Design, outcome: Outcome, blocks: Blocks) -> None:
        self.design, self.outcome, self.blocks = design, outcome, blocks
        rows = blocks.within(design.study_scope)
        self.moments = cell_moments(warehouse, [design.group, blocks.axis()], rows, outcome)
        self.sql = list(self.moments.sql)
        self.reference = len(blocks.before) - 1

    @property
    def usable(self) -> bool:
        """False where a period's answers of a group are all of one customer."""
        return bool(np.all(np.isfinite(self.moments.covariance)))

    def study(self) -> Study:
        """All periods, the reference with effect 0."""
        blocks, at = self.blocks.blocks, self.reference
        order = [place_of(self.moments, g, self.blocks.key(i)) for g in (EXPOSED, CONTROL) for i in range(len(blocks))]
        mean, spread = self.moments.mean[order], self.moments.covariance[np.ix_(order, order)]
        count = len(blocks)
        effects, covariance = event_study_from_means(mean[:count], mean[count:], spread, at)
        times = np.array([block.middle - blocks[at].middle for block in blocks]) / DAYS[self.blocks.grain]
        n = np.array([block.n[EXPOSED] for block in blocks], float)
        return Study(times, effects, covariance, n, np.array([block.side != EARLIER for block in blocks]))

    def add_periods(self, sheet: FactSheet, study: Study) -> list[PeriodEffect]:
        """Each period's effect as a fact."""
        told = []
        for at, block in enumerate(self.blocks.blocks):
            if at == self.reference:
                told.append(PeriodEffect(period=block.label, when="reference", effect=None))
                continue
            found = linear_contrast(study.effects, study.covariance, np.eye(len(study.effects))[at])
            where = {**self.design.where(EXPOSED), "period": block.label, "control": self.design.words(CONTROL)}
            where["reference"] = self.blocks.blocks[self.reference].label
            n = sum(sum(part.n.values()) for part in (block, self.blocks.blocks[self.reference]))
            made = add_estimate(sheet, "effect_in_period", found, self.outcome, n, where)
            told.append(
                PeriodEffect(period=block.label, when="before" if at < self.reference else "after", effect=made.fact)
            )
        return told

    def check(self, sheet: FactSheet, study: Study) -> PreTrend:
        """Tests of the periods before the event, what they could have seen, and a placebo event among them."""
        n = sum(sum(block.n.values()) for block in self.blocks.before)
        grain, where = self.blocks.grain, {"reference": self.blocks.blocks[self.reference].label}
        about = About(self.outcome, grain, self._where(), {**self.design.contrast_where(), **where}, n)
        found = check_study(sheet, study, about)
        if found.finding != "cannot be tested":
            self._placebo(sheet, found)
        return found

    def _where(self) -> dict[str, str]:
        past = span(self.blocks.blocks[0].start, self.design.before.closed()[1])
        return {**self.design.where(EXPOSED, past), "control": self.design.words(CONTROL)}

    def _placebo(self, sheet: FactSheet, found: PreTrend) -> None:
        """The later half of the window before against its earlier half, as if the event had been in between."""
        before = self.blocks.before
        half = len(before) // 2
        start = str(before[half].start)
        weights: dict[tuple[str, ...], float] = {}
        for group, sign in ((EXPOSED, 1.0), (CONTROL, -1.0)):
            for side, way in ((before[half:], 1.0), (before[:half], -1.0)):
                total = sum(block.n[group] for block in side)
                for block in side:
                    key = self.blocks.key(self.blocks.blocks.index(block))
                    weights[group, key] = sign * way * block.n[group] / total
        contrast = contrast_of(self.moments, weights)
        n, where = sum(sum(block.n.values()) for block in before), {**self._where(), "placebo_date": start}
        made = add_estimate(sheet, "placebo_effect", contrast, self.outcome, n, where)
        found.placebo, found.placebo_date = made.fact, start
        found.placebo_p = add_p(sheet, "placebo_p", contrast.p_value, n, where)


@dataclass(frozen=True)
class About:
    """What the facts of a study's check say of themselves."""

    outcome: Outcome
    grain: Grain
    before: dict[str, str]
    whole: dict[str, str]
    n: int


def check_study(sheet: FactSheet, study: Study, about: About) -> PreTrend:
    """Did the groups move alike before, what would have shown, and what a drift like the one before would do.

    Two tests share the 5 %: all periods together, and the straight line through them.
    """
    pre, outcome = study.times < 0, about.outcome
    covariance, times = study.covariance[np.ix_(pre, pre)], study.times[pre]
    if not np.any(pre) or not np.any(covariance) or not np.any(study.times > 0):
        return PreTrend(finding="cannot be tested")
    test = pre_trend_test(study.effects[pre], covariance, times)
    apart = min(holm([test.joint.p_value, test.slope_p])) < LEVEL
    unit, line = unit_of_difference(outcome), linear_contrast([test.slope], [[test.slope_error**2]], [1.0])
    slope = min(detectable_slope(covariance, times, 1 - LEVEL / 2, test=kind) for kind in _TESTS)
    n, before, whole, every = about.n, about.before, about.whole, about.grain
    return PreTrend(
        finding="moved apart" if apart else "no sign against",
        joint_p=add_p(sheet, "pre_trend_p", test.joint.p_value, n, before),
        line_p=add_p(sheet, "pre_trend_line_p", test.slope_p, n, before),
        drift=add_estimate(sheet, f"drift_per_{every}", line, outcome, n, before).fact,
        detectable_drift=sheet.add(f"detectable_drift_per_{every}", slope, unit, n=n, where=before).id,
        drift_would_make=sheet.add("effect_of_detectable_drift", slope * _reach(study), unit, n=n, where=whole).id,
        allowing_for_drift=_allowing(sheet, study, every, outcome, n, whole),
    )


def _reach(study: Study) -> float:
    """Time from the middle of the window before to that of the window after, by the answers of the exposed."""
    before, after = (study.times <= 0) & study.inside, study.times > 0
    middle = [float(np.average(study.times[side], weights=study.n[side])) for side in (before, after)]
    return middle[1] - middle[0]


def _allowing(sheet: FactSheet, study: Study, grain: Grain, outcome: Outcome, n: int, where: dict[str, str]) -> str:
    merge = _merging(study, _TOGETHER[grain])
    times, covariance = merge @ study.times, merge @ study.covariance @ merge.T
    effects, n_after = (
        merge @ study.effects,
        np.array([study.n[row > 0].sum() for row in merge[merge @ study.times > 0]]),
    )
    weights = n_after / n_after.sum()
    bound = relative_magnitudes(effects, covariance, times, weights)
    unit = unit_of_difference(outcome)
    name = "effect_allowing_for_drift"
    return sheet.add(name, bound.estimate, unit, n=n, low=bound.low, high=bound.high, where=where).id


def _merging(study: Study, together: int) -> FloatArray:
    """Rows that average neighbouring periods from the event outwards and count from the last of them before it.

    Steps between single periods are mostly noise, and the bound grows with the largest of them.
    """
    before, after = np.flatnonzero(study.times <= 0), np.flatnonzero(study.times > 0)
    together = max(1, min(together, len(before) // 2))
    parts = [before[::-1][at : at + together] for at in range(0, len(before), together)]
    if len(parts) > 2 and len(parts[-1]) < together:  # what is left at the far end joins its neighbour
        parts = [*parts[:-2], np.concatenate(parts[-2:])]
    parts += [after[at : at + together] for at in range(0, len(after), together)]
    rows = np.zeros((len(parts), len(study.times)))
    for at, part in enumerate(parts):
        rows[at, part] = study.n[part] / study.n[part].sum()
    merged: FloatArray = rows[1:] - rows[0]
    return merged


def beyond_own_trend(moments: Moments, blocks: Blocks) -> Contrast | None:
    """One group alone: its mean after the event against the straight line through its periods before, drawn on.

    Answers are the weights of the periods. None with fewer than three periods before.
    """
    before = blocks.before
    if len(before) < 3:
        return None
    after = [block for block in blocks.blocks if block.side == AFTER]
    n = np.array([block.n[EXPOSED] for block in before], float)
    later = np.array([block.n[EXPOSED] for block in after], float)
    times = np.array([block.middle for block in before])
    target = float(np.average([block.middle for block in after], weights=later))
    middle = float(np.average(times, weights=n))
    line = n / n.sum() + n * (times - middle) * (target - middle) / float(n @ (times - middle) ** 2)
    keys = [(BEFORE, block) for block in before] + [(AFTER, block) for block in after]
    values = [*(-line), *(later / later.sum())]
    weights: dict[tuple[str, ...], float] = {
        (EXPOSED, blocks.key(blocks.blocks.index(block))): float(w)
        for (_side, block), w in zip(keys, values, strict=True)
    }
    return contrast_of(moments, weights)
