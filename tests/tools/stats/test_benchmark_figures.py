"""A published figure's standard error, the test against it and the answers that it takes, by hand."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.benchmark import Figure, answers_for_figure, nps_against_figure, published_figure
from tools.stats.counts import Counts
from tools.stats.score import nps_interval

Z = 1.959963984540054


def test_an_interval_gives_its_half_width_and_goes_before_n() -> None:
    assert published_figure(32, low=28, high=36, n=7).standard_error == pytest.approx(4 / Z)
    assert published_figure(32, low=28, high=36, confidence=0.9).standard_error == pytest.approx(4 / 1.6448536)
    assert published_figure(32) == Figure(32, 0.0)


def test_n_alone_gives_the_widest_spread_that_the_figure_allows() -> None:
    """500 answers at +32 without passives: 330 promoters, 170 detractors, 3/4 added to each and 3 to n."""
    found = published_figure(32, n=500)
    mean, shares = (330 - 170) / 503, 501.5 / 503
    assert found.standard_error == pytest.approx(100 * math.sqrt((shares - mean**2) / 503))
    for passives in (1, 50, 170):
        answers = Counts(160 + (340 - passives) / 2, passives, (340 - passives) / 2)
        assert nps_interval(answers).standard_error < found.standard_error


def test_one_sample_test_by_hand() -> None:
    """520, 260, 220 against 36: R~ = 300/1003, V = 741.5/1003 - R~^2, D~ held at the observed -6."""
    found = nps_against_figure(Counts(520, 260, 220), Figure(36))
    mean = 300 / 1003
    error = 100 * math.sqrt((741.5 / 1003 - mean**2) / 1003)
    assert found.estimate == pytest.approx(-6)
    assert (found.low, found.high) == pytest.approx((-6 - Z * error, -6 + Z * error))
    assert found.p_value == pytest.approx(math.erfc(6 / error / math.sqrt(2)))
    unsure = nps_against_figure(Counts(520, 260, 220), Figure(36, 3.0))
    assert unsure.standard_error == pytest.approx(math.hypot(error, 3))


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.floats(-100, 100), st.floats(0, 20))
def test_interval_and_p_value_agree_and_hold_the_estimate(p: int, q: int, d: int, value: float, se: float) -> None:
    if p + q + d == 0:
        return
    found = nps_against_figure(Counts(p, q, d), Figure(value, se))
    assert found.low <= found.estimate <= found.high
    if abs(found.estimate) > 1e-6 and abs(abs(found.z) - Z) > 1e-9:
        assert (found.p_value < 0.05) == (found.low > 0 or found.high < 0)


def test_the_answers_needed_reach_the_power_that_they_promise() -> None:
    """With n answers of variance .6 the standard error leaves exactly 80 % at 5 points."""
    n = answers_for_figure(0.6, 5, figure_standard_error=1)
    assert n is not None
    error = math.sqrt(10_000 * 0.6 / (n + 3) + 1)
    power = 1 - 0.5 * math.erfc((5 / error - Z) / math.sqrt(2))
    assert power == pytest.approx(0.8, abs=0.001)
    assert answers_for_figure(0.6, 5, figure_standard_error=2) is None
    assert answers_for_figure(0.6, 5, design_effect=2) == pytest.approx(2 * 1881, abs=1)


def test_impossible_figures_are_refused() -> None:
    for value, arguments, why in (
        (120, {}, "-100 and 100"),
        (math.nan, {}, "-100 and 100"),
        (30, {"low": 20}, "both ends"),
        (30, {"low": 31, "high": 40}, "does not fit"),
        (30, {"n": 0}, "1 or more"),
    ):
        with pytest.raises(ValueError, match=why):
            published_figure(value, **arguments)
    with pytest.raises(ValueError, match="no answers"):
        nps_against_figure(Counts(0, 0, 0), Figure(3))
    with pytest.raises(ValueError, match="above 0"):
        answers_for_figure(0.5, 0)
