"""Explained variance divided among drivers: published values, brute force, and what must always hold."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tools.stats.drivers import (
    cross_products,
    halo_index,
    johnson_batch,
    johnson_weights,
    shapley_batch,
    shapley_r2,
    variance_inflation,
)

FloatArray = NDArray[np.float64]

# R's mtcars (Henderson & Velleman 1981): mpg, cyl, disp, hp, gear.
MTCARS = np.array(
    [
        (21.0, 6, 160.0, 110, 4),
        (21.0, 6, 160.0, 110, 4),
        (22.8, 4, 108.0, 93, 4),
        (21.4, 6, 258.0, 110, 3),
        (18.7, 8, 360.0, 175, 3),
        (18.1, 6, 225.0, 105, 3),
        (14.3, 8, 360.0, 245, 3),
        (24.4, 4, 146.7, 62, 4),
        (22.8, 4, 140.8, 95, 4),
        (19.2, 6, 167.6, 123, 4),
        (17.8, 6, 167.6, 123, 4),
        (16.4, 8, 275.8, 180, 3),
        (17.3, 8, 275.8, 180, 3),
        (15.2, 8, 275.8, 180, 3),
        (10.4, 8, 472.0, 205, 3),
        (10.4, 8, 460.0, 215, 3),
        (14.7, 8, 440.0, 230, 3),
        (32.4, 4, 78.7, 66, 4),
        (30.4, 4, 75.7, 52, 4),
        (33.9, 4, 71.1, 65, 4),
        (21.5, 4, 120.1, 97, 3),
        (15.5, 8, 318.0, 150, 3),
        (15.2, 8, 304.0, 150, 3),
        (13.3, 8, 350.0, 245, 3),
        (19.2, 8, 400.0, 175, 3),
        (27.3, 4, 79.0, 66, 4),
        (26.0, 4, 120.3, 91, 5),
        (30.4, 4, 95.1, 113, 5),
        (15.8, 8, 351.0, 264, 5),
        (19.7, 6, 145.0, 175, 5),
        (15.0, 8, 301.0, 335, 5),
        (21.4, 4, 121.0, 109, 4),
    ]
)


def correlated(seed: int, n: int, p: int) -> FloatArray:
    """n × (p + 1), the outcome last, with columns that go together."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p)) + rng.normal(size=(n, 1))
    return np.column_stack([x, x @ rng.normal(size=p) + 2 * rng.normal(size=n)])


def r_squared(y: FloatArray, x: FloatArray) -> float:
    design = np.column_stack([np.ones(len(y)), x])
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return 1 - float(rest @ rest) / float((y - y.mean()) @ (y - y.mean()))


def by_orders(y: FloatArray, blocks: list[FloatArray]) -> list[float]:
    """The definition: the average gain of a block over all orders, by regressions on the data."""
    gains: list[list[float]] = [[] for _ in blocks]
    for order in permutations(range(len(blocks))):
        before = 0.0
        for place, block in enumerate(order):
            now = r_squared(y, np.column_stack([blocks[at] for at in order[: place + 1]]))
            gains[block].append(now - before)
            before = now
    return [float(np.mean(gain)) for gain in gains]


def test_two_correlated_drivers_as_by_hand() -> None:
    # R² = (0.36 + 0.16 − 2·0.6·0.4·0.5)/(1 − 0.25) = 0.3733; first: (0.36 + R² − 0.16)/2. Johnson agrees for two.
    for weigh in (shapley_r2, johnson_weights):
        found = weigh([[1, 0.5], [0.5, 1]], [0.6, 0.4])
        assert found.r_squared == pytest.approx(0.3733333, abs=1e-6)
        assert found.weights == pytest.approx((0.2866667, 0.0866667), abs=1e-6)


