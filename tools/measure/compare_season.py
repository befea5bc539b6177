"""Whether a step from one month or quarter to the next is the step of every year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from tools.measure.compare_strata import Crude
from tools.moments import Moments, cell_moments
from tools.outcome import Outcome
from tools.result import FactSheet, Model
from tools.scope import Axis, Scope
from tools.stats.did import welch_df
from warehouse.periods import ONE_DAY, Period, a_year_before, previous, span
from warehouse.workspace import Warehouse

LEVEL, FEWEST_YEARS, MOST_YEARS, FEWEST_ANSWERS = 0.05, 2, 5, 20
AS_MUCH = 0.5
"""Part of this year's step that the earlier ones must have on the mean."""
_LENGTHS = {1: re.compile(r"\d{4}-\d{2}"), 3: re.compile(r"\d{4}-Q[1-4]")}
"""Months of a step, and how its stretches are called."""
Verdict = Literal["higher", "lower", "no clear difference"]
Step = tuple[Period, Period]
"""The stretch before and the stretch after."""


class YearStep(Model):
    """The step in one earlier year."""

    period: str = Field(description="Its stretch after.")
    fact: str = Field(description="Id of its difference.")


class Season(Model):
    """The same step in earlier years, where it was as large."""

    steps: list[YearStep] = Field(description="Newest first.")
    mean: str = Field(description="Id of the mean of those steps.")
    verdict: Verdict = Field(description="Which way they went; clear.")
    apart: str = Field(description="Id of this year's step minus that mean.")
    apart_verdict: Verdict = Field(description="Whether this year's step differs; never clear here.")


@dataclass(frozen=True)
class _Years:
    found: Moments
    places: list[tuple[int, int]]
    """Cells before and after, this year's first."""
    months: int
    """Length of a step."""

    def step(self, at: int, weight: float = 1.0) -> dict[int, float]:
        before, after = self.places[at]
        return {after: weight, before: -weight}

    def weights(self, *parts: dict[int, float]) -> dict[int, float]:
        """Several contrasts added up."""
        total: dict[int, float] = {}
        for part in parts:
            for place, weight in part.items():
                total[place] = total.get(place, 0.0) + weight
        return {place: weight for place, weight in total.items() if weight}

    def contrast(self, weights: dict[int, float]) -> tuple[float, float, float, float]:
        """Estimate, interval and p-value."""
        variances = [weights[at] ** 2 * float(self.found.covariance[at, at]) for at in weights]
        df = welch_df(variances, [float(self.found.customers[at]) for at in weights])
        found = self.found.contrast(weights, df)
        return found.estimate, found.low, found.high, found.p_value


def same_step_before(
    warehouse: Warehouse,
    sheet: FactSheet,
    outcome: Outcome,
    later: Scope,
    earlier: Scope,
    crude: Crude,
    sql: list[str],
) -> Season | None:
    """What the same step was in earlier years; None where it was not as large, or that cannot be told.

    Said only where the mean of at least two earlier steps is clear, each went the same way, this year's is not clearly
    apart from it nor more than twice as large, and a level that moves on from year to year does not account for it.
    """
    steps = _earlier_steps(warehouse, earlier, later)
    if len(steps) <= FEWEST_YEARS:
        return None
    rows = _without_period(later)
    labels = {f"{which}{at}": period for at, step in enumerate(steps) for which, period in zip("ba", step, strict=True)}
    split = " ".join(f"WHEN {_within(period)} THEN '{label}'" for label, period in labels.items())
    axis = Axis("step", f"CASE {split} END", ("responded_at",))
    either = " OR ".join(_within(period) for period in labels.values())
    found = cell_moments(
        warehouse, [axis], Scope([*rows.conditions, f"({either})"], [*rows.columns, "responded_at"]), outcome
    )
    sql += found.sql
    places = _places(found, len(steps))
    if len(places) <= FEWEST_YEARS:
        return None
    return _season(sheet, _Years(found, places, _months(steps[0])), steps[1 : len(places)], crude, len(sql))


