"""Which names a text gives as its finding, and in which order."""

from __future__ import annotations

import re

from agent.answer import Answer
from evals.codes import Failure
from evals.scoring.values.bind import Value
from evals.scoring.values.names import Directory, Mention, directory, folded, is_like, same
from evals.scoring.values.periods import Span, as_period
from evals.scoring.values.reading import passages, sentences

_LOW = re.compile(
    r"\b(?:lowest|worst|least|weakest|bottom|unhappiest|fell|dropped|lost|niedrigst\w*|schlechtest\w*|"
    r"schwächst\w*|am wenigsten|peor\w*|"
    r"más baj\w*|menor|unzufriedenst\w*|last|smallest|fewest)\b",
    re.IGNORECASE,
)
_HIGH = re.compile(
    r"\b(?:highest|best|most|strongest|top|happiest|rose|gained|höchst\w*|best\w*|stärkst\w*|am meisten|"
    r"mejor\w*|más alt\w*|mayor|"
    r"zufriedenst\w*|leads?|leading|first|largest|biggest)\b",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|nicht|no|neither|rather than|statt|instead of|en lugar de|unlike)\s+(?:the\s+|der\s+|die\s+|"
    r"das\s+|el\s+|la\s+)?[*_]*$",
    re.IGNORECASE,
)


def misled(lead: list[str], question: str, answer: Answer) -> list[Failure]:
    """The text's first names are not those of the lead, in its order."""
    book = directory(None, answer, lead)
    wanted = [_value(name) for name in lead]
    named = _named(answer.text, book, wanted, question) or _from_tables(answer, book, wanted)
    if _begins_with(named, wanted) or (len(wanted) == 1 and _extreme_is(wanted[0], question, answer.text, book)):
        return []
    found = ", ".join(_said(one.value) for one in named[: len(wanted)]) or "none of these names"
    return [Failure(code="wrong lead", detail=f"It should lead with {', '.join(lead)} and leads with {found}.")]


def _value(name: str) -> Value:
    return as_period(name) or folded(name).strip()


def _said(value: Value) -> str:
    return value if isinstance(value, str) else f"{value.first}..{value.last}"


def _begins_with(named: list[Mention], wanted: list[Value]) -> bool:
    return len(named) >= len(wanted) and all(same(one.value, value) for one, value in zip(named, wanted, strict=False))


def _named(text: str, book: Directory, wanted: list[Value], question: str) -> list[Mention]:
    """The names of the lead's own column in the order of the text, each once; names of the question are no finding."""
    columns = {one.column for value in wanted for one in book.mentions(_said(value))}
    asked = [one.value for one in book.mentions(question)]
    found: list[Mention] = []
    for one in book.mentions(text):
        if one.column not in columns or any(same(one.value, other.value) for other in found):
            continue
        if _NOT.search(text[: one.start]):
            continue
        if any(same(one.value, value) for value in wanted) or not _is_asked(one.value, asked, question):
            found.append(one)
    return found


def _is_asked(value: Value, asked: list[Value], question: str) -> bool:
    if isinstance(value, str):
        return is_like(value, question)
    return any(isinstance(other, Span) and value.meets(other) for other in asked)


def _from_tables(answer: Answer, book: Directory, wanted: list[Value]) -> list[Mention]:
    rows = "\n".join(
        " ".join(str(cell) for cell in row if isinstance(cell, str)) for table in answer.tables for row in table.rows
    )
    return _named(rows, book, wanted, "") if not passages(answer.text)[1] else []


def _extreme_is(wanted: Value, question: str, text: str, book: Directory) -> bool:
    """Asked for the lowest, a text may name the highest first, if it says which is which."""
    low, high = bool(_LOW.search(question)), bool(_HIGH.search(question))
    if low == high:
        return False
    mine, other = (_LOW, _HIGH) if low else (_HIGH, _LOW)
    for line in text.splitlines():
        for sentence in sentences(line):
            for clause in re.split(r"[,;]|\b(?:and|while|und|während|y|mientras)\b", sentence):
                if mine.search(clause) and not other.search(clause):
                    named = book.mentions(clause)
                    if named and same(named[0].value, wanted):
                        return True
    return False
