"""Answers of one conversation cannot be subtracted from each other; ordinary conversations are left alone."""

from __future__ import annotations

import csv
import datetime as dt
import itertools
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from agent.ledger import Ledger
from agent.ledger_atoms import Classes, singled_out
from agent.ledger_cells import Told, read_values
from agent.performing import admitted
from tools.registry import run_tool
from tools.result import FactSheet, Result
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse, make_workspace

Call = tuple[str, dict[str, Any]]
LARGE_PLANS = {"where": {"plan": ["Growth", "Scale", "Starter"]}}


@pytest.fixture(scope="module")
def small_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 answers: three of plan Tiny, one from PT, two of Scale on the last day of June."""
    folder, rng = tmp_path_factory.mktemp("small"), random.Random(3)
    rows = []
    for number in range(300):
        plan = "Tiny" if number < 3 else rng.choices(["Starter", "Growth", "Scale"], [5, 3, 2])[0]
        country = "PT" if number == 7 else rng.choices(["DE", "FR", "UK"], [4, 3, 3])[0]
        day = f"2025-{rng.randint(1, 12):02d}-{rng.randint(1, 27):02d}"
        if number in (20, 21):
            day = "2025-06-30"
        rows.append([f"r{number}", f"c{number}", day, plan, country, rng.choice([2, 5, 7, 8, 9, 9, 10, 10])])
    with (folder / "s.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "customer_id", "answered_on", "plan", "country", "nps_score"])
        writer.writerows(rows)
    make_workspace([folder / "s.csv"], folder / "ws")
    return folder / "ws"


@pytest.fixture
def small(small_folder: Path) -> Iterator[Warehouse]:
    with Warehouse(small_folder) as opened:
        yield opened


def tell(warehouse: Warehouse, ledger: Ledger, *calls: Call) -> str | None:
    """The refusal of the first call that was refused."""
    for name, arguments in calls:
        result = run_tool(warehouse, name, arguments)
        try:
            ledger.admit(warehouse, name, arguments, result)
        except NpsError as error:
            return str(error)
    return None


def sql(text: str) -> Call:
    return "run_sql", {"sql": text}


BY_PLAN: Call = ("nps", {"by": ["plan"]})
ALL: Call = ("nps", {})


@pytest.mark.parametrize(
    "calls",
    [
        [BY_PLAN, ALL],
        [ALL, BY_PLAN],
        [ALL, ("nps", LARGE_PLANS)],
        [("nps", {"period": "2025-01-01..2025-06-30"}), ("nps", {"period": "2025-01-01..2025-06-29"})],
        [("nps", {"where": {"country": ["DE", "FR", "UK"]}}), ALL],
        [ALL, ("compare", {"group": {"plan": ["Growth", "Starter"]}, "against": {"plan": "Scale"}})],
        [ALL, ("nps_distribution", LARGE_PLANS)],
        [ALL, ("nps", {"where": {"plan": "Growth"}}), ("nps", {"where": {"plan": ["Scale", "Starter"]}})],
        [sql("SELECT avg(score) FROM cohorts"), sql("SELECT avg(score) FROM cohorts WHERE NOT (plan = 'Tiny')")],
        [ALL, sql("SELECT plan, avg(score) AS a FROM cohorts WHERE plan <> 'Tiny' GROUP BY 1")],
        [ALL, sql("SELECT avg(score) FILTER (WHERE plan <> 'Tiny') AS a FROM cohorts")],
        [ALL, sql("SELECT avg(CASE WHEN plan <> 'Tiny' THEN score END) AS a FROM responses")],
        [ALL, sql("SELECT avg(t.score) AS a FROM (SELECT * FROM cohorts WHERE plan <> 'Tiny') AS t")],
        [ALL, sql("WITH t AS (SELECT * FROM cohorts WHERE plan <> 'Tiny') SELECT avg(score) AS a FROM t")],
        [
            ALL,
            sql(
                "WITH t AS (SELECT plan, avg(score) AS a FROM cohorts WHERE plan <> 'Tiny' GROUP BY 1) SELECT a FROM t"
            ),
        ],
        [ALL, sql("SELECT avg(score) AS a FROM cohorts WHERE responded_at <> TIMESTAMP '2025-06-30 00:00:00'")],
    ],
)
def test_a_small_group_cannot_be_had_by_subtraction(small: Warehouse, calls: list[Call]) -> None:
    ledger = Ledger()
    assert tell(small, ledger, *calls[:-1]) is None
    refused = tell(small, ledger, calls[-1])
    assert refused is not None and refused.count("\n") == 0


def test_a_refusal_names_the_filter_that_leaves_the_group_out(small: Warehouse) -> None:
    ledger = Ledger()
    said = tell(small, ledger, BY_PLAN, ALL)
    assert said is not None
    assert said.endswith('; add to where "plan": "Growth", "Scale", "Starter", which leaves them out.')
    assert "(plan Tiny)" in said and "fewer than 5" in said
    assert tell(small, ledger, ("nps", LARGE_PLANS)) is None


def test_after_the_whole_a_filter_leaves_out_one_more_group(small: Warehouse) -> None:
    ledger = Ledger()
    said = tell(small, ledger, ALL, BY_PLAN)
    assert said is not None and '"plan": "Growth", "Starter", which' in said
    assert tell(small, ledger, ("nps", {"by": ["plan"], "where": {"plan": ["Growth", "Starter"]}})) is None


def test_a_period_that_differs_by_a_few_answers_is_asked_for_as_before(small: Warehouse) -> None:
    said = tell(
        small, Ledger(), ("nps", {"period": "2025-01-01..2025-06-30"}), ("nps", {"period": "2025-01-01..2025-06-29"})
    )
    assert said is not None and 'ask for the period "2025-01-01..2025-06-30" as before' in said


def test_a_refusal_says_nothing_of_the_few_that_was_not_told(small: Warehouse) -> None:
    """The one answer from PT has a plan, which no refusal may name."""
    said = tell(small, Ledger(), ALL, ("nps_distribution", {"by": ["country"]}))
    assert said is not None and "country PT" in said and "plan" not in said


def test_what_was_refused_is_not_remembered(small: Warehouse) -> None:
    ledger = Ledger()
    assert tell(small, ledger, ALL) is None
    before = ledger.to_json()
    assert tell(small, ledger, ("nps", LARGE_PLANS)) is not None
    assert ledger.to_json() == before
    assert tell(small, ledger, ALL, ("nps", {"where": {"plan": "Growth"}})) is None


def test_a_ledger_survives_a_restart(small: Warehouse) -> None:
    ledger = Ledger()
    assert tell(small, ledger, BY_PLAN, ("nps", {"by": ["plan"], "period": "2025-H1", **LARGE_PLANS})) is None
    again = Ledger.from_json(ledger.to_json())
    assert again.to_json() == ledger.to_json()
    assert tell(small, again, ALL) is not None


def test_it_is_read_from_the_messages_of_a_conversation(small: Warehouse) -> None:
    result = run_tool(small, *BY_PLAN)
    history = [
        HumanMessage("NPS by plan?"),
        AIMessage(content="", tool_calls=[{"name": "nps", "args": {"by": ["plan"]}, "id": "1", "type": "tool_call"}]),
        ToolMessage(content="told", artifact=result, tool_call_id="1", name="nps"),
        AIMessage(content="Here."),
    ]
    assert tell(small, Ledger.of(small, history), ALL) is not None
    assert tell(small, Ledger.of(small, []), ALL) is None


def test_two_conversations_do_not_mix(small: Warehouse) -> None:
    assert tell(small, Ledger(), BY_PLAN) is None
    assert tell(small, Ledger(), ALL) is None


ORDINARY: list[list[Call]] = [
    [ALL, BY_PLAN, ("nps", {"by": ["region"]}), ("nps", {"by": ["plan", "region"]})],
    [ALL, ("trend", {"grain": "month"}), ("compare", {"before": "2025-Q1", "after": "2025-Q2"})],
    [("trend", {"grain": "quarter"}), ("decompose_change", {"before": "2025-Q1", "after": "2025-Q2"}), BY_PLAN],
    [("compare", {"group": {"plan": "Growth"}}), ("compare", {"group": {"plan": "Starter"}}), ALL],
    [("find_outliers", {}), BY_PLAN, ("nps_distribution", {"by": ["plan"]})],
    [("nps", {"period": "2025-Q2"}), ("nps", {"by": ["plan"], "period": "2025-Q2"}), ("nps", {"period": "2025-H1"})],
    [("nps", {"where": {"plan": "Growth"}}), ("trend", {"where": {"plan": "Growth"}, "grain": "month"}), ALL],
    [sql("SELECT plan, avg(score) AS a, count(*) AS n FROM cohorts GROUP BY plan ORDER BY a"), BY_PLAN, ALL],
    [("describe_data", {}), ("data_quality", {}), ("benchmark", {"figure": 30, "n": 400, "source": "Report"}), ALL],
    [("key_drivers", {}), ("nps", {"by": ["region"]}), ("compare", {"group": {"region": "North"}}), ALL],
]
PERIODS = [None, "2025-H1", "2025-Q1", "2025-01..2025-06"]


def test_ordinary_conversations_about_large_cells_are_never_refused(warehouse: Warehouse) -> None:
    """Forty of them: each over all answers and over three periods, in their own order and as follow-ups."""
    told: dict[str, Result] = {}
    for calls, period in itertools.product(ORDINARY, PERIODS):
        ledger = Ledger()
        for name, arguments in [*([("nps", {"period": period})] if period else []), *calls]:
            key = f"{name} {arguments}"
            told[key] = told.get(key) or run_tool(warehouse, name, arguments)
            ledger.admit(warehouse, name, arguments, told[key])


def test_a_small_survey_is_refused_only_where_a_few_people_would_show(small: Warehouse) -> None:
    for calls in (
        [("nps", {"by": ["country"]}), ("compare", {"group": {"country": "DE"}, "against": {"country": "FR"}})],
        [("trend", {"grain": "quarter"}), ("compare", {"before": "2025-H1", "after": "2025-H2"}), ALL],
        [
            BY_PLAN,
            ("nps", LARGE_PLANS),
            ("nps", {"where": {"plan": "Growth"}}),
            ("trend", {"grain": "quarter", **LARGE_PLANS}),
        ],
        [("nps", {"where": {"plan": "Scale"}}), ("nps", {"where": {"plan": "Growth"}}), ALL],
    ):
        assert tell(small, Ledger(), *calls) is None, calls


def test_figures_about_themes_are_held_by_their_base_alone(small: Warehouse) -> None:
    """Nobody knows who speaks of a theme: cells within each other, a few people apart, are refused."""

    def about(where: dict[str, str], n: int) -> Result:
        sheet = FactSheet("themes")
        sheet.add("nps", 10.0, "points", n=n, where={"theme": "price", **where})
        return Result(facts=sheet.facts)

    ledger = Ledger()
    ledger.admit(small, "themes", {}, about({}, 40))
    ledger.admit(small, "themes", {}, about({"plan": "Growth"}, 20))
    with pytest.raises(NpsError, match="fewer than 5"):
        ledger.admit(small, "themes", {}, about({"plan": "Starter or Growth or Scale"}, 38))


def _brute(member: np.ndarray, base: int) -> bool:
    """Whether a combination of the rows is nothing but on fewer than `base` people, one column each."""
    people = range(member.shape[1])
    whole = np.linalg.matrix_rank(member)
    return any(
        np.linalg.matrix_rank(np.delete(member, few, axis=1)) < whole
        for count in range(1, base)
        for few in itertools.combinations(people, count)
    )


@settings(max_examples=120, deadline=None)
@given(st.integers(1, 5), st.integers(4, 9), st.integers(2, 4), st.randoms(use_true_random=False))
def test_singling_out_is_found_exactly(cells: int, people: int, base: int, rng: random.Random) -> None:
    member = np.array([[float(rng.random() < 0.6) for _ in range(people)] for _ in range(cells)])
    signs, inverse = np.unique(member, axis=1, return_inverse=True)
    sizes = np.bincount(inverse.ravel())
    covered = signs.any(axis=0)
    classes = Classes(signs[:, covered], sizes[covered], [{} for _ in range(int(covered.sum()))])
    found = singled_out(classes, base) if covered.any() else None
    assert (found is not None) == _brute(member, base)


def test_where_there_is_too_much_to_look_at_cells_within_each_other_are_compared(
    small: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.find_classes", lambda *_: None)
    ledger = Ledger()
    assert tell(small, ledger, ALL, ("nps", {"where": {"plan": "Growth"}})) is None
    assert tell(small, ledger, ("nps", LARGE_PLANS)) is not None
    assert tell(small, Ledger(), ("nps", {"by": ["country"]}), ("nps", {"where": {"plan": "Growth"}})) is None


def test_a_long_conversation_keeps_what_everything_else_follows_from(
    small: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent.ledger.MANY", 3)
    ledger = Ledger()
    quarters = [("nps", {"period": f"2025-Q{quarter}"}) for quarter in (1, 2, 3, 4)]
    assert tell(small, ledger, *quarters, ("nps", {"period": "2025-H1"}), ("nps", {"period": "2025-H2"}), ALL) is None
    assert len(ledger.told) == 4
    assert tell(small, ledger, ("nps", LARGE_PLANS)) is not None


def test_sql_in_steps_that_can_be_read_is_told(small: Warehouse) -> None:
    steps = "WITH t AS (SELECT country, avg(score) AS a FROM cohorts GROUP BY country) SELECT a FROM t ORDER BY a"
    assert tell(small, Ledger(), sql(steps), ("nps", {"where": {"country": "DE"}})) is None
    assert tell(small, Ledger(), sql(steps), ALL) is not None
    assert tell(small, Ledger(), sql("SELECT 1 AS one")) is None


def test_a_value_may_hold_an_or_of_its_own() -> None:
    known = ["Cash or card", "Cheque", "Cash"]
    assert read_values("Cash or card or Cheque", known) == (["Cash or card", "Cheque"], False)
    assert read_values("not Cheque", known) == (["Cheque"], True)
    assert read_values("(other, too few answers)", known) == (None, False)


def test_a_cell_lies_within_another_only_where_everything_of_it_holds() -> None:
    narrow = Told(values={"plan": ["A"], "country": ["X"]}, conditions=["c"])
    assert narrow.within(Told(values={"plan": ["A", "B"]})) and narrow.within(Told())
    assert not Told().within(narrow) and not narrow.within(Told(values={"plan": ["B"]}))
    assert not narrow.within(Told(conditions=["d"]))


@pytest.fixture(scope="module")
def weekly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Half a year with ten answers a working day; on Sunday 1 June 2025, in May's last week, a single one."""
    folder, rng = tmp_path_factory.mktemp("weekly"), random.Random(5)
    days = [dt.date(2025, 1, 6) + dt.timedelta(days=at) for at in range(175)]
    rows = [[day, rng.choice([2, 7, 9, 10])] for day in days if day.weekday() < 5 for _ in range(10)]
    rows.append([dt.date(2025, 6, 1), 0])
    with (folder / "s.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "answered_on", "nps_score", "plan"])
        writer.writerows([f"r{at}", day, score, "AB"[at % 2]] for at, (day, score) in enumerate(rows))
    make_workspace([folder / "s.csv"], folder / "ws")
    with Warehouse(folder / "ws") as opened:
        yield opened


def told_of(warehouse: Warehouse, ledger: Ledger, name: str, arguments: dict[str, Any]) -> Any:
    """What is told of a call after what was told before."""
    return admitted(ledger, warehouse, name, arguments, lambda of, by: run_tool(warehouse, of, by))


def test_trend_and_change_points_go_together(weekly: Warehouse) -> None:
    ledger = Ledger()
    told_of(weekly, ledger, "trend", {"grain": "month"})
    found = told_of(weekly, ledger, "find_change_points", {"grain": "week"})
    gone = [fact for fact in found.facts if fact.value is None]
    assert 2 <= len(gone) <= 4 and all(fact.n is None and "fewer than 5" in (fact.reason or "") for fact in gone)
    assert len([fact for fact in found.facts if fact.name == "nps" and fact.value is not None]) > 15


def test_what_a_series_leaves_out_stands_nowhere_in_it(weekly: Warehouse) -> None:
    ledger = Ledger()
    told_of(weekly, ledger, "trend", {"grain": "month"})
    found = told_of(weekly, ledger, "trend", {"grain": "week"})
    labels = {fact.where["period"] for fact in found.facts if fact.name == "nps" and fact.value is None}
    assert labels
    for cell in found.cells:
        assert (cell.nps is None and cell.n is None) == (cell.where["period"] in labels)
    for row in found.table.rows:
        if labels & set(row):
            assert not any(isinstance(value, int | float) for value in row)
    assert not any(labels & {str(v) for v in row.values()} for row in found.chart["data"]["values"])
    assert any(all(label in caveat for label in labels) for caveat in found.caveats)
    assert not [f for f in found.facts if f.where.get("against") in labels and f.value is not None]


def test_no_single_answer_follows_from_what_is_left_of_two_series(weekly: Warehouse) -> None:
    """By hand: the sum over weeks less that over months is never one answer, not even with one left-out week back."""
    ledger = Ledger()
    months = told_of(weekly, ledger, "trend", {"grain": "month"})
    weeks = told_of(weekly, ledger, "find_change_points", {"grain": "week"})
    rows = weekly.run("SELECT strftime(responded_at, '%Y-%m'), strftime(responded_at, '%G-W%V') FROM responses").rows
    labels = [fact.where["period"] for one in (months, weeks) for fact in one.facts if fact.name == "nps"]
    told = {fact.where["period"] for one in (months, weeks) for fact in one.facts if fact.name == "nps" and fact.n}
    for back in [None, *sorted(set(labels) - told)]:
        names = sorted(told | ({back} if back else set()))
        member = np.array([[float(label in row) for row in rows] for label in names])
        signs, inverse = np.unique(member, axis=1, return_inverse=True)
        sizes = np.bincount(inverse.ravel())
        for at in np.flatnonzero(sizes < 5):
            alone = np.zeros(signs.shape[1])
            alone[at] = 1.0
            whole = np.linalg.matrix_rank(signs)
            assert np.linalg.matrix_rank(np.vstack([signs, alone])) > whole, (back, at)


def test_where_the_length_of_periods_is_free_another_is_taken_and_said(weekly: Warehouse) -> None:
    ledger = Ledger()
    told_of(weekly, ledger, "find_change_points", {"grain": "week"})
    found = told_of(weekly, ledger, "trend", {})
    assert found.grain == "week" and found.caveats[0].startswith("By week, not by month")


def test_where_it_was_named_the_refusal_says_which_would_do(weekly: Warehouse) -> None:
    ledger = Ledger()
    told_of(weekly, ledger, "find_change_points", {"grain": "week"})
    try:
        told_of(weekly, ledger, "trend", {"grain": "month"})
    except NpsError as refused:
        assert 'ask for it with grain "' in str(refused)
        grain = str(refused).split('grain "')[1].split('"')[0]
        assert told_of(weekly, ledger, "trend", {"grain": grain}).facts


def test_a_period_that_does_not_fit_is_named_in_the_stretches_that_were_told(weekly: Warehouse) -> None:
    """All but the single answer of 1 June: refused, with a stretch that then works."""
    ledger = Ledger()
    told_of(weekly, ledger, "trend", {"grain": "month"})
    asked = {"before": "2025-02", "after": "2025-06-02..2025-06-30"}
    with pytest.raises(NpsError, match=r'"2025-06-01\.\.2025-06-30" in the place of 2025-06-02'):
        told_of(weekly, ledger, "compare", asked)
    assert told_of(weekly, ledger, "compare", {"before": "2025-02", "after": "2025-06-01..2025-06-30"}).facts


def test_a_small_value_of_a_period_is_left_out_by_the_filter_that_is_named(small: Warehouse) -> None:
    ledger = Ledger()
    told_of(small, ledger, "nps", {"period": "2025"})
    with pytest.raises(NpsError, match='add to where "plan": ') as refused:
        told_of(small, ledger, "nps", {"by": ["plan"], "period": "2025"})
    plans = re.findall(r'"(\w+)"', str(refused.value).split('"plan": ')[1])
    assert told_of(small, ledger, "nps", {"by": ["plan"], "period": "2025", "where": {"plan": plans}}).facts


def test_two_names_of_one_figure_are_held_against_each_other(small: Warehouse) -> None:
    def level(name: str, n: int, where: dict[str, str]) -> Result:
        sheet = FactSheet("themes")
        sheet.add(name, 10.0, "points", n=n, where={"theme": "price", **where})
        return Result(facts=sheet.facts)

    ledger = Ledger()
    ledger.admit(small, "themes", {}, level("nps", 40, {}))
    with pytest.raises(NpsError, match="fewer than 5"):
        ledger.admit(small, "themes", {}, level("nps_of_shown_cells", 38, {"plan": "Growth or Scale or Starter"}))


PAIRS: list[list[Call]] = [
    [ALL, ("trend", {}), ("find_change_points", {})],
    [("find_change_points", {}), ("trend", {}), ALL],
    [BY_PLAN, ("compare", {"group": {"plan": "Growth"}}), ("trend", {"where": {"plan": "Growth"}})],
    [("decompose_change", {"before": "2025-Q1", "after": "2025-Q2"}), ("nps", {"by": ["plan"], "period": "2025-Q2"})],
    [("find_outliers", {}), ("nps", {"where": {"plan": "Growth"}}), ("find_change_points", {"by": ["plan"]})],
    [("priorities", {}), ("nps", {"where": {"plan": "Growth"}}), ALL],
    [("trend", {}), ("seasonality", {"grain": "weekday"}), ("nps", {"period": "last 90 days"})],
    [("key_drivers", {}), BY_PLAN, ("nps_distribution", {"by": ["plan"]})],
    [("compare", {"before": "2025-Q1", "after": "2025-Q2"}), ("trend", {}), BY_PLAN],
    [ALL, ("compare", {"group": {"plan": "Growth"}, "outcome": "score"}), BY_PLAN],
]


def test_the_usual_pairs_of_tools_are_told_or_refused_with_a_way_that_works(warehouse: Warehouse) -> None:
    refused = 0
    for calls in PAIRS:
        ledger = Ledger()
        for name, arguments in calls:
            try:
                run_tool(warehouse, name, arguments)
            except NpsError:
                continue  # this survey is too short for it
            try:
                told_of(warehouse, ledger, name, arguments)
            except NpsError as error:
                refused += 1
                (period,) = re.findall(r'ask for the period "([^"]+)"', str(error))
                assert told_of(warehouse, ledger, name, {**arguments, "period": period}).facts
    assert refused <= 2  # two answers of 30 June are in no week with a figure of its own


@pytest.fixture(scope="module")
def joined_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """200 answers of customers who joined in May 2025, two of them on its last day."""
    folder = tmp_path_factory.mktemp("joined")
    with (folder / "s.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "customer_id", "answered_on", "joined_at", "plan", "nps_score"])
        for number in range(200):
            joined = "2025-05-31" if number < 2 else f"2025-05-{1 + number % 30:02d}"
            score = [3, 8, 9, 10][number % 4]
            writer.writerow([f"r{number}", f"c{number}", "2025-07-01", joined, "AB"[number % 2], score])
    make_workspace([folder / "s.csv"], folder / "ws")
    return folder / "ws"


def test_two_stretches_of_joining_cannot_be_subtracted(joined_folder: Path) -> None:
    with Warehouse(joined_folder) as warehouse:
        ledger = Ledger()
        assert tell(warehouse, ledger, ("nps", {"where": {"joined_at": "2025-05"}})) is None
        assert tell(warehouse, ledger, ("nps", {"where": {"joined_at": "2025-05-01..2025-05-30"}})) is not None
        assert tell(warehouse, ledger, ("nps", {"where": {"joined_at": "2025-05-01..2025-05-20"}})) is None
