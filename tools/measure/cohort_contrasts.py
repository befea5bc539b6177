"""Cohorts at equal age, and ages within cohorts: weighted sums of cell means that leave the other one out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


def standardised(n: FloatArray, rows: Sequence[int], columns: Sequence[int]) -> dict[int, FloatArray]:
    """For each row of the table, its cells against all cells of the same columns.

    With n_rc answers in cell (r, c) and n_c in its column, the contrast of row r is

        sum over c of n_rc/n_r (m_rc - sum over rows s of n_sc/n_c m_sc):

    how far its answers lie from all answers of the same columns. Rows that share no column with another have no
    contrast and are left out.
    """
    row, column = np.asarray(rows), np.asarray(columns)
    found = {}
    for r in sorted(set(rows)):
        own = row == r
        weights = np.where(own, n / n[own].sum(), 0.0)
        for c in set(column[own].tolist()):
            there = column == c
            weights[there] -= weights[own & there].sum() * n[there] / n[there].sum()
        if np.abs(weights).max() > 1e-9:
            found[r] = weights
    return found


def slope(n: FloatArray, steps: Sequence[float], within: Sequence[int]) -> FloatArray | None:
    """Weights of the least-squares slope over `steps` within the groups of `within`; None where nothing varies."""
    x, group = np.asarray(steps, float), np.asarray(within)
    offset = np.zeros_like(x)
    for value in set(within):
        there = group == value
        offset[there] = x[there] - np.average(x[there], weights=n[there])
    spread = float(np.sum(n * offset**2))
    weights: FloatArray = n * offset / spread if spread > 1e-9 else np.zeros_like(x)
    return weights if spread > 1e-9 else None


def independent(contrasts: Sequence[FloatArray]) -> list[FloatArray]:
    """Contrasts of which none is a sum of others, in their order; the weighted sum of all rows is always 0."""
    kept: list[FloatArray] = []
    for contrast in contrasts:
        if np.linalg.matrix_rank(np.array([*kept, contrast]), tol=1e-8) > len(kept):
            kept.append(contrast)
    return kept


def bands(keys: Sequence[int], customers: FloatArray, least: float) -> list[int]:
    """Neighbouring rows put together until each band has `least` customers (those of several cells count in each)."""
    key = np.asarray(keys)
    place: dict[int, int] = {}
    band, held = 0, 0.0
    for value in sorted(set(keys)):
        place[value] = band
        held += float(customers[key == value].sum())
        if held >= least:
            band, held = band + 1, 0.0
    last = max(band - 1, 0)  # what is left at the end joins the band before it
    return [min(place[value], last) for value in keys]


def with_pseudo_answers(covariance: FloatArray, mean: FloatArray, n: FloatArray) -> FloatArray:
    """The covariance with the variance of `nps_interval` in cells that have none because everybody is of one class."""
    filled = covariance.copy()
    for at in np.flatnonzero(np.diag(covariance) <= 0):
        base, x = n[at], mean[at] / 100
        shrunk, spread = base * x / (base + 3), (base * x * x + 1.5) / (base + 3)
        filled[at, at] = 10_000 * (spread - shrunk**2) / (base + 3)
    return filled


def besides(contrasts: Sequence[FloatArray], line: FloatArray, covariance: FloatArray) -> list[FloatArray]:
    """The contrasts less what moves with `line`: sums that are uncorrelated with its estimate."""
    spread = float(line @ covariance @ line)
    return [contrast - float(contrast @ covariance @ line) / spread * line for contrast in contrasts]
