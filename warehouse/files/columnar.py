"""Parquet files: copied with their types, or, when they are large, read in place through a view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from warehouse.errors import UnreadableFileError
from warehouse.files.exports import recognise, status_notes
from warehouse.files.loading import count_rows, exact_path, new_relation, quoted, scalar
from warehouse.files.native import NativeColumns
from warehouse.files.table import RawTable, counted

_NUMBER = "file_row_number"


def read_parquet(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    *,
    columns: Sequence[str] | None = None,
    in_place_rows: int = 2_000_000,
) -> RawTable:
    """Copy the file into a table, or put a view over it when it holds more than `in_place_rows`."""
    try:
        return _read(path, connection, columns, in_place_rows)
    except duckdb.Error as error:
        reason = (str(error).splitlines() or ["no reason given"])[0].rstrip(".")
        raise UnreadableFileError(
            f"{path.name} cannot be read as Parquet ({reason}); copy or export it again."
        ) from None


def _read(
    path: Path, connection: duckdb.DuckDBPyConnection, wanted: Sequence[str] | None, in_place_rows: int
) -> RawTable:
    name = exact_path(str(path.resolve()))
    rows = scalar(connection, f"SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata({name})")
    if not rows:
        raise UnreadableFileError(f"{path.name} has columns but no rows; export it again with its data.")
    source = f"read_parquet({name}, {_NUMBER}=true, hive_partitioning=false)"
    native = NativeColumns(connection, source, path.name, wanted, hidden=_NUMBER)
    in_place = rows > in_place_rows
    with new_relation(connection) as relation:
        made = "VIEW" if in_place else "TABLE"
        connection.execute(
            f'CREATE {made} {quoted(relation)} AS SELECT {_NUMBER} + 1 AS "_row", {native.select} FROM {source}'
        )
        if not in_place and count_rows(connection, relation) != rows:
            raise UnreadableFileError(f"{path.name} is damaged: it promises {counted(rows, 'row')} and holds others.")
        export = recognise([native.columns])
        tool = export.tool if export else None
        return RawTable(
            name=path.stem,
            file=path.name,
            kind="parquet",
            columns=native.columns,
            relation=relation,
            rows=rows,
            unread=[],
            tool=tool,
            labels={},
            notes=[*native.notes, *status_notes(connection, relation, tool, native.columns)],
            in_place=path.resolve() if in_place else None,
        )
