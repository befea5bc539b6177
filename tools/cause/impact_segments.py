"""Whom did it touch: the difference in differences of every segment, and whether they differ."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from pydantic import Field

from tools.cause.impact_design import AFTER, BEFORE, CONTROL, EXPOSED, Design, names_of
from tools.cause.impact_effect import LEVEL, add_estimate, add_p, contrast_of, place_of
from tools.moments import Moments, cell_moments
from tools.outcome import Outcome
from tools.result import FactSheet, Model
from tools.scope import Axis, axes
from tools.stats.multiplicity import holm
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

_SIGNS = (((EXPOSED, AFTER), 1.0), ((EXPOSED, BEFORE), -1.0), ((CONTROL, AFTER), -1.0), ((CONTROL, BEFORE), 1.0))


class SegmentEffect(Model):
    """The effect in one segment."""

    where: dict[str, str]
    effect: str | None = Field(description="Id of the fact; None where a cell has too few answers.")
    p_holm: float | None = None
    verdict: str = Field("", description="higher, lower or no clear effect, after Holm's adjustment.")


@dataclass
class Segments:
    """Effects by segment, the strongest fall first."""

    told: list[SegmentEffect] = field(default_factory=list)
    differ: str | None = None
    """Id of the p-value that the effect is the same in all."""
    differ_surely: bool = False
    caveats: list[str] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)


def segment_effects(
    warehouse: Warehouse, design: Design, outcome: Outcome, by: list[str], sheet: FactSheet, first: int
) -> Segments:
    """Effects by the values of `by` (crossed where there are several)."""
    split = axes(warehouse, by)
    _check(split, design)
    moments = cell_moments(warehouse, [*split, design.group, design.window], design.scope, outcome)
    found = Segments(sql=list(moments.sql))
    base, width = warehouse.catalog.minimum_base.cell, len(split)
    keys = list(dict.fromkeys(key[:width] for key in moments.keys))
    shown = [key for key in keys if _smallest(moments, key) >= base]
    shown = _protected(moments, keys, shown, base)
    sheet.statement = first
    names = [item.name for item in split]
    contrasts = [contrast_of(moments, {(*key, *cell): sign for cell, sign in _SIGNS}) for key in shown]
    chances = holm([contrast.p_value for contrast in contrasts])
    for key, contrast, chance in zip(shown, contrasts, chances, strict=True):
        where = {**design.contrast_where(), **dict(zip(names, key, strict=True))}
        n = sum(int(moments.n[place_of(moments, *key, *cell)]) for cell, _sign in _SIGNS)
        made = add_estimate(sheet, "effect_in_segment", contrast, outcome, n, where)
        sure = chance < LEVEL and made.error > 0
        verdict = "no clear effect" if not sure else "higher" if contrast.estimate > 0 else "lower"
        values = dict(zip(names, key, strict=True))
        found.told.append(SegmentEffect(where=values, effect=made.fact, p_holm=chance, verdict=verdict))
    order = np.argsort([contrast.estimate for contrast in contrasts], kind="stable")
    found.told = [found.told[int(at)] for at in order]
    if len(shown) > 1:
        _heterogeneity(found, moments, shown, design, sheet)
    hidden = [key for key in keys if key not in shown]
    found.told += [SegmentEffect(where=dict(zip(names, key, strict=True)), effect=None) for key in hidden]
    if hidden:
        listed = ", ".join(" × ".join(key) for key in hidden[:5]) + (" and others" if len(hidden) > 5 else "")
        found.caveats.append(f"No effect is told for {listed}: fewer than {base} answers in a group before or after.")
    return found


def _check(split: list[Axis], design: Design) -> None:
    for item in split:
        if item.name in names_of([design.exposed, design.control]):
            raise NpsError(
                f"{item.name!r} tells who was exposed, so that no value of it has a control group; split by another "
                "dimension."
            )
        if "period" in item.name.lower().split(":"):
            raise NpsError(f"The dimension {item.name!r} has the name of calendar periods; rename it in the file.")


def _smallest(moments: Moments, key: tuple[str, ...]) -> float:
    places = [moments.at(*key, *cell) for cell, _sign in _SIGNS]
    known = [at for at in places if at is not None and np.isfinite(moments.covariance[at, at])]
    usable = [float(moments.n[at]) for at in known if moments.customers[at] > 1]
    return min(usable) if len(usable) == 4 else 0.0


def _protected(
    moments: Moments, keys: list[tuple[str, ...]], shown: list[tuple[str, ...]], base: int
) -> list[tuple[str, ...]]:
    """The hidden ones together must not be a small group that the total gives away; else one more is hidden."""
    hidden = [key for key in keys if key not in shown]
    size = {key: _total(moments, key) for key in keys}
    while hidden and shown and sum(size[key] for key in hidden) < base:
        smallest = min(shown, key=lambda key: size[key])
        shown, hidden = [key for key in shown if key != smallest], [*hidden, smallest]
    return shown


def _total(moments: Moments, key: tuple[str, ...]) -> float:
    return sum(float(n) for known, n in zip(moments.keys, moments.n, strict=True) if known[: len(key)] == key)


def _heterogeneity(
    found: Segments, moments: Moments, shown: list[tuple[str, ...]], design: Design, sheet: FactSheet
) -> None:
    """Wald's test that every segment has the effect of the first."""
    rows = []
    for key in shown[1:]:
        row = {place_of(moments, *key, *cell): sign for cell, sign in _SIGNS}
        row |= {place_of(moments, *shown[0], *cell): -sign for cell, sign in _SIGNS}
        rows.append(row)
    used = sorted({at for row in rows for at in row})
    if not np.any(moments.covariance[np.ix_(used, used)]):
        return
    test = moments.joint(rows)
    n = sum(int(_total(moments, key)) for key in shown)
    found.differ = add_p(sheet, "effects_differ_p", test.p_value, n, design.contrast_where())
    found.differ_surely = test.p_value < LEVEL
