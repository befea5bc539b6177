"""Is a gap between two groups still there in like strata: what else differs between them and makes the gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import Field

from tools.cells import Cell
from tools.disclosure import OTHER
from tools.explain.customer_groups import clustered_effects
from tools.measure.compare_strata import Crude, Strata, count_strata, other_dimensions
from tools.outcome import Outcome
from tools.result import FactSheet, Model
from tools.scope import Scope, axes
from tools.stats.counts import Counts
from tools.stats.decomposition import Effect
from tools.stats.multiplicity import holm
from tools.stats.standardisation import StandardisedGap, standardised_gap
from warehouse.sample import is_large
from warehouse.workspace import Warehouse

LEVEL, LEAST_COVERED, MOST_TRIED = 0.05, 0.5, 3
Verdict = Literal["higher", "lower", "no clear difference"]


class Alike(Model):
    """The gap in like strata of the dimension that changes it most; only where it clearly changes."""

    dimension: str
    difference: str = Field(description="Id of the gap at one composition of the dimension, mean of both groups'.")
    p_value: str = Field(description="Id of its p-value, adjusted for all dimensions looked at.")
    verdict: Verdict
    by_mix: str = Field(description="Id of the part of the gap that comes from the groups' different composition.")
    change: Literal["turned", "gone", "smaller", "appeared", "kept"] = Field(
        description="turned: the sign turns; gone: half of the gap or more goes and none is clear; smaller: half or "
        "more goes; appeared: a gap that the whole does not show; kept: none of these."
    )
    looked_at: int = Field(description="Dimensions looked at.")


@dataclass(frozen=True)
class _Found:
    strata: Strata
    gap: StandardisedGap
    covered: float
    """Of the side that has less of it, the share of the answers in strata that both sides have."""
    n: int
    """Answers in those strata."""
    chance: float
    """That composition changes nothing, adjusted for all dimensions looked at."""


def gap_in_like_strata(
    warehouse: Warehouse,
    sheet: FactSheet,
    outcome: Outcome,
    first: Scope,
    second: Scope,
    crude: Crude,
    sql: list[str],
) -> tuple[Alike | None, list[str]]:
    """What the dimension that changes the gap most does to it, with the caveats; nothing where none clearly does."""
    base = warehouse.catalog.minimum_base.cell
    names = other_dimensions(warehouse, first, second, outcome)
    counted = count_strata(warehouse, names, first, second, outcome, sql)
    strata = [one for one in counted if not one.repeats_outcome(base)]
    statement = len(sql)
    gaps = _gaps(strata, outcome, crude.design_effect, base)
    chances = holm([_chance(item.gap.removed) for item in gaps])
    found = [replace(item, chance=chance) for item, chance in zip(gaps, chances, strict=True) if chance < LEVEL]
    found.sort(key=lambda item: -abs(item.gap.removed.estimate))
    for item in found[:MOST_TRIED]:
        removed, alike = _with_customers(warehouse, outcome, item, (first, second), crude, len(gaps), sql)
        if removed is not None and alike is not None:
            sheet.statement = statement
            return _tell(sheet, item, removed, alike, crude, len(gaps))
    return None, []


def _gaps(strata: Sequence[Strata], outcome: Outcome, design_effect: float, base: int) -> list[_Found]:
    """Dimensions of which at least half of each side stands in strata that both sides have."""
    found = []
    for one in (item.pooled(base, OTHER) for item in strata):
        held = one.n.min(axis=0) >= base
        if held.sum() < 2:
            continue
        gap = _gap(one, outcome, design_effect, base)
        covered = float((one.n[:, held].sum(axis=1) / one.n.sum(axis=1)).min())
        if covered >= LEAST_COVERED:
            found.append(_Found(one, gap, covered, int(one.n[:, held].sum()), 1.0))
    return found


def _gap(one: Strata, outcome: Outcome, design_effect: float, base: int) -> StandardisedGap:
    mean, variance = one.moments(outcome, design_effect)
    return standardised_gap(one.n * (one.n.min(axis=0) >= base), mean, variance, design_effect=design_effect)


def _with_customers(
    warehouse: Warehouse,
    outcome: Outcome,
    item: _Found,
    sides: tuple[Scope, Scope],
    crude: Crude,
    looked: int,
    sql: list[str],
) -> tuple[Effect | None, Effect | None]:
    """Both effects with the errors of customers who answered several times; None where nothing is clear any more."""
    if not (outcome.is_nps and warehouse.catalog.repeated_customers):
        return item.gap.removed, item.gap.standardised
    first, second = sides
    if is_large(warehouse.catalog.tables["responses"].rows):
        deff = max(crude.design_effect, _repeats(warehouse, outcome, first, second, sql))
        wide = _gap(item.strata, outcome, deff, warehouse.catalog.minimum_base.cell)
        return (None, None) if looked * _chance(wide.removed) >= LEVEL else (wide.removed, wide.standardised)
    cells = {value: Cell((value,), Counts(0, 0, 0), 0) for value in item.strata.values}
    found = clustered_effects(warehouse, axes(warehouse, [item.strata.name]), second, first, cells, cells, sql)
    if found is None or looked * _chance(found.mix) >= LEVEL:
        return None, None
    return _at(item.gap.removed, found.mix), _at(item.gap.standardised, found.within)


def _repeats(warehouse: Warehouse, outcome: Outcome, first: Scope, second: Scope, sql: list[str]) -> float:
    """The design effect if all answers of a customer were alike: more than it can be."""
    one, two = (" AND ".join(side.conditions) or "TRUE" for side in (first, second))
    relation = warehouse.relation([*first.columns, *second.columns, *outcome.columns])
    either = f"customer_id IS NOT NULL AND (({one}) OR ({two}))"
    each = f"SELECT count(*) AS n FROM {relation} WHERE {either} GROUP BY customer_id"
    found = warehouse.run(f"SELECT sum(n * n) / sum(n) FROM ({each}) AS customers")
    sql.append(found.sql)
    return max(1.0, float(found.rows[0][0] or 1.0))


def _at(own: Effect, clustered: Effect) -> Effect:
    """The estimate as it was counted, with the other's errors."""
    shift = own.estimate - clustered.estimate
    return Effect(own.estimate, clustered.low + shift, clustered.high + shift, clustered.p_value)


