"""A small survey with figures that can be counted by hand, and the command line to ask about it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

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

    def start(*arguments: object, stdout: int = subprocess.PIPE, **variables: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        command = [sys.executable, "-m", "apps.cli", *(str(argument) for argument in arguments)]
        return subprocess.Popen(command, stdout=stdout, stderr=subprocess.PIPE, cwd=tmp_path, env=environment)

    return start
