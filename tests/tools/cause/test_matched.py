"""matched_effect: planted effects behind confounding are found, and what cannot be compared is refused."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tools.cause.matched import MatchedEffectResult, matched_effect
from tools.stats.adjusted_effects import balanced_effect, propensity_weighted_effect
from tools.stats.balancing import entropy_balance
from tools.stats.propensity import propensity_scores
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
PLANTED = 20.0


def world(n: int = 1500, seed: int = 1, repeat: int = 1) -> list[Row]:
    """Large customers get guided onboarding more often and are less happy; guidance raises NPS by 20 points.

    NPS classes are drawn with the probabilities that make the effect 20 points for everybody.
    """
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        size, age = draw.choice(["small", "medium", "large"]), draw.uniform(0, 10)
        lean = {"small": -1.2, "medium": -0.2, "large": 0.9}[size] + 0.1 * (age - 5)
        guided = draw.random() < 1 / (1 + math.exp(-lean))
        promoter = 0.2 + {"small": 0.25, "medium": 0.1, "large": 0.0}[size] + 0.02 * age / 2 + (0.1 if guided else 0.0)
        detractor = 0.35 - (0.1 if guided else 0.0)
        for _time in range(repeat):
            chance = draw.random()
            score = 10 if chance < promoter else 3 if chance < promoter + detractor else 8
            rows.append(
                {
                    "customer_id": f"c{i}",
                    "nps_score": score,
                    "onboarding": "guided" if guided else "self",
                    "size": size,
                    "age": round(age, 3),
                    "region": draw.choice(["north", "south"]),
                }
            )
    return rows


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    return world()


@pytest.fixture(scope="module")
def guided(load: Callable[..., Warehouse], rows: list[Row]) -> Warehouse:
    return load(rows)


def ask(warehouse: Warehouse, **arguments: Any) -> MatchedEffectResult:
    return matched_effect(warehouse, **{"treatment": {"onboarding": "guided"}, **arguments})


def fact(result: MatchedEffectResult, key: str | None) -> Any:
    return next(item for item in result.facts if item.id == key)


def method(result: MatchedEffectResult, name: str) -> Any:
    return fact(result, next(item.difference for item in result.methods if item.method == name))


def arrays(rows: list[Row]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Covariates by hand: two dummies of size, one of region, age."""
    x = np.array([[r["size"] == "small", r["size"] == "large", r["region"] == "north", r["age"]] for r in rows], float)
    t = np.array([r["onboarding"] == "guided" for r in rows])
    return x, t, np.array([100.0 * ((r["nps_score"] > 8) - (r["nps_score"] < 7)) for r in rows])


def test_the_planted_effect_is_found_where_the_naive_difference_misses_it(guided: Warehouse) -> None:
    result = ask(guided)
    naive, headline = fact(result, result.naive), fact(result, result.headline)
    assert naive.value < PLANTED - 5
    assert headline.low < PLANTED < headline.high
    assert headline.value > naive.value
    assert result.verdict == "higher"
    assert result.agreement == "agree"
    assert result.headline_method == "entropy balancing"
    assert set(result.covariates) == {"size", "age", "region"}


def test_the_methods_are_those_of_the_numerics_on_the_rows(guided: Warehouse, rows: list[Row]) -> None:
    result, (x, t, y) = ask(guided), arrays(rows)
    weighted = propensity_weighted_effect(y, t, x, propensity_scores(x, t))
    found = method(result, "propensity weighting")
    assert (found.value, found.low, found.high) == pytest.approx((weighted.estimate, weighted.low, weighted.high))
    w = np.ones(len(t))
    w[~t] = entropy_balance(x[~t], x[t].mean(axis=0)).weights
    balanced = balanced_effect(y, t, x, w)
    found = method(result, "entropy balancing")
    assert (found.value, found.low, found.high) == pytest.approx((balanced.estimate, balanced.low, balanced.high))
    assert fact(result, result.naive).value == pytest.approx(y[t].mean() - y[~t].mean())
    assert fact(result, result.treated_level).n == t.sum()


