"""Which cells may be shown, and facts and rows made of them."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from tools.cells import Cell, Cells
from tools.result import Column, FactSheet, Model, Table
from tools.scope import MISSING, PERIOD
from tools.stats.proportions import wilson_interval
from warehouse.workspace import Warehouse


class NpsCell(Model):
    """One cell of a split."""

    where: dict[str, str]
    n: int | None = Field(description="Scored responses; None where the cell is suppressed.")
    promoters: int | None = None
    passives: int | None = None
    detractors: int | None = None
    nps: float | None = Field(description="NPS in points; None where the cell is suppressed.")
    low: float | None = None
    high: float | None = None
    fact: str = Field(description="Id of the cell's fact.")
    complete: bool = Field(True, description="False for a calendar period that the data covers only in part.")


def split_by_base(warehouse: Warehouse, found: Cells) -> tuple[list[Cell], list[Cell]]:
    """Cells at or above the minimum base, and those below it.

    Totals and rests are then computed over the shown cells alone, so that nothing in one result gives a
    suppressed cell away by subtraction, and no large cell has to be hidden to protect a small one.
    """
    base = warehouse.catalog.minimum_base.cell
    shown = [cell for cell in found.cells if cell.n >= base]
    return shown, [cell for cell in found.cells if 0 < cell.n < base]


def pooled_total(found: Cells, shown: Sequence[Cell]) -> Cell:
    """All shown cells together; the design effect is that of the whole."""
    if len(shown) == sum(cell.n > 0 for cell in found.cells):
        return found.total
    counts = shown[0].counts
    for cell in shown[1:]:
        counts = counts + cell.counts
    return Cell((), counts, sum(cell.rows for cell in shown), found.total.design_effect)


def rest_of(total: Cell, cell: Cell) -> Cell:
    """Everybody in `total` but the cell."""
    own, all_ = cell.counts, total.counts
    counts = type(own)(all_.promoters - own.promoters, all_.passives - own.passives, all_.detractors - own.detractors)
    return Cell((), counts, total.rows - cell.rows, total.design_effect)


def add_cell(
    sheet: FactSheet, cell: Cell, where: dict[str, str], *, name: str = "nps", detail: bool = False
) -> NpsCell:
    """The cell's NPS as a fact (and its shares, when asked for)."""
    interval = cell.interval
    fact = sheet.add(name, interval.estimate, "points", n=cell.n, low=interval.low, high=interval.high, where=where)
    if detail:
        add_shares(sheet, cell, where)
    return NpsCell(
        where=where,
        n=cell.n,
        promoters=int(cell.counts.promoters),
        passives=int(cell.counts.passives),
        detractors=int(cell.counts.detractors),
        nps=interval.estimate,
        low=interval.low,
        high=interval.high,
        fact=fact.id,
    )


def add_shares(sheet: FactSheet, cell: Cell, where: dict[str, str]) -> None:
    """Counts and shares of the three classes; the interval is Wilson's on the effective base."""
    sheet.add("scored_responses", cell.n, "responses", n=cell.n, where=where)
    sheet.add("responses", cell.rows, "responses", n=cell.n, where=where)
    for name, count in (
        ("promoter", cell.counts.promoters),
        ("passive", cell.counts.passives),
        ("detractor", cell.counts.detractors),
    ):
        deff = cell.design_effect
        interval = wilson_interval(count / deff, cell.n / deff)
        sheet.add(f"{name}s", int(count), "responses", n=cell.n, where=where)
        sheet.add(f"{name}_share", count / cell.n, "share", n=cell.n, low=interval.low, high=interval.high, where=where)


def add_suppressed(sheet: FactSheet, where: dict[str, str], base: int) -> NpsCell:
    """A fact without a value, so that nobody looks for the cell in vain."""
    reason = f"fewer than {base} scored answers"
    fact = sheet.add("nps", None, "points", where=where, reason=reason)
    return NpsCell(where=where, n=None, nps=None, fact=fact.id)


def nps_table(title: str, names: Sequence[str], cells: Sequence[NpsCell]) -> Table:
    """Cells laid out for people."""
    columns = [
        *(Column(name=name) for name in names),
        Column(name="NPS", unit="points"),
        Column(name="95% low", unit="points"),
        Column(name="95% high", unit="points"),
        Column(name="n", unit="responses"),
        Column(name="promoters", unit="responses"),
        Column(name="passives", unit="responses"),
        Column(name="detractors", unit="responses"),
    ]
    rows = [
        [
            *(cell.where.get(name, "all") for name in names),
            cell.nps,
            cell.low,
            cell.high,
            cell.n,
            cell.promoters,
            cell.passives,
            cell.detractors,
        ]
        for cell in cells
    ]
    return Table(title=title, columns=columns, rows=rows)


def where_text(where: dict[str, str]) -> str:
    """A cell in words: `plan Starter, 2025-03`."""
    parts = [value if name == PERIOD else f"{name} {value}" for name, value in where.items()]
    return ", ".join(parts) or "all answers"


def base_caveats(
    warehouse: Warehouse, total: Cell, left_out: Sequence[Cell], sampled: bool, shown: Sequence[Cell] = ()
) -> list[str]:
    """What a careful statistician adds to any NPS table."""
    caveats = []
    base = warehouse.catalog.minimum_base.cell
    if total.rows > total.n:
        caveats.append(f"{total.rows - total.n:,} of {total.rows:,} responses carry no usable score and do not count.")
    if left_out:
        names = ", ".join(" × ".join(cell.key) for cell in left_out[:5])
        more = f" and {len(left_out) - 5} more" if len(left_out) > 5 else ""
        caveats.append(f"Left out for fewer than {base} scored answers: {names}{more}.")
    lonely = [] if total.one_customer else [" × ".join(cell.key) for cell in shown if cell.one_customer]
    if total.one_customer or lonely:
        more = f" and of {len(lonely) - 5} more cells" if len(lonely) > 5 else ""
        of = f" of {', of '.join(lonely[:5])}{more}" if lonely else ""
        each = " in each case" if len(lonely) > 1 else ""
        caveats.append(f"All answers{of} come from one customer{each}; they count as one answer.")
    if warehouse.catalog.repeated_customers and total.design_effect > 1.005 and not total.one_customer:
        how = " (estimated from a sample of customers)" if sampled else ""
        caveats.append(
            f"Some customers answered more than once; intervals are widened for it, design effect "
            f"{total.design_effect:.2f}{how}."
        )
    if warehouse.catalog.scale != type(warehouse.catalog.scale)():
        scale = warehouse.catalog.scale
        caveats.append(
            f"The scale is {scale.low} to {scale.high} with promoters from {scale.promoter_from} and detractors to "
            f"{scale.detractor_to}, not the 0-10 standard: do not compare with other NPS figures."
        )
    return caveats


def is_missing(cell: Cell) -> bool:
    """True for the group without a value."""
    return MISSING in cell.key
