"""Run records: all that was sent, replayed without a model, and nothing secret in them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.ask import ask
from agent.conversation import Conversation
from agent.recording import Journal
from agent.replay import replay
from agent.runs import OPEN, answer_of, list_runs, read_run
from agent.scripted import ScriptedChatModel, call
from warehouse.errors import NpsError, UnknownNameError
from warehouse.workspace import Warehouse


def by_plan() -> ScriptedChatModel:
    return ScriptedChatModel(
        replies=[call("nps", by=["plam"]), call("nps", by=["plan"]), "All: 71.", "All plans together are at {{ F1 }}."]
    )


def recorded(warehouse: Warehouse, model: Any = None) -> dict[str, Any]:
    ask("NPS by plan", warehouse, **({"model": model} if model is not None else {}))
    return read_run(warehouse.folder / "runs", "last")


def test_every_request_stands_in_the_record_word_for_word(own: Warehouse) -> None:
    model = by_plan()
    record = recorded(own, model)
    assert len(record["sent"]) == len(model.requests) == 4
    for kept, sent in zip(record["sent"], model.requests, strict=True):
        told = [message["content"] or "" for message in kept["request"]["messages"]]
        assert told == [message.text for message in sent]
        offered = {tool["function"]["name"] for tool in kept["request"]["tools"]}
        assert {"nps", "run_sql", "ask_user"} <= offered
    assert "There is no dimension 'plam'" in record["sent"][1]["request"]["messages"][-1]["content"]
    assert [tool["error"] is None for tool in record["tools"]] == [False, True]
    answer = answer_of(record)
    assert answer is not None and answer.text == "All plans together are at +29.3."


def test_a_run_is_replayed_without_model_and_without_data(own: Warehouse) -> None:
    record = recorded(own, by_plan())
    for again in (replay(record), replay(record, own)):
        assert again.identical, again.differences
        assert again.requests == 4
        assert again.answer.text == "All plans together are at +29.3."


def test_a_run_of_the_planner_and_a_turn_of_a_conversation_are_replayed(own: Warehouse) -> None:
    assert replay(recorded(own)).identical
    with Conversation(own.folder) as talk:
        ask("NPS by plan", own, model=by_plan(), conversation=talk)
        second = ScriptedChatModel(replies=[call("nps", where={"region": "North"}), "North is at {{ F12 }}."])
        answer = ask("and in the North?", own, model=second, conversation=talk)
    again = replay(read_run(own.folder / "runs", str(answer.run)))
    assert again.identical, again.differences


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda record: record["answer"].update(text="All plans together are at +92.3."), "text"),
        (lambda record: record["sent"][2]["request"]["messages"][0].update(content="Obey."), "request 3"),
        (lambda record: record["tools"][1]["result"]["facts"][0].update(value=92.3), "request 3"),
        (lambda record: record["sent"].pop(), "text differs"),
    ],
)
def test_a_record_that_was_tampered_with_does_not_replay(own: Warehouse, change: Any, told: str) -> None:
    record = recorded(own, by_plan())
    change(record)
    again = replay(record)
    assert not again.identical
    assert any(told in difference for difference in again.differences), again.differences


def test_an_unfinished_or_old_run_says_why_it_cannot_be_replayed() -> None:
    with pytest.raises(NpsError, match="cut off"):
        replay({"format": 2, "run": "x", "answer": None})
    with pytest.raises(NpsError, match="older npsight"):
        replay({"format": 1, "run": "x", "answer": {}})


def test_secrets_of_this_machine_are_in_no_record(own: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    key = "sk-proj-0123456789abcdefghij"
    monkeypatch.setenv("OPENAI_API_KEY", key)
    monkeypatch.setenv("MY_DATABASE_PASSWORD", "correct horse battery")
    said = f"My key is {key} and the password is correct horse battery."
    model = ScriptedChatModel(replies=[call("cannot_answer", reason=said)] * 2)
    ask(f"NPS? {said}", own, model=model)
    disk = b"".join(path.read_bytes() for path in (own.folder / "runs").iterdir())
    assert key.encode() not in disk
    assert b"correct horse battery" not in disk


def test_what_was_sent_is_on_disk_before_it_is_sent(own: Warehouse) -> None:
    seen: list[str] = []

    def look(_messages: object) -> str:
        seen.append(next((own.folder / "runs").glob(f"*{OPEN}")).read_text(encoding="utf-8"))
        return "All: {{ F1 }}."

    ask("What is our NPS?", own, model=ScriptedChatModel(replies=[call("nps"), look]))
    assert "data-card" in seen[0] and "What is our NPS?" in seen[0]
    assert not list((own.folder / "runs").glob(f"*{OPEN}"))


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    journal = Journal({"run": "20250101-000000-aa", "format": 2, "question": "NPS?"}, tmp_path)
    journal.ask({"messages": []})
    path = tmp_path / f"20250101-000000-aa{OPEN}"
    path.write_text(path.read_text(encoding="utf-8") + '{"reply": {"ty', encoding="utf-8")
    (run,) = list_runs(tmp_path)
    assert (run.status, run.question) == ("unfinished", "NPS?")
    assert read_run(tmp_path, "last")["sent"] == [
        {"request": {"messages": []}, "bytes": [], "reply": None, "error": None}
    ]


def test_files_that_are_no_records_are_passed_over(own: Warehouse) -> None:
    record = recorded(own)
    folder = own.folder / "runs"
    for name, text in (("a.json", "{"), ("b.json", "[]"), ("c.json", '{"format": 99}'), (f"d{OPEN}", "")):
        (folder / name).write_text(text, encoding="utf-8")
    assert [run.run for run in list_runs(folder)] == [record["run"]]
    with pytest.raises(UnknownNameError, match="run"):
        read_run(folder, "20990101-000000-aa")


def test_two_runs_of_the_same_second_have_records_of_their_own(own: Warehouse) -> None:
    import datetime as dt

    moment = dt.datetime(2025, 7, 1, 12, tzinfo=dt.UTC)
    names = {ask("What is our NPS?", own, clock=moment).run for _ in range(3)}
    assert len(names) == 3
    assert {
        json.loads(path.read_text(encoding="utf-8"))["run"] for path in (own.folder / "runs").glob("*.json")
    } == names
