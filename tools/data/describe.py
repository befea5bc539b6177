"""What data there is: files, span of time, dimensions with their values; and what was wrong with it."""

from __future__ import annotations

from pydantic import Field

from tools.cells import count_cells
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import scope
from warehouse.quality import QualityReport
from warehouse.workspace import Warehouse

VALUES_SHOWN = 12
REPORT_SQL = "SELECT report FROM npsight_quality"
_UNMATCHED = (
    "SELECT count(*) FROM responses r "
    "WHERE NOT EXISTS (SELECT 1 FROM customers c WHERE c.customer_id = CAST(r.customer_id AS VARCHAR))"
)
"""Answers that belong to no customer of the customers' file."""


class DimensionInfo(Model):
    """A dimension and its values, most frequent first."""

    name: str
    table: str
    values: list[str]
    more_values: int = 0
    synonyms: list[str] = Field(default_factory=list)


class DataResult(Result):
    """The schema in the user's own words."""

    name: str
    as_of: str | None = Field(description="Newest answer; time words count from here.")
    first: str | None = Field(description="Oldest answer.")
    tables: dict[str, int] = Field(description="Rows of each cohort table.")
    dimensions: list[DimensionInfo]
    measures: list[str]
    times: list[str]
    events: dict[str, str]


class QualityResult(Result):
    """What came in, what was dropped and why."""

    report: QualityReport


def describe_data(warehouse: Warehouse) -> DataResult:
    """Say what data there is: tables, span of time, dimensions with their values, measures and business events.

    Use it for "what can I ask", "which period does this cover", "how many responses are there".
    """
    catalog = warehouse.catalog
    sheet = FactSheet("describe_data")
    found = count_cells(warehouse, [], scope(warehouse))
    sheet.add("responses", found.total.rows, "responses", n=found.total.n)
    sheet.add("scored_responses", found.total.n, "responses", n=found.total.n)
    sql = list(found.sql)
    if any(column.role == "customer_id" for column in catalog.tables["responses"].columns.values()):
        counted = warehouse.run("SELECT count(DISTINCT customer_id) FROM responses WHERE score IS NOT NULL")
        sql.append(counted.sql)
        sheet.statement = len(sql)
        sheet.add("customers_who_answered", int(counted.rows[0][0]), "customers", n=found.total.n)
        sheet.statement = 1
    for name, table in catalog.tables.items():
        if name != "responses":
            sheet.add(f"{name}_rows", table.rows, "rows", where={"table": name})
    span = catalog.times.get("responded_at")
    for event, day in (("first_answer", span and span.first), ("last_answer", span and span.last)):
        if day:
            sheet.add(event, str(day), "date", n=found.total.n)
    dimensions = [
        DimensionInfo(
            name=name,
            table=dimension.table,
            values=list(dimension.values)[:VALUES_SHOWN],
            more_values=max(0, len(dimension.values) - VALUES_SHOWN),
            synonyms=dimension.synonyms,
        )
        for name, dimension in catalog.dimensions.items()
    ]
    return DataResult(
        facts=sheet.facts,
        caveats=[] if span else ["The answers carry no dates, so nothing can be said over time."],
        sql=sql,
        table=_dimension_table(dimensions),
        name=catalog.name,
        as_of=str(catalog.as_of) if catalog.as_of else None,
        first=str(span.first) if span else None,
        tables={name: table.rows for name, table in catalog.tables.items()},
        dimensions=dimensions,
        measures=list(catalog.measures),
        times=list(catalog.times),
        events={name: str(event.date) for name, event in catalog.events.items()},
    )


def _dimension_table(dimensions: list[DimensionInfo]) -> Table:
    rows: list[list[str | float | int | bool | None]] = []
    for item in dimensions:
        more = f", and {item.more_values} more" if item.more_values else ""
        rows.append([item.name, len(item.values) + item.more_values, ", ".join(item.values) + more])
    columns = [Column(name="dimension"), Column(name="values", unit="number"), Column(name="allowed values")]
    return Table(title="Dimensions", columns=columns, rows=rows)


def _names_customers(warehouse: Warehouse) -> bool:
    """Whether answers name a customer, and a file of customers was loaded as well."""
    columns = warehouse.catalog.tables["responses"].columns
    return "customers" in warehouse.catalog.tables and "customer_id" in columns


def data_quality(warehouse: Warehouse) -> QualityResult:
    """Say what came in, what was dropped or has no score and why, and what was changed in cleaning.

    Use it for "how good is the data", "were there duplicates", "why are rows missing".
    """
    report = warehouse.quality
    sheet = FactSheet("data_quality")
    main = report.responses
    sheet.add("rows_read", main.read, "rows", n=report.scored)
    sheet.add("rows_kept", main.kept, "rows", n=report.scored)
    sheet.add("scored_responses", report.scored, "responses", n=report.scored)
    rows: list[list[str | float | int | bool | None]] = []
    for table in report.tables:
        where = {"table": table.table}
        if table.table != "responses":
            sheet.add("rows_read", table.read, "rows", where=where)
            sheet.add("rows_kept", table.kept, "rows", where=where)
        rows.append([table.table, "read", table.read, table.file])
        for reason in table.dropped:
            sheet.add("rows_dropped", reason.rows, "rows", where=where | {"reason": reason.reason})
            rows.append([table.table, f"dropped: {reason.reason}", reason.rows, ", ".join(reason.examples)])
        rows.append([table.table, "kept", table.kept, ""])
    for reason in report.unscored:
        sheet.add("rows_without_score", reason.rows, "rows", where={"reason": reason.reason})
        rows.append(["responses", f"kept without a score: {reason.reason}", reason.rows, ", ".join(reason.examples)])
    rows.append(["responses", "scored", report.scored, ""])
    if report.unscored:
        sheet.add("rows_unscored", main.kept - report.scored, "rows", n=main.kept)
    statements = [REPORT_SQL]
    if _names_customers(warehouse):
        statements.append(_UNMATCHED)
        unmatched = int(str(warehouse.run(_UNMATCHED).rows[0][0]))
        sheet.add("responses_without_customer", unmatched, "responses", n=main.kept)
        rows.append(["responses", "in no row of the customers file", unmatched, ""])
    columns = [Column(name="table"), Column(name="what"), Column(name="rows", unit="rows"), Column(name="examples")]
    notes = [note for table in report.tables for note in table.notes]
    return QualityResult(
        facts=sheet.facts,
        caveats=notes,
        sql=statements,
        table=Table(title="What came in", columns=columns, rows=rows),
        report=report,
    )
