"""`npsight chat`: lines in, answers out, and a conversation that is there again after a restart."""

from __future__ import annotations

import json
import signal
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from apps.cli.commands import app
from apps.cli.page import text_width
from apps.cli.steps import with_numbers

Run = Callable[..., Result]


@pytest.fixture
def workspace(npsight: Run, survey: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "space"
    assert npsight("load", survey, "--workspace", folder).exit_code == 0
    return folder


@pytest.fixture
def chat(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Type lines into a chat of the workspace."""

    def run(*lines: str, options: tuple[str, ...] = (), columns: int = 80) -> Result:
        monkeypatch.setenv("COLUMNS", str(columns))
        typed = "".join(f"{line}\n" for line in lines)
        return CliRunner().invoke(app, ["chat", "--workspace", str(workspace), *options], input=typed)

    return run


def objects(result: Result) -> list[dict[str, Any]]:
    """Stdout as one JSON object a line, as it must be."""
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_each_line_is_answered_and_a_follow_up_is_read_in_the_light_of_it(chat: Run) -> None:
    first, second = objects(chat("What is our NPS for Starter?", "and for Growth?", options=("--json",)))
    assert [fact["value"] for fact in first["facts"] if fact["name"] == "nps"] == [40.0]
    assert -40.0 in [fact["value"] for fact in second["facts"] if fact["name"] == "nps"]
    assert first["conversation"] == second["conversation"]


def test_a_conversation_goes_on_after_a_restart(chat: Run) -> None:
    (first,) = objects(chat("What is our NPS for Starter?", options=("--json",)))
    again = chat("and for Growth?", options=("--conversation", "last"))
    assert again.exit_code == 0
    before, after = again.stdout.split("> and for Growth?")
    assert "> What is our NPS for Starter?" in before
    assert "+40.0" in before
    assert "-40.0" in after
    assert f"conversation {first['conversation']}" in " ".join(after.split())


def test_ask_goes_on_with_a_conversation_too(chat: Run, npsight: Run, workspace: Path) -> None:
    chat("What is our NPS for Starter?")
    result = npsight("ask", "and for Growth?", "--workspace", workspace, "--conversation", "last", "--json")
    assert -40.0 in [fact["value"] for fact in json.loads(result.stdout)["facts"]]
    listed = json.loads(npsight("chat", "--list", "--workspace", workspace, "--json").stdout)["conversations"]
    assert [one["turns"] for one in listed] == [2]


def test_every_line_of_json_is_an_object_also_for_commands_and_mistakes(chat: Run) -> None:
    result = chat("", "What is our NPS?", "/facts", "/nonsense", "/help", "x" * 5000, options=("--json",))
    answer, facts, unknown, helped, too_long = objects(result)
    assert answer["status"] == "answered"
    assert facts["command"] == "/facts"
    assert any("F1" in line for line in facts["lines"])
    assert "/nonsense" in unknown["error"]
    assert any(line.startswith("/quit") for line in helped["lines"])
    assert "5,000 characters" in too_long["error"]
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_choice_is_taken_by_its_number(chat: Run) -> None:
    result = chat("What is our NPS by month or plan or so?", "/quit")
    first = objects(chat("How is the dingbat?", "1", options=("--json",)))
    assert result.exit_code == 0
    assert first[0]["options"]
    assert first[1]["question"] == first[0]["options"][0]


def test_choices_are_numbered_where_they_stand_in_the_text() -> None:
    assert with_numbers("Which?\n\n- a\n- b", ["a", "b"]) == "Which?\n\n1. a\n2. b"
    assert with_numbers("Which?\n- other\n- b", ["b"]) == "Which?\n- other\n1. b"
    assert with_numbers("- a", []) == "- a"


def test_commands_show_what_is_behind_the_last_answer(chat: Run) -> None:
    shown = chat("/sql", "What is our NPS by plan?", "/sql", "/caveats", "/facts", "/runs")
    assert "There is no answer in this sitting yet" in shown.stderr
    assert "SELECT" in shown.stdout
    assert "2 of 42 responses carry no usable score" in shown.stdout.split("> /caveats")[1]
    assert "F2" in shown.stdout.split("> /facts")[1]
    assert "What is our NPS by plan?" in shown.stdout.split("> /runs")[1]


def test_commands_set_audience_model_and_conversation(chat: Run) -> None:
    lines = ("What is our NPS?", "/audience executive", "What is our NPS?", "/audience all", "/new", "What is our NPS?")
    first, said, second, wrong, new, third = objects(chat(*lines, options=("--json",)))
    assert (first["audience"], second["audience"]) == (None, "executive")
    assert "executive" in said["lines"][0]
    assert "analyst" in wrong["error"]
    assert first["conversation"] == second["conversation"] != third["conversation"]
    assert third["conversation"] in new["lines"][0]


def test_a_model_that_cannot_be_had_does_not_end_the_chat(chat: Run) -> None:
    lines = ("/model openai:gpt", "What is our NPS?", "/model builtin", "What is our NPS?", "/quit", "never read")
    _set, failed, _back, answer, quit_ = objects(chat(*lines, options=("--json",)))
    assert "OPENAI_API_KEY" in failed["error"]
    assert answer["status"] == "answered"
    assert quit_ == {"command": "/quit", "lines": []}


def test_conversations_are_listed_with_their_first_question(chat: Run, npsight: Run, workspace: Path) -> None:
    assert "no conversation yet" in npsight("chat", "--list", "--workspace", workspace).stdout
    chat("What is our NPS?", "and for Growth?")
    chat("Which plan has the lowest NPS?")
    result = npsight("chat", "--list", "--workspace", workspace)
    head, *rows = result.stdout.splitlines()
    assert head.split() == ["conversation", "begun", "turns", "first", "question"]
    assert [row.split(maxsplit=4)[3:] for row in rows] == [
        ["2", "What is our NPS?"],
        ["1", "Which plan has the lowest NPS?"],
    ]


def test_the_last_conversation_is_the_one_that_was_spoken_in_last(chat: Run) -> None:
    (first,) = objects(chat("What is our NPS?", options=("--json",)))
    chat("Which plan has the lowest NPS?")
    chat("What is our NPS for Growth?", options=("--conversation", first["conversation"]))
    (last,) = objects(chat("What is our NPS for Starter?", options=("--conversation", "last", "--json")))
    assert last["conversation"] == first["conversation"]


@pytest.mark.parametrize("columns", [40, 80, 140])
def test_a_chat_fits_the_width_of_the_page(chat: Run, npsight: Run, workspace: Path, columns: int) -> None:
    lines = ("What is our NPS by plan?", "/caveats", "/facts", "/runs")
    for result in (
        chat(*lines, columns=columns),
        npsight("chat", "--list", "--workspace", workspace, columns=columns),
        npsight("runs", "list", "--workspace", workspace, columns=columns),
    ):
        assert max(text_width(line) for line in result.stdout.splitlines()) <= columns


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chat", "--conversation", "last"), "kept in a workspace"),
        (("ask", "Why?", "--conversation", "last"), "kept in a workspace"),
        (("ask", "Why?", "--conversation", "last", "--workspace", "space"), "no conversation yet"),
        (("chat", "--conversation", "2024", "--workspace", "space"), "There is no conversation '2024'"),
        (("chat", "--list", "--workspace", "elsewhere"), "no npsight.yaml in elsewhere"),
    ],
)
@pytest.mark.usefixtures("workspace")
def test_a_conversation_that_is_not_there_is_said(npsight: Run, arguments: tuple[str, ...], said: str) -> None:
    result = npsight(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_the_environment_chooses_the_model_where_the_command_line_does_not(
    npsight: Run, survey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPSIGHT_MODEL", "gpt")
    assert "'gpt'" in npsight("ask", "What is our NPS?", "--data", survey).stderr
    assert npsight("ask", "What is our NPS?", "--data", survey, "--model", "builtin").exit_code == 0


def test_ctrl_c_ends_the_question_but_not_the_chat(
    process: Callable[..., subprocess.Popen[bytes]], hand_model: Any, workspace: Path
) -> None:
    asked, done = threading.Event(), threading.Event()

    def hang() -> str:
        asked.set()
        done.wait(60)
        return "never read"

    hand_model.replies = [hang]
    child = process("chat", "--workspace", workspace, "--json", stdin=subprocess.PIPE, NPSIGHT_MODEL="openai:hand")
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(b"What is our NPS?\n")
    child.stdin.flush()
    assert asked.wait(60)
    child.send_signal(signal.SIGINT)
    stopped = json.loads(child.stdout.readline())
    out, err = child.communicate(b"/model builtin\nWhat is our NPS?\n", timeout=60)
    done.set()
    assert "stopped" in stopped["error"]
    assert json.loads(out.splitlines()[-1])["status"] == "answered"
    assert (child.returncode, err) == (0, b"")


def test_ctrl_c_ends_ask_without_a_word_and_leaves_its_record(
    process: Callable[..., subprocess.Popen[bytes]], hand_model: Any, workspace: Path
) -> None:
    asked, done = threading.Event(), threading.Event()

    def hang() -> str:
        asked.set()
        done.wait(60)
        return "never read"

    hand_model.replies = [hang]
    child = process("ask", "What is our NPS?", "--workspace", workspace, "--model", "openai:hand")
    assert asked.wait(60)
    child.send_signal(signal.SIGINT)
    written, said = child.communicate(timeout=30)
    done.set()
    assert (child.returncode, written, said) == (130, b"", b"")
    (left,) = (workspace / "runs").iterdir()
    assert left.name.endswith(".open.jsonl")
