"""In which encoding a text file is written, from its bytes alone."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, cast

from warehouse.errors import UnreadableFileError
from warehouse.files.table import counted

LONGEST_LINE = 10_000_000
_CHUNK = 1 << 20
_JUDGED = 16 * _CHUNK
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CONTROL = bytes(code for code in range(1, 32) if code not in b"\t\n\v\f\r\x1a\x1b")
_BACKUP = "npsight.western"


def _western(error: UnicodeError) -> tuple[str, int]:
    """Read what the encoding has no character for as cp1252, and what cp1252 lacks as latin-1."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    bad = error.object[error.start : error.end]
    return "".join(_western_character(byte) for byte in bad), error.end


def _western_character(byte: int) -> str:
    try:
        return bytes([byte]).decode("cp1252")
    except UnicodeDecodeError:
        return chr(byte)


codecs.register_error(_BACKUP, _western)


@dataclass(frozen=True)
class Encoding:
    """How to turn the bytes into text."""

    codec: str
    errors: str = "strict"
    has_nul: bool = False
    notes: list[str] = field(default_factory=list)

    @property
    def is_plain(self) -> bool:
        """True when the bytes are clean UTF-8, which DuckDB can read by itself."""
        return self.codec in ("utf-8", "utf-8-sig") and self.errors == "strict" and not self.has_nul

    def open(self, path: Path) -> TextIO:
        """The file as text, line ends untouched."""
        return cast(TextIO, path.open(encoding=self.codec, errors=self.errors, newline=""))

    def lines(self, file: TextIO) -> Iterator[str]:
        """The file's lines, without NULs."""
        return (line.replace("\0", "") for line in file) if self.has_nul else iter(file)


def recognise(path: Path, *, longest_line: int | None = LONGEST_LINE) -> Encoding:
    """Read all bytes once: encoding, NULs, and that no line is too long to be one."""
    with path.open("rb") as file:
        head = file.read(1 << 16)
        codec = _marked(head)
        _refuse_binary(path, head, wide=codec in ("utf-16", "utf-16-le", "utf-16-be", "utf-32"))
        file.seek(0)
        scan = _Scan(path, longest_line)
        while chunk := file.read(_CHUNK):
            scan.take(chunk)
        scan.end()
    if codec.startswith(("utf-16", "utf-32")):
        return Encoding(codec, "replace", notes=[f"read as {codec.upper()}"])
    nul_note = [f"{counted(scan.nuls, 'NUL byte')} left out"] if scan.nuls else []
    if scan.is_utf8:
        return Encoding(codec, has_nul=scan.nuls > 0, notes=nul_note)
    if codec == "utf-8-sig" or scan.good >= scan.bad:
        note = f"read as UTF-8, but for {counted(scan.bad, 'character')} read as cp1252"
        return Encoding(codec, _BACKUP, scan.nuls > 0, [note, *nul_note])
    return Encoding("cp1252", _BACKUP, scan.nuls > 0, ["read as cp1252", *nul_note])


class _Scan:
    """One pass over the bytes: whether they are UTF-8, and if not, how much speaks for it and against."""

    def __init__(self, path: Path, longest_line: int | None) -> None:
        self.path, self.longest_line = path, longest_line
        self.decoder = codecs.getincrementaldecoder("utf-8")()
        self.is_utf8 = True
        self.good = self.bad = self.nuls = self._line = self._judged = 0

    def take(self, chunk: bytes) -> None:
        self._measure_line(chunk)
        self.nuls += chunk.count(0)
        if self.is_utf8:
            try:
                self.good += len(chunk) - len(self.decoder.decode(chunk))  # bytes beyond the first of a character
            except UnicodeDecodeError:
                self.is_utf8 = False
        if not self.is_utf8 and self._judged < _JUDGED:
            self._judged += len(chunk)
            text = chunk.decode("utf-8", "surrogateescape")
            bad = len(re.findall("[\udc80-\udcff]", text))
            self.bad += bad
            self.good += len(re.findall("[^\0-\x7f]", text)) - bad

    def end(self) -> None:
        if self.is_utf8:
            try:
                self.decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self.is_utf8, self.bad = False, 1

    def _measure_line(self, chunk: bytes) -> None:
        end = b"\n" if b"\n" in chunk else b"\r"
        first = chunk.find(end)
        self._line += len(chunk) if first < 0 else first
        if self.longest_line is not None and self._line > self.longest_line:
            raise UnreadableFileError(
                f"{self.path.name} has a line of more than {self.longest_line // 1_000_000} million bytes, so it is no "
                "table of rows; export it again with one line per answer."
            )
        if first >= 0:
            self._line = len(chunk) - chunk.rfind(end) - 1


def _marked(head: bytes) -> str:
    """The codec that a byte order mark or the pattern of NULs tells; UTF-8 until shown otherwise."""
    for mark, codec in _BOMS:
        if head.startswith(mark):
            return codec
    even, odd = head[0::2], head[1::2]
    for zeros, others, codec in ((odd, even, "utf-16-le"), (even, odd, "utf-16-be")):
        if zeros.count(0) > 0.4 * len(zeros) and others.count(0) < 0.1 * len(others):
            return codec
    return "utf-8"


def _refuse_binary(path: Path, head: bytes, *, wide: bool) -> None:
    if wide:
        return
    odd = sum(head.count(code) for code in _CONTROL)
    if odd > 0.02 * len(head) or head.count(0) > 0.3 * len(head):
        raise UnreadableFileError(
            f"{path.name} is not text and not a kind of file that npsight knows; "
            "give a CSV, XLSX, Parquet, JSON, DuckDB or SQLite file."
        )
