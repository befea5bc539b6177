"""What cannot be read is refused in one sentence that says what is wrong and what to do."""

from __future__ import annotations

import gzip
import os
import random
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import UnreadableFileError
from warehouse.files import read_file

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
WriteWorkbook = Callable[..., Path]


@pytest.fixture
def refusal(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> Callable[[str, bytes], str]:
    """The sentence that a file of that name and content is refused with."""

    def refused(name: str, content: bytes) -> str:
        (tmp_path / name).write_bytes(content)
        with pytest.raises(UnreadableFileError) as caught:
            read_file(tmp_path / name, connection)
        sentence = str(caught.value)
        assert name in sentence
        assert "\n" not in sentence
        assert sentence.endswith(".")
        assert not connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return sentence

    return refused


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "is empty; export it again"),
        ("blank.csv", b"\xef\xbb\xbf \r\n\r\n", "is empty; export it again"),
        ("header.csv", b"id,score\n", "has a header but no rows"),
        ("header2.csv", b"id,score\n,\n,\n", "has a header but no rows"),
        ("report.csv", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "is a PDF; export the table behind it"),
        ("scan.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is an image"),
        ("photo.csv", b"\xff\xd8\xff\xe0\0\x10JFIF", "is an image"),
        ("survey.csv.gz", gzip.compress(b"id,score\n1,9\n", mtime=0), "is compressed with gzip; unpack it first"),
        ("old.xls", b"<html><table><tr><td>id</td></tr></table>", "is a web page called .xls; open it in Excel"),
        ("old2.xls", b"\xef\xbb\xbf\n<table border=1><tr>", "is a web page"),
        (
            "old.xml",
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "XML file",
        ),
        ("letter.csv", OLE + "WordDocument".encode("utf-16-le"), "is a Word, Outlook or other Office file"),
        ("locked.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "is protected by a password"),
        ("cut.xlsx", b"PK\x03\x04" + b"\x14\0" * 20, "is an Excel file that is damaged or cut off"),
        ("cut.parquet", b"PAR1" + b"\0" * 200, "is a Parquet file that is cut off (204 bytes, no footer)"),
        ("survey.sav", b"$FL2@(#) SPSS DATA FILE", "is an SPSS file; export the data as CSV"),
        ("bad.json", b'[{"score": 9},\n {"score": }]', "is not valid JSON: line 2"),
        ("cut.json", b'[{"score": 9},\n{"score": 8},\n{"sco', "is not valid JSON: line 3"),
        ("bad2.json", b'{"responses": [\n{"score": 9},\n{"score" 9}]}', "is not valid JSON: line 3"),
        ("bad.ndjson", b'{"score": 9}\n{"score": 8\n', "is not valid JSON: line 2"),
        ("word.json", b"hello", "is not valid JSON: line 1"),
        ("none.json", b"[]", "holds an empty list and no rows"),
        ("scalars.json", b"[1, 2, 3]", "holds no objects"),
    ],
)
def test_each_kind_of_wrong_file_has_its_sentence(
    refusal: Callable[[str, bytes], str], name: str, content: bytes, said: str
) -> None:
    assert said in refusal(name, content)


def test_binary_garbage_is_refused_whatever_it_is_called(refusal: Callable[[str, bytes], str]) -> None:
    garbage = random.Random(7).randbytes(5_000)
    assert "is not text and not a kind of file that npsight knows" in refusal("survey.csv", b"\x01" + garbage)


