"""The periods that a text names, read like those of a question."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from dataclasses import dataclass

from agent.builtin.timewords import find_times
from agent.check.evidence import Evidence, Span, read_span
from agent.check.page import Page, Sentence
from warehouse.catalog import Catalog
from warehouse.periods import shift_months


@dataclass(frozen=True)
class Named:
    """A period in the text."""

    start: int
    end: int
    span: Span | None
    """None for what has no date of its own: "a year earlier"."""
    role: str
    event: str | None
    spans: frozenset[Span] = frozenset()
    """What it may be read as."""


def find_periods(page: Page, evidence: Evidence, catalog: Catalog) -> dict[int, list[Named]]:
    """The periods of each sentence, by the sentence's beginning."""
    events = {name: (event.date, event.synonyms) for name, event in catalog.events.items()}
    found = {}
    for sentence in page.sentences:
        said = _WEEK.sub(lambda match: " " * len(match.group()), page.said(sentence))
        if any(sign.isdigit() for sign in said) or _may_name_time(said, catalog):
            named = _named(said, sentence, evidence, events)
            halves = _half_months(said, sentence, evidence)
            named = [p for p in named if not any(h.start < p.end and p.start < h.end for h in halves)] + halves
            named = _seconds(said, sentence, sorted(named, key=lambda period: period.start))
            found[sentence.start] = _befores(said, sentence, _joined(_ranges(named, page.plain, evidence)))
    return found


_WEEK = re.compile(r"\b(?:the )?(?:calendar )?week (?=\d{4}-W\d)", re.IGNORECASE)
"""What stands before the name of a week and says nothing more."""
_SIGNS = [
    "month",
    "quarter",
    "half",
    "year",
    "week",
    "day",
    "today",
    "yesterday",
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "jan",
    "feb",
    "mar",
    "apr",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
    "since",
    "after",
    "before",
    "following",
    "latest",
    "now",
]


_NO_MONTH = re.compile(r"\b(?:may|march)$(?!.*\d)")
_AS_UNIT = re.compile(
    r"^\W*(?:for |by |over )?(?:the )?(?:months|days|quarters|weeks|times?) of (?:the |a )?(?:year|week|month|day)$",
    re.IGNORECASE,
)
_AGE = re.compile(
    r"\b(?:day|week|month|quarter|year)s? [0-9]{1,3}$|\b(?:first|second|third|last|next) "
    r"(?:day|week|month|quarter|year)s?$",
    re.IGNORECASE,
)
"""May and March as they are no months."""


def _may_name_time(said: str, catalog: Catalog) -> bool:
    low = said.lower()
    return any(sign in low for sign in _SIGNS) or bool(catalog.events)


def _named(
    said: str, sentence: Sentence, evidence: Evidence, events: dict[str, tuple[dt.date, list[str]]]
) -> list[Named]:
    made = []
    aged = any(key.startswith("age_") for known in evidence.known[:400] for key in known.fact.where)
    for time in find_times(said, as_of=evidence.as_of, first=evidence.first, events=events):
        if _NO_MONTH.search(said[time.start : time.end]):
            continue
        if aged and _AGE.search(said[time.start : time.end]):
            continue
        if re.match(r" of the (?:series|data|record|stretch|run|line|curve)\b", said[time.end :]) or _AS_UNIT.search(
            said[time.start : time.end]
        ):
            continue
        start, end = time.start, time.end
        text = said[start:end]
        start += len(text) - len(text.lstrip())
        spans = {
            span
            for label in (time.period, *time.alternatives)
            if label and (span := read_span(label, evidence.as_of, evidence.first, evidence.last))
        }
        if year := re.search(
            r"\b(?:through|throughout|over|across|during)\s+((?:19|20)\d\d)$",
            said[time.start : time.end],
            re.IGNORECASE,
        ):
            whole = read_span(year[1], evidence.as_of, evidence.first, evidence.last)
            spans |= {whole} if whole else set()
        own = read_span(time.period or "", evidence.as_of, evidence.first, evidence.last)
        if own and re.match(r"\s*from\b", text) and not re.match(r"\s*(?:to|until|till|through|up)\b|-", said[end:]):
            spans |= {span for span in evidence.spans if span[0] == own[0]}  # "from May", to the end
        made.append(Named(sentence.start + start, sentence.start + end, own, time.role, time.event, frozenset(spans)))
    return made


_HALF_MONTH = re.compile(
    r"\b(?:the )?(first|second) half of (january|february|march|april|may|june|july|august|september|"
    r"october|november|december)\b(?: \d{4})?",
    re.IGNORECASE,
)
_MONTHS = [dt.date(2000, month, 1).strftime("%B").lower() for month in range(1, 13)]


