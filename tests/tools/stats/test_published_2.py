"""Published values of survival, models, drivers, weights and differences in differences.

Every case names its source; the tolerance is half a unit of the last printed digit unless a reason for another one
stands beside it. Values computed with another library name its version.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from tools.stats.adjusted_effects import balanced_effect, matched_effect_on, propensity_weighted_effect
from tools.stats.balancing import entropy_balance
from tools.stats.das_gupta import cross_classified
from tools.stats.did import difference_in_differences, panel_difference_in_differences
from tools.stats.driver_intervals import resample_weights
from tools.stats.drivers import shapley_r2, variance_inflation
from tools.stats.event_study import detectable_slope
from tools.stats.experiments import sample_ratio_test
from tools.stats.matching import nearest_neighbours
from tools.stats.ordinal import ordinal_logit
from tools.stats.power_tests import power_prop_test, power_t_test
from tools.stats.propensity import effective_sample_size, propensity_scores, standardised_differences
from tools.stats.raking import rake
from tools.stats.staggered import group_time_att, group_time_att_from_means
from tools.stats.survival import SurvivalCurve, kaplan_meier, logrank_test, restricted_mean
from tools.stats.weighting import trim_weights, weighted_nps

FloatArray = NDArray[np.float64]

# R's survival::lung (Loprinzi et al. 1994), days of men and women; negative: censored then.
MEN = [11, 11, 11, 12, 13, 13, 15, 26, 30, 31, 53, 53, 54, 59, 60, 65, 65, 71, 81, 88, 88, 92, 93, 95, 105, 107, 110]
MEN += [116, 118, 131, 132, 132, 135, 142, 144, 147, 156, 156, 163, 163, 163, 166, 170, -174, 175, 176, 177, 179, 179]
MEN += [180, 181, 181, 183, -185, -188, 189, -191, -196, -197, 197, 202, 207, 210, 212, 218, -221, -222, 222, 223, -225]
MEN += [-225, 229, 230, -237, 239, 246, -259, 267, 269, 270, -279, 283, -284, 284, 285, 286, 288, 291, -292, -300, -301]
MEN += [301, -303, 303, 306, 310, 320, 329, 337, 353, 353, 363, 364, 371, 387, 390, 394, -404, -413, 428, 429, 442]
MEN += [-444, 455, 457, -458, 460, 477, 519, 524, 533, 558, 567, 574, 583, 613, 624, 643, 655, 689, 707, 791, -806, 814]
MEN += [-840, 883, -1010, -1022]
WOMEN = [5, 60, 61, 62, 79, 81, -92, 95, -105, 107, 122, 145, 145, 153, 166, 167, -173, -175, -177, 182, 186, -192, 194]
WOMEN += [
    199,
    201,
    201,
    -202,
    -203,
    208,
    -211,
    -224,
    226,
    -235,
    239,
    -240,
    -243,
    245,
    -252,
    -266,
    268,
    -269,
    -272,
    -276,
]
WOMEN += [285, -292, 293, -296, 305, 310, -315, -332, 340, 345, 348, 350, 351, -356, 361, 363, -364, 371, -376, -382]
WOMEN += [-384, 426, 433, 444, 450, 473, -511, -511, 520, 524, -529, -543, 550, -551, -559, -588, 641, 654, 687, 705]
WOMEN += [728, 731, 735, -740, 765, -821, -965]

# Kardaun (1983), Klein & Moeschberger's larynx: years by stage I to IV; negative: censored then.
LARYNX = [
    "0.6 1.3 2.4 -2.5 -3.2 3.2 -3.3 3.3 3.5 3.5 4.0 4.0 4.3 -4.5 -4.5 5.3 -5.5 -5.9 -5.9 6.0 -6.1 "
    "-6.2 6.4 -6.5 6.5 -6.7 -7.0 -7.4 7.4 -8.1 -8.1 -9.6 -10.7",
    "0.2 1.8 2.0 -2.2 -2.6 -3.3 -3.6 3.6 4.0 -4.3 -4.3 -5.0 6.2 7.0 -7.5 -7.6 -9.3",
    "0.3 0.3 0.5 0.7 0.8 1.0 1.3 1.6 1.8 1.9 1.9 3.2 3.5 -3.7 -4.5 -4.8 -4.8 -5.0 5.0 -5.1 6.3 "
    "6.4 -6.5 7.8 -8.0 -9.3 -10.1",
    "0.1 0.3 0.4 0.8 0.8 1.0 1.5 2.0 2.3 -2.9 3.6 3.8 -4.3",
]


class TestSurvival:
    @staticmethod
    def curve(signed: list[int]) -> SurvivalCurve:
        days = np.array(signed)
        return kaplan_meier(np.abs(days), days > 0, conf_type="log")

    @pytest.mark.parametrize(
        ("days", "n", "events", "median"),
        [(MEN + WOMEN, 228, 165, (310, 285, 363)), (MEN, 138, 112, (270, 212, 310)), (WOMEN, 90, 53, (426, 348, 550))],
        ids=["all", "men", "women"],
    )
    def test_medians_of_lung_cancer(self, days: list[int], n: int, events: int, median: tuple[int, ...]) -> None:
        """R survfit(Surv(time, status) ~ 1, lung) and ~ sex: n, events, median, 0.95LCL, 0.95UCL."""
        curve = self.curve(days)
        assert (curve.n, float(curve.events.sum())) == (n, events)
        assert (curve.median, curve.median_low, curve.median_high) == median

    def test_survival_of_a_year(self) -> None:
        """R summary(survfit(Surv(time, status) ~ 1, lung), times = 365): 0.409, 0.0358, 0.345 to 0.486."""
        curve = self.curve(MEN + WOMEN)
        at = int(np.searchsorted(curve.times, 365, side="right")) - 1
        assert curve.at(365) == pytest.approx(0.409, abs=5e-4)
        assert curve.standard_error[at] == pytest.approx(0.0358, abs=5e-5)
        assert (curve.low[at], curve.high[at]) == pytest.approx((0.345, 0.486), abs=5e-4)

    def test_mean_survival_of_the_first_year(self) -> None:
        """Computed with lifelines 0.30.3, restricted_mean_survival_time(t=365), which integrates to some 4e-7."""
        assert restricted_mean(self.curve(MEN + WOMEN), 365).estimate == pytest.approx(263.2218660820065, abs=1e-6)

    def test_men_and_women(self) -> None:
        """R survdiff(Surv(time, status) ~ sex, lung): observed 112, 53, expected 91.6, 73.4, chisq 10.3, p 0.001."""
        days = np.array(MEN + WOMEN)
        test = logrank_test(np.abs(days), days > 0, ["men"] * 138 + ["women"] * 90)
        assert test.observed == (112, 53)
        assert test.expected == pytest.approx((91.6, 73.4), abs=0.05)
        assert test.chi2 == pytest.approx(10.3, abs=0.05)
        assert test.p_value == pytest.approx(0.00131, abs=5e-6)

    @pytest.mark.parametrize(
        ("weighting", "chi2"),
        [("wilcoxon", 12.472135331262583), ("tarone-ware", 12.455543902215123), ("peto", 12.707847773362468)],
    )
    def test_weighted_tests(self, weighting: str, chi2: float) -> None:
        """Computed with lifelines 0.30.3, logrank_test(weightings=...). R's survdiff(rho = 1) weighs by the curve
        just before each time and is another test than Peto and Peto's."""
        days = np.array(MEN + WOMEN)
        test = logrank_test(np.abs(days), days > 0, [0] * 138 + [1] * 90, weighting)  # type: ignore[arg-type]
        assert test.chi2 == pytest.approx(chi2, rel=1e-10)

    def test_four_stages(self) -> None:
        """Klein & Moeschberger (2003), section 7.3, larynx cancer by stage: chi-square 22.76 on 3 df."""
        years = np.array([float(value) for stage in LARYNX for value in stage.split()])
        stages = [at for at, stage in enumerate(LARYNX) for _ in stage.split()]
        test = logrank_test(np.abs(years), years > 0, stages)
        assert (round(test.chi2, 2), test.df) == (22.76, 3)


