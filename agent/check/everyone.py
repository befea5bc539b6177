"""Quantities without a number: "everyone is happy", "hardly anyone", "in the seventies", "a perfect score"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.check.reading import Line, Reading
from agent.check.said import hedged

_WHO = (
    r"(?:customers?|users?|people|respondents?|guests?|students?|members?|clients?|answers?|responses?|"
    r"promoters?|detractors?)"
)
_DOES = (
    r"(?: of (?:the |our |them |you )?\w*)?\s+(?:\w+ly |still |now |seems? to be |would )?(?:(?:is|are|"
    r"was|were) (?!told|asked|counted|shown|left out|"
    r"compared|needed|measured|known|tested|included)|complain\w*|lov\w*|hat\w*|recommend\w*|"
    r"likes? (?:us|it|our|the)|liked|dislik\w*|agree\w*|prais\w*|gave|gives?)"
)
_ALL = re.compile(
    rf"\b(?:(?:everyone|everybody)(?! else)|every (?:single )?{_WHO}|all (?:of )?(?:our |the |"
    rf"your )?{_WHO}(?! (?:who|with|on|in))|all but (?:a (?:handful|few|couple)|"
    rf"one|two)(?: of)?(?: (?:our|the))? {_WHO}){_DOES}",
    re.IGNORECASE,
)
_NONE = re.compile(
    rf"\b(?:nobody|no one|no {_WHO}|not a single {_WHO}|none of (?:the|our|them)(?: {_WHO})?|(?:hardly|"
    rf"scarcely|barely) any(?:one|body| {_WHO})){_DOES}",
    re.IGNORECASE,
)
_DECADES = ("", "", "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties", "nineties")
_DECADE = re.compile(rf"\b(?:{'|'.join(_DECADES[2:])})\b", re.IGNORECASE)
_ZERO = re.compile(r"\bNPS (?:is|was|stands at|stood at) (?:exactly )?(?:zero|nil|nought)\b", re.IGNORECASE)
_PART = re.compile(
    r"\bexplains? (?:(?:a|the) (?:good|large|big|great|greater|major|better) "
    r"(?:part|share|deal)|most|much|half|the bulk) of",
    re.IGNORECASE,
)
_SPLITTING = {"decompose_change", "nps_change", "key_drivers"}
_PERFECT = re.compile(
    r"\b(?:perfect|flawless|maximum|top|full) (?:nps|score|marks)\b|\bperfect (?:10|100|ten|hundred)\b", re.IGNORECASE
)
_SENSE = re.compile(
    r"\b(?:detractors?|promoters?|passives?|happ\w+|unhapp\w+|satisf\w+|dissatisf\w+|complain\w*|lov\w*|"
    r"hat\w*|recommend\w*|likes? (?:us|it|our|the)|liked|prais\w*)\b",
    re.IGNORECASE,
)


def everyone(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    """Quantities in words that no fact bears out: (start, end, phrase, why)."""
    if line.said.rstrip().endswith("?"):
        return
    numbers = [(known.fact.unit, known.number) for known in reading.evidence.known if known.number is not None]
    shares = [number for unit, number in numbers if unit == "share"]
    levels = [abs(number) for unit, number in numbers if unit in ("points", "score", "number")]
    levels += [100 * share for share in shares]
    start = line.sentence.start
    for match, why in (*_whole(line.said, shares), *_sizes(line.said, levels), *_parts(line.said, reading)):
        yield start + match.start(), start + match.end(), match.group(), why


def _whole(said: str, shares: list[float]) -> Iterator[tuple[re.Match[str], str]]:
    """Everybody and nobody."""
    rules = ((_ALL, any(share >= 0.95 for share in shares)), (_NONE, any(share <= 0.05 for share in shares)))
    for pattern, held in rules:
        for match in pattern.finditer(said):
            meant = _SENSE.search(said[match.start() : match.end() + 40])
            if not held and meant and not hedged(said, match.start(), match.end()):
                yield match, "no share among the facts bears that out; say the share itself"


def _sizes(said: str, levels: list[float]) -> Iterator[tuple[re.Match[str], str]]:
    """Decades, a perfect score, zero."""
    for match in _DECADE.finditer(said):
        first = 10 * _DECADES.index(match.group().lower())
        told = re.search(r"\bin the (?:\w+[ -])?$", said[: match.start()])
        if told and not any(first <= level < first + 10 for level in levels):
            yield match, "no fact of this run is of that size; say the figure"
    for match in _PERFECT.finditer(said):
        told = re.search(r"\b(?:is|was|has|have|got|at|reach\w*|scor\w*|of)\b[^.;]{0,20}$", said[: match.start()])
        if told and max(levels, default=0.0) < 99.5 and not hedged(said, match.start(), match.end()):
            yield match, "no fact of this run is that; say the figure"
    for match in _ZERO.finditer(said):
        if not any(level < 0.5 for level in levels) and not hedged(said, match.start(), match.end()):
            yield match, "no fact of this run is that; say the figure"


def _parts(said: str, reading: Reading) -> Iterator[tuple[re.Match[str], str]]:
    """How much of a change something explains."""
    split = {known.tool for known in reading.evidence.known} & _SPLITTING
    for match in _PART.finditer(said):
        if not split and not hedged(said, match.start(), match.end()):
            yield match, "how much of it that explains is no fact of this run"
