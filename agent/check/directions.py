"""Directions: "rose", "lower", "ahead of", "flat" need a tested difference of that cell, decided that way."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from agent.check.binding import misfit
from agent.check.directionwords import DOWN, EQUAL, FLAT, IDIOM_AFTER, IDIOM_BEFORE, NO_CLEAR, UP, UPDOWN
from agent.check.evidence import Known, Way
from agent.check.figures import Figure
from agent.check.matching import candidates
from agent.check.misfit import told
from agent.check.reading import Line, Reading
from agent.check.rows import bound_mentions
from agent.check.said import hedged, negated, no_clear

Claim = Literal["up", "down", "flat", "equal", "unclear"]


@dataclass(frozen=True)
class Word:
    """A word of direction in the text."""

    start: int
    end: int
    text: str
    claim: Claim


@dataclass(frozen=True)
class Fault:
    """A direction that no test bears out."""

    word: Word
    why: str


def directions(line: Line, reading: Reading) -> Iterator[Word]:
    """The directions that a line claims."""
    start = line.sentence.start
    said = _without_names(line, reading)
    if said.rstrip().endswith("?") or (said.rstrip().endswith(":") and not line.figures and not line.strong()):
        return  # a question, or what introduces a list
    taken: list[tuple[int, int]] = []
    for match in NO_CLEAR.finditer(said):
        taken.append(match.span())
        yield Word(start + match.start(), start + match.end(), match.group(), "unclear")
    for match in EQUAL.finditer(said):
        if not _inside(match.start(), taken) and not hedged(said, match.start(), match.end()):
            taken.append(match.span())
            yield Word(start + match.start(), start + match.end(), match.group(), "equal")
    for pattern, way in ((UP, "up"), (DOWN, "down"), (FLAT, "flat"), (UPDOWN, "")):
        for match in pattern.finditer(said):
            if _inside(match.start(), taken) or _is_idiom(said, match):
                continue
            word = _word(said, match, way, start)
            if word is not None:
                yield word


def _inside(at: int, taken: list[tuple[int, int]]) -> bool:
    return any(a <= at < b for a, b in taken)


def _word(said: str, match: re.Match[str], way: str, start: int) -> Word | None:
    if hedged(said, match.start(), match.end()) or no_clear(said, match.start(), match.end()):
        return None
    claim = way or ("up" if (match["way"] or match["way2"]).lower() == "up" else "down")
    if negated(said, match.start()):
        claim = {"up": "down", "down": "up", "flat": "moved"}[claim]
        if claim == "moved":
            return None
    return Word(start + match.start(), start + match.end(), match.group().strip(), claim)  # type: ignore[arg-type]


def _is_idiom(said: str, match: re.Match[str]) -> bool:
    word = match.group().lower()
    before, after = said[max(0, match.start() - 24) : match.start()], said[match.end() : match.end() + 30]
    if word == "dropped" and (
        re.search(r"\b(?:was|were|been|be|is|are|nothing|rows?)\s+$", before, re.IGNORECASE)
        or re.match(r"\s*:", after)
        or re.search(r"\brows?\b|duplicate", said)
    ):
        return True
    if word in (
        "above",
        "below",
        "behind",
        "ahead of",
        "higher",
        "lower",
        "better",
        "worse",
        "more often",
        "more positive",
        "less positive",
    ):
        if IDIOM_AFTER.match(after) or (IDIOM_BEFORE.search(before) and not word.startswith(("more", "less"))):
            return not re.search(r"\b(?:is|are|was|were|and|points?)\s+$", before) or bool(IDIOM_AFTER.match(after))
        if word == "more positive" and re.match(r" than negative", after):
            return True
        if word in ("above", "below") and re.match(r"\s*(?:[.,;:)]|$)", after):
            return True
        if (
            word in ("behind", "above", "below")
            and re.search(r"\b(?:lies?|stand|stands|left|reasons?|what is|what's)\s*$", before)
            and not re.match(r"\s*(?:all|the rest|the other|the average)", after)
        ):
            return word == "behind"
    if word.startswith(
        ("fall", "drop", "rise", "gain", "lead", "trail", "beat", "lag", "recover", "slide", "grow", "loses", "lost")
    ):
        return bool(
            re.match(
                r"\s*(?:into|in(?:to)? (?:the )?(?:interval|range|class)|under the heading|within|"
                r"short|back on|out of|in line|apart|-?off|from the (?:list|file|count))\b",
                after,
            )
            or (
                re.search(r"\b(?:price|pay|wage|fee|cost|also|they|answers|scores?|each) $", before.lower())
                and word in ("rise", "rises", "falls", "fall", "gain")
            )
        )
    if word == "constant" and re.search(r"\b(?:h[eo]lds?|holding|kept|keep)\b.{0,30}$", before, re.IGNORECASE):
        return True
    return word == "steadily" or (
        word in ("steady", "constant", "stable", "flat")
        and bool(re.match(r"\s+(?:drift|state|stream|fee|rate|over time as|line|effect|hazard)", after))
    )


def _without_names(line: Line, reading: Reading) -> str:
    """The sentence without its names and without what events are called."""
    said = line.said
    low = said.lower()
    for name in sorted(reading.names.events, key=len, reverse=True):
        at = low.find(name)
        while at >= 0:
            said = said[:at] + "\x00" * len(name) + said[at + len(name) :]
            low = said.lower()
            at = low.find(name)
    for mention in line.mentions:
        if mention.strong:
            a, b = mention.start - line.sentence.start, mention.end - line.sentence.start
            said = said[:a] + "\x00" * (b - a) + said[b:]
    return said


def unfounded(word: Word, line: Line, reading: Reading) -> str | None:
    """Why a claimed direction does not hold; None when a test bears it out."""
    if word.claim == "equal":
        return "a test cannot show equality; say that there is no clear change or difference"
    near = _nearest(word, line, reading)
    temporal = bool(_TEMPORAL.match(word.text))
    if near is not None and temporal and not _over_time(near):
        return f"{told(near)}: a difference between groups, not a change over time"
    if near is not None:
        return _against(word, near, line, reading)
    found = [known for known in _of_line(word, line, reading) if known.tested and (not temporal or _over_time(known))]
    ways = {_oriented(known, word, line, reading) for known in found}
    if word.claim == "unclear":
        return None if not ways or "none" in ways else f"{told(found[0])}, and its test is clear"
    if word.claim == "flat":
        return None if "none" in ways else "no tested difference of this cell stays unclear; say only what was tested"
    if word.claim in ways:
        return None
    if not found:
        return "no tested difference of this cell and period is among the facts; get one from compare, or leave it out"
    known = found[0]
    if _oriented(known, word, line, reading) == "none":
        return f"{told(known)}, and its test is not clear: say that there is no clear change or difference"
    return f"{told(known)} and says the opposite"


def _against(word: Word, known: Known, line: Line, reading: Reading) -> str | None:
    way = _oriented(known, word, line, reading)
    if word.claim in ("unclear", "flat"):
        return None if way == "none" else f"{told(known)}, and its test is clear"
    if way == word.claim:
        return None
    if way == "none":
        return f"{told(known)}, and its test is not clear: say that there is no clear change or difference"
    if way is None:
        return f"{told(known)} was not tested; get a test from compare, or leave the direction out"
    return f"{told(known)} and says the opposite"


def _nearest(word: Word, line: Line, reading: Reading) -> Known | None:
    """The tested difference whose figure the direction speaks of: "fell by 14.6", "41.2 points below"."""
    tests: list[tuple[int, Known]] = []
    for figure in line.figures:
        if figure.role not in ("value", "interval", "loose interval") or figure.head is not None:
            continue
        known = _as_test(figure, line, reading)
        distance = figure.start - word.end if figure.start >= word.start else word.start - figure.end
        between = line.said[
            min(word.end, figure.end) - line.sentence.start : max(word.start, figure.start) - line.sentence.start
        ]
        outside = (
            between.count(")") != between.count("(")
            and between.find(")") < (between.find("(") if "(" in between else 999)
            and ")" in between
        )
        if (
            known is not None
            and distance < 90
            and not outside
            and not re.search(r";|\bwhile\b|\bwhereas\b|\bbut\b|\. ", between)
        ):
            penalty = (
                0
                if figure.start >= word.start and not re.search(r"[,(]", between)
                else 12
                if figure.end <= word.start
                else 25
            )
            tests.append((distance + penalty, known))
    return min(tests, key=lambda item: item[0])[1] if tests else None


_TEMPORAL = re.compile(
    r"(?:rose|ris|increas|grew|grow|improv|gain|climb|jump|rebound|recover|surg|soar|strengthen|"
    r"upt|fell|fall|drop|declin|decreas|worsen|deterior|slip|slid|"
    r"sank|sunk|lost|loses|losing|shr|dip|plung|tumbl|weaken|eroded|flat|stable|unchanged|"
    r"stead|constant|plateau|little changed|stagnat|held|went|is (?:up|down))",
    re.IGNORECASE,
)


def _over_time(known: Known) -> bool:
    """Whether a difference is one between times, and not between groups."""
    if known.tool in (
        "impact",
        "matched_effect",
        "experiment",
        "decompose_change",
        "find_change_points",
        "cohort_nps",
        "run_sql",
    ):
        return True
    return bool(known.other) or bool(re.search(r"_per_|slope|step|drift", known.fact.name))


def _as_test(figure: Figure, line: Line, reading: Reading) -> Known | None:
    found = [known for known in candidates(figure, reading.evidence) if known.tested and figure.fact != ""]
    if figure.fact is not None:
        return found[0] if found else None
    return next((known for known in found if misfit(known, figure, line, reading) is None), None)


def _of_line(word: Word, line: Line, reading: Reading) -> Iterator[Known]:
    """The tested facts of the cell that the word speaks of."""
    figure = Figure(word.start, word.end, "value", ())
    family = _family(line.said)
    for known in reading.evidence.known:
        if known.tested and family(known) and misfit(known, figure, line, reading) is None:
            yield known


def _family(said: str) -> Callable[[Known], bool]:
    low = said.lower()
    if "response rate" in low or "response rates" in low:
        return lambda known: "response_rate" in known.fact.name
    if "sentiment" in low or "positive" in low:
        return lambda known: "sentiment" in known.fact.name or "theme" in known.fact.name
    if re.search(
        r"\b(?:share|proportion|percentage|portion) of (?:the )?(?:promoter|detractor|passive)|"
        r"\b(?:more|fewer|less) (?:promoter|detractor|passive)",
        low,
    ):
        return lambda known: known.fact.unit == "share difference" and "nps_class" in known.cell
    if re.search(r"\b(?:retention|churn\w*)\b", low):
        return lambda known: "retention" in known.fact.name or known.tool in ("retention", "run_sql")
    return lambda known: known.fact.unit != "number" or "odds" in known.fact.name or known.tool == "run_sql"


def _oriented(known: Known, word: Word, line: Line, reading: Reading) -> Way | None:
    """The way of the test as the text tells it: a fact about A against B is turned for "B is ... than A"."""
    way = known.tested
    if way in (None, "none") or not _turned(known, word, line, reading):
        return way
    return "down" if way == "up" else "up"


def _turned(known: Known, word: Word, line: Line, reading: Reading) -> bool:
    against = known.cell.get("against")
    if known.other and not (against and any(against in {v for _a, v in m.options} for m in line.mentions)):
        return _periods_turned(known, word, line)
    if against is None:
        return False
    for axis, value in known.cell.items():
        if axis in ("against", "period"):
            continue
        figure = Figure(word.start, word.end, "value", ())
        held = bound_mentions(figure, line, axis, reading)
        options = {one for mention in held for _axis, one in mention.options}
        if against in options and value not in options and not _stands_first(value, against, line):
            return True
    return False


def _stands_first(value: str, against: str, line: Line) -> bool:
    """ "A against B: lower by x" is about A."""
    mine = next((m for m in line.mentions if value in {one for _axis, one in m.options}), None)
    other = next((m for m in line.mentions if against in {one for _axis, one in m.options}), None)
    return mine is not None and other is not None and mine.start < other.start and other.start in line.compared


def _periods_turned(known: Known, word: Word, line: Line) -> bool:
    before = [
        p for p in line.periods if p.end <= word.start and p.span and p.role not in ("from", "to", "before", "after")
    ]
    after = [p for p in line.periods if p.start >= word.end and p.span]
    if len(after) > 1 and after[0].span in known.other - known.own and after[1].span in known.own:
        between = line.said[after[0].end - line.sentence.start : after[1].start - line.sentence.start]
        if re.search(r"\bthan\b", between + line.said[after[1].start - line.sentence.start :][:8]):
            return True
    from_to = [p for p in after if p.role in ("from", "to")]
    if not before or from_to:
        return False
    said = line.said[: before[-1].start - line.sentence.start]
    if re.search(r"\b(?:against|than|versus|vs|compared (?:with|to)|from)\s+(?:the\s+)?$", said, re.IGNORECASE):
        return False
    return before[-1].span in known.other - known.own and any(p.span in known.own for p in after)


def sign_turned(known: Known, figure: Figure, line: Line) -> bool:
    """Whether a difference is told of the other side, so that its sign would have to turn."""
    against = known.cell.get("against")
    if known.tested is None or against is None:
        return False
    named = [{value for _axis, value in m.options} for m in line.mentions if m.end <= figure.start]
    first = next((at for at, values in enumerate(named) if against in values), None)
    own = {value for axis, value in known.cell.items() if axis not in ("against", "period")}
    mine = next((at for at, values in enumerate(named) if values & own - {against}), None)
    return first is not None and mine is not None and first < mine
