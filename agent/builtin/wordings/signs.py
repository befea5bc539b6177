"""Putting one sign in the place of several words, where these words mean nothing of the data."""

from __future__ import annotations

from agent.builtin.reading import Mention, Reading
from agent.builtin.vocabulary import tokens


def inside(reading: Reading, span: tuple[int, int]) -> set[int]:
    """The positions of the words between two places of the question."""
    words = tokens(reading.question)
    return {at for at, word in enumerate(words) if span[0] <= word.start and word.end <= span[1]}


def put(reading: Reading, span: tuple[int, int], *signs: str) -> bool:
    """Read the words between two places as these signs; False where they name something of the data or a time."""
    within = inside(reading, span)
    touched = [m for m in reading.mentions if within & set(range(m.first, m.last + 1))]
    if not within or any(m.entries or m.time or m.number is not None for m in touched):
        return False
    reading.forget(within)
    for mention in touched:
        if not {mention.first, mention.last} <= within:  # a phrase that reaches beyond keeps its meaning
            reading.add(mention)
    if signs:
        reading.add(Mention(min(within), max(within), reading.question[span[0] : span[1]], signs=signs))
    return True


def event_named(reading: Reading) -> bool:
    """True where the question names an event of the catalog, by itself or as a time."""
    return bool(reading.of("event")) or any(m.time is not None and m.time.event for m in reading.of("when"))


def periods_of(reading: Reading) -> list[Mention]:
    """The stretches of time that are named, without calendar grains."""
    return [m for m in reading.of("when") if m.time is not None and m.time.kind not in ("grain",)]
