"""A dimension that was replaced between two stretches is found and told, and no segment is blamed."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.explain.decompose import decompose_change
from tools.measure.compare import compare
from warehouse.workspace import Warehouse

Load = Callable[..., Warehouse]
Row = dict[str, Any]
PERIODS: dict[str, Any] = {"before": "2025-01", "after": "2025-02"}


def survey(
    before: dict[str, tuple[int, float]], after: dict[str, tuple[int, float]], name: str = "survey_mode"
) -> list[Row]:
    """January's and February's answers by a column's values: how many, and which part are promoters."""
    draw, rows = random.Random(8), []
    for month, cells in ((1, before), (2, after)):
        for value, (size, happy) in cells.items():
            for i in range(size):
                cabin, score = draw.choice(["Economy", "Business"]), 10 if i < happy * size else 5
                row = {"nps_score": score, "responded_at": f"2025-{month:02d}-{1 + i % 28:02d}", "cabin": cabin}
                rows.append(row | {name: None if value == "-" else value})
    draw.shuffle(rows)
    return rows


AIRLINE = survey({"phone": (300, 0.7)}, {"sms": (320, 0.5)})


def test_a_replaced_dimension_is_found(load: Load, by_id: Any) -> None:
    result = compare(load(AIRLINE), **PERIODS)
    (found,) = result.replaced
    assert (found.dimension, found.gone, found.new, found.comparable) == ("survey_mode", ["phone"], ["sms"], False)
    assert (by_id(result, found.gone_share).value, by_id(result, found.new_share).n) == (1, 320)
    assert any("not comparable in survey_mode" in caveat for caveat in result.caveats)


def test_no_segment_is_blamed_for_it(load: Load) -> None:
    result = decompose_change(load(AIRLINE), **PERIODS)
    assert (result.verdict, result.dimensions, result.table) == ("lower", [], None)
    assert result.replaced[0].dimension == "survey_mode"


def test_a_dimension_that_was_asked_for_is_still_split(load: Load) -> None:
    result = decompose_change(load(AIRLINE), **PERIODS, by=["cabin"])
    assert ([d.dimension for d in result.dimensions], len(result.replaced)) == (["cabin"], 1)


def test_what_both_stretches_have_is_compared(load: Load, by_id: Any) -> None:
    rows = survey({"email": (300, 0.7)}, {"email": (150, 0.7), "app": (150, 0.3)})
    result = decompose_change(load(rows), **PERIODS)
    (found,) = result.replaced
    assert (found.gone, found.new, found.common, found.comparable) == ([], ["app"], ["email"], True)
    assert by_id(result, found.new_share).value == pytest.approx(0.5)
    assert (result.verdict, found.verdict) == ("lower", "no clear difference")
    assert by_id(result, found.difference).value == pytest.approx(0)
    assert [d.dimension for d in result.dimensions] == ["survey_mode", "cabin"]


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ({"email": (300, 0.7), "app": (40, 0.3)}, {"email": (60, 0.7), "app": (300, 0.3)}, "survey_mode"),  # a mix
        ({"wave 1": (300, 0.7)}, {"wave 2": (300, 0.5)}, "survey_wave"),
        ({"2025-01": (300, 0.7)}, {"2025-02": (300, 0.5)}, "reporting"),
        ({"-": (300, 0.7)}, {"sms": (280, 0.5), "phone": (20, 0.5)}, "survey_mode"),  # not recorded yet
        ({"a": (300, 0.7)}, {"a": (260, 0.5), "b": (40, 0.5)}, "store"),  # an eighth
        ({str(i): (6, 0.5) for i in range(20)}, {str(i): (6, 0.5) for i in range(12, 32)}, "agent"),  # too few of each
    ],
)
def test_mixes_calendars_gaps_and_small_parts_are_no_replacement(
    load: Load, before: Any, after: Any, name: str
) -> None:
    assert compare(load(survey(before, after, name)), **PERIODS).replaced == []


def test_where_the_common_values_tell_the_same_nothing_is_said(load: Load) -> None:
    rows = survey({"email": (300, 0.7)}, {"email": (200, 0.4), "app": (100, 0.4)})
    result = compare(load(rows), **PERIODS)
    assert (result.verdict, result.replaced) == ("lower", [])


def test_a_filter_on_one_value_leaves_nothing_replaced(load: Load) -> None:
    rows = survey({"email": (300, 0.7)}, {"email": (150, 0.7), "app": (150, 0.3)})
    assert compare(load(rows), **PERIODS, where={"survey_mode": "email"}).replaced == []


def test_of_other_outcomes_too(load: Load, by_id: Any) -> None:
    rows = survey({"email": (300, 0.7)}, {"email": (150, 0.7), "app": (150, 0.3)})
    result = compare(load(rows), **PERIODS, outcome="score")
    assert by_id(result, result.replaced[0].difference).value == pytest.approx(0)
