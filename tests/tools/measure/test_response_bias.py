"""response_bias: rates and weighted NPS against plain counting; who belongs to the base; what is refused."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tools.measure.response_bias import ResponseBiasResult, response_bias
from tools.stats.weighting import weighted_nps
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
Z = 1.959963984540054


def customers_of(plan: str, country: str, count: int, **more: Any) -> list[Row]:
    return [{"customer_id": f"{plan}-{country}-{i}", "plan": plan, "country": country, **more} for i in range(count)]


def answered(
    customers: list[Row], share: float, scores: list[int], times: int = 1, day: str = "2025-03-10"
) -> list[Row]:
    """The first `share` of the customers answer, every other one of them `times` times, with the scores in turn."""
    rows = []
    for i, customer in enumerate(customers[: round(share * len(customers))]):
        for again in range(times if i % 2 else 1):
            score = scores[(i + again) % len(scores)]
            rows.append({"customer_id": customer["customer_id"], "nps_score": score, "responded_at": day})
    return rows


CELLS = {
    ("Small", "DE"): (200, 0.60),
    ("Small", "FR"): (100, 0.50),
    ("Large", "DE"): (150, 0.20),
    ("Large", "FR"): (250, 0.24),
}
SCORES = {"Small": [9, 10, 9, 7, 3], "Large": [2, 5, 8, 9]}


def two_dimensions(times: int = 1) -> tuple[list[Row], list[Row]]:
    customers, rows = [], []
    for (plan, country), (count, share) in CELLS.items():
        own = customers_of(plan, country, count)
        customers += own
        rows += answered(own, share, SCORES[plan], times)
    return rows, customers


def x(score: int) -> int:
    return (score > 8) - (score < 7)


def means(rows: list[Row]) -> dict[str, float]:
    """Each customer's mean x."""
    every: dict[str, list[int]] = {}
    for row in rows:
        every.setdefault(row["customer_id"], []).append(x(row["nps_score"]))
    return {customer: sum(xs) / len(xs) for customer, xs in every.items()}


def value(result: ResponseBiasResult, key: str | None) -> Any:
    return next(fact for fact in result.facts if fact.id == key)


def test_rates_and_tests_are_those_of_plain_counting(load: Load, fact: Any) -> None:
    rows, customers = two_dimensions()
    result = response_bias(load(rows, customers=customers), by=["plan"])
    assert (result.base, value(result, result.base_size).value, value(result, result.answered).value) == (
        "customers",
        700,
        260,
    )
    small = fact(result, "response_rate", plan="Small")
    assert small.value == pytest.approx(170 / 300) and small.n == 300
    share, n = 170 / 300, 300
    centre = (170 + Z**2 / 2) / (n + Z**2)
    margin = Z * math.sqrt(n * share * (1 - share) + Z**2 / 4) / (n + Z**2)
    assert (small.low, small.high) == pytest.approx((centre - margin, centre + margin))
    against = fact(result, "response_rate_difference", plan="Small", against="rest")
    assert against.value == pytest.approx(170 / 300 - 90 / 400)
    assert {cell.value: cell.verdict for cell in result.cells} == {"Large": "answers less", "Small": "answers more"}
    pooled = 260 / 700
    z = (170 / 300 - 90 / 400) / math.sqrt(pooled * (1 - pooled) * (1 / 300 + 1 / 400))
    assert result.cells[0].p_holm == pytest.approx(2 * math.erfc(z / math.sqrt(2)))


def test_on_one_dimension_weighting_is_the_average_over_the_base(load: Load) -> None:
    rows, customers = two_dimensions()
    result = response_bias(load(rows, customers=customers), by=["plan"])
    own = means(rows)
    by_plan = {plan: np.mean([y for c, y in own.items() if c.startswith(plan)]) for plan in SCORES}
    expected = 100 * (300 * by_plan["Small"] + 400 * by_plan["Large"]) / 700
    plain = 100 * np.mean(list(own.values()))
    assert value(result, result.nps_weighted).value == pytest.approx(expected)
    assert value(result, result.nps).value == pytest.approx(plain)
    assert value(result, result.difference).value == pytest.approx(expected - plain)
    assert result.verdict == "lower" and result.nps_once is None and result.weighted_on == ["plan"]
    weights = {"Small": 300 / 170, "Large": 400 / 90}
    every = [weights[c.split("-")[0]] for c in own]
    assert value(result, result.effective_n).value == round(sum(every) ** 2 / sum(w * w for w in every))
    assert value(result, result.largest_weight).value == pytest.approx(weights["Large"] * 260 / 700)


