"""The places in a question that name a time: dates, months, "last quarter", "by week", "year over year".

Patterns read the question's plain words, earlier patterns first; what one has read, no later one reads again.
Which year, which role and which comparison are meant is decided afterwards, in `timewords`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from agent.builtin.timewords import patterns
from agent.builtin.timewords.atoms import Atom, Events, Scan, parsed
from agent.builtin.timewords.plainwords import MONTHS, plain_words
from warehouse.periods import (
    UNITS,
    Period,
    Unit,
    a_year_before,
    holding,
    last_complete,
    previous,
    shift,
    span,
)

Reader = Callable[[re.Match[str], Scan], list[Atom]]


def find_places(question: str, *, as_of: date | None, first: date | None, events: Events) -> Scan:
    """The question's time atoms, sorted and disjoint."""
    scan = Scan(plain_words(question), as_of, first)
    _collect(scan, patterns.IGNORED, lambda match, _scan: [Atom(*match.span(), kind="ignored")])
    if events:
        _collect(scan, *_event_reader(events))
    for pattern, read in _PLACES:
        _collect(scan, pattern, read)
    scan.atoms = sorted((atom for atom in scan.atoms if atom.kind != "ignored"), key=lambda atom: atom.start)
    return scan


def _collect(scan: Scan, pattern: re.Pattern[str], read: Reader) -> None:
    for match in pattern.finditer(scan.text):
        if match.end() > match.start() and scan.free(*match.span()):
            scan.atoms += read(match, scan)


def _event_reader(events: Events) -> tuple[re.Pattern[str], Reader]:
    """Events by their keys and synonyms, longer names first."""
    spellings = [
        (re.sub(r"[\s_-]+", " ", plain_words(name).text.replace("_", " ")).strip(), key)
        for key, (_day, synonyms) in events.items()
        for name in (key.replace("_", " "), *synonyms)
    ]
    names = tuple(sorted({pair for pair in spellings if pair[0]}, key=lambda pair: (-len(pair[0]), pair)))

    def read(match: re.Match[str], _scan: Scan) -> list[Atom]:
        key = names[(match.lastindex or 1) - 1][1]
        day = events[key][0]
        return [Atom(*match.span(), "day", period=span(day, day), event=key)]

    return patterns.event_pattern(tuple(name for name, _key in names)), read


def _groups(match: re.Match[str]) -> dict[str, str]:
    """The groups that matched; year1, year2 … are other places for the year."""
    return {name.rstrip("0123456789"): text for name, text in match.groupdict().items() if text is not None}


def _unit(match: re.Match[str]) -> Unit:
    return UNITS[re.split("[ -]", match["unit"])[0]]


def _point(match: re.Match[str], scan: Scan) -> list[Atom]:
    """A place in the calendar, its year perhaps unknown yet."""
    found = _groups(match)
    unit = UNITS[next(unit for unit in ("day", "month", "quarter", "half", "week", "year") if unit in found)]
    name = found.get("month", found[unit])
    number = MONTHS.index(name) + 1 if name in MONTHS else int(name)
    atom = Atom(*match.span(), unit, number=number, day=int(found.get("day", 0)), word=found.get("word", ""))
    atom.year = _year(found, scan)
    if atom.year is None and "yy" in found:
        atom.end = match.end("core")
    possible = (2024, 2020) if atom.year is None else (atom.year,)  # with a 29 February, with a week 53
    if not any(atom.in_year(year) for year in possible):
        atom.kind = "ignored"  # 31 April: not even April is read then
    return [atom]


def _year(found: dict[str, str], scan: Scan) -> int | None:
    if "year" in found:
        return int(found["year"])
    if "yy" in found:
        year = 2000 + int(found["yy"].strip("'"))
        return year if found["yy"].startswith("'") or scan.knows(year) else None
    relative = found.get("rel", "the").split()[-1]
    if relative == "the" or scan.as_of is None:
        return None
    return calendar_unit(relative, "year", scan.as_of).closed()[0].year


def calendar_unit(word: str, unit: Unit, as_of: date) -> Period:
    """This month, last month (the newest complete one) or next month."""
    this = holding(as_of, unit)
    if word in ("this", "current"):
        return this
    if word in ("next", "coming", "upcoming"):
        return holding(shift(this.closed()[1], 1, "day"), unit)
    return last_complete(as_of, unit)


