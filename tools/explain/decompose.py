"""Why did the NPS change: other people answering (mix), or the same people answering otherwise (within)."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import Field

from tools.cells import Cell, count_cells
from tools.disclosure import OTHER, pool_small
from tools.measure.compare import LEVEL, Pair, Verdict, add_difference, limited, verdict
from tools.result import Column, Fact, FactSheet, Model, Result, Table
from tools.scope import Scope, Where, axes, scope
from tools.shown import NpsCell, add_cell, base_caveats, where_text
from tools.stats.decomposition import Decomposition, Effect, SegmentEffect, kitagawa
from tools.stats.heterogeneity import cochran_q
from tools.stats.multiplicity import holm
from tools.stats.score import Difference, nps_difference
from warehouse.workspace import Warehouse

MAX_SEGMENTS = 60
TOLD_IN_FULL = 3


class SegmentChange(Model):
    """One segment before and after."""

    segment: str
    kind: str = Field(description="common, entering (only after) or leaving (only before).")
    share_before: str = Field(description="Id of the fact with its share of all answers before.")
    share_after: str = Field(description="Id of the fact with its share of all answers after.")
    nps_before: str | None = Field(description="Id of the NPS before.")
    nps_after: str | None = Field(description="Id of the NPS after.")
    change: str | None = Field(description="Id of the segment's own change.")
    verdict: Verdict = Field(description="Whether its NPS rose or fell, adjusted for all segments looked at.")
    mix: str | None = Field(description="Id of its part of the mix effect.")
    within: str | None = Field(description="Id of its part of the within effect.")


class DimensionEffects(Model):
    """The change split by one dimension (or by several together)."""

    dimension: str
    mix: str = Field(description="Id of the mix effect: segments have other shares.")
    within: str = Field(description="Id of the within effect: segments score otherwise.")
    entering: str | None = Field(description="Id of the effect of segments that are only there after.")
    leaving: str | None = Field(description="Id of the effect of segments that were only there before.")
    mix_clear: bool = Field(
        description="True when the mix effect is not chance, adjusted for all dimensions looked at."
    )
    within_clear: bool = Field(description="True when the within effect is not chance.")
    segments_differ: bool = Field(description="True when some segments changed otherwise than others.")
    differ_p: str | None = Field(description="Id of the p-value that all segments changed alike.")
    simpson: bool = Field(description="True when the whole moved one way and no segment did.")
    told: bool = Field(description="True when the segments are listed one by one.")
    segments: list[SegmentChange] = Field(default_factory=list)


class DecomposeResult(Result):
    """A change and its parts; total = mix + within + entering + leaving exactly, for each dimension."""

    before: NpsCell
    after: NpsCell
    change: str = Field(description="Id of the total change.")
    p_value: str
    smallest_detectable: str
    verdict: Verdict
    dimensions: list[DimensionEffects] = Field(description="Strongest first.")


def decompose_change(
    warehouse: Warehouse,
    *,
    before: Annotated[str, Field(description='Earlier period, e.g. "2025-Q1" or "2025-01-01..2025-06-30".')],
    after: Annotated[str, Field(description="Later period.")],
    by: Annotated[
        list[str], Field(description="Dimensions taken together; empty looks at each dimension in turn.")
    ] = [],
    where: Annotated[Where, Field(description='Filter: {"country": "Germany"}.')] = {},
) -> DecomposeResult:
    """Split a change of the NPS between two periods into mix and within effects, and say which segments moved.

    Use it for "why did NPS fall": it tests the change itself, then asks whether other people answered (mix) or
    people answered otherwise (within), dimension by dimension, and raises a Simpson alarm. It never says causes.
    """
    rows = scope(warehouse, where)
    earlier, later = limited(warehouse, rows, before), limited(warehouse, rows, after)
    pair = Pair(warehouse, later, earlier)
    sheet = FactSheet("decompose_change")
    sheet.statement = pair.second_statement
    top = add_cell(sheet, pair.second, dict(earlier.where))
    sheet.statement = 1
    bottom = add_cell(sheet, pair.first, dict(later.where))
    ids = add_difference(sheet, pair, dict(later.where), where_text(earlier.where))
    sql = list(pair.sql)
    splits = _splits(warehouse, by, rows, earlier, later, sql)
    effects = _tell(sheet, splits, rows, pair)
    caveats = base_caveats(warehouse, pair.both, [], False) + _caveats(pair, splits, by)
    return DecomposeResult(
        facts=sheet.facts,
        caveats=list(dict.fromkeys(caveats)),
        sql=sql,
        table=_table(sheet, effects[0]) if effects else None,
        before=top,
        after=bottom,
        change=ids[0],
        p_value=ids[1],
        smallest_detectable=ids[2],
        verdict=verdict(pair.test),
        dimensions=effects,
    )


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
    mix_p: float = 1.0
    adjusted_differ_p: float = 1.0
    change_p: dict[str, float] = field(default_factory=dict)
    """p-values of the segments' changes, adjusted for all segments of all cuts."""

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


def _splits(
    warehouse: Warehouse, by: list[str], rows: Scope, earlier: Scope, later: Scope, sql: list[str]
) -> list[Split]:
    """Every cut, strongest first; looking at each dimension in turn is paid for by Holm's adjustment."""
    fixed = set(rows.where)
    if by:
        cuts = [by]
    else:
        cuts = [
            [name]
            for name, dimension in warehouse.catalog.dimensions.items()
            if 2 <= len(dimension.values) <= MAX_SEGMENTS and name not in fixed
        ]
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
    return Split(" × ".join(item.name for item in cut), parts, changes, before, after, differ, statements)


def _error(cell: Cell) -> float:
    """Standard error of the observed NPS: the interval's is that of one pulled towards 0 by three pseudo-answers."""
    return cell.interval.standard_error * (1 + 3 / cell.interval.n_effective)


