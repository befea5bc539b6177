"""Which names a figure is said of: the nearest, those in a row with it, or the one in its turn."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.check.figures import Figure
from agent.check.names import Mention
from agent.check.reading import Line, Reading

_AFTER = re.compile(
    r"\s*(?:%|points?|percent|pp|of (?:the |all |its )?(?:scored )?(?:answers|comments|responses|customers|scores))?\s*"
    r"(?:(?:are |were |is )?(?:for|in|of|as|among|amongst|on|at|from|within|during|over|across|are|were|"
    r"is|gave|by|about|"
    r"mention(?:s|ed|ing)?|concern(?:s|ed|ing)?|cit(?:e|es|ed)|named?)\s+|\()"
    r"(?:(?:the|our|those|customers|users|accounts|with|on|in|of|who|are|a|plan|month of|an|people|"
    r"respondents|said|say|answered|"
    r"chose|picked|gave|named)\s+)*[\"“'(]?$",
    re.IGNORECASE,
)
BRACKET = re.compile(r"\s*\[[^\[\]]{0,60}\]")
TAIL = re.compile(r"\s*\([^()]{0,140}\)")
LINK = re.compile(
    r"[\s,;/&+]*(?:\b(?:and|or|then|to|from|the|for|in|on|of|plus|both|with|customers|"
    r"users|by|than|nor|versus|vs|against)\b[\s,]*)*",
    re.I,
)
BREAK = re.compile(r";|\b(?:while|whereas|but|although|though|however|meanwhile)\b|, and |, so |\. ", re.IGNORECASE)


def bound_mentions(figure: Figure, line: Line, axis: str | None, reading: Reading) -> list[Mention]:
    """The names that a figure is said of, on one axis or on whichever is nearest."""
    own = [m for m in line.strong(axis) if axis or m.axes() & (set(reading.catalog.dimensions) | {"theme", "driver"})]
    head = figure.head or figure
    own = [m for m in own if not _in_closed(m, head, line, reading.page.plain)]
    if not own:
        return []
    in_turn = _in_turn(head, line, own, reading)
    if in_turn:
        return in_turn
    plain = reading.page.plain
    if axis == "nps_class" and (named := _class_after(head, own, plain)):
        return [named]
    following = attached_after(head, line, own, plain)
    if following:
        return _group(following, own, plain, line)
    preceding = [m for m in own if m.end <= head.start and (m.start not in line.compared or _adjacent(m, head, plain))]
    if preceding:
        last = preceding[-1]
        between = plain[last.end : head.start]
        if axis is None and BREAK.search(between) and not re.search(r"\b(?:its|their)\b", between, re.IGNORECASE):
            return []
        return _group(last, own, plain, line)
    if axis is not None:
        before = [m for m in own if m.end <= head.start]
        after = [m for m in own if m.start >= head.end and m.start not in line.compared] or [
            m for m in own if m.start >= head.end
        ]
        if after and not before and _APART.search(without_tails(plain[head.end : after[0].start])):
            return []  # "they went from x to y, while B …"
        if after and not before and after[0].start in line.compared and _ALSO.search(plain[head.end : after[0].start]):
            return []  # "below all others (x) and also below B"
        return _group(after[0], own, plain, line) if after else before[-1:]
    after = [m for m in own if m.start >= head.end and m.start not in line.compared]
    if after and not re.search(r"[,;(]|\b(?:and|but|while|with)\b", without_tails(plain[head.end : after[0].start])):
        return _group(after[0], own, plain, line)
    return []


_ALSO = re.compile(r"\band\b|;", re.IGNORECASE)
_APART = re.compile(r";|\b(?:while|whereas|although|though)\b", re.IGNORECASE)


def _in_closed(mention: Mention, figure: Figure, line: Line, plain: str) -> bool:
    """A name in an aside with figures of its own: "x is mix (A: y before, z after) and w is change within"."""
    opened = plain.rfind("(", line.sentence.start, mention.start)
    closed = plain.find(")", mention.end, figure.start)
    if opened < 0 or closed < 0 or ")" in plain[opened : mention.start]:
        return False
    return any(mention.end <= f.start < closed for f in line.figures)


def without_tails(text: str) -> str:
    return TAIL.sub(lambda match: " " * len(match.group()), text)


def _adjacent(mention: Mention, figure: Figure, plain: str) -> bool:
    between = plain[mention.end : figure.start]
    return len(between) <= 24 and not re.search(r"[,;]|\b(?:by|is|was|and|points)\b", between)


def attached_after(head: Figure, line: Line, own: Sequence[Mention], plain: str) -> Mention | None:
    """ "-13.0 for Starter", "42% of Starter customers", "20.4 (Growth)"."""
    tail = TAIL.match(plain, head.end, line.sentence.end)
    for begin in (head.end, tail.end() if tail else head.end):
        for mention in own:
            if mention.start < begin or mention.start - begin > 60:
                continue
            if _AFTER.fullmatch(plain[begin : mention.start]):
                after = plain[mention.end : mention.end + 30]
                opened = plain[begin : mention.start].rstrip().endswith("(")
                if not (opened and re.match(r"[^)]*\d", after)):
                    return mention
            break
    return None


def attached_directly(figure: Figure, start: int, plain: str, end: int) -> bool:
    """Whether a name that begins at `start` stands right behind a figure: "-13.0 [-17, -9] for Starter"."""
    starts = [figure.end]
    while tail := (TAIL.match(plain, starts[-1], end) or BRACKET.match(plain, starts[-1], end)):
        starts.append(tail.end())
    return any(
        0 <= start - at <= 60 and (not plain[at:start].strip() or _AFTER.fullmatch(plain[at:start]) is not None)
        for at in starts
    )


def _class_after(head: Figure, own: Sequence[Mention], plain: str) -> Mention | None:
    """ "42.9% promoters"."""
    for mention in own:
        if mention.start >= head.end and "nps_class" in mention.axes():
            between = plain[head.end : mention.start]
            return (
                mention
                if re.fullmatch(
                    r"[\s%)]*(?:(?:of|are|were|is|the|answers|them|all|scored|responses|customers|from|"
                    r"came|come|by)\s+){0,5}",
                    between,
                )
                else None
            )
    return None


def _group(mention: Mention, own: Sequence[Mention], plain: str, line: Line) -> list[Mention]:
    """The mention with those that stand in a row with it: "Starter and Growth"."""
    own = [m for m in own if m is mention or (m.start in line.compared) == (mention.start in line.compared)]
    at = own.index(mention)
    first = last = at
    while (
        first
        and LINK.fullmatch(plain[own[first - 1].end : own[first].start])
        and own[first - 1].axes() & mention.axes()
    ):
        first -= 1
    while (
        last + 1 < len(own)
        and LINK.fullmatch(plain[own[last].end : own[last + 1].start])
        and own[last + 1].axes() & mention.axes()
    ):
        last += 1
    return list(own[first : last + 1])


def _in_turn(head: Figure, line: Line, own: Sequence[Mention], reading: Reading) -> list[Mention]:
    """ "Starter, Growth and Scale stand at x, y and z": the figures in the order of the names."""
    row = row_of(head, line, reading)
    if len(row) < 2:
        return []
    plain = reading.page.plain
    before = [m for m in own if m.end <= row[0].start]
    after = [m for m in own if m.start >= row[-1].end]
    inside = [m for m in own if row[0].end <= m.start < row[-1].start]
    if inside:
        return []
    for held in (before[-1:], after[:1]):
        group = _group(held[0], own, plain, line) if held else []
        if len(group) == len(row):
            return [group[row.index(head)]]
    if len(before) == len(row) and opens(row, plain) and len({m.options for m in before}) == len(row):
        return [before[row.index(head)]]
    if len(before) == len(row) and not after and "nps_class" in before[0].axes() & before[-1].axes():
        return [before[row.index(head)]]
    return []


def opens(row: Sequence[Figure], plain: str) -> bool:
    """ "A is below B (x against y)": a row of figures in brackets."""
    return plain[max(0, row[0].start - 12) : row[0].start].rstrip(" npsNPS").endswith("(")


def row_of(head: Figure, line: Line, reading: Reading) -> list[Figure]:
    """The figures that stand in a row with this one."""
    heads = [f for f in line.figures if (f.role == head.role and f.head is None) or f is head]
    if head not in heads:
        return []
    plain = reading.page.plain
    at = heads.index(head)

    def linked(one: Figure, other: Figure) -> bool:
        between = re.sub(
            r"points?|%|pp|of (?:their|its|the) (?:comments|answers|customers|responses)",
            "",
            without_tails(plain[one.end : other.start]),
        )
        return bool(LINK.fullmatch(between))

    first = last = at
    while first and linked(heads[first - 1], heads[first]):
        first -= 1
    while last + 1 < len(heads) and linked(heads[last], heads[last + 1]):
        last += 1
    return heads[first : last + 1]
