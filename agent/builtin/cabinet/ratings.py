"""Ratings and means instead of NPS: "is the average score of A higher than B's", "the effect on the speed rating"."""

from __future__ import annotations

import re

from agent.builtin.cabinet.asked import Asked, using
from agent.builtin.cabinet.causes import impact
from agent.builtin.frame import Frame

_ON = (
    r"\b(?:on|to|affect\w*|chang\w*|hurt|harm\w*|rais\w*|lower\w*|lift\w*|improv\w*|influenc\w*|help\w*"
    r"|hit)\s+(?:the |our |its |their |a |average |mean |customers |given )*"
)


def compared(asked: Asked) -> Frame | None:
    """Two groups or two periods in another number than NPS, with the test of their difference."""
    outcome = _outcome(asked)
    if outcome is None or not asked.reading.has("compare", "higher", "lower", "fell", "rose", "moved"):
        return None
    moved = asked.reading.has("fell", "rose", "moved") and _pair(asked) is None
    if moved and asked.when.period and asked.when.before is None and not asked.when.grain:
        asked.when.need_pair(asked.catalog, "fell" if asked.reading.has("fell") else "rose")
    two = asked.when.before is not None and asked.when.after is not None
    pair = _pair(asked)
    rated = [outcome] if outcome in asked.places.by else []
    if two and pair is None and not asked.places.group and asked.places.by in ([], rated):
        frame = asked.frame("compare", outcome=outcome, before=asked.when.before, after=asked.when.after)
        frame.before, frame.after, frame.period = asked.when.before, asked.when.after, None
        return _counted(frame, asked, rated)
    if two or pair is None or asked.when.grain or not set(asked.places.by) <= {*rated, pair[0]}:
        return None
    name, first, second = pair
    if name in asked.places.where:  # they stand against each other, and are no filter
        asked.places.group, asked.places.against = {name: [first]}, {name: [second]} if second else {}
        del asked.places.where[name]
    frame = asked.frame("compare", outcome=outcome, group={name: first}, against={name: second} if second else None)
    frame.where = {key: wanted for key, wanted in asked.places.where.items() if key != name}
    return _counted(frame, asked, [*rated, name])


def _counted(frame: Frame, asked: Asked, names: list[str]) -> Frame:
    return using(frame, asked, by=names)


def _outcome(asked: Asked) -> str | None:
    """The number that is compared: the mean score, or the one rating that is named."""
    places = asked.places
    if asked.reading.has("count", "share", "why"):
        return None
    if places.measure:
        return places.measure if asked.reading.has("average") or len(places.measures) == 1 else None
    rated = [name for name in places.by if name in asked.catalog.measures]
    if len(rated) == 1:
        return rated[0]
    return "score" if asked.reading.has("average") and not rated else None


def _pair(asked: Asked) -> tuple[str, str, str | None] | None:
    """The column and its two values, or one value against all others."""
    places = asked.places
    if len(places.group) == 1:
        name, wanted = next(iter(places.group.items()))
        other = places.against.get(name, [])
        return (name, wanted[0], other[0] if other else None) if len(wanted) == 1 and len(other) <= 1 else None
    ones = [(name, wanted) for name, wanted in places.where.items() if len(wanted) == 1]
    alone = len(ones) == 1 and not asked.when.period and asked.when.before is None and not places.negated
    if alone and asked.reading.has("higher", "lower") and not asked.reading.has("moved", "fell", "rose", "which"):
        return ones[0][0], ones[0][1][0], None
    twos = [(name, wanted) for name, wanted in places.where.items() if len(wanted) == 2]
    if len(twos) != 1 or places.negated:
        return None
    name, wanted = twos[0]
    return name, wanted[0], wanted[1]


def effect_on(asked: Asked) -> Frame | None:
    """ "What was the effect of the price rise on the speed rating?": that rating is what the event may have moved."""
    event = asked.places.event or asked.when.event
    rated = [name for name in asked.places.by if name in asked.catalog.measures]
    if (
        event is None
        or len(rated) != 1
        or asked.reading.has("split", "each")
        or asked.when.before is not None
        or asked.when.grain
    ):
        return None
    words = re.escape(re.sub(r"[\W_]+", " ", rated[0]).strip().lower())
    text = re.sub(r"[\W_]+", " ", asked.reading.question.lower())
    if not re.search(_ON + words, text) or not asked.reading.has("impact", "rose", "fell", "moved", "lower"):
        return None
    frame = impact(asked, event)
    frame.arguments["outcome"] = rated[0]
    frame.arguments["by"] = [name for name in frame.arguments.get("by", []) if name != rated[0]]
    if not frame.arguments["by"]:
        del frame.arguments["by"]
    known = asked.catalog.events.get(event)
    if known is not None and not known.affects and not frame.arguments.get("exposed"):
        return None
    frame.event = event
    touched = list(known.affects) if known is not None else []
    frame.where = {name: wanted for name, wanted in frame.where.items() if name not in touched}
    frame.used_by = [*frame.used_by, rated[0], *touched]
    if asked.when.period:
        frame.period = None
        frame.before = asked.when.period  # used: it is the event's own stretch
    return frame
