"""Sentiment: VADER's scores of English comments, averaged and tested as the rows say, and held against the scores."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tools.comments.polarity import compound
from tools.comments.sentiment import SentimentResult, sentiment
from tools.result import Result
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
GOOD = ["I love this product, it is wonderful", "Great service and very helpful people", "Excellent, we are very happy"]
BAD = ["I hate how slow the support is", "Terrible service, I am very angry", "The worst experience we had this year"]
FLAT = ["We use the reports on Mondays", "It is a tool that our office uses", "The invoice comes once in a month"]
GERMAN = [
    "Der Techniker ist leider nie erschienen",
    "Ich warte immer noch auf meine Rechnung",
    "Wir sind sehr zufrieden damit",
]


def rows_of(texts: list[str], count: int, score: int, **values: Any) -> list[Row]:
    return [
        {"nps_score": score, "comment": f"{texts[i % len(texts)]} ({'abcdefgh'[i % 8]})", **values}
        for i in range(count)
    ]


def with_customers(rows: list[Row], each: int = 1) -> list[Row]:
    return [{"customer_id": f"c{i // each}", **row} for i, row in enumerate(rows)]


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    made = rows_of(GOOD, 30, 10, plan="A", responded_at="2025-01-10") + rows_of(
        BAD, 12, 3, plan="A", responded_at="2025-02-10"
    )
    made += rows_of(BAD, 25, 2, plan="B", responded_at="2025-01-11") + rows_of(
        FLAT, 15, 8, plan="B", responded_at="2025-02-11"
    )
    made += rows_of(BAD, 4, 9, plan="B", responded_at="2025-02-12") + rows_of(
        GOOD, 5, 5, plan="B", responded_at="2025-01-12"
    )
    made += rows_of(FLAT, 10, 7, plan="C", responded_at="2025-02-10") + rows_of(
        BAD, 5, 3, plan="Tiny", responded_at="2025-02-10"
    )
    made += [{"nps_score": 9, "comment": text, "plan": "C", "responded_at": "2025-02-01"} for text in ("", "n/a", "-")]
    return with_customers(made, each=2)


@pytest.fixture(scope="module")
def warehouse(load: Load, rows: list[Row]) -> Warehouse:
    return load(rows)


def said(rows: list[Row]) -> list[Row]:
    return [row for row in rows if len(row["comment"]) > 5]


def scores(rows: list[Row]) -> list[float]:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyser = SentimentIntensityAnalyzer()
    return [analyser.polarity_scores(row["comment"])["compound"] for row in rows]


def clustered_error(values: list[float], customers: list[str]) -> tuple[float, int]:
    """The sandwich standard error of a mean, from its definition; and the number of customers."""
    mean, own = sum(values) / len(values), defaultdict(float)
    for value, customer in zip(values, customers, strict=True):
        own[customer] += value - mean
    groups = len(own)
    return math.sqrt(groups / (groups - 1) * sum(e * e for e in own.values())) / len(values), groups


def by_id(result: Result, key: str | None) -> Any:
    return next(fact for fact in result.facts if fact.id == key)


def test_the_mean_and_its_interval_are_those_of_the_rows(warehouse: Warehouse, rows: list[Row]) -> None:
    from scipy.stats import t

    result = sentiment(warehouse)
    own = said(rows)
    values = scores(own)
    error, customers = clustered_error(values, [row["customer_id"] for row in own])
    fact = by_id(result, result.mean)
    assert fact.n == len(own) == 106
    assert fact.value == pytest.approx(sum(values) / len(values), abs=1e-9)
    assert fact.high - fact.value == pytest.approx(t.ppf(0.975, customers - 1) * error, rel=1e-6)


def test_shares_follow_the_limits_of_vader(warehouse: Warehouse, rows: list[Row]) -> None:
    result, values = sentiment(warehouse), scores(said(rows))
    shares = [by_id(result, key).value for key in (result.positive, result.neutral, result.negative)]
    assert shares[0] == pytest.approx(sum(v >= 0.05 for v in values) / len(values))
    assert shares[2] == pytest.approx(sum(v <= -0.05 for v in values) / len(values))
    assert sum(shares) == pytest.approx(1)
    assert all(
        by_id(result, k).low < by_id(result, k).value < by_id(result, k).high
        for k in (result.positive, result.negative)
    )


def test_words_that_contradict_the_score_are_counted(warehouse: Warehouse, rows: list[Row]) -> None:
    result = sentiment(warehouse)
    own = said(rows)
    values = scores(own)
    promoters = [v for row, v in zip(own, values, strict=True) if row["nps_score"] >= 9]
    detractors = [v for row, v in zip(own, values, strict=True) if row["nps_score"] <= 6]
    assert by_id(result, result.unhappy_promoters).value == pytest.approx(
        sum(v <= -0.05 for v in promoters) / len(promoters)
    )
    assert by_id(result, result.unhappy_promoters).n == len(promoters)
    assert by_id(result, result.happy_detractors).value == pytest.approx(
        sum(v >= 0.05 for v in detractors) / len(detractors)
    )
    count = next(fact for fact in result.facts if fact.name == "unhappy_promoters")
    assert count.value == 4


def test_the_agreement_with_the_scores_is_pearsons_r(warehouse: Warehouse, rows: list[Row]) -> None:
    result = sentiment(warehouse)
    own = said(rows)
    r = np.corrcoef(scores(own), [row["nps_score"] for row in own])[0, 1]
    fact = by_id(result, result.correlation)
    assert fact.value == pytest.approx(r)
    assert fact.low < r < fact.high
    assert any(f"r = {r:.2f}" in caveat for caveat in result.caveats)


def test_cells_are_tested_against_the_rest_and_adjusted(warehouse: Warehouse, rows: list[Row]) -> None:
    result = sentiment(warehouse, by=["plan"])
    shown = [row for row in said(rows) if row["plan"] != "Tiny"]
    values = scores(shown)
    cell = next(cell for cell in result.cells if cell.where == {"plan": "A"})
    own = [v for row, v in zip(shown, values, strict=True) if row["plan"] == "A"]
    rest = [v for row, v in zip(shown, values, strict=True) if row["plan"] != "A"]
    assert by_id(result, cell.mean).value == pytest.approx(np.mean(own), abs=1e-9)
    assert by_id(result, cell.difference).value == pytest.approx(np.mean(own) - np.mean(rest), abs=1e-9)
    assert cell.verdict == "more positive"
    chances = sorted(by_id(result, c.p_holm).value for c in result.cells if c.p_holm)
    assert len(chances) == 3
    assert next(c for c in result.cells if c.where == {"plan": "B"}).verdict == "more negative"


def test_two_cells_are_one_test_and_its_error_is_that_of_two_independent_means(load: Load) -> None:
    from scipy.stats import t

    made = rows_of([*GOOD, *FLAT], 40, 9, plan="A") + rows_of([*BAD, *GOOD, *FLAT], 40, 4, plan="B")
    warehouse = load(with_customers(made))
    result = sentiment(warehouse, by=["plan"])
    a, b = (np.array(scores([row for row in made if row["plan"] == plan])) for plan in "AB")
    error = math.sqrt(a.var(ddof=1) / 40 + b.var(ddof=1) / 40)
    for cell, way in zip(result.cells, (1, -1), strict=True):
        difference = by_id(result, cell.difference)
        assert difference.value == pytest.approx(way * (a.mean() - b.mean()))
        assert difference.high - difference.value == pytest.approx(t.ppf(0.975, 39) * error, rel=1e-6)
        assert by_id(result, cell.p_holm).value == pytest.approx(
            2 * t.sf(abs(a.mean() - b.mean()) / error, 39), rel=1e-6
        )


def test_a_cell_with_few_comments_is_hidden_and_not_in_the_whole_either(warehouse: Warehouse) -> None:
    result = sentiment(warehouse, by=["plan"])
    tiny = next(cell for cell in result.cells if cell.where == {"plan": "Tiny"})
    assert tiny.n is None
    assert by_id(result, tiny.mean).value is None
    assert by_id(result, result.mean).n == 101
    assert any("not shown and not in the whole" in caveat for caveat in result.caveats)


def test_it_can_be_split_by_calendar_periods(warehouse: Warehouse) -> None:
    result = sentiment(warehouse, grain="month")
    assert [cell.where for cell in result.cells] == [{"period": "2025-01"}, {"period": "2025-02"}]
    assert result.chart is not None
    assert result.table is not None
    assert [row[0] for row in result.table.rows] == ["2025-01", "2025-02"]


def test_other_languages_are_left_out_and_said(load: Load) -> None:
    made = rows_of(GOOD, 20, 9) + rows_of(GERMAN, 8, 3) + [{"nps_score": 5, "comment": "gut"}] * 3
    result = sentiment(load(with_customers(made)))
    assert by_id(result, result.mean).n == 20
    assert by_id(result, result.left_out).value == 11
    assert any("8 German" in caveat and "3 of unknown language" in caveat for caveat in result.caveats)


def test_short_comments_count_as_english_where_nearly_all_others_are(load: Load) -> None:
    made = rows_of(GOOD, 40, 9) + [{"nps_score": 9, "comment": text} for text in ("Great", "Awful", "Brilliant")]
    result = sentiment(load(with_customers(made)))
    assert by_id(result, result.mean).n == 43
    assert any("3 comments are too short" in caveat for caveat in result.caveats)


def test_a_survey_in_another_language_is_declined_by_name(load: Load) -> None:
    made = rows_of(GERMAN, 30, 8) + rows_of(GOOD, 12, 9)
    with pytest.raises(MissingDataError, match=r"12 of 42 comments here \(29%\) are in English \(German 71%\)"):
        sentiment(load(with_customers(made)))


def test_few_comments_are_declined(load: Load, answers: Callable[..., list[Row]]) -> None:
    with pytest.raises(MissingDataError, match="at least 8 comments in English"):
        sentiment(load(with_customers(rows_of(GOOD, 7, 9) + [{"nps_score": 9, "comment": ""}] * 20)))
    with pytest.raises(MissingDataError, match="no column of comments"):
        sentiment(load(answers(10, 5, 5, plan="A")))


def test_equal_scores_have_no_interval(load: Load) -> None:
    result = sentiment(load(with_customers(rows_of(FLAT, 20, 9) + rows_of(FLAT, 10, 2))))
    fact = by_id(result, result.mean)
    assert (fact.value, fact.low, fact.high) == (0, None, None)
    assert result.leaning == "balanced"
    assert result.correlation is None


def test_curly_apostrophes_negate_like_straight_ones() -> None:
    straight, curly = compound(["It isn't good", "It isn’t good"])
    assert straight == curly < 0


def test_every_fact_comes_from_a_statement_that_was_run(warehouse: Warehouse) -> None:
    result: SentimentResult = sentiment(warehouse, by=["plan"], grain="month")
    assert all(1 <= int(fact.source.split("#")[1]) <= len(result.sql) for fact in result.facts)
    assert len({fact.id for fact in result.facts}) == len(result.facts)
    assert result.model_dump() == sentiment(warehouse, by=["plan"], grain="month").model_dump()


def test_the_demo_finds_the_plan_that_is_unhappy(pricing: Warehouse) -> None:
    result = sentiment(pricing, by=["plan"])
    verdicts = {cell.where["plan"]: cell.verdict for cell in result.cells}
    assert verdicts["Starter"] == "more negative"
    fact = by_id(result, result.correlation)
    assert fact.low > 0  # words and scores agree at all
