"""The same wish in other words, and nothing of a question passed over by the tools of the cabinet."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from agent.builtin.frame import Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.numberwords import in_digits
from agent.builtin.plan import Call, plan
from agent.builtin.understand import understand
from agent.builtin.wordings.valuewords import band_phrases, outcome_nouns
from warehouse.catalog import BusinessEvent, Catalog, CohortTable, Dimension, Measure, TableColumn, TimeColumn

COLUMNS = {
    "customer_id": TableColumn(source="cust", role="customer_id"),
    "score": TableColumn(source="nps", role="score", type="number"),
    "comment": TableColumn(source="why", role="comment"),
}
CATALOG = Catalog(
    name="answers",
    as_of=dt.date(2025, 6, 30),
    tables={
        "responses": CohortTable(file="answers.csv", rows=5000, columns=COLUMNS),
        "customers": CohortTable(
            file="customers.csv", rows=3000, columns={"joined_at": TableColumn(source="joined", role="joined_at")}
        ),
    },
    dimensions={
        "plan": Dimension(values={"Basic": 2000, "Team": 2000, "Max": 1000}),
        "billing": Dimension(values={"monthly": 3000, "annual": 2000}),
        "Country": Dimension(values={"Germany": 2000, "United States": 2000, "France": 1000}),
        "channel": Dimension(values={"email": 2000, "sms": 3000}),
        "company_size": Dimension(values={"1-10": 3000, "11-50": 1000, "51+": 1000}),
        "checklist": Dimension(values={"shown": 2500, "not shown": 2500}),
        "converted": Dimension(values={"no": 3000, "yes": 2000}),
        "ease_of_use_rating": Dimension(values={"1": 1000, "2": 2000, "3": 2000}),
        "support_rating": Dimension(values={"1": 1000, "2": 2000, "3": 2000}),
    },
    measures={
        "seats": Measure(low=1, high=500),
        "visits": Measure(low=1, high=90),
        "ease_of_use_rating": Measure(low=1, high=3),
        "support_rating": Measure(low=1, high=3),
    },
    times={
        "responded_at": TimeColumn(first=dt.date(2024, 1, 1), last=dt.date(2025, 6, 30)),
        "joined_at": TimeColumn(table="customers"),
    },
    events={
        "price_rise": BusinessEvent(
            date=dt.date(2025, 1, 1), synonyms=["price increase"], affects={"billing": ["monthly"]}
        )
    },
)
LEXICON = build_lexicon(CATALOG)


def call_of(question: str) -> Call:
    return plan(understand(question, CATALOG, LEXICON), CATALOG)[0]


WORDINGS: list[tuple[str, str, dict[str, Any]]] = [
    ("do unhappy customers leave sooner", "retention", {"source": "churn", "by": ["nps_class"]}),
    ("churn of monthly vs annual", "retention", {"source": "churn", "by": ["billing"]}),
    ("how many are still buying after 3 months", "retention", {"source": "orders", "grain": "month", "at": 3}),
    ("NPS by the quarter in which people joined", "cohort_nps", {"cohort": "joined_at:quarter"}),
    ("do newer customers score lower", "cohort_nps", {}),
    ("how many people gave each score from 0 to 10", "nps_distribution", {}),
    ("histogram, Basic vs Team", "nps_distribution", {"where": {"plan": ["Basic", "Team"]}, "by": ["plan"]}),
    ("our target is 15 for Basic, did we hit it?", "benchmark", {"where": {"plan": "Basic"}, "figure": 15.0}),
    ("Is our NPS significantly different from 12?", "benchmark", {"figure": 12.0}),
    ("our rival says 32 from 1,200 answers", "benchmark", {"figure": 32.0, "n": 1200}),
    ("do seats and visits influence the score", "key_drivers", {"drivers": ["seats", "visits"]}),
    (
        "does ease of use matter more than support",
        "key_drivers",
        {"drivers": ["ease_of_use_rating", "support_rating"]},
    ),
    ("What should we improve first to lift NPS in Germany?", "key_drivers", {"where": {"Country": "Germany"}}),
    ("In which month did NPS drop?", "find_change_points", {"grain": "month"}),
    ("since when are Germans so unhappy", "find_change_points", {"where": {"Country": "Germany"}}),
    ("do scores always dip in December?", "seasonality", {}),
    ("are Mondays worse than Fridays", "seasonality", {"grain": "weekday"}),
    (
        "compare Basic and Team for companies of the same size and country",
        "matched_effect",
        {"treatment": {"plan": "Basic"}, "control": {"plan": "Team"}, "covariates": ["company_size", "Country"]},
    ),
    (
        "apples to apples, is e-mail happier than sms in Germany?",
        "matched_effect",
        {"where": {"Country": "Germany"}, "treatment": {"channel": "email"}, "control": {"channel": "sms"}},
    ),
    (
        "did showing the checklist increase conversion",
        "experiment",
        {"variant": "checklist", "outcome": "converted", "control": "not shown"},
    ),
    ("checklist A/B test readout", "experiment", {"variant": "checklist", "control": "not shown"}),
    ("what margin of error would we get with 400 answers?", "sample_size", {"n": 400}),
    ("is 250 responses enough to tell a ten point uplift?", "sample_size", {"n": 250, "difference": 10.0}),
    ("Why do detractors score us low?", "themes", {"nps_class": "detractor"}),
    ("top reasons for low scores in Germany", "themes", {"where": {"Country": "Germany"}, "nps_class": "detractor"}),
    (
        "summarise the feedback of companies with more than 50 employees",
        "themes",
        {"where": {"company_size": "51+"}},
    ),
    ("which theme hurts NPS the most", "theme_impact", {}),
    ("if we fixed reliability, how many points could we win?", "theme_impact", {"theme": "reliability"}),
    ("impact of the support theme on the score", "theme_impact", {"theme": "support"}),
    ("three juicy quotes of people who gave 6 or less", "quotes", {"nps_class": "detractor", "limit": 3}),
    ("any comments with the word ombudsman?", "quotes", {"contains": "ombudsman"}),
    ("are comments in France more negative than in Germany", "sentiment", {}),
    ("tone of the comments month by month", "sentiment", {"grain": "month"}),
    (
        "did the price rise hit monthly customers, with annual ones as a comparison group",
        "impact",
        {"event_date": "price_rise", "exposed": {"billing": "monthly"}, "control": {"billing": "annual"}},
    ),
    ("NPS of people who saw the checklist", "nps", {"where": {"checklist": "shown"}}),
    ("NPS of customers who did not convert", "nps", {"where": {"converted": "no"}}),
]


@pytest.mark.parametrize(("question", "tool", "arguments"), WORDINGS, ids=[question for question, _t, _a in WORDINGS])
def test_other_wordings_reach_the_tool(question: str, tool: str, arguments: dict[str, Any]) -> None:
    call = call_of(question)
    assert call.tool == tool
    assert {name: call.arguments.get(name) for name in arguments} == arguments
    assert set(call.arguments) - set(arguments) <= {"by", "where"} if tool == "sentiment" else True
    if tool not in ("sentiment",):
        assert call.arguments == arguments


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Did the price rise hurt NPS in May 2025?", "2025-05"),
        ("average seats and visits", "visits"),
        ("What is our NPS and what do people complain about?", "two things"),
        ("NPS of the price rise", "price rise"),
        ("read me comments of people who gave us a 0", "0"),
        ("sentiment of comments about price", "price"),
        ("which customers churned?", "never which customers"),
        ("benchmark of 40 for customers with 3 seats", "3|seats"),
        ("how many comments mention the price?", "count the comments"),
        ("what share of our churned customers left within three months", "those alone who left"),
        ("are detractors writing more comments?", "writes more"),
        ("when did we have NPS for Team", "moment"),
        ("NPS of payers", "payers"),
        ("does plan count", "count"),
        ("key drivers for loyal customers", "loyal"),
        ("what do premium customers complain about", "premium"),
        ("sample size for a margin of 3 for premium", "premium"),
        ("conversion by plan", "converted"),
    ],
)
def test_what_cannot_be_used_is_named_and_never_passed_over(question: str, word: str) -> None:
    with pytest.raises(Refusal, match=word):
        call_of(question)


def test_data_without_comments_say_so() -> None:
    tables = {"responses": CohortTable(file="a.csv", rows=10, columns={"score": COLUMNS["score"]})}
    bare = CATALOG.model_copy(update={"tables": tables})
    with pytest.raises(Refusal, match="no comments"):
        understand("What do detractors complain about?", bare, build_lexicon(bare))


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("51+", ("more", "than", "50")),
        ("51+", ("51", "or", "more")),
        ("11-50", ("between", "11", "and", "50")),
        ("under 3 months", ("less", "than", "3", "month")),
    ],
)
def test_bands_are_said_in_words(value: str, said: tuple[str, ...]) -> None:
    assert said in band_phrases(value)


def test_a_yes_no_column_is_named_by_what_it_counts() -> None:
    assert {("conversion",), ("conversion", "rate")} <= outcome_nouns(("converted",))
    assert ("renewal",) in outcome_nouns(("renewed",))
    assert outcome_nouns(("vip",)) == set()


@pytest.mark.parametrize(
    ("question", "tool", "arguments"),
    [
        ("what r ppl in France saying about us", "themes", {"where": {"Country": "France"}}),
        (
            "what do unhappy Team customers complain about",
            "themes",
            {"nps_class": "detractor", "where": {"plan": "Team"}},
        ),
        ("common pain points of detractors", "themes", {"nps_class": "detractor"}),
        ("top 5 themes for promoters", "themes", {"nps_class": "promoter", "limit": 5}),
        ("what r detractors moaning about lately", "themes", {"nps_class": "detractor"}),
        ("quotes about the price, max 4", "quotes", {"theme": "price", "limit": 4}),
        ("a dozen quotes from detractors", "quotes", {"nps_class": "detractor", "limit": 12}),
        ("mood of the verbatims: email vs sms", "sentiment", {"by": ["channel"]}),
        ("how badly does onboarding drag us down", "theme_impact", {"theme": "onboarding"}),
        ("is twenty-two a fair target for Germany?", "benchmark", {"figure": 22.0, "where": {"Country": "Germany"}}),
        ("are annual customers beating the 30 that Gartner quotes", "benchmark", {"figure": 30.0}),
        ("detect shifts in nps by plan, weekly pls", "find_change_points", {"by": ["plan"], "grain": "week"}),
        ("when did Team customers get unhappier", "find_change_points", {"where": {"plan": "Team"}}),
        ("retention by plan after a year", "retention", {"by": ["plan"], "at": 1, "grain": "year"}),
        ("do customers who saw the checklist stay active longer?", "retention", {"by": ["checklist"]}),
        ("NPS of Team broken down by the quarter they signed up in", "cohort_nps", {"cohort": "joined_at:quarter"}),
        (
            "which companies ignore our questionnaire most, small or big ones?",
            "response_bias",
            {"by": ["company_size"]},
        ),
        (
            "can we trust the score, given that so few Team people responded?",
            "response_bias",
            {"where": {"plan": "Team"}},
        ),
        ("is it true that zero is the most common score we get?", "nps_distribution", {}),
        ("does ease of use even matter", "key_drivers", {"drivers": ["ease_of_use_rating"]}),
        ("was the checklist worth it, A vs B, for Team and Max?", "experiment", {"variant": "checklist"}),
    ],
)
def test_hurried_wordings_reach_their_tool(question: str, tool: str, arguments: dict[str, Any]) -> None:
    call = call_of(question)
    assert call.tool == tool
    assert {name: call.arguments.get(name) for name in arguments} == arguments


def test_comments_are_counted_and_not_read() -> None:
    call = call_of("how many detractors left a comment in May 2025?")
    assert call.tool == "run_sql"
    assert "nps_class IN ('detractor')" in call.arguments["sql"] and "2025-05-01" in call.arguments["sql"]


def test_themes_come_with_what_was_said() -> None:
    calls = plan(understand("What do Team detractors complain about?", CATALOG, LEXICON), CATALOG)
    assert [call.tool for call in calls] == ["themes", "quotes"]
    assert calls[1].arguments == {"where": {"plan": "Team"}, "nps_class": "detractor", "limit": 3}


def test_number_words_go_up_to_the_hundreds() -> None:
    assert in_digits("from twenty-two to two hundred").split() == ["from", "22", "to", "200"]
