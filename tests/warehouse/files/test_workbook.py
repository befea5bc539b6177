"""Workbooks: cells as a person would type them, a table per sheet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import UnknownNameError, UnreadableFileError
from warehouse.files import RawTable, read_file

DAY, MOMENT = 1, 2
WriteWorkbook = Callable[..., Path]
Values = Callable[[RawTable], list[tuple[object, ...]]]


def test_cells_are_written_as_a_person_would_type_them(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    # 45717 is Excel's count of days for 2025-03-01; 10:00 is 10/24 of a day.
    row = [9.0, 7.5, (45717.0, DAY), (45717 + 10 / 24, MOMENT), True, "007", "=A1*2->18", 1234567890123456.0, None]
    header = ["score", "half", "day", "moment", "agreed", "code", "formula", "id", "comment"]
    path = write_workbook("survey.xlsx", {"Answers": [header, row, [0.0, 0.1, None, None, False, " x ", "", 1, "é"]]})
    [table] = read_file(path, connection)
    assert (table.kind, table.name, table.rows) == ("xlsx", "Answers", 2)
    assert values(table) == [
        ("9", "7.5", "2025-03-01", "2025-03-01 10:00:00", "TRUE", "007", "18", "1234567890123456", None),
        ("0", "0.1", None, None, "FALSE", " x ", None, "1", "é"),
    ]


def test_moments_are_told_to_the_second_although_excel_counts_fractions_of_days(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    moments = [45717 + seconds / 86_400 for seconds in (1, 59, 3_599, 86_399)]
    path = write_workbook("survey.xlsx", {"S": [["id", "at"], *[[n, (m, MOMENT)] for n, m in enumerate(moments)]]})
    [table] = read_file(path, connection)
    assert [at for _id, at in values(table)] == [
        "2025-03-01 00:00:01",
        "2025-03-01 00:00:59",
        "2025-03-01 00:59:59",
        "2025-03-01 23:59:59",
    ]


def test_every_sheet_with_a_table_is_read_and_the_others_are_named(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection
) -> None:
    path = write_workbook(
        "survey.xlsx",
        {
            "Readme": [["Exported on 1 March"], ["Ask Ann"]],
            "Empty": [],
            "Answers": [["id", "score"], [1, 9], [2, 8]],
            "Customers": [["id", "plan"], [1, "Starter"]],
            "Lists": [["a", "b"], [1, 2]],
        },
        hidden=["Lists"],
    )
    tables = read_file(path, connection)
    assert [(table.name, table.rows) for table in tables] == [("Answers", 2), ("Customers", 1)]
    assert len({table.relation for table in tables}) == 2
    assert "hidden sheet 'Lists' left out" in tables[0].notes
    assert "sheet 'Readme' left out: it holds no table" in tables[0].notes


def test_one_sheet_can_be_asked_for_even_a_hidden_one(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection
) -> None:
    path = write_workbook(
        "survey.xlsx", {"North": [["x", "y"], [1, 2]], "South": [["id", "score"], [1, 9]]}, hidden=["South"]
    )
    [table] = read_file(path, connection, sheet="south")
    assert table.columns == ["id", "score"]
    with pytest.raises(UnknownNameError, match="no sheet 'March'; there are: North, South"):
        read_file(path, connection, sheet="March")


def test_titles_and_empty_rows_are_left_out(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    rows = [
        ["NPS report"],
        [],
        ["Period", "March"],
        ["id", "score", "plan", "x"],
        [1, 9, "A", 0],
        [],
        [2, 8, "B", 1],
        [None],
    ]
    [table] = read_file(write_workbook("survey.xlsx", {"S": rows}), connection)
    assert table.columns == ["id", "score", "plan", "x"]
    assert values(table) == [("1", "9", "A", "0"), ("2", "8", "B", "1")]
    assert table.rows == 2
    assert "2 rows above the header left out" in table.notes


def test_a_workbook_of_one_sheet_says_what_is_wrong_with_it(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises(UnreadableFileError, match="sheet 'S', has no header row"):
        read_file(write_workbook("a.xlsx", {"S": [[1, 9], [2, 8]]}), connection)
    with pytest.raises(UnreadableFileError, match="sheet 'S', has a header but no rows"):
        read_file(write_workbook("b.xlsx", {"S": [["id", "score"]]}), connection)
    with pytest.raises(UnreadableFileError, match="sheet 'S', is empty"):
        read_file(write_workbook("c.xlsx", {"S": []}), connection)


def test_numbers_that_excel_has_rounded_are_noted(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection
) -> None:
    path = write_workbook("a.xlsx", {"S": [["id", "score"], [9_007_199_254_740_993, 9], ["9007199254740993", 8]]})
    [table] = read_file(path, connection)
    assert "numbers of more than 15 digits, which Excel has rounded" in table.notes


def test_only_the_wanted_columns_of_a_sheet_are_kept(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection, values: Values
) -> None:
    path = write_workbook("a.xlsx", {"S": [["id", "score", None], [1, 9, None], [2, 8, "stray"]]})
    [table] = read_file(path, connection, columns=["score"])
    assert values(table) == [("9",), ("8",)]
    [whole] = read_file(path, connection)
    assert whole.columns == ["id", "score", "column 3"]


def test_a_qualtrics_workbook_gets_its_question_texts(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection
) -> None:
    rows = [
        ["StartDate", "EndDate", "ResponseId", "Q1"],
        ["Start Date", "End Date", "Response ID", "How likely are you to recommend us?"],
        [(45717.5, MOMENT), (45717.6, MOMENT), "R_1", 9],
    ]
    [table] = read_file(write_workbook("q.xlsx", {"Sheet0": rows}), connection)
    assert (table.tool, table.rows, table.labels["Q1"]) == ("qualtrics", 1, "How likely are you to recommend us?")
