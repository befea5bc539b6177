"""Periods as people write them: 2025-03, March 2025, Q1 2025, 1. Quartal 2025, marzo de 2025, from … to …."""

from __future__ import annotations

import calendar
import datetime as dt
import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

_MONTHS = {
    1: "january|jan|januar|jänner|enero|ene",
    2: "february|feb|februar|febrero",
    3: "march|mar|märz|mär|marzo",
    4: "april|apr|abril|abr",
    5: "may|mai|mayo",
    6: "june|jun|juni|junio",
    7: "july|jul|juli|julio",
    8: "august|aug|agosto|ago",
    9: "september|sept|sep|septiembre|setiembre",
    10: "october|oct|oktober|okt|octubre",
    11: "november|nov|noviembre",
    12: "december|dec|dezember|dez|diciembre|dic",
}
_NUMBER_OF = {name: month for month, names in _MONTHS.items() for name in names.split("|")}
_MONTH = "(?:" + "|".join(sorted(_NUMBER_OF, key=len, reverse=True)) + r")\b\.?"
_YEAR = r"(?:19|20)\d\d"
_ORDINALS = {
    "first": 1, "erste": 1, "ersten": 1, "erstes": 1, "primer": 1, "second": 2, "zweite": 2, "zweiten": 2, "zweites": 2,
    "segundo": 2, "third": 3, "dritte": 3, "dritten": 3, "drittes": 3, "tercer": 3, "fourth": 4, "vierte": 4,
    "vierten": 4,
    "viertes": 4, "cuarto": 4, "1st": 1, "2nd": 2, "3rd": 3, "4th": 4, "1.": 1, "2.": 2, "3.": 3, "4.": 4, "1er": 1,
    "2º": 2, "1º": 1, "3º": 3, "4º": 4,
}  # fmt: skip
_ORDINAL = "(?:" + "|".join(re.escape(word) for word in sorted(_ORDINALS, key=len, reverse=True)) + ")"
_OF = r"(?:\s*[,/]?\s*(?:of|de|del|des|im jahr|in)?\s*)"
_DATE = rf"{_YEAR}-\d\d-\d\d"
_PATTERNS = [
    ("range", rf"(?P<a>{_DATE})\s*(?:\.\.|to|bis|until|through|and|und|a|al|hasta|–|—|-|→)+\s*(?P<b>{_DATE})"),
    ("span", rf"(?P<a>{_YEAR}-(?:Q[1-4]|H[12]|W\d\d|\d\d))\s*\.\.\s*(?P<b>{_YEAR}-(?:Q[1-4]|H[12]|W\d\d|\d\d))"),
    ("date", rf"(?P<a>{_DATE})(?:[T ]00:00(?::00)?)?"),
    ("quarter", rf"(?P<y>{_YEAR})\s*[-–/ ]?\s*[QT](?P<q>[1-4])\b"),
    ("quarter", rf"\b[QT](?P<q>[1-4])(?:{_OF}|\s*[-–]\s*)(?P<y>{_YEAR})"),
    ("quarter", rf"\b(?P<o>{_ORDINAL})\s+(?:quarter|quartals?|trimestre)(?:{_OF}(?P<y>{_YEAR}))?"),
    ("half", rf"(?P<y>{_YEAR})\s*[-–/ ]?\s*H(?P<q>[12])\b"),
    ("half", rf"\bH(?P<q>[12])(?:{_OF}(?P<y>{_YEAR}))?\b"),
    ("week", rf"(?P<y>{_YEAR})-W(?P<q>\d\d?)\b"),
    ("week", rf"\b(?:week|woche|kw|semana)\s+(?P<q>\d\d?)(?:{_OF}(?P<y>{_YEAR}))?\b"),
    ("months", rf"\b(?P<m>{_MONTH})\s*[-–—/]\s*(?P<k>{_MONTH})(?:{_OF}(?P<y>{_YEAR}))?"),
    ("day", rf"\b(?P<d>\d\d?)(?:\.|st|nd|rd|th)?\s+(?:of\s+|de\s+)?(?P<m>{_MONTH})(?:{_OF}(?P<y>{_YEAR}))\b"),
    ("day", rf"\b(?P<m>{_MONTH})\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y>{_YEAR})\b"),
    ("day", r"\b(?P<d>\d\d?)\.(?P<n>\d\d?)\.(?P<y>20\d\d)\b"),
    ("month", rf"\b(?P<m>{_MONTH})(?:{_OF}(?P<y>{_YEAR}))\b"),
    ("month", rf"(?P<y>{_YEAR})-(?P<n>0[1-9]|1[0-2])(?![\d-])"),
    ("quarter", r"\b[QT](?P<q>[1-4])\b"),
    ("month", rf"\b(?P<m>{_MONTH})(?=[\s,.:;)*|]|$)"),
    ("year", rf"(?<![\d.,])(?P<y>{_YEAR})(?![\d.,]\d|\d|%|\s+(?:answers?|responses?|antworten|respuestas|customers?))"),
]
_COMPILED = [(kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _PATTERNS]
_UP_TO = re.compile(r"\b(?:before|until|till|prior to|vor(?: dem)?|bis(?: zum)?|antes del?|hasta(?: el)?)\s+$", re.I)
_SINCE = re.compile(r"\b(?:since|after|seit(?: dem)?|nach(?: dem)?|ab(?: dem)?|desde(?: el)?|después del?)\s+$", re.I)
_ONWARD = re.compile(r"\s+(?:on|onwards?|an)\b", re.I)
_THEN = re.compile(r"\b(?:from then on|since then|thereafter|afterwards|seitdem|danach|desde entonces|después)\b", re.I)
_MAYBE = re.compile(rf"\d|{_MONTH}|quart|trimest", re.IGNORECASE)
_WORDS = frozenset({"may", "mar", "jan", "sep", "dec", "dic", "ago", "ene", "abr", "apr"})
"""Names of months that are other words too: without a year they count only with a capital letter."""


@dataclass(frozen=True)
class Span:
    """From one day to another; `year` is False where the writer named none."""

    first: dt.date
    last: dt.date
    year: bool = True

    def same(self, other: Span) -> bool:
        """The same days; without a year, the same days of any year."""
        if self.year and other.year:
            return (self.first, self.last) == (other.first, other.last)
        return (self.first.month, self.first.day, self.last.month) == (
            other.first.month,
            other.first.day,
            other.last.month,
        )

    def meets(self, other: Span) -> bool:
        """Some day belongs to both."""
        if self.year and other.year:
            return self.first <= other.last and other.first <= self.last
        return self.first.month <= other.last.month and other.first.month <= self.last.month

    def within(self, other: Span) -> bool:
        """Every day of this one belongs to the other."""
        if self.year and other.year:
            return other.first <= self.first and self.last <= other.last
        return other.first.month <= self.first.month and self.last.month <= other.last.month


@dataclass(frozen=True)
class When:
    """A period that a text names, and where."""

    span: Span
    start: int
    end: int


def periods(text: str) -> list[When]:
    """The periods in a text, in order; a quarter or month without a year gets the year that is named after it."""
    return list(_periods(text)) if _MAYBE.search(text) else []


@functools.lru_cache(maxsize=20_000)
def _periods(text: str) -> tuple[When, ...]:
    taken: list[tuple[int, int]] = []
    found: list[When] = []
    for kind, pattern in _COMPILED:
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            span = _span(kind, match)
            if span is not None:
                taken.append(match.span())
                found.append(When(span, match.start(), match.end()))
    found.sort(key=lambda when: when.start)
    return tuple(_opened(text, list(_with_years(found))))


def _opened(text: str, found: list[When]) -> Iterator[When]:
    """ "Before" a day is all the time up to it, "since" all from it on, "from then on" all from the day just named."""
    for when in found:
        span = when.span
        if span.first != span.last:
            yield when
        elif _UP_TO.search(text, max(0, when.start - 20), when.start):
            yield replace(when, span=Span(dt.date.min, span.first - dt.timedelta(days=1)))
        elif _SINCE.search(text, max(0, when.start - 20), when.start) or _ONWARD.match(text, when.end):
            yield replace(when, span=Span(span.first, dt.date.max))
        else:
            yield when
    for match in _THEN.finditer(text):
        days = [when.span.first for when in found if when.end <= match.start() and when.span.first == when.span.last]
        if days:
            yield When(Span(days[-1], dt.date.max), match.start(), match.end())


def _with_years(found: list[When]) -> Iterator[When]:
    for at, when in enumerate(found):
        later = [other for other in found[at + 1 :] if other.span.year]
        if when.span.year or not later or later[0].start - when.end > 40:
            yield when
            continue
        yield replace(when, span=_in_year(when.span, later[0].span.first.year))


def _in_year(span: Span, year: int) -> Span:
    last = calendar.monthrange(year, span.last.month)[1]
    return Span(dt.date(year, span.first.month, span.first.day), dt.date(year, span.last.month, last))


def as_period(cell: object, *, grain: str | None = None) -> Span | None:
    """The period that a cell of a table holds, if nothing else; `grain`: what its dates stand for."""
    text = str(cell).strip()
    found = periods(text)
    if len(found) != 1 or (found[0].start, found[0].end) != (0, len(text)):
        return None
    span = found[0].span
    if grain is not None and span.first == span.last:
        return _from(span.first, {"month": 1, "quarter": 3, "year": 12}[grain])
    return span


def grain_of(cells: list[object]) -> str | None:
    """Of a column of dates that all begin a month: whether they stand for months, quarters or years."""
    spans = [as_period(cell) for cell in cells if cell is not None]
    firsts = [span.first for span in spans if span is not None and span.first == span.last]
    if not firsts or len(firsts) != len(spans) or any(first.day != 1 for first in firsts):
        return None
    months = sorted({first.year * 12 + first.month for first in firsts})
    step = min((later - earlier for earlier, later in itertools.pairwise(months)), default=1)
    return "year" if step % 12 == 0 else "quarter" if step % 3 == 0 else "month"


def _span(kind: str, match: re.Match[str]) -> Span | None:
    given = {name: value for name, value in match.groupdict().items() if value is not None}
    year = int(given.get("y", 0)) or 2000
    try:
        found = _days(kind, given, year, match.group())
    except ValueError:
        return None
    return found and replace(found, year=kind in ("range", "span", "date") or "y" in given)


def _days(kind: str, given: dict[str, str], year: int, whole: str) -> Span | None:
    if kind in ("range", "span", "date"):
        first = _plain(given["a"])
        last = _plain(given.get("b", given["a"]))
        return Span(first.first, last.last) if first and last else None
    if kind == "quarter":
        number = int(given["q"]) if "q" in given else _ORDINALS[given["o"].lower()]
        return _from(dt.date(year, 3 * number - 2, 1), 3)
    if kind == "half":
        return _from(dt.date(year, 6 * int(given["q"]) - 5, 1), 6)
    if kind == "week":
        monday = dt.date.fromisocalendar(year, int(given["q"]), 1)
        return Span(monday, monday + dt.timedelta(days=6))
    if kind == "year":
        return _from(dt.date(year, 1, 1), 12)
    month = int(given["n"]) if "n" in given else _NUMBER_OF[given["m"].lower().rstrip(".")]
    if kind == "months":
        until = _NUMBER_OF[given["k"].lower().rstrip(".")]
        return _from(dt.date(year, month, 1), until - month + 1) if until > month else None
    if kind == "day":
        day = dt.date(year, month, int(given["d"]))
        return Span(day, day)
    if "y" not in given and whole.lower().rstrip(".") in _WORDS and not whole[0].isupper():
        return None
    return _from(dt.date(year, month, 1), 1)


def _plain(text: str) -> Span | None:
    if re.fullmatch(_DATE, text):
        day = dt.date.fromisoformat(text)
        return Span(day, day)
    found = periods(text)
    return found[0].span if found else None


def _from(first: dt.date, months: int) -> Span:
    after = first.year * 12 + first.month - 1 + months
    return Span(first, dt.date(after // 12, after % 12 + 1, 1) - dt.timedelta(days=1))
