"""Pricing demo, the world: who the customers are, when they answer and what they think.

Planted: monthly customers turn away after the price rise while annual ones keep their price and their
opinion, and the Starter plan, which always scored lower, grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from warehouse.demo.latent import FloatArray, IntArray, draw_scores, expected_nps, nps_class, shift_for

DateArray = NDArray[np.datetime64]

START: Final = np.datetime64("2024-07-01")
BEFORE_FROM: Final = np.datetime64("2025-01-01")
RISE: Final = np.datetime64("2025-07-01")
END: Final = np.datetime64("2025-12-31")
DAYS: Final = int((END - START).astype(int)) + 1
RAMP_DAYS: Final = 42

CUSTOMERS: Final = 9_000
ANSWERS: Final = 30_000
ICC: Final = 0.35  # of the latent score; cutting it into 0 to 10 leaves about 0.3 in the scores

PLANS: Final = ("Starter", "Growth", "Scale")
BILLINGS: Final = ("monthly", "annual")
COUNTRIES: Final = ("United States", "Germany", "United Kingdom", "France", "Netherlands", "Canada")
INDUSTRIES: Final = ("Retail", "Software", "Healthcare", "Manufacturing", "Education")
SIZES: Final = ("1-10", "11-50", "51-200", "201-1000", "1000+")
CHANNELS: Final = ("email", "in-app", "sms")

COUNTRY_SHARES: Final = np.array([0.32, 0.20, 0.16, 0.12, 0.11, 0.09])
COUNTRY_SHIFTS: Final = np.array([0.0, 0.0, 0.0, 0.0, 0.09, 0.0])  # the Netherlands like us better
INDUSTRY_SHARES: Final = (0.26, 0.24, 0.18, 0.18, 0.14)
SIZE_SHARES: Final = (0.24, 0.30, 0.24, 0.15, 0.07)
CHANNEL_SHARES: Final = (0.58, 0.32, 0.10)
MONTHLY_SHARE: Final = np.array([0.66, 0.55, 0.42])

# NPS in points; rows are plans, columns monthly and annual.
NPS_BEFORE: Final = np.array([[1.0, 5.0], [26.0, 30.0], [39.0, 43.0]])
# What the rise does once it has sunk in; over the whole half-year the ramp makes it about a tenth less.
FULL_EFFECT: Final = np.array([[-24.5, 0.0], [-15.5, 0.0], [-5.5, 0.0]])

# By class of a customer's last answer, of those whose last answer leaves 90 days to see it.
CHURN_SHARES: Final = np.array([0.45, 0.22, 0.10])
CHURN_DAYS: Final = (7, 90)


@dataclass(frozen=True)
class Customers:
    """One entry a customer; attributes are positions in the tuples above."""

    plan: IntArray
    billing: IntArray
    country: IntArray
    industry: IntArray
    size: IntArray
    joined: DateArray
    warmth: FloatArray
    """The customer's own leaning, standard normal."""
    asked_from: IntArray
    """Days after START between which the customer's answers fall."""
    asked_to: IntArray

    @property
    def cell(self) -> IntArray:
        """Plan and billing in one number."""
        return self.plan * len(BILLINGS) + self.billing


@dataclass(frozen=True)
class Answers:
    """One entry a valid answer, sorted by time."""

    customer: IntArray
    day: IntArray
    """Days after START."""
    second: IntArray
    """Seconds after midnight."""
    channel: IntArray
    shift: FloatArray
    """Latent shift without the rise."""
    shift_hit: FloatArray
    """Latent shift as it was, the rise included."""
    price_talk: FloatArray
    """How far the rise has sunk in: 0 before it and for annual customers, 1 after the ramp."""
    score: IntArray


