"""What answers together tell of few people, by linear algebra: whose sum follows from what was told."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.answer import Answer
from tools.result import Fact
from warehouse.periods import parse_period
from warehouse.workspace import Warehouse

MINIMUM = 5


def determined(answers: Sequence[Answer], warehouse: Warehouse) -> list[str]:
    """Groups of fewer people than the minimum base of whom the answers together tell a figure."""
    people = warehouse.run("SELECT response_id, plan, region, CAST(responded_at AS DATE) AS day FROM cohorts").records()
    by_figure: dict[str, list[NDArray[np.float64]]] = {}
    for answer in answers:
        for fact in answer.facts:
            mask = _mask(fact, people, warehouse)
            if mask is not None and fact.value is not None and fact.n == mask.sum():  # else it is of other answers
                by_figure.setdefault("classes", []).append(mask)
        for call in answer.tools:
            if call.name == "run_sql" and not call.error and answer.facts:
                told = {fact.name for fact in answer.facts}
                for mask in _of_sql(str(call.arguments["sql"]), told, people, warehouse):
                    by_figure.setdefault("sql", []).append(mask)
    return [found for masks in by_figure.values() for found in _small(np.array(masks), people)]


def _mask(fact: Fact, people: list[dict[str, Any]], warehouse: Warehouse) -> NDArray[np.float64] | None:
    if fact.unit not in ("points", "share", "responses") or not set(fact.where) <= {"plan", "region", "period"}:
        return None
    period = fact.where.get("period")
    try:
        days = parse_period(period, as_of=warehouse.catalog.as_of) if period and warehouse.catalog.as_of else None
    except Exception:  # noqa: BLE001  a label that is no period: it cannot be read as a cell here
        return None
    held = []
    for one in people:
        fits = all(one[name] in value.split(" or ") for name, value in fact.where.items() if name != "period")
        if days is not None:
            fits &= (days.start is None or one["day"] >= days.start) and (days.end is None or one["day"] <= days.end)
        held.append(float(fits))
    return np.array(held)


def _of_sql(
    sql: str, told: set[str], people: list[dict[str, Any]], warehouse: Warehouse
) -> Iterator[NDArray[np.float64]]:
    """Who the columns with a figure are about; a column without one tells nothing."""
    if not re.search(r"FROM (?:cohorts|responses)\b", sql) or "JOIN" in sql:
        return
    inside = re.findall(r"(?:FILTER \(WHERE|WHEN) (.*?)(?:\)| THEN .*? END\)) AS (\w+)", sql)
    outer = re.search(r"(?:cohorts|responses) WHERE (.*?)(?: GROUP BY.*)?$", sql)
    for condition in [outer[1] if outer else "TRUE", *(text for text, name in inside if name in told)]:
        found = warehouse.run(f"SELECT response_id FROM cohorts WHERE {condition}").rows
        inner = {row[0] for row in found}
        yield np.array([float(one["response_id"] in inner) for one in people])


def _small(masks: NDArray[np.float64], people: list[dict[str, Any]]) -> Iterator[str]:
    """Small groups of people who are told apart by nobody else, and whose sum follows from the masks."""
    columns, group_of = np.unique(masks, axis=1, return_inverse=True)
    sizes = np.bincount(group_of.ravel())
    small = [at for at in range(len(sizes)) if sizes[at] < MINIMUM and columns[:, at].any()][:60]
    _left, strengths, basis = np.linalg.svd(columns, full_matrices=False)
    basis = basis[strengths > 1e-9]
    for chosen in [*((one,) for one in small), *itertools.combinations(small, 2)]:
        if sizes[list(chosen)].sum() >= MINIMUM:
            continue
        wanted = np.zeros(columns.shape[1])
        wanted[list(chosen)] = 1.0
        if np.linalg.norm(basis.T @ (basis @ wanted) - wanted) < 1e-7:
            members = [people[at] for at in np.flatnonzero(np.isin(group_of.ravel(), chosen))]
            yield f"{len(members)} people: {members[0]}"


def amounts_told(answers: Sequence[Answer], secrets: Sequence[float]) -> list[str]:
    """Sums and differences of up to three told numbers that come to a secret."""
    told = {float(f.value) for a in answers for f in a.facts if isinstance(f.value, int | float) and f.unit == "number"}
    told |= {float(c) for a in answers for t in a.tables for row in t.rows for c in row if isinstance(c, int | float)}
    found = []
    for count in (1, 2, 3):
        for some in itertools.combinations(sorted(told)[:40], count):
            for signs in itertools.product((1, -1), repeat=count):
                total = sum(sign * number for sign, number in zip(signs, some, strict=True))
                found += [f"{secret} = {some} {signs}" for secret in secrets if abs(total - secret) < 0.005]
    return found
