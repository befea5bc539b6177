"""Several files in one go: joined by the key they share, and an answer is never counted twice."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pytest

from tools.measure.score import nps
from warehouse.errors import NpsError
from warehouse.options import LoadOptions
from warehouse.quality import QualityReport
from warehouse.workspace import Warehouse, make_workspace

SURVEY = "response_id,customer_id,nps_score,responded_at\n" + "".join(
    f"r{i:03},c{i % 20:02},{i % 11},2025-0{i % 6 + 1}-15\n" for i in range(66)
)
CUSTOMERS = "customer_id,plan,country,joined_at\n" + "".join(
    f"c{i:02},{['Starter', 'Growth'][i % 2]},{['DE', 'FR', 'US'][i % 3]},2024-0{i % 6 + 1}-01\n" for i in range(20)
)
ORDERS = "order_id,customer_id,ordered_at,amount\n" + "".join(
    f"o{i:03},c{i % 20:02},2025-0{i % 9 + 1}-01,{10 + i}.50\n" for i in range(90)
)
EVENTS = "customer_id,event,occurred_at,value\n" + "".join(
    f"c{i % 20:02},{['login', 'ticket'][i % 2]},2025-0{i % 6 + 1}-10,{i}\n" for i in range(80)
)


def load(folder: Path, files: dict[str, str], options: LoadOptions | None = None) -> QualityReport:
    paths = []
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        paths.append(folder / name)
    return make_workspace(paths, folder / "ws", options)


def test_four_files_become_four_tables_whatever_their_order(tmp_path: Path) -> None:
    files = {"events.csv": EVENTS, "orders.csv": ORDERS, "customers.csv": CUSTOMERS, "survey.csv": SURVEY}
    report = load(tmp_path, files)
    assert {table.table: table.kept for table in report.tables} == {
        "responses": 66,
        "customers": 20,
        "orders": 90,
        "events": 80,
    }
    assert all(table.balanced for table in report.tables)
    with Warehouse(tmp_path / "ws") as warehouse:
        for table, rows in {"responses": 66, "customers": 20, "orders": 90, "events": 80, "cohorts": 66}.items():
            assert warehouse.run(f"SELECT count(*) FROM {table}").rows == [(rows,)]


def test_file_names_do_not_matter(tmp_path: Path) -> None:
    files = {"a.csv": EVENTS, "b.csv": ORDERS, "c.csv": CUSTOMERS, "d.csv": SURVEY}
    found = {table.file: table.table for table in load(tmp_path, files).tables}
    assert found == {"a.csv": "events", "b.csv": "orders", "c.csv": "customers", "d.csv": "responses"}


def test_the_key_may_be_called_differently_in_each_file(tmp_path: Path) -> None:
    files = {
        "survey.csv": SURVEY.replace("customer_id", "Account No."),
        "customers.csv": CUSTOMERS.replace("customer_id", "id"),
        "orders.csv": ORDERS.replace("customer_id", "buyer"),
        "events.csv": EVENTS.replace("customer_id", "user"),
    }
    report = load(tmp_path, files)
    assert {table.table for table in report.tables} == {"responses", "customers", "orders", "events"}
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*), count(plan), count(country) FROM cohorts").rows == [(66, 66, 66)]
        joined = "SELECT count(*) FROM responses SEMI JOIN {} USING (customer_id)"
        for table in ("customers", "orders", "events"):
            assert warehouse.run(joined.format(table)).rows == [(66,)]


def test_customer_attributes_split_the_answers(tmp_path: Path) -> None:
    load(tmp_path, {"survey.csv": SURVEY, "customers.csv": CUSTOMERS})
    with Warehouse(tmp_path / "ws") as warehouse:
        cells = {cell.where["plan"]: cell for cell in nps(warehouse, by=["plan"]).cells}
        for parity, plan in enumerate(["Starter", "Growth"]):
            scores = [i % 11 for i in range(66) if i % 20 % 2 == parity]
            expected = 100 * (sum(s > 8 for s in scores) - sum(s < 7 for s in scores)) / len(scores)
            assert cells[plan].n == len(scores)
            assert cells[plan].nps == pytest.approx(expected)


def test_an_answer_of_an_unknown_customer_is_kept(tmp_path: Path) -> None:
    load(
        tmp_path,
        {"survey.csv": SURVEY + "r900,stranger,10,2025-06-15\nr901,,9,2025-06-15\n", "customers.csv": CUSTOMERS},
    )
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*), count(plan) FROM cohorts").rows == [(68, 66)]
        assert nps(warehouse).total.n == 68


def test_conflicting_rows_for_one_customer_are_refused_in_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NpsError, match="c07") as caught:
        load(tmp_path, {"survey.csv": SURVEY, "customers.csv": CUSTOMERS + "c07,Enterprise,DE,2024-02-01\n"})
    assert "customers.csv" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "ws" / "npsight.duckdb").exists()


def test_exact_duplicate_rows_of_customers_are_dropped_and_counted(tmp_path: Path) -> None:
    again = CUSTOMERS.splitlines(keepends=True)[3]
    report = load(tmp_path, {"survey.csv": SURVEY, "customers.csv": CUSTOMERS + again + again})
    customers = next(table for table in report.tables if table.table == "customers")
    assert (customers.read, customers.kept, customers.balanced) == (22, 20, True)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*) FROM cohorts").rows == [(66,)]


def test_many_orders_and_events_never_multiply_answers(tmp_path: Path) -> None:
    many = "order_id,customer_id,ordered_at,amount\n" + "".join(
        f"o{i},c01,2025-01-0{i % 9 + 1},5\n" for i in range(500)
    )
    load(tmp_path, {"survey.csv": SURVEY, "customers.csv": CUSTOMERS, "orders.csv": many, "events.csv": EVENTS})
    with Warehouse(tmp_path / "ws") as warehouse:
        found = warehouse.run("SELECT count(*), count(DISTINCT response_id), sum(score) FROM cohorts").rows
        assert found == [(66, 66, sum(i % 11 for i in range(66)))]


def test_files_that_share_no_key_are_refused_in_one_sentence(tmp_path: Path) -> None:
    shop = "shop_code,city\n" + "".join(f"S{i},{['Bonn', 'Lyon'][i % 2]}\n" for i in range(20))
    with pytest.raises(NpsError, match=r"shops\.csv") as caught:
        load(tmp_path, {"survey.csv": SURVEY, "shops.csv": shop})
    assert "\n" not in str(caught.value)


def test_keys_that_never_match_are_refused_or_said(tmp_path: Path) -> None:
    foreign = CUSTOMERS.replace("\nc", "\nx")
    try:
        report = load(tmp_path, {"survey.csv": SURVEY, "customers.csv": foreign})
    except NpsError as error:
        assert "customers.csv" in str(error)
    else:
        assert any("match" in note or "no " in note for table in report.tables for note in table.notes)


def test_keys_that_differ_in_leading_zeros_do_not_match_by_accident(tmp_path: Path) -> None:
    survey = "response_id,customer_id,nps_score\n" + "".join(f"r{i},{i % 20:04},{i % 11}\n" for i in range(60))
    customers = "customer_id,plan\n" + "".join(f"{i:04},{'AB'[i % 2]}\n" for i in range(19)) + "19,A\n"
    load(tmp_path, {"survey.csv": survey, "customers.csv": customers})
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*) FROM cohorts WHERE plan IS NULL").rows == [(3,)]


def test_monthly_exports_with_the_same_columns_are_one_survey(tmp_path: Path) -> None:
    head = "response_id,customer_id,nps_score,responded_at\n"
    files = {
        f"2025-0{month}.csv": head + "".join(f"m{month}r{i},c{i},{i % 11},2025-0{month}-1{i % 9}\n" for i in range(22))
        for month in (1, 2, 3)
    }
    report = load(tmp_path, files)
    assert sum(table.kept for table in report.tables if table.table == "responses") == 66
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*) FROM responses").rows == [(66,)]
        assert warehouse.catalog.as_of == dt.date(2025, 3, 18)


def test_an_answer_in_two_monthly_exports_counts_once(tmp_path: Path) -> None:
    head = "response_id,customer_id,nps_score,responded_at\n"
    january = head + "".join(f"r{i:02},c{i},{i % 11},2025-01-1{i % 9}\n" for i in range(22))
    february = head + "".join(f"r{i:02},c{i},{i % 11},2025-01-1{i % 9}\n" for i in range(11, 33))
    report = load(tmp_path, {"jan.csv": january, "feb.csv": february})
    assert report.scored == 33
    responses = [table for table in report.tables if table.table == "responses"]
    assert sum(table.read for table in responses) == 44
    assert sum(reason.rows for table in responses for reason in table.dropped) == 11


def test_monthly_exports_may_hold_their_columns_in_another_order(tmp_path: Path) -> None:
    january = "response_id,nps_score,plan\n" + "".join(f"a{i:02},{i % 11},{'XY'[i % 2]}\n" for i in range(22))
    february = "plan,response_id,nps_score\n" + "".join(f"{'XY'[i % 2]},b{i:02},{i % 11}\n" for i in range(22))
    load(tmp_path, {"jan.csv": january, "feb.csv": february})
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.catalog.dimensions["plan"].values == {"X": 22, "Y": 22}
        assert warehouse.run("SELECT sum(score) FROM responses").rows == [(220,)]


def test_two_different_surveys_are_not_mixed_silently(tmp_path: Path) -> None:
    other = "answer_id,likelihood_to_recommend,shop\n" + "".join(f"q{i},{i % 11},{'AB'[i % 2]}\n" for i in range(33))
    with pytest.raises(NpsError) as caught:
        load(tmp_path, {"survey.csv": SURVEY, "shops.csv": other})
    assert "shops.csv" in str(caught.value) or "survey.csv" in str(caught.value)


def test_the_survey_among_files_with_scores_can_be_named(tmp_path: Path) -> None:
    health = CUSTOMERS.replace("joined_at", "health_score").replace("2024-0", "").replace("-01\n", "\n")
    load(tmp_path, {"customers.csv": health, "survey.csv": SURVEY}, LoadOptions(survey="survey.csv"))
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*) FROM responses").rows == [(66,)]


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NpsError, match=r"gone\.csv"):
        make_workspace([tmp_path / "gone.csv"], tmp_path / "ws")


def test_no_files_are_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(NpsError):
        make_workspace([], tmp_path / "ws")


def test_a_shared_dimension_is_no_customer_key(tmp_path: Path) -> None:
    countries = [f"{a}{b}land" for a in "ABCDE" for b in "aeiou"]
    survey = "response_id,nps_score,country\n" + "".join(f"r{i},{i % 11},{countries[i % 25]}\n" for i in range(75))
    regions = "country,region\n" + "".join(f"{name},{'NS'[i % 2]}\n" for i, name in enumerate(countries))
    with pytest.raises(NpsError, match=r"regions\.csv"):
        load(tmp_path, {"survey.csv": survey, "regions.csv": regions})


def test_customer_rows_that_differ_only_by_spelling_are_one_row(tmp_path: Path) -> None:
    again = "c03,growth ,DE,2024-04-01\n"
    assert "c03,Growth,DE,2024-04-01\n" in CUSTOMERS
    report = load(tmp_path, {"survey.csv": SURVEY, "customers.csv": CUSTOMERS + again})
    customers = next(table for table in report.tables if table.table == "customers")
    assert (customers.read, customers.kept, customers.balanced) == (21, 20, True)


def test_the_date_of_an_order_is_the_one_that_its_name_says(tmp_path: Path) -> None:
    orders = "order_id,customer_id,delivered_at,ordered_at,amount\n" + "".join(
        f"o{i},c{i % 20:02},2025-12-01,2025-01-0{i % 9 + 1},5\n" for i in range(90)
    )
    load(tmp_path, {"survey.csv": SURVEY, "orders.csv": orders})
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT max(ordered_at) FROM orders").rows == [(dt.datetime(2025, 1, 9),)]


def test_each_monthly_export_may_write_its_dates_its_own_way(tmp_path: Path) -> None:
    head = "response_id,nps_score,date\n"
    january = head + "".join(f"a{i:02},{i % 11},2025-01-{i + 1:02}\n" for i in range(22))
    february = head + "".join(f"b{i:02},{i % 11},{i + 1}/02/2025\n" for i in range(22))
    load(tmp_path, {"jan.csv": january, "feb.csv": february})
    with Warehouse(tmp_path / "ws") as warehouse:
        months = "SELECT month(responded_at), count(*) FROM responses GROUP BY 1 ORDER BY 1"
        assert warehouse.run(months).rows == [(1, 22), (2, 22)]


def test_a_survey_may_hold_a_column_with_the_name_of_a_computed_one(tmp_path: Path) -> None:
    lines = SURVEY.splitlines()
    survey = "\n".join([lines[0] + ",orders_before", *(f"{line},{n % 3}" for n, line in enumerate(lines[1:]))]) + "\n"
    load(tmp_path, {"survey.csv": survey, "customers.csv": CUSTOMERS, "orders.csv": ORDERS})
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*) FROM cohorts").rows == [(66,)]
        assert set(warehouse.catalog.dimensions["orders_before"].values) == {"0", "1", "2"}


def test_a_survey_that_holds_a_joined_date_keeps_it_and_tenure_is_the_customers(tmp_path: Path) -> None:
    lines = SURVEY.splitlines()
    survey = "\n".join([lines[0] + ",joined_at", *(f"{line},2020-01-01" for line in lines[1:])]) + "\n"
    load(tmp_path, {"survey.csv": survey, "customers.csv": CUSTOMERS})
    with Warehouse(tmp_path / "ws") as warehouse:
        days = warehouse.run("SELECT max(tenure_days) FROM cohorts").rows[0][0]
        assert days <= (dt.date(2025, 6, 15) - dt.date(2024, 1, 1)).days


def test_two_equal_files_give_the_answers_once(tmp_path: Path) -> None:
    report = load(tmp_path, {"a.csv": SURVEY, "b.csv": SURVEY})
    assert (report.responses.read, report.responses.kept, report.responses.balanced) == (132, 66, True)


@pytest.mark.parametrize("floated", ["survey", "customers"])
def test_keys_that_a_spreadsheet_made_into_decimals_still_match(tmp_path: Path, floated: str) -> None:
    """17850.0 for 17850: what pandas writes once a single id is missing."""
    ends = {"survey": "", "customers": ""} | {floated: ".0"}
    survey = "response_id,customer_id,nps_score\n" + "".join(
        f"r{i},{1000 + i % 20}{ends['survey']},{i % 11}\n" for i in range(66)
    )
    customers = "customer_id,plan\n" + "".join(f"{1000 + i}{ends['customers']},{'AB'[i % 2]}\n" for i in range(20))
    load(tmp_path, {"survey.csv": survey + "r900,,5\n", "customers.csv": customers})
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*), count(plan) FROM cohorts").rows == [(67, 66)]
        assert warehouse.run("SELECT min(customer_id), max(customer_id) FROM responses").rows == [("1000", "1019")]


def test_keys_that_a_parquet_file_holds_as_floats_match_those_of_a_csv_file(tmp_path: Path) -> None:
    survey, orders = tmp_path / "survey.csv", tmp_path / "orders.parquet"
    survey.write_text(SURVEY.replace(",c", ",10").replace(",10ustomer", ",customer"), encoding="utf-8")
    made = "SELECT CASE WHEN i % 7 = 0 THEN 'NaN'::DOUBLE ELSE 1000.0::DOUBLE + i % 20 END AS \"CustomerID\", "
    made += 'TIMESTAMP \'2025-01-01\' + to_days(i) AS "InvoiceDate", 5.5 AS "Amount" FROM range(140) t(i)'
    duckdb.execute(f"COPY ({made}) TO '{orders}'")
    report = make_workspace([survey, orders], tmp_path / "ws")
    bought = next(table for table in report.tables if table.table == "orders")
    assert (bought.read, bought.kept, bought.balanced) == (140, 120, True)
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.run("SELECT count(*) FROM responses SEMI JOIN orders USING (customer_id)").rows == [(66,)]


def test_equal_orders_without_an_order_id_are_two_orders(tmp_path: Path) -> None:
    orders = "customer_id,ordered_at,amount\n" + "".join(f"c{i % 20:02},2025-01-0{i % 3 + 1},9.99\n" for i in range(90))
    report = load(tmp_path, {"survey.csv": SURVEY, "orders.csv": orders})
    bought = next(table for table in report.tables if table.table == "orders")
    assert (bought.read, bought.kept) == (90, 90)
    assert any("30 rows" in note for note in bought.notes)  # 20 customers on 3 days: 60 different rows


def test_equal_rows_of_one_order_id_are_one_order(tmp_path: Path) -> None:
    again = ORDERS.splitlines(keepends=True)[5]
    report = load(tmp_path, {"survey.csv": SURVEY, "orders.csv": ORDERS + again})
    bought = next(table for table in report.tables if table.table == "orders")
    assert (bought.read, bought.kept, bought.balanced) == (91, 90, True)


def test_the_customer_is_the_key_even_when_another_code_is_shared_more(tmp_path: Path) -> None:
    survey = "response_id,customer_id,product_code,nps_score\n" + "".join(
        f"r{i},c{i % 40:02},P-{i % 15:03},{i % 11}\n" for i in range(80)
    )
    orders = "order_id,customer_id,product_code,ordered_at,amount\n" + "".join(
        f"o{i},c{i % 25:02},P-{i % 15:03},2025-01-01,5\n" for i in range(75)
    )
    load(tmp_path, {"survey.csv": survey, "orders.csv": orders})
    with Warehouse(tmp_path / "ws") as warehouse:
        columns = warehouse.catalog.tables["orders"].columns
        assert columns["customer_id"].source == "customer_id"
