from __future__ import annotations

import math
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.counts import Counts
from tools.stats.power import sample_size_for_difference, sample_size_for_margin, smallest_detectable
from tools.stats.score import nps_difference, nps_interval

variances = st.floats(0.05, 1)


def test_the_detectable_difference_is_detected_with_the_stated_power() -> None:
    difference = smallest_detectable(3.0, power=0.9, confidence=0.99)
    detected = 1 - NormalDist(difference, 3.0).cdf(NormalDist().inv_cdf(0.995) * 3.0)
    assert detected == pytest.approx(0.9, abs=1e-6)


def test_nps_difference_states_the_same_smallest_detectable_difference() -> None:
    difference = nps_difference(Counts(50, 30, 20), Counts(40, 30, 30))
    assert difference.smallest_detectable == pytest.approx(smallest_detectable(difference.standard_error))


@given(st.floats(1, 30))
def test_the_sample_size_for_a_margin_gives_an_interval_of_that_margin(margin: float) -> None:
    """Half promoters, half detractors: the variance is 1 with and without the pseudo-answers but for 1.5/n."""
    n = sample_size_for_margin(1.0, margin)
    interval = nps_interval(Counts(n / 2, 0, n / 2))
    assert (interval.high - interval.low) / 2 <= margin * (1 + 1e-9)
    fewer = nps_interval(Counts((n - 1) / 2, 0, (n - 1) / 2), confidence=0.95)
    assert (fewer.high - fewer.low) / 2 > margin * (1 - 1 / (n + 2))


@given(variances, variances, st.floats(2, 40))
def test_the_sample_size_for_a_difference_reaches_the_power(first: float, second: float, points: float) -> None:
    n = sample_size_for_difference(first, points, other_variance=second)
    se = 100 * math.sqrt((first + second) / (n + 3))
    assert smallest_detectable(se) <= points * (1 + 1e-9)


@given(variances, st.floats(2, 40), st.floats(1, 5))
def test_clustering_asks_for_proportionally_more_answers(variance: float, points: float, effect: float) -> None:
    plain = sample_size_for_margin(variance, points)
    clustered = sample_size_for_margin(variance, points, design_effect=effect)
    assert effect * (plain - 1) <= clustered <= effect * plain + 1


def test_when_everybody_agrees_one_answer_is_enough() -> None:
    assert sample_size_for_margin(0.0, 5) == 1


def test_impossible_plans_are_refused() -> None:
    with pytest.raises(ValueError, match="above 0 points, not 0"):
        sample_size_for_margin(0.6, 0)
    with pytest.raises(ValueError, match="above 0 points, not nan"):
        sample_size_for_difference(0.6, math.nan)
    with pytest.raises(ValueError, match="between 0 and 1 on the unit scale, not 6000"):
        sample_size_for_margin(6000, 5)
    with pytest.raises(ValueError, match="standard error must be 0 or more"):
        smallest_detectable(-1)
    with pytest.raises(ValueError, match=r"write 0\.8 for 4 times in 5"):
        smallest_detectable(1, power=80)
    with pytest.raises(ValueError, match=r"write 0\.95"):
        smallest_detectable(1, confidence=95)
