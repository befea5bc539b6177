"""Propensity scores, weights, balance, matching and adjusted effects against published values and other routes."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.adjusted_effects import balanced_effect, matched_effect_on, propensity_weighted_effect
from tools.stats.balancing import entropy_balance
from tools.stats.experiments import mean_difference
from tools.stats.matching import matched_difference, nearest_neighbours, shared_means
from tools.stats.propensity import (
    Estimand,
    ate_weights,
    att_weights,
    effective_sample_size,
    independent_columns,
    overlap,
    propensity_scores,
    standardised_differences,
    weight_share,
)

WEIGHTIT = (
    "Greifer, R package WeightIt, vignette: lalonde, ATT, logit of treat on age educ race married nodegree re74 re75"
)
SEKHON = "Sekhon (2011), JSS 42(7), section 3: Match(Y = re78, Tr = treat, X = glm fitted values), R package Matching"


def reference(name: str) -> list[dict[str, str]]:
    folder = os.environ.get("NPSIGHT_DATA")
    if not folder:
        pytest.skip("NPSIGHT_DATA does not name the folder with the reference data")
    path = Path(folder) / "reference" / name
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lalonde() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rows = reference("lalonde_matchit.csv")
    names = ("age", "educ", "re74", "re75", "married", "nodegree")
    x = [[float(r[n]) for n in names] + [float(r["race"] == "black"), float(r["race"] == "hispan")] for r in rows]
    return np.array(x), np.array([float(r["treat"]) for r in rows]), np.array([float(r["re78"]) for r in rows])


def draw(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Covariates, treatment that depends on them, an outcome that does too, and customers with two rows each."""
    rng = np.random.default_rng(seed)
    customers = np.arange(n) // 2
    x = np.column_stack([rng.normal(size=n), rng.random(n) < 0.4]).astype(float)
    t = rng.random(n) < 1 / (1 + np.exp(0.8 - 0.7 * x[:, 0] - 0.5 * x[:, 1]))
    y = 3 * x[:, 0] + x[:, 1] + 2 * t + rng.normal(size=n) + rng.normal(size=n // 2)[customers]
    return x, t, y, customers


def test_att_weights_of_lalonde_are_those_of_weightit() -> None:
    """WEIGHTIT prints ESS 99.82, weights 0.009 to 3.743 and balance to three or four decimals."""
    x, t, _y = lalonde()
    model = propensity_scores(x, t)
    w = att_weights(model.scores, t)
    controls = w[t == 0]
    assert effective_sample_size(controls) == pytest.approx(99.82, abs=0.005), WEIGHTIT
    assert controls.max() == pytest.approx(3.743, abs=0.0005)
    assert controls.min() == pytest.approx(0.009, abs=0.0005)
    after = standardised_differences(x, t, w)
    assert after[:4] == pytest.approx([0.119, -0.028, -0.002, 0.011], abs=0.0005)


def test_the_naive_contrast_of_lalonde_has_the_wrong_sign() -> None:
    """MatchIt's lalonde: -635.03 beside the experiment's +1794; entropy balancing turns the sign."""
    x, t, y = lalonde()
    assert mean_difference(y, t).estimate == pytest.approx(-635.03, abs=0.01)
    w = np.ones(len(t))
    w[t == 0] = entropy_balance(x[t == 0], x[t == 1].mean(axis=0)).weights
    assert balanced_effect(y, t, x, w).estimate > 0


def test_matching_with_ties_has_the_estimate_and_standard_error_of_r_matching() -> None:
    """SEKHON: estimate 2624.3, AI SE 802.19, p 0.0010702, 185 treated, 344 matched pairs."""
    rows = reference("nsw_dw_experimental.csv")
    names = ("age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75")
    x = np.array([[float(row[name]) for name in names] for row in rows])
    t, y = (np.array([float(row[name]) for row in rows]) for name in ("treat", "re78"))
    matching = nearest_neighbours(propensity_scores(x, t).scores, t)
    found = matched_difference(y, t, matching)
    assert found.estimate == pytest.approx(2624.3, abs=0.05), SEKHON
    assert found.standard_error == pytest.approx(802.19, abs=0.005)
    assert found.p_value == pytest.approx(0.0010702, abs=5e-8)
    assert found.pairs == 185
    assert int((matching.stop - matching.start).sum()) == 344


def test_scores_and_coefficients_are_those_of_statsmodels() -> None:
    sm = pytest.importorskip("statsmodels.api")
    x, t, _y, _customers = draw(1)
    fit = sm.Logit(t.astype(float), sm.add_constant(x)).fit(disp=0)
    model = propensity_scores(x, t)
    assert model.scores == pytest.approx(fit.predict(), abs=1e-8)
    assert model.coefficients == pytest.approx(np.asarray(fit.params), abs=1e-8)
    assert np.log(model.scores / (1 - model.scores)) == pytest.approx(model.linear, abs=1e-9)


def test_case_weights_count_rows_several_times() -> None:
    x, t, _y, _customers = draw(2, 60)
    times = np.arange(60) % 3 + 1
    twice = propensity_scores(np.repeat(x, times, axis=0), np.repeat(t, times))
    assert propensity_scores(x, t, weights=times).coefficients == pytest.approx(twice.coefficients, abs=1e-8)


@pytest.mark.parametrize(
    ("column", "kind"),
    [
        ([0, 0, 0, 1, 1, 1], "complete"),
        ([0, 0, 0, 0, 1, 1], "quasi: both arms have 0, only treated have 1"),
        ([-3, -2, -1, 1, 2, 3], "a number"),
    ],
)
def test_separation_is_found_and_its_column_named(column: list[int], kind: str) -> None:
    other = [0, 1, 1, 0, 1, 1] * 3 + [1, 0, 0, 1, 0, 0] * 3
    model = propensity_scores(np.column_stack([other, column * 6]), [0, 0, 0, 1, 1, 1] * 6)
    assert model.separated == (1,), kind


def test_separation_by_a_sum_of_columns_is_found() -> None:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(80, 3))
    assert set(propensity_scores(x, x[:, 0] + x[:, 2] > 0).separated) == {0, 2}


