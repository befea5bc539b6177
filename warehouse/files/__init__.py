"""File readers: a file of any supported kind into tables of a DuckDB connection, every row accounted for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.errors import UnreadableFileError
from warehouse.files.kinds import check_readable, kind_of
from warehouse.files.table import Progress, RawTable, Unread

__all__ = ["RawTable", "Unread", "check_readable", "read_file"]


def read_file(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    *,
    sheet: str | None = None,
    in_place_rows: int = 2_000_000,
    columns: list[str] | None = None,
    progress: Progress | None = None,
) -> list[RawTable]:
    """Read one file; its content, not its extension, decides how.

    A workbook, a database or a JSON object may hold several tables. `sheet` picks one of a workbook's, `columns`
    keeps only those columns. Nothing is ever written beside the file.
    """
    path = Path(path)
    check_readable(path)
    kind = kind_of(path)
    if sheet is not None and kind != "workbook":
        raise UnreadableFileError(f"{path.name} is not a workbook and has no sheet {sheet!r}; leave the sheet out.")
    if kind == "workbook":
        from warehouse.files.workbook import read_workbook

        return read_workbook(path, connection, sheet=sheet, columns=columns, progress=progress)
    if kind == "parquet":
        from warehouse.files.columnar import read_parquet

        return [read_parquet(path, connection, columns=columns, in_place_rows=in_place_rows)]
    if kind in ("duckdb", "sqlite"):
        from warehouse.files.database import read_duckdb, read_sqlite

        read = read_duckdb if kind == "duckdb" else read_sqlite
        return read(path, connection, columns=columns)
    return _read_text_or_json(path, connection, kind == "json", columns, progress)


def _read_text_or_json(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    is_json: bool,
    columns: Sequence[str] | None,
    progress: Progress | None,
) -> list[RawTable]:
    if is_json:
        from warehouse.files.records import read_json

        return read_json(path, connection, columns=columns, progress=progress)
    from warehouse.files.text import read_text

    return [read_text(path, connection, columns=columns, progress=progress)]