class TestOrdinal:
    def test_mental_impairment(self) -> None:
        """Agresti (2002) CDA table 7.5 and 7.6 (SAS): intercepts -0.2819, 1.2128, 2.2094 (0.6423, 0.6607, 0.7210),
        life events -0.3189 (0.1210), SES 1.1112 (0.6109), on the odds of a *better* state, hence the other sign."""
        well = [(1, 1), (1, 9), (1, 4), (1, 3), (0, 2), (1, 0), (0, 1), (1, 3), (1, 3), (1, 7), (0, 1), (0, 2)]
        mild = [(1, 5), (0, 6), (1, 3), (0, 1), (1, 8), (1, 2), (0, 5), (1, 5), (1, 9), (0, 3), (1, 3), (1, 1)]
        moderate = [(0, 0), (1, 4), (0, 3), (0, 9), (1, 6), (0, 4), (0, 3)]
        impaired = [(1, 8), (1, 2), (1, 7), (0, 5), (0, 4), (0, 4), (1, 8), (0, 8), (0, 9)]
        fit = ordinal_logit([0] * 12 + [1] * 12 + [2] * 7 + [3] * 9, [*well, *mild, *moderate, *impaired])
        assert fit.coefficients.tolist() == pytest.approx([-1.1112, 0.3189], abs=5e-5)
        assert fit.cut_points.tolist() == pytest.approx([-0.2819, 1.2128, 2.2094], abs=5e-5)
        assert fit.standard_errors.tolist() == pytest.approx([0.6109, 0.1210, 0.6423, 0.6607, 0.7210], abs=6e-5)

    def test_satisfaction_with_housing(self) -> None:
        """R ?MASS::polr, polr(Sat ~ Infl + Type + Cont, weights = Freq, data = housing); Venables & Ripley (2002) 7.3.
        The tolerance is ten times the last digit: polr stops a little before the maximum."""
        counts = [21, 21, 28, 34, 22, 36, 10, 11, 36, 61, 23, 17, 43, 35, 40, 26, 18, 54, 13, 9, 10, 8, 8, 12]
        counts += [6, 7, 9, 18, 6, 7, 15, 13, 13, 7, 5, 11, 14, 19, 37, 17, 23, 40, 3, 5, 23, 78, 46, 43]
        counts += [48, 45, 86, 15, 25, 62, 20, 23, 20, 10, 22, 24, 7, 10, 21, 57, 23, 13, 31, 21, 13, 5, 6, 13]
        y, x = [], []
        for at, times in enumerate(counts):  # satisfaction within influence within type within contact
            influence, kind, contact = at // 3 % 3, at // 9 % 4, at // 36
            y += [at % 3] * times
            x += [[influence == 1, influence == 2, kind == 1, kind == 2, kind == 3, contact]] * times
        fit = ordinal_logit(y, np.array(x, float))
        expected = [0.5663937, 1.2888191, -0.5723501, -0.3661866, -1.0910149, 0.3602841]
        assert fit.coefficients.tolist() == pytest.approx(expected, abs=1e-4)
        assert fit.cut_points.tolist() == pytest.approx([-0.4961, 0.6907], abs=1e-4)
        errors = [0.10465, 0.12716, 0.11924, 0.15517, 0.15149, 0.09554, 0.1248, 0.1255]
        assert fit.standard_errors.tolist() == pytest.approx(errors, abs=1e-4)
        assert -2 * fit.log_likelihood == pytest.approx(3479.149, abs=5e-4)

    def test_two_classes_as_in_greenes_textbook(self) -> None:
        """Spector & Mazzeo (1980), Greene, Econometric Analysis: logit -13.0213, 2.8261, 0.0952, 2.3787, ln L
        -12.8896; the data stand in statsmodels."""
        spector = pytest.importorskip("statsmodels.datasets.spector").load_pandas()
        x = spector.exog[["GPA", "TUCE", "PSI"]].to_numpy()
        fit = ordinal_logit(spector.endog.to_numpy(), x)
        assert fit.coefficients.tolist() == pytest.approx([2.8261, 0.0952, 2.3787], abs=5e-5)
        assert fit.cut_points.tolist() == pytest.approx([13.0213], abs=6e-5)
        assert fit.standard_errors.tolist() == pytest.approx([1.2629, 0.1416, 1.0646, 4.9313], abs=6e-5)
        assert fit.log_likelihood == pytest.approx(-12.8896, abs=5e-5)
        model = propensity_scores(x, spector.endog.to_numpy())
        assert model.coefficients.tolist() == pytest.approx([-13.0213, 2.8261, 0.0952, 2.3787], abs=6e-5)


