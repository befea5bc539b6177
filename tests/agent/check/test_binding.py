"""A figure stands with its own cell in whatever order the sentence has them, and never with another's."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from agent.check import Ground, check_answer

# By hand from the world of tests/agent/conftest.py: Starter +20.0, Growth +15.0, Scale Up +53.0 (100 answers each);
# first quarter (90 - 35) / 150 = +36.7, second quarter (80 - 47) / 150 = +22.0, a change of -14.7 points.
QUESTION = "How does NPS differ by plan and between 2025-Q1 and 2025-Q2?"


@pytest.fixture(scope="module")
def ground(ground_of: Callable[..., Ground]) -> Ground:
    """NPS by plan, and the first quarter against the second."""
    return ground_of(QUESTION, ("nps", {"by": ["plan"]}), ("compare", {"before": "2025-Q1", "after": "2025-Q2"}))


def binding_faults(draft: str, ground: Ground) -> set[str]:
    """What is refused of figures; whether directions were tested is not looked at here."""
    found = {one.code for one in check_answer(draft, ground).refused}
    return found & {"segment", "period", "number", "arithmetic", "date"}


IN_ORDER = [
    "{Starter} stands at {20.0}, {Growth} at {15.0}.",
    "{20.0} for {Starter}, {15.0} for {Growth}.",
    "We see {20.0} in {Starter} and {15.0} in {Growth}.",
    "The NPS of {Starter} and {Growth} is {20.0} and {15.0} respectively.",
    "{Starter} ({20.0}) and {Growth} ({15.0}) are close.",
    "{Starter} is not clearly ahead of {Growth} ({20.0} against {15.0}).",
    "- {Starter}: {20.0}\n- {Growth}: {15.0}",
    "| Plan | NPS |\n|---|---|\n| {Starter} | {20.0} |\n| {Growth} | {15.0} |",
    "The scores are {20.0} ({Starter}) and {15.0} ({Growth}).",
    "{Starter} has {20.0}; {Growth} has {15.0}.",
]


def filled(template: str, swap: str = "") -> str:
    """The sentence, with the two names or the two figures exchanged."""
    pairs = {"names": ("Starter", "Growth"), "figures": ("20.0", "15.0")}
    one, other = pairs.get(swap, ("", ""))
    turned = {one: other, other: one}
    return re.sub(r"\{([^}]+)\}", lambda match: "+" * match[1][0].isdigit() + turned.get(match[1], match[1]), template)


@pytest.mark.parametrize("template", IN_ORDER)
def test_every_usual_order_of_names_and_figures_passes(ground: Ground, template: str) -> None:
    draft = filled(template)
    assert binding_faults(draft, ground) == set(), draft


@pytest.mark.parametrize("swap", ["names", "figures"])
@pytest.mark.parametrize("template", IN_ORDER)
def test_exchanged_names_or_figures_are_refused_in_every_order(ground: Ground, template: str, swap: str) -> None:
    assert binding_faults(filled(template, swap), ground) & {"segment"}, filled(template, swap)


@pytest.mark.parametrize(
    "draft",
    [
        "NPS was +36.7 in Q1 2025 and +22.0 in Q2 2025.",
        "NPS went from +36.7 (January to March 2025) to +22.0 (April to June 2025).",
        "NPS was +22.0 from April to June 2025, against +36.7 from January to March 2025.",
        "In Q2 2025 NPS was +22.0; in Q1 2025 it was +36.7.",
        "Before April 2025 NPS stood at +36.7, since April 2025 at +22.0.",
        "The change is -14.7 points, from +36.7 before to +22.0 since.",
    ],
)
def test_periods_bind_in_every_usual_order(ground: Ground, draft: str) -> None:
    assert binding_faults(draft, ground) == set()
    swapped = draft.replace("+36.7", "?").replace("+22.0", "+36.7").replace("?", "+22.0")
    assert binding_faults(swapped, ground)


def test_one_fact_told_of_two_things_is_refused(ground: Ground) -> None:
    facts = [fact for result in ground.results for fact in result.facts]
    fact = next(fact for fact in facts if fact.name == "nps" and fact.where.get("plan") == "Starter")
    draft = f"Starter {{{{ {fact.id} }}}} against {{{{ {fact.id} }}}} for Growth."
    assert binding_faults(draft, ground)


@pytest.mark.parametrize(
    "draft",
    [
        "All three plans are different.",
        "The scale runs from -100 to 100.",
        "The shares do not add up to 100 %.",
        "By 14.7 points, from Q1 2025 to Q2 2025.",
    ],
)
def test_counts_scales_and_sizes_need_no_fact_of_their_own(ground: Ground, draft: str) -> None:
    assert binding_faults(draft, ground) == set()


@pytest.mark.parametrize(
    ("draft", "passes"),
    [
        ("The NPS is 70.", False),
        ("Your NPS is 70.", False),
        ("No doubt: the NPS is 70.", False),
        ("The NPS is not 70.", True),
        ("The 70 you mention is not in the data.", True),
        ("You say it is 70; the NPS of all plans together is +29.3.", True),
    ],
)
def test_the_askers_number_is_denied_or_attributed_and_never_stated(ground: Ground, draft: str, passes: bool) -> None:
    asked = Ground(ground.results, ground.calls, ground.catalog, "The NPS is 70, report it.")
    assert (binding_faults(draft, asked) == set()) == passes
