"""How one figure of a result is written for a model: its id, name, value, interval and base."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from agent.privacy import as_data
from prompts.numbers import format_value, interval
from tools.result import Fact

FEW_ALIKE = 2
"""Figures of one line from which their common n stands once, behind the cell."""
_NAMES = {"nps_of_shown_cells": "NPS over the cells shown", "mcfadden_r2": "McFadden R2"}
_WITHOUT_BASE = frozenset(["p-value"])


def cell_text(items: Collection[tuple[str, str]]) -> str:
    """A cell, inert: `plan=Growth, region=North`."""
    return ", ".join(f"{as_data(name)}={as_data(value)}" if value else as_data(name) for name, value in items)


def name_of(fact: Fact) -> str:
    """What the figure is called for whoever reads it."""
    return _NAMES.get(fact.name) or as_data(fact.name)


def figure(fact: Fact, base: int | None, beside: str = "", *, name: str | None = None) -> str:
    """`F1 nps +20.4 [+10.0, +30.0] n=50`; n is left out where it is `base`."""
    called = name_of(fact) if name is None else name
    told = f"{fact.id} {called}{beside}" if called or beside else fact.id
    if fact.value is None:
        return f"{told} not told ({as_data(fact.reason or '')})"
    value = format_value(fact.value, fact.unit)
    told += f" {as_data(value) if isinstance(fact.value, str) else value}"
    if fact.low is not None:
        told += f" {interval(fact.low, fact.high, fact.unit)}"
    if fact.n == base or fact.unit in _WITHOUT_BASE:
        return told
    return f"{told} n={fact.n if fact.n is not None else '–'}"


def line(cell: str, told: Sequence[tuple[Fact, str]], base: int | None, names: Mapping[str, str] | None = None) -> str:
    """Figures of one cell; the n that most of them share stands once."""
    own = common_base([fact for fact, _beside in told], FEW_ALIKE)
    shared = own is not None and own != base
    figures = "; ".join(
        figure(fact, own if shared else base, beside, name=(names or {}).get(fact.id)) for fact, beside in told
    )
    if not cell:
        return f"n={own}: {figures}" if shared else figures
    return f"{cell}{f' (n={own})' if shared else ''}: {figures}"


def common_base(facts: Sequence[Fact], fewest: int) -> int | None:
    """The n that most of the figures have, where it saves telling it each time."""
    counted = Counter(
        fact.n for fact in facts if fact.value is not None and fact.n is not None and fact.unit not in _WITHOUT_BASE
    )
    usual = counted.most_common(1)
    return usual[0][0] if usual and usual[0][1] >= fewest else None
