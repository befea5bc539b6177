"""Raking, trimming, Kish and the weighted NPS: published values, plain linear algebra, and coverage by simulation."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tools.stats.counts import Counts
from tools.stats.weighting import (
    UnitSums,
    kish_design_effect,
    kish_effective_n,
    nonresponse_bounds,
    poststratify,
    rake,
    rake_weights,
    rate_against_rest,
    trim_weights,
    weighted_nps,
    weighted_proportion,
    weighting_effect,
)

KALTON = (
    "Kalton & Flores-Cervantes (2003) J. Official Statistics 19; CRAN survey tests/kalton.Rout.save, tables A and B"
)
SAMPLE = [[20, 40, 40], [50, 140, 310], [100, 50, 50], [30, 100, 70]]
POPULATION = [[80, 40, 55], [60, 150, 340], [170, 60, 200], [55, 165, 125]]
Array = NDArray[Any]


def test_raking_factors_agree_with_kalton_and_flores_cervantes() -> None:
    """Two printed decimals: half a unit of the last, and a hair for halves."""
    population = np.array(POPULATION)
    raked = rake(SAMPLE, [population.sum(axis=1), population.sum(axis=0)])
    expected = [[1.81, 1.45, 2.02], [1.08, 0.87, 1.21], [2.20, 1.76, 2.45], [1.83, 1.47, 2.04]]
    assert raked.factors == pytest.approx(np.array(expected), abs=0.0051), KALTON
    assert raked.converged and raked.largest_gap < 1e-9


def test_cell_factors_agree_with_kalton_and_flores_cervantes() -> None:
    expected = [[4.0, 1.0, 1.38], [1.2, 1.07, 1.1], [1.7, 1.2, 4.0], [1.83, 1.65, 1.79]]
    assert poststratify(SAMPLE, POPULATION) == pytest.approx(np.array(expected), abs=0.0051), KALTON


def test_raking_rows_gives_the_factors_of_raking_their_table() -> None:
    population = np.array(POPULATION)
    cells = [(i, j) for i in range(4) for j in range(3)]
    rows = [(f"r{i}", f"c{j}") for i, j in cells for _ in range(SAMPLE[i][j])]
    names = {"row": [row for row, _ in rows], "column": [column for _, column in rows]}
    margins = {
        "row": {f"r{i}": total for i, total in enumerate(population.sum(axis=1).tolist())},
        "column": {f"c{j}": total for j, total in enumerate(population.sum(axis=0).tolist())},
    }
    raked = rake_weights(names, margins)
    table = rake(SAMPLE, [population.sum(axis=1), population.sum(axis=0)])
    assert raked.weighted == pytest.approx([table.factors[int(r[1]), int(c[1])] for r, c in rows], rel=1e-6)
    grouped = rake_weights(
        [[f"r{i}" for i, _ in cells], [f"c{j}" for _, j in cells]],
        [margins["row"], margins["column"]],
        weights=np.array(SAMPLE).ravel(),
    )
    assert grouped.weighted == pytest.approx(table.weighted.ravel(), rel=1e-6)


def test_a_table_of_ones_is_raked_to_independence() -> None:
    """By hand, as in the help of the R package mipfp: 87 x 100 / 139 and so on."""
    raked = rake(np.ones((2, 2)), [[87, 52], [100, 39]])
    assert raked.weighted == pytest.approx(np.outer([87, 52], [100, 39]) / 139, rel=1e-9)


def test_a_joint_margin_of_a_three_way_table_is_met() -> None:
    draw = np.random.default_rng(3)
    counts, truth = draw.integers(1, 20, (2, 3, 4)), draw.integers(5, 50, (2, 3, 4)).astype(float)
    raked = rake(counts, [truth.sum(axis=1), truth.sum(axis=(0, 2))], axes=[(0, 2), 1])
    assert raked.weighted.sum(axis=1) == pytest.approx(truth.sum(axis=1), rel=1e-6)
    assert raked.weighted.sum(axis=(0, 2)) == pytest.approx(truth.sum(axis=(0, 2)), rel=1e-6)


@given(st.lists(st.integers(1, 60), min_size=12, max_size=12), st.lists(st.integers(1, 90), min_size=12, max_size=12))
@settings(max_examples=60, deadline=None)
def test_raked_tables_meet_both_margins_and_keep_every_odds_ratio(sample: list[int], population: list[int]) -> None:
    """The two conditions that single out the raked table (Csiszar 1975)."""
    counts, target = np.array(sample).reshape(3, 4), np.array(population).reshape(3, 4)
    raked = rake(counts, [target.sum(axis=1), target.sum(axis=0)])
    assert raked.weighted.sum(axis=1) == pytest.approx(target.sum(axis=1), rel=1e-6)
    assert raked.weighted.sum(axis=0) == pytest.approx(target.sum(axis=0), rel=1e-6)
    logs = np.log(raked.factors)
    assert logs - logs[:1] - logs[:, :1] + logs[0, 0] == pytest.approx(np.zeros((3, 4)), abs=1e-9)


def test_impossible_margins_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match="category 1 of margin 0"):
        rake([[5, 5], [0, 0]], [[10, 10], [10, 10]])
    with pytest.raises(ValueError, match="'gone' of plan"):
        rake_weights({"plan": ["A", "B"]}, {"plan": {"A": 1, "B": 1, "gone": 1}})
    with pytest.raises(ValueError, match="'B' of variable 0 has no target"):
        rake_weights([["A", "B"]], [{"A": 1}])
    with pytest.raises(ValueError, match="different totals"):
        rake([[1, 1], [1, 1]], [[10, 10], [10, 11]])
    with pytest.raises(ValueError, match="empty but the population's is not"):
        poststratify([[1, 0]], [[1, 1]])
    with pytest.raises(ValueError, match="shape"):
        rake([[1, 1], [1, 1]], [[1, 1, 1], [1, 2]])
    for wrong in ([[1, -1]], [[1, math.nan]]):
        with pytest.raises(ValueError, match="0 or more"):
            rake(wrong, [[1], [1, 0]])


def test_margins_that_empty_cells_contradict_are_reported_as_not_converged() -> None:
    """Only the diagonal is filled, so that rows and columns must have the same totals, and they do not."""
    raked = rake([[5, 0], [0, 5]], [[6, 4], [5, 5]], max_iterations=50)
    assert not raked.converged and raked.iterations == 50 and raked.largest_gap == pytest.approx(0.1)


def test_a_target_of_nought_empties_its_category() -> None:
    raked = rake([[5, 5], [5, 5]], [[10, 0], [4, 6]])
    assert raked.weighted == pytest.approx(np.array([[4, 6], [0, 0]]))
    assert poststratify([0, 2], [0, 4]).tolist() == [0.0, 2.0]


def test_trimming_spreads_the_excess_and_cuts_again_what_it_lifts() -> None:
    """By hand: mean 5, cap 6. 12 loses 6, spread over 5, 2, 1 as 6/8 of each: 5 becomes 8.75 and is cut in turn."""
    trimmed = trim_weights([12, 5, 2, 1], 1.2)
    assert trimmed.cap == 6 and trimmed.trimmed == 1
    assert trimmed.weights == pytest.approx([6, 6, 16 / 3, 8 / 3])


@given(st.lists(st.floats(0.01, 1e4), min_size=1, max_size=40), st.floats(1.0, 20.0))
@settings(deadline=None)
def test_trimming_keeps_the_sum_the_order_and_the_cap(weights: list[float], limit: float) -> None:
    trimmed = trim_weights(weights, limit)
    assert trimmed.weights.sum() == pytest.approx(sum(weights), rel=1e-9)
    assert trimmed.weights.max() <= trimmed.cap * (1 + 1e-9)
    assert np.all(np.diff(trimmed.weights[np.argsort(weights, kind="stable")]) >= -1e-9 * trimmed.cap)
    assert trimmed.trimmed == sum(weight > trimmed.cap * (1 + 1e-12) for weight in weights)


def test_trimming_counts_units_and_knows_the_median() -> None:
    every = trim_weights([1.0, 1.0, 1.0, 9.0, 9.0], 2)
    grouped = trim_weights([1.0, 9.0], 2, counts=[3, 2])
    assert grouped.weights == pytest.approx(every.weights[[0, 3]]) and grouped.trimmed == every.trimmed == 2
    assert trim_weights([1, 2, 3, 9], 2, relative_to="median").cap == 4
    assert trim_weights([1, 2, 3, 9], 5, relative_to="absolute").cap == 5
    assert trim_weights([0, 2, 2, 8], 1.5).weights[0] == 0
    with pytest.raises(ValueError, match="cannot keep the sum"):
        trim_weights([1, 2, 3], 0.9)


def test_kish_by_hand_and_for_equal_weights() -> None:
    assert kish_effective_n([1, 1, 2]) == pytest.approx(16 / 6)
    assert kish_design_effect([1, 1, 2]) == pytest.approx(1 + 2 / 9 / (4 / 3) ** 2)
    assert kish_effective_n([3] * 7) == pytest.approx(7)
    assert kish_effective_n([1, 2], counts=[2, 1]) == pytest.approx(16 / 6)
    for wrong in ([-1, 2], [0, 0], [math.nan]):
        with pytest.raises(ValueError, match="Weights"):
            kish_effective_n(wrong)


@given(st.lists(st.floats(0.001, 1e3), min_size=1, max_size=30), st.floats(0.01, 100))
def test_kish_lies_between_one_and_n_whatever_the_unit(weights: list[float], unit: float) -> None:
    n = kish_effective_n(weights)
    assert 1 - 1e-9 <= n <= len(weights) + 1e-9
    assert kish_effective_n([unit * weight for weight in weights]) == pytest.approx(n)
    assert kish_design_effect(weights) == pytest.approx(len(weights) / n)


def test_a_weighted_share_rests_on_the_effective_number() -> None:
    """Weights 1, 1, 2: share 3/4, n = 8/3; Wilson by hand with z^2 = 3.8415."""
    share, z2 = weighted_proportion([1, 0, 1], [1, 1, 2]), 1.959963984540054**2
    n = 8 / 3
    centre, margin = (2 + z2 / 2) / (n + z2), math.sqrt(z2) * math.sqrt(2 * (n - 2) / n + z2 / 4) / (n + z2)
    assert (share.estimate, share.low, share.high) == pytest.approx((0.75, centre - margin, centre + margin))


def dense(categories: list[list[int]], weights: Array, x: Array) -> tuple[Array, Array]:
    """Residuals and leverages of the weighted regression on dummies, by numpy's least squares."""
    columns = [np.eye(max(column) + 1)[column] for column in categories]
    design = np.hstack(columns) * np.sqrt(weights)[:, None]
    fitted = design @ np.linalg.lstsq(design, np.sqrt(weights) * x, rcond=None)[0] / np.sqrt(weights)
    return x - fitted, np.diag(design @ np.linalg.pinv(design.T @ design) @ design.T)


