"""Time words of an English question, read as periods of the data: "in March", "since the price rise".

The question is first rewritten in plain words ("septmber" is SEP, "qtr" is quarter, "three" is 3), each
character knowing where it came from. Patterns then find the places in the calendar (atoms), the words before
an atom give its role, neighbours lend each other the year, and what can be dated becomes a mention.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Literal, get_args

from warehouse.errors import NpsError
from warehouse.periods import (
    UNITS,
    Grain,
    Period,
    Unit,
    bucket,
    holding,
    last_complete,
    parse_period,
    part_of,
    previous,
    shift,
    span,
)

Kind = Literal["period", "grain", "versus_previous", "versus_year_ago", "ambiguous", "outside"]
Role = Literal["", "from", "to", "before", "after"]


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
class _Atom:
    """A time expression on its way to a mention; offsets count in the plain text."""

    start: int
    end: int
    unit: Unit | None = None
    kind: Kind | None = "period"
    period: Period | None = None
    year: int | None = None
    number: int = 0
    day: int = 0
    word: str = ""
    event: str | None = None
    alternatives: tuple[str, ...] = ()
    lead: str = ""
    role: Role = ""
    paired: bool = False
    edge: str = ""
    part: re.Match[str] | None = None
    offset: re.Match[str] | None = None
    both: re.Match[str] | None = None
    note: str = ""


@dataclass
class _Scan:
    """The question in plain words, the limits of the data, and the atoms found so far."""

    question: str
    as_of: date | None
    first: date | None
    plain: str
    starts: list[int]
    stops: list[int]
    atoms: list[_Atom] = field(default_factory=list)

    def knows(self, year: int) -> bool:
        """Whether the data may hold that year."""
        if self.as_of is None:
            return 2000 <= year <= 2050
        return (self.first or self.as_of).year <= year <= self.as_of.year

    def written(self, start: int, end: int) -> str:
        """The user's own words."""
        return self.question[self.starts[start] : self.stops[end - 1]]


_NAMES = "january february march april may june july august september october november december".split()
_MONTHS = [name[:3].upper() for name in _NAMES]
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve".split()
_WORDS = (
    {name: name[:3].upper() for name in _NAMES}
    | {name[:3]: name[:3].upper() for name in _NAMES}
    | {name: str(number) for number, name in enumerate(_NUMBERS, start=1)}
    | dict(
        pair.split(":")
        for pair in (
            "sept:SEP aprl:APR arpil:APR marhc:MAR jully:JUL couple:2 twenty:20 thirty:30 sixty:60 ninety:90 "
            "first:1st second:2nd third:3rd fourth:4th qtr:quarter qtrs:quarters wk:week wks:weeks mth:month "
            "mths:months mnth:month moth:month monht:month yr:year yrs:years yaer:year yera:year wek:week "
            "lats:last tihs:this prev:previous till:until til:until thru:through versus:vs v:vs "
            "pre:before post:after snce:since sicne:since begining:beginning preceeding:preceding"
        ).split()
    )
)
_SPELLED = (
    "january february august september october november december quarter quarters quarterly monthly "
    "yesterday between before previous annually"
).split()
_REAL_WORDS = {"precious", "quieter", "quartet", "quartets", "augusta", "auguste", *_SPELLED}
_SIGNS = {"’": "'", "‘": "'", "–": "-", "—": "-", "−": "-", "‑": "-"}
_TOKEN = re.compile(r"[^\W\d_]+|\s+|.", re.DOTALL)


@lru_cache(maxsize=4096)
def _word(word: str) -> str:
    if word in _WORDS or word in _REAL_WORDS or len(word) < 5:
        return _WORDS.get(word, word)
    from rapidfuzz.distance import OSA

    for name in _SPELLED:
        slips = 2 if len(name) > 7 and name in _NAMES else 1
        if word[0] == name[0] and OSA.distance(word, name, score_cutoff=slips) <= slips:
            return _WORDS.get(name, name)
    return word


def _plain(text: str) -> tuple[str, list[int], list[int]]:
    """The text in plain words, with each character's first and last offset in the original."""
    words, starts, stops = [], [], []
    for token in _TOKEN.finditer(text):
        raw = token[0]
        word = _word(raw.lower()) if raw[0].isalpha() else " " if raw.isspace() else _SIGNS.get(raw, raw)
        words.append(word)
        starts += [token.start()] * len(word)
        stops += [token.end()] * len(word)
    return "".join(words), starts, stops


