"""Mantel-Haenszel and the CMH test: R's printed values, and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.strata import cmh_test, mantel_haenszel

BERKELEY = "R ?mantelhaen.test(UCBAdmissions), printed in stats-Ex.Rout.save; Bickel et al. (1975)"
MEN = [[512, 313], [353, 207], [120, 205], [138, 279], [53, 138], [22, 351]]
WOMEN = [[89, 19], [17, 8], [202, 391], [131, 244], [94, 299], [24, 317]]
TABLES = [[men, women] for men, women in zip(MEN, WOMEN, strict=True)]


def test_berkeley_admissions_have_the_values_that_r_prints() -> None:
    found = mantel_haenszel(TABLES)
    assert found.estimate == pytest.approx(0.9046968, abs=5e-8), BERKELEY
    assert (found.low, found.high) == pytest.approx((0.7719074, 1.0603298), abs=5e-8)
    test = cmh_test(TABLES)
    assert test.chi2 == pytest.approx(1.4269, abs=5e-5)
    assert test.p_value == pytest.approx(0.2323, abs=5e-5)
    assert test.df == 1


def test_the_crude_odds_ratio_points_the_other_way() -> None:
    """44.5 % of the men and 30.4 % of the women were admitted: the reversal that strata explain."""
    crude = mantel_haenszel(np.sum(TABLES, axis=0))
    assert crude.low > 1
    assert mantel_haenszel(TABLES).low < 1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_both_are_those_of_statsmodels(seed: int, strata: int) -> None:
    tables = pytest.importorskip("statsmodels.stats.contingency_tables")
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 60, (strata, 2, 2)).astype(float)
    expected = tables.StratifiedTable(list(counts))
    found = mantel_haenszel(counts, confidence=0.9)
    assert found.estimate == pytest.approx(expected.oddsratio_pooled)
    assert (found.low, found.high) == pytest.approx(expected.oddsratio_pooled_confint(0.1))
    plain = expected.test_null_odds(correction=False)
    assert cmh_test(counts, correction=False).chi2 == pytest.approx(plain.statistic, abs=1e-9)


def test_the_correction_never_turns_the_sign() -> None:
    assert cmh_test([[[10, 10], [10, 10]], [[5, 5], [5, 6]]]).chi2 == 0


def test_strata_of_one_answer_say_nothing() -> None:
    assert cmh_test([*TABLES, [[1, 0], [0, 0]]]) == cmh_test(TABLES)


@pytest.mark.parametrize(
    "tables", [[[1, 2, 3], [4, 5, 6]], [[[1, 2], [3, -4]]], [[[0, 0], [0, 0]]], [[[5, 0], [0, 0]]], [[[5, 0], [0, 5]]]]
)
def test_tables_without_an_odds_ratio_are_refused(tables: list[object]) -> None:
    with pytest.raises(ValueError):
        mantel_haenszel(tables)  # type: ignore[arg-type]


def test_strata_that_do_not_vary_are_refused() -> None:
    with pytest.raises(ValueError, match="No stratum"):
        cmh_test([[[5, 3], [0, 0]], [[5, 0], [4, 0]]])
