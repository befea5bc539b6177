"""A garage chain's survey with German column names: short forms, J and N, thousands points, blank branches."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds import drawing
from evals.worlds.drawing import effect, pick, planted
from evals.worlds.world import Made, World

FIRST, LAST = dt.date(2024, 2, 1), dt.date(2025, 11, 20)
FALL, SINCE = -40, dt.date(2025, 6, 1)
BRANCHES = {"Köln-Süd": 22, "Bonn 1": 16, "Bonn 2": 16, "Düren": 17, "Aachen-Mitte": 16, "Trier": 13}
LIKED = {"Bonn 2": 16, "Trier": 4, "Köln-Süd": -3, "Bonn 1": -7, "Düren": -5}
PRICES = {"Inspektion": 130, "Reifen": 95, "Unfall": 620, "HU/AU": 45, "Klima": 70}
UNUSABLE = {"": 30, "k.A.": 8, "11": 5, "99": 3}
PHRASES = (
    (
        "Alles bestens",
        "Sehr freundlich, gerne wieder",
        "Schnell und sauber gearbeitet",
        "Termin wurde eingehalten",
        "Faire Rechnung",
        "Wagen war gewaschen",
        "Gut beraten",
        "Kaffee war auch gut",
    ),
    ("War in Ordnung", "Geht so", "Etwas teuer", "Parkplatz schwer zu finden", "Abholung dauerte", "Ganz okay"),
    (
        "Viel zu lange gewartet",
        "Niemand hat zurückgerufen",
        "Zu teuer",
        "Fehler nicht gefunden",
        "Kratzer an der Tür",
        "Unfreundlich am Telefon",
        "Teile nicht bestellt",
        "Kostenvoranschlag nicht eingehalten",
    ),
)
HEADER = (
    "Auftr_Nr",
    "Kd_Nr",
    "Datum",
    "Fil",
    "LeistArt",
    "Fzg_Art",
    "Stammkd",
    "Ersatzwagen",
    "Wartetage",
    "Betrag_EUR",
    "NPS_0_10",
    "Bemerkung",
)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    truth = _answers(draw, 2_100)
    given = truth.pop("given")
    written, truth["score"] = drawing.spoilt(draw, given, UNUSABLE)
    cells = (
        [f"K{number:05d}" for number in draw.integers(1, 1_500, len(given))],
        [f"{day:%d.%m.%Y}" for day in truth["datum"]],
        [branch or "" for branch in truth["fil"]],
        truth["leistung"],
        truth["fahrzeug"],
        ["J" if yes else "N" for yes in truth["stammkunde"]],
        ["ja" if yes else "nein" for yes in truth["ersatzwagen"]],
        truth["wartetage"],
        [_german(euros) for euros in truth["betrag"]],
        written,
        drawing.comments(draw, given, 0.35, PHRASES),
    )
    rows = [(f"A-{100_000 + at}", *row) for at, row in enumerate(zip(*cells, strict=True))]
    path = folder / "Kundenbefragung_Werkstatt.csv"
    drawing.write_csv(path, HEADER, drawing.repeated(draw, rows, 14), ";", "utf-8-sig")
    return Made(
        files=[path],
        tables={"answers": drawing.truths(truth)},
        truth={
            "dueren": {"since": SINCE, "points": FALL},
            "repeated_rows": 14,
            "without_score": sum(UNUSABLE.values()),
        },
    )


def _answers(draw: np.random.Generator, n: int) -> drawing.Columns:
    calendar = drawing.dates(draw, n, FIRST, LAST)
    branch = pick(draw, n, BRANCHES)
    work = pick(draw, n, {"Inspektion": 34, "Reifen": 24, "Unfall": 16, "HU/AU": 16, "Klima": 10})
    vehicle = pick(draw, n, {"PKW": 70, "Transporter": 18, "Motorrad": 12})
    regular, lent = pick(draw, n, {True: 55, False: 45}), pick(draw, n, {True: 30, False: 70})
    accident = np.array([it == "Unfall" for it in work])
    waited = draw.poisson(2 + 4 * accident)
    targets = 20 + effect(branch, LIKED) + effect(work, {"Unfall": -32, "HU/AU": 8}) + effect(vehicle, {"Motorrad": 9})
    targets += planted(16, regular) + planted(12, lent) - 1.5 * waited
    targets += planted(FALL, (at == "Düren" and day >= SINCE for at, day in zip(branch, calendar, strict=True)))
    named: list[str | None] = list(branch)
    for at in draw.choice(np.arange(2, n - 2), 16, replace=False):
        named[at] = None
    return {
        "datum": calendar,
        "fil": named,
        "leistung": work,
        "fahrzeug": vehicle,
        "stammkunde": regular,
        "ersatzwagen": lent,
        "wartetage": [int(days) for days in waited],
        "betrag": [round(float(euros), 2) for euros in draw.gamma(3, 1, n) * effect(work, PRICES)],
        "given": drawing.scores(draw, targets),
    }


def _german(euros: float) -> str:
    """1234.5 as 1.234,50."""
    return f"{euros:,.2f}".translate(str.maketrans(",.", ".,"))


WORLD = World("workshop", "A garage chain with German column names; Düren is disliked from June 2025 on.", _write)
