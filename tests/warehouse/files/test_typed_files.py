"""Parquet, JSON, DuckDB and SQLite: types are kept, no digit is lost, nothing is written beside the file."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import duckdb
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.parquet as pq  # type: ignore[import-untyped]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse.errors import UnknownNameError, UnreadableFileError
from warehouse.files import RawTable, Unread, read_file

Values = Callable[[RawTable], list[tuple[object, ...]]]
BIG = 9_007_199_254_740_993  # 2**53 + 1: a float would lose its last digit


def types_of(connection: duckdb.DuckDBPyConnection, table: RawTable) -> dict[str, str]:
    """The DuckDB type of each column."""
    return {row[0]: row[1] for row in connection.execute(f'DESCRIBE "{table.relation}"').fetchall()}


def contents(folder: Path) -> dict[str, str]:
    """Every file under a folder with its digest."""
    return {str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_parquet_keeps_its_types_and_exact_numbers(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    path = tmp_path / "part=EU" / "survey[1].parquet"
    path.parent.mkdir()
    select = (
        f"SELECT {BIG}::UBIGINT AS id, 9::UTINYINT AS score, 12.30::DECIMAL(38, 2) AS amount, "
        "DATE '2025-03-01' AS day, TIMESTAMPTZ '2025-03-01 10:00:00+02' AS at, "
        "{'plan': 'A'} AS customer, [1, 2] AS tags, encode('é') AS raw"
    )
    written = connection.sql(select).to_arrow_table()
    pq.write_table(written.append_column("channel", pa.array(["email"]).dictionary_encode()), path)
    [table] = read_file(path, connection)
    assert (table.kind, table.rows, table.in_place) == ("parquet", 1, None)
    assert table.columns == ["id", "score", "amount", "day", "at", "customer", "tags", "raw", "channel"]
    moment = dt.datetime(2025, 3, 1, 8, 0)
    expected = (BIG, 9, Decimal("12.30"), dt.date(2025, 3, 1), moment, '{"plan":"A"}', "[1,2]", "é", "email")
    assert values(table) == [expected]
    assert "'customer' holds nested values, read as JSON text" in table.notes
    assert "'at' holds times with a zone, read as UTC" in table.notes


def test_a_large_parquet_file_is_viewed_in_place(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "big[1].parquet"
    connection.execute("COPY (SELECT range AS id, range % 11 AS score FROM range(1000)) TO ? ", [str(path)])
    [table] = read_file(path, connection, in_place_rows=999)
    assert (table.rows, table.in_place) == (1_000, path.resolve())
    assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchall() == [(0,)]
    found = connection.execute(f'SELECT * FROM "{table.relation}" WHERE "_row" IN (1, 1000) ORDER BY 1').fetchall()
    assert found == [(1, 0, 0), (1_000, 999, 999 % 11)]
    [copied] = read_file(path, connection, in_place_rows=1_000, columns=["score"])
    assert copied.in_place is None
    assert copied.columns == ["score"]


def test_a_parquet_file_without_rows_is_refused(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "none.parquet"
    connection.execute("COPY (SELECT 1 AS id WHERE false) TO ?", [str(path)])
    with pytest.raises(UnreadableFileError, match="has columns but no rows"):
        read_file(path, connection)


@pytest.mark.parametrize("shape", ["array", "lines", "wrapped", "twice wrapped"])
def test_json_in_any_of_its_shapes_is_flattened_one_level(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, values: Values, shape: str
) -> None:
    records = [
        {"id": BIG, "score": 9, "customer": {"id": "C1", "address": {"city": "Köln"}}, "tags": ["a", "b"], "vip": True},
        {"id": 2, "score": 7.5, "customer": None, "comment": "NA", "vip": None},
    ]
    text = {
        "array": json.dumps(records, indent=1),
        "lines": "\n".join(json.dumps(record) for record in records) + "\n",
        "wrapped": json.dumps({"total": 2, "responses": records}),
        "twice wrapped": json.dumps({"result": {"data": records, "next": None}}),
    }[shape]
    path = tmp_path / "survey.json"
    path.write_text(text, encoding="utf-8")
    [table] = read_file(path, connection)
    assert table.columns == ["id", "score", "customer.id", "customer.address", "tags", "vip", "customer", "comment"]
    assert table.rows == 2
    assert values(table) == [
        (BIG, 9.0, "C1", '{"city": "Köln"}', '["a", "b"]', True, None, None),
        (2, 7.5, None, None, None, None, None, "NA"),
    ]
    assert "nested values read as JSON text" in table.notes


def test_several_lists_in_one_object_are_several_tables(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "export.json"
    path.write_text('{"responses": [{"score": 9}], "customers": [{"id": 1}, {"id": 2}]}', encoding="utf-8")
    assert [(t.name, t.rows) for t in read_file(path, connection)] == [("responses", 1), ("customers", 2)]


def test_a_json_column_of_mixed_kinds_is_text_and_keeps_big_integers(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    path = tmp_path / "survey.json"
    path.write_text(f'[{{"id": {BIG}, "x": "007"}}, {{"id": 1.5, "x": 7}}, {{"id": {10**30}}}]', encoding="utf-8")
    [table] = read_file(path, connection)
    assert values(table) == [(str(BIG), "007"), ("1.5", "7"), (str(10**30), None)]


def test_a_stray_bad_line_among_many_is_counted_as_unread(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    path = tmp_path / "log.ndjson"
    path.write_text('{"score": 9}\n' * 300 + '{"score": \n' + '{"score": 8}\n' * 300, encoding="utf-8")
    [table] = read_file(path, connection)
    assert table.rows == 601
    assert table.unread == [Unread("not valid JSON", 1, [301])]


scalars = st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text('aé"\\\n,;1 ', max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(st.sampled_from("abc"), scalars, min_size=1), min_size=1, max_size=8), st.booleans())
def test_json_values_come_back_as_they_were_written(
    tmp_path: Path, records: list[dict[str, object]], lines: bool
) -> None:
    path = tmp_path / "any.json"
    text = "\n".join(map(json.dumps, records)) if lines and len(records) > 1 else json.dumps(records)
    path.write_text(text, encoding="utf-8")
    with duckdb.connect(":memory:") as connection:
        [table] = read_file(path, connection)
        rows = connection.execute(f'SELECT * EXCLUDE ("_row") FROM "{table.relation}" ORDER BY "_row"').fetchall()
    for record, row in zip(records, rows, strict=True):
        for column, value in zip(table.columns, row, strict=True):
            written = record.get(column)
            plain = value == written if not isinstance(value, str) or isinstance(written, str) else None
            assert value is None if written in (None, "") else plain in (True, None)
            if plain is None:
                assert json.loads(str(value)) == written


def test_a_large_array_is_read_in_pieces(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "survey.json"
    path.write_text(json.dumps([{"id": n, "comment": "é" * 300} for n in range(6_000)]), encoding="utf-8")
    [table] = read_file(path, connection)
    total = connection.execute(f'SELECT count(*), sum(id), sum(length(comment)) FROM "{table.relation}"').fetchall()
    assert total == [(6_000, sum(range(6_000)), 6_000 * 300)]


def test_every_table_of_a_duckdb_file_is_copied(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    path = tmp_path / "it's.duckdb"
    with duckdb.connect(str(path)) as source:
        source.execute(f"CREATE TABLE answers AS SELECT {BIG} AS id, 9 AS score, [1] AS tags, uuid() AS u")
        source.execute("CREATE SCHEMA crm; CREATE TABLE crm.customers AS SELECT 1 AS id, 'A' AS \"the plan\"")
    before = contents(tmp_path)
    answers, customers = read_file(path, connection)
    assert (answers.name, customers.name) == ("answers", "crm.customers")
    assert values(answers)[0][:3] == (BIG, 9, "[1]")
    assert values(customers) == [(1, "A")]
    assert contents(tmp_path) == before
    assert connection.execute("SELECT count(*) FROM duckdb_databases() WHERE NOT internal").fetchall() == [(1,)]
    [only] = read_file(path, connection, columns=["the plan"])
    assert only.columns == ["the plan"]
    with pytest.raises(UnknownNameError, match="no column 'nothing'"):
        read_file(path, connection, columns=["nothing"])


def test_every_table_of_a_sqlite_file_is_copied_exactly(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    path = tmp_path / "crm.db"
    with sqlite3.connect(path) as source:
        source.execute("CREATE TABLE answers (id INTEGER PRIMARY KEY, score, share REAL, mixed, note TEXT, empty)")
        source.execute("INSERT INTO answers VALUES (?, 9, 0.1, 5, 'NA', NULL)", (BIG,))
        source.execute("INSERT INTO answers VALUES (2, NULL, 2, 'five', '007', NULL)")
        source.execute("CREATE TABLE customers (id TEXT)")
        source.execute("INSERT INTO customers VALUES ('C1')")
    source.close()
    before = contents(tmp_path)
    answers, customers = read_file(path, connection)
    assert values(answers) == [(2, None, 2.0, "five", "007", None), (BIG, 9, 0.1, "5", "NA", None)]
    kinds = types_of(connection, answers)
    assert (kinds["id"], kinds["score"], kinds["share"], kinds["mixed"]) == ("BIGINT", "BIGINT", "DOUBLE", "VARCHAR")
    assert values(customers) == [("C1",)]
    assert contents(tmp_path) == before


def test_a_sqlite_journal_is_read_but_not_touched(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    path = tmp_path / "live.db"
    source = sqlite3.connect(path)
    source.execute("PRAGMA journal_mode=WAL")
    source.execute("CREATE TABLE answers (score)")
    source.execute("INSERT INTO answers VALUES (9)")
    source.commit()
    assert (tmp_path / "live.db-wal").stat().st_size
    before = contents(tmp_path)
    [answers] = read_file(path, connection)
    assert values(answers) == [(9,)]
    assert contents(tmp_path) == before
    source.close()


def test_a_database_without_rows_is_refused(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    with duckdb.connect(str(tmp_path / "a.duckdb")) as source:
        source.execute("CREATE TABLE answers (score INTEGER)")
    with pytest.raises(UnreadableFileError, match=r"a.duckdb holds tables but no rows"):
        read_file(tmp_path / "a.duckdb", connection)
    with duckdb.connect(str(tmp_path / "b.duckdb")):
        pass
    with pytest.raises(UnreadableFileError, match=r"b.duckdb holds no tables"):
        read_file(tmp_path / "b.duckdb", connection)


def test_reading_leaves_the_folder_as_it_was(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    (tmp_path / "a.csv").write_text("id,score\n1,9\n", encoding="utf-8")
    (tmp_path / "a.json").write_text('[{"id": 1}]', encoding="utf-8")
    connection.execute("COPY (SELECT 1 AS id) TO ?", [str(tmp_path / "a.parquet")])
    before = contents(tmp_path)
    for name in ("a.csv", "a.json", "a.parquet"):
        read_file(tmp_path / name, connection)
    assert contents(tmp_path) == before
