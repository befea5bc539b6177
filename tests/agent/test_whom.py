"""Who is meant, who is left out, slips of the pen, other words for names, and words that say nothing new."""

from __future__ import annotations

import datetime as dt

import pytest

from agent.ask import ask
from agent.builtin.conversation.followup import in_conversation
from agent.builtin.conversation.talk import Turn
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.understand import understand
from warehouse.catalog import Catalog, CohortTable, Dimension, TableColumn, TimeColumn
from warehouse.workspace import Warehouse

CATALOG = Catalog(
    name="answers",
    as_of=dt.date(2025, 6, 30),
    tables={
        "responses": CohortTable(
            file="answers.csv",
            rows=5000,
            columns={"score": TableColumn(source="nps", role="score", type="number")},
        )
    },
    dimensions={
        "Line": Dimension(values={"Line 4": 900, "Line 7": 900, "Airport Express": 700}),
        "Rider type": Dimension(values={"commuter": 900, "senior": 900, "student": 700}),
        "Branch": Dimension(values={"Leeds": 1000, "York": 900, "Hull": 600}),
        "Contact channel": Dimension(values={"app": 1000, "phone": 900, "branch": 600}),
        "billing": Dimension(values={"monthly": 1500, "annual": 1000}),
        "device": Dimension(values={"TV": 1500, "laptop": 1000}),
        "delivery": Dimension(values={"standard": 1500, "express": 1000}),
        "industry": Dimension(values={"Retail": 1500, "Footwear": 1000}),
        "role": Dimension(values={"Logistics Manager": 1500, "Buyer": 1000}),
        "Country": Dimension(values={"United Kingdom": 1500, "United States": 700, "Germany": 300}),
        "converted": Dimension(values={"yes": 1500, "no": 1000}),
    },
    times={"responded_at": TimeColumn(first=dt.date(2024, 1, 1), last=dt.date(2025, 6, 30))},
)
LEXICON = build_lexicon(CATALOG)
NO_HULL = {"Branch": ["Leeds", "York"]}
NO_STUDENT = {"Rider type": ["commuter", "senior"]}
EXPRESS = {"Line": ["Airport Express"]}


def frame_of(question: str) -> Frame:
    return understand(question, CATALOG, LEXICON)


@pytest.mark.parametrize(
    ("question", "where"),
    [
        ("NPS of all branches but Hull", NO_HULL),
        ("NPS for everyone except Hull", NO_HULL),
        ("Everybody but students: nps?", NO_STUDENT),
        ("NPS if we ignore Hull", NO_HULL),
        ("NPS if you leave out students", NO_STUDENT),
        ("What is the NPS if we leave students aside?", NO_STUDENT),
        ("NPS with the students left out", NO_STUDENT),
        ("NPS with Hull removed", NO_HULL),
        ("What is NPS if Hull isn't counted?", NO_HULL),
        ("Take Hull out. What is the NPS?", NO_HULL),
        ("Take away Line 4 and Line 7 - what NPS remains?", EXPRESS),
        ("NPS for all lines apart from Line 4 and Line 7", EXPRESS),
        ("NPS excluding Line 4, Line 7", EXPRESS),
        ("NPS when Line 4 and Line 7 are excluded", EXPRESS),
        ("NPS of riders other than students", NO_STUDENT),
        ("NPS outside Hull", NO_HULL),
        ("nps w/o hull", NO_HULL),
        ("All branches save Hull: the NPS", NO_HULL),
        ("NPS of people who aren't in Hull", NO_HULL),
        ("NPS everywhere but in Hull", NO_HULL),
        ("NPS, leaving out answers that came by phone", {"Contact channel": ["app", "branch"]}),
        ("NPS without Hull for students", {**NO_HULL, "Rider type": ["student"]}),
        ("NPS without Hull and in Line 4", {**NO_HULL, "Line": ["Line 4"]}),
        ("NPS of students but not on Line 4", {"Rider type": ["student"], "Line": ["Line 7", "Airport Express"]}),
    ],
)
def test_what_is_left_out(question: str, where: dict[str, list[str]]) -> None:
    frame = frame_of(question)
    assert (frame.op, frame.where) == ("level", where)


@pytest.mark.parametrize(
    "question",
    [
        "NPS with and without Hull",
        "Should we drop Line 4?",
        "NPS of people left out in Hull",
        "NPS ignoring the weather",
        "NPS leaving out everything",
        "Why don't students like us?",
        "Compare Hull with everybody but York",
    ],
)
def test_what_is_not_an_exclusion_is_not_read_as_one(question: str) -> None:
    with pytest.raises(Refusal):
        frame_of(question)


def test_a_drop_somewhere_leaves_nothing_out() -> None:
    assert frame_of("Did NPS drop in Hull?").where == {"Branch": ["Hull"]}


