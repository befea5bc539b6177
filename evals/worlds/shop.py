"""An online shop for the outdoors: answers after a purchase, shoppers with a loyalty card, and all their orders."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

from evals.worlds.drawing import write_csv
from evals.worlds.drawn import day_between, misspelt, repeat_some, score_for
from evals.worlds.world import Made, Truths, World

FIRST, LAST = dt.date(2024, 4, 1), dt.date(2025, 9, 30)
SHOPPERS = 1_600
DEPARTMENTS = {"Footwear": 10.0, "Tents": 2.0, "Bikes": -16.0, "Clothing": 4.0, "Climbing": 14.0}
DELIVERY = {"standard": 0.0, "express": 8.0, "pick-up": 3.0}
CARDS = {"gold": 18.0, "silver": 6.0, "blue": -6.0}
CITIES = ["Bristol", "Cardiff", "Inverness", "Newcastle upon Tyne"]
SUMMER_BIKES = -26.0
"""Bikes of summer 2025 came with a bad brake: June to August."""
COLUMNS = ("shopper", "day", "score", "department", "delivery", "card", "city")
Shopper = tuple[str, str, str]


def _shopper(draw: np.random.Generator, at: int) -> Shopper:
    card = str(draw.choice(list(CARDS), p=[0.15, 0.3, 0.55]))
    return f"S-{at + 1:04d}", card, str(draw.choice(CITIES, p=[0.4, 0.25, 0.1, 0.25]))


def _orders(draw: np.random.Generator, shopper: Shopper) -> list[tuple[str, dt.date, float]]:
    """Holders of a gold card order more often, and more at a time."""
    usual = {"gold": 6.0, "silver": 3.5, "blue": 1.8}[shopper[1]]
    days = sorted({day_between(draw, FIRST, LAST) for _ in range(1 + int(draw.poisson(usual - 1)))})
    dear = {"gold": 1.5, "silver": 1.1, "blue": 1.0}[shopper[1]]
    return [(shopper[0], day, round(float(draw.lognormal(4.0, 0.6)) * dear, 2)) for day in days]


def _answers(
    draw: np.random.Generator, shopper: Shopper, orders: list[tuple[str, dt.date, float]]
) -> list[tuple[Any, ...]]:
    """Some orders are answered, four to nine days on, and never on a day with another order."""
    busy, told = {day for _, day, _ in orders}, []
    for _, ordered, _ in orders:
        day = ordered + dt.timedelta(days=int(draw.integers(4, 10)))
        if draw.random() > 0.5 or day > LAST or day in busy:
            continue
        department, delivery = (
            str(draw.choice(list(DEPARTMENTS))),
            str(draw.choice(list(DELIVERY), p=[0.6, 0.25, 0.15])),
        )
        points = 18 + DEPARTMENTS[department] + DELIVERY[delivery] + CARDS[shopper[1]]
        points += SUMMER_BIKES if department == "Bikes" and dt.date(2025, 6, 1) <= day <= dt.date(2025, 8, 31) else 0.0
        told.append((shopper[0], day, score_for(draw, points), department, delivery, *shopper[1:]))
    return told


def _lines(draw: np.random.Generator, answers: list[tuple[Any, ...]]) -> list[Any]:
    """The survey's rows, with days as the British write them; some scores are blank, n/a or beyond the scale."""
    rows: list[Any] = []
    for at, (shopper, day, score, department, delivery, *_) in enumerate(answers):
        written = (shopper, f"{day:%d/%m/%Y}", misspelt(draw, department), delivery)
        rows.append((f"T{at + 1:05d}", *written, score))
        if draw.random() < 0.03:
            rows.append((f"U{at + 1:05d}", *written, str(draw.choice(["", "n/a", "11"]))))
    return repeat_some(draw, rows, 18)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    shoppers = [_shopper(draw, at) for at in range(SHOPPERS)]
    by_shopper = [_orders(draw, shopper) for shopper in shoppers]
    orders = sorted((order for those in by_shopper for order in those), key=lambda order: order[1])
    pairs = zip(shoppers, by_shopper, strict=True)
    answers = sorted(
        (told for shopper, those in pairs for told in _answers(draw, shopper, those)), key=lambda row: row[1]
    )
    survey = ("ticket", "shopper_id", "answered on", "department", "delivery", "nps")
    numbered = [(f"B{at + 1:06d}", *order) for at, order in enumerate(orders)]
    files = [
        write_csv(folder / "after_purchase_survey.csv", survey, _lines(draw, answers), ";"),
        write_csv(folder / "shoppers.csv", ("shopper_id", "loyalty_card", "city"), shoppers),
        write_csv(folder / "orders.tsv", ("order_no", "shopper_id", "order_date", "order_total"), numbered, "\t"),
    ]
    tables = {
        "answers": Truths(COLUMNS, answers),
        "shoppers": Truths(("shopper", "card", "city"), shoppers),
        "orders": Truths(("shopper", "day", "total"), orders),
    }
    return Made(files, tables, truth={"bikes_in_summer": SUMMER_BIKES})


WORLD = World(
    "shop", "An online shop: climbers are happiest, and the bikes of summer 2025 were a disappointment.", _write
)
