"""How a test is worded for a model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from agent.privacy import as_data

Telling = Callable[[Any], list[str]]
CLEAR = ("higher", "lower")
MOST = 12
"""Segments that are named one by one."""


def differs(verdict: str, difference: str, detectable: str | None = None) -> str:
    """A difference and whether it may be said."""
    if verdict in CLEAR:
        return f"{difference} is clear: {verdict}"
    seen = f" (one of {detectable} or more would have shown 4 times in 5)" if detectable else ""
    return f"no clear difference: {difference} may be chance{seen}"


def listed(items: Sequence[str], none: str = "none") -> str:
    """Items one after the other, and how many more there are."""
    more = f" and {len(items) - MOST} more" if len(items) > MOST else ""
    return ", ".join(items[:MOST]) + more if items else none


def cell(where: dict[str, str]) -> str:
    """A cell in its inert form."""
    return ", ".join(f"{as_data(name)}={as_data(value)}" for name, value in where.items()) or "all"
