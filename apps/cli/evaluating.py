"""`npsight eval`: the suites against a model, their table, the comparison with a baseline or with another run."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json as jsonlib
import math
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.arguments import Brain, Json
from apps.cli.page import note, page, print_json, print_lines
from apps.cli.places import LoadingBar, is_workspace
from apps.cli.scores import comparison_lines, judge_lines, run_lines

if TYPE_CHECKING:
    from evals.cases import Case, Suite
    from evals.compare import Comparison
    from evals.outcome import EvalRun
    from evals.run import Setting

RESULTS, OWN, BASELINE = Path("eval-results"), "evals", "baselines"
_DIFF = "diff"


def evaluate(
    brain: Brain,
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SUITE... | diff A B]",
            help="answers, judgement, clarify, dialogue, prose, safety, tools (default: these), others; or diff A B, "
            "which compares two runs.",
        ),
    ] = None,
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Ask your own cases, DIR/evals/*.yaml, about this workspace.")
    ] = None,
    repeat: Annotated[int, typer.Option(metavar="K", min=1, max=100, help="Ask every question K times.")] = 1,
    only: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only cases with one of these in id or family.")
    ] = None,
    max_cost: Annotated[
        float | None, typer.Option(metavar="MONEY", help="Stop asking when this is spent (needs NPSIGHT_PRICE).")
    ] = None,
    judge: Annotated[
        str | None, typer.Option(metavar="MODEL", help="Let this model judge the prose too, beside the checks.")
    ] = None,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where results, report and records go.")] = None,
    baseline: Annotated[Path | None, typer.Option(metavar="FILE", help="The baseline to hold against.")] = None,
    write_baseline: Annotated[bool, typer.Option("--write-baseline", help="Make this run the baseline.")] = False,
    processes: Annotated[int, typer.Option(metavar="N", min=1, max=64, help="How many questions at once.")] = 2,
    json: Json = False,
) -> None:
    """Ask the eval suites, or your own cases, and score the answers.

    Exit 1 where something is lost that the baseline passes, or where the second run of `diff` is worse.
    """
    if words and words[0] == _DIFF:
        _diff(words[1:], json=json)
        return
    from evals.run import Setting

    cases = _cases(words or [], workspace, only)
    chosen = Setting(**brain.chosen)
    folder = out or RESULTS / f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{_slug(chosen.model)}"
    setting = dataclasses.replace(
        chosen,
        repeats=repeat,
        processes=processes,
        max_cost=_affordable(max_cost),
        folder=folder,
        workspace=workspace,
    )
    run = _run(cases, setting, judge)
    comparison = _held_against(run, baseline, workspace, write=write_baseline)
    _tell(run, comparison, folder, json=json)
    if comparison is not None and comparison.regression and not write_baseline:
        raise typer.Exit(1)


def _cases(words: Sequence[str], workspace: Path | None, only: str | None) -> list[Case]:
    """The cases that are meant: npsight's own, or those of a workspace."""
    from evals.cases import ALL_SUITES, SUITES, built_in, read_cases
    from warehouse.errors import NpsError, UnknownNameError

    unknown = [word for word in words if word not in ALL_SUITES]
    if unknown:
        raise UnknownNameError("suite", unknown[0], [*ALL_SUITES, _DIFF])
    suites: list[Suite] = [suite for suite in ALL_SUITES if suite in words] or list(SUITES)
    if workspace is None:
        cases = built_in(suites)
    else:
        cases = [case for case in read_cases(_own_files(workspace)) if not words or case.suite in suites]
    wanted = [word.strip() for word in (only or "").split(",") if word.strip()]
    cases = [case for case in cases if not wanted or any(word in case.id or word in case.family for word in wanted)]
    if not cases:
        raise NpsError("No case is left; leave out --only, or name another suite.")
    return cases


def _own_files(workspace: Path) -> list[Path]:
    from warehouse.errors import NpsError

    if not is_workspace(workspace):
        raise NpsError(f"There is no npsight.yaml in {workspace}; name a folder made by `npsight load`.")
    files = sorted((workspace / OWN).glob("*.yaml"))
    if not files:
        raise NpsError(f"There are no cases in {workspace / OWN}; write one as docs/evals.md shows, ending in .yaml.")
    return files


