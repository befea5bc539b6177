"""E-values and Rosenbaum bounds: published examples, and what follows from their definitions."""

from __future__ import annotations

import math
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.sensitivity import e_value, e_value_for_difference, rosenbaum_bound

VANDERWEELE = "VanderWeele & Ding (2017), Annals of Internal Medicine 167, 268-274"


@pytest.mark.parametrize(
    ("ratio", "low", "high", "estimate", "limit"),
    [
        (3.9, 1.8, 8.7, 7.26, 3.0),
        (0.80, 0.71, 0.91, 1.81, 1.43),  # their second example, breastfeeding and ovarian cancer: 1.81 and 1.43
    ],
)
def test_e_values_are_the_published_ones(ratio: float, low: float, high: float, estimate: float, limit: float) -> None:
    found = e_value(ratio, low, high)
    assert found.estimate == pytest.approx(estimate, abs=0.005), VANDERWEELE
    assert found.limit == pytest.approx(limit, abs=0.005)


def test_an_interval_that_holds_1_needs_nothing_to_explain_it() -> None:
    assert e_value(1.2, 0.9, 1.6).limit == 1.0
    assert e_value(1.0).estimate == 1.0
    assert e_value(1.5).limit is None


@given(st.floats(0.01, 100))
def test_a_ratio_and_its_reciprocal_have_one_e_value_that_solves_the_bound(ratio: float) -> None:
    """The bias factor E·E/(2E − 1) of two associations of size E is the ratio itself."""
    e = e_value(ratio).estimate
    assert e_value(1 / ratio).estimate == pytest.approx(e)
    assert e * e / (2 * e - 1) == pytest.approx(max(ratio, 1 / ratio))


@pytest.mark.parametrize("bad", [0.0, -1.0, math.inf, math.nan])
def test_impossible_ratios_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="risk ratio"):
        e_value(bad)
    with pytest.raises(ValueError):
        e_value(2.0, 1.0)
    with pytest.raises(ValueError, match="does not hold"):
        e_value(2.0, 2.5, 3.0)


def test_a_standardised_difference_becomes_a_risk_ratio() -> None:
    """By hand, -0.42 with SE 0.14 (the example of R's EValue, evalues.MD): RR exp(-0.3822), limits ∓ 1.78 SE."""
    found = e_value_for_difference(-0.42, 0.14)
    ratio, high = math.exp(0.91 * 0.42), math.exp(0.91 * 0.42 - 1.78 * 0.14)
    assert found.risk_ratio == pytest.approx(1 / ratio)
    assert found.estimate == pytest.approx(ratio + math.sqrt(ratio * (ratio - 1)))
    assert found.limit == pytest.approx(high + math.sqrt(high * (high - 1)))


@pytest.mark.parametrize("gamma", [1.0, 1.5, 3.0])
def test_the_bound_is_near_the_exact_tail_by_enumeration(gamma: float) -> None:
    """All 2^12 ways in which the signs can fall, each positive with odds gamma; half of the value itself counts."""
    gaps = [1, 2, 3, -4, 5, 6, 7, -8, 9, 10, 11, 12]
    observed, share = sum(g for g in gaps if g > 0), gamma / (1 + gamma)
    exact = 0.0
    for signs in product((0, 1), repeat=12):
        total = sum(rank for rank, up in zip(range(1, 13), signs, strict=True) if up)
        if total >= observed:
            exact += share ** sum(signs) * (1 - share) ** (12 - sum(signs)) * (0.5 if total == observed else 1.0)
    assert rosenbaum_bound(gaps, gamma) == pytest.approx(exact, abs=0.03)


def test_tied_differences_share_their_ranks_and_zeros_keep_theirs_without_counting() -> None:
    """Ranks 1 (the zero), 2.5, 2.5, 4; T = 6.5, λ Σ q = 4.5 without the zero, var = 28.5/4."""
    assert rosenbaum_bound([2, -2, 0, 5], 1.0) == pytest.approx(math.erfc(2 / math.sqrt(28.5 / 4) / math.sqrt(2)) / 2)


def test_without_bias_the_bound_is_wilcoxons_test() -> None:
    from scipy.stats import wilcoxon

    gaps = [1.5, -0.5, 2.0, 3.5, -1.0, 4.0, 2.5, 0.75]
    expected = wilcoxon(gaps, alternative="greater", correction=False, method="asymptotic").pvalue
    assert rosenbaum_bound(gaps, 1.0) == pytest.approx(expected)


def test_impossible_bounds_are_refused() -> None:
    for gaps, gamma in (([1.0, 2.0], 0.5), ([0.0, 0.0], 1.0), ([math.nan], 1.0)):
        with pytest.raises(ValueError):
            rosenbaum_bound(gaps, gamma)
