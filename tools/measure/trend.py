"""NPS over time: its level in each calendar period, and whether it rises or falls at all."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tools.cells import Cell, count_cells
from tools.charts import lines
from tools.measure.compare import Pair, Verdict, add_difference, limited, verdict
from tools.measure.score import is_complete, refuse_empty
from tools.result import FactSheet, Result
from tools.scope import MISSING, PERIOD, Scope, Where, beside_calendar, need_dates, period_axis, scope
from tools.shown import NpsCell, add_cell, add_suppressed, base_caveats, nps_table, pooled_total, split_by_base
from tools.stats.score import linear_trend
from warehouse.errors import MissingDataError
from warehouse.periods import Grain, bucket_end, bucket_start, buckets_between
from warehouse.workspace import Warehouse

LEVEL = 0.05


class TrendResult(Result):
    """The level in each period, the straight line through them, and the latest change."""

    grain: Grain
    cells: list[NpsCell] = Field(description="One for each calendar period, in order of time.")
    slope: str = Field(description="Id of the fact with the change in points for each period.")
    slope_p: str = Field(description="Id of the p-value that there is no straight trend.")
    direction: Literal["rising", "falling", "no clear trend"]
    straight: bool = Field(description="False where a straight line is a poor summary of what happened.")
    latest: str = Field(description="The latest complete period.")
    previous: str = Field(description="The period before it that has answers.")
    latest_change: str = Field(description="Id of the fact with the difference between those two.")
    latest_verdict: Verdict


def trend(
    warehouse: Warehouse,
    *,
    grain: Annotated[Grain | None, Field(description="Calendar period; chosen from the span when left out.")] = None,
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description="Only this stretch of time.")] = None,
) -> TrendResult:
    """NPS over time with intervals, a test for a straight trend, and the latest complete period's change.

    Use it for "how has NPS developed"; use `compare` for two chosen periods.
    """
    rows = scope(warehouse, where, period)
    need_dates(warehouse, "A trend")
    beside_calendar(rows)
    grain = grain or _grain(warehouse, rows)
    found = count_cells(warehouse, [period_axis(warehouse, grain)], rows)
    shown, small = split_by_base(warehouse, found)
    shown = [cell for cell in shown if cell.key != (MISSING,)]
    refuse_empty(warehouse, found, shown, rows)
    sheet = FactSheet("trend")
    cells = []
    for cell in shown:
        made = add_cell(sheet, cell, found.where(cell, rows))
        made.complete = is_complete(warehouse, cell.key[0], rows)
        cells.append(made)
    suppressed = [add_suppressed(sheet, found.where(cell, rows), warehouse.catalog.minimum_base.cell) for cell in small]
    line = [(cell, made) for cell, made in zip(shown, cells, strict=True) if made.complete]
    if len(line) < 2:
        raise MissingDataError(
            f"A trend by {grain} needs two complete periods with answers and there are {len(line)}; "
            "choose a finer grain or a longer stretch of time."
        )
    slope, slope_p, direction, straight = _slope(sheet, grain, [cell for cell, _made in line], rows)
    latest, previous = line[-1][0].key[0], line[-2][0].key[0]
    pair = Pair(warehouse, limited(warehouse, rows, latest), limited(warehouse, rows, previous))
    sheet.statement = len(found.sql) + 1
    ids = add_difference(sheet, pair, {**rows.where, PERIOD: latest}, previous)
    caveats = base_caveats(warehouse, pooled_total(found, shown), small, found.sampled, shown)
    partial = [cell.where[PERIOD] for cell in cells if not cell.complete]
    caveats += [f"{label} is not complete in the data and is left out of the trend." for label in partial]
    if not straight:
        caveats.append("The periods do not lie on a straight line; the slope alone does not tell what happened.")
    every = sorted([*cells, *suppressed], key=lambda cell: cell.where[PERIOD])
    return TrendResult(
        facts=sheet.facts,
        caveats=caveats,
        sql=[*found.sql, *pair.sql],
        table=nps_table(f"NPS by {grain}", [PERIOD], every),
        chart=lines([{**c.where, "nps": c.nps, "low": c.low, "high": c.high, "n": c.n} for c in cells], []),
        grain=grain,
        cells=every,
        slope=slope,
        slope_p=slope_p,
        direction=direction,
        straight=straight,
        latest=latest,
        previous=previous,
        latest_change=ids[0],
        latest_verdict=verdict(pair.test),
    )


def _grain(warehouse: Warehouse, rows: Scope) -> Grain:
    """Months where there are three or more of them, weeks or days for less, quarters past three years."""
    dates = warehouse.catalog.times["responded_at"]
    if dates.first is None or dates.last is None:
        return "month"
    first, last = dates.first, dates.last
    if rows.period is not None:
        first, last = max(first, rows.period.start or first), min(last, rows.period.end or last)
    months = len(buckets_between(first, last, "month"))
    return "quarter" if months > 36 else "month" if months >= 3 else "week" if months == 2 else "day"


def _slope(
    sheet: FactSheet, grain: Grain, line: list[Cell], rows: Scope
) -> tuple[str, str, Literal["rising", "falling", "no clear trend"], bool]:
    order = {label: i for i, label in enumerate(_calendar(grain, line))}
    fit = linear_trend(
        [cell.counts for cell in line],
        [order[cell.key[0]] for cell in line],
        design_effects=[cell.design_effect for cell in line],
    )
    n = sum(cell.n for cell in line)
    where = {**rows.where, PERIOD: f"{line[0].key[0]}..{line[-1].key[0]}"}
    slope = sheet.add(f"nps_change_per_{grain}", fit.slope, "points", n=n, low=fit.low, high=fit.high, where=where)
    p_value = sheet.add("trend_p", fit.p_value, "p-value", n=n, where=where)
    straight = fit.lack_of_fit is None or fit.lack_of_fit.p_value >= LEVEL
    if fit.p_value >= LEVEL:
        return slope.id, p_value.id, "no clear trend", straight
    return slope.id, p_value.id, "rising" if fit.slope > 0 else "falling", straight


def _calendar(grain: Grain, line: list[Cell]) -> list[str]:
    """All periods from the first to the last, so that a period without answers still takes its time."""

    return buckets_between(bucket_start(line[0].key[0]), bucket_end(line[-1].key[0]), grain)
