"""Questions for the order of things: what to look at first, the biggest lever, what is most urgent."""

from __future__ import annotations

import re

from agent.builtin.cabinet.asked import Asked, using
from agent.builtin.frame import Frame
from agent.builtin.numberwords import in_digits

_TO_SOMEBODY = r"\bmatters? (?:the )?most (?:to|for) (?:our |the |your )?(?!us\b|nps\b|the nps\b|the whole\b)\w+"
""" "What matters most to customers" asks what goes with the score."""
_LISTED = re.compile(
    r"\b(?:top|first|main|biggest) (\d+)\b|\b(\d+) (?:top|main|biggest|first|most|priorit|problem|thing|lever)"
)
_OTHERWISE = (
    "ask_themes",
    "ask_quotes",
    "ask_sentiment",
    "ask_retention",
    "ask_experiment",
    "ask_planning",
    "count",
    "share",
    "average",
    "why",
)
MOST = 12


def first(asked: Asked) -> Frame | None:
    """The segments to look at first; nothing where another tool was asked for as well."""
    places = asked.places
    if asked.reading.has(*_OTHERWISE) or asked.classes or asked.theme is not None or places.event:
        return None
    if asked.says(_TO_SOMEBODY) or (places.group and places.against) or places.measures or places.outcome:
        return None
    listed = _LISTED.search(in_digits(asked.text))
    top = int(listed[1] or listed[2]) if listed else None
    if top is not None and not 1 <= top <= MOST:
        return None
    frame = asked.narrowed("priorities", top=top)
    frame.by = list(places.by)
    frame.numbers = [m.first for m in asked.reading.of("number") if m.number == top][:1]
    if asked.when.before is not None and asked.when.after is not None:
        frame.before, frame.after = asked.when.before, asked.when.after
        frame.arguments |= {"period": frame.after, "before": frame.before}
    return using_places(frame, asked)


def using_places(frame: Frame, asked: Asked) -> Frame:
    """Keep what `narrowed` took up of groups."""
    kept = list(frame.used_by)
    return using(frame, asked, by=kept)
