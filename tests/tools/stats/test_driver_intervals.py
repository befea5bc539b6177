"""Intervals of driver weights: they cover, also at 0; they widen for customers who answer again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.stats.driver_intervals import (
    driver_intervals,
    resample_weights,
    share_interval,
    weight_difference,
    weight_interval,
)
from tools.stats.drivers import johnson_weights, shapley_r2

FloatArray = NDArray[np.float64]


def survey(rng: np.random.Generator, n: int) -> tuple[FloatArray, FloatArray]:
    """Four ratings that go together, of which the last weighs by that alone; one that has nothing to do with it."""
    general = rng.normal(size=(n, 1))
    x = np.column_stack([0.6 * general + 0.8 * rng.normal(size=(n, 4)), rng.normal(size=n)])
    latent = x @ np.array([1.0, 0.5, 0.25, 0.0, 0.0]) + rng.logistic(size=n)
    return x, np.digitize(latent, [-0.5, 1.0]) - 1.0


def test_the_weights_are_those_of_the_decomposition() -> None:
    x, y = survey(np.random.default_rng(1), 150)
    r = np.corrcoef(np.column_stack([x, y]).T)
    blocks = [[0, 1], [2], [3], [4]]
    for method, weigh in (("shapley", shapley_r2), ("johnson", johnson_weights)):
        found = resample_weights(y, x, range(150), blocks=blocks, method=method, repeats=10)  # type: ignore[arg-type]
        assert found.weights.tolist() == pytest.approx(weigh(r[:-1, :-1], r[:-1, -1], blocks).weights)


def test_intervals_cover_weights_above_zero_and_at_zero() -> None:
    # 120 surveys: three standard errors are 6 points. The full study, 1,000 surveys of each of seven worlds, stands
    # in docs/methods.md.
    rng = np.random.default_rng(2)
    x, y = survey(rng, 400_000)
    r = np.corrcoef(np.column_stack([x, y]).T)
    true = np.array(shapley_r2(r[:-1, :-1], r[:-1, -1]).weights)
    true[4] = 0.0
    covered, from_zero = np.zeros(5), 0
    for repeat in range(120):
        x, y = survey(rng, 200)
        found = driver_intervals([resample_weights(y, x, range(200), repeats=250, seed=repeat)])
        covered += [own.low <= value <= own.high for own, value in zip(found.weights, true, strict=True)]
        from_zero += found.weights[4].low == 0
        assert all(own.low <= own.estimate <= own.high for own in found.weights)
    assert np.all(covered / 120 > 0.89)
    assert from_zero / 120 > 0.89


def test_an_interval_from_normal_correlations_is_near_fishers() -> None:
    # Squares of Fisher's interval tanh(artanh(0.5) ∓ 1.96 · 0.05/0.75) = (0.395, 0.593).
    draws = (0.5 + 0.05 * np.random.default_rng(3).standard_normal(20_000)) ** 2
    low, high = weight_interval(0.25, draws)
    assert (np.sqrt(low), np.sqrt(high)) == pytest.approx((0.395, 0.593), abs=0.01)


def test_more_confidence_and_imputed_values_widen_an_interval() -> None:
    draws = (0.3 + 0.07 * np.random.default_rng(3).standard_normal(2_000)) ** 2
    plain, sure = weight_interval(0.09, draws), weight_interval(0.09, draws, confidence=0.99)
    filled = weight_interval(0.09, draws, extra_variance=0.002)
    for wide in (sure, filled):
        assert wide[0] < plain[0] and wide[1] > plain[1]


def test_draws_that_never_vary_give_no_width() -> None:
    assert weight_interval(0.2, [0.2] * 50) == pytest.approx((0.2, 0.2))


def test_a_share_above_a_half_is_seen_from_the_other_side() -> None:
    rng = np.random.default_rng(5)
    rest = np.abs(0.02 + 0.01 * rng.standard_normal(2_000))
    large = 0.3 + 0.03 * rng.standard_normal(2_000)
    low, high = share_interval(0.3, 0.32, np.column_stack([large, large + rest]))
    own_low, own_high = share_interval(0.02, 0.32, np.column_stack([rest, large + rest]))
    assert (1 - high, 1 - low) == pytest.approx((own_low, own_high), abs=0.005)


def test_answering_twice_the_same_is_no_news() -> None:
    x, y = survey(np.random.default_rng(6), 150)
    once = resample_weights(y, x, range(150), repeats=400)
    twice = resample_weights(np.tile(y, 2), np.tile(x, (2, 1)), np.tile(np.arange(150), 2), repeats=400)
    assert twice.draws == pytest.approx(once.draws)
    as_strangers = resample_weights(np.tile(y, 2), np.tile(x, (2, 1)), range(300), repeats=400)
    ratio = twice.draws[:, 0].std() / as_strangers.draws[:, 0].std()
    assert ratio == pytest.approx(np.sqrt(2), rel=0.15)  # 400 draws know a standard deviation to 4 %


def test_dealing_customers_into_groups_keeps_the_spread() -> None:
    x, y = survey(np.random.default_rng(7), 1_000)
    single = resample_weights(y, x, range(1_000), repeats=800)
    x4, y4 = np.tile(x, (4, 1)), np.tile(y, 4)  # 4,000 strangers: half the standard deviation of 1,000
    dealt = resample_weights(y4, x4, range(4_000), repeats=800)
    assert dealt.draws[:, 0].std() == pytest.approx(single.draws[:, 0].std() / 2, rel=0.12)


def test_the_same_seed_gives_the_same_draws() -> None:
    x, y = survey(np.random.default_rng(8), 80)
    one, two, other = (resample_weights(y, x, range(80), repeats=20, seed=seed) for seed in (3, 3, 4))
    assert np.array_equal(one.draws, two.draws) and not np.array_equal(one.draws, other.draws)


def test_shares_are_told_only_where_something_is_explained() -> None:
    rng = np.random.default_rng(9)
    x, y = survey(rng, 300)
    told = driver_intervals([resample_weights(y, x, range(300))])
    assert told.shares is not None and sum(share.estimate for share in told.shares) == pytest.approx(1)
    nothing = driver_intervals([resample_weights(rng.permutation(y), x, range(300))])
    assert nothing.shares is None and nothing.r_squared.low == 0


def test_drivers_of_equal_weight_are_rarely_told_apart_and_unequal_ones_are() -> None:
    rng = np.random.default_rng(10)
    alarms = 0
    for seed in range(150):
        x = rng.normal(size=(200, 2))
        sample = resample_weights(x.sum(axis=1) + 2 * rng.normal(size=200), x, range(200), repeats=150, seed=seed)
        alarms += weight_difference([sample], 0, 1).p_value < 0.05
    assert alarms <= 16  # 5 % of 150 is 7.5; three standard errors are 8
    x = rng.normal(size=(400, 2))
    sample = resample_weights(x[:, 0] + rng.normal(size=400), x, range(400))
    assert weight_difference([sample], 0, 1).p_value < 0.001


def test_imputations_that_differ_widen_the_interval() -> None:
    x, y = survey(np.random.default_rng(11), 200)
    other, y2 = survey(np.random.default_rng(12), 200)
    one = resample_weights(y, x, range(200))
    same = driver_intervals([one, one])
    differ = driver_intervals([one, resample_weights(y2, other, range(200))])
    width = [found.weights[0].high - found.weights[0].low for found in (same, differ)]
    assert width[1] > width[0]


@pytest.mark.parametrize(
    ("y", "x", "who", "says"),
    [
        ([1, 2, 3], [[1], [2]], [1, 2, 3], "length n"),
        ([1, 2, float("nan")], [[1], [2], [3]], [1, 2, 3], "missing"),
        ([1, 1, 1], [[1], [2], [3]], [1, 2, 3], "constant"),
        ([1, 2, 3], [[1], [1], [1]], [1, 2, 3], "constant"),
        ([1, 2, 3], [[1], [2], [4]], [1, 1, 1], "two of each"),
    ],
)
def test_impossible_input_is_refused(y: list[float], x: list[list[float]], who: list[int], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        resample_weights(y, x, who)


def test_weights_and_shares_that_cannot_be_are_refused() -> None:
    with pytest.raises(ValueError, match="no interval"):
        weight_interval(1.2, [0.1, 0.2])
    with pytest.raises(ValueError, match="total"):
        share_interval(0.5, 0.4, [[0.1, 0.2], [0.1, 0.3]])
    with pytest.raises(ValueError, match="same drivers"):
        driver_intervals([])
