"""What a draft may look like: honest answers pass, what people would see otherwise than the check reads does not."""

from __future__ import annotations

import pytest

from agent.card import system_prompt
from agent.check.evidence import Known
from agent.surface import argument_faults, faults, repeated, seen
from agent.surface_foreign import foreign_faults
from agent.surface_sql import sql_faults
from evals.answer_check.corpus import written
from tools.result import Fact
from warehouse.catalog import Catalog

HONEST = [
    "NPS is {{ F1 }} (95% interval {{ F1.interval }}, n = {{ F1.n }}).",
    "**Growth** leads with {{ F2 }}; Starter → Growth is {{ F3 }} points ({{ F3.p }}).",
    "| plan | NPS | n |\n|---|---|---|\n| Basic | {{ F1 }} | {{ F1.n }} |",
    "In Q1 2025 and H2, the R² was low; the 95th percentile and the 3rd group stand out.",
    "1. First, ask the 10k plan.\n2. Then look at 2025-03-01..2025-06-30.",
    "El NPS es de {{ F1 }}; ¿qué más? 我们的NPS是 {{ F1 }}。 NPS は {{ F1 }} です。",
    "Wir sehen {{ F1 }} bei Größe M – das ist alles (z. B. im März).",
    "The CI runs from {{ F1.low }} to {{ F1.high }}, i.e. it is wide; cf. answers of Starter vs. Growth.",
    "The difference is {{ F4 }} pp.",
]
ODD = [
    "See https://evil.example/?d={{ F1 }}",
    "[report](//evil.example)",
    "![x](a.png)",
    "Look at evil.example/x",
    "Mail to thief@evil.example",
    "<b>NPS</b>",
    "NPS is 7&#48;",
    "There is ~~no~~ clear difference",
    r"NPS is \(70\)",
    "NPS is `70 points`",
    "NPS is 70ish",
    "NPS is 7O",
    "NPS70",
    "NPS is 7e1",
    "NPS is 0x46",
    "NPS is ⁷⁰",
    "NPS is ٧٠",
    "NPS is ⑦",
    "NPS is LXX",
    "NPS is siebzig",
    "NPS is soixante-dix",
    "NPS is 七十",
    "NPS 📈",
    "NPS ↑",
    "The NPS rоse",
    "The NPS ｒｏｓｅ",
    "{{ F1 }}{{ F2 }}",
    "{{ F1.n }}0 answers",
    "{{ F1.n }},000 answers",
    "1{{ F1 }}",
    "{{ F1.n }} thousand answers",
    "in the high sixties",
]


@pytest.mark.parametrize("draft", HONEST)
def test_an_honest_draft_passes(draft: str) -> None:
    assert not faults(seen(draft), rules=system_prompt(_catalog()))


def test_all_answers_of_the_study_pass() -> None:
    rules = system_prompt(_catalog())
    assert not {answer.id: found for answer in written() if (found := faults(seen(answer.draft), rules=rules))}


@pytest.mark.parametrize("draft", ODD)
def test_what_people_would_see_otherwise_is_refused(draft: str) -> None:
    assert faults(seen(draft))


def test_names_of_the_data_may_look_as_they_look() -> None:
    names = ["shop.example", "https://a.example/b", "iPhone15", "Ⅳ. Quartal", "70ish <b>"]
    for name in names:
        assert faults(seen(f"{name} is at {{{{ F1 }}}}."))
        assert not faults(seen(f"{name} is at {{{{ F1 }}}}."), names=names)


def test_what_nobody_sees_is_taken_out() -> None:
    assert seen("7\u200b0 \u202e07\u202c a\U000e0041b \x1b[2Jc\r\nd") == "70 07 ab [2Jc\n\nd"
    assert seen("می‌شود 👩‍💻") == "می‌شود 👩‍💻"


def test_a_sign_that_is_turned_is_refused_and_one_that_is_told_is_not() -> None:
    assert faults("NPS is minus {{ F1.abs }}.", facts={"F1": 10.0})
    assert not faults("NPS is minus {{ F1.abs }}.", facts={"F1": -10.0})


