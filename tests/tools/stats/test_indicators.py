"""Adjusted differences of marks against statsmodels' least squares with the same covariance."""

from __future__ import annotations

import numpy as np
import pytest

from tools.stats.indicators import adjusted_differences


@pytest.fixture(scope="module")
def drawn() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    draw = np.random.default_rng(11)
    marks = draw.random((300, 3)) < [0.3, 0.5, 0.1]
    return draw.choice([-100.0, 0.0, 100.0], 300), marks.astype(float), draw.integers(0, 120, 300)


def test_matches_statsmodels_clustered(drawn: tuple[np.ndarray, ...]) -> None:
    api = pytest.importorskip("statsmodels.api")
    y, marks, who = drawn
    theirs = api.OLS(y, api.add_constant(marks)).fit(cov_type="cluster", cov_kwds={"groups": who}, use_t=True)
    for at, ours in enumerate(adjusted_differences(y, marks, who), start=1):
        assert ours is not None
        assert ours.estimate == pytest.approx(theirs.params[at])
        assert ours.standard_error == pytest.approx(theirs.bse[at])
        assert ours.p_value == pytest.approx(theirs.pvalues[at])
        assert (ours.low, ours.high) == pytest.approx(tuple(theirs.conf_int()[at]))


def test_matches_hc1_without_clusters(drawn: tuple[np.ndarray, ...]) -> None:
    api = pytest.importorskip("statsmodels.api")
    y, marks, _who = drawn
    theirs = api.OLS(y, api.add_constant(marks)).fit(cov_type="HC1")
    errors = [ours.standard_error for ours in adjusted_differences(y, marks) if ours is not None]
    assert errors == pytest.approx(theirs.bse[1:])


def test_one_mark_alone_is_the_plain_difference_of_means(drawn: tuple[np.ndarray, ...]) -> None:
    y, marks, _who = drawn
    one = marks[:, :1]
    (found,) = adjusted_differences(y, one)
    assert found is not None
    assert found.estimate == pytest.approx(y[one[:, 0] == 1].mean() - y[one[:, 0] == 0].mean())


def test_a_mark_takes_nothing_of_another_that_comes_with_it() -> None:
    marks = np.array([[1, 1]] * 40 + [[1, 0]] * 10 + [[0, 1]] * 10 + [[0, 0]] * 40, dtype=float)
    y = -60 * marks[:, 0] + np.tile([5.0, -5.0], 50)
    first, second = adjusted_differences(y, marks)
    assert first is not None and second is not None
    assert first.estimate == pytest.approx(-60)
    assert second.estimate == pytest.approx(0, abs=1e-9)
    assert y[marks[:, 1] == 1].mean() - y[marks[:, 1] == 0].mean() == pytest.approx(-36)  # the plain difference


def test_marks_that_cannot_be_kept_apart_have_none_and_the_others_keep_theirs(drawn: tuple[np.ndarray, ...]) -> None:
    y, marks, who = drawn
    doubled = np.column_stack([marks, marks[:, 0], np.ones(len(y)), np.zeros(len(y))])
    plain, found = adjusted_differences(y, marks, who), adjusted_differences(y, doubled, who)
    assert [item is None for item in found] == [True, False, False, True, True, True]
    assert found[1] is not None and plain[1] is not None
    assert found[1].estimate == pytest.approx(plain[1].estimate)
    assert found[1].standard_error == pytest.approx(plain[1].standard_error)


@pytest.mark.parametrize(
    ("outcome", "marks", "clusters"),
    [
        ([1.0, 2.0], [[1], [0]], None),
        ([1.0, np.nan, 2.0, 3.0], [[1], [0], [1], [0]], None),
        ([1.0, 2.0, 3.0, 4.0], [[2], [0], [1], [0]], None),
        ([1.0, 2.0, 3.0, 4.0], [[1], [0], [1], [0]], [7, 7, 7, 7]),
        ([1.0, 2.0, 3.0], [[1], [0]], None),
    ],
)
def test_refuses_what_cannot_be_fitted(
    outcome: list[float], marks: list[list[int]], clusters: list[int] | None
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        adjusted_differences(outcome, marks, clusters)
