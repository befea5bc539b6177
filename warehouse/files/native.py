"""Typed columns on their way into a table: what keeps its type, and what becomes text or UTC."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.files.loading import quoted
from warehouse.files.table import chosen, missing_note, unique_names

_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
_AS_TEXT = ("UUID", "ENUM", "INTERVAL", "BIT", "TIME WITH TIME ZONE", "TIME_NS", "JSON", "GEOMETRY", "BIGNUM")
_COARSER = ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")


class NativeColumns:
    """The select list that brings the columns of a typed source into a relation."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        source: str,
        file: str,
        wanted: Sequence[str] | None,
        hidden: str | None = None,
    ) -> None:
        described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
        found = [(str(row[0]), str(row[1])) for row in described]
        if hidden is not None:  # DuckDB's own row number; it stands last
            found = found[: -1 if found[-1][0] == hidden else None]
        names = unique_names(name for name, _type in found)
        kept = chosen(names, wanted, file)
        self.columns = [names[index] for index in kept]
        self.notes = missing_note(names, wanted)
        self.select = ", ".join(
            f"{self._expression(*found[index], names[index])} AS {quoted(names[index])}" for index in kept
        )

    def _expression(self, name: str, kind: str, column: str) -> str:
        sql = quoted(name)
        if kind.startswith(_NESTED) or kind.endswith("]"):
            self.notes.append(f"{column!r} holds nested values, read as JSON text")
            return f"CAST(to_json({sql}) AS VARCHAR)"
        if kind == "TIMESTAMP WITH TIME ZONE":
            self.notes.append(f"{column!r} holds times with a zone, read as UTC")
            return f"({sql} AT TIME ZONE 'UTC')"
        if kind == "BLOB":
            self.notes.append(f"{column!r} holds bytes, read as text")
            return f"coalesce(TRY(decode({sql})), hex({sql}))"
        if kind.startswith(_AS_TEXT):
            return f"CAST({sql} AS VARCHAR)"
        return f"CAST({sql} AS TIMESTAMP)" if kind in _COARSER else sql
