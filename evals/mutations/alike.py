"""Equivalents: the same answer told otherwise. The scorers must let them pass."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

from agent.answer import Answer
from evals.mutations.corpus import Subject, cell, spell
from evals.mutations.places import Mutant, Place, places, with_rows
from evals.mutations.rows_wrong import emptied_row
from evals.scoring.values.periods import as_period

_NUMBER = re.compile(r"(?<![\w.,-])\d{1,3}(?:,\d{3})*(?:\.\d+)?(?![\w]|[.,]\d|-\d)")


def alike(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    """All of them."""
    text = subject.answer.text
    yield _text(subject, "bold taken away", re.sub(r"\*\*", "", text))
    yield _text(subject, "true minus sign", re.sub(r"(?<![\w.])-(?=\d)", "−", text))
    yield _text(
        subject,
        "honest constants added",
        text + "\n\nScores run from 0 to 10; promoters gave 9 or 10, detractors 0 to 6. Intervals have a level of 95%.",
    )
    yield from _two_decimals(subject)
    yield from _rows_reordered(subject, draw)
    yield from _items_reordered(subject)
    yield from _other_case(subject)
    yield from _foreign(subject)
    yield from _thin_spaces(subject)
    yield from _told_anew(subject)
    yield from _columns_moved(subject)
    yield from _periods_in_words(subject)
    yield from _empty(subject, draw)


def _text(subject: Subject, kind: str, text: str) -> Mutant:
    return Mutant(kind, subject.answer.model_copy(update={"text": text}), "")


def _two_decimals(subject: Subject) -> Iterator[Mutant]:
    text = subject.answer.text
    found = [place for place in places(subject) if place.measure in ("points", "share") and _is_alone(subject, place)]
    for place in reversed(found):
        comma = "," in place.said
        size = 100 * place.value if place.measure == "share" else place.value
        said = f"{size:{'+' if place.said.startswith('+') else ''}.2f}"
        text = text[: place.start] + (said.replace(".", ",") if comma else said) + text[place.end :]
    if found:
        yield _text(subject, "two decimals", text)


def _is_alone(subject: Subject, place: Place) -> bool:
    """No other figure of the answer is spelt like it."""
    values = [cell(fact.value) for fact in subject.answer.facts]
    near = [value for value in values if value is not None and abs(abs(value) - abs(place.value)) < 0.11]
    return all(abs(abs(value) - abs(place.value)) < 1e-6 for value in near)


def _rows_reordered(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    if "order" not in subject.case.ignore:
        return
    for number, table in enumerate(subject.answer.tables):
        if len(table.rows) > 1:
            rows = list(table.rows)
            draw.shuffle(rows)
            yield Mutant("table: rows reordered", with_rows(subject, number, rows), table.title)


def _items_reordered(subject: Subject) -> Iterator[Mutant]:
    if (
        "order" not in subject.case.ignore
        or subject.case.lead
        or re.search(r"first:|rank|zuerst", subject.answer.text, re.IGNORECASE)
    ):
        return
    lines = subject.answer.text.splitlines()
    items = [at for at, line in enumerate(lines) if re.match(r"- ", line)]
    if len(items) > 1 and items == list(range(items[0], items[-1] + 1)):
        lines[items[0] : items[-1] + 1] = lines[items[0] : items[-1] + 1][::-1]
        yield _text(subject, "items reordered", "\n".join(lines))


def _other_case(subject: Subject) -> Iterator[Mutant]:
    if len(subject.gold.key) != 1:
        return
    names = [str(row[subject.gold.key[0]]) for row in subject.gold.rows]
    names = [name for name in names if as_period(name) is None and len(name) > 3]
    text = subject.answer.text
    for name in sorted(names, key=len, reverse=True):
        text = text.replace(name, name.upper())
    if text != subject.answer.text:
        yield _text(subject, "names in capitals", text)


def _foreign(subject: Subject) -> Iterator[Mutant]:
    """Decimal commas and points for thousands, as in German and Spanish."""
    if subject.language == "en" and not re.search(r"\[\d|\d,\d{1,2}\b", subject.answer.text):
        text = _NUMBER.sub(lambda match: match.group().translate(str.maketrans(",.", ".,")), subject.answer.text)
        names = [str(value) for row in subject.gold.rows for value in row.values() if isinstance(value, str)]
        if text != subject.answer.text and all((name in subject.answer.text) == (name in text) for name in names):
            yield _text(subject, "decimal commas", text)


def _thin_spaces(subject: Subject) -> Iterator[Mutant]:
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "\u202f", subject.answer.text)
    text = re.sub(r"(?<=\d)%", "\u202f%", text)
    if text != subject.answer.text and subject.language == "en":
        yield _text(subject, "thin spaces", text)


def _rows_of(subject: Subject) -> list[tuple[str, str]]:
    """Name and figure of each gold row, where one column is the key and one the measure."""
    name, measure = next(iter(subject.gold.values.items()))
    made = []
    for row in subject.gold.rows:
        value = cell(row[name])
        if value is None:
            return []
        made.append((str(row[subject.gold.key[0]]), spell(value, measure, subject.language, plus=measure == "points")))
    return made


def _told_anew(subject: Subject) -> Iterator[Mutant]:
    """The gold's own rows in every form that there is: the answer is written from nothing."""
    if (
        len(subject.gold.key) != 1
        or len(subject.gold.values) != 1
        or next(iter(subject.gold.values.values())) not in ("points", "share")
    ):
        return
    rows = _rows_of(subject)
    if (
        not rows
        or len(rows) > 14
        or "None" in dict(rows)
        or any(name in ("0", "1", "true", "false", "Y", "N", "J") for name, _ in rows)
    ):
        return
    column = subject.gold.key[0]
    forms = {
        "as a list": "\n".join(f"- {name}: {said}" for name, said in rows),
        "as a bold list": "\n".join(f"* **{name}** – {said} (95% interval not shown)" for name, said in rows),
        "as a written table": "\n".join(
            [f"| {column} | value |", "|---|---:|", *(f"| {name} | {said} |" for name, said in rows)]
        ),
        "as a table across": "\n".join(
            [
                "| " + " | ".join(name for name, _ in rows) + " |",
                "|" + "---|" * len(rows),
                "| " + " | ".join(said for _, said in rows) + " |",
            ]
        ),
        "figure before name": "We see " + ", ".join(f"{said} for {name}" for name, said in rows) + ".",
        "name before figure": "; ".join(f"{name} is at {said}" for name, said in rows) + ".",
        "in brackets": "In order: " + ", ".join(f"{name} ({said})" for name, said in rows) + ".",
        "a sentence each": " ".join(f"The figure of {name} is {said}." for name, said in rows),
    }
    if len(rows) > 1:
        names, figures = [name for name, _ in rows], [said for _, said in rows]
        forms["respectively"] = (
            f"{', '.join(names[:-1])} and {names[-1]} are at {', '.join(figures[:-1])} and {figures[-1]}, respectively."
        )
    for kind, text in forms.items():
        yield Mutant(kind, _bare(subject, text), "")


