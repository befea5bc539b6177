"""`npsight load` and `npsight demo`: from files to a workspace, and what came of them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.arguments import Brain, Json, Overrides
from apps.cli.page import note, page, print_json, print_lines, wrap
from apps.cli.places import DEMO, LoadingBar, demo_options

if TYPE_CHECKING:
    from apps.cli.page import Page
    from warehouse.demo import DemoFiles

_HERE = Path()


def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Survey file, and customers, orders, events.")],
    overrides: Overrides,
    brain: Brain,  # noqa: ARG001 taken everywhere, needed by no load
    workspace: Annotated[Path, typer.Option(metavar="DIR", help="Folder to make it in.")] = _HERE,
    json: Json = False,
) -> None:
    """Make a workspace of files: cohort tables, a catalog, a data-quality report."""
    from apps.cli.report import quality_lines
    from warehouse.workspace import make_workspace

    with LoadingBar() as bar:
        report = make_workspace(files, workspace, overrides.load_options(), bar.show)
    if json:
        print_json(report.model_dump_json())
        note(f"saved in {workspace / 'npsight.yaml'}")
        return
    sheet = page()
    print_lines([*quality_lines(report, sheet), "", *_next_steps(workspace, sheet)])


def _next_steps(workspace: Path, sheet: Page) -> list[str]:
    """Where it is and what to type now."""
    from warehouse.catalog_file import read_catalog

    catalog = read_catalog(workspace / "npsight.yaml")
    place = "" if workspace == _HERE else f" --workspace {shlex.quote(str(workspace))}"
    by = next(iter(catalog.dimensions), None)
    question = f"What is our NPS by {by}?" if by else "What is our NPS?"
    lines = wrap(
        f"Saved in {workspace}: npsight.yaml says what each column was taken for (edit it, then load again), "
        "npsight.duckdb holds the answers.",
        sheet.width,
    )
    return [*lines, "", f'Next: npsight ask "{question}"{place}', f"      npsight tool describe_data{place}"]


def demo(
    brain: Brain,
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Which demo.")] = DEMO,
    workspace: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder to make it in. [default: npsight-demo-NAME]")
    ] = None,
) -> None:
    """Write a demo's files and load them: a made-up company with known truths in its data."""
    from warehouse.demo import DEMOS
    from warehouse.errors import UnknownNameError
    from warehouse.workspace import make_workspace

    if name not in DEMOS:
        raise UnknownNameError("demo", name, DEMOS)
    folder = workspace or Path(f"npsight-demo-{name}")
    with LoadingBar() as bar:
        bar.show("drawing the demo", 0.0)
        files = _write_files(name, folder, brain.seed)
        report = make_workspace(list(files.tables.values()), folder, demo_options(files), bar.show)
    sheet = page()
    tables = ", ".join(f"{table.kept:,} {table.table}" for table in report.tables)
    lines = [*wrap(files.story, sheet.width), "", *wrap(f"{folder}: {tables}", sheet.width), ""]
    lines += wrap("truth.json holds what was planted; no tool reads it.", sheet.width)
    place = f" --workspace {shlex.quote(str(folder))}"
    lines += ["", f'Next: npsight ask "Did the price rise hurt NPS, and whom?"{place}']
    print_lines([*lines, f'      npsight tool nps \'{{"by": ["plan"]}}\'{place}'])


def _write_files(name: str, folder: Path, seed: int | None) -> DemoFiles:
    """Write the files beside the folder and move each in whole; files of somebody else are not overwritten."""
    import dataclasses
    import tempfile

    from warehouse.demo import write_demo
    from warehouse.errors import NpsError

    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / "truth.json").exists())):
        raise NpsError(f"{folder} is there already and is no demo; name another folder with --workspace DIR.")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
        files = write_demo(name, Path(scratch), **({} if seed is None else {"seed": seed}))
        tables = {table: file.replace(folder / file.name) for table, file in files.tables.items()}
        truth = files.truth.replace(folder / files.truth.name)
    return dataclasses.replace(files, folder=folder, tables=tables, truth=truth)
