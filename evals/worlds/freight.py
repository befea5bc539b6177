"""A freight company's business customers: an Excel export of answers, and the accounts in a file of their own."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np

from evals.worlds import drawing
from evals.worlds.drawing import Columns, effect, pick, planted
from evals.worlds.world import Made, World

FIRST, LAST = dt.date(2024, 7, 1), dt.date(2025, 12, 31)
FALL, SINCE = -26, dt.date(2025, 7, 1)
MANAGERS = ("T. Brandt", "M. Kowalska", "J. de Wit", "A. Laurent", "S. Okafor")
FIRMS = ("Alba", "Rhein", "Nova", "Polar", "Delta", "Gamma", "Terra", "Vento")
UNKNOWN = ("AC-9901", "AC-9902", "AC-9903")
LABELS = {10: "10 - Extremely likely", 0: "0 - Not at all likely"}
ANSWERS = (
    "Response No",
    "Account Code",
    "Date of Response",
    "How likely is it that you would recommend NordFracht to a colleague or business partner?",
    "Respondent Role",
    "Lane",
    "Why did you give this score?",
)
ACCOUNTS = (
    "Account Code",
    "Account Name",
    "Industry",
    "Key Account",
    "Country",
    "Acct Mgr",
    "Revenue kEUR",
    "Customer Since",
)


def _write(folder: Path, seed: int) -> Made:
    draw = np.random.default_rng(seed)
    accounts = _accounts(draw, 230)
    truth = _answers(draw, 1_500, accounts)
    given = truth.pop("given")
    written, truth["score"] = drawing.spoilt(draw, given, {"": 20, "N/A": 4}, LABELS)
    cells = (
        _codes_as_typed(draw, truth["account"]),
        truth["responded_on"],
        [int(text) if text.isdigit() else text or None for text in written],
        truth["role"],
        truth["lane"],
        drawing.comments(draw, given, 0.4),
    )
    rows = drawing.repeated(draw, [(at + 1, *row) for at, row in enumerate(zip(*cells, strict=True))], 9)
    book = drawing.write_workbook(folder / "NordFracht NPS survey.xlsx", {"Responses": (ANSWERS, rows)})
    listed = drawing.write_csv(folder / "accounts.csv", ACCOUNTS, drawing.rows_of(_as_written(accounts)))
    return Made(
        files=[book, listed],
        tables={"answers": drawing.truths(truth), "accounts": drawing.truths(accounts)},
        truth={"retail": {"since": SINCE, "points": FALL}, "repeated_rows": 9, "unknown_accounts": 28},
    )


def _accounts(draw: np.random.Generator, n: int) -> Columns:
    key = pick(draw, n, {True: 30, False: 70})
    forms = pick(draw, n, {"GmbH": 1, "S.A.": 1, "Sp. z o.o.": 1, "B.V.": 1})
    names = pick(draw, n, dict.fromkeys(FIRMS, 1))
    size = np.array([900 if yes else 180 for yes in key])
    return {
        "account": [f"AC-{1000 + at}" for at in range(n)],
        "name": [f"{name} {form} {at}" for at, (name, form) in enumerate(zip(names, forms, strict=True))],
        "industry": pick(draw, n, {"Food & Beverage": 30, "Automotive": 27, "Chemicals": 18, "Retail/E-Com": 25}),
        "key_account": key,
        "country": pick(draw, n, {"DE": 45, "PL": 20, "FR": 20, "NL": 15}),
        "manager": pick(draw, n, dict.fromkeys(MANAGERS, 1)),
        "revenue_keur": [round(float(some), 1) for some in draw.gamma(2, 1, n) * size + 20],
        "customer_since": [dt.date(2012, 1, 1) + dt.timedelta(days=int(some)) for some in draw.integers(0, 4_300, n)],
    }


def _as_written(accounts: Columns) -> Columns:
    return {**accounts, "key_account": ["Y" if yes else "N" for yes in accounts["key_account"]]}


def _answers(draw: np.random.Generator, n: int, accounts: Columns) -> Columns:
    """Answers with what their accounts say; 28 name an account that is on no list."""
    calendar = drawing.dates(draw, n, FIRST, LAST)
    who = [int(at) for at in draw.integers(0, len(accounts["account"]), n)]
    joined: Columns = {
        name: [accounts[name][at] for at in who] for name in ("account", "industry", "key_account", "country")
    }
    lane = pick(draw, n, {"DE-PL": 28, "DE-FR": 22, "DE-IT": 20, "Domestic": 30})
    role = pick(draw, n, {"Logistics Manager": 40, "Buyer": 30, "C-Level": 12, "Warehouse": 18})
    targets = (
        16 + effect(joined["industry"], {"Chemicals": -22, "Food & Beverage": 8}) + planted(18, joined["key_account"])
    )
    targets += effect(lane, {"DE-IT": -24, "Domestic": 12}) + effect(role, {"C-Level": 10, "Warehouse": -8})
    targets += effect(joined["country"], {"PL": 9})
    retail = (it == "Retail/E-Com" and day >= SINCE for it, day in zip(joined["industry"], calendar, strict=True))
    targets += planted(FALL, retail)
    for at in draw.choice(np.arange(2, n - 2), 28, replace=False):
        joined["account"][at] = str(draw.choice(UNKNOWN))
        for name in ("industry", "key_account", "country"):
            joined[name][at] = None
    given = drawing.scores(draw, targets, 0.26)
    return {**joined, "responded_on": calendar, "role": role, "lane": lane, "given": given}


def _codes_as_typed(draw: np.random.Generator, codes: list[str]) -> list[str]:
    """Some with a blank at the end; they mean the same account."""
    typed = list(codes)
    for at in draw.choice(len(typed), 14, replace=False):
        typed[at] += " "
    return typed


WORLD = World("freight", "A freight company: key accounts are happy, Retail/E-Com falls from July 2025 on.", _write)
