"""`npsight runs`: what was asked, what was sent to a model and what came back, and learning from it."""

from __future__ import annotations

import json as jsonlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from apps.cli.arguments import Json, Overrides, Source, spread
from apps.cli.page import Page, note, page, print_json, print_lines, wrap
from apps.cli.places import is_workspace, open_warehouse
from apps.cli.rows import aligned, local_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.answer import Answer
    from agent.replay import Replayed
    from agent.runs import RunSummary

RunName = Annotated[str, typer.Argument(metavar="RUN", help="Id of the run, or last.")]
_DIFFERENCES = 10


def workspace_folder(source: Source, overrides: Overrides) -> Path:
    """The folder whose records are meant: of the workspace, of the files' throw-away one, or of the demo."""
    from warehouse.errors import NpsError

    if source.workspace is not None and not source.data:
        if not is_workspace(source.workspace):
            raise NpsError(f"There is no npsight.yaml in {source.workspace}; name a folder made by `npsight load`.")
        return source.workspace
    if not source.data and is_workspace(Path()):
        return Path()
    with open_warehouse(source, overrides, demo=True) as warehouse:
        return warehouse.folder


def list_them(
    source: Source,
    overrides: Overrides,
    limit: Annotated[int, typer.Option(metavar="N", min=1, help="How many, the newest.")] = 20,
    json: Json = False,
) -> None:
    """List the runs, the newest last."""
    import dataclasses

    from agent.runs import list_runs

    folder = _runs_folder(source, overrides)
    found = list_runs(folder)
    shown = found[-limit:]
    if json:
        told = [dataclasses.asdict(run) for run in shown]
        print_json(jsonlib.dumps({"runs": told, "all": len(found)}, ensure_ascii=False))
        return
    sheet = page()
    if not shown:
        print_lines([f"{folder} holds no run yet; `npsight ask` leaves one."])
        return
    older = len(found) - len(shown)
    head = [sheet.dim(f"… {older:,} older (--limit {len(found)} lists all)")] if older else []
    print_lines([*head, *run_lines(shown, sheet)])


def run_lines(found: Sequence[RunSummary], sheet: Page) -> list[str]:
    """Runs as a table."""
    names = ["run", "when", "status", "model", "calls", "tokens", "question"]
    rows = [
        [r.run, local_time(r.at), r.status, r.model, str(r.model_calls), f"{r.tokens:,}", r.question] for r in found
    ]
    return aligned(names, rows, sheet, right={4, 5}, spare={1})


def show(
    source: Source,
    overrides: Overrides,
    run: RunName = "last",
    request: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="Print the N-th request exactly as sent, and nothing else.")
    ] = None,
    json: Json = False,
) -> None:
    """Show a run: its answer, and every word that was sent to a model or came from it."""
    from agent.runs import read_run

    record = read_run(_runs_folder(source, overrides), run)
    if request is not None:
        _write_request(record, request)
    elif json:
        print_json(jsonlib.dumps(record, ensure_ascii=False))
    else:
        from apps.cli.record import record_lines

        print_lines(record_lines(record, page()))


def _write_request(record: dict[str, Any], number: int) -> None:
    """The bytes of a request; of one whose client does not tell them, what the client was given."""
    from apps.cli.record import sent_of
    from warehouse.errors import NpsError

    sent = sent_of(record)
    if number > len(sent):
        count = f"sent {len(sent)} requests" if len(sent) != 1 else "sent 1 request"
        raise NpsError(f"There is no request {number}; this run {count if sent else 'sent nothing to a model'}.")
    wired = sent[number - 1].get("bytes") or []
    if not wired:
        note("the bytes of this request are not known; this is what the model's client was given")
        print_json(jsonlib.dumps(sent[number - 1]["request"], ensure_ascii=False))
        return
    if len(wired) > 1:
        note(f"it was sent {len(wired)} times; this is the last time")
    sys.stdout.flush()
    sys.stdout.buffer.write(wired[-1].encode("utf-8", "replace"))


