"""A sample of customers, with every answer of each, kept beside a large survey.

What repeated answers do to a variance needs all answers of a customer, but not all customers: one scan at load
time spares every later question the scan of the customer ids, which costs more than the counting itself.
"""

from __future__ import annotations

import duckdb

from warehouse.catalog import Catalog
from warehouse.engine import identifier

SAMPLE = "npsight_sample"
LARGE_ROWS = 2_000_000
"""Above, a sample is kept: grouping 20 million answers by customer costs 14 times the plain counting."""
SAMPLE_ROWS = 1_000_000


def is_large(rows: int) -> bool:
    """True for a survey of which a sample is kept."""
    return rows > LARGE_ROWS


def sampled_share(rows: int) -> int:
    """One customer in how many is sampled."""
    return max(1, rows // SAMPLE_ROWS)


def sample_condition(rows: int) -> str:
    """True for the sampled customers' answers; for one without a customer its own id is drawn."""
    every = sampled_share(rows)
    return (
        f"((customer_id IS NOT NULL AND hash(customer_id) % {every} = 0) "
        f"OR (customer_id IS NULL AND hash(response_id) % {every} = 0))"
    )


def write_sample(connection: duckdb.DuckDBPyConnection, catalog: Catalog, relation: str) -> None:
    """Keep scores, dates and dimensions of the sampled customers, who are numbered: no id of theirs is kept."""
    rows = catalog.tables["responses"].rows
    if not is_large(rows) or not catalog.repeated_customers:
        return
    every = sampled_share(rows)
    columns = ", ".join(identifier(name) for name in dict.fromkeys(["score", *catalog.dimensions, *catalog.times]))
    # Two branches, so that a file in which every answer has its customer is not searched for the others.
    named = f"SELECT hash(customer_id) AS _npsight_customer, {columns} FROM {relation} WHERE customer_id IS NOT NULL"
    anonymous = f"SELECT CAST(NULL AS UBIGINT), {columns} FROM {relation} WHERE customer_id IS NULL"
    rank = "CAST(dense_rank() OVER (ORDER BY _npsight_customer) AS INTEGER)"
    number = f"CASE WHEN _npsight_customer IS NOT NULL THEN {rank} END"
    connection.execute(
        f"CREATE TABLE target.{SAMPLE} AS SELECT {number} AS customer_id, {columns} FROM ("
        f"{named} AND hash(customer_id) % {every} = 0 UNION ALL {anonymous} AND hash(response_id) % {every} = 0"
        ") ORDER BY 1"
    )
