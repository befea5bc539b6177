"""`npsight load` and `npsight demo`: from files to a workspace, and what came of them."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from apps.cli.arguments import Brain, Json, Overrides
from apps.cli.page import note, page, print_json, print_lines, wrap
from apps.cli.places import DEMO, LoadingBar, demo_options, each_once, new_folder

if TYPE_CHECKING:
    from apps.cli.page import Page
    from warehouse.demo import DemoFiles
    from warehouse.quality import QualityReport

_HERE = Path()


def load(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Survey file, and customers, orders, events.")],
    overrides: Overrides,
    brain: Brain,  # noqa: ARG001 taken everywhere, needed by no load
    workspace: Annotated[Path, typer.Option(metavar="DIR", help="Folder to make it in.")] = _HERE,
    json: Json = False,
) -> None:
    """Read files into a workspace.

    Makes the cohort tables and the catalog npsight.yaml, and reports on the quality of the data.
    """
    from apps.cli.report import quality_lines
    from warehouse.workspace import make_workspace

    options = overrides.load_options()
    with new_folder(workspace), LoadingBar() as bar:
        report = make_workspace(each_once(files), workspace, options, bar.show)
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
    """Make a workspace to try, of a made-up company.

    Writes the demo's files, with known truths in them, and loads them.
    """
    from warehouse.demo import DEMOS
    from warehouse.errors import UnknownNameError

    if name not in DEMOS:
        raise UnknownNameError("demo", name, DEMOS)
    folder = workspace or Path(f"npsight-demo-{name}")
    with new_folder(folder):
        files, report = _make(name, folder, brain.seed)
    sheet = page()
    tables = ", ".join(f"{table.kept:,} {table.table}" for table in report.tables)
    lines = [*wrap(files.story, sheet.width), "", *wrap(f"{folder}: {tables}", sheet.width), ""]
    lines += wrap("truth.json holds what was planted; no tool reads it.", sheet.width)
    place = f" --workspace {shlex.quote(str(folder))}"
    lines += ["", f'Next: npsight ask "{DEMOS[name].question}"{place}']
    print_lines([*lines, f'      npsight tool nps \'{{"by": ["{DEMOS[name].by}"]}}\'{place}'])


def _make(name: str, folder: Path, seed: int | None) -> tuple[DemoFiles, QualityReport]:
    """Write and load in a scratch folder, then move the files in whole; nobody else's files are overwritten."""
    import tempfile

    from warehouse.demo import write_demo
    from warehouse.errors import NpsError
    from warehouse.workspace import make_workspace

    if any(folder.iterdir()) and not (folder / "truth.json").exists():
        raise NpsError(f"{folder} holds files and is no demo; name another folder with --workspace DIR.")
    with LoadingBar() as bar, tempfile.TemporaryDirectory(dir=folder, prefix=".writing-") as scratch:
        bar.show("drawing the demo", 0.0)
        files = write_demo(name, Path(scratch), **({} if seed is None else {"seed": seed}))
        report = make_workspace(list(files.tables.values()), folder, demo_options(files), bar.show)
        for file in (*files.tables.values(), files.truth):
            file.replace(folder / file.name)
    return files, report