def test_strong_but_overlapping_columns_are_not_called_separated() -> None:
    rng = np.random.default_rng(4)
    x = rng.normal(size=(2000, 1))
    t = rng.random(2000) < 1 / (1 + np.exp(-6 * x[:, 0]))
    assert propensity_scores(x, t).separated == ()


def test_constant_columns_and_sums_of_columns_are_set_aside() -> None:
    x, t, _y, _customers = draw(5)
    wide = np.column_stack([np.full(len(x), 7.0), x, x[:, 0] - 2 * x[:, 1]])
    model = propensity_scores(wide, t)
    assert model.aliased == (0, 3)
    assert model.scores == pytest.approx(propensity_scores(x, t).scores, abs=1e-8)
    assert independent_columns(wide).tolist() == [1, 2]


@pytest.mark.parametrize("arms", [[1, 1, 1], [0, 0, 0], [0, 2, 1]])
def test_one_group_or_other_values_are_refused(arms: list[int]) -> None:
    with pytest.raises(ValueError, match=r"treated"):
        propensity_scores([[1], [2], [3]], arms)


def test_missing_covariates_are_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        propensity_scores([[1.0], [math.nan]], [0, 1])


def test_ate_weights_are_reciprocal_probabilities_and_stabilised_ones_average_one() -> None:
    x, t, _y, _customers = draw(6)
    e = propensity_scores(x, t).scores
    w = ate_weights(e, t)
    assert w == pytest.approx(np.where(t, 1 / e, 1 / (1 - e)))
    assert ate_weights(e, t, stabilised=True).mean() == pytest.approx(1, abs=0.1)
    with pytest.raises(ValueError, match="probability 0"):
        ate_weights([0.0, 0.5], [1, 0])


def test_standardised_differences_follow_the_conventions_by_hand() -> None:
    x = np.array([[1.0, 1], [3, 0], [2, 0], [4, 0], [6, 1]])
    t = [1, 1, 0, 0, 0]
    treated_sd, control_sd = math.sqrt(2), 2.0
    assert standardised_differences(x, t)[0] == pytest.approx((2 - 4) / treated_sd)
    assert standardised_differences(x, t, denominator="control")[0] == pytest.approx(-2 / control_sd)
    assert standardised_differences(x, t, denominator="pooled")[0] == pytest.approx(-2 / math.sqrt((2 + 4) / 2))
    assert standardised_differences(x, t)[1] == pytest.approx(1 / 2 - 1 / 3)
    assert standardised_differences(x, t, binary="std")[1] == pytest.approx((1 / 2 - 1 / 3) / 0.5)


