"""Workbooks (.xlsx, .xlsm, .xlsb, .xls, .ods): values as a person would type them, one table per sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from warehouse.errors import UnknownNameError, UnreadableFileError
from warehouse.files.exports import status_notes
from warehouse.files.header import HEADER_ROWS_SEEN, Header, read_header
from warehouse.files.loading import Loader, count_rows, drop_empty_columns, new_relation
from warehouse.files.table import Progress, RawTable, chosen, missing_note

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

_EXACT = 2**53


@dataclass(frozen=True)
class _Sheet:
    """A sheet whose first rows are read."""

    name: str
    header: Header
    first: list[list[str]]
    rest: Iterator[list[str]]
    rounded: list[bool]
    """Non-empty once a number beyond Excel's precision was seen."""


def read_workbook(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    *,
    sheet: str | None = None,
    columns: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> list[RawTable]:
    """Read one sheet, or every visible sheet that holds a table."""
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheets, left_out = _sheets(path, workbook, sheet)
            return [_read_sheet(path, connection, one, left_out, columns, progress) for one in sheets]
    except PasswordError:
        raise UnreadableFileError(
            f"{path.name} is protected by a password; save it without one and load that."
        ) from None
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        raise UnreadableFileError(
            f"{path.name} cannot be read as a workbook ({_first_line(error)}); open it and save it again as XLSX."
        ) from None


def _sheets(path: Path, workbook: CalamineWorkbook, wanted: str | None) -> tuple[list[_Sheet], list[str]]:
    """The sheets to read, and notes on those left out."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    if wanted is not None:
        names = {name.strip().lower(): name for name in workbook.sheet_names}
        if wanted.strip().lower() not in names:
            raise UnknownNameError("sheet", wanted, workbook.sheet_names)
        found = _opened(path, workbook.get_sheet_by_name(names[wanted.strip().lower()]), alone=True)
        return ([found] if found else []), []
    pages = [page for page in workbook.sheets_metadata if page.typ == SheetTypeEnum.WorkSheet]
    visible = [page.name for page in pages if page.visible == SheetVisibleEnum.Visible]
    notes = [f"hidden sheet {page.name!r} left out" for page in pages if page.name not in visible]
    opened = [_opened(path, workbook.get_sheet_by_name(name), alone=len(visible) == 1) for name in visible]
    tables = [one for one in opened if one is not None]
    wide = [one for one in tables if len(one.header.columns) > len(one.header.unnamed) + 1]
    kept = wide or tables
    if not kept:
        raise UnreadableFileError(f"{path.name} holds no sheet with a header and rows; give one that has a table.")
    skipped = [name for name in visible if name not in {one.name for one in kept}]
    return kept, [*notes, *(f"sheet {name!r} left out: it holds no table" for name in skipped)]


def _opened(path: Path, sheet: CalamineSheet, *, alone: bool) -> _Sheet | None:
    """The sheet with its header; None when it holds no table, unless it is the only one asked for."""
    where = f"{path.name}, sheet {sheet.name!r},"
    rounded: list[bool] = []
    rows = ([_text(cell, rounded) for cell in row] for row in sheet.iter_rows())
    full = (row for row in rows if any(cell.strip() for cell in row))
    first = list(islice(full, HEADER_ROWS_SEEN))
    if not first:
        if alone:
            raise UnreadableFileError(f"{where} is empty; give a sheet that has a table.")
        return None
    try:
        header = read_header(first, where)
        if len(first) <= header.rows:
            raise UnreadableFileError(f"{where} has a header but no rows; save it again with its data.")
    except UnreadableFileError:
        if alone:
            raise
        return None
    return _Sheet(sheet.name, header, first[header.rows :], full, rounded)


def _read_sheet(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    sheet: _Sheet,
    left_out: list[str],
    wanted: Sequence[str] | None,
    progress: Progress | None,
) -> RawTable:
    header = sheet.header
    kept = chosen(header.columns, wanted, path.name)
    columns = [header.columns[index] for index in kept]
    with new_relation(connection) as relation:
        loader = Loader(connection, relation, columns)
        for number, row in enumerate(chain(sheet.first, sheet.rest), 1):
            loader.add(number, [row[index] for index in kept])
        loader.flush()
        if progress:
            progress(path.name, 1.0)
        dropped = drop_empty_columns(connection, relation, [c for c in columns if c in header.unnamed])
        columns = [column for column in columns if column not in dropped]
        rounded = ["numbers of more than 15 digits, which Excel has rounded"] if sheet.rounded else []
        return RawTable(
            name=sheet.name,
            file=path.name,
            kind="xlsx",
            columns=columns,
            relation=relation,
            rows=count_rows(connection, relation),
            unread=[],
            tool=header.tool,
            labels={column: label for column, label in header.labels.items() if column in columns},
            notes=[
                *header.notes,
                *left_out,
                *rounded,
                *missing_note(header.columns, wanted),
                *status_notes(connection, relation, header.tool, columns),
            ],
        )


def _text(cell: Any, rounded: list[bool]) -> str:
    """A cell as a person would type it: 9, not 9.0; 2025-03-01, not a day count."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        if abs(cell) >= _EXACT and not rounded:
            rounded.append(True)
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return _moment(cell)
    if isinstance(cell, dt.time):
        return cell.isoformat(timespec="seconds")
    if isinstance(cell, dt.timedelta):
        minutes, seconds = divmod(round(cell.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return cell.isoformat() if isinstance(cell, dt.date) else str(cell)


def _moment(cell: dt.datetime) -> str:
    """To the second: Excel's day fractions are off by some microseconds."""
    nearest_second = (cell + dt.timedelta(milliseconds=500)).replace(microsecond=0)
    if nearest_second.time() == dt.time(0):
        return nearest_second.date().isoformat()
    return nearest_second.isoformat(sep=" ")


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["no reason given"])[0].rstrip(".")
