"""One bad week of sign-ups, in a product that is otherwise as liked as ever."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds.judge_draw import Rows, dealt_scores, scattered, truths, write_text
from evals.worlds.world import Made, World

FIRST = dt.date(2025, 1, 6)
WEEKS, BAD = 24, 9
LEVEL, BROKEN = 32.0, -46.0


def _language(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng([seed, 10])
    learners: Rows = []
    answers: Rows = []
    for week in range(WEEKS):
        scores = dealt_scores(draw, 78, BROKEN if week == BAD else LEVEL)
        for at in range(130):
            joined = FIRST + dt.timedelta(days=7 * week + int(draw.integers(7)))
            ident = f"L{week:02d}{at:03d}"
            learners.append({"learner_id": ident, "signed_up": joined})
            if at < len(scores):
                told = joined + dt.timedelta(days=int(draw.integers(14, 60)))
                answers.append({"learner_id": ident, "answered_on": told, "score": scores[at]})
    scattered(draw, learners, "course", {"Spanish": 4, "French": 3, "Japanese": 2})
    answers.sort(key=lambda row: row["answered_on"])
    files = [write_text(folder / "lesson_survey.csv", answers), write_text(folder / "learners.csv", learners)]
    joined_rows = {row["learner_id"]: row for row in learners}
    known = [{**joined_rows[row["learner_id"]], **row} for row in answers]
    bad = FIRST + dt.timedelta(days=7 * BAD)
    return Made(files, {"answers": truths(known)}, truth={"bad_week": {"from": bad, "nps": BROKEN}, "others": LEVEL})


WORLD = World(
    "language-week", "A language app: those who signed up in the week of 10 March 2025 met a broken course.", _language
)
