"""Redesign demo, the world: an app whose new design power users love and casual users do not.

The new design came in two waves; some customers keep the old one. Power users gain and casual users lose so much
that the whole stays flat. What people think is made of four ratings, one of which does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.demo.latent import CUTS, FloatArray, IntArray, expected_nps, shift_for

BoolArray = NDArray[np.bool_]
DateArray = NDArray[np.datetime64]

START: Final = np.datetime64("2024-10-01")
REDESIGN: Final = np.datetime64("2025-03-10")
SECOND_WAVE: Final = np.datetime64("2025-06-02")
END: Final = np.datetime64("2025-09-30")
DAYS: Final = int((END - START).astype(int)) + 1

CUSTOMERS: Final = 7_000
ANSWERS: Final = 24_000
ICC: Final = 0.30

USERS: Final = ("power", "casual")
POWER_SHARE: Final = 0.34
POWER_ASKED: Final = 1.6
"""Power users see the survey so much more often."""
WAVES: Final = ("first wave", "second wave", "old design")
WAVE_SHARES: Final = (0.45, 0.30, 0.25)
PLATFORMS: Final = ("web", "desktop", "mobile")
PLATFORM_SHARES: Final = (0.48, 0.22, 0.30)
REGIONS: Final = ("Americas", "Europe", "Asia-Pacific")
REGION_SHARES: Final = (0.40, 0.38, 0.22)

# NPS in points with the old design, and what the new one does to it.
NPS_OLD: Final = np.array([28.0, 18.0])
POWER_GAIN: Final = 15.0

RATINGS: Final = ("ease_of_use", "speed", "support", "design_taste")
WEIGHTS: Final = np.array([0.50, 0.30, 0.20, 0.0])
"""How much each rating goes into the opinion (standardised); the last one does not."""
RATING_CUTS: Final = np.array([-1.6, -0.8, 0.1, 1.0])
MISSING: Final = 0.12
"""Share of each rating that is left out."""


@dataclass(frozen=True)
class Customers:
    """One entry a customer; attributes are positions in the tuples above."""

    user: IntArray
    wave: IntArray
    platform: IntArray
    region: IntArray
    joined: DateArray
    redesigned: DateArray
    """The day of the new design, NaT for those who keep the old one."""
    warmth: FloatArray


@dataclass(frozen=True)
class Answers:
    """One entry an answer, sorted by time."""

    customer: IntArray
    day: IntArray
    second: IntArray
    new_design: BoolArray
    shift_old: FloatArray
    """Latent shift as if nothing had been redesigned."""
    shift: FloatArray
    rating: IntArray
    """Answers × ratings, 1 to 5; 0 where it was left out."""
    score: IntArray


def casual_loss() -> float:
    """Points that casual users lose, so that what power users gain is lost again over all answers."""
    power = POWER_SHARE * POWER_ASKED
    return POWER_GAIN * power / (1 - POWER_SHARE)


def effects() -> FloatArray:
    """Planted effect of the new design on NPS, by kind of user."""
    return np.array([POWER_GAIN, -casual_loss()])


def draw_customers(rng: np.random.Generator) -> Customers:
    """Everybody had joined before the survey began."""
    n = CUSTOMERS
    wave = rng.choice(len(WAVES), n, p=WAVE_SHARES)
    begins = np.array([REDESIGN, SECOND_WAVE, np.datetime64("NaT")], dtype="M8[D]")
    return Customers(
        user=(rng.random(n) >= POWER_SHARE).astype(np.int64),
        wave=wave,
        platform=rng.choice(len(PLATFORMS), n, p=PLATFORM_SHARES),
        region=rng.choice(len(REGIONS), n, p=REGION_SHARES),
        joined=np.sort(START - rng.integers(30, 1500, n)),
        redesigned=begins[wave],
        warmth=rng.standard_normal(n),
    )


def draw_answers(rng: np.random.Generator, customers: Customers) -> Answers:
    """Days fall evenly over the year; power users answer more often."""
    keen = np.where(customers.user == 0, POWER_ASKED, 1.0) * rng.gamma(5.0, size=CUSTOMERS)
    who = rng.choice(CUSTOMERS, ANSWERS, p=keen / keen.sum())
    day = rng.integers(0, DAYS, ANSWERS)
    second = rng.integers(7 * 3600, 22 * 3600, ANSWERS)
    order = np.lexsort((second, day))
    who, day, second = who[order], day[order], second[order]
    new_design: BoolArray = (START + day) >= customers.redesigned[who]
    old, new = shifts()
    user = customers.user[who]
    shift = np.where(new_design, new[user], old[user])
    rating, latent = _opinions(rng, shift, customers.warmth[who])
    return Answers(
        customer=who,
        day=day,
        second=second,
        new_design=new_design,
        shift_old=old[user],
        shift=shift,
        rating=rating,
        score=np.searchsorted(CUTS, latent).astype(np.int64),
    )


def shifts() -> tuple[FloatArray, FloatArray]:
    """Latent shifts with the old and the new design, by kind of user."""

    def solve(points: FloatArray) -> FloatArray:
        return np.array([shift_for(p, np.zeros(1), np.ones(1)) for p in points.tolist()])

    return solve(NPS_OLD), solve(NPS_OLD + effects())


def _opinions(rng: np.random.Generator, shift: FloatArray, warmth: FloatArray) -> tuple[IntArray, FloatArray]:
    """Ratings that share a part with each other, and the opinion that they make, of variance 1 around its shift."""
    n = len(shift)
    parts = rng.standard_normal((n, len(RATINGS)))
    felt = np.sqrt(ICC) * warmth[:, None] + np.sqrt(1 - ICC) * parts
    total = felt @ WEIGHTS
    spread = np.sqrt(ICC * WEIGHTS.sum() ** 2 + (1 - ICC) * (WEIGHTS**2).sum())
    noise = rng.standard_normal(n)
    latent = shift + 0.75 * total / spread + np.sqrt(1 - 0.75**2) * noise
    moved = felt + np.outer(shift - shift.mean(), WEIGHTS > 0)
    rating = 1 + np.searchsorted(RATING_CUTS, moved).astype(np.int64)
    rating[rng.random(rating.shape) < MISSING] = 0
    return rating, latent


def expected_change(answers: Answers, rows: BoolArray) -> float:
    """What the model expects the new design to do to these answers, in points."""
    effect = expected_nps(answers.shift) - expected_nps(answers.shift_old)
    return float(effect[rows].mean())
