"""Existing DuckDB and SQLite databases: every user table is copied out, and nothing is written beside them."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from warehouse.errors import UnknownNameError, UnreadableFileError
from warehouse.files.exports import recognise, status_notes
from warehouse.files.loading import Loader, count_rows, literal, new_relation, quoted
from warehouse.files.native import NativeColumns
from warehouse.files.table import RawTable, chosen, missing_note, unique_names

_SOURCE = "npsight_source"


def read_duckdb(
    path: Path, connection: duckdb.DuckDBPyConnection, *, columns: Sequence[str] | None = None
) -> list[RawTable]:
    """Copy every table of a DuckDB file."""
    try:
        connection.execute(f"ATTACH {literal(str(path.resolve()))} AS {_SOURCE} (READ_ONLY)")
        try:
            tables = _copied_all(path, connection, columns)
        finally:
            connection.execute(f"DETACH {_SOURCE}")
    except duckdb.Error as error:
        raise UnreadableFileError(_why_not_duckdb(path, error)) from None
    return _with_rows(path, tables, columns)


def _copied_all(
    path: Path, connection: duckdb.DuckDBPyConnection, columns: Sequence[str] | None
) -> list[RawTable | None]:
    found = connection.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() "
        f"WHERE database_name = '{_SOURCE}' AND NOT internal ORDER BY schema_name <> 'main', table_oid"
    ).fetchall()
    return [_copied(path, connection, schema, table, columns) for schema, table in found]


def _why_not_duckdb(path: Path, error: duckdb.Error) -> str:
    reason = (str(error).splitlines() or ["no reason given"])[0].rstrip(".")
    if any(word in reason.lower() for word in ("lock on file", "already attached", "conflict")):
        return f"{path.name} is in use; close the program that has it open, or export its tables as Parquet."
    return f"{path.name} cannot be read as a DuckDB database ({reason}); copy it again or export its tables as Parquet."


def _copied(
    path: Path, connection: duckdb.DuckDBPyConnection, schema: str, table: str, wanted: Sequence[str] | None
) -> RawTable | None:
    source = f"{_SOURCE}.{quoted(schema)}.{quoted(table)}"
    try:
        native = NativeColumns(connection, source, path.name, wanted)
    except UnknownNameError:
        return None
    with new_relation(connection) as relation:
        connection.execute(
            f'CREATE TABLE {quoted(relation)} AS SELECT row_number() OVER () AS "_row", {native.select} FROM {source}'
        )
        name = table if schema == "main" else f"{schema}.{table}"
        return _described(path, connection, relation, "duckdb", name, native.columns, native.notes)


def _described(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    kind: str,
    name: str,
    columns: list[str],
    notes: list[str],
) -> RawTable:
    export = recognise([columns])
    tool = export.tool if export else None
    return RawTable(
        name=name,
        file=path.name,
        kind=kind,
        columns=columns,
        relation=relation,
        rows=count_rows(connection, relation),
        unread=[],
        tool=tool,
        labels={},
        notes=[*notes, *status_notes(connection, relation, tool, columns)],
    )


def _with_rows(path: Path, tables: Sequence[RawTable | None], wanted: Sequence[str] | None) -> list[RawTable]:
    if not tables:
        raise UnreadableFileError(f"{path.name} holds no tables; give a database that has some.")
    found = [table for table in tables if table is not None]
    if not found:
        raise UnknownNameError("column", ", ".join(wanted or []), [], f"No table of {path.name} has it")
    if not any(table.rows for table in found):
        raise UnreadableFileError(f"{path.name} holds tables but no rows; give a database that has some.")
    return found


def read_sqlite(
    path: Path, connection: duckdb.DuckDBPyConnection, *, columns: Sequence[str] | None = None
) -> list[RawTable]:
    """Copy every table of a SQLite file, integers and texts exactly as they are stored."""
    try:
        with _opened(path) as database:
            names = [
                name
                for (name,) in database.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
                    "AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY rowid"
                )
            ]
            tables = [_copied_sqlite(path, database, connection, name, columns) for name in names]
    except sqlite3.Error as error:
        raise UnreadableFileError(
            f"{path.name} cannot be read as a SQLite database ({error}); copy it again or export its tables as CSV."
        ) from None
    return _with_rows(path, tables, columns)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    """Immutable, so that SQLite leaves no -shm file; a database with a journal is copied away first."""
    journal = path.with_name(path.name + "-wal")
    if not (journal.exists() and journal.stat().st_size):
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
            yield _tolerant(database)
        return
    with tempfile.TemporaryDirectory(prefix="npsight-") as folder:
        copy = Path(folder) / "copy.sqlite"
        shutil.copyfile(path, copy)
        shutil.copyfile(journal, copy.with_name("copy.sqlite-wal"))
        with closing(sqlite3.connect(copy)) as database:
            yield _tolerant(database)


def _tolerant(database: sqlite3.Connection) -> sqlite3.Connection:
    database.text_factory = lambda stored: stored.decode("utf-8", "replace")
    return database


def _copied_sqlite(
    path: Path,
    database: sqlite3.Connection,
    connection: duckdb.DuckDBPyConnection,
    table: str,
    wanted: Sequence[str] | None,
) -> RawTable | None:
    stored = [str(row[1]) for row in database.execute(f"PRAGMA table_info({quoted(table)})")]
    names = unique_names(stored)
    try:
        kept = chosen(names, wanted, path.name)
    except UnknownNameError:
        return None
    columns = [names[index] for index in kept]
    select = ", ".join(quoted(stored[index]) for index in kept)
    with new_relation(connection) as relation:
        loader = Loader(connection, relation, columns)
        for number, row in enumerate(database.execute(f"SELECT {select} FROM {quoted(table)}"), 1):
            loader.add(number, [_text(value) for value in row])
        loader.flush()
        for index in kept:
            _give_type(database, connection, relation, table, stored[index], names[index])
        return _described(path, connection, relation, "sqlite", table, columns, missing_note(names, wanted))


def _text(value: str | int | float | bytes | None) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return value.hex()
    return repr(value)


def _give_type(
    database: sqlite3.Connection,
    connection: duckdb.DuckDBPyConnection,
    relation: str,
    table: str,
    stored: str,
    column: str,
) -> None:
    """SQLite types values, not columns: a column is a number where every value of it is one."""
    name = quoted(stored)
    sql = f"SELECT DISTINCT typeof({name}) FROM {quoted(table)} WHERE {name} IS NOT NULL"
    kinds = {kind for (kind,) in database.execute(sql)}
    if kinds == {"integer"}:
        wanted = "BIGINT"
    elif kinds and kinds <= {"integer", "real"}:
        beyond = f"SELECT count(*) FROM {quoted(table)} WHERE typeof({name}) = 'integer' AND abs({name}) > {2**53}"
        if database.execute(beyond).fetchone()[0]:
            return
        wanted = "DOUBLE"
    else:
        return
    connection.execute(f"ALTER TABLE {quoted(relation)} ALTER COLUMN {quoted(column)} TYPE {wanted}")
