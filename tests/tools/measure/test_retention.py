"""Retention from leaving, orders and events, once more in plain Python from the rows."""

from __future__ import annotations

import csv
import datetime as dt
import math
import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest

from tools.measure.retention import RetentionResult, retention
from tools.result import Fact
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.workspace import Warehouse, make_workspace

Row = dict[str, Any]
DAY = dt.timedelta(days=1)
END = dt.date(2025, 6, 30)
MONTH = 30.4375


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Warehouse]]:
    """company(survey=…, customers=…, orders=…, events=…): the rows as files, loaded and opened."""
    opened: list[Warehouse] = []

    def company(**tables: Sequence[Row]) -> Warehouse:
        folder = tmp_path_factory.mktemp("company")
        files = []
        for name, rows in tables.items():
            if rows:
                files.append(folder / f"{name}.csv")
                with files[-1].open("w", newline="", encoding="utf-8") as file:
                    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
                    writer.writeheader()
                    writer.writerows({k: "" if v is None else v for k, v in row.items()} for row in rows)
        make_workspace(files, folder / "ws")
        opened.append(Warehouse(folder / "ws"))
        return opened[-1]

    yield company
    for warehouse in opened:
        warehouse.close()


def survey_of(customers: Sequence[Row], rng: random.Random, last: dt.date = END, first: int = 400) -> list[Row]:
    """One or two answers of most customers; the newest answer is the as-of date."""
    rows = []
    for customer in customers:
        for _ in range(rng.choice((0, 1, 1, 2))):
            day = last - rng.randrange(first) * DAY
            rows.append({"customer_id": customer["customer_id"], "responded_at": day, "nps_score": rng.randrange(11)})
    rows.append({"customer_id": customers[0]["customer_id"], "responded_at": last, "nps_score": 9})
    return [{"response_id": f"r{i}", **row} for i, row in enumerate(rows)]


def people(rng: random.Random, n: int = 300) -> list[Row]:
    """Customers who joined in 2024; those of plan A leave sooner, some after the last answer (still here then)."""
    rows = []
    for i in range(n):
        joined = dt.date(2024, 1, 1) + rng.randrange(366) * DAY
        plan = rng.choice("AB")
        stay = int(rng.expovariate(1 / (250 if plan == "A" else 700)))
        left = joined + stay * DAY if stay < 600 else None
        rows.append({"customer_id": f"c{i:04d}", "plan": plan, "joined_at": joined, "churned_at": left})
    return rows


def purchases(customers: Sequence[Row], rng: random.Random) -> list[Row]:
    rows = []
    for customer in customers:
        day = customer["joined_at"]
        while day <= min(customer["churned_at"] or END, END):
            rows.append({"customer_id": customer["customer_id"], "ordered_at": day, "amount": 10 + rng.randrange(90)})
            day += (5 + rng.randrange(70)) * DAY
    return [{"order_id": f"o{i}", **row} for i, row in enumerate(rows)]


@pytest.fixture(scope="module")
def world() -> dict[str, list[Row]]:
    rng = random.Random(20)
    customers = people(rng)
    survey, orders = survey_of(customers, rng), purchases(customers, rng)
    events = [
        {"customer_id": o["customer_id"], "occurred_at": o["ordered_at"], "event": rng.choice(("login", "export"))}
        for o in orders
    ]
    return {"survey": survey, "customers": customers, "orders": orders, "events": events}


@pytest.fixture(scope="module")
def warehouse(world: dict[str, list[Row]], company: Callable[..., Warehouse]) -> Warehouse:
    return company(**world)


def facts(result: RetentionResult) -> dict[str, Fact]:
    return {fact.id: fact for fact in result.facts}


def curve(result: RetentionResult, where: dict[str, str] | None = None) -> dict[int, Fact]:
    known = facts(result)
    lines = [result.overall] if where is None else [line for line in result.groups if line.where == where]
    return {point.age: known[point.retention] for point in lines[0].points}


