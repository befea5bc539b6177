"""Operators that spoil where and when: facts of other cells, swapped and invented segments, other periods, columns."""

from __future__ import annotations

import calendar
import random
import re
from collections.abc import Iterator

from agent.check.filling import shown
from evals.answer_check.corrupt import REF, Case, Change, Operator, append, plain, put
from tools.result import Fact

INVENTED = (
    "Platinum",
    "Riverside",
    "Enterprise Plus",
    "Belgium",
    "Archaeology",
    "Partner Programme",
    "Gold",
    "Lisbon",
    "Premium",
    "Quantum Physics",
    "Grand Plaza",
    "Wholesale",
)
COLUMNS = (
    "By job title the picture is the same.",
    "The customer effort score is in line with this.",
    "Split by contract length, the gap is the same.",
    "The CSAT tells the same story.",
    "The column loyalty_tier shows where it comes from.",
    "The picture is the same across age groups.",
    "Satisfaction with the newsletter moved along with it.",
    "By sales region manager the result holds too.",
    "Customer lifetime value shows the same.",
    "The field account_owner confirms it.",
    "Gender makes no odds here.",
    "Looking at device type, nothing changes.",
)
MONTHS = list(calendar.month_name)[1:]
PERIOD = re.compile(
    r"\b(?:Q[1-4](?: \d{4})?|H[12](?: \d{4})?|\d{4}-Q[1-4]|(?:first|second|third|fourth) (?:quarter|half) of \d{4}"
    rf"|(?:{'|'.join(MONTHS)}) \d{{4}}|\d{{1,2}} (?:{'|'.join(MONTHS)}) \d{{4}})\b"
)
OUTSIDE = (
    "In March {} it was still different.",
    "That is better than in {}.",
    "The survey of Q2 {} had shown the same.",
    "We saw this coming since autumn {}.",
)
WITHHELD = (
    "{} is lower than the others.",
    "{} is higher than the rest.",
    "{} looks best of all.",
    "Things look bad at {}.",
    "All answers from {} are promoters.",
)
DENIED = re.compile(r"\b(cannot|can't|not)\b")
TIMES = frozenset(["period", "before", "reference", "time", "age_quarters", "age_months", "age_years"])


def _alike(case: Case, fact: Fact) -> list[Fact]:
    """Facts of the same name about other cells."""
    same = [other for other in case.facts.values() if other.name == fact.name and other.unit == fact.unit]
    return [other for other in same if other.where != fact.where and other.value not in (None, fact.value)]


def _shown_otherwise(ref_part: str, fact: Fact, other: Fact) -> bool:
    """Whether the part of a fact that is told differs from that of another."""
    if ref_part == "interval":
        return abs((fact.low or 0) - (other.low or 0)) > 0.001 or abs((fact.high or 0) - (other.high or 0)) > 0.001
    if ref_part == "n":
        return fact.n != other.n and other.n is not None
    return fact.value != other.value


def _exchanged(case: Case, draw: random.Random, *, only_time: bool) -> Iterator[Change]:
    for ref in case.refs():
        fact = ref.fact
        if fact is None or ref.part == "p" or fact.unit in ("text", "date") or not isinstance(fact.value, int | float):
            continue
        others = [
            other
            for other in _alike(case, fact)
            if set(other.where) == set(fact.where)
            and _shown_otherwise(ref.part, fact, other)
            and only_time == all(name in TIMES or other.where[name] == value for name, value in fact.where.items())
        ]
        others = [other for other in others if _figure(other, ref.part) != plain(ref.told)]
        if others:
            other = draw.choice(others)
            part = f".{ref.part}" if ref.part else ""
            yield put(case.draft, ref.start, ref.end, f"{{{{ {other.id}{part} }}}}")


def _figure(fact: Fact, part: str) -> str:
    return plain(shown(fact, part or "value"))


def other_cell(case: Case, draw: random.Random) -> Iterator[Change]:
    """The figure of another segment stands where this one's belongs."""
    return _exchanged(case, draw, only_time=False)


def other_period(case: Case, draw: random.Random) -> Iterator[Change]:
    """The figure of another period stands where this one's belongs: right number, wrong time."""
    return _exchanged(case, draw, only_time=True)


def _values(case: Case) -> dict[str, str]:
    """Segment → dimension, where a segment belongs to one dimension only and is no mere number."""
    found: dict[str, list[str]] = {}
    for name, dimension in case.catalog.dimensions.items():
        for value in dimension.values:
            found.setdefault(value, []).append(name)
    return {value: names[0] for value, names in found.items() if len(names) == 1 and not value.isdigit()}


def _named(value: str, text: str) -> list[re.Match[str]]:
    """Where a text names a segment, also at the beginning of a sentence; references are not text."""
    blanked = REF.sub(lambda match: " " * len(match[0]), text)
    first = re.escape(value[0])
    return list(re.finditer(rf"(?<!\w)(?i:{first}){re.escape(value[1:])}(?![\w+])", blanked))


def _told_of(case: Case, span: tuple[int, int], value: str) -> list[str]:
    """Figures in a span that are about a segment."""
    return [ref.told for ref in case.refs_in(span) if ref.fact and value in ref.fact.where.values()]


