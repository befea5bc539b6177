"""Means of an outcome in every cell with their covariance, aggregated in the engine.

From these follow all differences, differences of differences and event studies, clustered by customer: a customer
who answered in several cells makes their means move together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.cells import customer_sample, group_keys, grouped_by, key_names, labelled_keys, named_keys
from tools.outcome import Outcome
from tools.scope import MISSING, Axis, Scope
from tools.stats.contrasts import Contrast, covariance_from_sums, joint_test, linear_contrast
from tools.stats.tails import ChiSquareTest, critical_value
from warehouse.errors import NpsError
from warehouse.sample import is_large
from warehouse.workspace import Warehouse

MAX_CELLS = 1_000
FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """Cells of an outcome; cell i has `keys[i]`, `n[i]` answers of `customers[i]` customers and mean `mean[i]`."""

    axes: list[Axis]
    keys: list[tuple[str, ...]]
    n: FloatArray
    customers: FloatArray
    mean: FloatArray
    """In the outcome's unit."""
    covariance: FloatArray
    """k × k, of the means; infinite where a cell rests on one customer."""
    outcome: Outcome
    sql: list[str] = field(default_factory=list)
    sampled: bool = False
    """True when the covariance was estimated from a sample of customers."""

    def at(self, *key: str) -> int | None:
        """Position of a cell, None where there is none."""
        return self.keys.index(key) if key in self.keys else None

    def contrast(self, weights: dict[int, float], df: float | None = None) -> Contrast:
        """A weighted sum of means: {position: weight}."""
        return linear_contrast(self.mean, self.covariance, self._row(weights), df)

    def joint(self, contrasts: Sequence[dict[int, float]]) -> ChiSquareTest:
        """Test that several weighted sums are all 0."""
        return joint_test(self.mean, self.covariance, [self._row(weights) for weights in contrasts])

    def _row(self, weights: dict[int, float]) -> FloatArray:
        row = np.zeros(len(self.keys))
        for position, weight in weights.items():
            row[position] += weight
        return row


def cell_moments(warehouse: Warehouse, axes: Sequence[Axis], scope: Scope, outcome: Outcome) -> Moments:
    """Mean and covariance of the outcome in every cell that has an answer with it.

    Counts and means are exact; in a large survey with repeated customers the covariance comes from a sample of
    customers. For NPS and for shares the variances are those of adjusted Wald intervals, so that a cell in which
    everybody is of one class keeps its uncertainty.
    """
    axes = list(axes)
    columns = [*scope.columns, *outcome.columns, *(column for axis in axes for column in axis.columns)]
    relation = warehouse.relation(columns)
    catalog = warehouse.catalog
    if not catalog.repeated_customers:
        return _moments(warehouse, axes, scope, outcome, relation, clustered=False)
    if not is_large(catalog.tables["responses"].rows):
        return _moments(warehouse, axes, scope, outcome, relation, clustered=True)
    exact = _moments(warehouse, axes, scope, outcome, relation, clustered=False)
    sample = customer_sample(warehouse, [*columns, "customer_id"])
    return _with_covariance(exact, _moments(warehouse, axes, scope, outcome, sample, clustered=True))


def _moments(
    warehouse: Warehouse, axes: list[Axis], scope: Scope, outcome: Outcome, relation: str, *, clustered: bool
) -> Moments:
    sql = _sql(axes, scope, outcome, relation, clustered=clustered)
    found = warehouse.run(sql, rows=MAX_CELLS**2)
    if found.truncated:
        raise NpsError(f"That is a split into more than {MAX_CELLS} cells; use fewer dimensions or a coarser grain.")
    width = len(axes)
    rows = [(tuple(row[:width]), tuple(row[width : 2 * width]), row[2 * width :]) for row in found.rows]
    keys = sorted({a for a, b, _sums in rows if a == b}, key=lambda key: [(value == MISSING, value) for value in key])
    place = {key: i for i, key in enumerate(keys)}
    k = len(keys)
    ss, sn, nn = np.zeros((k, k)), np.zeros((k, k)), np.zeros((k, k))
    n, totals, squares, groups = np.zeros(k), np.zeros(k), np.zeros(k), np.zeros(k)
    for a, b, sums in rows:
        i, j = place[a], place[b]
        answers, total, square, customers, product, cross, pairs = (float(value or 0) for value in sums)
        ss[i, j] += product
        sn[i, j] += cross
        nn[i, j] += pairs
        if i == j:
            n[i] += answers
            totals[i] += total
            squares[i] += square
            groups[i] += customers
    covariance = covariance_from_sums(n, totals, groups, ss, sn, nn) if k else np.zeros((0, 0))
    if outcome.is_nps and k:
        covariance = _adjusted(covariance, n, totals, squares)
    elif outcome.unit == "share" and k:
        covariance = adjusted_shares(covariance, n, totals)
    elif k:
        covariance = _without_dust(covariance, squares / n)
    mean = totals / n if k else totals
    return Moments(axes, keys, n, groups, mean, covariance, outcome, [found.sql])


