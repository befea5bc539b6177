"""Counts of customers by cohort, group and age, made in the engine, and the curves that follow from them."""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tools.measure.lifetimes import Members
from tools.measure.recorded import Queries
from tools.stats.proportions import wilson_interval
from tools.stats.survival import SurvivalCurve, survival_from_counts
from warehouse.engine import quoted
from warehouse.periods import DAYS_IN, MONTHS_IN, Grain, bucket, bucket_end, bucket_sql, bucket_start

MAX_AGES = 60
"""Ages that are told at most."""
COMPLETE = 0.1
"""A calendar period counts as seen when at most this share of it is missing at its end."""
DAYS: dict[str, float] = {"day": 1.0, "week": 7.0, "month": 30.4375, "quarter": 91.3125, "year": 365.25}
Key = tuple[str, ...]
_LONG_AGO = dt.date(1900, 1, 1)
"""A Monday."""


@dataclass(frozen=True)
class Point:
    """Retention at an age."""

    age: int
    n: int
    """Customers whose age was seen (activity), or who were at risk then (churn)."""
    share: float
    low: float
    high: float
    error: float
    """Standard error of `share`."""


@dataclass(frozen=True)
class Stay:
    """Of the `n` customers retained at the age before, the share that was so at `age`."""

    age: int
    n: int
    share: float


@dataclass(frozen=True)
class TableCell:
    """A joining period at an age."""

    cohort: str
    age: int
    n: int
    kept: int
    complete: bool
    """False where the age was seen for a part of the customers, or of the time."""


@dataclass
class Curve:
    """Retention of one group over its ages."""

    key: Key
    customers: int
    points: list[Point]
    stays: list[Stay] = field(default_factory=list)
    survival: SurvivalCurve | None = None
    """In days, as far as enough customers are at risk."""
    at_risk: NDArray[np.float64] | None = None
    """By day, of churn."""
    leaving: NDArray[np.float64] | None = None

    def at(self, age: int) -> Point | None:
        """The point at an age; None where there is none."""
        return next((point for point in self.points if point.age == age), None)


@dataclass
class Followed:
    """Everything that was counted."""

    overall: Curve
    groups: list[Curve]
    small_groups: list[Key]
    cells: list[TableCell]
    small_cohorts: list[str]
    older: int
    """Customers of cohorts that are not in the table, since nobody saw their first ages."""


def follow_churn(queries: Queries, members: Members, grain: Grain, base: int) -> Followed:
    """Kaplan-Meier by day from time zero; the table holds shares of those who could be seen at the age."""
    start, end = members.window.start, members.window.end
    zero, gone = "CAST(zero AS DATE)", "CAST(gone AS DATE)"
    late = f"zero < TIMESTAMP '{start} 00:00:00'" if start.year > 1 else "FALSE"
    groups = "".join(f", {name}" for name in members.groups)
    lives = (
        f"SELECT {bucket_sql('zero', grain)} AS cohort{groups}, CASE WHEN {late} THEN 1 ELSE 0 END AS late, "
        f"CASE WHEN {late} THEN date_diff('day', {zero}, DATE '{max(start, _LONG_AGO)}') - 1 ELSE -1 END AS entry, "
        f"date_diff('day', {zero}, DATE '{end}') AS seen, "
        f"CASE WHEN {gone} <= DATE '{end}' THEN date_diff('day', {zero}, {gone}) END AS left_after "
        f"FROM ({members.sql}) AS m"
    )
    excluded, older = "", 0
    cells: list[TableCell] = []
    small: list[str] = []
    if not members.split:
        marks = f"CAST(ceil((seen + 1) / {DAYS[grain]}) - 1 AS INTEGER) AS reach"
        stays = f"CAST(ceil(left_after / {DAYS[grain]}) - 1 AS INTEGER) AS stayed"
        rows = queries.rows(
            f"SELECT cohort, late, {marks}, {stays}, count(*) FROM ({lives}) AS l GROUP BY 1, 2, 3, 4", 1_000_000
        )
        cells, small, older, hidden = _churn_cells(rows, base)
        if 0 < hidden < base:
            excluded = f" WHERE cohort NOT IN ({', '.join(quoted(cohort) for cohort in small)})"
    groups_ = "".join(f"{name}, " for name in members.groups)
    width = len(members.groups)
    number = ", ".join(str(at + 1) for at in range(width + 1))
    lived = f"SELECT * FROM ({lives}) AS l{excluded}"
    rows = queries.rows(
        f"WITH lives AS ({lived}) SELECT {groups_}day, sum(entered), sum(gone), sum(stayed) FROM ("
        f"SELECT {groups_}entry AS day, 1 AS entered, 0 AS gone, 0 AS stayed FROM lives UNION ALL "
        f"SELECT {groups_}coalesce(left_after, seen), 0, CASE WHEN left_after IS NULL THEN 0 ELSE 1 END, "
        f"CASE WHEN left_after IS NULL THEN 1 ELSE 0 END FROM lives) AS days GROUP BY {number}",
        1_000_000,
    )
    return _churn_followed(rows, width, grain, base, cells, small, older)


