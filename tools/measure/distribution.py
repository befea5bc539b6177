"""How the answers spread over the scale: every score's share, the shape, and how far the class limits matter."""

from __future__ import annotations

import math
from typing import Annotated, Any

from pydantic import Field

from tools.cells import Cell, Cells, count_cells
from tools.charts import SCHEMA
from tools.measure.compare import LEVEL
from tools.measure.score import refuse_empty
from tools.measure.score_counts import ScoreCounts, count_scores_of
from tools.measure.shape import ENOUGH, Boundary, ShapeNote, add_boundaries, add_shapes
from tools.moments import Moments, cell_moments
from tools.outcome import Outcome
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import Axis, Scope, Where, axes, beside_calendar, scope
from tools.shown import (
    NpsCell,
    add_cell,
    add_shares,
    add_suppressed,
    base_caveats,
    is_missing,
    pooled_total,
    split_by_base,
)
from tools.stats.distributions import row_mean_test, same_distribution, score_median
from tools.stats.multiplicity import holm
from tools.stats.proportions import wilson_interval
from warehouse.engine import quoted
from warehouse.errors import NpsError
from warehouse.workspace import Warehouse

MAX_GROUPS = 8
SMALL = 200
"""Customers below which the mean's interval is Student's."""
SCORE = Outcome("score", "CAST(score AS DOUBLE)", "score", ("score",))
_COLOURS = {"detractor": "#c0392b", "passive": "#b8b8b8", "promoter": "#2e8b57"}


class ScoreShare(Model):
    """One score of the scale."""

    score: int
    nps_class: str = Field(description="promoter, passive or detractor.")
    count: int
    share: str = Field(description="Id of the fact with its share; the intervals of all scores hold at once.")


class GroupDistribution(Model):
    """The answers of one group."""

    cell: NpsCell
    mean: str = Field(description="Id of the mean score.")
    median: str = Field(description="Id of the median score.")
    scores: list[ScoreShare]


class DistributionResult(Result):
    """Shares of the scores, with the shape that the data supports."""

    by: list[str] = Field(description="The dimension that groups are made of; empty without a split.")
    total: NpsCell = Field(description="All shown answers together.")
    scores: list[ScoreShare]
    mean: str = Field(description="Id of the mean score.")
    median: str = Field(description="Id of the median score.")
    deviation: str = Field(description="Id of the standard deviation of the scores.")
    shapes: list[ShapeNote] = Field(description="What stands out of the shape, each tested; empty: nothing does.")
    boundaries: list[Boundary] = Field(description="The NPS with one class limit moved by one, for sensitivity only.")
    at_limits: list[str] = Field(description="Ids of the shares on the highest detractor and lowest promoter score.")
    groups: list[GroupDistribution] = Field(default_factory=list)
    means_p: str | None = Field(None, description="Id of the p-value that all groups have one mean score.")
    shapes_p: str | None = Field(None, description="Id of the p-value that all groups have one distribution.")
    means_differ: bool = Field(False, description="True when mean scores differ, at 5 % for both tests together.")
    shapes_differ: bool = Field(False, description="True when the distributions differ, at 5 % for both tests.")


def nps_distribution(
    warehouse: Warehouse,
    *,
    by: Annotated[list[str], Field(max_length=1, description="At most one dimension to set side by side.")] = [],
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description='"2025-Q1", "last 90 days"; empty for all answers.')] = None,
) -> DistributionResult:
    """How the answers spread over the scale: count and share of every score, mean, median, shape, class limits.

    Use it for "histogram of the scores", "are we polarised", "how many gave a 6", "would it matter if 8 counted as a
    promoter". Whether two groups' NPS differ is for `compare`; here whole distributions are compared.
    """
    rows = scope(warehouse, where, period)
    split = axes(warehouse, by)
    if len(split) > 1:
        raise NpsError(f"Distributions stand side by side for one dimension, not {len(split)}; name one.")
    if rows.period is not None:
        beside_calendar(rows, split)
    found = count_cells(warehouse, split, rows)
    shown, small = split_by_base(warehouse, found)
    refuse_empty(warehouse, found, shown, rows)
    counted = count_scores_of(warehouse, split, rows)
    moments = cell_moments(warehouse, [], _only(rows, split, shown) if small else rows, SCORE)
    sheet = FactSheet("nps_distribution")
    keys = [_key(cell) for cell in shown]
    total = pooled_total(found, shown)
    where_ = dict(rows.where)
    top = add_cell(sheet, total, where_, name="nps" if not small else "nps_of_shown_cells")
    add_shares(sheet, total, where_)
    sheet.statement = len(found.sql) + 1
    whole = counted.whole(keys)
    scores = _add_scores(warehouse, sheet, counted, whole, where_)
    shapes = add_shapes(warehouse, sheet, counted, whole, where_)
    at_limits, boundaries = add_boundaries(warehouse, sheet, counted, whole, total.design_effect, where_)
    sheet.statement = len(found.sql) + len(counted.sql) + 1
    mean, median, deviation = _middle(sheet, counted, whole, moments, 0, total.design_effect, where_)
    sql = [*found.sql, *counted.sql, *moments.sql]
    groups, tests = _groups(warehouse, sheet, found, shown, counted, rows, sql) if split else ([], {})
    caveats = base_caveats(warehouse, total, small, found.sampled)
    caveats += _caveats(whole, split, len(shown), len(groups))
    suppressed = [add_suppressed(sheet, found.where(cell, rows), warehouse.catalog.minimum_base.cell) for cell in small]
    return DistributionResult(
        facts=sheet.facts,
        caveats=caveats,
        sql=sql,
        table=_group_table(sheet, split[0], groups, suppressed, counted.scores) if split else _table(sheet, scores),
        chart=_chart(sheet, scores, groups, split),
        by=[axis.name for axis in split],
        total=top,
        scores=scores,
        mean=mean,
        median=median,
        deviation=deviation,
        shapes=shapes,
        boundaries=boundaries,
        at_limits=at_limits,
        groups=groups,
        **tests,
    )


