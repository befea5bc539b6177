"""Leaving single periods of a series out, so that the rest of it can be told beside what was told before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from agent.ledger_atoms import Classes, singled_out
from agent.ledger_cells import read_facts
from tools.result import Model, Result
from tools.scope import PERIOD
from warehouse.catalog import Catalog

SERIES = frozenset(["trend", "find_change_points"])
"""Tools whose cells are periods, each with a figure of its own."""
LEVEL = "nps_level"
"""The level of a stretch between breaks, beside which the test and the date of a break say enough."""
FEWEST = 4
"""Periods that make a series."""
MOST = 0.34
"""Of the periods of a series that may be left out; with more it says too little."""
_FIELDS = ("n", "promoters", "passives", "detractors", "nps", "low", "high")


def periods_of(catalog: Catalog, arguments: Mapping[str, Any], result: Result) -> dict[str, list[str]]:
    """The cells of a series, which differ in nothing but their period: their keys, each with the ids of its facts."""
    series: dict[str, dict[str, list[str]]] = {}
    levels = set[str]()
    for fact, cell, rest in read_facts(catalog, arguments, result):
        if cell.days and not rest and PERIOD in fact.where:
            same = cell.model_copy(update={"days": None}).key
            series.setdefault(same, {}).setdefault(cell.key, []).append(fact.id)
            levels |= {cell.key} if fact.name == LEVEL else set()
    return {
        key: ids
        for periods in series.values()
        for key, ids in periods.items()
        if len(periods) >= FEWEST or key in levels
    }


def left_out(classes: Classes, fixed: Sequence[int], periods: Sequence[int], base: int) -> list[int] | None:
    """Rows of `periods`, as few as can be, without which nobody can be singled out; None where that is too many.

    For each that is left out another one is, so that neither a slope nor a test over all periods gives it back.
    """

    def safe(rows: Sequence[int]) -> bool:
        return singled_out(_alike(classes, rows), base) is None

    if not safe(fixed):
        return None
    kept = _admitted(list(fixed), list(periods), safe)
    out = [row for row in periods if row not in kept]
    for row in out:
        kept = _admitted([*fixed, row], [other for other in kept if other not in fixed], safe, start=list(fixed))
    gone = [row for row in periods if row not in kept]
    return gone if len(gone) <= max(2, MOST * len(periods)) else None


def _admitted(
    told: list[int], rows: list[int], safe: Callable[[Sequence[int]], bool], start: list[int] | None = None
) -> list[int]:
    """The rows that can be told together, the first ones first; `told` beside them are looked at, not given back."""
    taken: list[int] = []
    waiting = [rows] if rows else []
    while waiting:
        some = waiting.pop(0)
        if safe([*told, *taken, *some]):
            taken += some
        elif len(some) > 1:
            half = len(some) // 2
            waiting[:0] = [some[:half], some[half:]]
    return [*(start if start is not None else told), *taken]


def _alike(classes: Classes, rows: Sequence[int]) -> Classes:
    """These cells alone; answers that none of them tells apart are one class."""
    member = classes.member[list(rows)]
    covered = member.any(axis=0)
    signs, inverse = np.unique(member[:, covered], axis=1, return_inverse=True)
    sizes = np.bincount(inverse.ravel(), weights=classes.sizes[covered], minlength=signs.shape[1]).astype(np.int64)
    return Classes(signs, sizes, [{} for _ in range(signs.shape[1])])


def without(result: Result, ids: Iterable[str], base: int) -> Result:
    """The result without the figures of these facts, in its facts and wherever else they stand."""
    gone = set(ids)
    labels = {fact.where[PERIOD] for fact in result.facts if fact.id in gone}
    gone |= {fact.id for fact in result.facts if fact.where.get("against") in labels}
    reason = f"left out: beside what was told before it would give away fewer than {base} answers"
    empty = {"value": None, "n": None, "low": None, "high": None, "reason": reason}
    data = {name: _emptied(getattr(result, name), gone) for name in type(result).model_fields}
    data["facts"] = [fact.model_copy(update=empty) if fact.id in gone else fact for fact in result.facts]
    data["caveats"] = [
        *result.caveats,
        f"Left out, because beside what was told before they would give away fewer than {base} answers: "
        f"{', '.join(sorted(labels))}.",
    ]
    if result.table is not None:
        rows = [[_cell(value, row, labels) for value in row] for row in result.table.rows]
        data["table"] = result.table.model_copy(update={"rows": rows})
    data["chart"] = _charted(result.chart, labels)
    return result.model_copy(update=data)


def _emptied(value: Any, gone: set[str]) -> Any:
    """Nested cells of these facts without their figures."""
    if isinstance(value, list):
        return [_emptied(item, gone) for item in value]
    if not isinstance(value, Model):
        return value
    if getattr(value, "fact", None) in gone:
        return value.model_copy(update={name: None for name in _FIELDS if name in type(value).model_fields})
    return value.model_copy(update={name: _emptied(getattr(value, name), gone) for name in type(value).model_fields})


def _cell(value: Any, row: Sequence[Any], labels: set[str]) -> Any:
    figure = isinstance(value, int | float) and not isinstance(value, bool)
    return None if figure and any(label in row for label in labels) else value


def _charted(chart: dict[str, Any] | None, labels: set[str]) -> dict[str, Any] | None:
    values = (chart or {}).get("data", {}).get("values")
    if chart is None or not isinstance(values, list):
        return None
    shown = [row for row in values if not labels & {text for text in row.values() if isinstance(text, str)}]
    return {**chart, "data": {**chart["data"], "values": shown}}
