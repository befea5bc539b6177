"""The four cells of an impact study and the difference in differences between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import Field

from tools.cause.impact_design import AFTER, BEFORE, CONTROL, EXPOSED, Design
from tools.cells import count_cells
from tools.moments import Moments, cell_moments
from tools.outcome import Outcome
from tools.result import FactSheet, Model, Unit
from tools.stats.contrasts import Contrast
from tools.stats.did import welch_df
from tools.stats.power import smallest_detectable
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

Verdict = Literal["higher", "lower", "no clear effect", "cannot tell a cause"]
LEVEL = 0.05


class ImpactCell(Model):
    """A group in a window."""

    group: Literal["exposed", "control"]
    window: Literal["before", "after"]
    period: str
    where: dict[str, str]
    level: str = Field(description="Id of the fact with its NPS, mean or share.")
    n: int


@dataclass(frozen=True)
class Estimate:
    """An effect as it will be told."""

    value: float
    error: float
    low: float
    high: float
    p_value: float
    fact: str = ""

    @property
    def sure(self) -> bool:
        """True when it is clearly not 0; what does not vary at all proves nothing."""
        return self.error > 0 and self.p_value < LEVEL


def unit_of_difference(outcome: Outcome) -> Unit:
    """The unit of a difference of two levels."""
    return "share difference" if outcome.unit == "share" else outcome.unit


def level_name(outcome: Outcome) -> str:
    """What a level is called: nps, mean_amount, share_of_churned."""
    if outcome.is_nps:
        return "nps"
    return f"share_of_{outcome.name}" if outcome.unit == "share" else f"mean_{outcome.name}"


class FourCells:
    """Means of both groups before and after, with their covariance, and the levels as the other tools tell them."""

    def __init__(self, warehouse: Warehouse, design: Design, outcome: Outcome) -> None:
        self.design, self.outcome = design, outcome
        axes, rows = [design.group, design.window], design.scope
        self.moments = cell_moments(warehouse, axes, rows, outcome)
        self.sql = list(self.moments.sql)
        self._refuse_lonely()
        self._refuse_still()
        self.levels_from, self.unscored = 1, 0
        self.intervals: dict[tuple[str, ...], tuple[float, float]] = {}
        if outcome.is_nps:
            counted = count_cells(warehouse, axes, rows)
            self.levels_from = len(self.sql) + 1
            self.sql += counted.sql
            self.intervals = {cell.key: (cell.interval.low, cell.interval.high) for cell in counted.cells if cell.n}
            self.unscored = counted.total.rows - counted.total.n

    def _refuse_lonely(self) -> None:
        for at, key in enumerate(self.moments.keys):
            if self.moments.customers[at] < 2 or not np.isfinite(self.moments.covariance[at, at]):
                raise MissingDataError(
                    f"All answers of the {key[0]} group {key[1]} the event are of one customer, so that nothing can be "
                    "said of how sure an effect is; choose groups or windows with more customers."
                )

    def _refuse_still(self) -> None:
        if self.moments.keys and not np.any(np.diag(self.moments.covariance)):
            raise MissingDataError(
                f"The outcome {self.outcome.name!r} is the same for all answers of each group and window, so that "
                "nothing can be said of how sure an effect is; choose another outcome or wider groups."
            )

    def contrast(self, weights: Mapping[tuple[str, ...], float]) -> Contrast:
        """A weighted sum of cells; Student's t for outcomes that are no classes."""
        return contrast_of(self.moments, weights)

    def place(self, group: str, window: str) -> int:
        """Position of a cell."""
        return place_of(self.moments, group, window)

    def add_levels(self, sheet: FactSheet, first: int) -> list[ImpactCell]:
        """The four levels as facts."""
        sheet.statement = first + self.levels_from - 1
        cells = []
        for group in [EXPOSED, CONTROL] if self.design.control else [EXPOSED]:
            for window, period in ((BEFORE, self.design.before), (AFTER, self.design.after)):
                at, where = self.place(group, window), self.design.where(group, period)
                single, n = self.contrast({(group, window): 1.0}), int(self.moments.n[at])
                low, high = self.intervals.get((group, window), (single.low, single.high))
                if self.outcome.unit == "share":
                    low, high = max(low, 0.0), min(high, 1.0)
                unit, name = self.outcome.unit, level_name(self.outcome)
                fact = sheet.add(name, single.estimate, unit, n=n, low=low, high=high, where=where)
                cells.append(
                    ImpactCell(group=group, window=window, period=period.label, where=where, level=fact.id, n=n)
                )
        return cells

    def add_change(self, sheet: FactSheet, group: str) -> Estimate:
        """After minus before of one group."""
        change = self.contrast({(group, AFTER): 1.0, (group, BEFORE): -1.0})
        n = sum(int(self.moments.n[self.place(group, window)]) for window in (BEFORE, AFTER))
        where = {**self.design.where(group, self.design.after), "before": self.design.before.label, **self.design.dated}
        return add_estimate(sheet, "change", change, self.outcome, n, where)

    def difference(self) -> Contrast:
        """The difference in differences."""
        return self.contrast(
            {(EXPOSED, AFTER): 1.0, (EXPOSED, BEFORE): -1.0, (CONTROL, AFTER): -1.0, (CONTROL, BEFORE): 1.0}
        )

    @property
    def n(self) -> int:
        """All answers in the four cells."""
        return int(self.moments.n.sum())


def place_of(moments: Moments, *key: str) -> int:
    """Position of a cell that is known to be there."""
    at = moments.at(*key)
    assert at is not None
    return at


def contrast_of(moments: Moments, weights: Mapping[tuple[str, ...], float]) -> Contrast:
    """A weighted sum of cells. Small cells of a number are judged by Student's t, NPS by its adjusted variance."""
    places = {place_of(moments, *key): weight for key, weight in weights.items()}
    df = None
    if not moments.outcome.is_nps:
        variances = [weight**2 * float(moments.covariance[at, at]) for at, weight in places.items()]
        df = welch_df(variances, [max(2.0, float(moments.customers[at])) for at in places])
    return moments.contrast(places, df)


def add_estimate(
    sheet: FactSheet, name: str, found: Contrast, outcome: Outcome, n: int, where: dict[str, str]
) -> Estimate:
    """An effect as a fact."""
    unit = unit_of_difference(outcome)
    fact = sheet.add(name, found.estimate, unit, n=n, low=found.low, high=found.high, where=where)
    return Estimate(found.estimate, found.standard_error, found.low, found.high, found.p_value, fact.id)


def add_p(sheet: FactSheet, name: str, p_value: float, n: int | None, where: dict[str, str]) -> str:
    """A p-value as a fact; its id."""
    return sheet.add(name, p_value, "p-value", n=n, where=where).id


def add_detectable(sheet: FactSheet, error: float, outcome: Outcome, n: int, where: dict[str, str]) -> str:
    """The smallest effect that would have shown four times in five; its id."""
    unit = unit_of_difference(outcome)
    return sheet.add("smallest_detectable_effect", smallest_detectable(error), unit, n=n, where=where).id
