"""Is a mean or a share really higher here than there: two groups or two periods, for outcomes other than NPS."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import Field

from tools.moments import Moments, cell_moments
from tools.outcome import Outcome
from tools.result import Column, Fact, FactSheet, Model, Table, Unit
from tools.scope import Axis, Scope
from tools.shown import where_text
from tools.stats.contrasts import Contrast
from tools.stats.did import welch_df
from tools.stats.power import smallest_detectable
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

FIRST, SECOND = "first", "second"


class OutcomeCell(Model):
    """One side of a comparison of means or shares."""

    where: dict[str, str]
    n: int = Field(description="Answers that have the outcome.")
    mean: float = Field(description="Mean of the outcome; for yes and no its share.")
    low: float
    high: float
    fact: str = Field(description="Id of the side's fact.")


@dataclass(frozen=True)
class Sides:
    """What a comparison of an outcome found; ids of facts."""

    first: OutcomeCell
    second: OutcomeCell
    difference: str
    p_value: str
    smallest_detectable: str
    test: Contrast
    design_effect: float = 1.0
    """As if all answers of a customer were alike."""
    sql: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)


def compare_outcome(warehouse: Warehouse, sheet: FactSheet, outcome: Outcome, first: Scope, second: Scope) -> Sides:
    """Means or shares of both sides as facts, with the test of their difference, clustered by customer."""
    _refuse_group_as_outcome(outcome, first, second)
    found = _moments(warehouse, outcome, first, second)
    places = {side: _place(warehouse, found, side, scope) for side, scope in ((FIRST, first), (SECOND, second))}
    if not np.any(np.diag(found.covariance)):
        raise MissingDataError(
            f"The outcome {outcome.name!r} is the same for all answers of each side, so that nothing can be said of "
            "how sure a difference is; choose another outcome or wider groups."
        )
    one, two = (_add_level(sheet, found, places[side], scope) for side, scope in ((FIRST, first), (SECOND, second)))
    test = _contrast(found, {places[FIRST]: 1.0, places[SECOND]: -1.0})
    ids = _add_difference(sheet, outcome, test, one, where_text(two.where), one.n + two.n)
    repeats = max(float(found.n[at] / found.customers[at]) for at in places.values())
    return Sides(one, two, *ids, test, max(1.0, repeats), list(found.sql), _caveats(warehouse, found, outcome))


def outcome_table(outcome: Outcome, one: OutcomeCell, two: OutcomeCell) -> Table:
    """Both sides laid out for people."""
    names = list(dict.fromkeys([*one.where, *two.where]))
    unit = outcome.unit
    columns = [
        *(Column(name=name) for name in names),
        Column(name=level_title(outcome), unit=unit),
        Column(name="95% low", unit=unit),
        Column(name="95% high", unit=unit),
        Column(name="n", unit="responses"),
    ]
    rows = [
        [*(cell.where.get(name, "all") for name in names), cell.mean, cell.low, cell.high, cell.n]
        for cell in (one, two)
    ]
    title = f"{level_title(outcome)}: {where_text(one.where)} against {where_text(two.where)}"
    return Table(title=title, columns=columns, rows=rows)


def level_title(outcome: Outcome) -> str:
    """What is compared, for people."""
    name = _level_name(outcome)
    start = "share_of_" if outcome.unit == "share" else "mean_"
    return f"{'Share of' if outcome.unit == 'share' else 'Mean'} {name.removeprefix(start)}"


def _refuse_group_as_outcome(outcome: Outcome, first: Scope, second: Scope) -> None:
    apart = {name for name in (*first.where, *second.where) if first.where.get(name) != second.where.get(name)}
    if apart & set(outcome.columns):
        raise NpsError(f"The outcome {outcome.name!r} is what tells the two sides apart; name another outcome.")


def _moments(warehouse: Warehouse, outcome: Outcome, first: Scope, second: Scope) -> Moments:
    one, two = (" AND ".join(side.conditions) or "TRUE" for side in (first, second))
    columns = tuple(dict.fromkeys([*first.columns, *second.columns]))
    relation = warehouse.relation([*columns, *outcome.columns])
    counted = f"({outcome.sql}) IS NOT NULL"
    overlap = f"SELECT count(*) FROM {relation} WHERE {counted} AND ({one}) AND ({two})"
    both = warehouse.run(overlap).rows[0][0]
    if both:
        some = f"{both:,}" if both >= warehouse.catalog.minimum_base.cell else "Some"
        raise NpsError(f"{some} answers belong to both sides; compare groups or periods that do not overlap.")
    side = Axis("side", f"CASE WHEN {one} THEN '{FIRST}' ELSE '{SECOND}' END", columns)
    either = Scope(conditions=[f"(({one}) OR ({two}))"], columns=list(columns))
    return cell_moments(warehouse, [side], either, outcome)


def _place(warehouse: Warehouse, found: Moments, side: str, scope: Scope) -> int:
    at, base, name = found.at(side), warehouse.catalog.minimum_base.cell, found.outcome.name
    if at is None or found.n[at] < base:
        few = f"no answers with {name!r}" if at is None else f"fewer than {base} answers with {name!r}"
        raise MissingDataError(
            f"There are {few} for {where_text(scope.where)}; a comparison needs at least {base} on both sides."
        )
    if found.customers[at] < 2 or not np.isfinite(found.covariance[at, at]):
        raise MissingDataError(
            f"All answers for {where_text(scope.where)} are of one customer, so that nothing can be said of how sure a "
            "difference is; choose wider groups or periods."
        )
    return at


def _contrast(found: Moments, weights: dict[int, float]) -> Contrast:
    """A weighted sum of both means by Student's t with Welch's degrees of freedom over customers."""
    variances = [float(found.covariance[at, at]) for at in weights]
    return found.contrast(weights, welch_df(variances, [float(found.customers[at]) for at in weights]))


def _add_level(sheet: FactSheet, found: Moments, at: int, scope: Scope) -> OutcomeCell:
    level, n, outcome = _contrast(found, {at: 1.0}), int(found.n[at]), found.outcome
    low, high = level.low, level.high
    if outcome.unit == "share":
        low, high = max(low, 0.0), min(high, 1.0)
    where = dict(scope.where)
    fact = sheet.add(_level_name(outcome), level.estimate, outcome.unit, n=n, low=low, high=high, where=where)
    return OutcomeCell(where=where, n=n, mean=level.estimate, low=low, high=high, fact=fact.id)


def _add_difference(
    sheet: FactSheet, outcome: Outcome, test: Contrast, one: OutcomeCell, against: str, n: int
) -> tuple[str, str, str]:
    """Difference, p-value and smallest detectable difference as facts; their ids."""
    unit: Unit = "share difference" if outcome.unit == "share" else outcome.unit
    cell, reach = one.where | {"against": against}, smallest_detectable(test.standard_error)
    low, high = (max(test.low, -1.0), min(test.high, 1.0)) if outcome.unit == "share" else (test.low, test.high)
    name = f"{_level_name(outcome)}_difference"
    made: Sequence[Fact] = (
        sheet.add(name, test.estimate, unit, n=n, low=low, high=high, where=cell),
        sheet.add("p_value", test.p_value, "p-value", n=n, where=cell),
        sheet.add("smallest_detectable_difference", reach, unit, n=n, where=cell),
    )
    return made[0].id, made[1].id, made[2].id


def _level_name(outcome: Outcome) -> str:
    if outcome.unit != "share":
        return f"mean_{outcome.name}"
    return f"share_of_{outcome.name}" if "=" in outcome.name else f"share_of_{outcome.name}={outcome.counted}"


def _caveats(warehouse: Warehouse, found: Moments, outcome: Outcome) -> list[str]:
    caveats = [f"n counts the answers that have a value of {outcome.name}."]
    if warehouse.catalog.repeated_customers and float(found.customers.sum()) < float(found.n.sum()):
        caveats.append(
            "Some customers answered more than once and count each time; intervals and the test are clustered by "
            "customer."
        )
    if found.sampled:
        caveats.append("How much answers of one customer resemble each other was estimated from a sample of customers.")
    return caveats
