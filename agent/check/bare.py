"""Sentences that assert something and rest on nothing: no figure, no tested claim, no doubt, method or advice."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.check import causewords as say
from agent.check.causes import cues
from agent.check.directions import directions
from agent.check.languages import foreign
from agent.check.reading import Line, Reading
from agent.check.said import undotted
from agent.check.superlatives import superlatives

_ABOUT = re.compile(
    r"\b(?:nps|loyalty|satisfaction|scores?|customers?|users?|people|guests?|students?|"
    r"clients?|members?|subscribers?|buyers?|"
    r"everyone|everybody|they|we|us|our|things|trust|mood|experience|business|company|it|this)\b",
    re.IGNORECASE,
)
_OF_ANALYSIS = re.compile(
    r"\b(?:data|answers?|answered|intervals?|tests?|tested|figures?|numbers?|comparisons?|"
    r"compare[ds]?|analys[ei]s|differences?|"
    r"effects?|associat\w+|correlat\w+|samples?|base|periods?|columns?|tables?|charts?|"
    r"estimates?|shares?|average|assum\w+|adjust\w+|"
    r"weight\w*|accounting|statement|mix|sql|query|queries|surveys?|experiment|random\w*|"
    r"themes?|comments?|quotes?|quotations?|caveats?|"
    r"questions?|arithmetic|forecast|measure[ds]?|months?|quarters?|spread|distance|rank\w*|"
    r"picture|segments?|groups?|cells?|list\w*|below|above|"
    r"summary|detail\w*|shown|seen|look\w*|first|next|both|each|former|latter|respectively|"
    r"results?|evidence|hints?|clues?|reading (?:too |so )?much|trend|gap|slope|level|"
    r"together|split|break|direction\w*|sure|certain\w*|confident|hold\w*|happen\w*|explain\w*|"
    r"illustrat\w*|target|benchmark|drift|alike|"
    r"parallel|methods?|rough\w*|guide|go(?:es)? (?:\w+ )?(?:with|together)|read|given|"
    r"called|name[sd]?|mention\w*|wr[io]t\w*|parallel|open|unknown|unclear|moved|change[ds]?|please|here|hello|"
    r"thanks?|sorry|afraid|let me|price to pay)\b",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"^\W*(?:focus|yes|no|not|good|great|quite|nothing|none|neither|nor|note|please|there (?:is|"
    r"are|was|were)|in short|overall|bottom line|so what|ask|"
    r"look|start|read|treat|check|see|run|talk|compare|consider|give|let|try|find|use|"
    r"keep|do not|don't|be |hence the|NPS of|for (?:that|this|a)|to \w+)\b",
    re.IGNORECASE,
)
_YES = re.compile(r"^(?:[^\W\d_]+[\s,]+){1,5}(?:yes|no)\W*$", re.IGNORECASE)
"""By NPS, yes."""
_FRAGMENT = re.compile(
    r"^\W*(?:wh(?:at|ere|y|o|om|ich) (?:\w+ ){0,4}|(?:in|at|on|for|among|by|with) (?:\w+ "
    r"){0,4})\w+\W*$",
    re.IGNORECASE,
)
"""A heading or an answer of a few words, without a verb of its own."""
_OF_FILES = {"describe_data", "data_quality", "sample_size"}
"""Tools whose results are about the survey as such."""
_LEAST = 3
_WHY = "no fact of this run bears that sentence out; say it with its figure, as a doubt or as advice, or leave it out"


def bare(line: Line, reading: Reading) -> Iterator[tuple[int, int, str, str]]:
    """An assertion that nothing carries: (start, end, phrase, why)."""
    said = undotted(line.said).strip()
    raw = reading.page.text[line.sentence.start : line.sentence.end]
    if line.sentence.kind not in ("prose", "item") or line.figures or "?" in said or ":" in said or "\x00" in said:
        return
    if re.match(r"\W*\(", raw) or re.search(r"[\"“”„«»‘]|(?<!\w)'", raw):
        return
    if line.sentence.kind == "prose" and not re.search(r"[.!][\s*_)]*$", raw):
        return
    if {known.tool for known in reading.evidence.known} <= _OF_FILES:
        return
    if len(re.findall(r"[^\W\d_]+", said)) < _LEAST or foreign(line) or _is_carried(said, line, reading):
        return
    if not (line.mentions or _ABOUT.search(said)) or _is_short_answer(said, line, reading):
        return
    yield line.sentence.start, line.sentence.end, line.said.strip()[:60], _WHY


_VERB = re.compile(
    r"\b(?:is|are|was|were|be|has|have|had|do|does|did|will|would|can|could|may|might|must|should|\w+(?:ed|es|ing))\b|\w+[^s\W]s\b",
    re.IGNORECASE,
)
_NAMED_SHORT = 7


def _is_short_answer(said: str, line: Line, reading: Reading) -> bool:
    """ "Monthly customers, clearly.", "Starter is the problem spot.": of what a test bears out."""
    words = re.findall(r"[^\W\d_]+", said)
    if len(words) > _NAMED_SHORT:
        return False
    named = {option for mention in line.strong() for option in mention.options}
    clear = any(known.tested in ("up", "down") and named & set(known.cell.items()) for known in reading.evidence.known)
    verb = re.search(r"\b(?:is|are|was|were)\b", said)
    if verb or _VERB.search(" ".join(word for word in words if word.lower() not in _PLURALS)):
        return (
            clear
            and verb is not None
            and not re.search(
                r"\b(?:not|no|never|un\w+|dis\w+|happ\w*|lov\w*|loyal\w*|on the mend|thriv\w*|recover\w*)\b",
                said,
                re.IGNORECASE,
            )
        )
    return bool(line.mentions)


_PLURALS = frozenset(
    ["customers", "users", "answers", "guests", "students", "members", "accounts", "clients", "plans", "segments"]
)


def _is_carried(said: str, line: Line, reading: Reading) -> bool:
    if any(
        pattern.search(said) for pattern in (_OF_ANALYSIS, _FORM, _YES, _FRAGMENT, say.DOUBTED, say.DENIED, say.ADVICE)
    ):
        return True
    if any(True for _cue in cues(said)):
        return True  # judged as a cause
    return any(True for _word in directions(line, reading)) or any(True for _best in superlatives(line))
