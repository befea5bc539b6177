"""Who stays: cohorts by age, the curve of all of them with its interval, and whether groups differ."""

from __future__ import annotations

import datetime as dt
import math
from typing import Annotated, Literal

from pydantic import Field

from tools.measure.compare import LEVEL, Verdict
from tools.measure.lifetimes import Members, Origin, members_of
from tools.measure.recorded import Queries
from tools.measure.retention_counts import DAYS, Curve, Followed, Point, follow_activity, follow_churn
from tools.measure.retention_groups import add_left, age_tests, comparable, leaving_test, pair_tests
from tools.measure.retention_shown import chart_of, retention_caveats, table_of
from tools.result import FactSheet, Model, Result
from tools.scope import Where
from tools.stats.proportions import trend_in_proportions, wilson_interval
from tools.stats.survival import restricted_mean
from warehouse.errors import MissingDataError, NpsError
from warehouse.periods import Grain
from warehouse.workspace import Warehouse

USUAL_AGE: dict[Grain, int] = {"day": 30, "week": 12, "month": 12, "quarter": 4, "year": 1}
"""The age that is talked about, where it was seen."""
NOTABLE = 0.01
"""The rise of the share who stay, from the first age to the last, that is worth a sentence."""
MAX_GROUPS = 12
MAX_COHORTS = 24


class AgePoint(Model):
    """Retention at an age."""

    age: int
    n: int
    retention: str = Field(description="Id of the fact with the share of customers retained.")


class RetentionCurve(Model):
    """Retention over age of one group, or of everybody."""

    where: dict[str, str]
    customers: str | None = Field(description="Id of the fact with the number of customers; None where suppressed.")
    points: list[AgePoint] = Field(description="Ages that were seen for enough customers; the others are blank.")
    median: str | None = Field(None, description="Id of the fact with the days after which half have left (churn).")


class CohortCell(Model):
    """A joining period at an age; an age that was not seen yet has no cell."""

    cohort: str
    age: int
    retention: str = Field(description="Id of the fact.")
    complete: bool = Field(description="False where the age was seen only in part: do not compare it.")


class AgeDifference(Model):
    """Whether the groups differ at one age."""

    age: int
    p_value: str = Field(description="Id of the p-value, adjusted for the ages looked at (Holm).")
    differ: bool


class GroupDifference(Model):
    """Two groups at the age that is talked about."""

    group: dict[str, str]
    against: dict[str, str]
    difference: str = Field(description="Id of the fact: retention of group minus retention of against.")
    p_value: str = Field(description="Id of the p-value, adjusted for the number of pairs (Holm).")
    verdict: Verdict = Field(description="Clear only where the groups differ altogether (at this age) as well.")


class RetentionResult(Result):
    """Retention by cohort and age, with its curve and the comparison of groups."""

    source: Literal["orders", "events", "churn"]
    origin: Origin = Field(description="What age is counted from.")
    grain: Grain
    event: str = Field("", description="The event that counts as activity; empty for any.")
    age_name: str = Field(description="The name of the age in facts, e.g. age_months.")
    overall: RetentionCurve
    groups: list[RetentionCurve] = Field(default_factory=list)
    cohorts: list[CohortCell] = Field(default_factory=list, description="The cohort table; empty with a split.")
    age: str | None = Field(description="Id of the fact with the age that is talked about.")
    headline: str | None = Field(description="Id of everybody's retention at that age.")
    seen_from: str | None = Field(
        description="Id of the fact with the first day on which leaving or activity is known."
    )
    seen_to: str = Field(description="Id of the fact with the last such day.")
    p_value: str | None = Field(None, description="Id of the log-rank p-value that all groups leave alike (churn).")
    ages: list[AgeDifference] = Field(default_factory=list, description="Tests by age (activity).")
    differ: bool | None = Field(None, description="Whether the groups differ at 5 %; None without a test.")
    pairs: list[GroupDifference] = Field(default_factory=list)
    sorting: bool = Field(description="True when the share who stay from one age to the next rises with age.")


