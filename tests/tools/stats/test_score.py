from __future__ import annotations

import itertools
import math
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.counts import Counts
from tools.stats.score import (
    homogeneity,
    linear_trend,
    nps_difference,
    nps_interval,
    standard_error,
)

EMPTY = Counts(0, 0, 0)
cells = st.builds(Counts, *[st.integers(0, 400)] * 3).filter(lambda c: c.n > 0)
effects = st.floats(0.5, 20)


def probability(counts: Counts, shares: tuple[float, float, float]) -> float:
    """Multinomial probability of the counts."""
    parts = (counts.promoters, counts.passives, counts.detractors)
    if any(k and not p for k, p in zip(parts, shares, strict=True)):
        return 0.0
    logs = [k * math.log(p) - math.lgamma(k + 1) for k, p in zip(parts, shares, strict=True) if k]
    return math.exp(math.lgamma(counts.n + 1) + sum(logs))


def likely_samples(n: int, shares: tuple[float, float, float]) -> list[tuple[Counts, float]]:
    """All samples of n answers, without those that even together are as good as impossible (below 1e-6)."""
    reach = [math.ceil(6 * math.sqrt(n * p * (1 - p))) + 3 for p in shares]
    ranges = [
        range(max(0, math.floor(n * p) - r), min(n, math.ceil(n * p) + r) + 1)
        for p, r in zip(shares, reach, strict=True)
    ]
    samples = [Counts(p, n - p - d, d) for p, d in itertools.product(ranges[0], ranges[2]) if p + d <= n]
    return [(sample, probability(sample, shares)) for sample in samples]


@pytest.mark.parametrize("n", [10, 50, 500])
@pytest.mark.parametrize(
    "shares",
    [(0.5, 0.3, 0.2), (0.2, 0.3, 0.5), (0.34, 0.33, 0.33), (0.7, 0.2, 0.1), (0.45, 0.1, 0.45), (0.9, 0.08, 0.02)],
)
def test_the_interval_covers_the_true_nps_about_95_times_in_100(n: int, shares: tuple[float, float, float]) -> None:
    """Enumeration of all samples; the two lists of shares with hardly any middle are the hard cases."""
    truth = 100 * (shares[0] - shares[2])
    covered = seen = 0.0
    for counts, weight in likely_samples(n, shares):
        interval = nps_interval(counts)
        seen += weight
        covered += weight * (interval.low <= truth + 1e-9 and truth - 1e-9 <= interval.high)
    assert seen == pytest.approx(1.0, abs=1e-4)
    assert 0.92 <= covered <= 0.985


@pytest.mark.parametrize("sizes", [(12, 12), (8, 40), (3, 60)])
@pytest.mark.parametrize("shares", [(0.5, 0.3, 0.2), (0.7, 0.2, 0.1), (0.95, 0.04, 0.01)])
def test_two_samples_of_one_population_differ_at_most_one_time_in_sixteen(
    sizes: tuple[int, int], shares: tuple[float, float, float]
) -> None:
    """Enumeration; without the cap on the adjusted difference 3 against 60 answers reach 9 %."""
    first, second = likely_samples(sizes[0], shares), likely_samples(sizes[1], shares)
    first = [(c, w) for c, w in first if w > 1e-5]
    second = [(c, w) for c, w in second if w > 1e-5]
    rejected = sum(v * w for (a, v), (b, w) in itertools.product(first, second) if nps_difference(a, b).p_value < 0.05)
    assert rejected <= 0.0625


@given(cells, effects, st.floats(0.5, 0.999))
def test_the_interval_contains_the_nps_and_stays_on_the_scale(
    counts: Counts, design_effect: float, confidence: float
) -> None:
    interval = nps_interval(counts, confidence=confidence, design_effect=design_effect)
    assert -100 <= interval.low <= interval.estimate <= interval.high <= 100
    assert interval.low < interval.high
    assert interval.estimate == counts.nps
    assert interval.n_effective == pytest.approx(counts.n / design_effect)


@given(cells)
def test_mirroring_the_classes_mirrors_the_interval(counts: Counts) -> None:
    interval = nps_interval(counts)
    mirrored = nps_interval(Counts(counts.detractors, counts.passives, counts.promoters))
    assert (mirrored.low, mirrored.high) == pytest.approx((-interval.high, -interval.low))


@given(cells)
def test_a_design_effect_of_two_is_worth_half_of_the_answers(counts: Counts) -> None:
    half = Counts(counts.promoters / 2, counts.passives / 2, counts.detractors / 2)
    halved, clustered = nps_interval(half), nps_interval(counts, design_effect=2)
    assert (clustered.low, clustered.high) == pytest.approx((halved.low, halved.high))


def test_one_promoter_is_an_nps_of_100_that_may_be_negative() -> None:
    interval = nps_interval(Counts(1, 0, 0))
    assert (interval.estimate, interval.high) == (100, 100)
    assert interval.low < 0