@pytest.mark.parametrize(
    ("question", "where", "said"),
    [
        ("waht is teh NPS fro comuters", {"Rider type": ["commuter"]}, "comuters"),
        ("NPS of custmers on the Airport Expres", EXPRESS, "Expres"),
        ("NPS of studnets", {"Rider type": ["student"]}, "studnets"),
        ("NPS of the anual payers", {"billing": ["annual"]}, "anual"),
        ("line7 nps", {"Line": ["Line 7"]}, ""),
        ("nps of foot wear", {"industry": ["Footwear"]}, ""),
        ("NPS of pensioners", {"Rider type": ["senior"]}, "pensioners"),
        ("NPS on the television", {"device": ["TV"]}, "television"),
        ("NPS of clients we dealt with by telephone", {"Contact channel": ["phone"]}, "telephone"),
        ("How do customers who pay yearly score us on NPS?", {"billing": ["annual"]}, "yearly"),
        ("NPS of people who stream on their TV", {"device": ["TV"]}, ""),
        ("NPS of orders sent by express delivery", {"delivery": ["express"]}, ""),
        ("CRD holders at the York branch", {}, "!"),
        ("NPS at the York branch", {"Branch": ["York"]}, ""),
        ("NPS of the branch channel", {"Contact channel": ["branch"]}, ""),
        ("What NPS do riders on Line 4 give the bus service?", {"Line": ["Line 4"]}, "the bus service"),
        ("What NPS do our viewers give us?", {}, "our viewers"),
        ("How do students rate us? I mean their NPS.", {"Rider type": ["student"]}, ""),
        ("Good morning, what is our NPS?", {}, ""),
        ("I have to report our NPS to the board in ten minutes, what is it?", {}, ""),
        ("I only care about Hull, what's the NPS there?", {"Branch": ["Hull"]}, ""),
        ("Do Germans like us?", {"Country": ["Germany"]}, ""),
        ("nps of uk customers", {"Country": ["United Kingdom"]}, ""),
        ("NPS of UK and US customers together", {"Country": ["United Kingdom", "United States"]}, ""),
        ("nps of us and uk customers together", {"Country": ["United States", "United Kingdom"]}, ""),
        ("What do UK customers think of us?", {"Country": ["United Kingdom"]}, ""),
        ("NPS of footwear companies", {"industry": ["Footwear"]}, ""),
    ],
)
def test_who_is_meant_is_found_and_what_was_taken_for_it_is_said(
    question: str, where: dict[str, list[str]], said: str
) -> None:
    if said == "!":
        with pytest.raises(Refusal):
            frame_of(question)
        return
    frame = frame_of(question)
    assert (frame.op, frame.where) == ("level", where)
    assert said in " ".join(frame.read_as) if said else not frame.read_as


@pytest.mark.parametrize(
    "question",
    [
        "NPS of Hall",
        "NPS of people who returned footwear",
        "NPS of people who want to pay yearly",
        "NPS of people who stopped paying monthly",
        "NPS of shop assistants",
        "NPS of the bank holiday",
        "How do customers rate the support?",
        "NPS of people who called us",
        "NPS of wearers",
        "NPS of Line 8",
        "NPS of line8",
        "What share of promoters pay yearly?",
        "NPS by account manager",
        "NPS for the management team",
        "NPS for the boss",
        "NPS by manager",
    ],
)
def test_other_words_stay_unknown(question: str) -> None:
    with pytest.raises(Refusal):
        frame_of(question)


def test_a_word_that_fits_two_values_is_not_taken_for_one() -> None:
    phones = {
        "Contact channel": Dimension(values={"phone": 9, "app": 9}),
        "tool": Dimension(values={"phone": 9, "x": 9}),
    }
    catalog = CATALOG.model_copy(update={"dimensions": phones})
    with pytest.raises(Refusal):
        understand("NPS by telephone", catalog, build_lexicon(catalog))


@pytest.mark.parametrize(
    ("question", "op", "by"),
    [
        ("For each line, what fraction of riders are promoters?", "share", ["Line"]),
        ("NPS by rider", "split", ["Rider type"]),
        ("Could you split NPS by sector?", "split", ["industry"]),
        ("NPS by shipping method", "split", ["delivery"]),
        ("Does NPS depend on the shipping method? List it by method.", "split", ["delivery"]),
        ("NPS for every line and billing combination", "split", ["Line", "billing"]),
        ("worst branch?", "rank", ["Branch"]),
        ("NPS by branch", "split", ["Branch"]),
        ("How has the NPS of Line 4 gone quarter by quarter?", "trend", []),
        ("Plot NPS per quarter", "trend", []),
        ("yearly NPS", "trend", []),
    ],
)
def test_what_it_is_split_by(question: str, op: str, by: list[str]) -> None:
    frame = frame_of(question)
    assert (frame.op, frame.by) == (op, by)


@pytest.mark.parametrize(
    "question",
    [
        "Compare the NPS of those who converted with those who did not",
        "NPS of those who converted vs those who didn't",
        "Is NPS higher for people who converted than for those who have not?",
    ],
)
def test_those_who_did_not_are_the_other_ones(question: str) -> None:
    frame = frame_of(question)
    assert (frame.op, frame.group, frame.against) == ("compare_groups", {"converted": ["yes"]}, {"converted": ["no"]})


@pytest.mark.parametrize(
    ("first", "second", "op", "where"),
    [
        ("NPS by line", "what about everyone except students?", "split", NO_STUDENT),
        ("NPS by line", "now leave out Line 4 and Line 7", "level", EXPRESS),
        ("NPS without Line 4", "and without Line 7?", "level", EXPRESS),
        ("NPS of students", "and pensioners?", "level", {"Rider type": ["senior"]}),
        ("NPS by line", "and those paying yearly", "split", {"billing": ["annual"]}),
    ],
)
def test_the_same_words_go_on_in_a_conversation(first: str, second: str, op: str, where: dict[str, list[str]]) -> None:
    frame = in_conversation([Turn(first), Turn(second)], CATALOG, LEXICON)
    assert (frame.op, frame.where) == (op, where)


def test_a_share_is_told_in_percent_and_as_a_count(warehouse: Warehouse) -> None:
    answer = ask("What share of the answers are from Starter?", warehouse)
    assert answer.status == "answered"
    assert "33.3" in answer.text
    assert "100" in answer.text
    assert "300" in answer.text


def test_what_is_left_out_is_not_in_the_figure(warehouse: Warehouse) -> None:
    answer = ask("NPS of everything but Starter and Scale Up", warehouse)
    assert "n = 100" in answer.text
    assert "+15.0" in answer.text