def test_relative_weights_of_mtcars_are_those_published() -> None:
    # martinctc/rwa, README: rwa(mtcars, "mpg", c("cyl", "disp", "hp", "gear")); printed with seven digits.
    r = np.corrcoef(MTCARS.T)
    found = johnson_weights(r[1:, 1:], r[1:, 0])
    assert found.r_squared == pytest.approx(0.7791896, abs=1e-6)
    assert found.weights == pytest.approx((0.2284797, 0.2221469, 0.2321744, 0.0963886), abs=1e-6)
    assert [100 * s for s in found.shares if s is not None] == pytest.approx(
        [29.32274, 28.50999, 29.79691, 12.37037], abs=1e-4
    )


def test_shapley_is_the_average_over_all_orders() -> None:
    r = np.corrcoef(MTCARS.T)
    expected = by_orders(MTCARS[:, 0], [MTCARS[:, [at]] for at in range(1, 5)])
    assert shapley_r2(r[1:, 1:], r[1:, 0]).weights == pytest.approx(expected, abs=1e-10)


def test_a_block_of_columns_enters_as_one() -> None:
    data = correlated(3, 80, 5)
    r = np.corrcoef(data.T)
    blocks = [[0, 3], [1], [2, 4]]
    expected = by_orders(data[:, -1], [data[:, block] for block in blocks])
    assert shapley_r2(r[:-1, :-1], r[:-1, -1], blocks).weights == pytest.approx(expected, abs=1e-10)


def test_shapley_of_a_category_does_not_depend_on_the_reference_value() -> None:
    rng = np.random.default_rng(8)
    group, x = rng.integers(0, 4, 300), rng.normal(size=300)
    y = x + np.array([0.0, 1.0, -1.0, 0.3])[group] + rng.normal(size=300)
    found = []
    for reference in range(4):
        dummies = [(group == value).astype(float) for value in range(4) if value != reference]
        r = np.corrcoef(np.column_stack([*dummies, x, y]).T)
        found.append(shapley_r2(r[:-1, :-1], r[:-1, -1], [[0, 1, 2], [3]]).weights)
    assert np.ptp(np.array(found), axis=0) == pytest.approx([0, 0], abs=1e-10)


def test_johnson_goes_by_the_nearest_orthonormal_columns() -> None:
    # Its definition on the data: Z = P Q' of X = P Δ Q' is the nearest orthonormal matrix (Johnson 1966).
    data = correlated(5, 120, 6)
    z = (data - data.mean(axis=0)) / data.std(axis=0) / np.sqrt(len(data))
    left, _sizes, right = np.linalg.svd(z[:, :-1], full_matrices=False)
    nearest = left @ right
    expected = (nearest.T @ z[:, :-1]).T ** 2 @ (nearest.T @ z[:, -1]) ** 2
    r = np.corrcoef(data.T)
    assert johnson_weights(r[:-1, :-1], r[:-1, -1]).weights == pytest.approx(expected.tolist(), abs=1e-10)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), p=st.integers(1, 6))
def test_weights_add_up_to_r_squared_and_are_never_negative(seed: int, p: int) -> None:
    data = correlated(seed, 40, p)
    r = np.corrcoef(data.T)
    for weigh in (shapley_r2, johnson_weights):
        found = weigh(r[:-1, :-1], r[:-1, -1])
        assert found.r_squared == pytest.approx(r_squared(data[:, -1], data[:, :-1]), abs=1e-9)
        assert sum(found.weights) == pytest.approx(found.r_squared) and min(found.weights) >= -1e-12
        assert sum(share or 0 for share in found.shares) == pytest.approx(1)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), order=st.permutations(range(4)))
def test_the_order_of_the_drivers_does_not_matter(seed: int, order: list[int]) -> None:
    r = np.corrcoef(correlated(seed, 40, 4).T)
    inside, outcome = r[:-1, :-1], r[:-1, -1]
    for weigh in (shapley_r2, johnson_weights):
        plain = weigh(inside, outcome).weights
        turned = weigh(inside[np.ix_(order, order)], outcome[order]).weights
        assert turned == pytest.approx([plain[at] for at in order], abs=1e-9)


