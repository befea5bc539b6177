"""What stands out of the shape of the answers, each statement tested; and how far the class limits matter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import Field

from tools.measure.compare import LEVEL
from tools.measure.score_counts import ScoreCounts
from tools.result import FactSheet, Model
from tools.stats.counts import Counts
from tools.stats.distributions import share_contrast
from tools.stats.multiplicity import holm
from tools.stats.proportions import wilson_interval
from tools.stats.score import nps_interval
from warehouse.catalog import Scale
from warehouse.workspace import Warehouse

ENOUGH = 30
"""Effective answers below which nothing is said of the shape."""
LONG_SCALE = 9
"""Points of a scale below which a peak is no heap."""
SMOOTH = 1.25
LOW_END = 0.27
"""Share of the scale's points that make its low end: 0 to 2 of 0 to 10."""


class ShapeNote(Model):
    """One thing that stands out, beyond chance."""

    kind: Literal["two humps", "heaped", "ceiling", "floor"]
    score: int | None = Field(None, description="The score that answers heap on, or the end of the scale.")
    facts: list[str] = Field(description="Ids of the facts that show it.")


class Boundary(Model):
    """The NPS with one class limit moved by one point."""

    move: str = Field(description="Which scores count as what, e.g. promoters from 8.")
    nps: str = Field(description="Id of that NPS.")
    share_moved: str = Field(description="Id of the share of answers that change class.")


