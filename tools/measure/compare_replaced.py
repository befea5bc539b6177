"""A dimension that was replaced between two stretches: its values came or went with a large part of the answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from tools.measure.compare_strata import Crude, Strata, count_strata, other_dimensions
from tools.outcome import Outcome
from tools.result import FactSheet, Model
from tools.scope import MISSING, Scope
from tools.stats.decomposition import Effect
from tools.stats.standardisation import standardised_gap
from warehouse.roles import words_of
from warehouse.workspace import Warehouse

LARGE_PART = 0.2
"""Of the answers of a stretch, in values that the other stretch does not have."""
STILL_THERE, TIMES, EXPECTED = 0.01, 10, 10
"""A value counts as not there with a hundredth of the answers at most, a tenth of its share at most, and only where
so many answers with it would have been expected."""
FEWEST_COMMON, MOST_TOLD, MOST_NAMED = 30, 2, 3
_CALENDAR_NAME = re.compile(
    r"\b(?:year|quarter|month|week|day|date|wave|round|period|season|time|half|fiscal|term|batch|jahr|monat|woche|quartal)\b"
)
_CALENDAR_VALUE = re.compile(r"(?:19|20)\d\d|\bq[1-4]\b|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\b")
Verdict = Literal["higher", "lower", "no clear difference"]


class Replaced(Model):
    """A dimension of which values came or went between the stretches."""

    dimension: str
    gone: list[str] = Field(description="Values that only the stretch before has, most answers first.")
    new: list[str] = Field(description="Values that only the stretch after has, most answers first.")
    gone_share: str | None = Field(description="Id of their share of the answers before.")
    new_share: str | None = Field(description="Id of their share of the answers after.")
    comparable: bool = Field(description="True where both stretches share values with enough answers.")
    common: list[str] = Field(default_factory=list, description="Values that both stretches have.")
    difference: str | None = Field(
        None, description="Id of the change among the answers with values that both have, at one composition of them."
    )
    verdict: Verdict | None = Field(None, description="Whether that rose or fell.")


def find_replaced(
    warehouse: Warehouse,
    sheet: FactSheet,
    outcome: Outcome,
    later: Scope,
    earlier: Scope,
    crude: Crude,
    sql: list[str],
) -> tuple[list[Replaced], list[str]]:
    """The dimensions that were replaced, those that leave nothing to compare first, with what is to be said of them.

    Args:
        sql: the statement is added to it.
    """
    names = [
        name for name in other_dimensions(warehouse, later, earlier, outcome) if not _of_the_calendar(warehouse, name)
    ]
    strata = count_strata(warehouse, names, later, earlier, outcome, sql)
    found = [one for item in strata if (one := _without_missing(item)) is not None and _moved(one) is not None]
    found.sort(key=lambda item: (_comparable(item), -_weight(item)))
    sheet.statement = len(sql)
    told = [made for item in found[:MOST_TOLD] if (made := _tell(sheet, item, outcome, crude)) is not None]
    return told, [_caveat(item) for item in told]


def _of_the_calendar(warehouse: Warehouse, name: str) -> bool:
    """Waves and months are replaced by their nature."""
    values = list(warehouse.catalog.dimensions[name].values)
    dated = sum(bool(_CALENDAR_VALUE.search(value.lower())) for value in values)
    return bool(_CALENDAR_NAME.search(words_of(name))) or 2 * dated > len(values)


def _without_missing(item: Strata) -> Strata | None:
    """That a column was not filled in yet replaces nothing."""
    kept = np.array([value != MISSING for value in item.values])
    if not np.any(kept) or item.n[:, kept].sum(axis=1).min() < EXPECTED:
        return None
    values = [value for value in item.values if value != MISSING]
    return Strata(item.name, values, item.n[:, kept], item.total[:, kept], item.square[:, kept])


def _alone(item: Strata) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which values only the later stretch has, and which only the earlier one."""
    whole = item.n.sum(axis=1)
    share = item.n / whole[:, None]
    new, gone = (
        (share[other] <= STILL_THERE) & (share[own] >= TIMES * share[other]) & (share[own] * whole[other] >= EXPECTED)
        for own, other in ((0, 1), (1, 0))
    )
    return new, gone


