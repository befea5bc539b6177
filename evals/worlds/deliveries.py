"""Food deliveries as JSON from an app: true and false, nulls, time stamps with a zone, names with dots and signs."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np

from evals.worlds import drawing
from evals.worlds.drawing import effect, pick, planted
from evals.worlds.world import Made, World

FIRST, LAST = dt.date(2025, 1, 5), dt.date(2025, 9, 14)
SCOOTERS, SCOOTERS_SINCE = -34, dt.date(2025, 3, 1)
FARO, FARO_SINCE, FARO_UNTIL = -22, dt.date(2025, 4, 1), dt.date(2025, 6, 30)
KITCHENS = {
    "Joe's Diner": ("Lisbon", "Burgers", -22),
    "Pão & Co.": ("Lisbon", "Bakery", 0),
    "Sushi 88": ("Lisbon", "Sushi", 9),
    "Veg. Corner": ("Lisbon", "Vegan", -4),
    "Tasca do Zé": ("Porto", "Portuguese", 0),
    "Pizza 4U": ("Porto", "Pizza", 10),
    "Ramen-Ya": ("Porto", "Sushi", 0),
    "Forno 1902": ("Braga", "Pizza", 0),
    "Green Bowl": ("Braga", "Vegan", 0),
    "Mar & Sol": ("Faro", "Portuguese", 0),
    "Burger Lab": ("Faro", "Burgers", -7),
    "Curry No. 7": ("Faro", "Vegan", 0),
}
"""Restaurant → its city, what it cooks, and what it adds to the NPS."""
CITIES = {"Lisbon": 38, "Porto": 27, "Braga": 15, "Faro": 20}
NAMES = {
    "order_id": "orderId",
    "customer_id": "customerId",
    "created_at": "createdAt",
    "city": "city",
    "restaurant": "restaurant",
    "cuisine": "cuisine",
    "courier_type": "courierType",
    "pro_member": "isProMember",
    "promo_used": "promoUsed",
    "order_value": "orderValue",
    "delivery_minutes": "deliveryMinutes",
    "rating_food": "ratingFood",
    "rating_courier": "ratingCourier",
    "written": "npsScore",
    "comment": "comment",
}
"""Name in the truth → name in the file, in the file's order."""


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    truth = _answers(draw, 5_000)
    given = truth.pop("given")
    written, truth["score"] = drawing.spoilt(draw, given, {"": 75, "11": 9})
    at = drawing.moments(draw, truth["ordered_on"], 11, 22)
    cells: drawing.Columns = {
        **truth,
        "order_id": [f"o-{880_000 + number}" for number in range(len(given))],
        "customer_id": [f"u{number}" for number in draw.integers(1, 3_500, len(given))],
        "created_at": [f"{moment:%Y-%m-%dT%H:%M:%SZ}" for moment in at],
        "written": [int(text) if text else None for text in written],
        "comment": drawing.comments(draw, given, 0.25),
    }
    rows = drawing.repeated(draw, list(zip(*(cells[name] for name in NAMES), strict=True)), 16)
    path = folder / "deliveries.json"
    listed = [dict(zip(NAMES.values(), row, strict=True)) for row in rows]
    path.write_text(json.dumps(listed, ensure_ascii=False, indent=0), encoding="utf-8")
    return Made(
        files=[path],
        tables={"answers": drawing.truths(truth)},
        truth={
            "scooter": {"since": SCOOTERS_SINCE, "points": SCOOTERS},
            "faro": {"since": FARO_SINCE, "until": FARO_UNTIL, "points": FARO},
            "repeated_rows": 16,
            "without_score": 84,
        },
    )


def _answers(draw: np.random.Generator, n: int) -> drawing.Columns:
    calendar = drawing.dates(draw, n, FIRST, LAST)
    city = pick(draw, n, CITIES)
    kitchen = [str(draw.choice([name for name, (place, _, _) in KITCHENS.items() if place == at])) for at in city]
    cuisine = [KITCHENS[name][1] for name in kitchen]
    courier = pick(draw, n, {"e-bike": 30, "scooter": 34, "bike": 20, "car": 16})
    pro, promo = pick(draw, n, {True: 34, False: 66}), pick(draw, n, {0: 78, 1: 22})
    minutes = np.round(draw.gamma(9, 3.2, n) + effect(courier, {"bike": 5, "scooter": -3}) + effect(city, {"Faro": 6}))
    targets = 24 + effect(city, {"Porto": 13, "Faro": -10, "Braga": 3}) + planted(16, pro) - 0.35 * (minutes - 28)
    targets += effect(kitchen, {name: points for name, (_, _, points) in KITCHENS.items()})
    targets += effect(courier, {"car": 3, "e-bike": 4})
    slow = (it == "scooter" and day >= SCOOTERS_SINCE for it, day in zip(courier, calendar, strict=True))
    strike = (it == "Faro" and FARO_SINCE <= day <= FARO_UNTIL for it, day in zip(city, calendar, strict=True))
    targets += planted(SCOOTERS, slow) + planted(FARO, strike)
    value = draw.gamma(4, 5, n) + effect(cuisine, {"Sushi": 9}) + planted(4, pro)
    sent: list[str | None] = list(courier)
    for at in draw.choice(np.arange(2, n - 2), 20, replace=False):
        sent[at] = None
    return {
        "ordered_on": calendar,
        "city": city,
        "restaurant": kitchen,
        "cuisine": cuisine,
        "courier_type": sent,
        "pro_member": pro,
        "promo_used": promo,
        "order_value": [round(float(euros), 2) for euros in value],
        "delivery_minutes": [int(some) for some in minutes],
        "rating_food": _stars(draw, 4 + 0.002 * targets),
        "rating_courier": _stars(draw, np.full(n, 4.1)),
        "given": drawing.scores(draw, targets, 0.26),
    }


def _stars(draw: np.random.Generator, around: drawing.Floats) -> list[int]:
    return [int(star) for star in np.clip(np.round(draw.normal(around, 0.8)), 1, 5)]


WORLD = World(
    "deliveries", "Food deliveries: scooters are disliked from March 2025 on, Faro suffers from April to June.", _write
)
