"""NPS by calendar period as a series with its covariance, for the whole or for each value of a dimension."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tools.measure.score import is_complete
from tools.moments import Moments, cell_moments
from tools.outcome import find_outcome
from tools.scope import MISSING, Axis, Scope, period_axis
from warehouse.engine import quoted
from warehouse.errors import NpsError
from warehouse.periods import Grain, bucket_end, bucket_start, buckets_between
from warehouse.workspace import Warehouse

FloatArray = NDArray[np.float64]
ENOUGH = 8
"""Periods that a grain should give."""
KEPT = 0.99
"""Part of the covariances that is believed, so that no difference of periods is taken for certain."""


@dataclass(frozen=True)
class PeriodSeries:
    """The periods of one value that may be shown, in order of time."""

    value: str | None
    labels: list[str]
    means: FloatArray
    """In points."""
    covariance: FloatArray
    answers: FloatArray
    times: FloatArray
    """Calendar periods since the first; a period that is left out still takes its time."""


@dataclass
class SeriesFound:
    """All series of a question."""

    series: list[PeriodSeries]
    sql: list[str]
    caveats: list[str] = field(default_factory=list)


def series_grain(warehouse: Warehouse, rows: Scope) -> Grain:
    """The longest of month, week and day that gives enough periods; quarters past five years."""
    dates = warehouse.catalog.times["responded_at"]
    if dates.first is None or dates.last is None:
        return "month"
    first, last = dates.first, dates.last
    if rows.period is not None:
        first, last = max(first, rows.period.start or first), min(last, rows.period.end or last)
    if len(buckets_between(first, last, "month")) > 60:
        return "quarter"
    grains: tuple[Grain, ...] = ("month", "week")
    return next((grain for grain in grains if len(buckets_between(first, last, grain)) >= ENOUGH), "day")


def too_many(grain: Grain, count: int) -> NpsError:
    """What is said of too fine a grain."""
    return NpsError(f"{count} {grain}s are too many to search for breaks; choose a coarser grain or a shorter stretch.")


def period_series(warehouse: Warehouse, rows: Scope, split: list[Axis], grain: Grain, most_values: int) -> SeriesFound:
    """NPS of each complete period with enough answers; of the largest values where a dimension is given."""
    caveats: list[str] = []
    if split:
        rows = _largest(warehouse, rows, split[0], most_values, caveats)
    found = cell_moments(warehouse, [*split, period_axis(warehouse, grain)], rows, find_outcome(warehouse))
    base = warehouse.catalog.minimum_base.cell
    values = list(dict.fromkeys(key[:-1] for key in found.keys))
    series = []
    partial: dict[str, None] = {}
    small = 0
    for value in values:
        at = [i for i, key in enumerate(found.keys) if key[:-1] == value and key[-1] != MISSING]
        partial |= {found.keys[i][-1]: None for i in at if not is_complete(warehouse, found.keys[i][-1], rows)}
        kept = [i for i in at if found.keys[i][-1] not in partial and _usable(found, i, base)]
        small += sum(found.keys[i][-1] not in partial for i in at) - len(kept)
        if kept:
            series.append(_series(found, kept, value[0] if value else None, grain))
    caveats += [f"{label} is not complete in the data and is left out." for label in partial]
    if small and split:
        caveats.append(f"Periods with fewer than {base} answers of a value are left out.")
    if found.sampled:
        caveats.append("Customers who answered in several periods are allowed for from a sample of customers.")
    return SeriesFound(series, found.sql, caveats)


def _usable(found: Moments, at: int, base: int) -> bool:
    return bool(found.n[at] >= base and np.isfinite(found.covariance[at, at]) and found.covariance[at, at] > 0)


def _series(found: Moments, kept: list[int], value: str | None, grain: Grain) -> PeriodSeries:
    labels = [found.keys[i][-1] for i in kept]
    order = {
        label: i for i, label in enumerate(buckets_between(bucket_start(labels[0]), bucket_end(labels[-1]), grain))
    }
    covariance = steadied(found.covariance[np.ix_(kept, kept)], found.n[kept])
    times = np.array([order[label] for label in labels], dtype=float)
    return PeriodSeries(value, labels, found.mean[kept], covariance, found.n[kept], times)


def steadied(covariance: FloatArray, answers: FloatArray) -> FloatArray:
    """The covariance with one variance of an answer for all periods, and correlations that stay below 1.

    A period's own variance is small where its NPS happens to be extreme; weights made of it would find breaks where
    there are none.
    """
    own = np.diag(covariance)
    typical = float(np.average(own * answers, weights=answers))
    deviations = np.sqrt(typical / answers)
    found: FloatArray = KEPT * covariance / np.sqrt(np.outer(own, own)) * np.outer(deviations, deviations)
    np.fill_diagonal(found, deviations**2)
    return found


def _largest(warehouse: Warehouse, rows: Scope, axis: Axis, most: int, caveats: list[str]) -> Scope:
    """The scope limited to the values with the most answers."""
    known = warehouse.catalog.dimensions.get(axis.name)
    if known is None or len(known.values) <= most:
        return rows
    values = sorted(known.values, key=lambda value: -known.values[value])[:most]
    caveats.append(f"Only the {most} largest of {len(known.values)} values of {axis.name} were searched.")
    condition = f"{axis.sql} IN ({', '.join(quoted(value) for value in values)})"
    return Scope([*rows.conditions, condition], [*rows.columns, *axis.columns], dict(rows.where), rows.period)