def _bare(subject: Subject, text: str) -> Answer:
    return subject.answer.model_copy(update={"text": text, "tables": []})


def _columns_moved(subject: Subject) -> Iterator[Mutant]:
    tables = [
        table.model_copy(update={"columns": table.columns[::-1], "rows": [row[::-1] for row in table.rows]})
        for table in subject.answer.tables
    ]
    if tables:
        yield Mutant("table: columns the other way round", subject.answer.model_copy(update={"tables": tables}), "")


_EARLY = ("January", "February", "March", "April", "May", "June", "July", "August", "September")
_MONTHS = (*_EARLY, "October", "November", "December")


def _periods_in_words(subject: Subject) -> Iterator[Mutant]:
    text = re.sub(
        r"\b(20\d\d)-(0[1-9]|1[0-2])(?![\d-]|\.\.)(?<!\.\.\d{4}-\d\d)",
        lambda m: f"{_MONTHS[int(m.group(2)) - 1]} {m.group(1)}",
        subject.answer.text,
    )
    text = re.sub(r"\b(20\d\d)-(Q[1-4])\b(?!\.\.)(?<!\.\.\d{4}-Q\d)", r"\2 \1", text)
    if text != subject.answer.text and ".." not in subject.answer.text:
        yield _text(subject, "periods in words", text)


def _empty(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    """A row without a value, shown as such; its gold goes with it."""
    emptied = emptied_row(subject, draw)
    if emptied is not None:
        yield Mutant("nothing shown as nothing", emptied[0].answer, str(emptied[2]), emptied[0].gold)
