"""From files to cohort tables: read, recognise, clean, and account for every row."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.catalog import Catalog, CohortTable, Scale, TableName
from warehouse.cleaning import Source, clean
from warehouse.cohorts import describe_catalog, write_cohorts
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError, NpsError, UnknownNameError, UnreadableFileError
from warehouse.files import read_file
from warehouse.files.table import RawTable
from warehouse.options import LoadOptions
from warehouse.quality import QualityReport, Reason, TableQuality
from warehouse.recognise import Recognised, recognise
from warehouse.responses import build_responses
from warehouse.roles import NO_SCORE
from warehouse.staging import cohort_table, count_rows, reasons_of, select_list
from warehouse.tables import Loaded, assign, load_profiles

WORKING_COLUMNS = frozenset(["_file", "_content", "_tool", "_score_text", "_reason", "rowid"])
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class LoadResult:
    """What a load made."""

    catalog: Catalog
    quality: QualityReport


def load(
    files: Sequence[Path], database: Path, options: LoadOptions | None = None, progress: Progress | None = None
) -> LoadResult:
    """Read `files` into the DuckDB file `database` (which must not exist) and describe what is in it."""
    options = options or LoadOptions()
    say = progress or (lambda _step, _share: None)
    config: dict[str, str | bool | int | float | list[str]] = {"memory_limit": "4GB"}
    with duckdb.connect(":memory:", config=config) as connection:
        connection.execute("SET TimeZone='UTC'")
        connection.execute(f"ATTACH {quoted(str(database))} AS target")
        raws = _read(connection, files, options, say)
        if options.no_score:
            raws, options = _without_score(connection, raws, options)
        options = _in_the_files(options, raws)
        say("recognising columns", 0.5)
        scale = options.scale or Scale()
        tables = assign(
            connection,
            [load_profiles(connection, raw) for raw in raws],
            scale,
            options.chosen({column for raw in raws for column in raw.columns}),
            insist=options.scale is not None,
            survey=options.survey,
            aside=options.set_aside("responses"),
        )
        say("cleaning", 0.6)
        return _build(connection, tables, scale, options, say)


def _read(
    connection: duckdb.DuckDBPyConnection, files: Sequence[Path], options: LoadOptions, say: Progress
) -> list[RawTable]:
    raws: list[RawTable] = []
    columns = list(options.columns) if options.columns else None
    for file in files:
        say(f"reading {file.name}", 0.0)
        raws += read_file(file, connection, sheet=options.sheet, columns=columns, progress=progress_of(file, say))
    if not raws:
        raise UnreadableFileError("The files hold no tables; give at least one survey file with a score column.")
    return [_renamed(connection, raw) for raw in raws]


def _renamed(connection: duckdb.DuckDBPyConnection, raw: RawTable) -> RawTable:
    """Columns that are called like the working columns of a load (`_file` in many a synced table) give way."""
    names = {column: f"{column} (file)" for column in raw.columns if column.lower() in WORKING_COLUMNS}
    if not names or raw.in_place is not None:
        return raw
    view = f"{raw.relation} renamed"
    pairs = ", ".join(f"{identifier(old)} AS {identifier(new)}" for old, new in names.items())
    connection.execute(
        f"CREATE TEMP VIEW {identifier(view)} AS SELECT * RENAME ({pairs}) FROM {identifier(raw.relation)}"
    )
    return dataclasses.replace(
        raw,
        relation=view,
        columns=[names.get(column, column) for column in raw.columns],
        labels={names.get(column, column): label for column, label in raw.labels.items()},
    )


def _without_score(
    connection: duckdb.DuckDBPyConnection, raws: list[RawTable], options: LoadOptions
) -> tuple[list[RawTable], LoadOptions]:
    """The survey file gets a blank score, so that its other numbers can be analysed."""
    if "score" in options.roles:
        raise NpsError(f"Either --score {options.roles['score']} or --no-score, not both.")
    named = [raw for raw in raws if options.survey in (None, raw.file, raw.name)]
    if len(named) != 1:
        raise NpsError("--no-score needs to know the file of the answers; name it with --survey FILE.")
    survey = named[0]
    if survey.in_place is not None:
        raise NpsError(
            f"{survey.file} is too large to be loaded without a score; save it as CSV or add a score column."
        )
    view = f"{survey.relation} without score"
    connection.execute(
        f"CREATE TEMP VIEW {identifier(view)} AS SELECT *, CAST(NULL AS VARCHAR) AS {identifier(NO_SCORE)} "
        f"FROM {identifier(survey.relation)}"
    )
    blank = dataclasses.replace(survey, relation=view, columns=[*survey.columns, NO_SCORE])
    roles = {**options.roles, "score": NO_SCORE}
    return [blank if raw is survey else raw for raw in raws], dataclasses.replace(
        options,
        roles=roles,
        survey=survey.file,
    )


def _in_the_files(options: LoadOptions, raws: Sequence[RawTable]) -> LoadOptions:
    """The options with each column as it is spelled in the files; one that is in none of them is an error."""
    columns = list(dict.fromkeys(column for raw in raws for column in raw.columns))

    def known(name: str) -> str:
        found = next((c for c in columns if c == name), next((c for c in columns if c.lower() == name.lower()), None))
        if found is None:
            raise UnknownNameError("column", name, columns)
        return found

    for name in options.columns or ():
        known(name)
    return dataclasses.replace(
        options,
        roles={role: known(name) for role, name in options.roles.items()},
        dimensions=tuple(map(known, options.dimensions)),
        personal=tuple(map(known, options.personal)),
        ignore=tuple(map(known, options.ignore)),
    )


def progress_of(file: Path, say: Progress) -> Progress:
    """Reading is the first half of a load."""
    return lambda _step, share: say(f"reading {file.name}", share / 2)


def _build(
    connection: duckdb.DuckDBPyConnection, tables: list[Loaded], scale: Scale, options: LoadOptions, say: Progress
) -> LoadResult:
    survey = recognise(tables[0], scale, options)
    responses = build_responses(connection, tables[0], survey, scale, options)
    qualities = [responses.quality]
    cohort_tables: dict[TableName, CohortTable] = {"responses": responses.table}
    for loaded in tables[1:]:
        say(f"cleaning {loaded.raw.file}", 0.75)
        table, quality = _build_other(connection, loaded, recognise(loaded, scale, options), options)
        cohort_tables[quality.table] = table  # type: ignore[index]
        qualities.append(quality)
    say("joining", 0.85)
    catalog = Catalog(
        name=options.name or Path(tables[0].raw.file).stem, scale=scale, tables=cohort_tables, events=options.events
    )
    notes = write_cohorts(connection, catalog)
    qualities[0].notes.extend(notes)
    describe_catalog(connection, catalog)
    report = QualityReport(
        tables=qualities,
        scored=responses.scored,
        unscored=responses.unscored,
        duplicates_checked=responses.duplicates_checked,
        scale=scale,
    )
    _save_quality(connection, report)
    say("done", 1.0)
    return LoadResult(catalog, report)


def _build_other(
    connection: duckdb.DuckDBPyConnection, loaded: Loaded, found: Recognised, options: LoadOptions
) -> tuple[CohortTable, TableQuality]:
    """customers, orders or events: cleaned columns, rows without a customer and repeated rows dropped."""
    raw, kind = loaded.raw, loaded.kind or "customers"
    source = Source(connection, raw.relation)
    cleaned = {
        column: clean(source, found.profile(column), role, Scale(), options.date_order)
        for column, role in found.roles.items()
    }
    table = cohort_table(raw, found, cleaned)
    selected = select_list(found, cleaned)
    content = ", ".join(identifier(name) for name in found.names.values())
    key = identifier("customer_id")
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS SELECT *, md5(CAST(ROW({content}) AS VARCHAR)) AS _content "
        f"FROM (SELECT _row, {selected} FROM {identifier(raw.relation)})"
    )
    told_apart = kind == "customers" or found.column("order_id") is not None
    repeats = "row_number() OVER (PARTITION BY _content ORDER BY _row) > 1" if told_apart else "FALSE"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE judged AS SELECT *, CASE "
        f"WHEN {key} IS NULL THEN 'no customer id' WHEN {repeats} THEN 'exact duplicate row' END AS _reason FROM staged"
    )
    dropped = [Reason(reason=unread.reason, rows=unread.rows) for unread in raw.unread]
    dropped += reasons_of(connection, "judged")
    kept = "SELECT * EXCLUDE (_row, _content, _reason) FROM judged WHERE _reason IS NULL"
    connection.execute(f"CREATE TABLE target.{kind} AS {kept}")
    if kind == "customers":
        _refuse_repeated_customers(connection, raw.file)
    rows = count_rows(connection, f"target.{kind}")
    quality = TableQuality(
        table=kind,
        file=raw.file,
        read=raw.rows,
        kept=rows,
        dropped=dropped,
        guesses=found.guesses,
        notes=[
            *raw.notes,
            *(note for item in cleaned.values() for note in item.notes),
            *_kept_repeats(connection, kind),
        ],
    )
    return table.model_copy(update={"rows": rows}), quality


def _kept_repeats(connection: duckdb.DuckDBPyConnection, kind: TableName) -> list[str]:
    """Two equal purchases are two, unless an order id says that they are one."""
    distinct = "(SELECT DISTINCT _content FROM judged WHERE _reason IS NULL)"
    rows = count_rows(connection, "judged WHERE _reason IS NULL") - count_rows(connection, distinct)
    if kind != "orders" or not rows:
        return []
    return [f"{rows:,} rows equal an earlier row in every column; they were kept, since no order id says they are one"]


def _refuse_repeated_customers(connection: duckdb.DuckDBPyConnection, file: str) -> None:
    repeated = connection.execute(
        "SELECT customer_id, count(*) FROM target.customers GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT 3"
    ).fetchall()
    if repeated:
        examples = ", ".join(f"{key} ({n} rows)" for key, n in repeated)
        raise MissingDataError(
            f"{file} holds some customers more than once with different values, e.g. {examples}; joining it would "
            "count answers twice. Keep one row a customer."
        )


def _save_quality(connection: duckdb.DuckDBPyConnection, quality: QualityReport) -> None:
    connection.execute("CREATE TABLE target.npsight_quality (report VARCHAR)")
    connection.execute("INSERT INTO target.npsight_quality VALUES (?)", [quality.model_dump_json()])
