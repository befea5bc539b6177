"""The judge of claims is judged: what is spoilt must be caught, what is right must pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from evals.cases import Case, Claim
from evals.mutations.claims import by_case, known, lone_sentences
from evals.mutations.claims_corrupt import corrupted, equivalents
from evals.mutations.claims_study import study
from evals.scarecrows import SCARECROWS
from evals.scoring.claims import wrong_claims
from evals.worlds import make_world
from warehouse.workspace import Warehouse

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


def test_careful_and_careless_answers_by_case() -> None:
    both = by_case()
    assert len(both) >= 40
    assert sum(not careful.failures() for careful, _ in both) / len(both) >= 0.95
    assert sum(bool(careful.failures(careless)) for careful, careless in both) / len(both) >= ENOUGH


def test_the_scarecrows_are_what_they_are_called(tmp_path: Path) -> None:
    case = Case(id="hotel-x", family="level", ask="Why did NPS fall?")
    with Warehouse(make_world("hotel")) as warehouse:
        with SCARECROWS["timid"](case, warehouse, tmp_path, repeat=1, money=None) as asked:
            assert asked(case, 0).status == "declined"
        with SCARECROWS["confident"](case, warehouse, tmp_path, repeat=1, money=None) as asked:
            answer = asked(case, 0)
    assert answer.status == "answered"
    assert answer.facts and answer.tools
    assert wrong_claims(case.model_copy(update={"never": [Claim(claim="cause")]}), answer)
