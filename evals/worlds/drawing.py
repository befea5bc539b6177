"""What the made-up surveys share: how answers are drawn, how files get their blemishes, how they are written."""

from __future__ import annotations

import csv
import datetime as dt
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray

from evals.worlds.world import Row, Truths, days

T = TypeVar("T")
Floats = NDArray[np.float64]
Columns = dict[str, list[Any]]
"""Name → values, all of the same length."""

GOOD = (
    "Lovely, thank you",
    "Great service, will be back",
    "Very easy",
    "Staff were brilliant",
    'All good, "no" complaints',
)
PLAIN = ("It was ok", "Fine, nothing special", "Average", "Decent but a bit slow")
BAD = ("Too slow, waited ages", "Never again!", "Rude on the phone; nobody called back", "Too expensive", "Not happy")
PHRASES = (GOOD, PLAIN, BAD)


def pick(draw: np.random.Generator, n: int, weights: Mapping[T, float]) -> list[T]:
    """`n` values, each drawn with its weight."""
    values, sizes = list(weights), np.array(list(weights.values()), dtype=float)
    return [values[at] for at in draw.choice(len(values), n, p=sizes / sizes.sum())]


def dates(draw: np.random.Generator, n: int, first: dt.date, last: dt.date) -> list[dt.date]:
    """`n` days in order; the first and the last day are always among them."""
    calendar = days(first, last)
    at = np.sort(draw.integers(0, len(calendar), n))
    at[0], at[-1] = 0, len(calendar) - 1
    return [calendar[k] for k in at]


def moments(
    draw: np.random.Generator, calendar: Sequence[dt.date], opens: int = 8, closes: int = 22
) -> list[dt.datetime]:
    """A time of day for each day, between two full hours."""
    seconds = draw.integers(opens * 3600, closes * 3600, len(calendar))
    midnight = [dt.datetime.combine(day, dt.time()) for day in calendar]
    return [at + dt.timedelta(seconds=int(some)) for at, some in zip(midnight, seconds, strict=True)]


def effect(values: Sequence[Any], points: Mapping[Any, float]) -> Floats:
    """What each value adds to the NPS; 0 for those that are not named."""
    return np.array([points.get(value, 0.0) for value in values], dtype=float)


def planted(points: float, held: Iterable[bool]) -> Floats:
    """Points for the answers where the condition held, 0 for the others."""
    return np.array([points if yes else 0.0 for yes in held], dtype=float)


def scores(draw: np.random.Generator, targets: Floats, passives: float = 0.27) -> list[int]:
    """A score for each answer, so that the NPS of many answers comes to their target."""
    target = np.clip(targets, -68, 68) / 100
    place = draw.random(len(target))
    promoter = place < (1 - passives + target) / 2
    passive = ~promoter & (place < (1 - passives + target) / 2 + passives)
    high, middle = draw.choice([9, 10], len(target), p=[0.44, 0.56]), draw.choice([7, 8], len(target), p=[0.45, 0.55])
    low = draw.choice(7, len(target), p=[0.10, 0.05, 0.07, 0.12, 0.14, 0.24, 0.28])
    return [int(score) for score in np.where(promoter, high, np.where(passive, middle, low))]


def comments(
    draw: np.random.Generator,
    given: Sequence[int],
    share: float,
    phrases: tuple[Sequence[str], Sequence[str], Sequence[str]] = PHRASES,
) -> list[str | None]:
    """A remark or two that fit the score, from a share of those who answered."""
    good, plain, bad = phrases
    said: list[str | None] = []
    for score in given:
        mood = list(good if score >= 9 else plain if score >= 7 else bad)
        remarks = draw.choice(mood, 1 + int(draw.integers(2)), replace=False)
        said.append(". ".join(remarks) if draw.random() < share else None)
    return said


def odd_spellings(draw: np.random.Generator, values: Sequence[str], share: float) -> list[str]:
    """The values, a share of them in capitals, in small letters or with a blank too many."""
    written = list(values)
    for at in np.flatnonzero(draw.random(len(written)) < share):
        value = written[at]
        written[at] = [value.upper(), value.lower(), f"{value} ", f" {value}"][int(draw.integers(4))]
    return written


def spoilt(
    draw: np.random.Generator,
    given: Sequence[int],
    unusable: Mapping[str, int],
    labels: Mapping[int, str] | None = None,
) -> tuple[list[str], list[int | None]]:
    """The scores as the file has them, and those that count: `unusable` says how many are replaced by which text.

    The first and the last two answers stay as they are, so that the dates that the data covers are not in doubt.
    """
    written = [(labels or {}).get(score, str(score)) for score in given]
    usable: list[int | None] = list(given)
    texts = [text for text, count in unusable.items() for _ in range(count)]
    for at, text in zip(draw.choice(np.arange(2, len(given) - 2), len(texts), replace=False), texts, strict=True):
        written[at], usable[at] = text, None
    return written, usable


