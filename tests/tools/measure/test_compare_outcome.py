"""compare of other outcomes: means against scipy's Welch test, shares and repeated customers against plain Python."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from scipy import stats

from agent.builtin.frame import Frame
from agent.builtin.writing import write
from tools.measure.compare import CompareResult
from tools.measure.compare_outcome import OutcomeCell
from tools.registry import run_tool
from warehouse.errors import MissingDataError, NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse

Row = dict[str, Any]
Load = Callable[..., Warehouse]
Z2 = 1.959963984540054**2


def compare(warehouse: Warehouse, **arguments: Any) -> CompareResult:
    result = run_tool(warehouse, "compare", arguments)
    assert isinstance(result, CompareResult)
    return result


def figure(result: CompareResult, name: str) -> Any:
    return next(fact for fact in result.facts if fact.id == getattr(result, name))


def made(customers: int, *, repeated: bool) -> list[Row]:
    """Plans A and B with an amount and whether somebody left; some amounts are missing."""
    draw, rows = random.Random(5), list[Row]()
    for customer in range(customers):
        plan, own = "AB"[customer % 2], draw.gauss(40, 12)
        for month in range(1, 1 + (draw.randint(1, 4) if repeated else 1)):
            amount = round(own + draw.gauss(0, 5) + (6 if plan == "A" else 0), 2)
            rows.append(
                {
                    "customer_id": f"c{customer}",
                    "nps_score": draw.choice([3, 8, 9]),
                    "responded_at": f"2025-{month + (6 if customer % 3 else 0):02d}-11",
                    "plan": plan,
                    "amount": None if customer % 17 == 5 else amount,
                    "churned": "yes" if draw.random() < (0.4 if plan == "A" else 0.2) else "no",
                }
            )
    return rows


@pytest.fixture(scope="module")
def once(load: Load) -> tuple[Warehouse, list[Row]]:
    rows = made(160, repeated=False)
    return load(rows), rows


@pytest.fixture(scope="module")
def often(load: Load) -> tuple[Warehouse, list[Row]]:
    rows = made(120, repeated=True)
    return load(rows), rows


def values(rows: list[Row], **where: str) -> list[float]:
    return [row["amount"] for row in rows if row["amount"] is not None and all(row[k] == v for k, v in where.items())]


def test_a_difference_of_means_is_welchs(once: tuple[Warehouse, list[Row]]) -> None:
    warehouse, rows = once
    result = compare(warehouse, group={"plan": "A"}, against={"plan": "B"}, outcome="amount")
    one, two = values(rows, plan="A"), values(rows, plan="B")
    test = stats.ttest_ind(one, two, equal_var=False)
    ends = test.confidence_interval(0.95)
    difference = figure(result, "difference")
    told = (difference.value, difference.low, difference.high)
    assert told == pytest.approx((sum(one) / len(one) - sum(two) / len(two), ends.low, ends.high), rel=1e-9)
    assert figure(result, "p_value").value == pytest.approx(test.pvalue, rel=1e-9)
    assert (result.first.n, result.second.n, difference.n) == (len(one), len(two), len(one) + len(two))
    assert (difference.name, difference.unit, difference.where["against"]) == (
        "mean_amount_difference",
        "number",
        "plan B",
    )
    assert result.outcome == "amount" and result.verdict == ("higher" if test.pvalue < 0.05 else "no clear difference")


def test_each_mean_has_students_interval(once: tuple[Warehouse, list[Row]]) -> None:
    warehouse, rows = once
    result = compare(warehouse, group={"plan": "A"}, outcome="amount")
    own = values(rows, plan="A")
    low, high = stats.t.interval(0.95, len(own) - 1, loc=sum(own) / len(own), scale=stats.sem(own))
    assert (result.first.low, result.first.high) == pytest.approx((low, high), rel=1e-9)
    assert result.second.where == {"plan": "not A"}


def test_a_difference_of_shares_has_agresti_coull_variances(once: tuple[Warehouse, list[Row]]) -> None:
    warehouse, rows = once
    result = compare(warehouse, group={"plan": "A"}, against={"plan": "B"}, outcome="churned")
    cells = []
    for plan in "AB":
        own = [row["churned"] == "yes" for row in rows if row["plan"] == plan]
        n, p = len(own), sum(own) / len(own)
        filled = (n * p + Z2 / 2) / (n + Z2)
        cells.append((n, p, max(filled * (1 - filled) / (n + Z2), p * (1 - p) / (n - 1))))
    (n, p, v), (m, q, w) = cells
    df = (v + w) ** 2 / (v**2 / (n - 1) + w**2 / (m - 1))
    margin = stats.t.ppf(0.975, df) * math.sqrt(v + w)
    difference = figure(result, "difference")
    assert (difference.value, difference.low, difference.high) == pytest.approx((p - q, p - q - margin, p - q + margin))
    assert figure(result, "p_value").value == pytest.approx(2 * stats.t.sf(abs(p - q) / math.sqrt(v + w), df))
    assert difference.unit == "share difference" and figure(result, "difference").n == n + m
    reach = figure(result, "smallest_detectable")
    assert reach.value == pytest.approx((1.959963984540054 + 0.8416212335729143) * math.sqrt(v + w))


@pytest.mark.parametrize(
    "arguments",
    [
        {"group": {"plan": "A"}, "against": {"plan": "B"}},
        {"before": "2025-H1", "after": "2025-H2", "where": {"plan": ["A", "B"]}},
    ],
)
def test_answers_of_one_customer_are_clustered(often: tuple[Warehouse, list[Row]], arguments: dict[str, Any]) -> None:
    warehouse, rows = often
    result = compare(warehouse, outcome="amount", **arguments)

    def side(row: Row) -> bool:
        return bool(row["plan"] == "A" if "group" in arguments else row["responded_at"] >= "2025-07")

    used = [row for row in rows if row["amount"] is not None]
    sides = [[row for row in used if side(row)], [row for row in used if not side(row)]]
    means, error = [sum(row["amount"] for row in own) / len(own) for own in sides], dict[tuple[str, int], float]()
    for at, own in enumerate(sides):
        for row in own:
            key = (row["customer_id"], at)
            error[key] = error.get(key, 0.0) + (row["amount"] - means[at]) / len(own)
    groups = [len({row["customer_id"] for row in own}) for own in sides]
    scale = [math.sqrt(g / (g - 1)) for g in groups]
    total = sum(
        (error.get((who, 0), 0.0) * scale[0] - error.get((who, 1), 0.0) * scale[1]) ** 2
        for who in {who for who, _side in error}
    )
    variances = [sum(e**2 for (_w, side), e in error.items() if side == at) * scale[at] ** 2 for at in (0, 1)]
    df = sum(variances) ** 2 / sum(v**2 / (g - 1) for v, g in zip(variances, groups, strict=True))
    difference = figure(result, "difference")
    margin = stats.t.ppf(0.975, df) * math.sqrt(total)
    assert difference.value == pytest.approx(means[0] - means[1])
    assert (difference.low, difference.high) == pytest.approx((difference.value - margin, difference.value + margin))
    assert any("clustered by customer" in caveat for caveat in result.caveats)


def test_a_value_that_is_named_is_counted(once: tuple[Warehouse, list[Row]]) -> None:
    warehouse, _rows = once
    yes = compare(warehouse, group={"plan": "A"}, outcome="churned")
    no = compare(warehouse, group={"plan": "A"}, outcome="churned=no")
    assert isinstance(yes.first, OutcomeCell) and isinstance(no.first, OutcomeCell)
    assert no.first.mean == pytest.approx(1 - yes.first.mean)
    assert figure(no, "difference").value == pytest.approx(-figure(yes, "difference").value)


def test_nps_stays_what_it_was(once: tuple[Warehouse, list[Row]]) -> None:
    warehouse, _rows = once
    plain, named = (compare(warehouse, group={"plan": "A"}, **more) for more in ({}, {"outcome": "nps"}))
    assert plain == named and plain.outcome == "nps"
    assert figure(plain, "difference").name == "nps_difference"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"group": {"plan": "A"}, "outcome": "amonut"}, "the nearest: amount"),
        ({"group": {"churned": "yes"}, "outcome": "churned"}, "tells the two sides apart"),
        ({"group": {"plan": "A"}, "against": {"churned": "yes"}, "outcome": "amount"}, "belong to both sides"),
        ({"group": {"plan": "A"}, "period": "2031", "outcome": "amount"}, "no answers with 'amount' for plan A, 2031"),
    ],
)
def test_what_cannot_be_compared_is_told_in_one_sentence(
    once: tuple[Warehouse, list[Row]], arguments: dict[str, Any], told: str
) -> None:
    with pytest.raises(NpsError) as error:
        compare(once[0], **arguments)
    assert told in str(error.value) and str(error.value).endswith(".")


def test_what_does_not_vary_proves_nothing(load: Load) -> None:
    rows = [row | {"kind": "new"} for row in made(60, repeated=False)]
    fixed = [row | {"kind": "old", "amount": 7 if row["plan"] == "A" else 9} for row in made(60, repeated=False)]
    warehouse = load([*rows, *fixed])
    with pytest.raises(MissingDataError, match="'amount' is the same for all answers of each side"):
        compare(warehouse, where={"kind": "old"}, group={"plan": "A"}, outcome="amount")


def test_without_a_score_the_outcomes_are_named(load: Load) -> None:
    rows = [{k: v for k, v in row.items() if k != "nps_score"} for row in made(40, repeated=False)]
    warehouse = load(rows, options=LoadOptions(no_score=True))
    with pytest.raises(MissingDataError, match="no 0-10 score; name an outcome: one of amount"):
        compare(warehouse, group={"plan": "A"})
    assert compare(warehouse, group={"plan": "A"}, outcome="amount").first.n


@pytest.mark.parametrize("audience", [None, "executive"])
def test_the_answers_templates_tell_another_outcome(once: tuple[Warehouse, list[Row]], audience: Any) -> None:
    warehouse, _rows = once
    frame = Frame(op="compare_groups", group={"plan": ["A"]}, against={"plan": ["B"]})
    for outcome, what in (("amount", "mean of amount"), ("churned", "share of churned")):
        result = compare(warehouse, group={"plan": "A"}, against={"plan": "B"}, outcome=outcome)
        text = write(frame, [result], warehouse.catalog, audience)
        assert what in text.lower() and "NPS" not in text and "points" not in text
