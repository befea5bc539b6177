"""Odd but valid files: one column, one row, forty columns, one class only, and names that SQL would choke on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.measure.score import nps
from warehouse.options import LoadOptions
from warehouse.quality import QualityReport
from warehouse.workspace import Warehouse, make_workspace, throw_away_workspace


def load(folder: Path, text: str, options: LoadOptions | None = None) -> QualityReport:
    file = folder / "survey.csv"
    file.write_text(text, encoding="utf-8")
    return make_workspace([file], folder / "ws", options)


def nps_of(folder: Path, by: list[str] | None = None) -> tuple[float | None, int | None]:
    with Warehouse(folder) as warehouse:
        total = nps(warehouse, by=by or []).total
        return total.nps, total.n


def test_a_single_column_of_scores_is_a_survey(tmp_path: Path) -> None:
    load(tmp_path, "score\n" + "10\n" * 6 + "8\n" * 2 + "0\n" * 2)
    assert nps_of(tmp_path / "ws") == (40.0, 10)


def test_a_single_column_keeps_every_equal_answer(tmp_path: Path) -> None:
    report = load(tmp_path, "nps\n" + "10\n" * 500)
    assert (report.responses.read, report.responses.kept, report.scored) == (500, 500, 500)
    assert nps_of(tmp_path / "ws") == (100.0, 500)


@pytest.mark.parametrize(("score", "nps"), [(10, 100.0), (9, 100.0), (8, 0.0), (6, -100.0), (0, -100.0)])
def test_a_survey_of_one_class_only_loads_and_measures(tmp_path: Path, score: int, nps: float) -> None:
    load(tmp_path, "response_id,nps_score,plan\n" + "".join(f"r{i},{score},{'AB'[i % 2]}\n" for i in range(40)))
    assert nps_of(tmp_path / "ws") == (nps, 40)
    assert nps_of(tmp_path / "ws", by=["plan"]) == (nps, 40)


def test_one_row_is_a_survey(tmp_path: Path) -> None:
    report = load(tmp_path, "response_id,customer_id,responded_at,nps_score,comment\nr1,c1,2025-03-04,10,fine\n")
    assert (report.responses.kept, report.scored) == (1, 1)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT score, nps_class, comment FROM cohorts").rows == [(10, "promoter", "fine")]
        assert str(warehouse.catalog.as_of) == "2025-03-04"


def test_a_wide_file_keeps_all_its_columns(tmp_path: Path) -> None:
    names = [f"attribute {i}" for i in range(45)]
    values = [",".join(f"v{(row * i) % 4}" for i in range(45)) for row in range(60)]
    text = "response_id,nps_score," + ",".join(names) + "\n"
    load(tmp_path, text + "".join(f"r{i},{i % 11},{line}\n" for i, line in enumerate(values)))
    with Warehouse(tmp_path / "ws") as warehouse:
        sources = {column.source for column in warehouse.catalog.tables["responses"].columns.values()}
        assert sources == {"response_id", "nps_score", *names}
        assert {f"attribute {i}" for i in (1, 2, 3, 44)} <= {
            warehouse.catalog.tables["responses"].columns[name].source for name in warehouse.catalog.dimensions
        } | {"attribute 44"}


ODD_NAMES = [
    "Customer segment",
    'the "best" plan',
    "it's a plan",
    "select",
    "group",
    "order",
    "Land (Größe)",
    "地域",
    "plan 🚀",
    "semi;colon",
    "a.b.c",
    "x--y",
    "/* plan */",
    "%s {plan} $1",
    "Tarif\tneu",
    "  padded  ",
    "1st_choice",
    "from",
    "null",
    "n",
    "total",
    "promoters",
    "week",
    "period",
    "cell",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_a_column_of_any_name_can_be_split_and_filtered_by(tmp_path: Path, name: str) -> None:
    header = '"' + name.replace('"', '""') + '"'
    rows = "".join(f"r{i:03},{10 if i % 2 else 0},{['Ja', 'Nein'][i % 2]}\n" for i in range(60))
    load(tmp_path, f"response_id,nps_score,{header}\n" + rows)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert len(warehouse.catalog.dimensions) == 1
        known = next(iter(warehouse.catalog.dimensions))
        assert warehouse.catalog.tables["responses"].columns[known].source.split() == name.split()
        split = nps(warehouse, by=[known])
        assert {cell.where[known]: cell.nps for cell in split.cells} == {"Ja": -100.0, "Nein": 100.0}
        kept = nps(warehouse, where={known: "Ja"})
        assert (kept.total.nps, kept.total.n) == (-100.0, 30)


@pytest.mark.parametrize(
    "value", ["O'Brien", 'say "hi"', "a;b", "100%", "Größe", "東京", "🚀", "x\\y", "--", "{{ F1 }}"]
)
def test_a_dimension_value_of_any_characters_can_be_filtered_by(tmp_path: Path, value: str) -> None:
    quoted = value.replace('"', '""')
    rows = "".join(f'r{i:03},{10 if i % 2 else 0},"{["plain", quoted][i % 2]}"\n' for i in range(60))
    load(tmp_path, "response_id,nps_score,plan\n" + rows)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert set(warehouse.catalog.dimensions["plan"].values) == {"plain", value}
        kept = nps(warehouse, where={"plan": value})
        assert (kept.total.nps, kept.total.n) == (100.0, 30)


def test_a_user_column_with_the_name_of_one_of_ours_does_not_replace_it(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 11},{['x', 'y'][i % 2]},{['a', 'b', 'c'][i % 3]}\n" for i in range(66))
    load(tmp_path, "response_id,nps,score,nps_class\n" + rows, LoadOptions(roles={"score": "nps"}))
    with Warehouse(tmp_path / "ws") as warehouse:
        rows_found = warehouse.run("SELECT score, nps_class FROM responses").rows
        assert sorted({row[0] for row in rows_found}) == list(range(11))
        assert {row[1] for row in rows_found} == {"promoter", "passive", "detractor"}
        sources = [column.source for column in warehouse.catalog.tables["responses"].columns.values()]
        assert "score" in sources


@pytest.mark.parametrize("name", ["event", "value", "amount", "order_id", "joined_at", "churned_at", "tenure"])
def test_a_name_that_only_other_tables_reserve_stays_the_users_own(tmp_path: Path, name: str) -> None:
    rows = "".join(f"r{i},{i % 11},{['x', 'y'][i % 2]}\n" for i in range(66))
    load(tmp_path, f"response_id,nps_score,{name}\n" + rows)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert {cell.where[name] for cell in nps(warehouse, by=[name]).cells} == {"x", "y"}


def test_columns_that_are_called_like_those_of_a_loader_are_just_columns(tmp_path: Path) -> None:
    """`_row`, `_file` and `_modified` stand in every table that a sync service has written."""
    names = ["_row", "_file", "_line", "_modified", "_content", "_tool", "_score_text", "_first", "_reason"]
    rows = "".join(f"{i % 11},{','.join('xyz'[(i + n) % 3] for n in range(len(names)))}\n" for i in range(66))
    report = load(tmp_path, f"nps_score,{','.join(names)}\n" + rows)
    assert (report.responses.kept, report.scored) == (66, 66)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT sum(score) FROM responses").rows == [(330,)]
        values = [set(dimension.values) for dimension in warehouse.catalog.dimensions.values()]
        assert values.count({"x", "y", "z"}) == len(names)


def test_two_columns_of_the_same_name_are_both_kept_apart(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 11},{['x', 'y'][i % 2]},{['a', 'b', 'c'][i % 3]}\n" for i in range(66))
    load(tmp_path, "response_id,nps_score,plan,plan\n" + rows)
    with Warehouse(tmp_path / "ws") as warehouse:
        values = [set(dimension.values) for dimension in warehouse.catalog.dimensions.values()]
        assert {"x", "y"} in values
        assert {"a", "b", "c"} in values


def test_columns_that_differ_only_by_case_are_both_kept_apart(tmp_path: Path) -> None:
    rows = "".join(f"r{i},{i % 11},{['x', 'y'][i % 2]},{['a', 'b', 'c'][i % 3]}\n" for i in range(66))
    load(tmp_path, "response_id,nps_score,Plan,plan\n" + rows)
    with Warehouse(tmp_path / "ws") as warehouse:
        values = [set(dimension.values) for dimension in warehouse.catalog.dimensions.values()]
        assert {"x", "y"} in values
        assert {"a", "b", "c"} in values


def test_a_column_without_a_name_does_not_stop_the_load(tmp_path: Path) -> None:
    load(tmp_path, ",score,plan\n" + "".join(f"{i},{i % 11},{'AB'[i % 2]}\n" for i in range(44)))
    assert nps_of(tmp_path / "ws")[1] == 44


def test_the_same_answers_get_the_same_numbers_whatever_the_dress(tmp_path: Path) -> None:
    lines = [(f"r{i:02}", str(i % 11), "AB"[i % 2]) for i in range(44)]
    dresses = {
        "comma.csv": "\n".join(",".join(line) for line in [("response_id", "score", "plan"), *lines]),
        "semicolon.csv": "\n".join(";".join(line) for line in [("response_id", "score", "plan"), *lines]),
        "tab.tsv": "\n".join("\t".join(line) for line in [("response_id", "score", "plan"), *lines]),
        "bom.csv": "\ufeff"
        + "\r\n".join(",".join(line) for line in [("response_id", "score", "plan"), *lines])
        + "\r\n",
    }
    for name, text in dresses.items():
        file = tmp_path / name
        file.write_text(text, encoding="utf-8", newline="")
        make_workspace([file], tmp_path / f"ws-{name}")
        value, n = nps_of(tmp_path / f"ws-{name}", by=["plan"])
        assert n == 44
        assert value == pytest.approx(100 * (8 - 28) / 44)


def test_a_throw_away_workspace_is_made_once_for_the_same_contents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPSIGHT_CACHE", str(tmp_path / "cache"))
    file = tmp_path / "survey.csv"
    file.write_text("score\n" + "10\n" * 20, encoding="utf-8")
    first = throw_away_workspace([file])
    made = (first / "npsight.duckdb").stat().st_mtime_ns
    assert throw_away_workspace([file]) == first
    assert (first / "npsight.duckdb").stat().st_mtime_ns == made
    assert throw_away_workspace([file], LoadOptions(roles={"score": "score"})) != first
    file.write_text("score\n" + "0\n" * 20, encoding="utf-8")
    second = throw_away_workspace([file])
    assert second != first
    assert nps_of(second) == (-100.0, 20)
    assert not list(tmp_path.glob("*.duckdb"))