@pytest.mark.parametrize("times", [1, 3])
def test_on_two_dimensions_weights_are_raked_and_customers_count_once(load: Load, times: int) -> None:
    """The weights once more, by alternating in plain Python; the interval from single answers."""
    rows, customers = two_dimensions(times)
    result = response_bias(load(rows, customers=customers))
    own = means(rows)
    cell = {c: tuple(c.split("-")[:2]) for c in own}
    weights = dict.fromkeys(own, 1.0)
    for _ in range(200):
        for at in (0, 1):
            for name in {key[at] for key in CELLS}:
                target = sum(count for key, (count, _share) in CELLS.items() if key[at] == name)
                held = sum(w for c, w in weights.items() if cell[c][at] == name)
                weights |= {c: w * target / held for c, w in weights.items() if cell[c][at] == name}
    weighted = 100 * sum(weights[c] * y for c, y in own.items()) / 700
    once, plain = 100 * np.mean(list(own.values())), 100 * np.mean([x(row["nps_score"]) for row in rows])
    assert sorted(result.weighted_on) == ["country", "plan"]
    found = value(result, result.nps_weighted)
    assert found.value == pytest.approx(weighted, abs=1e-4)
    counts = {c: sum(row["customer_id"] == c for row in rows) for c in own}
    ids = [row["customer_id"] for row in rows]
    single = weighted_nps(
        [x(row["nps_score"]) for row in rows],
        [weights[c] / counts[c] for c in ids],
        categories=[[cell[c][at] for c in ids] for at in (0, 1)],
        clusters=ids,
    )
    assert value(result, result.nps).value == pytest.approx(plain)
    if times == 1:
        assert (found.low, found.high) == pytest.approx((single.low, single.high), abs=1e-3)
        assert value(result, result.difference).value == pytest.approx(weighted - plain, abs=1e-4)
        return
    assert value(result, result.nps_once).value == pytest.approx(once)
    parts = [value(result, key).value for key in (result.counting, result.difference, result.total)]
    assert parts == pytest.approx([once - plain, weighted - once, weighted - plain], abs=1e-4)


def test_answering_alike_leaves_nothing_to_mend(load: Load) -> None:
    customers = [*customers_of("A", "x", 100), *customers_of("B", "x", 100)]
    rows = [*answered(customers[:100], 0.4, [9, 8, 3]), *answered(customers[100:], 0.4, [9, 8, 3])]
    result = response_bias(load(rows, customers=customers))
    assert result.verdict == "no clear difference"
    assert value(result, result.difference).value == pytest.approx(0, abs=1e-9)
    assert value(result, result.p_value).value == pytest.approx(1)
    assert all(cell.verdict == "no clear difference" for cell in result.cells)


def test_the_silent_could_be_anything(load: Load) -> None:
    rows, customers = two_dimensions()
    result = response_bias(load(rows, customers=customers))
    net = sum(means(rows).values())
    keys = (result.if_detractors, result.if_passives, result.if_promoters)
    assert [value(result, key).value for key in keys] == pytest.approx(
        [100 * (net + k * 440) / 700 for k in (-1, 0, 1)]
    )


def test_the_base_is_who_was_a_customer_in_the_period(load: Load) -> None:
    dates = {
        "there": ("2020-01-01", None),
        "left in it": ("2020-01-01", "2025-03-20"),
        "left before": ("2020-01-01", "2025-02-20"),
        "came later": ("2025-04-05", None),
    }
    customers = [
        {"customer_id": f"{name}{i}", "plan": "AB"[i % 2], "joined_at": joined, "churned_at": churned}
        for name, (joined, churned) in dates.items()
        for i in range(50)
    ]
    rows = answered(customers[:50], 0.8, [9, 8, 2]) + answered(customers[50:100], 0.4, [9, 8, 2])
    rows += answered(customers[100:150], 1, [9, 8, 2], day="2025-02-10") + answered(
        customers[150:], 1, [9, 8], day="2025-04-10"
    )
    rows += [{"customer_id": f"nobody{i}", "nps_score": 0, "responded_at": "2025-03-10"} for i in range(7)]
    result = response_bias(load(rows, customers=customers), period="2025-03")
    assert value(result, result.base_size).value == 100
    assert value(result, result.answered).value == 60
    assert value(result, result.nps).n == 60
    text = " ".join(result.caveats)
    assert "7 scored answers of people who are not in that base" in text
    assert "joined by 2025-03-31" in text and "left before 2025-03-01" in text


