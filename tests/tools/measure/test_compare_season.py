"""A step that comes every year is told as the season; trends, news and short histories are not."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from tools.explain.decompose import decompose_change
from tools.measure.compare import compare
from warehouse.workspace import Warehouse

Load = Callable[..., Warehouse]
JANUARY: dict[str, Any] = {"before": "2024-12", "after": "2025-01"}


def monthly(level: Callable[[int, int], float], size: int = 120, first: int = 2022) -> list[dict[str, Any]]:
    """Answers of each month up to March 2025, of which this part are promoters and the others detractors."""
    draw, rows = random.Random(2), []
    for year in range(first, 2026):
        for month in range(1, 13 if year < 2025 else 4):
            for i in range(size):
                score = 10 if i < level(year, month) * size else 3
                rows.append({"nps_score": score, "responded_at": f"{year}-{month:02d}-{1 + i % 28:02d}"})
    for row in rows:
        row["department"] = draw.choice(["Plants", "Tools"])
    return rows


def dip(_year: int, month: int) -> float:
    return 0.4 if month == 1 else 0.7


def test_a_dip_of_every_january_is_the_season(load: Load, by_id: Any) -> None:
    for result in (compare(load(monthly(dip)), **JANUARY), decompose_change(load(monthly(dip)), **JANUARY)):
        season = result.season
        assert season is not None
        assert [step.period for step in season.steps] == ["2024-01", "2023-01"]
        assert season.verdict == "lower"
        # From 70 % promoters (NPS 40) to 40 % (NPS -20) each year.
        mean = by_id(result, season.mean)
        assert (mean.value, mean.n) == (pytest.approx(-60), 480)
        assert mean.high < 0
        assert by_id(result, season.apart).value == pytest.approx(0)


def test_quarters_too(load: Load) -> None:
    survey = load(monthly(lambda _year, month: 0.45 if month <= 3 else 0.7, size=60))
    result = compare(survey, before="2024-Q4", after="2025-Q1")
    assert result.season is not None and result.season.steps[0].period == "2024-Q1"


@pytest.mark.parametrize(
    ("level", "why"),
    [
        (lambda year, month: 0.4 if (year, month) == (2025, 1) else 0.7, "news"),
        (lambda year, month: 0.3 if (year, month) == (2025, 1) else 0.62 if month == 1 else 0.7, "much more than ever"),
        (lambda year, month: 0.4 if month == 1 and year != 2024 else 0.7, "not in 2024"),
        (lambda year, month: 1 - month / 30 if year < 2025 else 0.3, "another step in other years"),
    ],
)
def test_news_is_not_told_as_the_season(load: Load, level: Any, why: str) -> None:
    assert compare(load(monthly(level)), **JANUARY).season is None, why


def test_a_fall_of_every_month_is_no_season(load: Load) -> None:
    def level(year: int, month: int) -> float:
        return 0.95 - 0.02 * (12 * (year - 2022) + month)

    result = compare(load(monthly(level, size=400)), before="2024-Q4", after="2025-Q1")
    assert (result.verdict, result.season) == ("lower", None)


def test_one_earlier_year_is_no_pattern(load: Load) -> None:
    assert compare(load(monthly(dip, first=2023)), **JANUARY).season is None


def test_steps_that_are_none_of_the_calendar_have_no_season(load: Load) -> None:
    survey = load(monthly(dip))
    for before, after in (("2024-11", "2025-01"), ("2024-12-05..2024-12-31", "2025-01"), ("2024-H2", "2025-01")):
        assert compare(survey, before=before, after=after).season is None


def test_the_filter_holds_for_earlier_years(load: Load, by_id: Any) -> None:
    result = compare(load(monthly(dip)), **JANUARY, where={"department": "Tools"})
    assert result.season is not None
    assert all(by_id(result, step.fact).where["department"] == "Tools" for step in result.season.steps)
    assert by_id(result, result.season.mean).n < 480


def test_of_other_outcomes_too(load: Load, by_id: Any) -> None:
    result = compare(load(monthly(dip)), **JANUARY, outcome="score")
    assert result.season is not None
    assert by_id(result, result.season.mean).value == pytest.approx(-2.1)


def test_chance_is_no_season(load: Load) -> None:
    draw = random.Random(7)
    survey = load(monthly(lambda _year, _month: draw.uniform(0.62, 0.68), size=60))
    months = [f"2024-{month:02d}" for month in range(1, 13)] + ["2025-01", "2025-02", "2025-03"]
    steps = [compare(survey, before=before, after=after) for before, after in pairwise(months)]
    assert [step.season for step in steps] == [None] * 14
