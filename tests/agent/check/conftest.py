"""What a draft may rest on: the results of tool calls on the small survey."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agent.check import Ground
from agent.facts import Run
from tools.registry import run_tool
from warehouse.workspace import Warehouse

GroundOf = Callable[..., Ground]


@pytest.fixture(scope="session")
def ground_of(workspace: Path) -> GroundOf:
    """The ground that a question and its calls, each (tool, arguments), give."""

    def made(question: str, *calls: tuple[str, dict[str, Any]]) -> Ground:
        run = Run()
        with Warehouse(workspace) as warehouse:
            for name, arguments in calls:
                run.adopt(run_tool(warehouse, name, arguments))
                run.record(name, arguments)
            return Ground(run.results, run.calls, warehouse.catalog, question)

    return made
