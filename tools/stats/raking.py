"""Weights that make a sample look like the population: raking to margins, and cell by cell (post-stratification).

Both mend only what the categories tell: within a category those who answered stand for those who did not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Labels = Sequence[Any] | NDArray[Any]
"""The category of every row."""


@dataclass(frozen=True)
class Raked:
    """The result of raking; `weighted` = `factors` times the counts (or starting weights), of the same shape."""

    weighted: FloatArray
    factors: FloatArray
    iterations: int
    converged: bool
    largest_gap: float
    """Largest distance of a weighted margin from its target, as a share of the total."""


def rake(
    counts: ArrayLike,
    margins: Sequence[ArrayLike],
    *,
    axes: Sequence[int | tuple[int, ...]] | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 1000,
) -> Raked:
    """Iterative proportional fitting of a k-way table of counts to target margins.

    Each sweep multiplies the table, margin after margin, by target / current margin until every margin is met. The
    factors are products of one factor for each margin's category (no interaction beyond the margins is touched), and
    the result is, of all tables with these margins, the one nearest to the counts in Kullback-Leibler distance.

    Args:
        counts: k-way table of the sample, 0 or more; an empty cell stays empty.
        margins: targets, counts or shares; the first is that of axis 0 and so on, or of `axes`.
        axes: the axis (or, for a joint margin, the tuple of axes) of each margin where not 0, 1, 2, …
        tolerance: converged when no margin is further off than this share of the total.

    `converged` is False, and no error raised, where `max_iterations` sweeps did not suffice (empty cells can make the
    margins contradict each other). An empty sample category with a positive target, margins of different totals or
    shapes, negative or missing numbers: ValueError. A target of 0 gives factor 0.

    Reference: Deming & Stephan (1940), Annals of Mathematical Statistics 11, 427-444; Kalton & Flores-Cervantes
    (2003), Journal of Official Statistics 19, 81-97.

    >>> raked = rake([[20, 30], [30, 20]], [[60, 40], [50, 50]])
    >>> raked.weighted.round(2).tolist(), raked.converged
    ([[25.21, 34.79], [24.79, 15.21]], True)

    Rows now hold 60 and 40, columns 50 each, and the odds ratio is still 4/9.
    """
    table = _nonnegative(counts, "The counts")
    names = list(range(len(margins))) if axes is None else list(axes)
    if len(names) != len(margins) or not margins:
        raise ValueError(f"Raking needs one margin for each axis named, not {len(margins)} for {len(names)}.")
    kept = [(name,) if isinstance(name, int) else tuple(sorted(name)) for name in names]
    if any(not set(axis) <= set(range(table.ndim)) for axis in kept):
        raise ValueError(f"A table of {table.ndim} ways has the axes 0 to {table.ndim - 1}, not {names}.")
    targets = [_nonnegative(margin, f"Margin {at}") for at, margin in enumerate(margins)]
    codes, flat = [], []
    for at, (axis, target) in enumerate(zip(kept, targets, strict=True)):
        shape = tuple(table.shape[i] for i in axis)
        if target.shape != shape:
            raise ValueError(f"Margin {at} has shape {target.shape}, but axis {names[at]} of the counts has {shape}.")
        place = np.ravel_multi_index([np.indices(table.shape)[i] for i in axis], shape)
        codes.append(place.ravel())
        flat.append(target.ravel())
    factors, sweeps, gap = _fit(table.ravel(), codes, flat, tolerance, max_iterations, None)
    shaped = factors.reshape(table.shape)
    return Raked(table * shaped, shaped, sweeps, gap <= tolerance, gap)


def rake_weights(
    categories: Mapping[str, Labels] | Sequence[Labels],
    margins: Mapping[str, Mapping[Any, float]] | Sequence[Mapping[Any, float]],
    *,
    weights: ArrayLike | None = None,
    tolerance: float = 1e-9,
    max_iterations: int = 1000,
) -> Raked:
    """Raking of single rows (or of groups of rows with a count each) to margins of their categories.

    Args:
        categories: for each variable the category of every row, by name or in order.
        margins: for each variable {category: target}, by the same names or in the same order.
        weights: starting weights of the rows, or how many units a row stands for; 1 where left out.

    `weighted` are the final weights, whose sum is the margins' total; `factors` what the starting weights were
    multiplied by. A category of the rows without a target, a positive target without rows (impossible: collapse
    the category with another), margins of different totals, no rows: ValueError. Otherwise as `rake`.

    Reference: as `rake`.

    >>> plan, land = ["A", "A", "B", "B"], ["x", "y", "x", "y"]
    >>> raked = rake_weights([plan, land], [{"A": 60, "B": 40}, {"x": 50, "y": 50}])
    >>> raked.weighted.round(6).tolist()
    [30.0, 30.0, 20.0, 20.0]
    """
    names, columns, targets = _paired(categories, margins)
    if not columns or not len(columns[0]) or len({len(column) for column in columns}) > 1:
        raise ValueError("Raking needs one or more variables, each with the category of every row.")
    start = np.ones(len(columns[0])) if weights is None else _nonnegative(weights, "The starting weights")
    if start.shape != (len(columns[0]),):
        raise ValueError(f"There are {len(columns[0])} rows but {start.size} starting weights; give one for each.")
    codes, flat, labels = [], [], []
    for name, column, target in zip(names, columns, targets, strict=True):
        place = {label: at for at, label in enumerate(target)}
        unknown = next((label for label in column if label not in place), None)
        if unknown is not None:
            raise ValueError(f"The category {unknown!r} of {name} has no target.")
        codes.append(np.array([place[label] for label in column], dtype=np.int64))
        flat.append(_nonnegative(list(target.values()), f"The margin of {name}"))
        labels.append([f"{label!r} of {name}" for label in target])
    factors, sweeps, gap = _fit(start, codes, flat, tolerance, max_iterations, labels)
    return Raked(start * factors, factors, sweeps, gap <= tolerance, gap)


def poststratify(sample: ArrayLike, population: ArrayLike) -> FloatArray:
    """Weighting factor of each cell, population count / sample count, of any shape.

    Every cell then holds its population share exactly; small sample cells give large and shaky factors, which is when
    raking or collapsed cells serve better. A cell empty on both sides has factor 0. An empty sample cell with a
    population (nobody can stand for them), shapes that differ, negative or missing counts: ValueError.

    Reference: Holt & Smith (1979), JRSS A 142, 33-46; Kalton & Flores-Cervantes (2003).

    >>> poststratify([20, 40, 40], [80, 40, 55]).round(3).tolist()
    [4.0, 1.0, 1.375]
    """
    have, want = _nonnegative(sample, "The sample"), _nonnegative(population, "The population")
    if have.shape != want.shape:
        raise ValueError(f"The sample has shape {have.shape} and the population {want.shape}; they must agree.")
    impossible = np.argwhere((have == 0) & (want > 0))
    if len(impossible):
        cell = ", ".join(str(int(at)) for at in impossible[0])
        raise ValueError(f"Sample cell ({cell}) is empty but the population's is not; collapse it with another.")
    factors: FloatArray = np.divide(want, have, out=np.zeros_like(want), where=have > 0)
    return factors


def _fit(
    start: FloatArray,
    codes: Sequence[IntArray],
    targets: Sequence[FloatArray],
    tolerance: float,
    max_iterations: int,
    labels: Sequence[Sequence[str]] | None,
) -> tuple[FloatArray, int, float]:
    """Factors, sweeps and the largest gap; own code because no library that npsight depends on rakes."""
    total = _one_total(targets)
    factors = np.ones_like(start)
    gap, sweeps = math.inf, 0
    while sweeps < max_iterations and gap > tolerance:
        sweeps += 1
        for at, (code, target) in enumerate(zip(codes, targets, strict=True)):
            held = np.bincount(code, weights=start * factors, minlength=len(target))
            empty = np.flatnonzero((held <= 0) & (target > 0))
            if len(empty):
                who = labels[at][empty[0]] if labels else f"category {int(empty[0])} of margin {at}"
                raise ValueError(f"Nobody in the sample belongs to {who}, whose target is {target[empty[0]]:g}.")
            factors *= np.divide(target, held, out=np.ones_like(target), where=held > 0)[code]
        gap = max(
            float(np.max(np.abs(np.bincount(code, weights=start * factors, minlength=len(target)) - target))) / total
            for code, target in zip(codes, targets, strict=True)
        )
    return factors, sweeps, gap


def _one_total(targets: Sequence[FloatArray]) -> float:
    totals = [float(target.sum()) for target in targets]
    if not totals or totals[0] <= 0:
        raise ValueError("The target margins must have a total above 0.")
    if max(totals) - min(totals) > 1e-6 * totals[0]:
        raise ValueError(f"The target margins have different totals ({min(totals):g} and {max(totals):g}).")
    return totals[0]


def _paired(
    categories: Mapping[str, Labels] | Sequence[Labels],
    margins: Mapping[str, Mapping[Any, float]] | Sequence[Mapping[Any, float]],
) -> tuple[list[str], list[Labels], list[Mapping[Any, float]]]:
    if isinstance(categories, Mapping) and isinstance(margins, Mapping):
        if set(categories) != set(margins):
            raise ValueError(f"Categories {sorted(categories)} and margins {sorted(margins)} must have the same names.")
        return list(categories), list(categories.values()), [margins[name] for name in categories]
    if isinstance(categories, Mapping) or isinstance(margins, Mapping) or len(categories) != len(margins):
        raise ValueError("Categories and margins must both be named, or be two lists of one length.")
    return [f"variable {at}" for at in range(len(categories))], list(categories), list(margins)


def _nonnegative(values: ArrayLike | Iterable[float], what: str) -> FloatArray:
    array = np.asarray(values, dtype=float)
    if not array.size or not np.all(np.isfinite(array)) or np.any(array < 0):
        raise ValueError(f"{what} must be numbers of 0 or more.")
    return array