def follow(customer: Row) -> tuple[int, int]:
    """Days under observation and whether they ended with leaving."""
    left = customer["churned_at"]
    gone = left is not None and left <= END
    return ((left if gone else END) - customer["joined_at"]).days, int(gone)


def by_hand(lives: Sequence[tuple[int, int]], day: int, entry: Sequence[int] | None = None) -> tuple[float, float]:
    """S at the day and Greenwood's sum, one day after the other."""
    survival, total = 1.0, 0.0
    for t in range(day + 1):
        at_risk = [e for (time, e), came in zip(lives, entry or [-1] * len(lives), strict=True) if came < t <= time]
        left = sum(1 for (time, e) in lives if time == t and e)
        if left:
            survival *= 1 - left / len(at_risk)
            total += left / (len(at_risk) * (len(at_risk) - left))
    return survival, total


def test_leaving_is_a_kaplan_meier_curve_from_joining(warehouse: Warehouse, world: dict[str, list[Row]]) -> None:
    result = retention(warehouse)
    lives = [follow(customer) for customer in world["customers"]]
    known = curve(result)
    assert result.source == "churn" and result.origin == "joining date"
    assert max(known) >= 12
    for age, fact in known.items():
        survival, total = by_hand(lives, math.floor(age * MONTH))
        stretch = math.exp(1.959964 * math.sqrt(total) / -math.log(survival))
        assert (fact.value, fact.low, fact.high) == pytest.approx(
            (survival, survival**stretch, survival ** (1 / stretch))
        )
        assert fact.n == sum(time >= math.floor(age * MONTH) for time, _ in lives)


def test_who_left_by_an_age_is_what_is_missing_to_all(warehouse: Warehouse) -> None:
    result = retention(warehouse, by=["plan"], at=3)
    left = [fact for fact in result.facts if fact.name == "left"]
    assert len(left) == 1 + len(result.groups)
    for fact in left:
        stays = next(each for each in result.facts if each.name == "retention" and each.where == fact.where)
        assert (fact.value, fact.low, fact.high, fact.n) == pytest.approx(
            (1 - float(str(stays.value)), 1 - float(str(stays.high)), 1 - float(str(stays.low)), stays.n)
        )
    assert not any(fact.name == "left" for fact in retention(warehouse, source="orders").facts)


def test_a_leaving_date_after_the_as_of_date_counts_as_still_here(warehouse: Warehouse, world: dict[str, Any]) -> None:
    later = sum(1 for c in world["customers"] if c["churned_at"] and c["churned_at"] > END)
    assert later > 0
    assert any(note.startswith(f"{later} customers with a leaving date after") for note in retention(warehouse).caveats)


def test_cohort_cells_count_those_who_can_be_seen_and_unseen_ages_are_blank(
    warehouse: Warehouse, world: dict[str, list[Row]]
) -> None:
    result = retention(warehouse)
    known = facts(result)
    seen = {(cell.cohort, cell.age): cell for cell in result.cohorts}
    cohorts: dict[str, list[Row]] = defaultdict(list)
    for customer in world["customers"]:
        cohorts[f"{customer['joined_at']:%Y-%m}"].append(customer)
    for cohort, members in cohorts.items():
        for age in range(1, 20):
            day = math.floor(age * MONTH)
            able = [follow(c) for c in members if (END - c["joined_at"]).days >= day]
            cell = seen.get((cohort, age))
            if not able:
                assert cell is None
            elif len(able) == len(members) and len(able) >= 5:
                assert cell is not None and cell.complete
                kept = sum(1 for time, gone in able if not (gone and time <= day))
                assert (known[cell.retention].value, known[cell.retention].n) == (
                    pytest.approx(kept / len(able)),
                    len(able),
                )
            elif cell is not None:
                assert not cell.complete


