"""Time words of a question: what is read, as what, and what is left alone."""

from __future__ import annotations

import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.builtin.timewords import TimeMention, find_times
from warehouse.periods import parse_period

FIRST, AS_OF = date(2024, 1, 3), date(2025, 8, 20)  # a Wednesday
EVENTS = {
    "price_rise": (date(2025, 3, 5), ["price increase", "price hike"]),
    "launch": (date(2024, 9, 10), ["product launch"]),
}


def find(question: str, as_of: date | None = AS_OF, first: date | None = FIRST) -> list[TimeMention]:
    return find_times(question, as_of=as_of, first=first, events=EVENTS)


def told(mention: TimeMention) -> str:
    """One mention in short: kind unless period, role, and period, grain or alternatives."""
    what = "|".join(mention.alternatives) or mention.period or mention.grain or ""
    kind = "" if mention.kind == "period" else mention.kind
    return " ".join(part for part in (kind, mention.role, what) if part)


def short(question: str, as_of: date | None = AS_OF, first: date | None = FIRST) -> str:
    return ", ".join(told(mention) for mention in find(question, as_of, first))


# The data runs from 2024-01-03 to 2025-08-20; the price rose on 2025-03-05, the launch was on 2024-09-10.
READ = [
    # months, quarters, halves and years
    ("What was NPS in March?", "2025-03"), ("NPS in March 2025", "2025-03"), ("NPS Mar 25", "2025-03"),
    ("NPS for March '25 by plan", "2025-03"), ("NPS Mar-25", "2025-03"), ("NPS in Mar. 2025", "2025-03"),
    ("March, 2025", "2025-03"), ("in the month of March of 2025", "2025-03"), ("NPS 03/2025", "2025-03"),
    ("NPS 2025-03", "2025-03"), ("NPS 2025/03", "2025-03"), ("What was March's NPS?", "2025-03"),
    ("NPS in september", "2024-09"), ("NPS in Sept", "2024-09"), ("NPS in December?", "2024-12"),
    ("NPS in August", "2025-08"), ("last March", "2025-03"), ("last December", "2024-12"), ("this March", "2025-03"),
    ("in March last year", "2024-03"), ("in March of this year", "2025-03"), ("MARCH NPS PLEASE", "2025-03"),
    ("NPS in Q1", "2025-Q1"), ("Q1 2025", "2025-Q1"), ("2025 Q1", "2025-Q1"), ("2025-Q1", "2025-Q1"),
    ("Q1/25", "2025-Q1"), ("Q1'25", "2025-Q1"), ("1Q25", "2025-Q1"), ("quarter 1 of 2025", "2025-Q1"),
    ("the first quarter", "2025-Q1"), ("first quarter of 2025", "2025-Q1"), ("the 2nd quarter of last year", "2024-Q2"),
    ("customers acquired in Q4", "2024-Q4"), ("last year's Q1", "2024-Q1"), ("Q3 of this year", "2025-Q3"),
    ("second half of 2024", "2024-H2"), ("the first half of the year", "2025-H1"), ("H1 2025", "2025-H1"),
    ("2024-H2", "2024-H2"), ("NPS 2025", "2025"), ("in 2024", "2024"), ("for the year 2024", "2024"),
    ("in calendar year 2024", "2024"), ("over the course of 2024", "2024"), ("the 2024 responses", "2024"),
    ("(2024)", "2024"), ("week 9", "2025-W09"), ("calendar week 12 of 2024", "2024-W12"), ("2025-W09", "2025-W09"),
    # days
    ("March 5, 2025", "2025-03-05"), ("on March 5", "2025-03-05"), ("on March 25", "2025-03-25"),
    ("March 25th", "2025-03-25"), ("on the 5th of March 2025", "2025-03-05"), ("5 Mar 25", "2025-03-05"),
    ("on 2025-03-05", "2025-03-05"), ("2025/03/05", "2025-03-05"), ("5.3.2025", "2025-03-05"),
    ("13/05/2025", "2025-05-13"), ("29 February", "2024-02-29"),
    # relative ones
    ("NPS last quarter", "2025-Q2"), ("previous quarter", "2025-Q2"), ("the most recent month", "2025-07"),
    ("last quarter's NPS", "2025-Q2"), ("this month", "2025-08"), ("the current quarter", "2025-Q3"),
    ("NPS this year", "2025"), ("last week", "2025-W33"), ("last year", "2024"), ("the quarter before last", "2025-Q1"),
    ("month before last", "2025-06"), ("the past 90 days", "2025-05-23..2025-08-20"),
    ("over the last 6 months", "2025-02-21..2025-08-20"), ("over the last six months", "2025-02-21..2025-08-20"),
    ("trailing 12 months", "2024-08-21..2025-08-20"), ("trailing 12-month NPS", "2024-08-21..2025-08-20"),
    ("last 3 full months", "2025-05-01..2025-07-31"), ("the past year", "2024-08-21..2025-08-20"),
    ("the last couple of weeks", "2025-08-07..2025-08-20"), ("yesterday", "2025-08-19"), ("NPS today", "2025-08-20"),
    ("year to date", "2025-01-01..2025-08-20"), ("NPS YTD", "2025-01-01..2025-08-20"),
    ("month-to-date", "2025-08-01..2025-08-20"), ("YTD last year", "2024-01-01..2024-08-20"),
    ("three months ago", "2025-05"), ("two years ago", "outside 2023"),
    ("How has NPS changed over the last year?", "2024"),
    # parts
    ("the first three months of 2025", "2025-Q1"), ("last quarter of 2024", "2024-Q4"),
    ("first month of Q2 2025", "2025-04"), ("the last week of March", "2025-03-25..2025-03-31"),
    ("the last two weeks of May 2025", "2025-05-18..2025-05-31"), ("first week of the month", "2025-08-01..2025-08-07"),
    # roles
    ("since March", "from 2025-03-01..2025-08-20"), ("since 2025-03-01", "from 2025-03-01..2025-08-20"),
    ("since last quarter", "from 2025-04-01..2025-08-20"),
    ("since the start of the year", "from 2025-01-01..2025-08-20"),
    ("from March onwards", "from 2025-03-01..2025-08-20"),
    ("from March on, which plans fell?", "from 2025-03-01..2025-08-20"),
    ("starting in March 2025", "from 2025-03-01..2025-08-20"), ("March 2025 and later", "from 2025-03-01..2025-08-20"),
    ("2025 so far", "from 2025-01-01..2025-08-20"), ("so far this year", "from 2025-01-01..2025-08-20"),
    ("years since 2024", "from 2024-01-01..2025-08-20"), ("comments from June", "2025-06"),
    ("until the end of May", "to ..2025-05-31"), ("up to May", "to ..2025-05-31"),
    ("by the end of May", "to ..2025-05-31"), ("Q1 2025 or earlier", "to ..2025-03-31"),
    ("until the start of June", "before ..2025-05-31"), ("before March 2025", "before ..2025-02-28"),
    ("prior to 2025", "before ..2024-12-31"), ("pre-2025", "before ..2024-12-31"),
    ("after March 2025", "after 2025-04-01..2025-08-20"),
    ("Did NPS fall after March 5th?", "after 2025-03-06..2025-08-20"),
    ("since the end of May", "after 2025-06-01..2025-08-20"), ("the month before March 2025", "before 2025-02"),
    # ranges
    ("from January to March 2025", "from 2025-01, to 2025-03"), ("between Q1 and Q3 2025", "from 2025-Q1, to 2025-Q3"),
    ("January through June", "from 2025-01, to 2025-06"), ("Jan-Mar 2025", "from 2025-01, to 2025-03"),
    ("Q1–Q2", "from 2025-Q1, to 2025-Q2"), ("from November to February 2025", "from 2024-11, to 2025-02"),
    ("from November 2024 to February", "from 2024-11, to 2025-02"),
    ("November to February", "from 2024-11, to 2025-02"), ("2024-2025", "from 2024, to 2025"),
    ("How did NPS change from Q1 to Q2 2025?", "from 2025-Q1, to 2025-Q2"),
    ("How did NPS change between March and June?", "from 2025-03, to 2025-06"),
    ("from 1 January to 30 June 2024", "from 2024-01-01, to 2024-06-30"),
    ("from 01.01.2024 to 30.06.2024", "from 2024-01-01, to 2024-06-30"),
    ("March 5-12, 2025", "from 2025-03-05, to 2025-03-12"), ("5th to 12th of March", "from 2025-03-05, to 2025-03-12"),
    ("March 20 to March 25", "from 2025-03-20, to 2025-03-25"),
    ("from last month to this month", "from 2025-07, to 2025-08"),
    ("from March to today", "from 2025-03, to 2025-08-20"), ("from March until now", "from 2025-03-01..2025-08-20"),
    ("first to third quarter of 2024", "from 2024-Q1, to 2024-Q3"), ("2025-01..2025-06", "2025-H1"),
    ("2025-03-01..2025-08-31", "2025-03-01..2025-08-31"),
    # two periods
    ("Q1 vs Q2", "2025-Q1, 2025-Q2"), ("Q1 vs Q2 2024", "2024-Q1, 2024-Q2"),
    ("Compare Q1 to Q2 2025", "2025-Q1, 2025-Q2"), ("the difference between Q1 and Q2", "2025-Q1, 2025-Q2"),
    ("How does Q2 2025 compare to Q2 2024?", "2025-Q2, 2024-Q2"), ("March vs March last year", "2025-03, 2024-03"),
    ("compare March with March 2024", "2025-03, 2024-03"), ("Which was worse, March or April?", "2025-03, 2025-04"),
    ("December vs January", "2024-12, 2025-01"), ("for jan, feb and mar 2025", "2025-01, 2025-02, 2025-03"),
    ("Q1, Q2 and Q3 2024", "2024-Q1, 2024-Q2, 2024-Q3"),
    ("compare the first and second half of 2024", "2024-H1, 2024-H2"),
    ("first half of 2024 against the second half", "2024-H1, 2024-H2"),
    ("In 2024, which plan did best in March?", "2024, 2024-03"),
    ("Last year, was March worse than April?", "2024, 2024-03, 2024-04"), ("March vs 2024", "2025-03, 2024"),
    ("this year vs last year", "2025, 2024"), ("this quarter vs last quarter", "2025-Q3, 2025-Q2"),
    ("last month against this month", "2025-07, 2025-08"),
    ("NPS YTD vs last year YTD", "2025-01-01..2025-08-20, 2024-01-01..2024-08-20"),
    # events
    ("before the price rise", "before ..2025-03-04"), ("after the price rise", "after 2025-03-05..2025-08-20"),
    ("since the price hike", "after 2025-03-05..2025-08-20"), ("following the launch", "after 2024-09-10..2025-08-20"),
    ("prior to our product launch", "before ..2024-09-09"), ("NPS post-launch", "after 2024-09-10..2025-08-20"),
    ("nps BEFORE the Price-Rise", "before ..2025-03-04"),
    ("before and after the price rise", "before ..2025-03-04, after 2025-03-05..2025-08-20"),
    ("pre- and post-price increase", "before ..2025-03-04, after 2025-03-05..2025-08-20"),
    ("before, during and after the launch", "before ..2024-09-09, after 2024-09-10..2025-08-20"),
    ("higher before or after the launch?", "before ..2024-09-09, after 2024-09-10..2025-08-20"),
    ("the three months before the price rise", "before 2024-12-05..2025-03-04"),
    ("last 90 days before the price rise", "before 2024-12-05..2025-03-04"),
    ("in the week after the price rise", "after 2025-03-05..2025-03-11"),
    ("30 days before and after the price rise", "before 2025-02-03..2025-03-04, after 2025-03-05..2025-04-03"),
    (
        "2 weeks before the launch vs 2 weeks after the launch",
        "before 2024-08-27..2024-09-09, after 2024-09-10..2024-09-23",
    ),
    ("between the launch and the price rise", "from 2024-09-10, to 2025-03-05"),
    ("in the months after the launch", "after 2024-09-10..2025-08-20"),
    # comparisons
    ("year over year", "versus_year_ago"), ("NPS growth YoY", "versus_year_ago"),
    ("NPS vs last year", "versus_year_ago"), ("Are we better than a year ago?", "versus_year_ago"),
    ("Q2 compared to the same quarter last year", "2025-Q2, versus_year_ago"),
    ("Q2 against the same period of the previous year", "2025-Q2, versus_year_ago"),
    ("NPS vs the previous month", "versus_previous month"), ("compared with the month before", "versus_previous month"),
    ("January 2025 compared with the previous month", "2025-01, versus_previous month"),
    ("How did this month do vs last month?", "2025-08, versus_previous month"),
    ("How did NPS change from last month?", "versus_previous month"),
    ("Compare Q2 with last quarter", "2025-Q2, versus_previous quarter"),
    ("this quarter compared with the previous one", "2025-Q3, versus_previous quarter"),
    ("month over month", "versus_previous month"), ("quarter-on-quarter", "versus_previous quarter"),
    ("QoQ", "versus_previous quarter"), ("MoM", "versus_previous month"),
    ("compared to yesterday", "versus_previous day"),
    ("last 30 days vs the previous 30 days", "2025-07-22..2025-08-20, versus_previous day"),
    # grains
    ("NPS by month", "grain month"), ("NPS per month", "grain month"), ("monthly NPS", "grain month"),
    ("on a monthly basis", "grain month"), ("NPS each month", "grain month"), ("NPS month by month", "grain month"),
    ("NPS every week", "grain week"), ("weekly trend", "grain week"), ("quarterly", "grain quarter"),
    ("yearly", "grain year"), ("NPS annually", "grain year"), ("daily", "grain day"),
    ("over time by week", "grain week"), ("NPS over the months", "grain month"),
    ("NPS by plan and month", "grain month"), ("which month was best", "grain month"),
    ("our best quarter", "grain quarter"), ("the worst-scoring week", "grain week"), ("in what year", "grain year"),
    ("the month with the lowest NPS", "grain month"),
    ("NPS in each of the last 6 months", "grain month, 2025-02-21..2025-08-20"),
    ("monthly breakdown for each quarter of 2024", "grain month, grain quarter, 2024"),
    # more than one reading
    ("FY2025", "ambiguous 2025|2024-04-01..2025-03-31|2024-07-01..2025-06-30|2024-10-01..2025-09-30"),
    ("Q1 FY25", "ambiguous 2025-Q1|2024-Q2|2024-Q3|2024-Q4"),
    ("2023/24", "ambiguous 2023-04-01..2024-03-31|2023-07-01..2024-06-30|2023-10-01..2024-09-30"),
    ("03/05/2025", "ambiguous 2025-03-05|2025-05-03"), ("a year ago", "ambiguous 2024-08|2024-Q3|2024"),
    ("early 2025", "ambiguous 2025-Q1|2025-H1"), ("at the end of 2024", "ambiguous 2024-Q4|2024-H2"),
    ("mid-March", "ambiguous 2025-03-11..2025-03-20|2025-03"),
    ("the last few months", "ambiguous 2025-05-21..2025-08-20|2025-02-21..2025-08-20"),
    # outside the data
    ("In 2022 customers were happier", "outside 2022"),
    ("in 2022", "outside 2022"), ("next quarter", "outside 2025-Q4"), ("tomorrow", "outside 2025-08-21"),
    ("next March", "outside 2026-03"), ("since January 2026", "outside from 2026-01-01.."),
    ("before 2024", "outside before ..2023-12-31"), ("from 2022 to 2024", "from 2022, to 2024"),
    ("from 2021 to 2022", "outside from 2021, outside to 2022"),
    # slips
    ("in septmber", "2024-09"), ("last quater", "2025-Q2"), ("in Febuary", "2025-02"), ("Ocotber 2024", "2024-10"),
    ("quaterly trend", "grain quarter"), ("lats mnth", "2025-07"), ("yesturday", "2025-08-19"),
]  # fmt: skip