def add_shapes(
    warehouse: Warehouse, sheet: FactSheet, counted: ScoreCounts, counts: list[int], where: dict[str, str]
) -> list[ShapeNote]:
    """Two humps, heaping and more than half at one end, held to 5 % for all of them together."""
    scale, effect, n = warehouse.catalog.scale, max(counted.effects), sum(counts)
    if n / effect < ENOUGH or len(counts) < 5:
        return []
    middle = [len(counts) // 2] if len(counts) % 2 else []
    heaps = [0, *middle, len(counts) - 1] if len(counts) >= LONG_SCALE else []
    tests = [_humps(counts, scale, effect), *(_heap(counts, at, effect) for at in heaps)]
    tests += [_half(counts, at, counted.effects[at]) for at in (-1, 0)]
    adjusted = holm([p for p, _sign in tests])
    found = [p if p < LEVEL and sign else None for p, (_p, sign) in zip(adjusted, tests, strict=True)]
    notes = []
    if found[0] is not None:
        notes.append(ShapeNote(kind="two humps", facts=_hump_facts(sheet, counts, scale, found[0], where)))
    for at, p in zip(heaps, found[1:-2], strict=True):
        if p is not None:
            facts = _heap_facts(sheet, counts, counted.scores, at, p, where)
            notes.append(ShapeNote(kind="heaped", score=counted.scores[at], facts=facts))
    ends: list[tuple[Literal["ceiling", "floor"], int]] = [("ceiling", -1), ("floor", 0)]
    for (kind, at), p in zip(ends, found[-2:], strict=True):
        if p is not None:
            fact = sheet.add(f"{kind}_p", p, "p-value", n=n, where=where)
            notes.append(ShapeNote(kind=kind, score=counted.scores[at], facts=[fact.id]))
    return notes


def _parts(counts: Sequence[int], scale: Scale) -> tuple[int, int]:
    """Positions where the middle of the scale begins and where its upper end (the promoters) does."""
    low = max(1, round(LOW_END * len(counts)))
    return low, scale.promoter_from - scale.low


def _humps(counts: list[int], scale: Scale, effect: float) -> tuple[float, bool]:
    """Both ends hold more answers a point than the middle between them; the larger of the two p-values counts."""
    low, high = _parts(counts, scale)
    if high - low < 2:
        return 1.0, False
    size = len(counts)
    between = [-1 / (high - low) if low <= at < high else 0.0 for at in range(size)]
    lower = [1 / low if at < low else between[at] for at in range(size)]
    upper = [1 / (size - high) if at >= high else between[at] for at in range(size)]
    tests = [share_contrast(counts, weights, design_effect=effect) for weights in (lower, upper)]
    return max(test.p_value for test in tests), all(test.estimate > 0 for test in tests)


def _heap(counts: list[int], at: int, effect: float) -> tuple[float, bool]:
    """More answers than a smooth curve has; the largest p-value of what that takes counts.

    At an end more than twice the score next to it. In the middle more than either neighbour, and more than 1.25 times
    the cubic through the four scores around it: a survey may well have its peak there.
    """
    if at in (0, len(counts) - 1):
        wanted = [{at: 1.0, 1 if at == 0 else at - 1: -2.0}]
    else:
        curve = {at + step: -SMOOTH * part / 6 for step, part in ((-2, -1), (-1, 4), (1, 4), (2, -1))}
        wanted = [{at: 1.0, at - 1: -1.0}, {at: 1.0, at + 1: -1.0}, {at: 1.0, **curve}]
    tests = [
        share_contrast(counts, [weights.get(place, 0.0) for place in range(len(counts))], design_effect=effect)
        for weights in wanted
    ]
    return max(test.p_value for test in tests), all(test.estimate > 0 for test in tests)


def _half(counts: list[int], at: int, effect: float) -> tuple[float, bool]:
    """More than half of all answers lie on one end of the scale."""
    weights = [-0.5] * len(counts)
    weights[at] = 0.5
    test = share_contrast(counts, weights, design_effect=effect)
    return test.p_value, test.estimate > 0


def _hump_facts(sheet: FactSheet, counts: list[int], scale: Scale, p_value: float, where: dict[str, str]) -> list[str]:
    n = sum(counts)
    low, high = _parts(counts, scale)
    parts = ((0, low), (low, high), (high, len(counts)))
    ids = []
    for first, after in parts:
        cell = where | {"score": f"{scale.low + first} to {scale.low + after - 1}"}
        ids.append(sheet.add("share_of_scores", sum(counts[first:after]) / n, "share", n=n, where=cell).id)
    return [*ids, sheet.add("two_humps_p", p_value, "p-value", n=n, where=where).id]


def _heap_facts(
    sheet: FactSheet, counts: list[int], scores: list[int], at: int, p_value: float, where: dict[str, str]
) -> list[str]:
    """Its share, those of the scores next to it, and last the p-value."""
    n = sum(counts)
    places = [at, *(other for other in (at - 1, at + 1) if 0 <= other < len(counts))]
    names = ["share_of_heaped_score", *["share_of_score_beside"] * 2]
    ids = [
        sheet.add(name, counts[place] / n, "share", n=n, where=where | {"score": str(scores[place])}).id
        for name, place in zip(names, places, strict=False)
    ]
    return [*ids, sheet.add("heaped_p", p_value, "p-value", n=n, where=where | {"score": str(scores[at])}).id]


def add_boundaries(
    warehouse: Warehouse,
    sheet: FactSheet,
    counted: ScoreCounts,
    counts: list[int],
    effect: float,
    where: dict[str, str],
) -> tuple[list[str], list[Boundary]]:
    """Shares on the two scores at the limits, and the NPS with either limit a point up or down."""
    scale, n = warehouse.catalog.scale, sum(counts)
    by_score = dict(zip(counted.scores, zip(counts, counted.effects, strict=True), strict=True))

    def share(name: str, score: int) -> str:
        count, own = by_score[score]
        interval = wilson_interval(count / own, n / own)
        cell = where | {"score": str(score)}
        return sheet.add(name, count / n, "share", n=n, low=interval.low, high=interval.high, where=cell).id

    limits = [share("share_on_class_limit", score) for score in (scale.detractor_to, scale.promoter_from)]
    moves = [
        (scale.detractor_to - 1, scale.promoter_from, scale.detractor_to, f"detractors to {scale.detractor_to - 1}"),
        (
            scale.detractor_to + 1,
            scale.promoter_from,
            scale.detractor_to + 1,
            f"detractors to {scale.detractor_to + 1}",
        ),
        (
            scale.detractor_to,
            scale.promoter_from - 1,
            scale.promoter_from - 1,
            f"promoters from {scale.promoter_from - 1}",
        ),
        (scale.detractor_to, scale.promoter_from + 1, scale.promoter_from, f"promoters from {scale.promoter_from + 1}"),
    ]
    made = []
    for to, start, moved, words in moves:
        if not scale.low <= to < start <= scale.high:
            continue
        promoters = sum(count for score, (count, _effect) in by_score.items() if score >= start)
        detractors = sum(count for score, (count, _effect) in by_score.items() if score <= to)
        interval = nps_interval(Counts(promoters, n - promoters - detractors, detractors), design_effect=effect)
        cell = where | {"limits": words}
        fact = sheet.add(
            "nps_with_other_limits", interval.estimate, "points", n=n, low=interval.low, high=interval.high, where=cell
        )
        made.append(Boundary(move=words, nps=fact.id, share_moved=share("share_that_changes_class", moved)))
    return limits, made
