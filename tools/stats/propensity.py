"""Propensity scores: who was likely to be treated, the weights that follow, and whether groups then look alike.

All functions take plain arrays; `treated` holds 1 or True for the treated and 0 or False for the controls. Estimands:
ATT, the mean effect on those who were treated, and ATE, the mean effect on everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.tails import check_choice

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Estimand = Literal["att", "ate"]
MAX_STEPS = 30
STILL_MOVING = 0.1


@dataclass(frozen=True)
class PropensityModel:
    """A logistic regression of treatment on covariates."""

    scores: FloatArray
    """P(treated | x) of each row, 0 to 1."""
    linear: FloatArray
    """log(e/(1 − e)) of each row, finite where a score rounds to 0 or 1; the better distance for matching."""
    coefficients: FloatArray
    """Intercept first, then one for each column; 0 for an aliased column."""
    iterations: int
    separated: tuple[int, ...] = ()
    """Columns along which treated and controls come apart; not empty: there is no maximum and the scores are 0 or 1."""
    aliased: tuple[int, ...] = ()
    """Columns that are constant or a sum of columns before them; they carry nothing."""


@dataclass(frozen=True)
class Overlap:
    """Where the scores of treated and controls both occur."""

    low: float
    high: float
    """Common support: the larger of the two smallest scores to the smaller of the two largest."""
    treated_outside: float
    """Share of the treated whose score no control reaches on that side, 0 to 1."""
    control_outside: float


def propensity_scores(x: ArrayLike, treated: ArrayLike, *, weights: ArrayLike | None = None) -> PropensityModel:
    """Logistic regression of `treated` on `x` (an intercept is added), by maximum likelihood (Newton's method).

    log(e/(1 − e)) = b0 + x'b. Columns that are constant or linear in earlier ones are set aside (`aliased`). Where a
    sum of columns tells treated and controls apart, wholly or for some rows (complete and quasi-complete
    separation; Albert & Anderson 1984), the likelihood has no maximum; the columns of the direction in which the fit
    runs away are then named in `separated` and the scores must not be used.

    Args:
        x: n × k numbers (categories as 0/1 columns).
        treated: n values of 0 and 1.
        weights: case weights, 0 or more; 1 each when left out.

    Raises ValueError for shapes that do not fit, missing values, and where all or none are treated.

    Rosenbaum & Rubin (1983), Biometrika 70, 41-55.

    Four of five are treated where x = 1, one of five where x = 0; the model has a parameter for each:
    >>> model = propensity_scores([[0]] * 5 + [[1]] * 5, [0, 0, 0, 0, 1, 1, 1, 1, 1, 0])
    >>> round(float(model.scores[0]), 6), round(float(model.scores[-1]), 6), model.separated
    (0.2, 0.8, ())
    """
    d, t = _checked(x, treated)
    w = np.ones(len(t)) if weights is None else _weights(weights, len(t))
    design, centre, scale = _standardised(d)
    kept = independent_columns(design)
    full = np.column_stack([np.ones(len(t)), design[:, kept]])
    b, step, iterations = _newton(full, t.astype(float), w)
    separated = _separating(full, t.astype(float), w, step)
    coefficients = np.zeros(d.shape[1] + 1)
    coefficients[1 + kept] = b[1:] / scale[kept]
    coefficients[0] = b[0] - float(coefficients[1:] @ centre)
    aliased = tuple(i for i in range(d.shape[1]) if i not in set(kept.tolist()))
    return PropensityModel(
        _expit(full @ b), full @ b, coefficients, iterations, tuple(int(kept[at]) for at in separated), aliased
    )


def _newton(x: FloatArray, y: FloatArray, w: FloatArray) -> tuple[FloatArray, FloatArray, int]:
    """Coefficients, the last step (0 when settled), steps. Separated data moves by about 1 a step for ever.

    Own code because statsmodels is optional, is fitted here many times, and names no separating column.
    """
    b: FloatArray = np.zeros(x.shape[1])
    step: FloatArray = np.zeros_like(b)
    for iteration in range(1, MAX_STEPS + 1):
        e = _expit(x @ b)
        information = x.T @ (x * (w * e * (1 - e))[:, None])
        step = np.asarray(np.linalg.lstsq(information, x.T @ (w * (y - e)), rcond=None)[0], float)
        before, size = _log_likelihood(x @ b, y, w), 1.0
        while _log_likelihood(x @ (b + size * step), y, w) < before - 1e-9 * abs(before) and size > 1e-3:
            size /= 2
        b = b + size * step
        if float(np.max(np.abs(x @ step))) < 1e-9:
            return b, np.zeros_like(b), iteration
    return b, step, MAX_STEPS


def _separating(full: FloatArray, y: FloatArray, w: FloatArray, step: FloatArray) -> list[int]:
    """The columns (without the constant) along which the fit runs away: as few as come apart by themselves."""
    if not _moves(full, step):
        return []
    strength = np.abs(step[1:])
    names = [int(at) for at in np.argsort(strength, kind="stable") if strength[at] > 0.01 * strength.max()]
    for name in list(names):
        rest = [at for at in names if at != name]
        part = full[:, [0, *(at + 1 for at in rest)]]
        if rest and _moves(part, _newton(part, y, w)[1]):
            names = rest
    return sorted(names)


def _moves(x: FloatArray, step: FloatArray) -> bool:
    return float(np.max(np.abs(x @ step))) > STILL_MOVING


def _log_likelihood(eta: FloatArray, y: FloatArray, w: FloatArray) -> float:
    return float(np.sum(w * (y * eta - np.logaddexp(0, eta))))


def _expit(eta: FloatArray) -> FloatArray:
    shares: FloatArray = 1 / (1 + np.exp(-np.clip(eta, -700, 700)))
    return shares


def independent_columns(x: ArrayLike, *, tolerance: float = 1e-8) -> NDArray[np.int64]:
    """Positions of the columns that are neither constant nor a linear sum of the columns before them.

    From left to right a column is kept when more than `tolerance` of its length is left after what a constant and the
    kept ones explain is removed (QR decomposition, repeated without the columns that fell out).

    Raises ValueError unless `x` is a table of numbers.

    >>> independent_columns([[1, 0, 5, 1], [0, 1, 5, 2], [0, 1, 5, 2], [1, 0, 5, 9]]).tolist()
    [0, 3]
    """
    d = np.asarray(x, float)
    if d.ndim != 2 or not np.all(np.isfinite(d)):
        raise ValueError("x must be a table of numbers without missing values.")
    if not len(d):
        return np.zeros(0, dtype=np.int64)
    lengths = np.linalg.norm(d, axis=0)
    kept = np.flatnonzero(lengths > 0)
    while True:
        scaled = np.column_stack([np.full(len(d), 1 / np.sqrt(len(d))), d[:, kept] / lengths[kept]])
        left = np.zeros(scaled.shape[1])
        diagonal = np.abs(np.diag(np.linalg.qr(scaled, mode="r")))
        left[: len(diagonal)] = diagonal
        gone = np.flatnonzero(left[1:] <= tolerance)
        if not len(gone):
            return kept.astype(np.int64)
        kept = np.delete(kept, gone[0])


def att_weights(scores: ArrayLike, treated: ArrayLike) -> FloatArray:
    """Weights for the effect on the treated: 1 for the treated, e/(1 − e) for controls.

    Raises ValueError for scores outside 0 to 1, and for a control with score 1.

    >>> att_weights([0.5, 0.75, 0.2], [1, 0, 0]).tolist()
    [1.0, 3.0, 0.25]
    """
    e, t = _scores(scores, treated)
    if np.any(e[~t] >= 1):
        raise ValueError("A control has the propensity score 1: nobody like it can stand for the treated.")
    return np.where(t, 1.0, e / np.where(t, 1.0, 1 - e))


def ate_weights(scores: ArrayLike, treated: ArrayLike, *, stabilised: bool = False) -> FloatArray:
    """Weights for the effect on everybody: 1/e for the treated, 1/(1 − e) for controls.

    With `stabilised` they are multiplied by the share of the own group, so that they average about 1; weighted means
    that divide by the sum of weights do not change. Raises ValueError for a treated with score 0 or a control with 1.

    Hernán & Robins (2020), Causal Inference: What If, chapter 12.

    >>> ate_weights([0.5, 0.75, 0.2], [1, 0, 0]).tolist()
    [2.0, 4.0, 1.25]
    """
    e, t = _scores(scores, treated)
    own = np.where(t, e, 1 - e)
    if np.any(own <= 0):
        raise ValueError("A row has probability 0 of the treatment that it had: there is no weight for it.")
    share = np.where(t, t.mean(), 1 - t.mean()) if stabilised else np.ones(len(e))
    return share / own


def effective_sample_size(weights: ArrayLike) -> float:
    """Kish's effective number of rows, (Σ w)² / Σ w²: so many equally weighted rows would be as precise.

    Raises ValueError for negative or missing weights, or where all are 0.

    Kish (1965), Survey Sampling.

    >>> effective_sample_size([1, 1, 2])
    2.6666666666666665
    """
    w = np.asarray(weights, float)
    w = _weights(w, len(w))
    return float(w.sum() ** 2 / (w**2).sum())


def standardised_differences(
    x: ArrayLike,
    treated: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    denominator: Literal["treated", "control", "pooled", "all"] = "treated",
    binary: Literal["raw", "std"] = "raw",
) -> list[float]:
    """Weighted mean of the treated minus that of the controls, for each column in standard deviations.

    The conventions are those of R's cobalt and WeightIt: the standard deviation is that of the *unweighted* rows, so
    that before and after are on one scale; of the treated for the ATT, "pooled" √((s₁² + s₀²)/2) for the ATE. Columns
    of 0 and 1 are left as differences of shares with binary="raw" (cobalt's default) and divided by √(p(1 − p)) with
    "std". Other columns have s² with divisor n − 1. Where that standard deviation is 0 the one of all rows is taken;
    a column that does not vary at all gives 0. |difference| above 0.1 is commonly called imbalance.

    Raises ValueError for shapes that do not fit, missing values, an empty group, or weights that sum to 0 in one.

    Austin (2009), Statistics in Medicine 28, 3083-3107; Greifer, cobalt (R package), `bal.tab`.

    >>> x = [[1.0], [3.0], [2.0], [4.0], [6.0]]
    >>> [round(d, 4) for d in standardised_differences(x, [1, 1, 0, 0, 0])]
    [-1.4142]
    >>> [round(d, 4) for d in standardised_differences(x, [1, 1, 0, 0, 0], [1, 1, 1, 0, 0])]
    [0.0]
    """
    check_choice("denominator", denominator, ("treated", "control", "pooled", "all"))
    check_choice("binary", binary, ("raw", "std"))
    d, t = _checked(x, treated)
    w = np.ones(len(t)) if weights is None else _weights(weights, len(t))
    if w[t].sum() <= 0 or w[~t].sum() <= 0:
        raise ValueError("The weights of the treated or of the controls are all 0.")
    found = []
    for column in d.T:
        difference = float(np.average(column[t], weights=w[t]) - np.average(column[~t], weights=w[~t]))
        yes_no = bool(np.all((column == 0) | (column == 1)))
        if not (yes_no and binary == "raw"):
            spread = _spread(column, t, denominator, yes_no)
            difference = difference / spread if spread > 0 else 0.0
        found.append(difference)
    return found


def _spread(column: FloatArray, t: BoolArray, denominator: str, yes_no: bool) -> float:
    def variance(values: FloatArray) -> float:
        if yes_no:
            return float(values.mean() * (1 - values.mean()))
        return float(values.var(ddof=1)) if len(values) > 1 else 0.0

    one, other, everybody = variance(column[t]), variance(column[~t]), variance(column)
    chosen = {"treated": one, "control": other, "pooled": (one + other) / 2, "all": everybody}[denominator]
    return float(np.sqrt(chosen if chosen > 0 else everybody))


def overlap(scores: ArrayLike, treated: ArrayLike) -> Overlap:
    """Common support of the scores, and the share of either group that lies outside it.

    Common support runs from the larger of the two groups' smallest scores to the smaller of their largest. A treated
    row outside has no control on its outer side: what would have become of it is extrapolated.

    Raises ValueError for scores outside 0 to 1 or an empty group.

    Dehejia & Wahba (1999), JASA 94, 1053-1062.

    >>> o = overlap([0.2, 0.5, 0.9, 0.1, 0.4, 0.6], [1, 1, 1, 0, 0, 0])
    >>> o.low, o.high, round(o.treated_outside, 3), round(o.control_outside, 3)
    (0.2, 0.6, 0.333, 0.333)
    """
    e, t = _scores(scores, treated)
    low, high = max(e[t].min(), e[~t].min()), min(e[t].max(), e[~t].max())
    outside = (e < low) | (e > high)
    return Overlap(float(low), float(high), float(outside[t].mean()), float(outside[~t].mean()))


def weight_share(weights: ArrayLike, *, top: float = 0.01) -> float:
    """Share of all weight that the largest `top` part of the rows holds, at least one row; 0 to 1.

    With equal weights it is about `top`. Raises ValueError for a `top` outside 0 to 1 or weights that are all 0.

    >>> weight_share([1, 1, 1, 7], top=0.25)
    0.7
    """
    w = np.asarray(weights, float)
    w = np.sort(_weights(w, len(w)))[::-1]
    if not 0 < top <= 1:
        raise ValueError(f"top must lie between 0 and 1, not {top}.")
    return float(w[: max(1, round(top * len(w)))].sum() / w.sum())


def _standardised(d: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    centre = d.mean(axis=0)
    scale = d.std(axis=0)
    flat = scale <= 1e-12 * np.maximum(np.abs(centre), 1e-300)
    scale = np.where(flat, 1.0, scale)
    return np.where(flat, 0.0, (d - centre) / scale), centre, scale


def _checked(x: ArrayLike, treated: ArrayLike) -> tuple[FloatArray, BoolArray]:
    d, t = np.asarray(x, float), as_arms(treated)
    if d.ndim == 1:
        d = d[:, None]
    if d.ndim != 2 or len(d) != len(t):
        raise ValueError("x must have one row for each value of treated.")
    if not np.all(np.isfinite(d)):
        raise ValueError("x holds a missing or infinite value.")
    return d, t


def as_arms(treated: ArrayLike | Sequence[bool]) -> BoolArray:
    """`treated` as True and False; ValueError for other values or where one group is empty.

    >>> as_arms([1, 0]).tolist()
    [True, False]
    """
    t = np.asarray(treated, float)
    if t.ndim != 1 or not np.all((t == 0) | (t == 1)):
        raise ValueError("treated must hold 1 for the treated and 0 for the controls, nothing else.")
    arms: BoolArray = t == 1
    if not arms.any() or arms.all():
        raise ValueError("There must be both treated and controls.")
    return arms


def _scores(scores: ArrayLike, treated: ArrayLike) -> tuple[FloatArray, BoolArray]:
    e, t = np.asarray(scores, float), as_arms(treated)
    if e.shape != t.shape or not np.all((e >= 0) & (e <= 1)):
        raise ValueError("scores must be probabilities, one for each value of treated.")
    return e, t


def _weights(weights: ArrayLike, n: int) -> FloatArray:
    w = np.asarray(weights, float)
    if w.shape != (n,) or not n or not np.all(np.isfinite(w)) or np.any(w < 0) or w.sum() <= 0:
        raise ValueError("weights must be one number for each row, 0 or more, not all 0.")
    return w
