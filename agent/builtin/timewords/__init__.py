"""Time words of an English question, read as periods of the data: "in March", "since the price rise".

`spots` finds what names a time; here the words before it give its role, neighbours lend each other the
year, "vs last month" becomes a comparison, and what can be dated becomes a mention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from agent.builtin.timewords import patterns
from agent.builtin.timewords.atoms import Atom, Events, Kind, Scan
from agent.builtin.timewords.patterns import Role
from agent.builtin.timewords.spots import comparison, find_places
from warehouse.periods import UNITS, Grain, Period, Unit, part_of, previous, shift, span


@dataclass(frozen=True)
class TimeMention:
    """A time expression: where it stands in the question, and how it is read.

    `period` is all that the mention means, its role included ("since March" runs from March to the as-of
    day); only the two ends of a range ("from January to March") are given as they are named.
    """

    start: int
    end: int
    kind: Kind
    period: str | None
    read_as: str
    grain: Grain | None = None
    role: Role = ""
    event: str | None = None
    alternatives: tuple[str, ...] = ()


@dataclass
class _Place:
    """An atom with what the words around it say."""

    atom: Atom
    start: int
    end: int
    gap: str
    """The text since the place before, without "the last week of"."""
    begin: int
    """Where that text begins."""
    lead: str = ""
    role: Role = ""
    paired: bool = False
    edge: str = ""
    part: re.Match[str] | None = None
    offset: re.Match[str] | None = None
    both: re.Match[str] | None = None
    whole: Period | None = None
    """The whole range that this is an end of."""


def find_times(question: str, *, as_of: date | None, first: date | None, events: Events = {}) -> list[TimeMention]:
    """The question's time expressions in order; they never overlap.

    `first` and `as_of` are the oldest and the newest day in the data. What is not found here ("Christmas",
    "plan 2025") is left to the caller, whose check for unread words then declines.
    """
    scan = find_places(question, as_of=as_of, first=first, events=events)
    places: list[_Place] = []
    for atom in scan.atoms:
        before = places[-1] if places else None
        places.append(_place(atom, before, scan))
    _lend_years(places, scan)
    for place in places:
        _date(place.atom, scan)
    _join_ranges(places)
    return [mention for place in places for mention in _mentions(place, scan)]


def _place(atom: Atom, before: _Place | None, scan: Scan) -> _Place:
    begin = before.end if before else 0
    part = patterns.PART.search(scan.text[begin : atom.start])
    gap = scan.text[begin : begin + part.start() if part else atom.start]
    place = _Place(atom, atom.start, atom.end, gap, begin, part=part)
    if atom.kind not in ("period", "ambiguous"):
        return place
    if onwards := patterns.ONWARDS.match(scan.text, atom.end):
        place.end = onwards.end()
        place.role = "from" if onwards["on"] else "to" if onwards["back"] else ""
    listed = patterns.LINK.fullmatch(gap) or patterns.SHARE.fullmatch(gap)
    if patterns.EXCEPT.search(gap) or (before and before.atom.kind == "ignored" and listed):
        atom.kind = "ignored"  # "excluding March" must never be read as "in March"
    elif before and _is_range(before, place, scan):
        _pair(before, place)
    elif _is_comparison(place, before, scan):
        comparison(atom)
    else:
        place.start = begin + len(_read_lead(place, gap))
    return place


def _read_lead(place: _Place, head: str) -> str:
    """Take the words before an atom, from the nearest outwards; returns what is left of them."""
    if edge := patterns.EDGE.search(head):
        place.edge = next(name.rstrip("1") for name, text in edge.groupdict().items() if text)
        head = head[: edge.start()]
    if both := patterns.BOTH.search(head):
        place.both = both
        place.offset = both if both["unit"] else None
        return head[: both.start()]
    if not place.edge and (offset := patterns.OFFSET.search(head)):
        counted = offset["n"] or not offset["many"]  # "the weeks after" have no count
        place.offset = offset if counted else None
        place.role = patterns.LEADS.get(offset["way"], "before")
        if counted:
            place.role = "after" if place.role in ("after", "from") else "before"
        head = head[: offset.start()]
    lead = patterns.LEAD.search(head)
    if lead is None or (place.role and lead["lead"] in patterns.LEADS and lead["lead"] != "since"):
        return head
    place.lead = lead["lead"]
    place.role = place.role or patterns.LEADS.get(place.lead, "")
    if place.atom.event and place.role == "from":
        place.role = "after"
    if place.edge:
        role = patterns.EDGED.get((place.role or place.lead, place.edge))
        place.role, place.edge = (role, "") if role else (place.role, place.edge)
    return head[: lead.start()]


def _is_range(before: _Place, place: _Place, scan: Scan) -> bool:
    """Whether the two are the ends of one range, and not two sides of a comparison."""
    link = patterns.LINK.fullmatch(place.gap)
    if not link or before.atom.kind not in ("period", "ambiguous") or before.paired:
        return False
    if before.role not in ("", "from") or (link["word"] in ("and", "&") and before.lead != "between"):
        return False
    sure = before.lead in ("from", "since") or link["word"] in ("-", "until", "through")
    return sure or not patterns.COMPARING.search(scan.text, 0, before.start)


def _pair(first: _Place, last: _Place) -> None:
    first.role, last.role = "from", "to"
    first.paired = last.paired = True
    last.start = last.begin + len(last.gap) - len(last.gap.lstrip())
    for one, other in ((first.atom, last.atom), (last.atom, first.atom)):
        if one.two_digits and other.unit == "day":
            one.unit, one.year = "day", None


def _is_comparison(place: _Place, before: _Place | None, scan: Scan) -> bool:
    """ "vs last month", "than a year ago"; but last month against this month are two periods."""
    atom = place.atom
    if atom.word not in ("last", "previous", "prior", "preceding", "ago") or atom.number:
        return False
    if re.match(r" (?:to|until|through)\b| ?-", scan.text[place.end :]):
        return False
    left = scan.text[: atom.start]
    against = patterns.AGAINST.search(left) is not None
    if scan.text.startswith("the last", atom.start) and left.endswith((" over ", " on ")):
        against = False  # "changed over the last year" names a stretch
    asked = before is not None and before.atom.kind == "period" and not before.atom.event
    if atom.word not in ("last", "ago"):
        return against or asked
    alike = asked and before is not None and before.atom.unit == atom.unit and patterns.SHARE.fullmatch(place.gap)
    return against and not alike and atom.count == 1


def _lend_years(places: list[_Place], scan: Scan) -> None:
    """ "Q1 vs Q2 2025", "from January to March 2025", "in 2024, which plan fell in March"."""
    for place in places:
        if place.atom.number and place.atom.year is None and not place.atom.word:
            place.atom.year = _only_year(places, scan)
    linked = [
        (a, b)
        for a, b in pairwise(places)
        if a.atom.number and b.atom.number and patterns.SHARE.fullmatch(scan.text[a.end : b.start])
    ]
    for a, b in linked:
        if b.paired and a.atom.year is None and b.atom.year is None:
            b.atom.year = _newest(b.atom, scan)
    for a, b in reversed(linked):
        a.atom.year = a.atom.year or _borrowed(a, b, scan)
    for a, b in linked:
        b.atom.year = b.atom.year or _borrowed(b, a, scan)


def _only_year(places: list[_Place], scan: Scan) -> int | None:
    years = [index for index, place in enumerate(places) if place.atom.unit == "year" and place.atom.kind == "period"]
    if len(years) != 1 or places[years[0]].role:
        return None
    index = years[0]
    atom = places[index].atom
    gaps = [scan.text[a.end : b.start] for a, b in pairwise(places[max(index - 1, 0) : index + 2])]
    if any(re.search(r"\b(?:vs|to|with|against|than|and|or)\b|^ ?- ?$", gap) for gap in gaps):
        return None
    label = atom.period.label if atom.period else str(atom.year or "")
    return int(label) if label.isdecimal() else None


def _borrowed(one: _Place, other: _Place, scan: Scan) -> int | None:
    """The other's year, or the one beside it where the two would stand in the wrong order."""
    year = other.atom.year
    mine = one.atom.in_year(year) if year else None
    theirs = other.atom.in_year(year) if year else None
    if year is None or mine is None or theirs is None or mine == theirs:
        return None
    begin, limit = mine.closed()[0], theirs.closed()[0]
    if not (one.paired and other.paired):
        return year - (scan.as_of is not None and begin > scan.as_of)
    if one.role == "from":
        return year - (begin > limit)
    return year + (begin < limit)