LEFT_ALONE = [
    "may we see the scores", "how may I help", "What may have caused this?", "who is marching on",
    "Customers march on with us", "the second best plan", "the sun was out", "mon ami", "did NPS fall",
    "a spring in the step", "a weekend", "on weekdays", "on Monday", "last Friday", "NPS by day of week", "summer 2025",
    "Christmas", "Christmas 2024", "Black Friday 2024", "plan 2025", "5 star", "last name", "last page",
    "last 100 responses", "the last 5 customers", "last 24 hours", "top 2000", "more than 2000 customers", "3000",
    "order 2024", "$2024", "2024.5", "INV-2024",
    "1850", "2025-13", "32/03/2025", "2025-02-30", "30 Feb 2025", "31 April", "Q5", "H3",
    "month-to-month contract", "customers on the monthly plan", "annual plan", "monthly active users",
    "customers who pay monthly", "rolling 3 month average", "12 months tenure", "after 3 months",
    "in their first 90 days", "2 weeks with us", "word of mouth", "next day delivery", "a 3-month-old account",
    "Did the price rise hurt NPS?", "before the rebrand", "excluding March", "everything except Q1 2025",
    "not in March or April", "first half of the customers", "mom and dad", "precious quieter months", "",
]  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), READ)
def test_time_words_are_read_as_periods_grains_and_comparisons(question: str, expected: str) -> None:
    assert short(question) == expected


