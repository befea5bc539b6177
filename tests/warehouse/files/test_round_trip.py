"""Tables written by Python's own csv writer come back exactly, whatever the dialect and the encoding."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from warehouse.files.shape import count_regular_records
from warehouse.files.text import read_text

quick = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NASTY = [*"ab1 ,;\t|^~\"'\n\r\\#=@-", "é", "ß", "€", "NA", "null", "None", '""', "\r\n", "9007199254740993", "0012"]
WESTERN = [piece for piece in NASTY if piece != "€"]


@dataclass(frozen=True)
class Written:
    """A table and the way it was written."""

    rows: list[list[str]]
    delimiter: str
    line_end: str
    quoting: int
    doubled: bool
    encoding: str

    @property
    def text(self) -> str:
        """The file's text, header included."""
        out = io.StringIO(newline="")
        writer = csv.writer(
            out,
            delimiter=self.delimiter,
            lineterminator=self.line_end,
            quoting=self.quoting,  # type: ignore[arg-type]
            doublequote=self.doubled,
            escapechar=None if self.doubled else "\\",
        )
        writer.writerow([f"column{n}" for n in range(len(self.rows[0]))])
        writer.writerows(self.rows)
        return out.getvalue()

    @property
    def expected(self) -> list[tuple[str | None, ...]]:
        """Empty cells are NULL; a row of nothing but them is an empty row."""
        return [tuple(cell or None for cell in row) for row in self.rows if any(row)]


@st.composite
def written(draw: st.DrawFn, *, escaped: bool = False) -> Written:
    """A table of two to five columns whose cells hold whatever could be mistaken for structure."""
    encoding = draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"]))
    pieces = WESTERN if encoding == "latin-1" else NASTY
    if escaped:  # a backslash of the text itself could not be told from an escape
        pieces = [piece for piece in pieces if not set(piece) & set("\\\r\n")]
    cell = st.lists(st.sampled_from(pieces), max_size=6).map("".join)
    width = draw(st.integers(2, 5))
    rows = draw(st.lists(st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=8))
    assume(any(any(row) for row in rows))
    breaks = any("\n" in cell or "\r" in cell for row in rows for cell in row)
    quotings = [csv.QUOTE_ALL] if breaks else [csv.QUOTE_ALL, csv.QUOTE_MINIMAL]
    table = Written(
        rows,
        draw(st.sampled_from(",;\t|^~")),
        draw(st.sampled_from(["\n", "\r\n", "\r"])),
        draw(st.sampled_from(quotings)),
        not escaped,
        encoding,
    )
    assume(encoding.startswith("utf") or not holds_utf8(table.text.encode(encoding)))
    return table


def holds_utf8(content: bytes) -> bool:
    """Some western texts, such as "ß€", are the bytes of another character in UTF-8: nothing can tell."""
    return any("\x7f" < sign < "\udc80" for sign in content.decode("utf-8", "surrogateescape"))


def reads_plainly(table: Written) -> bool:
    """Whether the file is just as good without escapes, so that nothing in it tells."""
    if not any("\\" in line for line in table.text.splitlines()):
        return False
    try:
        rows = list(csv.reader(io.StringIO(table.text, newline=""), delimiter=table.delimiter, strict=True))
    except csv.Error:
        return False
    return all(len(row) == len(table.rows[0]) for row in rows if row)


Read = Callable[..., tuple[list[tuple[object, ...]], int]]


@pytest.fixture
def read(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> Read:
    """Write a table, read it, and give back its rows with the number of rows that the reader accounts for."""

    def reader(table: Written, large: int = 10**12) -> tuple[list[tuple[object, ...]], int]:
        path = tmp_path / "survey.csv"
        path.write_bytes(table.text.encode(table.encoding))
        raw = read_text(path, connection, large=large)
        assert raw.unread == []
        rows = connection.execute(f'SELECT * EXCLUDE ("_row") FROM "{raw.relation}" ORDER BY "_row"').fetchall()
        connection.execute(f'DROP TABLE "{raw.relation}"')
        return rows, raw.rows

    return reader


@quick
@given(written())
def test_every_cell_comes_back_as_it_was_written(read: Read, table: Written) -> None:
    rows, counted = read(table)
    assert rows == table.expected
    assert counted == len(table.expected)


@quick
@given(written(escaped=True))
def test_cells_with_backslash_escapes_come_back_as_they_were_written(read: Read, table: Written) -> None:
    assume(not reads_plainly(table))
    rows, _ = read(table)
    assert rows == table.expected


@quick
@given(written())
def test_the_quick_reader_and_the_careful_reader_agree(read: Read, table: Written) -> None:
    assert read(table, large=0) == read(table)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from([*'ab,"\n\r ', '""', '","', "\r\n", "x,y\n", "x,y\r\n"]), max_size=20).map("".join))
def test_a_file_counts_as_regular_only_when_the_strict_reader_finds_the_same_rows(tmp_path: Path, body: str) -> None:
    path = tmp_path / "any.csv"
    path.write_bytes(body.encode())
    records = count_regular_records(path, ",", 2)
    if records is not None:
        rows = [row for row in csv.reader(io.StringIO(body, newline=""), strict=True) if row]
        assert len(rows) == records
        assert all(len(row) == 2 for row in rows)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_byte_order_mark_is_recognised(read: Read, encoding: str) -> None:
    table = Written([["1", "schön, sehr gut"], ["2", "ok"]], ",", "\r\n", csv.QUOTE_ALL, True, encoding)
    assert read(table)[0] == [("1", "schön, sehr gut"), ("2", "ok")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("last", ["2,ok", '2,"o\r\nk"', "2,"])
def test_a_last_line_without_its_end_is_regular_and_read_alike(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, line_end: str, last: str
) -> None:
    path = tmp_path / "survey.csv"
    path.write_bytes(line_end.join(["id,comment", "1,fine", last]).encode())
    assert count_regular_records(path, ",", 2) == 3
    quick, careful = read_text(path, connection, large=0), read_text(path, connection)
    rows = [connection.execute(f'SELECT * FROM "{t.relation}" ORDER BY 1').fetchall() for t in (quick, careful)]
    assert rows[0] == rows[1]
    assert len(rows[0]) == 2


def test_ids_of_nineteen_digits_and_leading_zeros_keep_every_digit(read: Read) -> None:
    ids = [str(9_007_199_254_740_993 * 1000 + n) for n in range(50)]
    table = Written([[key, f"{n:05}"] for n, key in enumerate(ids)], ",", "\n", csv.QUOTE_MINIMAL, True, "utf-8")
    assert read(table)[0] == [(key, f"{n:05}") for n, key in enumerate(ids)]
