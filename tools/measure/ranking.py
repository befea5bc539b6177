"""Best and worst: who stands at the ends of a split, whether they differ from the rest, and from the next."""

from __future__ import annotations

import math

from pydantic import Field

from tools.cells import Cell, Cells
from tools.result import Fact, FactSheet, Model
from tools.scope import Scope
from tools.shown import is_missing, rest_of
from tools.stats.multiplicity import holm
from tools.stats.score import Difference, homogeneity, nps_difference
from tools.stats.tails import two_sided_p
from warehouse.workspace import Warehouse

LEVEL = 0.05


class End(Model):
    """One end of a ranking."""

    value: str = Field(description="The cell's value.")
    fact: str = Field(description="Id of its NPS fact.")
    rest: str = Field(description="Id of the fact with its difference from all other cells.")
    differs: bool = Field(description="True when that difference holds after Holm's adjustment for all cells.")
    next_value: str | None = Field(None, description="The neighbour in the ranking.")
    next: str | None = Field(None, description="Id of the fact with its difference from the neighbour.")
    clear_of_next: bool = Field(False, description="True when it is clearly apart from its neighbour.")


class Ranked(Model):
    """The ends of a split by one dimension or period."""

    lowest: End
    highest: End
    order: list[str] = Field(description="Values from the lowest NPS to the highest; only large enough cells.")
    differ: bool = Field(description="True when the cells differ at all.")
    test: str = Field(description="Id of the p-value that all cells share one NPS.")
    caveats: list[str] = Field(default_factory=list, exclude=True)


def rank(
    warehouse: Warehouse, sheet: FactSheet, found: Cells, shown: list[Cell], total: Cell, rows: Scope
) -> Ranked | None:
    """Rank the cells of one axis; None when fewer than two can be ranked."""
    base = warehouse.catalog.minimum_base.ranking
    named = [cell for cell in shown if not is_missing(cell)]
    large = [cell for cell in named if cell.n >= base]
    ranked = sorted(large if len(large) >= 2 else named, key=lambda cell: (cell.counts.nps or 0.0, cell.key))
    if len(ranked) < 2:
        return None
    tests = {cell.key: _against_rest(cell, total) for cell in ranked}
    chances = [chance_against_rest(tests[cell.key], cell, total) for cell in ranked]
    adjusted = dict(zip(tests, holm(chances), strict=True))
    everyone = homogeneity([c.counts for c in ranked], design_effects=[c.design_effect for c in ranked])
    where = dict(rows.where) | {"test": found.axes[0].name}
    answers = sum(cell.n for cell in ranked)
    p_value = sheet.add("levels_differ_p", everyone.p_value, "p-value", n=answers, where=where)
    lowest = _end(sheet, found, rows, ranked[0], ranked[1], tests, adjusted)
    highest = _end(sheet, found, rows, ranked[-1], ranked[-2], tests, adjusted)
    few = [cell.key[0] for cell in named if cell.n < base]
    caveats = [f"Too few answers to be ranked (under {base}): {', '.join(few[:6])}."] if few and len(large) >= 2 else []
    return Ranked(
        lowest=lowest,
        highest=highest,
        order=[cell.key[0] for cell in ranked],
        differ=everyone.p_value < LEVEL,
        test=p_value.id,
        caveats=caveats,
    )


def _against_rest(cell: Cell, total: Cell) -> Difference:
    rest = rest_of(total, cell)
    return nps_difference(cell.counts, rest.counts, design_effects=(cell.design_effect, rest.design_effect))


def chance_against_rest(test: Difference, cell: Cell, total: Cell) -> float:
    """The p-value of a cell's difference from the rest, fit for an adjustment for many cells.

    Far out in the tail, where such an adjustment looks, a variance estimated from some twenty answers is too often
    too small. The p-value is therefore the larger of the difference's own and that of drawing the cell at random
    from all answers, whose variance is known: V/n (N - n)/(N - 1).
    """
    own, all_ = cell.counts, total.counts
    if not (own.nps is not None and all_.nps is not None and all_.variance and all_.n > own.n):
        return test.p_value
    variance = all_.variance / own.n * (all_.n - own.n) / (all_.n - 1) * max(cell.design_effect, total.design_effect)
    return max(test.p_value, two_sided_p((own.nps - all_.nps) / 100 / math.sqrt(variance)))


def _end(
    sheet: FactSheet,
    found: Cells,
    rows: Scope,
    cell: Cell,
    neighbour: Cell,
    tests: dict[tuple[str, ...], Difference],
    adjusted: dict[tuple[str, ...], float],
) -> End:
    where = found.where(cell, rows)
    own = next(fact for fact in sheet.facts if fact.name == "nps" and fact.where == where)
    rest = _add(sheet, "nps_difference", tests[cell.key], cell.n, where | {"against": "rest"})
    between = nps_difference(
        cell.counts, neighbour.counts, design_effects=(cell.design_effect, neighbour.design_effect)
    )
    near = _add(sheet, "nps_difference", between, cell.n + neighbour.n, where | {"against": neighbour.key[0]})
    return End(
        value=cell.key[0],
        fact=own.id,
        rest=rest.id,
        differs=adjusted[cell.key] < LEVEL,
        next_value=neighbour.key[0],
        next=near.id,
        clear_of_next=between.p_value < LEVEL,
    )


def _add(sheet: FactSheet, name: str, test: Difference, n: int, where: dict[str, str]) -> Fact:
    return sheet.add(name, test.estimate, "points", n=n, low=test.low, high=test.high, where=where)