def test_the_raked_variance_is_that_of_jackknifed_residuals() -> None:
    draw = np.random.default_rng(5)
    n = 80
    categories = [draw.integers(0, 3, n).tolist(), draw.integers(0, 4, n).tolist()]
    x, weights = draw.choice([-1.0, 0.0, 1.0], n), draw.uniform(0.5, 3, n)
    error, leverage = dense(categories, weights, x)
    expected = math.sqrt((n - 1) / n * np.sum((weights * error / (1 - leverage)) ** 2)) / weights.sum()
    found = weighted_nps(x, weights, categories=categories)
    assert found.estimate == pytest.approx(100 * float(weights @ x) / weights.sum())
    assert found.standard_error == pytest.approx(100 * expected, rel=1e-9)
    assert found.low < found.estimate < found.high


def test_poststratification_on_one_variable_has_about_the_stratified_variance() -> None:
    """Textbook: sum (N_c/N)^2 s_c^2/n_c. The jackknife divides by 1 - 1/n_c once more: 3 % at these sizes."""
    draw = np.random.default_rng(6)
    group = np.repeat([0, 1, 2], [40, 60, 100])
    x = draw.choice([-1.0, 0.0, 1.0], 200, p=[0.2, 0.3, 0.5])
    share = np.array([0.5, 0.3, 0.2])
    weights = share[group] / np.bincount(group)[group]
    textbook = sum(share[c] ** 2 * x[group == c].var(ddof=1) / np.sum(group == c) for c in range(3))
    found = weighted_nps(x, weights, categories=[group.tolist()])
    assert found.standard_error / 100 == pytest.approx(math.sqrt(textbook), rel=0.03)


