"""seasonality: a planted December is found net of the trend, one year is refused, weekdays need eight weeks."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.explain.seasonality import seasonality
from tools.measure.score import nps
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]


def answer(draw: random.Random, level: float, day: str) -> Row:
    u = draw.random()
    return {"nps_score": 3 if u < 0.2 else 10 if u > 0.8 - level / 100 else 8, "responded_at": day}


def years(count: int, december: float, drift: float = 0.0, n: int = 250, seed: int = 1) -> list[Row]:
    draw = random.Random(seed)
    return [
        answer(
            draw,
            30 + drift * (12 * year + month) + (december if month == 11 else 0),
            f"{2023 + year}-{month + 1:02d}-{1 + i % 28:02d}",
        )
        for year in range(count)
        for month in range(12)
        for i in range(n)
    ]


@pytest.fixture(scope="module")
def december(load: Load) -> Warehouse:
    """Two years; December is 30 points lower, everything falls by half a point a month."""
    return load(years(2, -30, -0.5))


def test_a_planted_december_is_found_net_of_the_trend(december: Warehouse, by_id: Any) -> None:
    result = seasonality(december)
    verdicts = {season.season: season.verdict for season in result.seasons}
    assert result.seasonal and verdicts["December"] == "lower"
    assert sum(verdict == "no clear difference" for verdict in verdicts.values()) >= 10
    effect = by_id(result, result.seasons[11].effect)
    assert effect.low < -30 * 11 / 12 < effect.high  # against a mean of which December is a twelfth
    assert effect.where["month"] == "December"
    assert sum(by_id(result, season.effect).value for season in result.seasons) == pytest.approx(0, abs=1e-9)
    assert by_id(result, result.cycles).value == 2
    assert result.repeats == "alike"
    assert any("only two repeats" in caveat for caveat in result.caveats)


def test_the_latest_month_is_told_with_and_without_its_season(december: Warehouse, by_id: Any) -> None:
    result = seasonality(december)
    assert result.latest == "2024-12"
    level, without = by_id(result, result.latest_nps), by_id(result, result.latest_adjusted)
    assert level.value == pytest.approx(nps(december, period="2024-12").total.nps)
    assert without.value == pytest.approx(level.value - by_id(result, result.seasons[11].effect).value)
    assert without.low < 30 - 0.5 * 23 - 30 / 12 < without.high


def test_without_a_season_none_is_told(load: Load, by_id: Any) -> None:
    result = seasonality(load(years(3, 0, 0.4, seed=4)))
    assert not result.seasonal and by_id(result, result.p_value).value > 0.05
    assert {season.verdict for season in result.seasons} == {"no clear difference"}
    assert result.repeats == "not told"
    assert by_id(result, result.cycles).value == 3


def test_quarters_are_four(december: Warehouse) -> None:
    result = seasonality(december, grain="quarter")
    assert [season.season.split()[0] for season in result.seasons] == ["first", "second", "third", "fourth"]


def test_less_than_two_years_is_refused_with_what_there_is(pricing: Warehouse) -> None:
    with pytest.raises(MissingDataError) as raised:
        seasonality(pricing)
    assert "needs two full years, 24 complete months" in str(raised.value)
    assert "there are 18 (2024-07 to 2025-12)" in str(raised.value)


def daily(weeks: int, sunday: float, weekend: bool = True, seed: int = 2) -> list[Row]:
    draw = random.Random(seed)
    first = dt.date(2024, 1, 1)  # a Monday
    return [
        answer(draw, 30 + (sunday if at % 7 == 6 else 0), str(first + dt.timedelta(days=at)))
        for at in range(7 * weeks)
        if weekend or at % 7 < 5
        for _ in range(25)
    ]


def test_weekdays_of_whole_weeks_are_compared(load: Load, by_id: Any) -> None:
    result = seasonality(load(daily(16, -40)), grain="weekday")
    assert [season.season for season in result.seasons][::6] == ["Monday", "Sunday"]
    assert result.seasonal and result.seasons[6].verdict == "lower"
    effect = by_id(result, result.seasons[6].effect)
    assert effect.low < -40 * 6 / 7 < effect.high
    assert effect.n == 16 * 25
    assert by_id(result, result.cycles).value == 4
    assert (result.latest, result.latest_nps) == (None, None)


def test_days_without_answers_are_left_out(load: Load) -> None:
    result = seasonality(load(daily(12, 0, weekend=False)), grain="weekday")
    assert [season.season for season in result.seasons] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    assert any("Too few answers for Saturday, Sunday" in caveat for caveat in result.caveats)


def test_less_than_eight_weeks_is_refused(load: Load) -> None:
    with pytest.raises(MissingDataError, match="needs 8 whole weeks and there are 7"):
        seasonality(load(daily(7, 0)), grain="weekday")


def test_facts_name_statements_that_were_run(december: Warehouse) -> None:
    for arguments in ({}, {"grain": "weekday"}):
        result = seasonality(december, **arguments)  # type: ignore[arg-type]
        for fact in result.facts:
            assert 1 <= int(fact.source.split("#")[1]) <= len(result.sql)


def test_few_answers_and_no_dates_are_refused(load: Load) -> None:
    few = [
        {"nps_score": 9, "responded_at": f"{year}-{month:02d}-05"} for year in (2023, 2024) for month in range(1, 13)
    ]
    with pytest.raises(MissingDataError, match="24 complete months with enough answers, and there are 0"):
        seasonality(load(few))
    with pytest.raises(NpsError, match="needs the date"):
        seasonality(load([{"nps_score": 9, "plan": "A"}] * 40))
