"""Whether a step from one month or quarter to the next is the step of every year."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass

from pydantic import Field

from tools.moments import Moments, cell_moments
from tools.outcome import Outcome
from tools.result import FactSheet, Model, Unit
from tools.scope import Axis, Scope
from tools.stats.did import welch_df
from warehouse.periods import ONE_DAY, Period
from warehouse.workspace import Warehouse

LEVEL, FEWEST_YEARS, MOST_YEARS, FEWEST_ANSWERS = 0.05, 2, 5, 20
AS_MUCH = 0.5
"""Part of this year's step that the earlier ones must have on the mean."""
Step = tuple[Period, Period]
"""The stretch before and the stretch after."""


class Season(Model):
    """The same step in earlier years, where it was as large."""

    steps: list[str] = Field(description="The stretch after in each earlier year, newest first.")
    mean: str = Field(description="Id of the mean of those steps.")
    apart: str = Field(description="Id of this year's step minus that mean.")
    verdict: str = Field(description="higher or lower: which way the earlier steps went; only where that is clear.")


@dataclass(frozen=True)
class _Years:
    found: Moments
    places: list[tuple[int, int]]
    """Cells before and after, this year's first."""

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
    difference: tuple[str, Unit, dict[str, str]],
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
    return _season(sheet, _Years(found, places), [step[1].label for step in steps[1 : len(places)]], difference, len(sql))


def _season(
    sheet: FactSheet, years: _Years, labels: list[str], difference: tuple[str, Unit, dict[str, str]], statement: int
) -> Season | None:
    many = len(labels)
    own = years.contrast(years.step(0))
    singles = [years.contrast(years.step(at))[0] for at in range(1, many + 1)]
    earlier = years.weights(*(years.step(at, 1 / many) for at in range(1, many + 1)))
    mean = years.contrast(earlier)
    apart = years.contrast(years.weights(years.step(0), {at: -weight for at, weight in earlier.items()}))
    drift = _drift(years, many)
    beyond = years.contrast(years.weights(earlier, drift))
    alike = all(step * own[0] > 0 for step in singles) and abs(mean[0]) >= AS_MUCH * abs(own[0])
    seasonal = mean[3] < LEVEL and beyond[3] < LEVEL and beyond[0] * mean[0] > 0
    if not (own[3] < LEVEL and alike and seasonal and apart[3] >= LEVEL):
        return None
    name, unit, where = difference
    n = int(sum(years.found.n[place] for pair in years.places[1:] for place in pair))
    everything = n + int(sum(years.found.n[place] for place in years.places[0]))
    cell = {key: value for key, value in where.items() if key not in ("period", "against")}
    cell["period"] = " and ".join(reversed(labels))
    sheet.statement = statement
    fact = sheet.add(f"{name}_in_earlier_years", mean[0], unit, n=n, low=mean[1], high=mean[2], where=cell)
    gap = sheet.add(
        f"{name}_apart_from_earlier_years", apart[0], unit, n=everything, low=apart[1], high=apart[2], where=where
    )
    return Season(steps=labels, mean=fact.id, apart=gap.id, verdict="higher" if mean[0] > 0 else "lower")


def _drift(years: _Years, many: int) -> dict[int, float]:
    """Minus what a level that moves evenly from the oldest stretch before to the newest would move in one step."""
    (newest, _after), (oldest, _later) = years.places[0], years.places[many]
    per_step = 1 / (12 * many)  # at least: a step of a quarter is three of them, and then 1 / (4 · many)
    return {newest: -per_step, oldest: per_step}


def _earlier_steps(warehouse: Warehouse, earlier: Scope, later: Scope) -> list[Step]:
    """This step and the same one in the years before, as far back as the data goes; one where it is no calendar step."""
    before, after = earlier.period, later.period
    if before is None or after is None or not _adjacent(before, after):
        return []
    time = warehouse.catalog.times.get("responded_at")
    steps: list[Step] = [(before, after)]
    for back in range(1, MOST_YEARS + 1):
        step = _years_back(before, back), _years_back(after, back)
        start = step[0].start
        if time is None or time.first is None or start is None or start < time.first.replace(day=1):
            break
        steps.append(step)
    return steps


def _adjacent(before: Period, after: Period) -> bool:
    """Two whole months, or two whole quarters, one after the other."""
    if before.start is None or before.end is None or after.start is None or after.end is None:
        return False
    months = {_whole_months(before.start, before.end), _whole_months(after.start, after.end)}
    return after.start == before.end + ONE_DAY and months in ({1}, {3})


def _whole_months(start: dt.date, end: dt.date) -> int:
    """How many calendar months the stretch is, 0 where it is none."""
    if start.day != 1 or (end + ONE_DAY).day != 1:
        return 0
    return 12 * (end.year - start.year) + end.month - start.month + 1


def _years_back(period: Period, years: int) -> Period:
    start, end = period.closed()
    first = start.replace(year=start.year - years)
    last_day = calendar.monthrange(end.year - years, end.month)[1]
    last = dt.date(end.year - years, end.month, last_day)
    label = f"{first:%Y-%m}" if _whole_months(first, last) == 1 else f"{first.year}-Q{(first.month + 2) // 3}"
    return Period(first, last, label)


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
