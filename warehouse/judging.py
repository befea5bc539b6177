"""Which rows of a staged table are dropped, and why: repeats are searched for by key alone, then judged.

Only rows that share their content or their id with another are ever sorted; in most files they are few.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.engine import identifier, quoted

DUPLICATE = "exact duplicate row"
REPEATED = "repeated response id (the latest answer is kept)"


def judge(connection: duckdb.DuckDBPyConnection, keys: Sequence[str], columns: set[str]) -> None:
    """Make the table `judged` of `staged`: each row with the first reason that drops it, NULL where it is kept.

    Equal rows are the same answer only when one of `keys` says whose they are: short surveys hold many equal
    answers. Of the rows that share a response id, the latest is kept.
    """
    connection.execute("ALTER TABLE staged ADD COLUMN _reason VARCHAR")
    filled = " OR ".join(f"{identifier(name)} IS NOT NULL" for name in keys)
    if filled:
        _drop(connection, DUPLICATE, "_content", f"({filled})", "_file, _row")
    connection.execute("UPDATE staged SET _reason = _tool WHERE _reason IS NULL AND _tool IS NOT NULL")
    if "response_id" in columns:
        latest = "responded_at DESC NULLS LAST, " if "responded_at" in columns else ""
        _drop(connection, REPEATED, "response_id", "response_id IS NOT NULL", f"{latest}_row DESC, _file")
    connection.execute("DROP TABLE IF EXISTS judged")
    connection.execute("ALTER TABLE staged RENAME TO judged")


def _drop(connection: duckdb.DuckDBPyConnection, reason: str, key: str, condition: str, order: str) -> None:
    """Drop all but the first of the rows that share `key`, among those not dropped so far."""
    left = f"_reason IS NULL AND {condition}"
    # A hash is shared by all equal keys and by hardly any others, and takes eight bytes where a key may take a line.
    shared = f"SELECT hash({key}) FROM staged WHERE {left} GROUP BY 1 HAVING count(*) > 1"
    ranked = (
        f"SELECT rowid AS id, row_number() OVER (PARTITION BY {key} ORDER BY {order}) AS place "
        f"FROM staged WHERE {left} AND hash({key}) IN ({shared})"
    )
    again = f"SELECT id FROM ({ranked}) WHERE place > 1"
    connection.execute(f"UPDATE staged SET _reason = {quoted(reason)} WHERE rowid IN ({again})")
