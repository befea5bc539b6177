"""`cohorts`: one row an answer, with what was known of the customer when the answer was given, and nothing later."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace


def load(folder: Path, **files: str) -> Warehouse:
    paths = []
    for name, text in files.items():
        paths.append(folder / f"{name}.csv")
        paths[-1].write_text(text, encoding="utf-8")
    make_workspace(paths, folder / "ws", LoadOptions(survey="survey.csv"))
    return Warehouse(folder / "ws")


SURVEY = "response_id,customer_id,nps_score,responded_at\n"
ORDERS = "order_id,customer_id,ordered_at,amount\n"
CUSTOMERS = "customer_id,plan,joined_at\n"
FILLER = "".join(f"z{i},k{i},{i % 11},2025-01-01\n" for i in range(22))
FILLER_CUSTOMERS = "".join(f"k{i},{'AB'[i % 2]},2024-01-01\n" for i in range(22))


def test_there_is_one_row_for_every_answer_also_without_other_files(tmp_path: Path) -> None:
    with load(tmp_path, survey=SURVEY + FILLER) as warehouse:
        assert warehouse.run("SELECT count(*), count(DISTINCT response_id) FROM cohorts").rows == [(22, 22)]


def test_an_order_counts_only_when_it_was_placed_before_the_answer(tmp_path: Path) -> None:
    survey = SURVEY + "a,x,9,2025-03-10 12:00:00\nb,x,3,2025-05-01 00:00:00\nc,y,9,2025-03-10 12:00:00\n" + FILLER
    orders = ORDERS + (
        "1,x,2025-03-09 12:00:00,10.00\n"  # before both answers
        "2,x,2025-03-10 11:59:59,5.50\n"  # a second before the first
        "3,x,2025-03-10 12:00:00,100.00\n"  # at the very moment of the first: not before it
        "4,x,2025-04-30 23:59:59,1.00\n"
        "5,x,2025-05-01 00:00:00,1000.00\n"  # at the moment of the second
        "6,x,2026-01-01 00:00:00,1000.00\n"
    )
    orders += "".join(f"k{i},k{i},2024-12-31 00:00:00,7\n" for i in range(22))
    with load(tmp_path, survey=survey, orders=orders) as warehouse:
        found = warehouse.run(
            "SELECT response_id, orders_before, amount_before FROM cohorts WHERE response_id IN ('a', 'b') ORDER BY 1"
        ).rows
        assert found == [("a", 2, pytest.approx(15.5)), ("b", 4, pytest.approx(116.5))]
        nobody = warehouse.run("SELECT orders_before, amount_before FROM cohorts WHERE response_id = 'c'").rows
        assert nobody[0][0] == 0
        assert nobody[0][1] in (0, None)


def test_an_order_on_the_day_of_a_dated_answer_is_not_before_it(tmp_path: Path) -> None:
    orders = ORDERS + "".join(f"o{i},k{i},2025-01-01,7\np{i},k{i},2024-12-31,2\n" for i in range(22))
    with load(tmp_path, survey=SURVEY + FILLER, orders=orders) as warehouse:
        assert warehouse.run("SELECT DISTINCT orders_before, amount_before FROM cohorts").rows == [(1, 2.0)]


def test_a_refund_lowers_what_was_spent_before_the_answer(tmp_path: Path) -> None:
    orders = ORDERS + "".join(f"o{i},k{i},2024-12-01,70\np{i},k{i},2024-12-02,-20\n" for i in range(22))
    with load(tmp_path, survey=SURVEY + FILLER, orders=orders) as warehouse:
        assert warehouse.run("SELECT DISTINCT orders_before, amount_before FROM cohorts").rows == [(2, 50.0)]


def test_orders_without_an_amount_are_counted_and_no_spend_is_made_up(tmp_path: Path) -> None:
    orders = "order_id,customer_id,ordered_at,unit_price\n" + "".join(f"o{i},k{i},2024-12-01,7\n" for i in range(22))
    with load(tmp_path, survey=SURVEY + FILLER, orders=orders) as warehouse:
        assert warehouse.run("SELECT DISTINCT orders_before FROM cohorts").rows == [(1,)]
        assert "amount_before" not in warehouse.run("SELECT * FROM cohorts LIMIT 1").columns
        assert "amount_before" not in warehouse.catalog.measures


def test_an_order_without_a_date_is_before_no_answer(tmp_path: Path) -> None:
    orders = ORDERS + "".join(f"o{i},k{i},{'2024-12-31' if i % 2 else ''},7\n" for i in range(22))
    with load(tmp_path, survey=SURVEY + FILLER, orders=orders) as warehouse:
        found = warehouse.run("SELECT orders_before, count(*) FROM cohorts GROUP BY 1 ORDER BY 1").rows
        assert found == [(0, 11), (1, 11)]


def test_tenure_counts_the_days_from_joining_to_the_answer(tmp_path: Path) -> None:
    survey = SURVEY + "a,x,9,2025-03-10\nb,x,3,2024-02-29\nc,y,8,2025-03-10\n" + FILLER
    customers = CUSTOMERS + "x,A,2024-02-29\ny,B,2025-03-11\n" + FILLER_CUSTOMERS
    with load(tmp_path, survey=survey, customers=customers) as warehouse:
        found = dict(warehouse.run("SELECT response_id, tenure_days FROM cohorts WHERE customer_id = 'x'").rows)
        assert found == {"a": (dt.date(2025, 3, 10) - dt.date(2024, 2, 29)).days, "b": 0}


def test_a_customer_who_joined_after_the_answer_has_no_tenure(tmp_path: Path) -> None:
    survey = SURVEY + "c,y,8,2025-03-10\n" + FILLER
    with load(tmp_path, survey=survey, customers=CUSTOMERS + "y,B,2025-04-11\n" + FILLER_CUSTOMERS) as warehouse:
        found = warehouse.run("SELECT tenure_days, tenure FROM cohorts WHERE response_id = 'c'").rows
        assert found == [(None, None)]


def test_an_answer_without_a_date_has_no_tenure_and_no_count_of_orders(tmp_path: Path) -> None:
    survey = SURVEY + "c,k1,8,\n" + FILLER
    orders = ORDERS + "".join(f"o{i},k{i},2024-12-31,7\n" for i in range(22))
    with load(tmp_path, survey=survey, customers=CUSTOMERS + FILLER_CUSTOMERS, orders=orders) as warehouse:
        found = warehouse.run("SELECT tenure_days, tenure, orders_before FROM cohorts WHERE response_id = 'c'").rows
        assert found[0][:2] == (None, None)
        assert found[0][2] in (None, 0)


def test_a_survey_column_with_a_customers_name_for_it_stays_apart(tmp_path: Path) -> None:
    survey = "response_id,customer_id,nps_score,plan\n" + "".join(
        f"r{i},k{i % 22},{i % 11},{'XY'[i % 2]}\n" for i in range(44)
    )
    with load(tmp_path, survey=survey, customers=CUSTOMERS + FILLER_CUSTOMERS) as warehouse:
        row = warehouse.run("SELECT * FROM cohorts WHERE response_id = 'r1'").records()[0]
        assert {"Y", "B"} <= {value for value in row.values() if isinstance(value, str)}
        assert warehouse.run("SELECT plan FROM responses WHERE response_id = 'r1'").rows == [("Y",)]


def test_an_events_table_has_the_columns_that_are_promised(tmp_path: Path) -> None:
    events = "customer_id,event,occurred_at,value\n" + "".join(
        f"k{i},login,2025-01-0{i % 9 + 1},{i}\n" for i in range(22)
    )
    with load(tmp_path, survey=SURVEY + FILLER, events=events) as warehouse:
        found = warehouse.run("SELECT customer_id, event, occurred_at, value FROM events ORDER BY value").rows
        assert found[1] == ("k1", "login", dt.datetime(2025, 1, 2), 1.0)


MOMENTS = st.datetimes(dt.datetime(2024, 1, 1), dt.datetime(2025, 12, 31)).map(lambda at: at.replace(microsecond=0))
ANSWERS = st.lists(st.tuples(st.integers(0, 4), MOMENTS), min_size=1, max_size=12)
PURCHASES = st.lists(st.tuples(st.integers(0, 4), MOMENTS, st.integers(0, 500)), min_size=1, max_size=25)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(answers=ANSWERS, purchases=PURCHASES)
def test_orders_before_an_answer_are_those_that_a_plain_count_finds(
    answers: list[tuple[int, dt.datetime]], purchases: list[tuple[int, dt.datetime, int]]
) -> None:
    survey = SURVEY + "".join(f"a{i},c{who},{i % 11},{at}\n" for i, (who, at) in enumerate(answers)) + FILLER
    orders = ORDERS + "".join(f"o{i},c{who},{at},{cents / 100}\n" for i, (who, at, cents) in enumerate(purchases))
    orders += "".join(f"f{i},k{i},2024-12-31 00:00:00,7\n" for i in range(22))
    with tempfile.TemporaryDirectory() as folder, load(Path(folder), survey=survey, orders=orders) as warehouse:
        rows = warehouse.run(
            "SELECT response_id, orders_before, amount_before FROM cohorts WHERE response_id < 'f'"
        ).rows
        assert len(rows) == len(answers)
        found = {row[0]: row[1:] for row in rows}
        for i, (who, at) in enumerate(answers):
            cents = [amount for buyer, when, amount in purchases if buyer == who and when < at]
            assert found[f"a{i}"][0] == len(cents)
            assert (found[f"a{i}"][1] or 0) == pytest.approx(sum(cents) / 100)
