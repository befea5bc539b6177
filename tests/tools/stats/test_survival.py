"""Kaplan-Meier, restricted means and log-rank tests against published tables, hand calculation and statsmodels."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.survival import (
    kaplan_meier,
    logrank_from_counts,
    logrank_test,
    restricted_mean,
    survival_from_counts,
)

# Freireich et al. (1963), Blood 21, 699-716: weeks in remission; Kleinbaum & Klein, Survival Analysis, 3rd ed.
TREATED = [
    (6, 0), (6, 1), (6, 1), (6, 1), (7, 1), (9, 0), (10, 0), (10, 1), (11, 0), (13, 1), (16, 1), (17, 0), (19, 0),
    (20, 0), (22, 1), (23, 1), (25, 0), (32, 0), (32, 0), (34, 0), (35, 0),
]  # fmt: skip
PLACEBO = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
TIMES = [time for time, _ in TREATED] + PLACEBO
EVENTS = [event for _, event in TREATED] + [1] * len(PLACEBO)
GROUPS = ["6-MP"] * len(TREATED) + ["placebo"] * len(PLACEBO)
# Miller (1981), Survival Analysis, p. 49: acute myelogenous leukaemia; R's survival::aml.
MAINTAINED = ([9, 13, 13, 18, 23, 28, 31, 34, 45, 48, 161], [1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 0])
NOT_MAINTAINED = ([5, 5, 8, 8, 12, 16, 23, 27, 30, 33, 43, 45], [1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1])

lives = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 1)), min_size=1, max_size=40)


def test_kaplan_meier_gives_the_textbooks_table() -> None:
    """Kleinbaum & Klein, table 2.3, three decimals."""
    curve = kaplan_meier([t for t, _ in TREATED], [e for _, e in TREATED])
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.events.tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert curve.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=6e-4)
    assert curve.median == 23
    assert kaplan_meier(PLACEBO, [1] * 21).median == 8


def test_errors_and_log_intervals_are_those_that_r_prints_for_aml() -> None:
    """summary(survfit(Surv(time, status) ~ x, aml)), R's survival; four decimals as printed."""
    curve = kaplan_meier(*MAINTAINED, conf_type="log")
    assert curve.standard_error == pytest.approx([0.0867, 0.1163, 0.1397, 0.1526, 0.1642, 0.1627, 0.1535], abs=6e-5)
    assert curve.low == pytest.approx([0.7541, 0.6192, 0.4884, 0.3769, 0.2549, 0.1549, 0.0359], abs=6e-5)
    assert curve.high == pytest.approx([1, 1, 1, 0.999, 0.946, 0.875, 0.944], abs=6e-4)


def test_medians_and_their_intervals_are_those_that_r_prints() -> None:
    """print(survfit(...)): aml 31 (18, NA) and 23 (8, NA); gehan (MASS) 23 (16, NA) and 8 (4, 12)."""
    for data, expected in (
        (MAINTAINED, (31, 18, None)),
        (NOT_MAINTAINED, (23, 8, None)),
        (([t for t, _ in TREATED], [e for _, e in TREATED]), (23, 16, None)),
        ((PLACEBO, [1] * 21), (8, 4, 12)),
    ):
        curve = kaplan_meier(*data, conf_type="log")
        assert (curve.median, curve.median_low, curve.median_high) == expected


def test_restricted_means_are_those_that_r_prints_for_aml() -> None:
    """print(survfit(...), print.rmean = TRUE): 52.6 (19.83) up to 161 and 22.7 (4.18)."""
    first = restricted_mean(kaplan_meier(*MAINTAINED), 161)
    second = restricted_mean(kaplan_meier(*NOT_MAINTAINED), 161)
    assert (first.estimate, first.standard_error) == pytest.approx((52.6, 19.83), abs=0.05)
    assert (second.estimate, second.standard_error) == pytest.approx((22.7, 4.18), abs=0.05)


@pytest.mark.parametrize(
    ("weighting", "chi2"),
    [("logrank", 16.793), ("wilcoxon", 13.457852), ("tarone-ware", 15.123575), ("peto", 14.084139)],
)
def test_weighted_log_rank_tests_give_the_published_values(weighting: str, chi2: float) -> None:
    """lifelines, tests/test_statistics.py; the log-rank value also in Kleinbaum & Klein (p 4.17e-05)."""
    test = logrank_test(TIMES, EVENTS, GROUPS, weighting)  # type: ignore[arg-type]
    assert test.chi2 == pytest.approx(chi2, abs=5e-4)
    assert test.df == 1
    if weighting == "logrank":
        assert test.p_value == pytest.approx(4.17e-05, rel=2e-3)
        assert test.observed == (9, 21)
        assert test.expected == pytest.approx((19.25, 10.75), abs=5e-3)


