"""Weights that make those who answered look like the base, and the NPS under them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.measure.compare import LEVEL, Verdict
from tools.measure.response_base import Base, cell_sums, pooled
from tools.stats.counts import Counts
from tools.stats.tails import two_sided_p
from tools.stats.weighting import (
    Raked,
    UnitSums,
    Weighting,
    kish_effective_n,
    rake_weights,
    trim_weights,
    weighting_effect,
)
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

MOST_DIMENSIONS = 8
MOST_CELLS = 50_000
ANSWERS_A_CATEGORY = 10
"""Answers needed for each category weighted on, on average, over and above the minimum of every single one."""
NEAR_ENOUGH = 0.001
"""Share of the base by which a margin may be missed."""


@dataclass(frozen=True)
class Weighted:
    """What weighting makes of the NPS; without `effect` it was not possible."""

    once: Weighting
    """Every unit with the same weight, beside the plain NPS over answers."""
    once_counts: Counts
    """Class shares summed over units that answered: each counts once."""
    names: list[str] = field(default_factory=list)
    effect: Weighting | None = None
    """Weighted, beside every unit with the same weight."""
    total: Weighting | None = None
    """Weighted, beside the plain NPS over answers."""
    p_value: float | None = None
    verdict: Verdict | None = None
    effective_n: float | None = None
    largest: float | None = None
    trimmed: int = 0
    gap: float = 0.0
    """Largest distance of a weighted share from the base's after trimming."""
    pooled_on: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    """Dimensions that were not weighted on, and why."""


def weigh(warehouse: Warehouse, base: Base, *, chosen: bool, cap: float) -> Weighted:
    """Raking of the units that answered to the base's margins, on as many dimensions as the answers carry."""
    kept, why = _dimensions(warehouse, base, chosen) if base.answered < base.size else ({}, {})
    while True:
        categories, size, sums = cell_sums(warehouse, base, kept)
        plain = weighting_effect(sums, np.ones(len(size)), design_effect=_again(base))
        counts = _counts(sums)
        if not kept:
            return Weighted(plain, counts, left_out={base.axes[at].name: reason for at, reason in why.items()})
        used = sums.units > 0
        raked = _rake(categories, size, sums)
        if raked is not None and raked.largest_gap <= NEAR_ENOUGH:
            break
        last = base.axes[list(kept)[-1]].name
        if chosen:
            raise NpsError(f"The categories cannot all be met at once by those who answered; leave {last!r} out of by.")
        why[kept.popitem()[0]] = "its shares of the base cannot be met together with those of the others"
    weights = np.where(used, raked.factors, 0.0) * float(sums.units.sum() / size.sum())
    trimmed = trim_weights(weights[used], cap, counts=sums.units[used])
    weights[used] = trimmed.weights
    effect = weighting_effect(_once(sums), weights, categories=categories, design_effect=_again(base))
    p_value = _chance(effect)
    gap = max(_gap(labels, weights * sums.units, size) for labels in categories)
    return Weighted(
        once=plain,
        once_counts=counts,
        names=_names(base, kept),
        effect=effect,
        total=weighting_effect(sums, weights, categories=categories, design_effect=_again(base)),
        p_value=p_value,
        verdict=_verdict(effect, p_value),
        effective_n=kish_effective_n(weights[used], counts=sums.units[used]),
        largest=float(weights.max()),
        trimmed=trimmed.trimmed,
        gap=gap,
        pooled_on=[base.axes[at].name for at, values in kept.items() if len(values) < len(base.margins[at])],
        left_out={base.axes[at].name: reason for at, reason in why.items()},
    )


