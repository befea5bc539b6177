"""Answers of one and the same customer count as one, in the total and in a cell."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.cells import count_cells
from tools.measure.score import nps
from tools.scope import axis, scope
from tools.stats.counts import Counts
from tools.stats.score import nps_interval
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
CUSTOMERS = [{"customer_id": f"c{i}", "tier": "gold"} for i in range(60)]


def of_customer(name: str, count: int, **values: Any) -> list[Row]:
    draw = random.Random(name)
    return [{"customer_id": name, "nps_score": draw.choice([3, 8, 9, 10]), **values} for _ in range(count)]


def test_a_survey_of_one_customer_is_as_unsure_as_one_answer(load: Load) -> None:
    rows = of_customer("c7", 300, plan="A") + of_customer("c7", 300, plan="B")
    result = nps(load(rows, customers=CUSTOMERS))
    promoters = sum(row["nps_score"] > 8 for row in rows)
    detractors = sum(row["nps_score"] < 7 for row in rows)
    one = nps_interval(Counts(promoters / 600, (600 - promoters - detractors) / 600, detractors / 600))
    assert (result.total.low, result.total.high) == pytest.approx((one.low, one.high))
    assert one.high - one.low > 80
    assert "All answers come from one customer; they count as one answer." in result.caveats
    assert not any("design effect" in caveat for caveat in result.caveats)


def test_a_cell_of_one_customer_is_named_and_the_others_are_as_before(load: Load) -> None:
    rows = of_customer("c7", 40, plan="A") + [row for i in range(60) for row in of_customer(f"c{i}", 2, plan="B")]
    survey = load(rows, customers=CUSTOMERS)
    found = {cell.key: cell for cell in count_cells(survey, [axis(survey, "plan")], scope(survey)).cells}
    assert (found["A",].design_effect, found["A",].one_customer) == (40.0, True)
    assert found["B",].design_effect < 2
    assert not found["B",].one_customer
    result = nps(survey, by=["plan"])
    assert "All answers of A come from one customer; they count as one answer." in result.caveats
    wide, narrow = (next(c for c in result.cells if c.where["plan"] == plan) for plan in "AB")
    assert (wide.high or 0) - (wide.low or 0) > 80 > (narrow.high or 0) - (narrow.low or 0)
