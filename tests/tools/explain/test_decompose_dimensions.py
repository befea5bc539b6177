"""decompose_change over several dimensions: parts that add up, and intervals that know customers who answered twice."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from tools.explain.decompose import DecomposeResult, decompose_change
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
PERIODS: dict[str, Any] = {"before": "2025-01", "after": "2025-02"}


def rows(counts: dict[tuple[str, str], tuple[int, int]], happy: dict[str, float], seed: int = 1) -> list[Row]:
    """Answers in January and February of each plan and region; the share of promoters is the plan's, none else."""
    draw = random.Random(seed)
    return [
        {
            "customer_id": f"{plan}{region}{month}{i}",
            "nps_score": 10 if draw.random() < happy[plan] else 7,
            "responded_at": f"2025-{month:02d}-10",
            "plan": plan,
            "region": region,
        }
        for (plan, region), sizes in counts.items()
        for month, size in zip((1, 2), sizes, strict=True)
        for i in range(size)
    ]


@pytest.fixture(scope="module")
def shifted(load: Load) -> Warehouse:
    """Fewer of the happy plan A; region North shrinks with it but makes no difference itself."""
    counts = {
        ("A", "North"): (400, 150),
        ("A", "South"): (100, 80),
        ("B", "North"): (100, 110),
        ("B", "South"): (200, 460),
    }
    return load(rows(counts, {"A": 0.7, "B": 0.2}))


def cut(result: DecomposeResult) -> Any:
    (found,) = result.dimensions
    return found


def test_the_mix_is_divided_among_the_dimensions(shifted: Warehouse, by_id: Any) -> None:
    result = decompose_change(shifted, **PERIODS, by=["plan", "region"])
    found = cut(result)
    plan, region = found.parts
    assert (plan.dimension, region.dimension) == ("plan", "region")
    assert (plan.clear, region.clear) == (True, False)
    parts = [by_id(result, part.effect) for part in found.parts]
    rest = by_id(result, found.combinations)
    mix = by_id(result, found.mix)
    assert sum(part.value for part in parts) + rest.value == pytest.approx(mix.value)
    assert parts[0].high < 0 and parts[1].low < 0 < parts[1].high
    change = by_id(result, result.change).value
    assert mix.value + by_id(result, found.within).value == pytest.approx(change)
    assert [part.where["of"] for part in parts] == ["plan", "region"]


def test_the_part_is_the_shift_of_shares_times_the_adjusted_effect(load: Load, by_id: Any) -> None:
    # Independent dimensions and rates without noise: the part is the sum of share shift times level.
    answers = []
    for month, shares in ((1, {"A": 6, "B": 4}), (2, {"A": 3, "B": 7})):
        for plan, size in shares.items():
            for region in ("North", "South"):
                promoters = {"A": 4, "B": 1}[plan] * size
                for i in range(5 * size):
                    score = 10 if i < promoters else 7
                    answers.append(
                        {"nps_score": score, "responded_at": f"2025-{month:02d}-10", "plan": plan, "region": region}
                    )
    result = decompose_change(load(answers), **PERIODS, by=["plan", "region"])
    plan, region = cut(result).parts
    assert by_id(result, plan.effect).value == pytest.approx(100 * (-0.3 * 0.8 + 0.3 * 0.2))
    assert by_id(result, region.effect).value == pytest.approx(0, abs=1e-9)
    assert by_id(result, cut(result).combinations).value == pytest.approx(0, abs=1e-9)


def test_one_dimension_has_no_parts(shifted: Warehouse) -> None:
    found = cut(decompose_change(shifted, **PERIODS, by=["plan"]))
    assert (found.parts, found.shared, found.combinations) == ([], None, None)


def test_dimensions_that_follow_from_each_other_are_told_as_one(load: Load, by_id: Any) -> None:
    counts = {("A", "North"): (90, 40), ("B", "South"): (80, 140)}
    result = decompose_change(load(rows(counts, {"A": 0.8, "B": 0.3})), **PERIODS, by=["plan", "region"])
    found = cut(result)
    assert [part.effect for part in found.parts] == [None, None]
    assert by_id(result, found.shared).value == pytest.approx(by_id(result, found.mix).value)
    assert any("cannot be told apart" in caveat for caveat in result.caveats)


def test_sparse_combinations_are_said(load: Load) -> None:
    counts = {("A", f"r{i}"): (3, 3) for i in range(20)} | {("A", "North"): (40, 60), ("B", "North"): (60, 40)}
    result = decompose_change(load(rows(counts, {"A": 0.7, "B": 0.2})), **PERIODS, by=["plan", "region"])
    assert any("name fewer dimensions" in caveat for caveat in result.caveats)


def test_customers_who_answer_in_both_periods_make_the_within_effect_surer(load: Load, by_id: Any) -> None:
    draw = random.Random(5)
    panel: list[Row] = []
    for who in range(300):
        plan, mood = draw.choice("AB"), draw.choice([2, 4, 7, 8, 10, 10])
        for month in (1, 2):
            score = mood if draw.random() < 0.9 else draw.choice([2, 7, 10])
            panel.append(
                {"customer_id": f"c{who}", "nps_score": score, "responded_at": f"2025-0{month}-10", "plan": plan}
            )
    strangers = [row | {"customer_id": f"x{i}"} for i, row in enumerate(panel)]
    found = {}
    for name, answers in (("panel", panel), ("strangers", strangers)):
        result = decompose_change(load(answers), **PERIODS, by=["plan"])
        found[name] = by_id(result, cut(result).within)
    assert found["panel"].value == pytest.approx(found["strangers"].value)
    assert found["panel"].high - found["panel"].low < 0.5 * (found["strangers"].high - found["strangers"].low)


def test_the_same_question_gives_the_same_answer(shifted: Warehouse) -> None:
    one, other = (decompose_change(shifted, **PERIODS, by=["plan", "region"]) for _ in range(2))
    assert one == other


def test_parts_name_the_statement_that_summed_their_answers(shifted: Warehouse, by_id: Any) -> None:
    result = decompose_change(shifted, **PERIODS, by=["plan", "region"])
    fact = by_id(result, cut(result).parts[0].effect)
    statement = result.sql[int(fact.source.split("#")[1]) - 1]
    summed = shifted.run(statement, rows=100_000).rows
    assert sum(row[-3] for row in summed) == 1600
    assert fact.n == 1600