# R's swiss (Mosteller & Tukey 1977): fertility, agriculture, examination, education, Catholic, infant mortality.
SWISS = """80.2 17 15 12 9.96 22.2|83.1 45.1 6 9 84.84 22.2|92.5 39.7 5 5 93.4 20.2|85.8 36.5 12 7 33.77 20.3
76.9 43.5 17 15 5.16 20.6|76.1 35.3 9 7 90.57 26.6|83.8 70.2 16 7 92.85 23.6|92.4 67.8 14 8 97.16 24.9
82.4 53.3 12 7 97.67 21|82.9 45.2 16 13 91.38 24.4|87.1 64.5 14 6 98.61 24.5|64.1 62 21 12 8.52 16.5
66.9 67.5 14 7 2.27 19.1|68.9 60.7 19 12 4.43 22.7|61.7 69.3 22 5 2.82 18.7|68.3 72.6 18 2 24.2 21.2
71.7 34 17 8 3.3 20|55.7 19.4 26 28 12.11 20.2|54.3 15.2 31 20 2.15 10.8|65.1 73 19 9 2.84 20
65.5 59.8 22 10 5.23 18|65 55.1 14 3 4.52 22.4|56.6 50.9 22 12 15.14 16.7|57.4 54.1 20 6 4.2 15.3
72.5 71.2 12 1 2.4 21|74.2 58.1 14 8 5.23 23.8|72 63.5 6 3 2.56 18|60.5 60.8 16 10 7.72 16.3
58.3 26.8 25 19 18.46 20.9|65.4 49.5 15 8 6.1 22.5|75.5 85.9 3 2 99.71 15.1|69.3 84.9 7 6 99.68 19.8
77.3 89.7 5 2 100 18.3|70.5 78.2 12 6 98.96 19.4|79.4 64.9 7 3 98.22 20.2|65 75.9 9 9 99.06 17.8
92.2 84.6 3 3 99.46 16.3|79.3 63.1 13 13 96.83 18.1|70.4 38.4 26 12 5.62 20.3|65.7 7.7 29 11 13.79 20.5
72.7 16.7 22 13 11.22 18.9|64.4 17.6 35 32 16.92 23|77.6 37.6 15 7 4.97 20|67.6 18.7 25 7 8.65 19.5
35 1.2 37 53 42.34 18|44.7 46.6 16 29 50.43 18.2|42.8 27.7 22 29 58.33 19.3"""


