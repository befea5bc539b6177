"""Follow-ups about those that were not told: "the other plans", "without them", "which plans are they on?"."""

from __future__ import annotations

import re

from agent.builtin.conversation.merging import changed, settled
from agent.builtin.conversation.talk import Talk, focus, need_frame
from agent.builtin.frame import Frame, Refusal
from agent.builtin.vocabulary import phrase

_AND = r"(?:(?:and|but|now|ok|okay|then|so|please)[\s,]+)*"
_SHOW = (
    r"(?:what about |how (?:do|did|are|is|was|were|does|about) |what (?:do|did) |how about |what is it for "
    r"|(?:show|give|tell) (?:me |us )?|what of |and for |for |in )?"
)
OTHERS = (
    rf"{_AND}{_SHOW}(?:the |all (?:the |of the )?|our )?(?:(?:other|remaining)(?: (?:two|three|four|five|six|\d))?"
    r"(?: (?P<what>[\w -]+?))?|others)(?: (?:as well|too|instead|then|do|doing|score|look|fare|compare|perform|have))*"
)
WITHOUT_THEM = (
    rf"{_AND}(?:what (?:if|happens if|(?:would|is|was|will|does|about)(?: (?:our|the|it|that|nps|score|figure"
    r"|overall|be|look|like|become))*) )?(?:(?:we|you|i) )?(?:without|except|excluding|exclud(?:e|ing)|minus"
    r"|leave|leaving|not counting|ignor(?:e|ing)|drop|take|remove)(?: (?:out|away))? (?:for )?(?:them|those"
    r"|these|it|that one"
    r"|that (?:segment|group|one|lot)|this (?:one|group|segment))(?: (?:out|away|aside))?(?: (?:then|instead))?"
)
WHICH_THEIRS = (
    rf"{_AND}(?:on |in |from |at |to )?(?:which|what) (?P<what>[\w -]+?) (?:are|were|do|did|is|was) (?:they"
    r"|these|those|that|this)"
    r"(?: (?:on|in|from|of|at|belong(?:ing)? to|come from|coming from|use|using|have|mostly|in particular))*"
)
HOW_MANY = (
    rf"{_AND}how many (?:people |customers |answers |responses |respondents |of them )?(?:is|are|was|were) "
    r"(?:that|they|this|it|those|these|there)(?: (?:based on|in total|in numbers|in absolute (?:numbers|terms)"
    r"|actually|then|exactly))*"
)
REST = rf"{_AND}{_SHOW}(?:the |all the )?(?:rest|everyone else|everybody else|all others|remaining ones)(?: do)?"
_COUNTED = ("level", "split", "trend", "count", "share", "average", "commented")


class NotMeant(Exception):  # noqa: N818  it is control flow, not an error
    """The words fit, but they mean something else here."""


def frame_before(talk: Talk) -> Frame:
    """The frame of the last answer, for words that may as well be a whole question: without one they are that."""
    if talk.frame is None:
        raise NotMeant
    return talk.frame


def others(talk: Talk, found: re.Match[str]) -> Frame:
    """All other values of the dimension that was filtered by; the whole ranking after its end."""
    what = found["what"] or ""
    frame = frame_before(talk) if what else need_frame(talk)
    named = (
        {entry.name for entry in talk.lexicon.strongest(phrase(what)) if entry.kind == "dimension"} if what else set()
    )
    one = what.lower() in ("", "one", "ones", "segments", "groups")
    if frame.op == "rank" and not frame.listed and (one or named & set(frame.by)):
        return changed(frame, listed=True, top=None)
    held = {**frame.where, **(frame.group if frame.op == "compare_groups" and not frame.against else {})}
    fitting = [name for name in held if (one and len(held) == 1) or name in named]
    if len(fitting) != 1 or frame.op not in (*_COUNTED, "compare_groups"):
        if one and len(held) > 1:
            raise Refusal("clarify", "The other ones of what?", [f"the other {name}" for name in held])
        raise NotMeant
    name = fitting[0]
    rest = _not_in(talk, name, held[name])
    base = (
        Frame("level", where=dict(frame.where), period=frame.period) if frame.op == "compare_groups" else changed(frame)
    )
    base.where[name] = rest
    base.by = [*[each for each in base.by if each != name], *([name] if len(rest) > 1 else [])]
    return settled(base)


def rest(talk: Talk, found: re.Match[str]) -> Frame:
    """A count or share of everybody else; an NPS is set against that of the rest elsewhere."""
    del found
    frame = need_frame(talk)
    if frame.op not in ("count", "share", "average", "commented") or len(frame.where) != 1:
        raise NotMeant
    name, held = next(iter(frame.where.items()))
    return changed(frame, where={name: _not_in(talk, name, held)})


def _not_in(talk: Talk, name: str, held: list[str]) -> list[str]:
    rest = [value for value in talk.catalog.dimensions[name].values if value not in held]
    if not rest:
        raise Refusal("clarify", f"There is no other {name} in this data.", [])
    return rest


def without_them(talk: Talk, found: re.Match[str]) -> Frame:
    """Everybody but those whom the last answer was about, as one group."""
    del found
    frame = need_frame(talk)
    whom = focus(talk)
    names = [*whom.where][-1:] if whom.taken else [*whom.where]
    if len(names) != 1:
        raise Refusal(
            "clarify", "Without whom? Please name them.", [f"without {wanted[0]}" for wanted in whom.where.values()]
        )
    where = {**whom.where, names[0]: _not_in(talk, names[0], whom.where[names[0]])}
    if frame.op in ("count", "share", "average"):
        return changed(frame, where=where)
    return Frame("level", where=where, period=whom.period)


def which_theirs(talk: Talk, found: re.Match[str]) -> Frame:
    """The last figure, split by what was asked: "which plans are they on?"."""
    frame = frame_before(talk)
    named = {entry.name for entry in talk.lexicon.strongest(phrase(found["what"])) if entry.kind == "dimension"}
    if len(named) != 1 or frame.op not in ("count", "share", "level", "commented"):
        raise NotMeant
    name = named.pop()
    if name in frame.where:
        raise NotMeant
    if frame.op == "level":
        return Frame("count", by=[name], where=dict(frame.where), period=frame.period)
    return settled(changed(frame, by=[name]))


def how_many(talk: Talk, found: re.Match[str]) -> Frame:
    """The number of answers behind what was told."""
    frame = frame_before(talk)
    if frame.op in ("count", "customers", "columns", "span", "rows", "quality", "records"):
        raise NotMeant
    if "there" in found[0].lower().split():
        raise NotMeant
    whom = focus(talk)
    classes = list(frame.classes) if frame.op == "share" else []
    return Frame("count", where=whom.where, period=whom.period, classes=classes)
