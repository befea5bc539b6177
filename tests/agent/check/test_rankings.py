"""Who is called best, worst or hardest hit; figures told as another kind of thing; claims where nothing was tested."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agent.check import Checked, Ground, check_answer

# As in test_claims: Starter +20.0, Growth +15.0, Scale Up +53.0. Scale Up is clear of the others, which are not apart.
GroundOf = Callable[..., Ground]


@pytest.fixture(scope="module")
def by_plan(ground_of: GroundOf) -> Ground:
    """NPS by plan."""
    return ground_of("Which plan is best?", ("nps", {"by": ["plan"]}))


@pytest.fixture(scope="module")
def counted(ground_of: GroundOf) -> Ground:
    """Means by plan, of which nothing is tested."""
    sql = "SELECT plan, count(*) AS answers, avg(score) AS mean_score FROM responses GROUP BY plan"
    return ground_of("Mean score by plan?", ("run_sql", {"sql": sql}))


@pytest.fixture(scope="module")
def split_up(ground_of: GroundOf) -> Ground:
    """A change as mix and as change within the plans."""
    asked = {"before": "2025-Q1", "after": "2025-Q2", "by": ["plan"]}
    return ground_of("Was it the mix?", ("decompose_change", asked))


def fact(ground: Ground, name: str) -> str:
    """The first figure of that name, as a draft refers to it."""
    found = next(one.id for result in ground.results for one in result.facts if one.name == name)
    return f"{{{{ {found} }}}}"


def codes(checked: Checked) -> set[str]:
    return {refused.code for refused in checked.refused}


@pytest.mark.parametrize(
    "said",
    [
        "Growth is by far the worst plan.",
        "Growth is clearly the weakest plan.",
        "Growth is below every other plan.",
        "Starter is the best plan.",
    ],
)
def test_a_rank_needs_a_test_that_sets_it_apart(by_plan: Ground, said: str) -> None:
    assert "direction" in codes(check_answer(said, by_plan))


@pytest.mark.parametrize(
    "said",
    [
        "Scale Up is by far the best plan.",
        "Scale Up is above every other plan.",
        "Growth has the lowest NPS.",
        "Growth has the lowest value, which does not make it the worst plan.",
        "It cannot be said which of the two is the worst plan.",
        "By NPS, yes.",
    ],
)
def test_a_rank_that_is_apart_or_hedged_passes(by_plan: Ground, said: str) -> None:
    assert not check_answer(said, by_plan).refused


@pytest.mark.parametrize("said", ["The difference is statistically significant.", "The differences are real."])
def test_counts_alone_are_never_significant(counted: Ground, said: str) -> None:
    assert "direction" in codes(check_answer(said, counted))


def test_that_nothing_was_tested_may_be_said(counted: Ground) -> None:
    assert not check_answer("Whether the difference is significant was not tested.", counted).refused


def test_mix_and_change_within_are_not_exchanged(split_up: Ground) -> None:
    mix, within = fact(split_up, "mix_effect"), fact(split_up, "within_effect")
    assert not check_answer(f"The mix effect is {mix}, the change within the plans {within}.", split_up).refused
    wrong = check_answer(f"The mix effect is {within}, the change within the plans {mix}.", split_up)
    assert [refused.code for refused in wrong.refused].count("number") == 2


@pytest.mark.parametrize(
    "said",
    [
        "All other explanations have thus been ruled out.",
        "Nothing else can explain the gap.",
        "The result is free of confounding.",
    ],
)
def test_no_study_rules_everything_else_out(by_plan: Ground, said: str) -> None:
    assert check_answer(said, by_plan).refused


@pytest.mark.parametrize(
    "said",
    [
        "Smaller falls may have been missed.",
        "None of the plans is clearly below or above the others taken singly.",
        "It shows where to look, not that a better plan would help.",
        "This is weak evidence, because a small drift would not have shown.",
        "Intervals are 95%.",
    ],
)
def test_what_was_not_seen_is_no_claim(by_plan: Ground, said: str) -> None:
    assert not check_answer(said, by_plan).refused
