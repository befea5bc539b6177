"""The figures of tables, each with the row that it belongs to."""

from __future__ import annotations

import re

from agent.answer import Answer
from evals.scoring.values.bind import Shown, Strength, Value
from evals.scoring.values.names import Directory, Mention
from evals.scoring.values.reading import Figure, Grid, Unit, figures
from tools.result import Cell

_COUNTS = frozenset({"responses", "customers", "rows", "cells"})
_LOW_HIGH = re.compile(
    r"\b(?:low|high|lower|upper|interval|intervall?o?|ci|ki|ic|from|to|von|bis|unter\w*|ober\w*|inferior|superior)\b",
    re.I,
)
_N_HEADING = re.compile(
    r"^(?:n|base|basis|answers|responses|antworten|respuestas|count|anzahl|scored answers)$", re.IGNORECASE
)
_SHARE = re.compile(r"%|share|anteil|percent|prozent|proporci|porcentaje", re.IGNORECASE)


def under_text(answer: Answer) -> list[Grid]:
    """The answer's own tables as they are shown: rounded."""
    made: list[Grid] = []
    for table in answer.tables:
        units = [str(column.unit) for column in table.columns]
        rows = [[_as_seen(cell, unit) for cell, unit in zip(row, units, strict=True)] for row in table.rows]
        made.append(Grid(table.title, [column.name for column in table.columns], rows, units))
    return made


def _as_seen(cell: Cell, unit: str) -> str:
    if cell is None:
        return "–"
    if isinstance(cell, bool | str):
        return str(cell)
    if unit == "points":
        return f"{round(cell, 1) or 0.0:+.1f}"
    if unit in ("share", "share difference"):
        return f"{100 * cell:.1f}%"
    if unit == "p-value":
        return f"{cell:.3f}" if cell < 0.1 else f"{cell:.2f}"
    if isinstance(cell, int) or float(cell).is_integer():
        return f"{int(cell):d}"
    return f"{cell:.2f}"


def of_grid(
    grid: Grid, number: int, book: Directory
) -> tuple[list[Shown], dict[tuple[int, int], dict[str, tuple[Value, ...]]]]:
    """The figures of a table, and what each row is of."""
    title = book.mentions(grid.title)
    heads = [_heading_mentions(name, book) for name in grid.columns]
    shown: list[Shown] = []
    rows: dict[tuple[int, int], dict[str, tuple[Value, ...]]] = {}
    for at, row in enumerate(grid.rows):
        keyed = [_key_mentions(grid, column, cell, book) for column, cell in enumerate(row)]
        own = [one for mentions in keyed for one in mentions]
        rows[number, at] = _values(own)
        for column, cell in enumerate(row):
            if keyed[column]:
                continue
            for figure in _figures(grid, column, cell):
                made = Shown(
                    figure, place=at, grid=number, heading=grid.columns[column], written=grid.written, tight=True
                )
                made.around = grid.columns[column]
                for mentions, strength in ((own, "own"), (heads[column], "own"), (title, "above")):
                    _add(made, mentions, "own" if strength == "own" else "above")
                shown.append(made)
    return shown, rows


def _add(shown: Shown, mentions: list[Mention], strength: Strength) -> None:
    for column, values in _values(mentions).items():
        if column not in shown.bound and (strength == "own" or len(values) == 1):
            shown.bound[column], shown.strength[column] = values, strength


def _values(mentions: list[Mention]) -> dict[str, tuple[Value, ...]]:
    made: dict[str, tuple[Value, ...]] = {}
    for one in mentions:
        if one.value not in made.get(one.column, ()):
            made[one.column] = (*made.get(one.column, ()), one.value)
    return made


def _heading_mentions(name: str, book: Directory) -> list[Mention]:
    return book.mentions(name)


def _key_mentions(grid: Grid, column: int, cell: str, book: Directory) -> list[Mention]:
    if grid.units[column] != "text":
        return []
    if (
        figures(cell)
        and re.fullmatch(r"[+−–-]?[\d.,\s\u202f\u2009]+%?", cell)
        and not book.in_cell(grid.columns[column], cell)
    ):
        return []
    return book.in_cell(grid.columns[column], cell)


def _figures(grid: Grid, column: int, cell: str) -> list[Figure]:
    name, unit = grid.columns[column], grid.units[column]
    made: list[Figure] = []
    for one in figures(cell):
        kind: Unit = one.unit
        role = one.role
        if unit in ("points", "share difference") or unit == "share":
            kind = "points" if unit == "points" else "percent"
        elif unit in _COUNTS or (grid.written and _N_HEADING.match(name.strip())):
            kind = "count"
        elif grid.written and _SHARE.search(name) and one.unit == "plain" and not (re.search(r"95|90|99", name)):
            kind = "percent"
        if role == "main" and _LOW_HIGH.search(name):
            role = "interval"
        elif role == "main" and _N_HEADING.match(name.strip()):
            role = "n"
        made.append(Figure(one.readings, kind, role, one.start, one.end, one.said, one.signed))
    return made
