"""Periods that are said by their place: "the quarter before", "from x to y" of two periods, a slope over all."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence

from agent.check.evidence import Known, Span, is_test
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.periods import Named
from agent.check.reading import Line, Reading

_OF_ALL = re.compile(r"_per_|slope|trend|levels_differ|drift|season|differ_p$")
_UNIT = r"(?:quarter|month|year|half|half-year|week|period)"
_EARLIER = re.compile(
    rf"[\s%]*(?:points?\b)?(?:\s*[(\[][^()\[\]]*[)\]])*,?\s*(?:in |from |for )?(?:the|a|one) "
    rf"(?:{_UNIT} (?:before|earlier|prior|previously)|(?:previous|preceding|prior) {_UNIT})\b",
    re.IGNORECASE,
)
_LINK = re.compile(r"\s*(?:\u2192|->|=>|to(?: about| roughly)?)\s*", re.IGNORECASE)
_DAY = dt.timedelta(days=1)


def is_over_all(known: Known, spans: Iterable[Span]) -> bool:
    """A slope or a trend is of the whole series, whichever part of it was named last."""
    return bool(_OF_ALL.search(known.fact.name)) and any(
        own[0] <= span[0] and span[1] <= own[1] for own in known.own for span in spans
    )


def is_ellipsis(known: Known, figure: Figure, dated: Sequence[Named], line: Line, reading: Reading) -> bool | None:
    """ "+9.1 the quarter before": whether the fact is of the period before a named one; None where that is not said."""
    if not _EARLIER.match(reading.page.plain[figure.end : line.sentence.end]):
        return None
    begins = {span[0] for p in dated for span in ({p.span} | p.spans) if span}
    return any(own[1] + _DAY in begins for own in known.own)


def is_old_to_new(known: Known, figure: Figure, line: Line, dated: Sequence[Named], reading: Reading) -> bool:
    """ "H2 2025 with H2 2024: x → y", "after 1 May, from x to y": the earlier one first, and both of periods named."""
    if is_test(known.fact) or figure.head is not None:
        return False
    heads = [f for f in line.figures if f.role == "value" and f.head is None]
    at = heads.index(figure) if figure in heads else -1
    for one, other in ((at, at + 1), (at - 1, at)):
        if at < 0 or one < 0 or other >= len(heads) or not _linked(heads[one], heads[other], line, reading):
            continue
        mine, theirs = (heads[other], known) if one != at else (heads[one], known)
        partner = heads[one] if mine is heads[other] else heads[other]
        for held in candidates(partner, reading.evidence):
            first, second = (theirs, held) if mine is heads[one] else (held, theirs)
            if held.fact.name == known.fact.name and _in_order(first, second, dated):
                return True
    return False


def _linked(one: Figure, other: Figure, line: Line, reading: Reading) -> bool:
    plain = reading.page.plain
    between = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", plain[one.end : other.start])
    before = plain[max(line.sentence.start, one.start - 8) : one.start]
    link = _LINK.fullmatch(between)
    if link is None and re.match(r"\s*before\b[^,;.]{0,40}? to\s+$", between):
        return True
    return link is not None and ("to" not in between.lower() or bool(re.search(r"\bfrom\W+$", before, re.IGNORECASE)))


def _in_order(first: Known, second: Known, dated: Sequence[Named]) -> bool:
    if not first.own or not second.own or max(first.own)[1] >= min(second.own)[0]:
        return False
    named = {span for p in dated for span in ({p.span} | p.spans) if span}
    if first.own & named and second.own & named:
        return True
    edges = {day for span in named for day in (span[0], span[0] - _DAY, span[1], span[1] + _DAY)}
    return min(second.own)[0] in edges and max(first.own)[1] + _DAY == min(second.own)[0]
