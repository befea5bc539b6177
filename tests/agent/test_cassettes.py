"""Runs that are kept: each is replayed from its record alone, byte for byte.

In those called by-hand somebody played the model, reading nothing but the requests; no vendor's model wrote them.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.replay import replay

CASSETTES = sorted((Path(__file__).parents[1] / "cassettes").glob("*.json"))


def test_there_are_cassettes() -> None:
    assert CASSETTES


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_a_kept_run_gives_the_same_requests_and_the_same_answer(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    again = replay(record)
    assert again.identical, again.differences
    assert again.answer.status == record["answer"]["status"]
