"""Two questions in one sentence: "What is our NPS, and which plan is lowest?" is answered part by part.

A sentence is only taken apart where what stands after "and" asks for something by itself. A part that names no group
and no time is about those of the other one, where its words leave that open, and the answer says so.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Sequence

from agent.builtin.frame import Frame, Refusal
from agent.builtin.naming import describe

MOST = 3
_HEAD = (
    r"(?:what(?:'s|’s)?|which|who|where|when|why|how (?:many|much|is|are|do|does|did|has|have|big|large|sure)|"
    r"(?:on|from|by|of) (?:how many|which|what)|(?:show|give|tell|list|rank|compare|name|plot)\b|"
    r"(?:the |our |their |its )?(?:nps|net promoter score|average|mean|avg|number of|count of|share of|percentage of|"
    r"proportion of|trend|base|sample size)\b)"
)
_JOINT = re.compile(
    r"\s*(?:[,;]?\s+(?:and|plus|as well as|along with)(?:\s+(?:also|then|besides))?|[?;.](?:\s+(?:and|also))?"
    r"|,\s*also)"
    rf"\s+(?:please )?(?={_HEAD}\b)",
    re.IGNORECASE,
)
_SAME = re.compile(
    r"(?:what|which|where|how|who)\b[^,;]{0,30}?"
    r"\b(?:good|bad|not|n't|don't|passives?|promoters?|detractors?|weak|strong)\W*$"
    r"|(?:what|which) (?:ones? )?(?:do|does|did|are|is|was|were|has|have) "
    r"(?:not|n't|the |\w+est\b|best|worst|least|most)"
    r"|(?:why|nps(?: i mean)?|how so)\W*$"
    r"|(?:show|list|give|tell|plot|rank|sort|split|break|do)(?: me| us)? (?:it|them|this|that|these|those)\b"
    r"|how many (?:of (?:them|those|these) )?(?:have )?(?:answered|responded|replied)\W*$"
    r"|(?:what|how much) (?:do|did|are|were) they (?:add up to|sum up to|sum to|total|worth|amount to)\W*$",
    re.IGNORECASE,
)
""" "How many are promoters and how many detractors", "which is best and which is worst": one question."""
_ANSWERS = r"(?:answers|responses|scores|ratings|replies|people)"
_TOLD = re.compile(
    r"[,;]?\s+(?:and|plus|with|as well as)\s+(?:also\s+)?(?:(?:tell|give|show) me\s+)?(?:"
    rf"(?:(?:on|from) )?how many {_ANSWERS} (?:is |are )?(?:it|they|that|this|those|behind|underlie)\b[\w ]{{0,24}}"
    rf"|(?:the |its )?(?:number of {_ANSWERS}|base(?: size)?|sample(?: size)?|n)"
    r"(?: (?:behind|under|of|for) (?:it|that|this|them|each))?"
    r"|by how (?:much|many)(?: nps)?(?: points)?"
    r"|(?:the |its )?(?:confidence )?(?:interval|margin(?: of error)?|uncertainty)"
    r"|how sure (?:are )?(?:we|you)(?: are)?)\W*$",
    re.IGNORECASE,
)
"""What every figure is told with: its base, its interval, the size of a difference."""
_ASKS = re.compile(rf"\b(?:{_HEAD}|nps|net promoter|averages?|mean|scores?|rank\w*|trends?)\b", re.IGNORECASE)
_ASKING = re.compile(
    r"(?:(?:and|please|so|ok)\W+)*(?:what|which|who|where|when|why|how|is|are|do|does|did|can|show|give|tell|list)\b",
    re.IGNORECASE,
)
_PAIRED = re.compile(r"\b(?:between|compare|against|versus|vs|difference|than|gap)\b", re.IGNORECASE)
_WHOLE = re.compile(
    r"\b(?:our|overall|whole|total|in all|altogether|everyone|everybody|company|general)\b", re.IGNORECASE
)
_PLAIN = frozenset(
    ["level", "split", "rank", "trend", "count", "share", "average", "scores", "customers", "commented", "records"]
)


def parts(question: str) -> list[str]:
    """The questions in a sentence, in order; one where it asks for one thing."""
    text = _TOLD.sub("", question.strip())
    if _PAIRED.search(text):
        return [text]
    found, start = [], 0
    for spot in _JOINT.finditer(text):
        left, right = text[start : spot.start()], text[spot.end() :]
        statement = text[spot.start() : spot.end()].lstrip()[:1] in (".", ";") and not _ASKING.match(left.strip())
        if _ASKS.search(left) and not _SAME.match(right) and not statement:
            found.append(left.strip(" ,;?."))
            start = spot.end()
    return [*found, text[start:]]


def answered_together(questions: Sequence[str], resolve: Callable[[str], Frame]) -> Frame:
    """The frames of all parts: the first, with the others beside it.

    Raises Refusal where one of them cannot be answered: then each is to be asked by itself.
    """
    if len(questions) > MOST:
        raise Refusal("clarify", "That asks several things at once. Which one first?", list(questions))
    try:
        frames = [resolve(question) for question in questions]
    except Refusal as refusal:
        raise Refusal("clarify", f"That asks two things. Which one first? {refusal.text}", list(questions)) from None
    first, *others = _with_shared_scope(frames, questions)
    return dataclasses.replace(first, also=others)


def _with_shared_scope(frames: Sequence[Frame], questions: Sequence[str]) -> list[Frame]:
    """Filter and period of the one part that names any, where the others leave open whom they are about."""
    scoped = [at for at, frame in enumerate(frames) if frame.where or frame.period]
    if len(scoped) != 1 or frames[scoped[0]].op == "value_share":
        return list(frames)
    source = frames[scoped[0]]
    told = []
    for at, (frame, question) in enumerate(zip(frames, questions, strict=True)):
        if at == scoped[0] or _WHOLE.search(question) or not _takes(frame):
            told.append(frame)
            continue
        shared = dataclasses.replace(frame, where=dict(source.where), period=source.period)
        told.append(dataclasses.replace(shared, read_as=[*frame.read_as, f"read as: {describe(shared)}"]))
    return told


def _takes(frame: Frame) -> bool:
    """Whether the other part's filter may be meant for it: not where it splits or compares by itself."""
    return frame.op in _PLAIN and frame.before is None and not frame.by
