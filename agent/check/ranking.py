"""Who is called the best, the worst or the hardest hit must be told apart from the others by a test."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.check.causewords import DENIED
from agent.check.evidence import LEVEL
from agent.check.figures import Figure
from agent.check.reading import Line, Reading
from agent.check.rows import bound_mentions
from agent.check.said import clause_before, doubted, hedged, negated, no_clear, undotted
from agent.check.superlatives import Best

_AS_FIGURE = re.compile(
    r"highest|lowest|peak|trough|minimum|maximum|record|top|bottom|fewest|smallest|largest|biggest|greatest|"
    r"steepest|sharpest|deepest|most (?:often|frequent|common|mentioned)|least (?:often|frequent|common|mentioned)|"
    r"the least|tail end|number one|ranks?|comes? |came |in (?:first|last)|leads? the|heads? the|is last|are last",
    re.IGNORECASE,
)
"""Words that may stand for the figure alone: "has the highest value"."""
_HARDEST = re.compile(
    r"\b(?:hit|hits|hurts?|harm\w*|affect\w*|suffer\w*|lost|fell|dropp\w*|declin\w*|benefit\w*|gain\w*|improv\w*|"
    r"lower\w*|rais\w*|help\w*|damag\w*|felt) (?:(?!not\b)[^\s.;,]+ ){0,4}?(?:hardest|"
    r"(?:the )?most(?= ?[.,;:(]| ?$| (?:among|for|in|with)\b)|"
    r"worst(?= ?[.,;:(]| ?$))|\b(?:most|worst|hardest|least)[ -](?:affected|hit|hurt)\b|"
    r"\b(?:effect|impact|fall|drop|rise|loss|gain)s? (?:is|are|was|were) (?:\w+ly |by far )?(?:the )?"
    r"(?:largest|strongest|biggest|greatest|smallest|weakest)\b(?: for| among| in| with)?|"
    r"\b(?:largest|strongest|biggest|greatest) (?:effect|impact)\b|\btook the (?:biggest|hardest|worst) "
    r"(?:hit|knock|blow)",
    re.IGNORECASE,
)
_OVER_EACH = re.compile(
    r"\b(?:beats?|outperform\w*|outscor\w*|surpass\w*|tops|ahead of|above|better than|happier than|higher than|"
    r"below|behind|worse than|lower than|unhappier than|trails?) (?:\w+ly )?(?:every|each|any|all)(?: of the)? "
    r"(?:single )?(?:others?\b|\w+ else)(?: (?!taken|together|combined|put)\w+)?",
    re.IGNORECASE,
)
_TOGETHER = re.compile(
    r"\b(?:taken|put|lumped) together|\btogether\b|\bcombined\b|\bas (?:a whole|one)\b", re.IGNORECASE
)
_MARGIN = re.compile(
    r"\bby far\b|\bby a (?:wide|clear|large|long|good|big) (?:margin|way)\b|\bclearly\b", re.IGNORECASE
)
_COMMON = re.compile(
    r"\b(?:most (?:common|frequent|widespread|often (?:named|mentioned|heard))|main|biggest|chief|number one|"
    r"commonest|top|dominant|recurring|leading) "
    r"(?:complaint|problem|topic|theme|issue|criticism|grievance|gripe|praise|annoyance)s?\b|"
    r"\b(?:many|lots of|numerous|plenty of|a lot of) "
    r"(?:customers?|guests?|users?|people|clients?|detractors?|promoters?|passives?|respondents?) "
    r"(?:\w+ )?(?:complain|mention|name|say|prais|criticis|criticiz|write|wrote|find|found)\w*",
    re.IGNORECASE,
)
_NOT_APART = "no test tells it apart from the others; say that its value is the highest or the lowest"


def unranked(best: Best, line: Line, reading: Reading) -> str | None:
    """Why a cell that has the extreme value may still not be called the best or the worst."""
    if _AS_FIGURE.match(best.text) or DENIED.search(
        clause_before(undotted(line.said), best.start - line.sentence.start)
    ):
        return None
    around = line.said[max(0, best.start - line.sentence.start - 40) : best.end - line.sentence.start + 40]
    figure = Figure(best.start, best.end, "value", ())
    for axis, value in _cells(figure, line, reading):
        if why := _of_cell(axis, value, reading, strict=bool(_MARGIN.search(around))):
            return why
    return None


def rankings(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    """Rankings without a superlative of a level: (start, end, phrase, why)."""
    said = undotted(line.said)
    if said.rstrip().endswith("?"):
        return
    for pattern in (_HARDEST, _OVER_EACH, _COMMON):
        for match in pattern.finditer(said):
            if hedged(said, *match.span()) or doubted(said, match.end()) or no_clear(said, *match.span()):
                continue
            if negated(said, match.start()) or re.search(r"\bnot\b|n't\b", match.group()):
                continue
            start, end = line.sentence.start + match.start(), line.sentence.start + match.end()
            if pattern is _OVER_EACH:
                why = _over_each(Figure(start, end, "value", ()), match, line, reading)
            else:
                why = _hardest(line, reading) if pattern is _HARDEST else _common(reading)
            if why:
                yield start, end, match.group(), why


def _cells(figure: Figure, line: Line, reading: Reading) -> list[tuple[str, str]]:
    """The cells that a word speaks of: the nearest name, else the only one of the sentence."""
    held = [m for m in bound_mentions(figure, line, None, reading) if not m.negated and m.start not in line.compared]
    held = held or [m for m in line.strong() if m.start not in line.compared][:1]
    return [(axis, value) for mention in held for axis, value in mention.options if axis in reading.catalog.dimensions]


def _of_cell(axis: str, value: str, reading: Reading, *, strict: bool) -> str | None:
    """Why the tests of a split do not set a cell apart; None where there are none."""
    known = reading.evidence.known
    levels = [k for k in known if k.fact.name == "nps" and axis in k.cell and k.number is not None]
    base = reading.catalog.minimum_base.ranking
    own = [k for k in levels if k.cell[axis] == value]
    large = {k.cell[axis] for k in levels if (k.fact.n or 0) >= base}
    if own and len(large) >= 2 and all((k.fact.n or 0) < base for k in own):
        return f"{own[0].fact.id} rests on too few answers ({own[0].fact.n}) to be ranked"
    whole = [k for k in known if k.fact.name == "levels_differ_p" and k.cell.get("test") == axis]
    if whole and all((k.number or 0.0) >= LEVEL for k in whole):
        return f"the levels do not clearly differ ({whole[0].fact.id}); do not rank them"
    tests = [k for k in known if k.cell.get(axis) == value and k.fact.name == "nps_difference" and k.tested]
    ends = [k for k in tests if "against" in k.cell and not k.other]
    if not whole or not ends:
        return None
    nearest = [k for k in ends if k.cell["against"] != "rest"]
    if (strict and nearest and all(k.tested == "none" for k in nearest)) or all(k.tested == "none" for k in ends):
        return f"{(nearest or ends)[0].fact.id} is not clear: {_NOT_APART}"
    return None


def _hardest(line: Line, reading: Reading) -> str | None:
    """ "hurt Starter most" needs effects, or changes, that differ."""
    axes = {axis for mention in line.strong() for axis in mention.axes()} & set(reading.catalog.dimensions)
    differ = [k for k in reading.evidence.known if k.fact.name in ("effects_differ_p", "segments_differ_p")]
    parts = [k for k in reading.evidence.known if k.fact.name == "effect_in_segment" and axes & set(k.cell)]
    held = [k for k in differ if k.cell.get("dimension") in axes or ("dimension" not in k.cell and parts)]
    if not axes or not held or any((k.number or 0.0) < LEVEL for k in held):
        return None
    return f"the parts do not clearly differ ({held[0].fact.id}); do not say which moved most"


def _over_each(figure: Figure, match: re.Match[str], line: Line, reading: Reading) -> str | None:
    """ "beats every other branch" needs a clear lead over the next."""
    if _TOGETHER.search(line.said) or (re.search(r"\ball\b", match.group(), re.IGNORECASE) and not _each(match, line)):
        return None
    for axis, value in _cells(figure, line, reading):
        if why := _of_cell(axis, value, reading, strict=True):
            return why
    return None


def _each(match: re.Match[str], line: Line) -> bool:
    """ "all others, including Sheffield"."""
    return bool(re.search(r"\bincluding\b|\beven\b", line.said[match.end() :]))


def _common(reading: Reading) -> str | None:
    """How common something is: quotations are no count."""
    known = reading.evidence.known
    counted = any("theme" in k.cell or "driver" in k.cell or k.fact.name == "priority" for k in known)
    if counted or "quotes" not in {k.tool for k in known}:
        return None
    return "quotations do not say how common something is; ask themes, or leave it out"
