"""The survey file on its way into `responses`: scored or not, each row is kept once or dropped for a reason."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from warehouse.catalog import CohortTable, Scale
from warehouse.cleaning import Cleaned, Source, clean
from warehouse.engine import identifier, quoted
from warehouse.errors import MissingDataError
from warehouse.files.table import RawTable
from warehouse.judging import judge
from warehouse.options import LoadOptions
from warehouse.quality import Reason, TableQuality
from warehouse.recognise import Recognised
from warehouse.roles import NO_SCORE
from warehouse.scores import BLANK, read_scores
from warehouse.staging import cohort_table, count_rows, reasons_of, select_list
from warehouse.tables import Loaded, survey_relation

EXCLUDED = "excluded from calculations by the survey tool"
PREVIEW = "survey preview or test"


@dataclass(frozen=True)
class Responses:
    """The responses table with its report."""

    table: CohortTable
    quality: TableQuality
    scored: int
    unscored: list[Reason]
    duplicates_checked: bool


def class_sql(scale: Scale) -> str:
    """The class of a score; the file's own class column is never trusted."""
    return (
        f"CASE WHEN score >= {scale.promoter_from} THEN 'promoter' WHEN score <= {scale.detractor_to} "
        "THEN 'detractor' WHEN score IS NOT NULL THEN 'passive' END"
    )


def build_responses(
    connection: duckdb.DuckDBPyConnection, loaded: Loaded, found: Recognised, scale: Scale, options: LoadOptions
) -> Responses:
    """Write `target.responses` (or, for a large Parquet file, describe the view over it)."""
    raw = loaded.raw
    relation = survey_relation(connection, loaded)
    in_place = raw.in_place is not None and not loaded.appended
    source = Source(connection, relation, in_place=in_place)
    cleaned = {
        column: clean(source, found.profile(column), role, scale, options.date_order)
        for column, role in found.roles.items()
    }
    table = cohort_table(raw, found, cleaned)
    notes = [*raw.notes, *(note for item in cleaned.values() for note in item.notes)]
    notes += _class_note(connection, relation, found, cleaned, scale)
    if in_place:
        return _in_place(connection, loaded, found, cleaned, scale, table, notes)
    _stage(connection, relation, found, cleaned)
    judge(connection, found.keys, set(found.roles.values()))
    columns = ", ".join(_final_columns(found))
    connection.execute(
        f"CREATE TABLE target.responses AS SELECT {columns}, {class_sql(scale)} AS nps_class "
        "FROM judged WHERE _reason IS NULL ORDER BY _file, _row"
    )
    connection.execute(
        "CREATE TABLE target.dropped AS SELECT _file AS file, _row AS row, _reason AS reason FROM judged "
        "WHERE _reason IS NOT NULL ORDER BY 1, 2"
    )
    dropped = [Reason(reason=u.reason, rows=u.rows, examples=[f"line {n}" for n in u.examples]) for u in raw.unread]
    dropped += [
        Reason(reason=u.reason, rows=u.rows, examples=[f"{more.file} line {n}" for n in u.examples])
        for more in loaded.appended
        for u in more.unread
    ]
    dropped += reasons_of(connection, "judged")
    kept = count_rows(connection, "target.responses")
    scored = count_rows(connection, "target.responses WHERE score IS NOT NULL")
    _refuse_no_scores(scored, raw, found)
    quality = TableQuality(
        table="responses",
        file=", ".join([raw.file, *(more.file for more in loaded.appended)]),
        read=raw.rows + sum(more.rows for more in loaded.appended),
        kept=kept,
        dropped=dropped,
        guesses=found.guesses,
        notes=[*notes, *_kept_repeats(connection, found)],
    )
    unscored = _unscored_kept(connection, scale)
    return Responses(table.model_copy(update={"rows": kept}), quality, scored, unscored, True)


def _final_columns(found: Recognised) -> list[str]:
    """The fixed columns first, present or not, then the file's own."""
    fixed = {
        "response_id": "coalesce(response_id, 'row ' || _row)",
        "customer_id": "customer_id",
        "responded_at": "responded_at",
        "score": "score",
        "comment": "comment",
    }
    empty = {"response_id": "'row ' || _row", "responded_at": "CAST(NULL AS TIMESTAMP)"}
    present = set(found.roles.values())
    first = [
        f"{sql if name in present else empty.get(name, 'CAST(NULL AS VARCHAR)')} AS {name}"
        for name, sql in fixed.items()
    ]
    rest = [identifier(name) for name in found.names.values() if name not in fixed]
    return [*first, *rest]


def _stage(
    connection: duckdb.DuckDBPyConnection, relation: str, found: Recognised, cleaned: dict[str, Cleaned]
) -> None:
    content = ", ".join(identifier(column) for column in found.roles)
    score = identifier(found.column("score") or "")
    tool = []
    if found.excluded:
        told = f"lower(trim(CAST({identifier(found.excluded)} AS VARCHAR)))"
        tool.append(f"WHEN {told} IN ('true', 't', 'yes', '1') THEN {quoted(EXCLUDED)}")
    if found.status:
        told = f"lower(CAST({identifier(found.status)} AS VARCHAR))"
        tool.append(f"WHEN {told} SIMILAR TO '.*(preview|test|spam).*' THEN {quoted(PREVIEW)}")
    by_tool = f"CASE {' '.join(tool)} END" if tool else "CAST(NULL AS VARCHAR)"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE staged AS SELECT _file, _row, {select_list(found, cleaned)}, "
        f"CAST({score} AS VARCHAR) AS _score_text, md5_number(CAST(ROW({content}) AS VARCHAR)) AS _content, "
        f"{by_tool} AS _tool FROM {identifier(relation)}"
    )


