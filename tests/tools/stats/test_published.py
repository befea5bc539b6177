"""Published values of tests, intervals, agreement and power, as printed by textbooks and R's help pages.

Every case names its source; the tolerance is half a unit of the last printed digit unless a reason for another one
stands beside it. Values that stand in other files of this folder are not repeated.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from tools.stats.agreement import cohen_kappa, gwet_ac1, krippendorff_alpha
from tools.stats.correlation import correlation
from tools.stats.distributions import row_mean_test, same_distribution
from tools.stats.experiments import sample_ratio_test
from tools.stats.heterogeneity import cochran_q
from tools.stats.nonresponse import rate_against_rest
from tools.stats.power_tests import power_prop_test, power_t_test
from tools.stats.proportions import (
    adjusted_wald_proportion,
    equal_proportions,
    newcombe_difference,
    wilson_interval,
)
from tools.stats.sensitivity import rosenbaum_bound
from tools.stats.strata import cmh_test, mantel_haenszel

UNIROOT = 1.3e-4
"""R's power functions search with a tolerance of eps^0.25 = 1.2e-4."""

# Colditz et al. (1994), BCG vaccine against tuberculosis, R's metafor::dat.bcg: 13 trials,
# [[vaccinated with, without tuberculosis], [controls with, without]].
BCG = np.array(
    [
        [[4, 119], [11, 128]],
        [[6, 300], [29, 274]],
        [[3, 228], [11, 209]],
        [[62, 13536], [248, 12619]],
        [[33, 5036], [47, 5761]],
        [[180, 1361], [372, 1079]],
        [[8, 2537], [10, 619]],
        [[505, 87886], [499, 87892]],
        [[29, 7470], [45, 7232]],
        [[17, 1699], [65, 1600]],
        [[186, 50448], [141, 27197]],
        [[5, 2493], [3, 2338]],
        [[27, 16886], [29, 17825]],
    ],
    dtype=float,
)
# Morton et al. (1982), lead in the blood of 33 children of exposed workers minus that of their controls; Rosenbaum
# (2002), Observational Studies, 2nd ed., table 3.1.
LEAD = [22, 5, 23, -6, 18, 25, 13, 47, 15, 16, 6, 1, 2, 7, 0, 4, -9, -3, 36, 25, 1, 16, 42, 30, 25, 23, 32, 17, 9, -3]
LEAD += [60, 14, 14]


class TestShares:
    @pytest.mark.parametrize(
        ("x", "n", "low", "high", "tolerance"),
        [
            pytest.param(9, 10, 0.596, 0.982, 5e-4, id="Agresti (2007) Introduction to CDA, section 1.4.2"),
            pytest.param(0, 25, 0.0, 0.133, 5e-4, id="Agresti (2002) CDA 1.4.3, no vegetarian among 25"),
            pytest.param(15, 25, 0.4074, 0.7660, 5e-5, id="R prop.test(15, 25, correct = FALSE)"),
        ],
    )
    def test_score_intervals(self, x: int, n: int, low: float, high: float, tolerance: float) -> None:
        interval = wilson_interval(x, n)
        assert (interval.low, interval.high) == pytest.approx((low, high), abs=tolerance)

    def test_agresti_coull_beyond_zero_is_clipped(self) -> None:
        """R binom.confint(0, 5, methods = "agresti-coull") prints -0.05457239, 0.4890549; no share is negative."""
        interval = adjusted_wald_proportion(0, 5)
        assert interval.low == 0.0
        assert interval.high == pytest.approx(0.4890549, abs=5e-8)

    @pytest.mark.parametrize("counts", [(15, 148, 4, 90), (0, 30, 3, 40), (40, 40, 38, 50)])
    def test_newcombes_difference_is_that_of_statsmodels(self, counts: tuple[int, int, int, int]) -> None:
        proportion = pytest.importorskip("statsmodels.stats.proportion")
        interval = newcombe_difference(*counts)
        expected = proportion.confint_proportions_2indep(*counts, method="newcomb")
        assert (interval.low, interval.high) == pytest.approx(expected, abs=1e-12)

    def test_aspirin_and_heart_attacks(self) -> None:
        """Physicians' Health Study, Agresti (2002) CDA table 2.1 and 3.1: X2 = 25.01, df 1."""
        test = equal_proportions([189, 104], [11034, 11037])
        assert test.chi2 == pytest.approx(25.01, abs=0.005)
        assert test.df == 1

    def test_a_group_of_four_cups_gets_fishers_exact_test(self) -> None:
        """R ?fisher.test, TeaTasting: two-sided p = 0.4857."""
        assert rate_against_rest(3, 4, 4, 8).p_value == pytest.approx(0.4857, abs=5e-5)


