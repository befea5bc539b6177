"""Proportional odds: the published example, statsmodels, clusters, and models that must be refused."""

from __future__ import annotations

import csv
import importlib.resources
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.stats.cumulative_logit import SeparationError
from tools.stats.ordinal import brant_test, joint_wald, nps_effect, odds_ratio, ordinal_logit

FloatArray = NDArray[np.float64]


@pytest.fixture(scope="module")
def ucla() -> tuple[list[int], list[list[float]]]:
    """UCLA's ologit data, as statsmodels carries it with its own tests: apply by pared, public, gpa; n = 400."""
    pytest.importorskip("statsmodels")
    file = importlib.resources.files("statsmodels.miscmodels.tests.results") / "ologit_ucla.csv"
    rows = list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))
    order = ["unlikely", "somewhat likely", "very likely"]
    return [order.index(row["apply"]) for row in rows], [
        [float(row[name]) for name in ("pared", "public", "gpa")] for row in rows
    ]


def made(seed: int, n: int, p: int = 3) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, p))
    return np.digitize(x @ np.linspace(1, 0, p) + rng.logistic(size=n), [-1.0, 0.7]) - 1.0, x


def test_the_published_ordered_logit_is_reproduced(ucla: tuple[list[int], list[list[float]]]) -> None:
    # stats.oarc.ucla.edu, Ordered Logistic Regression, Stata (ologit), to four decimals; MASS::polr, which stops a
    # little earlier, prints -0.0588 for public.
    fit = ordinal_logit(*ucla)
    assert fit.coefficients.tolist() == pytest.approx([1.0477, -0.0587, 0.6157], abs=6e-5)
    assert fit.cut_points.tolist() == pytest.approx([2.2033, 4.2988], abs=6e-5)
    assert fit.standard_errors.tolist() == pytest.approx([0.2658, 0.2979, 0.2606, 0.7795, 0.8043], abs=6e-5)
    assert fit.log_likelihood == pytest.approx(-358.51244, abs=6e-6)
    assert fit.mcfadden_r2 == pytest.approx(0.0326, abs=6e-5)
    ratio = odds_ratio(fit, 0)
    assert ratio.estimate == pytest.approx(2.851, abs=6e-4)
    assert (ratio.low, ratio.high) == pytest.approx((math.exp(0.5267), math.exp(1.5686)), rel=2e-4)


def test_statsmodels_agrees() -> None:
    pytest.importorskip("statsmodels")
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    y, x = made(1, 500)
    fit, other = ordinal_logit(y, x), OrderedModel(y, x, distr="logit").fit(method="newton", disp=0)
    assert fit.coefficients.tolist() == pytest.approx(other.params[:3].tolist(), abs=1e-5)
    assert fit.standard_errors[:3].tolist() == pytest.approx(other.bse[:3].tolist(), abs=1e-4)
    assert fit.log_likelihood == pytest.approx(other.llf, abs=1e-6)


def test_two_classes_are_logistic_regression_with_its_clustered_errors() -> None:
    sm = pytest.importorskip("statsmodels.api")
    y, x = made(2, 400)
    two, who = (y > 0).astype(float), np.arange(400) // 4
    fit = ordinal_logit(two, x, clusters=who)
    logit = sm.Logit(two, sm.add_constant(x)).fit(disp=0)
    assert fit.coefficients.tolist() == pytest.approx(logit.params[1:].tolist(), abs=1e-6)
    assert fit.cut_points[0] == pytest.approx(-logit.params[0], abs=1e-6)
    clustered = sm.Logit(two, sm.add_constant(x)).fit(
        disp=0, cov_type="cluster", cov_kwds={"groups": who, "use_correction": False}
    )
    expected = clustered.bse[1:] * math.sqrt(100 / 99)
    assert fit.standard_errors[:3].tolist() == pytest.approx(expected.tolist(), rel=1e-5)
    assert fit.clusters == 100


def test_answering_twice_the_same_does_not_make_surer() -> None:
    y, x = made(3, 300)
    once = ordinal_logit(y, x, clusters=range(300))
    twice = ordinal_logit(np.tile(y, 2), np.tile(x, (2, 1)), clusters=np.tile(np.arange(300), 2))
    assert twice.standard_errors.tolist() == pytest.approx(once.standard_errors.tolist(), rel=1e-6)
    assert twice.coefficients.tolist() == pytest.approx(once.coefficients.tolist(), abs=1e-7)


def test_units_of_the_columns_and_names_of_the_classes_do_not_matter() -> None:
    y, x = made(4, 300)
    plain, other = ordinal_logit(y, x), ordinal_logit(100 * y + 7, 1_000 * x + 50)
    assert (1_000 * other.coefficients).tolist() == pytest.approx(plain.coefficients.tolist(), rel=1e-6)
    assert other.log_likelihood == pytest.approx(plain.log_likelihood)
    assert odds_ratio(other, 0, step=1_000).estimate == pytest.approx(odds_ratio(plain, 0).estimate)
    assert odds_ratio(plain, 0, step=-1).estimate == pytest.approx(1 / odds_ratio(plain, 0).estimate)


