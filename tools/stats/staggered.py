"""Group-time average effects for groups exposed at different times (Callaway & Sant'Anna 2021), without covariates.

A two-way fixed effects regression takes those exposed earlier as controls for those exposed later; where effects differ
between groups or grow with time it can even have the wrong sign. Here every effect compares a group with units that are
not exposed (yet), and the averages have weights that one can name.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.contrasts import joint_test
from tools.stats.tails import ChiSquareTest, check_choice, critical_value, two_sided_p

FloatArray = NDArray[np.float64]
Control = Literal["never", "not_yet"]
Base = Literal["varying", "universal"]


@dataclass(frozen=True, slots=True)
class Effect:
    """An estimate with its normal interval, in the unit of y."""

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True, slots=True)
class GroupTime:
    """The effect on the units first exposed in `group`, in `period`; before it, a test of the assumption."""

    group: float
    period: float
    effect: Effect
    post: bool


@dataclass(frozen=True)
class Staggered:
    """Group-time effects and their averages; θ overall is `group_overall`."""

    cells: tuple[GroupTime, ...]
    simple: Effect
    """All group-times from exposure on, weighted by the groups' sizes."""
    dynamic: dict[float, Effect]
    """By time since exposure; below 0 before it."""
    dynamic_covariance: FloatArray
    """Of `dynamic`, in its order; a reference period is in neither."""
    dynamic_overall: Effect
    """The plain average over times since exposure of 0 and more."""
    group: dict[float, Effect]
    """Each group's average over its periods from exposure on."""
    group_overall: Effect
    """Those averaged by the groups' sizes: the average effect on a unit that was ever exposed."""
    pre_trend: ChiSquareTest | None
    """That all group-time effects before exposure are 0; None where there is none."""
    shares: dict[float, float]
    """The groups' sizes as shares of all rows."""
    units: int
    """Independent units behind the errors."""


def group_time_att(
    y: ArrayLike,
    period: ArrayLike,
    group: ArrayLike,
    units: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    control: Control = "never",
    base: Base = "varying",
    anticipation: int = 0,
    confidence: float = 0.95,
) -> Staggered:
    """Group-time effects from rows, a panel (with `units`) or repeated cross-sections (without).

    ATT(g, t) = (mean y of group g in t − in b) − (mean y of its controls in t − in b). b is the last period before
    g − `anticipation`; with the `varying` base, before exposure it is the period before t. Controls are the rows never
    exposed or, with `not_yet`, those and the groups first exposed after both periods. Errors come from influence
    functions summed by cluster, those of the weights included and without small-sample factor, and are those of the R
    package did with `est_method = "reg"`, no covariates and analytical errors.

        simple  Σ p_g ATT(g, t)/Σ p_g over t ≥ g        group  mean over t ≥ g of ATT(g, t); overall weighted by p_g
        dynamic Σ p_g ATT(g, g + e)/Σ p_g over g        overall  mean over e ≥ 0

    p_g is the share of rows in group g. Groups exposed in the first period are left out, groups exposed after the last
    period are never exposed.

    Args:
        y, period, group: of one length; periods are numbers above 0, `group` the first exposed period of the row's
            unit, and 0, infinity or NaN for never.
        units: who the row is of; units that are not seen once in every period are left out.
        clusters: left out, the units or else the rows.
        anticipation: periods before exposure in which units may already react.

    Raises ValueError for arrays of different lengths, missing outcomes, periods not above 0, fewer than two periods,
    no exposed group with a period before it, no controls, or a unit with two groups or seen twice in a period.

    Callaway & Sant'Anna (2021), Difference-in-differences with multiple time periods, JoE 225, 200-230.

    >>> y = [1, 2, 1, 2, 1, 5, 2, 7]
    >>> found = group_time_att(y, [1, 2] * 4, [0] * 4 + [2] * 4, units=[1, 1, 2, 2, 3, 3, 4, 4])
    >>> [(c.group, c.period, c.effect.estimate) for c in found.cells], found.simple.estimate
    ([(2.0, 2.0, 3.5)], 3.5)
    """
    rows = _Rows(y, period, group, units, clusters)
    plan = _Plan(rows.periods, rows.groups, rows.counts, control, base, anticipation)
    influence = np.column_stack([rows.influence(cell) for cell in plan.cells])
    att = np.array([rows.att(cell) for cell in plan.cells])
    averages = _Averages(plan, att, rows.shares)
    belongs = (rows.group[:, None] == rows.groups[None, :]) - rows.shares[None, :]
    found = influence @ averages.weights.T + belongs / len(rows.y) @ averages.sizes.T
    return _staggered(plan, averages, rows, rows.crossed(found), rows.crossed(influence), confidence)