def test_rows_without_a_score_are_invitations_where_they_are_many(load: Load) -> None:
    rows = [
        {"nps_score": score if i < kept else None, "country": country, "customer_id": f"{country}{i}"}
        for country, kept, score in (("DE", 60, 10), ("FR", 20, 0))
        for i in range(100)
    ]
    result = response_bias(load(rows))
    assert (result.base, value(result, result.base_size).value, value(result, result.base_size).unit) == (
        "invitations",
        200,
        "responses",
    )
    assert {cell.value: (cell.base, cell.answered) for cell in result.cells} == {"DE": (100, 60), "FR": (100, 20)}
    assert value(result, result.nps).value == pytest.approx(50)
    assert value(result, result.nps_weighted).value == pytest.approx(0)


def test_invitations_without_a_date_belong_to_no_period(load: Load) -> None:
    rows = [
        {
            "nps_score": 9 - i % 3 if i % 2 else None,
            "responded_at": "2025-03-05" if i % 2 else None,
            "country": "DEFR"[i % 4 :][:2],
        }
        for i in range(200)
    ]
    with pytest.raises(MissingDataError, match="no date"):
        response_bias(load(rows), period="2025-03")


def test_customers_invited_often_widen_the_rates(load: Load) -> None:
    """Half of the customers answer every invitation, the others none: four rows are worth one."""
    rows = [
        {"customer_id": f"c{c}", "nps_score": [9, 7, 5, 10][wave] if c % 2 else None, "wave": f"w{wave}"}
        for c in range(80)
        for wave in range(4)
    ]
    result = response_bias(load(rows), by=["wave"])
    rate = value(result, result.rate)
    z2, n = Z**2, 320 / (80 / 79 * 4 * 319 / 320)
    margin = Z * math.sqrt(n / 4 + z2 / 4) / (n + z2)
    assert (rate.low, rate.high) == pytest.approx((0.5 - margin, 0.5 + margin), abs=2e-3)


def test_what_is_needed_is_said_where_nobody_knows_who_was_asked(load: Load, answers: Any) -> None:
    with pytest.raises(MissingDataError, match="load a customers file"):
        response_bias(load(answers(30, 20, 10, plan="A")))
    few = [*answers(60, 40, 20, plan="A"), *({"nps_score": None, "plan": "AB"[i % 2]} for i in range(10))]
    warehouse = load(few)
    with pytest.raises(MissingDataError, match="10 of 130 rows without a score are too few"):
        response_bias(warehouse)
    with pytest.raises(MissingDataError, match="no customers table"):
        response_bias(warehouse, base="customers")
    asked = response_bias(warehouse, base="invitations")
    assert value(asked, asked.answered).value == 120
    assert any("left that question out" in caveat for caveat in asked.caveats)
    with pytest.raises(MissingDataError, match="Every row of the survey has a score"):
        response_bias(load(answers(30, 20, 10, plan="A")), base="invitations")


def test_what_only_the_answers_tell_cannot_be_weighted_on(pricing: Warehouse) -> None:
    for arguments in ({"by": ["channel"]}, {"where": {"channel": "email"}}, {"by": ["tenure"]}):
        with pytest.raises(NpsError, match="known only of those who answered"):
            response_bias(pricing, **arguments)


def test_nothing_is_weighted_when_everybody_answered(load: Load) -> None:
    customers = customers_of("A", "x", 40) + customers_of("B", "y", 40)
    result = response_bias(load(answered(customers, 1, [9, 8, 2]), customers=customers))
    assert result.everybody and result.nps_weighted is None and result.verdict is None
    assert value(result, result.rate).value == 1


def test_small_categories_are_pooled_so_that_none_can_be_computed(load: Load, whole: Any) -> None:
    """Three customers of one country: it is told together with the next smallest one."""
    customers = [*customers_of("A", "Malta", 3), *customers_of("A", "Cyprus", 30), *customers_of("B", "Spain", 200)]
    rows = [*answered(customers[:33], 0.5, [9, 8, 2]), *answered(customers[33:], 0.5, [10, 8, 2, 3])]
    result = response_bias(load(rows, customers=customers), by=["country"])
    shown = {cell.value: cell.base for cell in result.cells}
    assert shown == {"Spain": 200, "(others together)": 33}
    assert "Malta" not in whole(result)


