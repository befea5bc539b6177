"""Difference in differences: published examples, regression programs, and what a changing mix does to it."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from tools.stats.did import did_from_means, difference_in_differences, panel_difference_in_differences, welch_df
from tools.stats.did_composition import adjusted_did, composition_shift

Array = NDArray[np.float64]
DATA = os.environ.get("NPSIGHT_DATA")
needs_data = pytest.mark.skipif(DATA is None, reason="NPSIGHT_DATA names no folder with the published data")


def columns(*parts: str) -> dict[str, list[str]]:
    with Path(DATA or "", *parts).open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


def made_up(seed: int, n: int = 400) -> tuple[Array, Array, Array, Array]:
    """Outcomes with unequal spread, groups, times, and clusters that cross both times."""
    draw = np.random.default_rng(seed)
    cluster = draw.integers(0, n // 3, n)
    treated, post = (cluster % 2).astype(float), draw.integers(0, 2, n).astype(float)
    y = draw.normal(size=n // 3 + 1)[cluster] + draw.normal(size=n) * (1 + treated + 2 * post) - 2 * treated * post
    return y, treated, post, cluster.astype(float)


def test_card_and_krueger_from_their_printed_means() -> None:
    # Card & Krueger (1994), AER 84(4), Table 3: 20.44, 21.03, 23.33, 21.17; from rounded means 2.75.
    assert did_from_means(20.44, 21.03, 23.33, 21.17).estimate == pytest.approx(2.75)
    # Their standard errors 0.51, 0.52, 1.35, 0.94: sqrt(0.2601 + 0.2704 + 1.8225 + 0.8836) = 1.7991.
    found = did_from_means(20.44, 21.03, 23.33, 21.17, [0.51, 0.52, 1.35, 0.94])
    assert found.standard_error == pytest.approx(1.7991, abs=1e-4)


@needs_data
def test_card_and_krueger_from_their_restaurants() -> None:
    data = columns("reference", "card_krueger_fastfood.csv")
    nj, before, after = (data[name] for name in ("state_nj", "fte_before", "fte_after"))
    both = [(int(s), float(b), float(a)) for s, b, a in zip(nj, before, after, strict=True) if a and b]
    panel = panel_difference_in_differences([b for _, b, _ in both], [a for *_, a in both], [s for s, *_ in both])
    assert (panel.estimate, panel.standard_error) == (pytest.approx(2.75, abs=0.005), pytest.approx(1.34, abs=0.005))
    assert panel.clusters == 384
    long = [(int(s), 0, float(b)) for s, b in zip(nj, before, strict=True) if b]
    long += [(int(s), 1, float(a)) for s, a in zip(nj, after, strict=True) if a]
    every = difference_in_differences([y for *_, y in long], [s for s, *_ in long], [t for _, t, _ in long])
    assert every.estimate == pytest.approx(2.7536, abs=5e-5)


@needs_data
def test_the_incinerator_of_kiel_and_mcclain() -> None:
    # Wooldridge, Introductory Econometrics, 13.2: rprice on y81·nearinc, -11,863.90 (7,456.65).
    data = columns("causal-reference", "wooldridge_kielmc.csv")
    found = difference_in_differences(*([float(x) for x in data[name]] for name in ("rprice", "nearinc", "y81")))
    assert (found.estimate, found.standard_error) == (
        pytest.approx(-11863.90, abs=0.01),
        pytest.approx(7456.65, abs=0.01),
    )


@pytest.mark.parametrize(("errors", "kind"), [("classical", "nonrobust"), ("HC1", "HC1"), ("CR1", "cluster")])
def test_all_errors_are_those_of_statsmodels(errors: str, kind: str) -> None:
    api = pytest.importorskip("statsmodels.api")
    y, treated, post, cluster = made_up(1)
    x = np.column_stack([np.ones(len(y)), treated, post, treated * post])
    how = {"cov_kwds": {"groups": cluster}} if errors == "CR1" else {}
    fit = api.OLS(y, x).fit(cov_type=kind, use_t=True, **how)
    found = difference_in_differences(y, treated, post, cluster if errors == "CR1" else None, errors=errors)  # type: ignore[arg-type]
    assert (found.estimate, found.standard_error, found.t) == pytest.approx((fit.params[3], fit.bse[3], fit.tvalues[3]))
    if errors != "CR1":  # statsmodels keeps n - 4 degrees of freedom, Stata and we G - 1
        assert (found.low, found.high, found.p_value) == pytest.approx((*fit.conf_int()[3], fit.pvalues[3]))
    else:
        assert found.df == len(np.unique(cluster)) - 1


def test_a_panel_is_the_t_test_of_the_changes() -> None:
    stats = pytest.importorskip("scipy.stats")
    draw = np.random.default_rng(2)
    before, treated = draw.normal(size=90), np.arange(90) % 3 == 0
    after = before + draw.normal(size=90) * (1 + treated) + treated
    change = after - before
    for equal in (False, True):
        test = stats.ttest_ind(change[treated], change[~treated], equal_var=equal)
        found = panel_difference_in_differences(before, after, treated, 0.9, equal)
        ends = test.confidence_interval(0.9)
        assert (found.t, found.p_value, found.df) == pytest.approx((test.statistic, test.pvalue, test.df))
        assert (found.low, found.high) == pytest.approx((ends.low, ends.high))


def test_pairing_counts_whether_by_changes_or_by_clusters() -> None:
    draw = np.random.default_rng(3)
    level = draw.normal(size=200) * 5
    before, after, treated = level + draw.normal(size=200), level + draw.normal(size=200), np.arange(200) < 80
    panel = panel_difference_in_differences(before, after, treated)
    y, twice = np.concatenate([before, after]), np.tile(treated, 2)
    post, unit = np.repeat([0, 1], 200), np.tile(np.arange(200), 2)
    rows, naive = difference_in_differences(y, twice, post, unit), difference_in_differences(y, twice, post)
    assert rows.estimate == pytest.approx(panel.estimate)
    # n/(n - 1) of each group against G/(G - 1) (n - 1)/(n - 4): within one per cent here.
    assert rows.standard_error == pytest.approx(panel.standard_error, rel=0.01)
    assert naive.standard_error is not None and panel.standard_error is not None
    assert naive.standard_error > 3 * panel.standard_error


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.1, 20))
def test_a_common_move_changes_nothing_and_the_unit_only_scales(seed: int, shift: float, scale: float) -> None:
    y, treated, post, cluster = made_up(seed, 60)
    plain = difference_in_differences(y, treated, post, cluster)
    moved = difference_in_differences(scale * (y + shift * post + 3 * treated), treated, post, cluster)
    assert moved.estimate == pytest.approx(scale * plain.estimate, abs=1e-6)
    assert moved.p_value == pytest.approx(plain.p_value, abs=1e-6)
    other = difference_in_differences(y, 1 - treated, post, cluster)
    assert (other.estimate, other.standard_error) == pytest.approx((-plain.estimate, plain.standard_error))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1, 2, 3, 4], [1, 1, 0, 0], [1, 0, 1, 0]), "more than four"),
        (([1, 2, 3, 4, 5], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0]), "four cells"),
        (([1, 2, 3, 4, float("nan")], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0]), "missing"),
        (([1, 2, 3, 4, 5], [1, 1, 0, 0, 2], [1, 0, 1, 0, 0]), "0 and 1"),
        (([1, 2, 3, 4, 5], [1, 1, 0, 0], [1, 0, 1, 0, 0]), "one length"),
        (([1, 2, 3, 4, 5], [1, 1, 0, 0, 0], [1, 0, 1, 0, 0], [7] * 5), "two clusters"),
    ],
)
def test_what_cannot_be_estimated_is_refused(arguments: tuple[list[float], ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        difference_in_differences(*arguments)  # type: ignore[arg-type]


def test_errors_and_clusters_go_together() -> None:
    y, treated, post, cluster = made_up(1, 60)
    with pytest.raises(ValueError, match="CR1 needs clusters"):
        difference_in_differences(y, treated, post, errors="CR1")
    with pytest.raises(ValueError, match="CR1 needs clusters"):
        difference_in_differences(y, treated, post, cluster, errors="HC1")
    with pytest.raises(ValueError, match="four standard errors"):
        did_from_means(1, 2, 3, 4, [1, 2, 3])
    with pytest.raises(ValueError, match="two units"):
        panel_difference_in_differences([1, 2, 3], [1, 2, 3], [1, 0, 0])
    with pytest.raises(ValueError, match="two observations"):
        welch_df([1.0], [1])


def test_welch_degrees_of_freedom_lie_between_those_of_the_smallest_and_all() -> None:
    # Welch (1947): v1 = v2 and n1 = n2 give n1 + n2 - 2; all variance in one mean gives its n - 1.
    assert welch_df([2, 2], [9, 9]) == 16
    assert welch_df([3, 0], [5, 900]) == 4
    assert welch_df([0, 0], [5, 6]) == 9


def kinds(seed: int, n: int, effect: float = -3.0, mix: float = 0.0) -> tuple[Array, Array, Array, Array]:
    """y falls by 8 in kind 1, whose share among the treated rises by `mix` after."""
    draw = np.random.default_rng(seed)
    treated, post = draw.integers(0, 2, n).astype(float), draw.integers(0, 2, n).astype(float)
    kind = (draw.random(n) < 0.3 + mix * treated * post).astype(float)
    y = 10 - 8 * kind + 2 * post + treated + effect * treated * post + draw.normal(size=n) * 4
    return y, treated, post, kind


def test_adjusting_is_the_effect_within_each_kind_weighted_by_the_treated_after() -> None:
    y, treated, post, kind = kinds(5, 900, mix=0.3)
    within = {}
    for k in (0.0, 1.0):
        cell = {(g, t): y[(treated == g) & (post == t) & (kind == k)].mean() for g in (0, 1) for t in (0, 1)}
        within[k] = cell[1, 1] - cell[1, 0] - cell[0, 1] + cell[0, 0]
    share = kind[(treated == 1) & (post == 1)].mean()
    found = adjusted_did(y, treated, post, kind[:, None])
    assert found.estimate == pytest.approx((1 - share) * within[0.0] + share * within[1.0])
    assert found.plain == pytest.approx(difference_in_differences(y, treated, post).estimate)
    assert found.part == pytest.approx(found.plain - found.estimate)
    assert found.part_p < 0.001 and found.part_low < found.part < found.part_high < 0


def test_adjusting_takes_a_changing_mix_away_and_its_errors_are_those_of_repetitions() -> None:
    found = [adjusted_did(*made[:3], made[3][:, None]) for made in (kinds(seed, 500, mix=0.3) for seed in range(400))]
    estimates, parts = np.array([f.estimate for f in found]), np.array([f.part for f in found])
    # 400 repetitions: the mean is good to 0.05 standard deviations, the standard deviation to 4 %.
    assert estimates.mean() == pytest.approx(-3.0, abs=4 * estimates.std() / 20)
    assert parts.mean() == pytest.approx(-8 * 0.3, abs=4 * parts.std() / 20)
    assert np.mean([f.standard_error for f in found]) == pytest.approx(estimates.std(), rel=0.12)
    assert np.mean([f.part_error for f in found]) == pytest.approx(parts.std(), rel=0.12)
    assert 0.92 <= np.mean([f.low <= -3 <= f.high for f in found]) <= 0.98


def test_clusters_widen_the_adjusted_effect() -> None:
    y, treated, post, kind = kinds(7, 300)
    twice = [np.repeat(values, 2) for values in (y, treated, post, kind)]
    alone = adjusted_did(y, treated, post, kind[:, None])
    doubled = adjusted_did(*twice[:3], twice[3][:, None], clusters=np.repeat(np.arange(300), 2))
    assert doubled.estimate == pytest.approx(alone.estimate)
    assert doubled.standard_error == pytest.approx(alone.standard_error, rel=0.02)


def test_features_that_another_cell_lacks_are_refused() -> None:
    y, treated, post, kind = kinds(8, 200)
    only = (treated * post)[:, None]
    with pytest.raises(ValueError, match="no overlap"):
        adjusted_did(y, treated, post, only)
    with pytest.raises(ValueError, match="too small"):
        adjusted_did(y[:12], treated[:12], post[:12], np.random.default_rng(1).normal(size=(12, 9)))
    with pytest.raises(ValueError, match="features"):
        adjusted_did(y, treated, post, kind)


def test_a_shift_of_composition_is_the_difference_in_differences_of_shares() -> None:
    _y, treated, post, kind = kinds(9, 4000, mix=0.1)
    found = composition_shift(kind, treated, post)
    one = difference_in_differences(kind, treated, post, errors="HC1")
    assert found.differences == pytest.approx((-one.estimate, one.estimate))
    assert found.test.df == 1
    # HC1's n/(n - 4) against G/(G - 1).
    assert found.test.chi2 == pytest.approx((one.t or 0) ** 2, rel=0.002)
    assert found.shares.sum(axis=0) == pytest.approx(np.ones(4))


def test_composition_that_does_not_move_is_called_so_one_time_in_twenty() -> None:
    draw = np.random.default_rng(10)
    rejected = 0
    for _ in range(300):
        labels, cells = draw.integers(0, 4, 300), draw.integers(0, 2, (2, 300))
        rejected += composition_shift(labels, *cells).test.p_value < 0.05
    assert rejected / 300 < 0.05 + 3 * (0.05 * 0.95 / 300) ** 0.5
    same = composition_shift(["a"] * 8, [1, 1, 0, 0] * 2, [1, 0, 1, 0] * 2)
    assert (same.test.p_value, same.test.df, same.differences) == (1.0, 0, (0.0,))
