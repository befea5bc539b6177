"""A workspace: a folder with `npsight.yaml`, `npsight.duckdb` and `runs/`; and throw-away ones, cached by content."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

import duckdb

from warehouse.catalog import Catalog, Role, Scale, TableName
from warehouse.catalog_file import FILE_NAME, read_catalog, write_catalog
from warehouse.cohorts import cohorts_select, stored
from warehouse.engine import Engine, Limits, Rows, first_line
from warehouse.errors import CatalogError, MissingDataError, NpsError, UnknownNameError
from warehouse.load import Progress, load
from warehouse.options import SINGLE_ROLES, LoadOptions
from warehouse.quality import QualityReport
from warehouse.responses import class_sql
from warehouse.roles import EDITED, NAMED, SET_ASIDE

DATABASE = "npsight.duckdb"
_HASHED_WHOLE = 64 * 1024 * 1024
_CACHE_DAYS = 30
_LOADING, _READY = ".loading-", ".ready"
_BY_USER = (NAMED, SET_ASIDE, EDITED)


_RENAMING = "Give other words for it under synonyms, or rename it in the file and load again"


class Warehouse:
    """A workspace opened for questions: its catalog and the locked engine over its cohort tables."""

    def __init__(self, folder: Path, *, limits: Limits | None = None) -> None:
        self.folder = folder
        settle(folder)
        self.catalog: Catalog = read_catalog(folder / FILE_NAME)
        database = folder / DATABASE
        if not database.exists():
            raise MissingDataError(f"{folder} has no {DATABASE}; load the files again with `npsight load`.")
        responses = self.catalog.tables.get("responses")
        if responses is None:
            raise CatalogError(f"{FILE_NAME} in {folder} has no table responses; load the survey again.")
        paths = [Path(table.path) for table in self.catalog.tables.values() if table.path]
        for path in paths:
            if not path.exists():
                raise MissingDataError(f"{path} is read in place and is gone; put it back or load again.")
        self.engine = self._open(database, paths, limits or limits_from_environment())
        self._check_roles()
        self._check_scale_and_events()
        self._check_names()

    def _open(self, database: Path, paths: list[Path], limits: Limits) -> Engine:
        try:
            return Engine(database, views=self._views(), paths=paths, limits=limits)
        except duckdb.Error as error:
            raise MissingDataError(
                f"{database} cannot be opened ({first_line(error)}); load the files again with `npsight load`."
            ) from None

    def _views(self) -> dict[str, str]:
        views: dict[str, str] = {"npsight_quality": "SELECT * FROM ws.main.npsight_quality"}
        for name, table in self.catalog.tables.items():
            views[name] = table.select or f"SELECT * FROM ws.main.{name}"
        views["cohorts"] = "SELECT * FROM ws.main.cohorts" if stored(self.catalog) else cohorts_select(self.catalog)
        for relation in ("responses", "cohorts"):  # the class follows the scale that stands in the catalog
            classed = f"* REPLACE ({class_sql(self.catalog.scale)} AS nps_class)"
            views[relation] = f"SELECT {classed} FROM ({views[relation]})"
        return views

    def _check_roles(self) -> None:
        """Roles are applied when files are loaded; an edit that was not is said, never half obeyed."""
        for table, columns in edited_roles(self.catalog, self.quality).items():
            for source, (loaded, edited) in columns.items():
                raise CatalogError(
                    f"{FILE_NAME} says that {source!r} of {table} is {edited}, but it was loaded as {loaded}; "
                    "run `npsight load` with the files again to apply it."
                )

    def _check_names(self) -> None:
        """Dimensions, dates and numbers of the catalog are columns of the data; renaming is done in the file."""
        columns = self.run("SELECT * FROM cohorts LIMIT 0").columns
        catalog = self.catalog
        for kind, names in (("dimension", catalog.dimensions), ("date", catalog.times), ("number", catalog.measures)):
            for name in names:
                if name not in columns:
                    raise UnknownNameError(f"column for the {kind} in {FILE_NAME}:", name, columns, _RENAMING)

    def _check_scale_and_events(self) -> None:
        """The ends of the scale are applied when files are loaded; an event may touch only values that are there.

        The limits of the classes hold at once: classes are computed from the score in every question.
        """
        now, loaded = self.catalog.scale, self.quality.scale
        if (now.low, now.high) != (loaded.low, loaded.high):
            raise CatalogError(
                f"{FILE_NAME} gives the scale {now.low}-{now.high} and the answers were read on "
                f"{loaded.low}-{loaded.high}; "
                "run `npsight load` with the files again to apply it."
            )
        for name, event in self.catalog.events.items():
            self._check_groups(f"affects of event {name}:", event.affects)
            self._check_groups(f"spares of event {name}:", event.spares)

    def _check_groups(self, place: str, groups: dict[str, list[str]]) -> None:
        for dimension, values in groups.items():
            if dimension not in self.catalog.dimensions:
                raise UnknownNameError(f"dimension in {place}", dimension, self.catalog.dimensions)
            known = self.catalog.dimensions[dimension].values
            for value in values:
                if value not in known:
                    raise UnknownNameError(f"value of {dimension} in {place}", value, known)

    def run(self, sql: str, parameters: Sequence[object] = (), *, rows: int | None = None) -> Rows:
        """Run one SELECT on the cohort tables."""
        return self.engine.run(sql, parameters, rows=rows)

    def relation(self, columns: Sequence[str]) -> TableName | str:
        """The smallest relation that holds all `columns`: `responses` when no customer attribute is among them."""
        own = {"response_id", "customer_id", "responded_at", "score", "nps_class", "comment"}
        own |= set(self.catalog.tables["responses"].columns)
        return "responses" if own.issuperset(columns) else "cohorts"

    @cached_property
    def quality(self) -> QualityReport:
        """The report of the load that made this workspace."""
        rows = self.run("SELECT report FROM npsight_quality").rows
        return QualityReport.model_validate_json(rows[0][0])

    def close(self) -> None:
        """Close the engine."""
        self.engine.close()

    def __enter__(self) -> Warehouse:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def limits_from_environment() -> Limits:
    """NPSIGHT_QUERY_SECONDS, NPSIGHT_MEMORY and NPSIGHT_THREADS, each with a sound default."""
    default = Limits()
    memory = os.environ.get("NPSIGHT_MEMORY", default.memory)
    if not re.fullmatch(r"\d+(?:\.\d+)?\s*(?:[KMGT]i?B?)", memory, re.IGNORECASE) or not float(_digits(memory)):
        raise NpsError(f"NPSIGHT_MEMORY is {memory!r}; give an amount such as 800MB or 2GB.")
    threads = os.environ.get("NPSIGHT_THREADS")
    if threads is not None and not (threads.isdecimal() and 1 <= int(threads) <= 1024):
        raise NpsError(f"NPSIGHT_THREADS is {threads!r}; give a whole number from 1 to 1024.")
    seconds = os.environ.get("NPSIGHT_QUERY_SECONDS", str(default.seconds))
    if not re.fullmatch(r"\d{1,6}(?:\.\d+)?", seconds) or not float(seconds):
        raise NpsError(f"NPSIGHT_QUERY_SECONDS is {seconds!r}; give a number of seconds above 0, such as 30.")
    return Limits(seconds=float(seconds), memory=memory, threads=int(threads) if threads else None)


def _digits(amount: str) -> str:
    return re.sub(r"[^\d.]", "", amount)


def make_workspace(
    files: Sequence[Path], folder: Path, options: LoadOptions | None = None, progress: Progress | None = None
) -> QualityReport:
    """Load `files` into the workspace `folder`: everything is made beside it and moved in at the end.

    What was edited by hand in an existing `npsight.yaml` (roles, synonyms, events, base sizes, scale, privacy) is kept.
    """
    options = options or LoadOptions()
    with _scratch(folder) as scratch:
        settle(folder)
        old = read_catalog(folder / FILE_NAME) if (folder / FILE_NAME).exists() else None
        if old is not None:
            options = _with_edits(options, old, folder / DATABASE)
        new = scratch / "new"
        new.mkdir()
        with _full_disk_told(folder):
            result = load([Path(file) for file in files], new / DATABASE, options, progress)
        (new / DATABASE).chmod(0o600)  # it holds customers' answers
        catalog = _carry_over(result.catalog, old, options) if old is not None else result.catalog
        write_catalog(catalog, new / FILE_NAME)
        new.replace(folder / _READY)  # one step: before it the old workspace stands, after it the new one
        settle(folder)
    (folder / "runs").mkdir(exist_ok=True)
    return result.quality


@contextlib.contextmanager
def _full_disk_told(folder: Path) -> Iterator[None]:
    """A disk that fills up is the caller's to mend, whoever noticed it."""
    try:
        yield
    except (OSError, duckdb.Error) as error:
        if "no space left" not in str(error).lower():
            raise
        raise NpsError(
            f"The disk that holds {folder} is full; nothing was changed. Make room, or name another --workspace."
        ) from None


