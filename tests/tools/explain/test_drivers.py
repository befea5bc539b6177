"""key_drivers: planted drivers are found in their order, leaks are left out, noise is called noise."""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tools.explain.drivers import KeyDriversResult, key_drivers
from tools.explain.ordered import ordered_codes
from tools.stats.drivers import shapley_r2
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse, make_workspace

Row = dict[str, Any]
Load = Callable[..., Warehouse]
WORDS = ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"]


def company(seed: int, n: int = 800, gaps: float = 0.0, **more: Callable[[random.Random, int], Any]) -> list[Row]:
    """Support weighs most, then the product (asked in words), then usage; the website and the country nothing."""
    draw = random.Random(seed)
    rows: list[Row] = []
    for i in range(n):
        mood = draw.gauss(0, 0.6)
        support, product, website = (min(5, max(1, round(3.2 + mood * tie + draw.gauss(0, 1)))) for tie in (1, 1, 0))
        usage = round(draw.lognormvariate(2, 0.5) * 10, 1)
        score = 5.5 + 1.2 * (support - 3) + 0.6 * (product - 3) + 0.008 * (usage - 80) + draw.gauss(0, 1.3)
        row: Row = {
            "customer_id": f"c{i}",
            "nps_score": min(10, max(0, round(score + 1.5))),
            "support": support,
            "product": WORDS[product - 1],
            "website": website,
            "usage_minutes": usage,
            "country": draw.choice(["Germany", "France", "Spain", "Italy"]),
        }
        row |= {name: make(draw, row["nps_score"]) for name, make in more.items()}
        if draw.random() < gaps:
            row["support"] = None
        rows.append(row)
    return rows


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return company(1)


@pytest.fixture(scope="module")
def survey(load: Load, rows: list[Row]) -> Warehouse:
    return load(rows)


@pytest.fixture(scope="module")
def result(survey: Warehouse) -> KeyDriversResult:
    return key_drivers(survey)


def names(result: KeyDriversResult) -> list[str]:
    return [driver.name for driver in result.drivers]


def left_out(result: KeyDriversResult) -> dict[str, str]:
    return {item.column: item.reason for item in result.left_out}


def of(result: KeyDriversResult, name: str) -> Any:
    return next(driver for driver in result.drivers if driver.name == name)


def test_planted_drivers_stand_in_their_order_with_their_direction(result: KeyDriversResult, by_id: Any) -> None:
    assert names(result)[:3] == ["support", "product", "usage_minutes"]
    assert set(names(result)) == {"support", "product", "usage_minutes", "website", "country"}
    assert result.explains and result.method == "shapley"
    support, website = of(result, "support"), of(result, "website")
    assert (support.kind, support.direction, support.clear, support.above_next) == ("rating", "higher", True, True)
    assert website.direction == "no clear association" and not website.clear
    assert by_id(result, website.weight).low == 0
    assert of(result, "country").kind == "category" and of(result, "country").direction == "no clear association"


def test_importance_is_shapleys_share_of_the_variation_of_nps(
    result: KeyDriversResult, rows: list[Row], by_id: Any
) -> None:
    y = [(row["nps_score"] > 8) - (row["nps_score"] < 7) for row in rows]
    columns = [
        [row["support"] for row in rows],
        [WORDS.index(row["product"]) for row in rows],
        [row["website"] for row in rows],
        [row["usage_minutes"] for row in rows],
        *([row["country"] == country for row in rows] for country in ("Germany", "France", "Spain")),
    ]
    r = np.corrcoef(np.array([*columns, y], dtype=float))
    expected = shapley_r2(r[:-1, :-1], r[:-1, -1], [[0], [1], [2], [3], [4, 5, 6]])
    order = ["support", "product", "website", "usage_minutes", "country"]
    for name, weight, share in zip(order, expected.weights, expected.shares, strict=True):
        assert by_id(result, of(result, name).weight).value == pytest.approx(weight, abs=1e-9)
        assert by_id(result, of(result, name).importance).value == pytest.approx(share, abs=1e-9)
    whole = by_id(result, result.r_squared)
    assert whole.value == pytest.approx(expected.r_squared) and whole.n == 800
    assert whole.low < whole.value < whole.high