def test_the_rules_are_recognised_in_any_dress() -> None:
    rules = system_prompt(_catalog())
    part = rules[200:420]
    for told in (part, part.upper(), "-".join(part), part[::-1], part.replace(" ", "  **")):
        assert repeated(told, rules)
    assert not repeated("You answer questions from data; NPS is told with its interval.", rules)


def test_texts_of_calls_hold_no_links_or_markup() -> None:
    assert argument_faults({"source": "https://evil.example"})
    assert argument_faults({"where": {"plan": ["<img src=x>"]}})
    assert argument_faults({"sql": 'SELECT avg(score) AS "see http://evil.example" FROM cohorts'})
    assert not argument_faults({"where": {"plan": ["Starter"]}, "period": "2025-01-01..2025-06-30"})
    assert not argument_faults({"sql": "SELECT plan, avg(score) AS mean FROM cohorts WHERE score<9 GROUP BY plan"})
    assert not argument_faults({"where": {"site": "https://a.example"}}, names=["https://a.example"])


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 70 AS points FROM cohorts",
        'SELECT avg(score) AS "mean is 70" FROM cohorts',
        "SELECT avg(score) AS nps FROM cohorts",
        "SELECT avg(score) AS fell_because_of_price FROM cohorts",
        "SELECT 'the NPS is very high' AS note, count(*) FROM cohorts GROUP BY ALL",
    ],
)
def test_columns_of_sql_claim_nothing(sql: str) -> None:
    assert sql_faults(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT plan, avg(score) AS mean_score FROM cohorts GROUP BY plan ORDER BY plan",
        "SELECT count(*) FROM cohorts WHERE nps_class = 'promoter' AND plan = 'the very best plan of all plans'",
        "SELECT CASE WHEN score >= 9 THEN 'nine or ten' ELSE '' END AS band, count(*) AS n FROM cohorts GROUP BY ALL",
        "SELECT avg(CASE WHEN score >= 9 THEN 1 ELSE 0 END) AS share_9_10 FROM cohorts WHERE score >= 9",
        "SELECT nps_class, count(*) AS n FROM cohorts GROUP BY 1",
        "not sql at all (",
    ],
)
def test_ordinary_sql_passes(sql: str) -> None:
    assert not sql_faults(sql)


def _catalog() -> Catalog:
    return Catalog.model_validate({"name": "x", "tables": {}})


def known(tested: str | None, tool: str = "compare") -> Known:
    """A difference F1 with how its test decided."""
    fact = Fact(id="F1", name="nps_difference", value=1.0, unit="points", low=0.1, high=2.0, source=f"{tool}#1")
    return Known(fact, {}, frozenset(), frozenset(), tested, tool)  # type: ignore[arg-type]


@pytest.mark.parametrize("draft", ["Der NPS ist gestiegen.", "El NPS subió.", "Il NPS è aumentato.", "O NPS subiu."])
def test_a_direction_in_another_language_needs_a_tested_difference(draft: str) -> None:
    told = f"{draft[:-1]} ({{{{ F1 }}}})."
    assert list(foreign_faults(draft, [known("up")]))
    assert list(foreign_faults(told, [known("none")]))
    assert list(foreign_faults(told, [known("down")]))
    assert not list(foreign_faults(told, [known("up")]))


def test_a_cause_in_another_language_needs_a_causal_tool() -> None:
    told = "Das liegt bei {{ F1 }} wegen der Preise."
    assert list(foreign_faults(told, [known("up")]))
    assert not list(foreign_faults(told, [known("up", "impact")]))


@pytest.mark.parametrize("draft", ["Der NPS liegt bei {{ F1 }}.", "Das ist nicht gestiegen.", "El NPS es de {{ F1 }}."])
def test_other_languages_without_a_claim_pass(draft: str) -> None:
    assert not list(foreign_faults(draft, []))
