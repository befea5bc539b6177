"""Effects after weighting or matching, with standard errors that count the estimation of the weights and clusters.

Every estimator here is linearised: its error is the sum of one contribution a row, contributions are added up within
clusters (customers), and the variance is G/(G − 1) Σ (cluster sums)². Two arms, `treated` 1 or 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from tools.stats.contrasts import t_quantile
from tools.stats.matching import nearest_neighbours, shared_means
from tools.stats.propensity import (
    BoolArray,
    Estimand,
    FloatArray,
    PropensityModel,
    as_arms,
    ate_weights,
    att_weights,
    effective_sample_size,
)
from tools.stats.tails import check_choice

ROWS_IN_BIN = 25
ESTIMANDS = ("att", "ate")


@dataclass(frozen=True)
class AdjustedEffect:
    """A difference of adjusted means, treated minus control, in the outcome's unit."""

    estimate: float
    standard_error: float
    low: float
    high: float
    p_value: float
    df: float
    """Degrees of freedom of Student's t: the smaller effective number of clusters of the two arms, less 1."""
    treated_mean: float
    control_mean: float
    weights: FloatArray
    """One for each row; those of each arm sum to 1."""
    ess_treated: float
    ess_control: float
    """Effective number of rows of each arm after weighting."""


def propensity_weighted_effect(
    y: ArrayLike,
    treated: ArrayLike,
    x: ArrayLike,
    model: PropensityModel,
    *,
    estimand: Estimand = "att",
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> AdjustedEffect:
    """Difference of means weighted by the propensity score (Hájek), the score's estimation included in the variance.

    Weights as in `att_weights` or `ate_weights`, m₁ and m₀ the weighted means. With s_i = x_i(T_i − e_i) the score of
    the logistic regression, I its information and h the derivative of m₁ − m₀ by the coefficients, the contribution
    of a row is T w (y − m₁)/Σ₁w − (1 − T) w (y − m₀)/Σ₀w + h'I⁻¹s. Taking the score as known would make the ATE's
    interval too wide and may make the ATT's too narrow.

    Args:
        model: from `propensity_scores(x, treated)`, without separation.
        clusters: a label for each row; rows stand alone when left out.

    Raises ValueError for shapes that do not fit, missing outcomes, or a separated model.

    Lunceford & Davidian (2004), Statistics in Medicine 23, 2937-2960; Stefanski & Boos (2002), The American
    Statistician 56.

    Within x = 0 the treated are 2 above the controls, within x = 1 they are 3 above; five treated have x = 1, one x =
    0:
    >>> from tools.stats.propensity import propensity_scores
    >>> x, t = [0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1], [1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0]
    >>> y = [3, 1, 0, 2, 7, 7, 6, 8, 7, 3, 5]
    >>> effect = propensity_weighted_effect(y, t, x, propensity_scores(x, t))
    >>> round(effect.estimate, 6), round((5 * 3 + 1 * 2) / 6, 6)
    (2.833333, 2.833333)
    """
    check_choice("estimand", estimand, ESTIMANDS)
    values, t, who = _arrays(y, treated, clusters)
    if model.separated:
        raise ValueError("The propensity model is separated: its scores are not to be used.")
    d = np.asarray(x, float)
    d = d[:, None] if d.ndim == 1 else d
    d = d[:, [at for at in range(d.shape[1]) if at not in model.aliased]]
    scale = d.std(axis=0)
    design = np.column_stack([np.ones(len(t)), (d - d.mean(axis=0)) / np.where(scale > 0, scale, 1)])
    e = model.scores
    w = att_weights(e, t) if estimand == "att" else ate_weights(e, t)
    weights = _to_one(w, t)
    one, other = float(weights[t] @ values[t]), float(weights[~t] @ values[~t])
    away = values - np.where(t, one, other)
    slope = np.where(t, 0.0, 1.0) if estimand == "att" else np.where(t, -(1 - e), e)  # of log w by the linear predictor
    gradient = design.T @ (np.where(t, 1, -1) * weights * slope * away)
    information = design.T @ (design * (e * (1 - e))[:, None])
    direction = np.linalg.lstsq(information, gradient, rcond=None)[0]
    parts = np.where(t, 1, -1) * weights * away + (design @ direction) * (t - e)
    return _effect(one, other, parts, t, weights, who, confidence)


def balanced_effect(
    y: ArrayLike,
    treated: ArrayLike,
    x: ArrayLike,
    weights: ArrayLike,
    *,
    estimand: Estimand = "att",
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> AdjustedEffect:
    """Difference of means under weights that balance `x` exactly (`entropy_balance`), their estimation included.

    For exactly balanced exponential weights the linearised error is that of the weighted regression of y on x in each
    arm whose weights were made: with b₀ that regression among controls and x̄₁ the target, a row contributes
    T (y − m₁ − (x − x̄₁)'b₀)/n₁ − (1 − T) w (y − m₀ − (x − x̄₁)'b₀) for the ATT; for the ATE both arms are balanced
    to the mean of all rows. Residuals are multiplied by √(n_eff/(n_eff − k)) with k columns, as in a regression.

    Args:
        weights: one for each row; each arm's are divided by their sum. For the ATT those of the treated are equal.

    Raises ValueError for shapes that do not fit, missing outcomes, or weights that leave a column of x out of balance
    by more than 0.001 standard deviations.

    Zhao & Percival (2017), Journal of Causal Inference 5; Chan, Yam & Zhang (2016), JRSS B 78, 673-700.

    >>> x, t = [[0], [0], [0], [0], [1], [1], [1], [1], [1], [1], [1]], [1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0]
    >>> y = [3, 1, 0, 2, 7, 7, 6, 8, 7, 3, 5]
    >>> effect = balanced_effect(y, t, x, [1, 1 / 18, 1 / 18, 1 / 18, 1, 1, 1, 1, 1, 5 / 12, 5 / 12])
    >>> round(effect.estimate, 6)
    2.833333
    """
    check_choice("estimand", estimand, ESTIMANDS)
    values, t, who = _arrays(y, treated, clusters)
    d = np.asarray(x, float)
    d = d[:, None] if d.ndim == 1 else d
    w = _to_one(np.asarray(weights, float), t)
    target = d[t].mean(axis=0) if estimand == "att" else d.mean(axis=0)
    spread = np.where(d.std(axis=0) > 0, d.std(axis=0), 1.0)
    centred = (d - target) / spread
    if max(float(np.abs(w[arm] @ centred[arm]).max(initial=0.0)) for arm in (t, ~t)) > 1e-3:
        raise ValueError("The weights do not balance x.")
    one, other = float(w[t] @ values[t]), float(w[~t] @ values[~t])
    parts = np.zeros(len(t))
    for arm, mean, sign in ((t, one, 1.0), (~t, other, -1.0)):
        if estimand == "att" and sign > 0:
            parts[arm] += (values[arm] - mean) * w[arm]
            continue
        fit = _fit(centred[arm], values[arm] - mean, w[arm])
        left = values[arm] - mean - centred[arm] @ fit
        parts[arm] += sign * w[arm] * left * _inflation(w[arm], d.shape[1])
        if estimand == "att":
            parts[t] += sign * (centred[t] @ fit) * w[t]
        else:
            parts += sign * (centred @ fit) / len(t)
    return _effect(one, other, parts, t, w, who, confidence)


def matched_effect_on(
    y: ArrayLike,
    distance: ArrayLike,
    treated: ArrayLike,
    *,
    estimand: Estimand = "att",
    caliper: float | None = 0.2,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
) -> AdjustedEffect:
    """Mean difference between rows and their nearest neighbours of the other arm (shared, with replacement), clustered.

    For the ATT every treated is matched (`nearest_neighbours`); for the ATE every row, in both directions. Rows
    without a neighbour within the caliper are left out. With m_a(d) the mean outcome of arm a near distance d (means
    of bins of about 25 rows) and K how many rows of the other arm a row stands for, the contribution of a row is m₁ −
    m₀ − τ (with its own y in place of its own arm's mean) where it is matched, and ±K(y − m) where it serves as a
    neighbour, divided by the number of matched rows. Without clusters this estimates the same variance as
    `matched_difference`; the distance counts as known.

    Raises ValueError for shapes that do not fit, missing values, or where nobody is matched.

    Abadie & Imbens (2006), Econometrica 74, 235-267; Otsu & Rai (2017), JASA 112, 1720-1732.

    >>> effect = matched_effect_on([5, 7, 9, 4, 4, 7], [1, 2, 3, 1, 2, 3], [1, 1, 1, 0, 0, 0])
    >>> effect.estimate, effect.treated_mean, effect.control_mean
    (2.0, 7.0, 5.0)
    """
    check_choice("estimand", estimand, ESTIMANDS)
    values, t, who = _arrays(y, treated, clusters)
    d = np.asarray(distance, float)
    arms = [t] if estimand == "att" else [t, ~t]
    matchings = [nearest_neighbours(d, arm, caliper=caliper) for arm in arms]
    matched = int(sum(len(matching.treated) for matching in matchings))
    if not matched:
        raise ValueError("No row has a neighbour of the other arm within the caliper.")
    totals, parts, w = {True: 0.0, False: 0.0}, np.zeros(len(t)), np.zeros(len(t))
    for matching, arm in zip(matchings, (True, False), strict=False):
        mine, sign = matching.treated, 1 if arm else -1
        totals[arm] += float(values[mine].sum())
        totals[not arm] += float(shared_means(values, matching).sum())
        level, factor = _near(d, values, t != arm)
        parts[mine] += sign * (values[mine] - level[mine])
        parts -= sign * np.where(t == arm, 0.0, matching.weights) * (values - level) * factor
        w += matching.weights
    one, other = totals[True] / matched, totals[False] / matched
    for matching in matchings:
        parts[matching.treated] -= one - other
    return _effect(one, other, parts / matched, t, _to_one(w, t), who, confidence)


def _near(d: FloatArray, values: FloatArray, arm: BoolArray) -> tuple[FloatArray, FloatArray]:
    """For each row the mean outcome of the arm near it, and √(n/(n − 1)) of the bin that it was taken from."""
    own = np.sort(d[arm])
    bins = max(1, min(200, len(own) // ROWS_IN_BIN))
    edges = np.unique(own[(np.arange(1, bins) * len(own)) // bins])
    place = np.searchsorted(edges, d, side="right")
    n = np.bincount(place[arm], minlength=len(edges) + 1).astype(float)
    total = np.bincount(place[arm], values[arm], len(edges) + 1)
    mean = np.where(n > 0, total / np.maximum(n, 1), float(values[arm].mean()))
    factor = np.sqrt(np.where(n > 1, n / np.maximum(n - 1, 1), 1.0))
    return mean[place], factor[place]


def _fit(x: FloatArray, y: FloatArray, w: FloatArray) -> FloatArray:
    root = np.sqrt(w)
    return np.asarray(np.linalg.lstsq(x * root[:, None], y * root, rcond=1e-10)[0], float)


def _inflation(w: FloatArray, columns: int) -> float:
    effective = effective_sample_size(w)
    return math.sqrt(effective / (effective - columns)) if effective > 2 * columns else math.sqrt(2)


def _effect(
    one: float,
    other: float,
    parts: FloatArray,
    t: BoolArray,
    weights: FloatArray,
    who: FloatArray,
    confidence: float,
) -> AdjustedEffect:
    sums = np.bincount(who.astype(int), parts)
    error = math.sqrt(len(sums) / max(len(sums) - 1, 1) * float(sums @ sums))
    base = min(_effective_clusters(weights, who, arm) for arm in (t, ~t))
    df = max(1.0, base - 1)
    estimate = one - other
    margin = t_quantile(confidence, df) * error
    if error > 0:
        from scipy.special import stdtr

        p_value = float(2 * stdtr(df, -abs(estimate / error)))
    else:
        p_value = float(estimate == 0)
    ess = [effective_sample_size(weights[arm]) for arm in (t, ~t)]
    return AdjustedEffect(
        estimate, error, estimate - margin, estimate + margin, p_value, df, one, other, weights, ess[0], ess[1]
    )


def _effective_clusters(weights: FloatArray, who: FloatArray, arm: BoolArray) -> float:
    return effective_sample_size(np.bincount(who[arm].astype(int), weights[arm]))


def _to_one(w: FloatArray, t: BoolArray) -> FloatArray:
    if w.shape != t.shape or np.any(w < 0) or w[t].sum() <= 0 or w[~t].sum() <= 0:
        raise ValueError("weights must be one number of 0 or more for each row, not all 0 in an arm.")
    return np.asarray(np.where(t, w / w[t].sum(), w / w[~t].sum()), float)


def _arrays(y: ArrayLike, treated: ArrayLike, clusters: ArrayLike | None) -> tuple[FloatArray, BoolArray, FloatArray]:
    values, t = np.asarray(y, float), as_arms(treated)
    if values.shape != t.shape or not np.all(np.isfinite(values)):
        raise ValueError("y must be one number for each value of treated, none missing.")
    labels = np.arange(len(t)) if clusters is None else np.asarray(clusters)
    if labels.shape != t.shape:
        raise ValueError("clusters must be one label for each row.")
    return values, t, np.unique(labels, return_inverse=True)[1].astype(float)