def test_odds_are_those_of_statsmodels_for_a_step(result: KeyDriversResult, rows: list[Row], by_id: Any) -> None:
    pytest.importorskip("statsmodels")
    from statsmodels.miscmodels.ordinal_model import OrderedModel

    usage = np.array([row["usage_minutes"] for row in rows])
    x = np.column_stack(
        [
            [row["support"] for row in rows],
            [WORDS.index(row["product"]) for row in rows],
            [row["website"] for row in rows],
            usage / usage.std(),
            *([float(row["country"] == country) for row in rows] for country in ("Germany", "France", "Spain")),
        ]
    ).astype(float)
    y = np.array([(row["nps_score"] > 8) - (row["nps_score"] < 7) for row in rows])
    fit = OrderedModel(y, x, distr="logit").fit(method="newton", disp=0)
    for at, name in ((0, "support"), (1, "product"), (3, "usage_minutes")):
        fact = by_id(result, of(result, name).steps[0].odds_ratio)
        assert fact.value == pytest.approx(np.exp(fit.params[at]), rel=1e-4)
        assert fact.low < fact.value < fact.high


def test_performance_is_the_mean_as_a_share_of_the_scale(result: KeyDriversResult, rows: list[Row], by_id: Any) -> None:
    support = of(result, "support")
    mean = sum(row["support"] for row in rows) / len(rows)
    assert by_id(result, support.mean).value == pytest.approx(mean)
    assert by_id(result, support.performance).value == pytest.approx((mean - 1) / 4)
    assert of(result, "usage_minutes").performance is None
    assert result.chart is not None and len(result.chart["data"]["values"]) == 3  # the three ratings


def test_words_are_read_as_steps_and_it_is_said(result: KeyDriversResult) -> None:
    product = of(result, "product")
    assert product.kind == "rating" and product.coding.startswith("1 Strongly disagree")
    assert any("equally spaced" in caveat and "product" in caveat for caveat in result.caveats)


def test_it_never_claims_a_cause_and_says_what_would_settle_it(result: KeyDriversResult) -> None:
    assert any("associations" in caveat and "experiment" in caveat for caveat in result.caveats)


def test_the_same_data_gives_the_same_figures(survey: Warehouse, result: KeyDriversResult) -> None:
    assert key_drivers(survey).facts == result.facts


@pytest.fixture(scope="module")
def leaky(load: Load) -> Warehouse:
    made = company(
        2,
        stars=lambda _draw, score: score // 2,
        happy=lambda _draw, score: ("low", "mid", "top")[(score > 6) + (score > 8)],
        percent=lambda draw, score: round(10 * score + draw.uniform(0, 4), 2),
        nps_repeat=lambda draw, _score: draw.randint(1, 5),
        status=lambda draw, score: "churned" if score < 5 and draw.random() < 0.7 else "stayed",
        rare=lambda draw, _score: draw.choice([1, 2, 3, 4, 5]) if draw.random() < 0.3 else None,
    )
    return load([row | {"support_doubled": 2 * row["support"]} for row in made])


def test_the_score_under_another_name_is_left_out_with_a_caveat(leaky: Warehouse) -> None:
    result = key_drivers(leaky)
    reasons = left_out(result)
    for name in ("stars", "happy", "percent"):
        assert "score under another name" in reasons[name]
    assert "what the score asks" in reasons["nps_repeat"] and "after the answer" in reasons["status"]
    assert "fewer than half" in reasons["rare"] and "determine" in reasons["support_doubled"]
    assert set(names(result)) == {"support", "product", "website", "usage_minutes", "country"}
    assert any(caveat.startswith("Left out:") and "stars" in caveat for caveat in result.caveats)


def test_a_named_leak_is_left_out_and_alone_it_is_refused(leaky: Warehouse) -> None:
    assert names(key_drivers(leaky, drivers=["support", "happy"])) == ["support"]
    with pytest.raises(MissingDataError, match="score under another name"):
        key_drivers(leaky, drivers=["percent"])


def test_a_named_column_of_few_answers_is_used(leaky: Warehouse) -> None:
    result = key_drivers(leaky, drivers=["support", "rare"])
    assert set(names(result)) == {"support", "rare"}
    assert any("lack a value" in caveat and "rare" in caveat for caveat in result.caveats)


def test_gaps_are_left_out_or_imputed_and_both_are_said(load: Load) -> None:
    survey = load(company(3, n=500, gaps=0.25))
    complete, imputed = key_drivers(survey), key_drivers(survey, missing="impute")
    used = next(fact for fact in complete.facts if fact.name == "answers_used")
    answered = next(f for f in complete.facts if f.name == "answered_share" and f.where["driver"] == "support")
    assert used.value == round(500 * answered.value) < 450  # type: ignore[operator]
    assert next(fact.value for fact in imputed.facts if fact.name == "answers_used") == 500
    assert any("missing='impute'" in caveat for caveat in complete.caveats)
    assert any("Rubin" in caveat for caveat in imputed.caveats)
    assert names(imputed)[:2] == names(complete)[:2] == ["support", "product"]