@contextlib.contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """A folder for a load in `folder`, which is made where it is missing; what killed loads left there goes."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(folder)
        made = tempfile.TemporaryDirectory(dir=folder, prefix=f"{_LOADING}{os.getpid()}-")
    except OSError as error:
        raise NpsError(
            f"{folder} cannot be made a workspace ({error.strerror}); name a folder that can be written."
        ) from None
    with made as scratch:
        yield Path(scratch)


def settle(folder: Path) -> None:
    """Move the files of a finished load to their places, also when the process that loaded them was killed."""
    ready = folder / _READY
    if not ready.is_dir():
        return
    for name in (DATABASE, FILE_NAME):
        with contextlib.suppress(FileNotFoundError):  # moved before, or by another process
            (ready / name).replace(folder / name)
    with contextlib.suppress(OSError):
        ready.rmdir()


def _remove_abandoned(folder: Path) -> None:
    """Scratch folders hold customers' answers; those of processes that are no more are removed."""
    for path in folder.glob(f"{_LOADING}*"):
        process = re.match(rf"{re.escape(_LOADING)}(\d+)-", path.name)
        if process and not _runs(int(process[1])):
            shutil.rmtree(path, ignore_errors=True)


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def edited_roles(catalog: Catalog, quality: QualityReport) -> dict[TableName, dict[str, tuple[str, Role]]]:
    """Columns whose role in the catalog is not the one that they were loaded with: (loaded, edited), by table."""
    edited: dict[TableName, dict[str, tuple[str, Role]]] = {}
    for name, table in catalog.tables.items():
        loaded = {g.column: g.role for report in quality.tables if report.table == name for g in report.guesses}
        for column in table.columns.values():
            if column.source in loaded and loaded[column.source] != column.role:
                edited.setdefault(name, {})[column.source] = (loaded[column.source], column.role)
    return edited


