"""A confounded effect: those who got it were happier anyway."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import (
    Planted,
    Rows,
    blemished,
    dealt_scores,
    numbered,
    planted_rows,
    scattered,
    truths,
    write_text,
)
from evals.worlds.world import Made, World
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

PROGRAMME = dt.date(2025, 3, 1)
WAVES = ((dt.date(2024, 9, 1), dt.date(2025, 2, 28)), (PROGRAMME, dt.date(2025, 8, 31)))
COACHED = {"yes": (620, 46.0), "no": (1150, 14.0)}
SIZES = {
    "small": {"yes": (110, -6.0), "no": (1100, -6.0)},
    "medium": {"yes": (330, 24.0), "no": (420, 24.0)},
    "large": {"yes": (760, 52.0), "no": (190, 52.0)},
}


def _coaching(folder: Path, seed: int) -> Made:
    """Asked twice: before the programme and in it; each member answers once or twice."""
    draw = np.random.default_rng([seed, 4])
    members: Rows = []
    answers: Rows = []
    for coach, (size, nps) in COACHED.items():
        for at in range(size):
            members.append({"member_id": f"M{coach[0]}{at:04d}", "coach": coach})
        for first, last in WAVES:
            asked = draw.permutation(size)[: round(size * 0.75)].tolist()
            for at, score in zip(asked, dealt_scores(draw, len(asked), nps), strict=True):
                day = first + dt.timedelta(days=int(draw.integers((last - first).days + 1)))
                answers.append({"member_id": f"M{coach[0]}{at:04d}", "answered_on": day, "score": score})
    scattered(draw, members, "track", {"Data": 3, "Design": 2, "Writing": 2})
    answers.sort(key=lambda row: (row["answered_on"], row["member_id"]))
    files = [write_text(folder / "pulse.csv", answers), write_text(folder / "members.csv", members)]
    by_id = {row["member_id"]: row for row in members}
    known = [{**by_id[row["member_id"]], **row} for row in answers]
    event = BusinessEvent(
        date=PROGRAMME, synonyms=["coach programme", "coaching programme", "coaching"], affects={"coach": ["yes"]}
    )
    options = LoadOptions(events={"coach_programme": event})
    return Made(files, {"answers": truths(known)}, options, {"coach": {"effect": 0.0, "gap_before": 32.0}})


def _hosting(folder: Path, seed: int) -> Made:
    """Large firms are happier and upgrade; among firms of one size the upgrade makes no difference."""
    draw = np.random.default_rng([seed, 6])
    span = (dt.date(2025, 5, 1), dt.date(2025, 10, 31))
    cells = [
        Planted({"company_size": size, "pro_upgrade": upgraded}, n, nps, *span)
        for size, groups in SIZES.items()
        for upgraded, (n, nps) in groups.items()
    ]
    rows = planted_rows(draw, cells, "date", "nps_score")
    scattered(draw, rows, "data_centre", {"Dublin": 1, "Paris": 1})
    numbered(rows, "response", "H")
    path = write_text(folder / "hosting_survey.csv", blemished(draw, rows, "nps_score", "response"))
    return Made([path], {"answers": truths(rows)}, truth={"upgrade": {"effect": 0.0}})


WORLDS = [
    World(
        "coaching-confounded",
        "A course platform gives coaches to those who were happier already; the coach changes nothing.",
        _coaching,
    ),
    World(
        "hosting-confounded",
        "A web host: large firms are happy and upgrade; the upgrade itself changes nothing.",
        _hosting,
    ),
]