@pytest.mark.parametrize("question", LEFT_ALONE)
def test_what_is_no_time_or_no_clear_time_is_left_to_the_caller(question: str) -> None:
    assert short(question) == ""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What may have caused the drop in may?", "2025-05"),
        ("May I see the NPS for May 2025?", "2025-05"),
        ("NPS of May and June", "2025-05, 2025-06"),
        ("Could NPS march upwards in march?", "2025-03"),
        ("Tell me about plan 2025 in March", "2025-03"),
        ("NPS by plan 2025", "2025"),
        ("Top 10 comments from the last week of July", "2025-07-25..2025-07-31"),
        ("Show the quarterly trend for Enterprise in 2024", "grain quarter, 2024"),
        ("NPS by month for 2024 vs the previous year", "grain month, 2024, versus_year_ago"),
        ("NPS week over week since June", "versus_previous week, from 2025-06-01..2025-08-20"),
        ("NPS over the past year by quarter", "2024-08-21..2025-08-20, grain quarter"),
        ("Which 3 months of 2024 had the lowest NPS?", "grain month, 2024"),
    ],
)
def test_whole_questions_are_read(question: str, expected: str) -> None:
    assert short(question) == expected


@pytest.mark.parametrize(
    ("question", "as_of", "first", "expected"),
    [
        ("last quarter", date(2025, 12, 31), FIRST, "2025-Q4"),
        ("last year", date(2025, 12, 31), FIRST, "2025"),
        ("this month vs last month", date(2025, 8, 31), FIRST, "2025-08, versus_previous month"),
        ("from last month to this month", date(2025, 8, 31), FIRST, "from 2025-07, to 2025-08"),
        ("in March", date(2025, 3, 1), FIRST, "2025-03"),
        ("in March", date(2025, 2, 28), FIRST, "2024-03"),
        ("in March", date(2024, 12, 31), date(2024, 4, 1), "outside 2024-03"),
        ("Mar 25", date(2018, 8, 20), date(2016, 1, 1), "2018-03-25"),
        ("2012 responses", date(2013, 8, 20), date(2011, 1, 1), "2012"),
        ("03/05/2025", date(2025, 4, 10), FIRST, "2025-03-05"),
        ("in 2020", AS_OF, None, "2020"),
    ],
)
def test_the_reading_follows_the_first_and_last_day_of_the_data(
    question: str, as_of: date, first: date | None, expected: str
) -> None:
    assert short(question, as_of, first) == expected


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("last quarter", "outside"),
        ("in March", "outside"),
        ("since 2025", "outside from 2025"),
        ("in March 2025", "outside 2025-03"),
        ("FY2025", "outside"),
        ("by month", "grain month"),
        ("year over year", "versus_year_ago"),
    ],
)
def test_without_dates_in_the_data_every_period_is_outside(question: str, expected: str) -> None:
    assert short(question, None, None) == expected
    mentions = find(question, None, None)
    assert all("the data has no dates" in mention.read_as for mention in mentions if mention.kind == "outside")


