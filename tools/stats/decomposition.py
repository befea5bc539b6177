"""Why an NPS changed: who answered (mix) or how each segment answered (within).

Kitagawa's decomposition with the interaction split evenly, sampling errors by the delta method, and a judgement on
Simpson's paradox. `class_effects` splits the same change into promoters and detractors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tools.stats.counts import Counts, observed
from tools.stats.periods import Change, Period, change_over
from tools.stats.proportions import equal_proportions, newcombe_difference
from tools.stats.score import nps_difference
from tools.stats.tails import check_design_effect, critical_value, two_sided_p

ROUNDING = 1e-9
"""Points below which a movement is taken for the rounding of sums, not for a movement."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A part of the change in points; `p_value` is None where the part cannot be anything but 0."""

    estimate: float
    low: float
    high: float
    p_value: float | None


@dataclass(frozen=True, slots=True)
class SegmentEffect:
    """One segment's part of the change, in points.

    Shares are those among the common segments for a common segment, among all answers of the period for an
    entering or leaving one (and 0.0 in the other period). `mix` and all `within` fields are None where the segment
    is not common; `contribution` is mix + within, or its part of the entering or leaving effect, and sums
    over the segments to the total.
    """

    segment: str
    kind: Literal["common", "entering", "leaving"]
    share_before: float
    share_after: float
    nps_before: float | None
    nps_after: float | None
    n_before: float
    n_after: float
    contribution: float
    mix: float | None = None
    within: float | None = None
    within_low: float | None = None
    within_high: float | None = None
    within_p: float | None = None


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a sentence on Simpson's paradox needs: which segments were judged and how they moved.

    `direction` is the total's; `judged` are the common segments with the minimum base in both periods, `against`
    those of them that moved against the total, `still` those that did not move at all; `composition` is
    mix + entering + leaving in points.
    """

    direction: Literal["rose", "fell", "unchanged"]
    judged: tuple[str, ...]
    against: tuple[str, ...]
    still: tuple[str, ...]
    composition: float


@dataclass(frozen=True, slots=True)
class Decomposition:
    """A change of the NPS and its parts, in points; total = mix + within + entering + leaving exactly."""

    total: Effect
    mix: Effect
    within: Effect
    entering: Effect
    leaving: Effect
    segments: tuple[SegmentEffect, ...]
    simpson: bool
    reversal: Reversal
    within_opposes_total: bool


@dataclass(frozen=True, slots=True)
class ClassEffects:
    """A change of the NPS split by class, in points; total = promoters + detractors exactly."""

    total: Effect
    promoters: Effect
    detractors: Effect


def kitagawa(
    before: Mapping[str, Counts],
    after: Mapping[str, Counts],
    *,
    design_effect: float = 1.0,
    confidence: float = 0.95,
    minimum_base: float = 30,
) -> Decomposition:
    """Split the change of the NPS into mix, within, entering and leaving effects, in points.

    Let C be the segments with answers in both periods t = 0, 1; w_tk their shares within C, r_tk their NPS,
    R_tC = sum w_tk r_tk; W_tk shares among all answers of the period. Then R_1 - R_0 is exactly the sum of

        within   = sum (w_0k + w_1k)/2 * (r_1k - r_0k)                      segments answered differently
        mix      = sum (w_1k - w_0k) * ((r_0k + r_1k)/2 - (R_0C + R_1C)/2)  there is more or less of them
        entering = sum over k only after of W_1k (r_1k - R_1C)              new segments pull the NPS
        leaving  = -sum over k only before of W_0k (r_0k - R_0C)            lost segments no longer do

    Centring the terms of mix changes nothing in their sum and makes them readable: a growing segment adds to the
    NPS when it is better than the average.

    Sampling errors: delta method (influence functions) for independent multinomial samples of (segment, class) in
    the two periods, C taken as given. With N_t answers in C, n_tk in segment k, n_t in all, s_t = 1 - N_t/n_t, v the
    variance of an answer (in segment k; inside and outside of C) and Var_w(y) = sum w y^2 - (sum w y)^2,

        var(within)   = sum_t Var_wt((r_1 - r_0)/2) / N_t + sum_tk ((w_0k + w_1k)/2)^2 v_tk / n_tk
        var(mix)      = sum_t Var_wt((r_0 + r_1)/2) / N_t + sum_tk ((w_1k - w_0k)/2)^2 v_tk / n_tk
        var(within_k) = sum_t ((r_1k - r_0k)/2)^2 w_tk (1 - w_tk) / N_t + ((w_0k + w_1k)/2)^2 v_tk / n_tk
        var(entering) = s_1/n_1 * (v_out + v_in s_1/(1 - s_1) + (1 - s_1) (R_out - R_in)^2);  leaving: t = 0

    each times `design_effect`. v is computed with the three pseudo-answers of `nps_interval`, so that a segment of
    promoters only is not taken for certain. Intervals are estimate -+ z SE within -200 to 200; interval
    and p-value of `total` are those of `nps_difference`. Customers who answered in both periods, mostly alike,
    make these errors too large rather than too small.

    `simpson` is True when all of this holds: the total is not 0; two or more common segments have `minimum_base`
    answers in both periods; none of them moved in the total's direction, nor did the within effect; and the total,
    or a mix effect in the total's direction, has p < 1 - `confidence`. `within_opposes_total` is weaker: the sum of the
    within effects has the other sign (Berkeley's admissions are such a case: some departments moved with the total).

    Edge cases: segments without answers in both periods are ignored. One common segment: mix is 0, p None. No entering
    (leaving) segment: 0, p None. No common segment, or a period without answers: ValueError.

    Reference: Kitagawa (1955), JASA 50, 1168-1194; Das Gupta (1993), US Census P23-186, chapter 5; van der
    Vaart (1998), Asymptotic Statistics, chapter 3 (delta method).

    >>> before = {"Starter": Counts(300, 400, 300), "Growth": Counts(1350, 600, 50)}
    >>> after = {"Starter": Counts(700, 800, 500), "Growth": Counts(720, 270, 10)}
    >>> d = kitagawa(before, after)
    >>> [round(e.estimate, 1) for e in (d.total, d.mix, d.within)]
    [-13.0, -21.0, 8.0]
    >>> d.simpson, d.reversal.direction, d.reversal.against
    (True, 'fell', ('Starter', 'Growth'))

    The NPS fell by 13 points although both plans improved: the less happy Starter customers went from a third to two
    thirds of the answers, which alone costs 21 points.
    """
    names = list(dict.fromkeys([*before, *after]))
    had = {name for name, cell in before.items() if cell.n}
    has = {name for name, cell in after.items() if cell.n}
    common = [name for name in names if name in had & has]
    _refuse_incomparable(had, has, common)
    entering = [name for name in names if name in has - had]
    leaving = [name for name in names if name in had - has]
    change = change_over(before, after, common=common, leaving=leaving, entering=entering, design_effect=design_effect)
    z = critical_value(confidence)
    total = _total(change, confidence)
    mix = _effect(float(change.mix().sum()), change.mix_noise(), z)
    within = _effect(float(change.within().sum()), change.within_noise(), z)
    gained = _effect(change.after.rest_effect, change.after.rest_noise(), z)
    lost = _effect(-change.before.rest_effect, change.before.rest_noise(), z)
    segments = (
        *_common_segments(before, after, change, z),
        *(_entering(name, after[name], change.after) for name in entering),
        *(_leaving(name, before[name], change.before) for name in leaving),
    )
    composition = mix.estimate + gained.estimate + lost.estimate
    reversal = _reversal(total, segments, composition, minimum_base)
    return Decomposition(
        total=total,
        mix=mix,
        within=within,
        entering=gained,
        leaving=lost,
        segments=segments,
        simpson=_is_simpson(reversal, total, mix, within, alpha=1 - confidence),
        reversal=reversal,
        within_opposes_total=_sign(total.estimate) * _sign(within.estimate) < 0,
    )


def class_effects(
    before: Counts, after: Counts, *, design_effect: float = 1.0, confidence: float = 0.95
) -> ClassEffects:
    """Split the change of the NPS into what promoters and what detractors contributed, in points.

    NPS = 100 (p - d), hence R_1 - R_0 = 100 (p_1 - p_0) + 100 (d_0 - d_1): a smaller share of detractors counts as
    a gain. The parts carry Newcombe's interval of the difference of shares and the pooled chi-square's
    p-value (`proportions`), the total those of `nps_difference`. A period without answers: ValueError.

    Reference: Das Gupta (1993), US Census P23-186, chapter 3 (a rate that is a difference of two factors).

    >>> e = class_effects(Counts(560, 280, 160), Counts(520, 260, 220))
    >>> round(e.total.estimate, 1), round(e.promoters.estimate, 1), round(e.detractors.estimate, 1)
    (-10.0, -4.0, -6.0)

    Of the 10 points lost, 6 are new detractors and 4 are promoters who became passive.
    """
    deff = check_design_effect(design_effect)
    difference = nps_difference(after, before, confidence=confidence, design_effects=(deff, deff))
    sizes = (after.n / deff, before.n / deff)
    return ClassEffects(
        total=Effect(difference.estimate, difference.low, difference.high, difference.p_value),
        promoters=_share_effect(after.promoters / deff, before.promoters / deff, sizes, confidence),
        detractors=_share_effect(before.detractors / deff, after.detractors / deff, sizes[::-1], confidence),
    )


def _share_effect(gain: float, loss: float, sizes: tuple[float, float], confidence: float) -> Effect:
    interval = newcombe_difference(gain, sizes[0], loss, sizes[1], confidence=confidence)
    p_value = equal_proportions([gain, loss], sizes).p_value
    return Effect(100 * interval.estimate, 100 * interval.low, 100 * interval.high, p_value)


def _refuse_incomparable(had: set[str], has: set[str], common: list[str]) -> None:
    if not had or not has:
        raise ValueError(f"The period {'after' if had else 'before'} holds no answers, so nothing changed to it.")
    if not common:
        raise ValueError(
            f"No segment has answers in both periods (before: {_some(had)}; after: {_some(has)}), "
            "so the change cannot be split; compare the totals instead."
        )


def _some(names: set[str], shown: int = 5) -> str:
    return ", ".join(sorted(names)[:shown]) + (f" and {len(names) - shown} more" if len(names) > shown else "")


def _effect(estimate: float, variance: float, z: float) -> Effect:
    """Points from the unit scale, with a normal interval; a variance of 0 means that the effect cannot occur."""
    se = math.sqrt(variance)
    low, high = max(estimate - z * se, -2.0), min(estimate + z * se, 2.0)
    p_value = two_sided_p(estimate / se) if se > 0 else None
    return Effect(100 * estimate, 100 * min(low, estimate), 100 * max(high, estimate), p_value)


def _total(change: Change, confidence: float) -> Effect:
    difference = nps_difference(
        change.after.common + change.after.rest,
        change.before.common + change.before.rest,
        confidence=confidence,
        design_effects=(change.after.design_effect, change.before.design_effect),
    )
    return Effect(difference.estimate, difference.low, difference.high, difference.p_value)


def _common_segments(
    before: Mapping[str, Counts], after: Mapping[str, Counts], change: Change, z: float
) -> list[SegmentEffect]:
    mixes, withins, noises = change.mix(), change.within(), change.segment_noise()
    segments = []
    for place, name in enumerate(change.names):
        mix = 100 * float(mixes[place])
        within = _effect(float(withins[place]), float(noises[place]), z)
        segments.append(
            SegmentEffect(
                segment=name,
                kind="common",
                share_before=float(change.before.share[place]),
                share_after=float(change.after.share[place]),
                nps_before=before[name].nps,
                nps_after=after[name].nps,
                n_before=before[name].n,
                n_after=after[name].n,
                contribution=mix + within.estimate,
                mix=mix,
                within=within.estimate,
                within_low=within.low,
                within_high=within.high,
                within_p=within.p_value,
            )
        )
    return segments


def _entering(name: str, cell: Counts, period: Period) -> SegmentEffect:
    share = cell.n / (period.common.n + period.rest.n)
    pull = share * (observed(cell)[0] - observed(period.common)[0])
    return SegmentEffect(name, "entering", 0.0, share, None, cell.nps, 0.0, cell.n, 100 * pull)


def _leaving(name: str, cell: Counts, period: Period) -> SegmentEffect:
    share = cell.n / (period.common.n + period.rest.n)
    pull = share * (observed(cell)[0] - observed(period.common)[0])
    return SegmentEffect(name, "leaving", share, 0.0, cell.nps, None, cell.n, 0.0, -100 * pull)


def _sign(points: float) -> int:
    return 0 if abs(points) <= ROUNDING else int(math.copysign(1, points))


def _reversal(total: Effect, segments: tuple[SegmentEffect, ...], composition: float, minimum_base: float) -> Reversal:
    direction = _sign(total.estimate)
    moves = {
        s.segment: _sign(s.nps_after - s.nps_before)
        for s in segments
        if s.nps_before is not None and s.nps_after is not None and min(s.n_before, s.n_after) >= minimum_base
    }
    return Reversal(
        direction="rose" if direction > 0 else "fell" if direction < 0 else "unchanged",
        judged=tuple(moves),
        against=tuple(name for name, move in moves.items() if move * direction < 0),
        still=tuple(name for name, move in moves.items() if move == 0),
        composition=composition,
    )


def _is_simpson(reversal: Reversal, total: Effect, mix: Effect, within: Effect, *, alpha: float) -> bool:
    direction = _sign(total.estimate)
    if direction == 0 or len(reversal.judged) < 2:
        return False
    if len(reversal.against) + len(reversal.still) < len(reversal.judged) or direction * _sign(within.estimate) > 0:
        return False
    mix_agrees = direction * _sign(mix.estimate) > 0
    return _clear(total, alpha) or (mix_agrees and _clear(mix, alpha))


def _clear(effect: Effect, alpha: float) -> bool:
    return effect.p_value is not None and effect.p_value < alpha