def draw_customers(rng: np.random.Generator) -> Customers:
    """Half of the customers were there before the survey began; those who came since are mostly on Starter."""
    n = CUSTOMERS
    newcomer = np.arange(n) >= n // 2
    tenure = np.where(newcomer, 0, -(30 + 2000 * rng.beta(1.1, 1.8, n))).astype(np.int64)
    joined = np.where(newcomer, rng.integers(0, DAYS - 30, n), tenure)
    starter = np.where(newcomer, 0.55 + 0.35 * joined / DAYS, 0.22)
    plan = np.where(rng.random(n) < starter, 0, np.where(rng.random(n) < 0.58, 1, 2))
    leaves = rng.random(n) < np.where(newcomer, 0.10, 0.30)
    asked_from = np.maximum(joined + 7, 0)
    asked_to = np.where(leaves, rng.integers(np.minimum(asked_from + 1, DAYS - 1), DAYS), DAYS)
    order = np.argsort(joined, kind="stable")  # ids are given in the order of joining
    return Customers(
        plan=plan[order],
        billing=(rng.random(n) >= MONTHLY_SHARE[plan[order]]).astype(np.int64),
        country=rng.choice(len(COUNTRIES), n, p=COUNTRY_SHARES),
        industry=rng.choice(len(INDUSTRIES), n, p=INDUSTRY_SHARES),
        size=rng.choice(len(SIZES), n, p=SIZE_SHARES),
        joined=START + joined[order],
        warmth=rng.standard_normal(n),
        asked_from=asked_from[order],
        asked_to=asked_to[order],
    )


def draw_answers(rng: np.random.Generator, customers: Customers) -> Answers:
    """At least one answer a customer, spread over the days on which the customer is asked."""
    who, day = _answer_days(rng, customers)
    second = ((6.5 + 16 * rng.beta(2.2, 2.6, ANSWERS)) * 3600).astype(np.int64)
    order = np.lexsort((second, day))
    who, day, second = who[order], day[order], second[order]
    ramp = np.clip((day - int((RISE - START).astype(int)) + 1) / RAMP_DAYS, 0, 1)
    base, full = latent_shifts()
    cell = customers.cell[who]
    shift = base[cell] + COUNTRY_SHIFTS[customers.country[who]]
    shift_hit = shift + full[cell] * ramp
    return Answers(
        customer=who,
        day=day,
        second=second,
        channel=rng.choice(len(CHANNELS), ANSWERS, p=CHANNEL_SHARES),
        shift=shift,
        shift_hit=shift_hit,
        price_talk=ramp * (customers.billing[who] == 0),
        score=draw_scores(rng, shift_hit, customers.warmth[who], ICC),
    )


def latent_shifts() -> tuple[FloatArray, FloatArray]:
    """For each cell of plan and billing, the shift before the rise and the rise's full effect on it."""

    def solve(points: FloatArray) -> FloatArray:
        return np.array([shift_for(p, COUNTRY_SHIFTS, COUNTRY_SHARES) for p in points.ravel().tolist()])

    base = solve(NPS_BEFORE)
    return base, solve(NPS_BEFORE + FULL_EFFECT) - base


def country_effect() -> float:
    """What the better country gains, in NPS points, on average over the cells before the rise."""
    base, _ = latent_shifts()
    return float(np.mean(expected_nps(base + COUNTRY_SHIFTS.max()) - expected_nps(base)))


def draw_churn(rng: np.random.Generator, answers: Answers) -> DateArray:
    """Day of leaving or NaT. It follows the last answer, so that leaving never thins out later answers."""
    last = np.zeros(CUSTOMERS, dtype=np.int64)
    last[answers.customer] = np.arange(ANSWERS)  # sorted by time: the last one stays
    leaves = rng.random(CUSTOMERS) < CHURN_SHARES[nps_class(answers.score[last])]
    gone = START + answers.day[last] + rng.integers(CHURN_DAYS[0], CHURN_DAYS[1] + 1, CUSTOMERS)
    return np.where(leaves & (gone <= END), gone, np.datetime64("NaT"))


def _answer_days(rng: np.random.Generator, customers: Customers) -> tuple[IntArray, IntArray]:
    """The days are drawn one from each of equal slices of a customer's time, so that answers keep apart."""
    span = np.maximum(customers.asked_to - customers.asked_from, 1)
    keen = span * rng.gamma(4.0, size=CUSTOMERS)
    count = 1 + rng.multinomial(ANSWERS - CUSTOMERS, keen / keen.sum())
    who = np.repeat(np.arange(CUSTOMERS), count)
    position = np.arange(ANSWERS) - np.repeat(np.cumsum(count) - count, count)
    part = (position + rng.random(ANSWERS)) / count[who]
    day = customers.asked_from[who] + (part * span[who]).astype(np.int64)
    return who, _mostly_on_weekdays(rng, np.minimum(day, DAYS - 1))


def _mostly_on_weekdays(rng: np.random.Generator, day: IntArray) -> IntArray:
    """Two of three weekend answers move to the Friday before or the Monday after; START is a Monday."""
    weekday = day % 7
    moves = rng.random(len(day)) < 2 / 3
    return day + moves * np.where(weekday == 5, -1, np.where(weekday == 6, 1, 0))