def _moved(item: Strata) -> tuple[float, float] | None:
    """The shares of new and gone values, where one of them is large."""
    share = item.n / item.n.sum(axis=1, keepdims=True)
    new, gone = _alone(item)
    moved = float(share[0][new].sum()), float(share[1][gone].sum())
    return moved if max(moved) >= LARGE_PART else None


def _weight(item: Strata) -> float:
    return sum(_moved(item) or (0.0, 0.0))


def _common(item: Strata) -> NDArray[np.bool_]:
    new, gone = _alone(item)
    found: NDArray[np.bool_] = ~new & ~gone & np.all(item.n > 0, axis=0)
    return found


def _comparable(item: Strata) -> bool:
    """Whether a fifth of each stretch, and enough answers, stand in values that both have."""
    held = item.n[:, _common(item)].sum(axis=1)
    return bool(np.all(held >= FEWEST_COMMON) and np.all(held / item.n.sum(axis=1) >= LARGE_PART))


def _tell(sheet: FactSheet, item: Strata, outcome: Outcome, crude: Crude) -> Replaced | None:
    """None where the values that both stretches have tell the same as the whole."""
    change = _among_common(item, outcome, crude) if _comparable(item) else None
    verdict = (
        None if change is None else _verdict(change.estimate, change.p_value is not None and change.p_value < 0.05)
    )
    if verdict == _verdict(crude.estimate, crude.clear):
        return None
    share = item.n / item.n.sum(axis=1, keepdims=True)
    new, gone = _alone(item)
    told = Replaced(
        dimension=item.name,
        gone=_named(item, gone, 1),
        new=_named(item, new, 0),
        gone_share=_share(sheet, item, share[1], gone, 1, crude.where),
        new_share=_share(sheet, item, share[0], new, 0, crude.where),
        comparable=change is not None,
        common=_named(item, _common(item), 0),
        verdict=verdict,
    )
    if change is not None:
        n, cell = int(item.n[:, _common(item)].sum()), {**crude.where, item.name: " or ".join(told.common)}
        name, unit = f"{crude.name}_in_common", crude.unit
        fact = sheet.add(name, change.estimate, unit, n=n, low=change.low, high=change.high, where=cell)
        told.difference = fact.id
    return told


def _among_common(item: Strata, outcome: Outcome, crude: Crude) -> Effect:
    """The change among the answers with values that both stretches have, at one composition of them."""
    mean, variance = item.moments(outcome, crude.design_effect)
    found = standardised_gap(item.n * _common(item), mean, variance, design_effect=crude.design_effect)
    return found.standardised


def _verdict(estimate: float, clear: bool) -> Verdict:
    if not clear:
        return "no clear difference"
    return "higher" if estimate > 0 else "lower"


def _named(item: Strata, which: NDArray[np.bool_], side: int) -> list[str]:
    order = [at for at in np.argsort(-item.n[side], kind="stable") if which[at]]
    return [item.values[at] for at in order]


def _share(
    sheet: FactSheet,
    item: Strata,
    share: NDArray[np.float64],
    which: NDArray[np.bool_],
    side: int,
    where: dict[str, str],
) -> str | None:
    if not np.any(which):
        return None
    values = _named(item, which, side)
    cell = {item.name: " or ".join(values), "time": "after" if side == 0 else "before"}
    kept = {key: value for key, value in where.items() if key not in ("period", "against")}
    n = int(item.n[side].sum())
    return sheet.add("share_of_answers", float(share[which].sum()), "share", n=n, where=kept | cell).id


def some(values: Sequence[str]) -> str:
    """The first values, and how many more."""
    more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return ", ".join(values[:MOST_NAMED]) + more


def _caveat(told: Replaced) -> str:
    went = f"{some(told.gone)} before" if told.gone else ""
    came = f"{some(told.new)} after" if told.new else ""
    how = " and ".join(part for part in (went, came) if part)
    if told.comparable:
        return f"The two stretches have other values of {told.dimension} (only {how}): the whole is not like with like."
    return (
        f"The two stretches are not comparable in {told.dimension} (only {how}): the change cannot be told from that "
        f"of {told.dimension}, and no segment can be blamed for it."
    )