def test_groups_that_leave_differently_are_found_by_the_log_rank_test(
    warehouse: Warehouse, world: dict[str, list[Row]]
) -> None:
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    import numpy as np

    result = retention(warehouse, by=["plan"])
    lives = np.array([follow(customer) for customer in world["customers"]])
    plans = np.array([customer["plan"] for customer in world["customers"]])
    _chi2, p_value = duration.survdiff(lives[:, 0].astype(float), lives[:, 1], plans)
    assert result.p_value is not None
    assert facts(result)[result.p_value].value == pytest.approx(p_value, rel=1e-6)
    assert result.differ
    (pair,) = result.pairs
    assert (pair.group, pair.against, pair.verdict) == ({"plan": "A"}, {"plan": "B"}, "lower")
    age = int(facts(result)[result.age or ""].value or 0)
    shares = [float(curve(result, {"plan": plan})[age].value or 0) for plan in "AB"]
    assert facts(result)[pair.difference].value == pytest.approx(shares[0] - shares[1])


def test_customers_purged_before_the_record_began_do_not_make_the_others_loyal(
    world: dict[str, list[Row]], company: Callable[..., Warehouse]
) -> None:
    """The file holds only who was still here on 1 October 2024, as customers files do."""
    start = dt.date(2024, 10, 1)
    kept = [c for c in world["customers"] if c["churned_at"] is None or c["churned_at"] >= start]
    survey = [row for row in world["survey"] if row["responded_at"] >= start]
    result = retention(company(survey=survey, customers=kept))
    began = dt.date.fromisoformat(str(facts(result)[result.seen_from or ""].value))
    assert start <= began <= start + 20 * DAY
    lives = [follow(customer) for customer in kept]
    entry = [(began - c["joined_at"]).days - 1 if c["joined_at"] < began else -1 for c in kept]
    for age, fact in curve(result).items():
        assert fact.value == pytest.approx(by_hand(lives, math.floor(age * MONTH), entry)[0])
    naive, whole = by_hand(lives, 365)[0], by_hand([follow(c) for c in world["customers"]], 365)[0]
    honest = float(curve(result)[12].value or 0)
    assert abs(honest - whole) < abs(naive - whole)
    assert any("late entry" in note for note in result.caveats)


def months(day: dt.date) -> int:
    return day.year * 12 + day.month


def active_by_hand(orders: Sequence[Row], zero: dict[str, dt.date], later: bool = False) -> dict[str, set[int]]:
    found: dict[str, set[int]] = defaultdict(set)
    for order in orders:
        start = zero.get(order["customer_id"])
        if start is not None and (order["ordered_at"] > start if later else order["ordered_at"] >= start):
            found[order["customer_id"]].add(months(order["ordered_at"]) - months(start))
    return found


def test_orders_give_the_share_active_in_each_calendar_month(warehouse: Warehouse, world: dict[str, list[Row]]) -> None:
    result = retention(warehouse, source="orders")
    zero = {c["customer_id"]: c["joined_at"] for c in world["customers"]}
    active = active_by_hand(world["orders"], zero)
    last = max(order["ordered_at"] for order in world["orders"])
    complete = months(last) if (dt.date(2025, 6, 30) - last).days <= 3 else months(last) - 1
    stays = {f.where["age_months"]: f for f in result.facts if f.name == "period_to_period_retention"}
    assert max(curve(result)) >= 16
    for age, fact in curve(result).items():
        able = [c for c, day in zero.items() if months(day) + age <= complete]
        assert fact.n == len(able)
        assert fact.value == pytest.approx(sum(age in active[c] for c in able) / len(able))
        before = [c for c in able if age - 1 in active[c]]
        if str(age) in stays:
            assert stays[str(age)].value == pytest.approx(sum(age in active[c] for c in before) / len(before))
    for cell in result.cohorts:
        members = [c for c, day in zero.items() if f"{day:%Y-%m}" == cell.cohort]
        share = sum(cell.age in active[c] for c in members) / len(members)
        assert facts(result)[cell.retention].value == pytest.approx(share)
        assert cell.complete == (months(zero[members[0]]) + cell.age <= complete)