def group_time_att_from_means(
    periods: ArrayLike,
    groups: ArrayLike,
    means: ArrayLike,
    n: ArrayLike,
    covariance: ArrayLike,
    units: int,
    control: Control = "never",
    confidence: float = 0.95,
) -> Staggered:
    """The same from the means of groups × periods and their covariance, with the universal base.

    Pre-periods are compared with the last period before exposure. Controls of several groups (`not_yet`) change by
    the average of their groups' own changes, with the same weights in both periods, so that a changing mix of them is
    no change; with one control group this is ATT(g, t) as above. Shares of groups are those of `units` drawn at random.

    Args:
        periods: T, ascending, above 0.
        groups: G, the first exposed period; infinity for never.
        means, n: G × T; where n is 0 the mean does not matter.
        covariance: GT × GT, of the means row by row.
        units: customers behind all of them.

    Raises ValueError for shapes that do not fit, and as `group_time_att`.

    >>> found = group_time_att_from_means(
    ...     [1, 2, 3], [3, np.inf], [[1, 1, 6], [2, 2, 3]], np.full((2, 3), 50), np.eye(6), units=300
    ... )
    >>> {e: effect.estimate for e, effect in found.dynamic.items()}
    {-2.0: 0.0, 0.0: 4.0}
    """
    cells = _Cells(periods, groups, means, n, covariance, units)
    plan = _Plan(cells.periods, cells.groups, cells.counts, control, "universal", 0)
    contrasts = np.array([cells.contrast(cell) for cell in plan.cells])
    averages = _Averages(plan, contrasts @ cells.means.ravel(), cells.shares)
    of_cells = contrasts @ cells.covariance @ contrasts.T
    drawn = (np.diag(cells.shares) - np.outer(cells.shares, cells.shares)) / units
    spread = averages.weights @ of_cells @ averages.weights.T + averages.sizes @ drawn @ averages.sizes.T
    return _staggered(plan, averages, cells, spread, of_cells, confidence)


@dataclass(frozen=True, slots=True)
class _Cell:
    """One comparison, by places in the data's groups and periods."""

    group: int
    period: int
    base: int
    controls: tuple[int, ...]
    post: bool


class _Plan:
    """Which group-times can be estimated: every cell of the comparison holds rows."""

    def __init__(
        self,
        periods: FloatArray,
        groups: FloatArray,
        counts: FloatArray,
        control: Control,
        base: Base,
        anticipation: int,
    ) -> None:
        check_choice("control", control, ("never", "not_yet"))
        check_choice("base", base, ("varying", "universal"))
        self.periods, self.groups, self.control = periods, groups, control
        self.cells: list[_Cell] = []
        for g in np.flatnonzero(np.isfinite(groups)):
            before = np.flatnonzero(periods + anticipation < groups[g])
            for t in range(len(periods)) if len(before) else ():
                post, last = bool(periods[t] >= groups[g]), int(before[-1])
                b = t - 1 if base == "varying" and t <= last else last
                controls = self._controls(int(g), max(periods[t], periods[b]) + anticipation)
                needed = [*controls, int(g)]
                if b >= 0 and b != t and controls and np.all(counts[np.ix_(needed, [t, b])] > 0):
                    self.cells.append(_Cell(int(g), t, b, controls, post))
        if not any(cell.post for cell in self.cells):
            raise ValueError("no group has a period before and one after its exposure with controls in both.")

    def _controls(self, group: int, until: float) -> tuple[int, ...]:
        after = np.isinf(self.groups) if self.control == "never" else self.groups > until
        return tuple(int(c) for c in np.flatnonzero(after) if c != group)

    def since(self, cell: _Cell) -> float:
        """Time since exposure."""
        return float(self.periods[cell.period] - self.groups[cell.group])


