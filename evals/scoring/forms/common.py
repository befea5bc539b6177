"""What is wrong with a text whatever its form: slots, blanks, jargon, repeats, figures that rest on nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agent.answer import Answer
from evals.codes import Failure
from evals.scoring.forms.facts import figures, other_numbers, shown_by, shows
from evals.scoring.forms.rules import Form, Rules
from evals.scoring.forms.text import Part, Sentence, bare, fits, words
from tools.result import Fact

_SNAKE = re.compile(r"(?<![\w./-])[A-Za-z]+(?:_[A-Za-z0-9]+)+(?![\w/])")
_ID = re.compile(r"(?<![\w-])F\d{1,4}(?![\w-])")
_DURATION = re.compile(
    r"\d+\s*(?:to \d+\s*|bis \d+\s*)?-?(?:hours?|days?|weeks?|months?|minutes?|quarters?|h\b|"
    r"Stunden?|Tage?n?|Wochen?|Monate?n?|Minuten?|Quartale?)\b",
    re.I,
)
_COLUMNS = frozenset(["test", "dimension", "against", "column", "driver"])
"""Keys of a fact's cell under which the name of a column stands."""
_EXPLAINED = re.compile(
    r"^\W*(?:\(|–|—|,? ?(?:that is|i\.e\.|meaning|in other words|which means|das heißt|d\. ?h\.|also))", re.I
)


def form_failure(detail: str, about: str = "") -> Failure:
    """A failure of form."""
    return Failure(code="form", detail=detail, about=" ".join(about.split())[:200])


def wrong_slots(text: str, known: Rules) -> Iterator[Failure]:
    """Places that nobody filled, and values of programs."""
    for patterns, what in ((known.slots, "an unfilled place"), (known.blanks, "a value of a program")):
        for pattern in patterns:
            match = re.search(
                pattern, text, 0 if patterns is known.blanks else re.I if pattern.startswith(r"\[") else 0
            )
            if match:
                yield form_failure(
                    f"It holds {what}: {match[0]!r}.", text[max(0, match.start() - 40) : match.end() + 40]
                )


def wrong_ids(text: str, answer: Answer, form: Form) -> Iterator[Failure]:
    """Ids of facts where none belong, or ids of facts that are not there."""
    own = " ".join([answer.question, *(value for fact in answer.facts for value in fact.where.values())])
    known = {fact.id for fact in answer.facts}
    for name in dict.fromkeys(_ID.findall(text)):
        if re.search(rf"(?<!\w){name}(?!\w)", own):
            continue
        if not form.ids:
            yield form_failure(f"It shows the id of a fact: {name}.", name)
        elif name not in known:
            yield form_failure(f"It names evidence that is not there: {name}.", name)


def wrong_jargon(text: str, answer: Answer, form: Form) -> Iterator[Failure]:
    """Names of tools, facts and, where people outside the project read it, of columns."""
    own = {column.name for table in answer.tables for column in table.columns} if form.own_names else set[str]()
    own |= {key for fact in answer.facts for key in fact.where} if form.own_names else set[str]()
    own |= {
        value for fact in answer.facts for key, value in fact.where.items() if form.own_names or key not in _COLUMNS
    }
    own.add(answer.question)
    told = bare(text)
    named = " ".join(own)
    for name in dict.fromkeys(_SNAKE.findall(told)):
        if not re.search(rf"(?<!\w){re.escape(name)}(?!\w)", named):
            yield form_failure(f"It shows a name from inside the program or the data: {name}.", name)


def wrong_statistics(told: Sequence[Sentence], known: Rules) -> Iterator[Failure]:
    """Words of statistics that are not explained at once."""
    for sentence in told:
        for pattern in known.jargon:
            match = re.search(rf"(?<!\w)(?:{pattern})(?!\w)", sentence.text, re.I)
            if match and not _EXPLAINED.match(sentence.text[match.end() :]):
                yield form_failure(f"{match[0]!r} is not explained.", sentence.text)


def wrong_repeats(told: Sequence[Sentence]) -> Iterator[Failure]:
    """Sentences that stand there twice."""
    seen: set[str] = set()
    for sentence in told:
        key = " ".join(words(re.sub(r"^\w[\w ]{1,18}: (?=\w)", "", sentence.text))).lower()
        if len(key.split()) >= 5 and key in seen:
            yield form_failure("A sentence stands there twice.", sentence.text)
        seen.add(key)


def wrong_emptiness(found: Sequence[Part], form: Form) -> Iterator[Failure]:
    """Headings with nothing under them, and list marks without items; the title of the whole needs nothing."""
    title = next((at for at, part in enumerate(found) if part.title), 0)
    for at, part in enumerate(found):
        deeper = at + 1 < len(found) and (
            found[at + 1].level > part.level > 0 or (part.level > 0 and found[at + 1].level == 0)
        )
        if part.title and not part.words and not deeper and (at != title or fits(part.title, form.titles)):
            yield form_failure(f"The section {part.title!r} is empty.", part.title)
        if re.search(r"^\s*(?:[-*•]|\d{1,2}[.)])\s*$", part.body, re.M):
            yield form_failure("A list item is empty.", part.title)


def wrong_numbers(sentence: str, answer: Answer, plans: bool) -> Iterator[Failure]:
    """Figures that are no fact's value, base or end of an interval, and stand in no table."""
    blank = _DURATION.sub(lambda match: " " * len(match[0]), sentence) if plans else sentence
    other = other_numbers(answer)
    for figure in figures(blank):
        below = blank[: figure.start].rstrip().endswith("<")
        if below and any(fact.unit == "p-value" for fact in answer.facts):
            continue
        if shown_by(figure, answer.facts) or any(shows(figure, value, share, False) for value, share in other):
            continue
        yield Failure(
            code="ungrounded number", detail=f"{figure.told} is no figure of the facts.", about=sentence[:200]
        )


def base_shown(fact: Fact, text: str, answer: Answer) -> bool:
    """Whether the base of a fact is told in the text or in a table."""
    cells = {cell for table in answer.tables for row in table.rows for cell in row}
    return fact.n in cells or any(shows(figure, fact.n or 0, False, False) for figure in figures(text))


def interval_shown(fact: Fact, text: str, answer: Answer) -> bool:
    """Whether both ends of a fact's interval are told in the text or in a row of a table."""
    ends = [end for end in (fact.low, fact.high) if end is not None]
    told = figures(text)
    if all(any(shows(figure, end, fact.unit.startswith("share"), True) for figure in told) for end in ends):
        return True
    rows = [[cell for cell in row if isinstance(cell, int | float)] for table in answer.tables for row in table.rows]
    return any(all(any(abs(abs(cell) - abs(end)) < 0.051 for cell in row) for end in ends) for row in rows)
