"""Reading dates: which formats a text column holds, and the SQL that reads each on purpose.

Nothing is left to a sniffer: every shape has its own format, and 03/04/2025 is day first or month first only
when the other values of the column (or the user) say so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

DateOrder = Literal["dmy", "mdy"]

_TIME = r"(?:[ T,]+\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?(?:\s*(?:Z|UTC|GMT|[A-Z]{3,4}))?)?"
ISO = r"\d{4}-\d{1,2}-\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?"
SLASHED = rf"\d{{1,2}}[/.-]\d{{1,2}}[/.-](?:\d{{4}}|\d{{2}}){_TIME}"
_MONTH = r"(?i:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[A-Za-z]*"
_WEEKDAY = r"(?i:mon|tue|wed|thu|fri|sat|sun)[A-Za-z]*,? "
DAY_AND_MONTH = r"^(\d{1,2}[/.-]\d{1,2}[/.-])(?:\d{4}|\d{2})\b"
"""The beginning of a slashed date, up to its year; SQL can extract it."""
_ORDER = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-]")
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")


@dataclass(frozen=True)
class Shape:
    """A shape of date texts and the formats that may read it."""

    name: str
    pattern: str
    formats: tuple[str, ...] = ()


SHAPES = (
    Shape("ISO", ISO),
    Shape("year/month/day", rf"\d{{4}}/\d{{1,2}}/\d{{1,2}}{_TIME}", ("%Y/%m/%d",)),
    Shape("yyyymmdd", r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", ("%Y%m%d",)),
    Shape("slashed", SLASHED),
    Shape(
        "day month-name year",
        rf"(?:{_WEEKDAY})?\d{{1,2}}[ -]{_MONTH}[ -](?:\d{{4}}|\d{{2}}){_TIME}",
        ("%d %b %Y", "%d %B %Y"),
    ),
    Shape(
        "month-name day year",
        rf"(?:{_WEEKDAY})?{_MONTH}\.? \d{{1,2}},? \d{{4}}{_TIME}",
        ("%b %d %Y", "%B %d %Y"),
    ),
    Shape("year-month", r"\d{4}-(?:0[1-9]|1[0-2])", ("%Y-%m",)),
    Shape("year", r"(?:19|20)\d{2}", ("%Y",)),
    Shape("epoch seconds", r"1\d{9}"),
    Shape("epoch milliseconds", r"1\d{12}"),
)
_COMPILED = [(shape, re.compile(shape.pattern)) for shape in SHAPES]
_EPOCHS = ("epoch seconds", "epoch milliseconds")


@dataclass(frozen=True)
class DateFormat:
    """How the texts of one column are read as dates."""

    shapes: tuple[str, ...]
    share: float
    order: DateOrder | None = None
    ambiguous: bool = False
    """Nothing in the column tells 3 April from 4 March, and there are such dates."""
    mixed: bool = False
    """Some values can only be day first, others only month first."""
    contradicted: bool = False
    """The stated order is not that of the values that can be read in one order only."""

    @property
    def certain(self) -> bool:
        """False for digits that could as well be numbers or ids."""
        return any(shape not in (*_EPOCHS, "yyyymmdd", "year") for shape in self.shapes)


def recognise_dates(texts: Iterable[str], order: DateOrder | None = None, days: Iterable[str] = ()) -> DateFormat:
    """The shapes that the filled `texts` have, their share, and the order of day and month.

    `days` are the beginnings (03/04/) of all dates of the column, where `texts` is a sample of it. Where the values
    themselves settle the order it is theirs; `order` is for the rest.
    """
    filled = [text.strip() for text in texts if text.strip()]
    found = [_shape_of(text) for text in filled]
    shapes = tuple(shape.name for shape in SHAPES if shape.name in found)
    share = sum(name is not None for name in found) / len(filled) if filled else 0.0
    slashed = [text for text, name in zip(filled, found, strict=True) if name == "slashed"] + list(days)
    if not slashed:
        return DateFormat(shapes, share)
    if "slashed" not in shapes:
        shapes = (*shapes, "slashed")
    evidence, mixed, undecided = _order_of(slashed)
    decided = evidence or order
    return DateFormat(
        shapes,
        share,
        decided or "mdy",
        ambiguous=decided is None and undecided,
        mixed=mixed,
        contradicted=None not in (evidence, order) and evidence != order,
    )


def _order_of(slashed: Sequence[str]) -> tuple[DateOrder | None, bool, bool]:
    """The order that the dates prove; whether they prove both; whether some could be read in either."""
    pairs = [(int(match[1]), int(match[2])) for text in slashed if (match := _ORDER.match(text))]
    day_first = any(a > 12 >= b for a, b in pairs)
    month_first = any(b > 12 >= a for a, b in pairs)
    undecided = any(a <= 12 and b <= 12 and a != b for a, b in pairs)
    if day_first != month_first:
        return ("dmy" if day_first else "mdy"), False, undecided
    dotted = all("." in text[:6] for text in slashed)  # 03.04.2025 is written where the day comes first
    return ("dmy" if dotted and not day_first else None), day_first, undecided


def _shape_of(text: str) -> str | None:
    return next((shape.name for shape, pattern in _COMPILED if pattern.fullmatch(text)), None)


def timestamp_sql(column: str, form: DateFormat) -> str:
    """An SQL expression of type TIMESTAMP over the trimmed text expression `column`; NULL where unreadable."""
    branches = [
        f"WHEN regexp_full_match({column}, '{shape.pattern}') THEN {_reader(column, shape, form)}"
        for shape in SHAPES
        if shape.name in form.shapes
    ]
    return f"CASE {' '.join(branches)} END" if branches else "CAST(NULL AS TIMESTAMP)"


def _reader(column: str, shape: Shape, form: DateFormat) -> str:
    if shape.name == "ISO":
        offset = f"regexp_matches({column}, ':.*[+-]\\d{{2}}(:?\\d{{2}})?$')"  # a cast to TIMESTAMP would ignore it
        tight = f"regexp_replace({column}, '\\s+([+-])', '\\1')"
        zoned = f"TRY_CAST(TRY_CAST({tight} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS TIMESTAMP)"
        plain = f"TRY_CAST(regexp_replace({column}, '\\s*(Z|UTC)$', '') AS TIMESTAMP)"
        return f"CASE WHEN {offset} THEN {zoned} ELSE {plain} END"
    if shape.name in _EPOCHS:
        factor = 1_000 if shape.name.endswith("milliseconds") else 1_000_000
        return f"make_timestamp(CAST({column} AS BIGINT) * {factor})"
    if shape.name == "slashed":
        flat = f"regexp_replace({column}, '[/.-]', '/', 'g')"
        usual, other = ("%d/%m", "%m/%d") if form.order == "dmy" else ("%m/%d", "%d/%m")
        # The other order is tried last: 04/25/2025 can only be month first, whatever the column usually holds.
        return _by_year_length(flat, [f"{usual}/%Y", f"{other}/%Y"])
    if "month-name" in shape.name:
        plain = f"regexp_replace({column}, '^{_WEEKDAY}', '')"
        return _by_year_length(f"regexp_replace({plain}, '[ ,.-]+', ' ', 'g')", list(shape.formats))
    return _parse(column, list(shape.formats))


def _by_year_length(text: str, formats: list[str]) -> str:
    """%Y would read 24 as the year 24, so two-digit years get formats of their own."""
    four = f"regexp_matches({text}, '(^|[ /])\\d{{4}}($|[ T])')"
    short = [item.replace("%Y", "%y") for item in formats]
    return f"CASE WHEN {four} THEN {_parse(text, formats)} ELSE {_parse(text, short)} END"


def _parse(text: str, formats: list[str]) -> str:
    bare = f"trim(regexp_replace({text}, '\\s*(Z|UTC|GMT|[A-Z]{{3,4}})$', ''))"
    tidy = f"regexp_replace({bare}, '(\\d)T(\\d)', '\\1 \\2')"
    listed = ", ".join(f"'{item}{clock}'" for item in formats for clock in _CLOCKS)
    return f"try_strptime({tidy}, [{listed}])"