def replay(
    source: Source,
    overrides: Overrides,
    run: RunName = "last",
    on_data: Annotated[
        bool,
        typer.Option("--on-data", help="Run the tools on the data again; else their recorded results are taken."),
    ] = False,
    json: Json = False,
) -> None:
    """Make a run again from its record, without any model, and compare requests and answer byte for byte."""
    from agent.replay import replay as again
    from agent.runs import read_run
    from warehouse.workspace import Warehouse

    folder = _runs_folder(source, overrides)
    record = read_run(folder, run)
    if on_data:
        with Warehouse(folder.parent) as warehouse:
            replayed = again(record, warehouse)
    else:
        replayed = again(record)
    if json:
        told = {"run": record["run"], "identical": replayed.identical, "differences": replayed.differences}
        answer = replayed.answer.model_dump(mode="json")
        print_json(jsonlib.dumps({**told, "answer": answer}, ensure_ascii=False))
    else:
        print_lines(_replay_lines(str(record["run"]), replayed))
    if not replayed.identical:
        raise typer.Exit(1)


def _replay_lines(run: str, replayed: Replayed) -> list[str]:
    sheet, differences = page(), replayed.differences
    if replayed.identical:
        requests = f"{replayed.requests} {'request' if replayed.requests == 1 else 'requests'} and "
        same = f"{run}: {requests if replayed.requests else ''}the answer are the same, byte for byte, without a model."
        return wrap(same if replayed.requests else same.replace(" are ", " is "), sheet.width)
    more = len(differences) - _DIFFERENCES
    lines = wrap(f"{run}: made again it differs.", sheet.width)
    lines += [line for told in differences[:_DIFFERENCES] for line in wrap(told, sheet.width, first="- ", rest="  ")]
    return [*lines, *([sheet.dim(f"… and {more} more (--json has all)")] if more > 0 else [])]


def approve(source: Source, overrides: Overrides, run: RunName, json: Json = False) -> None:
    """Approve a run: its question and tool calls are shown to a model as an example from then on."""
    from agent.examples import FILE
    from agent.examples import approve as learn
    from agent.runs import read_run

    folder = _runs_folder(source, overrides)
    record = read_run(folder, run)
    example = learn(folder.parent, _answer(record))
    place = folder.parent / FILE
    if json:
        print_json(jsonlib.dumps({"learned": example.model_dump(mode="json"), "file": str(place)}, ensure_ascii=False))
        return
    sheet = page()
    lines = [f"Learned from {example.run}:", *wrap(example.question, sheet.width, first="  ", rest="  ")]
    lines += wrap(example.told, sheet.width, first="  → ", rest="    ")
    print_lines([*lines, *wrap(f"It stands in {place}, to be edited or removed.", sheet.width)])


def _answer(record: dict[str, Any]) -> Answer:
    from agent.runs import answer_of
    from warehouse.errors import NpsError

    answer = answer_of(record)
    if answer is None:
        raise NpsError(f"The run {record.get('run')} was cut off before its answer; there is nothing to learn from it.")
    return answer


def forget(
    source: Source,
    overrides: Overrides,
    run: RunName,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: Json = False,
) -> None:
    """Delete the record of a run."""
    from agent.runs import read_run

    folder = _runs_folder(source, overrides)
    record = read_run(folder, run)
    name = str(record["run"])
    if not yes and not json and sys.stdin.isatty():
        typer.confirm(f"Delete the record of {name} ({record.get('question') or 'no question'})?", abort=True, err=True)
    _delete(folder, name)
    kept = f"The conversation {record['conversation']} still holds the turn." if record.get("conversation") else ""
    if json:
        print_json(jsonlib.dumps({"forgotten": name, "note": kept}, ensure_ascii=False))
    else:
        print_lines(wrap(f"{name} is forgotten. {kept}", page().width))


def _delete(folder: Path, name: str) -> None:
    """Every file that is called like the run; a name that leads elsewhere matches none."""
    from agent.runs import OPEN

    for path in list(folder.iterdir()):
        if path.name in (f"{name}.json", f"{name}{OPEN}"):
            path.unlink()


def _runs_folder(source: Source, overrides: Overrides) -> Path:
    from agent.runs import FOLDER

    return workspace_folder(source, overrides) / FOLDER


app = typer.Typer(
    help="The runs of a workspace: list and show what was asked and sent, replay it, learn from it, forget it.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)
for _name, _command in (
    ("list", list_them),
    ("show", show),
    ("replay", replay),
    ("approve", approve),
    ("forget", forget),
):
    app.command(_name)(spread(_command))
