"""The models of a driver analysis: importance by resampled decompositions of R², direction by proportional odds."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tools.explain.driver_data import DriverData, Missing
from tools.stats.cumulative_logit import SeparationError
from tools.stats.driver_intervals import (
    DriverIntervals,
    Method,
    Resampled,
    WeightDifference,
    driver_intervals,
    resample_weights,
    weight_difference,
)
from tools.stats.drivers import Halo, halo_index, variance_inflation
from tools.stats.imputation import impute_normal, rubin_pool
from tools.stats.multiplicity import holm
from tools.stats.ordinal import (
    Effect,
    OddsRatio,
    OrdinalLogit,
    brant_test,
    joint_wald,
    nps_effect,
    odds_ratio,
    ordinal_logit,
)
from warehouse.errors import NpsError

FloatArray = NDArray[np.float64]
EXACT_DRIVERS = 15
"""Up to which the subsets of drivers are gone through in every resample."""
REPEATS = 500
IMPUTATIONS = 20
SEED = 20160823


class SeparatedDriverError(NpsError):
    """A driver that tells the classes apart without fail."""

    def __init__(self, data: DriverData, column: int) -> None:
        self.driver = next(at for at, block in enumerate(data.blocks) if column in block)
        found = data.columns[self.driver]
        self.value = found.values[column - data.blocks[self.driver][0]] if found.values else None
        value = f" (value {self.value!r})" if self.value else ""
        super().__init__(
            f"{found.candidate.name!r}{value} tells the classes apart without fail, so its odds have no size; name the "
            "other columns with drivers to leave it out."
        )


@dataclass(frozen=True)
class Step:
    """One coefficient of a driver."""

    value: str | None
    """The value of a category that is compared with its most frequent one."""
    odds: OddsRatio
    nps: Effect | None
    """Points of NPS for a step; None for a category's values."""


@dataclass(frozen=True)
class DriverFit:
    """Everything that was estimated, drivers in the order of the data."""

    method: Method
    intervals: DriverIntervals
    samples: list[Resampled]
    steps: list[list[Step]]
    step_sizes: list[float]
    p_values: list[float]
    """Of no association with the class given the others, adjusted after Holm."""
    inflation: list[float]
    """The largest VIF of a driver's columns."""
    alone: list[float]
    """Correlation of each driver's first column with the class."""
    halo: Halo | None
    """Over the ratings, where there are three or more."""
    logit: OrdinalLogit
    score_r2: float
    not_parallel: list[int] | None
    """Drivers whose odds differ between the two cuts (Holm, 5 %); None where it cannot be tested."""

    def difference(self, first: int, second: int) -> WeightDifference:
        """Of two drivers' weights."""
        return weight_difference(self.samples, first, second)


