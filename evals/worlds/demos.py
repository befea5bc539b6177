"""The demos as worlds: their truth is read from the written files once more, with the cleaning that is documented."""

from __future__ import annotations

import csv
import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from evals.worlds.world import Made, Truths, World
from warehouse.catalog import BusinessEvent
from warehouse.demo import write_demo
from warehouse.options import LoadOptions

_SCORE = re.compile(r"\s*(\d{1,2})\s*(?:-.*)?")
Record = dict[str, Any]


def _records(path: Path) -> list[Record]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _score(text: str) -> int | None:
    """A usable score, also where the survey tool wrote its label behind it; nothing for blanks and for 11, -1, n/a."""
    found = _SCORE.fullmatch(text)
    return int(found[1]) if found and int(found[1]) <= 10 else None


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text[:10]) if text else None


def _once(records: Iterable[Record]) -> list[Record]:
    """Exact duplicates once."""
    return list({tuple(record.values()): record for record in records}.values())


def _table(records: Iterable[Record]) -> Truths:
    rows = list(records)
    return Truths(list(rows[0]), [tuple(record.values()) for record in rows])


def _read(name: str, value: str) -> Any:
    """A cell as what it means: a day, a number, or a plan in its one spelling."""
    if name.endswith("_at"):
        return _day(value)
    if name in ("monthly_fee", "amount"):
        return float(value)
    if name.endswith("_rating"):
        return int(value) if value else None
    return value.strip().capitalize() if name == "plan" else value


def _known(path: Path) -> list[Record]:
    """Customers or orders, clean, without the personal column."""
    return [
        {name: _read(name, value) for name, value in record.items() if name != "email"} for record in _records(path)
    ]


def _asked(path: Path, customers: Iterable[Record]) -> list[Record]:
    """Everybody who was asked, with what is known of them; the score is None where there is none that counts."""
    known = {record["customer_id"]: record for record in customers}
    asked = []
    for record in _once(_records(path)):
        told = {name: _read(name, value) for name, value in record.items()} | {"score": _score(record["score"])}
        told["day"] = told.pop("responded_at")
        told["commented"] = bool(told.pop("comment").strip())
        asked.append(told | known[record["customer_id"]])
    return asked


def _mentions(themes: Mapping[str, list[str]]) -> Truths:
    """Which comment was written about which theme; the main one comes first."""
    rows = [(answer, theme, place == 0) for answer, those in themes.items() for place, theme in enumerate(those)]
    return Truths(("response_id", "theme", "main"), rows)


def _write(name: str, folder: Path, seed: int) -> Made:
    files = write_demo(name, folder, seed=seed)
    truth = json.loads(files.truth.read_text(encoding="utf-8"))
    customers = _known(files.tables["customers"])
    asked = _asked(files.tables["survey"], customers)
    tables = {
        "answers": _table(record for record in asked if record["score"] is not None),
        "asked": _table(asked),
        "customers": _table(customers),
    }
    if "orders" in files.tables:
        tables["orders"] = _table(_known(files.tables["orders"]))
    if "comments" in truth:
        tables["mentions"] = _mentions(truth["comments"].pop("themes"))
    events = {each: BusinessEvent.model_validate(event) for each, event in files.business_events.items()}
    return Made(list(files.tables.values()), tables, LoadOptions(events=events, name=name), truth)


def _world(name: str, story: str) -> World:
    return World(name, story, lambda folder, seed: _write(name, folder, seed))


WORLDS = [
    _world("pricing", "A price rise hurts those who pay by the month, while the low plan grows."),
    _world("trial", "Free trials of one quarter: one week of Team sign-ups broke, and the unhappy answer least."),
    _world("redesign", "A new design that power users love and casual users do not; the whole stays flat."),
]
