"""What every tool returns: facts, caveats, the SQL that was run and, where it helps, a table and a chart."""

from __future__ import annotations

import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

Unit = Literal[
    "points",  # NPS points, -100 to 100, or a difference of them
    "share",  # 0 to 1
    "share difference",  # -1 to 1
    "score",  # a mean or quantile on the survey's own scale
    "responses",
    "customers",
    "rows",
    "cells",
    "p-value",
    "date",
    "text",
    "number",
]
Cell = str | float | int | bool | None


def steady(value: float | None) -> float | None:
    """The value to 12 digits: sums of numbers come in any order, and what is told must be the same each time."""
    return float(f"{value:.12g}") if value is not None else None


class Model(BaseModel):
    """Base of all results: unknown fields are errors, field texts come from the source."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)


class Fact(Model):
    """One computed value with what is needed to judge and to re-run it."""

    id: str
    """Short and unique within a run: F1, F2, …"""
    name: str
    """What was computed, e.g. nps, nps_difference, mix_effect."""
    value: float | int | str | None
    """The value in `unit`; None when it was suppressed or could not be computed (see `reason`)."""
    unit: Unit
    n: int | None = None
    """Scored responses that the value rests on."""
    low: float | None = None
    """Lower end of the 95 % interval, in `unit`."""
    high: float | None = None
    """Upper end of the 95 % interval, in `unit`."""
    where: dict[str, str] = Field(default_factory=dict)
    """The cell: dimension values, and `period`."""
    source: str
    """The tool, and which of its statements (`nps#1`)."""
    reason: str | None = None
    """Why there is no value."""


class Column(Model):
    """A column of a result table."""

    name: str
    unit: Unit = "text"


class Table(Model):
    """Rows for people to look at; each figure in it is a fact too, or a count that a fact carries."""

    title: str
    columns: list[Column]
    rows: list[list[Cell]]

    @field_validator("rows")
    @classmethod
    def _as_facts_have_them(cls, rows: list[list[Cell]]) -> list[list[Cell]]:
        return [[steady(cell) if isinstance(cell, float) else cell for cell in row] for row in rows]


class Result(Model):
    """Base of every tool's result."""

    facts: list[Fact] = Field(default_factory=list)
    """Every figure that may be said, with n and interval."""
    caveats: list[str] = Field(default_factory=list)
    """What a careful statistician would add."""
    sql: list[str] = Field(default_factory=list)
    """The statements that were run, in order."""
    table: Table | None = None
    """The figures laid out for people."""
    chart: dict[str, Any] | None = None
    """A Vega-Lite specification, data included."""


class FactSheet:
    """Collects the facts of one tool call and gives them their ids."""

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.facts: list[Fact] = []
        self.statement = 1
        """The statement that the next facts come from."""

    def add(
        self,
        name: str,
        value: float | int | str | None,
        unit: Unit,
        *,
        n: int | None = None,
        low: float | None = None,
        high: float | None = None,
        where: dict[str, str] | None = None,
        reason: str | None = None,
    ) -> Fact:
        """Add a fact; a value that is not finite becomes None and needs a reason."""
        if isinstance(value, float) and not math.isfinite(value):
            value, reason = None, reason or "it cannot be computed from these answers"
        if value is None:
            low = high = None
            reason = reason or "it cannot be computed from these answers"
        fact = Fact(
            id=f"F{len(self.facts) + 1}",
            name=name,
            value=steady(value) if isinstance(value, float) else value,
            unit=unit,
            n=n,
            low=steady(low),
            high=steady(high),
            where=where or {},
            source=f"{self.tool}#{self.statement}",
            reason=reason,
        )
        self.facts.append(fact)
        return fact