def retention(
    warehouse: Warehouse,
    *,
    source: Annotated[
        Literal["auto", "orders", "events", "churn"],
        Field(description="Counted from leaving dates, orders or events; auto takes the first that the data has."),
    ] = "auto",
    by: Annotated[list[str], Field(description='Compare groups: ["plan"], or ["nps_class"] from the answer on.')] = [],
    grain: Annotated[Grain, Field(description="Length of the cohorts and of the ages.")] = "month",
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description="Only customers who joined (answered) in this period.")] = None,
    event: Annotated[str | None, Field(description='The event that counts as activity, e.g. "login".')] = None,
    at: Annotated[int | None, Field(ge=0, description="The age to talk about, in units of grain.")] = None,
) -> RetentionResult:
    """Customer retention: joining cohort by age, the curve of all with its interval, and whether groups differ.

    Use it for "how many customers stay", "retention by cohort", "do detractors leave sooner". Leaving gives a
    Kaplan-Meier curve, orders and events the share active in each period of age; ages not seen yet stay blank. It
    says what goes with staying, not what causes it.
    """
    queries = Queries(warehouse)
    members = members_of(queries, source, by, where, period, event)
    base = warehouse.catalog.minimum_base.cell
    follow = follow_churn if members.source == "churn" else follow_activity
    counted = follow(queries, members, grain, base)
    found = Report(warehouse, members, counted, grain, len(queries.sql))
    refuse_nothing_seen(found, at)
    found.add_levels(at)
    found.add_comparison(at)
    if members.source == "churn" and found.age is not None:
        told = [(counted.overall, dict(members.where)), *((group, found.where_of(group)) for group in counted.groups)]
        add_left(found.sheet, told, found.age, found.age_name)
    return RetentionResult(
        facts=found.sheet.facts,
        caveats=[*retention_caveats(members, counted, grain, base, found.sorting), *found.notes],
        sql=queries.sql,
        table=table_of(found.sheet, found.age_name, members, counted, found.cells, [found.overall, *found.groups]),
        chart=chart_of(found.sheet, found.age_name, members, found.cells, found.overall, found.groups),
        source=members.source,
        origin=members.origin,
        grain=grain,
        event=members.where.get("event", "") if event else "",
        age_name=found.age_name,
        overall=found.overall,
        groups=found.groups,
        cohorts=found.cells,
        age=found.age_fact,
        headline=found.headline,
        seen_from=found.seen_from,
        seen_to=found.seen_to,
        p_value=found.p_value,
        ages=found.ages,
        differ=found.differ,
        pairs=found.pairs,
        sorting=found.sorting,
    )


