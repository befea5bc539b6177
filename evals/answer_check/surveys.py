"""The surveys that the answers were written about: the demos, three small ones, and worlds of the evals."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from evals.worlds import make_world
from warehouse.catalog import BusinessEvent
from warehouse.demo import DEMOS, write_demo
from warehouse.options import LoadOptions
from warehouse.workspace import make_workspace

Cells = Mapping[tuple[str, ...], tuple[int, int, int]]
"""Values of the columns → promoters, passives, detractors; the last value is a month, 2025-03."""
Words = Mapping[str, Sequence[str]]

HOTEL: Cells = {
    ("Harbour View", "couple", "2024-12"): (18, 12, 10),
    ("Harbour View", "family", "2025-02"): (14, 14, 12),
    ("Harbour View", "couple", "2025-06"): (66, 15, 9),
    ("Harbour View", "family", "2025-07"): (58, 20, 12),
    ("Old Mill", "couple", "2025-01"): (30, 12, 8),
    ("Old Mill", "family", "2025-03"): (24, 16, 10),
    ("Old Mill", "couple", "2025-07"): (38, 18, 14),
    ("Old Mill", "family", "2025-08"): (36, 20, 14),
    ("Airport Inn", "business", "2025-01"): (16, 24, 40),
    ("Airport Inn", "business", "2025-04"): (15, 21, 34),
    ("Airport Inn", "business", "2025-08"): (14, 22, 34),
    ("Lodge", "couple", "2025-07"): (2, 1, 0),
}
HOTEL_WORDS: Words = {
    "promoter": ("Lovely stay, we will be back", "Breakfast on the terrace was wonderful", "Kind staff at the desk"),
    "passive": ("Fine for one night", "Room was clean but small"),
    "detractor": ("The room was noisy all night", "We waited an hour to check in", "Thin walls and no sleep"),
}
COURSES: Cells = {
    ("Linear Algebra", "lecture", "1", "2024-11"): (22, 28, 40),
    ("Linear Algebra", "online", "1", "2025-05"): (20, 30, 40),
    ("Statistics", "lecture", "2", "2024-11"): (48, 30, 22),
    ("Statistics", "online", "2", "2025-05"): (30, 30, 40),
    ("Oil Painting", "studio", "3", "2024-12"): (44, 6, 2),
    ("Oil Painting", "studio", "3", "2025-06"): (46, 6, 3),
    ("Ethics", "lecture", "3", "2025-06"): (20, 18, 14),
    ("Ancient Greek", "lecture", "3", "2025-05"): (2, 1, 1),
}
COURSE_WORDS: Words = {
    "promoter": ("The tutor explains everything twice", "Best course so far"),
    "passive": ("Alright, a lot of reading",),
    "detractor": ("Too fast and no exercises", "The online sessions kept breaking off"),
}
KUNDEN: Cells = {
    ("Köln", "Geschäftskunde", "2025-01"): (30, 20, 10),
    ("Köln", "Privatkunde", "2025-02"): (60, 40, 20),
    ("Köln", "Geschäftskunde", "2025-04"): (28, 20, 12),
    ("München", "Geschäftskunde", "2025-01"): (40, 20, 40),
    ("München", "Privatkunde", "2025-05"): (30, 30, 60),
    ("Leipzig", "Privatkunde", "2025-03"): (45, 20, 15),
    ("Leipzig", "Geschäftskunde", "2025-06"): (44, 22, 14),
}
KUNDEN_WORDS: Words = {
    "promoter": ("Sehr freundliche Beratung", "Schnelle Lieferung, gerne wieder"),
    "passive": ("Ganz in Ordnung",),
    "detractor": ("Die Lieferung kam drei Wochen zu spät", "Am Telefon war niemand zu erreichen"),
}
SCORES = {"promoter": (9, 10), "passive": (7, 8), "detractor": (2, 4, 6)}
HEADERS = {
    "hotel": ("stay_id", "property", "guest_type", "stayed_on", "nps_score", "comment"),
    "courses": ("form_id", "course", "teaching", "year_of_study", "submitted_at", "nps_score", "comment"),
    "kunden": ("Antwort-ID", "Filiale", "Kundenart", "Antwortdatum", "NPS-Bewertung", "Kommentar"),
}
SMALL: Mapping[str, tuple[Cells, Words]] = {
    "hotel": (HOTEL, HOTEL_WORDS),
    "courses": (COURSES, COURSE_WORDS),
    "kunden": (KUNDEN, KUNDEN_WORDS),
}
EVENTS = {"hotel": {"renovation": {"date": "2025-05-01", "affects": {"property": ["Harbour View"]}}}}
SEED = 7


def rows_of(cells: Cells, words: Words) -> list[list[str]]:
    """One row an answer: values, day, score, and a comment in every second row."""
    rows: list[list[str]] = []
    for (*values, month), counts in cells.items():
        kinds = [kind for kind, count in zip(SCORES, counts, strict=True) for _ in range(count)]
        for place, kind in enumerate(kinds):
            said = words[kind][place // 2 % len(words[kind])] if place % 2 == 0 else ""
            score = SCORES[kind][place % len(SCORES[kind])]
            rows.append([f"a{len(rows) + 1}", *values, f"{month}-{1 + place % 28:02d}", str(score), said])
    return rows


def make_survey(name: str, folder: Path) -> Path:
    """The survey `name` as a workspace in `folder`; an existing one is taken as it is.

    A name that is neither a demo's nor a small survey's is a world's, of which `folder` gets a copy.
    """
    if (folder / "npsight.yaml").exists():
        return folder
    if name not in DEMOS and name not in SMALL:
        return Path(shutil.copytree(make_world(name), folder))
    folder.mkdir(parents=True, exist_ok=True)
    if name in DEMOS:
        demo = write_demo(name, folder / "files", seed=SEED)
        files, events = list(demo.tables.values()), demo.business_events
    else:
        files, events = [_written(name, folder / "answers.csv")], EVENTS.get(name, {})
    known = {event: BusinessEvent.model_validate(data) for event, data in events.items()}
    make_workspace(files, folder, LoadOptions(events=known, name=name))
    return folder


def _written(name: str, path: Path) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADERS[name])
        writer.writerows(rows_of(*SMALL[name]))
    return path
