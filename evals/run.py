"""Running suites: every case asked and scored, side by side in processes, the records kept."""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from agent.answer import Answer
from agent.models import BUILTIN
from agent.runs import FOLDER
from evals.analysts import analyst, cassettes, record_name
from evals.cases import WRITTEN, Case, Turn
from evals.codes import Failure
from evals.gold import gold_rows
from evals.outcome import RESULTS, CaseOutcome, EvalRun, TurnOutcome
from evals.scoring import score
from evals.worlds import make_world
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

CHUNK = 12
"""Cases of one world that a process takes at a time."""
RUNS = "runs"
Progress = Callable[[int, int], None]
"""Told how many cases are done, and of how many."""


@dataclass(frozen=True)
class Setting:
    """How a run is made."""

    model: str = BUILTIN
    seed: int = 7
    repeats: int = 1
    processes: int = 2
    max_cost: float | None = None
    """Money that the whole run may cost; what is not asked for want of it is not judged."""
    folder: Path | None = None
    """Where the run records go, into `runs/`; None for nowhere."""
    workspace: Path | None = None
    """The workspace that the cases are about, where they name no world."""


@dataclass(frozen=True)
class Chunk:
    """Some cases about one world, asked the `repeat`-th time."""

    world: str
    repeat: int
    cases: list[Case] = field(default_factory=list)


def run_cases(cases: Sequence[Case], setting: Setting, progress: Progress | None = None) -> EvalRun:
    """Ask and score every case `repeats` times.

    The order of the outcomes is that of the cases. Raises NpsError for a world or a model that cannot be had.
    """
    started = time.perf_counter()
    analyst(setting.model, setting.seed)  # a wrong name is said before anything is asked
    cases = _with_a_record(cases, setting)
    spent = multiprocessing.get_context("spawn").Value("d", 0.0)
    outcomes = _side_by_side(list(_chunks(cases, setting.repeats)), setting, spent, progress)
    place = {case.id: at for at, case in enumerate(cases)}
    outcomes.sort(key=lambda outcome: (place[outcome.id], outcome.repeat))
    run = EvalRun(
        at=dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        version=own_version(),
        analyst=setting.model,
        seed=setting.seed,
        repeats=setting.repeats,
        seconds=round(time.perf_counter() - started, 1),
        money=spent.value or None,
        cases=outcomes,
    )
    run.notes += _notes(run)
    return run


def _notes(run: EvalRun) -> list[str]:
    """What a reader must know before the rates: how often the planner answered in a model's place."""
    answers = [turn.answer for case in run.cases for turn in case.turns if turn.answer is not None]
    stood_in = sum(any("built-in planner" in caveat for caveat in answer.caveats) for answer in answers)
    if run.analyst == BUILTIN or not stood_in:
        return []
    return [f"In {stood_in:,} of {len(answers):,} answers the built-in planner stood in for {run.analyst}."]


def _with_a_record(cases: Sequence[Case], setting: Setting) -> list[Case]:
    """All cases; where records are played, those that have one."""
    folder = cassettes(setting.model)
    return [case for case in cases if folder is None or (folder / record_name(case, 1, 0)).is_file()]


def _side_by_side(
    chunks: Sequence[Chunk], setting: Setting, spent: Any, progress: Progress | None
) -> list[CaseOutcome]:
    outcomes: list[CaseOutcome] = []
    of = sum(len(chunk.cases) for chunk in chunks)
    if setting.processes == 1 or not chunks:
        _begin(spent)
        for chunk in chunks:
            outcomes += _judge_chunk(chunk, setting)
            if progress is not None:
                progress(len(outcomes), of)
        return outcomes
    pool = ProcessPoolExecutor(
        max_workers=max(1, min(setting.processes, len(chunks))),
        mp_context=multiprocessing.get_context("spawn"),
        initializer=_begin,
        initargs=(spent,),
    )
    try:
        waiting: list[Future[list[CaseOutcome]]] = [pool.submit(_judge_chunk, chunk, setting) for chunk in chunks]
        for done in as_completed(waiting):
            outcomes += done.result()
            if progress is not None:
                progress(len(outcomes), of)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return outcomes


def _chunks(cases: Sequence[Case], repeats: int) -> Iterator[Chunk]:
    """The largest worlds first, so that no process is left alone with them at the end."""
    by_world: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        by_world.setdefault((case.world or case.suite, case.world), []).append(case)
    for (_, world), those in sorted(by_world.items(), key=lambda item: -len(item[1])):
        for repeat, at in itertools.product(range(1, repeats + 1), range(0, len(those), CHUNK)):
            yield Chunk(world, repeat, those[at : at + CHUNK])


_spent: Any = None
"""In a worker process: the money that all of them have spent."""


def _begin(spent: Any) -> None:
    global _spent
    _spent = spent


def _judge_chunk(chunk: Chunk, setting: Setting) -> list[CaseOutcome]:
    try:
        return _judged(chunk, setting)
    except NpsError as error:  # its children may not survive the way back from the process
        raise NpsError(str(error)) from None


