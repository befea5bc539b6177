"""Agreement of coders against SAS, R (irr, irrCAC), Krippendorff's own examples and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tools.stats.agreement import cohen_kappa, fleiss_kappa, gwet_ac1, krippendorff_alpha, precision_recall
from tools.stats.proportions import wilson_interval

SAS = [[0, 4, 1], [0, 8, 0], [0, 1, 5]]
"""The table of the SAS output quoted in statsmodels' test_inter_rater.py."""

# Fleiss (1971), table 1: 30 patients, 6 psychiatrists each, five diagnoses (data frame `diagnoses` of R's irr).
DIAGNOSES = [
    "444444", "222555", "233335", "555555", "222444", "113333", "333355", "113334", "114444", "555555",
    "144444", "124444", "222333", "144444", "224445", "333335", "111455", "111112", "224444", "133555",
    "555555", "244444", "224555", "114444", "144445", "222224", "111155", "224444", "133333", "555555",
]  # fmt: skip
FLEISS = [[row.count(str(k)) for k in range(1, 6)] for row in DIAGNOSES]

# Krippendorff (2011), Computing Krippendorff's alpha-reliability, example C: four observers, twelve units.
OBSERVERS: list[list[int | None]] = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
]
# R's irr, data frame anxiety, raters 2 and 3 (as statsmodels quotes it); category 5 of 6 is used by neither.
SECOND = [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4]
THIRD = [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2]


def cross_table(first: list[int], second: list[int], values: list[int]) -> list[list[int]]:
    pairs = list(zip(first, second, strict=True))
    return [[pairs.count((a, b)) for b in values] for a in values]


class TestCohenKappa:
    def test_matches_sas(self) -> None:
        found = cohen_kappa(SAS)  # printed to 4 places
        assert found.estimate == pytest.approx(0.4842, abs=5e-5)
        assert found.standard_error == pytest.approx(0.1380, abs=5e-5)
        assert (found.low, found.high) == pytest.approx((0.2137, 0.7547), abs=5e-5)
        assert found.z == pytest.approx(3.2626, abs=5e-5)
        assert found.p_value == pytest.approx(0.0011, abs=5e-5)

    def test_matches_sas_with_linear_weights(self) -> None:
        found = cohen_kappa(SAS, weights="linear")
        assert found.estimate == pytest.approx(0.4701, abs=5e-5)
        assert found.standard_error == pytest.approx(0.1457, abs=5e-5)
        assert (found.low, found.high) == pytest.approx((0.1845, 0.7558), abs=5e-5)
        assert found.z == pytest.approx(3.2971, abs=5e-5)

    @pytest.mark.parametrize(
        ("weights", "kappa", "z"),
        [("none", -0.006289308, -0.0604067), ("linear", 0.1459075, 1.282472), ("quadratic", 0.2520325, 1.437451)],
    )
    def test_matches_irr(self, weights: str, kappa: float, z: float) -> None:
        table = cross_table(SECOND, THIRD, [1, 2, 3, 4, 6])  # irr leaves out what nobody used
        found = cohen_kappa(table, weights=weights)  # type: ignore[arg-type]
        assert found.estimate == pytest.approx(kappa, abs=1e-6)
        assert found.z == pytest.approx(z, abs=1e-5)

    @pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
    def test_matches_statsmodels_on_random_tables(self, weights: str) -> None:
        inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
        draw = np.random.default_rng(3)
        for k in (2, 3, 5):
            table = draw.integers(0, 9, (k, k)) + np.diag(draw.integers(1, 9, k))
            theirs = inter_rater.cohens_kappa(table, wt=None if weights == "none" else weights)
            ours = cohen_kappa(table, weights=weights, confidence=0.95)  # type: ignore[arg-type]
            assert ours.estimate == pytest.approx(theirs.kappa)
            assert ours.standard_error == pytest.approx(theirs.std_kappa)
            assert ours.z == pytest.approx(theirs.z_value)

    @given(st.lists(st.integers(0, 20), min_size=9, max_size=9))
    def test_raters_may_change_places(self, counts: list[int]) -> None:
        table = np.array(counts).reshape(3, 3)
        assume(len(np.flatnonzero(table.sum(axis=0) + table.sum(axis=1))) > 1)
        one, other = cohen_kappa(table), cohen_kappa(table.T)
        assert one.estimate == pytest.approx(other.estimate)
        assert one.standard_error == pytest.approx(other.standard_error)
        assert -1 <= one.low <= one.estimate <= one.high <= 1

    def test_a_prevailing_category_gives_a_kappa_near_zero_although_nearly_all_agree(self) -> None:
        assert cohen_kappa([[118, 5], [2, 0]]).estimate == pytest.approx(-0.0234, abs=5e-5)  # Gwet (2008)

    @pytest.mark.parametrize(
        "table", [[[5, 0], [0, 0]], [[1, 2, 3], [1, 2, 3]], [[0, 0], [0, 0]], [[1, -1], [2, 3]], [[4]]]
    )
    def test_refuses_tables_without_a_kappa(self, table: list[list[int]]) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            cohen_kappa(table)


