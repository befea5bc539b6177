"""Sentences around a question that ask nothing: greetings, thanks, what somebody feels or has to do.

A sentence is set aside only where it names nothing of the data, no time, no number and no kind of figure, and does
not narrow what is asked ("I only want …"). What is more than small talk is set aside aloud: the answer says so.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from agent.builtin.lexicon import Lexicon
from agent.builtin.reading import Mention, Reading, read
from agent.builtin.vocabulary import tokens
from warehouse.catalog import Catalog

_BOUNDS = re.compile(
    r"(?<=[.!?…])\s+|\s*[;:]\s+|\n+|\s+[–—-]+\s+"
    r"|\s*[:;]-?[)(DP](?=\s|$)\s*|\s+(?=but (?:that|it|this) )|\s+(?=and (?:i |we )?(?:need|want|would like"
    r"|have to have|must have|must know"
    r"|have to know) )|,\s+(?=(?:but|so|and so|anyway|now|could|can|would|please|what|which|how|why|who|where"
    r"|when|tell|show|give|thanks?|thank"
    r"|thx|cheers|i|we|just|hope|it|that|sorry|if (?:possible|you|i may|that))\b)|\s*\.{2,}\s*",
    re.IGNORECASE,
)
_START = (
    r"^\W*(?:(?:well|so|ok|okay|and|but|because|hm+|oh|ah|honestly|actually|frankly|yes|yeah|no|anyway|btw|see"
    r"|look)\b[\s,]+)*"
)
_PERSONAL = re.compile(
    rf"{_START}(?:(?:i|we)(?:['’](?:m|ve|re|d|ll))?\b|my\b|(?:that|it|this|he|she)(?:['’]s)?\b|just my\b|not "
    r"(?:sure|what|bad|good)\b"
    r"|there(?:['’]s)? (?:is|was|must)\b|did(?: not|n['’]t)\b|hope|hoping|sorry|apologies|excuse|forgive|pardon|the "
    r"(?:boss|board|ceo|cfo|management|team)\b|some(?:one|body)\b|people (?:here|in the office)\b)",
    re.IGNORECASE,
)
_NARROWS = re.compile(
    r"\b(?:only|solely|exclud\w*|without|except|ignor\w*|leav(?:e|es|ing) (?:\w+ )?(?:out|aside)|mean|meant"
    r"|assum\w*|suppos\w*|if|unless|instead|rather"
    r"|limit\w*|restrict\w*|filter\w*|focus\w*|interested|car(?:e|es|ing) (?:about|for)|concern\w*|regarding"
    r"|looking at|talking about"
    r"|thinking (?:of|about)|consider\w*|counts?|includ\w*|drop\b|compar\w*|versus|vs|between|per|split|break"
    r"|group\w*|weigh\w*"
    r"|defin\w*|call(?:s|ed)?|use|using|treat\w*|take|takes|instead of|need (?!this|that|it|these|to know|to "
    r"present|your|some|help"
    r"|a hand)|want(?:s|ed)? (?!this|that|it\b|to know|to understand|to ask|to thank)|(?:would|['’]d) (?:like"
    r"|love) (?!to (?:ask|thank|know)))\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"^\W*(?:and |so |but |ok |hm+,? )*(?:is|was|are|were|does|did|do|has|have|can|could|why|how come|really"
    r"|right|true|correct|am i"
    r"|what(?:'s| is)? (?:behind|wrong|happened|changed))\b(?:\s+(?:it|that|this|so|they|those|he|right|true"
    r"|wrong|correct|i|be"
    r"|really|the case|happen|explain|drove|caused|why|not|there))*\W*$",
    re.IGNORECASE,
)
""" "Is it?", "why is that?": such a question leans on the statement before it."""
_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|how|why|when|where|is|are|was|were|do|does|did|has|have|can|could|should"
    r"|will|would"
    r"|show|tell|give|list|rank|compare|explain|find|split|break|nps|net promoter|scores?|and)\b|\?",
    re.IGNORECASE,
)
_QUESTION = re.compile(
    rf"{_START}(?:please )?(?:what|which|who|whom|whose|how|why|when|where|is|are|was|were|do|does|did(?! not|n)"
    r"|has|have|can|could"
    r"|should|will|would|show|tell|give|list|rank|compare|explain|find|split|break|plot|draw|forget|never ?mind"
    r"|drop|sort(?! of)|sorted|order|arrange|add|include|put|switch|change|replace|count|repeat|swap"
    r"|remove|ignore|leave|exclude|only|just (?!my|a|an|so)|without|for|in|by|per|of|with|same|the same|back|go)\b",
    re.IGNORECASE,
)
_OFFERS = re.compile(
    r"^\W*(?:(?:oh |wow |hm+ )?(?:really|seriously|is that so|are you (?:serious|kidding)|huh|what's up|how's "
    r"life|sup|how do you do)"
    r"|(?:can|could|would|will) you (?:please |maybe |perhaps )?(?:help|assist)(?: me| us)?(?: out)?(?: with "
    r"(?:this|that|something|a question))?"
    r"|(?:can|could|may) i (?:ask|bother)(?: you)?(?: (?:something|a question|one thing|one more thing))?"
    r"|are you (?:there|ready|awake|busy)|how are you(?: doing)?(?: today)?|how(?:'s| is) it going|you know what"
    r"|guess what"
    r"|do you have (?:a (?:minute|moment|second|sec))|got a (?:minute|moment|second|sec)|mind if i ask(?: "
    r"you)?(?: something)?)\W*$",
    re.IGNORECASE,
)
"""Questions that are no more than a polite way to begin."""
_FAVOUR = re.compile(
    r"^\W*(?:(?:can|could|would|will) you |please )(?:please |just )?(?:do me (?:a|the|one) (?:\w+ )?favou?r|be "
    r"so (?:kind|nice)|help me(?: out)?)"
    r",? and (?=\w)"
    r"|^\W*(?:any chance (?:that )?you (?:could|can|would)|is there any (?:chance|way) (?:that )?you (?:could"
    r"|can)|do you think you (?:could|can)"
    r"|would it be possible (?:for you )?to) (?=(?:please |quickly )?(?:give|show|tell|list|split|get|find"
    r"|compute|calculate|break|compare|rank|plot)\b)",
    re.IGNORECASE,
)
_HERE = re.compile(
    r"^\W*(?:(?i:hi|hello|hey|good morning)\W+)?(?:(?i:this is|it['’]s|i['’]m|i am|my name is) "
    r")?[A-Z]\w+(?: \w+)? (?:from|in|of|at) [\w ]{2,30} (?:here|speaking)\W*$"
)
""" "Hi, Anna from marketing here."."""
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SMALL: frozenset[str] = frozenset(
    yaml.load((Path(__file__).parent / "smalltalk.yaml").read_text(encoding="utf-8"), Loader=_Loader)["words"]
)
"""The words of small talk; a time or a name among them is found by reading, and then the sentence stays."""
_JUDGED = frozenset(
    ["lower", "higher", "worst", "best", "compare", "sure", "not", "which", "whom", "whole", "most", "now"]
)
_JUDGED |= {"impact", "each", "quality", "why", "segment", "answers", "rank", "benchmark", "span", "count"}
"""Signs that small talk may hold: "that is worse than I thought"."""
_WORK = frozenset(
    [
        "bother",
        "bothering",
        "slide",
        "slides",
        "report",
        "weekend",
        "weekends",
        "urgent",
        "urgently",
        "love",
        "important",
        "numbers",
        "worried",
        "worry",
        "help",
        "helped",
        "work",
        "works",
        "worked",
        "moved",
        "really",
    ]
)
_IF_YOU = re.compile(r"^\W*if (?:you|possible|i may|that|it)\b", re.IGNORECASE)
_MARK = re.compile(r"[\s,;:–—-]+$")


def without_preface(question: str, catalog: Catalog, lexicon: Lexicon) -> tuple[str, list[str]]:
    """The question without the sentences that ask nothing, and what of them must be said to have been set aside."""
    question = _FAVOUR.sub("", question)
    pieces = _pieces(question)
    if len(pieces) < 2:
        return question, []
    kept: list[str] = []
    aside: list[str] = []
    for text in pieces:
        kind = _kind(text, catalog, lexicon)
        if kind == "kept":
            kept.append(text)
        elif kind == "statement":
            aside.append(_MARK.sub("", text.strip()).rstrip(".!…"))
    rest = "".join(kept).strip()
    if not rest or len(kept) == len(pieces) or (not _ASKS.search(rest) and not _names(rest, catalog, lexicon)):
        return question, []
    if _LEANS.match(rest):
        return question, []
    return _tidy(rest), [f'"{text}" set aside: it names nothing of this data' for text in aside]


def only_talk(question: str, catalog: Catalog, lexicon: Lexicon) -> bool:
    """True where nothing is asked: "that is lower than I hoped"."""
    return all(_kind(text, catalog, lexicon) != "kept" for text in _pieces(question))


def _pieces(question: str) -> list[str]:
    """The sentences and clauses, each with what ends it."""
    found, start = [], 0
    for bound in _BOUNDS.finditer(question):
        if question[start : bound.start()].strip():
            found.append(question[start : bound.end()])
            start = bound.end()
    return [*found, question[start:]] if question[start:].strip() else found


def _kind(text: str, catalog: Catalog, lexicon: Lexicon) -> str:
    """small talk, statement or kept."""
    if _OFFERS.match(text):
        return "small talk"
    reading = read(text, catalog, lexicon)
    if _IF_YOU.match(text) and all(word.text in _SMALL for word in tokens(text)):
        return "small talk"
    named = any(m.entries or m.time or (m.number is not None and not _minutes(m, text)) for m in reading.mentions)
    if named or text.rstrip().endswith("?") or _QUESTION.match(text):
        return "kept"
    signs = {sign for m in reading.of("sign") if m.text.lower() not in _WORK for sign in m.signs}
    if not signs <= _JUDGED or _asks_for_more(reading):
        return "kept"
    words = [word.text for word in tokens(text)]
    if all(word in _SMALL for word in words):
        narrows = _NARROWS.search(text) and not _PERSONAL.match(text) and not _IF_YOU.match(text)
        return "kept" if narrows else "small talk"
    if _HERE.match(text):
        return "statement"
    if _NARROWS.search(text) or not _PERSONAL.match(text) or _names_somebody(text, reading):
        return "kept"
    return "statement"


def _asks_for_more(reading: Reading) -> bool:
    """Something that is not answered was named, beside what people say of their own work."""
    asked = [m for m in reading.mentions if m.unsupported is not None and m.text.lower() not in _SMALL]
    return any(not (m.unsupported or "").startswith("a report") for m in asked)


def _minutes(mention: Mention, text: str) -> bool:
    """ "In ten minutes": when somebody needs it."""
    words = tokens(text)
    following = words[mention.last + 1].stem if mention.last + 1 < len(words) else ""
    return following in ("minute", "min", "hour", "second", "sec")


def _names_somebody(text: str, reading: Reading) -> bool:
    """A name in capitals, or an unknown word after "in", "for", "from" …: it may be whom the question is about."""
    unknown = {word.lower() for word in reading.unknown}
    words = re.findall(r"[\w'’-]+", text)
    for at, word in enumerate(words):
        if word.lower() not in unknown or word.lower() in _SMALL:
            continue
        if word[:1].isupper() and at:
            return True
        before = [w.lower() for w in words[max(at - 3, 0) : at]]
        if {"in", "for", "from", "at", "with", "of", "on", "about", "among", "to"} & set(before):
            return True
    return False


def _names(text: str, catalog: Catalog, lexicon: Lexicon) -> bool:
    return any(m.entries or m.time for m in read(text, catalog, lexicon).mentions)


def _tidy(text: str) -> str:
    return re.sub(
        r"^(?:but|so|anyway|and (?=need|want|i |we "
        r"))[\s,]*",
        "",
        _MARK.sub("", text),
        flags=re.IGNORECASE,
    ).strip()
