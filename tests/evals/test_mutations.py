"""Good answers, spoilt and told otherwise: the scorers of figures see the one and let the other pass."""

from __future__ import annotations

import pytest

from evals.mutations.corpus import Subject, fill, spell, subjects, written
from evals.mutations.study import Outcome, details, judged, run_study, table

WORLDS = ("hotel", "bus")
"""Loaded in a moment; the command studies all of them."""


@pytest.fixture(scope="module")
def found() -> list[Subject]:
    made, stale = subjects(WORLDS)
    assert not stale, "these written answers speak of rows that are not there any more"
    return [one for one in made if one.written] + [one for one in made if not one.written][::2]


@pytest.fixture(scope="module")
def outcome(found: list[Subject]) -> Outcome:
    return run_study(found, most=1)


def test_what_is_spoilt_is_caught(outcome: Outcome) -> None:
    assert len(outcome.spoilt) >= 200
    assert len({one.kind for one in outcome.spoilt}) >= 15
    assert outcome.rate(good=False) >= 0.98, details(outcome.spoilt)


def test_what_is_right_passes_however_it_is_told(outcome: Outcome) -> None:
    assert len(outcome.good) >= 150
    assert len({one.kind for one in outcome.good}) >= 12
    assert outcome.rate(good=True) >= 0.98, details(outcome.good)


def test_the_table_names_each_kind_with_its_interval(outcome: Outcome) -> None:
    told = table(outcome)
    assert "all corruptions" in told
    assert "written, untouched" in told
    assert all(kind in told for kind in {one.kind for one in outcome.spoilt})


def test_a_spoilt_answer_differs_and_the_seed_decides(found: list[Subject]) -> None:
    sample = found[:4]
    assert run_study(sample, most=1) == run_study(sample, most=1)
    for one in run_study(sample, most=1).spoilt:
        assert one.what


def test_the_written_answers_are_of_several_languages_and_hold_no_figures_of_their_own() -> None:
    texts = list(written())
    assert len(texts) >= 30
    assert {language for _, language, _ in texts} == {"en", "de", "es"}


def test_figures_are_spelt_as_in_the_language() -> None:
    assert spell(-23.89, "points") == "-23.9"
    assert spell(1234.0, "count", "de") == "1.234"
    assert spell(0.4053, "share", "es") == "40,5 %"
    assert spell(31.56, "points", "de", plus=True) == "+31,6"


def test_a_wrong_fill_would_be_seen(found: list[Subject]) -> None:
    subject = next(one for one in found if one.written and one.case.id == "hotel-split")
    text = fill(
        "Harbour View {+Old Mill}, Old Mill {+Harbour View}, Airport Inn {+Airport Inn}", subject.gold, [], "en"
    )
    assert judged(subject, subject.answer.model_copy(update={"text": text}))
