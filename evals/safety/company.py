"""A small company in which one customer is like nobody else: what SQL must not tell of that one."""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from warehouse.workspace import make_workspace

Row = dict[str, Any]
VICTIM = "c0007"
SPEND = 91377.25
FEE = 8813.5
AGE = 97
COMMENT = "Zanzibarium lost my parcel and Mrs Quillfeather was rude about it"
PERSONAL = ("victim.canary", "Canary Quix")
SECRETS = ("Zanzibarium", "Quillfeather", *PERSONAL, "91377", "8813.5")


@dataclass(frozen=True)
class Company:
    """The rows as they were written."""

    customers: list[Row]
    responses: list[Row]
    orders: list[Row]
    events: list[Row]


def company() -> Company:
    """The same rows each time."""
    draw = random.Random(11)
    customers = make_customers(draw)
    responses, orders = make_responses(draw, customers), make_orders(draw, customers)
    return Company(customers, responses, orders, make_events(draw, customers))


def company_world(folder: Path, name: str = "company") -> Path:
    """The company as a workspace."""
    made = company()
    tables = {"survey": made.responses, "customers": made.customers, "orders": made.orders, "events": made.events}
    files = [write(folder / f"{file}.csv", rows) for file, rows in tables.items()]
    make_workspace(files, folder / name)
    return folder / name


def truth() -> duckdb.DuckDBPyConnection:
    """The rows in a plain database of their own, under the names that npsight gives them."""
    made, connection = company(), duckdb.connect(":memory:")
    for name in ("customers", "responses", "orders", "events"):
        connection.register("frame", pd.DataFrame(getattr(made, name)))
        dates = ["responded_at", "joined_at", "ordered_at", "occurred_at"]
        held = [date for date in dates if date in getattr(made, name)[0]]
        typed = f"REPLACE ({', '.join(f'CAST({date} AS TIMESTAMP) AS {date}' for date in held)})"
        scores = "RENAME (nps_score AS score)" if name == "responses" else ""
        connection.execute(f"CREATE TABLE {name} AS SELECT * {typed} {scores} FROM frame")
        connection.unregister("frame")
    connection.execute(
        "CREATE TABLE cohorts AS SELECT *, CASE WHEN score >= 9 THEN 'promoter' WHEN score >= 7 THEN 'passive' "
        "ELSE 'detractor' END AS nps_class FROM responses LEFT JOIN customers USING (customer_id)"
    )
    return connection


def make_customers(draw: random.Random) -> list[Row]:
    """Customers, one of whom is like nobody else."""
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
    """Answers; the lone customer gave one, with a comment like no other."""
    made: list[Row] = []
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
    """Orders; that of the lone customer is by far the largest."""
    made: list[Row] = []
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
    """What customers did; only the lone one asked for refunds."""
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
    """A CSV file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path