def test_two_identical_drivers_share_evenly() -> None:
    for weigh in (shapley_r2, johnson_weights):
        assert weigh([[1, 1], [1, 1]], [0.6, 0.6]).weights == pytest.approx((0.18, 0.18), abs=1e-6)


def test_a_stack_of_matrices_gives_what_each_gives() -> None:
    stack = np.stack([np.corrcoef(correlated(seed, 60, 4).T) for seed in range(5)])
    for batch, single in ((shapley_batch, shapley_r2), (johnson_batch, johnson_weights)):
        found = batch(stack, [[0], [1, 2], [3]])
        for at, r in enumerate(stack):
            expected = single(r[:-1, :-1], r[:-1, -1], [[0], [1, 2], [3]]).weights
            assert found[at].tolist() == pytest.approx(expected, abs=1e-12)


def test_nothing_explained_has_no_shares() -> None:
    found = shapley_r2([[1, 0], [0, 1]], [0, 0])
    assert (found.r_squared, found.weights, found.shares) == (0, (0, 0), (None, None))


@pytest.mark.parametrize(
    ("correlations", "outcome", "says"),
    [
        ([[1, 0.5]], [0.5], "p × p"),
        ([[1, 0.5], [0.5, 1]], [0.5], "length p"),
        ([[1, 1.5], [1.5, 1]], [0.5, 0.5], "-1 to 1"),
        ([[1, 0.5], [0.4, 1]], [0.5, 0.5], "symmetric"),
        ([[1, 0.9], [0.9, 1]], [0.9, -0.9], "negative eigenvalue"),
        ([[1, float("nan")], [float("nan"), 1]], [0.5, 0.5], "-1 to 1"),
    ],
)
def test_impossible_correlations_are_refused(correlations: object, outcome: object, says: str) -> None:
    for weigh in (shapley_r2, johnson_weights):
        with pytest.raises(ValueError, match=says):
            weigh(correlations, outcome)  # type: ignore[operator]


def test_wrong_blocks_and_too_many_drivers_are_refused() -> None:
    with pytest.raises(ValueError, match="once"):
        shapley_r2(np.eye(3), [0.1, 0.1, 0.1], [[0], [1]])
    with pytest.raises(ValueError, match="too many subsets"):
        shapley_r2(np.eye(21), np.zeros(21))


def test_variance_inflation_is_one_over_what_the_others_leave() -> None:
    data = correlated(9, 60, 4)
    x = data[:, :-1]
    expected = [1 / (1 - r_squared(x[:, at], np.delete(x, at, axis=1))) for at in range(4)]
    assert variance_inflation(np.corrcoef(x.T)) == pytest.approx(expected)
    assert variance_inflation([[1.0]]) == (1.0,)
    third = np.column_stack([x[:, 0], x[:, 1], x[:, 0] + x[:, 1]])
    assert variance_inflation(np.corrcoef(third.T)) == (float("inf"),) * 3


def test_halo_of_equal_correlations_is_known() -> None:
    r = np.full((6, 6), 0.3) + 0.7 * np.eye(6)
    halo = halo_index(r)
    assert (halo.mean_correlation, halo.first_component) == pytest.approx((0.3, (1 + 5 * 0.3) / 6))
    with pytest.raises(ValueError, match="two items"):
        halo_index([[1.0]])


def test_cross_products_in_slices_are_cross_products() -> None:
    rng = np.random.default_rng(1)
    for n in (1, 127, 128, 300):
        left, right = rng.normal(size=(n, 3)), rng.normal(size=(n, 2))
        assert np.allclose(cross_products(left, right), left.T @ right)
    with pytest.raises(ValueError, match="n rows"):
        cross_products(np.ones((3, 1)), np.ones((2, 1)))
