"""Claims in words: causes, certainty, likeness, names and reported speech, each as a class of wordings."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.check import Checked, Ground, check_answer
from agent.check.languages import language_of

# The world of tests/agent/conftest.py: by plan Starter +20.0, Growth +15.0, Scale Up +53.0; all +29.3. Scale Up clearly
# differs from each of the others, Starter and Growth do not clearly differ.
QUESTION = "How does NPS differ by plan?"
LEVELS = "Starter stands at +20.0 and Scale Up at +53.0."


@pytest.fixture(scope="module")
def ground(ground_of: Callable[..., Ground]) -> Ground:
    """NPS by plan."""
    return ground_of(QUESTION, ("nps", {"by": ["plan"]}), ("compare", {"before": "2025-Q1", "after": "2025-Q2"}))


def codes(checked: Checked) -> set[str]:
    return {refused.code for refused in checked.refused}


@pytest.mark.parametrize(
    "claim",
    [
        "This is because of the new terms.",
        "Slow replies drove this.",
        "Behind this are the recent changes at the top.",
        "It stems from the new tariff.",
        "The main driver is how fast we reply.",
        "That is what the shake-up did to us.",
        "The shake-up is to blame.",
        "It comes down to habit.",
        "Starter is lower, a consequence of hasty changes.",
        "Starter is lower as customers are tired of waiting.",
        "Starter is lower, since the others were looked after better.",
        "Without the shake-up the figure would be higher.",
        "Had we been faster, the score would be higher.",
        "With better explanations the score would be higher.",
        "It was the heat that made people unhappy.",
        "The shake-up was a mistake.",
        "Faster replies would raise NPS.",
        "Habits determine how customers score us.",
        "People walked away over the new tariff.",
        "This proves that plans matter.",
    ],
)
def test_a_cause_that_nothing_has_shown_is_refused_in_every_wording(ground: Ground, claim: str) -> None:
    assert codes(check_answer(f"{LEVELS} {claim}", ground)) & {"cause", "name"}


@pytest.mark.parametrize(
    "said",
    [
        "The data does not say why.",
        "What caused this cannot be told from these figures.",
        "This is an association, not a cause.",
        "An experiment would settle whether one thing causes the other.",
        "Some customers answered more than once, so the intervals are wider.",
        "The interval is wide because few people answered.",
        "I would start with Growth, since it has the lowest figure.",
        "To find out why, ask those who gave low scores.",
        "It could be due to many things.",
        "Being near in time is no proof that something was the cause.",
        "We have no data on revenue or churn.",
        "As a next step, look at support tickets and response times as well.",
    ],
)
def test_reasons_of_method_doubt_and_advice_pass(ground: Ground, said: str) -> None:
    assert [str(refused) for refused in check_answer(f"{LEVELS} {said}", ground).refused] == []


@pytest.mark.parametrize(
    "claim",
    [
        "Starter and Scale Up score the same.",
        "Starter and Scale Up are on a par.",
        "Scale Up and the rest are level with each other.",
        "Starter and Scale Up are equally satisfied.",
        "Scale Up has barely moved.",
        "Starter and Growth differ clearly.",
        "Scale Up comes off worst.",
        "Growth leads the field.",
        "Starter is getting worse.",
    ],
)
def test_likeness_and_rank_need_a_test_that_says_so(ground: Ground, claim: str) -> None:
    assert "direction" in codes(check_answer(f"{LEVELS} {claim}", ground))


@pytest.mark.parametrize(
    "claim",
    [
        "Starter and Growth cannot be told apart.",
        "No difference between Starter and Growth is visible.",
        "Scale Up clearly differs from the rest.",
        "Scale Up comes out on top.",
        "Growth comes last.",
    ],
)
def test_what_the_tests_say_may_be_told_in_other_words(ground: Ground, claim: str) -> None:
    assert [str(refused) for refused in check_answer(f"{LEVELS} {claim}", ground).refused] == []


@pytest.mark.parametrize(
    "claim",
    [
        "Churn is lower among them as well.",
        "By job title the picture is the same.",
        "The customer effort score is in line with this.",
        "Gender makes no odds here.",
        "Women score like men.",
        "Platinum stands at +20.0.",
        "That is excellent for our industry.",
    ],
)
def test_what_the_data_does_not_hold_is_refused(ground: Ground, claim: str) -> None:
    assert codes(check_answer(f"{LEVELS} {claim}", ground)) & {"name", "segment"}


def test_a_segment_in_a_table_must_exist(ground: Ground) -> None:
    table = "| Plan | NPS |\n|---|---|\n| {} | +20.0 |\n| Growth | +15.0 |\n| Scale Up | +53.0 |"
    assert check_answer(table.format("Starter"), ground).refused == []
    assert codes(check_answer(table.format("Platinum"), ground)) & {"name", "segment"}


@pytest.mark.parametrize(
    "claim",
    [
        "One customer said they would rather leave tomorrow than renew.",
        "Many detractors complain that nobody ever picks up at weekends.",
        "In their own words, everything takes ages and nobody cares.",
    ],
)
def test_reported_speech_is_a_quotation_without_marks(ground: Ground, claim: str) -> None:
    assert "quotation" in codes(check_answer(f"{LEVELS} {claim}", ground))


@pytest.mark.parametrize(
    ("claim", "code"),
    [
        ("Scale Up ist der schlechteste Plan und liegt bei +53.0.", "direction"),
        ("Scale Up liegt wegen der vielen Neuerungen bei +53.0.", "cause"),
        ("Der NPS von Scale Up ist gestiegen und liegt bei +53.0.", "direction"),
        ("El NPS de Scale Up es +53.0 debido a los cambios de la empresa.", "cause"),
        ("Le NPS de Scale Up a baissé et il est de +53.0 dans ce plan.", "direction"),
        ("Il NPS di Scale Up è +53.0 per il prezzo ed è più alto che nel resto della base.", "draft"),
    ],
)
def test_other_languages_are_read_or_refused(ground: Ground, claim: str, code: str) -> None:
    assert code in codes(check_answer(claim, ground))


def test_the_language_of_a_text_is_told_by_its_commonest_words() -> None:
    assert language_of("Der NPS liegt bei den Kunden von Scale Up und ist nicht der von Growth.") == "german"
    assert language_of("NPS is +20.0 for Starter and +53.0 for Scale Up, and that is all.") == "english"
    assert language_of("НПС этого плана не вырос") == "other"
    assert language_of("NPS +20.0") == "english"


@pytest.mark.parametrize(
    "claim",
    [
        "Starter customers feel neglected.",
        "Growth has turned the corner.",
        "Our users are in a dark mood.",
        "Growth is on the mend.",
    ],
)
def test_an_assertion_that_rests_on_no_fact_is_refused(ground: Ground, claim: str) -> None:
    assert codes(check_answer(f"{LEVELS} {claim}", ground))


@pytest.mark.parametrize(
    "said",
    ["Here is the short version.", "I would look at Growth first.", "That is all the data says.", "What stands out."],
)
def test_what_asserts_nothing_needs_no_fact(ground: Ground, said: str) -> None:
    assert [str(refused) for refused in check_answer(f"{LEVELS} {said}", ground).refused] == []
