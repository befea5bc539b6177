"""Whether each right row is shown, under its own name, and no other row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.answer import Answer
from evals.cases import Measure
from evals.codes import Code, Failure
from evals.gold import GoldRows
from evals.scoring.reading_periods import Span, periods
from evals.scoring.values_bind import Page, Shown, Value
from evals.scoring.values_extra import disorder, extra_rows, total_like
from evals.scoring.values_known import Kind, Known, agrees, fits, is_difference
from evals.scoring.values_names import PERIOD, UNKNOWN, Directory, folded, is_like, same
from tools.result import Cell

_KINDS: dict[Measure, Kind] = {
    "points": "points", "share": "share", "count": "count", "score": "number", "amount": "number", "days": "number",
}  # fmt: skip
_NO_VALUE = re.compile(
    r"–|—|n/a|\bno (?:value|nps|answers?|data|responses?|figure|scored|result)|not enough|too few|suppressed|hidden|withheld|left out|without (?:answers|a value)|cannot|can't|"
    r"keine?n? |zu wenige|nicht genug|unterdrückt|ohne|sin |no hay|demasiad|ningun|insuficien|undefined|no one|nobody|none\b|empty|missing",
    re.IGNORECASE,
)
_UNNAMED = re.compile(
    r"unknown|missing|blank|no value|none|not given|without|unbekannt|ohne|keine angabe|sin |desconocid|not recorded|empty|null",
    re.IGNORECASE,
)
_FEW = re.compile(
    r"too few|suppress|hidden|left out|withheld|fewer than|under \d|minimum|not shown|small|zu wenige|weniger als|unterdrückt|menos de|pocas|insuficien",
    re.I,
)
MINIMUM_BASE = 20

Key = dict[str, Value | None]


@dataclass
class Sought:
    """The right rows, and the page that should show them."""

    gold: GoldRows
    answer: Answer
    ignore: frozenset[str]
    book: Directory
    page: Page
    known: list[Known]

    def right(self, row: dict[str, Cell], name: str) -> Known | None:
        """The right figure of a row."""
        value = row[name]
        kind = _KINDS.get(self.gold.values[name])
        if kind is None or value is None or isinstance(value, str):
            return None
        return Known(float(value), kind, {}, name, difference=is_difference(name), tolerance=self.gold.tolerance)

    def fits(self, shown: Shown, right: Known) -> bool:
        """The figure is the right one at a rounding that is fine enough."""
        whole = "rounding" in self.ignore
        return fits(shown.figure, right, shown.around + " " + shown.heading, strict=True, whole=whole)


def row_failures(sought: Sought) -> list[Failure]:
    """Everything that is wrong with the rows."""
    failures: list[Failure] = []
    for row in sought.gold.rows:
        failures += list(_of_row(sought, row))
    failures = _swaps(failures)
    failures += list(_contradictions(sought, failures))
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
    named = {column: value for column, value in key.items() if value is not None}
    if named and not one.told_of(named):
        return False
    if one.grid >= 0:
        return any(folded(cell).strip() in UNKNOWN for cell in sought.page.grids[one.grid].rows[one.place])
    return bool(_UNNAMED.search(sought.page.passages[one.place].text))


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
    plausible = [one for one in candidates if _could_be(one, right)]
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


def _could_be(one: Shown, right: Known) -> bool:
    """The figure is of the right kind to be the one that is sought."""
    figure = one.figure
    if figure.role in ("interval", "p") or (figure.role == "difference" and not right.difference):
        return False
    if right.kind == "count":
        return figure.unit == "count" or figure.role == "n"
    if right.kind == "share":
        return figure.unit == "percent" and figure.value not in (90, 95, 99)
    return figure.unit in ("points", "plain") and figure.role != "n"


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
    kind = _KINDS.get(sought.gold.values[name], "points")
    for one in candidates:
        if one.tight and _could_be(one, Known(0.0, kind, {}, name)) and not _is_another(sought, one, key, name):
            detail = f"{name} of {label} has no value and is shown as {one.figure.said.strip()}."
            yield Failure(code="wrong value", detail=detail, about=label)
            return
    if "empty rows" not in sought.ignore and not _shown_empty(sought, key):
        yield Failure(code="missing row", detail=f"{label} should be shown as having no {name}.", about=label)


def _is_another(sought: Sought, one: Shown, key: Key, name: str) -> bool:
    """It is another figure of the row: another column of the gold, or of a column of a table that is about something else."""
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
        if all(
            any(one.column == column and same(one.value, value) for one in mentions) for column, value in named.items()
        ):
            if _NO_VALUE.search(passage.text):
                return True
    return False


def _mentioned(sought: Sought, key: Key, value: str) -> bool:
    """A text or a date is said where its row is told of."""
    from evals.scoring.reading_periods import as_period

    span, wanted = as_period(value), folded(value).strip()

    def says(text: str) -> bool:
        return wanted in folded(text) or (span is not None and any(when.span.same(span) for when in periods(text)))

    places = [
        (passage.text, {one.column: (one.value,) for one in mentions}, [one for one in mentions])
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


def _contradictions(sought: Sought, failures: list[Failure]) -> Iterator[Failure]:
    """Figures of tables that say something else than the gold, where the right one stands elsewhere."""
    told = {failure.about for failure in failures}
    for grid in range(len(sought.page.grids)):
        for name in sought.gold.values:
            for label, detail in _wrong_cells(sought, grid, name):
                if label not in told:
                    yield Failure(code="wrong value", detail=detail, about=label)


def _wrong_cells(sought: Sought, grid: int, name: str) -> list[tuple[str, str]]:
    """Cells of the column that holds a measure, but not its right figures."""
    cells = [one for one in sought.page.shown if one.grid == grid]
    wrong: list[tuple[str, str]] = []
    for heading in dict.fromkeys(one.heading for one in cells):
        mine = [one for one in cells if one.heading == heading]
        right, off = 0, list[tuple[str, str]]()
        for one in mine:
            row = _gold_row(sought, one)
            known = sought.right(row, name) if row is not None else None
            if row is None or known is None or one.figure.role == "interval":
                continue
            label = said(sought.book.key_of(row, sought.gold))
            if sought.fits(one, known):
                right += 1
            elif _could_be(one, known):
                off.append(
                    (
                        label,
                        f"The table shows {one.figure.said.strip()} as {heading} of {label}; it should be {known.value:g}.",
                    )
                )
        alike = _alike(heading, name) or (not sought.gold.key and is_like(heading, sought.answer.question))
        if off and (right > len(off) or ((alike or right) and not _all_backed(sought, mine, off))):
            wrong += off
    return wrong


def _gold_row(sought: Sought, one: Shown) -> dict[str, Cell] | None:
    """The gold row that a cell is of: exactly, not a part of it."""
    for row in sought.gold.rows:
        key = sought.book.key_of(row, sought.gold)
        if sought.gold.key and not one.told_of(key):
            continue
        beyond = {
            column: values
            for column, values in one.bound.items()
            if column not in key and one.strength[column] == "own"
        }
        if all(
            _is_asked(sought, value, key) or _is_constant(sought, one, column)
            for column, values in beyond.items()
            for value in values
        ):
            return row
    return None


def _is_constant(sought: Sought, one: Shown, column: str) -> bool:
    """All rows of the table are of it: it is what the table is about."""
    told = [values for (grid, _), values in sought.page.rows.items() if grid == one.grid]
    return len(told) > 1 and all(values.get(column) == one.bound[column] for values in told)


def _is_asked(sought: Sought, value: Value, key: Key) -> bool:
    if any(own is not None and same(value, own) for own in key.values()):
        return True
    if isinstance(value, Span):
        asked = [when.span for when in periods(sought.answer.question)]
        return len(asked) == 1 and asked[0].same(value)
    return is_like(value, sought.answer.question)


def _all_backed(sought: Sought, cells: list[Shown], off: list[tuple[str, str]]) -> bool:
    """The answer's own facts say the same: the table is about something else."""
    del off
    return all(
        any(
            known.source == "fact" and agrees(one.bound, known) and fits(one.figure, known, one.heading)
            for known in sought.known
        )
        for one in cells
    )


def _alike(heading: str, name: str) -> bool:
    one, other = (re.sub(r"\b(?:mean|avg)\b", "average", folded(said).strip()) for said in (heading, name))
    return one == other or (
        len(one) > 2 and len(other) > 2 and (one in other or other in one) and not is_difference(one)
    )


def said(key: Key) -> str:
    """A key in words."""
    return (
        ", ".join(
            "unknown" if value is None else value if isinstance(value, str) else _period(value)
            for value in key.values()
        )
        or "the whole"
    )


def _period(span: Span) -> str:
    return f"{span.first}..{span.last}"


__all__ = ["Sought", "row_failures", "said", "total_like"]
