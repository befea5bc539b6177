"""What each command prints, for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from apps.cli.page import text_width
from tools.registry import TOOLS
from warehouse.quality import QualityReport
from warehouse.workspace import cache_folder

Run = Callable[..., Result]


@pytest.fixture
def workspace(npsight: Run, survey: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "space"
    assert npsight("load", survey, "--workspace", folder).exit_code == 0
    return folder


def only_json(result: Result) -> dict[str, object]:
    """Stdout as the one JSON object that it must be."""
    read = json.loads(result.stdout)
    assert isinstance(read, dict)
    assert result.stdout.count("\n") == 1
    return read


def test_load_accounts_for_every_row_and_says_what_each_column_is(npsight: Run, survey: Path) -> None:
    result = npsight("load", survey, "--workspace", "space")
    lines = [line.strip() for line in result.stdout.splitlines()]
    counted = {"42  read", "42  kept", "40  scored"}
    assert result.exit_code == 0
    assert [line for line in lines if line in counted] == ["42  read", "42  kept", "40  scored"]
    assert any(line.split()[:2] == ["score", "score"] for line in lines)
    assert 'npsight ask "What is our NPS by plan?" --workspace space' in result.stdout


def test_load_fits_80_columns_but_for_commands_to_copy(npsight: Run, survey: Path) -> None:
    result = npsight("load", survey, "--workspace", "space")
    assert all(text_width(line) <= 80 for line in result.stdout.splitlines() if "npsight " not in line)


def test_load_as_json_is_the_quality_report(npsight: Run, survey: Path) -> None:
    result = npsight("load", survey, "--workspace", "space", "--json")
    report = QualityReport.model_validate(only_json(result))
    assert (report.responses.read, report.scored) == (42, 40)


def test_load_obeys_what_the_user_says_of_columns(npsight: Run, tmp_path: Path) -> None:
    file = tmp_path / "odd.csv"
    file.write_text("a,b,where\n" + "".join(f"{k % 11},{k % 3},x{k % 2}\n" for k in range(30)), encoding="utf-8")
    result = npsight("load", file, "--score", "a", "--dimension", "where", "--ignore", "b", "--json")
    roles = {guess.column: guess.role for guess in QualityReport.model_validate(only_json(result)).responses.guesses}
    assert roles == {"a": "score", "b": "attribute", "where": "dimension"}


def test_tool_shows_the_table_and_its_caveats(npsight: Run, survey: Path) -> None:
    result = npsight("tool", "nps", '{"by": ["plan"]}', "--data", survey)
    rows = {
        line.split()[0]: line.split() for line in result.stdout.splitlines() if line.startswith(("Growth", "Starter"))
    }
    assert result.exit_code == 0
    assert (rows["Starter"][1], rows["Starter"][4:]) == ("+40.0", ["20", "12", "4", "4"])
    assert (rows["Growth"][1], rows["Growth"][4:]) == ("-40.0", ["20", "4", "4", "12"])
    assert "• 2 of 42 responses carry no usable score" in result.stdout


def test_tool_as_json_is_one_object_and_nothing_else(npsight: Run, survey: Path) -> None:
    result = npsight("tool", "nps", "--data", survey, "--json")
    read = only_json(result)
    assert read["total"]["nps"] == 0.0  # type: ignore[index]
    assert result.stderr == ""


@pytest.mark.parametrize("columns", [40, 50, 80, 120])
def test_tool_fits_the_width_of_the_page(npsight: Run, survey: Path, columns: int) -> None:
    for name, arguments in (("nps", '{"by": ["plan"]}'), ("describe_data", "{}"), ("data_quality", "{}")):
        result = npsight("tool", name, arguments, "--data", survey, columns=columns)
        assert result.exit_code == 0
        assert max(text_width(line) for line in result.stdout.splitlines()) <= columns


def test_the_test_of_a_comparison_is_shown_beside_its_table(npsight: Run, survey: Path) -> None:
    result = npsight("tool", "compare", '{"group": {"plan": "Starter"}}', "--data", survey)
    assert "nps difference" in result.stdout
    assert "p value" in result.stdout
    assert "+80.0" in result.stdout


def test_sql_is_shown_when_it_is_asked_for(npsight: Run, survey: Path) -> None:
    assert "SELECT" not in npsight("tool", "nps", "--data", survey).stdout
    assert "SELECT" in npsight("tool", "nps", "--data", survey, "--sql").stdout


def test_two_files_after_one_data_are_both_read(npsight: Run, survey: Path) -> None:
    half = survey.with_name("half.csv")
    head, *rows = survey.read_text(encoding="utf-8").splitlines()
    half.write_text("\n".join([head, *rows[:10]]).replace("R0", "S0") + "\n", encoding="utf-8")
    result = npsight("tool", "data_quality", "--data", survey, half, "--json")
    assert only_json(result)["report"]["tables"][0]["read"] == 52  # type: ignore[index]


def test_tools_lists_every_tool_with_parameters_and_a_call(npsight: Run) -> None:
    result = npsight("tools")
    listed = {item["name"]: item for item in only_json(npsight("tools", "--json"))["tools"]}  # type: ignore[attr-defined]
    assert listed.keys() == TOOLS.keys()
    for name, item in listed.items():
        assert f"  {name}\n" in result.stdout
        assert item["call"] in result.stdout
        for parameter in item["parameters"]["properties"]:
            assert f"- {parameter}" in result.stdout


def test_a_workspace_is_used_from_outside_and_from_inside(
    npsight: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = npsight("tool", "nps", "--workspace", workspace)
    monkeypatch.chdir(workspace)
    assert outside.exit_code == 0
    assert npsight("tool", "nps").stdout == outside.stdout


def test_demo_makes_a_workspace_and_keeps_the_truth_out_of_it(npsight: Run, tmp_path: Path) -> None:
    result = npsight("demo", "--workspace", "shop")
    made = {file.name for file in (tmp_path / "shop").iterdir()}
    assert result.exit_code == 0
    assert made == {
        "survey.csv",
        "customers.csv",
        "orders.csv",
        "events.csv",
        "truth.json",
        "npsight.yaml",
        "npsight.duckdb",
        "runs",
    }
    assert "truth" not in (tmp_path / "shop" / "npsight.yaml").read_text(encoding="utf-8")
    assert 'npsight ask "Did the price rise hurt NPS, and whom?" --workspace shop' in result.stdout
    events = npsight("tool", "describe_data", "--workspace", "shop", "--json")
    assert only_json(events)["events"] == {"price_rise": "2025-07-01"}


def test_demo_never_writes_into_a_folder_of_somebody_else(npsight: Run, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "survey.csv").write_text("precious", encoding="utf-8")
    result = npsight("demo", "--workspace", "mine")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (tmp_path / "mine" / "survey.csv").read_text(encoding="utf-8") == "precious"


def test_doctor_finds_the_workspace_and_never_shows_a_key(
    npsight: Run, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "very-secret")
    result = npsight("doctor", "--workspace", workspace, "--model", "openai:gpt", "--json")
    checks = {check["name"]: check for check in only_json(result)["checks"]}  # type: ignore[attr-defined]
    assert result.exit_code == 0
    assert "42 responses, 40 scored" in checks["workspace"]["value"]
    assert checks["OPENAI_API_KEY"]["value"] == "set"
    assert "very-secret" not in result.output
    assert "very-secret" not in npsight("doctor", "--model", "openai:gpt").output


def test_doctor_says_what_to_do_about_a_problem(npsight: Run) -> None:
    result = npsight("doctor", "--model", "openai:gpt")
    assert result.exit_code == 1
    assert "→ set OPENAI_API_KEY, or use --model builtin" in result.stdout


def test_doctor_prints_the_schema_of_the_catalog(npsight: Run) -> None:
    schema = json.loads(npsight("doctor", "--schema").stdout)
    assert {"tables", "dimensions", "scale"} <= schema["properties"].keys()


def test_ask_answers_from_files(npsight: Run, survey: Path) -> None:
    result = npsight("ask", "What is our NPS by plan?", "--data", survey)
    assert result.exit_code == 0
    assert "+40.0" in result.stdout
    assert "-40.0" in result.stdout
    assert result.stdout.rstrip().splitlines()[-1].startswith(("governed metrics · nps", "20"))
    assert result.stderr == ""


def test_ask_as_json_is_one_answer(npsight: Run, survey: Path) -> None:
    read = only_json(npsight("ask", "What is our NPS?", "--data", survey, "--json"))
    assert (read["status"], read["path"], read["model"]) == ("answered", "governed", "builtin")
    assert 0.0 in [fact["value"] for fact in read["facts"] if fact["name"] == "nps"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("columns", [40, 80])
def test_ask_fits_the_width_of_the_page(npsight: Run, survey: Path, columns: int) -> None:
    result = npsight("ask", "What is our NPS by plan?", "--data", survey, columns=columns)
    assert max(text_width(line) for line in result.stdout.splitlines()) <= columns


def test_what_cannot_be_answered_is_declined_with_exit_0(npsight: Run, survey: Path) -> None:
    result = npsight("ask", "What will our NPS be next year?", "--data", survey, "--json")
    assert only_json(result)["status"] in ("declined", "clarify")
    assert result.exit_code == 0


def test_ask_without_data_uses_the_demo_and_says_so_on_stderr(npsight: Run) -> None:
    first = npsight("ask", "What is our NPS?", "--json")
    assert only_json(first)["status"] == "answered"
    assert "pricing demo" in first.stderr
    assert [folder.name for folder in cache_folder().glob("demo-pricing-*")]


def test_the_demo_answers_about_its_price_rise(npsight: Run) -> None:
    result = npsight("ask", "Did the price rise hurt NPS, and whom?")
    assert result.exit_code == 0
    assert "monthly" in result.stdout
    assert max(text_width(line) for line in result.stdout.splitlines()) <= 80