def test_promoters_only_leave_a_width_that_the_wald_interval_lacks() -> None:
    counts = Counts(40, 0, 0)
    assert standard_error(counts) == 0
    assert 80 < nps_interval(counts).low < 100


@given(cells, cells, effects, effects, st.floats(-0.05, 0.05))
def test_swapping_the_groups_negates_the_difference(
    a: Counts, b: Counts, deff_a: float, deff_b: float, covariance: float
) -> None:
    forth = nps_difference(a, b, design_effects=(deff_a, deff_b), covariance=covariance)
    back = nps_difference(b, a, design_effects=(deff_b, deff_a), covariance=covariance)
    assert (back.estimate, back.low, back.high) == pytest.approx((-forth.estimate, -forth.high, -forth.low))
    assert (back.z, back.p_value) == pytest.approx((-forth.z, forth.p_value), abs=1e-12)


@given(cells, cells, st.floats(-0.2, 0.2))
def test_the_difference_is_inside_its_interval_and_the_interval_agrees_with_the_test(
    a: Counts, b: Counts, covariance: float
) -> None:
    difference = nps_difference(a, b, covariance=covariance)
    assert -200 <= difference.low <= difference.estimate <= difference.high <= 200
    assert 0 <= difference.p_value <= 1
    assert 0 < difference.smallest_detectable <= 200
    if abs(difference.p_value - 0.05) > 1e-9:
        assert (difference.p_value < 0.05) == (difference.low > 0 or difference.high < 0)


def test_two_groups_of_promoters_only_do_not_differ() -> None:
    difference = nps_difference(Counts(1, 0, 0), Counts(10_000, 0, 0))
    assert (difference.estimate, difference.z, difference.p_value) == (0, 0, 1)
    assert difference.low < 0 < difference.high


def test_small_groups_are_not_made_to_differ_by_the_pseudo_answers() -> None:
    """Observed 50 against 100; the adjusted difference alone would be -80 with p = 0.009."""
    assert nps_difference(Counts(1, 1, 0), Counts(1000, 0, 0)).p_value > 0.05


def test_answers_of_the_same_customers_make_the_difference_surer() -> None:
    a, b = Counts(50, 30, 20), Counts(40, 30, 30)
    apart, together = nps_difference(a, b), nps_difference(a, b, covariance=0.003)
    assert together.standard_error < apart.standard_error
    assert together.p_value < apart.p_value


def test_the_covariance_is_taken_twice_from_the_variance_of_the_difference() -> None:
    """V = .70 - .09 = .61 and .50 - .09 = .41 with 100 000 answers each, where three pseudo-answers are nothing."""
    a, b = Counts(50_000, 30_000, 20_000), Counts(40_000, 50_000, 10_000)
    for covariance in (0.0, 2e-6, -2e-6):
        expected = 100 * math.sqrt((0.61 + 0.41) / 100_000 - 2 * covariance)
        assert nps_difference(a, b, covariance=covariance).standard_error == pytest.approx(expected, rel=1e-3)


def test_identical_answers_of_the_same_customers_still_leave_an_error() -> None:
    counts = Counts(50, 30, 20)
    difference = nps_difference(counts, counts, covariance=1.0)
    assert difference.standard_error > 0
    assert difference.p_value == 1


@given(st.lists(cells, min_size=2, max_size=5), st.randoms())
def test_the_order_of_the_groups_does_not_change_the_test_of_homogeneity(groups: list[Counts], random: Random) -> None:
    shuffled = list(groups)
    random.shuffle(shuffled)
    assert homogeneity(shuffled).p_value == pytest.approx(homogeneity(groups).p_value)


@given(cells, st.integers(2, 6))
def test_equal_groups_are_homogeneous(counts: Counts, k: int) -> None:
    test = homogeneity([counts] * k)
    assert (test.chi2, test.df, test.p_value) == pytest.approx((0, k - 1, 1), abs=1e-9)


