"""The judge of claims is judged: what is spoilt must be caught, what is right must pass."""

from __future__ import annotations

import pytest

from evals.mutations.claims import known, lone_sentences
from evals.mutations.claims_corrupt import corrupted, equivalents
from evals.mutations.claims_study import study

ENOUGH = 0.98


def test_the_good_answers_pass_and_the_spoilt_ones_do_not() -> None:
    found = study()
    passed, caught = found.passed_in_all, found.caught_in_all
    assert found.untouched.of >= 40
    assert passed.right / passed.of >= ENOUGH, found.wrong[:3]
    assert caught.right / caught.of >= ENOUGH, found.wrong[:3]
    assert len(found.caught) >= 15
    assert all(rate.right / rate.of >= 0.9 for rate in found.caught.values() if rate.of >= 10)


def test_a_text_is_changed_by_every_operator() -> None:
    for answer in known():
        texts = [change.text for change in corrupted(answer)]
        assert texts, answer.id
        assert answer.text not in texts
        assert len(texts) == len(set(texts))
        assert list(equivalents(answer))


def test_an_answer_that_says_nothing_fails_where_something_must_be_said() -> None:
    silent = "I am sorry, I would rather not answer that from this data."
    directed = [answer for answer in known() if any(claim.direction for claim in answer.must)]
    assert directed
    assert all(answer.failures(silent) for answer in directed)


@pytest.mark.parametrize("name", ["first", "second", "third"])
def test_lone_sentences(name: str) -> None:
    those = lone_sentences()[name]
    caught, passed = [one[-1] for one in those.caught()], [one[-1] for one in those.passed()]
    assert sum(caught) / len(caught) >= 0.95
    assert all(passed)
