"""Steps that every cohort table goes through on its way from raw to cleaned."""

from __future__ import annotations

import duckdb

from warehouse.catalog import CohortTable, TableColumn
from warehouse.cleaning import Cleaned
from warehouse.engine import identifier
from warehouse.files.table import RawTable
from warehouse.quality import Reason
from warehouse.recognise import Recognised


def cohort_table(raw: RawTable, found: Recognised, cleaned: dict[str, Cleaned]) -> CohortTable:
    """The catalog's entry for a table."""
    columns = {
        found.names[column]: TableColumn(
            source=column,
            role=role,
            type=cleaned[column].type,
            personal=column in found.personal,
            why=found.why[column],
        )
        for column, role in found.roles.items()
    }
    return CohortTable(file=raw.file, rows=raw.rows, columns=columns)


def select_list(found: Recognised, cleaned: dict[str, Cleaned]) -> str:
    """`expression AS name` for every column."""
    return ", ".join(f"{item.sql} AS {identifier(found.names[column])}" for column, item in cleaned.items())


def reasons_of(connection: duckdb.DuckDBPyConnection, relation: str) -> list[Reason]:
    """The dropped rows of a judged relation, by reason, with example row numbers."""
    rows = connection.execute(
        f"SELECT _reason, count(*), list_slice(list(_row ORDER BY _row), 1, 5) FROM {relation} "
        "WHERE _reason IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return [Reason(reason=reason, rows=n, examples=[f"row {row}" for row in examples]) for reason, n, examples in rows]


def count_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """How many rows a relation has."""
    row = connection.execute(f"SELECT count(*) FROM {relation}").fetchone()
    return int(row[0]) if row else 0
