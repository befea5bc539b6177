"""Where a table's header is, and what its columns are called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.errors import UnreadableFileError
from warehouse.files.exports import recognise
from warehouse.files.table import clean_name, counted, unique_names

HEADER_ROWS_SEEN = 60
_FIGURE = re.compile(
    r"[-+]?[\d.,\s]*\d\s*%?"
    r"|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp][Mm]|Z|[-+]\d{2}:?\d{2})?)?"
    r"|\d{1,2}:\d{2}(?::\d{2})?"
)


@dataclass(frozen=True)
class Header:
    """The columns of a table and the rows that named them."""

    columns: list[str]
    rows: int
    """Rows taken: titles, names and what the survey tool adds."""
    tool: str | None
    labels: dict[str, str]
    unnamed: list[str]
    """Columns that the file gives no name; they go when they hold nothing."""
    notes: list[str]


def read_header(rows: Sequence[Sequence[str]], where: str) -> Header:
    """The header among the first rows of a table; a table without one is refused."""
    titles = title_rows(rows)
    if titles >= len(rows):
        raise UnreadableFileError(f"{where} holds no table; its rows are empty.")
    first = rows[titles]
    told = [cell for cell in first if cell.strip()]
    if all(is_figure(cell) for cell in told):
        shown = ", ".join(cell.strip() for cell in told[:4])
        raise UnreadableFileError(
            f"{where} has no header row (its first row is {shown}); add a first line with the names of the columns."
        )
    export = recognise(rows[titles : titles + 3])
    names = export.names if export else [str(cell) for cell in first]
    columns = unique_names(names)
    notes = [f"{counted(titles, 'row')} above the header left out"] if titles else []
    renamed = [column for column, name in zip(columns, names, strict=True) if clean_name(name) not in ("", column)]
    if renamed:
        notes.append(f"repeated column names: {', '.join(renamed[:5])}")
    return Header(
        columns,
        titles + (export.rows if export else 1),
        export.tool if export else None,
        {c: label for c, label in zip(columns, export.labels, strict=True) if label} if export else {},
        [column for column, name in zip(columns, names, strict=True) if not clean_name(name)],
        [*notes, *(export.notes if export else [])],
    )


def title_rows(rows: Sequence[Sequence[str]]) -> int:
    """Rows above the header: empty ones, and titles, which fill at most half of the cells that a full row fills."""
    filled = [sum(1 for cell in row if cell.strip()) for row in rows[:HEADER_ROWS_SEEN]]
    start = next((index for index, count in enumerate(filled) if count), len(filled))
    usual = _most_common([count for count in filled if count > 1])
    limit = min(3, max(1, usual // 2))
    end = next((index for index in range(start, min(len(filled), start + 20)) if filled[index] > limit), start)
    if end == start or not _is_title(rows[start]) or not _looks_like_names(rows[end]):
        return start
    return end


def is_figure(cell: str) -> bool:
    """Whether a cell is a number or a date, as no column name is."""
    return bool(_FIGURE.fullmatch(cell.strip()))


def _most_common(counts: Sequence[int]) -> int:
    return max(set(counts), key=lambda count: (counts.count(count), count)) if counts else 0


def _is_title(row: Sequence[str]) -> bool:
    """R writes a header of a blank and a name over row names and one column: that is no title."""
    return len(row) != 2 or bool(row[0].strip())


def _looks_like_names(row: Sequence[str]) -> bool:
    cells = [cell.strip() for cell in row if cell.strip()]
    return len(cells) > 1 and len(set(cells)) > len(cells) / 2 and not any(is_figure(cell) for cell in cells)