def test_equal_weights_give_the_textbook_standard_error_and_whole_numbers_of_answers() -> None:
    x = [1] * 30 + [0] * 50 + [-1] * 20
    found = weighted_nps(x, [2.5] * 100)
    assert (found.estimate, found.standard_error) == pytest.approx((10, 100 * np.std(x, ddof=1) / 10))
    assert found.n_effective == pytest.approx(100) and found.n == 100


def test_answers_of_one_customer_are_one_observation() -> None:
    """Every answer twice: clustered by customer the variance is that of the single answers."""
    x, weights = [1, 0, -1, 1, 1, 0, 1], [1.0, 2.0, 1.0, 3.0, 1.0, 1.0, 2.0]
    once = weighted_nps(x, weights)
    twice = weighted_nps(x + x, weights + weights, clusters=[*range(7), *range(7)])
    assert twice.standard_error == pytest.approx(once.standard_error)
    assert twice.n_effective == pytest.approx(14 / twice.design_effect)


def test_one_class_only_keeps_a_width_and_too_few_answers_are_refused() -> None:
    same = weighted_nps([1, 1, 1, 1, 1], [1, 1, 1, 1, 6], categories=[["a", "a", "b", "b", "b"]])
    assert same.estimate == 100 and same.low < 70 and same.high == 100
    with pytest.raises(ValueError, match="too few"):
        weighted_nps([1, 0, -1], [1, 1, 1], categories=[["a", "b", "c"]])
    with pytest.raises(ValueError, match=r"\+1, 0 or -1"):
        weighted_nps([10, 9], [1, 1])


