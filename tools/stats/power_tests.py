"""Power of the t test and of the test of two shares, solved for whichever quantity is left out (as R does)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from tools.stats.tails import check_choice

Alternative = Literal["two-sided", "one-sided"]
ALTERNATIVES = ("two-sided", "one-sided")
LARGEST_N = 1e12


@dataclass(frozen=True)
class TPower:
    """All quantities of a t test; `n` is for each group, pairs when paired."""

    n: float
    delta: float
    sd: float
    alpha: float
    power: float


@dataclass(frozen=True)
class PropPower:
    """All quantities of a test of two shares; `n` is for each group."""

    n: float
    p1: float
    p2: float
    alpha: float
    power: float


def power_t_test(
    n: float | None = None,
    delta: float | None = None,
    sd: float = 1.0,
    alpha: float = 0.05,
    power: float | None = None,
    *,
    kind: Literal["two-sample", "one-sample", "paired"] = "two-sample",
    alternative: Alternative = "two-sided",
    strict: bool = False,
) -> TPower:
    """Power of Student's t test; give two of `n`, `delta` and `power`, the third is found (R's `power.t.test`).

    With two groups of n, t has 2(n − 1) degrees of freedom and non-centrality √(n/2) δ/σ; with one group or pairs n − 1
    and √n δ/σ (σ then that of the differences). Two-sided power counts the tail on the side of δ; with `strict` both.

    Args:
        n: people in each group, need not be whole; round up.
        delta: true difference, above 0.
        sd: standard deviation of one answer.

    An n that is looked for is at least 2, also where that has more power. Raises ValueError unless exactly one of the
    three is left out, for values out of range, another `kind` or `alternative`, a power that cannot be reached, and one
    that no difference at all has (alpha, or half of it two-sided).

    R Core Team, `power.t.test`; Cohen (1988), chapter 2.

    >>> round(power_t_test(n=20, delta=1).power, 7), round(power_t_test(delta=1, power=0.9).n, 2)
    (0.8689528, 22.02)

    Twenty people a group see a difference of one standard deviation 87 times in 100.
    """
    _one_missing({"n": n, "delta": delta, "power": power})
    check_choice("kind", kind, ("two-sample", "one-sample", "paired"))
    check_choice("alternative", alternative, ALTERNATIVES)
    if not (sd > 0 and math.isfinite(sd)):
        raise ValueError(f"sd must be above 0, not {sd}.")
    _check_share("alpha", alpha)
    groups, sides = (2 if kind == "two-sample" else 1), (2 if alternative == "two-sided" else 1)
    if n is not None and not 2 <= n < math.inf:
        raise ValueError(f"n must be 2 or more, not {n}.")
    if delta is not None and not (delta > 0 and math.isfinite(delta)):
        raise ValueError(f"delta must be above 0, not {delta}.")

    def reached(size: float, difference: float) -> float:
        from scipy.special import nctdtr, stdtrit

        df = max(1e-7, (size - 1) * groups)
        shift = math.sqrt(size / groups) * difference / sd
        limit = float(stdtrit(df, 1 - alpha / sides))
        upper = 1 - float(nctdtr(df, shift, limit))
        lower = float(nctdtr(df, shift, -limit)) if strict and sides == 2 else 0.0
        return min(1.0, upper + (lower if math.isfinite(lower) else 0.0))  # scipy loses tails below 1e-16

    if power is None:
        assert n is not None and delta is not None
        return TPower(n, delta, sd, alpha, reached(n, delta))
    _check_share("power", power)
    _check_above_level(power, alpha / sides)
    if n is None:
        assert delta is not None
        found = _solve(lambda size: reached(size, delta) - power, 2.0, "n")
        return TPower(found, delta, sd, alpha, power)
    difference = _solve(lambda value: reached(n, value) - power, sd * 1e-7, "delta")
    return TPower(n, difference, sd, alpha, power)


def power_prop_test(
    n: float | None = None,
    p1: float | None = None,
    p2: float | None = None,
    alpha: float = 0.05,
    power: float | None = None,
    *,
    alternative: Alternative = "two-sided",
    strict: bool = False,
) -> PropPower:
    """Power of the normal test of two shares; give three of `n`, `p1`, `p2` and `power` (R's `power.prop.test`).

    power = Φ((√n |p₁ − p₂| − z √((p₁ + p₂)(1 − (p₁ + p₂)/2)))/√(p₁q₁ + p₂q₂)); `strict` adds the other tail. As in R,
    p2 is looked for above p1, and p1 below p2.

    Raises ValueError unless exactly one of the four is left out, for shares not between 0 and 1, equal shares where n
    is asked for, another `alternative`, a power that cannot be reached, or one that equal shares have (alpha, or half
    of it two-sided).

    R Core Team, `power.prop.test`; Fleiss, Levin & Paik (2003), chapter 4.

    >>> round(power_prop_test(n=50, p1=0.5, p2=0.75).power, 7)
    0.7401659
    >>> round(power_prop_test(p1=0.5, p2=0.75, power=0.9).n, 1)
    76.7
    """
    _one_missing({"n": n, "p1": p1, "p2": p2, "power": power})
    _check_share("alpha", alpha)
    check_choice("alternative", alternative, ALTERNATIVES)
    for name, share in (("p1", p1), ("p2", p2), ("power", power)):
        if share is not None:
            _check_share(name, share)
    if n is not None and not 1 <= n < math.inf:
        raise ValueError(f"n must be 1 or more, not {n}.")
    sides = 2 if alternative == "two-sided" else 1
    z = _upper_quantile(alpha / sides)

    def reached(size: float, one: float, two: float) -> float:
        pooled = z * math.sqrt((one + two) * (1 - (one + two) / 2))
        apart = math.sqrt(one * (1 - one) + two * (1 - two))
        gap = math.sqrt(size) * abs(one - two)
        lower = _normal((-gap - pooled) / apart) if strict and sides == 2 else 0.0
        return _normal((gap - pooled) / apart) + lower

    if power is None:
        assert n is not None and p1 is not None and p2 is not None
        return PropPower(n, p1, p2, alpha, reached(n, p1, p2))
    _check_above_level(power, alpha / sides)
    if n is None:
        assert p1 is not None and p2 is not None
        if p1 == p2:
            raise ValueError("Equal shares cannot be told apart by any n.")
        return PropPower(_solve(lambda size: reached(size, p1, p2) - power, 1.0, "n"), p1, p2, alpha, power)
    if p1 is not None:
        found = _solve(lambda share: reached(n, p1, share) - power, p1 + 1e-9, "p2", most=1 - 1e-9)
        return PropPower(n, p1, found, alpha, power)
    assert p2 is not None
    above = p2
    found = -_solve(lambda share: reached(n, -share, above) - power, -above + 1e-9, "p1", most=-1e-9)
    return PropPower(n, found, above, alpha, power)


def _solve(short_by: Callable[[float], float], least: float, what: str, most: float | None = None) -> float:
    """Where the rising function is 0; ValueError where it is not between `least` and the largest value allowed."""
    from scipy.optimize import brentq

    if short_by(least) >= 0:
        return least
    if most is None:
        most = 2 * least
        while short_by(most) < 0:
            most *= 2
            if most > LARGEST_N:
                raise ValueError(f"No {what} below {LARGEST_N:g} reaches this power.")
    elif short_by(most) < 0:
        raise ValueError(f"No value of {what} reaches this power.")
    return float(brentq(short_by, least, most, xtol=1e-10, rtol=1e-12))


def _one_missing(values: dict[str, float | None]) -> None:
    missing = [name for name, value in values.items() if value is None]
    if len(missing) != 1:
        raise ValueError(f"Leave out exactly one of {', '.join(values)}; it is what is computed.")


def _check_share(name: str, value: float) -> None:
    if not 0 < value < 1:
        raise ValueError(f"{name} must lie between 0 and 1, not {value}.")


def _check_above_level(power: float, level: float) -> None:
    if power <= level:
        raise ValueError(f"power must lie above {level:g}, which it has where nothing differs, not {power}.")


def _upper_quantile(tail: float) -> float:
    return NormalDist().inv_cdf(1 - tail)


def _normal(z: float) -> float:
    return math.erfc(-z / math.sqrt(2)) / 2
