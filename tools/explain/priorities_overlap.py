"""Which of several overlapping segments carries a finding: what is left of one when another is set aside."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from tools.explain.outliers import Judged
from tools.explain.priorities_time import Values, condition
from tools.measure.compare import LEVEL
from tools.scope import Scope
from tools.stats.counts import Counts
from tools.stats.score import nps_difference
from warehouse.workspace import Warehouse

MOST = 12
"""Candidates that are set against each other, the costliest ones."""
Relation = Literal["inside", "around", "overlapping"]


@dataclass
class Carrier:
    """A candidate that carries a finding of its own, with those that only show it again."""

    item: Judged
    covered: list[tuple[Relation, Values]] = field(default_factory=list)


class Shared:
    """Counts of answers by which of the candidates they belong to."""

    def __init__(self, warehouse: Warehouse, rows: Scope, items: list[Judged], sql: list[str]) -> None:
        told = [condition(warehouse, item.values) for item in items]
        scale = warehouse.catalog.scale
        flags = "".join(f"CASE WHEN {text} THEN 1 ELSE 0 END AS f{i}, " for i, (text, _columns) in enumerate(told))
        places = ", ".join(str(i + 1) for i in range(len(told)))
        relation = warehouse.relation([*rows.columns, *(column for _text, columns in told for column in columns)])
        statement = (
            f"SELECT {flags}count(CASE WHEN score >= {scale.promoter_from} THEN 1 END) AS promoters, "
            f"count(CASE WHEN score <= {scale.detractor_to} THEN 1 END) AS detractors, count(*) AS n "
            f"FROM {relation}{rows.sql('score IS NOT NULL')} GROUP BY {places} ORDER BY {places}"
        )
        found = warehouse.run(statement, rows=2 ** len(told))
        sql.append(found.sql)
        self.cells = [(row[: len(told)], [int(value) for value in row[len(told) :]]) for row in found.rows]

    def counts(self, inside: int | None, outside: list[int]) -> Counts:
        """Answers in the one candidate and in none of the others."""
        kept = [
            sums
            for member, sums in self.cells
            if (inside is None or member[inside]) and not any(member[at] for at in outside)
        ]
        promoters, detractors, n = (sum(sums[i] for sums in kept) for i in range(3))
        return Counts(promoters, n - promoters - detractors, detractors)


def carriers(shared: Shared, items: list[Judged], below: int, base: int, design_effect: float) -> dict[int, Carrier]:
    """Of the first `below` candidates those that are not one of the others seen again, in the order of their strength.

    Of a value and a pair within it the pair carries the finding where the value without the pair is like all others;
    else the value does. Of two that only overlap the stronger one does, unless the other is below all others still
    when the stronger is set aside.
    """
    order = sorted(range(below), key=lambda at: items[at].test.z)
    singles = [at for at in order if len(items[at].values) == 1]
    pairs = [at for at in order if len(items[at].values) == 2]
    level = LEVEL / max(below, 1)

    def left(at: int, aside: list[int]) -> bool:
        """True when a candidate is still below all others without the answers that are set aside."""
        own, rest = shared.counts(at, aside), shared.counts(None, [at, *aside])
        if min(own.n, rest.n) < base:
            return False
        effect = max(items[at].cell.design_effect, design_effect)
        test = nps_difference(own, rest, design_effects=(effect, effect))
        return test.estimate < 0 and test.p_value < level

    within = {
        pair: [one for one in singles if items[one].values.items() <= items[pair].values.items()] for pair in pairs
    }
    holders = {pair: {one for one in within[pair] if left(one, [pair])} for pair in pairs}
    shown_by = {one for pair in pairs if not holders[pair] for one in within[pair]}
    holding = {pair for pair in pairs if holders[pair] - shown_by}
    kept: dict[int, Carrier] = {}
    for at in order:
        if at in shown_by or at in holding or (kept and not left(at, list(kept))):
            continue
        kept[at] = Carrier(items[at])
    for at in order:
        if at not in kept:
            _name(at, kept, items, shared)
    return kept


def with_falling(shared: Shared, items: list[Judged], below: int, kept: dict[int, Carrier]) -> list[Carrier]:
    """The carriers, and the falling candidates; one whose answers lie mostly in another is named with it."""
    for at in range(below, len(items)):
        if kept and shared.counts(at, list(kept)).n < shared.counts(at, []).n / 2:
            _name(at, kept, items, shared)
        else:
            kept[at] = Carrier(items[at])
    return list(kept.values())


def _name(at: int, kept: dict[int, Carrier], items: list[Judged], shared: Shared) -> None:
    """Name a candidate beside the one that holds most of its answers."""
    own = items[at].values.items()
    nested = [other for other in kept if items[other].values.items() <= own or own <= items[other].values.items()]
    best = min(nested or kept, key=lambda other: shared.counts(at, [other]).n)
    others = items[best].values.items()
    relation: Relation = "inside" if others <= own else "around" if own <= others else "overlapping"
    kept[best].covered.append((relation, items[at].values))
