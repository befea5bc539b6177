"""Ordinary questions reach every tool of the cabinet with the right arguments, and none reaches it by accident."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.builtin.figures import benchmark_figures, planning_figures
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.plan import plan
from agent.builtin.understand import understand
from tools.registry import TOOLS
from warehouse.catalog import Catalog, TableColumn
from warehouse.catalog_file import FILE_NAME, read_catalog

DATA_TOOLS = {
    "describe_data",
    "data_quality",
    "run_sql",
    "nps",
    "compare",
    "trend",
    "decompose_change",
    "find_outliers",
}

QUESTIONS: list[tuple[str, str, dict[str, Any]]] = [
    ("What do detractors complain about?", "themes", {"nps_class": "detractor"}),
    ("what do Starter customers complain about", "themes", {"where": {"plan": "Starter"}}),
    ("What are the main themes in the comments in May?", "themes", {"period": "2025-05"}),
    ("themes by region", "themes", {"by": ["region"]}),
    ("Do customers who mention price score lower?", "theme_impact", {"theme": "price"}),
    ("NPS of customers who mention the support", "theme_impact", {"theme": "support"}),
    ("Which complaints cost us most?", "theme_impact", {}),
    ("What do customers say about delivery?", "quotes", {"theme": "delivery"}),
    ("Show me 3 quotes from promoters", "quotes", {"nps_class": "promoter", "limit": 3}),
    ("How positive are the comments?", "sentiment", {}),
    ("comment sentiment by plan", "sentiment", {"by": ["plan"]}),
    ("Who did not answer?", "response_bias", {}),
    ("What is our response rate by region?", "response_bias", {"by": ["region"]}),
    ("Is our survey representative?", "response_bias", {}),
    ("How many answers do I need?", "sample_size", {}),
    ("How many responses do we need to detect a difference of 5 points?", "sample_size", {"difference": 5.0}),
    ("How many answers do I need for a margin of 3 points?", "sample_size", {"margin": 3.0}),
    ("What difference can we detect with 500 answers?", "sample_size", {"n": 500}),
    ("What drives NPS?", "key_drivers", {}),
    ("What are the key drivers for Starter?", "key_drivers", {"where": {"plan": "Starter"}}),
    ("What matters most to customers?", "key_drivers", {}),
    ("What should we look at first?", "priorities", {}),
    ("When did NPS start to fall?", "find_change_points", {}),
    ("Is there a turning point in the North?", "find_change_points", {"where": {"region": "North"}}),
    ("Is NPS seasonal?", "seasonality", {}),
    (
        "Do North customers score higher than South customers all else equal?",
        "matched_effect",
        {"treatment": {"region": "North"}, "control": {"region": "South"}},
    ),
    (
        "Is the gap between North and South real after adjusting for plan?",
        "matched_effect",
        {"treatment": {"region": "North"}, "control": {"region": "South"}, "covariates": ["plan"]},
    ),
    ("How many customers stay with us?", "retention", {}),
    ("What is our churn rate by plan?", "retention", {"by": ["plan"], "source": "churn"}),
    ("How many customers buy again?", "retention", {"source": "orders"}),
    ("Do promoters stay longer than detractors?", "retention", {"by": ["nps_class"]}),
    ("How does NPS develop as customers age?", "cohort_nps", {}),
    ("NPS by sign-up cohort", "cohort_nps", {}),
    ("How are the scores distributed?", "nps_distribution", {}),
    ("What is the median score?", "nps_distribution", {}),
    ("Is our NPS above the industry average of 32?", "benchmark", {"figure": 32.0}),
    ("How do we compare with a benchmark of -5.5 (n = 1,200)?", "benchmark", {"figure": -5.5, "n": 1200}),
    (
        "Did the March release help Starter customers?",
        "impact",
        {"event_date": "2025-03-01", "exposed": {"plan": "Starter"}},
    ),
    ("Did the A/B test by region work?", "experiment", {"variant": "region"}),
]


@pytest.fixture(scope="module")
def warehouse_catalog(workspace: Path) -> Catalog:
    """The catalog of the small survey, whose comments are too alike to be recognised as comments."""
    catalog = read_catalog(workspace / FILE_NAME)
    columns = catalog.tables["responses"].columns
    columns["comment"] = TableColumn(source="comment", role="comment")
    return catalog


def frame_of(question: str, catalog: Catalog) -> Frame:
    return understand(question, catalog, build_lexicon(catalog))


@pytest.mark.parametrize(("question", "tool", "arguments"), QUESTIONS, ids=[question for question, _t, _a in QUESTIONS])
def test_an_ordinary_question_reaches_its_tool(
    question: str, tool: str, arguments: dict[str, Any], warehouse_catalog: Catalog
) -> None:
    call, *more = plan(frame_of(question, warehouse_catalog), warehouse_catalog)
    assert (call.tool, call.arguments) == (tool, arguments)
    assert [other.tool for other in more] == (["quotes"] if tool == "themes" else [])


def test_every_tool_of_the_cabinet_is_reached() -> None:
    assert {tool for _question, tool, _arguments in QUESTIONS} == set(TOOLS) - DATA_TOOLS


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("What do large customers complain about?", "large"),
        ("What drives NPS of loyal customers?", "loyal"),
        ("Who did not answer the phone survey?", "phone"),
        ("key drivers by planet", "planet"),
        ("Is NPS seasonal for Premium?", "Premium"),
    ],
)
def test_an_unknown_word_is_named_and_not_passed_over(question: str, word: str, warehouse_catalog: Catalog) -> None:
    with pytest.raises(Refusal, match=word):
        frame_of(question, warehouse_catalog)


@pytest.mark.parametrize(
    "question",
    [
        "How do we compare with our competitors?",
        "Did the redesign work?",
        "Which customers are likely to churn next quarter?",
        "Quotes of promoters and detractors",
        "Is NPS seasonal by region?",
    ],
)
def test_what_cannot_be_told_is_asked_back_or_declined(question: str, warehouse_catalog: Catalog) -> None:
    with pytest.raises(Refusal):
        frame_of(question, warehouse_catalog)


@pytest.mark.parametrize(
    ("question", "op"),
    [
        ("Why did NPS fall in May?", "why"),
        ("What drove the drop in May?", "why"),
        ("NPS by plan", "split"),
        ("How many detractors are there?", "count"),
        ("share of promoters", "share"),
        ("Which plan has the lowest NPS?", "rank"),
        ("Break NPS down by plan", "split"),
    ],
)
def test_questions_of_levels_and_changes_stay_where_they_were(
    question: str, op: str, warehouse_catalog: Catalog
) -> None:
    assert frame_of(question, warehouse_catalog).op == op


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("Is 40 good?", {"figure": 40.0}),
        ("our target is +12.5", {"figure": 12.5}),
        ("the industry has −20", {"figure": -20.0}),
        ("a benchmark of 40 from 1,200 respondents", {"figure": 40.0, "n": 1200}),
        ("the industry average", {}),
    ],
)
def test_a_benchmarks_figures_are_read_with_their_sign_and_base(text: str, figures: dict[str, float]) -> None:
    assert benchmark_figures(text)[0] == figures


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("to detect a 5 point difference", {"difference": 5.0}),
        ("to see a drop of 3.5 points with 90% power", {"difference": 3.5, "power": 0.9}),
        ("plus or minus 4 points", {"margin": 4.0}),
        ("±2", {"margin": 2.0}),
        ("for a margin of 3 points at a 20% response rate", {"margin": 3.0, "response_rate": 0.2}),
        ("with 1,000 answers", {"n": 1000}),
        ("how many answers do I need", {}),
    ],
)
def test_a_plans_figures_are_read(text: str, figures: dict[str, float]) -> None:
    assert planning_figures(text)[0] == figures
