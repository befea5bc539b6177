"""Names that do not exist: "the Platinum plan", "`loyalty_tier`", "after the outage"; and dates outside of the data."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from agent.check.evidence import Span
from agent.check.languages import foreign
from agent.check.matching import candidates
from agent.check.names import lower
from agent.check.periods import Named
from agent.check.reading import Line, Reading
from agent.check.words import words
from tools.registry import TOOLS

_CODE = re.compile(r"`([^`\n]{1,80})`")
_SNAKE = re.compile(r"(?<![\w/.@])[A-Za-z]\w*_\w+(?![\w@])")
_CAPITAL = r"[A-ZÄÖÜÉ][\w&+-]*(?:\s+[A-ZÄÖÜÉ][\w&+-]*){0,2}"
_PEOPLE = (
    r"customers?|users?|accounts?|subscribers?|members?|clients?|respondents?|segments?|"
    r"tiers?|plans?|groups?|package|edition|cohorts?|markets?|buyers"
)
_BEFORE = re.compile(rf"\b({_CAPITAL})(?:['’]s)?\s+({{names}}|{_PEOPLE})\b".replace("{names}", "NAMES"))
_PLACED = re.compile(
    rf"\b(?:in|for|among|amongst|from|than|between|versus|vs\.?|against|like|at|on|of|and|"
    rf"to|with|below|above|behind|by|or)\s+(?:the\s+|our\s+|plan\s+|those\s+(?:in|on)\s+)?({_CAPITAL})"
)
_INSIDE = re.compile(rf"(?<=[^\W\d_][ ,:])(?<![.!?:] ) ?({_CAPITAL})(?![\w.]*\w)")
_OPENING = re.compile(
    rf"[\s*#>|–-]*(?:\d+\.\s*)?(?:(?:The|Our|In|For|At|Among|On|Of|So|And|But|Here,?)\s+)?[*]*({_CAPITAL})"
)
_OPENERS = words("openers")
_EVENT = re.compile(
    r"\b(?:after|before|since|following|prior to|until|because of|due to|with|around|by|"
    r"from|thanks to)\s+(?:the|our|its|their|a|an|last \w+'s|this \w+'s)\s+((?:[\w'’-]+\s+){0,3}?"
    r"(?:rise|release|launch|redesign|outage|campaign|migration|roll-?out|strike|upgrade|"
    r"hike|price cut|incident|merger|rebrand\w*|relaunch|acquisition|update|promotion|"
    r"recall|breach|downtime|reorgani[sz]ation|layoffs?|switch|increase))\b",
    re.IGNORECASE,
)
_FUNCTION = words("function")
_PLANNED = re.compile(
    r"\b(?:trial|pilot|test(?:ing|ed)?|try|tried|worth|should|recommend\w*|suggest\w*|next step|consider|plan\w*|"
    r"advis\w+)\b[^.;]*$",
    re.IGNORECASE,
)
_AN = re.compile(r"\b(?:before|until|prior to|by|with)\s+(?:a|an)\s", re.IGNORECASE)
"""Before what has not happened yet: "a trial before a roll-out"."""


def strangers(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    """Names in a line that the data does not have: (start, end, phrase, why)."""
    yield from _code_names(line, reading)
    yield from _capital_names(line, reading)
    yield from _events(line, reading)


def _known(text: str, reading: Reading) -> bool:
    low = lower(text)
    names = reading.names
    if low in names.columns or low in names.events or low in TOOLS or low in reading.asked.said:
        return True
    words = re.findall(r"[^\W_]+", low)
    return all(
        word in names.words or word in _FUNCTION or word.removesuffix("s") in names.words or word.isdigit()
        for word in words
    )


def _code_names(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    start, end = line.sentence.start, line.sentence.end
    text = reading.page.text[start:end]
    held = _identifiers(reading)
    for pattern in (_CODE, _SNAKE):
        for match in pattern.finditer(text):
            name = match[1] if pattern is _CODE else match.group()
            if _known(name, reading) or lower(name) in held or not re.match(r"[A-Za-z]", name):
                continue
            at = start + match.start()
            if any(m.start <= at < m.end for m in line.mentions) or (
                pattern is _CODE and (" " in name or re.search(r"\d", name))
            ):
                continue
            columns = ", ".join(list(reading.catalog.dimensions)[:8])
            yield (
                at,
                start + match.end(),
                match.group(),
                f"there is no such column or value; the dimensions are {columns}",
            )


def _identifiers(reading: Reading) -> set[str]:
    """Names of facts, of parts of cells, of tables and their columns."""
    held = {known.fact.name for known in reading.evidence.known}
    held |= {key for known in reading.evidence.known for key in known.fact.where}
    held |= {lower(value) for known in reading.evidence.known for value in known.fact.where.values()}
    held |= {"nps_class", "responded_at", "response_id", "customer_id", "joined_at", "cohorts", "responses", "score"}
    for name, table in reading.catalog.tables.items():
        held |= {name, lower(table.file), *table.columns, *(lower(column.source) for column in table.columns.values())}
    held |= {lower(name) for name in (*reading.catalog.measures, *reading.catalog.times, *reading.catalog.events)}
    return held


def _capital_names(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    if line.sentence.kind == "heading" and not reading.page.plain[line.sentence.start : line.sentence.end].strip():
        return
    said, start = line.said, line.sentence.start
    names = "|".join(
        re.escape(name)
        for name in sorted(reading.names.columns, key=len, reverse=True)[:80]
        if " " not in name and len(name) > 2
    )
    pattern = re.compile(_BEFORE.pattern.replace("NAMES", f"(?i:{names})" if names else "NAMES"))
    for match in pattern.finditer(said):
        yield from _stranger(
            match, 1, line, reading, start, first=match.start() == 0 or not said[: match.start()].strip(' *-#:"“')
        )
    if line.sentence.kind == "heading":
        return
    for match in _PLACED.finditer(said):
        yield from _stranger(match, 1, line, reading, start, first=False)
    if "german" not in foreign(line) or not _is_german(said):
        for match in _INSIDE.finditer(said):
            yield from _stranger(match, 1, line, reading, start, first=False)
    opening = _OPENING.match(said)
    if opening and _as_subject(opening, line, reading) and not _is_opener(opening[1]):
        yield from _stranger(opening, 1, line, reading, start, first=False)


def _is_opener(name: str) -> bool:
    """A usual word that a sentence begins with, alone or with another: "Bases", "The difference"."""
    words = [word.lower() for word in re.findall(r"[^\W\d_]+", name)]
    if re.match(r"(?:altogether|today|currently|meanwhile|together|company-wide)\b", name, re.IGNORECASE):
        return True
    return any(word in _OPENERS or word in _FUNCTION for word in words[:1]) or words[0].endswith(("ly", "ing"))


_SUBJECT = re.compile(
    r"(?:['’]s?\b)?[\s*_]*(?:[:|–—]|$|as a whole\b|overall\b|(?:\w+ly )?(?:is|was|are|were|has|had|have|stands?|"
    r"stood|scores?|scored|fell|rose|lies?|lay|improved|"
    r"declined|dropped|went|came|comes|gives?|gave|shows?|leads?|trails?|sits?|reached|"
    r"gained|lost|slipped|users|customers|answers|"
    r"accounts|guests|students|plan|segment|group|tier|nps|rate|share)\b|[-+\u2212(\[\x00\d])|['’]s?\b",
    re.IGNORECASE,
)


def _as_subject(opening: re.Match[str], line: Line, reading: Reading) -> bool:
    """ "Gold's rate is", "Gold: +39.7", "Gold fell by", a cell of a table that stands before figures."""
    after = reading.page.plain[line.sentence.start + opening.end() : line.sentence.end]
    if not _SUBJECT.match(after) or re.search(r"ed$", opening[1]):
        return False
    return _unnamed_cell(line, reading) or (line.sentence.kind == "cell" and _among_names(line, reading))


def _among_names(line: Line, reading: Reading) -> bool:
    """Whether the other cells that stand in the same place of their rows name segments."""
    text = reading.page.text
    at = text.rfind("\n", 0, line.sentence.start) + 1
    place = text.count("|", at, line.sentence.start)
    same = [
        other
        for other in reading.lines
        if other.sentence.kind == "cell"
        and other is not line
        and text.count("|", text.rfind("\n", 0, other.sentence.start) + 1, other.sentence.start) == place
    ]
    named = [other for other in same if any(m.axes() & set(reading.catalog.dimensions) for m in other.strong())]
    return bool(named)


def _is_german(said: str) -> bool:
    """Nouns have capital letters in German."""
    return (
        len(re.findall(r"\b(?:der|die|das|und|ist|liegt|bei|von|mit|den|dem|ein|eine|im|auf|nicht|um|als)\b", said))
        >= 3
    )


def _unnamed_cell(line: Line, reading: Reading) -> bool:
    """Whether a figure of the line is of a cell that the line does not name."""
    named = {option for mention in line.mentions for option in mention.options}
    dimensions = reading.catalog.dimensions
    for figure in line.figures:
        held = candidates(figure, reading.evidence) if figure.role in ("value", "interval") else []
        cells = [{pair for pair in known.cell.items() if pair[0] in dimensions} for known in held]
        if cells and all(cell and not cell <= named for cell in cells):
            return True
    return False


def _stranger(
    match: re.Match[str], group: int, line: Line, reading: Reading, start: int, *, first: bool
) -> Iterator[tuple[int, int, str, str]]:
    name = match[group]
    words = name.split()
    if first or words[0].lower() in _FUNCTION:
        words = words[1:] if words[0].lower() in _FUNCTION else words
        if not words or (
            first
            and len(words) == len(name.split())
            and not re.match(
                r"(?:plans?|tiers?|segments?|package|edition)$",
                match[2] if match.lastindex and match.lastindex > 1 else "",
            )
        ):
            return
    name = " ".join(words)
    at = start + match.start(group)
    if _known(name, reading) or any(m.start < at + len(match[group]) and at < m.end for m in line.mentions):
        return
    if name.isupper() and len(name) <= 4 and not (match.lastindex and match.lastindex > 1):
        return
    if any(p.start < at + len(match[group]) and at < p.end for p in line.periods):
        return
    if lower(name) in " ".join(_said_by_tools(reading)):
        return
    yield at, at + len(match[group]), name, f"{name!r} is no name in this data{_meant(line, reading)}"


def _meant(line: Line, reading: Reading) -> str:
    """The one segment that the figures of a line are of and that it does not name, "Inglaterra" for England."""
    named = {option for mention in line.mentions for option in mention.options}
    held = [known for figure in line.figures if figure.fact for known in candidates(figure, reading.evidence)]
    cells = {pair for known in held for pair in known.cell.items() if pair[0] in reading.catalog.dimensions}
    missing = [value for axis, value in cells - named if not value.startswith("not ")]
    return f"; write the segment's name as in the data: {missing[0]}" if len(missing) == 1 else ""


def _said_by_tools(reading: Reading) -> Iterator[str]:
    yield lower(reading.catalog.name)
    for result, _call in reading.evidence.results:
        for caveat in result.caveats:
            yield lower(caveat)
        yield from (str(fact.value).lower() for fact in result.facts if fact.unit == "text" and fact.name != "quote")
    yield from (lower(value) for known in reading.evidence.known for value in known.fact.where.values())
    for table in reading.catalog.tables.values():
        yield lower(table.file)


def _events(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    for match in _EVENT.finditer(line.said):
        phrase = lower(match[1]).strip()
        if any(
            name in phrase or phrase in name or set(name.split()) >= set(phrase.split())
            for name in reading.names.events
        ):
            continue
        if (
            phrase in reading.asked.said
            or re.search(r"\d|score|rate|increase$", phrase)
            or (_AN.match(match.group()) and _PLANNED.search(line.said[: match.start()]))
            or any(m.start <= line.sentence.start + match.start(1) < m.end for m in line.mentions)
        ):
            continue
        known = ", ".join(reading.catalog.events) or "none"
        yield (
            line.sentence.start + match.start(1),
            line.sentence.start + match.end(1),
            match[1].strip(),
            f"the data knows no such event; its events are: {known}",
        )


_NOT_IN_IT = re.compile(
    r"[^.;,]{0,20}\b(?:is|are|was|were)(?: not|n't) "
    r"(?:in (?:it|them|the data)|covered|complete|part of (?:it|the data))\b",
    re.IGNORECASE,
)
"""What is said of days that the data does not hold."""


def foreign_dates(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    """Dates that are neither in the data's span nor of the question or the facts."""
    for period in line.periods:
        spans = ({period.span} if period.span else set()) | period.spans
        text = reading.page.text[period.start : period.end]
        if not spans or period.event or re.match(r"(?:the )?(?:latest|newest|most recent)\b", text, re.IGNORECASE):
            continue
        if (
            lower(text) in reading.asked.said
            or _NOT_IN_IT.match(line.said[period.end - line.sentence.start :])
            or _ends_stretch(period, reading)
            or any(_in_play(span, reading) for span in spans)
        ):
            continue
        span = f"{reading.evidence.first} to {reading.evidence.last}"
        yield period.start, period.end, text, f"no fact, call or question is of that time; the data runs from {span}"


