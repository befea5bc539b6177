"""Truths counted from a demo's own arrays, apart from the tools that are judged by them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from warehouse.demo.latent import IntArray, nps_class

BoolArray = NDArray[np.bool_]


def class_counts(scores: IntArray) -> dict[str, float | int]:
    """Counts of the three classes and the NPS in points; no NPS without answers."""
    detractors, passives, promoters = np.bincount(nps_class(scores), minlength=3).tolist()
    counts: dict[str, float | int] = {
        "n": len(scores),
        "detractors": detractors,
        "passives": passives,
        "promoters": promoters,
    }
    if len(scores):
        counts["nps"] = 100 * (promoters - detractors) / len(scores)
    return counts


def kitagawa(
    scores: IntArray,
    groups: IntArray,
    names: Sequence[dict[str, str]],
    *,
    before: BoolArray,
    after: BoolArray,
) -> dict[str, Any]:
    """Split of an NPS change into mix and within effects, both with the weights averaged over the periods.

    With shares w and NPS r of group g in periods 0 and 1, within = Σ (w0+w1)/2 · (r1-r0) and
    mix = Σ (w1-w0) · (r0+r1)/2; they add up to the change exactly. A group's mix is given against the
    mean of the two overall scores, which leaves the sum as it is because the share changes add up to nil.
    Every group must have answers in both periods.
    """
    balance = 100.0 * (nps_class(scores) - 1)
    count = [np.bincount(groups[period], minlength=len(names)) for period in (before, after)]
    total = [np.bincount(groups[period], weights=balance[period], minlength=len(names)) for period in (before, after)]
    share = [c / c.sum() for c in count]
    rate = [t / c for t, c in zip(total, count, strict=True)]
    overall = [t.sum() / c.sum() for t, c in zip(total, count, strict=True)]
    within = (share[0] + share[1]) / 2 * (rate[1] - rate[0])
    mix = (share[1] - share[0]) * ((rate[0] + rate[1]) / 2 - sum(overall) / 2)
    cells = [
        {
            **name,
            "n_before": int(count[0][g]),
            "n_after": int(count[1][g]),
            "share_before": float(share[0][g]),
            "share_after": float(share[1][g]),
            "nps_before": float(rate[0][g]),
            "nps_after": float(rate[1][g]),
            "mix": float(mix[g]),
            "within": float(within[g]),
        }
        for g, name in enumerate(names)
    ]
    return {
        "change": float(overall[1] - overall[0]),
        "mix": float(mix.sum()),
        "within": float(within.sum()),
        "cells": cells,
    }
