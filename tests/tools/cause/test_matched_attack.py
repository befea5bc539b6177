"""matched_effect and experiment: answers of the survey as covariates, too many values, periods without answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from agent.builtin.frame import Frame
from agent.builtin.writing import write
from agent.check.filling import fill
from agent.facts import Run
from tools.cause.experiment import experiment
from tools.cause.matched import matched_effect
from warehouse.errors import MissingDataError, NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

Row = dict[str, Any]
Load = Callable[..., Warehouse]
GUIDED: dict[str, Any] = {"treatment": {"grp": "treated"}}


def world(seed: int, n: int = 1600, effect: float = -1.5) -> list[Row]:
    """Scores about 7.6, those treated `effect` lower; some attributes, and answers that follow the score."""
    draw, rows = random.Random(seed), []
    for i in range(n):
        treated = draw.random() < 0.5
        score = min(10, max(0, round(draw.gauss(7.6 + effect * treated, 2.2))))
        mood = "happy" if score > 8 else "unhappy" if score < 7 else "so so"
        renew = draw.random() < 0.5 if draw.random() < 0.12 else score >= 8
        rows.append(
            {
                "customer_id": f"c{i}",
                "responded_at": f"2025-{1 + i % 12:02}-{1 + i % 28:02}",
                "nps_score": score,
                "grp": "treated" if treated else "ctrl",
                "region": draw.choice(["north", "south"]),
                "mood": mood,
                "would_renew": "yes" if renew else "no",
                "warmth": round(score * 11 + draw.gauss(0, 6), 2),
                "age": round(draw.uniform(18, 80), 1),
            }
        )
    return rows


def by_id(result: Any, key: str | None) -> Any:
    return next(fact for fact in result.facts if fact.id == key)


@pytest.fixture(scope="module")
def hurt(load: Load) -> Warehouse:
    return load(world(1))


def test_what_follows_the_score_is_no_covariate_unless_named(hurt: Warehouse) -> None:
    result = matched_effect(hurt, **GUIDED)
    assert set(result.covariates) == {"region", "age"}
    assert by_id(result, result.headline).high < -20 and result.verdict == "lower"
    (said,) = [caveat for caveat in result.caveats if caveat.startswith("Left out")]
    assert "yes/no states: would_renew" in said and "following the outcome: mood, warmth" in said
    assert "with covariates" in said
    named = matched_effect(hurt, **GUIDED, covariates=["region", "would_renew"])
    assert set(named.covariates) == {"region", "would_renew"}


def test_where_only_results_are_left_they_are_named_and_can_be_named(load: Load) -> None:
    kept = ("customer_id", "nps_score", "grp", "would_renew")
    known = load([{name: row[name] for name in kept} for row in world(2)])
    with pytest.raises(MissingDataError, match=r"yes/no states: would_renew.* name those known before"):
        matched_effect(known, **GUIDED)
    assert matched_effect(known, **GUIDED, covariates=["would_renew"]).covariates == ["would_renew"]


def test_the_treatment_is_no_outcome(hurt: Warehouse) -> None:
    with pytest.raises(NpsError, match="is the treatment itself"):
        matched_effect(hurt, **GUIDED, outcome="grp=treated")


def test_a_share_of_nobody_keeps_its_uncertainty_within_0_to_1(load: Load) -> None:
    rows = [
        row | {"left": "yes" if row["grp"] == "treated" and i % 9 == 0 else "no"} for i, row in enumerate(world(3, 600))
    ]
    with pytest.raises(MissingDataError, match="are the same"):
        matched_effect(load(rows), **GUIDED, outcome="left", covariates=["region"])
    rare = [row | {"left": "yes" if i % 149 == 0 else "no"} for i, row in enumerate(world(3, 600))]
    result = matched_effect(load(rare), **GUIDED, outcome="left", covariates=["region"])
    for key in (result.treated_level, result.control_level):
        level = by_id(result, key)
        assert 0 <= level.low <= level.value < level.high <= 1


def many(rows: list[Row], kinds: int) -> list[Row]:
    return [row | {"store": f"s{i * 7 % kinds}"} for i, row in enumerate(rows)]


def test_a_covariate_of_too_many_values_is_said_to_have_too_many(load: Load) -> None:
    known = load(many(world(4, 900), 150))
    with pytest.raises(NpsError, match=r"'store' has 150 values, too many to adjust for .* at most 19, of 20 answers"):
        matched_effect(known, **GUIDED, covariates=["store"])
    result = matched_effect(known, **GUIDED, covariates=["store", "region"])
    assert result.covariates == ["region"]
    assert any("'store' has 150 values" in caveat for caveat in result.caveats)


def test_the_values_told_apart_are_counted_where_most_are_not(load: Load) -> None:
    result = matched_effect(load(many(world(5, 1600), 40)), **GUIDED, covariates=["store"])
    assert any("only the 19 commonest are told apart" in caveat for caveat in result.caveats)


def test_a_period_without_answers_names_the_span_of_the_data(hurt: Warehouse) -> None:
    sentence = r"The period '2031' holds no answers; this data has answers from 2025-01-01 to 2025-12-"
    with pytest.raises(MissingDataError, match=sentence):
        matched_effect(hurt, **GUIDED, period="2031")
    with pytest.raises(MissingDataError, match=sentence):
        experiment(hurt, variant="grp", period="2031")


def test_data_without_a_score_asks_for_an_outcome(tmp_path: Any) -> None:
    rows = ["customer_id,grp,spend,kept"]
    rows += [f"c{i},{'ab'[i % 2]},{i % 41 + 0.25},{'yes' if i % 3 else 'no'}" for i in range(300)]
    (tmp_path / "shop.csv").write_text("\n".join(rows) + "\n")
    make_workspace([tmp_path / "shop.csv"], tmp_path / "ws", LoadOptions(no_score=True))
    with Warehouse(tmp_path / "ws") as shop:
        sentence = r"no 0-10 score; name an outcome: one of spend, .*kept"
        with pytest.raises(MissingDataError, match=sentence):
            matched_effect(shop, treatment={"grp": "a"})
        with pytest.raises(MissingDataError, match=sentence):
            experiment(shop, variant="grp")
        assert experiment(shop, variant="grp", outcome="kept").outcome == "kept"


@pytest.mark.parametrize(
    ("answering", "says", "never"),
    [
        ({"a": 390, "b": 440}, "The variants may differ in who answers", "no sign"),  # p = 0.023
        ({"a": 390, "b": 410}, "There is no sign that", "may differ"),  # p = 0.36
        ({"a": 390, "b": 480}, "do not have the outcome equally often", "no sign"),  # p < 0.001
    ],
)
def test_who_answers_is_called_alike_only_without_a_sign_against_it(
    load: Load, answering: dict[str, int], says: str, never: str
) -> None:
    customers = [{"customer_id": f"{arm}{i}", "arm": arm} for arm in answering for i in range(1000)]
    rows = [
        {"customer_id": f"{arm}{i}", "nps_score": 10 - i % 7} for arm, some in answering.items() for i in range(some)
    ]
    known = load(rows, customers=customers)
    run = Run()
    result = run.adopt(experiment(known, variant="arm"))
    text = fill(write(Frame("tool", tool="experiment", arguments={}), [result], known.catalog), run.facts).text
    assert says in text
    assert never not in text


def test_the_answer_of_a_matched_effect_still_stands(hurt: Warehouse) -> None:
    run = Run()
    result = run.adopt(matched_effect(hurt, **GUIDED))
    text = fill(write(Frame("tool", tool="matched_effect", arguments={}), [result], hurt.catalog), run.facts).text
    assert "Made alike on: " in text
