"""Retention laid out for people: the table, the chart, and what a careful statistician adds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tools.measure.cohort_charts import curves, heat_map
from tools.measure.lifetimes import Members
from tools.measure.retention_counts import DAYS, Followed
from tools.result import Cell, Column, Fact, FactSheet, Table
from warehouse.periods import Grain

if TYPE_CHECKING:
    from tools.measure.retention import CohortCell, RetentionCurve

WIDEST = 24
"""Ages that a table shows beside each other."""


def table_of(
    sheet: FactSheet,
    age_name: str,
    members: Members,
    counted: Followed,
    cells: list[CohortCell],
    lines: list[RetentionCurve],
) -> Table:
    """The cohort triangle, blank where an age was not seen; with a split, a row for each group and age."""
    facts = {fact.id: fact for fact in sheet.facts}
    title = f"Retention from {members.origin} ({members.source})"
    if members.split:
        return _long(facts, age_name, members, lines, title)
    ages = sorted({cell.age for cell in cells} | {point.age for point in lines[0].points})[:WIDEST]
    sizes = {cell.cohort: cell.n for cell in sorted(counted.cells, key=lambda cell: -cell.age)}
    unfinished = {cell.cohort: str(cell.age) for cell in reversed(cells) if not cell.complete}
    by_cell = {(cell.cohort, cell.age): facts[cell.retention].value for cell in cells}
    everybody = {point.age: facts[point.retention].value for point in lines[0].points}
    rows: list[list[Cell]] = [["all", counted.overall.customers, *(everybody.get(age) for age in ages), None]]
    rows += [
        [cohort, sizes[cohort], *(by_cell.get((cohort, age)) for age in ages), unfinished.get(cohort)]
        for cohort in sorted({cell.cohort for cell in cells})
    ]
    columns = [Column(name="cohort"), Column(name="customers", unit="customers")]
    columns += [Column(name=f"{age}", unit="share") for age in ages]
    return Table(title=title, columns=[*columns, Column(name=f"incomplete from {age_name}")], rows=rows)


def _long(facts: dict[str, Fact], age_name: str, members: Members, lines: list[RetentionCurve], title: str) -> Table:
    names = [item.name for item in members.split]
    rows: list[list[Cell]] = []
    for line in lines:
        for point in line.points:
            fact = facts[point.retention]
            labels = [line.where.get(name, "all") for name in names]
            rows.append([*labels, str(point.age), fact.value, fact.low, fact.high, fact.n])
    columns = [
        *(Column(name=name) for name in names),
        Column(name=age_name),
        Column(name="retention", unit="share"),
        Column(name="95% low", unit="share"),
        Column(name="95% high", unit="share"),
        Column(name="n", unit="customers"),
    ]
    return Table(title=title, columns=columns, rows=rows)


def chart_of(
    sheet: FactSheet,
    age_name: str,
    members: Members,
    cells: list[CohortCell],
    overall: RetentionCurve,
    groups: list[RetentionCurve],
) -> dict[str, Any] | None:
    """Curves of the groups, else the cohort heat map, else the one curve."""
    facts = {fact.id: fact for fact in sheet.facts}
    if cells:
        data = [
            {
                "cohort": cell.cohort,
                age_name: cell.age,
                "retention": facts[cell.retention].value,
                "n": facts[cell.retention].n,
                "complete": cell.complete,
            }
            for cell in cells
        ]
        return heat_map(data, "cohort", age_name, "retention", "retained")
    group = " × ".join(item.name for item in members.split) or None
    rows = []
    for line in groups or [overall]:
        label = " × ".join(line.where[item.name] for item in members.split) or "all"
        for point in line.points:
            fact = facts[point.retention]
            row = {age_name: point.age, "retention": fact.value, "low": fact.low, "high": fact.high, "n": fact.n}
            rows.append({**({group: label} if group else {}), **row})
    return curves(rows, age_name, "retention", "retained", group) if len(rows) > 1 else None


def retention_caveats(members: Members, counted: Followed, grain: Grain, base: int, sorting: bool) -> list[str]:
    """What stands beside every retention figure."""
    caveats = [_definition(members, grain), *members.window.notes, *members.notes]
    window = members.window
    if members.source == "churn" and window.start.year > 1:
        caveats.append(
            f"The record of leaving begins on {window.start}: whoever is followed from before it counts only from that "
            "day on (late entry), because customers who had left by then are not in the data."
        )
    if counted.older:
        caveats.append(
            f"{counted.older:,} customers of earlier cohorts enter the curve, not the table: their first {grain}s were "
            "not seen."
        )
    if any(not cell.complete for cell in counted.cells):
        caveats.append(
            "The last age of a cohort is marked where it was seen only in part; later ages are blank, not 0."
        )
    if counted.small_cohorts:
        few = ", ".join(counted.small_cohorts[:5]) + (", …" if len(counted.small_cohorts) > 5 else "")
        caveats.append(f"Cohorts of fewer than {base} customers are not shown: {few}.")
    if counted.small_groups:
        names = ", ".join(" × ".join(key) for key in counted.small_groups[:5])
        caveats.append(f"Left out for fewer than {base} customers: {names}.")
    if members.source != "churn":
        caveats.append("Later ages rest on the earlier cohorts only, so the curve compares different customers.")
        if members.split:
            caveats.append("Groups may hold cohorts in different proportions; the curves are not adjusted for that.")
    if sorting:
        caveats.append(
            f"The share who stay from one {grain} to the next rises with age. Sorting alone can do that (those likely "
            "to leave go first), so it does not show that anybody's loyalty grew."
        )
    if members.split and members.origin != "first answer":
        caveats.append("Groups are those of the customers file as it stands, not those at joining.")
    if members.split:
        caveats.append(
            "Customers were not assigned to these groups: differences go with them, they need not come of them."
        )
    return caveats


def _definition(members: Members, grain: Grain) -> str:
    if members.source == "churn":
        length = "" if grain in ("day", "week") else f" of {DAYS[grain]:.1f} days"
        what = (
            f"Retention is the share still here (Kaplan-Meier), by {grain}s{length} since the {members.origin}; "
            f"customers still here on {members.window.end} are censored then."
        )
    else:
        thing = "an order" if members.source == "orders" else members.where.get("event", "an event")
        what = (
            f"Retention is the share with {thing} in a calendar {grain}, counted from the {grain} of the "
            f"{members.origin} (0), seen up to {members.window.end}."
        )
    if members.origin == "first answer":
        what += (
            " Only customers who answered count, each from the first answer that fits; nothing before it is counted."
        )
    return what
