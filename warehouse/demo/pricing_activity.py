"""Pricing demo, what customers pay and do: invoices and product events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from warehouse.demo.latent import FloatArray, IntArray
from warehouse.demo.pricing_world import CUSTOMERS, END, RISE, START, Customers, DateArray

BASE_FEE: Final[FloatArray] = np.array([29.0, 99.0, 390.0])
SIZE_FACTOR: Final[FloatArray] = np.array([1.0, 1.4, 2.2, 3.5, 6.0])
FEE_RISE: Final = 0.15
MONTHS_IN_ANNUAL_PRICE: Final = 10

EVENT_KINDS: Final = ("login", "export", "support_ticket", "upgrade")
EVENT_COUNTS: Final = {"login": 38_000, "export": 11_000, "support_ticket": 6_000}
# How much likelier a ticket comes from a customer one standard deviation colder than another.
TICKET_SLOPE: Final = 0.35
UPGRADE_SHARE: Final = 0.08


@dataclass(frozen=True)
class Orders:
    """One entry an invoice, sorted by day."""

    customer: IntArray
    day: DateArray
    amount: FloatArray


@dataclass(frozen=True)
class Events:
    """One entry an event, sorted by time."""

    customer: IntArray
    at: DateArray
    kind: IntArray


def monthly_fees(customers: Customers, churned: DateArray) -> tuple[FloatArray, FloatArray]:
    """The fee before the rise and the customer's last fee; annual customers keep theirs."""
    old = np.round(BASE_FEE[customers.plan] * SIZE_FACTOR[customers.size], 2)
    hit = (customers.billing == 0) & ~(churned < RISE)
    return old, np.where(hit, np.round(old * (1 + FEE_RISE), 2), old)


def draw_orders(customers: Customers, churned: DateArray) -> Orders:
    """An invoice a month for monthly customers, one a year for annual ones, on the day of joining."""
    months = np.arange(START.astype("M8[M]"), END.astype("M8[M]") + 1)
    joined_month = customers.joined.astype("M8[M]")
    month_day = np.minimum((customers.joined - joined_month.astype("M8[D]")).astype(np.int64), 27)
    day = months.astype("M8[D]")[None, :] + month_day[:, None]
    until = np.where(np.isnat(churned), END, churned)
    paying = (months >= joined_month[:, None]) & (day <= until[:, None])
    anniversary = (months - joined_month[:, None]).astype(np.int64) % 12 == 0
    who, which = np.nonzero(paying & ((customers.billing == 0)[:, None] | anniversary))
    when = np.maximum(day[who, which], customers.joined[who])
    old, new = monthly_fees(customers, churned)
    amount = np.where(when >= RISE, new[who], old[who])
    amount = np.where(customers.billing[who] == 1, old[who] * MONTHS_IN_ANNUAL_PRICE, amount)
    order = np.argsort(when, kind="stable")
    return Orders(customer=who[order], day=when[order], amount=amount[order])


def draw_events(rng: np.random.Generator, customers: Customers, churned: DateArray, first_answer: DateArray) -> Events:
    """Events within each customer's time; colder customers write more tickets, nothing else is planted."""
    start = np.maximum(customers.joined, START)
    days = (np.where(np.isnat(churned), END, churned) - start).astype(np.int64) + 1
    slope = {"support_ticket": TICKET_SLOPE}
    who_parts, kind_parts = [], []
    for kind, count in EVENT_COUNTS.items():
        weight = days * rng.gamma(2.0, size=CUSTOMERS) * np.exp(-slope.get(kind, 0.0) * customers.warmth)
        who_parts.append(rng.choice(CUSTOMERS, count, p=weight / weight.sum()))
        kind_parts.append(np.full(count, EVENT_KINDS.index(kind)))
    who = np.concatenate(who_parts)
    day = start[who] + (rng.random(len(who)) * days[who]).astype(np.int64)
    upgraded, upgrade_day = _upgrades(rng, customers, start, first_answer)
    who = np.concatenate([who, upgraded])
    kind_of = np.concatenate([*kind_parts, np.full(len(upgraded), EVENT_KINDS.index("upgrade"))])
    seconds = ((6 + 16 * rng.beta(2.0, 2.2, len(who))) * 3600).astype(np.int64)
    at = np.concatenate([day, upgrade_day]).astype("M8[s]") + seconds.astype("m8[s]")
    order = np.argsort(at, kind="stable")
    return Events(customer=who[order], at=at[order], kind=kind_of[order])


def _upgrades(
    rng: np.random.Generator, customers: Customers, start: DateArray, first_answer: DateArray
) -> tuple[IntArray, DateArray]:
    """Upgrades come before the first answer, so that the customer's plan is the plan of every answer."""
    room = (first_answer - start).astype(np.int64)
    upgraded = np.flatnonzero((customers.plan > 0) & (room > 1) & (rng.random(CUSTOMERS) < UPGRADE_SHARE))
    return upgraded, start[upgraded] + (rng.random(len(upgraded)) * room[upgraded]).astype(np.int64)