def test_large_weights_are_cut_and_what_that_costs_is_said(load: Load) -> None:
    customers = [*customers_of("Rare", "x", 400), *customers_of("Keen", "y", 300)]
    rows = [*answered(customers[:400], 0.05, [2, 9, 3]), *answered(customers[400:], 0.9, [9, 9, 8])]
    warehouse = load(rows, customers=customers)
    free, cut = (response_bias(warehouse, by=["plan"], cap=cap) for cap in (100, 3))
    assert free.trimmed is None and value(cut, cut.trimmed).value == 20
    assert value(cut, cut.largest_weight).value == pytest.approx(3)
    assert value(cut, cut.effective_n).value > value(free, free.effective_n).value
    weights = np.array([3.0] * 20 + [(290 - 60) / 270] * 270)
    gap = abs(weights[:20].sum() / weights.sum() - 400 / 700)
    assert any(f"to within {100 * gap:.1f} percentage points" in caveat for caveat in cut.caveats)


def test_too_few_answers_are_refused_without_telling_how_few(load: Load) -> None:
    customers = customers_of("A", "x", 40) + customers_of("B", "y", 40)
    rows = answered(customers, 1, [9, 8, 2], day="2025-02-02") + answered(
        customers, 0.0375, [9, 8, 2], day="2025-03-03"
    )
    with pytest.raises(MissingDataError, match="fewer than 5 answers") as error:
        response_bias(load(rows, customers=customers), period="2025-03")
    assert " 3 " not in str(error.value)
    strangers = [{"customer_id": f"s{i}", "nps_score": 9, "responded_at": "2025-02-02"} for i in range(30)]
    with pytest.raises(MissingDataError, match="spelt alike"):
        response_bias(load([*answered(customers, 0.0375, [9]), *strangers], customers=customers))


def test_a_handful_of_answers_is_not_weighted(load: Load) -> None:
    customers = customers_of("A", "x", 40) + customers_of("B", "y", 40)
    result = response_bias(load(answered(customers, 0.2, [9, 8, 2]), customers=customers))
    assert result.weighted_on == [] and result.nps_weighted is None
    assert any("were not weighted" in caveat for caveat in result.caveats)


def test_columns_with_the_names_of_the_query_do_no_harm(load: Load) -> None:
    rows, customers = two_dimensions()
    renamed = [
        {"customer_id": c["customer_id"], "n": c["plan"], "k0": c["country"], "s": c["plan"][0]} for c in customers
    ]
    result = response_bias(load(rows, customers=renamed), by=["n", "k0"], where={"s": ["S", "L"]})
    plain = response_bias(load(rows, customers=customers), by=["plan", "country"])
    assert value(result, result.nps_weighted).value == pytest.approx(value(plain, plain.nps_weighted).value)


def test_the_demo_is_weighted_within_its_bounds(pricing: Warehouse) -> None:
    result = response_bias(pricing, period="2025-Q4")
    assert (
        value(result, result.if_detractors).value
        < value(result, result.nps_weighted).value
        < value(result, result.if_promoters).value
    )
    assert {cell.dimension for cell in result.cells} == {"plan", "billing", "country", "industry", "company_size"}
    for item in result.facts:
        number = int(item.source.partition("#")[2])
        assert item.value is not None and 1 <= number <= len(result.sql)
    assert result.table is not None and len(result.table.rows) == len(result.cells)
    assert result.chart is not None


def test_a_value_of_which_nobody_answered_is_found_in_the_base(load: Load) -> None:
    customers = [*customers_of("A", "x", 100), *customers_of("B", "x", 100)]
    result = response_bias(load(answered(customers[:100], 0.5, [9, 8, 2]), customers=customers))
    assert {cell.value: (cell.answered, cell.verdict) for cell in result.cells} == {
        "A": (50, "answers more"),
        "B": (0, "answers less"),
    }
    assert result.weighted_on == [] and result.nps_weighted is None
    assert (result.verdict, result.unheard_groups) == ("part of the base is not heard", [{"plan": "B"}])


def test_a_customer_list_of_ids_alone_still_gives_rate_and_bounds(load: Load) -> None:
    customers = [{"customer_id": f"c{i}", "joined_at": "2020-01-01"} for i in range(100)]
    result = response_bias(load(answered(customers, 0.4, [10]), customers=customers))
    assert value(result, result.rate).value == pytest.approx(0.4) and result.cells == []
    assert [value(result, key).value for key in (result.if_detractors, result.if_promoters)] == pytest.approx(
        [-20, 100]
    )
