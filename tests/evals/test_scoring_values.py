"""The scorers of figures, on answers made by hand: what is wrong is seen, what is right passes."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from agent.answer import Answer
from evals.cases import Ignored, Turn
from evals.codes import Failure
from evals.gold import GoldRows
from evals.scoring.values import ungrounded, wrong_lead, wrong_values
from evals.scoring.values.periods import periods
from evals.scoring.values.reading import figures, passages, sentences
from tools.result import Cell, Column, Fact, Table, Unit

HOTELS = GoldRows(
    [
        {"property": "Harbour View", "nps": 31.557},
        {"property": "Old Mill", "nps": 10.751},
        {"property": "Airport Inn", "nps": -23.892},
    ],
    ["property"],
    {"nps": "points"},
)
QUARTERS = GoldRows(
    [{"quarter": "2025-Q1", "nps": 1.25}, {"quarter": "2025-Q2", "nps": 7.42}, {"quarter": "2025-Q3", "nps": 8.96}],
    ["quarter"],
    {"nps": "points"},
)
LEVEL = GoldRows([{"nps": 5.533, "n": 1500}], [], {"nps": "points", "n": "count"})
SHARE = GoldRows([{"share": 0.4053}], [], {"share": "share"})
FACTS = [
    ("nps", 5.533, "points", 1500, 1.14, 9.91, {}),
    ("nps", 31.557, "points", 488, 23.99, 38.74, {"property": "Harbour View"}),
    ("nps", 10.751, "points", 493, 3.08, 18.30, {"property": "Old Mill"}),
    ("nps", -23.892, "points", 519, -30.70, -16.81, {"property": "Airport Inn"}),
    ("nps_difference", -44.993, "points", 519, -53.56, -36.03, {"property": "Airport Inn", "against": "rest"}),
    ("levels_differ_p", 0.0312, "p-value", 1500, None, None, {"test": "property"}),
]
GOOD = "- Harbour View: +31.6\n- Old Mill: +10.8\n- Airport Inn: −23.9"


def answered(text: str, *tables: Table, question: str = "NPS by property", facts: Any = FACTS) -> Answer:
    made = [
        Fact(id=f"F{at}", name=name, value=value, unit=unit, n=n, low=low, high=high, where=where, source="nps#1")
        for at, (name, value, unit, n, low, high, where) in enumerate(facts, start=1)
    ]
    return Answer(status="answered", text=text, question=question, facts=made, tables=list(tables))


def tabled(
    *rows: list[Cell], columns: tuple[tuple[str, Unit], ...] = (("property", "text"), ("NPS", "points"))
) -> Table:
    return Table(title="NPS", columns=[Column(name=name, unit=unit) for name, unit in columns], rows=list(rows))


ROWS: list[list[Cell]] = [["Harbour View", 31.557], ["Old Mill", 10.751], ["Airport Inn", -23.892]]


def faults(gold: GoldRows, answer: Answer, *ignore: Ignored) -> list[Failure]:
    return [*wrong_values(gold, answer, ignore), *ungrounded(answer, gold)]


def codes(gold: GoldRows, answer: Answer, *ignore: Ignored) -> set[str]:
    return {failure.code for failure in faults(gold, answer, *ignore)}


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "- **Harbour View**: **+31.6** (95% CI [+24.0, +38.7], n = 488)\n- Old Mill: 10.75\n- Airport Inn: -23.89",
        "HARBOUR VIEW stands at 31.6, old mill at 10.8 and airport inn at minus 23.9 points.",
        "31.6 for Harbour View, 10.8 for Old Mill and -23.9 for Airport Inn.",
        "The NPS of Harbour View, Old Mill and Airport Inn is 31.6, 10.8 and -23.9, respectively.",
        "Harbour View (31.6), Old Mill (10.8), Airport Inn (-23.9)",
        "| Hotel | NPS | 95 % interval | n |\n|---|---|---|---|\n| Harbour View | **31.6** | 24.0 to 38.7 | 488 |\n"
        "| Old Mill | 10.8 | 3.1 to 18.3 | 493 |\n| Airport Inn | −23.9 | −30.7 to −16.8 | 519 |",
        "| Harbour View | Old Mill | Airport Inn |\n|---|---|---|\n| 31.6 | 10.8 | -23.9 |",
        "Harbour View liegt bei +31,6 Punkten, Old Mill bei +10,8 und Airport Inn bei −23,9 Punkten (n = 1.500).",
        "Harbour View tiene un NPS de 31,6; Old Mill, 10,8; y Airport Inn, −23,9.",
        "### Harbour View\nNPS 31.6\n\n### Old Mill\nNPS 10.8\n\n### Airport Inn\nNPS -23.9",
        "Harbour View is liked most: 31.6. Old Mill follows with 10.8. Airport Inn is last. It has -23.9.",
        GOOD + "\n\nAirport Inn is 45.0 points below the others (p = 0.031). Scores run from 0 to 10.",
    ],
)
def test_the_same_rows_may_be_told_in_many_ways(text: str) -> None:
    assert faults(HOTELS, answered(text)) == []


def test_a_table_under_the_text_shows_rows_too() -> None:
    assert faults(HOTELS, answered("The table has them.", tabled(*ROWS))) == []
    assert faults(HOTELS, answered("The table has them.", tabled(*ROWS[::-1])), "order") == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD.replace("31.6", "31.2"), "wrong value"),
        (GOOD.replace("−23.9", "+23.9"), "wrong value"),
        (GOOD.replace("−23.9", "23.9"), "wrong value"),
        (GOOD.replace("31.6", "32"), "wrong value"),
        (GOOD.replace("31.6", "5.5"), "wrong value"),
        (GOOD.replace("31.6", "24.0"), "wrong value"),
        (GOOD.replace("+31.6", "31.6%"), "missing row"),
        (GOOD.replace("31.6", "x").replace("10.8", "31.6").replace("x", "10.8"), "swapped"),
        ("- Harbour View: +31.6\n- Airport Inn: −23.9", "missing row"),
        (GOOD + "\n- Riverside: +31.6", "wrong value"),
        (GOOD + "\n\nThe response rate was 37.2%.", "ungrounded number"),
        (GOOD + "\n\nThat is 12.4 points above the industry.", "ungrounded number"),
        (GOOD + "\n\n212 guests were asked in vain.", "ungrounded number"),
        ("Harbour View and Airport Inn are at -23.9 and 31.6; Old Mill is at 10.8.", "swapped"),
        ("-23.9 for Harbour View, 10.8 for Old Mill and 31.6 for Airport Inn.", "swapped"),
    ],
)
def test_what_is_wrong_is_seen(text: str, code: str) -> None:
    assert code in codes(HOTELS, answered(text), "order")


def test_a_right_table_does_not_make_up_for_a_wrong_sentence_nor_the_other_way_round() -> None:
    assert faults(HOTELS, answered("Harbour View is at +10.8.", tabled(*ROWS)))
    assert faults(HOTELS, answered("Harbour View is at +5.5.", tabled(*ROWS)))
    assert faults(HOTELS, answered("Harbour View is at +31.6 (95% interval [+3.1, +18.3], n = 493).", tabled(*ROWS)))
    assert faults(HOTELS, answered(GOOD, tabled(["Harbour View", 10.751], ["Old Mill", 31.557], ROWS[2])))
    assert faults(HOTELS, answered(GOOD, tabled(["Harbour View", 31.957], *ROWS[1:])))


def test_facts_alone_show_nothing() -> None:
    assert codes(HOTELS, answered("All is well.")) == {"missing row"}


def test_whole_points_and_order_and_more_rows_are_fine_only_where_the_case_says_so() -> None:
    coarse = "- Harbour View: 32\n- Old Mill: 11\n- Airport Inn: -24"
    assert codes(HOTELS, answered(coarse)) == {"wrong value"}
    assert codes(HOTELS, answered(coarse), "rounding") == set()
    assert codes(HOTELS, answered("\n".join(GOOD.splitlines()[::-1]))) == {"wrong lead"}
    two = GoldRows(HOTELS.rows[:2], HOTELS.key, HOTELS.values)
    assert codes(two, answered("", tabled(*ROWS))) == {"wrong value"}
    assert codes(two, answered("", tabled(*ROWS)), "extra rows") == set()
    assert codes(two, answered("", tabled(*ROWS[:2], ["All together", 5.533]))) == set()


def test_no_value_is_not_zero() -> None:
    gold = GoldRows([*HOTELS.rows, {"property": "Annexe", "nps": None}], HOTELS.key, HOTELS.values)
    assert codes(gold, answered("", tabled(*ROWS, ["Annexe", None]))) == set()
    assert codes(gold, answered(GOOD + "\n- Annexe: no answers")) == set()
    assert codes(gold, answered("", tabled(*ROWS, ["Annexe", 0.0]))) == {"wrong value"}
    assert "wrong value" in codes(gold, answered(GOOD + "\n- Annexe: 0.0"))
    assert codes(gold, answered(GOOD)) == {"missing row"}
    assert codes(gold, answered(GOOD), "empty rows") == set()


def test_small_rows_may_be_left_out_where_the_case_says_so() -> None:
    values = {"nps": "points", "n": "count"}
    sizes = [488, 493, 9]
    gold = GoldRows([{**row, "n": n} for row, n in zip(HOTELS.rows, sizes, strict=True)], ["property"], values)  # type: ignore[arg-type]
    text = "- Harbour View: 31.6 (n = 488)\n- Old Mill: 10.8 (n = 493)"
    assert codes(gold, answered(text)) == {"missing row"}
    assert codes(gold, answered(text), "small rows") == set()
    assert codes(gold, answered(text.splitlines()[0]), "small rows") == {"missing row"}


@pytest.mark.parametrize(
    "text",
    [
        "NPS is +5.5 (95% interval [+1.1, +9.9], n = 1,500).",
        "We stand at 5.5 points, from 1,500 answers.",
        "Der NPS liegt bei 5,5 (95-%-KI: 1,1 bis 9,9; n = 1.500).",
        "El NPS es de 5,5 con 1\u202f500 respuestas.",
    ],
)
def test_a_single_figure(text: str) -> None:
    assert faults(LEVEL, answered(text, question="What is our NPS?")) == []


@pytest.mark.parametrize(
    "text",
    [
        "NPS is +5.5 (n = 1,501).",
        "NPS is +4.5 (n = 1,500).",
        "Our NPS is +31.6 (n = 1,500).",
        "Airport Inn: +5.5, n = 1,500.",
    ],
)
def test_a_single_figure_that_is_wrong(text: str) -> None:
    assert faults(LEVEL, answered(text, question="What is our NPS?"))


def test_shares_are_percent_or_parts_of_one() -> None:
    for text in (
        "40.5% are promoters.",
        "40,5 % sind Promotoren.",
        "The share is 0.405.",
        "40.53 percent are promoters.",
    ):
        assert faults(SHARE, answered(text, question="share of promoters")) == [], text
    for text in ("0.405% are promoters.", "59.5% are promoters.", "41% are promoters.", "40.5 are promoters."):
        assert faults(SHARE, answered(text, question="share of promoters")), text
    assert faults(SHARE, answered("41% are promoters.", question="share of promoters"), "rounding") == []


@pytest.mark.parametrize(
    "text",
    [
        "Q1 2025: 1.3\n\nQ2 2025: 7.4\n\nQ3 2025: 9.0",
        "NPS rose from 1.3 in Q1 2025 to 7.4 in Q2 and 9.0 in Q3.",
        "| Quarter | NPS |\n|---|---|\n| 2025-Q1 | 1.2 |\n| 2025-Q2 | 7.4 |\n| 2025-Q3 | 9.0 |",
        "- 1. Quartal 2025: 1,3\n- 2. Quartal 2025: 7,4\n- 3. Quartal 2025: 9,0",
        "- 2025-01-01..2025-03-31: 1.3\n- 2025-04-01 to 2025-06-30: 7.4\n- third quarter of 2025: 9.0",
    ],
)
def test_periods_in_any_common_form(text: str) -> None:
    assert faults(QUARTERS, answered(text, question="NPS by quarter", facts=[])) == []


def test_a_period_that_is_not_the_one() -> None:
    shifted = "| Quarter | NPS |\n|---|---|\n| 2025-Q1 | 7.4 |\n| 2025-Q2 | 9.0 |\n| 2025-Q3 | 1.3 |"
    assert "wrong period" in codes(QUARTERS, answered(shifted, question="NPS by quarter", facts=[]))
    march = GoldRows([{"nps": 5.533}], [], {"nps": "points"})
    facts = [("nps", 5.533, "points", 1500, 1.14, 9.91, {"period": "2025-03"})]
    assert codes(march, answered("NPS in March 2025 is +5.5.", question="NPS in 2025-03", facts=facts)) == set()
    assert "wrong period" in codes(
        march, answered("NPS in April 2025 is +5.5.", question="NPS in 2025-03", facts=facts)
    )
    assert "wrong period" in codes(march, answered("NPS in 2025-02 is +5.5.", question="NPS last month", facts=facts))


def test_the_first_day_of_a_month_may_stand_for_the_month() -> None:
    months = GoldRows([{"m": "2025-01-01", "nps": 1.25}, {"m": "2025-02-01", "nps": 7.42}], ["m"], {"nps": "points"})
    assert faults(months, answered("January 2025: 1.3, February 2025: 7.4", question="NPS by month", facts=[])) == []


def test_a_tolerance_widens() -> None:
    gold = GoldRows([{"effect": -6.0}], [], {"effect": "points"}, 2.0)
    facts: list[Any] = [("effect", -7.1, "points", 900, -9.0, -5.2, {})]
    assert faults(gold, answered("The effect is -7.1 points.", question="effect?", facts=facts)) == []
    assert faults(gold, answered("It lowered NPS by 7.1 points.", question="effect?", facts=facts)) == []
    facts = [("effect", -9.1, "points", 900, -11.0, -7.2, {})]
    assert faults(gold, answered("The effect is -9.1 points.", question="effect?", facts=facts))


def test_the_lead_is_what_the_text_names_first() -> None:
    turn = Turn(ask="Which property is worst?", lead=["Airport Inn"])
    assert wrong_lead(turn, answered("**Airport Inn** has the lowest NPS: -23.9. Old Mill is next.")) == []
    assert wrong_lead(turn, answered("Harbour View is highest with 31.6, Airport Inn is lowest with -23.9.")) == []
    assert [one.code for one in wrong_lead(turn, answered("Old Mill has the lowest NPS. Airport Inn is next."))] == [
        "wrong lead"
    ]
    ranking = Turn(ask="Rank them", lead=["Harbour View", "Old Mill", "Airport Inn"])
    assert wrong_lead(ranking, answered(GOOD)) == []
    assert wrong_lead(ranking, answered("\n".join(GOOD.splitlines()[::-1])))
    assert wrong_lead(Turn(ask="NPS?"), answered("Old Mill")) == []


def test_numbers_of_the_question_dates_and_names_need_no_ground() -> None:
    facts = [("nps", 5.533, "points", 1500, 1.14, 9.91, {"age": "18-24"})]
    told = "Over the last 30 days (since 3 March 2025) the NPS of 18-24 is 5.5, from 1,500 answers (95% CI 1.1 to 9.9)."
    assert ungrounded(answered(told, question="NPS of 18-24 over the last 30 days", facts=facts), None) == []


def test_a_figure_of_another_segment_is_swapped_even_without_gold() -> None:
    told = answered("The whole is at 5.5. Old Mill is at -23.9.")
    assert [failure.code for failure in ungrounded(told, None)] == ["swapped"]


def test_reading_numbers() -> None:
    def values(text: str) -> list[tuple[float, str, str]]:
        return [(figure.value, figure.unit, figure.role) for figure in figures(text)]

    assert values("+5.5 (95% interval [+1.1, −9.9], n = 1,500)") == [
        (5.5, "plain", "main"),
        (95, "percent", "level"),
        (1.1, "plain", "interval"),
        (-9.9, "plain", "interval"),
        (1500, "count", "n"),
    ]
    assert values("−23,9 Punkte, 40,5 %, 1.234 Antworten") == [
        (-23.9, "points", "main"),
        (40.5, "percent", "main"),
        (1234, "count", "main"),
    ]
    assert values("40.5% promoters minus 35.0% detractors")[1][0] == 35.0
    assert [figure.readings for figure in figures("1.234")] == [((1234.0, 0), (1.234, 3))]


def test_reading_sentences_and_lists() -> None:
    assert sentences("Am 3. März war es 31.6. Dann vs. Berlin. Gut!") == [
        "Am 3. März war es 31.6.",
        "Dann vs. Berlin.",
        "Gut!",
    ]
    found, grids = passages("## Q1\nBest first:\n- A: 1\n  - B: 2\n\n| a | b |\n|---|---|\n| x | **3** |")
    assert [(one.text, one.above) for one in found][2:] == [
        ("A: 1", ("Q1", "Best first:")),
        ("B: 2", ("Q1", "Best first:", "A: 1")),
    ]
    assert grids[0].rows == [["x", "3"]]


def test_reading_periods() -> None:
    first = [
        when.span.first for when in periods("March 2025, Q2 2025, 2025-W02, 3 de mayo de 2025, im 4. Quartal 2025")
    ]
    assert first == [
        dt.date(2025, 3, 1),
        dt.date(2025, 4, 1),
        dt.date(2025, 1, 6),
        dt.date(2025, 5, 3),
        dt.date(2025, 10, 1),
    ]
    assert periods("you may ask 2,025 people") == []


@pytest.mark.parametrize(
    "text",
    [
        "With -23.9, Airport Inn is last. Harbour View comes first (31.6) and Old Mill second (10.8).",
        "**Harbour View** 31.6 | **Old Mill** 10.8 | **Airport Inn** -23.9",
        "The three hotels differ (p = 0.031): Harbour View = 31.6, Old Mill = 10.8, Airport Inn = -23.9.",
        "Airport Inn's NPS is -23.9. Old Mill's is 10.8. Harbour View's is 31.6.",
        "- 31.6 Harbour View\n- 10.8 Old Mill\n- -23.9 Airport Inn",
    ],
)
def test_free_wordings_pass(text: str) -> None:
    assert faults(HOTELS, answered(text), "order") == []


@pytest.mark.parametrize(
    "text",
    [
        "With 10.8, Airport Inn is last. Harbour View comes first (31.6) and Old Mill second (-23.9).",
        "1. Harbour View\n   - NPS: 10.8\n2. Old Mill\n   - NPS: 31.6\n3. Airport Inn\n   - NPS: -23.9",
        "- 31.6 Old Mill\n- 10.8 Harbour View\n- -23.9 Airport Inn",
        "Harbour View: 31.6 (n = 493). Old Mill: 10.8 (n = 488). Airport Inn: -23.9 (n = 519).",
        "Harbour View: 31.6, ranging from 3.1 to 18.3. Old Mill: 10.8. Airport Inn: -23.9.",
        "Airport Inn's NPS is -23.9. Old Mill's is 31.6. Harbour View's is 10.8.",
    ],
)
def test_free_wordings_with_exchanged_figures_fail(text: str) -> None:
    assert faults(HOTELS, answered(text), "order")
