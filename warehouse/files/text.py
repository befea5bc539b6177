"""Delimited text: CSV, TSV and their kin, every value kept as it is written."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import duckdb

from warehouse.errors import UnreadableFileError
from warehouse.files import encoding
from warehouse.files.dialect import describe, sniff
from warehouse.files.encoding import LONGEST_LINE, Encoding
from warehouse.files.exports import status_notes
from warehouse.files.header import HEADER_ROWS_SEEN, Header, read_header
from warehouse.files.loading import (
    Loader,
    count_rows,
    drop_empty_columns,
    drop_empty_rows,
    exact_path,
    literal,
    new_relation,
    quoted,
)
from warehouse.files.rows import Dialect, Fate, rows_of
from warehouse.files.shape import count_regular_records
from warehouse.files.table import Progress, RawTable, UnreadRows, chosen, counted, missing_note

LARGE = 1_000_000
"""Bytes from which on DuckDB's own reader pays."""
_SAMPLE = 1 << 16


@dataclass
class _Plan:
    """What the first rows have told."""

    path: Path
    encoding: Encoding
    dialect: Dialect
    header: Header
    first_line: int
    """Line of the first data row."""
    kept: list[int]
    nulls: bool
    """MySQL's \\N stands for an empty field."""
    unread: UnreadRows = field(default_factory=UnreadRows)
    short: int = 0
    mended: int = 0

    @property
    def columns(self) -> list[str]:
        return [self.header.columns[index] for index in self.kept]


def read_text(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    *,
    columns: Sequence[str] | None = None,
    progress: Progress | None = None,
    large: int = LARGE,
) -> RawTable:
    """Read one delimited text file into a table of VARCHAR columns."""
    limit = csv.field_size_limit(LONGEST_LINE * 2)
    try:
        plan = _plan(path, columns)
        with new_relation(connection) as relation:
            if path.stat().st_size < large or not _read_regular(plan, connection, relation):
                _read_with_care(plan, connection, relation, progress)
            return _finish(plan, connection, relation, columns)
    finally:
        csv.field_size_limit(limit)


def _plan(path: Path, columns: Sequence[str] | None) -> _Plan:
    script = encoding.recognise(path)
    with script.open(path) as file:
        sample = file.read(_SAMPLE)
    complete = len(sample) < _SAMPLE
    sample = sample.replace("\0", "")
    dialect = sniff(sample, complete=complete)
    with script.open(path) as file:
        first = list(islice(rows_of(script.lines(file), dialect), HEADER_ROWS_SEEN + 1))
    if not first:
        raise UnreadableFileError(f"{path.name} is empty; export it again or give another file.")
    header = read_header([fields for _line, fields, _fate in first[:HEADER_ROWS_SEEN]], path.name)
    if len(first) <= header.rows:
        raise UnreadableFileError(f"{path.name} has a header but no rows; export it again with its data.")
    return _Plan(
        path,
        script,
        dialect,
        header,
        first_line=first[header.rows][0],
        kept=chosen(header.columns, columns, path.name),
        nulls=bool(re.search(r"(?m)(?:^|[,;\t|])\\N(?:$|[,;\t|\r])", sample)),
    )