def small_group(
    draw: np.random.Generator, values: list[str], name: str, size: int, targets: Floats | None = None, points: float = 0
) -> None:
    """Rename `size` of the values, and give those answers a target of their own."""
    for at in draw.choice(np.arange(5, len(values) - 5), size, replace=False):
        values[at] = name
        if targets is not None:
            targets[at] = points


def rows_of(columns: Columns) -> list[Row]:
    """The columns as rows."""
    return list(zip(*columns.values(), strict=True))


def truths(columns: Columns) -> Truths:
    """The columns as a table of the truth."""
    return Truths(list(columns), rows_of(columns))


def repeated(draw: np.random.Generator, rows: Sequence[Row], extra: int) -> list[Row]:
    """The rows in any order, `extra` of them twice."""
    twice = [rows[at] for at in draw.choice(len(rows), extra, replace=False)]
    both = [*rows, *twice]
    return [both[at] for at in draw.permutation(len(both))]


def write_csv(
    path: Path, names: Sequence[str], rows: Iterable[Row], separator: str = ",", encoding: str = "utf-8"
) -> Path:
    """The rows as a text file; None becomes an empty cell."""
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.writer(file, delimiter=separator, lineterminator="\r\n" if separator == ";" else "\n")
        writer.writerow(names)
        writer.writerows(rows)
    return path


def write_parquet(path: Path, names: Sequence[str], rows: Sequence[Row]) -> Path:
    """The rows as a Parquet file, with the types of the values."""
    import pyarrow as pa  # type: ignore[import-untyped]
    from pyarrow import parquet

    columns = zip(*rows, strict=True)
    parquet.write_table(pa.table({name: list(values) for name, values in zip(names, columns, strict=True)}), path)
    return path


def write_workbook(path: Path, sheets: Mapping[str, tuple[Sequence[str], Sequence[Row]]]) -> Path:
    """An Excel workbook: dates are dates, numbers are numbers, and the bytes depend on the rows alone."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in _parts(list(sheets)).items():
            _put(book, name, text)
        for at, (names, rows) in enumerate(sheets.values(), 1):
            _put(book, f"xl/worksheets/sheet{at}.xml", _sheet([names, *rows]))
    return path


_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_STYLES = (
    f'{_HEAD}<styleSheet {_MAIN}><fonts count="1"><font/></fonts><fills count="1"><fill/></fills><borders count="1">'
    '<border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
"""Two formats of cells: 0 is plain, 1 is a date."""


def _parts(sheets: Sequence[str]) -> dict[str, str]:
    """The files of a workbook besides its sheets."""
    at = range(1, len(sheets) + 1)
    typed = [("workbook", "sheet.main"), ("styles", "styles"), *((f"worksheets/sheet{k}", "worksheet") for k in at)]
    overrides = "".join(f'<Override PartName="/xl/{p}.xml" ContentType="{_KIND}.{t}+xml"/>' for p, t in typed)
    listed = "".join(f'<sheet name="{n}" sheetId="{k}" r:id="r{k}"/>' for k, n in zip(at, sheets, strict=True))
    links = "".join(_link(f"r{k}", "worksheet", f"worksheets/sheet{k}.xml") for k in at) + _link(
        "s", "styles", "styles.xml"
    )
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
        f'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{overrides}</Types>',
        "_rels/.rels": _links(_link("b", "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": f'{_HEAD}<workbook {_MAIN} xmlns:r="{_LINKS}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": _links(links),
        "xl/styles.xml": _STYLES,
    }


def _link(name: str, kind: str, target: str) -> str:
    return f'<Relationship Id="{name}" Type="{_LINKS}/{kind}" Target="{target}"/>'


def _links(links: str) -> str:
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{links}</Relationships>'


def _put(book: zipfile.ZipFile, name: str, text: str) -> None:
    """A file with a fixed date, for the same rows must give the same bytes."""
    part = zipfile.ZipInfo(name, (2025, 1, 1, 0, 0, 0))
    part.compress_type = zipfile.ZIP_DEFLATED
    book.writestr(part, text)


def _sheet(rows: Iterable[Row]) -> str:
    lines = (f'<row r="{at}">{"".join(_cells(at, row))}</row>' for at, row in enumerate(rows, 1))
    return f"{_HEAD}<worksheet {_MAIN}><sheetData>{''.join(lines)}</sheetData></worksheet>"


def _cells(at: int, row: Row) -> Iterable[str]:
    for place, value in enumerate(row):
        where = f"{chr(65 + place)}{at}"
        if value is None:
            continue
        if isinstance(value, dt.date):
            yield f'<c r="{where}" s="1"><v>{(value - dt.date(1899, 12, 30)).days}</v></c>'
        elif isinstance(value, int | float):
            yield f'<c r="{where}"><v>{value}</v></c>'
        else:
            yield f'<c r="{where}" t="inlineStr"><is><t xml:space="preserve">{escape(str(value))}</t></is></c>'
