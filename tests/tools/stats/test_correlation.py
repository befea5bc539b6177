"""Pearson's r against scipy and against what repeated answers must do to its interval."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import pearsonr

from tools.stats.correlation import correlation


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(4, 60), st.floats(-0.95, 0.95), st.sampled_from([0.9, 0.95, 0.99]))
def test_it_agrees_with_scipy(seed: int, n: int, slope: float, confidence: float) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    y = slope * x + rng.normal(size=n)
    found, expected = correlation(x, y, confidence=confidence), pearsonr(x, y)
    interval = expected.confidence_interval(confidence)
    assert found.estimate == pytest.approx(expected.statistic, abs=1e-12)
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=1e-9)
    assert (found.n, found.design_effect) == (n, 1.0)


def test_every_answer_given_twice_is_worth_one() -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=200)
    y = x + rng.normal(size=200)
    twice = correlation(np.tile(x, 2), np.tile(y, 2), clusters=np.tile(np.arange(200), 2))
    once = correlation(x, y)
    assert twice.estimate == pytest.approx(once.estimate)
    assert twice.design_effect == pytest.approx(2, rel=0.01)
    assert math.atanh(twice.high) - math.atanh(twice.low) == pytest.approx(
        math.atanh(once.high) - math.atanh(once.low), rel=0.02
    )


def test_customers_who_answer_once_change_nothing() -> None:
    x, y = [1, 2, 3, 4, 6], [2, 1, 4, 3, 5]
    alone = correlation(x, y, clusters=[5, 4, 3, 2, 1])
    assert (alone.low, alone.high, alone.design_effect) == pytest.approx(
        (correlation(x, y).low, correlation(x, y).high, 1)
    )


def test_the_edges_are_defined() -> None:
    assert (correlation([1, 2, 3], [3, 1, 2]).low, correlation([1, 2, 3], [3, 1, 2]).high) == (-1, 1)
    perfect = correlation([1, 2, 3, 4], [2, 4, 6, 8])
    assert (perfect.estimate, perfect.low, perfect.high) == pytest.approx((1, 1, 1))


@pytest.mark.parametrize(
    ("x", "y"),
    [([1], [1]), ([1, 2], [1]), ([1, 1, 1], [1, 2, 3]), ([1, 2, math.nan], [1, 2, 3]), ([1, 2, math.inf], [1, 2, 3])],
)
def test_impossible_input_is_refused(x: list[float], y: list[float]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        correlation(x, y)
