"""What the terminal shows while an answer is made, what it cost, and what Ctrl-C ends."""

from __future__ import annotations

import io
import json
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from agent.answer import Answer, Usage
from agent.events import Event
from apps.cli.page import text_width
from apps.cli.steps import Steps, ctrl_c_stops, told_call
from apps.figures import cost, origin
from warehouse.engine import Engine
from warehouse.errors import QueryLimitError

Run = Callable[..., Result]


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True

    @property
    def screen(self) -> list[str]:
        """What is to be read in the end: each line as it was written over last."""
        plain = self.getvalue().replace("\x1b[2m", "").replace("\x1b[0m", "").replace("\x1b[1m", "")
        return [line.split("\r\x1b[2K")[-1] for line in plain.split("\n")]


def terminal_of(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Stdout and stderr as one terminal of 60 columns; called in the test, for pytest sets both before it."""
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    shared = Terminal()
    monkeypatch.setattr("sys.stderr", shared)
    monkeypatch.setattr("sys.stdout", shared)
    return shared


EVENTS = (
    Event(kind="model", call=1, name="openai:m"),
    Event(kind="writing", characters=1204),
    Event(kind="tool", name="nps", arguments={"by": ["plan"], "where": {"country": ["FR"]}, "period": "2025-Q1"}),
    Event(kind="found", name="nps", facts=24, seconds=0.31),
    Event(kind="tool", name="compare", arguments={}),
    Event(kind="found", name="compare", error="There is no plan 'X'."),
    Event(kind="retry", why="The model's server is busy (429).", wait=2.0),
    Event(kind="refused", why="'99' is no fact"),
    Event(kind="limit", why="The limit of 10 model calls was reached."),
    Event(kind="instead", why="No answer passed"),
)


def test_what_steps_came_to_stays_and_the_running_step_is_written_over(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    with Steps() as steps:
        for event in EVENTS:
            steps.tell(event)
        steps.tell(Event(kind="model", call=2, name="openai:m"))
        assert terminal.screen[-1] == "asking openai:m, call 2…"
    assert terminal.screen == [
        "nps by plan, of FR, 2025-Q1 … 24 facts, 0.3 s",
        "compare … There is no plan 'X'.",
        "retrying in 2 s: The model's server is busy (429).",
        "draft refused: '99' is no fact",
        "The limit of 10 model calls was reached.",
        "the built-in planner answers instead: No answer passed",
        "",
    ]


def test_the_text_comes_paragraph_by_paragraph_and_choices_are_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    with Steps() as steps:
        for piece in ("The **first**\n", "\n", "Which?\n", "- a\n", "- b"):
            steps.tell(Event(kind="text", text=piece))
        assert terminal.screen[0] == "The first"
        assert not any("Which?" in line for line in terminal.screen)
        steps.tell(Event(kind="answer", answer={"options": ["a", "b"]}))
    assert steps.shown
    shown = "\n".join(terminal.screen)
    assert "1 a" in shown
    assert "2 b" in shown


def test_where_nobody_looks_nothing_is_written(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Steps() as steps:
        for event in (*EVENTS, Event(kind="text", text="Hello."), Event(kind="answer", answer={})):
            steps.tell(event)
    assert not steps.shown
    assert capsys.readouterr() == ("", "")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr("sys.stderr", Terminal())
    assert not Steps().live


def test_steps_are_no_wider_than_the_terminal_and_do_not_act_on_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = terminal_of(monkeypatch)
    with Steps() as steps:
        steps.tell(Event(kind="refused", why="\x1b[31m" + "long words " * 60))
        steps.tell(Event(kind="tool", name="run_sql", arguments={"by": ["x" * 200, "\x07"]}))
    assert max(text_width(line) for line in terminal.screen) <= 60
    assert len(terminal.screen) <= 5
    assert "\x07" not in terminal.getvalue()
    assert "\x1b[31m" not in terminal.getvalue()


def test_a_call_is_told_in_a_few_words() -> None:
    assert told_call("find_outliers", {}) == "find outliers"
    assert told_call("nps", {"by": ["plan", "country"], "where": None, "period": None}) == "nps by plan, country"
    assert told_call("compare", {"before": "2024", "after": "2025"}) == "compare, 2024, 2025"


@pytest.mark.parametrize(
    ("usage", "told"),
    [
        (Usage(), ""),
        (Usage(model_calls=1, prompt_tokens=900, completion_tokens=100), "1 call, 1,000 tokens"),
        (
            Usage(model_calls=3, prompt_tokens=18_000, completion_tokens=204, money=0.0234),
            "3 calls, 18,204 tokens, about 0.02",
        ),
        (
            Usage(model_calls=2, prompt_tokens=10, completion_tokens=1, money=0.00021, estimated=True),
            "2 calls, about 11 tokens (estimated), about 0.0002",
        ),
    ],
)
def test_the_cost_is_told_where_a_model_was_asked(usage: Usage, told: str) -> None:
    assert cost(usage) == told


def test_the_closing_line_names_run_and_conversation() -> None:
    answer = Answer(status="declined", text="No.", question="?", seconds=1.0, run="r1", conversation="c1")
    assert origin(answer) == "no figures · builtin · 1.0 s · run r1 · conversation c1"


def test_ask_for_programs_is_one_object_with_a_model_too(npsight: Run, survey: Path, hand_model: Any) -> None:
    hand_model.replies = [("nps", {}), "The NPS is {{ F1 }}."]
    result = npsight("ask", "What is our NPS?", "--data", survey, "--model", "openai:hand", "--json")
    (line,) = result.stdout.splitlines()
    assert json.loads(line)["text"] == "The NPS is 0.0."
    assert result.stderr == ""
    shown = npsight("ask", "What is our NPS?", "--data", survey, "--model", "openai:hand", "--audience", "executive")
    assert "tokens" in shown.stdout.splitlines()[-1] + shown.stdout.splitlines()[-2]


def test_ctrl_c_ends_the_queries_that_run_and_then_what_was_running() -> None:
    endless = "SELECT count(*) FROM range(100000) a, range(100000) b, range(100000) c WHERE a.range + b.range = c.range"
    ended: list[BaseException] = []

    def work() -> None:
        try:
            engine.run(endless)
        except QueryLimitError as error:
            ended.append(error)

    class Holder:
        pass

    with Engine() as engine:
        holder: Any = Holder()
        holder.engine = engine
        before = signal.getsignal(signal.SIGINT)
        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        while not engine._running:
            time.sleep(0.01)
        time.sleep(0.2)
        with pytest.raises(KeyboardInterrupt), ctrl_c_stops(holder):
            signal.raise_signal(signal.SIGINT)
        thread.join(20)
        assert ended
        assert signal.getsignal(signal.SIGINT) == before
        assert engine.run("SELECT 1").rows == [(1,)]
