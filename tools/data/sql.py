"""Free SQL over the cohort tables, behind the guard: for what the governed tools do not answer."""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import json
import math
from typing import TYPE_CHECKING, Annotated

import duckdb
from pydantic import Field

from tools.result import Cell, Column, FactSheet, Result, Table, steady
from warehouse.catalog import Catalog
from warehouse.engine import Rows, first_line
from warehouse.errors import MissingDataError, SqlRefusedError
from warehouse.guard import CheckedSql, check_sql
from warehouse.workspace import Warehouse

if TYPE_CHECKING:
    from warehouse.guard.people import Kind

MAX_ROWS = 200
MAX_FACTS = 400
SAFE_ERRORS = (duckdb.BinderException, duckdb.CatalogException, duckdb.ParserException)
"""Errors that speak of the statement, never of the data."""
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
        str, Field(description="Exactly one DuckDB SELECT over the tables that this data has, cohorts among them.")
    ],
    limit: Annotated[int, Field(ge=1, le=MAX_ROWS, description="Most rows to give back.")] = MAX_ROWS,
) -> SqlResult:
    """Run one read-only SELECT over the cohort tables (`cohorts`: a row per response with customer attributes).

    Use it only for what no other tool answers, such as the average of a number; NPS figures come from `nps`.
    """
    checked = _checked(warehouse, sql)
    found = _run(warehouse, _without_addresses(warehouse, checked), limit)
    kinds = column_kinds(warehouse)
    reads_text = any(kinds[table].get(name) == "text" for table, _, name in (c.partition(".") for c in checked.columns))
    return _result(_with_redacted_texts(warehouse, found) if reads_text else found, limit)


def run_sql_aggregated(warehouse: Warehouse, *, sql: str, limit: int = MAX_ROWS) -> SqlResult:
    """`run_sql` for a chat model that may not read rows: aggregates only, each on the minimum base of people.

    The base stands in the SQL that is run and shown; what cannot be made safe is refused.
    """
    from warehouse.guard.aggregate import aggregated

    base = warehouse.catalog.minimum_base.cell
    safe = aggregated(_checked(warehouse, sql), base=base, kinds=column_kinds(warehouse))
    limit = max(1, min(limit, MAX_ROWS))
    result = _result(_run(warehouse, safe.sql, limit, told=SAFE_ERRORS), limit)
    few = f"fewer than {base} people match, or the conditions leave fewer than {base} of them out"
    if not result.rows and safe.is_total:
        raise MissingDataError(f"Nothing can be told here, since {few}; ask for a larger group.")
    caveat = f"Cells that rest on fewer than {base} people are left out, and figures that do are empty."
    return result.model_copy(update={"caveats": [*result.caveats, caveat if result.rows else f"No rows: {few}."]})


def _with_redacted_texts(warehouse: Warehouse, found: Rows) -> Rows:
    """Comments without what tells who somebody is: texts of several words that are no value of a dimension."""
    from tools.comments.redaction import redact

    known = {value for values in allowed_values(warehouse).values() for value in values}

    def shown(cell: object) -> object:
        if isinstance(cell, list):
            return [shown(item) for item in cell]
        if isinstance(cell, dict):
            return {name: shown(item) for name, item in cell.items()}
        free = isinstance(cell, str) and cell not in known and (" " in cell or "@" in cell)
        return redact(str(cell)).text if free else cell

    return dataclasses.replace(found, rows=[tuple(shown(cell) for cell in row) for row in found.rows])


def _checked(warehouse: Warehouse, sql: str) -> CheckedSql:
    return check_sql(
        sql, tables=schema(warehouse), dimensions=allowed_values(warehouse), personal=personal_columns(warehouse)
    )


def _run(warehouse: Warehouse, sql: str, limit: int, told: tuple[type[duckdb.Error], ...] = (duckdb.Error,)) -> Rows:
    """The rows; of DuckDB's errors those `told` are repeated, redacted where they may quote a value of the data."""
    try:
        return warehouse.run(sql, rows=limit)
    except duckdb.Error as error:
        why = first_line(error) if isinstance(error, told) else "a value in the data does not fit a function or type"
        if not isinstance(error, SAFE_ERRORS):
            from tools.comments.redaction import redact

            why = redact(why).text
        raise SqlRefusedError(f"DuckDB could not run this SELECT: {why}.") from None


def _result(found: Rows, limit: int) -> SqlResult:
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


def column_kinds(warehouse: Warehouse) -> dict[str, dict[str, Kind]]:
    """What each column is to `aggregated`; only tables that tell customers apart have a person."""
    return {
        table: {name: _kind(warehouse.catalog, table, name, type_) for name, type_ in columns.items()}
        for table, columns in schema(warehouse).items()
    }


def _kind(catalog: Catalog, table: str, name: str, type_: str) -> Kind:
    homes = [table] if table != "cohorts" else ["responses", "customers"]
    columns = [catalog.tables[home].columns for home in homes if home in catalog.tables]
    role = next((known[name].role for known in columns if name in known), None)
    if name == "customer_id":
        return "person" if columns and "customer_id" in columns[0] else "id"
    if name in ("response_id", "order_id") or role in ("response_id", "order_id"):
        return "id"
    if name in ("score", "nps_class"):
        return "score" if name == "score" else "class"
    if type_.startswith(("TIMESTAMP", "DATE")):
        return "time"
    if name in catalog.dimensions or role in ("dimension", "event") or name in ("segmentation", "segment"):
        return "dimension"
    if role in ("comment", "personal", "attribute") or type_ == "VARCHAR":
        return "text"
    return "dimension" if type_ == "BOOLEAN" else "number"


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
