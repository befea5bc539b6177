"""Runs that are kept: each is replayed from its record alone, byte for byte.

In those called by-hand somebody played the model, reading nothing but the requests; no vendor's model wrote them. After
a change of words that is meant, write the requests anew and read the difference:

    NPSIGHT_SNAPSHOTS=write python -m pytest tests/agent/test_cassettes.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agent.replay import UNLIKE, replay

CASSETTES = sorted((Path(__file__).parents[1] / "cassettes").glob("*.json"))


def test_there_are_cassettes() -> None:
    assert CASSETTES


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: path.stem)
def test_a_kept_run_gives_the_same_requests_and_the_same_answer(path: Path) -> None:
    record = json.loads(path.read_text(encoding="utf-8"))
    again = replay(record)
    if os.environ.get("NPSIGHT_SNAPSHOTS") == "write":
        kept = {name: record["answer"][name] for name in UNLIKE}
        record |= {"sent": again.sent, "answer": {**again.answer.model_dump(mode="json"), **kept}}
        path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        again = replay(record)
    assert again.identical, again.differences
    assert again.answer.status == record["answer"]["status"]
