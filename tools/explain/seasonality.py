"""Does the NPS follow the calendar: effects of months, quarters or weekdays, net of the trend."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from tools.cells import count_cells
from tools.charts import bars
from tools.explain.period_series import PeriodSeries, period_series, steadied
from tools.measure.compare import LEVEL
from tools.measure.score import refuse_empty
from tools.moments import Moments, cell_moments
from tools.outcome import find_outcome
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import PERIOD, Axis, Scope, Where, beside_calendar, need_dates, scope
from tools.shown import base_caveats
from tools.stats.contrasts import linear_contrast
from tools.stats.seasonality import Seasonality, seasonal_effects
from warehouse.errors import MissingDataError, NpsError
from warehouse.periods import MONTHS
from warehouse.workspace import Warehouse

SeasonGrain = Literal["month", "quarter", "weekday"]
IN_YEAR = {"month": 12, "quarter": 4}
QUARTERS = ("first quarter", "second quarter", "third quarter", "fourth quarter")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NAMES = {"month": MONTHS, "quarter": QUARTERS, "weekday": WEEKDAYS}
FEWEST_WEEKS, BLOCK_WEEKS, MOST_BLOCKS = 8, 4, 13


class Season(Model):
    """One month, quarter or weekday."""

    season: str
    effect: str = Field(description="Id of its distance from the mean of all seasons, net of the trend.")
    verdict: Literal["higher", "lower", "no clear difference"] = Field(
        description="Against the mean of all seasons, adjusted for all of them."
    )


class SeasonalityResult(Result):
    """The pattern of the year (or week), whether it is more than chance, and whether it repeats."""

    grain: SeasonGrain
    seasonal: bool = Field(description="True when the seasons differ by more than chance, at 5 %.")
    p_value: str = Field(description="Id of the p-value that there is no pattern.")
    seasons: list[Season] = Field(description="In the order of the calendar.")
    cycles: str = Field(description="Id of the number of repeats: years, or blocks of weeks.")
    agreement: str | None = Field(description="Id of the mean correlation of the pattern of two repeats.")
    repeats: Literal["alike", "not alike", "not told"] = Field(
        description="Whether the pattern was the same each time, as far as the repeats can tell."
    )
    latest: str | None = Field(description="The latest complete period.")
    latest_nps: str | None = Field(description="Id of its NPS.")
    latest_adjusted: str | None = Field(description="Id of its NPS without the season's effect.")


def seasonality(
    warehouse: Warehouse,
    *,
    grain: Annotated[
        SeasonGrain | None,
        Field(description="month (also when left out) or quarter of the year: two full years; or weekday: 8 weeks."),
    ] = None,
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description="Only this stretch of time.")] = None,
) -> SeasonalityResult:
    """Test whether the NPS follows the season: which months, quarters or weekdays lie above or below the mean.

    Use it for "is there a seasonal pattern", "is December always low", "which weekday is worst", or for the latest
    period without its season. Effects are net of the trend. It refuses less than two full years (weekdays: 8 weeks);
    use `trend` or `find_change_points` for what happened once.
    """
    grain = grain or "month"
    rows = scope(warehouse, where, period)
    need_dates(warehouse, "Seasonality")
    beside_calendar(rows)
    whole = count_cells(warehouse, [], rows)
    refuse_empty(warehouse, whole, whole.cells, rows)
    if whole.total.n < warehouse.catalog.minimum_base.cell:
        raise MissingDataError("There are too few scored answers to look for a season; ask about a larger group.")
    series = _weekdays(warehouse, rows) if grain == "weekday" else _of_year(warehouse, rows, grain)
    found = _fit(series)
    sheet = FactSheet("seasonality")
    sheet.statement = len(whole.sql) + 1
    told = _Telling(sheet, rows, series, found, grain)
    seasons = [told.season(at) for at in range(len(series.names))]
    agreement = told.agreement()
    latest = told.latest() if grain != "weekday" else (None, None, None)
    caveats = base_caveats(warehouse, whole.total, [], whole.sampled)
    caveats += [*series.caveats, *_caveats(series, found, grain)]
    return SeasonalityResult(
        facts=sheet.facts,
        caveats=caveats,
        sql=[*whole.sql, *series.sql],
        table=_table(sheet, seasons, grain),
        chart=_chart(sheet, seasons),
        grain=grain,
        seasonal=found.p_value < LEVEL,
        p_value=told.p_value,
        seasons=seasons,
        cycles=told.cycles,
        agreement=agreement,
        repeats=_repeats(found),
        latest=latest[0],
        latest_nps=latest[1],
        latest_adjusted=latest[2],
    )


@dataclass(frozen=True)
class _Series:
    """Periods with their season and repeat."""

    points: PeriodSeries
    seasons: list[int]
    cycles: list[int]
    names: tuple[str, ...]
    trend: bool
    """True where the trend is a line, False where each repeat has a level."""
    sql: list[str]
    caveats: list[str]


def _of_year(warehouse: Warehouse, rows: Scope, grain: Literal["month", "quarter"]) -> _Series:
    """Months or quarters; years are counted back from the latest period, so that the latest one is complete."""
    found = period_series(warehouse, rows, [], grain, 1)
    size = IN_YEAR[grain]
    points = found.series[0] if found.series else None
    span = int(points.times[-1]) + 1 if points is not None else 0
    if points is None or span < 2 * size or len(points.labels) < 2 * size:
        count = len(points.labels) if points is not None else 0
        about = f" ({points.labels[0]} to {points.labels[-1]})" if points is not None else ""
        raise MissingDataError(
            f"Seasonality by {grain} needs two full years, {2 * size} complete {grain}s with enough answers, and there "
            f"are {count}{about}; ask for weekdays, or for the trend."
        )
    seasons = [_season(label, grain) for label in points.labels]
    cycles = [int((span - 1 - time) // size) for time in points.times]
    return _Series(points, seasons, [max(cycles) - c for c in cycles], NAMES[grain], True, found.sql, found.caveats)


def _season(label: str, grain: str) -> int:
    return int(label[5:]) - 1 if grain == "month" else int(label[-1]) - 1


def _weekdays(warehouse: Warehouse, rows: Scope) -> _Series:
    """Weekdays in blocks of whole weeks; within a block they are spread evenly over time."""
    first, last = _whole_weeks(warehouse, rows)
    weeks = ((last - first).days + 1) // 7
    if weeks < FEWEST_WEEKS:
        raise MissingDataError(
            f"Seasonality by weekday needs {FEWEST_WEEKS} whole weeks and there are {weeks}; "
            "choose a longer stretch of time."
        )
    length = max(BLOCK_WEEKS, -(-weeks // MOST_BLOCKS))
    blocks = weeks // length
    first = last - dt.timedelta(days=7 * length * blocks - 1)
    day = "CAST(responded_at AS DATE)"
    weekday = Axis("weekday", f"CAST(EXTRACT(isodow FROM {day}) AS VARCHAR)", ("responded_at",))
    number = f"CAST(FLOOR(({day} - DATE '{first}') / {7 * length}) AS INTEGER)"
    block = Axis("block", f"CAST({number} AS VARCHAR)", ("responded_at",))
    after = last + dt.timedelta(days=1)
    limits = [f"responded_at >= TIMESTAMP '{first} 00:00:00'", f"responded_at < TIMESTAMP '{after} 00:00:00'"]
    inside = Scope([*rows.conditions, *limits], [*rows.columns, "responded_at"], dict(rows.where), rows.period)
    found = cell_moments(warehouse, [block, weekday], inside, find_outcome(warehouse))
    kept, days = _usable_days(found, warehouse.catalog.minimum_base.cell)
    points = PeriodSeries(
        None,
        [f"{first}..{last}"] * len(kept),
        found.mean[kept],
        steadied(found.covariance[np.ix_(kept, kept)], found.n[kept]),
        found.n[kept],
        np.arange(len(kept), dtype=float),
    )
    caveats = [f"Weekdays are those of the answer, from {first} to {last}, not of what it is about."]
    few = [WEEKDAYS[at] for at in range(7) if at not in days]
    if few:
        caveats.append(f"Too few answers for {', '.join(few)}; the mean is that of the other days.")
    seasons = [days.index(int(found.keys[i][1]) - 1) for i in kept]
    names = tuple(WEEKDAYS[at] for at in days)
    return _Series(points, seasons, [int(found.keys[i][0]) for i in kept], names, False, found.sql, caveats)


def _usable_days(found: Moments, base: int) -> tuple[list[int], list[int]]:
    """Cells with enough answers of the weekdays that have two of them, in order of time; and those weekdays."""
    cells = [i for i in range(len(found.keys)) if found.n[i] >= base and np.isfinite(found.covariance[i, i])]
    seen = [int(found.keys[i][1]) - 1 for i in cells]
    days = [day for day in range(7) if seen.count(day) >= 2]
    kept = [i for i, day in zip(cells, seen, strict=True) if day in days]
    return sorted(kept, key=lambda i: (int(found.keys[i][0]), int(found.keys[i][1]))), days


def _whole_weeks(warehouse: Warehouse, rows: Scope) -> tuple[dt.date, dt.date]:
    """The first Monday and the last Sunday of the data or the asked period."""
    as_of = need_dates(warehouse, "Seasonality")
    first, last = warehouse.catalog.times["responded_at"].first or as_of, as_of
    if rows.period is not None:
        first, last = max(first, rows.period.start or first), min(last, rows.period.end or last)
    return first + dt.timedelta(days=-first.weekday() % 7), last - dt.timedelta(days=last.isoweekday() % 7)


def _fit(series: _Series) -> Seasonality:
    points = series.points
    if len(series.names) < 2:
        raise MissingDataError("Fewer than two weekdays have enough answers; ask about a larger group or period.")
    try:
        return seasonal_effects(
            points.means, points.covariance, series.seasons, series.cycles, times=points.times if series.trend else None
        )
    except ValueError as error:
        raise NpsError(f"The season cannot be told from these answers: {error}") from None


class _Telling:
    """Makes the facts."""

    def __init__(self, sheet: FactSheet, rows: Scope, series: _Series, found: Seasonality, grain: SeasonGrain) -> None:
        self.sheet, self.series, self.found, self.grain = sheet, series, found, grain
        labels = series.points.labels
        span = labels[0] if grain == "weekday" else f"{labels[0]}..{labels[-1]}"
        self.where = {**rows.where, PERIOD: span}
        self.rows_where = dict(rows.where)
        self.n = int(series.points.answers.sum())
        self.p_value = sheet.add("no_season_p", found.p_value, "p-value", n=self.n, where=self.where).id
        repeats = len(set(series.cycles)) if grain == "weekday" else len(labels) // IN_YEAR[grain]
        self.cycles = sheet.add("repeats", repeats, "number", n=self.n, where=self.where).id

    def season(self, at: int) -> Season:
        """Its effect as a fact."""
        effect = self.found.effects[at]
        n = int(self.series.points.answers[np.array(self.series.seasons) == at].sum())
        where = self.where | {self.grain: self.series.names[at]}
        fact = self.sheet.add(
            "season_effect", effect.estimate, "points", n=n, low=effect.low, high=effect.high, where=where
        )
        clear = effect.p_holm < LEVEL and self.found.p_value < LEVEL
        verdict: Literal["higher", "lower", "no clear difference"] = "no clear difference"
        if clear:
            verdict = "higher" if effect.estimate > 0 else "lower"
        return Season(season=self.series.names[at], effect=fact.id, verdict=verdict)

    def agreement(self) -> str | None:
        """How alike the repeats are."""
        if self.found.agreement is None:
            return None
        return self.sheet.add("agreement_of_repeats", self.found.agreement, "number", n=self.n, where=self.where).id

    def latest(self) -> tuple[str, str, str]:
        """The latest period as it is and without its season."""
        points, adjusted = self.series.points, self.found.adjusted[-1]
        where, n = self.rows_where | {PERIOD: points.labels[-1]}, int(points.answers[-1])
        alone = linear_contrast(points.means[-1:], points.covariance[-1:, -1:], [1.0])
        facts = []
        for name, own in (("nps_of_period", alone), ("nps_without_season", adjusted)):
            low, high = max(own.low, min(-100.0, own.estimate)), min(own.high, max(100.0, own.estimate))
            facts.append(self.sheet.add(name, own.estimate, "points", n=n, low=low, high=high, where=where).id)
        return points.labels[-1], facts[0], facts[1]


def _repeats(found: Seasonality) -> Literal["alike", "not alike", "not told"]:
    """Alike where a pattern is there, shows in each repeat, and the repeats differ by no more than sampling."""
    if found.p_value >= LEVEL or found.agreement is None or found.alike is None:
        return "not told"
    return "alike" if found.agreement > 0 and found.alike.p_value >= LEVEL else "not alike"


def _caveats(series: _Series, found: Seasonality, grain: SeasonGrain) -> list[str]:
    caveats = []
    if grain != "weekday":
        years = len(series.points.labels) // IN_YEAR[grain]
        if years == 2:
            caveats.append("Two years are only two repeats: what happened twice by accident looks like a season.")
        caveats.append("The trend is taken as a line bent once a year; a break in the level can look like a season.")
    if found.between_variance > 0:
        caveats.append("Periods differ by more than sampling error; intervals and tests allow for that.")
    caveats.append("Which seasons are named holds after adjusting for all of them. A season is no cause.")
    return caveats


def _table(sheet: FactSheet, seasons: list[Season], grain: SeasonGrain) -> Table:
    facts = {fact.id: fact for fact in sheet.facts}
    rows = [
        [
            item.season,
            facts[item.effect].value,
            facts[item.effect].low,
            facts[item.effect].high,
            facts[item.effect].n,
            item.verdict,
        ]
        for item in seasons
    ]
    columns = [
        Column(name=grain),
        Column(name="against the mean", unit="points"),
        Column(name="95% low", unit="points"),
        Column(name="95% high", unit="points"),
        Column(name="n", unit="responses"),
        Column(name="verdict"),
    ]
    return Table(title=f"NPS by {grain}, net of the trend", columns=columns, rows=rows)


def _chart(sheet: FactSheet, seasons: list[Season]) -> dict[str, object]:
    facts = {fact.id: fact for fact in sheet.facts}
    data = [
        {
            "season": item.season,
            "nps": facts[item.effect].value,
            "low": facts[item.effect].low,
            "high": facts[item.effect].high,
        }
        for item in seasons
    ]
    chart = bars(data, ["season"])
    chart["encoding"]["y"]["sort"] = None
    return chart
