"""JSON: an array of objects, one object a line, or an object with lists of objects inside; flattened one level."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from warehouse.errors import UnreadableFileError
from warehouse.files import encoding
from warehouse.files.encoding import Encoding
from warehouse.files.exports import recognise, status_notes
from warehouse.files.loading import Loader, count_rows, new_relation, quoted
from warehouse.files.table import Progress, RawTable, UnreadRows, chosen, missing_note, unique_names

_READ = 1 << 20
_MOST_BAD_LINES = 0.01
_BIGINT = 2**63
_NO_OBJECTS = ' holds no objects; a JSON table is a list of objects such as {"score": 9}.'
Record = tuple[int, Any]
"""Line (or position in the list) and value."""


class _BadJsonError(Exception):
    def __init__(self, line: int, reason: str) -> None:
        self.line, self.reason = line, reason
        super().__init__(reason)


@dataclass
class _Table:
    """Records that can be gone through more than once, and what a first look at them told."""

    name: str
    records: Callable[[], Iterator[Record]]
    kinds: dict[str, set[str]] = field(default_factory=dict)
    unread: UnreadRows = field(default_factory=UnreadRows)
    nested: bool = False


def read_json(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    *,
    columns: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> list[RawTable]:
    """Read one JSON file; every list of objects in it becomes a table."""
    script = encoding.recognise(path, longest_line=None)
    try:
        tables = _tables(path, script)
        read = [_read(path, connection, table, script.notes, columns) for table in tables]
    except _BadJsonError as error:
        raise UnreadableFileError(
            f"{path.name} is not valid JSON: line {error.line:,} ({error.reason}); mend that line or export it again."
        ) from None
    except RecursionError:
        raise UnreadableFileError(f"{path.name} is nested too deeply to be a table; export it as CSV.") from None
    if progress:
        progress(path.name, 1.0)
    return read


def _tables(path: Path, script: Encoding) -> list[_Table]:
    with script.open(path) as file:
        start = file.read(_READ).lstrip("\ufeff \t\r\n")
        first_line, _, more = start.partition("\n")
    if start.startswith("["):
        return [_Table(path.stem, lambda: _elements(path, script))]
    try:
        first = json.loads(first_line)
    except ValueError:
        first = None
    if isinstance(first, dict) and more.strip():
        return [_Table(path.stem, lambda: _lines(path, script))]
    return _lists_inside(path, _document(path, script))


def _document(path: Path, script: Encoding) -> Any:
    with script.open(path) as file:
        text = file.read().replace("\0", "")
    try:
        return _decoder().decode(text)
    except json.JSONDecodeError as error:
        raise _BadJsonError(error.lineno, error.msg) from None
    except ValueError as error:
        raise _BadJsonError(1, str(error)) from None


def _lists_inside(path: Path, document: Any, depth: int = 0) -> list[_Table]:
    if not isinstance(document, dict):
        raise UnreadableFileError(path.name + _NO_OBJECTS)
    lists = {
        key: value
        for key, value in document.items()
        if isinstance(value, list) and value and all(isinstance(item, dict) for item in value)
    }
    if len(lists) == 1:
        return [_Table(path.stem, _numbered(next(iter(lists.values()))))]
    if lists:
        return [_Table(key, _numbered(value)) for key, value in lists.items()]
    inner = [value for value in document.values() if isinstance(value, dict)]
    if len(inner) == 1 and depth < 3 and any(isinstance(value, (list, dict)) for value in inner[0].values()):
        return _lists_inside(path, inner[0], depth + 1)
    if any(value == [] for value in document.values()):
        raise UnreadableFileError(f"{path.name} holds an empty list and no rows; export it again with its data.")
    return [_Table(path.stem, _numbered([document]))]


def _numbered(items: list[Any]) -> Callable[[], Iterator[Record]]:
    return lambda: iter(enumerate(items, 1))


def _decoder() -> json.JSONDecoder:
    return json.JSONDecoder(parse_constant=lambda _name: None)


def _lines(path: Path, script: Encoding) -> Iterator[Record]:
    """One value a line; a line that is none is a `_BadJsonError` in its place."""
    decoder = _decoder()
    with script.open(path) as file:
        for number, line in enumerate(script.lines(file), 1):
            if not (text := line.strip("\ufeff \t\r\n")):
                continue
            try:
                yield number, decoder.decode(text)
            except json.JSONDecodeError as error:
                yield number, _BadJsonError(number, error.msg)
            except ValueError as error:
                yield number, _BadJsonError(number, str(error))


def _elements(path: Path, script: Encoding) -> Iterator[Record]:
    """The elements of an array, without holding the whole file."""
    decoder = _decoder()
    with script.open(path) as file:
        buffer = file.read(_READ)
        at = buffer.index("[") + 1
        line, ended = 1 + buffer.count("\n", 0, at), False
        while True:
            start = _skip(buffer, at)
            if start < len(buffer) and buffer[start] == "]":
                return
            line += buffer.count("\n", at, start)
            try:
                value, end = decoder.raw_decode(buffer, start)
                if end >= len(buffer) and not ended:
                    raise json.JSONDecodeError("the element may go on", buffer, end)
            except ValueError as error:
                more = "" if ended else file.read(max(_READ, len(buffer) - start))
                if not more:
                    if ended:
                        raise _broken(error, buffer, start, line) from None
                    ended = True
                buffer, at = buffer[start:] + more, 0
                continue
            yield line, value
            line += buffer.count("\n", start, end)
            at = end


def _skip(buffer: str, at: int) -> int:
    while at < len(buffer) and buffer[at] in " \t\r\n,":
        at += 1
    return at


def _broken(error: ValueError, buffer: str, start: int, line: int) -> _BadJsonError:
    if isinstance(error, json.JSONDecodeError):
        return _BadJsonError(line + buffer.count("\n", start, error.pos), error.msg)
    return _BadJsonError(line, str(error))


def _read(
    path: Path,
    connection: duckdb.DuckDBPyConnection,
    table: _Table,
    notes: list[str],
    wanted: Sequence[str] | None,
) -> RawTable:
    _look(table, path)
    keys = list(table.kinds)
    names = unique_names(keys)
    kept = chosen(names, wanted, path.name)
    columns = [names[index] for index in kept]
    with new_relation(connection) as relation:
        loader = Loader(connection, relation, columns)
        for number, (_line, value) in enumerate(table.records(), 1):
            if isinstance(value, dict):
                cells = {key: _text(cell) for key, cell in _flat(value)}
                loader.add(number, [cells.get(keys[index]) for index in kept])
        loader.flush()
        for index in kept:
            _give_type(connection, relation, names[index], table.kinds[keys[index]])
        export = recognise([names])
        tool = export.tool if export else None
        return RawTable(
            name=table.name,
            file=path.name,
            kind="json",
            columns=columns,
            relation=relation,
            rows=count_rows(connection, relation) + table.unread.rows,
            unread=table.unread.listed(),
            tool=tool,
            labels={},
            notes=[
                *notes,
                *(["nested values read as JSON text"] if table.nested else []),
                *missing_note(names, wanted),
                *status_notes(connection, relation, tool, columns),
            ],
        )


def _look(table: _Table, path: Path) -> None:
    """Learn columns and their kinds of value, and refuse what is mostly no table."""
    rows = 0
    bad: _BadJsonError | None = None
    for line, value in table.records():
        rows += 1
        if isinstance(value, _BadJsonError):
            bad = bad or value
            table.unread.add("not valid JSON", line)
        elif isinstance(value, dict):
            for key, cell in _flat(value):
                kind = _kind(cell)
                table.kinds.setdefault(key, set()).update([kind] if kind else [])
                table.nested = table.nested or kind == "nested"
        else:
            table.unread.add("not an object", line)
    if bad is not None and table.unread.rows > _MOST_BAD_LINES * rows:
        raise bad
    if not rows:
        raise UnreadableFileError(f"{path.name} holds an empty list and no rows; export it again with its data.")
    if not table.kinds:
        raise UnreadableFileError(path.name + _NO_OBJECTS)


def _flat(record: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from ((f"{key}.{inner}", cell) for inner, cell in value.items())
        else:
            yield key, value


def _kind(cell: Any) -> str:
    if cell is None or cell == "":
        return ""
    if isinstance(cell, bool):
        return "boolean"
    if isinstance(cell, int):
        return "integer" if -_BIGINT <= cell < _BIGINT else "huge"
    if isinstance(cell, float):
        return "number"
    return "text" if isinstance(cell, str) else "nested"


def _text(cell: Any) -> str | None:
    if cell is None or isinstance(cell, str):
        return cell.replace("\0", "").encode("utf-8", "replace").decode() if cell else None
    return json.dumps(cell, ensure_ascii=False)


def _give_type(connection: duckdb.DuckDBPyConnection, relation: str, column: str, kinds: set[str]) -> None:
    """Numbers and truth values get their type, where all values of the column agree and none loses a digit."""
    types = {
        frozenset({"integer"}): "BIGINT",
        frozenset({"number"}): "DOUBLE",
        frozenset({"integer", "number"}): "DOUBLE",
        frozenset({"boolean"}): "BOOLEAN",
    }
    kind = types.get(frozenset(kinds))
    if kind is None:
        return
    name = quoted(column)
    if kind == "DOUBLE" and "integer" in kinds:
        beyond = f"SELECT count(*) FROM {quoted(relation)} WHERE abs(TRY_CAST({name} AS HUGEINT)) > {2**53}"
        if connection.execute(beyond).fetchall()[0][0]:
            return
    connection.execute(f"ALTER TABLE {quoted(relation)} ALTER COLUMN {name} TYPE {kind}")
