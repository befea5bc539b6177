"""Results and answers as lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.cli.page import Page, clean, wrap
from apps.cli.plot import plot_lines
from apps.cli.render import format_cell, format_interval
from apps.cli.tables import table_lines
from tools.result import Column, Fact, Result, Table

if TYPE_CHECKING:
    from agent.answer import Answer

MAX_FACTS = 12
_WIDEST_TEXT = 100


def result_lines(result: Result, page: Page, *, sql: bool = False) -> list[str]:
    """A tool's result: table, picture, the facts that the table does not hold, caveats."""
    blocks = [] if result.table is None else _table_blocks([result.table], page)
    tables = [result.table] if result.table is not None else []
    blocks += [_fact_lines(untabled(result.facts, tables), page), page.bullets(result.caveats)]
    return _joined([*blocks, _sql_lines(result.sql) if sql else []])


def answer_lines(answer: Answer, page: Page, *, sql: bool = False) -> list[str]:
    """An answer: its text, tables, pictures, choices, caveats and where it came from."""
    options = [line for n, item in enumerate(answer.options, 1) for line in wrap(item, page.width, first=f"{n}. ")]
    blocks = [
        markdown_lines(answer.text, page),
        options,
        *_table_blocks(answer.tables, page),
        page.bullets(answer.caveats),
        _sql_lines(answer.sql) if sql else [],
        [page.dim(line) for line in wrap(origin(answer), page.width)],
    ]
    return _joined(blocks)


def origin(answer: Answer) -> str:
    """Path, tools, model, seconds and run, in one line."""
    tools = ", ".join(dict.fromkeys(call.name for call in answer.tools))
    kind = {"governed": "governed metrics", "sql": "free SQL", "none": "no figures"}[answer.path]
    parts = [kind, tools, answer.model, f"{answer.seconds:.1f} s", f"run {answer.run}" if answer.run else ""]
    return " · ".join(part for part in parts if part)


def markdown_lines(text: str, page: Page) -> list[str]:
    """Markdown as plain or coloured lines."""
    import io

    from rich.console import Console
    from rich.markdown import Markdown

    buffer = io.StringIO()
    console = Console(
        file=buffer,
        width=min(page.width, _WIDEST_TEXT),
        force_terminal=page.colour,
        color_system="standard" if page.colour else None,
        legacy_windows=False,
    )
    console.print(Markdown(clean(text), hyperlinks=False))
    return [line.rstrip() for line in buffer.getvalue().strip("\n").split("\n")]


def untabled(facts: Sequence[Fact], tables: Sequence[Table]) -> list[Fact]:
    """Facts whose value no table shows."""
    shown = {cell for table in tables for row in table.rows for cell in row if cell is not None}
    return [fact for fact in facts if fact.value is not None and fact.value not in shown]


def _table_blocks(tables: Sequence[Table], page: Page) -> list[list[str]]:
    blocks = []
    for table in tables:
        blocks.append(table_lines(table, page))
        if page.terminal:
            blocks.append(plot_lines(table, page))
    return blocks


def _fact_lines(facts: Sequence[Fact], page: Page) -> list[str]:
    """Facts one below the other, with base and interval."""
    if not facts:
        return []
    rows = [_fact_row(fact) for fact in facts[:MAX_FACTS]]
    columns = [
        Column(name="fact"),
        Column(name="value", unit="number"),
        Column(name="95% interval", unit="number"),
        Column(name="n", unit="responses"),
        Column(name="of"),
    ]
    kept = [k for k in range(len(columns)) if any(row[k] not in ("", None) for row in rows)]
    table = Table(title="Also", columns=[columns[k] for k in kept], rows=[[row[k] for k in kept] for row in rows])
    lines = table_lines(table, page)
    more = len(facts) - MAX_FACTS
    return [*lines, *([page.dim(f"… and {more:,} more facts (--json has all)")] if more > 0 else [])]


def _fact_row(fact: Fact) -> list[str | float | int | bool | None]:
    from tools.shown import where_text

    where = where_text(fact.where) if fact.where else ""
    interval = format_interval(fact.low, fact.high, fact.unit)
    return [fact.name.replace("_", " "), format_cell(fact.value, fact.unit), interval, fact.n, where]


def _sql_lines(statements: Sequence[str]) -> list[str]:
    """Statements as they were run, so that they can be copied."""
    return [f"{clean(statement).strip().rstrip(';')};" for statement in statements]


def _joined(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Blocks with an empty line between them."""
    lines: list[str] = []
    for block in blocks:
        if block:
            lines += ["", *block] if lines else block
    return lines
