"""The data-quality report of a load: every row accounted for, every guess with its reason."""

from __future__ import annotations

from apps.cli.page import Page, one_line, wrap
from apps.cli.tables import table_lines
from tools.result import Cell, Column, Table
from warehouse.quality import QualityReport, Reason, TableQuality

_FIRST = ("score", "responded_at", "customer_id", "response_id", "comment", "dimension", "time", "measure")
_LAST = ("personal", "attribute")
_EXAMPLES = 3


def quality_lines(report: QualityReport, page: Page) -> list[str]:
    """The report as lines, a block for each file."""
    lines: list[str] = []
    for table in report.tables:
        lines += ["", *_table_lines(table, report, page)]
    return lines[1:]


def _table_lines(table: TableQuality, report: QualityReport, page: Page) -> list[str]:
    heading = [page.bold(line) for line in wrap(f"{table.file} → {table.table}", page.width)]
    lines = heading + _count_lines(_counts(table, report), page)
    guesses = sorted(table.guesses, key=lambda guess: _place(guess.role))
    if guesses:
        columns = [Column(name="column"), Column(name="taken for"), Column(name="why")]
        rows: list[list[Cell]] = [[g.column, g.role, g.why] for g in guesses]
        lines += [
            "",
            *table_lines(Table(title="Columns", columns=columns, rows=rows), page, indent="  ", all_in="npsight.yaml"),
        ]
    if table.notes:
        lines += ["", *page.bullets(table.notes)]
    return lines


def _place(role: str) -> int:
    if role in _FIRST:
        return _FIRST.index(role)
    return 100 + _LAST.index(role) if role in _LAST else 50


def _counts(table: TableQuality, report: QualityReport) -> list[tuple[int, str]]:
    """Read = kept + dropped; for the survey also kept = scored + without a score."""
    counts = [(table.read, "read")]
    counts += [(reason.rows, f"dropped: {_because(reason)}") for reason in table.dropped]
    counts.append((table.kept, "kept"))
    if table.table == "responses":
        counts += [(reason.rows, f"kept without a score: {_because(reason)}") for reason in report.unscored]
        counts.append((report.scored, "scored"))
    return counts


def _because(reason: Reason) -> str:
    shown = ", ".join(one_line(example) for example in reason.examples[:_EXAMPLES])
    more = ", …" if len(reason.examples) > _EXAMPLES or (shown and reason.rows > len(reason.examples)) else ""
    return f"{reason.reason} ({shown}{more})" if shown else reason.reason


def _count_lines(counts: list[tuple[int, str]], page: Page) -> list[str]:
    width = max(len(f"{rows:,}") for rows, _what in counts)
    lines: list[str] = []
    for rows, what in counts:
        lines += wrap(what, page.width, first=f"  {rows:>{width},}  ", rest=" " * (width + 4))
    return lines
