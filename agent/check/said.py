"""How something is said: hedged, negated, as a wish, as what the data cannot tell."""

from __future__ import annotations

import re

_BREAK = re.compile(
    r"[;.]\s|,\s+(?:but|while|whereas|although|though|yet|and)\b|\b(?:but|whereas|while|"
    r"although|though|however|yet)\b|:\s",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:whether|if|unless|could|would|might|may|should|can(?:not|'t)?|must|will|unclear|"
    r"uncertain|unsure|inconclusive|undecided|"
    r"cannot|couldn't|not (?:certain|sure|enough|possible|known|proven|established|been "
    r"tested|tested|say|mean|imply|tell|show|prove|support)|"
    r"(?:no|little|without|lacks?|any) (?:sign|evidence|proof|indication|hint|support|"
    r"test)|nothing (?:here )?(?:shows|says|suggests|tells)|too few|"
    r"(?:do|does|did|is|are|was|were)(?: not|n't) (?:show|say|tell|mean|prove|support|"
    r"establish(?:ed)?|confirm(?:ed)?|proven|shown|clear|certain|significant\w*|known|"
    r"tested|possible|enough|distinguish\w*)|"
    r"hard to (?:say|tell)|impossible to|want(?:s|ed)?|hop(?:e|ed|ing)|aim(?:s|ed)?|goal|"
    r"target|in order|so as|help(?:s)?|(?:do|does) not clearly|"
    r"expect(?:ed|s)?|assum(?:e|ed|es|ing)|suppos(?:e|ed|es)|you (?:ask|asked|say|said|"
    r"suspect|expected)|believ\w+|the (?:question|idea|theory|premise|claim|notion) (?:that|"
    r"is|of)|"
    r"(?:not|rather than) that|"
    r"question(?:ed)? (?:is )?whether|look(?:ing)? for|check(?:ing)?|chance alone|by chance|"
    r"check|test(?:ing)? (?:for|whether|if))\b",
    re.IGNORECASE,
)
_TO = re.compile(r"\bto (?!\d)(?:\w+ ){0,2}$", re.IGNORECASE)
_REALLY = re.compile(
    r"\b(?:continu\w+|beg[au]n|start\w*|tend\w*|seem\w*|appear\w*|came|found|shown|prov\w+|"
    r"known|compared|according|due|close|next|likely|up|down|relative) to (?:\w+ ){0,1}$",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"^[^;.]{0,60}?\b(?:is|are|was|were|remains?|has|have|be|been)(?: not|n't) (?:clear|"
    r"certain|significant|statistically|proven|established|tested|supported|known|shown|"
    r"borne out|distinguish\w+|confirmed)|^[^;.]{0,40}?\b(?:cannot be|"
    r"(?:could|may|might) (?:well )?be (?:chance|luck|noise|nothing|coincidence)|"
    r"(?:may|might|could|would) (?:easily |well |still )?(?:have )?(?:be|been|go|gone|remain|remained) "
    r"(?:missed|unnoticed|overlooked|hidden|undetected|unseen)|"
    r"may be chance|is within chance|is unclear|is uncertain|not clearly|would need|would "
    r"take|is not something)",
    re.IGNORECASE,
)
_DOUBTED = re.compile(
    r"worth a look rather than|rather than certain|(?:does|do|did) not (?:hold|survive|"
    r"stand)|not (?:hold|survive|stand) (?:up )?after|but (?:that|this|it) is not (?:clear|"
    r"certain|significant)|\b(?:but|though|although|yet|while|and|;)\b[^.]{0,90}\b(?:includ|contain|span|"
    r"cross|straddl)\w* (?:zero|0\b)|"
    r"\bbut [^.]{0,90}\b(?:is|are|was|were)(?: not|n't) (?:\w+ )?"
    r"(?:distinguishable|clear|certain|significant|established)\b|"
    r"\b(?:but|yet|though|only|is|are) (?:\w+ ){0,8}(?:only )?worth (?:a|another) (?:second |closer |further )?look|"
    r"\bno longer (?:clear|significant|distinguishable)|^[^;.()]{0,60}\bcannot be told (?:from|apart)",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|n't|never|no|nor|neither|without|hardly|didnt|isnt|nobody|nothing|none)\b(?: "
    r"\w+){0,2}\s*$|n't(?: \w+){0,2}\s*$",
    re.IGNORECASE,
)
_NOT_ONLY = re.compile(
    r"\bnot an? (?:\w+ )?$|\bnot (?:only|just|merely)(?: \w+){0,2}\s*$|\bno doubt\b|\bno longer\s*$|\bno,\s*$",
    re.IGNORECASE,
)
_CLEARLY = re.compile(
    r"\b(?:none(?: of (?:them|these|the \w+))?|nobody|no (?:other )?[^\W\d]+|not one)(?: \w+)? "
    r"(?:is|are|was|were|lies?|stands?|scores?) (?:clearly|significantly|certainly|detectably|reliably)\b[^,;.]{0,40}$|"
    r"\b(?:no|not|n't|nor|without|neither)(?: an?y?)?(?: (?:is|be|been|was|it|are|single|"
    r"\w+ly))*\s+(?:clear(?:ly)?|significant(?:ly)?|certain(?:ly)?|sure(?:ly)?|detectabl[ey]|"
    r"reliabl[ey]|necessarily|sign|evidence)\b[^,;.]{0,40}$|"
    r"n't (?:clear(?:ly)?|significant(?:ly)?|necessarily)\b[^,;.]{0,30}$",
    re.IGNORECASE,
)


def undotted(said: str) -> str:
    """The text without what looks like more than it is: points within figures, the month of May. Its length stays."""
    return re.sub(r"(?<=\d)[.,](?=\d)", "\u00b7", re.sub(r"(?<!^)\bMay\b", "mai", said))


def clause_before(said: str, at: int) -> str:
    """What stands before a place in its own clause."""
    window = said[max(0, at - 160) : at]
    cuts = list(_BREAK.finditer(window))
    return window[cuts[-1].end() :] if cuts else window


def clause_after(said: str, at: int) -> str:
    """What stands after a place in its own clause."""
    window = said[at : at + 120]
    cut = _BREAK.search(window)
    return window[: cut.start()] if cut else window


def hedged(said: str, start: int, end: int) -> bool:
    """Whether a claim is no claim: "whether it fell", "to improve", "could rise", "no sign that it fell"."""
    said = undotted(said)
    before = clause_before(said, start)
    if _HEDGE.search(before):
        return True
    if (to := _TO.search(before)) and not _REALLY.search(before[: to.end()]):
        return True
    return bool(_AFTER.match(clause_after(said, end)))


def doubted(said: str, end: int) -> bool:
    """Whether the rest of the sentence takes a claim back: "4.6 points below, but the interval includes zero"."""
    return bool(_DOUBTED.search(undotted(said)[end : end + 220]))


def no_clear(said: str, start: int, end: int) -> bool:
    """ "not clearly lower", "no significant drop"."""
    del end
    return bool(_CLEARLY.search(clause_before(said, start)))


def negated(said: str, start: int) -> bool:
    """ "did not fall", "not lower"."""
    before = clause_before(said, start)
    return bool(_NOT.search(before)) and not _NOT_ONLY.search(before)
