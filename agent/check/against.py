"""A difference that is told as one from another segment than it is."""

from __future__ import annotations

import re

from agent.check.accord import speaks_of_it
from agent.check.allowed import listed
from agent.check.evidence import Known, is_test
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.misfit import Misfit, told
from agent.check.names import Mention
from agent.check.reading import Line, Reading
from agent.check.rows import BREAK


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


def held_against(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
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
    involved = [m for m in involved if not _of_another(m, figure, line, reading) and not _said_next(m, figure, line)]
    for mention in involved:
        axes = mention.axes() & set(known.cell)
        values = {value for _axis, value in mention.options}
        if against == "rest" and any(
            len(d.values) == 2 for axis in axes if (d := reading.catalog.dimensions.get(axis))
        ):
            continue  # the rest is the other value
        between = [f for f in line.figures if f.role == "value" and _between(f, mention, figure)]
        if (
            axes
            and not between
            and not values & {against, *known.cell.values()}
            and f"not {next(iter(values))}" != against
        ):
            return Misfit("segment", next(iter(values)), told(known))
    for mention in involved:
        if wrong := _wrong_pair(known, against, mention, figure, line, reading):
            return wrong
    if against == "rest":
        for mention in involved:
            axes = mention.axes() & set(known.cell)
            values = {value for _axis, value in mention.options}
            if any(len(d.values) == 2 for axis in axes if (d := reading.catalog.dimensions.get(axis))):
                continue
            between = [f for f in line.figures if f.role == "value" and _between(f, mention, figure)]
            if axes and not between and mention.start > figure.start and not values & set(known.cell.values()):
                return Misfit("segment", next(iter(values)), told(known))
    return None


def _wrong_pair(
    known: Known, against: str, mention: Mention, figure: Figure, line: Line, reading: Reading
) -> Misfit | None:
    """ "C is lower than B", or "B is lower than B", of a difference of A against B."""
    axis = next((axis for axis in mention.axes() if axis in known.cell and axis in reading.catalog.dimensions), None)
    if axis is None or against not in reading.catalog.dimensions[axis].values:
        return None
    pair, held = {(axis, known.cell[axis]), (axis, against)}, figure.head or figure
    before = [m for m in line.strong(axis) if m.end <= mention.start and m.start not in line.compared]
    if before:
        subject = before[-1]
        if any(f is not held and f.head is None and subject.end <= f.start < mention.start for f in line.figures):
            return None
        if "," in reading.page.plain[subject.end : mention.start]:
            return None
        if not subject.options & pair or subject.options == mention.options:
            return Misfit("segment", listed([subject, mention], reading), told(known))
        return None
    earlier = reading.before(line)[:1]
    named = {option for other in earlier for m in other.strong(axis) for option in m.options}
    if speaks_of_it(line) and named and named == mention.options:
        return Misfit("segment", listed([mention], reading), told(known))
    return None


_REST = re.compile(
    r"\b(?:below|above|than|behind|ahead of|from|against)(?: all| the| every)*(?: rest|"
    r" others?| everybody| everyone| remaining)\b(?:(?!, and )[^.;:\d]){0,40}$",
    re.IGNORECASE,
)


def _said_next(mention: Mention, figure: Figure, line: Line) -> bool:
    """ "below all others (x) and also below B": the figure has its own other side."""
    between = line.said[figure.end - line.sentence.start : mention.start - line.sentence.start]
    return mention.start > figure.end and bool(
        _REST.search(reading_before(figure.head or figure, line)) and re.search(r"\band\b", between)
    )


def reading_before(figure: Figure, line: Line) -> str:
    """What the line says before a figure."""
    return line.said[: figure.start - line.sentence.start]


def _between(other: Figure, mention: Mention, figure: Figure) -> bool:
    low, high = sorted((mention.start, figure.start))
    return other is not figure and low < other.start < high
