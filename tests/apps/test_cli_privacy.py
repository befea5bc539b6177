"""`npsight doctor --privacy`: which columns can be sent to a chat model, told as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

Run = Callable[..., Result]


@pytest.fixture
def workspace(npsight: Run, tmp_path: Path) -> Path:
    """Answers with names and comments, loaded."""
    lines = ["response_id,responded_at,score,plan,full_name,comment"]
    for at in range(40):
        words = ("Great support team", "Too expensive for what we use")[at % 2]
        lines.append(f"R{at:03d},2025-{1 + at % 6:02d}-15,{at % 11},{('A', 'B')[at % 2]},Ann Berg {at},{words} {at}")
    (tmp_path / "survey.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert npsight("load", "survey.csv", "--workspace", "ws").exit_code == 0
    return tmp_path / "ws"


def rows(output: str) -> dict[str, str]:
    lines = [line for line in output.splitlines() if line.startswith("responses ")]
    return {line.split()[1]: line for line in lines}


def test_every_column_stands_in_an_aligned_table_with_what_can_be_sent(npsight: Run, workspace: Path) -> None:
    result = npsight("doctor", "--privacy", "--workspace", workspace, columns=100)
    assert result.exit_code == 0
    found = rows(result.output)
    assert "never" in found["full_name"] and "personal" in found["full_name"]
    assert "values and counts" in found["plan"] and "aggregates" in found["score"]
    assert "redacted text if allowed" in found["comment"] and "name only" in found["response_id"]
    starts = {line.index(word) for line, word in ((found["full_name"], "never"), (found["score"], "aggregates"))}
    assert len(starts) == 1
    said = " ".join(result.output.split())
    assert "privacy.rows_to_model is false: the model reads no comment." in said
    assert "rows_to_model: true in" in said and "npsight.yaml" in said
    assert "the question and the conversation" in said and "With --model builtin nothing leaves this machine." in said


def test_a_narrow_terminal_gets_a_line_a_column(npsight: Run, workspace: Path) -> None:
    output = npsight("doctor", "--privacy", "--workspace", workspace, columns=50).output
    assert "responses.full_name: never (personal)" in output
    assert max(map(len, output.splitlines())) <= 50


def test_it_is_told_as_one_json_object(npsight: Run, workspace: Path) -> None:
    told = json.loads(npsight("doctor", "--privacy", "--json", "--workspace", workspace).stdout)
    assert told["setting"]["name"] == "privacy.rows_to_model" and told["setting"]["value"] is False
    assert told["setting"]["file"].endswith("npsight.yaml")
    forms = {column["column"]: column["form"] for column in told["columns"]}
    assert forms["full_name"] == "never" and forms["plan"] == "values and counts"
    assert set(forms.values()) <= set(told["forms"]) and told["always_sent"] and told["builtin"] == "nothing is sent"


def test_the_setting_changes_what_is_told_and_survives_another_load(npsight: Run, workspace: Path) -> None:
    file = workspace / "npsight.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "privacy: {rows_to_model: true}\n", encoding="utf-8")
    for _ in range(2):
        output = npsight("doctor", "--privacy", "--workspace", workspace, columns=100).output
        assert "redacted text " in rows(output)["comment"] and "if allowed" not in rows(output)["comment"]
        assert "privacy.rows_to_model is true" in output
        assert npsight("load", "survey.csv", "--workspace", "ws").exit_code == 0


def test_the_schema_and_a_wrong_setting_say_what_is_allowed(npsight: Run, workspace: Path) -> None:
    schema = json.loads(npsight("doctor", "--schema").stdout)
    assert schema["$defs"]["Privacy"]["properties"]["rows_to_model"]["type"] == "boolean"
    file = workspace / "npsight.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "privacy: {rows: true}\n", encoding="utf-8")
    result = npsight("doctor", "--privacy", "--workspace", workspace)
    assert result.exit_code == 2 and "rows_to_model" in result.output


def test_without_data_it_says_what_to_give(npsight: Run) -> None:
    result = npsight("doctor", "--privacy")
    assert result.exit_code == 2 and "--data" in result.output
