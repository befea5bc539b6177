"""Figures as every face shows them: written by `prompts.numbers`, as intervals, and where an answer came from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts.numbers import DASH, format_value, interval
from tools.result import Cell, Table, Unit

if TYPE_CHECKING:
    from agent.answer import Answer, Usage

_SEPARATED_FROM = 10_000  # below, a plain number may be a year


def format_cell(value: Cell, unit: Unit) -> str:
    """A value in its unit: +12.3, 41.2%, 12,345; yes and no; plain numbers without false precision."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit != "number" or value is None or isinstance(value, str):
        return format_value(value, unit)
    if not math.isfinite(value):
        return DASH
    if abs(value) >= _SEPARATED_FROM:
        return f"{value:,.0f}"
    return f"{value:.0f}" if float(value).is_integer() else f"{value:.4g}"


def format_interval(low: float | None, high: float | None, unit: Unit) -> str:
    """`[+1.0, +5.2]`; empty where there is none."""
    return "" if low is None or high is None else interval(low, high, unit)


@dataclass(frozen=True)
class Interval:
    """A value with its interval and its name."""

    label: str
    value: float
    low: float
    high: float


def intervals(table: Table) -> list[Interval]:
    """The first points column that is followed by its interval, row by row."""
    names = [column.name.lower() for column in table.columns]
    low = next((k for k, name in enumerate(names) if name.endswith("low")), 0)
    if not low or low + 1 >= len(names) or not names[low + 1].endswith("high"):
        return []
    if {column.unit for column in table.columns[low - 1 : low + 2]} != {"points"}:
        return []
    texts = _telling(table)
    found = []
    for row in table.rows:
        value, lower, upper = (_number(cell) for cell in row[low - 1 : low + 2])
        if value is not None and lower is not None and upper is not None:
            label = " · ".join(" ".join(str(row[k]).split()) for k in texts)
            found.append(Interval(label, value, lower, upper))
    return found


def _number(cell: Cell) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None


def _telling(table: Table) -> list[int]:
    """Text columns that tell the rows apart; the first one alone where its values differ already."""
    texts = [k for k, column in enumerate(table.columns) if column.unit in ("text", "date")]
    telling = [k for k in texts if len({row[k] for row in table.rows}) > 1]
    unique = [k for k in telling if len({row[k] for row in table.rows}) == len(table.rows)]
    return unique[:1] or telling


def origin(answer: Answer) -> str:
    """Path, tools, model with what it cost, seconds, run and conversation, in one line."""
    tools = ", ".join(dict.fromkeys(call.name for call in answer.tools))
    kind = {"governed": "governed metrics", "sql": "free SQL", "none": "no figures"}[answer.path]
    parts = [kind, tools, answer.model, cost(answer.usage), f"{answer.seconds:.1f} s"]
    parts += [
        f"{name} {which}" for name, which in (("run", answer.run), ("conversation", answer.conversation)) if which
    ]
    return " · ".join(part for part in parts if part)


def cost(usage: Usage) -> str:
    """`3 calls, 18,204 tokens, about 0.02`; empty where no model was asked."""
    tokens = usage.prompt_tokens + usage.completion_tokens
    if not tokens:
        return ""
    parts = [f"{usage.model_calls} {'call' if usage.model_calls == 1 else 'calls'}"]
    parts.append(f"{'about ' if usage.estimated else ''}{tokens:,} tokens{' (estimated)' if usage.estimated else ''}")
    if usage.money is not None:
        parts.append(f"about {usage.money:.2f}" if usage.money >= 0.005 else f"about {usage.money:.1g}")
    return ", ".join(parts)