def _chance(effect: Effect) -> float:
    return 1.0 if effect.p_value is None else effect.p_value


def _tell(
    sheet: FactSheet, item: _Found, removed: Effect, alike: Effect, crude: Crude, looked: int
) -> tuple[Alike, list[str]]:
    name, chance = item.strata.name, min(1.0, looked * _chance(alike))
    verdict: Verdict = "no clear difference" if chance >= LEVEL else "higher" if alike.estimate > 0 else "lower"
    n, where = item.n, {**crude.where, "dimension": name}
    gap = sheet.add(
        f"{crude.name}_in_like_strata", alike.estimate, crude.unit, n=n, low=alike.low, high=alike.high, where=where
    )
    p_value = sheet.add("p_value_holm", chance, "p-value", n=n, where=where)
    mix = sheet.add(
        f"{crude.name.removesuffix('_difference')}_from_mix",
        removed.estimate,
        crude.unit,
        n=n,
        low=removed.low,
        high=removed.high,
        where=where,
    )
    told = Alike(
        dimension=name,
        difference=gap.id,
        p_value=p_value.id,
        verdict=verdict,
        by_mix=mix.id,
        change=_change(crude, alike, verdict),
        looked_at=looked,
    )
    return told, _caveats(told, item.covered)


def _change(crude: Crude, alike: Effect, verdict: Verdict) -> Literal["turned", "gone", "smaller", "appeared", "kept"]:
    clear = verdict != "no clear difference"
    if not crude.clear:
        return "appeared" if clear else "kept"
    if crude.estimate * alike.estimate < 0 and clear:
        return "turned"
    if crude.estimate * alike.estimate > 0 and 2 * abs(alike.estimate) > abs(crude.estimate):
        return "kept"
    return "smaller" if clear else "gone"


def _caveats(told: Alike, covered: float) -> list[str]:
    if told.change == "kept":
        return []
    of = f"{told.looked_at} dimensions were" if told.looked_at > 1 else "1 dimension was"
    said = [
        f"The groups differ in {told.dimension}; in like strata both are held to the mean of their compositions. {of} "
        "looked at, one at a time; what is said holds after adjusting for that."
    ]
    if covered < 0.95:
        said.append(
            f"Only {covered:.0%} of the answers of one side stand in values of {told.dimension} that both sides have; "
            "the others do not count in like strata."
        )
    return said
