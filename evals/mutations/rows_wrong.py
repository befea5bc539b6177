"""Corruptions of rows: each tells a right figure of something else, leaves a row out, or adds one."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import partial

from evals.mutations.corpus import Subject, cell
from evals.mutations.places import Mutant, Place, gold_columns, key_cells, like, places, with_rows
from evals.scoring.values.periods import as_period
from tools.result import Cell


def rows_wrong(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    """All of them."""
    yield from _swapped_in_text(subject)
    yield from _swapped_in_tables(subject)
    yield from _dropped(subject, draw)
    yield from _invented(subject)
    yield from _null_as_zero(subject, draw)
    yield from _period_shifted(subject)
    yield from _lead_changed(subject)
    yield from _reversed(subject)
    yield from _renamed(subject)


def _swapped_in_text(subject: Subject) -> Iterator[Mutant]:
    """Two figures of the text change places."""
    found = [place for place in places(subject) if subject.gold.key]
    pairs = [(one, other) for at, one in enumerate(found) for other in found[at + 1 :] if _can_swap(one, other)]
    for one, other in pairs[:2]:
        text = subject.answer.text
        said = (
            text[: one.start]
            + like(one, other.value)
            + text[one.end : other.start]
            + like(other, one.value)
            + text[other.end :]
        )
        yield Mutant("two rows swapped", subject.answer.model_copy(update={"text": said}), f"{one.said} ↔ {other.said}")


def _can_swap(one: Place, other: Place) -> bool:
    apart = abs(one.value - other.value)
    return (
        one.name == other.name
        and one.row != other.row
        and apart > (0.003 if one.measure == "share" else 0.3 if one.measure != "count" else 0)
    )


def _swapped_in_tables(subject: Subject) -> Iterator[Mutant]:
    for number, table in enumerate(subject.answer.tables):
        for column, name, rows in gold_columns(subject, table):
            if len(rows) < 2:
                continue
            (row, gold), (other, its) = rows[0], rows[-1]
            one, two = cell(subject.gold.rows[gold][name]), cell(subject.gold.rows[its][name])
            if one is None or two is None or abs(one - two) < (0.003 if subject.gold.values[name] == "share" else 0.3):
                continue
            changed = [list(line) for line in table.rows]
            changed[row][column], changed[other][column] = changed[other][column], changed[row][column]
            kind = "table: periods swapped" if as_period(table.rows[row][0]) else "table: two rows swapped"
            yield Mutant(kind, with_rows(subject, number, changed), f"{changed[row]} ↔ {changed[other]}")


def _dropped(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    """A row goes, from the tables and from the text."""
    if (
        len(subject.gold.key) != 1
        or len(subject.gold.rows) < 2
        or {"empty rows", "small rows"} & set(subject.case.ignore)
    ):
        return
    if any(str(one).startswith("not ") for table in subject.answer.tables for row in table.rows for one in row):
        return
    gone = str(draw.choice(subject.gold.rows)[subject.gold.key[0]])
    tables = [
        table.model_copy(
            update={"rows": [row for row in table.rows if gone.casefold() not in [str(one).casefold() for one in row]]}
        )
        for table in subject.answer.tables
    ]
    lines = [line for line in subject.answer.text.splitlines() if not _names(line, gone)]
    text = "\n".join(lines)
    if not text.strip():
        text = "The table has the figures."
    span = as_period(gone)
    if _names(text, gone) or (
        span is not None and not subject.answer.tables and len(lines) == len(subject.answer.text.splitlines())
    ):
        return
    yield Mutant("row left out", subject.answer.model_copy(update={"tables": tables, "text": text}), gone)


def _names(line: str, name: str) -> bool:
    from evals.scoring.values.periods import periods

    span = as_period(name)
    if span is not None:
        return any(when.span.same(span) for when in periods(line)) or bool(re.search(rf"\b{name[5:]}\b", line))
    return name.casefold() in line.casefold()


def _invented(subject: Subject) -> Iterator[Mutant]:
    """A row for a segment that does not exist, with figures of another."""
    if len(subject.gold.key) != 1 or "extra rows" in subject.case.ignore:
        return
    for number, table in enumerate(subject.answer.tables):
        for row, column, _ in key_cells(subject, table)[:1]:
            if not list(gold_columns(subject, table)):
                continue
            made: list[Cell] = list(table.rows[row])
            made[column] = "Riverside" if as_period(made[column]) is None else "2031-Q1"
            yield Mutant("table: row invented", with_rows(subject, number, [*table.rows, made]), str(made[column]))
    lines = subject.answer.text.splitlines()
    name = str(subject.gold.rows[0][subject.gold.key[0]])
    for at, line in enumerate(lines):
        if name in line and re.match(r"\s*(?:[-*|]|\d\.)\s", line) and as_period(name) is None:
            text = "\n".join([*lines[: at + 1], line.replace(name, "Riverside"), *lines[at + 1 :]])
            yield Mutant("row invented", subject.answer.model_copy(update={"text": text}), "Riverside")
            return


def _null_as_zero(subject: Subject, draw: random.Random) -> Iterator[Mutant]:
    """A row has no value, and is shown as 0: the gold and the table are emptied first."""
    emptied = emptied_row(subject, draw)
    if emptied is None:
        return
    less, number, row, column = emptied
    changed = [
        [0.0 if (at, place) == (row, column) else one for place, one in enumerate(line)]
        for at, line in enumerate(less.answer.tables[number].rows)
    ]
    yield Mutant("nothing shown as 0", with_rows(less, number, changed), str(changed[row][0]), less.gold)


def emptied_row(subject: Subject, draw: random.Random) -> tuple[Subject, int, int, int] | None:
    """The same answer in a world where a row has no value, with the table, row and column of that cell."""
    for number, table in enumerate(subject.answer.tables):
        for column, name, rows in gold_columns(subject, table):
            unsaid = (
                [
                    (row, gold)
                    for row, gold in rows
                    if not _names(subject.answer.text, str(subject.gold.rows[gold][subject.gold.key[0]]))
                ]
                if subject.gold.key
                else []
            )
            if unsaid and subject.gold.values[name] == "points":
                row, gold = draw.choice(unsaid)
                key = subject.gold.rows[gold][subject.gold.key[0]]
                none: list[list[Cell]] = [
                    [
                        None if at == row and table.columns[place].unit == "points" else one
                        for place, one in enumerate(line)
                    ]
                    for at, line in enumerate(table.rows)
                ]
                golds = [{**line, name: None} if at == gold else line for at, line in enumerate(subject.gold.rows)]
                facts = [fact for fact in subject.answer.facts if str(key) not in fact.where.values()]
                answer = with_rows(subject, number, none).model_copy(update={"facts": facts})
                made = Subject(
                    subject.id,
                    subject.case,
                    type(subject.gold)(golds, subject.gold.key, subject.gold.values, subject.gold.tolerance),
                    answer,
                )
                return made, number, row, column
    return None


_MONTHLY = re.compile(r"\b(20\d\d)-(Q[1-4]|0\d|1[0-2])(?![\d-])")
_QUARTER = re.compile(r"\bQ([1-4]) (20\d\d)\b")


def _period_shifted(subject: Subject) -> Iterator[Mutant]:
    """The periods of the text, all a year earlier; those of the tables one row on."""
    for pattern, year in ((_MONTHLY, 1), (_QUARTER, 2)):
        text = pattern.sub(partial(_earlier, group=year), subject.answer.text)
        asked = pattern.search(subject.case.ask) or (
            subject.gold.key and as_period(subject.gold.rows[0][subject.gold.key[0]])
        )
        if (
            text != subject.answer.text
            and asked
            and not re.search(r"\b(?:last|previous|vs|against|than)\b", subject.answer.text)
        ):
            yield Mutant("period shifted", subject.answer.model_copy(update={"text": text}), text[:60])
    for number, table in enumerate(subject.answer.tables):
        keyed = key_cells(subject, table)
        if (
            len(keyed) > 2
            and as_period(table.rows[keyed[0][0]][keyed[0][1]]) is not None
            and list(gold_columns(subject, table))
        ):
            column = keyed[0][1]
            names = [table.rows[row][column] for row, _, _ in keyed]
            changed = [list(line) for line in table.rows]
            for (row, _, _), name in zip(keyed, [*names[1:], names[0]], strict=True):
                changed[row][column] = name
            yield Mutant("table: periods shifted", with_rows(subject, number, changed), f"{names[0]} → {names[1]}")


def _earlier(match: re.Match[str], group: int) -> str:
    year = match.group(group)
    return match.group().replace(year, str(int(year) - 1))


def _lead_changed(subject: Subject) -> Iterator[Mutant]:
    """Another name in the place of the finding."""
    if not subject.case.lead:
        return
    lead = subject.case.lead[0]
    others = [
        str(value)
        for fact in subject.answer.facts
        for column, value in fact.where.items()
        if column not in ("against", "test", "period")
    ]
    columns = [column for fact in subject.answer.facts for column, value in fact.where.items() if value == lead]
    same = (
        [str(fact.where[columns[0]]) for fact in subject.answer.facts if columns and columns[0] in fact.where]
        if columns
        else others
    )
    for other in dict.fromkeys(same):
        if (
            other != lead
            and lead in subject.answer.text
            and other not in subject.case.ask
            and not other.startswith("not ")
            and " or " not in other
        ):
            text = subject.answer.text.replace(other, "\0").replace(lead, other).replace("\0", lead)
            yield Mutant("lead changed", subject.answer.model_copy(update={"text": text}), f"{lead} → {other}")
            return


def _reversed(subject: Subject) -> Iterator[Mutant]:
    """A list or a written table the other way round, where order matters."""
    if "order" in subject.case.ignore or len(subject.gold.rows) < 2 or len(subject.gold.key) != 1:
        return
    names = [str(row[subject.gold.key[0]]) for row in subject.gold.rows]
    lines = subject.answer.text.splitlines()
    mine = [
        at
        for at, line in enumerate(lines)
        if sum(name in line for name in names) == 1 and re.match(r"\s*(?:[-*|]|\d\.)\s", line)
    ]
    if len(mine) == len(names) and as_period(names[0]) is None:
        bodies = [re.sub(r"^\s*(?:[-*]|\d\.)\s", "", lines[at]) for at in mine]
        for at, body in zip(mine, reversed(bodies), strict=True):
            mark = re.match(r"\s*(?:[-*]|\d\.)\s", lines[at])
            lines[at] = (mark.group() if mark else "") + body
        yield Mutant("order reversed", subject.answer.model_copy(update={"text": "\n".join(lines)}), names[0])


def _renamed(subject: Subject) -> Iterator[Mutant]:
    """A figure of one segment under the name of another: the name changes, the figure stays."""
    if len(subject.gold.key) != 1 or len(subject.gold.rows) < 3:
        return
    names = [str(row[subject.gold.key[0]]) for row in subject.gold.rows]
    shown = [name for name in names if subject.answer.text.count(name) == 1 and as_period(name) is None]
    if len(shown) >= 2 and all(not (one != other and one in other) for one in shown for other in shown):
        one, other = shown[0], shown[-1]
        text = subject.answer.text.replace(one, "\0").replace(other, one).replace("\0", other)
        values = [
            cell(row[next(iter(subject.gold.values))])
            for row in subject.gold.rows
            if str(row[subject.gold.key[0]]) in (one, other)
        ]
        if None not in values and abs((values[0] or 0) - (values[1] or 0)) > 0.3 and places(subject):
            yield Mutant("names exchanged", subject.answer.model_copy(update={"text": text}), f"{one} ↔ {other}")