def test_balance_is_told_before_and_after(guided: Warehouse, rows: list[Row]) -> None:
    result, (x, t, _y) = ask(guided), arrays(rows)
    row = next(item for item in result.balance if item.covariate == "size: small" or item.covariate == "size: large")
    column = x[:, 0] if row.covariate == "size: small" else x[:, 1]
    share, other = column[t].mean(), column[~t].mean()
    assert fact(result, row.before).value == pytest.approx((share - other) / math.sqrt(share * (1 - share)), abs=1e-4)
    assert fact(result, row.after["entropy balancing"]).value == pytest.approx(0, abs=1e-4)
    assert fact(result, result.worst_before).value > 0.3
    assert all(item.balanced for item in result.methods)
    assert result.chart is not None and result.table is not None
    states = {point["state"] for point in result.chart["data"]["values"]}
    assert states == {"before", "entropy balancing", "propensity weighting", "matching"}


def test_the_e_value_belongs_to_the_headline(guided: Warehouse, rows: list[Row]) -> None:
    result, (_x, t, y) = ask(guided), arrays(rows)
    spread = math.sqrt((y[t].var(ddof=1) + y[~t].var(ddof=1)) / 2)
    ratio = math.exp(0.91 * fact(result, result.headline).value / spread)
    assert fact(result, result.e_value).value == pytest.approx(ratio + math.sqrt(ratio * (ratio - 1)))
    assert 1 <= fact(result, result.e_value_limit).value < fact(result, result.e_value).value


def test_the_effect_on_everybody_balances_both_groups(guided: Warehouse) -> None:
    result = ask(guided, estimand="ate")
    headline = fact(result, result.headline)
    assert headline.low < PLANTED < headline.high
    assert headline.value != pytest.approx(fact(ask(guided), result.headline).value)


def test_swapping_the_groups_turns_the_sign_of_the_effect_on_everybody(guided: Warehouse) -> None:
    one = ask(guided, estimand="ate")
    other = matched_effect(guided, treatment={"onboarding": "self"}, estimand="ate")
    for name in ("entropy balancing", "propensity weighting", "matching"):
        assert method(one, name).value == pytest.approx(-method(other, name).value, abs=1e-6)


def test_customers_who_answer_twice_do_not_count_twice(load: Callable[..., Warehouse], rows: list[Row]) -> None:
    once, twice = ask(load(rows[:600])), ask(load([row for row in rows[:600] for _ in range(2)]))
    for name in ("entropy balancing", "propensity weighting", "matching"):
        one, two = method(once, name), method(twice, name)
        assert two.value == pytest.approx(one.value, abs=0.01)
        assert two.high - two.low == pytest.approx(one.high - one.low, rel=0.06)


def test_confounding_alone_is_no_effect(load: Callable[..., Warehouse]) -> None:
    draw = random.Random(9)
    rows = []
    for row in world(1200, seed=4):
        promoter = {"small": 0.6, "medium": 0.4, "large": 0.2}[row["size"]]
        rows.append(row | {"nps_score": 10 if draw.random() < promoter else 3})
    result = ask(load(rows))
    assert fact(result, result.naive_p).value < 0.001
    assert result.verdict == "no clear difference"


def test_another_outcome_and_a_named_control(load: Callable[..., Warehouse], rows: list[Row]) -> None:
    three = [row | {"onboarding": "video"} if i % 5 == 0 else row for i, row in enumerate(rows)]
    three = [row | {"renewed": "yes" if row["nps_score"] > 7 else "no"} for row in three]
    result = ask(load(three), control={"onboarding": "self"}, outcome="renewed", covariates=["size", "age"])
    assert fact(result, result.naive).unit == "share difference"
    assert fact(result, result.control_level).n == sum(row["onboarding"] == "self" for row in three)
    assert not result.covariates_chosen
    assert set(result.covariates) == {"size", "age"}


def test_customers_of_whom_it_is_not_known_belong_to_neither_side(
    load: Callable[..., Warehouse], rows: list[Row]
) -> None:
    unknown = [row | {"onboarding": None} if i % 10 == 0 else row for i, row in enumerate(rows)]
    result = ask(load(unknown))
    assert fact(result, result.control_level).n == sum(row["onboarding"] == "self" for row in unknown)


