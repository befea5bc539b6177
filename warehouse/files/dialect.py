"""Which delimiter and quotes a text uses, judged by how evenly each choice cuts the first rows."""

from __future__ import annotations

import dataclasses
import io
import re
from collections import Counter
from collections.abc import Iterator

from warehouse.files.header import title_rows
from warehouse.files.rows import Dialect, rows_of

DELIMITERS = ",;\t|^~"
_NO_DELIMITER = "\x1f"  # a single column still needs its quotes read
_NAMES = {"\t": "tab", "": "blanks"}


def sniff(text: str, *, complete: bool) -> Dialect:
    """The dialect of a sample that begins at the file's start; `complete` when it is the whole file."""
    told = re.match(r"sep=(.)\r?\n", text)
    if told:
        return _with_quotes(Dialect(told[1], skip=1), text, complete)
    candidates = [
        variant
        for delimiter in DELIMITERS
        if delimiter in text
        for variant in _variants(Dialect(delimiter, _quote_of(text, delimiter)), text)
    ]
    judged = [(_evenness(text, dialect, complete), dialect) for dialect in candidates]
    best = max(judged, key=lambda pair: pair[0], default=None)
    if best is not None and best[0] > (0.4, 0):
        return best[1]
    if _split_by_blanks(text):
        return Dialect("")
    return best[1] if best is not None and best[0] > (0.25, 0) else _with_quotes(Dialect(_NO_DELIMITER), text, complete)


def describe(dialect: Dialect) -> list[str]:
    """What was decided, where it is not the usual."""
    notes: list[str] = []
    if dialect.delimiter not in (",", _NO_DELIMITER):
        name = _NAMES.get(dialect.delimiter)
        notes.append(f"delimiter {name or repr(dialect.delimiter)}")
    if dialect.quote != '"':
        notes.append("text in single quotes")
    if dialect.escapes:
        notes.append("backslashes read as escapes")
    return notes


def _with_quotes(dialect: Dialect, text: str, complete: bool) -> Dialect:
    return max(_variants(dialect, text), key=lambda variant: _evenness(text, variant, complete))


def _variants(dialect: Dialect, text: str) -> list[Dialect]:
    """The ways to read the quotes that the text could mean; the first wins a tie."""
    plain = _with_escapes(dialect, text)
    if re.search(rf"{re.escape(dialect.delimiter)} +{dialect.quote}", text):
        return [*plain, *_with_escapes(dataclasses.replace(dialect, padded=True), text)]
    return plain


def _with_escapes(dialect: Dialect, text: str) -> list[Dialect]:
    marks = (f"\\{dialect.quote}", f"\\{dialect.delimiter}", "\\\n", "\\\r")
    if not any(mark in text for mark in marks):
        return [dialect]
    escaping = dataclasses.replace(dialect, escapes=True)
    return [escaping, dialect] if _has_escaped_quote(dialect, text) else [dialect, escaping]


def _has_escaped_quote(dialect: Dialect, text: str) -> bool:
    """Whether a plain reading leaves a backslash and a quote side by side that a plain writer would have doubled."""
    mark = f"\\{dialect.quote}"
    read = (fields for _line, fields, fate in rows_of(_lines(text), dialect) if fate == "read")
    return sum(cell.count(mark) for fields in read for cell in fields) > text.count(mark + dialect.quote)


def _quote_of(text: str, delimiter: str) -> str:
    """The apostrophe where every field of the first line stands in apostrophes."""
    if '"' in text:
        return '"'
    first = re.split(r"[\r\n]", text, maxsplit=1)[0]
    fields = first.split(delimiter)
    return "'" if all(len(field) > 1 and field[0] == field[-1] == "'" for field in fields) else '"'


def _evenness(text: str, dialect: Dialect, complete: bool) -> tuple[float, int]:
    """Share of rows with the usual number of fields, and that number; halved when the header has another."""
    rows = list(rows_of(_lines(text), dialect))
    if not complete and len(rows) > 1:
        rows.pop()  # the sample may end within it
    widths = [len(fields) if fate == "read" else 0 for _line, fields, fate in rows]
    if not any(widths):
        return 0.0, 0
    usual = Counter(width for width in widths if width).most_common(1)[0][0]
    if usual == 1 and dialect.delimiter != _NO_DELIMITER:
        return 0.0, 1
    fields = [fields for _line, fields, _fate in rows[:60]]
    header = len(fields[min(title_rows(fields), len(fields) - 1)])
    share = widths.count(usual) / len(widths)
    if header == 1 and dialect.delimiter in ",;" and _is_prose(text, dialect.delimiter):
        return 0.0, usual
    return share if header == usual else share / 2, usual


def _is_prose(text: str, delimiter: str) -> bool:
    """Commas of sentences have a blank behind them."""
    return text.count(delimiter) == text.count(delimiter + " ")


def _lines(text: str) -> Iterator[str]:
    return iter(io.StringIO(text, newline=""))


def _split_by_blanks(text: str) -> bool:
    """Columns of figures set apart by blanks: every line as many words, and figures in every line but the first."""
    words = [line.split() for line in text.splitlines() if line.strip()]
    if len(words) < 2 or len(words[0]) < 2 or len({len(line) for line in words}) > 1:
        return False
    return all(any(re.fullmatch(r"[-+]?[\d.,:/-]+", word) for word in line) for line in words[1:])
