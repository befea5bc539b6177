"""Contrasts of clustered means against textbook formulas, brute force and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.contrasts import (
    clustered_mean_covariance,
    covariance_from_sums,
    joint_test,
    linear_contrast,
    t_quantile,
)


def test_one_answer_a_customer_gives_the_variance_of_a_mean() -> None:
    y = [3.0, 5.0, 10.0, 2.0, 4.0, 9.0, 9.0]
    mean, cov, n = clustered_mean_covariance(y, [0, 0, 0, 1, 1, 1, 1], range(7))
    assert mean.tolist() == [6.0, 6.0] and n.tolist() == [3.0, 4.0]
    assert cov[0, 0] == pytest.approx(np.var(y[:3], ddof=1) / 3)
    assert cov[1, 1] == pytest.approx(np.var(y[3:], ddof=1) / 4)
    assert cov[0, 1] == 0


def test_paired_answers_give_the_standard_error_of_the_paired_t_test() -> None:
    """Student's sleep data (Student 1908, R's `sleep`): mean difference 1.58, t = 4.0621 with 9 df, p = 0.002833."""
    drug_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    drug_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    mean, cov, _n = clustered_mean_covariance(drug_1 + drug_2, [0] * 10 + [1] * 10, [*range(10), *range(10)])
    test = linear_contrast(mean, cov, [-1, 1], df=9)
    assert test.estimate == pytest.approx(1.58)
    assert test.estimate / test.standard_error == pytest.approx(4.0621, abs=5e-5)
    assert test.p_value == pytest.approx(0.002833, abs=5e-7)
    assert (test.low, test.high) == pytest.approx((0.7001142, 2.4598858), abs=5e-7)


def test_unpaired_answers_give_welchs_standard_error() -> None:
    """The same data taken as independent: Welch's t = -1.8608 (R's t.test(extra ~ group))."""
    drug_1 = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    drug_2 = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    mean, cov, _n = clustered_mean_covariance(drug_1 + drug_2, [0] * 10 + [1] * 10, range(20))
    test = linear_contrast(mean, cov, [1, -1], df=17.776)
    assert test.estimate / test.standard_error == pytest.approx(-1.8608, abs=5e-5)
    assert test.p_value == pytest.approx(0.07939, abs=5e-6)


def test_the_clustered_standard_error_is_that_of_a_sandwich_regression() -> None:
    """Against statsmodels' cluster-robust covariance of a regression on cell dummies, which has one overall factor."""
    api = pytest.importorskip("statsmodels.api")
    draw = np.random.default_rng(3)
    cell, who = draw.integers(0, 3, 400), draw.integers(0, 60, 400)
    y = draw.normal(size=400) + draw.normal(size=60)[who]
    dummies = np.eye(3)[cell]
    fit = api.OLS(y, dummies).fit(cov_type="cluster", cov_kwds={"groups": who, "use_correction": False})
    mean, cov, _n = clustered_mean_covariance(y, cell, who)
    groups = [len(set(who[cell == k])) for k in range(3)]
    factor = np.sqrt([g / (g - 1) for g in groups])
    np.testing.assert_allclose(mean, fit.params)
    np.testing.assert_allclose(cov, fit.cov_params() * np.outer(factor, factor), rtol=1e-10)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(-5, 5), st.integers(0, 2), st.integers(0, 6)), min_size=12, max_size=60))
def test_sums_give_the_same_covariance_as_answers(rows: list[tuple[int, int, int]]) -> None:
    rows = rows + [(1, k, who) for k in range(3) for who in (0, 1)]
    y, cell, who = (np.array(column) for column in zip(*rows, strict=True))
    _mean, cov, n = clustered_mean_covariance(y, cell, who)
    s, m = np.zeros((7, 3)), np.zeros((7, 3))
    np.add.at(s, (who, cell), y)
    np.add.at(m, (who, cell), 1)
    again = covariance_from_sums(n, s.sum(0), (m > 0).sum(0), s.T @ s, s.T @ m, m.T @ m)
    np.testing.assert_allclose(again, cov, atol=1e-9)


def test_a_cell_of_one_customer_has_no_known_variance_and_no_interval() -> None:
    mean, cov, _n = clustered_mean_covariance([1, 2, 3, 4], [0, 0, 1, 1], [1, 1, 2, 3])
    assert math.isinf(cov[0, 0])
    with pytest.raises(ValueError, match="one customer"):
        linear_contrast(mean, cov, [1, -1])
    assert linear_contrast(mean, cov, [0, 1]).estimate == 3.5


def test_the_joint_test_of_one_contrast_is_its_square() -> None:
    single = linear_contrast([5.0, 2.0], [[2.0, 0.5], [0.5, 1.0]], [1, -1])
    joint = joint_test([5.0, 2.0], [[2.0, 0.5], [0.5, 1.0]], [[1, -1]])
    assert joint.df == 1
    assert joint.chi2 == pytest.approx((single.estimate / single.standard_error) ** 2)
    assert joint.p_value == pytest.approx(single.p_value)


def test_redundant_contrasts_count_once() -> None:
    joint = joint_test([1.0, 2.0, 4.0], np.eye(3), [[1, -1, 0], [0, 1, -1], [1, 0, -1]])
    assert joint.df == 2


@pytest.mark.parametrize("df", [0.5, -1])
def test_impossible_degrees_of_freedom_are_refused(df: float) -> None:
    with pytest.raises(ValueError, match="df"):
        t_quantile(0.95, df)


def test_impossible_input_is_refused() -> None:
    with pytest.raises(ValueError, match="one length"):
        clustered_mean_covariance([1.0], [0, 1], [1, 2])
    with pytest.raises(ValueError, match="missing"):
        clustered_mean_covariance([math.nan, 1.0], [0, 0], [1, 2])
    with pytest.raises(ValueError, match="holds no answer"):
        clustered_mean_covariance([1.0, 1.0], [0, 2], [1, 2])
    with pytest.raises(ValueError, match="k × k"):
        linear_contrast([1.0], [[1.0]], [1, -1])
