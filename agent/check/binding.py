"""Which cell and which period a figure is said of, and whether its fact is of that cell."""

from __future__ import annotations

import re

from agent.check.accord_segments import accords, control_misfit, told_of_all
from agent.check.against import held_against
from agent.check.allowed import agrees, allowed_values, listed, silent_misfit
from agent.check.evidence import Known, is_test
from agent.check.excess import excess
from agent.check.figures import Figure
from agent.check.misfit import Misfit, told
from agent.check.names import Mention
from agent.check.numberwords import numbers_in_words
from agent.check.period_binding import period_misfit
from agent.check.reading import Line, Reading
from agent.check.rows import bound_mentions

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
        if found and not accords(known, axis, figure, line, reading):
            return found
    return (
        _age_misfit(known, line)
        or _score_misfit(known, figure, reading)
        or excess(known, figure, line, reading)
        or held_against(known, figure, line, reading)
    )


def _age_misfit(known: Known, line: Line) -> Misfit | None:
    """ "after 4 quarters": a figure of another age."""
    for axis, value in known.cell.items():
        if not axis.startswith("age_") or not value.isdigit():
            continue
        unit = re.escape(axis.removeprefix("age_").removesuffix("s"))
        said = {int(found[1]) for found in re.finditer(rf"\b(\d{{1,3}})[ -]{unit}s?\b", line.said)}
        said |= {
            int(written.value)
            for written in numbers_in_words(line.said)
            if re.match(rf"[ -]{unit}s?\b", line.said[written.end :], re.IGNORECASE)
        }
        if said and int(value) not in said:
            return Misfit("period", f"{min(said)} {unit}s", told(known))
    return None


_SCORE_AFTER = re.compile(
    r"[\s%]*(?:of (?:the |all |them |these )?\w* ?)?(?:gave|give|chose|scored|rated|are|were|is|got)?"
    r"(?: it| us| them)?(?: an?| the)? (?:score of )?"
    r"(10|[0-9])(?![\d.,]\d|%|\d)"
)
_SCORE_BEFORE = re.compile(r"(?<![\d.,])(10|[0-9])(?:\s*\(|, (?:given|chosen|picked) by (?:about )?|:\s*)$")


def _score_misfit(known: Known, figure: Figure, reading: Reading) -> Misfit | None:
    """ "3.8% gave a 0", "followed by 8 (17.3%)": a figure of another score."""
    score = known.cell.get("score")
    if score is None or figure.head is not None:
        return None
    plain = reading.page.plain
    found = _SCORE_BEFORE.search(plain[max(0, figure.start - 30) : figure.start]) or _SCORE_AFTER.match(
        plain[figure.end : figure.end + 50]
    )
    return Misfit("segment", f"score {found[1]}", told(known)) if found and found[1] != score else None


def _axis_misfit(known: Known, axis: str, value: str, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    allowed = allowed_values(known, axis, value, reading)
    if allowed is None:
        return _of_the_others(known, axis, value, figure, line, reading)
    bound = [m for m in bound_mentions(figure, line, axis, reading) if not _elsewhere(m, axis, known)]
    if not bound and any((axis, one) in m.options for m in line.mentions for one in allowed):
        return None
    if told_of_all(known, figure, line, axis, reading):
        return Misfit("segment", "all answers", told(known))
    if bound:
        if any(agrees(m, axis, allowed, reading) for m in bound):
            both = _of_both(known, figure, bound[-1], line, reading) and any(
                (axis, value) in m.options for m in line.strong(axis)
            )
            return None if both else control_misfit(known, axis, bound, line, reading)
        if _of_both(known, figure, bound[-1], line, reading) and any(
            agrees(m, axis, allowed, reading) for m in line.strong(axis)
        ):
            return None
        return Misfit("segment", listed(bound, reading), told(known))
    return silent_misfit(known, axis, allowed, line, reading)


_OTHERS = re.compile(r"\b(?:others?|else|rest|remaining|without|not|non|except|against|than)\b|n't\b", re.IGNORECASE)


def _of_the_others(known: Known, axis: str, value: str, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    """The figure of all but Starter, told of Starter."""
    bound = bound_mentions(figure, line, axis, reading)
    own = frozenset([(axis, value.removeprefix("not "))])
    alone = bound and all(m.options == own and not m.negated and m.start not in line.compared for m in bound)
    if not alone or is_test(known.fact) or _OTHERS.search(line.said):
        return None
    return Misfit("segment", listed(bound, reading), told(known))


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
