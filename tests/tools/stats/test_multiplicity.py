from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.multiplicity import benjamini_hochberg, benjamini_yekutieli, bonferroni, holm

Adjustment = Callable[[Sequence[float]], list[float]]
ALL: list[Adjustment] = [bonferroni, holm, benjamini_hochberg, benjamini_yekutieli]
families = st.lists(st.floats(0, 1), max_size=25)


@pytest.mark.parametrize("adjust", ALL)
@given(families)
def test_adjusting_never_makes_a_p_value_smaller_nor_changes_the_ranking(adjust: Adjustment, p: list[float]) -> None:
    adjusted = adjust(p)
    assert len(adjusted) == len(p)
    assert all(before <= after * (1 + 1e-12) and after <= 1 for before, after in zip(p, adjusted, strict=True))
    ranked = [q for _, q in sorted(zip(p, adjusted, strict=True))]
    assert ranked == sorted(ranked)


@pytest.mark.parametrize("adjust", ALL)
@given(st.permutations([0.001, 0.2, 0.04, 0.04, 0.7, 0.01]))
def test_each_p_value_keeps_its_adjusted_value_wherever_it_stands(adjust: Adjustment, p: list[float]) -> None:
    reference = dict(zip([0.001, 0.01, 0.04, 0.04, 0.2, 0.7], adjust([0.001, 0.01, 0.04, 0.04, 0.2, 0.7]), strict=True))
    assert adjust(p) == pytest.approx([reference[value] for value in p])


@given(families)
def test_holm_stands_between_benjamini_hochberg_and_bonferroni(p: list[float]) -> None:
    for low, middle, high in zip(benjamini_hochberg(p), holm(p), bonferroni(p), strict=True):
        assert low <= middle + 1e-12
        assert middle <= high + 1e-12


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10), st.floats(0.001, 0.2))
def test_holm_rejects_what_the_step_down_rule_rejects(p: list[float], alpha: float) -> None:
    """Holm (1979): go up the ordered p-values while p_(i) <= alpha / (m - i + 1), stop at the first failure."""
    order = sorted(range(len(p)), key=lambda i: p[i])
    rejected = set()
    for place, index in enumerate(order):
        if p[index] * (len(p) - place) > alpha:
            break
        rejected.add(index)
    assert {i for i, q in enumerate(holm(p)) if q <= alpha} == rejected


@given(st.lists(st.floats(0, 1), min_size=1, max_size=10), st.floats(0.001, 0.2))
def test_benjamini_hochberg_rejects_what_the_step_up_rule_rejects(p: list[float], alpha: float) -> None:
    """Benjamini & Hochberg (1995): reject all up to the largest k with m p_(k) / k <= alpha."""
    m, ordered = len(p), sorted(p)
    passing = [k for k in range(1, m + 1) if ordered[k - 1] * m / k <= alpha]
    limit = ordered[max(passing) - 1] if passing else -1.0
    assert [q <= alpha for q in benjamini_hochberg(p)] == [value <= limit for value in p]


@pytest.mark.parametrize("adjust", ALL)
def test_a_single_test_needs_no_adjustment_and_an_empty_family_has_none(adjust: Adjustment) -> None:
    assert adjust([0.03]) == [0.03]
    assert adjust([]) == []


@pytest.mark.parametrize("adjust", ALL)
@pytest.mark.parametrize("bad", [-0.1, 1.1, math.nan])
def test_p_values_off_their_scale_are_refused(adjust: Adjustment, bad: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        adjust([0.2, bad])