def _in_play(span: Span, reading: Reading) -> bool:
    evidence = reading.evidence
    held = set(evidence.spans) | reading.asked_spans
    days = {day for time in reading.catalog.times.values() for day in (time.first, time.last) if day}
    days |= {event.date for event in reading.catalog.events.values()} | {evidence.as_of}
    if evidence.first and evidence.last:
        held.add((evidence.first, evidence.last))
    if any(span[0] <= one[0] and one[1] <= span[1] for one in held):
        return True
    if any(span[0] == one[0] for one in held) and any(span[1] == one[1] for one in held):
        return True
    edges = {day for one in held for day in (one[0], one[1])}
    day = dt.timedelta(days=1)
    inside = (
        not evidence.first or not evidence.last or (evidence.first - day <= span[0] and span[1] <= evidence.last + day)
    )
    ends = [one for one in span if one not in (evidence.first, evidence.last)]
    if inside and any(abs((one - edge).days) <= 1 for one in ends for edge in edges):
        return True
    if (span[1] - span[0]).days > 31:
        return False
    return any(span[0] <= day <= span[1] for day in days)


def _ends_stretch(period: Named, reading: Reading) -> bool:
    """ "from July": the beginning or the end of a period in play."""
    held = set(reading.evidence.spans) | reading.asked_spans
    if period.span is None or period.role not in ("from", "to"):
        return False
    return any(period.span[0] == one[0] or period.span[1] == one[1] for one in held)