def segments_swapped(case: Case, draw: random.Random) -> Iterator[Change]:
    """Two segments of a sentence have changed places, their figures have not."""
    del draw
    names = _values(case)
    for span in case.sentences():
        text = case.draft[span[0] : span[1]]
        here = [value for value in names if _named(value, text)]
        about = case.refs_in(span)
        for i, one in enumerate(here):
            for other in here[i + 1 :]:
                denied = DENIED.search(text) and not any(ref.fact and "against" not in ref.fact.where for ref in about)
                if (
                    names[one] == names[other]
                    and not denied
                    and _told_of(case, span, one) != _told_of(case, span, other)
                ):
                    yield put(case.draft, *span, _with(_with(_with(text, one, "\0"), other, one), "\0", other))


def _with(text: str, old: str, new: str) -> str:
    if old == "\0":
        return text.replace(old, new)
    for match in reversed(_named(old, text)):
        text = text[: match.start()] + new + text[match.end() :]
    return text


def segment_replaced(case: Case, draw: random.Random) -> Iterator[Change]:
    """Another segment of the same dimension is given the figures of this one."""
    names = _values(case)
    for span in case.sentences():
        text = case.draft[span[0] : span[1]]
        for value in names:
            others = [o for o in names if names[o] == names[value] and o != value and not _named(o, text)]
            told = _told_of(case, span, value)
            if _named(value, text) and told and others:
                other = draw.choice(others)
                if told != _told_of(case, span, other):
                    yield put(case.draft, *span, _with(text, value, other))


def segment_invented(case: Case, draw: random.Random) -> Iterator[Change]:
    """A segment that the data does not have."""
    for span in case.sentences():
        text = case.draft[span[0] : span[1]]
        for value in _values(case):
            if _named(value, text) and _told_of(case, span, value):
                yield put(case.draft, *span, _with(text, value, draw.choice(INVENTED)))


def _shifted(period: str, draw: random.Random) -> str:
    """The period as another one of the same kind, a quarter or half-year or month or year away."""
    ordinals = {"first": "third", "second": "first", "third": "second", "fourth": "second"}
    if match := re.match(r"(first|second|third|fourth) half of (\d{4})", period):
        return f"{'second' if match[1] == 'first' else 'first'} half of {match[2]}"
    if match := re.match(r"(first|second|third|fourth)( quarter of \d{4})", period):
        return ordinals[match[1]] + match[2]
    if match := re.search(r"(?<=Q)\d|(?<=H)\d", period):
        kind = period[match.start() - 1]
        others = [n for n in ("12" if kind == "H" else "1234") if n != match[0]]
        return period[: match.start()] + draw.choice(others) + period[match.end() :]
    month = next(name for name in MONTHS if name in period)
    return period.replace(month, draw.choice([name for name in MONTHS if name not in (month, "February")]))


def _periods(case: Case) -> list[re.Match[str]]:
    blanked = REF.sub(lambda match: " " * len(match[0]), case.draft)
    return list(PERIOD.finditer(blanked))


def period_replaced(case: Case, draw: random.Random) -> Iterator[Change]:
    """The figures are said of another period, which the sentence does not name."""
    for match in _periods(case):
        span = case.sentence_of(match.start())
        new = _shifted(match[0], draw)
        if case.refs_in(span) and new not in case.draft:
            yield put(case.draft, match.start(), match.end(), new)


def period_outside(case: Case, draw: random.Random) -> Iterator[Change]:
    """A date from before or after all data."""
    for match in _periods(case):
        if re.search(r"\d{4}", match[0]):
            new = re.sub(r"\d{4}", draw.choice(["2022", "2023", "2026", "2027"]), match[0])
            yield put(case.draft, match.start(), match.end(), new)
    if any(fact.name == "nps" for fact in case.facts.values()):
        year = draw.choice(["2021", "2022", "2027"])
        yield append(case.draft, draw.choice(OUTSIDE).format(year))


def suppressed_told(case: Case, draw: random.Random) -> Iterator[Change]:
    """A cell with too few answers is judged, or given a figure."""
    for fact in case.facts.values():
        values = [value for name, value in fact.where.items() if name != "period"]
        if fact.value is None and fact.name == "nps" and values:
            figure = draw.choice(["+33.3", "+42.9", "-14.3"])
            cell = " ".join(values)
            if case.is_new(figure):
                yield append(case.draft, f"The NPS of {cell} is {figure}.")
            yield append(case.draft, draw.choice(WITHHELD).format(cell))


def column_invented(case: Case, draw: random.Random) -> Iterator[Change]:
    """A column or metric that the data does not have."""
    yield append(case.draft, draw.choice(COLUMNS))


OPERATORS: dict[str, Operator] = {
    "fact of another segment": other_cell,
    "fact of another period": other_period,
    "segments swapped": segments_swapped,
    "segment replaced": segment_replaced,
    "segment invented": segment_invented,
    "period replaced": period_replaced,
    "period outside the data": period_outside,
    "suppressed cell told": suppressed_told,
    "column invented": column_invented,
}
