"""`npsight eval` as people use it: own cases in a workspace, the table, the baseline, two runs side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Npsight = Callable[..., Result]
CASES = """\
suite: answers
cases:
  - id: level
    family: level
    ask: What is our NPS?
    gold: {sql: "SELECT nps(score) AS nps, count(score) AS n FROM responses", values: {nps: points, n: count}}
  - id: by-plan
    family: split
    ask: NPS by plan
    gold: {sql: "SELECT plan, nps(score) AS nps FROM responses GROUP BY 1", key: [plan], values: {nps: points}}
    ignore: [order]
"""
WRONG = """\
  - id: wrong
    family: level
    ask: What is our NPS?
    gold: {rows: [{nps: 70.0}], values: {nps: points}}
"""


@pytest.fixture
def workspace(npsight: Npsight, survey: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    assert npsight("load", survey, "--workspace", folder).exit_code == 0
    (folder / "evals").mkdir()
    (folder / "evals" / "mine.yaml").write_text(CASES, encoding="utf-8")
    return folder


def test_own_cases_are_asked_and_scored(npsight: Npsight, workspace: Path, tmp_path: Path) -> None:
    done = npsight("eval", "--processes", 1, "--workspace", workspace, "--out", tmp_path / "a", columns=100)
    assert done.exit_code == 0, done.output
    line = next(line for line in done.stdout.splitlines() if line.startswith("answers"))
    assert line.split()[1:4] == ["2", "2", "100.0%"]
    results = json.loads((tmp_path / "a" / "results.json").read_text(encoding="utf-8"))
    assert [case["verdict"] for case in results["cases"]] == ["passed", "passed"]
    record = tmp_path / "a" / results["cases"][0]["turns"][0]["record"]
    assert json.loads(record.read_text(encoding="utf-8"))["question"] == "What is our NPS?"
    assert "What is our NPS?" in (tmp_path / "a" / "report.html").read_text(encoding="utf-8")


def test_json_is_one_object(npsight: Npsight, workspace: Path, tmp_path: Path) -> None:
    done = npsight("eval", "--processes", 1, "--workspace", workspace, "--out", tmp_path / "a", "--json")
    told = json.loads(done.stdout)
    assert told["summary"]["suites"][0]["passed"] == 2
    assert told["baseline"] is None


def test_a_wrong_answer_is_told_with_its_reason_and_fails_against_the_baseline(
    npsight: Npsight, workspace: Path, tmp_path: Path
) -> None:
    assert (
        npsight(
            "eval", "--processes", 1, "--workspace", workspace, "--out", tmp_path / "a", "--write-baseline"
        ).exit_code
        == 0
    )
    cases = workspace / "evals" / "mine.yaml"
    cases.write_text(cases.read_text(encoding="utf-8").replace("nps(score) AS nps, c", "70.0 AS nps, c"), "utf-8")
    done = npsight("eval", "--processes", 1, "--workspace", workspace, "--out", tmp_path / "b", columns=100)
    assert done.exit_code == 1
    assert "wrong value 1" in done.stdout or "missing row 1" in done.stdout
    assert "level was passed and is not any more" in done.stdout
    again = npsight("eval", "diff", tmp_path / "a", tmp_path / "b")
    assert again.exit_code == 1
    assert "Lost: level" in again.stdout
    assert npsight("eval", "diff", tmp_path / "b", tmp_path / "a").exit_code == 0


def test_a_new_case_that_fails_is_no_regression(npsight: Npsight, workspace: Path, tmp_path: Path) -> None:
    npsight("eval", "--processes", 1, "--workspace", workspace, "--out", tmp_path / "a", "--write-baseline")
    (workspace / "evals" / "mine.yaml").write_text(CASES + WRONG, encoding="utf-8")
    done = npsight("eval", "--processes", 1, "--workspace", workspace, "--out", tmp_path / "b", columns=100)
    assert done.exit_code == 0
    assert "Only in the second: 1 cases." in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["answer"], "answers"),
        (["diff", "a"], "needs two runs"),
        (["diff", "nowhere", "never"], "no results in"),
        (["answers", "--only", "no such case"], "No case is left"),
        (["answers", "--max-cost", "1"], "NPSIGHT_PRICE"),
        (["answers", "--only", "hotel-level", "--model", "cassettes:nowhere"], "nowhere"),
        (["answers", "--only", "hotel-level", "--model", "gpt"], "'gpt' is no model"),
        (["answers", "--only", "hotel-level", "--baseline", "none.json"], "no baseline none.json"),
        (["--workspace", "nowhere"], "no npsight.yaml in nowhere"),
    ],
)
def test_a_mistake_is_met_by_one_sentence(npsight: Npsight, arguments: list[str], said: str) -> None:
    done = npsight("eval", *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("family: level", "famly: level"), "cases.0"),
        (("suite: answers", "suite: everything"), "suite"),
        (("nps: points", "nps: furlongs"), "values.nps"),
        (("id: by-plan", "id: level"), "is taken"),
        (("ask: NPS by plan", "ask: [NPS"), "YAML"),
        (("SELECT plan, nps(score) AS nps", "SELECT plan, nps(score) AS points"), "no column 'nps'"),
        (("FROM responses GROUP", "FROM nowhere GROUP"), "gold SQL fails"),
        (("FROM responses GROUP", "FROM read_csv('/etc/passwd') GROUP"), "gold SQL fails"),
    ],
)
def test_a_file_of_cases_that_does_not_fit_is_met_by_one_sentence(
    npsight: Npsight, workspace: Path, change: tuple[str, str], said: str
) -> None:
    (workspace / "evals" / "mine.yaml").write_text(CASES.replace(*change), encoding="utf-8")
    done = npsight("eval", "--workspace", workspace)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