def test_log_rank_of_aml_is_that_of_r() -> None:
    """survdiff(Surv(time, status) ~ x, aml): expected 10.69 and 7.31, chisq 3.4, p 0.0653."""
    times, events = (MAINTAINED[i] + NOT_MAINTAINED[i] for i in (0, 1))
    test = logrank_test(times, events, [1] * 11 + [2] * 12)
    assert test.chi2 == pytest.approx(3.4, abs=0.05)
    assert test.p_value == pytest.approx(0.0653, abs=1e-4)
    assert test.expected == pytest.approx((10.69, 7.31), abs=5e-3)


def test_three_groups_and_weights_agree_with_statsmodels() -> None:
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    rng = np.random.default_rng(11)
    times, events, groups = rng.integers(1, 20, 90), rng.integers(0, 2, 90), rng.integers(0, 3, 90)
    for ours, theirs in (("logrank", None), ("wilcoxon", "gb"), ("tarone-ware", "tw")):
        expected = duration.survdiff(times.astype(float), events, groups, weight_type=theirs)
        test = logrank_test(times, events, groups, ours)  # type: ignore[arg-type]
        assert (test.chi2, test.p_value) == pytest.approx(expected, rel=1e-8)  # the same sums
    curve, known = kaplan_meier(times, events), duration.SurvfuncRight(times, events)
    assert curve.survival == pytest.approx(known.surv_prob[known.n_events > 0])
    assert curve.standard_error == pytest.approx(known.surv_prob_se[known.n_events > 0])


def test_late_entry_agrees_with_statsmodels() -> None:
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    rng = np.random.default_rng(3)
    entry = rng.integers(0, 5, 60).astype(float)
    times, events = entry + rng.integers(1, 20, 60), rng.integers(0, 2, 60)
    entry[:20] = -1.0
    curve = kaplan_meier(times, events, entry=entry)
    known = duration.SurvfuncRight(times, events, entry=entry)
    hit = known.n_events > 0
    assert curve.at_risk.tolist() == known.n_risk[hit].tolist()
    assert curve.survival == pytest.approx(known.surv_prob[hit])


def test_frequency_weights_are_copies_of_rows() -> None:
    times, events, copies = [3, 5, 5, 8, 9], [1, 1, 0, 1, 0], [2, 3, 1, 4, 2]
    weighted = kaplan_meier(times, events, weights=copies)
    repeated = kaplan_meier(np.repeat(times, copies), np.repeat(events, copies))
    for field in ("times", "at_risk", "events", "survival", "variance", "low", "high"):
        assert getattr(weighted, field) == pytest.approx(getattr(repeated, field))
    groups = ["a", "b", "a", "b", "a"]
    both = logrank_test(times, events, groups, weights=copies)
    again = logrank_test(np.repeat(times, copies), np.repeat(events, copies), np.repeat(groups, copies))
    assert both.chi2 == pytest.approx(again.chi2)


def test_intervals_follow_their_formulas() -> None:
    """n = 10, d = 2 at one time: S = 0.8, Σ = 2/(10 · 8) = 0.025; z = 1.6449 at 90 %."""
    z, root = 1.6448536, math.sqrt(0.025)
    expected = {
        "plain": (0.8 - z * 0.8 * root, 1.0),  # 1.008, clipped
        "log": (0.8 * math.exp(-z * root), 1.0),  # 1.04, clipped
        "log-log": tuple(0.8 ** math.exp(sign * z * root / -math.log(0.8)) for sign in (1, -1)),
    }
    for kind, bounds in expected.items():
        curve = survival_from_counts([10], [2], confidence=0.9, conf_type=kind)  # type: ignore[arg-type]
        assert (curve.low[0], curve.high[0]) == pytest.approx(bounds, abs=1e-7)


def test_the_median_of_uncensored_times_is_the_ordinary_median() -> None:
    assert kaplan_meier([1, 2, 4, 9], [1, 1, 1, 1]).median == 3
    assert kaplan_meier([1, 2, 4, 9, 11], [1] * 5).median == 4
    assert kaplan_meier([4, 7], [1, 0]).median == 5.5  # level at one half until the longest time, as in R
    assert kaplan_meier([4, 7, 7], [1, 0, 0]).median is None


