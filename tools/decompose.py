"""Why did the NPS change: other people answering (mix), or the same people answering otherwise (within)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from tools.cells import Cell, Cells, count_cells
from tools.compare import LEVEL, Pair, Verdict, add_difference, limited, verdict
from tools.result import Column, Fact, FactSheet, Model, Result, Table
from tools.scope import Scope, Where, axis, scope
from tools.shown import NpsCell, add_cell, base_caveats, where_text
from tools.stats.counts import Counts
from tools.stats.decomposition import Decomposition, Effect, SegmentEffect, kitagawa
from tools.stats.heterogeneity import cochran_q
from tools.stats.multiplicity import holm
from tools.stats.score import Difference, nps_difference
from warehouse.workspace import Warehouse

OTHER = "(other, too few answers)"
MAX_SEGMENTS = 60
TOLD_IN_FULL = 3


class SegmentChange(Model):
    """One segment before and after."""

    segment: str
    kind: str = Field(description="common, entering (only after) or leaving (only before).")
    share_before: str = Field(description="Id of the share-before fact.")
    share_after: str = Field(description="Id of the share-after fact.")
    nps_before: str | None = Field(description="Id of the NPS before.")
    nps_after: str | None = Field(description="Id of the NPS after.")
    change: str | None = Field(description="Id of the segment's own change.")
    verdict: Verdict = Field(description="Whether the segment's NPS rose or fell, after Holm's adjustment.")
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
    top = add_cell(sheet, pair.second, dict(earlier.where))
    bottom = add_cell(sheet, pair.first, dict(later.where))
    ids = add_difference(sheet, pair, dict(later.where), where_text(earlier.where))
    sql = list(pair.sql)
    splits = _splits(warehouse, by, rows, earlier, later, sql)
    effects = _tell(sheet, splits, rows, pair)
    caveats = base_caveats(warehouse, pair.first, [], False) + _caveats(pair, splits, by)
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
    mix_p: float = 1.0
    adjusted_differ_p: float = 1.0

    @property
    def strength(self) -> tuple[int, float]:
        """Clear findings first, then by how many points the cut explains."""
        clear = int(self.mix_p < LEVEL) + int(self.adjusted_differ_p < LEVEL)
        moved = sum(abs(segment.contribution) for segment in self.parts.segments)
        return clear, abs(self.parts.mix.estimate) + (moved if self.adjusted_differ_p < LEVEL else 0.0)


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
        if joint is not None and len(joint.parts.segments) <= MAX_SEGMENTS:
            joint.mix_p, joint.adjusted_differ_p = joint.parts.mix.p_value or 1.0, joint.differ_p or 1.0
            splits.insert(0, joint)
    return splits


def _adjust(splits: list[Split]) -> None:
    mixes = holm([split.parts.mix.p_value if split.parts.mix.p_value is not None else 1.0 for split in splits])
    differ = holm([split.differ_p if split.differ_p is not None else 1.0 for split in splits])
    for split, mix_p, differ_p in zip(splits, mixes, differ, strict=True):
        split.mix_p, split.adjusted_differ_p = mix_p, differ_p


def _split(warehouse: Warehouse, names: list[str], earlier: Scope, later: Scope, sql: list[str]) -> Split | None:
    axes = [axis(warehouse, name) for name in names]
    first, second = count_cells(warehouse, axes, earlier), count_cells(warehouse, axes, later)
    sql += [*first.sql, *second.sql]
    before, after = _pool_small(first, second, warehouse.catalog.minimum_base.cell)
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
        differ = cochran_q(
            [change.estimate for change in changes.values()], [change.standard_error for change in changes.values()]
        ).p_value
    return Split(" × ".join(item.name for item in axes), parts, changes, before, after, differ)


def _pool_small(first: Cells, second: Cells, base: int) -> tuple[dict[str, Cell], dict[str, Cell]]:
    """Segments below the base in either period (but there in it) are told together, never alone."""
    before = {" × ".join(cell.key): cell for cell in first.cells if cell.n}
    after = {" × ".join(cell.key): cell for cell in second.cells if cell.n}
    sizes = {
        name: min(cell.n for cell in (before.get(name), after.get(name)) if cell is not None)
        for name in {*before, *after}
    }
    small = sorted((name for name, n in sizes.items() if n < base), key=lambda name: (sizes[name], name))
    others = sorted((name for name, n in sizes.items() if n >= base), key=lambda name: (sizes[name], name))
    while small and others and not _large_enough(small, before, after, base):
        small.append(others.pop(0))
    return _pooled(before, small), _pooled(after, small)


def _large_enough(names: list[str], before: dict[str, Cell], after: dict[str, Cell], base: int) -> bool:
    totals = [sum(cells[name].n for name in names if name in cells) for cells in (before, after)]
    return all(total == 0 or total >= base for total in totals) and len(names) >= 2


def _pooled(cells: dict[str, Cell], small: list[str]) -> dict[str, Cell]:
    kept = {name: cell for name, cell in cells.items() if name not in small}
    pooled = [cells[name] for name in small if name in cells]
    if pooled:
        counts = sum((cell.counts for cell in pooled), Counts(0, 0, 0))
        kept[OTHER] = Cell((OTHER,), counts, sum(c.rows for c in pooled), max(c.design_effect for c in pooled))
    return kept


def _tell(sheet: FactSheet, splits: list[Split], rows: Scope, pair: Pair) -> list[DimensionEffects]:
    told = []
    for at, split in enumerate(splits):
        n = pair.first.n + pair.second.n
        where = {**rows.where, "dimension": split.name}
        full = at < TOLD_IN_FULL
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


def _effect(sheet: FactSheet, name: str, effect: Effect, n: int, where: dict[str, str]) -> Fact:
    return sheet.add(name, effect.estimate, "points", n=n, low=effect.low, high=effect.high, where=where)


def _segments(sheet: FactSheet, split: Split, rows: Scope) -> list[SegmentChange]:
    adjusted = dict(zip(split.changes, holm([c.p_value for c in split.changes.values()]), strict=True))
    order = sorted(
        split.parts.segments, key=lambda s: split.changes[s.segment].estimate if s.segment in adjusted else 999
    )
    return [_segment(sheet, split, segment, rows, adjusted) for segment in order]


def _change(split: Split, segment: SegmentEffect) -> float:
    change = split.changes.get(segment.segment)
    return change.estimate if change is not None else segment.contribution


def _segment(
    sheet: FactSheet, split: Split, segment: SegmentEffect, rows: Scope, adjusted: Mapping[str, float]
) -> SegmentChange:
    name = segment.segment
    where = {**rows.where, split.name: name}
    n = int(segment.n_before + segment.n_after)
    before = _level(sheet, split.before.get(name), where | {"time": "before"})
    after = _level(sheet, split.after.get(name), where | {"time": "after"})
    shares = [
        sheet.add(f"share_{time}", share, "share", n=int(base), where=where).id
        for time, share, base in (
            ("before", segment.share_before, segment.n_before),
            ("after", segment.share_after, segment.n_after),
        )
    ]
    change = mix = within = None
    found: Verdict = "no clear difference"
    if name in split.changes:
        test = split.changes[name]
        change = sheet.add("nps_difference", test.estimate, "points", n=n, low=test.low, high=test.high, where=where)
        if adjusted[name] < LEVEL:
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
