"""Demos: made-up companies with known truths in their data, written as the plain files a user would have."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from warehouse.demo import pricing, redesign, trial
from warehouse.demo.files import Demo, DemoFiles
from warehouse.errors import UnknownNameError

__all__ = ["DEMOS", "Demo", "DemoFiles", "write_demo"]

DEMOS: Final[dict[str, Demo]] = {demo.name: demo for demo in (pricing.DEMO, trial.DEMO, redesign.DEMO)}


def write_demo(name: str, folder: Path, *, seed: int = 7) -> DemoFiles:
    """Write a demo's files into a folder; the same seed gives the same bytes."""
    if name not in DEMOS:
        raise UnknownNameError("demo", name, DEMOS)
    folder.mkdir(parents=True, exist_ok=True)
    return DEMOS[name].write(folder, seed)
