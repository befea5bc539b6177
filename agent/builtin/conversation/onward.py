"""Follow-ups without a subject: "go back", "show me more", "split it", "is that a lot?", "the two months before"."""

from __future__ import annotations

import re

from agent.builtin.conversation.merging import changed
from agent.builtin.conversation.talk import Talk, need_frame
from agent.builtin.frame import Frame, Refusal
from agent.builtin.numberwords import NUMBER_WORDS
from warehouse.periods import parse_period, shift, span

_AND = r"(?:(?:and|but|now|ok|okay|then|so|please|well)[\s,]+)*"
_ASK = r"(?:(?:can|could|would|will) (?:you|i|we) )?(?:please )?"
GO_BACK = (
    rf"{_AND}{_ASK}(?:let'?s )?(?:(?:the )?(?:previous|earlier) (?:one|answer|question|figure|view)(?: again)?"
    r"|(?:go|take me|step|switch|get|come|turn) back(?: (?:one step|a step|one|again))?|undo(?: that| it)?"
    r"|back(?: again| one step)?|(?:go |take me |switch )?(?:back )?to (?:the |what was |what we had "
    r")?(?:previous|before|earlier)"
    r"(?: (?:one|question|answer|figure|view))?|(?:as|like|the way) (?:it was |we had it )?before)(?:,? please)?"
)
MORE = (
    rf"{_AND}{_ASK}(?:(?:show|tell|give) (?:me |us )?)?(?:some |a (?:bit|little) |any )?(?:more(?: (?:details?"
    r"|of (?:that|it|them|those)"
    r"|about (?:that|it|them|this)|please))?|(?:the )?details|(?:the )?(?:full|whole|complete|entire) (?:list"
    r"|ranking|table|picture|order)"
    r"|all of them|the whole lot)(?:,? please)?|go on|continue|what else|anything else|dig deeper|drill down"
)
SPLIT = (
    rf"{_AND}{_ASK}(?:split|break|cut|slice)(?: (?:it|that|this|them|those))?(?: (?:up|down|out))?(?: (?:further"
    r"|more|again|for me))?"
    r"(?:,? please)?|(?:any |a )?(?:breakdown|split)(?: of (?:that|it|this))?(?:,? please)?"
)
MUCH = (
    rf"{_AND}(?:(?:is|was|are|were|would you say|do you think) (?:that|this|it|they|these|those)(?: (?:is|are))?|how) "
    r"(?:actually |really |now |even |any |considered |so |a |an |pretty |quite |rather )*"
    r"(?:(?:lot|good|bad|high|low|much|many|few|little|normal|ok|okay|usual|typical|decent|great|poor|terrible"
    r"|strong|weak|fine|acceptable"
    r"|healthy|worrying|alarming|impressive|satisfactory|reasonable|good or bad|high or low|(?:good|bad|low"
    r"|high) (?:score|figure|number|value|nps|result))"
    r"(?: (?:is|was|are) (?:that|this|it))?)(?: or (?:bad|low|not|little|a little))?(?: (?:for us|at all|then"
    r"|in general))?"
)
WIDER = (
    r"(?:and |what about |how about |in |for |during )*(?:the )?(?P<n>\d{1,2}|two|three|four|five|six|seven"
    r"|eight|nine|ten|eleven|twelve)"
    r" (?P<unit>day|week|month|quarter|year)s (?:(?P<back>before(?: (?:that|then|it))?|earlier|prior(?: to "
    r"(?:that|it))?)"
    r"|(?P<on>after(?: (?:that|then|it))?|later))"
)


def go_back(talk: Talk, found: re.Match[str]) -> Frame:
    """The answer before the last one."""
    del found
    need_frame(talk)
    if talk.earlier is None:
        raise Refusal("clarify", "To what shall I go back? Please name it.", ["What is our NPS?"])
    return changed(talk.earlier)


def more(talk: Talk, found: re.Match[str]) -> Frame:
    """The whole of what was told in part."""
    del found
    frame = need_frame(talk)
    if frame.op == "rank" and not frame.listed:
        return changed(frame, listed=True, top=None)
    raise Refusal("clarify", "More of what? I can split it, go back in time, or look for what stands out.", _ways(talk))


def split(talk: Talk, found: re.Match[str]) -> Frame:
    """Asked back: by what?"""
    del found
    frame = need_frame(talk)
    held = {*frame.where, *frame.by}
    options = [f"by {name}" for name in talk.catalog.dimensions if name not in held][:8]
    raise Refusal("clarify", "By what?", [*options, *(["by month"] if talk.catalog.as_of else [])])


def much(talk: Talk, found: re.Match[str]) -> Frame:
    """Whether a figure is high is told only against another one."""
    del found
    frame = need_frame(talk)
    beside = ["compared with the rest"] if len(frame.where) == 1 and frame.op in ("level", "compare_groups") else []
    before = ["and before that?"] if frame.period else []
    course = ["How has NPS developed over time?"] if talk.catalog.as_of else []
    text = (
        "Against what? A figure is high or low beside another one: other groups, an earlier time, or a "
        "published figure "
        "that you name."
    )
    raise Refusal("clarify", text, [*beside, *before, *course, "Is our NPS above 30?"])


def wider(talk: Talk, found: re.Match[str]) -> Frame:
    """ "The two months before that": as many units as are named, beside the stretch that was told."""
    frame, as_of = need_frame(talk), talk.catalog.as_of
    if not frame.period or as_of is None or frame.before:
        raise Refusal("clarify", "Before or after what? Name a month, a quarter or a year.", [])
    start, end = parse_period(frame.period, as_of=as_of).closed()
    n = int(found["n"]) if found["n"].isdigit() else NUMBER_WORDS[found["n"].lower()]
    unit = found["unit"].lower()
    if found["back"]:
        period = span(shift(start, -n, unit), shift(start, -1, "day"))  # type: ignore[arg-type]
    else:
        after = shift(end, 1, "day")
        period = span(after, shift(shift(after, n, unit), -1, "day"))  # type: ignore[arg-type]
    return changed(frame, period=period.label)


def _ways(talk: Talk) -> list[str]:
    frame = need_frame(talk)
    by = [f"by {name}" for name in talk.catalog.dimensions if name not in (*frame.by, *frame.where)][:4]
    return [*by, *(["by month"] if talk.catalog.as_of and not frame.grain else []), "why?"]
