"""trend: the line through the periods, and the latest change, against plain Python; what is incomplete is left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tools.measure.trend import TrendResult
from tools.registry import run_tool
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
Counts = tuple[int, int, int]


def trend(warehouse: Warehouse, **arguments: Any) -> TrendResult:
    result = run_tool(warehouse, "trend", arguments)
    assert isinstance(result, TrendResult)
    return result


@pytest.fixture(scope="module")
def monthly(answers: Any) -> Callable[..., list[Row]]:
    """monthly({"2025-01": (p, q, d)}): answers on the first, the last and the middle of each month."""

    def monthly(months: Mapping[str, Counts], **values: Any) -> list[Row]:
        rows = []
        for month, counts in months.items():
            days = [
                "01",
                "15",
                "28" if month.endswith("-02") else "30" if month[5:] in ("04", "06", "09", "11") else "31",
            ]
            made = answers(*counts, **values)
            rows += [row | {"responded_at": f"{month}-{days[i % 3]}"} for i, row in enumerate(made)]
        return rows

    return monthly


def line(points: Mapping[int, Counts]) -> tuple[float, float, float, float]:
    """Slope, its two bounds and its p-value, in points: least squares weighted by the adjusted variances."""
    data = []
    for time, (p, q, d) in points.items():
        n = p + q + d
        mean, share = (p - d) / (n + 3), (p + d + 1.5) / (n + 3)
        data.append((time, (p - d) / n, (n / (n + 3)) ** 2 / ((share - mean**2) / (n + 3))))
    total = sum(w for _t, _r, w in data)
    centre = sum(w * t for t, _r, w in data) / total
    spread = sum(w * (t - centre) ** 2 for t, _r, w in data)
    slope, error = sum(w * (t - centre) * r for t, r, w in data) / spread, 1 / math.sqrt(spread)
    z = 1.959963984540054
    p_value = math.erfc(abs(slope / error) / math.sqrt(2))
    return 100 * slope, 100 * (slope - z * error), 100 * (slope + z * error), p_value


RISING = {"2025-01": (20, 30, 50), "2025-02": (30, 30, 40), "2025-03": (40, 30, 30), "2025-04": (50, 30, 20)}


def test_the_line_through_the_months_is_the_weighted_one(load: Load, monthly: Any, by_id: Any) -> None:
    warehouse = load([*monthly(RISING, plan="A"), *monthly({"2025-02": (9, 0, 0)}, plan="B")])
    result = trend(warehouse, where={"plan": "A"}, grain="month")
    slope, expected = by_id(result, result.slope), line(dict(enumerate(RISING.values())))
    assert (slope.value, slope.low, slope.high) == pytest.approx(expected[:3], abs=1e-9)
    assert slope.value == pytest.approx(20, abs=0.5) and slope.n == 400
    assert (slope.name, slope.where["period"]) == ("nps_change_per_month", "2025-01..2025-04")
    assert by_id(result, result.slope_p).value == pytest.approx(expected[3], rel=1e-6)
    assert (result.direction, result.straight) == ("rising", True)


def test_time_turned_round_turns_the_sign(load: Load, monthly: Any, by_id: Any) -> None:
    backwards = dict(zip(RISING, reversed(RISING.values()), strict=True))
    result = trend(load(monthly(backwards)), grain="month")
    assert by_id(result, result.slope).value == pytest.approx(-line(dict(enumerate(RISING.values())))[0], abs=1e-9)
    assert result.direction == "falling"


def test_the_latest_complete_month_is_compared_with_the_one_before(
    load: Load, monthly: Any, by_hand: Any, by_id: Any
) -> None:
    rows = monthly(RISING)
    result = trend(load(rows), grain="month")
    sides = [[row for row in rows if row["responded_at"].startswith(month)] for month in ("2025-04", "2025-03")]
    expected, change = by_hand.difference(*sides), by_id(result, result.latest_change)
    assert (result.latest, result.previous) == ("2025-04", "2025-03")
    assert (change.value, change.low, change.high) == pytest.approx((expected.estimate, expected.low, expected.high))
    assert result.latest_verdict == ("higher" if expected.p_value < 0.05 else "no clear difference")


def test_a_month_without_answers_still_takes_its_time(load: Load, monthly: Any, by_id: Any) -> None:
    months = {"2024-11": (20, 30, 50), "2024-12": (25, 30, 45), "2025-03": (40, 30, 30), "2025-04": (45, 30, 25)}
    result = trend(load(monthly(months)), grain="month")
    expected = line(dict(zip((0, 1, 4, 5), months.values(), strict=True)))
    slope = by_id(result, result.slope)
    assert (slope.value, slope.low, slope.high) == pytest.approx(expected[:3], abs=1e-9)
    assert slope.value == pytest.approx(10, abs=0.5)
    assert [cell.where["period"] for cell in result.cells] == list(months)


def test_incomplete_first_and_last_months_are_shown_and_left_out_of_the_line(
    load: Load, monthly: Any, answers: Any, by_id: Any
) -> None:
    late = [row | {"responded_at": "2024-12-20"} for row in answers(0, 0, 30)]
    early = [row | {"responded_at": "2025-05-09"} for row in answers(0, 0, 30)]
    result = trend(load([*late, *monthly(RISING), *early]), grain="month")
    assert by_id(result, result.slope).value == pytest.approx(line(dict(enumerate(RISING.values())))[0], abs=1e-9)
    assert [cell.where["period"] for cell in result.cells if not cell.complete] == ["2024-12", "2025-05"]
    assert [cell.n for cell in result.cells] == [30, 100, 100, 100, 100, 30]
    assert result.latest == "2025-04"
    for month in ("2024-12", "2025-05"):
        assert f"{month} is not complete in the data and is left out of the trend." in result.caveats


def test_the_asked_period_cuts_months_as_the_data_does(load: Load, monthly: Any) -> None:
    result = trend(load(monthly(RISING)), grain="month", period="2025-01-10..2025-04")
    assert [cell.where["period"] for cell in result.cells if not cell.complete] == ["2025-01"]
    assert result.previous == "2025-03"


def test_weeks_are_in_order_across_the_turn_of_the_year(load: Load, answers: Any, by_id: Any) -> None:
    days = {"2024-12-23": (5, 5, 20), "2024-12-30": (10, 5, 15), "2025-01-06": (15, 5, 10), "2025-01-13": (20, 5, 5)}
    rows = [
        row | {"responded_at": f"{day[:8]}{int(day[8:]) + i % 2 * (1 if day < '2025' else 6):02d}"}
        for day, counts in days.items()
        for i, row in enumerate(answers(*counts))
    ]
    result = trend(load(rows), grain="week")
    assert [cell.where["period"] for cell in result.cells] == ["2024-W52", "2025-W01", "2025-W02", "2025-W03"]
    assert by_id(result, result.slope).value == pytest.approx(line(dict(enumerate(days.values())))[0], abs=1e-9)


def test_repeated_answers_widen_the_line(load: Load, monthly: Any, by_id: Any) -> None:
    once = monthly(RISING)
    twice = [*once, *once]
    plain, clustered = trend(load(once), grain="month"), trend(load(twice), grain="month")
    one, other = by_id(plain, plain.slope), by_id(clustered, clustered.slope)
    # Each answer given twice tells no more than once: about the same width, not that of twice as many answers.
    assert other.high - other.low == pytest.approx(one.high - one.low, rel=0.02)
    assert other.n == 2 * one.n


def test_a_turn_is_not_called_a_line(load: Load, monthly: Any) -> None:
    months = dict(zip(RISING, [(50, 30, 20), (20, 30, 50), (20, 30, 50), (50, 30, 20)], strict=True))
    result = trend(load(monthly(months)), grain="month")
    assert (result.direction, result.straight) == ("no clear trend", False)
    assert any("do not lie on a straight line" in caveat for caveat in result.caveats)


def test_answers_without_a_date_are_no_period(load: Load, monthly: Any, answers: Any) -> None:
    result = trend(
        load([*monthly(RISING), *(row | {"responded_at": None} for row in answers(30, 0, 0))]), grain="month"
    )
    assert [cell.where["period"] for cell in result.cells] == list(RISING)
    assert all("(missing)" not in str(row) for row in (result.table.rows if result.table else []))


@pytest.mark.parametrize(
    ("last", "period", "grain"),
    [
        ("2025-01-09", None, "day"),
        ("2025-02-28", None, "week"),
        ("2025-06-30", None, "month"),
        ("2028-06-30", None, "quarter"),
        ("2028-06-30", "2025-01", "day"),
        ("2028-06-30", "2025-01-01..2025-02-28", "week"),
        ("2028-06-30", "2025", "month"),
    ],
)
def test_the_grain_is_chosen_from_the_span_that_was_asked_for(
    load: Load, answers: Any, last: str, period: str | None, grain: str
) -> None:
    days = [f"2025-{month:02d}-{day:02d}" for month in range(1, 7) for day in range(1, 29)]
    rows = [row | {"responded_at": day} for day in [*days, last] if day <= last for row in answers(2, 2, 2)]
    assert trend(load(rows), **({"period": period} if period else {})).grain == grain


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"grain": "year"}, "needs two complete periods with answers and there are 0"),
        ({"grain": "quarter"}, "there are 1; choose a finer grain or a longer stretch of time"),
        ({"grain": "month", "period": "2025-02"}, "there are 1; choose a finer grain"),
        ({"period": "2019"}, "the data runs from 2025-01-01 to 2025-04-30"),
        ({"grain": "decade"}, "'day', 'week', 'month', 'quarter' or 'year'"),
        ({"by": ["plan"]}, "no parameter 'by'; it has: grain, where, period"),
    ],
)
def test_too_little_time_is_told_in_one_sentence(
    load: Load, monthly: Any, arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(NpsError) as error:
        run_tool(load(monthly(RISING)), "trend", arguments)
    assert told in str(error.value) and str(error.value).endswith(".")


def test_without_dates_there_is_no_trend(load: Load, answers: Any) -> None:
    with pytest.raises(MissingDataError, match="A trend needs the date of each answer"):
        trend(load([*answers(10, 5, 5, plan="A"), *answers(5, 5, 5, plan="B")]))


def test_the_change_names_the_statement_that_counted_it(load: Load, monthly: Any, by_id: Any) -> None:
    warehouse = load(monthly(RISING))
    result = trend(warehouse, grain="month")
    statement = int(by_id(result, result.latest_change).source.removeprefix("trend#"))
    assert [row["n"] for row in warehouse.run(result.sql[statement - 1]).records()] == [100]