def _tell(sheet: FactSheet, splits: list[Split], rows: Scope, pair: Pair) -> list[DimensionEffects]:
    told: list[DimensionEffects] = []
    for split in splits:
        n = pair.first.n + pair.second.n
        where = {**rows.where, "dimension": split.name}
        full = _may_be_told(split, splits, told)
        sheet.statement = split.statements[0]
        mix = _effect(sheet, "mix_effect", split.parts.mix, n, where)
        within = _effect(sheet, "within_effect", split.parts.within, n, where)
        kinds = {segment.kind for segment in split.parts.segments}
        entering = _effect(sheet, "entering_effect", split.parts.entering, n, where) if "entering" in kinds else None
        leaving = _effect(sheet, "leaving_effect", split.parts.leaving, n, where) if "leaving" in kinds else None
        differ = (
            sheet.add("segments_differ_p", split.adjusted_differ_p, "p-value", n=n, where=where)
            if split.differ_p is not None
            else None
        )
        within_p = split.parts.within.p_value
        told.append(
            DimensionEffects(
                dimension=split.name,
                mix=mix.id,
                within=within.id,
                entering=entering.id if entering else None,
                leaving=leaving.id if leaving else None,
                mix_clear=split.mix_p < LEVEL,
                within_clear=within_p is not None and within_p < LEVEL,
                segments_differ=split.adjusted_differ_p < LEVEL,
                differ_p=differ.id if differ else None,
                simpson=split.parts.simpson,
                told=full,
                segments=_segments(sheet, split, rows) if full else [],
            )
        )
    return told


def _may_be_told(split: Split, splits: list[Split], told: list[DimensionEffects]) -> bool:
    """Of cuts with pooled segments only the strongest is told, and alone: one cut can tell what another pools."""
    full = sum(effects.told for effects in told)
    return full == 0 or (full < TOLD_IN_FULL and not split.pooled and not splits[0].pooled)


def _effect(sheet: FactSheet, name: str, effect: Effect, n: int, where: dict[str, str]) -> Fact:
    return sheet.add(name, effect.estimate, "points", n=n, low=effect.low, high=effect.high, where=where)


def _segments(sheet: FactSheet, split: Split, rows: Scope) -> list[SegmentChange]:
    changes = split.changes
    order = sorted(split.parts.segments, key=lambda s: changes[s.segment].estimate if s.segment in changes else 999)
    return [_segment(sheet, split, segment, rows) for segment in order]


def _segment(sheet: FactSheet, split: Split, segment: SegmentEffect, rows: Scope) -> SegmentChange:
    name = segment.segment
    where = {**rows.where, split.name: name}
    n = int(segment.n_before + segment.n_after)
    sheet.statement = split.statements[1]
    after = _level(sheet, split.after.get(name), where | {"time": "after"})
    sheet.statement = split.statements[0]
    before = _level(sheet, split.before.get(name), where | {"time": "before"})
    shares = []
    for time, cells, own in (("before", split.before, segment.n_before), ("after", split.after, segment.n_after)):
        everybody = sum(cell.n for cell in cells.values())
        shares.append(sheet.add(f"share_{time}", own / everybody, "share", n=everybody, where=where).id)
    change = mix = within = None
    found: Verdict = "no clear difference"
    if name in split.changes:
        test = split.changes[name]
        change = sheet.add("nps_difference", test.estimate, "points", n=n, low=test.low, high=test.high, where=where)
        if split.change_p[name] < LEVEL:
            found = "higher" if test.estimate > 0 else "lower"
        mix = sheet.add("mix_effect", segment.mix, "points", n=n, where=where)
        within = sheet.add(
            "within_effect",
            segment.within,
            "points",
            n=n,
            low=segment.within_low,
            high=segment.within_high,
            where=where,
        )
    return SegmentChange(
        segment=name,
        kind=segment.kind,
        share_before=shares[0],
        share_after=shares[1],
        nps_before=before,
        nps_after=after,
        change=change.id if change else None,
        verdict=found,
        mix=mix.id if mix else None,
        within=within.id if within else None,
    )


def _level(sheet: FactSheet, cell: Cell | None, where: dict[str, str]) -> str | None:
    return add_cell(sheet, cell, where).fact if cell is not None else None


def _caveats(pair: Pair, splits: list[Split], by: list[str]) -> list[str]:
    caveats = [pair.note] if pair.note else []
    if not splits:
        return [
            *caveats,
            "No dimension has segments in both periods, so the change cannot be split into mix and within.",
        ]
    if not by:
        cuts = "1 cut was" if len(splits) == 1 else f"{len(splits)} cuts were"
        caveats.append(f"{cuts} looked at; what is called clear holds after adjusting for that.")
    caveats.append("Mix and within effects describe who changed; they do not say what caused it.")
    return caveats


def _table(sheet: FactSheet, effects: DimensionEffects) -> Table:
    values = {fact.id: fact.value for fact in sheet.facts}
    rows = [
        [
            segment.segment,
            *(
                values.get(key or "")
                for key in (
                    segment.share_before,
                    segment.share_after,
                    segment.nps_before,
                    segment.nps_after,
                    segment.change,
                    segment.mix,
                    segment.within,
                )
            ),
        ]
        for segment in effects.segments
    ]
    columns = [
        Column(name=effects.dimension),
        Column(name="share before", unit="share"),
        Column(name="share after", unit="share"),
        Column(name="NPS before", unit="points"),
        Column(name="NPS after", unit="points"),
        Column(name="change", unit="points"),
        Column(name="mix effect", unit="points"),
        Column(name="within effect", unit="points"),
    ]
    return Table(title=f"Change by {effects.dimension}", columns=columns, rows=rows)
