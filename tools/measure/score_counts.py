"""How many gave each score, with what repeated answers do to the variance of each share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.cells import ENOUGH_ANSWERS, customer_sample, group_keys, grouped_by, labelled_keys, named_keys
from tools.scope import Axis, Scope
from tools.stats.clusters import design_effect
from tools.stats.counts import Counts
from warehouse.sample import is_large, sampled_share
from warehouse.workspace import Warehouse


@dataclass
class ScoreCounts:
    """Counts for each score of the scale, by group (the empty text where there is no split)."""

    scores: list[int]
    counts: dict[str, list[int]]
    effects: list[float]
    """Design effect of each score's share, over all answers."""
    sql: list[str] = field(default_factory=list)

    def whole(self, groups: Sequence[str]) -> list[int]:
        """The counts of several groups together."""
        return [sum(self.counts[group][at] for group in groups) for at in range(len(self.scores))]


def count_scores_of(warehouse: Warehouse, split: Sequence[Axis], rows: Scope) -> ScoreCounts:
    """Every score of the scale counted, also those that nobody gave."""
    scale = warehouse.catalog.scale
    scores = list(range(scale.low, scale.high + 1))
    columns = [*rows.columns, *(column for axis in split for column in axis.columns)]
    keys = group_keys(split)
    grouped = (
        f"SELECT {named_keys(keys)}score, count(*) AS answers FROM {warehouse.relation(columns)}"
        f"{rows.sql('score IS NOT NULL')}{grouped_by(len(keys) + 1)}"
    )
    label = labelled_keys(keys) or "'' AS a0, "
    found = warehouse.run(f"SELECT {label}score, sum(answers) FROM ({grouped}) AS grouped GROUP BY 1, 2 ORDER BY 1, 2")
    counts: dict[str, list[int]] = {}
    for group, score, answers in found.rows:
        counts.setdefault(group, [0] * len(scores))[int(score) - scale.low] += int(answers)
    made = ScoreCounts(scores, counts, [1.0] * len(scores), [found.sql])
    if warehouse.catalog.repeated_customers:
        _with_effects(warehouse, made, rows)
    return made


def _with_effects(warehouse: Warehouse, made: ScoreCounts, rows: Scope) -> None:
    """Sums over customers for each score; in a large survey over a sample of them, unless the filter leaves few."""
    survey, answers = warehouse.catalog.tables["responses"].rows, sum(made.whole(list(made.counts)))
    sampled = is_large(survey) and answers >= ENOUGH_ANSWERS * sampled_share(survey)
    relation = customer_sample(warehouse, [*rows.columns, "score"]) if sampled else warehouse.relation(rows.columns)
    known, unknown = (rows.sql("score IS NOT NULL", f"customer_id IS {which}") for which in ("NOT NULL", "NULL"))
    sql = (
        f"WITH per AS MATERIALIZED (SELECT customer_id, score, count(*) AS a FROM {relation}{known} GROUP BY 1, 2), "
        "whole AS (SELECT customer_id, sum(a) AS n FROM per GROUP BY 1), "
        "each AS (SELECT p.score, p.a, p.a * p.a AS aa, p.a * w.n AS an, 0 AS alone "
        "FROM per p JOIN whole w ON p.customer_id = w.customer_id "
        f"UNION ALL SELECT score, 1, 1, 1, 1 FROM {relation}{unknown}) "
        "SELECT score, sum(a), sum(aa), sum(an), sum(alone), "
        "(SELECT count(*) FROM whole), (SELECT sum(n * n) FROM whole) FROM each GROUP BY 1"
    )
    found = warehouse.run(sql)
    made.sql.append(found.sql)
    figures = {int(score): [int(value or 0) for value in rest] for score, *rest in found.rows}
    n, alone = (sum(row[at] for row in figures.values()) for at in (0, 3))
    for score, (a, aa, an, _alone, customers, squares) in figures.items():
        counts = Counts(a, n - a, 0)
        made.effects[score - made.scores[0]] = design_effect(aa, an, squares + alone, counts, customers + alone)