class Report:
    """Makes facts of what was counted."""

    def __init__(
        self, warehouse: Warehouse, members: Members, counted: Followed, grain: Grain, statements: int
    ) -> None:
        self.members, self.counted, self.grain = members, counted, grain
        self.names = [item.name for item in members.split]
        self.age_name = f"age_{grain}s"
        for taken in ("cohort", self.age_name):
            if taken in self.names or taken in members.where:
                raise NpsError(f"The dimension {taken!r} has the name of a part of this table; rename it in the file.")
        self.sheet = FactSheet("retention")
        self.sheet.statement = statements
        self.base = warehouse.catalog.minimum_base.cell
        self.ranking = max(warehouse.catalog.minimum_base.ranking, self.base)
        self.notes: list[str] = []
        self.cells: list[CohortCell] = []
        self.groups: list[RetentionCurve] = []
        self.age: int | None = None
        self.age_fact: str | None = None
        self.headline: str | None = None
        self.p_value: str | None = None
        self.ages: list[AgeDifference] = []
        self.differ: bool | None = None
        self.pairs: list[GroupDifference] = []
        self.sorting = False
        if members.split and len(counted.groups) > MAX_GROUPS:
            raise NpsError(
                f"{' and '.join(self.names)} has {len(counted.groups)} values with enough customers; name at most "
                f"{MAX_GROUPS} of them with where."
            )

    def add_levels(self, at: int | None) -> None:
        """The curves, the cohort table, and the age that is talked about."""
        sheet, members, counted = self.sheet, self.members, self.counted
        window = members.window
        self.seen_to = self._day("seen_to", window.end)
        self.seen_from = self._day("seen_from", window.start) if window.start.year > 1 else None
        self.overall = self._curve(counted.overall, dict(members.where))
        for group in counted.groups:
            self.groups.append(self._curve(group, self.where_of(group)))
        self._add_small_groups()
        self.age = self._age(at)
        if self.age is not None:
            where = dict(members.where)
            self.age_fact = sheet.add("age", self.age, "number", where=where).id
            points = {point.age: point.retention for point in self.overall.points}
            self.headline = points.get(self.age)
        self._add_stays()
        cohorts = sorted({cell.cohort for cell in counted.cells})[-MAX_COHORTS:]
        for cell in counted.cells:
            if cell.cohort in cohorts and cell.n >= (self.base if cell.complete else self.ranking):
                interval = wilson_interval(cell.kept, cell.n)
                where = {**members.where, "cohort": cell.cohort, self.age_name: str(cell.age)}
                share = interval.estimate
                fact = sheet.add(
                    "retention", share, "share", n=cell.n, low=interval.low, high=interval.high, where=where
                )
                made = CohortCell(cohort=cell.cohort, age=cell.age, retention=fact.id, complete=cell.complete)
                self.cells.append(made)
        if len({cell.cohort for cell in counted.cells}) > MAX_COHORTS:
            self.notes.append(f"The table shows the newest {MAX_COHORTS} cohorts; the curve holds all of them.")

    def _day(self, name: str, day: dt.date) -> str:
        return self.sheet.add(name, str(day), "date", where={**self.members.where, "day": str(day)}).id

    def _is_peak(self, age: int) -> bool:
        """Yearly orders all fall on the twelfth month: then that month says little about the others."""
        before, own, after = (self.counted.overall.at(age + step) for step in (-1, 0, 1))
        return bool(own and before and own.low > before.high and (after is None or own.low > after.high))

    def where_of(self, group: Curve) -> dict[str, str]:
        """Where a group stands."""
        return {**self.members.where, **dict(zip(self.names, group.key, strict=True))}

    def _curve(self, curve: Curve, where: dict[str, str]) -> RetentionCurve:
        sheet = self.sheet
        customers = sheet.add("customers", curve.customers, "customers", n=curve.customers, where=where)
        points = []
        for point in curve.points:
            cell = {**where, self.age_name: str(point.age)}
            fact = sheet.add("retention", point.share, "share", n=point.n, low=point.low, high=point.high, where=cell)
            points.append(AgePoint(age=point.age, n=point.n, retention=fact.id))
        median = self._median(curve, where) if self.members.source == "churn" else None
        return RetentionCurve(where=where, customers=customers.id, points=points, median=median)

    def _median(self, curve: Curve, where: dict[str, str]) -> str | None:
        survival = curve.survival
        if survival is None:
            return None
        reason = "more than half are still here as far as enough customers were followed"
        low, high = survival.median_low, survival.median_high
        fact = self.sheet.add(
            "median_days", survival.median, "number", n=curve.customers, low=low, high=high, where=where, reason=reason
        )
        if survival.last > 0:
            mean = restricted_mean(survival, survival.last)
            cell = {**where, "within_days": f"{survival.last:.0f}"}
            self.sheet.add(
                "mean_days", mean.estimate, "number", n=curve.customers, low=mean.low, high=mean.high, where=cell
            )
        return fact.id

    def _add_small_groups(self) -> None:
        for key in self.counted.small_groups:
            where = {**self.members.where, **dict(zip(self.names, key, strict=True))}
            self.sheet.add("retention", None, "share", where=where, reason=f"fewer than {self.base} customers")
            self.groups.append(RetentionCurve(where=where, customers=None, points=[]))

    def _age(self, at: int | None) -> int | None:
        points = self._judged()
        usual = [p.age for p in points if p.age <= USUAL_AGE[self.grain]]
        sure = [p.age for p in points if p.n >= self.ranking and p.age <= USUAL_AGE[self.grain]]
        groups = comparable(self.counted.groups, self.ranking)
        shared = [age for age in sure if len(groups) == len(comparable(groups, self.ranking, age))] if groups else []
        age = at if at is not None else max(shared or sure or usual or [p.age for p in points], default=None)
        if age is None or not self._is_peak(age):
            return age
        self.notes.append(
            f"Retention at age {age} stands above the ages beside it (orders that come once in so many {self.grain}s, "
            "a season or a few special cohorts can do that); look at the whole curve."
        )
        return age if at is not None else age - 1

    def _judged(self) -> list[Point]:
        """Ages at which something is told, for everybody or else for a group."""
        if self.counted.overall.points or not self.counted.groups:
            return self.counted.overall.points
        return max((group.points for group in self.counted.groups), key=len)

    def _add_stays(self) -> None:
        """From one age to the next, and whether that share rises: then those likely to leave have left."""
        stays = [stay for stay in self.counted.overall.stays if stay.n >= self.ranking]
        for stay in stays:
            where = {**self.members.where, self.age_name: str(stay.age)}
            share = min(stay.share, 1.0)
            interval = wilson_interval(share * stay.n, stay.n)
            low, high = interval.low, interval.high
            self.sheet.add("period_to_period_retention", share, "share", n=stay.n, low=low, high=high, where=where)
        if self.members.source != "churn":
            stays = [stay for stay in stays if stay.age > 1]  # everybody is active in the period of a first order
        if len(stays) >= 3:
            kept = [min(stay.share, 1.0) * stay.n for stay in stays]
            trend = trend_in_proportions(kept, [float(stay.n) for stay in stays], [float(s.age) for s in stays])
            rise = trend.slope * (stays[-1].age - stays[0].age)
            self.sorting = rise >= NOTABLE and trend.p_value < LEVEL

    def add_comparison(self, at: int | None) -> None:
        """Tests between groups."""
        groups = comparable(self.counted.groups, self.ranking)
        if len(groups) < 2:
            if self.members.split:
                self.notes.append(f"Fewer than two groups have {self.ranking} customers; they are not compared.")
            return
        where = {**self.members.where, "groups": " and ".join(self.names)}
        if self.members.source == "churn":
            test = leaving_test(groups)
            if test is not None:
                n = sum(group.customers for group in groups)
                self.p_value = self.sheet.add("logrank_p", test.p_value, "p-value", n=n, where=where).id
                self.differ = test.p_value < LEVEL
        else:
            self._add_ages(groups, [at] if at is not None else [point.age for point in self._judged()], where)
        if self.age is not None:
            self._add_pairs(groups, self.age)

    def _add_ages(self, groups: list[Curve], ages: list[int], where: dict[str, str]) -> None:
        for age, n, _test, adjusted in age_tests(groups, ages, self.ranking):
            cell = {**where, self.age_name: str(age)}
            fact = self.sheet.add("p_value_adjusted", adjusted, "p-value", n=n, where=cell)
            self.ages.append(AgeDifference(age=age, p_value=fact.id, differ=adjusted < LEVEL))
        self.differ = any(test.differ for test in self.ages) if self.ages else None

    def _add_pairs(self, groups: list[Curve], age: int) -> None:
        own = next((test.differ for test in self.ages if test.age == age), False)
        gate = bool(self.differ) if self.members.source == "churn" else own
        for pair in pair_tests(groups, age, self.ranking, self.members.source == "churn"):
            group, against = self.where_of(pair.first), self.where_of(pair.second)
            other = " × ".join(pair.second.key)
            where = {**group, "against": other, self.age_name: str(age)}
            low, high = pair.low, pair.high
            difference = self.sheet.add(
                "retention_difference", pair.estimate, "share difference", n=pair.n, low=low, high=high, where=where
            )
            p_value = self.sheet.add("p_value_adjusted", pair.p_holm, "p-value", n=pair.n, where=where)
            clear = pair.p_holm < LEVEL and gate
            verdict: Verdict = "no clear difference" if not clear else "higher" if pair.estimate > 0 else "lower"
            self.pairs.append(
                GroupDifference(
                    group=group, against=against, difference=difference.id, p_value=p_value.id, verdict=verdict
                )
            )


