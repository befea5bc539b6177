"""The latent satisfaction behind a score: normal, cut into 0 to 10, moved by planted NPS points."""

from __future__ import annotations

from statistics import NormalDist
from typing import Final

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Shares of the scores 0 to 10 where the shift is zero: 21.8 % detractors, 47 % promoters, NPS +25.2.
SCORE_SHARES: Final = (0.015, 0.008, 0.012, 0.018, 0.025, 0.060, 0.080, 0.130, 0.182, 0.200, 0.270)
_NORMAL: Final = NormalDist()
CUTS: Final[FloatArray] = np.array([_NORMAL.inv_cdf(p) for p in np.cumsum(SCORE_SHARES)[:-1]])
DETRACTOR_CUT: Final = float(CUTS[6])
PROMOTER_CUT: Final = float(CUTS[8])


def draw_scores(rng: np.random.Generator, shift: FloatArray, warmth: FloatArray, icc: float) -> IntArray:
    """Scores of answers whose giver is as warm as `warmth` (standard normal, one value a customer).

    `icc` is the share of the latent variance that lies between customers.
    """
    noise = rng.standard_normal(len(shift))
    latent = shift + np.sqrt(icc) * warmth + np.sqrt(1 - icc) * noise
    scores: IntArray = np.searchsorted(CUTS, latent).astype(np.int64)
    return scores


def nps_class(scores: IntArray) -> IntArray:
    """0 for detractors, 1 for passives, 2 for promoters."""
    classes: IntArray = (scores >= 7).astype(np.int64) + (scores >= 9)
    return classes


def expected_nps(shift: FloatArray) -> FloatArray:
    """NPS, in points, that the model expects at each latent shift."""
    levels, where = np.unique(shift, return_inverse=True)
    points = [100 * (_NORMAL.cdf(x - PROMOTER_CUT) - _NORMAL.cdf(DETRACTOR_CUT - x)) for x in levels.tolist()]
    return np.array(points)[where]


def score_icc(icc: float, shift: float = 0.0, steps: int = 200) -> float:
    """Intraclass correlation that `icc` of the latent score leaves in the scores of 0 to 10."""
    warmth = [_NORMAL.inv_cdf((k + 0.5) / steps) for k in range(steps)]
    spread = (1 - icc) ** 0.5
    above = np.array([[_NORMAL.cdf((shift + icc**0.5 * w - cut) / spread) for cut in CUTS.tolist()] for w in warmth])
    # E[s] = Σ P(s >= k) and E[s²] = Σ (2k-1) P(s >= k) for k from 1 to 10.
    mean = above.sum(axis=1)
    square = above @ (2 * np.arange(1, len(CUTS) + 1) - 1)
    return float(mean.var() / (square.mean() - mean.mean() ** 2))


def shift_for(points: float, offsets: FloatArray, weights: FloatArray) -> float:
    """The shift at which a base made of groups with these offsets and weights has an NPS of `points`."""
    low, high = -5.0, 5.0
    for _ in range(50):
        middle = (low + high) / 2
        below = float(weights @ expected_nps(middle + offsets)) < points
        low, high = (middle, high) if below else (low, middle)
    return (low + high) / 2
