"""What `priorities` says beside its figures: the effort as given, what was assumed, the table and the chart."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from tools.charts import SCHEMA
from tools.explain.priorities_time import Time, Values
from tools.result import Column, FactSheet, Table
from tools.scope import allowed_value, find_dimension
from tools.shown import where_text
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

Effort = Literal["low", "medium", "high", "not known"]
Key = frozenset[tuple[str, str]]
Efforts = dict[Key, Effort]


class Listed(Protocol):
    """What table and chart need of a priority."""

    rank: int
    segment: str
    impact: Any
    cost: str
    nps: str
    share: str
    urgency: Any
    change: str | None
    effort: Any


def efforts(warehouse: Warehouse, given: Mapping[str, Literal["low", "medium", "high"]]) -> Efforts:
    """The effort of each segment that the caller names as `plan=Starter` or `plan=Starter, billing=monthly`."""
    return {frozenset(_segment(warehouse, text).items()): level for text, level in given.items()}


def _segment(warehouse: Warehouse, text: str) -> Values:
    values: Values = {}
    for part in re.split(r"\s*(?:,|&|×)\s*(?=[^,=]+=)", text.strip()):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not value:
            raise NpsError(f"The effort of {text!r} names no segment; write it as plan=Starter or plan=A, billing=B.")
        known, dimension = find_dimension(warehouse, name)
        values[known] = allowed_value(known, dimension, value)
    return values


def effort_of(known: Efforts, values: Values) -> Effort:
    """As given, else not known."""
    return known.get(frozenset(values.items()), "not known")


def assumptions(time: Time, known: Efforts, listed: Sequence[Values]) -> list[str]:
    """What the order rests on; without figures."""
    said = [
        "The order is impact first, then urgency, then effort; within these the larger cost.",
        "A cost is what the whole would gain if the segment stood where all other answers stand: an upper mark, not a "
        "forecast, because a gap is no cause. Costs of segments that overlap do not add up.",
    ]
    if time.stretches is None:
        said.append(f"Urgency is not known, because {time.unknown}; it is taken as equal.")
    else:
        said.append(
            f"Urgency is a segment's own change from {time.stretches.before.label} to {time.stretches.after.label}, "
            "called clear only after adjusting for all segments looked at; seasons and a change of who answered are "
            "not taken out."
        )
    if any(effort_of(known, values) == "not known" for values in listed) or not listed:
        equal = "where none was given it counts as medium" if known else "it is not known and taken as equal"
        said.append(f"Effort is not in the data; {equal}. The size of a segment is only a hint of it.")
    return said


def unused_efforts(known: Efforts, listed: Sequence[Values]) -> list[str]:
    """A caveat where an effort was given for what is not listed."""
    used = {frozenset(values.items()) for values in listed}
    names = [where_text(dict(sorted(key))) for key in known if key not in used]
    return [f"Not among the priorities, so that its effort was not used: {'; '.join(names)}."] if names else []


def table(sheet: FactSheet, listed: Sequence[Listed]) -> Table | None:
    """A row for each priority."""
    facts = {fact.id: fact for fact in sheet.facts}
    columns = [
        Column(name="rank", unit="number"),
        Column(name="segment"),
        Column(name="costs the whole", unit="points"),
        Column(name="95% low", unit="points"),
        Column(name="95% high", unit="points"),
        Column(name="impact"),
        Column(name="change", unit="points"),
        Column(name="urgency"),
        Column(name="effort"),
        Column(name="NPS", unit="points"),
        Column(name="share", unit="share"),
        Column(name="n", unit="responses"),
    ]
    rows = []
    for item in listed:
        cost, level = facts[item.cost], facts[item.nps]
        change = facts[item.change].value if item.change else None
        rows.append(
            [
                item.rank,
                item.segment,
                cost.value,
                cost.low,
                cost.high,
                item.impact,
                change,
                item.urgency,
                item.effort,
                level.value,
                facts[item.share].value,
                level.n,
            ]
        )
    return Table(title="What to look at first", columns=columns, rows=rows) if rows else None


def chart(sheet: FactSheet, listed: Sequence[Listed]) -> dict[str, Any] | None:
    """Costs with their intervals, in the order of the ranks."""
    facts = {fact.id: fact for fact in sheet.facts}
    data = [
        {
            "segment": item.segment,
            "cost": facts[item.cost].value,
            "low": facts[item.cost].low,
            "high": facts[item.cost].high,
            "urgency": item.urgency,
        }
        for item in listed
    ]
    if len(data) < 2:
        return None
    title = "costs the whole (NPS points)"
    along = {"field": "segment", "type": "nominal", "sort": [item["segment"] for item in data], "title": None}
    interval = {
        "mark": {"type": "rule"},
        "encoding": {"x": {"field": "low", "type": "quantitative", "title": title}, "x2": {"field": "high"}},
    }
    points = {
        "mark": {"type": "point", "filled": True, "size": 60},
        "encoding": {
            "x": {"field": "cost", "type": "quantitative", "title": title, "scale": {"zero": True}},
            "color": {"field": "urgency", "type": "nominal"},
        },
    }
    tips = [{"field": name} for name in data[0]]
    return {
        "$schema": SCHEMA,
        "data": {"values": data},
        "encoding": {"y": along, "tooltip": tips},
        "layer": [interval, points],
    }