class TestTables:
    def test_gender_and_party(self) -> None:
        """R ?chisq.test, after Agresti (2007) table 2.5: X-squared = 30.07, df = 2, p-value = 2.954e-07."""
        test = same_distribution([[762, 327, 468], [484, 239, 477]])
        assert test.chi2 == pytest.approx(30.07, abs=0.005)
        assert test.df == 2
        assert test.p_value == pytest.approx(2.954e-07, abs=5e-11)

    def test_mean_scores_of_alcohol_and_malformation(self) -> None:
        """Agresti (2002) CDA 3.4.5, M2 = (n - 1) r2 = 6.57, p = 0.010; with two rows this is the row mean test."""
        table = [[17066, 14464, 788, 126, 37], [48, 38, 5, 1, 1]]
        test = row_mean_test(table, [0, 0.5, 1.5, 4, 7])
        assert test.chi2 == pytest.approx(6.57, abs=0.005)
        assert test.df == 1
        assert test.p_value == pytest.approx(0.010, abs=5e-4)

    @pytest.mark.parametrize(
        ("counts", "shares", "chi2", "p"),
        [
            pytest.param([89, 37, 30, 28, 2], [40, 20, 20, 15, 5], 9.9901, 0.04059, id="R ?chisq.test, rescale.p"),
            pytest.param([20, 15, 25], None, 2.5, 0.2865, id="R ?chisq.test, x <- c(A = 20, B = 15, C = 25)"),
        ],
    )
    def test_goodness_of_fit(self, counts: list[int], shares: list[float] | None, chi2: float, p: float) -> None:
        test = sample_ratio_test(counts, shares)
        assert test.chi2 == pytest.approx(chi2, abs=5e-5)
        assert test.p_value == pytest.approx(p, abs=5e-5)

    def test_exact_binomial(self) -> None:
        """R ?binom.test, Conover (1971) p. 97: 682 of 925 giant plants where 3/4 are expected, p-value = 0.3825."""
        test = sample_ratio_test([682, 243], [3, 1], method="exact")
        assert test.p_value == pytest.approx(0.3825, abs=5e-5)

    def test_heterogeneity_of_the_bcg_trials(self) -> None:
        """R metafor, rma(measure = "RR", data = dat.bcg): Q(df = 12) = 152.2330."""
        n = BCG.sum(axis=2)
        y = np.log(BCG[:, 0, 0] / n[:, 0] / (BCG[:, 1, 0] / n[:, 1]))
        variance = 1 / BCG[:, 0, 0] - 1 / n[:, 0] + 1 / BCG[:, 1, 0] - 1 / n[:, 1]
        test = cochran_q(y, np.sqrt(variance))
        assert test.chi2 == pytest.approx(152.2330, abs=5e-5)
        assert test.df == 12
        assert test.p_value < 1e-4


EIGHT_CENTRES = [
    [[11, 25], [10, 27]],
    [[16, 4], [22, 10]],
    [[14, 5], [7, 12]],
    [[2, 14], [1, 16]],
    [[6, 11], [0, 12]],
    [[1, 10], [0, 10]],
    [[1, 4], [1, 8]],
    [[4, 2], [6, 1]],
]
CHINESE_SMOKING = [
    [[126, 100], [35, 61]],
    [[908, 688], [497, 807]],
    [[913, 747], [336, 598]],
    [[235, 172], [58, 121]],
    [[402, 308], [121, 215]],
    [[182, 156], [72, 98]],
    [[60, 99], [11, 43]],
    [[104, 89], [21, 36]],
]
# R's ?mantelhaen.test, Agresti (1990) p. 234: penicillin at once or after 1.5 hours, rabbits cured and died, by dose.
RABBITS = [[[0, 6], [0, 5]], [[3, 3], [0, 6]], [[6, 0], [2, 4]], [[5, 1], [6, 0]], [[2, 0], [5, 0]]]


