"""The answers behind a driver analysis: fetched, coded, freed of columns that can be no drivers, without gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tools.disclosure import OTHER
from tools.explain.driver_columns import Candidate, LeftOut, find_candidates, need_candidates
from tools.rows import SampledRows, fetch_rows
from tools.scope import Scope
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

FloatArray = NDArray[np.float64]
Missing = Literal["complete", "impute"]
MAX_ROWS = 50_000
MAX_IMPUTED_ROWS = 10_000
LEAK = 0.9
"""Share of the score's (or the class's) variance above which a column is the score under another name."""
HALF = 0.5
"""Share of the answers that must have a driver: to be taken by default, and to have its gaps imputed."""
CUSTOMERS = 20
"""Customers that the spread between customers is estimated from."""
LEVEL_BASE = 20
"""Answers that a value of a category needs for a coefficient of its own; rarer ones are put together."""


@dataclass
class Column:
    """A candidate with its values."""

    candidate: Candidate
    parts: FloatArray
    """n × columns of the model; NaN where there is no answer."""
    values: list[str] = field(default_factory=list)
    """For a category: the value of each part, then the one that they are compared with."""
    answered: float = 1.0
    """Share of the scored answers that have a value."""

    @property
    def most_alike(self) -> float:
        """Share of the most frequent value among those that have one."""
        seen = self.parts[~np.isnan(self.parts[:, 0])]
        if not len(seen):
            return 1.0
        return float(np.unique(seen, axis=0, return_counts=True)[1].max() / len(seen))


@dataclass
class DriverData:
    """What the models are fitted to."""

    columns: list[Column]
    score: FloatArray
    nps: FloatArray
    """−1, 0, 1 for detractor, passive, promoter."""
    customers: NDArray[np.int64]
    left_out: list[LeftOut]
    rows: SampledRows
    scored: int
    """Answers before those with gaps were left out."""

    @property
    def blocks(self) -> list[list[int]]:
        """The model's columns of each driver."""
        edges = np.cumsum([0, *(column.parts.shape[1] for column in self.columns)])
        return [list(range(a, b)) for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)]

    @property
    def gaps(self) -> int:
        """Answers that lack a value in some driver."""
        return int(np.isnan(self.matrix).any(axis=1).sum())

    def without(self, driver: int, reason: str) -> DriverData:
        """The same with one driver fewer."""
        columns = [column for at, column in enumerate(self.columns) if at != driver]
        gone = LeftOut(column=self.columns[driver].candidate.name, reason=reason)
        return replace(self, columns=columns, left_out=[*self.left_out, gone])

    @property
    def matrix(self) -> FloatArray:
        """All columns of the model, n × p."""
        return np.column_stack([column.parts for column in self.columns])


def driver_data(warehouse: Warehouse, names: Sequence[str], rows: Scope, missing: Missing) -> DriverData:
    """The answers with their drivers; refused where too little is left."""
    candidates, left_out = find_candidates(warehouse, names, rows)
    need_candidates(candidates, left_out)
    found = _fetch(warehouse, candidates, rows, MAX_ROWS if missing == "complete" else MAX_IMPUTED_ROWS)
    score = found.numbers("score")
    scale = warehouse.catalog.scale
    nps = np.where(score >= scale.promoter_from, 1.0, np.where(score <= scale.detractor_to, -1.0, 0.0))
    _need_classes(nps, rows)
    base = warehouse.catalog.minimum_base.cell
    columns = []
    for at, candidate in enumerate(candidates):
        column = _column(candidate, found, f"x{at}", base)
        column.answered = float(np.mean(~np.isnan(column.parts[:, 0])))
        if missing == "impute":
            _refuse_mostly_missing(column, len(score))
        reason = _unusable(column, score, nps, missing)
        if reason:
            left_out.append(LeftOut(column=candidate.name, reason=reason))
        else:
            columns.append(column)
    need_candidates([column.candidate for column in columns], left_out)
    _who, customers = np.unique(found.columns["customer"].astype(str), return_inverse=True)
    data = DriverData(columns, score, nps, customers.astype(np.int64), left_out, found, len(score))
    if missing == "complete":
        data = _complete(data)
    _settle(data, rows)
    return data


