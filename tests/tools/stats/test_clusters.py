from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.clusters import (
    clustered_covariance,
    clustered_variance,
    design_effect,
    pooled_design_effect,
)
from tools.stats.counts import Counts

answers = st.sampled_from([-1, 0, 1])
customers = st.lists(st.lists(answers, min_size=1, max_size=5), min_size=2, max_size=25)
overlapping = st.lists(
    st.tuples(st.lists(answers, max_size=4), st.lists(answers, max_size=4)).filter(any), min_size=2, max_size=25
).filter(lambda all_: any(a for a, _ in all_) and any(b for _, b in all_))


def count(groups: list[list[int]]) -> Counts:
    flat = [x for group in groups for x in group]
    return Counts(flat.count(1), flat.count(0), flat.count(-1))


def sums(groups: list[list[int]]) -> tuple[float, float, float]:
    s, n = np.array([sum(g) for g in groups]), np.array([len(g) for g in groups])
    return float(s @ s), float(s @ n), float(n @ n)


def cr1(design: np.ndarray, y: np.ndarray, cluster: np.ndarray, clusters: int) -> np.ndarray:
    """Cluster-robust covariance of least squares: bread, meat of summed scores, bread, times G/(G - 1)."""
    bread = np.linalg.inv(design.T @ design)
    residual = y - design @ bread @ design.T @ y
    scores = np.array([(design[cluster == g] * residual[cluster == g, None]).sum(0) for g in range(clusters)])
    return np.asarray(bread @ scores.T @ scores @ bread * clusters / (clusters - 1))


@given(customers)
def test_the_variance_is_the_cluster_robust_variance_of_a_mean(groups: list[list[int]]) -> None:
    y = np.array([x for g in groups for x in g], dtype=float)
    cluster = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    expected = cr1(np.ones((len(y), 1)), y, cluster, len(groups))[0, 0]
    assert clustered_variance(*sums(groups), count(groups), len(groups)) == pytest.approx(expected, abs=1e-12)


@given(overlapping)
def test_the_covariance_is_that_of_a_regression_on_both_groups(both: list[tuple[list[int], list[int]]]) -> None:
    first, second = [a for a, _ in both], [b for _, b in both]
    y = np.array([x for a, b in both for x in a + b], dtype=float)
    group = np.array([g for a, b in both for g in [0] * len(a) + [1] * len(b)])
    cluster = np.repeat(np.arange(len(both)), [len(a) + len(b) for a, b in both])
    expected = cr1(np.eye(2)[group], y, cluster, len(both))[0, 1]
    s1, n1, s2, n2 = (
        np.array(v, dtype=float) for v in zip(*[(sum(a), len(a), sum(b), len(b)) for a, b in both], strict=True)
    )
    covariance = clustered_covariance(
        float(s1 @ s2), float(s1 @ n2), float(n1 @ s2), float(n1 @ n2), count(first), count(second), clusters=len(both)
    )
    assert covariance == pytest.approx(expected, abs=1e-12)


@given(customers)
def test_the_covariance_of_a_group_with_itself_is_its_variance(groups: list[list[int]]) -> None:
    s2, sn, n2 = sums(groups)
    counts = count(groups)
    covariance = clustered_covariance(s2, sn, sn, n2, counts, counts, clusters=len(groups))
    assert covariance == pytest.approx(clustered_variance(s2, sn, n2, counts, len(groups)), abs=1e-12)


def test_groups_without_shared_customers_have_no_covariance() -> None:
    assert clustered_covariance(0, 0, 0, 0, Counts(5, 3, 2), Counts(1, 1, 1)) == 0


@given(st.lists(answers, min_size=2, max_size=40))
def test_customers_who_answer_once_are_not_clustered(values: list[int]) -> None:
    groups = [[x] for x in values]
    counts = count(groups)
    variance = clustered_variance(*sums(groups), counts, len(groups))
    assert variance == pytest.approx(np.var(values, ddof=1) / len(values), abs=1e-12)
    assert design_effect(*sums(groups), counts, len(groups)) == pytest.approx(1.0)


@given(st.lists(answers, min_size=30, max_size=60).filter(lambda v: len(set(v)) > 1), st.integers(2, 6))
def test_answers_repeated_m_times_have_a_design_effect_of_m(values: list[int], m: int) -> None:
    groups = [[x] * m for x in values]
    n, k = m * len(values), len(values)
    expected = m * (n - 1) / n * k / (k - 1)  # both variances with their own degrees of freedom
    assert design_effect(*sums(groups), count(groups), k) == pytest.approx(expected)


def test_customers_who_contradict_themselves_do_not_narrow_the_interval() -> None:
    groups = [[1, -1]] * 20
    assert clustered_variance(*sums(groups), count(groups), 20) == 0
    assert design_effect(*sums(groups), count(groups), 20) == 1


def test_one_customer_says_nothing_about_the_spread_between_customers() -> None:
    assert clustered_variance(4, 8, 16, Counts(2, 2, 0), 1) is None
    assert design_effect(4, 8, 16, Counts(2, 2, 0), 1) == 1


def test_when_everybody_agrees_the_design_effect_is_one() -> None:
    assert design_effect(13, 13, 13, Counts(5, 0, 0), 2) == 1


def test_the_pooled_design_effect_is_the_weighted_mean_of_the_cells() -> None:
    assert pooled_design_effect([(0.2, 0.1, 300), (0.1, 0.1, 100)]) == pytest.approx(1.75)
    assert pooled_design_effect([(0.05, 0.1, 300)]) == 1
    assert pooled_design_effect([(None, 0.1, 300), (0.1, 0.0, 5)]) == 1
    assert pooled_design_effect([]) == 1


@pytest.mark.parametrize(
    ("sum_s2", "sum_sn", "sum_n2", "clusters", "message"),
    [
        (10, 10, 10, 11, "cannot come from 11 customers"),
        (10, 10, 10, 0, "cannot come from 0 customers"),
        (30, 10, 20, 6, "No answers have the sums"),
        (-1, 0, 20, 6, "No answers have the sums"),
        (10, 10, 10, 5, "n\\^2 cannot be 10"),
        (10, 10, 101, 5, "n\\^2 cannot be 101"),
    ],
)
def test_sums_that_no_answers_can_have_are_refused(
    sum_s2: float, sum_sn: float, sum_n2: float, clusters: int, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        clustered_variance(sum_s2, sum_sn, sum_n2, Counts(5, 3, 2), clusters)


def test_empty_cells_and_bad_weights_are_refused() -> None:
    empty = Counts(0, 0, 0)
    with pytest.raises(ValueError, match="hold no answers"):
        design_effect(0, 0, 0, empty, 0)
    with pytest.raises(ValueError, match="second group's counts hold no answers"):
        clustered_covariance(0, 0, 0, 0, Counts(1, 0, 0), empty)
    with pytest.raises(ValueError, match="two or more of them, not 1"):
        clustered_covariance(1, 1, 1, 1, Counts(1, 0, 0), Counts(1, 0, 0), clusters=1)
    with pytest.raises(ValueError, match="weight of a cell must be 0 or more"):
        pooled_design_effect([(0.1, 0.1, -1)])
