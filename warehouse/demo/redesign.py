"""Redesign demo: power users up, casual users down, the whole flat; and ratings that say what matters."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import numpy as np

from warehouse.demo import redesign_world as world
from warehouse.demo.files import Demo, DemoFiles, moments, write_csv, write_truth
from warehouse.demo.latent import IntArray, nps_class
from warehouse.demo.redesign_phrases import comment_for
from warehouse.demo.truths import BoolArray, class_counts

STORY: Final = "A new design that power users love and casual users do not: the whole stays flat."
BUSINESS_EVENTS: Final[dict[str, dict[str, Any]]] = {
    "redesign": {
        "date": str(world.REDESIGN),
        "synonyms": ["redesign", "new design", "relaunch", "release", "march release", "new look", "new interface"],
        "affects": {"rollout": [world.WAVES[0]]},
        "spares": {"rollout": [world.WAVES[2]]},
    }
}
COMMENT_SHARE: Final = 0.4


def write_redesign(folder: Path, seed: int) -> DemoFiles:
    """Draw the world and write it down; each part has its own stream, so that one can change alone."""
    who, said, chat = np.random.default_rng(seed).spawn(3)
    customers = world.draw_customers(who)
    answers = world.draw_answers(said, customers)
    truths = {"demo": "redesign", "seed": seed} | planted_truth(customers, answers)
    tables = {
        "survey": _write_survey(folder / "survey.csv", chat, customers, answers),
        "customers": _write_customers(folder / "customers.csv", customers),
    }
    return DemoFiles(
        name="redesign",
        story=STORY,
        folder=folder,
        tables=tables,
        truth=write_truth(folder / "truth.json", truths),
        as_of=dt.date.fromisoformat(str(world.END)),
        business_events=BUSINESS_EVENTS,
    )


DEMO: Final = Demo(
    name="redesign", story=STORY, write=write_redesign, question="Did the redesign help power users?", by="user_type"
)


def _names(names: tuple[str, ...], positions: IntArray) -> list[str]:
    return [names[p] for p in positions.tolist()]


def _write_survey(path: Path, rng: np.random.Generator, customers: world.Customers, answers: world.Answers) -> Path:
    chance = rng.random((world.ANSWERS, 3)).tolist()
    classes = nps_class(answers.score).tolist()
    users = _names(world.USERS, customers.user[answers.customer])
    comments = [
        comment_for(classes[k], users[k], chance[k], new_design=bool(answers.new_design[k]))
        if chance[k][0] < COMMENT_SHARE
        else ""
        for k in range(world.ANSWERS)
    ]
    ratings = [[str(value) if value else "" for value in column] for column in answers.rating.T.tolist()]
    rows = zip(
        [f"R{k:06d}" for k in range(1, world.ANSWERS + 1)],
        [f"U{k:05d}" for k in (answers.customer + 1).tolist()],
        moments(world.START + answers.day, answers.second),
        answers.score.tolist(),
        *ratings,
        comments,
        strict=True,
    )
    named = tuple(f"{name}_rating" for name in world.RATINGS)
    return write_csv(path, ("response_id", "customer_id", "responded_at", "score", *named, "comment"), rows)


def _write_customers(path: Path, customers: world.Customers) -> Path:
    columns = {
        "customer_id": [f"U{k:05d}" for k in range(1, world.CUSTOMERS + 1)],
        "user_type": _names(world.USERS, customers.user),
        "rollout": _names(world.WAVES, customers.wave),
        "platform": _names(world.PLATFORMS, customers.platform),
        "region": _names(world.REGIONS, customers.region),
        "joined_at": customers.joined.astype(str).tolist(),
        "redesigned_at": np.where(np.isnat(customers.redesigned), "", customers.redesigned.astype(str)).tolist(),
    }
    return write_csv(path, list(columns), zip(*columns.values(), strict=True))


def planted_truth(customers: world.Customers, answers: world.Answers) -> dict[str, Any]:
    """What was planted, and what this sample holds of it."""
    user = customers.user[answers.customer]
    wave = customers.wave[answers.customer]
    date = world.START + answers.day
    after = date >= world.REDESIGN
    everybody = np.ones(world.ANSWERS, dtype=np.bool_)
    first: BoolArray = after & (wave == 0)
    return {
        "as_of": str(world.END),
        "answers": world.ANSWERS,
        "customers": len(np.unique(answers.customer)),
        "redesign": {
            "first_wave": str(world.REDESIGN),
            "second_wave": str(world.SECOND_WAVE),
            "planted_effect": dict(zip(world.USERS, world.effects().tolist(), strict=True)),
            "expected_effect_on_the_first_wave": world.expected_change(answers, first),
            "expected_effect_on_all_with_the_new_design": world.expected_change(answers, answers.new_design),
            "expected_effect_by_user": {
                name: world.expected_change(answers, answers.new_design & (user == k))
                for k, name in enumerate(world.USERS)
            },
            "levels": {
                name: {
                    "old design": class_counts(answers.score[(user == k) & ~answers.new_design]),
                    "new design": class_counts(answers.score[(user == k) & answers.new_design]),
                }
                for k, name in enumerate(world.USERS)
            },
        },
        "whole": {
            "before": class_counts(answers.score[everybody & ~after]),
            "after": class_counts(answers.score[after]),
        },
        "drivers": {
            "weights_planted": dict(zip(world.RATINGS, world.WEIGHTS.tolist(), strict=True)),
            "without_effect": "design_taste_rating",
            "missing_share": world.MISSING,
        },
        "dimensions_without_effect": ["platform", "region"],
    }