@given(st.integers(5, 300), st.data())
def test_two_groups_of_one_size_give_the_square_of_the_two_sample_z(n: int, data: st.DataObject) -> None:
    def cell() -> Counts:
        promoters = data.draw(st.integers(0, n))
        detractors = data.draw(st.integers(0, n - promoters))
        return Counts(promoters, n - promoters - detractors, detractors)

    a, b = cell(), cell()
    assert homogeneity([a, b]).chi2 == pytest.approx(nps_difference(a, b).z ** 2, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(("k", "n"), [(6, 12), (12, 100)])
def test_homogeneity_and_trend_keep_their_level(k: int, n: int) -> None:
    """2000 surveys without any difference; 0.05 with three standard errors of the simulation is 0.065."""
    draws = np.random.default_rng(20260801).multinomial(n, (0.5, 0.3, 0.2), size=(2000, k))
    surveys = [[Counts(*row) for row in survey] for survey in draws.tolist()]
    assert np.mean([homogeneity(s).p_value < 0.05 for s in surveys]) <= 0.065
    assert np.mean([linear_trend(s, range(k)).p_value < 0.05 for s in surveys]) <= 0.065


def test_a_straight_line_is_found_exactly() -> None:
    groups = [Counts(50 + t, 30, 20 - t) for t in range(6)]
    trend = linear_trend(groups, times=list(range(6)))
    assert (trend.slope, trend.intercept) == pytest.approx((2, 30))
    assert trend.low < 2 < trend.high
    assert trend.lack_of_fit is not None
    assert trend.lack_of_fit.df == 4
    assert trend.lack_of_fit.p_value == pytest.approx(1)


def test_a_jump_is_no_straight_line() -> None:
    groups = [Counts(600, 250, 150)] * 5 + [Counts(400, 250, 350)] * 5
    trend = linear_trend(groups, times=list(range(10)))
    assert trend.p_value < 0.001
    assert trend.lack_of_fit is not None
    assert trend.lack_of_fit.p_value < 0.001


@given(st.lists(cells, min_size=2, max_size=6), st.floats(-50, 50), st.floats(0.1, 30))
def test_the_trend_does_not_depend_on_where_time_starts_and_scales_with_its_unit(
    groups: list[Counts], shift: float, scale: float
) -> None:
    times = [float(t) for t in range(len(groups))]
    trend = linear_trend(groups, times)
    moved = linear_trend(groups, [shift + scale * t for t in times])
    assert moved.slope * scale == pytest.approx(trend.slope, rel=1e-6, abs=1e-6)
    assert moved.p_value == pytest.approx(trend.p_value, rel=1e-6, abs=1e-9)


def test_the_weights_of_a_trend_are_the_inverse_variances_of_the_groups() -> None:
    """Textbook check with numpy's weighted polynomial fit, whose weights are the square roots."""
    groups = [Counts(20, 10, 10), Counts(300, 100, 100), Counts(50, 40, 10), Counts(5, 5, 5)]
    times = [0.0, 1.0, 2.5, 4.0]
    deviations = []
    for c in groups:
        p, d, n = c.promoters + 0.75, c.detractors + 0.75, c.n + 3
        deviations.append(math.sqrt(((p + d) / n - ((p - d) / n) ** 2) * n) / c.n)
    slope, intercept = np.polyfit(times, [c.nps or 0.0 for c in groups], 1, w=[1 / s for s in deviations])
    trend = linear_trend(groups, times)
    assert (trend.slope, trend.intercept) == pytest.approx((slope, intercept))


def test_two_groups_have_a_trend_but_no_lack_of_fit() -> None:
    trend = linear_trend([Counts(5, 3, 2), Counts(4, 3, 3)], times=[0, 1])
    assert trend.slope == pytest.approx(-20)
    assert trend.lack_of_fit is None


@pytest.mark.parametrize("confidence", [0, 1, 95, -0.5, math.nan])
def test_confidence_in_per_cent_is_refused(confidence: float) -> None:
    with pytest.raises(ValueError, match=r"write 0\.95"):
        nps_interval(Counts(1, 1, 1), confidence=confidence)


@pytest.mark.parametrize(
    "call",
    [
        lambda: standard_error(EMPTY),
        lambda: nps_interval(EMPTY),
        lambda: nps_difference(EMPTY, Counts(1, 0, 0)),
        lambda: nps_difference(Counts(1, 0, 0), EMPTY),
        lambda: homogeneity([Counts(1, 0, 0), EMPTY]),
        lambda: linear_trend([Counts(1, 0, 0), EMPTY], [0, 1]),
    ],
)
def test_an_empty_cell_is_refused(call: object) -> None:
    with pytest.raises(ValueError, match="hold no answers"):
        call()  # type: ignore[operator]


def test_comparisons_that_cannot_be_made_are_refused() -> None:
    one = Counts(1, 1, 1)
    with pytest.raises(ValueError, match="two or more, not 1"):
        homogeneity([one])
    with pytest.raises(ValueError, match="2 groups but 1 design effects"):
        homogeneity([one, one], design_effects=[1.0])
    with pytest.raises(ValueError, match="each with its time"):
        linear_trend([one, one], [0])
    with pytest.raises(ValueError, match="different times"):
        linear_trend([one, one], [3, 3])
    with pytest.raises(ValueError, match="different times"):
        linear_trend([one, one], [3, math.nan])
    with pytest.raises(ValueError, match="covariance of the two NPS"):
        nps_difference(one, one, covariance=math.nan)


def test_the_chi_square_tail_equals_scipys_for_whole_degrees_of_freedom() -> None:
    from scipy.special import chdtrc

    from tools.stats.tails import chi_square_test

    for df in (1, 2, 3, 4, 7, 10, 31, 60, 249, 250):
        for chi2 in (0.0, 1e-9, 0.1, 1.0, 3.84, df * 0.5, float(df), df * 2.0, df + 100.0, 700.0):
            assert chi_square_test(chi2, df).p_value == pytest.approx(float(chdtrc(df, chi2)), rel=1e-9, abs=1e-300)