def _key(cell: Cell) -> str:
    return cell.key[0] if cell.key else ""


def _class(warehouse: Warehouse, score: int) -> str:
    scale = warehouse.catalog.scale
    return "promoter" if score >= scale.promoter_from else "detractor" if score <= scale.detractor_to else "passive"


def _add_scores(
    warehouse: Warehouse,
    sheet: FactSheet,
    counted: ScoreCounts,
    counts: list[int],
    where: dict[str, str],
    *,
    told: bool = True,
) -> list[ScoreShare]:
    """Goodman's simultaneous intervals, each on the effective base of its own score."""
    n, made = sum(counts), []
    confidence = 1 - 0.05 / len(counts)
    for score, count, effect in zip(counted.scores, counts, counted.effects, strict=True):
        interval = wilson_interval(count / effect, n / effect, confidence=confidence)
        cell = where | {"score": str(score)}
        share = sheet.add("score_share", count / n, "share", n=n, low=interval.low, high=interval.high, where=cell)
        if told:
            sheet.add("score_count", count, "responses", n=n, where=cell)
        made.append(ScoreShare(score=score, nps_class=_class(warehouse, score), count=count, share=share.id))
    return made


def _only(rows: Scope, split: list[Axis], shown: list[Cell]) -> Scope:
    """The answers of the shown groups alone."""
    listed = ", ".join(quoted(cell.key[0]) for cell in shown)
    conditions = [*rows.conditions, f"{split[0].sql} IN ({listed})"]
    return Scope(conditions, [*rows.columns, *split[0].columns], dict(rows.where), rows.period)


def _middle(
    sheet: FactSheet,
    counted: ScoreCounts,
    counts: list[int],
    moments: Moments,
    at: int | None,
    effect: float,
    where: dict[str, str],
) -> tuple[str, str, str]:
    """Mean (its variance clustered by customer), median and standard deviation of the cell `at`."""
    n = sum(counts)
    mean = sum(score * count for score, count in zip(counted.scores, counts, strict=True)) / n
    spread = sum(count * (score - mean) ** 2 for score, count in zip(counted.scores, counts, strict=True))
    low: float | None = None
    high: float | None = None
    if at is not None and spread > 0 and math.isfinite(moments.covariance[at, at]):
        customers = float(moments.customers[at])
        contrast = moments.contrast({at: 1.0}, customers - 1 if customers < SMALL else None)
        low, high = max(contrast.low, counted.scores[0]), min(contrast.high, counted.scores[-1])
    middle = score_median(counts, counted.scores, design_effect=effect)
    return (
        sheet.add("mean_score", mean, "score", n=n, low=low, high=high, where=where).id,
        sheet.add("median_score", middle.estimate, "score", n=n, low=middle.low, high=middle.high, where=where).id,
        sheet.add("standard_deviation", math.sqrt(spread / max(n - 1, 1)), "score", n=n, where=where).id,
    )


def _groups(
    warehouse: Warehouse,
    sheet: FactSheet,
    found: Cells,
    shown: list[Cell],
    counted: ScoreCounts,
    rows: Scope,
    sql: list[str],
) -> tuple[list[GroupDistribution], dict[str, Any]]:
    """The largest groups one by one, in their order, and whether all shown ones differ."""
    moments = cell_moments(warehouse, found.axes, rows, SCORE)
    last = len(sql) + 1
    sql += moments.sql
    told = sorted(shown, key=lambda cell: -cell.n)[:MAX_GROUPS]
    groups = []
    for cell in [cell for cell in shown if cell in told]:
        where, counts = found.where(cell, rows), counted.counts[_key(cell)]
        sheet.statement = 1
        made = add_cell(sheet, cell, where)
        sheet.statement = len(found.sql) + 1
        scores = _add_scores(warehouse, sheet, counted, counts, where, told=False)
        sheet.statement = last
        at = moments.at(_key(cell))
        mean, median, _deviation = _middle(sheet, counted, counts, moments, at, cell.design_effect, where)
        groups.append(GroupDistribution(cell=made, mean=mean, median=median, scores=scores))
    large = [cell for cell in shown if cell.n >= warehouse.catalog.minimum_base.ranking and not is_missing(cell)]
    return groups, _tests(sheet, large, counted, moments, rows)


