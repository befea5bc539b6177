"""What a file reader hands on: the table as it stands in the file, and an account of every row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import UnknownNameError, UnreadableFileError

Progress = Callable[[str, float], None]

MAX_COLUMNS = 1_000


@dataclass(frozen=True)
class Unread:
    """Rows of the file that could not be read."""

    reason: str
    """In plain words: "more fields than the header"."""
    rows: int
    examples: list[int]
    """Line numbers, at most five."""


@dataclass(frozen=True)
class RawTable:
    """One table of a file, copied into DuckDB (or, for a large Parquet file, viewed in place)."""

    name: str
    """The file's stem, or the name of the sheet or table."""
    file: str
    """Base name of the file."""
    kind: str
    """csv, xlsx, parquet, json, duckdb or sqlite."""
    columns: list[str]
    """Header names: trimmed, not empty, unique without regard to case."""
    relation: str
    """Table or view in DuckDB: "_row" (number of the data row in the file), then `columns`."""
    rows: int
    """Data rows that arrived, unread ones included, header rows excluded."""
    unread: list[Unread]
    tool: str | None
    """The survey tool whose export this is."""
    labels: dict[str, str]
    """Column to question text, where the export has it."""
    notes: list[str]
    """What was decided while reading: encoding, delimiter, rows left out."""
    in_place: Path | None = None
    """The Parquet file, when it was not copied."""


class UnreadRows:
    """Counts the rows that could not be read, by reason, and remembers the first few lines of each."""

    def __init__(self) -> None:
        self._lines: dict[str, list[int]] = {}
        self._rows: dict[str, int] = {}

    def add(self, reason: str, line: int) -> None:
        """Count one row that begins on `line`."""
        self._rows[reason] = self._rows.get(reason, 0) + 1
        examples = self._lines.setdefault(reason, [])
        if len(examples) < 5:
            examples.append(line)

    @property
    def rows(self) -> int:
        """All unread rows."""
        return sum(self._rows.values())

    def listed(self) -> list[Unread]:
        """One entry per reason."""
        return [Unread(reason, rows, self._lines[reason]) for reason, rows in self._rows.items()]


def unique_names(names: Iterable[str]) -> list[str]:
    """Column names as DuckDB can hold them: trimmed, on one line, not empty, unique without regard to case."""
    taken = {"_row"}
    found: list[str] = []
    for position, name in enumerate(names, 1):
        base = clean_name(name) or f"column {position}"
        unique, copy = base, 1
        while unique.lower() in taken:
            copy += 1
            unique = f"{base} ({copy})"
        taken.add(unique.lower())
        found.append(unique)
    return found


def clean_name(name: str) -> str:
    """The name without the marks and line breaks that exports leave in headers."""
    return re.sub(r"[\r\n\t]+", " ", name.replace("\0", "")).strip().strip("\ufeff\u200b").strip()


def chosen(columns: Sequence[str], wanted: Sequence[str] | None, file: str) -> list[int]:
    """Positions of the columns to keep; refuses a table that is wider than npsight reads."""
    kept = list(range(len(columns)))
    if wanted is not None:
        names = {name.strip().lower() for name in wanted}
        kept = [index for index, column in enumerate(columns) if column.lower() in names]
        if not kept:
            raise UnknownNameError("column", ", ".join(wanted), columns, f"They were looked for in {file}")
    if len(kept) > MAX_COLUMNS:
        raise UnreadableFileError(
            f"{file} has {len(kept):,} columns and npsight reads at most {MAX_COLUMNS:,}; "
            "name those that are needed with --columns."
        )
    return kept


def missing_note(columns: Sequence[str], wanted: Sequence[str] | None) -> list[str]:
    """A note on wanted columns that this table does not have (another file of the same load may)."""
    present = {column.lower() for column in columns}
    absent = [name for name in wanted or [] if name.strip().lower() not in present]
    return [f"has no column {', '.join(repr(name) for name in absent)}"] if absent else []


def counted(number: int, thing: str, things: str | None = None) -> str:
    """`1 row`, `1,200 rows`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"
