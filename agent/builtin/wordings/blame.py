"""Who or what is behind a change: "which route is to blame for the fall", "how much of the rise comes from the mix".

All of them are answered by taking the change apart. A value that is named ("is Germany to blame?") is looked at among
the others of its column, for within itself it cannot be told from them.
"""

from __future__ import annotations

import re

from agent.builtin.frame import Frame
from agent.builtin.places import Places
from agent.builtin.reading import Reading
from agent.builtin.when import When
from agent.builtin.wordings.signs import inside, put

_CHANGE = (
    r"(?:ris|fall|fell|drop|chang|declin|increas|decreas|improv|gain|loss|los|dip|grow|differen|shift|movement"
    r"|slump|jump"
    r"|swing|move|deteriorat|upturn|downturn|uplift)\w*"
)
_BLAME = re.compile(
    r"\b(?:(?:is|are|was|were|be) )?(?:to blame|at fault|the (?:main |chief |real )?culprits?|guilty of"
    r"|behind)(?= (?:for )?"
    rf"(?:the|this|that|our)?(?: \w+){{0,2}} ?{_CHANGE})|\bto blame\b|\bculprits?\b|\bat fault\b"
    rf"|\b(?:has |have |had )?(?:caused?|triggered|brought about)(?= (?:the|this|that|our"
    rf"|such an?)(?: \w+){{0,2}} {_CHANGE})"
    rf"|\b(?:is|are|was|were) (?:really |solely )?(?:responsible for|the (?:cause|reason) (?:of|for))"
    rf"(?= (?:the|this|that|our)(?: \w+){{0,2}} {_CHANGE})",
    re.IGNORECASE,
)
_PART = re.compile(
    r"\b(?P<how>(?:how (?:much|many(?: (?:nps )?points)?)|(?:what|which) (?:part|share|portion|fraction"
    r"|percentage|proportion)"
    rf"|how (?:big|large) a (?:part|share)) of(?: the| this| that| our| its)?)(?: (?:nps|total"
    rf"|overall))?(?= {_CHANGE}\b)",
    re.IGNORECASE,
)
_COMES = re.compile(
    r"\b(?:comes?|came|coming|stems?|stemmed|results?|resulted) from\b|\b(?:down|due|owed|owing|attributable) to\b"
    r"|\bexplain\w*|\bbecause of\b|\bcaused by\b|\bmix\b|\bmade up of\b",
    re.IGNORECASE,
)
_SWITCH = re.compile(
    r"\b(?:(?:the|our|that|this) )?(?:switch|changeover|move|shift|change|moving|switching"
    r"|changing) (?:over )?(?:from \w+ )?to\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"\b(?:is|was|are) there (?:really |maybe |perhaps )?(?:anything|something|more|a story|movement)(?: \w+)?"
    r" (?:behind|underneath|below|beneath|under|hidden (?:in|behind)|going on (?:in|behind|underneath|below))"
    r"(?: (?:it|this|that|the figure|the surface))?(?=\W|$)"
    r"|\bwhat (?:lies|is hidden|hides) (?:behind|underneath|below|beneath)(?: (?:it|this|that))?\b"
    r"|\bis anything hidden\b",
    re.IGNORECASE,
)


def take_blame(reading: Reading) -> None:
    """Read these words as the question why."""
    for pattern in (_BLAME, _BEHIND):
        for found in pattern.finditer(reading.question):
            put(reading, found.span(), "why", "whom")
    for found in _SWITCH.finditer(reading.question):  # "the switch to sms caused the fall": sms is what is blamed
        end = max(inside(reading, found.span()), default=-1)
        if reading.has("why") and any(m.first == end + 1 for m in reading.of("value")):
            put(reading, found.span())
    part = _PART.search(reading.question)
    if part is not None and _COMES.search(reading.question[part.end() :]):
        put(reading, part.span("how"), "why")


def asks_part(reading: Reading) -> bool:
    """ "How much of the rise comes from the mix?"."""
    return _PART.search(reading.question) is not None and reading.has("why")


def column_of_blamed(reading: Reading, places: Places) -> tuple[str, list[str]] | None:
    """The column and value that is named as what is behind a change, where it is the only one."""
    told = reading.has("why") and (_BLAME.search(reading.question) or _PART.search(reading.question))
    values = {**places.where, **places.group}
    if not told or len(values) != 1 or places.by or places.against or places.negated:
        return None
    return next(iter(values.items()))


def told_among(frame: Frame, name: str, wanted: list[str], places: Places) -> Frame:
    """The frame by that column, and not within the value alone."""
    frame.by = [name]
    frame.where = {key: kept for key, kept in places.where.items() if key != name}
    frame.group, frame.used_by = places.group, [name]
    frame.read_as.append(f"{' and '.join(wanted)} is told among all values of {name}")
    return frame


def blamed(reading: Reading, when: When, places: Places) -> Frame | None:
    """The change by the column of the value that is named: "is Germany to blame for the fall from March to April?"."""
    found = column_of_blamed(reading, places)
    if found is None or when.before is None or when.after is None:
        return None
    name, wanted = found
    premise = "fell" if reading.has("fell") else "rose" if reading.has("rose") else None
    frame = Frame("why", before=when.before, after=when.after, premise=premise, why=True)  # type: ignore[arg-type]
    return told_among(frame, name, wanted, places)