def test_one_event_can_be_counted(warehouse: Warehouse, world: dict[str, list[Row]]) -> None:
    result = retention(warehouse, event="login", at=3)
    logins = [{**e, "ordered_at": e["occurred_at"]} for e in world["events"] if e["event"] == "login"]
    active = active_by_hand(logins, {c["customer_id"]: c["joined_at"] for c in world["customers"]})
    assert facts(result)[result.headline or ""].value == sum(3 in ages for ages in active.values()) / 300
    with pytest.raises(UnknownNameError, match="login"):
        retention(warehouse, event="logon")


def test_without_a_joining_date_cohorts_are_those_of_the_first_order(
    world: dict[str, list[Row]], company: Callable[..., Warehouse]
) -> None:
    result = retention(company(survey=world["survey"], orders=world["orders"]))
    zero: dict[str, dt.date] = {}
    for order in sorted(world["orders"], key=lambda order: order["ordered_at"]):
        zero.setdefault(order["customer_id"], order["ordered_at"])
    active = active_by_hand(world["orders"], zero)
    assert result.origin == "first order"
    assert curve(result)[0].value == 1
    assert curve(result)[2].value == pytest.approx(sum(2 in ages for ages in active.values()) / len(zero))


def test_who_joined_before_the_orders_begin_is_left_out(
    world: dict[str, list[Row]], company: Callable[..., Warehouse]
) -> None:
    start = dt.date(2024, 5, 1)
    orders = [order for order in world["orders"] if order["ordered_at"] >= start]
    result = retention(company(survey=world["survey"], customers=world["customers"], orders=orders), source="orders")
    begin = min(order["ordered_at"] for order in orders)
    early = sum(c["joined_at"] < begin for c in world["customers"])
    assert facts(result)[result.overall.customers or ""].value == 300 - early
    assert any(note.startswith(f"{early} customers who joined before {begin}") for note in result.caveats)


def test_a_few_dates_far_off_do_not_stretch_the_time_that_was_seen(
    world: dict[str, list[Row]], company: Callable[..., Warehouse]
) -> None:
    typo = {"order_id": "x1", "customer_id": "c0001", "ordered_at": dt.date(2052, 1, 1), "amount": 5}
    result = retention(company(survey=world["survey"], orders=[*world["orders"], typo]))
    last = max(order["ordered_at"] for order in world["orders"])
    assert facts(result)[result.seen_to].value == str(last)
    assert any(note.startswith("1 orders dated apart") for note in result.caveats)


def first_answers(survey: Sequence[Row]) -> dict[str, tuple[dt.date, str]]:
    found: dict[str, tuple[dt.date, str]] = {}
    for row in sorted(survey, key=lambda row: row["responded_at"]):
        name = "promoter" if row["nps_score"] > 8 else "passive" if row["nps_score"] > 6 else "detractor"
        day, known = found.get(row["customer_id"], (row["responded_at"], name))
        found[row["customer_id"]] = (day, min(name, known) if day == row["responded_at"] else known)
    return found


def test_by_class_of_answer_time_starts_at_the_first_answer(warehouse: Warehouse, world: dict[str, list[Row]]) -> None:
    result = retention(warehouse, by=["nps_class"], source="churn")
    answers = first_answers(world["survey"])
    left = {c["customer_id"]: c["churned_at"] for c in world["customers"]}
    gone_before = [c for c, (day, _) in answers.items() if left[c] is not None and left[c] <= day]
    assert result.origin == "first answer"
    assert any(note.startswith(f"{len(gone_before)} customers who answered when") for note in result.caveats)
    for name in ("promoter", "passive", "detractor"):
        lives = []
        for customer, (day, known) in answers.items():
            if known == name and customer not in gone_before:
                gone = left[customer] is not None and left[customer] <= END
                lives.append((((left[customer] if gone else END) - day).days, int(gone)))
        for age, fact in curve(result, {"nps_class": name}).items():
            assert fact.value == pytest.approx(by_hand(lives, math.floor(age * MONTH))[0])
    assert any("first answer that fits" in note for note in result.caveats)


