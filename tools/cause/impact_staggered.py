"""An impact that reached customers at different times: Callaway & Sant'Anna over cells of the engine."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np
from pydantic import Field

from tools.cause.impact_effect import Estimate, unit_of_difference
from tools.cause.impact_trends import About, PreTrend, Study, check_study
from tools.moments import Moments, cell_moments
from tools.outcome import Outcome
from tools.result import FactSheet, Model
from tools.scope import PERIOD, Axis, Scope, Where, beside_calendar, need_dates, scope
from tools.stats.staggered import Control, Effect, Staggered, group_time_att_from_means
from warehouse.engine import identifier
from warehouse.errors import MissingDataError, NpsError, UnknownNameError
from warehouse.periods import MONTHS_IN, Grain, bucket
from warehouse.workspace import Warehouse

NEVER = "never"
MAX_CELLS = 600
MOST = 0.9
"""Share of the exposed customers' answers that a grain has to keep to be taken."""
GRAINS: tuple[Grain, ...] = ("month", "quarter", "year")
Counts = dict[tuple[int | None, int], int]
"""Answers by month of exposure (None: never) and month of the answer, months since year 0."""


class SinceExposure(Model):
    """The average effect so many periods after exposure; below 0 before it."""

    since: int
    effect: str = Field(description="Id of the fact.")


class ExposureGroup(Model):
    """Customers first exposed in one period."""

    exposed_in: str
    effect: str = Field(description="Id of the fact with their average effect since.")


@dataclass
class Rollout:
    """What was found."""

    grain: Grain
    control: Control
    effect: Estimate
    n: int
    since: list[SinceExposure]
    groups: list[ExposureGroup]
    pre_trend: PreTrend
    where: dict[str, str]
    span: tuple[str, str]
    caveats: list[str] = field(default_factory=list)
    sql: list[str] = field(default_factory=list)


