"""Tables, charts and caveats of an impact study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tools.cause.impact_blocks import Blocks
from tools.cause.impact_design import CONTROL, EXPOSED, Design
from tools.cause.impact_effect import Estimate, FourCells, ImpactCell, unit_of_difference
from tools.cause.impact_segments import Segments
from tools.cause.impact_staggered import Rollout
from tools.cause.impact_trends import PeriodEffect, PreTrend
from tools.cause.impact_who import Who
from tools.charts import SCHEMA
from tools.outcome import Outcome
from tools.result import Cell, Column, Fact, FactSheet, Table
from tools.scope import Scope
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse


def refuse_overlap(warehouse: Warehouse, design: Design) -> None:
    """An answer is of one group only."""
    assert design.control is not None
    both = Scope([*design.exposed.conditions, *design.control.conditions])
    columns = [*design.exposed.columns, *design.control.columns]
    count = warehouse.run(f"SELECT count(*) FROM {warehouse.relation(columns)}{both.sql()}").rows[0][0]
    if count:
        some = f"{count:,}" if count >= warehouse.catalog.minimum_base.cell else "Some"
        raise NpsError(
            f"{some} answers belong to both exposed ({design.words(EXPOSED)}) and control ({design.words(CONTROL)}); "
            "choose groups that do not overlap."
        )


def cells_table(
    sheet: FactSheet,
    design: Design,
    outcome: Outcome,
    cells: Sequence[ImpactCell],
    changes: Sequence[Estimate],
    told: Estimate | None,
) -> Table:
    """The levels of each group, its change, and the effect."""
    facts = {fact.id: fact for fact in sheet.facts}
    rows: list[list[Cell]] = []
    for group, change in zip((EXPOSED, CONTROL), changes, strict=False):
        first, second = (next(c for c in cells if (c.group, c.window) == (group, w)) for w in ("before", "after"))
        levels = [facts[first.level].value, facts[second.level].value]
        moved = facts[change.fact]
        rows.append(
            [design.words(group) or "all answers", *levels, moved.value, moved.low, moved.high, first.n + second.n]
        )
    if told is not None:
        fact = facts[told.fact]
        rows.append(["difference in differences", None, None, fact.value, fact.low, fact.high, fact.n])
    unit = unit_of_difference(outcome)
    columns = [
        Column(name="group"),
        Column(name=design.before.label, unit=outcome.unit),
        Column(name=design.after.label, unit=outcome.unit),
        Column(name="change", unit=unit),
        Column(name="95% low", unit=unit),
        Column(name="95% high", unit=unit),
        Column(name="n", unit="responses"),
    ]
    return Table(title=f"{_title(outcome)} before and after {design.event.date}", columns=columns, rows=rows)


def rollout_table(sheet: FactSheet, outcome: Outcome, found: Rollout) -> Table:
    """The effect by time since exposure."""
    facts = {fact.id: fact for fact in sheet.facts}
    rows: list[list[Cell]] = []
    for item in found.since:
        fact = facts[item.effect]
        rows.append([item.since, fact.value, fact.low, fact.high])
    unit = unit_of_difference(outcome)
    columns = [Column(name=f"{found.grain}s since exposure", unit="number"), Column(name="effect", unit=unit)]
    columns += [Column(name="95% low", unit=unit), Column(name="95% high", unit=unit)]
    return Table(title=f"Effect on {_title(outcome)} by time since exposure", columns=columns, rows=rows)


def effects_chart(
    sheet: FactSheet, outcome: Outcome, periods: Sequence[PeriodEffect], grain: str
) -> dict[str, Any] | None:
    """The event study: the gap of the groups in each period against the last one before the event."""
    facts = {fact.id: fact for fact in sheet.facts}
    data = [_point(item.period, item.when, facts.get(item.effect or "")) for item in periods]
    if len(data) < 3:
        return None
    along = {"field": "period", "type": "ordinal", "sort": None, "title": f"{grain}s around the event"}
    return _chart(data, along, outcome)


def rollout_chart(sheet: FactSheet, outcome: Outcome, found: Rollout) -> dict[str, Any] | None:
    """The effect by time since exposure."""
    facts = {fact.id: fact for fact in sheet.facts}
    data = [_point(item.since, "before" if item.since < 0 else "after", facts[item.effect]) for item in found.since]
    data = sorted([*data, _point(-1, "reference", None)], key=lambda row: row["period"])
    along = {"field": "period", "type": "quantitative", "title": f"{found.grain}s since exposure"}
    return _chart(data, along, outcome) if len(data) > 2 else None


def _point(period: str | int, when: str, fact: Fact | None) -> dict[str, Any]:
    if fact is None:
        return {"period": period, "when": "reference", "effect": 0.0, "low": 0.0, "high": 0.0}
    return {"period": period, "when": when, "effect": fact.value, "low": fact.low, "high": fact.high}


def _chart(data: list[dict[str, Any]], along: dict[str, Any], outcome: Outcome) -> dict[str, Any]:
    unit = {"points": " (points)", "share": " (share)"}.get(outcome.unit, "")
    up = {"type": "quantitative", "title": f"effect on {_title(outcome)}{unit}"}
    zero = {"mark": {"type": "rule", "strokeDash": [4, 4]}, "encoding": {"y": {"datum": 0}}}
    bars = {"mark": {"type": "rule"}, "encoding": {"y": {"field": "low", **up}, "y2": {"field": "high"}, "x": along}}
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {
            "x": along,
            "y": {"field": "effect", **up},
            "color": {"field": "when", "type": "nominal", "title": None},
            "tooltip": [{"field": name} for name in ("period", "when", "effect", "low", "high")],
        },
    }
    return {"$schema": SCHEMA, "data": {"values": data}, "layer": [zero, bars, points]}


def _title(outcome: Outcome) -> str:
    return "NPS" if outcome.is_nps else outcome.name


def did_caveats(
    warehouse: Warehouse,
    design: Design,
    four: FourCells,
    blocks: Blocks,
    check: PreTrend,
    who: Who,
    split: Segments,
) -> list[str]:
    """What a careful statistician adds to a difference in differences."""
    caveats = [
        "The effect is one only if both groups would otherwise have moved alike and the event did not touch the "
        "control group; nothing in the data can prove either."
    ]
    if check.finding == "cannot be tested":
        few = len(blocks.before)
        caveats.append(
            f"Whether the groups moved alike before cannot be tested: there {'is' if few == 1 else 'are'} {few} "
            f"period{'' if few == 1 else 's'} with enough answers before the event; a longer window before would help."
        )
    elif check.finding == "no sign against":
        caveats.append(
            "That the periods before the event show no drift is weak evidence: a small one would not have shown."
        )
    else:
        caveats.append("The groups moved apart before the event already, so that what came after is no measure of it.")
    if who.told.shifts:
        names = ", ".join(shift.dimension for shift in who.told.shifts)
        held = "it is held constant in the effect told" if who.adjusted else "it could not be held constant"
        caveats.append(f"Who answered changed differently in the two groups ({names}); {held}.")
    if who.told.held:
        caveats.append(
            f"Held constant: {', '.join(who.told.held)}. What the event itself changed must not be among them, for "
            "that would take part of its effect away."
        )
    if who.told.volume_moved:
        caveats.append(
            "The number of answers changed differently in the two groups; if those who stopped answering were unlike "
            "the others, the effect on all customers is another."
        )
    return [*caveats, *_own_dates(warehouse, design), *who.caveats, *split.caveats, *_common(warehouse, four)]


def _own_dates(warehouse: Warehouse, design: Design) -> list[str]:
    """A date of the customers that begins with the event may be each one's own: then some controls came later."""
    times = [
        (name, time.first, time.last) for name, time in warehouse.catalog.times.items() if time.table == "customers"
    ]
    return [
        f"{name} begins on the day of the event and goes on to {last}: if it is when each customer was exposed, some "
        f"of the control group may have been exposed later; use exposed_from {name}, or end the window before that."
        for name, first, last in times
        if first == design.event.date and last is not None and last > first
    ]


def alone_caveats(warehouse: Warehouse, design: Design, two: FourCells, line: bool) -> list[str]:
    """Before and after only: what would tell a cause."""
    known = "everybody was exposed" if design.exposed.where else "the data does not say who was exposed"
    caveats = [
        f"There is no control group ({known}), so that a change cannot be told from whatever else happened at that "
        "time; name who was exposed with exposed, or roll the next one out to some customers first.",
    ]
    if line:
        caveats.append(
            "The comparison with the trend before assumes that a straight line would have gone on; it is a description."
        )
    return [*caveats, *_common(warehouse, two)]


def _common(warehouse: Warehouse, four: FourCells) -> list[str]:
    caveats = []
    if warehouse.catalog.repeated_customers:
        how = ", estimated from a sample of customers" if four.moments.sampled else ""
        caveats.append(f"Intervals count the customer, not the answer, as independent{how}.")
    if four.unscored:
        caveats.append(f"{four.unscored:,} responses carry no usable score and do not count.")
    return caveats
