"""Figures are told of the subject of their own clause: effects, comparisons, "from … to …" and what stands beside."""

from __future__ import annotations

from typing import Any

import pytest

from agent.answer import Answer
from evals.gold import GoldRows
from evals.scoring.values import ungrounded, wrong_values
from evals.scoring.values.periods import periods
from tools.result import Cell, Column, Fact, Table

BEFORE, AFTER = "2025-01-02..2025-06-09", "2025-06-10..2025-11-15"
EVENT = {"before": BEFORE, "event_date": "2025-06-10"}
OTHERS = {"device": "not Android"}
FACTS: list[tuple[str, float, str, int, float | None, float | None, dict[str, str]]] = [
    ("nps", 38.1, "points", 996, 33.1, 42.7, {"device": "Android", "period": BEFORE}),
    ("nps", 12.0, "points", 950, 6.6, 17.4, {"device": "Android", "period": AFTER}),
    ("change", -26.1, "points", 1946, -33.3, -18.8, {"device": "Android", "period": AFTER, **EVENT}),
    ("nps", 41.9, "points", 990, 37.1, 46.4, {**OTHERS, "period": BEFORE}),
    ("nps", 42.0, "points", 944, 37.1, 46.6, {**OTHERS, "period": AFTER}),
    ("change", 0.1, "points", 1934, -6.6, 6.8, {**OTHERS, "period": AFTER, **EVENT}),
    ("effect", -26.2, "points", 3880, -36.0, -16.3, {"device": "Android", "control": "device not Android", **EVENT}),
    ("effect_p", 0.0002, "p-value", 3880, None, None, {"device": "Android", "control": "device not Android"}),
    ("share_before", 0.155, "share", 996, None, None, {"plan": "Premium"}),
    ("share_after", 0.354, "share", 950, None, None, {"plan": "Premium"}),
    ("share_before", 0.549, "share", 996, None, None, {"plan": "Basic"}),
    ("share_after", 0.2, "share", 950, None, None, {"plan": "Basic"}),
    ("matched_effect", -15.8, "points", 4050, -22.1, -9.6, {"courier": "Velo", "method": "entropy balancing"}),
    ("nps", 36.7, "points", 2050, 33.0, 40.4, {"courier": "Velo"}),
    ("nps", 7.2, "points", 2000, 4.1, 10.3, {"courier": "Rapid"}),
    ("nps_difference", 29.5, "points", 4050, 24.4, 34.5, {"courier": "Velo", "against": "Rapid"}),
    ("nps_difference", -17.2, "points", 4050, -21.8, -12.7, {}),
    ("nps", 22.8, "points", 4050, 18.2, 27.2, {}),
]  # fmt: skip
MADE = "**The relaunch of 2025-06-10 made NPS of device Android lower by about 26.2 points** against device iOS"
WENT = (
    f"From {BEFORE} to {AFTER}, device Android went from +38.1 (n = 996) to +12.0 (n = 950), a change of -26.1 points "
    "(95% interval [-33.3, -18.8]); device iOS from +41.9 (n = 990) to +42.0 (n = 944), a change of +0.1 points "
    "(95% interval [-6.6, +6.8])."
)
ALIKE = (
    "Among customers alike in what is known, courier Velo goes with a lower NPS than courier Rapid: by **15.8 points** "
    "(95% interval [-22.1, -9.6], p < 0.001)."
)
STANDS = (
    "Courier Velo differs by +29.5 points (95% interval [+24.4, +34.5]): it stands at +36.7, courier Rapid at +7.2."
)


def answered(text: str, *tables: Table, question: str = "What did the relaunch do?", facts: Any = FACTS) -> Answer:
    made = [
        Fact(id=f"F{at}", name=name, value=value, unit=unit, n=n, low=low, high=high, where=where, source="impact#1")
        for at, (name, value, unit, n, low, high, where) in enumerate(facts, start=1)
    ]
    return Answer(status="answered", text=text, question=question, facts=made, tables=list(tables))


@pytest.mark.parametrize(
    "text",
    [
        f"{MADE} (95% interval [-36.0, -16.3], p < 0.001).\n\n{WENT}",
        f"{ALIKE}\n\n{STANDS}",
        "Shares: Premium from 15.5% to 35.4%, Basic from 54.9% to 20.0%.",
        "- Premium: no clear change, share 15.5% → 35.4%",
        "- **Android:** from +38.1 (95% interval [+33.1, +42.7], n = 996) before 2025-06-10 to +12.0 ([+6.6, +17.4], "
        "n = 950) from then on\n- **iOS:** from +41.9 (n = 990) to +42.0 (n = 944), no clear change",
        "Rapid stands 29.5 points lower than Velo.",
        "Velo's NPS is higher than that of Rapid by **29.5 points**.",
        "Ours is 17.2 points lower (+22.8; 95% interval of the difference [-21.8, -12.7], < 0.001).",
        "Android shows an effect against iOS: -26.2 points (95% interval [-36.0, -16.3]).",
        "It is +22.8 in all (95% interval [+18.2, +27.2]), with Velo at +36.7 and Rapid at +7.2.",
        "In all it is +22.8, Velo has +36.7.",
    ],
)  # fmt: skip
def test_a_figure_is_told_of_the_subject_of_its_clause(text: str) -> None:
    assert ungrounded(answered(text), None) == []


