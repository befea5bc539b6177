"""Result tables laid out for a terminal: numbers to the right, long texts folded, columns left out when narrow."""

from __future__ import annotations

from dataclasses import dataclass

from apps.cli.page import Page, fold, one_line, pad, text_width, wrap
from apps.cli.render import format_cell
from tools.result import Table

MAX_ROWS = 20
_GAP = 2
_NARROWEST = 8
_KEPT_COUNT = "n"


@dataclass
class _Column:
    """A column on its way to the terminal."""

    name: str
    cells: list[str]
    numeric: bool
    spare: int
    """How soon it may be left out: 0 never, then the higher the sooner."""
    width: int = 0

    @property
    def natural(self) -> int:
        """Width at which no cell is folded; the header may be."""
        return max([*map(text_width, self.cells), *map(text_width, self.name.split(" "))])

    @property
    def least(self) -> int:
        """Width below which it cannot be read."""
        longest = max(map(text_width, self.name.split(" ")))
        return self.natural if self.numeric else min(self.natural, max(_NARROWEST, min(longest, 12)))


def table_lines(table: Table, page: Page, *, indent: str = "") -> list[str]:
    """A table with its title, at most `MAX_ROWS` rows, and what was left out."""
    room = page.width - len(indent)
    shown, left_out = _fit(_columns(table), room)
    title = wrap(table.title, room)
    lines = [*(page.bold(line) for line in title), *_header(shown, page), *_body(shown)]
    more = len(table.rows) - MAX_ROWS
    if not table.rows:
        lines.append("no rows")
    if more > 0:
        lines.append(page.dim(f"… and {more:,} more {'row' if more == 1 else 'rows'} (--json has all)"))
    if left_out:
        names = ", ".join(column.name for column in left_out)
        lines += [page.dim(line) for line in wrap(f"too narrow for: {names}", room)]
    return [f"{indent}{line}".rstrip() for line in lines]


def _columns(table: Table) -> list[_Column]:
    rows = table.rows[:MAX_ROWS]
    columns = []
    for position, column in enumerate(table.columns):
        values = [row[position] for row in rows]
        numeric = column.unit not in ("text", "date")
        cells = [one_line(format_cell(value, column.unit)) for value in values]
        columns.append(_Column(one_line(column.name), cells, numeric, _spare(position, column.name, column.unit)))
    return columns


def _spare(position: int, name: str, unit: str) -> int:
    """Class counts go first, then columns from the right; the first column and the base never go."""
    if position == 0 or name == _KEPT_COUNT:
        return 0
    return 1000 + position if unit == "responses" else position


def _fit(columns: list[_Column], room: int) -> tuple[list[_Column], list[_Column]]:
    """Give each column its width; columns that do not fit are left out."""
    shown = list(columns)
    while _total([column.least for column in shown]) > room and any(column.spare for column in shown):
        shown.remove(max(shown, key=lambda column: column.spare))
    for column in shown:
        column.width = column.natural
    _shrink(shown, room)
    for column in shown:  # a header on one line where there is room
        spare = room - _total([each.width for each in shown])
        column.width += min(max(text_width(column.name) - column.width, 0), max(spare, 0))
    return shown, [column for column in columns if column not in shown]


def _shrink(columns: list[_Column], room: int) -> None:
    """Take width from the widest text until the row fits."""
    while _total([column.width for column in columns]) > room:
        widest = max(columns, key=lambda column: column.width - column.least)
        if widest.width <= widest.least:
            return
        widest.width -= 1


def _total(widths: list[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _header(columns: list[_Column], page: Page) -> list[str]:
    names = _row([fold(column.name, column.width) for column in columns], columns, bottom=True)
    rule = (" " * _GAP).join("─" * column.width for column in columns)
    return [*(page.bold(line.rstrip()) for line in names), page.dim(rule)]


def _body(columns: list[_Column]) -> list[str]:
    count = len(columns[0].cells) if columns else 0
    cells = [[fold(column.cells[number], column.width) for column in columns] for number in range(count)]
    return [line for row in cells for line in _row(row, columns)]


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
