"""Breaks in a series: published results, calibration by simulation, steps told from lines, and what is refused."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.change_points import change_points, sup_f

# Annual flow of the Nile at Aswan 1871-1970, R's datasets::Nile (Durbin & Koopman 2001).
NILE = (
    "1120 1160 963 1210 1160 1160 813 1230 1370 1140 995 935 1110 994 1020 960 1180 799 958 1140 "
    "1100 1210 1150 1250 1260 1220 1030 1100 774 840 874 694 940 833 701 916 692 1020 1050 969 "
    "831 726 456 824 702 1120 1100 832 764 821 768 845 864 862 698 845 744 796 1040 759 "
    "781 865 845 944 984 897 822 1010 771 676 649 846 812 742 801 1040 860 874 848 890 "
    "744 749 838 1050 918 986 797 923 975 815 1020 906 901 1170 912 746 919 718 714 740"
)
FLOW = np.array([float(value) for value in NILE.split()])


def test_the_nile_broke_after_1898_as_strucchange_says() -> None:
    found = sup_f(FLOW)
    # strucchange: sctest(Fstats(Nile ~ 1)) sup.F = 75.93, breakpoint 28 = 1898; printed with two decimals.
    assert found.statistic == pytest.approx(75.93, abs=0.005)
    assert (found.position, found.positions[0], found.positions[-1]) == (28, 15, 85)
    assert found.p_value == 1 / 10_001


def test_the_niles_levels_are_those_of_strucchange() -> None:
    found = change_points(FLOW, draws=500)
    (step,) = found.breaks
    assert (found.form, step.position) == ("steps", 28)
    # coef(breakpoints(Nile ~ 1)): 1097.75 and 849.9722; its confint (asymptotic) is 25 to 32.
    assert (step.before, step.after) == pytest.approx((1097.75, 849.9722), abs=5e-5)
    assert 25 <= step.earliest <= 28 <= step.latest <= 32
    assert step.difference == pytest.approx(step.after - step.before)
    assert step.low < step.difference < step.high < 0


def test_each_f_is_chows_with_weights() -> None:
    rng = np.random.default_rng(4)
    y, v = rng.normal(size=14), rng.uniform(0.5, 4, 14)
    found = sup_f(y, v, trim=0.2, draws=200)

    def rss(part: slice) -> float:
        level = np.average(y[part], weights=1 / v[part])
        return float(np.sum((y[part] - level) ** 2 / v[part]))

    for split, f in zip(found.positions, found.f, strict=True):
        cut = rss(slice(0, split)) + rss(slice(split, 14))
        assert f == pytest.approx((rss(slice(0, 14)) - cut) / (cut / 12))
    assert found.statistic == max(found.f)


def test_sup_f_rejects_a_true_null_one_time_in_twenty_also_with_unequal_variances() -> None:
    rng = np.random.default_rng(8)
    v = np.where(np.arange(12) < 6, 9.0, 1.0)
    hits = sum(sup_f(rng.normal(size=12) * np.sqrt(v), v, draws=300, seed=i).p_value <= 0.05 for i in range(400))
    assert 8 <= hits <= 34  # 20 expected, binomial within 3.2 standard deviations


@pytest.mark.parametrize(
    ("periods", "sizes", "wobble"),
    [(8, "equal", 0.0), (18, "growing", 0.0), (18, "equal", 1.5), (18, "growing", 1.5), (24, "correlated", 0.0)],
)
def test_where_nothing_happens_hardly_anything_is_found(periods: int, sizes: str, wobble: float) -> None:
    rng = np.random.default_rng(20)
    v = np.linspace(6, 1, periods) if sizes == "growing" else np.ones(periods)
    c = np.diag(v)
    if sizes == "correlated":
        c = 0.4 ** np.abs(np.subtract.outer(np.arange(periods), np.arange(periods)))
    root = np.linalg.cholesky(c + wobble**2 * np.eye(periods))
    forms = Counter(change_points(30 + root @ rng.normal(size=periods), c, draws=100, seed=i).form for i in range(80))
    # 5 % of 80 is 4; 10 or more would come up once in 150 runs.
    assert forms["none"] >= 71, forms


def test_a_straight_trend_is_no_chain_of_steps() -> None:
    rng = np.random.default_rng(21)
    forms: Counter[str] = Counter()
    for i in range(50):
        slope = rng.uniform(-1.5, 1.5)
        forms[change_points(slope * np.arange(24) + rng.normal(size=24), np.ones(24), draws=100, seed=i).form] += 1
    assert forms["steps"] <= 7, forms  # 5 % of 50 is 2 or 3
    assert forms["line"] >= 30, forms


def test_a_clear_step_is_dated_and_its_size_covered() -> None:
    rng = np.random.default_rng(22)
    right = dated = covered = 0
    for i in range(30):
        y = 20 - 6.0 * (np.arange(20) >= 13) + rng.normal(size=20)
        found = change_points(y, np.ones(20), draws=150, seed=i)
        if [item.position for item in found.breaks] == [13]:
            right += 1
        for item in found.breaks[:1]:
            dated += item.earliest <= 13 <= item.latest
            covered += item.low <= -6 <= item.high
    assert right >= 24
    assert dated >= 26 and covered >= 27


def test_a_dip_and_its_recovery_are_found_together() -> None:
    y = [20, 21, 19, 20, 21, 20, 19, 20, 8, 9, 8, 20, 21, 19, 20, 20, 21, 19]
    found = change_points(y, np.ones(18))
    assert [item.position for item in found.breaks] == [8, 11]
    assert found.breaks[0].difference < 0 < found.breaks[1].difference
    assert found.breaks[0].p_value == found.breaks[1].p_value


def test_a_staircase_is_steps_and_not_a_line() -> None:
    wobbly = np.array([0, 1, -1, 0.5, -0.5, 0] * 4, dtype=float)
    found = change_points(np.repeat([60.0, 45.0, 30.0, 15.0], 6) + wobbly, np.ones(24))
    assert found.form == "steps"
    assert [item.position for item in found.breaks] == [6, 12, 18]


def test_a_small_step_among_few_periods_is_not_given_a_date() -> None:
    y = [20.5, 19.0, 20.1, 20.6, 17.9, 17.0, 16.2, 15.0, 15.6, 14.9]
    found = change_points(y, np.full(10, 0.5))
    assert found.form in ("unclear", "line")
    assert found.breaks == ()
    assert (found.possible is not None) == (found.form == "unclear")
    assert found.slope_high < 0


def test_a_change_that_sinks_in_widens_the_date() -> None:
    sharp = [30.0] * 10 + [10.0] * 8
    slow = [30.0] * 10 + [19.0] + [10.0] * 7
    noise = np.array([0.6, -0.5, 0.2, -0.7, 0.4, 0.1, -0.3, 0.5, -0.4, 0.3, -0.2, 0.6, -0.6, 0.1, 0.4, -0.5, 0.2, -0.2])
    one, other = (change_points(np.array(y) + noise, np.ones(18)).breaks[0] for y in (sharp, slow))
    assert (one.earliest, one.latest) == (10, 10)
    assert (other.earliest, other.latest) == (10, 11)


def test_levels_are_weighted_by_the_answers() -> None:
    y, n = np.array([10, 12, 9, 11, 30, 31, 29, 33], dtype=float), np.array([5, 9, 30, 2, 8, 8, 40, 3], dtype=float)
    (step,) = change_points(y, 40 / n, weights=n).breaks
    assert step.before == pytest.approx(np.average(y[:4], weights=n[:4]))
    assert step.after == pytest.approx(np.average(y[4:], weights=n[4:]))


@settings(max_examples=10, deadline=None)
@given(shift=st.floats(-50, 50), factor=st.floats(0.1, 20))
def test_shifting_and_scaling_the_series_shifts_and_scales_the_answer(shift: float, factor: float) -> None:
    rng = np.random.default_rng(3)
    y, c = 5.0 * (np.arange(12) >= 5) + rng.normal(size=12), np.linspace(0.5, 2, 12)
    plain, moved = change_points(y, c, draws=100), change_points(shift + factor * y, factor**2 * c, draws=100)
    assert plain.form == moved.form
    for one, other in zip(plain.breaks, moved.breaks, strict=True):
        assert (one.position, one.earliest, one.latest, one.p_value) == (
            other.position,
            other.earliest,
            other.latest,
            other.p_value,
        )
        assert other.difference == pytest.approx(factor * one.difference, rel=1e-6)
        assert other.low == pytest.approx(factor * one.low, rel=1e-4)


def test_the_same_series_gives_the_same_answer() -> None:
    assert change_points(FLOW[:30], draws=200) == change_points(FLOW[:30], draws=200)


def test_the_smallest_step_is_one_that_is_mostly_found() -> None:
    smallest = change_points(np.zeros(20) + np.tile([0.6, -0.6], 10), np.ones(20)).smallest_step
    rng = np.random.default_rng(9)
    found = sum(
        change_points(smallest * (np.arange(20) >= 10) + rng.normal(size=20), np.ones(20), draws=100, seed=i).form
        != "none"
        for i in range(40)
    )
    assert found >= 25  # 32 expected


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"means": [1, 2, 3, 4, 5]}, "6 to 160 periods, not 5"),
        ({"means": [1, 2, 3, 4, 5, float("nan")]}, "needs its mean"),
        ({"means": [1, 2, 3, 4, 5, 6], "covariance": [1, 1, 1, 1, 1, 0]}, "positive definite"),
        ({"means": [1, 2, 3, 4, 5, 6], "covariance": [1, 1, 1]}, "6 variances or a 6 × 6 matrix"),
        ({"means": [1, 2, 3, 4, 5, 6], "times": [0, 1, 2, 2, 3, 4]}, "times must rise"),
        ({"means": [1, 2, 3, 4, 5, 6], "weights": [1, 1, 1, 0, 1, 1]}, "above 0"),
        ({"means": [1, 2, 3, 4, 5, 6], "minimum": 4}, "smaller minimum"),
        ({"means": [1, 2, 3, 4, 5, 6], "level": 0}, "between 0 and 1"),
    ],
)
def test_impossible_input_is_refused(arguments: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        change_points(**arguments)  # type: ignore[arg-type]


def test_a_trim_without_a_split_is_refused() -> None:
    with pytest.raises(ValueError, match="trim"):
        sup_f([1, 2, 3, 4, 5, 6], trim=0.5)
