"""Every mistake of the caller is one sentence on stderr, exit 2, and nothing on stdout."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import Result

from apps.cli import tooling

Run = Callable[..., Result]


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    """A folder of files that cannot be used."""
    folder = tmp_path / "bad"
    folder.mkdir()
    (folder / "empty.csv").touch()
    (folder / "noscore.csv").write_text("a,b\n1,x\n2,y\n", encoding="utf-8")
    (folder / "five.csv").write_text("rating\n" + "".join(f"{1 + k % 5}\n" for k in range(50)), encoding="utf-8")
    (folder / "corrupt.xlsx").write_bytes(b"PK\x03\x04" + b"garbage" * 50)
    return folder


def sentence(result: Result) -> str:
    """The one line that the user reads."""
    assert result.exit_code == 2
    assert result.stdout == ""
    (line,) = result.stderr.splitlines()
    assert line.startswith("error: ")
    assert line.endswith((".", "?", ")", '"'))
    return line


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("missing.csv", "There is no file 'missing.csv'"),
        ("empty.csv", "is empty"),
        ("noscore.csv", "--score COLUMN"),
        ("five.csv", "--scale 1-5:3:5"),
        ("corrupt.xlsx", "damaged"),
        ("", "is a folder"),
    ],
)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_file_that_cannot_be_used_says_why(npsight: Run, bad: Path, file: str, said: str, as_json: bool) -> None:
    more = ["--json"] if as_json else []
    assert said in sentence(npsight("tool", "nps", "--data", bad / file, *more))
    assert said in sentence(npsight("load", bad / file, "--workspace", "space", *more))


def test_a_failed_load_leaves_nothing_behind(npsight: Run, bad: Path, tmp_path: Path) -> None:
    sentence(npsight("load", bad / "five.csv", "--workspace", "some/where"))
    assert not (tmp_path / "some").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run_sql", '{"sql": "DROP TABLE responses"}'), "only one SELECT"),
        (("nps", '{"by": ["plam"]}'), "the nearest: plan"),
        (("nps", '{"where": {"plan": "Startr"}}'), "Starter"),
        (("nps", '{"bye": ["plan"]}'), "no parameter 'bye'"),
        (("nps", '{"by": ["plan"'), "are not JSON"),
        (("nps", '["plan"]'), "not a JSON object"),
        (("nps", '{"period": "2031"}'), "2025-01-15"),
        (("npss",), "There is no tool 'npss'"),
        (("nps", "--score", "scor"), "the nearest: score"),
        (("nps", "--scale", "1-5"), "is not a scale"),
        (("nps", "--event", "rise"), "NAME=YYYY-MM-DD"),
        (("nps", "--workspace", "elsewhere"), "not both"),
    ],
)
def test_a_mistake_in_a_call_is_explained(npsight: Run, survey: Path, arguments: tuple[str, ...], said: str) -> None:
    assert said in sentence(npsight("tool", *arguments, "--data", survey))
    assert said in sentence(npsight("tool", *arguments, "--data", survey, "--json"))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("tool", "nps"), "There is no data"),
        (("tool", "nps", "--workspace", "elsewhere"), "no npsight.yaml in elsewhere"),
        (("tool", "nps", "--score", "x"), "--data FILE"),
        (("demo", "princing"), "the nearest: pricing"),
        (("ask", "  "), "The question is empty"),
    ],
)
def test_a_mistake_without_data_is_explained(npsight: Run, arguments: tuple[str, ...], said: str) -> None:
    assert said in sentence(npsight(*arguments))


def test_a_model_that_cannot_be_had_is_explained(npsight: Run, survey: Path) -> None:
    assert "OPENAI_API_KEY" in sentence(npsight("ask", "What is our NPS?", "--data", survey, "--model", "openai:gpt"))
    assert "gpt" in sentence(npsight("ask", "What is our NPS?", "--data", survey, "--model", "gpt"))


def test_one_file_named_twice_is_not_counted_twice(npsight: Run, survey: Path) -> None:
    assert "given twice" in sentence(npsight("tool", "nps", "--data", survey, survey))
    assert "given twice" in sentence(npsight("load", survey, survey, "--workspace", "space"))


def test_a_workspace_that_is_a_file_is_refused(npsight: Run, survey: Path) -> None:
    assert "is a file" in sentence(npsight("load", survey, "--workspace", survey))


def test_a_damaged_database_is_said_in_one_sentence(npsight: Run, survey: Path, tmp_path: Path) -> None:
    npsight("load", survey, "--workspace", "space")
    (tmp_path / "space" / "npsight.duckdb").write_bytes(b"not a database" * 1000)
    assert "cannot be opened" in sentence(npsight("tool", "nps", "--workspace", "space"))


def test_control_characters_in_a_mistake_do_not_reach_the_terminal(npsight: Run, survey: Path) -> None:
    result = npsight("tool", "nps", json.dumps({"by": ["\x1b[2Jplan"]}), "--data", survey)
    assert "\x1b" not in result.stderr


def test_a_defect_is_one_line_and_shows_its_place_on_demand(
    npsight: Run, survey: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("plan")

    monkeypatch.setattr(tooling, "open_warehouse", broken)
    result = npsight("tool", "nps", "--data", survey)
    assert (result.exit_code, result.stdout) == (1, "")
    (line,) = result.stderr.splitlines()
    assert "defect of npsight" in line
    assert "NPSIGHT_DEBUG=1" in line
    monkeypatch.setenv("NPSIGHT_DEBUG", "1")
    assert "Traceback" in npsight("tool", "nps", "--data", survey).stderr


@pytest.fixture
def careless_model(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server on this machine whose model states a number that nobody computed."""
    message = {"role": "assistant", "content": "The NPS is 99."}
    choice = {"index": 0, "finish_reason": "stop", "message": message}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    body = {"id": "1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}

    class Careless(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Careless)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{server.server_port}/v1")
    yield
    server.shutdown()
    server.server_close()


@pytest.mark.usefixtures("careless_model")
def test_a_draft_that_fails_its_check_leaves_the_planners_word(npsight: Run, survey: Path) -> None:
    """The template answer stands in where there is one; to a forecast there is none, and the planner says so."""
    result = npsight("ask", "What will our NPS be next year?", "--data", survey, "--model", "openai:m", "--json")
    answer = json.loads(result.stdout)
    assert answer["status"] == "declined"
    assert "forecast" in answer["text"]
    assert "did not pass the check" in answer["caveats"][0]
    assert result.exit_code == 0
