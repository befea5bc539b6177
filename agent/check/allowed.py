"""Which values may be named where a fact is told, and what a line that names none may be said of."""

from __future__ import annotations

from collections.abc import Sequence

from agent.check.evidence import Known
from agent.check.misfit import Misfit, told
from agent.check.names import Mention
from agent.check.reading import Line, Reading

_SOFT = frozenset(
    [
        "test",
        "by",
        "groups",
        "method",
        "covariate",
        "time",
        "row",
        "of",
        "limits",
        "table",
        "reason",
        "within_days",
        "held_equal",
        "compared",
        "comment",
        "customers",
        "control",
        "step",
        "value",
        "difference",
        "date",
        "day",
        "score",
        "language",
        "with",
        "event_date",
        "before",
        "reference",
        "placebo_date",
        "age",
        "against",
        "dimension",
        "variant",
        "weekday",
        "month",
        "quarter",
        "groups",
        "month_of_year",
        "season",
        "source",
    ]
)


def silent_misfit(known: Known, axis: str, allowed: frozenset[str], line: Line, reading: Reading) -> Misfit | None:
    """The line does not say the cell: what stands over it, before it or in the question must."""
    for other in reading.around(line):
        if any((axis, one) in m.options for m in other.mentions for one in allowed):
            return None
        strong = [m for m in other.strong(axis) if m.axes() == {axis}]
        if strong and axis in reading.catalog.dimensions:
            return Misfit("segment", listed(strong, reading), told(known))
    if known.tool in ("impact", "experiment", "quotes"):
        return None
    if axis in reading.catalog.dimensions and any(
        (axis, one) in m.options for other in reading.lines for m in other.mentions for one in allowed
    ):
        return None
    if axis in _SOFT or axis not in (*reading.catalog.dimensions, "theme", "driver", "nps_class"):
        return None
    if axis == "nps_class" and known.fact.unit not in ("share", "responses"):
        return None
    return Misfit("segment", "all answers", told(known))


def allowed_values(known: Known, axis: str, value: str, reading: Reading) -> frozenset[str] | None:
    """The values that may be named for this part of the cell; None where any may."""
    values = {value, *value.split(" or ")}
    if value.startswith("not "):
        dimension = reading.catalog.dimensions.get(axis)
        if dimension is None:
            return None
        values = set(dimension.values) - {value.removeprefix("not ")} | {value}
        return None if len(dimension.values) > 2 else frozenset(values)
    if axis == "theme" and "with" in known.cell:
        values.add(known.cell["with"])
    against = known.cell.get("against", "")
    if against and (axis in reading.catalog.dimensions or axis in ("driver", "variant", "nps_class")):
        values.add(against)
    if known.cell.get("control", "").startswith(f"{axis} ") and known.fact.name != "change":
        values.add(known.cell["control"].removeprefix(f"{axis} ").removeprefix("not "))
        dimension = reading.catalog.dimensions.get(axis)
        values |= set(dimension.values) if dimension and len(dimension.values) == 2 else set()
    return frozenset(values)


def agrees(mention: Mention, axis: str, allowed: frozenset[str], reading: Reading) -> bool:
    if mention.negated and axis in reading.catalog.dimensions:
        values = reading.catalog.dimensions[axis].values
        named = {value for one, value in mention.options if one == axis}
        return bool((set(values) - named | {f"not {value}" for value in named}) & allowed)
    return any((axis, value) in mention.options for value in allowed)


def listed(mentions: Sequence[Mention], reading: Reading) -> str:
    del reading
    return ", ".join(dict.fromkeys(sorted(value for _axis, value in mention.options)[0] for mention in mentions))
