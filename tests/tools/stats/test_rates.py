"""Rates over clustered questions, repeats, and paired comparisons, against other implementations and by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tools.stats.proportions import wilson_interval
from tools.stats.rates import clustered_rate, paired_loss, pass_power


def test_each_question_its_own_family_is_wilsons_interval() -> None:
    values = [1.0] * 17 + [0.0] * 3
    found, plain = clustered_rate(values, range(20)), wilson_interval(17, 20)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


def test_korn_and_graubards_effective_size_by_hand() -> None:
    # Four clusters with 8, 5, 9 and 2 of 10 passed: r = 0.6, residuals 2, -1, 3, -4, var = 4/3 * 30 / 1600 = 0.025,
    # plain variance 0.24/39, deff 4.0625; t quantiles 2.0227 (39) and 3.1824 (3); n* = 40/4.0625 * 0.40397 = 3.9775.
    values = [1.0] * 8 + [0.0] * 2 + [1.0] * 5 + [0.0] * 5 + [1.0] * 9 + [0.0] + [1.0] * 2 + [0.0] * 8
    found = clustered_rate(values, [at // 10 for at in range(40)])
    assert found.n == pytest.approx(3.9775, abs=2e-4)
    plain = wilson_interval(0.6 * found.n, found.n)
    assert (found.low, found.high) == pytest.approx((plain.low, plain.high))


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(0, 4)), min_size=1, max_size=40))
def test_the_interval_holds_the_rate_and_is_never_narrower_than_without_clusters(
    units: list[tuple[float, int]],
) -> None:
    values, clusters = [unit[0] for unit in units], [unit[1] for unit in units]
    found = clustered_rate(values, clusters)
    plain = wilson_interval(sum(values), len(values))
    assert 0 <= found.low <= found.estimate <= found.high <= 1
    assert found.high - found.low >= plain.high - plain.low - 1e-9


def test_coverage_with_clustered_questions() -> None:
    """Families that differ: the interval must cover the true rate about as often as it says; Wilson's does not."""
    draw = np.random.default_rng(5)
    covered = plain_covered = 0
    for _ in range(400):
        rates = draw.beta(6, 2, 15)
        values = (draw.random((15, 8)) < rates[:, None]).astype(float)
        found = clustered_rate(values.ravel().tolist(), np.repeat(np.arange(15), 8).tolist())
        plain = wilson_interval(float(values.sum()), values.size)
        covered += found.low <= 0.75 <= found.high
        plain_covered += plain.low <= 0.75 <= plain.high
    assert covered / 400 >= 0.93
    assert plain_covered < covered


@pytest.mark.parametrize(("values", "clusters"), [([], []), ([1.0], []), ([1.5], [0]), ([-0.1], [0])])
def test_impossible_rates_are_refused(values: list[float], clusters: list[int]) -> None:
    with pytest.raises(ValueError, match=r"value|rate"):
        clustered_rate(values, clusters)


@pytest.mark.parametrize(("passed", "tried", "k"), [(3, 4, 2), (5, 8, 3), (0, 3, 1), (8, 8, 8), (2, 5, 3)])
def test_pass_power_is_the_share_of_draws_that_all_succeed(passed: int, tried: int, k: int) -> None:
    from itertools import combinations

    outcomes = [True] * passed + [False] * (tried - passed)
    draws = list(combinations(outcomes, k))
    assert pass_power(passed, tried, k) == pytest.approx(sum(map(all, draws)) / len(draws))


def test_pass_power_refuses_more_attempts_than_trials() -> None:
    with pytest.raises(ValueError, match="cannot be computed"):
        pass_power(1, 2, 3)


@pytest.mark.parametrize(("lost", "won"), [(1, 0), (5, 0), (6, 2), (3, 3), (2, 7), (12, 2), (30, 12)])
def test_questions_that_pass_or_fail_give_mcnemars_exact_test(lost: int, won: int) -> None:
    before = [1.0] * lost + [0.0] * won + [1.0] * 10
    after = [0.0] * lost + [1.0] * won + [1.0] * 10
    exact = stats.binomtest(won, lost + won, 0.5, alternative="less").pvalue
    assert paired_loss(before, after) == pytest.approx(exact, abs=0.006 if lost + won > 14 else 1e-12)


def test_rates_over_repeats_count_by_their_size() -> None:
    before, after = [1.0, 1.0, 0.5, 0.0], [0.5, 0.0, 1.0, 0.0]  # -0.5, -1, +0.5: sums at most -1 are 3 of 8
    assert paired_loss(before, after) == pytest.approx(3 / 8)
    assert paired_loss(before, before) == 1
    assert math.isclose(paired_loss([0.0, 0.0], [1.0, 1.0]), 1.0)


def test_two_runs_must_have_the_same_questions() -> None:
    with pytest.raises(ValueError, match="same"):
        paired_loss([1.0], [1.0, 0.0])
