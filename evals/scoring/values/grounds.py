"""Whether every number of a text comes from somewhere, and is told of what it is of."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.answer import Answer
from evals.codes import Code, Failure
from evals.gold import GoldRows
from evals.scoring.values.bind import Shown, Value
from evals.scoring.values.intervals import mismatched
from evals.scoring.values.known import Known, agrees, exactly, fits
from evals.scoring.values.names import PERIOD, Directory, can_stand_alone, is_like
from evals.scoring.values.page import Page
from evals.scoring.values.periods import as_period
from evals.scoring.values.reading import figures

_LEVEL = re.compile(
    r"conf|konf|interval|intervalo|\bci\b|\bki\b|\bic\b|-ki|-ci|-ic|level|sicher|significan|signifikan", re.IGNORECASE
)
_SCALE = re.compile(
    r"(?<![\w.,])(?:[−-]?100|0|1|6|7|9)\s*(?:-|–|—|/|to|bis|a|or|oder|o|and|und|y|through|hasta)\s*\+?(?:100|10|"
    r"8|6|9)(?![\w]|[.,]\d)"
    r"|\b(?:6|10|9)\s+(?:or|oder|o)\s+(?:less|lower|below|fewer|under|weniger|niedriger|darunter|menos|more|"
    r"higher|above|mehr|höher|más)\b"
    r"|\b(?:von|of|out of|sobre|de)\s+10\b|\b0-10\b|\b(?:mindestens|at least|al menos|up to|bis|hasta|höchstens|"
    r"at most)\s+(?:9|6)\b",
    re.IGNORECASE,
)
_ARROW = re.compile(r"[\s*_]*(?:→|->|=>)[\s*_]*")
_FROM = re.compile(r"\b(?:from|von|de|desde)[\s*_]*$", re.IGNORECASE)
_TO = re.compile(r"[\s*_]*(?:to|bis|auf|a|hasta)[\s*_]*", re.IGNORECASE)
_HOW = ("method", "dimension")
"""How something was estimated, and by what it was split: no segments."""
_POWER = re.compile(r"power|chance|four times|macht|potencia|teststärke", re.IGNORECASE)


@dataclass
class Grounds:
    """An answer, and what its numbers may be."""

    answer: Answer
    gold: GoldRows | None
    book: Directory
    page: Page
    known: list[Known]


def unfounded(grounds: Grounds) -> list[Failure]:
    """The numbers of the text without a ground, and those told of something else than they are of."""
    asked = {value for figure in figures(grounds.answer.question) for value, _ in figure.readings}
    headed = _in_names(grounds)
    sizes = set(_sizes(grounds))
    failures: list[Failure] = []
    for one in grounds.page.shown:
        plain = one.figure.readings[0][1] == 0 and not one.figure.signed and one.figure.role != "n"
        if (
            not one.written
            or _is_constant(one, grounds)
            or (abs(one.figure.value) in asked and (plain or one.grid < 0))
        ):
            continue
        about = _about(one, grounds)
        matching = [known for known in grounds.known if fits(one.figure, known, one.around + " " + one.heading)]
        if not matching:
            if (
                plain
                and one.figure.unit in ("plain", "count")
                and one.figure.value in (sizes if one.figure.unit == "count" else sizes | headed)
            ):
                continue
            detail = f"{one.figure.said.strip()} is neither a right figure nor a fact of this answer."
            failures.append(Failure(code="ungrounded number", detail=detail, about=about))
        elif (code := _misplaced(one, matching, grounds)) is not None:
            detail = f"{one.figure.said.strip()} is told of {_told(one)}, but is a figure of {_of(matching[0])}."
            failures.append(Failure(code=code, detail=detail, about=about))
    return failures + _turned_round(grounds) + mismatched(grounds.answer, grounds.page)


def _turned_round(grounds: Grounds) -> list[Failure]:
    """ "From 2 to 1", "2 → 1" where it was 1 before and 2 after."""
    failures: list[Failure] = []
    for one, other in itertools.pairwise(
        one for one in grounds.page.shown if one.grid < 0 and one.figure.role == "main"
    ):
        if one.place != other.place or one.figure.value == other.figure.value:
            continue
        text = grounds.page.passages[one.place].text
        between = re.sub(r"\([^()]*\)|\[[^\[\]]*\]", "", text[one.figure.end : other.figure.start])
        led = _ARROW.fullmatch(between) or (_TO.fullmatch(between) and _FROM.search(text[: one.figure.start]))
        if led and _side(one, grounds) == {"after"} and _side(other, grounds) == {"before"}:
            detail = f"{one.figure.said.strip()} is told as the figure before and is the one after."
            failures.append(Failure(code="wrong period", detail=detail, about=text[:160]))
    return failures


def _side(one: Shown, grounds: Grounds) -> set[str]:
    """Whether the facts that the figure may be are of before or of after."""
    return {
        "before" if "before" in said else "after" if "after" in said else ""
        for known in grounds.known
        if fits(one.figure, known, one.around) and agrees(one.bound, known) and known.source == "fact"
        for said in [(known.name.rpartition("_")[2], *known.where.get("time", ()))]
    }


def _in_names(grounds: Grounds) -> set[float]:
    """Numbers in the names of columns and in the words of tables: the months after joining, the rows of a file."""
    words = [text for table in grounds.answer.tables for column in table.columns for text in [column.name]]
    words += [cell for table in grounds.answer.tables for row in table.rows for cell in row if isinstance(cell, str)]
    words += [value for fact in grounds.answer.facts for value in fact.where.values()]
    return {figure.value for text in words for figure in figures(text) if figure.readings[0][1] == 0}


def _sizes(grounds: Grounds) -> Iterator[float]:
    """How many rows or segments there are: "the three plans" may be said."""
    yield from (float(len(grid.rows)) for grid in grounds.page.grids)
    yield from (float(len(values)) for values in grounds.book.names.of.values())
    if grounds.gold is not None:
        yield float(len(grounds.gold.rows))
        for column in grounds.gold.key:
            yield float(len({row[column] for row in grounds.gold.rows}))
    listed = [passage for passage in grounds.page.passages if passage.kind == "item"]
    yield from ([float(len(listed))] if listed else [])
    segments = {str(fact.where) for fact in grounds.answer.facts if fact.where}
    yield float(len(segments))


def _is_constant(one: Shown, grounds: Grounds) -> bool:
    figure = one.figure
    if figure.role == "level":
        return True
    text = grounds.page.passages[one.place].text if one.grid < 0 else one.heading
    if figure.value in (80, 90, 95, 99) and figure.unit in ("percent", "plain"):
        near = text[max(0, figure.start - 40) : figure.end + 30] if one.grid < 0 else one.heading
        return bool(_LEVEL.search(near) or (figure.value == 80 and _POWER.search(near)))
    if one.grid >= 0:
        return figure.role == "p" and _bounds_a_p("<", figure.value, grounds)
    if any(match.start() <= figure.start < match.end() for match in _SCALE.finditer(text)):
        return True
    if figure.role == "p" and figure.value in (0.001, 0.01, 0.05, 0.1):
        return _bounds_a_p(text[: figure.start], figure.value, grounds)
    return figure.value == 5 and figure.unit == "percent" and bool(_LEVEL.search(text))


def _bounds_a_p(before: str, value: float, grounds: Grounds) -> bool:
    told = [known.value for known in grounds.known if known.kind == "p"]
    less = before.rstrip().endswith(("<", "≤"))
    return any(p < value if less else p >= value for p in told) if re.search(r"[<>≤≥]\s*$", before) else False


def _misplaced(one: Shown, matching: list[Known], grounds: Grounds) -> Code | None:
    """The figure is right for something else than the text says."""
    if one.figure.role == "p":
        return None
    bound = {column: values for column, values in one.bound.items() if one.strength[column] != "before"}
    matching = _more_precise(matching)
    fine = [known for known in matching if agrees(bound, known)]
    if fine:
        return "wrong value" if _is_of_whole(one, fine, grounds) or _is_stray(one, fine, grounds) else None
    named = {column: values for column, values in bound.items() if column != PERIOD}
    return "swapped" if named and not any(agrees(named, known) for known in matching) else "wrong period"


def _more_precise(matching: list[Known]) -> list[Known]:
    """Without gold that a fact tells more about: the gold knows no filter, the fact has it."""
    facts = [known for known in matching if known.source == "fact" and known.part == "value"]

    def outdone(gold: Known) -> bool:
        same = [fact for fact in facts if fact.kind == gold.kind and abs(fact.value - gold.value) < 1e-6]
        return any(agrees(gold.where, fact) for fact in same)

    return [known for known in matching if known.source != "gold" or not outdone(known)]


def _is_of_whole(one: Shown, fine: list[Known], grounds: Grounds) -> bool:
    """It is told of a segment directly and is the figure of the whole, where the segment has one of its own."""
    own = {column: values for column, values in one.bound.items() if one.strength[column] == "own"}
    if not one.tight or not own or any(exactly(own, known) for known in fine):
        return False
    kinds = {known.kind for known in fine if known.part != "end"}
    return any(
        exactly(own, known)
        and known.kind in kinds
        and known.part == "value"
        and not known.difference
        and not fits(one.figure, known, one.around)
        for known in grounds.known
    )


def _is_stray(one: Shown, fine: list[Known], grounds: Grounds) -> bool:
    """It is the figure of a segment that neither the text so far nor the question names."""
    if one.figure.role not in ("main", "n") or one.grid >= 0:
        return False
    so_far = [passage.text for passage in grounds.page.passages[: one.place + 1]] + list(
        grounds.page.passages[one.place].above
    )
    told = [mention.value for text in so_far for mention in grounds.book.mentions(text)]
    return all(_is_unnamed(known, told, grounds.answer.question) for known in fine)


def _is_unnamed(known: Known, told: list[Value], question: str) -> bool:
    names = [
        value
        for column, values in known.where.items()
        if column not in (PERIOD, *_HOW)
        for value in values
        if isinstance(value, str)
    ]
    if any(name.startswith("not ") for name in names):  # told as "all others", whatever their name is
        return False
    names = [name for name in names if can_stand_alone(name) and not as_period(name)]
    return bool(names) and not any(name in told or is_like(name, question) for name in names)


def _about(one: Shown, grounds: Grounds) -> str:
    return grounds.page.passages[one.place].text[:160] if one.grid < 0 else one.heading


def _told(one: Shown) -> str:
    return ", ".join(_said(value) for values in one.bound.values() for value in values) or "the whole"


def _of(known: Known) -> str:
    return ", ".join(_said(value) for values in known.where.values() for value in values) or "the whole"


def _said(value: Value) -> str:
    return value if isinstance(value, str) else f"{value.first}..{value.last}"
