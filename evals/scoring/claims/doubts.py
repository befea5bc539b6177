"""What is said to be unclear, and what to have stayed as it was."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from evals.scoring.claims.moves import end_with_names, hits
from evals.scoring.claims.said import Reading, Said, inside
from evals.scoring.claims.subjects import Place, Subject, mentions, subject_at

_CLEAR_P = 0.05
_BRACKETS = re.compile(r"[^,()]*\([^)]*\)")


def doubts(reading: Reading, before: Subject | None) -> Iterator[Said]:
    """The doubts of a clause, and its claims that nothing changed."""
    found = _found(reading)
    ends = [end_with_names(reading, hit[0].end(), len(reading.text)) for hit in hits(reading.text, reading.words)]
    ends += [match.end() for match, _ in found]
    for match, kind in found:
        edge = max((end for end in ends if end <= match.start()), default=0)
        by_number = match.re is reading.words.patterns.get("p_value")
        place = Place(reading.text, match.start(), match.end(), edge, len(reading.text))
        subject = subject_at(place, reading.names, reading.words, before, reading.usual)
        subject = before if by_number and before else subject
        subject, of_part = _whose(reading, subject, edge, match)
        before = subject if subject.own else before
        asserted = kind == "unclear" or _is_steady(reading, edge, match)
        yield replace(reading.claim(kind, subject), asserted=asserted, by_number=by_number, linked=not of_part)


def _found(reading: Reading) -> list[tuple[re.Match[str], str]]:
    words, text = reading.words, reading.text
    others = reading.spans("no_cause") + [match.span() for match in _bracketed(reading)]
    unclear = [match for match in words.all("unclear", text) if not inside(match, others)]
    if not words.find("assumption", text):  # a p-value beside an assumption is of that, not of a change
        unclear += [match for match in words.all("p_value", text) if float(match[1].replace(",", ".")) > _CLEAR_P]
    spans = [match.span() for match in unclear]
    steady = [match for match in words.all("steady", text) if not inside(match, spans)]
    both = [*((match, "unclear") for match in unclear), *((match, "steady") for match in steady)]
    return sorted(both, key=lambda hit: hit[0].start())


def _bracketed(reading: Reading) -> Iterator[re.Match[str]]:
    """The brackets that follow a part of a change: what is "not clear" there is that part."""
    for kind in ("mix", "within"):
        for match in reading.words.all(kind, reading.text):
            after = _BRACKETS.match(reading.text, match.end())
            if after:
                yield after


def _is_steady(reading: Reading, edge: int, match: re.Match[str]) -> bool:
    hedged = reading.words.find("hedged", reading.text, 0, match.start())
    return not hedged and reading.asserted(edge, match.start(), len(reading.text))


def _whose(reading: Reading, subject: Subject, edge: int, match: re.Match[str]) -> tuple[Subject, bool]:
    """Of whom a doubt is: of all that were named ("the intervals overlap"), or of a part of a change only."""
    text, ahead = reading.text[edge : match.end()], reading.text[: match.start()]
    if not subject.own and reading.words.find("both_of", text):
        around = f"{reading.previous} {reading.sentence}"
        named = frozenset(mention.name for mention in mentions(around, reading.names))
        return Subject(named or subject.names, own=False), False
    moved = max((hit[0].end() for hit in hits(ahead, reading.words)), default=0)
    part = max((one.end() for kind in ("mix", "within") for one in reading.words.all(kind, ahead)), default=0)
    return (Subject(own=False), True) if part > moved and not subject.names else (subject, False)
