"""The answer check, tried on correct answers and on the same answers spoilt as chat models spoil them."""

from __future__ import annotations

import pytest

from agent.check.filling import shown
from agent.facts import Run
from evals.answer_check.corpus import Subject, fact_lines, moved_ids, prepare, written
from evals.answer_check.corrupt import REF, corrupt, operators, plain
from evals.answer_check.study import Outcome, run_study, table
from tools.result import Fact

SMALL = ("hotel", "courses", "kunden", "trial")
"""Surveys that are loaded in a moment; the command studies all of them."""


@pytest.fixture(scope="module")
def subjects(tmp_path_factory: pytest.TempPathFactory) -> list[Subject]:
    found, stale = prepare(written(SMALL), tmp_path_factory.mktemp("surveys"))
    assert not stale, "a tool tells other figures than when these answers were written: read them again, then --pin"
    return found


@pytest.fixture(scope="module")
def outcome(subjects: list[Subject]) -> Outcome:
    return run_study(subjects, each=10)


def test_nearly_all_corruptions_are_refused(outcome: Outcome) -> None:
    assert outcome.corruptions >= 300
    assert outcome.refused_rate >= 0.98, table(outcome)


def test_nearly_no_correct_answer_is_refused(outcome: Outcome) -> None:
    assert outcome.correct >= 50
    assert outcome.false_rate <= 0.02, [(miss.id, miss.reasons) for miss in outcome.refused_correct]


def test_there_are_enough_answers_of_enough_kinds() -> None:
    answers = written()
    assert len(answers) >= 130
    assert len({answer.id for answer in answers}) == len(answers)
    assert len({answer.dataset for answer in answers}) == 6
    drafts = [REF.sub("x", answer.draft) for answer in answers]
    assert sum(draft.count(". ") >= 6 for draft in drafts) >= 3, "long ones"
    assert sum(len(draft.split()) <= 15 for draft in drafts) >= 10, "short ones"


def test_every_operator_spoils_something_and_the_seed_decides_what(subjects: list[Subject]) -> None:
    made = [spoilt for subject in subjects for spoilt in corrupt(subject.case)]
    again = [spoilt for subject in subjects for spoilt in corrupt(subject.case)]
    assert made == again
    assert {spoilt.operator for spoilt in made} == set(operators())


def test_a_changed_digit_is_no_figure_of_the_run(subjects: list[Subject]) -> None:
    for subject in subjects:
        told = {plain(shown(fact, "value")) for fact in subject.case.facts.values()}
        for spoilt in corrupt(subject.case, only="digit changed"):
            assert plain(spoilt.changed.split(" → ")[1]) not in told


def test_references_follow_a_fact_that_got_another_number_and_stop_at_one_that_changed() -> None:
    def run(*figures: float) -> Run:
        made = Run()
        for i, figure in enumerate(figures, 1):
            cell = {"period": f"{figure:g}"}
            made.facts[f"F{i}"] = Fact(id=f"F{i}", name="nps", value=figure, unit="points", where=cell, source="nps#1")
        return made

    told = fact_lines(run(10.0, 20.0))
    assert moved_ids(told, run(5.0, 10.0, 20.0)) == {"F1": "F2", "F2": "F3"}
    assert moved_ids(told, run(10.0, 21.0)) is None
