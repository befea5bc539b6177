"""Published values. Each case carries its source; the tolerance is half a unit of the last printed digit unless a
reason for another one stands beside it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest

from tools.stats.clusters import clustered_variance, design_effect
from tools.stats.counts import Counts, count_scores
from tools.stats.decomposition import class_effects, kitagawa
from tools.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, bonferroni, holm
from tools.stats.power import sample_size_for_difference, sample_size_for_margin, smallest_detectable
from tools.stats.proportions import (
    adjusted_wald_proportion,
    equal_proportions,
    goodman_intervals,
    newcombe_difference,
    trend_in_proportions,
    wilson_interval,
)
from tools.stats.score import nps_difference, nps_interval, standard_error

ROCKS = "B. Rocks, R package NPS 2.x, tests/testthat/test_01_basics.R; Rocks (2016) The American Statistician 70(4)"
LEWIS_SAURO = "Lewis & Sauro, MeasuringU (2020-21): n + 3, 3/4 promoter, 3/4 detractor; Z = D / SE"
NEWCOMBE_DIFFERENCE = "Newcombe (1998) Statistics in Medicine 17:873-890, Table II, method 10"
NEWCOMBE_SINGLE = "Newcombe (1998) Statistics in Medicine 17:857-872, Table I, method 3"
R_PROP = "R ?prop.test, ?prop.trend.test (Fleiss 1981, p. 139), printed in stats-Ex.Rout.save"
AGRESTI = "Agresti (2002) Categorical Data Analysis, 2nd ed., section 3.4, alcohol and infant malformation"
R_P_ADJUST = "R 4.5.2 p.adjust, quoted with 17 digits in pystatistics' tests"
BH1995 = "Benjamini & Hochberg (1995) JRSS B 57, section 3.2, 15 p-values"
DAS_GUPTA = "Das Gupta (1993) Standardization and Decomposition of Rates, US Census P23-186; DasGuptR README"
COCHRAN = "Cochran (1977) Sampling Techniques, 3rd ed., section 3.12: 30 households, doctor last year"


def test_nps_of_raw_scores_agrees_with_the_r_package() -> None:
    """ROCKS: scores 0, 7, 7, 9, 9, 9; the R score is unrounded on the unit scale."""
    assert count_scores([0, 7, 7, 9, 9, 9]).nps == pytest.approx(33.3333, abs=1e-4), ROCKS


def test_nps_of_counts_agrees_with_nps_calculator() -> None:
    assert Counts(promoters=4, passives=6, detractors=10).nps == -30.0, "jjscheng/nps-calculator test/test.js"


def test_variance_has_divisor_n_as_in_the_r_package() -> None:
    assert Counts(3, 2, 1).variance == pytest.approx(0.5555555555555556, abs=1e-9), ROCKS


@pytest.mark.parametrize(
    ("counts", "expected", "tolerance"),
    [(Counts(3, 2, 1), 0.304, 0.0005), (Counts(1, 0, 0), 0.0, 1e-12)],
    ids=["three classes", "one class"],
)
def test_wald_standard_error_agrees_with_the_r_package(counts: Counts, expected: float, tolerance: float) -> None:
    assert standard_error(counts) == pytest.approx(expected, abs=tolerance), ROCKS


def test_adjusted_wald_interval_agrees_with_lewis_and_sauro() -> None:
    """8 detractors, 13 passives, 15 promoters; 0.002 because the article rounds its intermediate steps."""
    interval = nps_interval(Counts(promoters=15, passives=13, detractors=8))
    assert interval.low / 100 == pytest.approx(-0.063, abs=0.002), LEWIS_SAURO
    assert interval.high / 100 == pytest.approx(0.422, abs=0.002), LEWIS_SAURO
    assert interval.standard_error / 100 == pytest.approx(0.1236, abs=0.002), LEWIS_SAURO
    assert (interval.low + interval.high) / 200 == pytest.approx(0.1795, abs=0.002), LEWIS_SAURO
    variance = (interval.standard_error / 100) ** 2 * (36 + 3)
    assert variance == pytest.approx(0.596, abs=0.002), LEWIS_SAURO


def test_two_sample_test_follows_lewis_and_sauro() -> None:
    """By hand from LEWIS_SAURO: (15.75-8.75)/39 = .1795, variance .5960; (12.75-8.75)/30 = .1333, variance .6989;
    D = .0462, SE = sqrt(.5960/39 + .6989/30) = .1964, Z = .235, p = .81."""
    difference = nps_difference(Counts(15, 13, 8), Counts(12, 7, 8))
    assert difference.standard_error == pytest.approx(19.64, abs=0.01)
    assert difference.z == pytest.approx(0.235, abs=0.001)
    assert difference.p_value == pytest.approx(0.81, abs=0.005)
    assert difference.estimate == pytest.approx(100 * (7 / 36 - 4 / 27), abs=1e-9)


@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_agrees_with_newcombe_table_1(x: int, n: int, low: float, high: float) -> None:
    interval = wilson_interval(x, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5), NEWCOMBE_SINGLE


@pytest.mark.parametrize(
    ("first", "second", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_of_shares_agrees_with_newcombe_table_2(
    first: tuple[int, int], second: tuple[int, int], low: float, high: float
) -> None:
    interval = newcombe_difference(*first, *second)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=5e-5), NEWCOMBE_DIFFERENCE


@pytest.mark.parametrize(
    ("x", "n", "low", "high", "tolerance", "source"),
    [
        (4, 5, 0.3596, 0.9796, 1e-4, "Tullis (2008) measuringux.com, adjusted Wald; he rounds z to 1.96"),
        (25, 200, 0.08558957, 0.1785444, 5e-8, "R RSurveillance ?binom.agresti, printed output"),
        (80, 200, 0.33457989, 0.46918917, 5e-9, "R RSurveillance ?binom.agresti, printed output"),
    ],
)
def test_adjusted_wald_share_agrees_with_printed_examples(
    x: int, n: int, low: float, high: float, tolerance: float, source: str
) -> None:
    interval = adjusted_wald_proportion(x, n)
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=tolerance), source


def test_goodman_intervals_agree_with_sison_and_glaz() -> None:
    """Sison & Glaz (1995), example 1, quoted in statsmodels; 0.0006 because the table is cut, not rounded."""
    expected = [
        (0.085, 0.166),
        (0.115, 0.204),
        (0.116, 0.207),
        (0.091, 0.173),
        (0.096, 0.181),
        (0.143, 0.239),
        (0.089, 0.171),
    ]
    intervals = goodman_intervals([56, 72, 73, 59, 62, 87, 58], alpha=0.05)
    for interval, bounds in zip(intervals, expected, strict=True):
        assert (interval.low, interval.high) == pytest.approx(bounds, abs=0.0006)


def test_equal_proportions_agrees_with_r() -> None:
    test = equal_proportions([83, 90, 129, 70], [86, 93, 136, 82])
    assert test.chi2 == pytest.approx(12.6, abs=0.001), R_PROP
    assert test.df == 3
    assert test.p_value == pytest.approx(0.005585, abs=5e-7), R_PROP


def test_trend_in_proportions_agrees_with_r() -> None:
    test = trend_in_proportions([83, 90, 129, 70], [86, 93, 136, 82], scores=[1, 2, 3, 4])
    assert test.chi2 == pytest.approx(8.2249, abs=5e-5), R_PROP
    assert test.df == 1
    assert test.p_value == pytest.approx(0.004132, abs=5e-7), R_PROP


def test_trend_and_homogeneity_of_shares_agree_with_agresti() -> None:
    present, absent = [48, 38, 5, 1, 1], [17066, 14464, 788, 126, 37]
    n = [a + b for a, b in zip(present, absent, strict=True)]
    trend = trend_in_proportions(present, n, scores=[0, 0.5, 1.5, 4, 7])
    assert trend.chi2 == pytest.approx(6.57, abs=0.005), AGRESTI
    assert trend.p_value == pytest.approx(0.010, abs=0.0005), AGRESTI
    equal = equal_proportions(present, n)
    assert (equal.chi2, equal.p_value) == pytest.approx((12.1, 0.02), abs=0.05), AGRESTI


def test_rejections_agree_with_benjamini_and_hochberg_1995() -> None:
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459]
    p += [0.324, 0.4262, 0.5719, 0.6528, 0.759, 1.0]
    rejected = {f.__name__: sum(q <= 0.05 for q in f(p)) for f in (bonferroni, holm, benjamini_hochberg)}
    assert rejected == {"bonferroni": 3, "holm": 3, "benjamini_hochberg": 4}, BH1995
    assert benjamini_hochberg(p)[3] == pytest.approx(0.0356, abs=5e-5), BH1995


@pytest.mark.parametrize(
    ("adjust", "expected"),
    [
        (bonferroni, [0.006, 0.06, 0.3, 0.6, 1.0, 1.0]),
        (holm, [0.006, 0.05, 0.2, 0.3, 1.0, 1.0]),
        (benjamini_hochberg, [0.006, 0.03, 0.1, 0.15, 0.6, 0.9]),
        (benjamini_yekutieli, [0.0147, 0.0735, 0.245, 0.3675, 1.0, 1.0]),
    ],
    ids=["bonferroni", "holm", "BH", "BY"],
)
def test_adjusted_p_values_agree_with_r(
    adjust: Callable[[Sequence[float]], list[float]], expected: list[float]
) -> None:
    assert adjust([0.001, 0.01, 0.05, 0.1, 0.5, 0.9]) == pytest.approx(expected, rel=1e-10), R_P_ADJUST


def test_holm_in_input_order_agrees_with_a_julia_package() -> None:
    source = "PValueAdjust.jl test/holm.jl and test/benjaminiHochberg.jl"
    p = [1, 0.5, 0.1, 0.001, 0.0001, 0.002]
    assert holm(p) == pytest.approx([1.0, 1.0, 0.3, 0.005, 0.0006, 0.008], rel=1e-10), source
    assert benjamini_hochberg(p) == pytest.approx([1.0, 0.6, 0.15, 0.003, 0.0006, 0.004], rel=1e-10), source


def test_decomposition_agrees_with_das_gupta_example_5_1() -> None:
    """Weights and rates in per cent; a rate of r is the NPS of r promoters and 100 - r passives."""
    weights_0 = [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9]
    weights_1 = [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5]
    rates_0 = [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8]
    rates_1 = [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2]

    def cells(weights: list[float], rates: list[float]) -> dict[str, Counts]:
        pairs = enumerate(zip(weights, rates, strict=True))
        return {f"age {k}": Counts(w * r / 100, w * (1 - r / 100), 0) for k, (w, r) in pairs}

    before, after = cells(weights_0, rates_0), cells(weights_1, rates_1)
    assert sum(before.values(), Counts(0, 0, 0)).nps == pytest.approx(44.7268, abs=5e-5), DAS_GUPTA
    assert sum(after.values(), Counts(0, 0, 0)).nps == pytest.approx(47.694, abs=5e-5), DAS_GUPTA
    change = kitagawa(before, after)
    assert change.total.estimate == pytest.approx(2.9672, abs=5e-5), DAS_GUPTA
    assert change.mix.estimate == pytest.approx(1.2269, abs=5e-5), DAS_GUPTA
    assert change.within.estimate == pytest.approx(1.7403, abs=5e-5), DAS_GUPTA


def test_class_effects_agree_with_das_gupta_example_3_1() -> None:
    """A birth rate minus a death rate; both per thousand there, per cent here."""
    effects = class_effects(Counts(19.4, 69.8, 10.8), Counts(23.7, 66.8, 9.5))
    assert effects.promoters.estimate == pytest.approx(4.3, abs=1e-9), DAS_GUPTA
    assert effects.detractors.estimate == pytest.approx(1.3, abs=1e-9), DAS_GUPTA
    assert effects.total.estimate == pytest.approx(5.6, abs=1e-9), DAS_GUPTA


def test_berkeley_admissions_reverse_within_departments() -> None:
    """Bickel et al. (1975), R UCBAdmissions: crude rates .4452 and .3035; within departments women do not do worse
    (Mantel-Haenszel odds ratio male to female .90). Departments C and E move with the total, so that not
    every segment opposes it; B's 25 women are below the minimum base."""
    men = {"A": (512, 313), "B": (353, 207), "C": (120, 205), "D": (138, 279), "E": (53, 138), "F": (22, 351)}
    women = {"A": (89, 19), "B": (17, 8), "C": (202, 391), "D": (131, 244), "E": (94, 299), "F": (24, 317)}
    before = {name: Counts(admitted, 0, rejected) for name, (admitted, rejected) in men.items()}
    after = {name: Counts(admitted, 0, rejected) for name, (admitted, rejected) in women.items()}
    change = kitagawa(before, after)
    assert change.total.estimate == pytest.approx(200 * (0.3035 - 0.4452), abs=0.02)
    assert change.within.estimate > 0
    assert change.within_opposes_total
    assert not change.simpson
    assert change.reversal.judged == ("A", "C", "D", "E", "F")
    assert change.reversal.against == ("A", "D", "F")


