"""p-values adjusted for having looked at several things at once, in the order in which they came.

An adjusted p-value is compared with the level as it stands: at most 0.05 means rejected at 5 % for the whole
family. Which adjustment: `holm` where one false alarm would be one too many (it is never less powerful than
`bonferroni`, which stands here for comparison); `benjamini_hochberg` where a list of segments is screened and a
small share of false alarms is tolerable; `benjamini_yekutieli` where that shall hold whatever the dependence.

An empty family gives an empty list; a p-value that is missing or outside 0 to 1 is refused with a ValueError.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def bonferroni(p_values: Sequence[float]) -> list[float]:
    """min(1, m p): controls the probability of any false rejection, under any dependence.

    Reference: Dunn (1961), JASA 56, 52-64.

    >>> [round(p, 3) for p in bonferroni([0.01, 0.04, 0.03, 0.005])]
    [0.04, 0.16, 0.12, 0.02]

    Two of the four tests survive at 5 %.
    """
    p = _checked(p_values)
    return [min(1.0, float(value)) for value in p * len(p)]


def holm(p_values: Sequence[float]) -> list[float]:
    """Step-down: the i-th smallest of m is max over j <= i of min(1, (m - j + 1) p_(j)).

    Controls the probability of any false rejection, under any dependence.

    Reference: Holm (1979), Scandinavian Journal of Statistics 6, 65-70.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03, 0.005])]
    [0.03, 0.06, 0.06, 0.02]

    The first and the last test survive at 5 %.
    """
    p = _checked(p_values)
    order = np.argsort(p, kind="stable")
    factors = len(p) - np.arange(len(p))
    return _in_input_order(np.maximum.accumulate(p[order] * factors), order)


def benjamini_hochberg(p_values: Sequence[float]) -> list[float]:
    """Step-up: the i-th smallest of m is min over j >= i of min(1, m p_(j) / j).

    Controls the expected share of false among all rejections (FDR) for independent or positively dependent tests.

    Reference: Benjamini & Hochberg (1995), JRSS B 57, 289-300.

    >>> [round(p, 3) for p in benjamini_hochberg([0.01, 0.04, 0.03, 0.005])]
    [0.02, 0.04, 0.04, 0.02]

    All four survive at 5 %: about one in twenty of such findings is a false alarm.
    """
    return _step_up(_checked(p_values), 1.0)


def benjamini_yekutieli(p_values: Sequence[float]) -> list[float]:
    """Benjamini-Hochberg times 1 + 1/2 + ... + 1/m, at most 1: controls the FDR under any dependence.

    Reference: Benjamini & Yekutieli (2001), Annals of Statistics 29, 1165-1188.

    >>> [round(p, 4) for p in benjamini_yekutieli([0.01, 0.04, 0.03, 0.005])]
    [0.0417, 0.0833, 0.0833, 0.0417]

    Two of the four survive at 5 %, whatever the dependence between the tests.
    """
    p = _checked(p_values)
    return _step_up(p, float(np.sum(1 / np.arange(1, len(p) + 1))))


def _step_up(p: np.ndarray, factor: float) -> list[float]:
    order = np.argsort(p, kind="stable")
    ranks = np.arange(1, len(p) + 1)
    raw = p[order] * factor * len(p) / ranks
    return _in_input_order(np.minimum.accumulate(raw[::-1])[::-1], order)


def _in_input_order(adjusted: np.ndarray, order: np.ndarray) -> list[float]:
    result = np.empty(len(order))
    result[order] = np.minimum(adjusted, 1.0)
    return [float(value) for value in result]


def _checked(p_values: Sequence[float]) -> np.ndarray:
    p = np.asarray(p_values, dtype=float)
    if p.ndim != 1:
        raise ValueError("p-values must be a plain list, one for each test.")
    if not np.all((p >= 0) & (p <= 1)):  # NaN fails both
        bad = next(value for value in p_values if not 0 <= value <= 1)
        raise ValueError(f"A p-value must lie between 0 and 1, not {bad}; leave out tests that were not made.")
    return p
