"""Follow-ups that give the last figures another form: "in percent", "sort that, worst first", "put Growth back in"."""

from __future__ import annotations

import re

from agent.builtin.conversation.merging import changed, settled
from agent.builtin.conversation.others import NotMeant, frame_before
from agent.builtin.conversation.talk import Talk, need_frame
from agent.builtin.frame import Frame
from agent.builtin.vocabulary import phrase

_AND = r"(?:(?:and|but|now|ok|okay|then|so|please)[\s,]+)*"
_ASK = r"(?:(?:can|could|would) (?:you|i|we) )?(?:please )?"
_IT = r"(?:it|that|this|them|these|those|the (?:list|table|result|results))"
SHARE = (
    rf"{_AND}(?:what is (?:it|that) |(?:and )?how much is (?:it|that) |{_ASK}(?:show|give|tell|put|have) (?:me "
    rf"|us )?(?:{_IT} )?)?"
    r"(?:in|as an?|as|what) (?:percent(?:age)?s?|per cent|%|share|proportion|fraction|relative terms)(?: (?:is"
    r"|are|of the total|is that|are they))?"
)
NUMBER = (
    rf"{_AND}(?:what is (?:it|that) |{_ASK}(?:show|give|tell|put|have) (?:me |us )?(?:{_IT} )?)?"
    r"(?:in|as) (?:absolute (?:numbers|terms|figures)|(?:real |plain |absolute )?(?:numbers|counts?|heads)|a "
    r"(?:number|count))"
)
SORT = (
    rf"{_AND}{_ASK}(?:sort|order|rank|arrange)(?:ed)?(?: {_IT})?(?: by (?:nps|score|value))?(?:,? please)?,?(?: "
    r"from)?(?: the)?"
    r"(?: (?:(?P<low>worst|lowest|weakest)|(?P<high>best|highest|strongest|top))(?: (?:first|to .+|on top|at "
    r"the top))?)?(?:,? please)?"
)
PUT_BACK = (
    rf"{_AND}{_ASK}(?:(?:put|add|bring|take) (?:the )?(?P<a>[^,.;:]+?) back(?: in)?|(?P<with>with|include"
    r"|including|re-?add|add)"
    r" (?:the )?(?P<b>[^,.;:]+?)(?: (?:again|back|back in|as well|too|after all))?)"
)
ADD = (
    rf"{_AND}{_ASK}(?:add|plus|cross(?:ed)?(?: (?:it|that|this))? (?:with|by)|combined? (?:it |that |this )?with"
    r"|also by|by|and by)"
    r" (?:the )?(?P<what>[\w -]+?)(?P<too> (?:too|as well|also|on top))?"
)
_COUNTS = ("count", "share")


def share(talk: Talk, found: re.Match[str]) -> Frame:
    """The count as a share."""
    del found
    frame = need_frame(talk)
    if frame.op not in _COUNTS or not frame.classes:
        raise NotMeant
    return changed(frame, op="share")


def number(talk: Talk, found: re.Match[str]) -> Frame:
    """The share as a count."""
    del found
    frame = need_frame(talk)
    if frame.op not in _COUNTS or not frame.classes:
        raise NotMeant
    return changed(frame, op="count")


def sort(talk: Talk, found: re.Match[str]) -> Frame:
    """The split or ranking in order."""
    frame = need_frame(talk)
    if frame.op not in ("split", "rank") or len(frame.by) != 1 or frame.grain:
        raise NotMeant
    end = "lowest" if found["low"] else "highest"
    return changed(frame, op="rank", end=end, listed=True, top=None)


def put_back(talk: Talk, found: re.Match[str]) -> Frame:
    """A value that was left out counts again."""
    frame = frame_before(talk)
    words = phrase(found["a"] or found["b"])
    for entry in talk.lexicon.strongest(words):
        held = frame.where.get(entry.name, [])
        if entry.kind != "value" or entry.value is None or len(held) < 2 or entry.value in held:
            continue
        every = [*held, entry.value]
        where = {**frame.where, entry.name: every}
        if set(every) >= set(talk.catalog.dimensions[entry.name].values):
            del where[entry.name]
        elif found["with"]:  # "with Growth", where more than it was left out
            continue
        return changed(frame, where=where)
    raise NotMeant


def add(talk: Talk, found: re.Match[str]) -> Frame:
    """A second split beside the first."""
    frame = frame_before(talk)
    named = {entry.name for entry in talk.lexicon.strongest(phrase(found["what"])) if entry.kind == "dimension"}
    plain = re.match(r"(?:and |but |now |ok |then |so |please |also )*by ", found[0], re.IGNORECASE) is not None
    if len(named) != 1 or named & {*frame.by, *frame.where} or frame.op != "split" or (plain and not found["too"]):
        raise NotMeant
    return settled(changed(frame, by=[*frame.by, *named]))