def test_ratings_given_with_the_answer_are_left_out_unless_named(load: Callable[..., Warehouse]) -> None:
    draw = random.Random(2)
    rows = [row | {"support": draw.randint(1, 5)} for row in world(600)]
    warehouse = load(rows)
    result = ask(warehouse)
    assert "support" not in result.covariates
    assert any("support" in caveat and "ratings" in caveat for caveat in result.caveats)
    assert "support" in ask(warehouse, covariates=["size", "support"]).covariates


def test_a_column_that_is_the_treatment_by_another_name_is_named(load: Callable[..., Warehouse]) -> None:
    rows = [row | {"coach": "Ann" if row["onboarding"] == "guided" else "nobody"} for row in world(400)]
    with pytest.raises(NpsError, match=r"no overlap: coach .* with covariates = \["):
        ask(load(rows))


def test_a_number_that_separates_the_groups_is_named(load: Callable[..., Warehouse]) -> None:
    rows = [
        row | {"fee": 100 + i % 37 + (50 if row["onboarding"] == "guided" else 0)} for i, row in enumerate(world(400))
    ]
    with pytest.raises(NpsError, match=r"'fee' tells treated and controls apart \(separation\)"):
        ask(load(rows))


def test_a_value_that_only_few_treated_have_is_left_out_and_said(load: Callable[..., Warehouse]) -> None:
    rows = [
        row | {"branch": "pilot" if row["onboarding"] == "guided" and i % 25 == 0 else "usual"}
        for i, row in enumerate(world(1500))
    ]
    result = ask(load(rows))
    assert any("only one of the groups has it: branch pilot" in caveat for caveat in result.caveats)
    assert "branch" in result.dropped


def test_constant_covariates_are_dropped_and_named(load: Callable[..., Warehouse]) -> None:
    rows = [row | {"plan": "Pro" if row["region"] == "north" else "Basic"} for row in world(800)]
    result = ask(load(rows), where={"region": "north"}, covariates=["size", "plan", "age"])
    assert result.dropped == ["plan"]
    assert any("plan" in caveat and "carry nothing" in caveat for caveat in result.caveats)


def test_groups_too_unlike_are_refused(load: Callable[..., Warehouse]) -> None:
    draw = random.Random(6)
    rows = []
    for row in world(600):
        guided = draw.random() < 0.5
        age = draw.uniform(0, 100) if draw.random() < 0.02 else draw.uniform(80, 100) if guided else draw.uniform(0, 20)
        rows.append(row | {"onboarding": "guided" if guided else "self", "age": round(age, 2)})
    with pytest.raises(NpsError, match=r"overlap|too unlike"):
        ask(load(rows), covariates=["age"])


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"treatment": {}}, "needs a treatment"),
        ({"treatment": {"onboarding": "coached"}}, "no value of onboarding 'coached'"),
        ({"treatment": {"training": "yes"}}, "no dimension 'training'"),
        ({"control": {"onboarding": ["guided", "self"]}}, "both treated and control"),
        ({"covariates": ["onboarding"]}, "cannot be adjusted for"),
        ({"covariates": ["weather"]}, "no dimension 'weather'"),
        ({"where": {"onboarding": "self"}}, "leave it out of where"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(
    guided: Warehouse, arguments: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(NpsError, match=sentence):
        ask(guided, **arguments)


def test_too_few_customers_and_too_many_columns_are_refused(load: Callable[..., Warehouse]) -> None:
    few = [row | {"onboarding": "guided" if i < 15 else "self"} for i, row in enumerate(world(300))]
    with pytest.raises(MissingDataError, match=r"fewer than 20 customers .* onboarding guided"):
        ask(load(few))
    draw = random.Random(7)
    many = [row | {f"d{k}": draw.choice("abcd") for k in range(6)} for row in world(130)]
    with pytest.raises(NpsError, match="too many"):
        ask(load(many))


def test_an_outcome_that_is_the_same_for_all_treated_is_refused(load: Callable[..., Warehouse]) -> None:
    rows = [row | {"nps_score": 10} if row["onboarding"] == "guided" else row for row in world(300)]
    with pytest.raises(MissingDataError, match="are the same"):
        ask(load(rows))
