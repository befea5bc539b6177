"""A figure of more than the segment that the text names beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.check.allowed import listed
from agent.check.evidence import Known
from agent.check.figures import Figure
from agent.check.misfit import Misfit, told
from agent.check.names import Mention
from agent.check.reading import Line, Reading
from agent.check.rows import bound_mentions

_OVERALL = re.compile(
    r"\b(?:overall|all|total|average|whole|everyone|everybody|together|combined|company[- ]?wide|"
    r"across|base|rest|others?|"
    r"everything|aggregate|entire|headline|remaining|elsewhere|in total|as a whole|company|"
    r"others'|the survey|mean of)\b",
    re.IGNORECASE,
)


def excess(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    """A figure that is of more than the segment that the text names beside it."""
    bound = bound_mentions(figure, line, None, reading)
    if not bound:
        bound = _from_lead(figure, line, reading)
    if not bound:
        return None
    cell = known.cell
    if known.fact.unit in ("responses", "customers") and _BASE.search(
        reading.page.plain[max(line.sentence.start, figure.start - 16) : figure.start]
    ):
        return None  # "x of the 1,258 comments"
    for mention in bound:
        for axis, value in mention.options:
            own = cell.get(axis, "")
            if own == value or value in own.split(" or ") or own == f"not {value}" or cell.get("against") == value:
                return None
            if axis not in reading.catalog.dimensions and axis not in ("theme", "nps_class", "driver"):
                return None
            if value.lower() in known.literals or f"{axis} {value}" in " ".join(cell.values()):
                return None
            if value in cell.values() or axis in cell:  # another axis holds it, or the axis was judged already
                return None
    if all(axis == "nps_class" for m in bound for axis in m.axes()):
        return None
    if _all_values(cell.get("dimension", ""), bound, reading):
        return None  # "within monthly and annual billing", of the change within the dimension
    if _says_overall(figure, bound, line, reading) or _no_cell(known):
        return None
    return Misfit("segment", listed(bound, reading), told(known))


def _all_values(dimension: str, bound: Sequence[Mention], reading: Reading) -> bool:
    """Whether the names are all values of a dimension."""
    held = reading.catalog.dimensions.get(dimension)
    named = {value for mention in bound for axis, value in mention.options if axis == dimension}
    return held is not None and len(named) > 1 and named >= set(held.values)


_BASE = re.compile(r"\b(?:of|among|out of)(?: the| all| our| those)*\s+$", re.IGNORECASE)
_ITS = re.compile(
    r"\W*(?:It|They) (?:stands?|scores?|(?:is|are) at|has an? NPS|have an? NPS|comes? (?:in|out)|sits?)\b"
)


def _from_lead(figure: Figure, line: Line, reading: Reading) -> list[Mention]:
    """The name that a line stands under, when it is nothing but a name."""
    if line.strong() or figure.role in ("p",):
        return []
    if _ITS.match(line.said) and figure.unit != "percent":
        before = reading.before(line)[:1]
        held = [m for other in before for m in other.strong() if m.axes() & set(reading.catalog.dimensions)]
        if len({m.options for m in held}) == 1:
            return held[:1]
    for other in reading.over(line)[:2]:
        strong = [m for m in other.strong() if m.axes() & set(reading.catalog.dimensions)]
        said = other.said.strip(" :*#")
        if len(strong) == 1 and len(said) - (strong[0].end - strong[0].start) <= 14 and not other.figures:
            return strong
    return []


def _no_cell(known: Known) -> bool:
    """Facts that belong to a whole procedure and to no cell of it."""
    return (
        known.fact.unit in ("p-value", "cells", "rows", "date", "text")
        or known.tool in ("run_sql", "sample_size", "benchmark")
        or bool(
            re.search(
                r"detectable|explained|power|planned|design|base_not|effective|spread|interactions?", known.fact.name
            )
        )
    )


def _says_overall(figure: Figure, bound: Sequence[Mention], line: Line, reading: Reading) -> bool:
    plain = reading.page.plain
    head = figure.head or figure
    near = bound[-1] if bound else None
    begin = near.end if near and near.end <= head.start else max(line.sentence.start, head.start - 60)
    after = plain[figure.end : min(line.sentence.end, figure.end + 40)]
    cut = re.search(r"[;),]|\d", after)
    before = plain[begin : head.start]
    lead = plain[line.sentence.start : head.start] if near and near.start > head.start else ""
    return bool(
        _OVERALL.search(before) or _OVERALL.search(after[: cut.start()] if cut else after) or _OVERALL.search(lead)
    )
