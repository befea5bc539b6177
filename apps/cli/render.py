"""Numbers as people read them in tables and lists."""

from __future__ import annotations

import math

from tools.result import Cell, Unit

NOTHING = "–"
_COUNTS = frozenset({"responses", "customers", "rows", "cells"})
_SEPARATED_FROM = 10_000  # below, a plain number may be a year


def format_cell(value: Cell, unit: Unit) -> str:
    """A value in its unit: +12.3, 41.2%, <0.001, 12,345."""
    if value is None:
        return NOTHING
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    return format_number(float(value), unit) if math.isfinite(value) else NOTHING


def format_number(value: float, unit: Unit) -> str:
    """A finite number in its unit."""
    if unit == "points":
        return _signed(value)
    if unit == "share":
        return f"{100 * value:.1f}%"
    if unit == "share difference":
        return f"{_signed(100 * value)} pp"
    if unit == "p-value":
        return "<0.001" if value < 0.001 else f"{value:.3f}"
    if unit == "score":
        return f"{value:.2f}"
    if unit in _COUNTS:
        return f"{value:,.0f}"
    return _plain(value)


def format_interval(low: float | None, high: float | None, unit: Unit) -> str:
    """`+1.0 to +5.2`; empty where there is none."""
    if low is None or high is None:
        return ""
    return f"{format_cell(low, unit)} to {format_cell(high, unit)}"


def _signed(value: float) -> str:
    rounded = round(value, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"


def _plain(value: float) -> str:
    if abs(value) >= _SEPARATED_FROM:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value.is_integer() else f"{value:.4g}"
