"""Files that others made, with numbers that others computed; read where NPSIGHT_DATA names their folder."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

import pytest

from tools.measure.score import nps
from tools.shown import NpsCell
from warehouse.errors import NotNpsScaleError
from warehouse.workspace import Warehouse, make_workspace

DATA = Path(os.environ.get("NPSIGHT_DATA", ""))
pytestmark = pytest.mark.skipif("NPSIGHT_DATA" not in os.environ, reason="NPSIGHT_DATA does not name a folder of data")


def load(file: str, folder: Path) -> Warehouse:
    report = make_workspace([DATA / file], folder / "ws")
    assert all(table.balanced for table in report.tables)
    assert report.responses.kept == report.scored + sum(reason.rows for reason in report.unscored)
    return Warehouse(folder / "ws")


def rounded(cells: list[NpsCell], label: str) -> dict[str, tuple[float | None, int | None]]:
    return {cell.where[label]: (cell.nps and round(cell.nps, 2), cell.n) for cell in cells}


@pytest.mark.parametrize(
    ("file", "arrived", "scored", "known"),
    [
        ("carpentries-surveys/20180908_post_clean.csv", 967, 889, 48.37),
        ("carpentries-surveys/data_20170701.csv", 476, 402, 36.32),
        ("carpentries-surveys/20200326-longterm-other_questions-no-open.csv", 176, 134, 62.69),
        ("carpentries-surveys/2020-12-long-term-other_questions-no-open.csv", 87, 87, 47.13),
        ("uk-broadband-verbatims/verbatim.csv", 2385, 2353, -24.69),
        ("saas-nps-mixshift/nps_survey.csv", 20268, 20268, 10.86),
        ("prepbench-nps/gold_case_050/output_01.csv", 26, 26, -19.23),
    ],
)
def test_a_real_survey_has_its_known_figure_without_any_option(
    tmp_path: Path, file: str, arrived: int, scored: int, known: float
) -> None:
    with load(file, tmp_path) as warehouse:
        total = nps(warehouse).total
        assert (total.nps and round(total.nps, 2), total.n) == (known, scored)
        assert warehouse.quality.responses.read == arrived


def test_training_surveys_by_quarter(tmp_path: Path) -> None:
    with load("carpentries-surveys/20180908_post_clean.csv", tmp_path) as warehouse:
        found = rounded(nps(warehouse, grain="quarter").cells, "period")
        assert {period: found[period] for period in ("2017-Q4", "2018-Q1", "2018-Q2", "2018-Q3")} == {
            "2017-Q4": (22.64, 106),
            "2018-Q1": (46.24, 186),
            "2018-Q2": (47.59, 166),
            "2018-Q3": (26.47, 102),
        }
        assert warehouse.catalog.as_of == dt.date(2018, 9, 8)
        assert warehouse.catalog.times["responded_at"].first == dt.date(2016, 6, 9)


def test_broadband_by_journey_stage_and_month(tmp_path: Path) -> None:
    with load("uk-broadband-verbatims/verbatim.csv", tmp_path) as warehouse:
        assert rounded(nps(warehouse, by=["SURVEY_SUB_TYPE"]).cells, "SURVEY_SUB_TYPE") == {
            "Order": (-9.98, 962),
            "First Payment": (-29.29, 1130),
            "Equipment Received": (-56.71, 231),
            "Service in Use": (-76.67, 30),
        }
        months = rounded(nps(warehouse, grain="month").cells, "period")
        known = [-58.14, -33.10, -27.14, -25.19, -13.25, -21.86, -10.92]
        assert [value for value, _n in months.values()] == known
        assert next(iter(months)) == "2017-12"
        assert warehouse.catalog.tables["responses"].columns["NPS_RATING"].role == "attribute"


def test_saas_slides_as_a_whole_while_both_groups_rise(tmp_path: Path) -> None:
    with load("saas-nps-mixshift/nps_survey.csv", tmp_path) as warehouse:
        assert rounded(nps(warehouse, by=["is_admin"]).cells, "is_admin") == {"0": (-4.19, 13112), "1": (38.43, 7156)}
        quarters = rounded(nps(warehouse, grain="quarter").cells, "period")
        assert [value for value, _n in quarters.values()] == [13.53, 12.63, 11.26, 11.37, 10.63, 10.27, 9.51]
        assert set(warehouse.catalog.measures) == {"sessions", "messages"}


def test_satisfaction_from_1_to_5_is_not_turned_into_nps(tmp_path: Path) -> None:
    with pytest.raises(NotNpsScaleError, match="Satisfaction Score"):
        load("ibm-telco-churn/Telco_customer_churn_status.csv", tmp_path)


def test_the_gold_task_counts_a_customer_once_for_the_first_and_once_for_the_latest_answer(tmp_path: Path) -> None:
    with load("prepbench-nps/gold_case_050/output_01.csv", tmp_path) as warehouse:
        column = next(name for name in warehouse.catalog.dimensions if name.startswith("Result"))
        classes = warehouse.run("SELECT nps_class, count(*) FROM responses GROUP BY 1").rows
        assert dict(classes) == {"promoter": 7, "passive": 7, "detractor": 12}
        assert sum(warehouse.catalog.dimensions[column].values.values()) == 26
        people = [item.source for item in warehouse.catalog.tables["responses"].columns.values() if item.personal]
        assert people == ["Name"]