def _newest(atom: Atom, scan: Scan) -> int | None:
    """The newest year whose month, quarter or day has begun by the as-of day."""
    as_of = scan.as_of
    if as_of is None:
        return None
    years = range(as_of.year + 1, as_of.year - 9, -1)
    if atom.word == "next":
        years = years[::-1]
    for year in years:
        period = atom.in_year(year)
        if period and _suits(atom.word, *period.closed(), as_of):
            return year
    return None


def _suits(word: str, start: date, end: date, as_of: date) -> bool:
    if word == "this":
        return start.year == as_of.year
    if word == "next":
        return start > as_of
    return (end if word == "last" else start) <= as_of


def _date(atom: Atom, scan: Scan) -> None:
    if atom.period is None and (atom.number or atom.unit == "year"):
        if atom.year is None:
            atom.year = _newest(atom, scan)
            atom.year_guessed = atom.year is not None
        atom.period = atom.in_year(atom.year) if atom.year else None


def _join_ranges(places: list[_Place]) -> None:
    """A range runs forwards; "between this month and last month" are two periods."""
    for a, b in pairwise(places):
        ends = a.role == "from" and a.paired and b.role == "to" and b.paired
        if not (ends or patterns.SHARE.fullmatch(b.gap)) or not a.atom.kind == b.atom.kind == "period":
            continue
        if not a.atom.period or not b.atom.period:
            continue
        _tell_apart(a.atom, b.atom, ends)
        start, end = a.atom.period.start, b.atom.period.end
        if ends and start and end and start > end:
            a.role, b.role, a.paired, b.paired = "", "", False, False
        elif ends:
            a.whole = b.whole = span(start, end)


