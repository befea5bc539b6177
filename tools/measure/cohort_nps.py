"""NPS by joining cohort and by the customer's age at the answer: the triangle, its margins, and what is real in it."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from tools.cells import Cell, Cells, count_cells
from tools.measure.cohort_charts import heat_map
from tools.measure.cohort_plan import COHORT, Plan, cohort_column
from tools.measure.cohort_tests import CohortTests, Effect
from tools.measure.score import refuse_empty
from tools.result import Cell as Shown
from tools.result import Column, FactSheet, Model, Result, Table
from tools.scope import Where, need_dates, scope
from tools.shown import NpsCell, add_cell, add_suppressed, base_caveats, pooled_total
from warehouse.engine import identifier
from warehouse.errors import NpsError
from warehouse.periods import Grain
from warehouse.workspace import Warehouse

MAX_TABLE = 800
"""Cells of a triangle that are told."""


class CohortNpsCell(Model):
    """A cohort at an age."""

    cohort: str
    age: int
    cell: NpsCell
    complete: bool = Field(description="False where the data see this age for a part of the cohort only.")


class CohortNpsResult(Result):
    """The triangle with its margins and tests."""

    column: str = Field(description="The date column of joining.")
    cohort_grain: Grain
    age_grain: Grain
    age_name: str = Field(description="The name of the age in facts, e.g. age_quarters.")
    cells: list[CohortNpsCell]
    cohorts: list[NpsCell] = Field(description="Each cohort over its shown cells.")
    ages: list[NpsCell] = Field(description="Each age over its shown cells.")
    total: NpsCell = Field(description="All shown cells.")
    cohort_p: str | None = Field(None, description="Id of the p-value that cohorts are alike at equal age.")
    age_p: str | None = Field(None, description="Id of the p-value that ages are alike within cohorts.")
    cohorts_differ: bool | None = Field(None, description="At 5 %, at equal age; None without a test.")
    ages_differ: bool | None = Field(None, description="At 5 %, within cohorts; None without a test.")
    cohort_slope: str | None = Field(None, description="Id: change in points from a cohort to the next, at equal age.")
    age_slope: str | None = Field(None, description="Id: change in points from an age to the next, within cohorts.")
    cohort_direction: Literal["rising", "falling", "no clear trend"] = "no clear trend"
    age_direction: Literal["rising", "falling", "no clear trend"] = "no clear trend"
    cohort_straight: bool = Field(True, description="False where a straight line over cohorts is a poor summary.")
    age_straight: bool = Field(True, description="False where a straight line over ages is a poor summary.")
    cohort_effects: list[Effect] = Field(default_factory=list)
    age_effects: list[Effect] = Field(default_factory=list)
    before_joining: str = Field(description="Id of the fact with the number of answers from before joining, left out.")


def cohort_nps(
    warehouse: Warehouse,
    *,
    cohort: Annotated[
        str | None,
        Field(description='Date column with a grain, e.g. "joined_at:quarter"; the joining date when left out.'),
    ] = None,
    grain: Annotated[
        Literal["week", "month", "quarter", "year"], Field(description="Unit of the age at the answer.")
    ] = "quarter",
    where: Annotated[Where, Field(description='Filter: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description="Only answers given in this period.")] = None,
) -> CohortNpsResult:
    """NPS by joining cohort and by age (time since joining) at the answer, with tests for cohorts and for ages.

    Use it for "do newer customers score lower", "how does NPS develop over a customer's life", "NPS by cohort". Cohort,
    age and calendar time cannot be told apart by any data of this kind; it says so, and does not tell a cause.
    """
    column, cohort_grain = cohort_column(warehouse, cohort)
    need_dates(warehouse, "NPS by age")
    rows = scope(warehouse, where, period)
    plan = Plan(warehouse, column, cohort_grain, grain, rows)
    found = count_cells(warehouse, plan.axes, plan.rows)
    refuse_empty(warehouse, found, found.cells, rows)
    triangle = _Triangle(plan, found)
    left_out = triangle.count_left_out()
    triangle.add_cells()
    triangle.add_margins()
    tests = CohortTests(plan, triangle.sheet, triangle.shown)
    tests.run(len(triangle.sql))
    return CohortNpsResult(
        facts=triangle.sheet.facts,
        caveats=triangle.caveats(tests),
        sql=[*triangle.sql, *tests.sql],
        table=triangle.table(),
        chart=triangle.chart(),
        column=column,
        cohort_grain=cohort_grain,
        age_grain=grain,
        age_name=plan.age_name,
        cells=triangle.made,
        cohorts=triangle.cohorts,
        ages=triangle.ages,
        total=triangle.total,
        before_joining=left_out,
        **tests.found,
    )


class _Triangle:
    """Cells at or above the minimum base, with margins over those alone."""

    def __init__(self, plan: Plan, found: Cells) -> None:
        self.plan, self.found = plan, found
        self.sheet = FactSheet("cohort_nps")
        self.sql = list(found.sql)
        self.base = plan.warehouse.catalog.minimum_base.cell
        filled = [cell for cell in found.cells if cell.n > 0]
        self.shown = sorted((c for c in filled if c.n >= self.base), key=lambda c: (c.key[0], int(c.key[1])))
        self.small = [cell for cell in filled if cell.n < self.base]
        if len(filled) > MAX_TABLE:
            raise NpsError(
                f"Cohorts by {plan.cohort_grain} and ages by {plan.grain} make {len(filled)} cells; "
                f"choose coarser ones ({MAX_TABLE} at most), or a shorter period."
            )
        refuse_empty(plan.warehouse, found, self.shown, plan.rows)
        self.made: list[CohortNpsCell] = []

    def count_left_out(self) -> str:
        """Answers before joining and those without one of the dates."""
        plan = self.plan
        column = identifier(plan.column)
        sql = (
            f"SELECT count(CASE WHEN {plan.days} < 0 THEN 1 END), count(CASE WHEN {column} IS NULL THEN 1 END), "
            f"count(CASE WHEN {column} IS NOT NULL AND responded_at IS NULL THEN 1 END) "
            f"FROM {plan.warehouse.relation(plan.whole.columns)}{plan.whole.sql('score IS NOT NULL')}"
        )
        before, self.undated, self.unanswered = (int(value) for value in plan.warehouse.run(sql).rows[0])
        self.sql.append(sql)
        self.before = before
        self.sheet.statement = len(self.sql)
        fact = self.sheet.add("answers_before_joining", before, "responses", n=before, where=dict(plan.rows.where))
        self.sheet.statement = 1
        return fact.id

    def add_cells(self) -> None:
        for cell in self.shown:
            made = add_cell(self.sheet, cell, self.found.where(cell, self.plan.rows))
            self._put(cell, made)
        for cell in self.small:
            self._put(cell, add_suppressed(self.sheet, self.found.where(cell, self.plan.rows), self.base))
        self.made.sort(key=lambda item: (item.cohort, item.age))

    def _put(self, cell: Cell, made: NpsCell) -> None:
        label, age = cell.key[0], int(cell.key[1])
        made.complete = self.plan.complete(label, age)
        self.made.append(CohortNpsCell(cohort=label, age=age, cell=made, complete=made.complete))

    def add_margins(self) -> None:
        """Over shown cells alone, so that no small cell follows by subtraction."""
        name = "nps_of_shown_cells" if self.small else "nps"
        self.cohorts = [
            add_cell(self.sheet, self._pool(0, label), {**self.plan.rows.where, COHORT: label}, name=name)
            for label in sorted({cell.key[0] for cell in self.shown})
        ]
        self.ages = [
            add_cell(self.sheet, self._pool(1, age), {**self.plan.rows.where, self.plan.age_name: age}, name=name)
            for age in sorted({cell.key[1] for cell in self.shown}, key=int)
        ]
        self.all = pooled_total(self.found, self.shown)
        self.total = add_cell(self.sheet, self.all, dict(self.plan.rows.where), name=name)

    def _pool(self, at: int, value: str) -> Cell:
        cells = [cell for cell in self.shown if cell.key[at] == value]
        counts = cells[0].counts
        for cell in cells[1:]:
            counts = counts + cell.counts
        # One customer's answers count as one by a design effect that would be far too wide for the others.
        known = [cell.design_effect for cell in cells if not cell.one_customer]
        mean = sum(cell.n * cell.design_effect for cell in cells) / counts.n
        effect = max([self.found.total.design_effect, mean, *known, 1.0])
        return Cell((), counts, sum(cell.rows for cell in cells), effect)

    def table(self) -> Table:
        """Cohorts down, ages across, with margins."""
        ages = sorted({item.age for item in self.made})
        values = {(item.cohort, item.age): item.cell.nps for item in self.made}
        rows: list[list[Shown]] = [
            [cell.where[COHORT], *(values.get((cell.where[COHORT], age)) for age in ages), cell.nps, cell.n]
            for cell in self.cohorts
        ]
        margin = {int(cell.where[self.plan.age_name]): cell.nps for cell in self.ages}
        rows.append(["all", *(margin.get(age) for age in ages), self.total.nps, self.total.n])
        columns = [Column(name="joined"), *(Column(name=str(age), unit="points") for age in ages)]
        columns += [Column(name="all", unit="points"), Column(name="n", unit="responses")]
        return Table(title=f"NPS by cohort and age in {self.plan.grain}s", columns=columns, rows=rows[::-1])

    def chart(self) -> dict[str, object] | None:
        data = [
            {
                COHORT: item.cohort,
                self.plan.age_name: item.age,
                "nps": item.cell.nps,
                "low": item.cell.low,
                "high": item.cell.high,
                "n": item.cell.n,
                "complete": item.complete,
            }
            for item in sorted(self.made, key=lambda item: (item.cohort, item.age))
            if item.cell.nps is not None
        ]
        return heat_map(data, COHORT, self.plan.age_name, "nps", "NPS (points)") if len(data) > 1 else None

    def caveats(self, tests: CohortTests) -> list[str]:
        plan = self.plan
        caveats = [
            "Cohort, age and calendar time are bound together (an answer's date is joining plus age): no data tell "
            "them apart, so a difference between cohorts at equal age may be one of the times at which they answered.",
            "Later ages hold only customers who stayed to answer; NPS that rises with age may be those who left.",
        ]
        if self.before:
            caveats.append(f"{self.before:,} answers from before the customer joined are left out.")
        if self.undated:
            caveats.append(f"{self.undated:,} answers without a {plan.column} are left out.")
        if self.unanswered:
            caveats.append(f"{self.unanswered:,} answers without a date are left out.")
        caveats += base_caveats(plan.warehouse, self.all, self.small, self.found.sampled, self.shown)
        if any(not item.complete for item in self.made):
            caveats.append(
                "Cells at the edge of the data are marked incomplete: a part of the cohort was not that old yet."
            )
        return [*caveats, *tests.notes]
