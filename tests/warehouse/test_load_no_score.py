"""Files without a 0-10 score: loaded on request for their other outcomes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.registry import run_tool
from warehouse.errors import MissingDataError, NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    path = tmp_path / "houses.csv"
    rows = [
        f"{year},{near},{100_000 + 1_000 * i}.{i:02d}" for i in range(40) for year in (1978, 1981) for near in (0, 1)
    ]
    path.write_text("year,near,price\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_a_file_without_a_score_is_refused_unless_it_is_said_to_have_none(houses: Path, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="--score"):
        make_workspace([houses], tmp_path / "a")
    report = make_workspace([houses], tmp_path / "b", LoadOptions(no_score=True))
    assert report.scored == 0 and report.tables[0].kept == 160
    with Warehouse(tmp_path / "b") as warehouse:
        assert "price" in warehouse.catalog.measures
        with pytest.raises(MissingDataError, match="no scored answers"):
            run_tool(warehouse, "nps")


def test_a_column_of_years_is_a_date_only_when_it_is_named_as_one(houses: Path, tmp_path: Path) -> None:
    make_workspace([houses], tmp_path / "plain", LoadOptions(no_score=True))
    make_workspace([houses], tmp_path / "dated", LoadOptions(no_score=True, roles={"responded_at": "year"}))
    with Warehouse(tmp_path / "plain") as plain, Warehouse(tmp_path / "dated") as dated:
        assert plain.catalog.as_of is None and "year" in plain.catalog.dimensions
        assert str(dated.catalog.as_of) == "1981-01-01"
        years = dated.run("SELECT DISTINCT CAST(responded_at AS DATE) FROM responses ORDER BY 1").rows
        assert [str(row[0]) for row in years] == ["1978-01-01", "1981-01-01"]


def test_a_score_and_no_score_exclude_each_other(houses: Path, tmp_path: Path) -> None:
    with pytest.raises(NpsError, match="not both"):
        make_workspace([houses], tmp_path / "c", LoadOptions(no_score=True, roles={"score": "near"}))


def test_several_files_need_the_name_of_the_one_without_a_score(houses: Path, tmp_path: Path) -> None:
    other = tmp_path / "more.csv"
    other.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(NpsError, match="--survey"):
        make_workspace([houses, other], tmp_path / "d", LoadOptions(no_score=True))


def test_decimal_numbers_are_no_phone_numbers(tmp_path: Path) -> None:
    path = tmp_path / "answers.csv"
    rows = [f"{i % 11},{10_000 + i}.{1234 + i}" for i in range(60)]
    path.write_text("nps,distance\n" + "\n".join(rows) + "\n", encoding="utf-8")
    make_workspace([path], tmp_path / "e")
    with Warehouse(tmp_path / "e") as warehouse:
        assert "distance" in warehouse.catalog.measures
