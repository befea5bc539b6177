"""Which cells stand out: every value, and every pair of values, against all other answers."""

from __future__ import annotations

from itertools import combinations
from typing import Annotated

from pydantic import Field

from tools.cells import Cell, Cells, count_cells
from tools.charts import bars
from tools.compare import LEVEL
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import Scope, Where, axis, scope
from tools.score import refuse_empty
from tools.shown import add_cell, base_caveats, is_missing, rest_of
from tools.stats.multiplicity import benjamini_hochberg, holm
from tools.stats.score import Difference, nps_difference
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

MAX_VALUES = 60
MAX_PAIRS = 40
SHOWN = 12


class Outlier(Model):
    """A cell against everybody else."""

    where: dict[str, str]
    nps: str = Field(description="Id of its NPS fact.")
    difference: str = Field(description="Id of the fact with its difference from all other answers.")
    p_holm: float = Field(description="p-value after Holm's adjustment for every cut tried.")
    q_value: float = Field(description="Benjamini-Hochberg: share of false alarms among cells screened at this level.")
    decided: bool = Field(description="True when it stands out after Holm's adjustment.")
    own: bool = Field(description="For a pair: True when it stands out from each of its two parents as well.")


class OutliersResult(Result):
    """Cells that stand out, the strongest first."""

    cuts_tried: str = Field(description="Id of the fact with the number of cells tested.")
    below: list[Outlier] = Field(description="Cells below the rest.")
    above: list[Outlier] = Field(description="Cells above the rest.")
    dimensions: list[str]


def find_outliers(
    warehouse: Warehouse,
    *,
    by: Annotated[list[str], Field(description="Dimensions to look at; empty looks at all of them.")] = [],
    depth: Annotated[int, Field(ge=1, le=2, description="1 for single values, 2 for pairs of values too.")] = 2,
    where: Annotated[Where, Field(description='Filter: {"country": "Germany"}.')] = {},
    period: Annotated[str | None, Field(description='Only this stretch of time, e.g. "last 6 months".')] = None,
) -> OutliersResult:
    """Find the segments whose NPS stands out from everybody else's, with the cost of searching paid for.

    Use it for "where are we weak", "who is unhappiest", "anything unusual". Cells of one and two dimensions are
    tested against all other answers; Holm decides, Benjamini-Hochberg screens.
    """
    rows = scope(warehouse, where, period)
    names = _dimensions(warehouse, by, rows)
    whole = count_cells(warehouse, [], rows)
    refuse_empty(warehouse, whole, whole.cells, rows)
    sql = list(whole.sql)
    singles = {name: count_cells(warehouse, [axis(warehouse, name)], rows) for name in names}
    pairs = list(combinations(names, 2))[:MAX_PAIRS] if depth == 2 else []
    joint = [count_cells(warehouse, [axis(warehouse, a), axis(warehouse, b)], rows) for a, b in pairs]
    for found in [*singles.values(), *joint]:
        sql += found.sql
    base = warehouse.catalog.minimum_base.ranking
    cells = [
        (found, cell) for found in [*singles.values(), *joint] for cell in found.cells if _testable(cell, whole, base)
    ]
    if not cells:
        raise MissingDataError(f"No segment has {base} scored answers on either side; there is nothing to compare.")
    tests = [_against_rest(cell, whole.total) for _found, cell in cells]
    p_values = [test.p_value for test in tests]
    sheet = FactSheet("find_outliers")
    tried = sheet.add("cuts_tried", len(cells), "cells", n=whole.total.n, where=dict(rows.where))
    top = add_cell(sheet, whole.total, dict(rows.where))
    judged = list(zip(cells, tests, holm(p_values), benjamini_hochberg(p_values), strict=True))
    strong = [item for item in judged if item[3] < LEVEL]
    below = _ends([item for item in strong if item[1].estimate < 0], singles, sheet, rows)
    above = _ends([item for item in strong if item[1].estimate > 0], singles, sheet, rows)
    caveats = base_caveats(warehouse, whole.total, [], whole.sampled)
    caveats.append(
        f"{len(cells):,} cells with at least {base} answers were tested; a decision holds after Holm's adjustment for "
        f"all of them, the others are only worth a look (Benjamini-Hochberg, 5 %)."
    )
    if depth == 2 and len(names) * (len(names) - 1) // 2 > len(pairs):
        caveats.append(
            f"Only the first {len(pairs)} pairs of dimensions were looked at; name fewer with by for others."
        )
    listed = [*below, *above]
    del top
    return OutliersResult(
        facts=sheet.facts,
        caveats=caveats,
        sql=sql,
        table=_table(sheet, listed) if listed else None,
        chart=_chart(sheet, listed),
        cuts_tried=tried.id,
        below=below,
        above=above,
        dimensions=names,
    )


