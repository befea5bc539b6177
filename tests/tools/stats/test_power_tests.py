"""Power of the t test and of two shares: R's printed values, statsmodels, and round trips."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tools.stats.power_tests import power_prop_test, power_t_test

R = "R ?power.t.test and ?power.prop.test, printed in stats-Ex.Rout.save"


def test_power_of_the_t_test_is_what_r_prints() -> None:
    assert power_t_test(n=20, delta=1, sd=1).power == pytest.approx(0.8689528, abs=5e-8), R
    assert power_t_test(power=0.90, delta=1).n == pytest.approx(22.02110, abs=5e-6)
    one_sided = power_t_test(power=0.90, delta=1, alternative="one-sided")
    assert one_sided.n == pytest.approx(17.84713, abs=1.3e-4)  # R's uniroot stops at eps^0.25 = 1.2e-4


def test_power_of_two_shares_is_what_r_prints() -> None:
    assert power_prop_test(n=50, p1=0.50, p2=0.75).power == pytest.approx(0.7401659, abs=5e-8), R
    assert power_prop_test(p1=0.50, p2=0.75, power=0.90).n == pytest.approx(76.7, abs=0.05)


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 200), st.floats(0.05, 1.5), st.floats(0.001, 0.2))
def test_both_tails_are_those_of_statsmodels(n: int, delta: float, alpha: float) -> None:
    """Where nearly all is power statsmodels loses the other tail and says NaN."""
    power = pytest.importorskip("statsmodels.stats.power")
    for kind, test in (("two-sample", power.TTestIndPower()), ("paired", power.TTestPower())):
        expected = float(test.power(delta, n, alpha))
        found = power_t_test(n=n, delta=delta, alpha=alpha, kind=kind, strict=True).power  # type: ignore[arg-type]
        assert found == pytest.approx(expected, abs=1e-7) or (math.isnan(expected) and found > 0.95)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.2, 0.99), st.floats(0.05, 2), st.floats(0.5, 20))
def test_what_is_solved_for_gives_the_power_back(power: float, effect: float, sd: float) -> None:
    size = power_t_test(delta=effect * sd, sd=sd, power=power)
    if size.n > 2:
        assert power_t_test(n=size.n, delta=effect * sd, sd=sd).power == pytest.approx(power, abs=1e-8)
        assert power_t_test(n=size.n, sd=sd, power=power).delta == pytest.approx(effect * sd, rel=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.05, 0.6), st.floats(0.05, 0.3), st.floats(0.3, 0.99))
def test_shares_solved_for_give_the_power_back(p1: float, gap: float, power: float) -> None:
    found = power_prop_test(p1=p1, p2=p1 + gap, power=power)
    assert power_prop_test(n=found.n, p1=p1, p2=p1 + gap).power == pytest.approx(power, abs=1e-8)
    assert power_prop_test(n=found.n, p1=p1, power=power).p2 == pytest.approx(p1 + gap, abs=1e-6)


@pytest.mark.parametrize(
    "given",
    [
        {"n": 20, "delta": 1, "power": 0.8},
        {"n": 20},
        {"n": 1, "delta": 1},
        {"n": 20, "delta": -1},
        {"delta": 1, "power": 1},
    ],
)
def test_t_tests_that_leave_nothing_to_solve_or_make_no_sense_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        power_t_test(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"p1": 0.5, "p2": 0.5, "power": 0.8},
        {"p1": 0, "p2": 0.5, "n": 10},
        {"n": 3, "p1": 0.99, "power": 0.9},
        {"n": 10},
    ],
)
def test_shares_that_cannot_be_told_apart_are_refused(given: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        power_prop_test(**given)