class _Layout:
    """Groups and periods of one grain, and which of them have enough answers."""

    def __init__(self, counts: Counts, grain: Grain, base: int) -> None:
        self.grain, months = grain, MONTHS_IN[grain]
        cells: dict[tuple[int | None, int], int] = {}
        last = max(t for _g, t in counts) // months
        for (g, t), n in counts.items():
            group = None if g is None or g // months > last else g // months
            cells[group, t // months] = cells.get((group, t // months), 0) + n
        self.periods = sorted({t for _g, t in cells})
        self.cells = cells
        first = self.periods[0]
        groups = sorted({g for g, _t in cells if g is not None})
        self.always = [g for g in groups if g <= first]
        self.never = self._enough(None, base)
        self.groups = [g for g in groups if g > first and self._enough(g, base)]
        self.small = [g for g in groups if g > first and g not in self.groups]
        told, all_ = (sum(self._size(g) for g in some) for some in (self.groups, [*self.groups, *self.small]))
        self.kept = told / all_ if all_ else 0.0

    def _enough(self, group: int | None, base: int) -> bool:
        return all(self.cells.get((group, t), 0) >= base for t in self.periods)

    def _size(self, group: int) -> int:
        return sum(n for (g, _t), n in self.cells.items() if g == group)

    @property
    def fits(self) -> bool:
        """Few enough cells, and something to compare in them."""
        return self.works and (len(self.groups) + 1) * len(self.periods) <= MAX_CELLS

    @property
    def works(self) -> bool:
        return len(self.periods) >= 2 and len(self.groups) >= (1 if self.never else 2)


class _Base:
    """The answers that a comparison rests on: a group and its controls, in a period and in the last before exposure."""

    def __init__(self, moments: Moments, layout: _Layout) -> None:
        self.moments, self.layout = moments, layout

    def answers(self, pairs: list[tuple[int, int]]) -> int:
        """Answers in all the cells that the effects of these (group, period) are made of, each counted once."""
        cells = {cell for group, period in pairs for cell in self._cells(group, period)}
        places = [self.moments.at(group, period) for group, period in sorted(cells)]
        return sum(int(self.moments.n[at]) for at in places if at is not None)

    def _cells(self, group: int, period: int) -> list[tuple[str, str]]:
        before = max(t for t in self.layout.periods if t < group)
        later = [str(g) for g in self.layout.groups if g > max(period, before) and g != group]
        sides = [str(group), *([NEVER] if self.layout.never else later)]
        return [(side, str(t)) for side in sides for t in (period, before)]


def rollout(
    warehouse: Warehouse, exposed_from: str, where: Where, outcome: Outcome, grain: Grain | None, sheet: FactSheet
) -> Rollout:
    """Every customer from their own date of exposure on, against those not exposed, or not yet."""
    need_dates(warehouse, "The impact of an event")
    _check(warehouse, exposed_from, grain)
    rows = scope(warehouse, where)
    beside_calendar(rows)
    counts, sql = _count(warehouse, exposed_from, rows, outcome)
    minimum = warehouse.catalog.minimum_base
    least = minimum.cell if grain else max(minimum.cell, minimum.ranking)
    layout = _choose([_Layout(counts, unit, least) for unit in ([grain] if grain else GRAINS)], exposed_from)
    moments = _moments(warehouse, exposed_from, rows, outcome, layout)
    control: Control = "never" if layout.never else "not_yet"
    found = _estimate(moments, layout, control)
    sheet.statement = 2
    labels = (_label(layout.periods[0], layout.grain), _label(layout.periods[-1], layout.grain))
    about = {**rows.where, "exposed_from": exposed_from, PERIOD: "..".join(labels)}
    base = _Base(moments, layout)
    pairs = [(round(cell.group), round(cell.period)) for cell in found.cells]
    whole = base.answers([(g, t) for g, t in pairs if t >= g])
    effect = _fact(sheet, "average_effect", found.group_overall, outcome, whole, about)
    _fact(sheet, "average_effect_of_all_group_times", found.simple, outcome, whole, about)
    since = []
    for e, one in found.dynamic.items():
        own = base.answers([(g, t) for g, t in pairs if t - g == round(e)])
        made = _fact(sheet, "effect_since_exposure", one, outcome, own, {**about, "since_exposure": _since(e, layout)})
        since.append(SinceExposure(since=round(e), effect=made.fact))
    groups = []
    for start, one in found.group.items():
        own, label = base.answers([(g, t) for g, t in pairs if g == start and t >= g]), _label(start, layout.grain)
        made = _fact(sheet, "effect_on_group", one, outcome, own, {**about, "exposed_from": label})
        groups.append(ExposureGroup(exposed_in=label, effect=made.fact))
    earlier = base.answers([(g, t) for g, t in pairs if t < g])
    check = check_study(sheet, _study(found, layout), About(outcome, layout.grain, about, about, earlier))
    caveats = _caveats(layout, exposed_from, control)
    statements = [sql, *moments.sql]
    return Rollout(layout.grain, control, effect, whole, since, groups, check, about, labels, caveats, statements)


def _check(warehouse: Warehouse, exposed_from: str, grain: Grain | None) -> None:
    times = [name for name in warehouse.catalog.times if name != "responded_at"]
    if exposed_from not in times:
        raise UnknownNameError("date column for exposed_from", exposed_from, times)
    if grain in ("day", "week"):
        raise NpsError(f"Customers exposed at different times are grouped by month, quarter or year, not by {grain}.")


def _months(column: str) -> str:
    return f"(EXTRACT(year FROM {column}) * 12 + EXTRACT(month FROM {column}) - 1)"


def _counted(exposed_from: str, outcome: Outcome, unit: str = "") -> list[str]:
    """In the period of exposure itself only answers from the exposure on count."""
    start = identifier(exposed_from)
    return [
        f"({outcome.sql}) IS NOT NULL",
        "responded_at IS NOT NULL",
        f"({start} IS NULL OR responded_at >= {start} OR {_months('responded_at')}{unit} < {_months(start)}{unit})",
    ]


def _count(warehouse: Warehouse, exposed_from: str, rows: Scope, outcome: Outcome) -> tuple[Counts, str]:
    columns = [*rows.columns, *outcome.columns, exposed_from, "responded_at"]
    sql = (
        f"SELECT {_months(identifier(exposed_from))} AS a0, {_months('responded_at')} AS a1, count(*) AS n "
        f"FROM {warehouse.relation(columns)}{rows.sql(*_counted(exposed_from, outcome))} GROUP BY 1, 2"
    )
    found = warehouse.run(sql)
    counts = {(None if row[0] is None else int(row[0]), int(row[1])): int(row[2]) for row in found.rows}
    if not counts:
        raise MissingDataError("No answer fits the filter; widen it.")
    return counts, sql


def _choose(layouts: list[_Layout], exposed_from: str) -> _Layout:
    usable = [layout for layout in layouts if layout.fits]
    if not usable:
        raise MissingDataError(
            f"No group of customers by {exposed_from} has enough answers in every period, from before its exposure on, "
            "with others exposed later or never beside it; choose a coarser grain, or compare two groups by event_date."
        )
    return next((layout for layout in usable if layout.kept >= MOST), max(usable, key=lambda layout: layout.kept))


def _moments(warehouse: Warehouse, exposed_from: str, rows: Scope, outcome: Outcome, layout: _Layout) -> Moments:
    months, column = MONTHS_IN[layout.grain], identifier(exposed_from)
    unit = "" if months == 1 else f" // {months}"
    group, last = f"{_months(column)}{unit}", layout.periods[-1]
    kept = ", ".join(str(g) for g in layout.groups)
    never = f"{column} IS NULL OR {group} > {last}"
    sql = f"CASE WHEN {never} THEN '{NEVER}' ELSE CAST({group} AS VARCHAR) END"
    cohort = Axis("group", sql, (exposed_from,))
    time = Axis("block", f"CAST({_months('responded_at')}{unit} AS VARCHAR)", ("responded_at",))
    inside = [*_counted(exposed_from, outcome, unit), f"({group} IN ({kept}){f' OR {never}' if layout.never else ''})"]
    limited = Scope([*rows.conditions, *inside], [*rows.columns, exposed_from, "responded_at"], dict(rows.where))
    return cell_moments(warehouse, [cohort, time], limited, outcome)


def _estimate(moments: Moments, layout: _Layout, control: Control) -> Staggered:
    names = [*(str(g) for g in layout.groups), *([NEVER] if layout.never else [])]
    groups = [*map(float, layout.groups), *([np.inf] if layout.never else [])]
    order = [moments.at(name, str(t)) for name in names for t in layout.periods]
    places = np.array([-1 if at is None else at for at in order])
    there = places >= 0
    mean, n = np.where(there, moments.mean[places], 0.0), np.where(there, moments.n[places], 0.0)
    covariance = moments.covariance[np.ix_(places, places)]
    if not np.all(np.isfinite(covariance)) or np.any(moments.customers[places[there]] < 2):
        raise MissingDataError("A group's answers in one period are all of one customer; choose a coarser grain.")
    shape = (len(names), len(layout.periods))
    customers = np.where(there, moments.customers[places], 0.0).reshape(shape).sum(axis=0).max()
    return group_time_att_from_means(
        layout.periods, groups, mean.reshape(shape), n.reshape(shape), covariance, max(1, int(customers)), control
    )


def _fact(sheet: FactSheet, name: str, found: Effect, outcome: Outcome, n: int, where: dict[str, str]) -> Estimate:
    unit = unit_of_difference(outcome)
    fact = sheet.add(name, found.estimate, unit, n=n, low=found.low, high=found.high, where=where)
    return Estimate(found.estimate, found.standard_error, found.low, found.high, found.p_value, fact.id)


def _study(found: Staggered, layout: _Layout) -> Study:
    """Effects by time since exposure, the period before exposure being the reference with effect 0."""
    times = np.array([*found.dynamic, -1.0]) + 1
    effects = np.array([*(one.estimate for one in found.dynamic.values()), 0.0])
    covariance = np.zeros((len(times), len(times)))
    covariance[:-1, :-1] = found.dynamic_covariance
    n = np.array([sum(layout.cells.get((g, g + round(e)), 0) for g in layout.groups) for e in times - 1], float)
    return Study(times, effects, covariance, np.maximum(n, 1.0), np.ones(len(times), bool))


def _since(e: float, layout: _Layout) -> str:
    return f"{round(e)} {layout.grain}s"


def _label(place: float, grain: Grain) -> str:
    month = round(place) * MONTHS_IN[grain]
    return bucket(dt.date(month // 12, month % 12 + 1, 1), grain)


def _caveats(layout: _Layout, exposed_from: str, control: Control) -> list[str]:
    against = "never exposed" if control == "never" else "not exposed yet"
    caveats = [
        f"Each group of customers is compared with those {against}, from the {layout.grain} before its exposure "
        "(Callaway & Sant'Anna 2021); a two-way regression would take those exposed earlier as controls."
    ]
    if layout.always:
        caveats.append("Customers exposed before or in the first period have no before and are left out.")
    if layout.small:
        caveats.append(
            f"{len(layout.small)} groups by {exposed_from} are left out for too few answers in some {layout.grain}."
        )
    if control == "never":
        caveats.append("Customers who were never exposed may differ from the others in how they would have moved.")
    return caveats
