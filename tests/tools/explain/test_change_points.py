"""find_change_points: a planted break is dated, nothing is found where nothing happens, levels are those of nps."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tools.explain.break_report import ChangePointsResult
from tools.explain.change_points import find_change_points
from tools.explain.period_series import steadied
from tools.measure.score import nps
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
MONTHS = [f"{2023 + at // 12}-{1 + at % 12:02d}" for at in range(24)]


def survey(levels: list[float], n: int, seed: int, months: list[str] = MONTHS, **values: Any) -> list[Row]:
    """n answers a month with that NPS (detractors are 20 %)."""
    draw = random.Random(seed)
    rows = []
    for month, level in zip(months, levels, strict=True):
        for i in range(n):
            u = draw.random()
            score = 3 if u < 0.2 else 10 if u > 0.8 - level / 100 else 8
            rows.append({"nps_score": score, "responded_at": f"{month}-{1 + i % 28:02d}", **values})
    return rows


@pytest.fixture(scope="module")
def stepped(load: Load) -> Warehouse:
    """Plan A falls from 40 to 10 in May 2024, plan B stays at 30."""
    levels = [40.0] * 16 + [10.0] * 8
    return load([*survey(levels, 60, 1, plan="A"), *survey([30.0] * 24, 60, 2, plan="B")])


def test_a_planted_break_is_dated_with_its_levels(stepped: Warehouse, by_id: Any) -> None:
    result = find_change_points(stepped, where={"plan": "A"})
    assert result.grain == "month"
    (found,) = result.breaks
    assert by_id(result, found.date).value == "2024-05"
    assert found.direction == "fell"
    assert by_id(result, found.earliest).value <= "2024-05" <= by_id(result, found.latest).value
    step = by_id(result, found.difference)
    assert step.low < -30 < step.high < 0
    before, after = by_id(result, found.before), by_id(result, found.after)
    assert (before.where["period"], after.where["period"]) == ("2023-01..2024-04", "2024-05..2024-12")
    for level in (before, after):
        whole = nps(stepped, where={"plan": "A"}, period=level.where["period"]).total
        assert (level.value, level.n) == (pytest.approx(whole.nps), whole.n)
    assert step.value == pytest.approx(after.value - before.value)
    assert by_id(result, found.p_value).value < 0.01


def test_each_value_is_searched_and_pays_for_the_others(stepped: Warehouse, by_id: Any) -> None:
    result = find_change_points(stepped, by=["plan"])
    verdicts = {search.where["plan"]: search.verdict for search in result.searches}
    assert verdicts == {"A": "break", "B": "no break"}
    alone = find_change_points(stepped, where={"plan": "B"})
    chance = {search.where["plan"]: by_id(result, search.p_value).value for search in result.searches}["B"]
    assert chance == pytest.approx(min(1, 2 * by_id(alone, alone.searches[0].p_value).value))
    assert result.cells == [] and result.by == "plan"
    assert any("each of 2 series" in caveat for caveat in result.caveats)


def test_no_break_is_an_answer_with_what_would_have_been_found(stepped: Warehouse, by_id: Any) -> None:
    result = find_change_points(stepped, where={"plan": "B"})
    (search,) = result.searches
    assert (search.verdict, result.breaks) == ("no break", [])
    assert 5 < by_id(result, search.smallest_step).value < 40
    assert by_id(result, search.p_value).value > 0.05


def test_a_slide_is_told_as_a_slide(load: Load) -> None:
    warehouse = load(survey([60 - 2.5 * at for at in range(24)], 150, 5))
    (search,) = find_change_points(warehouse).searches
    assert (search.verdict, search.direction, search.breaks) == ("gradual change", "fell", [])


def test_months_are_those_of_nps_and_partial_ones_stay_out(load: Load) -> None:
    rows = survey([30.0] * 24, 30, 6)
    rows += [{"nps_score": 0, "responded_at": "2025-01-03"} for _ in range(40)]
    warehouse = load(rows)
    result = find_change_points(warehouse)
    cells = nps(warehouse, grain="month").cells
    assert [(c.where, c.nps, c.low, c.high, c.n) for c in result.cells] == [
        (c.where, c.nps, c.low, c.high, c.n) for c in cells
    ]
    assert any(caveat.startswith("2025-01 is not complete") for caveat in result.caveats)
    assert result.searches[0].verdict == "no break"


def test_where_nothing_happens_hardly_any_world_has_a_break(load: Load) -> None:
    draw = random.Random(11)
    rows: list[Row] = []
    for world in range(36):
        for at, month in enumerate(MONTHS[:14]):
            size = 8 + 8 * (at * (world % 3)) // 4
            rows += [
                {
                    "nps_score": draw.choice([0, 3, 6, 7, 8, 9, 10, 10]),
                    "responded_at": f"{month}-{1 + i % 28:02d}",
                    "world": f"w{world}",
                }
                for i in range(size)
            ]
    warehouse = load(rows)
    found = [find_change_points(warehouse, where={"world": f"w{world}"}).searches[0].verdict for world in range(36)]
    # 5 % of 36 is 2; 6 or more would come up once in 80 runs.
    assert sum(verdict != "no break" for verdict in found) <= 5, found


def test_customers_who_answer_every_month_make_a_break_surer(load: Load, by_id: Any) -> None:
    draw = random.Random(3)
    rows, mixed = [], []
    for who in range(60):
        mood = draw.choice([2, 3, 8, 10, 10])
        for at, month in enumerate(MONTHS[:12]):
            score = mood if at < 6 or draw.random() > 0.25 else 3
            rows.append({"customer_id": f"c{who}", "nps_score": score, "responded_at": f"{month}-10"})
            mixed.append({**rows[-1], "customer_id": f"c{who}-{at}"})
    widths = []
    for answers in (rows, mixed):
        result = find_change_points(load(answers))
        smallest = by_id(result, result.searches[0].smallest_step).value
        widths.append(smallest)
    assert widths[0] < widths[1]


def test_the_price_rise_is_near_and_no_cause(pricing: Warehouse, by_id: Any) -> None:
    result = find_change_points(pricing, period="2024-07..2025-12")
    (found,) = result.breaks
    assert by_id(result, found.earliest).value == "2025-07"
    assert found.near == ["price_rise"]
    assert any("does not make them the cause" in caveat for caveat in result.caveats)
    assert any("less than two years" in caveat for caveat in result.caveats)


def test_facts_name_statements_that_were_run(stepped: Warehouse) -> None:
    for arguments in ({}, {"by": ["plan"]}):
        result = find_change_points(stepped, **arguments)  # type: ignore[arg-type]
        assert isinstance(result, ChangePointsResult)
        for fact in result.facts:
            assert 1 <= int(fact.source.split("#")[1]) <= len(result.sql)


def test_small_cells_are_not_told(load: Load) -> None:
    rows = [*survey([30.0] * 24, 20, 8, plan="A"), *survey([30.0] * 24, 3, 9, plan="Tiny")]
    result = find_change_points(load(rows), by=["plan"])
    assert [search.where for search in result.searches] == [{"plan": "A"}]
    assert any("fewer than 5 answers" in caveat for caveat in result.caveats)
    assert not any(fact.where.get("plan") == "Tiny" for fact in result.facts)


@pytest.mark.parametrize(
    ("arguments", "error", "told"),
    [
        ({"period": "2023-01..2023-03", "grain": "month"}, MissingDataError, "needs 6 complete periods"),
        ({"where": {"plan": "C"}}, UnknownNameError, "value of plan"),
        ({"by": ["plam"]}, UnknownNameError, "the nearest: plan"),
        ({"period": "2031"}, MissingDataError, "no scored answers"),
    ],
)
def test_what_cannot_be_searched_is_refused_in_one_sentence(
    stepped: Warehouse, arguments: dict[str, Any], error: type[NpsError], told: str
) -> None:
    with pytest.raises(error, match=told) as raised:
        find_change_points(stepped, **arguments)
    assert str(raised.value).endswith(".")


def test_too_fine_a_grain_is_refused(load: Load) -> None:
    days = [f"2024-{month:02d}-{day:02d}" for month in range(1, 8) for day in range(1, 29)]
    warehouse = load([{"nps_score": 3 + i, "responded_at": day} for day in days for i in range(6)])
    with pytest.raises(NpsError, match="196 days are too many to search"):
        find_change_points(warehouse, grain="day")


def test_without_dates_it_is_refused(load: Load) -> None:
    with pytest.raises(MissingDataError, match="needs the date of each answer"):
        find_change_points(load([{"nps_score": 9, "plan": "A"}] * 40))


def test_one_variance_of_an_answer_serves_all_periods() -> None:
    covariance = np.array([[4.0, 1.0], [1.0, 1.0]])
    found = steadied(covariance, np.array([10.0, 20.0]))
    # answers vary by 4 × 10 = 40 and 1 × 20 = 20; weighted by the answers (400 + 400)/30
    assert np.diag(found) == pytest.approx([800 / 30 / 10, 800 / 30 / 20])
    assert found[0, 1] / np.sqrt(found[0, 0] * found[1, 1]) == pytest.approx(0.99 * 0.5)