def _tell_apart(one: Atom, other: Atom, ends: bool) -> None:
    """On a month's last day "last month" is this month; beside "this month" the one before is meant."""
    if one.period != other.period:
        return
    for atom in (one, other):
        if atom.word == "last" and not atom.number and atom.kind == "period" and atom.period:
            if ends:
                atom.period = previous(atom.period)
            else:
                comparison(atom)
            return


def _mentions(place: _Place, scan: Scan) -> Iterator[TimeMention]:
    atom, both = place.atom, place.both
    if atom.kind == "ignored" or (atom.event and not (place.role or both)):
        return
    if both is None:
        yield from _mention(place, place.role, place.start, place.end, scan)
        return
    one, two = patterns.LEADS[both["one"]], patterns.LEADS[both["two"]]
    yield from _mention(place, one, place.begin + both.start(), place.begin + both.end("one"), scan)
    yield from _mention(place, "after" if two == "from" else two, place.begin + both.start("two"), place.end, scan)


def _mention(place: _Place, role: Role, start: int, end: int, scan: Scan) -> Iterator[TimeMention]:
    atom = place.atom
    kind = atom.kind if atom.kind != "ignored" else "period"
    told = TimeMention(*scan.plain.offsets(start, end), kind, None, scan.plain.written(start, end), role=role)
    if kind in ("grain", "versus_previous", "versus_year_ago"):
        yield _compared(told, atom)
    elif scan.as_of is None:
        label = atom.period.label if atom.period else None
        yield replace(told, kind="outside", period=label, read_as=f"{told.read_as}, but the data has no dates")
    elif choices := atom.alternatives or _edge_choices(place):
        yield replace(told, kind="ambiguous", alternatives=choices, read_as=_doubt(told.read_as, choices))
    elif atom.period and (period := _meant(place, atom.period, role, scan.as_of)):
        told = replace(told, period=period.label, event=atom.event)
        yield _within(told, place.whole or period, atom, scan.first, scan.as_of)