def fit_drivers(data: DriverData, missing: Missing, method: Method | None) -> DriverFit:
    """Fit both models; NpsError names a driver that separates the classes."""
    with one_thread():
        tables = _tables(data, missing)
        fits = [_logit(data, table[:, :-2]) for table in tables]
        chosen: Method = method or ("shapley" if len(data.columns) <= EXACT_DRIVERS else "johnson")
        if chosen == "shapley" and len(data.columns) > EXACT_DRIVERS:
            raise NpsError(
                f"Shapley's decomposition goes through all subsets of drivers, which {len(data.columns)} have too many "
                f'of; name at most {EXACT_DRIVERS} drivers, or use method="johnson".'
            )
        repeats = REPEATS if len(tables) == 1 else max(50, 2 * REPEATS // len(tables))
        samples = [
            resample_weights(
                table[:, -1], table[:, :-2], data.customers, blocks=data.blocks, method=chosen, repeats=repeats,
                seed=SEED + at,
            )
            for at, table in enumerate(tables)
        ]  # fmt: skip
        return _fit(data, tables, fits, samples, chosen)


def _tables(data: DriverData, missing: Missing) -> list[FloatArray]:
    """Drivers, then score and class; one table, or one for each imputation."""
    table = np.column_stack([data.matrix, data.score, data.nps])
    if missing == "complete" or not np.isnan(table).any():
        return [table]
    return impute_normal(table, imputations=IMPUTATIONS, seed=SEED)


def _fit(
    data: DriverData, tables: list[FloatArray], fits: list[OrdinalLogit], samples: list[Resampled], method: Method
) -> DriverFit:
    blocks = data.blocks
    logit = _pooled(fits)
    x = tables[0][:, :-2]
    correlations = np.mean([np.corrcoef(table.T) for table in tables], axis=0)
    inside = correlations[:-2, :-2]
    inflation = variance_inflation(inside)
    sizes = [
        float(np.std(x[:, block[0]])) if column.candidate.kind == "measure" else 1.0
        for block, column in zip(blocks, data.columns, strict=True)
    ]
    steps = [
        [_step(data, fits, logit, x, driver, at, sizes[driver]) for at in range(len(block))]
        for driver, block in enumerate(blocks)
    ]
    raw = [
        steps[driver][0].odds.p_value if len(block) == 1 else joint_wald(logit, block).p_value
        for driver, block in enumerate(blocks)
    ]
    ratings = [
        block[0] for block, column in zip(blocks, data.columns, strict=True) if column.candidate.kind == "rating"
    ]
    outcome = correlations[:-2, -2]
    return DriverFit(
        method=method,
        intervals=driver_intervals(samples),
        samples=samples,
        steps=steps,
        step_sizes=sizes,
        p_values=holm(raw),
        inflation=[max(inflation[at] for at in block) for block in blocks],
        alone=[float(correlations[block[0], -1]) for block in blocks],
        halo=halo_index(inside[np.ix_(ratings, ratings)]) if len(ratings) >= 3 else None,
        logit=logit,
        score_r2=float(outcome @ np.linalg.pinv(inside, hermitian=True) @ outcome),
        not_parallel=_not_parallel(data, x),
    )


def _logit(data: DriverData, x: FloatArray) -> OrdinalLogit:
    try:
        return ordinal_logit(data.nps, x, clusters=data.customers)
    except SeparationError as error:
        raise SeparatedDriverError(data, error.column) from None
    except ValueError as error:
        raise NpsError(f"The model of the classes cannot be fitted: {error} Name fewer drivers.") from None


def _pooled(fits: list[OrdinalLogit]) -> OrdinalLogit:
    """Rubin's rules for all coefficients together."""
    if len(fits) == 1:
        return fits[0]
    every = np.array([np.concatenate([fit.coefficients, fit.cut_points]) for fit in fits])
    m, p = len(fits), len(fits[0].coefficients)
    covariance = np.mean([fit.covariance for fit in fits], axis=0) + (1 + 1 / m) * np.cov(every.T)
    mean = every.mean(axis=0)
    return OrdinalLogit(
        coefficients=mean[:p],
        cut_points=mean[p:],
        covariance=covariance,
        log_likelihood=float(np.mean([fit.log_likelihood for fit in fits])),
        null_log_likelihood=fits[0].null_log_likelihood,
        classes=fits[0].classes,
        n=fits[0].n,
        clusters=fits[0].clusters,
    )


def _step(
    data: DriverData, fits: list[OrdinalLogit], logit: OrdinalLogit, x: FloatArray, driver: int, at: int, size: float
) -> Step:
    column, place = data.columns[driver], data.blocks[driver][at]
    ratio = odds_ratio(logit, place, step=size)
    if len(fits) > 1:
        pooled = rubin_pool(
            [float(fit.coefficients[place]) for fit in fits],
            [float(fit.covariance[place, place]) for fit in fits],
            df_complete=float(logit.n - len(logit.coefficients)),
        )
        low, estimate, high = (float(np.exp(size * b)) for b in (pooled.low, pooled.estimate, pooled.high))
        ratio = OddsRatio(estimate, low, high, pooled.p_value)
    told = column.candidate.kind != "category" and len(logit.classes) == 3
    effect = nps_effect(logit, x, place, step=size) if told else None
    return Step(column.values[at] if column.values else None, ratio, effect)


def _not_parallel(data: DriverData, x: FloatArray) -> list[int] | None:
    """Brant's test for each driver with one coefficient; the first imputation stands for all."""
    try:
        found = brant_test(data.nps, x, clusters=data.customers)
    except (ValueError, np.linalg.LinAlgError):
        return None
    single = [(driver, block[0]) for driver, block in enumerate(data.blocks) if len(block) == 1]
    chances = holm([found.columns[at].p_value for _driver, at in single])
    return [driver for (driver, _at), chance in zip(single, chances, strict=True) if chance < 0.05]


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Many small matrix products: on a busy machine BLAS threads wait for each other longer than they compute.

    threadpoolctl comes with scikit-learn; without it everything is computed all the same.
    """
    try:
        threadpoolctl = importlib.import_module("threadpoolctl")
    except ImportError:
        yield
        return
    with threadpoolctl.threadpool_limits(limits=1, user_api="blas"):
        yield
