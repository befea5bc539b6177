"""Whether two stretches of days are the same, or one a window of a fact."""

from __future__ import annotations

import re
from collections.abc import Sequence

from agent.check.evidence import Known, Span
from agent.check.periods import Named
from agent.check.reading import Reading


def own_days(known: Known, reading: Reading) -> frozenset[Span]:
    first, last = reading.evidence.first, reading.evidence.last
    return known.own or (frozenset([(first, last)]) if first and last else frozenset())


def is_window(known: Known, named: Sequence[Named], reading: Reading) -> bool:
    """ "since 10 March": of a period that begins then; "before July": of one that ends there."""
    for p in named:
        for own in known.own if p.span else ():
            assert p.span is not None
            if p.role in ("after", "from", "since") and _OPEN.match(reading.page.text[p.start : p.end]):
                if abs((own[0] - p.span[0]).days) <= 1 and own[1] <= p.span[1]:
                    return True
            elif p.role in ("before", "until", "to") and abs((own[1] - p.span[1]).days) <= 1 and own[0] >= p.span[0]:
                return True
    return False


_OPEN = re.compile(r"\s*(?:since|after|from|following|as of)\b", re.IGNORECASE)


def near_days(one: Span, other: Span) -> bool:
    return abs((one[0] - other[0]).days) <= 31 and abs((one[1] - other[1]).days) <= 31


def nearly_all(one: Span, other: Span, reading: Reading) -> bool:
    """Series are of whole weeks or months: they may begin later and end earlier than the period asked for."""
    begin = max(one[0], reading.evidence.first or one[0])
    end = min(one[1], reading.evidence.last or one[1])
    return 0 <= (other[0] - begin).days <= 31 and 0 <= (end - other[1]).days <= 31


def same_days(one: Span, other: Span, reading: Reading) -> bool:
    first, last = reading.evidence.first, reading.evidence.last
    if one == other or last is None or first is None:
        return one == other
    return (max(one[0], first), min(one[1], last)) == (max(other[0], first), min(other[1], last))


def frames(span: Span, own: Span, reading: Reading, *, exact: bool) -> bool:
    return same_days(span, own, reading) or (not exact and span[0] <= own[0] and own[1] <= span[1])
