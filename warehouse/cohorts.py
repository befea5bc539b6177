"""The `cohorts` view: a row per response with what was known of the customer when the answer was given."""

from __future__ import annotations

import datetime as dt
import re

import duckdb

from warehouse.catalog import Catalog, CohortTable, Dimension, Measure, TableName, TimeColumn
from warehouse.engine import identifier
from warehouse.errors import MissingDataError
from warehouse.roles import MAX_DIMENSION_VALUES
from warehouse.sample import is_large, sample_condition, write_sample

TENURE = "tenure"
_TENURE_BANDS = (
    "CASE WHEN tenure_days < 90 THEN 'under 3 months' WHEN tenure_days < 365 THEN '3 to 12 months' "
    "WHEN tenure_days < 730 THEN '1 to 2 years' WHEN tenure_days >= 730 THEN '2 years and more' END"
)


def joined(catalog: Catalog) -> bool:
    """True when the survey is joined with customers or orders."""
    return "customers" in catalog.tables or _orders_usable(catalog)


def stored(catalog: Catalog) -> bool:
    """True when `cohorts` is a table of the workspace, not a view over files read in place."""
    return joined(catalog) and catalog.tables["responses"].path is None


def cohorts_select(catalog: Catalog, schema: str = "") -> str:
    """The SELECT behind `cohorts`; attributes are joined on a key that is unique, so no answer is counted twice."""
    responses = f"{schema}responses"
    if not joined(catalog):
        return f"SELECT * FROM {responses}"
    columns, joins = ["r.*"], []
    if "customers" in catalog.tables:
        columns += [f"c.{identifier(name)} AS {identifier(shown)}" for name, shown in _customer_columns(catalog)]
        joins.append(f"LEFT JOIN {schema}customers c ON CAST(r.customer_id AS VARCHAR) = c.customer_id")
    if _orders_usable(catalog):
        columns += [f"coalesce(o.{name}, 0) AS {name}" for name in _orders_before(catalog)]
        counted = {"orders_before": "count(*)", "amount_before": "sum(amount)"}
        sums = ", ".join(f"{counted[name]} OVER w AS {name}" for name in _orders_before(catalog))
        peers = ", ".join(f"max({name}) AS {name}" for name in _orders_before(catalog))  # equal within a moment
        running = (
            f"SELECT customer_id, ordered_at, {peers} FROM "
            f"(SELECT customer_id, ordered_at, {sums} FROM {schema}orders "
            "WHERE ordered_at IS NOT NULL WINDOW w AS (PARTITION BY customer_id ORDER BY ordered_at)) GROUP BY 1, 2"
        )
        joins.append(
            f"ASOF LEFT JOIN ({running}) o ON CAST(r.customer_id AS VARCHAR) = o.customer_id "
            "AND r.responded_at > o.ordered_at"
        )
    select = f"SELECT {', '.join(columns)} FROM {responses} r {' '.join(joins)}"
    if _has_tenure(catalog):
        joined_at = identifier(dict(_customer_columns(catalog))["joined_at"])
        day = f"date_diff('day', {joined_at}, responded_at)"  # below 0 for an answer from before the customer joined
        days = f"SELECT *, CASE WHEN {day} >= 0 THEN {day} END AS tenure_days FROM ({select})"
        return f"SELECT *, {_TENURE_BANDS} AS {TENURE} FROM ({days})"
    return select


def _orders_usable(catalog: Catalog) -> bool:
    orders = catalog.tables.get("orders")
    dated = orders is not None and bool(_role_names(orders, "ordered_at"))
    own = {name.lower() for table in catalog.tables.values() for name in table.columns}
    return (
        dated
        and own.isdisjoint(("orders_before", "amount_before"))
        and bool(_role_names(catalog.tables["responses"], "responded_at"))
    )


def _orders_before(catalog: Catalog) -> list[str]:
    """What is counted of a customer's orders before the answer."""
    paid = _role_names(catalog.tables["orders"], "amount")
    return ["orders_before", "amount_before"] if paid else ["orders_before"]


def _role_names(table: CohortTable, role: str) -> list[str]:
    return [name for name, column in table.columns.items() if column.role == role]


def _has_tenure(catalog: Catalog) -> bool:
    customers = catalog.tables.get("customers")
    own = {name.lower() for table in catalog.tables.values() for name in table.columns}
    return bool(
        customers
        and _role_names(customers, "joined_at")
        and _role_names(catalog.tables["responses"], "responded_at")
        and TENURE not in own
        and "tenure_days" not in own
    )


def _customer_columns(catalog: Catalog) -> list[tuple[str, str]]:
    """(name in customers, name in cohorts); churn is left out: at the time of the answer it was not known."""
    own = {name.lower() for name in catalog.tables["responses"].columns}
    own |= {"response_id", "customer_id", "responded_at", "score", "comment", "nps_class"}
    shown = []
    for name, column in catalog.tables["customers"].columns.items():
        if column.role in ("customer_id", "churned_at"):
            continue
        shown.append((name, f"{name} (customers)" if name.lower() in own else name))
    return shown