def _season(sheet: FactSheet, years: _Years, steps: list[Step], crude: Crude, statement: int) -> Season | None:
    many = len(steps)
    own, singles = years.contrast(years.step(0)), [years.contrast(years.step(at)) for at in range(1, many + 1)]
    earlier = years.weights(*(years.step(at, 1 / many) for at in range(1, many + 1)))
    mean = years.contrast(earlier)
    apart = years.contrast(years.weights(years.step(0), {at: -weight for at, weight in earlier.items()}))
    beyond = years.contrast(years.weights(earlier, _drift(years)))
    alike = all(step[0] * own[0] > 0 for step in singles) and abs(mean[0]) >= AS_MUCH * abs(own[0])
    seasonal = mean[3] < LEVEL and beyond[3] < LEVEL and beyond[0] * mean[0] > 0
    if not (own[3] < LEVEL and alike and seasonal and apart[3] >= LEVEL):
        return None
    name, unit, where = crude.name, crude.unit, crude.where
    filters = {key: value for key, value in where.items() if key not in ("period", "against")}
    sheet.statement, sizes = statement, [int(years.found.n[list(pair)].sum()) for pair in years.places]
    told = []
    for (before, after), (value, low, high, _p), n in zip(steps, singles, sizes[1:], strict=True):
        cell = {**filters, "period": after.label, "against": before.label}
        told.append(
            YearStep(period=after.label, fact=sheet.add(name, value, unit, n=n, low=low, high=high, where=cell).id)
        )
    cell = {**filters, "before": ", ".join(item.period for item in told)}
    fact = sheet.add(f"{name}_in_earlier_years", mean[0], unit, n=sum(sizes[1:]), low=mean[1], high=mean[2], where=cell)
    gap = sheet.add(
        f"{name}_beyond_earlier_years", apart[0], unit, n=sum(sizes), low=apart[1], high=apart[2], where=where
    )
    way: Verdict = "higher" if mean[0] > 0 else "lower"
    return Season(steps=told, mean=fact.id, verdict=way, apart=gap.id, apart_verdict="no clear difference")


def _drift(years: _Years) -> dict[int, float]:
    """Minus what a level that moves evenly from the oldest stretch before to the newest would move in one step."""
    (newest, _after), (oldest, _later) = years.places[0], years.places[-1]
    each = years.months / 12 / (len(years.places) - 1)
    return {newest: -each, oldest: each}


def _earlier_steps(warehouse: Warehouse, earlier: Scope, later: Scope) -> list[Step]:
    """This step and the same one in the years before, as far back as the data goes; none for another step."""
    if earlier.period is None or later.period is None:
        return []
    steps: list[Step] = [(_named(earlier.period), _named(later.period))]
    time = warehouse.catalog.times.get("responded_at")
    if time is None or time.first is None or not _months(steps[0]):
        return []
    while len(steps) <= MOST_YEARS:
        step = a_year_before(steps[-1][0]), a_year_before(steps[-1][1])
        if step[0].start is None or step[0].start < time.first.replace(day=1):
            break
        steps.append(step)
    return steps


def _named(period: Period) -> Period:
    """With its name in the calendar, however it was written."""
    return span(period.start, period.end)


def _months(step: Step) -> int:
    """Length of a step between two whole months or two whole quarters, one after the other; 0 for any other step."""
    before, after = step
    if None in (before.start, before.end, after.start, after.end) or previous(after) != before:
        return 0
    return next((length for length, form in _LENGTHS.items() if form.fullmatch(after.label)), 0)


def _without_period(rows: Scope) -> Scope:
    """The filter without the stretch of time."""
    kept = [one for one in rows.conditions if not one.startswith("responded_at ")]
    return Scope(kept, list(rows.columns), {k: v for k, v in rows.where.items() if k != "period"})


def _within(period: Period) -> str:
    start, end = period.closed()
    return f"(responded_at >= TIMESTAMP '{start} 00:00:00' AND responded_at < TIMESTAMP '{end + ONE_DAY} 00:00:00')"


def _places(found: Moments, steps: int) -> list[tuple[int, int]]:
    """The cells of each step, up to the first year with too few answers."""
    places = []
    for at in range(steps):
        before, after = found.at(f"b{at}"), found.at(f"a{at}")
        if before is None or after is None or min(found.n[before], found.n[after]) < FEWEST_ANSWERS:
            break
        if min(found.customers[before], found.customers[after]) < 2:
            break
        places.append((before, after))
    return places