def test_by_class_only_orders_after_the_answer_count(warehouse: Warehouse, world: dict[str, list[Row]]) -> None:
    result = retention(warehouse, by=["nps_class"], source="orders")
    answers = first_answers(world["survey"])
    active = active_by_hand(world["orders"], {c: day for c, (day, _) in answers.items()}, later=True)
    last = max(order["ordered_at"] for order in world["orders"])
    complete = months(last) if (dt.date(2025, 6, 30) - last).days <= 3 else months(last) - 1
    assert 0 not in curve(result)
    for name in ("promoter", "passive", "detractor"):
        for age, fact in curve(result, {"nps_class": name}).items():
            able = [c for c, (day, known) in answers.items() if known == name and months(day) + age <= complete]
            assert fact.n == len(able)
            assert fact.value == pytest.approx(sum(age in active[c] for c in able) / len(able))
    assert len(result.ages) > 3


def test_a_small_group_is_neither_shown_nor_left_over_by_subtraction(
    world: dict[str, list[Row]], company: Callable[..., Warehouse]
) -> None:
    customers = [{**c, "plan": "tiny" if i < 3 else c["plan"]} for i, c in enumerate(world["customers"])]
    files = company(survey=world["survey"], customers=customers, orders=world["orders"])
    sources: tuple[Literal["churn", "orders"], ...] = ("churn", "orders")
    for source in sources:
        result = retention(files, source=source, by=["plan"])
        tiny = next(line for line in result.groups if line.where == {"plan": "tiny"})
        assert tiny.customers is None and not tiny.points
        sizes = {age: fact.n for age, fact in curve(result).items()}
        told: dict[int, int] = defaultdict(int)
        for name in "AB":
            for age, fact in curve(result, {"plan": name}).items():
                told[age] += fact.n or 0
        assert all(n - told[age] == 0 or n - told[age] >= 5 for age, n in sizes.items() if n is not None)


def test_sorting_is_named_where_those_likely_to_leave_go_first(company: Callable[..., Warehouse]) -> None:
    """Half of the customers leave at 30 % a month, the others hardly; against a rate that is the same for all."""
    rng = random.Random(5)
    for mixed in (True, False):
        customers = []
        for i in range(1500):
            joined = dt.date(2024, 1, 1) + rng.randrange(300) * DAY
            rate = (0.3 if i % 2 else 0.01) if mixed else 0.12
            left = joined + (1 + int(rng.expovariate(rate / MONTH))) * DAY
            customers.append({"customer_id": f"c{i}", "joined_at": joined, "churned_at": left})
        result = retention(company(survey=survey_of(customers[:80], rng), customers=customers))
        assert result.sorting is mixed
        assert any("Sorting alone" in note for note in result.caveats) is mixed


def test_what_cannot_be_answered_is_refused_with_what_is_needed(
    warehouse: Warehouse, world: dict[str, list[Row]], company: Callable[..., Warehouse]
) -> None:
    bare = company(survey=[{**row, "tenure": i % 70} for i, row in enumerate(world["survey"])])
    with pytest.raises(MissingDataError, match="tenure in months is not a date"):
        retention(bare)
    with pytest.raises(NpsError, match="Age 40 was not seen"):
        retention(warehouse, at=40)
    with pytest.raises(NpsError, match="belongs to source='events'"):
        retention(warehouse, source="orders", event="login")
    with pytest.raises(UnknownNameError, match="nps_class"):
        retention(warehouse, where={"nps_class": "neutral"})
    with pytest.raises(NpsError, match="split by 2 at most"):
        retention(warehouse, by=["plan", "joined_at:year", "nps_class"])
    with pytest.raises(MissingDataError):
        retention(warehouse, period="2019")


