"""Which cells stand out: every value, and every pair of values, against all other answers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import Annotated

from pydantic import Field

from tools.cells import Cell, Cells, count_cells
from tools.charts import bars
from tools.disclosure import Listing
from tools.explain.traits import ratings_caveat, traits
from tools.measure.compare import LEVEL
from tools.measure.ranking import chance_against_rest
from tools.measure.score import refuse_empty
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import Scope, Where, axes, axis, beside_calendar, scope
from tools.shown import add_cell, base_caveats, is_missing, rest_of, where_text
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
    top: Annotated[int, Field(ge=1, le=SHOWN, description="Most cells to list below the rest, and above it.")] = SHOWN,
) -> OutliersResult:
    """Find the segments whose NPS stands out from everybody else's, with the cost of searching paid for.

    Use it for "where are we weak", "who is unhappiest", "anything unusual". Cells of one and two dimensions are
    tested against all other answers; Holm decides, Benjamini-Hochberg screens.
    """
    rows = scope(warehouse, where, period)
    names = _dimensions(warehouse, by, rows)
    search = Search(warehouse, rows, names)
    refuse_empty(warehouse, search.whole, search.whole.cells, rows)
    pairs = list(combinations(names, 2))[:MAX_PAIRS] if depth == 2 else []
    tables = [*search.singles.values(), *(search.joint(*pair) for pair in pairs)]
    base = max(warehouse.catalog.minimum_base.ranking, warehouse.catalog.minimum_base.cell)
    judged = judge(search.whole, tables, base)
    search.tested_pairs = sum(len(item.cell.key) == 2 for item in judged)
    sheet = FactSheet("find_outliers")
    tried = sheet.add("cuts_tried", len(judged), "cells", n=search.whole.total.n, where=dict(rows.where))
    add_cell(sheet, search.whole.total, dict(rows.where))
    listed, withheld = _list(search, [item for item in judged if item.q_value < LEVEL], sheet, depth == 2, top)
    caveats = base_caveats(warehouse, search.whole.total, [], search.whole.sampled)
    caveats.append(
        f"{len(judged):,} cells with at least {base} answers were tested; a decision holds after Holm's adjustment for "
        f"all of them, the others are only worth a look (Benjamini-Hochberg, 5 %)."
    )
    if depth == 2 and len(names) * (len(names) - 1) // 2 > len(pairs):
        caveats.append(
            f"Only the first {len(pairs)} pairs of dimensions were looked at; name fewer with by for others."
        )
    caveats += ratings_caveat(warehouse.catalog, names) if not by else []
    if withheld:
        caveats.append(
            f"Not listed, because a cell with fewer than {warehouse.catalog.minimum_base.cell} answers could be "
            f"computed from it: {'; '.join(withheld[:3])}{' and others' if len(withheld) > 3 else ''}."
        )
    below = [outlier for outlier, way in listed if way < 0]
    above = [outlier for outlier, way in listed if way > 0]
    return OutliersResult(
        facts=sheet.facts,
        caveats=caveats,
        sql=search.sql,
        table=_table(sheet, [*below, *above]) if listed else None,
        chart=_chart(sheet, [*below, *above]),
        cuts_tried=tried.id,
        below=below,
        above=above,
        dimensions=names,
    )


class Search:
    """The counts of a search: of all answers, by each dimension, and by two of them, each counted once."""

    def __init__(self, warehouse: Warehouse, rows: Scope, names: list[str]) -> None:
        self.warehouse, self.rows = warehouse, rows
        self.sql: list[str] = []
        self.statements: dict[tuple[str, ...], int] = {}
        self.tested_pairs = 0
        self.whole = self._count()
        self.singles = {name: self._count(name) for name in names}
        self._joint: dict[tuple[str, str], Cells] = {}

    def joint(self, one: str, other: str) -> Cells:
        """The cells of two dimensions together."""
        if (one, other) not in self._joint:
            self._joint[one, other] = self._count(one, other)
        return self._joint[one, other]

    def _count(self, *names: str) -> Cells:
        found = count_cells(self.warehouse, [axis(self.warehouse, name) for name in names], self.rows)
        self.statements[names] = len(self.sql) + 1
        self.sql += found.sql
        return found


def _dimensions(warehouse: Warehouse, by: list[str], rows: Scope) -> list[str]:
    if by:
        named = axes(warehouse, by)
        if rows.period is not None:
            beside_calendar(rows, named)
        return [found.name for found in named]
    names = [name for name in traits(warehouse.catalog, MAX_VALUES) if name not in rows.where]
    if not names:
        raise MissingDataError("There is no dimension to look for outliers in; load a file that has one.")
    return names


@dataclass(frozen=True)
class Judged:
    """A cell with its test against all other answers."""

    cells: Cells
    cell: Cell
    test: Difference
    p_holm: float
    q_value: float

    @property
    def values(self) -> dict[str, str]:
        """The cell's own values, without the filter."""
        return {axis.name: value for axis, value in zip(self.cells.axes, self.cell.key, strict=True)}


