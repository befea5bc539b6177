"""Two periods cut into the same segments, on the unit scale, with the sampling noise of what is made of them.

The arithmetic behind `tools.stats.decomposition`, where the formulas are written out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.stats.counts import Counts, observed
from tools.stats.tails import check_design_effect

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Period:
    """One period; the arrays hold its common segments in one order, `rest` pools all other segments."""

    share: Array
    nps: Array
    noise: Array
    """Variance of each segment's NPS."""
    common: Counts
    rest: Counts
    design_effect: float

    @property
    def share_of_rest(self) -> float:
        return self.rest.n / (self.common.n + self.rest.n)

    @property
    def rest_gap(self) -> float:
        """NPS of the other segments minus NPS of the common ones; 0 where there are no others."""
        return observed(self.rest)[0] - observed(self.common)[0] if self.rest.n else 0.0

    @property
    def rest_effect(self) -> float:
        """NPS of all answers minus NPS of the common segments."""
        return self.share_of_rest * self.rest_gap

    def share_noise(self, values: Array) -> float:
        """Variance of sum(share * values) that comes from the shares being estimated."""
        spread = self.share @ (values - self.share @ values) ** 2
        return self.design_effect * float(spread) / self.common.n

    def rest_noise(self) -> float:
        """Variance of `rest_effect`."""
        if not self.rest.n:
            return 0.0
        share = self.share_of_rest
        inside = _answer_variance(self.common, self.design_effect) * share / (1 - share)
        outside = _answer_variance(self.rest, self.design_effect)
        spread = outside + inside + (1 - share) * self.rest_gap**2
        return self.design_effect * share * spread / (self.common.n + self.rest.n)


@dataclass(frozen=True, slots=True)
class Change:
    """From one period to the next over the common segments `names`."""

    names: tuple[str, ...]
    before: Period
    after: Period

    @property
    def mean_share(self) -> Array:
        return (self.before.share + self.after.share) / 2

    @property
    def share_shift(self) -> Array:
        return self.after.share - self.before.share

    @property
    def nps_shift(self) -> Array:
        return self.after.nps - self.before.nps

    @property
    def mean_nps(self) -> Array:
        return (self.before.nps + self.after.nps) / 2

    def within(self) -> Array:
        return self.mean_share * self.nps_shift

    def mix(self) -> Array:
        centre = (self.before.share @ self.before.nps + self.after.share @ self.after.nps) / 2
        return self.share_shift * (self.mean_nps - centre)

    def within_noise(self) -> float:
        """Variance of the sum of the within effects."""
        shares = sum(period.share_noise(self.nps_shift / 2) for period in (self.before, self.after))
        return shares + float(self.mean_share**2 @ (self.before.noise + self.after.noise))

    def mix_noise(self) -> float:
        """Variance of the sum of the mix effects; 0 for one segment, whose share among itself is always 1."""
        if len(self.names) == 1:
            return 0.0
        shares = sum(period.share_noise(self.mean_nps) for period in (self.before, self.after))
        return shares + float((self.share_shift / 2) ** 2 @ (self.before.noise + self.after.noise))

    def segment_noise(self) -> Array:
        """Variance of each segment's within effect."""
        noise = self.mean_share**2 * (self.before.noise + self.after.noise)
        for period in (self.before, self.after):
            share = period.design_effect * period.share * (1 - period.share) / period.common.n
            noise = noise + (self.nps_shift / 2) ** 2 * share
        return noise


def change_over(
    before: Mapping[str, Counts],
    after: Mapping[str, Counts],
    *,
    common: Sequence[str],
    leaving: Sequence[str],
    entering: Sequence[str],
    design_effect: float,
) -> Change:
    """The change over the segments `common`; the others of each period are pooled."""
    return Change(
        tuple(common),
        _period(before, common, leaving, design_effect),
        _period(after, common, entering, design_effect),
    )


def _period(cells: Mapping[str, Counts], common: Sequence[str], rest: Sequence[str], deff: float) -> Period:
    check_design_effect(deff)
    segments = [cells[name] for name in common]
    pooled = sum(segments, Counts(0, 0, 0))
    return Period(
        share=np.array([cell.n / pooled.n for cell in segments]),
        nps=np.array([observed(cell)[0] for cell in segments]),
        noise=np.array([deff * _answer_variance(cell, deff) / cell.n for cell in segments]),
        common=pooled,
        rest=sum((cells[name] for name in rest), Counts(0, 0, 0)),
        design_effect=deff,
    )


def _answer_variance(cell: Counts, design_effect: float) -> float:
    """Variance of one answer, with the pseudo-answers that keep it above 0."""
    return observed(cell.adjusted(design_effect=design_effect))[1]
