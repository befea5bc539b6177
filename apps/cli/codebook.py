"""`npsight codebook`: the themes that comments are coded by, as a file to edit."""

from __future__ import annotations

from typing import Annotated

import typer

from apps.cli.arguments import Overrides, Source
from apps.cli.page import page, print_lines, wrap
from apps.cli.places import open_warehouse


def codebook(
    source: Source,
    overrides: Overrides,
    force: Annotated[bool, typer.Option("--force", help="Write it anew over an edited one.")] = False,
    mined_only: Annotated[
        bool, typer.Option("--mined-only", help="Only what the comments themselves give, without the starter themes.")
    ] = False,
) -> None:
    """Write the themes of the comments to codebook.yaml, to be edited.

    Tools that read comments use the file from then on; without it they find themes anew each time.
    """
    from tools.comments.codebook import FILE_NAME, write_codebook
    from tools.comments.coded import suggest_codebook
    from warehouse.errors import NpsError

    if source.data:
        raise NpsError("A codebook belongs to a workspace; load the files with `npsight load` and name it.")
    with open_warehouse(source, overrides) as warehouse:
        path = warehouse.folder / FILE_NAME
        if path.exists() and not force:
            raise NpsError(f"{path} is there already; edit it, or write it anew with --force.")
        made = suggest_codebook(warehouse, starter=not mined_only)
        write_codebook(warehouse.folder, made)
    sheet = page()
    lines = wrap(f"{path}: {made.origin()}.", sheet.width)
    print_lines([*lines, *wrap(f"Themes: {', '.join(made.names)}.", sheet.width)])
