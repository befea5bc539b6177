"""key_drivers where an answer would be made up: mostly missing ratings, one customer, shares that tell nothing."""

from __future__ import annotations

import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tools.explain.drivers import KeyDriversResult, key_drivers
from tools.result import Fact
from tools.stats.driver_intervals import share_interval
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]


def noise(n: int, missing: float, customers: int | None = None) -> list[Row]:
    """Ratings that have nothing to do with the score, one of them with gaps."""
    draw = random.Random(5)
    return [
        {
            "customer_id": f"c{i % customers if customers else i}",
            "nps_score": draw.randrange(11),
            "gap_rating": None if draw.random() < missing else draw.randint(1, 5),
            "noise_rating": draw.randint(1, 5),
        }
        for i in range(n)
    ]


def fact(result: KeyDriversResult, name: str, **where: str) -> Fact:
    return next(f for f in result.facts if f.name == name and where.items() <= f.where.items())


def test_a_named_driver_that_is_mostly_missing_is_not_imputed(load: Load) -> None:
    rows = noise(500, 0.9)
    there = sum(row["gap_rating"] is not None for row in rows)
    with pytest.raises(MissingDataError, match=rf"^{there} of 500 scored answers have a value of 'gap_rating'.*half"):
        key_drivers(load(rows), drivers=["gap_rating", "noise_rating"], missing="impute")


def test_a_driver_nobody_named_that_is_mostly_missing_is_left_out_by_name(load: Load) -> None:
    result = key_drivers(load(noise(500, 0.9)), missing="impute")
    assert {item.column: item.reason for item in result.left_out}["gap_rating"].endswith("to impute the others from")
    assert [driver.name for driver in result.drivers] == ["noise_rating"]
    assert not result.explains


def test_imputing_tells_how_many_answers_had_everything_and_warns_of_nothing(load: Load) -> None:
    rows = noise(500, 0.4)
    there = sum(row["gap_rating"] is not None for row in rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        result = key_drivers(load(rows), drivers=["gap_rating", "noise_rating"], missing="impute")
    assert fact(result, "answers_without_gaps").value == there
    assert any(f"{there} of 500 answers have every driver" in caveat for caveat in result.caveats)
    assert not result.explains


def test_answers_of_one_customer_are_refused_in_a_sentence(load: Load) -> None:
    known = [{"customer_id": f"c{i}", "tier": "gold"} for i in range(60)]
    with pytest.raises(MissingDataError, match="500 answers for the data come from one customer, and drivers need"):
        key_drivers(load(noise(500, 0.0, customers=1), customers=known))
    with pytest.raises(MissingDataError, match="come from 4 customers, and drivers need those of at least 20"):
        key_drivers(load(noise(500, 0.0, customers=4), customers=known))


def test_a_driver_that_carries_everything_has_a_share_near_one_and_the_other_one_near_none() -> None:
    """The bias of a share below 0 was cut off with it, which left intervals of everything."""
    rng = np.random.default_rng(2)
    none = 0.0004 * rng.chisquare(1, 2000)  # a weight of 0 in each resample, and the other driver's
    other = 0.0303 + 0.0075 * rng.standard_normal(2000)
    low, high = share_interval(0.000003, 0.0303, np.column_stack([none, none + other]))
    assert low == 0
    assert high < 0.15
    low, high = share_interval(0.030297, 0.0303, np.column_stack([other, none + other]))
    assert low > 0.85
    assert high == pytest.approx(1, abs=0.001)


def test_resamples_that_explain_nothing_leave_a_share_its_interval() -> None:
    draws = np.zeros((400, 2))
    draws[:300] = np.column_stack([np.full(300, 0.01), np.linspace(0.02, 0.05, 300)])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        low, high = share_interval(0.01, 0.03, draws)
    assert 0 <= low <= 1 / 3 <= high <= 1


def test_a_share_that_spans_everything_puts_nobody_first(monkeypatch: pytest.MonkeyPatch, load: Load) -> None:
    draw = random.Random(1)
    rows = noise(400, 0.0)
    for row in rows:
        row["gap_rating"] = min(5, max(1, round(row["nps_score"] / 2 + draw.gauss(0, 1))))
    survey = load(rows)
    assert key_drivers(survey).drivers[0].above_next
    monkeypatch.setattr("tools.explain.driver_report.EVERYTHING", 1.0)  # whatever the interval, it tells nothing
    first = key_drivers(survey).drivers[0]
    assert not first.told
    assert not first.above_next