def test_a_pair_is_not_called_clear_where_the_groups_altogether_are_not(company: Callable[..., Warehouse]) -> None:
    """Worlds in which nothing differs, eighteen ages each."""
    rng = random.Random(2)
    for _ in range(4):
        customers = [{**c, "plan": rng.choice("ABC")} for c in people(rng, 150)]
        orders = purchases(customers, rng)
        files = company(survey=survey_of(customers, rng), customers=customers, orders=orders)
        result = retention(files, source="orders", by=["plan"])
        clear = {test.age for test in result.ages if test.differ}
        age = facts(result)[result.age or ""].value
        assert all(pair.verdict == "no clear difference" for pair in result.pairs) or age in clear


def test_a_period_chooses_the_joining_cohorts(warehouse: Warehouse, world: dict[str, list[Row]]) -> None:
    result = retention(warehouse, period="2024-Q1", where={"plan": "A"}, source="orders")
    assert {cell.cohort for cell in result.cohorts} <= {"2024-01", "2024-02", "2024-03"}
    chosen = [c for c in world["customers"] if c["plan"] == "A" and c["joined_at"] < dt.date(2024, 4, 1)]
    assert facts(result)[result.overall.customers or ""].value == len(chosen)


def test_every_figure_has_a_base_and_every_statement_is_listed(warehouse: Warehouse) -> None:
    choices: list[dict[str, Any]] = [{}, {"by": ["plan"]}, {"source": "orders"}, {"by": ["nps_class"]}]
    for arguments in choices:
        result = retention(warehouse, **arguments)
        for fact in result.facts:
            assert int(fact.source.split("#")[1]) <= len(result.sql)
            if fact.name in ("retention", "retention_difference", "period_to_period_retention"):
                assert fact.n and fact.low is not None and fact.high is not None
                assert fact.low <= float(fact.value or 0) <= fact.high


def test_the_demos_detractors_leave_sooner(pricing: Warehouse) -> None:
    """The pricing demo plants leaving that depends on the answer."""
    result = retention(pricing, by=["nps_class"])
    verdicts = {(p.group["nps_class"], p.against["nps_class"]): p.verdict for p in result.pairs}
    assert verdicts["detractor", "promoter"] == "lower"


def test_cdnow_cohorts_are_those_of_its_first_quarter(tmp_path: Path) -> None:
    import os

    if not (data := os.environ.get("NPSIGHT_DATA")):
        pytest.skip("NPSIGHT_DATA names no folder with the real files")
    lines = [line.split() for line in (Path(data) / "cdnow" / "CDNOW_master.txt").read_text().splitlines()[1:]]
    orders, survey = tmp_path / "orders.csv", tmp_path / "survey.csv"
    orders.write_text("customer_id,ordered_at,amount\n" + "".join(
        f"{c},{d[:4]}-{d[4:6]}-{d[6:]},{v}\n" for c, d, _n, v in lines
    ))  # fmt: skip
    survey.write_text("response_id,customer_id,responded_at,nps_score\n" + "".join(
        f"r{i},{i + 1:05d},1998-03-{1 + i % 28:02d},{i % 11}\n" for i in range(400)
    ))  # fmt: skip
    make_workspace([survey, orders], tmp_path / "ws")
    with Warehouse(tmp_path / "ws") as opened:
        result = retention(opened, source="orders")
    known = facts(result)
    assert known[result.overall.customers or ""].value == 23570  # PROVENANCE.md
    sizes = {cell.cohort: known[cell.retention].n for cell in result.cohorts}
    assert sizes == {"1997-01": 7846, "1997-02": 8476, "1997-03": 7248}  # Fader & Hardie (2001), Interfaces 31(3)
    assert known[result.seen_to].value == "1998-06-30"
