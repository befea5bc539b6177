"""DuckDB behind one door: read-only, locked down, with limits of time, memory and rows.

Four things stand between a query and the machine: the workspace is attached read-only, external access is
closed and the configuration locked, only single SELECT statements pass, and SQL that comes from outside is
checked by `warehouse.guard` before it gets here.
"""

from __future__ import annotations

import atexit
import contextlib
import re
import threading
import time
import weakref
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import MissingDataError, NpsError, QueryLimitError, SqlRefusedError

_open: weakref.WeakSet[Engine] = weakref.WeakSet()


@dataclass(frozen=True)
class Limits:
    """What one query may use."""

    seconds: float = 120.0
    memory: str = "1200MB"
    rows: int = 100_000
    threads: int | None = None


@dataclass(frozen=True)
class Rows:
    """What a query gave back."""

    columns: list[str]
    rows: list[tuple[Any, ...]]
    sql: str
    truncated: bool
    seconds: float

    def records(self) -> list[dict[str, Any]]:
        """Each row as a dict."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Engine:
    """A locked DuckDB; `run` is safe to call from several threads, each call has its own cursor."""

    def __init__(
        self,
        database: Path | None = None,
        *,
        views: dict[str, str] | None = None,
        paths: Sequence[Path] = (),
        limits: Limits | None = None,
    ) -> None:
        self.limits = limits or Limits()
        config: dict[str, str | bool | int | float | list[str]] = {
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        }
        self._connection = duckdb.connect(":memory:", config=config)
        self._running: set[duckdb.DuckDBPyConnection] = set()
        _open.add(self)
        if database is not None:
            self._connection.execute(f"ATTACH {quoted(str(database))} AS ws (READ_ONLY)")
        self._lock_down(paths, views or {})

    def _lock_down(self, paths: Sequence[Path], views: dict[str, str]) -> None:
        allowed = ", ".join(quoted(name) for path in paths for name in _names(path))
        settings = [f"SET memory_limit={quoted(self.limits.memory)}", "SET TimeZone='UTC'"]
        if self.limits.threads:
            settings.append(f"SET threads={self.limits.threads}")
        if allowed:
            settings.append(f"SET allowed_paths=[{allowed}]")
        create = [f"CREATE VIEW {identifier(name)} AS {select}" for name, select in views.items()]
        closing = ["SET enable_external_access=false", "SET lock_configuration=true"]
        for statement in (*settings, *create, *closing):
            self._connection.execute(statement)

    def run(
        self,
        sql: str,
        parameters: Sequence[object] = (),
        *,
        seconds: float | None = None,
        rows: int | None = None,
    ) -> Rows:
        """Run one SELECT and fetch at most `rows` rows of it.

        Raises SqlRefusedError for anything but one SELECT, QueryLimitError past the limit of time or memory.
        """
        _only_select(sql)
        limit = self.limits.rows if rows is None else rows
        patience = self.limits.seconds if seconds is None else seconds
        started = time.perf_counter()
        with self._connection.cursor() as cursor:
            timer = threading.Timer(patience, cursor.interrupt)
            timer.daemon = True
            timer.start()
            self._running.add(cursor)
            try:
                cursor.execute(sql, list(parameters) or None)
                fetched = cursor.fetchmany(limit + 1)
                columns = [item[0] for item in cursor.description or []]
            except duckdb.InterruptException:
                raise QueryLimitError(_too_slow(patience)) from None
            except duckdb.OutOfMemoryException:
                raise QueryLimitError(_too_big(self.limits.memory)) from None
            except duckdb.IOException as error:
                raise MissingDataError(
                    f"The data cannot be read ({first_line(error)}); load the files again with `npsight load`."
                ) from None
            finally:
                self._running.discard(cursor)
                timer.cancel()
                timer.join()  # a thread that outlives the interpreter keeps the cursor, and DuckDB prints leak warnings
        taken = time.perf_counter() - started
        return Rows(columns, fetched[:limit], sql, len(fetched) > limit, taken)

    def interrupt(self) -> None:
        """Stop the queries that run now, in whatever thread: nobody waits for them any more."""
        for cursor in list(self._running):
            with contextlib.suppress(duckdb.Error):  # it came to its end in this moment
                cursor.interrupt()

    def close(self) -> None:
        """End the connection; a second call does nothing."""
        self._connection.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _names(path: Path) -> list[str]:
    """What DuckDB calls the file: its path, and the pattern that stands for a path with *, ? or [ in it."""
    pattern = "".join(f"[{sign}]" if sign in "*?[" else sign for sign in str(path))
    return list(dict.fromkeys([str(path), pattern]))


@atexit.register
def _close_all() -> None:
    """A connection that outlives the interpreter makes DuckDB print leak warnings."""
    for engine in list(_open):
        engine.close()


def _only_select(sql: str) -> None:
    try:
        statements = duckdb.extract_statements(sql)
    except duckdb.Error as error:
        raise SqlRefusedError(f"The SQL cannot be parsed: {first_line(error)}.") from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise SqlRefusedError("Only one SELECT statement is run here; npsight never changes data.")


def first_line(error: Exception) -> str:
    """DuckDB's message without its picture of the query."""
    return re.sub(r"\s+", " ", str(error).split("\nLINE")[0].split("\n\n")[0]).strip().rstrip(".")


def _too_slow(seconds: float) -> str:
    return (
        f"The query was stopped after {seconds:g} seconds; "
        "ask for fewer cells or a shorter period, or raise NPSIGHT_QUERY_SECONDS."
    )


def _too_big(memory: str) -> str:
    return f"The query needs more than {memory} of memory; ask for fewer cells, or raise NPSIGHT_MEMORY."


def identifier(name: str) -> str:
    """`name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    """`text` as an SQL string literal."""
    if "\x00" in text:
        raise NpsError("A value holds a NUL character; remove it from the file.")
    return "'" + text.replace("'", "''") + "'"
