"""Free SQL over the cohort tables, behind the guard: for what the governed tools do not answer."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
from typing import Annotated

import duckdb
from pydantic import Field

from tools.result import Cell, Column, FactSheet, Result, Table, steady
from warehouse.engine import first_line
from warehouse.errors import SqlRefusedError
from warehouse.guard import CheckedSql, check_sql
from warehouse.workspace import Warehouse

MAX_ROWS = 200
MAX_FACTS = 400
COHORT_TABLES = ("responses", "customers", "orders", "events", "segments", "cohorts")


class SqlResult(Result):
    """The rows of one SELECT."""

    columns: list[str]
    rows: list[list[Cell]]
    truncated: bool = Field(description="True when there were more rows than are shown.")


def run_sql(
    warehouse: Warehouse,
    *,
    sql: Annotated[
        str, Field(description="Exactly one DuckDB SELECT over responses, cohorts, customers, orders, events.")
    ],
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS, description="Most rows to give back.")] = MAX_ROWS,
) -> SqlResult:
    """Run one read-only SELECT over the cohort tables (`cohorts`: a row per response with customer attributes).

    Use it only for what no other tool answers, such as the average of a number; NPS figures come from `nps`.
    """
    checked = check_sql(
        sql, tables=schema(warehouse), dimensions=allowed_values(warehouse), personal=personal_columns(warehouse)
    )
    try:
        found = warehouse.run(_without_addresses(warehouse, checked), rows=limit)
    except duckdb.Error as error:
        raise SqlRefusedError(f"DuckDB could not run this SELECT: {first_line(error)}.") from None
    rows = [[_plain(value) for value in row] for row in found.rows]
    rows = [[steady(cell) if isinstance(cell, float) else cell for cell in row] for row in rows]
    sheet = FactSheet("run_sql")
    _add_facts(sheet, found.columns, rows)
    caveats = ["This came from free SQL, not from a governed metric; figures carry no interval."]
    if found.truncated:
        caveats.append(f"Only the first {limit} rows are shown.")
    return SqlResult(
        facts=sheet.facts,
        caveats=caveats,
        sql=[found.sql],
        table=Table(title="Result", columns=_columns(found.columns, rows), rows=rows),
        columns=found.columns,
        rows=rows,
        truncated=found.truncated,
    )


def schema(warehouse: Warehouse) -> dict[str, dict[str, str]]:
    """Columns and types of every cohort table that is there."""
    listed = ", ".join(f"'{name}'" for name in COHORT_TABLES)
    sql = (
        "SELECT table_name, column_name, data_type FROM duckdb_columns() "
        f"WHERE table_name IN ({listed}) AND database_name = 'memory'"
    )
    tables: dict[str, dict[str, str]] = {}
    for table, column, type_ in warehouse.run(sql).rows:
        tables.setdefault(table, {})[column] = type_
    return tables


def allowed_values(warehouse: Warehouse) -> dict[str, list[str]]:
    """The values of each dimension that is listed whole."""
    return {name: list(dimension.values) for name, dimension in warehouse.catalog.dimensions.items()}


def personal_columns(warehouse: Warehouse) -> list[str]:
    """Columns that tell who somebody is."""
    personal = [
        name
        for table in warehouse.catalog.tables.values()
        for name, column in table.columns.items()
        if column.personal and name != "customer_id"
    ]
    return [*personal, *(f"{name} (customers)" for name in personal)]  # cohorts may hold a column of each file


def _without_addresses(warehouse: Warehouse, checked: CheckedSql) -> str:
    """Customers told apart by their e-mail address are still counted and joined, by its digest."""
    keys = [table.columns.get("customer_id") for table in warehouse.catalog.tables.values()]
    tables = [name for name in checked.tables if f"{name}.customer_id" in checked.columns]
    if not tables or not any(key is not None and key.personal for key in keys):
        return checked.sql
    digest = "md5(CAST(customer_id AS VARCHAR)) AS customer_id"
    views = ", ".join(f"{name} AS (SELECT * REPLACE ({digest}) FROM main.{name})" for name in tables)
    return f"WITH {views}, {checked.sql[5:]}" if checked.sql.startswith("WITH ") else f"WITH {views} {checked.sql}"


def _plain(value: object) -> Cell:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int | bool):
        return value
    if isinstance(value, decimal.Decimal):
        return float(value)
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return str(value.date())
    return json.dumps(_nested(value), ensure_ascii=False) if isinstance(value, list | dict) else str(value)


def _nested(value: object) -> object:
    if isinstance(value, list):
        return [_nested(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _nested(item) for key, item in value.items()}
    return _plain(value)


def _columns(names: list[str], rows: list[list[Cell]]) -> list[Column]:
    numeric = [any(isinstance(row[i], int | float) for row in rows) for i in range(len(names))]
    return [
        Column(name=name, unit="number" if is_number else "text")
        for name, is_number in zip(names, numeric, strict=True)
    ]


def _add_facts(sheet: FactSheet, names: list[str], rows: list[list[Cell]]) -> None:
    """Each number is a fact whose cell is told by the texts of its row."""
    for row in rows:
        where = {name: str(value) for name, value in zip(names, row, strict=True) if isinstance(value, str)}
        for name, value in zip(names, row, strict=True):
            if isinstance(value, bool) or not isinstance(value, int | float) or len(sheet.facts) >= MAX_FACTS:
                continue
            sheet.add(name, value, "number", where=where)
