"""When did the NPS change: breaks in its level with the search for their dates paid for."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tools.cells import Cell, count_cells
from tools.charts import lines
from tools.explain.break_report import BreakFound, ChangePointsResult, Report, SeriesSearch, breaks_table
from tools.explain.period_series import PeriodSeries, period_series, series_grain, too_many
from tools.measure.score import refuse_empty
from tools.result import FactSheet, Table
from tools.scope import PERIOD, Axis, Scope, Where, axes, beside_calendar, need_dates, period_axis, scope
from tools.shown import NpsCell, add_cell, base_caveats, nps_table, pooled_total, split_by_base
from tools.stats.change_points import FEWEST, MOST, ChangePoints, change_points
from warehouse.errors import MissingDataError, NpsError
from warehouse.periods import Grain
from warehouse.workspace import Warehouse

LEVEL = 0.05
MAX_VALUES = 12
DRAWS = 2_000
LONG = 100
"""Periods above which fewer series are simulated."""
TWO_YEARS = {"day": 730, "week": 104, "month": 24, "quarter": 8, "year": 2}


def find_change_points(
    warehouse: Warehouse,
    *,
    grain: Annotated[Grain | None, Field(description="Calendar period; chosen from the span when left out.")] = None,
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description="Only this stretch of time.")] = None,
    by: Annotated[
        list[str], Field(max_length=1, description="One dimension: look within each of its values; empty looks at all.")
    ] = [],
) -> ChangePointsResult:
    """Find the dates at which the level of the NPS changed: breaks, with how sure the break and its date are.

    Use it for "when did NPS change", "since when", "was there a break". The search over all dates is paid for, wobble
    between periods is no break, and a straight trend is told as a trend. It names business events near a break, never
    as its cause; use `compare` for two given periods and `trend` for a slope.
    """
    rows = scope(warehouse, where, period)
    need_dates(warehouse, "A search for breaks")
    split = axes(warehouse, by)
    beside_calendar(rows, split)
    grain = grain or series_grain(warehouse, rows)
    sheet = FactSheet("find_change_points")
    whole = _Whole(warehouse, rows, split, grain, sheet)
    found = period_series(warehouse, rows, split, grain, MAX_VALUES)
    sheet.statement = len(whole.sql) + 1
    whole.sql += found.sql
    report = Report(sheet, warehouse, rows, grain, split[0].name if split else None)
    searches = _searches(report, found.series)
    breaks = [item for search in searches for item in search.breaks]
    return ChangePointsResult(
        facts=sheet.facts,
        caveats=[*whole.caveats, *found.caveats, *_caveats(searches, found.series, grain)],
        sql=whole.sql,
        table=_table(sheet, whole, breaks, split),
        chart=lines([{**c.where, "nps": c.nps, "low": c.low, "high": c.high, "n": c.n} for c in whole.shown], [])
        if whole.shown
        else None,
        grain=grain,
        by=split[0].name if split else None,
        cells=whole.cells,
        searches=searches,
        breaks=breaks,
    )


class _Whole:
    """The level in each period as `nps` tells it, where the whole is searched; else only what holds for all answers."""

    def __init__(self, warehouse: Warehouse, rows: Scope, split: list[Axis], grain: Grain, sheet: FactSheet) -> None:
        found = count_cells(warehouse, [] if split else [period_axis(warehouse, grain)], rows)
        shown, small = split_by_base(warehouse, found)
        refuse_empty(warehouse, found, shown, rows)
        self.sql = list(found.sql)
        self.cells: list[NpsCell] = []
        if not split:
            if len(shown) > MOST + 2:
                raise too_many(grain, len(shown))
            self.cells = [add_cell(sheet, cell, found.where(cell, rows)) for cell in shown if _is_dated(cell)]
        self.shown = self.cells
        self.caveats = base_caveats(warehouse, pooled_total(found, shown), small, found.sampled)


def _is_dated(cell: Cell) -> bool:
    return not cell.key or cell.key[0][:1].isdigit()


def _searches(report: Report, series: list[PeriodSeries]) -> list[SeriesSearch]:
    """One search for each value; each is held to its part of 5 %."""
    lengths = [len(item.labels) for item in series]
    most = max(lengths, default=0)
    if most < FEWEST:
        raise MissingDataError(
            f"A search for breaks by {report.grain} needs {FEWEST} complete periods with enough answers and there are "
            f"{most}; choose a finer grain or a longer stretch of time."
        )
    if most > MOST:
        raise too_many(report.grain, most)
    long = [item for item in series if len(item.labels) >= FEWEST]
    return [report.search(item, _search(item, len(long)), len(long)) for item in long]


def _search(series: PeriodSeries, looks: int) -> ChangePoints:
    try:
        return change_points(
            series.means,
            series.covariance,
            times=series.times,
            weights=series.answers,
            level=LEVEL / looks,
            draws=DRAWS if len(series.labels) <= LONG else DRAWS // 2,
        )
    except ValueError as error:
        raise NpsError(f"The search for breaks cannot be made: {error}") from None


def _table(sheet: FactSheet, whole: _Whole, breaks: list[BreakFound], split: list[Axis]) -> Table | None:
    if breaks:
        return breaks_table(sheet, breaks, [axis.name for axis in split])
    return nps_table("NPS by period", [PERIOD], whole.cells) if whole.cells else None


def _caveats(searches: list[SeriesSearch], series: list[PeriodSeries], grain: Grain) -> list[str]:
    tried = f" in each of {len(searches)} series" if len(searches) > 1 else ""
    caveats = [
        f"Every date, and every stretch of two or more {grain}s, was tried{tried}; p-values and the intervals of steps "
        "allow for that."
    ]
    if any(search.wobble is not None for search in searches):
        caveats.append(f"{grain.capitalize()}s differ by more than sampling error; a break has to stand out from that.")
    if max(len(item.labels) for item in series) < TWO_YEARS[grain]:
        caveats.append("With less than two years of data a season can look like a break.")
    else:
        caveats.append("Seasons were not taken out; ask for the seasonality to see whether there are any.")
    undated = [text for search in searches for text in search.undated]
    caveats += [f"Within {text} the level changed further, but a slope fits as well as a step." for text in undated]
    if any(
        item.near for search in searches for item in [*search.breaks, *([search.possible] if search.possible else [])]
    ):
        caveats.append("Events are named because their dates are near; that does not make them the cause.")
    return caveats
