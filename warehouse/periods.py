"""Periods of the calendar: read the argument convention, step back, label the buckets of a trend.

A period's label is always absolute and reads back as the same period, so that a fact can be re-run later.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, get_args

from warehouse.errors import NpsError

Grain = Literal["day", "week", "month", "quarter", "year"]
Unit = Literal[Grain, "half"]

MONTHS_IN: dict[str, int] = {"month": 1, "quarter": 3, "half": 6, "year": 12}
DAYS_IN: dict[str, int] = {"day": 1, "week": 7}
UNITS: dict[str, Unit] = {unit: unit for unit in get_args(Unit)}
ONE_DAY = timedelta(days=1)

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

_NAMED = re.compile(
    r"(?P<year>[0-9]{4})(?:-(?:Q(?P<quarter>[1-4])|H(?P<half>[12])|W(?P<week>[0-9]{2})"
    r"|(?P<month>[0-9]{2})(?:-(?P<day>[0-9]{2}))?))?"
)
_RELATIVE = re.compile(
    r"last (?P<count>[0-9]{1,5}) (?P<units>day|week|month|quarter|year)s?"
    r"|(?P<which>last|this) (?P<unit>day|week|month|quarter|year)"
)
_FORMS = (
    "write a day (2025-03-05), week (2025-W09), month (2025-03), quarter (2025-Q1), half-year (2025-H1) or "
    "year (2025), a range of them (2025-03-01..2025-08-31, 2025-03.., ..2025-Q2), 'last 90 days' (also weeks, "
    "months, quarters, years), or 'last month' or 'this month' (also day, week, quarter, year)"
)


class PeriodError(NpsError):
    """A period that cannot be read, or that the calendar does not have."""

    def __init__(self, text: str, wrong: str = "is not a period") -> None:
        super().__init__(f"{text!r} {wrong}; {_FORMS}.")


@dataclass(frozen=True)
class Period:
    """A stretch of days, both ends included; None leaves an end open."""

    start: date | None
    end: date | None
    label: str

    def closed(self) -> tuple[date, date]:
        """Both ends, for what needs a length."""
        if self.start is None or self.end is None:
            raise NpsError(f"{self.label!r} has an open end, so that its length is unknown; give both days.")
        return self.start, self.end


def parse_period(text: str, *, as_of: date) -> Period:
    """Read a period written in the argument convention; relative ones count from `as_of`.

    'last month' (week, quarter, year) is the newest one that is complete on `as_of`; 'this month' is the
    whole one that holds `as_of`; 'last 3 months' ends on `as_of` and reaches three calendar months back.
    """
    wanted = " ".join(text.split())
    relative = _RELATIVE.fullmatch(wanted.lower())
    if relative:
        return _relative(relative, as_of)
    first, dots, last = (part.strip() for part in wanted.partition(".."))
    if dots and not first and not last:
        raise PeriodError(text)
    start = _named(first)[0] if first or not dots else None
    end = _named(last if dots else first)[1] if last or not dots else None
    if start and end and start > end:
        raise PeriodError(text, "ends before it begins")
    return span(start, end)


def span(start: date | None, end: date | None) -> Period:
    """The period between two days, labelled by its name in the calendar where it has one."""
    if start is None or end is None:
        return Period(start, end, f"{start or ''}..{end or ''}")
    for name in _BUCKETS.values():
        label = name(start)
        if _named(label) == (start, end):
            return Period(start, end, label)
    return Period(start, end, f"{start}..{end}")


def previous(period: Period) -> Period:
    """The period just before, as long in the calendar: Q2 gives Q1, March gives February.

    A range of whole months steps back by as many months, any other range by as many days.
    """
    start, end = period.closed()
    try:
        months = _whole_months(start, end + ONE_DAY)
        before = shift_months(start, -months) if months else start - (end - start) - ONE_DAY
        return span(before, start - ONE_DAY)
    except (ValueError, OverflowError):
        raise PeriodError(period.label, "has no period before it") from None


def a_year_before(period: Period) -> Period:
    """The same stretch of the calendar a year earlier; a week keeps its ISO number (W53 becomes W52)."""
    start, end = period.closed()
    try:
        if span(start, end).label == _week_label(start):
            iso = start.isocalendar()
            return span(*_named(_week_of(iso.year - 1, iso.week)))
        return span(shift_months(start, -12), _end_a_year_before(start, end))
    except (ValueError, OverflowError):
        raise PeriodError(period.label, "has no year before it") from None


def shift_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last day where it is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, _days_in(year, month + 1)))


def shift(day: date, count: int, unit: Unit) -> date:
    """A day so many units later (earlier when negative), never past the calendar's own ends."""
    try:
        if unit in DAYS_IN:
            return day + timedelta(days=count * DAYS_IN[unit])
        return shift_months(day, count * MONTHS_IN[unit])
    except (ValueError, OverflowError):
        return date.max if count > 0 else date.min


def holding(day: date, unit: Unit) -> Period:
    """The whole calendar unit that a day lies in."""
    return span(*_named(bucket(day, unit)))


def last_complete(as_of: date, unit: Unit) -> Period:
    """The newest calendar unit of which no day is later than `as_of`."""
    this = holding(as_of, unit)
    return this if this.end == as_of else previous(this)


