"""Trial demo: the free trials of one quarter, one broken week on one plan, and a survey that the unhappy skip."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Final

import numpy as np

from warehouse.demo import trial_world as world
from warehouse.demo.files import Demo, DemoFiles, moments, write_csv, write_truth
from warehouse.demo.latent import IntArray, nps_class
from warehouse.demo.trial_phrases import comment_for
from warehouse.demo.truths import BoolArray, class_counts

STORY: Final = "Free trials of one quarter: one week of Team sign-ups broke, and the unhappy answer least."
BUSINESS_EVENTS: Final[dict[str, dict[str, Any]]] = {
    "broken_import": {
        "date": str(world.BROKEN_FROM),
        "synonyms": ["broken import", "import failure", "import bug", "broken week"],
        "affects": {"plan": [world.PLANS[world.BROKEN_PLAN]]},
    }
}
COMMENT_SHARE: Final = 0.55


def write_trial(folder: Path, seed: int) -> DemoFiles:
    """Draw the world and write it down; each part has its own stream, so that one can change alone."""
    who, chat, busy = np.random.default_rng(seed).spawn(3)
    trials = world.draw_trials(who)
    truths: dict[str, Any] = {"demo": "trial", "seed": seed} | planted_truth(trials)
    tables = {
        "survey": _write_survey(folder / "survey.csv", chat, trials),
        "customers": _write_customers(folder / "customers.csv", trials),
        "events": _write_events(folder / "events.csv", busy, trials),
    }
    return DemoFiles(
        name="trial",
        story=STORY,
        folder=folder,
        tables=tables,
        truth=write_truth(folder / "truth.json", truths),
        as_of=dt.date.fromisoformat(truths["as_of"]),
        business_events=BUSINESS_EVENTS,
    )


DEMO: Final = Demo(name="trial", story=STORY, write=write_trial, question="Who did not answer?", by="plan")


def _ids(letter: str) -> list[str]:
    return [f"{letter}{k:05d}" for k in range(1, world.TRIALS + 1)]


def _names(names: tuple[str, ...], positions: IntArray) -> list[str]:
    return [names[p] for p in positions.tolist()]


def _write_survey(path: Path, rng: np.random.Generator, trials: world.Trials) -> Path:
    """Every trial was asked: a row without a score is an invitation that was not answered."""
    ended = world.START + trials.day + world.TRIAL_DAYS
    told_at = moments(ended + trials.answers_after, trials.second)
    says = trials.answered & (rng.random(world.TRIALS) < COMMENT_SHARE)
    chance = rng.random((world.TRIALS, 3)).tolist()
    classes = nps_class(trials.score).tolist()
    rows = zip(
        _ids("R"),
        _ids("T"),
        ended.astype(str).tolist(),
        [moment if told else "" for moment, told in zip(told_at, trials.answered.tolist(), strict=True)],
        [
            str(score) if told else ""
            for score, told in zip(trials.score.tolist(), trials.answered.tolist(), strict=True)
        ],
        [
            comment_for(classes[k], chance[k], broken=bool(trials.broken[k])) if says[k] else ""
            for k in range(world.TRIALS)
        ],
        strict=True,
    )
    return write_csv(path, ("response_id", "customer_id", "trial_ended_at", "responded_at", "score", "comment"), rows)


def _write_customers(path: Path, trials: world.Trials) -> Path:
    signed_up = world.START + trials.day
    paid = (signed_up + trials.converts_after).astype(str).tolist()
    columns = {
        "customer_id": _ids("T"),
        "plan": _names(world.PLANS, trials.plan),
        "source": _names(world.SOURCES, trials.source),
        "company_size": _names(world.SIZES, trials.size),
        "country": _names(world.COUNTRIES, trials.country),
        "checklist": _names(world.CHECKLIST, trials.checklist),
        "joined_at": signed_up.astype(str).tolist(),
        "converted": ["yes" if done else "no" for done in trials.converted.tolist()],
        "converted_at": [day if done else "" for day, done in zip(paid, trials.converted.tolist(), strict=True)],
    }
    return write_csv(path, list(columns), zip(*columns.values(), strict=True))


def _write_events(path: Path, rng: np.random.Generator, trials: world.Trials) -> Path:
    """Log-ins through the trial, fewer where the import broke; an import that fails in the broken week."""
    logins = rng.poisson(np.where(trials.broken, 3.0, 6.0) * np.exp(0.25 * trials.liking))
    who = np.repeat(np.arange(world.TRIALS), logins)
    day = trials.day[who] + rng.integers(0, world.TRIAL_DAYS + 1, len(who))
    imports = np.flatnonzero(rng.random(world.TRIALS) < 0.7)
    kinds = ["login"] * len(who) + ["import failed" if trials.broken[k] else "import" for k in imports.tolist()]
    everyone = np.concatenate([who, imports])
    days = np.concatenate([day, trials.day[imports] + 1])
    second = rng.integers(6 * 3600, 23 * 3600, len(everyone))
    order = np.lexsort((second, days))
    ids = _ids("T")
    rows = zip(
        [ids[k] for k in everyone[order].tolist()],
        moments(world.START + days[order], second[order]),
        [kinds[k] for k in order.tolist()],
        strict=True,
    )
    return write_csv(path, ("customer_id", "occurred_at", "event"), rows)


def planted_truth(trials: world.Trials) -> dict[str, Any]:
    """What was planted, and what this sample holds of it, told and untold."""
    everyone = np.ones(world.TRIALS, dtype=np.bool_)
    return {
        "as_of": str((world.START + trials.day + world.TRIAL_DAYS + trials.answers_after)[trials.answered].max()),
        "trials": world.TRIALS,
        "answered": int(trials.answered.sum()),
        "nps_planted_by_plan": dict(zip(world.PLANS, world.NPS_BY_PLAN.tolist(), strict=True)),
        "broken_week": {
            "plan": world.PLANS[world.BROKEN_PLAN],
            "joined": f"{world.BROKEN_FROM}..{world.BROKEN_TO}",
            "nps_planted": world.BROKEN_NPS,
            "trials": int(trials.broken.sum()),
            "answers": _told(trials, trials.broken),
            "same_plan_other_weeks": _told(trials, (trials.plan == world.BROKEN_PLAN) & ~trials.broken),
            "converted": float(trials.converted[trials.broken].mean()),
        },
        "non_response": {
            "why": "the unhappy, the unconverted and the larger companies answer less often",
            "answered_by_class": _by_class(trials),
            "answered_by_conversion": {
                name: float(trials.answered[trials.converted == done].mean())
                for name, done in (("yes", True), ("no", False))
            },
            "all_trials": class_counts(trials.score),
            "who_answered": class_counts(trials.score[trials.answered]),
            "by_plan_all_trials": _levels(trials, everyone),
            "by_plan_who_answered": _levels(trials, trials.answered),
        },
        "checklist": {
            "assignment": "half and half, at random",
            "conversion": {
                name: float(trials.converted[trials.checklist == k].mean()) for k, name in enumerate(world.CHECKLIST)
            },
            "log_odds_planted": world.CHECKLIST_LIFT,
            "nps_effect": 0.0,
        },
        "conversion": {plan: float(trials.converted[trials.plan == k].mean()) for k, plan in enumerate(world.PLANS)},
        "dimensions_without_effect_on_nps": ["source", "company_size", "country", "checklist"],
    }


def _told(trials: world.Trials, rows: BoolArray) -> dict[str, float | int]:
    return class_counts(trials.score[rows & trials.answered])


def _levels(trials: world.Trials, rows: BoolArray) -> dict[str, dict[str, float | int]]:
    return {plan: class_counts(trials.score[rows & (trials.plan == k)]) for k, plan in enumerate(world.PLANS)}


def _by_class(trials: world.Trials) -> dict[str, float]:
    classes = nps_class(trials.score)
    names = ("detractor", "passive", "promoter")
    return {name: float(trials.answered[classes == k].mean()) for k, name in enumerate(names)}
