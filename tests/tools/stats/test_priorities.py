"""What a segment costs: by hand, against the answers one by one, and how often its interval holds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.stats.counts import Counts
from tools.stats.priorities import cost_design_effect, segment_cost, smallest_cost

classes = st.integers(min_value=1, max_value=200)


def test_the_cost_is_share_times_gap_with_the_error_of_both() -> None:
    """(75, 50, 125) and (450, 150, 150) with three pseudo-answers each, worked out on paper."""
    cost = segment_cost(Counts(75, 50, 125), Counts(450, 150, 150))
    one = (75.75 + 125.75) / 253 - ((75.75 - 125.75) / 253) ** 2
    two = (450.75 + 150.75) / 753 - ((450.75 - 150.75) / 753) ** 2
    gap = (450.75 - 150.75) / 753 - (75.75 - 125.75) / 253
    error = math.sqrt(0.25**2 * (one / 253 + two / 753) + gap**2 * 0.25 * 0.75 / 1000)
    assert cost.estimate == pytest.approx(15.0)
    assert (cost.share, cost.n) == (0.25, 1000)
    assert cost.standard_error == pytest.approx(100 * error)
    assert (cost.low, cost.high) == pytest.approx(
        (100 * (0.25 * gap - 1.959964 * error), 100 * (0.25 * gap + 1.959964 * error)), abs=1e-4
    )


@given(classes, classes, classes, classes, classes, classes)
def test_the_cost_is_what_the_whole_would_gain(p1: int, q1: int, d1: int, p2: int, q2: int, d2: int) -> None:
    segment, rest = Counts(p1, q1, d1), Counts(p2, q2, d2)
    cost = segment_cost(segment, rest)
    assert cost.estimate == pytest.approx((rest.nps or 0.0) - ((segment + rest).nps or 0.0), abs=1e-9)
    assert -200 * cost.share - 1e-9 <= cost.low <= cost.estimate <= cost.high <= 200 * cost.share + 1e-9


@pytest.mark.parametrize(
    ("segment", "rest"), [((10, 0, 0), (0, 0, 30)), ((0, 0, 5), (0, 0, 9)), ((5, 0, 0), (9, 0, 0))]
)
def test_one_class_keeps_an_interval_with_width(segment: tuple[int, ...], rest: tuple[int, ...]) -> None:
    cost = segment_cost(Counts(*segment), Counts(*rest))
    assert cost.low < cost.high and math.isfinite(cost.standard_error)


def test_a_side_without_answers_is_refused() -> None:
    with pytest.raises(ValueError, match="rest"):
        segment_cost(Counts(1, 1, 1), Counts(0, 0, 0))
    with pytest.raises(ValueError, match="customers"):
        cost_design_effect(np.eye(4), Counts(1, 1, 1), Counts(1, 1, 1), clusters=7)


def answers(rng: np.random.Generator, customers: int, times: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x, in the segment or not, and the customer of each answer; answers of one customer are alike."""
    inside = rng.random(customers) < 0.3
    mood = rng.standard_normal(customers)
    who = np.repeat(np.arange(customers), times)
    latent = 0.7 * mood[who] + 0.7 * rng.standard_normal(len(who)) - 0.5 * inside[who]
    return np.where(latent > 0.1, 1, np.where(latent > -0.5, 0, -1)), inside[who], who


def counts(x: np.ndarray) -> Counts:
    return Counts(*(float((x == value).sum()) for value in (1, 0, -1)))


def products(x: np.ndarray, inside: np.ndarray, who: np.ndarray) -> np.ndarray:
    parts = (x * inside, inside, x * ~inside, ~inside)
    sums = np.stack([np.bincount(who, weights=part) for part in parts])
    return np.asarray(sums @ sums.T)


def test_one_answer_a_customer_has_no_design_effect() -> None:
    x, inside, who = answers(np.random.default_rng(1), 400, 1)
    effects = cost_design_effect(products(x, inside, who), counts(x[inside]), counts(x[~inside]), 400)
    assert effects == pytest.approx((1.0, 1.0))


def test_answers_that_everybody_gives_twice_count_once() -> None:
    x, inside, who = answers(np.random.default_rng(2), 400, 1)
    twice = tuple(np.concatenate([part, part]) for part in (x, inside, who))
    effects = cost_design_effect(products(*twice), counts(twice[0][twice[1]]), counts(twice[0][~twice[1]]), 400)
    assert effects == pytest.approx((2 * 799 / 798, 2 * 799 / 798), rel=2e-3)


def test_the_design_effect_is_that_of_the_jackknife_over_customers() -> None:
    """Leaving out one customer at a time knows nothing of influence functions."""
    x, inside, who = answers(np.random.default_rng(3), 300, 3)

    def cost(kept: np.ndarray) -> float:
        return float(x[kept & ~inside].mean() - x[kept].mean())

    left = np.array([cost(who != customer) for customer in range(300)])
    variance = 299 / 300 * float(((left - left.mean()) ** 2).sum())
    segment, rest = counts(x[inside]), counts(x[~inside])
    effect, _share = cost_design_effect(products(x, inside, who), segment, rest, 300)
    w, gap = segment.n / 900, ((rest.nps or 0) - (segment.nps or 0)) / 100
    plain = w * (segment.variance or 0) + w**2 / (1 - w) * (rest.variance or 0) + gap**2 * w * (1 - w)
    assert effect == pytest.approx(variance / (plain / 899), rel=0.01)


@pytest.mark.parametrize("times", [1, 3])
def test_the_interval_holds_the_true_cost_nineteen_times_in_twenty(times: int) -> None:
    """600 repeats: three binomial standard errors are 2.7 points."""
    rng = np.random.default_rng(4 + times)
    x, inside, _who = answers(rng, 400_000, 1)
    truth = 100 * float(x[~inside].mean() - x.mean())
    held = 0
    for _repeat in range(600):
        x, inside, who = answers(rng, 150, times)
        segment, rest = counts(x[inside]), counts(x[~inside])
        effect, _share = cost_design_effect(products(x, inside, who), segment, rest, 150)
        cost = segment_cost(segment, rest, design_effect=effect)
        held += cost.low <= truth <= cost.high
    assert 0.923 <= held / 600 <= 0.985


def test_a_search_of_many_segments_finds_only_larger_costs() -> None:
    z = 1.959964 + 0.841621
    assert smallest_cost(0.6, 0.25, 10_000) == pytest.approx(100 * z * math.sqrt(0.6 * 0.25 / 0.75 / 10_000), rel=1e-5)
    assert smallest_cost(0.6, 0.25, 10_000, tests=300) > smallest_cost(0.6, 0.25, 10_000)
    with pytest.raises(ValueError, match="share"):
        smallest_cost(0.6, 1.0, 100)