_M = "|".join(_MONTHS)
_MONTH_BEFORE = re.compile(
    r"\b(?:in|since|during|until|through|from|vs|before|after|between|for|of|than|by|last|next|early|mid|late"
    rf"|(?:{_M})(?:[ ,/-]*(?:and|or|to|vs))?)[ ,/-]*$"
)
_MONTH_AFTER = re.compile(rf",? ?'?\d|'s|[ ,/-]*(?:and|or|to|through|vs|until)?[ ,/-]*(?:{_M})\b")
_MAY_VERB = re.compile(r" (?:i|we|you|it|they|he|she|be|have|not|also|the|a|this|that)\b")
_MARCH_VERB = re.compile(r" (?:on|ahead|forward|off|out|onwards?|together|past|towards?|into)\b")
_MARCHER = re.compile(r"\b(?:i|we|you|they|who|will|can|could|would|should|must|not|customers|on the) $")


def _is_month(plain: str, match: re.Match[str], written: str) -> bool:
    """Whether "may" or "march" is the month here and not the verb."""
    before, after = plain[: match.start()], plain[match.end() :]
    if _MONTH_BEFORE.search(before) or _MONTH_AFTER.match(after):
        return True
    if written.lower() != "may":
        return not (written.lower() == "march" and (_MARCH_VERB.match(after) or _MARCHER.search(before)))
    if not before.strip():
        return re.match(r" (?:nps|scores?|results|data|responses|numbers|figures)\b", after) is not None
    return written[0].isupper() and not _MAY_VERB.match(after)


def _scan(question: str, as_of: date | None, first: date | None) -> _Scan:
    plain, starts, stops = _plain(question)
    scan = _Scan(question, as_of, first, plain, starts, stops)
    for match in re.finditer(r"\b(?:MAY|MAR)\b", plain):
        if not _is_month(plain, match, scan.written(*match.span())):
            scan.plain = scan.plain[: match.start()] + match[0].lower() + scan.plain[match.end() :]
    return scan


# ---------------------------------------------------------------- readers
Reader = Callable[[re.Match[str], _Scan], list[_Atom]]
_LABELS = {
    "year": "{0}",
    "half": "{0}-H{1}",
    "quarter": "{0}-Q{1}",
    "month": "{0}-{1:02d}",
    "week": "{0}-W{1:02d}",
    "day": "{0}-{1:02d}-{2:02d}",
}
_SIZES = ("day", "month", "quarter", "half", "week", "year")
_LY: dict[str, Grain] = {
    "daily": "day",
    "weekly": "week",
    "monthly": "month",
    "quarterly": "quarter",
    "yearly": "year",
    "annually": "year",
    "annual": "year",
}


def _dated(atom: _Atom, year: int) -> Period | None:
    """The atom's period in that year; None where the calendar has no such day or week."""
    label = _LABELS[atom.unit or "year"].format(year, atom.number, atom.day)
    return _parsed(label, date.max)


def _parsed(text: str, as_of: date) -> Period | None:
    try:
        return parse_period(text, as_of=as_of)
    except NpsError:
        return None


def _groups(match: re.Match[str]) -> dict[str, str]:
    return {name.rstrip("0123456789"): text for name, text in match.groupdict().items() if text is not None}


def _unit(match: re.Match[str]) -> Unit:
    return UNITS[re.split("[ -]", match["unit"])[0]]


def _point(match: re.Match[str], scan: _Scan) -> list[_Atom]:
    """A place in the calendar, its year perhaps still unknown."""
    found = _groups(match)
    unit = UNITS[next(size for size in _SIZES if size in found)]
    name = found.get("month", found[unit])
    number = _MONTHS.index(name) + 1 if name in _MONTHS else int(name)
    atom = _Atom(*match.span(), unit, number=number, day=int(found.get("day", 0)), word=found.get("word", ""))
    atom.year, named = _year(found, scan)
    if not named and "yy" in found:
        atom.end = match.end("core")
    trial = (atom.year,) if atom.year else (2024, 2020)
    return [atom] if any(_dated(atom, year) for year in trial) else []


def _year(found: dict[str, str], scan: _Scan) -> tuple[int | None, bool]:
    if "year" in found:
        return int(found["year"]), True
    if "yy" in found:
        year = 2000 + int(found["yy"].strip("'"))
        known = found["yy"].startswith("'") or scan.knows(year)
        return (year, True) if known else (None, False)
    relative = found.get("rel", "the").split()[-1]
    if relative == "the" or scan.as_of is None:
        return None, False
    return _calendar(relative, "year", scan.as_of).closed()[0].year, True