def _churn_cells(rows: Iterable[tuple[Any, ...]], base: int) -> tuple[list[TableCell], list[str], int, int]:
    """Cells of cohorts that were seen from joining on; the small cohorts; customers of older ones and of small ones."""
    sizes: dict[str, int] = defaultdict(int)
    early: dict[str, int] = defaultdict(int)
    lives: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for cohort, late, reach, stayed, count in rows:
        sizes[cohort] += count
        early[cohort] += count if late else 0
        lives[cohort].append((reach, reach if stayed is None else stayed, count))
    small = sorted(cohort for cohort, n in sizes.items() if n < base)
    cells = []
    for cohort in sorted(sizes):
        if cohort in small or early[cohort]:
            continue
        for age in range(1, min(max(reach for reach, _, _ in lives[cohort]), MAX_AGES) + 1):
            n = sum(count for reach, _, count in lives[cohort] if reach >= age)
            kept = sum(count for reach, stayed, count in lives[cohort] if reach >= age and stayed >= age)
            cells.append(TableCell(cohort, age, n, kept, n == sizes[cohort]))
    older = sum(n for cohort, n in sizes.items() if early[cohort] and cohort not in small)
    return cells, small, older, sum(sizes[cohort] for cohort in small)


def _churn_followed(
    rows: list[tuple[Any, ...]],
    width: int,
    grain: Grain,
    base: int,
    cells: list[TableCell],
    small_cohorts: list[str],
    older: int,
) -> Followed:
    longest = max((row[width] for row in rows), default=0)
    days: dict[Key, NDArray[np.float64]] = defaultdict(lambda: np.zeros((3, longest + 2)))
    for row in rows:
        days[tuple(row[:width])][:, row[width] + 1] += [float(value) for value in row[width + 1 :]]
    sizes = {key: int(found[0].sum()) for key, found in days.items()}
    small = sorted(key for key, n in sizes.items() if n < base)
    hidden = sum(sizes[key] for key in small)
    told = [key for key in sizes if key not in small]
    pooled = sum((days[key] for key in (told if 0 < hidden < base else days)), np.zeros((3, longest + 2)))
    overall = _survival(("",) * width, pooled, grain, base)
    groups = [_survival(key, days[key], grain, base) for key in sorted(told)] if width else []
    _hide_few(overall, groups, base)
    return Followed(overall, groups, small, cells, small_cohorts, older)


def _hide_few(overall: Curve, groups: list[Curve], base: int) -> None:
    """Leave out the whole at ages at which fewer than `base` customers stand outside the groups that are told."""
    told: dict[int, int] = defaultdict(int)
    for point in (point for group in groups for point in group.points):
        told[point.age] += point.n
    if not groups:
        return
    overall.points = [point for point in overall.points if not 0 < point.n - told[point.age] < base]
    again: dict[int, int] = defaultdict(int)
    for stay in (stay for group in groups for stay in group.stays):
        again[stay.age] += stay.n
    overall.stays = [stay for stay in overall.stays if not 0 < stay.n - again[stay.age] < base]
    size = sum(group.customers for group in groups)
    overall.customers = size if 0 < overall.customers - size < base else overall.customers


