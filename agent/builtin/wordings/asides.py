"""What people say around a question: "Honestly, …", "I am worried.", "…, I fear", "or do I imagine that?".

These remarks ask nothing and claim nothing of the data: how sure a finding is stands in every answer anyway.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_SOMEWHAT = r"(?:(?:really|quite|very|a bit|a little|rather|so|somewhat|pretty|just|always|simply|honestly) )*"
_MOOD = (
    r"(?:worried|concerned|afraid|curious|confused|nervous|puzzled|surprised|shocked|alarmed|desperate|unsure"
    r"|not sure"
    r"|lost|new here|no expert|at a loss)"
)
_OPENING = re.compile(
    r"^\W*(?:"
    r"(?:honestly|frankly|seriously|listen|look|to be (?:honest|frank|fair)|tbh|be honest(?: with me)?|come on"
    r"|let['’]?s face it"
    r"|hand on heart|(?:just )?between (?:us|you and me)|out of (?:interest|curiosity)|just curious"
    r"|quick(?: one| question)?"
    r"|one (?:more )?(?:thing|question)|a (?:quick |short |simple |stupid |silly )?question|silly question"
    r"|stupid question"
    r"|help me(?: out)?|sorry to (?:bother|ask|disturb)(?: you)?|oh dear|my god|omg|ugh"
    r"|long story short|in short|in a nutshell|in one sentence|bottom line|simple question"
    r"|straight question)\s*[,.:;!–-]+"
    rf"|i(?: am|['’]m) {_SOMEWHAT}{_MOOD}\s*[,.:;!–-]+"
    r"|(?:(?:my|our|the) (?:\w+ )?(?:boss|ceo|cfo|coo|manager|management|board|team|director|chief|investors?"
    r"|colleagues?)"
    r" (?:wants? to know|would like to know|(?:keeps? |is |are )?ask(?:s|ed|ing)?(?: me| us| you)?|wonders?)"
    r"|(?:i|we) (?:(?:really|just|only|also) )?(?:wish (?:i|we) knew|wonder(?:ed)?|(?:would"
    r"|['’]d) (?:really |just )?(?:love|like) to"
    r" (?:know|understand|find out|learn)|want(?:ed)? to (?:know|understand|find out)|need to (?:know"
    r"|understand|find out)"
    r"|have to know|must know|(?:do not|don['’]?t) (?:know|understand|get|see)|cannot say|can['’]?t (?:say|tell))"
    r"|(?:can|could|would|will) you (?:please )?(?:tell|explain to|enlighten) (?:me|us)|(?:do|does"
    r"|would) (?:you|anyone|anybody) (?:happen to )?know"
    r"|any idea|no idea|please (?:tell|explain to) (?:me|us)|(?:the )?(?:big |only )?question is)"
    r"(?=\W+(?:why|whether|if|which|what|how|who|whom|where|when|is|are|did|do|does|has|have)\b)[,.:;–-]*"
    r"(?:\s+(?:whether|if)\b)?"
    r")\s*",
    re.IGNORECASE,
)
_DOUBT = re.compile(r"^\W*(?:i|we) (?:(?:really|strongly|rather) )?doubt(?: (?:that|if|whether))?\s+", re.IGNORECASE)
_CLOSING = re.compile(
    r"(?:"
    r"[,;.–-]*\s*\bor (?:is|was) (?:it|that|this) (?:an? |my )(?:optical )?(?:illusion|impression|coincidence"
    r"|feeling|fluke|artefact|artifact)\b"
    r"|[,;–-]+\s*(?:as )?(?:everybody|everyone|we all|they all|people|all of us|he|she"
    r"|they) (?:here )?(?:knows?|says?|claims?|thinks?|agrees?)(?: (?:that|so|it))?\b"
    r"|"
    r"[,;.–-]*\s*\bor (?:is|was|are) (?:it|that|this) (?:just|only|merely|all) (?:in )?(?:my|our|an?|me|us)\b[^?.,;]*"
    r"|[,;.–-]*\s*\bor (?:do|am|did|are|was|were) (?:i|we) (?:just |only |simply )*(?:imagin\w+|wrong|mistaken"
    r"|dream\w*|seeing|fool\w*"
    r"|see ghosts|paranoid|overreact\w*|panick\w*|read\w* too much)\b[^?.,;]*"
    r"|[,;.–-]*\s*\bor (?:does|do|did) (?:it|that|this) (?:just|only|merely) (?:look|seem|feel|appear)\b[^?.,;]*"
    r"|[,;.–-]*\s*\bor (?:is|was) (?:it|that|this) (?:just |only |all |merely |pure |mere )*(?:chance|noise"
    r"|coincidence|luck|accident"
    r"|random)\b"
    r"|[,;–-]+\s*(?:i|we) (?:fear|am afraid|['’]m afraid|are afraid|guess|suppose|suspect|hope|think|believe"
    r"|bet|assume|presume|reckon"
    r"|would say|['’]d say|wonder|must know|need to know|have to know)\b"
    r"|[,;–-]*\s*\b(?:if you ask me|in your (?:opinion|view)|in my (?:opinion|view)|do you think|would you say"
    r"|what do you think"
    r"|don['’]?t you think|as far as you can (?:tell|see)|for heaven['’]?s sake|be honest|please be honest"
    r"|honestly|seriously)\b"
    r")\s*(?P<end>[?.!]*)\s*$",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?;])(?<!\bvs\.)(?<!\be\.g\.)(?<!\bi\.e\.)\s+(?=\S)")


@dataclass(frozen=True)
class Aside:
    """A question without the remarks around it."""

    question: str
    said: list[str] = field(default_factory=list)
    """What was set aside, as it was written."""


def set_aside(question: str) -> Aside:
    """The question without the remarks that open and close its sentences; whole sentences are `prefatory`'s."""
    said: list[str] = []
    kept = [_trimmed(text, said) for text in _SENTENCE.split(question.strip()) if text.strip()]
    text = " ".join(part for part in kept if part)
    return Aside(text, said) if text else Aside(question)


def _trimmed(sentence: str, said: list[str]) -> str:
    """A sentence without what opens and closes it."""
    text = sentence
    for _ in range(3):
        found = _OPENING.match(text) or _DOUBT.match(text)
        if found is None or not re.search(r"\w", text[found.end() :]):
            break
        said.append(found[0].strip())
        text = text[found.end() :]
    end = _CLOSING.search(text)
    if end is not None and re.search(r"\w", text[: end.start()]):
        said.append(text[end.start() :].strip(" ,;?.!"))
        text = text[: end.start()] + (end["end"] or ("?" if sentence.rstrip().endswith("?") else ""))
    return text
