"""impact: what was planted is found, what chance, a changing mix or an older trend make is not called an effect."""

from __future__ import annotations

import datetime as dt
import math
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.answer import ToolCall
from agent.builtin.frame import Frame
from agent.builtin.writing import write
from agent.check import Ground, check_answer
from agent.facts import Run
from tools.cause.impact import ImpactResult, impact
from tools.outcome import find_outcome
from tools.scope import Where
from warehouse.catalog import BusinessEvent
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

Row = dict[str, Any]
Load = Callable[..., Warehouse]
DATA = os.environ.get("NPSIGHT_DATA")
EVENT = dt.date(2025, 1, 1)
MONTHS = [dt.date(2024, 1 + m, 1) for m in range(12)] + [dt.date(2025, 1 + m, 1) for m in range(6)]
EXPOSED: Where = {"billing": "monthly"}


def draw_score(draw: random.Random, nps: float) -> int:
    """A score whose class has the NPS asked for: 30 passives of 100."""
    promoter = (0.7 + nps / 100) / 2
    roll = draw.random()
    return (
        draw.choice([9, 10])
        if roll < promoter
        else draw.choice([7, 8])
        if roll < promoter + 0.3
        else draw.choice([2, 6])
    )


def company(
    seed: int,
    level: Callable[[Row, float], float],
    *,
    each: int = 55,
    plan: Callable[[Row, float], float] | None = None,
) -> list[Row]:
    """So many answers a month and billing of customers who answer about twice; `level` is the NPS of a row at a time.

    The time is in months since the event. `plan` is the chance of Basic rather than Pro.
    """
    draw = random.Random(seed)
    rows = []
    for month in MONTHS:
        for billing in ("monthly", "annual"):
            for _ in range(each):
                day = month + dt.timedelta(days=draw.randrange(28))
                since = (day - EVENT).days / 30.4
                row: Row = {
                    "customer_id": f"{billing[0]}{draw.randrange(9 * each)}",
                    "responded_at": str(day),
                    "billing": billing,
                }
                row["plan"] = "Basic" if draw.random() < (plan(row, since) if plan else 0.5) else "Pro"
                row["country"] = draw.choice(["Chile", "Peru", "Bolivia"])
                rows.append(row | {"nps_score": draw_score(draw, level(row, since)), "amount": draw.gauss(50, 10)})
    rows[0]["responded_at"], rows[-1]["responded_at"] = "2024-01-01", "2025-06-30"
    return rows


def hit(row: Row, since: float) -> bool:
    return row["billing"] == "monthly" and since >= 0


@pytest.fixture(scope="module")
def planted() -> list[Row]:
    """Monthly customers lose 25 points, all of it in Basic 50 and nothing in Pro; everybody gains a point a month."""
    return company(1, lambda row, since: 10 + since - 50 * (hit(row, since) and row["plan"] == "Basic"))


@pytest.fixture(scope="module")
def survey(load: Load, planted: list[Row]) -> Warehouse:
    return load(planted)


def cell(rows: list[Row], billing: str, after: bool) -> list[Row]:
    """The half-years on either side of the event."""
    first, last = ("2025-01-01", "2025-06-30") if after else ("2024-07-01", "2024-12-31")
    return [row for row in rows if row["billing"] == billing and first <= row["responded_at"] <= last]


def x(row: Row) -> float:
    return 100.0 * ((row["nps_score"] > 8) - (row["nps_score"] < 7))


SIGNS = {("monthly", True): 1, ("monthly", False): -1, ("annual", True): -1, ("annual", False): 1}


def did_by_hand(rows: list[Row], value: Callable[[Row], float]) -> tuple[float, float]:
    """Estimate and error clustered by customer, each cell with G/(G - 1) of its own."""
    estimate, own = 0.0, {}
    for (billing, after), sign in SIGNS.items():
        inside = cell(rows, billing, after)
        mean = sum(map(value, inside)) / len(inside)
        groups = len({row["customer_id"] for row in inside})
        estimate += sign * mean
        for row in inside:
            part = sign * (value(row) - mean) / len(inside) * math.sqrt(groups / (groups - 1))
            own[row["customer_id"]] = own.get(row["customer_id"], 0.0) + part
    return estimate, math.sqrt(sum(part**2 for part in own.values()))


def by_id(result: ImpactResult, key: str | None) -> Any:
    return next(fact for fact in result.facts if fact.id == key)


def test_a_planted_effect_is_found_with_its_size_and_may_be_called_one(
    survey: Warehouse, planted: list[Row], by_hand: Any
) -> None:
    result = impact(survey, event_date=str(EVENT), exposed=EXPOSED)
    assert (result.verdict, result.causal, result.kind) == ("lower", True, "difference in differences")
    plain = by_id(result, result.plain)
    estimate, error = did_by_hand(planted, x)
    assert plain.value == pytest.approx(estimate)
    # Design effects below 1 are raised to 1 in cells of NPS, and three pseudo-answers are added to 330.
    assert (plain.high - plain.low) / 2 == pytest.approx(1.959964 * error, rel=0.04)
    told = by_id(result, result.effect)
    assert told.low < -25 < told.high
    levels = {(c.group, c.window): by_id(result, c.level) for c in result.cells}
    for billing, after in SIGNS:
        inside = cell(planted, billing, after)
        fact = levels["exposed" if billing == "monthly" else "control", "after" if after else "before"]
        assert (fact.value, fact.n, fact.name) == (pytest.approx(by_hand.nps(inside)), len(inside), "nps")
        assert (fact.low, fact.high) == pytest.approx(by_hand.interval(inside))
    assert by_id(result, result.exposed_change).value - by_id(result, result.control_change).value == pytest.approx(
        plain.value
    )
    assert (result.before, result.after, result.event_date) == ("2024-H2", "2025-H1", "2025-01-01")


def test_the_event_study_looks_back_further_and_its_figures_are_differences_of_gaps(
    survey: Warehouse, planted: list[Row], by_hand: Any
) -> None:
    result = impact(survey, event_date=str(EVENT), exposed=EXPOSED)
    assert [p.when for p in result.periods] == ["before"] * 11 + ["reference"] + ["after"] * 6
    assert result.periods[0].period == "2024-01"

    def gap(month: str) -> float:
        sides = [
            [r for r in planted if r["billing"] == b and r["responded_at"][:7] == month] for b in ("monthly", "annual")
        ]
        return float(by_hand.nps(sides[0]) - by_hand.nps(sides[1]))

    for told in result.periods:
        if told.effect:
            assert by_id(result, told.effect).value == pytest.approx(gap(told.period) - gap("2024-12"))
    check = result.pre_trend
    assert check.finding == "no sign against" and check.placebo_date == "2024-07-01"
    drift, found, makes = (
        by_id(result, key).value for key in (check.drift, check.detectable_drift, check.drift_would_make)
    )
    assert abs(drift) < found
    assert makes / found == pytest.approx(6, abs=0.2)  # months between the middles of the two half-years
    bound = by_id(result, check.allowing_for_drift)
    assert bound.low < by_id(result, result.effect).low and bound.high > by_id(result, result.effect).high
    data = (result.chart or {})["data"]["values"]
    assert len(data) == 18 and data[11]["when"] == "reference"


def test_segments_tell_whom_it_touched(survey: Warehouse, planted: list[Row]) -> None:
    result = impact(survey, event_date=str(EVENT), exposed=EXPOSED, by=["plan"])
    basic, pro = result.segments
    assert (basic.where, basic.verdict) == ({"plan": "Basic"}, "lower")
    assert (pro.where, pro.verdict) == ({"plan": "Pro"}, "no clear effect")
    assert result.segments_clearly_differ and by_id(result, result.segments_differ).value < 0.01
    own = [row for row in planted if row["plan"] == "Basic"]
    assert by_id(result, basic.effect).value == pytest.approx(did_by_hand(own, x)[0])
    crossed = impact(survey, event_date=str(EVENT), exposed=EXPOSED, by=["plan", "country"])
    assert len(crossed.segments) == 6


def test_a_number_and_a_share_have_effects_as_well(survey: Warehouse, planted: list[Row]) -> None:
    amount = impact(survey, event_date=str(EVENT), exposed=EXPOSED, outcome="amount")
    estimate, error = did_by_hand(planted, lambda row: row["amount"])
    fact = by_id(amount, amount.plain)
    assert (fact.value, fact.unit) == (pytest.approx(estimate), "number")
    # Student's t with some thousand degrees of freedom.
    assert (fact.high - fact.low) / 2 == pytest.approx(1.962 * error, rel=0.002)
    assert amount.verdict == "no clear effect"
    share = impact(survey, event_date=str(EVENT), exposed=EXPOSED, outcome="country=Peru")
    fact = by_id(share, share.plain)
    expected = did_by_hand(planted, lambda row: float(row["country"] == "Peru"))[0]
    assert (fact.value, fact.unit) == (pytest.approx(expected), "share difference")


def test_the_same_customers_are_averaged_one_by_one(survey: Warehouse, planted: list[Row]) -> None:
    result = impact(survey, event_date=str(EVENT), exposed=EXPOSED)
    assert result.who is not None
    changes: dict[str, list[float]] = {"monthly": [], "annual": []}
    for billing, own in changes.items():
        sides = []
        for after in (True, False):
            scores: dict[str, list[float]] = {}
            for row in cell(planted, billing, after):
                scores.setdefault(row["customer_id"], []).append(x(row))
            sides.append({name: sum(values) / len(values) for name, values in scores.items()})
        own += [sides[0][name] - sides[1][name] for name in sides[0].keys() & sides[1].keys()]
    means = {billing: sum(own) / len(own) for billing, own in changes.items()}
    fact = by_id(result, result.who.same_customers)
    assert fact.value == pytest.approx(means["monthly"] - means["annual"])
    assert fact.n == sum(map(len, changes.values()))
    n = {key: len(cell(planted, *key)) for key in SIGNS}
    ratio = n["monthly", True] / n["monthly", False] / (n["annual", True] / n["annual", False])
    assert by_id(result, result.who.volume).value == pytest.approx(ratio)


def test_what_does_nothing_is_hardly_ever_called_an_effect(load: Load) -> None:
    rows: list[Row] = []
    for seed in range(12):
        world = company(100 + seed, lambda row, _since: 10.0 + 15 * (row["plan"] == "Pro"), each=20)
        rows += [row | {"world": f"w{seed}", "customer_id": f"{row['customer_id']}-{seed}"} for row in world]
    worlds = load(rows)
    found = [
        impact(worlds, event_date=str(EVENT), exposed=EXPOSED, where={"world": f"w{seed}"}).verdict
        for seed in range(12)
    ]
    # At 5 % three or more of twelve happen one time in fifty.
    assert found.count("no clear effect") >= 10


def test_a_mix_that_shifts_in_one_group_is_no_effect(load: Load) -> None:
    """Basic customers are 60 points less happy; among the monthly ones their share goes from 30 to 70 %."""
    rows = company(
        7,
        lambda row, _since: 40.0 - 60 * (row["plan"] == "Basic"),
        each=150,
        plan=lambda row, since: 0.7 if hit(row, since) else 0.3,
    )
    result = impact(load(rows), event_date=str(EVENT), exposed=EXPOSED)
    assert by_id(result, result.plain).high < -10
    assert (result.verdict, result.basis) == ("no clear effect", "mix held constant")
    assert result.who is not None
    (shift,) = [shift for shift in result.who.shifts if shift.dimension == "plan"]
    share = by_id(result, shift.share)
    assert share.low < (0.4 if share.where["plan"] == "Basic" else -0.4) < share.high
    part, told, plain = (by_id(result, key) for key in (result.who.part, result.effect, result.plain))
    assert told.value == pytest.approx(plain.value - part.value) and told.low < 0 < told.high
    assert part.low < -60 * 0.4 < part.high


def test_results_of_the_event_are_not_held_constant_unless_asked_for(load: Load, planted: list[Row]) -> None:
    """A rating falls with the score and `stayed` says who left: held constant they would hide the effect."""
    rows = [r | {"ease_rating": r["nps_score"] // 2, "stayed": "yes" if r["nps_score"] > 4 else "no"} for r in planted]
    known = load(rows)
    result = impact(known, event_date=str(EVENT), exposed=EXPOSED)
    assert result.who is not None and result.who.looked_at == ["plan", "country"]
    hidden = impact(known, event_date=str(EVENT), exposed=EXPOSED, hold=["stayed", "plan"])
    assert hidden.who is not None and set(hidden.who.held) == {"stayed", "plan"}
    bare = impact(known, event_date=str(EVENT), exposed=EXPOSED, hold=[])
    assert bare.who is not None and (bare.who.adjusted, bare.who.shifts, bare.basis) == (None, [], "plain")
    with pytest.raises(NpsError, match="'billing' cannot be held constant"):
        impact(known, event_date=str(EVENT), exposed=EXPOSED, hold=["billing"])


def test_groups_that_moved_apart_before_forbid_a_cause(load: Load) -> None:
    rows = company(8, lambda row, since: 20.0 - 3 * since * (row["billing"] == "monthly"))
    result = impact(load(rows), event_date=str(EVENT), exposed=EXPOSED)
    assert by_id(result, result.plain).high < 0
    assert (result.pre_trend.finding, result.verdict, result.causal) == ("moved apart", "cannot tell a cause", False)
    drift = by_id(result, result.pre_trend.drift)
    assert drift.low < -3 < drift.high < 0


def test_without_a_control_group_there_is_a_change_and_no_cause(
    survey: Warehouse, planted: list[Row], by_hand: Any
) -> None:
    both: Where = {"billing": ["monthly", "annual"]}
    for exposed in ({}, both):
        result = impact(survey, event_date=str(EVENT), exposed=exposed)
        assert (result.kind, result.verdict, result.causal) == ("before and after", "cannot tell a cause", False)
        assert result.control is None and "no control group" in result.caveats[0]
        halves = [[r for r in planted if r["responded_at"][:7] in months] for months in (LATER, EARLIER)]
        change = by_id(result, result.effect)
        assert change.value == pytest.approx(by_hand.nps(halves[0]) - by_hand.nps(halves[1]))
        assert result.beyond_own_trend is not None
    with pytest.raises(NpsError, match="no control group"):
        impact(survey, event_date=str(EVENT), by=["plan"])


LATER = [f"2025-0{m}" for m in range(1, 7)]
EARLIER = [f"2024-{m:02}" for m in range(7, 13)]


def test_two_dates_only_leave_the_assumption_unchecked(load: Load) -> None:
    draw = random.Random(3)
    rows = [
        {
            "responded_at": date,
            "near": near,
            "nps_score": 5,
            "price": 80.0 - 20 * near + 10 * (date > "1980") + draw.gauss(0, 5),
        }
        for date in ("1978-01-01", "1981-01-01")
        for near in (0, 1)
        for _ in range(40)
    ]
    for row in rows:
        row["price"] -= 12 * row["near"] * (row["responded_at"] > "1980")  # type: ignore[operator]
    result = impact(load(rows), event_date="1981-01-01", exposed={"near": 1}, outcome="price")
    means = [[r["price"] for r in rows if (r["near"], r["responded_at"][:4]) == k] for k in KEYS]
    one, two, three, four = (sum(map(float, cell)) / len(cell) for cell in means)
    assert by_id(result, result.plain).value == pytest.approx(one - two - three + four)
    assert (result.verdict, result.causal, result.pre_trend.finding) == ("lower", False, "cannot be tested")
    assert any("cannot be tested" in caveat for caveat in result.caveats)


KEYS = [(1, "1981"), (1, "1978"), (0, "1981"), (0, "1978")]


def test_an_event_of_the_catalog_brings_its_date_and_whom_it_affects(load: Load, planted: list[Row]) -> None:
    event = BusinessEvent(date=EVENT, synonyms=["price hike"], affects={"billing": ["monthly"]})
    known = load(planted, options=LoadOptions(events={"price_rise": event}))
    results = [
        impact(known, event_date=name) for name in ("price_rise", "Price Rise", "price hike", "2025-01-01", None)
    ]
    assert {(r.event, r.event_date, r.exposed, by_id(r, r.plain).value) for r in results} == {
        ("price_rise", "2025-01-01", "billing monthly", by_id(results[0], results[0].plain).value)
    }
    turned = impact(known, event_date="price_rise", control={"billing": "monthly"})
    assert turned.exposed == "billing not monthly"
    assert by_id(turned, turned.plain).value == pytest.approx(-by_id(results[0], results[0].plain).value)


def test_windows_and_filters_are_obeyed(survey: Warehouse, planted: list[Row], by_hand: Any) -> None:
    result = impact(
        survey,
        event_date=str(EVENT),
        exposed=EXPOSED,
        before="2024-11..2024-12",
        after="2025-02",
        where={"plan": "Basic"},
    )
    inside = [r for r in planted if r["plan"] == "Basic"]
    sides = [
        [r for r in inside if r["billing"] == b and r["responded_at"][:7] in months]
        for b in ("monthly", "annual")
        for months in (("2025-02",), ("2024-11", "2024-12"))
    ]
    one, two, three, four = map(by_hand.nps, sides)
    assert by_id(result, result.plain).value == pytest.approx(one - two - three + four)
    assert (result.before, result.after) == ("2024-11-01..2024-12-31", "2025-02")
    assert impact(survey, before="2024", after="2025", exposed=EXPOSED).event_date == "2025-01-01"


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"event_date": "2026-01-01"}, NpsError, "after the last answer"),
        ({"event_date": "2023-01-01"}, NpsError, "before the first answers"),
        ({"event_date": "the flood"}, UnknownNameError, "no event 'the flood'"),
        ({}, NpsError, "give event_date"),
        ({"event_date": "2025-01-01", "exposed": {"billing": "weekly"}}, UnknownNameError, "weekly"),
        ({"event_date": "2025-01-01", "exposed": {"bling": "monthly"}}, UnknownNameError, "bling"),
        ({"event_date": "2025-01-01", "before": "2024-12..2025-02"}, NpsError, "reaches to or past the event"),
        ({"event_date": "2025-01-01", "after": "2024-12..2025-02"}, NpsError, "begins before the event"),
        ({"event_date": "2025-01-01", "before": "2020"}, MissingDataError, "before the first answers"),
        ({"event_date": "2025-01-01", "after": "2027"}, MissingDataError, "after the last answers"),
        ({"event_date": "2025-01-01", "control": {"plan": "Pro"}}, NpsError, "both exposed"),
        ({"event_date": "2025-01-01", "by": ["billing"]}, NpsError, "tells who was exposed"),
        ({"event_date": "2025-01-01", "by": ["plans"]}, UnknownNameError, "plans"),
        ({"event_date": "2025-01-01", "outcome": "amonut"}, UnknownNameError, "amonut"),
        ({"event_date": "2025-01-01", "grain": "day"}, NpsError, "coarser grain"),
        ({"exposed_from": "migrated_at"}, UnknownNameError, "migrated_at"),
        ({"exposed_from": "migrated_at", "event_date": "2025-01-01"}, NpsError, "does not go with exposed_from"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_sentence(
    survey: Warehouse, arguments: dict[str, Any], error: type[NpsError], message: str
) -> None:
    exposed = {} if "exposed_from" in arguments or not arguments else {"exposed": EXPOSED}
    with pytest.raises(error, match=message):
        impact(survey, **{**exposed, **arguments})


def test_a_cell_below_the_base_is_refused_and_a_small_segment_is_not_told(load: Load, planted: list[Row]) -> None:
    few = [r for r in planted if r["billing"] == "annual" or r["responded_at"] < "2025"]
    few += [r for r in planted if hit(r, 0) and r["responded_at"] >= "2025"][:3]
    with pytest.raises(MissingDataError, match="fewer than 5 answers for billing monthly, 2025"):
        impact(load(few), event_date=str(EVENT), exposed=EXPOSED, after="2025", before="2024")
    for i, row in enumerate(r for r in planted if r["responded_at"] >= "2024-07"):
        row["region"] = "Isle" if i % 160 == 0 else "Land" if i % 2 else "Coast"
    result = impact(load(planted), event_date=str(EVENT), exposed=EXPOSED, by=["region"], before="2024-H2")
    hidden = [s.where["region"] for s in result.segments if s.effect is None]
    assert hidden == ["Isle"] and any("Isle" in caveat for caveat in result.caveats)
    assert not any("Isle" in fact.where.values() for fact in result.facts)


def roll_out(seed: int, effect: float) -> tuple[list[Row], list[Row]]:
    """Customers migrated in March, in June or never; the effect grows by `effect` a month up to three of them."""
    draw = random.Random(seed)
    starts = {"a": dt.date(2024, 3, 1), "b": dt.date(2024, 6, 1), "n": None}
    customers = [
        {
            "customer_id": f"{kind}{i}",
            "migrated_at": str(start + dt.timedelta(days=draw.randrange(20))) if start else None,
        }
        for kind, start in starts.items()
        for i in range(250)
    ]
    rows = []
    for customer in customers:
        for month in draw.sample(range(1, 10), 5):
            day = dt.date(2024, month, 1 + draw.randrange(28))
            moved = customer["migrated_at"]
            since = (day - dt.date.fromisoformat(moved)).days / 30.4 if moved else -1.0
            level = {"a": 0, "b": 10, "n": 20}[customer["customer_id"][0]] + 2 * month
            nps = level + effect * min(max(since + 1, 0), 3) * (since >= 0)
            rows.append(
                {"customer_id": customer["customer_id"], "responded_at": str(day), "nps_score": draw_score(draw, nps)}
            )
    return rows, customers


def test_customers_exposed_at_different_times_are_compared_each_from_their_own_date(load: Load) -> None:
    rows, customers = roll_out(5, -12)
    result = impact(load(rows, customers=customers), exposed_from="migrated_at")
    assert (result.kind, result.verdict, result.causal) == ("different dates", "lower", True)
    assert (result.grain, result.control) == ("month", "customers never exposed")
    assert [g.exposed_in for g in result.groups] == ["2024-03", "2024-06"]
    told = by_id(result, result.effect)
    assert told.low < -30 < told.high  # about -12, -24, and -36 from the third month on
    assert [s.since for s in result.since_exposure] == [-5, -4, -3, -2, 0, 1, 2, 3, 4, 5, 6]
    with pytest.raises(NpsError, match="by month, quarter or year"):
        impact(load(rows, customers=customers), exposed_from="migrated_at", grain="week")


def test_a_roll_out_in_which_everybody_was_exposed_takes_those_not_exposed_yet(load: Load) -> None:
    rows, customers = roll_out(6, 0)
    kept = [c for c in customers if c["migrated_at"]]
    ids = {c["customer_id"] for c in kept}
    result = impact(load([r for r in rows if r["customer_id"] in ids], customers=kept), exposed_from="migrated_at")
    assert (result.control, result.verdict) == ("customers not exposed yet", "no clear effect")
    assert [g.exposed_in for g in result.groups] == ["2024-03"]


def test_the_price_rise_of_the_demo(pricing: Warehouse) -> None:
    # truth.json: the model expects -17.6 points of the monthly customers; this sample's plain difference in
    # differences is -19.4825, which a growing Starter plan overstates.
    result = impact(pricing, event_date="price_rise", by=["plan"])
    assert by_id(result, result.plain).value == pytest.approx(-19.4825, abs=1e-4)
    told = by_id(result, result.effect)
    assert told.low < -17.61 < told.high and abs(told.value + 17.61) < abs(-19.48 + 17.61)
    assert (result.verdict, result.causal) == ("lower", True)
    assert {s.where["plan"]: s.verdict for s in result.segments} == dict.fromkeys(
        ("Starter", "Growth", "Scale"), "lower"
    )
    assert all(1 <= int(fact.source.split("#")[1]) <= len(result.sql) for fact in result.facts)


@pytest.fixture(scope="module")
def rolled(load: Load) -> Warehouse:
    rows, customers = roll_out(7, -12)
    return load(rows, customers=customers)


@pytest.mark.parametrize(
    ("arguments", "opening"),
    [
        ({"exposed": EXPOSED, "by": ["plan"]}, "**The event of 2025-01-01 made NPS of billing monthly lower by about"),
        ({"exposed": {"country": "Peru"}}, "**The event of 2025-01-01 had no clear effect on NPS of country Peru**"),
        (
            {"exposed": EXPOSED, "before": "2024-12", "after": "2025-02..2025-03", "grain": "quarter"},
            "**After the event of",
        ),
        (
            {"exposed": EXPOSED, "outcome": "country=Chile"},
            "**The event of 2025-01-01 had no clear effect on the share with country=Chile of",
        ),
        ({}, "**What the event of 2025-01-01 did to NPS cannot be told"),
    ],
)
def test_the_answer_leads_with_what_may_be_said_and_every_number_in_it_is_a_fact(
    survey: Warehouse, arguments: dict[str, Any], opening: str
) -> None:
    text = written(survey, {"event_date": str(EVENT), **arguments})
    assert text.startswith(opening)
    assert ("if both groups would otherwise have moved alike" in text) == ("made NPS" in text)


def test_the_answer_of_a_roll_out(rolled: Warehouse) -> None:
    text = written(rolled, {"exposed_from": "migrated_at"})
    assert text.startswith("**Exposure made NPS lower by about")


def written(warehouse: Warehouse, arguments: dict[str, Any]) -> str:
    """The planner's answer; fails on a number that is no fact."""
    run = Run()
    result = run.adopt(impact(warehouse, **arguments))
    draft = write(Frame("tool", tool="impact", arguments=arguments), [result], warehouse.catalog)
    call = ToolCall(name="impact", arguments=arguments)
    checked = check_answer(draft, Ground([result], [call], warehouse.catalog, ""))
    assert not [item for item in checked.refused if item.code in ("draft", "number", "arithmetic")]
    return checked.text


@pytest.mark.skipif(DATA is None, reason="NPSIGHT_DATA names no folder with the published data")
def test_the_incinerator_loaded_without_a_score(tmp_path: Path) -> None:
    # Wooldridge 13.2; published data, see tests/tools/stats/test_did.py.
    file = Path(DATA or "") / "causal-reference" / "wooldridge_kielmc.csv"
    make_workspace([file], tmp_path / "ws", LoadOptions(no_score=True, roles={"responded_at": "year"}))
    with Warehouse(tmp_path / "ws") as houses:
        assert find_outcome(houses, "rprice").unit == "number"
        result = impact(houses, event_date="1981-01-01", exposed={"nearinc": "1"}, outcome="rprice")
        assert by_id(result, result.plain).value == pytest.approx(-11863.90, abs=0.01)
        assert (result.verdict, result.causal, result.pre_trend.finding) == (
            "no clear effect",
            False,
            "cannot be tested",
        )
        with pytest.raises(NpsError):
            impact(houses, event_date="1981-01-01", exposed={"nearinc": "1"})
