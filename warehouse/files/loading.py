"""Rows of text into a DuckDB table, in chunks, every value exactly as it is written."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from itertools import count

import duckdb
import numpy as np

CELLS_A_CHUNK = 400_000
_CHUNK = "npsight_incoming"


def quoted(name: str) -> str:
    """The name as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """The text as an SQL string."""
    return "'" + text.replace("'", "''") + "'"


def exact_path(path: str) -> str:
    """The path for DuckDB's readers, which would take `data[1].csv` for a pattern that finds data1.csv."""
    return literal("".join(f"[{sign}]" if sign in "*?[" else sign for sign in path))


def free_name(connection: duckdb.DuckDBPyConnection) -> str:
    """A relation name that the database does not hold yet."""
    rows = connection.execute(
        "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
    ).fetchall()
    taken = {name for (name,) in rows}
    return next(name for number in count(1) if (name := f"raw_{number}") not in taken)


@contextlib.contextmanager
def new_relation(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """The name of a table to be made; a failure on the way leaves nothing behind."""
    relation = free_name(connection)
    try:
        yield relation
    except BaseException:
        for kind in ("TABLE", "VIEW"):
            with contextlib.suppress(duckdb.CatalogException):  # it is of the other kind
                connection.execute(f"DROP {kind} IF EXISTS {quoted(relation)}")
        raise


class Loader:
    """Fills a table of `_row` and VARCHAR columns; the empty string arrives as NULL."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> None:
        self.connection, self.relation = connection, relation
        self.width = len(columns)
        self.chunk_rows = max(1, CELLS_A_CHUNK // (self.width + 1))
        self._numbers: list[int] = []
        self._rows: list[Sequence[str | None]] = []
        described = ", ".join(f"{quoted(column)} VARCHAR" for column in columns)
        connection.execute(f'CREATE TABLE {quoted(relation)} ("_row" BIGINT, {described})')

    def add(self, number: int, row: Sequence[str | None]) -> bool:
        """Take one row of exactly as many values as columns; true when that filled a chunk."""
        self._numbers.append(number)
        self._rows.append(row)
        if len(self._rows) < self.chunk_rows:
            return False
        self.flush()
        return True

    def flush(self) -> None:
        """Write what has been collected."""
        if not self._rows:
            return
        chunk: dict[str, np.ndarray] = {"n": np.array(self._numbers, dtype=np.int64)}
        for position, values in enumerate(zip(*self._rows, strict=True)):
            column = np.empty(len(values), dtype=object)
            column[:] = [value or None for value in values]
            chunk[f"c{position}"] = column
        self._numbers, self._rows = [], []
        self.connection.register(_CHUNK, chunk)
        try:
            self.connection.execute(f"INSERT INTO {quoted(self.relation)} SELECT * FROM {_CHUNK}")
        finally:
            self.connection.unregister(_CHUNK)


def drop_empty_rows(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> int:
    """Take out rows in which every cell is empty, as spreadsheets leave them, and count them.

    A table of one column keeps them: there an empty cell is an answer left out.
    """
    if len(columns) < 2:
        return 0
    filled = f"coalesce({', '.join(quoted(column) for column in columns)}) IS NULL"
    return scalar(connection, f"DELETE FROM {quoted(relation)} WHERE {filled}")


def drop_empty_columns(connection: duckdb.DuckDBPyConnection, relation: str, candidates: Sequence[str]) -> list[str]:
    """Take out those columns that hold nothing, and name them."""
    if not candidates:
        return []
    counts = ", ".join(f"count({quoted(column)})" for column in candidates)
    filled = connection.execute(f"SELECT {counts} FROM {quoted(relation)}").fetchall()[0]
    empty = [column for column, values in zip(candidates, filled, strict=True) if values == 0]
    for column in empty:
        connection.execute(f"ALTER TABLE {quoted(relation)} DROP COLUMN {quoted(column)}")
    return empty


def scalar(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    """The single number that a statement returns."""
    return int(connection.execute(sql).fetchall()[0][0])


def count_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Rows of a relation."""
    return scalar(connection, f"SELECT count(*) FROM {quoted(relation)}")