class TestStrata:
    def test_a_clinical_trial_in_eight_centres(self) -> None:
        """Agresti (2002) CDA table 6.9: CMH = 6.38, p = 0.012; common odds ratio 2.13, 95 % interval 1.18 to 3.87."""
        test, ratio = cmh_test(EIGHT_CENTRES, correction=False), mantel_haenszel(EIGHT_CENTRES)
        assert test.chi2 == pytest.approx(6.38, abs=0.005)
        assert test.p_value == pytest.approx(0.012, abs=5e-4)
        assert (ratio.estimate, ratio.low, ratio.high) == pytest.approx((2.13, 1.18, 3.87), abs=0.005)

    def test_smoking_and_lung_cancer_in_eight_cities(self) -> None:
        """Liu (1992), Agresti (1996) table 3.3: CMH = 280.1, common odds ratio 2.17 with interval 1.98 to 2.38."""
        test, ratio = cmh_test(CHINESE_SMOKING, correction=False), mantel_haenszel(CHINESE_SMOKING)
        assert test.chi2 == pytest.approx(280.1, abs=0.05)
        assert (ratio.estimate, ratio.low, ratio.high) == pytest.approx((2.17, 1.98, 2.38), abs=0.005)

    def test_rabbits_of_which_a_stratum_does_not_vary(self) -> None:
        """R: McNemar X-squared = 3.9286, p-value = 0.04747; common odds ratio 7, 1.026713 to 47.725133."""
        test, ratio = cmh_test(RABBITS), mantel_haenszel(RABBITS)
        assert test.chi2 == pytest.approx(3.9286, abs=5e-5)
        assert test.p_value == pytest.approx(0.04747, abs=5e-6)
        assert (ratio.estimate, ratio.low, ratio.high) == pytest.approx((7, 1.026713, 47.725133), abs=5e-7)

    def test_bcg_trials_together(self) -> None:
        """R metafor, rma.mh(measure = "OR", data = dat.bcg): log odds ratio -0.4734, se 0.0410, -0.5538 to -0.3930."""
        ratio = mantel_haenszel(BCG)
        found = [math.log(value) for value in (ratio.estimate, ratio.low, ratio.high)]
        assert [*found, ratio.standard_error_log] == pytest.approx([-0.4734, -0.5538, -0.3930, 0.0410], abs=5e-5)


class TestSensitivity:
    @pytest.mark.parametrize(("gamma", "p"), [(2, 0.0018), (3, 0.0136), (4, 0.0388), (4.25, 0.0468), (5, 0.0740)])
    def test_lead_in_childrens_blood(self, gamma: float, p: float) -> None:
        """Rosenbaum (2002), table 4.2, upper bounds; one pair does not differ and keeps rank 1 without counting."""
        assert rosenbaum_bound(LEAD, gamma) == pytest.approx(p, abs=5e-5)

    def test_lead_without_bias(self) -> None:
        """The same table: below 0.0001."""
        assert rosenbaum_bound(LEAD, 1) < 0.0001


class TestAgreement:
    @pytest.mark.parametrize(
        ("table", "weights", "estimate", "error", "tolerance"),
        [
            pytest.param(
                [[22, 2, 2, 0], [5, 7, 14, 0], [0, 2, 36, 0], [0, 1, 17, 10]],
                "none",
                0.493,
                0.057,
                5e-4,
                id="Agresti (2002) CDA table 10.8, two pathologists",
            ),
            pytest.param(
                [[24, 8, 13], [8, 13, 11], [10, 9, 64]],
                "none",
                0.389,
                0.060,
                5e-4,
                id="Agresti & Winner (1997), Siskel and Ebert",
            ),
            pytest.param(
                [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]],
                "none",
                0.1293,
                0.0686,
                5e-5,
                id="R vcd ?Kappa, SexualFun",
            ),
            pytest.param(
                [[7, 7, 2, 3], [2, 8, 3, 7], [1, 5, 4, 9], [2, 8, 9, 14]],
                "linear",
                0.2374,
                0.0783,
                5e-5,
                id="R vcd ?Kappa, SexualFun, equal-spacing weights",
            ),
            pytest.param(
                [[13, 0, 0], [0, 20, 7], [0, 4, 56]],
                "none",
                0.7964094,
                0.05891072,
                5e-8,
                id="R irrCAC kappa2.table(cont3x3abstractors)",
            ),
        ],
    )
    def test_kappa(self, table: list[list[int]], weights: str, estimate: float, error: float, tolerance: float) -> None:
        kappa = cohen_kappa(table, weights=weights)  # type: ignore[arg-type]
        assert (kappa.estimate, kappa.standard_error) == pytest.approx((estimate, error), abs=tolerance)

    @pytest.mark.parametrize(
        ("table", "estimate"),
        [([[20, 5], [10, 15]], 0.4), ([[45, 15], [25, 15]], 0.1304), ([[25, 35], [5, 35]], 0.2593)],
    )
    def test_kappa_of_the_encyclopaedias_examples(self, table: list[list[int]], estimate: float) -> None:
        """Wikipedia, Cohen's kappa."""
        assert cohen_kappa(table).estimate == pytest.approx(estimate, abs=5e-5)

    def test_ac1_of_two_abstractors(self) -> None:
        """R irrCAC gwet.ac1.table(cont3x3abstractors): 0.8493305, se 0.04321747, which divides by n; the standard
        error of single ratings (gwet.ac1.raw, here) divides by n - 1, n = 100."""
        table = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
        unit = np.eye(3, dtype=int)
        ratings = [(unit[i] + unit[j]).tolist() for i in range(3) for j in range(3) for _ in range(table[i][j])]
        found = gwet_ac1(ratings)
        assert found.estimate == pytest.approx(0.8493305, abs=5e-8)
        assert found.standard_error == pytest.approx(0.04321747 * math.sqrt(100 / 99), abs=6e-8)

    @pytest.mark.parametrize(
        ("level", "alpha"),
        [
            ("nominal", 0.532640949554896),
            ("ordinal", 0.5860350696530221),
            ("interval", 0.5924050632911392),
            ("ratio", 0.5846160539360155),
        ],
    )
    def test_alpha_of_another_library(self, level: str, alpha: float) -> None:
        """Computed with the Python package krippendorff 0.9.0."""
        one = [4, 3, 3, 4, 3, 4, 4, 1, 1, 2, 2, 4, 4, 1, 2]
        two = [4, 3, 3, 4, 2, 4, 4, 1, 1, 2, 2, 4, 4, 1, 2]
        three = [3, 3, 3, None, 4, 4, 3, 3, 2, None, 2, 1, 4, 1, 4]
        found = krippendorff_alpha([one, two, three], level=level, resamples=0)  # type: ignore[arg-type]
        assert found.estimate == pytest.approx(alpha, abs=1e-12)