@pytest.mark.parametrize(
    "text",
    [
        WENT.replace("iOS", "X").replace("Android", "iOS").replace("X", "Android"),
        WENT.replace("+38.1", "X").replace("+12.0", "+38.1").replace("X", "+12.0"),
        WENT.replace("+41.9", "X").replace("+42.0", "+41.9").replace("X", "+42.0"),
        WENT.replace("n = 996", "X").replace("n = 950", "n = 996").replace("X", "n = 950"),
        WENT.replace("[-33.3, -18.8]", "[-6.6, +6.8]"),
        ALIKE.replace("Velo", "X").replace("Rapid", "Velo").replace("X", "Rapid"),
        STANDS.replace("+36.7", "X").replace("+7.2", "+36.7").replace("X", "+7.2"),
        "Shares: Premium from 54.9% to 20.0%, Basic from 15.5% to 35.4%.",
        "- Premium: no clear change, share 35.4% → 15.5%",
        "- **Android:** from +12.0 (n = 950) before 2025-06-10 to +38.1 (n = 996) from then on",
        "Velo stands 29.5 points lower than Rapid.",
        "In all it is +36.7, Velo has +22.8.",
        "Android shows an effect against iOS: -26.1 points (95% interval [-36.0, -16.3]).",
    ],
)
def test_a_figure_of_another_clause_is_seen(text: str) -> None:
    assert ungrounded(answered(text), None)


def test_two_figures_side_by_side_are_of_the_two_names_before_them() -> None:
    facts = [
        ("share_of_units", 0.4, "share", 2607, None, None, {"variant": "new"}),
        ("share_of_units", 0.6, "share", 2607, None, None, {"variant": "old"}),
        ("units", 1043, "customers", 2607, None, None, {"variant": "new"}),
        ("units", 1564, "customers", 2607, None, None, {"variant": "old"}),
    ]
    text = "1,043 customers got variant new and 1,564 variant old, that is 40.0% against 60.0%."
    assert ungrounded(answered(text, facts=facts), None) == []
    assert ungrounded(answered(text.replace("40.0% against 60.0%", "60.0% against 40.0%"), facts=facts), None)


def test_a_week_may_be_told_by_its_days_and_a_fact_by_its_week() -> None:
    facts = [("nps", -46.2, "points", 78, -60.4, -28.5, {"joined_at": "2025-W11"})]
    assert (
        ungrounded(answered("Those who joined from 2025-03-10 to 2025-03-16 stand at -46.2.", facts=facts), None) == []
    )


def test_what_is_counted_is_no_segment() -> None:
    gold = GoldRows([{"n": 233}], [], {"n": "count"})
    facts = [
        ("customers", 233, "customers", 1476, None, None, {}),
        ("dropped", 4, "rows", 5, None, None, {"table": "customers"}),
    ]
    answer = answered("**233** customers answered.", question="How many answered?", facts=facts)
    assert wrong_values(gold, answer) == []


def test_rows_with_names_of_their_own_are_not_the_whole() -> None:
    gold = GoldRows([{"invited": 6400, "answered": 2579}], [], {"invited": "count", "answered": "count"})
    rows: list[list[Cell]] = [["converted no", 5000, 1700], ["converted yes", 1400, 879]]
    columns = [
        Column(name="group", unit="text"),
        Column(name="invited", unit="rows"),
        Column(name="answered", unit="rows"),
    ]
    table = Table(title="Who answered", columns=columns, rows=rows)
    text = "2,579 of 6,400 people invited answered."
    assert wrong_values(gold, answered(text, table, question="How many were invited?", facts=[])) == []
    whole = Table(title="Answered", columns=columns[1:], rows=[[6400, 1700]])
    assert wrong_values(gold, answered(text, whole, question="How many were invited and answered?", facts=[]))


def test_a_compound_question_has_rows_that_leave_a_column_out() -> None:
    gold = GoldRows(
        [{"role": "dentist", "package": None, "nps": 28.3}, {"role": None, "package": "Group", "nps": 33.3}],
        ["role", "package"],
        {"nps": "points"},
    )
    assert wrong_values(gold, answered("Dentists are at **+28.3**.\n\n**Group** has +33.3.", facts=[])) == []
    assert wrong_values(gold, answered("Dentists are at **+33.3**.\n\n**Group** has +28.3.", facts=[]))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("before 2025-06-10", "0001-01-01", "2025-06-09"),
        ("since 10 June 2025", "2025-06-10", "9999-12-31"),
        ("from 2025-06-10 on", "2025-06-10", "9999-12-31"),
        ("on 2025-06-10", "2025-06-10", "2025-06-10"),
        ("before June 2025", "2025-06-01", "2025-06-30"),
    ],
)
def test_before_and_since_a_day_are_open(text: str, first: str, last: str) -> None:
    span = periods(text)[0].span
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)
