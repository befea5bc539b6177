"""Whether a fact is of the period that a figure is said of."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from agent.check.accord import Axis, Spot, is_aside, solve
from agent.check.days import frames, is_window, near_days, nearly_all, own_days, same_days
from agent.check.evidence import Known, Span, is_test
from agent.check.figures import Figure
from agent.check.misfit import Misfit, told
from agent.check.periods import Named
from agent.check.reading import Line, Reading
from agent.check.relative import is_ellipsis, is_old_to_new, is_over_all
from agent.check.rows import BRACKET, TAIL, attached_directly, opens, row_of


def period_misfit(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    """Why a fact is not of the period that a figure is said of; nothing where the line can be read so that all are."""
    if _timeless(known):
        return None
    found = _nearest_misfit(known, figure, line, reading) or _word_misfit(known, figure, line, reading)
    if found is None or found.said in (_TURNED, "before", "since"):
        return found
    dated = [p for p in line.periods if p.span]
    if len(dated) == 2 and is_test(known.fact) and not _both_agree(known, dated, reading):
        return found
    if not any(p.span for p in line.periods) and _silent_misfit(known, line, reading) is None:
        return None
    key = ("period", line.sentence.start, len(line.figures))
    if key not in reading.accords:
        readings = [solve(axis, line, reading) for axis in _as_axes(line, reading)]
        reading.accords[key] = next((fits for fits in readings if fits is not None), None)
    fits = reading.accords[key]
    return None if fits is not None and known.fact.id in fits.get(figure.start, ()) else found


_VERSUS = re.compile(r"\s*(?:against|versus|vs\.?|compared (?:with|to))\s*", re.IGNORECASE)
_TURNED = "the two periods the other way round"
_EARLIER = re.compile(
    r"\b(?:before(?: that| then)?|beforehand|previously|until then|up to then|a year (?:ago|earlier|before))\b"
    r"(?! \w+ \w+ed\b)",
    re.I,
)
_LATER = re.compile(r"\b(?:since(?: then)?|after(?:wards| that)?|thereafter|from then on|now)\b", re.I)


def _timeless(known: Known) -> bool:
    no_period = known.tool in ("sample_size", "describe_data", "data_quality", "quotes")
    return no_period or known.fact.unit in ("text", "date")


def _as_axes(line: Line, reading: Reading) -> Iterator[Axis]:
    """The line's periods as they stand, and with the two ends of a range as one."""
    dated = [p for p in line.periods if p.span]
    words = [_word(found.start(), found.end(), way, line, reading) for way, found in _words(line, dated)]
    for groups in _groupings(dated, reading):
        named = [_spot(group, line, reading) for group in groups]
        if len({way for way, _found in _words(line, dated)}) > 1:  # "in July 2025: until then x, from then on y"
            named = [replace(spot, aside=spot.aside or spot.start < words[0].start) for spot in named]
        spots = sorted([*named, *words], key=lambda spot: spot.start)
        yield Axis(spots, _timeless, lambda known: _silent_misfit(known, line, reading) is None, _one_period)


def _one_period(one: Known, other: Known) -> bool:
    return one.own == other.own or (is_test(other.fact) and one.own <= other.own | other.other)


def _groupings(dated: Sequence[Named], reading: Reading) -> Iterator[list[list[Named]]]:
    joined: list[list[Named]] = []
    for one in dated:
        whole = one.role == "to" and joined and len(joined[-1]) == 1 and joined[-1][0].spans & one.spans
        if whole and any(span in reading.evidence.spans for span in whole):
            joined[-1].append(one)
        else:
            joined.append([one])
    yield joined
    if len(joined) < len(dated):
        yield [[one] for one in dated]


def _spot(group: Sequence[Named], line: Line, reading: Reading) -> Spot:
    spans = {span for p in group for span in ({p.span} | p.spans) if span}
    if len(group) > 1:
        spans = set(group[0].spans & group[1].spans)
    events = {event.date for event in reading.catalog.events.values()}
    aside = all(p.event or (p.span and p.span[0] == p.span[1] and p.span[0] in events) for p in group)

    def of(known: Known) -> bool:
        own = own_days(known, reading)
        return any(same_days(span, one, reading) for span in spans for one in own) or is_window(known, group, reading)

    return Spot(
        group[0].start,
        group[-1].end,
        of,
        lambda known: _period_agrees(known, spans, group, reading),
        aside or is_aside(group[0].start, group[-1].end, line, reading),
    )


