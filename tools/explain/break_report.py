"""What is told of breaks: facts of levels, steps and dates, and the business events near them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tools.explain.period_series import PeriodSeries
from tools.measure.compare import LEVEL
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import PERIOD, Scope
from tools.shown import NpsCell
from tools.stats.change_points import Break, ChangePoints
from warehouse.periods import Grain, bucket, bucket_end, bucket_start, shift
from warehouse.workspace import Warehouse

Found = Literal["break", "gradual change", "change of unclear form", "no break"]
_FOUND: dict[str, Found] = {
    "steps": "break",
    "line": "gradual change",
    "unclear": "change of unclear form",
    "none": "no break",
}


class BreakFound(Model):
    """One break."""

    where: dict[str, str] = Field(description="The value that was searched, and the filter.")
    date: str = Field(description="Id of the fact with the first period after the break.")
    earliest: str = Field(description="Id of the earliest period that is not ruled out at 95 %.")
    latest: str = Field(description="Id of the latest period that is not ruled out at 95 %.")
    sharp: bool = Field(description="True when no other period comes into question.")
    before: str = Field(description="Id of the level before, back to the break before it.")
    after: str = Field(description="Id of the level after, up to the break after it.")
    difference: str = Field(description="Id of the step; its interval allows for the search.")
    p_value: str = Field(description="Id of the p-value, which allows for the search.")
    direction: Literal["rose", "fell"]
    near: list[str] = Field(description="Business events whose dates are near. Near is not a cause.")


class SeriesSearch(Model):
    """What was found in one series: the whole, or one value of the dimension."""

    where: dict[str, str]
    verdict: Found
    breaks: list[BreakFound] = Field(default_factory=list)
    possible: BreakFound | None = Field(None, description="The best single step where the form is unclear.")
    p_value: str = Field(description="Id of the p-value that the level never changed.")
    smallest_step: str = Field(description="Id of the smallest step in the middle that would be found 4 times in 5.")
    slope: str | None = Field(None, description="Id of the straight line's change a period, where one fits.")
    direction: Literal["rose", "fell"] | None = Field(None, description="Which way a change without a date went.")
    wobble: str | None = Field(None, description="Id of how far periods differ beyond sampling error, if they do.")
    undated: list[str] = Field(default_factory=list, description="Stretches that changed further without a clear date.")


class ChangePointsResult(Result):
    """Breaks in the level of the NPS, in order of time."""

    grain: Grain
    by: str | None = Field(description="The dimension whose values were searched one by one.")
    cells: list[NpsCell] = Field(description="The level in each period, where the whole was searched.")
    searches: list[SeriesSearch]
    breaks: list[BreakFound] = Field(description="The breaks of all searches.")


class Report:
    """Makes the facts of searches; p-values are multiplied by the number of series that were searched."""

    def __init__(self, sheet: FactSheet, warehouse: Warehouse, rows: Scope, grain: Grain, by: str | None) -> None:
        self.sheet, self.warehouse, self.rows, self.grain, self.by = sheet, warehouse, rows, grain, by

    def search(self, series: PeriodSeries, found: ChangePoints, looks: int) -> SeriesSearch:
        """One series with its breaks."""
        where = dict(self.rows.where)
        if self.by is not None and series.value is not None:
            where[self.by] = series.value
        whole = where | {PERIOD: f"{series.labels[0]}..{series.labels[-1]}"}
        n, add = int(series.answers.sum()), self.sheet.add
        chance = add("any_change_p", min(1.0, found.p_value * looks), "p-value", n=n, where=whole)
        smallest = add("smallest_step_found", min(found.smallest_step, 200.0), "points", n=n, where=whole)
        told = SeriesSearch(
            where=where,
            verdict=_FOUND[found.form],
            p_value=chance.id,
            smallest_step=smallest.id,
            undated=[f"{series.labels[start]}..{series.labels[end - 1]}" for start, end in found.undated],
        )
        if found.between_variance > 0 and found.form in ("steps", "none"):
            told.wobble = add("spread_beyond_sampling", found.between_variance**0.5, "points", n=n, where=whole).id
        if found.form in ("line", "unclear"):
            low, high = found.slope_low, found.slope_high
            slope = add(f"nps_change_per_{self.grain}", found.slope, "points", n=n, low=low, high=high, where=whole)
            told.slope = slope.id
            told.direction = _direction(found.slope) if found.slope_p < LEVEL else None
        edges = [0, *(item.position for item in found.breaks), len(series.labels)]
        told.breaks = [
            self._tell(series, where, item, (edges[at], edges[at + 2]), looks) for at, item in enumerate(found.breaks)
        ]
        if found.possible is not None:
            told.possible = self._tell(series, where, found.possible, (0, len(series.labels)), looks)
        return told

    def _tell(
        self, series: PeriodSeries, where: dict[str, str], item: Break, ends: tuple[int, int], looks: int
    ) -> BreakFound:
        """A break between the stretches that begin and end at `ends`."""
        labels, n_of, (start, end) = series.labels, series.answers, ends
        at = where | {PERIOD: labels[item.position]}
        n_before, n_after = int(n_of[start : item.position].sum()), int(n_of[item.position : end].sum())
        n = n_before + n_after
        add = self.sheet.add
        before = add(
            "nps_level",
            item.before,
            "points",
            n=n_before,
            low=item.before_low,
            high=item.before_high,
            where=where | {PERIOD: f"{labels[start]}..{labels[item.position - 1]}"},
        )
        after = add(
            "nps_level",
            item.after,
            "points",
            n=n_after,
            low=item.after_low,
            high=item.after_high,
            where=where | {PERIOD: f"{labels[item.position]}..{labels[end - 1]}"},
        )
        low, high = max(item.low, -200.0), min(item.high, 200.0)
        step = add("nps_step", item.difference, "points", n=n, low=low, high=high, where=at)
        chance = add("step_p", min(1.0, item.p_value * looks), "p-value", n=n, where=at)
        dates = [
            add(name, labels[place], "date", n=n, where=where | {PERIOD: labels[place]}).id
            for name, place in (
                ("first_period_after", item.position),
                ("earliest_first_period_after", item.earliest),
                ("latest_first_period_after", item.latest),
            )
        ]
        return BreakFound(
            where=where,
            date=dates[0],
            earliest=dates[1],
            latest=dates[2],
            sharp=item.earliest == item.latest,
            before=before.id,
            after=after.id,
            difference=step.id,
            p_value=chance.id,
            direction=_direction(item.difference),
            near=self._near(labels[item.earliest], labels[item.latest]),
        )

    def _near(self, earliest: str, latest: str) -> list[str]:
        """Events of the catalog from the period before the earliest date to the latest."""
        first = bucket_start(bucket(shift(bucket_start(earliest), -1, "day"), self.grain))
        last = bucket_end(latest)
        events = self.warehouse.catalog.events.items()
        return [name for name, event in sorted(events, key=lambda item: item[1].date) if first <= event.date <= last]


def _direction(points: float) -> Literal["rose", "fell"]:
    return "rose" if points > 0 else "fell"


def breaks_table(sheet: FactSheet, breaks: list[BreakFound], names: list[str]) -> Table:
    """A row for each break."""
    facts = {fact.id: fact for fact in sheet.facts}
    rows = []
    for item in breaks:
        step = facts[item.difference]
        dates = [facts[key].value for key in (item.date, item.earliest, item.latest)]
        levels = [facts[key].value for key in (item.before, item.after)]
        own = [item.where.get(name, "all") for name in names]
        rows.append([*own, *dates, *levels, step.value, step.low, step.high, facts[item.p_value].value])
    columns = [
        *(Column(name=name) for name in names),
        Column(name="from", unit="date"),
        Column(name="earliest", unit="date"),
        Column(name="latest", unit="date"),
        Column(name="NPS before", unit="points"),
        Column(name="NPS after", unit="points"),
        Column(name="step", unit="points"),
        Column(name="95% low", unit="points"),
        Column(name="95% high", unit="points"),
        Column(name="p", unit="p-value"),
    ]
    return Table(title="Breaks in the level of the NPS", columns=columns, rows=rows)
