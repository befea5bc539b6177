"""Mix shift: the whole moves because other people answer; no segment moves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Planted, blemished, numbered, planted_rows, scattered, truths, write_text
from evals.worlds.world import Made, World

MEMBERSHIPS = {"Off-peak": -10.0, "Standard": 30.0, "Premium": 55.0}
LINES = {"Motor": -8.0, "Home": 26.0, "Travel": 52.0}


def _gym(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 2])
    first = (dt.date(2025, 1, 1), dt.date(2025, 3, 31), {"Off-peak": 260, "Standard": 580, "Premium": 460})
    second = (dt.date(2025, 4, 1), dt.date(2025, 6, 30), {"Off-peak": 780, "Standard": 420, "Premium": 220})
    cells = [
        Planted({"membership": name}, counts[name], nps, start, end)
        for start, end, counts in (first, second)
        for name, nps in MEMBERSHIPS.items()
    ]
    rows = planted_rows(draw, cells, "visited_on", "recommend")
    scattered(draw, rows, "club", {"Leeds": 4, "York": 3, "Hull": 2})
    numbered(rows, "answer_no", "A")
    files = [write_text(folder / "club_survey.csv", blemished(draw, rows, "recommend", "answer_no"))]
    return Made(files, {"answers": truths(rows)}, truth={"membership": MEMBERSHIPS, "within": 0.0})


def _insurer(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 4])
    before = (dt.date(2024, 7, 1), dt.date(2024, 12, 31), {"Motor": 900, "Home": 500, "Travel": 200})
    after = (dt.date(2025, 1, 1), dt.date(2025, 6, 30), {"Motor": 420, "Home": 560, "Travel": 760})
    cells = [
        Planted({"line": name}, counts[name], nps, start, end)
        for start, end, counts in (before, after)
        for name, nps in LINES.items()
    ]
    rows = planted_rows(draw, cells, "survey_date", "nps_score")
    scattered(draw, rows, "region", {"North": 3, "South": 4, "Coast": 2})
    scattered(draw, rows, "sold_by", {"broker": 2, "direct": 3})
    numbered(rows, "response_id", "r")
    path = write_text(folder / "policyholders.tsv", blemished(draw, rows, "nps_score", "response_id"), delimiter="\t")
    return Made([path], {"answers": truths(rows)}, truth={"line": LINES, "within": 0.0})


WORLDS = [
    World("gym-mix", "A gym whose off-peak members multiply: NPS falls, no membership does.", _gym),
    World("insurer-mix", "An insurer sells more travel policies: NPS rises, no line of business does.", _insurer),
]
