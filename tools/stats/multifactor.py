"""A change split over several dimensions at once: Kitagawa's parts over joint cells, the mix divided by dimension.

Errors come from a bootstrap of customers, who may answer in both periods. `das_gupta.py` holds the demographers'
symmetric standardisation for comparison.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tools.stats.decomposition import Effect
from tools.stats.tails import critical_value, two_sided_p

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MultifactorEffects:
    """A change in points: mix + within + entering + leaving, where mix = the parts + shared + combinations.

    `parts` has one for each dimension, None where another one goes with it so closely that the two cannot be told
    apart; their joint effect is `shared` then. `combinations` is what no dimension alone accounts for. `segments` are
    the within effects of the cells, None where a cell is not in both periods.
    """

    mix: Effect
    within: Effect
    entering: Effect
    leaving: Effect
    parts: tuple[Effect | None, ...]
    shared: Effect | None
    combinations: Effect
    segments: tuple[Effect | None, ...]


def multifactor_effects(
    answers: ArrayLike,
    sums: ArrayLike,
    squares: ArrayLike,
    cells: Sequence[tuple[str, ...] | None],
    *,
    confidence: float = 0.95,
    draws: int = 1_000,
    seed: int = 0,
) -> MultifactorEffects:
    """Mix, within, entering and leaving effects over joint cells, the mix divided among dimensions, errors clustered.

    Args:
        answers, sums: number of answers and sum of their x (+1, 0, -1) of each group of customers in each period and
            cell, shape G × 2 × C. A customer belongs to one group for both periods; groups are independent.
        squares: sum of x² in each period and cell, 2 × C.
        cells: each cell's values of the dimensions; None for a cell that pools several.

    With w, r shares and rates of the cells C of both periods (as in `kitagawa`), within = sum (w_0 + w_1)/2 (r_1 -
    r_0), mix = sum (w_1 - w_0) r., r. = (r_0 + r_1)/2. The rates r. are fitted by a main effect a_d for each
    dimension, least squares with weights w. = (w_0 + w_1)/2 over the cells that are not pooled, each centred to sum
    w. a_d = 0. Then

        part of d    = sum over its values v of (p_1v - p_0v) a_dv      p: shares of the values
        combinations = mix - sum of the parts                          other combinations of values, pooled cells

    which is the composition effect of the Oaxaca-Blinder decomposition in detail, at the mean of both periods' rates:
    a dimension of which the shares did not change, or that makes no difference at equal values of the others, gets 0.
    With one dimension the part is the mix effect. A cell without answers in one period belongs to entering or
    leaving. A dimension that cannot be told from others (region and country) gets None, and `shared` is their joint
    part.

    Errors: the standard deviation over `draws` replicates in which each group has a weight from the exponential
    distribution (Bayesian bootstrap: no cell ever becomes empty), times sqrt((G + 1)/(G - 1)). Added is, for each
    cell's rate, what the three pseudo-answers of `nps_interval` have above the bootstrap's own variance, v~/n - v/(n
    + 1), times its squared coefficient, so that small cells and cells of one class are not taken for certain.
    Intervals are estimate -+ z SE. Customers who answer in both periods make the errors smaller or larger as they do.

    No cell in both periods, fewer than two groups with answers, shapes that do not fit: ValueError.

    Reference: Kitagawa (1955); Jann (2008), Stata Journal 8, 453-479; Fortin, Lemieux & Firpo (2011), Handbook of Labor
    Economics 4, 1-102; Rubin (1981), Annals of Statistics 9, 130-134.

    >>> cells = [("A", "x"), ("A", "y"), ("B", "x"), ("B", "y")]
    >>> answers = [[[30, 30, 20, 20], [20, 20, 30, 30]]] * 10
    >>> sums = [[[15, 15, -4, -4], [10, 10, -6, -6]]] * 10
    >>> found = multifactor_effects(answers, sums, [[200] * 4, [200] * 4], cells)
    >>> round(found.mix.estimate, 6), [round(part.estimate, 6) + 0.0 for part in found.parts]
    (-14.0, [-14.0, 0.0])

    Fewer answers of the happier A cost 14 points; x and y were the same.
    """
    n, s, q = np.asarray(answers, float), np.asarray(sums, float), np.asarray(squares, float)
    if n.ndim != 3 or n.shape != s.shape or n.shape[1:] != (2, len(cells)) or q.shape != n.shape[1:]:
        raise ValueError("answers and sums must be groups × 2 periods × cells, squares 2 × cells, one cell for each.")
    groups = int(np.sum(n.sum(axis=(1, 2)) > 0))
    if groups < 2:
        raise ValueError("Fewer than two groups of customers have answers; the errors cannot be told.")
    split = _MixSplit(n.sum(axis=0), s.sum(axis=0), cells)
    weights = np.random.default_rng(seed).standard_exponential((draws, len(n)))
    shape = (draws, *n.shape[1:])
    drawn = split.effects(
        (weights @ n.reshape(len(n), -1)).reshape(shape), (weights @ s.reshape(len(s), -1)).reshape(shape)
    )
    variance = drawn.var(axis=0, ddof=1) * (groups + 1) / (groups - 1) + split.small_sample(q)
    estimates = split.effects(n.sum(axis=0)[None], s.sum(axis=0)[None])[0]
    found = [
        _effect(float(estimate), math.sqrt(float(own)), confidence, possible=bool(possible))
        for estimate, own, possible in zip(estimates, variance, split.possible, strict=True)
    ]
    return split.named(found)


def _effect(estimate: float, error: float, confidence: float, *, possible: bool) -> Effect:
    """Points from the unit scale; an effect that cannot occur is 0 and has no p-value."""
    if not possible or error == 0:
        return Effect(100 * estimate, 100 * estimate, 100 * estimate, None)
    margin = critical_value(confidence) * error
    low, high = max(estimate - margin, -2.0), min(estimate + margin, 2.0)
    return Effect(100 * estimate, 100 * min(low, estimate), 100 * max(high, estimate), two_sided_p(estimate / error))


class _MixSplit:
    """The parts of a change as functions of the cells' answers and sums, for many replicates at a time.

    Columns of `effects`: mix, within, entering, leaving, shared, combinations, the parts, the cells' within effects.
    """

    def __init__(self, n: FloatArray, s: FloatArray, cells: Sequence[tuple[str, ...] | None]) -> None:
        self.n, self.s, self.cells = n, s, cells
        self.common: list[int] = np.flatnonzero(np.all(n > 0, axis=0)).tolist()
        if not self.common:
            raise ValueError("No cell has answers in both periods, so the change cannot be split.")
        held = [(place, key) for place, cell in enumerate(self.common) if (key := cells[cell]) is not None]
        self.fitted: list[int] = [place for place, _key in held]
        keys = [key for _place, key in held]
        self.dimensions = len(next((key for key in cells if key is not None), ()))
        self.columns = [self._dummies([key[at] for key in keys]) for at in range(self.dimensions)]
        self.told = [self._is_told(at) for at in range(self.dimensions)]
        one_each = self.dimensions == 1 and len(self.fitted) == len(self.common)
        several = len(self.common) > 1
        changing = [several and columns.shape[1] > 1 for columns in self.columns]
        self.possible = np.array(
            [
                several,
                True,
                bool(np.any((n[0] == 0) & (n[1] > 0))),
                bool(np.any((n[1] == 0) & (n[0] > 0))),
                not all(self.told),
                several and not one_each,
                *changing,
                *([True] * len(self.common)),
            ]
        )

    @staticmethod
    def _dummies(values: list[str]) -> FloatArray:
        names = sorted(set(values))
        return np.array([[value == name for name in names] for value in values], dtype=float).reshape(
            len(values), len(names)
        )

    def _is_told(self, at: int) -> bool:
        """True where the dimension's effects are not a mixture of the others'."""
        if not self.fitted:
            return False
        others = [columns for place, columns in enumerate(self.columns) if place != at]
        alone = np.column_stack([np.ones(len(self.fitted)), *others])
        full = np.column_stack([alone, self.columns[at]])
        gained = np.linalg.matrix_rank(full) - np.linalg.matrix_rank(alone)
        return bool(gained == self.columns[at].shape[1] - 1)

    def effects(self, n: FloatArray, s: FloatArray) -> FloatArray:
        """A row for each replicate, unit scale."""
        share, rate = self._shares_and_rates(n, s)
        shift, middle = share[:, 1] - share[:, 0], rate.mean(axis=1)
        within = share.mean(axis=1) * (rate[:, 1] - rate[:, 0])
        mix = (shift * middle).sum(axis=1)
        crude = s.sum(axis=2) / n.sum(axis=2)
        inside = (share * rate).sum(axis=2)
        maps = self._part_weights(share)
        parts = np.einsum("rdc,rc->rd", maps, middle[:, self.fitted])
        fitted = parts.sum(axis=1)
        apart = parts[:, self.told].sum(axis=1)
        columns = [mix, within.sum(axis=1), crude[:, 1] - inside[:, 1], inside[:, 0] - crude[:, 0]]
        columns += [fitted - apart, mix - fitted]
        return np.column_stack([*columns, parts, within])

    def _shares_and_rates(self, n: FloatArray, s: FloatArray) -> tuple[FloatArray, FloatArray]:
        own = n[:, :, self.common]
        return own / own.sum(axis=2, keepdims=True), s[:, :, self.common] / own

    def _part_weights(self, share: FloatArray) -> FloatArray:
        """Replicates × dimensions × fitted cells: what each cell's mean rate counts in a dimension's part."""
        size = len(self.fitted)
        if not size:
            return np.zeros((len(share), self.dimensions, 0))
        mean, shift = share.mean(axis=1)[:, self.fitted], (share[:, 1] - share[:, 0])[:, self.fitted]
        design = np.column_stack([np.ones(size), *self.columns])
        weighted = design[None] * mean[:, :, None]
        inverse = np.linalg.pinv(np.einsum("cp,rcq->rpq", design, weighted), hermitian=True)
        fits = np.einsum("rpq,rcq->rpc", inverse, weighted)
        found = np.zeros((len(share), self.dimensions, size))
        start = 1
        for at, columns in enumerate(self.columns):
            own = fits[:, start : start + columns.shape[1]]
            start += columns.shape[1]
            moved, typical = shift @ columns, mean @ columns
            typical /= typical.sum(axis=1, keepdims=True)
            centred = moved - moved.sum(axis=1, keepdims=True) * typical
            found[:, at] = np.einsum("rv,rvc->rc", centred, own)
        return found

    def small_sample(self, squares: FloatArray) -> FloatArray:
        """What the pseudo-answers add to the variance of each effect."""
        share, _rate = self._shares_and_rates(self.n[None], self.s[None])
        mean, shift = share[0].mean(axis=0), share[0, 1] - share[0, 0]
        extra = _above_bootstrap(self.n, self.s, squares).sum(axis=0)[self.common]
        maps = np.zeros((self.dimensions, len(self.common)))
        maps[:, self.fitted] = self._part_weights(share)[0]
        hidden = maps[[not told for told in self.told]].sum(axis=0)
        rows = np.vstack(
            [shift / 2, mean, np.zeros((2, len(mean))), hidden / 2, (shift - maps.sum(axis=0)) / 2, maps / 2]
        )
        found = np.concatenate([rows**2 @ extra, mean**2 * extra])
        for column, t in ((2, 1), (3, 0)):
            outside = self.n[1 - t] == 0
            n, s, q = self.n[t][outside].sum(), self.s[t][outside].sum(), squares[t][outside].sum()
            if n:
                found[column] += float((n / self.n[t].sum()) ** 2 * _above_bootstrap(n, s, q))
        return found

    def named(self, found: list[Effect]) -> MultifactorEffects:
        """The effects in their places."""
        mix, within, entering, leaving, shared, combined, *rest = found
        parts = tuple(part if told else None for part, told in zip(rest, self.told, strict=False))
        own = dict(zip(self.common, rest[self.dimensions :], strict=True))
        return MultifactorEffects(
            mix=mix,
            within=within,
            entering=entering,
            leaving=leaving,
            parts=parts,
            shared=None if all(self.told) else shared,
            combinations=combined,
            segments=tuple(own.get(at) for at in range(len(self.cells))),
        )


def _above_bootstrap(n: ArrayLike, s: ArrayLike, q: ArrayLike) -> FloatArray:
    """v~/n with three pseudo-answers, above the bootstrap's v/(n + 1); never below 0."""
    n, s, q = np.asarray(n, float), np.asarray(s, float), np.asarray(q, float)
    filled = np.maximum(n, 1)
    plain = q / filled - (s / filled) ** 2
    adjusted = (q + 1.5) / (n + 3) - (s / (n + 3)) ** 2
    found: FloatArray = np.where(n > 0, np.maximum(adjusted / filled - plain / (filled + 1), 0.0), 0.0)
    return found
