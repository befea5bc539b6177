"""Nothing at all: every cut and every date is noise."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Rows, blemished, numbered, scattered, truths, write_text
from evals.worlds.world import Made, World
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

SHARES = {0: 1, 3: 2, 4: 3, 5: 6, 6: 8, 7: 13, 8: 17, 9: 22, 10: 28}
CITIES = {"Lisbon": 3, "Porto": 3, "Madrid": 4, "Berlin": 2, "Vienna": 2, "Ghent": 1.5}
TEAMS = dict.fromkeys(("Team Ash", "Team Birch", "Team Cedar", "Team Elm", "Team Fir", "Team Hazel"), 1.0)


def _noise(draw: np.random.Generator, n: int, first: dt.date, last: dt.date, day: str, score: str) -> Rows:
    chance = np.array(list(SHARES.values())) / sum(SHARES.values())
    offsets = np.sort(draw.integers((last - first).days + 1, size=n)).tolist()
    scores = draw.choice(list(SHARES), n, p=chance).tolist()
    return [{day: first + dt.timedelta(days=at), score: given} for at, given in zip(offsets, scores, strict=True)]


def _cafe(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 129])
    rows = _noise(draw, 1_600, dt.date(2024, 11, 1), dt.date(2025, 10, 31), "visit", "score")
    scattered(draw, rows, "city", CITIES)
    scattered(draw, rows, "drink", {"espresso": 3, "filter": 2, "tea": 2, "cold brew": 1})
    scattered(draw, rows, "loyalty_card", {"yes": 2, "no": 3})
    numbered(rows, "slip", "S")
    path = write_text(folder / "guest_cards.csv", blemished(draw, rows, "score", "slip"), {"score": "NPS (0-10)"})
    event = BusinessEvent(date=dt.date(2025, 5, 5), synonyms=["new menu", "menu change", "menu"])
    return Made([path], {"answers": truths(rows)}, LoadOptions(events={"new_menu": event}), {"effect": 0.0})


def _helpdesk(folder: Path, seed: int) -> Made:
    """A chatbot that touches one queue only, and changes nothing there either."""
    draw = np.random.default_rng([seed, 20])
    rows = _noise(draw, 2_000, dt.date(2024, 9, 1), dt.date(2025, 8, 31), "closed_on", "would_recommend")
    scattered(draw, rows, "queue", {"chat": 2, "phone": 2, "email": 1})
    scattered(draw, rows, "team", TEAMS)
    scattered(draw, rows, "language", {"English": 4, "Dutch": 2, "French": 1})
    numbered(rows, "ticket", "K")
    spoilt = blemished(draw, rows, "would_recommend", "ticket")
    path = write_text(folder / "helpdesk.csv", spoilt, delimiter=";", days_as="%d/%m/%Y")
    event = BusinessEvent(date=dt.date(2025, 3, 1), synonyms=["chatbot", "chat bot"], affects={"queue": ["chat"]})
    return Made([path], {"answers": truths(rows)}, LoadOptions(events={"chatbot": event}), {"effect": 0.0})


WORLDS = [
    World("cafe-nothing", "A café chain in six cities with a new menu: nothing differs and nothing happened.", _cafe),
    World(
        "helpdesk-nothing",
        "A help desk gets a chatbot for one queue: no team differs, the chatbot did nothing.",
        _helpdesk,
    ),
]
