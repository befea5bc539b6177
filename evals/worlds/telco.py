"""A telephone company's journey survey from a German Excel: semicolons, day first, decimal commas, Windows letters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds import drawing
from evals.worlds.drawing import effect, pick, planted
from evals.worlds.world import Made, World

FIRST, LAST = dt.date(2024, 1, 2), dt.date(2025, 3, 31)
FALL, SINCE = -42, dt.date(2024, 10, 1)
STEPS = {"Order": 12, "Installation": 6, "Billing": -18, "Support": -8, "Moving House": -24}
TECHNOLOGIES = {"FTTH": 14, "Cable": 0, "DSL": -14}
REGIONS = {"München": 3, "Köln": -10, "Berlin": 0, "Düsseldorf": 6, "Hamburg": 0}
TINY = "5G FWA"
UNUSABLE = {"": 190, "-1": 14, "11": 20}
PHRASES = (
    ("Lovely, thank you", "Very easy", "Danke, alles bestens"),
    ("It was ok", "Geht so, für den Preis okay"),
    ("Too slow, waited ages", "Nicht zufrieden – Störung dauert über 3 Tage", "Never again!"),
)
HEADER = (
    "Survey ID",
    "Survey Date",
    "Journey Step",
    "Tech Stack",
    "Region",
    "Agent Team",
    "Monthly Fee",
    "NPS Score",
    "Verbatim",
)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    truth = _answers(draw, 6_200)
    given = truth.pop("given")
    written, truth["score"] = drawing.spoilt(draw, given, UNUSABLE)
    cells = (
        [f"{day:%d.%m.%Y}" for day in truth["surveyed_on"]],
        drawing.odd_spellings(draw, truth["journey_step"], 0.04),
        truth["tech_stack"],
        truth["region"],
        truth["agent_team"],
        [f"{fee:.2f}".replace(".", ",") for fee in truth["monthly_fee"]],
        written,
        drawing.comments(draw, given, 0.5, PHRASES),
    )
    rows = drawing.repeated(draw, [(f"T-{20_000 + at}", *row) for at, row in enumerate(zip(*cells, strict=True))], 31)
    path = drawing.write_csv(folder / "journey_feedback_2024_25.csv", HEADER, rows, ";", "cp1252")
    return Made(
        files=[path],
        tables={"answers": drawing.truths(truth)},
        truth={
            "installation": {"since": SINCE, "points": FALL},
            "repeated_rows": 31,
            "rows_in_the_file": len(rows),
            "impossible_scores": 34,
        },
    )


def _answers(draw: np.random.Generator, n: int) -> drawing.Columns:
    calendar = drawing.dates(draw, n, FIRST, LAST)
    step = pick(draw, n, {"Order": 24, "Installation": 22, "Billing": 24, "Support": 22, "Moving House": 8})
    technology = pick(draw, n, {"FTTH": 34, "Cable": 36, "DSL": 30})
    region = pick(draw, n, {"München": 20, "Köln": 18, "Berlin": 24, "Düsseldorf": 14, "Hamburg": 24})
    targets = effect(step, STEPS) + effect(technology, TECHNOLOGIES) + effect(region, REGIONS)
    targets += planted(FALL, (at == "Installation" and day >= SINCE for at, day in zip(step, calendar, strict=True)))
    drawing.small_group(draw, technology, TINY, 13, targets, 68)
    return {
        "surveyed_on": calendar,
        "journey_step": step,
        "tech_stack": technology,
        "region": region,
        "agent_team": pick(draw, n, {"Team A": 1, "Team B": 1, "Team C": 1, "Team D": 1}),
        "monthly_fee": pick(draw, n, {24.95: 1, 29.95: 1, 39.95: 1, 49.95: 1, 59.95: 1}),
        "given": drawing.scores(draw, targets, 0.24),
    }


WORLD = World(
    "telco", "A telephone company whose installations go wrong from October 2024 on; the teams are alike.", _write
)