def _dimensions(warehouse: Warehouse, base: Base, chosen: bool) -> tuple[dict[int, set[str]], dict[int, str]]:
    """The dimensions to weight on with the values that stand for themselves: all named ones, or the most telling.

    And those that were not taken, with the reason.
    """
    least = warehouse.catalog.minimum_base.ranking
    order = list(base.telling)
    if not chosen:
        order.sort(key=lambda at: -_unlike(base, at))
    kept: dict[int, set[str]] = {}
    why: dict[int, str] = {}
    categories, cells = 0, 1
    for at in order:
        values = pooled(base.margins[at], least, 1)
        width = len(values) + (len(values) < len(base.margins[at]))
        if width < 2:
            why[at] = _one_category(base, at, least)
            continue
        fits = categories + width - 1 <= base.answered / ANSWERS_A_CATEGORY and cells * width <= MOST_CELLS
        if fits and len(kept) < MOST_DIMENSIONS:
            kept[at], categories, cells = values, categories + width - 1, cells * width
        elif chosen:
            raise NpsError(
                f"{base.answered:,} answers cannot be weighted on so many categories at once; "
                f"leave {base.axes[at].name!r} out of by."
            )
        else:
            why[at] = f"the answers do not carry more categories, and {MOST_DIMENSIONS} dimensions are the most"
    return kept, why


def _one_category(base: Base, at: int, least: int) -> str:
    """Why there are not two categories to weight on."""
    silent = [value for value, (_size, answered) in base.margins[at].items() if not answered]
    if silent:
        return f"no answer at all from {', '.join(sorted(silent)[:3])}"
    return f"not two of its categories have {least} answers"


def _unlike(base: Base, at: int) -> float:
    """Pearson's chi-square of answering by category, over its degrees of freedom: how telling a dimension is."""
    margin = base.margins[at]
    share = base.answered / base.size
    if len(margin) < 2 or not 0 < share < 1:
        return 0.0
    spread = sum(size * (answered / size - share) ** 2 for size, answered in margin.values())
    return spread / (share * (1 - share)) / (len(margin) - 1)


def _rake(categories: list[list[str]], size: NDArray[Any], sums: UnitSums) -> Raked | None:
    """Raked weights of the cells; None where a category is out of reach."""
    margins = [_totals(labels, size) for labels in categories]
    try:
        return rake_weights(categories, margins, weights=sums.units, tolerance=1e-7, max_iterations=300)
    except ValueError:
        return None


def _totals(labels: list[str], amounts: NDArray[Any]) -> dict[str, float]:
    totals: dict[str, float] = {}
    for label, amount in zip(labels, amounts.tolist(), strict=True):
        totals[label] = totals.get(label, 0.0) + amount
    return totals


def _gap(labels: list[str], weighted: NDArray[Any], size: NDArray[Any]) -> float:
    have, want = _totals(labels, weighted), _totals(labels, size)
    return max(abs(have[label] / float(weighted.sum()) - want[label] / float(size.sum())) for label in want)


def _again(base: Base) -> float:
    """Rows of one customer are alike; customers themselves are already the units."""
    return base.effect if base.kind == "invitations" else 1.0


def _once(sums: UnitSums) -> UnitSums:
    """The same units as if each had given one answer, its mean."""
    y = sums.promoters - sums.detractors
    return replace(sums, n=sums.units, s=y, ss=sums.yy, sn=y, nn=sums.units, ys=sums.yy)


def _counts(sums: UnitSums) -> Counts:
    units, promoters, detractors = (float(item.sum()) for item in (sums.units, sums.promoters, sums.detractors))
    return Counts(promoters, max(units - promoters - detractors, 0.0), detractors)


def _chance(effect: Weighting) -> float:
    if effect.difference_variance <= 1e-18:
        return 1.0
    return two_sided_p(effect.difference / math.sqrt(effect.difference_variance))


def _verdict(effect: Weighting, p_value: float) -> Verdict:
    if p_value >= LEVEL:
        return "no clear difference"
    return "higher" if effect.difference > 0 else "lower"


def _names(base: Base, places: Any) -> list[str]:
    return [base.axes[at].name for at in places]
