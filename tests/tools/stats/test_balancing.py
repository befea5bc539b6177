"""Entropy balancing: exact means, the least change from the base weights, and targets that cannot be reached."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.balancing import InfeasibleTargetError, entropy_balance


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4))
def test_means_are_met_exactly_and_weights_are_exponential_in_x(seed: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(60, k)) * 10.0 ** rng.integers(-3, 4, k)
    target = rng.dirichlet(np.ones(60)) @ x
    found = entropy_balance(x, target)
    assert found.weights.sum() == pytest.approx(1)
    assert np.all(found.weights > 0)
    assert np.abs(found.weights @ x - target) / x.std(axis=0) == pytest.approx(np.zeros(k), abs=1e-7)
    rest = np.log(found.weights) - x @ found.multipliers
    assert rest == pytest.approx(np.full(60, rest[0]), abs=1e-6)


def test_the_weights_are_those_of_the_primal_problem() -> None:
    """scipy's SLSQP minimises the distance from the base weights directly."""
    from scipy.optimize import minimize

    rng = np.random.default_rng(1)
    x, base = rng.normal(size=(12, 2)), rng.random(12) + 0.5
    base /= base.sum()
    target = np.array([0.2, -0.1])
    rules = [{"type": "eq", "fun": lambda w: w @ x - target}, {"type": "eq", "fun": lambda w: w.sum() - 1}]
    primal = minimize(
        lambda w: float(np.sum(w * np.log(w / base))), base, bounds=[(1e-9, 1)] * 12, constraints=rules, tol=1e-13
    )
    found = entropy_balance(x, target, base)
    assert found.weights == pytest.approx(primal.x, abs=1e-5)
    assert found.divergence == pytest.approx(primal.fun, abs=1e-8)


def test_balance_at_the_own_mean_leaves_the_weights_alone() -> None:
    x = np.array([[0.0, 1], [1, 0], [2, 5]])
    found = entropy_balance(x, x.mean(axis=0))
    assert found.weights == pytest.approx(np.full(3, 1 / 3))
    assert found.divergence == 0


@pytest.mark.parametrize("target", [[2.5, 0.5], [0.5, -0.01], [1e6, 0.5]])
def test_a_target_out_of_reach_is_refused_and_its_column_named(target: list[float]) -> None:
    x = np.array([[0.0, 0], [1, 1], [2, 0], [1, 0]])
    with pytest.raises(InfeasibleTargetError) as refusal:
        entropy_balance(x, target)
    assert (0 if target[0] > 1 else 1) in refusal.value.columns


def test_a_target_that_only_a_sum_of_columns_excludes_is_refused() -> None:
    """Both means are within range, but nobody has both."""
    with pytest.raises(InfeasibleTargetError):
        entropy_balance([[0, 0], [1, 0], [0, 1]], [0.7, 0.7])


def test_a_constant_column_with_another_target_is_refused() -> None:
    with pytest.raises(InfeasibleTargetError):
        entropy_balance([[1, 0], [1, 1]], [2, 0.5])


def test_a_target_on_the_edge_is_met_in_the_limit() -> None:
    x = np.array([[0.0, 3], [0, 1], [1, 2], [1, 9]])
    found = entropy_balance(x, [0.0, 2.0])
    assert found.weights[2:].max() < 1e-7
    assert found.weights @ x == pytest.approx([0, 2], abs=1e-6)


def test_columns_that_are_sums_of_others_do_no_harm() -> None:
    rng = np.random.default_rng(2)
    x = rng.normal(size=(50, 2))
    wide = np.column_stack([x, x @ [1, 1]])
    plain, found = entropy_balance(x, [0.1, 0.2]), entropy_balance(wide, [0.1, 0.2, 0.1 + 0.2])
    assert found.weights == pytest.approx(plain.weights, abs=1e-7)
    assert found.multipliers[2] == 0


@pytest.mark.parametrize(
    ("x", "target", "base"),
    [([[1.0]], [1.0, 2.0], None), ([[np.nan]], [1.0], None), ([[1.0], [2.0]], [1.5], [0, 1]), ([], [1.0], None)],
)
def test_impossible_input_is_refused(x: list[list[float]], target: list[float], base: list[float] | None) -> None:
    with pytest.raises(ValueError):
        entropy_balance(x, target, base)