def unit_sums(cell: Array, who: Array, x: Array, cells: int) -> UnitSums:
    """Sums by cell in plain loops; every customer lies in one cell."""
    sums = {name: np.zeros(cells) for name in UnitSums.__dataclass_fields__}
    for customer in np.unique(who):
        mine = x[who == customer]
        n, s, at = len(mine), float(mine.sum()), cell[who == customer][0]
        shares = {"promoters": float(np.mean(mine == 1)), "detractors": float(np.mean(mine == -1))}
        products = {"ss": s * s, "sn": s * n, "nn": n * n, "yy": (s / n) ** 2, "ys": s / n * s}
        for name, value in {"units": 1.0, "n": n, "s": s, **products, **shares}.items():
            sums[name][at] += value
    return UnitSums(**sums)


def test_sums_by_cell_give_what_single_answers_give() -> None:
    """150 customers with one to four answers each, in the six cells of two dimensions."""
    draw = np.random.default_rng(8)
    customers = 150
    one, two = draw.integers(0, 2, customers), draw.integers(0, 3, customers)
    who = np.repeat(np.arange(customers), draw.integers(1, 5, customers))
    x = draw.choice([-1.0, 0.0, 1.0], len(who))
    weights = np.array([0.5, 1.0, 1.5, 2.0, 0.7, 1.3])
    cell = 3 * one + two
    labels = [[0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2]]
    found = weighting_effect(unit_sums(cell[who], who, x, 6), weights, categories=labels)
    answers = np.bincount(who)[who]
    single = weighted_nps(x, (weights[cell] / np.bincount(who))[who], categories=[one[who], two[who]], clusters=who)
    assert 100 * found.weighted == pytest.approx(single.estimate)
    assert 100 * math.sqrt(found.variance) == pytest.approx(single.standard_error)
    own = weights[cell]
    error, leverage = dense([one.tolist(), two.tolist()], own, np.bincount(who, weights=x) / np.bincount(who))
    plain = x.mean()
    u = own * error / (1 - leverage) / own.sum()
    v = np.bincount(who, weights=x - plain) / len(x)
    assert found.plain == pytest.approx(plain) and answers.min() >= 1
    assert found.difference_variance == pytest.approx(149 / 150 * np.sum((u - v) ** 2), rel=1e-9)


def test_equal_weights_and_single_answers_leave_no_difference_at_all() -> None:
    x = np.array([1.0, 0.0, -1.0, 1.0, 1.0, 0.0])
    sums = unit_sums(np.array([0, 0, 0, 1, 1, 1]), np.arange(6), x, 2)
    found = weighting_effect(sums, [2.0, 2.0])
    assert found.difference == pytest.approx(0) and found.difference_variance == pytest.approx(0, abs=1e-15)


class World:
    """Customers of two dimensions on which both the answers and the willingness to answer depend."""

    def __init__(self, seed: int, customers: int, rate: float) -> None:
        self.draw = np.random.default_rng(seed)
        self.cats = [self.draw.choice(k, customers, p=self.draw.dirichlet(np.full(k, 6.0))) for k in (3, 4)]
        shifts = [self.draw.normal(0, 0.4, 4)[cat] for cat in self.cats]
        keen = [self.draw.normal(0, 0.6, 4)[cat] for cat in self.cats]
        self.answers = 1 / (1 + np.exp(-(math.log(rate / (1 - rate)) + keen[0] + keen[1])))
        self.level = shifts[0] + shifts[1]
        upper = np.array([0.5 * (1 + math.erf(value / math.sqrt(2))) for value in self.level])
        lower = np.array([0.5 * (1 - math.erf((value + 0.7) / math.sqrt(2))) for value in self.level])
        self.truth = 100 * float(np.mean(upper - lower))
        self.silent_kept = 100 * float(np.sum(self.answers * (upper - lower)) / np.sum(self.answers))
        self.margins = [dict(enumerate(np.bincount(cat).tolist())) for cat in self.cats]

    def survey(self, *, repeated: bool) -> tuple[Array, Array, Array]:
        """Customers, the customer of each answer, and its x; a third of the spread is the customer's own."""
        who = np.flatnonzero(self.draw.random(len(self.answers)) < self.answers)
        times = 1 + self.draw.poisson(0.7, len(who)) if repeated else np.ones(len(who), dtype=int)
        of = np.repeat(np.arange(len(who)), times)
        own = self.draw.standard_normal(len(who))[of]
        latent = self.level[who][of] + math.sqrt(1 / 3) * own + math.sqrt(2 / 3) * self.draw.standard_normal(len(of))
        return who, of, np.where(latent > 0, 1.0, np.where(latent < -0.7, -1.0, 0.0))