class _Averages:
    """Every average as weights over the group-time effects, with its derivatives by the groups' shares."""

    def __init__(self, plan: _Plan, att: FloatArray, shares: FloatArray) -> None:
        self.att, self.shares = att, shares
        self.of = np.array([cell.group for cell in plan.cells])
        post = np.array([cell.post for cell in plan.cells])
        since = np.array([plan.since(cell) for cell in plan.cells])
        self.times = [float(e) for e in np.unique(since)]
        self.exposed = [int(g) for g in np.unique(self.of[post])]
        by_time = [self._weighted(since == e) for e in self.times]
        by_group = [self._plain(post & (self.of == g)) for g in self.exposed]
        later = [row for e, row in zip(self.times, by_time, strict=True) if e >= 0]
        overall = (sum(row[0] for row in later) / len(later), sum(row[1] for row in later) / len(later))
        rows = [self._weighted(post), overall, self._over_groups(by_group), *by_time, *by_group]
        self.weights: FloatArray = np.array([row[0] for row in rows])
        self.sizes: FloatArray = np.array([row[1] for row in rows])

    def _weighted(self, members: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        """Σ p_g ATT/Σ p_g over the members."""
        p = np.where(members, self.shares[self.of], 0.0)
        weights = p / p.sum()
        off = np.where(members, self.att - weights @ self.att, 0.0) / p.sum()
        return weights, np.bincount(self.of, weights=off, minlength=len(self.shares)).astype(float)

    def _plain(self, members: NDArray[np.bool_]) -> tuple[FloatArray, FloatArray]:
        return members / members.sum(), np.zeros(len(self.shares))

    def _over_groups(self, rows: Sequence[tuple[FloatArray, FloatArray]]) -> tuple[FloatArray, FloatArray]:
        p = self.shares[self.exposed]
        effects = np.array([weights @ self.att for weights, _sizes in rows])
        sizes = np.zeros(len(self.shares))
        sizes[self.exposed] = (effects - p @ effects / p.sum()) / p.sum()
        return p @ np.array([weights for weights, _sizes in rows]) / p.sum(), sizes


class _Rows:
    """Rows in Python: means of any of their cells, and influences."""

    def __init__(
        self, y: ArrayLike, period: ArrayLike, group: ArrayLike, units: ArrayLike | None, clusters: ArrayLike | None
    ) -> None:
        values, when, who = np.asarray(y, float), np.asarray(period, float), np.asarray(group, float)
        unit = None if units is None else np.unique(np.asarray(units), return_inverse=True)[1]
        label = unit if clusters is None else np.unique(np.asarray(clusters), return_inverse=True)[1]
        label = np.arange(len(values)) if label is None else label
        if not len(values) == len(when) == len(who) == len(label) or (unit is not None and len(unit) != len(values)):
            raise ValueError("y, period, group, units and clusters must be of one length.")
        if not np.all(np.isfinite(values)) or not np.all(np.isfinite(when)) or not np.all(when > 0):
            raise ValueError("y must hold no missing values, and periods must be numbers above 0.")
        who = np.where(np.isfinite(who) & (who != 0) & (who <= when.max(initial=0)), who, np.inf)
        kept = who > when.min(initial=np.inf)
        if unit is not None:
            kept &= _whole(unit, when, who)
        self.y, self.when, self.group, self.label = values[kept], when[kept], who[kept], label[kept]
        self.periods, self.groups = np.unique(self.when), np.unique(self.group)
        if len(self.periods) < 2:
            raise ValueError("two periods or more are needed.")
        self.counts = np.array([[self._at(g, t).sum() for t in self.periods] for g in self.groups], float)
        self.shares: FloatArray = self.counts.sum(axis=1) / len(self.y)
        self.units = len(np.unique(self.label))

    def _at(self, group: float, period: float) -> NDArray[np.bool_]:
        found: NDArray[np.bool_] = (self.group == group) & (self.when == period)
        return found

    def _parts(self, cell: _Cell) -> list[tuple[float, NDArray[np.bool_]]]:
        sides = (np.array([self.groups[cell.group]]), self.groups[list(cell.controls)])
        return [
            (sign * way, np.isin(self.group, side) & (self.when == self.periods[t]))
            for sign, side in zip((1.0, -1.0), sides, strict=True)
            for way, t in ((1.0, cell.period), (-1.0, cell.base))
        ]

    def att(self, cell: _Cell) -> float:
        return sum(sign * float(self.y[rows].mean()) for sign, rows in self._parts(cell))

    def influence(self, cell: _Cell) -> FloatArray:
        found = np.zeros(len(self.y))
        for sign, rows in self._parts(cell):
            found[rows] += sign * (self.y[rows] - self.y[rows].mean()) / rows.sum()
        return found

    def crossed(self, influence: FloatArray) -> FloatArray:
        """Covariance: influences summed by cluster, times each other."""
        _names, at = np.unique(self.label, return_inverse=True)
        summed = np.zeros((self.units, influence.shape[1]))
        np.add.at(summed, at, influence)
        crossed: FloatArray = summed.T @ summed
        return crossed


def _whole(unit: NDArray[np.int64], when: FloatArray, group: FloatArray) -> NDArray[np.bool_]:
    """Rows of units that are seen once in every period."""
    seen = np.unique(np.column_stack([unit, when]), axis=0)
    if len(seen) < len(unit):
        raise ValueError("a unit is seen more than once in a period; leave units out for repeated cross-sections.")
    if len(np.unique(np.column_stack([unit, group]), axis=0)) > len(np.unique(unit)):
        raise ValueError("a unit has more than one group; the group is the first period in which it was exposed.")
    whole: NDArray[np.bool_] = (np.bincount(unit) == len(np.unique(when)))[unit]
    return whole


class _Cells:
    """Means of groups × periods with their covariance."""

    def __init__(
        self, periods: ArrayLike, groups: ArrayLike, means: ArrayLike, n: ArrayLike, covariance: ArrayLike, units: int
    ) -> None:
        self.periods, self.groups = np.asarray(periods, float), np.asarray(groups, float)
        self.means, self.counts = np.asarray(means, float), np.asarray(n, float)
        shape = (len(self.groups), len(self.periods))
        size = shape[0] * shape[1]
        spread = np.asarray(covariance, float)
        if self.means.shape != shape or self.counts.shape != shape or spread.shape != (size, size) or units < 1:
            raise ValueError("means and n must be groups × periods, covariance as long as both, units above 0.")
        if shape[1] < 2 or np.any(np.diff(self.periods) <= 0) or self.periods[0] <= 0:
            raise ValueError("periods must be two or more, ascending and above 0.")
        empty = (self.counts <= 0).ravel()
        self.means = np.where(self.counts > 0, self.means, 0.0)
        self.covariance = np.where(empty[:, None] | empty[None, :], 0.0, spread)
        self.shares: FloatArray = self.counts.sum(axis=1) / self.counts.sum()
        self.units = units

    def contrast(self, cell: _Cell) -> FloatArray:
        row = np.zeros(self.means.shape)
        row[cell.group, cell.period] += 1
        row[cell.group, cell.base] -= 1
        controls = list(cell.controls)
        weights = self.counts[controls][:, [cell.period, cell.base]].sum(axis=1)
        row[controls, cell.period] -= weights / weights.sum()
        row[controls, cell.base] += weights / weights.sum()
        return row.ravel()


def _staggered(
    plan: _Plan,
    averages: _Averages,
    data: _Rows | _Cells,
    spread: FloatArray,
    of_cells: FloatArray,
    confidence: float,
) -> Staggered:
    z = critical_value(confidence)

    def effect(estimate: float, variance: float) -> Effect:
        error = math.sqrt(max(0.0, variance))
        chance = two_sided_p(estimate / error) if error > 0 else float(estimate == 0)
        return Effect(estimate, error, estimate - z * error, estimate + z * error, chance)

    values = averages.weights @ averages.att
    found = [effect(float(value), float(spread[i, i])) for i, value in enumerate(values)]
    times, first = len(averages.times), 3
    cells = tuple(
        GroupTime(
            float(data.groups[cell.group]),
            float(data.periods[cell.period]),
            effect(float(averages.att[i]), float(of_cells[i, i])),
            cell.post,
        )
        for i, cell in enumerate(plan.cells)
    )
    before = [i for i, cell in enumerate(plan.cells) if not cell.post]
    testable = bool(before) and bool(np.any(of_cells[np.ix_(before, before)]))
    return Staggered(
        cells=cells,
        simple=found[0],
        dynamic=dict(zip(averages.times, found[first : first + times], strict=True)),
        dynamic_covariance=spread[first : first + times, first : first + times],
        dynamic_overall=found[1],
        group={float(data.groups[g]): e for g, e in zip(averages.exposed, found[first + times :], strict=True)},
        group_overall=found[2],
        pre_trend=joint_test(averages.att, of_cells, list(np.eye(len(cells))[before])) if testable else None,
        shares={float(data.groups[g]): float(data.shares[g]) for g in averages.exposed},
        units=data.units,
    )