@pytest.mark.parametrize(
    ("question", "spans"),
    [
        ("What was NPS in March 2025?", ["in March 2025"]),
        ("NPS over the last 6 months by plan", ["over the last 6 months"]),
        ("NPS from January to March", ["from January", "to March"]),
        ("NPS between Q1 and Q3 2025 by plan", ["between Q1", "and Q3 2025"]),
        ("Is Q1 better than Q2?", ["Q1", "Q2"]),
        ("NPS vs the previous month", ["the previous month"]),
        ("NPS until the end of May for Starter", ["until the end of May"]),
        ("NPS before and after the price rise", ["before", "after the price rise"]),
        ("In the three months before the price rise, who left?", ["In the three months before the price rise"]),
        ("the best quarter of 2024", ["quarter", "of 2024"]),
        ("NPS  since\tlast   quater ?", ["since\tlast   quater"]),
        ("Größe: NPS in März, in March’s week", ["in March’s"]),
        ("What’s NPS “in March”", ["in March"]),
        ("Jan – Mar 2025", ["Jan", "– Mar 2025"]),
    ],
)
def test_a_mention_spans_its_preposition_and_no_more(question: str, spans: list[str]) -> None:
    assert [question[mention.start : mention.end] for mention in find(question)] == spans


@pytest.mark.parametrize(
    ("question", "read_as"),
    [
        ("last quarter", "last quarter, read as 2025-Q2"),
        ("in March", "in March, read as 2025-03 (the newest of 2 in the data)"),
        ("in September", "in September, read as 2024-09"),
        ("in 2024", "in 2024"),
        ("next year", "next year, read as 2026, which lies outside the data (from 2024-01-03 to 2025-08-20)"),
        ("vs the previous month", "the previous month, read as against the month before"),
        ("a year ago", "a year ago, which may mean 2024-08, 2024-Q3 or 2024"),
    ],
)
def test_a_mention_says_how_it_was_read(question: str, read_as: str) -> None:
    assert [mention.read_as for mention in find(question)] == [read_as]


