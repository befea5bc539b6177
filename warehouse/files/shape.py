"""A look at every byte of a CSV file: whether it is regular enough that DuckDB's reader must agree with ours.

DuckDB reads a large file several times faster. It may do so only where the file follows RFC 4180 to the letter,
so that there is one way to read it; the number of rows is counted here, apart from DuckDB, and compared.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

_CHUNK = 8 << 20
_LONGEST_RECORD = 1_000_000
_QUOTE, _LF, _CR = ord('"'), ord("\n"), ord("\r")
Bytes = npt.NDArray[np.uint8]
Positions = npt.NDArray[np.int64]


class IrregularError(Exception):
    """The file has to be read with care."""


def count_regular_records(path: Path, delimiter: str, width: int) -> int | None:
    """Records of a strictly regular file of `width` fields in every record, header included; None for any other."""
    shape = _Shape(ord(delimiter), width)
    try:
        with path.open("rb") as file:
            if file.read(3) != b"\xef\xbb\xbf":
                file.seek(0)
            rest = b""
            while chunk := file.read(_CHUNK):
                whole, newline, tail = (rest + chunk).rpartition(b"\n")
                shape.take(whole + newline)
                rest = tail
            if rest:
                shape.take(rest + (b"\r\n" if shape.crlf else b"\n"))
    except IrregularError:
        return None
    return None if shape.inside else shape.records


class _Shape:
    """Follows quotes and counts fields, a run of whole lines at a time."""

    def __init__(self, delimiter: int, width: int) -> None:
        self.delimiter, self.width = delimiter, width
        self.records = 0
        self.inside = False
        """Whether the next byte stands in quotes."""
        self._fields = 0
        """Delimiters seen in a record that goes on."""
        self._length = 0
        self.crlf: bool | None = None

    def take(self, lines: bytes) -> None:
        """Lines, the last one with its line end."""
        if not lines:
            return
        data = np.frombuffer(lines, dtype=np.uint8)
        quotes = np.flatnonzero(data == _QUOTE)
        self._check_quotes(data, quotes)
        ends = self._outside(np.flatnonzero(data == _LF), quotes)
        self._check_line_ends(data, quotes, ends)
        delimiters = self._outside(np.flatnonzero(data == self.delimiter), quotes)
        self._count(data, ends, delimiters)
        self.inside = bool((int(self.inside) + len(quotes)) % 2)

    def _outside(self, positions: Positions, quotes: Positions) -> Positions:
        if not len(quotes):
            return positions[:0] if self.inside else positions
        outside: Positions = positions[(np.searchsorted(quotes, positions) + int(self.inside)) % 2 == 0]
        return outside

    def _check_quotes(self, data: Bytes, quotes: Positions) -> None:
        """A quote opens only at a field's start and closes only at its end; two in a row stand for one."""
        first = int(self.inside)
        opening, closing = quotes[first::2], quotes[1 - first :: 2]
        before = np.where(opening > 0, data[opening - 1], _LF)
        after = data[np.minimum(closing + 1, len(data) - 1)]
        opened = (before == self.delimiter) | (before == _LF) | (before == _QUOTE)
        closed = (after == self.delimiter) | (after == _LF) | (after == _CR) | (after == _QUOTE)
        if not (opened.all() and closed.all()):
            raise IrregularError

    def _check_line_ends(self, data: Bytes, quotes: Positions, ends: Positions) -> None:
        """All records end alike, and no carriage return stands alone outside quotes."""
        returns = self._outside(np.flatnonzero(data == _CR), quotes)
        if len(returns) not in (0, len(ends)) or not (data[returns + 1] == _LF).all():
            raise IrregularError
        if len(ends):
            crlf = len(returns) > 0
            if self.crlf is not None and self.crlf != crlf:
                raise IrregularError
            self.crlf = crlf

    def _count(self, data: Bytes, ends: Positions, delimiters: Positions) -> None:
        if not len(ends):
            self._fields += len(delimiters)
            self._length += len(data)
            self._check_length(self._length)
            return
        lengths = np.diff(ends, prepend=-1)
        lengths[0] += self._length
        self._check_length(int(lengths.max()))
        upto = np.searchsorted(delimiters, ends)
        fields = np.diff(upto, prepend=0) + 1
        fields[0] += self._fields
        blank = lengths == (2 if self.crlf else 1)
        if not (fields[~blank] == self.width).all() or (self.width == 1 and blank.any()):
            raise IrregularError
        self.records += int((~blank).sum())
        self._fields = len(delimiters) - int(upto[-1])
        self._length = len(data) - int(ends[-1]) - 1

    def _check_length(self, length: int) -> None:
        if length > _LONGEST_RECORD:
            raise IrregularError
