"""Which way a tested difference goes as the text tells it: "A is below B" may stand for a fact about B against A."""

from __future__ import annotations

import re

from agent.check.directions import Word
from agent.check.evidence import Known, Way
from agent.check.figures import Figure
from agent.check.reading import Line, Reading
from agent.check.rows import bound_mentions


def oriented(known: Known, word: Word, line: Line, reading: Reading) -> Way | None:
    """The way of the test as the text tells it: a fact about A against B is turned for "B is ... than A"."""
    way = known.tested
    if way in (None, "none") or not is_turned(known, word, line, reading):
        return way
    return "down" if way == "up" else "up"


def is_turned(known: Known, word: Word, line: Line, reading: Reading) -> bool:
    against = known.cell.get("against")
    if against is not None and _held_against_it(known, against, line):
        return True
    if known.other and not (against and any(against in {v for _a, v in m.options} for m in line.mentions)):
        return _periods_turned(known, word, line)
    if against is None:
        return False
    for axis, value in known.cell.items():
        if axis in ("against", "period"):
            continue
        figure = Figure(word.start, word.end, "value", ())
        held = bound_mentions(figure, line, axis, reading)
        options = {one for mention in held for _axis, one in mention.options}
        if _told_after(against, word, line):
            continue
        dimension = reading.catalog.dimensions.get(axis)
        if against == "rest" and dimension and len(dimension.values) == 2 and options and value not in options:
            return True
        if against in options and value not in options and not _stands_first(value, against, line):
            return True
    return False


def _held_against_it(known: Known, against: str, line: Line) -> bool:
    """ "Promoters stay 5.2 pp longer than passives", of a difference of passives against promoters."""
    mine = [
        m for m in line.mentions if any((axis, known.cell[axis]) in m.options for axis in m.axes() & set(known.cell))
    ]
    other = [m for m in line.mentions if against in {value for _axis, value in m.options}]
    return (
        bool(mine and other)
        and all(m.start in line.compared for m in mine)
        and not any(m.start in line.compared for m in other)
    )


def _told_after(against: str, word: Word, line: Line) -> bool:
    """ "They score higher than Growth": the other side stands after the word, so the word is not of it."""
    held = [m for m in line.mentions if against in {value for _axis, value in m.options}]
    return bool(held) and all(
        m.start >= word.end
        and (
            m.start in line.compared or ":" in line.said[word.end - line.sentence.start : m.start - line.sentence.start]
        )
        for m in held
    )


def _stands_first(value: str, against: str, line: Line) -> bool:
    """ "A against B: lower by x" is about A."""
    mine = next((m for m in line.mentions if value in {one for _axis, one in m.options}), None)
    other = next((m for m in line.mentions if against in {one for _axis, one in m.options}), None)
    return mine is not None and other is not None and mine.start < other.start and other.start in line.compared


def _periods_turned(known: Known, word: Word, line: Line) -> bool:
    before = [
        p for p in line.periods if p.end <= word.start and p.span and p.role not in ("from", "to", "before", "after")
    ]
    after = [p for p in line.periods if p.start >= word.end and p.span]
    if len(after) > 1 and after[0].span in known.other - known.own and after[1].span in known.own:
        between = line.said[after[0].end - line.sentence.start : after[1].start - line.sentence.start]
        if re.search(r"\bthan\b", between + line.said[after[1].start - line.sentence.start :][:8]):
            return True
    from_to = [p for p in after if p.role in ("from", "to")]
    if not before or from_to:
        return False
    said = line.said[: before[-1].start - line.sentence.start]
    if re.search(r"\b(?:against|than|versus|vs|compared (?:with|to)|from)\s+(?:the\s+)?$", said, re.IGNORECASE):
        return False
    return before[-1].span in known.other - known.own and any(p.span in known.own for p in after)
