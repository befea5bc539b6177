"""Drawing the worlds of suite `judgement`: planted cells get their NPS exactly, so the sample holds the truth too.

Each world draws from a stream of its own (the number beside the seed), chosen such that what is not planted is not
in the sample either: no cut without a meaning comes near a clear difference by luck.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from evals.worlds.world import Truths

Rows = list[dict[str, Any]]
PASSIVE = 0.26
"""Share of answers of 7 and 8, wherever the NPS leaves room for it."""


@dataclass(frozen=True)
class Planted:
    """Answers that are alike in what matters."""

    values: Mapping[str, Any]
    n: int
    nps: float
    first: dt.date
    last: dt.date
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further columns that are not planted on, the same for all of the cell."""


def planted_rows(draw: np.random.Generator, cells: Sequence[Planted], day: str = "day", score: str = "score") -> Rows:
    """The answers of all cells in order of their day; days are drawn evenly, scores dealt."""
    rows: Rows = []
    for cell in cells:
        span = (cell.last - cell.first).days + 1
        for given in dealt_scores(draw, cell.n, cell.nps):
            when = cell.first + dt.timedelta(days=int(draw.integers(span)))
            rows.append({**cell.values, **cell.more, day: when, score: given})
    draw.shuffle(rows)
    rows.sort(key=lambda row: row[day])
    return rows


def dealt_scores(draw: np.random.Generator, n: int, nps: float) -> list[int]:
    """Scores of `n` answers whose NPS is the planted one, as near as whole answers allow."""
    passive = min(PASSIVE, 1 - abs(nps) / 100)
    promoters = round(n * (1 - passive + nps / 100) / 2)
    detractors = promoters - round(n * nps / 100)
    scores = [
        *draw.choice([9, 10], promoters, p=[0.45, 0.55]).tolist(),
        *draw.choice([0, 2, 3, 4, 5, 6], detractors, p=[0.06, 0.08, 0.14, 0.18, 0.26, 0.28]).tolist(),
        *draw.choice([7, 8], n - promoters - detractors).tolist(),
    ]
    draw.shuffle(scores)
    return scores


def scattered(draw: np.random.Generator, rows: Rows, column: str, shares: Mapping[str, float]) -> None:
    """A column that has nothing to do with anything."""
    chance = np.array(list(shares.values()))
    for row, value in zip(rows, draw.choice(list(shares), len(rows), p=chance / chance.sum()).tolist(), strict=True):
        row[column] = value


def numbered(rows: Rows, column: str, letter: str) -> None:
    """An id for each answer, as the first column."""
    for at, row in enumerate(rows):
        values = dict(row)
        row.clear()
        row.update({column: f"{letter}{at + 1:05d}", **values})


def truths(rows: Rows, *without: str) -> Truths:
    """The rows as a table of the truth."""
    columns = [name for name in rows[0] if name not in without]
    return Truths(columns, [[row[name] for name in columns] for row in rows])


def blemished(draw: np.random.Generator, rows: Rows, score: str, ident: str) -> Rows:
    """The rows as a file would have them: some answers without a score, some impossible ones, some lines twice."""
    spoilt: Rows = list(rows)
    for at, given in enumerate(["", "", "", "", 11, 99, -1]):
        like = rows[int(draw.integers(len(rows)))]
        spoilt.append({**like, ident: f"{like[ident]}-{at}", score: given})
    spoilt += [dict(rows[int(at)]) for at in draw.integers(len(rows), size=4)]
    return spoilt


def write_text(
    path: Path, rows: Rows, names: Mapping[str, str] | None = None, delimiter: str = ",", days_as: str = "%Y-%m-%d"
) -> Path:
    """A delimited file; `names` are the headings where they differ from the columns of the truth."""
    names = names or {}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow([names.get(column, column) for column in rows[0]])
        plain = _plain(days_as)
        writer.writerows([plain(value) for value in row.values()] for row in rows)
    return path


def _plain(days_as: str) -> Callable[[Any], Any]:
    return lambda value: value.strftime(days_as) if isinstance(value, dt.date) else value


def nps_of(scores: Sequence[int]) -> float:
    """The NPS of some scores, for the truth."""
    return 100 * (sum(score >= 9 for score in scores) - sum(score <= 6 for score in scores)) / len(scores)
