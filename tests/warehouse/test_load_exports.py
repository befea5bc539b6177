"""Exports as survey tools write them, small: their header rows, their words for 10, their test answers."""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from tools.measure.score import nps
from warehouse.workspace import Warehouse, make_workspace

QUESTION = "How likely is it that you would recommend Acme to a friend or colleague?"
SCORES = [i % 11 for i in range(44)]
"""Four of each: 8 promoters, 8 passives, 28 detractors."""
NPS = 100 * (8 - 28) / 44
DAYS = [dt.datetime(2025, 3, 1, 9, 30) + dt.timedelta(days=i) for i in range(44)]
TEXTS = [f"Answer {i}: {'the app is slow, sadly' if i % 2 else 'great support, kind people'}" for i in range(44)]
PLANS = [["Starter", "Growth"][i % 2] for i in range(44)]


def export(path: Path, headers: Sequence[Sequence[object]], rows: Sequence[Sequence[object]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*headers, *rows])
    return path


def load(file: Path) -> Warehouse:
    make_workspace([file], file.parent / "ws")
    return Warehouse(file.parent / "ws")


def check(warehouse: Warehouse, *, plan: str = "plan", arrived: int = 44) -> None:
    """The 44 answers are there with their scores, dates and comments; nothing of the header is among them."""
    total = nps(warehouse).total
    assert total.nps == pytest.approx(NPS)
    assert total.n == 44
    found = warehouse.run("SELECT score, CAST(responded_at AS DATE), comment FROM responses ORDER BY responded_at").rows
    assert found == [(s, day.date(), text) for s, day, text in zip(SCORES, DAYS, TEXTS, strict=True)]
    assert warehouse.catalog.dimensions[plan].values == {"Starter": 22, "Growth": 22}
    assert warehouse.catalog.as_of == DAYS[-1].date()
    report = warehouse.quality.responses
    assert (report.read, report.balanced) == (arrived, True)


def personal(warehouse: Warehouse) -> set[str]:
    return {column.source for column in warehouse.catalog.tables["responses"].columns.values() if column.personal}


def qualtrics(path: Path, *, worded: bool = False) -> Path:
    names = ["StartDate", "EndDate", "Status", "IPAddress", "Progress", "Finished", "RecordedDate", "ResponseId"]
    names += [
        "RecipientEmail",
        "LocationLatitude",
        "DistributionChannel",
        "UserLanguage",
        "Q1_NPS_GROUP",
        "Q1",
        "Q2",
        "plan",
    ]
    labels = ["Start Date", "End Date", "Response Type", "IP Address", "Progress", "Finished", "Recorded Date"]
    labels += ["Response ID", "Recipient Email", "Location Latitude", "Distribution Channel", "User Language"]
    labels += [f"{QUESTION} - Group", QUESTION, "What is the main reason\nfor your score?", "plan"]
    imports = [json.dumps({"ImportId": name}) for name in names]
    rows = []
    for i in range(44):
        start, end = DAYS[i], DAYS[i] + dt.timedelta(minutes=3)
        score = (
            {10: "10 - Extremely likely", 0: "0 - Not at all likely"}.get(SCORES[i], SCORES[i]) if worded else SCORES[i]
        )
        group = "Promoter" if SCORES[i] > 8 else "Passive" if SCORES[i] > 6 else "Detractor"
        meta = [start, end, "IP Address", f"10.1.2.{i}", 100, "True", end, f"R_{i:015x}", f"p{i}@example.com", 52.5]
        rows.append([*meta, "anonymous", "EN", group, score, TEXTS[i], PLANS[i]])
    return export(path, [names, labels, imports], rows)


def test_qualtrics_has_three_header_rows(tmp_path: Path) -> None:
    with load(qualtrics(tmp_path / "acme.csv")) as warehouse:
        check(warehouse)
        assert personal(warehouse) >= {"IPAddress", "RecipientEmail"}
        ids = warehouse.run("SELECT min(response_id), count(DISTINCT response_id) FROM responses").rows
        assert ids == [("R_000000000000000", 44)]


def test_qualtrics_choice_texts_carry_their_numbers(tmp_path: Path) -> None:
    with load(qualtrics(tmp_path / "acme.csv", worded=True)) as warehouse:
        check(warehouse)


def surveymonkey(path: Path, *, second: str, worded: bool) -> Path:
    first = ["Respondent ID", "Collector ID", "Start Date", "End Date", "IP Address", "Email Address", "First Name"]
    first += ["Last Name", "plan", QUESTION, "What could we do better?", "Which of these do you use?", "", ""]
    below = [""] * 9 + [second, "Open-Ended Response", "Exports", "Dashboards", "Alerts"]
    rows = []
    for i in range(44):
        score = {10: "Extremely likely", 0: "Not at all likely"}.get(SCORES[i], SCORES[i]) if worded else SCORES[i]
        moment = DAYS[i].strftime("%m/%d/%Y %I:%M:%S %p")
        meta = [114_000_000_000 + i, 455_000_001, moment, moment, f"10.1.2.{i}", f"p{i}@example.com", "Ada", f"L{i}"]
        boxes = ["Exports" if i % 2 else "", "Dashboards" if i % 3 else "", ""]
        rows.append([*meta, PLANS[i], score, TEXTS[i], *boxes])
    return export(path, [first, below], rows)


