"""Results and answers as lines for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from apps.cli.page import Page, clean, wrap
from apps.cli.plot import plot_lines
from apps.cli.tables import table_lines
from apps.figures import format_cell, format_interval, origin
from tools.result import Cell, Column, Fact, Result, Table

if TYPE_CHECKING:
    from agent.answer import Answer

MAX_FACTS = 12
_WIDEST_TEXT = 100
_ROOMY = 72
_FEW = 2
_ALSO = "Also"


def result_lines(result: Result, page: Page, *, sql: bool = False) -> list[str]:
    """A tool's result: table, picture, the facts that the table does not hold, caveats."""
    blocks = [] if result.table is None else _table_blocks([result.table], page)
    tables = [result.table] if result.table is not None else []
    blocks += [_fact_lines(untabled(result.facts, tables), page), page.bullets(result.caveats)]
    return _joined([*blocks, sql_lines(result.sql) if sql else []])


def answer_lines(answer: Answer, page: Page, *, sql: bool = False, text: bool = True) -> list[str]:
    """An answer: its text (where that was not shown already), tables, pictures, choices, caveats, its origin."""
    blocks = [
        markdown_lines(answer.text, page) if text else [],
        _option_lines(answer, page),
        *_table_blocks([] if answer.audience == "executive" else answer.tables, page),
        page.bullets(_caveats(answer)),
        sql_lines(answer.sql) if sql else [],
        [page.dim(line) for line in wrap(origin(answer), page.width)],
    ]
    return _joined(blocks)


def fact_lines(facts: Sequence[Fact], page: Page) -> list[str]:
    """All facts, one below the other, by the ids that a text refers to."""
    if not facts:
        return []
    named = [fact.model_copy(update={"name": f"{fact.id} {fact.name}"}) for fact in facts]
    if page.width < _ROOMY:
        return [line for fact in named for line in _stacked(fact, page)]
    return table_lines(_fact_table(named).model_copy(update={"title": "Facts"}), page, most=len(named))


def _caveats(answer: Answer) -> list[str]:
    """What is missing first; an executive is spared the notes on method, which analysts get in full."""
    first = [answer.left_out] if answer.left_out else []
    if answer.audience != "executive" or len(answer.caveats) <= _FEW:
        return [*first, *answer.caveats]
    more = len(answer.caveats) - _FEW
    return [*first, *answer.caveats[:_FEW], f"{more} more notes on data and method: --audience analyst."]


def _option_lines(answer: Answer, page: Page) -> list[str]:
    """What can be chosen from, where the text does not say it."""
    unsaid = [option for option in answer.options if option not in answer.text]
    return [line for option in unsaid for line in wrap(option, page.width, first="- ", rest="  ")]


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
            blocks.append(plot_lines(table, page, tables))
    return blocks


def _fact_lines(facts: Sequence[Fact], page: Page) -> list[str]:
    """Facts one below the other, with base and interval."""
    if not facts:
        return []
    shown = facts[:MAX_FACTS]
    if page.width < _ROOMY:
        lines = [page.bold(_ALSO), *(line for fact in shown for line in _stacked(fact, page))]
    else:
        lines = table_lines(_fact_table(shown), page)
    more = len(facts) - MAX_FACTS
    return [*lines, *([page.dim(f"… and {more:,} more facts (--json has all)")] if more > 0 else [])]


def _fact_table(facts: Sequence[Fact]) -> Table:
    columns = [
        Column(name="fact"),
        Column(name="value", unit="number"),
        Column(name="95% interval", unit="number"),
        Column(name="n", unit="responses"),
        Column(name="of"),
    ]
    rows: list[list[Cell]] = [
        [
            _name(fact),
            format_cell(fact.value, fact.unit),
            format_interval(fact.low, fact.high, fact.unit),
            fact.n,
            _about(fact),
        ]
        for fact in facts
    ]
    kept = [k for k in range(len(columns)) if any(row[k] not in ("", None) for row in rows)]
    return Table(title=_ALSO, columns=[columns[k] for k in kept], rows=[[row[k] for k in kept] for row in rows])


def _stacked(fact: Fact, page: Page) -> list[str]:
    """A fact on a narrow terminal: the figure, and below it what it is of."""
    interval = format_interval(fact.low, fact.high, fact.unit)
    base = f"n {format_cell(fact.n, 'responses')}" if fact.n is not None else ""
    figure = " ".join(part for part in (format_cell(fact.value, fact.unit), interval, base) if part)
    about = wrap(_about(fact), page.width, first="  ", rest="  ") if fact.where else []
    return [*wrap(f"{_name(fact)} {figure}", page.width, rest="  "), *(page.dim(line) for line in about)]


def _name(fact: Fact) -> str:
    return fact.name.replace("_", " ")


def _about(fact: Fact) -> str:
    from tools.shown import where_text

    return where_text(fact.where) if fact.where else ""


def sql_lines(statements: Sequence[str]) -> list[str]:
    """Statements as they were run, so that they can be copied."""
    return [f"{clean(statement).strip().rstrip(';')};" for statement in statements]


def _joined(blocks: Sequence[Sequence[str]]) -> list[str]:
    """Blocks with an empty line between them."""
    lines: list[str] = []
    for block in blocks:
        if block:
            lines += ["", *block] if lines else block
    return lines