def _with_edits(options: LoadOptions, old: Catalog, database: Path) -> LoadOptions:
    """Roles, scale and events as they stand in the catalog; what the command line says goes before them."""
    kept: dict[TableName, dict[str, Role]] = {
        name: {column.source: column.role for column in table.columns.values() if column.why in _BY_USER}
        for name, table in old.tables.items()
    }
    report = _report_in(database)
    for name, changes in edited_roles(old, report).items() if report is not None else ():
        kept[name] |= {source: role for source, (_loaded, role) in changes.items()}
    for name, table in old.tables.items():
        marked = [c.source for c in table.columns.values() if c.personal and c.role not in SINGLE_ROLES]
        kept[name] |= dict.fromkeys(marked, "personal")
    scale = options.scale or (old.scale if old.scale != Scale() else None)
    return dataclasses.replace(options, edited=kept, scale=scale, events={**old.events, **options.events})


def _report_in(database: Path) -> QualityReport | None:
    """The report of the last load; None where the database is gone or damaged."""
    if not database.exists():
        return None
    try:
        with Engine(database) as engine:
            return QualityReport.model_validate_json(
                engine.run("SELECT report FROM ws.main.npsight_quality").rows[0][0]
            )
    except duckdb.Error:
        return None


def _carry_over(new: Catalog, old: Catalog, options: LoadOptions) -> Catalog:
    """The words, base sizes and privacy of `old`, and its name when it was given by hand."""
    for name, dimension in new.dimensions.items():
        if name in old.dimensions:
            dimension.synonyms = old.dimensions[name].synonyms
            dimension.value_synonyms = old.dimensions[name].value_synonyms
    for name, time_column in new.times.items():
        if name in old.times:
            time_column.synonyms = old.times[name].synonyms
    for name, measure in new.measures.items():
        if name in old.measures:
            measure.synonyms = old.measures[name].synonyms
    for kind, table in new.tables.items():
        for column, known in table.columns.items():
            before = old.tables[kind].columns.get(column) if kind in old.tables else None
            known.personal |= before is not None and before.personal and known.role in SINGLE_ROLES
    kept: dict[str, object] = {"minimum_base": old.minimum_base, "privacy": old.privacy, "metrics": old.metrics}
    if options.name is None and old.name != Path(old.tables["responses"].file.split(", ")[0]).stem:
        kept["name"] = old.name
    return new.model_copy(update=kept)


