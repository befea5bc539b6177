"""Periods of the calendar: the argument convention, stepping back, bucket labels."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.errors import NpsError
from warehouse.periods import (
    DAYS_IN,
    Grain,
    Period,
    Unit,
    a_year_before,
    bucket,
    bucket_end,
    bucket_sql,
    bucket_start,
    buckets_between,
    holding,
    last_complete,
    parse_period,
    part_of,
    previous,
    shift,
    shift_months,
    span,
)

AS_OF = date(2025, 8, 20)  # a Wednesday
GRAINS: list[Grain] = ["day", "week", "month", "quarter", "year"]
DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def read(text: str, as_of: date = AS_OF) -> tuple[str, str]:
    period = parse_period(text, as_of=as_of)
    return str(period.start or ""), str(period.end or "")


@pytest.mark.parametrize(
    ("text", "start", "end", "label"),
    [
        ("2025", "2025-01-01", "2025-12-31", "2025"),
        ("2025-H1", "2025-01-01", "2025-06-30", "2025-H1"),
        ("2025-h2", "2025-07-01", "2025-12-31", "2025-H2"),
        ("2025-Q1", "2025-01-01", "2025-03-31", "2025-Q1"),
        ("2025-q4", "2025-10-01", "2025-12-31", "2025-Q4"),
        ("2025-03", "2025-03-01", "2025-03-31", "2025-03"),
        ("2024-02", "2024-02-01", "2024-02-29", "2024-02"),
        ("2025-W09", "2025-02-24", "2025-03-02", "2025-W09"),
        ("2020-W53", "2020-12-28", "2021-01-03", "2020-W53"),
        ("2025-W01", "2024-12-30", "2025-01-05", "2025-W01"),
        (" 2025-03-05 ", "2025-03-05", "2025-03-05", "2025-03-05"),
        ("2025-03-01..2025-08-31", "2025-03-01", "2025-08-31", "2025-03-01..2025-08-31"),
        ("2025-01..2025-Q2", "2025-01-01", "2025-06-30", "2025-H1"),
        ("2024-Q4 .. 2025-W09", "2024-10-01", "2025-03-02", "2024-10-01..2025-03-02"),
        ("2025-03-05..2025-03-05", "2025-03-05", "2025-03-05", "2025-03-05"),
        ("2025-03..", "2025-03-01", "", "2025-03-01.."),
        ("..2025-03", "", "2025-03-31", "..2025-03-31"),
    ],
)
def test_named_periods_and_ranges_are_read_with_both_ends_included(text: str, start: str, end: str, label: str) -> None:
    assert read(text) == (start, end)
    assert parse_period(text, as_of=AS_OF).label == label


@pytest.mark.parametrize(
    ("text", "as_of", "start", "end"),
    [
        ("last 90 days", "2025-08-31", "2025-06-03", "2025-08-31"),
        ("last 1 day", "2025-08-20", "2025-08-20", "2025-08-20"),
        ("last 12 weeks", "2025-08-31", "2025-06-09", "2025-08-31"),
        ("last 3 months", "2025-08-31", "2025-06-01", "2025-08-31"),
        ("last 3 months", "2025-08-20", "2025-05-21", "2025-08-20"),
        ("last 1 month", "2025-02-28", "2025-02-01", "2025-02-28"),
        ("last 1 month", "2025-03-30", "2025-02-28", "2025-03-30"),
        ("Last  6  Months", "2025-06-30", "2025-01-01", "2025-06-30"),
        ("last 2 quarters", "2025-06-30", "2025-01-01", "2025-06-30"),
        ("last 2 years", "2025-08-20", "2023-08-21", "2025-08-20"),
        ("last month", "2025-08-20", "2025-07-01", "2025-07-31"),
        ("last month", "2025-08-31", "2025-08-01", "2025-08-31"),
        ("last month", "2025-01-15", "2024-12-01", "2024-12-31"),
        ("last quarter", "2025-08-20", "2025-04-01", "2025-06-30"),
        ("last quarter", "2025-12-31", "2025-10-01", "2025-12-31"),
        ("last year", "2025-08-20", "2024-01-01", "2024-12-31"),
        ("last year", "2025-12-31", "2025-01-01", "2025-12-31"),
        ("last week", "2025-08-20", "2025-08-11", "2025-08-17"),
        ("last week", "2025-08-17", "2025-08-11", "2025-08-17"),
        ("last day", "2025-08-20", "2025-08-20", "2025-08-20"),
        ("this week", "2025-08-20", "2025-08-18", "2025-08-24"),
        ("this month", "2025-08-20", "2025-08-01", "2025-08-31"),
        ("THIS QUARTER", "2025-08-20", "2025-07-01", "2025-09-30"),
        ("this year", "2025-08-20", "2025-01-01", "2025-12-31"),
    ],
)
def test_relative_periods_count_from_the_as_of_day(text: str, as_of: str, start: str, end: str) -> None:
    assert read(text, day(as_of)) == (start, end)


@pytest.mark.parametrize(
    "text",
    [
        "", "..", "2025-Q5", "2025-Q0", "2025-H3", "2025-13", "2025-00", "2025-02-30", "2025-W00", "2025-W54",
        "2025-W53", "0000", "25", "2025-3", "2025/03", "Q1", "Q1 2025", "March 2025", "yesterday", "last", "last days",
        "last 0 days", "last 99999 years", "last 99999 quarters", "next month", "last 3 fortnights", "2025-08..2025-03",
        "2025-03-06..2025-03-05", "2025...2026", "2025..2026..2027", "last month..this month", "2025-03-05T10:00",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_the_value_and_the_allowed_forms(text: str) -> None:
    with pytest.raises(NpsError) as refused:
        parse_period(text, as_of=AS_OF)
    message = str(refused.value)
    assert text in message or any(part in message for part in text.split("..") if part)
    assert "2025-Q1" in message and "last 90 days" in message and message.endswith(".")


def test_a_date_that_the_calendar_lacks_is_told_apart_from_a_form_that_is_not_allowed() -> None:
    with pytest.raises(NpsError, match="'2025-02-30' is not in the calendar"):
        parse_period("2025-02-30", as_of=AS_OF)
    with pytest.raises(NpsError, match=r"'2025-08\.\.2025-03' ends before it begins"):
        parse_period("2025-08..2025-03", as_of=AS_OF)
    with pytest.raises(NpsError, match="'2025-Q5' is not a period"):
        parse_period("2025-Q5", as_of=AS_OF)


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2025-Q2", "2025-Q1"),
        ("2025-Q1", "2024-Q4"),
        ("2025-03", "2025-02"),
        ("2025", "2024"),
        ("2025-H1", "2024-H2"),
        ("2025-W01", "2024-W52"),
        ("2025-03-01", "2025-02-28"),
        ("2025-03-01..2025-08-31", "2024-09-01..2025-02-28"),
        ("2025-03-10..2025-03-19", "2025-02-28..2025-03-09"),
        ("2025-05-21..2025-08-20", "2025-02-21..2025-05-20"),
        ("2024..2025", "2022-01-01..2023-12-31"),
    ],
)
def test_the_previous_period_is_as_long_in_the_calendar_and_ends_the_day_before(text: str, before: str) -> None:
    assert previous(parse_period(text, as_of=AS_OF)).label == before


@pytest.mark.parametrize(
    ("text", "before"),
    [
        ("2025-Q2", "2024-Q2"),
        ("2025", "2024"),
        ("2025-02", "2024-02"),
        ("2024-02-29", "2023-02-28"),
        ("2025-W09", "2024-W09"),
        ("2020-W53", "2019-W52"),
        ("2025-01-01..2025-02-28", "2024-01-01..2024-02-29"),
        ("2025-03-10..2025-03-19", "2024-03-10..2024-03-19"),
    ],
)
def test_a_year_before_is_the_same_stretch_of_the_calendar(text: str, before: str) -> None:
    assert a_year_before(parse_period(text, as_of=AS_OF)).label == before


@pytest.mark.parametrize("text", ["2025-03..", "..2025-03"])
def test_an_open_period_has_no_period_before_it(text: str) -> None:
    period = parse_period(text, as_of=AS_OF)
    with pytest.raises(NpsError, match="open end"):
        previous(period)
    with pytest.raises(NpsError, match="open end"):
        a_year_before(period)


def test_the_first_year_of_the_calendar_has_no_year_before_it() -> None:
    for step in (previous, a_year_before):
        with pytest.raises(NpsError, match="before it"):
            step(parse_period("0001", as_of=AS_OF))


@pytest.mark.parametrize(
    ("on", "labels"),
    [
        ("2025-03-05", ["2025-03-05", "2025-W10", "2025-03", "2025-Q1", "2025"]),
        ("2024-12-30", ["2024-12-30", "2025-W01", "2024-12", "2024-Q4", "2024"]),
        ("2021-01-03", ["2021-01-03", "2020-W53", "2021-01", "2021-Q1", "2021"]),
        ("2025-03-02", ["2025-03-02", "2025-W09", "2025-03", "2025-Q1", "2025"]),
    ],
)
def test_buckets_are_labelled_by_day_iso_week_month_quarter_and_year(on: str, labels: list[str]) -> None:
    assert [bucket(day(on), grain) for grain in GRAINS] == labels


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP"])
@pytest.mark.parametrize("grain", GRAINS)
def test_duckdb_gives_the_same_labels_on_every_day_of_sixty_years(grain: Grain, kind: str) -> None:
    clock = " + INTERVAL 23 HOUR" if kind == "TIMESTAMP" else ""
    query = f"""
        SELECT CAST(d AS DATE), {bucket_sql("t.d", grain)}
        FROM (SELECT CAST(DATE '1980-01-01' + CAST(i AS INTEGER){clock} AS {kind}) AS d FROM range(21915) r(i)) t
    """
    with duckdb.connect() as connection:
        rows = connection.execute(query).fetchall()
    assert len(rows) == 21915
    assert [(on, label) for on, label in rows if bucket(on, grain) != label] == []


@pytest.mark.parametrize("grain", GRAINS)
def test_duckdb_labels_the_ends_of_the_calendar_too_and_leaves_a_missing_date_missing(grain: Grain) -> None:
    values = "(DATE '0001-01-01'), (DATE '0999-12-31'), (DATE '9999-12-31'), (NULL)"
    with duckdb.connect() as connection:
        rows = connection.execute(f"SELECT d, {bucket_sql('d', grain)} FROM (VALUES {values}) t(d)").fetchall()
    assert [label for _on, label in rows] == [bucket(on, grain) if on else None for on, _label in rows]
    assert all(bucket_start(label) <= on <= bucket_end(label) for on, label in rows if on)


@pytest.mark.parametrize("dialect", ["spark", "postgres"])
@pytest.mark.parametrize("grain", GRAINS)
def test_bucket_sql_transpiles_without_a_duckdb_only_format(grain: Grain, dialect: str) -> None:
    import sqlglot

    written = sqlglot.transpile(f"SELECT {bucket_sql('d', grain)}", read="duckdb", write=dialect)[0]
    assert "%" not in written and "STRFTIME" not in written.upper()


@pytest.mark.parametrize(
    ("start", "end", "grain", "labels"),
    [
        ("2024-11-15", "2025-02-01", "month", ["2024-11", "2024-12", "2025-01", "2025-02"]),
        ("2024-12-29", "2025-01-06", "week", ["2024-W52", "2025-W01", "2025-W02"]),
        ("2025-02-27", "2025-03-01", "day", ["2025-02-27", "2025-02-28", "2025-03-01"]),
        ("2024-12-31", "2025-04-01", "quarter", ["2024-Q4", "2025-Q1", "2025-Q2"]),
        ("2025-05-05", "2025-05-05", "year", ["2025"]),
        ("2025-05-06", "2025-05-05", "year", []),
        ("9999-12-30", "9999-12-31", "day", ["9999-12-30", "9999-12-31"]),
    ],
)
def test_buckets_between_two_days_leave_none_out(start: str, end: str, grain: Grain, labels: list[str]) -> None:
    assert buckets_between(day(start), day(end), grain) == labels


@pytest.mark.parametrize(
    ("whole", "unit", "nth", "count", "part"),
    [
        ("2025-Q2", "month", 1, 1, "2025-04"),
        ("2025", "quarter", -1, 1, "2025-Q4"),
        ("2025", "month", 1, 3, "2025-Q1"),
        ("2025", "month", 2, 4, "2025-05-01..2025-08-31"),
        ("2025-03", "week", -1, 1, "2025-03-25..2025-03-31"),
        ("2025-03", "day", 1, 10, "2025-03-01..2025-03-10"),
        ("2025-Q2", "month", 4, 1, None),
        ("2025-03", "quarter", -1, 1, None),
    ],
)
def test_a_part_of_a_period_is_cut_from_its_beginning_or_its_end(
    whole: str, unit: Unit, nth: int, count: int, part: str | None
) -> None:
    cut = part_of(parse_period(whole, as_of=AS_OF), unit, nth=nth, count=count)
    assert (cut.label if cut else None) == part


def test_shifting_keeps_to_the_end_of_a_shorter_month_and_inside_the_calendar() -> None:
    assert shift_months(day("2025-01-31"), 1) == day("2025-02-28")
    assert shift_months(day("2025-01-15"), -1) == day("2024-12-15")
    assert shift(day("2025-03-31"), -1, "quarter") == day("2024-12-31")
    assert shift(day("2025-03-31"), 2, "week") == day("2025-04-14")
    assert (shift(AS_OF, 9999, "year"), shift(AS_OF, -9999, "year")) == (date.max, date.min)


@given(DAYS, DAYS)
def test_a_label_reads_back_as_the_same_period(one: date, other: date) -> None:
    period = span(min(one, other), max(one, other))
    assert parse_period(period.label, as_of=AS_OF) == period


@given(DAYS, st.integers(0, 1500))
def test_the_previous_period_touches_its_period_and_is_about_as_long(start: date, length: int) -> None:
    period = span(start, start + timedelta(days=length))
    before = previous(period)
    assert before.end == start - timedelta(days=1)
    assert before.start is not None and before.end is not None
    assert abs((before.end - before.start).days - length) <= 5  # half-years differ by three days, leap years by one


@given(DAYS, st.sampled_from(GRAINS))
def test_a_bucket_holds_its_day_and_its_neighbour_starts_the_day_after(on: date, grain: Grain) -> None:
    label = bucket(on, grain)
    assert bucket_start(label) <= on <= bucket_end(label)
    assert bucket(bucket_start(label), grain) == bucket(bucket_end(label), grain) == label
    assert bucket(bucket_end(label) + timedelta(days=1), grain) != label


@given(DAYS, st.integers(0, 400), st.sampled_from(GRAINS))
def test_buckets_between_are_the_buckets_of_the_days_between(start: date, length: int, grain: Grain) -> None:
    days = [start + timedelta(days=step) for step in range(length + 1)]
    assert buckets_between(start, days[-1], grain) == list(dict.fromkeys(bucket(on, grain) for on in days))


@given(DAYS, st.sampled_from(GRAINS), st.integers(1, 60))
def test_relative_periods_keep_to_the_as_of_day(as_of: date, grain: Grain, count: int) -> None:
    rolling = parse_period(f"last {count} {grain}s", as_of=as_of)
    complete = parse_period(f"last {grain}", as_of=as_of)
    this = parse_period(f"this {grain}", as_of=as_of)
    assert rolling.end == as_of
    assert complete == last_complete(as_of, grain) and complete.closed()[1] <= as_of
    assert this == holding(as_of, grain) and this.closed()[0] <= as_of <= this.closed()[1]
    if grain in DAYS_IN:
        assert (as_of - rolling.closed()[0]).days + 1 == count * DAYS_IN[grain]


@given(st.text(max_size=24))
def test_no_text_raises_anything_but_an_error_for_people(text: str) -> None:
    with contextlib.suppress(NpsError):
        assert isinstance(parse_period(text, as_of=AS_OF), Period)
