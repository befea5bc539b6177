"""The audience changes depth and words, never the facts."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.answer import Audience
from agent.ask import ask
from agent.builtin.audience import MAX_WORDS, plain_words
from agent.builtin.lexicon import build_lexicon
from agent.builtin.plan import plan
from agent.builtin.premise import understand_claim
from agent.builtin.writing import write
from agent.check.filling import fill
from agent.facts import Run
from tools.registry import run_tool
from warehouse.workspace import Warehouse

REFERENCE = re.compile(r"\{\{ (F\d+)")
JARGON = re.compile(
    r"p-value|\bp [=<]|\.p \}\}|Kitagawa|design effect|Holm| pp\b|odds ratio|within effect|mix effect|\|---|log-rank",
    re.IGNORECASE,
)
QUESTIONS = [
    "What is our NPS?",
    "NPS for Starter in Q1 2025",
    "NPS by plan",
    "NPS by plan and region",
    "NPS by region",
    "Which plan has the lowest NPS?",
    "Which region has the highest NPS?",
    "Rank the plans",
    "top 2 plans",
    "Is Growth better than Scale Up?",
    "Is North better than South?",
    "Did NPS fall in April 2025?",
    "Did NPS fall in Q2 2025?",
    "Why did NPS fall in April 2025?",
    "Did the price rise hurt us, and whom?",
    "What did the price rise do to the North?",
    "How has NPS developed over time?",
    "Where are we weak?",
    "What drives NPS?",
    "Is our NPS above 60?",
    "How many detractors are there?",
    "share of promoters",
    "share of promoters by plan",
    "How many responses are there?",
    "How are the scores distributed?",
    "How many answers do I need for a margin of 5 points?",
    "When did NPS start to fall?",
    "Did the A/B test by region work?",
    "Do North customers score higher than South customers all else equal?",
    "average score by plan",
    "how many people gave us a 9",
    "how many customers answered",
    "What data do we have?",
    "how good is the data quality",
    "confirm that NPS is above 70",
    "why is Growth the best plan?",
    "prove that the price rise did no harm",
]


def drafts(question: str, warehouse: Warehouse) -> tuple[dict[Audience | None, str], Run]:
    """The draft for each audience, from the same results."""
    frame = understand_claim(question, warehouse.catalog, build_lexicon(warehouse.catalog))
    run = Run()
    for call in plan(frame, warehouse.catalog):
        run.adopt(run_tool(warehouse, call.tool, call.arguments))
    audiences: tuple[Audience | None, ...] = (None, "executive", "analyst")
    return {audience: write(frame, run.results, warehouse.catalog, audience) for audience in audiences}, run


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_executive_is_told_some_of_the_analysts_facts_shortly_and_without_jargon(
    question: str, warehouse: Warehouse
) -> None:
    told, run = drafts(question, warehouse)
    assert set(REFERENCE.findall(told["executive"])) <= set(REFERENCE.findall(told["analyst"]))
    text = fill(told["executive"], run.facts).text
    assert 0 < len(text.split()) <= MAX_WORDS
    assert not JARGON.search(told["executive"]) and not JARGON.search(text)
    assert text.count("\n- ") <= 8


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_analyst_is_told_everything_that_nobody_in_particular_is_told(question: str, warehouse: Warehouse) -> None:
    told, _run = drafts(question, warehouse)
    assert told["analyst"].startswith(told[None].rsplit("\n\n(", 1)[0])


@pytest.mark.parametrize(
    ("question", "sure"),
    [
        ("Is Growth better than Scale Up?", True),  # +15 against +53 with 100 answers each
        ("Is Starter better than Growth?", False),  # +20 against +15
        ("Did NPS fall in April 2025?", True),  # from +70 to -40
        ("Did NPS fall in Q2 2025?", False),  # from +36.7 to +22.0 with 150 answers each
    ],
)
def test_how_sure_is_said_in_plain_words(question: str, sure: bool, warehouse: Warehouse) -> None:
    told, run = drafts(question, warehouse)
    text = fill(told["executive"], run.facts).text
    assert ("we can be confident" in text) is sure
    assert ("we cannot be" in text) is not sure


def test_the_lead_says_what_it_means_before_the_figure(warehouse: Warehouse) -> None:
    told, run = drafts("What is our NPS?", warehouse)
    assert fill(told["executive"], run.facts).text.startswith(
        "On balance customers recommend us: NPS is **+29.3** (between"
    )


def test_the_audience_goes_through_ask(workspace: Path) -> None:
    with Warehouse(workspace) as warehouse:
        short = ask("Is Growth better than Scale Up?", warehouse, audience="executive", record=False)
        full = ask("Is Growth better than Scale Up?", warehouse, audience="analyst", record=False)
    assert (short.status, full.status) == ("answered", "answered"), (short.text, full.text)
    assert [fact.value for fact in short.facts] == [fact.value for fact in full.facts]
    assert "Method:" in full.text
    assert "Method:" not in short.text


def test_tests_and_intervals_become_plain_words() -> None:
    draft = "NPS fell ({{ F1 }}; 95% interval of the difference {{ F1.interval }}, {{ F2.p }}), so ({{ F3.p }})."
    assert plain_words(draft) == "NPS fell ({{ F1 }}; between {{ F1.low }} and {{ F1.high }}), so."
