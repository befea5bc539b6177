"""Delimited text: dialects, headers, ragged and broken rows, each row accounted for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import UnknownNameError, UnreadableFileError
from warehouse.files import RawTable, Unread, read_file
from warehouse.files import text as text_module
from warehouse.files.text import read_text

Values = Callable[[RawTable], list[tuple[object, ...]]]


@pytest.fixture
def read(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> Callable[..., RawTable]:
    """Write a text file and read it."""

    def reader(content: str | bytes, name: str = "survey.csv", columns: list[str] | None = None) -> RawTable:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        [table] = read_file(path, connection, columns=columns)
        kept = connection.execute(f'SELECT count(*) FROM "{table.relation}"').fetchall()[0][0]
        assert table.rows == kept + sum(unread.rows for unread in table.unread)
        return table

    return reader


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("id;score\n1;9\n2;7,5\n", "delimiter ';'"),
        ("id\tscore\n1\t9\n2\t7,5\n", "delimiter tab"),
        ("id|score\n1|9\n2|7,5\n", "delimiter '|'"),
        ("id^score\n1^9\n2^7,5\n", "delimiter '^'"),
        ("id~score\n1~9\n2~7,5\n", "delimiter '~'"),
        ("sep=;\nid;score\n1;9\n2;7,5\n", "delimiter ';'"),
        (" id  score\r\n 1   9\r\n 2   7,5\r\n", "delimiter blanks"),
    ],
)
def test_any_delimiter_is_found_by_how_evenly_it_cuts_the_rows(
    read: Callable[..., RawTable], values: Values, content: str, note: str
) -> None:
    table = read(content, name="survey.txt")
    assert table.columns == ["id", "score"]
    assert values(table) == [("1", "9"), ("2", "7,5")]
    assert note in table.notes


def test_fixed_width_columns_keep_their_leading_zeros(read: Callable[..., RawTable], values: Values) -> None:
    table = read(" customer_id  date number\n 00001 19970101  1\n 00002 19970112 10\n", name="orders.txt")
    assert values(table) == [("00001", "19970101", "1"), ("00002", "19970112", "10")]


def test_a_single_column_of_comments_is_not_cut_at_its_commas(read: Callable[..., RawTable], values: Values) -> None:
    table = read("comment\nGood, but slow\nFine\nToo dear, too late, too bad\n")
    assert values(table) == [("Good, but slow",), ("Fine",), ("Too dear, too late, too bad",)]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end_and_trailing_blank_lines(read: Callable[..., RawTable], values: Values, line_end: str) -> None:
    table = read(line_end.join(["id,score", "1,9", "2,", "", "", ""]))
    assert values(table) == [("1", "9"), ("2", None)]


def test_na_none_and_null_stay_text_and_empty_fields_become_null(read: Callable[..., RawTable], values: Values) -> None:
    table = read('id,comment\n1,NA\n2,None\n3,null\n4,\n5,""\n6,NaN\n')
    assert [comment for _id, comment in values(table)] == ["NA", "None", "null", None, None, "NaN"]


def test_doubled_quotes_and_line_breaks_inside_quotes_are_read_exactly(
    read: Callable[..., RawTable], values: Values
) -> None:
    table = read('id,comment\n1,"He said ""no"",\nthen left"\n2,ok\n')
    assert values(table) == [("1", 'He said "no",\nthen left'), ("2", "ok")]


def test_backslash_escapes_are_read_where_the_file_uses_them(read: Callable[..., RawTable], values: Values) -> None:
    table = read('id,comment,score\n1,"He said \\"no\\", twice",3\n2,"C:\\new",9\n')
    assert values(table) == [("1", 'He said "no", twice', "3"), ("2", "C:\\new", "9")]
    assert "backslashes read as escapes" in table.notes


def test_an_escaped_quote_in_an_unquoted_field_is_a_quote(read: Callable[..., RawTable], values: Values) -> None:
    assert values(read('id,comment\n1,5\\" screen\n2,\\"\n')) == [("1", '5" screen'), ("2", '"')]


def test_a_backslash_at_a_fields_end_is_only_a_backslash(read: Callable[..., RawTable], values: Values) -> None:
    assert values(read('id,folder,score\n1,"C:\\",9\n2,"D:\\",8\n')) == [("1", "C:\\", "9"), ("2", "D:\\", "8")]


def test_blanks_before_quotes_do_not_cut_the_quoted_text(read: Callable[..., RawTable], values: Values) -> None:
    table = read('id, comment, score\n1, "well, yes", 9\n2, "no", 8\n')
    assert values(table) == [("1", "well, yes", "9"), ("2", "no", "8")]


def test_a_column_called_parent_is_no_parquet_file(read: Callable[..., RawTable]) -> None:
    assert read("PARENT,PAR1\n1,9\n").columns == ["PARENT", "PAR1"]
    assert read("PAR1,PAR2\n1,9\n").columns == ["PAR1", "PAR2"]


def test_mysql_null_markers_are_empty_fields(read: Callable[..., RawTable], values: Values) -> None:
    table = read("id\tscore\n1\t\\N\n2\t9\n", name="dump.tsv")
    assert values(table) == [("1", None), ("2", "9")]
    assert "\\N read as empty" in table.notes


def test_fields_in_single_quotes_lose_them(read: Callable[..., RawTable], values: Values) -> None:
    assert values(read("'id','comment'\n'1','well, yes'\n")) == [("1", "well, yes")]


def test_windows_text_is_read_as_cp1252_and_says_so(read: Callable[..., RawTable], values: Values) -> None:
    table = read("id,comment\n1,“très bien” – 5 €\n".encode("cp1252"))
    assert values(table) == [("1", "“très bien” – 5 €")]
    assert table.notes == ["read as cp1252"]


def test_one_bad_byte_does_not_spoil_the_rest_of_a_utf8_file(read: Callable[..., RawTable], values: Values) -> None:
    table = read("id,comment\n1,schön\n2,größer\n3,caf".encode() + b"\xe9\n")
    assert values(table) == [("1", "schön"), ("2", "größer"), ("3", "café")]
    assert table.notes == ["read as UTF-8, but for 1 character read as cp1252"]


def test_nul_bytes_are_left_out_and_counted(read: Callable[..., RawTable], values: Values) -> None:
    table = read(b"id,comment\n1,go\0od\n2,ok\n")
    assert values(table) == [("1", "good"), ("2", "ok")]
    assert "1 NUL byte left out" in table.notes


def test_a_byte_order_mark_is_no_part_of_the_first_column(read: Callable[..., RawTable]) -> None:
    assert read("id,score\n1,9\n".encode("utf-8-sig")).columns == ["id", "score"]
    assert read('"id","score"\n1,9\n'.encode("utf-8-sig")).columns == ["id", "score"]


def test_headers_are_trimmed_filled_and_made_unique_without_regard_to_case(read: Callable[..., RawTable]) -> None:
    table = read(' Score ,score,score,,"two\nlines",_row\n1,2,3,4,5,6\n')
    assert table.columns == ["Score", "score (2)", "score (3)", "column 4", "two lines", "_row (2)"]


def test_an_unnamed_column_without_values_goes(read: Callable[..., RawTable], values: Values) -> None:
    table = read("id,score,\n1,9,\n2,8,\n")
    assert table.columns == ["id", "score"]
    assert values(table) == [("1", "9"), ("2", "8")]


def test_short_rows_are_filled_up_and_counted(read: Callable[..., RawTable], values: Values) -> None:
    table = read("id,score,comment\n1,9,ok\n2,8\n3\n")
    assert values(table) == [("1", "9", "ok"), ("2", "8", None), ("3", None, None)]
    assert "2 rows with fewer fields than the header, filled up with empty ones" in table.notes


def test_rows_with_more_fields_than_the_header_are_named_not_dropped(
    read: Callable[..., RawTable], values: Values, connection: duckdb.DuckDBPyConnection
) -> None:
    table = read("id,score\n1,9\n2,8,well\n3,7,\n4,6\n5,5,a,b\n")
    assert table.rows == 5
    assert table.unread == [Unread("more fields than the header", 2, [3, 6])]
    assert values(table) == [("1", "9"), ("3", "7"), ("4", "6")]
    numbers = connection.execute(f'SELECT "_row" FROM "{table.relation}" ORDER BY 1').fetchall()
    assert numbers == [(1,), (3,), (4,)]


def test_at_most_five_lines_are_named(read: Callable[..., RawTable]) -> None:
    table = read("id,score\n0,9\n" + "1,9,x\n" * 20 + "2,8\n" * 60)
    assert table.unread == [Unread("more fields than the header", 20, [3, 4, 5, 6, 7])]


def test_a_quote_that_never_closes_costs_its_own_row_at_most(read: Callable[..., RawTable], values: Values) -> None:
    good = "".join(f"{n},{n % 11},fine\n" for n in range(3, 60))
    table = read(f'id,score,comment\n1,9,ok\n2,8,"unfinished\n{good}')
    assert table.rows == 59
    assert values(table)[1] == ("2", "8", '"unfinished')
    assert values(table)[2] == ("3", "3", "fine")


def test_a_quote_that_never_closes_in_the_middle_of_a_row_is_reported(read: Callable[..., RawTable]) -> None:
    good = "".join(f'{n},"fine",{n % 11}\n' for n in range(2, 60))
    table = read(f'id,comment,score\n1,"a, b, 9\n{good}')
    assert table.unread == [Unread("a quote that does not close", 1, [2])]
    assert table.rows == 59


def test_quotes_inside_a_field_stay_as_they_were_written(read: Callable[..., RawTable], values: Values) -> None:
    good = "".join(f'{n},"fine",{n % 11}\n' for n in range(4, 60))
    content = f'id,comment,score\n1,"Great" she said,9\n2,"a, "b" c",8\n3,5" screen,7\n{good}'
    table = read(content)
    assert values(table)[:3] == [("1", '"Great" she said', "9"), ("2", 'a, "b" c', "8"), ("3", '5" screen', "7")]
    assert "2 rows with quotes inside a field, read as written" in table.notes


def test_a_comment_over_two_lines_with_loose_quotes_stays_one_row(
    read: Callable[..., RawTable], values: Values
) -> None:
    good = "".join(f'{n},"fine",{n % 11}\n' for n in range(2, 60))
    table = read(f'id,comment,score\n1,"He said "hello" to me\nand left",5\n{good}')
    assert values(table)[0] == ("1", 'He said "hello" to me\nand left', "5")
    assert table.rows == 59


def test_rows_of_nothing_but_delimiters_are_left_out_with_a_note(read: Callable[..., RawTable], values: Values) -> None:
    table = read("id,score\n1,9\n,\n2,8\n,\n,\n")
    assert values(table) == [("1", "9"), ("2", "8")]
    assert table.rows == 2
    assert "3 empty rows left out" in table.notes


def test_titles_above_the_header_are_skipped_with_a_note(read: Callable[..., RawTable], values: Values) -> None:
    table = read("NPS export,,\nMarch 2025,,\nid,score,comment\n1,9,ok\n2,8,fine\n")
    assert table.columns == ["id", "score", "comment"]
    assert values(table) == [("1", "9", "ok"), ("2", "8", "fine")]
    assert "2 rows above the header left out" in table.notes


def test_row_names_as_r_writes_them_are_no_title(read: Callable[..., RawTable]) -> None:
    assert read('"","score"\n"1",9\n"2",8\n').columns == ["column 1", "score"]


def test_a_first_row_of_figures_and_dates_is_no_header(read: Callable[..., RawTable]) -> None:
    with pytest.raises(UnreadableFileError, match=r"has no header row \(its first row is 1, 9, 2025-03-01\); add"):
        read("1,9,2025-03-01\n2,8,2025-03-02\n")


def test_only_the_wanted_columns_are_kept(read: Callable[..., RawTable], values: Values) -> None:
    table = read("id,score,comment\n1,9,ok\n", columns=["Comment", "id", "plan"])
    assert table.columns == ["id", "comment"]
    assert values(table) == [("1", "ok")]
    assert "has no column 'plan'" in table.notes


def test_wanting_no_column_of_the_file_names_the_nearest(read: Callable[..., RawTable]) -> None:
    with pytest.raises(UnknownNameError, match="no column 'scores'; the nearest: score"):
        read("id,score\n1,9\n", columns=["scores"])


def test_a_file_of_too_many_columns_asks_for_the_needed_ones(read: Callable[..., RawTable], values: Values) -> None:
    wide = ",".join(f"q{n}" for n in range(1_500)) + "\n" + ",".join(str(n) for n in range(1_500)) + "\n"
    with pytest.raises(UnreadableFileError, match=r"has 1,500 columns and npsight reads at most 1,000.*--columns"):
        read(wide)
    assert values(read(wide, columns=["q3", "q1499"])) == [("3", "1499")]


def test_a_large_file_goes_through_duckdb_and_gives_the_same_table(
    tmp_path: Path,
    connection: duckdb.DuckDBPyConnection,
    values: Values,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "data[1].csv"
    rows = "".join(f'{n},"comment {n}, ""quoted""\nsecond line",{n % 11}\n' for n in range(2_000))
    path.write_text(f"id,comment,score\n{rows}", encoding="utf-8")
    (tmp_path / "data1.csv").write_text("id,comment,score\n1,wrong file,0\n", encoding="utf-8")
    careful = read_text(path, connection)
    monkeypatch.setattr(text_module, "_read_with_care", None)
    quick = read_text(path, connection, large=0)
    assert quick.rows == 2_000
    assert values(quick) == values(careful)


def test_a_large_file_with_one_ragged_row_is_read_with_care(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("id,score\n" + "1,9\n" * 500 + "2,8,extra\n" + "3,7\n" * 500, encoding="utf-8")
    table = read_text(path, connection, large=0)
    assert table.rows == 1_001
    assert table.unread == [Unread("more fields than the header", 1, [502])]


def test_progress_is_told_by_file_and_share(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "survey.csv"
    path.write_text("id,score\n" + "1,9\n" * 140_000, encoding="utf-8")
    told: list[tuple[str, float]] = []
    read_file(path, connection, progress=lambda step, share: told.append((step, share)))
    assert told
    assert all(step == "survey.csv" and 0 < share <= 1 for step, share in told)


def test_nothing_is_left_in_the_database_when_a_file_cannot_be_read(
    read: Callable[..., RawTable], connection: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(UnreadableFileError, match=r"none of its 2 rows fits it \(more fields than the header"):
        read("id,score\n1,9,x\n2,8,y\n")
    assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == []
