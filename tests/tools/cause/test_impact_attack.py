"""impact: what looked like an attribute, an effect or a certainty and was none."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from typing import Any

import pytest

from agent.answer import ToolCall
from agent.builtin.frame import Frame
from agent.builtin.writing import write
from agent.check import Ground, check_answer
from agent.facts import Run
from tools.cause.impact import ImpactResult, impact
from warehouse.errors import MissingDataError, NpsError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

Row = dict[str, Any]
Load = Callable[..., Warehouse]
EVENT: dict[str, Any] = {"event_date": "2025-07-01"}
TREATED: dict[str, Any] = {**EVENT, "exposed": {"grp": "treated"}}
FIRST = dt.date(2025, 1, 1)


def world(
    seed: int, n: int = 2400, effect: Callable[[Row], float] = lambda _row: -1.5, people: int | None = None
) -> list[Row]:
    """A year of answers on 0 to 10, centred at 7.6; `effect` moves those treated from July on."""
    draw, rows = random.Random(seed), []
    for i in range(n):
        who = draw.randrange(people) if people else i
        day = FIRST + dt.timedelta(days=draw.randrange(365))
        row: Row = {"customer_id": f"c{who}", "responded_at": str(day)}
        row["grp"] = "treated" if (who * 7919) % 100 < 50 else "ctrl"
        row["kind"] = "power" if (who * 104729) % 100 < 50 else "casual"
        on = row["grp"] == "treated" and day >= dt.date(2025, 7, 1)
        mean = 7.6 + (effect(row) if on else 0.0)
        rows.append(row | {"nps_score": min(10, max(0, round(draw.gauss(mean, 2.2))))})
    return rows


def feeling(row: Row) -> str:
    return "happy" if row["nps_score"] > 8 else "unhappy" if row["nps_score"] < 7 else "so so"


def by_id(result: ImpactResult, key: str | None) -> Any:
    return next(fact for fact in result.facts if fact.id == key)


def written(warehouse: Warehouse, result: ImpactResult) -> str:
    """The planner's answer; fails on a number that is no fact."""
    run = Run()
    told = run.adopt(result)
    draft = write(Frame("tool", tool="impact", arguments={}), [told], warehouse.catalog)
    call = ToolCall(name="impact", arguments={})
    checked = check_answer(draft, Ground([told], [call], warehouse.catalog, ""))
    assert not [item for item in checked.refused if item.code in ("draft", "number", "arithmetic")]
    return checked.text


@pytest.fixture(scope="module")
def hurt(load: Load) -> Warehouse:
    """A planted fall of more than 30 points, with an answer and a yes/no state that follow the score."""
    rows = world(1)
    draw = random.Random(2)
    for row in rows:
        row["mood"] = feeling(row)
        row["would_renew"] = draw.choice(["yes", "no"]) if draw.random() < 0.12 else _yes(row["nps_score"] >= 8)
    return load(rows)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def test_an_answer_of_the_same_survey_is_not_held_constant_and_is_named(hurt: Warehouse) -> None:
    result = impact(hurt, **TREATED)
    assert by_id(result, result.effect).high < -20
    assert (result.verdict, result.causal) == ("lower", True)
    assert result.who is not None and result.who.looked_at == ["kind"]
    (said,) = [caveat for caveat in result.caveats if caveat.startswith("Not held constant")]
    assert "yes/no states: would_renew" in said and "following the outcome: mood" in said


def test_an_estimate_that_nothing_varies_around_is_neither_higher_nor_lower(hurt: Warehouse) -> None:
    """Held constant on request, the score by another name leaves 0 with an interval of no width."""
    result = impact(hurt, **TREATED, hold=["mood"])
    told = by_id(result, result.effect)
    assert (told.value, told.low, told.high) == (0, 0, 0)
    assert result.verdict == "no clear effect"


def test_customers_attributes_that_follow_the_score_are_left_out_as_well(load: Load) -> None:
    rows = world(3)
    customers = [
        {"customer_id": row["customer_id"], "class": feeling(row), "region": "NS"[i % 2]} for i, row in enumerate(rows)
    ]
    result = impact(load(rows, customers=customers), **TREATED)
    assert result.who is not None and result.who.looked_at == ["kind", "region"]
    assert result.verdict == "lower"


