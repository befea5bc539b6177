"""`npsight runs`: every run can be listed, read to the last byte, replayed, approved and forgotten."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner, Result

from apps.cli.commands import app
from apps.cli.page import Page
from apps.cli.record import record_lines
from apps.cli.rows import aligned

Run = Callable[..., Result]
QUESTION = "What is our NPS for Starter?"


@pytest.fixture
def workspace(npsight: Run, survey: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "space"
    assert npsight("load", survey, "--workspace", folder).exit_code == 0
    return folder


@pytest.fixture
def runs(npsight: Run, workspace: Path) -> Run:
    """`npsight runs …` in the workspace."""

    def run(*arguments: object, **more: Any) -> Result:
        return npsight("runs", *arguments, "--workspace", workspace, **more)

    return run


@pytest.fixture
def asked(npsight: Run, workspace: Path) -> dict[str, Any]:
    """The answer to a question without a model."""
    read = json.loads(npsight("ask", QUESTION, "--workspace", workspace, "--json").stdout)
    assert isinstance(read, dict)
    return read


@pytest.fixture
def modelled(npsight: Run, workspace: Path, hand_model: Any) -> dict[str, Any]:
    """The answer of a model that calls a tool, is refused once and mends its draft."""
    hand_model.replies = [("nps", {"where": {"plan": "Starter"}}), "The NPS of Starter is 99.", _mended]
    options = ("--workspace", workspace, "--model", "openai:hand", "--json")
    read = json.loads(npsight("ask", QUESTION, *options).stdout)
    assert isinstance(read, dict)
    return read


def _mended() -> str:
    return "The NPS of Starter is {{ F1 }} {{ F1.interval }}, n = {{ F1.n }}."


def unfinished(workspace: Path) -> str:
    """A record as a killed process leaves it: the head, a request, half a line."""
    name = "20300101-000000-deadbeef"
    head = {"format": 2, "run": name, "at": "2030-01-01T00:00:00+00:00", "question": "Why?", "model": "openai:m"}
    sent = {"request": {"messages": [{"role": "user", "content": "the only message"}], "tools": [], "settings": {}}}
    text = f'{json.dumps(head)}\n{json.dumps(sent)}\n{{"reply": {{"ty'
    (workspace / "runs" / f"{name}.open.jsonl").write_text(text, encoding="utf-8")
    return name


def test_runs_are_listed_the_newest_last(runs: Run, asked: dict[str, Any], npsight: Run, workspace: Path) -> None:
    npsight("ask", "Which plan has the lowest NPS?", "--workspace", workspace)
    name = unfinished(workspace)
    head, first, second, third = runs("list", columns=140).stdout.splitlines()
    assert head.split() == ["run", "when", "status", "model", "calls", "tokens", "question"]
    assert first.startswith(asked["run"])
    assert first.endswith(QUESTION)
    assert second.endswith("Which plan has the lowest NPS?")
    assert third.startswith(name)
    assert "unfinished" in third
    newest = runs("list", "--limit", 1, columns=140).stdout.splitlines()
    assert newest[0].startswith("… 2 older")
    assert newest[-1].split() == third.split()


def test_runs_as_json_are_one_object(runs: Run, asked: dict[str, Any]) -> None:
    assert runs("list").exit_code == 0
    listed = json.loads(runs("list", "--json").stdout)
    assert [run["run"] for run in listed["runs"]] == [asked["run"]]
    assert listed["all"] == 1


def test_a_workspace_without_runs_says_so(runs: Run) -> None:
    assert "no run yet" in runs("list").stdout
    result = runs("show")
    assert result.exit_code == 2
    assert "There is no run 'last'" in result.stderr


def test_a_run_shows_its_answer_and_that_nothing_was_sent(runs: Run, asked: dict[str, Any]) -> None:
    shown = runs("show", asked["run"]).stdout
    assert f"> {QUESTION}" in shown
    assert "+40.0" in shown
    assert "Request" not in shown
    result = runs("show", "last", "--request", 1)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "sent nothing to a model" in result.stderr


def test_a_run_shows_every_word_that_was_sent_and_came_back(runs: Run, modelled: dict[str, Any]) -> None:
    shown = runs("show", "last").stdout
    assert modelled["text"].startswith("The NPS of Starter is +40.0")
    sent = ("Request 1", "Request 3", "user named data-card", "answer-check", "as in the request before")
    for words in (*sent, "The NPS of Starter is 99.", "calls nps("):
        assert words in shown, words
    assert shown.count("You are npsight") == 1
    assert "3 calls, 3,000 tokens" in " ".join(shown.split())


def test_a_request_is_printed_exactly_as_it_was_sent(
    runs: Run, modelled: dict[str, Any], hand_model: Any, workspace: Path
) -> None:
    assert len(hand_model.bodies) == modelled["usage"]["model_calls"] == 3
    for number, body in enumerate(hand_model.bodies, start=1):
        result = CliRunner().invoke(app, ["runs", "show", "--workspace", str(workspace), "--request", str(number)])
        assert result.stdout_bytes == body
    assert "There is no request 4; this run sent 3 requests" in runs("show", "last", "--request", 4).stderr


def test_a_run_is_replayed_without_the_model(runs: Run, modelled: dict[str, Any], hand_model: Any) -> None:
    before = len(hand_model.bodies)
    result = runs("replay", modelled["run"])
    assert result.exit_code == 0, result.stdout
    assert "3 requests and the answer are the same, byte for byte" in " ".join(result.stdout.split())
    assert json.loads(runs("replay", "last", "--on-data", "--json").stdout)["identical"] is True
    assert len(hand_model.bodies) == before


def test_a_run_that_differs_when_made_again_ends_with_1_and_says_where(
    runs: Run, modelled: dict[str, Any], workspace: Path
) -> None:
    path = workspace / "runs" / f"{modelled['run']}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("data card", "date card"), encoding="utf-8")
    result = runs("replay")
    assert result.exit_code == 1
    assert "- request 1 differs at character" in result.stdout


def test_an_unfinished_run_is_readable_but_nothing_to_learn_from(runs: Run, workspace: Path) -> None:
    name = unfinished(workspace)
    shown = runs("show", name).stdout
    assert "Unfinished" in shown
    assert "the only message" in shown
    assert "none came" in shown
    for command in ("approve", "replay"):
        result = runs(command, name)
        assert result.exit_code == 2
        assert "cut off" in result.stderr


def test_an_approved_run_is_an_example_from_then_on(runs: Run, asked: dict[str, Any], workspace: Path) -> None:
    result = runs("approve", "last")
    assert QUESTION in result.stdout
    assert "→ nps(" in result.stdout
    learned = yaml.safe_load((workspace / "examples.yaml").read_text(encoding="utf-8"))["examples"]
    assert [example["run"] for example in learned] == [asked["run"]]
    assert json.loads(runs("approve", asked["run"], "--json").stdout)["learned"]["question"] == QUESTION


def test_a_forgotten_run_is_gone_and_no_other(runs: Run, asked: dict[str, Any], workspace: Path) -> None:
    name = unfinished(workspace)
    assert runs("forget", name).exit_code == 0
    assert not list((workspace / "runs").glob(f"{name}*"))
    assert json.loads(runs("forget", "last", "--json").stdout)["forgotten"] == asked["run"]
    assert list((workspace / "runs").iterdir()) == []


def test_a_record_that_names_another_file_deletes_nothing(runs: Run, asked: dict[str, Any], workspace: Path) -> None:
    path = workspace / "runs" / f"{asked['run']}.json"
    path.write_text(path.read_text(encoding="utf-8").replace(asked["run"], "../precious"), encoding="utf-8")
    (workspace / "precious.json").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    runs("forget", "../precious", "--yes")
    assert (workspace / "precious.json").exists()
    assert path.exists()


def test_runs_of_files_without_a_workspace_are_found_by_the_files(npsight: Run, survey: Path) -> None:
    answer = json.loads(npsight("ask", QUESTION, "--data", survey, "--json").stdout)
    assert QUESTION in npsight("runs", "show", answer["run"], "--data", survey).stdout


def test_texts_of_a_record_cannot_act_on_the_terminal() -> None:
    message = {"role": "user", "name": "x", "content": "\x1b[2Jevil\x07"}
    call = {"request": {"messages": [message]}, "bytes": [], "reply": None, "error": "\x1b]0;t\x07"}
    record = {"run": "r", "question": "\x1b[31m", "sent": [call], "tools": [{"name": "\x1b", "error": "\x9b2J"}]}
    text = "\n".join(record_lines(record, Page(80, terminal=False, colour=False)))
    assert "evil" in text
    assert not any(sign in text for sign in "\x1b\x07\x9b")


def test_ids_are_never_folded_and_columns_that_can_be_spared_go_first() -> None:
    names, rows = ["id", "when", "text"], [["a" * 24, "2030-01-01 00:00", "one two three four five six seven eight"]]
    wide = aligned(names, rows, Page(100, terminal=False, colour=False), spare={1})
    assert wide[1] == f"{'a' * 24}  2030-01-01 00:00  one two three four five six seven eight"
    narrow = aligned(names, rows, Page(30, terminal=False, colour=False), spare={1})
    assert narrow[2:] == ["a" * 24, "    one two three four five s…"]
