"""Levels: NPS of the whole, of every cell of a split, of every period; and whether a ranking is real."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from tools.cells import Cell, Cells, count_cells
from tools.charts import bars, lines
from tools.measure.ranking import Ranked, rank
from tools.result import FactSheet, Result
from tools.scope import MISSING, PERIOD, Scope, Where, axes, beside_calendar, need_dates, period_axis, scope
from tools.shown import (
    NpsCell,
    add_cell,
    add_shares,
    add_suppressed,
    base_caveats,
    nps_table,
    pooled_total,
    split_by_base,
)
from warehouse.errors import MissingDataError, NpsError
from warehouse.periods import Grain, bucket_end, bucket_start
from warehouse.workspace import Warehouse

MAX_AXES = 4


class NpsResult(Result):
    """NPS of the whole and of each cell."""

    by: list[str] = Field(description="What the cells are split by.")
    total: NpsCell = Field(description="All shown cells together.")
    cells: list[NpsCell] = Field(default_factory=list, description="One for each combination; empty without a split.")
    ranking: Ranked | None = Field(None, description="Lowest and highest cell, and whether they differ from the rest.")


def nps(
    warehouse: Warehouse,
    *,
    by: Annotated[
        list[str], Field(description="Dimensions to split by, or a date column with a grain (created_at:month).")
    ] = [],
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"} or {"plan": ["Starter", "Growth"]}.')] = {},
    period: Annotated[str | None, Field(description='"2025-03-01..2025-08-31", "2025-Q1", "last 90 days".')] = None,
    grain: Annotated[Grain | None, Field(description="Also split by calendar period of the answer.")] = None,
    detail: Annotated[bool, Field(description="Also give each cell's class counts and shares as facts.")] = False,
) -> NpsResult:
    """Net Promoter Score with its interval: of the whole, split by dimensions, by calendar period, or filtered.

    Use it for levels, rankings, class shares and counts; use `compare` to say whether two levels differ.
    """
    rows = scope(warehouse, where, period)
    split = axes(warehouse, by)
    if grain is not None or rows.period is not None:
        beside_calendar(rows, split)
    if grain is not None:
        split.append(period_axis(warehouse, grain))
    if len(split) > MAX_AXES:
        raise NpsError(f"A split by {len(split)} things leaves too few answers a cell; split by {MAX_AXES} at most.")
    found = count_cells(warehouse, split, rows)
    shown, small = split_by_base(warehouse, found)
    refuse_empty(warehouse, found, shown, rows)
    sheet = FactSheet("nps")
    total = pooled_total(found, shown)
    whole = "nps" if not small else "nps_of_shown_cells"
    top = add_cell(sheet, total, dict(rows.where), name=whole)
    if detail or not split:
        add_shares(sheet, total, dict(rows.where))
    cells = [_cell(warehouse, sheet, found, cell, rows, grain, detail) for cell in shown] if split else []
    base = warehouse.catalog.minimum_base.cell
    suppressed = [add_suppressed(sheet, found.where(cell, rows), base) for cell in small] if split else []
    caveats = base_caveats(warehouse, total, small, found.sampled, shown)
    caveats += [f"{cell.where[PERIOD]} is not complete in the data." for cell in cells if not cell.complete]
    ranking = rank(warehouse, sheet, found, shown, total, rows) if len(split) == 1 else None
    if ranking is not None:
        caveats += ranking.caveats
    names = [item.name for item in split]
    return NpsResult(
        facts=sheet.facts,
        caveats=caveats,
        sql=found.sql,
        table=nps_table(_title(names, rows), names, [*cells, *suppressed] if split else [top]),
        chart=_chart(names, cells, grain),
        by=names,
        total=top,
        cells=[*cells, *suppressed],
        ranking=ranking,
    )


def _cell(
    warehouse: Warehouse, sheet: FactSheet, found: Cells, cell: Cell, rows: Scope, grain: Grain | None, detail: bool
) -> NpsCell:
    made = add_cell(sheet, cell, found.where(cell, rows), detail=detail)
    if grain is not None:
        made.complete = is_complete(warehouse, made.where[PERIOD], rows)
    return made


def is_complete(warehouse: Warehouse, label: str, rows: Scope) -> bool:
    """False where the data, or the asked period, misses more than a tenth of the calendar period."""
    if label == MISSING:
        return True
    as_of = need_dates(warehouse, "A calendar period")
    first = warehouse.catalog.times["responded_at"].first or as_of
    if rows.period is not None:
        first, as_of = max(first, rows.period.start or first), min(as_of, rows.period.end or as_of)
    start, end = bucket_start(label), bucket_end(label)
    missing = max((first - start).days, 0) + max((end - as_of).days, 0)
    return missing <= 0.1 * ((end - start).days + 1)


def refuse_empty(warehouse: Warehouse, found: Cells, shown: list[Cell], rows: Scope) -> None:
    """No answer, or too few of them: say which and what there is."""
    if found.total.n == 0:
        raise MissingDataError(f"There are no scored answers for {_about(rows)}; {_span(warehouse)}.")
    if not shown:
        base = warehouse.catalog.minimum_base.cell
        raise MissingDataError(
            f"There are fewer than {base} scored answers for {_about(rows)}"
            f"{' in every cell' if found.axes else ''}, too few to show; ask about a larger group or period."
        )


def _about(rows: Scope) -> str:
    return ", ".join(f"{name} {value}" for name, value in rows.where.items()) or "this data"


def _span(warehouse: Warehouse) -> str:
    dates = warehouse.catalog.times.get("responded_at")
    return f"the data runs from {dates.first} to {dates.last}" if dates else "the data carries no dates"


def _title(names: list[str], rows: Scope) -> str:
    split = f" by {' and '.join(names)}" if names else ""
    return f"NPS{split}" + (f" ({_about(rows)})" if rows.where else "")


def _chart(names: list[str], cells: list[NpsCell], grain: Grain | None) -> dict[str, Any] | None:
    if len(cells) < 2 or len(names) > 2:
        return None
    data = [
        {**cell.where, "nps": cell.nps, "low": cell.low, "high": cell.high, "n": cell.n}
        for cell in cells
        if cell.nps is not None
    ]
    return lines(data, names[:-1]) if grain is not None else bars(data, names)
