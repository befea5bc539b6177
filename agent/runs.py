"""The run records of a workspace: one JSON file an answer in `runs/`, with what is needed to re-run it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.answer import Answer
from warehouse.errors import NpsError, UnknownNameError

FOLDER = "runs"
FORMAT = 2
OPEN = ".open.jsonl"
"""The ending of a record while its run lasts."""


@dataclass(frozen=True)
class RunSummary:
    """One run in a list."""

    run: str
    at: str
    question: str
    status: str
    """The answer's status, or `unfinished` for a run that was cut off."""
    model: str
    model_calls: int
    tokens: int
    seconds: float


def new_run(folder: Path, question: str, seed: int, clock: dt.datetime) -> str:
    """An id that begins with the time, so that ids sort by age, and that nobody has yet."""
    text = f"{clock.isoformat()}|{question}|{seed}"
    digest = hashlib.blake2b(text.encode(), digest_size=4).hexdigest()
    base = f"{clock:%Y%m%d-%H%M%S}{clock.microsecond // 1000:03d}-{digest}"
    name, at = base, 2
    while (folder / f"{name}.json").exists() or (folder / f"{name}{OPEN}").exists():
        name, at = f"{base}-{at}", at + 1
    return name


def list_runs(folder: Path) -> list[RunSummary]:
    """All runs, oldest first; a file that is no record is passed over."""
    found = [_summary(path) for path in [*folder.glob("*.json"), *folder.glob(f"*{OPEN}")]]
    return sorted((run for run in found if run is not None), key=lambda run: run.run)


def read_run(folder: Path, name: str) -> dict[str, Any]:
    """The record of a run; `last` is the newest.

    Raises UnknownNameError when there is none of that name, NpsError when the file is no record.
    """
    known = [run.run for run in list_runs(folder)]
    if name == "last" and known:
        name = known[-1]
    if name not in known:
        raise UnknownNameError("run", name, known[-50:], hint="`npsight runs list` lists them")
    whole = folder / f"{name}.json"
    return _whole(whole) if whole.is_file() else _unfinished(folder / f"{name}{OPEN}")


def answer_of(record: dict[str, Any]) -> Answer | None:
    """The answer of a record; None for a run that was cut off."""
    told = record.get("answer")
    return Answer.model_validate(told) if told is not None else None


def _whole(path: Path) -> dict[str, Any]:
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise NpsError(f"The run record {path} cannot be read: {error}.") from None
    if not isinstance(record, dict) or record.get("format") not in (1, FORMAT):
        raise NpsError(f"{path} is no run record of this version of npsight.")
    return record


def _unfinished(path: Path) -> dict[str, Any]:
    """What was written before the run was cut off; half a last line is left out."""
    steps: list[dict[str, Any]] = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            steps.append(json.loads(line))
        except ValueError:
            break
    if not steps:
        raise NpsError(f"{path} holds nothing of a run.")
    record = {**steps[0], "sent": [], "tools": [], "answer": None}
    for step in steps[1:]:
        if "request" in step:
            record["sent"].append({**step, "bytes": [], "reply": None, "error": None})
        elif "bytes" in step and record["sent"]:
            record["sent"][-1]["bytes"].append(step["bytes"])
        elif record["sent"]:
            record["sent"][-1] |= step
    return record


def _summary(path: Path) -> RunSummary | None:
    try:
        record = _unfinished(path) if path.name.endswith(OPEN) else _whole(path)
    except (NpsError, OSError):
        return None
    answer, usage = record.get("answer") or {}, (record.get("answer") or {}).get("usage", {})
    return RunSummary(
        run=str(record.get("run", path.stem)),
        at=str(record.get("at", "")),
        question=str(record.get("question") or answer.get("question", "")),
        status=str(answer.get("status", "unfinished")),
        model=str(record.get("model") or answer.get("model", "")),
        model_calls=int(usage.get("model_calls", 0)),
        tokens=int(usage.get("prompt_tokens", 0)) + int(usage.get("completion_tokens", 0)),
        seconds=float(answer.get("seconds", 0.0)),
    )