def _half_months(said: str, sentence: Sentence, evidence: Evidence) -> list[Named]:
    """ "the first half of August": the period of the run that is about that."""
    made = []
    for match in _HALF_MONTH.finditer(said):
        month = _MONTHS.index(match[2].lower()) + 1
        first = match[1].lower() == "first"
        spans = {
            (a, b)
            for a, b in evidence.spans
            if a.month == b.month == month
            and a.year == b.year
            and (b.day <= 18 and a.day == 1 if first else a.day >= 14)
        }
        if spans:
            start, end = sentence.start + match.start(), sentence.start + match.end()
            made.append(Named(start, end, min(spans), "", None, frozenset(spans)))
    return made


_SECOND = re.compile(
    r"\b(?:in|of|from|to|for|during|and(?=(?P<and> ))) the "
    r"(?:(?:second|latter|later)(?: one)?|(?:last|next|other) (?:three|six)(?: months)?)"
    r"(?! half| quarter| \w*half)(?=\W|$)",
    re.IGNORECASE,
)


def _seconds(said: str, sentence: Sentence, found: list[Named]) -> list[Named]:
    """ "in the first half of 2025 … in the second"."""
    made = list(found)
    for match in _SECOND.finditer(said):
        start = sentence.start + match.start() + (4 if match["and"] else 0)
        before = [p for p in found if p.end <= start and p.span]
        if not before or before[-1].span is None:
            continue
        first, last = before[-1].span
        following = last + dt.timedelta(days=1)
        months = 12 * (following.year - first.year) + following.month - first.month
        if months:
            span = (following, shift_months(following, months) - dt.timedelta(days=1))
            made.append(Named(start, sentence.start + match.end(), span, "", None, frozenset([span])))
    return sorted(made, key=lambda named: named.start)


_TO = re.compile(r"\s*(?:(?:to|until|till|through|up to|and)\b|[-\u2013])", re.IGNORECASE)


_BEFORE = re.compile(
    r"\b(?:the )?(?:(?P<many>two|three|four|five|six|nine|twelve|[2-9]|1[0-2]) )?"
    r"(?P<unit>months?|quarters?|half-years?|years?) (?:before|earlier)(?: (?:that|then))?(?=\W|$)",
    re.IGNORECASE,
)
_MANY = {"two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "nine": 9, "twelve": 12}
_MONTHS_IN = {"m": 1, "q": 3, "h": 6, "y": 12}


def _befores(said: str, sentence: Sentence, found: list[Named]) -> list[Named]:
    """ "from October to March …, in the six months before"."""
    made = list(found)
    for match in _BEFORE.finditer(said):
        start, end = sentence.start + match.start(), sentence.start + match.end()
        before = [p for p in made if p.end <= start and p.span]
        clear = not any(p.span for p in made if p.start < end and start < p.end)
        if not before or before[-1].span is None or not match["many"] or not clear:
            continue
        whole = [before[-2]] if before[-1].role == "to" and len(before) > 1 and before[-2].role == "from" else []
        begin = (whole or before[-1:])[0].span
        if begin is None or begin[0].day != 1:
            continue
        many = _MANY.get(match["many"].lower()) or int(match["many"])
        months = many * _MONTHS_IN[match["unit"][0].lower()]
        span = (shift_months(begin[0], -months), begin[0] - dt.timedelta(days=1))
        made = [p for p in made if not (p.start < end and start < p.end)]
        made.append(Named(start, end, span, "", None, frozenset([span])))
    return sorted(made, key=lambda named: named.start)


def _ranges(found: list[Named], plain: str, evidence: Evidence) -> list[Named]:
    """ "July to September 2025", "November and December 2024": the two ends of a period of the run."""
    made = list(found)
    for at, (one, other) in enumerate(itertools.pairwise(found)):
        apart = len(plain[one.end : other.start].strip()) > 8 or not _TO.match(plain[one.end : other.end])
        if apart or one.role in ("from", "to") or not one.span or not other.span:
            continue
        for begin in _same_year(one, other):
            whole = (begin, other.span[1])
            if whole in evidence.spans and whole not in (one.span, other.span):
                own = one.span if begin == one.span[0] else whole
                made[at] = Named(one.start, one.end, own, "from", one.event, one.spans | {whole})
                made[at + 1] = Named(other.start, other.end, other.span, "to", other.event, other.spans | {whole})
    return made


def _same_year(one: Named, other: Named) -> list[dt.date]:
    """The beginning of a range as read, and in the year of its end."""
    assert one.span is not None and other.span is not None
    begins = [one.span[0]]
    if (one.span[0].month, one.span[0].day) != (2, 29):
        begins += [one.span[0].replace(year=other.span[1].year - back) for back in (0, 1)]
    return [begin for begin in dict.fromkeys(begins) if begin <= other.span[1]]


def _joined(found: list[Named]) -> list[Named]:
    """The ends of a range may mean the whole of it too."""
    made = list(found)
    for at, (one, other) in enumerate(itertools.pairwise(found)):
        if one.role == "from" and other.role == "to" and one.span and other.span and one.span[0] <= other.span[1]:
            whole = (one.span[0], other.span[1])
            made[at] = Named(one.start, one.end, one.span, one.role, one.event, made[at].spans | {whole})
            made[at + 1] = Named(other.start, other.end, other.span, other.role, other.event, other.spans | {whole})
    return made
