"""Why did the NPS change: other people answering (mix), or the same people answering otherwise (within)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from tools.cells import Cell
from tools.explain.mix_parts import MixPart, tell_parts
from tools.explain.splits import Split, find_splits
from tools.measure.compare import LEVEL, Pair, Verdict, add_difference, limited, look_at_both, verdict
from tools.measure.compare_beside import Beside
from tools.measure.compare_replaced import Replaced
from tools.measure.compare_season import Season
from tools.outcome import find_outcome
from tools.result import Column, Fact, FactSheet, Model, Result, Table
from tools.scope import Scope, Where, scope
from tools.shown import NpsCell, add_cell, base_caveats, where_text
from tools.stats.decomposition import Effect, SegmentEffect
from warehouse.workspace import Warehouse

TOLD_IN_FULL = 3
SPARSE = 0.1
"""Share of answers in pooled combinations above which it is said."""


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
    parts: list[MixPart] = Field(
        default_factory=list,
        description="Where several dimensions are taken together: each one's part of the mix effect.",
    )
    shared: str | None = Field(None, description="Id of the mix effect of dimensions that cannot be told apart.")
    combinations: str | None = Field(
        None, description="Id of the rest of the mix effect: values that go together otherwise than before."
    )


class DecomposeResult(Result):
    """A change and its parts; total = mix + within + entering + leaving exactly, for each dimension."""

    before: NpsCell
    after: NpsCell
    change: str = Field(description="Id of the total change.")
    p_value: str
    smallest_detectable: str
    verdict: Verdict
    dimensions: list[DimensionEffects] = Field(description="Strongest first; none where nothing can be compared.")
    replaced: list[Replaced] = Field(
        default_factory=list, description="Dimensions of which values came or went with many answers, to be told first."
    )
    season: Season | None = Field(None, description="The same step in earlier years, where it was as large.")


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
    people answered otherwise (within), dimension by dimension, and raises a Simpson alarm. Several dimensions in `by`
    are taken together, and each one's own part of the mix effect is told. It never says causes.
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
    outcome, deff = find_outcome(warehouse), pair.design_effect
    beside = look_at_both(warehouse, sheet, outcome, (later, earlier), "periods", ids[0], deff, pair.test, sql)
    splits = find_splits(warehouse, by, rows, earlier, later, sql) if by or beside.comparable else []
    splits.sort(key=lambda split: split.name not in [item.dimension for item in beside.replaced])
    effects = _tell(sheet, splits, rows, pair)
    caveats = base_caveats(warehouse, pair.both, [], False) + beside.caveats + _caveats(pair, splits, by, beside)
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
        replaced=beside.replaced,
        season=beside.season,
    )


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
                **tell_parts(sheet, split, n, where),
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


def _caveats(pair: Pair, splits: list[Split], by: list[str], beside: Beside) -> list[str]:
    caveats = [pair.note] if pair.note else []
    if not splits and not beside.comparable:
        return caveats
    if not splits:
        return [
            *caveats,
            "No dimension has segments in both periods, so the change cannot be split into mix and within.",
        ]
    if not by:
        cuts = "1 cut was" if len(splits) == 1 else f"{len(splits)} cuts were"
        caveats.append(f"{cuts} looked at; what is called clear holds after adjusting for that.")
    caveats += _joint_caveats(splits[0])
    caveats.append("Mix and within effects describe who changed; they do not say what caused it.")
    return caveats


def _joint_caveats(split: Split) -> list[str]:
    """What is to be known of several dimensions taken together."""
    if len(split.names) < 2 or split.clustered is None:
        return []
    caveats = []
    if None in split.clustered.parts:
        apart = [name for name, part in zip(split.names, split.clustered.parts, strict=True) if part is None]
        caveats.append(f"The mix effects of {' and '.join(apart)} cannot be told apart: one follows from the other.")
    if split.pooled_share > SPARSE:
        caveats.append(
            f"{split.pooled_share:.0%} of the answers stand in combinations of {split.name} with too few answers, "
            "which no dimension's part of the mix effect covers; name fewer dimensions to cover them."
        )
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
