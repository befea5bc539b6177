"""What a file is, by its first bytes; its extension is only a hint."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Literal

from warehouse.errors import UnreadableFileError, nearest

Kind = Literal["text", "workbook", "parquet", "json", "duckdb", "sqlite"]

_FOREIGN: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF; export the table behind it as CSV or XLSX"),
    (b"\x89PNG", "an image; npsight reads tables, so export the data as CSV or XLSX"),
    (b"\xff\xd8\xff", "an image; npsight reads tables, so export the data as CSV or XLSX"),
    (b"GIF8", "an image; npsight reads tables, so export the data as CSV or XLSX"),
    (b"II*\0", "an image; npsight reads tables, so export the data as CSV or XLSX"),
    (b"MM\0*", "an image; npsight reads tables, so export the data as CSV or XLSX"),
    (b"\x1f\x8b", "compressed with gzip; unpack it first (gunzip) and load what is inside"),
    (b"BZh91AY&SY", "compressed with bzip2; unpack it first (bunzip2) and load what is inside"),
    (b"\xfd7zXZ\0", "compressed with xz; unpack it first (unxz) and load what is inside"),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd; unpack it first (unzstd) and load what is inside"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it first and load the files inside"),
    (b"Rar!\x1a\x07", "a RAR archive; unpack it first and load the files inside"),
    (b"{\\rtf", "a rich text document; save the table in it as CSV or XLSX"),
    (b"$FL2", "an SPSS file; export the data as CSV"),
    (b"$FL3", "an SPSS file; export the data as CSV"),
    (b"<stata_dta>", "a Stata file; export the data as CSV"),
    (b"ARROW1\0\0", "an Arrow file; save the data as Parquet or CSV"),
    (b"\x7fELF", "a program, not a table; give a CSV, XLSX, Parquet, JSON, DuckDB or SQLite file"),
    (b"MZ\x90", "a program, not a table; give a CSV, XLSX, Parquet, JSON, DuckDB or SQLite file"),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIPPED = (b"PK\x03\x04", b"PK\x05\x06")
_JSON_NAMES = {".json", ".jsonl", ".ndjson"}
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def check_readable(path: Path) -> None:
    """Refuse what is not there, not a file, empty or forbidden, in a sentence that helps."""
    try:
        _check(path)
    except PermissionError:
        raise UnreadableFileError(
            f"{path} may not be read by this user; change its permissions or give a copy that may."
        ) from None


def _check(path: Path) -> None:
    if not path.exists():
        raise UnreadableFileError(_missing(path))
    if path.is_dir():
        raise UnreadableFileError(f"{path} is a folder; {_files_in(path)}.")
    if not path.is_file():
        raise UnreadableFileError(f"{path} is not a regular file; give a CSV, XLSX, Parquet, JSON or database file.")
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n") and path.stat().st_size <= len(head):
        raise UnreadableFileError(f"{path.name} is empty; export it again or give another file.")


def _missing(path: Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"There is no file {path}: the folder {folder} does not exist; check the path."
    names = [entry.name for entry in folder.iterdir() if entry.is_file() and not entry.name.startswith(".")]
    near = nearest(path.name, names)
    if near:
        return f"There is no file {path.name!r} in {folder}; the nearest: {', '.join(near)}."
    return f"There is no file {path.name!r} in {folder}; {_listed(sorted(names))}."


def _files_in(folder: Path) -> str:
    return _listed(sorted(entry.name for entry in folder.iterdir() if entry.is_file()), "name the files in it")


def _listed(names: list[str], then: str = "there are") -> str:
    if not names:
        return "no files are there"
    more = f" and {len(names) - 5} more" if len(names) > 5 else ""
    return f"{then}: {', '.join(names[:5])}{more}"


def kind_of(path: Path) -> Kind:
    """Which reader the content asks for; raises for what no reader takes."""
    with path.open("rb") as file:
        head = file.read(4096)
    _refuse_foreign(path, head)
    if head.startswith(b"SQLite format 3\0"):
        return "sqlite"
    if head[8:12] == b"DUCK" and b"\0" in head:
        return "duckdb"
    if head.startswith((b"PAR1", b"PARE")) and b"\0" in head:  # else a column called PARENT or PAR1
        _refuse_unreadable_parquet(path, head)
        return "parquet"
    if head.startswith(_ZIPPED):
        return _zipped(path)
    if head.startswith(_OLE):
        return _ole(path)
    return _text_kind(path, head)


def _refuse_foreign(path: Path, head: bytes) -> None:
    for magic, what in _FOREIGN:
        if head.startswith(magic):
            raise UnreadableFileError(f"{path.name} is {what}.")
    if head.startswith(b"RIFF") and head[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        raise UnreadableFileError(f"{path.name} is an image, sound or film; export the data as CSV or XLSX.")
    if head[257:262] == b"ustar":
        raise UnreadableFileError(f"{path.name} is a tar archive; unpack it first and load the files inside.")


def _refuse_unreadable_parquet(path: Path, head: bytes) -> None:
    if head.startswith(b"PARE"):
        raise UnreadableFileError(f"{path.name} is an encrypted Parquet file; save it without encryption.")
    with path.open("rb") as file:
        file.seek(0, 2)
        size = file.tell()
        file.seek(max(0, size - 4))
        if size < 12 or file.read(4) != b"PAR1":
            raise UnreadableFileError(
                f"{path.name} is a Parquet file that is cut off ({size:,} bytes, no footer); copy it again."
            )


def _zipped(path: Path) -> Kind:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            kind = archive.read("mimetype")[:80] if "mimetype" in names else b""
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, KeyError, ValueError, EOFError):
        # All of these come out of zipfile: for encrypted members, unknown compression, cut-off or overlapping ones.
        what = "an Excel file" if path.suffix.lower() in (".xlsx", ".xlsm", ".xlsb") else "a ZIP file"
        raise UnreadableFileError(f"{path.name} is {what} that is damaged or cut off; save or copy it again.") from None
    if any(name.startswith("xl/workbook.") for name in names) or b"opendocument.spreadsheet" in kind:
        return "workbook"
    if any(name.startswith("word/") for name in names):
        raise UnreadableFileError(f"{path.name} is a Word document; save the table in it as CSV or XLSX.")
    if any(name.startswith("ppt/") for name in names):
        raise UnreadableFileError(f"{path.name} is a PowerPoint file; save the table in it as CSV or XLSX.")
    inside = ", ".join([name for name in names if not name.endswith("/")][:3]) or "nothing"
    raise UnreadableFileError(f"{path.name} is a ZIP archive (it holds {inside}); unpack it and load the files inside.")


def _ole(path: Path) -> Kind:
    """The container of .xls, of old Word files and of encrypted workbooks."""
    with path.open("rb") as file:
        content = file.read(64_000_000)
    if "EncryptedPackage".encode("utf-16-le") in content:
        raise UnreadableFileError(f"{path.name} is protected by a password; save it without one and load that.")
    if "Workbook".encode("utf-16-le") in content or "Book".encode("utf-16-le") in content:
        return "workbook"
    raise UnreadableFileError(f"{path.name} is a Word, Outlook or other Office file; save the table as CSV or XLSX.")


def _text_kind(path: Path, head: bytes) -> Kind:
    text = head
    for mark in _MARKS:
        text = text.removeprefix(mark)
    start = text.replace(b"\0", b"").lstrip()[:400]
    if start.startswith(b"<"):
        _refuse_markup(path, start.lower())
    if start[:1] in b"{[" and _opens_json(path, start):
        return "json"
    if path.suffix.lower() in _JSON_NAMES and not any(sign in start.split(b"\n")[0] for sign in (b",", b";", b"\t")):
        return "json"
    return "text"


def _opens_json(path: Path, start: bytes) -> bool:
    following = start[1:].lstrip()[:1]
    if start[:1] == b"{":
        return following in (b'"', b"}", b"") or path.suffix.lower() in _JSON_NAMES
    return following in (b"{", b"[", b"]", b"") or path.suffix.lower() in _JSON_NAMES


def _refuse_markup(path: Path, start: bytes) -> None:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start or start.startswith(b"<?xml"):
        raise UnreadableFileError(f"{path.name} is an XML file; open it in Excel and save it as XLSX or CSV.")
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta", b"<style", b"<div")):
        named = f" called {path.suffix}" if path.suffix else ""
        raise UnreadableFileError(
            f"{path.name} is a web page{named}; open it in Excel or a browser and save the table as XLSX or CSV."
        )