def test_noise_is_called_noise(load: Load) -> None:
    rows = company(4, n=400)
    scores = [row["nps_score"] for row in rows]
    random.Random(1).shuffle(scores)
    result = key_drivers(load([row | {"nps_score": score} for row, score in zip(rows, scores, strict=True)]))
    assert not result.explains
    assert all(driver.direction == "no clear association" for driver in result.drivers)
    assert all(fact.value is None for fact in result.facts if fact.name == "importance")
    assert any("do not rank them" in caveat for caveat in result.caveats)


def test_answering_twice_makes_no_interval_narrower(load: Load, rows: list[Row]) -> None:
    once = key_drivers(load(rows[:300]), drivers=["support", "website"])
    twice = key_drivers(load([*rows[:300], *rows[:300]]), drivers=["support", "website"])
    for name in ("odds_ratio", "nps_effect", "mean"):
        first, second = (next(f for f in result.facts if f.name == name) for result in (once, twice))
        assert second.value == pytest.approx(first.value)
        assert (second.low, second.high) == pytest.approx((first.low, first.high), rel=0.01)
    assert any("more than once" in caveat for caveat in twice.caveats)


def test_ratings_that_move_as_one_are_called_a_halo(load: Load) -> None:
    draw = random.Random(5)
    rows = []
    for i in range(400):
        mood = draw.gauss(0, 1)
        items = {f"item_{at}": min(5, max(1, round(3 + mood + draw.gauss(0, 0.45)))) for at in range(4)}
        rows.append(
            {"customer_id": f"c{i}", "nps_score": min(10, max(0, round(7 + 2 * mood + draw.gauss(0, 1)))), **items}
        )
    result = key_drivers(load(rows))
    assert result.halo and any("move together" in caveat for caveat in result.caveats)
    assert not all(driver.above_next for driver in result.drivers[:-1])


def test_many_drivers_go_by_johnson_and_shapley_is_refused(load: Load) -> None:
    draw = random.Random(6)
    rows = company(6, n=400, **{f"item_{at}": lambda d, _s: d.randint(1, 5) for at in range(14)})
    draw.shuffle(rows)
    survey = load(rows)
    result = key_drivers(survey)
    assert result.method == "johnson" and names(result)[0] == "support"
    with pytest.raises(NpsError, match="at most 15"):
        key_drivers(survey, method="shapley")


def test_a_column_that_separates_the_classes_is_left_out_or_refused(load: Load) -> None:
    def award(draw: random.Random, score: int) -> str:
        return "yes" if score > 8 and draw.random() < 0.3 else "no"

    survey = load(company(7, n=400, award=award))
    assert "without fail" in left_out(key_drivers(survey))["award"]
    with pytest.raises(NpsError, match=r"'award'.*without fail"):
        key_drivers(survey, drivers=["support", "award"])


def test_filters_hold_and_their_dimension_is_no_driver(survey: Warehouse, rows: list[Row]) -> None:
    result = key_drivers(survey, where={"country": "Germany"})
    used = next(fact for fact in result.facts if fact.name == "answers_used")
    assert used.value == sum(row["country"] == "Germany" for row in rows)
    assert used.where == {"country": "Germany"} and "country" not in names(result)


def test_too_few_answers_one_class_and_no_columns_are_refused(load: Load, survey: Warehouse, answers: Any) -> None:
    with pytest.raises(MissingDataError, match=r"30 answers.*50 are needed"):
        key_drivers(load(company(8, n=30)), drivers=["support"])
    with pytest.raises(MissingDataError, match="are promoters"):
        key_drivers(load([row | {"support": i % 5 + 1} for i, row in enumerate(answers(80, 0, 0))]))
    with pytest.raises(MissingDataError, match=r"no column that could be a driver.*ratings"):
        key_drivers(load(answers(30, 30, 30)))
    with pytest.raises(UnknownNameError, match="suport"):
        key_drivers(survey, drivers=["suport"])


