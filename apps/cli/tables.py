"""Result tables laid out for a terminal: numbers to the right, long texts folded; a card a row where it is narrow."""

from __future__ import annotations

from dataclasses import dataclass

from apps.cli.page import Page, fold, one_line, pad, text_width, wrap
from apps.figures import format_cell
from prompts.numbers import DASH
from tools.result import Table

MAX_ROWS = 20
CLASS_COUNTS = frozenset({"promoters", "passives", "detractors"})
_GAP = 2
_NARROWEST = 8
_LONG_WORD = 16
_WIDE = 8
"""Columns above which a table is a grid, of which a part is shown where it does not fit."""


@dataclass
class _Column:
    """A column on its way to the terminal."""

    name: str
    cells: list[str]
    numeric: bool
    width: int = 0

    @property
    def natural(self) -> int:
        """Width at which no cell is folded; the header may be."""
        return max([*map(text_width, self.cells), *map(text_width, self.name.split(" "))])

    @property
    def least(self) -> int:
        """Width below which it cannot be read: that of its longest word, within reason."""
        longest = max(text_width(word) for text in (self.name, *self.cells) for word in text.split(" "))
        return self.natural if self.numeric else min(self.natural, max(_NARROWEST, min(longest, _LONG_WORD)))


def table_lines(
    table: Table, page: Page, *, indent: str = "", all_in: str = "--json", most: int = MAX_ROWS
) -> list[str]:
    """A table with its title, `most` of its rows, and what was left out (and is `all_in` somewhere else)."""
    room = page.width - len(indent)
    columns = _columns(table, most)
    essential = [column for column in columns if column.name not in CLASS_COUNTS]
    shown = columns if _least(columns) <= room else essential
    if _least(shown) > room and len(shown) > _WIDE:
        shown = _fitting(shown, room)
    lines = [page.bold(line) for line in wrap(table.title, room)]
    if not table.rows:
        lines.append("no rows")
    elif _least(shown) > room:
        lines += _cards(essential, page, room)
    else:
        _set_widths(shown, room)
        lines += [*_header(shown, page), *_body(shown)]
    lines += _left_out([column.name for column in columns if column not in shown], page, room)
    more = len(table.rows) - most
    if more > 0:
        lines.append(page.dim(f"… and {more:,} more {'row' if more == 1 else 'rows'} ({all_in} has all)"))
    return [f"{indent}{line}".rstrip() for line in lines]


def _columns(table: Table, most: int) -> list[_Column]:
    rows = table.rows[:most]
    return [
        _Column(
            one_line(column.name),
            [one_line(format_cell(row[position], column.unit)) for row in rows],
            column.unit not in ("text", "date"),
        )
        for position, column in enumerate(table.columns)
    ]


def _least(columns: list[_Column]) -> int:
    return sum(column.least for column in columns) + _GAP * (len(columns) - 1)


def _set_widths(columns: list[_Column], room: int) -> None:
    """Natural widths; then the widest texts give way, or headers get the room that is left."""
    for column in columns:
        column.width = column.natural
    spare = room - sum(column.width for column in columns) - _GAP * (len(columns) - 1)
    while spare < 0:
        max(columns, key=lambda column: column.width - column.least).width -= 1
        spare += 1
    for column in columns:
        more = min(max(text_width(column.name) - column.width, 0), spare)
        column.width += more
        spare -= more


def _header(columns: list[_Column], page: Page) -> list[str]:
    names = _row([fold(column.name, column.width) for column in columns], columns, bottom=True)
    rule = (" " * _GAP).join("─" * column.width for column in columns)
    return [*(page.bold(line.rstrip()) for line in names), page.dim(rule)]


def _body(columns: list[_Column]) -> list[str]:
    rows = zip(*(column.cells for column in columns), strict=True)
    folded = [[fold(cell, column.width) for cell, column in zip(row, columns, strict=True)] for row in rows]
    return [line for row in folded for line in _row(row, columns)]


def _row(cells: list[list[str]], columns: list[_Column], *, bottom: bool = False) -> list[str]:
    """One row, as many lines as its tallest cell."""
    height = max(map(len, cells), default=0)
    filled = [[""] * (height - len(cell)) + cell if bottom else cell + [""] * (height - len(cell)) for cell in cells]
    return [
        (" " * _GAP).join(
            pad(cell[line], column.width, right=column.numeric) for cell, column in zip(filled, columns, strict=True)
        )
        for line in range(height)
    ]


def _fitting(columns: list[_Column], room: int) -> list[_Column]:
    """Of a wide grid its heads, its last two columns (totals) and, from the left, what fits between them."""
    filled = [column for column in columns if any(cell not in ("", DASH) for cell in column.cells)]
    heads = [column for column in filled if not column.numeric][:2]
    figures = [column for column in filled if column not in heads]
    kept = [*heads, *figures[-2:]]
    for column in figures[:-2]:
        if _least([*kept, column]) > room:
            break
        kept.append(column)
    return [column for column in filled if column in kept]


def _left_out(names: list[str], page: Page, room: int) -> list[str]:
    if not names:
        return []
    few = ", ".join(names) if len(names) <= _WIDE else f"{', '.join(names[:3])} and {len(names) - 3} more columns"
    return [page.dim(line) for line in wrap(f"too narrow for: {few}", room)]


def _cards(columns: list[_Column], page: Page, room: int) -> list[str]:
    """Each row as its leading texts with the figures named below, for a terminal too narrow for columns."""
    heads = max(1, next((k for k, column in enumerate(columns) if column.numeric), len(columns)))
    lines = []
    for row in zip(*(column.cells for column in columns), strict=True):
        figures = [f"{column.name} {cell}" for column, cell in zip(columns[heads:], row[heads:], strict=True) if cell]
        lines += [page.bold(line) for line in wrap(" · ".join(row[:heads]), room)]
        lines += wrap(", ".join(figures), room, first="  ", rest="  ") if figures else []
    return lines
