"""A DuckDB connection, and workbooks written by hand: npsight has no library that writes them."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import duckdb
import pytest

from warehouse.files import RawTable

DAY, MOMENT = 1, 2
"""Cell styles: a date, a date with time; the value is Excel's day count."""
Cell = str | int | float | bool | None | tuple[float, int]
Values = Callable[[RawTable], list[tuple[object, ...]]]
WriteWorkbook = Callable[..., Path]

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss"/>'
    '</numFmts><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    """An empty in-memory database."""
    with duckdb.connect(":memory:") as opened:
        yield opened


@pytest.fixture
def values(connection: duckdb.DuckDBPyConnection) -> Values:
    """The rows of a read table, in the file's order, without `_row`."""

    def rows(table: RawTable) -> list[tuple[object, ...]]:
        return connection.execute(f'SELECT * EXCLUDE ("_row") FROM "{table.relation}" ORDER BY "_row"').fetchall()

    return rows


@pytest.fixture
def write_workbook(tmp_path: Path) -> WriteWorkbook:
    """Write an .xlsx with the given sheets; hidden ones by name."""

    def write(name: str, sheets: dict[str, Sequence[Sequence[Cell]]], hidden: Sequence[str] = ()) -> Path:
        path = tmp_path / name
        parts = {f"xl/worksheets/sheet{n}.xml": _sheet(rows) for n, rows in enumerate(sheets.values(), 1)}
        listed = "".join(
            f'<sheet name={quoteattr(title)} sheetId="{n}" r:id="rId{n}"'
            + (' state="hidden"/>' if title in hidden else "/>")
            for n, title in enumerate(sheets, 1)
        )
        links = "".join(
            f'<Relationship Id="rId{n}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        styles = f'<Relationship Id="rIdS" Type="{_OFFICE}/styles" Target="styles.xml"/>'
        parts |= {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{links}{styles}</Relationships>',
            "xl/styles.xml": _STYLES,
        }
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for part, xml in parts.items():
                archive.writestr(part, f'<?xml version="1.0" encoding="UTF-8"?>{xml}')
        return path

    return write


def _sheet(rows: Sequence[Sequence[Cell]]) -> str:
    body = "".join(
        f'<row r="{r}">' + "".join(_cell(f"{_letters(c)}{r}", cell) for c, cell in enumerate(row)) + "</row>"
        for r, row in enumerate(rows, 1)
    )
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{body}</sheetData></worksheet>'


def _cell(place: str, cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return f'<c r="{place}" t="b"><v>{int(cell)}</v></c>'
    if isinstance(cell, tuple):
        return f'<c r="{place}" s="{cell[1]}"><v>{cell[0]!r}</v></c>'
    if isinstance(cell, str) and cell.startswith("="):
        formula, _, result = cell[1:].rpartition("->")
        return f'<c r="{place}"><f>{escape(formula)}</f><v>{result}</v></c>'
    if isinstance(cell, str):
        return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
    return f'<c r="{place}"><v>{cell!r}</v></c>'


def _letters(column: int) -> str:
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