def _compared(told: TimeMention, atom: Atom) -> TimeMention:
    grain: Grain | None = None if atom.unit is None or atom.unit == "half" else atom.unit
    if told.kind == "grain":
        return replace(told, grain=grain)
    if told.kind == "versus_year_ago":
        return replace(told, read_as=f"{told.read_as}, read as against the same period a year before")
    before = f"{atom.unit} before" if atom.count == 1 else f"{atom.count} {atom.unit}s before"
    return replace(told, grain=grain, read_as=f"{told.read_as}, read as against the {before}")


def _doubt(phrase: str, choices: Sequence[str]) -> str:
    listed = ", ".join(choices[:-1])
    return f"{phrase}, which may mean {listed} or {choices[-1]}" if listed else f"{phrase}, a part of {choices[0]}"


def _within(told: TimeMention, whole: Period, atom: Atom, first: date | None, as_of: date) -> TimeMention:
    """The mention as it stands to the data: inside it, or outside."""
    label = told.period or ""
    read_as = told.read_as if label.lower() in told.read_as.lower() else f"{told.read_as}, read as {label}"
    late = whole.start is not None and whole.start > as_of
    early = whole.end is not None and first is not None and whole.end < first
    if late or early:
        held = f"from {first} to {as_of}" if first else f"up to {as_of}"
        return replace(told, kind="outside", read_as=f"{read_as}, which lies outside the data ({held})")
    others = _others(atom, first, as_of) if atom.year_guessed and first else 0
    return replace(told, read_as=f"{read_as} (the newest of {others} in the data)" if others > 1 else read_as)


def _others(atom: Atom, first: date, as_of: date) -> int:
    """How many years of the data a month without a year could have been in."""
    periods = [atom.in_year(year) for year in range(max(first.year, as_of.year - 30), as_of.year + 1)]
    return sum(1 for each in periods if each and each.closed()[1] >= first and each.closed()[0] <= as_of)


def _meant(place: _Place, period: Period, role: Role, as_of: date) -> Period | None:
    """What the mention means with its part, offset and role."""
    start, end = period.start, period.end
    if start is None or end is None:
        return period
    if part := place.part:
        nth = {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "opening": 1}.get(part["nth"], -1)
        fitting = part_of(period, UNITS[part["unit"]], nth=nth, count=int(part["n"] or 1))
        if fitting is None:
            return None
        period, (start, end) = fitting, fitting.closed()
    after = start if place.atom.event else shift(end, 1, "day")
    if offset := place.offset:
        count, unit = int(offset["n"]) if (offset["n"] or "a").isdecimal() else 1, UNITS[offset["unit"]]
        if role == "before":
            return span(shift(start, -count, unit), shift(start, -1, "day"))
        return span(after, shift(shift(after, count, unit), -1, "day"))
    return period if place.paired else _window(period, role, after, place.atom.event, as_of)


def _window(period: Period, role: Role, after: date, event: str | None, as_of: date) -> Period:
    start, end = period.closed()
    if role in ("from", "after"):
        begin = start if role == "from" else after
        return span(begin, as_of if begin <= as_of else None)
    if role == "before" or (role == "to" and event):
        return span(None, shift(start, -1, "day"))
    return span(None, end) if role == "to" else period


_PIECES: dict[str, tuple[Unit, tuple[int, ...], int]] = {
    "year": ("month", (3, 6), 4),
    "half": ("month", (1, 3), 2),
    "quarter": ("month", (1,), 1),
    "month": ("day", (10, 15), 10),
}


def _edge_choices(place: _Place) -> tuple[str, ...]:
    """ "Early 2025" may be its first quarter or half, "mid-March" its middle ten days."""
    period = place.atom.period
    if not place.edge or period is None or period.start is None or period.end is None:
        return ()
    unit, sizes, third = _PIECES.get(place.atom.unit or "", ("day", (), 1))
    if place.edge == "mid":
        pieces = [part_of(period, unit, nth=2, count=third)] if sizes else []
    else:
        nth = 1 if place.edge in ("start", "early") else -1
        pieces = [part_of(period, unit, nth=nth, count=size) for size in sizes]
    labels = [piece.label for piece in pieces if piece]
    return tuple(labels if len(labels) > 1 else [*labels, period.label])