def _read_regular(plan: _Plan, connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    """Let DuckDB read the file, if there is one way to read it; false when it has to be read with care."""
    dialect, width = plan.dialect, len(plan.header.columns)
    if not plan.encoding.is_plain or not dialect.delimiter or dialect != Dialect(dialect.delimiter):
        return False
    if not connection.execute("SELECT current_setting('preserve_insertion_order')").fetchall()[0][0]:
        return False
    records = count_regular_records(plan.path, dialect.delimiter, width)
    if records is None:
        return False
    types = ", ".join(f"'c{index}': 'VARCHAR'" for index in range(width))
    kept = ", ".join(f"c{index} AS {quoted(plan.header.columns[index])}" for index in plan.kept)
    reader = (
        f"read_csv({exact_path(str(plan.path.resolve()))}, auto_detect=false, header=false, "
        f"delim={literal(dialect.delimiter)}, quote='\"', escape='\"', columns={{{types}}}, nullstr='', "
        "strict_mode=true, null_padding=false, hive_partitioning=false, compression='none', max_line_size=2000000)"
    )
    try:
        connection.execute(
            f'CREATE TABLE {quoted(relation)} AS SELECT "_npsight_row" - {plan.header.rows} AS "_row", {kept} '
            f'FROM (SELECT row_number() OVER () AS "_npsight_row", * FROM {reader}) '
            f'WHERE "_npsight_row" > {plan.header.rows}'
        )
    except (duckdb.InvalidInputException, duckdb.ConversionException):
        return False
    if count_rows(connection, relation) == records - plan.header.rows:
        return True
    connection.execute(f"DROP TABLE {quoted(relation)}")
    return False


def _read_with_care(
    plan: _Plan, connection: duckdb.DuckDBPyConnection, relation: str, progress: Progress | None
) -> None:
    loader = Loader(connection, relation, plan.columns)
    size = max(1, plan.path.stat().st_size)
    with plan.encoding.open(plan.path) as file:
        for number, fields in _data_rows(plan, plan.encoding.lines(file)):
            if loader.add(number, fields) and progress:
                progress(plan.path.name, min(1.0, file.buffer.tell() / size))
    loader.flush()


def _data_rows(plan: _Plan, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
    """The kept fields of every readable data row, with the row's number."""
    width = len(plan.header.columns)
    kept = None if len(plan.kept) == width else plan.kept
    number = 0
    for line, fields, fate in rows_of(lines, plan.dialect, width):
        if line < plan.first_line or (len(fields) == 1 < width and not fields[0].strip(" \t\x1a")):
            continue
        number += 1
        fitted: list[str] | None = fields
        if len(fields) != width or fate != "read":
            fitted = _fitted(plan, line, fields, fate, width)
        if fitted is not None:
            yield number, fitted if kept is None else [fitted[index] for index in kept]


def _fitted(plan: _Plan, line: int, fields: list[str], fate: Fate, width: int) -> list[str] | None:
    """A row of the header's width, or None when it counts as unread."""
    if fate == "lost":
        plan.unread.add("a quote that does not close", line)
        return None
    if len(fields) > width and any(cell.strip() for cell in fields[width:]):
        plan.unread.add("more fields than the header", line)
        return None
    plan.mended += fate == "mended"
    plan.short += len(fields) < width
    return fields[:width] + [""] * (width - len(fields))


def _finish(
    plan: _Plan, connection: duckdb.DuckDBPyConnection, relation: str, wanted: Sequence[str] | None
) -> RawTable:
    columns = plan.columns
    if plan.nulls:
        _empty_markers(connection, relation, columns)
    empty_rows = drop_empty_rows(connection, relation, columns)
    dropped = drop_empty_columns(connection, relation, [c for c in columns if c in plan.header.unnamed])
    columns = [column for column in columns if column not in dropped]
    rows = count_rows(connection, relation)
    if not rows:
        raise UnreadableFileError(_nothing_read(plan, empty_rows))
    return RawTable(
        name=plan.path.stem,
        file=plan.path.name,
        kind="csv",
        columns=columns,
        relation=relation,
        rows=rows + plan.unread.rows,
        unread=plan.unread.listed(),
        tool=plan.header.tool,
        labels={column: label for column, label in plan.header.labels.items() if column in columns},
        notes=[
            *plan.encoding.notes,
            *describe(plan.dialect),
            *plan.header.notes,
            *_row_notes(plan, empty_rows),
            *missing_note(plan.header.columns, wanted),
            *status_notes(connection, relation, plan.header.tool, columns),
        ],
    )


def _empty_markers(connection: duckdb.DuckDBPyConnection, relation: str, columns: Sequence[str]) -> None:
    for column in columns:
        name = quoted(column)
        connection.execute(f"UPDATE {quoted(relation)} SET {name} = NULL WHERE {name} = '\\N'")


def _nothing_read(plan: _Plan, empty_rows: int) -> str:
    unread = plan.unread.listed()
    if not unread:
        return f"{plan.path.name} has a header but no rows; export it again with its data."
    lines = ", ".join(str(line) for line in unread[0].examples)
    return (
        f"{plan.path.name} has {counted(len(plan.header.columns), 'column')} in its header and none of its "
        f"{counted(plan.unread.rows + empty_rows, 'row')} fits it ({unread[0].reason}, e.g. line {lines}); "
        "mend the header or the delimiter."
    )


def _row_notes(plan: _Plan, empty_rows: int) -> list[str]:
    notes: list[str] = []
    if plan.nulls:
        notes.append("\\N read as empty")
    if plan.short:
        notes.append(f"{counted(plan.short, 'row')} with fewer fields than the header, filled up with empty ones")
    if plan.mended:
        notes.append(f"{counted(plan.mended, 'row')} with quotes inside a field, read as written")
    if empty_rows:
        notes.append(f"{counted(empty_rows, 'empty row')} left out")
    return notes