def test_a_zip_archive_names_what_it_holds(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    with zipfile.ZipFile(tmp_path / "export.csv", "w") as archive:
        archive.writestr("nps/survey.csv", "id,score\n1,9\n")
    with pytest.raises(UnreadableFileError, match=r"is a ZIP archive \(it holds nps/survey.csv\); unpack it"):
        read_file(tmp_path / "export.csv", connection)


def test_a_word_document_called_csv_is_recognised(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    with zipfile.ZipFile(tmp_path / "survey.csv", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    with pytest.raises(UnreadableFileError, match="is a Word document; save the table in it as CSV or XLSX"):
        read_file(tmp_path / "survey.csv", connection)


def test_a_missing_file_names_the_nearest_one(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    (tmp_path / "nps_survey_march.csv").write_text("id\n", encoding="utf-8")
    (tmp_path / "orders.csv").write_text("id\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"no file 'nps_survey_mrach.csv' in .*nearest: nps_survey_march.csv"):
        read_file(tmp_path / "nps_survey_mrach.csv", connection)
    with pytest.raises(UnreadableFileError, match=r"the folder .*nowhere does not exist"):
        read_file(tmp_path / "nowhere" / "survey.csv", connection)


def test_a_folder_names_the_files_in_it(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    (tmp_path / "a.csv").write_text("id\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match=r"is a folder; name the files in it: a.csv"):
        read_file(tmp_path, connection)


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_forbidden_file_says_so(tmp_path: Path, connection: duckdb.DuckDBPyConnection, closed: str) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    path = folder / "secret.csv"
    path.write_text("id,score\n1,9\n", encoding="utf-8")
    (path if closed == "file" else folder).chmod(0)
    as_root = os.geteuid() == 0
    if as_root:  # who may read everything
        os.seteuid(65_534)
    try:
        with pytest.raises(UnreadableFileError, match=r"may not be read by this user; change its permissions"):
            read_file(path, connection)
    finally:
        if as_root:
            os.seteuid(0)
        folder.chmod(0o700)


def test_a_pipe_is_not_waited_for(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(UnreadableFileError, match="is not a regular file"):
        read_file(tmp_path / "pipe.csv", connection)


def test_one_endless_line_is_refused_without_reading_it_all(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    path = tmp_path / "endless.csv"
    with path.open("wb") as file:
        for _ in range(100):
            file.write(b"9," * 500_000)
    tracemalloc.start()
    with pytest.raises(UnreadableFileError, match="has a line of more than 10 million bytes"):
        read_file(path, connection)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9])
def test_a_damaged_workbook_is_refused(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection, keep: float
) -> None:
    path = write_workbook("survey.xlsx", {"Sheet1": [["id", "score"], [1, 9]]})
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(UnreadableFileError, match=r"survey.xlsx is an Excel file that is damaged or cut off"):
        read_file(path, connection)


def test_a_workbook_with_a_broken_sheet_is_refused(
    write_workbook: WriteWorkbook, connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = write_workbook("survey.xlsx", {"Sheet1": [["id", "score"], [1, 9]]})
    broken = tmp_path / "broken.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(broken, "w") as new:
        for part in old.namelist():
            body = old.read(part)
            new.writestr(part, body[: len(body) // 2] + b"<<<" if "sheet1" in part else body)
    with pytest.raises(UnreadableFileError, match=r"broken.xlsx cannot be read as a workbook"):
        read_file(broken, connection)


def test_a_parquet_file_with_a_damaged_middle_is_refused(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    path = tmp_path / "survey.parquet"
    connection.execute(f"COPY (SELECT range AS id, 'comment ' || range AS c FROM range(5000)) TO '{path}'")
    content = bytearray(path.read_bytes())
    content[20:400] = bytes(380)
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError, match=r"survey.parquet cannot be read as Parquet"):
        read_file(path, connection)


def test_a_damaged_database_is_refused(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    (tmp_path / "a.duckdb").write_bytes(b"\0" * 8 + b"DUCK" + b"\0" * 5_000)
    with pytest.raises(UnreadableFileError, match=r"a.duckdb cannot be read as a DuckDB database"):
        read_file(tmp_path / "a.duckdb", connection)
    (tmp_path / "a.sqlite").write_bytes(b"SQLite format 3\0" + b"\x07" * 5_000)
    with pytest.raises(UnreadableFileError, match=r"a.sqlite cannot be read as a SQLite database"):
        read_file(tmp_path / "a.sqlite", connection)


def test_a_sheet_asked_of_a_text_file_is_refused(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    (tmp_path / "a.csv").write_text("id,score\n1,9\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="is not a workbook and has no sheet 'March'"):
        read_file(tmp_path / "a.csv", connection, sheet="March")


def test_the_content_decides_and_not_the_extension(
    tmp_path: Path, connection: duckdb.DuckDBPyConnection, write_workbook: WriteWorkbook
) -> None:
    workbook = write_workbook("really_a_workbook.csv", {"S": [["id", "score"], [1, 9]]})
    assert [table.kind for table in read_file(workbook, connection)] == ["xlsx"]
    (tmp_path / "really_text.xlsx").write_text("id,score\n1,9\n", encoding="utf-8")
    assert [table.kind for table in read_file(tmp_path / "really_text.xlsx", connection)] == ["csv"]
    (tmp_path / "really_json.csv").write_text('[{"id": 1, "score": 9}]', encoding="utf-8")
    assert [table.kind for table in read_file(tmp_path / "really_json.csv", connection)] == ["json"]
    (tmp_path / "brackets.csv").write_text("[id],{score}\n1,9\n", encoding="utf-8")
    assert [table.kind for table in read_file(tmp_path / "brackets.csv", connection)] == ["csv"]