def _begins_too_late(found: Report) -> bool:
    """True where the first days after joining lie before the first leaving on record for all but a few."""
    at_risk = found.counted.overall.at_risk
    recorded = found.members.source == "churn" and found.members.window.start.year > 1
    return recorded and at_risk is not None and (not len(at_risk) or int(at_risk[0]) < found.base)


def _left_before_the_first_age(found: Report) -> int:
    """Customers whose leaving is on record within the first unit of age."""
    leaving = found.counted.overall.leaving
    if found.members.source != "churn" or leaving is None or found.grain == "day":
        return 0
    left = int(leaving[: math.floor(DAYS[found.grain]) + 1].sum())
    return left if left >= found.base else 0


def refuse_nothing_seen(found: Report, at: int | None) -> None:
    """No age was seen for enough customers, or not the one asked for."""
    counted, members = found.counted, found.members
    ages = sorted({point.age for curve in (counted.overall, *counted.groups) for point in curve.points})
    about = ", ".join(f"{name} {value}" for name, value in members.where.items()) or "this data"
    if counted.overall.customers < found.base:
        raise MissingDataError(
            f"Fewer than {found.base} customers with a {members.origin} seen by {members.window.end} fit {about}; "
            "ask about a larger group or period."
        )
    if not ages and _begins_too_late(found):
        raise MissingDataError(
            f"The record of leaving begins on {members.window.start}, and fewer than {found.base} customers of {about} "
            f"joined after that and were followed, so that nobody was seen from the first {found.grain} on; add the "
            "customers who left before that day with their leaving dates, or count from orders or events (source)."
        )
    if not ages and (left := _left_before_the_first_age(found)):
        raise MissingDataError(
            f"Fewer than {found.base} customers of {about} were followed for a whole {found.grain} after joining, and "
            f"{left:,} had left before that; choose a finer grain, such as day."
        )
    if not ages:
        raise MissingDataError(
            f"No age was seen for {found.base} customers of {about} (from {members.origin} up to "
            f"{members.window.end}); choose a finer grain, more customers, or correct as_of in npsight.yaml."
        )
    if at is not None and at not in ages:
        raise NpsError(
            f"Age {at} was not seen for {found.base} customers; in {found.grain}s, ages {ages[0]} to {ages[-1]} were."
        )
