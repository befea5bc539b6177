"""What else differs between two sides of a comparison: other strata, a replaced dimension, the season."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tools.measure.compare_alike import Alike, gap_in_like_strata
from tools.measure.compare_replaced import Replaced, find_replaced
from tools.measure.compare_season import Season, same_step_before
from tools.measure.compare_strata import Crude
from tools.outcome import Outcome
from tools.result import Fact, FactSheet
from tools.scope import Scope
from warehouse.workspace import Warehouse

Kind = Literal["groups", "periods"]


@dataclass(frozen=True)
class Beside:
    """What was found; of groups `alike`, of periods the others."""

    alike: Alike | None = None
    replaced: list[Replaced] = field(default_factory=list)
    season: Season | None = None
    caveats: list[str] = field(default_factory=list)

    @property
    def comparable(self) -> bool:
        """False where a replaced dimension leaves nothing to compare."""
        return all(item.comparable for item in self.replaced)


def look_beside(
    warehouse: Warehouse,
    sheet: FactSheet,
    outcome: Outcome,
    sides: tuple[Scope, Scope],
    kind: Kind,
    difference: Fact,
    design_effect: float,
    clear: bool,
    sql: list[str],
) -> Beside:
    """Look for what makes a gap or a change another one than it seems; what is found becomes facts.

    Args:
        sides: the first side (or the later stretch) and the second.
        difference: the fact that tells the gap.
        clear: whether the gap is clear.
        sql: the statements that were run are added to it.
    """
    first, second = sides
    value = difference.value if isinstance(difference.value, int | float) else 0.0
    told = Crude(float(value), clear, design_effect, dict(difference.where), difference.name, difference.unit)
    if kind == "groups":
        alike, caveats = gap_in_like_strata(warehouse, sheet, outcome, first, second, told, sql)
        return Beside(alike=alike, caveats=caveats)
    replaced, caveats = find_replaced(warehouse, sheet, outcome, first, second, told, sql)
    if not all(item.comparable for item in replaced):
        return Beside(replaced=replaced, caveats=caveats)
    return Beside(
        replaced=replaced,
        season=same_step_before(warehouse, sheet, outcome, first, second, told, sql),
        caveats=caveats,
    )
