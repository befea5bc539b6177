"""One thing in many voices: suspicions, statements with a short question, choices, weights, likes and dislikes."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterator

import pytest

from agent.ask import ask
from agent.builtin.conversation.followup import in_conversation
from agent.builtin.conversation.talk import Turn
from agent.builtin.frame import Frame, Refusal
from agent.builtin.lexicon import build_lexicon
from agent.builtin.wordings.asides import set_aside
from warehouse.catalog import BusinessEvent
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

# month → club → (promoters, passives, detractors) of 40, three times over:
# Oak falls from +25.0 to -50.0, Elm stays at +62.5.
SCORED = {
    "2025-02": {"Oak": (20, 10, 10), "Elm": (30, 5, 5), "Ash": (20, 10, 10)},
    "2025-05": {"Oak": (5, 10, 25), "Elm": (30, 5, 5), "Ash": (20, 10, 10)},
}
EVENTS = {"new_timetable": BusinessEvent(date=dt.date(2025, 3, 30), synonyms=["new timetable", "timetable reform"])}


@pytest.fixture(scope="module")
def clubs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    """Three clubs over two months, without comments."""
    folder = tmp_path_factory.mktemp("clubs")
    with (folder / "answers.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["response_id", "answered_on", "club", "unlock_screen", "software_version", "nps"])
        rows = [
            (month, club, score)
            for month, told in SCORED.items()
            for club, counts in told.items()
            for score, count in zip((10, 8, 2), counts, strict=True)
            for _ in range(3 * count)
        ]
        for i, (month, club, score) in enumerate(rows):
            screen, version = ("one tap", "keypad")[i % 2], ("v8", "v9")[i // 2 % 2]
            writer.writerow([f"r{i}", f"{month}-{1 + i % 27:02}", club, screen, version, score])
    make_workspace([folder / "answers.csv"], folder / "ws", LoadOptions(events=EVENTS))
    with Warehouse(folder / "ws") as opened:
        yield opened


def read_as(question: str, warehouse: Warehouse) -> Frame:
    return in_conversation([Turn(question)], warehouse.catalog, build_lexicon(warehouse.catalog))


def said(question: str, warehouse: Warehouse) -> str:
    answer = ask(question, warehouse, record=False)
    assert answer.status == "answered", answer.text
    return answer.text


@pytest.mark.parametrize(
    ("question", "left"),
    [
        ("Honestly, is Oak worse?", "is Oak worse?"),
        ("I am quite worried, is Oak worse?", "is Oak worse?"),
        ("I wish I knew why NPS fell in May.", "why NPS fell in May."),
        ("The CEO wants to know why NPS fell", "why NPS fell"),
        ("I wonder whether Oak is worse", "Oak is worse"),
        ("Is Oak less liked now, or is that just my impression?", "Is Oak less liked now?"),
        ("Is Oak worse, or do I imagine that?", "Is Oak worse?"),
        ("Oak is worse, I fear.", "Oak is worse."),
        # what says something of the question stays
        ("I am worried about Oak", "I am worried about Oak"),
        ("Is it Oak or is it Elm?", "Is it Oak or is it Elm?"),
        ("What do you think?", "What do you think?"),
        ("I want to know our NPS", "I want to know our NPS"),
    ],
)
def test_remarks_around_a_question_are_set_aside(question: str, left: str) -> None:
    assert set_aside(question).question == left


@pytest.mark.parametrize(
    "question",
    [
        "Oak is a disaster, isn't it?",
        "Are the Oak people the unhappy ones?",
        "Oak hates us. True?",
        "I suspect that Oak is worse. Is that so?",
        "Everybody says that Oak is bad. Is that fair?",
        "My boss claims that Oak is worse. Is he right?",
        "Is it proven that Oak is worse than the others?",
        "Do we need to worry about Oak?",
        "Oak is far, far worse than the others, mustn't it?",
    ],
)
def test_a_low_opinion_of_a_group_is_held_against_the_others(clubs: Warehouse, question: str) -> None:
    frame = read_as(question, clubs)
    assert (frame.op, frame.group, frame.premise) == ("compare_groups", {"club": ["Oak"]}, "lower")


@pytest.mark.parametrize(
    "question",
    [
        "Which club is dragging us down? I suspect Oak",
        "Which club is the worst? My money is on Oak.",
        "Oak is our problem club, isn't it?",
        "Oak is the worse club, right?",
    ],
)
def test_a_suspicion_is_held_against_the_whole_order(clubs: Warehouse, question: str) -> None:
    frame = read_as(question, clubs)
    assert frame.claim is not None
    assert (frame.claim.kind, frame.claim.side, frame.claim.value) == ("end", "lowest", "Oak")


@pytest.mark.parametrize(
    "question",
    [
        "Oak people hate the new timetable, don't they?",
        "Is Oak less liked since the new timetable?",
        "Oak is fed up with the new timetable. True?",
        "Oak is the loser of the timetable reform, isn't it?",
    ],
)
def test_disliking_an_event_is_a_fall_after_it(clubs: Warehouse, question: str) -> None:
    frame = read_as(question, clubs)
    assert (frame.op, frame.event, frame.where, frame.premise) == ("event", "new_timetable", {"club": ["Oak"]}, "fell")


@pytest.mark.parametrize(
    "question",
    [
        "New timetable - good or bad?",
        "Was the new timetable a mistake?",
        "The reform changed nothing at all. Is that so?",
        "I doubt that the new timetable did anything",
        "We launched a new timetable. Was it worth it?",
    ],
)
def test_whether_an_event_was_good_is_its_effect(clubs: Warehouse, question: str) -> None:
    try:
        frame = read_as(question, clubs)
    except Refusal as refusal:
        pytest.fail(refusal.text)
    assert (frame.op, frame.event) == ("event", "new_timetable")


@pytest.mark.parametrize(
    "question",
    [
        "NPS fell a lot from February to May 2025. What is the reason?",
        "NPS went down quite a bit from February to May 2025. What did we do wrong?",
        "From February to May 2025 we lost quite a few points. Whose fault is it?",
        "February 2025 vs May 2025 - what went wrong?",
        "The CEO wants to know why NPS fell from February to May 2025",
    ],
)
def test_weight_and_fault_ask_why(clubs: Warehouse, question: str) -> None:
    frame = read_as(question, clubs)
    assert (frame.op, frame.before, frame.after, frame.why) == ("why", "2025-02", "2025-05", True)


def test_who_is_said_to_have_caused_a_fall_is_told_among_the_others(clubs: Warehouse) -> None:
    question = "Is it proven that version 9 caused the fall between February 2025 and May 2025?"
    frame = read_as(question, clubs)
    assert (frame.op, frame.by, frame.where) == ("why", ["software_version"], {})
    assert "not what the cause was" in said(question, clubs)


@pytest.mark.parametrize(
    "question",
    [
        "Oak or Elm, which one would you take?",
        "Who should we go with - Oak or Elm?",
        "Is it Oak or Elm that people prefer?",
        "Oak or Elm?",
    ],
)
def test_a_choice_of_two_is_a_comparison_that_claims_nothing(clubs: Warehouse, question: str) -> None:
    frame = read_as(question, clubs)
    assert (frame.op, frame.group, frame.against) == ("compare_groups", {"club": ["Oak"]}, {"club": ["Elm"]})
    assert frame.premise is None


def test_two_values_that_are_no_choice_are_shown_side_by_side(clubs: Warehouse) -> None:
    frame = read_as("What is the NPS for Oak or Elm?", clubs)
    assert (frame.op, frame.where) == ("split", {"club": ["Oak", "Elm"]})


def test_what_was_given_by_lot_is_an_experiment(clubs: Warehouse) -> None:
    frame = read_as("We gave half of the members the one tap screen by lot. Did it pay off in NPS?", clubs)
    assert (frame.tool, frame.arguments["variant"], frame.arguments["control"]) == (
        "experiment",
        "unlock_screen",
        "keypad",
    )


def test_an_effect_that_cannot_be_told_does_not_hide_the_change(clubs: Warehouse) -> None:
    text = said("Oak people hate the new timetable, don't they?", clubs)
    assert not text.startswith(("No", "The data does not bear that out"))


@pytest.mark.parametrize(
    "question",
    [
        "NPS of the unhappy ones",  # who is unhappy is no group of the data
        "Did a lot of people answer?",
        "Is the Oak data bad?",
        "Oak is a lottery",
        "Is the zebra worse than Oak, I fear?",
        "Oak is worse. The zebras did it. Is that so?",
        "What do people hate?",  # there are no comments
        "What do people at Oak like?",
        "Which club is the worst? I suspect keypad",  # no club
    ],
)
def test_what_is_not_understood_is_not_answered(clubs: Warehouse, question: str) -> None:
    with pytest.raises(Refusal):
        read_as(question, clubs)


@pytest.mark.parametrize(
    ("question", "tool"),
    [
        ("What do people on Starter hate?", "themes"),
        ("Who complains more about the price, Starter or Growth?", "themes"),
    ],
)
def test_with_comments_dislikes_are_looked_for_in_them(warehouse: Warehouse, question: str, tool: str) -> None:
    try:
        frame = read_as(question, warehouse)
    except Refusal:
        return
    assert frame.tool == tool
