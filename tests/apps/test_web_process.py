"""`npsight serve` as a process: where it listens, what it refuses, how it ends."""

from __future__ import annotations

import http.client
import re
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]
Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_ends_cleanly(process: Start, survey: Path, number: signal.Signals) -> None:
    child = process("serve", "--data", survey, "--port", 0)
    assert child.stderr is not None
    told = child.stderr.readline().decode()
    found = re.search(r"http://127\.0\.0\.1:(\d+)/ ", told)
    assert found, told
    visit = http.client.HTTPConnection("127.0.0.1", int(found[1]), timeout=30)
    visit.request("GET", "/")
    assert visit.getresponse().status == 200
    child.send_signal(number)
    written, said = child.communicate(timeout=30)
    visit.close()
    assert (child.returncode, written, said) == (0, b"", b"stopped\n")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--host", "0.0.0.0"), "open to other machines"),
        (("--host", "::"), "open to other machines"),
        (("--host", "192.168.1.7"), "open to other machines"),
        (("--host", "example.org"), "open to other machines"),
        (("--token", "short"), "shorter than 16 characters"),
        (("--host", "256.0.0.1", "--token", "x" * 16), "is not known"),
        (("--workspace", "elsewhere", "--port", "0"), "no npsight.yaml"),
    ],
)
def test_what_it_does_not_serve_is_said(npsight: Run, options: tuple[str, ...], said: str) -> None:
    result = npsight("serve", *options)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


def test_a_port_that_is_taken_is_said(npsight: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = npsight("serve", "--port", taken.getsockname()[1])
    assert result.exit_code == 2
    assert "--port" in result.stderr


def test_without_its_libraries_it_says_what_to_install(npsight: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    result = npsight("serve")
    assert result.exit_code == 2
    assert "npsight[web]" in result.stderr