def test_an_attribute_that_no_customer_can_change_has_no_effect_of_an_event(load: Load) -> None:
    """Those treated with a small contract stop answering in July: the mean of those who answer rises."""
    draw = random.Random(4)
    rows = world(4, 3000, people=900)
    customers = [
        {"customer_id": f"c{i}", "mrr": round(draw.gauss(100, 30), 2), "churned": _yes(i % 5 == 0)} for i in range(900)
    ]
    mrr = {c["customer_id"]: float(str(c["mrr"])) for c in customers}
    rows = [r for r in rows if r["responded_at"] < "2025-07" or r["grp"] == "ctrl" or mrr[r["customer_id"]] > 90]
    known = load(rows, customers=customers)
    result = impact(known, **TREATED, outcome="mrr")
    assert by_id(result, result.plain).low > 0
    assert (result.verdict, result.causal, result.outcome_is_fixed) == ("cannot tell a cause", False, True)
    assert "only says who answered" in result.caveats[0]
    assert result.who is not None and by_id(result, result.who.same_customers).value == 0
    assert "cannot be told: it does not change from one answer" in written(known, result)
    assert impact(known, **TREATED, outcome="churned").outcome_is_fixed
    assert not impact(known, **TREATED).outcome_is_fixed


def test_an_attribute_in_the_survey_file_is_known_by_never_changing(load: Load) -> None:
    draw = random.Random(5)
    rows = [
        row | {"fee": int(row["customer_id"][1:]) % 90 + 10.5, "paid": round(draw.gauss(50, 9), 2)}
        for row in world(5, 2000, people=500)
    ]
    known = load(rows)
    assert impact(known, **TREATED, outcome="fee").outcome_is_fixed
    assert not impact(known, **TREATED, outcome="paid").outcome_is_fixed


def test_what_tells_who_was_exposed_is_no_outcome(load: Load) -> None:
    with pytest.raises(NpsError, match="'grp=treated' is what tells who was exposed"):
        impact(load(world(6, 600)), **TREATED, outcome="grp=treated")


def test_a_number_that_is_the_same_for_everybody_in_a_cell_is_refused(load: Load) -> None:
    rows = [
        row | {"price": i * 0.37 if row["kind"] == "power" else 12.25 if row["responded_at"] >= "2025-07" else 10.1}
        for i, row in enumerate(world(7, 600))
    ]
    with pytest.raises(MissingDataError, match="is the same for all answers of each group"):
        impact(load(rows), **TREATED, outcome="price", where={"kind": "casual"})


def test_a_share_of_all_or_none_keeps_its_uncertainty(load: Load) -> None:
    days = ["2025-03-01"] * 6 + ["2025-08-01"] * 6
    rows = [
        {
            "customer_id": f"{grp}{i}",
            "responded_at": day,
            "nps_score": 7 + i % 4,
            "grp": grp,
            "kept": _yes(i < 6 if grp == "t" else i % 6 < 5),
        }
        for grp in "tc"
        for i, day in enumerate(days)
    ]
    result = impact(load(rows), **EVENT, exposed={"grp": "t"}, outcome="kept=yes")
    before, after = (by_id(result, cell.level) for cell in result.cells if cell.group == "exposed")
    assert (before.value, before.high, after.value, after.low) == (1, 1, 0, 0)
    assert before.low < 0.8 and after.high > 0.2
    # Agresti-Coull: six of six with z²/2 = 1.92073 more of each kind
    share = (6 + 1.92073) / (6 + 3.84146)
    error = (share * (1 - share) / (6 + 3.84146)) ** 0.5
    assert before.low == pytest.approx(1 - 2.570582 * error, abs=1e-4)  # t with 5 degrees of freedom


def test_answers_of_one_customer_are_refused_in_one_sentence(load: Load) -> None:
    rows = [row | {"customer_id": "c7", "tier": "AB"[i % 2]} for i, row in enumerate(world(8, 600))]
    customers = [{"customer_id": f"c{i}", "size": i % 3} for i in range(40)]
    with pytest.raises(MissingDataError, match="are of one customer"):
        impact(load(rows, customers=customers), **EVENT, exposed={"tier": "A"})


def gap(rows: list[Row], first: str, last: str) -> float:
    means: list[float] = []
    for grp in ("treated", "ctrl"):
        x = [
            100 * ((r["nps_score"] > 8) - (r["nps_score"] < 7))
            for r in rows
            if r["grp"] == grp and first <= r["responded_at"] <= last
        ]
        means.append(sum(x) / len(x))
    return means[0] - means[1]


