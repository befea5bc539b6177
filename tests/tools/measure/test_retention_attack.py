"""Retention where the first months of everybody lie before the record, or everybody left in them."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.measure.retention import retention
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]


def company(leaves: Callable[[random.Random, dt.date], dt.date | None]) -> tuple[list[Row], list[Row]]:
    draw = random.Random(6)
    customers = []
    for i in range(300):
        joined = dt.date(2023, 1, 1) + dt.timedelta(draw.randrange(700))
        customers.append({"customer_id": f"c{i}", "joined_at": joined, "churned_at": leaves(draw, joined)})
    rows = [
        {"customer_id": f"c{i}", "nps_score": 9, "responded_at": dt.date(2025, 1, 1) + dt.timedelta(i)}
        for i in range(300)
    ]
    return rows, customers


def test_a_record_of_leaving_that_begins_later_is_said_with_its_date(load: Load) -> None:
    start = dt.date(2025, 6, 4)
    rows, customers = company(
        lambda draw, _joined: start + dt.timedelta(draw.randrange(140)) if draw.random() < 0.2 else None
    )
    first = min(c["churned_at"] for c in customers if c["churned_at"])
    with pytest.raises(MissingDataError, match=f"record of leaving begins on {first}, .* add the customers who left"):
        retention(load(rows, customers=customers))


def test_when_everybody_left_within_days_a_finer_grain_is_offered_with_the_reason(load: Load) -> None:
    rows, customers = company(lambda _draw, joined: joined + dt.timedelta(3))
    with pytest.raises(MissingDataError, match=r"for a whole month after joining, and 300 had left before that"):
        retention(load(rows, customers=customers))
    assert retention(load(rows, customers=customers), grain="day").overall.points