def test_overlap_counts_who_lies_beyond_the_other_group() -> None:
    found = overlap([0.05, 0.3, 0.9, 0.1, 0.2, 0.8], [1, 1, 1, 0, 0, 0])
    assert (found.low, found.high) == (0.1, 0.8)
    assert found.treated_outside == pytest.approx(2 / 3)
    assert found.control_outside == 0


def test_weight_share_of_equal_weights_is_the_share_of_rows() -> None:
    assert weight_share(np.ones(200), top=0.01) == pytest.approx(0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_matching_conserves_the_treated_and_finds_the_nearest(seed: int, coarse: bool) -> None:
    """Every treated gives one unit of weight to controls at the smallest distance there is (by brute force)."""
    rng = np.random.default_rng(seed)
    d, t = rng.normal(size=40).round(1 if coarse else 8), rng.random(40) < 0.4
    t[:2] = (True, False)
    found = nearest_neighbours(d, t, tolerance=1e-12)
    assert found.weights[~t].sum() == pytest.approx(t.sum())
    nearest = np.abs(d[:, None] - d[~t][None, :]).min(axis=1)
    for i, start, stop in zip(found.treated, found.start, found.stop, strict=True):
        assert np.abs(d[found.controls[start:stop]] - d[i]) == pytest.approx(
            np.full(stop - start, nearest[i]), abs=1e-5
        )
    order = rng.permutation(40)
    again = nearest_neighbours(d[order], t[order], tolerance=1e-12)
    assert again.weights == pytest.approx(found.weights[order])


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_without_replacement_is_greedy_by_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d, t = rng.normal(size=30), rng.random(30) < 0.6
    t[:2] = (True, False)
    found = nearest_neighbours(d, t, replacement=False, caliper=0.5)
    limit = 0.5 * math.sqrt((d[t].var(ddof=1) + d[~t].var(ddof=1)) / 2) if min(t.sum(), (~t).sum()) > 1 else 9
    free, pairs = set(np.flatnonzero(~t).tolist()), {}
    for i in sorted(np.flatnonzero(t).tolist(), key=lambda i: -d[i]):
        best = min(free, key=lambda j: abs(d[j] - d[i]), default=None)
        if best is not None and abs(d[best] - d[i]) <= limit:
            pairs[i] = best
            free.remove(best)
    if min(t.sum(), (~t).sum()) > 1:
        assert dict(zip(found.treated.tolist(), found.controls[found.start].tolist(), strict=True)) == pairs
        assert set(found.unmatched.tolist()) == set(np.flatnonzero(t).tolist()) - set(pairs)


def test_pairs_without_replacement_have_the_paired_standard_error() -> None:
    rng = np.random.default_rng(7)
    d = np.concatenate([np.arange(20.0), np.arange(20.0) + 0.1])
    t, y = np.repeat([1, 0], 20), rng.normal(size=40)
    found = matched_difference(y, t, nearest_neighbours(d, t, replacement=False))
    gaps = y[:20] - y[20:]
    assert found.estimate == pytest.approx(gaps.mean())
    assert found.standard_error == pytest.approx(gaps.std() / math.sqrt(20))


def test_a_caliper_leaves_out_those_without_a_neighbour() -> None:
    found = nearest_neighbours([0.0, 5.0, 0.1, 0.2], [1, 1, 0, 0], caliper=0.2)
    assert found.unmatched.tolist() == [1]
    assert shared_means([0, 0, 3.0, 9.0], found).tolist() == [3.0]


Estimate = Callable[[np.ndarray], float]


def infinitesimal_jackknife(estimate: Estimate, customers: np.ndarray) -> float:
    """Standard error from the estimate's derivative by the weight of each customer, everything estimated anew."""
    moved, step = [], 1e-4
    for customer in np.unique(customers):
        own = customers == customer
        moved.append((estimate(1 + step * own) - estimate(1 - step * own)) / (2 * step))
    groups = len(moved)
    return math.sqrt(groups / (groups - 1) * float(np.sum(np.square(moved))))


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_weighted_effects_count_the_estimation_of_the_weights(estimand: Estimand) -> None:
    """The linearised error is the infinitesimal jackknife's, in which the scores are fitted for every change."""
    x, t, y, customers = draw(8, 200)

    def estimate(case: np.ndarray) -> float:
        e = propensity_scores(x, t, weights=case).scores
        w = case * (att_weights(e, t) if estimand == "att" else ate_weights(e, t))
        return float(np.average(y[t], weights=w[t]) - np.average(y[~t], weights=w[~t]))

    model = propensity_scores(x, t)
    found = propensity_weighted_effect(y, t, x, model, estimand=estimand, clusters=customers)
    assert found.estimate == pytest.approx(estimate(np.ones(len(t))))
    assert found.standard_error == pytest.approx(infinitesimal_jackknife(estimate, customers), rel=1e-4)


def weights_for(x: np.ndarray, t: np.ndarray, estimand: Estimand, case: np.ndarray | None = None) -> np.ndarray:
    case = np.ones(len(t)) if case is None else case
    w, everybody = case.copy(), np.ones(len(t), bool)
    arms, count = ([~t], t) if estimand == "att" else ([t, ~t], everybody)
    target = np.average(x[count], axis=0, weights=case[count])
    for arm in arms:
        w[arm] = entropy_balance(x[arm], target, case[arm], tolerance=1e-12).weights
    return w


@pytest.mark.parametrize("estimand", ["att", "ate"])
def test_balanced_effects_count_the_estimation_of_the_weights(estimand: Estimand) -> None:
    """As above; the regression's correction for its columns makes the linearised error a little larger."""
    x, t, y, customers = draw(9, 200)

    def estimate(case: np.ndarray) -> float:
        w = weights_for(x, t, estimand, case)
        return float(np.average(y[t], weights=w[t]) - np.average(y[~t], weights=w[~t]))

    found = balanced_effect(y, t, x, weights_for(x, t, estimand), estimand=estimand, clusters=customers)
    exact = infinitesimal_jackknife(estimate, customers)
    assert found.estimate == pytest.approx(estimate(np.ones(len(t))))
    assert exact < found.standard_error < 1.03 * exact


def test_balanced_effects_refuse_weights_that_do_not_balance() -> None:
    x, t, y, _customers = draw(10)
    with pytest.raises(ValueError, match="do not balance"):
        balanced_effect(y, t, x, np.ones(len(t)))


def test_clustered_matching_agrees_with_abadie_and_imbens_where_everybody_stands_alone() -> None:
    rng = np.random.default_rng(11)
    d = rng.normal(size=3000)
    t = rng.random(3000) < 1 / (1 + np.exp(1 - d))
    y = np.sin(d) + rng.normal(size=3000)
    own = matched_effect_on(y, d, t, caliper=None)
    other = matched_difference(y, t, nearest_neighbours(d, t))
    assert own.estimate == pytest.approx(other.estimate)
    assert own.standard_error == pytest.approx(other.standard_error, rel=0.08)


def test_rows_of_one_customer_widen_the_interval_of_matching() -> None:
    x, t, y, _customers = draw(12)
    customer = np.arange(len(y))
    alone = matched_effect_on(y, x[:, 0], t, clusters=customer)
    doubled = matched_effect_on(np.tile(y, 2), np.tile(x[:, 0], 2), np.tile(t, 2), clusters=np.tile(customer, 2))
    assert doubled.estimate == pytest.approx(alone.estimate)
    assert doubled.standard_error == pytest.approx(alone.standard_error, rel=0.1)


def test_intervals_hold_the_truth_about_95_times_in_100() -> None:
    """200 worlds with an effect of 2 for everybody; 95 % of 200 is 190, and 182 to 198 is within chance (p > 0.005)."""
    hits = {"propensity": 0, "balancing": 0, "matching": 0}
    for seed in range(200):
        x, t, y, customers = draw(1000 + seed, 300)
        model = propensity_scores(x, t)
        found = {
            "propensity": propensity_weighted_effect(y, t, x, model, clusters=customers),
            "balancing": balanced_effect(y, t, x, weights_for(x, t, "att"), clusters=customers),
            "matching": matched_effect_on(y, model.linear, t, clusters=customers),
        }
        for name, effect in found.items():
            hits[name] += effect.low <= 2 <= effect.high
    assert all(182 <= count <= 199 for count in hits.values()), hits
