"""Whether each right row is shown, under its own name, and no other row."""

from __future__ import annotations

import re
from collections.abc import Iterator

from evals.codes import Code, Failure
from evals.scoring.values.bind import Shown, Value
from evals.scoring.values.cells import contradictions
from evals.scoring.values.extra import disorder, extra_rows
from evals.scoring.values.known import Known, fits
from evals.scoring.values.names import PERIOD, UNKNOWN, folded, is_like, same
from evals.scoring.values.periods import Span, periods
from evals.scoring.values.sought import KINDS, Key, Sought, could_be, said
from tools.result import Cell

_NO_VALUE = re.compile(
    r"–|—|n/a|\bno (?:value|nps|answers?|data|responses?|figure|scored|result)|not enough|too few|suppressed|"
    r"hidden|withheld|left out|without (?:answers|a value)|cannot|can't|"
    r"keine?n? |zu wenige|nicht genug|unterdrückt|ohne|sin |no hay|demasiad|ningun|insuficien|undefined|no one|"
    r"nobody|none\b|empty|missing",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"unknown|missing|blank|no value|none|not given|without|unbekannt|ohne|keine angabe|sin |desconocid|"
    r"not recorded|empty|null",
    re.IGNORECASE,
)
_FEW = re.compile(
    r"too few|suppress|hidden|left out|withheld|fewer than|under \d|minimum|not shown|small|zu wenige|"
    r"weniger als|unterdrückt|menos de|pocas|insuficien",
    re.I,
)
MINIMUM_BASE = 20


def row_failures(sought: Sought) -> list[Failure]:
    """Everything that is wrong with the rows."""
    failures: list[Failure] = []
    for row in sought.gold.rows:
        failures += list(_of_row(sought, row))
    failures = _swaps(failures)
    failures += list(contradictions(sought, failures))
    if "extra rows" not in sought.ignore:
        failures += extra_rows(sought.gold, sought.page, sought.book)
    if "order" not in sought.ignore and not failures:
        failures += disorder(sought.gold, sought.page, sought.book)
    return failures


def _of_row(sought: Sought, row: dict[str, Cell]) -> Iterator[Failure]:
    key = sought.book.key_of(row, sought.gold)
    label = said(key)
    candidates = _candidates(sought, key)
    for name, measure in sought.gold.values.items():
        value = row[name]
        if value is None:
            yield from _of_empty(sought, key, name, candidates)
        elif measure in ("date", "text"):
            if not _mentioned(sought, key, str(value)):
                yield Failure(
                    code="missing row", detail=f"{name} of {label} should be {value} and is not shown.", about=label
                )
        else:
            right = sought.right(row, name)
            if right is not None and not any(sought.fits(one, right) for one in candidates):
                yield from _unmatched(sought, row, key, right, candidates)


def _candidates(sought: Sought, key: Key) -> list[Shown]:
    if not sought.gold.key:
        return [one for one in sought.page.shown if _is_of_question(sought, one)]
    if None in key.values():
        return [one for one in sought.page.shown if _is_unnamed(sought, one, key)]
    return [one for one in sought.page.shown if one.told_of(key)]


def _is_unnamed(sought: Sought, one: Shown, key: Key) -> bool:
    """Of those without a value, or of all: a compound question has rows that some columns say nothing of."""
    named: Key = {column: value for column, value in key.items() if value is not None}
    if named and not one.told_of(named):
        return False
    if _is_of_all(sought, one, [column for column in key if column not in named]):
        return True
    if one.grid >= 0:
        return any(folded(cell).strip() in UNKNOWN for cell in sought.page.grids[one.grid].rows[one.place])
    return bool(_UNNAMED.search(sought.page.passages[one.place].text))


def _is_of_all(sought: Sought, one: Shown, columns: list[str]) -> bool:
    """The rows of the gold leave a column out in turn, and the figure is told of none of its values."""
    keys = [sought.book.key_of(row, sought.gold) for row in sought.gold.rows]
    compound = all(None in key.values() for key in keys) or len(columns) == len(sought.gold.key)
    return compound and not any(one.strength.get(column) in ("own", "above") for column in columns)


def _is_of_question(sought: Sought, one: Shown) -> bool:
    """Told of nothing that the question does not speak of: by its words, or as the answer's own facts have it."""
    asked = [when.span for when in periods(sought.answer.question)]
    for column, values in one.bound.items():
        if one.strength[column] == "before":
            continue
        if column == PERIOD:
            if asked and not any(
                isinstance(value, Span) and any(value.meets(span) for span in asked) for value in values
            ):
                return False
        elif not any(is_like(str(value), sought.answer.question) for value in values) and not _is_backed(
            sought, one, column, values
        ):
            return False
    return True


def _is_backed(sought: Sought, one: Shown, column: str, values: tuple[Value, ...]) -> bool:
    around = one.around + " " + one.heading
    return any(
        any(same(value, other) for value in values for other in known.where.get(column, ()))
        for known in sought.known
        if known.source == "fact" and known.part != "end" and fits(one.figure, known, around)
    )