def _affordable(money: float | None) -> float | None:
    from agent.limits import Limits
    from warehouse.errors import NpsError

    if money is None:
        return None
    if not (math.isfinite(money) and money > 0):
        raise NpsError(f"--max-cost is {money:g}; give a sum above 0.")
    if Limits.from_environment().price_in is None:
        raise NpsError("--max-cost needs prices; set NPSIGHT_PRICE=IN/OUT for a million tokens, for example 1.25/10.")
    return money


def _run(cases: Sequence[Case], setting: Setting, judge: str | None) -> EvalRun:
    from evals.judged import judge_prose
    from evals.page import write_page
    from evals.run import run_cases, write_results

    with LoadingBar() as bar:
        run = run_cases(cases, setting, lambda done, of: bar.show(f"{done:,} of {of:,} cases", done / of))
        if judge is not None:
            told = partial(_judging, bar)
            run = judge_prose(run, judge, max_cost=setting.max_cost, progress=told)
    if setting.folder is not None:
        write_results(run, setting.folder)
        write_page(run, setting.folder)
    return run


def _judging(bar: LoadingBar, done: int, of: int) -> None:
    bar.show(f"judging {done:,} of {of:,} texts", done / of)


def _held_against(run: EvalRun, given: Path | None, workspace: Path | None, *, write: bool) -> Comparison | None:
    """The run against its baseline, which is the given file or the one that lies beside the cases."""
    from evals.baseline import FOLDER, against_baseline, baseline_path, write_baseline
    from warehouse.errors import NpsError

    usual = baseline_path(run.analyst, FOLDER if workspace is None else workspace / OWN / BASELINE)
    path = given or usual
    if given is not None and not write and not given.is_file():
        raise NpsError(f"There is no baseline {given}; --write-baseline makes one.")
    comparison = against_baseline(run, path) if path.is_file() else None
    if write:
        write_baseline(run, path)
        note(f"the baseline is now this run ({path})")
    return comparison


def _tell(run: EvalRun, comparison: Comparison | None, folder: Path, *, json: bool) -> None:
    from evals.judged import judged
    from evals.page import PAGE
    from evals.summary import summarise

    summary = summarise(run)
    if json:
        told = {
            "summary": summary.model_dump(mode="json"),
            "baseline": comparison.model_dump(mode="json") if comparison is not None else None,
            "judge": said.model_dump(mode="json") if (said := judged(run)) is not None else None,
            "regression": comparison is not None and comparison.regression,
            "folder": str(folder),
        }
        print_json(jsonlib.dumps(told, ensure_ascii=False))
        return
    print_lines([*run_lines(run, summary, folder, page()), *judge_lines(judged(run), page())])
    if comparison is not None:
        print_lines(["", *comparison_lines(comparison, page(), "the baseline", "now")])
    print_lines(["", f"Click through every question: {folder / PAGE}"])


def _diff(words: Sequence[str], *, json: bool) -> None:
    """Two runs, question by question."""
    from evals.compare import compare
    from evals.outcome import read_results
    from warehouse.errors import NpsError

    if len(words) != 2:
        raise NpsError("`npsight eval diff` needs two runs: the older and the newer folder, such as eval-results/A B.")
    before, after = (read_results(_place(word)) for word in words)
    comparison = compare(before, after)
    if json:
        print_json(comparison.model_copy().model_dump_json(exclude=None))
    else:
        print_lines(
            comparison_lines(comparison, page(), f"{words[0]} ({before.analyst})", f"{words[1]} ({after.analyst})")
        )
    if comparison.regression:
        raise typer.Exit(1)


def _place(word: str) -> Path:
    """A folder or file of results; `last` is the newest of eval-results, `baseline` the built-in planner's."""
    from evals.baseline import baseline_path
    from warehouse.errors import NpsError

    if word == "baseline":
        return baseline_path("builtin")
    if word == "last":
        found = sorted(RESULTS.glob("*/"))
        if not found:
            raise NpsError(f"There is no run in {RESULTS}; `npsight eval` makes one.")
        return found[-1]
    return Path(word) if Path(word).exists() else RESULTS / word


def _slug(text: str) -> str:
    return "".join(sign if sign.isalnum() else "-" for sign in text)
