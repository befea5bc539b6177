"""The cuts of a change: counted before and after, tested, and put in the order of what they show."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from tools.cells import Cell, count_cells
from tools.disclosure import OTHER, pool_small
from tools.explain.customer_groups import clustered_effects
from tools.explain.traits import traits
from tools.measure.compare import LEVEL
from tools.scope import Scope, axes
from tools.stats.decomposition import Decomposition, kitagawa
from tools.stats.heterogeneity import cochran_q
from tools.stats.multifactor import MultifactorEffects
from tools.stats.multiplicity import holm
from tools.stats.score import Difference, nps_difference
from warehouse.workspace import Warehouse

MAX_SEGMENTS = 60


@dataclass
class Split:
    """One way to cut both periods."""

    name: str
    parts: Decomposition
    changes: dict[str, Difference]
    before: dict[str, Cell]
    after: dict[str, Cell]
    differ_p: float | None
    statements: tuple[int, int]
    """Where the counts before and after come from."""
    names: list[str] = field(default_factory=list)
    """The dimensions that are taken together."""
    clustered: MultifactorEffects | None = None
    """The same parts with errors clustered by customer, the mix by dimension."""
    parts_statement: int = 0
    """Where they come from."""
    mix_p: float = 1.0
    adjusted_differ_p: float = 1.0
    change_p: dict[str, float] = field(default_factory=dict)
    """p-values of the segments' changes, adjusted for all segments of all cuts."""

    @property
    def pooled_share(self) -> float:
        """The share of the answers that stands in pooled segments."""
        both = [*self.before.items(), *self.after.items()]
        return sum(cell.n for name, cell in both if name == OTHER) / sum(cell.n for _name, cell in both)

    @property
    def pooled(self) -> bool:
        """True when segments were too small to be told alone."""
        return OTHER in self.before or OTHER in self.after

    @property
    def strength(self) -> tuple[int, float, float]:
        """Clear findings first, then by how many points the cut explains; unclear ones by how nearly they are clear."""
        clear = int(self.mix_p < LEVEL) + int(self.adjusted_differ_p < LEVEL)
        moved = sum(abs(segment.contribution) for segment in self.parts.segments)
        points = abs(self.parts.mix.estimate) + (moved if self.adjusted_differ_p < LEVEL else 0.0)
        return clear, points if clear else 0.0, -(self.differ_p if self.differ_p is not None else 1.0)


def find_splits(
    warehouse: Warehouse, by: list[str], rows: Scope, earlier: Scope, later: Scope, sql: list[str]
) -> list[Split]:
    """Every cut, strongest first; looking at each dimension in turn is paid for by Holm's adjustment."""
    fixed = set(rows.where)
    cuts = [by] if by else [[name] for name in traits(warehouse.catalog, MAX_SEGMENTS) if name not in fixed]
    splits = [split for names in cuts if (split := _split(warehouse, names, earlier, later, sql)) is not None]
    _adjust(splits)
    splits.sort(key=lambda split: split.strength, reverse=True)
    strong = [split for split in splits if split.adjusted_differ_p < LEVEL]
    if not by and len(strong) >= 2:
        joint = _split(warehouse, [strong[0].name, strong[1].name], earlier, later, sql)
        # Beside the segments of its two dimensions a pooled segment would tell the small ones in it.
        if joint is not None and not joint.pooled and len(joint.parts.segments) <= MAX_SEGMENTS:
            cuts_looked_at = len(splits) + 1
            joint.mix_p = min(1.0, cuts_looked_at * _or_certain(joint.parts.mix.p_value))
            joint.adjusted_differ_p = min(1.0, cuts_looked_at * _or_certain(joint.differ_p))
            splits.insert(0, joint)
    _adjust_changes(splits)
    return splits


def _adjust(splits: list[Split]) -> None:
    mixes = holm([_or_certain(split.parts.mix.p_value) for split in splits])
    differ = holm([_or_certain(split.differ_p) for split in splits])
    for split, mix_p, differ_p in zip(splits, mixes, differ, strict=True):
        split.mix_p, split.adjusted_differ_p = mix_p, differ_p


def _adjust_changes(splits: list[Split]) -> None:
    places = [(split, name) for split in splits for name in split.changes]
    adjusted = holm([split.changes[name].p_value for split, name in places])
    for (split, name), p_value in zip(places, adjusted, strict=True):
        split.change_p[name] = p_value


def _or_certain(p_value: float | None) -> float:
    """Where there is nothing to test, nothing is found."""
    return 1.0 if p_value is None else p_value


def _split(warehouse: Warehouse, names: list[str], earlier: Scope, later: Scope, sql: list[str]) -> Split | None:
    cut = axes(warehouse, names)
    first, second = count_cells(warehouse, cut, earlier), count_cells(warehouse, cut, later)
    statements = (len(sql) + 1, len(sql) + len(first.sql) + 1)
    sql += [*first.sql, *second.sql]
    before, after = pool_small(first, second, warehouse.catalog.minimum_base.cell)
    common = [name for name in before if name in after]
    if not common or len({*before, *after}) < 2:
        return None
    parts = kitagawa(
        {name: cell.counts for name, cell in before.items()},
        {name: cell.counts for name, cell in after.items()},
        design_effect=max(first.total.design_effect, second.total.design_effect),
    )
    changes = {
        name: nps_difference(
            after[name].counts,
            before[name].counts,
            design_effects=(after[name].design_effect, before[name].design_effect),
        )
        for name in common
    }
    differ = None
    if len(changes) >= 2:
        errors = [math.hypot(_error(before[name]), _error(after[name])) for name in common]
        differ = cochran_q([changes[name].estimate for name in common], errors).p_value
    split = Split(" × ".join(item.name for item in cut), parts, changes, before, after, differ, statements)
    split.names = [item.name for item in cut]
    if len(cut) > 1 or warehouse.catalog.repeated_customers:
        split.clustered = clustered_effects(warehouse, cut, earlier, later, before, after, sql)
        split.parts_statement = len(sql)
    if split.clustered is not None:
        split.parts = _with_errors(parts, split.clustered, list(dict.fromkeys([*before, *after])))
    return split


def _with_errors(parts: Decomposition, clustered: MultifactorEffects, names: list[str]) -> Decomposition:
    """The same parts with the errors of customers who may have answered in both periods."""
    own = dict(zip(names, clustered.segments, strict=True))
    segments = [
        replace(segment, within_low=found.low, within_high=found.high, within_p=found.p_value)
        if (found := own[segment.segment]) is not None
        else segment
        for segment in parts.segments
    ]
    return replace(
        parts,
        mix=clustered.mix,
        within=clustered.within,
        entering=clustered.entering,
        leaving=clustered.leaving,
        segments=tuple(segments),
    )


def _error(cell: Cell) -> float:
    """Standard error of the observed NPS: the interval's is that of one pulled towards 0 by three pseudo-answers."""
    return cell.interval.standard_error * (1 + 3 / cell.interval.n_effective)
