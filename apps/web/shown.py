"""An answer as the page shows it, with every figure written out here: the page itself writes no numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from apps.figures import format_cell, format_interval, intervals, origin
from tools.result import Fact, Table

if TYPE_CHECKING:
    from agent.answer import Answer

MOST_ROWS = 200
_TEXTS = ("text", "date")


def shown(answer: Answer) -> dict[str, Any]:
    """Texts only: the page turns none of them into markup, links or images."""
    listed = {f"- {option}" for option in answer.options}
    return {
        "status": answer.status,
        "text": "\n".join(line for line in answer.text.split("\n") if line not in listed),
        "options": answer.options,
        "left_out": answer.left_out,
        "caveats": answer.caveats,
        "tables": [_table(table) for table in answer.tables if answer.audience != "executive"],
        "facts": [_fact(fact) for fact in answer.facts],
        "sql": answer.sql,
        "origin": origin(answer),
    }


def _table(table: Table) -> dict[str, Any]:
    rows = table.rows[:MOST_ROWS]
    return {
        "title": table.title,
        "columns": [{"name": column.name, "numeric": column.unit not in _TEXTS} for column in table.columns],
        "rows": [
            [format_cell(cell, column.unit) for cell, column in zip(row, table.columns, strict=True)] for row in rows
        ],
        "more": len(table.rows) - len(rows),
        "plot": _plot(table),
    }


def _plot(table: Table) -> list[dict[str, Any]]:
    """Values with their intervals, to be drawn; empty where there is nothing to compare."""
    found = intervals(table)
    if not 2 <= len(found) <= MOST_ROWS:
        return []
    return [
        {
            "label": item.label,
            "value": item.value,
            "low": item.low,
            "high": item.high,
            "told": f"{format_cell(item.value, 'points')} {format_interval(item.low, item.high, 'points')}",
        }
        for item in found
    ]


def _fact(fact: Fact) -> dict[str, Any]:
    from tools.shown import where_text

    return {
        "id": fact.id,
        "name": fact.name.replace("_", " "),
        "value": format_cell(fact.value, fact.unit),
        "interval": format_interval(fact.low, fact.high, fact.unit),
        "n": format_cell(fact.n, "responses") if fact.n is not None else "",
        "of": where_text(fact.where) if fact.where else "",
        "reason": fact.reason or "",
    }