def _tests(sheet: FactSheet, large: list[Cell], counted: ScoreCounts, moments: Moments, rows: Scope) -> dict[str, Any]:
    """One distribution? One mean? Of two tests for the mean (Wald, clustered; Mantel's) the larger p-value counts."""
    if len(large) < 2:
        return {}
    n, where = sum(cell.n for cell in large), dict(rows.where)
    table = [counted.counts[_key(cell)] for cell in large]
    weights = [sum(column) for column in zip(*table, strict=True)]
    effect = sum(e * (n - w) for e, w in zip(counted.effects, weights, strict=True)) / (n * (len(weights) - 1))
    shape = same_distribution(table, design_effect=max(effect, 1.0))
    level = row_mean_test(table, counted.scores, design_effect=max(effect, 1.0)).p_value
    places = [at for cell in large if (at := moments.at(_key(cell))) is not None]
    places = [at for at in places if 0 < moments.covariance[at, at] < math.inf]
    if len(places) > 1:
        level = max(level, moments.joint([{at: 1.0, places[0]: -1.0} for at in places[1:]]).p_value)
    adjusted = holm([shape.p_value, level])
    shapes_p = sheet.add("distributions_differ_p", shape.p_value, "p-value", n=n, where=where) if shape.df else None
    means_p = sheet.add("mean_scores_differ_p", level, "p-value", n=n, where=where)
    return {
        "shapes_p": shapes_p.id if shapes_p else None,
        "means_p": means_p.id,
        "shapes_differ": adjusted[0] < LEVEL,
        "means_differ": adjusted[1] < LEVEL,
    }


def _caveats(counts: list[int], split: list[Axis], shown: int, told: int) -> list[str]:
    caveats = [
        "The intervals of the scores' shares hold for all scores at once (Goodman).",
        "An NPS with other class limits is a check of how much hangs on them, not a figure to report or compare.",
    ]
    if sum(counts) < ENOUGH:
        caveats.append(f"With fewer than {ENOUGH} answers nothing is said of the shape.")
    if told < shown and split:
        caveats.append(f"Only the {told} largest of {shown} groups of {split[0].name} are listed.")
    if split:
        caveats.append("Tested against each other are the groups with a value and enough answers to be ranked.")
    return caveats


def _table(sheet: FactSheet, scores: list[ScoreShare]) -> Table:
    facts = {fact.id: fact for fact in sheet.facts}
    rows = [
        [str(item.score), item.nps_class, item.count, share.value, share.low, share.high]
        for item in scores
        if (share := facts[item.share])
    ]
    columns = [Column(name="score"), Column(name="class"), Column(name="answers", unit="responses")]
    columns += [Column(name=name, unit="share") for name in ("share", "95% low", "95% high")]
    return Table(title="Answers by score", columns=columns, rows=list(rows))


def _group_table(
    sheet: FactSheet, axis: Axis, groups: list[GroupDistribution], suppressed: list[NpsCell], scores: list[int]
) -> Table:
    facts = {fact.id: fact for fact in sheet.facts}
    columns = [Column(name=axis.name), Column(name="n", unit="responses"), Column(name="NPS", unit="points")]
    columns += [Column(name="mean", unit="score"), Column(name="median", unit="score")]
    columns += [Column(name=str(score), unit="share") for score in scores]
    rows: list[list[str | float | int | bool | None]] = []
    for group in groups:
        cell = group.cell
        middle = [facts[group.mean].value, facts[group.median].value]
        shares = [facts[item.share].value for item in group.scores]
        rows.append([cell.where[axis.name], cell.n, cell.nps, *middle, *shares])
    rows += [[cell.where[axis.name], None, None, None, None, *[None] * len(scores)] for cell in suppressed]
    return Table(title=f"Answers by score and {axis.name}", columns=columns, rows=rows)


def _chart(
    sheet: FactSheet, scores: list[ScoreShare], groups: list[GroupDistribution], split: list[Axis]
) -> dict[str, Any]:
    """Bars coloured by class; groups one below the other."""
    facts = {fact.id: fact for fact in sheet.facts}
    told = [({axis.name: group.cell.where[axis.name] for axis in split}, group.scores) for group in groups]
    data = [
        {
            **name,
            "score": item.score,
            "share": share.value,
            "low": share.low,
            "high": share.high,
            "class": item.nps_class,
        }
        for name, items in told or [({}, scores)]
        for item in items
        if (share := facts[item.share])
    ]
    colours = {"domain": list(_COLOURS), "range": list(_COLOURS.values())}
    encoding: dict[str, Any] = {
        "x": {"field": "score", "type": "ordinal", "title": "score"},
        "y": {"field": "share", "type": "quantitative", "title": "share of answers", "axis": {"format": "%"}},
        "color": {"field": "class", "type": "nominal", "scale": colours, "title": None},
    }
    if split:
        encoding["row"] = {"field": split[0].name, "type": "nominal"}
    return {"$schema": SCHEMA, "data": {"values": data}, "mark": {"type": "bar"}, "encoding": encoding}