def _words(line: Line, dated: Sequence[Named]) -> Iterator[tuple[str, re.Match[str]]]:
    """ "before" and "since" without a date of their own."""
    start = line.sentence.start
    for way, pattern in (("before", _EARLIER), ("since", _LATER)):
        for found in pattern.finditer(line.said):
            near = range(start + found.start() - 1, start + found.end() + 8)
            if not any(p.start in near or p.start <= start + found.start() < p.end for p in dated):
                yield way, found


def _word(start: int, end: int, way: str, line: Line, reading: Reading) -> Spot:
    def of(known: Known) -> bool:
        others = [
            own
            for k in reading.evidence.known
            if k.fact.name == known.fact.name and {**k.cell, "period": ""} == {**known.cell, "period": ""}
            for own in k.own
        ]
        if way == "before":
            return any(own[1] < other[0] for own in known.own for other in others)
        return any(other[1] < own[0] for own in known.own for other in others)

    begin = line.sentence.start
    return Spot(begin + start, begin + end, of, lambda known: of(known) or bool(known.other), True)


def _word_misfit(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    """ "from x before to y since", with the two exchanged."""
    if is_test(known.fact) or not known.own or figure.role != "value":
        return None
    for way, found in _words(line, [p for p in line.periods if p.span]):
        spot = _word(found.start(), found.end(), way, line, reading)
        other = _word(found.start(), found.end(), {"before": "since", "since": "before"}[way], line, reading)
        behind = attached_directly(figure, spot.start, reading.page.plain, line.sentence.end)
        if behind and not spot.of(known) and other.of(known):
            return Misfit("period", way, told(known))
    return None


def _nearest_misfit(known: Known, figure: Figure, line: Line, reading: Reading) -> Misfit | None:
    dated = [p for p in line.periods if p.span]
    if not dated:
        return _silent_period(known, line, reading)
    if is_test(known.fact) and _turned_round(known, line, dated):
        return Misfit("period", _TURNED, told(known))
    bound = _bound_periods(figure, line, dated, reading)
    if not bound:
        return _silent_period(known, line, reading)
    spans = {span for p in bound for span in ({p.span} | p.spans) if span}
    ellipsis = is_ellipsis(known, figure, dated, line, reading)
    if ellipsis or is_over_all(known, spans) or is_old_to_new(known, figure, line, dated, reading):
        return None
    ends = _against_pair(bound, dated, reading.page.plain) if is_test(known.fact) else []
    if len(ends) == 2 and not _both_agree(known, ends, reading):
        return Misfit("period", ", ".join(reading.page.text[p.start : p.end] for p in ends), told(known))
    if (
        len(bound) == 2
        and is_test(known.fact)
        and bound[0].span in known.own
        and bound[1].span in known.other - known.own
    ):
        return Misfit("period", _TURNED, told(known))
    if _period_agrees(known, spans, bound, reading) or _series(known, figure, line, spans, reading):
        return None
    return Misfit("period", ", ".join(reading.page.text[p.start : p.end] for p in bound), told(known))


def _against_pair(bound: list[Named], dated: Sequence[Named], plain: str) -> list[Named]:
    """The two periods of a comparison: "from Q2 to Q4", "Q3 against Q2 2025"."""
    if len(bound) != 1:
        return bound
    at = dated.index(bound[0])
    for one, other in pairwise(dated[max(0, at - 1) : at + 2]):
        if _VERSUS.fullmatch(plain[one.end : other.start]):
            return [one, other]
    return bound


def _both_agree(known: Known, bound: Sequence[Named], reading: Reading) -> bool:
    """ "from Q2 to Q4 2025": a change is of both, or a difference of the whole."""
    if not known.own or not known.other or known.other & known.own:
        return True
    if bound[0].span == bound[1].span:
        return False
    both = (bound[0].spans & bound[1].spans) - {bound[0].span, bound[1].span}
    ends = known.own | known.other
    whole = (min(one[0] for one in ends), max(one[1] for one in ends))
    if any(near_days(span, one) for span in both for one in (*known.own, *known.other, whole)):
        return True
    return all(_period_agrees(known, {s for s in ({p.span} | p.spans) if s} - both, [p], reading) for p in bound)


def _series(known: Known, figure: Figure, line: Line, spans: set[Span], reading: Reading) -> bool:
    """ "Month by month in 2025: x, y, z, …"."""
    row = row_of(figure.head or figure, line, reading)
    begins = [min(k.own)[0] for f in row if f.fact and (k := reading.evidence.by_id.get(f.fact)) and k.own]
    if len(begins) > 1 and begins not in (sorted(set(begins)), sorted(set(begins), reverse=True)):
        return False
    return len(row) >= 4 and any(one[0] <= own[0] and own[1] <= one[1] for one in spans for own in known.own)


def _turned_round(known: Known, line: Line, dated: Sequence[Named]) -> bool:
    """ "from H2 to H1" of a change from H1 to H2."""
    start = line.sentence.start
    for one, other in pairwise(dated):
        lead = line.said[: one.start - start] + line.said[one.start - start : one.end - start]
        link = (
            line.said[one.end - start : other.start - start] + line.said[other.start - start : other.start - start + 4]
        )
        linked = re.search(r"\b(?:between|from)\s+(?:the\s+)?[^\s]*(?:\s+\S+)?$", lead) and re.match(
            r"\s*(?:and|to)\b", link
        )
        if linked and one.span in known.own - known.other and other.span in known.other - known.own:
            return True
    return False


def _period_agrees(known: Known, spans: set[Span], bound: Sequence[Named], reading: Reading) -> bool:
    own = own_days(known, reading)
    allowed = set(own) | (
        set(known.other) if is_test(known.fact) or known.fact.unit == "p-value" or "against" in known.cell else set()
    )
    if is_window(known, bound, reading):
        return True
    events = {event.date for event in reading.catalog.events.values()}
    if "placebo_date" in known.cell:
        events = {first for first, last in known.other if first == last} - events
    elif "event_date" in known.cell:
        events |= {first for first, last in known.other if first == last}
    if known.own and known.other and (is_test(known.fact) or "against" in known.cell):
        both = known.own | known.other
        allowed.add((min(one[0] for one in both), max(one[1] for one in both)))
    if _at_break(known, spans):
        return True
    started = known.cell.get("exposed_from", "")
    if started and any(str(first).startswith(started[:7]) for first, _last in spans):
        return True  # "those of June", who got it in June
    for first, last in spans:
        if any(same_days((first, last), span, reading) for span in allowed):
            return True
        if (
            (last - first).days <= 31
            and any(first <= event <= last for event in events)
            and (is_test(known.fact) or {"event_date", "placebo_date"} & set(known.cell))
        ):
            return True
    if all(p.event for p in bound):
        return True
    if known.tool in ("seasonality", "trend", "find_change_points") and any(
        nearly_all(span, one, reading) for span in spans for one in own
    ):
        return True
    return known.tool == "run_sql" and any(
        f"{first}" in known.literals or f"{last}" in known.literals or str(first)[:7] in known.literals
        for first, last in spans
    )


def _at_break(known: Known, spans: set[Span]) -> bool:
    """A break in that week: the level up to it, and the one from it on; of others, how large a break had to be."""
    if known.tool != "find_change_points":
        return False
    day = dt.timedelta(days=1)
    if known.fact.name.startswith("smallest"):
        return len(spans) == 1 and any(one[0] < first and last < one[1] for first, last in spans for one in known.own)
    level = known.fact.name in ("nps_level", "nps_step")
    return level and any(first in (one[0], one[1] + day) for first, _last in spans for one in known.own)


def _silent_misfit(known: Known, line: Line, reading: Reading) -> Misfit | None:
    """As `_silent_period`, but a date that another paragraph or an aside names binds nothing here."""
    found = _silent_period(known, line, reading)
    if found is None or line.sentence.kind == "cell":
        return found
    named = [other for other in reading.before(line) if any(p.span for p in other.periods)]
    if named and not (_aside_date(named[0]) or _apart(named[0], line, reading)):
        return found
    texts = [*named[1:], *[other for other in reading.lines if other.sentence.end < line.sentence.start], reading.asked]
    spans = {span for other in texts for p in other.periods for span in ({p.span} | p.spans) if span}
    return None if any(same_days(span, own, reading) for span in spans for own in known.own) else found


def _apart(named: Line, line: Line, reading: Reading) -> bool:
    return "\n\n" in reading.page.text[named.sentence.end : line.sentence.start]


def _aside_date(line: Line) -> bool:
    dated = [p for p in line.periods if p.span]
    return all(p.event or p.role in ("before", "after") for p in dated)


def _silent_period(known: Known, line: Line, reading: Reading) -> Misfit | None:
    """A period that the line does not say: the nearest line that names one must name this one."""
    if not known.own or known.tool == "impact":
        return None
    before = [other for other in reading.before(line) if other.sentence.kind not in ("item", "cell")]
    for other in [*reading.over(line), *before, reading.asked]:
        dated = [p for p in other.periods if p.span]
        spans = {span for p in dated for span in ({p.span} | p.spans) if span}
        if not spans or all(p.event for p in dated):
            continue
        head = line.sentence.kind == "cell" and other.sentence.kind == "heading"
        allowed = known.own if head and not is_test(known.fact) else known.own | known.other
        if any(frames(span, own, reading, exact=head) for span in spans for own in allowed):
            return None
        if is_window(known, dated, reading) or is_over_all(known, spans) or _at_break(known, spans):
            return None
        if known.tool == "decompose_change" and not head:
            return None
        return Misfit(
            "period",
            ", ".join(reading.page.text[p.start : p.end] for p in dated)
            if other is not reading.asked
            else "the question's period",
            told(known),
        )
    return None


def _bound_periods(figure: Figure, line: Line, dated: Sequence[Named], reading: Reading) -> list[Named]:
    head = figure.head or figure
    plain = reading.page.plain
    row = row_of(head, line, reading)
    pair = _pairs(row, dated, plain)
    if pair is not None and len(row) == len(pair):
        return [pair[row.index(head)]]
    begins = [head.end]
    while tail := (TAIL.match(plain, begins[-1], line.sentence.end) or BRACKET.match(plain, begins[-1])):
        begins.append(tail.end())
    for begin in begins:
        for period in dated:
            if begin <= period.start and period.start - begin < 26:
                between = plain[begin : period.start]
                ahead = plain[period.end : period.end + 24]
                if re.fullmatch(
                    r"\s*(?:%|points?|percent|pp)?\s*\(?\s*(?:for|in|on|at|by|over|from|between|a month "
                    r"earlier|of)?\s*(?:the\s+)?",
                    between,
                    re.I,
                ) and not ("(" in between and re.match(r"[^)]{0,20}\d", ahead)):
                    return _with_pair(period, dated)
    preceding = [p for p in dated if p.end <= head.start]
    if preceding:
        return _with_pair(preceding[-1], dated)
    following = [p for p in dated if p.start >= head.end]
    if following and any(
        f.role == "value" and head.end <= f.start < following[0].start for f in line.figures if f is not head
    ):
        return []
    if following and not re.search(r";|\b(?:while|whereas|but)\b", plain[head.end : following[0].start]):
        return _with_pair(following[0], dated)
    return []


def _with_pair(period: Named, dated: Sequence[Named]) -> list[Named]:
    """A range's two ends belong together."""
    at = dated.index(period)
    if period.role == "from" and at + 1 < len(dated) and dated[at + 1].role == "to":
        return [period, dated[at + 1]]
    if period.role == "to" and at and dated[at - 1].role == "from":
        return [dated[at - 1], period]
    return [period]


def _pairs(row: Sequence[Figure], dated: Sequence[Named], plain: str) -> list[Named] | None:
    """ "from 2025-H1 to 2025-H2: from x to y"."""
    if len(row) < 2:
        return None
    before = [p for p in dated if p.end <= row[0].start]
    after = [p for p in dated if p.start >= row[-1].end]
    if any(row[0].end <= p.start < row[-1].start for p in dated):
        return None
    if len(before) == len(row) and opens(row, plain):
        return before
    if len(before) == 2 and re.search(r"\bfrom\s+$", plain[max(0, row[0].start - 8) : row[0].start]):
        return before
    for held in (before[-len(row) :], after[: len(row)]):
        if len(held) == len(row) and all(
            len(plain[a.end : b.start]) < 24 and not re.search(r"\d", plain[a.end : b.start]) for a, b in pairwise(held)
        ):
            return list(held)
    return None
