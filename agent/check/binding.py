"""Which cell and which period a figure is said of, and whether its fact is of that cell."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.check.accord import Axis, Spot, is_aside, solve, speaks_of_it
from agent.check.evidence import Known, is_test
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.misfit import Misfit, told
from agent.check.names import Mention
from agent.check.period_binding import period_misfit
from agent.check.reading import Line, Reading
from agent.check.rows import BREAK, attached_after, bound_mentions

_OVERALL = re.compile(
    r"\b(?:overall|all|total|average|whole|everyone|everybody|together|combined|company[- ]?wide|"
    r"across|base|rest|others?|"
    r"everything|aggregate|entire|headline|remaining|elsewhere|in total|as a whole|company|"
    r"others'|the survey|mean of)\b",
    re.IGNORECASE,
)
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
_TIME_KEYS = frozenset(
    ["period", "against", "before", "reference", "event_date", "placebo_date", "time", "date", "day", "cohort"]
)


def misfit(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    """None when the fact is of the cell and the period that the figure is said of."""
    return _cell_misfit(known, figure, line, reading) or period_misfit(known, figure, line, reading)


def _cell_misfit(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    for axis, value in known.cell.items():
        if axis in _TIME_KEYS or axis.startswith("age_"):
            continue
        found = _axis_misfit(known, axis, value, figure, line, reading)
        if found and not _accords(known, axis, figure, line, reading):
            return found
    return _excess(known, figure, line, reading) or _held_against(known, figure, line, reading)


def _accords(known: Known, axis: str, figure: Figure, line: Line, reading: Reading) -> bool:
    """Whether the line can be read so that all its figures stand with their own value of a dimension."""
    key = (axis, line.sentence.start, len(line.figures))
    if key not in reading.accords:
        reading.accords[key] = solve(_as_axis(axis, line, reading), line, reading)
    fits = reading.accords[key]
    if fits is None or known.fact.id not in fits.get(figure.start, ()):
        return False
    return not _told_of_all(known, figure, line, axis, reading)


def _as_axis(axis: str, line: Line, reading: Reading) -> Axis:
    def allowed(known: Known) -> frozenset[str] | None:
        return _allowed(known, axis, known.cell[axis], reading) if axis in known.cell else None

    def own(known: Known) -> frozenset[str]:
        value = known.cell.get(axis, "")
        values = {value, *value.split(" or ")}
        if axis == "theme" and "with" in known.cell:
            values.add(known.cell["with"])
        return frozenset(values)

    def spot(mention: Mention) -> Spot:
        return Spot(
            mention.start,
            mention.end,
            lambda known: _agrees(mention, axis, own(known), reading),
            lambda known: _agrees(mention, axis, allowed(known) or own(known), reading),
            not mention.strong or mention.axes() != {axis} or is_aside(mention.start, mention.end, line, reading),
        )

    def silent(known: Known) -> bool:
        values = allowed(known) or own(known)
        if _silent_misfit(known, axis, values, line, reading) is None:
            return True
        named = [other for other in reading.before(line) if other.strong(axis)]
        near = [*reading.over(line), *named[: 3 if speaks_of_it(line) else 1], reading.asked]
        return any((axis, one) in m.options for other in near for m in other.mentions for one in values)

    def alike(one: Known, other: Known) -> bool:
        if one.cell.get(axis) == other.cell.get(axis):
            return True
        return is_test(other.fact) and bool(own(one) & (allowed(other) or own(other)))

    held = [m for m in line.mentions if axis in m.axes()]
    before = [m for other in reversed(reading.before(line)[:3]) for m in other.strong(axis)]
    return Axis(
        [spot(m) for m in held],
        lambda known: axis not in known.cell or allowed(known) is None,
        silent,
        alike,
        [spot(m) for m in before] if not held else [],
    )


def _axis_misfit(known: Known, axis: str, value: str, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    allowed = _allowed(known, axis, value, reading)
    if allowed is None:
        return None
    bound = [m for m in bound_mentions(figure, line, axis, reading) if not _elsewhere(m, axis, known)]
    if not bound and any((axis, one) in m.options for m in line.mentions for one in allowed):
        return None
    if _told_of_all(known, figure, line, axis, reading):
        return Misfit("segment", "all answers", told(known))
    if bound:
        if any(_agrees(m, axis, allowed, reading) for m in bound):
            both = _of_both(known, figure, bound[-1], line, reading) and any(
                (axis, value) in m.options for m in line.strong(axis)
            )
            return None if both else _control_misfit(known, axis, bound, line, reading)
        if _of_both(known, figure, bound[-1], line, reading) and any(
            _agrees(m, axis, allowed, reading) for m in line.strong(axis)
        ):
            return None
        return Misfit("segment", _names(bound, reading), told(known))
    return _silent_misfit(known, axis, allowed, line, reading)


def _elsewhere(mention: Mention, axis: str, known: Known) -> bool:
    """A name of two dimensions, one of which the fact agrees with, says nothing about the other."""
    return any(one != axis and known.cell.get(one) == value for one, value in mention.options)


def _of_both(known: Known, figure: Figure, mention: Mention, line: Line, reading: Reading) -> bool:
    """ "A stands at x and B at y: a difference of z": z is of both."""
    if not is_test(known.fact) and known.fact.unit != "p-value":
        return False
    head = figure.head or figure
    begin, end = min(mention.end, head.start), max(mention.end, head.start)
    return bool(
        re.search(
            r"\b(?:difference|gap|apart|distance|effect)\b",
            reading.page.plain[begin:end] + " " + line.said[head.end - line.sentence.start :][:14],
        )
    )


def _silent_misfit(known: Known, axis: str, allowed: frozenset[str], line: Line, reading: Reading) -> Misfit | None:
    """The line does not say the cell: what stands over it, before it or in the question must."""
    for other in reading.around(line):
        if any((axis, one) in m.options for m in other.mentions for one in allowed):
            return None
        strong = [m for m in other.strong(axis) if m.axes() == {axis}]
        if strong and axis in reading.catalog.dimensions:
            return Misfit("segment", _names(strong, reading), told(known))
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


def _allowed(known: Known, axis: str, value: str, reading: Reading) -> frozenset[str] | None:
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
    if known.cell.get("control", "").startswith(f"{axis} "):
        values.add(known.cell["control"].removeprefix(f"{axis} ").removeprefix("not "))
        dimension = reading.catalog.dimensions.get(axis)
        values |= set(dimension.values) if dimension and len(dimension.values) == 2 else set()
    return frozenset(values)


_ALL = re.compile(
    r"\b(?:overall|all (?:the )?(?:plans|customers|answers|segments|countries|regions|"
    r"groups|channels|of (?:them|us)|together|told)|everybody|everyone|in total|as a whole|"
    r"together|company-wide|altogether|on the whole)\b(?! else)",
    re.IGNORECASE,
)


def _told_of_all(known: Known, figure: Figure, line: Line, axis: str, reading: Reading) -> bool:
    """ "all plans together come to x", where x is of one of them."""
    if axis not in reading.catalog.dimensions or figure.head is not None:
        return False
    plain = reading.page.plain
    ends = [m.end for m in line.mentions if m.end <= figure.start] + [
        f.end for f in line.figures if f.end <= figure.start
    ]
    begin = max([line.sentence.start, *ends])
    window = plain[begin : figure.start]
    cut = max((found.end() for found in re.finditer(r"[;:]|, (?:but|and|while)\b", window)), default=0)
    if not _ALL.search(window[cut:]) or re.search(
        r"\b(?:below|above|than|behind|ahead of|against) [^,]*$", window[cut:]
    ):
        return False
    if attached_after(figure, line, line.mentions, plain):
        return False
    if is_test(known.fact) and not re.search(
        r"\boverall (?:change|difference|nps|effect|drop|fall|rise|gap)", window, re.IGNORECASE
    ):
        return False
    return any(axis not in other.cell and other.fact.name == known.fact.name for other in reading.evidence.known)


def _control_misfit(known: Known, axis: str, bound: Sequence[Mention], line: Line, reading: Reading) -> Misfit | None:
    """An effect that is told of the group it was held against."""
    control = known.cell.get("control", "")
    if not control.startswith(f"{axis} "):
        return None
    own = known.cell.get(axis, "")
    if own.startswith("not ") or control == f"{axis} {own}":
        return None
    if any((axis, own) in m.options and not m.negated for m in bound):
        return None
    plain = reading.page.plain
    for mention in bound:
        beside = re.match(
            r"[^.;,]{0,24}\b(?:as|for|being) (?:the |a |our )?(?:\w+ )?(?:comparison|control|reference|"
            r"yardstick|counterfactual)",
            plain[mention.end : mention.end + 60],
        )
        if mention.start in line.compared or beside or mention.negated:
            return None
    return Misfit("segment", _names(bound, reading), told(known))


def _agrees(mention: Mention, axis: str, allowed: frozenset[str], reading: Reading) -> bool:
    if mention.negated and axis in reading.catalog.dimensions:
        values = reading.catalog.dimensions[axis].values
        named = {value for one, value in mention.options if one == axis}
        return bool((set(values) - named | {f"not {value}" for value in named}) & allowed)
    return any((axis, value) in mention.options for value in allowed)


def _excess(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    """A figure that is of more than the segment that the text names beside it."""
    bound = bound_mentions(figure, line, None, reading)
    if not bound:
        bound = _from_lead(figure, line, reading)
    if not bound:
        return None
    cell = known.cell
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
    if _says_overall(figure, bound, line, reading) or _no_cell(known):
        return None
    return Misfit("segment", _names(bound, reading), told(known))


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


def _of_another(mention: Mention, figure: Figure, line: Line, reading: Reading) -> bool:
    """ "x higher than A and y higher than B": B is no matter of x, nor A of y."""
    heads = [other for other in line.figures if other.head is None and other.role == "value"]
    named = {value for _axis, value in mention.options}
    before = [other for other in heads if other.end <= mention.start]
    after = [other for other in heads if other.start >= mention.end]
    apart = before and re.search(r"[,;]|\band\b", reading.page.plain[before[-1].end : mention.start])
    for other in before[-1:] + (after[:1] if apart else []):
        held = candidates(other, reading.evidence) if other is not (figure.head or figure) else []
        if any(is_test(k.fact) and named & set(k.cell.values()) for k in held):
            return True
    return False


def _held_against(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    """A difference from the rest that is told as a difference from a named segment."""
    if not is_test(known.fact) or figure.role == "n":
        return None
    against = known.cell.get("against")
    if against is None:
        return None
    low = line.said
    ahead = reading_before(figure, line)
    if (
        against != "rest"
        and not against.startswith("not ")
        and _REST.search(ahead)
        and not any(against in {v for _a, v in m.options} for m in line.mentions)
    ):
        return Misfit("segment", "a difference from the rest", told(known))
    involved = [
        m
        for m in line.strong()
        if m.start in line.compared
        and abs(m.start - figure.start) < 90
        and not BREAK.search(
            low[min(m.start, figure.end) - line.sentence.start : max(m.start, figure.start) - line.sentence.start]
        )
    ]
    involved = [m for m in involved if not _of_another(m, figure, line, reading)]
    for mention in involved:
        axes = mention.axes() & set(known.cell)
        values = {value for _axis, value in mention.options}
        between = [f for f in line.figures if f.role == "value" and _between(f, mention, figure)]
        if (
            axes
            and not between
            and not values & {against, *known.cell.values()}
            and f"not {next(iter(values))}" != against
        ):
            return Misfit("segment", next(iter(values)), told(known))
    if against == "rest":
        for mention in involved:
            axes = mention.axes() & set(known.cell)
            values = {value for _axis, value in mention.options}
            between = [f for f in line.figures if f.role == "value" and _between(f, mention, figure)]
            if axes and not between and mention.start > figure.start and not values & set(known.cell.values()):
                return Misfit("segment", next(iter(values)), told(known))
    return None


_REST = re.compile(
    r"\b(?:below|above|than|behind|ahead of|from|against)(?: all| the| every)*(?: rest|"
    r" others?| everybody| everyone| remaining)\b[^.;\d]{0,40}$",
    re.IGNORECASE,
)


def reading_before(figure: Figure, line: Line) -> str:
    """What the line says before a figure."""
    return line.said[: figure.start - line.sentence.start]


def _between(other: Figure, mention: Mention, figure: Figure) -> bool:
    low, high = sorted((mention.start, figure.start))
    return other is not figure and low < other.start < high


def _names(mentions: Sequence[Mention], reading: Reading) -> str:
    del reading
    return ", ".join(dict.fromkeys(sorted(value for _axis, value in mention.options)[0] for mention in mentions))
