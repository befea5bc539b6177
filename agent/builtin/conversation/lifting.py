"""What a follow-up lifts before it goes on: "forget Starter, what about everyone?", "never mind the region"."""

from __future__ import annotations

import dataclasses
import re

from agent.builtin.conversation.merging import changed, settled
from agent.builtin.conversation.talk import Talk
from agent.builtin.frame import Frame
from agent.builtin.vocabulary import phrase

_AND = r"(?:(?:and|but|now|ok|okay|then|so|please|well|thanks|thx|alright|hm+)\b[\s,.!]*)*"
_EVER = (
    r"(?P<for_good>forget(?: about)?|never ?mind(?: about)?|regardless of|irrespective of|no matter|scratch"
    r"|no longer)"
)
_OUT = (
    r"(?P<out>ignore|disregard|drop|remove|lift|skip|leave out|take (?:out|away|off)|without|leave (?:away|aside)"
    r"|(?:take|leave|put|set)(?=[^,.;:!?]+? (?:out|away|aside|off)\b))"
)
_LIFT = re.compile(
    rf"{_AND}(?:(?:let'?s|we can|you can|can you|could you) )?(?:{_EVER}|{_OUT})\s+(?:(?:the|that|this|my|our"
    r"|any|which|what) )*"
    r"(?P<what>[^,.;:!?–]+?)(?: (?:out|away|aside|off))?(?: (?:filter|restriction|limit|split|breakdown|bit|part"
    r"|thing|people|folks|customers|ones))?"
    r"(?:\s+(?:again|now|for now|for a moment|then|please|instead|altogether))*"
    r"\s*(?:(?:[,.;:!?–]+|\s(?=and (?:show|give|tell|split|by|do|go|what|how)\b))\s*(?:(?:and|but|so"
    r"|then)\s+)*(?P<rest>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_TIMES = frozenset(["year", "month", "quarter", "week", "day", "time", "period", "date", "dates", "half"])
_EVERYONE = re.compile(
    r"[\s,]*\b(?:but |and |now |this time )*(?:for|of|over|across|with|among|from) (?:everyone|everybody"
    r"|all(?: of (?:them|us)| (?:the )?(?:customers|answers|respondents|people|segments|users|clients))?"
    r"|the (?:whole|entire) (?:base|lot|group|company))(?: (?:now|again|together|instead|please|this time))*\W*$",
    re.IGNORECASE,
)


_OVERALL = re.compile(
    r"^(?:overall|in total|altogether|as a whole)[\s,]+(?=(?:in|for|during|since|from|last"
    r"|this)\b)",
    re.IGNORECASE,
)


@dataclasses.dataclass
class Lifted:
    """The frame before without what was lifted, and what the question goes on with."""

    frame: Frame
    rest: str


def lifted(question: str, talk: Talk) -> Lifted | None:
    """What is left of the frame before; None where the words lift nothing that it holds."""
    found = _LIFT.fullmatch(question.strip().replace("’", "'"))
    if found is None or talk.frame is None:
        return None
    words = phrase(found["what"])
    frame = _without_time(talk.frame, words) or _without(talk, words, for_good=found["for_good"] is not None)
    return Lifted(frame, (found["rest"] or "").strip(" ?!.,")) if frame is not None else None


def _without_time(frame: Frame, words: tuple[str, ...]) -> Frame | None:
    if not words or not set(words) <= _TIMES or frame.before:
        return None
    if frame.period:
        return changed(frame, period=None)
    return settled(changed(frame, grain=None)) if frame.grain else None


def _without(talk: Talk, words: tuple[str, ...], *, for_good: bool) -> Frame | None:
    """Without the filter that was named; a value that is not filtered by is to be left out, which is another thing."""
    frame = talk.frame
    if frame is None:
        return None
    entries = talk.lexicon.strongest(words)
    held = {**frame.where, **(frame.group if frame.op == "compare_groups" and not frame.against else {})}
    values = {entry.name for entry in entries if entry.kind == "value" and held.get(entry.name) == [entry.value]}
    names = {entry.name for entry in entries if entry.kind == "dimension"}
    named = values if for_good and values else names & set(held)
    if len(named) == 1:
        where = {name: wanted for name, wanted in frame.where.items() if name not in named}
        if frame.op == "compare_groups" and set(frame.group) & named:
            return Frame("level", where=where, period=frame.period)
        return changed(frame, where=where)
    if len(names) == 1 and names <= set(frame.by) and frame.op == "split":
        return settled(changed(frame, by=[name for name in frame.by if name not in names]))
    return None


def for_everyone(text: str) -> str | None:
    """The piece without "for everyone" at its end; None where it does not end so, or where nothing else is said."""
    rest = _OVERALL.sub("", _EVERYONE.sub("", text))
    return rest if rest != text and rest.strip() else None
