"""response_bias where nobody of a category answered: that comes first, and each dimension left out has its reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from agent.builtin.frame import Frame
from agent.builtin.writing import write
from tools.measure.response_bias import ResponseBiasResult, response_bias
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]


def world(silent: int) -> tuple[list[Row], list[Row]]:
    """200 gold customers, all but 40 of whom answered, and `silent` of tier bronze, none of whom did."""
    customers = [
        {"customer_id": f"c{i}", "tier": "gold" if i < 200 else "bronze", "arm": "ab"[i % 2]}
        for i in range(200 + silent)
    ]
    rows = [{"customer_id": f"c{i}", "nps_score": (10, 9, 8, 3)[i % 4]} for i in range(160)]
    return rows, customers


def fact(result: ResponseBiasResult, name: str) -> Any:
    return next(f for f in result.facts if f.name == name)


def test_a_category_of_which_nobody_answered_comes_first(load: Load) -> None:
    rows, customers = world(800)
    survey = load(rows, customers=customers)
    result = response_bias(survey)
    assert result.verdict == "part of the base is not heard"
    assert result.unheard_groups == [{"tier": "bronze"}]
    assert (fact(result, "base_not_heard").value, fact(result, "share_of_base_not_heard").value) == (800, 0.8)
    assert result.weighted_on == ["arm"]
    assert any("Not weighted on: tier (no answer at all from bronze)." in caveat for caveat in result.caveats)
    text = write(Frame("tool", tool="response_bias"), [result], survey.catalog)
    assert text.startswith("Part of the base is not heard at all")
    assert "all customers" not in text


def test_a_few_silent_people_are_no_silent_group(load: Load) -> None:
    rows, customers = world(5)  # four answers expected
    result = response_bias(load(rows, customers=customers))
    assert result.unheard is None
    assert result.verdict == "no clear difference"


def test_silent_people_are_counted_once_over_several_dimensions(load: Load) -> None:
    rows, customers = world(100)
    for customer in customers:
        customer["region"] = "far" if customer["tier"] == "bronze" else "near"
    result = response_bias(load(rows, customers=customers))
    assert fact(result, "base_not_heard").value == 100
    assert {"tier": "bronze"} in result.unheard_groups
    assert {"region": "far"} in result.unheard_groups


def test_more_categories_than_the_answers_carry_are_called_so(load: Load) -> None:
    rows, customers = world(0)
    for i, customer in enumerate(customers):
        customer.update({f"d{k}": "xyz"[(i * (k + 1) + i // 7) % 3] for k in range(9)})
    result = response_bias(load(rows, customers=customers))
    told = next(caveat for caveat in result.caveats if caveat.startswith("Not weighted on"))
    assert "the answers do not carry more categories" in told
    assert len(result.weighted_on) <= 8