def _fetch(warehouse: Warehouse, candidates: Sequence[Candidate], rows: Scope, limit: int) -> SampledRows:
    expressions = {"score": "score", "customer": "response_id"}
    columns = [candidate.name for candidate in candidates]
    if warehouse.catalog.repeated_customers:
        expressions["customer"] = "coalesce('c' || CAST(customer_id AS VARCHAR), 'r' || CAST(response_id AS VARCHAR))"
    expressions |= {f"x{at}": candidate.sql for at, candidate in enumerate(candidates)}
    return fetch_rows(warehouse, expressions, columns, rows, conditions=("score IS NOT NULL",), limit=limit)


def _need_classes(nps: FloatArray, rows: Scope) -> None:
    names = {-1.0: "detractors", 0.0: "passives", 1.0: "promoters"}
    there = set(nps.tolist())
    where = ", ".join(f"{name} {value}" for name, value in rows.where.items()) or "the data"
    if not there:
        raise MissingDataError(f"There are no scored answers for {where}; use another filter or period.")
    if len(there) == 1:
        raise MissingDataError(
            f"All {len(nps):,} answers for {where} are {names[there.pop()]}, and drivers need answers of different "
            "classes; widen the filter or the period."
        )


def _refuse_mostly_missing(column: Column, scored: int) -> None:
    """A named driver with more gaps than values: what is imputed from the score would explain the score."""
    if column.candidate.named and column.answered < HALF:
        name, there = column.candidate.name, round(column.answered * scored)
        raise MissingDataError(
            f"{there:,} of {scored:,} scored answers have a value of {name!r}, and gaps are imputed only where at "
            "least half have one; leave it out of drivers, or use missing='complete'."
        )


def _column(candidate: Candidate, found: SampledRows, name: str, base: int) -> Column:
    if candidate.kind != "category":
        numbers = found.numbers(name)
        return Column(candidate, np.where(np.isfinite(numbers), numbers, np.nan)[:, None])
    texts = found.columns[name]
    counts = Counter(text for text in texts.tolist() if text is not None)
    rare = {value for value, n in counts.items() if n < max(LEVEL_BASE, base)}
    together = OTHER if sum(counts[value] for value in rare) >= base else None  # fewer: as if they had not answered
    kept = sorted((value for value in counts if value not in rare), key=lambda value: (-counts[value], value))
    labels = [*kept[1:], *([OTHER] if rare and together else [])]
    own = np.array([together if text in rare else text for text in texts.tolist()], dtype=object)
    if not kept or not labels:
        return Column(candidate, np.zeros((len(texts), 1)))
    parts = np.column_stack([(own == label).astype(float) for label in labels])
    parts[np.array([text is None for text in own.tolist()])] = np.nan
    return Column(candidate, parts, [*labels, kept[0]])


def _unusable(column: Column, score: FloatArray, nps: FloatArray, missing: Missing) -> str | None:
    """Why a column can be no driver, as far as its values tell."""
    there = ~np.isnan(column.parts[:, 0])
    parts = column.parts[there]
    if len(parts) < 2 or not np.any(parts.std(axis=0) > 0):
        return "everybody has the same value"
    if not column.candidate.named and column.answered < HALF:
        then = "too few to impute the others from" if missing == "impute" else "name it to have it in"
        return f"fewer than half of the answers have it; {then}"
    if max(_told(parts, score[there]), _told(parts, nps[there])) >= LEAK:
        return "it tells the score almost without fail, so it is the score under another name"
    return None