def test_the_reference_of_the_event_study_is_the_stretch_that_it_is_called_by(load: Load) -> None:
    """A day before the last one is too few answers: it rests on three days together, and says so."""
    rows = world(9, 6000)
    result = impact(load(rows), event_date="2025-12-31", exposed={"grp": "treated"})
    told = next(fact for fact in result.facts if fact.name == "effect_in_period")
    assert told.where["reference"] == "2025-12-28..2025-12-30"
    expected = gap(rows, "2025-12-31", "2025-12-31") - gap(rows, "2025-12-28", "2025-12-30")
    assert told.value == pytest.approx(expected)
    assert told.n == sum(row["responded_at"] >= "2025-12-28" for row in rows)


def test_a_stretch_too_small_at_the_far_end_is_in_no_period(load: Load) -> None:
    """Three answers from February stand before a window that begins in March; its first month is March alone."""
    rows = [r for r in world(10, 4000) if "2025-03-01" <= r["responded_at"] <= "2025-10-31"]
    rows += [rows[at] | {"responded_at": "2025-02-20", "customer_id": f"early{at}", "nps_score": 0} for at in range(3)]
    result = impact(load(rows), event_date="2025-07-01", exposed={"grp": "treated"})
    first = result.periods[0]
    assert first.period == "2025-03"
    reference = result.periods[[p.when for p in result.periods].index("reference")].period
    assert reference == "2025-06"
    expected = gap(rows, "2025-03-01", "2025-03-31") - gap(rows, "2025-06-01", "2025-06-30")
    assert by_id(result, first.effect).value == pytest.approx(expected)


def test_staggered_effects_carry_the_answers_of_their_own_cells(load: Load) -> None:
    draw = random.Random(11)
    starts = {"a": "2025-03-01", "b": "2025-06-01", "n": None}
    customers = [{"customer_id": f"{kind}{i}", "moved_at": start} for kind, start in starts.items() for i in range(120)]
    rows = [
        {
            "customer_id": who["customer_id"],
            "responded_at": f"2025-0{month}-{draw.randrange(1, 28):02}",
            "nps_score": draw.randrange(11),
        }
        for who in customers
        for month in range(1, 9)
    ]
    result = impact(load(rows, customers=customers), exposed_from="moved_at")
    n = {fact.where.get("since_exposure"): fact.n for fact in result.facts if fact.name == "effect_since_exposure"}
    # 120 answers a kind and month; at 4 only those moved in March: July and February of them and of the never moved
    assert n["4 months"] == 4 * 120
    # at 0: March and February of a, June and May of b, all four months of the never moved
    assert n["0 months"] == 8 * 120
    group = {fact.where["exposed_from"]: fact.n for fact in result.facts if fact.name == "effect_on_group"}
    assert group["2025-06"] == 2 * 4 * 120  # May to August
    assert by_id(result, result.effect).n == (7 + 4 + 7) * 120


def test_where_segments_differ_the_first_sentence_says_so(load: Load) -> None:
    rows = world(12, 4000, effect=lambda row: 1.8 if row["kind"] == "power" else -1.8)
    known = load(rows)
    result = impact(known, **TREATED, by=["kind"])
    assert result.verdict == "no clear effect" and result.segments_clearly_differ
    first = written(known, result).split("**")[1]
    assert "on the whole, but that differs by segment" in first
    assert "casual lower" in first and "power higher" in first
    assert "differs by segment" not in written(known, impact(known, **TREATED))


def test_data_without_a_score_asks_for_an_outcome(tmp_path: Any) -> None:
    rows = [row | {"amount": i % 37 + 0.5} for i, row in enumerate(world(13, 300))]
    lines = [
        "customer_id,responded_at,grp,amount",
        *(f"{r['customer_id']},{r['responded_at']},{r['grp']},{r['amount']}" for r in rows),
    ]
    (tmp_path / "sales.csv").write_text("\n".join(lines) + "\n")
    make_workspace([tmp_path / "sales.csv"], tmp_path / "ws", LoadOptions(no_score=True))
    with Warehouse(tmp_path / "ws") as sales:
        for outcome in (None, "nps"):
            with pytest.raises(MissingDataError, match=r"no 0-10 score; name an outcome: one of amount, grp="):
                impact(sales, **TREATED, outcome=outcome)
        assert impact(sales, **TREATED, outcome="amount").kind == "difference in differences"
