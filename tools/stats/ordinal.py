"""Proportional odds: how a class (detractor, passive, promoter) goes with several columns at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.cumulative_logit import CumulativeLogit
from tools.stats.drivers import cross_products
from tools.stats.tails import ChiSquareTest, chi_square_test, critical_value, two_sided_p

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True)
class OrdinalLogit:
    """A fitted proportional odds model; the covariance is of the coefficients, then the cut points."""

    coefficients: FloatArray
    """Log odds of a higher class for each unit of the column, length p."""
    cut_points: FloatArray
    """Rising, one fewer than classes."""
    covariance: FloatArray
    log_likelihood: float
    null_log_likelihood: float
    classes: tuple[float, ...]
    n: int
    clusters: int | None = None

    @property
    def standard_errors(self) -> FloatArray:
        """Of the coefficients, then of the cut points."""
        return np.sqrt(np.diag(self.covariance))

    @property
    def mcfadden_r2(self) -> float:
        """1 − ln L/ln L₀, L₀ with cut points only."""
        return 1 - self.log_likelihood / self.null_log_likelihood


@dataclass(frozen=True)
class OddsRatio:
    """exp(b · step) with its interval and the two-sided p-value of b = 0."""

    estimate: float
    low: float
    high: float
    p_value: float


@dataclass(frozen=True)
class Effect:
    """A difference with its delta-method interval."""

    estimate: float
    standard_error: float
    low: float
    high: float


@dataclass(frozen=True)
class ParallelLines:
    """Tests that one coefficient serves for all cuts between classes, overall and for each column."""

    overall: ChiSquareTest
    columns: tuple[ChiSquareTest, ...]


def ordinal_logit(y: ArrayLike, x: ArrayLike, *, clusters: ArrayLike | None = None) -> OrdinalLogit:
    """Proportional odds (cumulative logit) model by maximum likelihood.

        logit P(y ≤ class_j) = θ_j − x'b,   j = 1 … J − 1,

    so that exp(b) is the odds ratio of being in a higher class, the same at every cut. With two classes it is logistic
    regression. Newton's method with the analytic Hessian H, columns standardised on the way.

    Covariance: −H⁻¹, or with `clusters` G/(G − 1) H⁻¹ (Σ_g s_g s_g') H⁻¹ with s_g the score summed over a customer's
    answers (Stata's `vce(cluster)`).

    Args:
        y: n classes as numbers in their order; only the order counts.
        x: n × p, without a constant.
        clusters: the customer of each answer, any labels.

    Raises ValueError for shapes that do not fit, missing values, one class, a constant column, columns that are sums of
    others, no more answers than parameters, fewer than two clusters, and where Newton's method does not settle;
    SeparationError (its `column` says which) where a column tells classes apart without fail.

    McCullagh (1980), JRSS B 42, 109-142; Liang & Zeger (1986), Biometrika 73, 13-22.

    >>> fit = ordinal_logit([0] * 40 + [1] * 60 + [0] * 20 + [1] * 80, [[0]] * 100 + [[1]] * 100)
    >>> round(float(np.exp(fit.coefficients[0])), 4), round(float(fit.standard_errors[0]), 4)
    (2.6667, 0.3227)

    By hand: (80/20)/(60/40) = 2.6667, √(1/40 + 1/60 + 1/20 + 1/80) = 0.3227.
    """
    labels, code, columns, who = _checked(y, x, clusters)
    mean, scale = columns.mean(axis=0), columns.std(axis=0)
    z = (columns - mean) / scale
    model = CumulativeLogit(z, code, len(labels))
    found = model.maximise()
    bread = np.linalg.inv(-model.hessian(found))
    groups = None
    if who is not None:
        groups = int(who.max()) + 1
        summed = _by_group(model.scores(found), who, groups)
        bread = groups / (groups - 1) * bread @ cross_products(summed, summed) @ bread
    back = _back(mean, scale, len(labels) - 1)
    own = back @ found
    p = z.shape[1]
    return OrdinalLogit(
        coefficients=own[:p],
        cut_points=own[p:],
        covariance=back @ bread @ back.T,
        log_likelihood=model.log_likelihood(found),
        null_log_likelihood=model.log_likelihood(model.start()),
        classes=tuple(float(label) for label in labels),
        n=len(code),
        clusters=groups,
    )


def odds_ratio(fit: OrdinalLogit, column: int, *, step: float = 1.0, confidence: float = 0.95) -> OddsRatio:
    """Odds ratio of a higher class for `step` more of a column, the others held equal: exp(step (b ∓ z SE)).

    Raises ValueError for a column that is not there and a step that is not a number other than 0.

    >>> fit = ordinal_logit([0] * 40 + [1] * 60 + [0] * 20 + [1] * 80, [[0]] * 100 + [[1]] * 100)
    >>> ratio = odds_ratio(fit, 0)
    >>> round(ratio.low, 3), round(ratio.high, 3), round(ratio.p_value, 4)
    (1.417, 5.02, 0.0024)
    """
    if not 0 <= column < len(fit.coefficients) or not math.isfinite(step) or step == 0:
        raise ValueError(f"there is no column {column}, or a step of {step} is none.")
    b, error = float(fit.coefficients[column]), float(fit.standard_errors[column])
    margin = critical_value(confidence) * error
    ends = sorted((math.exp(step * (b - margin)), math.exp(step * (b + margin))))
    return OddsRatio(math.exp(step * b), ends[0], ends[1], two_sided_p(b / error))


def joint_wald(fit: OrdinalLogit, columns: Sequence[int]) -> ChiSquareTest:
    """Wald's test that the coefficients of `columns` are all 0: b' C⁻¹ b on as many degrees of freedom.

    Raises ValueError for no columns or one that is not there.

    >>> fit = ordinal_logit([0] * 40 + [1] * 60 + [0] * 20 + [1] * 80, [[0]] * 100 + [[1]] * 100)
    >>> round(joint_wald(fit, [0]).chi2, 3)
    9.235
    """
    chosen = list(columns)
    if not chosen or not all(0 <= column < len(fit.coefficients) for column in chosen):
        raise ValueError("columns must name one coefficient or more of the model.")
    b = fit.coefficients[chosen]
    return chi_square_test(float(b @ np.linalg.solve(fit.covariance[np.ix_(chosen, chosen)], b)), len(chosen))


def nps_effect(fit: OrdinalLogit, x: ArrayLike, column: int, *, step: float = 1.0, confidence: float = 0.95) -> Effect:
    """Points of NPS that go with `step` more of a column, by the model, averaged over the answers.

    For three classes: 100 · mean over answers of R(η + b·step/2) − R(η − b·step/2), η = x'b and
    R(η) = 1 − F(θ₂ − η) − F(θ₁ − η), F the logistic distribution function: half a step up and half a step down, so that
    ceilings count on both sides. SE by the delta method from the model's covariance (clustered where that is).

    Raises ValueError for a model of other than three classes, a column that is not there, x of another width.

    >>> y, x = [0, 0, 1, 1, 2, 2, 0, 1, 2, 1], [[1], [2], [2], [3], [4], [3], [2], [1], [3], [2]]
    >>> effect = nps_effect(ordinal_logit(y, x), x, 0)
    >>> effect.low < effect.estimate < effect.high
    True
    """
    columns = np.asarray(x, float)
    p = len(fit.coefficients)
    if len(fit.classes) != 3 or columns.ndim != 2 or columns.shape[1] != p or not 0 <= column < p:
        raise ValueError("an NPS effect needs a model of three classes, its columns, and one of them.")
    gradient, estimate = np.zeros(p + 2), 0.0
    for way in (0.5, -0.5):
        moved = columns.copy()
        moved[:, column] += way * step
        eta = moved @ fit.coefficients
        tails = [1 / (1 + np.exp(-np.clip(cut - eta, -700, 700))) for cut in fit.cut_points]
        dense = [tail * (1 - tail) for tail in tails]
        sign = 1.0 if way > 0 else -1.0
        estimate += sign * float(np.mean(1 - tails[0] - tails[1]))
        gradient[:p] += sign * ((dense[0] + dense[1]) @ moved) / len(moved)
        gradient[p:] -= sign * np.array([float(d.mean()) for d in dense])
    error = 100 * math.sqrt(max(0.0, float(gradient @ fit.covariance @ gradient)))
    margin = critical_value(confidence) * error
    return Effect(100 * estimate, error, 100 * estimate - margin, 100 * estimate + margin)


def brant_test(y: ArrayLike, x: ArrayLike, *, clusters: ArrayLike | None = None) -> ParallelLines:
    """Brant's test of proportional odds: are the logits at the several cuts parallel?

    A logistic regression for each of the J − 1 cuts (y above class j or not) gives b_1 … b_{J−1}; tested is that they
    are equal, overall on (J − 2) p degrees of freedom and for each column on J − 2. Their joint covariance is Brant's
    model-based one, (X'W_jj X)⁻¹ X'W_jk X (X'W_kk X)⁻¹ with w_jk = π_k (1 − π_j) for j ≤ k, π the fitted chances of
    being above (so P(above k) ≤ P(above j)); with `clusters` the sandwich over customers instead.

    Fails, as the separate regressions do, where a small class is separated by a column: SeparationError. Other errors
    as for `ordinal_logit`; ValueError for two classes, where there is nothing to test. In large samples it rejects
    deviations too small to matter.

    Brant (1990), Biometrics 46, 1171-1178.

    >>> rng = np.random.default_rng(5)
    >>> x = rng.normal(size=(400, 1))
    >>> y = np.digitize(x[:, 0] + rng.logistic(size=400), [-1, 1])
    >>> brant_test(y, x).overall.df
    1
    """
    labels, code, columns, who = _checked(y, x, clusters)
    cuts = len(labels) - 1
    if cuts < 2:
        raise ValueError("two classes have one cut: there is nothing to compare.")
    scale = columns.std(axis=0)
    z = (columns - columns.mean(axis=0)) / scale
    design = np.column_stack([z, np.ones(len(z))])
    slopes, above, breads = [], [], []
    for cut in range(cuts):
        binary = (code > cut).astype(np.int64)
        found = CumulativeLogit(z, binary, 2).maximise()
        full = np.append(found[:-1], -found[-1])
        chance = 1 / (1 + np.exp(-design @ full))
        slopes.append(full)
        above.append(chance)
        breads.append(np.linalg.inv(cross_products(design * (chance * (1 - chance))[:, None], design)))
    width = design.shape[1]
    covariance = np.zeros((cuts * width, cuts * width))
    for j in range(cuts):
        for k in range(j, cuts):
            meat = _meat(design, code, above, (j, k), who)
            part = breads[j] @ meat @ breads[k]
            covariance[j * width : (j + 1) * width, k * width : (k + 1) * width] = part
            covariance[k * width : (k + 1) * width, j * width : (j + 1) * width] = part.T
    return _parallel(np.concatenate(slopes), covariance, cuts, width)


def _meat(
    design: FloatArray, code: IntArray, above: list[FloatArray], pair: tuple[int, int], who: IntArray | None
) -> FloatArray:
    j, k = pair
    if who is None:
        return cross_products(design * (above[k] * (1 - above[j]))[:, None], design)
    groups = int(who.max()) + 1
    left, right = (_by_group(design * ((code > cut) - above[cut])[:, None], who, groups) for cut in (j, k))
    return groups / (groups - 1) * cross_products(left, right)


def _parallel(slopes: FloatArray, covariance: FloatArray, cuts: int, width: int) -> ParallelLines:
    def test(columns: Sequence[int]) -> ChiSquareTest:
        rows = []
        for cut in range(1, cuts):
            for column in columns:
                row = np.zeros(len(slopes))
                row[column], row[cut * width + column] = 1.0, -1.0
                rows.append(row)
        contrast = np.array(rows)
        d = contrast @ slopes
        return chi_square_test(float(d @ np.linalg.solve(contrast @ covariance @ contrast.T, d)), len(rows))

    return ParallelLines(test(range(width - 1)), tuple(test([column]) for column in range(width - 1)))


def _checked(
    y: ArrayLike, x: ArrayLike, clusters: ArrayLike | None
) -> tuple[FloatArray, IntArray, FloatArray, IntArray | None]:
    outcome, columns = np.asarray(y, float), np.asarray(x, float)
    if columns.ndim != 2 or outcome.shape != (len(columns),) or not columns.size:
        raise ValueError("y must be of length n and x n × p with p of 1 or more.")
    if not np.all(np.isfinite(outcome)) or not np.all(np.isfinite(columns)):
        raise ValueError("y or x holds a missing or infinite value.")
    labels, code = np.unique(outcome, return_inverse=True)
    if len(labels) < 2:
        raise ValueError("all answers are of one class.")
    if len(outcome) <= columns.shape[1] + len(labels) - 1:
        raise ValueError(f"{len(outcome)} answers are too few for {columns.shape[1]} columns.")
    spread = columns.std(axis=0)
    for column, value in enumerate(spread):
        if value <= 1e-12 * max(1.0, float(np.abs(columns[:, column]).max())):
            raise ValueError(f"column {column} is constant.")
    z = (columns - columns.mean(axis=0)) / spread
    if np.linalg.eigvalsh(z.T @ z / len(z))[0] < 1e-10:
        raise ValueError("a column is a sum of other columns.")
    who = None
    if clusters is not None:
        _labels, who = np.unique(np.asarray(clusters), return_inverse=True)
        if who.shape != outcome.shape or int(who.max()) < 1:
            raise ValueError("clusters must be of length n and hold two customers or more.")
        who = who.astype(np.int64)
    return labels, code.astype(np.int64), columns, who


def _by_group(rows: FloatArray, who: IntArray, groups: int) -> FloatArray:
    return np.stack([np.bincount(who, weights=column, minlength=groups) for column in rows.T], axis=1)


def _back(mean: FloatArray, scale: FloatArray, cuts: int) -> FloatArray:
    """From standardised columns to the columns themselves: b/s, and θ + m'b/s."""
    p = len(mean)
    found = np.eye(p + cuts)
    found[:p, :p] = np.diag(1 / scale)
    found[p:, :p] = mean / scale
    return found
