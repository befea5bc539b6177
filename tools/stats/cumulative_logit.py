"""The likelihood of the cumulative logit model, its derivatives and its maximum."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tools.stats.drivers import cross_products

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
MAX_STEPS = 60
_SETTLED_BY = 20
"""Newton's method settles in about six steps; under separation it walks on, one unit of log odds a step."""


class SeparationError(ValueError):
    """A column that tells classes apart without fail, so that its odds ratio is infinite."""

    def __init__(self, column: int) -> None:
        self.column = column
        super().__init__(f"column {column} separates the classes: its coefficient is infinite.")


class CumulativeLogit:
    """P(class ≤ j) = F(θ_j − z'b) for standardised columns z and classes 0 … J − 1; parameters are (b, θ).

    Own code rather than statsmodels' OrderedModel: that one differentiates numerically (2 s for 50 000 answers and 12
    columns), has no scores to cluster, and returns large numbers under separation instead of saying so.
    """

    def __init__(self, z: FloatArray, code: IntArray, classes: int) -> None:
        self.z, self.code, self.cuts = z, code, classes - 1
        self._marks = np.eye(classes + 1)[:, 1:-1]

    def start(self) -> FloatArray:
        """No effects, and cut points that give the observed shares."""
        below = np.cumsum(np.bincount(self.code, minlength=self.cuts + 1))[:-1] / len(self.code)
        return np.concatenate([np.zeros(self.z.shape[1]), np.log(below / (1 - below))])

    def log_likelihood(self, at: FloatArray) -> float:
        """Minus infinity where the cut points are out of order."""
        chance = self._chance(*self._edges(at))
        return float(np.log(chance).sum()) if np.all(chance > 0) else -math.inf

    def scores(self, at: FloatArray) -> FloatArray:
        """Derivatives of each answer's log-likelihood, n × parameters."""
        upper, lower = self._edges(at)
        chance = np.maximum(self._chance(upper, lower), 1e-300)
        up, down = _density(upper) / chance, _density(lower) / chance
        marks = up[:, None] * self._marks[self.code + 1] - down[:, None] * self._marks[self.code]
        return np.column_stack([(down - up)[:, None] * self.z, marks])

    def hessian(self, at: FloatArray) -> FloatArray:
        """Second derivatives of the log-likelihood."""
        upper, lower = self._edges(at)
        chance = np.maximum(self._chance(upper, lower), 1e-300)
        bend_u, bend_l = (_density(edge) * (1 - 2 * _tail(edge)) / chance for edge in (upper, lower))
        up = np.column_stack([-self.z, self._marks[self.code + 1]])
        down = np.column_stack([-self.z, self._marks[self.code]])
        score = self.scores(at)
        curved = cross_products(up * bend_u[:, None], up) - cross_products(down * bend_l[:, None], down)
        return curved - cross_products(score, score)

    def maximise(self) -> FloatArray:
        """Newton's method, steps halved until the likelihood rises; errors where it does not settle."""
        at, p = self.start(), self.z.shape[1]
        value = self.log_likelihood(at)
        spread = self.z.max(axis=0) - self.z.min(axis=0)
        for step in range(MAX_STEPS):
            try:
                move = np.linalg.solve(-self.hessian(at), self.scores(at).sum(axis=0))
            except np.linalg.LinAlgError:
                raise SeparationError(int(np.argmax(np.abs(at[:p] * spread)))) from None
            at, value, move = self._rise(at, value, move)
            if float(np.abs(move).max()) < 1e-8:
                return at
            if step >= _SETTLED_BY and float(np.abs(move[:p] * spread).max()) > 1e-3:
                raise SeparationError(int(np.argmax(np.abs(move[:p] * spread))))
        raise ValueError(f"the model did not settle in {MAX_STEPS} steps.")

    def _rise(self, at: FloatArray, value: float, move: FloatArray) -> tuple[FloatArray, float, FloatArray]:
        for _halving in range(30):
            then = self.log_likelihood(at + move)
            if then >= value - 1e-12 * abs(value):
                break
            move = move / 2
        return at + move, then, move

    def _edges(self, at: FloatArray) -> tuple[FloatArray, FloatArray]:
        """θ_j − η above and below each answer's class; infinite at the ends."""
        p = self.z.shape[1]
        eta = self.z @ at[:p]
        cuts = np.concatenate([[-np.inf], at[p:], [np.inf]])
        return cuts[self.code + 1] - eta, cuts[self.code] - eta

    @staticmethod
    def _chance(upper: FloatArray, lower: FloatArray) -> FloatArray:
        """F(u) − F(l), on the side where both are small, so that far tails keep their digits."""
        found: FloatArray = np.where(lower > 0, _tail(-lower) - _tail(-upper), _tail(upper) - _tail(lower))
        return found


def _tail(value: FloatArray) -> FloatArray:
    from scipy.special import expit

    found: FloatArray = expit(value)
    return found


def _density(value: FloatArray) -> FloatArray:
    return _tail(value) * _tail(-value)
