from __future__ import annotations

import math
from decimal import Decimal
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.counts import Counts, count_scores

scores = st.lists(st.integers(0, 10), max_size=60)


@given(scores)
def test_classes_add_up_to_the_number_of_scores(values: list[int]) -> None:
    counts = count_scores(values)
    assert counts.n == len(values)
    assert counts.promoters == sum(v >= 9 for v in values)
    assert counts.detractors == sum(v <= 6 for v in values)


@given(scores, st.randoms())
def test_the_order_of_the_scores_does_not_matter(values: list[int], random: Random) -> None:
    shuffled = list(values)
    random.shuffle(shuffled)
    assert count_scores(shuffled) == count_scores(values)


@given(scores, scores)
def test_counts_of_parts_add_up_to_the_counts_of_the_whole(first: list[int], second: list[int]) -> None:
    assert count_scores(first) + count_scores(second) == count_scores(first + second)


@given(scores.filter(bool))
def test_nps_and_variance_are_those_of_plus_one_zero_minus_one(values: list[int]) -> None:
    x = [1 if v >= 9 else -1 if v <= 6 else 0 for v in values]
    counts = count_scores(values)
    assert counts.nps == pytest.approx(100 * np.mean(x))
    assert counts.variance == pytest.approx(np.var(x), abs=1e-12)


def test_zero_is_a_score_of_a_detractor() -> None:
    assert count_scores([0]) == Counts(0, 0, 1)


def test_class_limits_can_be_moved() -> None:
    assert count_scores([4, 5, 3, 1], detractor_to=3, promoter_from=5, low=1, high=5) == Counts(1, 1, 2)


def test_numbers_of_other_kinds_are_taken_as_counts() -> None:
    counts = Counts(np.int64(3), Decimal(2), True)  # type: ignore[arg-type]
    assert counts == Counts(3, 2, 1)
    assert type(counts.nps) is float


def test_without_answers_there_is_no_nps_and_no_variance() -> None:
    empty = count_scores([])
    assert (empty.n, empty.nps, empty.variance) == (0, None, None)


@pytest.mark.parametrize("bad", [-1, math.nan, math.inf])
def test_impossible_counts_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="number of detractors must be 0 or more"):
        Counts(1, 1, bad)


@pytest.mark.parametrize("bad", [-1, 11, math.nan])
def test_scores_off_the_scale_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="not a score from 0 to 10"):
        count_scores([10, bad])


def test_overlapping_classes_are_refused() -> None:
    with pytest.raises(ValueError, match="detractor_to < promoter_from"):
        count_scores([5], detractor_to=9, promoter_from=9)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_adjusting_adds_three_answers_and_no_score(promoters: int, passives: int, detractors: int) -> None:
    counts = Counts(promoters, passives, detractors)
    adjusted = counts.adjusted(design_effect=2)
    assert adjusted.n == pytest.approx(counts.n / 2 + 3)
    assert adjusted.promoters - adjusted.detractors == pytest.approx((promoters - detractors) / 2)


@pytest.mark.parametrize("bad", [0, -2, math.nan, math.inf])
def test_impossible_design_effects_are_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="design effect must be a positive number"):
        Counts(1, 1, 1).adjusted(design_effect=bad)
