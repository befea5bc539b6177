"""Why a fact is not what a figure is said of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from agent.check.evidence import Known

Kind = Literal["segment", "period"]


@dataclass(frozen=True)
class Misfit:
    """Why a fact is not of the cell that a figure is said of."""

    kind: Kind
    said: str
    is_of: str


def told(known: Known) -> str:
    """A fact's cell in words."""
    where = ", ".join(f"{name} {value}" for name, value in known.fact.where.items())
    if not where and known.own:
        where = ", ".join(f"{first}..{last}" for first, last in known.own)
    return f"{known.fact.id} ({known.fact.name}) is of {where or 'all answers'}"
