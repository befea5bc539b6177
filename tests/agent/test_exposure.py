"""Which columns can reach a chat model: what `doctor --privacy` says is what requests hold."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.ask import ask
from agent.card import data_card
from agent.exposure import FORMS, always_sent, exposures, setting
from agent.scripted import ScriptedChatModel, call
from warehouse.catalog_file import FILE_NAME
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

NUMBER = 120
HIDDEN = re.compile(r"[Zz]qx|ord-8{3}|cus-9{3}|\b07700 9|res-7{3}")
"""What every value of a column that is never sent holds in this survey."""


def write(path: Path, rows: list[list[str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("canaries")
    survey = [["response_id", "customer_id", "answered_on", "nps_score", "channel", "comment", "contact_name", "phone"]]
    customers = [["customer_id", "email", "full_name", "plan", "joined_at", "memo"]]
    orders = [["order_id", "customer_id", "ordered_at", "amount"]]
    for at in range(NUMBER):
        key, day = f"cus-999{at:03d}", f"2025-{1 + at % 6:02d}-{1 + at % 27:02d}"
        words = f"Too expensive and slow support since week {at}, says zqxword{at} of the team"
        answer = [f"res-777{at:03d}", key, day, str((3, 6, 8, 9, 10)[at % 5]), ("web", "app")[at % 2], words]
        survey.append([*answer, f"Zqxgiven{at} Zqxfamily{at}", f"07700 9{at:05d}"])
        person = [key, f"zqxmail{at}@example.com", f"Zqxgiven{at} Zqxfamily{at}", ("Basic", "Pro")[at % 2]]
        customers.append([*person, "2024-05-01", f"zqxmemo number {at} about a long and private story"])
        orders.append([f"ord-888{at:03d}", key, "2025-02-03", f"{10 + at}.5"])
    names = {"survey": survey, "customers": customers, "orders": orders}
    make_workspace([write(made / f"{name}.csv", rows) for name, rows in names.items()], made / "ws", LoadOptions())
    return made / "ws"


@pytest.fixture
def canaries(folder: Path) -> Iterator[Warehouse]:
    with Warehouse(folder) as opened:
        yield opened


def forms(warehouse: Warehouse) -> dict[str, str]:
    return {f"{item.table}.{item.column}": item.form for item in exposures(warehouse)}


def test_every_column_has_a_form(canaries: Warehouse) -> None:
    found = forms(canaries)
    assert set(found) == {f"{t}.{c}" for t, table in canaries.catalog.tables.items() for c in table.columns}
    assert set(found.values()) <= set(FORMS)
    for column in ("customers.email", "customers.full_name", "responses.contact_name", "responses.phone"):
        assert found[column] == "never", column
    for column in ("responses.response_id", "responses.customer_id", "orders.order_id", "customers.memo"):
        assert found[column] == "name only", column
    assert found["customers.plan"] == "values and counts"
    assert found["orders.amount"] == found["responses.score"] == found["responses.responded_at"] == "aggregates"
    assert found["responses.comment"] == "redacted text if allowed"
    assert always_sent() and setting(canaries)[:2] == ("privacy.rows_to_model", False)


def test_the_card_names_only_columns_whose_names_are_sent(canaries: Warehouse) -> None:
    card = data_card(canaries.catalog)
    for column, form in forms(canaries).items():
        if form == "never":
            assert column.partition(".")[2] not in card
    assert not HIDDEN.search(card)


CALLS: list[dict[str, Any]] = [
    call("describe_data"),
    call("data_quality"),
    call("nps", by=["plan"]),
    call("nps", where={"customer_id": "cus-999001"}),
    call("trend", grain="month"),
    call("find_outliers"),
    call("themes"),
    call("sentiment"),
    call("quotes", nps_class="detractor"),
    call("quotes", contains="expensive", by=["plan"]),
    call("quotes", column="memo"),
    call("key_drivers"),
    call("retention"),
    call("run_sql", sql="SELECT plan, avg(score) AS a, count(*) AS n FROM cohorts GROUP BY plan"),
    call("run_sql", sql="SELECT * FROM customers"),
    call("run_sql", sql="SELECT email FROM customers LIMIT 5"),
    call("run_sql", sql="SELECT max(comment) AS c, count(*) AS n FROM responses"),
    call("run_sql", sql="SELECT string_agg(comment, ' ') AS c FROM responses"),
    call("run_sql", sql="SELECT any_value(order_id) AS o, min(customer_id) AS c FROM orders"),
    call("run_sql", sql="SELECT comment, count(*) AS n FROM responses GROUP BY comment"),
    call("run_sql", sql="SELECT customer_id, sum(amount) AS s FROM orders GROUP BY customer_id"),
    call("run_sql", sql="SELECT max(response_id) AS r FROM responses"),
    call("run_sql", sql="SELECT memo FROM customers"),
    call("run_sql", sql="SELECT CAST(max(comment) AS INTEGER) AS c FROM responses"),
    call("run_sql", sql="SELECT substr(max(full_name), 1, 3) AS c FROM customers"),
]


def everything_sent(model: ScriptedChatModel) -> str:
    texts = [
        str(message.content) + str(getattr(message, "tool_calls", "")) for sent in model.requests for message in sent
    ]
    return "\n".join(texts)


def test_no_request_of_a_run_holds_a_value_that_is_never_sent(canaries: Warehouse) -> None:
    sent = []
    for at in range(0, len(CALLS), 4):
        some = CALLS[at : at + 4]
        model = ScriptedChatModel(replies=[*({"calls": [one]} for one in some), *["Done."] * 4])
        ask("How do customers feel?", canaries, model=model, record=False)
        assert len(model.requests) > len(some)
        sent.append(everything_sent(model))
    held = "\n".join(sent)
    own = "cus-999001"  # what the model itself asked for
    found = [match.group() for match in HIDDEN.finditer(held.replace(own, ""))]
    assert not found
    assert "not shown to you" in held  # customers' words were there to be quoted


def test_with_the_setting_redacted_words_are_sent_and_nothing_else_of_the_row(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "ws"
    shutil.copytree(folder, copy)
    (copy / FILE_NAME).write_text(
        (copy / FILE_NAME).read_text(encoding="utf-8") + "privacy:\n  rows_to_model: true\n", encoding="utf-8"
    )
    with Warehouse(copy) as allowed:
        found = forms(allowed)
        assert found["responses.comment"] == "redacted text"
        assert found["responses.response_id"] == "beside a comment"
        assert found["customers.email"] == "never" and found["customers.customer_id"] == "name only"
        model = ScriptedChatModel(replies=[call("quotes", nps_class="detractor"), *["Done."] * 4])
        ask("What do detractors say?", allowed, model=model, record=False)
    sent = everything_sent(model)
    assert "<comment>Too expensive" in sent
    assert not re.search(r"Zqxgiven|zqxmail|cus-9{3}|07700 9|ord-8{3}", sent)


def test_the_setting_survives_loading_the_files_again(tmp_path: Path) -> None:
    survey = write(tmp_path / "s.csv", [["score", "plan"], *[[str(at % 11), "Basic"] for at in range(40)]])
    make_workspace([survey], tmp_path / "ws")
    file = tmp_path / "ws" / FILE_NAME
    file.write_text(file.read_text(encoding="utf-8") + "privacy:\n  rows_to_model: true\n", encoding="utf-8")
    make_workspace([survey], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as again:
        assert again.catalog.privacy.rows_to_model
