"""What is real in the triangle: cohorts at equal age, ages within cohorts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tools.cells import Cell
from tools.measure.cohort_contrasts import (
    FloatArray,
    bands,
    besides,
    independent,
    slope,
    standardised,
    with_pseudo_answers,
)
from tools.measure.cohort_plan import COHORT, Plan
from tools.measure.compare import LEVEL, Verdict
from tools.measure.retention_counts import DAYS
from tools.moments import Moments, cell_moments, weights_of
from tools.outcome import find_outcome
from tools.result import FactSheet, Model
from tools.stats.contrasts import Contrast, hotelling_df, joint_test
from tools.stats.multiplicity import holm
from tools.stats.tails import ChiSquareTest
from warehouse.periods import Grain, bucket_start

Positions = NDArray[np.intp]
BAND = 60
"""Customers that a cohort (an age) needs to stand by itself in the joint test; else it goes with its neighbours."""


class Effect(Model):
    """A cohort against all cohorts at the same ages, or an age against all ages of the same cohorts."""

    name: str = Field(description="The cohort, or the age.")
    difference: str = Field(description="Id of the fact in points.")
    p_holm: float = Field(description="p-value after Holm's adjustment for all cohorts (ages).")
    verdict: Verdict


@dataclass(frozen=True)
class _Side:
    """One of the two comparisons."""

    name: str
    keys: dict[int, str]
    contrasts: dict[int, FloatArray]
    joint: list[FloatArray]
    """Those of the joint test: of cohorts (ages) put together where they are thin."""
    slope: FloatArray | None


class CohortTests:
    """Cohorts at equal age and ages within cohorts, over cells that reach the base for ranking."""

    def __init__(self, plan: Plan, sheet: FactSheet, shown: Sequence[Cell]) -> None:
        self.plan, self.sheet, self.shown = plan, sheet, shown
        self.found: dict[str, Any] = {}
        self.notes: list[str] = []
        self.sql: list[str] = []

    def run(self, statements: int) -> None:
        """Add the tests as facts; `statements` were run before."""
        moments = self._moments()
        self.sql = moments.sql
        self.sheet.statement = statements + len(moments.sql)
        limits = self.plan.warehouse.catalog.minimum_base
        base = max(limits.ranking, limits.cell)
        used = np.flatnonzero(np.isfinite(np.diag(moments.covariance)) & (moments.n >= base))
        if len(used) < 2:
            self.notes.append(f"Fewer than two cells have {base} answers; cohorts and ages are not compared.")
            return
        if len(used) < len(self.shown):
            self.notes.append(f"The tests use the cells with at least {base} answers.")
        for side in self._sides(moments, used):
            self._add(side, moments, used)

    def _moments(self) -> Moments:
        """As a number, for its plain variances: those of the interval lean to 0 in thin cells, and here many add up."""
        outcome = replace(find_outcome(self.plan.warehouse), unit="number")
        found = cell_moments(self.plan.warehouse, self.plan.axes, self.plan.rows, outcome)
        return replace(found, covariance=with_pseudo_answers(found.covariance, found.mean, found.n))

    def _sides(self, moments: Moments, used: Positions) -> list[_Side]:
        keys = [moments.keys[int(i)] for i in used]
        n = moments.n[used]
        labels = sorted({key[0] for key in keys})
        cohort = [labels.index(key[0]) for key in keys]
        age = [int(key[1]) for key in keys]
        steps = [float(_steps(labels[0], key[0], self.plan.cohort_grain)) for key in keys]
        line = slope(n, steps, age), slope(n, [float(value) for value in age], cohort)
        customers = moments.customers[used]
        return [
            self._side("cohort", dict(enumerate(labels)), (n, customers), (cohort, age), line[0]),
            self._side("age", {value: str(value) for value in age}, (n, customers), (age, cohort), line[1]),
        ]

    def _side(
        self,
        name: str,
        keys: dict[int, str],
        sizes: tuple[FloatArray, FloatArray],
        places: tuple[list[int], list[int]],
        line: FloatArray | None,
    ) -> _Side:
        """Rows too thin to stand by themselves go together, unless nothing is left to compare then."""
        n, customers = sizes
        rows, columns = places
        single = standardised(n, rows, columns)
        together = bands(rows, customers, BAND)
        joint = standardised(n, together, columns)
        if joint and len(set(together)) < len(set(rows)):
            self.notes.append(f"Neighbouring {name}s with fewer than {BAND} customers are tested as one.")
        return _Side(name, keys, single, independent(list((joint or single).values())), line)

    def _add(self, side: _Side, moments: Moments, used: Positions) -> None:
        if not side.contrasts:
            self.notes.append(f"No two {side.name}s share what they are compared at; they are not compared.")
            return
        sheet, plan = self.sheet, self.plan
        where = {**plan.rows.where, "compared": f"{side.name}s"}
        n = int(moments.n[used].sum())
        full = {key: _full(weights, used, len(moments.keys)) for key, weights in side.contrasts.items()}
        test = _joint(moments, [_full(weights, used, len(moments.keys)) for weights in side.joint])
        p_value = sheet.add(f"{side.name}_p", test.p_value, "p-value", n=n, where=where)
        self.found |= {f"{side.name}_p": p_value.id, f"{side.name}s_differ": test.p_value < LEVEL}
        self._add_slope(side, moments, used, where)
        parts = {key: moments.contrast(weights_of(weights), _df(moments, weights)) for key, weights in full.items()}
        adjusted = holm([part.p_value for part in parts.values()])
        self.found[f"{side.name}_effects"] = [
            self._effect(side, side.keys[key], part, p, self._answers(side, side.keys[key], moments, used))
            for (key, part), p in zip(parts.items(), adjusted, strict=True)
        ]

    def _add_slope(self, side: _Side, moments: Moments, used: Positions, where: dict[str, str]) -> None:
        if side.slope is None:
            return
        plan = self.plan
        line = _full(side.slope, used, len(moments.keys))
        fit = moments.contrast(weights_of(line), _df(moments, line))
        unit = plan.cohort_grain if side.name == "cohort" else plan.grain
        name = f"nps_change_per_{side.name}_{unit}"
        n = int(moments.n[used].sum())
        fact = self.sheet.add(name, fit.estimate, "points", n=n, low=fit.low, high=fit.high, where=where)
        clear = fit.p_value < LEVEL
        direction = "no clear trend" if not clear else "rising" if fit.estimate > 0 else "falling"
        straight = _is_straight(moments, side, line, used)
        self.found |= {
            f"{side.name}_slope": fact.id,
            f"{side.name}_direction": direction,
            f"{side.name}_straight": straight,
        }
        if clear and not straight:
            self.notes.append(f"The {side.name}s do not lie on a straight line; look at them one by one.")

    def _answers(self, side: _Side, key: str, moments: Moments, used: Positions) -> int:
        at = 0 if side.name == "cohort" else 1
        return sum(int(moments.n[i]) for i in used if moments.keys[int(i)][at] == key)

    def _effect(self, side: _Side, key: str, part: Contrast, adjusted: float, n: int) -> Effect:
        plan = self.plan
        name = COHORT if side.name == "cohort" else plan.age_name
        against = "all cohorts at the same ages" if side.name == "cohort" else "all ages of the same cohorts"
        where = {**plan.rows.where, name: key, "against": against}
        fact = self.sheet.add("nps_difference", part.estimate, "points", n=n, low=part.low, high=part.high, where=where)
        clear = adjusted < LEVEL
        verdict: Verdict = "no clear difference" if not clear else "higher" if part.estimate > 0 else "lower"
        return Effect(name=key, difference=fact.id, p_holm=adjusted, verdict=verdict)


def _joint(moments: Moments, contrasts: list[FloatArray]) -> ChiSquareTest:
    """With the degrees of freedom that the cells' customers give their variances."""
    df = hotelling_df(moments.covariance, contrasts, moments.customers)
    return joint_test(moments.mean, moments.covariance, contrasts, denominator_df=df)


def _df(moments: Moments, weights: FloatArray) -> float:
    return max(1.0, hotelling_df(moments.covariance, [weights], moments.customers))


def _is_straight(moments: Moments, side: _Side, line: FloatArray, used: Positions) -> bool:
    """No lack of fit: nothing is clear in what the joint test holds besides the slope."""
    inside = np.ix_(used, used)
    rest = independent(besides(side.joint, line[used], moments.covariance[inside]))
    rest = [contrast for contrast in rest if np.abs(contrast).max() > 1e-9]
    if not rest:
        return True
    return _joint(moments, [_full(weights, used, len(moments.keys)) for weights in rest]).p_value >= LEVEL


def _full(weights: FloatArray, used: Positions, size: int) -> FloatArray:
    full = np.zeros(size)
    full[used] = weights
    return full


def _steps(first: str, label: str, grain: Grain) -> float:
    """How many cohorts lie between two labels."""
    return round((bucket_start(label) - bucket_start(first)).days / DAYS[grain])