def write_cohorts(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> list[str]:
    """Store `cohorts` where files are copied; says how many answers found their customer."""
    if not stored(catalog):
        return []
    connection.execute(f"CREATE TABLE target.cohorts AS {cohorts_select(catalog, 'target.')}")
    counts = "SELECT (SELECT count(*) FROM target.cohorts), (SELECT count(*) FROM target.responses)"
    after, before = connection.execute(counts).fetchone() or (0, 0)
    if after != before:
        raise MissingDataError(
            f"Joining the files turned {before:,} answers into {after:,}; keep one row a customer and load again."
        )
    if "customers" not in catalog.tables:
        return []
    missing = connection.execute(
        "SELECT count(*) FROM target.responses r ANTI JOIN target.customers c ON r.customer_id = c.customer_id"
    ).fetchone()
    lost = int(missing[0]) if missing else 0
    return [f"{lost:,} answers have no row in the customers file; their customer attributes are empty"] if lost else []


def describe_catalog(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
    """Fill in the catalog's dimensions with their values, dates with their span, measures with their range."""
    relation = _relation(connection, catalog)
    for table in ("responses", "customers"):
        if table not in catalog.tables:
            continue
        shown = dict(_customer_columns(catalog)) if table == "customers" else {}
        for name, column in catalog.tables[table].columns.items():
            seen_as = shown.get(name, name) if table == "customers" else name
            if table == "customers" and name not in shown:
                continue
            _describe(connection, catalog, relation, table, seen_as, column.role, column.type)
    if _has_tenure(catalog):
        catalog.dimensions[TENURE] = Dimension(table="customers", values=_values(connection, relation, TENURE))
        catalog.measures["tenure_days"] = Measure(table="customers")
    if _orders_usable(catalog):
        words = {"orders_before": "orders so far", "amount_before": "spend so far"}
        for name in _orders_before(catalog):
            catalog.measures[name] = Measure(table="orders", synonyms=[words[name]])
    if "responded_at" in catalog.times:
        catalog.as_of = catalog.times["responded_at"].last
    if _role_names(catalog.tables["responses"], "customer_id"):
        catalog.repeated_customers = _repeated_customers(connection, catalog, relation)
        write_sample(connection, catalog, relation)


def _repeated_customers(connection: duckdb.DuckDBPyConnection, catalog: Catalog, relation: str) -> bool:
    """True when a customer answered twice; in a large survey the sampled customers are asked first."""
    repeated = f"SELECT count(customer_id) > count(DISTINCT customer_id) FROM {relation} WHERE score IS NOT NULL"
    rows = catalog.tables["responses"].rows
    asked = [f"{repeated} AND {sample_condition(rows)}"] if is_large(rows) else []
    return any(bool((connection.execute(sql).fetchone() or (False,))[0]) for sql in [*asked, repeated])


def _relation(connection: duckdb.DuckDBPyConnection, catalog: Catalog) -> str:
    if catalog.tables["responses"].path is None:
        return "target.cohorts" if stored(catalog) else "target.responses"
    if not joined(catalog):
        return "responses_in_place"
    connection.execute("CREATE OR REPLACE TEMP VIEW responses AS SELECT * FROM responses_in_place")
    for table in ("customers", "orders"):
        if table in catalog.tables:
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {table} AS SELECT * FROM target.{table}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW cohorts_in_place AS {cohorts_select(catalog)}")
    return "cohorts_in_place"


def _describe(
    connection: duckdb.DuckDBPyConnection,
    catalog: Catalog,
    relation: str,
    table: TableName,
    name: str,
    role: str,
    type_: str,
) -> None:
    column = identifier(name)
    if type_ == "date":
        span = f"SELECT CAST(min({column}) AS DATE), CAST(max({column}) AS DATE) FROM {relation}"
        first, last = connection.execute(span).fetchone() or (None, None)
        if first is not None:
            catalog.times[name] = TimeColumn(table=table, first=_day(first), last=_day(last))
    elif role == "dimension":
        values = _values(connection, relation, name)
        if values:
            catalog.dimensions[name] = Dimension(table=table, values=values)
        if values and all(re.fullmatch(r"-?\d+(?:\.\d+)?", value) for value in values) and len(values) > 2:
            numbers = [float(value) for value in values]
            catalog.measures[name] = Measure(table=table, low=min(numbers), high=max(numbers))
    elif role in ("measure", "amount", "value"):
        low, high = connection.execute(f"SELECT min({column}), max({column}) FROM {relation}").fetchone() or (
            None,
            None,
        )
        catalog.measures[name] = Measure(table=table, low=low, high=high)


def _day(value: dt.date) -> dt.date:
    return dt.date(value.year, value.month, value.day)


def _values(connection: duckdb.DuckDBPyConnection, relation: str, name: str) -> dict[str, int]:
    rows = connection.execute(
        f"SELECT {identifier(name)}, count(*) FROM {relation} WHERE {identifier(name)} IS NOT NULL GROUP BY 1 "
        f"ORDER BY 2 DESC, 1 LIMIT {MAX_DIMENSION_VALUES}"
    ).fetchall()
    return {str(value): int(n) for value, n in rows}