def _survival(key: Key, days: NDArray[np.float64], grain: Grain, base: int) -> Curve:
    """The curve as far as `base` customers are at risk; column 0 of `days` is the day before time zero."""
    entered, left, stayed = days
    came, went = np.cumsum(entered)[:-1], np.cumsum(left + stayed)[:-1]
    at_risk, leaving = came - went, left[1:]
    enough = np.flatnonzero(at_risk < base)
    until = int(enough[0]) if len(enough) else len(at_risk)
    curve = Curve(key, int(entered.sum()), [], at_risk=at_risk, leaving=leaving)
    steps = np.flatnonzero(leaving[:until] > 0)
    if until == 0:
        return curve
    if len(steps):
        counts = (at_risk[steps], leaving[steps], steps.astype(float))
        curve.survival = survival_from_counts(*counts, last=float(until - 1))
    marks = [(age, math.floor(age * DAYS[grain])) for age in range(1, MAX_AGES + 1)]
    curve.points = [_point(curve, age, int(at_risk[day]), day) for age, day in marks if day < until]
    before, n = 1.0, int(at_risk[0])
    for point in curve.points:
        if before > 0:
            curve.stays.append(Stay(point.age, n, point.share / before))
        before, n = point.share, point.n
    return curve


def _point(curve: Curve, age: int, n: int, day: int) -> Point:
    survival = curve.survival
    place = -1 if survival is None else int(np.searchsorted(survival.times, day, side="right")) - 1
    if survival is None or place < 0:
        return Point(age, n, 1.0, wilson_interval(n, n).low, 1.0, 0.0)
    values = (survival.survival, survival.low, survival.high, survival.standard_error)
    return Point(age, n, *(float(value[place]) for value in values))


def period_number(expression: str, grain: Grain) -> str:
    """SQL that counts calendar periods, so that ages are differences."""
    if grain in DAYS_IN:
        return f"date_diff('day', DATE '{_LONG_AGO}', CAST({expression} AS DATE)) // {DAYS_IN[grain]}"
    months = f"(EXTRACT(year FROM {expression}) * 12 + EXTRACT(month FROM {expression}) - 1)"
    return months if MONTHS_IN[grain] == 1 else f"{months} // {MONTHS_IN[grain]}"


def number_of(day: dt.date, grain: Grain) -> int:
    """The same number of a day."""
    if grain in DAYS_IN:
        return (day - _LONG_AGO).days // DAYS_IN[grain]
    return (day.year * 12 + day.month - 1) // MONTHS_IN[grain]


