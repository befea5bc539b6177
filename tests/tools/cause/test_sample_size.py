"""sample_size: the textbook's sizes from the spread of the answers at hand."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from tools.cause.sample_size import SampleSizeResult, sample_size
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

Z, Z_80 = 1.959963984540054, 0.8416212335729143


@pytest.fixture(scope="module")
def plain(load: Callable[..., Warehouse], answers: Any) -> Warehouse:
    """500 promoters, 300 passives, 200 detractors, each of a customer of its own: V = 0.7 - 0.3² = 0.61."""
    return load(answers(500, 300, 200, plan="A") + answers(30, 0, 0, plan="B") + answers(3, 3, 3, plan="C"))


@pytest.fixture(scope="module")
def repeated(load: Callable[..., Warehouse], answers: Any) -> Warehouse:
    """Every customer answers twice, the same each time: two answers are worth one."""
    rows = answers(50, 30, 20, plan="A")
    return load([row for row in rows for _time in range(2)])


def value(result: SampleSizeResult, key: str | None) -> float:
    found = next(fact.value for fact in result.facts if fact.id == key)
    assert isinstance(found, int | float)
    return found


def sizes(result: SampleSizeResult, kind: str) -> dict[float, float]:
    return {value(result, s.points): value(result, s.answers) for s in result.sizes if s.kind == kind}


def test_sizes_follow_from_the_variance_of_the_answers(plain: Warehouse) -> None:
    result = sample_size(plain, where={"plan": "A"})
    assert value(result, result.spread) == pytest.approx(100 * math.sqrt(0.61))
    assert value(result, result.at_hand) == 1000
    margins = {m: math.ceil(0.61 * (100 * Z / m) ** 2 - 3) for m in (3.0, 5.0, 10.0)}
    differences = {d: math.ceil(2 * 0.61 * (100 * (Z + Z_80) / d) ** 2 - 3) for d in (3.0, 5.0, 10.0)}
    assert sizes(result, "margin") == margins
    assert sizes(result, "difference") == differences
    assert result.asked == "grid"
    assert result.chart is not None


def test_an_aim_gives_one_row_with_totals_and_invitations(plain: Warehouse) -> None:
    result = sample_size(plain, difference=5, response_rate=0.2, where={"plan": "A"})
    (size,) = result.sizes
    each = math.ceil(2 * 0.61 * (100 * (Z + Z_80) / 5) ** 2 - 3)
    assert value(result, size.answers) == each
    assert value(result, size.total) == 2 * each
    assert value(result, size.invitations) == math.ceil(2 * each / 0.2 - 1e-9)
    assert size.once is None
    assert result.table is not None and "invitations" in [column.name for column in result.table.columns]


def test_more_power_and_more_groups_take_more_answers(plain: Warehouse) -> None:
    base = sizes(sample_size(plain, difference=5, where={"plan": "A"}), "difference")[5]
    assert sizes(sample_size(plain, difference=5, power=0.95, where={"plan": "A"}), "difference")[5] > base
    assert sizes(sample_size(plain, difference=5, groups=4, where={"plan": "A"}), "difference")[5] > base


def test_answers_at_hand_tell_what_they_can_show(plain: Warehouse) -> None:
    result = sample_size(plain, n=400, difference=12, where={"plan": "A"})
    error = 100 * math.sqrt(0.61 / 403)
    n, margin, reach = (value(result, key) for key in result.reach)
    assert n == 400
    assert margin == pytest.approx(Z * error)
    assert reach == pytest.approx((Z + Z_80) * error * math.sqrt(2))
    power = 0.5 * math.erfc(-(12 / (error * math.sqrt(2)) - Z) / math.sqrt(2))
    assert value(result, result.chance) == pytest.approx(power)


def test_planned_sizes_show_what_they_were_planned_for(plain: Warehouse) -> None:
    """Round trip: the answers for 8 points detect 8 points, with the power asked for."""
    each = sizes(sample_size(plain, difference=8, where={"plan": "A"}), "difference")[8]
    back = sample_size(plain, n=int(each), difference=8, where={"plan": "A"})
    assert value(back, back.reach[2]) == pytest.approx(8, abs=0.01)
    assert value(back, back.chance) == pytest.approx(0.8, abs=0.001)


def test_repeated_answers_count_for_less_and_the_size_for_single_ones_stands_beside(repeated: Warehouse) -> None:
    result = sample_size(repeated, margin=5)
    (size,) = result.sizes
    effect = value(result, result.design_effect)
    assert effect == pytest.approx(2 * (199 / 200) * (100 / 99), rel=0.01)
    assert value(result, size.once) == math.ceil(0.61 * (100 * Z / 5) ** 2 - 3)
    assert value(result, size.answers) == pytest.approx(effect * value(result, size.once), rel=0.01)


def test_too_few_answers_or_answers_of_one_class_are_refused(plain: Warehouse) -> None:
    with pytest.raises(MissingDataError, match="fewer than 20 scored answers for plan C"):
        sample_size(plain, where={"plan": "C"})
    with pytest.raises(MissingDataError, match="one class"):
        sample_size(plain, where={"plan": "B"})
