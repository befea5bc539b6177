"""Cohorts and ages that are not there are not found: the joint tests hold their level with many thin cells."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tools.measure.cohort_contrasts import bands, besides, with_pseudo_answers
from tools.measure.cohort_nps import cohort_nps
from tools.stats.contrasts import clustered_mean_covariance, hotelling_df, joint_test
from warehouse.workspace import Warehouse

Row = dict[str, Any]


def nothing_planted(seed: int) -> tuple[list[Row], list[Row]]:
    """900 customers who joined in two years and gave 2,500 answers in the third; the score is their own mood."""
    draw = random.Random(seed)
    mood = [draw.gauss(0, 1.5) for _ in range(900)]
    joined = [dt.date(2023, 1, 1) + dt.timedelta(draw.randrange(731)) for _ in mood]
    rows = []
    for _ in range(2500):
        who = draw.randrange(900)
        score = min(10, max(0, round(7.6 + mood[who] + draw.gauss(0, 2.2))))
        day = dt.date(2025, 1, 1) + dt.timedelta(draw.randrange(365))
        rows.append({"customer_id": f"c{who}", "responded_at": day, "nps_score": score})
    return [{"customer_id": f"c{i}", "joined_at": day} for i, day in enumerate(joined)], rows


def test_the_tests_use_plain_variances_and_an_f_distribution(load: Callable[..., Warehouse]) -> None:
    """The p-value of cohorts once more from the rows: regression within ages by the sums of squares' own contrasts."""
    customers, rows = nothing_planted(4)
    result = cohort_nps(load(rows, customers=customers))
    joined = {c["customer_id"]: c["joined_at"] for c in customers}
    place, who, x = [], [], []
    for row in rows:
        start = joined[row["customer_id"]]
        age = int((row["responded_at"] - start).days / 91.3125)
        place.append((f"{start.year}-Q{(start.month - 1) // 3 + 1}", age))
        who.append(int(row["customer_id"][1:]))
        x.append(100.0 * ((row["nps_score"] > 8) - (row["nps_score"] < 7)))
    large = sorted({p for p in place if place.count(p) >= 20})
    inside = [i for i, p in enumerate(place) if p in large]
    cell = [large.index(place[i]) for i in inside]
    mean, covariance, n = clustered_mean_covariance([x[i] for i in inside], cell, [who[i] for i in inside])
    own = [len({who[i] for i, c in zip(inside, cell, strict=True) if c == at}) for at in range(len(large))]
    rows_of = {name: np.array([key[0] == name for key in large], float) for name in sorted({key[0] for key in large})}
    contrasts = []
    for mine in list(rows_of.values())[:-1]:
        weights = mine * n / (mine @ n)
        for age in {key[1] for key in large}:
            there = np.array([key[1] == age for key in large])
            weights[there] -= (mine * n)[there].sum() / (mine @ n) * n[there] / n[there].sum()
        contrasts.append(weights)
    df = hotelling_df(covariance, contrasts, own)
    expected = joint_test(mean, covariance, contrasts, denominator_df=df)
    p_value = next(fact.value for fact in result.facts if fact.id == result.cohort_p)
    assert p_value == pytest.approx(expected.p_value, rel=1e-6)
    assert result.cohorts_differ == (expected.p_value < 0.05)


def test_ages_that_are_alike_are_rarely_called_different(load: Callable[..., Warehouse]) -> None:
    """Of twelve surveys without any effect the old test called ages by month different in about every fourth."""
    called = 0
    for seed in range(12):
        customers, rows = nothing_planted(seed)
        result = cohort_nps(load(rows, customers=customers), grain="month")
        assert any("tested as one" in note for note in result.caveats)
        called += bool(result.ages_differ)
    assert called <= 3  # more than 3 of 12 at 5 %: 0.2 %; at 23 %: 30 %


def test_thin_neighbours_are_put_together_and_nobody_is_left_over() -> None:
    customers = np.array([70.0, 30.0, 20.0, 20.0, 65.0, 10.0])
    assert bands([0, 1, 2, 3, 4, 5], customers, 60) == [0, 1, 1, 1, 2, 2]
    assert bands([5, 4], np.array([10.0, 10.0]), 60) == [0, 0]
    assert bands([1, 1, 2], np.array([30.0, 30.0, 60.0]), 60) == [0, 0, 1]


def test_a_cell_of_one_class_keeps_the_variance_of_its_interval() -> None:
    filled = with_pseudo_answers(np.diag([0.0, 9.0]), np.array([100.0, 20.0]), np.array([17.0, 30.0]))
    assert filled[1, 1] == 9
    assert filled[0, 0] == pytest.approx(10_000 * (18.5 / 20 - (17 / 20) ** 2) / 20)


def test_what_is_left_beside_a_line_is_uncorrelated_with_it() -> None:
    covariance = np.array([[2.0, 0.5, 0.0], [0.5, 1.0, 0.2], [0.0, 0.2, 3.0]])
    line = np.array([-1.0, 0.0, 1.0])
    for left in besides([np.array([1.0, -1.0, 0.0]), np.array([0.0, 1.0, -1.0])], line, covariance):
        assert float(left @ covariance @ line) == pytest.approx(0, abs=1e-12)