def _unmatched(
    sought: Sought, row: dict[str, Cell], key: Key, right: Known, candidates: list[Shown]
) -> Iterator[Failure]:
    label = said(key)
    plausible = [one for one in candidates if could_be(one, right)]
    if not plausible:
        if not sought.gold.key and _of_other_period(sought, right):
            yield Failure(
                code="wrong period", detail=f"{right.name} is told of another period than asked.", about=label
            )
        elif not ("small rows" in sought.ignore and _may_be_left_out(sought, row, key)):
            yield Failure(
                code="missing row",
                detail=f"{right.name} of {label} should be {right.value:g} and is not shown.",
                about=label,
            )
        return
    found = plausible[0]
    owner = _owner(sought, found, right, row)
    code: Code = "wrong value"
    if owner is not None:
        code = "wrong period" if all(isinstance(value, Span) for value in key.values()) else "wrong value"
    other = f", which is that of {owner}" if owner else ""
    detail = f"{right.name} of {label} should be {right.value:g} and is shown as {found.figure.said.strip()}{other}."
    yield Failure(code=code, detail=detail, about=label)


def _of_other_period(sought: Sought, right: Known) -> bool:
    return any(sought.fits(one, right) and PERIOD in one.bound for one in sought.page.shown)


def _owner(sought: Sought, found: Shown, right: Known, row: dict[str, Cell]) -> str | None:
    """The row that the figure is of in truth."""
    for other in sought.gold.rows:
        its = sought.right(other, right.name)
        if other is not row and its is not None and sought.fits(found, its):
            return said(sought.book.key_of(other, sought.gold))
    return None


def _may_be_left_out(sought: Sought, row: dict[str, Cell], key: Key) -> bool:
    counts = [row[name] for name, measure in sought.gold.values.items() if measure == "count"]
    if counts:
        return all(isinstance(count, int | float) and count < MINIMUM_BASE for count in counts)
    return _shown_empty(sought, key) or bool(_FEW.search(" ".join([sought.answer.text, *sought.answer.caveats])))


def _of_empty(sought: Sought, key: Key, name: str, candidates: list[Shown]) -> Iterator[Failure]:
    """A row without a value: it is shown as having none, or not at all; a zero would be wrong."""
    label = said(key)
    kind = KINDS.get(sought.gold.values[name], "points")
    for one in candidates:
        if one.tight and could_be(one, Known(0.0, kind, {}, name)) and not _is_another(sought, one, key, name):
            detail = f"{name} of {label} has no value and is shown as {one.figure.said.strip()}."
            yield Failure(code="wrong value", detail=detail, about=label)
            return
    if "empty rows" not in sought.ignore and not _shown_empty(sought, key):
        yield Failure(code="missing row", detail=f"{label} should be shown as having no {name}.", about=label)


def _is_another(sought: Sought, one: Shown, key: Key, name: str) -> bool:
    """It is another right figure of the row."""
    rows = [row for row in sought.gold.rows if sought.book.key_of(row, sought.gold) == key]
    others = [sought.right(row, other) for row in rows for other in sought.gold.values if other != name]
    return any(right is not None and sought.fits(one, right) for right in others)


def _shown_empty(sought: Sought, key: Key) -> bool:
    named = {column: value for column, value in key.items() if value is not None}
    for place, told in sought.page.rows.items():
        if all(any(same(one, value) for one in told.get(column, ())) for column, value in named.items()) and (
            named or not sought.gold.key
        ):
            cells = sought.page.grids[place[0]].rows[place[1]]
            if any(folded(cell).strip() in UNKNOWN for cell in cells):
                return True
    for passage, mentions in zip(sought.page.passages, sought.page.mentions, strict=True):
        told_of = all(
            any(one.column == name and same(one.value, its) for one in mentions) for name, its in named.items()
        )
        if told_of and _NO_VALUE.search(passage.text):
            return True
    return False


def _mentioned(sought: Sought, key: Key, value: str) -> bool:
    """A text or a date is said where its row is told of."""
    from evals.scoring.values.periods import as_period

    span, wanted = as_period(value), folded(value).strip()

    def says(text: str) -> bool:
        return wanted in folded(text) or (span is not None and any(when.span.same(span) for when in periods(text)))

    places = [
        (passage.text, {one.column: (one.value,) for one in mentions}, list(mentions))
        for passage, mentions in zip(sought.page.passages, sought.page.mentions, strict=True)
    ]
    for text, _, mentions in places:
        if says(text) and all(
            value is None or any(one.column == column and same(one.value, value) for one in mentions)
            for column, value in key.items()
        ):
            return True
    for (grid, row), told in sought.page.rows.items():
        if any(says(cell) for cell in sought.page.grids[grid].rows[row]) and all(
            value is None or any(same(one, value) for one in told.get(column, ())) for column, value in key.items()
        ):
            return True
    return False


def _swaps(failures: list[Failure]) -> list[Failure]:
    """Two rows that show each other's figures are swapped."""
    made: list[Failure] = []
    for one in failures:
        mutual = any(
            f"which is that of {one.about}." in other.detail and f"which is that of {other.about}." in one.detail
            for other in failures
            if other is not one
        )
        made.append(one.model_copy(update={"code": "swapped"}) if mutual else one)
    return made