@pytest.mark.parametrize(("seed", "customers", "rate", "repeated"), [(1, 2000, 0.15, False), (2, 1500, 0.25, True)])
def test_the_raked_interval_covers_the_truth_as_often_as_it_says(
    seed: int, customers: int, rate: float, repeated: bool
) -> None:
    """500 surveys; 93 to 97 % is the nominal 95 % give or take two standard errors of a count of 500."""
    world, hits, plain_hits, changes = World(seed, customers, rate), 0, 0, 0
    for _ in range(500):
        who, of, x = world.survey(repeated=repeated)
        cats = [cat[who] for cat in world.cats]
        weights = rake_weights(cats, world.margins).weighted
        own = (weights / np.bincount(of))[of]
        found = weighted_nps(x, own, categories=[cat[of] for cat in cats], clusters=of)
        plain = weighted_nps(x, np.ones(len(x)), clusters=of)
        hits += found.low <= world.truth <= found.high
        plain_hits += plain.low <= world.truth <= plain.high
        if not repeated:
            cells = 4 * cats[0] + cats[1]
            by_cell = np.zeros(12)
            by_cell[cells] = weights
            labels = [[cell // 4 for cell in range(12)], [cell % 4 for cell in range(12)]]
            effect = weighting_effect(fast_sums(cells, x), by_cell, categories=labels)
            margin = 1.96 * math.sqrt(effect.difference_variance)
            changes += abs(effect.difference - (world.truth - world.silent_kept) / 100) <= margin
    assert 465 <= hits <= 487
    assert plain_hits < 400
    assert repeated or 465 <= changes <= 487


def fast_sums(cells: Array, x: Array) -> UnitSums:
    def total(values: Array) -> Array:
        return np.bincount(cells, weights=values, minlength=12)

    one, square, s = total(np.ones(len(x))), total(x * x), total(x)
    return UnitSums(one, one, s, square, s, one, square, square, total(x == 1), total(x == -1))


def test_bounds_take_the_silent_for_the_worst_and_the_best() -> None:
    bounds = nonresponse_bounds(Counts(50, 30, 20), 100)
    assert (bounds.all_detractors, bounds.all_passives, bounds.all_promoters) == pytest.approx((-35, 15, 65))
    none = nonresponse_bounds(Counts(50, 30, 20), 0)
    assert none.all_detractors == none.all_promoters == pytest.approx(30)
    with pytest.raises(ValueError, match="0 or more"):
        nonresponse_bounds(Counts(1, 1, 1), -1)
    with pytest.raises(ValueError, match="no answers"):
        nonresponse_bounds(Counts(0, 0, 0), 5)


def test_a_groups_rate_is_tested_as_scipy_tests_it() -> None:
    from scipy.stats import chi2_contingency, fisher_exact

    large = rate_against_rest(56, 70, 104, 150)
    chi2 = chi2_contingency([[56, 14], [48, 32]], correction=False)
    assert large.p_value == pytest.approx(float(chi2.pvalue), rel=1e-9)
    assert (large.difference, large.low, large.high) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5), (
        "Newcombe (1998) Statistics in Medicine 17:873-890, Table II, method 10"
    )
    few = rate_against_rest(1, 12, 40, 60)
    exact = fisher_exact(np.array([[1, 11], [39, 9]]))
    assert few.p_value == pytest.approx(float(exact.pvalue))
    assert rate_against_rest(112, 140, 208, 300, design_effect=2).p_value == pytest.approx(large.p_value)
    with pytest.raises(ValueError, match="above 0"):
        rate_against_rest(5, 10, 5, 10)
