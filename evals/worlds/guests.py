"""A hotel group's guest survey as the survey tool exports it: labelled scores, odd spellings, American dates."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds import drawing
from evals.worlds.drawing import effect, pick
from evals.worlds.world import Made, World

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 6, 30)
PROPERTIES = {"Harbour View": 8, "City Central": -2, "Old Mill Inn": 16, "Airport Plaza": -24, "Grand Park": 28}
PURPOSES = {"Business": -14, "Leisure": 44, "Event": 30}
TINY = "Lakeside Lodge"
UNUSABLE = {"": 150, "-1": 12, "11": 10}
LABELS = {10: "10 - Extremely likely", 0: "0 - Not at all likely"}
HEADER = (
    "Confirmation #",
    "Property",
    "Room Type",
    "Stay Purpose",
    "Check-out Date",
    "Booking Channel",
    "Country of Residence",
    "How likely are you to recommend us (0-10)?",
    "Guest Comments",
)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    truth = _answers(draw, 3_600)
    given = truth.pop("given")
    written, truth["score"] = drawing.spoilt(draw, given, UNUSABLE, LABELS)
    spelt = (
        drawing.odd_spellings(draw, truth["property"], 0.06),
        truth["room_type"],
        drawing.odd_spellings(draw, truth["stay_purpose"], 0.03),
        [f"{day:%m/%d/%Y}" for day in truth["checked_out_on"]],
        truth["booking_channel"],
        truth["country"],
        written,
        drawing.comments(draw, given, 0.55),
    )
    rows = [(f"GH{700_000 + at * 7}", *row) for at, row in enumerate(zip(*spelt, strict=True))]
    path = drawing.write_csv(folder / "guest_survey_export.csv", HEADER, drawing.repeated(draw, rows, 27))
    return Made(
        files=[path],
        tables={"answers": drawing.truths(truth)},
        truth={"repeated_rows": 27, "blank_scores": 150, "impossible_scores": 22, "too_few": TINY},
    )


def _answers(draw: np.random.Generator, n: int) -> drawing.Columns:
    """The share of business guests grows month by month; within each purpose nothing falls."""
    calendar = drawing.dates(draw, n, FIRST, LAST)
    months = np.array([(day.year - 2024) * 12 + day.month - 1 for day in calendar])
    business = np.clip(0.22 + 0.026 * months, 0, 0.66)
    others = pick(draw, n, {"Leisure": 3, "Event": 1})
    purpose = [
        "Business" if place < share else other
        for place, share, other in zip(draw.random(n), business, others, strict=True)
    ]
    place = pick(
        draw, n, {"Harbour View": 26, "City Central": 25, "Old Mill Inn": 14, "Airport Plaza": 20, "Grand Park": 15}
    )
    targets = effect(place, PROPERTIES) + effect(purpose, PURPOSES) + 0.35 * months
    drawing.small_group(draw, place, TINY, 11, targets, 68)
    return {
        "property": place,
        "room_type": pick(draw, n, {"Standard": 55, "Deluxe": 32, "Suite": 13}),
        "stay_purpose": purpose,
        "checked_out_on": calendar,
        "booking_channel": pick(draw, n, {"Website": 4, "OTA": 4, "Phone": 1.5}),
        "country": pick(
            draw, n, {"United Kingdom": 50, "Germany": 18, "France": 14, "United States": 12, "Netherlands": 6}
        ),
        "given": drawing.scores(draw, targets),
    }


WORLD = World(
    "guests",
    "A hotel group whose NPS falls only because ever more guests are on business; the rooms make no odds.",
    _write,
)
