"""How many answers a survey or an experiment needs, from the spread of the answers at hand."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from tools.cells import Cell, count_cells
from tools.charts import SCHEMA
from tools.result import Cell as Value
from tools.result import Column, Fact, FactSheet, Model, Result, Table
from tools.scope import Where, scope
from tools.shown import base_caveats, where_text
from tools.stats.counts import Counts
from tools.stats.power import (
    PSEUDO_ANSWERS,
    sample_size_for_difference,
    sample_size_for_margin,
    smallest_detectable,
)
from tools.stats.tails import critical_value, two_sided_p
from warehouse.errors import MissingDataError
from warehouse.workspace import Warehouse

GRID = (3.0, 5.0, 10.0)
LEVEL = 0.05


class PlannedSize(Model):
    """What one aim takes; each field is the id of a fact."""

    kind: Literal["margin", "difference"]
    points: str = Field(description="Half the interval's width, or the difference to show, in points.")
    answers: str = Field(description="Scored answers needed: for the one figure, or in each group.")
    total: str | None = Field(description="Scored answers in all groups together.")
    once: str | None = Field(
        description="Scored answers (in each group) where every customer answers once; None where that is the same."
    )
    invitations: str | None = Field(description="Invitations that bring so many answers, at the response rate given.")


class SampleSizeResult(Result):
    """How many answers each aim takes."""

    sizes: list[PlannedSize]
    asked: Literal["grid", "aim", "answers"] = Field(
        description="grid: common aims; aim: a margin or difference was given; answers: n was given."
    )
    spread: str = Field(description="Id of the standard deviation of one answer, in points.")
    design_effect: str = Field(description="Id of the design effect that answers are multiplied by.")
    at_hand: str = Field(description="Id of the number of scored answers that the spread comes from.")
    reach: list[str] = Field(
        description="With n: ids of the margin and the smallest detectable difference that n answers (a group) give."
    )
    chance: str | None = Field(None, description="With n and difference: id of the power, a share.")
    power: str = Field(description="Id of the power planned for, a share.")
    response_rate: str | None = Field(None, description="Id of the response rate given, a share.")
    groups: str = Field(description="Id of the number of groups.")


@dataclass(frozen=True)
class Plan:
    """What sizes are computed from."""

    variance: float
    design_effect: float
    power: float
    groups: int
    response_rate: float | None

    @property
    def confidence(self) -> float:
        """Of one comparison: all groups are compared with the first, and 5 % holds for them together (Bonferroni)."""
        return 1 - LEVEL / (self.groups - 1)

    def needed(self, kind: Literal["margin", "difference"], points: float, design_effect: float) -> int:
        """Answers for the one figure, or in each group."""
        if kind == "margin":
            return sample_size_for_margin(self.variance, points, design_effect=design_effect)
        return sample_size_for_difference(
            self.variance, points, power=self.power, confidence=self.confidence, design_effect=design_effect
        )

    def error(self, n: int, groups: int) -> float:
        """Standard error in points of one NPS (groups 1) or of a difference (2) with n answers each."""
        return 100 * math.sqrt(groups * self.variance / (n / self.design_effect + PSEUDO_ANSWERS))


def sample_size(
    warehouse: Warehouse,
    *,
    difference: Annotated[
        float | None, Field(gt=0, le=200, description="A difference in points that two groups should show.")
    ] = None,
    margin: Annotated[
        float | None, Field(gt=0, le=100, description="Half the width of the interval wanted, e.g. 5 for ±5 points.")
    ] = None,
    n: Annotated[
        int | None, Field(ge=5, le=100_000_000, description="Answers in each group, to learn what they can show.")
    ] = None,
    power: Annotated[float, Field(ge=0.5, lt=1, description="How often a true difference shall show.")] = 0.8,
    groups: Annotated[int, Field(ge=2, le=20, description="Groups that are compared; all with the first.")] = 2,
    response_rate: Annotated[
        float | None, Field(gt=0, le=1, description="Share of invitations that are answered; gives invitations.")
    ] = None,
    where: Annotated[Where, Field(description='Plan for answers like these: {"plan": "Starter"}.')] = {},
    period: Annotated[str | None, Field(description="Take the spread from this stretch of time.")] = None,
) -> SampleSizeResult:
    """How many answers an NPS needs for a margin, or two groups to show a difference; or what n answers can show.

    Use it for "how many answers do I need" and before an experiment. It takes spread and design effect from the data at
    hand; without an aim it lays out common ones. It says nothing of differences that were found already: use `compare`.
    """
    rows = scope(warehouse, where, period)
    found = count_cells(warehouse, [], rows)
    plan = _plan(warehouse, found.total, power, groups, response_rate, where_text(rows.where))
    sheet, cell = FactSheet("sample_size"), dict(rows.where)
    base = found.total.n
    spread = sheet.add("standard_deviation", 100 * math.sqrt(plan.variance), "number", n=base, where=cell)
    effect = sheet.add("design_effect", plan.design_effect, "number", n=base, where=cell)
    at_hand = sheet.add("scored_responses", base, "responses", n=base, where=cell)
    aimed = sheet.add("planned_power", power, "share", where=cell)
    many = sheet.add("groups", groups, "number", where=cell)
    rate = sheet.add("response_rate", response_rate, "share", where=cell).id if response_rate else None
    margins, differences = ([margin] if margin else []), ([difference] if difference else [])
    grid = not (margins or differences or n)
    sizes = [_size(sheet, plan, "margin", points, cell) for points in (GRID if grid else margins)]
    sizes += [_size(sheet, plan, "difference", points, cell) for points in (GRID if grid else differences)]
    return SampleSizeResult(
        facts=sheet.facts,
        caveats=[*base_caveats(warehouse, found.total, [], found.sampled), *_caveats(plan)],
        sql=found.sql,
        sizes=sizes,
        asked="grid" if grid else "answers" if n else "aim",
        spread=spread.id,
        design_effect=effect.id,
        at_hand=at_hand.id,
        reach=_reach(sheet, plan, n, cell) if n else [],
        chance=_chance(sheet, plan, n, difference, cell) if n and difference else None,
        power=aimed.id,
        response_rate=rate,
        groups=many.id,
        table=_table(sheet, sizes),
        chart=_chart(sheet, sizes) if grid else None,
    )


def _plan(warehouse: Warehouse, total: Cell, power: float, groups: int, rate: float | None, about: str) -> Plan:
    least = max(warehouse.catalog.minimum_base.ranking, warehouse.catalog.minimum_base.cell)
    if total.n < least:
        raise MissingDataError(
            f"There are fewer than {least} scored answers for {about}, too few to tell how answers spread; plan with a "
            "wider filter or a longer period."
        )
    variance = Counts(total.counts.promoters, total.counts.passives, total.counts.detractors).variance or 0.0
    if variance <= 0:
        raise MissingDataError(
            f"All {total.n:,} answers for {about} are of one class, so their spread is 0 and no size follows from it; "
            "plan with a wider filter."
        )
    return Plan(variance, total.design_effect, power, groups, rate)


def _size(
    sheet: FactSheet, plan: Plan, kind: Literal["margin", "difference"], points: float, where: dict[str, str]
) -> PlannedSize:
    cell = where | {kind: f"{points:g}"}
    aim = sheet.add(kind, points, "points", where=cell)
    needed = plan.needed(kind, points, plan.design_effect)
    answers = sheet.add(f"answers_for_{kind}", needed, "responses", where=cell)
    together = needed if kind == "margin" else needed * plan.groups
    total = sheet.add("answers_in_total", together, "responses", where=cell).id if kind == "difference" else None
    once = sent = None
    if plan.design_effect > 1.005:
        once = sheet.add("answers_if_once", plan.needed(kind, points, 1.0), "responses", where=cell).id
    if plan.response_rate:
        sent = sheet.add("invitations", math.ceil(together / plan.response_rate - 1e-9), "customers", where=cell).id
    return PlannedSize(kind=kind, points=aim.id, answers=answers.id, total=total, once=once, invitations=sent)


def _reach(sheet: FactSheet, plan: Plan, n: int, where: dict[str, str]) -> list[str]:
    cell = where | {"answers": f"{n}"}
    margin = critical_value(0.95) * plan.error(n, 1)
    shown = smallest_detectable(plan.error(n, 2), power=plan.power, confidence=plan.confidence)
    return [
        sheet.add("answers_planned", n, "responses", where=cell).id,
        sheet.add("margin", min(margin, 100.0), "points", where=cell).id,
        sheet.add("smallest_detectable_difference", min(shown, 200.0), "points", where=cell).id,
    ]


def _chance(sheet: FactSheet, plan: Plan, n: int, difference: float, where: dict[str, str]) -> str:
    """The power of n answers a group against the difference."""
    beyond = difference / plan.error(n, 2) - critical_value(plan.confidence)
    tail = two_sided_p(beyond) / 2
    return sheet.add(
        "power",
        1 - tail if beyond > 0 else tail,
        "share",
        where=where | {"answers": f"{n}", "difference": f"{difference:g}"},
    ).id


def _caveats(plan: Plan) -> list[str]:
    said = ["The sizes hold if the answers to come spread as those at hand do; where nobody knows, plan for more."]
    if plan.design_effect > 1.005:
        said.append(
            "Answers of customers who answer repeatedly tell less than answers of as many customers; where each "
            "customer will answer once, the smaller number holds."
        )
    if plan.groups > 2:
        said.append("Each group is compared with the first, at 5 % for all comparisons together (Bonferroni).")
    if plan.response_rate:
        said.append("Invitations follow from the response rate given; who answers may differ from who was invited.")
    return [*said, f"A true difference of that size shows in {round(100 * plan.power)} of 100 repetitions, not always."]


def _table(sheet: FactSheet, sizes: list[PlannedSize]) -> Table | None:
    if not sizes:
        return None
    facts = {fact.id: fact for fact in sheet.facts}
    columns = [
        Column(name="aim"),
        Column(name="points", unit="number"),
        Column(name="answers (per group)", unit="responses"),
        Column(name="in total", unit="responses"),
        Column(name="if each customer answers once", unit="responses"),
        Column(name="invitations", unit="customers"),
    ]
    rows = [_row(facts, size) for size in sizes]
    kept = [at for at in range(len(columns)) if any(row[at] is not None for row in rows)]
    return Table(
        title="Answers needed", columns=[columns[at] for at in kept], rows=[[row[at] for at in kept] for row in rows]
    )


def _row(facts: dict[str, Fact], size: PlannedSize) -> list[Value]:
    aim = "margin of error" if size.kind == "margin" else "difference to show"
    ids = (size.points, size.answers, size.total or size.answers, size.once, size.invitations)
    return [aim, *(facts[key].value if key else None for key in ids)]


def _chart(sheet: FactSheet, sizes: list[PlannedSize]) -> dict[str, Any]:
    facts = {fact.id: fact for fact in sheet.facts}
    data = [
        {"aim": size.kind, "points": facts[size.points].value, "answers": facts[size.answers].value} for size in sizes
    ]
    return {
        "$schema": SCHEMA,
        "data": {"values": data},
        "mark": {"type": "line", "point": True},
        "encoding": {
            "x": {"field": "points", "type": "quantitative", "title": "NPS points"},
            "y": {"field": "answers", "type": "quantitative", "title": "answers (per group)", "scale": {"type": "log"}},
            "color": {"field": "aim", "type": "nominal"},
        },
    }
