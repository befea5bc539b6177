"""The exact first request for three data sets: what a model is sent before it has said anything.

After a change that is meant, write the snapshots anew:

    NPSIGHT_SNAPSHOTS=write python -m pytest tests/agent/test_first_request.py
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.ask import ask
from agent.runs import read_run
from agent.scripted import ScriptedChatModel, call
from warehouse.catalog import BusinessEvent
from warehouse.demo import write_demo
from warehouse.options import LoadOptions
from warehouse.workspace import Warehouse, make_workspace

SNAPSHOTS = Path(__file__).parent / "first_requests"
QUESTIONS = {
    "pricing": "Did the price rise hurt us, and whom?",
    "trial": "Which trial users of Q1 are unhappy?",
    "survey": "NPS by plan and region last quarter",
}


@pytest.fixture(params=QUESTIONS)
def data(request: pytest.FixtureRequest, survey: Path, tmp_path: Path) -> Iterator[tuple[str, Warehouse]]:
    """A workspace of each data set."""
    if request.param == "survey":
        files, events = [survey], {}
    else:
        demo = write_demo(request.param, tmp_path / "files")
        files, events = list(demo.tables.values()), demo.business_events
    known = {name: BusinessEvent.model_validate(event) for name, event in events.items()}
    make_workspace(files, tmp_path / "ws", LoadOptions(events=known))
    with Warehouse(tmp_path / "ws") as opened:
        yield request.param, opened


def test_the_first_request_is_the_snapshot_and_under_20000_characters(data: tuple[str, Warehouse]) -> None:
    name, warehouse = data
    model = ScriptedChatModel(replies=[call("cannot_answer", reason="Only the request counts here.")])
    ask(QUESTIONS[name], warehouse, model=model)
    (sent,) = read_run(warehouse.folder / "runs", "last")["sent"]
    told = json.dumps(sent["request"], ensure_ascii=False, indent=1) + "\n"
    assert len(json.dumps(sent["request"], ensure_ascii=False)) < 20_000
    path = SNAPSHOTS / f"{name}.json"
    if os.environ.get("NPSIGHT_SNAPSHOTS") == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(told, encoding="utf-8")
    assert told == path.read_text(encoding="utf-8")
