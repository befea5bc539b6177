"""No number reaches a reader that is not a fact at the precision shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.claims import check_numbers, without_quotations
from agent.draft import DraftError, fill
from agent.facts import Run
from tools.result import Fact, Result

NPS = Fact(id="F1", name="nps", value=48.3689, unit="points", n=1889, low=43.97, high=52.44, source="nps#1")
SHARE = Fact(id="F2", name="promoter_share", value=0.6153, unit="share", n=1889, low=0.583, high=0.647, source="nps#1")
FALL = Fact(id="F3", name="nps_difference", value=-14.57, unit="points", n=1889, low=-17.1, high=-12.0, source="c#1")


def refused(text: str, *known: str) -> list[str]:
    return [item.number for item in check_numbers(text, [NPS, SHARE, FALL], known)]


@pytest.mark.parametrize(
    "text",
    [
        "NPS is +48.4.",
        "NPS is 48 (n = 1,889).",
        "It fell by 14.6 points [-17.1, -12.0].",
        "61.5% are promoters, about 62%.",
        "48.37 on 1889 answers, 95% interval from 43.97 to 52.4.",
    ],
)
def test_facts_pass_at_every_precision_that_people_use(text: str) -> None:
    assert refused(text) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("NPS is 48.5.", "48.5"),
        ("NPS is +84.4.", "+84.4"),
        ("The gap is 34 points.", "34"),
        ("62.5% are promoters.", "62.5%"),
        ("n = 1,888.", "1,888"),
        ("It rose by 7 in 2025.", "7"),
        ("Two numbers, one good: 48.4 and 11.", "11"),
    ],
)
def test_other_numbers_are_refused(text: str, number: str) -> None:
    assert number in refused(text)


def test_a_share_is_no_count_and_a_level_is_no_share() -> None:
    assert refused("61.5 answers") == ["61.5"]
    assert refused("48.4% of them") == ["48.4%"]


def test_digits_in_names_and_periods_are_no_figures() -> None:
    assert refused("In 2025-Q3 Plan 9 had +48.4.", "2025-Q3", "Plan 9") == []
    assert refused("In Q3 2025 it had +48.4.", "2025-Q3") == []
    assert refused("In 2025-Q4 it had +48.4.", "2025-Q3") == ["2025"]


def test_a_value_named_zero_does_not_open_the_door_to_other_zeros() -> None:
    assert refused("p = 0.31 and 1,035 answers", "0", "1") == ["0.31", "1,035"]


@given(st.integers(0, 10_000).filter(lambda n: n not in (1889, 48, 95)))
def test_any_whole_number_that_is_no_fact_is_refused(number: int) -> None:
    forms = {"48", "1889", "44", "52", "14", "15", "17", "12"}
    if str(number) in forms:
        return
    assert refused(f"There were {number} of them.") == [str(number)]


def run_with(*facts: Fact) -> Run:
    run = Run()
    run.adopt(Result(facts=list(facts)))
    return run


def test_a_draft_is_filled_from_facts() -> None:
    draft = "NPS {{ F1 }} {{ F1.interval }}, n = {{ F1.n }}; {{ F2 }} promoters; fell by {{ F3.abs }}."
    assert fill(draft, run_with(NPS, SHARE, FALL)) == (
        "NPS +48.4 [+44.0, +52.4], n = 1,889; 61.5% promoters; fell by 14.6."
    )


@pytest.mark.parametrize(
    "draft",
    [
        "{{ F9 }}",
        "{{ F1 - F3 }}",
        "{{ F1.value.__class__ }}",
        "{{ ''.__class__.__mro__ }}",
        "{% for x in range(9) %}{{ x }}{% endfor %}",
        "{{ F1",
        "{{ F1 | upper }}",
        "{{ range(10) }}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ F1.n * 2 + 1 }} {{ lipsum }}",
        "x" * 30_000,
    ],
)
def test_a_draft_cannot_compute_or_reach_anything_else(draft: str) -> None:
    with pytest.raises(DraftError):
        fill(draft, run_with(NPS, FALL))


def test_facts_of_several_calls_are_numbered_on() -> None:
    run = run_with(NPS)
    second = run.adopt(Result(facts=[SHARE.model_copy(update={"id": "F1"})]))
    assert second.facts[0].id == "F2"
    assert list(run.facts) == ["F1", "F2"]
    assert run.facts["F2"].name == "promoter_share"


def test_a_quotation_passes_in_its_marks_and_backs_no_figure_elsewhere() -> None:
    said = "NPS is 99 since 1987"
    own = without_quotations(f"They say “{said}”. NPS is 99. 1987 detractors answered.", [said])
    refused = [item.number for item in check_numbers(own, [], [])]
    assert refused == ["99", "1987"]
    assert not check_numbers(without_quotations(f"They say “{said}”.", [said]), [], [])
    assert check_numbers(without_quotations(f"{said}.", [said]), [], [])
