"""A small survey with figures that can be counted by hand, and the command line to ask about it."""

from __future__ import annotations

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from apps.cli.commands import app

ROOT = Path(__file__).parents[2]
# Starter: 12 promoters, 4 passives, 4 detractors of 20, NPS +40; Growth: 4, 4 and 12 of 20, NPS -40; two unscored.
SCORES = {
    "Starter": [10] * 6 + [9] * 6 + [8] * 4 + [3] * 4,
    "Growth": [9] * 4 + [7] * 4 + [0] * 6 + [6] * 6,
}


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """survey.csv: 42 answers of two plans, two of them without a score."""
    lines = ["response_id,responded_at,score,plan"]
    answers = [(plan, str(score)) for plan, scores in SCORES.items() for score in scores]
    for number, (plan, score) in enumerate([*answers, ("Starter", ""), ("Growth", "")]):
        lines.append(f"R{number:03d},2025-{1 + number % 6:02d}-15,{score},{plan}")
    file = tmp_path / "survey.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


@pytest.fixture
def npsight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command in an empty folder; `columns` is the width of the page."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object, columns: int = 80) -> Result:
        monkeypatch.setenv("COLUMNS", str(columns))
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return run


@pytest.fixture
def process(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Start the command line as a process of its own, in the same folder."""

    def start(
        *arguments: object, stdout: int = subprocess.PIPE, stdin: int | None = None, **variables: str
    ) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "apps.cli", *(str(argument) for argument in arguments)]
        return subprocess.Popen(
            command, stdin=stdin, stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, env=environment
        )

    return start


class HandModel:
    """An OpenAI-compatible server on this machine whose replies are written by hand; `bodies` is what it was sent.

    A reply is a text, a tool call `("nps", {…})`, or a function that gives one of them. The last one is given again.
    """

    def __init__(self) -> None:
        self.replies: list[Any] = []
        self.bodies: list[bytes] = []
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                owner.bodies.append(self.rfile.read(int(self.headers["content-length"])))
                body = json.dumps(owner.reply(len(owner.bodies) - 1)).encode()
                with suppress(OSError):  # whoever asked may be gone
                    self.send_response(200)
                    self.send_header("content-type", "application/json")
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                return

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def reply(self, at: int) -> dict[str, Any]:
        """The whole body of the reply to one request."""
        reply = self.replies[min(at, len(self.replies) - 1)]
        reply = reply() if callable(reply) else reply
        message: dict[str, Any] = {"role": "assistant", "content": reply if isinstance(reply, str) else None}
        if not isinstance(reply, str):
            name, arguments = reply
            function = {"name": name, "arguments": json.dumps(arguments)}
            message["tool_calls"] = [{"id": f"call_{at}", "type": "function", "function": function}]
        choice = {"index": 0, "finish_reason": "stop" if isinstance(reply, str) else "tool_calls", "message": message}
        usage = {"prompt_tokens": 900, "completion_tokens": 100, "total_tokens": 1000}
        return {
            "id": "1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        }


@pytest.fixture
def hand_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[HandModel]:
    """The model `openai:hand` of this test."""
    model = HandModel()
    monkeypatch.setenv("OPENAI_BASE_URL", model.address)
    yield model
    model.server.shutdown()
    model.server.server_close()
