"""compare of two groups looks at what else differs between them: Simpson's paradox is told, chance is not."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.measure.compare import CompareResult, compare
from warehouse.workspace import Warehouse

Load = Callable[..., Warehouse]
Row = dict[str, Any]
VELO: dict[str, Any] = {"group": {"courier": "Velo"}, "against": {"courier": "Rapid"}}


def planted(cells: dict[tuple[str, str], tuple[int, int]], seed: int = 3, **more: list[str]) -> list[Row]:
    """Answers of each courier and zone: how many, and how many of 100 are promoters (the others are detractors)."""
    draw, rows = random.Random(seed), []
    for (courier, zone), (size, happy) in cells.items():
        for i in range(size):
            score = 10 if 100 * i < happy * size else 2
            rows.append({"nps_score": score, "courier": courier, "zone": zone, "size": draw.choice(["s", "m", "l"])})
    for name, values in more.items():
        for row in rows:
            row[name] = draw.choice(values)
    draw.shuffle(rows)
    return rows


SIMPSON = {
    ("Velo", "Centre"): (400, 70),
    ("Velo", "Rural"): (100, 30),
    ("Rapid", "Centre"): (100, 80),
    ("Rapid", "Rural"): (400, 40),
}


def told(result: CompareResult, by_id: Any) -> tuple[Any, Any, Any]:
    assert result.alike is not None
    return result.alike, by_id(result, result.alike.difference), by_id(result, result.alike.by_mix)


def test_the_sign_turns_within_strata(load: Load, by_id: Any) -> None:
    result = compare(load(planted(SIMPSON)), **VELO)
    alike, gap, mix = told(result, by_id)
    assert (alike.dimension, alike.change, result.verdict, alike.verdict) == ("zone", "turned", "higher", "lower")
    # NPS 40 against 60 in the Centre and -40 against -20 in the country: 20 lower in both, whatever the weights.
    assert (gap.value, gap.n) == (pytest.approx(-20), 1000)
    assert gap.high < 0
    whole = by_id(result, result.difference).value
    assert whole == pytest.approx(24 - -4)
    assert gap.value + mix.value == pytest.approx(whole)
    assert any("2 dimensions were looked at" in caveat for caveat in result.caveats)


def test_against_the_rest_too(load: Load, by_id: Any) -> None:
    result = compare(load(planted(SIMPSON)), group={"courier": "Velo"})
    assert told(result, by_id)[0].change == "turned"


def test_a_gap_that_is_all_composition_is_gone(load: Load, by_id: Any) -> None:
    cells = {key: (size, 70 if key[1] == "Centre" else 35) for key, (size, _happy) in SIMPSON.items()}
    alike, gap, _mix = told(compare(load(planted(cells)), **VELO), by_id)
    assert (alike.change, alike.verdict) == ("gone", "no clear difference")
    assert gap.low < 0 < gap.high


def test_a_gap_that_the_whole_hides_appears(load: Load, by_id: Any) -> None:
    cells = {
        ("Velo", "Centre"): (700, 60),
        ("Velo", "Rural"): (100, 40),
        ("Rapid", "Centre"): (200, 75),
        ("Rapid", "Rural"): (600, 55),
    }
    result = compare(load(planted(cells)), **VELO)
    assert result.verdict == "no clear difference"
    assert (told(result, by_id)[0].change, told(result, by_id)[0].verdict) == ("appeared", "lower")


def test_a_gap_that_mostly_stays_is_a_fact_and_no_caveat(load: Load, by_id: Any) -> None:
    cells = {
        ("Velo", "Centre"): (600, 90),
        ("Velo", "Rural"): (400, 70),
        ("Rapid", "Centre"): (400, 50),
        ("Rapid", "Rural"): (600, 30),
    }
    result = compare(load(planted(cells)), **VELO)
    assert (told(result, by_id)[0].change, told(result, by_id)[1].value) == ("kept", pytest.approx(80))
    assert not any("strata" in caveat for caveat in result.caveats)


def test_nothing_is_said_where_the_groups_are_alike(load: Load) -> None:
    cells = {key: (250, happy) for key, (_size, happy) in SIMPSON.items()}
    result = compare(load(planted(cells)), **VELO)
    assert (result.alike, result.verdict) == (None, "lower")


def test_ratings_and_what_followed_from_the_opinion_are_no_strata(load: Load) -> None:
    draw, rows = random.Random(6), planted({("Velo", "Any"): (300, 70), ("Rapid", "Any"): (300, 40)})
    for row in rows:
        happy = row["nps_score"] == 10
        row |= {
            "zone": None,
            "support_rating": draw.choice([4, 5] if happy else [1, 2, 3]),
            "renewal_status": "renewed" if happy else "cancelled",
        }
    assert compare(load(rows), **VELO).alike is None


def test_a_group_that_is_alone_in_its_strata_has_no_like(load: Load) -> None:
    rows = planted({("Velo", "Centre"): (200, 70), ("Rapid", "Rural"): (200, 40)})
    assert compare(load(rows), **VELO).alike is None


def test_values_below_the_minimum_base_are_pooled(load: Load, by_id: Any) -> None:
    cells = SIMPSON | {("Velo", "Island"): (2, 50), ("Rapid", "Island"): (60, 50), ("Velo", "Sea"): (3, 50)}
    result = compare(load(planted(cells | {("Rapid", "Sea"): (9, 50)})), **VELO)
    assert told(result, by_id)[0].change == "turned"
    assert told(result, by_id)[1].n == 1000 + 2 + 60 + 3 + 9


def test_shares_and_means_as_well(load: Load, by_id: Any) -> None:
    rows = planted(SIMPSON)
    for row in rows:
        row |= {"late": "no" if row["nps_score"] == 10 else "yes", "minutes": row["nps_score"] * 3.5 + len(row["zone"])}
    survey = load(rows)
    share = compare(survey, **VELO, outcome="late")
    alike, gap, _mix = told(share, by_id)
    assert (alike.dimension, alike.change, share.verdict, alike.verdict) == ("zone", "turned", "lower", "higher")
    assert (gap.value, gap.unit) == (pytest.approx(0.1), "share difference")
    mean = compare(survey, **VELO, outcome="score")
    assert told(mean, by_id)[1].value == pytest.approx(-0.8)


def test_customers_who_answer_often_are_no_proof(load: Load) -> None:
    """Twelve customers who answered forty times each: that Velo's live elsewhere than Rapid's says little."""
    draw = random.Random(4)
    rows = []
    for i in range(12):
        courier, zone = ("Velo", "Rapid")[i % 2], draw.choice(["Centre", "Rural"])
        happy = 0.65 if zone == "Centre" else 0.35
        for _answer in range(40):
            score = 10 if draw.random() < happy else 2
            rows.append({"customer_id": f"c{i}", "nps_score": score, "courier": courier, "zone": zone})
    survey = load(rows)
    assert survey.catalog.repeated_customers
    assert compare(survey, **VELO).alike is None


def test_one_statement_counts_all_dimensions(load: Load) -> None:
    cells = {key: (250, happy) for key, (_size, happy) in SIMPSON.items()}
    values = ["x", "y", "z"]
    result = compare(load(planted(cells, weather=values, van=values, hub=values, colour=values)), **VELO)
    assert len(result.sql) == 3


def test_chance_is_hardly_taken_for_a_finding(load: Load) -> None:
    """Thirty columns drawn at random, one of which matters for the score: each in turn is the group."""
    draw, rows = random.Random(12), []
    names = [f"trait{at}" for at in range(30)]
    for _answer in range(1_200):
        row: Row = {name: draw.choice("abc"[: 2 + at % 2]) for at, name in enumerate(names)}
        row["nps_score"] = 10 if draw.random() < {"a": 0.7, "b": 0.4, "c": 0.2}[row["trait1"]] else 4
        rows.append(row)
    survey = load(rows)
    found = [compare(survey, group={name: "a"}).alike for name in names if name != "trait1"]
    assert sum(alike is not None for alike in found) <= 2
    assert not any(alike is not None and alike.change in ("turned", "gone") for alike in found)


@pytest.mark.parametrize("large", [False, True])
def test_repeated_answers_widen_the_gap_in_like_strata(
    load: Load, by_id: Any, monkeypatch: pytest.MonkeyPatch, large: bool
) -> None:
    """Each customer answers twice alike: the interval is that of one answer of each, in a large survey too."""
    rows = [row | {"customer_id": f"c{i}"} for i, row in enumerate(planted(SIMPSON))]
    once, twice = load(rows), load([row for row in rows for _time in range(2)])
    plain = told(compare(once, **VELO), by_id)[1]
    monkeypatch.setattr("tools.measure.compare_alike.is_large", lambda _rows: large)
    alike, gap, _mix = told(compare(twice, **VELO), by_id)
    assert (alike.change, gap.value, gap.n) == ("turned", pytest.approx(plain.value), 2_000)
    assert gap.high - gap.low == pytest.approx(plain.high - plain.low, rel=0.1)


def test_the_outcome_is_no_stratum_of_its_own(load: Load) -> None:
    """Neither the column that is compared nor what follows from it: every stratum would hold one outcome alone."""
    draw, rows = random.Random(5), list[Row]()
    for i in range(1600):
        shown = i % 2 == 0
        paid = draw.random() < (0.4 if shown else 0.25)
        rows.append(
            {
                "nps_score": draw.choice([3, 8, 9]),
                "checklist": "shown" if shown else "not shown",
                "converted": "yes" if paid else "no",
                "paid_plan": draw.choice(["Basic", "Pro"]) if paid else "free",
                "country": draw.choice(["Austria", "Spain"]),
            }
        )
    asked: dict[str, Any] = {"group": {"checklist": "shown"}, "against": {"checklist": "not shown"}}
    result = compare(load(rows), **asked, outcome="converted")
    assert result.verdict == "higher"
    assert result.alike is None
    assert not {"converted", "paid_plan"} & {fact.where.get("dimension") for fact in result.facts}
