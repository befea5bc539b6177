"""Pricing demo, the truth: what was planted, what the model expects of it, and what this sample holds."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np

from warehouse.demo import pricing_activity as activity
from warehouse.demo import pricing_world as world
from warehouse.demo.comments import THEMES, Comments, theme_shares
from warehouse.demo.latent import CUTS, FloatArray, IntArray, expected_nps, nps_class, score_icc
from warehouse.demo.truths import BoolArray, class_counts, kitagawa

PLANS: Final = [{"plan": plan} for plan in world.PLANS]
CELLS: Final = [{"plan": plan, "billing": billing} for plan in world.PLANS for billing in world.BILLINGS]


class Sample:
    """The valid answers with what the truth splits them by."""

    def __init__(self, customers: world.Customers, answers: world.Answers) -> None:
        self.answers = answers
        self.score = answers.score
        self.balance: FloatArray = np.array([-100.0, 0.0, 100.0])[nps_class(answers.score)]
        self.plan: IntArray = customers.plan[answers.customer]
        self.cell: IntArray = customers.cell[answers.customer]
        self.monthly: BoolArray = customers.billing[answers.customer] == 0
        date = world.START + answers.day
        self.month = date.astype("M8[M]")
        self.before: BoolArray = (date >= world.BEFORE_FROM) & (date < world.RISE)
        self.after: BoolArray = date >= world.RISE


def planted_truth(customers: world.Customers, answers: world.Answers, churned: world.DateArray) -> dict[str, Any]:
    """Everything about the answers; comments and blemishes have truths of their own."""
    sample = Sample(customers, answers)
    everyone = np.ones(len(answers.score), dtype=np.bool_)
    return {
        "as_of": str(world.END),
        "periods": {
            "before": f"{world.BEFORE_FROM}..{world.RISE - 1}",
            "after": f"{world.RISE}..{world.END}",
        },
        "answers": _answer_counts(answers, churned),
        "price_rise": _price_rise(sample),
        "expected": _expected(sample),
        "sample": _sample(sample),
        "decomposition": {
            "plan": _split(sample, sample.plan, PLANS, everyone),
            "plan, billing": _split(sample, sample.cell, CELLS, everyone),
            "plan, among monthly": _split(sample, sample.plan, PLANS, sample.monthly),
            "plan, among annual": _split(sample, sample.plan, PLANS, ~sample.monthly),
        },
        "starter_share_by_month": _starter_share(sample),
        "country": {
            "better": world.COUNTRIES[int(np.argmax(world.COUNTRY_SHIFTS))],
            "points": world.country_effect(),
            "others": "equal",
        },
        "dimensions_without_effect": ["industry", "company_size", "channel"],
        "related_only_through_plan_and_billing": ["joined_at", "tenure", "monthly_fee", "amount"],
        "repeated_answers": {
            "icc_latent": world.ICC,
            "icc_score": score_icc(world.ICC),
            "cut_points": CUTS.tolist(),
        },
        "churn": _churn(),
        "events": {
            "support_ticket": f"rate falls by exp({activity.TICKET_SLOPE}) per standard deviation of warmth",
            "without_effect": ["login", "export", "upgrade"],
        },
    }


def comment_truth(answers: world.Answers, comments: Comments, response_ids: list[str]) -> dict[str, Any]:
    """Expected and written shares of the themes, and the ids of the comments made for a purpose."""
    filled = np.array([bool(text) for text in comments.text])
    detractor = nps_class(answers.score) == 0
    groups = {
        "detractors hit by the rise, after the ramp": detractor & (answers.price_talk == 1),
        "detractors not hit, or before the rise": detractor & (answers.price_talk == 0),
    }
    return {
        "filled": int(filled.sum()),
        "main_theme_shares_planted": _theme_shares_planted(answers, groups),
        "price_as_main_theme_in_sample": _price_talk_in_sample(comments, groups),
        "special": {kind: [response_ids[i] for i in rows] for kind, rows in comments.special.items()},
        "themes": {response_ids[i]: list(comments.themes[i]) for i in np.flatnonzero(filled).tolist()},
    }


def blemish_truth(scores: list[str], invalid: list[bool], numbers: list[int], plans: list[str]) -> dict[str, Any]:
    """Counted from what was written, row by row."""
    rows = list(zip(scores, invalid, strict=True))
    thrown_out = Counter(score or "blank" for score, bad in rows if bad)
    labelled = Counter(score for score, bad in rows if not bad and not score.isdigit())
    return {
        "survey_rows": len(scores),
        "exact_duplicate_rows": len(numbers) - len(set(numbers)),
        "invalid_scores": dict(thrown_out),
        "labelled_scores": dict(labelled),
        "plan_spellings": dict(Counter(plan for plan in plans if plan not in world.PLANS)),
        "valid_distinct_answers": world.ANSWERS,
    }


def _answer_counts(answers: world.Answers, churned: world.DateArray) -> dict[str, Any]:
    per_customer = np.bincount(answers.customer, minlength=world.CUSTOMERS)
    return {
        "valid_distinct": len(answers.score),
        "customers": int((per_customer > 0).sum()),
        "customers_with_repeated_answers": int((per_customer > 1).sum()),
        "churned_customers": int((~np.isnat(churned)).sum()),
        "first_day": str(world.START + answers.day.min()),
        "last_day": str(world.START + answers.day.max()),
    }


def _price_rise(sample: Sample) -> dict[str, Any]:
    """Who was hit and by how much; the effect on the hit is known because the model knows both worlds.

    The plain difference in differences overstates it: Starter grows faster among the monthly customers.
    """
    effect = expected_nps(sample.answers.shift_hit) - expected_nps(sample.answers.shift)
    monthly, annual = _change(sample, sample.monthly), _change(sample, ~sample.monthly)
    return {
        "date": str(world.RISE),
        "ramp_days": world.RAMP_DAYS,
        "fee_rise": activity.FEE_RISE,
        "affects": {"billing": ["monthly"]},
        "grandfathered": {"billing": ["annual"]},
        "expected_effect_on_monthly_after": float(effect[sample.after & sample.monthly].mean()),
        "sample_change_monthly": monthly,
        "sample_change_annual": annual,
        "sample_difference_in_differences": monthly - annual,
        "sample_difference_in_differences_within_plans": _within_plans(sample),
    }


def _change(sample: Sample, rows: BoolArray) -> float:
    return float(sample.balance[rows & sample.after].mean() - sample.balance[rows & sample.before].mean())


def _within_plans(sample: Sample) -> float:
    """Difference in differences in each plan, averaged over the monthly answers after the rise."""
    hit = np.bincount(sample.plan[sample.after & sample.monthly], minlength=len(world.PLANS))
    differences = [
        _change(sample, (sample.plan == p) & sample.monthly) - _change(sample, (sample.plan == p) & ~sample.monthly)
        for p in range(len(world.PLANS))
    ]
    return float(hit @ np.array(differences) / hit.sum())


def _expected(sample: Sample) -> dict[str, Any]:
    """What the model expects of these answers, given who answered when."""
    points = expected_nps(sample.answers.shift_hit)

    def levels(rows: BoolArray) -> dict[str, float]:
        old, new = float(points[rows & sample.before].mean()), float(points[rows & sample.after].mean())
        return {"before": old, "after": new, "change": new - old}

    planted = zip(CELLS, world.NPS_BEFORE.ravel().tolist(), world.FULL_EFFECT.ravel().tolist(), strict=True)
    return {
        "first_month": float(points[sample.month == sample.month[0]].mean()),
        **levels(np.ones(len(points), dtype=np.bool_)),
        "plan, billing": [
            {**cell, "planted_before": level, "planted_full_effect": effect, **levels(sample.cell == c)}
            for c, (cell, level, effect) in enumerate(planted)
        ],
    }


def _sample(sample: Sample) -> dict[str, Any]:
    def counts(rows: BoolArray) -> dict[str, Any]:
        return {
            "before": class_counts(sample.score[rows & sample.before]),
            "after": class_counts(sample.score[rows & sample.after]),
        }

    everyone = np.ones(len(sample.score), dtype=np.bool_)
    return {
        "all": class_counts(sample.score),
        **counts(everyone),
        "change": _change(sample, everyone),
        "plan, billing": [{**cell, **counts(sample.cell == c)} for c, cell in enumerate(CELLS)],
    }


def _split(sample: Sample, groups: IntArray, names: list[dict[str, str]], rows: BoolArray) -> dict[str, Any]:
    return kitagawa(sample.score, groups, names, before=sample.before & rows, after=sample.after & rows)


def _starter_share(sample: Sample) -> dict[str, float]:
    months, which = np.unique(sample.month, return_inverse=True)
    share = np.bincount(which, weights=sample.plan == 0) / np.bincount(which)
    return dict(zip(months.astype(str).tolist(), share.tolist(), strict=True))


def _churn() -> dict[str, Any]:
    shares = world.CHURN_SHARES.tolist()
    return {
        "share_by_class_of_last_answer": dict(zip(("detractor", "passive", "promoter"), shares, strict=True)),
        "days_after_last_answer": list(world.CHURN_DAYS),
        "whole_for_last_answers_until": str(world.END - world.CHURN_DAYS[1]),
    }


def _theme_shares_planted(answers: world.Answers, groups: dict[str, BoolArray]) -> dict[str, dict[str, float]]:
    expected = theme_shares(nps_class(answers.score), answers.price_talk)
    return {name: dict(zip(THEMES, expected[rows][0].tolist(), strict=True)) for name, rows in groups.items()}


def _price_talk_in_sample(comments: Comments, groups: dict[str, BoolArray]) -> dict[str, Any]:
    themed = np.array([bool(themes) for themes in comments.themes])
    price = np.array([themes[:1] == ("price",) for themes in comments.themes])
    return {
        name: {"n": int((rows & themed).sum()), "share": float(price[rows & themed].mean())}
        for name, rows in groups.items()
    }
