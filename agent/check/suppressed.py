"""Cells whose figures were withheld: no figure of theirs, and no count that gives them away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agent.check.evidence import Known
from agent.check.reading import Line, Reading

_GIVES_AWAY = re.compile(
    r"\b(?:(?:only|just|merely|exactly|about|roughly|fewer than|less than|under|at most|"
    r"no more than|a total of|not even)\s+)*"
    r"(?:[1-9]|one|two|three|four|five|six|seven|eight|nine|a (?:single|couple of|handful "
    r"of)|a few)\s+(?:scored |usable )?"
    r"(?:answers?|responses?|customers?|respondents?|people|comments?|promoters?|detractors?|"
    r"passives?|users?|ratings?)\b",
    re.IGNORECASE,
)


_LEAST = re.compile(r"(?:fewer|less) than (\d+|\w+)|under (\d+|\w+)", re.IGNORECASE)
_WORDS = {"three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8", "nine": "9", "ten": "10"}


def _says_least(phrase: str, known: Known) -> bool:
    """Whether "fewer than 5 answers" is the rule by which the cell was withheld."""
    found = _LEAST.match(phrase)
    number = (found[1] or found[2]).lower() if found else ""
    return bool(re.search(rf"(?:fewer|less) than {_WORDS.get(number, number)}\b", known.fact.reason or ""))


_JUDGED = re.compile(
    r"\b(?:promoters?|detractors?|passives?|(?:un)?happ(?:y|ier|iest)|bad\w*|good|best|worst|(?:dis)?satisf\w+|loyal|better|"
    r"worse|high(?:er|est)?|low(?:er|est)?|positive|negative|lov\w+|hat\w+|problem\w*|terrible|great|strong\w*|weak\w*|"
    r"stands? out|poor\w*|excellent|fine|concern\w*|trouble|recommend\w*|pleased|angry)\b",
    re.IGNORECASE,
)
_WITHHELD = re.compile(
    r"\btoo (?:few|small|little)|\bfewer\b|\bless than\b|\bnot (?:be )?(?:shown|told|reported|given|counted|known|"
    r"enough)|suppress|withh[eo]ld|cannot|can't|\bno (?:figure|value|answer|NPS|result|score)|hidden|unknown|\bsmall\b",
    re.IGNORECASE,
)


def withheld(reading: Reading) -> list[Known]:
    """The facts without a value whose cell is a segment."""
    dimensions = reading.catalog.dimensions
    given = {
        tuple(sorted(k.cell.items()))
        for k in reading.evidence.known
        if k.number is not None and k.fact.unit == "points"
    }
    return [
        known
        for known in reading.evidence.known
        if known.fact.value is None
        and set(known.cell) & set(dimensions)
        and tuple(sorted(known.cell.items())) not in given
    ]


def named_in(line: Line, known: Known, reading: Reading) -> bool:
    """Whether a line names every segment of the cell."""
    cell = [(axis, value) for axis, value in known.cell.items() if axis in reading.catalog.dimensions]
    held = {option for m in line.mentions if m.strong for option in m.options}
    over = {option for other in reading.over(line)[:2] for m in other.mentions if m.strong for option in m.options}
    return bool(set(cell) & held) and all(part in held | over for part in cell)


def give_aways(line: Line, reading: Reading, cells: list[Known]) -> Iterator[tuple[int, int, str, str]]:
    """Counts that tell how few answers a withheld cell has."""
    named = [known for known in cells if named_in(line, known, reading)]
    if not named:
        return
    judged = _JUDGED.search(line.said)
    if judged and not _WITHHELD.search(line.said) and not line.figures:
        start = line.sentence.start
        why = (
            f"the cell of {named[0].fact.id} is withheld; say that it has too few answers to be shown, and nothing else"
        )
        yield start + judged.start(), start + judged.end(), judged.group(), why
    for match in _GIVES_AWAY.finditer(line.said):
        if _LEAST.match(match.group()) and any(_says_least(match.group(), known) for known in named):
            continue
        start = line.sentence.start
        why = (
            f"the cell of {named[0].fact.id} is withheld; say that it has too few answers to be shown, without a number"
        )
        yield start + match.start(), start + match.end(), match.group(), why
