"""A randomised experiment read: the split first, then each variant against the control."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from tools.cause.assignment import Assignment, find_assignment, outcome_moments
from tools.cause.experiment_before import FEWEST, measure_before
from tools.cause.experiment_effects import (
    VariantEffect,
    add_effects,
    add_level,
    add_saved,
    cell_of,
)
from tools.charts import SCHEMA
from tools.measure.compare import LEVEL
from tools.moments import Moments
from tools.outcome import Outcome, asked_outcome
from tools.result import Cell as Value
from tools.result import Column, FactSheet, Result, Table
from tools.scope import Where
from tools.stats.experiments import RATIO_ALARM, sample_ratio_test
from tools.stats.proportions import equal_proportions, wilson_interval
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Decision = Literal["clear difference", "no clear difference", "not to be trusted until explained"]


class ExperimentResult(Result):
    """Is the split as planned, and does a variant differ from the control."""

    variant: str = Field(description="The column of assignment.")
    control: str = Field(description="The value that the others are compared with.")
    control_level: str = Field(description="Id of the control's level.")
    effects: list[VariantEffect]
    outcome: str
    ratio_p: str = Field(description="Id of the p-value that the groups have the planned sizes.")
    ratio_mismatch: bool = Field(description="True: the sizes are not the planned ones (p below 0.01).")
    plan_given: bool = Field(
        False, description="True: the planned split was named; else equal shares were taken for it."
    )
    differed_before: bool = Field(description="True: a variant differed in the measure from before (p below 0.01).")
    trusted: bool = Field(description="False where the split is not as planned or variants differed before.")
    answering_p: str | None = Field(None, description="Id of the p-value that variants answer equally often.")
    answering_differs: bool = Field(False, description="True: variants answer unequally often (p below 0.01).")
    answering_may_differ: bool = Field(False, description="True: there is a sign of it (p below 0.05).")
    variance_saved: str | None = Field(None, description="Id of the share of variance that is saved by it.")
    decision: Decision


def experiment(
    warehouse: Warehouse,
    *,
    variant: Annotated[str, Field(description="Column that says who was assigned to which variant.")],
    control: Annotated[str | None, Field(description="Value of that column that is the control.")] = None,
    outcome: Annotated[
        str | None, Field(description="NPS when left out; or a number, a yes/no column, or column=value.")
    ] = None,
    pre: Annotated[
        str | None,
        Field(description="Column measured before the experiment (CUPED); for NPS the earlier answers if left out."),
    ] = None,
    shares: Annotated[
        dict[str, float], Field(description='Planned split: {"A": 50, "B": 50}; equal when left out.')
    ] = {},
    start: Annotated[
        str | None, Field(description="First day of the experiment; answers from before are no outcome.")
    ] = None,
    where: Annotated[Where, Field(description='Filter: {"country": "Germany"}.')] = {},
    period: Annotated[str | None, Field(description="Only outcomes from this stretch of time.")] = None,
) -> ExperimentResult:
    """Read an A/B test: check the split against the plan, then compare each variant with the control.

    Use it where customers were assigned at random. It gives each difference with interval and p-value, a version with
    a measure from before taken out (CUPED), the smallest difference that could have been seen, and who answered. Where
    nobody was assigned at random use `matched_effect`.
    """
    measure = asked_outcome(warehouse, outcome)
    who = find_assignment(warehouse, variant, control, measure, start, where, period)
    _refuse_few(warehouse, who)
    moments = outcome_moments(warehouse, who, measure)
    before, notes = measure_before(warehouse, who, measure, pre)
    sheet = FactSheet("experiment")
    ratio, mismatch = _ratio(sheet, who, shares)
    answering, chance = _answering(sheet, who, warehouse.catalog.minimum_base.cell)
    sheet.statement = len(who.sql) + 1
    levels = {arm: add_level(sheet, moments, who, arm) for arm in _compared(who, moments)}
    effects = add_effects(sheet, who, moments, before, list(levels)[1:], levels)
    saved = add_saved(sheet, who, moments, before, list(levels)[1:])
    differed = any(effect.differed_before for effect in effects)
    if differed:
        notes.append("A variant differed from the control before the experiment, which random assignment hardly does.")
    clear = any(effect.verdict != "no clear difference" for effect in effects)
    return ExperimentResult(
        facts=sheet.facts,
        caveats=[*_caveats(warehouse, who, measure, mismatch, chance, list(levels), bool(shares)), *notes],
        sql=[*who.sql, *moments.sql, *(before.sql if before else [])],
        table=_table(sheet, who, levels, effects),
        chart=_chart(sheet, measure, levels),
        variant=who.axis.name,
        control=who.control,
        control_level=levels[who.control],
        effects=effects,
        outcome=measure.name,
        ratio_p=ratio,
        ratio_mismatch=mismatch,
        plan_given=bool(shares),
        differed_before=differed,
        trusted=not (mismatch or differed),
        answering_p=answering,
        answering_differs=chance < RATIO_ALARM,
        answering_may_differ=chance < LEVEL,
        variance_saved=saved,
        decision=_decision(mismatch or differed, clear),
    )


def _decision(doubtful: bool, clear: bool) -> Decision:
    if doubtful:
        return "not to be trusted until explained"
    return "clear difference" if clear else "no clear difference"


def _refuse_few(warehouse: Warehouse, who: Assignment) -> None:
    base = max(FEWEST, warehouse.catalog.minimum_base.cell)
    if who.answered.get(who.control, 0) < base:
        raise MissingDataError(
            f"Fewer than {base} customers of the control {who.control!r} have the outcome; wait for more answers, name "
            "another control or widen the filter."
        )
    if not any(who.answered.get(arm, 0) >= base for arm in who.arms[1:]):
        raise MissingDataError(
            f"No variant beside {who.control!r} has {base} customers with the outcome; wait for more answers."
        )


def _compared(who: Assignment, moments: Moments) -> list[str]:
    """The control, and the variants with enough customers."""
    return [arm for arm in who.arms if who.answered.get(arm, 0) >= FEWEST and moments.at(arm) is not None]


def _ratio(sheet: FactSheet, who: Assignment, shares: dict[str, float]) -> tuple[str, bool]:
    """The split against the plan: counted before anything is compared."""
    sheet.statement = max(1, len(who.sql) - 1)
    unknown = [name for name in shares if name not in who.arms]
    missing = [arm for arm in who.arms if shares and arm not in shares]
    if unknown or missing or any(not share > 0 for share in shares.values()):
        raise NpsError(
            f"The planned shares must name each variant ({', '.join(who.arms)}) with a number above 0 and nothing else."
        )
    planned = [shares.get(arm, 1.0) for arm in who.arms]
    test = sample_ratio_test([who.assigned[arm] for arm in who.arms], planned)
    total = sum(who.assigned.values())
    for arm, share in zip(who.arms, planned, strict=True):
        cell = cell_of(who, arm)
        count = who.assigned[arm]
        part = wilson_interval(count, total)
        sheet.add("assigned", count, "customers", n=count, where=cell)
        sheet.add("assigned_share", part.estimate, "share", n=total, low=part.low, high=part.high, where=cell)
        sheet.add("planned_share", share / sum(planned), "share", where=cell)
    ratio = sheet.add("sample_ratio_p", test.p_value, "p-value", n=total, where=dict(who.rows.where))
    return ratio.id, test.mismatch


def _answering(sheet: FactSheet, who: Assignment, base: int) -> tuple[str | None, float]:
    """Whether the variants have the outcome equally often: id and value of the p-value, 1 where all have it."""
    x, n = [who.answered.get(arm, 0) for arm in who.arms], [who.assigned[arm] for arm in who.arms]
    if x == n or any(some > of for some, of in zip(x, n, strict=True)):
        return None, 1.0
    sheet.statement = len(who.sql)
    for arm, some, of in zip(who.arms, x, n, strict=True):
        rate, cell = wilson_interval(some, of), cell_of(who, arm)
        if some < base:
            sheet.add("outcome_rate", None, "share", where=cell, reason=f"fewer than {base} customers")
            continue
        sheet.add("with_outcome", some, "customers", n=of, where=cell)
        sheet.add("outcome_rate", rate.estimate, "share", n=of, low=rate.low, high=rate.high, where=cell)
    test = equal_proportions(x, n)
    p_value = sheet.add("outcome_rate_p", test.p_value, "p-value", n=sum(n), where=dict(who.rows.where))
    return p_value.id, test.p_value


def _caveats(
    warehouse: Warehouse,
    who: Assignment,
    measure: Outcome,
    mismatch: bool,
    chance: float,
    compared: list[str],
    planned: bool,
) -> list[str]:
    said = []
    if mismatch:
        said.append(
            "The groups do not have the planned sizes (sample ratio mismatch), which chance would hardly bring about: "
            "something in assignment, logging or filtering treats the variants differently. Find it first; the "
            "difference may come from it."
        )
    if not planned:
        said.append(
            "The plan was taken to be equal shares; name others with shares. Where customers chose or were selected "
            "this is no experiment: then use matched_effect."
        )
    if who.chosen:
        said.append(f"{who.control!r} was taken for the control; name another with control.")
    if not who.from_customers:
        said.append(
            "Assignment was counted among those in the file; npsight cannot know whether all assigned are in it."
        )
    if who.crossed:
        said.append("Customers seen in more than one variant are left out; there should be none.")
    if who.by_customer:
        said.append(f"{measure.name!r} is known of the customers and counted once for each, answer or not.")
    elif "customers" in warehouse.catalog.tables and not measure.is_nps:
        said.append(f"{measure.name!r} is counted among those who answered only; who answers may differ by variant.")
    if chance < LEVEL:
        how = "unequally often" if chance < RATIO_ALARM else "perhaps unequally often (p below 0.05)"
        said.append(
            f"The variants have the outcome {how}; those who answer may differ between them, and then part of "
            "the difference is who answered."
        )
    few = [arm for arm in who.arms if arm not in compared]
    if few:
        said.append(f"Not compared, for fewer than {FEWEST} customers with the outcome: {', '.join(few)}.")
    if len(compared) > 2:
        said.append("p-values are adjusted for several variants by Holm's method; the intervals are not.")
    if warehouse.catalog.repeated_customers and not who.by_customer:
        said.append("Customers are the units; those who answered several times are counted as such (clustered).")
    said.append(
        "Looking again and again until p is small makes findings out of chance; decide once, at the planned size."
    )
    return said


def _table(sheet: FactSheet, who: Assignment, levels: dict[str, str], effects: list[VariantEffect]) -> Table:
    facts = {fact.id: fact for fact in sheet.facts}
    by_arm = {effect.variant: effect for effect in effects}
    rows: list[list[Value]] = []
    for arm, level in levels.items():
        effect, own = by_arm.get(arm), facts[level]
        told: list[Value] = [None] * 5
        if effect:
            gap, cleaner = facts[effect.difference], facts[effect.adjusted].value if effect.adjusted else None
            told = [gap.value, gap.low, gap.high, facts[effect.p_value].value, cleaner]
        rows.append([arm, who.assigned[arm], own.n, own.value, *told])
    unit, apart = facts[levels[who.control]].unit, facts[effects[0].difference].unit
    columns = [
        Column(name=who.axis.name),
        Column(name="assigned", unit="customers"),
        Column(name="n", unit="responses"),
        Column(name="level", unit=unit),
        Column(name="difference", unit=apart),
        Column(name="95% low", unit=apart),
        Column(name="95% high", unit=apart),
        Column(name="p", unit="p-value"),
        Column(name="difference, CUPED", unit=apart),
    ]
    if not any(effect.adjusted for effect in effects):
        columns, rows = columns[:-1], [row[:-1] for row in rows]
    return Table(title=f"{who.axis.name}: against {who.control}", columns=columns, rows=rows)


def _chart(sheet: FactSheet, measure: Outcome, levels: dict[str, str]) -> dict[str, Any]:
    """The level of each variant with its interval."""
    facts = {fact.id: fact for fact in sheet.facts}
    data = [
        {"variant": arm, "level": facts[key].value, "low": facts[key].low, "high": facts[key].high, "n": facts[key].n}
        for arm, key in levels.items()
    ]
    title = "NPS (points)" if measure.is_nps else measure.name
    along = {"field": "variant", "type": "nominal", "sort": None, "title": None}
    axis = {"type": "quantitative", "title": title, "scale": {"zero": False}}
    rule = {"mark": "rule", "encoding": {"x": {"field": "low", **axis}, "x2": {"field": "high"}}}
    point = {"mark": {"type": "point", "filled": True}, "encoding": {"x": {"field": "level", **axis}}}
    return {"$schema": SCHEMA, "data": {"values": data}, "encoding": {"y": along}, "layer": [rule, point]}
