"""Cells below the minimum base: told together, and never to be computed from what is told beside them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from tools.cells import Cell, Cells
from tools.stats.counts import Counts

OTHER = "(other, too few answers)"
Values = dict[str, str]
"""A cell as values of one or two dimensions."""


@dataclass
class Listing:
    """Cells that may stand beside each other and beside the total.

    Small cells of single dimensions are protected, and of pairs of them where `pairs` are told. Looked at are all
    sums of listed cells over two dimensions at a time, which covers nested ones (region and country) too.
    """

    singles: dict[str, Cells]
    joint: Callable[[str, str], Cells]
    """The cells of two dimensions together."""
    base: int
    pairs: bool
    listed: list[Values] = field(default_factory=list)

    def add(self, cell: Values) -> bool:
        """List the cell, unless a small cell could be computed from it and those listed before."""
        together = [*self.listed, cell]
        if any(gives_away(table, together, self.base, self.pairs) for table in self._tables(cell)):
            return False
        self.listed = together
        return True

    def _tables(self, cell: Values) -> Iterator[Cells]:
        if len(cell) == 2:
            yield self.joint(*cell)
            return
        (name,) = cell
        yield self.singles[name]
        names = {name}.union(*self.listed)
        for one, other in combinations([known for known in self.singles if known in names], 2):
            if name in (one, other) and (self.pairs or self._has_small(one) or self._has_small(other)):
                yield self.joint(one, other)

    def _has_small(self, name: str) -> bool:
        return any(0 < cell.n < self.base for cell in self.singles[name].cells)


def gives_away(table: Cells, listed: Sequence[Values], base: int, pairs: bool) -> bool:
    """True when the total and the listed cells of `table` determine one of its cells or margins below the base.

    Each sum is a 0/1 vector over the table's filled cells; a sum is determined when it lies in the span of those
    that are known.
    """
    names = [axis.name for axis in table.axes]
    filled = [cell for cell in table.cells if cell.n]
    sizes = np.array([cell.n for cell in filled])
    labels = {name: np.array([cell.key[at] for cell in filled]) for at, name in enumerate(names)}
    known = [
        np.all([labels[name] == value for name, value in cell.items()], axis=0)
        for cell in listed
        if set(cell) <= set(names)
    ]
    basis = _basis(np.array([np.ones(len(filled)), *known], dtype=float))
    if (pairs or len(names) == 1) and np.any((basis**2).sum(axis=0)[sizes < base] > 1 - 1e-9):
        return True
    margins = [labels[name] == value for name in names for value in set(labels[name].tolist())]
    small = np.array([margin for margin in margins if sizes[margin].sum() < base], dtype=float).reshape(-1, len(filled))
    return bool(np.any(((small @ basis.T) ** 2).sum(axis=1) > small.sum(axis=1) - 1e-9))


def _basis(vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Orthonormal rows that span the same space."""
    _left, sizes, rows = np.linalg.svd(vectors, full_matrices=False)
    spanning: NDArray[np.float64] = rows[sizes > 1e-9 * sizes[0]]
    return spanning


def pool_small(first: Cells, second: Cells, base: int) -> tuple[dict[str, Cell], dict[str, Cell]]:
    """Segments below the base in either period (but there in it) are told together, never alone."""
    before = {" × ".join(cell.key): cell for cell in first.cells if cell.n}
    after = {" × ".join(cell.key): cell for cell in second.cells if cell.n}
    sizes = {
        name: min(cell.n for cell in (before.get(name), after.get(name)) if cell is not None)
        for name in {*before, *after}
    }
    small = sorted((name for name, n in sizes.items() if n < base), key=lambda name: (sizes[name], name))
    others = sorted((name for name, n in sizes.items() if n >= base), key=lambda name: (sizes[name], name))
    while small and others and not _large_enough(small, before, after, base):
        small.append(others.pop(0))
    return _pooled(before, small), _pooled(after, small)


def _large_enough(names: list[str], before: dict[str, Cell], after: dict[str, Cell], base: int) -> bool:
    totals = [sum(cells[name].n for name in names if name in cells) for cells in (before, after)]
    return all(total == 0 or total >= base for total in totals) and len(names) >= 2


def _pooled(cells: dict[str, Cell], small: list[str]) -> dict[str, Cell]:
    kept = {name: cell for name, cell in cells.items() if name not in small}
    pooled = [cells[name] for name in small if name in cells]
    if pooled:
        counts = sum((cell.counts for cell in pooled), Counts(0, 0, 0))
        kept[OTHER] = Cell((OTHER,), counts, sum(c.rows for c in pooled), max(c.design_effect for c in pooled))
    return kept
