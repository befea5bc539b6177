"""Real files that others published: row counts as their provenance notes give them."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pytest

from warehouse.errors import UnreadableFileError
from warehouse.files import read_file

FOLDER = os.environ.get("NPSIGHT_DATA")
pytestmark = pytest.mark.skipif(not FOLDER, reason="NPSIGHT_DATA does not name the folder of published data")


@pytest.mark.parametrize(
    ("name", "rows", "columns"),
    [
        ("carpentries-surveys/20180908_post_clean.csv", 967, 41),
        ("carpentries-surveys/2020-12-long-term-other_questions-no-open.csv", 87, 26),
        ("carpentries-surveys/2020-12-longterm-column-names.csv", 119, 2),
        ("carpentries-surveys/20200326-longterm-other_questions-no-open.csv", 176, 24),
        ("carpentries-surveys/20200326-longterm-professional_profile-no-open.csv", 176, 2),
        ("carpentries-surveys/all_workshops.csv", 1_869, 9),
        ("carpentries-surveys/data_20170701.csv", 476, 75),
        ("causal-reference/cookie_cats.csv", 90_189, 5),
        ("causal-reference/wooldridge_kielmc.csv", 321, 26),
        ("cdnow/CDNOW_master.txt", 69_659, 4),
        ("cdnow/cdnow_customers_summary.csv", 2_357, 4),
        ("ibm-telco-churn/Telco-Customer-Churn.csv", 7_043, 21),
        ("ibm-telco-churn/Telco_customer_churn_location.csv", 7_043, 9),
        ("ibm-telco-churn/Telco_customer_churn_population.csv", 1_671, 3),
        ("ibm-telco-churn/Telco_customer_churn_services.csv", 7_043, 30),
        ("ibm-telco-churn/Telco_customer_churn_status.csv", 7_043, 11),
        ("prepbench-nps/case_050/inputs/input_01.csv", 140, 7),
        ("prepbench-nps/case_050/inputs/input_02.csv", 5, 2),
        ("prepbench-nps/case_050/inputs/input_03.csv", 24, 12),
        ("prepbench-nps/gold_case_050/output_01.csv", 26, 12),
        ("saas-nps-mixshift/nps_survey.csv", 20_268, 7),
        ("uci-online-retail/online_retail.parquet", 541_909, 6),
        ("uk-broadband-verbatims/verbatim.csv", 2_385, 6),
    ],
)
def test_every_row_of_a_published_file_arrives(
    connection: duckdb.DuckDBPyConnection, name: str, rows: int, columns: int
) -> None:
    [table] = read_file(Path(FOLDER or "") / name, connection)
    assert (table.rows, len(table.columns), table.unread) == (rows, columns, [])


def test_a_published_file_without_a_header_asks_for_one(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UnreadableFileError, match=r"CDNOW_sample.txt has no header row"):
        read_file(Path(FOLDER or "") / "cdnow/CDNOW_sample.txt", connection)


def test_published_duckdb_files_of_an_old_version_are_read(connection: duckdb.DuckDBPyConnection) -> None:
    databases = Path(FOLDER or "") / "duckdb-nsql-eval/databases"
    tables = read_file(databases / "nyc/nyc.duckdb", connection)
    assert [(table.name, table.rows) for table in tables] == [
        ("taxi", 1_000),
        ("service_requests", 1_000),
        ("rideshare", 1_000),
    ]