def test_clustered_variance_agrees_with_cochrans_households() -> None:
    """Sums over 30 households of a^2, a m, m^2 = 86, 113, 404; a = 30 of m = 104 people; v(p) = .00520 and binomial
    .00197. Recalled from the book; one unit of the last digit, because it rounds the mean household size."""
    counts = Counts(30, 74, 0)
    assert clustered_variance(86, 113, 404, counts, clusters=30) == pytest.approx(0.00520, abs=1e-5), COCHRAN
    assert standard_error(counts) ** 2 == pytest.approx(0.00197, abs=5e-6), COCHRAN
    # The plain variance here has N - 1 for N, hence 1 % less than Cochran's 0.00520 / 0.00197.
    assert design_effect(86, 113, 404, counts, clusters=30) == pytest.approx(0.00520 / 0.00197, rel=0.012)


def test_power_uses_the_usual_multiplier() -> None:
    """Bloom (1995) Evaluation Review 19: 2.80 standard errors for 80 % power in a two-sided 5 % test."""
    assert smallest_detectable(1.0) == pytest.approx(2.80, abs=0.005)
    assert smallest_detectable(1.0, power=0.5) == pytest.approx(1.96, abs=0.0005)


def test_sample_sizes_follow_lewis_and_sauro() -> None:
    """By hand, n = s^2 Z^2 / d^2 - 3: 1 * 1.959964^2 / .05^2 - 3 = 1533.6; 1 * 1.644854^2 / .1^2 - 3 = 267.6;
    for two groups (.6 + .6) * (1.959964 + .841621)^2 / .1^2 - 3 = 938.9."""
    assert sample_size_for_margin(1.0, 5) == 1534
    assert sample_size_for_margin(1.0, 10, confidence=0.90) == 268
    assert sample_size_for_difference(0.6, 10) == math.ceil(938.9)