def judge(whole: Cells, tables: list[Cells], base: int) -> list[Judged]:
    """Every cell with enough answers on either side, the surest first, adjusted for all of them."""
    cells = [(found, cell) for found in tables for cell in found.cells if _testable(cell, whole, base)]
    if not cells:
        raise MissingDataError(f"No segment has {base} scored answers on either side; there is nothing to compare.")
    tests = [_against_rest(cell, whole.total) for _found, cell in cells]
    chances = [chance_against_rest(test, cell, whole.total) for test, (_, cell) in zip(tests, cells, strict=True)]
    adjusted = zip(cells, tests, holm(chances), benjamini_hochberg(chances), strict=True)
    judged = [Judged(found, cell, test, p_holm, q_value) for (found, cell), test, p_holm, q_value in adjusted]
    order = sorted(zip(chances, judged, strict=True), key=lambda item: (item[0], -abs(item[1].test.estimate)))
    return [item for _chance, item in order]


def _testable(cell: Cell, whole: Cells, base: int) -> bool:
    return cell.n >= base and whole.total.n - cell.n >= base and not is_missing(cell)


def _against_rest(cell: Cell, total: Cell) -> Difference:
    """Attributes belong to customers, so a cell's answers are as alike within customers as all answers are."""
    deff = max(cell.design_effect, total.design_effect)
    return nps_difference(cell.counts, rest_of(total, cell).counts, design_effects=(deff, deff))


def _list(
    search: Search, strong: list[Judged], sheet: FactSheet, pairs: bool, top: int
) -> tuple[list[tuple[Outlier, int]], list[str]]:
    """What stands out, with its direction, and what must not be listed; a pair only when it is news of its own."""
    listing = Listing(search.singles, search.joint, search.warehouse.catalog.minimum_base.cell, pairs)
    listed: list[tuple[Outlier, int]] = []
    withheld: list[str] = []
    for item in own_findings(search, strong):
        way = 1 if item.test.estimate > 0 else -1
        if sum(known == way for _outlier, known in listed) >= top:
            continue
        if listing.add(item.values):
            sheet.statement = search.statements[tuple(item.values)]
            listed.append((_outlier(sheet, item, search.rows), way))
        else:
            withheld.append(where_text(item.values))
    return listed, withheld


def _outlier(sheet: FactSheet, item: Judged, rows: Scope) -> Outlier:
    where, test = item.cells.where(item.cell, rows), item.test
    level = add_cell(sheet, item.cell, where)
    against = where | {"against": "rest"}
    difference = sheet.add(
        "nps_difference", test.estimate, "points", n=item.cell.n, low=test.low, high=test.high, where=against
    )
    return Outlier(
        where=where,
        nps=level.fact,
        difference=difference.id,
        p_holm=item.p_holm,
        q_value=item.q_value,
        decided=item.p_holm < LEVEL,
        own=True,
    )


def own_findings(search: Search, strong: list[Judged]) -> list[Judged]:
    """Single values, and the pairs that are more than one of their parents seen again, in their order.

    Within an unhappy country every plan is unhappy. That a pair is further off than both its parents is held to 5 %
    for all such pairs together.
    """
    pairs = [item for item in strong if len(item.cell.key) == 2]
    # Pairs that were looked at and are not among the strong ones have to be paid for too.
    others = max(search.tested_pairs - len(pairs), 0)
    chances = holm([*(_chance_within_parents(search, item) for item in pairs), *[1.0] * others])[: len(pairs)]
    news = [item for item, chance in zip(pairs, chances, strict=True) if chance < LEVEL]
    return [item for item in strong if len(item.cell.key) == 1 or item in news]


def _chance_within_parents(search: Search, item: Judged) -> float:
    """Starter in Germany is news only when it is unlike the rest of Starter and unlike the rest of Germany."""
    chances = []
    for name, value in item.values.items():
        parent = next(cell for cell in search.singles[name].cells if cell.key == (value,))
        rest, effects = rest_of(parent, item.cell), (item.cell.design_effect, parent.design_effect)
        if rest.n < 1:
            return 1.0
        test = nps_difference(item.cell.counts, rest.counts, design_effects=effects)
        if test.estimate * item.test.estimate <= 0:
            return 1.0
        chances.append(chance_against_rest(test, item.cell, parent))
    return max(chances)


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
