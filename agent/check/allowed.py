"""Which values may be named where a fact is told, and what a line that names none may be said of."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.check.evidence import Known
from agent.check.misfit import Misfit, told
from agent.check.names import Mention, lower
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
    if axis not in known.cell:
        return Misfit("segment", "all answers", told(known))
    if _is_of_all(axis, known, reading) or (
        axis in reading.catalog.dimensions and spoken(axis, known.cell[axis], line, reading)
    ):
        return None
    return Misfit("segment", "all answers", told(known))


_YES = frozenset(["yes", "true", "1", "y", "on"])
_NO = frozenset(["no", "false", "0", "n", "off", "none"])
_WITHOUT = r"(?:non|not|no|without|never|un)[ -](?:an? |the |any )?"


def spoken(axis: str, value: str, line: Line, reading: Reading) -> bool:
    """ "with Streaming TV", "admins", "without internet service": a column that says whether something is the case."""
    low = value.lower()
    if low not in _YES | _NO:
        return False
    called = [name for name in reading.names.called(axis) if len(name) > 3]
    called += [bare for name in called if (bare := re.sub(r"^(?:is|has|was|had) ", "", name)) != name]
    called += [name.rpartition(" ")[0] for name in called if name.endswith((" type", " status", " label", " service"))]
    names = "|".join(sorted({re.escape(name) for name in called if name}, key=len, reverse=True))
    texts = [lower(other.said) for other in (line, *reading.around(line))] if names else []
    for text in texts:
        none = re.search(rf"\b{_WITHOUT}(?:{names})", text)
        some = re.search(rf"(?<!non-)(?<!non )(?<!not )(?<!no )(?<!without )\b(?:{names})", text)
        if none or some:
            return bool(none if low in _NO else some)
    return False


def _is_of_all(axis: str, known: Known, reading: Reading) -> bool:
    """What the calls were filtered by, so that every fact has it, once the text or the question has a word of it."""
    values = {one.cell.get(axis) for one in reading.evidence.known if one.fact.unit not in ("p-value", "text", "date")}
    if values != {known.cell[axis]}:
        return False
    texts = " ".join(lower(other.said) for other in (*reading.lines, reading.asked))
    if axis == "nps_class":
        words = {
            "detractor": r"detractor|unhapp|dissatisf|critic|complain",
            "promoter": r"promoter|happ|fans?\b|prais",
            "passive": "passive",
        }
        return bool(re.search(words.get(known.cell[axis], "$^"), texts))
    stems = [stem for word in re.findall(r"[^\W\d_]{4,}", lower(known.cell[axis])) for stem in [word[:5]]]
    return bool(stems) and all(re.search(rf"\b{re.escape(stem)}", texts) for stem in stems[:2])


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
        dimension = reading.catalog.dimensions.get(axis)
        if against == "rest" and dimension and len(dimension.values) == 2:
            values |= set(dimension.values)  # the rest is the other value
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
