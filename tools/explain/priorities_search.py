"""The search behind `priorities`: cells below the rest, cells that fall, and which are findings of their own."""

from __future__ import annotations

from itertools import combinations

from tools.cells import Cell
from tools.explain.outliers import MAX_PAIRS, MAX_VALUES, Judged, Search, judge, own_findings
from tools.explain.priorities_overlap import MOST, Carrier, Shared, carriers, with_falling
from tools.explain.priorities_time import Change, Changes, Time
from tools.explain.traits import traits
from tools.measure.compare import LEVEL
from tools.measure.score import refuse_empty
from tools.scope import Scope, Where, axes, beside_calendar
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse


def dimensions(warehouse: Warehouse, by: list[str], rows: Scope, where: Where) -> list[str]:
    """Those asked for, else all that say who somebody is and of which the filter leaves more than one value."""
    if by:
        named = axes(warehouse, by)
        if rows.period is not None:
            beside_calendar(rows, named)
        return [found.name for found in named]
    wanted = zip(rows.where, where.values(), strict=False)
    fixed = {name for name, values in wanted if not isinstance(values, list) or len(values) < 2}
    names = [name for name in traits(warehouse.catalog, MAX_VALUES) if name not in fixed]
    if not names:
        raise MissingDataError("There is no dimension to look for priorities in; filter less, or load more columns.")
    return names


class Find:
    """All cells judged, the candidates that carry findings of their own, and the changes."""

    def __init__(self, warehouse: Warehouse, time: Time, names: list[str]) -> None:
        self.warehouse, self.time, self.names = warehouse, time, names
        self.search = Search(warehouse, time.rows, names)
        self.total: Cell = self.search.whole.total
        refuse_empty(warehouse, self.search.whole, self.search.whole.cells, time.rows)
        every = list(combinations(names, 2))
        pairs = every[:MAX_PAIRS]
        self.skipped_pairs = len(every) - len(pairs)
        tables = [*self.search.singles.values(), *(self.search.joint(*pair) for pair in pairs)]
        self.base = max(warehouse.catalog.minimum_base.ranking, warehouse.catalog.minimum_base.cell)
        judged = judge(self.search.whole, tables, self.base)
        self.tested = len(judged)
        self.search.tested_pairs = sum(len(item.values) == 2 for item in judged)
        below = self._below(judged)
        self.changes = self._changes(below)
        falling = self._falling(judged, below)
        self.carriers = self._carriers(below, falling)

    def _below(self, judged: list[Judged]) -> list[Judged]:
        """Cells below the rest, screened as `find_outliers` does; the costliest of those that are sure come first."""
        strong = [item for item in judged if item.q_value < LEVEL]
        below = [item for item in own_findings(self.search, strong) if item.test.estimate < 0]
        below.sort(key=lambda item: (item.p_holm >= LEVEL, item.test.estimate * item.cell.n))
        return below[:MOST]

    def _changes(self, below: list[Judged]) -> Changes | None:
        if self.time.stretches is None:
            return None
        made = Changes(self.warehouse, self.time.unlimited, self.time.stretches, self.base, self.search.sql)
        made.measure(self.names, [item.values for item in below if len(item.values) == 2])
        return made

    def _falling(self, judged: list[Judged], below: list[Judged]) -> list[Judged]:
        """Single values that fall, and faster than the rest, though they are not among those below it."""
        if self.changes is None:
            return []
        known = [item.values for item in below]
        fell = [
            (change.contrast.estimate, item)
            for item in judged
            if len(item.values) == 1
            and item.values not in known
            and (change := self.changes.of(item.values)) is not None
            and _fell(change)
        ]
        return [item for _fall, item in sorted(fell, key=lambda pair: pair[0])][: MOST // 2]

    def _carriers(self, below: list[Judged], falling: list[Judged]) -> list[Carrier]:
        items = [*below, *falling]
        if not items:
            return []
        shared = Shared(self.warehouse, self.time.rows, items, self.search.sql)
        kept = carriers(shared, items, len(below), self.base, self.total.design_effect)
        return with_falling(shared, items, len(below), kept)


def _fell(change: Change) -> bool:
    beyond = change.relative is not None and change.relative.estimate < 0 and change.relative_p < LEVEL
    return beyond and change.contrast.estimate < 0 and change.p_holm < LEVEL
