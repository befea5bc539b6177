"""An internet provider: two years of answers, accounts, ratings, comments, a price rise, welcome calls."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from evals.worlds.world import Made, Row, Truths, World, days
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions

PLANS = {"Basic": -0.25, "Plus": 0.0, "Platinum": 0.35}
REGIONS = {"North": 0.0, "South": -0.3, "East": 0.0, "West": 0.15}
TEAMS = {"Blue": 0.0, "Green": 0.0, "Amber": 0.0}
RISE = dt.date(2025, 4, 1)
RISE_EFFECT, CALL_EFFECT = -0.8, 0.3
"""Moves of the latent score, in standard deviations: monthly payers after the rise, and after a welcome call."""
FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 12, 31)
ACCOUNTS, SILENT, ANSWERS = 2_400, 700, 4_200
CUTS = np.array([-2.2, -2.0, -1.85, -1.7, -1.5, -1.15, -0.8, -0.4, 0.1, 0.65])
RATING_WEIGHTS = (0.8, 0.4, 0.15)
"""How closely the ratings of speed, help and value follow the latent score: speed most."""
ACCOUNT = ("account_no", "plan", "billing", "region", "care_team", "welcome", "joined_on", "left_on")
ANSWER = ("answered_on", "score", "asked_by", "speed_rating", "help_rating", "value_rating", "comment")
SAID = {
    "slow": (
        "The connection drops every evening.",
        "Far too slow when everybody is at home.",
        "Not the speed we were sold.",
    ),
    "price": ("Too expensive since the price went up.", "The bill is higher than promised.", "Not worth the money."),
    "help": ("I waited an hour on the phone.", "The support desk never called back.", "Nobody could fix my router."),
    "good": ("Fast and never down.", "Great speed for streaming.", "The support desk was friendly and quick."),
}


def _accounts(draw: np.random.Generator) -> list[dict[str, Any]]:
    """Half of them pay by the month; the welcome was drawn by lot."""
    made: list[dict[str, Any]] = []
    for at in range(ACCOUNTS):
        joined = dt.date(2021, 1, 4) + dt.timedelta(days=int(draw.integers(0, 1_700)))
        stay = int(draw.exponential(2_200))
        left = joined + dt.timedelta(days=max(60, stay))
        made.append(
            {
                "account_no": f"A{at + 1:05d}",
                "plan": str(draw.choice(list(PLANS), p=[0.4, 0.35, 0.25])),
                "billing": str(draw.choice(["monthly", "annual"])),
                "region": str(draw.choice(list(REGIONS))),
                "care_team": str(draw.choice(list(TEAMS))),
                "welcome": str(draw.choice(["call", "letter"])),
                "joined_on": joined,
                "left_on": left if left <= LAST else None,
                "warmth": float(draw.normal(0, 0.5)),
            }
        )
    return made


def _latent(account: dict[str, Any], day: dt.date, noise: float) -> float:
    points = PLANS[account["plan"]] + REGIONS[account["region"]] + account["warmth"] + noise * 0.87
    points += CALL_EFFECT if account["welcome"] == "call" else 0.0
    return float(points + (RISE_EFFECT if account["billing"] == "monthly" and day >= RISE else 0.0))


def _comment(draw: np.random.Generator, score: int, account: dict[str, Any], day: dt.date) -> str:
    if draw.random() > 0.45:
        return ""
    hit = account["billing"] == "monthly" and day >= RISE
    kinds = ["good"] if score >= 8 else ["price", "price", "slow", "help"] if hit else ["slow", "slow", "help", "price"]
    return str(draw.choice(SAID[str(draw.choice(kinds))]))


def _answers(draw: np.random.Generator, accounts: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    calendar, answering = days(FIRST, LAST), accounts[SILENT:]
    made: list[dict[str, Any]] = []
    while len(made) < ANSWERS:
        day = calendar[len(made) * len(calendar) // ANSWERS]
        account = answering[int(draw.integers(len(answering)))]
        if account["joined_on"] > day or (account["left_on"] or LAST) < day:
            continue
        latent = _latent(account, day, float(draw.normal()))
        score = int(np.searchsorted(CUTS, latent))
        speed, care, value = (
            int(np.clip(round(3.3 + k * latent + draw.normal(0, 0.8)), 1, 5)) for k in (0.8, 0.4, 0.15)
        )
        told = (day, score, str(draw.choice(["e-mail", "text message"])), speed, care, value)
        made.append(account | dict(zip(ANSWER, (*told, _comment(draw, score, account, day)), strict=True)))
    return made


def _spoilt(draw: np.random.Generator, answers: Sequence[dict[str, Any]]) -> list[list[Any]]:
    """The rows of the survey file: with answers that do not count, and some that came twice."""
    rows: list[list[Any]] = []
    for at, answer in enumerate(answers):
        row = [f"q{at + 1:05d}", answer["account_no"], *(answer[name] for name in ANSWER)]
        rows += [row, row] if at % 170 == 5 else [row]
        if at % 90 == 3:
            score = str(draw.choice(["", "n/a", "11"]))
            rows.append(
                [f"x{at + 1:05d}", answer["account_no"], answer["answered_on"], score, "e-mail", "", "", "", ""]
            )
    return rows


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    accounts = _accounts(draw)
    answers = _answers(draw, accounts)
    survey, base = folder / "survey.csv", folder / "accounts.tsv"
    with survey.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["answer_id", "account_no", *ANSWER])
        writer.writerows(_spoilt(draw, answers))
    with base.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(ACCOUNT)
        for at, account in enumerate(accounts):
            spelt = account["plan"].upper() if at % 211 == 7 else account["plan"]
            writer.writerow([spelt if name == "plan" else account[name] or "" for name in ACCOUNT])
    columns = (*ACCOUNT, *ANSWER)
    rows: list[Row] = [tuple(answer[name] for name in columns) for answer in answers]
    event = BusinessEvent(
        date=RISE,
        synonyms=["price increase", "the rise"],
        affects={"billing": ["monthly"]},
        spares={"billing": ["annual"]},
    )
    return Made(
        files=[survey, base],
        tables={
            "answers": Truths(columns, rows),
            "accounts": Truths(ACCOUNT, [tuple(account[name] for name in ACCOUNT) for account in accounts]),
        },
        options=LoadOptions(events={"price_rise": event}),
        truth={"hit": "monthly", "rise": RISE, "best_plan": "Platinum", "worst_region": "South"},
    )


WORLD = World(
    "fibre",
    "An internet provider: the price rise of 2025-04-01 hurts those who pay by the month, and nothing else moves.",
    _write,
)
