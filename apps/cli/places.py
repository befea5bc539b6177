"""Which data a command works on: a workspace, files, or the pricing demo."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from apps.cli.arguments import Overrides, Source
from apps.cli.page import cut, note, one_line
from apps.cli.version import own_version

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from warehouse.demo import DemoFiles
    from warehouse.options import LoadOptions
    from warehouse.workspace import Warehouse

DEMO = "pricing"


def open_warehouse(source: Source, overrides: Overrides, *, demo: bool = False) -> Warehouse:
    """The data that was asked for; with `demo`, the pricing demo where none was."""
    from warehouse.errors import MissingDataError, NpsError
    from warehouse.workspace import Warehouse

    if source.data and source.workspace is not None:
        raise NpsError("Give either --workspace or --data, not both.")
    if source.data:
        return _open_files(source.data, overrides)
    if overrides.given:
        raise NpsError(f"{', '.join(overrides.given)} says how files are read; give the files with --data FILE.")
    if source.workspace is not None or is_workspace(Path()):
        return Warehouse(source.workspace or Path())
    if demo:
        return _open_demo()
    raise MissingDataError(
        "There is no data: give --data FILE or --workspace DIR, run this in a folder made by `npsight load`, "
        "or make a workspace to try with `npsight demo`."
    )


def is_workspace(folder: Path) -> bool:
    """True where `npsight load` left its catalog."""
    return (folder / "npsight.yaml").is_file()


def each_once(files: Sequence[Path]) -> list[Path]:
    """The files; one that is named twice would count its answers twice."""
    from warehouse.errors import NpsError

    seen: set[Path] = set()
    for file in files:
        if file.resolve() in seen:
            raise NpsError(f"{file} is given twice; name each file once.")
        seen.add(file.resolve())
    return list(files)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """The folder, made where it is missing; gone again when nothing came to be in it."""
    from warehouse.errors import NpsError

    if folder.exists() and not folder.is_dir():
        raise NpsError(f"{folder} is a file; name a folder with --workspace DIR.")
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        for each in missing:
            with suppress(OSError):  # there is something in it
                each.rmdir()


def _open_files(files: list[Path], overrides: Overrides) -> Warehouse:
    from warehouse.workspace import Warehouse, throw_away_workspace

    each_once(files)
    with LoadingBar() as bar:
        folder = throw_away_workspace(files, overrides.load_options(), bar.show)
    return Warehouse(folder)


def _open_demo() -> Warehouse:
    from warehouse.workspace import Warehouse

    folder = demo_workspace()
    note(f"no workspace and no --data: this is the {DEMO} demo, a made-up company (in {folder})")
    return Warehouse(folder)


def demo_workspace() -> Path:
    """The demo as a workspace in the cache folder, made once for this version."""
    import os
    import shutil
    import tempfile

    from warehouse.demo import write_demo
    from warehouse.workspace import cache_folder, make_workspace

    cache = cache_folder()
    folder = cache / f"demo-{DEMO}-{_version()}"
    if is_workspace(folder):
        os.utime(folder)
        return folder
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    partial = Path(tempfile.mkdtemp(dir=cache, prefix=f".loading-{os.getpid()}-"))
    try:
        with LoadingBar() as bar, tempfile.TemporaryDirectory(dir=partial) as scratch:
            files = write_demo(DEMO, Path(scratch))
            make_workspace(list(files.tables.values()), partial, demo_options(files), bar.show)
        try:
            partial.rename(folder)
        except OSError:
            if not is_workspace(folder):  # else another process made the same one first
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def demo_options(files: DemoFiles) -> LoadOptions:
    """How a demo is loaded: with the dated events of its business."""
    from warehouse.catalog import BusinessEvent
    from warehouse.options import LoadOptions

    events = {name: BusinessEvent.model_validate(event) for name, event in files.business_events.items()}
    return LoadOptions(events=events, name=files.name)


def _version() -> str:
    """The version and the code that draws and loads the demo: a newer program never meets an older demo."""
    import hashlib

    import warehouse

    digest = hashlib.blake2b(digest_size=4)
    for source in sorted(Path(warehouse.__file__ or "").parent.rglob("*.py")):
        digest.update(source.read_bytes())
    return f"{own_version()}-{digest.hexdigest()}"


class LoadingBar:
    """A progress bar on stderr for what takes longer than a second; nothing where stderr is no terminal."""

    def __init__(self, patience: float = 1.0) -> None:
        self._lock = threading.Lock()
        self._step, self._share = "reading", 0.0
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._over = False
        self._timer = threading.Timer(patience, self._begin)
        self._timer.daemon = True

    def show(self, step: str, share: float) -> None:
        """What is being done, and how much of the whole is behind."""
        with self._lock:
            self._step, self._share = cut(one_line(step), 40), share
            self._update()

    def __enter__(self) -> LoadingBar:
        if sys.stderr.isatty():
            self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            self._over = True
            if self._bar is not None:
                self._bar.stop()

    def _begin(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        with self._lock:
            if self._over:
                return
            columns = (TextColumn("{task.description}", markup=False), BarColumn(None), TaskProgressColumn())
            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._bar.add_task(self._step, total=1.0)
            self._bar.start()
            self._update()

    def _update(self) -> None:
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, description=self._step, completed=self._share)
