"""What the data says nothing about, told as if it did: "support got slower", "churn is lower", "by job title"."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from agent.check.causewords import ADVICE, DENIED, DOUBTED
from agent.check.names import lower
from agent.check.reading import Line, Reading
from agent.check.said import clause_before, undotted
from agent.check.words import words

_STEERED = re.compile(
    r"^\W*(?:please |next,? |then |also |as a next step,? |for [^,]{3,40}, |to [^,]{3,60}, "
    r"|if [^,]{3,60}, )*(?:ask|talk|look|check|run|survey|"
    r"consider|compare|test|try|add|load|call|interview|read|see|tell|give|let|use|start|"
    r"find|collect|measure|link|join|provide|define)\b|"
    r"\b(?:I|we) (?:would|could|can|have no|had no|do not have|don't have|cannot|can't|"
    r"lack)\b|\bif you\b|\bwould (?:need|allow|help to|settle|take|tell|show)\b|"
    r"\b(?:there is|there are|has|have|holds?|contains?|with) no\b|\bno (?:data|column|"
    r"information|figures?|field)\b|\bthat no column\b",
    re.IGNORECASE,
)
_STANDARD = re.compile(
    r"\b(?:excellent|good|great|strong|poor|bad|weak|solid|respectable|healthy|decent|"
    r"high|low|normal|typical|usual|impressive|above average|below average) (?:\w+ )?(?:for|"
    r"by|in|within) "
    r"(?:our|the|an?|your|any|this) (?:\w+ )?(?:industry|sector|market|standards?|business|"
    r"field)\b|\b(?:industry|sector|market) (?:average|standard|norm|peers?|leaders?)\b|"
    r"\b(?:world|best-in)[- ]class\b|\btop (?:quartile|decile|percentile|\d+ ?%|third|"
    r"league)\b|\bworld-?wide\b|\bthan (?:our |most |the )?(?:competitors?|peers|"
    r"rivals|competition|industry|average company|market)\b",
    re.IGNORECASE,
)
_NEAR = r"(?:[- ])"


def absent(line: Line, held: frozenset[str]) -> Iterator[tuple[int, int, str, str]]:
    """Claims about what the data does not hold: (start, end, phrase, why)."""
    said = undotted(line.said)
    if said.rstrip().endswith("?") or line.sentence.kind == "heading":
        return
    for match in _STANDARD.finditer(said) if "benchmark" not in held else ():
        if not _is_no_claim(said, match):
            why = "no benchmark was asked for in this run; say the figure, or compare it with benchmark"
            yield line.sentence.start + match.start(), line.sentence.start + match.end(), match.group(), why
    for match in _pattern().finditer(said):
        if (
            _known(match.group(), held)
            or _is_no_claim(said, match)
            or _named(match, line)
            or _is_figure_of_speech(said, match)
        ):
            continue
        if not _is_measured(said, line):
            continue
        start = line.sentence.start
        what = match.group()
        why = f"the data holds nothing about {lower(what)!r}; say only what its columns, comments and events show"
        yield start + match.start(), start + match.end(), what, why


@functools.cache
def _pattern() -> re.Pattern[str]:
    """All words of the lists; a hyphen in them stands for a blank or a hyphen."""
    listed = words("operations") | words("measures") | words("traits")
    forms = sorted((re.escape(word).replace(r"\-", _NEAR) for word in listed), key=len, reverse=True)
    return re.compile(rf"(?<![\w-])(?:{'|'.join(forms)})(?:['’]s|s['’])?(?![\w-])", re.IGNORECASE)


def _known(text: str, held: frozenset[str]) -> bool:
    """Whether the data, the question or a text of the run names it."""
    return all(
        _stem(word) in held or (len(word) > 7 and word[:6] in held)
        for word in re.findall(r"[^\W\d_]{2,}", lower(text))
        if word not in ("of", "with")
    )


def _stem(word: str) -> str:
    for end in ("ies", "es", "s", "ing", "ed", "e"):
        if word.endswith(end) and len(word) - len(end) > 3:
            return word.removesuffix(end)
    return word


def vocabulary(reading: Reading) -> frozenset[str]:
    """The stems of all words that the data, the question and the texts of the run hold."""
    return frozenset(form for word in _texts(reading) for form in (_stem(word), word[:6]))


def _texts(reading: Reading) -> Iterator[str]:
    yield from reading.names.words
    catalog = reading.catalog
    names = [*catalog.measures, *catalog.times, *catalog.events, *catalog.dimensions, *catalog.tables, catalog.name]
    names += [column for table in catalog.tables.values() for column in table.columns]
    names += [value for dimension in catalog.dimensions.values() for value in dimension.values]
    names += [reading.asked.said, *(known.fact.name for known in reading.evidence.known)]
    names += [str(known.fact.value) for known in reading.evidence.known if known.fact.unit == "text"]
    names += [part for known in reading.evidence.known for pair in known.fact.where.items() for part in pair]
    names += [str(value) for _result, call in reading.evidence.results if call for value in call.arguments.values()]
    names += [caveat for result, _call in reading.evidence.results for caveat in result.caveats]
    names += [known.tool for known in reading.evidence.known]
    for name in names:
        yield from re.findall(r"[^\W\d_]{2,}", lower(name))


def _named(match: re.Match[str], line: Line) -> bool:
    at = line.sentence.start
    return any(m.start < at + match.end() and at + match.start() < m.end for m in line.mentions)


_SPEECH_BEFORE = re.compile(
    r"\b(?:positive|negative|wide|wider|large|larger|small|narrow|clear|comfortable|thin|good|same|random|safety|error|this|that|such)\s+$|"
    r"[\d\x00][\s\d\x00-]*$",
    re.IGNORECASE,
)
_SPEECH_AFTER = re.compile(r"\s+(?:of error|for error|of safety)\b", re.IGNORECASE)
_TIME_BEFORE = re.compile(
    r"\b(?:before|after|since|until|at|around|by|from|prior to) (?:the |its |that |our )?(?:\w+ )?$", re.IGNORECASE
)
_TELLS = re.compile(
    r"[-+\u2212\x00\d%]|\b(?:is|are|was|were|has|have|had|got|gets?|rose|fell|grew|went|came|made|makes?|became|becomes|remains?|stay\w*|"
    r"scor\w*|rat(?:e|ed|es|ing)|answer\w*|chang\w*|show\w*|differ\w*|mov\w*|matter\w*|same|nothing|look\w*|point\w*|suggest\w*|mean\w*|tell\w*|improv\w*|worsen\w*|increas\w*|decreas\w*|drop\w*|declin\w*|slow\w*|fail\w*|caus\w*|driv\w*|drove|hurt\w*|help\w*|will|"
    r"because|due|more|less|fewer|higher|lower|better|worse|by|per|among|between)\b",
    re.IGNORECASE,
)


def _is_figure_of_speech(said: str, match: re.Match[str]) -> bool:
    """ "by a wide margin", "in positive territory", "201-1000 employees", "before the launch"."""
    before, after = said[: match.start()], said[match.end() :]
    if _SPEECH_BEFORE.search(before) or _SPEECH_AFTER.match(after):
        return True
    return bool(_TIME_BEFORE.search(before)) and lower(match.group()) in ("launch", "release", "rollout", "roll-out")


def _is_measured(said: str, line: Line) -> bool:
    """Whether the sentence tells something of it at all."""
    return bool(line.figures) or bool(_TELLS.search(said))


def _is_no_claim(said: str, match: re.Match[str]) -> bool:
    before = clause_before(said, match.start())
    if _STEERED.search(said) or ADVICE.search(said):
        return True
    return bool(DOUBTED.search(before) or DENIED.search(before))
