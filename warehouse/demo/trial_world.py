"""Trial demo, the world: who tries the product in one quarter, how it goes, and who answers at the end.

Planted: one week of sign-ups on one plan met a broken import and are unhappy; a checklist shown to half of the
trials helps them to convert and does not change what they think; the unhappy and those who do not convert answer
less often, so that the answers look better than the trials were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.demo.latent import FloatArray, IntArray, draw_scores, nps_class, shift_for

BoolArray = NDArray[np.bool_]

START: Final = np.datetime64("2025-04-01")
LAST_SIGN_UP: Final = np.datetime64("2025-06-30")
TRIAL_DAYS: Final = 14
TRIALS: Final = 6_400

PLANS: Final = ("Basic", "Team", "Business")
PLAN_SHARES: Final = (0.46, 0.36, 0.18)
SOURCES: Final = ("search", "referral", "advertisement", "partner")
SOURCE_SHARES: Final = (0.40, 0.24, 0.26, 0.10)
SIZES: Final = ("1-10", "11-50", "51-200", "201+")
SIZE_SHARES: Final = (0.44, 0.31, 0.17, 0.08)
COUNTRIES: Final = ("United States", "Germany", "United Kingdom", "Spain")
COUNTRY_SHARES: Final = (0.42, 0.24, 0.20, 0.14)
CHECKLIST: Final = ("shown", "not shown")

# NPS in points at the end of the trial, by plan.
NPS_BY_PLAN: Final = np.array([14.0, 22.0, 34.0])
BROKEN_PLAN: Final = 1
BROKEN_FROM: Final = np.datetime64("2025-05-12")
BROKEN_TO: Final = np.datetime64("2025-05-18")
BROKEN_NPS: Final = -42.0

# Log-odds of converting: plan, referral, the checklist, a broken week, and how the trial felt.
CONVERSION_BY_PLAN: Final = np.array([-1.75, -1.25, -0.95])
REFERRAL_LIFT: Final = 0.35
CHECKLIST_LIFT: Final = 0.38
BROKEN_LOSS: Final = -1.10
LIKING_LIFT: Final = 0.45

# Log-odds of answering the survey, by class of what would have been answered and by conversion.
ANSWERS_BY_CLASS: Final = np.array([-1.10, -0.70, -0.15])
CONVERTED_ANSWERS: Final = 0.70
SIZE_ANSWERS: Final = np.array([0.15, 0.0, -0.20, -0.45])


@dataclass(frozen=True)
class Trials:
    """One entry a trial, sorted by sign-up; attributes are positions in the tuples above."""

    plan: IntArray
    source: IntArray
    size: IntArray
    country: IntArray
    checklist: IntArray
    day: IntArray
    """Day of sign-up after START."""
    broken: BoolArray
    liking: FloatArray
    """Latent satisfaction with the trial, standard normal around its shift."""
    score: IntArray
    """What the customer thinks, told or not."""
    converted: BoolArray
    converts_after: IntArray
    """Days from sign-up to conversion."""
    answered: BoolArray
    answers_after: IntArray
    """Days from the end of the trial to the answer."""
    second: IntArray


def draw_trials(rng: np.random.Generator) -> Trials:
    """The trials of the quarter with all that comes of them."""
    n = TRIALS
    days = int((LAST_SIGN_UP - START).astype(int)) + 1
    day = np.sort(rng.integers(0, days, n))
    plan = rng.choice(len(PLANS), n, p=PLAN_SHARES)
    source = rng.choice(len(SOURCES), n, p=SOURCE_SHARES)
    size = rng.choice(len(SIZES), n, p=SIZE_SHARES)
    country = rng.choice(len(COUNTRIES), n, p=COUNTRY_SHARES)
    checklist = rng.permutation(np.arange(n) % 2)
    date = START + day
    broken = (plan == BROKEN_PLAN) & (date >= BROKEN_FROM) & (date <= BROKEN_TO)
    shift = shifts()[plan] + np.where(broken, broken_shift() - shifts()[BROKEN_PLAN], 0.0)
    warmth = rng.standard_normal(n)
    score = draw_scores(rng, shift, warmth, 0.6)
    converted = rng.random(n) < _share(conversion_odds(plan, source, checklist, broken, warmth))
    answered = rng.random(n) < _share(answer_odds(score, converted, size))
    return Trials(
        plan=plan,
        source=source,
        size=size,
        country=country,
        checklist=checklist,
        day=day,
        broken=broken,
        liking=warmth,
        score=score,
        converted=converted,
        converts_after=np.minimum(rng.integers(3, TRIAL_DAYS + 1, n), TRIAL_DAYS),
        answered=answered,
        answers_after=np.minimum(rng.geometric(0.35, n), 9),
        second=rng.integers(7 * 3600, 22 * 3600, n),
    )


def shifts() -> FloatArray:
    """Latent shift of each plan."""
    return np.array([_shift(points) for points in NPS_BY_PLAN.tolist()])


def broken_shift() -> float:
    """Latent shift of the broken week."""
    return _shift(BROKEN_NPS)


def _shift(points: float) -> float:
    return shift_for(points, np.zeros(1), np.ones(1))


def conversion_odds(
    plan: IntArray, source: IntArray, checklist: IntArray, broken: BoolArray, liking: FloatArray
) -> FloatArray:
    """Log-odds of becoming a paying customer."""
    odds: FloatArray = (
        CONVERSION_BY_PLAN[plan]
        + REFERRAL_LIFT * (source == SOURCES.index("referral"))
        + CHECKLIST_LIFT * (checklist == 0)
        + BROKEN_LOSS * broken
        + LIKING_LIFT * liking
    )
    return odds


def answer_odds(score: IntArray, converted: BoolArray, size: IntArray) -> FloatArray:
    """Log-odds of answering the survey at the end of the trial."""
    odds: FloatArray = ANSWERS_BY_CLASS[nps_class(score)] + CONVERTED_ANSWERS * converted + SIZE_ANSWERS[size]
    return odds


def _share(odds: FloatArray) -> FloatArray:
    share: FloatArray = 1 / (1 + np.exp(-odds))
    return share
