"""The demos' latent score and the truths counted from it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.demo.latent import SCORE_SHARES, expected_nps, score_icc, shift_for
from warehouse.demo.truths import class_counts, kitagawa

CLASSED = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 2), st.booleans()), max_size=60)


@given(CLASSED)
def test_mix_and_within_add_up_to_the_change(answers: list[tuple[int, int, bool]]) -> None:
    answers += [(5, group, late) for group in range(3) for late in (False, True)]
    score, group, late = (np.array(column) for column in zip(*answers, strict=True))
    names = [{"group": str(g)} for g in range(3)]
    split = kitagawa(score, group, names, before=~late, after=late)
    change = float(class_counts(score[late])["nps"]) - float(class_counts(score[~late])["nps"])
    assert split["mix"] + split["within"] == pytest.approx(change, abs=1e-9)
    assert split["change"] == pytest.approx(change, abs=1e-9)


def test_a_change_of_shares_alone_is_all_mix() -> None:
    score = np.array([10, 0, 10, 10, 10, 0])  # before: half and half; after: three promoters of four
    group = np.array([0, 1, 0, 0, 0, 1])
    late = np.array([False, False, True, True, True, True])
    split = kitagawa(score, group, [{"g": "a"}, {"g": "b"}], before=~late, after=late)
    assert split["within"] == 0
    assert split["mix"] == split["change"] == 50


@given(st.floats(-60, 60), st.floats(-0.5, 0.5))
def test_the_solved_shift_gives_the_planted_nps(points: float, offset: float) -> None:
    offsets, weights = np.array([0.0, offset]), np.array([0.7, 0.3])
    shift = shift_for(points, offsets, weights)
    assert float(weights @ expected_nps(shift + offsets)) == pytest.approx(points, abs=1e-6)


def test_at_no_shift_the_model_has_the_score_shares_it_was_cut_for() -> None:
    assert sum(SCORE_SHARES) == pytest.approx(1)
    planted = 100 * (sum(SCORE_SHARES[9:]) - sum(SCORE_SHARES[:7]))
    assert expected_nps(np.zeros(2)).tolist() == pytest.approx([planted, planted])


def test_cutting_the_latent_score_weakens_its_intraclass_correlation() -> None:
    assert score_icc(0) == pytest.approx(0, abs=1e-9)
    assert 0.4 < score_icc(0.5) < 0.5