def _told(parts: FloatArray, outcome: FloatArray) -> float:
    """Share of the outcome's variance between the values of a column, adjusted for their number; for a column of many
    values, of its ranks."""
    if outcome.std() == 0:
        return 0.0
    _values, level = np.unique(parts, axis=0, return_inverse=True)
    level = level.ravel()
    n, k = len(outcome), int(level.max()) + 1
    if k > 25:
        ranks = np.argsort(np.argsort(parts[:, 0], kind="stable"), kind="stable").astype(float)
        linear = max(abs(np.corrcoef(x, outcome)[0, 1]) for x in (ranks, parts[:, 0]))
        return float(linear**2)
    sizes = np.bincount(level)
    means = np.bincount(level, weights=outcome) / sizes
    between = float(np.sum(sizes * (means - outcome.mean()) ** 2)) / float(np.sum((outcome - outcome.mean()) ** 2))
    return 1 - (1 - between) * (n - 1) / (n - k) if n > k else 0.0


def _complete(data: DriverData) -> DriverData:
    """Only answers without a gap."""
    there = ~np.isnan(data.matrix).any(axis=1)
    columns = [replace(column, parts=column.parts[there]) for column in data.columns]
    return replace(data, columns=columns, score=data.score[there], nps=data.nps[there], customers=data.customers[there])


def _settle(data: DriverData, rows: Scope) -> None:
    """Drop what became constant or says the same as columns before it; refuse what is too little."""
    _drop_repeats(data)
    need_candidates([column.candidate for column in data.columns], data.left_out)
    n, p = len(data.nps), sum(column.parts.shape[1] for column in data.columns)
    if n == 0:
        raise MissingDataError("No answer has a value in every driver; name fewer drivers, or use missing='impute'.")
    _need_classes(data.nps, rows)
    _need_customers(data, rows)
    need = max(50, 5 * p)
    if n < need:
        raise MissingDataError(
            f"{n} answers have a score and all of {len(data.columns)} drivers ({p} coefficients), and {need} are "
            "needed; name fewer drivers, widen the filter or the period, or use missing='impute' if many have gaps."
        )


def _need_customers(data: DriverData, rows: Scope) -> None:
    """Answers of a few customers say nothing of the spread between customers."""
    customers = len(np.unique(data.customers))
    if customers < CUSTOMERS and customers < len(data.nps):
        where = ", ".join(f"{name} {value}" for name, value in rows.where.items()) or "the data"
        who = "one customer" if customers == 1 else f"{customers} customers"
        raise MissingDataError(
            f"The {len(data.nps):,} answers for {where} come from {who}, and drivers need those of at least "
            f"{CUSTOMERS}; widen the filter or the period, or correct which column is customer_id in npsight.yaml."
        )


def _drop_repeats(data: DriverData) -> None:
    """A driver that the ones before it determine is left out; of a category only the columns that they do not."""
    kept: list[Column] = []
    basis = np.zeros((len(data.nps), 0))
    for column in data.columns:
        filled = column.parts
        if np.isnan(filled).any():
            filled = np.where(np.isnan(filled), np.nanmean(filled, axis=0), filled)
        use = []
        for at in range(filled.shape[1]):
            x = filled[:, at] - filled[:, at].mean() if len(filled) else filled[:, at]
            left = x - basis @ (basis.T @ x)
            left = left - basis @ (basis.T @ left)
            if float(left @ left) > 1e-6 * max(float(x @ x), 1e-300) and float(x @ x) > 0:
                basis = np.column_stack([basis, left / np.sqrt(left @ left)])
                use.append(at)
        if use:
            kept.append(_only(column, use))
        else:
            same = len(filled) == 0 or not np.any(filled.std(axis=0) > 0)
            reason = "among the answers used everybody has the same value" if same else "other drivers determine it"
            data.left_out.append(LeftOut(column=column.candidate.name, reason=reason))
    data.columns = kept


def _only(column: Column, use: list[int]) -> Column:
    if len(use) == column.parts.shape[1]:
        return column
    values = [column.values[at] for at in use] + column.values[-1:]
    return replace(column, parts=column.parts[:, use], values=values)