def throw_away_workspace(
    files: Sequence[Path], options: LoadOptions | None = None, progress: Progress | None = None
) -> Path:
    """A workspace for `--data`, made once for the same contents and options."""
    options = options or LoadOptions()
    folder = cache_folder() / _fingerprint(files, options)
    if (folder / FILE_NAME).exists():
        os.utime(folder)
        return folder
    cache_folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    _forget_old()
    partial = Path(tempfile.mkdtemp(dir=cache_folder(), prefix=f"{_LOADING}{os.getpid()}-"))
    try:
        make_workspace(files, partial, options, progress)
        try:
            partial.rename(folder)
        except OSError:
            if not (folder / FILE_NAME).exists():  # else another process made the same one first
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def cache_folder() -> Path:
    """Where throw-away workspaces live; NPSIGHT_CACHE moves it."""
    own = os.environ.get("NPSIGHT_CACHE")
    base = os.environ.get("XDG_CACHE_HOME")
    return Path(own) if own else (Path(base) if base else Path.home() / ".cache") / "npsight"


def _fingerprint(files: Sequence[Path], options: LoadOptions) -> str:
    from warehouse.files import check_readable

    digest = hashlib.blake2b(f"{_code_stamp()}|{options!r}".encode(), digest_size=12)
    for file in files:
        check_readable(file)
        digest.update(str(file.resolve()).encode())
        status = file.stat()
        if status.st_size <= _HASHED_WHOLE:
            digest.update(hashlib.blake2b(file.read_bytes()).digest())
        else:
            digest.update(f"{status.st_size}|{status.st_mtime_ns}".encode())
    return digest.hexdigest()


def _code_stamp() -> int:
    """Changes whenever npsight does: what an older reader made of a file is never served again."""
    sources = Path(__file__).parent.rglob("*.py")
    return max(source.stat().st_mtime_ns for source in sources)


def _forget_old() -> None:
    """Throw-away copies hold customers' answers: none is kept longer than it is used."""
    _remove_abandoned(cache_folder())
    limit = time.time() - _CACHE_DAYS * 86_400
    for folder in cache_folder().iterdir():
        if folder.is_dir() and folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)
