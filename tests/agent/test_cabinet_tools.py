"""What a chat model is offered: the common tools at first, any other once it was found."""

from __future__ import annotations

import pytest

from agent.ask import ask
from agent.cabinet import CORE, FIND, SHOWN, find_tools, ranked, stems
from agent.cabinet_words import KEYWORDS
from agent.facts import Run
from agent.scripted import ScriptedChatModel, call
from tools.registry import TOOLS
from warehouse.workspace import Warehouse


def test_a_model_is_offered_the_core_and_the_way_to_the_rest(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(replies=[call("nps"), "NPS is {{ F1 }}."])
    assert ask("What is our NPS?", warehouse, model=model, record=False).status == "answered"
    assert set(model.offered) == {*CORE, FIND, "ask_user", "cannot_answer"}
    assert set(TOOLS) > CORE


def test_a_tool_that_was_found_can_be_called_next(warehouse: Warehouse) -> None:
    model = ScriptedChatModel(
        replies=[
            call(FIND, query="how many answers are needed for a margin"),
            call("sample_size", margin=5),
            "The table says how many answers are needed.",
        ]
    )
    answer = ask("How many answers do I need for ±5?", warehouse, model=model, record=False)
    assert answer.status == "answered"
    assert [item.name for item in answer.tools] == ["sample_size"]
    assert "sample_size" in model.offered and "retention" not in model.offered


def test_words_lead_to_the_tool_that_does_it() -> None:
    for query, tool in (
        ("A/B test readout", "experiment"),
        ("who did not answer, response rate", "response_bias"),
        ("customers who stay, churn", "retention"),
        ("what drives the score", "key_drivers"),
        ("quotations in customers' own words", "quotes"),
        ("seasonal pattern", "seasonality"),
        ("compare with an industry figure", "benchmark"),
    ):
        assert tool in [found.name for found in ranked(query)], query


WORDINGS = {
    "describe_data": (
        "what columns are there; list of dimensions and their values; describe the data; which tables "
        "exist; fields of the data set; schema; which fields and dimension values are there; which values "
        "does a dimension have; describe_data; what can I filter by, which dimensions"
    ),
    "data_quality": (
        "data quality report; how many rows were dropped; can I trust the data; duplicates and invalid "
        "rows; rows without score; cleaning log; bad data excluded; how clean is the data; problems with "
        "the data; missing scores"
    ),
    "nps": (
        "nps split by plan; current nps level; how many promoters do we have; share of detractors by "
        "country; count of answers per segment; ranking of segments; promoters passives detractors; split "
        "by dimension; nps of a segment; count of detractors"
    ),
    "compare": (
        "compare two groups; test whether churn rate differs between groups; is the difference "
        "significant; difference between two means; compare two periods; t-test of revenue by group; "
        "significance test of a share; year over year comparison; group against everybody else; do the "
        "rates of two groups differ"
    ),
    "trend": (
        "trend over time; monthly development; is it falling; time series; slope per month; history of "
        "the score; evolution over the year; rising or falling; timeline; nps per month"
    ),
    "nps_distribution": (
        "histogram of the scores; distribution; median; average score; how polarised are the answers; how "
        "the scores are spread; is it bimodal; how many gave each score; shape of the answers; mean score "
        "by plan"
    ),
    "response_bias": (
        "who did not answer, response rate; non-response; is the survey representative; weighting; who "
        "answers the survey; silent customers; survey bias; participation rate; weighted nps; coverage of "
        "the customer base"
    ),
    "benchmark": (
        "compare with an industry figure; benchmark; competitor; how far from our target; published "
        "figure of a rival; industry average; are we above the norm; goal reached; market comparison; "
        "versus the competition"
    ),
    "cohort_nps": (
        "nps by tenure; joining cohort; new against old customers; time since joining; sign-up cohort; "
        "vintage; are newer customers less happy; cohort_nps; age of customers at the answer; generations "
        "of customers"
    ),
    "retention": (
        "customers who stay, churn; retention curve; attrition; survival analysis; do detractors leave; "
        "how long customers stay; repeat purchase; who cancels; kaplan-meier; dropout over time"
    ),
    "decompose_change": (
        "why did nps fall; mix effect; decomposition of the change; simpson's paradox; why did it change; "
        "within and mix; what explains the drop; composition shift; break down the change; contribution "
        "to the change"
    ),
    "find_outliers": (
        "outliers; segments that stand out; worst segments; which groups are unhappy; anomalies; search "
        "all segments; best and worst segments; unusual groups; where is it bad; pockets of unhappiness"
    ),
    "find_change_points": (
        "since when; change point; when did it drop; structural break; turning point; date of the drop; "
        "sudden shift in level; when did the decline begin; break date; jump in the level"
    ),
    "seasonality": (
        "seasonal pattern; day of the week; weekday effect; month of the year; christmas; holiday season; "
        "summer dip; weekend; cyclical; calendar pattern"
    ),
    "key_drivers": (
        "what drives the score; key drivers; importance of ratings; correlation with the score; which "
        "factors matter most; regression; shapley; what correlates with nps; importance and performance; "
        "predictors"
    ),
    "priorities": (
        "what to do first; priorities; where to start; what should we fix; action plan; roadmap; impact "
        "urgency effort; quick wins; biggest lever; prioritise segments"
    ),
    "impact": (
        "effect of the price rise; what did the release do; before and after an event; difference in "
        "differences; causal impact of the migration; event study; did the launch help; impact of a "
        "policy change; intervention; parallel trends"
    ),
    "matched_effect": (
        "gap between two groups for comparable customers; propensity score; matching; confounding; "
        "control for company size; like with like; observational effect, adjusted; is the gap real; all "
        "else equal; similar customers with and without a feature"
    ),
    "experiment": (
        "A/B test readout; A/B test of retention; split test; experiment; which variant won; randomised "
        "test; sample ratio mismatch; test and control; cuped; uplift of the variant"
    ),
    "sample_size": (
        "how many answers are needed for a margin; sample size; statistical power; margin of error; "
        "minimum detectable effect; do we have enough answers; how long to run a test; precision of the "
        "estimate; number of respondents needed; plan a survey"
    ),
    "themes": (
        "what do customers talk about; topics of comments; themes; what do detractors complain about; "
        "reasons in the comments; complaints by segment; text analysis; feedback categories; how often is "
        "delivery mentioned; praise and complaints"
    ),
    "theme_impact": (
        "which complaints go with low scores; nps of those who mention a theme; what does the price theme "
        "cost us; theme impact; topics that hurt most; which topic lowers nps; points per theme; cost of "
        "a theme; effect of a topic on the score; complaints that cost most points"
    ),
    "sentiment": (
        "sentiment; tone of comments; positive and negative comments; mood; emotion; vader; polarity; are "
        "comments angry; how happy do comments sound; feeling of the text"
    ),
    "quotes": (
        "quotations in customers' own words; quotes of customers comments; verbatim; examples of "
        "comments; show comments of detractors; words of customers; voice of the customer; read the "
        "comments; testimonials; what exactly did they write"
    ),
    "run_sql": (
        "sql; average of a number; revenue by country; custom query; sum of amounts; count customers; "
        "group by; select; total amount per plan; raw table"
    ),
}
"""Ten ways of asking for each tool."""


@pytest.mark.parametrize("tool", TOOLS)
def test_ten_wordings_lead_to_each_tool_and_to_few_others(tool: str) -> None:
    wordings = WORDINGS[tool].split("; ")
    assert len(wordings) == 10
    for query in wordings:
        found = [one.name for one in ranked(query)]
        assert tool in found and len(found) <= SHOWN, (query, found)
    assert sum(len(ranked(query)) for query in wordings) <= 20, tool


@pytest.mark.parametrize(
    ("query", "tools"),
    [
        ("matched_effect", {"matched_effect"}),
        ("call key_drivers please", {"key_drivers"}),
        ("gap between two groups for comparable customers", {"matched_effect", "compare"}),
        ("quotes of customers comments", {"quotes", "themes"}),
        ("A/B test of retention", {"experiment", "retention"}),
        ("hello there", set()),
    ],
)
def test_only_what_fits_is_found(query: str, tools: set[str]) -> None:
    assert {one.name for one in ranked(query)} == tools


def test_what_is_found_is_told_with_its_arguments_and_offered() -> None:
    run = Run()
    told = find_tools(run).invoke({"query": "split test"})
    assert "- experiment(variant (needed), control, outcome, pre, shares, start, where, …): Read an A/B test" in told
    assert run.found == {"experiment"}


def test_words_that_lead_nowhere_get_the_list_of_all_tools() -> None:
    run = Run()
    told = find_tools(run).invoke({"query": "hello"})
    assert all(name in told for name in TOOLS) and not run.found


def test_a_tool_is_called_by_name_without_a_search_and_its_definition_is_sent_from_then_on(
    warehouse: Warehouse,
) -> None:
    replies = [call("key_drivers", nonsense=1), call("key_drivers"), "No driver was found."]
    model = ScriptedChatModel(replies=replies)
    answer = ask("What drives the score?", warehouse, model=model, record=False)
    assert "key_drivers" in model.offered
    assert [item.name for item in answer.tools][-1] == "key_drivers"


def test_every_tool_has_words() -> None:
    assert set(KEYWORDS) == set(TOOLS)
    assert all(any(stems(phrase) for phrase in phrases) for phrases in KEYWORDS.values())