def test_event_mentions_carry_the_name_of_their_event() -> None:
    mentions = find("NPS after the price hike compared with before the launch")
    assert [(mention.event, mention.role) for mention in mentions] == [("price_rise", "after"), ("launch", "before")]


def test_an_event_is_found_by_a_synonym_that_looks_like_a_month() -> None:
    events = {"march_release": (date(2025, 3, 12), ["May day sale"])}
    for question in ("after the March release", "after the may-day sale"):
        (mention,) = find_times(question, as_of=AS_OF, first=FIRST, events=events)
        assert (mention.period, mention.event) == ("2025-03-12..2025-08-20", "march_release")


WORDS = sorted(
    {word for question, _expected in READ for word in question.split()} | {".", ",", "'", "-", "..", "(", "2100"}
)
QUESTIONS = st.one_of(st.text(max_size=60), st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join))


@settings(max_examples=400, deadline=None)
@given(QUESTIONS, st.one_of(st.none(), st.dates(date(1995, 1, 1), date(2095, 1, 1))), st.booleans())
def test_no_question_raises_and_mentions_are_disjoint_and_readable(
    question: str, as_of: date | None, old: bool
) -> None:
    first = as_of.replace(year=as_of.year - 2, day=1) if as_of and old else None
    end = 0
    for mention in find(question, as_of, first):
        assert end <= mention.start < mention.end <= len(question)
        end = mention.end
        assert mention.read_as
        for label in (mention.period, *mention.alternatives):
            assert label is None or parse_period(label, as_of=AS_OF).label == label
        assert mention.kind in ("grain", "versus_previous", "versus_year_ago") or mention.grain is None
        assert mention.period or mention.kind != "period"
        assert (mention.kind == "ambiguous") == bool(mention.alternatives)


def test_a_question_is_read_in_less_than_two_milliseconds() -> None:
    find("warm up the septembre patterns")
    best = min(_seconds() for _ in range(3))
    assert best / len(READ) < 0.002


def _seconds() -> float:
    started = time.perf_counter()
    for question, _expected in READ:
        find(question)
    return time.perf_counter() - started
