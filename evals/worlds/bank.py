"""A bank: a workbook of answers with branches and product codes, a list of clients, and what they went through."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

from evals.worlds.drawing import write_csv, write_workbook
from evals.worlds.drawn import day_between, misspelt, repeat_some, score_for
from evals.worlds.world import Made, Truths, World
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

FIRST, LAST = dt.date(2025, 1, 2), dt.date(2025, 8, 29)
MIGRATION = dt.date(2025, 6, 16)
CLIENTS, ANSWERS = 1_700, 3_200
BRANCHES = {"Leeds": 12.0, "York": 6.0, "Sheffield": 0.0, "Bradford": -3.0, "Hull": -20.0}
PRODUCTS = {"CUR-01": 4.0, "SAV-02": 8.0, "CRD-04": -2.0, "MTG-03": -22.0}
SEGMENTS = {"Private": -2.0, "Premium": 10.0, "Business": 0.0}
REGIONS = ["North", "Dales", "Coast"]
CHANNELS = ["branch", "phone", "app", "website"]
APP_LOSS = -30.0
CLOSED_SOON = "Whitby"
"""Three answers only: too few to tell."""
EVENTS = ["complaint", "card blocked", "advice meeting"]
COLUMNS = ("branch", "product", "channel", "score", "day", "segment", "region", "client_since")
Client = tuple[str, str, str, dt.date]


def _clients(draw: np.random.Generator) -> list[Client]:
    return [
        (
            f"{at + 40_001}",
            str(draw.choice(list(SEGMENTS), p=[0.6, 0.15, 0.25])),
            str(draw.choice(REGIONS, p=[0.45, 0.2, 0.35])),
            day_between(draw, dt.date(2008, 1, 1), dt.date(2024, 11, 30)),
        )
        for at in range(CLIENTS)
    ]


def _answer(draw: np.random.Generator, client: Client, day: dt.date) -> tuple[Any, ...]:
    branch = str(draw.choice(list(BRANCHES), p=[0.28, 0.22, 0.22, 0.14, 0.14]))
    product = str(draw.choice(list(PRODUCTS), p=[0.42, 0.26, 0.16, 0.16]))
    channel = str(draw.choice(CHANNELS, p=[0.2, 0.24, 0.36, 0.2]))
    points = 22 + BRANCHES[branch] + PRODUCTS[product] + SEGMENTS[client[1]]
    points += APP_LOSS if channel == "app" and day >= MIGRATION else 0.0
    return branch, product, channel, score_for(draw, points), day, *client[1:]


def _sheet(draw: np.random.Generator, who: list[str], answers: list[tuple[Any, ...]]) -> list[Any]:
    """The workbook's rows: some scores are blank or 99 ("would not say"), some branches are typed in haste."""
    rows: list[Any] = []
    for at, (client, (branch, product, channel, score, day, *_)) in enumerate(zip(who, answers, strict=True)):
        rows.append((f"F-{at + 1:05d}", int(client), day, misspelt(draw, branch), channel, product, score))
        if draw.random() < 0.02:
            unsaid = 99 if draw.random() < 0.4 else None
            rows.append((f"G-{at + 1:05d}", int(client), day, branch, channel, product, unsaid))
    return repeat_some(draw, rows, 25)


def _happenings(draw: np.random.Generator, clients: list[Client]) -> list[tuple[Any, ...]]:
    rows = [
        (
            clients[int(draw.integers(CLIENTS))][0],
            day_between(draw, FIRST, LAST),
            str(draw.choice(EVENTS, p=[0.3, 0.2, 0.5])),
        )
        for _ in range(2_400)
    ]
    return sorted(rows, key=lambda row: row[1])


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    clients = _clients(draw)
    days = [*sorted(day_between(draw, FIRST, LAST) for _ in range(ANSWERS - 1)), LAST]
    whose = [clients[int(draw.integers(CLIENTS))] for _ in days]
    answers = [_answer(draw, client, day) for client, day in zip(whose, days, strict=True)]
    for at in (300, 900, 1_500):
        answers[at] = (CLOSED_SOON, *answers[at][1:])
    happened = _happenings(draw, clients)
    header = (
        "Ref",
        "Client no",
        "Surveyed on",
        "Branch",
        "Contact channel",
        "Product code",
        "Likelihood to recommend (0-10)",
    )
    files = [
        write_workbook(
            folder / "feedback 2025.xlsx", {"Feedback": (header, _sheet(draw, [c[0] for c in whose], answers))}
        ),
        write_csv(folder / "clients.csv", ("client_no", "segment", "region", "client_since"), clients, ";"),
        write_csv(folder / "contact_log.csv", ("client_no", "occurred_at", "event"), happened),
    ]
    tables = {
        "answers": Truths(COLUMNS, answers),
        "clients": Truths(("client", *COLUMNS[5:]), clients),
        "log": Truths(("client", "day", "event"), happened),
    }
    event = BusinessEvent(date=MIGRATION, synonyms=["app migration", "new app"], affects={"Contact channel": ["app"]})
    planted = {"migration": {"date": str(MIGRATION), "effect_on_app": APP_LOSS}}
    return Made(files, tables, LoadOptions(events={"app_migration": event}), planted)


WORLD = World(
    "bank",
    "A bank asks its clients: Hull and mortgages are liked least, and the new app cost 30 points with app users.",
    _write,
)
