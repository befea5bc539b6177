"""Counts of things that are no figures of the data: "two plans", "three caveats", "the six months before"."""

from __future__ import annotations

import datetime as dt
import re

from agent.check.evidence import Span
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.names import lower
from agent.check.reading import Line, Reading

_IDIOM = re.compile(
    r"\s+(?:\w+ ){0,1}?(?:things?|quotes?|quotations?|verbatims?|examples?|stories|reasons?|"
    r"ways?|steps?|caveats?|notes?|questions?|findings?|takeaways?|actions?|options?|points? "
    r"(?:to|about|worth|stand|deserve|matter)|of (?:them|these|those|which|the)|"
    r"camps?|ends|kinds?|types?|classes|sources?|checks?|figures?|numbers|results|headlines?|"
    r"lines?|messages|facts|parts|remarks|limits|decimals?|-?way|-?sided|-?point scale|"
    r"tailed|places?|ideas|recommendations?|next steps|priorities|others?|together|alike|"
    r"apart|differ\b|in the data)",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"[\s-]+(?:\w+ ){0,2}?(?:segments?|groups?|values?|cells?|categor(?:y|ies)|themes?|"
    r"drivers?|periods?|sides?|methods?|dimensions?|cuts?|variants?|cohorts?|levels?|halves|"
    r"comparisons?|months?|quarters?|weeks?|years?|markets?|tiers?)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"[\s-]+(?:\w+ ){0,2}?(day|week|month|quarter|half|halves|year|half-year)s?\b", re.IGNORECASE)
_DAYS = {
    "day": 1.0,
    "week": 7.0,
    "month": 30.44,
    "quarter": 91.3,
    "half": 182.6,
    "halves": 182.6,
    "half-year": 182.6,
    "year": 365.25,
}
_KEYS = ("score", "within_days", "difference", "value", "margin")
_KINDS = re.compile(r"\s+(?:different|separate|distinct|open|main|clear)\s", re.IGNORECASE)
_OF_THEM = re.compile(
    r"\b(?:periods?|months?|quarters?|weeks?|segments?|groups?|tests?|events?|themes?|plans?|cells?) out of $",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"[\s-]+(?:\w+ ){0,2}?(?:points?|percent\w*|per cent|pp|times|fold|per|in (?:a|every|ten|five|four|"
    r"three|hundred)|out of|customers?|answers?|"
    r"responses?|respondents?|people|users?|comments?|promoters?|detractors?|passives?|accounts?|guests?|students?|members?|"
    r"hundred|thousand|million|dozen|of (?:the |all |our )?(?:\w+ )?(?:customers?|answers?|respondents?|"
    r"people|users?|comments?))\b|"
    r"[\s-]+(?:and|point|to|or)\b",
    re.IGNORECASE,
)
_AS_FIGURE = re.compile(
    r"\b(?:nps|score|scores|is|was|at|by|of|about|roughly|nearly|almost|around|over|under|than|minus|plus|to|from|only|between|and)"
    r"(?: just| about)?\s+$",
    re.IGNORECASE,
)
"""What a number word is measured in, and words before a figure: "two of five customers", "is seven"."""
_RANK = re.compile(r"(?:\b(?:top|bottom|first|last|number|no\.|#|rank(?:ed)?|the)\s*)$", re.IGNORECASE)


def is_count(figure: Figure, line: Line, reading: Reading) -> bool:
    """Whether a number counts what the text itself lists, or is an idiom."""
    if figure.unit != "plain" or figure.fact is not None or len(figure.numbers) != 1:
        return False
    number = figure.numbers[0]
    if number.places or number.sign or not 0 <= number.value <= 400:
        return False
    value = int(number.value)
    plain = reading.page.plain
    after = plain[figure.end : figure.end + 48]
    before = plain[max(line.sentence.start, figure.start - 30) : figure.start]
    if _of_facts(value, after, before, reading) or _of_line(value, figure, line, reading):
        return True
    if time := _TIME.match(after):
        return _is_length(value, time[1].lower(), line, reading) or (
            _LISTED.match(after) is not None and _listed(value, after, line, reading)
        )
    if value > 20:
        return False
    if _IDIOM.match(after) and value <= 12:
        return True
    if figure.words and value <= 12 and ((_KINDS.match(after) and len(line.figures) == 1) or _OF_THEM.search(before)):
        return True
    if figure.words and value <= 12 and not _MEASURED.match(after) and not _AS_FIGURE.search(before):
        return True
    if figure.words and re.match(r"\s+(?:typical|representative|further|more|other|selected|sample) \w+", after):
        return True
    if re.search(r"\b(?:other|remaining|last|first|those|these|all)\s$", before) and value <= 6:
        if value in {size - less for size in _known_sizes(reading) for less in range(4)}:
            return True
        if any(p.start <= figure.start < p.end for p in line.periods):
            return True
    names = [name for name in reading.names.columns if _counts_of(name, after)]
    if names or _LISTED.match(after):
        return _listed(value, after, line, reading)
    if figure.words and re.match(r"\s*(?:[:,.;)]|$|\b(?:are|were|is|have|stand|show|do|did|in all)\b)", after):
        return _listed(value, after, line, reading)
    return bool(_RANK.search(before)) and value <= 10 and _listed(value, after, line, reading)


def _of_facts(value: int, after: str, before: str, reading: Reading) -> bool:
    """A number that is part of a cell: an age of 12 months, a score of 9."""
    around = (before[-24:] + " " + after[:24]).lower()
    if not re.search(r"month|quarter|day|week|year|scor|gave|age|point", around):
        return False
    for known in reading.evidence.known:
        for key, held in known.fact.where.items():
            if (key in _KEYS or key.startswith("age_")) and held == str(value):
                return True
    return False


def _of_line(value: int, figure: Figure, line: Line, reading: Reading) -> bool:
    """A number that is part of the cell of another figure of the line: "1: 99.8%", "a score of 8, given in 17.0 %"."""
    after = [other for other in line.figures if other.start >= figure.end][:1]
    before = [other for other in line.figures if other.end <= figure.start and other.role == "value"][-1:]
    if not after and line.sentence.kind == "cell":
        row = [other for other in reading.lines if line.sentence in other.sentence.over]
        after = [figure for other in row for figure in other.figures][:1]
    for other in (*after, *before):
        held = candidates(other, reading.evidence) if other is not figure else []
        for known in held:
            parts = [
                text
                for key, text in known.fact.where.items()
                if key in _KEYS or key.startswith("age_") or key == "limits"
            ]
            if any(re.search(rf"(?<![\d.]){value}(?![\d.])", text) for text in parts):
                return True
    return False


def _listed(value: int, after: str, line: Line, reading: Reading) -> bool:
    counts = {2} if re.match(r"[\s-]+(?:\w+ )?(?:groups?|periods?|sides?|halves|levels?)\b", after) else set()
    near = [line, *reading.over(line)[:1], *reading.before(line)[:2]]
    at = reading.lines.index(line)
    near += reading.lines[at + 1 : at + 2]
    for other in near:
        counts |= _sizes(other)
    below = [other for other in reading.lines if line.sentence in other.sentence.over]
    counts |= {len(below), len({o for other in below for m in other.strong() for o in m.options})}
    for dimension in reading.catalog.dimensions.values():
        counts.add(len(dimension.values))
    counts.add(len(reading.catalog.dimensions))
    return value in counts | _known_sizes(reading) or value == 1


def _known_sizes(reading: Reading) -> set[int]:
    """How many values of an axis the facts of the run are of."""
    seen: dict[str, set[str]] = {}
    for known in reading.evidence.known:
        for axis, cell in known.cell.items():
            seen.setdefault(axis, set()).add(cell)
    return {len(values) for values in seen.values()}


def _counts_of(name: str, after: str) -> bool:
    """ "five sizes", "three plans", "four company sizes"."""
    low = lower(after)
    return bool(re.match(rf"[\s-]+(?:\w+ )?(?:{re.escape(name)}|{re.escape(name.rpartition(' ')[2])})\b", low))


def _sizes(line: Line) -> set[int]:
    by_axis: dict[str, set[str]] = {}
    for mention in line.mentions:
        for axis, value in mention.options:
            by_axis.setdefault(axis, set()).add(value)
    return {len(values) for values in by_axis.values()} | {len(line.periods)}


def _is_length(value: int, unit: str, line: Line, reading: Reading) -> bool:
    """Whether a stretch of time that long is among the periods in play."""
    if re.search(rf"(?<!\d){value}(?!\d)", reading.asked.said):
        return True
    days = value * _DAYS[unit]
    spans: set[Span] = set(reading.evidence.spans) | reading.asked_spans
    spans |= {p.span for p in line.periods if p.span}
    if reading.evidence.first and reading.evidence.last:
        spans.add((reading.evidence.first, reading.evidence.last))
    return any(
        abs((last - first).days + 1 - days) <= max(2.0, 0.025 * days) for first, last in spans if last > dt.date.min
    )
