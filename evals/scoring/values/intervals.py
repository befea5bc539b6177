"""Whether a figure stands beside its own interval and its own n: "+31.6 (95% interval [+24.0, +38.7], n = 488)"."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from agent.answer import Answer
from evals.codes import Failure
from evals.scoring.values.bind import Shown
from evals.scoring.values.page import Page
from evals.scoring.values.reading import Figure

_COUNTED = ("responses", "customers", "rows")


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval and its n."""

    value: float
    low: float
    high: float
    n: float | None


def mismatched(answer: Answer, page: Page) -> list[Failure]:
    """Figures of the text with an interval that is another figure's, or with another's n."""
    estimates = [*_of_facts(answer), *_of_tables(answer)]
    failures: list[Failure] = []
    for main in page.shown:
        if main.grid >= 0 or main.figure.role not in ("main", "difference"):
            continue
        beside = [
            one
            for one in page.shown
            if one.place == main.place and one.grid < 0 and one.head == main.figure.start and one is not main
        ]
        ends = [one.figure for one in beside if one.figure.role == "interval"]
        size = next((one.figure for one in beside if one.figure.role == "n"), None)
        if len(ends) == 2:
            mine = [one for one in estimates if _ends_fit(ends, one)]
        else:
            mine = [one for one in estimates if size and one.n and _near(main.figure, one.value)]
            mine = mine if size and _is_of_another(page, main, size, estimates) else []
        if not mine:
            continue
        before = [main, *_mains_before(page, main)] if main.figure.readings[0][1] == 0 else [main]
        if not any(_near(told.figure, one.value) and _size_fits(size, one.n) for one in mine for told in before):
            detail = f"{main.figure.said.strip()} stands beside an interval or an n that is not its own."
            failures.append(Failure(code="wrong value", detail=detail, about=_sentence(page, main)))
    return failures


def _is_of_another(page: Page, main: Shown, size: Figure, estimates: list[Estimate]) -> bool:
    """The n is that of another figure of the sentence; at its end it may be that of all."""
    others = [
        one.figure
        for one in page.shown
        if one.place == main.place and one.grid < 0 and one is not main and one.figure.role == "main"
    ]
    return any(_near(other, one.value) and one.n and _size_fits(size, one.n) for other in others for one in estimates)


def _mains_before(page: Page, main: Shown) -> list[Shown]:
    """ "45.8% are promoters: 1,464 of 3,200 (95% interval …)": the interval is of the share."""
    same = [
        one
        for one in page.shown
        if one.place == main.place and one.grid < 0 and one.figure.role in ("main", "difference")
    ]
    return [one for one in same if one.figure.start < main.figure.start]


def _sentence(page: Page, one: Shown) -> str:
    return page.passages[one.place].text[:160]


def _of_facts(answer: Answer) -> Iterator[Estimate]:
    for fact in answer.facts:
        if isinstance(fact.value, int | float) and fact.low is not None and fact.high is not None:
            yield from _both_scales(Estimate(float(fact.value), fact.low, fact.high, fact.n), fact.unit)


def _both_scales(one: Estimate, unit: str) -> Iterator[Estimate]:
    scale = 100 if unit in ("share", "share difference") else 1
    made = Estimate(scale * one.value, scale * one.low, scale * one.high, one.n)
    yield made
    yield Estimate(-made.value, -made.high, -made.low, made.n)


def _of_tables(answer: Answer) -> Iterator[Estimate]:
    """Rows of a table with an interval; any figure of the row may be the one that it is of."""
    for table in answer.tables:
        names = [column.name for column in table.columns]
        if "95% low" not in names or "95% high" not in names:
            continue
        low, high = names.index("95% low"), names.index("95% high")
        for row in table.rows:
            ends = (row[low], row[high])
            size = next((row[at] for at, column in enumerate(table.columns) if column.name == "n"), None)
            n = float(size) if isinstance(size, int | float) else None
            for at, (cell, column) in enumerate(zip(row, table.columns, strict=True)):
                if at in (low, high) or column.unit not in ("points", "share") or not isinstance(cell, float):
                    continue
                if isinstance(ends[0], float | int) and isinstance(ends[1], float | int):
                    yield from _both_scales(Estimate(cell, float(ends[0]), float(ends[1]), n), column.unit)


def _ends_fit(ends: list[Figure], one: Estimate) -> bool:
    return _near(ends[0], one.low) and _near(ends[1], one.high)


def _near(figure: Figure, value: float) -> bool:
    values = (value,) if figure.signed else (value, abs(value))
    return any(abs(shown - one) <= 0.5 * 10.0**-places + 1e-6 for shown, places in figure.readings for one in values)


def _size_fits(size: Figure | None, n: float | None) -> bool:
    return size is None or n is None or any(shown == n for shown, _ in size.readings)