def _month_day(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "March 5"; but "Mar 25" is March 2025 where the data holds that year."""
    atoms = _point(match, scan)
    day = int(match["day"])
    bare = len(match["day"]) == 2 and not (match["th"] or match["year"] or match["rel"])
    if bare and scan.knows(2000 + day) and not re.search(r"\bon (?:the )?$", scan.text[: match.start()]):
        number = MONTHS.index(match["month"]) + 1
        return [Atom(*match.span(), "month", year=2000 + day, number=number, day=day, two_digits=True)]
    return atoms


def _day_range(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "March 5-12", "5th to 12th of March": two days that share their month."""
    (last,) = _point(match, scan)
    first = replace(last, end=match.end("opening"), day=int(match["first"]))
    last.start = match.start("day")
    return [first, last] if first.in_year(first.year or 2024) else [replace(first, end=last.end, kind="ignored")]


def _ordinals(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "The first and second quarter of 2025"."""
    year = _year(_groups(match), scan)
    first = Atom(match.start(), match.end("first") + 2, _unit(match), year=year, number=int(match["first"]))
    return [first, replace(first, start=match.start("second"), end=match.end(), number=int(match["second"]))]


def _half(match: re.Match[str], scan: Scan) -> list[Atom]:
    """A half-year; "2h" and "the first half of the customers" are none."""
    dated = any(name in _groups(match) for name in ("year", "yy", "rel"))
    before = patterns.BEFORE_HALF.search(scan.text[: match.start()])
    clear = match["half"] or (match["half2"] and before and not scan.text.startswith(" of", match.end()))
    return _point(match, scan) if dated or clear else []


def _figures(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "03/05/2025": both readings, unless only one is a date or only one lies in the data."""
    year = int(match["year"]) + (2000 if len(match["year"]) == 2 else 0)
    orders = [(match["b"], match["a"]), (match["a"], match["b"])][: 1 if match["sep"] == "." else 2]
    days = {parsed(f"{year}-{int(month):02d}-{int(day):02d}", date.max) for month, day in orders} - {None}
    dates = sorted((day for day in days if day), key=lambda day: day.label)
    held = [day for day in dates if scan.as_of and (scan.first or date.min) <= day.closed()[0] <= scan.as_of]
    if len(held or dates) == 1:
        return [Atom(*match.span(), "day", period=(held or dates)[0])]
    return [_ambiguous(match, [day.label for day in dates])] if dates else []


def _ambiguous(match: re.Match[str], labels: Sequence[str]) -> Atom:
    return Atom(*match.span(), kind="ambiguous", alternatives=tuple(labels))


def _convention(match: re.Match[str], _scan: Scan) -> list[Atom]:
    period = parsed(match[0].upper(), date.max)
    return [Atom(*match.span(), period=period)] if period else []


def _fiscal(match: re.Match[str], scan: Scan) -> list[Atom]:
    """A fiscal year begins in January, April, July or October; the data does not say in which."""
    found = _groups(match)
    year = int(found.get("year", scan.as_of.year if scan.as_of else 0))
    year += (2000 if year < 100 else 0) - ("last" in found.get("word", ""))
    if "next" in found and int(found["next"]) != (year + 1) % 100:
        return []
    if not 1900 < year < 2200:
        return [_ambiguous(match, ())]
    quarter, begins = int(found.get("quarter", 0)), (4, 7, 10) if "next" in found else (1, 4, 7, 10)
    labels = []
    for month in begins:
        first = shift(date(year - (month > 1 and "next" not in found), month, 1), max(quarter - 1, 0), "quarter")
        labels.append(span(first, shift(shift(first, 3 if quarter else 12, "month"), -1, "day")).label)
    return [_ambiguous(match, labels)]


def _plain_year(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "2025" is a year; "plan 2025", "top 2000" and "2000 customers" are not."""
    before, year = scan.text[: match.start()], int(match["year"])
    named = patterns.NAMED_NUMBER.search(before)
    likely = scan.knows(year) or patterns.IN_YEAR.search(before)
    counted = patterns.COUNTED.match(scan.text, match.end()) and (patterns.QUANTITY.search(before) or not likely)
    if (named and not named["by"]) or counted or patterns.RANK.search(before) or patterns.GLUED.search(before):
        return []
    return [Atom(*match.span(), "year", year=year)]


def _counted_back(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "last 90 days", "the past three full months", "the last few weeks"."""
    unit, word, number = _unit(match), match["word"], match["n"]
    if number is None:
        periods = [_back(count, unit, False, scan.as_of) for count in (3, 6)] if scan.as_of else []
        return [_ambiguous(match, [period.label for period in periods])]
    count = int(number)
    if _before_named(match, scan):
        return []
    atom = Atom(*match.span(), unit, word=word.split()[-1], count=count)
    if scan.as_of and word in ("next", "coming"):
        tomorrow = shift(scan.as_of, 1, "day")
        atom.period = span(tomorrow, max(tomorrow, shift(shift(tomorrow, count, unit), -1, "day")))
    elif scan.as_of:
        atom.period = _back(count, unit, match["full"] is not None, scan.as_of)
    return [atom]


def _before_named(match: re.Match[str], scan: Scan) -> bool:
    """ "The last 90 days before the price rise" are not the last 90 days."""
    way = patterns.WAY.match(scan.text, match.end())
    return way is not None and scan.named_after(way.end())


def _back(count: int, unit: Unit, full: bool, as_of: date) -> Period:
    end = last_complete(as_of, unit).closed()[1] if full else as_of
    after = shift(end, 1, "day")
    return span(shift(after, -count, unit), end)


def _relative(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "last quarter", "this year", "the past month" (rolling), "next week"."""
    unit, word = _unit(match), match["word"]
    if _before_named(match, scan) or match[0].endswith("next day"):
        return []
    atom = Atom(*match.span(), unit, word=word.split()[-1])
    if scan.as_of:
        rolling = word in ("past", "trailing")
        atom.period = _back(1, unit, False, scan.as_of) if rolling else calendar_unit(word, unit, scan.as_of)
    return [atom]


def _of_the(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "the year" after "start of", "first half of" …: the one that the data ends in."""
    if not re.search(r"\b(?:start|beginning|end|half|quarters?|months?|weeks?|days?) of $", scan.text[: match.start()]):
        return []
    period = holding(scan.as_of, _unit(match)) if scan.as_of else None
    return [Atom(*match.span(), _unit(match), period=period, word="this")]


def _named_day(match: re.Match[str], scan: Scan) -> list[Atom]:
    steps = {"today": 0, "yesterday": -1, "tomorrow": 1}.get(match[0], -2)
    day = shift(scan.as_of, steps, "day") if scan.as_of else None
    return [Atom(*match.span(), "day", period=span(day, day) if day else None, word="ago" if steps == -1 else "")]


def _to_date(match: re.Match[str], scan: Scan) -> list[Atom]:
    atom = Atom(*match.span())
    if scan.as_of:
        unit = UNITS[match["unit"] or patterns.INITIALS[match["short"]]]
        whole = span(holding(scan.as_of, unit).start, scan.as_of)
        atom.period = a_year_before(whole) if "ago" in _groups(match) else whole
    return [atom]


def _previous_one(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "This quarter against the previous one"."""
    asked = [atom for atom in scan.atoms if atom.kind == "period" and atom.unit and atom.end <= match.start()]
    return [comparison(Atom(*match.span(), asked[-1].unit, count=asked[-1].count))] if asked else []


def _before_last(match: re.Match[str], scan: Scan) -> list[Atom]:
    period = previous(last_complete(scan.as_of, _unit(match))) if scan.as_of else None
    return [Atom(*match.span(), _unit(match), period=period)]


def _ago(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "3 months ago": that calendar month. "A year ago" may be a month, a quarter or a year."""
    unit, count = _unit(match), int(match["n"]) if match["n"].isdigit() else 1
    atom = Atom(*match.span(), unit, word="ago", count=count)
    if scan.as_of:
        day = shift(scan.as_of, -count, unit)
        atom.period = holding(day, unit)
        if unit == "year" and count == 1:
            atom.kind = "ambiguous"
            atom.alternatives = tuple(holding(day, size).label for size in (UNITS["month"], UNITS["quarter"], unit))
    return [atom]


def _versus(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "year over year", "QoQ", "the month before", "the same quarter last year"."""
    found = _groups(match)
    short = found.get("short")
    if short in ("mom", "wow", "dod") and scan.plain.written(*match.span()).islower():
        return []
    unit = UNITS[patterns.INITIALS[short[0]] if short else re.split("[ -]", found.get("unit", "year"))[0]]
    if found.get("before") and scan.named_after(match.end()):
        return []
    return [comparison(Atom(*match.span(), unit, count=int(found.get("n", 1))))]


def comparison(atom: Atom) -> Atom:
    """The atom as a comparison with the period before, or a year before."""
    atom.kind = "versus_year_ago" if atom.unit == "year" else "versus_previous"
    return atom


def _grain(match: re.Match[str], scan: Scan) -> list[Atom]:
    """ "by month", "weekly", "which quarter", "the best week"."""
    found = _groups(match)
    if "also" in found and not re.search(r"\b(?:by|per|each|split|broken|group\w*)\b", scan.text[: match.start()]):
        return []
    unit = UNITS[patterns.ADVERBS.get(found.get("ly", ""), found.get("unit", ""))]
    start = match.start("unit") if "also" in found or "rank" in found else match.start()
    return [Atom(start, match.end(), unit, kind="grain")]


_PLACES: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (patterns.CONVENTION, _convention),
    (patterns.ISO_DAY, _point),
    (patterns.FIGURES, _figures),
    (patterns.ISO_MONTH, _point),
    (patterns.FIGURE_MONTH, _point),
    (patterns.FISCAL, _fiscal),
    (patterns.DAYS_OF_MONTH, _day_range),
    (patterns.DAYS_THEN_MONTH, _day_range),
    (patterns.DAY_MONTH, _point),
    (patterns.MONTH_DAY, _month_day),
    (patterns.MONTH, _point),
    (patterns.ORDINALS, _ordinals),
    (patterns.QUARTER, _point),
    (patterns.HALF, _half),
    (patterns.WEEK, _point),
    (patterns.OVER_UNIT, _versus),
    (patterns.SAME_LAST_YEAR, _versus),
    (patterns.TO_DATE, _to_date),
    (patterns.NAMED_DAY, _named_day),
    (patterns.BEFORE_LAST, _before_last),
    (patterns.YEAR, _plain_year),
    (patterns.EACH_OF, _grain),
    (patterns.COUNTED_BACK, _counted_back),
    (patterns.AGO, _ago),
    (patterns.UNIT_BEFORE, _versus),
    (patterns.RELATIVE, _relative),
    (patterns.OF_THE, _of_the),
    (patterns.PREVIOUS_ONE, _previous_one),
    *((pattern, _grain) for pattern in patterns.GRAINS),
)
