"""Words of cause that claim none: of methods and arithmetic, of ranks and advice, of what is open."""

from __future__ import annotations

import re
from dataclasses import dataclass

from agent.check import causewords as say
from agent.check.reading import Reading


@dataclass(frozen=True)
class Cue:
    """Words that make something the cause of something."""

    start: int
    end: int
    text: str
    side: say.Side
    cause: str
    """What is said to be the cause."""
    effect: str
    """What is said to be its effect."""


_METHOD = re.compile(
    r"^\W*(?:(?:and|but|so|the|a|an|this|its|their|our),? )*(?:\d+ ?% )?(?:re-?weight\w*|weight(?:s|"
    r"ing)?|adjust\w*|restrict\w*|exclu\w*|leaving|dropping|interval|margin|"
    r"test|correction|estimate|standard error|design effect|model|method|analysis|calculation)\b",
    re.IGNORECASE,
)
_ROWS = re.compile(
    r"\b(?:no score|score (?:was|is|is not|outside)|outside the scale|missing|blank|empty|duplicat\w*|"
    r"unusable|no date)\b",
    re.IGNORECASE,
)
_RANKED = re.compile(
    r"\b(?:comes? (?:next|first|second|third|last)|ranks?|ranked|priorit\w*|tackle|focus\w*|"
    r"start (?:with|there)|worth (?:doing|a look|fixing)|"
    r"goes first|put (?:first|last)|first choice|recommend\w*|suggest\w*|I (?:chose|took|used|left|compared|picked))\b",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\bif (?:both|the|all|these|those|each)\b[^.;]{0,80}\b(?:otherwise|alike|in parallel|the same way|without it)\b",
    re.IGNORECASE,
)
_EVIDENCE = re.compile(
    r"\b(?:evidence|proof|forecast|prediction|guess|hint|answer(?:ed)? (?:to|whether)|conclu\w+|verdict|claim|caution|"
    r"reassur\w+|confiden\w+|certain\w*|reliab\w+|precis\w+|unknown|untested|be tested|be answered|be told)\b",
    re.IGNORECASE,
)
_HAPPENED_TO = re.compile(
    r"\b(?:nps|scores?|satisfaction|loyalty|customers?|users?|guests?) (?:\w+ )?(?:rose|fell|dropped|declined|improved|"
    r"worsened|gained|lost|left|cancel\w+|churn\w+)\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"\b(?:comments?|reviews?|remarks?|notes?|words?|feedback)\b", re.IGNORECASE)
_ARITHMETIC = frozenset(["cost_to_whole", "nps_change_if_alike", "cost", "nps_without"])
_DENIAL = re.compile(
    r"\b(?:not|no|never) (?:a |the |any )?causes?\b|\bnot what (?:would|made|makes|drove)\b|\bopposite of what\b",
    re.IGNORECASE,
)


def is_figurative(cue: Cue, said: str, reading: Reading) -> bool:
    """Whether a word of cause claims none here."""
    word, after = cue.text.lower().strip(), said[cue.end :]
    before = said[: cue.start]
    if word == "as" and re.match(
        r"\s*(?:it|they|this|that)?\s*(?:always|usual\w*|ever|often|expected|is usual|before)\b", after
    ):
        return True
    if word.endswith("down to") and re.match(r"\s*(?:about |roughly |around )?[-+\u2212\x00\d]", after):
        return True  # "NPS is down to +5.6"
    if word == "deciding" and re.search(r"\b(?:before|after|when|while|without|until) $", before):
        return True
    if re.search(r"account|move|explain|chang|rais|lower|reduc|shift|push|pull|bring|take", word) and _METHOD.match(
        cue.cause
    ):
        return True
    if re.search(r"because|since|as\b|due", word) and (_ROWS.search(cue.cause) or _RANKED.search(cue.effect)):
        return True
    if re.search(r"effects?\b", word) and _CONDITION.search(after):
        return True
    if word.startswith("accounting") and re.search(r"\b(?:after|when|once|by|while|even|before|without) $", before):
        return True  # "after accounting for all that were searched"
    if word.startswith("reflect") and re.match(r"\s*(?:only |just )?who (?:\w+ )?(?:answer|respond|took part)", after):
        return True
    if re.search(r"(?:left|leave|leaves|leaving) (?:us )?about", word) and _WRITTEN.search(before):
        return True  # "the comments that detractors left about it"
    if cue.side == "after" and re.match(r"because\b|since|as\b|due", word):
        clause = re.split(r"[;.]|, and |\bbut\b", before)[-1]
        if _EVIDENCE.search(clause) and not _HAPPENED_TO.search(clause):
            return True  # why something is weak evidence, or cannot be told
    if re.match(r"\s*(?:still |itself )?(?:open|unknown|unclear|not known|another (?:matter|question))\b", after):
        return True
    if _DENIAL.search(cue.text) or (_DENIAL.search(said) and re.fullmatch(r"moved|moves|drives?|drove|raises?", word)):
        return True
    return _is_arithmetic(word, reading)


def _is_arithmetic(word: str, reading: Reading) -> bool:
    """ "costs us 16 points", "without the gap the whole would be": what a tool has computed of shares and gaps."""
    if not re.match(r"costs?\b|costing|weighs?|without (?:the|that|this) (?:gap|difference)\b", word):
        return False
    return any(known.fact.name in _ARITHMETIC or "if_alike" in known.fact.name for known in reading.evidence.known)