def test_a_rare_value_is_told_with_others_or_not_at_all(load: Load) -> None:
    rows = company(9, n=300)
    for at, row in enumerate(rows):
        row["country"] = "Malta" if at < 3 else "Iceland" if at < 7 else row["country"]
    told = {fact.where.get("value") for fact in key_drivers(load(rows)).facts}
    assert "(other, too few answers)" in told and not {"Malta", "Iceland"} & told
    for row in rows[3:7]:
        row["country"] = "Spain"
    told = {fact.where.get("value") for fact in key_drivers(load(rows)).facts}
    assert not {"(other, too few answers)", "Malta"} & told


def test_two_classes_are_enough(load: Load) -> None:
    rows = [row for row in company(10) if not 7 <= row["nps_score"] <= 8]
    result = key_drivers(load(rows), drivers=["support", "website"])
    assert names(result)[0] == "support" and of(result, "support").steps[0].nps_effect is None


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        (["Agree", "Strongly Agree", "Disagree"], [4, 5, 2]),
        (["Very satisfied", "Neither satisfied nor dissatisfied", "Satisfied", "N/A"], [5, 3, 4, None]),
        (["All of the time", "Often", "Sometimes", "Rarely"], [5, 4, 3, 2]),
        (["Most of it", "About\xa0half\xa0of\xa0it", "None of it"], [4, 3, 1]),
        (["Not at all able", "Extremely able", "Neutral", "Slightly able", "Moderately able"], [1, 5, 3, 2, 4]),
        (["poor", "fair", "good", "very good", "excellent"], [1, 2, 3, 4, 5]),
        (["1 - bad", "2 - fair", "3 - good"], [1, 2, 3]),
        (["sehr zufrieden", "zufrieden", "unzufrieden"], [5, 4, 2]),
    ],
)
def test_scales_in_words_are_recognised(values: list[str], codes: list[int | None]) -> None:
    coding = ordered_codes(values)
    assert coding is not None and [coding.codes.get(value) for value in values] == codes


@pytest.mark.parametrize(
    "values",
    [
        ["Too slow", "Just right", "Too fast"],
        ["Starter", "Growth", "Scale"],
        ["1-10", "11-50", "51-200"],
        ["3 to 12 months", "1 to 2 years", "2 years and more"],
        ["Agree", "Disagree"],
        ["Agree", "Strongly agree", "Maybe tomorrow"],
    ],
)
def test_other_texts_are_no_scale(values: list[str]) -> None:
    assert ordered_codes(values) is None


def test_the_pricing_demo_answers(pricing: Warehouse) -> None:
    result = key_drivers(pricing, period="2025-Q4")
    assert names(result)[:2] == ["plan", "billing"] and result.explains
    assert "tenure" not in names(result) and "tenure_days" in names(result)
    assert of(result, "billing").direction == "higher"


@pytest.mark.skipif("NPSIGHT_DATA" not in os.environ, reason="NPSIGHT_DATA does not name the folder of real surveys")
def test_the_carpentries_drivers(tmp_path: Path) -> None:
    survey = Path(os.environ["NPSIGHT_DATA"]) / "carpentries-surveys" / "20180908_post_clean.csv"
    make_workspace([survey], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as warehouse:
        result = key_drivers(warehouse)
    assert names(result)[0] == "Worth" and result.drivers[0].above_next
    assert "Recommend" in left_out(result) and "fewer than half" in left_out(result)["MCQPostAbility"]
    assert {of(result, name).kind for name in ("Worth", "TrainersClearAnswers", "NewInformation")} == {"rating"}
    assert of(result, "Pace").kind == "category"


def test_a_driver_that_hardly_varies_by_itself_has_no_direction_told(load: Load) -> None:
    rows = company(11, n=400)
    draw = random.Random(1)
    result = key_drivers(
        load([row | {"calls": round(row["usage_minutes"] / 5 + draw.gauss(0, 0.5), 2)} for row in rows])
    )
    for name in ("usage_minutes", "calls"):
        assert of(result, name).direction == "tied to other drivers"
    assert any("inflation" in caveat and "calls" in caveat for caveat in result.caveats)


def test_shown_figures_are_facts_with_an_existing_statement(result: KeyDriversResult) -> None:
    assert {fact.source for fact in result.facts} == {"key_drivers#2"} and len(result.sql) == 2
    assert result.table is not None
    told = {fact.value for fact in result.facts}
    for row in result.table.rows:
        assert {cell for cell in row[1:] if isinstance(cell, float)} <= told | {
            end for fact in result.facts for end in (fact.low, fact.high)
        }
