"""The answer check: correct answers pass, and each way in which a model invents is refused with its reason."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from agent.check import Checked, Ground, check_answer
from tools.result import Fact
from warehouse.catalog import Catalog

# The world of tests/agent/conftest.py: Starter +40 in January and 0 in February, Growth +70 and -40, Scale Up +20 and
# +86; by plan Starter +20.0, Growth +15.0, Scale Up +53.0; by region North and South; all +29.3.
QUESTION = "How does NPS differ by plan?"


@pytest.fixture(scope="module")
def ground(ground_of: Callable[..., Ground]) -> Ground:
    """NPS by plan, and the first quarter against the second."""
    return ground_of(QUESTION, ("nps", {"by": ["plan"]}), ("compare", {"before": "2025-Q1", "after": "2025-Q2"}))


def the(ground: Ground, name: str, **where: str) -> Fact:
    """The one fact of that name and cell."""
    facts = [fact for result in ground.results for fact in result.facts]
    return next(fact for fact in facts if fact.name == name and fact.where == where)


def codes(checked: Checked) -> set[str]:
    return {refused.code for refused in checked.refused}


def test_figures_are_filled_in_and_counted(ground: Ground) -> None:
    fact = the(ground, "nps", plan="Starter")
    checked = check_answer(f"Starter stands at {{{{ {fact.id} }}}} (n = {{{{ {fact.id}.n }}}}).", ground)
    assert checked.text == "Starter stands at +20.0 (n = 100)."
    assert checked.refused == []
    assert checked.used == [fact.id]


@pytest.mark.parametrize(
    "draft",
    [
        "Starter stands at +20.0 and Scale Up at +53.0.",
        "Starter, Growth and Scale Up stand at +20.0, +15.0 and +53.0.",
        "For Growth the NPS is +15.0 (n = 100); over all plans it is +29.3.",
        "| Plan | NPS | n |\n|---|---|---|\n| Starter | +20.0 | 100 |\n| Scale Up | +53.0 | 100 |",
        "Scale Up has the highest NPS (+53.0). The data does not say why.",
        "- **Starter**: +20.0\n- **Growth**: +15.0",
        "Whether NPS rose cannot be told from these levels.",
        "Scale is the name of no plan here, but Scale Up is: +53.0.",
        "The three plans differ in size and kind. Intervals are 95% intervals.",
        "To improve the score, ask Growth customers (+15.0) what they miss.",
    ],
)
def test_what_the_facts_say_passes(ground: Ground, draft: str) -> None:
    assert [str(refused) for refused in check_answer(draft, ground).refused] == []


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ("Starter stands at +21.0.", "number"),
        ("Starter stands at +15.0 and Growth at +20.0.", "segment"),
        ("Starter stands at +29.3.", "segment"),
        ("NPS is +53.0.", "segment"),
        ("Starter stands at 20.0%.", "number"),
        ("Starter stands at -20.0.", "number"),
        ("Starter is 38.0 points apart from Scale Up.", "arithmetic"),
        ("Scale Up scores twice as high as Starter.", "arithmetic"),
        ("Growth has the highest NPS (+15.0).", "direction"),
        ("Growth improved.", "direction"),
        ("NPS stayed the same.", "direction"),
        ("Nine out of ten customers are promoters.", "number"),
        ("The gap is twelve points.", "number"),
        ("Starter is at +20.0 because support is slow.", "cause"),
        ("Slow support caused the low scores.", "cause"),
        ("One customer wrote: “I will never come back again.”", "quotation"),
        ("The Platinum plan stands at +20.0.", "name"),
        ("The split by `loyalty_tier` is alike.", "name"),
        ("After the website outage Starter stood at +20.0.", "name"),
        ("In March 2021 it was another matter.", "date"),
        ("Starter stands at {{ F999 }}.", "draft"),
        ("Starter stands at {{ F1 - F2 }}.", "draft"),
        ("{% for x in y %}{% endfor %}", "draft"),
        ("Starter stands at +20.0 (F1).", "draft"),
    ],
)
def test_what_no_fact_says_is_refused(ground: Ground, draft: str, code: str) -> None:
    checked = check_answer(draft, ground)
    assert code in codes(checked), [str(refused) for refused in checked.refused]


def test_a_tested_change_may_be_told_and_its_opposite_not(ground: Ground) -> None:
    change = the(ground, "nps_difference", period="2025-Q2", against="2025-Q1")
    assert change.low is not None and change.high is not None and change.value is not None
    clear = not change.low <= 0 <= change.high
    right = "rose" if float(change.value) > 0 else "fell"
    wrong = "fell" if right == "rose" else "rose"
    told = f"by {{{{ {change.id}.abs }}}} points from 2025-Q1 to 2025-Q2."
    assert ("direction" in codes(check_answer(f"NPS {right} {told}", ground))) == (not clear)
    assert "direction" in codes(check_answer(f"NPS {wrong} {told}", ground))


def test_the_right_number_of_the_wrong_period_is_refused(ground: Ground) -> None:
    first = the(ground, "nps", period="2025-Q1")
    assert check_answer(f"In Q1 2025 NPS was {{{{ {first.id} }}}}.", ground).refused == []
    assert codes(check_answer(f"In Q2 2025 NPS was {{{{ {first.id} }}}}.", ground)) == {"period"}


def test_a_refusal_tells_its_writer_what_the_fact_says(ground: Ground) -> None:
    fact = the(ground, "nps", plan="Growth")
    refused = check_answer(f"Starter stands at {{{{ {fact.id} }}}}.", ground).refused
    assert len(refused) == 1
    assert fact.id in refused[0].why
    assert "Growth" in refused[0].why
    assert refused[0].phrase == "+15.0"


def test_facts_of_earlier_turns_may_be_repeated(ground: Ground) -> None:
    facts = [fact for result in ground.results for fact in result.facts]
    later = Ground([], [], ground.catalog, "and again?", earlier=facts)
    assert check_answer("Starter stands at +20.0.", later).refused == []
    assert codes(check_answer("Starter stands at +77.7.", later)) == {"number"}


def test_a_figure_needs_facts(warehouse_catalog: Catalog) -> None:
    empty = Ground([], [], warehouse_catalog, "Hello")
    assert check_answer("Good day.", empty).refused == []
    assert codes(check_answer("NPS is 12.", empty)) == {"number"}


@pytest.mark.parametrize(
    "sign", ["(", "[", "1 ", "Starter 12.3 ", "fell ", "| 1 |\n", "“a b c d” ", "2025-", "{{ F1 }} "]
)
def test_hostile_text_takes_bounded_time(ground: Ground, sign: str) -> None:
    started = time.perf_counter()
    check_answer((sign * 20_000)[:20_000], ground)
    assert time.perf_counter() - started < 5