class TestDrivers:
    def test_fertility_in_switzerland(self) -> None:
        """R relaimpo, calc.relimp(swiss, type = "lmg"), Groemping (2006): 0.0571, 0.1712, 0.2601, 0.1056, 0.1128;
        70.67 % explained; car::vif 2.284129, 3.675420, 2.774943, 1.937160, 1.107542."""
        rows = [[float(v) for v in row.split()] for row in SWISS.replace("\n", "|").split("|")]
        r = np.corrcoef(np.array(rows).T)
        found = shapley_r2(r[1:, 1:], r[1:, 0])
        assert found.r_squared == pytest.approx(0.7067, abs=5e-5)
        assert found.weights == pytest.approx((0.0571, 0.1712, 0.2601, 0.1056, 0.1128), abs=5e-5)
        vif = (2.284129, 3.675420, 2.774943, 1.937160, 1.107542)
        assert variance_inflation(r[1:, 1:]) == pytest.approx(vif, abs=5e-7)

    def test_longleys_columns(self) -> None:
        """R car::vif of Longley's (1967) regression: 135.53244, 1788.51348, 33.61889, 3.58893, 399.15102, 758.98060."""
        exog = pytest.importorskip("statsmodels.datasets.longley").load_pandas().exog
        vif = (135.53244, 1788.51348, 33.61889, 3.58893, 399.15102, 758.98060)
        assert variance_inflation(np.corrcoef(exog.to_numpy().T)) == pytest.approx(vif, abs=6e-6)


