"""The rows of a delimited text, read strictly; a row with broken quotes is mended by itself or given up by itself.

`csv.reader` alone would let one quote that never closes swallow the rows after it, and would change text such
as `"Great" she said` without a word.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Fate = Literal["read", "mended", "lost"]
Row = tuple[int, list[str], Fate]
"""Number of the row's first line, its fields, and how they were found."""

_LONGEST_RECORD = 10_000  # lines; a quoted comment may have line breaks, but not this many
_LONGEST_AFTER_TROUBLE = 50
_LONGEST_MENDED = 50


@dataclass(frozen=True)
class Dialect:
    """How fields are told apart."""

    delimiter: str
    """One character, or nothing for any run of blanks."""
    quote: str = '"'
    escapes: bool = False
    """A backslash takes the meaning from a quote or delimiter."""
    padded: bool = False
    """Blanks stand before the quotes: `1, "yes", 9`."""
    skip: int = 0
    """Lines before the table, such as Excel's `sep=;`."""


class _Source:
    """Lines with a memory of the current record, so that a broken one can be given back."""

    def __init__(self, lines: Iterator[str], first: int) -> None:
        self.lines, self.line = lines, first
        self.held: list[str] = []
        self.waiting: deque[str] = deque()
        self.limit = _LONGEST_RECORD
        self._broken = 0

    def __iter__(self) -> _Source:
        return self

    def __next__(self) -> str:
        line = self.waiting.popleft() if self.waiting else next(self.lines)
        self.held.append(line)
        if len(self.held) > self.limit:
            raise csv.Error("a quote that does not close")
        return line

    def release(self) -> None:
        """The held lines have become a row."""
        self.line += len(self.held)
        self.held.clear()

    def peek(self, position: int) -> str | None:
        """The line at `position` of the record, pulled from the file if need be."""
        while len(self.held) <= position:
            line = self.waiting.popleft() if self.waiting else next(self.lines, None)
            if line is None:
                return None
            self.held.append(line)
        return self.held[position]

    def use(self, lines: int) -> None:
        """The first `lines` held lines were a broken record; the others are read again."""
        self.waiting.extendleft(reversed(self.held[lines:]))
        del self.held[lines:]
        self.release()
        self._broken += 1
        if self._broken > 20:  # else each broken row would be searched far and wide
            self.limit = _LONGEST_AFTER_TROUBLE


def rows_of(lines: Iterator[str], dialect: Dialect, width: int | None = None) -> Iterator[Row]:
    """All rows but blank lines; `width` is the header's number of fields, once it is known."""
    for _ in range(dialect.skip):
        next(lines, None)
    if not dialect.delimiter:
        numbered = enumerate(lines, 1 + dialect.skip)
        yield from ((number, fields, "read") for number, line in numbered if (fields := line.split()))
        return
    source = _Source(_escaped(lines, dialect) if dialect.escapes else lines, 1 + dialect.skip)
    while True:
        reader = csv.reader(
            source,
            delimiter=dialect.delimiter,
            quotechar=dialect.quote,
            escapechar="\\" if dialect.escapes else None,
            skipinitialspace=dialect.padded,
            strict=True,
        )
        try:
            for fields in reader:
                if fields:
                    yield source.line, fields, "read"
                source.release()
        except csv.Error:
            yield _mended(source, dialect, width)
        else:
            return


def _escaped(lines: Iterator[str], dialect: Dialect) -> Iterator[str]:
    """Only quote, delimiter, line break and backslash are escaped; `C:\\new` keeps its backslash."""
    pattern = re.compile(rf"\\(?:\\|{dialect.quote}|{re.escape(dialect.delimiter)}|[\r\n])|\\")
    for line in lines:
        yield pattern.sub(lambda found: found[0] if len(found[0]) > 1 else "\\\\", line) if "\\" in line else line


def _mended(source: _Source, dialect: Dialect, width: int | None) -> Row:
    """The broken record at the head of `source`: as one line, as several, or not at all."""
    line, text = source.line, source.held[0]
    fields, clean = lenient_fields(text, dialect)
    if len(fields) == width or (clean and (width is None or len(fields) > width)):
        source.use(1)
        return line, fields, "mended"
    if width is not None:
        joined = _mended_over_lines(source, dialect, width)
        if joined:
            return line, joined, "mended"
    source.use(1)
    return line, fields, "mended" if clean else "lost"


def _mended_over_lines(source: _Source, dialect: Dialect, width: int) -> list[str] | None:
    text = source.held[0]
    for position in range(1, _LONGEST_MENDED):
        following = source.peek(position)
        if following is None or len(lenient_fields(following, dialect)[0]) == width:  # that is a row of its own
            return None
        text += following
        fields, clean = lenient_fields(text, dialect)
        if clean and len(fields) == width:
            source.use(position + 1)
            return fields
    return None


def lenient_fields(text: str, dialect: Dialect) -> tuple[list[str], bool]:
    """Fields where a quote closes only before a delimiter or the end, and whether every opened quote did."""
    text = text.rstrip("\r\n")
    fields: list[str] = []
    at, clean = 0, True
    while True:
        while dialect.padded and text[at : at + 1] == " ":
            at += 1
        if text.startswith(dialect.quote, at):
            end = _closing_quote(text, at + 1, dialect)
            if end >= 0:
                inner = text[at + 1 : end].replace(dialect.quote * 2, dialect.quote)
                fields.append(inner.replace("\\" + dialect.quote, dialect.quote))
                at = end + 2
                if end + 1 == len(text):
                    return fields, clean
                continue
            clean = False
        end = text.find(dialect.delimiter, at)
        if end < 0:
            return [*fields, text[at:]], clean
        fields.append(text[at:end])
        at = end + 1


def _closing_quote(text: str, at: int, dialect: Dialect) -> int:
    while (at := text.find(dialect.quote, at)) >= 0:
        following = text[at + 1 : at + 2]
        if text[at - 1] == "\\" and following not in ("", dialect.delimiter):
            at += 1
        elif following == dialect.quote:
            at += 2
        elif following in ("", dialect.delimiter):
            return at
        else:
            at += 1
    return -1