def label_of(number: int, grain: Grain) -> str:
    """The period's label."""
    if grain in DAYS_IN:
        return bucket(_LONG_AGO + dt.timedelta(days=number * DAYS_IN[grain]), grain)
    month = number * MONTHS_IN[grain]
    return bucket(dt.date(month // 12, month % 12 + 1, 1), grain)


def follow_activity(queries: Queries, members: Members, grain: Grain, base: int) -> Followed:
    """Shares of customers active in each calendar period after the one of time zero."""
    groups = "".join(f"{name}, " for name in members.groups)
    own = "".join(f"m.{name}, " for name in members.groups)
    width = len(members.groups)
    keys = ", ".join(str(at + 1) for at in range(width + 1))
    born, seen = period_number("zero", grain), period_number(f"a.{members.day}", grain)
    from_zero = "CAST(m.zero AS DATE)" if members.origin == "joining date" else "m.zero"
    later = ">" if members.origin == "first answer" else ">="
    sizes = queries.rows(
        f"SELECT {groups}{born} AS born, count(*) FROM ({members.sql}) AS m GROUP BY {keys}", 1_000_000
    )
    members_ = f"SELECT customer_id, zero, {groups}{born} AS born FROM ({members.sql}) AS m"
    table, condition = members.activity.removeprefix("FROM ").split(" WHERE ", 1)
    active = (
        f"SELECT m.customer_id, {own}m.born, {seen} - m.born AS age FROM {table} "
        f"JOIN members m ON a.customer_id = m.customer_id WHERE {condition} AND a.{members.day} {later} {from_zero} "
        f"AND {seen} - m.born <= {MAX_AGES} GROUP BY {', '.join(str(at + 1) for at in range(width + 3))}"
    )
    before = f"SELECT {groups}born, age, lag(age) OVER (PARTITION BY customer_id ORDER BY age) AS earlier FROM active"
    counts = queries.rows(
        f"WITH members AS ({members_}), active AS ({active}) SELECT {groups}born, age, count(*), "
        f"count(CASE WHEN earlier = age - 1 THEN 1 END) FROM ({before}) AS b GROUP BY {keys}, {width + 2}",
        1_000_000,
    )
    seen_periods = Seen(members, grain, base)
    for row in sizes:
        seen_periods.sizes[tuple(row[:width])][int(row[width])] = int(row[width + 1])
    for row in counts:
        place = (int(row[width]), int(row[width + 1]))
        seen_periods.active[tuple(row[:width])][place] = (int(row[width + 2]), int(row[width + 3]))
    return seen_periods.followed()


class Seen:
    """Active customers by group, period of time zero and age, and how far ages were seen."""

    def __init__(self, members: Members, grain: Grain, base: int) -> None:
        self.sizes: dict[Key, dict[int, int]] = defaultdict(dict)
        self.active: dict[Key, dict[tuple[int, int], tuple[int, int]]] = defaultdict(dict)
        self.grain, self.base = grain, base
        self.split = len(members.groups)
        self.first_age = 1 if members.origin == "first answer" else 0
        end = members.window.end
        self.last = number_of(end, grain)
        whole = bucket(end, grain)
        first_day, last_day = bucket_start(whole), bucket_end(whole)
        missing = (last_day - end).days / ((last_day - first_day).days + 1)
        self.complete = self.last if missing <= COMPLETE else self.last - 1

    def followed(self) -> Followed:
        """Curves and cells of groups and cohorts that are large enough."""
        sizes = {key: sum(found.values()) for key, found in self.sizes.items()}
        small = sorted(key for key, n in sizes.items() if n < self.base)
        told = sorted(key for key in sizes if key not in small)
        cohorts: dict[int, int] = defaultdict(int)
        for found in self.sizes.values():
            for born, n in found.items():
                cohorts[born] += n
        tiny = {born for born, n in cohorts.items() if n < self.base} if not self.split else set()
        shown = [] if self.split else [born for born in sorted(cohorts) if born not in tiny]
        cells = [cell for born in shown for cell in self._cells(born, cohorts[born])]
        groups = [self._curve(key, [key], set()) for key in told] if self.split else []
        overall = self._overall(sizes, tiny, groups)
        labels = [label_of(born, self.grain) for born in sorted(tiny)]
        return Followed(overall, groups, small, cells, labels, 0)

    def _cells(self, born: int, n: int) -> list[TableCell]:
        label, ages = label_of(born, self.grain), range(self.first_age, min(self.last - born, MAX_AGES) + 1)
        own = self.active[()]
        return [TableCell(label, age, n, own.get((born, age), (0, 0))[0], born + age <= self.complete) for age in ages]

    def _overall(self, sizes: dict[Key, int], tiny: set[int], groups: list[Curve]) -> Curve:
        """All customers; at an age where few stand outside what is told, those few are left out."""
        curve = self._curve(("",) * self.split, list(sizes), set())
        without = self._curve(curve.key, list(sizes), tiny)
        if self.split:
            _hide_few(curve, groups, self.base)
            return curve
        points = []
        for point in curve.points:
            other = without.at(point.age)
            hidden = point.n - (other.n if other else 0)
            points.append(other if 0 < hidden < self.base else point)
        curve.points = [point for point in points if point is not None]
        if 0 < curve.customers - without.customers < self.base:
            curve.customers, curve.stays = without.customers, without.stays
        return curve

    def _curve(self, key: Key, groups: list[Key], without: set[int]) -> Curve:
        customers = sum(n for group in groups for born, n in self.sizes[group].items() if born not in without)
        curve = Curve(key, customers, [])
        for age in range(self.first_age, MAX_AGES + 1):
            n = kept = before = again = 0
            for group in groups:
                for born, size in self.sizes[group].items():
                    if born in without or born + age > self.complete:
                        continue
                    active, both = self.active[group].get((born, age), (0, 0))
                    n, kept, again = n + size, kept + active, again + both
                    before += self.active[group].get((born, age - 1), (0, 0))[0]
            if n < self.base:
                break
            interval = wilson_interval(kept, n)
            error = math.sqrt(interval.estimate * (1 - interval.estimate) / n)
            curve.points.append(Point(age, n, interval.estimate, interval.low, interval.high, error))
            if age > self.first_age and before >= self.base:
                curve.stays.append(Stay(age, before, again / before))
        return curve
