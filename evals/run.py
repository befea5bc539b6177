"""Running suites: every case asked and scored, side by side in processes, the records kept."""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.answer import Answer
from agent.models import BUILTIN
from agent.runs import FOLDER
from evals.analysts import npsight
from evals.cases import Case, Turn
from evals.codes import Failure
from evals.gold import GoldRows, gold_rows
from evals.outcome import RESULTS, CaseOutcome, EvalRun, TurnOutcome
from evals.scoring import score
from evals.worlds import make_world
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

CHUNK = 12
"""Cases of one world that a process takes at a time."""
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Setting:
    """How a run is made."""

    model: str = BUILTIN
    seed: int = 7
    repeats: int = 1
    processes: int = 2
    max_cost: float | None = None
    records: Path | None = None
    """Where the run records go; None for nowhere."""
    workspace: Path | None = None
    """The workspace that the cases are about, where they name no world."""


def run_cases(cases: Sequence[Case], setting: Setting, progress: Progress = lambda done, of: None) -> EvalRun:
    """Ask and score every case `repeats` times.

    The order of the outcomes is that of the cases. Raises NpsError for a world or a model that cannot be had.
    """
    started = time.perf_counter()
    chunks = list(_chunks(cases, setting.repeats))
    spent = multiprocessing.get_context("spawn").Value("d", 0.0)
    outcomes: list[CaseOutcome] = []
    with ProcessPoolExecutor(
        max_workers=max(1, min(setting.processes, len(chunks))),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(spent,),
    ) as pool:
        waiting: list[Future[list[CaseOutcome]]] = [pool.submit(_judge_chunk, chunk, setting) for chunk in chunks]
        try:
            for done in as_completed(waiting):
                outcomes += done.result()
                progress(len(outcomes), len(cases) * setting.repeats)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    place = {case.id: at for at, case in enumerate(cases)}
    outcomes.sort(key=lambda outcome: (place[outcome.id], outcome.repeat))
    return EvalRun(
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        version=_version(),
        analyst=setting.model,
        seed=setting.seed,
        repeats=setting.repeats,
        seconds=round(time.perf_counter() - started, 1),
        money=spent.value or None,
        cases=outcomes,
    )


@dataclass(frozen=True)
class Chunk:
    """Some cases about one world, asked the `repeat`-th time."""

    world: str
    repeat: int
    cases: list[Case] = field(default_factory=list)


def _chunks(cases: Sequence[Case], repeats: int) -> Iterator[Chunk]:
    """The largest worlds first, so that no process is left alone with them at the end."""
    by_world: dict[str, list[Case]] = {}
    for case in cases:
        by_world.setdefault(case.world, []).append(case)
    for world, those in sorted(by_world.items(), key=lambda item: -len(item[1])):
        for repeat, at in itertools.product(range(1, repeats + 1), range(0, len(those), CHUNK)):
            yield Chunk(world, repeat, those[at : at + CHUNK])


_spent: Any = None


def _begin(spent: Any) -> None:
    global _spent
    _spent = spent


def _judge_chunk(chunk: Chunk, setting: Setting) -> list[CaseOutcome]:
    folder = make_world(chunk.world) if chunk.world else setting.workspace
    if folder is None:
        raise NpsError(f"The case {chunk.cases[0].id} names no world; write `world:` at the head of its file.")
    with Warehouse(folder) as warehouse:
        return [judge_case(case, warehouse, chunk.repeat, setting) for case in chunk.cases]


def judge_case(case: Case, warehouse: Warehouse, repeat: int, setting: Setting) -> CaseOutcome:
    """Ask the case's questions and score the answers; a conversation ends with its first wrong turn."""
    left = setting.max_cost - _spent.value if setting.max_cost is not None else None
    outcome = CaseOutcome(
        id=case.id,
        suite=case.suite,
        family=case.family,
        world=case.world,
        language=case.language,
        repeat=repeat,
        verdict="not judged",
    )
    if left is not None and left <= 0:
        return outcome.model_copy(update={"why": "the money of this run was used up"})
    golds = [gold_rows(turn.gold, warehouse.folder) if turn.gold is not None else None for turn in case.turns]
    turns: list[TurnOutcome] = []
    with (
        tempfile.TemporaryDirectory(prefix="npsight-eval-") as scratch,
        npsight(case, warehouse, Path(scratch), model=setting.model, seed=setting.seed, money=left) as asked,
    ):
        for at, (turn, gold) in enumerate(zip(case.turns, golds, strict=True)):
            answer = asked(turn, at)
            _pay(answer)
            told = TurnOutcome(question=turn.ask, expected=expected(turn), gold=gold.rows if gold else [], answer=answer)
            told.failures = score(case, turn, answer, gold)
            told.record = _keep_record(answer, warehouse.folder, setting.records, f"{case.id}-{repeat}-{at + 1}")
            turns.append(told)
            if told.failures:
                break
    verdict = "failed" if turns[-1].failures else "passed"
    return outcome.model_copy(update={"turns": turns, "verdict": verdict})


def _pay(answer: Answer) -> None:
    if answer.usage.money and _spent is not None:
        with _spent.get_lock():
            _spent.value += answer.usage.money


def _keep_record(answer: Answer, workspace: Path, records: Path | None, name: str) -> str | None:
    """The run record, out of the world and into the folder of the results."""
    if answer.run is None:
        return None
    record = workspace / FOLDER / f"{answer.run}.json"
    if not record.is_file():
        return None
    if records is None:
        record.unlink()
        return None
    records.mkdir(parents=True, exist_ok=True)
    shutil.move(record, records / f"{name}.json")
    return f"{records.name}/{name}.json"


def expected(turn: Turn) -> str:
    """What a right answer is, in words."""
    parts = [" or ".join(turn.status)]
    parts += [f"shows {', '.join(turn.gold.values)}" + (f" by {', '.join(turn.gold.key)}" if turn.gold.key else "")] if turn.gold else []
    parts += [f"leads with {', '.join(turn.lead)}"] if turn.lead else []
    parts += [f"says: {claim.told()}" for claim in turn.must]
    parts += [f"does not say: {claim.told()}" for claim in turn.never]
    parts += [f"calls {' or '.join(call.tool for call in turn.tools.any_of)}"] if turn.tools else []
    return "; ".join(parts)


def write_results(run: EvalRun, folder: Path) -> Path:
    """The results as a file in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / RESULTS
    path.write_text(run.model_dump_json(indent=1, exclude_none=True) + "\n", encoding="utf-8")
    return path


def failures_of(outcomes: Iterable[CaseOutcome]) -> list[Failure]:
    """All reasons of all outcomes."""
    return [failure for outcome in outcomes for failure in outcome.failures]


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("npsight")
    except PackageNotFoundError:
        return "unknown"
