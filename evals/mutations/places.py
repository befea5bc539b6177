"""Where right figures stand in an answer, found by the ways to spell them; the scorers have no part in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.answer import Answer
from evals.cases import Measure
from evals.gold import GoldRows
from evals.mutations.corpus import Subject, cell
from tools.result import Cell, Table


@dataclass(frozen=True)
class Place:
    """A right figure in a text."""

    start: int
    end: int
    said: str
    value: float
    measure: Measure
    row: int
    """Of the gold."""
    name: str
    """The gold's column."""


@dataclass(frozen=True)
class Mutant:
    """A changed answer."""

    kind: str
    answer: Answer
    what: str
    gold: GoldRows | None = None
    """Where the gold changes with it."""


_SUFFIX: dict[str, str] = {"share": r"\s?%"}


def places(subject: Subject) -> list[Place]:
    """The figures of the gold in the text, where they can be mistaken for nothing else."""
    found: list[Place] = []
    for at, row in enumerate(subject.gold.rows):
        for name, measure in subject.gold.values.items():
            value = cell(row[name])
            if value is not None and measure in ("points", "share", "count", "score", "amount"):
                found += _of(subject.answer.text, value, measure, at, name)
    starts = [place.start for place in found]
    return sorted((place for place in found if starts.count(place.start) == 1), key=lambda place: place.start)


def _of(text: str, value: float, measure: Measure, at: int, name: str) -> Iterator[Place]:
    for said in _spellings(value, measure):
        pattern = rf"(?<![\w.,+−-]){re.escape(said)}(?![\w]|[.,]\d)" + (
            rf"(?={_SUFFIX[measure]})" if measure in _SUFFIX else r"(?!\s?%)"
        )
        for match in re.finditer(pattern, text):
            if not _in_brackets(text, match.start()):
                yield Place(*match.span(), said, value, measure, at, name)


def _in_brackets(text: str, start: int) -> bool:
    """In an interval, where the same digits are another figure."""
    return text.rfind("[", 0, start) > text.rfind("]", 0, start) or bool(
        re.search(r"(?:interval\w*|CI|:)\s[^()]{0,40}$", text[max(0, start - 6) : start])
        and "CI" in text[max(0, start - 12) : start]
    )


def _spellings(value: float, measure: Measure) -> set[str]:
    size = 100 * value if measure == "share" else value
    made: set[str] = set()
    for places_shown in (0,) if measure == "count" else (1, 2):
        plain = f"{size:,.{places_shown}f}"
        for said in {plain, plain.replace(",", ""), f"{size:+,.{places_shown}f}"} - (
            {f"{size:+,.0f}"} if measure == "count" else set()
        ):
            made |= {said, said.translate(str.maketrans(",.", ".,")), said.replace("-", "−")}
    return made


def replaced(subject: Subject, start: int, end: int, said: str) -> Answer:
    """The answer with another word in its text."""
    text = subject.answer.text
    return subject.answer.model_copy(update={"text": text[:start] + said + text[end:]})


def like(place: Place, value: float) -> str:
    """Another value in the spelling of the place."""
    comma = bool(re.search(r",\d{1,2}$", place.said))
    digits = 0 if place.measure == "count" else len(re.split(r"[.,]", place.said)[-1])
    size = 100 * value if place.measure == "share" else value
    said = f"{size:{'+' if place.said.startswith('+') else ''},.{digits}f}"
    if place.measure == "count" and not re.search(r"\d[.,]\d", place.said):
        said = said.replace(",", "")
    if place.measure == "count" and re.search(r"\d\.\d", place.said):
        comma = True
    said = said.translate(str.maketrans(",.", ".,")) if comma else said
    return said.replace("-", "−") if "−" in place.said else said


def known_values(subject: Subject) -> set[float]:
    """Every figure of the answer at one decimal, without its sign."""
    values: list[Cell] = [row[name] for row in subject.gold.rows for name in subject.gold.values]
    for fact in subject.answer.facts:
        values += [fact.value, fact.low, fact.high, fact.n]
    values += [one for table in subject.answer.tables for row in table.rows for one in row]
    numbers = [number for number in map(cell, values) if number is not None]
    said = [
        float(one.replace(",", ".")) for one in re.findall(r"\d+(?:[.,]\d+)?", subject.case.ask + subject.answer.text)
    ]
    return {round(abs(number) * scale, 1) for number in [*numbers, *said] for scale in (1, 100)} | {
        0.0,
        1.0,
        5.0,
        6.0,
        7.0,
        8.0,
        9.0,
        10.0,
    }


def key_cells(subject: Subject, table: Table) -> list[tuple[int, int, int]]:
    """Row of the table, its column with a key, row of the gold: where one column alone is the key."""
    if len(subject.gold.key) != 1:
        return []
    wanted = {str(row[subject.gold.key[0]]).casefold(): at for at, row in enumerate(subject.gold.rows)}
    for column in range(len(table.columns)):
        found = [
            (at, column, wanted[str(row[column]).casefold()])
            for at, row in enumerate(table.rows)
            if str(row[column]).casefold() in wanted
        ]
        if found and len({gold for _, _, gold in found}) == len(found):
            return found
    return []


def gold_columns(subject: Subject, table: Table) -> Iterator[tuple[int, str, list[tuple[int, int]]]]:
    """A column of a table that holds a measure of the gold: its number, the measure, its rows and those of the gold."""
    keyed = [(row, gold) for row, _, gold in key_cells(subject, table)] if subject.gold.key else [(0, 0)]
    if not subject.gold.key and (len(table.rows) != 1 or len(subject.gold.rows) != 1):
        return
    for column in range(len(table.columns)):
        for name in subject.gold.values:
            pairs = [(cell(table.rows[row][column]), cell(subject.gold.rows[gold][name])) for row, gold in keyed]
            if pairs and all(one is not None and other is not None and abs(one - other) < 1e-6 for one, other in pairs):
                yield column, name, keyed


def with_rows(subject: Subject, table: int, rows: list[list[Cell]]) -> Answer:
    """The answer with other rows in a table."""
    tables = [
        one.model_copy(update={"rows": rows}) if at == table else one for at, one in enumerate(subject.answer.tables)
    ]
    return subject.answer.model_copy(update={"tables": tables})
