"""A small survey with known counts, loaded once."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from warehouse.catalog import BusinessEvent, Catalog
from warehouse.catalog_file import FILE_NAME, read_catalog
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

# (plan, region, month) → promoters, passives, detractors
WORLD = {
    ("Starter", "North", "2025-01"): (30, 10, 10),
    ("Starter", "South", "2025-02"): (20, 10, 20),
    ("Growth", "North", "2025-03"): (40, 5, 5),
    ("Growth", "South", "2025-04"): (10, 10, 30),
    ("Scale Up", "North", "2025-05"): (25, 10, 15),
    ("Scale Up", "South", "2025-06"): (45, 3, 2),
}
SCORES = {"promoter": "9", "passive": "7", "detractor": "3"}


def world_rows() -> list[list[str]]:
    """One row an answer, with an id, the last day of June among the dates."""
    rows = []
    for (plan, region, month), counts in WORLD.items():
        labels = [name for name, n in zip(SCORES, counts, strict=True) for _ in range(n)]
        for i, label in enumerate(labels):
            number = len(rows) + 1
            day = 1 + i % 30 if month != "2025-02" else 1 + i % 28
            rows.append([f"r{number}", f"c{number}", f"{month}-{day:02d}", plan, region, SCORES[label], "Fine 10/10"])
    return rows


@pytest.fixture(scope="session")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The survey as a CSV file."""
    path = tmp_path_factory.mktemp("survey") / "answers.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "customer_id", "answered_on", "plan", "region", "nps_score", "comment"])
        writer.writerows(world_rows())
    return path


@pytest.fixture(scope="session")
def workspace(survey: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The survey as a workspace, with a business event."""
    folder = tmp_path_factory.mktemp("workspace")
    event = BusinessEvent.model_validate({"date": "2025-04-01", "synonyms": ["price increase"]})
    make_workspace([survey], folder, LoadOptions(events={"price_rise": event}))
    return folder


@pytest.fixture(scope="session")
def warehouse_catalog(workspace: Path) -> Catalog:
    """The catalog of the workspace."""
    return read_catalog(workspace / FILE_NAME)


@pytest.fixture
def warehouse(workspace: Path) -> Iterator[Warehouse]:
    """The workspace opened."""
    with Warehouse(workspace) as opened:
        yield opened


@pytest.fixture
def own(workspace: Path, tmp_path: Path) -> Iterator[Warehouse]:
    """A workspace of the test's own: what is written there is looked at."""
    for name in (FILE_NAME, "npsight.duckdb"):
        (tmp_path / name).write_bytes((workspace / name).read_bytes())
    with Warehouse(tmp_path) as opened:
        yield opened
