"""The README's worked example, run as it stands there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def example() -> tuple[list[str], str]:
    """The commands and the expected text of the worked example."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    part = readme.split("## One worked example")[1].split("\n## ")[0]
    lines = [line[4:] for line in part.splitlines() if line.startswith("    ")]
    commands = [line[2:] for line in lines if line.startswith("$ ")]
    return commands, " ".join(line for line in lines if not line.startswith("$ "))


def arguments(command: str) -> list[str]:
    found = re.findall(r'"([^"]*)"|(\S+)', command)
    return [quoted or plain for quoted, plain in found][1:]


def squeezed(text: str) -> str:
    return " ".join(text.replace("**", "").replace("•", "-").split())


def test_the_worked_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    commands, expected = example()
    assert len(commands) == 2
    for command in commands:
        done = subprocess.run(
            [sys.executable, "-m", "apps.cli", *arguments(command)],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "", "HOME": str(tmp_path), "LANG": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=True,
        )
    printed = squeezed(done.stdout)
    for piece in squeezed(expected).split("…"):
        words = piece.strip(" .,;:")
        assert words in printed, words


@pytest.mark.parametrize("target", ["demo", "test"])
def test_the_two_commands_of_the_readme_are_targets_of_the_makefile(target: str) -> None:
    assert f"make {target}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
