"""Pricing demo: a price rise that hurts those who pay by the month, in a base that drifts to the low plan."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import numpy as np

from warehouse.demo import pricing_activity as activity
from warehouse.demo import pricing_truth as truth
from warehouse.demo import pricing_world as world
from warehouse.demo.blemishes import MessyRows, mess_up, misspell
from warehouse.demo.comments import Comments, write_comments
from warehouse.demo.files import Demo, DemoFiles, write_csv, write_truth
from warehouse.demo.latent import IntArray, nps_class

STORY: Final = "NPS falls after a price rise: monthly customers turn away while the low plan grows."
BUSINESS_EVENTS: Final[dict[str, dict[str, Any]]] = {
    "price_rise": {
        "date": str(world.RISE),
        "synonyms": [
            "price rise",
            "price increase",
            "price hike",
            "price change",
            "pricing change",
            "new price",
            "new prices",
            "new pricing",
            "higher prices",
            "raised prices",
            "raised the price",
        ],
        "affects": {"billing": ["monthly"]},
    }
}
# Spellings of a plan in the customer list: the plan that is meant, and how many customers have it.
PLAN_SPELLINGS: Final = {
    "starter ": ("Starter", 36),
    "STARTER": ("Starter", 9),
    "GROWTH": ("Growth", 28),
    " Growth": ("Growth", 7),
    "scale": ("Scale", 15),
}


def write_pricing(folder: Path, seed: int) -> DemoFiles:
    """Draw the world and write it down; each part has its own stream, so that one can change alone."""
    who, said, chat, left, done, mess = np.random.default_rng(seed).spawn(6)
    customers = world.draw_customers(who)
    answers = world.draw_answers(said, customers)
    churned = world.draw_churn(left, answers)
    emails = _emails()
    comments = write_comments(
        chat,
        nps_class(answers.score),
        price_talk=answers.price_talk,
        knew_old_price=customers.joined[answers.customer] < world.RISE,
        emails=[emails[c] for c in answers.customer.tolist()],
    )
    rows = mess_up(mess, answers.score)
    plans = misspell(mess, [world.PLANS[p] for p in customers.plan.tolist()], PLAN_SPELLINGS)
    truths = {"demo": "pricing", "seed": seed} | truth.planted_truth(customers, answers, churned)
    truths["blemishes"] = truth.blemish_truth(rows.score, rows.invalid, rows.number.tolist(), plans)
    truths["comments"] = truth.comment_truth(answers, comments, _response_ids(rows))
    tables = {
        "survey": _write_survey(folder / "survey.csv", answers, comments, rows),
        "customers": _write_customers(folder / "customers.csv", customers, churned, plans, emails),
        "orders": _write_orders(folder / "orders.csv", customers, churned),
        "events": _write_events(folder / "events.csv", done, customers, churned, answers),
    }
    return DemoFiles(
        name="pricing",
        story=STORY,
        folder=folder,
        tables=tables,
        truth=write_truth(folder / "truth.json", truths),
        as_of=dt.date.fromisoformat(str(world.END)),
        business_events=BUSINESS_EVENTS,
    )


DEMO: Final = Demo(
    name="pricing", story=STORY, write=write_pricing, question="Did the price rise hurt NPS, and whom?", by="plan"
)


def _emails() -> list[str]:
    return [f"user{k:05d}@example.com" for k in range(1, world.CUSTOMERS + 1)]


def _customer_ids(positions: IntArray) -> list[str]:
    return [f"C{k:05d}" for k in (positions + 1).tolist()]


def _names(names: tuple[str, ...], positions: IntArray) -> list[str]:
    return [names[p] for p in positions.tolist()]


def _moments(moments: world.DateArray) -> list[str]:
    return [text.replace("T", " ") for text in np.datetime_as_string(moments, unit="s").tolist()]


def _response_ids(rows: MessyRows) -> list[str]:
    """Response id of each valid answer."""
    pairs = zip(rows.source.tolist(), rows.number.tolist(), rows.invalid, strict=True)
    numbers = {source: number for source, number, invalid in pairs if not invalid}
    return [f"R{numbers[k]:06d}" for k in range(world.ANSWERS)]


def _write_survey(path: Path, answers: world.Answers, comments: Comments, rows: MessyRows) -> Path:
    """Invalid rows carry no comment and follow two minutes after the answer that they borrow from."""
    source, invalid = rows.source, np.array(rows.invalid)
    at = (world.START + answers.day[source]).astype("M8[s]") + (answers.second[source] + 120 * invalid)
    said = ["" if bad else comments.text[k] for k, bad in zip(source.tolist(), rows.invalid, strict=True)]
    columns = (
        [f"R{number:06d}" for number in rows.number.tolist()],
        _customer_ids(answers.customer[source]),
        _moments(at),
        rows.score,
        said,
        _names(world.CHANNELS, answers.channel[source]),
    )
    header = ("response_id", "customer_id", "responded_at", "score", "comment", "channel")
    return write_csv(path, header, zip(*columns, strict=True))


def _write_customers(
    path: Path, customers: world.Customers, churned: world.DateArray, plans: list[str], emails: list[str]
) -> Path:
    _, fee = activity.monthly_fees(customers, churned)
    columns = {
        "customer_id": _customer_ids(np.arange(world.CUSTOMERS)),
        "email": emails,
        "plan": plans,
        "billing": _names(world.BILLINGS, customers.billing),
        "country": _names(world.COUNTRIES, customers.country),
        "industry": _names(world.INDUSTRIES, customers.industry),
        "company_size": _names(world.SIZES, customers.size),
        "joined_at": customers.joined.astype(str).tolist(),
        "churned_at": np.where(np.isnat(churned), "", churned.astype(str)).tolist(),
        "monthly_fee": [f"{x:.2f}" for x in fee.tolist()],
    }
    return write_csv(path, list(columns), zip(*columns.values(), strict=True))


def _write_orders(path: Path, customers: world.Customers, churned: world.DateArray) -> Path:
    orders = activity.draw_orders(customers, churned)
    columns = (
        [f"O{k:06d}" for k in range(1, len(orders.day) + 1)],
        _customer_ids(orders.customer),
        orders.day.astype(str).tolist(),
        [f"{x:.2f}" for x in orders.amount.tolist()],
    )
    return write_csv(path, ("order_id", "customer_id", "ordered_at", "amount"), zip(*columns, strict=True))


def _write_events(
    path: Path,
    rng: np.random.Generator,
    customers: world.Customers,
    churned: world.DateArray,
    answers: world.Answers,
) -> Path:
    first = np.zeros(world.CUSTOMERS, dtype=np.int64)
    first[answers.customer[::-1]] = answers.day[::-1]
    events = activity.draw_events(rng, customers, churned, world.START + first)
    columns = (
        _customer_ids(events.customer),
        _moments(events.at),
        _names(activity.EVENT_KINDS, events.kind),
    )
    return write_csv(path, ("customer_id", "occurred_at", "event"), zip(*columns, strict=True))
