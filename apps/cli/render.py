"""Numbers in tables: written by `prompts.numbers`, with what only tables of free SQL need on top."""

from __future__ import annotations

import math

from prompts.numbers import DASH, format_value, interval
from tools.result import Cell, Unit

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