def test_speed_and_stopping_distance() -> None:
    """R cor.test(cars$speed, cars$dist): 0.8068949, 95 percent confidence interval 0.6816422 to 0.8862036."""
    speed = [4, 4, 7, 7, 8, 9, 10, 10, 10, 11, 11, 12, 12, 12, 12, 13, 13, 13, 13, 14, 14, 14, 14, 15, 15, 15, 16, 16]
    speed += [17, 17, 17, 18, 18, 18, 18, 19, 19, 19, 20, 20, 20, 20, 20, 22, 23, 24, 24, 24, 24, 25]
    way = [2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80, 20, 26, 54, 32, 40]
    way += [32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54, 70, 92, 93, 120, 85]
    found = correlation(speed, way)
    assert (found.estimate, found.low, found.high) == pytest.approx((0.8068949, 0.6816422, 0.8862036), abs=5e-8)


class TestPower:
    def test_two_means(self) -> None:
        """Cohen (1988) and R pwr.t.test(d = 0.5, power = 0.8): n = 63.76561; G*Power 3 rounds 0.95 up to 105."""
        assert power_t_test(delta=0.5, power=0.8).n == pytest.approx(63.76561, abs=2e-4)  # printed by uniroot
        assert math.ceil(power_t_test(delta=0.5, power=0.95).n) == 105

    def test_pairs(self) -> None:
        """R pwr.t.test(d = 0.5, power = 0.8, type = "paired"): n = 33.36713."""
        assert power_t_test(delta=0.5, power=0.8, kind="paired").n == pytest.approx(33.36713, abs=UNIROOT)

    def test_one_sample_with_both_tails(self) -> None:
        """R ?pwr.t.test, Cohen's example: d = 0.2, n = 60, sig.level = 0.10, one sample: power = 0.4555818."""
        found = power_t_test(n=60, delta=0.2, alpha=0.1, kind="one-sample", strict=True)
        assert found.power == pytest.approx(0.4555818, abs=5e-8)

    def test_the_other_share(self) -> None:
        """R ?power.prop.test: n = 50, p1 = 0.5, power = 0.9 gives p2 = 0.8026; p1 is looked for below p2."""
        assert power_prop_test(n=50, p1=0.5, power=0.9).p2 == pytest.approx(0.8026, abs=UNIROOT)
        below = power_prop_test(n=50, p2=0.75, power=0.9)
        assert below.p1 < 0.75
        assert power_prop_test(n=50, p1=below.p1, p2=0.75).power == pytest.approx(0.9, abs=1e-9)

    def test_very_many(self) -> None:
        """R ?power.prop.test: p1 = 0.5, p2 = 0.501, sig.level = 0.001, power = 0.9: n = 10451937."""
        assert power_prop_test(p1=0.5, p2=0.501, alpha=0.001, power=0.9).n == pytest.approx(10451937, abs=0.5)

    def test_powers_that_equal_groups_have_are_refused(self) -> None:
        with pytest.raises(ValueError, match=r"power must lie above 0\.025"):
            power_t_test(n=20, power=0.01)
        with pytest.raises(ValueError, match=r"power must lie above 0\.05"):
            power_prop_test(n=20, p1=0.5, power=0.05, alternative="one-sided")