def _unscored_kept(connection: duckdb.DuckDBPyConnection, scale: Scale) -> list[Reason]:
    """Why kept rows have no score: the file's texts, counted among the kept rows only."""
    rows = connection.execute(
        "SELECT coalesce(trim(_score_text), ''), count(*) FROM judged "
        "WHERE _reason IS NULL AND score IS NULL GROUP BY 1"
    ).fetchall()
    readings = read_scores([text for text, _n in rows], scale)
    reasons: dict[str, Reason] = {}
    for text, n in sorted(rows):
        reason = readings[text].reason or BLANK
        item = reasons.setdefault(reason, Reason(reason=reason, rows=0))
        item.rows += n
        if text:
            item.examples = [*item.examples, text][:5]
    return sorted(reasons.values(), key=lambda reason: -reason.rows)


def _kept_repeats(connection: duckdb.DuckDBPyConnection, found: Recognised) -> list[str]:
    if found.keys:
        return []
    rows = count_rows(connection, "judged") - count_rows(connection, "(SELECT DISTINCT _content FROM judged)")
    if not rows:
        return []
    return [f"{rows:,} rows equal an earlier row in every column; they were kept, since no id says whose they are"]


def _refuse_no_scores(scored: int, raw: RawTable, found: Recognised) -> None:
    if scored == 0 and found.column("score") != NO_SCORE:
        raise MissingDataError(
            f"Column {found.column('score')!r} of {raw.file} holds no score that can be used; "
            "name another with --score COLUMN."
        )


def _class_note(
    connection: duckdb.DuckDBPyConnection, relation: str, found: Recognised, cleaned: dict[str, Cleaned], scale: Scale
) -> list[str]:
    """How often the file's own class column disagrees with the score."""
    score = cleaned[found.column("score") or ""].sql
    notes = []
    for column, profile in found.profiles.items():
        if not profile.is_class:
            continue
        own = f"substr(lower(trim(CAST({identifier(column)} AS VARCHAR))), 1, 3)"
        mine = f"substr({class_sql(scale)}, 1, 3)"
        sql = (
            f"SELECT count(*) FROM (SELECT {score} AS score, replace({own}, 'neu', 'pas') AS own "
            f"FROM {identifier(relation)}) WHERE own <> {mine}"
        )
        row = connection.execute(sql).fetchone()
        wrong = int(row[0]) if row else 0
        if wrong:
            notes.append(f"{column}: {wrong:,} labels disagree with the score; classes are computed from the score")
    return notes


def _in_place(
    connection: duckdb.DuckDBPyConnection,
    loaded: Loaded,
    found: Recognised,
    cleaned: dict[str, Cleaned],
    scale: Scale,
    table: CohortTable,
    notes: list[str],
) -> Responses:
    """A large Parquet file stays where it is; the catalog holds the view that reads and cleans it."""
    raw = loaded.raw
    numbered = "'row ' || _row"
    own = [_in_place_column(item.sql, found.names[column], numbered) for column, item in cleaned.items()]
    present = set(found.roles.values())
    if "response_id" not in present:
        own.append(f"{numbered} AS response_id")
    inner = f"SELECT {', '.join(own)} FROM ({_reader(connection, raw.relation)})"
    missing = [
        f"CAST(NULL AS {kind}) AS {name}"
        for name, kind in (
            ("customer_id", "VARCHAR"),
            ("responded_at", "TIMESTAMP"),
            ("comment", "VARCHAR"),
        )
        if name not in present
    ]
    select = f"SELECT *, {', '.join([*missing, class_sql(scale)])} AS nps_class FROM ({inner})"
    connection.execute(f"CREATE OR REPLACE TEMP VIEW responses_in_place AS {select}")
    scored = count_rows(connection, "responses_in_place WHERE score IS NOT NULL")
    _refuse_no_scores(scored, raw, found)
    notes = [*notes, "read in place: the file is not copied, and exact duplicates were not looked for"]
    quality = TableQuality(
        table="responses", file=raw.file, read=raw.rows, kept=raw.rows, guesses=found.guesses, notes=notes
    )
    described = table.model_copy(update={"path": str(raw.in_place), "select": select})
    return Responses(described, quality, scored, cleaned[found.column("score") or ""].unread, False)


def _in_place_column(sql: str, name: str, numbered: str) -> str:
    if name == "response_id":
        sql = f"coalesce(CAST({sql} AS VARCHAR), {numbered})"
    return f"{sql} AS {identifier(name)}"


def _reader(connection: duckdb.DuckDBPyConnection, relation: str) -> str:
    """The SELECT behind the view that the reader of the file has made, with its types, names and row numbers."""
    row = connection.execute("SELECT sql FROM duckdb_views() WHERE view_name = ?", [relation]).fetchone()
    _create, _as, select = str(row[0] if row else "").partition(" AS ")
    return select.rstrip().rstrip(";")
