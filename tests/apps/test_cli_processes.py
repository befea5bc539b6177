"""The command line as a process: start-up, pipes, terminals, encodings, Ctrl-C."""

from __future__ import annotations

import json
import os
import re
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

Start = Callable[..., "subprocess.Popen[bytes]"]
ROOT = Path(__file__).parents[2]
needs_terminals = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are a Unix thing")
_CODES = re.compile(r"\x1b\[[0-9;]*m")


def on_terminal(start: Start, *arguments: object, columns: int, **variables: str) -> str:
    """What a command writes to a terminal of that width."""
    import fcntl
    import pty
    import termios

    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    environment = {"COLUMNS": "", "TERM": "xterm-256color", "NO_COLOR": ""} | variables
    child = start(*arguments, stdout=slave, **environment)
    os.close(slave)
    written = b""
    while True:
        try:
            piece = os.read(master, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    child.communicate(timeout=60)
    os.close(master)
    assert child.returncode == 0
    return written.decode().replace("\r\n", "\n")


def test_tool_starts_without_langchain_pandas_or_pyarrow(survey: Path) -> None:
    code = (
        "import json, sys\n"
        "from apps.cli.commands import app\n"
        "app(['tool', 'nps', '--data', sys.argv[1]], standalone_mode=False)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})), file=sys.stderr)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for _again in range(2):  # once to load the file, once from the cache
        done = subprocess.run(
            [sys.executable, "-c", code, str(survey)], capture_output=True, env=environment, check=True, timeout=120
        )
    loaded = set(json.loads(done.stderr))
    assert "duckdb" in loaded
    slow = {"langchain", "langchain_core", "langgraph", "openai", "pandas", "pyarrow", "scipy", "sqlglot", "rich"}
    assert loaded & slow == set()


def test_ascii_output_gets_likenesses_and_json_stays_whole(process: Start, survey: Path) -> None:
    text = survey.read_text(encoding="utf-8").replace("Starter", "Größe")
    survey.write_text(text, encoding="utf-8")
    arguments = ("tool", "nps", '{"by": ["plan"]}', "--data", survey)
    shown, said = process(*arguments, PYTHONIOENCODING="ascii").communicate(timeout=60)
    assert said == b""
    assert b"Gr??e" in shown
    raw, _ = process(*arguments, "--json", PYTHONIOENCODING="ascii").communicate(timeout=60)
    assert "Größe" in [cell["where"]["plan"] for cell in json.loads(raw.decode("ascii"))["cells"]]


def test_a_closed_pipe_is_no_error(process: Start) -> None:
    child = process("tools")
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdout.close()
    said = child.stderr.read()
    child.stderr.close()
    assert child.wait(timeout=60) == 0
    assert said == b""


@needs_terminals
def test_a_terminal_gets_colours_and_a_picture_within_its_width(process: Start, survey: Path) -> None:
    shown = on_terminal(process, "tool", "nps", '{"by": ["plan"]}', "--data", survey, columns=50)
    assert "\x1b[1m" in shown
    plain = _CODES.sub("", shown)
    assert "├" in plain
    assert "●" in plain
    assert max(len(line) for line in plain.splitlines()) <= 50


@needs_terminals
def test_no_color_is_obeyed_on_a_terminal(process: Start, survey: Path) -> None:
    shown = on_terminal(process, "ask", "What is our NPS by plan?", "--data", survey, columns=60, NO_COLOR="1")
    assert "\x1b" not in shown
    assert "●" in shown


@needs_terminals
@pytest.mark.parametrize("after", [0.0, 0.7])
def test_ctrl_c_is_quiet_and_leaves_nothing_half_written(process: Start, tmp_path: Path, after: float) -> None:
    big = tmp_path / "big.csv"
    big.write_text("score,plan\n" + "".join(f"{k % 11},p{k % 7}\n" for k in range(1_500_000)), encoding="utf-8")
    child = process("load", big, "--workspace", "space")
    while not (tmp_path / "space").exists():  # until then Python itself is starting
        time.sleep(0.01)
    time.sleep(after)
    child.send_signal(signal.SIGINT)
    written, said = child.communicate(timeout=60)
    assert (child.returncode, written, said) == (130, b"", b"")
    assert not (tmp_path / "space").exists()
