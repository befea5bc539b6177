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
from tools.stats.tails import ChiSquareTest, critical_value, two_sided_p

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
    """Of `dynamic`, in its order."""
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
    {-2.0: 0.0, -1.0: 0.0, 0.0: 4.0}
    """
    cells = _Cells(periods, groups, means, n, covariance, units)
    plan = _Plan(cells.periods, cells.groups, cells.counts, control, "universal", 0)
    contrasts = np.array([cells.contrast(cell) for cell in plan.cells])
    averages = _Averages(plan, contrasts @ cells.means.ravel(), cells.shares)
    of_cells = contrasts @ cells.covariance @ contrasts.T
    drawn = (np.diag(cells.shares) - np.outer(cells.shares, cells.shares)) / units
    spread = averages.weights @ of_cells @ averages.weights.T + averages.sizes @ drawn @ averages.sizes.T
    return _staggered(plan, averages, cells, spread, of_cells, confidence)