def test_where_everybody_is_here_or_nobody_is_the_interval_keeps_a_width() -> None:
    early = survival_from_counts([20, 20], [0, 1])
    assert early.survival[0] == 1
    assert early.high[0] == 1
    assert early.low[0] == pytest.approx(20 / (20 + 1.959964**2), abs=1e-6)  # Wilson for 20 of 20
    late = kaplan_meier([1, 2, 3, 4], [1, 1, 1, 1])
    assert late.survival[-1] == late.variance[-1] == late.low[-1] == 0
    assert 0 < late.high[-1] <= late.high[-2]


def test_a_curve_without_events_is_empty_and_has_no_median() -> None:
    curve = kaplan_meier([3, 4], [0, 0])
    assert len(curve.times) == 0
    assert curve.median is curve.median_low is None
    assert curve.at(99) == 1
    assert restricted_mean(curve, 4).estimate == 4


def test_the_curve_is_a_step_function() -> None:
    curve = survival_from_counts([4, 3], [1, 1], [2, 5])
    assert [curve.at(t) for t in (0, 1.9, 2, 4.9, 5, 80)] == [1, 1, 0.75, 0.75, 0.5, 0.5]


def test_groups_that_are_never_at_risk_together_cannot_be_told_apart() -> None:
    assert logrank_from_counts([[3, 0], [0, 3]], [[1, 0], [0, 1]]).p_value == 1


@pytest.mark.parametrize(
    ("arguments", "about"),
    [
        (([], []), "at least one"),
        (([1, -2], [1, 1]), "negative"),
        (([1, float("nan")], [1, 1]), "missing"),
        (([1, 2], [1, 2]), "0 .* 1"),
        (([1, 2], [1]), "one length"),
        (([1, 2], [1, 1], 0.95, [1, -1]), "weights"),
        (([1, 2], [1, 1], 0.95, None, "log-log", [1, 0]), "entry"),
        (([1, 2], [1, 1], 0.95, None, "arcsin"), "conf_type"),
        (([1, 2], [1, 1], 95), "confidence"),
    ],
)
def test_impossible_input_is_refused(arguments: tuple[object, ...], about: str) -> None:
    with pytest.raises(ValueError, match=about):
        kaplan_meier(*arguments)  # type: ignore[arg-type]


def test_impossible_counts_limits_and_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="at_risk"):
        survival_from_counts([3, 2], [1, 3])
    with pytest.raises(ValueError, match="increase"):
        survival_from_counts([3, 2], [1, 1], [4, 4])
    with pytest.raises(ValueError, match="limit"):
        restricted_mean(kaplan_meier([1, 5], [1, 0]), 6)
    with pytest.raises(ValueError, match="two or more"):
        logrank_test([1, 2], [1, 1], ["a", "a"])
    with pytest.raises(ValueError, match="Nobody"):
        logrank_test([1, 2], [0, 0], ["a", "b"])
    with pytest.raises(ValueError, match="weighting"):
        logrank_test([1, 2], [1, 1], ["a", "b"], "fleming")  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(lives, st.sampled_from(["log-log", "log", "plain"]))
def test_curves_fall_and_intervals_hold_them(data: list[tuple[int, int]], kind: str) -> None:
    curve = kaplan_meier([t for t, _ in data], [e for _, e in data], conf_type=kind)  # type: ignore[arg-type]
    assert np.all(np.diff(curve.survival) < 1e-12)
    assert np.all((curve.low <= curve.survival + 1e-12) & (curve.survival <= curve.high + 1e-12))
    assert np.all((curve.low >= 0) & (curve.high <= 1))


@settings(max_examples=60, deadline=None)
@given(lives)
def test_without_censoring_the_curve_is_the_share_left_and_greenwood_the_binomial(data: list[tuple[int, int]]) -> None:
    times = [t for t, _ in data]
    curve = kaplan_meier(times, [1] * len(times))
    shares = [sum(t > step for t in times) / len(times) for step in curve.times]
    assert curve.survival == pytest.approx(shares, abs=1e-9)
    assert curve.variance == pytest.approx([s * (1 - s) / len(times) for s in shares], abs=1e-9)
    assert restricted_mean(curve, 40).estimate == pytest.approx(sum(times) / len(times))


@settings(max_examples=40, deadline=None)
@given(lives, lives)
def test_the_log_rank_test_does_not_depend_on_the_order_of_groups(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    times, events = [t for t, _ in one + other], [e for _, e in one + other]
    if not any(events):
        return
    first = logrank_test(times, events, ["a"] * len(one) + ["b"] * len(other))
    second = logrank_test(times, events, ["b"] * len(one) + ["a"] * len(other))
    assert first.chi2 == pytest.approx(second.chi2, abs=1e-9)
    assert sum(first.observed) == pytest.approx(sum(first.expected))