def test_surveymonkey_has_two_header_rows(tmp_path: Path) -> None:
    for number, (second, worded) in enumerate([("Response", False), ("", False), ("Response", True)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        with load(surveymonkey(folder / "Acme NPS.csv", second=second, worded=worded)) as warehouse:
            check(warehouse)
            assert personal(warehouse) >= {"IP Address", "Email Address", "First Name", "Last Name"}
            assert warehouse.run("SELECT min(response_id) FROM responses").rows == [("114000000000",)]


def test_surveymonkey_tick_boxes_do_not_become_nameless_columns(tmp_path: Path) -> None:
    with load(surveymonkey(tmp_path / "acme.csv", second="Response", worded=False)) as warehouse:
        names = list(warehouse.catalog.tables["responses"].columns)
        for box in ("Exports", "Dashboards"):
            assert any(box in name for name in names), names


def test_delighted_is_one_row_an_answer(tmp_path: Path) -> None:
    header = ["Response ID", "Person ID", "Email", "Name", "Score", "Comment", "Permalink", "Survey Type"]
    header += ["Created At", "Updated At", "plan", "Tags"]
    rows = []
    for i in range(44):
        moment = DAYS[i].strftime("%Y-%m-%d %H:%M:%S UTC")
        link = f"https://app.delighted.com/r/{i:020x}"
        person = [f"{700 + i // 2}", f"p{i // 2}@example.com", f"Ada L{i // 2}"]
        rows.append([9_000 + i, *person, SCORES[i], TEXTS[i], link, "nps", moment, moment, PLANS[i], ""])
    with load(export(tmp_path / "delighted.csv", [header], rows)) as warehouse:
        check(warehouse)
        assert personal(warehouse) >= {"Email", "Name"}
        assert warehouse.run("SELECT count(DISTINCT customer_id) FROM responses").rows == [(22,)]


def test_wootric_answers_that_are_excluded_from_calculations_are_dropped_and_counted(tmp_path: Path) -> None:
    header = ["id", "score", "text", "end_user_id", "email", "ip_address", "completed", "excluded_from_calculations"]
    header += ["created_at", "plan"]
    rows: list[list[object]] = []
    for i in range(44):
        moment = DAYS[i].strftime("%Y-%m-%d %H:%M:%S -0000")
        rows.append([500 + i, SCORES[i], TEXTS[i], 80 + i, f"p{i}@example.com", "", "true", "false", moment, PLANS[i]])
    test_answer = ["our own test", 1, "me@example.com", "", "true", "true", "2025-03-01 08:00:00 -0000", "Growth"]
    rows += [[900 + i, 10, *test_answer] for i in range(5)]
    with load(export(tmp_path / "wootric.csv", [header], rows)) as warehouse:
        check(warehouse, arrived=49)
        dropped = warehouse.quality.responses.dropped
        assert [(reason.rows, "exclu" in reason.reason.lower()) for reason in dropped] == [(5, True)]


def test_formbricks_numbers_its_questions(tmp_path: Path) -> None:
    header = ["No.", "Response ID", "Timestamp", "Finished", "Survey ID", "Formbricks ID (internal)", "User ID"]
    header += ["Notes", "Tags", "url", "userAgent - os", f"1. {QUESTION}", "2. What is the main reason for your score?"]
    header += ["plan"]
    for number, pattern in enumerate(["%Y-%m-%d %H:%M:%S", "%a %b %d %Y"]):
        rows = []
        for i in range(44):
            meta = [i + 1, f"clx{i:022}", DAYS[i].strftime(pattern), "Yes", "cls1", f"clp{i}", f"u{i}", "", ""]
            rows.append([*meta, "https://x.org/", ["Linux", "iOS"][i % 2], SCORES[i], TEXTS[i], PLANS[i]])
        folder = tmp_path / str(number)
        folder.mkdir()
        with load(export(folder / "formbricks.csv", [header], rows)) as warehouse:
            check(warehouse)
            assert warehouse.run("SELECT min(response_id) FROM responses").rows == [("clx" + "0" * 22,)]


def test_typeform_opens_with_a_hash_column(tmp_path: Path) -> None:
    header = ["#", QUESTION, "What is the main reason for your score?", "plan", "Start Date (UTC)"]
    header += ["Submit Date (UTC)", "Network ID", "Tags"]
    rows = [
        [f"{i:032x}", SCORES[i], TEXTS[i], PLANS[i], DAYS[i], DAYS[i] + dt.timedelta(minutes=1), f"{i * 7:010x}", ""]
        for i in range(44)
    ]
    with load(export(tmp_path / "responses.csv", [header], rows)) as warehouse:
        check(warehouse)
        assert warehouse.run("SELECT count(DISTINCT response_id) FROM responses").rows == [(44,)]


def test_the_report_says_which_tool_wrote_the_file(tmp_path: Path) -> None:
    with load(qualtrics(tmp_path / "acme.csv")) as warehouse:
        assert any("Qualtrics" in note for note in warehouse.quality.responses.notes)
