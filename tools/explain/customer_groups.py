"""Answers of both periods summed by groups of customers, for errors that honour repeated answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from tools.cells import Cell, group_keys, grouped_by, labelled_keys, named_keys
from tools.disclosure import OTHER
from tools.scope import Axis, Scope
from tools.stats.multifactor import MultifactorEffects, multifactor_effects
from warehouse.workspace import Warehouse

MOST_GROUPS, FEWEST_GROUPS = 1_000, 50
MOST_SUMS = 200_000


def clustered_effects(
    warehouse: Warehouse,
    cut: Sequence[Axis],
    earlier: Scope,
    later: Scope,
    before: Mapping[str, Cell],
    after: Mapping[str, Cell],
    sql: list[str],
) -> MultifactorEffects | None:
    """The parts of a change over the shown cells with clustered errors; None with fewer than two groups of customers.

    Args:
        before, after: the cells by name, small ones pooled, as `pool_small` made them.
        sql: the statement is added to it.
    """
    names = list(dict.fromkeys([*before, *after]))
    groups = max(FEWEST_GROUPS, min(MOST_GROUPS, MOST_SUMS // (2 * len(names))))
    statement = _sql(warehouse, cut, earlier, later, groups)
    found = warehouse.run(statement, rows=2 * groups * _most_cells(warehouse, cut))
    sql.append(found.sql)
    place = {name: at for at, name in enumerate(names)}
    values: list[tuple[str, ...] | None] = [None] * len(names)
    answers, sums = np.zeros((2, groups, 2, len(names)))
    squares = np.zeros((2, len(names)))
    width = len(cut)
    for row in found.rows:
        key, (group, time, n, s, q) = tuple(row[:width]), (int(value) for value in row[width:])
        name = " × ".join(key)
        at = place[name if name in place else OTHER]
        if name in place:
            values[at] = key
        answers[group, time, at] += n
        sums[group, time, at] += s
        squares[time, at] += q
    if np.sum(answers.sum(axis=(1, 2)) > 0) < 2:
        return None
    return multifactor_effects(answers, sums, squares, values)


def _most_cells(warehouse: Warehouse, cut: Sequence[Axis]) -> int:
    """More than there can be, so that nothing is cut off."""
    sizes = [len(known.values) + 2 if (known := warehouse.catalog.dimensions.get(axis.name)) else 1_000 for axis in cut]
    return min(int(np.prod(sizes)), 10_000)


def _sql(warehouse: Warehouse, cut: Sequence[Axis], earlier: Scope, later: Scope, groups: int) -> str:
    columns = [*earlier.columns, *later.columns, *(column for axis in cut for column in axis.columns)]
    relation = warehouse.relation(columns)
    one, two = (" AND ".join(side.conditions) or "TRUE" for side in (earlier, later))
    scale = warehouse.catalog.scale
    x = f"CASE WHEN score >= {scale.promoter_from} THEN 1 WHEN score <= {scale.detractor_to} THEN -1 ELSE 0 END"
    unit = "hash(response_id)"
    if warehouse.catalog.repeated_customers:
        unit = "CASE WHEN customer_id IS NULL THEN hash(response_id) ELSE hash(customer_id) END"
    keys = group_keys(cut)
    inner = (
        f"SELECT {named_keys(keys)}{unit} % {groups} AS unit, CASE WHEN {one} THEN 0 ELSE 1 END AS time, "
        f"count(*) AS n, sum({x}) AS s, sum(abs({x})) AS q FROM {relation} "
        f"WHERE score IS NOT NULL AND (({one}) OR ({two})){grouped_by(len(keys) + 2)}"
    )
    return (
        f"SELECT {labelled_keys(keys)}unit, time, sum(n), sum(s), sum(q) FROM ({inner}) AS sums"
        f"{grouped_by(len(keys) + 2)}"
    )
