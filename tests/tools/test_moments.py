"""Means and clustered covariance from the engine against the same from the rows; outcomes; bounded samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import tools.rows
from tools.moments import cell_moments
from tools.outcome import find_outcome
from tools.rows import fetch_rows
from tools.scope import axis, period_axis, scope
from tools.stats.contrasts import clustered_mean_covariance
from warehouse.errors import NpsError, UnknownNameError
from warehouse.workspace import Warehouse

Load = Callable[..., Warehouse]


def by_rows(warehouse: Warehouse, value: str, key: str, condition: str) -> tuple[Any, Any, Any, list[str]]:
    """From single rows, an answer without a customer being one of its own."""
    sql = f"SELECT {value}, {key}, coalesce(customer_id, response_id) FROM cohorts WHERE {condition}"
    values, keys, who = zip(*warehouse.run(sql, rows=100_000).rows, strict=True)
    names = sorted(set(keys))
    return *clustered_mean_covariance(
        values, [names.index(k) for k in keys], np.unique(who, return_inverse=True)[1]
    ), names


def test_another_outcome_has_the_clustered_covariance_of_its_rows(pricing: Warehouse) -> None:
    found = cell_moments(pricing, [axis(pricing, "plan")], scope(pricing), find_outcome(pricing, "monthly_fee"))
    mean, cov, n, names = by_rows(pricing, "monthly_fee", "plan", "monthly_fee IS NOT NULL AND plan IS NOT NULL")
    at = [found.at(name) for name in names]
    np.testing.assert_allclose(found.mean[at], mean)
    np.testing.assert_allclose(found.n[at], n)
    np.testing.assert_allclose(found.covariance[np.ix_(at, at)], cov, atol=1e-10)


def test_customers_who_answer_in_two_periods_make_their_means_move_together(pricing: Warehouse) -> None:
    outcome = find_outcome(pricing)
    months = cell_moments(pricing, [period_axis(pricing, "quarter")], scope(pricing), outcome)
    correlation = months.covariance / np.sqrt(np.outer(np.diag(months.covariance), np.diag(months.covariance)))
    assert correlation[0, 1] > 0.01
    mean, cov, _n, names = by_rows(
        pricing,
        outcome.sql,
        "year(responded_at) || '-Q' || quarter(responded_at)",
        "score IS NOT NULL",
    )
    assert [key[0] for key in months.keys] == names
    np.testing.assert_allclose(months.mean, mean)
    plain = cov / np.sqrt(np.outer(np.diag(cov), np.diag(cov)))
    np.testing.assert_allclose(correlation, plain, atol=1e-9)
    np.testing.assert_allclose(np.diag(months.covariance), np.diag(cov), rtol=0.02)


def test_a_cell_where_everybody_agrees_keeps_its_uncertainty(load: Load, answers: Any) -> None:
    warehouse = load([*answers(12, 0, 0, plan="A"), *answers(3, 4, 5, plan="B")])
    found = cell_moments(warehouse, [axis(warehouse, "plan")], scope(warehouse), find_outcome(warehouse))
    sure = found.at("A")
    assert sure is not None and found.mean[sure] == 100
    # adjusted Wald: 12.75 promoters, 1.5 passives and 0.75 detractors of 15; the observed NPS is 15/12 of its centre
    mean, share = (12.75 - 0.75) / 15, (12.75 + 0.75) / 15
    assert found.covariance[sure, sure] == pytest.approx(10_000 * (share - mean**2) / 15 * (15 / 12) ** 2)


def test_a_share_of_all_or_none_keeps_its_uncertainty(load: Load, answers: Any) -> None:
    rows = [row | {"kept": "yes"} for row in answers(12, 0, 0, plan="A")]
    rows += [row | {"kept": "yes" if i % 3 else "no"} for i, row in enumerate(answers(10, 10, 10, plan="B"))]
    warehouse = load(rows)
    found = cell_moments(warehouse, [axis(warehouse, "plan")], scope(warehouse), find_outcome(warehouse, "kept"))
    sure, mixed = found.at("A"), found.at("B")
    assert sure is not None and mixed is not None and found.mean[sure] == 1
    # Agresti & Coull (1998): z²/2 = 1.920729 more of each kind
    share = (12 + 1.920729) / (12 + 3.841459)
    assert found.covariance[sure, sure] == pytest.approx(share * (1 - share) / (12 + 3.841459), rel=1e-6)
    # about a half the pseudo-answers would only shrink what was observed, p(1 - p)/(n - 1)
    assert found.covariance[mixed, mixed] == pytest.approx(2 / 3 * 1 / 3 / 29)


def test_shares_keep_the_correlation_of_customers_in_two_cells(load: Load) -> None:
    """Clustered variances are never narrowed, and correlations stay as they were observed."""
    rows = [
        {
            "customer_id": f"c{i}",
            "responded_at": f"2025-{month}-05",
            "nps_score": i % 11,
            "kept": "no" if i % 20 == 0 else "yes",
        }
        for i in range(40)
        for month in ("01", "02")
    ]
    warehouse = load(rows)
    outcome = find_outcome(warehouse, "kept")
    found = cell_moments(warehouse, [period_axis(warehouse, "month")], scope(warehouse), outcome)
    one, both = found.covariance[0, 0], found.covariance[0, 1]
    assert both / one == pytest.approx(1)  # everybody answers the same twice
    share = (38 + 1.920729) / (40 + 3.841459)
    assert one == pytest.approx(share * (1 - share) / (40 + 3.841459), rel=1e-6)
    assert found.contrast({0: 1, 1: -1}).standard_error == pytest.approx(0, abs=1e-9)


def test_a_share_that_rests_on_one_customer_stays_unknown(load: Load) -> None:
    rows = [
        {"customer_id": "c0" if plan == "A" else f"c{i}", "nps_score": i % 11, "plan": plan, "kept": "yes"}
        for plan in ("A", "B")
        for i in range(1, 8)
    ]
    warehouse = load(rows)
    found = cell_moments(warehouse, [axis(warehouse, "plan")], scope(warehouse), find_outcome(warehouse, "plan=A"))
    lonely, other = found.at("A"), found.at("B")
    assert lonely is not None and other is not None
    assert np.isinf(found.covariance[lonely, lonely]) and found.covariance[other, other] > 0


def test_a_number_that_does_not_vary_has_no_variance_left_of_sums(load: Load, answers: Any) -> None:
    rows = [row | {"fee": 0.1} for row in answers(30, 7, 3, plan="A")]
    rows += [row | {"fee": i / 7} for i, row in enumerate(answers(9, 9, 9, plan="B"))]
    warehouse = load(rows)
    found = cell_moments(warehouse, [axis(warehouse, "plan")], scope(warehouse), find_outcome(warehouse, "fee"))
    still, other = found.at("A"), found.at("B")
    assert still is not None and other is not None
    assert found.covariance[still, still] == 0 and found.covariance[other, other] > 0


def test_a_large_survey_takes_its_covariance_from_sampled_customers(
    pricing: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = cell_moments(pricing, [period_axis(pricing, "quarter")], scope(pricing), find_outcome(pricing))
    monkeypatch.setattr("tools.moments.is_large", lambda _rows: True)
    monkeypatch.setattr("warehouse.sample.SAMPLE_ROWS", 5_000)
    sampled = cell_moments(pricing, [period_axis(pricing, "quarter")], scope(pricing), find_outcome(pricing))
    assert sampled.sampled and not exact.sampled
    np.testing.assert_allclose(sampled.mean, exact.mean)
    np.testing.assert_allclose(sampled.n, exact.n)
    np.testing.assert_allclose(np.diag(sampled.covariance), np.diag(exact.covariance), rtol=0.15)


def test_outcomes_are_nps_numbers_yes_no_columns_and_shares_of_a_value(load: Load, answers: Any) -> None:
    rows = [
        row | {"renewed": "yes" if i % 4 else "no", "spend": i * 1.5}
        for i, row in enumerate(answers(20, 20, 20, plan="A"))
    ]
    rows += [row | {"renewed": "yes", "spend": 7} for row in answers(10, 0, 0, plan="B")]
    warehouse = load(rows)
    whole = scope(warehouse)

    def mean(name: str | None) -> float:
        return float(cell_moments(warehouse, [], whole, find_outcome(warehouse, name)).mean[0])

    assert mean(None) == mean("nps") == pytest.approx(100 * (30 - 20) / 70)
    assert mean("spend") == pytest.approx((1.5 * sum(range(60)) + 70) / 70)
    assert mean("renewed") == pytest.approx((45 + 10) / 70)
    assert mean("plan=B") == pytest.approx(10 / 70)
    with pytest.raises(NpsError, match="plan=A"):
        find_outcome(warehouse, "plan")
    with pytest.raises(UnknownNameError, match="outcome"):
        find_outcome(warehouse, "profit")


def test_a_sample_is_bounded_the_same_every_time_and_says_so(pricing: Warehouse) -> None:
    def draw() -> tools.rows.SampledRows:
        return fetch_rows(pricing, {"id": "response_id", "score": "score"}, ["score"], scope(pricing), limit=1_000)

    one, two = draw(), draw()
    assert one.sampled and 300 < one.n <= 2_000
    assert one.columns["id"].tolist() == two.columns["id"].tolist()
    assert f"{one.of:,}" in one.caveat()[0]
    whole = fetch_rows(pricing, {"id": "response_id"}, [], scope(pricing))
    assert not whole.sampled and whole.n == whole.of and whole.caveat() == []
    assert set(one.columns["id"]) <= set(whole.columns["id"])