class TestFleissKappa:
    def test_matches_fleiss_and_irr(self) -> None:
        found = fleiss_kappa(FLEISS)
        assert found.estimate == pytest.approx(0.4302445, abs=5e-8)  # irr, kappam.fleiss(diagnoses); 0.430 in the paper
        assert found.z == pytest.approx(17.65183, abs=5e-6)
        assert found.categories == pytest.approx((0.245, 0.245, 0.520, 0.471, 0.566), abs=5e-4)

    def test_two_ratings_that_always_agree_are_perfect(self) -> None:
        found = fleiss_kappa([[2, 0], [0, 2], [2, 0]])
        assert found.estimate == 1.0

    def test_matches_statsmodels(self) -> None:
        inter_rater = pytest.importorskip("statsmodels.stats.inter_rater")
        counts = np.random.default_rng(5).multinomial(4, [0.5, 0.3, 0.2], size=25)
        assert fleiss_kappa(counts).estimate == pytest.approx(inter_rater.fleiss_kappa(counts))

    def test_refuses_unequal_numbers_of_ratings(self) -> None:
        with pytest.raises(ValueError, match="krippendorff_alpha"):
            fleiss_kappa([[2, 0], [1, 2]])


class TestGwetAc1:
    def test_matches_irrcac(self) -> None:
        counts = [[sum(v == k for v in unit) for k in range(1, 6)] for unit in zip(*OBSERVERS, strict=True)]
        found = gwet_ac1(counts)  # irrCAC, gwet.ac1.raw(cac.raw4raters): 0.77544, se 0.14295, (0.461, 1), p 0.000208721
        assert found.observed == pytest.approx(0.8181818, abs=5e-8)
        assert found.expected == pytest.approx(0.1903212, abs=5e-8)
        assert found.estimate == pytest.approx(0.77544, abs=5e-6)
        assert found.standard_error == pytest.approx(0.14295, abs=5e-6)
        assert (found.low, found.high) == pytest.approx((0.461, 1.0), abs=5e-4)
        assert found.p_value == pytest.approx(0.000208721, rel=1e-4)

    def test_does_not_collapse_where_one_category_prevails(self) -> None:
        assert gwet_ac1([[2, 0]] * 118 + [[1, 1]] * 7).estimate == pytest.approx(0.9408, abs=5e-5)  # Gwet (2008)


class TestKrippendorffAlpha:
    @pytest.mark.parametrize(
        ("level", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849), ("ratio", 0.797)]
    )
    def test_matches_krippendorffs_example_with_gaps(self, level: str, alpha: float) -> None:
        found = krippendorff_alpha(OBSERVERS, level=level, resamples=0)  # type: ignore[arg-type]
        assert found.estimate == pytest.approx(alpha, abs=5e-4)
        assert (found.units, found.values) == (11, 40)

    def test_matches_krippendorffs_binary_example(self) -> None:
        one, other = [0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]
        assert krippendorff_alpha([one, other]).estimate == pytest.approx(0.095, abs=5e-4)

    def test_matches_krippendorffs_nominal_example_in_letters(self) -> None:
        found = krippendorff_alpha(["aabbdcccedda", "babbbccceddd"], resamples=0)
        assert found.estimate == pytest.approx(0.692, abs=5e-4)

    def test_the_interval_is_the_same_every_time_and_holds_the_estimate(self) -> None:
        one, other = krippendorff_alpha(OBSERVERS), krippendorff_alpha(OBSERVERS)
        assert one == other
        assert one.low is not None and one.high is not None
        assert one.low < one.estimate < one.high

    @given(st.permutations(range(4)))
    def test_the_order_of_the_raters_does_not_matter(self, order: list[int]) -> None:
        found = krippendorff_alpha([OBSERVERS[at] for at in order], level="interval", resamples=0)
        assert found.estimate == pytest.approx(krippendorff_alpha(OBSERVERS, level="interval", resamples=0).estimate)

    def test_missing_values_may_be_nan(self) -> None:
        gaps = [[math.nan if v is None else float(v) for v in row] for row in OBSERVERS]
        assert krippendorff_alpha(gaps, resamples=0).estimate == pytest.approx(0.743, abs=5e-4)

    @pytest.mark.parametrize(
        ("ratings", "level"),
        [
            ([[1, 2], [1]], "nominal"),
            ([[1, None], [None, 1]], "nominal"),
            ([[1, 1], [1, 1]], "nominal"),
            ([["a"], ["b"]], "interval"),
        ],
    )
    def test_refuses_what_has_no_alpha(self, ratings: list[list[object]], level: str) -> None:
        with pytest.raises(ValueError, match=r"\w"):
            krippendorff_alpha(ratings, level=level)  # type: ignore[arg-type]


class TestPrecisionRecall:
    def test_by_hand(self) -> None:
        found = precision_recall(40, 10, 20)
        assert found.precision is not None and found.recall is not None
        assert found.precision.estimate == 40 / 50
        assert found.recall.estimate == 40 / 60
        assert found.f1.estimate == pytest.approx(2 * 0.8 * (2 / 3) / (0.8 + 2 / 3))
        star = wilson_interval(40, 70)  # Hand, Christen & Kirielle (2021): F1 = 2 F*/(1 + F*)
        assert found.f1.low == pytest.approx(2 * star.low / (1 + star.low))

    def test_what_was_never_given_has_no_precision(self) -> None:
        found = precision_recall(0, 0, 7)
        assert found.precision is None
        assert found.recall is not None and found.recall.estimate == 0
        assert found.f1.estimate == 0

    @given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
    def test_f1_lies_between_precision_and_recall_and_in_its_interval(self, hits: int, false: int, missed: int) -> None:
        assume(hits + false and hits + missed)
        found = precision_recall(hits, false, missed)
        assert found.precision is not None and found.recall is not None
        low, high = sorted((found.precision.estimate, found.recall.estimate))
        assert low - 1e-12 <= found.f1.estimate <= high + 1e-12
        assert 0 <= found.f1.low <= found.f1.estimate <= found.f1.high <= 1

    def test_refuses_nothing_and_negative_counts(self) -> None:
        for counts in ((0, 0, 0), (-1, 2, 3)):
            with pytest.raises(ValueError, match="counts"):
                precision_recall(*counts)