class TestWeights:
    def test_iterative_proportional_fitting(self) -> None:
        """Wikipedia, Iterative proportional fitting: the table after three sweeps, columns last."""
        counts = [[40, 30, 20, 10], [35, 50, 100, 75], [30, 80, 70, 120], [20, 30, 40, 50]]
        raked = rake(counts, [[150, 300, 400, 150], [200, 300, 400, 100]], max_iterations=3)
        expected = [
            [64.61, 46.28, 35.42, 3.83],
            [49.95, 68.15, 156.49, 25.37],
            [56.70, 144.40, 145.06, 53.76],
            [28.74, 41.18, 63.03, 17.03],
        ]
        assert raked.weighted == pytest.approx(np.array(expected), abs=0.006)
        assert not raked.converged

    @pytest.mark.parametrize(
        ("clusters", "error"),
        [(None, 0.30805864969055846), ([1, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 8], 0.2969602625633756)],
        ids=["alone", "clustered"],
    )
    def test_weighted_mean_and_its_linearised_error(self, clusters: list[int] | None, error: float) -> None:
        """Computed with samplics 0.6.1, TaylorEstimator (the formula of R survey's svymean)."""
        x, w = [1, 1, 0, -1, 1, -1, 0, 1, 1, -1, 0, 1], [1, 2, 1.5, 3, 1, 1, 2.5, 0.5, 1, 4, 1, 2]
        found = weighted_nps(x, w, clusters=clusters)
        assert found.estimate == pytest.approx(-100 / 41, abs=1e-9)
        assert found.standard_error == pytest.approx(100 * error, rel=1e-9)

    def test_das_guptas_ages_are_one_cross_classified_variable(self) -> None:
        """Das Gupta (1993), example 5.1, printed in the README of R package DasGuptR: 1.2269 and 1.7403."""
        ages = [12.9, 10.9, 9.5, 8.0, 7.8, 8.4, 8.6, 7.8, 7.0, 5.9, 4.7, 3.6, 4.9]
        later = [10.1, 11.2, 11.6, 10.9, 9.4, 7.7, 6.3, 6.0, 6.3, 5.9, 5.1, 4.0, 5.5]
        rates = [1.9, 25.8, 45.7, 49.6, 51.2, 51.6, 51.8, 54.9, 58.7, 60.4, 62.8, 66.6, 66.8]
        now = [2.2, 24.3, 45.8, 52.5, 56.1, 55.6, 56.0, 57.4, 57.2, 61.2, 63.9, 68.6, 72.2]
        found = cross_classified(ages, later, rates, now, names=["age"])
        assert found.effects == pytest.approx({"age": 1.2269, "rate": 1.7403}, abs=5e-5)