def _judged(chunk: Chunk, setting: Setting) -> list[CaseOutcome]:
    if chunk.cases[0].suite == "safety":
        from evals.safety import judge

        records = setting.folder / RUNS if setting.folder is not None else None
        return judge(chunk.cases, setting.model, setting.seed, records, chunk.repeat)
    if chunk.cases[0].suite == "others" and not chunk.world:
        from evals.others import judge as judge_theirs

        return judge_theirs(chunk.cases, chunk.repeat)
    folder = make_world(chunk.world) if chunk.world else setting.workspace
    if folder is None:
        raise NpsError(f"The case {chunk.cases[0].id} names no world; write `world:` at the head of its file.")
    with Warehouse(folder) as warehouse:
        return [judge_case(case, warehouse, chunk.repeat, setting) for case in chunk.cases]


def judge_case(case: Case, warehouse: Warehouse, repeat: int, setting: Setting) -> CaseOutcome:
    """Ask the case's questions and score the answers; a conversation ends with its first wrong turn."""
    left = setting.max_cost - _spent.value if setting.max_cost is not None and _spent is not None else setting.max_cost
    outcome = CaseOutcome(
        id=case.id,
        suite=case.suite,
        family=case.family,
        world=case.world,
        language=case.language,
        repeat=repeat,
        verdict="not judged",
    )
    if case.form is not None and case.form not in WRITTEN:
        return outcome.model_copy(update={"why": f"npsight writes no report of the kind {case.form} yet"})
    if left is not None and left <= 0:
        return outcome.model_copy(update={"why": "the money of this run was used up"})
    turns = list(_told(case, warehouse, repeat, setting, left))
    answer = turns[-1].answer
    if setting.model == BUILTIN and case.language != "en" and answer is not None and answer.status == "declined":
        why = "the built-in planner reads English only, and said so"
        return outcome.model_copy(update={"why": why, "turns": turns})
    codes = list(dict.fromkeys(failure.code for turn in turns for failure in turn.failures))
    return outcome.model_copy(update={"turns": turns, "codes": codes, "verdict": "failed" if codes else "passed"})


def _told(
    case: Case, warehouse: Warehouse, repeat: int, setting: Setting, money: float | None
) -> Iterator[TurnOutcome]:
    """The turns; a crash of the analyst is a failed answer, not the end of the run."""
    try:
        yield from _asked(case, warehouse, repeat, setting, money)
    except NpsError:
        raise
    except Exception as error:  # noqa: BLE001  whatever it is, the other questions are still worth asking
        failure = Failure(code="failed", detail=f"It crashed: {type(error).__name__}: {error}")
        yield TurnOutcome(question=case.ask, expected=expected(case), failures=[failure])


def _asked(
    case: Case, warehouse: Warehouse, repeat: int, setting: Setting, money: float | None
) -> Iterator[TurnOutcome]:
    golds = [gold_rows(turn.gold, warehouse.folder) if turn.gold is not None else None for turn in case.turns]
    who = analyst(setting.model, setting.seed)
    with (
        tempfile.TemporaryDirectory(prefix="npsight-eval-") as scratch,
        who(case, warehouse, Path(scratch), repeat=repeat, money=money) as asked,
    ):
        for at, (turn, gold) in enumerate(zip(case.turns, golds, strict=True)):
            answer = asked(turn, at)
            _pay(answer)
            told = TurnOutcome(
                question=turn.ask,
                expected=expected(turn),
                gold=gold.rows if gold else [],
                answer=answer.model_copy(update={"charts": []}),  # the record has them
            )
            told.failures = score(case, turn, answer, gold)
            told.record = keep_record(answer, warehouse.folder, setting.folder, record_name(case, repeat, at))
            yield told
            if told.failures:
                break


def _pay(answer: Answer) -> None:
    if answer.usage.money and _spent is not None:
        with _spent.get_lock():
            _spent.value += answer.usage.money


def keep_record(answer: Answer, workspace: Path, folder: Path | None, name: str) -> str | None:
    """The run record, moved out of the world into `runs/` of the results; its place there."""
    record = workspace / FOLDER / f"{answer.run}.json"
    if answer.run is None or not record.is_file():
        return None
    if folder is None:
        record.unlink()
        return None
    (folder / RUNS).mkdir(parents=True, exist_ok=True)
    shutil.move(record, folder / RUNS / name)
    return f"{RUNS}/{name}"


def expected(turn: Turn) -> str:
    """What a right answer is, in words."""
    parts = [" or ".join(turn.status)]
    if turn.gold is not None:
        by = f" by {', '.join(turn.gold.key)}" if turn.gold.key else ""
        parts.append(f"shows {', '.join(turn.gold.values)}{by}")
    parts += [f"leads with {', '.join(turn.lead)}"] if turn.lead else []
    parts += [f"says: {claim.told()}" for claim in turn.must]
    parts += [f"does not say: {claim.told()}" for claim in turn.never]
    parts += [f"calls {' or '.join(call.tool for call in turn.tools.any_of)}"] if turn.tools else []
    return "; ".join(parts)


def write_results(run: EvalRun, folder: Path) -> Path:
    """The results as a file in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / RESULTS
    path.write_text(run.model_dump_json(indent=1, exclude_defaults=True) + "\n", encoding="utf-8")
    return path


def own_version() -> str:
    """The version of npsight that runs."""
    try:
        return version("npsight")
    except PackageNotFoundError:
        return "unknown"
