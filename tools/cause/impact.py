"""What an event did: difference in differences against those it did not touch, with the checks that it needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal

from pydantic import Field

from tools.cause.impact_blocks import Blocks, count_blocks, empty_side, refuse_small
from tools.cause.impact_design import CONTROL, EXPOSED, Design, make_design
from tools.cause.impact_effect import (
    Estimate,
    FourCells,
    ImpactCell,
    Verdict,
    add_detectable,
    add_estimate,
    add_p,
)
from tools.cause.impact_fixed import fixed_caveat, is_fixed, refuse_exposure_as_outcome
from tools.cause.impact_segments import SegmentEffect, Segments, segment_effects
from tools.cause.impact_shown import (
    alone_caveats,
    cells_table,
    did_caveats,
    effects_chart,
    refuse_overlap,
    rollout_chart,
    rollout_table,
)
from tools.cause.impact_staggered import ExposureGroup, SinceExposure, rollout
from tools.cause.impact_trends import PeriodEffect, PreTrend, Trends, beyond_own_trend
from tools.cause.impact_who import Who, WhoAnswers, who_answers
from tools.moments import cell_moments
from tools.outcome import Outcome, asked_outcome
from tools.result import FactSheet, Result
from tools.scope import Where, scope
from warehouse.errors import NpsError
from warehouse.periods import Grain
from warehouse.workspace import Warehouse


class ImpactResult(Result):
    """The effect of an event, what it rests on, and what speaks against it; figures are named by the ids of facts."""

    kind: Literal["difference in differences", "different dates", "before and after"]
    event: str | None = Field(description="Name of the business event, where it has one.")
    event_date: str | None
    outcome: str
    exposed: str = Field(description="Who was exposed, in words.")
    control: str | None = Field(description="Who they are compared with, in words; None where nobody is.")
    before: str
    after: str
    verdict: Verdict = Field(description="Whether the event made the outcome higher or lower, at 5 %.")
    causal: bool = Field(
        description="True when the effect may be called one, if both groups would otherwise have moved alike: there is "
        "a control group, the outcome can change, and the periods before the event do not speak against it."
    )
    outcome_is_fixed: bool = Field(
        False, description="True: the outcome is one value per customer, so a difference only says who answered."
    )
    effect: str = Field(description="The effect to tell; in a before-and-after study only the change.")
    basis: Literal["plain", "mix held constant", "average of groups", "change only"] = Field(
        description="How the told effect was made; the mix is held constant where who answered changed differently."
    )
    p_value: str
    smallest_detectable: str
    cells: list[ImpactCell] = Field(default_factory=list, description="The levels: each group before and after.")
    exposed_change: str | None = None
    control_change: str | None = None
    plain: str | None = Field(None, description="The unadjusted difference in differences.")
    grain: Grain
    periods: list[PeriodEffect] = Field(default_factory=list, description="The event study.")
    since_exposure: list[SinceExposure] = Field(default_factory=list)
    groups: list[ExposureGroup] = Field(default_factory=list)
    pre_trend: PreTrend
    who: WhoAnswers | None = None
    segments: list[SegmentEffect] = Field(default_factory=list, description="The effect by segment, lowest first.")
    segments_differ: str | None = Field(None, description="p-value that the effect is the same in all segments.")
    segments_clearly_differ: bool = False
    beyond_own_trend: str | None = Field(
        None, description="Without a control group: the change against the group's own straight trend drawn on."
    )


def impact(
    warehouse: Warehouse,
    *,
    event_date: Annotated[
        str | None,
        Field(description="A date (2025-07-01) or the name of a business event; the only event when left out."),
    ] = None,
    exposed_from: Annotated[
        str | None,
        Field(description="A date column with each customer's own exposure, such as migrated_at (staggered roll-out)."),
    ] = None,
    exposed: Annotated[Where, Field(description="Who was exposed; default: whom the event affects.")] = {},
    control: Annotated[Where, Field(description="Who was not; empty means everybody else.")] = {},
    before: Annotated[str | None, Field(description="Window before the event; as long as after when left out.")] = None,
    after: Annotated[str | None, Field(description="Window after the event; to the end of the data.")] = None,
    by: Annotated[
        list[str], Field(description="Dimensions: the effect in each of their values (whom did it hurt).")
    ] = [],
    outcome: Annotated[
        str | None, Field(description="NPS when left out; a number of the data, a yes/no column, or column=value.")
    ] = None,
    where: Annotated[Where, Field(description="Filter that holds for both groups.")] = {},
    hold: Annotated[
        list[str] | None,
        Field(
            description="Dimensions held constant because who answers may change; nothing that the event changed. "
            "Chosen when left out; none for an empty list."
        ),
    ] = None,
    grain: Annotated[Grain | None, Field(description="Periods of the event study; chosen when left out.")] = None,
) -> ImpactResult:
    """What an event (a price rise, a release, a migration) did to NPS or another outcome: difference in differences.

    Use it for "did the price rise hurt us", "what was the effect of …", "whom did it hurt" (by). Compares how those
    exposed changed with how the others did, tests whether both moved alike before, holds constant who answers, and says
    when nothing can be said about causes (no control group). Use `compare` for a plain change without a cause.
    """
    target = asked_outcome(warehouse, outcome)
    if exposed_from is not None:
        _only_dates(
            event_date=event_date, exposed=exposed, control=control, before=before, after=after, by=by, hold=hold
        )
        return _by_own_dates(warehouse, exposed_from, where, target, grain)
    design = make_design(warehouse, event_date, exposed, control, before, after, where)
    refuse_exposure_as_outcome(design, target)
    if control and exposed:
        refuse_overlap(warehouse, design)
    blocks = count_blocks(warehouse, design, target, grain)
    if design.chosen and empty_side(blocks):
        design = design.widened()
        blocks = count_blocks(warehouse, design, target, grain)
    nobody = design.control is not None and not any(n for (group, _side), n in blocks.n.items() if group == CONTROL)
    if design.control is None or (nobody and not control):
        return _alone(warehouse, design, target, grain, by)
    refuse_small(warehouse, design, blocks, target)
    return _compared(warehouse, design, target, blocks, by, hold)


def _only_dates(**others: object) -> None:
    for name, given in others.items():
        if given:
            raise NpsError(
                f"{name} does not go with exposed_from, where each customer has a date of their own; leave one of them "
                "out, and narrow the customers with where."
            )


def _compared(
    warehouse: Warehouse, design: Design, target: Outcome, blocks: Blocks, by: list[str], hold: list[str] | None
) -> ImpactResult:
    sheet, sql = FactSheet("impact"), []
    four = FourCells(warehouse, design, target)
    sql += four.sql
    cells = four.add_levels(sheet, 1)
    sheet.statement, where = 1, design.contrast_where()
    changes = [four.add_change(sheet, group) for group in (EXPOSED, CONTROL)]
    plain = add_estimate(sheet, "difference_in_differences", four.difference(), target, four.n, where)
    who = who_answers(warehouse, design, target, four, plain, hold, sheet, len(sql) + 1)
    sql += who.sql
    trends = Trends(warehouse, design, target, blocks)
    sheet.statement = len(sql) + 1
    periods, check = _study(trends, sheet)
    sql += trends.sql
    split = segment_effects(warehouse, design, target, by, sheet, len(sql) + 1) if by else Segments()
    sql += split.sql
    told = who.adjusted if who.mix_matters and who.adjusted else plain
    sheet.statement = 1
    fixed, looked = is_fixed(warehouse, design.scope, target)
    causal = check.finding == "no sign against" and not (who.mix_matters and who.adjusted is None) and not fixed
    return ImpactResult(
        kind="difference in differences",
        event=design.event.name,
        event_date=str(design.event.date),
        outcome=target.name,
        exposed=design.words(EXPOSED),
        control=design.words(CONTROL),
        before=design.before.label,
        after=design.after.label,
        verdict="cannot tell a cause" if fixed else _verdict(told, plain, who, check),
        causal=causal,
        outcome_is_fixed=fixed,
        effect=told.fact,
        basis="plain" if told is plain else "mix held constant",
        p_value=add_p(sheet, "p_value", told.p_value, four.n, where),
        smallest_detectable=add_detectable(sheet, told.error, target, four.n, where),
        cells=cells,
        exposed_change=changes[0].fact,
        control_change=changes[1].fact,
        plain=plain.fact,
        grain=blocks.grain,
        periods=periods,
        pre_trend=check,
        who=who.told,
        segments=split.told,
        segments_differ=split.differ,
        segments_clearly_differ=split.differ_surely,
        caveats=[
            *([fixed_caveat(target)] if fixed else []),
            *did_caveats(warehouse, design, four, blocks, check, who, split),
        ],
        sql=[*sql, blocks.sql, *looked],
        table=cells_table(sheet, design, target, cells, changes, told),
        chart=effects_chart(sheet, target, periods, blocks.grain),
        facts=sheet.facts,
    )


def _study(trends: Trends, sheet: FactSheet) -> tuple[list[PeriodEffect], PreTrend]:
    if not trends.usable:
        return [], PreTrend(finding="cannot be tested")
    study = trends.study()
    return trends.add_periods(sheet, study), trends.check(sheet, study)


def _verdict(told: Estimate, plain: Estimate, who: Who, check: PreTrend) -> Verdict:
    """The event study may forbid a cause; an effect that a changing mix explains, or that it reverses, is none."""
    if check.finding == "moved apart":
        return "cannot tell a cause"
    other = who.adjusted if told is plain else plain
    against = other is not None and told is plain and other.value * told.value <= 0
    if not told.sure or against:
        return "no clear effect"
    return "higher" if told.value > 0 else "lower"


def _alone(warehouse: Warehouse, design: Design, target: Outcome, grain: Grain | None, by: list[str]) -> ImpactResult:
    """Before and after of everybody exposed: a change, never an effect."""
    if by:
        raise NpsError(
            "There is no control group, so that no segment's effect can be told; name who was exposed, or use "
            "decompose_change for who changed."
        )
    design = replace(design, control=None)
    blocks = count_blocks(warehouse, design, target, grain)
    refuse_small(warehouse, design, blocks, target)
    sheet = FactSheet("impact")
    two = FourCells(warehouse, design, target)
    sql = list(two.sql)
    cells = two.add_levels(sheet, 1)
    sheet.statement, where = 1, design.contrast_where()
    change = two.add_change(sheet, EXPOSED)
    p_value = add_p(sheet, "p_value", change.p_value, two.n, where)
    detectable = add_detectable(sheet, change.error, target, two.n, where)
    rows = blocks.within(design.study_scope)
    moments = cell_moments(warehouse, [design.group, blocks.axis()], rows, target)
    beyond = beyond_own_trend(moments, blocks)
    fixed, looked = is_fixed(warehouse, design.scope, target)
    fact = None
    if beyond is not None:
        sheet.statement = len(sql) + 1
        fact = add_estimate(sheet, "change_beyond_own_trend", beyond, target, two.n, where).fact
    return ImpactResult(
        kind="before and after",
        event=design.event.name,
        event_date=str(design.event.date),
        outcome=target.name,
        exposed=design.words(EXPOSED),
        control=None,
        before=design.before.label,
        after=design.after.label,
        verdict="cannot tell a cause",
        causal=False,
        outcome_is_fixed=fixed,
        effect=change.fact,
        basis="change only",
        p_value=p_value,
        smallest_detectable=detectable,
        cells=cells,
        exposed_change=change.fact,
        grain=blocks.grain,
        pre_trend=PreTrend(finding="cannot be tested"),
        beyond_own_trend=fact,
        caveats=[
            *([fixed_caveat(target)] if fixed else []),
            *alone_caveats(warehouse, design, two, beyond is not None),
        ],
        sql=[*sql, *moments.sql, blocks.sql, *looked],
        table=cells_table(sheet, design, target, cells, [change], None),
        facts=sheet.facts,
    )


def _by_own_dates(
    warehouse: Warehouse, exposed_from: str, where: Where, target: Outcome, grain: Grain | None
) -> ImpactResult:
    sheet = FactSheet("impact")
    found = rollout(warehouse, exposed_from, where, target, grain, sheet)
    fixed, looked = is_fixed(warehouse, scope(warehouse, where), target)
    apart = found.pre_trend.finding == "moved apart" or fixed
    sure: Verdict = "higher" if found.effect.value > 0 else "lower"
    verdict: Verdict = "cannot tell a cause" if apart else sure if found.effect.sure else "no clear effect"
    return ImpactResult(
        kind="different dates",
        event=None,
        event_date=None,
        outcome=target.name,
        exposed=f"customers by {exposed_from}",
        control="customers never exposed" if found.control == "never" else "customers not exposed yet",
        before=found.span[0],
        after=found.span[1],
        verdict=verdict,
        causal=found.pre_trend.finding == "no sign against" and not fixed,
        outcome_is_fixed=fixed,
        effect=found.effect.fact,
        basis="average of groups",
        p_value=add_p(sheet, "p_value", found.effect.p_value, found.n, found.where),
        smallest_detectable=add_detectable(sheet, found.effect.error, target, found.n, found.where),
        grain=found.grain,
        since_exposure=found.since,
        groups=found.groups,
        pre_trend=found.pre_trend,
        caveats=[*([fixed_caveat(target)] if fixed else []), *found.caveats],
        sql=[*found.sql, *looked],
        table=rollout_table(sheet, target, found),
        chart=rollout_chart(sheet, target, found),
        facts=sheet.facts,
    )
