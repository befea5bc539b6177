"""Many phrasings, one meaning; and what must not be given one."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.plan import plan
from agent.builtin.understand import understand
from agent.builtin.vocabulary import stem, vocabulary
from warehouse.catalog import (
    BusinessEvent,
    Catalog,
    CohortTable,
    Dimension,
    Measure,
    TableColumn,
    TimeColumn,
)

CATALOG = Catalog(
    name="answers",
    as_of=dt.date(2025, 6, 30),
    tables={
        "responses": CohortTable(
            file="answers.csv",
            rows=5000,
            columns={
                "customer_id": TableColumn(source="cust", role="customer_id"),
                "score": TableColumn(source="nps", role="score", type="number"),
            },
        )
    },
    dimensions={
        "subscription_tier": Dimension(values={"Free": 2000, "Pro": 2000, "Enterprise": 1000}),
        "Country": Dimension(values={"Germany": 2000, "United States": 2000, "France": 1000}),
        "support_channel": Dimension(values={"E-mail": 2000, "Phone": 2000, "Chat": 1000}),
        "signup_channel": Dimension(values={"Web": 2000, "Phone": 3000}),
        "is_member": Dimension(values={"0": 3000, "1": 2000}),
        "age": Dimension(values={"18-24": 1000, "25-34": 2000, "65+": 2000}),
    },
    measures={"seats": Measure(low=1, high=500)},
    times={
        "responded_at": TimeColumn(first=dt.date(2024, 1, 1), last=dt.date(2025, 6, 30)),
        "joined_at": TimeColumn(table="customers"),
    },
    events={"price_rise": BusinessEvent(date=dt.date(2025, 1, 1), synonyms=["price increase"])},
)
WORDS = (
    "nps free pro by tier why fell in march vs rest worst how many promoters not country germany".split()  # noqa: SIM905
)
LEXICON = build_lexicon(CATALOG)


def frame_of(question: str) -> Frame:
    return understand(question, CATALOG, LEXICON)


@pytest.mark.parametrize(
    "question",
    [
        "What is our NPS?",
        "nps",
        "NPS please",
        "Could you tell me our overall Net Promoter Score?",
        "how are we doing?",
        "what's the total nps of all customers",
        "How likely are people to recommend us?",
        "how sure are we about our NPS",
    ],
)
def test_the_overall_level_in_many_words(question: str) -> None:
    frame = frame_of(question)
    assert (frame.op, frame.where, frame.by, frame.period) == ("level", {}, [], None)


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("NPS for Enterprise", {"subscription_tier": ["Enterprise"]}),
        ("what do German customers give us, nps wise", {"Country": ["Germany"]}),
        ("nps of the pro plan", {"subscription_tier": ["Pro"]}),
        ("How do members rate us?", {"is_member": ["1"]}),
        ("nps of non-members", {"is_member": ["0"]}),
        ("NPS among 65+ year olds in France", {"age": ["65+"], "Country": ["France"]}),
        ("nps via chat", {"support_channel": ["Chat"]}),
        ("NPS for enterprize customers", {"subscription_tier": ["Enterprise"]}),
        ("nps without free", {"subscription_tier": ["Pro", "Enterprise"]}),
        ("phone support channel nps", {"support_channel": ["Phone"]}),
        ("nps for free and pro together", {"subscription_tier": ["Free", "Pro"]}),
        ("NPS in the US", {"Country": ["United States"]}),
    ],
)
def test_filters_in_many_words(question: str, where: dict[str, list[str]]) -> None:
    frame = frame_of(question)
    assert (frame.op, frame.where) == ("level", where)


@pytest.mark.parametrize(
    ("question", "op", "by"),
    [
        ("NPS by tier", "split", ["subscription_tier"]),
        ("break down NPS by country and plan", "split", ["Country", "subscription_tier"]),
        ("nps per age group", "split", ["age"]),
        ("Does NPS differ between countries?", "split", ["Country"]),
        ("Which tier has the lowest NPS?", "rank", ["subscription_tier"]),
        ("worst country?", "rank", ["Country"]),
        ("top 2 countries", "rank", ["Country"]),
        ("Rank the tiers", "rank", ["subscription_tier"]),
        ("in which country are customers happiest", "rank", ["Country"]),
        ("how many detractors per tier", "count", ["subscription_tier"]),
        ("average score by country", "average", ["Country"]),
        ("share of promoters by age", "share", ["age"]),
        ("nps by free vs pro", "compare_groups", []),
    ],
)
def test_splits_rankings_and_counts(question: str, op: str, by: list[str]) -> None:
    frame = frame_of(question)
    assert (frame.op, frame.by) == (op, by)


@pytest.mark.parametrize(
    ("question", "group", "against"),
    [
        ("Is Pro better than Free?", "Pro", "Free"),
        ("compare free with enterprise", "Free", "Enterprise"),
        ("difference between Pro and Enterprise", "Pro", "Enterprise"),
        ("Enterprise vs the rest", "Enterprise", None),
        ("How does Pro compare to everyone else?", "Pro", None),
    ],
)
def test_groups_are_compared(question: str, group: str, against: str | None) -> None:
    frame = frame_of(question)
    assert frame.op == "compare_groups"
    assert frame.group == {"subscription_tier": [group]}
    assert frame.against == ({"subscription_tier": [against]} if against else {})


@pytest.mark.parametrize(
    ("question", "op", "before", "after"),
    [
        ("compare Q1 2025 with Q2 2025", "compare_periods", "2025-Q1", "2025-Q2"),
        ("Was Q2 better than Q1?", "compare_periods", "2025-Q1", "2025-Q2"),
        ("Did NPS fall in Q2 2025?", "compare_periods", "2025-Q1", "2025-Q2"),
        ("Why did NPS fall from 2024-Q2 to 2025-Q2?", "why", "2024-Q2", "2025-Q2"),
        ("What is behind the drop in May 2025?", "why", "2025-04", "2025-05"),
        ("NPS this quarter vs last quarter", "compare_periods", "2025-Q1", "2025-Q2"),
        ("nps in Q2 2025 compared to a year earlier", "compare_periods", "2024-Q2", "2025-Q2"),
        ("Did the price rise hurt us, and whom?", "event", "2024-H2", "2025-H1"),
        ("what was the effect of the price increase on NPS", "event", "2024-H2", "2025-H1"),
        ("NPS before and after the price rise", "compare_periods", "2024", "2025-H1"),
    ],
)
def test_periods_are_compared(question: str, op: str, before: str, after: str) -> None:
    frame = frame_of(question)
    assert (frame.op, frame.before, frame.after) == (op, before, after)


@pytest.mark.parametrize(
    ("question", "op"),
    [
        ("How has NPS developed over time?", "trend"),
        ("nps per month", "trend"),
        ("monthly NPS for Pro", "trend"),
        ("which month was the best", "rank"),
        ("Where are we weak?", "outliers"),
        ("which segments stand out", "outliers"),
        ("What data do we have?", "columns"),
        ("which period does this cover?", "span"),
        ("how good is the data quality", "quality"),
        ("how many rows were read", "rows"),
        ("how many customers answered", "customers"),
        ("how many people gave us a 10", "scores"),
        ("what percentage are detractors", "share"),
        ("How many responses are there?", "count"),
    ],
)
def test_other_kinds_of_questions(question: str, op: str) -> None:
    assert frame_of(question).op == op


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("NPS by shoe size", "declined"),
        ("NPS by type", "declined"),
        ("NPS for phone", "clarify"),
        ("nps by channel", "clarify"),
        ("NPS for Platinum", "declined"),
        ("NPS for customers with more than 10 seats", "declined"),
        ("NPS of employees", "declined"),
        ("nps of business customers", "declined"),
        ("why did NPS fall?", "clarify"),
        ("NPS in 2019", "declined"),
        ("will NPS rise next month?", "declined"),
        ("how many customers will churn", "declined"),
        ("nps by tier; drop table responses", "declined"),
        ("tell me a joke", "declined"),
        ("¿Cuál es nuestro NPS?", "declined"),
        ("NPS of new customers", "declined"),
        ("NPS of customers who joined in 2024", "clarify"),
        ("", "declined"),
        ("who?", "declined"),
        ("Did the share of detractors rise from 2025-Q1 to 2025-Q2?", "declined"),
        ("Did the number of promoters fall in 2025-Q2?", "declined"),
        ("What share of detractors are in Germany?", "declined"),
        ("what % of our detractors are members?", "declined"),
        ("average score of detractors", "declined"),
        ("Which country has the most detractors?", "declined"),
        ("NPS for Germany in Q2 versus France in Q1", "declined"),
        ("NPS in Germany, not France", "declined"),
        ("NPS in Germany or free", "declined"),
        ("NPS without passives", "declined"),
        ("NPS of large customers", "declined"),
        ("NPS of people with us for years", "declined"),
        ("How many people gave 11?", "declined"),
        ("How many responses above 50?", "declined"),
        ("current NPS", "clarify"),
        ("latest NPS by tier", "declined"),
        ("Which country has the highest average score?", "declined"),
    ],
)
def test_what_is_not_understood_is_not_answered(question: str, kind: str) -> None:
    with pytest.raises(Refusal) as refused:
        frame_of(question)
    assert refused.value.kind == kind
    assert refused.value.text


def test_several_scores_are_read_as_a_list_or_as_a_range() -> None:
    assert frame_of("how many gave a 9 or 10").scores == [9, 10]
    assert frame_of("how many gave between 3 and 5").scores == [3, 4, 5]
    assert frame_of("how many people gave 2 or less").scores == [0, 1, 2]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120))
def test_any_text_gives_a_frame_or_a_refusal(text: str) -> None:
    try:
        frame = frame_of(text)
    except Refusal:
        return
    assert plan(frame, CATALOG)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "nps",
                "free",
                "pro",
                "by",
                "tier",
                "why",
                "fell",
                "in",
                "march",
                "vs",
                "rest",
                "worst",
                "how",
                "many",
                "promoters",
                "not",
                "country",
                "germany",
            ]
        ),
        max_size=9,
    )
)
def test_any_mixture_of_known_words_gives_a_plan_or_a_refusal(words: list[str]) -> None:
    try:
        frame = frame_of(" ".join(words))
        assert plan(frame, CATALOG)
    except Refusal as refusal:
        assert refusal.kind in ("clarify", "declined")


@settings(max_examples=100, deadline=None)
@given(
    st.text("abcdefghijklmnopqrstuvwxyz", min_size=7, max_size=12).filter(lambda w: stem(w) not in vocabulary().words)
)
def test_an_unknown_word_is_never_passed_over(word: str) -> None:
    try:
        frame = frame_of(f"NPS for {word} customers")
    except Refusal:
        return
    assert frame.read_as or frame.where, f"{word!r} was ignored"
