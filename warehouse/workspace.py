"""A workspace: a folder with `npsight.yaml`, `npsight.duckdb` and `runs/`; and throw-away ones, cached by content."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path

from warehouse.catalog import Catalog, Role, Scale, TableName
from warehouse.catalog_file import FILE_NAME, read_catalog, write_catalog
from warehouse.cohorts import cohorts_select, stored
from warehouse.engine import Engine, Limits, Rows
from warehouse.errors import CatalogError, MissingDataError, NpsError
from warehouse.load import Progress, load
from warehouse.options import LoadOptions
from warehouse.quality import QualityReport
from warehouse.responses import class_sql
from warehouse.roles import SINGLE_ROLES

DATABASE = "npsight.duckdb"
CACHE_FORMAT = "3"
_HASHED_WHOLE = 64 * 1024 * 1024
_CACHE_DAYS = 30


class Warehouse:
    """A workspace opened for questions: its catalog and the locked engine over its cohort tables."""

    def __init__(self, folder: Path, *, limits: Limits | None = None) -> None:
        self.folder = folder
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

    def _open(self, database: Path, paths: list[Path], limits: Limits) -> Engine:
        return Engine(database, views=self._views(), paths=paths, limits=limits)

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
        for source, (loaded, edited) in edited_roles(self.catalog, self.quality).items():
            raise CatalogError(
                f"{FILE_NAME} says that {source!r} is {edited}, but it was loaded as {loaded}; "
                "run `npsight load` with the files again to apply it."
            )

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
    try:
        seconds = float(os.environ.get("NPSIGHT_QUERY_SECONDS", default.seconds))
        threads = int(os.environ["NPSIGHT_THREADS"]) if "NPSIGHT_THREADS" in os.environ else None
    except ValueError:
        raise NpsError("NPSIGHT_QUERY_SECONDS and NPSIGHT_THREADS must be numbers.") from None
    return Limits(seconds=seconds, memory=os.environ.get("NPSIGHT_MEMORY", default.memory), threads=threads)


def make_workspace(
    files: Sequence[Path], folder: Path, options: LoadOptions | None = None, progress: Progress | None = None
) -> QualityReport:
    """Load `files` into the workspace `folder`: everything is made beside it and moved in at the end.

    What was edited by hand in an existing `npsight.yaml` (roles, synonyms, events, base sizes, scale) is kept.
    """
    options = options or LoadOptions()
    folder.mkdir(parents=True, exist_ok=True)
    old = read_catalog(folder / FILE_NAME) if (folder / FILE_NAME).exists() else None
    if old is not None:
        options = _with_edits(options, old, folder / DATABASE)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".loading-") as scratch:
        database = Path(scratch) / DATABASE
        result = load([Path(file) for file in files], database, options, progress)
        catalog = _carry_over(result.catalog, old) if old is not None else result.catalog
        database.replace(folder / DATABASE)
        write_catalog(catalog, folder / FILE_NAME)
    (folder / "runs").mkdir(exist_ok=True)
    return result.quality


def edited_roles(catalog: Catalog, quality: QualityReport) -> dict[str, tuple[str, Role]]:
    """Survey columns whose role in the catalog is not the one that they were loaded with: (loaded, edited)."""
    loaded = {guess.column: guess.role for guess in quality.responses.guesses}
    columns = catalog.tables["responses"].columns.values()
    return {
        column.source: (loaded[column.source], column.role)
        for column in columns
        if column.source in loaded and loaded[column.source] != column.role
    }


def _with_edits(options: LoadOptions, old: Catalog, database: Path) -> LoadOptions:
    """Roles and scale as they stand in the catalog; what the command line says goes before them."""
    edited: dict[str, Role] = {}
    if database.exists():
        with Engine(database) as engine:
            report = engine.run("SELECT report FROM ws.main.npsight_quality").rows[0][0]
        changes = edited_roles(old, QualityReport.model_validate_json(report))
        edited = {source: role for source, (_loaded, role) in changes.items()}
    single: dict[Role, str] = {role: source for source, role in edited.items() if role in SINGLE_ROLES}
    played = {role: tuple(source for source, now in edited.items() if now == role) for role in edited.values()}
    scale = options.scale or (old.scale if old.scale != Scale() else None)
    events = {**old.events, **options.events}
    return dataclasses.replace(
        options,
        roles=single | options.roles,
        dimensions=options.dimensions + played.get("dimension", ()),
        personal=options.personal + played.get("personal", ()),
        ignore=options.ignore + played.get("attribute", ()),
        scale=scale,
        events=events,
    )


def _carry_over(new: Catalog, old: Catalog) -> Catalog:
    for name, dimension in new.dimensions.items():
        if name in old.dimensions:
            dimension.synonyms = old.dimensions[name].synonyms
            dimension.value_synonyms = old.dimensions[name].value_synonyms
    return new.model_copy(update={"minimum_base": old.minimum_base, "metrics": old.metrics})


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
    partial = Path(tempfile.mkdtemp(dir=cache_folder(), prefix=".loading-"))
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

    digest = hashlib.blake2b(f"{CACHE_FORMAT}|{options!r}".encode(), digest_size=12)
    for file in files:
        check_readable(file)
        digest.update(str(file.resolve()).encode())
        status = file.stat()
        if status.st_size <= _HASHED_WHOLE:
            digest.update(hashlib.blake2b(file.read_bytes()).digest())
        else:
            digest.update(f"{status.st_size}|{status.st_mtime_ns}".encode())
    return digest.hexdigest()


def _forget_old() -> None:
    """Throw-away copies hold customers' answers: none is kept longer than it is used."""
    limit = time.time() - _CACHE_DAYS * 86_400
    for folder in cache_folder().iterdir():
        if folder.is_dir() and folder.stat().st_mtime < limit:
            shutil.rmtree(folder, ignore_errors=True)