def test_students_sleep_with_one_variance() -> None:
    """Student (1908), R t.test(extra ~ group, sleep, var.equal = TRUE): t = -1.8608, df = 18, p-value = 0.07919."""
    one, two = (
        [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
        [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
    )
    found = panel_difference_in_differences([0] * 20, one + two, [1] * 10 + [0] * 10, equal_variances=True)
    assert found.t == pytest.approx(-1.8608, abs=5e-5)
    assert found.df == 18
    assert found.p_value == pytest.approx(0.07919, abs=5e-6)


# Callaway & Sant'Anna (2021), R did::mpdta: log teen employment of counties by the first year of a higher minimum
# wage, 2003 to 2007: n, means, lower triangle of the covariance between years (divisor n). To six decimals.
MPDTA = {
    2004: (
        20,
        [6.179697, 6.106564, 6.059452, 6.026704, 6.085388],
        "2.087168 2.116577 2.154884 2.173488 2.209408 2.276849 2.203956 2.241063 2.306952 2.343024 "
        "2.140493 2.172084 2.239579 2.271158 2.213115",
    ),
    2006: (
        40,
        [6.573994, 6.517884, 6.527941, 6.557435, 6.543041],
        "1.571571 1.554409 1.555184 1.580206 1.583318 1.623813 1.599314 1.602269 1.64008 1.663771 "
        "1.610141 1.612309 1.65201 1.672511 1.691134",
    ),
    2007: (
        131,
        [5.842906, 5.810783, 5.820866, 5.823866, 5.820048],
        "2.275581 2.279126 2.299736 2.273844 2.291069 2.307989 2.271917 2.290794 2.300851 2.318601 "
        "2.247806 2.267825 2.277807 2.288409 2.283311",
    ),
    float("inf"): (
        309,
        [5.65463, 5.592, 5.604808, 5.638896, 5.661133],
        "2.163469 2.196271 2.258654 2.205544 2.258475 2.281008 2.179212 2.234165 2.250948 2.260943 "
        "2.188896 2.244485 2.259968 2.257692 2.280967",
    ),
}


def test_minimum_wages_and_teen_employment() -> None:
    """R did, att_gt(lemp ~ 1) and aggte, vignette: simple -0.0400, group average -0.0310, dynamic average -0.0772,
    effects 0 to 3 years on -0.0199, -0.0510, -0.1373, -0.1008; analytical errors computed with moderndid 0.2.0 (boot =
    False): 0.0120, 0.0124, 0.0200 and 0.0118, 0.0169, 0.0364, 0.0344."""
    covariance = np.zeros((20, 20))
    for at, (n, _means, values) in enumerate(MPDTA.values()):
        block = np.zeros((5, 5))
        block[np.tril_indices(5)] = [float(value) for value in values.split()]
        covariance[5 * at : 5 * at + 5, 5 * at : 5 * at + 5] = (block + block.T - np.diag(np.diag(block))) / n
    means = [means for _n, means, _values in MPDTA.values()]
    sizes = [[n] * 5 for n, _means, _values in MPDTA.values()]
    found = group_time_att_from_means(range(2003, 2008), list(MPDTA), means, sizes, covariance, units=500)
    effects = [found.simple, found.group_overall, found.dynamic_overall, *(found.dynamic[e] for e in (0, 1, 2, 3))]
    estimates = [-0.0400, -0.0310, -0.0772, -0.0199, -0.0510, -0.1373, -0.1008]
    assert [effect.estimate for effect in effects] == pytest.approx(estimates, abs=6e-5)
    errors = [0.0120, 0.0124, 0.0200, 0.0118, 0.0169, 0.0364, 0.0344]
    assert [effect.standard_error for effect in effects] == pytest.approx(errors, abs=6e-5)


class TestLalonde:
    """MatchIt's lalonde with treat ~ age + educ + race + married + nodegree + re74 + re75, ATT."""

    NAMES = ("age", "educ", "black", "hispan", "white", "married", "nodegree", "re74", "re75")

    @pytest.fixture
    def data(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        folder = os.environ.get("NPSIGHT_DATA")
        if not folder:
            pytest.skip("NPSIGHT_DATA does not name the folder with the reference data")
        with (Path(folder) / "reference" / "lalonde_matchit.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        x = [[float(r[n]) if n in r else float(r["race"] == n) for n in self.NAMES] for r in rows]
        return np.array(x), np.array([float(r["treat"]) for r in rows]), np.array([float(r["re78"]) for r in rows])

    def test_matching_is_that_of_matchit(self, data: tuple[FloatArray, FloatArray, FloatArray]) -> None:
        """MatchIt vignette, summary(matchit(..., method = "nearest")): standardised mean differences of all and of
        matched rows, and the means of the matched controls."""
        x, t, _y = data
        scores = propensity_scores(x, t).scores
        before = standardised_differences(x, t, binary="std")
        printed = [-0.3094, 0.0550, 1.7615, -0.3498, -1.8819, -0.8263, 0.2450, -0.7211, -0.2903]
        assert before == pytest.approx(printed, abs=5e-5)
        assert standardised_differences(scores, t) == pytest.approx([1.7941], abs=5e-5)
        w = nearest_neighbours(scores, t, replacement=False).weights
        controls = np.average(x[t == 0], weights=w[t == 0], axis=0)
        expected = [25.3027, 10.6054, 0.4703, 0.2162, 0.3135, 0.2108, 0.6378, 2342.1076, 1614.7451]
        assert controls.tolist() == pytest.approx(expected, abs=5e-5)
        assert standardised_differences(scores, t, w) == pytest.approx([0.9739], abs=5e-5)

    def test_entropy_balancing_is_that_of_weightit(self, data: tuple[FloatArray, FloatArray, FloatArray]) -> None:
        """WeightIt vignette, method = "ebal": effective sample size of the controls 98.46, effect 1273."""
        x, t, y = data
        w = np.ones(len(t))
        w[t == 0] = entropy_balance(x[t == 0], x[t == 1].mean(axis=0)).weights
        assert effective_sample_size(w[t == 0]) == pytest.approx(98.46, abs=0.005)
        assert balanced_effect(y, t, x, w).estimate == pytest.approx(1273, abs=0.5)


TWO = [[0], [0], [1], [1]]
WORDS: dict[str, Callable[[], object]] = {
    "R's two.sample": lambda: power_t_test(n=20, delta=1, kind="two.sample"),  # type: ignore[arg-type]
    "R's two.sided": lambda: power_t_test(n=20, delta=1, alternative="two.sided"),  # type: ignore[arg-type]
    "R's two.sided shares": lambda: power_prop_test(n=9, p1=0.1, p2=0.5, alternative="two.sided"),  # type: ignore[arg-type]
    "WeightIt's ATT": lambda: balanced_effect([1, 2, 3, 4], [1, 0, 1, 0], TWO, [1] * 4, estimand="ATT"),  # type: ignore[arg-type]
    "ATT of matches": lambda: matched_effect_on([1, 2, 3, 4], [0, 0, 1, 1], [1, 0, 1, 0], estimand="ATT"),  # type: ignore[arg-type]
    "ATT of scores": lambda: propensity_weighted_effect(
        [1, 2, 3, 4, 5],
        [1, 0, 1, 0, 1],
        [0, 0, 1, 1, 1],
        propensity_scores([0, 0, 1, 1, 1], [1, 0, 1, 0, 1]),
        estimand="ATT",  # type: ignore[arg-type]
    ),
    "did's nevertreated": lambda: group_time_att([1, 2], [1, 2], [0, 2], control="nevertreated"),  # type: ignore[arg-type]
    "relaimpo's lmg": lambda: resample_weights([0, 1, 2], [[0], [1], [3]], [1, 2, 3], method="lmg"),  # type: ignore[arg-type]
    "HC0": lambda: difference_in_differences([1, 2, 3, 4, 5], [0, 0, 1, 1, 1], [0, 1, 0, 1, 1], errors="HC0"),  # type: ignore[arg-type]
    "another pre-test": lambda: detectable_slope([[1.0]], [-1], test="wald"),  # type: ignore[arg-type]
    "cobalt's s.d.denom": lambda: standardised_differences([[1], [2], [3]], [1, 0, 0], denominator="ATT"),  # type: ignore[arg-type]
    "another cap": lambda: trim_weights([1, 2], 2, relative_to="max"),  # type: ignore[arg-type]
    "another test": lambda: sample_ratio_test([5, 5], method="fisher"),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("call", WORDS.values(), ids=WORDS)
def test_words_of_other_programs_are_refused_and_not_taken_for_something_else(call: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="must be one of"):
        call()