def part_of(whole: Period, unit: Unit, *, nth: int, count: int = 1) -> Period | None:
    """The nth stretch of `count` units in a period, the last one for -1; None when it does not fit."""
    start, end = whole.closed()
    last = nth < 0
    first = shift(shift(end, 1, "day"), -count, unit) if last else shift(start, (nth - 1) * count, unit)
    until = end if last else shift(shift(first, count, unit), -1, "day")
    return span(first, until) if start <= first and until <= end else None


def bucket(day: date, grain: Unit) -> str:
    """The label of the calendar unit that holds a day: 2025-03-05, 2025-W10, 2025-03, 2025-Q1, 2025."""
    return _BUCKETS[grain](day)


def bucket_sql(expression: str, grain: Grain) -> str:
    """The same labels as `bucket` in DuckDB's SQL, for a DATE or TIMESTAMP expression."""
    number = f"CAST(EXTRACT({grain} FROM {expression}) AS VARCHAR)"
    # A week belongs to the year of its Thursday; Spark has no ISO year to format with.
    thursday = f"DATE_TRUNC('week', {expression}) + INTERVAL 3 DAY"
    return {
        "day": f"STRFTIME({expression}, '%Y-%m-%d')",
        "week": f"(STRFTIME({thursday}, '%Y') || '-W' || LPAD({number}, 2, '0'))",
        "month": f"STRFTIME({expression}, '%Y-%m')",
        "quarter": f"(STRFTIME({expression}, '%Y') || '-Q' || {number})",
        "year": f"STRFTIME({expression}, '%Y')",
    }[grain]


def bucket_start(label: str) -> date:
    """First day of a labelled bucket."""
    return _named(label)[0]


def bucket_end(label: str) -> date:
    """Last day of a labelled bucket."""
    return _named(label)[1]


def buckets_between(start: date, end: date, grain: Grain) -> list[str]:
    """Labels of all buckets that touch the days from `start` to `end`, in order; none when end < start."""
    labels: list[str] = []
    while start <= end:
        labels.append(bucket(start, grain))
        last = bucket_end(labels[-1])
        if last >= end:
            break
        start = last + ONE_DAY
    return labels


def _relative(match: re.Match[str], as_of: date) -> Period:
    try:
        if match["count"]:
            return span(_rolling_start(int(match["count"]), match["units"], as_of), as_of)
        unit = UNITS[match["unit"]]
        return holding(as_of, unit) if match["which"] == "this" else last_complete(as_of, unit)
    except (ValueError, OverflowError):
        raise PeriodError(match.string, "reaches past the calendar") from None


def _rolling_start(count: int, unit: str, as_of: date) -> date:
    if count == 0:
        raise PeriodError(f"last 0 {unit}s", "is empty")
    if unit in DAYS_IN:
        return as_of - timedelta(days=count * DAYS_IN[unit] - 1)
    return shift_months(as_of + ONE_DAY, -count * MONTHS_IN[unit])


def _named(text: str) -> tuple[date, date]:
    """First and last day of one unit of the calendar by its name."""
    match = _NAMED.fullmatch(text.upper())
    if match is None:
        raise PeriodError(text)
    year = int(match["year"])
    try:
        if match["week"]:
            return _iso_week(year, int(match["week"]))
        if match["day"]:
            day = date(year, int(match["month"]), int(match["day"]))
            return day, day
        month, count = _months_of(match)
        last = month + count - 1
        return date(year, month, 1), date(year, last, _days_in(year, last))
    except ValueError:
        raise PeriodError(text, "is not in the calendar") from None


def _months_of(match: re.Match[str]) -> tuple[int, int]:
    for unit, count in (("month", 1), ("quarter", 3), ("half", 6)):
        if match[unit]:
            number = int(match[unit])
            return (number - 1) * count + 1, count
    return 1, 12


def _iso_week(year: int, week: int) -> tuple[date, date]:
    monday = date.fromisocalendar(year, week, 1)
    return monday, date.fromordinal(min(monday.toordinal() + 6, date.max.toordinal()))


def _week_of(year: int, week: int) -> str:
    # 28 December always lies in the last ISO week of its year.
    return f"{year:04d}-W{min(week, date(year, 12, 28).isocalendar().week):02d}"


def _days_in(year: int, month: int) -> int:
    return calendar.monthrange(year, month)[1]


def _whole_months(start: date, after: date) -> int:
    """How many calendar months lie between two days; 0 when it is not a whole number of them."""
    months = (after.year - start.year) * 12 + after.month - start.month
    exact = months > 0 and (shift_months(after, -months) == start or shift_months(start, months) == after)
    return months if exact else 0


def _end_a_year_before(start: date, end: date) -> date:
    shifted = shift_months(end, -12)
    to_month_end = start.day == 1 and end.day == _days_in(end.year, end.month)
    return shifted.replace(day=_days_in(shifted.year, shifted.month)) if to_month_end else shifted


def _week_label(day: date) -> str:
    iso = day.isocalendar()
    return f"{iso.year:04d}-W{iso.week:02d}"


_BUCKETS: dict[str, Callable[[date], str]] = {
    "day": lambda day: f"{day.year:04d}-{day.month:02d}-{day.day:02d}",
    "week": _week_label,
    "month": lambda day: f"{day.year:04d}-{day.month:02d}",
    "quarter": lambda day: f"{day.year:04d}-Q{(day.month + 2) // 3}",
    "half": lambda day: f"{day.year:04d}-H{(day.month + 5) // 6}",
    "year": lambda day: f"{day.year:04d}",
}
