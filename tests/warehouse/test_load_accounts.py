"""Every row that arrived is accounted for: read = kept + each reason for dropping, kept = scored + unscored."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.catalog import Role
from warehouse.options import LoadOptions
from warehouse.quality import QualityReport
from warehouse.workspace import Warehouse, make_workspace


def load(folder: Path, text: str, options: LoadOptions | None = None) -> QualityReport:
    file = folder / "survey.csv"
    file.write_text(text, encoding="utf-8", newline="")
    return make_workspace([file], folder / "ws", options)


def balance(report: QualityReport, folder: Path) -> None:
    responses = report.responses
    assert responses.balanced
    assert all(reason.rows > 0 and reason.reason for reason in (*responses.dropped, *report.unscored))
    assert responses.kept == report.scored + sum(reason.rows for reason in report.unscored)
    with Warehouse(folder / "ws") as warehouse:
        assert warehouse.run("SELECT count(*), count(score) FROM responses").rows == [(responses.kept, report.scored)]
        assert warehouse.quality == report
        assert warehouse.catalog.tables["responses"].rows == responses.kept


def test_a_clean_file_drops_nothing(tmp_path: Path) -> None:
    report = load(tmp_path, "response_id,score\n" + "".join(f"r{i},{i % 11}\n" for i in range(44)))
    assert (report.responses.read, report.responses.dropped, report.unscored) == (44, [], [])
    balance(report, tmp_path)


def test_exact_duplicates_with_an_id_are_dropped_once_each_and_counted(tmp_path: Path) -> None:
    lines = [f"c{i},{i % 11},2025-01-{i % 28 + 1:02}\n" for i in range(44)]
    report = load(tmp_path, "customer_id,score,date\n" + "".join([*lines, lines[3], lines[3], lines[7]]))
    assert (report.responses.read, report.responses.kept) == (47, 44)
    assert [reason.rows for reason in report.responses.dropped] == [3]
    balance(report, tmp_path)


def test_equal_rows_of_nobody_in_particular_are_different_people(tmp_path: Path) -> None:
    report = load(tmp_path, "plan,score,date\n" + "A,10,2025-01-01\n" * 30 + "B,0,2025-01-02\n" * 30)
    assert (report.responses.read, report.responses.kept, report.responses.dropped) == (60, 60, [])
    balance(report, tmp_path)


def test_equal_rows_whose_id_is_blank_are_different_people(tmp_path: Path) -> None:
    lines = [f"r{i},c{i},{i % 11}\n" for i in range(44)]
    report = load(tmp_path, "response_id,customer_id,score\n" + "".join([*lines, ",,10\n", ",,10\n", ",,10\n"]))
    assert (report.responses.read, report.responses.kept) == (47, 47)
    balance(report, tmp_path)


def test_a_repeated_response_id_counts_once_and_is_reported(tmp_path: Path) -> None:
    lines = [f"r{i},c{i},{i % 11}\n" for i in range(44)]
    report = load(tmp_path, "response_id,customer_id,score\n" + "".join([*lines, "r5,c5,10\n", "r6,c6,0\n"]))
    assert (report.responses.read, report.responses.kept) == (46, 44)
    assert sum(reason.rows for reason in report.responses.dropped) == 2
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(DISTINCT response_id) FROM responses").rows == [(44,)]
    balance(report, tmp_path)


@pytest.mark.parametrize("newest_first", [True, False])
def test_of_the_answers_with_one_id_the_latest_counts(tmp_path: Path, newest_first: bool) -> None:
    same = ["r900,2,2025-01-05\n", "r900,3,2025-03-05\n", "r900,4,2025-02-05\n"]
    lines = [f"r{i},{i % 11},2025-01-01\n" for i in range(44)]
    report = load(tmp_path, "response_id,score,date\n" + "".join([*(same if newest_first else same[::-1]), *lines]))
    assert [reason.rows for reason in report.responses.dropped] == [2]
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT score FROM responses WHERE response_id = 'r900'").rows == [(3,)]


def test_duplicates_and_repeated_ids_are_told_apart(tmp_path: Path) -> None:
    lines = [f"r{i},{i % 11}\n" for i in range(44)]
    report = load(tmp_path, "response_id,score\n" + "".join([*lines, lines[1], lines[2], "r9,0\n"]))
    assert sorted(reason.rows for reason in report.responses.dropped) == [1, 2]
    balance(report, tmp_path)


def test_a_customer_who_answers_twice_is_two_answers(tmp_path: Path) -> None:
    lines = [f"c{i % 11},{i % 11},2025-0{i // 11 + 1}-01\n" for i in range(44)]
    report = load(tmp_path, "customer_id,score,date\n" + "".join(lines))
    assert report.responses.kept == 44
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.catalog.repeated_customers


@pytest.mark.parametrize("ragged", ["r900\n", "r900,7,A,more,and more\n", 'r900,"7\n', "r900,,\n"])
def test_a_ragged_row_is_read_or_dropped_but_always_counted(tmp_path: Path, ragged: str) -> None:
    lines = [f"r{i},{i % 11},{'AB'[i % 2]}\n" for i in range(44)]
    text = "response_id,score,plan\n" + "".join(lines) + ragged
    report = load(tmp_path, text)
    assert report.responses.read == 45
    assert report.scored >= 44
    balance(report, tmp_path)


@pytest.mark.parametrize("blank", [",,\n", '"",\n'])
def test_a_row_without_any_content_is_no_answer_and_is_said(tmp_path: Path, blank: str) -> None:
    lines = [f"r{i},{i % 11},{'AB'[i % 2]}\n" for i in range(44)]
    report = load(tmp_path, "response_id,score,plan\n" + "".join([*lines[:9], blank, *lines[9:], blank]))
    assert report.responses.kept == 44
    assert any("2 empty rows" in said for said in [*report.responses.notes, *map(str, report.responses.dropped)])
    balance(report, tmp_path)


def test_a_ragged_row_in_the_middle_does_not_swallow_its_neighbours(tmp_path: Path) -> None:
    lines = [f"r{i:02},{i % 11},{'AB'[i % 2]}\n" for i in range(44)]
    report = load(tmp_path, "response_id,score,plan\n" + "".join([*lines[:20], "x1\n", "x2,5,A,extra\n", *lines[20:]]))
    assert report.responses.read == 46
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*) FROM responses WHERE response_id LIKE 'r%'").rows == [(44,)]
    balance(report, tmp_path)


def test_a_report_is_in_the_workspace_for_later(tmp_path: Path) -> None:
    report = load(tmp_path, "response_id,score\n" + "".join(f"r{i},{i % 13 - 1}\n" for i in range(65)))
    assert report.scored == 55
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.quality == report


GOOD = [str(score) for score in range(11)]
BAD = ["", " ", "-1", "11", "n/a", "none given", "7,5", "?", "10.5", "1000", "NULL"]
PLAN = st.sampled_from(["A", "a ", "B", "", "NA", "Größe", 'say "x"', "line\nbreak", "x,y"])
RECORD = st.tuples(
    st.sampled_from([*"uvwxyz", "", "00", "0"]),  # repeated and missing ids on purpose
    st.sampled_from(["c1", "c2", "", "9007199254740993"]),
    st.sampled_from(["2025-01-01", "2025-02-30", "", "2025-03-04"]),
    st.sampled_from(GOOD * 2 + BAD),
    PLAN,
)
ROWS = st.lists(st.one_of(RECORD, RECORD, RECORD, RECORD.map(lambda row: row[:3]), RECORD.map(lambda row: (*row, "x"))))


def written(rows: list[tuple[str, ...]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(["response_id", "customer_id", "date", "score", "plan"])
    writer.writerows(rows)
    return text.getvalue()


@settings(max_examples=20, deadline=None, derandomize=True)
@given(rows=ROWS, repeats=st.lists(st.integers(0, 100), max_size=4))
def test_no_row_of_a_messy_file_goes_missing(rows: list[tuple[str, ...]], repeats: list[int]) -> None:
    whole = [(f"p{i}", f"d{i}", "2025-01-05", GOOD[i % 11], "A") for i in range(22)]
    arrived: list[tuple[str, ...]] = [*whole, *rows]
    arrived += [arrived[position % len(arrived)] for position in repeats]
    roles: dict[Role, str] = {
        "score": "score",
        "response_id": "response_id",
        "customer_id": "customer_id",
        "responded_at": "date",
    }
    with tempfile.TemporaryDirectory() as folder:
        report = load(Path(folder), written(arrived), LoadOptions(roles=roles))
        assert report.responses.read == sum(any(cell.strip() for cell in row) for row in arrived)
        balance(report, Path(folder))
        ids = {row[0] for row in arrived if len(row) == 5}
        with Warehouse(Path(folder) / "ws") as warehouse:
            kept = {row[0] for row in warehouse.run("SELECT response_id FROM responses").rows}
        assert {id_ for id_ in ids if id_} <= kept


@settings(max_examples=15, deadline=None, derandomize=True)
@given(rows=st.lists(RECORD))
def test_only_true_scores_are_scored(rows: list[tuple[str, ...]]) -> None:
    """Ids are made unique here, so that nothing is dropped and every cell can be judged by hand."""
    whole = [(f"p{i}", "d", "2025-01-05", GOOD[i % 11], "A") for i in range(22)]
    arrived = whole + [(f"q{i}", *row[1:]) for i, row in enumerate(rows)]
    with tempfile.TemporaryDirectory() as folder:
        options = LoadOptions(roles={"score": "score", "response_id": "response_id"})
        report = load(Path(folder), written(arrived), options)
        assert report.responses.kept == len(arrived)
        assert report.scored == sum(row[3] in GOOD for row in arrived)
        with Warehouse(Path(folder) / "ws") as warehouse:
            found = dict(warehouse.run("SELECT response_id, score FROM responses").rows)
    assert found == {row[0]: int(row[3]) if row[3] in GOOD else None for row in arrived}
