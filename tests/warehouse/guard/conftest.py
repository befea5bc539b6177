"""A small company in which one customer is like nobody else, with files beside it that nobody may read."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from warehouse.engine import Limits
from warehouse.workspace import Warehouse, make_workspace

Row = dict[str, Any]

VICTIM = "c0007"
SPEND = 91377.25
FEE = 8813.5
AGE = 97
COMMENT = "Zanzibarium lost my parcel and Mrs Quillfeather was rude about it"
SECRETS = ("Zanzibarium", "Quillfeather", "victim.canary", "Canary Quix", "91377", "8813.5")


@dataclass(frozen=True)
class World:
    """The rows as they were written, and the workspace made of them."""

    customers: list[Row]
    responses: list[Row]
    orders: list[Row]
    events: list[Row]
    warehouse: Warehouse


def make_customers(draw: random.Random) -> list[Row]:
    made: list[Row] = [
        {
            "customer_id": f"c{i:04d}",
            "email": f"person{i}@example.org",
            "full_name": f"Ann Example{i}",
            "plan": "Legacy" if i < 3 else draw.choice(("Starter", "Starter", "Growth", "Scale")),
            "country": draw.choice(("Germany", "France", "Spain")),
            "joined_at": f"202{draw.randrange(2, 5)}-{draw.randrange(1, 13):02d}-{draw.randrange(1, 28):02d}",
            "monthly_fee": draw.randrange(40, 4000) / 4,
            "age": draw.randrange(20, 70),
        }
        for i in range(240)
    ]
    lone = {"email": "victim.canary@example.org", "full_name": "Canary Quix", "country": "Iceland"}
    made[7] |= lone | {"plan": "Starter", "monthly_fee": FEE, "age": AGE, "joined_at": "2021-05-17"}
    return made


def make_responses(draw: random.Random, customers: Sequence[Row]) -> list[Row]:
    made = []
    for customer in customers:
        for _ in range(draw.choice((1, 1, 2, 3))):
            day = f"2025-{draw.randrange(1, 7):02d}-{draw.randrange(1, 28):02d}"
            said = draw.choice(("", "Great value for money", "Too slow on Mondays and too dear", "ok"))
            made.append(
                {
                    "response_id": f"r{len(made):05d}",
                    "customer_id": customer["customer_id"],
                    "responded_at": f"{day} 10:{draw.randrange(60):02d}:00",
                    "nps_score": draw.choice((10, 10, 9, 9, 8, 7, 6, 3, 0)),
                    "comment": said,
                    "channel": draw.choice(("email", "in-app")),
                }
            )
    mine = next(row for row in made if row["customer_id"] == VICTIM)
    mine |= {"nps_score": 1, "comment": COMMENT, "responded_at": "2025-03-03 03:33:33"}
    return [row for row in made if row["customer_id"] != VICTIM or row is mine]


def make_orders(draw: random.Random, customers: Sequence[Row]) -> list[Row]:
    made = []
    for customer in customers:
        for _ in range(draw.choice((0, 1, 2, 4))):
            made.append(
                {
                    "order_id": f"o{len(made):05d}",
                    "customer_id": customer["customer_id"],
                    "ordered_at": f"2025-{draw.randrange(1, 7):02d}-{draw.randrange(1, 28):02d}",
                    "amount": draw.randrange(40, 2000) / 4,
                }
            )
    made = [row for row in made if row["customer_id"] != VICTIM]
    return [*made, {"order_id": "o99999", "customer_id": VICTIM, "ordered_at": "2025-02-02", "amount": SPEND}]


def make_events(draw: random.Random, customers: Sequence[Row]) -> list[Row]:
    names = ("login", "export", "support_ticket")
    claims = [{"customer_id": VICTIM, "occurred_at": f"2025-01-0{day}", "event": "refund_claim"} for day in range(1, 9)]
    return claims + [
        {
            "customer_id": customer["customer_id"],
            "occurred_at": f"2025-{draw.randrange(1, 7):02d}-{draw.randrange(1, 28):02d}",
            "event": draw.choice(names),
        }
        for customer in customers
        for _ in range(draw.choice((0, 1, 2)))
    ]


def write(path: Path, rows: Sequence[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    draw = random.Random(11)
    customers = make_customers(draw)
    tables = (make_responses(draw, customers), customers, make_orders(draw, customers), make_events(draw, customers))
    folder = tmp_path_factory.mktemp("guard")
    files = [
        write(folder / f"{name}.csv", rows)
        for name, rows in zip(("survey", "customers", "orders", "events"), tables, strict=True)
    ]
    make_workspace(files, folder / "ws")
    responses, customers, orders, events = tables
    with Warehouse(folder / "ws", limits=Limits(seconds=1.5, memory="300MB", threads=2)) as warehouse:
        yield World(customers, responses, orders, events, warehouse)
