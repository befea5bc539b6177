"""The command line before and while it is parsed."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.main import get_command
from typer.testing import Result

from apps.cli.arguments import Overrides, gather_data_files
from apps.cli.commands import app
from warehouse.errors import NpsError

Run = Callable[..., Result]


@pytest.fixture
def _files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a.csv", "b.csv", "my survey.csv", "plain"):
        (tmp_path / name).touch()


@pytest.mark.usefixtures("_files")
@pytest.mark.parametrize(
    ("typed", "parsed"),
    [
        ("--data a.csv b.csv", "--data a.csv --data b.csv"),
        ("--data=a.csv b.csv", "--data=a.csv --data b.csv"),
        ("--data a.csv plain --json", "--data a.csv --data plain --json"),
        ("--data a.csv missing.csv", "--data a.csv --data missing.csv"),
        ("--data a.csv nps", "--data a.csv nps"),
        ("tool nps --data a.csv b.csv --survey b.csv", "tool nps --data a.csv --data b.csv --survey b.csv"),
        ("--data a.csv -- b.csv", "--data a.csv -- b.csv"),
        ("load a.csv b.csv", "load a.csv b.csv"),
        ("--data", "--data"),
    ],
)
def test_files_after_data_belong_to_it(typed: str, parsed: str) -> None:
    assert gather_data_files(typed.split()) == parsed.split()


@pytest.mark.usefixtures("_files")
def test_a_question_is_never_taken_for_a_file() -> None:
    for question in ("Is it in survey.csv?", "Why?", '{"by": ["plan"]}'):
        assert gather_data_files(["--data", "a.csv", question]) == ["--data", "a.csv", question]


@pytest.mark.usefixtures("_files")
def test_a_file_with_a_space_in_its_name_is_data() -> None:
    assert gather_data_files(["--data", "a.csv", "my survey.csv"]) == ["--data", "a.csv", "--data", "my survey.csv"]


@settings(deadline=None)
@given(st.lists(st.sampled_from(["--data", "--data=x.csv", "x.csv", "y.parquet", "nps", "--json", "--", "a b"])))
def test_gathering_loses_nothing_and_is_done_once(tokens: list[str]) -> None:
    gathered = gather_data_files(tokens)
    assert [token for token in gathered if token != "--data"] == [token for token in tokens if token != "--data"]
    if "--" not in tokens:
        assert gather_data_files(gathered) == gathered


def test_overrides_become_load_options() -> None:
    options = Overrides(
        score="Q1", date="when", dimension=["a", "b"], columns='Q1, "x, y"', scale="1-5:3:5", event=["rise=2025-07-01"]
    ).load_options()
    assert options.roles == {"score": "Q1", "responded_at": "when"}
    assert options.dimensions == ("a", "b")
    assert options.columns == ("Q1", "x, y")
    assert options.scale is not None
    assert (options.scale.low, options.scale.high, options.scale.promoter_from) == (1, 5, 5)
    assert options.events["rise"].date == dt.date(2025, 7, 1)


def test_a_wrong_event_says_how_one_is_written() -> None:
    with pytest.raises(NpsError, match="NAME=YYYY-MM-DD"):
        Overrides(event=["rise"]).load_options()


def test_every_option_of_every_command_is_explained() -> None:
    for name, command in get_command(app).commands.items():  # type: ignore[attr-defined]
        assert command.help, name
        for parameter in command.params:
            assert parameter.help, (name, parameter.name)


def test_help_fits_the_page(npsight: Run) -> None:
    result = npsight("tool", "--help", columns=60)
    assert result.exit_code == 0
    assert "--response-id COL" in result.stdout


@pytest.mark.parametrize("arguments", [("tol",), ("tool",), ("tool", "nps", "--nonsense"), ("ask", "--seed", "x", "q")])
def test_a_usage_error_ends_with_2_and_prints_nothing(npsight: Run, arguments: tuple[str, ...]) -> None:
    result = npsight(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "Error: " in result.stderr


def test_a_question_without_ask_gets_the_hint(npsight: Run) -> None:
    result = npsight("What is our NPS?")
    assert result.exit_code == 2
    assert "npsight ask" in result.stderr


def test_version_needs_no_command(npsight: Run) -> None:
    result = npsight("--version")
    assert result.exit_code == 0
    assert result.stdout.startswith("npsight ")
    assert os.linesep not in result.stdout.strip()
