"""The mix effect of several dimensions taken together, divided among them."""

from __future__ import annotations

from typing import TypedDict

from pydantic import Field

from tools.explain.splits import Split
from tools.measure.compare import LEVEL
from tools.result import FactSheet, Model
from tools.stats.decomposition import Effect
from tools.stats.multiplicity import holm


class MixPart(Model):
    """What the changed shares of one dimension's values did, at equal values of the other dimensions."""

    dimension: str
    effect: str | None = Field(description="Id of its part of the mix effect; None where it goes with another.")
    clear: bool = Field(description="True when the part is not chance, adjusted for the dimensions beside it.")


class Told(TypedDict):
    """The fields of a cut that tell its parts."""

    parts: list[MixPart]
    shared: str | None
    combinations: str | None


def tell_parts(sheet: FactSheet, split: Split, n: int, where: dict[str, str]) -> Told:
    """Facts of the parts; nothing for a single dimension, whose part is the whole mix effect."""
    told: Told = {"parts": [], "shared": None, "combinations": None}
    found = split.clustered
    if found is None or len(split.names) < 2 or len(found.parts) != len(split.names):
        return told
    sheet.statement = split.parts_statement
    chances = holm([1.0 if part is None or part.p_value is None else part.p_value for part in found.parts])
    for name, part, chance in zip(split.names, found.parts, chances, strict=True):
        fact = None if part is None else _add(sheet, "mix_effect_of_dimension", part, n, where | {"of": name})
        told["parts"].append(MixPart(dimension=name, effect=fact, clear=chance < LEVEL))
    if found.shared is not None:
        apart = [name for name, part in zip(split.names, found.parts, strict=True) if part is None]
        told["shared"] = _add(sheet, "mix_effect_not_told_apart", found.shared, n, where | {"of": " and ".join(apart)})
    told["combinations"] = _add(sheet, "mix_effect_of_combinations", found.combinations, n, where)
    return told


def _add(sheet: FactSheet, name: str, effect: Effect, n: int, where: dict[str, str]) -> str:
    return sheet.add(name, effect.estimate, "points", n=n, low=effect.low, high=effect.high, where=where).id
