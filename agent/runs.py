"""Run records: one JSON file an answer, in the workspace's `runs/`, with what is needed to re-run it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from pathlib import Path

from agent.answer import Answer
from warehouse.catalog import Catalog

FORMAT = 1


def save_run(folder: Path, answer: Answer, catalog: Catalog, seed: int, clock: dt.datetime) -> str:
    """Write the record whole or not at all; its id begins with the time, so that ids sort by age."""
    text = f"{clock.isoformat()}|{answer.question}|{answer.text}"
    run = f"{clock:%Y%m%d-%H%M%S}-{hashlib.blake2b(text.encode(), digest_size=4).hexdigest()}"
    record = {
        "format": FORMAT,
        "run": run,
        "at": clock.isoformat(timespec="seconds"),
        "seed": seed,
        "catalog": catalog.name,
        "as_of": str(catalog.as_of) if catalog.as_of else None,
        "answer": answer.model_copy(update={"run": run}).model_dump(mode="json"),
    }
    folder.mkdir(parents=True, exist_ok=True)
    partial = folder / f".{run}.part"
    try:
        partial.write_text(json.dumps(record, ensure_ascii=False, indent=1), encoding="utf-8")
        partial.chmod(0o600)
        partial.replace(folder / f"{run}.json")
    except OSError:
        partial.unlink(missing_ok=True)
        raise
    return run
