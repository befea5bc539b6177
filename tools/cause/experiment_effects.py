"""The variants of an experiment against their control, plain and with a measure from before taken out."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from tools.cause.assignment import Assignment
from tools.cause.experiment_before import Before
from tools.measure.compare import LEVEL, Verdict
from tools.moments import Moments
from tools.outcome import Outcome
from tools.result import FactSheet, Model, Unit
from tools.stats.contrasts import Contrast
from tools.stats.experiments import RATIO_ALARM
from tools.stats.multiplicity import holm
from tools.stats.power import smallest_detectable
from warehouse.errors import MissingDataError


class VariantEffect(Model):
    """One variant against the control; ids of facts."""

    variant: str
    level: str = Field(description="Level of the outcome in the variant.")
    difference: str = Field(description="Variant minus control.")
    p_value: str = Field(description="Two-sided; with several variants adjusted by Holm's method.")
    smallest_detectable: str = Field(description="Smallest true difference that this much data shows 4 times in 5.")
    adjusted: str | None = Field(None, description="The difference with the measure from before taken out (CUPED).")
    adjusted_p: str | None = None
    before: str | None = Field(None, description="The same difference in the measure from before; should be about 0.")
    before_p: str | None = None
    differed_before: bool = Field(False, description="True: p below 0.01 for the measure from before.")
    verdict: Verdict = Field(description="At 5 %, by the adjusted difference where there is one.")


def _contrast(moments: Moments, who: Assignment, arm: str) -> Contrast:
    one, other = moments.at(arm), moments.at(who.control)
    if one is None or other is None:
        raise MissingDataError(f"The variant {arm!r} or the control has no value of {moments.outcome.name!r}.")
    df = None if moments.outcome.is_nps else max(1.0, float(min(moments.customers[[one, other]])) - 1)
    try:
        return moments.contrast({one: 1, other: -1}, df)
    except ValueError:
        raise MissingDataError(f"The variant {arm!r} or the control rests on one customer; wait for more.") from None


def add_level(sheet: FactSheet, moments: Moments, who: Assignment, arm: str) -> str:
    at = moments.at(arm)
    assert at is not None
    df = None if moments.outcome.is_nps else max(1.0, float(moments.customers[at]) - 1)
    level, n = moments.contrast({at: 1}, df), int(moments.n[at])
    low, high = _held(moments.outcome, level.low, level.high)
    name = "nps" if moments.outcome.is_nps else "mean"
    return sheet.add(name, level.estimate, moments.outcome.unit, n=n, low=low, high=high, where=cell_of(who, arm)).id


def _held(outcome: Outcome, low: float, high: float) -> tuple[float, float]:
    """Ends of a level's interval within what the outcome can be."""
    if outcome.is_nps:
        return max(low, -100.0), min(high, 100.0)
    return (max(low, 0.0), min(high, 1.0)) if outcome.unit == "share" else (low, high)


def add_effects(
    sheet: FactSheet,
    who: Assignment,
    moments: Moments,
    before: Before | None,
    arms: list[str],
    levels: dict[str, str],
) -> list[VariantEffect]:
    plain = [_contrast(moments, who, arm) for arm in arms]
    chances = holm([test.p_value for test in plain])
    effects = []
    for arm, test, chance in zip(arms, plain, chances, strict=True):
        effects.append(_effect(sheet, who, moments, arm, test, chance, levels[arm]))
    if before is None:
        return effects
    sheet.statement = len(who.sql) + len(moments.sql) + 2
    cleaner = [before.contrast(arm, who.control) for arm in arms]
    for effect, test, chance in zip(effects, cleaner, holm([test.p_value for test in cleaner]), strict=True):
        _add_adjusted(sheet, who, before, moments.outcome, effect, test, chance)
    return effects


def _effect(
    sheet: FactSheet, who: Assignment, moments: Moments, arm: str, test: Contrast, chance: float, level: str
) -> VariantEffect:
    unit, n = difference_unit(moments.outcome), _n(moments, who, arm)
    cell = _against(who, arm)
    name = "nps_difference" if moments.outcome.is_nps else "difference"
    reach = smallest_detectable(test.standard_error)
    return VariantEffect(
        variant=arm,
        level=level,
        difference=sheet.add(name, test.estimate, unit, n=n, low=test.low, high=test.high, where=cell).id,
        p_value=sheet.add("p_value", chance, "p-value", n=n, where=cell).id,
        smallest_detectable=sheet.add("smallest_detectable_difference", reach, unit, n=n, where=cell).id,
        verdict=_verdict(test.estimate, chance),
    )


def _add_adjusted(
    sheet: FactSheet,
    who: Assignment,
    before: Before,
    measure: Outcome,
    effect: VariantEffect,
    test: Contrast,
    chance: float,
) -> None:
    cell, unit = _against(who, effect.variant), difference_unit(measure)
    sides = [before.arms[arm] for arm in (effect.variant, who.control)]
    n, held = (int(sum(counts)) for counts in ([side.n for side in sides], [side.m for side in sides]))
    name = "cuped_difference"
    effect.adjusted = sheet.add(name, test.estimate, unit, n=n, low=test.low, high=test.high, where=cell).id
    effect.adjusted_p = sheet.add("cuped_p", chance, "p-value", n=n, where=cell).id
    effect.verdict = _verdict(test.estimate, chance)
    gap = before.earlier(effect.variant, who.control)
    own: Unit = "share difference" if before.unit == "share" else before.unit
    found = sheet.add("difference_before", gap.estimate, own, n=held, low=gap.low, high=gap.high, where=cell)
    effect.before = found.id
    effect.before_p = sheet.add("difference_before_p", gap.p_value, "p-value", n=held, where=cell).id
    effect.differed_before = gap.p_value < RATIO_ALARM / (len(who.arms) - 1)


def add_saved(
    sheet: FactSheet, who: Assignment, moments: Moments, before: Before | None, arms: list[str]
) -> str | None:
    """Share of the variance of the first difference that is gone."""
    if before is None:
        return None
    plain, cleaner = _contrast(moments, who, arms[0]), before.contrast(arms[0], who.control)
    if plain.standard_error <= 0:
        return None
    saved = 1 - (cleaner.standard_error / plain.standard_error) ** 2
    return sheet.add("variance_saved", saved, "share", n=_n(moments, who, arms[0]), where=_against(who, arms[0])).id


def difference_unit(outcome: Outcome) -> Unit:
    """The unit of a difference of two means of the outcome."""
    return "share difference" if outcome.unit == "share" else outcome.unit


def _verdict(estimate: float, chance: float) -> Verdict:
    if chance >= LEVEL:
        return "no clear difference"
    return "higher" if estimate > 0 else "lower"


def _n(moments: Moments, who: Assignment, arm: str) -> int:
    return int(np.sum([moments.n[at] for at in (moments.at(arm), moments.at(who.control)) if at is not None]))


def cell_of(who: Assignment, arm: str) -> dict[str, str]:
    return {**who.rows.where, who.axis.name: arm}


def _against(who: Assignment, arm: str) -> dict[str, str]:
    return cell_of(who, arm) | {"against": who.control}