def test_a_heavy_tail_is_no_separation() -> None:
    rng = np.random.default_rng(5)
    x = rng.lognormal(0, 2, size=(3_000, 1))
    y = np.digitize(x[:, 0] + rng.logistic(size=3_000), [1.0, 3.0])
    assert ordinal_logit(y, x).coefficients[0] == pytest.approx(1, abs=0.15)


@pytest.mark.parametrize("quasi", [False, True])
def test_separated_classes_are_refused_with_the_column(quasi: bool) -> None:
    rng = np.random.default_rng(6)
    y = np.repeat([0, 1, 2], 20)
    marked = (y == 2) & (rng.random(60) < 0.4) if quasi else y == 2
    with pytest.raises(SeparationError) as refused:
        ordinal_logit(y, np.column_stack([rng.normal(size=60), marked]))
    assert refused.value.column == 1


@pytest.mark.parametrize(
    ("y", "x", "who", "says"),
    [
        ([1, 1, 1, 1], [[1], [2], [3], [1]], None, "one class"),
        ([0, 1, 0, 1], [[1], [1], [1], [1]], None, "constant"),
        ([0, 1, 0, 1, 0], [[1, 2], [2, 4], [3, 6], [1, 2], [5, 10]], None, "sum of other"),
        ([0, 1, 2], [[1], [2], [3]], None, "too few"),
        ([0, 1, float("nan"), 1], [[1], [2], [3], [1]], None, "missing"),
        ([0, 1, 0, 1], [[1], [2], [3], [1]], [1, 1, 1, 1], "two customers"),
        ([0, 1], [[1], [2], [3]], None, "length n"),
    ],
)
def test_impossible_input_is_refused(y: list[float], x: list[list[float]], who: list[int] | None, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ordinal_logit(y, x, clusters=who)


def test_brants_test_of_the_published_example(ucla: tuple[list[int], list[list[float]]]) -> None:
    # R package brant and Stata's brant on these data: omnibus 4.34 on 3 (p 0.23); 0.13, 3.44, 0.18 on 1.
    found = brant_test(*ucla)
    assert (round(found.overall.chi2, 2), found.overall.df, round(found.overall.p_value, 2)) == (4.34, 3, 0.23)
    assert [round(column.chi2, 2) for column in found.columns] == [0.13, 3.44, 0.18]
    clustered = brant_test(*ucla, clusters=range(400))
    assert clustered.overall.chi2 == pytest.approx(found.overall.chi2, rel=0.1)


def test_brants_test_sees_a_column_that_only_makes_promoters() -> None:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(2_000, 2))
    y = np.where(rng.random(2_000) < 0.3, 0, 1)
    y = np.where((y == 1) & (x[:, 0] + rng.logistic(size=2_000) > 0), 2, y)
    found = brant_test(y, x)
    assert found.columns[0].p_value < 1e-6 and found.columns[1].p_value > 0.01
    with pytest.raises(ValueError, match="nothing to compare"):
        brant_test(y > 0, x)


def test_joint_wald_of_one_column_is_the_square_of_its_z() -> None:
    y, x = made(8, 300)
    fit = ordinal_logit(y, x)
    z = fit.coefficients[1] / fit.standard_errors[1]
    assert joint_wald(fit, [1]).chi2 == pytest.approx(z**2)
    assert joint_wald(fit, [1]).p_value == pytest.approx(odds_ratio(fit, 1).p_value)
    with pytest.raises(ValueError, match="one coefficient"):
        joint_wald(fit, [])


def test_the_nps_effect_is_the_models_average_and_its_error_by_the_delta_method() -> None:
    y, x = made(9, 200)
    fit = ordinal_logit(y, x, clusters=np.arange(200) // 2)

    def nps(values: FloatArray, move: float) -> float:
        """By the definition, answer by answer."""
        total = 0.0
        for row in x:
            eta = sum(b * (v + (move if at == 0 else 0)) for at, (b, v) in enumerate(zip(values[:3], row, strict=True)))
            below = [1 / (1 + math.exp(-(cut - eta))) for cut in values[3:]]
            total += (1 - below[1]) - below[0]
        return 100 * total / len(x)

    def effect(values: FloatArray) -> float:
        return nps(values, 0.75) - nps(values, -0.75)

    own = np.concatenate([fit.coefficients, fit.cut_points])
    gradient = np.array([(effect(own + h) - effect(own - h)) / 2e-5 for h in 1e-5 * np.eye(5)])
    found = nps_effect(fit, x, 0, step=1.5)
    assert found.estimate == pytest.approx(effect(own))
    assert found.standard_error == pytest.approx(math.sqrt(gradient @ fit.covariance @ gradient), rel=1e-5)
    assert found.high - found.estimate == pytest.approx(1.959963984540054 * found.standard_error)
    with pytest.raises(ValueError, match="three classes"):
        nps_effect(ordinal_logit(y > 0, x), x, 0)
