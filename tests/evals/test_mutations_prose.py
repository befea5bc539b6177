"""The mutation study of the forms: spoilt texts are caught for the right reason, harmless changes pass."""

from __future__ import annotations

import pytest

from evals.mutations.prose_alike import ALIKE
from evals.mutations.prose_pieces import join, pieces
from evals.mutations.prose_study import SPOIL, Study, changed, study, table, untouched
from evals.prose.texts import blind, corpus


@pytest.fixture(scope="module")
def spoilt() -> Study:
    return study(corpus(), SPOIL, wrong=True, most=1)


@pytest.fixture(scope="module")
def alike() -> Study:
    return study(corpus(), ALIKE, wrong=False, most=1)


def test_at_least_98_percent_of_the_spoilt_texts_are_caught_for_the_right_reason(spoilt: Study) -> None:
    right, of = spoilt.counts
    assert of > 500
    assert right / of >= 0.98, table(spoilt, Study(), Study())


def test_every_kind_of_corruption_was_tried(spoilt: Study) -> None:
    assert set(spoilt.tried) == set(SPOIL)
    assert len(SPOIL) >= 25


def test_at_least_98_percent_of_the_harmless_changes_pass(alike: Study) -> None:
    right, of = alike.counts
    assert of > 150
    assert right / of >= 0.98, table(Study(), alike, Study())
    assert set(alike.tried) == set(ALIKE)


def test_the_good_texts_pass_as_they_are() -> None:
    assert untouched(corpus()).counts == (len(corpus()), len(corpus()))


def test_a_text_is_the_sum_of_its_pieces() -> None:
    for text in (*corpus(), *blind()):
        assert join(pieces(text.text)) == text.text


def test_the_seed_decides_what_is_changed() -> None:
    text = corpus()[0]
    for kind, operator in SPOIL.items():
        assert changed(text, kind, operator) == changed(text, kind, operator)


def test_a_judge_that_finds_nothing_would_be_seen() -> None:
    one = study(corpus()[:3], {"nothing": lambda text, _: iter([text.text + "\n"])}, wrong=True)
    assert one.counts[0] == 0
