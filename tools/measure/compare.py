"""Is one NPS, mean or share really higher than another: two groups, a group against the rest, or two periods."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from pydantic import Field

from tools.cells import EXACT_ROWS, Cell, count_cells
from tools.measure.compare_alike import Alike
from tools.measure.compare_beside import Beside, Kind, look_beside
from tools.measure.compare_outcome import OutcomeCell, compare_outcome, outcome_table
from tools.measure.compare_replaced import Replaced
from tools.measure.compare_season import Season
from tools.outcome import NPS, Outcome, asked_outcome
from tools.result import FactSheet, Result
from tools.scope import Scope, Where, limit, period_of, scope
from tools.shown import NpsCell, add_cell, base_caveats, nps_table, where_text
from tools.stats.clusters import clustered_covariance
from tools.stats.contrasts import Contrast
from tools.stats.score import Difference, nps_difference
from warehouse.errors import MissingDataError, NpsError
from warehouse.workspace import Warehouse

LEVEL = 0.05
Verdict = Literal["higher", "lower", "no clear difference"]


class CompareResult(Result):
    """Two levels, their difference and what can be said of it."""

    outcome: str = Field(NPS, description="What is compared: nps, a number, a yes/no column or column=value.")
    first: NpsCell | OutcomeCell = Field(description="The group, or the period after.")
    second: NpsCell | OutcomeCell = Field(
        description="What it is compared with: the other group, the rest, or the period before."
    )
    kind: Kind
    difference: str = Field(description="Id of the difference's fact: first minus second, in the outcome's unit.")
    p_value: str = Field(description="Id of the fact with the two-sided p-value.")
    smallest_detectable: str = Field(
        description="Id of the fact with the smallest difference that this much data shows 4 times in 5."
    )
    verdict: Verdict = Field(description="Whether first is higher than second, at 5 %.")
    alike: Alike | None = Field(
        None, description="Two groups in like strata, where what else differs between them clearly changes the gap."
    )
    replaced: list[Replaced] = Field(
        default_factory=list, description="Two periods: dimensions of which values came or went with many answers."
    )
    season: Season | None = Field(
        None, description="Two periods: the same step in earlier years, where it was as large."
    )


def compare(
    warehouse: Warehouse,
    *,
    group: Annotated[Where, Field(description='One group, e.g. {"plan": "Starter"}; none for periods.')] = {},
    against: Annotated[Where, Field(description="The other group; empty means everybody else.")] = {},
    before: Annotated[str | None, Field(description="The earlier period, when comparing periods.")] = None,
    after: Annotated[str | None, Field(description="The later period, when comparing periods.")] = None,
    where: Annotated[Where, Field(description="Filter that holds for both sides.")] = {},
    period: Annotated[str | None, Field(description="Period that holds for both groups.")] = None,
    outcome: Annotated[
        str | None,
        Field(description="NPS if left out; else score (its mean), a number, a yes/no column, column=value."),
    ] = None,
) -> CompareResult:
    """Test whether two NPS, means or shares differ: two groups, a group against everybody else, or two periods.

    Gives both levels, the difference with its interval and p-value, and the smallest difference that could have
    been seen. Use `decompose_change` to learn why a change happened.
    """
    target = asked_outcome(warehouse, outcome)
    first, second, kind = _sides(warehouse, group, against, before, after, where, period)
    if not target.is_nps:
        return _compare_outcome(warehouse, target, first, second, kind)
    pair = Pair(warehouse, first, second)
    sheet = FactSheet("compare")
    top = add_cell(sheet, pair.first, dict(first.where))
    sheet.statement = pair.second_statement
    bottom = add_cell(sheet, pair.second, dict(second.where))
    ids = add_difference(sheet, pair, dict(top.where), where_text(bottom.where))
    caveats = base_caveats(warehouse, pair.both, [], False)
    if pair.note:
        caveats.append(pair.note)
    beside = look_at_both(
        warehouse, sheet, target, (first, second), kind, ids[0], pair.design_effect, pair.test, pair.sql
    )
    title = f"NPS: {where_text(top.where)} against {where_text(bottom.where)}"
    names = list(dict.fromkeys([*top.where, *bottom.where]))
    return CompareResult(
        facts=sheet.facts,
        caveats=list(dict.fromkeys([*caveats, *beside.caveats])),
        sql=pair.sql,
        table=nps_table(title, names, [top, bottom]),
        first=top,
        second=bottom,
        kind=kind,
        difference=ids[0],
        p_value=ids[1],
        smallest_detectable=ids[2],
        verdict=verdict(pair.test),
        **told_beside(beside),
    )


def look_at_both(
    warehouse: Warehouse,
    sheet: FactSheet,
    outcome: Outcome,
    sides: tuple[Scope, Scope],
    kind: Kind,
    difference: str,
    design_effect: float,
    test: Difference | Contrast,
    sql: list[str],
) -> Beside:
    """What else differs between both sides; `difference` is the id of the fact that tells the gap."""
    fact = next(fact for fact in sheet.facts if fact.id == difference)
    clear = verdict(test) != "no clear difference"
    return look_beside(warehouse, sheet, outcome, sides, kind, fact, design_effect, clear, sql)


class ToldBeside(TypedDict):
    """The fields of a comparison that tell what else differs."""

    alike: Alike | None
    replaced: list[Replaced]
    season: Season | None


def told_beside(found: Beside) -> ToldBeside:
    """As fields of a result."""
    return {"alike": found.alike, "replaced": found.replaced, "season": found.season}


def _compare_outcome(warehouse: Warehouse, outcome: Outcome, first: Scope, second: Scope, kind: Kind) -> CompareResult:
    sheet = FactSheet("compare")
    found = compare_outcome(warehouse, sheet, outcome, first, second)
    sides, deff = (first, second), found.design_effect
    beside = look_at_both(warehouse, sheet, outcome, sides, kind, found.difference, deff, found.test, found.sql)
    return CompareResult(
        facts=sheet.facts,
        caveats=[*found.caveats, *beside.caveats],
        sql=found.sql,
        table=outcome_table(outcome, found.first, found.second),
        outcome=outcome.name,
        first=found.first,
        second=found.second,
        kind=kind,
        difference=found.difference,
        p_value=found.p_value,
        smallest_detectable=found.smallest_detectable,
        verdict=verdict(found.test),
        **told_beside(beside),
    )


class Pair:
    """Two sets of answers counted, with the test of their difference."""

    def __init__(self, warehouse: Warehouse, first: Scope, second: Scope) -> None:
        self.sql: list[str] = []
        self.first = self._count(warehouse, first)
        self.second_statement = len(self.sql) + 1
        self.second = self._count(warehouse, second)
        covariance, self.note = self._shared(warehouse, first, second)
        self.test: Difference = nps_difference(
            self.first.counts,
            self.second.counts,
            design_effects=(self.first.design_effect, self.second.design_effect),
            covariance=covariance,
        )

    @property
    def design_effect(self) -> float:
        """The larger one of both sides."""
        return max(self.first.design_effect, self.second.design_effect)

    @property
    def both(self) -> Cell:
        """Both sides together, for what is said of them."""
        one, two = self.first, self.second
        return Cell((), one.counts + two.counts, one.rows + two.rows, self.design_effect)

    def _count(self, warehouse: Warehouse, side: Scope) -> Cell:
        found = count_cells(warehouse, [], side)
        self.sql += found.sql
        base = warehouse.catalog.minimum_base.cell
        if found.total.n < base:
            about = where_text(side.where)
            few = "no scored answers" if found.total.n == 0 else f"fewer than {base} scored answers"
            raise MissingDataError(f"There are {few} for {about}; a comparison needs at least {base} on both sides.")
        return found.total

    def _shared(self, warehouse: Warehouse, first: Scope, second: Scope) -> tuple[float, str]:
        """Covariance through customers who answered on both sides; an answer may stand on one side only."""
        one, two = (" AND ".join(side.conditions) or "TRUE" for side in (first, second))
        scale = warehouse.catalog.scale
        x = f"CASE WHEN score >= {scale.promoter_from} THEN 1 WHEN score <= {scale.detractor_to} THEN -1 ELSE 0 END"
        relation = warehouse.relation([*first.columns, *second.columns])
        overlap = f"SELECT count(*) FROM {relation} WHERE score IS NOT NULL AND ({one}) AND ({two})"
        both = warehouse.run(overlap).rows[0][0]
        if both:
            some = f"{both:,}" if both >= warehouse.catalog.minimum_base.cell else "Some"
            raise NpsError(f"{some} answers belong to both sides; compare groups or periods that do not overlap.")
        if not warehouse.catalog.repeated_customers:
            return 0.0, ""
        if warehouse.catalog.tables["responses"].rows > EXACT_ROWS:
            return 0.0, "Customers who answered on both sides are taken as independent, which makes the interval wider."
        sums = ", ".join(
            f"sum(CASE WHEN {side} THEN {what} ELSE 0 END) AS {name}"
            for side, what, name in ((one, x, "s1"), (one, "1", "n1"), (two, x, "s2"), (two, "1", "n2"))
        )
        per = (
            f"SELECT customer_id, {sums} FROM {relation} WHERE score IS NOT NULL AND customer_id IS NOT NULL GROUP BY 1"
        )
        sql = (
            f"SELECT sum(s1 * s2), sum(s1 * n2), sum(n1 * s2), sum(n1 * n2), count(*) FROM ({per}) "
            "WHERE n1 > 0 AND n2 > 0"
        )
        rows = warehouse.run(sql)
        self.sql.append(sql)
        *products, customers = (int(value or 0) for value in rows.rows[0])
        if not customers:
            return 0.0, ""
        note = f"{customers:,} customers answered on both sides; the interval takes that into account."
        covariance = clustered_covariance(
            products[0], products[1], products[2], products[3], self.first.counts, self.second.counts
        )
        return covariance, note


def verdict(test: Difference | Contrast) -> Verdict:
    """What the test allows to be said at 5 %."""
    if test.p_value >= LEVEL:
        return "no clear difference"
    return "higher" if test.estimate > 0 else "lower"


def add_difference(sheet: FactSheet, pair: Pair, where: dict[str, str], against: str) -> tuple[str, str, str]:
    """Difference, p-value and smallest detectable difference as facts; their ids."""
    test, n = pair.test, pair.first.n + pair.second.n
    cell = where | {"against": against}
    difference = sheet.add("nps_difference", test.estimate, "points", n=n, low=test.low, high=test.high, where=cell)
    p_value = sheet.add("p_value", test.p_value, "p-value", n=n, where=cell)
    detectable = sheet.add("smallest_detectable_difference", test.smallest_detectable, "points", n=n, where=cell)
    return difference.id, p_value.id, detectable.id


def _sides(
    warehouse: Warehouse,
    group: Where,
    against: Where,
    before: str | None,
    after: str | None,
    where: Where,
    period: str | None,
) -> tuple[Scope, Scope, Kind]:
    if before is not None and after is not None:
        if against:
            raise NpsError("Compare either two groups (group, against) or two periods (before, after), not both.")
        if period is not None:
            raise NpsError(f"Either before and after or the period {period!r} that holds for two groups, not both.")
        return _group(warehouse, where, group, after), _group(warehouse, where, group, before), "periods"
    if before is not None or after is not None:
        raise NpsError("Comparing periods needs both before and after.")
    if not group:
        raise NpsError("compare needs a group (with against, or against everybody else), or before and after.")
    first = _group(warehouse, where, group, period)
    if against:
        return first, _group(warehouse, where, against, period), "groups"
    return first, _everybody_else(warehouse, group, where, period), "groups"


def _group(warehouse: Warehouse, where: Where, group: Where, period: str | None) -> Scope:
    """Both the filter and the group hold, also where they name the same dimension."""
    found, own = scope(warehouse, where), scope(warehouse, group)
    found.conditions += own.conditions
    found.columns += own.columns
    found.where |= own.where
    if period is not None:
        limit(found, period_of(warehouse, period))
    return found


def _everybody_else(warehouse: Warehouse, group: Where, where: Where, period: str | None) -> Scope:
    rest, own = scope(warehouse, where, period), scope(warehouse, group)
    rest.conditions.append(f"NOT ({' AND '.join(own.conditions)})")
    rest.columns += own.columns
    rest.where |= {name: f"not {value}" for name, value in own.where.items()}
    return rest


def limited(warehouse: Warehouse, rows: Scope, period: str) -> Scope:
    """A copy of `rows` limited to a period."""
    copy = Scope(list(rows.conditions), list(rows.columns), dict(rows.where), rows.period)
    limit(copy, period_of(warehouse, period))
    return copy