def _sql(axes: list[Axis], scope: Scope, outcome: Outcome, relation: str, *, clustered: bool) -> str:
    """Sums for each pair of cells that share customers; answers without a customer stand each for itself."""
    keys, others = group_keys(axes), group_keys(axes, "j")
    counted, value = f"({outcome.sql}) IS NOT NULL", f"({outcome.sql})"
    figures = f"count(*) AS n, sum({value}) AS s, sum({value} * {value}) AS q"
    names = key_names(keys)
    width = len(keys)
    beside = "".join(f"k{at} AS j{at}, " for at in range(width))
    labels = f"{labelled_keys(keys)}{labelled_keys(others, 'b')}"
    sums = "sum(answers), sum(total), sum(square), sum(customers), sum(product), sum(crossed), sum(pairs)"
    alone = "n AS answers, s AS total, q AS square, n AS customers, q AS product, s AS crossed, n AS pairs"
    if not clustered:
        cells = f"SELECT {named_keys(keys)}{figures} FROM {relation}{scope.sql(counted)}{grouped_by(width)}"
        pairs = f"SELECT {names}{beside}{alone} FROM ({cells}) AS cells"
        return f"SELECT {labels}{sums} FROM ({pairs}) AS pairs{grouped_by(2 * width)}"
    answers = f"FROM {relation}{scope.sql(counted)}{grouped_by(width + 1)}"
    units = f"SELECT {named_keys(keys)}customer_id AS customer, {figures} {answers}"
    left = "".join(f"a.k{at} AS k{at}, " for at in range(width))
    right = "".join(f"b.k{at} AS j{at}, " for at in range(width))
    same = " AND ".join(f"a.k{at} IS NOT DISTINCT FROM b.k{at}" for at in range(width)) or "TRUE"
    own = ", ".join(
        f"CASE WHEN {same} THEN {sql} ELSE 0 END AS {name}"
        for sql, name in (("a.n", "answers"), ("a.s", "total"), ("a.q", "square"), ("1", "customers"))
    )
    pairs = (
        f"SELECT {left}{right}{own}, a.s * b.s AS product, a.s * b.n AS crossed, a.n * b.n AS pairs "
        "FROM units a JOIN units b ON a.customer = b.customer "
        f"UNION ALL SELECT {names}{beside}{alone} FROM units WHERE customer IS NULL"
    )
    return f"WITH units AS MATERIALIZED ({units}) SELECT {labels}{sums} FROM ({pairs}) AS pairs{grouped_by(2 * width)}"


def _adjusted(covariance: FloatArray, n: FloatArray, totals: FloatArray, squares: FloatArray) -> FloatArray:
    """Variances from the adjusted cells of `nps_interval`, correlations as they were observed."""
    plain = np.diag(covariance)
    mean, spread = totals / n / 100, squares / n / 10_000
    simple = np.maximum(spread - mean**2, 0) / np.maximum(n - 1, 1) * 10_000
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.where((simple > 0) & np.isfinite(plain), np.maximum(plain / simple, 1.0), 1.0)
    base = n / effect
    shrunk, filled = base * mean / (base + 3), (base * spread + 1.5) / (base + 3)
    # That of the shrunken NPS, scaled back: what is told and compared is the NPS as it was observed.
    return _rescaled(covariance, 10_000 * (filled - shrunk**2) * (base + 3) / base**2)


def adjusted_shares(covariance: FloatArray, n: FloatArray, totals: FloatArray) -> FloatArray:
    """Variances of shares with z²/2 pseudo-answers of each kind on the effective base (Agresti & Coull 1998).

    p~ = (b p + z²/2)/(b + z²), v = p~(1 − p~)/(b + z²), b = n over the design effect; never less than what was
    observed, which the pseudo-answers would shrink about a half. Correlations stay as observed, a cell of one customer
    stays unknown.
    """
    plain, share, z2 = np.diag(covariance), totals / n, critical_value(0.95) ** 2
    simple = np.maximum(share * (1 - share), 0) / np.maximum(n - 1, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        effect = np.where((simple > 0) & np.isfinite(plain), np.maximum(plain / simple, 1.0), 1.0)
    base = n / effect
    filled = (base * share + z2 / 2) / (base + z2)
    return _rescaled(covariance, np.maximum(filled * (1 - filled) / (base + z2), plain))


def _rescaled(covariance: FloatArray, variance: FloatArray) -> FloatArray:
    """Other variances with the correlations as they were."""
    plain, known = np.diag(covariance), np.isfinite(variance)
    with np.errstate(divide="ignore", invalid="ignore"):
        scale = np.where((plain > 0) & np.isfinite(plain) & known, np.sqrt(variance / plain), 0.0)
    rescaled: FloatArray = np.where(np.isfinite(covariance), covariance, 0.0) * np.outer(scale, scale)
    np.fill_diagonal(rescaled, variance)
    return rescaled


def _without_dust(covariance: FloatArray, squares: FloatArray) -> FloatArray:
    """0 where sums in the engine left only dust behind because nothing varies in a cell."""
    still = np.diag(covariance) <= 1e-14 * squares
    clean: FloatArray = np.where(still[:, None] | still[None, :], 0.0, covariance)
    return clean


def _with_covariance(exact: Moments, sample: Moments) -> Moments:
    """Exact counts and means; correlations and design effects from the sampled customers."""
    place = {key: i for i, key in enumerate(sample.keys)}
    found = np.array([place.get(key, -1) for key in exact.keys])
    both = np.flatnonzero(found >= 0)
    inside = found[both]
    ratio = np.sqrt(sample.n[inside] / exact.n[both])
    covariance = exact.covariance.copy()
    covariance[np.ix_(both, both)] = sample.covariance[np.ix_(inside, inside)] * np.outer(ratio, ratio)
    return Moments(
        exact.axes,
        exact.keys,
        exact.n,
        exact.customers,
        exact.mean,
        covariance,
        exact.outcome,
        [*exact.sql, *sample.sql],
        sampled=True,
    )


def weights_of(values: ArrayLike) -> dict[int, float]:
    """A dense row of weights as {position: weight}."""
    return {i: float(w) for i, w in enumerate(np.asarray(values, float)) if w}
