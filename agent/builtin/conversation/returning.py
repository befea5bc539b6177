"""Follow-ups that lift, go back, point or keep: "for all regions", "back to the total", "the second one"."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from agent.builtin.conversation.merging import changed
from agent.builtin.conversation.onward import GO_BACK, MORE, MUCH, SPLIT, WIDER, go_back, more, much, split, wider
from agent.builtin.conversation.others import (
    HOW_MANY,
    OTHERS,
    REST,
    WHICH_THEIRS,
    WITHOUT_THEM,
    NotMeant,
    how_many,
    others,
    rest,
    which_theirs,
    without_them,
)
from agent.builtin.conversation.reshaping import ADD, NUMBER, PUT_BACK, SHARE, SORT, add, number, put_back, share, sort
from agent.builtin.conversation.talk import Talk, need_frame, option
from agent.builtin.frame import Frame, Refusal
from agent.builtin.vocabulary import phrase
from tools.measure.score import NpsResult
from warehouse.periods import parse_period, span

Shortcut = Callable[[Talk, re.Match[str]], Frame]

_AND = r"(?:(?:and|but|now|ok|then|so|please)[\s,]+)*"
_AGAIN = r"(?:[\s,]+(?:again|now|then|together|instead|please|this time))*"
_ALL = (
    rf"{_AND}(?:(?:for|in|over|across|of|with|on|from) )?(?:all|every|any|each and every) (?:of )?(?:the |our )?"
    rf"(?P<all>.+?){_AGAIN}"
)
_LIFT = (
    rf"{_AND}(?:without|drop|remove|lift|forget|ignore|leave out|take (?:away|off)|no) (?:the |that |this |my )?"
    rf"(?P<all>.+?) (?:filter|restriction|limit|limitation|condition)s?{_AGAIN}"
)
_BACK = (
    rf"{_AND}(?:go |going |let'?s go |take me |return |come )?(?:back )?to (?:the |our )?"
    r"(?:overall|total|whole|general|entire|company|main|full|original)"
    r"(?: (?:figure|number|nps|score|picture|result|view|one))?"
    r"(?: (?:for|of|with|over|across) (?:all|every|everyone|everybody|the whole)\b[\w ]*)?"
)
_FORM = (
    r"(?:(?:can|could) (?:you|i|we) )?(?:please )?(?:(?:show|give|put|present|display|see|have|get|want|draw|plot)\s+)?"
    r"(?:me |us )?(?:it|that|this|them|these|those|the (?:same|numbers|figures|result|results))?\s*"
    r"(?:as|in|into|in the form of) (?:a |an )?"
    r"(?:tables?|charts?|graphs?|plots?|lists?|bullets?|bullet points|bar charts?|line charts?|tabular form|table form)"
    r"(?:,? please)?"
)
_PLACES = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "fifth": 5, "5th": 5,
    "last": -1, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5,
}  # fmt: skip
_NTH = (
    rf"{_AND}(?:(?:tell|show|give) (?:me |us )?(?:more |something )?(?:about |of |on )?|what (?:is|was|about|of) "
    r"|how about |(?:the )?nps (?:of|for) |(?:more|details) (?:about|on|of) )?(?:the )?(?:number |no\.? ?|#)?"
    r"(?P<place>first|second|third|fourth|fifth|last|1st|2nd|3rd|4th|5th|(?<=number )[1-5]|(?<=#)[1-5])"
    r"(?: one| in the list| of (?:them|these|those)| place| segment| group)?"
)
_BOTH = (
    rf"{_AND}(?:can you |please )?(?:compare|contrast) (?:those|these|the|them)?\s*(?:two|both|them|those|these)?"
    r"(?: with each other| to each other| directly| head to head)?"
)
_SINCE = (
    r"(?:and |but |what about |how about |how has it been )*"
    r"(?:since(?: then)?|ever since|from then on|from there on|afterwards)"
)
_TIMES = frozenset(["year", "month", "quarter", "week", "day", "time", "period", "date"])


def widened(talk: Talk, found: re.Match[str]) -> Frame:
    """Without the filter on one dimension, or without the period."""
    frame = need_frame(talk)
    words = phrase(found["all"])
    if set(words) & _TIMES and not frame.before:
        return changed(frame, period=None)
    named = {entry.name for entry in talk.lexicon.strongest(words) if entry.kind == "dimension"}
    held = {**frame.where, **(frame.group if frame.op == "compare_groups" and not frame.against else {})}
    lifted = named & set(held)
    if not lifted and words and words[-1] in ("customer", "user", "client", "guest", "patient", "people", "answer"):
        lifted = set(held)
    if len(lifted) != 1 and not (lifted and lifted == set(held)):
        raise NotMeant
    where = {name: wanted for name, wanted in frame.where.items() if name not in lifted}
    if frame.op == "compare_groups" and set(frame.group) & lifted:
        return Frame("level", where=where, period=frame.period)
    return changed(frame, where=where)


def overall(talk: Talk, found: re.Match[str]) -> Frame:
    """The figure of everybody, over all answers."""
    del found
    need_frame(talk)
    return Frame("level")


def same_again(talk: Talk, found: re.Match[str]) -> Frame:
    """The same figures: every answer shows its table and its chart where it has one."""
    del found
    return changed(need_frame(talk))


def nth(talk: Talk, found: re.Match[str]) -> Frame:
    """The one in that place of the list that was just told."""
    frame, place = need_frame(talk), _PLACES[found["place"].lower()]
    names = _listed(talk, frame)
    if not 1 <= abs(place) <= len(names):
        raise Refusal("clarify", "Which one do you mean?", names[:8])
    name = frame.by[0]
    value = names[place - 1 if place > 0 else place]
    return Frame("level", where={**frame.where, name: [value]}, period=frame.period)


def both(talk: Talk, found: re.Match[str]) -> Frame:
    """The two ends of a ranking, or the two values of a split, against each other."""
    del found
    frame = need_frame(talk)
    if frame.op == "compare_groups":
        return changed(frame)
    names = _listed(talk, frame)
    if frame.op == "split" and len(names) != 2:
        raise Refusal("clarify", "Which two do you mean?", [option(frame.by[0], name) for name in names[:8]])
    group, against = {frame.by[0]: [names[0]]}, {frame.by[0]: [names[-1]]}
    return Frame("compare_groups", group=group, against=against, where=dict(frame.where), period=frame.period)


def _listed(talk: Talk, frame: Frame) -> list[str]:
    """The values of a ranking or split, in the order in which they were told."""
    found = talk.result(NpsResult)
    ranked = found is not None and found.ranking is not None and found.by == frame.by and len(frame.by) == 1
    if frame.op not in ("rank", "split") or found is None or found.ranking is None or not ranked:
        raise Refusal("clarify", "Which one do you mean? Please name it.", [])
    order = list(found.ranking.order)
    return order if frame.end == "lowest" else order[::-1]


def since(talk: Talk, found: re.Match[str]) -> Frame:
    """From the end of the period that was told up to the newest answer."""
    del found
    frame, as_of = need_frame(talk), talk.catalog.as_of
    if not frame.period or as_of is None:
        raise Refusal("clarify", "Since when? Name a month, a quarter or a day.", [])
    told = parse_period(frame.period, as_of=as_of)
    if told.end is None or told.end >= as_of:
        raise Refusal("clarify", f"There are no answers after {frame.period}. Since when do you mean?", [])
    return changed(frame, period=span(told.end + dt.timedelta(days=1), as_of).label)


_SHORT: tuple[tuple[str, Shortcut], ...] = (
    (_BACK, overall), (_FORM, same_again), (_NTH, nth), (_BOTH, both), (_SINCE, since), (_LIFT, widened),
    (_ALL, widened), (GO_BACK, go_back), (REST, rest), (OTHERS, others), (WITHOUT_THEM, without_them),
    (WHICH_THEIRS, which_theirs),
    (HOW_MANY, how_many), (WIDER, wider), (MORE, more), (SPLIT, split), (MUCH, much),
    (SHARE, share), (NUMBER, number), (SORT, sort), (PUT_BACK, put_back), (ADD, add),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern, re.IGNORECASE), shortcut) for pattern, shortcut in _SHORT)


def returning(plain: str, talk: Talk) -> Frame | None:
    """The frame of such a follow-up; None when it is none."""
    for pattern, made in _COMPILED:
        found = pattern.fullmatch(plain)
        if found:
            try:
                return made(talk, found)
            except NotMeant:
                continue
    return None
