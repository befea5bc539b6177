"""Dates in every dress; an order of day and month that the file does not settle is asked for, never guessed."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from warehouse.dates import DateOrder
from warehouse.errors import NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

DAYS = [dt.datetime(2025, 1, 2) + dt.timedelta(days=9 * i) for i in range(30)]


def load(folder: Path, dates: list[str], options: LoadOptions | None = None) -> Warehouse:
    file = folder / "survey.csv"
    rows = "".join(f'r{i:03},{i % 11},"{date}"\n' for i, date in enumerate(dates))
    file.write_text("response_id,score,date\n" + rows, encoding="utf-8")
    make_workspace([file], folder / "ws", options)
    return Warehouse(folder / "ws")


def days(warehouse: Warehouse) -> list[dt.date | None]:
    found = warehouse.run("SELECT responded_at FROM responses ORDER BY response_id").rows
    return [value and value.date() for (value,) in found]


@pytest.mark.parametrize(
    "pattern",
    [
        "%Y-%m-%d",
        "%Y-%m-%dT%H:%M:%SZ",
        "%Y-%m-%d %H:%M:%S",
        "%Y/%m/%d",
        "%Y%m%d",
        "%d/%m/%Y",
        "%m/%d/%Y",
        "%d.%m.%Y",
        "%d-%m-%Y",
        "%d/%m/%Y %H:%M",
        "%m/%d/%Y %I:%M:%S %p",
        "%m/%d/%y",
        "%d %b %Y",
        "%B %d, %Y",
        "%d-%b-%y",
        "%a %b %d %Y",
        "%A, %d %B %Y %H:%M:%S GMT",
        "%Y-%m-%d %H:%M:%S.%f",
        "%Y-%m-%d %H:%M:%S UTC",
    ],
)
def test_a_date_column_is_read_in_its_own_format(tmp_path: Path, pattern: str) -> None:
    with load(tmp_path, [day.strftime(pattern) for day in DAYS]) as warehouse:
        assert days(warehouse) == [day.date() for day in DAYS]


def test_months_in_capitals_are_months(tmp_path: Path) -> None:
    with load(tmp_path, [day.strftime("%d-%b-%Y").upper() for day in DAYS]) as warehouse:
        assert days(warehouse) == [day.date() for day in DAYS]


def test_unix_seconds_are_dates(tmp_path: Path) -> None:
    moments = [day.replace(hour=12, tzinfo=dt.UTC) for day in DAYS]
    file = tmp_path / "survey.csv"
    rows = "".join(f"r{i:03},{i % 11},{int(moment.timestamp())}\n" for i, moment in enumerate(moments))
    file.write_text("response_id,score,created_at\n" + rows, encoding="utf-8")
    make_workspace([file], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as warehouse:
        assert days(warehouse) == [day.date() for day in DAYS]


def test_a_moment_with_an_offset_is_stored_in_utc(tmp_path: Path) -> None:
    dates = ["2025-03-01T00:30:00+02:00"] + [day.strftime("%Y-%m-%dT12:00:00+00:00") for day in DAYS]
    with load(tmp_path, dates) as warehouse:
        assert warehouse.run("SELECT responded_at FROM responses ORDER BY response_id").rows[0] == (
            dt.datetime(2025, 2, 28, 22, 30),
        )


@pytest.mark.parametrize("offset", ["+02", " +02", "+0200", " +0200", " +02:00"])
def test_an_offset_in_any_dress_is_obeyed(tmp_path: Path, offset: str) -> None:
    with load(tmp_path, [f"2025-03-01 00:30:00{offset}", *(f"{day}{offset}" for day in DAYS)]) as warehouse:
        assert days(warehouse)[0] == dt.date(2025, 2, 28)


def test_mixed_formats_that_are_each_clear_are_all_read(tmp_path: Path) -> None:
    patterns = ["%Y-%m-%d", "%d %b %Y", "%B %d, %Y", "%Y-%m-%dT%H:%M:%SZ"]
    dates = [day.strftime(patterns[i % 4]) for i, day in enumerate(DAYS)]
    with load(tmp_path, dates) as warehouse:
        assert days(warehouse) == [day.date() for day in DAYS]


def test_slashed_dates_beside_iso_dates_take_their_order_from_the_days_above_twelve(tmp_path: Path) -> None:
    dates = [day.strftime("%d/%m/%Y" if i % 2 else "%Y-%m-%d") for i, day in enumerate(DAYS)]
    with load(tmp_path, dates) as warehouse:
        assert days(warehouse) == [day.date() for day in DAYS]


AMBIGUOUS = [f"{a:02}/{b:02}/2025" for a in range(1, 13) for b in range(1, 13)]


def test_an_ambiguous_order_is_an_error_that_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(NpsError, match="--date-order") as caught:
        load(tmp_path, AMBIGUOUS)
    said = str(caught.value)
    assert "date" in said
    assert "dmy" in said
    assert "mdy" in said
    assert not (tmp_path / "ws" / "npsight.duckdb").exists()


@pytest.mark.parametrize(("order", "expected"), [("dmy", dt.date(2025, 2, 1)), ("mdy", dt.date(2025, 1, 2))])
def test_the_stated_order_is_obeyed(tmp_path: Path, order: DateOrder, expected: dt.date) -> None:
    with load(tmp_path, AMBIGUOUS, LoadOptions(date_order=order)) as warehouse:
        assert days(warehouse)[1] == expected


def test_a_stated_order_that_the_dates_contradict_does_not_swap_them_silently(tmp_path: Path) -> None:
    dates = [day.strftime("%d/%m/%Y") for day in DAYS]
    try:
        with load(tmp_path, dates, LoadOptions(date_order="mdy")) as warehouse:
            assert days(warehouse) == [day.date() for day in DAYS]  # never 5 January turned into 1 May
            assert any("mdy" in note for note in warehouse.quality.responses.notes)
    except NpsError as error:
        assert "date" in str(error)


def test_one_day_above_twelve_on_each_side_is_an_error_and_not_a_mix(tmp_path: Path) -> None:
    with pytest.raises(NpsError, match="--date-order"):
        load(tmp_path, ["25/01/2025", "01/25/2025", "02/03/2025", "04/05/2025"] * 5)


def test_a_majority_does_not_settle_the_order_of_the_rest(tmp_path: Path) -> None:
    clear = [f"{day}/01/2025" for day in range(13, 31)]
    with pytest.raises(NpsError, match="--date-order"):
        load(tmp_path, [*clear, "01/25/2025", "02/03/2025"])
    with load(tmp_path, [*clear, "01/25/2025", "02/03/2025"], LoadOptions(date_order="dmy")) as warehouse:
        assert days(warehouse)[-2:] == [dt.date(2025, 1, 25), dt.date(2025, 3, 2)]


def test_clear_dates_of_both_orders_are_each_read_as_they_can_be(tmp_path: Path) -> None:
    with load(tmp_path, ["25/01/2025", "01/26/2025", "27/01/2025"] * 5) as warehouse:
        assert set(days(warehouse)) == {dt.date(2025, 1, day) for day in (25, 26, 27)}
        assert any("mixed" in note for note in warehouse.quality.responses.notes)


def test_one_clear_date_far_down_a_long_file_settles_the_order(tmp_path: Path) -> None:
    unclear = [f"{a:02}/{b:02}/{year}" for year in range(2015, 2026) for a in range(1, 13) for b in range(1, 13)]
    with load(tmp_path, [*unclear, "13/01/2025"]) as warehouse:
        assert days(warehouse)[1] == dt.date(2015, 2, 1)


def test_dates_whose_day_and_month_agree_need_no_order(tmp_path: Path) -> None:
    with load(tmp_path, [f"{m:02}/{m:02}/2025" for m in range(1, 13)] * 2) as warehouse:
        assert days(warehouse)[:12] == [dt.date(2025, m, m) for m in range(1, 13)]


def test_an_unreadable_date_keeps_the_answer_and_is_reported(tmp_path: Path) -> None:
    dates = [day.strftime("%Y-%m-%d") for day in DAYS] + ["sometime", "2025-02-30", ""]
    with load(tmp_path, dates) as warehouse:
        assert days(warehouse)[-3:] == [None, None, None]
        assert warehouse.quality.scored == 33
        said = " ".join(warehouse.quality.responses.notes)
        assert "sometime" in said or "2 " in said


def test_the_as_of_date_is_the_newest_answer_and_not_today(tmp_path: Path) -> None:
    with load(tmp_path, ["2019-05-04", "2019-05-06", "2019-05-05"] * 5) as warehouse:
        assert warehouse.catalog.as_of == dt.date(2019, 5, 6)
        assert warehouse.catalog.times["responded_at"].first == dt.date(2019, 5, 4)


def test_the_as_of_date_is_the_newest_answers_and_not_an_orders(tmp_path: Path) -> None:
    survey, orders = tmp_path / "survey.csv", tmp_path / "orders.csv"
    survey.write_text(
        "response_id,customer_id,score,responded_at\n"
        + "".join(f"r{i},c{i},{i % 11},2025-01-{i % 28 + 1:02}\n" for i in range(40)),
        encoding="utf-8",
    )
    orders.write_text(
        "order_id,customer_id,ordered_at,amount\n" + "".join(f"o{i},c{i},2025-06-30,10.5\n" for i in range(40)),
        encoding="utf-8",
    )
    make_workspace([survey, orders], tmp_path / "ws", LoadOptions(survey="survey.csv"))
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.catalog.as_of == dt.date(2025, 1, 28)


def test_a_survey_without_dates_has_no_as_of_date(tmp_path: Path) -> None:
    file = tmp_path / "survey.csv"
    file.write_text("response_id,score\n" + "".join(f"r{i},{i % 11}\n" for i in range(40)), encoding="utf-8")
    make_workspace([file], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as warehouse:
        assert warehouse.catalog.as_of is None