def _dimensions(warehouse: Warehouse, by: list[str], rows: Scope) -> list[str]:
    if by:
        return [axis(warehouse, name).name for name in by]
    names = [
        name
        for name, dimension in warehouse.catalog.dimensions.items()
        if 2 <= len(dimension.values) <= MAX_VALUES and name not in rows.where
    ]
    if not names:
        raise MissingDataError("There is no dimension to look for outliers in; load a file that has one.")
    return names


def _testable(cell: Cell, whole: Cells, base: int) -> bool:
    return cell.n >= base and whole.total.n - cell.n >= base and not is_missing(cell)


def _against_rest(cell: Cell, total: Cell) -> Difference:
    """Attributes belong to customers, so a cell's answers are as alike within customers as all answers are."""
    deff = max(cell.design_effect, total.design_effect)
    return nps_difference(cell.counts, rest_of(total, cell).counts, design_effects=(deff, deff))


Judged = tuple[tuple[Cells, Cell], Difference, float, float]


def _ends(judged: list[Judged], singles: dict[str, Cells], sheet: FactSheet, rows: Scope) -> list[Outlier]:
    """The strongest first; a pair only when it is more than one of its parents seen again."""
    order = sorted(judged, key=lambda item: (item[1].p_value, -abs(item[1].estimate)))
    found: list[Outlier] = []
    for (cells, cell), test, p_holm, q_value in order:
        own = len(cell.key) == 1 or _stands_out_from_parents(cells, cell, singles)
        if not own or len(found) >= SHOWN:
            continue
        where = cells.where(cell, rows)
        level = add_cell(sheet, cell, where)
        difference = sheet.add(
            "nps_difference",
            test.estimate,
            "points",
            n=cell.n,
            low=test.low,
            high=test.high,
            where=where | {"against": "rest"},
        )
        found.append(
            Outlier(
                where=where,
                nps=level.fact,
                difference=difference.id,
                p_holm=p_holm,
                q_value=q_value,
                decided=p_holm < LEVEL,
                own=own,
            )
        )
    return found


def _stands_out_from_parents(cells: Cells, cell: Cell, singles: dict[str, Cells]) -> bool:
    """Starter in Germany is news only when it is unlike the rest of Starter and unlike the rest of Germany."""
    for on, value in zip(cells.axes, cell.key, strict=True):
        parent = next(single for single in singles[on.name].cells if single.key == (value,))
        rest = rest_of(parent, cell)
        if rest.n < 1:
            return False
        test = nps_difference(cell.counts, rest.counts, design_effects=(cell.design_effect, parent.design_effect))
        if test.p_value >= LEVEL / 2:
            return False
    return True


def _table(sheet: FactSheet, listed: list[Outlier]) -> Table:
    facts = {fact.id: fact for fact in sheet.facts}
    rows = []
    for item in listed:
        level, difference = facts[item.nps], facts[item.difference]
        segment = ", ".join(f"{name} {value}" for name, value in item.where.items())
        decided = "yes" if item.decided else "worth a look"
        rows.append([segment, level.value, difference.value, difference.low, difference.high, level.n, decided])
    columns = [
        Column(name="segment"),
        Column(name="NPS", unit="points"),
        Column(name="against the rest", unit="points"),
        Column(name="95% low", unit="points"),
        Column(name="95% high", unit="points"),
        Column(name="n", unit="responses"),
        Column(name="stands out"),
    ]
    return Table(title="Segments that stand out", columns=columns, rows=rows)


def _chart(sheet: FactSheet, listed: list[Outlier]) -> dict[str, object] | None:
    facts = {fact.id: fact for fact in sheet.facts}
    data = [
        {
            "segment": ", ".join(item.where.values()),
            "nps": facts[item.nps].value,
            "low": facts[item.nps].low,
            "high": facts[item.nps].high,
            "n": facts[item.nps].n,
        }
        for item in listed
    ]
    return bars(data, ["segment"]) if len(data) > 1 else None
