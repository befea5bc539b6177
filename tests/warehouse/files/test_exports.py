"""Exports of survey tools: known by their signature, header rows merged, certain roles told."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest

from warehouse.files import RawTable, read_file
from warehouse.files.exports import hints

Values = Callable[[RawTable], list[tuple[object, ...]]]
Read = Callable[[Sequence[Sequence[str]]], RawTable]

QUALTRICS_NAMES = [
    "StartDate",
    "EndDate",
    "Status",
    "IPAddress",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "RecordedDate",
    "ResponseId",
    "RecipientLastName",
    "RecipientFirstName",
    "RecipientEmail",
    "ExternalReference",
    "LocationLatitude",
    "LocationLongitude",
    "DistributionChannel",
    "UserLanguage",
    "Q1_NPS_GROUP",
    "Q1",
    "Q2",
]
QUALTRICS_TEXTS = [
    "Start Date",
    "End Date",
    "Response Type",
    "IP Address",
    "Progress",
    "Duration (in seconds)",
    "Finished",
    "Recorded Date",
    "Response ID",
    "Recipient Last Name",
    "Recipient First Name",
    "Recipient Email",
    "External Data Reference",
    "Location Latitude",
    "Location Longitude",
    "Distribution Channel",
    "User Language",
    "How likely are you to recommend us? - Group",
    "How likely are you\nto recommend us?",
    "Why?",
]
QUALTRICS_IDS = [json.dumps({"ImportId": name, "timeZone": "America/Denver"}) for name in QUALTRICS_NAMES]


def qualtrics_row(number: int, status: str = "IP Address", finished: str = "True", score: str = "9") -> list[str]:
    """One answer as Qualtrics writes it."""
    moment = f"2025-03-0{number} 10:00:00"
    group = "Promoter" if score in ("9", "10") else "Detractor"
    contact = ["10.0.0.1", "100", "34", finished, moment, f"R_{number}", "Doe", "Ann", "ann@example.com", f"C{number}"]
    return [moment, moment, status, *contact, "48.1", "11.5", "email", "EN", group, score, "Fine, thanks"]


@pytest.fixture
def read(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> Read:
    """Write rows as CSV and read them."""

    def reader(rows: Sequence[Sequence[str]]) -> RawTable:
        out = io.StringIO(newline="")
        csv.writer(out).writerows(rows)
        path = tmp_path / "export.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        [table] = read_file(path, connection)
        return table

    return reader


@pytest.mark.parametrize(
    ("extra", "labelled"),
    [
        ([QUALTRICS_TEXTS, QUALTRICS_IDS], True),
        ([QUALTRICS_TEXTS], True),
        ([QUALTRICS_IDS], False),
        ([], False),
    ],
)
def test_qualtrics_exports_have_one_to_three_header_rows(
    read: Read, values: Values, extra: list[list[str]], labelled: bool
) -> None:
    table = read([QUALTRICS_NAMES, *extra, qualtrics_row(1), qualtrics_row(2, score="3")])
    assert (table.tool, table.rows) == ("qualtrics", 2)
    assert table.columns == QUALTRICS_NAMES
    assert [row[-2] for row in values(table)] == ["9", "3"]
    assert table.labels.get("Q1") == ("How likely are you to recommend us?" if labelled else None)
    assert f"Qualtrics export with {len(extra) + 1} header row{'s' if extra else ''}" in table.notes


def test_qualtrics_previews_and_unfinished_answers_are_left_in_and_counted(read: Read) -> None:
    rows = [
        qualtrics_row(1),
        qualtrics_row(2, status="Survey Preview"),
        qualtrics_row(3, status="Survey Test"),
        qualtrics_row(4, finished="False"),
        qualtrics_row(5, status="1", finished="0"),
    ]
    table = read([QUALTRICS_NAMES, QUALTRICS_TEXTS, QUALTRICS_IDS, *rows])
    assert table.rows == 5
    assert "3 rows previews, tests or spam by the survey tool's own mark, left in" in table.notes
    assert "2 rows not finished by the survey tool's own mark, left in" in table.notes


def test_a_qualtrics_export_without_answers_has_no_rows(read: Read) -> None:
    with pytest.raises(Exception, match="has a header but no rows"):
        read([QUALTRICS_NAMES, QUALTRICS_TEXTS, QUALTRICS_IDS])


def test_qualtrics_roles_that_are_certain(read: Read) -> None:
    table = read([QUALTRICS_NAMES, QUALTRICS_TEXTS, QUALTRICS_IDS, qualtrics_row(1)])
    found = hints("qualtrics", table.columns, table.labels)
    assert found["ResponseId"] == "response_id"
    assert found["RecordedDate"] == "responded_at"
    assert found["ExternalReference"] == "customer_id"
    assert found["Status"] == "status"
    assert found["Q1"] == "score"
    assert found["Q1_NPS_GROUP"] == "ignored"
    personal = {column for column, role in found.items() if role == "personal"}
    names = {"RecipientLastName", "RecipientFirstName", "RecipientEmail"}
    assert personal == names | {"IPAddress", "LocationLatitude", "LocationLongitude"}
    assert "EndDate" not in found
    assert hints("qualtrics", ["StartDate", "EndDate", "ResponseId"], {})["EndDate"] == "responded_at"


def test_two_nps_questions_leave_the_score_open() -> None:
    columns = ["ResponseId", "Q1_NPS_GROUP", "Q1", "Q7_NPS_GROUP", "Q7"]
    found = hints("qualtrics", columns, {})
    assert (found["Q1_NPS_GROUP"], found["Q7_NPS_GROUP"]) == ("ignored", "ignored")
    assert "score" not in found.values()


def test_surveymonkey_header_rows_are_merged_into_question_and_choice(read: Read, values: Values) -> None:
    head = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name"]
    question = "How likely is it that you would recommend us?"
    used = "Which products do you use?"
    rows = [
        [*head, question, used, "", "", "Anything else?"],
        ["", "", "", "", "", "", "", "Response", "Phone", "Broadband", "Other (please specify)", "Open-Ended Response"],
        ["118", "40", "03/01/2025 10:00:00 AM", "03/01/2025 10:05:00 AM", "", "", "", "9", "Phone", "", "TV", "no"],
    ]
    table = read(rows)
    assert (table.tool, table.rows) == ("surveymonkey", 1)
    assert table.columns == [
        *head,
        question,
        f"{used}: Phone",
        f"{used}: Broadband",
        f"{used}: Other (please specify)",
        "Anything else?",
    ]
    assert table.labels[f"{used}: Broadband"] == used
    assert values(table)[0][-5:] == ("9", "Phone", None, "TV", "no")
    found = hints("surveymonkey", table.columns, table.labels)
    assert (found["Respondent ID"], found["End Date"], found["IP Address"]) == (
        "response_id",
        "responded_at",
        "personal",
    )


def test_a_surveymonkey_export_in_one_header_row_keeps_its_first_answer(read: Read) -> None:
    table = read([["Respondent ID", "Collector ID", "Start Date", "Score"], ["118", "40", "03/01/2025", "9"]])
    assert (table.tool, table.rows, table.columns[-1]) == ("surveymonkey", 1, "Score")


@pytest.mark.parametrize(
    ("tool", "columns", "roles"),
    [
        (
            "delighted",
            ["Survey Response ID", "Score", "Comment", "Permalink", "Name", "Email", "Person ID", "Created At", "Plan"],
            {
                "Survey Response ID": "response_id",
                "Score": "score",
                "Comment": "comment",
                "Permalink": "ignored",
                "Name": "personal",
                "Email": "personal",
                "Person ID": "customer_id",
                "Created At": "responded_at",
            },
        ),
        (
            "delighted",
            ["Score", "Comment", "Person ID", "Phone Number"],
            {"Score": "score", "Comment": "comment", "Person ID": "customer_id", "Phone Number": "personal"},
        ),
        (
            "wootric",
            ["id", "end_user_id", "email", "score", "text", "ip_address", "excluded_from_calculations", "created_at"],
            {
                "id": "response_id",
                "end_user_id": "customer_id",
                "email": "personal",
                "score": "score",
                "text": "comment",
                "ip_address": "personal",
                "excluded_from_calculations": "excluded",
                "created_at": "responded_at",
            },
        ),
        (
            "formbricks",
            ["No.", "Response ID", "Timestamp", "Finished", "Survey ID", "Formbricks ID (internal)", "User ID", "Tags"],
            {
                "No.": "ignored",
                "Response ID": "response_id",
                "Timestamp": "responded_at",
                "Finished": "status",
                "Survey ID": "ignored",
                "Formbricks ID (internal)": "ignored",
                "User ID": "customer_id",
            },
        ),
        (
            "typeform",
            ["#", "How likely?", "Response Type", "Start Date (UTC)", "Submit Date (UTC)", "Network ID", "Tags"],
            {
                "#": "response_id",
                "Response Type": "status",
                "Submit Date (UTC)": "responded_at",
                "Network ID": "personal",
            },
        ),
    ],
)
def test_other_tools_are_known_by_their_columns(
    read: Read, tool: str, columns: list[str], roles: dict[str, str]
) -> None:
    table = read([columns, [f"value{n}" for n in range(len(columns))]])
    assert (table.tool, table.columns, table.rows) == (tool, columns, 1)
    assert hints(tool, table.columns, table.labels) == roles


def test_rows_that_a_tool_sets_aside_are_counted(read: Read) -> None:
    wootric = read(
        [
            ["id", "score", "feedback", "excluded_from_calculations"],
            ["1", "9", "", "true"],
            ["2", "8", "", "false"],
        ]
    )
    assert "1 row excluded from calculations by the survey tool's own mark, left in" in wootric.notes
    typeform = read(
        [
            ["#", "How likely?", "Response Type", "Start Date (UTC)", "Submit Date (UTC)", "Network ID"],
            ["a1", "9", "completed", "2025-03-01", "2025-03-01", "x"],
            ["a2", "", "partial", "2025-03-01", "", "y"],
        ]
    )
    assert "1 row not completed by the survey tool's own mark, left in" in typeform.notes


def test_a_survey_with_a_start_an_end_and_an_id_is_not_yet_qualtrics(read: Read) -> None:
    table = read([["response_id", "start_date", "end_date", "score"], ["1", "March 1", "March 2", "9"]])
    assert (table.tool, table.rows) == (None, 1)


def test_an_ordinary_survey_belongs_to_no_tool(read: Read) -> None:
    table = read(
        [["response_id", "customer_id", "responded_at", "score", "comment"], ["1", "C1", "2025-03-01", "9", ""]]
    )
    assert table.tool is None
    assert hints("unheard of", table.columns, table.labels) == {}


def test_json_from_wootrics_interface_is_recognised(tmp_path: Path, connection: duckdb.DuckDBPyConnection) -> None:
    record = {
        "id": 1,
        "score": 9,
        "text": "ok",
        "excluded_from_calculations": False,
        "end_user": {"id": 7, "email": "a@b.c"},
    }
    path = tmp_path / "responses.json"
    path.write_text(json.dumps([record]), encoding="utf-8")
    [table] = read_file(path, connection)
    found = hints("wootric", table.columns, table.labels)
    assert table.tool == "wootric"
    assert (found["id"], found["end_user.id"], found["end_user.email"]) == ("response_id", "customer_id", "personal")
