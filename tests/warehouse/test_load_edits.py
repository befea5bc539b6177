"""What a person edits in npsight.yaml is obeyed by the next load, and by the one after that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.measure.score import nps
from warehouse.catalog_file import FILE_NAME
from warehouse.errors import NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

SURVEY = "response_id,customer_id,nps_first,nps_second,plan,size,seen_at,responded_at,remark\n" + "".join(
    f"r{i},c{i % 20},{i % 11},{9 + i % 2},{['Starter', 'Growth'][i % 2]},{i % 15},2025-02-0{i % 9 + 1},"
    f"2025-01-{i % 28 + 1:02},an answer in words number {i}\n"
    for i in range(66)
)
CUSTOMERS = "customer_id,country,manager,seats\n" + "".join(
    f"c{i},{['DE', 'FR'][i % 2]},{['Ann B', 'Cid D'][i % 2]},{i * 37}\n" for i in range(20)
)
FIRST = LoadOptions(roles={"score": "nps_first"})


def load(folder: Path, options: LoadOptions | None = None) -> None:
    files = {"survey.csv": SURVEY, "customers.csv": CUSTOMERS}
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    make_workspace([folder / name for name in files], folder / "ws", options)


def edit(folder: Path, change: dict[str, Any]) -> None:
    """Set keys of the catalog, written like `dimensions/plan/synonyms`."""
    path = folder / "ws" / FILE_NAME
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    for spot, value in change.items():
        *parents, last = spot.split("/")
        node = data
        for part in parents:
            node = node.setdefault(part, {})
        node[last] = value
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def role(table: str, column: str) -> str:
    return f"tables/{table}/columns/{column}/role"


def test_an_edit_that_was_not_loaded_is_said_and_never_half_obeyed(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {role("responses", "plan"): "personal"})
    with pytest.raises(NpsError, match=r"plan.*npsight load"):
        Warehouse(tmp_path / "ws")


@pytest.mark.parametrize(
    ("table", "column", "edited"),
    [
        ("responses", "plan", "personal"),
        ("responses", "plan", "attribute"),
        ("responses", "size", "dimension"),
        ("responses", "seen_at", "attribute"),
        ("responses", "comment", "attribute"),
        ("customers", "manager", "personal"),
        ("customers", "seats", "attribute"),
    ],
)
def test_an_edited_role_is_obeyed_by_every_later_load(tmp_path: Path, table: str, column: str, edited: str) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {role(table, column): edited})
    for _ in range(2):
        load(tmp_path)
    with Warehouse(tmp_path / "ws") as warehouse:
        known = {name: table.columns for name, table in warehouse.catalog.tables.items()}
        source = {"comment": "remark"}.get(column, column)
        found = next(item for item in known[table].values() if item.source == source)  # type: ignore[index]
        assert found.role == edited
        assert found.personal == (edited == "personal")
        assert (column in warehouse.catalog.dimensions) == (edited == "dimension")
        assert column not in warehouse.catalog.times or edited == "time"
        assert "score" in known["responses"]


@pytest.mark.parametrize("column", ["plan", "comment"])
def test_a_column_that_is_marked_personal_stays_so(tmp_path: Path, column: str) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {f"tables/responses/columns/{column}/personal": True})
    for _ in range(2):
        load(tmp_path)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.catalog.tables["responses"].columns[column].personal
        assert column not in warehouse.catalog.dimensions


def test_numbers_that_split_may_be_made_a_measure(tmp_path: Path) -> None:
    load(tmp_path, LoadOptions(roles={"score": "nps_first"}, dimensions=("size",)))
    edit(tmp_path, {role("responses", "size"): "measure"})
    load(tmp_path)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert "size" in warehouse.catalog.measures
        assert "size" not in warehouse.catalog.dimensions
        assert warehouse.run("SELECT avg(size) FROM responses").rows[0][0] == pytest.approx(
            sum(i % 15 for i in range(66)) / 66
        )


def test_another_score_is_obeyed_by_every_later_load(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {role("responses", "score"): "attribute", role("responses", "nps_second"): "score"})
    for _ in range(2):
        load(tmp_path)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert nps(warehouse).total.nps == 100.0


def test_a_choice_of_the_command_line_holds_for_later_loads_too(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    load(tmp_path)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert nps(warehouse).total.n == 66
        assert nps(warehouse).total.nps != 100.0


def test_the_command_line_goes_before_an_edit(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {role("responses", "plan"): "personal"})
    load(tmp_path, LoadOptions(roles={"score": "nps_second"}, dimensions=("plan",)))
    with Warehouse(tmp_path / "ws") as warehouse:
        assert "plan" in warehouse.catalog.dimensions
        assert nps(warehouse).total.nps == 100.0


def test_an_edit_of_a_column_that_is_gone_stops_nobody(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {role("responses", "plan"): "personal"})
    file = tmp_path / "next.csv"
    file.write_text("response_id,nps_first\n" + "".join(f"r{i},{i % 11}\n" for i in range(44)), encoding="utf-8")
    make_workspace([file], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as warehouse:
        assert nps(warehouse).total.n == 44


def test_synonyms_of_dates_and_measures_are_kept_too(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {"times/seen_at/synonyms": ["last login"], "measures/seats/synonyms": ["licences"], "name": "Acme"})
    for _ in range(2):
        load(tmp_path)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.catalog.times["seen_at"].synonyms == ["last login"]
        assert warehouse.catalog.measures["seats"].synonyms == ["licences"]
        assert warehouse.catalog.name == "Acme"


def test_a_scale_that_was_edited_is_kept(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {"scale": {"detractor_to": 4, "promoter_from": 8}})
    for _ in range(2):
        load(tmp_path)
    with Warehouse(tmp_path / "ws") as warehouse:
        total = nps(warehouse).total
        assert (total.promoters, total.passives, total.detractors) == (18, 18, 30)  # six of each score


def test_edits_survive_the_loss_of_the_database(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    edit(tmp_path, {"dimensions/plan/synonyms": ["tariff"], "minimum_base/cell": 7})
    (tmp_path / "ws" / "npsight.duckdb").unlink()
    load(tmp_path, FIRST)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.catalog.dimensions["plan"].synonyms == ["tariff"]
        assert warehouse.catalog.minimum_base.cell == 7


def test_a_catalog_that_cannot_be_read_stops_the_load_before_it_is_overwritten(tmp_path: Path) -> None:
    load(tmp_path, FIRST)
    path = tmp_path / "ws" / FILE_NAME
    path.write_text(path.read_text(encoding="utf-8") + "surprise: 1\n", encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(NpsError, match="surprise"):
        load(tmp_path, FIRST)
    assert path.read_bytes() == before
