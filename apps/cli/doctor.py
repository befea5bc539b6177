"""`npsight doctor`: what this installation has, and what to do about what it lacks."""

from __future__ import annotations

import dataclasses
import json as jsonlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import typer

from apps.cli.arguments import Brain, Json, Overrides, Source
from apps.cli.page import Page, one_line, pad, page, print_json, print_lines, wrap
from apps.cli.version import own_version, package_version

State = Literal["ok", "note", "problem"]
PACKAGES = (
    "duckdb", "langchain", "langchain-openai", "langgraph", "numpy", "openai", "pandas", "pyarrow", "pydantic",
    "scipy", "sqlglot", "typer",
)  # fmt: skip
_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY", "google_genai": "GOOGLE_API_KEY"}
_LITTLE_MEMORY = 2 * 1024**3
_LITTLE_DISK = 1024**3


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    value: str
    state: State = "ok"
    advice: str = ""


def doctor(
    source: Source,
    overrides: Overrides,
    brain: Brain,
    json: Json = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of npsight.yaml instead.")] = False,
    privacy: Annotated[
        bool, typer.Option("--privacy", help="List which columns can ever be sent to a chat model, and in what form.")
    ] = False,
) -> None:
    """Check installation, data and model.

    Says what to do about each problem; no key is ever shown, only whether it is set.
    """
    if schema:
        from warehouse.catalog_file import json_schema

        print_json(json_schema().rstrip("\n"))
        return
    if privacy:
        _privacy(source, overrides, json)
        return
    checks = [*_installation(), _data(source, overrides), *_models(brain.model), _cache(), *_machine()]
    ok = all(check.state != "problem" for check in checks)
    if json:
        print_json(jsonlib.dumps({"ok": ok, "checks": [dataclasses.asdict(check) for check in checks]}))
    else:
        print_lines(_lines(checks, page()))
    if not ok:
        raise typer.Exit(1)


def _privacy(source: Source, overrides: Overrides, json: bool) -> None:
    from apps.cli.exposure import privacy_json, privacy_lines
    from apps.cli.places import open_warehouse

    with open_warehouse(source, overrides) as warehouse:
        if json:
            print_json(privacy_json(warehouse))
        else:
            print_lines(privacy_lines(warehouse, page()))


def _installation() -> list[Check]:
    checks = [Check("npsight", own_version()), Check("python", f"{sys.version.split()[0]} ({sys.executable})")]
    for name in PACKAGES:
        version = package_version(name)
        if version is None:
            checks.append(Check(name, "missing", "problem", "install npsight again: make install"))
        else:
            checks.append(Check(name, version))
    return checks


def _data(source: Source, overrides: Overrides) -> Check:
    """Whether the data that the other commands would use opens."""
    from apps.cli.places import is_workspace, open_warehouse
    from warehouse.errors import NpsError

    if not source.data and source.workspace is None and not is_workspace(Path()):
        return Check("workspace", "none here", "note", "ask uses the demo; make one with npsight load FILE...")
    try:
        with open_warehouse(source, overrides) as warehouse:
            rows = warehouse.catalog.tables["responses"].rows
            scored, folder = warehouse.quality.scored, warehouse.folder.resolve()
            return Check(
                "workspace", f"{folder}: {rows:,} responses, {scored:,} scored, as of {warehouse.catalog.as_of}"
            )
    except NpsError as error:
        return Check("workspace", "does not open", "problem", str(error))


def _models(asked: str | None) -> list[Check]:
    """The model that would answer, and whether keys are set; never what they are."""
    model = asked or "builtin"
    provider, _, name = model.partition(":")
    key = _KEYS.get(provider, "")
    advice = ""
    if model != "builtin" and not name:
        advice = "this is no model; give builtin, openai:NAME or PROVIDER:NAME"
    elif key and not any(
        os.environ.get(each) for each in (key, *(["OPENAI_BASE_URL"] if provider == "openai" else []))
    ):
        advice = f"set {key}, or use --model builtin"
    named = dict.fromkeys(each for each in ("OPENAI_API_KEY", "OPENAI_BASE_URL", key) if each)
    keys = [Check(each, "set" if os.environ.get(each) else "not set") for each in named]
    return [Check("model", model, "problem" if advice else "ok", advice), *keys]


def _cache() -> Check:
    """Where throw-away workspaces lie, and how much they take."""
    import shutil

    from warehouse.workspace import cache_folder

    folder = cache_folder()
    if not folder.exists():
        return Check("cache", f"{folder}: not made yet")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    free = shutil.disk_usage(folder).free
    value = f"{folder}: {_bytes(size)}, {_bytes(free)} free on the disk"
    if not os.access(folder, os.W_OK):
        return Check("cache", value, "problem", "it cannot be written; set NPSIGHT_CACHE to a folder that can")
    if free < _LITTLE_DISK:
        return Check("cache", value, "note", f"little disk is left; {folder} may be deleted at any time")
    return Check("cache", value)


def _machine() -> list[Check]:
    from warehouse.errors import NpsError
    from warehouse.workspace import limits_from_environment

    try:
        limits = limits_from_environment()
    except NpsError as error:
        return [Check("limits", "not understood", "problem", str(error))]
    memory, threads = _memory(), len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    little = memory is not None and memory < _LITTLE_MEMORY
    value = f"{_bytes(memory) if memory else 'unknown'}; a query may use {limits.memory} (NPSIGHT_MEMORY)"
    advice = "large files may not fit; load fewer --columns" if little else ""
    return [
        Check("memory", value, "note" if little else "ok", advice),
        Check("threads", f"{threads}; a query uses {limits.threads or 'all'} (NPSIGHT_THREADS)"),
        Check("time", f"a query may take {limits.seconds:g} s (NPSIGHT_QUERY_SECONDS)"),
    ]


def _memory() -> int | None:
    """Bytes of memory that this process may have: the machine's, or its container's."""
    try:
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return None
    limit = Path("/sys/fs/cgroup/memory.max")
    told = limit.read_text(encoding="ascii").strip() if limit.is_file() else ""
    return min(whole, int(told)) if told.isdigit() else whole


def _bytes(size: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


def _lines(checks: list[Check], sheet: Page) -> list[str]:
    """One check a line, what to do below it."""
    width = max(len(check.name) for check in checks)
    lines: list[str] = []
    for check in checks:
        mark = {"ok": "ok  ", "note": "note", "problem": "LOOK"}[check.state]
        first = f"{mark}  {pad(check.name, width)}  "
        rest = " " * len(first)
        folded = wrap(one_line(check.value), sheet.width, first=first, rest=rest)
        if check.advice:
            folded += wrap(f"→ {one_line(check.advice)}", sheet.width, first=rest, rest=rest)
        lines += [sheet.bold(line) if check.state == "problem" else line for line in folded]
    return lines
