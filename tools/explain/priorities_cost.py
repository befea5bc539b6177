"""What segments cost the whole, their errors counted by customer in one statement for all of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tools.cells import ENOUGH_ANSWERS, Cell, customer_sample
from tools.explain.priorities_time import Values, condition
from tools.scope import Scope
from tools.shown import rest_of
from tools.stats.counts import Counts
from tools.stats.priorities import SegmentCost, cost_design_effect, segment_cost
from tools.stats.proportions import ProportionInterval, wilson_interval
from warehouse.sample import is_large, sampled_share
from warehouse.workspace import Warehouse


@dataclass(frozen=True)
class Costed:
    """A segment's cost and its share of the answers."""

    cost: SegmentCost
    share: ProportionInterval
    design_effect: float


def costs(
    warehouse: Warehouse, rows: Scope, segments: list[tuple[Values, Cell]], total: Cell, sql: list[str]
) -> list[Costed]:
    """The cost of each segment."""
    effects = [(1.0, 1.0)] * len(segments)
    if warehouse.catalog.repeated_customers and segments:
        effects = _effects(warehouse, rows, [values for values, _cell in segments], total, sql)
    made = []
    for (_values, cell), (effect, share_effect) in zip(segments, effects, strict=True):
        cost = segment_cost(cell.counts, rest_of(total, cell).counts, design_effect=effect)
        share = wilson_interval(cell.n / share_effect, total.n / share_effect)
        made.append(Costed(cost, share, effect))
    return made


def _effects(
    warehouse: Warehouse, rows: Scope, segments: list[Values], total: Cell, sql: list[str]
) -> list[tuple[float, float]]:
    told = [condition(warehouse, values) for values in segments]
    columns = [*rows.columns, *(column for _text, names in told for column in names)]
    size = warehouse.catalog.tables["responses"].rows
    large = is_large(size) and total.n >= ENOUGH_ANSWERS * sampled_share(size)
    relation = customer_sample(warehouse, columns) if large else warehouse.relation([*columns, "customer_id"])
    found = warehouse.run(_statement(warehouse, relation, rows, [text for text, _columns in told]))
    sql.append(found.sql)
    values = [int(value or 0) for value in found.rows[0]]
    clusters, (promoters, detractors, n, tt, tk, kk) = values[0], values[1:7]
    whole = Counts(promoters, n - promoters - detractors, detractors)
    return [_effect(values[7 + 10 * i : 17 + 10 * i], whole, clusters, (tt, tk, kk)) for i in range(len(segments))]


def _effect(own: list[int], whole: Counts, clusters: int, totals: tuple[int, int, int]) -> tuple[float, float]:
    """From a segment's sums (p, d, m, ss, sm, mm, sT, sK, mT, mK) and those of all answers (TT, TK, KK)."""
    promoters, detractors, m, ss, sm, mm, st, sk, mt, mk = own
    tt, tk, kk = totals
    segment = Counts(promoters, m - promoters - detractors, detractors)
    rest = Counts(
        whole.promoters - segment.promoters, whole.passives - segment.passives, whole.detractors - segment.detractors
    )
    if segment.n < 1 or rest.n < 1:
        return 1.0, 1.0
    together = np.array(
        [
            [ss, sm, st, sk],
            [sm, mm, mt, mk],
            [st, mt, tt, tk],
            [sk, mk, tk, kk],
        ],
        dtype=float,
    )
    # Outside the segment is everything less what is inside.
    outside = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [-1, 0, 1, 0], [0, -1, 0, 1]], dtype=float)
    return cost_design_effect(outside @ together @ outside.T, segment, rest, clusters)


def _statement(warehouse: Warehouse, relation: str, rows: Scope, segments: list[str]) -> str:
    """Sums over customers, an answer without one standing for itself."""
    scale = warehouse.catalog.scale
    good, bad = f"score >= {scale.promoter_from}", f"score <= {scale.detractor_to}"

    def own(where: str, at: str, each: str) -> str:
        classes = (("p", good), ("d", bad), ("m", "score IS NOT NULL"))
        return ", ".join(
            each.format(f"CASE WHEN {where}{told} THEN 1 ELSE 0 END") + f" AS {n}{at}" for n, told in classes
        )

    def counted(each: str) -> str:
        parts = [own("", "", each), *(own(f"{text} AND ", str(i), each) for i, text in enumerate(segments))]
        return ", ".join(parts)

    scored = f"FROM {relation}{rows.sql('score IS NOT NULL')}"
    sums = [
        "count(*) AS clusters, sum(p), sum(d), sum(m)",
        "sum((p - d) * (p - d)), sum((p - d) * m), sum(m * m)",
    ]
    for i in range(len(segments)):
        s, m = f"(p{i} - d{i})", f"m{i}"
        sums.append(f"sum(p{i}), sum(d{i}), sum({m}), sum({s} * {s}), sum({s} * {m}), sum({m} * {m})")
        sums.append(f"sum({s} * (p - d)), sum({s} * m), sum({m} * (p - d)), sum({m} * m)")
    named = f"SELECT {counted('sum({})')} {scored} AND customer_id IS NOT NULL GROUP BY customer_id"
    alone = f"SELECT {counted('{}')} {scored} AND customer_id IS NULL"
    return f"SELECT {', '.join(sums)} FROM ({named} UNION ALL {alone}) AS units"
