"""A parcel-locker operator: answers after a visit, members with a trial of two screens, and all that they ordered."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

from evals.worlds.drawing import write_csv
from evals.worlds.drawn import day_between, misspelt, repeat_some, score_for
from evals.worlds.world import Made, Truths, World
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

FIRST, LAST = dt.date(2024, 7, 1), dt.date(2025, 10, 31)
NIGHT_CLOSING = dt.date(2025, 6, 2)
MEMBERS, ANSWERS = 1_900, 4_400
SITES = {"Central Station": 6.0, "Mill Lane": 0.0, "Harbour Quay": 16.0, "Retail Park": -22.0, "University": 2.0}
SITE_SHARES = [0.26, 0.2, 0.2, 0.18, 0.16]
NIGHT_LOSS = -40.0
"""Central Station is shut at night since June 2025; the other sites stay open."""
COMPARTMENTS = {"small": 4.0, "medium": 0.0, "large": -10.0}
CARRIERS = ["SwiftPost", "BlueVan", "Parcelio"]
VISITS = {"collecting": 4.0, "returning": -12.0, "sending": 0.0}
TARIFFS = {"Pay as you go": -8.0, "Bundle": 4.0, "Unlimited": 20.0}
ORDERS = {"Pay as you go": 2.5, "Bundle": 5.0, "Unlimited": 9.0}
"""How many lockers a member orders, on average."""
SCREENS = {"keypad": 0.0, "one tap": 18.0}
"""Drawn by lot, half and half."""
TOWNS = ["Norwich", "Ipswich", "Lowestoft", "Ely"]
SAID = {
    "broken door": ("The door would not open.", "Door jammed again, had to call.", "Compartment door stuck halfway."),
    "app": ("The app crashed in front of the locker.", "App keeps logging me out.", "The app is awful."),
    "opening hours": (
        "Shut when I came off my late shift.",
        "Closed at night, useless for me.",
        "Opening hours too short.",
    ),
    "praise": ("Quick and easy.", "In and out in a minute.", "So convenient, love it."),
}
ENDS = (
    "",
    "",
    " Visited in a hurry.",
    " My neighbour says the same.",
    " Was there before work.",
    " That is all.",
    " Cheers, Jo",
)
MEMBER = ("member_no", "tariff", "unlock_screen", "town", "member_since")
COLUMNS = ("member_no", "day", "site", "compartment", "carrier", "visit_for", "score", "theme", *MEMBER[1:])
Member = tuple[str, str, str, str, dt.date]


def _member(draw: np.random.Generator, at: int) -> Member:
    return (
        f"LL{at + 10_001}",
        str(draw.choice(list(TARIFFS), p=[0.5, 0.3, 0.2])),
        str(draw.choice(list(SCREENS))),
        str(draw.choice(TOWNS, p=[0.4, 0.3, 0.2, 0.1])),
        day_between(draw, dt.date(2022, 1, 3), dt.date(2024, 6, 28)),
    )


def _theme(draw: np.random.Generator, score: int, shut: bool) -> str | None:
    if draw.random() > (0.55 if score <= 6 else 0.3):
        return None
    if score >= 8:
        return "praise"
    usual = {"broken door": 0.6, "app": 0.28, "opening hours": 0.12}
    unhappy = {"broken door": 0.2, "app": 0.1, "opening hours": 0.7} if shut else usual
    return str(draw.choice(list(unhappy), p=list(unhappy.values())))


def _answer(draw: np.random.Generator, member: Member, day: dt.date) -> tuple[Any, ...]:
    site = str(draw.choice(list(SITES), p=SITE_SHARES))
    compartment = str(draw.choice(list(COMPARTMENTS), p=[0.45, 0.37, 0.18]))
    visit = str(draw.choice(list(VISITS), p=[0.62, 0.23, 0.15]))
    shut = site == "Central Station" and day >= NIGHT_CLOSING
    points = 14 + SITES[site] + COMPARTMENTS[compartment] + VISITS[visit] + TARIFFS[member[1]] + SCREENS[member[2]]
    score = score_for(draw, points + (NIGHT_LOSS if shut else 0.0))
    carrier = str(draw.choice(CARRIERS, p=[0.45, 0.3, 0.25]))
    return member[0], day, site, compartment, carrier, visit, score, _theme(draw, score, shut), *member[1:]


def _lines(draw: np.random.Generator, answers: list[tuple[Any, ...]]) -> list[Any]:
    """The survey's rows: some did not rate, some typed what is no score, some sites are written in haste."""
    rows: list[Any] = []
    for at, (who, day, site, compartment, carrier, visit, score, theme, *_) in enumerate(answers):
        said = f"{draw.choice(SAID[theme])}{draw.choice(ENDS)}" if theme else ""
        row = (who, day.isoformat(), misspelt(draw, site), compartment, carrier, visit)
        rows.append((f"V{at + 1:05d}", *row, score, said))
        if draw.random() < 0.02:
            rows.append((f"W{at + 1:05d}", *row, str(draw.choice(["", "-", "100"])), ""))
    return repeat_some(draw, rows, 22)


def _orders(draw: np.random.Generator, members: list[Member]) -> list[tuple[Any, ...]]:
    """Each member orders at least once; a fee is due each time."""
    rows = [
        (member[0], day_between(draw, FIRST, LAST), round(float(draw.gamma(4, 0.7)) + 0.5, 2))
        for member in members
        for _ in range(1 + int(draw.poisson(ORDERS[member[1]] - 1)))
    ]
    return sorted(rows, key=lambda row: (row[1], row[0]))


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 31])
    members = [_member(draw, at) for at in range(MEMBERS)]
    days = [FIRST, *sorted(day_between(draw, FIRST, LAST) for _ in range(ANSWERS - 2)), LAST]
    answers = [_answer(draw, members[int(draw.integers(MEMBERS))], day) for day in days]
    orders = _orders(draw, members)
    header = (
        "Survey no",
        "member_no",
        "Visited on",
        "Locker site",
        "Compartment",
        "Carrier",
        "Visit for",
        "How likely are you to recommend LockerLoop? (0-10)",
        "Comments",
    )
    numbered = [(f"O{at + 1:07d}", *order) for at, order in enumerate(orders)]
    files = [
        write_csv(folder / "locker visits survey.csv", header, _lines(draw, answers)),
        write_csv(folder / "members.tsv", MEMBER, members, "\t"),
        write_csv(folder / "parcel orders.csv", ("order_no", "member_no", "ordered_on", "amount_gbp"), numbered, ";"),
    ]
    tables = {
        "answers": Truths(COLUMNS, answers),
        "members": Truths(MEMBER, members),
        "orders": Truths(("member_no", "day", "fee"), orders),
    }
    others = [site for site in SITES if site != "Central Station"]
    event = BusinessEvent(
        date=NIGHT_CLOSING,
        synonyms=["night closure", "closing at night"],
        affects={"Locker site": ["Central Station"]},
        spares={"Locker site": others},
    )
    truth = {"night_closing": {"date": NIGHT_CLOSING, "effect": NIGHT_LOSS}, "one_tap": {"effect": SCREENS["one tap"]}}
    return Made(files, tables, LoadOptions(events={"night_closing": event}), truth)


WORLD = World(
    "lockers",
    "Parcel lockers: one-tap opening is liked, the Retail Park is not; shutting Central Station at night cost 40.",
    _write,
)
