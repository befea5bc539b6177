"""Figures of tables that say something else than the gold, where the right ones stand elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.codes import Failure
from evals.scoring.values.bind import Shown, Value
from evals.scoring.values.extra import total_like
from evals.scoring.values.known import agrees, fits, is_difference
from evals.scoring.values.names import folded, is_like, same
from evals.scoring.values.periods import Span, periods
from evals.scoring.values.reading import figures
from evals.scoring.values.sought import Key, Sought, could_be, said
from tools.result import Cell


def contradictions(sought: Sought, failures: list[Failure]) -> Iterator[Failure]:
    """Figures of tables that say something else than the gold, where the right one stands elsewhere."""
    told = {failure.about for failure in failures}
    for grid in range(len(sought.page.grids)):
        for name in sought.gold.values:
            for label, detail in _wrong_cells(sought, grid, name):
                if label not in told:
                    yield Failure(code="wrong value", detail=detail, about=label)


def _wrong_cells(sought: Sought, grid: int, name: str) -> list[tuple[str, str]]:
    """Cells of the column that holds a measure, but not its right figures."""
    cells = [one for one in sought.page.shown if one.grid == grid]
    wrong: list[tuple[str, str]] = []
    for heading in dict.fromkeys(one.heading for one in cells):
        mine = [one for one in cells if one.heading == heading]
        right, off = 0, list[tuple[str, str]]()
        for one in mine:
            row = _gold_row(sought, one)
            known = sought.right(row, name) if row is not None else None
            if row is None or known is None or one.figure.role == "interval":
                continue
            label = said(sought.book.key_of(row, sought.gold))
            if sought.fits(one, known):
                right += 1
            elif could_be(one, known):
                seen = one.figure.said.strip()
                off.append((label, f"The table has {seen} as {heading} of {label}; it should be {known.value:g}."))
        alike = _alike(heading, name) or (not sought.gold.key and is_like(heading, sought.answer.question))
        if off and (right > len(off) or ((alike or right) and not _all_backed(sought, mine, off))):
            wrong += off
    return wrong


def _gold_row(sought: Sought, one: Shown) -> dict[str, Cell] | None:
    """The gold row that a cell is of: exactly, not a part of it."""
    for row in sought.gold.rows:
        key = sought.book.key_of(row, sought.gold)
        if not one.told_of(key) if sought.gold.key else _is_of_a_part(sought, one):
            continue
        beyond = {
            column: values
            for column, values in one.bound.items()
            if column not in key and one.strength[column] == "own"
        }
        if all(
            _is_asked(sought, value, key) or _is_constant(sought, one, column)
            for column, values in beyond.items()
            for value in values
        ):
            return row
    return None


def _is_of_a_part(sought: Sought, one: Shown) -> bool:
    """Its row is one of several with a name of their own that nothing else knows: not what was asked for as a whole."""
    grid = sought.page.grids[one.grid]
    named = [at for at, unit in enumerate(grid.units) if unit == "text" and not figures(grid.rows[one.place][at])]
    told = {tuple(row[at] for at in named) for row in grid.rows}
    return (
        not one.bound
        and len(told) == len(grid.rows) > 1
        and not any(total_like(grid.rows[one.place][at]) for at in named)
    )


def _is_constant(sought: Sought, one: Shown, column: str) -> bool:
    """All rows of the table are of it: it is what the table is about."""
    told = [values for (grid, _), values in sought.page.rows.items() if grid == one.grid]
    return len(told) > 1 and all(values.get(column) == one.bound[column] for values in told)


def _is_asked(sought: Sought, value: Value, key: Key) -> bool:
    if any(own is not None and same(value, own) for own in key.values()):
        return True
    if isinstance(value, Span):
        asked = [when.span for when in periods(sought.answer.question)]
        return len(asked) == 1 and asked[0].same(value)
    return is_like(value, sought.answer.question)


def _all_backed(sought: Sought, cells: list[Shown], off: list[tuple[str, str]]) -> bool:
    """The answer's own facts say the same: the table is about something else."""
    del off
    return all(
        any(
            known.source == "fact" and agrees(one.bound, known) and fits(one.figure, known, one.heading)
            for known in sought.known
        )
        for one in cells
    )


def _alike(heading: str, name: str) -> bool:
    one, other = (re.sub(r"\b(?:mean|avg)\b", "average", folded(said).strip()) for said in (heading, name))
    return one == other or (
        len(one) > 2 and len(other) > 2 and (one in other or other in one) and not is_difference(one)
    )
